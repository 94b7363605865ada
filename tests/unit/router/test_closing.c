/* The end of a freeze: unfreeze, release of what is left, and the wallet's reversal. */
#include "hall.h"

static struct hall hall;
static struct operation freeze;

static void open_frozen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

/* Sends a notice or reversal under a new key and says what is answered. */
static void ask(enum operation_kind kind, const char *code)
{
    struct operation op = about(&hall, &freeze, kind);
    hall_send(&hall, ALPHA, &op);
    bool unfreezes = kind == OPERATION_UNFREEZE;
    hall_expect_answer(&hall, ALPHA, unfreezes ? "0230" : "0430", unfreezes ? "20" : "03", code);
}

static void pay(uint16_t share, int64_t amount_minor)
{
    struct operation claim = claim_of(&hall, &freeze, share, amount_minor, RECEIVER);
    hall_claim_whole(&hall, &claim);
}

/* --- unfreeze --------------------------------------------------------------------------------- */

static void releases_what_is_left_at_once_when_nothing_moves(void)
{
    open_frozen();
    pay(1, 2500);
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    notice.amount_minor = 1; /* the wallet's opinion */
    hall_send(&hall, ALPHA, &notice);
    struct iso_message answer = hall_take(&hall, ALPHA, "0230", "20");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 4, "000000000001"); /* an answer repeats its request */
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_expect_nothing(&hall);
    ASSERT_DE(&unfreeze, 2, SENDER);
    ASSERT_DE(&unfreeze, 4, "000000007500");
    ASSERT_DE(&unfreeze, 11, "000001");
    ASSERT_DE(&unfreeze, 15, "1122");
    ASSERT_DE(&unfreeze, 32, ALPHA_ID);
    ASSERT_DE(&unfreeze, 33, SWITCH_ID);
    ASSERT_DE(&unfreeze, 37, "112200000099"); /* the notice's to the end */
    ASSERT_DE(&unfreeze, 48, FREEZE_DE48);
    ASSERT_DE(&unfreeze, 90, FREEZE_DE90);
    ASSERT_DE(&unfreeze, 102, SENDER);
    struct freeze record = freeze_at(&hall, &freeze.reference);
    CU_ASSERT_EQUAL(record.state, FREEZE_CLOSING);
    CU_ASSERT_EQUAL(record.notice_minor, 1);
    CU_ASSERT_EQUAL(record.left_minor, 7500);
    ask(OPERATION_UNFREEZE, "00"); /* a second one, while it is closing */
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    ask(OPERATION_UNFREEZE, "00"); /* and after it */
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void sends_the_unfreeze_also_when_nothing_is_left(void)
{
    open_frozen();
    pay(1, FROZEN_MINOR);
    ask(OPERATION_UNFREEZE, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000000000");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    hall_close(&hall);
}

static void repeats_the_unfreeze_until_done_and_sends_no_second_one(void)
{
    open_frozen();
    ask(OPERATION_UNFREEZE, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    size_t first = hall.taken - 1;
    hall_answer(&hall, HARBOUR, &unfreeze, "91");
    hall_pass(&hall, FORWARD_MS);
    unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_BYTES(hall.sent[hall.taken - 1].bytes, hall.sent[hall.taken - 1].len,
                 hall.sent[first].bytes, hall.sent[first].len);
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    hall_pass(&hall, 3600000);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void disputes_a_freeze_whose_unfreeze_is_refused_for_good(void)
{
    open_frozen();
    ask(OPERATION_UNFREEZE, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    hall_answer(&hall, HARBOUR, &unfreeze, "22");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_DISPUTED);
    hall_close(&hall);
}

static void refuses_a_claim_after_the_closing_with_22(void)
{
    open_frozen();
    ask(OPERATION_UNFREEZE, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    struct operation claim = claim_of(&hall, &freeze, 1, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "22");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    claim = claim_of(&hall, &freeze, 1, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "22");
    hall_close(&hall);
}

/* Closing and claim in one batch of the store: what comes second is refused. */
static void takes_no_claim_in_the_batch_of_a_closing(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    struct operation claim = claim_of(&hall, &freeze, 1, 100, RECEIVER);
    hall_deliver(&hall, ALPHA, &notice);
    hall_deliver(&hall, BETA, &claim);
    hall_settle(&hall);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "22");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000010000");
    hall_close(&hall);
}

/* --- unfreeze against shares in motion -------------------------------------------------------- */

static void waits_for_a_debit_and_a_credit_in_flight(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message leg = hall_claim(&hall, &claim);
    ask(OPERATION_UNFREEZE, "00");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, LANTERN, "0200", "47");
    hall_expect_nothing(&hall);
    hall_answer(&hall, LANTERN, &leg, "00");
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void waits_for_the_last_of_several(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 2000, RECEIVER);
    struct iso_message first = hall_claim(&hall, &one), second = hall_claim(&hall, &two);
    ask(OPERATION_UNFREEZE, "00");
    hall_answer(&hall, HARBOUR, &first, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &second, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000010000");
    hall_close(&hall);
}

static void waits_for_a_reversal_that_is_not_done(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    ask(OPERATION_UNFREEZE, "00");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000010000");
    ASSERT_DE(&unfreeze, 11, "000002");
    hall_close(&hall);
}

/* The debit of an unknown credit is final: the unfreeze does not wait for its confirmation. */
static void does_not_wait_for_a_confirmation(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_to_credit(&hall, &claim);
    ask(OPERATION_UNFREEZE, "00");
    hall_expect_nothing(&hall);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_CLOSED);
    hall_answer(&hall, LANTERN, &confirmation, "00");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_CREDITED);
    hall_close(&hall);
}

static void leaves_a_disputed_share_out_of_what_is_released(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    hall_answer(&hall, LANTERN, &credit, "62");
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "62");
    ask(OPERATION_UNFREEZE, "00");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &reversal, "22");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DISPUTED);
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ASSERT_DE(&unfreeze, 4, "000000007500");
    hall_close(&hall);
}

