/* A peer that causes lines by the thousand fills no disk and hides nobody else's. */
#include "base/log_gate.h"
#include "rig.h"

static struct rig rig;

/* Each is one line "mac_failed" and one line "refused". */
static void send_bad_macs(unsigned peer, unsigned count)
{
    struct operation freeze = freeze_of(&rig, 1);
    struct operation_text text;
    struct iso_message message;
    operation_write(&freeze, &text, rig_spec(), &message);
    iso_message_set(&message, 128, "00000000", 8);
    struct packed packed = rig_pack(&rig, peer, &message);
    for (unsigned i = 0; i < count; i++) {
        rig.sent_count = 0;
        CU_ASSERT_TRUE(rig_deliver_bytes(&rig, peer, packed));
    }
}

static void open_quietly(void)
{
    rig_open_signed_on(&rig);
    rig.log_count = 0;
}

static void writes_a_burst_of_each_event_and_then_a_count(void)
{
    open_quietly();
    CU_ASSERT_EQUAL(party_log_deadline(rig.party), UINT64_MAX);
    send_bad_macs(PEER_WALLET, 1000);
    CU_ASSERT_EQUAL(rig.log_count, 2 * LOG_GATE_BURST);
    uint64_t due_us = party_log_deadline(rig.party);
    CU_ASSERT_EQUAL(due_us, rig.now.mono_us + (uint64_t)LOG_GATE_WINDOW_S * 1000000);
    rig_pass(&rig, LOG_GATE_WINDOW_S * 1000);
    CU_ASSERT_EQUAL(rig.log_count, 2 * LOG_GATE_BURST + 2);
    CU_ASSERT_STRING_EQUAL(rig.log_text, "alpha: 950 more in the last 10 s");
    CU_ASSERT_EQUAL(party_log_deadline(rig.party), UINT64_MAX);
    CU_ASSERT_EQUAL(party_view(rig.party).mac_failures, 1000);
    rig_close(&rig);
}

static void hides_nothing_of_another_peer(void)
{
    open_quietly();
    send_bad_macs(PEER_WALLET, 1000);
    rig.log_count = 0;
    send_bad_macs(PEER_ISSUER, 3);
    CU_ASSERT_EQUAL(rig.log_count, 6);
    rig_close(&rig);
}

static void hides_no_other_event_of_the_same_peer(void)
{
    open_quietly();
    send_bad_macs(PEER_WALLET, 1000);
    rig_network(&rig, PEER_WALLET, "002", "", "00091230001");
    CU_ASSERT_TRUE(rig_logged(&rig, "signed_off"));
    rig_close(&rig);
}

static void tells_at_its_end_what_it_held_back(void)
{
    open_quietly();
    send_bad_macs(PEER_WALLET, LOG_GATE_BURST + 1);
    party_close(rig.party);
    rig.party = NULL;
    CU_ASSERT_EQUAL(rig.log_count, 2 * LOG_GATE_BURST + 2);
    CU_ASSERT_STRING_EQUAL(rig.log_text, "alpha: 1 more in the last 10 s");
    rig_close(&rig);
}

/* The table of kinds has its end too: what is beyond it is bounded together. */
static void bounds_more_kinds_than_there_is_room_for(void)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                        "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
                                        "u", "v", "w", "x", "y", "z", "0", "1", "2", "3"};
    enum { KINDS = sizeof names / sizeof names[0], GATES = 24 };
    open_quietly();
    rig_restart(&rig);
    rig.log_count = 0;
    for (unsigned round = 0; round < 100; round++)
        for (size_t i = 0; i < KINDS; i++)
            party_log_peer(rig.party, PEER_TWIN, LOG_INFO, names[i], "x");
    CU_ASSERT_EQUAL(rig.log_count, GATES * LOG_GATE_BURST);
    rig_close(&rig);
}

SUITE(CASE(writes_a_burst_of_each_event_and_then_a_count), CASE(hides_nothing_of_another_peer),
      CASE(hides_no_other_event_of_the_same_peer), CASE(tells_at_its_end_what_it_held_back),
      CASE(bounds_more_kinds_than_there_is_room_for))
