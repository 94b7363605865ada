/* A claim on the good path, message by message, and each refusal before anything moves. */
#include "hall.h"

static struct hall hall;
static struct operation freeze;

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

#define CLAIM_DE48 "ASHB039202611220000000000420009123000100020003"

/* --- the good path ---------------------------------------------------------------------------- */

/* What both legs keep of the claim. */
static void expect_the_claims_elements(const struct iso_message *leg)
{
    ASSERT_DE(leg, 4, "000000002500");
    ASSERT_DE(leg, 7, "1122200000");
    ASSERT_DE(leg, 11, "000021");
    ASSERT_DE(leg, 12, "200000");
    ASSERT_DE(leg, 13, "1122");
    ASSERT_DE(leg, 15, "1122");
    ASSERT_DE(leg, 18, "4829");
    ASSERT_DE(leg, 22, "012");
    ASSERT_DE(leg, 25, "86");
    ASSERT_DE(leg, 32, BETA_ID);
    ASSERT_DE(leg, 33, BETA_ID);
    ASSERT_DE(leg, 37, "112200000021");
    ASSERT_DE(leg, 41, "BETA0001");
    ASSERT_DE(leg, 48, CLAIM_DE48);
    ASSERT_DE(leg, 49, "156");
    ASSERT_DE(leg, 60, "");
    ASSERT_DE(leg, 90, FREEZE_DE90);
    ASSERT_DE(leg, 102, SENDER);
    ASSERT_DE(leg, 103, RECEIVER);
}

static void debits_then_credits_then_answers(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 2, 2500, RECEIVER);
    hall_send(&hall, BETA, &claim);
    struct iso_message debit = hall_take(&hall, HARBOUR, "0200", "46");
    hall_expect_nothing(&hall);
    expect_the_claims_elements(&debit);
    ASSERT_DE(&debit, 2, SENDER);
    ASSERT_DE(&debit, 3, "460000");
    ASSERT_SHARE(&hall, &freeze, 2, SHARE_RESERVED);
    hall_answer(&hall, HARBOUR, &debit, "00");
    struct iso_message credit = hall_take(&hall, LANTERN, "0200", "47");
    hall_expect_nothing(&hall);
    expect_the_claims_elements(&credit);
    ASSERT_DE(&credit, 2, RECEIVER);
    ASSERT_DE(&credit, 3, "470000");
    ASSERT_SHARE(&hall, &freeze, 2, SHARE_CREDITING);
    hall_answer(&hall, LANTERN, &credit, "00");
    struct iso_message answer = hall_take(&hall, BETA, "0210", "40");
    hall_expect_nothing(&hall);
    ASSERT_DE(&answer, 2, RECEIVER);
    ASSERT_DE(&answer, 4, "000000002500");
    ASSERT_DE(&answer, 15, "1122");
    ASSERT_DE(&answer, 37, "112200000021");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 48, CLAIM_DE48);
    struct share share = share_at(&hall, &freeze.reference, 2);
    CU_ASSERT_EQUAL(share.state, SHARE_CREDITED);
    CU_ASSERT_EQUAL(share.receiver_issuer, 95550002);
    CU_ASSERT_EQUAL(share.settlement_date, HALL_DATE);
    CU_ASSERT_EQUAL(share.owner, OWNER);
    CU_ASSERT_EQUAL(share.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_close(&hall);
}

static void pays_all_shares_to_any_wallets_and_cards(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 4000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 5999, NEIGHBOUR);
    struct operation three = claim_of(&hall, &freeze, 3, 1, SENDER); /* the sender's own card */
    hall_claim_whole(&hall, &one);
    two.acquirer = two.forwarder = id_of(ALPHA_ID); /* by the sending wallet itself */
    hall_send(&hall, ALPHA, &two);
    struct iso_message leg = hall_take(&hall, HARBOUR, "0200", "46");
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, HARBOUR, "0200", "47"); /* both legs at one issuer */
    ASSERT_DE(&leg, 2, NEIGHBOUR);
    hall_answer(&hall, HARBOUR, &leg, "00");
    hall_expect_answer(&hall, ALPHA, "0210", "40", "00");
    leg = hall_claim(&hall, &three);
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, HARBOUR, "0200", "47");
    ASSERT_DE(&leg, 2, SENDER);
    ASSERT_DE(&leg, 102, SENDER);
    hall_answer(&hall, HARBOUR, &leg, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    struct freeze record = freeze_at(&hall, &freeze.reference);
    CU_ASSERT_EQUAL(record.taken_minor, FROZEN_MINOR);
    CU_ASSERT_EQUAL(record.settled_minor, FROZEN_MINOR);
    CU_ASSERT_EQUAL(record.moving_count, 0);
    CU_ASSERT_EQUAL(record.state, FREEZE_FROZEN); /* never closed by reaching zero */
    hall_close(&hall);
}

