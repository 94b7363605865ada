/* How long to wait before the next try: doubling from a minimum to a maximum, each wait drawn from
 * the upper half, so that many who lost the same host do not come back in step. */
#ifndef NET_BACKOFF_H
#define NET_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint64_t min_ms;
    uint64_t max_ms;
    uint64_t next_ms; /* the most that the next wait may be */
    uint64_t random;  /* state of the draw: the same seed draws the same waits */
};

/* 0 < min_ms <= max_ms. */
struct backoff backoff_of(uint64_t min_ms, uint64_t max_ms, uint64_t seed);
/* A wait in ms, in [limit/2, limit], where limit is min_ms after a reset and doubles up to max_ms.
 */
uint64_t backoff_wait_ms(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);

#endif
