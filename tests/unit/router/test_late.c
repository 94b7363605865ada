/* Answers that come when nobody awaits them any more: what they decide, and what they do not. */
#include "hall.h"

static struct hall hall;
static struct operation freeze, claim;

enum { AMOUNT_MINOR = 2500, NEXT_DATE = 20261123 };

static void open_hall(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 4;
    hall_start(&hall);
    hall_all_on(&hall);
}

static void open_frozen(void)
{
    open_hall();
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
}

/* Leaves the claim CREDIT_UNKNOWN, answered A2; returns the confirmation. */
static struct iso_message leave_credit_unanswered(struct iso_message *credit)
{
    open_frozen();
    *credit = hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    return confirmation;
}

struct last {
    struct journal_entry entry;
    unsigned count;
};

static bool keep_last(void *context, const struct store_log_record *record)
{
    struct last *last = context;
    last->count++;
    CU_ASSERT_TRUE(journal_read(record->data, &last->entry));
    return true;
}

static struct last journal(void)
{
    struct last last = {.count = 0};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, keep_last, &last, NULL), RESULT_OK);
    return last;
}

/* The latest entry of the journal is the late answer, and it changed nothing. */
static void expect_recorded(enum operation_kind kind, uint16_t code)
{
    struct last last = journal();
    CU_ASSERT_EQUAL(last.entry.event, JOURNAL_RECORDED);
    CU_ASSERT_EQUAL(last.entry.operation.kind, kind);
    CU_ASSERT_EQUAL(last.entry.code, code);
    CU_ASSERT_EQUAL(last.entry.settlement_date, HALL_DATE);
    hall_expect_nothing(&hall);
}

/* Each freeze under way takes a place: one too few was never given back, one too many twice. */
static void expect_free_places(unsigned expected)
{
    unsigned taken = 0;
    for (uint32_t i = 0; i <= expected; i++) {
        uint32_t sequence = 100 + i;
        struct operation other = freeze_of(sequence, NEIGHBOUR, 100, 1);
        hall_send(&hall, ALPHA, &other);
        if (freeze_at(&hall, &other.reference).state == FREEZE_FREEZING)
            taken++;
    }
    CU_ASSERT_EQUAL(taken, expected);
}

/* --- the credit ------------------------------------------------------------------------------- */

static void a_late_approval_of_the_credit_makes_it_credited(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    struct freeze record = freeze_at(&hall, &freeze.reference);
    CU_ASSERT_EQUAL(record.taken_minor, AMOUNT_MINOR);
    CU_ASSERT_EQUAL(record.settled_minor, AMOUNT_MINOR);
    CU_ASSERT_EQUAL(record.taken_count, 1);
    CU_ASSERT_EQUAL(record.moving_count, 0);
    struct last last = journal();
    CU_ASSERT_EQUAL(last.entry.event, JOURNAL_SHARE);
    CU_ASSERT_EQUAL(last.entry.from, SHARE_CREDIT_UNKNOWN);
    CU_ASSERT_EQUAL(last.entry.to, SHARE_CREDITED);
    hall_expect_nothing(&hall);              /* the confirmation is under way already */
    hall_claim_refused(&hall, &claim, "A2"); /* a stored answer never changes */
    hall_close(&hall);
}

/* However the confirmation ends: the share stays credited and its place comes back once. */
static void the_confirmation_goes_on_and_changes_nothing(void)
{
    static const char *const ends[] = {"00", "A4", "A5", "12"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
        hall_answer(&hall, LANTERN, &credit, "00");
        hall_pass(&hall, FORWARD_WAIT_MS);
        hall_pass(&hall, FORWARD_MS);
        confirmation = hall_take(&hall, LANTERN, "0220", "47");
        CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 1);
        hall_answer(&hall, LANTERN, &confirmation, ends[i]);
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
        CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
        expect_recorded(OPERATION_CONFIRMATION, code_parse(ends[i]));
        expect_free_places(hall.config.party.forwards_max);
        hall_close(&hall);
    }
}

