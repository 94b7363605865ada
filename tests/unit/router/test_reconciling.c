/* Totals at the switch: what counts when, and the comparison with a member when a date is over.
 * Harbour (an issuer) and beta (a wallet) are told totals here, the others are not. */
#include "hall.h"

static struct hall hall;
static struct operation freeze;

enum { NEXT_DATE = 20261123, THIRD_DATE = 20261124, MINUTE_MS = 60000 };

static size_t told[PEERS];    /* which message was the latest 0520 to it, from 1; 0: none */
static unsigned count[PEERS]; /* of 0520s to it */

/* Answers what is network management, and keeps the 0520s for the test. */
static void pump(void)
{
    while (hall.taken < hall.sent_count) {
        const struct hall_sent *sent = &hall.sent[hall.taken++];
        const char *mti = (const char *)sent->bytes + 46;
        if (memcmp(mti, "0820", 4) == 0)
            hall_answer_network(&hall, sent);
        else if (memcmp(mti, "0520", 4) == 0) {
            told[sent->peer] = hall.taken;
            count[sent->peer]++;
        }
    }
}

static void open_told(void)
{
    memset(told, 0, sizeof told);
    memset(count, 0, sizeof count);
    hall_prepare(&hall);
    hall.peers[HARBOUR].has_no_totals = hall.peers[BETA].has_no_totals = false;
    hall_start(&hall);
    hall_all_on(&hall);
    freeze = the_freeze();
    hall_freeze(&hall, &freeze);
}

static void cutover(uint32_t date)
{
    CU_ASSERT_TRUE(party_cutover(router_party(hall.router), date, NULL, NULL));
    hall_settle(&hall);
    pump();
}

static struct iso_message latest_to(unsigned peer)
{
    struct iso_message message;
    CU_ASSERT_FATAL(told[peer] > 0);
    const struct hall_sent *sent = &hall.sent[told[peer] - 1];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message, NULL),
        ISO_OK);
    return message;
}

/* `theirs` NULL: no totals in the answer. */
static void answer_totals(unsigned peer, const char *code, const char *settled,
                          const struct totals *theirs)
{
    struct iso_message message = latest_to(peer);
    struct totals_text text;
    message.mti[2]++;
    iso_message_set(&message, 39, code, 2);
    if (settled != NULL)
        iso_message_set(&message, 66, settled, 1);
    for (unsigned de = 74; de <= 97; de++)
        iso_message_remove(&message, de);
    if (theirs != NULL)
        totals_write(theirs, &text, &message);
    hall_deliver_message(&hall, peer, &message);
    hall_settle(&hall);
    pump();
}

static struct totals_book book_of(const char *id, uint32_t date)
{
    struct hall_record record = hall_record(&hall, key_of_totals(date, id_of(id).number));
    struct totals_book book = {.state = TOTALS_OPEN};
    if (record.found)
        totals_book_decode(hall_bytes(&record), &book);
    return book;
}

/* A claim by beta of this share, paid from harbour to lantern. */
static void claim_share(uint16_t share, int64_t amount_minor)
{
    struct operation claim = claim_of(&hall, &freeze, share, amount_minor, RECEIVER);
    hall_claim_whole(&hall, &claim);
}

#define ASSERT_STATE(id, date, expected)                                                           \
    ASSERT_TEXT("totals", totals_state_name(book_of((id), (date)).state),                          \
                totals_state_name(expected))

/* --- what counts ------------------------------------------------------------------------------ */

static void counts_a_claim_on_both_sides_and_at_its_wallet_when_it_is_paid(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message credit = hall_claim_to_credit(&hall, &claim);
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).own.number[TOTALS_DEBITS], 0);
    hall_answer(&hall, LANTERN, &credit, "00");
    struct totals sender = book_of(HARBOUR_ID, HALL_DATE).own;
    struct totals receiver = book_of(LANTERN_ID, HALL_DATE).own;
    struct totals wallet = book_of(BETA_ID, HALL_DATE).own;
    CU_ASSERT_EQUAL(sender.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(sender.amount_minor[TOTALS_DEBITS], 2500);
    CU_ASSERT_EQUAL(sender.number[TOTALS_AUTHORISATIONS], 1);
    CU_ASSERT_EQUAL(totals_net(&sender), -2500);
    CU_ASSERT_EQUAL(receiver.number[TOTALS_CREDITS], 1);
    CU_ASSERT_EQUAL(totals_net(&receiver), 2500);
    CU_ASSERT_EQUAL(wallet.number[TOTALS_TRANSFERS], 1);
    CU_ASSERT_EQUAL(totals_net(&wallet), 0);
    CU_ASSERT_EQUAL(book_of(ALPHA_ID, HALL_DATE).own.number[TOTALS_AUTHORISATIONS], 1);
    hall_close(&hall);
}

