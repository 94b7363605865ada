/* The issuer: opening, and the way of a request through its one store step. */
#include "issuer_sim/issuer_state.h"

#include "base/date.h"
#include "base/mutant.h"
#include "issuer_sim/issuer_decision.h"

#include <stdlib.h>
#include <string.h>

static const char CURRENCY_DEFAULT[3] = {'1', '5', '6'};

/* Beside a request while it is worked on. Between the step's submission and its completion it is
 * the store's. */
struct work {
    struct issuer *issuer;
    uint32_t date; /* to be booked to, as far as the message says */
    enum seen seen;
    enum journal_event event;
    bool is_on_suspense, is_other_amount;
    struct answer answer;
    char note[JOURNAL_NOTE_MAX + 1];
};

/* --- the step --------------------------------------------------------------------------------- */

/* What DE 90 and DE 3 name that has a posting; false: this kind of request names none. */
static bool original_key_of(const struct operation *operation, struct store_key *key)
{
    enum operation_kind kind = issuer_original_kind(operation->kind);
    if (kind == OPERATION_NONE)
        return false;
    struct transaction_key original = original_key(&operation->original, kind);
    *key = key_of_duplicate(&original);
    return true;
}

static void set_keys(struct store_step *step, const struct operation *operation, uint32_t date,
                     uint64_t self)
{
    struct store_key original;
    struct transaction_key own = operation_key(operation);
    step->key_count = 0;
    MUST(store_step_key(step, key_of_duplicate(&own)) == RECORD_OWN);
    MUST(store_step_key(step, key_of_account(&operation->card)) == RECORD_ACCOUNT);
    MUST(store_step_key(step, key_of_freeze(&operation->reference, 0)) == RECORD_FREEZE);
    MUST(store_step_key(step, key_of_totals(date, self)) == RECORD_TOTALS);
    if (!original_key_of(operation, &original))
        return;
    MUST(store_step_key(step, original) == RECORD_ORIGINAL);
    if (issuer_original_kind(operation->kind) == OPERATION_CREDIT)
        MUST(store_step_key(step, ledger_suspense_key()) == RECORD_SUSPENSE);
}

/* No bytes when there is no such record, or the step does not have it. */
static struct bytes record_of(const struct store_step *step, struct store_tx *tx,
                              enum issuer_record index)
{
    struct bytes record = {NULL, 0};
    if (index < step->key_count)
        store_tx_get(tx, index, &record);
    return record;
}

static void read_records(const struct store_step *step, struct store_tx *tx,
                         struct issuer_decision *decision)
{
    MUST(ledger_account_decode(record_of(step, tx, RECORD_ACCOUNT), &decision->account));
    MUST(ledger_freeze_decode(record_of(step, tx, RECORD_FREEZE), &decision->freeze));
    MUST(ledger_account_decode(record_of(step, tx, RECORD_SUSPENSE), &decision->suspense));
    issuer_posting_read(tx, RECORD_OWN, &decision->own);
    if (step->key_count > RECORD_ORIGINAL)
        issuer_posting_read(tx, RECORD_ORIGINAL, &decision->original);
}

static bool is_changed(const struct issuer_decision *decision, enum issuer_record record)
{
    return (decision->changed >> record & 1) != 0;
}

static void write_records(struct store_tx *tx, const struct request *request,
                          struct issuer_decision *decision)
{
    uint8_t account[LEDGER_ACCOUNT_RECORD_MAX], freeze[LEDGER_FREEZE_RECORD_MAX];
    int64_t wall_us = request->at.wall_us;
    if (is_changed(decision, RECORD_ACCOUNT))
        store_tx_put(tx, RECORD_ACCOUNT, account,
                     ledger_account_encode(&decision->account, account));
    if (is_changed(decision, RECORD_SUSPENSE))
        store_tx_put(tx, RECORD_SUSPENSE, account,
                     ledger_account_encode(&decision->suspense, account));
    bool is_over = decision->freeze.state != FREEZE_FROZEN;
    decision->freeze.over_s = is_over ? (uint32_t)(wall_us / 1000000 + 1) : 0;
    if (is_changed(decision, RECORD_FREEZE))
        store_tx_put(tx, RECORD_FREEZE, freeze, ledger_freeze_encode(&decision->freeze, freeze));
    if (is_changed(decision, RECORD_ORIGINAL))
        issuer_posting_write(tx, RECORD_ORIGINAL, &decision->original, wall_us);
    request_remember(request, tx, RECORD_OWN, DUPLICATE_ANSWERED, &decision->answer);
    if (decision->own.state != POSTING_NONE)
        issuer_posting_write(tx, RECORD_OWN, &decision->own, wall_us);
}

