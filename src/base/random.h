/* A stream of numbers that its seed determines, so that a run can be repeated: xoshiro256**
 * (Blackman and Vigna, public domain), seeded by splitmix64. Not for keys. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

struct random random_seeded(uint64_t seed); /* any seed is good, 0 too */
uint64_t random_next(struct random *random);
/* 0 <= r < below, each equally likely; below is at least 1. */
uint64_t random_below(struct random *random, uint64_t below);
/* min <= r <= max. */
int64_t random_between(struct random *random, int64_t min, int64_t max);

#endif