static void releases_once_when_two_shares_end_in_one_batch(void)
{
    open_frozen();
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 2000, RECEIVER);
    struct iso_message first = hall_claim(&hall, &one), second = hall_claim(&hall, &two);
    ask(OPERATION_UNFREEZE, "00");
    first.mti[2]++, second.mti[2]++;
    iso_message_set(&first, 39, "61", 2);
    iso_message_set(&second, 39, "61", 2);
    hall_deliver_message(&hall, HARBOUR, &first);
    hall_deliver_message(&hall, HARBOUR, &second);
    hall_settle(&hall);
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    hall_take(&hall, HARBOUR, "0220", "20");
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(router_view(hall.router).open, 0);
    hall_close(&hall);
}

/* --- unfreeze refused ------------------------------------------------------------------------- */

static void refuses_an_unfreeze_of_no_freeze_with_25(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    ask(OPERATION_UNFREEZE, "25");
    hall_close(&hall);
}

static void refuses_an_unfreeze_that_does_not_match_or_is_anothers_with_12(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    notice.original.stan++;
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "12");
    notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    notice.reference.share = 1;
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "12");
    notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    notice.acquirer = notice.forwarder = id_of(BETA_ID);
    hall_send(&hall, BETA, &notice);
    hall_expect_answer(&hall, BETA, "0230", "20", "12");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    hall_close(&hall);
}

static void refuses_an_unfreeze_of_what_is_not_frozen_with_22(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    hall_send(&hall, ALPHA, &freeze);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
    ask(OPERATION_UNFREEZE, "22"); /* FREEZING */
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
    ask(OPERATION_UNFREEZE, "22"); /* REVERSING */
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ask(OPERATION_UNFREEZE, "22"); /* REVERSED */
    hall_expect_nothing(&hall);
    (void)forwarded;
    hall_close(&hall);
}

