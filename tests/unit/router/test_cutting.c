/* Business dates at the switch: which day a message is booked to, and when a day may be cut. */
#include "hall.h"

static struct hall hall;
static struct operation freeze;

enum { NEXT_DATE = 20261123 };

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

static void keeps_the_settlement_date_of_a_claim_over_a_cutover(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message leg = hall_claim(&hall, &claim);
    hall_cutover(&hall, NEXT_DATE);
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, LANTERN, "0200", "47");
    ASSERT_DE(&leg, 15, "1122");
    hall_answer(&hall, LANTERN, &leg, "00");
    struct iso_message answer = hall_take(&hall, BETA, "0210", "40");
    ASSERT_DE(&answer, 15, "1122");
    CU_ASSERT_EQUAL(share_at(&hall, &freeze.reference, 1).settlement_date, HALL_DATE);
    claim = claim_of(&hall, &freeze, 2, 2500, RECEIVER);
    leg = hall_claim(&hall, &claim);
    ASSERT_DE(&leg, 15, "1123");
    hall_close(&hall);
}

static void books_reversals_and_confirmations_to_the_day_of_their_leg(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 1000, RECEIVER);
    hall_claim_to_credit(&hall, &two);
    hall_claim(&hall, &one);
    hall_cutover(&hall, NEXT_DATE);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    ASSERT_DE(&reversal, 15, "1122");
    ASSERT_DE(&confirmation, 15, "1122");
    hall_close(&hall);
}

static void books_a_release_to_the_day_it_is_made(void)
{
    open_frozen();
    hall_cutover(&hall, NEXT_DATE);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 15, "1123");
    hall_close(&hall);
}

static void books_a_freeze_reversal_to_the_day_of_the_freeze(void)
{
    open_frozen();
    hall_cutover(&hall, NEXT_DATE);
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &op);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    ASSERT_DE(&reversal, 15, "1122");
    struct iso_message answer = hall_take(&hall, ALPHA, "0430", "03");
    ASSERT_DE(&answer, 15, "1122");
    hall_close(&hall);
}

struct entries {
    enum journal_event event;
    uint8_t to;
    uint32_t date; /* of the latest of these; 0: none */
};

static bool find_entry(void *context, const struct store_log_record *record)
{
    struct entries *entries = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    CU_ASSERT_EQUAL(entry.settlement_date, record->settlement_date);
    if (entry.event == entries->event && entry.to == entries->to)
        entries->date = entry.settlement_date;
    return true;
}

/* The day to which the log books the latest step to this state. */
static uint32_t booked_on(enum journal_event event, uint8_t to)
{
    struct entries entries = {.event = event, .to = to};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, find_entry, &entries, NULL), RESULT_OK);
    return entries.date;
}

static void books_the_end_of_a_reversal_to_the_day_it_carries(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message debit = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    hall_cutover(&hall, NEXT_DATE);
    hall_answer(&hall, HARBOUR, &debit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
    CU_ASSERT_EQUAL(booked_on(JOURNAL_SHARE, SHARE_RELEASED), HALL_DATE);
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &op);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(booked_on(JOURNAL_FREEZE, FREEZE_REVERSED), HALL_DATE);
    hall_close(&hall);
}

static void books_the_end_of_an_unfreeze_to_the_day_it_carries(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_cutover(&hall, NEXT_DATE);
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    CU_ASSERT_EQUAL(booked_on(JOURNAL_FREEZE, FREEZE_CLOSED), HALL_DATE);
    hall_close(&hall);
}

/* --- cutting ---------------------------------------------------------------------------------- */

static void cuts_no_date_that_is_not_over(void)
{
    open_frozen();
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE);
    ASSERT_CONTAINS(hall.cut_text, "settlement date 20261122 is not over");
    CU_ASSERT_EQUAL(hall_cut(&hall, NEXT_DATE), RESULT_STATE);
    hall_cutover(&hall, NEXT_DATE);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

static bool find_cut(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_CUT) {
        CU_ASSERT_EQUAL(entry.settlement_date, HALL_DATE);
        ++*(unsigned *)context;
    }
    return true;
}

static unsigned cut_marks(void)
{
    unsigned count = 0;
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, find_cut, &count, NULL), RESULT_OK);
    return count;
}

static void marks_a_date_once_however_often_it_is_cut(void)
{
    open_frozen();
    hall_cutover(&hall, NEXT_DATE);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_restart(&hall);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    CU_ASSERT_EQUAL(cut_marks(), 1);
    hall_close(&hall);
}

