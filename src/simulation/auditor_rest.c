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
    if (freeze->state == FREEZE_FREEZING || freeze->state == FREEZE_REVERSING ||
        freeze->state == FREEZE_CLOSING)
        auditor_fail(auditor, 7, "freeze %llu is still %s", name, state);
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
        break;
    }
    if (!fits || freeze->debited_minor != credited)
        auditor_fail(auditor, 2,
                     "freeze %llu is %s; its issuer has it as %s with %lld debited, %lld given "
                     "back, %lld remaining; %lld were credited",
                     name, state, at_issuer, (long long)freeze->debited_minor,
                     (long long)freeze->released_minor, (long long)freeze->remaining_minor,
                     (long long)credited);
}

/* Totals for a member that never comes back wait for ever. */
static bool is_for_nobody(const struct auditor *auditor, const struct audited_forward *forward,
                          const bool is_gone[PLAN_NODES_MAX])
{
    for (unsigned node = 0; node < PLAN_NODES_MAX; node++)
        if (is_gone[node] && auditor->institutions[node] == forward->institution)
            return true;
    return false;
}

void auditor_at_rest(struct auditor *auditor, const bool is_gone[PLAN_NODES_MAX])
{
    for (unsigned i = 0; i < auditor->claim_count; i++)
        claim_at_rest(auditor, &auditor->claims[i]);
    for (unsigned i = 0; i < auditor->freeze_count; i++)
        freeze_at_rest(auditor, &auditor->freezes[i]);
    auditor_purchases_at_rest(auditor);
    for (unsigned i = 0; i < auditor->forward_count; i++)
        if (!is_gone[auditor->forwards[i].node] &&
            !is_for_nobody(auditor, &auditor->forwards[i], is_gone))
            auditor_fail(auditor, 7, "node %u still has a %s to deliver", auditor->forwards[i].node,
                         operation_name(auditor->forwards[i].kind));
}

void auditor_places_at_rest(struct auditor *auditor, unsigned places)
{
    unsigned stored = 0;
    for (unsigned i = 0; i < auditor->forward_count; i++)
        stored += auditor->forwards[i].node == NODE_SWITCH;
    if (places != stored)
        auditor_fail(auditor, STATEMENT_LAW,
                     "at rest %u places of store and forward are taken for %u stored messages",
                     places, stored);
}

/* --- statement 8 ------------------------------------------------------------------------------ */

void auditor_cleared(struct auditor *auditor, uint32_t business_date)
{
    auditor_purchases_cleared(auditor);
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

/* --- the exceptions files --------------------------------------------------------------------- */

/* The bits of what an exception is about; NULL: of nothing that there is. */
static const uint16_t *bits_of(struct auditor *auditor, const struct exception *exception)
{
    const struct operation *operation = &exception->operation;
    bool is_disputed = exception->status == EXCEPTION_DISPUTED;
    if (operation->kind == OPERATION_PURCHASE_REVERSAL) {
        struct operation purchase = *operation;
        purchase.kind = OPERATION_PURCHASE; /* it is named by the purchase's own identity */
        const struct audited_purchase *about = auditor_purchase(auditor, &purchase);
        if (about->file_date != 0 || about->date != exception->settlement_date)
            return NULL;
        return is_disputed ? &about->disputed_at : &about->open_at;
    }
    if (operation->kind == OPERATION_DEBIT_REVERSAL || operation->kind == OPERATION_CONFIRMATION) {
        const struct audited_claim *claim = auditor_claim(auditor, operation);
        /* A share whose credit was sent is in the files, and its confirmation the exception. */
        if ((claim->file_date != 0) != (operation->kind == OPERATION_CONFIRMATION) ||
            claim->date != exception->settlement_date)
            return NULL;
        return is_disputed ? &claim->disputed_at : &claim->open_at;
    }
    const struct audited_freeze *freeze = auditor_freeze(auditor, &operation->reference);
    if ((freeze->left_minor >= 0) != (operation->kind == OPERATION_UNFREEZE))
        return NULL;
    return is_disputed ? &freeze->disputed_at : &freeze->open_at;
}

static unsigned count_uncertain(const struct auditor *auditor, unsigned cut)
{
    unsigned count = 0;
    for (unsigned i = 0; i < auditor->claim_count; i++)
        count += ((auditor->claims[i].open_at | auditor->claims[i].disputed_at) >> cut & 1) != 0;
    for (unsigned i = 0; i < auditor->freeze_count; i++)
        count += ((auditor->freezes[i].open_at | auditor->freezes[i].disputed_at) >> cut & 1) != 0;
    for (unsigned i = 0; i < auditor->purchase_count; i++)
        count +=
            ((auditor->purchases[i].open_at | auditor->purchases[i].disputed_at) >> cut & 1) != 0;
    return count;
}

void auditor_excepted(struct auditor *auditor, unsigned cut, const struct exceptions *exceptions)
{
    unsigned found = 0, expected = count_uncertain(auditor, cut);
    for (size_t i = 0; i < exceptions->count; i++) {
        const struct exception *one = &exceptions->list[i];
        char code[EXCEPTION_CODE_LEN + 1];
        if (one->status != EXCEPTION_DISPUTED && one->status != EXCEPTION_OPEN)
            continue;
        const uint16_t *bits = bits_of(auditor, one);
        exception_code(one->status, one->operation.kind, code);
        found++;
        if (bits == NULL || (*bits >> cut & 1) == 0)
            auditor_fail(
                auditor, 8,
                "the exceptions of %08u have %s of freeze %llu, share %u, which it was not",
                auditor->cut_dates[cut], code,
                (unsigned long long)one->operation.reference.sequence,
                one->operation.reference.share);
    }
    if (found != expected)
        auditor_fail(auditor, 8, "the exceptions of %08u list %u, not %u", auditor->cut_dates[cut],
                     found, expected);
}