/* 91 ends no store-and-forward message: it is repeated, under the same key. */
static void answers_91_before_sign_on_without_a_trace(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE);
    struct operation reversal = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_network(&hall, ALPHA, "002");
    hall.taken = hall.sent_count;
    hall_send(&hall, ALPHA, &reversal);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "91");
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "91");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    hall_sign_on(&hall, ALPHA);
    hall.taken = hall.sent_count;
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_take(&hall, HARBOUR, "0220", "20");
    hall_close(&hall);
}

static void gives_the_stored_answer_to_a_repeated_notice(void)
{
    open_frozen();
    struct operation notice = about(&hall, &freeze, OPERATION_UNFREEZE), other = notice;
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    hall_take(&hall, HARBOUR, "0220", "20");
    hall_send(&hall, ALPHA, &notice);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "00");
    other.amount_minor--;
    hall_send(&hall, ALPHA, &other);
    hall_expect_answer(&hall, ALPHA, "0230", "20", "94");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* --- the wallet's reversal -------------------------------------------------------------------- */

static void reverses_a_frozen_freeze_without_shares(void)
{
    open_frozen();
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &op);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    ASSERT_DE(&reversal, 4, "000000010000");
    ASSERT_DE(&reversal, 11, "000001");
    ASSERT_DE(&reversal, 33, SWITCH_ID);
    ASSERT_DE(&reversal, 37, "112200000099"); /* the wallet's reversal's */
    ASSERT_DE(&reversal, 90, FREEZE_DE90);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
    struct operation claim = claim_of(&hall, &freeze, 1, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "22");
    ask(OPERATION_FREEZE_REVERSAL, "00"); /* one freeze has one forwarded reversal */
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    ask(OPERATION_FREEZE_REVERSAL, "00");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void reverses_a_freeze_that_is_not_answered_yet(void)
{
    static const char *const late[] = {"00", "51", NULL};
    for (size_t i = 0; i < 3; i++) {
        hall_open(&hall);
        freeze = the_freeze();
        hall_send(&hall, ALPHA, &freeze);
        struct iso_message forwarded = hall_take(&hall, HARBOUR, "0100", "03");
        struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
        hall_send(&hall, ALPHA, &op);
        struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "03");
        hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
        ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
        if (late[i] != NULL)
            hall_answer(&hall, HARBOUR, &forwarded, late[i]);
        else
            hall_pass(&hall, LEG_MS);
        hall_expect_answer(&hall, ALPHA, "0110", "03", "98"); /* never 00 afterwards */
        ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSING);
        hall_answer(&hall, HARBOUR, &reversal, "00");
        ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
        hall_send(&hall, ALPHA, &freeze);
        hall_expect_answer(&hall, ALPHA, "0110", "03", "98");
        hall_expect_nothing(&hall);
        hall_close(&hall);
    }
}

static void refuses_to_reverse_a_freeze_with_a_share_taken_with_22(void)
{
    open_frozen();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &claim);
    ask(OPERATION_FREEZE_REVERSAL, "22");
    hall_answer(&hall, HARBOUR, &debit, "61");
    hall_expect_answer(&hall, BETA, "0210", "40", "61");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_RELEASED);
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_send(&hall, ALPHA, &op); /* free again: none is taken */
    hall_take(&hall, HARBOUR, "0420", "03");
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    hall_close(&hall);
    open_frozen();
    pay(1, 2500);
    ask(OPERATION_FREEZE_REVERSAL, "22");
    hall_expect_nothing(&hall);
    ASSERT_FREEZE(&hall, &freeze, FREEZE_FROZEN);
    hall_close(&hall);
}

