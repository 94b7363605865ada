/* Requests out, answers in: what counts as an answer, and how a request ends without one. */
#include "rig.h"

static struct rig rig;
static int context; /* its address is what the core asked for */

/* Message 0: a freeze that the centre asked the issuer about. */
static void open_asking(void)
{
    rig_open_signed_on(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    CU_ASSERT_TRUE_FATAL(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    CU_ASSERT_EQUAL(rig.sent_count, 1);
}

static void expect_still_open(void)
{
    CU_ASSERT_EQUAL(rig.ended_count, 0);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 1);
}

static void asks_with_every_element_and_a_good_mac(void)
{
    open_asking();
    struct iso_message request = rig_message(&rig, 0);
    CU_ASSERT_EQUAL(rig.sent[0].peer, PEER_ISSUER);
    CU_ASSERT_STRING_EQUAL(request.mti, "0100");
    ASSERT_DE(&request, 33, "00091230001");
    CU_ASSERT_TRUE(mac_verify(rig_recipe(), rig.keys[PEER_ISSUER], &request, NULL));
    CU_ASSERT_FALSE(mac_verify(rig_recipe(), rig.keys[PEER_WALLET], &request, NULL));
    rig_close(&rig);
}

static void reports_an_answer_once(void)
{
    open_asking();
    rig_answer(&rig, 0, "51");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_TRUE(rig.ended[0].is_answered);
    CU_ASSERT_EQUAL(rig.ended[0].code, CODE_FUNDS);
    CU_ASSERT_PTR_EQUAL(rig.ended[0].context, &context);
    CU_ASSERT_TRUE(rig.ended[0].message_len > 0);
    rig_answer(&rig, 0, "00"); /* again, and otherwise */
    CU_ASSERT_EQUAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).unmatched, 1);
    rig_pass(&rig, 10 * ASK_MS);
    CU_ASSERT_EQUAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void tells_the_core_of_an_answer_that_comes_late(void)
{
    open_asking();
    rig_pass(&rig, ASK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.late_count, 0);
    rig_answer(&rig, 0, "51");
    CU_ASSERT_EQUAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL_FATAL(rig.late_count, 1);
    CU_ASSERT_EQUAL(rig.late.kind, OPERATION_FREEZE);
    CU_ASSERT_EQUAL(rig.late_code, CODE_FUNDS);
    CU_ASSERT_EQUAL(rig.late_institution, ISSUER);
    rig_close(&rig);
}

static void takes_no_answer_for_late_while_its_request_is_open(void)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    rig_deliver(&rig, PEER_WALLET, &answer); /* of another peer */
    answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, 4, "000000010001", 12);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    CU_ASSERT_EQUAL(rig.late_count, 0);
    expect_still_open();
    rig_close(&rig);
}

static void takes_nothing_with_a_wrong_mac_for_late(void)
{
    open_asking();
    rig_pass(&rig, ASK_MS);
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, 128, "00000000", 8);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    CU_ASSERT_EQUAL(rig.late_count, 0);
    rig_close(&rig);
}

static void keeps_nothing_of_an_answer_with_a_pin_block(void)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, 52, "\1\2\3\4\5\6\7\10", 8);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].message_len, 0);
    rig_close(&rig);
}

static void ignores_an_answer_that_differs_in(unsigned de, const char *value)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, de, value, strlen(value));
    rig_deliver(&rig, PEER_ISSUER, &answer);
    expect_still_open();
    CU_ASSERT_EQUAL(party_view(rig.party).unmatched, 1);
    rig_answer(&rig, 0, "00");
    CU_ASSERT_EQUAL(rig.ended_count, 1);
    rig_close(&rig);
}

static void ignores_an_answer_with_another_key_card_or_amount(void)
{
    ignores_an_answer_that_differs_in(2, "9999011000000027");
    ignores_an_answer_that_differs_in(4, "000000010001");
    ignores_an_answer_that_differs_in(7, "1231200001");
    ignores_an_answer_that_differs_in(11, "000002");
    ignores_an_answer_that_differs_in(32, "00091230002");
    ignores_an_answer_that_differs_in(33, "00091230002");
    ignores_an_answer_that_differs_in(3, "400000");
}

static void ignores_an_answer_from_another_peer(void)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    rig_deliver(&rig, PEER_WALLET, &answer);
    expect_still_open();
    CU_ASSERT_EQUAL(party_view(rig.party).unmatched, 1);
    rig_close(&rig);
}

static void ignores_an_answer_without_code(void)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_remove(&answer, 39);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    expect_still_open();
    rig_close(&rig);
}

static void ignores_an_answer_with_a_wrong_mac(void)
{
    open_asking();
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, 128, "00000000", 8);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    expect_still_open();
    CU_ASSERT_EQUAL(party_view(rig.party).mac_failures, 1);
    rig_pass(&rig, ASK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_TIMEOUT);
    rig_close(&rig);
}

/* The peer rejects our message: header with a code, our own header, our body. */
static void takes_a_reject_message_for_no_answer(void)
{
    open_asking();
    struct iso_message reject = rig_message(&rig, 0);
    uint8_t header[ISO_HEADER_MAX], original[ISO_HEADER_MAX];
    struct packed packed;
    memcpy(original, reject.header.data, reject.header.len);
    iso_header_init(rig_spec(), header);
    CU_ASSERT_TRUE(iso_header_set(rig_spec(), header, "reject_code", "10485", 5));
    reject.header = (struct iso_value){header, 46};
    reject.rejected = (struct iso_value){original, 46};
    CU_ASSERT_EQUAL_FATAL(
        iso_message_pack(&reject, packed.bytes, sizeof packed.bytes, &packed.len, NULL), ISO_OK);
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_ISSUER, packed));
    expect_still_open();
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).rejects, 1);
    CU_ASSERT_TRUE(rig_logged(&rig, "rejected_by_peer"));
    rig_pass(&rig, ASK_MS);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_TIMEOUT);
    rig_close(&rig);
}

