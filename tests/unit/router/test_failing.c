/* A claim that goes wrong: every row of the failure table of docs/protocol.md. */
#include "hall.h"

static struct hall hall;
static struct operation freeze, claim;

enum { AMOUNT_MINOR = 2500 };

#define LEG_DE90 "020000002111222000000009123000200091230002"

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
}

/* The share is free, nothing of it is counted, and it can be claimed again. */
static void expect_released(void)
{
    struct freeze record = freeze_at(&hall, &freeze.reference);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
    CU_ASSERT_EQUAL(record.taken_minor, 0);
    CU_ASSERT_EQUAL(record.taken_count, 0);
    CU_ASSERT_EQUAL(record.moving_count, 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_expect_nothing(&hall);
    struct operation again = claim_of(&hall, &freeze, 1, FROZEN_MINOR, RECEIVER);
    hall_claim_whole(&hall, &again);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
}

/* The share and its amount stay taken. */
static void expect_taken(enum share_state state)
{
    struct freeze record = freeze_at(&hall, &freeze.reference);
    ASSERT_SHARE(&hall, &freeze, 1, state);
    CU_ASSERT_EQUAL(record.taken_minor, AMOUNT_MINOR);
    CU_ASSERT_EQUAL(record.taken_count, 1);
    struct operation other = claim_of(&hall, &freeze, 1, 1, RECEIVER);
    hall_claim_refused(&hall, &other, "22");
    other = claim_of(&hall, &freeze, 2, FROZEN_MINOR - AMOUNT_MINOR + 1, RECEIVER);
    hall_claim_refused(&hall, &other, "61");
}

static void expect_a_reversal(const struct iso_message *reversal, const char *reason)
{
    ASSERT_DE(reversal, 2, SENDER);
    ASSERT_DE(reversal, 3, "460000");
    ASSERT_DE(reversal, 4, "000000002500");
    ASSERT_DE(reversal, 11, "000001"); /* the switch's own number */
    ASSERT_DE(reversal, 15, "1122");
    ASSERT_DE(reversal, 32, BETA_ID);
    ASSERT_DE(reversal, 33, SWITCH_ID);
    ASSERT_DE(reversal, 37, "112200000021"); /* the claim's to the end */
    ASSERT_DE(reversal, 48, "ASHB039202611220000000000420009123000100010003");
    ASSERT_DE(reversal, 60, reason);
    ASSERT_DE(reversal, 90, LEG_DE90);
    ASSERT_DE(reversal, 102, SENDER);
    ASSERT_DE(reversal, 103, RECEIVER);
}

/* --- the debit -------------------------------------------------------------------------------- */

static void releases_when_the_debit_cannot_be_sent(void)
{
    open_frozen();
    hall.is_full[HARBOUR] = true;
    hall_claim_refused(&hall, &claim, "91");
    hall.is_full[HARBOUR] = false;
    expect_released();
    hall_close(&hall);
}

static void releases_when_the_senders_issuer_is_signed_off(void)
{
    open_frozen();
    hall_network(&hall, HARBOUR, "002");
    hall.taken = hall.sent_count;
    hall_claim_refused(&hall, &claim, "91");
    hall_sign_on(&hall, HARBOUR);
    hall.taken = hall.sent_count;
    expect_released();
    hall_close(&hall);
}

static void releases_when_the_link_wrote_no_byte_of_the_debit(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    party_link_down(router_party(hall.router), HARBOUR, 0, hall.sent_count, hall.now);
    hall_settle(&hall);
    hall_expect_answer(&hall, BETA, "0210", "40", "91");
    hall_link_up(&hall, HARBOUR);
    expect_released();
    hall_close(&hall);
}

static void releases_when_the_debit_is_refused(void)
{
    static const char *const refusals[] = {"22", "25", "61", "91", "92", "62", "A3"};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        open_frozen();
        struct iso_message debit = hall_claim(&hall, &claim);
        hall_answer(&hall, HARBOUR, &debit, refusals[i]);
        hall_expect_answer(&hall, BETA, "0210", "40", refusals[i]);
        expect_released();
        hall_close(&hall);
    }
}

/* Leaves the claim DEBIT_UNKNOWN, answered; returns the reversal. */
static struct iso_message leave_debit_unanswered(struct iso_message *debit)
{
    open_frozen();
    *debit = hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS - 1);
    hall_expect_nothing(&hall);
    hall_pass(&hall, 1);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    return reversal;
}