static void the_confirmation_keeps_its_place_until_it_ends(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    hall_answer(&hall, LANTERN, &credit, "00");
    expect_free_places(hall.config.party.forwards_max - 1);
    hall_close(&hall);
}

static void the_confirmation_keeps_its_place_over_a_restart(void)
{
    for (int ends = 0; ends < 2; ends++) {
        struct iso_message credit;
        leave_credit_unanswered(&credit);
        hall_answer(&hall, LANTERN, &credit, "00");
        hall_restart(&hall);
        hall_all_on(&hall);
        hall_pass(&hall, 0);
        struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
        if (ends)
            hall_answer(&hall, LANTERN, &confirmation, "00");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
        expect_free_places(hall.config.party.forwards_max - (ends ? 0 : 1));
        hall_close(&hall);
    }
}

static void a_late_approval_after_a_restart_makes_it_credited(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_pass(&hall, 0);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_claim_refused(&hall, &claim, "A2");
    hall_answer(&hall, LANTERN, &confirmation, "00");
    expect_recorded(OPERATION_CONFIRMATION, CODE_APPROVED);
    expect_free_places(hall.config.party.forwards_max);
    hall_close(&hall);
}

/* The other way round: the approval finds the share credited by its confirmation. */
static void a_late_approval_after_the_confirmation_is_recorded(void)
{
    struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
    hall_answer(&hall, LANTERN, &confirmation, "00");
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    expect_recorded(OPERATION_CREDIT, CODE_APPROVED);
    expect_free_places(hall.config.party.forwards_max);
    hall_close(&hall);
}

static void a_late_answer_that_does_not_approve_is_recorded(void)
{
    static const char *const codes[] = {"14", "22", "98", "A2", "68", "ZZ"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
        hall_answer(&hall, LANTERN, &credit, codes[i]);
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
        expect_recorded(OPERATION_CREDIT, code_parse(codes[i]));
        hall_answer(&hall, LANTERN, &confirmation, "A5");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
        hall_close(&hall);
    }
}

static void an_approval_after_a_code_that_says_nothing_makes_it_credited(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &credit, "98");
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void an_approval_with_another_card_or_amount_is_none(void)
{
    static const struct {
        unsigned de;
        const char *value;
    } wrong[] = {{2, NOBODYS}, {4, "000000002501"}, {11, "000099"}, {33, ALPHA_ID}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct iso_message credit;
        leave_credit_unanswered(&credit);
        iso_message_set(&credit, wrong[i].de, wrong[i].value, strlen(wrong[i].value));
        hall_answer(&hall, LANTERN, &credit, "00");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
        hall_expect_nothing(&hall);
        hall_close(&hall);
    }
}

static void an_approval_from_another_member_is_none(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    hall_answer(&hall, HARBOUR, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    hall_close(&hall);
}

static void a_second_answer_to_a_credit_changes_nothing(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &credit, "14");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "14");
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_REVERSING);
    expect_recorded(OPERATION_CREDIT, CODE_APPROVED);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
    expect_free_places(hall.config.party.forwards_max);
    hall_close(&hall);
}

/* The answer to a credit says nothing of another claim of the same share. */
static void a_late_approval_of_an_earlier_claim_leaves_the_share_alone(void)
{
    open_frozen();
    struct iso_message first = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &first, "14");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "14");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    struct operation again = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
    hall_claim_to_credit(&hall, &again);
    hall_pass(&hall, LEG_MS);
    hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    hall_answer(&hall, LANTERN, &first, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    expect_recorded(OPERATION_CREDIT, CODE_APPROVED);
    hall_close(&hall);
}

static void a_late_approval_counts_only_when_it_is_durable(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    credit.mti[2]++;
    iso_message_set(&credit, 39, "00", 2);
    hall_deliver_message(&hall, LANTERN, &credit);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    hall_restart(&hall); /* it was never durable */
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    hall_close(&hall);
}

