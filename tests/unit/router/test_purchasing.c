/* Purchases at the switch: every answer of the issuer, every moment of the acquirer's reversal,
 * restarts, what is counted, what is forgotten. */
#include "hall.h"

#include "redpacket/dispute.h"
#include "router/moving.h"

static struct hall hall;
static struct operation purchase;

enum { AMOUNT_MINOR = 4200 };

static void open_hall(void)
{
    hall_open(&hall);
    purchase = purchase_of(&hall, SENDER, AMOUNT_MINOR);
}

/* Sent and forwarded, not answered. */
static struct iso_message ask(void)
{
    hall_send(&hall, ALPHA, &purchase);
    return hall_take(&hall, HARBOUR, "0200", "00");
}

static void refused(const struct operation *op, const char *code)
{
    hall_send(&hall, ALPHA, op);
    hall_expect_answer(&hall, ALPHA, "0210", "00", code);
    hall_expect_nothing(&hall);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_PURCHASE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 0);
}

static void reversal_answered(const struct operation *reversal, const char *code)
{
    hall_send(&hall, ALPHA, reversal);
    hall_expect_answer(&hall, ALPHA, "0430", "00", code);
}

struct steps {
    unsigned purchases, recorded, refused, forgotten;
    struct journal_entry last; /* without its message */
};

static bool count_step(void *context, const struct store_log_record *record)
{
    struct steps *steps = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    entry.message = (struct bytes){NULL, 0};
    steps->purchases += entry.event == JOURNAL_PURCHASE;
    steps->recorded += entry.event == JOURNAL_RECORDED;
    steps->refused += entry.event == JOURNAL_REFUSED;
    steps->forgotten += entry.event == JOURNAL_FORGOTTEN;
    if (entry.event == JOURNAL_PURCHASE) {
        /* Whatever caused it, the entry is about the purchase and of its day. */
        CU_ASSERT_TRUE(same_key(operation_key(&entry.operation), operation_key(&purchase)));
        CU_ASSERT_EQUAL(entry.operation.amount_minor, AMOUNT_MINOR);
        CU_ASSERT_EQUAL(entry.settlement_date, HALL_DATE);
        CU_ASSERT_EQUAL(entry.sender_issuer, id_of(HARBOUR_ID).number);
        CU_ASSERT_EQUAL(entry.receiver_issuer, 0);
    }
    steps->last = entry;
    return true;
}

static struct steps journalled(void)
{
    struct steps steps = {0};
    CU_ASSERT_EQUAL(store_log_scan(hall.store, 1, 0, count_step, &steps, NULL), RESULT_OK);
    return steps;
}

static struct totals_book book_of(const char *member)
{
    struct hall_record record = hall_record(&hall, key_of_totals(HALL_DATE, id_of(member).number));
    struct totals_book book;
    totals_book_decode(hall_bytes(&record), &book);
    return book;
}

static struct totals totals_of(const char *member)
{
    return book_of(member).own;
}

/* --- the good path, and what its issuer may say ----------------------------------------------- */

static void forwards_a_purchase_and_answers_with_the_issuers_approval(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    ASSERT_DE(&forwarded, 2, SENDER);
    ASSERT_DE(&forwarded, 4, "000000004200");
    ASSERT_DE(&forwarded, 11, "700021");
    ASSERT_DE(&forwarded, 15, "1122");
    ASSERT_DE(&forwarded, 25, "00");
    ASSERT_DE(&forwarded, 32, ALPHA_ID);
    ASSERT_DE(&forwarded, 33, ALPHA_ID);
    ASSERT_DE(&forwarded, 37, "112200000031");
    ASSERT_DE(&forwarded, 48, "");
    ASSERT_DE(&forwarded, 102, "");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_PURCHASING);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 1);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    struct iso_message answer = hall_take(&hall, ALPHA, "0210", "00");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 15, "1122");
    ASSERT_DE(&answer, 38, "246810");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_PURCHASED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_OPEN), 0);
    struct steps steps = journalled();
    CU_ASSERT_EQUAL(steps.purchases, 2);
    CU_ASSERT_EQUAL(steps.last.from, PURCHASE_PURCHASING);
    CU_ASSERT_EQUAL(steps.last.to, PURCHASE_PURCHASED);
    CU_ASSERT_EQUAL(steps.last.moved_minor, AMOUNT_MINOR);
    hall_close(&hall);
}

