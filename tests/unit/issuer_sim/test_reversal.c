/* Reversals of debits and freezes: what they give back, tombstones, second ones, mismatches. */
#include "desk.h"

/* Ann's freeze of 1000 in two shares with a debit of 400 that stands. */
struct scene {
    struct desk desk;
    struct operation freeze, debit;
};

static void scene_open(struct scene *scene)
{
    desk_open(&scene->desk);
    scene->freeze = freeze_of(&scene->desk, ANN, 1000, 2, 1);
    scene->debit = debit_of(&scene->desk, &scene->freeze, 1, 400, 2);
    ASSERT_CODE(&scene->desk, &scene->freeze, "00");
    ASSERT_CODE(&scene->desk, &scene->debit, "00");
}

/* --- debit reversal --------------------------------------------------------------------------- */

static void gives_a_reversed_debit_back_to_its_freeze(void)
{
    struct scene s;
    scene_open(&s);
    struct operation reversal = about(&s.desk, &s.debit);
    struct reply reply = desk_ask(&s.desk, &reversal);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0430");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING - 1000, 1000);
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 0, 0, 1000);
    struct journal_view journal = journal_of(&s.desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 400);
    CU_ASSERT_EQUAL(journal.last.operation.kind, OPERATION_DEBIT_REVERSAL);
    CU_ASSERT_EQUAL(journal.last.sender_issuer, DESK_ISSUER.number);
    desk_close(&s.desk);
}

static void gives_a_reversed_debit_back_to_available_when_the_freeze_is_closed(void)
{
    struct scene s;
    scene_open(&s);
    struct operation unfreeze = unfreeze_of(&s.desk, &s.freeze, 600);
    struct operation reversal = about(&s.desk, &s.debit);
    ASSERT_CODE(&s.desk, &unfreeze, "00");
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING - 400, 0);
    ASSERT_CODE(&s.desk, &reversal, "00");
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING, 0);
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_CLOSED, 0, 1000, 0);
    desk_close(&s.desk);
}

static void lets_a_share_be_debited_anew_after_its_reversal(void)
{
    struct scene s;
    scene_open(&s);
    struct operation reversal = about(&s.desk, &s.debit);
    struct operation anew = debit_of(&s.desk, &s.freeze, 1, 1000, 3);
    ASSERT_CODE(&s.desk, &reversal, "00");
    ASSERT_CODE(&s.desk, &anew, "00");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 1000, 0, 0);
    /* The first debit is over: its repeat still gets what it got, and moves nothing. */
    ASSERT_CODE(&s.desk, &s.debit, "00");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 1000, 0, 0);
    desk_close(&s.desk);
}

static void reverses_a_refused_debit_without_an_effect(void)
{
    struct scene s;
    scene_open(&s);
    struct operation over = debit_of(&s.desk, &s.freeze, 2, 601, 3);
    struct operation reversal = about(&s.desk, &over);
    ASSERT_CODE(&s.desk, &over, "61");
    ASSERT_CODE(&s.desk, &reversal, "00");
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.event, JOURNAL_RECORDED);
    ASSERT_CODE(&s.desk, &over, "61");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 400, 0, 600);
    desk_close(&s.desk);
}

static void a_second_debit_reversal_under_another_key_does_nothing(void)
{
    struct scene s;
    scene_open(&s);
    struct operation first = about(&s.desk, &s.debit), second = about(&s.desk, &s.debit);
    ASSERT_CODE(&s.desk, &first, "00");
    ASSERT_CODE(&s.desk, &second, "00");
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.event, JOURNAL_RECORDED);
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.moved_minor, 0);
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&s.desk);
}

static void a_repeated_debit_reversal_gives_back_once_across_restarts(void)
{
    struct scene s;
    scene_open(&s);
    struct operation reversal = about(&s.desk, &s.debit);
    for (int i = 0; i < 3; i++) {
        ASSERT_CODE(&s.desk, &reversal, "00");
        desk_restart(&s.desk);
    }
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&s.desk);
}

static void an_unknown_debit_reversed_leaves_a_tombstone_and_the_debit_gets_22(void)
{
    struct scene s;
    scene_open(&s);
    struct operation late = debit_of(&s.desk, &s.freeze, 2, 100, 3);
    struct operation reversal = about(&s.desk, &late), second = about(&s.desk, &late);
    ASSERT_CODE(&s.desk, &reversal, "00");
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.event, JOURNAL_RECORDED);
    desk_restart(&s.desk);
    ASSERT_CODE(&s.desk, &late, "22");
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.event, JOURNAL_REFUSED);
    uint64_t entries = journal_of(&s.desk).count;
    ASSERT_CODE(&s.desk, &late, "22");
    CU_ASSERT_EQUAL(journal_of(&s.desk).count, entries);
    struct operation other = late;
    other.amount_minor++;
    ASSERT_CODE(&s.desk, &other, "94");
    ASSERT_CODE(&s.desk, &second, "00");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 400, 0, 600);
    desk_close(&s.desk);
}

