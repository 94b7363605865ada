/* A purchase that is taken back: the acquirer's own reversal, the end of the one that the switch
 * has stored and forwarded, and answers that nobody awaits any more. One purchase has one forwarded
 * reversal, under the switch's own DE 7 and 11, whoever asked. Source: protocol page "Purchase". */
#include "router/router_state.h"

#include "base/mutant.h"

#include <string.h>

/* --- the acquirer's own ----------------------------------------------------------------------- */

static enum duplicate_state named_state(struct store_tx *tx)
{
    struct bytes record = {NULL, 0};
    struct duplicate known;
    store_tx_get(tx, KEY_REVERSED, &record);
    duplicate_decode(record, &known, NULL);
    return known.state;
}

/* It never came, or was refused before anything was recorded. */
static uint16_t reverse_unseen(struct store_tx *tx, const struct work *work)
{
    const struct operation *reversal = &work->request->operation;
    bool is_known = named_state(tx) != DUPLICATE_NONE;
    /* One that may have been forgotten was perhaps never reversed. */
    if (!is_known && router_original_may_be_forgotten(work))
        return CODE_NO_ORIGINAL;
    uint16_t code = purchase_check_unseen(reversal);
    if (code != CODE_APPROVED || is_known || mutant_is(MUTANT_NO_PURCHASE_TOMBSTONE))
        return code;
    uint8_t record[DUPLICATE_RECORD_LEN];
    struct duplicate tombstone = {.state = DUPLICATE_TOMBSTONE, .wall_us = work->wall_us};
    struct writer w = writer_to(record, sizeof record);
    duplicate_encode(&w, &tombstone);
    store_tx_put(tx, KEY_REVERSED, record, w.len);
    return code;
}

/* The totals of another date, or issuer, would be needed than the step has keys for: the purchase
 * was not durable yet when its reversal came. It is repeated, and found then. */
static bool has_right_keys(const struct work *work)
{
    return work->purchase.settlement_date == work->settlement_date &&
           work->purchase.issuer == work->issuer;
}

static uint16_t reverse_known(struct store_tx *tx, struct work *work)
{
    struct purchase *purchase = &work->purchase;
    enum purchase_state from = purchase->state;
    bool reverses = false;
    uint16_t code = purchase_check_reversal(purchase, &work->request->operation);
    if (code == CODE_APPROVED)
        code = purchase_decide_reversal(purchase, work->business_date, &reverses);
    if (!reverses)
        return code;
    /* One that is still PURCHASING has its place already. */
    if ((from == PURCHASE_PURCHASED && !work->has_place) || !has_right_keys(work))
        return CODE_CENTRE_FAULT;
    struct operation reversal;
    MUST(purchase_move(purchase, from, PURCHASE_REVERSING));
    purchase_reversal(purchase, &reversal);
    memcpy(reversal.rrn, work->request->operation.rrn, sizeof reversal.rrn);
    reversal.reason = work->request->operation.reason;
    router_tx_queue(tx, work, &reversal, purchase->issuer);
    /* Also when this process does not live to see what the issuer says to the purchase. */
    router_tx_write_answer(tx, KEY_REVERSED, &(struct answer){.code = CODE_NO_ANSWER});
    router_tx_write_purchase(tx, work);
    router_tx_count_purchase(tx, work, from);
    work->from = (uint8_t)from;
    work->moved = true;
    return code;
}

static void apply_reversal(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct answer *answer = &work->answer;
    work->operation = work->request->operation;
    if (!router_tx_is_fresh(tx, work))
        return;
    router_tx_read_purchase(tx, work);
    if (!work->request->signed_on)
        answer->code = CODE_PARTY_DOWN;
    else if (work->purchase.state == PURCHASE_NONE)
        answer->code = reverse_unseen(tx, work);
    else {
        answer->code = reverse_known(tx, work);
        answer->settlement = (uint16_t)(work->purchase.settlement_date % 10000);
    }
    /* Leave no trace: what is stored and forwarded is repeated after these, under the same key. */
    if (answer->code == CODE_PARTY_DOWN || answer->code == CODE_CENTRE_FAULT)
        return;
    request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_ANSWERED, answer);
    if (work->moved) {
        work->operation = work->purchase.request;
        router_work_journal(tx, work, JOURNAL_PURCHASE, work->from, PURCHASE_REVERSING, 0);
    } else
        router_work_journal(
            tx, work, answer->code == CODE_APPROVED ? JOURNAL_RECORDED : JOURNAL_REFUSED, 0, 0, 0);
}

static void done_reversal(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    bool takes_place =
        work->moved && (work->from == PURCHASE_PURCHASED || mutant_is(MUTANT_PLACE_KEPT));
    if (work->has_place && !takes_place)
        router_place_give(work->router);
    work->has_place = false;
    router_work_send_queued(work);
    router_work_answer(work, &work->answer);
}