static void reverses_an_unanswered_debit_with_4361_and_answers_98(void)
{
    struct iso_message debit, reversal = leave_debit_unanswered(&debit);
    expect_a_reversal(&reversal, "4361");
    ASSERT_DE(&reversal, 7, "1122200005");
    expect_taken(SHARE_DEBIT_UNKNOWN);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_claim_refused(&hall, &claim, "98"); /* the stored answer, though it is over */
    hall_close(&hall);
}

static void a_debit_answer_after_that_changes_nothing(void)
{
    static const char *const answers[] = {"00", "61", "98"};
    for (size_t i = 0; i < 3; i++) {
        struct iso_message debit, reversal = leave_debit_unanswered(&debit);
        hall_answer(&hall, HARBOUR, &debit, answers[i]);
        hall_expect_nothing(&hall); /* the credit is never sent */
        expect_taken(SHARE_DEBIT_UNKNOWN);
        hall_answer(&hall, HARBOUR, &reversal, "00");
        hall_answer(&hall, HARBOUR, &debit, answers[i]);
        expect_released();
        hall_close(&hall);
    }
}

static void takes_a_debit_whose_link_broke_after_sending_for_unanswered(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    hall_link_down(&hall, HARBOUR);
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
    hall_expect_nothing(&hall);
    party_link_up(router_party(hall.router), HARBOUR, 0, hall.now);
    hall_sign_on(&hall, HARBOUR);
    hall.taken = hall.sent_count;
    hall_pass(&hall, 0);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

static void takes_a_debit_answered_with_a_code_that_says_nothing_for_unanswered(void)
{
    static const char *const silent[] = {"68", "90", "94", "96", "98", "A0", "A2", "A4", "ZZ"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        open_frozen();
        struct iso_message debit = hall_claim(&hall, &claim);
        hall_answer(&hall, HARBOUR, &debit, silent[i]);
        struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
        expect_a_reversal(&reversal, "4361");
        hall_expect_answer(&hall, BETA, "0210", "40", "98");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
        hall_close(&hall);
    }
}

/* --- the credit ------------------------------------------------------------------------------- */

static void reverses_with_4364_when_the_credit_cannot_be_sent(void)
{
    open_frozen();
    struct iso_message debit = hall_claim(&hall, &claim);
    hall.is_full[LANTERN] = true;
    hall_answer(&hall, HARBOUR, &debit, "00");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    expect_a_reversal(&reversal, "4364");
    hall_expect_answer(&hall, BETA, "0210", "40", "91"); /* at once, not when it is done */
    expect_taken(SHARE_REVERSING);
    hall.is_full[LANTERN] = false;
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

static void reverses_with_4364_when_the_receivers_issuer_signed_off_meanwhile(void)
{
    open_frozen();
    struct iso_message debit = hall_claim(&hall, &claim);
    hall_network(&hall, LANTERN, "002");
    hall.taken = hall.sent_count;
    hall_answer(&hall, HARBOUR, &debit, "00");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    expect_a_reversal(&reversal, "4364");
    hall_expect_answer(&hall, BETA, "0210", "40", "91");
    hall_close(&hall);
}

static void reverses_with_4364_when_the_link_wrote_no_byte_of_the_credit(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    party_link_down(router_party(hall.router), LANTERN, 0, hall.sent_count, hall.now);
    hall_settle(&hall);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    expect_a_reversal(&reversal, "4364");
    hall_expect_answer(&hall, BETA, "0210", "40", "91");
    hall_link_up(&hall, LANTERN);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

static void reverses_with_4366_until_done_when_the_credit_is_refused(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &credit, "14");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    size_t first = hall.taken - 1;
    expect_a_reversal(&reversal, "4366");
    hall_expect_answer(&hall, BETA, "0210", "40", "14");
    expect_taken(SHARE_REVERSING);
    hall_pass(&hall, FORWARD_WAIT_MS); /* nobody answers */
    hall_pass(&hall, FORWARD_MS);
    reversal = hall_take(&hall, HARBOUR, "0420", "46");
    ASSERT_BYTES(hall.sent[hall.taken - 1].bytes, hall.sent[hall.taken - 1].len,
                 hall.sent[first].bytes, hall.sent[first].len);
    hall_answer(&hall, HARBOUR, &reversal, "98");
    expect_taken(SHARE_REVERSING);
    hall_pass(&hall, 2 * FORWARD_MS);
    reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

static void a_credit_answer_after_that_changes_nothing(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &credit, "14");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "14");
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_nothing(&hall);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_REVERSING);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

/* Leaves the claim CREDIT_UNKNOWN, answered; returns the confirmation. */
static struct iso_message leave_credit_unanswered(struct iso_message *credit)
{
    open_frozen();
    *credit = hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    hall_expect_nothing(&hall);
    return confirmation;
}

static void confirms_an_unanswered_credit_until_done_and_answers_A2(void)
{
    struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
    ASSERT_DE(&confirmation, 2, RECEIVER);
    ASSERT_DE(&confirmation, 3, "470000");
    ASSERT_DE(&confirmation, 4, "000000002500");
    ASSERT_DE(&confirmation, 7, "1122200005");
    ASSERT_DE(&confirmation, 11, "000001");
    ASSERT_DE(&confirmation, 15, "1122");
    ASSERT_DE(&confirmation, 32, BETA_ID);
    ASSERT_DE(&confirmation, 33, SWITCH_ID);
    ASSERT_DE(&confirmation, 37, "112200000021");
    ASSERT_DE(&confirmation, 90, LEG_DE90);
    ASSERT_DE(&confirmation, 102, SENDER);
    ASSERT_DE(&confirmation, 103, RECEIVER);
    expect_taken(SHARE_CREDIT_UNKNOWN);
    hall_answer(&hall, LANTERN, &confirmation, "96");
    hall_pass(&hall, FORWARD_MS);
    confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_answer(&hall, LANTERN, &confirmation, "00");
    expect_taken(SHARE_CREDITED);
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).settled_minor, AMOUNT_MINOR);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_claim_refused(&hall, &claim, "A2"); /* the stored answer, though it is credited */
    hall_close(&hall);
}