static void counts_a_debit_with_its_reversal_from_when_it_is_in_doubt(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    struct totals_book book = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(totals_net(&book.own), 0);
    CU_ASSERT_EQUAL(book.reversals.count, 1);
    CU_ASSERT_EQUAL(book.reversals.amount_minor, 2500);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    book = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(book.reversals.count, 0);
    CU_ASSERT_EQUAL(book.own.number[TOTALS_DEBIT_REVERSALS], 1);
    hall_close(&hall);
}

static void keeps_in_doubt_what_was_refused_for_good(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    hall_answer(&hall, HARBOUR, &reversal, "12");
    ASSERT_SHARE(&hall, &freeze, 1, SHARE_DISPUTED);
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).reversals.count, 1);
    hall_close(&hall);
}

static void counts_a_credit_in_doubt_once(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_to_credit(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message confirmation = hall_take(&hall, LANTERN, "0220", "47");
    hall_expect_answer(&hall, BETA, "0210", "40", "A2");
    CU_ASSERT_EQUAL(book_of(LANTERN_ID, HALL_DATE).own.number[TOTALS_CREDITS], 1);
    CU_ASSERT_EQUAL(book_of(LANTERN_ID, HALL_DATE).confirmations.amount_minor, 2500);
    CU_ASSERT_EQUAL(book_of(BETA_ID, HALL_DATE).own.number[TOTALS_TRANSFERS], 1);
    hall_answer(&hall, LANTERN, &confirmation, "A4");
    CU_ASSERT_EQUAL(book_of(LANTERN_ID, HALL_DATE).own.number[TOTALS_CREDITS], 1);
    CU_ASSERT_EQUAL(book_of(LANTERN_ID, HALL_DATE).confirmations.count, 0);
    hall_close(&hall);
}

static void counts_nothing_of_a_refused_debit_and_nothing_of_a_repeat(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message debit = hall_claim(&hall, &claim);
    hall_answer(&hall, HARBOUR, &debit, "51");
    hall_expect_answer(&hall, BETA, "0210", "40", "51");
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).own.number[TOTALS_DEBITS], 0);
    claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim_whole(&hall, &claim);
    hall_send(&hall, BETA, &claim);
    hall_expect_answer(&hall, BETA, "0210", "40", "00");
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).own.number[TOTALS_DEBITS], 1);
    hall_close(&hall);
}

static void counts_what_a_process_before_left_under_way(void)
{
    open_told();
    struct operation one = claim_of(&hall, &freeze, 1, 1000, RECEIVER);
    struct operation two = claim_of(&hall, &freeze, 2, 700, RECEIVER);
    hall_claim_to_credit(&hall, &one);
    hall_claim(&hall, &two);
    hall_restart(&hall);
    hall_settle(&hall);
    struct totals_book sender = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(sender.own.number[TOTALS_DEBITS], 2);
    CU_ASSERT_EQUAL(totals_net(&sender.own), -1000);
    CU_ASSERT_EQUAL(sender.reversals.amount_minor, 700);
    CU_ASSERT_EQUAL(book_of(LANTERN_ID, HALL_DATE).confirmations.amount_minor, 1000);
    hall_close(&hall);
}

/* --- telling them ----------------------------------------------------------------------------- */

static void tells_each_member_its_totals_when_the_date_is_over(void)
{
    open_told();
    claim_share(1, 2500);
    claim_share(2, 300);
    cutover(NEXT_DATE);
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    CU_ASSERT_EQUAL(count[BETA], 1);
    CU_ASSERT_EQUAL(count[ALPHA] + count[LANTERN], 0); /* those want none */
    struct iso_message message = latest_to(HARBOUR);
    ASSERT_DE(&message, 15, "1122");
    ASSERT_DE(&message, 33, SWITCH_ID);
    ASSERT_DE(&message, 50, "156");
    ASSERT_DE(&message, 76, "0000000002");
    ASSERT_DE(&message, 81, "0000000001");
    ASSERT_DE(&message, 86, "0000000000000000");
    ASSERT_DE(&message, 88, "0000000000002800");
    ASSERT_DE(&message, 97, "D0000000000002800");
    ASSERT_DE(&message, 100, HARBOUR_ID);
    message = latest_to(BETA);
    ASSERT_DE(&message, 78, "0000000002");
    ASSERT_DE(&message, 97, "C0000000000000000");
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_ASKED);
    hall_close(&hall);
}

