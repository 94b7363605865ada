/* What one member does, or leaves undone, stops no claim that does not concern it. */
#include "hall.h"

static struct hall hall;
static struct operation at_harbour, at_lantern; /* packets of SENDER, of RECEIVER */

enum { REQUESTS = 120, PACKET_SHARES = 2000, MANY = 100 };

static void open_hall(unsigned places)
{
    hall_prepare(&hall);
    hall.config.party.requests_max = REQUESTS;
    hall.config.party.forwards_max = places;
    hall.config.party.exchanges_max = REQUESTS + places + 4 * PEERS;
    hall_start(&hall);
    hall_all_on(&hall);
    at_harbour = freeze_of(1, SENDER, 1000000, PACKET_SHARES);
    hall_freeze(&hall, &at_harbour);
    at_lantern = freeze_of(2, RECEIVER, 1000000, PACKET_SHARES);
    hall_send(&hall, ALPHA, &at_lantern);
    struct iso_message forwarded = hall_take(&hall, LANTERN, "0100", "03");
    hall_answer(&hall, LANTERN, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
}

/* Sends it and gives back the message that the switch sends upon it. */
static struct iso_message send(const struct operation *operation, unsigned peer)
{
    struct iso_message message;
    hall_send(&hall, peer, operation);
    CU_ASSERT_EQUAL_FATAL(hall.sent_count, hall.taken + 1);
    const struct hall_sent *sent = &hall.sent[hall.taken++];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message, NULL),
        ISO_OK);
    return message;
}

static bool is_answer(const struct iso_message *message, const char *code)
{
    return (message->mti[2] == '1' || message->mti[2] == '3') &&
           strcmp(text_of(message, 39), code) == 0;
}

/* A claim of the good issuer's packet to a card of the same issuer, from either wallet. */
static void expect_served(const struct operation *freeze, unsigned issuer, const char *card,
                          uint16_t share)
{
    struct operation claim = claim_of(&hall, freeze, share, 1, card);
    struct iso_message debit = send(&claim, BETA);
    ASSERT_TEXT("debit", debit.mti, "0200");
    hall_answer(&hall, issuer, &debit, "00");
    struct iso_message credit = hall_take(&hall, issuer, "0200", "47");
    hall_answer(&hall, issuer, &credit, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
}

static unsigned waiting_for(unsigned peer)
{
    struct party_peer_view view = party_peer_view(router_party(hall.router), peer);
    return view.asked + view.forwards;
}

static void a_sender_issuer_that_is_silent_gets_a_third_of_the_requests(void)
{
    unsigned debits = 0;
    open_hall(2 * MANY);
    for (uint16_t share = 1; share <= MANY; share++) {
        struct operation claim = claim_of(&hall, &at_harbour, share, 1, RECEIVER);
        struct iso_message message = send(&claim, BETA);
        if (is_answer(&message, "91"))
            ASSERT_SHARE(&hall, &at_harbour, share, SHARE_RELEASED);
        else
            debits++;
    }
    CU_ASSERT_EQUAL(debits, REQUESTS / 3);
    for (uint16_t share = 1; share <= 10; share++)
        expect_served(&at_lantern, LANTERN, RECEIVER, share);
    hall_close(&hall);
}

/* Hours of silence: every debit becomes a reversal that waits. */
static void a_sender_issuer_that_stays_silent_gets_half_of_the_places(void)
{
    enum { PLACES = 120 };
    uint16_t share = 0, served = 0;
    open_hall(PLACES);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 50; i++) {
            struct operation claim = claim_of(&hall, &at_harbour, ++share, 1, RECEIVER);
            (void)send(&claim, BETA);
        }
        hall_pass(&hall, LEG_MS);
        hall.taken = hall.sent_count; /* 98, and reversals */
        expect_served(&at_lantern, LANTERN, RECEIVER, ++served);
        CU_ASSERT_TRUE(waiting_for(HARBOUR) <= PLACES / 2);
    }
    CU_ASSERT_EQUAL(waiting_for(HARBOUR), PLACES / 2);
    struct operation claim = claim_of(&hall, &at_harbour, ++share, 1, RECEIVER);
    struct iso_message refused = send(&claim, BETA);
    CU_ASSERT_TRUE(is_answer(&refused, "91"));
    struct operation freeze = freeze_of(3, NEIGHBOUR, 100, 1);
    refused = send(&freeze, ALPHA);
    CU_ASSERT_TRUE(is_answer(&refused, "91"));
    hall_close(&hall);
}

