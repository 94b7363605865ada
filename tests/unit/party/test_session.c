/* Network management: who is signed on, line tests, and the business date. */
#include "rig.h"

static struct rig rig;

/* --- sign-on: the centre's side --------------------------------------------------------------- */

static void centre_takes_a_members_sign_on_and_tells_the_date(void)
{
    rig_open_centre(&rig);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_WALLET));
    rig_network(&rig, PEER_WALLET, "001", "", "00091230001");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, PEER_WALLET));
    CU_ASSERT_EQUAL(rig.ready_count, 1);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    struct iso_message answer = rig_message(&rig, 0), date = rig_message(&rig, 1);
    CU_ASSERT_STRING_EQUAL(answer.mti, "0830");
    ASSERT_DE(&answer, 7, "1231200000");
    ASSERT_DE(&answer, 11, "000777");
    ASSERT_DE(&answer, 33, "00091230001");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 70, "001");
    CU_ASSERT_FALSE(iso_message_has(&answer, 128));
    CU_ASSERT_STRING_EQUAL(date.mti, "0820");
    ASSERT_DE(&date, 15, "1231");
    ASSERT_DE(&date, 70, "202");
    ASSERT_DE(&date, 100, "00091230001");
    rig_answer_network(&rig, 1, "00");
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void centre_refuses_a_sign_on_under_another_members_name(void)
{
    rig_open_centre(&rig);
    rig_network(&rig, PEER_WALLET, "001", "", "00095550001");
    ASSERT_LATEST(&rig, "0830", "30");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_WALLET));
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    CU_ASSERT_EQUAL(rig.ready_count, 0);
    rig_close(&rig);
}

static void centre_signs_a_member_off_when_it_says_so_or_its_link_breaks(void)
{
    rig_open_signed_on(&rig);
    rig_network(&rig, PEER_WALLET, "002", "", "00091230001");
    ASSERT_LATEST(&rig, "0830", "00");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_WALLET));
    CU_ASSERT_EQUAL(party_peer_view(rig.party, PEER_WALLET).links, 1);
    party_link_down(rig.party, PEER_ISSUER, 0, 1, rig.now);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    rig_close(&rig);
}

/* --- sign-on: the member's side --------------------------------------------------------------- */

static void member_signs_on_when_its_link_comes_up(void)
{
    rig_open_member(&rig);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    party_link_up(rig.party, 0, 0, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    struct iso_message request = rig_message(&rig, 0);
    CU_ASSERT_STRING_EQUAL(request.mti, "0820");
    ASSERT_DE(&request, 33, "00091230001");
    ASSERT_DE(&request, 70, "001");
    CU_ASSERT_FALSE(iso_message_has(&request, 100));
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    rig_answer_network(&rig, 0, "00");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, 0));
    CU_ASSERT_EQUAL(rig.ready_count, 1);
    CU_ASSERT_EQUAL(party_deadline(rig.party), UINT64_MAX);
    rig_close(&rig);
}

static void member_signs_on_again_when_nobody_answers_or_it_is_refused(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_pass(&rig, NETWORK_MS - 1);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    rig_pass(&rig, 1);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    struct iso_message first = rig_message(&rig, 0), second = rig_message(&rig, 1);
    CU_ASSERT_STRING_NOT_EQUAL(text_of(&first, 11), text_of(&second, 11));
    rig_answer_network(&rig, 1, "30");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 3);
    /* The answer to the first comes late: only the third is awaited. */
    rig_answer_network(&rig, 0, "00");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    CU_ASSERT_EQUAL(party_view(rig.party).unmatched, 1);
    rig_answer_network(&rig, 2, "00");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, 0));
    rig_close(&rig);
}

static void member_stops_signing_on_when_its_link_breaks(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_pass(&rig, NETWORK_MS);
    party_link_down(rig.party, 0, 0, 2, rig.now);
    rig_pass(&rig, 10 * NETWORK_MS);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(party_deadline(rig.party), UINT64_MAX);
    party_link_up(rig.party, 0, 0, rig.now);
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_close(&rig);
}

static void member_tries_again_when_the_link_takes_nothing(void)
{
    rig_open_member(&rig);
    rig.link_is_full = true;
    party_link_up(rig.party, 0, 0, rig.now);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig.link_is_full = false;
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    rig_close(&rig);
}

static void member_signs_off(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_answer_network(&rig, 0, "00");
    party_sign_off(rig.party, 0);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    struct iso_message request = rig_latest(&rig);
    ASSERT_DE(&request, 70, "002");
    rig_answer_network(&rig, rig.sent_count - 1, "00");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    rig_close(&rig);
}

static void member_takes_no_sign_on(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_network(&rig, 0, "001", "", "00091230001");
    ASSERT_LATEST(&rig, "0830", "30");
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    rig_close(&rig);
}

/* --- line test -------------------------------------------------------------------------------- */

static void both_sides_answer_a_line_test_before_sign_on_too(void)
{
    rig_open_centre(&rig);
    rig_network(&rig, PEER_ISSUER, "301", "", "00095550001");
    ASSERT_LATEST(&rig, "0830", "00");
    rig_close(&rig);
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_network(&rig, 0, "301", "", "00091230001");
    ASSERT_LATEST(&rig, "0830", "00");
    rig_close(&rig);
}