static void waits_with_a_cut_for_claims_of_its_date(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message leg = hall_claim(&hall, &claim);
    hall_cutover(&hall, NEXT_DATE);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE); /* RESERVED */
    ASSERT_CONTAINS(hall.cut_text,
                    "20261122 still waits for claims, freezes and purchases under way: 1");
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, LANTERN, "0200", "47");
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE); /* CREDITING */
    hall_answer(&hall, LANTERN, &leg, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    claim = claim_of(&hall, &freeze, 2, 2500, RECEIVER);
    hall_claim(&hall, &claim); /* of the next day, moving */
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

static void does_not_wait_with_a_cut_for_reversals_and_confirmations(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_cutover(&hall, NEXT_DATE);
    hall_pass(&hall, LEG_MS);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DEBIT_UNKNOWN);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

/* A claim that came on the old date and is not yet durable when the new one is: its day waits. */
static void waits_with_a_cut_for_a_claim_that_is_not_durable_yet(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    CU_ASSERT_TRUE(party_cutover(router_party(hall.router), NEXT_DATE, NULL, NULL));
    hall_deliver(&hall, BETA, &claim);
    store_memory_commit(hall.store, 1); /* the date alone */
    CU_ASSERT_EQUAL(party_complete(router_party(hall.router), hall.now, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(party_business_date(router_party(hall.router)), NEXT_DATE);
    unsigned before = hall.cuts;
    router_cut(hall.router, HALL_DATE, hall_cut_done, &hall);
    CU_ASSERT_EQUAL(hall.cuts, before + 1);
    CU_ASSERT_EQUAL(hall.cut_result, RESULT_STATE);
    hall_settle(&hall);
    CU_ASSERT_EQUAL(share_at(&hall, &freeze.reference, 1).settlement_date, HALL_DATE);
    hall_close(&hall);
}

static void waits_with_a_cut_for_a_freeze_of_its_date(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_cutover(&hall, NEXT_DATE);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    struct iso_message answer = hall_take(&hall, ALPHA, "0110", "03");
    ASSERT_DE(&answer, 15, "1122");
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

static void cuts_one_date_at_a_time(void)
{
    open_frozen();
    hall_cutover(&hall, NEXT_DATE);
    hall_cutover(&hall, NEXT_DATE + 1);
    router_cut(hall.router, HALL_DATE, hall_cut_done, &hall);
    CU_ASSERT_EQUAL(hall.cuts, 0); /* not before it is durable */
    router_cut(hall.router, NEXT_DATE, hall_cut_done, &hall);
    CU_ASSERT_EQUAL(hall.cuts, 1);
    CU_ASSERT_EQUAL(hall.cut_result, RESULT_STATE);
    hall_settle(&hall);
    CU_ASSERT_EQUAL(hall.cuts, 2);
    CU_ASSERT_EQUAL(hall.cut_result, RESULT_OK);
    CU_ASSERT_EQUAL(hall_cut(&hall, NEXT_DATE), RESULT_OK);
    hall_close(&hall);
}

/* --- on a store that no switch runs on -------------------------------------------------------- */

static void stop_switch(void)
{
    router_close(hall.router);
    hall.router = NULL;
    store_memory_crash(hall.store);
}

static void cuts_a_date_without_a_switch(void)
{
    struct fault fault = {.text = ""};
    bool is_cut = true;
    open_frozen();
    stop_switch();
    CU_ASSERT_EQUAL(router_cut_store(hall.store, HALL_DATE, 1, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "is not over");
    hall_start(&hall);
    hall_cutover(&hall, NEXT_DATE);
    stop_switch();
    CU_ASSERT_EQUAL(router_is_cut(hall.store, HALL_DATE, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_FALSE(is_cut);
    CU_ASSERT_EQUAL(router_cut_store(hall.store, HALL_DATE, 1, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(router_is_cut(hall.store, HALL_DATE, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_TRUE(is_cut);
    CU_ASSERT_EQUAL(router_is_cut(hall.store, NEXT_DATE, &is_cut, &fault), RESULT_OK);
    CU_ASSERT_FALSE(is_cut);
    CU_ASSERT_EQUAL(router_cut_store(hall.store, HALL_DATE, 2, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(cut_marks(), 1);
    hall_close(&hall);
}

static void cuts_no_date_with_something_open_without_a_switch(void)
{
    struct fault fault = {.text = ""};
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct operation other = freeze_of(43, SENDER, 100, 1);
    hall_claim(&hall, &claim);
    hall_send(&hall, ALPHA, &other); /* FREEZING */
    hall.taken = hall.sent_count;
    hall_cutover(&hall, NEXT_DATE);
    stop_switch();
    CU_ASSERT_EQUAL(router_cut_store(hall.store, HALL_DATE, 1, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text,
                    "still waits for claims, freezes and purchases under way: 2; start the switch");
    CU_ASSERT_EQUAL(cut_marks(), 0);
    hall_close(&hall);
}

static bool read_mark(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_CUT)
        *(struct journal_entry *)context = entry;
    return true;
}

static void expect_mark(unsigned open_count, int64_t open_minor)
{
    struct journal_entry mark = {0};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, read_mark, &mark, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(mark.operation.forwarder.number, id_of(SWITCH_ID).number);
    CU_ASSERT_EQUAL(mark.count, open_count);
    CU_ASSERT_EQUAL(mark.available_minor, open_minor);
}

static void says_in_the_mark_whose_it_is_and_what_is_open(void)
{
    open_frozen();
    struct operation other = freeze_of(43, SENDER, 700, 1), closed = freeze_of(44, SENDER, 900, 2);
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_whole(&hall, &claim);
    hall_freeze(&hall, &other);
    hall_freeze(&hall, &closed);
    struct operation notice = about(&hall, &closed, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall.taken = hall.sent_count;
    claim = claim_of(&hall, &freeze, 2, 100, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS); /* its debit is unanswered */
    hall_cutover(&hall, NEXT_DATE);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    expect_mark(2, FROZEN_MINOR - 2500 + 700);
    hall_close(&hall);
}

static void says_the_same_in_the_mark_of_a_store_without_a_switch(void)
{
    struct fault fault = {.text = ""};
    open_frozen();
    hall_cutover(&hall, NEXT_DATE);
    stop_switch();
    CU_ASSERT_EQUAL(router_cut_store(hall.store, HALL_DATE, 1, &fault), RESULT_OK);
    expect_mark(1, FROZEN_MINOR);
    hall_close(&hall);
}

struct told {
    uint8_t to;
    int64_t open_minor; /* after the latest step of a share to this state; -1: none */
};

static bool read_told(void *context, const struct store_log_record *record)
{
    struct told *told = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_SHARE || entry.event == JOURNAL_FREEZE)
        CU_ASSERT_EQUAL(entry.frozen_minor, FROZEN_MINOR);
    if (entry.event == JOURNAL_SHARE && entry.to == told->to)
        told->open_minor = entry.available_minor;
    return true;
}

static void expect_told(enum share_state to, int64_t open_minor)
{
    struct told told = {.to = (uint8_t)to, .open_minor = -1};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, read_told, &told, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(told.open_minor, open_minor);
}

static void tells_with_every_step_what_is_open_of_the_packet(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_whole(&hall, &claim);
    expect_told(SHARE_RESERVED, FROZEN_MINOR);
    expect_told(SHARE_CREDITING, FROZEN_MINOR);
    expect_told(SHARE_CREDITED, FROZEN_MINOR - 2500);
    hall_close(&hall);
}

/* Sixteen dates with claims in flight; one more date refuses its claims until one is through. */
static void counts_up_to_16_dates_at_once_and_refuses_one_more_with_96(void)
{
    hall_prepare(&hall);
    hall.config.party.requests_max = hall.config.party.forwards_max = 64;
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = freeze_of(43, SENDER, 10000, 99);
    hall_freeze(&hall, &freeze);
    struct iso_message first = {.spec = NULL};
    for (uint16_t share = 1; share <= 16; share++) {
        struct operation claim = claim_of(&hall, &freeze, share, 10, RECEIVER);
        struct iso_message debit = hall_claim(&hall, &claim);
        if (share == 1)
            first = debit;
        hall_cutover(&hall, date_add_days(HALL_DATE, share));
    }
    struct operation claim = claim_of(&hall, &freeze, 17, 10, RECEIVER);
    hall_claim_refused(&hall, &claim, "96");
    hall_answer(&hall, HARBOUR, &first, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    hall_claim(&hall, &claim);
    hall_close(&hall);
}

SUITE(CASE(says_in_the_mark_whose_it_is_and_what_is_open),
      CASE(says_the_same_in_the_mark_of_a_store_without_a_switch),
      CASE(tells_with_every_step_what_is_open_of_the_packet),
      CASE(keeps_the_settlement_date_of_a_claim_over_a_cutover),
      CASE(books_reversals_and_confirmations_to_the_day_of_their_leg),
      CASE(books_a_release_to_the_day_it_is_made),
      CASE(books_a_freeze_reversal_to_the_day_of_the_freeze),
      CASE(books_the_end_of_a_reversal_to_the_day_it_carries),
      CASE(books_the_end_of_an_unfreeze_to_the_day_it_carries), CASE(cuts_no_date_that_is_not_over),
      CASE(marks_a_date_once_however_often_it_is_cut),
      CASE(waits_with_a_cut_for_claims_of_its_date),
      CASE(does_not_wait_with_a_cut_for_reversals_and_confirmations),
      CASE(waits_with_a_cut_for_a_claim_that_is_not_durable_yet),
      CASE(waits_with_a_cut_for_a_freeze_of_its_date), CASE(cuts_one_date_at_a_time),
      CASE(cuts_a_date_without_a_switch), CASE(cuts_no_date_with_something_open_without_a_switch),
      CASE(counts_up_to_16_dates_at_once_and_refuses_one_more_with_96))
