/* One member never has all of what all share. */
#include "rig.h"

static struct rig rig;

enum { REQUESTS = 60 };

static void open_rig(void)
{
    rig_prepare_centre(&rig);
    rig.config.requests_max = REQUESTS;
    rig.config.exchanges_max = 4 * REQUESTS;
    rig_start(&rig);
    for (unsigned peer = 0; peer < rig.config.peer_count; peer++)
        party_link_up(rig.party, peer, 0, rig.now);
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig_sign_on(&rig, PEER_TWIN, "00091230001");
    rig.sent_count = 0;
}

/* Requests of this peer from STAN `first` on, until one is refused: how many were taken. */
static unsigned flood(unsigned peer, uint32_t first)
{
    unsigned before = rig.open_count;
    rig.sent_count = 0;
    for (uint32_t stan = first; rig.sent_count == 0 && stan < first + 2 * REQUESTS; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        rig_deliver_operation(&rig, peer, &freeze);
    }
    ASSERT_LATEST(&rig, "0110", "96");
    return rig.open_count - before;
}

static void drop_all(void)
{
    for (unsigned i = 0; i < rig.open_count; i++)
        party_drop(rig.party, rig.open[i]);
    for (unsigned peer = 0; peer < rig.config.peer_count; peer++)
        CU_ASSERT_EQUAL(party_peer_view(rig.party, peer).requests, 0);
    rig.open_count = 0;
}

static void allows_what_is_set_for_each_and_then_as_much_as_is_free(void)
{
    CU_ASSERT_FALSE(party_quota_allows(0, 0));
    CU_ASSERT_TRUE(party_quota_allows(0, 1));
    CU_ASSERT_TRUE(party_quota_allows(PARTY_QUOTA_MIN - 1, 1));
    CU_ASSERT_FALSE(party_quota_allows(PARTY_QUOTA_MIN, PARTY_QUOTA_MIN));
    CU_ASSERT_TRUE(party_quota_allows(PARTY_QUOTA_MIN, PARTY_QUOTA_MIN + 1));
}

static void gives_one_member_half_and_keeps_room_for_the_next(void)
{
    open_rig();
    CU_ASSERT_EQUAL(flood(PEER_WALLET, 1), REQUESTS / 2);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_WALLET).requests, REQUESTS / 2);
    CU_ASSERT_EQUAL(flood(PEER_TWIN, 1001), PARTY_QUOTA_MIN);
    CU_ASSERT_EQUAL(party_view(rig.party).requests, REQUESTS / 2 + PARTY_QUOTA_MIN);
    drop_all();
    CU_ASSERT_EQUAL(flood(PEER_TWIN, 2001), REQUESTS / 2);
    drop_all();
    rig_close(&rig);
}

static void charges_a_request_to_the_link_of_its_latest_repeat(void)
{
    open_rig();
    struct operation freeze = freeze_of(&rig, 1);
    rig_deliver_operation(&rig, PEER_WALLET, &freeze);
    rig_deliver_operation(&rig, PEER_TWIN, &freeze);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_WALLET).requests, 0);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_TWIN).requests, 1);
    drop_all();
    rig_close(&rig);
}

static void gives_the_only_peer_everything(void)
{
    rig_prepare(&rig);
    rig.config.requests_max = REQUESTS;
    rig.config.name = "harbour";
    rig.config.self = id_of("00095550001");
    rig_add_peer(&rig, "switch", "00010000", 0x11);
    rig_start(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    CU_ASSERT_EQUAL(flood(0, 1), REQUESTS);
    drop_all();
    rig_close(&rig);
}

static bool may_ask(void)
{
    return party_quota_may_ask(rig.party, PEER_ISSUER, rig.open[0]);
}

/* Of a third of the table, so that a sixth is left to who asks. */
static void lets_a_third_of_the_table_wait_for_one_peer(void)
{
    unsigned asked = 0;
    open_rig();
    for (uint32_t stan = 1; stan <= REQUESTS / 2; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        rig_deliver_operation(&rig, PEER_WALLET, &freeze);
        if (!may_ask())
            continue;
        CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &asked));
        asked++;
    }
    CU_ASSERT_EQUAL(rig.open_count, REQUESTS / 2);
    CU_ASSERT_EQUAL(asked, REQUESTS / 3);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).asked, asked);
    CU_ASSERT_EQUAL(party_view(rig.party).asked, asked);
    CU_ASSERT_TRUE(party_quota_may_ask(rig.party, PEER_TWIN, rig.open[0]));
    rig_pass(&rig, ASK_MS); /* nobody answers */
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).asked, 0);
    CU_ASSERT_TRUE(may_ask());
    drop_all();
    rig_close(&rig);
}

static void counts_the_stored_messages_of_each_peer(void)
{
    open_rig();
    struct operation unfreeze = unfreeze_of(&rig, 1), nobodys = unfreeze_of(&rig, 2);
    struct store_key key = key_of_name(TABLE_FORWARD, "one"),
                     other = key_of_name(TABLE_FORWARD, "x");
    struct forward *one = party_forward(rig.party, &key, &unfreeze, ISSUER, 0);
    struct forward *two = party_forward(rig.party, &other, &nobodys, 4711, 0);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).forwards, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, 2);
    rig_answer(&rig, 0, "00");
    party_forward_done(rig.party, one);
    party_forward_done(rig.party, two);
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_ISSUER).forwards, 0);
    rig_close(&rig);
}

/* Each sign-on is told the date, and that waits for its answer. */
static void does_not_let_sign_ons_fill_the_table_of_exchanges(void)
{
    open_rig();
    for (unsigned i = 0; i < 100; i++) {
        rig.sent_count = 0;
        rig_network(&rig, PEER_WALLET, "002", "", "00091230001");
        rig_network(&rig, PEER_WALLET, "001", "", "00091230001");
        CU_ASSERT_TRUE(party_peer_is_ready(rig.party, PEER_WALLET));
    }
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 2 * PARTY_NETWORK_ASKED); /* one link */
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

SUITE(CASE(allows_what_is_set_for_each_and_then_as_much_as_is_free),
      CASE(gives_one_member_half_and_keeps_room_for_the_next),
      CASE(charges_a_request_to_the_link_of_its_latest_repeat),
      CASE(gives_the_only_peer_everything), CASE(lets_a_third_of_the_table_wait_for_one_peer),
      CASE(counts_the_stored_messages_of_each_peer),
      CASE(does_not_let_sign_ons_fill_the_table_of_exchanges))
