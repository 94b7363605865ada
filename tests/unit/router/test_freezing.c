/* A freeze, message by message. */
#include "hall.h"

static struct hall hall;

static void forwards_a_freeze_with_the_wallets_own_identity(void)
{
    hall_open(&hall);
    struct operation freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    ASSERT_DE(&forwarded, 2, SENDER);
    ASSERT_DE(&forwarded, 3, "031020");
    ASSERT_DE(&forwarded, 4, "000000010000");
    ASSERT_DE(&forwarded, 7, "1122200000");
    ASSERT_DE(&forwarded, 11, "000011");
    ASSERT_DE(&forwarded, 15, "1122");
    ASSERT_DE(&forwarded, 25, "86");
    ASSERT_DE(&forwarded, 32, ALPHA_ID);
    ASSERT_DE(&forwarded, 33, ALPHA_ID);
    ASSERT_DE(&forwarded, 37, "112200000011");
    ASSERT_DE(&forwarded, 41, "WALLET01");
    ASSERT_DE(&forwarded, 42, "WALLET SERVICE ");
    ASSERT_DE(&forwarded, 48, FREEZE_DE48);
    ASSERT_DE(&forwarded, 49, "156");
    ASSERT_DE(&forwarded, 90, "");
    ASSERT_DE(&forwarded, 102, SENDER);
    ASSERT_DE(&forwarded, 103, "");
    hall_expect_nothing(&hall);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FREEZING);
    hall_close(&hall);
}

static void answers_an_approved_freeze_with_the_issuers_authorisation(void)
{
    hall_open(&hall);
    struct operation freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    struct iso_message answer = hall_take(&hall, ALPHA, "0110", "03");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 15, "1122");
    ASSERT_DE(&answer, 38, "246810");
    ASSERT_DE(&answer, 37, "112200000011");
    ASSERT_DE(&answer, 48, FREEZE_DE48);
    struct freeze record = freeze_at(&hall, &freeze.reference);
    CU_ASSERT_EQUAL(record.state, FREEZE_FROZEN);
    CU_ASSERT_EQUAL(record.sender_issuer, 95550001);
    CU_ASSERT_EQUAL(record.settlement_date, HALL_DATE);
    CU_ASSERT_EQUAL(record.owner, OWNER);
    hall_close(&hall);
}

static void passes_on_the_issuers_refusal(void)
{
    hall_open(&hall);
    struct operation freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_answer(&hall, HARBOUR, &forwarded, "51");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "51");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REFUSED);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void refuses(const char *code, struct operation freeze)
{
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", code);
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_close(&hall);
}

static void refuses_a_card_without_route_with_92(void)
{
    refuses("92", freeze_of(42, NOBODYS, 100, 1));
    refuses("92", freeze_of(42, AWAY, 100, 1));
}

static void refuses_an_amount_out_of_its_limits_with_13(void)
{
    refuses("13", freeze_of(42, SENDER, 2, 3));
    refuses("13", freeze_of(42, SENDER, 100000000000, 3));
}

static void refuses_a_count_or_share_that_is_no_freezes_with_30_and_no_trace(void)
{
    struct operation freeze = freeze_of(42, SENDER, 100, 0);
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "30");
    freeze = freeze_of(42, SENDER, 100, 3);
    freeze.reference.share = 1;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "30");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 0);
    freeze.reference.share = 0;
    hall_freeze(&hall, &freeze); /* so the name is still free */
    hall_close(&hall);
}

static void refuses_cards_that_differ_with_12(void)
{
    struct operation freeze = the_freeze();
    freeze.card = pan_of(NEIGHBOUR);
    refuses("12", freeze);
}

static void refuses_a_freeze_in_another_wallets_name_with_12(void)
{
    struct operation freeze = the_freeze();
    freeze.reference.wallet = 91230002;
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "12");
    /* The name still belongs to the other wallet. */
    struct operation own = freeze;
    own.acquirer = own.forwarder = id_of(BETA_ID);
    hall_send(&hall, BETA, &own);
    hall_take(&hall, HARBOUR, "0100", "03");
    hall_close(&hall);
}

