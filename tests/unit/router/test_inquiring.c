/* Status inquiries: what is told, to whom, and that it is what is durable. */
#include "hall.h"
#include "redpacket/status.h"

static struct hall hall;
static struct operation freeze, claim;

enum { AMOUNT_MINOR = 2500 };

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
}

static struct operation inquiry_of(unsigned peer, uint16_t share)
{
    struct operation op = {
        .kind = OPERATION_INQUIRY,
        .transmission = date_de7(hall.now.wall_us),
        .stan = 700000 + ++hall.stan,
        .acquirer = hall.peers[peer].id,
        .forwarder = hall.peers[peer].id,
        .reference = freeze.reference,
    };
    op.reference.share = share;
    memcpy(op.rrn, "112200000077", sizeof op.rrn);
    return op;
}

/* The answer's usage HS as text; "" when it has none. */
static const char *ask(unsigned peer, uint16_t share, const char *code)
{
    static char told[STATUS_TEXT_MAX + 1];
    struct operation inquiry = inquiry_of(peer, share);
    hall_send(&hall, peer, &inquiry);
    struct iso_message answer = hall_take(&hall, peer, "0610", "33");
    ASSERT_DE(&answer, 39, code);
    ASSERT_DE(&answer, 37, "112200000077");
    struct iso_value value = iso_message_find(&answer, 48, "AS.HS");
    snprintf(told, sizeof told, "%.*s", (int)value.len,
             value.data != NULL ? (const char *)value.data : "");
    struct operation read;
    CU_ASSERT_EQUAL(operation_read(&answer, &read, NULL), RESULT_OK);
    CU_ASSERT_TRUE(reference_same_freeze(&read.reference, &freeze.reference));
    CU_ASSERT_EQUAL(read.reference.share, share);
    return told;
}

#define ASSERT_TOLD(peer, share, expected)                                                         \
    ASSERT_TEXT("DE 48 HS", ask((peer), (share), "00"), (expected))
#define ASSERT_REFUSED(peer, share, code) ASSERT_TEXT("DE 48 HS", ask((peer), (share), (code)), "")

/* --- what is told ----------------------------------------------------------------------------- */

static void tells_how_a_freeze_stands_at_every_step(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000000000000000000000000000000001");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "00");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000000000000000000000000000000002");
    claim = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000000000000000250000000000000002");
    hall_answer(&hall, LANTERN, &credit, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000250000000000000000000000000002");
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000250000000000000000000000000006");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000250000000000000000000000750007");
    hall_close(&hall);
}

static void tells_how_a_share_stands_and_whose_claim_has_it(void)
{
    open_frozen();
    ASSERT_TOLD(ALPHA, 1,
                "0000000100000000000000000000000000000000000000000200000000000000000000000000");
    hall_claim_to_credit(&hall, &claim);
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000000000000000025000000000000000200000000250004112200000021");
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000000000000000025000000000000000200000000250006112200000021");
    hall_answer(&hall, LANTERN, &confirmation, "A4");
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000025000000000000000000000000000200000000250005112200000021");
    hall_close(&hall);
}

static void tells_of_a_share_that_was_released(void)
{
    open_frozen();
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000000000000000025000000000000000200000000250002112200000021");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000000000000000000000000000000000200000000250008112200000021");
    hall_close(&hall);
}

static void tells_of_a_freeze_that_was_reversed(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &notice);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000000000000000000000000000000004");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_TOLD(ALPHA, 0, "00000001000000000000000000000000000000000001000005");
    hall_close(&hall);
}

static void a_share_in_dispute_stays_in_doubt(void)
{
    open_frozen();
    hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    hall_answer(&hall, LANTERN, &confirmation, "12");
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000000000000000025000000000000000200000000250009112200000021");
    hall_close(&hall);
}

static void tells_only_what_is_durable(void)
{
    open_frozen();
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    struct operation inquiry = inquiry_of(BETA, 1);
    credit.mti[2]++;
    iso_message_set(&credit, 39, "00", 2);
    hall_deliver_message(&hall, LANTERN, &credit);
    hall_deliver(&hall, BETA, &inquiry);
    hall_expect_nothing(&hall); /* neither answer before the commit that both wait for */
    hall_settle(&hall);
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    struct iso_message answer = hall_take(&hall, BETA, "0610", "33");
    struct iso_value value = iso_message_find(&answer, 48, "AS.HS");
    struct freeze_status status;
    CU_ASSERT_TRUE(status_parse(bytes_of(value.data, value.len), &status));
    CU_ASSERT_EQUAL(status.share_state, SHARE_CREDITED);
    hall_close(&hall);
}

static void tells_the_same_after_a_restart(void)
{
    open_frozen();
    hall_claim_whole(&hall, &claim);
    hall_restart(&hall);
    hall_all_on(&hall);
    ASSERT_TOLD(BETA, 1,
                "0000000100000000000025000000000000000000000000000200000000250005112200000021");
    hall_close(&hall);
}

