/* The first start: opens the accounts, each once for ever.
 *
 * One step for each account, because each is an entry of the journal; many steps at a time, because
 * the store then makes them durable together. A mark is written behind all of them: without it the
 * next start goes through them again, and leaves alone what is there. */
#include "issuer_sim/issuer_state.h"

#include "redpacket/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Durable together: 10,000 accounts wait 10 times for the disk, and 1,024 steps take half a MB. */
enum { OPENING_BATCH = 1024 };

static const char MARK[] = "accounts-opened";
static const char SUSPENSE_HOLDER[] = "suspense account";

struct opening {
    struct store_step step;
    struct ledger_account account;
    int64_t wall_us;
    bool is_last; /* the suspense account, with the mark */
    uint64_t *opened;
    bool is_new;
};

enum { OPENING_ACCOUNT, OPENING_MARK };

static void apply_opening(struct store_step *step, struct store_tx *tx)
{
    struct opening *opening = step->context;
    struct bytes known = {NULL, 0};
    uint8_t record[LEDGER_ACCOUNT_RECORD_MAX];
    struct journal_entry entry;
    if (opening->is_last)
        store_tx_put(tx, OPENING_MARK, "1", 1);
    opening->is_new = !store_tx_get(tx, OPENING_ACCOUNT, &known);
    if (!opening->is_new)
        return;
    store_tx_put(tx, OPENING_ACCOUNT, record, ledger_account_encode(&opening->account, record));
    journal_begin(&entry, JOURNAL_OPENED, NULL, opening->wall_us);
    entry.operation.card = opening->account.card;
    entry.moved_minor = opening->account.available_minor;
    entry.available_minor = opening->account.available_minor;
    snprintf(entry.note, sizeof entry.note, "%s", opening->account.holder);
    journal_write(tx, &entry);
}

static void done_opening(struct store_step *step, void *context)
{
    (void)step;
    struct opening *opening = context;
    *opening->opened += opening->is_new;
}

static enum result take_account(const struct issuer_account *account, size_t place,
                                struct ledger_account *out, struct fault *fault)
{
    size_t holder_len = account->holder != NULL ? strlen(account->holder) : 0;
    if (account->card.len == 0 || account->card.len > PAN_LEN_MAX)
        return fault_set(fault, RESULT_INPUT, "account %zu: expected a card of 1 to %d digits",
                         place + 1, PAN_LEN_MAX);
    if (account->available_minor < 0)
        return fault_set(fault, RESULT_INPUT, "account %zu: expected a balance of 0 or more",
                         place + 1);
    if (holder_len > LEDGER_HOLDER_MAX)
        return fault_set(fault, RESULT_INPUT,
                         "account %zu: expected a holder of at most %d bytes, got %zu", place + 1,
                         LEDGER_HOLDER_MAX, holder_len);
    *out = (struct ledger_account){
        .state = account->is_restricted ? LEDGER_ACCOUNT_RESTRICTED : LEDGER_ACCOUNT_OPEN,
        .card = account->card,
        .available_minor = account->available_minor,
    };
    if (holder_len > 0)
        memcpy(out->holder, account->holder, holder_len);
    return RESULT_OK;
}

static void submit_opening(struct store *store, struct opening *opening, struct store_key account)
{
    opening->step =
        (struct store_step){.apply = apply_opening, .done = done_opening, .context = opening};
    MUST(store_step_key(&opening->step, account) == OPENING_ACCOUNT);
    if (opening->is_last)
        MUST(store_step_key(&opening->step, key_of_name(TABLE_BATCH, MARK)) == OPENING_MARK);
    store_submit(store, &opening->step);
}

/* `batch` holds OPENING_BATCH, or all of them and one more. */
static enum result open_all(struct issuer *issuer, const struct issuer_account *accounts,
                            size_t count, struct opening *batch, uint64_t *opened,
                            struct fault *fault)
{
    struct store *store = party_store(issuer->party);
    int64_t wall_us = party_now(issuer->party).wall_us;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct opening *opening = &batch[used++];
        *opening = (struct opening){.wall_us = wall_us, .opened = opened};
        MUST(take_account(&accounts[i], i, &opening->account, fault) == RESULT_OK);
        submit_opening(store, opening, key_of_account(&opening->account.card));
        if (used == OPENING_BATCH) {
            TRY(store_drain(store, fault));
            used = 0;
        }
    }
    TRY(store_drain(store, fault));
    batch[0] = (struct opening){.wall_us = wall_us, .opened = opened, .is_last = true};
    batch[0].account.state = LEDGER_ACCOUNT_OPEN;
    memcpy(batch[0].account.holder, SUSPENSE_HOLDER, sizeof SUSPENSE_HOLDER);
    submit_opening(store, &batch[0], ledger_suspense_key());
    return store_drain(store, fault);
}

static bool find_mark(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    *(bool *)context = true;
    return false;
}

static enum result is_opened(struct store *store, bool *opened, struct fault *fault)
{
    struct store_key mark = key_of_name(TABLE_BATCH, MARK), end = mark;
    *opened = false;
    end.data[end.len - 1]++;
    return store_scan(store, bytes_of(mark.data, mark.len), bytes_of(end.data, end.len), find_mark,
                      opened, fault);
}

enum result issuer_open_accounts(struct issuer *issuer, const struct issuer_account *accounts,
                                 size_t count, struct fault *fault)
{
    bool was_opened = false;
    uint64_t opened = 0;
    TRY(is_opened(party_store(issuer->party), &was_opened, fault));
    if (was_opened)
        return RESULT_OK;
    /* Nothing is opened unless everything can be. */
    for (size_t i = 0; i < count; i++) {
        struct ledger_account ignored;
        TRY(take_account(&accounts[i], i, &ignored, fault));
    }
    struct opening *batch =
        calloc(count < OPENING_BATCH ? count + 1 : OPENING_BATCH, sizeof *batch);
    if (batch == NULL)
        return fault_set(fault, RESULT_IO, "no memory to open %zu accounts", count);
    enum result result = open_all(issuer, accounts, count, batch, &opened, fault);
    free(batch);
    if (result == RESULT_OK)
        party_log(issuer->party, LOG_INFO, "accounts_opened", "%llu", (unsigned long long)opened);
    return result;
}
