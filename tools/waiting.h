/* What waits in a party's store and forward: its records, read beside whoever writes them, and what
 * its process, if one runs, knows of each.
 *
 * A list owns its messages; the texts in them live as long as it does. */
#ifndef TOOLS_WAITING_H
#define TOOLS_WAITING_H

#include "party/forward.h"

enum {
    WAITING_NAME_MAX = 192, /* a name whose every byte JSON writes as three */
    WAITING_WORD_MAX = 16,
};

/* What a process says of a message. */
struct waiting_told {
    struct store_key key;
    char peer[WAITING_NAME_MAX + 1];    /* its name; "": there is no such peer */
    char wait[WAITING_WORD_MAX + 1];    /* forward_wait_name() */
    char outcome[WAITING_WORD_MAX + 1]; /* forward_outcome_name() */
    char code[3];                       /* of the latest answer; "": none */
    unsigned tries;
    int64_t next_ms; /* until the next try, when it waits for that */
};

struct waiting_message {
    struct store_key key;
    struct operation operation;
    uint64_t institution;
    int64_t since_us;
    const struct waiting_told *told; /* NULL: no process, or it was stored after it was asked */
};

struct waiting {
    struct waiting_message *messages; /* the oldest first */
    size_t count, room;
    struct waiting_told *told;
    size_t told_count, told_room;
    bool is_running;              /* a process has told what it knows */
    char trouble[FAULT_TEXT_MAX]; /* why one that is there has not; "" otherwise */
};

/* `folder` is a party's data folder, or a store. Whatever comes back is to be given to
 * waiting_deinit(). A process that does not answer is no failure: is_running is false. */
MUST_USE enum result waiting_read(const char *folder, struct waiting *waiting, struct fault *fault);
void waiting_deinit(struct waiting *waiting);

#endif
