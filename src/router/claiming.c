/* A claim: reserve the share, debit the sender's issuer, credit the receiver's, answer.
 *
 * Each step names the state it leaves and the claim's key; one that comes second finds the share
 * elsewhere and changes nothing. Source: protocol page "Claim, step by step". */
#include "router/router_state.h"

#include "base/mutant.h"

static void claim_move(struct work *work, enum share_state from, enum share_state to,
                       uint16_t code);

/* --- step 1: RESERVED, or a stored refusal ---------------------------------------------------- */

static void apply_reserve(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct answer *answer = &work->answer;
    if (!router_tx_may_begin(tx, work))
        return;
    router_tx_read_freeze(tx, work);
    /* Share 0 is no share: the check below refuses it. */
    if (work->operation.reference.share != 0)
        router_tx_read_share(tx, &work->share);
    if (work->request->is_untimely)
        answer->code = CODE_FORMAT;
    else if (!work->request->signed_on)
        answer->code = CODE_PARTY_DOWN;
    else
        answer->code =
            share_check_claim(&work->operation, &work->freeze, &work->share, work->route);
    if (answer->code != CODE_APPROVED) {
        request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_ANSWERED, answer);
        work->share.receiver_issuer = work->issuer;
        router_work_journal(tx, work, JOURNAL_REFUSED, 0, 0, 0);
        return;
    }
    *answer = (struct answer){.code = CODE_NONE};
    enum share_state before = work->share.state;
    share_reserve(&work->share, &work->freeze, &work->operation, work->issuer,
                  work->settlement_date, work->router->config.owner);
    router_tx_write_freeze(tx, work);
    router_tx_write_share(tx, work);
    request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_OPEN, answer);
    router_work_journal(tx, work, JOURNAL_SHARE, (uint8_t)before, SHARE_RESERVED,
                        work->operation.amount_minor);
    work->moved = true;
}

static void done_reserve(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    struct operation debit;
    if (!router_work_is_accepted(work))
        return;
    share_debit(&work->share, &work->freeze, &debit);
    if (!router_work_ask(work, work->freeze.sender_issuer, &debit, router->config.debit_leg_ms))
        claim_move(work, SHARE_RESERVED, SHARE_RELEASED, CODE_PARTY_DOWN);
}

void router_claim_receive(struct router *router, struct request *request)
{
    const struct operation *claim = &request->operation;
    struct work *work = router_work_take(router, request);
    router->view.claims++;
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    if (!router_work_admit(work))
        party_log_peer(router->party, request->from.peer, LOG_WARNING, "no_room", "claim STAN %06u",
                       claim->stan);
    work->claim = operation_key(claim);
    work->route = router_find_route(router, request, &claim->receiver, &work->issuer);
    router_work_set_keys(work, &work->claim, &claim->reference, OPERATION_DEBIT_REVERSAL);
    router_work_submit(work, apply_reserve, done_reserve);
}

/* --- the steps after it ----------------------------------------------------------------------- */

/* Whether the step answers the claim: all but the one that goes on to the credit. */
static bool is_answer(enum share_state to)
{
    return to != SHARE_CREDITING;
}

static void apply_move(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    enum share_state from = (enum share_state)work->from, to = (enum share_state)work->to;
    struct operation forward;
    router_tx_read_freeze(tx, work);
    router_tx_read_share(tx, &work->share);
    /* DEBITED and CREDITING share one commit: nothing happens between them. */
    work->moved =
        to == SHARE_CREDITING
            ? share_move(&work->share, &work->freeze, &work->claim, from, SHARE_DEBITED) &&
                  share_move(&work->share, &work->freeze, &work->claim, SHARE_DEBITED, to)
            : share_move(&work->share, &work->freeze, &work->claim, from, to);
    if (!work->moved)
        return;
    work->share.code = work->answer.code;
    if (is_answer(to))
        router_tx_write_answer(tx, KEY_DUPLICATE, &work->answer);
    if (to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING) {
        share_debit_reversal(&work->share, &work->freeze, work->reason, &forward);
        router_tx_queue(tx, work, &forward, work->freeze.sender_issuer);
    } else if (to == SHARE_CREDIT_UNKNOWN) {
        share_confirmation(&work->share, &work->freeze, &forward);
        router_tx_queue(tx, work, &forward, work->share.receiver_issuer);
    }
    router_tx_write_freeze(tx, work);
    router_tx_write_share(tx, work);
    router_tx_count_share(tx, work);
    router_work_journal(tx, work, JOURNAL_SHARE, (uint8_t)from, (uint8_t)to,
                        work->operation.amount_minor);
}

static void send_credit(struct work *work)
{
    struct router *router = work->router;
    struct operation credit;
    share_credit(&work->share, &work->freeze, &credit);
    if (router_work_ask(work, work->share.receiver_issuer, &credit, router->config.credit_leg_ms))
        return;
    work->reason = REASON_CANNOT_FORWARD;
    claim_move(work, SHARE_CREDITING, SHARE_REVERSING, CODE_PARTY_DOWN);
}

