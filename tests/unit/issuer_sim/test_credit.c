/* The receiver's side: credits and their confirmations, before, behind and instead of each other;
 * the suspense account. */
#include "desk.h"

/* A freeze at another issuer, of which shares are credited here. */
static struct operation foreign_freeze(const struct desk *desk)
{
    return freeze_of(desk, FOREIGN, 5000, 9, 1);
}

/* --- credit ----------------------------------------------------------------------------------- */

static void credits_the_receiver(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct reply reply = desk_ask(&desk, &credit);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0210");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    CU_ASSERT_STRING_EQUAL(reply.authorisation, "");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 300);
    CU_ASSERT_EQUAL(journal.last.available_minor, BOB_OPENING + 300);
    CU_ASSERT_EQUAL(journal.last.receiver_issuer, DESK_ISSUER.number);
    CU_ASSERT_EQUAL(journal.last.sender_issuer, 0);
    desk_close(&desk);
}

static void sends_from_one_card_to_itself(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 300, 1, 1);
    struct operation debit = leg_of(&desk, &freeze, OPERATION_DEBIT, ANN, 1, 300, 2);
    struct operation credit = leg_of(&desk, &freeze, OPERATION_CREDIT, ANN, 1, 300, 2);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    ASSERT_CODE(&desk, &credit, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void repeated_credits_post_once_across_restarts(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2), other = credit;
    for (int i = 0; i < 3; i++) {
        ASSERT_CODE(&desk, &credit, "00");
        desk_restart(&desk);
    }
    other.amount_minor = 301;
    ASSERT_CODE(&desk, &other, "94");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void refuses_credits_that_no_account_can_take(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation unknown = credit_of(&desk, &freeze, NOBODY, 1, 300, 2);
    struct operation restricted = credit_of(&desk, &freeze, RICK, 1, 300, 3);
    struct operation nothing = credit_of(&desk, &freeze, BOB, 1, 0, 4);
    struct operation huge = credit_of(&desk, &freeze, BOB, 1, FREEZE_AMOUNT_MAX_MINOR + 1, 5);
    struct operation foreign = credit_of(&desk, &freeze, BOB, 1, 300, 6);
    memcpy(foreign.currency, "840", 3);
    ASSERT_CODE(&desk, &unknown, "14");
    ASSERT_CODE(&desk, &restricted, "62");
    ASSERT_CODE(&desk, &nothing, "13");
    ASSERT_CODE(&desk, &huge, "13");
    ASSERT_CODE(&desk, &foreign, "13");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_REFUSED);
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    ASSERT_ACCOUNT(&desk, RICK, RICK_OPENING, 0);
    CU_ASSERT_EQUAL(suspense_minor(&desk), 0);
    desk_close(&desk);
}

static void refuses_credits_that_contradict_themselves(void)
{
    enum { WRONG = 5 };
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk), wrong[WRONG];
    for (uint32_t i = 0; i < WRONG; i++)
        wrong[i] = credit_of(&desk, &freeze, BOB, 1, 300, 10 + i);
    wrong[0].card = pan_of(ANN);
    wrong[1].reference.share = 0;
    wrong[2].reference.share = 10;
    wrong[3].original.mti = 200;
    wrong[4].original.forwarder = OTHER_WALLET;
    for (int i = 0; i < WRONG; i++)
        ASSERT_CODE(&desk, &wrong[i], "12");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_credit_that_names_a_freeze_of_this_issuer_wrongly(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation wrong = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation right = credit_of(&desk, &freeze, BOB, 1, 300, 3);
    wrong.original.stan++;
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &wrong, "12");
    ASSERT_CODE(&desk, &right, "00");
    desk_close(&desk);
}

/* --- confirmation ----------------------------------------------------------------------------- */

