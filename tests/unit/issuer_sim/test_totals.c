/* What an issuer counts of a settlement date, and how it answers the switch's totals. */
#include "desk.h"

static struct totals_book book_at(const struct desk *desk, uint32_t date)
{
    struct store_key key = key_of_totals(date, DESK_ISSUER.number);
    struct store_found found;
    struct totals_book book;
    CU_ASSERT_EQUAL_FATAL(store_find_key(desk->store, &key, &found, NULL), RESULT_OK);
    totals_book_decode(found.found ? bytes_of(found.value, found.len) : bytes_of(NULL, 0), &book);
    return book;
}

static struct operation totals_of(struct desk *desk, const struct totals *totals)
{
    struct operation op = {
        .kind = OPERATION_RECONCILIATION,
        .transmission = date_de7(desk->now.wall_us),
        .stan = ++desk->stan,
        .settlement = DESK_MMDD,
        .forwarder = DESK_SWITCH,
        .addressee = DESK_ISSUER,
        .currency = {'1', '5', '6'},
        .totals = *totals,
    };
    return op;
}

static const char *element(const struct desk *desk, unsigned de)
{
    static char text[32];
    struct iso_message answer = desk_latest(desk);
    struct iso_value value = iso_message_get(&answer, de);
    snprintf(text, sizeof text, "%.*s", (int)value.len,
             value.data != NULL ? (const char *)value.data : "");
    return text;
}

static void counts_what_it_posts_once(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 400, 2);
    struct operation credit = credit_of(&desk, &freeze, BOB, 2, 300, 3);
    for (int round = 0; round < 2; round++) { /* the second are repeats */
        ASSERT_CODE(&desk, &freeze, "00");
        ASSERT_CODE(&desk, &debit, "00");
        ASSERT_CODE(&desk, &credit, "00");
    }
    struct totals own = book_at(&desk, DESK_DATE).own;
    CU_ASSERT_EQUAL(own.number[TOTALS_AUTHORISATIONS], 1);
    CU_ASSERT_EQUAL(own.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(own.amount_minor[TOTALS_DEBITS], 400);
    CU_ASSERT_EQUAL(own.number[TOTALS_CREDITS], 1);
    CU_ASSERT_EQUAL(totals_net(&own), -100);
    desk_close(&desk);
}

static void counts_a_reversal_of_what_came_and_none_of_what_did_not(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation came = debit_of(&desk, &freeze, 1, 400, 2);
    struct operation never = debit_of(&desk, &freeze, 2, 500, 3);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &came, "00");
    struct operation one = about(&desk, &came), other = about(&desk, &never);
    struct operation again = about(&desk, &came); /* under another key */
    ASSERT_CODE(&desk, &one, "00");
    ASSERT_CODE(&desk, &again, "00");
    ASSERT_CODE(&desk, &other, "00");
    ASSERT_CODE(&desk, &never, "22");
    struct totals own = book_at(&desk, DESK_DATE).own;
    CU_ASSERT_EQUAL(own.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(own.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(own.amount_minor[TOTALS_DEBIT_REVERSALS], 400);
    CU_ASSERT_EQUAL(totals_net(&own), 0);
    desk_close(&desk);
}

static void counts_a_confirmation_that_posts_as_the_credit(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation seen = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation unseen = credit_of(&desk, &freeze, BOB, 2, 200, 3);
    ASSERT_CODE(&desk, &seen, "00");
    struct operation one = about(&desk, &seen), other = about(&desk, &unseen);
    ASSERT_CODE(&desk, &one, "00");
    ASSERT_CODE(&desk, &other, "A4");
    ASSERT_CODE(&desk, &unseen, "00"); /* late: posts nothing */
    struct totals own = book_at(&desk, DESK_DATE).own;
    CU_ASSERT_EQUAL(own.number[TOTALS_CREDITS], 2);
    CU_ASSERT_EQUAL(own.amount_minor[TOTALS_CREDITS], 500);
    desk_close(&desk);
}

static void counts_on_the_date_that_the_message_carries(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 400, 2);
    debit.settlement = 101;
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    CU_ASSERT_EQUAL(book_at(&desk, DESK_DATE).own.number[TOTALS_DEBITS], 0);
    CU_ASSERT_EQUAL(book_at(&desk, 20270101).own.number[TOTALS_DEBITS], 1);
    desk_close(&desk);
}

static void counts_nothing_that_it_refuses(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, EMMA, 1000, 2, 1);
    CU_ASSERT_STRING_NOT_EQUAL(desk_ask(&desk, &freeze).code, "00");
    CU_ASSERT_EQUAL(book_at(&desk, DESK_DATE).own.number[TOTALS_AUTHORISATIONS], 0);
    desk_close(&desk);
}

