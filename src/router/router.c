/* The switch: opening, and what all its work shares. */
#include "router/router_state.h"

#include "base/date.h"
#include "base/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- work ------------------------------------------------------------------------------------- */

struct work *router_work_take(struct router *router, struct request *request)
{
    struct work *work = pool_take(&router->works);
    if (work == NULL)
        return NULL;
    work->router = router;
    work->request = request;
    work->wall_us = party_now(router->party).wall_us;
    work->settlement_date = party_business_date(router->party);
    if (request != NULL) {
        work->operation = request->operation;
        router_work_keep_message(work, request->journal);
    }
    router->view.open++;
    return work;
}

struct work *router_work_take_spare(struct router *router, unsigned max)
{
    struct work *work = router->spares < max ? router_work_take(router, NULL) : NULL;
    if (work == NULL)
        return NULL;
    work->is_spare = true;
    router->spares++;
    return work;
}

unsigned *router_find_moving(struct router *router, uint32_t date)
{
    unsigned *unused = NULL;
    for (size_t i = 0; i < DATES_MOVING_MAX; i++) {
        if (router->moving[i].count == 0 && unused == NULL) {
            router->moving[i].date = date;
            unused = &router->moving[i].count;
        } else if (router->moving[i].count > 0 && router->moving[i].date == date)
            return &router->moving[i].count;
    }
    return unused;
}

unsigned router_count_moving(const struct router *router, uint32_t date)
{
    unsigned count = 0;
    for (size_t i = 0; i < DATES_MOVING_MAX; i++)
        if (router->moving[i].date == date)
            count += router->moving[i].count;
    return count;
}

static unsigned free_places(const struct router *router)
{
    return router->config.party.forwards_max - router->places;
}

bool router_place_take_for_notice(struct router *router)
{
    /* A place is charged to the issuer that is asked or is to get the stored message; the others
     * are those of first steps and of freezes that close and wait for their shares. */
    struct party_view view = party_view(router->party);
    unsigned charged = view.forwards + view.asked;
    unsigned waiting = router->places > charged ? router->places - charged : 0;
    if (!party_quota_allows(waiting, free_places(router)))
        return false;
    router->places++;
    return true;
}

bool router_work_admit(struct work *work)
{
    struct router *router = work->router;
    unsigned *moving = router_find_moving(router, work->settlement_date);
    unsigned held = party_peer_view(router->party, work->request->from.peer).requests;
    if (moving == NULL || !party_quota_allows(held, free_places(router)))
        return false;
    router->places++;
    ++*moving;
    work->is_admitted = true;
    return true;
}

void router_place_give(struct router *router)
{
    MUST(router->places > 0);
    router->places--;
}

/* Whether one more piece of work may wait for this issuer: by what waits for its answers, of the
 * table of requests, and with its stored messages, of the places of store and forward. */
static bool may_wait_for(const struct router *router, unsigned peer, const struct request *request)
{
    struct party_peer_view view = party_peer_view(router->party, peer);
    unsigned held = view.asked + view.forwards;
    return party_quota_may_ask(router->party, peer, request) &&
           (held < PARTY_QUOTA_MIN || held < free_places(router));
}

bool router_work_ask(struct work *work, uint64_t issuer, const struct operation *leg,
                     unsigned timeout_ms)
{
    struct router *router = work->router;
    int peer = party_peer_find(router->party, issuer);
    return peer >= 0 && may_wait_for(router, (unsigned)peer, work->request) &&
           party_ask(router->party, (unsigned)peer, leg, timeout_ms, work);
}

uint16_t router_find_route(struct router *router, const struct request *request,
                           const struct pan *card, uint64_t *issuer)
{
    *issuer = router->config.route(router->config.route_context, card);
    int peer = *issuer != 0 ? party_peer_find(router->party, *issuer) : -1;
    if (peer < 0)
        return CODE_NO_ROUTE;
    return party_peer_is_ready(router->party, (unsigned)peer) &&
                   may_wait_for(router, (unsigned)peer, request)
               ? CODE_APPROVED
               : CODE_PARTY_DOWN;
}