static void confirms_a_posted_credit_without_an_effect(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation confirmation = about(&desk, &credit);
    ASSERT_CODE(&desk, &credit, "00");
    struct reply reply = desk_ask(&desk, &confirmation);
    CU_ASSERT_STRING_EQUAL(reply.mti, "0230");
    CU_ASSERT_STRING_EQUAL(reply.code, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void posts_a_credit_never_seen_and_answers_the_late_one_00(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation first = about(&desk, &credit), second = about(&desk, &credit);
    ASSERT_CODE(&desk, &first, "A4");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_POSTED);
    CU_ASSERT_EQUAL(journal.last.code, CODE_CONFIRMED_UNSEEN);
    CU_ASSERT_EQUAL(journal.last.moved_minor, 300);
    CU_ASSERT_EQUAL(journal.last.receiver_issuer, DESK_ISSUER.number);
    desk_restart(&desk);
    ASSERT_CODE(&desk, &first, "A4");
    ASSERT_CODE(&desk, &credit, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).last.event, JOURNAL_RECORDED);
    uint64_t entries = journal_of(&desk).count;
    ASSERT_CODE(&desk, &credit, "00");
    CU_ASSERT_EQUAL(journal_of(&desk).count, entries);
    ASSERT_CODE(&desk, &second, "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void a_second_confirmation_before_the_late_credit_does_nothing(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation first = about(&desk, &credit), second = about(&desk, &credit);
    ASSERT_CODE(&desk, &first, "A4");
    ASSERT_CODE(&desk, &second, "00");
    ASSERT_CODE(&desk, &credit, "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void refuses_another_credit_under_the_key_of_a_confirmed_one(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2), other = credit;
    struct operation confirmation = about(&desk, &credit);
    other.amount_minor = 301;
    ASSERT_CODE(&desk, &confirmation, "A4");
    ASSERT_CODE(&desk, &other, "94");
    ASSERT_CODE(&desk, &credit, "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void posts_a_refused_credit_on_the_suspense_account(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, RICK, 1, 300, 2);
    struct operation first = about(&desk, &credit), second = about(&desk, &credit);
    ASSERT_CODE(&desk, &credit, "62");
    unsigned warnings = desk.warnings;
    ASSERT_CODE(&desk, &first, "A5");
    CU_ASSERT_EQUAL(desk.warnings, warnings + 1);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.available_minor, 300);
    ASSERT_CONTAINS(journal.last.note, "suspense");
    desk_restart(&desk);
    ASSERT_CODE(&desk, &second, "00");
    ASSERT_CODE(&desk, &first, "A5");
    ASSERT_CODE(&desk, &credit, "62");
    ASSERT_ACCOUNT(&desk, RICK, RICK_OPENING, 0);
    CU_ASSERT_EQUAL(suspense_minor(&desk), 300);
    desk_close(&desk);
}

static void posts_unseen_credits_that_no_card_can_take_on_the_suspense_account(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation unknown = credit_of(&desk, &freeze, NOBODY, 1, 300, 2);
    struct operation restricted = credit_of(&desk, &freeze, RICK, 2, 50, 3);
    struct operation first = about(&desk, &unknown), second = about(&desk, &restricted);
    ASSERT_CODE(&desk, &first, "A4");
    ASSERT_CODE(&desk, &second, "A4");
    CU_ASSERT_EQUAL(suspense_minor(&desk), 350);
    CU_ASSERT_EQUAL(issuer_view(desk.issuer).on_suspense, 2);
    ASSERT_CODE(&desk, &unknown, "00");
    CU_ASSERT_EQUAL(suspense_minor(&desk), 350);
    desk_close(&desk);
}

static void posts_a_credit_that_came_while_signed_off_when_it_is_confirmed(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation confirmation = about(&desk, &credit);
    party_sign_off(issuer_party(desk.issuer), 0);
    ASSERT_CODE(&desk, &credit, "91");
    ASSERT_CODE(&desk, &confirmation, "A5");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    CU_ASSERT_EQUAL(suspense_minor(&desk), 0);
    desk_close(&desk);
}

static void refuses_confirmations_that_differ_from_the_credit(void)
{
    enum { WRONG = 8 };
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk), wrong[WRONG];
    struct operation credit = credit_of(&desk, &freeze, RICK, 1, 300, 2);
    ASSERT_CODE(&desk, &credit, "62");
    for (int i = 0; i < WRONG; i++)
        wrong[i] = about(&desk, &credit);
    wrong[0].amount_minor = 299;
    wrong[1].reference.sequence++;
    wrong[2].reference.share = 2;
    wrong[3].acquirer.number++;
    wrong[4].card = wrong[4].receiver = pan_of(BOB);
    wrong[5].card = pan_of(BOB);
    wrong[6].original.mti = 220;
    wrong[7].reference.wallet++;
    for (int i = 0; i < WRONG; i++)
        ASSERT_CODE(&desk, &wrong[i], "12");
    CU_ASSERT_EQUAL(suspense_minor(&desk), 0);
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    desk_close(&desk);
}

static void refuses_a_confirmation_of_a_confirmation(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation first = about(&desk, &credit), second = about(&desk, &first);
    second.original.mti = 200;
    ASSERT_CODE(&desk, &first, "A4");
    ASSERT_CODE(&desk, &second, "12");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

/* Both would have one transaction key; the credit must not be shut out. */
static void refuses_a_confirmation_that_names_itself_and_keeps_no_trace(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation confirmation = about(&desk, &credit);
    confirmation.stan = credit.stan;
    confirmation.forwarder = credit.forwarder;
    ASSERT_CODE(&desk, &confirmation, "30");
    ASSERT_CODE(&desk, &credit, "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 300, 0);
    desk_close(&desk);
}

static void refuses_to_confirm_amounts_that_cannot_be(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation nothing = credit_of(&desk, &freeze, BOB, 1, 0, 2);
    struct operation huge = credit_of(&desk, &freeze, BOB, 1, FREEZE_AMOUNT_MAX_MINOR + 1, 3);
    struct operation foreign = credit_of(&desk, &freeze, BOB, 1, 300, 4);
    memcpy(foreign.currency, "840", 3);
    struct operation first = about(&desk, &nothing), second = about(&desk, &huge);
    struct operation third = about(&desk, &foreign);
    ASSERT_CODE(&desk, &first, "13");
    ASSERT_CODE(&desk, &second, "13");
    ASSERT_CODE(&desk, &third, "13");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING, 0);
    CU_ASSERT_EQUAL(suspense_minor(&desk), 0);
    desk_close(&desk);
}

static void books_a_confirmation_to_the_day_of_its_credit(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = foreign_freeze(&desk);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 300, 2);
    struct operation confirmation = about(&desk, &credit);
    CU_ASSERT_TRUE(party_cutover(issuer_party(desk.issuer), 20270101, NULL, NULL));
    struct fault fault;
    CU_ASSERT_EQUAL(store_drain(desk.store, &fault), RESULT_OK);
    ASSERT_CODE(&desk, &confirmation, "A4");
    CU_ASSERT_EQUAL(journal_of(&desk).last.settlement_date, DESK_DATE);
    desk_close(&desk);
}

SUITE(CASE(credits_the_receiver), CASE(sends_from_one_card_to_itself),
      CASE(repeated_credits_post_once_across_restarts),
      CASE(refuses_credits_that_no_account_can_take),
      CASE(refuses_credits_that_contradict_themselves),
      CASE(refuses_a_credit_that_names_a_freeze_of_this_issuer_wrongly),
      CASE(confirms_a_posted_credit_without_an_effect),
      CASE(posts_a_credit_never_seen_and_answers_the_late_one_00),
      CASE(a_second_confirmation_before_the_late_credit_does_nothing),
      CASE(refuses_another_credit_under_the_key_of_a_confirmed_one),
      CASE(posts_a_refused_credit_on_the_suspense_account),
      CASE(posts_unseen_credits_that_no_card_can_take_on_the_suspense_account),
      CASE(posts_a_credit_that_came_while_signed_off_when_it_is_confirmed),
      CASE(refuses_confirmations_that_differ_from_the_credit),
      CASE(refuses_a_confirmation_of_a_confirmation),
      CASE(refuses_a_confirmation_that_names_itself_and_keeps_no_trace),
      CASE(refuses_to_confirm_amounts_that_cannot_be),
      CASE(books_a_confirmation_to_the_day_of_its_credit))