static void tells_a_member_that_has_done_nothing_too(void)
{
    open_told();
    cutover(NEXT_DATE);
    answer_totals(BETA, "00", "1", NULL);
    cutover(THIRD_DATE);
    CU_ASSERT_EQUAL(count[BETA], 2);
    struct iso_message message = latest_to(BETA);
    ASSERT_DE(&message, 15, "1123");
    ASSERT_DE(&message, 97, "C0000000000000000");
    hall_close(&hall);
}

static void waits_until_nothing_of_the_date_is_under_way(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    struct iso_message leg = hall_claim(&hall, &claim);
    cutover(NEXT_DATE);
    CU_ASSERT_EQUAL(count[HARBOUR], 0);
    hall_answer(&hall, HARBOUR, &leg, "00");
    leg = hall_take(&hall, LANTERN, "0200", "47");
    CU_ASSERT_EQUAL(count[HARBOUR], 0);
    hall_answer(&hall, LANTERN, &leg, "00");
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    struct iso_message message = latest_to(HARBOUR);
    ASSERT_DE(&message, 88, "0000000000002500");
    hall_close(&hall);
}

static void does_not_hold_up_a_cut(void)
{
    open_told();
    cutover(NEXT_DATE);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_ASKED);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

static void repeats_the_same_message_after_a_crash(void)
{
    open_told();
    claim_share(1, 2500);
    cutover(NEXT_DATE);
    struct iso_message first = latest_to(HARBOUR);
    char stan[8];
    snprintf(stan, sizeof stan, "%s", text_of(&first, 11));
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_pass(&hall, FORWARD_MS);
    pump();
    struct iso_message second = latest_to(HARBOUR);
    ASSERT_DE(&second, 11, stan);
    ASSERT_DE(&second, 88, "0000000000002500");
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).tries, 1);
    answer_totals(HARBOUR, "00", "1", NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_AGREED);
    hall_close(&hall);
}

static void begins_after_a_crash_right_behind_the_cutover(void)
{
    open_told();
    CU_ASSERT_TRUE(party_cutover(router_party(hall.router), NEXT_DATE, NULL, NULL));
    store_memory_commit(hall.store, UINT64_MAX); /* the date, and nothing behind it */
    hall_restart(&hall);
    hall_all_on(&hall); /* what it brings is not looked at: it is repeated */
    hall_pass(&hall, FORWARD_WAIT_MS);
    hall_pass(&hall, FORWARD_MS);
    pump();
    CU_ASSERT_TRUE(count[HARBOUR] >= 1);
    CU_ASSERT_TRUE(count[BETA] >= 1);
    hall_close(&hall);
}

static void asks_a_silent_member_about_one_date_only(void)
{
    open_told();
    cutover(NEXT_DATE);
    cutover(THIRD_DATE);
    cutover(20261125);
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    ASSERT_STATE(HARBOUR_ID, NEXT_DATE, TOTALS_OPEN);
    answer_totals(HARBOUR, "00", "1", NULL);
    CU_ASSERT_EQUAL(count[HARBOUR], 2);
    struct iso_message message = latest_to(HARBOUR);
    ASSERT_DE(&message, 15, "1123");
    answer_totals(HARBOUR, "00", "1", NULL);
    message = latest_to(HARBOUR);
    ASSERT_DE(&message, 15, "1124");
    hall_close(&hall);
}

