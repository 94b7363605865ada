/* Totals of a date that is over: a member compares the switch's with its own and answers, in one
 * commit with what it keeps of that; and every party deletes those of dates long past.
 * Source: docs/totals.md. */
#include "party/party_state.h"

#include "base/date.h"
#include "redpacket/journal.h"

#include <string.h>

/* --- a member answers ------------------------------------------------------------------------- */

enum { KEY_TOTALS };

/* A repeat is answered as it was, whatever has been counted since. Another message about the same
 * date is a comparison of its own. */
static void apply_reconcile(struct store_step *step, struct store_tx *tx)
{
    struct request *request = step->context;
    struct totals_reply *reply = &request->reply;
    const struct operation *operation = &request->operation;
    struct totals_book book;
    struct journal_entry entry;
    uint32_t date;
    uint64_t self;
    totals_tx_read(tx, KEY_TOTALS, &book);
    bool is_repeat = book.has_told && memcmp(book.digest, request->digest, sizeof book.digest) == 0;
    *reply = (struct totals_reply){.is_repeat = is_repeat, .state = book.state, .own = book.told};
    if (is_repeat)
        return;
    MUST(totals_key_read(bytes_of(step->keys[KEY_TOTALS].data, step->keys[KEY_TOTALS].len), &date,
                         &self));
    bool agrees = totals_agree(&book.own, &operation->totals);
    journal_begin(&entry, JOURNAL_TOTALS, operation, request->at.wall_us);
    entry.from = (uint8_t)book.state;
    book.state = agrees ? TOTALS_AGREED : TOTALS_DIFFERS;
    book.has_theirs = !agrees;
    book.theirs = operation->totals;
    book.code = CODE_APPROVED;
    book.answered_us = request->at.wall_us;
    if (book.tries < UINT8_MAX)
        book.tries++;
    book.has_told = true;
    memcpy(book.digest, request->digest, sizeof book.digest);
    book.told = book.own;
    totals_tx_write(tx, KEY_TOTALS, &book);
    reply->state = book.state;
    reply->own = book.own;
    entry.to = (uint8_t)book.state;
    entry.code = CODE_APPROVED;
    entry.settlement_date = date;
    entry.sender_issuer = self;
    entry.moved_minor = totals_net(&book.own);
    entry.available_minor = totals_net(&operation->totals);
    entry.message = request->journal;
    journal_write(tx, &entry);
}

static void done_reconcile(struct store_step *step, void *context)
{
    (void)step;
    struct request *request = context;
    const struct totals_reply *reply = &request->reply;
    if (reply->state == TOTALS_DIFFERS && !reply->is_repeat)
        party_log_peer(request->party, request->from.peer, LOG_WARNING, "totals_differ",
                       "of %04u: net %lld here, %lld at the switch", request->operation.settlement,
                       (long long)totals_net(&reply->own),
                       (long long)totals_net(&request->operation.totals));
    answering_totals(request->party, request);
}

void party_reconcile(struct party *party, struct request *request)
{
    const struct operation *operation = &request->operation;
    uint32_t date = date_past_mmdd(operation->settlement, party_latest_date(party));
    if (date == 0 || operation->addressee.number != party->config.self.number) {
        party_log_peer(party, request->from.peer, LOG_WARNING, "refused",
                       "totals STAN %06u: 30: DE 15 is no date, or DE 100 is somebody else",
                       operation->stan);
        party_answer(party, request, &(struct answer){.code = CODE_FORMAT});
        return;
    }
    struct store_step *step = &request->step;
    *step =
        (struct store_step){.apply = apply_reconcile, .done = done_reconcile, .context = request};
    MUST(store_step_key(step, key_of_totals(date, party->config.self.number)) == KEY_TOTALS);
    store_submit(party->config.store, step);
}

bool party_peer_has_totals(const struct party *party, unsigned peer)
{
    return !party->peers[peer].has_no_totals &&
           iso_spec_de_name(party->config.spec, TOTALS_NET_DE) != NULL;
}

/* --- what nobody asks for any more ------------------------------------------------------------ */

static void forget_next(struct party *party);

static void apply_forget(struct store_step *step, struct store_tx *tx)
{
    struct totals_book book;
    for (unsigned i = 0; i < step->key_count; i++) {
        totals_tx_read(tx, i, &book);
        /* A message is still stored, and ends in this record. */
        bool is_waited_for =
            book.state == TOTALS_ASKED || book.reversals.count + book.confirmations.count > 0;
        if (!is_waited_for)
            store_tx_delete(tx, i);
    }
}

static void done_forget(struct store_step *step, void *context)
{
    (void)step;
    forget_next(context);
}

static bool add_old(void *context, struct bytes key, struct bytes value)
{
    (void)value;
    struct party *party = context;
    struct store_key *at = &party->forgetting_totals.at;
    at->len = (uint8_t)key.len;
    memcpy(at->data, key.data, key.len);
    store_step_key(&party->forgetting_totals.step, *at);
    at->data[at->len++] = 0; /* the next possible key */
    return party->forgetting_totals.step.key_count < STORE_STEP_KEYS_MAX;
}

static void forget_next(struct party *party)
{
    struct store_step *step = &party->forgetting_totals.step;
    struct store_key at = party->forgetting_totals.at, end = party->forgetting_totals.end;
    struct fault fault = {RESULT_OK, ""};
    *step = (struct store_step){.apply = apply_forget, .done = done_forget, .context = party};
    enum result result = store_scan(party->config.store, bytes_of(at.data, at.len),
                                    bytes_of(end.data, end.len), add_old, party, &fault);
    if (result != RESULT_OK) {
        party_log(party, LOG_ERROR, "store_unreadable", "%s", fault.text);
        MUST(result == RESULT_OK);
    }
    party->forgetting_totals.is_busy = step->key_count > 0;
    if (step->key_count > 0)
        store_submit(party->config.store, step);
}

uint32_t party_totals_from(const struct party *party)
{
    static const int64_t DAY_US = INT64_C(86400) * 1000000;
    int32_t days = (int32_t)(party->keeping.keep_us / DAY_US) + 1;
    return date_add_days(party->business_date, -days);
}

void reconciling_forget(struct party *party)
{
    if (party->forgetting_totals.is_busy)
        return; /* the next date comes back to it */
    party->forgetting_totals.at = key_of_totals(0, 0);
    party->forgetting_totals.end = key_of_totals(party_totals_from(party), 0);
    forget_next(party);
}