/* DE 90, 102 and 103 are no purchase's, and go neither to the issuer nor into files. */
static void what_a_purchase_does_not_carry_goes_no_further(void)
{
    open_hall();
    purchase.sender = pan_of(NEIGHBOUR);
    purchase.receiver = pan_of(RECEIVER);
    purchase.original = operation_as_original(&purchase);
    purchase.reason = REASON_TIMEOUT;
    struct iso_message sent[2] = {ask()};
    hall_pass(&hall, LEG_MS);
    sent[1] = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    for (unsigned i = 0; i < 2; i++) {
        ASSERT_DE(&sent[i], 102, "");
        ASSERT_DE(&sent[i], 103, "");
    }
    ASSERT_DE(&sent[0], 90, "");
    struct purchase kept = purchase_at(&hall, &purchase);
    CU_ASSERT_EQUAL(kept.request.sender.len + kept.request.receiver.len, 0);
    CU_ASSERT_EQUAL(kept.request.original.mti + kept.request.reason, 0);
    struct steps steps = journalled();
    CU_ASSERT_EQUAL(steps.purchases, 2);
    CU_ASSERT_EQUAL(steps.last.operation.sender.len + steps.last.operation.receiver.len, 0);
    CU_ASSERT_EQUAL(steps.last.operation.original.mti, 0);
    hall_close(&hall);
}

static void passes_on_the_issuers_refusal(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    hall_answer(&hall, HARBOUR, &forwarded, "51");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "51");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REFUSED);
    CU_ASSERT_EQUAL(totals_of(HARBOUR_ID).number[TOTALS_DEBITS], 0);
    hall_close(&hall);
}

static void refuses_with_91_when_no_byte_could_be_written(void)
{
    open_hall();
    hall.is_full[HARBOUR] = true;
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "91");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REFUSED);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void takes_codes_that_say_nothing_for_no_answer(void)
{
    static const char *const silent[] = {"68", "90", "94", "96", "98", "A0", "A2", "ZZ", "A4"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        open_hall();
        struct iso_message forwarded = ask();
        hall_answer(&hall, HARBOUR, &forwarded, silent[i]);
        hall_take(&hall, HARBOUR, "0420", "00");
        hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
        ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
        hall_close(&hall);
    }
}

