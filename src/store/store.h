/* The store port: atomic steps over small records, a log, and ordered scans.
 *
 * A step names its keys before it runs. Its apply function is pure: it sees the records under
 * those keys and what its caller put into the struct around the step, and says what to write; it
 * reads nothing else and keeps nothing. The store runs many steps in one atomic transaction, in
 * the order of submission, and reports each only when it is durable: whoever waits for `done`
 * never acts on what a crash could take back. To the store all of it is opaque bytes.
 *
 * An adapter may run apply again from the start (a retried transaction), so apply sets the
 * outcome, it never adds to it.
 *
 * Threads: every call below comes from one thread, the owner's. LMDB's adapter runs apply on a
 * thread of its own; between store_submit() and done() the step and what surrounds it belong to
 * the store and may not be touched.
 *
 * Failures: a commit that fails is final. No completion is delivered any more, store_poll()
 * returns the fault, and the process must stop; at its next start it recovers from what is
 * durable. What a step may not do (a value over its limit, a second log record) is a bug of ours
 * and stops the process at once: MUST. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/bytes.h"
#include "base/result.h"

#include <stdint.h>

enum {
    STORE_KEY_MAX = 48,       /* longest key of ours is 33 bytes */
    STORE_VALUE_MAX = 4096,   /* one stored message fits */
    STORE_LOG_MAX = 4096,     /* one log record, with the message that caused it */
    STORE_STEP_KEYS_MAX = 12, /* a share step with its queue places and totals needs 9 */
};

struct store;
struct store_tx; /* what apply may do while it runs; the adapter's own */
struct store_step;

struct store_key {
    uint8_t len;
    uint8_t data[STORE_KEY_MAX];
};

typedef void store_apply_fn(struct store_step *step, struct store_tx *tx);
typedef void store_done_fn(struct store_step *step, void *context);

/* Lives inside the struct that holds the request and the outcome; the owner keeps it alive until
 * done() has been called. */
struct store_step {
    struct store_step *next; /* the store's, while submitted */
    store_apply_fn *apply;
    store_done_fn *done;
    void *context;
    uint64_t log_number; /* set before done: the number of the log record written, or 0 */
    unsigned key_count;
    struct store_key keys[STORE_STEP_KEYS_MAX];
};

/* Adds a key of at least one byte and returns its index for the store_tx calls; a key that the
 * step already has keeps its index, so that two names of one record are one record. A table is the
 * first byte of a key, so that one table's records are neighbours in every scan; records that
 * change together should be neighbours too, they then cost one page (docs/store.md). */
unsigned store_step_key(struct store_step *step, struct store_key key);

/* Inside apply only. `index` is the key's; reading back what this apply has put is allowed.
 * store_tx_get() returns false, and no bytes (data NULL), when there is no such record; a record
 * of length 0 has data. The bytes live until apply returns or writes the same key. Putting takes a
 * copy; deleting what is not there is allowed. */
bool store_tx_get(struct store_tx *tx, unsigned index, struct bytes *value);
void store_tx_put(struct store_tx *tx, unsigned index, const void *data, size_t len);
void store_tx_delete(struct store_tx *tx, unsigned index);
/* The log record of this step: at most one a step. `settlement_date` (YYYYMMDD, 0: none) puts it
 * into the index of first and last record of a date. The store adds number, version, checksum. */
void store_tx_log(struct store_tx *tx, uint32_t settlement_date, const void *data, size_t len);
/* The number that this step's log record has, for a record that is to name it. */
uint64_t store_tx_log_number(const struct store_tx *tx);

/* Queues the step; never blocks on the disk. The queue is made of the steps themselves, so its
 * bound is the owner's bound on what it has in flight. After a failed commit it takes the step and
 * never completes it. Not for a store opened STORE_READ_ONLY (MUST). */
void store_submit(struct store *store, struct store_step *step);

/* Delivers the completions that are durable by now, in order, by calling each step's done, which
 * may submit, also the same step again, and may read, but not poll, drain or close (MUST). */
MUST_USE enum result store_poll(struct store *store, struct fault *fault);

/* Called, possibly from another thread, whenever store_poll() would have something to deliver or a
 * fault to tell. It only notes that and returns: it may not call the store. When this returns, the
 * previous wake is not running and never runs again. NULL: none. */
void store_set_wake(struct store *store, void (*wake)(void *context), void *context);