/* What was really posted; docs/totals.md. All of these say their date themselves. */
static void count_totals(struct store_tx *tx, const struct request *request,
                         const struct issuer_decision *decision)
{
    static const struct {
        bool is_counted;
        enum totals_part part;
    } parts[OPERATION_KINDS] = {
        [OPERATION_FREEZE] = {true, TOTALS_AUTHORISATIONS},
        [OPERATION_DEBIT] = {true, TOTALS_DEBITS},
        [OPERATION_DEBIT_REVERSAL] = {true, TOTALS_DEBIT_REVERSALS},
        [OPERATION_CREDIT] = {true, TOTALS_CREDITS},
        [OPERATION_CONFIRMATION] = {true, TOTALS_CREDITS},
        [OPERATION_PURCHASE] = {true, TOTALS_DEBITS},
        [OPERATION_PURCHASE_REVERSAL] = {true, TOTALS_DEBIT_REVERSALS},
    };
    enum operation_kind kind = request->operation.kind;
    bool is_posted = decision->event == JOURNAL_POSTED ||
                     (mutant_is(MUTANT_REPEAT_COUNTED) && decision->event == JOURNAL_RECORDED);
    if (is_posted && parts[kind].is_counted)
        totals_tx_count(tx, RECORD_TOTALS, parts[kind].part, request->operation.amount_minor);
}

static void write_journal(struct store_tx *tx, const struct request *request,
                          const struct issuer_decision *decision)
{
    const struct work *work = request->work;
    const struct operation *operation = &request->operation;
    const struct ledger_account *account =
        decision->is_on_suspense ? &decision->suspense : &decision->account;
    bool is_receiver =
        operation->kind == OPERATION_CREDIT || operation->kind == OPERATION_CONFIRMATION;
    struct journal_entry entry;
    journal_begin(&entry, decision->event, operation, request->at.wall_us);
    entry.code = decision->answer.code;
    entry.settlement_date = decision->date;
    if (is_receiver)
        entry.receiver_issuer = party_self(work->issuer->party)->number;
    else
        entry.sender_issuer = party_self(work->issuer->party)->number;
    entry.moved_minor = decision->moved_minor;
    entry.available_minor = account->available_minor;
    entry.frozen_minor = account->frozen_minor;
    if (decision->answer.authorisation[0] != 0)
        memcpy(entry.authorisation, decision->answer.authorisation, sizeof entry.authorisation);
    memcpy(entry.note, decision->note, sizeof entry.note);
    entry.message = request->journal;
    journal_write(tx, &entry);
}

/* What DE 90 names has a key so old that it is forgotten, if it ever came. */
static bool is_forgotten(const struct request *request)
{
    return forgetting_may_have(request->operation.original.transmission, request->at.wall_us,
                               party_keeping(request->party).forget_us);
}

static bool is_booked_wrong(enum operation_kind kind)
{
    return mutant_is(MUTANT_REVERSAL_WRONG_DAY) && kind == OPERATION_DEBIT_REVERSAL;
}

/* The totals of another date would be needed than the step has a key for: what DE 90 names was not
 * durable yet when this came. It is repeated, and found then. */
static bool has_right_date(const struct issuer_decision *decision)
{
    uint32_t date = decision->original.settlement_date;
    return date == 0 || date == decision->date || is_booked_wrong(decision->operation->kind);
}

