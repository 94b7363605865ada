/* Several links of one peer: which message goes over which, and what becomes of it when one goes.
 */
#include "rig.h"

static struct rig rig;
static int context;

/* The centre, its issuer signed on over one of three links. */
static void open_signed_on_once(void)
{
    rig_open_signed_on(&rig);
    for (unsigned link = 1; link < 3; link++)
        party_link_up(rig.party, PEER_ISSUER, link, rig.now);
    rig.sent_count = 0;
}

/* Over all three. */
static void open_three_links(void)
{
    open_signed_on_once();
    for (unsigned link = 1; link < 3; link++) {
        rig.link = link;
        rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
        rig_answer_network(&rig, rig.sent_count - 1, "00");
    }
    rig.link = 0;
    rig.sent_count = 0;
}

static void ask_issuer(uint32_t stan, void *asked)
{
    struct operation freeze = freeze_of(&rig, stan);
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, asked));
}

/* --- requests of ours ------------------------------------------------------------------------- */

static void spreads_requests_over_the_links_that_are_up(void)
{
    open_three_links();
    for (uint32_t stan = 1; stan <= 6; stan++)
        ask_issuer(stan, &context);
    unsigned counts[3] = {0};
    for (unsigned i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL_FATAL(rig.sent[i].peer, PEER_ISSUER);
        counts[rig.sent[i].link]++;
    }
    for (unsigned link = 0; link < 3; link++)
        CU_ASSERT_EQUAL(counts[link], 2);
    rig_close(&rig);
}

static void asks_nothing_over_a_link_that_has_not_signed_on_while_another_has(void)
{
    open_signed_on_once();
    for (uint32_t stan = 1; stan <= 3; stan++) {
        ask_issuer(stan, &context);
        CU_ASSERT_EQUAL(rig.sent[stan - 1].link, 0);
    }
    party_link_down(rig.party, PEER_ISSUER, 0, 1000, rig.now);
    CU_ASSERT_EQUAL(rig.ended_count, 3);
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, PEER_ISSUER));
    ask_issuer(4, &context);
    CU_ASSERT_NOT_EQUAL(rig.sent[3].link, 0);
    rig_close(&rig);
}

static void passes_over_a_link_that_takes_nothing(void)
{
    open_three_links();
    rig.full_links = 1 << 0 | 1 << 1;
    for (uint32_t stan = 1; stan <= 3; stan++) {
        ask_issuer(stan, &context);
        CU_ASSERT_EQUAL(rig.sent[stan - 1].link, 2);
    }
    rig.full_links = 7;
    struct operation freeze = freeze_of(&rig, 4);
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 3);
    rig_close(&rig);
}

static void takes_an_answer_over_any_link(void)
{
    open_three_links();
    ask_issuer(1, &context);
    rig.link = (rig.sent[0].link + 1) % 3;
    rig_answer(&rig, 0, "00");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_TRUE(rig.ended[0].is_answered);
    rig_close(&rig);
}

static void sends_over_another_link_what_was_never_written(void)
{
    open_three_links();
    rig.full_links = 1 << 1 | 1 << 2;
    int contexts[3];
    for (uint32_t stan = 1; stan <= 3; stan++)
        ask_issuer(stan, &contexts[stan - 1]);
    rig.full_links = 0;
    /* Of numbers 1 and 2 bytes went out; of 3 none did. */
    party_link_down(rig.party, PEER_ISSUER, 0, 3, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(rig.ended[i].why, UNANSWERED_LINK_LOST);
        CU_ASSERT_PTR_NOT_EQUAL(rig.ended[i].context, &contexts[2]);
    }
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 4);
    CU_ASSERT_NOT_EQUAL(rig.sent[3].link, 0);
    CU_ASSERT_EQUAL(rig.sent[3].len, rig.sent[2].len);
    CU_ASSERT_EQUAL(memcmp(rig.sent[3].bytes, rig.sent[2].bytes, rig.sent[2].len), 0);
    rig.link = rig.sent[3].link;
    rig_answer(&rig, 3, "00");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 3);
    CU_ASSERT_PTR_EQUAL(rig.ended[2].context, &contexts[2]);
    CU_ASSERT_TRUE(rig.ended[2].is_answered);
    rig_close(&rig);
}