static void reverses_an_unanswered_purchase_until_done(void)
{
    open_hall();
    ask();
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    ASSERT_DE(&reversal, 4, "000000004200");
    ASSERT_DE(&reversal, 15, "1122");
    ASSERT_DE(&reversal, 32, ALPHA_ID);
    ASSERT_DE(&reversal, 33, SWITCH_ID);
    ASSERT_DE(&reversal, 60, "4361");
    ASSERT_DE(&reversal, 90, "020070002111222000000009123000100091230001");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall_answer(&hall, HARBOUR, &reversal, "96");
    hall_pass(&hall, FORWARD_MS);
    struct iso_message again = hall_take(&hall, HARBOUR, "0420", "00");
    ASSERT_DE(&again, 11, text_of(&reversal, 11));
    hall_answer(&hall, HARBOUR, &again, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98"); /* a stored answer never changes */
    struct totals harbour = totals_of(HARBOUR_ID), alpha = totals_of(ALPHA_ID);
    CU_ASSERT_EQUAL(harbour.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(harbour.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(alpha.number[TOTALS_CREDITS] + alpha.number[TOTALS_CREDIT_REVERSALS], 0);
    hall_close(&hall);
}

static void a_late_answer_is_recorded_and_changes_nothing(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    hall_pass(&hall, LEG_MS);
    hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    struct steps steps = journalled();
    CU_ASSERT_EQUAL(steps.last.event, JOURNAL_RECORDED);
    CU_ASSERT_EQUAL(steps.last.operation.kind, OPERATION_PURCHASE);
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

static void a_reversal_refused_for_good_is_in_dispute(void)
{
    open_hall();
    ask();
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    hall_answer(&hall, HARBOUR, &reversal, "25");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_DISPUTED);
    struct transaction_key name = operation_key(&purchase);
    struct store_key key = key_of_purchase_dispute(&name);
    struct hall_record record = hall_record(&hall, key);
    struct dispute dispute;
    CU_ASSERT_TRUE_FATAL(record.found);
    dispute_decode(hall_bytes(&record), &dispute);
    CU_ASSERT_EQUAL(dispute.refused, OPERATION_PURCHASE_REVERSAL);
    CU_ASSERT_EQUAL(dispute.code, CODE_NO_ORIGINAL);
    CU_ASSERT_EQUAL(dispute.about.kind, OPERATION_PURCHASE);
    CU_ASSERT_EQUAL(dispute.sender_issuer, id_of(HARBOUR_ID).number);
    CU_ASSERT_EQUAL(dispute.settlement_date, HALL_DATE);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_FORWARD), 0);
    /* 22 would tell its acquirer that it stands. */
    struct operation back = taking_back(&hall, &purchase);
    reversal_answered(&back, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_DISPUTED);
    router_dispute_close(hall.router, &key, "paid back by hand", hall_cut_done, &hall);
    hall_settle(&hall);
    CU_ASSERT_EQUAL(hall.cut_result, RESULT_OK);
    CU_ASSERT_EQUAL(journalled().last.event, JOURNAL_CLOSED);
    hall_close(&hall);
}

/* --- refused at once -------------------------------------------------------------------------- */

static void refuses_another_acquirer_than_the_sender_with_12(void)
{
    open_hall();
    purchase.acquirer = id_of(BETA_ID);
    refused(&purchase, "12");
    CU_ASSERT_EQUAL(journalled().last.event, JOURNAL_REFUSED);
    hall_close(&hall);
}

static void refuses_an_amount_or_currency_with_13(void)
{
    open_hall();
    struct operation nothing = purchase_of(&hall, SENDER, 0);
    struct operation large = purchase_of(&hall, SENDER, 100000000000);
    struct operation foreign = purchase_of(&hall, SENDER, AMOUNT_MINOR);
    memcpy(foreign.currency, "840", 3);
    refused(&nothing, "13");
    refused(&large, "13");
    refused(&foreign, "13");
    hall_close(&hall);
}

static void refuses_what_cannot_be_routed(void)
{
    open_hall();
    struct operation nobodys = purchase_of(&hall, NOBODYS, AMOUNT_MINOR);
    struct operation away = purchase_of(&hall, AWAY, AMOUNT_MINOR);
    refused(&nobodys, "92");
    refused(&away, "92");
    hall_link_down(&hall, HARBOUR);
    refused(&purchase, "91");
    hall_close(&hall);
}

static void refuses_another_forwarder_than_the_links_owner_with_30(void)
{
    open_hall();
    hall_send(&hall, BETA, &purchase);
    hall_expect_answer(&hall, BETA, "0210", "00", "30");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    hall_close(&hall);
}

static void remembers_that_it_refused_a_purchase_for_its_time(void)
{
    open_hall();
    hall.now.wall_us += (int64_t)days(2) * 1000;
    refused(&purchase, "30");
    hall.now.wall_us -= (int64_t)days(2) * 1000;
    refused(&purchase, "30");
    hall_close(&hall);
}

static void answers_96_without_a_trace_when_there_is_no_place(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 1;
    hall_start(&hall);
    hall_all_on(&hall);
    purchase = purchase_of(&hall, SENDER, AMOUNT_MINOR);
    struct operation second = purchase_of(&hall, SENDER, 100);
    struct iso_message forwarded = ask();
    hall_send(&hall, ALPHA, &second);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "96");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 1);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00");
    hall_purchase(&hall, &second); /* the place is free again, and its key too */
    hall_close(&hall);
}

/* --- repeats ---------------------------------------------------------------------------------- */

static void gives_the_stored_answer_to_a_repeat(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    size_t first = hall.taken - 1;
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00");
    ASSERT_BYTES(hall.sent[first + 1].bytes, hall.sent[first + 1].len, hall.sent[first].bytes,
                 hall.sent[first].len);
    hall_restart(&hall);
    hall_all_on(&hall);
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00");
    hall_expect_nothing(&hall);
    struct operation other = purchase;
    other.amount_minor++;
    hall_send(&hall, ALPHA, &other);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "94");
    hall_close(&hall);
}

static void a_repeat_of_one_under_way_gets_no_answer_of_its_own(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00");
    hall_expect_nothing(&hall);
    hall_close(&hall);
}

/* --- the acquirer gives it up ----------------------------------------------------------------- */

