/* Purchases at their acquirer: stored before they are sent, repeated, given up, counted whichever
 * of the two answers comes first. */
#include "fixture.h"
#include "wallet_sim/bought.h"

#include "party/forgetting.h"
#include "redpacket/totals.h"

static struct fixture f;

enum { DATE = 20261231, AMOUNT_MINOR = 1250 };

/* What a command came to is told later. */
static struct outcome *new_outcome(void)
{
    static struct outcome outcomes[8];
    static unsigned next;
    struct outcome *outcome = &outcomes[next++ % 8];
    *outcome = (struct outcome){0};
    return outcome;
}

static struct outcome *buy(const char *name)
{
    struct outcome *outcome = new_outcome();
    struct wallet_purchase purchase = {
        .person = "Wang Wei", .card = card_of(SENDER_CARD), .amount_minor = AMOUNT_MINOR};
    snprintf(purchase.name, sizeof purchase.name, "%s", name);
    wallet_buy(f.wallet, &purchase, on_done, outcome);
    fixture_settle(&f);
    return outcome;
}

static struct outcome *give_up(const char *name)
{
    struct outcome *outcome = new_outcome();
    wallet_give_up(f.wallet, name, on_done, outcome);
    fixture_settle(&f);
    return outcome;
}

static struct totals totals_of(uint32_t date)
{
    struct store_key key = key_of_totals(date, id_of(WALLET_ID).number);
    struct store_found found;
    struct totals_book book;
    CU_ASSERT_EQUAL(store_find_key(f.store, &key, &found, NULL), RESULT_OK);
    totals_book_decode(found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0), &book);
    return book.own;
}

static void assert_counted(uint64_t credits, uint64_t reversals)
{
    struct totals totals = totals_of(DATE);
    CU_ASSERT_EQUAL(totals.number[TOTALS_CREDITS], credits);
    CU_ASSERT_EQUAL(totals.amount_minor[TOTALS_CREDITS], (int64_t)credits * AMOUNT_MINOR);
    CU_ASSERT_EQUAL(totals.number[TOTALS_CREDIT_REVERSALS], reversals);
}

static bool count_record(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static unsigned stored_in(enum record_table table)
{
    uint8_t first[] = {(uint8_t)table}, end[] = {(uint8_t)(table + 1)};
    unsigned count = 0;
    CU_ASSERT_EQUAL(
        store_scan(f.store, bytes_of(first, 1), bytes_of(end, 1), count_record, &count, NULL),
        RESULT_OK);
    return count;
}

/* --- buying ----------------------------------------------------------------------------------- */

static void asks_as_acquirer_and_books_the_approval(void)
{
    struct iso_message message;
    fixture_open(&f);
    struct outcome *outcome = buy("tea");
    struct sent *sent = fixture_take(&f, "0200", &message);
    assert_de(&message, 2, SENDER_CARD);
    assert_de(&message, 3, "000000");
    assert_de(&message, 4, "000000001250");
    assert_de(&message, 25, "00");
    assert_de(&message, 32, WALLET_ID);
    assert_de(&message, 33, WALLET_ID);
    CU_ASSERT_FALSE(iso_message_has(&message, 48));
    CU_ASSERT_EQUAL(outcome->count, 0);
    fixture_answer(&f, sent, "00", "1231");
    CU_ASSERT_EQUAL(outcome->count, 1);
    CU_ASSERT_EQUAL(outcome->result.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(outcome->result.settlement_date, DATE);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.count[JOURNAL_REQUESTED], 1);
    const struct journal_entry *answered = &book.last[JOURNAL_ANSWERED];
    CU_ASSERT_EQUAL(answered->operation.kind, OPERATION_PURCHASE);
    CU_ASSERT_EQUAL(answered->moved_minor, AMOUNT_MINOR);
    CU_ASSERT_EQUAL(answered->settlement_date, DATE);
    CU_ASSERT_STRING_EQUAL(answered->note, "purchase \"tea\"");
    assert_counted(1, 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_FORWARD), 0);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).purchased, 1);
    fixture_close(&f);
}

static void repeats_an_unanswered_purchase_unchanged_also_after_a_restart(void)
{
    struct iso_message message;
    fixture_open(&f);
    buy("tea");
    struct sent first = *fixture_take(&f, "0200", &message);
    fixture_restart(&f);
    struct sent *again = fixture_take(&f, "0200", &message);
    assert_same_message(&first, again);
    fixture_answer(&f, again, "00", "1231");
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    assert_counted(1, 0);
    fixture_close(&f);
}

