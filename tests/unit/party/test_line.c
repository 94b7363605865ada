/* Store and forward: in which order stored messages leave, how many at once, and what can be seen
 * of those that wait. */
#include "storing.h"

#include <limits.h>

enum { PLACES = 64 };

static void open_with(unsigned places, unsigned window)
{
    rig_prepare_centre(&rig);
    rig.config.forwards_max = places;
    rig.config.exchanges_max = places + 8;
    rig.config.forward_window = window;
    rig_start(&rig);
    for (unsigned peer = 0; peer < rig.config.peer_count; peer++)
        party_link_up(rig.party, peer, 0, rig.now);
    rig.sent_count = 0;
}

static void sign_on(void)
{
    if (party_peer_view(rig.party, PEER_ISSUER).links == 0)
        party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig.sent_count = 0;
    rig_pass(&rig, 0);
}

static uint32_t stan_at(size_t at)
{
    struct iso_message message = rig_message(&rig, at);
    return (uint32_t)strtoul(text_of(&message, 11), NULL, 10);
}

/* Whether these have left, in this order, since the last look; the list ends with 0. */
static void expect_sent(const uint32_t *stans)
{
    size_t count = 0;
    while (stans[count] != 0)
        count++;
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(stan_at(i), stans[i]);
    rig.sent_count = 0;
}
#define EXPECT_SENT(...) expect_sent((const uint32_t[]){__VA_ARGS__, 0})

static void store_all(const uint32_t *stans, uint64_t apart_ms)
{
    for (; *stans != 0; stans++) {
        CU_ASSERT_PTR_NOT_NULL(store_and_forward(*stans));
        rig_pass(&rig, apart_ms);
    }
}
#define STORE(apart_ms, ...) store_all((const uint32_t[]){__VA_ARGS__, 0}, apart_ms)

/* What the issuer says to this one, as if it had just come. */
static void answer(uint32_t stan, const char *code)
{
    struct operation operation = unfreeze_of(&rig, stan);
    struct operation_text text;
    struct iso_message message;
    operation.transmission = date_de7(date_to_wall(RIG_DATE) + INT64_C(20) * 3600 * 1000000);
    operation_write(&operation, &text, rig_spec(), &message);
    message.mti[2]++;
    iso_message_set(&message, 39, code, 2);
    rig_deliver(&rig, PEER_ISSUER, &message);
}

static void lose_link(uint64_t first_unwritten)
{
    party_link_down(rig.party, PEER_ISSUER, 0, first_unwritten, rig.now);
}

/* --- order ------------------------------------------------------------------------------------ */

static void they_leave_in_the_order_in_which_they_were_queued(void)
{
    open_with(PLACES, 16);
    STORE(0, 3, 1, 4, 2);
    sign_on();
    EXPECT_SENT(3, 1, 4, 2);
    rig_close(&rig);
}

static void they_leave_in_the_same_order_after_a_restart(void)
{
    open_with(PLACES, 16);
    STORE(1000, 30, 10, 20);
    rig_restart(&rig);
    sign_on();
    EXPECT_SENT(30, 10, 20);
    rig_close(&rig);
}

static void those_of_one_moment_leave_by_their_numbers_after_a_restart(void)
{
    open_with(PLACES, 16);
    STORE(0, 10, 20, 999999);
    rig_restart(&rig);
    sign_on();
    EXPECT_SENT(10, 20, 999999);
    rig_close(&rig);
}

static void one_that_is_new_leaves_behind_those_that_wait(void)
{
    open_with(PLACES, 1);
    STORE(0, 1, 2);
    sign_on();
    EXPECT_SENT(1);
    STORE(0, 3);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    answer(1, "00");
    EXPECT_SENT(2);
    answer(2, "00");
    EXPECT_SENT(3);
    rig_close(&rig);
}

static void those_lost_with_their_link_come_behind_those_never_tried(void)
{
    open_with(PLACES, 2);
    STORE(0, 1, 2, 3, 4);
    sign_on();
    EXPECT_SENT(1, 2);
    lose_link(UINT64_MAX);
    sign_on();
    EXPECT_SENT(3, 4);
    answer(3, "00");
    answer(4, "00");
    EXPECT_SENT(1, 2);
    rig_close(&rig);
}

static void those_of_which_no_byte_was_written_keep_their_turn(void)
{
    open_with(PLACES, 2);
    STORE(0, 1, 2, 3);
    sign_on();
    EXPECT_SENT(1, 2);
    lose_link(1);
    sign_on();
    EXPECT_SENT(1, 2);
    rig_close(&rig);
}

/* --- pace ------------------------------------------------------------------------------------- */

static void a_window_of_those_that_waited_leaves_at_once(void)
{
    open_with(PLACES, 0);
    for (uint32_t stan = 1; stan <= PARTY_FORWARD_WINDOW + 4; stan++)
        STORE(0, stan);
    sign_on();
    CU_ASSERT_EQUAL(rig.sent_count, PARTY_FORWARD_WINDOW);
    rig.sent_count = 0;
    answer(5, "00");
    EXPECT_SENT(PARTY_FORWARD_WINDOW + 1);
    answer(6, "96");
    EXPECT_SENT(PARTY_FORWARD_WINDOW + 2);
    rig_pass(&rig, FORWARD_WAIT_MS); /* the others are given up */
    EXPECT_SENT(PARTY_FORWARD_WINDOW + 3, PARTY_FORWARD_WINDOW + 4, 6);
    rig_close(&rig);
}