static void never_answers_00_after_a_reversal_that_came_while_it_was_asked(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    struct operation back = taking_back(&hall, &purchase);
    hall_send(&hall, ALPHA, &back);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    ASSERT_DE(&reversal, 37, "112200000032");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    struct totals alpha = totals_of(ALPHA_ID);
    CU_ASSERT_EQUAL(alpha.number[TOTALS_CREDITS] + alpha.number[TOTALS_CREDIT_REVERSALS], 0);
    CU_ASSERT_EQUAL(totals_net(&alpha), 0);
    hall_close(&hall);
}

static void takes_a_purchase_back_on_its_own_day(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    struct operation back = taking_back(&hall, &purchase);
    hall_send(&hall, ALPHA, &back);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    struct iso_message answer = hall_take(&hall, ALPHA, "0430", "00");
    ASSERT_DE(&answer, 39, "00");
    ASSERT_DE(&answer, 15, "1122");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    struct operation second = taking_back(&hall, &purchase);
    reversal_answered(&second, "00"); /* one purchase has one forwarded reversal */
    reversal_answered(&back, "00");
    hall_expect_nothing(&hall);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    reversal_answered(&back, "00");
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00"); /* a stored answer never changes */
    struct totals alpha = totals_of(ALPHA_ID), harbour = totals_of(HARBOUR_ID);
    CU_ASSERT_EQUAL(alpha.number[TOTALS_CREDITS], 1);
    CU_ASSERT_EQUAL(alpha.number[TOTALS_CREDIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(harbour.number[TOTALS_DEBITS], 1);
    CU_ASSERT_EQUAL(harbour.number[TOTALS_DEBIT_REVERSALS], 1);
    CU_ASSERT_EQUAL(totals_net(&alpha), 0);
    hall_close(&hall);
}

static void a_purchase_of_a_date_that_is_over_stands(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    struct totals alpha = totals_of(ALPHA_ID), harbour = totals_of(HARBOUR_ID);
    CU_ASSERT_EQUAL(totals_net(&alpha), AMOUNT_MINOR);
    CU_ASSERT_EQUAL(totals_net(&harbour), -AMOUNT_MINOR);
    hall_cutover(&hall, HALL_DATE + 1);
    struct operation back = taking_back(&hall, &purchase);
    reversal_answered(&back, "22");
    hall_expect_nothing(&hall);
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_PURCHASED);
    CU_ASSERT_EQUAL(journalled().last.event, JOURNAL_REFUSED);
    hall_close(&hall);
}

/* One that is still asked is reversed over a cutover too, and booked to its own day. */
static void takes_back_one_under_way_over_a_cutover(void)
{
    open_hall();
    ask();
    hall_cutover(&hall, HALL_DATE + 1);
    struct operation back = taking_back(&hall, &purchase);
    hall_send(&hall, ALPHA, &back);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    ASSERT_DE(&reversal, 15, "1122");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    CU_ASSERT_EQUAL(totals_of(HARBOUR_ID).number[TOTALS_DEBIT_REVERSALS], 1);
    journalled();
    hall_close(&hall);
}

/* The reversal of one that is not durable yet has not the keys to count on its day: it comes again.
 */
static void a_reversal_that_overtakes_its_purchase_over_a_cutover_is_repeated(void)
{
    open_hall();
    CU_ASSERT_TRUE(party_cutover(router_party(hall.router), HALL_DATE + 1, NULL, NULL));
    hall_deliver(&hall, ALPHA, &purchase); /* of the old date, behind the new one's step */
    store_memory_commit(hall.store, 1);
    CU_ASSERT_EQUAL(party_complete(router_party(hall.router), hall.now, NULL), RESULT_OK);
    struct operation back = taking_back(&hall, &purchase);
    hall_deliver(&hall, ALPHA, &back);
    hall_settle(&hall);
    bool is_96 = false;
    while (hall.taken < hall.sent_count) {
        struct iso_message message;
        const struct hall_sent *sent = &hall.sent[hall.taken++];
        CU_ASSERT_EQUAL_FATAL(
            iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message, NULL),
            ISO_OK);
        is_96 =
            is_96 || (strcmp(message.mti, "0430") == 0 && strcmp(text_of(&message, 39), "96") == 0);
    }
    CU_ASSERT_TRUE(is_96);
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_PURCHASING);
    hall_send(&hall, ALPHA, &back);
    hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall_close(&hall);
}