static void refuses_network_management_that_it_does_not_know(void)
{
    rig_open_centre(&rig);
    rig_network(&rig, PEER_ISSUER, "999", "", "00095550001");
    ASSERT_LATEST(&rig, "0830", "40");
    rig_close(&rig);
}

/* --- the business date ------------------------------------------------------------------------ */

static void opens_with_the_date_of_the_lab(void)
{
    rig_open_centre(&rig);
    CU_ASSERT_EQUAL(party_business_date(rig.party), RIG_DATE);
    rig_close(&rig);
}

static void centre_makes_a_new_date_durable_before_it_tells_anyone(void)
{
    rig_open_signed_on(&rig);
    store_memory_hold(rig.store, true);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    CU_ASSERT_EQUAL(party_business_date(rig.party), RIG_DATE);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    store_memory_commit(rig.store, 1);
    rig_complete(&rig);
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101);
    CU_ASSERT_EQUAL(rig.day, 20270101);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 3);
    struct iso_message start = rig_message(&rig, 0);
    ASSERT_DE(&start, 15, "0101");
    ASSERT_DE(&start, 70, "201");
    store_memory_hold(rig.store, false);
    rig_answer_network(&rig, 1, "00");
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 4);
    CU_ASSERT_EQUAL(rig.sent[3].peer, rig.sent[1].peer);
    struct iso_message end = rig_message(&rig, 3);
    ASSERT_DE(&end, 70, "202");
    rig_restart(&rig);
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101);
    rig_close(&rig);
}

static void centre_tells_a_member_that_was_away_when_it_signs_on(void)
{
    rig_open_signed_on(&rig);
    party_link_down(rig.party, PEER_ISSUER, 0, 1, rig.now);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    CU_ASSERT_EQUAL(rig.sent_count, 2); /* the wallet's two links */
    party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    struct iso_message date = rig_latest(&rig);
    ASSERT_DE(&date, 15, "0101");
    ASSERT_DE(&date, 70, "202");
    rig_close(&rig);
}

/* A link that breaks between 201 and its answer: nothing more is tried on it. */
static void centre_lets_a_cutover_go_with_its_link(void)
{
    rig_open_signed_on(&rig);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 3);
    for (unsigned peer = 0; peer < 3; peer++)
        party_link_down(rig.party, peer, 0, 1000, rig.now);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    CU_ASSERT_EQUAL(rig.sent_count, 3);
    rig_close(&rig);
}

static void centre_ends_a_cutover_though_its_begin_is_not_answered(void)
{
    rig_open_signed_on(&rig);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 6);
    struct iso_message end = rig_message(&rig, 5);
    ASSERT_DE(&end, 70, "202");
    rig_close(&rig);
}

/* Else it books to the old day until it happens to sign on again. */
static void centre_tells_the_date_until_a_member_has_heard_it(void)
{
    rig_open_signed_on(&rig);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    for (unsigned i = 0; i < 3; i++)
        rig_answer_network(&rig, i, "00");
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 6);
    rig_answer_network(&rig, 3, "00");
    rig_answer_network(&rig, 4, "96");
    for (unsigned round = 0; round < 3; round++) {
        size_t before = rig.sent_count;
        rig_pass(&rig, NETWORK_MS); /* of the one that stays silent */
        rig_pass(&rig, NETWORK_MS);
        CU_ASSERT_TRUE(rig.sent_count > before);
        struct iso_message again = rig_latest(&rig);
        ASSERT_DE(&again, 15, "0101");
        ASSERT_DE(&again, 70, "202");
    }
    for (size_t i = 6; i < rig.sent_count; i++) {
        CU_ASSERT_NOT_EQUAL(rig.sent[i].peer, rig.sent[3].peer);
        rig_answer_network(&rig, i, "00");
    }
    rig_pass(&rig, 2 * NETWORK_MS);
    size_t heard = rig.sent_count;
    for (size_t i = 6; i < heard; i++)
        rig_answer_network(&rig, i, "00");
    rig_pass(&rig, 4 * NETWORK_MS);
    CU_ASSERT_EQUAL(rig.sent_count, heard);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void centre_tells_no_more_when_a_member_refuses_the_date(void)
{
    rig_open_signed_on(&rig);
    rig_cutover(&rig, 20270101);
    rig_complete(&rig);
    for (unsigned i = 0; i < 3; i++)
        rig_answer_network(&rig, i, "00");
    for (unsigned i = 3; i < 6; i++)
        rig_answer_network(&rig, i, "22");
    rig_pass(&rig, 4 * NETWORK_MS);
    CU_ASSERT_EQUAL(rig.sent_count, 6);
    rig_close(&rig);
}

static void centre_makes_one_date_durable_at_a_time(void)
{
    rig_open_signed_on(&rig);
    store_memory_hold(rig.store, true);
    rig_cutover(&rig, 20270101);
    CU_ASSERT_FALSE(party_cutover(rig.party, 20270102, NULL, NULL));
    store_memory_commit(rig.store, 1);
    rig_complete(&rig);
    store_memory_hold(rig.store, false);
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101);
    rig_cutover(&rig, 20270102);
    rig_close(&rig);
}

