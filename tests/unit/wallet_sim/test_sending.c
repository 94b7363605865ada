/* What a sending wallet asks about its own packets: freeze, unfreeze notice, reversal. */
#include "fixture.h"

/* --- freeze ----------------------------------------------------------------------------------- */

static void asks_for_a_freeze_with_all_it_must_carry(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_packet packet = packet_of("long life", 60000, 6);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    struct sent *freeze = fixture_take(&f, "0100", &message);
    assert_de(&message, 2, SENDER_CARD);
    assert_de(&message, 3, "030000");
    assert_de(&message, 4, "000000060000");
    assert_de(&message, 7, "1231100000");
    assert_de(&message, 11, "000001");
    assert_de(&message, 12, "100000");
    assert_de(&message, 13, "1231");
    assert_de(&message, 25, "86");
    assert_de(&message, 32, WALLET_ID);
    assert_de(&message, 33, WALLET_ID);
    assert_de(&message, 37, "123100000001");
    assert_de(&message, 48,
              "ASHB039"
              "20261231"
              "000000000001"
              "00091230001"
              "0000"
              "0006");
    assert_de(&message, 49, "156");
    assert_de(&message, 102, SENDER_CARD);
    CU_ASSERT_FALSE(iso_message_has(&message, 15));
    CU_ASSERT_FALSE(iso_message_has(&message, 90));
    CU_ASSERT_FALSE(iso_message_has(&message, 103));
    CU_ASSERT_EQUAL(outcome.count, 0);
    fixture_answer(&f, freeze, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_ACCEPTED);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(outcome.result.settlement_date, 20261231);
    CU_ASSERT_EQUAL(outcome.result.request.reference.sequence, 1);
    CU_ASSERT_EQUAL(operation_as_original(&outcome.result.request).stan, 1);
    fixture_close(&f);
}

static void journals_a_freeze_when_stored_and_when_answered(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("long life", 60000, 6);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.count[JOURNAL_REQUESTED], 1);
    CU_ASSERT_EQUAL(book.count[JOURNAL_ANSWERED], 0);
    ASSERT_CONTAINS(book.last[JOURNAL_REQUESTED].note, "packet \"long life\" by Wang Wei");
    CU_ASSERT_EQUAL(book.last[JOURNAL_REQUESTED].settlement_date, 0);
    CU_ASSERT_EQUAL(book.last[JOURNAL_REQUESTED].wall_us, f.now.wall_us);
    fixture_pass(&f, 2000);
    fixture_serve(&f, "0100", "00");
    book = book_of(&f);
    const struct journal_entry *answered = &book.last[JOURNAL_ANSWERED];
    CU_ASSERT_EQUAL(book.count[JOURNAL_ANSWERED], 1);
    CU_ASSERT_EQUAL(answered->code, CODE_APPROVED);
    CU_ASSERT_EQUAL(answered->wall_us, f.now.wall_us);
    CU_ASSERT_EQUAL(answered->settlement_date, 20261231);
    CU_ASSERT_EQUAL(answered->moved_minor, 60000);
    CU_ASSERT_EQUAL(answered->operation.kind, OPERATION_FREEZE);
    CU_ASSERT_EQUAL(answered->operation.settlement, 1231);
    CU_ASSERT_TRUE(answered->message.len > 100);
    fixture_close(&f);
}

static void a_refused_freeze_ends_the_packet_and_moves_nothing(void)
{
    struct fixture f;
    struct outcome outcome, expired;
    struct wallet_packet packet = packet_of("big words", 52000, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "51");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_FUNDS);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].moved_minor, 0);
    CU_ASSERT_EQUAL(grab(&f, "big words", "Li Na", 0).refusal, WALLET_NOT_ANNOUNCED);
    send_expire(&f, "big words", &expired);
    CU_ASSERT_EQUAL(expired.result.refusal, WALLET_NOT_ANNOUNCED);
    send_reverse(&f, "big words", &expired);
    CU_ASSERT_EQUAL(expired.result.refusal, WALLET_NOT_ANNOUNCED);
    fixture_close(&f);
}

