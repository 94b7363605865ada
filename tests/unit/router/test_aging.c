/* Freezes that nobody closes: the switch does, when they have become too old. */
#include "hall.h"

static struct hall hall;
static struct operation freeze;

static void open_frozen(uint64_t age_ms)
{
    hall_prepare(&hall);
    hall.config.party.freeze_age_ms = age_ms;
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

struct closing {
    unsigned count;
    char note[JOURNAL_NOTE_MAX + 1];
};

static bool find_closing(void *context, const struct store_log_record *record)
{
    struct closing *closing = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_FREEZE && entry.from == FREEZE_FROZEN &&
        entry.to == FREEZE_CLOSING) {
        closing->count++;
        memcpy(closing->note, entry.note, sizeof closing->note);
    }
    return true;
}

static void closes_a_freeze_of_seven_days_as_if_a_notice_had_come(void)
{
    struct closing closing = {0};
    open_frozen(0);
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_whole(&hall, &claim);
    hall_live(&hall, days(7) - hours(1));
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    hall_expect_nothing(&hall);
    hall_live(&hall, hours(1) + 2000);
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    ASSERT_DE(&unfreeze, 37, "112200000011"); /* no notice's: the freeze's own */
    ASSERT_DE(&unfreeze, 90, FREEZE_DE90);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSING);
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).notice_minor, -1);
    CU_ASSERT_EQUAL(router_view(hall.router).aged, 1);
    claim = claim_of(&hall, &freeze, 2, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "22");
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice); /* the wallet's own, too late */
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, find_closing, &closing, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(closing.count, 1);
    CU_ASSERT_STRING_EQUAL(closing.note, "older than a freeze may become: closed by the switch");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_TIME), 0);
    hall_close(&hall);
}

static void waits_for_a_share_under_way(void)
{
    open_frozen(hours(1));
    hall_live(&hall, hours(1) - 2000);
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_live(&hall, 4000);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSING);
    hall_expect_nothing(&hall);
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_close(&hall);
}

static void leaves_alone_what_has_ended_before(void)
{
    open_frozen(hours(1));
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    struct operation other = freeze_of(43, SENDER, 300, 1);
    hall_freeze(&hall, &other);
    struct operation reversal = about(&hall, &other, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &reversal);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_TIME), 2);
    hall_live(&hall, hours(2));
    hall_expect_nothing(&hall);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    ASSERT_FREEZE(&hall, &other, FREEZE_REVERSED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_TIME), 0);
    CU_ASSERT_EQUAL(router_view(hall.router).aged, 0);
    hall_close(&hall);
}

static void finds_what_has_aged_while_it_was_down(void)
{
    open_frozen(0);
    hall_live(&hall, days(3));
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_live(&hall, days(3));
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    router_close(hall.router);
    hall.router = NULL;
    store_memory_crash(hall.store);
    hall.now.mono_us = 5;
    hall.now.wall_us += INT64_C(1000) * (int64_t)days(3);
    hall_start(&hall);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    hall_live(&hall, 1500);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSING);
    hall_all_on(&hall);
    hall_live(&hall, 10);
    hall_close(&hall);
}

static void a_crash_before_the_commit_closes_it_later(void)
{
    open_frozen(hours(1));
    hall.now.mono_us += hours(1) * 1000 + 2000000;
    hall.now.wall_us += (int64_t)hours(1) * 1000 + 2000000;
    party_tick(router_party(hall.router), hall.now);
    CU_ASSERT_EQUAL(store_memory_waiting(hall.store), 1);
    hall_restart(&hall);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_TIME), 1);
    hall_live(&hall, 1500);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSING);
    hall_restart(&hall);
    hall_live(&hall, hours(1));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 1);
    hall_close(&hall);
}

static void leaves_half_of_the_places_to_claims(void)
{
    hall_prepare(&hall);
    hall.config.party.freeze_age_ms = hours(1);
    hall.config.party.forwards_max = 4;
    hall_start(&hall);
    hall_all_on(&hall);
    struct operation freezes[3];
    for (unsigned i = 0; i < 3; i++) {
        freezes[i] = freeze_of(50 + i, SENDER, 300, 1);
        hall_freeze(&hall, &freezes[i]);
    }
    hall_link_down(&hall, HARBOUR);
    hall_live(&hall, hours(2));
    ASSERT_FREEZE(&hall, &freezes[0], FREEZE_CLOSING);
    ASSERT_FREEZE(&hall, &freezes[1], FREEZE_CLOSING);
    ASSERT_FREEZE(&hall, &freezes[2], FREEZE_FROZEN);
    hall_link_up(&hall, HARBOUR);
    hall_live(&hall, 1000);
    for (unsigned second = 0; second < 30; second++) {
        while (hall.taken < hall.sent_count) {
            struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
            hall_answer(&hall, HARBOUR, &unfreeze, "00");
        }
        hall_live(&hall, 1000);
    }
    for (unsigned i = 0; i < 3; i++)
        ASSERT_FREEZE(&hall, &freezes[i], FREEZE_CLOSED);
    hall_close(&hall);
}

static void refuses_an_age_that_leaves_no_time_to_keep(void)
{
    struct fault fault = {.text = ""};
    hall_prepare(&hall);
    hall.config.party.freeze_age_ms = days(269); /* and 30 more are 299 */
    CU_ASSERT_EQUAL(hall_try_start(&hall, &fault), RESULT_INPUT);
    hall.config.party.freeze_age_ms = days(268);
    CU_ASSERT_EQUAL(hall_try_start(&hall, &fault), RESULT_OK);
    hall_close(&hall);
}

SUITE(CASE(closes_a_freeze_of_seven_days_as_if_a_notice_had_come),
      CASE(waits_for_a_share_under_way), CASE(leaves_alone_what_has_ended_before),
      CASE(finds_what_has_aged_while_it_was_down), CASE(a_crash_before_the_commit_closes_it_later),
      CASE(leaves_half_of_the_places_to_claims), CASE(refuses_an_age_that_leaves_no_time_to_keep))