static void takes_A4_A5_and_A6_for_a_confirmation_that_is_done(void)
{
    static const char *const codes[] = {"A4", "A5", "A6"};
    for (size_t i = 0; i < 3; i++) {
        struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
        hall_answer(&hall, LANTERN, &confirmation, codes[i]);
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
        hall_close(&hall);
    }
}

static void a_late_refusal_of_the_credit_changes_nothing(void)
{
    struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
    hall_answer(&hall, LANTERN, &credit, "14");
    hall_expect_nothing(&hall); /* never reversed */
    expect_taken(SHARE_CREDIT_UNKNOWN);
    hall_answer(&hall, LANTERN, &confirmation, "A5");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void takes_a_credit_whose_link_broke_after_sending_for_unanswered(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    hall_link_down(&hall, LANTERN);
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    hall_close(&hall);
}

static void takes_a_credit_answered_with_a_code_that_says_nothing_for_unanswered(void)
{
    static const char *const silent[] = {"68", "90", "94", "96", "98", "A0", "A2", "A5", "ZZ"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        open_frozen();
        struct iso_message credit = hall_claim_to_credit(&hall, &claim);
        hall_answer(&hall, LANTERN, &credit, silent[i]);
        hall_take(&hall, LANTERN, "0220", "47");
        hall_expect_answer(&hall, BETA, "0210", "40", "A2");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
        hall_close(&hall);
    }
}

/* --- refused for good ------------------------------------------------------------------------- */

static void disputes_a_share_whose_reversal_is_refused_for_good(void)
{
    struct iso_message debit, reversal = leave_debit_unanswered(&debit);
    hall_answer(&hall, HARBOUR, &reversal, "25");
    expect_taken(SHARE_DISPUTED); /* keeps its amount */
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).settled_minor, AMOUNT_MINOR);
    hall_pass(&hall, 3600000);
    hall_expect_nothing(&hall); /* and is repeated no more */
    hall_close(&hall);
}