static void claims_a_packet_of_one_share_like_any_other(void)
{
    hall_open(&hall);
    freeze = freeze_of(43, SENDER, 888, 1);
    hall_freeze(&hall, &freeze);
    struct operation claim = claim_of(&hall, &freeze, 1, 888, RECEIVER);
    hall_claim_whole(&hall, &claim);
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void works_on_claims_of_one_freeze_side_by_side(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 3000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 3000, RECEIVER);
    struct iso_message first = hall_claim(&hall, &one), second = hall_claim(&hall, &two);
    hall_answer(&hall, HARBOUR, &second, "00");
    second = hall_take(&hall, LANTERN, "0200", "47");
    ASSERT_DE(&second, 11, "000022");
    hall_answer(&hall, HARBOUR, &first, "00");
    first = hall_take(&hall, LANTERN, "0200", "47");
    ASSERT_DE(&first, 11, "000021");
    hall_answer(&hall, LANTERN, &first, "00");
    hall_answer(&hall, LANTERN, &second, "00");
    struct iso_message answer = hall_take(&hall, BETA, "0210", "40");
    ASSERT_DE(&answer, 11, "000021");
    answer = hall_take(&hall, BETA, "0210", "40");
    ASSERT_DE(&answer, 11, "000022");
    hall_close(&hall);
}

/* --- refused before anything moves ------------------------------------------------------------ */

static void refused(struct operation claim, const char *code)
{
    hall_claim_refused(&hall, &claim, code);
}

static void refuses_a_claim_of_no_freeze_with_25(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.reference.sequence = 99;
    refused(claim, "25");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.reference.wallet = 91230002;
    refused(claim, "25");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.reference.date++;
    refused(claim, "25");
    hall_close(&hall);
}

static void refuses_a_claim_of_a_freeze_that_is_not_frozen_with_22(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "22"); /* FREEZING */
    hall_answer(&hall, HARBOUR, &forwarded, "51");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "51");
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "22"); /* REFUSED */
    hall_close(&hall);
}

static void refuses_a_claim_that_does_not_match_with_12(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.original.stan++;
    refused(claim, "12");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.original.mti = 200;
    refused(claim, "12");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.reference.shares = SHARES + 1;
    refused(claim, "12");
    refused(claim_of(&hall, &freeze, 0, 2500, RECEIVER), "12");
    refused(claim_of(&hall, &freeze, SHARES + 1, 2500, RECEIVER), "12");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    memcpy(claim.currency, "840", 3);
    refused(claim, "12");
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    claim.card = pan_of(NEIGHBOUR);
    refused(claim, "12");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FREEZE), 1);
    hall_close(&hall);
}

static void refuses_a_claim_of_nothing_with_13(void)
{
    open_frozen();
    refused(claim_of(&hall, &freeze, 1, 0, RECEIVER), "13");
    hall_close(&hall);
}

static void refuses_a_second_claim_of_a_share_with_22(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &claim);
    refused(claim_of(&hall, &freeze, 1, 2500, NEIGHBOUR), "22"); /* while it is under way */
    hall_answer(&hall, HARBOUR, &debit, "00");
    struct iso_message credit = hall_take(&hall, LANTERN, "0200", "47");
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "22");
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "22"); /* and after it */
    hall_close(&hall);
}

static void refuses_more_than_is_left_of_the_freeze_with_61(void)
{
    open_frozen();
    refused(claim_of(&hall, &freeze, 1, FROZEN_MINOR + 1, RECEIVER), "61");
    struct operation claim = claim_of(&hall, &freeze, 1, 6000, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &claim);
    refused(claim_of(&hall, &freeze, 2, 4001, RECEIVER), "61");
    hall_answer(&hall, HARBOUR, &debit, "51"); /* comes back */
    hall_expect_answer(&hall, BETA, "0210", "40", "51");
    claim = claim_of(&hall, &freeze, 2, 4001, RECEIVER);
    hall_claim_whole(&hall, &claim);
    hall_close(&hall);
}

