/* Exponential waits with jitter: see backoff.h. */
#include "net/backoff.h"

#include "base/result.h"

struct backoff backoff_of(uint64_t min_ms, uint64_t max_ms, uint64_t seed)
{
    MUST(min_ms > 0 && min_ms <= max_ms);
    return (struct backoff){.min_ms = min_ms, .max_ms = max_ms, .next_ms = min_ms, .random = seed};
}

/* splitmix64 (Vigna, public domain). */
static uint64_t draw(struct backoff *backoff)
{
    uint64_t z = backoff->random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t backoff_wait_ms(struct backoff *backoff)
{
    uint64_t limit = backoff->next_ms;
    uint64_t half = limit / 2;
    backoff->next_ms = limit <= backoff->max_ms / 2 ? limit * 2 : backoff->max_ms;
    return limit - draw(backoff) % (half + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->next_ms = backoff->min_ms;
}
