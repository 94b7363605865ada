/* What has been over for thirty days is forgotten, in small steps; what is not over is kept, but
 * for keys of 299 days. */
#include "hall.h"

#include "party/forgetting.h"

static struct hall hall;
static struct operation freeze;

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

static void pay(uint16_t share, int64_t amount_minor)
{
    struct operation claim = claim_of(&hall, &freeze, share, amount_minor, RECEIVER);
    hall_claim_whole(&hall, &claim);
}

static struct operation give_notice(void)
{
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    return notice;
}

static void end(void)
{
    give_notice();
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
}

struct latest {
    unsigned count;
    struct journal_entry entry;
};

static bool find_forgotten(void *context, const struct store_log_record *record)
{
    struct latest *latest = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_FORGOTTEN) {
        latest->count++;
        latest->entry = entry;
    }
    return true;
}

static struct latest forgotten(void)
{
    struct latest latest = {0};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, find_forgotten, &latest, NULL), RESULT_OK);
    return latest;
}

static void forgets_a_freeze_and_its_keys_thirty_days_after_its_end(void)
{
    open_frozen();
    pay(1, 2500);
    pay(2, 1000);
    struct operation refused = claim_of(&hall, &freeze, 2, 100, RECEIVER);
    hall_claim_refused(&hall, &refused, "22");
    hall_live(&hall, days(5));
    end();
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 5);
    hall_live(&hall, days(29));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 5);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 3);
    hall_send(&hall, BETA, &refused); /* stored, though its DE 7 is of last month */
    hall_expect_answer(&hall, BETA, "0210", "40", "22");
    hall_live(&hall, days(10));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_TIME), 0);
    struct latest latest = forgotten();
    CU_ASSERT_EQUAL(latest.count, 1);
    CU_ASSERT_EQUAL(latest.entry.from, FREEZE_CLOSED);
    CU_ASSERT_EQUAL(latest.entry.moved_minor, 3500);
    CU_ASSERT_EQUAL(latest.entry.available_minor, 6500);
    CU_ASSERT_EQUAL(latest.entry.frozen_minor, 10000);
    CU_ASSERT_TRUE(reference_same_freeze(&latest.entry.operation.reference, &freeze.reference));
    struct operation claim = claim_of(&hall, &freeze, 3, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "25");
    hall_send(&hall, BETA, &refused); /* as unknown as any, and too old */
    hall_expect_answer(&hall, BETA, "0210", "40", "30");
    hall_close(&hall);
}

/* Whether it was never seen or is forgotten, nobody can say: 00 would tell the wallet that nothing
 * was claimed. */
static void takes_no_reversal_of_what_may_be_forgotten(void)
{
    open_frozen();
    pay(1, 2500);
    end();
    hall_live(&hall, days(40));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    struct operation reversal = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &reversal);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "25");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    hall_close(&hall);
}

static void forgets_what_was_refused_reversed_or_never_seen(void)
{
    open_frozen();
    struct operation refused = freeze_of(43, AWAY, 300, 1);
    hall_send(&hall, ALPHA, &refused);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "92");
    struct operation unseen = freeze_of(44, SENDER, 300, 1);
    struct operation reversal = about(&hall, &unseen, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &reversal);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    reversal = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &reversal);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    struct operation nobodys = freeze_of(45, SENDER, 300, 1);
    struct operation claim = claim_of(&hall, &nobodys, 1, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "25");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 3);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 5);
    hall_live(&hall, days(29));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 5);
    hall_live(&hall, days(10));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    CU_ASSERT_EQUAL(forgotten().count, 3);
    hall_close(&hall);
}

/* Its end is what the thirty days are counted from, not its age. */
static void keeps_the_keys_of_a_freeze_that_ended_late(void)
{
    open_frozen();
    pay(1, 2500);
    give_notice();
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_link_down(&hall, HARBOUR);
    hall_live(&hall, days(60));
    hall_link_up(&hall, HARBOUR);
    hall_live(&hall, 1000);
    unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    hall_live(&hall, days(29));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 2);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 3);
    hall_live(&hall, days(3));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