static void refuses_when_the_receivers_issuer_cannot_be_reached(void)
{
    open_frozen();
    refused(claim_of(&hall, &freeze, 1, 2500, NOBODYS), "92");
    refused(claim_of(&hall, &freeze, 1, 2500, AWAY), "92");
    hall_network(&hall, LANTERN, "002");
    hall.taken = hall.sent_count;
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "91");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_NONE);
    hall_close(&hall);
}

static void refuses_a_wallet_that_is_not_signed_on_with_91(void)
{
    open_frozen();
    hall_network(&hall, BETA, "002");
    hall.taken = hall.sent_count;
    refused(claim_of(&hall, &freeze, 1, 2500, RECEIVER), "91");
    hall_close(&hall);
}

/* A claim with every fault at once is refused for the first; mended one by one, for the next. */
static void refuses_in_the_order_of_the_protocol(void)
{
    open_frozen();
    struct operation good = claim_of(&hall, &freeze, 1, 6000, RECEIVER);
    hall_claim_whole(&hall, &good);
    struct operation bad = claim_of(&hall, &freeze, 1, 0, NOBODYS), claim;
    bad.original.stan++;
#define NEXT(code)                                                                                 \
    do {                                                                                           \
        claim = bad;                                                                               \
        claim.stan = ++hall.stan;                                                                  \
        refused(claim, (code));                                                                    \
    } while (0)
    bad.reference.sequence = 99;
    NEXT("25");
    bad.reference.sequence = 42;
    NEXT("12");
    bad.original.stan--;
    NEXT("13");
    bad.amount_minor = 5000;
    NEXT("22");
    bad.reference.share = 2;
    NEXT("61");
    bad.amount_minor = 4000;
    NEXT("92");
    bad.card = bad.receiver = pan_of(RECEIVER);
    bad.stan = ++hall.stan;
    hall_claim_whole(&hall, &bad);
    hall_close(&hall);
}

/* A state that refuses comes before a mismatch. */
static void refuses_for_the_freezes_state_before_the_reference(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_take(&hall, HARBOUR, "0220", "20");
    struct operation claim = claim_of(&hall, &freeze, 1, 0, RECEIVER);
    claim.original.stan++;
    refused(claim, "22");
    hall_close(&hall);
}

/* --- repeats ---------------------------------------------------------------------------------- */

static void gives_the_stored_answer_to_a_repeat(void)
{
    open_frozen();
    struct operation good = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct operation bad = claim_of(&hall, &freeze, 2, FROZEN_MINOR + 1, RECEIVER);
    hall_claim_whole(&hall, &good);
    refused(bad, "61");
    refused(bad, "61");
    refused(good, "00");
    hall_restart(&hall);
    hall_all_on(&hall);
    refused(bad, "61");
    refused(good, "00");
    struct operation other = good;
    other.amount_minor--;
    refused(other, "94");
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).settled_minor, 2500);
    hall_close(&hall);
}

static bool count_repeated(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    if (entry.event == JOURNAL_REFUSED && entry.code == CODE_DUPLICATE) {
        CU_ASSERT_EQUAL(entry.operation.kind, OPERATION_CLAIM);
        CU_ASSERT_EQUAL(entry.operation.amount_minor, 2499);
        CU_ASSERT_EQUAL(entry.settlement_date, HALL_DATE);
        ++*(unsigned *)context;
    }
    return true;
}

/* What has another content is for a person to look at; what is the same is not. */
static void logs_a_used_key_with_other_content(void)
{
    unsigned count = 0;
    struct fault fault = {RESULT_OK, ""};
    open_frozen();
    struct operation good = claim_of(&hall, &freeze, 1, 2500, RECEIVER), other = good;
    other.amount_minor--;
    hall_claim_whole(&hall, &good);
    refused(good, "00");
    refused(other, "94");
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, count_repeated, &count, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(freeze_at(&hall, &freeze.reference).settled_minor, 2500);
    hall_close(&hall);
}

