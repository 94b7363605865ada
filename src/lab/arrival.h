/* When the requests of a load arrive: one time after the other, drawn from a seed and from nothing
 * else. An answer that comes late delays none of them. */
#ifndef LAB_ARRIVAL_H
#define LAB_ARRIVAL_H

#include "base/random.h"
#include "lab/mix.h"

#define ARRIVAL_NONE UINT64_MAX

struct arrival {
    struct random random;
    enum mix_arrivals way;
    struct mix_shape shape;
    double rate_per_ms;
    uint64_t duration_us;
    uint64_t slot; /* the millisecond under way; within one the rate does not change */
    double at_ms;
};

/* rate_per_s > 0: without ramp and bursts, which are upon it. */
void arrival_begin(struct arrival *arrival, const struct mix *mix, double rate_per_s,
                   uint64_t duration_us, uint64_t seed);
/* Microseconds since the start, never less than the one before; ARRIVAL_NONE: no more come. */
uint64_t arrival_next(struct arrival *arrival);

#endif
