/* The auditor when all has come to rest: nothing is left open, and the files are the books.
 * Source: protocol page "What must always hold" 5, 7 and 8. */
#include "simulation/auditor.h"

/* --- statement 7 ------------------------------------------------------------------------------ */

static void claim_at_rest(struct auditor *auditor, const struct audited_claim *claim)
{
    const char *state = share_state_name(claim->state);
    bool is_credited = claim->state == SHARE_CREDITED;
    unsigned expected = is_credited ? 1 : 0;
    if (claim->state == SHARE_DISPUTED)
        return;
    if (!is_credited && claim->state != SHARE_RELEASED && claim->state != SHARE_NONE)
        auditor_fail(auditor, 7, "%s is still %s", auditor_label(claim), state);
    if (claim->debits != expected || claim->credits != expected)
        auditor_fail(auditor, 7, "%s is %s, with %u debits and %u credits", auditor_label(claim),
                     state, claim->debits, claim->credits);
    if ((claim->told == TOLD_APPROVED || claim->told == TOLD_TO_BE_CONFIRMED) != is_credited &&
        claim->told != TOLD_NOTHING)
        auditor_fail(auditor, 5, "%s is %s, and the wallet was told otherwise",
                     auditor_label(claim), state);
}

static int64_t credited_of(const struct auditor *auditor, const struct audited_freeze *freeze)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < auditor->claim_count; i++)
        if (auditor->claims[i].freeze == freeze)
            sum += auditor->claims[i].amount_minor * auditor->claims[i].credits;
    return sum;
}

static void freeze_at_rest(struct auditor *auditor, const struct audited_freeze *freeze)
{
    unsigned long long name = freeze->name.sequence;
    const char *state = freeze_state_name(freeze->state);
    const char *at_issuer = freeze_state_name(freeze->at_issuer);
    int64_t credited = credited_of(auditor, freeze);
    if (freeze->is_disputed)
        return;
    bool fits = true;
    switch (freeze->state) {
    case FREEZE_FROZEN:
        fits = freeze->at_issuer == FREEZE_FROZEN && freeze->released_minor == 0;
        break;
    case FREEZE_CLOSED:
        fits = freeze->at_issuer == FREEZE_CLOSED && freeze->remaining_minor == 0 &&
               freeze->released_minor == freeze->left_minor;
        break;
    case FREEZE_NONE:
    case FREEZE_REFUSED:
        fits = freeze->at_issuer == FREEZE_NONE || freeze->at_issuer == FREEZE_REFUSED;
        break;
    case FREEZE_REVERSED:
        fits = freeze->remaining_minor == 0 && freeze->debited_minor == 0;
        break;
    default:
        auditor_fail(auditor, 7, "freeze %llu is still %s", name, state);
    }
    if (!fits || freeze->debited_minor != credited)
        auditor_fail(auditor, 2,
                     "freeze %llu is %s; its issuer has it as %s with %lld debited, %lld given "
                     "back, %lld remaining; %lld were credited",
                     name, state, at_issuer, (long long)freeze->debited_minor,
                     (long long)freeze->released_minor, (long long)freeze->remaining_minor,
                     (long long)credited);
}

void auditor_at_rest(struct auditor *auditor, const bool is_gone[PLAN_NODES_MAX])
{
    for (unsigned i = 0; i < auditor->claim_count; i++)
        claim_at_rest(auditor, &auditor->claims[i]);
    for (unsigned i = 0; i < auditor->freeze_count; i++)
        freeze_at_rest(auditor, &auditor->freezes[i]);
    for (unsigned i = 0; i < auditor->forward_count; i++)
        if (!is_gone[auditor->forwards[i].node])
            auditor_fail(auditor, 7, "node %u still has a %s to deliver", auditor->forwards[i].node,
                         operation_name(auditor->forwards[i].kind));
}

/* --- statement 8 ------------------------------------------------------------------------------ */

void auditor_cleared(struct auditor *auditor, uint32_t business_date)
{
    for (unsigned i = 0; i < auditor->claim_count; i++) {
        const struct audited_claim *claim = &auditor->claims[i];
        bool in_files = claim->file_date != 0;
        if (claim->is_disputed)
            continue;
        if (in_files != (claim->state == SHARE_CREDITED))
            auditor_fail(auditor, 8, "%s is %s, and %s the files", auditor_label(claim),
                         share_state_name(claim->state), in_files ? "in" : "not in");
        if (in_files &&
            (claim->debit_date != claim->file_date || claim->credit_date != claim->file_date ||
             !auditor_is_cut(auditor, claim->file_date)))
            auditor_fail(auditor, 8,
                         "%s is in the files of %08u (%s), in the books of %08u and "
                         "%08u; the business date is %08u",
                         auditor_label(claim), claim->file_date,
                         auditor_is_cut(auditor, claim->file_date) ? "cut" : "not cut",
                         claim->debit_date, claim->credit_date, business_date);
    }
    for (unsigned i = 0; i < auditor->freeze_count; i++) {
        const struct audited_freeze *freeze = &auditor->freezes[i];
        bool is_frozen = freeze->was_frozen, is_closed = freeze->state == FREEZE_CLOSED;
        if (freeze->is_disputed)
            continue;
        if (is_frozen && freeze->frozen_date != freeze->issuer_date)
            auditor_fail(auditor, 8, "freeze %llu is in the files of %08u, in the books of %08u",
                         (unsigned long long)freeze->name.sequence, freeze->frozen_date,
                         freeze->issuer_date);
        if (is_closed && (freeze->left_date != freeze->unfreeze_date ||
                          freeze->left_minor != freeze->unfreeze_minor))
            auditor_fail(auditor, 8,
                         "the unfreeze of %llu is in the files of %08u, in the books of %08u",
                         (unsigned long long)freeze->name.sequence, freeze->left_date,
                         freeze->unfreeze_date);
    }
}