static void stores_nothing_and_answers_every_time_anew(void)
{
    open_frozen();
    struct operation inquiry = inquiry_of(ALPHA, 1);
    unsigned before = stored_in(&hall, TABLE_DUPLICATE);
    hall_send(&hall, ALPHA, &inquiry);
    struct iso_message answer = hall_take(&hall, ALPHA, "0610", "33");
    ASSERT_DE(&answer, 48,
              "ASHB039202611220000000000420009123000100010003HS076"
              "0000000100000000000000000000000000000000000000000200000000000000000000000000");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), before);
    hall_claim_whole(&hall, &claim);
    hall_send(&hall, ALPHA, &inquiry);
    answer = hall_take(&hall, ALPHA, "0610", "33");
    ASSERT_DE(&answer, 48,
              "ASHB039202611220000000000420009123000100010003HS076"
              "0000000100000000000025000000000000000000000000000200000000250005112200000021");
    hall_close(&hall);
}

/* --- to whom ---------------------------------------------------------------------------------- */

static void answers_the_parties_of_the_freeze_and_of_its_share(void)
{
    open_frozen();
    hall_claim_whole(&hall, &claim);
    for (unsigned peer = 0; peer < PEERS; peer++)
        CU_ASSERT_EQUAL(strlen(ask(peer, 1, "00")), STATUS_TEXT_MAX);
    CU_ASSERT_EQUAL(strlen(ask(ALPHA, 0, "00")), STATUS_TEXT_MIN);
    CU_ASSERT_EQUAL(strlen(ask(HARBOUR, 0, "00")), STATUS_TEXT_MIN);
    hall_close(&hall);
}

static void answers_nobody_else_with_25(void)
{
    open_frozen();
    hall_claim_whole(&hall, &claim);
    ASSERT_REFUSED(BETA, 0, "25"); /* of one share only */
    ASSERT_REFUSED(LANTERN, 0, "25");
    ASSERT_REFUSED(BETA, 2, "25");
    ASSERT_REFUSED(LANTERN, 2, "25");
    hall_close(&hall);
}

static void knows_no_other_freeze_and_no_share_beyond_the_last(void)
{
    open_frozen();
    ASSERT_REFUSED(ALPHA, SHARES + 1, "25");
    freeze.reference.sequence++;
    ASSERT_REFUSED(ALPHA, 0, "25");
    ASSERT_REFUSED(ALPHA, 1, "25");
    freeze.reference.sequence--;
    freeze.reference.wallet = id_of(BETA_ID).number;
    ASSERT_REFUSED(BETA, 0, "25");
    hall_close(&hall);
}

/* Who had a share before the one who has it now is no party any more. */
static void forgets_an_earlier_claimer_of_a_share(void)
{
    open_frozen();
    struct iso_message debit = hall_claim(&hall, &claim);
    hall_answer(&hall, HARBOUR, &debit, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    CU_ASSERT_EQUAL(strlen(ask(BETA, 1, "00")), STATUS_TEXT_MAX);
    struct operation other = claim_of(&hall, &freeze, 1, AMOUNT_MINOR, RECEIVER);
    other.acquirer = other.forwarder = id_of(ALPHA_ID);
    hall_send(&hall, ALPHA, &other);
    hall_take(&hall, HARBOUR, "0200", "46");
    ASSERT_REFUSED(BETA, 1, "25");
    hall_close(&hall);
}

static void tells_nobody_in_anothers_name(void)
{
    open_frozen();
    struct operation inquiry = inquiry_of(ALPHA, 0);
    hall_send(&hall, LANTERN, &inquiry);
    struct iso_message answer = hall_take(&hall, LANTERN, "0610", "33");
    ASSERT_DE(&answer, 39, "30");
    ASSERT_DE(&answer, 48, FREEZE_DE48);
    hall_close(&hall);
}

static void answers_91_before_sign_on(void)
{
    open_frozen();
    hall_network(&hall, ALPHA, "002");
    hall.taken = hall.sent_count;
    ASSERT_REFUSED(ALPHA, 0, "91");
    hall_close(&hall);
}

static void answers_a_repeat_of_an_open_inquiry_once(void)
{
    open_frozen();
    struct operation inquiry = inquiry_of(ALPHA, 0);
    hall_deliver(&hall, ALPHA, &inquiry);
    hall_deliver(&hall, ALPHA, &inquiry);
    hall_settle(&hall);
    hall_expect_answer(&hall, ALPHA, "0610", "33", "00");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

SUITE(CASE(tells_how_a_freeze_stands_at_every_step),
      CASE(tells_how_a_share_stands_and_whose_claim_has_it),
      CASE(tells_of_a_share_that_was_released), CASE(tells_of_a_freeze_that_was_reversed),
      CASE(a_share_in_dispute_stays_in_doubt), CASE(tells_only_what_is_durable),
      CASE(tells_the_same_after_a_restart), CASE(stores_nothing_and_answers_every_time_anew),
      CASE(answers_the_parties_of_the_freeze_and_of_its_share), CASE(answers_nobody_else_with_25),
      CASE(knows_no_other_freeze_and_no_share_beyond_the_last),
      CASE(forgets_an_earlier_claimer_of_a_share), CASE(tells_nobody_in_anothers_name),
      CASE(answers_91_before_sign_on), CASE(answers_a_repeat_of_an_open_inquiry_once))