/* Waits until everything submitted is durable, also what done submits meanwhile, and delivers it.
 * For orderly ends and tools. */
MUST_USE enum result store_drain(struct store *store, struct fault *fault);

/* --- reading what is durable; also of a store that another process is writing ----------------- */

/* RESULT_CORRUPT of a store that is open for writing does not come back when the process has said
 * whom to tell (store_damage.h): then it ends there, before anything is made of what was read. */

/* A scan copies stretches of records, each out of a snapshot of its own that is closed before
 * anything of it is handed out: a reader that stalls, or lies behind a full pipe, holds nothing
 * that a writer needs. So a short scan sees one moment, and a long one beside a writer sees each
 * stretch at its own. The log only grows, so there it makes no difference. */

/* Return false to stop the scan early. The bytes live during the call only. */
typedef bool store_scan_fn(void *context, struct bytes key, struct bytes value);
/* Records with first <= key < end, in the order of their bytes; an empty `end`: to the last.
 * RESULT_CORRUPT names the record that does not verify. */
MUST_USE enum result store_scan(struct store *store, struct bytes first, struct bytes end,
                                store_scan_fn *each, void *context, struct fault *fault);

/* The first record of such a range, copied; found false: there is none. For a single record `end`
 * is its key with a zero byte behind it: store_find_key(). */
struct store_found {
    bool found;
    struct store_key key;
    size_t len;
    uint8_t value[STORE_VALUE_MAX];
};
MUST_USE enum result store_find(struct store *store, struct bytes first, struct bytes end,
                                struct store_found *found, struct fault *fault);
MUST_USE enum result store_find_key(struct store *store, const struct store_key *key,
                                    struct store_found *found, struct fault *fault);

struct store_log_record {
    uint64_t number;          /* 1, 2, 3, ... without a gap */
    uint32_t settlement_date; /* as given to store_tx_log() */
    struct bytes data;
};
typedef bool store_log_fn(void *context, const struct store_log_record *record);
/* Log records from..to inclusive (to 0: the last), in order, checksum verified: RESULT_CORRUPT
 * names the record that does not verify. */
MUST_USE enum result store_log_scan(struct store *store, uint64_t from, uint64_t to,
                                    store_log_fn *each, void *context, struct fault *fault);
/* First and last log record number of a settlement date; both 0 when there is none. Days overlap:
 * records of other dates may lie between them. */
MUST_USE enum result store_log_range(struct store *store, uint32_t settlement_date, uint64_t *first,
                                     uint64_t *last, struct fault *fault);

struct store_stats {    /* as of the last store_poll() */
    uint64_t steps;     /* applied and durable */
    uint64_t commits;   /* transactions, each made durable before it counts */
    uint64_t bytes;     /* keys, values and log records written */
    uint64_t batch_max; /* most steps in one commit */
};
struct store_stats store_stats(const struct store *store);

/* --- adapters --------------------------------------------------------------------------------- */

enum store_mode {
    STORE_READ_WRITE, /* locks the folder against a second writer: RESULT_STATE when it is taken */
    STORE_READ_ONLY,  /* beside a living writer; store_submit() is not allowed */
};

/* One LMDB environment in `folder` (made if missing, mode 0700, its parent is not), with one store
 * thread. `size_max` in bytes is the most the data file may grow to, rounded up to pages; an
 * existing store that is larger keeps what it has; a reader's is ignored. One process opens a
 * folder once at a time, and does not fork while it has it open (LMDB's condition).
 * RESULT_STATE: another process writes there, no store is there to read, or it has another layout;
 * RESULT_IO: the folder cannot be made or opened; RESULT_CORRUPT: it is no LMDB file any more. */
MUST_USE enum result store_open_lmdb(const char *folder, enum store_mode mode, uint64_t size_max,
                                     struct store **store, struct fault *fault);

/* Everything in memory, without a thread: what is submitted is applied, in order, by the next
 * store_poll(), and then delivered. For tests and the simulation, which also have store_memory.h.
 * Without memory it stops the process (MUST). */
MUST_USE enum result store_open_memory(struct store **store, struct fault *fault);

/* Makes durable what was submitted, delivers nothing any more (that is store_drain()'s), stops the
 * thread and releases; accepts NULL. After a failed commit it only releases. */
void store_close(struct store *store);

#endif