bool router_original_may_be_forgotten(const struct work *work)
{
    return forgetting_may_have(work->request->operation.original.transmission, work->wall_us,
                               party_keeping(work->router->party).keep_us);
}

void router_work_keep_message(struct work *work, struct bytes message)
{
    work->message_len = message.len <= sizeof work->message ? message.len : 0;
    if (work->message_len > 0)
        memcpy(work->message, message.data, work->message_len);
}

void router_work_set_keys(struct work *work, const struct transaction_key *key,
                          const struct freeze_reference *reference, enum operation_kind kind)
{
    struct store_step *step = &work->step;
    struct store_key freeze = key_of_freeze(reference, 0);
    struct store_key share = key_of_freeze(reference, reference->share);
    struct store_key forward = share, open = share;
    forward.data[0] = TABLE_FORWARD;
    forward.data[forward.len++] = (uint8_t)kind;
    open.data[0] = TABLE_OPEN;
    step->key_count = 0;
    MUST(store_step_key(step, key_of_duplicate(key)) == KEY_DUPLICATE);
    MUST(store_step_key(step, freeze) == KEY_FREEZE);
    MUST(store_step_key(step, forward) == KEY_FORWARD);
    MUST(store_step_key(step, router_counters_key()) == KEY_COUNTER);
    MUST(store_step_key(step, open) == KEY_OPEN);
    if (reference->share != 0)
        MUST(store_step_key(step, share) == KEY_SHARE);
}

void router_find(const struct router *router, const struct store_key *key,
                 struct store_found *found)
{
    struct fault fault = {RESULT_OK, ""};
    enum result result = store_find_key(party_store(router->party), key, found, &fault);
    if (result != RESULT_OK)
        party_log(router->party, LOG_ERROR, "store_unreadable", "%s", fault.text);
    MUST(result == RESULT_OK);
}

static void apply_work(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    /* The store may run it again from the start. */
    work->moved = false;
    work->queued.is_set = false;
    work->apply(step, tx);
}

void router_work_submit(struct work *work, store_apply_fn *apply, store_done_fn *done)
{
    work->apply = apply;
    work->step.apply = apply_work;
    work->step.done = done;
    work->step.context = work;
    /* The claim's later steps are later than the claim. */
    work->wall_us = party_now(work->router->party).wall_us;
    store_submit(party_store(work->router->party), &work->step);
}

void router_work_end(struct work *work)
{
    struct router *router = work->router;
    if (work->is_admitted) {
        unsigned *moving = router_find_moving(router, work->settlement_date);
        MUST(moving != NULL && *moving > 0);
        --*moving;
        work->is_admitted = false;
        if (*moving == 0 && work->settlement_date < party_business_date(router->party))
            router_reconciling_run(router);
    }
    if (work->moved && freeze_can_release(&work->freeze)) {
        router_release_submit(work);
        return;
    }
    if (work->is_spare)
        router->spares--;
    router->view.open--;
    pool_give(&router->works, work);
}

void router_work_answer(struct work *work, const struct answer *answer)
{
    if (work->request != NULL)
        party_answer(work->router->party, work->request, answer);
    router_work_end(work);
}

void router_work_drop(struct work *work)
{
    if (work->request != NULL)
        party_drop(work->router->party, work->request);
    router_work_end(work);
}

bool router_work_is_accepted(struct work *work)
{
    if (work->moved)
        return true;
    if (work->is_admitted)
        router_place_give(work->router);
    if (work->seen == SEEN_OPEN) {
        /* The process before this one was at work on it. */
        router_work_drop(work);
        return false;
    }
    work->router->view.refused++;
    router_work_answer(work, &work->answer);
    return false;
}