static void a_debit_reversal_of_an_unknown_freeze_leaves_a_tombstone_too(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 100, 2), reversal = about(&desk, &debit);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "22");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&desk);
}

static void refuses_debit_reversals_that_differ_from_the_debit(void)
{
    enum { WRONG = 8 };
    struct scene s;
    scene_open(&s);
    struct operation wrong[WRONG];
    for (int i = 0; i < WRONG; i++)
        wrong[i] = about(&s.desk, &s.debit);
    wrong[0].amount_minor = 401;
    wrong[1].reference.sequence++;
    wrong[2].reference.share = 2;
    wrong[3].reference.shares = 3;
    wrong[4].acquirer.number++;
    wrong[5].card = wrong[5].sender = pan_of(BOB);
    wrong[6].card = pan_of(BOB);
    wrong[7].original.mti = 100;
    for (int i = 0; i < WRONG; i++) {
        ASSERT_CODE(&s.desk, &wrong[i], "12");
        ASSERT_CODE(&s.desk, &wrong[i], "12");
    }
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 400, 0, 600);
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING - 1000, 600);
    ASSERT_ACCOUNT(&s.desk, BOB, BOB_OPENING, 0);
    struct operation right = about(&s.desk, &s.debit);
    ASSERT_CODE(&s.desk, &right, "00");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&s.desk);
}

static void refuses_a_second_debit_reversal_that_differs_from_the_tombstone(void)
{
    struct scene s;
    scene_open(&s);
    struct operation late = debit_of(&s.desk, &s.freeze, 2, 100, 3);
    struct operation reversal = about(&s.desk, &late), second = about(&s.desk, &late);
    second.amount_minor = 99;
    ASSERT_CODE(&s.desk, &reversal, "00");
    ASSERT_CODE(&s.desk, &second, "12");
    desk_close(&s.desk);
}

static void refuses_a_reversal_whose_de_32_is_not_that_of_its_de_90(void)
{
    struct scene s;
    scene_open(&s);
    struct operation late = debit_of(&s.desk, &s.freeze, 2, 100, 3),
                     reversal = about(&s.desk, &late);
    reversal.acquirer.number++;
    ASSERT_CODE(&s.desk, &reversal, "12");
    ASSERT_CODE(&s.desk, &late, "00");
    desk_close(&s.desk);
}

static void books_a_reversal_to_the_day_of_its_debit(void)
{
    struct scene s;
    scene_open(&s);
    CU_ASSERT_TRUE(party_cutover(issuer_party(s.desk.issuer), 20270101, NULL, NULL));
    struct fault fault;
    CU_ASSERT_EQUAL(store_drain(s.desk.store, &fault), RESULT_OK);
    struct operation reversal = about(&s.desk, &s.debit);
    CU_ASSERT_STRING_EQUAL(desk_ask(&s.desk, &reversal).settlement, "1231");
    CU_ASSERT_EQUAL(journal_of(&s.desk).last.settlement_date, DESK_DATE);
    desk_close(&s.desk);
}

/* --- freeze reversal -------------------------------------------------------------------------- */

static void gives_back_all_of_a_reversed_freeze(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1), reversal = about(&desk, &freeze);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    ASSERT_FREEZE(&desk, &freeze, FREEZE_REVERSED, 0, 1000, 0);
    CU_ASSERT_EQUAL(journal_of(&desk).last.moved_minor, 1000);
    desk_close(&desk);
}

static void refuses_to_reverse_a_freeze_while_a_debit_stands(void)
{
    struct scene s;
    scene_open(&s);
    struct operation early = about(&s.desk, &s.freeze);
    ASSERT_CODE(&s.desk, &early, "22");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_FROZEN, 400, 0, 600);
    struct operation debit_reversal = about(&s.desk, &s.debit);
    struct operation again = about(&s.desk, &s.freeze);
    ASSERT_CODE(&s.desk, &debit_reversal, "00");
    ASSERT_CODE(&s.desk, &again, "00");
    ASSERT_ACCOUNT(&s.desk, ANN, ANN_OPENING, 0);
    ASSERT_CODE(&s.desk, &early, "22");
    desk_close(&s.desk);
}

static void refuses_to_reverse_a_closed_freeze_of_which_a_debit_stands(void)
{
    struct scene s;
    scene_open(&s);
    struct operation unfreeze = unfreeze_of(&s.desk, &s.freeze, 600);
    struct operation reversal = about(&s.desk, &s.freeze);
    ASSERT_CODE(&s.desk, &unfreeze, "00");
    ASSERT_CODE(&s.desk, &reversal, "22");
    ASSERT_FREEZE(&s.desk, &s.freeze, FREEZE_CLOSED, 400, 600, 0);
    desk_close(&s.desk);
}