static void apply(struct store_step *step, struct store_tx *tx)
{
    struct request *request = step->context;
    struct work *work = request->work;
    work->event = JOURNAL_NONE;
    work->answer = (struct answer){.code = CODE_NONE};
    work->is_on_suspense = work->is_other_amount = false;
    work->seen = request_judge(request, tx, RECORD_OWN, &work->answer);
    bool is_repeat = work->seen == SEEN_ANSWERED && !issuer_posts_again(request->operation.kind);
    if (is_repeat || work->seen == SEEN_DIFFERENT)
        return;
    MUST(work->seen != SEEN_OPEN); /* one commit takes a request from unknown to answered */
    struct issuer_decision decision = {
        .operation = &request->operation,
        .currency = work->issuer->config.currency,
        .signed_on = request->signed_on,
        .is_untimely = request->is_untimely,
        .is_forgotten = is_forgotten(request),
        .date = work->date,
    };
    read_records(step, tx, &decision);
    if (has_right_date(&decision))
        issuer_decide(&decision);
    else
        decision.answer.code = CODE_CENTRE_FAULT;
    work->event = decision.event;
    work->answer = decision.answer;
    work->is_on_suspense = decision.is_on_suspense;
    work->is_other_amount = decision.is_other_amount;
    memcpy(work->note, decision.note, sizeof work->note);
    if (decision.event == JOURNAL_NONE)
        return;
    write_records(tx, request, &decision);
    count_totals(tx, request, &decision);
    write_journal(tx, request, &decision);
}

static void due(void *core, struct timer *timer)
{
    (void)timer;
    forgetting_run(&((struct issuer *)core)->forgetting);
}

/* --- around it -------------------------------------------------------------------------------- */

static void count(struct issuer_view *view, const struct work *work, enum operation_kind kind)
{
    uint64_t *const carried_out[OPERATION_KINDS] = {
        [OPERATION_FREEZE] = &view->freezes,
        [OPERATION_DEBIT] = &view->debits,
        [OPERATION_CREDIT] = &view->credits,
        [OPERATION_CONFIRMATION] = &view->confirmations,
        [OPERATION_DEBIT_REVERSAL] = &view->debit_reversals,
        [OPERATION_FREEZE_REVERSAL] = &view->freeze_reversals,
        [OPERATION_UNFREEZE] = &view->unfreezes,
        [OPERATION_PURCHASE] = &view->purchases,
        [OPERATION_PURCHASE_REVERSAL] = &view->purchase_reversals,
    };
    if (work->event == JOURNAL_POSTED)
        ++*carried_out[kind];
    else if (work->event == JOURNAL_RECORDED)
        view->recorded++;
    else if (work->event == JOURNAL_REFUSED)
        view->refused++;
    else
        view->repeated++;
    view->on_suspense += work->is_on_suspense;
    view->other_amounts += work->is_other_amount;
}

static void done(struct store_step *step, void *context)
{
    (void)step;
    struct request *request = context;
    const struct work *work = request->work;
    struct party *party = work->issuer->party;
    count(&work->issuer->view, work, request->operation.kind);
    if (work->is_on_suspense)
        party_log(party, LOG_WARNING, "credited_to_suspense", "STAN %06u: %s",
                  request->operation.stan, work->note);
    if (work->is_other_amount)
        party_log(party, LOG_WARNING, "unfreeze_differs", "STAN %06u: %s", request->operation.stan,
                  work->note);
    struct answer answer = work->answer;
    party_answer(party, request, &answer);
}

/* What no record needs to be asked about. Answered with 30, leaving no trace; NULL: nothing. */
static const char *find_format_fault(const struct request *request)
{
    static const uint32_t SOME_YEAR = 20240101; /* a leap year */
    const struct operation *operation = &request->operation;
    if (!issuer_can_decide(operation->kind))
        return "an issuer takes no such request";
    bool needs_date =
        operation->kind == OPERATION_DEBIT || operation->kind == OPERATION_CREDIT ||
        operation->kind == OPERATION_DEBIT_REVERSAL || operation->kind == OPERATION_CONFIRMATION ||
        operation->kind == OPERATION_PURCHASE || operation->kind == OPERATION_PURCHASE_REVERSAL;
    bool is_date = date_nearest_mmdd(operation->settlement, SOME_YEAR) != 0;
    if (operation->settlement == 0 ? needs_date : !is_date)
        return "DE 15 is no date";
    if (operation->kind == OPERATION_FREEZE && freeze_check_request(operation) == CODE_FORMAT)
        return "DE 48: a freeze has share 0000 of 0001 to 9999";
    /* A trace under this key would stand in the way of the credit itself. */
    struct original itself = operation_as_original(operation);
    itself.mti = operation->original.mti;
    if (operation->kind == OPERATION_CONFIRMATION && original_equal(&operation->original, &itself))
        return "DE 90 names the confirmation itself";
    return NULL;
}

