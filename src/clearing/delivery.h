/* Which party's files of a date have been delivered, as a small file beside the set.
 *
 * It stands in OUT/YYYYMMDD.delivery.json, outside of the set that is signed, and is replaced in
 * one step and synced whenever something has changed: before a delivery begins and when it has
 * ended. What was begun and not ended is not known to be delivered, and is delivered again: at
 * least once. A record is about one manifest, by its digest: a set that was cut anew with other
 * files is due again. How files are sent is not known here. */
#ifndef CLEARING_DELIVERY_H
#define CLEARING_DELIVERY_H

#include "clearing/member.h"
#include "security/digest.h"

#include <stddef.h>

enum {
    DELIVERY_SAID_MAX = 200, /* bytes of the last line of what the command wrote */
    DELIVERY_REASON_MAX = 63,
    DELIVERY_PATH_MAX = 4096,
    DELIVERY_LIMIT_MAX_S = 86400,
};

enum delivery_state {
    DELIVERY_DUE,     /* not tried, or with other files */
    DELIVERY_STARTED, /* and not known to have ended */
    DELIVERY_DONE,
    DELIVERY_FAILED,
    DELIVERY_STATES,
};
const char *delivery_state_name(enum delivery_state state);

struct delivery {
    uint64_t institution;
    enum delivery_state state;
    uint8_t manifest[DIGEST_LEN]; /* SHA-256 of the party's manifest.json; zero: it has none */
    uint64_t tries;
    int64_t at_us;                        /* when the last try began, or ended; wall time */
    int64_t status;                       /* with which the command exited */
    int64_t signum;                       /* that somebody else killed it with; 0: none */
    char reason[DELIVERY_REASON_MAX + 1]; /* of a failure, for people: "exit 7"; "": see `said` */
    char said[DELIVERY_SAID_MAX + 1];
};

struct deliveries {
    uint32_t date;                     /* YYYYMMDD */
    char folder[DELIVERY_PATH_MAX];    /* of the date; absolute, without a slash behind it */
    char path[DELIVERY_PATH_MAX + 32]; /* of the file beside it */
    char command[DELIVERY_PATH_MAX];   /* that was used last; "": none */
    int64_t limit_s;                   /* and how long it might take; 0: not said */
    size_t count;
    struct delivery list[CLEARING_PARTIES_MAX]; /* by institution; never the switch's own */
};

/* The parties of the set in `folder`, with what is known of their deliveries. RESULT_INPUT: it is
 * no set of all parties, or the file beside it is none of ours; RESULT_IO. */
MUST_USE enum result deliveries_load(const char *folder, struct deliveries *deliveries,
                                     struct fault *fault);
/* Durable when it returns. RESULT_IO: what was there before is still there. */
MUST_USE enum result deliveries_save(const struct deliveries *deliveries, struct fault *fault);

#endif