static void disputes_a_share_whose_confirmation_is_refused_for_good(void)
{
    struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
    hall_answer(&hall, LANTERN, &confirmation, "12");
    expect_taken(SHARE_DISPUTED);
    hall_pass(&hall, 3600000);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* --- restart ---------------------------------------------------------------------------------- */

static void goes_on_with_stored_messages_after_a_restart(void)
{
    struct iso_message debit, reversal = leave_debit_unanswered(&debit);
    size_t first = hall.taken - 2;
    hall_restart(&hall);
    for (unsigned peer = 0; peer < PEERS; peer++) {
        party_link_up(router_party(hall.router), peer, 0, hall.now);
        hall_sign_on(&hall, peer);
    }
    hall.taken = hall.sent_count;
    hall_pass(&hall, 0);
    reversal = hall_take(&hall, HARBOUR, "0420", "46");
    ASSERT_BYTES(hall.sent[hall.taken - 1].bytes, hall.sent[hall.taken - 1].len,
                 hall.sent[first].bytes, hall.sent[first].len);
    hall_claim_refused(&hall, &claim, "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    expect_released();
    hall_close(&hall);
}

/* Numbers of the switch's own messages never come twice, restart or not. */
static void numbers_its_own_messages_from_a_durable_counter(void)
{
    struct iso_message debit, reversal = leave_debit_unanswered(&debit);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    hall_restart(&hall);
    hall_all_on(&hall);
    struct operation again = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
    hall_claim(&hall, &again);
    hall_pass(&hall, LEG_MS);
    reversal = hall_take(&hall, HARBOUR, "0420", "46");
    ASSERT_DE(&reversal, 11, "000002");
    hall_close(&hall);
}

/* --- durable first ---------------------------------------------------------------------------- */

/* Between the answer to a leg and the commit of what it means, nothing leaves; and if that commit
 * fails, nothing ever does. */
static void sends_nothing_before_each_step_is_durable(void)
{
    for (unsigned fail_at = 0; fail_at < 3; fail_at++) {
        open_frozen();
        struct iso_message debit, credit;
        hall_deliver(&hall, BETA, &claim);
        hall_expect_nothing(&hall);
        if (fail_at > 0) {
            hall_settle(&hall);
            debit = hall_take(&hall, HARBOUR, "0200", "46");
            debit.mti[2]++;
            iso_message_set(&debit, 39, "00", 2);
            hall_deliver_message(&hall, HARBOUR, &debit);
            hall_expect_nothing(&hall);
        }
        if (fail_at > 1) {
            hall_settle(&hall);
            credit = hall_take(&hall, LANTERN, "0200", "47");
            credit.mti[2]++;
            iso_message_set(&credit, 39, "00", 2);
            hall_deliver_message(&hall, LANTERN, &credit);
            hall_expect_nothing(&hall);
        }
        store_memory_fail_next(hall.store);
        store_memory_commit(hall.store, 1);
        CU_ASSERT_EQUAL(party_complete(router_party(hall.router), hall.now, NULL), RESULT_IO);
        hall_expect_nothing(&hall);
        hall_close(&hall);
    }
}

SUITE(CASE(releases_when_the_debit_cannot_be_sent),
      CASE(releases_when_the_senders_issuer_is_signed_off),
      CASE(releases_when_the_link_wrote_no_byte_of_the_debit),
      CASE(releases_when_the_debit_is_refused),
      CASE(reverses_an_unanswered_debit_with_4361_and_answers_98),
      CASE(a_debit_answer_after_that_changes_nothing),
      CASE(takes_a_debit_whose_link_broke_after_sending_for_unanswered),
      CASE(takes_a_debit_answered_with_a_code_that_says_nothing_for_unanswered),
      CASE(reverses_with_4364_when_the_credit_cannot_be_sent),
      CASE(reverses_with_4364_when_the_receivers_issuer_signed_off_meanwhile),
      CASE(reverses_with_4364_when_the_link_wrote_no_byte_of_the_credit),
      CASE(reverses_with_4366_until_done_when_the_credit_is_refused),
      CASE(a_credit_answer_after_that_changes_nothing),
      CASE(confirms_an_unanswered_credit_until_done_and_answers_A2),
      CASE(takes_A4_A5_and_A6_for_a_confirmation_that_is_done),
      CASE(a_late_refusal_of_the_credit_changes_nothing),
      CASE(takes_a_credit_whose_link_broke_after_sending_for_unanswered),
      CASE(takes_a_credit_answered_with_a_code_that_says_nothing_for_unanswered),
      CASE(disputes_a_share_whose_reversal_is_refused_for_good),
      CASE(disputes_a_share_whose_confirmation_is_refused_for_good),
      CASE(goes_on_with_stored_messages_after_a_restart),
      CASE(numbers_its_own_messages_from_a_durable_counter),
      CASE(sends_nothing_before_each_step_is_durable))