static void each_peer_has_its_window(void)
{
    open_with(PLACES, 1);
    STORE(0, 1, 2);
    sign_on();
    EXPECT_SENT(1);
    struct operation operation = unfreeze_of(&rig, 9);
    struct store_key key = key_of(9);
    CU_ASSERT_PTR_NOT_NULL(party_forward(rig.party, &key, &operation, WALLET, rig.now.wall_us));
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    rig.sent_count = 0;
    rig_pass(&rig, 0);
    EXPECT_SENT(9);
    rig_close(&rig);
}

static void what_finds_nobody_waiting_leaves_at_once(void)
{
    open_with(PLACES, 1);
    sign_on();
    STORE(0, 1, 2, 3);
    EXPECT_SENT(1, 2, 3);
    rig_close(&rig);
}

static void live_traffic_passes_those_that_wait(void)
{
    open_with(PLACES, 1);
    STORE(0, 1, 2);
    sign_on();
    EXPECT_SENT(1);
    struct operation freeze = freeze_of(&rig, 77);
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, NULL));
    EXPECT_SENT(77);
    rig_close(&rig);
}

static void one_that_is_refused_each_time_holds_up_nobody(void)
{
    open_with(PLACES, 1);
    STORE(0, 1, 2, 3, 4);
    sign_on();
    EXPECT_SENT(1);
    answer(1, "96");
    EXPECT_SENT(2);
    rig_pass(&rig, FORWARD_FIRST_MS); /* its delay is over: behind the others */
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    answer(2, "00");
    EXPECT_SENT(3);
    answer(3, "00");
    EXPECT_SENT(4);
    answer(4, "00");
    EXPECT_SENT(1);
    rig_close(&rig);
}

static void a_link_that_takes_nothing_is_tried_again_by_one(void)
{
    open_with(PLACES, 4);
    STORE(0, 1, 2, 3);
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig.sent_count = 0;
    rig.link_is_full = true;
    rig_pass(&rig, 0);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig.link_is_full = false;
    pass_to_deadline();
    EXPECT_SENT(2, 3, 1);
    rig_close(&rig);
}

static void thousands_drain_a_window_at_a_time_and_each_leaves_once(void)
{
    enum { MANY = 5000 };
    static bool left[MANY + 1];
    struct store_key key = key_of(1);
    unsigned ended = 0, step = 0;
    memset(left, 0, sizeof left);
    open_with(MANY, 16);
    for (uint32_t stan = 1; stan <= MANY; stan++) {
        struct operation operation = unfreeze_of(&rig, stan);
        CU_ASSERT_PTR_NOT_NULL_FATAL(
            party_forward(rig.party, &key, &operation, ISSUER, rig.now.wall_us));
    }
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).forwards, MANY);
    sign_on();
    while (ended < MANY) {
        CU_ASSERT_FATAL(rig.sent_count > 0 && rig.sent_count <= 16);
        size_t count = rig.sent_count;
        uint32_t stans[16];
        for (size_t i = 0; i < count; i++)
            stans[i] = stan_at(i);
        rig.sent_count = 0;
        for (size_t i = 0; i < count; i++) {
            CU_ASSERT_FALSE(left[stans[i]]);
            left[stans[i]] = true;
            CU_ASSERT_EQUAL_FATAL(stans[i], ++step);
            answer(stans[i], "00");
            CU_ASSERT_EQUAL_FATAL(rig.forwarded_count, 1);
            party_forward_done(rig.party, rig.forwarded[0]);
            rig.forwarded_count = 0;
            ended++;
        }
    }
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, 0);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).forwards, 0);
    rig_close(&rig);
}

/* --- to look at ------------------------------------------------------------------------------- */

static struct party_forward_view view_of(uint32_t stan)
{
    struct party_forward_view views[PLACES];
    struct store_key key = key_of(stan);
    unsigned at = 0, count = party_forward_page(rig.party, &at, views, PLACES);
    CU_ASSERT_EQUAL(at, UINT_MAX);
    for (unsigned i = 0; i < count; i++)
        if (bytes_equal(bytes_of(views[i].key->data, views[i].key->len),
                        bytes_of(key.data, key.len)))
            return views[i];
    CU_FAIL_FATAL("there is none of this number");
    return views[0];
}

static void expect_view(uint32_t stan, enum forward_wait wait, enum forward_outcome outcome,
                        unsigned tries)
{
    struct party_forward_view view = view_of(stan);
    CU_ASSERT_STRING_EQUAL(forward_wait_name(view.wait), forward_wait_name(wait));
    CU_ASSERT_STRING_EQUAL(forward_outcome_name(view.outcome), forward_outcome_name(outcome));
    CU_ASSERT_EQUAL(view.tries, tries);
}

