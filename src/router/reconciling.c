/* Totals at the switch: kept in the commit of each step, and told to each member when a date is
 * over and nothing of it is answered any more.
 *
 * Each date and member has a book (redpacket/totals.h). Those of dates that are over are gone
 * through from the oldest on: a member that has not been asked about a date is sent a 0520, stored
 * and forwarded; one whose book differs is asked again some times, for messages about that date may
 * still have been on their way. No member is asked about two dates at once, so one that never
 * answers has one such message. Source: docs/totals.md. */
#include "router/router_state.h"

#include "base/date.h"
#include "base/mutant.h"

#include <string.h>

enum {
    TRIES_MAX = 7,      /* 1, 2, 4 ... minutes apart: an hour */
    AGAIN_FIRST_S = 60, /* from an answer that differs to the next question */
    RETRY_MS = 10000,   /* when there is no room */
    SETTLED_IN_BALANCE = '1',
    SETTLED_OUT_OF_BALANCE = '2',
};

static const int64_t SECOND_US = 1000000;
static const int64_t WAIT_MAX_US = INT64_C(86400) * 1000000; /* the wall clock may be set */

/* --- counting --------------------------------------------------------------------------------- */

void router_work_add_totals(struct work *work, enum totals_side side, uint64_t member)
{
    work->totals_keys[side] =
        store_step_key(&work->step, key_of_totals(work->settlement_date, member));
}

static void doubt_add(struct totals_doubt *doubt, int64_t amount_minor)
{
    doubt->count++;
    doubt->amount_minor += amount_minor;
}

static void doubt_take(struct totals_doubt *doubt, int64_t amount_minor)
{
    MUST(doubt->count > 0 && doubt->amount_minor >= amount_minor);
    doubt->count--;
    doubt->amount_minor -= amount_minor;
}

/* A debit that is to be reversed counts with its reversal, whether it has come or not: from here on
 * it is no debit. */
static void count_reversed(struct store_tx *tx, const struct work *work)
{
    int64_t amount_minor = work->share.claim.amount_minor;
    unsigned index = work->totals_keys[SIDE_SENDER];
    struct totals_book book;
    totals_tx_read(tx, index, &book);
    totals_count(&book.own, TOTALS_DEBITS, amount_minor);
    totals_count(&book.own, TOTALS_DEBIT_REVERSALS, amount_minor);
    doubt_add(&book.reversals, amount_minor);
    totals_tx_write(tx, index, &book);
}

static void count_paid(struct store_tx *tx, const struct work *work)
{
    int64_t amount_minor = work->share.claim.amount_minor;
    struct totals_book book;
    totals_tx_count(tx, work->totals_keys[SIDE_SENDER], TOTALS_DEBITS, amount_minor);
    totals_tx_read(tx, work->totals_keys[SIDE_RECEIVER], &book);
    totals_count(&book.own, TOTALS_CREDITS, amount_minor);
    if (work->share.state == SHARE_CREDIT_UNKNOWN)
        doubt_add(&book.confirmations, amount_minor);
    totals_tx_write(tx, work->totals_keys[SIDE_RECEIVER], &book);
    totals_tx_read(tx, work->totals_keys[SIDE_WALLET], &book);
    totals_count_transfer(&book.own, amount_minor);
    totals_tx_write(tx, work->totals_keys[SIDE_WALLET], &book);
}

void router_tx_count_share(struct store_tx *tx, const struct work *work)
{
    bool is_early = mutant_is(MUTANT_COUNTED_TOO_EARLY);
    switch (work->share.state) {
    case SHARE_CREDITING:
        if (is_early)
            count_paid(tx, work);
        break;
    case SHARE_CREDITED:
    case SHARE_CREDIT_UNKNOWN:
        if (!is_early)
            count_paid(tx, work);
        break;
    case SHARE_DEBIT_UNKNOWN:
    case SHARE_REVERSING:
        count_reversed(tx, work);
        break;
    default: /* nothing was debited */
        break;
    }
}

static void count_one(struct store_tx *tx, const struct work *work, enum totals_side side,
                      enum totals_part part)
{
    totals_tx_count(tx, work->totals_keys[side], part, work->purchase.request.amount_minor);
}

