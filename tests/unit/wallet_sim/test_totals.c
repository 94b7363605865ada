/* What a wallet counts of a settlement date, and how it answers the switch's totals. */
#include "fixture.h"

enum { DATE = 20261231, NEXT_DATE = 20270101 };

static struct fixture f;

static struct totals_book book_at(uint32_t date)
{
    struct store_key key = key_of_totals(date, id_of(WALLET_ID).number);
    struct store_found found;
    struct totals_book book;
    CU_ASSERT_EQUAL_FATAL(store_find_key(f.store, &key, &found, NULL), RESULT_OK);
    totals_book_decode(found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0), &book);
    return book;
}

/* A claim of one share of a new packet of 100.00, answered so. */
static void claim_answered(const char *packet, const char *code, const char *settlement)
{
    struct iso_message message;
    struct outcome outcome = {0};
    announce(&f, packet, 10000, 1);
    struct wallet_ticket ticket = grab(&f, packet, "Li Na", 0).ticket;
    struct wallet_claim command = {
        .ticket = ticket, .person = "Li Na", .card = card_of(RECEIVER_CARD)};
    wallet_claim(f.wallet, &command, on_done, &outcome);
    fixture_settle(&f);
    struct sent *claim = fixture_take(&f, "0200", &message);
    fixture_answer(&f, claim, code, settlement);
    /* It asks what became of a claim that is to be confirmed. */
    f.taken = f.sent_count;
}

static void counts_a_freeze_and_a_claim_that_are_answered_00(void)
{
    fixture_open(&f);
    claim_answered("tea", "00", "1231");
    struct totals own = book_at(DATE).own;
    CU_ASSERT_EQUAL(own.number[TOTALS_AUTHORISATIONS], 1);
    CU_ASSERT_EQUAL(own.number[TOTALS_TRANSFERS], 1);
    CU_ASSERT_EQUAL(own.amount_minor[TOTALS_DEBITS], 10000);
    CU_ASSERT_EQUAL(own.amount_minor[TOTALS_CREDITS], 10000);
    CU_ASSERT_EQUAL(totals_net(&own), 0);
    fixture_close(&f);
}

static void counts_a_claim_that_is_to_be_confirmed(void)
{
    fixture_open(&f);
    claim_answered("tea", "A2", "1231");
    CU_ASSERT_EQUAL(book_at(DATE).own.number[TOTALS_TRANSFERS], 1);
    fixture_close(&f);
}

static void counts_on_the_date_of_the_answer(void)
{
    fixture_open(&f);
    claim_answered("tea", "00", "0101");
    CU_ASSERT_EQUAL(book_at(DATE).own.number[TOTALS_TRANSFERS], 0);
    CU_ASSERT_EQUAL(book_at(NEXT_DATE).own.number[TOTALS_TRANSFERS], 1);
    fixture_close(&f);
}

static void counts_no_refusal(void)
{
    fixture_open(&f);
    claim_answered("tea", "61", "1231");
    CU_ASSERT_EQUAL(book_at(DATE).own.number[TOTALS_TRANSFERS], 0);
    CU_ASSERT_EQUAL(book_at(DATE).own.number[TOTALS_AUTHORISATIONS], 1);
    fixture_close(&f);
}

static void answers_the_switch_out_of_its_own_book(void)
{
    struct operation_text text;
    struct iso_message message;
    fixture_open(&f);
    claim_answered("tea", "00", "1231");
    struct operation op = {
        .kind = OPERATION_RECONCILIATION,
        .transmission = 1231100500,
        .stan = 5,
        .settlement = 1231,
        .forwarder = id_of(CENTRE_ID),
        .addressee = id_of(WALLET_ID),
        .currency = {'1', '5', '6'},
        .totals = book_at(DATE).own,
    };
    operation_write(&op, &text, f.spec, &message);
    fixture_deliver(&f, &message);
    fixture_settle(&f);
    fixture_take(&f, "0530", &message);
    assert_de(&message, 39, "00");
    assert_de(&message, 66, "1");
    op.stan = 6;
    op.totals = (struct totals){0};
    operation_write(&op, &text, f.spec, &message);
    fixture_deliver(&f, &message);
    fixture_settle(&f);
    fixture_take(&f, "0530", &message);
    assert_de(&message, 66, "2");
    assert_de(&message, 78, "0000000001");
    assert_de(&message, 88, "0000000000010000");
    CU_ASSERT_EQUAL(book_at(DATE).state, TOTALS_DIFFERS);
    fixture_close(&f);
}

SUITE(CASE(counts_a_freeze_and_a_claim_that_are_answered_00),
      CASE(counts_a_claim_that_is_to_be_confirmed), CASE(counts_on_the_date_of_the_answer),
      CASE(counts_no_refusal), CASE(answers_the_switch_out_of_its_own_book))
