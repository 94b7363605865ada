/* The first start and those after it: which accounts there are, and what the ledger's scans see. */
#include "desk.h"

enum { MANY = 10000 };

struct roll {
    unsigned count;
    int64_t total_minor;
    struct ledger_account last;
};

static bool call_account(void *context, const struct ledger_account *account)
{
    struct roll *roll = context;
    roll->count++;
    roll->total_minor += account->available_minor + account->frozen_minor;
    roll->last = *account;
    return true;
}

static struct roll roll_of(const struct desk *desk)
{
    struct roll roll = {0};
    struct fault fault;
    CU_ASSERT_EQUAL(issuer_ledger_scan_accounts(desk->store, call_account, &roll, &fault),
                    RESULT_OK);
    return roll;
}

/* `count` accounts of 1 unit each; freed by the caller. */
static struct issuer_account *many_accounts(size_t count)
{
    struct issuer_account *accounts = calloc(count, sizeof *accounts);
    CU_ASSERT_PTR_NOT_NULL_FATAL(accounts);
    for (size_t i = 0; i < count; i++) {
        accounts[i] = (struct issuer_account){pan_of(ANN), NULL, 1, false};
        digits_format(i, accounts[i].card.digits + 6, 10);
    }
    return accounts;
}

static void opens_each_account_and_the_suspense_account_with_an_entry(void)
{
    struct desk desk;
    desk_open(&desk);
    struct roll roll = roll_of(&desk);
    CU_ASSERT_EQUAL(roll.count, 5);
    CU_ASSERT_EQUAL(roll.total_minor, DESK_OPENING);
    CU_ASSERT_EQUAL(roll.last.card.len, 0);
    CU_ASSERT_STRING_EQUAL(roll.last.holder, "suspense account");
    struct ledger_account ann = account_at(&desk, pan_of(ANN));
    CU_ASSERT_STRING_EQUAL(ann.holder, "Ann");
    CU_ASSERT_EQUAL(ann.state, LEDGER_ACCOUNT_OPEN);
    CU_ASSERT_EQUAL(account_at(&desk, pan_of(RICK)).state, LEDGER_ACCOUNT_RESTRICTED);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.count, 5);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_OPENED);
    CU_ASSERT_EQUAL(journal.last.settlement_date, 0);
    desk_close(&desk);
}

static bool sum_opened(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    CU_ASSERT_EQUAL(entry.event, JOURNAL_OPENED);
    CU_ASSERT_EQUAL(entry.moved_minor, entry.available_minor);
    *(int64_t *)context += entry.moved_minor;
    return true;
}

