/* What a wallet forgets: packets that have ended with their names and tickets, and old claims. */
#include "fixture.h"

static struct fixture f;

static void live(unsigned days)
{
    uint64_t end_us = f.now.mono_us + UINT64_C(86400) * 1000000 * days;
    struct party *party = wallet_party(f.wallet);
    for (;;) {
        uint64_t due_us = party_deadline(party);
        if (due_us > end_us)
            due_us = end_us;
        f.now.wall_us += (int64_t)(due_us - f.now.mono_us);
        f.now.mono_us = due_us;
        if (due_us == end_us)
            break;
        party_tick(party, f.now);
        fixture_settle(&f);
    }
}

static bool count(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static unsigned stored_in(enum record_table table)
{
    uint8_t first[] = {(uint8_t)table}, end[] = {(uint8_t)(table + 1)};
    unsigned found = 0;
    CU_ASSERT_EQUAL(store_scan(f.store, bytes_of(first, 1), bytes_of(end, 1), count, &found, NULL),
                    RESULT_OK);
    return found;
}

static void grab_and_claim(const char *packet, unsigned people)
{
    for (unsigned i = 0; i < people; i++) {
        struct outcome outcome;
        char person[WALLET_NAME_MAX + 1];
        snprintf(person, sizeof person, "person %u", i);
        struct wallet_result grabbed = grab(&f, packet, person, 0);
        CU_ASSERT_EQUAL(grabbed.refusal, WALLET_ACCEPTED);
        struct wallet_claim claim = claim_of(&grabbed.ticket, person);
        send_claim(&f, &claim, &outcome);
        fixture_serve(&f, "0200", "00");
    }
}

static void expire(const char *packet, const char *code)
{
    struct outcome outcome;
    send_expire(&f, packet, &outcome);
    fixture_serve(&f, "0220", code);
    CU_ASSERT_EQUAL(outcome.count, 1);
}

static void forgets_a_packet_thirty_days_after_its_end(void)
{
    fixture_open(&f);
    announce(&f, "new year", 10000, 40);
    grab_and_claim("new year", 40);
    live(10);
    expire("new year", "00");
    live(29);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 1);
    CU_ASSERT_EQUAL(stored_in(TABLE_GRAB), 40);
    CU_ASSERT_EQUAL(stored_in(TABLE_CLAIM), 0); /* 39 days old */
    live(5);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_GRAB), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_PACKET), 0);
    struct outcome outcome;
    send_expire(&f, "new year", &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_UNKNOWN_PACKET);
    announce(&f, "new year", 10000, 1); /* a name of nobody's now */
    grab_and_claim("new year", 1);
    fixture_close(&f);
}

static void forgets_what_was_refused_or_reversed(void)
{
    struct outcome outcome;
    struct wallet_packet packet = packet_of("refused", 100, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "51");
    announce(&f, "given up", 100, 1);
    send_reverse(&f, "given up", &outcome);
    fixture_serve(&f, "0420", "00");
    live(29);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 2);
    live(6);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_PACKET), 0);
    fixture_close(&f);
}

static void keeps_what_is_open_and_what_is_disputed(void)
{
    fixture_open(&f);
    announce(&f, "open", 100, 1);
    announce(&f, "disputed", 100, 2);
    CU_ASSERT_EQUAL(grab(&f, "disputed", "Li Na", 0).refusal, WALLET_ACCEPTED);
    expire("disputed", "25");
    live(298);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 2);
    CU_ASSERT_EQUAL(stored_in(TABLE_PACKET), 2);
    live(6); /* nobody has ended it in 299 days; the switch has */
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 1);
    CU_ASSERT_EQUAL(stored_in(TABLE_PACKET), 1);
    CU_ASSERT_EQUAL(stored_in(TABLE_GRAB), 1);
    fixture_close(&f);
}

static void goes_on_after_a_restart_in_the_middle(void)
{
    fixture_open(&f);
    announce(&f, "new year", 10000, 40);
    grab_and_claim("new year", 40);
    expire("new year", "00");
    live(29);
    f.now.wall_us += INT64_C(3) * 86400 * 1000000;
    unsigned before = 40, restarts = 0;
    for (unsigned i = 0; i < 500 && stored_in(TABLE_FREEZE) > 0; i++) {
        struct party *party = wallet_party(f.wallet);
        uint64_t due_us = party_deadline(party);
        f.now.wall_us += (int64_t)(due_us - f.now.mono_us);
        f.now.mono_us = due_us;
        party_tick(party, f.now);
        CU_ASSERT_EQUAL(party_complete(party, f.now, NULL), RESULT_OK);
        unsigned left = stored_in(TABLE_GRAB);
        CU_ASSERT_TRUE(before - left <= 7);
        if (left < before && ++restarts % 2 == 0)
            fixture_restart(&f);
        before = left;
    }
    CU_ASSERT_TRUE(restarts >= 5);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_GRAB), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_PACKET), 0);
    fixture_close(&f);
}

static void takes_a_few_steps_at_a_time(void)
{
    fixture_open(&f);
    announce(&f, "new year", 10000, 60);
    grab_and_claim("new year", 60);
    live(29);
    store_memory_hold(f.store, true);
    for (unsigned i = 0; i < 500 && stored_in(TABLE_CLAIM) > 0; i++) {
        struct party *party = wallet_party(f.wallet);
        uint64_t due_us = party_deadline(party);
        f.now.wall_us += (int64_t)(due_us - f.now.mono_us);
        f.now.mono_us = due_us;
        party_tick(party, f.now);
        CU_ASSERT_TRUE(store_memory_waiting(f.store) <= 16);
        store_memory_commit(f.store, UINT64_MAX);
        CU_ASSERT_EQUAL(party_complete(party, f.now, NULL), RESULT_OK);
    }
    CU_ASSERT_EQUAL(stored_in(TABLE_CLAIM), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_GRAB), 60);
    fixture_close(&f);
}

SUITE(CASE(forgets_a_packet_thirty_days_after_its_end), CASE(forgets_what_was_refused_or_reversed),
      CASE(keeps_what_is_open_and_what_is_disputed), CASE(goes_on_after_a_restart_in_the_middle),
      CASE(takes_a_few_steps_at_a_time))