/* A credit that was approved late has its share CREDITED; its confirmation goes on all the same. */
static void keeps_a_freeze_whose_confirmation_is_not_done(bool is_approved_late)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    if (is_approved_late)
        hall_answer(&hall, LANTERN, &credit, "00");
    ASSERT_SHARE(&hall, &freeze, 1, is_approved_late ? SHARE_CREDITED : SHARE_CREDIT_UNKNOWN);
    hall_link_down(&hall, LANTERN);
    end();
    hall_live(&hall, days(60));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 2);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 3);
    hall_link_up(&hall, LANTERN);
    hall_live(&hall, 1000);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_answer(&hall, LANTERN, &confirmation, "00");
    hall_live(&hall, days(29));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 2);
    hall_live(&hall, days(32));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    CU_ASSERT_EQUAL(forgotten().entry.moved_minor, 2500);
    hall_close(&hall);
}

/* DE 15 has no year, and the nearest to today is not the share's any more. */
static void books_to_the_day_of_the_share(unsigned late, unsigned issuer, const char *id,
                                          const char *mti, const char *process,
                                          enum share_state ends)
{
    struct totals_book book;
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    if (issuer == LANTERN)
        hall_claim_to_credit(&hall, &claim);
    else
        hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    hall_take(&hall, issuer, mti, process);
    hall_expect_answer(&hall, BETA, "0210", "40", issuer == LANTERN ? "A2" : "98");
    hall_link_down(&hall, HARBOUR); /* which would hear of the freeze's end, too */
    hall_link_down(&hall, LANTERN);
    hall_live(&hall, days(late));
    hall.taken = hall.sent_count;
    hall_cutover(&hall, date_add_days(HALL_DATE, (int32_t)late));
    hall_link_up(&hall, issuer);
    hall_live(&hall, 1000);
    struct iso_message stored = hall_take(&hall, issuer, mti, process);
    hall_answer(&hall, issuer, &stored, "00");
    ASSERT_SHARE(&hall, &freeze, 1, ends);
    struct hall_record record = hall_record(&hall, key_of_totals(HALL_DATE, id_of(id).number));
    totals_book_decode(hall_bytes(&record), &book);
    CU_ASSERT_EQUAL(book.reversals.count + book.confirmations.count, 0);
    hall_close(&hall);
}

static void books_what_is_done_late_to_the_day_of_its_share(void)
{
    static const unsigned late[] = {183, 298};
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        books_to_the_day_of_the_share(late[i], HARBOUR, HARBOUR_ID, "0420", "46", SHARE_RELEASED);
        books_to_the_day_of_the_share(late[i], LANTERN, LANTERN_ID, "0220", "47", SHARE_CREDITED);
    }
}

static void keeps_a_freeze_with_a_credit_to_be_confirmed(void)
{
    keeps_a_freeze_whose_confirmation_is_not_done(false);
}

static void keeps_a_freeze_whose_confirmation_still_waits(void)
{
    keeps_a_freeze_whose_confirmation_is_not_done(true);
}

static void keeps_what_is_disputed_but_not_its_keys_of_299_days(void)
{
    open_frozen();
    pay(1, 2500);
    give_notice();
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "22");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_DISPUTED);
    hall_live(&hall, days(298));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 3);
    hall_live(&hall, days(2));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_live(&hall, days(200));
    ASSERT_FREEZE(&hall, &freeze, FREEZE_DISPUTED);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    CU_ASSERT_EQUAL(forgotten().count, 0);
    hall_close(&hall);
}