static void refuses_with_91_while_the_issuer_is_signed_off(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_network(&hall, HARBOUR, "002");
    hall.taken = hall.sent_count;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "91");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REFUSED);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void refuses_with_91_before_the_wallet_has_signed_on(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_network(&hall, ALPHA, "002");
    hall.taken = hall.sent_count;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "91");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void refuses_with_91_when_no_byte_could_be_written(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall.is_full[HARBOUR] = true;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "91");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REFUSED);
    hall_close(&hall);
    /* Also when the link finds out later. */
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_take(&hall, HARBOUR, "0100", "03");
    party_link_down(router_party(hall.router), HARBOUR, 0, hall.sent_count, hall.now);
    hall_settle(&hall);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "91");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REFUSED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_close(&hall);
}

/* --- unanswered ------------------------------------------------------------------------------- */

static struct iso_message open_unanswered(const struct operation *freeze)
{
    hall_open(&hall);
    hall_send(&hall, ALPHA, freeze);
    hall_take(&hall, HARBOUR, "0100", "03");
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    ASSERT_FREEZE(&hall, freeze, FREEZE_REVERSING);
    return reversal;
}

static void reverses_an_unanswered_freeze_and_answers_98(void)
{
    struct operation freeze = the_freeze();
    struct iso_message reversal = open_unanswered(&freeze);
    ASSERT_DE(&reversal, 2, SENDER);
    ASSERT_DE(&reversal, 4, "000000010000");
    ASSERT_DE(&reversal, 7, "1122200005"); /* the switch's own, like DE 11 and 33 */
    ASSERT_DE(&reversal, 11, "000001");
    ASSERT_DE(&reversal, 15, "1122");
    ASSERT_DE(&reversal, 32, ALPHA_ID);
    ASSERT_DE(&reversal, 33, SWITCH_ID);
    ASSERT_DE(&reversal, 37, "112200000011"); /* the transaction's to the end */
    ASSERT_DE(&reversal, 48, FREEZE_DE48);
    ASSERT_DE(&reversal, 90, FREEZE_DE90);
    ASSERT_DE(&reversal, 102, SENDER);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 1);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void repeats_the_reversal_until_it_is_done(void)
{
    struct operation freeze = the_freeze();
    struct iso_message reversal = open_unanswered(&freeze);
    size_t first = hall.taken - 2;
    hall_answer(&hall, HARBOUR, &reversal, "96");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
    hall_pass(&hall, FORWARD_MS);
    reversal = hall_take(&hall, HARBOUR, "0420", "03");
    ASSERT_BYTES(hall.sent[hall.taken - 1].bytes, hall.sent[hall.taken - 1].len,
                 hall.sent[first].bytes, hall.sent[first].len);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    hall_close(&hall);
}

static void disputes_a_freeze_whose_reversal_is_refused_for_good(void)
{
    struct operation freeze = the_freeze();
    struct iso_message reversal = open_unanswered(&freeze);
    hall_answer(&hall, HARBOUR, &reversal, "12");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_DISPUTED);
    hall_pass(&hall, 3600000);
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_close(&hall);
}

static void a_late_approval_changes_nothing(void)
{
    struct operation freeze = the_freeze();
    struct iso_message reversal = open_unanswered(&freeze);
    struct iso_message late = reversal;
    memcpy(late.mti, "0100", 5);
    iso_message_set(&late, 11, "000011", 6);
    iso_message_set(&late, 7, "1122200000", 10);
    iso_message_set(&late, 33, ALPHA_ID, 11);
    hall_answer(&hall, HARBOUR, &late, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
    hall_expect_nothing(&hall);
    hall_send(&hall, ALPHA, &freeze); /* and the answer stays what it was */
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    hall_close(&hall);
}

static void takes_codes_that_say_nothing_for_no_answer(void)
{
    static const char *const silent[] = {"68", "90", "94", "96", "98", "A0", "A2", "ZZ", "A4"};
    struct operation freeze = the_freeze();
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        hall_open(&hall);
        hall_send(&hall, ALPHA, &freeze);
        struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
        hall_answer(&hall, HARBOUR, &forwarded, silent[i]);
        hall_take(&hall, HARBOUR, "0420", "03");
        hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
        ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
        hall_close(&hall);
    }
}

static void reverses_a_freeze_whose_link_broke_after_sending(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_take(&hall, HARBOUR, "0100", "03");
    hall_link_down(&hall, HARBOUR);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
    hall_pass(&hall, 3600000);
    hall_expect_nothing(&hall);
    party_link_up(router_party(hall.router), HARBOUR, 0, hall.now);
    hall_sign_on(&hall, HARBOUR);
    hall.taken = hall.sent_count;
    hall_pass(&hall, 0);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    hall_close(&hall);
}

/* --- names and repeats ------------------------------------------------------------------------ */