static void each_request_has_numbers_of_its_own(void)
{
    struct fixture f;
    struct outcome outcomes[3];
    struct iso_message message;
    fixture_open(&f);
    for (unsigned i = 0; i < 3; i++) {
        char name[8], stan[7];
        snprintf(name, sizeof name, "p%u", i);
        struct wallet_packet packet = packet_of(name, 100, 1);
        send_packet(&f, &packet, &outcomes[i]);
        struct sent *sent = fixture_take(&f, "0100", &message);
        snprintf(stan, sizeof stan, "%06u", i + 1);
        assert_de(&message, 11, stan);
        CU_ASSERT_EQUAL(iso_message_find(&message, 48, "AS.HB").len, REFERENCE_TEXT_LEN);
        fixture_answer(&f, sent, "00", "1231");
        CU_ASSERT_EQUAL(outcomes[i].result.request.reference.sequence, i + 1);
    }
    fixture_close(&f);
}

static void a_name_is_used_once_for_ever(void)
{
    struct fixture f;
    struct outcome first = {0}, second = {0}, third;
    struct wallet_packet packet = packet_of("study hard", 20000, 1);
    fixture_open(&f);
    wallet_send_packet(f.wallet, &packet, on_done, &first);
    wallet_send_packet(f.wallet, &packet, on_done, &second);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(second.count, 1);
    CU_ASSERT_EQUAL(second.result.refusal, WALLET_NAME_TAKEN);
    CU_ASSERT_EQUAL(second.result.request.kind, OPERATION_NONE);
    fixture_serve(&f, "0100", "51");
    CU_ASSERT_EQUAL(first.count, 1);
    send_packet(&f, &packet, &third);
    CU_ASSERT_EQUAL(third.result.refusal, WALLET_NAME_TAKEN);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).refused_by_wallet, 2);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    fixture_close(&f);
}

static void refuses_packets_that_make_no_sense(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet bad[6];
    fixture_open(&f);
    for (unsigned i = 0; i < 6; i++)
        bad[i] = packet_of("nonsense", 100, 2);
    bad[0].name[0] = '\0';
    memset(bad[1].name, 'x', sizeof bad[1].name);
    bad[2].person[0] = '\0';
    bad[3].card.len = 0;
    bad[4].amount_minor = 1;
    bad[5].shares = SHARES_MAX + 1;
    for (unsigned i = 0; i < 6; i++) {
        send_packet(&f, &bad[i], &outcome);
        CU_ASSERT_EQUAL(outcome.count, 1);
        CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    }
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_REQUESTED], 0);
    fixture_close(&f);
}

static void takes_a_name_of_the_greatest_length(void)
{
    struct fixture f;
    char name[WALLET_NAME_MAX + 1];
    memset(name, 'n', WALLET_NAME_MAX);
    name[WALLET_NAME_MAX] = '\0';
    fixture_open(&f);
    announce(&f, name, 100, 1);
    struct wallet_result ticket = grab(&f, name, name, 0);
    CU_ASSERT_EQUAL(ticket.refusal, WALLET_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(ticket.ticket.packet, name);
    fixture_close(&f);
}

static void is_busy_when_no_place_is_free_and_well_again_afterwards(void)
{
    struct fixture f;
    struct outcome outcomes[FORWARDS_MAX + 1] = {0}, later;
    fixture_open(&f);
    for (unsigned i = 0; i <= FORWARDS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%u", i);
        struct wallet_packet packet = packet_of(name, 100, 1);
        wallet_send_packet(f.wallet, &packet, on_done, &outcomes[i]);
    }
    CU_ASSERT_EQUAL(outcomes[FORWARDS_MAX].count, 1);
    CU_ASSERT_EQUAL(outcomes[FORWARDS_MAX].result.refusal, WALLET_BUSY);
    fixture_settle(&f);
    for (unsigned i = 0; i < FORWARDS_MAX; i++)
        fixture_serve(&f, "0100", "00");
    struct wallet_packet packet = packet_of("later", 100, 1);
    send_packet(&f, &packet, &later);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(later.result.code, CODE_APPROVED);
    fixture_close(&f);
}

static void says_nothing_until_the_request_is_durable(void)
{
    struct fixture f;
    struct outcome outcome = {0};
    struct wallet_packet packet = packet_of("slow disk", 100, 1);
    fixture_open(&f);
    store_memory_hold(f.store, true);
    wallet_send_packet(f.wallet, &packet, on_done, &outcome);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    store_memory_commit(f.store, 10);
    fixture_settle(&f);
    store_memory_hold(f.store, false);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_close(&f);
}

static void takes_the_year_of_a_settlement_date_from_the_business_date(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_packet packet = packet_of("turn of the year", 100, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    struct sent *freeze = fixture_take(&f, "0100", &message);
    fixture_answer(&f, freeze, "00", "0101");
    CU_ASSERT_EQUAL(outcome.result.settlement_date, 20270101);
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].settlement_date, 20270101);
    fixture_close(&f);
}