void router_work_send_queued(struct work *work)
{
    if (!work->queued.is_set)
        return;
    struct router *router = work->router;
    struct forward *forward =
        party_forward(router->party, &work->queued.key, &work->queued.operation,
                      work->queued.institution, work->wall_us);
    /* Its place was kept when the claim or the freeze was accepted. */
    MUST(forward != NULL);
}

uint32_t router_second(int64_t wall_us)
{
    return (uint32_t)(wall_us / 1000000 + 1);
}

/* --- inside apply ----------------------------------------------------------------------------- */

static struct bytes tx_record(struct store_tx *tx, unsigned index)
{
    struct bytes record = {NULL, 0};
    return store_tx_get(tx, index, &record) ? record : (struct bytes){NULL, 0};
}

bool router_tx_is_fresh(struct store_tx *tx, struct work *work)
{
    work->answer = (struct answer){.code = CODE_NONE};
    work->seen = request_judge(work->request, tx, KEY_DUPLICATE, &work->answer);
    /* Somebody numbers twice: the exceptions file tells who. Or it was reversed before it came. */
    if (work->seen == SEEN_DIFFERENT || work->seen == SEEN_REVERSED)
        router_work_journal(tx, work, JOURNAL_REFUSED, 0, 0, 0);
    return work->seen == SEEN_NEVER;
}

bool router_tx_may_begin(struct store_tx *tx, struct work *work)
{
    if (!router_tx_is_fresh(tx, work))
        return false;
    /* Leaves no trace: it is repeated, and then there may be room. */
    if (!work->is_admitted)
        work->answer.code = CODE_CENTRE_FAULT;
    return work->is_admitted;
}

void router_tx_read_freeze(struct store_tx *tx, struct work *work)
{
    freeze_decode(tx_record(tx, KEY_FREEZE), &work->freeze);
    work->standing = router_standing_of(&work->freeze);
}

static bool is_about_share(const struct work *work)
{
    const struct store_key *open = &work->step.keys[KEY_OPEN];
    return router_open_kind(bytes_of(open->data, open->len)) == OPEN_SHARE;
}

/* The record that says whether the step's own freeze, share or purchase is under way. */
static void write_open(struct store_tx *tx, bool is_open)
{
    bool was_open = tx_record(tx, KEY_OPEN).data != NULL;
    if (is_open && !was_open && !mutant_is(MUTANT_OPEN_UNWRITTEN))
        store_tx_put(tx, KEY_OPEN, "", 0);
    if (!is_open && was_open)
        store_tx_delete(tx, KEY_OPEN);
}

void router_tx_write_freeze(struct store_tx *tx, struct work *work)
{
    struct freeze *freeze = &work->freeze;
    uint8_t record[FREEZE_RECORD_MAX];
    if (!freeze_is_over(freeze))
        freeze->over_s = 0;
    else if (freeze->over_s == 0 || work->forward != NULL)
        /* The end of a stored message, late as it may be, is the latest of what keeps it. */
        freeze->over_s = router_second(work->wall_us);
    store_tx_put(tx, KEY_FREEZE, record, freeze_encode(freeze, record));
    /* A step about a share changes nothing of what its freeze is at. */
    if (!is_about_share(work))
        write_open(tx, router_freeze_open(freeze).keeps_place);
    struct standing after = router_standing_of(freeze);
    router_tx_count_standing(tx, KEY_COUNTER, &work->standing, &after);
}

void router_tx_read_share(struct store_tx *tx, struct share *share)
{
    share_decode(tx_record(tx, KEY_SHARE), share);
}

void router_tx_write_share(struct store_tx *tx, const struct work *work)
{
    uint8_t record[SHARE_RECORD_MAX];
    store_tx_put(tx, KEY_SHARE, record, share_encode(&work->share, record));
    write_open(tx, router_share_open(&work->share).keeps_place);
}

void router_tx_read_purchase(struct store_tx *tx, struct work *work)
{
    purchase_decode(tx_record(tx, KEY_PURCHASE), &work->purchase);
}