static void refuses_to_reverse_a_freeze_that_is_closing_or_closed_with_22(void)
{
    open_frozen();
    ask(OPERATION_UNFREEZE, "00");
    struct iso_message unfreeze = hall_take(&hall, HARBOUR, "0220", "20");
    ask(OPERATION_FREEZE_REVERSAL, "22");
    hall_answer(&hall, HARBOUR, &unfreeze, "00");
    ask(OPERATION_FREEZE_REVERSAL, "22");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void leaves_a_tombstone_for_a_freeze_never_seen(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    ask(OPERATION_FREEZE_REVERSAL, "00");
    hall_expect_nothing(&hall); /* the issuer has not seen it either */
    ASSERT_FREEZE(&hall, &freeze, FREEZE_REVERSED);
    hall_send(&hall, ALPHA, &freeze); /* comes late */
    hall_expect_answer(&hall, ALPHA, "0110", "03", "94");
    ask(OPERATION_FREEZE_REVERSAL, "00"); /* a second one, under another key */
    ask(OPERATION_UNFREEZE, "22");
    struct operation claim = claim_of(&hall, &freeze, 1, 100, RECEIVER);
    hall_claim_refused(&hall, &claim, "22");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void leaves_no_tombstone_for_what_is_no_freeze_of_the_wallet(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    op.original.mti = 200;
    hall_send(&hall, ALPHA, &op);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "12");
    op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    op.acquirer = op.forwarder = id_of(BETA_ID);
    hall_send(&hall, BETA, &op);
    hall_expect_answer(&hall, BETA, "0430", "03", "12");
    hall_freeze(&hall, &freeze);
    hall_close(&hall);
}

static void a_reversal_that_overtakes_its_freeze_in_one_batch_wins(void)
{
    hall_open(&hall);
    freeze = the_freeze();
    struct operation op = about(&hall, &freeze, OPERATION_FREEZE_REVERSAL);
    hall_deliver(&hall, ALPHA, &op);
    hall_deliver(&hall, ALPHA, &freeze);
    hall_settle(&hall);
    hall_expect_answer(&hall, ALPHA, "0430", "03", "00");
    hall_expect_answer(&hall, ALPHA, "0110", "03", "94");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

SUITE(CASE(releases_what_is_left_at_once_when_nothing_moves),
      CASE(sends_the_unfreeze_also_when_nothing_is_left),
      CASE(repeats_the_unfreeze_until_done_and_sends_no_second_one),
      CASE(disputes_a_freeze_whose_unfreeze_is_refused_for_good),
      CASE(refuses_a_claim_after_the_closing_with_22),
      CASE(takes_no_claim_in_the_batch_of_a_closing),
      CASE(waits_for_a_debit_and_a_credit_in_flight), CASE(waits_for_the_last_of_several),
      CASE(waits_for_a_reversal_that_is_not_done), CASE(does_not_wait_for_a_confirmation),
      CASE(leaves_a_disputed_share_out_of_what_is_released),
      CASE(releases_once_when_two_shares_end_in_one_batch),
      CASE(refuses_an_unfreeze_of_no_freeze_with_25),
      CASE(refuses_an_unfreeze_that_does_not_match_or_is_anothers_with_12),
      CASE(refuses_an_unfreeze_of_what_is_not_frozen_with_22),
      CASE(answers_91_before_sign_on_without_a_trace),
      CASE(gives_the_stored_answer_to_a_repeated_notice),
      CASE(reverses_a_frozen_freeze_without_shares),
      CASE(reverses_a_freeze_that_is_not_answered_yet),
      CASE(refuses_to_reverse_a_freeze_with_a_share_taken_with_22),
      CASE(refuses_to_reverse_a_freeze_that_is_closing_or_closed_with_22),
      CASE(leaves_a_tombstone_for_a_freeze_never_seen),
      CASE(leaves_no_tombstone_for_what_is_no_freeze_of_the_wallet),
      CASE(a_reversal_that_overtakes_its_freeze_in_one_batch_wins))