/* --- unfreeze notice -------------------------------------------------------------------------- */

static void an_expired_packet_gives_its_notice_once_and_no_share_any_more(void)
{
    struct fixture f;
    struct outcome outcome, again;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "long life", 60000, 6);
    (void)grab(&f, "long life", "Li Na", 0);
    send_expire(&f, "long life", &outcome);
    CU_ASSERT_EQUAL(grab(&f, "long life", "Wang Wei", 0).refusal, WALLET_CLOSED);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 3, "200000");
    assert_de(&message, 2, SENDER_CARD);
    assert_de(&message, 102, SENDER_CARD);
    /* Nobody has claimed as far as this wallet knows; a ticket is no claim. */
    assert_de(&message, 4, "000000060000");
    assert_de(&message, 11, "000002");
    assert_de(&message, 48,
              "ASHB039"
              "20261231"
              "000000000001"
              "00091230001"
              "0000"
              "0006");
    assert_de(&message, 90,
              "0100"
              "000001"
              "1231100000"
              "00091230001"
              "00091230001");
    fixture_answer(&f, notice, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    send_expire(&f, "long life", &again);
    CU_ASSERT_EQUAL(again.result.refusal, WALLET_CLOSED);
    send_reverse(&f, "long life", &again);
    CU_ASSERT_EQUAL(again.result.refusal, WALLET_CLOSED);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].operation.kind, OPERATION_UNFREEZE);
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].moved_minor, 60000);
    fixture_close(&f);
}

static void does_not_expire_what_it_does_not_know_or_has_not_announced(void)
{
    struct fixture f;
    struct outcome frozen, outcome;
    struct wallet_packet packet = packet_of("too early", 100, 1);
    char endless[WALLET_NAME_MAX + 2];
    fixture_open(&f);
    send_expire(&f, "nobody's", &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_UNKNOWN_PACKET);
    send_expire(&f, "", &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    memset(endless, 'e', sizeof endless);
    send_reverse(&f, endless, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    send_packet(&f, &packet, &frozen);
    send_expire(&f, "too early", &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_NOT_ANNOUNCED);
    fixture_serve(&f, "0100", "00");
    fixture_close(&f);
}

static void a_notice_that_is_not_taken_now_is_given_again(void)
{
    static const char *const again[] = {"91", "92", "96", "98", "A0", "68", "90", "94"};
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "patience", 100, 1);
    send_expire(&f, "patience", &outcome);
    struct sent *first = fixture_take(&f, "0220", &message);
    fixture_answer(&f, first, again[0], NULL);
    for (unsigned i = 1; i < sizeof again / sizeof again[0]; i++) {
        CU_ASSERT_EQUAL(outcome.count, 0);
        fixture_pass(&f, 600000);
        struct sent *next = fixture_take(&f, "0220", &message);
        assert_same_message(first, next);
        fixture_answer(&f, next, again[i], NULL);
    }
    fixture_pass(&f, 600000);
    fixture_serve(&f, "0220", "00");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 2);
    fixture_close(&f);
}

