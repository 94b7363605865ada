/* What the store in memory can do besides the port, for tests and the simulation: commit when told
 * to, fail, crash, and be copied. All of it takes only what store_open_memory() has opened (MUST).
 *
 * A step is waiting (submitted), durable (applied), delivered. Left alone, store_poll() takes
 * every waiting step through all three. Held, a step becomes durable only by
 * store_memory_commit(), and store_poll() delivers only what is durable: so a simulation decides
 * what one sync contains, how long it takes, and between which two of the three a crash falls. */
#ifndef STORE_STORE_MEMORY_H
#define STORE_STORE_MEMORY_H

#include "store/store.h"

/* From now on only store_memory_commit() commits, and store_drain(). */
void store_memory_hold(struct store *store, bool is_held);
/* Applies the first `count` waiting steps (or all there are) as one commit and calls wake. */
void store_memory_commit(struct store *store, uint64_t count);
uint64_t store_memory_waiting(const struct store *store);

/* The next commit applies nothing and is the store's end, as a full disk would be. */
void store_memory_fail_next(struct store *store);

/* What is left when the process dies and starts again: forgets waiting steps and the completions
 * not yet delivered, keeps what is durable, and is usable again after a failed commit. The steps'
 * owner is dead too: nobody is told. Wake is unset, hold is off. */
void store_memory_crash(struct store *store);

/* Tells of every record and log record at the moment when it becomes durable, step by step in their
 * order, the log record last. `value` is empty (data NULL) for a record that was deleted; a log
 * record has no key. The bytes live during the call only, and it may not call the store. NULL:
 * nobody is told. Survives a crash. */
struct store_memory_write {
    struct bytes key, value;
    uint64_t log_number; /* 0: a record */
    uint32_t log_date;
};
typedef void store_memory_watch_fn(void *context, const struct store_memory_write *write);
void store_memory_watch(struct store *store, store_memory_watch_fn *watch, void *context);

/* A second store with the same durable records and log, nothing waiting. */
MUST_USE enum result store_memory_clone(const struct store *store, struct store **clone,
                                        struct fault *fault);

#endif
