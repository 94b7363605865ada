/* What a histogram tells of values, beside the values themselves in order. */
#include "base/histogram.h"
#include "base/random.h"
#include "suite.h"

#include <stdlib.h>

enum { VALUES = 20000 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Of every magnitude up to 2^bits alike. */
static void draw(struct random *random, unsigned bits, uint64_t *values, struct histogram *h)
{
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = random_next(random) >> (64 - 1 - random_below(random, bits));
        histogram_record(h, values[i]);
    }
    qsort(values, VALUES, sizeof values[0], compare);
}

static void tells_each_quantile_at_most_one_in_128_too_high(void)
{
    static const double quantiles[] = {0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    static uint64_t values[VALUES];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random random = random_seeded(seed);
        struct histogram *h = calloc(1, sizeof *h);
        draw(&random, 35, values, h);
        for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
            double exact_rank = quantiles[i] * VALUES;
            size_t rank = (size_t)exact_rank;
            if ((double)rank < exact_rank || rank == 0)
                rank++;
            uint64_t exact = values[rank - 1], told = histogram_quantile(h, quantiles[i]);
            CU_ASSERT_TRUE(told >= exact);
            CU_ASSERT_TRUE(told - exact <= exact / HISTOGRAM_STEPS);
        }
        CU_ASSERT_EQUAL(h->count, VALUES);
        CU_ASSERT_EQUAL(h->max, values[VALUES - 1]);
        CU_ASSERT_EQUAL(histogram_quantile(h, 1), values[VALUES - 1]);
        free(h);
    }
}

static void tells_small_values_exactly(void)
{
    static struct histogram h;
    for (uint64_t value = 0; value < HISTOGRAM_STEPS; value++)
        histogram_record(&h, value);
    for (uint64_t value = 0; value < HISTOGRAM_STEPS; value++)
        CU_ASSERT_EQUAL(histogram_quantile(&h, (double)(value + 1) / HISTOGRAM_STEPS), value);
}

static void has_a_bucket_for_each_value_with_no_gap_between_them(void)
{
    CU_ASSERT_EQUAL(histogram_bucket_of(0), 0);
    for (size_t bucket = 0; bucket + 1 < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t top = histogram_bucket_top(bucket);
        CU_ASSERT_EQUAL(histogram_bucket_of(top), bucket);
        CU_ASSERT_EQUAL(histogram_bucket_of(top + 1), bucket + 1);
    }
}

static void counts_what_is_too_large_as_the_largest(void)
{
    static struct histogram h;
    histogram_record(&h, UINT64_MAX);
    CU_ASSERT_EQUAL(h.buckets[HISTOGRAM_BUCKETS - 1], 1);
    CU_ASSERT_EQUAL(h.max, UINT64_MAX);
    CU_ASSERT_EQUAL(histogram_bucket_top(HISTOGRAM_BUCKETS - 1),
                    (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1);
}

static void tells_nothing_of_no_values(void)
{
    static struct histogram h;
    CU_ASSERT_EQUAL(histogram_quantile(&h, 0.5), 0);
    CU_ASSERT_EQUAL(histogram_quantile(&h, 1), 0);
}

static void adds_up_to_the_histogram_of_all(void)
{
    static struct histogram all, parts[3], sum, carried;
    struct random random = random_seeded(3);
    for (size_t i = 0; i < VALUES; i++) {
        uint64_t value = random_below(&random, 1000000);
        histogram_record(&all, value);
        histogram_record(&parts[i % 3], value);
    }
    for (size_t i = 0; i < 3; i++)
        histogram_merge(&sum, &parts[i]);
    CU_ASSERT_EQUAL(memcmp(&sum, &all, sizeof sum), 0);
    for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
        histogram_add(&carried, bucket, all.buckets[bucket]);
    carried.max = all.max;
    CU_ASSERT_EQUAL(memcmp(&carried, &all, sizeof carried), 0);
}

SUITE(CASE(tells_each_quantile_at_most_one_in_128_too_high), CASE(tells_small_values_exactly),
      CASE(has_a_bucket_for_each_value_with_no_gap_between_them),
      CASE(counts_what_is_too_large_as_the_largest), CASE(tells_nothing_of_no_values),
      CASE(adds_up_to_the_histogram_of_all))
