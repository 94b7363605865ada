/* xoshiro256** seeded by splitmix64, see random.h.
 * Source: D. Blackman, S. Vigna, https://prng.di.unimi.it/ (the constants and the order of steps).
 */
#include "base/random.h"

#include "base/result.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

struct random random_seeded(uint64_t seed)
{
    struct random random;
    for (unsigned i = 0; i < 4; i++)
        random.state[i] = splitmix64(&seed);
    return random;
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t below)
{
    MUST(below > 0);
    /* 2^64 mod below numbers at the low end would make some remainders likelier than others. */
    uint64_t least = (0 - below) % below;
    uint64_t value = random_next(random);
    while (value < least)
        value = random_next(random);
    return value % below;
}

int64_t random_between(struct random *random, int64_t min, int64_t max)
{
    MUST(min <= max);
    uint64_t span = (uint64_t)max - (uint64_t)min;
    uint64_t step = span == UINT64_MAX ? random_next(random) : random_below(random, span + 1);
    return (int64_t)((uint64_t)min + step);
}