static void forgets_on_both_sides_of_a_new_year_and_a_leap_day(void)
{
    hall_prepare(&hall);
    hall.now.wall_us = date_to_wall(20271231) + INT64_C(23) * 3600 * 1000000;
    hall_start(&hall);
    hall_all_on(&hall);
    for (unsigned day = 0; day < 70; day++) {
        struct operation nobodys = freeze_of(45, SENDER, 300, 1);
        struct operation claim = claim_of(&hall, &nobodys, 1, 100, RECEIVER);
        hall_claim_refused(&hall, &claim, "25");
        hall_live(&hall, days(1));
        unsigned kept = stored_in(&hall, TABLE_DUPLICATE);
        CU_ASSERT_TRUE(day < 30 ? kept == day + 1 : kept >= 30 && kept <= 40);
    }
    hall_live(&hall, days(39));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

enum { MANY = 150 };

static void claim_many(void)
{
    hall_prepare(&hall);
    hall.config.party.freeze_age_ms = hours(1);
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = freeze_of(42, SENDER, FROZEN_MINOR, MANY);
    hall_freeze(&hall, &freeze);
    for (uint16_t share = 1; share <= MANY; share++)
        pay(share, 1);
    end();
}

static void a_crash_between_its_steps_leaves_what_the_next_start_goes_on_with(void)
{
    claim_many();
    hall_live(&hall, days(30));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), MANY + 1);
    unsigned before = MANY + 1, crashes = 0;
    for (unsigned i = 0; i < 2000 && before > 0; i++) {
        uint64_t due_us = party_deadline(router_party(hall.router));
        hall.now.wall_us += (int64_t)(due_us - hall.now.mono_us);
        hall.now.mono_us = due_us;
        party_tick(router_party(hall.router), hall.now);
        uint64_t waiting = store_memory_waiting(hall.store);
        CU_ASSERT_TRUE(waiting <= FORGET_STEPS_MAX);
        store_memory_commit(hall.store, 1 + i % 3);
        unsigned left = stored_in(&hall, TABLE_FREEZE);
        CU_ASSERT_TRUE(left <= before && before - left <= 3 * 7 + 1);
        /* The freeze goes last, so that all the others are refused for its state. */
        CU_ASSERT_TRUE(left == 0 || freeze_at(&hall, &freeze.reference).state == FREEZE_CLOSED);
        if (left < before && left > 0) {
            struct operation claim = claim_of(&hall, &freeze, 1, 1, RECEIVER);
            crashes++;
            hall_restart(&hall);
            hall_all_on(&hall);
            hall_claim_refused(&hall, &claim, "22");
        } else
            hall_settle(&hall);
        before = left;
    }
    CU_ASSERT_TRUE(crashes >= 8);
    CU_ASSERT_EQUAL(before, 0);
    CU_ASSERT_EQUAL(forgotten().count, 1);
    hall_live(&hall, days(31));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

static void takes_a_few_steps_at_a_time_and_no_more_than_so_many_a_second(void)
{
    claim_many();
    uint64_t begun_us = 0;
    hall_live(&hall, days(30));
    for (unsigned i = 0; i < 1000 && stored_in(&hall, TABLE_DUPLICATE) > 0; i++) {
        uint64_t due_us = party_deadline(router_party(hall.router));
        hall.now.wall_us += (int64_t)(due_us - hall.now.mono_us);
        hall.now.mono_us = due_us;
        party_tick(router_party(hall.router), hall.now);
        uint64_t waiting = store_memory_waiting(hall.store);
        CU_ASSERT_TRUE(waiting <= FORGET_STEPS_MAX);
        if (waiting > 0 && begun_us == 0)
            begun_us = hall.now.mono_us;
        hall_settle(&hall);
    }
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    /* 22 steps for the shares and 152 for the keys: 6 batches. */
    CU_ASSERT_TRUE(hall.now.mono_us - begun_us >= 5 * 1000 * FORGET_PAUSE_MS);
    hall_close(&hall);
}

static void goes_on_after_a_wall_clock_was_set(void)
{
    open_frozen();
    end();
    hall.now.wall_us -= INT64_C(1000) * (int64_t)days(20);
    hall_live(&hall, days(45));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 1); /* 25 days by its clock */
    hall.now.wall_us += INT64_C(1000) * (int64_t)days(20);
    hall_live(&hall, days(2));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

SUITE(CASE(forgets_a_freeze_and_its_keys_thirty_days_after_its_end),
      CASE(takes_no_reversal_of_what_may_be_forgotten),
      CASE(forgets_what_was_refused_reversed_or_never_seen),
      CASE(keeps_the_keys_of_a_freeze_that_ended_late),
      CASE(keeps_a_freeze_with_a_credit_to_be_confirmed),
      CASE(books_what_is_done_late_to_the_day_of_its_share),
      CASE(keeps_a_freeze_whose_confirmation_still_waits),
      CASE(keeps_what_is_disputed_but_not_its_keys_of_299_days),
      CASE(forgets_on_both_sides_of_a_new_year_and_a_leap_day),
      CASE(a_crash_between_its_steps_leaves_what_the_next_start_goes_on_with),
      CASE(takes_a_few_steps_at_a_time_and_no_more_than_so_many_a_second),
      CASE(goes_on_after_a_wall_clock_was_set))
