/* The sender's side: freezing and releasing; what is refused and why. */
#include "desk.h"

/* --- freeze ----------------------------------------------------------------------------------- */

static void freezes_what_is_available(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 8888, 3, 17);
    struct reply reply = desk_ask(&desk, &freeze);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0110");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    CU_ASSERT_STRING_EQUAL(reply.settlement, "1231");
    CU_ASSERT_STRING_EQUAL(reply.authorisation, "000017");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 8888, 8888);
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 8888);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 8888);
    CU_ASSERT_EQUAL(journal.last.available_minor, ANN_OPENING - 8888);
    CU_ASSERT_EQUAL(journal.last.frozen_minor, 8888);
    CU_ASSERT_EQUAL(journal.last.sender_issuer, DESK_ISSUER.number);
    CU_ASSERT_EQUAL(journal.last.receiver_issuer, 0);
    CU_ASSERT_EQUAL(journal.last.settlement_date, DESK_DATE);
    CU_ASSERT_EQUAL(memcmp(journal.last.authorisation, "000017", 6), 0);
    CU_ASSERT_TRUE(journal.last_message_len > 100);
    desk_close(&desk);
}

static void freezes_the_whole_balance_and_not_one_more(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation over = freeze_of(&desk, BOB, BOB_OPENING + 1, 1, 1);
    ASSERT_CODE(&desk, &over, "51");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    ASSERT_FREEZE(&desk, &over, FREEZE_REFUSED, 0, 0, 0);
    struct operation all = freeze_of(&desk, BOB, BOB_OPENING, 1, 2);
    ASSERT_CODE(&desk, &all, "00");
    ASSERT_ACCOUNT(&desk, BOB, 0, BOB_OPENING);
    desk_close(&desk);
}

static void books_a_freeze_without_de_15_to_the_business_date(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    freeze.settlement = 0;
    CU_ASSERT_STRING_EQUAL(desk_ask(&desk, &freeze).settlement, "1231");
    CU_ASSERT_EQUAL(freeze_at(&desk, &freeze).settlement_date, DESK_DATE);
    desk_close(&desk);
}

static void books_to_the_date_of_de_15_across_the_new_year(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    freeze.settlement = 101;
    CU_ASSERT_STRING_EQUAL(desk_ask(&desk, &freeze).settlement, "0101");
    CU_ASSERT_EQUAL(freeze_at(&desk, &freeze).settlement_date, 20270101);
    CU_ASSERT_EQUAL(journal_of(&desk).last.settlement_date, 20270101);
    desk_close(&desk);
}

static void refuses_a_freeze_of_an_unknown_card(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, NOBODY, 100, 1, 1);
    ASSERT_CODE(&desk, &freeze, "14");
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_REFUSED);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 0);
    CU_ASSERT_STRING_EQUAL(journal.last.note, "no account of this card");
    desk_close(&desk);
}

static void refuses_a_freeze_of_a_restricted_account(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, RICK, 100, 1, 1);
    ASSERT_CODE(&desk, &freeze, "62");
    ASSERT_ACCOUNT(&desk, RICK, RICK_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_freeze_of_less_than_one_unit_a_share(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation none = freeze_of(&desk, ANN, 0, 1, 1), few = freeze_of(&desk, ANN, 4, 5, 2);
    ASSERT_CODE(&desk, &none, "13");
    ASSERT_CODE(&desk, &few, "13");
    desk_close(&desk);
}

static void refuses_a_freeze_of_twelve_digits_before_asking_for_funds(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, FREEZE_AMOUNT_MAX_MINOR + 1, 1, 1);
    ASSERT_CODE(&desk, &freeze, "13");
    freeze = freeze_of(&desk, ANN, FREEZE_AMOUNT_MAX_MINOR, 1, 2);
    ASSERT_CODE(&desk, &freeze, "51");
    desk_close(&desk);
}