void router_tx_write_purchase(struct store_tx *tx, struct work *work)
{
    struct purchase *purchase = &work->purchase;
    uint8_t record[PURCHASE_RECORD_MAX];
    purchase->over_s = purchase_is_over(purchase) ? router_second(work->wall_us) : 0;
    store_tx_put(tx, KEY_PURCHASE, record, purchase_encode(purchase, record));
    write_open(tx, router_purchase_open(purchase).keeps_place);
}

void router_tx_write_answer(struct store_tx *tx, unsigned index, const struct answer *answer)
{
    struct duplicate known;
    uint8_t record[DUPLICATE_RECORD_LEN];
    duplicate_decode(tx_record(tx, index), &known, NULL);
    /* A stored answer never changes. */
    if (known.state != DUPLICATE_OPEN)
        return;
    known.state = DUPLICATE_ANSWERED;
    known.answer = *answer;
    struct writer w = writer_to(record, sizeof record);
    duplicate_encode(&w, &known);
    store_tx_put(tx, index, record, w.len);
}

void router_tx_queue(struct store_tx *tx, struct work *work, struct operation *operation,
                     uint64_t institution)
{
    operation->stan = router_tx_next_stan(tx, KEY_COUNTER);
    operation->transmission = date_de7(work->wall_us);
    operation->forwarder = work->router->config.party.self;
    forward_write(tx, KEY_FORWARD, operation, institution, work->wall_us);
    work->queued = (struct queued){
        .is_set = true,
        .key = work->step.keys[KEY_FORWARD],
        .operation = *operation,
        .institution = institution,
    };
}

void router_work_journal(struct store_tx *tx, const struct work *work, enum journal_event event,
                         uint8_t from, uint8_t to, int64_t moved_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, event, &work->operation, work->wall_us);
    entry.from = from;
    entry.to = to;
    entry.code = work->answer.code;
    entry.settlement_date = work->settlement_date;
    entry.moved_minor = moved_minor;
    if (!operation_is_of_purchase(work->operation.kind))
        entry.sender_issuer = work->freeze.sender_issuer;
    else if (work->purchase.state != PURCHASE_NONE)
        entry.sender_issuer = work->purchase.issuer;
    else
        entry.sender_issuer = work->issuer;
    entry.receiver_issuer = work->share.receiver_issuer;
    if (work->freeze.state != FREEZE_NONE)
        entry.operation.sender = work->freeze.request.sender;
    if (event == JOURNAL_FREEZE || event == JOURNAL_SHARE) {
        entry.frozen_minor = work->freeze.request.amount_minor;
        entry.available_minor = freeze_open_minor(&work->freeze);
    }
    if (work->answer.authorisation[0] != 0)
        memcpy(entry.authorisation, work->answer.authorisation, sizeof entry.authorisation);
    if (work->note != NULL)
        snprintf(entry.note, sizeof entry.note, "%s", work->note);
    entry.message = bytes_of(work->message, work->message_len);
    journal_write(tx, &entry);
}

/* --- dispatch --------------------------------------------------------------------------------- */

static void core_request(void *core, struct request *request)
{
    struct router *router = core;
    switch (request->operation.kind) {
    case OPERATION_FREEZE:
        router_freeze_receive(router, request);
        break;
    case OPERATION_CLAIM:
        router_claim_receive(router, request);
        break;
    case OPERATION_UNFREEZE:
        router_unfreeze_receive(router, request);
        break;
    case OPERATION_FREEZE_REVERSAL:
        router_reversal_receive(router, request);
        break;
    case OPERATION_INQUIRY:
        router_inquiry_receive(router, request);
        break;
    case OPERATION_PURCHASE:
        router_purchase_receive(router, request);
        break;
    case OPERATION_PURCHASE_REVERSAL:
        router_purchase_reversal_receive(router, request);
        break;
    case OPERATION_RECONCILIATION: /* it is the switch that asks */
        party_answer(router->party, request, &(struct answer){.code = CODE_UNSUPPORTED});
        break;
    default: /* what only a switch sends */
        party_answer(router->party, request, &(struct answer){.code = CODE_FORMAT});
    }
}