static void moves_on_from_link_to_link_until_none_is_left(void)
{
    open_three_links();
    ask_issuer(1, &context);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(rig.sent_count, i + 1);
        CU_ASSERT_EQUAL(rig.ended_count, 0);
        party_link_down(rig.party, PEER_ISSUER, rig.sent[i].link, i + 1, rig.now);
    }
    CU_ASSERT_EQUAL(rig.sent_count, 3);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_NOT_SENT);
    rig_close(&rig);
}

static void tells_not_sent_when_no_other_link_takes_it(void)
{
    open_three_links();
    ask_issuer(1, &context);
    rig.full_links = 7;
    party_link_down(rig.party, PEER_ISSUER, rig.sent[0].link, 1, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_NOT_SENT);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void keeps_the_deadline_of_what_went_over_another_link(void)
{
    open_three_links();
    ask_issuer(1, &context);
    rig_pass(&rig, ASK_MS - 1);
    party_link_down(rig.party, PEER_ISSUER, rig.sent[0].link, 1, rig.now);
    CU_ASSERT_EQUAL(rig.ended_count, 0);
    rig_pass(&rig, 1);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_TIMEOUT);
    rig_close(&rig);
}

static void leaves_alone_what_went_over_other_links(void)
{
    open_three_links();
    int contexts[3];
    for (uint32_t stan = 1; stan <= 3; stan++)
        ask_issuer(stan, &contexts[stan - 1]);
    unsigned broken = rig.sent[1].link;
    party_link_down(rig.party, PEER_ISSUER, broken, 1000, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_PTR_EQUAL(rig.ended[0].context, &contexts[1]);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_LINK_LOST);
    rig.link = rig.sent[0].link;
    rig_answer(&rig, 0, "00");
    rig.link = rig.sent[2].link;
    rig_answer(&rig, 2, "51");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 3);
    CU_ASSERT_TRUE(rig.ended[1].is_answered && rig.ended[2].is_answered);
    rig_close(&rig);
}

static void a_stored_message_goes_over_another_link_at_once(void)
{
    open_three_links();
    struct operation unfreeze = unfreeze_of(&rig, 1);
    struct store_key key = key_of_name(TABLE_FORWARD, "one");
    CU_ASSERT_PTR_NOT_NULL_FATAL(
        party_forward(rig.party, &key, &unfreeze, ISSUER, rig.now.wall_us));
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    party_link_down(rig.party, PEER_ISSUER, rig.sent[0].link, 1, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    rig.link = rig.sent[1].link;
    rig_answer(&rig, 1, "00");
    CU_ASSERT_EQUAL_FATAL(rig.forwarded_count, 1);
    CU_ASSERT_EQUAL(rig.verdicts[0], FORWARD_DONE);
    rig_close(&rig);
}

/* --- answers of ours -------------------------------------------------------------------------- */

static void answers_over_the_link_that_asked(void)
{
    open_three_links();
    rig.answers = true;
    for (unsigned link = 0; link < 3; link++) {
        struct operation freeze = freeze_of(&rig, link + 1);
        freeze.forwarder = id_of("00095550001");
        rig.link = 2 - link;
        rig_deliver_operation(&rig, PEER_ISSUER, &freeze);
        CU_ASSERT_EQUAL_FATAL(rig.sent_count, link + 1);
        CU_ASSERT_EQUAL(rig.sent[link].link, 2 - link);
    }
    rig_close(&rig);
}

static struct operation issuers_freeze(void)
{
    struct operation freeze = freeze_of(&rig, 1);
    freeze.forwarder = id_of("00095550001");
    return freeze;
}

static void answers_over_the_link_of_the_latest_repeat(void)
{
    open_three_links();
    struct operation freeze = issuers_freeze();
    for (rig.link = 0; rig.link < 3; rig.link++)
        rig_deliver_operation(&rig, PEER_ISSUER, &freeze);
    CU_ASSERT_EQUAL_FATAL(rig.open_count, 1);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(rig.sent[0].link, 2);
    rig_close(&rig);
}

static void answers_over_no_other_link_when_the_one_that_asked_has_gone(void)
{
    open_three_links();
    struct operation freeze = issuers_freeze();
    rig.link = 1;
    rig_deliver_operation(&rig, PEER_ISSUER, &freeze);
    party_link_down(rig.party, PEER_ISSUER, 1, 1, rig.now);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_TRUE(rig_logged(&rig, "answer_not_sent"));
    rig_close(&rig);
}

static void answers_over_no_connection_that_did_not_ask(void)
{
    open_three_links();
    struct operation freeze = issuers_freeze();
    rig.link = 1;
    rig_deliver_operation(&rig, PEER_ISSUER, &freeze);
    party_link_down(rig.party, PEER_ISSUER, 1, 1, rig.now);
    party_link_up(rig.party, PEER_ISSUER, 1, rig.now);
    party_answer(rig.party, rig.open[0], &(struct answer){.code = CODE_APPROVED});
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig_close(&rig);
}

/* --- sign-on ---------------------------------------------------------------------------------- */

static void stays_signed_on_while_a_link_is_up(void)
{
    open_three_links();
    /* It signed on over link 0. */
    for (unsigned link = 0; link < 3; link++) {
        CU_ASSERT_TRUE(party_peer_is_ready(rig.party, PEER_ISSUER));
        party_link_down(rig.party, PEER_ISSUER, link, 1000, rig.now);
    }
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    party_link_up(rig.party, PEER_ISSUER, 1, rig.now);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    rig_close(&rig);
}

static void signs_off_on_all_links_at_once(void)
{
    open_three_links();
    rig.link = 2;
    rig_network(&rig, PEER_ISSUER, "002", "", "00095550001");
    CU_ASSERT_EQUAL(rig.sent[0].link, 2);
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, PEER_ISSUER));
    rig.link = 0;
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, PEER_ISSUER));
    rig_close(&rig);
}

