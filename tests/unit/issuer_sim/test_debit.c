/* The sender's side: debits of a freeze, one for each share. */
#include "desk.h"

static void debits_shares_until_nothing_remains_and_stays_open(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation first = debit_of(&desk, &freeze, 1, 400, 2);
    struct operation second = debit_of(&desk, &freeze, 2, 600, 3);
    struct reply reply = desk_ask(&desk, &first);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0210");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 600);
    ASSERT_CODE(&desk, &second, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 0);
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 1000, 0, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 600);
    CU_ASSERT_EQUAL(journal.last.sender_issuer, DESK_ISSUER.number);
    desk_close(&desk);
}

static void refuses_a_debit_of_more_than_remains(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation first = debit_of(&desk, &freeze, 1, 400, 2);
    struct operation over = debit_of(&desk, &freeze, 2, 601, 3);
    ASSERT_CODE(&desk, &first, "00");
    ASSERT_CODE(&desk, &over, "61");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 400, 0, 600);
    desk_close(&desk);
}

static void refuses_a_debit_of_nothing(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation debit = debit_of(&desk, &freeze, 1, 0, 2);
    ASSERT_CODE(&desk, &debit, "13");
    desk_close(&desk);
}

static void refuses_a_debit_of_an_unknown_freeze(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 100, 2);
    ASSERT_CODE(&desk, &debit, "25");
    desk_close(&desk);
}

static void refuses_a_debit_of_a_refused_a_reversed_and_a_closed_freeze(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation refused = freeze_of(&desk, EMMA, 100, 1, 1);
    struct operation reversed = freeze_of(&desk, ANN, 100, 1, 2);
    struct operation closed = freeze_of(&desk, ANN, 100, 1, 3);
    struct operation reversal = about(&desk, &reversed);
    struct operation unfreeze = unfreeze_of(&desk, &closed, 100);
    ASSERT_CODE(&desk, &refused, "51");
    ASSERT_CODE(&desk, &reversed, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &closed, "00");
    ASSERT_CODE(&desk, &unfreeze, "00");
    const struct operation *over[] = {&refused, &reversed, &closed};
    for (uint32_t i = 0; i < 3; i++) {
        struct operation debit = debit_of(&desk, over[i], 1, 100, 10 + i);
        ASSERT_CODE(&desk, &debit, "22");
    }
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

/* Each bends one thing that names the freeze; all get 12 and change nothing. */
static void refuses_debits_that_name_the_freeze_wrongly(void)
{
    enum { WRONG = 10 };
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation wrong[WRONG];
    for (uint32_t i = 0; i < WRONG; i++)
        wrong[i] = debit_of(&desk, &freeze, 1, 100, 10 + i);
    wrong[0].original.stan++;
    wrong[1].original.transmission--;
    wrong[2].original.acquirer++;
    wrong[3].original.forwarder++;
    wrong[4].original.mti = 200;
    wrong[5].reference.share = 0;
    wrong[6].reference.share = 3;
    wrong[7].reference.shares = 3;
    wrong[8].card = wrong[8].sender = pan_of(BOB);
    memcpy(wrong[9].currency, "840", 3);
    for (int i = 0; i < WRONG; i++)
        ASSERT_CODE(&desk, &wrong[i], "12");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    desk_close(&desk);
}

static void books_a_debit_of_the_day_before_to_that_day(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    CU_ASSERT_TRUE(party_cutover(issuer_party(desk.issuer), 20270101, NULL, NULL));
    struct fault fault;
    CU_ASSERT_EQUAL(store_drain(desk.store, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(party_business_date(issuer_party(desk.issuer)), 20270101);
    struct operation debit = debit_of(&desk, &freeze, 1, 100, 2);
    ASSERT_CODE(&desk, &debit, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.settlement_date, DESK_DATE);
    desk_close(&desk);
}

static void refuses_a_debit_before_it_has_signed_on_for_good(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 100, 2);
    ASSERT_CODE(&desk, &freeze, "00");
    party_sign_off(issuer_party(desk.issuer), 0);
    ASSERT_CODE(&desk, &debit, "91");
    desk_restart(&desk);
    ASSERT_CODE(&desk, &debit, "91");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&desk);
}

SUITE(CASE(debits_shares_until_nothing_remains_and_stays_open),
      CASE(refuses_a_debit_of_more_than_remains), CASE(refuses_a_debit_of_nothing),
      CASE(refuses_a_debit_of_an_unknown_freeze),
      CASE(refuses_a_debit_of_a_refused_a_reversed_and_a_closed_freeze),
      CASE(refuses_debits_that_name_the_freeze_wrongly),
      CASE(books_a_debit_of_the_day_before_to_that_day),
      CASE(refuses_a_debit_before_it_has_signed_on_for_good))
