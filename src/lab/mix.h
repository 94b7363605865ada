/* What the customers of wallets do under load: which operations how often, how their requests
 * arrive, what packets and purchases are like. Read from a load file (docs/load.md), plain data
 * from then on.
 *
 * How much load there is, and for how long, is not said here: the same mix is offered at any rate.
 */
#ifndef LAB_MIX_H
#define LAB_MIX_H

#include "base/bytes.h"
#include "base/result.h"

#include <stdint.h>

enum {
    MIX_NAME_MAX = 64,     /* bytes */
    MIX_WEIGHT_MAX = 1000, /* of one operation: tenths of a percent can be said */
    MIX_SHARES_MAX = 9999, /* protocol: share count n4 */
    MIX_STOCK_MAX = 10000, /* packets of one wallet; each is frozen before the clock starts */
    MIX_TIMES_MAX = 100,   /* a burst's rate, of the usual one */
    MIX_MS_MAX = 3600000,
};

enum mix_operation {
    MIX_CLAIM,
    MIX_FREEZE,
    MIX_UNFREEZE,
    MIX_INQUIRY,
    MIX_PURCHASE,
    MIX_OPERATIONS,
};
const char *mix_operation_name(enum mix_operation operation); /* "claim" */

enum mix_arrivals {
    MIX_POISSON, /* independent people: exponential times between them */
    MIX_EVEN,    /* the same time between any two */
};

enum mix_choice {
    MIX_ANY,    /* a share of any packet that has one */
    MIX_OLDEST, /* of the oldest: one packet is claimed by everybody */
};

struct mix_shape {
    uint32_t ramp_ms;                               /* the rate grows from nothing for so long */
    uint32_t burst_every_ms, burst_ms, burst_times; /* each so often, for so long; every 0: never */
};

struct mix {
    char name[MIX_NAME_MAX + 1];
    unsigned weights[MIX_OPERATIONS]; /* at least one is not 0 */
    enum mix_arrivals arrivals;
    struct mix_shape shape;
    unsigned shares;      /* of a packet */
    int64_t amount_minor; /* of a packet, at least one minor unit a share */
    bool is_random_split;
    enum mix_choice claims_from;
    unsigned stock;         /* packets' worth of shares that each wallet has ready at any time */
    int64_t purchase_minor; /* each */
};

/* RESULT_IO: it cannot be read; RESULT_INPUT: it is no load file, the fault names file, line,
 * column and what was expected. */
MUST_USE enum result mix_load(const char *path, struct mix *mix, struct fault *fault);
/* The same from memory; `name` opens the fault texts. */
MUST_USE enum result mix_parse(struct bytes text, const char *name, struct mix *mix,
                               struct fault *fault);

#endif