/* A member that was started again signs on over a new link, while older ones look alive. */
static void tells_the_date_once_on_each_link_that_signs_on(void)
{
    open_signed_on_once();
    unsigned ready = rig.ready_count;
    rig.link = 1;
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    struct iso_message date = rig_message(&rig, 1);
    ASSERT_DE(&date, 70, "202");
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    CU_ASSERT_EQUAL(rig.sent_count, 3);
    CU_ASSERT_EQUAL(rig.ready_count, ready);
    party_link_down(rig.party, PEER_ISSUER, 1, 1000, rig.now);
    party_link_up(rig.party, PEER_ISSUER, 1, rig.now);
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    struct iso_message again = rig_latest(&rig);
    ASSERT_DE(&again, 70, "202");
    rig_close(&rig);
}

/* The date that was under way on a link is told again over another. */
static void tells_the_date_again_when_its_link_broke(void)
{
    open_signed_on_once();
    rig.link = 1;
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    unsigned told_over = rig.sent[1].link;
    party_link_down(rig.party, PEER_ISSUER, told_over, 1000, rig.now);
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 3);
    struct iso_message date = rig_message(&rig, 2);
    ASSERT_DE(&date, 70, "202");
    CU_ASSERT_NOT_EQUAL(rig.sent[2].link, told_over);
    rig_close(&rig);
}

static void a_member_signs_on_over_each_link(void)
{
    rig_open_member(&rig);
    for (unsigned link = 0; link < 3; link++) {
        party_link_up(rig.party, 0, link, rig.now);
        CU_ASSERT_EQUAL_FATAL(rig.sent_count, link + 1);
        struct iso_message message = rig_message(&rig, link);
        ASSERT_DE(&message, 70, "001");
        CU_ASSERT_EQUAL(rig.sent[link].link, link);
    }
    rig.link = 1;
    rig_answer_network(&rig, 1, "00");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, 0));
    CU_ASSERT_EQUAL(rig.ready_count, 1);
    rig.link = 2;
    rig_answer_network(&rig, 2, "00");
    CU_ASSERT_EQUAL(rig.ready_count, 1);
    /* Link 0 has not been answered: again, over it alone. */
    rig_pass(&rig, NETWORK_MS);
    rig_pass(&rig, NETWORK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 4);
    CU_ASSERT_EQUAL(rig.sent[3].link, 0);
    rig_close(&rig);
}

static void a_member_that_has_signed_off_stays_off_until_a_link_comes_up(void)
{
    rig_open_member(&rig);
    party_link_up(rig.party, 0, 0, rig.now);
    party_link_up(rig.party, 0, 1, rig.now);
    rig_answer_network(&rig, 0, "00");
    party_sign_off(rig.party, 0);
    size_t sent = rig.sent_count;
    rig.link = 1;
    rig_answer_network(&rig, 1, "00"); /* of the sign-on before it */
    CU_ASSERT_FALSE(party_peer_is_ready(rig.party, 0));
    rig_pass(&rig, NETWORK_MS);
    rig_pass(&rig, NETWORK_MS);
    party_link_down(rig.party, 0, 0, 1000, rig.now);
    CU_ASSERT_EQUAL(rig.sent_count, sent);
    party_link_up(rig.party, 0, 0, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, sent + 1);
    rig.link = 0;
    rig_answer_network(&rig, sent, "00");
    CU_ASSERT_TRUE(party_peer_is_ready(rig.party, 0));
    rig_close(&rig);
}