static void centre_takes_no_date_from_a_member(void)
{
    rig_open_signed_on(&rig);
    rig_network(&rig, PEER_ISSUER, "201", "0101", "00095550001");
    ASSERT_LATEST(&rig, "0830", "30");
    CU_ASSERT_EQUAL(party_business_date(rig.party), RIG_DATE);
    rig_close(&rig);
}

static void open_signed_on_member(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    rig_answer_network(&rig, 0, "00");
    rig.sent_count = 0;
}

static void member_answers_a_cutover_only_when_the_date_is_durable(void)
{
    open_signed_on_member();
    store_memory_hold(rig.store, true);
    rig_network(&rig, 0, "201", "0101", "00091230001");
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_EQUAL(party_business_date(rig.party), RIG_DATE);
    CU_ASSERT_EQUAL(party_latest_date(rig.party), 20270101);
    store_memory_commit(rig.store, 1);
    rig_complete(&rig);
    ASSERT_LATEST(&rig, "0830", "00");
    CU_ASSERT_EQUAL(party_latest_date(rig.party), 20270101);
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101); /* over the end of the year */
    store_memory_hold(rig.store, false);
    rig_network(&rig, 0, "202", "0101", "00091230001");
    ASSERT_LATEST(&rig, "0830", "00");
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_restart(&rig);
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101);
    rig_close(&rig);
}

static void member_never_goes_back_to_an_earlier_date(void)
{
    open_signed_on_member();
    rig_network(&rig, 0, "201", "0101", "00091230001");
    rig_network(&rig, 0, "202", "1231", "00091230001");
    ASSERT_LATEST(&rig, "0830", "22");
    CU_ASSERT_EQUAL(party_business_date(rig.party), 20270101);
    rig_close(&rig);
}

static void member_refuses_a_cutover_without_a_date(void)
{
    open_signed_on_member();
    rig_network(&rig, 0, "201", "", "00091230001");
    ASSERT_LATEST(&rig, "0830", "30");
    rig_network(&rig, 0, "201", "0230", "00091230001");
    ASSERT_LATEST(&rig, "0830", "30");
    CU_ASSERT_EQUAL(party_business_date(rig.party), RIG_DATE);
    rig_close(&rig);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void opens_with_1_to_256_peers(void)
{
    struct fault fault = {.text = ""};
    rig_prepare_centre(&rig);
    unsigned count = rig.config.peer_count;
    rig.config.peer_count = 0;
    CU_ASSERT_EQUAL(rig_try_start(&rig, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "1 to 256 peers, got 0");
    rig.config.peer_count = PARTY_PEERS_MAX + 1;
    CU_ASSERT_EQUAL(rig_try_start(&rig, &fault), RESULT_INPUT);
    rig.config.peer_count = count;
    CU_ASSERT_PTR_NULL(rig.party);
    rig_close(&rig);
}

static void refuses_times_of_nothing(void)
{
    struct fault fault = {.text = ""};
    rig_prepare_centre(&rig);
    rig.config.forward_first_ms = 0;
    CU_ASSERT_EQUAL(rig_try_start(&rig, &fault), RESULT_INPUT);
    rig.config.forward_first_ms = 1;
    rig.config.network_ms = 0;
    CU_ASSERT_EQUAL(rig_try_start(&rig, &fault), RESULT_INPUT);
    rig_close(&rig);
}

SUITE(CASE(centre_takes_a_members_sign_on_and_tells_the_date),
      CASE(centre_refuses_a_sign_on_under_another_members_name),
      CASE(centre_signs_a_member_off_when_it_says_so_or_its_link_breaks),
      CASE(member_signs_on_when_its_link_comes_up),
      CASE(member_signs_on_again_when_nobody_answers_or_it_is_refused),
      CASE(member_stops_signing_on_when_its_link_breaks),
      CASE(member_tries_again_when_the_link_takes_nothing), CASE(member_signs_off),
      CASE(member_takes_no_sign_on), CASE(both_sides_answer_a_line_test_before_sign_on_too),
      CASE(refuses_network_management_that_it_does_not_know), CASE(opens_with_the_date_of_the_lab),
      CASE(centre_makes_a_new_date_durable_before_it_tells_anyone),
      CASE(centre_tells_a_member_that_was_away_when_it_signs_on),
      CASE(centre_lets_a_cutover_go_with_its_link),
      CASE(centre_ends_a_cutover_though_its_begin_is_not_answered),
      CASE(centre_tells_the_date_until_a_member_has_heard_it),
      CASE(centre_tells_no_more_when_a_member_refuses_the_date),
      CASE(centre_makes_one_date_durable_at_a_time), CASE(centre_takes_no_date_from_a_member),
      CASE(member_answers_a_cutover_only_when_the_date_is_durable),
      CASE(member_never_goes_back_to_an_earlier_date),
      CASE(member_refuses_a_cutover_without_a_date), CASE(opens_with_1_to_256_peers),
      CASE(refuses_times_of_nothing))