static void a_reversal_in_the_batch_of_its_purchase_wins(void)
{
    open_hall();
    struct operation back = taking_back(&hall, &purchase);
    hall_deliver(&hall, ALPHA, &purchase);
    hall_deliver(&hall, ALPHA, &back);
    hall_settle(&hall);
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall_close(&hall);
}

static void leaves_a_tombstone_for_a_purchase_never_seen(void)
{
    open_hall();
    struct operation back = taking_back(&hall, &purchase), second = taking_back(&hall, &purchase);
    reversal_answered(&back, "00");
    reversal_answered(&second, "00");
    reversal_answered(&back, "00");
    refused(&purchase, "22");
    hall_restart(&hall);
    hall_all_on(&hall);
    refused(&purchase, "22");
    hall_close(&hall);
}

static void a_reversal_of_a_refused_purchase_is_answered_00(void)
{
    open_hall();
    struct operation nothing = purchase_of(&hall, SENDER, 0);
    refused(&nothing, "13");
    struct operation back = taking_back(&hall, &nothing);
    reversal_answered(&back, "00");
    refused(&nothing, "13");
    struct iso_message forwarded = ask();
    hall_answer(&hall, HARBOUR, &forwarded, "51");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "51");
    back = taking_back(&hall, &purchase);
    reversal_answered(&back, "00");
    hall_expect_nothing(&hall);
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REFUSED);
    hall_close(&hall);
}

static void refuses_a_reversal_that_does_not_match_or_is_anothers_with_12(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    struct operation amount = taking_back(&hall, &purchase), card = taking_back(&hall, &purchase);
    struct operation anothers = taking_back(&hall, &purchase);
    amount.amount_minor--;
    card.card = pan_of(NEIGHBOUR);
    reversal_answered(&amount, "12");
    reversal_answered(&card, "12");
    anothers.forwarder = anothers.acquirer = id_of(BETA_ID);
    hall_send(&hall, BETA, &anothers);
    hall_expect_answer(&hall, BETA, "0430", "00", "12");
    struct operation unseen = taking_back(&hall, &purchase);
    unseen.original.stan++;
    unseen.original.forwarder = id_of(BETA_ID).number;
    reversal_answered(&unseen, "12");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_PURCHASED);
    hall_close(&hall);
}

static void a_reversal_before_sign_on_leaves_no_trace(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    hall_network(&hall, ALPHA, "002");
    hall.taken = hall.sent_count;
    struct operation back = taking_back(&hall, &purchase);
    reversal_answered(&back, "91");
    hall_sign_on(&hall, ALPHA);
    hall.taken = hall.sent_count;
    hall_send(&hall, ALPHA, &back);
    hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    hall_close(&hall);
}

static void a_reversal_finds_no_place_and_is_repeated(void)
{
    hall_prepare(&hall);
    hall.config.party.forwards_max = 1;
    hall_start(&hall);
    hall_all_on(&hall);
    purchase = purchase_of(&hall, SENDER, AMOUNT_MINOR);
    hall_purchase(&hall, &purchase);
    struct operation other = purchase_of(&hall, SENDER, 100);
    hall_send(&hall, ALPHA, &other);
    struct iso_message forwarded = hall_take(&hall, HARBOUR, "0200", "00");
    struct operation back = taking_back(&hall, &purchase);
    reversal_answered(&back, "96");
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "00");
    hall_send(&hall, ALPHA, &back);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    struct operation third = purchase_of(&hall, SENDER, 100);
    hall_purchase(&hall, &third); /* its place is free again */
    hall_close(&hall);
}

/* --- restarts --------------------------------------------------------------------------------- */

static void reverses_one_left_purchasing_and_answers_98(void)
{
    open_hall();
    ask();
    hall_restart(&hall);
    hall_settle(&hall);
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall.taken = hall.sent_count;
    party_link_up(router_party(hall.router), HARBOUR, 0, hall.now);
    hall_sign_on(&hall, HARBOUR);
    hall_pass(&hall, 0);
    struct iso_message reversal = {0};
    hall.taken = hall.sent_count - 1;
    reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_link_up(&hall, ALPHA);
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    hall_close(&hall);
}