static void the_entries_add_up_to_all_the_money_there_is(void)
{
    struct desk desk;
    struct fault fault;
    int64_t total_minor = 0;
    desk_open(&desk);
    CU_ASSERT_EQUAL(store_log_scan(desk.store, 1, 0, sum_opened, &total_minor, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(total_minor, DESK_OPENING);
    desk_close(&desk);
}

static void a_restart_with_another_configuration_changes_nothing(void)
{
    struct desk desk;
    desk_open(&desk);
    struct issuer_account changed[2] = {
        {pan_of(ANN), "Ann", 5, true},
        {pan_of(NOBODY), "New", 100, false},
    };
    desk.accounts = changed;
    desk.account_count = 2;
    desk_restart(&desk);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    CU_ASSERT_EQUAL(account_at(&desk, pan_of(ANN)).state, LEDGER_ACCOUNT_OPEN);
    CU_ASSERT_EQUAL(account_at(&desk, pan_of(NOBODY)).state, LEDGER_ACCOUNT_NONE);
    CU_ASSERT_EQUAL(roll_of(&desk).count, 5);
    CU_ASSERT_EQUAL(journal_of(&desk).count, 5);
    desk_close(&desk);
}

static void an_issuer_without_accounts_has_its_suspense_account(void)
{
    struct desk desk;
    desk_open_empty(&desk);
    desk_start(&desk);
    desk_sign_on(&desk);
    CU_ASSERT_EQUAL(roll_of(&desk).count, 1);
    CU_ASSERT_EQUAL(suspense_minor(&desk), 0);
    desk_close(&desk);
}

static void opens_ten_thousand_accounts_in_a_dozen_commits(void)
{
    struct desk desk;
    struct issuer_account *accounts = many_accounts(MANY);
    desk_open_empty(&desk);
    desk.accounts = accounts;
    desk.account_count = MANY;
    desk_start(&desk);
    CU_ASSERT_EQUAL(roll_of(&desk).count, MANY + 1);
    CU_ASSERT_EQUAL(roll_of(&desk).total_minor, MANY);
    CU_ASSERT_TRUE(store_stats(desk.store).commits <= 12);
    desk_close(&desk);
    free(accounts);
}

static void opens_an_account_that_is_listed_twice_once(void)
{
    struct desk desk;
    struct issuer_account twice[2] = {{pan_of(ANN), "Ann", 5, false},
                                      {pan_of(ANN), "Ann", 7, false}};
    desk_open_empty(&desk);
    desk.accounts = twice;
    desk.account_count = 2;
    desk_start(&desk);
    ASSERT_ACCOUNT(&desk, ANN, 5, 0);
    CU_ASSERT_EQUAL(journal_of(&desk).count, 2);
    desk_close(&desk);
}

/* Makes the commit fail in which the step submitted as number `at` takes part. */
struct failing {
    struct store *store;
    unsigned submitted, at;
};

static void count_submissions(void *context)
{
    struct failing *failing = context;
    if (++failing->submitted == failing->at)
        store_memory_fail_next(failing->store);
}

static void completes_an_opening_that_was_cut_off(void)
{
    enum { COUNT = 1500 };
    struct desk desk;
    struct fault fault = {.text = ""};
    struct issuer_account *accounts = many_accounts(COUNT);
    desk_open_empty(&desk);
    desk.accounts = accounts;
    desk.account_count = COUNT;
    struct failing failing = {.store = desk.store, .at = 1200};
    store_set_wake(desk.store, count_submissions, &failing);
    CU_ASSERT_EQUAL(desk_try_start(&desk, &fault), RESULT_IO);
    CU_ASSERT_PTR_NULL(desk.issuer);
    store_memory_crash(desk.store);
    unsigned before = roll_of(&desk).count;
    CU_ASSERT_TRUE(before > 0 && before < COUNT);
    for (size_t i = 0; i < COUNT; i++)
        accounts[i].available_minor = 2;
    desk_start(&desk);
    struct roll roll = roll_of(&desk);
    CU_ASSERT_EQUAL(roll.count, COUNT + 1);
    CU_ASSERT_EQUAL(roll.total_minor, before + 2 * (COUNT - (int64_t)before));
    CU_ASSERT_EQUAL(journal_of(&desk).count, COUNT + 1);
    desk_close(&desk);
    free(accounts);
}

static void refuses_accounts_that_cannot_be_and_opens_none(void)
{
    static const char long_name[] =
        "a holder's name of sixty-five bytes, which is one more than there is room for";
    struct desk desk;
    struct issuer_account accounts[2] = {{pan_of(ANN), "Ann", 5, false}};
    const struct issuer_account wrong[] = {
        {{0}, "No card", 5, false},
        {pan_of(BOB), "Negative", -1, false},
        {pan_of(BOB), long_name, 5, false},
    };
    static const char *const reasons[] = {"card", "balance", "holder"};
    desk_open_empty(&desk);
    desk.accounts = accounts;
    desk.account_count = 2;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fault fault = {.text = ""};
        accounts[1] = wrong[i];
        CU_ASSERT_EQUAL(desk_try_start(&desk, &fault), RESULT_INPUT);
        ASSERT_CONTAINS(fault.text, "account 2");
        ASSERT_CONTAINS(fault.text, reasons[i]);
    }
    CU_ASSERT_EQUAL(roll_of(&desk).count, 0);
    CU_ASSERT_EQUAL(journal_of(&desk).count, 0);
    desk_close(&desk);
}

static void takes_a_holder_of_the_full_length(void)
{
    struct desk desk;
    char holder[LEDGER_HOLDER_MAX + 1];
    memset(holder, 'n', LEDGER_HOLDER_MAX);
    holder[LEDGER_HOLDER_MAX] = 0;
    struct issuer_account account = {pan_of(ANN), holder, INT64_C(999999999999), false};
    desk_open_empty(&desk);
    desk.accounts = &account;
    desk.account_count = 1;
    desk_start(&desk);
    CU_ASSERT_STRING_EQUAL(account_at(&desk, pan_of(ANN)).holder, holder);
    CU_ASSERT_EQUAL(roll_of(&desk).total_minor, INT64_C(999999999999));
    desk_close(&desk);
}

/* --- the ledger's scans ----------------------------------------------------------------------- */

static bool stop_at_first_account(void *context, const struct ledger_account *account)
{
    (void)account;
    ++*(unsigned *)context;
    return false;
}

static bool stop_at_first_freeze(void *context, const struct ledger_freeze *freeze)
{
    (void)freeze;
    ++*(unsigned *)context;
    return false;
}

static void scans_stop_when_told_to(void)
{
    struct desk desk;
    struct fault fault;
    unsigned seen = 0;
    desk_open(&desk);
    struct operation first = freeze_of(&desk, ANN, 10, 1, 1),
                     second = freeze_of(&desk, ANN, 10, 1, 2);
    ASSERT_CODE(&desk, &first, "00");
    ASSERT_CODE(&desk, &second, "00");
    CU_ASSERT_EQUAL(issuer_ledger_scan_accounts(desk.store, stop_at_first_account, &seen, &fault),
                    RESULT_OK);
    CU_ASSERT_EQUAL(seen, 1);
    CU_ASSERT_EQUAL(issuer_ledger_scan_freezes(desk.store, stop_at_first_freeze, &seen, &fault),
                    RESULT_OK);
    CU_ASSERT_EQUAL(seen, 2);
    desk_close(&desk);
}

static void a_freeze_keeps_the_request_it_came_from(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 3, 5);
    ASSERT_CODE(&desk, &freeze, "00");
    struct ledger_freeze known = freeze_at(&desk, &freeze);
    struct original made = operation_as_original(&freeze);
    struct original kept = operation_as_original(&known.request);
    CU_ASSERT_TRUE(original_equal(&made, &kept));
    CU_ASSERT_TRUE(pan_equal(&known.request.card, &freeze.card));
    CU_ASSERT_EQUAL(known.request.reference.shares, 3);
    CU_ASSERT_EQUAL(known.frozen_minor, 1000);
    CU_ASSERT_EQUAL(memcmp(known.request.currency, "156", 3), 0);
    desk_close(&desk);
}

