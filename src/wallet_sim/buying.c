/* Purchases that the wallet acquires: asked for, given up, and what both answers come to.
 * Source: protocol page "Purchase" (the acquirer's part). */
#include "wallet_sim/bought.h"
#include "wallet_sim/wallet_state.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_PURCHASE = KEY_PACKET,
    KEY_NAME = KEY_OTHER,   /* of a step that buys */
    KEY_FOLLOW = KEY_OTHER, /* of an answer: the reversal that must follow */
    MERCHANT_TYPE = 5411,   /* ISO 18245: groceries */
};

static const char MERCHANT[] = "CORNER SHOP    "; /* DE 42, filled to 15 */

static void set_keys(struct work *work)
{
    struct store_step *step = &work->step;
    struct transaction_key purchase = operation_purchase_key(&work->result.request);
    step->key_count = 0;
    MUST(store_step_key(step, key_of_request(&work->result.request, false)) == KEY_REQUEST);
    MUST(store_step_key(step, key_of_number()) == KEY_COUNTER);
    MUST(store_step_key(step, key_of_purchase(&purchase)) == KEY_PURCHASE);
}

static void tx_read_bought(struct store_tx *tx, struct bought *bought)
{
    bought_decode(tx_record(tx, KEY_PURCHASE), bought);
}

static void tx_write_bought(struct store_tx *tx, const struct work *work, struct bought *bought)
{
    uint8_t record[BOUGHT_RECORD_MAX];
    bought->over_s = bought_is_over(bought) ? (uint32_t)(work->wall_us / 1000000 + 1) : 0;
    store_tx_put(tx, KEY_PURCHASE, record, bought_encode(bought, record));
}

/* --- buying ----------------------------------------------------------------------------------- */

static void apply_buy(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct bought bought = {.request = work->result.request, .code = CODE_NONE};
    struct transaction_key key = operation_key(&bought.request);
    uint8_t name[TRANSACTION_KEY_LEN];
    bool is_taken = tx_record(tx, KEY_NAME).data != NULL;
    work->result.refusal = is_taken ? WALLET_PURCHASE_TAKEN : WALLET_ACCEPTED;
    if (is_taken)
        return;
    memcpy(bought.name, work->person, sizeof bought.name);
    transaction_key_encode(&key, name);
    store_tx_put(tx, KEY_NAME, name, sizeof name);
    tx_write_bought(tx, work, &bought);
    tx_ask(tx, work);
}

void wallet_buy(struct wallet *wallet, const struct wallet_purchase *command, wallet_done_fn *done,
                void *context)
{
    if (!name_is_good(command->name) || !name_is_good(command->person) || command->card.len == 0 ||
        command->amount_minor <= 0 || command->amount_minor > PURCHASE_AMOUNT_MAX_MINOR) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    struct operation *request = &work->result.request;
    ask_identify(work, OPERATION_PURCHASE, request);
    request->card = command->card;
    request->amount_minor = command->amount_minor;
    request->merchant_type = MERCHANT_TYPE;
    memcpy(request->merchant, MERCHANT, sizeof request->merchant);
    memcpy(work->person, command->name, sizeof work->person);
    snprintf(work->note, sizeof work->note, "purchase \"%s\" by %s", command->name,
             command->person);
    set_keys(work);
    MUST(store_step_key(&work->step, key_of_bought_name(command->name)) == KEY_NAME);
    work_submit(work, apply_buy, done_ask);
}

/* --- giving up -------------------------------------------------------------------------------- */

static void apply_give_up(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    struct bought bought;
    tx_read_bought(tx, &bought);
    work->result.refusal = bought_check_give_up(&bought);
    if (work->result.refusal != WALLET_ACCEPTED)
        return;
    bought.is_given_up = true;
    bought_write_reversal(&bought, &work->result.request);
    snprintf(work->note, sizeof work->note, "purchase \"%s\"", bought.name);
    tx_write_bought(tx, work, &bought);
    tx_ask(tx, work);
}