static void gives_the_stored_answer_to_a_repeat(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_freeze(&hall, &freeze);
    size_t first = hall.taken - 1;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    ASSERT_BYTES(hall.sent[first + 1].bytes, hall.sent[first + 1].len, hall.sent[first].bytes,
                 hall.sent[first].len);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* Also days later, when the same request would be too old to be taken for the first time. */
static void gives_the_stored_answer_to_a_repeat_days_later(void)
{
    enum { TWO_DAYS_MS = 2 * 24 * 3600 * 1000 };
    struct operation freeze = the_freeze(), other = freeze_of(7, SENDER, 100, 1);
    hall_open(&hall);
    hall_freeze(&hall, &freeze);
    hall.now.wall_us += (int64_t)TWO_DAYS_MS * 1000;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    hall_send(&hall, ALPHA, &other);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "30");
    hall_close(&hall);
}

/* 30 for a clock that is off is a refusal, and stays one when the clock is right again. */
static void remembers_that_it_refused_a_freeze_for_its_time(void)
{
    enum { TWO_DAYS_MS = 2 * 24 * 3600 * 1000 };
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall.now.wall_us += (int64_t)TWO_DAYS_MS * 1000;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "30");
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).state, FREEZE_REFUSED);
    hall.now.wall_us -= (int64_t)TWO_DAYS_MS * 1000;
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "30");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void refuses_another_currency_with_13(void)
{
    struct operation freeze = the_freeze();
    memcpy(freeze.currency, "840", sizeof freeze.currency);
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "13");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void answers_a_repeat_of_an_open_freeze_once(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_send(&hall, ALPHA, &freeze);
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void a_name_is_used_once_also_after_a_refusal(void)
{
    struct operation freeze = the_freeze(), again = freeze;
    hall_open(&hall);
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    hall_answer(&hall, HARBOUR, &forwarded, "51");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "51");
    again.stan++;
    hall_send(&hall, ALPHA, &again);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "94");
    hall_expect_nothing(&hall);
    again = freeze_of(42, NOBODYS, 5, 1);
    again.stan = 99;
    hall_send(&hall, ALPHA, &again);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "94");
    hall_close(&hall);
}