static void tells_a_member_that_was_away_when_it_signs_on(void)
{
    open_told();
    hall_network(&hall, HARBOUR, "002");
    pump();
    cutover(NEXT_DATE);
    CU_ASSERT_EQUAL(count[HARBOUR], 0);
    CU_ASSERT_EQUAL(count[BETA], 1);
    hall_network(&hall, HARBOUR, "001");
    hall_pass(&hall, 1);
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    hall_close(&hall);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void is_in_balance_when_the_member_says_so(void)
{
    open_told();
    claim_share(1, 2500);
    cutover(NEXT_DATE);
    answer_totals(HARBOUR, "00", "1", NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_AGREED);
    CU_ASSERT_FALSE(
        hall_record(&hall, key_of_totals_message(HALL_DATE, id_of(HARBOUR_ID).number)).found);
    hall_pass(&hall, 120 * MINUTE_MS);
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    hall_close(&hall);
}

static void keeps_both_figures_of_a_difference_and_asks_again(void)
{
    open_told();
    claim_share(1, 2500);
    cutover(NEXT_DATE);
    struct totals theirs = book_of(HARBOUR_ID, HALL_DATE).own;
    theirs.amount_minor[TOTALS_DEBITS] -= 1;
    answer_totals(HARBOUR, "00", "2", &theirs);
    struct totals_book book = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(book.state, TOTALS_DIFFERS);
    CU_ASSERT_EQUAL(book.theirs.amount_minor[TOTALS_DEBITS], 2499);
    CU_ASSERT_FALSE(totals_book_is_explained(&book));
    struct iso_message first = latest_to(HARBOUR);
    hall_pass(&hall, MINUTE_MS);
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 2);
    struct iso_message second = latest_to(HARBOUR);
    CU_ASSERT_STRING_NOT_EQUAL(text_of(&first, 11), text_of(&second, 11));
    CU_ASSERT_TRUE(book_of(HARBOUR_ID, HALL_DATE).has_theirs);
    answer_totals(HARBOUR, "00", "1", NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_AGREED);
    hall_close(&hall);
}

static void gives_up_asking_after_seven_differences(void)
{
    open_told();
    cutover(NEXT_DATE);
    struct totals theirs = {.number = {[TOTALS_CREDITS] = 1}, .amount_minor = {1}};
    for (unsigned i = 0; i < 9; i++) {
        if (book_of(HARBOUR_ID, HALL_DATE).state == TOTALS_ASKED)
            answer_totals(HARBOUR, "00", "2", &theirs);
        hall_pass(&hall, 70 * MINUTE_MS);
        pump();
    }
    CU_ASSERT_EQUAL(count[HARBOUR], 7);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_DIFFERS);
    hall_close(&hall);
}

static void explains_a_difference_by_what_is_in_doubt(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    hall_take(&hall, HARBOUR, "0420", "46"); /* is not answered */
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    cutover(NEXT_DATE);
    struct totals theirs = {.number = {[TOTALS_DEBITS] = 1},
                            .amount_minor = {[TOTALS_DEBITS] = 2500}};
    answer_totals(HARBOUR, "00", "2", &theirs);
    struct totals_book book = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(book.state, TOTALS_DIFFERS);
    CU_ASSERT_EQUAL(book.reversals_then.count, 1);
    CU_ASSERT_TRUE(totals_book_is_explained(&book));
    hall_close(&hall);
}

/* The member keeps its answer: the repeat brings it when nothing is in doubt any more. */
static void explains_it_by_what_was_in_doubt_when_it_was_asked(void)
{
    open_told();
    struct operation claim = claim_of(&hall, &freeze, 1, 2500, RECEIVER);
    hall_claim(&hall, &claim);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "46");
    hall_expect_answer(&hall, BETA, "0210", "40", "98");
    cutover(NEXT_DATE);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).reversals.count, 0);
    struct totals theirs = {.number = {[TOTALS_DEBITS] = 1},
                            .amount_minor = {[TOTALS_DEBITS] = 2500}};
    answer_totals(HARBOUR, "00", "2", &theirs);
    struct totals_book book = book_of(HARBOUR_ID, HALL_DATE);
    CU_ASSERT_EQUAL(book.state, TOTALS_DIFFERS);
    CU_ASSERT_TRUE(totals_book_is_explained(&book));
    hall_close(&hall);
}

static void takes_a_refusal_for_good_as_such(void)
{
    open_told();
    cutover(NEXT_DATE);
    answer_totals(HARBOUR, "40", NULL, NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_REFUSED);
    CU_ASSERT_EQUAL(book_of(HARBOUR_ID, HALL_DATE).code, CODE_UNSUPPORTED);
    hall_pass(&hall, 120 * MINUTE_MS);
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 1);
    hall_close(&hall);
}