static void refuses_what_makes_no_sense_or_has_a_used_name(void)
{
    struct wallet_purchase nothing = {
        .name = "x", .person = "Wang Wei", .card = card_of(SENDER_CARD)};
    struct outcome outcome = {0};
    fixture_open(&f);
    wallet_buy(f.wallet, &nothing, on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    nothing.amount_minor = 100000000000;
    wallet_buy(f.wallet, &nothing, on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    buy("tea");
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(buy("tea")->result.refusal, WALLET_PURCHASE_TAKEN);
    CU_ASSERT_EQUAL(give_up("milk")->result.refusal, WALLET_UNKNOWN_PURCHASE);
    CU_ASSERT_EQUAL(give_up("")->result.refusal, WALLET_INVALID);
    fixture_close(&f);
}

static void a_refusal_moves_nothing(void)
{
    fixture_open(&f);
    struct outcome *outcome = buy("tea");
    fixture_serve(&f, "0200", "51");
    CU_ASSERT_EQUAL(outcome->result.code, CODE_FUNDS);
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 0);
    assert_counted(0, 0);
    fixture_close(&f);
}

/* --- giving up -------------------------------------------------------------------------------- */

static void takes_back_one_that_was_approved(void)
{
    struct iso_message message;
    fixture_open(&f);
    buy("tea");
    struct sent bought = *fixture_take(&f, "0200", &message);
    char stan[7] = "";
    memcpy(stan, iso_message_get(&message, 11).data, 6);
    fixture_answer(&f, &bought, "00", "1231");
    give_up("tea");
    struct sent *sent = fixture_take(&f, "0420", &message);
    assert_de(&message, 3, "000000");
    assert_de(&message, 4, "000000001250");
    assert_de(&message, 42, "CORNER SHOP    ");
    CU_ASSERT_EQUAL(memcmp(iso_message_get(&message, 90).data, "0200", 4), 0);
    CU_ASSERT_EQUAL(memcmp(iso_message_get(&message, 90).data + 4, stan, 6), 0);
    fixture_answer(&f, sent, "00", "1231");
    assert_counted(1, 1);
    CU_ASSERT_EQUAL(give_up("tea")->result.refusal, WALLET_GIVEN_UP);
    fixture_close(&f);
}

/* The reversal is refused before the purchase is answered: then nothing is left to wait for. */
static void one_that_stands_is_over_whichever_answer_comes_first(void)
{
    struct iso_message message;
    struct store_found found;
    struct bought bought;
    static const uint8_t first[] = {TABLE_PURCHASE}, end[] = {TABLE_PURCHASE + 1};
    fixture_open(&f);
    buy("tea");
    struct sent asked = *fixture_take(&f, "0200", &message);
    give_up("tea");
    fixture_serve(&f, "0420", "22");
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(store_find(f.store, bytes_of(first, 1), bytes_of(end, 1), &found, NULL),
                        RESULT_OK);
        CU_ASSERT_TRUE_FATAL(found.found);
        bought_decode(bytes_of(found.value, found.len), &bought);
        CU_ASSERT_EQUAL(bought.over_s != 0, i == 1);
        if (i == 0)
            fixture_answer(&f, &asked, "00", "1231");
    }
    assert_counted(1, 0);
    fixture_close(&f);
}

static void one_that_stands_is_not_taken_back(void)
{
    fixture_open(&f);
    buy("tea");
    fixture_serve(&f, "0200", "00");
    give_up("tea");
    fixture_serve(&f, "0420", "22");
    assert_counted(1, 0);
    fixture_close(&f);
}

/* Given up before its answer, which comes all the same. */
static void counts_the_same_whichever_answer_comes_first(void)
{
    struct iso_message message;
    fixture_open(&f);
    buy("tea");
    struct sent bought = *fixture_take(&f, "0200", &message);
    give_up("tea");
    struct sent reversal = *fixture_take(&f, "0420", &message);
    fixture_answer(&f, &reversal, "00", "1231");
    assert_counted(0, 0);
    fixture_answer(&f, &bought, "00", "1231");
    assert_counted(1, 1);
    buy("milk");
    bought = *fixture_take(&f, "0200", &message);
    give_up("milk");
    fixture_serve(&f, "0420", "00");
    fixture_answer(&f, &bought, "98", "1231");
    assert_counted(1, 1);
    fixture_close(&f);
}

/* 30 and codes that say nothing may hide that it stands. */
static void gives_up_by_itself_what_an_answer_leaves_open(void)
{
    static const char *const open[] = {"30", "94", "A2", "ZZ"};
    struct iso_message message;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        fixture_open(&f);
        buy("tea");
        fixture_serve(&f, "0200", open[i]);
        struct sent *sent = fixture_take(&f, "0420", &message);
        assert_de(&message, 4, "000000001250");
        fixture_answer(&f, sent, "00", "1231");
        assert_counted(0, 0);
        CU_ASSERT_EQUAL(stored_in(TABLE_FORWARD), 0);
        fixture_close(&f);
    }
    fixture_open(&f);
    buy("tea");
    fixture_serve(&f, "0200", "98"); /* the switch reverses it by itself */
    fixture_close(&f);
}

static void forgets_a_purchase_and_its_name(void)
{
    enum { DAYS = 40 };
    fixture_open(&f);
    buy("tea");
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(stored_in(TABLE_PURCHASE), 1);
    for (unsigned i = 0; i < DAYS * 24; i++) {
        f.now.mono_us += UINT64_C(3600) * 1000000;
        f.now.wall_us += INT64_C(3600) * 1000000;
        for (unsigned k = 0; k < 4; k++)
            fixture_pass(&f, 20);
        f.taken = f.sent_count = 0; /* line tests */
        if (i == 24 * 28)
            CU_ASSERT_EQUAL(stored_in(TABLE_PURCHASE), 1);
    }
    CU_ASSERT_EQUAL(stored_in(TABLE_PURCHASE), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_PURCHASE_NAME), 0);
    fixture_close(&f);
}

SUITE(CASE(asks_as_acquirer_and_books_the_approval),
      CASE(repeats_an_unanswered_purchase_unchanged_also_after_a_restart),
      CASE(refuses_what_makes_no_sense_or_has_a_used_name), CASE(a_refusal_moves_nothing),
      CASE(takes_back_one_that_was_approved), CASE(one_that_stands_is_not_taken_back),
      CASE(one_that_stands_is_over_whichever_answer_comes_first),
      CASE(counts_the_same_whichever_answer_comes_first),
      CASE(gives_up_by_itself_what_an_answer_leaves_open), CASE(forgets_a_purchase_and_its_name))