static void says_that_both_agree(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation credit = credit_of(&desk, &freeze, BOB, 2, 300, 3);
    struct totals totals = {0};
    totals_count(&totals, TOTALS_CREDITS, 300);
    totals_count(&totals, TOTALS_DEBITS, 50); /* reversed, and never came here */
    totals_count(&totals, TOTALS_DEBIT_REVERSALS, 50);
    ASSERT_CODE(&desk, &credit, "00");
    struct operation asked = totals_of(&desk, &totals);
    struct reply reply = desk_ask(&desk, &asked);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0530");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    CU_ASSERT_STRING_EQUAL(reply.settlement, "1231");
    CU_ASSERT_STRING_EQUAL(element(&desk, 66), "1");
    CU_ASSERT_STRING_EQUAL(element(&desk, 86), "");
    CU_ASSERT_STRING_EQUAL(element(&desk, 33), "00010000");
    CU_ASSERT_STRING_EQUAL(element(&desk, 100), "00095550001");
    CU_ASSERT_EQUAL(book_at(&desk, DESK_DATE).state, TOTALS_AGREED);
    desk_close(&desk);
}

static void says_its_own_when_they_differ(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation credit = credit_of(&desk, &freeze, BOB, 2, 300, 3);
    struct totals totals = {0};
    totals_count(&totals, TOTALS_CREDITS, 301);
    ASSERT_CODE(&desk, &credit, "00");
    struct operation asked = totals_of(&desk, &totals);
    ASSERT_CODE(&desk, &asked, "00");
    CU_ASSERT_STRING_EQUAL(element(&desk, 66), "2");
    CU_ASSERT_STRING_EQUAL(element(&desk, 74), "0000000001");
    CU_ASSERT_STRING_EQUAL(element(&desk, 86), "0000000000000300");
    CU_ASSERT_STRING_EQUAL(element(&desk, 97), "C0000000000000300");
    struct totals_book book = book_at(&desk, DESK_DATE);
    CU_ASSERT_EQUAL(book.state, TOTALS_DIFFERS);
    CU_ASSERT_EQUAL(book.theirs.amount_minor[TOTALS_CREDITS], 301);
    desk_close(&desk);
}

/* Also after a restart, and whatever has been posted since; another question is another matter. */
static void answers_a_repeat_as_before(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation credit = credit_of(&desk, &freeze, BOB, 2, 300, 3);
    struct totals totals = {0};
    totals_count(&totals, TOTALS_CREDITS, 300);
    struct operation asked = totals_of(&desk, &totals);
    ASSERT_CODE(&desk, &asked, "00");
    CU_ASSERT_STRING_EQUAL(element(&desk, 66), "2");
    ASSERT_CODE(&desk, &credit, "00");
    uint64_t entries = journal_of(&desk).count;
    desk_restart(&desk);
    ASSERT_CODE(&desk, &asked, "00");
    CU_ASSERT_STRING_EQUAL(element(&desk, 66), "2");
    CU_ASSERT_STRING_EQUAL(element(&desk, 86), "0000000000000000");
    CU_ASSERT_EQUAL(journal_of(&desk).count, entries);
    struct operation anew = totals_of(&desk, &totals);
    ASSERT_CODE(&desk, &anew, "00");
    CU_ASSERT_STRING_EQUAL(element(&desk, 66), "1");
    desk_close(&desk);
}

static void refuses_totals_of_somebody_else_or_of_no_date(void)
{
    struct desk desk;
    desk_open(&desk);
    struct totals none = {0};
    struct operation other = totals_of(&desk, &none), no_date = totals_of(&desk, &none);
    other.addressee.number++;
    no_date.settlement = 1399;
    ASSERT_CODE(&desk, &other, "30");
    ASSERT_CODE(&desk, &no_date, "30");
    CU_ASSERT_EQUAL(book_at(&desk, DESK_DATE).state, TOTALS_OPEN);
    desk_close(&desk);
}

SUITE(CASE(counts_what_it_posts_once),
      CASE(counts_a_reversal_of_what_came_and_none_of_what_did_not),
      CASE(counts_a_confirmation_that_posts_as_the_credit),
      CASE(counts_on_the_date_that_the_message_carries), CASE(counts_nothing_that_it_refuses),
      CASE(says_that_both_agree), CASE(says_its_own_when_they_differ),
      CASE(answers_a_repeat_as_before), CASE(refuses_totals_of_somebody_else_or_of_no_date))