/* Given up, and the process dies before the issuer has said anything: 98 is stored all the same. */
static void one_given_up_before_a_crash_is_answered_98(void)
{
    open_hall();
    ask();
    struct operation back = taking_back(&hall, &purchase);
    hall_send(&hall, ALPHA, &back);
    hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    hall_restart(&hall);
    hall_link_up(&hall, ALPHA);
    hall_send(&hall, ALPHA, &purchase);
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    hall_close(&hall);
}

/* --- days ------------------------------------------------------------------------------------- */

static void waits_with_a_cut_for_a_purchase_of_its_date(void)
{
    open_hall();
    struct iso_message forwarded = ask();
    hall_cutover(&hall, HALL_DATE + 1);
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_STATE);
    hall_answer(&hall, HARBOUR, &forwarded, "00");
    struct iso_message answer = hall_take(&hall, ALPHA, "0210", "00");
    ASSERT_DE(&answer, 15, "1122");
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_close(&hall);
}

static void names_what_a_cut_waits_for(void)
{
    struct router_moving moving;
    open_hall();
    struct operation freeze = the_freeze();
    ask();
    hall_send(&hall, ALPHA, &freeze);
    CU_ASSERT_EQUAL(router_moving_find(hall.store, HALL_DATE, &moving, NULL), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(moving.listed, 2);
    const struct router_moving_one *one = &moving.list[moving.list[0].is_purchase ? 0 : 1];
    struct transaction_key name = operation_key(&purchase);
    CU_ASSERT_TRUE(one->is_purchase && transaction_key_equal(&one->purchase, &name));
    CU_ASSERT_STRING_EQUAL(router_moving_state(one), "PURCHASING");
    CU_ASSERT_EQUAL(one->waits_for, id_of(HARBOUR_ID).number);
    CU_ASSERT_EQUAL(one->since_us, hall.now.wall_us);
    CU_ASSERT_EQUAL(router_moving_find(hall.store, HALL_DATE + 1, &moving, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(moving.count, 0);
    hall_close(&hall);
}

static void a_reversal_that_is_open_does_not_hold_a_cut_up(void)
{
    open_hall();
    ask();
    hall_cutover(&hall, HALL_DATE + 1);
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    CU_ASSERT_EQUAL(hall_cut(&hall, HALL_DATE), RESULT_OK);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    CU_ASSERT_EQUAL(journalled().last.to, PURCHASE_REVERSED); /* of the day it carries */
    hall_close(&hall);
}

/* DE 15 has no year, and the nearest to today is not the purchase's any more. */
static void books_a_reversal_to_its_day_however_late_it_is_done(void)
{
    static const unsigned late[] = {183, 298, 364, 400};
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        open_hall();
        ask();
        hall_pass(&hall, LEG_MS);
        struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
        hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
        hall_link_down(&hall, HARBOUR);
        hall_live(&hall, days(late[i]));
        hall.taken = hall.sent_count;
        hall_cutover(&hall, date_add_days(HALL_DATE, (int32_t)late[i]));
        hall_link_up(&hall, HARBOUR);
        hall_pass(&hall, 0);
        reversal = hall_take(&hall, HARBOUR, "0420", "00");
        hall_answer(&hall, HARBOUR, &reversal, "00");
        ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
        CU_ASSERT_EQUAL(journalled().last.to, PURCHASE_REVERSED); /* of HALL_DATE: count_step() */
        CU_ASSERT_EQUAL(book_of(HARBOUR_ID).reversals.count, 0);
        CU_ASSERT_EQUAL(router_view(hall.router).places, 0);
        hall_close(&hall);
    }
}

/* --- forgetting ------------------------------------------------------------------------------- */

static void forgets_a_purchase_and_its_keys_thirty_days_after_it(void)
{
    open_hall();
    hall_purchase(&hall, &purchase);
    struct operation back = taking_back(&hall, &purchase), unseen = back;
    hall_send(&hall, ALPHA, &back);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0430", "00", "00");
    unseen.stan++;
    unseen.original.stan++;
    reversal_answered(&unseen, "00");
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 4);
    hall_live(&hall, 1000);
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    hall_live(&hall, days(29));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_PURCHASE), 1);
    hall_live(&hall, days(15));
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_PURCHASE), 0);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 0);
    struct steps steps = journalled();
    CU_ASSERT_EQUAL(steps.forgotten, 1);
    CU_ASSERT_EQUAL(steps.last.from, PURCHASE_REVERSED);
    CU_ASSERT_EQUAL(steps.last.moved_minor, 0);
    reversal_answered(&back, "25"); /* perhaps it was never reversed: nobody knows any more */
    hall_close(&hall);
}