/* Where it is booked: to the day of what DE 90 names, as far as that is durable, however late and
 * whatever DE 15 says, which has no year; else to DE 15; else to the business date. 0: DE 15 is
 * none. */
static uint32_t find_date(const struct issuer *issuer, const struct operation *operation)
{
    uint32_t business_date = party_business_date(issuer->party);
    struct store_key key;
    struct store_found found;
    struct issuer_posting original = {.settlement_date = 0};
    struct fault fault = {RESULT_OK, ""};
    if (is_booked_wrong(operation->kind))
        return business_date;
    if (original_key_of(operation, &key)) {
        enum result result = store_find_key(party_store(issuer->party), &key, &found, &fault);
        if (result != RESULT_OK)
            party_log(issuer->party, LOG_ERROR, "store_unreadable", "%s", fault.text);
        MUST(result == RESULT_OK);
        issuer_posting_decode(found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0),
                              &original);
    }
    if (original.settlement_date != 0)
        return original.settlement_date;
    return operation->settlement != 0
               ? date_past_mmdd(operation->settlement, party_latest_date(issuer->party))
               : business_date;
}

static void receive(void *core, struct request *request)
{
    struct issuer *issuer = core;
    struct work *work = request->work;
    if (request->operation.kind == OPERATION_RECONCILIATION) {
        party_reconcile(issuer->party, request);
        return;
    }
    work->issuer = issuer;
    const char *fault = find_format_fault(request);
    if (fault != NULL) {
        issuer->view.refused++;
        party_log_peer(issuer->party, request->from.peer, LOG_WARNING, "refused",
                       "%s STAN %06u: 30: %s", operation_name(request->operation.kind),
                       request->operation.stan, fault);
        party_answer(issuer->party, request, &(struct answer){.code = CODE_FORMAT});
        return;
    }
    work->date = find_date(issuer, &request->operation);
    set_keys(&request->step, &request->operation, work->date, party_self(issuer->party)->number);
    request->step.apply = apply;
    request->step.done = done;
    request->step.context = request;
    store_submit(party_store(issuer->party), &request->step);
}

enum result issuer_open(const struct issuer_config *config, const struct party_port *port,
                        struct instant now, struct issuer **opened, struct fault *fault)
{
    struct issuer *issuer = calloc(1, sizeof *issuer);
    if (issuer == NULL)
        return fault_set(fault, RESULT_IO, "no memory for an issuer");
    issuer->config = *config;
    issuer->config.party.is_centre = false;
    issuer->config.accounts = NULL;
    if (issuer->config.currency[0] == 0)
        memcpy(issuer->config.currency, CURRENCY_DEFAULT, sizeof CURRENCY_DEFAULT);
    /* It asks and forwards nothing: there is nothing to be told of beyond requests. */
    struct party_core core = {
        .core = issuer,
        .work_size = sizeof(struct work),
        .request = receive,
        .due = due,
    };
    enum result result = party_open(&issuer->config.party, port, &core, now, &issuer->party, fault);
    if (result == RESULT_OK)
        result = issuer_open_accounts(issuer, config->accounts, config->account_count, fault);
    if (result != RESULT_OK) {
        issuer_close(issuer);
        return result;
    }
    forgetting_begin(&issuer->forgetting, issuer->party, issuer, &issuer_forgetting_rules);
    *opened = issuer;
    return RESULT_OK;
}

void issuer_close(struct issuer *issuer)
{
    if (issuer == NULL)
        return;
    party_close(issuer->party);
    free(issuer);
}

struct party *issuer_party(struct issuer *issuer)
{
    return issuer->party;
}

struct issuer_view issuer_view(const struct issuer *issuer)
{
    return issuer->view;
}
