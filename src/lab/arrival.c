/* Arrival times: see arrival.h.
 *
 * What lies between two arrivals is an amount of expected requests (1 when they are even, drawn
 * from the exponential distribution when they are independent), and the rate says how much time
 * that is: a Poisson process whose rate changes. */
#include "lab/arrival.h"

#include <math.h>

void arrival_begin(struct arrival *arrival, const struct mix *mix, double rate_per_s,
                   uint64_t duration_us, uint64_t seed)
{
    MUST(rate_per_s > 0);
    *arrival = (struct arrival){
        .random = random_seeded(seed),
        .way = mix->arrivals,
        .shape = mix->shape,
        .rate_per_ms = rate_per_s / 1000,
        .duration_us = duration_us,
    };
}

static double rate_of(const struct arrival *arrival, uint64_t slot)
{
    const struct mix_shape *shape = &arrival->shape;
    double rate = arrival->rate_per_ms;
    if (slot < shape->ramp_ms)
        rate *= ((double)slot + 0.5) / shape->ramp_ms;
    if (shape->burst_every_ms > 0 && slot % shape->burst_every_ms < shape->burst_ms)
        rate *= shape->burst_times;
    return rate;
}

uint64_t arrival_next(struct arrival *arrival)
{
    double wanted = 1;
    if (arrival->way == MIX_POISSON) /* 53 bits, never 0 */
        wanted = -log(((double)(random_next(&arrival->random) >> 11) + 1) / 9007199254740992.0);
    while (arrival->slot * 1000 < arrival->duration_us) {
        double rate = rate_of(arrival, arrival->slot);
        double room = ((double)(arrival->slot + 1) - arrival->at_ms) * rate;
        if (wanted < room) {
            arrival->at_ms += wanted / rate;
            uint64_t at_us = (uint64_t)(arrival->at_ms * 1000);
            return at_us < arrival->duration_us ? at_us : ARRIVAL_NONE;
        }
        wanted -= room;
        arrival->at_ms = (double)++arrival->slot;
    }
    return ARRIVAL_NONE;
}
