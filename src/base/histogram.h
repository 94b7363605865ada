/* How often which value came, of values that span many orders of magnitude: latencies.
 *
 * Log-linear: each octave has HISTOGRAM_STEPS buckets of one width. A value that is told is the
 * highest of its bucket, so at most 1 in 128 (0.8 %) above the one that was recorded and never
 * below it; values under 128, the largest one and the number of values are exact. Recording costs
 * the same whatever was recorded; histograms of several sources add up to that of all. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 7,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_VALUE_BITS = 36, /* of microseconds: 19 hours. What is larger counts as that */
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS,
};

/* Zeroed memory is empty. */
struct histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The least value of which a share of at least `quantile` (0 to 1) of all are no larger; 0 when
 * there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

/* To carry one elsewhere: its buckets, each with the highest value that belongs to it. */
size_t histogram_bucket_of(uint64_t value);
uint64_t histogram_bucket_top(size_t bucket);
/* So many values of one bucket, as another histogram has them; its max is the caller's to carry. */
void histogram_add(struct histogram *histogram, size_t bucket, uint64_t count);

#endif