static void refuses_a_freeze_in_a_foreign_currency(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    memcpy(freeze.currency, "840", 3);
    ASSERT_CODE(&desk, &freeze, "13");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_freeze_whose_two_cards_differ(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    freeze.sender = pan_of(BOB);
    ASSERT_CODE(&desk, &freeze, "12");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_freeze_in_another_wallets_name_without_using_the_name(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1), foreign = freeze;
    foreign.forwarder.number = OTHER_WALLET;
    ASSERT_CODE(&desk, &foreign, "12");
    ASSERT_CODE(&desk, &freeze, "00");
    desk_close(&desk);
}

static void refuses_a_used_name_even_after_a_refusal(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation first = freeze_of(&desk, EMMA, 100, 1, 1);
    ASSERT_CODE(&desk, &first, "51");
    struct operation second = freeze_of(&desk, ANN, 100, 1, 1);
    second.stan = 2;
    ASSERT_CODE(&desk, &second, "94");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_used_name_after_a_reversal(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation first = freeze_of(&desk, ANN, 100, 1, 1), reversal = about(&desk, &first);
    ASSERT_CODE(&desk, &first, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    struct operation second = freeze_of(&desk, ANN, 100, 1, 1);
    second.stan = 2;
    ASSERT_CODE(&desk, &second, "94");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_freeze_that_is_a_share_and_keeps_no_trace(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 2, 1), share = freeze;
    uint64_t before = journal_of(&desk).count;
    share.reference.share = 1;
    ASSERT_CODE(&desk, &share, "30");
    CU_ASSERT_EQUAL(journal_of(&desk).count, before);
    ASSERT_CODE(&desk, &freeze, "00");
    desk_close(&desk);
}

static void refuses_an_impossible_de_15_and_keeps_no_trace(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation debit = debit_of(&desk, &freeze, 1, 100, 2), good = debit;
    debit.settlement = 1301;
    ASSERT_CODE(&desk, &debit, "30");
    ASSERT_CODE(&desk, &good, "00");
    desk_close(&desk);
}

static void refuses_requests_that_no_issuer_takes(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    uint64_t before = journal_of(&desk).count;
    struct operation claim = leg_of(&desk, &freeze, OPERATION_CLAIM, BOB, 1, 100, 2);
    claim.sender = (struct pan){0};
    ASSERT_CODE(&desk, &claim, "30");
    CU_ASSERT_EQUAL(journal_of(&desk).count, before);
    desk_close(&desk);
}

static void refuses_new_transactions_before_it_has_signed_on_for_good(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    party_sign_off(issuer_party(desk.issuer), 0);
    ASSERT_CODE(&desk, &freeze, "91");
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 50, 2);
    ASSERT_CODE(&desk, &credit, "91");
    desk_restart(&desk);
    ASSERT_CODE(&desk, &freeze, "91");
    ASSERT_CODE(&desk, &credit, "91");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    desk_close(&desk);
}

static void takes_notices_and_reversals_before_it_has_signed_on(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 100, 1, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 60, 2), reversal = about(&desk, &debit);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 100);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    party_sign_off(issuer_party(desk.issuer), 0);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &unfreeze, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

/* --- unfreeze --------------------------------------------------------------------------------- */

static void releases_what_remains_and_closes(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 400, 2);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 600);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    struct reply reply = desk_ask(&desk, &unfreeze);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0230");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    ASSERT_FREEZE(&desk, &freeze, FREEZE_CLOSED, 400, 600, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 600);
    CU_ASSERT_STRING_EQUAL(journal.last.note, "");
    desk_close(&desk);
}

static void releases_its_own_remainder_whatever_de_4_says(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 999);
    ASSERT_CODE(&desk, &freeze, "00");
    unsigned warnings = desk.warnings;
    ASSERT_CODE(&desk, &unfreeze, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 1000);
    CU_ASSERT_STRING_EQUAL(journal.last.note, "DE 4 says 999, released 1000");
    CU_ASSERT_EQUAL(desk.warnings, warnings + 1);
    CU_ASSERT_EQUAL(issuer_view(desk.issuer).other_amounts, 1);
    desk_close(&desk);
}