static void done_move(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    if (work->moved && work->to == SHARE_CREDITING) {
        send_credit(work);
        return;
    }
    if (!work->moved) {
        /* Somebody else has decided this share; its stored answer is given on a repeat. */
        router_work_drop(work);
        return;
    }
    if (!share_is_open(work->share.state))
        router_place_give(router);
    if (work->to == SHARE_CREDITED)
        router->view.credited++;
    else
        router->view.refused++;
    router_work_send_queued(work);
    router_work_answer(work, &work->answer);
}

/* Of whom the step counts, as router_tx_count_share() does. */
static void add_totals(struct work *work, enum share_state to)
{
    bool is_paid = to == SHARE_CREDITED || to == SHARE_CREDIT_UNKNOWN ||
                   (mutant_is(MUTANT_COUNTED_TOO_EARLY) && to == SHARE_CREDITING);
    if (is_paid || to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING)
        router_work_add_totals(work, SIDE_SENDER, work->freeze.sender_issuer);
    if (is_paid) {
        router_work_add_totals(work, SIDE_RECEIVER, work->share.receiver_issuer);
        router_work_add_totals(work, SIDE_WALLET, work->operation.forwarder.number);
    }
}

static void claim_move(struct work *work, enum share_state from, enum share_state to, uint16_t code)
{
    enum operation_kind stored =
        to == SHARE_CREDIT_UNKNOWN ? OPERATION_CONFIRMATION : OPERATION_DEBIT_REVERSAL;
    work->from = (uint8_t)from;
    work->to = (uint8_t)to;
    work->answer = (struct answer){
        .code = code,
        .settlement = (uint16_t)(work->settlement_date % 10000),
    };
    router_work_set_keys(work, &work->claim, &work->operation.reference, stored);
    add_totals(work, to);
    router_work_submit(work, apply_move, done_move);
}

void router_claim_answered(struct work *work, const struct received *received)
{
    enum verdict verdict = code_verdict(received->code);
    if (verdict == VERDICT_SILENT) {
        router_claim_unanswered(work, UNANSWERED_TIMEOUT);
        return;
    }
    if (work->share.state == SHARE_RESERVED) {
        if (verdict == VERDICT_APPROVED)
            claim_move(work, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
        else
            claim_move(work, SHARE_RESERVED, SHARE_RELEASED, received->code);
        return;
    }
    MUST(work->share.state == SHARE_CREDITING);
    work->reason = REASON_CREDIT_REFUSED;
    if (mutant_is(MUTANT_ANSWER_BEFORE_COMMIT) && verdict == VERDICT_APPROVED) {
        party_answer(work->router->party, work->request, &(struct answer){.code = CODE_APPROVED});
        work->request = NULL;
    }
    if (verdict == VERDICT_APPROVED)
        claim_move(work, SHARE_CREDITING, SHARE_CREDITED, CODE_APPROVED);
    else
        claim_move(work, SHARE_CREDITING, SHARE_REVERSING, received->code);
}

void router_claim_unanswered(struct work *work, enum unanswered why)
{
    bool unsent = why == UNANSWERED_NOT_SENT;
    if (work->share.state == SHARE_RESERVED) {
        work->reason = REASON_TIMEOUT;
        if (unsent || mutant_is(MUTANT_TIMER_RELEASES))
            claim_move(work, SHARE_RESERVED, SHARE_RELEASED, CODE_PARTY_DOWN);
        else
            claim_move(work, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN, CODE_NO_ANSWER);
        return;
    }
    MUST(work->share.state == SHARE_CREDITING);
    work->reason = REASON_CANNOT_FORWARD;
    if (unsent)
        claim_move(work, SHARE_CREDITING, SHARE_REVERSING, CODE_PARTY_DOWN);
    else
        claim_move(work, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN, CODE_TO_BE_CONFIRMED);
}

void router_claim_resolve(struct work *work, enum share_state found)
{
    if (mutant_is(MUTANT_DEBITED_LOST) && found == SHARE_RESERVED)
        claim_move(work, found, SHARE_RELEASED, CODE_PARTY_DOWN);
    else if (mutant_is(MUTANT_CREDITING_REVERSED) && found == SHARE_CREDITING) {
        work->reason = REASON_CANNOT_FORWARD;
        claim_move(work, found, SHARE_REVERSING, CODE_PARTY_DOWN);
    } else if (found == SHARE_RESERVED) {
        work->reason = REASON_TIMEOUT;
        claim_move(work, found, SHARE_DEBIT_UNKNOWN, CODE_NO_ANSWER);
    } else if (found == SHARE_DEBITED) {
        work->reason = REASON_CANNOT_FORWARD;
        claim_move(work, found, SHARE_REVERSING, CODE_PARTY_DOWN);
    } else {
        MUST(found == SHARE_CREDITING);
        claim_move(work, found, SHARE_CREDIT_UNKNOWN, CODE_TO_BE_CONFIRMED);
    }
}
