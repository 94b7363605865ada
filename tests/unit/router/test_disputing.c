/* What a host refuses for good is kept for a person, who closes it. */
#include "hall.h"

#include "redpacket/dispute.h"

static struct hall hall;
static struct operation freeze, claim;

enum { AMOUNT_MINOR = 2500 };

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
}

/* about of kind NONE: there is none. */
static struct dispute dispute_at(uint16_t share)
{
    struct hall_record record = hall_record(&hall, key_of_dispute(&freeze.reference, share));
    struct dispute dispute = {.refused = OPERATION_NONE};
    if (record.found)
        dispute_decode(hall_bytes(&record), &dispute);
    return dispute;
}

static struct journal_entry last_entry;

static bool keep_entry(void *context, const struct store_log_record *record)
{
    *(uint64_t *)context = record->number;
    CU_ASSERT_TRUE(journal_read(record->data, &last_entry));
    last_entry.message = (struct bytes){NULL, 0};
    return true;
}

/* The number of the latest log record, which is left in last_entry. */
static uint64_t last_number(void)
{
    uint64_t number = 0;
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, keep_entry, &number, NULL), RESULT_OK);
    return number;
}

static void dispute_the_reversal(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    CU_ASSERT_EQUAL(dispute_at(1).refused, OPERATION_NONE);
    hall_answer(&hall, HARBOUR, &reversal, "25");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DISPUTED);
}

static enum result hall_close_dispute(uint16_t share, const char *note)
{
    unsigned before = hall.cuts;
    struct store_key key = key_of_dispute(&freeze.reference, share);
    router_dispute_close(hall.router, &key, note, hall_cut_done, &hall);
    hall_settle(&hall);
    CU_ASSERT_EQUAL(hall.cuts, before + 1);
    return hall.cut_result;
}

/* --- when it happens -------------------------------------------------------------------------- */

static void keeps_a_reversal_that_was_refused_for_good(void)
{
    dispute_the_reversal();
    struct dispute dispute = dispute_at(1);
    CU_ASSERT_EQUAL(dispute.refused, OPERATION_DEBIT_REVERSAL);
    CU_ASSERT_EQUAL(dispute.code, CODE_NO_ORIGINAL);
    CU_ASSERT_EQUAL(dispute.about.kind, OPERATION_CLAIM);
    CU_ASSERT_EQUAL(dispute.about.amount_minor, AMOUNT_MINOR);
    struct pan sender = pan_of(SENDER);
    CU_ASSERT_TRUE(pan_equal(&dispute.about.sender, &sender));
    CU_ASSERT_EQUAL(dispute.sender_issuer, id_of(HARBOUR_ID).number);
    CU_ASSERT_EQUAL(dispute.receiver_issuer, id_of(LANTERN_ID).number);
    CU_ASSERT_EQUAL(dispute.settlement_date, HALL_DATE);
    CU_ASSERT_EQUAL(dispute.since_us, hall.now.wall_us);
    CU_ASSERT_EQUAL(dispute.closed, 0);
    CU_ASSERT_EQUAL(dispute.since, last_number());
    CU_ASSERT_EQUAL(last_entry.event, JOURNAL_SHARE);
    CU_ASSERT_EQUAL(last_entry.to, SHARE_DISPUTED);
    hall_close(&hall);
}

static void keeps_a_confirmation_that_was_refused_for_good(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    hall_answer(&hall, LANTERN, &confirmation, "57");
    struct dispute dispute = dispute_at(1);
    CU_ASSERT_EQUAL(dispute.refused, OPERATION_CONFIRMATION);
    CU_ASSERT_EQUAL(dispute.code, CODE_OF('5', '7'));
    CU_ASSERT_EQUAL(dispute_at(0).refused, OPERATION_NONE);
    hall_close(&hall);
}

static void keeps_an_unfreeze_with_what_was_left(void)
{
    open_frozen();
    hall_claim_whole(&hall, &claim);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "22");
    struct dispute dispute = dispute_at(0);
    CU_ASSERT_EQUAL(dispute.refused, OPERATION_UNFREEZE);
    CU_ASSERT_EQUAL(dispute.about.kind, OPERATION_FREEZE);
    CU_ASSERT_EQUAL(dispute.about.amount_minor, FROZEN_MINOR - AMOUNT_MINOR);
    CU_ASSERT_EQUAL(dispute.receiver_issuer, 0);
    hall_close(&hall);
}

static void keeps_nothing_of_what_ends_well(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DISPUTE), 0);
    hall_close(&hall);
}