static void apply_garbage(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_put(tx, 0, "garbage", 7);
}

static void done_garbage(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void write_garbage(struct desk *desk, struct store_key key)
{
    struct store_step step = {.apply = apply_garbage, .done = done_garbage};
    struct fault fault;
    store_step_key(&step, key);
    store_submit(desk->store, &step);
    CU_ASSERT_EQUAL(store_drain(desk->store, &fault), RESULT_OK);
}

static void scans_name_records_that_cannot_be_read(void)
{
    struct desk desk;
    struct fault fault = {.text = ""};
    struct pan card = pan_of(NOBODY);
    struct roll roll = {0};
    unsigned seen = 0;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 3, 5);
    write_garbage(&desk, key_of_account(&card));
    write_garbage(&desk, key_of_freeze(&freeze.reference, 0));
    CU_ASSERT_EQUAL(issuer_ledger_scan_accounts(desk.store, call_account, &roll, &fault),
                    RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "account");
    CU_ASSERT_EQUAL(issuer_ledger_scan_freezes(desk.store, stop_at_first_freeze, &seen, &fault),
                    RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "freeze");
    CU_ASSERT_EQUAL(seen, 0);
    desk_close(&desk);
}

SUITE(CASE(opens_each_account_and_the_suspense_account_with_an_entry),
      CASE(the_entries_add_up_to_all_the_money_there_is),
      CASE(a_restart_with_another_configuration_changes_nothing),
      CASE(an_issuer_without_accounts_has_its_suspense_account),
      CASE(opens_ten_thousand_accounts_in_a_dozen_commits),
      CASE(opens_an_account_that_is_listed_twice_once), CASE(completes_an_opening_that_was_cut_off),
      CASE(refuses_accounts_that_cannot_be_and_opens_none), CASE(takes_a_holder_of_the_full_length),
      CASE(scans_stop_when_told_to), CASE(a_freeze_keeps_the_request_it_came_from),
      CASE(scans_name_records_that_cannot_be_read))
