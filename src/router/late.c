/* Answers that nobody awaits any more: given up before they came, or given twice.
 *
 * One of them decides something: the approval of a credit whose share is CREDIT_UNKNOWN makes it
 * CREDITED. Its confirmation goes on, keeps its place and changes nothing when it ends. All others
 * are recorded; the reversal or confirmation that followed the silence decides. Source: protocol
 * page "Claim, step by step". */
#include "router/router_state.h"

#include "base/mutant.h"

/* What counts as an answer to the share's credit: from whom it was asked, its key, DE 2 and DE 4.
 * The key and the state are share_move()'s. */
static bool approves_credit(const struct work *work)
{
    const struct operation *answer = &work->operation;
    const struct share *share = &work->share;
    return answer->kind == OPERATION_CREDIT && work->answer.code == CODE_APPROVED &&
           work->issuer == share->receiver_issuer &&
           pan_equal(&answer->card, &share->claim.receiver) &&
           answer->amount_minor == share->claim.amount_minor;
}

static void apply_late(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    bool of_share = work->operation.reference.share != 0;
    work->share = (struct share){.state = SHARE_NONE};
    router_tx_read_freeze(tx, work);
    if (work->freeze.state == FREEZE_NONE)
        return;
    if (of_share)
        router_tx_read_share(tx, &work->share);
    /* It is booked to the day of what it answers. */
    work->settlement_date = work->share.state != SHARE_NONE ? work->share.settlement_date
                                                            : work->freeze.settlement_date;
    work->moved =
        of_share && approves_credit(work) &&
        share_move(&work->share, &work->freeze, &work->claim, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED);
    if (mutant_is(MUTANT_LATE_REFUSAL_REVERSES) && work->operation.kind == OPERATION_CREDIT &&
        code_verdict(work->answer.code) == VERDICT_REFUSED) {
        work->moved = work->share.state == SHARE_CREDIT_UNKNOWN;
        work->share.state = work->moved ? SHARE_REVERSING : work->share.state;
    }
    if (mutant_is(MUTANT_LATE_DEBIT_REVIVES) && work->operation.kind == OPERATION_DEBIT &&
        work->answer.code == CODE_APPROVED) {
        work->moved = work->share.state == SHARE_DEBIT_UNKNOWN;
        work->share.state = work->moved ? SHARE_CREDITING : work->share.state;
    }
    if (!work->moved) {
        router_work_journal(tx, work, JOURNAL_RECORDED, 0, 0, 0);
        return;
    }
    router_tx_write_freeze(tx, work);
    router_tx_write_share(tx, work);
    router_work_journal(tx, work, JOURNAL_SHARE, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, 0);
}

static void done_late(struct store_step *step, void *context)
{
    (void)step;
    router_work_end(context);
}

void router_late_receive(struct router *router, uint64_t institution,
                         const struct operation *operation, const struct received *received)
{
    /* An answer need not repeat DE 48; without it nobody knows which freeze is meant. */
    if (operation->kind == OPERATION_INQUIRY || operation->reference.shares == 0)
        return;
    struct work *work = router_work_take_spare(router, WORKS_LATE_MAX);
    if (work == NULL)
        return; /* as if it were lost */
    struct original leg = operation_as_original(operation);
    work->operation = *operation;
    work->claim = router_claim_of_leg(&leg);
    work->issuer = institution;
    work->answer = (struct answer){.code = received->code};
    memcpy(work->answer.authorisation, received->authorisation, sizeof work->answer.authorisation);
    router_work_keep_message(work, received->message);
    router_work_set_keys(work, &work->claim, &operation->reference, OPERATION_CONFIRMATION);
    router_work_submit(work, apply_late, done_late);
}
