/* What a dead switch had under way, brought to its end by the next one. */
#include "hall.h"

static struct hall hall;
static struct operation freeze, claim;

enum { AMOUNT_MINOR = 2500, NEXT_DATE = 20261123 };

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
}

/* Everybody signs on again, and what was stored is sent. */
static void come_back(void)
{
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_pass(&hall, 0);
}

static void reverses_the_debit_of_a_share_left_reserved_and_answers_98(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RESERVED);
    come_back();
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    ASSERT_DE(&reversal, 60, "4361");
    hall_claim_refused(&hall, &claim, "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
    hall_claim_refused(&hall, &claim, "98"); /* a stored answer never changes */
    struct operation again = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
    hall_claim_whole(&hall, &again);
    hall_close(&hall);
}

static void confirms_the_credit_of_a_share_left_crediting_and_answers_A2(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    come_back();
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_claim_refused(&hall, &claim, "A2");
    hall_answer(&hall, LANTERN, &confirmation, "A4");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void reverses_a_freeze_left_freezing_and_answers_98(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    hall_take(&hall, HARBOUR, "0100", "03");
    come_back();
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_REVERSING);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_REVERSED);
    hall_close(&hall);
}

/* The wallet gave the freeze up while it was asked for, and the process died before its answer. */
static void answers_98_to_a_freeze_that_its_wallet_reversed_before_the_restart(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    hall_take(&hall, HARBOUR, "0100", "03");
    struct operation notice = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &notice);
    hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    come_back();
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_REVERSED);
    hall_close(&hall);
}

/* The process dies between the commit that closes the freeze and the one that queues its release.
 */
static void releases_a_freeze_that_was_left_closing(void)
{
    open_frozen();
    hall_claim_whole(&hall, &claim);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_deliver(&hall, ALPHA, &notice);
    store_memory_commit(hall.store, 1);
    come_back();
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_CLOSING);
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_CLOSED);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_close(&hall);
}

static void releases_once_what_a_resolved_share_leaves(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    come_back();
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000010000");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_CLOSED);
    hall_close(&hall);
}

static void leaves_what_another_process_owns_alone(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    hall.config.owner++;
    come_back();
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RESERVED);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* A second death before the first recovery is durable changes nothing. */
static void resolves_the_same_way_however_often_it_dies(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    hall_restart(&hall);
    hall_restart(&hall);
    come_back();
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    ASSERT_DE(&confirmation, 11, "000001");
    come_back();
    confirmation = hall_take(&hall, LANTERN, "0220", "47");
    ASSERT_DE(&confirmation, 11, "000001"); /* the same message, never a second one */
    hall_answer(&hall, LANTERN, &confirmation, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void cuts_a_date_once_what_was_left_of_it_is_resolved(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    hall_cutover(&hall, NEXT_DATE);
    hall_restart(&hall);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE);
    hall_all_on(&hall);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

/* So a start reads what is under way, and not the packets that are open besides. */
static void notes_what_is_under_way_and_nothing_else(void)
{
    open_frozen();
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 0);
    hall_claim_to_credit(&hall, &claim);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 1); /* the share */
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 2); /* and the freeze, which waits for it */
    come_back();
    /* The share has its stored message instead, the freeze is released. */
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 0);
    hall_close(&hall);
}

SUITE(CASE(reverses_the_debit_of_a_share_left_reserved_and_answers_98),
      CASE(confirms_the_credit_of_a_share_left_crediting_and_answers_A2),
      CASE(reverses_a_freeze_left_freezing_and_answers_98),
      CASE(answers_98_to_a_freeze_that_its_wallet_reversed_before_the_restart),
      CASE(releases_a_freeze_that_was_left_closing),
      CASE(releases_once_what_a_resolved_share_leaves),
      CASE(leaves_what_another_process_owns_alone),
      CASE(resolves_the_same_way_however_often_it_dies),
      CASE(cuts_a_date_once_what_was_left_of_it_is_resolved),
      CASE(notes_what_is_under_way_and_nothing_else))
