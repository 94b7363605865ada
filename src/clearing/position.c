/* Positions: a sorted list, its sums checked for overflow. */
#include "clearing/position.h"

#include <string.h>

int64_t position_net(const struct position *position)
{
    /* Neither is below zero, so the difference fits. */
    return position->credit_minor - position->debit_minor;
}

/* The first place whose institution is not smaller. */
static size_t place_of(const struct positions *positions, uint64_t institution)
{
    size_t low = 0, high = positions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (positions->list[middle].institution < institution)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct position *positions_find(const struct positions *positions, uint64_t institution)
{
    size_t at = place_of(positions, institution);
    bool found = at < positions->count && positions->list[at].institution == institution;
    return found ? &positions->list[at] : NULL;
}

enum result positions_add(struct positions *positions, uint64_t institution,
                          struct position **position, struct fault *fault)
{
    size_t at = place_of(positions, institution);
    *position = &positions->list[at];
    if (at < positions->count && positions->list[at].institution == institution)
        return RESULT_OK;
    if (positions->count == CLEARING_PARTIES_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d institutions", CLEARING_PARTIES_MAX);
    memmove(*position + 1, *position, (positions->count - at) * sizeof **position);
    positions->count++;
    **position = (struct position){.institution = institution};
    return RESULT_OK;
}

enum result positions_add_share(struct positions *positions, uint64_t sender_issuer,
                                uint64_t receiver_issuer, int64_t amount_minor, struct fault *fault)
{
    struct position *position;
    bool fits = true;
    if (sender_issuer != 0) {
        TRY(positions_add(positions, sender_issuer, &position, fault));
        position->debit_count++;
        fits = !__builtin_add_overflow(position->debit_minor, amount_minor, &position->debit_minor);
    }
    if (receiver_issuer != 0) {
        TRY(positions_add(positions, receiver_issuer, &position, fault));
        position->credit_count++;
        fits = !__builtin_add_overflow(position->credit_minor, amount_minor,
                                       &position->credit_minor) &&
               fits;
    }
    return fits ? RESULT_OK : fault_set(fault, RESULT_LIMIT, "a gross sum has over 18 digits");
}

enum result positions_net(const struct positions *positions, int64_t *net_minor,
                          struct fault *fault)
{
    *net_minor = 0;
    for (size_t i = 0; i < positions->count; i++)
        if (__builtin_add_overflow(*net_minor, position_net(&positions->list[i]), net_minor))
            return fault_set(fault, RESULT_LIMIT,
                             "the sum of the net positions has over 18 digits");
    return RESULT_OK;
}