static void answers_a_repeat_of_an_open_claim_once_and_asks_nobody_again(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &claim);
    hall_send(&hall, BETA, &claim);
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &debit, "00");
    struct iso_message credit = hall_take(&hall, LANTERN, "0200", "47");
    hall_send(&hall, BETA, &claim);
    hall_expect_nothing(&hall);
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* Two claims of one share in one batch of the store: the first in is the one that has it. */
static void gives_a_share_to_the_first_of_two_in_one_batch(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 1, 2500, NEIGHBOUR);
    hall_deliver(&hall, BETA, &one);
    hall_deliver(&hall, BETA, &two);
    hall_expect_nothing(&hall);
    hall_settle(&hall);
    struct iso_message debit = hall_take(&hall, HARBOUR, "0200", "46");
    ASSERT_DE(&debit, 103, RECEIVER);
    hall_expect_answer(&hall, BETA, "0210", "40", "22");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void takes_claims_while_there_are_places_and_then_answers_96_without_a_trace(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 2;
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze); /* keeps none once it is answered */
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 1000, RECEIVER);
    struct operation three = claim_of(&hall, &freeze, 3, 1000, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &one);
    hall_claim(&hall, &two);
    refused(three, "96");
    ASSERT_SHARE(&hall, &freeze, 3, SHARE_NONE);
    hall_answer(&hall, HARBOUR, &debit, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    hall_claim_whole(&hall, &three);
    hall_close(&hall);
}

static void takes_requests_up_to_the_maximum_and_refuses_one_more_with_96(void)
{
    hall_prepare(&hall);
    hall.config.party.requests_max = 2;
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 1000, RECEIVER);
    struct operation three = claim_of(&hall, &freeze, 3, 1000, RECEIVER);
    hall_claim(&hall, &one);
    hall_claim(&hall, &two);
    refused(three, "96");
    hall_close(&hall);
}

static void counts_what_it_did(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    hall_claim_whole(&hall, &claim);
    refused(claim_of(&hall, &freeze, 1, 1000, RECEIVER), "22");
    struct router_view view = router_view(hall.router);
    CU_ASSERT_EQUAL(view.freezes, 1);
    CU_ASSERT_EQUAL(view.claims, 2);
    CU_ASSERT_EQUAL(view.credited, 1);
    CU_ASSERT_EQUAL(view.refused, 1);
    CU_ASSERT_EQUAL(view.open, 0);
    hall_close(&hall);
}

static void what_it_refused_for_its_time_stays_refused(void)
{
    const int64_t two_days_us = INT64_C(2) * 24 * 3600 * 1000000;
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    hall.now.wall_us += two_days_us;
    hall_claim_refused(&hall, &claim, "30");
    hall.now.wall_us -= two_days_us;
    hall_claim_refused(&hall, &claim, "30");
    hall_close(&hall);
}

SUITE(CASE(debits_then_credits_then_answers), CASE(pays_all_shares_to_any_wallets_and_cards),
      CASE(claims_a_packet_of_one_share_like_any_other),
      CASE(works_on_claims_of_one_freeze_side_by_side), CASE(refuses_a_claim_of_no_freeze_with_25),
      CASE(refuses_a_claim_of_a_freeze_that_is_not_frozen_with_22),
      CASE(refuses_a_claim_that_does_not_match_with_12), CASE(refuses_a_claim_of_nothing_with_13),
      CASE(refuses_a_second_claim_of_a_share_with_22),
      CASE(refuses_more_than_is_left_of_the_freeze_with_61),
      CASE(refuses_when_the_receivers_issuer_cannot_be_reached),
      CASE(refuses_a_wallet_that_is_not_signed_on_with_91),
      CASE(refuses_in_the_order_of_the_protocol),
      CASE(refuses_for_the_freezes_state_before_the_reference),
      CASE(gives_the_stored_answer_to_a_repeat), CASE(logs_a_used_key_with_other_content),
      CASE(what_it_refused_for_its_time_stays_refused),
      CASE(answers_a_repeat_of_an_open_claim_once_and_asks_nobody_again),
      CASE(gives_a_share_to_the_first_of_two_in_one_batch),
      CASE(takes_claims_while_there_are_places_and_then_answers_96_without_a_trace),
      CASE(takes_requests_up_to_the_maximum_and_refuses_one_more_with_96), CASE(counts_what_it_did))