/* A day less than purchases are kept: they go in their own time, and clocks are set. */
static void a_reversal_of_one_that_may_be_forgotten_gets_25(void)
{
    open_hall();
    hall.now.wall_us += INT64_C(40) * 86400 * 1000000;
    struct operation back = taking_back(&hall, &purchase), other = back;
    int64_t now_us = hall.now.wall_us, hour_us = INT64_C(3600) * 1000000;
    back.original.transmission = date_de7(now_us - (29 * 24 + 1) * hour_us);
    reversal_answered(&back, "25");
    other.stan++;
    other.original.transmission = date_de7(now_us - (29 * 24 - 1) * hour_us);
    reversal_answered(&other, "00");
    hall_close(&hall);
}

static void keeps_a_purchase_while_it_is_being_reversed(void)
{
    open_hall();
    ask();
    hall_pass(&hall, LEG_MS);
    struct iso_message reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_expect_answer(&hall, ALPHA, "0210", "00", "98");
    hall_link_down(&hall, HARBOUR);
    hall_live(&hall, days(80));
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSING);
    CU_ASSERT_EQUAL(stored_in(&hall, TABLE_DUPLICATE), 1);
    hall_link_up(&hall, HARBOUR);
    hall_pass(&hall, 0);
    reversal = hall_take(&hall, HARBOUR, "0420", "00");
    hall_answer(&hall, HARBOUR, &reversal, "00");
    ASSERT_PURCHASE(&hall, &purchase, PURCHASE_REVERSED);
    hall_close(&hall);
}

SUITE(CASE(forwards_a_purchase_and_answers_with_the_issuers_approval),
      CASE(what_a_purchase_does_not_carry_goes_no_further), CASE(passes_on_the_issuers_refusal),
      CASE(refuses_with_91_when_no_byte_could_be_written),
      CASE(takes_codes_that_say_nothing_for_no_answer),
      CASE(reverses_an_unanswered_purchase_until_done),
      CASE(a_late_answer_is_recorded_and_changes_nothing),
      CASE(a_reversal_refused_for_good_is_in_dispute),
      CASE(refuses_another_acquirer_than_the_sender_with_12),
      CASE(refuses_an_amount_or_currency_with_13), CASE(refuses_what_cannot_be_routed),
      CASE(refuses_another_forwarder_than_the_links_owner_with_30),
      CASE(remembers_that_it_refused_a_purchase_for_its_time),
      CASE(answers_96_without_a_trace_when_there_is_no_place),
      CASE(gives_the_stored_answer_to_a_repeat),
      CASE(a_repeat_of_one_under_way_gets_no_answer_of_its_own),
      CASE(never_answers_00_after_a_reversal_that_came_while_it_was_asked),
      CASE(takes_a_purchase_back_on_its_own_day), CASE(a_purchase_of_a_date_that_is_over_stands),
      CASE(takes_back_one_under_way_over_a_cutover),
      CASE(a_reversal_that_overtakes_its_purchase_over_a_cutover_is_repeated),
      CASE(a_reversal_in_the_batch_of_its_purchase_wins),
      CASE(leaves_a_tombstone_for_a_purchase_never_seen),
      CASE(a_reversal_of_a_refused_purchase_is_answered_00),
      CASE(refuses_a_reversal_that_does_not_match_or_is_anothers_with_12),
      CASE(a_reversal_before_sign_on_leaves_no_trace),
      CASE(a_reversal_finds_no_place_and_is_repeated),
      CASE(reverses_one_left_purchasing_and_answers_98),
      CASE(one_given_up_before_a_crash_is_answered_98),
      CASE(waits_with_a_cut_for_a_purchase_of_its_date), CASE(names_what_a_cut_waits_for),
      CASE(a_reversal_that_is_open_does_not_hold_a_cut_up),
      CASE(books_a_reversal_to_its_day_however_late_it_is_done),
      CASE(a_reversal_of_one_that_may_be_forgotten_gets_25),
      CASE(forgets_a_purchase_and_its_keys_thirty_days_after_it),
      CASE(keeps_a_purchase_while_it_is_being_reversed))
