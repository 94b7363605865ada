/* Purchases: what they take, what their reversals give back, tombstones, repeats, mismatches. */
#include "desk.h"

static struct desk desk;

static void lets_a_purchase_out_of_what_is_available(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1);
    struct reply reply = desk_ask(&desk, &purchase);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0210");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    CU_ASSERT_STRING_EQUAL(reply.authorisation, "000001");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.operation.kind, OPERATION_PURCHASE);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 400);
    CU_ASSERT_EQUAL(journal.last.settlement_date, DESK_DATE);
    CU_ASSERT_EQUAL(journal.last.sender_issuer, DESK_ISSUER.number);
    CU_ASSERT_EQUAL(journal.last.available_minor, ANN_OPENING - 400);
    desk_close(&desk);
}

static void takes_all_that_is_available_and_not_more(void)
{
    desk_open(&desk);
    struct operation over = purchase_of(&desk, ANN, ANN_OPENING + 1, 1);
    struct operation all = purchase_of(&desk, ANN, ANN_OPENING, 2);
    ASSERT_CODE(&desk, &over, "51");
    ASSERT_CODE(&desk, &all, "00");
    ASSERT_ACCOUNT(&desk, ANN, 0, 0);
    desk_close(&desk);
}

/* What is frozen for a packet is nobody's to spend. */
static void does_not_touch_what_is_frozen(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation purchase = purchase_of(&desk, ANN, ANN_OPENING - 999, 2);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &purchase, "51");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

static void refuses_a_purchase_it_cannot_post(void)
{
    desk_open(&desk);
    struct operation nobody = purchase_of(&desk, FOREIGN, 400, 1);
    struct operation nothing = purchase_of(&desk, ANN, 0, 2);
    struct operation foreign = purchase_of(&desk, ANN, 400, 3);
    memcpy(foreign.currency, "840", 3);
    ASSERT_CODE(&desk, &nobody, "14");
    ASSERT_CODE(&desk, &nothing, "13");
    ASSERT_CODE(&desk, &foreign, "13");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_REFUSED);
    desk_close(&desk);
}

static void gives_a_repeat_the_same_answer_and_posts_it_once(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1), other = purchase;
    ASSERT_CODE(&desk, &purchase, "00");
    ASSERT_CODE(&desk, &purchase, "00");
    desk_restart(&desk);
    ASSERT_CODE(&desk, &purchase, "00");
    other.amount_minor = 401;
    ASSERT_CODE(&desk, &other, "94");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    desk_close(&desk);
}

/* --- reversals -------------------------------------------------------------------------------- */

static void gives_a_reversed_purchase_back_once(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1);
    ASSERT_CODE(&desk, &purchase, "00");
    struct operation reversal = about(&desk, &purchase), second = about(&desk, &purchase);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.operation.kind, OPERATION_PURCHASE_REVERSAL);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 400);
    CU_ASSERT_EQUAL(journal.last.operation.original.stan, 1);
    ASSERT_CODE(&desk, &reversal, "00"); /* the same message again */
    ASSERT_CODE(&desk, &second, "00");   /* another about the same purchase */
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    ASSERT_CODE(&desk, &purchase, "00"); /* its answer never changes, and it stays reversed */
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void a_reversal_of_one_never_seen_leaves_a_tombstone(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1);
    struct operation reversal = about(&desk, &purchase);
    ASSERT_CODE(&desk, &reversal, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    desk_restart(&desk);
    ASSERT_CODE(&desk, &purchase, "22");
    ASSERT_CODE(&desk, &purchase, "22");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void reverses_a_refused_purchase_without_an_effect(void)
{
    desk_open(&desk);
    struct operation over = purchase_of(&desk, ANN, ANN_OPENING + 1, 1);
    ASSERT_CODE(&desk, &over, "51");
    struct operation reversal = about(&desk, &over);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &over, "51");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_reversal_that_does_not_match_with_12(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1);
    ASSERT_CODE(&desk, &purchase, "00");
    struct operation amount = about(&desk, &purchase), card = about(&desk, &purchase);
    struct operation acquirer = about(&desk, &purchase), mti = about(&desk, &purchase);
    amount.amount_minor = 399;
    card.card = pan_of(BOB);
    acquirer.acquirer.number = OTHER_WALLET;
    mti.original.mti = 220;
    ASSERT_CODE(&desk, &amount, "12");
    ASSERT_CODE(&desk, &card, "12");
    ASSERT_CODE(&desk, &acquirer, "12");
    ASSERT_CODE(&desk, &mti, "12");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    desk_close(&desk);
}

