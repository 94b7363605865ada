/* The end of a freeze: the wallet's unfreeze notice, the release of what is left, the wallet's
 * reversal of a freeze. Source: protocol page "Unfreeze", "Freeze". */
#include "router/router_state.h"

#include "base/date.h"

static bool is_from_its_wallet(const struct operation *operation)
{
    return operation->reference.wallet == operation->forwarder.number;
}

/* What every notice about a freeze asks first. CODE_APPROVED: go on and decide. */
static uint16_t check_notice(const struct work *work)
{
    if (!is_from_its_wallet(&work->operation))
        return CODE_RELATED_INVALID;
    if (!work->request->signed_on)
        return CODE_PARTY_DOWN;
    return freeze_check_related(&work->freeze, &work->operation);
}

static void finish_notice(struct store_tx *tx, struct work *work, bool moved,
                          enum freeze_state from, enum freeze_state to)
{
    /* A reversal is booked to the day of what it takes back. */
    if (moved && to != FREEZE_CLOSING)
        work->settlement_date = work->freeze.settlement_date;
    work->answer.settlement = (uint16_t)(work->settlement_date % 10000);
    /* Leave no trace: what is stored and forwarded is repeated after these, under the same key. */
    if (work->answer.code == CODE_PARTY_DOWN || work->answer.code == CODE_CENTRE_FAULT)
        return;
    work->moved = moved;
    work->from = (uint8_t)from;
    if (moved)
        router_tx_write_freeze(tx, work);
    request_remember(work->request, tx, KEY_DUPLICATE, DUPLICATE_ANSWERED, &work->answer);
    if (moved)
        router_work_journal(tx, work, JOURNAL_FREEZE, (uint8_t)from, (uint8_t)to, 0);
    else
        router_work_journal(tx, work,
                            work->answer.code == CODE_APPROVED ? JOURNAL_RECORDED : JOURNAL_REFUSED,
                            0, 0, 0);
}

static void apply_unfreeze(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    bool closes = false;
    if (!router_tx_is_fresh(tx, work))
        return;
    router_tx_read_freeze(tx, work);
    work->answer.code = check_notice(work);
    if (work->answer.code == CODE_APPROVED)
        work->answer.code = freeze_decide_unfreeze(&work->freeze, &closes);
    if (closes && !work->has_place) {
        closes = false;
        work->answer.code = CODE_CENTRE_FAULT;
    }
    if (closes) {
        work->freeze.notice_minor = work->operation.amount_minor;
        memcpy(work->freeze.notice_rrn, work->operation.rrn, sizeof work->freeze.notice_rrn);
        MUST(freeze_move(&work->freeze, FREEZE_FROZEN, FREEZE_CLOSING));
    }
    finish_notice(tx, work, closes, FREEZE_FROZEN, FREEZE_CLOSING);
}

static void apply_reversal(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    bool reverses = false, unseen = false;
    if (!router_tx_is_fresh(tx, work))
        return;
    router_tx_read_freeze(tx, work);
    enum freeze_state from = work->freeze.state;
    work->answer.code = check_notice(work);
    unseen = work->answer.code == CODE_NO_ORIGINAL;
    if (unseen) {
        /* One that may have been forgotten was perhaps never reversed. */
        if (!router_original_may_be_forgotten(work))
            work->answer.code = freeze_check_unseen(&work->operation);
        unseen = work->answer.code == CODE_APPROVED;
        if (unseen)
            freeze_begin_tombstone(&work->freeze, &work->operation, work->settlement_date,
                                   work->router->config.owner);
    } else if (work->answer.code == CODE_APPROVED)
        work->answer.code = freeze_decide_reversal(&work->freeze, &reverses);
    /* One that is still FREEZING has its place already. */
    if (reverses && from == FREEZE_FROZEN && !work->has_place) {
        reverses = false;
        work->answer.code = CODE_CENTRE_FAULT;
    }
    if (reverses) {
        struct operation reversal = work->freeze.request;
        MUST(freeze_move(&work->freeze, from, FREEZE_REVERSING));
        reversal.kind = OPERATION_FREEZE_REVERSAL;
        memcpy(reversal.rrn, work->operation.rrn, sizeof reversal.rrn);
        reversal.original = operation_as_original(&work->freeze.request);
        reversal.settlement = (uint16_t)(work->freeze.settlement_date % 10000);
        router_tx_queue(tx, work, &reversal, work->freeze.sender_issuer);
        /* Also when this process does not live to see what the issuer says to the freeze. */
        router_tx_write_answer(tx, KEY_REVERSED, &(struct answer){.code = CODE_NO_ANSWER});
    }
    finish_notice(tx, work, reverses || unseen, from, work->freeze.state);
}

