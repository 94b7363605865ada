/* Positions: a sorted list, its sums checked for overflow. */
#include "clearing/position.h"

#include <inttypes.h>
#include <string.h>

int64_t position_net(const struct position *position)
{
    /* Neither gross sum is below zero, so their difference fits. */
    int64_t net = position->credit_minor - position->debit_minor;
    if (__builtin_add_overflow(net, position->fee_minor, &net))
        return position->fee_minor < 0 ? INT64_MIN : INT64_MAX;
    return net;
}

static int compare(const struct position *position, uint64_t institution, const char *currency)
{
    int order = (position->institution > institution) - (position->institution < institution);
    return order != 0 ? order : memcmp(position->currency, currency, sizeof position->currency);
}

/* The first place that is not before this one. */
static size_t place_of(const struct positions *positions, uint64_t institution,
                       const char *currency)
{
    size_t low = 0, high = positions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&positions->list[middle], institution, currency) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct position *positions_find(const struct positions *positions, uint64_t institution,
                                      const char currency[POSITION_CURRENCY_LEN])
{
    size_t at = place_of(positions, institution, currency);
    bool found = at < positions->count && compare(&positions->list[at], institution, currency) == 0;
    return found ? &positions->list[at] : NULL;
}

enum result positions_add(struct positions *positions, uint64_t institution,
                          const char currency[POSITION_CURRENCY_LEN], struct position **position,
                          struct fault *fault)
{
    size_t at = place_of(positions, institution, currency);
    *position = &positions->list[at];
    if (at < positions->count && compare(*position, institution, currency) == 0)
        return RESULT_OK;
    if (positions->count == POSITIONS_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d positions", POSITIONS_MAX);
    memmove(*position + 1, *position, (positions->count - at) * sizeof **position);
    positions->count++;
    **position = (struct position){.institution = institution};
    memcpy((*position)->currency, currency, sizeof(*position)->currency);
    return RESULT_OK;
}

enum result positions_add_share(struct positions *positions, uint64_t payer, uint64_t payee,
                                const char currency[POSITION_CURRENCY_LEN], int64_t amount_minor,
                                struct fault *fault)
{
    struct position *position;
    bool fits = true;
    if (payer != 0) {
        TRY(positions_add(positions, payer, currency, &position, fault));
        position->debit_count++;
        fits = !__builtin_add_overflow(position->debit_minor, amount_minor, &position->debit_minor);
    }
    if (payee != 0) {
        TRY(positions_add(positions, payee, currency, &position, fault));
        position->credit_count++;
        fits = !__builtin_add_overflow(position->credit_minor, amount_minor,
                                       &position->credit_minor) &&
               fits;
    }
    return fits ? RESULT_OK : fault_set(fault, RESULT_LIMIT, "a gross sum has over 18 digits");
}

enum result positions_add_fee(struct positions *positions, uint64_t payer, uint64_t payee,
                              const char currency[POSITION_CURRENCY_LEN], int64_t amount_minor,
                              struct fault *fault)
{
    struct position *position;
    TRY(positions_add(positions, payer, currency, &position, fault));
    bool fits = !__builtin_sub_overflow(position->fee_minor, amount_minor, &position->fee_minor);
    TRY(positions_add(positions, payee, currency, &position, fault));
    fits = !__builtin_add_overflow(position->fee_minor, amount_minor, &position->fee_minor) && fits;
    return fits ? RESULT_OK : fault_set(fault, RESULT_LIMIT, "a sum of fees has over 18 digits");
}

enum result positions_check(const struct positions *positions, struct fault *fault)
{
    for (size_t first = 0; first < positions->count; first++) {
        const char *currency = positions->list[first].currency;
        int64_t net = 0;
        for (size_t i = 0; i < positions->count; i++) {
            const struct position *one = &positions->list[i];
            if (memcmp(one->currency, currency, sizeof one->currency) == 0 &&
                __builtin_add_overflow(net, position_net(one), &net))
                return fault_set(fault, RESULT_LIMIT,
                                 "the sum of the net positions has over 18 digits");
        }
        if (net != 0)
            return fault_set(fault, RESULT_CORRUPT,
                             "the net positions in currency %.*s sum up to %" PRId64
                             " minor units instead of 0",
                             POSITION_CURRENCY_LEN, currency, net);
    }
    return RESULT_OK;
}
