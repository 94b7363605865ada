/* How the amount of a packet becomes shares, one after the other.
 *
 * Pure: what a share is worth follows from the way, a seed, the share's number, what remains and
 * how many are left; there is no state beside that. So a packet of 9,999 shares is as small a
 * record as one of two, and the same seeds give the same shares again. Who gets a share is not
 * asked here. Every share is worth at least one minor unit and all of them together the amount. */
#ifndef WALLET_SIM_SPLIT_H
#define WALLET_SIM_SPLIT_H

#include "redpacket/freeze.h"

/* Amounts that a person wrote one by one. They are the only split that is stored share by share,
 * in a record that is rewritten at each grab: 1,200 bytes at most. */
enum { SPLIT_GIVEN_MAX = 200 };

enum split_way {
    SPLIT_EQUAL,  /* what does not divide goes, a minor unit each, to the first shares */
    SPLIT_RANDOM, /* double average; fixed by one seed when the packet is sent */
    SPLIT_GIVEN,
    SPLIT_WHEN_CLAIMED, /* double average, each share drawn with the seed of its grab */
    SPLIT_WAYS,
};
const char *split_way_name(enum split_way way);

struct split {
    enum split_way way;
    uint16_t shares;
    uint16_t next;           /* the share to be given out next, from 1; shares + 1: none is left */
    int64_t remaining_minor; /* of the shares not given out */
    uint64_t seed;           /* of SPLIT_RANDOM */
    uint16_t given_count;    /* of SPLIT_GIVEN: shares; else 0 */
    int64_t given_minor[SPLIT_GIVEN_MAX];
};

/* false, and nothing to be used, when there is no such split: 1 to 9,999 shares of at least one
 * minor unit each and not more than a freeze can hold; given amounts (`given_minor`, which is NULL
 * for every other way) are at most SPLIT_GIVEN_MAX and make up the amount. */
MUST_USE bool split_begin(struct split *split, enum split_way way, int64_t amount_minor,
                          unsigned shares, uint64_t seed, const int64_t *given_minor);
static inline unsigned split_left(const struct split *split)
{
    return split->shares + 1u - split->next;
}
/* Gives out the next share and returns what it is worth, 0 when none is left. `grab_seed` counts
 * for SPLIT_WHEN_CLAIMED only. */
int64_t split_take(struct split *split, uint64_t grab_seed);

/* The double-average method: uniform in [1, 2 * remaining / left - 1], so that its mean is the
 * average of what is left; the last share takes the rest. No later share is left with nothing.
 * remaining >= left >= 1. */
int64_t split_double_average(uint64_t seed, unsigned share, int64_t remaining_minor, unsigned left);

#endif