static void done_notice(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    bool takes_place = work->moved && work->from == FREEZE_FROZEN;
    if (work->has_place && !takes_place)
        router_place_give(work->router);
    work->has_place = false;
    router_work_send_queued(work);
    router_work_answer(work, &work->answer);
}

/* The freeze's own request, as DE 90 names it. */
static struct transaction_key freeze_named_by(const struct operation *reversal)
{
    const struct original *original = &reversal->original;
    struct operation freeze = {
        .kind = OPERATION_FREEZE,
        .transmission = original->transmission,
        .stan = original->stan,
        .acquirer = {.number = original->acquirer},
        .forwarder = {.number = original->forwarder},
    };
    return operation_key(&freeze);
}

static void notice_receive(struct router *router, struct request *request, store_apply_fn *apply,
                           enum operation_kind stored)
{
    struct work *work = router_work_take(router, request);
    if (work == NULL) {
        party_answer(router->party, request, &(struct answer){.code = CODE_CENTRE_FAULT});
        return;
    }
    struct freeze_reference reference = request->operation.reference;
    reference.share = 0; /* the freeze itself; another share in the message gets 12 */
    work->claim = operation_key(&request->operation);
    work->has_place = router_place_take_for_notice(router);
    router_work_set_keys(work, &work->claim, &reference, stored);
    if (request->operation.kind == OPERATION_FREEZE_REVERSAL) {
        struct transaction_key reversed = freeze_named_by(&request->operation);
        MUST(store_step_key(&work->step, key_of_duplicate(&reversed)) == KEY_REVERSED);
    }
    router_work_submit(work, apply, done_notice);
}

void router_unfreeze_receive(struct router *router, struct request *request)
{
    router->view.unfreezes++;
    notice_receive(router, request, apply_unfreeze, OPERATION_UNFREEZE);
}

void router_reversal_receive(struct router *router, struct request *request)
{
    notice_receive(router, request, apply_reversal, OPERATION_FREEZE_REVERSAL);
}

/* --- release ---------------------------------------------------------------------------------- */

static void apply_release(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    router_tx_read_freeze(tx, work);
    if (!freeze_can_release(&work->freeze))
        return;
    struct operation unfreeze = work->freeze.request;
    unfreeze.kind = OPERATION_UNFREEZE;
    if (work->freeze.notice_minor >= 0)
        memcpy(unfreeze.rrn, work->freeze.notice_rrn, sizeof unfreeze.rrn);
    unfreeze.amount_minor = freeze_left(&work->freeze);
    unfreeze.original = operation_as_original(&work->freeze.request);
    unfreeze.settlement = (uint16_t)(work->settlement_date % 10000);
    work->freeze.left_minor = unfreeze.amount_minor;
    router_tx_queue(tx, work, &unfreeze, work->freeze.sender_issuer);
    router_tx_write_freeze(tx, work);
    work->operation = unfreeze;
    router_work_journal(tx, work, JOURNAL_FREEZE, FREEZE_CLOSING, FREEZE_CLOSING,
                        unfreeze.amount_minor);
    work->moved = true;
}

static void done_release(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    router_work_send_queued(work);
    router_work_end(work);
}

void router_release_submit(struct work *work)
{
    work->request = NULL;
    work->forward = NULL;
    work->settlement_date = party_business_date(work->router->party);
    work->operation = work->freeze.request;
    work->claim = operation_key(&work->operation);
    work->answer = (struct answer){.code = CODE_NONE};
    work->share = (struct share){.state = SHARE_NONE};
    router_work_keep_message(work, bytes_of(NULL, 0));
    router_work_set_keys(work, &work->claim, &work->operation.reference, OPERATION_UNFREEZE);
    router_work_submit(work, apply_release, done_release);
}
