/* Arrival times: as many as the rate says, where its shape says, and the same for the same seed. */
#include "lab/arrival.h"

#include "suite.h"

enum { SECOND_US = 1000000 };

static struct arrival begin(enum mix_arrivals way, struct mix_shape shape, double rate,
                            uint64_t duration_us, uint64_t seed)
{
    struct mix mix = {.arrivals = way, .shape = shape};
    struct arrival arrival;
    arrival_begin(&arrival, &mix, rate, duration_us, seed);
    return arrival;
}

/* How many come before `until_us`, and whether each comes no earlier than the one before. */
static unsigned count_until(struct arrival *arrival, uint64_t until_us, uint64_t *next_us)
{
    unsigned count = 0;
    for (; *next_us < until_us; count++) {
        uint64_t at_us = arrival_next(arrival);
        CU_ASSERT_TRUE(at_us >= *next_us);
        *next_us = at_us;
    }
    return count;
}

static void comes_evenly_when_it_is_even(void)
{
    struct arrival arrival = begin(MIX_EVEN, (struct mix_shape){0}, 250, 2 * SECOND_US, 1);
    for (uint64_t i = 1; i < 500; i++) {
        uint64_t at_us = arrival_next(&arrival);
        CU_ASSERT_TRUE(at_us + 1 >= i * 4000 && at_us <= i * 4000 + 1);
    }
    (void)arrival_next(&arrival);
    CU_ASSERT_EQUAL(arrival_next(&arrival), ARRIVAL_NONE);
    CU_ASSERT_EQUAL(arrival_next(&arrival), ARRIVAL_NONE);
}

static void repeats_for_one_seed_and_differs_for_another(void)
{
    struct arrival a = begin(MIX_POISSON, (struct mix_shape){0}, 1000, SECOND_US, 7), b = a;
    struct arrival c = begin(MIX_POISSON, (struct mix_shape){0}, 1000, SECOND_US, 8);
    unsigned same = 0;
    for (unsigned i = 0; i < 500; i++) {
        uint64_t at_us = arrival_next(&a);
        CU_ASSERT_EQUAL(at_us, arrival_next(&b));
        same += at_us == arrival_next(&c);
    }
    CU_ASSERT_TRUE(same < 50);
}

/* 100,000 expected; one in ten million runs would be off by more than 5.3 times their root. */
static void is_poisson_when_people_are_independent(void)
{
    enum { RATE = 10000, SECONDS = 10 };
    struct arrival arrival =
        begin(MIX_POISSON, (struct mix_shape){0}, RATE, SECONDS * SECOND_US, 42);
    unsigned counts[5] = {0}, all = 0;
    uint64_t next_us = 0;
    for (uint64_t slot = 100; slot <= SECONDS * (uint64_t)SECOND_US; slot += 100) {
        unsigned count = count_until(&arrival, slot, &next_us);
        counts[count < 4 ? count : 4]++;
        all += count;
    }
    CU_ASSERT_TRUE(all > 98300 && all < 101700);
    /* In a tenth of a millisecond one is expected: none in 36.8 % of them, one in as many. */
    CU_ASSERT_TRUE(counts[0] > 35000 && counts[0] < 38600);
    CU_ASSERT_TRUE(counts[1] > 35000 && counts[1] < 38600);
    CU_ASSERT_TRUE(counts[4] > 1500 && counts[4] < 2300);
}

static void grows_through_its_ramp(void)
{
    struct arrival arrival =
        begin(MIX_EVEN, (struct mix_shape){.ramp_ms = 1000}, 1000, 2 * SECOND_US, 1);
    uint64_t next_us = 0;
    unsigned first = count_until(&arrival, SECOND_US / 2, &next_us);
    unsigned second = count_until(&arrival, SECOND_US, &next_us);
    unsigned third = count_until(&arrival, SECOND_US * 3 / 2, &next_us);
    CU_ASSERT_TRUE(first >= 124 && first <= 126);
    CU_ASSERT_TRUE(second >= 374 && second <= 376);
    CU_ASSERT_TRUE(third >= 499 && third <= 501);
}

static void comes_in_bursts(void)
{
    struct mix_shape shape = {.burst_every_ms = 500, .burst_ms = 100, .burst_times = 5};
    struct arrival arrival = begin(MIX_EVEN, shape, 1000, SECOND_US, 1);
    uint64_t next_us = 0;
    for (uint64_t start_us = 0; start_us < SECOND_US; start_us += SECOND_US / 2) {
        unsigned burst = count_until(&arrival, start_us + 100000, &next_us);
        unsigned usual = count_until(&arrival, start_us + 500000, &next_us);
        CU_ASSERT_TRUE(burst >= 499 && burst <= 501);
        CU_ASSERT_TRUE(usual >= 399 && usual <= 401);
    }
}

static void comes_seldom_too(void)
{
    struct arrival arrival =
        begin(MIX_EVEN, (struct mix_shape){0}, 0.5, (uint64_t)10 * SECOND_US, 1);
    CU_ASSERT_EQUAL(arrival_next(&arrival), 2 * SECOND_US);
    CU_ASSERT_EQUAL(arrival_next(&arrival), 4 * SECOND_US);
}

SUITE(CASE(comes_evenly_when_it_is_even), CASE(repeats_for_one_seed_and_differs_for_another),
      CASE(is_poisson_when_people_are_independent), CASE(grows_through_its_ramp),
      CASE(comes_in_bursts), CASE(comes_seldom_too))