void router_tx_count_purchase(struct store_tx *tx, const struct work *work,
                              enum purchase_state from)
{
    int64_t amount_minor = work->purchase.request.amount_minor;
    struct totals_book book;
    if (work->purchase.state == PURCHASE_PURCHASED) {
        count_one(tx, work, SIDE_SENDER, TOTALS_DEBITS);
        count_one(tx, work, SIDE_WALLET, TOTALS_CREDITS);
    }
    if (work->purchase.state != PURCHASE_REVERSING)
        return;
    /* From here on it is no debit, whether it has come or not. */
    totals_tx_read(tx, work->totals_keys[SIDE_SENDER], &book);
    if (from == PURCHASE_PURCHASING)
        totals_count(&book.own, TOTALS_DEBITS, amount_minor);
    totals_count(&book.own, TOTALS_DEBIT_REVERSALS, amount_minor);
    doubt_add(&book.reversals, amount_minor);
    totals_tx_write(tx, work->totals_keys[SIDE_SENDER], &book);
    if (from == PURCHASE_PURCHASED)
        count_one(tx, work, SIDE_WALLET, TOTALS_CREDIT_REVERSALS);
}

void router_tx_count_freeze(struct store_tx *tx, const struct work *work)
{
    totals_tx_count(tx, work->totals_keys[SIDE_SENDER], TOTALS_AUTHORISATIONS, 0);
    totals_tx_count(tx, work->totals_keys[SIDE_WALLET], TOTALS_AUTHORISATIONS, 0);
}

void router_tx_count_ended(struct store_tx *tx, const struct work *work)
{
    bool confirms = work->operation.kind == OPERATION_CONFIRMATION;
    struct totals_book book;
    totals_tx_read(tx, work->totals_keys[SIDE_SENDER], &book);
    doubt_take(confirms ? &book.confirmations : &book.reversals, work->operation.amount_minor);
    totals_tx_write(tx, work->totals_keys[SIDE_SENDER], &book);
}

/* --- a step of the comparison ----------------------------------------------------------------- */

enum { KEY_BOOK, KEY_MESSAGE, KEY_COUNTERS };

static struct reconciling_step *take_step(struct router *router, uint32_t date, uint64_t member)
{
    for (unsigned i = 0; i < RECONCILING_STEPS_MAX; i++) {
        struct reconciling_step *one = &router->reconciling.steps[i];
        if (one->router != NULL)
            continue;
        *one = (struct reconciling_step){
            .router = router,
            .date = date,
            .member = member,
            .wall_us = party_now(router->party).wall_us,
        };
        router->reconciling.busy++;
        return one;
    }
    return NULL;
}

static void submit(struct reconciling_step *one, store_apply_fn *apply, store_done_fn *done)
{
    struct store_step *step = &one->step;
    *step = (struct store_step){.apply = apply, .done = done, .context = one};
    MUST(store_step_key(step, key_of_totals(one->date, one->member)) == KEY_BOOK);
    MUST(store_step_key(step, key_of_totals_message(one->date, one->member)) == KEY_MESSAGE);
    MUST(store_step_key(step, router_counters_key()) == KEY_COUNTERS);
    store_submit(party_store(one->router->party), step);
}

static void give_step(struct reconciling_step *one)
{
    struct router *router = one->router;
    one->router = NULL;
    if (--router->reconciling.busy == 0)
        router_reconciling_run(router);
}

static void write_entry(struct store_tx *tx, const struct reconciling_step *one,
                        enum totals_state from, const struct totals_book *book)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_TOTALS, &one->operation, one->wall_us);
    entry.from = (uint8_t)from;
    entry.to = (uint8_t)book->state;
    entry.code = book->state != TOTALS_ASKED ? book->code : CODE_NONE;
    entry.settlement_date = one->date;
    entry.sender_issuer = one->member;
    entry.moved_minor = totals_net(&book->own);
    entry.available_minor = book->has_theirs ? totals_net(&book->theirs) : entry.moved_minor;
    entry.message = bytes_of(one->message, one->message_len);
    journal_write(tx, &entry);
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool is_to_be_asked(const struct totals_book *book)
{
    return book->state == TOTALS_OPEN || (book->state == TOTALS_DIFFERS && book->tries < TRIES_MAX);
}

static void apply_ask(struct store_step *step, struct store_tx *tx)
{
    struct reconciling_step *one = step->context;
    const struct router *router = one->router;
    struct operation *operation = &one->operation;
    struct totals_book book;
    totals_tx_read(tx, KEY_BOOK, &book);
    enum totals_state from = book.state;
    one->is_asked = is_to_be_asked(&book);
    if (!one->is_asked)
        return;
    *operation = (struct operation){
        .kind = OPERATION_RECONCILIATION,
        .transmission = date_de7(one->wall_us),
        .stan = router_tx_next_stan(tx, KEY_COUNTERS),
        .settlement = (uint16_t)(one->date % 10000),
        .forwarder = router->config.party.self,
        .addressee = one->addressee,
        .totals = book.own,
    };
    memcpy(operation->currency, router->config.currency, sizeof operation->currency);
    memset(operation->rrn, ' ', sizeof operation->rrn);
    forward_write(tx, KEY_MESSAGE, operation, one->member, one->wall_us);
    book.state = TOTALS_ASKED;
    book.tries++;
    book.asked_us = one->wall_us;
    book.reversals_then = book.reversals;
    book.confirmations_then = book.confirmations;
    totals_tx_write(tx, KEY_BOOK, &book);
    write_entry(tx, one, from, &book);
}