static void a_receiver_issuer_that_stays_silent_gets_half_of_the_places(void)
{
    enum { PLACES = 120 };
    uint16_t share = 0, refused = 0;
    open_hall(PLACES);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 50; i++) {
            struct operation claim = claim_of(&hall, &at_harbour, ++share, 1, RECEIVER);
            struct iso_message message = send(&claim, BETA);
            if (is_answer(&message, "91")) {
                ASSERT_SHARE(&hall, &at_harbour, share, SHARE_NONE); /* nothing was debited */
                refused++;
                continue;
            }
            hall_answer(&hall, HARBOUR, &message, "00");
            hall_take(&hall, LANTERN, "0200", "47");
        }
        hall_pass(&hall, LEG_MS);
        hall.taken = hall.sent_count; /* A2, and confirmations */
        expect_served(&at_harbour, HARBOUR, NEIGHBOUR, ++share);
        CU_ASSERT_TRUE(waiting_for(LANTERN) <= PLACES / 2);
    }
    CU_ASSERT_EQUAL(waiting_for(LANTERN), PLACES / 2);
    CU_ASSERT_EQUAL(refused, 5 * 50 - PLACES / 2);
    hall_close(&hall);
}

/* All were let in before any of them was asked for: the credits that are too many are not sent,
 * their debits are taken back. */
static void reverses_what_comes_to_its_credit_when_too_many_wait(void)
{
    static struct iso_message debits[MANY];
    unsigned count = 0, credits = 0, reversals = 0;
    open_hall(2 * MANY);
    for (uint16_t share = 1; share <= REQUESTS / 3; share++) {
        struct operation claim = claim_of(&hall, &at_harbour, share, 1, RECEIVER);
        debits[count++] = send(&claim, BETA);
    }
    for (uint16_t share = 1; share <= 30; share++) { /* lantern has something to wait for already */
        struct operation claim = claim_of(&hall, &at_lantern, share, 1, RECEIVER);
        claim.acquirer = claim.forwarder = id_of(ALPHA_ID);
        hall_deliver(&hall, ALPHA, &claim);
    }
    hall_settle(&hall);
    hall.taken = hall.sent_count;
    for (unsigned i = 0; i < count; i++) {
        hall_answer(&hall, HARBOUR, &debits[i], "00");
        while (hall.taken < hall.sent_count) {
            struct iso_message message;
            const struct hall_sent *sent = &hall.sent[hall.taken++];
            CU_ASSERT_EQUAL_FATAL(iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes,
                                                     sent->len, &message, NULL),
                                  ISO_OK);
            credits += sent->peer == LANTERN;
            reversals += strcmp(message.mti, "0420") == 0;
        }
    }
    CU_ASSERT_EQUAL(credits + reversals, count);
    CU_ASSERT_TRUE(credits >= PARTY_QUOTA_MIN && reversals > 0);
    CU_ASSERT_TRUE(waiting_for(LANTERN) <= REQUESTS / 2);
    hall_close(&hall);
}

static void a_member_that_floods_leaves_room_for_the_next(void)
{
    open_hall(2 * MANY);
    struct operation unseen = freeze_of(4711, SENDER, 100, 1);
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct operation claim = claim_of(&hall, &unseen, 1, 1, RECEIVER);
        hall_deliver(&hall, BETA, &claim);
    }
    /* Half of them are with the store, half were refused at the door. */
    for (unsigned i = 0; i < REQUESTS / 2; i++)
        hall_expect_answer(&hall, BETA, "0210", "40", "96");
    hall_expect_nothing(&hall);
    struct operation freeze = freeze_of(3, SENDER, 100, 1);
    hall_deliver(&hall, ALPHA, &freeze);
    hall_settle(&hall);
    for (unsigned i = 0; i < REQUESTS / 2; i++)
        hall_expect_answer(&hall, BETA, "0210", "40", "25");
    hall_take(&hall, HARBOUR, "0100", "03");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* In the places of store and forward too, of which each of its requests holds one for a moment. */