/* What DE 90 will name, which never changes; false: there is no purchase of this name. */
static bool find_purchase(struct wallet *wallet, const char *name, struct original *original)
{
    uint8_t encoded[TRANSACTION_KEY_LEN];
    size_t len = 0;
    struct store_key key = key_of_bought_name(name);
    struct transaction_key named;
    if (!wallet_find(wallet, &key, encoded, sizeof encoded, &len))
        return false;
    MUST(len == sizeof encoded);
    transaction_key_decode(encoded, &named);
    *original = operation_as_original(&(struct operation){
        .kind = OPERATION_PURCHASE,
        .transmission = named.transmission,
        .stan = named.stan,
        .acquirer = {.number = named.acquirer},
        .forwarder = {.number = named.forwarder},
    });
    return true;
}

void wallet_give_up(struct wallet *wallet, const char *purchase, wallet_done_fn *done,
                    void *context)
{
    struct original original;
    size_t len = strnlen(purchase, WALLET_NAME_MAX + 1);
    if (len == 0 || len > WALLET_NAME_MAX) {
        wallet_refuse(wallet, WALLET_INVALID, done, context);
        return;
    }
    if (!find_purchase(wallet, purchase, &original)) {
        wallet_refuse(wallet, WALLET_UNKNOWN_PURCHASE, done, context);
        return;
    }
    struct work *work = ask_take(wallet, done, context);
    if (work == NULL)
        return;
    ask_identify(work, OPERATION_PURCHASE_REVERSAL, &work->result.request);
    work->result.request.original = original;
    set_keys(work);
    work_submit(work, apply_give_up, done_ask);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void write_journal(struct store_tx *tx, const struct work *work, const struct bought *bought)
{
    const struct wallet_result *result = &work->result;
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_ANSWERED, &result->request, work->wall_us);
    entry.code = result->code;
    entry.settlement_date = result->settlement_date;
    entry.operation.settlement = (uint16_t)(result->settlement_date % 10000);
    entry.moved_minor = result->code == CODE_APPROVED ? result->request.amount_minor : 0;
    if (bought->name[0] != '\0')
        snprintf(entry.note, sizeof entry.note, "purchase \"%s\"", bought->name);
    if (result->authorisation[0] != 0)
        memcpy(entry.authorisation, result->authorisation, sizeof entry.authorisation);
    entry.message = bytes_of(work->bytes, work->len);
    journal_write(tx, &entry);
}

static void apply_answer(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    const struct operation *request = &work->result.request;
    struct bought bought;
    bool paid = false, taken_back = false;
    tx_read_bought(tx, &bought);
    work->follows = false;
    if (bought.name[0] != '\0') {
        bought_answer(&bought, request, work->result.code, &paid, &taken_back);
        work->follows = work->follow.kind != OPERATION_NONE && !bought.is_given_up;
        bought.is_given_up = bought.is_given_up || work->follows;
        tx_write_bought(tx, work, &bought);
    }
    if (work->follows) {
        bought_write_reversal(&bought, &work->follow);
        forward_write(tx, KEY_FOLLOW, &work->follow, work->wallet->centre, work->wall_us);
        tx_write_number(tx, work);
    }
    if (paid && work->totals_key != 0)
        totals_tx_count(tx, work->totals_key, TOTALS_CREDITS, request->amount_minor);
    if (taken_back && work->totals_key != 0)
        totals_tx_count(tx, work->totals_key, TOTALS_CREDIT_REVERSALS, request->amount_minor);
    store_tx_delete(tx, KEY_REQUEST);
    write_journal(tx, work, &bought);
}

void purchase_ended(struct work *work)
{
    const struct operation *request = &work->result.request;
    set_keys(work);
    if (bought_must_give_up(request, work->result.code)) {
        ask_identify(work, OPERATION_PURCHASE_REVERSAL, &work->follow);
        MUST(store_step_key(&work->step, key_of_request(&work->follow, false)) == KEY_FOLLOW);
    }
    if (work->result.code == CODE_APPROVED && work->result.settlement_date != 0)
        work->totals_key =
            store_step_key(&work->step, key_of_totals(work->result.settlement_date,
                                                      party_self(work->wallet->party)->number));
    work_submit(work, apply_answer, done_answer);
}