static void says_why_each_of_them_waits(void)
{
    open_with(PLACES, 1);
    lose_link(0);
    STORE(0, 1, 2);
    expect_view(1, FORWARD_WAITS_FOR_LINK, FORWARD_UNTRIED, 0);
    party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    expect_view(1, FORWARD_WAITS_FOR_SIGN_ON, FORWARD_UNTRIED, 0);
    sign_on();
    expect_view(1, FORWARD_WAITS_FOR_ANSWER, FORWARD_UNTRIED, 1);
    expect_view(2, FORWARD_WAITS_FOR_TURN, FORWARD_UNTRIED, 0);
    CU_ASSERT_STRING_EQUAL(view_of(2).peer, "harbour");
    answer(1, "96");
    expect_view(1, FORWARD_WAITS_FOR_DELAY, FORWARD_ANSWERED, 1);
    CU_ASSERT_EQUAL(view_of(1).code, CODE_CENTRE_FAULT);
    uint64_t delay_us = view_of(1).due_us - rig.now.mono_us;
    CU_ASSERT_TRUE(delay_us >= FORWARD_FIRST_MS * 500 && delay_us <= FORWARD_FIRST_MS * 1000);
    expect_view(2, FORWARD_WAITS_FOR_ANSWER, FORWARD_UNTRIED, 1);
    rig_pass(&rig, FORWARD_FIRST_MS);
    expect_view(1, FORWARD_WAITS_FOR_TURN, FORWARD_ANSWERED, 1);
    rig_pass(&rig, FORWARD_WAIT_MS - FORWARD_FIRST_MS);
    expect_view(2, FORWARD_WAITS_FOR_DELAY, FORWARD_NO_ANSWER, 1);
    expect_view(1, FORWARD_WAITS_FOR_ANSWER, FORWARD_ANSWERED, 2);
    answer(1, "00");
    expect_view(1, FORWARD_WAITS_FOR_COMMIT, FORWARD_ANSWERED, 2);
    rig_close(&rig);
}

static void says_what_was_lost_with_its_link_or_never_taken(void)
{
    open_with(PLACES, 16);
    sign_on();
    STORE(0, 1);
    rig.link_is_full = true;
    STORE(0, 2);
    expect_view(2, FORWARD_WAITS_FOR_DELAY, FORWARD_NOT_TAKEN, 1);
    lose_link(UINT64_MAX);
    expect_view(1, FORWARD_WAITS_FOR_LINK, FORWARD_LINK_LOST, 1);
    struct operation operation = unfreeze_of(&rig, 3);
    struct store_key key = key_of(3);
    CU_ASSERT_PTR_NOT_NULL(party_forward(rig.party, &key, &operation, 4711, rig.now.wall_us));
    expect_view(3, FORWARD_WAITS_FOR_PEER, FORWARD_UNTRIED, 0);
    CU_ASSERT_PTR_NULL(view_of(3).peer);
    rig_close(&rig);
}

static void shows_thousands_by_pages(void)
{
    enum { MANY = 3 * PARTY_FORWARD_LOOK };
    struct party_forward_view views[100];
    struct store_key key = key_of(1);
    unsigned at = 0, count = 0, pages = 0;
    open_with(MANY, 16);
    CU_ASSERT_EQUAL(party_forward_page(rig.party, &at, views, 100), 0);
    CU_ASSERT_EQUAL(at, PARTY_FORWARD_LOOK); /* it looks no further in one call */
    for (uint32_t stan = 1; stan <= 1000; stan++) {
        struct operation operation = unfreeze_of(&rig, stan);
        CU_ASSERT_PTR_NOT_NULL_FATAL(
            party_forward(rig.party, &key, &operation, ISSUER, rig.now.wall_us));
    }
    for (at = 0; at != UINT_MAX; pages++)
        count += party_forward_page(rig.party, &at, views, 100);
    CU_ASSERT_EQUAL(count, 1000);
    CU_ASSERT_TRUE(pages >= 10 && pages <= 15);
    rig_close(&rig);
}

SUITE(CASE(they_leave_in_the_order_in_which_they_were_queued),
      CASE(they_leave_in_the_same_order_after_a_restart),
      CASE(those_of_one_moment_leave_by_their_numbers_after_a_restart),
      CASE(one_that_is_new_leaves_behind_those_that_wait),
      CASE(those_lost_with_their_link_come_behind_those_never_tried),
      CASE(those_of_which_no_byte_was_written_keep_their_turn),
      CASE(a_window_of_those_that_waited_leaves_at_once), CASE(each_peer_has_its_window),
      CASE(what_finds_nobody_waiting_leaves_at_once), CASE(live_traffic_passes_those_that_wait),
      CASE(one_that_is_refused_each_time_holds_up_nobody),
      CASE(a_link_that_takes_nothing_is_tried_again_by_one),
      CASE(thousands_drain_a_window_at_a_time_and_each_leaves_once),
      CASE(says_why_each_of_them_waits), CASE(says_what_was_lost_with_its_link_or_never_taken),
      CASE(shows_thousands_by_pages))