static void takes_an_answer_that_says_nothing_as_an_error(void)
{
    struct totals same = {0};
    open_told();
    cutover(NEXT_DATE);
    answer_totals(HARBOUR, "00", NULL, NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_ERROR);
    cutover(THIRD_DATE);
    answer_totals(HARBOUR, "00", "3", NULL);
    ASSERT_STATE(HARBOUR_ID, NEXT_DATE, TOTALS_ERROR);
    cutover(20261125);
    answer_totals(HARBOUR, "00", "2", &same); /* out of balance, with the same figures */
    ASSERT_STATE(HARBOUR_ID, THIRD_DATE, TOTALS_ERROR);
    hall_close(&hall);
}

static void asks_again_after_an_answer_that_comes_too_early(void)
{
    open_told();
    cutover(NEXT_DATE);
    answer_totals(HARBOUR, "96", NULL, NULL);
    ASSERT_STATE(HARBOUR_ID, HALL_DATE, TOTALS_ASKED);
    hall_pass(&hall, FORWARD_MS);
    pump();
    CU_ASSERT_EQUAL(count[HARBOUR], 2);
    hall_close(&hall);
}

static void refuses_totals_of_a_member_with_40(void)
{
    open_told();
    struct operation op = {
        .kind = OPERATION_RECONCILIATION,
        .transmission = date_de7(hall.now.wall_us),
        .stan = 9,
        .settlement = 1122,
        .forwarder = id_of(HARBOUR_ID),
        .addressee = id_of(SWITCH_ID),
        .currency = {'1', '5', '6'},
    };
    struct operation_text text;
    struct iso_message message;
    operation_write(&op, &text, hall_spec(), &message);
    hall_deliver_message(&hall, HARBOUR, &message);
    hall_settle(&hall);
    struct iso_message answer;
    const struct hall_sent *sent = &hall.sent[hall.sent_count - 1];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &answer, NULL),
        ISO_OK);
    CU_ASSERT_STRING_EQUAL(answer.mti, "0530");
    ASSERT_DE(&answer, 39, "40");
    hall_close(&hall);
}

/* --- forgetting ------------------------------------------------------------------------------- */

static void forgets_totals_of_dates_long_past_unless_a_message_waits(void)
{
    open_told();
    cutover(NEXT_DATE);
    answer_totals(BETA, "00", "1", NULL);
    cutover(20261225); /* more than 30 days later */
    CU_ASSERT_FALSE(hall_record(&hall, key_of_totals(HALL_DATE, id_of(BETA_ID).number)).found);
    CU_ASSERT_FALSE(hall_record(&hall, key_of_totals(HALL_DATE, 0)).found);
    CU_ASSERT_TRUE(hall_record(&hall, key_of_totals(HALL_DATE, id_of(HARBOUR_ID).number)).found);
    answer_totals(HARBOUR, "00", "1", NULL);
    cutover(20261226);
    CU_ASSERT_FALSE(hall_record(&hall, key_of_totals(HALL_DATE, id_of(HARBOUR_ID).number)).found);
    hall_close(&hall);
}

SUITE(CASE(counts_a_claim_on_both_sides_and_at_its_wallet_when_it_is_paid),
      CASE(counts_a_debit_with_its_reversal_from_when_it_is_in_doubt),
      CASE(keeps_in_doubt_what_was_refused_for_good), CASE(counts_a_credit_in_doubt_once),
      CASE(counts_nothing_of_a_refused_debit_and_nothing_of_a_repeat),
      CASE(counts_what_a_process_before_left_under_way),
      CASE(tells_each_member_its_totals_when_the_date_is_over),
      CASE(tells_a_member_that_has_done_nothing_too),
      CASE(waits_until_nothing_of_the_date_is_under_way), CASE(does_not_hold_up_a_cut),
      CASE(repeats_the_same_message_after_a_crash),
      CASE(begins_after_a_crash_right_behind_the_cutover),
      CASE(asks_a_silent_member_about_one_date_only),
      CASE(tells_a_member_that_was_away_when_it_signs_on),
      CASE(is_in_balance_when_the_member_says_so),
      CASE(keeps_both_figures_of_a_difference_and_asks_again),
      CASE(gives_up_asking_after_seven_differences),
      CASE(explains_a_difference_by_what_is_in_doubt),
      CASE(explains_it_by_what_was_in_doubt_when_it_was_asked),
      CASE(takes_a_refusal_for_good_as_such), CASE(takes_an_answer_that_says_nothing_as_an_error),
      CASE(asks_again_after_an_answer_that_comes_too_early),
      CASE(refuses_totals_of_a_member_with_40),
      CASE(forgets_totals_of_dates_long_past_unless_a_message_waits))
