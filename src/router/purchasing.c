/* A purchase: record it, ask its issuer, answer its acquirer. How it is taken back: reversing.c.
 * Source: protocol page "Purchase". */
#include "router/router_state.h"

#include "base/mutant.h"

#include <string.h>

static void purchase_step(struct work *work, enum purchase_state to, const struct answer *answer);

void router_purchase_set_keys(struct work *work, const struct transaction_key *own,
                              const struct transaction_key *purchase)
{
    struct store_step *step = &work->step;
    struct store_key record = key_of_purchase(purchase), forward = record, open = record;
    forward.data[0] = TABLE_FORWARD;
    open.data[0] = TABLE_OPEN;
    step->key_count = 0;
    MUST(store_step_key(step, key_of_duplicate(own)) == KEY_DUPLICATE);
    MUST(store_step_key(step, record) == KEY_PURCHASE);
    MUST(store_step_key(step, forward) == KEY_FORWARD);
    MUST(store_step_key(step, router_counters_key()) == KEY_COUNTER);
    MUST(store_step_key(step, open) == KEY_OPEN);
}

/* --- the request ------------------------------------------------------------------------------ */

static void apply_begin(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct answer *answer = &work->answer;
    if (!router_tx_may_begin(tx, work))
        return;
    router_tx_read_purchase(tx, work);
    if (work->request->is_untimely)
        answer->code = CODE_FORMAT;
    else if (work->purchase.state != PURCHASE_NONE)
        answer->code = CODE_DUPLICATE; /* one in dispute outlives its key */
    else if (!work->request->signed_on)
        answer->code = CODE_PARTY_DOWN;
    else
        answer->code = purchase_check_request(&work->operation, work->router->config.currency);
    if (answer->code == CODE_APPROVED)
        answer->code = work->route;
    if (answer->code != CODE_APPROVED) {
        request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_ANSWERED, answer);
        router_work_journal(tx, work, JOURNAL_REFUSED, 0, 0, 0);
        return;
    }
    *answer = (struct answer){.code = CODE_NONE};
    purchase_begin(&work->purchase, &work->operation, work->issuer, work->settlement_date,
                   work->router->config.owner);
    work->operation = work->purchase.request;
    router_tx_write_purchase(tx, work);
    request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_OPEN, answer);
    router_work_journal(tx, work, JOURNAL_PURCHASE, PURCHASE_NONE, PURCHASE_PURCHASING, 0);
    work->moved = true;
}

static void done_begin(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    if (!router_work_is_accepted(work))
        return;
    struct operation forwarded = work->operation;
    forwarded.settlement = (uint16_t)(work->settlement_date % 10000);
    if (!router_work_ask(work, work->issuer, &forwarded, router->config.debit_leg_ms))
        purchase_step(work, PURCHASE_REFUSED, &(struct answer){.code = CODE_PARTY_DOWN});
}

void router_purchase_receive(struct router *router, struct request *request)
{
    const struct operation *operation = &request->operation;
    struct work *work = router_work_take(router, request);
    router->view.purchases++;
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    if (!router_work_admit(work))
        party_log_peer(router->party, request->from.peer, LOG_WARNING, "no_room",
                       "purchase STAN %06u", operation->stan);
    work->route = router_find_route(router, request, &operation->card, &work->issuer);
    work->claim = operation_key(operation);
    router_purchase_set_keys(work, &work->claim, &work->claim);
    router_work_submit(work, apply_begin, done_begin);
}

/* --- the end of it ---------------------------------------------------------------------------- */

static void apply_end(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    enum purchase_state to = (enum purchase_state)work->to;
    router_tx_read_purchase(tx, work);
    work->moved = purchase_move(&work->purchase, PURCHASE_PURCHASING, to);
    if (!work->moved) {
        /* Its acquirer has reversed it meanwhile: it is never answered 00 afterwards. */
        if (!mutant_is(MUTANT_PURCHASED_AFTER_REVERSAL))
            work->answer = (struct answer){.code = CODE_NO_ANSWER};
        router_tx_write_answer(tx, KEY_DUPLICATE, &work->answer);
        router_work_journal(tx, work, JOURNAL_RECORDED, 0, 0, 0);
        return;
    }
    if (to == PURCHASE_REVERSING && !mutant_is(MUTANT_PURCHASE_NOT_REVERSED)) {
        struct operation reversal;
        purchase_reversal(&work->purchase, &reversal);
        reversal.reason = REASON_TIMEOUT;
        router_tx_queue(tx, work, &reversal, work->purchase.issuer);
    }
    router_tx_write_purchase(tx, work);
    router_tx_write_answer(tx, KEY_DUPLICATE, &work->answer);
    router_tx_count_purchase(tx, work, PURCHASE_PURCHASING);
    router_work_journal(tx, work, JOURNAL_PURCHASE, PURCHASE_PURCHASING, (uint8_t)to,
                        to == PURCHASE_PURCHASED ? work->operation.amount_minor : 0);
}

static void done_end(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    if (work->moved && work->to == PURCHASE_PURCHASED)
        work->router->view.purchased++;
    else
        work->router->view.refused++;
    if (work->moved && !purchase_is_open(work->purchase.state))
        router_place_give(work->router);
    router_work_send_queued(work);
    router_work_answer(work, &work->answer);
}

static void purchase_step(struct work *work, enum purchase_state to, const struct answer *answer)
{
    work->to = (uint8_t)to;
    work->answer = *answer;
    if (work->answer.settlement == 0)
        work->answer.settlement = (uint16_t)(work->settlement_date % 10000);
    if (to != PURCHASE_REFUSED)
        router_work_add_totals(work, SIDE_SENDER, work->issuer);
    if (to == PURCHASE_PURCHASED)
        router_work_add_totals(work, SIDE_WALLET, work->operation.acquirer.number);
    router_work_submit(work, apply_end, done_end);
}

void router_purchase_answered(struct work *work, const struct received *received)
{
    struct answer answer = {.code = received->code};
    switch (code_verdict(received->code)) {
    case VERDICT_APPROVED:
        memcpy(answer.authorisation, received->authorisation, sizeof answer.authorisation);
        purchase_step(work, PURCHASE_PURCHASED, &answer);
        break;
    case VERDICT_REFUSED:
        purchase_step(work, PURCHASE_REFUSED, &answer);
        break;
    case VERDICT_SILENT:
        router_purchase_unanswered(work, UNANSWERED_TIMEOUT);
        break;
    }
}

void router_purchase_unanswered(struct work *work, enum unanswered why)
{
    if (why == UNANSWERED_NOT_SENT)
        purchase_step(work, PURCHASE_REFUSED, &(struct answer){.code = CODE_PARTY_DOWN});
    else
        purchase_step(work, PURCHASE_REVERSING, &(struct answer){.code = CODE_NO_ANSWER});
}

void router_purchase_resolve(struct work *work)
{
    router_purchase_set_keys(work, &work->claim, &work->claim);
    work->issuer = work->purchase.issuer;
    purchase_step(work, PURCHASE_REVERSING, &(struct answer){.code = CODE_NO_ANSWER});
}