/* A closing waits for nothing that a late approval ends, and releases once. */
static void a_late_approval_during_a_closing_changes_nothing_of_what_is_left(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void a_late_approval_is_booked_to_the_day_of_its_claim(void)
{
    struct iso_message credit;
    leave_credit_unanswered(&credit);
    hall_cutover(&hall, NEXT_DATE);
    hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    CU_ASSERT_EQUAL(journal().entry.settlement_date, HALL_DATE);
    hall_close(&hall);
}

/* --- the others ------------------------------------------------------------------------------- */

static void a_late_debit_answer_is_recorded(void)
{
    static const char *const codes[] = {"00", "61", "98"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        open_frozen();
        struct iso_message debit = hall_claim(&hall, &claim);
        hall_pass(&hall, LEG_MS);
        struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
        hall_expect_answer(&hall, BETA, "0210", "40", "98");
        hall_answer(&hall, HARBOUR, &debit, codes[i]);
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
        expect_recorded(OPERATION_DEBIT, code_parse(codes[i]));
        hall_answer(&hall, HARBOUR, &reversal, "00");
        ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
        expect_free_places(hall.config.party.forwards_max);
        hall_close(&hall);
    }
}

static void a_late_debit_answer_after_a_restart_is_recorded(void)
{
    open_frozen();
    struct iso_message debit = hall_claim(&hall, &claim);
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_pass(&hall, 0);
    hall_take(&hall, HARBOUR, "0420", "46");
    hall_answer(&hall, HARBOUR, &debit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
    expect_recorded(OPERATION_DEBIT, CODE_APPROVED);
    hall_close(&hall);
}

static void a_late_freeze_answer_is_recorded(void)
{
    open_hall();
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
    expect_recorded(OPERATION_FREEZE, CODE_APPROVED);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    expect_free_places(hall.config.party.forwards_max);
    hall_close(&hall);
}

/* A stored message is sent again until an answer comes that is awaited. */
static void a_late_answer_to_a_stored_message_is_recorded(void)
{
    struct iso_message credit, confirmation = leave_credit_unanswered(&credit);
    hall_pass(&hall, FORWARD_WAIT_MS);
    hall_answer(&hall, LANTERN, &confirmation, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDIT_UNKNOWN);
    expect_recorded(OPERATION_CONFIRMATION, CODE_APPROVED);
    hall_close(&hall);
}

static void an_answer_about_an_unknown_freeze_leaves_nothing(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    unsigned before = journal().count;
    iso_message_set(&credit, 48, "ASHB039202611220000000000430009123000100010003", 46);
    iso_message_set(&credit, 11, "000099", 6);
    hall_answer(&hall, LANTERN, &credit, "00");
    CU_ASSERT_EQUAL(journal().count, before);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITING);
    hall_close(&hall);
}

SUITE(CASE(a_late_approval_of_the_credit_makes_it_credited),
      CASE(the_confirmation_goes_on_and_changes_nothing),
      CASE(the_confirmation_keeps_its_place_until_it_ends),
      CASE(the_confirmation_keeps_its_place_over_a_restart),
      CASE(a_late_approval_after_a_restart_makes_it_credited),
      CASE(a_late_approval_after_the_confirmation_is_recorded),
      CASE(a_late_answer_that_does_not_approve_is_recorded),
      CASE(an_approval_after_a_code_that_says_nothing_makes_it_credited),
      CASE(an_approval_with_another_card_or_amount_is_none),
      CASE(an_approval_from_another_member_is_none),
      CASE(a_second_answer_to_a_credit_changes_nothing),
      CASE(a_late_approval_of_an_earlier_claim_leaves_the_share_alone),
      CASE(a_late_approval_counts_only_when_it_is_durable),
      CASE(a_late_approval_during_a_closing_changes_nothing_of_what_is_left),
      CASE(a_late_approval_is_booked_to_the_day_of_its_claim),
      CASE(a_late_debit_answer_is_recorded), CASE(a_late_debit_answer_after_a_restart_is_recorded),
      CASE(a_late_freeze_answer_is_recorded), CASE(a_late_answer_to_a_stored_message_is_recorded),
      CASE(an_answer_about_an_unknown_freeze_leaves_nothing))
