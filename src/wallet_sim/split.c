/* Splitting: decisions without side effects. */
#include "wallet_sim/split.h"

#include "base/random.h"

#include <string.h>

const char *split_way_name(enum split_way way)
{
    static const char *const names[SPLIT_WAYS] = {"equal", "random", "given", "when-claimed"};
    return way < SPLIT_WAYS ? names[way] : "unknown";
}

static bool take_given(struct split *split, const int64_t *given_minor)
{
    int64_t rest = split->remaining_minor;
    if (given_minor == NULL || split->shares > SPLIT_GIVEN_MAX)
        return false;
    for (unsigned i = 0; i < split->shares; i++) {
        if (given_minor[i] < 1 || given_minor[i] > rest)
            return false;
        rest -= given_minor[i];
    }
    split->given_count = split->shares;
    memcpy(split->given_minor, given_minor, split->shares * sizeof *given_minor);
    return rest == 0;
}

bool split_begin(struct split *split, enum split_way way, int64_t amount_minor, unsigned shares,
                 uint64_t seed, const int64_t *given_minor)
{
    if (way >= SPLIT_WAYS || shares < 1 || shares > SHARES_MAX || amount_minor < shares ||
        amount_minor > FREEZE_AMOUNT_MAX_MINOR)
        return false;
    *split = (struct split){
        .way = way,
        .shares = (uint16_t)shares,
        .next = 1,
        .remaining_minor = amount_minor,
        .seed = way == SPLIT_RANDOM ? seed : 0,
    };
    return way == SPLIT_GIVEN ? take_given(split, given_minor) : given_minor == NULL;
}

int64_t split_double_average(uint64_t seed, unsigned share, int64_t remaining_minor, unsigned left)
{
    MUST(left >= 1 && remaining_minor >= left);
    if (left == 1)
        return remaining_minor;
    /* A stream of its own for each share: no generator has to be kept between two grabs. The
     * multiplier is odd and not the one that random_seeded() steps by. */
    struct random random = random_seeded(seed ^ share * UINT64_C(0xD1B54A32D192ED03));
    /* Leaves one for each later share: 2r/l - 1 <= r - (l - 1) whenever r >= l >= 2. */
    return random_between(&random, 1, 2 * remaining_minor / left - 1);
}

static int64_t next_amount(const struct split *split, uint64_t grab_seed)
{
    unsigned left = split_left(split);
    switch (split->way) {
    case SPLIT_EQUAL:
        return (split->remaining_minor + left - 1) / left;
    case SPLIT_RANDOM:
        return split_double_average(split->seed, split->next, split->remaining_minor, left);
    case SPLIT_WHEN_CLAIMED:
        return split_double_average(grab_seed, split->next, split->remaining_minor, left);
    case SPLIT_GIVEN:
        MUST(split->next <= split->given_count);
        return split->given_minor[split->next - 1];
    case SPLIT_WAYS:
        break;
    }
    MUST(false);
}

int64_t split_take(struct split *split, uint64_t grab_seed)
{
    if (split_left(split) == 0)
        return 0;
    int64_t amount = next_amount(split, grab_seed);
    split->next++;
    split->remaining_minor -= amount;
    MUST(amount >= 1 && split->remaining_minor >= split_left(split));
    return amount;
}