/* --- ends without an answer ------------------------------------------------------------------- */

static void gives_up_at_its_deadline_and_not_before(void)
{
    open_asking();
    CU_ASSERT_EQUAL(party_deadline(rig.party), rig.now.mono_us + (uint64_t)ASK_MS * 1000);
    rig_pass(&rig, ASK_MS - 1);
    expect_still_open();
    rig_pass(&rig, 1);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_FALSE(rig.ended[0].is_answered);
    CU_ASSERT_EQUAL(rig.ended[0].why, UNANSWERED_TIMEOUT);
    rig_answer(&rig, 0, "00"); /* late: recorded in the log, changes nothing */
    CU_ASSERT_EQUAL(rig.ended_count, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).unmatched, 1);
    CU_ASSERT_TRUE(rig_logged(&rig, "answer_not_awaited"));
    rig_close(&rig);
}

static void tells_sent_from_unsent_when_a_link_breaks(void)
{
    rig_open_signed_on(&rig);
    int contexts[3];
    for (uint32_t stan = 1; stan <= 3; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &contexts[stan - 1]));
    }
    struct operation elsewhere = freeze_of(&rig, 4);
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_WALLET, &elsewhere, ASK_MS, &context));
    /* Numbers 1 and 2 went out, if only in part; of 3 no byte did. */
    party_link_down(rig.party, PEER_ISSUER, 0, 3, rig.now);
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        bool unsent = rig.ended[i].context == &contexts[2];
        CU_ASSERT_EQUAL(rig.ended[i].why, unsent ? UNANSWERED_NOT_SENT : UNANSWERED_LINK_LOST);
    }
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 1);
    rig_close(&rig);
}

static void asks_nobody_who_is_not_ready(void)
{
    rig_open_centre(&rig);
    struct operation freeze = freeze_of(&rig, 1);
    rig.sent_count = 0;
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig.sent_count = 0;
    rig.link_is_full = true;
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    rig.link_is_full = false;
    party_link_down(rig.party, PEER_ISSUER, 0, 1, rig.now);
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_EQUAL(rig.ended_count, 0);
    CU_ASSERT_EQUAL(party_view(rig.party).exchanges, 0);
    rig_close(&rig);
}

static void asks_once_under_one_key_at_a_time(void)
{
    open_asking();
    struct operation same = freeze_of(&rig, 1);
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &same, ASK_MS, &context));
    expect_still_open();
    rig_answer(&rig, 0, "00");
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &same, ASK_MS, &context));
    rig_close(&rig);
}

/* The two legs of a claim share DE 7, 11, 32 and 33. */
static void keeps_the_answers_of_two_legs_apart(void)
{
    rig_open_signed_on(&rig);
    int debit_context, credit_context;
    struct operation freeze = freeze_of(&rig, 1), debit = freeze, credit;
    debit.kind = OPERATION_DEBIT;
    debit.receiver = pan_of("9999022000000016");
    debit.settlement = 1231;
    debit.original = operation_as_original(&freeze);
    credit = debit;
    credit.kind = OPERATION_CREDIT;
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &debit, ASK_MS, &debit_context));
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &credit, ASK_MS, &credit_context));
    rig_answer(&rig, 1, "00");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 1);
    CU_ASSERT_PTR_EQUAL(rig.ended[0].context, &credit_context);
    rig_answer(&rig, 0, "61");
    CU_ASSERT_EQUAL_FATAL(rig.ended_count, 2);
    CU_ASSERT_PTR_EQUAL(rig.ended[1].context, &debit_context);
    rig_close(&rig);
}

static void asks_up_to_the_maximum_and_not_once_more(void)
{
    rig_open_signed_on(&rig);
    uint32_t stan = 1;
    for (; stan <= rig.config.exchanges_max; stan++) {
        struct operation freeze = freeze_of(&rig, stan);
        CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &freeze, ASK_MS, &context));
    }
    struct operation more = freeze_of(&rig, stan);
    CU_ASSERT_FALSE(party_ask(rig.party, PEER_ISSUER, &more, ASK_MS, &context));
    CU_ASSERT_EQUAL(rig.sent_count, rig.config.exchanges_max);
    rig_answer(&rig, 0, "00");
    CU_ASSERT_TRUE(party_ask(rig.party, PEER_ISSUER, &more, ASK_MS, &context));
    rig_close(&rig);
}

SUITE(CASE(asks_with_every_element_and_a_good_mac), CASE(reports_an_answer_once),
      CASE(tells_the_core_of_an_answer_that_comes_late),
      CASE(takes_no_answer_for_late_while_its_request_is_open),
      CASE(takes_nothing_with_a_wrong_mac_for_late),
      CASE(keeps_nothing_of_an_answer_with_a_pin_block),
      CASE(ignores_an_answer_with_another_key_card_or_amount),
      CASE(ignores_an_answer_from_another_peer), CASE(ignores_an_answer_without_code),
      CASE(ignores_an_answer_with_a_wrong_mac), CASE(takes_a_reject_message_for_no_answer),
      CASE(gives_up_at_its_deadline_and_not_before),
      CASE(tells_sent_from_unsent_when_a_link_breaks), CASE(asks_nobody_who_is_not_ready),
      CASE(asks_once_under_one_key_at_a_time), CASE(keeps_the_answers_of_two_legs_apart),
      CASE(asks_up_to_the_maximum_and_not_once_more))