static void done_ask(struct store_step *step, void *context)
{
    struct reconciling_step *one = context;
    struct router *router = one->router;
    if (one->is_asked)
        MUST(party_forward(router->party, &step->keys[KEY_MESSAGE], &one->operation, one->member,
                           one->wall_us) != NULL);
    else
        router_place_give(router);
    give_step(one);
}

/* false: there is no room now. */
static bool ask(struct router *router, uint32_t date, const struct institution *member)
{
    if (router->places >= router->config.party.forwards_max)
        return false;
    struct reconciling_step *one = take_step(router, date, member->number);
    if (one == NULL)
        return false;
    one->addressee = *member;
    router->places++;
    submit(one, apply_ask, done_ask);
    return true;
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum totals_state judge(const struct reconciling_step *one, const struct totals *own)
{
    if (one->is_refused)
        return TOTALS_REFUSED;
    if (one->settlement_code == SETTLED_IN_BALANCE)
        return TOTALS_AGREED;
    bool differs =
        one->settlement_code == SETTLED_OUT_OF_BALANCE && !totals_agree(own, &one->theirs);
    return differs ? TOTALS_DIFFERS : TOTALS_ERROR;
}

static void apply_answered(struct store_step *step, struct store_tx *tx)
{
    struct reconciling_step *one = step->context;
    struct totals_book book;
    totals_tx_read(tx, KEY_BOOK, &book);
    enum totals_state from = book.state;
    book.state = judge(one, &one->operation.totals);
    book.code = one->code;
    book.answered_us = one->wall_us;
    book.has_theirs = book.state == TOTALS_DIFFERS;
    book.theirs = one->theirs;
    totals_tx_write(tx, KEY_BOOK, &book);
    store_tx_delete(tx, KEY_MESSAGE);
    write_entry(tx, one, from, &book);
    one->state = book.state;
    one->is_explained = book.has_theirs && totals_book_is_explained(&book);
}

static void done_answered(struct store_step *step, void *context)
{
    (void)step;
    struct reconciling_step *one = context;
    struct router *router = one->router;
    int peer = party_peer_find(router->party, one->member);
    if (one->state != TOTALS_AGREED)
        party_log(router->party, one->is_explained ? LOG_INFO : LOG_WARNING, "totals_differ",
                  "of %08u, %s: %s%s: see cardlab log totals", one->date,
                  peer >= 0 ? party_peer_name(router->party, (unsigned)peer) : "nobody's",
                  totals_state_name(one->state),
                  one->is_explained ? ", by no more than what is in doubt" : "");
    party_forward_done(router->party, one->forward);
    router_place_give(router);
    give_step(one);
}

void router_reconciliation_ended(struct router *router, struct forward *forward,
                                 enum forward_verdict verdict, const struct received *received)
{
    uint32_t date;
    MUST(totals_message_key_read(bytes_of(forward->key.data, forward->key.len), &date));
    struct reconciling_step *one = take_step(router, date, forward->institution);
    if (one == NULL) {
        party_forward_again(router->party, forward);
        return;
    }
    one->forward = forward;
    one->operation = forward->operation;
    one->is_refused = verdict == FORWARD_REFUSED;
    one->code = received->code;
    one->settlement_code = received->settlement_code;
    one->theirs = received->totals;
    one->message_len = received->message.len <= sizeof one->message ? received->message.len : 0;
    if (one->message_len > 0)
        memcpy(one->message, received->message.data, one->message_len);
    submit(one, apply_answered, done_answered);
}

/* --- which are to be asked -------------------------------------------------------------------- */

struct sweep {
    struct router *router;
    uint32_t date; /* being gone through; 0: none */
    bool is_seen[PARTY_PEERS_MAX], is_waited_for[PARTY_PEERS_MAX];
    bool is_full;
    int64_t now_us, next_us; /* wall clock */
};

static void ask_one(struct sweep *sweep, unsigned peer)
{
    if (sweep->is_waited_for[peer] || sweep->is_full)
        return;
    struct institution member = party_peer_id(sweep->router->party, peer);
    sweep->is_waited_for[peer] = true;
    sweep->is_full = !ask(sweep->router, sweep->date, &member);
}

static bool has_totals(const struct sweep *sweep, unsigned peer)
{
    return party_peer_has_totals(sweep->router->party, peer);
}

/* Members without business have no book yet; of a date long past they have none any more. */
static void end_date(struct sweep *sweep)
{
    unsigned peers = sweep->router->config.party.peer_count;
    bool is_kept = sweep->date >= party_totals_from(sweep->router->party);
    for (unsigned peer = 0; sweep->date != 0 && is_kept && peer < peers; peer++)
        if (!sweep->is_seen[peer] && has_totals(sweep, peer))
            ask_one(sweep, peer);
    sweep->date = 0;
}

/* false: it is not over, or not all of it is answered. */
static bool begin_date(struct sweep *sweep, uint32_t date)
{
    bool moves = router_count_moving(sweep->router, date) > 0;
    if (date >= party_business_date(sweep->router->party) ||
        (moves && !mutant_is(MUTANT_TOTALS_TOO_EARLY)))
        return false;
    sweep->date = date;
    memset(sweep->is_seen, 0, sizeof sweep->is_seen);
    return true;
}

static void look_at_book(struct sweep *sweep, unsigned peer, const struct totals_book *book)
{
    if (book->state == TOTALS_ASKED)
        sweep->is_waited_for[peer] = true;
    else if (book->state == TOTALS_OPEN)
        ask_one(sweep, peer);
    else if (is_to_be_asked(book)) {
        int64_t due_us =
            book->answered_us + ((int64_t)AGAIN_FIRST_S << (book->tries - 1)) * SECOND_US;
        if (due_us <= sweep->now_us)
            ask_one(sweep, peer);
        else if (due_us < sweep->next_us)
            sweep->next_us = due_us;
    }
}

static bool sweep_one(void *context, struct bytes key, struct bytes value)
{
    struct sweep *sweep = context;
    struct totals_book book;
    uint32_t date;
    uint64_t member;
    MUST(totals_key_read(key, &date, &member));
    if (date != sweep->date) {
        end_date(sweep);
        if (!begin_date(sweep, date))
            return false;
    }
    int peer = member != 0 ? party_peer_find(sweep->router->party, member) : -1;
    if (peer >= 0) {
        sweep->is_seen[peer] = true;
        totals_book_decode(value, &book);
        if (has_totals(sweep, (unsigned)peer) || book.state == TOTALS_ASKED)
            look_at_book(sweep, (unsigned)peer, &book);
    }
    return !sweep->is_full;
}

static void arm(struct router *router, int64_t wait_us)
{
    uint64_t now_us = party_now(router->party).mono_us;
    party_arm(router->party, &router->reconciling.timer, now_us + (uint64_t)wait_us);
}

void router_reconciling_run(struct router *router)
{
    static const uint8_t first[] = {TABLE_TOTALS}, end[] = {TABLE_TOTALS + 1};
    struct fault fault = {RESULT_OK, ""};
    if (router->reconciling.busy > 0)
        return; /* the last of the steps comes back to it */
    struct sweep sweep = {
        .router = router,
        .now_us = party_now(router->party).wall_us,
        .next_us = INT64_MAX,
    };
    enum result result = store_scan(party_store(router->party), bytes_of(first, 1),
                                    bytes_of(end, 1), sweep_one, &sweep, &fault);
    if (result != RESULT_OK) {
        party_log(router->party, LOG_ERROR, "store_unreadable", "%s", fault.text);
        MUST(result == RESULT_OK);
    }
    end_date(&sweep);
    if (router->reconciling.busy > 0)
        return;
    if (sweep.is_full)
        arm(router, INT64_C(1000) * RETRY_MS);
    else if (sweep.next_us != INT64_MAX) {
        int64_t wait_us = sweep.next_us - sweep.now_us;
        arm(router, wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US);
    }
}

/* --- a date begins ---------------------------------------------------------------------------- */

/* So that its end is known also when nobody does any business on it. */
static void apply_begin(struct store_step *step, struct store_tx *tx)
{
    struct bytes record;
    (void)step;
    if (!store_tx_get(tx, 0, &record))
        store_tx_put(tx, 0, "", 0);
}

static void done_begin(struct store_step *step, void *context)
{
    (void)step;
    struct router *router = context;
    router->reconciling.is_day_busy = false;
    router_reconciling_run(router);
}

void router_reconciling_day(struct router *router)
{
    struct store_step *step = &router->reconciling.day_step;
    MUST(!router->reconciling.is_day_busy);
    router->reconciling.is_day_busy = true;
    *step = (struct store_step){.apply = apply_begin, .done = done_begin, .context = router};
    store_step_key(step, key_of_totals(party_business_date(router->party), 0));
    store_submit(party_store(router->party), step);
}