static void reverses_an_untouched_closed_freeze_without_an_effect(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 1000), reversal = about(&desk, &freeze);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &unfreeze, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void a_second_freeze_reversal_under_another_key_does_nothing(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation first = about(&desk, &freeze), second = about(&desk, &freeze);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &first, "00");
    desk_restart(&desk);
    ASSERT_CODE(&desk, &second, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void an_unknown_freeze_reversed_leaves_a_tombstone_and_the_freeze_gets_22(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation first = about(&desk, &freeze), second = about(&desk, &freeze);
    ASSERT_CODE(&desk, &first, "00");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_REVERSED, 0, 0, 0);
    desk_restart(&desk);
    ASSERT_CODE(&desk, &freeze, "22");
    ASSERT_CODE(&desk, &freeze, "22");
    ASSERT_CODE(&desk, &second, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    struct operation debit = debit_of(&desk, &freeze, 1, 1, 5);
    ASSERT_CODE(&desk, &debit, "22");
    struct operation another = freeze;
    another.stan = 77;
    ASSERT_CODE(&desk, &another, "94");
    desk_close(&desk);
}

static void reverses_a_freeze_that_was_refused_for_its_used_name(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1), other = freeze;
    other.stan = 2;
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &other, "94");
    struct operation reversal = about(&desk, &other);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&desk);
}

static void refuses_freeze_reversals_that_differ_from_the_freeze(void)
{
    enum { WRONG = 8 };
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation wrong[WRONG];
    for (int i = 0; i < WRONG; i++)
        wrong[i] = about(&desk, &freeze);
    wrong[0].amount_minor = 999;
    wrong[1].reference.sequence++;
    wrong[2].reference.share = 1;
    wrong[3].reference.shares = 3;
    wrong[4].acquirer.number++;
    wrong[5].card = wrong[5].sender = pan_of(BOB);
    wrong[6].original.stan++;
    wrong[7].original.mti = 200;
    for (int i = 0; i < WRONG; i++)
        ASSERT_CODE(&desk, &wrong[i], "12");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

static void refuses_to_bury_a_freeze_under_another_wallets_name(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1), reversal = about(&desk, &freeze);
    reversal.original.forwarder = OTHER_WALLET;
    ASSERT_CODE(&desk, &reversal, "12");
    ASSERT_CODE(&desk, &freeze, "00");
    desk_close(&desk);
}

static void books_a_freeze_reversal_without_de_15_to_the_day_of_the_freeze(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1), reversal = about(&desk, &freeze);
    ASSERT_CODE(&desk, &freeze, "00");
    CU_ASSERT_TRUE(party_cutover(issuer_party(desk.issuer), 20270101, NULL, NULL));
    struct fault fault;
    CU_ASSERT_EQUAL(store_drain(desk.store, &fault), RESULT_OK);
    reversal.settlement = 0;
    CU_ASSERT_STRING_EQUAL(desk_ask(&desk, &reversal).settlement, "1231");
    CU_ASSERT_EQUAL(journal_of(&desk).last.settlement_date, DESK_DATE);
    desk_close(&desk);
}

SUITE(CASE(gives_a_reversed_debit_back_to_its_freeze),
      CASE(gives_a_reversed_debit_back_to_available_when_the_freeze_is_closed),
      CASE(lets_a_share_be_debited_anew_after_its_reversal),
      CASE(reverses_a_refused_debit_without_an_effect),
      CASE(a_second_debit_reversal_under_another_key_does_nothing),
      CASE(a_repeated_debit_reversal_gives_back_once_across_restarts),
      CASE(an_unknown_debit_reversed_leaves_a_tombstone_and_the_debit_gets_22),
      CASE(a_debit_reversal_of_an_unknown_freeze_leaves_a_tombstone_too),
      CASE(refuses_debit_reversals_that_differ_from_the_debit),
      CASE(refuses_a_second_debit_reversal_that_differs_from_the_tombstone),
      CASE(refuses_a_reversal_whose_de_32_is_not_that_of_its_de_90),
      CASE(books_a_reversal_to_the_day_of_its_debit), CASE(gives_back_all_of_a_reversed_freeze),
      CASE(refuses_to_reverse_a_freeze_while_a_debit_stands),
      CASE(refuses_to_reverse_a_closed_freeze_of_which_a_debit_stands),
      CASE(reverses_an_untouched_closed_freeze_without_an_effect),
      CASE(a_second_freeze_reversal_under_another_key_does_nothing),
      CASE(an_unknown_freeze_reversed_leaves_a_tombstone_and_the_freeze_gets_22),
      CASE(reverses_a_freeze_that_was_refused_for_its_used_name),
      CASE(refuses_freeze_reversals_that_differ_from_the_freeze),
      CASE(refuses_to_bury_a_freeze_under_another_wallets_name),
      CASE(books_a_freeze_reversal_without_de_15_to_the_day_of_the_freeze))