static void a_member_that_floods_leaves_places_for_the_next(void)
{
    enum { PLACES = 40 };
    unsigned refused = 0;
    open_hall(PLACES);
    struct operation unseen = freeze_of(4711, SENDER, 100, 1);
    for (unsigned i = 0; i < REQUESTS / 2; i++) {
        struct operation claim = claim_of(&hall, &unseen, 1, 1, RECEIVER);
        hall_deliver(&hall, BETA, &claim);
    }
    struct operation freeze = freeze_of(3, SENDER, 100, 1);
    hall_deliver(&hall, ALPHA, &freeze);
    hall_settle(&hall);
    for (unsigned i = 0; i < REQUESTS / 2; i++) {
        struct iso_message answer = hall_take(&hall, BETA, "0210", "40");
        refused += is_answer(&answer, "96");
    }
    CU_ASSERT_EQUAL(refused, REQUESTS / 2 - PLACES / 2);
    hall_take(&hall, HARBOUR, "0100", "03");
    hall_close(&hall);
}

/* They wait for shares whose debit is not known, and hold their places meanwhile. */
static void freezes_that_close_leave_places_for_others(void)
{
    enum { PLACES = 60, PACKETS = 25 };
    static struct operation packets[PACKETS];
    unsigned closing = 0;
    open_hall(PLACES);
    for (uint32_t i = 0; i < PACKETS; i++) {
        packets[i] = freeze_of(100 + i, SENDER, 100, 2);
        hall_freeze(&hall, &packets[i]);
    }
    for (uint32_t i = 0; i < PACKETS; i++) {
        struct operation claim = claim_of(&hall, &packets[i], 1, 1, RECEIVER);
        (void)send(&claim, BETA);
    }
    hall_pass(&hall, LEG_MS);
    hall.taken = hall.sent_count;
    CU_ASSERT_EQUAL(waiting_for(HARBOUR), PACKETS);
    for (uint32_t i = 0; i < PACKETS; i++) {
        struct operation notice = about(&hall, &packets[i], OPERATION_UNFREEZE);
        struct iso_message answer = send(&notice, ALPHA);
        CU_ASSERT_TRUE(is_answer(&answer, "00") || is_answer(&answer, "96"));
        closing += is_answer(&answer, "00");
    }
    CU_ASSERT_EQUAL(closing, (PLACES - PACKETS + 1) / 2);
    expect_served(&at_lantern, LANTERN, RECEIVER, 1);
    hall_close(&hall);
}

static void late_answers_leave_work_for_stored_messages(void)
{
    enum { LATE = 1100, LATE_MAX = 512 };
    open_hall(2 * MANY);
    struct operation claim = claim_of(&hall, &at_harbour, 1, 1, RECEIVER);
    struct iso_message debit = send(&claim, BETA), late;
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    late = debit;
    memcpy(late.mti, "0210", 5);
    iso_message_set(&late, 39, "00", 2);
    for (unsigned i = 0; i < LATE; i++)
        hall_deliver_message(&hall, HARBOUR, &late);
    CU_ASSERT_EQUAL(router_view(hall.router).open, LATE_MAX);
    memcpy(reversal.mti, "0430", 5);
    iso_message_set(&reversal, 39, "00", 2);
    hall_deliver_message(&hall, HARBOUR, &reversal);
    CU_ASSERT_EQUAL(router_view(hall.router).open, LATE_MAX + 1);
    hall_settle(&hall);
    CU_ASSERT_EQUAL(router_view(hall.router).open, 0);
    ASSERT_SHARE(&hall, &at_harbour, 1, SHARE_RELEASED);
    hall_close(&hall);
}

SUITE(CASE(a_sender_issuer_that_is_silent_gets_a_third_of_the_requests),
      CASE(a_sender_issuer_that_stays_silent_gets_half_of_the_places),
      CASE(a_receiver_issuer_that_stays_silent_gets_half_of_the_places),
      CASE(reverses_what_comes_to_its_credit_when_too_many_wait),
      CASE(a_member_that_floods_leaves_room_for_the_next),
      CASE(a_member_that_floods_leaves_places_for_the_next),
      CASE(freezes_that_close_leave_places_for_others),
      CASE(late_answers_leave_work_for_stored_messages))
