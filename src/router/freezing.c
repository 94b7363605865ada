/* A freeze: record it, ask the sender's issuer, answer. Source: protocol page "Freeze". */
#include "router/router_state.h"

#include "base/mutant.h"

#include <string.h>

static void freeze_step(struct work *work, enum freeze_state to, const struct answer *answer);

static void apply_begin(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct answer *answer = &work->answer;
    if (!router_tx_may_begin(tx, work))
        return;
    router_tx_read_freeze(tx, work);
    bool is_own = work->operation.reference.wallet == work->operation.forwarder.number;
    bool is_used = work->freeze.state != FREEZE_NONE;
    if (work->request->is_untimely)
        answer->code = CODE_FORMAT;
    else if (!is_own)
        answer->code = CODE_RELATED_INVALID;
    else if (is_used)
        answer->code = CODE_DUPLICATE;
    else if (!work->request->signed_on)
        answer->code = CODE_PARTY_DOWN;
    else
        answer->code = freeze_check_request(&work->operation);
    const char *currency = work->router->config.currency;
    if (answer->code == CODE_APPROVED &&
        memcmp(work->operation.currency, currency, sizeof work->operation.currency) != 0)
        answer->code = CODE_AMOUNT;
    if (answer->code == CODE_APPROVED)
        answer->code = work->route;
    bool accepted = answer->code == CODE_APPROVED;
    enum freeze_state to = accepted ? FREEZE_FREEZING : FREEZE_REFUSED;
    if (is_own && !is_used) {
        /* A refused one is kept too: its name is used for ever. */
        freeze_begin(&work->freeze, &work->operation, work->issuer, work->settlement_date,
                     work->router->config.owner);
        work->freeze.state = to;
        router_tx_write_freeze(tx, work);
    }
    if (accepted)
        *answer = (struct answer){.code = CODE_NONE};
    request_remember(work->request, tx, KEY_DUPLICATE,
                     accepted ? DUPLICATE_OPEN : DUPLICATE_ANSWERED, answer);
    router_work_journal(tx, work, accepted ? JOURNAL_FREEZE : JOURNAL_REFUSED, FREEZE_NONE,
                        (uint8_t)to, 0);
    work->moved = accepted;
}

static void done_begin(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    if (!router_work_is_accepted(work))
        return;
    struct operation forwarded = work->operation;
    /* What a freeze does not carry goes no further. */
    forwarded.receiver = (struct pan){0};
    forwarded.original = (struct original){0};
    forwarded.reason = REASON_NONE;
    forwarded.settlement = (uint16_t)(work->settlement_date % 10000);
    if (!router_work_ask(work, work->issuer, &forwarded, router->config.freeze_leg_ms))
        freeze_step(work, FREEZE_REFUSED, &(struct answer){.code = CODE_PARTY_DOWN});
}

void router_freeze_receive(struct router *router, struct request *request)
{
    struct operation *operation = &request->operation;
    router->view.freezes++;
    if (freeze_check_request(operation) == CODE_FORMAT) {
        party_answer(router->party, request, &(struct answer){.code = CODE_FORMAT});
        return;
    }
    struct work *work = router_work_take(router, request);
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    if (!router_work_admit(work))
        party_log_peer(router->party, request->from.peer, LOG_WARNING, "no_room",
                       "freeze STAN %06u", operation->stan);
    work->route = router_find_route(router, request, &operation->sender, &work->issuer);
    work->claim = operation_key(operation);
    router_work_set_keys(work, &work->claim, &operation->reference, OPERATION_FREEZE_REVERSAL);
    struct store_key time = key_of_time(router_second(work->wall_us), &operation->reference);
    MUST(store_step_key(&work->step, time) == KEY_TIME);
    router_work_submit(work, apply_begin, done_begin);
}

/* --- the end of a freeze request -------------------------------------------------------------- */

static void apply_end(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    enum freeze_state to = (enum freeze_state)work->to;
    router_tx_read_freeze(tx, work);
    if (mutant_is(MUTANT_LATE_FREEZE_APPROVED) && work->freeze.state == FREEZE_REVERSING)
        work->freeze.state = FREEZE_FREEZING;
    work->moved = freeze_move(&work->freeze, FREEZE_FREEZING, to);
    if (!work->moved) {
        /* The wallet has reversed it meanwhile: it is never answered 00 afterwards. */
        work->answer = (struct answer){.code = CODE_NO_ANSWER};
        router_tx_write_answer(tx, KEY_DUPLICATE, &work->answer);
        router_work_journal(tx, work, JOURNAL_RECORDED, 0, 0, 0);
        return;
    }
    if (to == FREEZE_REVERSING) {
        struct operation reversal = work->operation;
        reversal.kind = OPERATION_FREEZE_REVERSAL;
        reversal.original = operation_as_original(&work->operation);
        reversal.settlement = (uint16_t)(work->settlement_date % 10000);
        router_tx_queue(tx, work, &reversal, work->freeze.sender_issuer);
    }
    if (to == FREEZE_FROZEN) {
        store_tx_put(tx, KEY_TIME, "", 0);
        router_tx_count_freeze(tx, work);
    }
    router_tx_write_freeze(tx, work);
    router_tx_write_answer(tx, KEY_DUPLICATE, &work->answer);
    router_work_journal(tx, work, JOURNAL_FREEZE, FREEZE_FREEZING, (uint8_t)to,
                        to == FREEZE_FROZEN ? work->operation.amount_minor : 0);
}

static void done_end(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    if (!work->moved || work->to != FREEZE_FROZEN)
        work->router->view.refused++;
    else
        router_aging_note(work->router);
    if (work->moved && !freeze_is_open(work->freeze.state))
        router_place_give(work->router);
    router_work_send_queued(work);
    router_work_answer(work, &work->answer);
}

static void freeze_step(struct work *work, enum freeze_state to, const struct answer *answer)
{
    work->to = (uint8_t)to;
    work->answer = *answer;
    if (work->answer.settlement == 0)
        work->answer.settlement = (uint16_t)(work->settlement_date % 10000);
    if (to == FREEZE_FROZEN) {
        router_work_add_totals(work, SIDE_SENDER, work->issuer);
        router_work_add_totals(work, SIDE_WALLET, work->operation.forwarder.number);
    }
    router_work_submit(work, apply_end, done_end);
}

void router_freeze_answered(struct work *work, const struct received *received)
{
    struct answer answer = {.code = received->code};
    switch (code_verdict(received->code)) {
    case VERDICT_APPROVED:
        memcpy(answer.authorisation, received->authorisation, sizeof answer.authorisation);
        freeze_step(work, FREEZE_FROZEN, &answer);
        break;
    case VERDICT_REFUSED:
        freeze_step(work, FREEZE_REFUSED, &answer);
        break;
    case VERDICT_SILENT:
        router_freeze_unanswered(work, UNANSWERED_TIMEOUT);
        break;
    }
}

void router_freeze_unanswered(struct work *work, enum unanswered why)
{
    if (why == UNANSWERED_NOT_SENT)
        freeze_step(work, FREEZE_REFUSED, &(struct answer){.code = CODE_PARTY_DOWN});
    else
        freeze_step(work, FREEZE_REVERSING, &(struct answer){.code = CODE_NO_ANSWER});
}

void router_freeze_resolve(struct work *work)
{
    router_work_set_keys(work, &work->claim, &work->operation.reference, OPERATION_FREEZE_REVERSAL);
    freeze_step(work, FREEZE_REVERSING, &(struct answer){.code = CODE_NO_ANSWER});
}