static void core_answered(void *core, void *context, const struct received *received)
{
    (void)core;
    struct work *work = context;
    router_work_keep_message(work, received->message);
    if (work->operation.kind == OPERATION_CLAIM)
        router_claim_answered(work, received);
    else if (work->operation.kind == OPERATION_PURCHASE)
        router_purchase_answered(work, received);
    else
        router_freeze_answered(work, received);
}

static void core_unanswered(void *core, void *context, enum unanswered why)
{
    (void)core;
    struct work *work = context;
    router_work_keep_message(work, bytes_of(NULL, 0));
    if (work->operation.kind == OPERATION_CLAIM)
        router_claim_unanswered(work, why);
    else if (work->operation.kind == OPERATION_PURCHASE)
        router_purchase_unanswered(work, why);
    else
        router_freeze_unanswered(work, why);
}

static void core_forwarded(void *core, struct forward *forward, enum forward_verdict verdict,
                           const struct received *received)
{
    if (forward->operation.kind == OPERATION_RECONCILIATION)
        router_reconciliation_ended(core, forward, verdict, received);
    else if (forward->operation.kind == OPERATION_PURCHASE_REVERSAL)
        router_purchase_reversal_ended(core, forward, verdict, received);
    else
        router_forward_ended(core, forward, verdict, received);
}

static void core_late(void *core, uint64_t institution, const struct operation *operation,
                      const struct received *received)
{
    if (operation_is_of_purchase(operation->kind))
        router_purchase_late(core, operation, received);
    else
        router_late_receive(core, institution, operation, received);
}

static void core_due(void *core, struct timer *timer)
{
    struct router *router = core;
    if (timer == &router->aging_timer)
        router_aging_run(router);
    else if (timer == &router->reconciling.timer)
        router_reconciling_run(router);
    else
        forgetting_run(&router->forgetting);
}

static void core_day(void *core, uint32_t date)
{
    (void)date;
    router_reconciling_day(core);
}

enum result router_open(const struct router_config *config, const struct party_port *port,
                        struct instant now, struct router **opened, struct fault *fault)
{
    struct router *router = calloc(1, sizeof *router);
    if (router == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the switch");
    router->config = *config;
    router->config.party.is_centre = true;
    if (config->currency[0] == '\0')
        memcpy(router->config.currency, "156", sizeof router->config.currency);
    struct left_open left = {0};
    size_t works = (size_t)config->party.requests_max + WORKS_SPARE;
    enum result result = pool_init(&router->works, works, sizeof(struct work), fault);
    struct party_core core = {
        .core = router,
        .request = core_request,
        .answered = core_answered,
        .unanswered = core_unanswered,
        .forwarded = core_forwarded,
        .late = core_late,
        .due = core_due,
        .day = core_day,
    };
    if (result == RESULT_OK)
        result = router_find_open(router, &left, fault);
    if (result == RESULT_OK)
        result = party_open(&router->config.party, port, &core, now, &router->party, fault);
    if (result == RESULT_OK)
        result = router_resolve_open(router, &left, fault);
    left_open_deinit(&left);
    if (result != RESULT_OK) {
        router_close(router);
        return result;
    }
    router_aging_begin(router);
    router_reconciling_day(router);
    forgetting_begin(&router->forgetting, router->party, router, &router_forgetting_rules);
    *opened = router;
    return RESULT_OK;
}

void router_close(struct router *router)
{
    if (router == NULL)
        return;
    party_close(router->party);
    pool_deinit(&router->works);
    free(router);
}

struct party *router_party(struct router *router)
{
    return router->party;
}

struct router_view router_view(const struct router *router)
{
    struct router_view view = router->view;
    view.places = router->places;
    return view;
}
