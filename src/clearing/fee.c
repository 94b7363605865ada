/* Fees of a share, once their table is read (fee_table.c). */
#include "clearing/fee.h"

#include <inttypes.h>
#include <string.h>

static const int64_t MONEY_MAX_MINOR = 99999999999; /* signed money in files has 11 digits */

const char *fee_role_name(enum fee_role role)
{
    static const char *const names[FEE_ROLES] = {
        "acquirer", "sender_issuer", "receiver_issuer", "sender_wallet", "issuer", "switch",
    };
    MUST(role < FEE_ROLES);
    return names[role];
}

/* --- one rule --------------------------------------------------------------------------------- */

static uint64_t round_off(uint64_t parts, enum fee_rounding rounding)
{
    uint64_t one = (uint64_t)FEE_RATE_ONE, whole = parts / one, rest = parts % one;
    switch (rounding) {
    case FEE_HALF_UP:
        return whole + (rest >= one / 2);
    case FEE_HALF_EVEN:
        return whole + (rest > one / 2 || (rest == one / 2 && whole % 2 == 1));
    case FEE_UP:
        return whole + (rest > 0);
    default:
        return whole;
    }
}

bool fee_rule_apply(const struct fee_rule *rule, int64_t amount_minor, int64_t *fee_minor)
{
    MUST(rule->rate >= -FEE_RATE_ONE && rule->rate <= FEE_RATE_ONE);
    if (amount_minor < 0 || amount_minor > MONEY_MAX_MINOR)
        return false;
    /* At most 11 digits times 10^8: it fits 64 bits without a sign. */
    uint64_t rate = (uint64_t)(rule->rate < 0 ? -rule->rate : rule->rate);
    int64_t part = (int64_t)round_off((uint64_t)amount_minor * rate, rule->rounding);
    int64_t fee = rule->fixed_minor + (rule->rate < 0 ? -part : part);
    if (fee < rule->min_minor)
        fee = rule->min_minor;
    if (fee > rule->max_minor)
        fee = rule->max_minor;
    *fee_minor = fee;
    return fee >= -MONEY_MAX_MINOR && fee <= MONEY_MAX_MINOR;
}

static const struct fee_rule *find_exactly(const struct fee *fee, uint64_t institution,
                                           const char *currency)
{
    size_t low = 0, high = fee->rule_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct fee_rule *rule = &fee->rules[middle];
        int order = (rule->institution > institution) - (rule->institution < institution);
        if (order == 0)
            order = memcmp(rule->currency, currency, sizeof rule->currency);
        if (order == 0)
            return rule;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct fee_rule *fee_rule_find(const struct fee *fee, uint64_t payer,
                                     const char currency[FEE_CURRENCY_LEN])
{
    static const char any[FEE_CURRENCY_LEN];
    const struct fee_rule *rule = find_exactly(fee, payer, currency);
    if (rule == NULL)
        rule = find_exactly(fee, payer, any);
    if (rule == NULL)
        rule = find_exactly(fee, 0, currency);
    return rule != NULL ? rule : find_exactly(fee, 0, any);
}

/* --- one share -------------------------------------------------------------------------------- */

enum result fee_table_apply(const struct fee_table *table, const struct fee_share *share,
                            struct fee_items *items, struct fault *fault)
{
    items->count = 0;
    for (unsigned i = 0; table != NULL && i < table->count; i++) {
        const struct fee *fee = &table->fees[i];
        uint64_t payer = share->institutions[fee->payer], payee = share->institutions[fee->payee];
        const struct fee_rule *rule = fee_rule_find(fee, payer, share->currency);
        int64_t amount_minor;
        if (fee->is_of_purchases != share->is_purchase || rule == NULL || payer == payee)
            continue;
        if (!fee_rule_apply(rule, share->amount_minor, &amount_minor))
            return fault_set(fault, RESULT_LIMIT,
                             "the fee %s on %" PRId64 " minor units has over 11 digits", fee->name,
                             share->amount_minor);
        if (share->is_reversal)
            amount_minor = -amount_minor;
        if (amount_minor != 0)
            items->list[items->count++] = (struct fee_item){
                .fee = i, .payer = payer, .payee = payee, .amount_minor = amount_minor};
    }
    return RESULT_OK;
}

void fee_items_side(const struct fee_table *table, const struct fee_items *items,
                    enum fee_role role, struct fee_side *side)
{
    *side = (struct fee_side){0};
    for (size_t i = 0; i < items->count; i++) {
        const struct fee *fee = &table->fees[items->list[i].fee];
        /* Seen from here: above zero it is paid. */
        int64_t amount = items->list[i].amount_minor;
        if (fee->payer != role && fee->payee != role)
            continue;
        if (fee->payee == role)
            amount = -amount;
        else if (fee->payee == FEE_SWITCH) {
            side->switch_minor -= amount;
            continue;
        }
        if (amount > 0)
            side->payable_minor += amount;
        else
            side->receivable_minor -= amount;
    }
}