/* A freeze's reversal cannot take a purchase back, nor the other way round: MTI and process are in
 * the key. */
static void a_reversal_finds_only_its_own_kind(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation purchase = purchase_of(&desk, ANN, 1000, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &purchase, "00");
    struct operation reversal = about(&desk, &purchase);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&desk);
}

static void counts_a_purchase_as_a_debit_of_its_day(void)
{
    struct store_found found;
    struct totals_book book;
    desk_open(&desk);
    struct operation one = purchase_of(&desk, ANN, 400, 1), two = purchase_of(&desk, ANN, 50, 2);
    ASSERT_CODE(&desk, &one, "00");
    ASSERT_CODE(&desk, &two, "00");
    struct operation reversal = about(&desk, &two);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    struct store_key key = key_of_totals(DESK_DATE, DESK_ISSUER.number);
    CU_ASSERT_EQUAL_FATAL(store_find_key(desk.store, &key, &found, NULL), RESULT_OK);
    CU_ASSERT_TRUE_FATAL(found.found);
    totals_book_decode(bytes_of(found.value, found.len), &book);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBITS], 2);
    CU_ASSERT_EQUAL(book.own.amount_minor[TOTALS_DEBITS], 450);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(totals_net(&book.own), -400);
    desk_close(&desk);
}

/* DE 15 has no year: what DE 90 names knows its day. */
static void gives_back_on_the_day_of_the_purchase_however_late(void)
{
    struct store_found found;
    struct totals_book book;
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1);
    ASSERT_CODE(&desk, &purchase, "00");
    struct operation reversal = about(&desk, &purchase);
    CU_ASSERT_TRUE(
        party_cutover(issuer_party(desk.issuer), date_add_days(DESK_DATE, 250), NULL, NULL));
    CU_ASSERT_EQUAL(store_drain(desk.store, NULL), RESULT_OK);
    reversal.settlement = 601; /* whatever it says */
    CU_ASSERT_STRING_EQUAL(desk_ask(&desk, &reversal).code, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.settlement_date, DESK_DATE);
    struct store_key key = key_of_totals(DESK_DATE, DESK_ISSUER.number);
    CU_ASSERT_EQUAL_FATAL(store_find_key(desk.store, &key, &found, NULL), RESULT_OK);
    CU_ASSERT_TRUE_FATAL(found.found);
    totals_book_decode(bytes_of(found.value, found.len), &book);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(book.own.amount_minor[TOTALS_DEBIT_REVERSALS], 400);
    desk_close(&desk);
}

static void refuses_purchases_and_their_reversals_without_de_15(void)
{
    desk_open(&desk);
    struct operation purchase = purchase_of(&desk, ANN, 400, 1), undated = purchase;
    undated.settlement = 0;
    ASSERT_CODE(&desk, &undated, "30");
    ASSERT_CODE(&desk, &purchase, "00");
    struct operation reversal = about(&desk, &purchase);
    reversal.settlement = 0;
    ASSERT_CODE(&desk, &reversal, "30");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    desk_close(&desk);
}

SUITE(CASE(lets_a_purchase_out_of_what_is_available),
      CASE(takes_all_that_is_available_and_not_more), CASE(does_not_touch_what_is_frozen),
      CASE(refuses_a_purchase_it_cannot_post),
      CASE(gives_a_repeat_the_same_answer_and_posts_it_once),
      CASE(gives_a_reversed_purchase_back_once),
      CASE(a_reversal_of_one_never_seen_leaves_a_tombstone),
      CASE(reverses_a_refused_purchase_without_an_effect),
      CASE(refuses_a_reversal_that_does_not_match_with_12),
      CASE(a_reversal_finds_only_its_own_kind), CASE(counts_a_purchase_as_a_debit_of_its_day),
      CASE(gives_back_on_the_day_of_the_purchase_however_late),
      CASE(refuses_purchases_and_their_reversals_without_de_15))