static void closes_a_freeze_of_which_nothing_remains(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 1, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 1000, 2);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 0);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    ASSERT_CODE(&desk, &unfreeze, "00");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_CLOSED, 1000, 0, 0);
    CU_ASSERT_EQUAL(issuer_view(desk.issuer).other_amounts, 0);
    desk_close(&desk);
}

static void answers_a_second_unfreeze_under_another_key_without_an_effect(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 1, 1);
    struct operation first = unfreeze_of(&desk, &freeze, 1000);
    struct operation second = unfreeze_of(&desk, &freeze, 1000);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &first, "00");
    ASSERT_CODE(&desk, &second, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    CU_ASSERT_EQUAL(journal_of(&desk).last.moved_minor, 0);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_an_unfreeze_of_what_it_does_not_know_or_was_reversed(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation unknown = freeze_of(&desk, ANN, 100, 1, 1);
    struct operation reversed = freeze_of(&desk, ANN, 100, 1, 2);
    struct operation reversal = about(&desk, &reversed);
    struct operation no_original = unfreeze_of(&desk, &unknown, 100);
    struct operation too_late = unfreeze_of(&desk, &reversed, 100);
    ASSERT_CODE(&desk, &no_original, "25");
    ASSERT_CODE(&desk, &reversed, "00");
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_CODE(&desk, &too_late, "22");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_unfreezes_that_name_the_freeze_wrongly(void)
{
    enum { WRONG = 4 };
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation wrong[WRONG];
    for (int i = 0; i < WRONG; i++)
        wrong[i] = unfreeze_of(&desk, &freeze, 1000);
    wrong[0].original.stan++;
    wrong[1].reference.share = 1;
    wrong[2].reference.shares = 1;
    wrong[3].card = wrong[3].sender = pan_of(BOB);
    for (int i = 0; i < WRONG; i++)
        ASSERT_CODE(&desk, &wrong[i], "12");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 1000);
    desk_close(&desk);
}

SUITE(CASE(freezes_what_is_available), CASE(freezes_the_whole_balance_and_not_one_more),
      CASE(books_a_freeze_without_de_15_to_the_business_date),
      CASE(books_to_the_date_of_de_15_across_the_new_year),
      CASE(refuses_a_freeze_of_an_unknown_card), CASE(refuses_a_freeze_of_a_restricted_account),
      CASE(refuses_a_freeze_of_less_than_one_unit_a_share),
      CASE(refuses_a_freeze_of_twelve_digits_before_asking_for_funds),
      CASE(refuses_a_freeze_in_a_foreign_currency), CASE(refuses_a_freeze_whose_two_cards_differ),
      CASE(refuses_a_freeze_in_another_wallets_name_without_using_the_name),
      CASE(refuses_a_used_name_even_after_a_refusal), CASE(refuses_a_used_name_after_a_reversal),
      CASE(refuses_a_freeze_that_is_a_share_and_keeps_no_trace),
      CASE(refuses_an_impossible_de_15_and_keeps_no_trace),
      CASE(refuses_requests_that_no_issuer_takes),
      CASE(refuses_new_transactions_before_it_has_signed_on_for_good),
      CASE(takes_notices_and_reversals_before_it_has_signed_on),
      CASE(releases_what_remains_and_closes), CASE(releases_its_own_remainder_whatever_de_4_says),
      CASE(closes_a_freeze_of_which_nothing_remains),
      CASE(answers_a_second_unfreeze_under_another_key_without_an_effect),
      CASE(refuses_an_unfreeze_of_what_it_does_not_know_or_was_reversed),
      CASE(refuses_unfreezes_that_name_the_freeze_wrongly))