static void a_refused_notice_ends(void)
{
    static const char *const codes[] = {"12", "22", "25", "30"};
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fixture f;
        struct outcome outcome;
        fixture_open(&f);
        announce(&f, "odd", 100, 1);
        send_expire(&f, "odd", &outcome);
        fixture_serve(&f, "0220", codes[i]);
        CU_ASSERT_EQUAL(outcome.count, 1);
        CU_ASSERT_EQUAL(outcome.result.code, code_parse(codes[i]));
        CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 0);
        fixture_pass(&f, 600000);
        fixture_close(&f);
    }
}

/* --- reversal --------------------------------------------------------------------------------- */

static void gives_up_an_announced_freeze(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "regret", 5000, 2);
    send_reverse(&f, "regret", &outcome);
    CU_ASSERT_EQUAL(grab(&f, "regret", "Li Na", 0).refusal, WALLET_CLOSED);
    struct sent *reversal = fixture_take(&f, "0420", &message);
    assert_de(&message, 3, "030000");
    assert_de(&message, 4, "000000005000");
    assert_de(&message, 90,
              "0100"
              "000001"
              "1231100000"
              "00091230001"
              "00091230001");
    fixture_answer(&f, reversal, "00", NULL);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(outcome.result.settlement_date, 0);
    fixture_close(&f);
}

static void gives_up_a_freeze_before_its_answer(void)
{
    struct fixture f;
    struct outcome frozen, reversed;
    struct iso_message message;
    struct wallet_packet packet = packet_of("second thoughts", 5000, 2);
    fixture_open(&f);
    send_packet(&f, &packet, &frozen);
    struct sent *freeze = fixture_take(&f, "0100", &message);
    send_reverse(&f, "second thoughts", &reversed);
    fixture_serve(&f, "0420", "00");
    CU_ASSERT_EQUAL(reversed.count, 1);
    CU_ASSERT_EQUAL(frozen.count, 0);
    fixture_answer(&f, freeze, "94", NULL);
    CU_ASSERT_EQUAL(frozen.count, 1);
    CU_ASSERT_EQUAL(grab(&f, "second thoughts", "Li Na", 0).refusal, WALLET_CLOSED);
    fixture_close(&f);
}

static void a_reversal_refused_for_taken_shares_becomes_an_unfreeze_notice(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "too late", 5000, 2);
    send_reverse(&f, "too late", &outcome);
    fixture_serve(&f, "0420", "22");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_STATE);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 11, "000003");
    assert_de(&message, 4, "000000005000");
    assert_de(&message, 90,
              "0100"
              "000001"
              "1231100000"
              "00091230001"
              "00091230001");
    fixture_answer(&f, notice, "00", "1231");
    CU_ASSERT_EQUAL(wallet_view(f.wallet).notices, 1);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 3);
    fixture_close(&f);
}

static void reverses_a_freeze_whose_answer_leaves_it_open(void)
{
    static const char *const codes[] = {"30", "94", "77"};
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fixture f;
        struct outcome outcome;
        struct iso_message message;
        struct wallet_packet packet = packet_of("in doubt", 100, 1);
        fixture_open(&f);
        send_packet(&f, &packet, &outcome);
        fixture_serve(&f, "0100", codes[i]);
        CU_ASSERT_EQUAL(outcome.result.code, code_parse(codes[i]));
        struct sent *reversal = fixture_take(&f, "0420", &message);
        assert_de(&message, 90,
                  "0100"
                  "000001"
                  "1231100000"
                  "00091230001"
                  "00091230001");
        fixture_answer(&f, reversal, "00", NULL);
        CU_ASSERT_EQUAL(grab(&f, "in doubt", "Li Na", 0).refusal, WALLET_CLOSED);
        fixture_close(&f);
    }
}