static void answers_nothing_that_is_not_durable(void)
{
    struct operation freeze = the_freeze();
    hall_open(&hall);
    hall_deliver(&hall, ALPHA, &freeze);
    hall_expect_nothing(&hall);
    store_memory_commit(hall.store, 1);
    hall_expect_nothing(&hall); /* durable, but not yet reported */
    CU_ASSERT_EQUAL(party_complete(router_party(hall.router), hall.now, NULL), RESULT_OK);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    forwarded.mti[2]++;
    iso_message_set(&forwarded, 39, "00", 2);
    hall_deliver_message(&hall, HARBOUR, &forwarded);
    hall_expect_nothing(&hall);
    store_memory_fail_next(hall.store);
    store_memory_commit(hall.store, 1);
    struct fault fault;
    CU_ASSERT_EQUAL(party_complete(router_party(hall.router), hall.now, &fault), RESULT_IO);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void serves_only_what_a_member_may_ask_for(void)
{
    static const enum operation_kind kinds[] = {OPERATION_DEBIT, OPERATION_CREDIT,
                                                OPERATION_CONFIRMATION, OPERATION_DEBIT_REVERSAL};
    static const char *const answers[] = {"0210", "0210", "0230", "0430"};
    static const char *const processes[] = {"46", "47", "47", "46"};
    hall_open(&hall);
    for (size_t i = 0; i < 4; i++) {
        struct operation freeze = the_freeze(), op = about(&hall, &freeze, kinds[i]);
        op.receiver = pan_of(RECEIVER);
        op.settlement = 1122;
        hall_send(&hall, ALPHA, &op);
        hall_expect_answer(&hall, ALPHA, answers[i], processes[i], "30");
    }
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* A freeze keeps a place of store and forward while it is asked, and while it closes; a packet that
 * is only open needs none. */
static void takes_freezes_while_there_are_places_and_then_answers_96_without_a_trace(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 1;
    hall_start(&hall);
    hall_all_on(&hall);
    struct operation one = freeze_of(1, SENDER, 100, 1), two = freeze_of(2, SENDER, 100, 1);
    struct operation three = freeze_of(3, SENDER, 100, 1);
    hall_freeze(&hall, &one);
    hall_send(&hall, ALPHA, &two);
    struct iso_message asked = hall_take(&hall, HARBOUR, "0100", "03");
    hall_send(&hall, ALPHA, &three);
    hall_expect_answer(&hall, ALPHA, "0110", "03", "96");
    CU_ASSERT_EQUAL(freeze_at(&hall, &three.reference).state, FREEZE_NONE);
    hall_send(&hall, ALPHA, &one); /* a repeat needs no place */
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    struct operation notice = about(&hall, &one, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice); /* its release does */
    hall_expect_answer(&hall, ALPHA, "0230", "20", "96");
    CU_ASSERT_EQUAL(freeze_at(&hall, &one.reference).state, FREEZE_FROZEN);
    hall_answer(&hall, HARBOUR, &asked, "00");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    hall_send(&hall, ALPHA, &notice); /* the same notice again */
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    struct operation back = about(&hall, &two, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &back);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "96");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    hall_send(&hall, ALPHA, &back);
    hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    hall_close(&hall);
}

static void gives_the_place_of_a_refused_freeze_back(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 1;
    hall_start(&hall);
    hall_all_on(&hall);
    static const char *const cards[] = {NOBODYS, SENDER, SENDER, SENDER};
    static const char *const codes[] = {"92", "51", "05", "98"};
    for (uint32_t i = 0; i < 4; i++) {
        struct operation freeze = freeze_of(i + 1, cards[i], 100, 1);
        hall_send(&hall, ALPHA, &freeze);
        if (i > 0) {
            struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
            hall_answer(&hall, HARBOUR, &forwarded, codes[i]);
        }
        if (i == 3) {
            struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
            hall_answer(&hall, HARBOUR, &reversal, "00");
        }
        hall_expect_answer(&hall, ALPHA, "0110", "03", codes[i]);
    }
    struct operation good = freeze_of(9, SENDER, 100, 1);
    hall_freeze(&hall, &good);
    hall_close(&hall);
}

static void does_not_open_over_more_open_freezes_than_places(void)
{
    struct fault fault = {.text = ""};
    struct operation one = freeze_of(1, SENDER, 100, 1), two = freeze_of(2, SENDER, 100, 1);
    hall_open(&hall);
    hall_send(&hall, ALPHA, &one);
    hall_send(&hall, ALPHA, &two);
    router_close(hall.router);
    hall.router = NULL;
    store_memory_crash(hall.store);
    hall.config.party.forwards_max = 1;
    CU_ASSERT_EQUAL(hall_try_start(&hall, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "2 claims, freezes and purchases are open, more than the 1");
    hall_close(&hall);
}

SUITE(CASE(forwards_a_freeze_with_the_wallets_own_identity),
      CASE(answers_an_approved_freeze_with_the_issuers_authorisation),
      CASE(passes_on_the_issuers_refusal), CASE(refuses_a_card_without_route_with_92),
      CASE(refuses_an_amount_out_of_its_limits_with_13),
      CASE(refuses_a_count_or_share_that_is_no_freezes_with_30_and_no_trace),
      CASE(refuses_cards_that_differ_with_12),
      CASE(refuses_a_freeze_in_another_wallets_name_with_12),
      CASE(refuses_with_91_while_the_issuer_is_signed_off),
      CASE(refuses_with_91_before_the_wallet_has_signed_on),
      CASE(refuses_with_91_when_no_byte_could_be_written),
      CASE(reverses_an_unanswered_freeze_and_answers_98),
      CASE(repeats_the_reversal_until_it_is_done),
      CASE(disputes_a_freeze_whose_reversal_is_refused_for_good),
      CASE(a_late_approval_changes_nothing), CASE(takes_codes_that_say_nothing_for_no_answer),
      CASE(reverses_a_freeze_whose_link_broke_after_sending),
      CASE(gives_the_stored_answer_to_a_repeat),
      CASE(gives_the_stored_answer_to_a_repeat_days_later),
      CASE(remembers_that_it_refused_a_freeze_for_its_time), CASE(refuses_another_currency_with_13),
      CASE(answers_a_repeat_of_an_open_freeze_once), CASE(a_name_is_used_once_also_after_a_refusal),
      CASE(answers_nothing_that_is_not_durable), CASE(serves_only_what_a_member_may_ask_for),
      CASE(takes_freezes_while_there_are_places_and_then_answers_96_without_a_trace),
      CASE(gives_the_place_of_a_refused_freeze_back),
      CASE(does_not_open_over_more_open_freezes_than_places))
