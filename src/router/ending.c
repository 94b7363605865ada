/* The end of a stored message: its answer moves the share or the freeze to where it belongs, in the
 * commit that deletes the message. Source: protocol page "Store and forward is done". */
#include "router/router_state.h"

#include "base/date.h"
#include "base/mutant.h"

/* Where the share or freeze goes when its stored message is done; from where, it says itself. */
static bool end_share(struct work *work)
{
    enum share_state from = work->share.state, to = SHARE_NONE;
    bool confirms = work->forward->operation.kind == OPERATION_CONFIRMATION;
    if (confirms && from == SHARE_CREDIT_UNKNOWN)
        to = SHARE_CREDITED;
    else if (!confirms && (from == SHARE_DEBIT_UNKNOWN || from == SHARE_REVERSING))
        to = SHARE_RELEASED;
    if (to == SHARE_NONE)
        return false;
    if (work->is_refused)
        to = SHARE_DISPUTED;
    work->from = (uint8_t)from;
    work->to = (uint8_t)to;
    return share_move(&work->share, &work->freeze, &work->claim, from, to);
}

static bool end_freeze(struct work *work)
{
    enum freeze_state from = work->freeze.state, to = FREEZE_NONE;
    bool reverses = work->forward->operation.kind == OPERATION_FREEZE_REVERSAL;
    if (reverses && from == FREEZE_REVERSING)
        to = FREEZE_REVERSED;
    else if (!reverses && from == FREEZE_CLOSING)
        to = FREEZE_CLOSED;
    if (to == FREEZE_NONE)
        return false;
    if (work->is_refused)
        to = FREEZE_DISPUTED;
    work->from = (uint8_t)from;
    work->to = (uint8_t)to;
    return freeze_move(&work->freeze, from, to);
}

static void apply_ended(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    bool of_share = work->operation.reference.share != 0;
    router_tx_read_freeze(tx, work);
    if (of_share)
        router_tx_read_share(tx, &work->share);
    work->moved = of_share ? end_share(work) : end_freeze(work);
    if (work->freeze.state != FREEZE_NONE)
        router_tx_write_freeze(tx, work);
    if (work->moved && of_share)
        router_tx_write_share(tx, work);
    store_tx_delete(tx, KEY_FORWARD);
    /* What is in dispute stays in doubt. */
    if (work->is_counted && !(work->moved && work->is_refused))
        router_tx_count_ended(tx, work);
    if (work->moved && work->is_refused && !mutant_is(MUTANT_DISPUTE_UNLISTED))
        router_tx_write_dispute(tx, work);
    enum journal_event moved = of_share ? JOURNAL_SHARE : JOURNAL_FREEZE;
    router_work_journal(tx, work, work->moved ? moved : JOURNAL_RECORDED, work->from, work->to, 0);
}

void router_done_forward(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    if (work->is_refused && work->moved)
        party_log(router->party, LOG_ERROR, "disputed",
                  "%s STAN %06u was refused for good: see cardlab exceptions",
                  operation_name(work->forward->operation.kind), work->forward->operation.stan);
    party_forward_done(router->party, work->forward);
    /* Also of a confirmation whose credit was approved late: its share has ended before it. */
    router_place_give(router);
    router_work_end(work);
}

struct work *router_work_take_forward(struct router *router, struct forward *forward,
                                      enum forward_verdict verdict, const struct received *received)
{
    struct work *work = router_work_take_spare(router, WORKS_SPARE);
    if (work == NULL) {
        party_forward_again(router->party, forward);
        return NULL;
    }
    work->forward = forward;
    work->operation = forward->operation;
    work->answer = (struct answer){.code = received->code};
    work->is_refused = verdict == FORWARD_REFUSED;
    router_work_keep_message(work, received->message);
    return work;
}

/* The day that the message is of, however late it is done. DE 15 has no year, and a share's totals
 * are in the book of one date: its record says which. */
static uint32_t date_of(const struct router *router, const struct operation *operation)
{
    uint32_t today = party_business_date(router->party);
    struct store_key key = key_of_freeze(&operation->reference, operation->reference.share);
    struct store_found found;
    struct share share;
    if (operation->reference.share == 0)
        return date_past_mmdd(operation->settlement, today);
    router_find(router, &key, &found);
    share_decode(found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0), &share);
    MUST(share.state != SHARE_NONE);
    return share.settlement_date;
}

struct transaction_key router_claim_of_leg(const struct original *leg)
{
    return original_key(leg, OPERATION_CLAIM);
}

void router_forward_ended(struct router *router, struct forward *forward,
                          enum forward_verdict verdict, const struct received *received)
{
    const struct operation *operation = &forward->operation;
    struct transaction_key own = operation_key(operation);
    struct work *work = router_work_take_forward(router, forward, verdict, received);
    if (work == NULL)
        return;
    work->claim = router_claim_of_leg(&operation->original); /* DE 90 names the leg */
    work->settlement_date = date_of(router, operation);
    router_work_set_keys(work, &own, &operation->reference, operation->kind);
    if (work->is_refused)
        router_work_add_dispute(work);
    work->is_counted =
        operation->kind == OPERATION_CONFIRMATION || operation->kind == OPERATION_DEBIT_REVERSAL;
    if (work->is_counted)
        router_work_add_totals(work, SIDE_SENDER, forward->institution);
    router_work_submit(work, apply_ended, router_done_forward);
}