/* Of which date and issuer the purchase is, neither of which ever changes: as far as is durable.
 * false: there is none. */
static bool find_purchase(struct work *work, const struct transaction_key *name)
{
    struct store_key key = key_of_purchase(name);
    struct store_found found;
    struct purchase purchase;
    router_find(work->router, &key, &found);
    if (!found.found)
        return false;
    purchase_decode(bytes_of(found.value, found.len), &purchase);
    work->settlement_date = purchase.settlement_date;
    work->issuer = purchase.issuer;
    return true;
}

void router_purchase_reversal_receive(struct router *router, struct request *request)
{
    struct transaction_key purchase =
        original_key(&request->operation.original, OPERATION_PURCHASE);
    struct work *work = router_work_take(router, request);
    router->view.purchase_reversals++;
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    work->claim = operation_key(&request->operation);
    work->has_place = router_place_take_for_notice(router);
    work->business_date = work->settlement_date;
    if (!find_purchase(work, &purchase))
        (void)router_find_route(router, request, &work->operation.card, &work->issuer);
    router_purchase_set_keys(work, &work->claim, &purchase);
    MUST(store_step_key(&work->step, key_of_duplicate(&purchase)) == KEY_REVERSED);
    router_work_add_totals(work, SIDE_SENDER, work->issuer);
    router_work_add_totals(work, SIDE_WALLET, request->operation.acquirer.number);
    router_work_submit(work, apply_reversal, done_reversal);
}

/* --- the end of the switch's own -------------------------------------------------------------- */

static void apply_ended(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    work->operation = work->forward->operation;
    enum purchase_state to = work->is_refused ? PURCHASE_DISPUTED : PURCHASE_REVERSED;
    router_tx_read_purchase(tx, work);
    MUST(work->purchase.state != PURCHASE_NONE);
    work->moved = purchase_move(&work->purchase, PURCHASE_REVERSING, to);
    store_tx_delete(tx, KEY_FORWARD);
    if (!work->moved) {
        router_work_journal(tx, work, JOURNAL_RECORDED, 0, 0, 0);
        return;
    }
    router_tx_write_purchase(tx, work);
    /* What is in dispute stays in doubt. */
    if (!work->is_refused)
        router_tx_count_ended(tx, work);
    if (work->is_refused && !mutant_is(MUTANT_DISPUTE_UNLISTED))
        router_tx_write_dispute(tx, work);
    work->operation = work->purchase.request;
    router_work_journal(tx, work, JOURNAL_PURCHASE, PURCHASE_REVERSING, (uint8_t)to, 0);
}

void router_purchase_reversal_ended(struct router *router, struct forward *forward,
                                    enum forward_verdict verdict, const struct received *received)
{
    const struct operation *operation = &forward->operation;
    struct transaction_key own = operation_key(operation);
    struct work *work = router_work_take_forward(router, forward, verdict, received);
    if (work == NULL)
        return;
    work->claim = original_key(&operation->original, OPERATION_PURCHASE);
    /* It is booked to the purchase's day, however late it is done: a DE 15 has no year. */
    bool is_there = find_purchase(work, &work->claim);
    MUST(is_there);
    router_purchase_set_keys(work, &own, &work->claim);
    if (work->is_refused)
        router_work_add_dispute(work);
    router_work_add_totals(work, SIDE_SENDER, forward->institution);
    router_work_submit(work, apply_ended, router_done_forward);
}

/* --- late answers ----------------------------------------------------------------------------- */

static void apply_late(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    router_tx_read_purchase(tx, work);
    if (work->purchase.state == PURCHASE_NONE)
        return;
    work->settlement_date = work->purchase.settlement_date;
    router_work_journal(tx, work, JOURNAL_RECORDED, 0, 0, 0);
}

static void done_late(struct store_step *step, void *context)
{
    (void)step;
    router_work_end(context);
}

void router_purchase_late(struct router *router, const struct operation *operation,
                          const struct received *received)
{
    bool is_own = operation->kind == OPERATION_PURCHASE;
    /* An answer need not repeat DE 90; without it nobody knows which purchase is meant. */
    if (!is_own && operation->original.mti == 0)
        return;
    struct work *work = router_work_take_spare(router, WORKS_LATE_MAX);
    if (work == NULL)
        return; /* as if it were lost */
    struct transaction_key own = operation_key(operation);
    work->operation = *operation;
    work->claim = is_own ? own : original_key(&operation->original, OPERATION_PURCHASE);
    work->answer = (struct answer){.code = received->code};
    router_work_keep_message(work, received->message);
    router_purchase_set_keys(work, &own, &work->claim);
    router_work_submit(work, apply_late, done_late);
}
