/* A log-linear histogram: see histogram.h. */
#include "base/histogram.h"

#include "base/result.h"

static const uint64_t VALUE_MAX = (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;

size_t histogram_bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (size_t)value;
    if (value > VALUE_MAX)
        value = VALUE_MAX;
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return ((size_t)shift << HISTOGRAM_STEP_BITS) + (size_t)(value >> shift);
}

uint64_t histogram_bucket_top(size_t bucket)
{
    MUST(bucket < HISTOGRAM_BUCKETS);
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = (unsigned)(bucket >> HISTOGRAM_STEP_BITS) - 1;
    uint64_t step = (bucket & (HISTOGRAM_STEPS - 1)) + HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->buckets[histogram_bucket_of(value)]++;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_add(struct histogram *histogram, size_t bucket, uint64_t count)
{
    MUST(bucket < HISTOGRAM_BUCKETS);
    histogram->count += count;
    histogram->buckets[bucket] += count;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    into->count += from->count;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    if (histogram->count == 0)
        return 0;
    double exact = quantile * (double)histogram->count;
    uint64_t rank = (uint64_t)exact, seen = 0;
    if ((double)rank < exact || rank == 0)
        rank++;
    size_t bucket = 0;
    for (; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= rank)
            break;
    }
    uint64_t top = bucket < HISTOGRAM_BUCKETS ? histogram_bucket_top(bucket) : histogram->max;
    return top < histogram->max ? top : histogram->max;
}