/* --- line tests ------------------------------------------------------------------------------- */

static bool test_line(unsigned link)
{
    return party_line_test(rig.party, PEER_ISSUER, link, 2000, NULL, rig.now);
}

static void measures_a_line_test_there_and_back(void)
{
    open_three_links();
    CU_ASSERT_TRUE(test_line(1));
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(rig.sent[0].link, 1);
    struct iso_message message = rig_message(&rig, 0);
    ASSERT_DE(&message, 70, "301");
    ASSERT_DE(&message, 100, "00095550001");
    rig_pass(&rig, 3);
    rig.link = 1;
    rig_answer_network(&rig, 0, "00");
    CU_ASSERT_EQUAL_FATAL(rig.tested_count, 1);
    CU_ASSERT_EQUAL(rig.tested[0].code, CODE_APPROVED);
    CU_ASSERT_EQUAL(rig.tested[0].us, 3000);
    rig_close(&rig);
}

static void an_answer_over_another_link_is_no_answer_to_a_line_test(void)
{
    open_three_links();
    CU_ASSERT_TRUE(test_line(1));
    rig.link = 2;
    rig_answer_network(&rig, 0, "00");
    CU_ASSERT_EQUAL(rig.tested_count, 0);
    rig_pass(&rig, 1999);
    CU_ASSERT_EQUAL(rig.tested_count, 0);
    rig_pass(&rig, 1);
    CU_ASSERT_EQUAL_FATAL(rig.tested_count, 1);
    CU_ASSERT_EQUAL(rig.tested[0].code, CODE_NONE);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void a_line_test_ends_with_its_link(void)
{
    open_three_links();
    CU_ASSERT_TRUE(test_line(1));
    party_link_down(rig.party, PEER_ISSUER, 1, 1, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.tested_count, 1);
    CU_ASSERT_EQUAL(rig.tested[0].code, CODE_NONE);
    CU_ASSERT_EQUAL(rig.sent_count, 1); /* not over another: it is a test of this one */
    CU_ASSERT_FALSE(test_line(1));
    rig.full_links = 1;
    CU_ASSERT_FALSE(test_line(0));
    CU_ASSERT_EQUAL(rig.tested_count, 1);
    rig_close(&rig);
}

static void tests_the_line_to_who_has_not_signed_on(void)
{
    rig_open_centre(&rig);
    rig.sent_count = 0;
    CU_ASSERT_TRUE(test_line(0));
    rig_answer_network(&rig, 0, "40");
    CU_ASSERT_EQUAL_FATAL(rig.tested_count, 1);
    CU_ASSERT_EQUAL(rig.tested[0].code, CODE_UNSUPPORTED);
    rig_close(&rig);
}

SUITE(CASE(spreads_requests_over_the_links_that_are_up),
      CASE(asks_nothing_over_a_link_that_has_not_signed_on_while_another_has),
      CASE(passes_over_a_link_that_takes_nothing), CASE(takes_an_answer_over_any_link),
      CASE(sends_over_another_link_what_was_never_written),
      CASE(moves_on_from_link_to_link_until_none_is_left),
      CASE(tells_not_sent_when_no_other_link_takes_it),
      CASE(keeps_the_deadline_of_what_went_over_another_link),
      CASE(leaves_alone_what_went_over_other_links),
      CASE(a_stored_message_goes_over_another_link_at_once), CASE(answers_over_the_link_that_asked),
      CASE(answers_over_the_link_of_the_latest_repeat),
      CASE(answers_over_no_other_link_when_the_one_that_asked_has_gone),
      CASE(answers_over_no_connection_that_did_not_ask), CASE(stays_signed_on_while_a_link_is_up),
      CASE(signs_off_on_all_links_at_once), CASE(tells_the_date_once_on_each_link_that_signs_on),
      CASE(tells_the_date_again_when_its_link_broke), CASE(a_member_signs_on_over_each_link),
      CASE(a_member_that_has_signed_off_stays_off_until_a_link_comes_up),
      CASE(measures_a_line_test_there_and_back),
      CASE(an_answer_over_another_link_is_no_answer_to_a_line_test),
      CASE(a_line_test_ends_with_its_link), CASE(tests_the_line_to_who_has_not_signed_on))