static void leaves_a_freeze_answered_98_to_the_switch(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("lost at the bank", 100, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "98");
    fixture_serve(&f, "0600", "25"); /* what became of it: test_inquiring.c */
    CU_ASSERT_EQUAL(outcome.result.code, CODE_NO_ANSWER);
    CU_ASSERT_EQUAL(grab(&f, "lost at the bank", "Li Na", 0).refusal, WALLET_NOT_ANNOUNCED);
    fixture_pass(&f, 600000);
    fixture_close(&f);
}

/* --- what does not belong here ---------------------------------------------------------------- */

static void answers_40_to_requests(void)
{
    struct fixture f;
    struct operation_text text;
    struct iso_message message;
    struct operation inquiry = {
        .kind = OPERATION_INQUIRY,
        .transmission = 1231100000,
        .stan = 5,
        .acquirer = id_of(CENTRE_ID),
        .forwarder = id_of(CENTRE_ID),
        .reference = {.date = 20261231, .sequence = 1, .wallet = 91230001, .shares = 1},
    };
    memcpy(inquiry.rrn, "123100000001", sizeof inquiry.rrn);
    fixture_open(&f);
    operation_write(&inquiry, &text, f.spec, &message);
    fixture_deliver(&f, &message);
    (void)fixture_take(&f, "0610", &message);
    assert_de(&message, 39, "40");
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    fixture_close(&f);
}

static void refuses_to_open_with_more_or_less_than_one_peer(void)
{
    struct fixture f;
    struct wallet *wallet = NULL;
    struct fault fault;
    fixture_open(&f);
    struct party_peer_config peers[2] = {{.id = id_of(CENTRE_ID), .name = "switch", .key = f.key},
                                         {.id = id_of("2"), .name = "other", .key = f.key}};
    struct wallet_config config = fixture_config(&f, peers);
    struct party_port port = {.host = &f, .send = fixture_send, .log = fixture_log};
    config.party.peer_count = 2;
    CU_ASSERT_EQUAL(wallet_open(&config, &port, f.now, &wallet, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "one peer");
    config.party.peer_count = 0;
    CU_ASSERT_EQUAL(wallet_open(&config, &port, f.now, &wallet, &fault), RESULT_INPUT);
    fixture_close(&f);
}

static void every_refusal_has_words(void)
{
    for (enum wallet_refusal refusal = 0; refusal < WALLET_REFUSALS; refusal++) {
        CU_ASSERT_TRUE_FATAL(wallet_refusal_text(refusal) != NULL);
        CU_ASSERT_STRING_NOT_EQUAL(wallet_refusal_text(refusal), "unknown");
    }
    CU_ASSERT_STRING_EQUAL(wallet_refusal_text(WALLET_REFUSALS), "unknown");
}

SUITE(CASE(asks_for_a_freeze_with_all_it_must_carry),
      CASE(journals_a_freeze_when_stored_and_when_answered),
      CASE(a_refused_freeze_ends_the_packet_and_moves_nothing),
      CASE(each_request_has_numbers_of_its_own), CASE(a_name_is_used_once_for_ever),
      CASE(refuses_packets_that_make_no_sense), CASE(takes_a_name_of_the_greatest_length),
      CASE(is_busy_when_no_place_is_free_and_well_again_afterwards),
      CASE(says_nothing_until_the_request_is_durable),
      CASE(takes_the_year_of_a_settlement_date_from_the_business_date),
      CASE(an_expired_packet_gives_its_notice_once_and_no_share_any_more),
      CASE(does_not_expire_what_it_does_not_know_or_has_not_announced),
      CASE(a_notice_that_is_not_taken_now_is_given_again), CASE(a_refused_notice_ends),
      CASE(gives_up_an_announced_freeze), CASE(gives_up_a_freeze_before_its_answer),
      CASE(a_reversal_refused_for_taken_shares_becomes_an_unfreeze_notice),
      CASE(reverses_a_freeze_whose_answer_leaves_it_open),
      CASE(leaves_a_freeze_answered_98_to_the_switch), CASE(answers_40_to_requests),
      CASE(refuses_to_open_with_more_or_less_than_one_peer), CASE(every_refusal_has_words))