/* --- when a person closes it ------------------------------------------------------------------ */

static void a_person_closes_it_with_a_note(void)
{
    dispute_the_reversal();
    hall_restart(&hall);
    struct freeze before = freeze_at(&hall, &freeze.reference);
    CU_ASSERT_EQUAL(hall_close_dispute(1, "paid back by hand"), RESULT_OK);
    struct dispute dispute = dispute_at(1);
    CU_ASSERT_EQUAL(dispute.closed, last_number());
    CU_ASSERT_EQUAL(dispute.closed_us, hall.now.wall_us);
    CU_ASSERT_STRING_EQUAL(dispute.note, "paid back by hand");
    CU_ASSERT_EQUAL(last_entry.event, JOURNAL_CLOSED);
    CU_ASSERT_STRING_EQUAL(last_entry.note, "paid back by hand");
    CU_ASSERT_EQUAL(last_entry.settlement_date, HALL_DATE);
    CU_ASSERT_EQUAL(last_entry.operation.reference.share, 1);
    /* It moves no money and no state. */
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DISPUTED);
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).taken_minor, before.taken_minor);
    hall_close(&hall);
}

static void it_is_closed_only_when_that_is_durable(void)
{
    dispute_the_reversal();
    unsigned before = hall.cuts;
    struct store_key key = key_of_dispute(&freeze.reference, 1);
    router_dispute_close(hall.router, &key, "one", hall_cut_done, &hall);
    CU_ASSERT_EQUAL(hall.cuts, before);
    router_dispute_close(hall.router, &key, "two", hall_cut_done, &hall);
    CU_ASSERT_EQUAL(hall.cut_result, RESULT_STATE); /* one at a time */
    hall_restart(&hall);
    CU_ASSERT_EQUAL(dispute_at(1).closed, 0);
    CU_ASSERT_EQUAL(hall_close_dispute(1, "three"), RESULT_OK);
    hall_close(&hall);
}

static void refuses_to_close_what_is_not_in_dispute(void)
{
    dispute_the_reversal();
    uint64_t before = last_number();
    CU_ASSERT_EQUAL(hall_close_dispute(2, "another share"), RESULT_STATE);
    CU_ASSERT_STRING_EQUAL(hall.cut_text, "it is not in dispute");
    CU_ASSERT_EQUAL(hall_close_dispute(0, "the freeze itself"), RESULT_STATE);
    CU_ASSERT_EQUAL(last_number(), before);
    hall_close(&hall);
}

static void refuses_to_close_it_twice(void)
{
    dispute_the_reversal();
    CU_ASSERT_EQUAL(hall_close_dispute(1, "settled"), RESULT_OK);
    uint64_t before = last_number();
    CU_ASSERT_EQUAL(hall_close_dispute(1, "settled once more"), RESULT_STATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(hall.cut_text, "was closed before"));
    CU_ASSERT_PTR_NOT_NULL(strstr(hall.cut_text, ": settled"));
    CU_ASSERT_EQUAL(last_number(), before);
    CU_ASSERT_STRING_EQUAL(dispute_at(1).note, "settled");
    hall_close(&hall);
}

static void refuses_a_note_that_cannot_be_kept(void)
{
    char note[DISPUTE_NOTE_MAX + 2];
    memset(note, 'x', sizeof note);
    note[DISPUTE_NOTE_MAX + 1] = '\0';
    dispute_the_reversal();
    CU_ASSERT_EQUAL(hall_close_dispute(1, ""), RESULT_INPUT);
    CU_ASSERT_EQUAL(hall_close_dispute(1, note), RESULT_INPUT);
    CU_ASSERT_EQUAL(hall_close_dispute(1, "line\nand another"), RESULT_INPUT);
    note[DISPUTE_NOTE_MAX] = '\0';
    CU_ASSERT_EQUAL(hall_close_dispute(1, note), RESULT_OK);
    CU_ASSERT_STRING_EQUAL(dispute_at(1).note, note);
    hall_close(&hall);
}

SUITE(CASE(keeps_a_reversal_that_was_refused_for_good),
      CASE(keeps_a_confirmation_that_was_refused_for_good),
      CASE(keeps_an_unfreeze_with_what_was_left), CASE(keeps_nothing_of_what_ends_well),
      CASE(a_person_closes_it_with_a_note), CASE(it_is_closed_only_when_that_is_durable),
      CASE(refuses_to_close_what_is_not_in_dispute), CASE(refuses_to_close_it_twice),
      CASE(refuses_a_note_that_cannot_be_kept))
