/* What is stored is repeated until it is answered, whatever happens to link and process. */
#include "fixture.h"

static struct wallet_ticket foreign_ticket(void)
{
    return (struct wallet_ticket){
        .packet = "from afar",
        .reference =
            {.date = 20261230, .sequence = 42, .wallet = 91230002, .share = 2, .shares = 3},
        .freeze = {100, 777, 1230090000, 91230002, 91230002},
        .amount_minor = 2222,
    };
}

static void an_unanswered_freeze_is_repeated_unchanged_until_it_is_answered(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_packet packet = packet_of("silence", 100, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    struct sent *first = fixture_take(&f, "0100", &message);
    for (unsigned i = 0; i < 5; i++) {
        fixture_pass(&f, FORWARD_WAIT_MS);
        fixture_pass(&f, 300000);
        CU_ASSERT_EQUAL(outcome.count, 0);
        assert_same_message(first, fixture_take(&f, "0100", &message));
    }
    fixture_answer(&f, first, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_pass(&f, 600000);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_REQUESTED], 1);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    fixture_close(&f);
}

static void answers_that_say_nothing_are_like_none(void)
{
    static const char *const codes[] = {"A0", "96", "90", "68"};
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_ticket ticket = foreign_ticket();
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    fixture_open(&f);
    send_claim(&f, &command, &outcome);
    struct sent *first = fixture_take(&f, "0200", &message), *latest = first;
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fixture_answer(&f, latest, codes[i], NULL);
        CU_ASSERT_EQUAL(outcome.count, 0);
        fixture_pass(&f, 300000);
        latest = fixture_take(&f, "0200", &message);
        assert_same_message(first, latest);
    }
    fixture_answer(&f, latest, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    fixture_close(&f);
}

static void an_answer_under_a_wrong_mac_is_none(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_packet packet = packet_of("forged", 100, 1);
    uint8_t other[16] = {0x77};
    struct mac_key *right, *wrong;
    fixture_open(&f);
    CU_ASSERT_FATAL(mac_key_open(MAC_SM4, bytes_of(other, 16), &wrong, NULL) == RESULT_OK);
    send_packet(&f, &packet, &outcome);
    struct sent *freeze = fixture_take(&f, "0100", &message);
    right = f.centre_key;
    f.centre_key = wrong;
    fixture_answer(&f, freeze, "51", "1231");
    f.centre_key = right;
    CU_ASSERT_EQUAL(outcome.count, 0);
    fixture_answer(&f, freeze, "00", "1231");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    mac_key_close(wrong);
    fixture_close(&f);
}

static void what_is_asked_without_a_link_is_sent_when_there_is_one(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("island", 100, 1);
    fixture_open_with(&f, FORWARDS_MAX);
    send_packet(&f, &packet, &outcome);
    CU_ASSERT_EQUAL(f.sent_count, 0);
    CU_ASSERT_EQUAL(outcome.count, 0);
    fixture_sign_on(&f);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_close(&f);
}

static void after_a_broken_link_the_same_message_is_sent_again(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_ticket ticket = foreign_ticket();
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    fixture_open(&f);
    send_claim(&f, &command, &outcome);
    struct sent *first = fixture_take(&f, "0200", &message);
    party_link_down(wallet_party(f.wallet), 0, 0, f.sent_count + 1, f.now);
    fixture_sign_on(&f);
    fixture_pass(&f, 5000);
    struct sent *second = fixture_take(&f, "0200", &message);
    assert_same_message(first, second);
    fixture_answer(&f, second, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_close(&f);
}

static void unanswered_requests_are_sent_again_after_a_restart_answered_ones_not(void)
{
    struct fixture f;
    struct outcome answered, freeze, claim;
    struct iso_message message;
    struct wallet_packet packet = packet_of("cut short", 6000, 2);
    struct wallet_ticket ticket = foreign_ticket();
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    fixture_open(&f);
    send_claim(&f, &command, &answered);
    fixture_serve(&f, "0200", "00");
    send_packet(&f, &packet, &freeze);
    struct sent *first_freeze = fixture_take(&f, "0100", &message);
    send_claim(&f, &command, &claim);
    struct sent *first_claim = fixture_take(&f, "0200", &message);
    fixture_pass(&f, 7000);
    fixture_restart(&f);
    /* Under the new MAC key, and not a byte different but for DE 128. */
    struct sent *again[2];
    for (unsigned i = 0; i < 2; i++) {
        again[i] = &f.sent[f.taken];
        bool is_freeze = memcmp(again[i]->bytes + iso_spec_header_len(f.spec), "0100", 4) == 0;
        (void)fixture_take(&f, is_freeze ? "0100" : "0200", &message);
        assert_same_message(again[i], is_freeze ? first_freeze : first_claim);
        CU_ASSERT_NOT_EQUAL(
            memcmp(again[i]->bytes, (is_freeze ? first_freeze : first_claim)->bytes, again[i]->len),
            0);
    }
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    fixture_answer(&f, again[0], "00", "1231");
    fixture_answer(&f, again[1], "00", "1231");
    /* Whoever asked has died with the process; the book is complete all the same. */
    CU_ASSERT_EQUAL(freeze.count + claim.count, 0);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_REQUESTED], 3);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 3);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    CU_ASSERT_EQUAL(grab(&f, "cut short", "Wang Wei", 0).ticket.amount_minor, 3000);
    fixture_restart(&f);
    fixture_pass(&f, 600000);
    fixture_close(&f);
}

static void a_packet_lives_on_after_a_restart(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "long life", 60000, 6);
    struct wallet_ticket ticket = grab(&f, "long life", "Li Na", 0).ticket;
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "00");
    fixture_restart(&f);
    CU_ASSERT_EQUAL(grab(&f, "long life", "Li Na", 0).refusal, WALLET_GRABBED_BEFORE);
    CU_ASSERT_EQUAL(grab(&f, "long life", "Wang Wei", 0).ticket.reference.share, 2);
    struct wallet_packet same_name = packet_of("long life", 100, 1);
    send_packet(&f, &same_name, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_NAME_TAKEN);
    send_expire(&f, "long life", &outcome);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 4, "000000050000");
    fixture_answer(&f, notice, "00", "1231");
    fixture_close(&f);
}

static void numbers_go_on_after_a_restart(void)
{
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    announce(&f, "one", 100, 1);
    announce(&f, "two", 100, 1);
    struct wallet_packet two = packet_of("two", 100, 1);
    send_packet(&f, &two, &outcome); /* refused: its number is drawn and not used */
    fixture_restart(&f);
    struct wallet_packet three = packet_of("three", 100, 1);
    send_packet(&f, &three, &outcome);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.result.request.stan, 3);
    CU_ASSERT_EQUAL(outcome.result.request.reference.sequence, 3);
    fixture_close(&f);
}

static void a_crash_before_the_commit_leaves_nothing_behind(void)
{
    struct fixture f;
    struct outcome outcome = {0};
    struct wallet_packet packet = packet_of("never was", 100, 1);
    fixture_open(&f);
    store_memory_hold(f.store, true);
    wallet_send_packet(f.wallet, &packet, on_done, &outcome);
    fixture_restart(&f);
    CU_ASSERT_EQUAL(outcome.count, 0);
    CU_ASSERT_EQUAL(grab(&f, "never was", "Li Na", 0).refusal, WALLET_UNKNOWN_PACKET);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.result.request.stan, 1);
    fixture_close(&f);
}

static void a_crash_between_answer_and_commit_asks_once_more_and_books_once(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("unlucky", 100, 1);
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    store_memory_hold(f.store, true);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.count, 0);
    fixture_restart(&f);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    CU_ASSERT_EQUAL(grab(&f, "unlucky", "Li Na", 0).refusal, WALLET_ACCEPTED);
    fixture_close(&f);
}

static void a_request_that_follows_survives_a_restart(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "too late", 5000, 2);
    send_reverse(&f, "too late", &outcome);
    fixture_serve(&f, "0420", "22");
    struct sent *first = fixture_take(&f, "0220", &message);
    fixture_restart(&f);
    struct sent *again = fixture_take(&f, "0220", &message);
    assert_same_message(first, again);
    fixture_answer(&f, again, "00", "1231");
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 3);
    struct wallet_packet packet = packet_of("next", 100, 1);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.result.request.stan, 4);
    fixture_close(&f);
}

static void a_repeat_cut_short_is_not_booked_after_a_restart_either(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_ticket ticket = foreign_ticket();
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    struct wallet_repeat repeat = {.reference = ticket.reference, .person = "Li Na"};
    fixture_open(&f);
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "00");
    wallet_repeat(f.wallet, &repeat, on_done, &outcome);
    fixture_settle(&f);
    (void)fixture_take(&f, "0200", &message);
    fixture_restart(&f);
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    fixture_close(&f);
}

static void serves_as_many_stored_requests_as_there_are_places(void)
{
    struct fixture f;
    struct outcome outcomes[FORWARDS_MAX];
    fixture_open_with(&f, FORWARDS_MAX);
    for (unsigned i = 0; i < FORWARDS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%u", i);
        struct wallet_packet packet = packet_of(name, 100, 1);
        send_packet(&f, &packet, &outcomes[i]);
    }
    fixture_restart(&f);
    for (unsigned i = 0; i < FORWARDS_MAX; i++)
        fixture_serve(&f, "0100", "94");
    /* Each is followed by a reversal, in the place of its freeze. */
    for (unsigned i = 0; i < FORWARDS_MAX; i++)
        fixture_serve(&f, "0420", "00");
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    CU_ASSERT_EQUAL(party_view(wallet_party(f.wallet)).forwards, 0);
    fixture_close(&f);
}

static void an_answer_for_which_there_is_no_room_is_asked_for_again(void)
{
    struct fixture f;
    struct outcome outcome, grabs[REQUESTS_MAX] = {0};
    struct iso_message message;
    struct wallet_packet packet = packet_of("crowded", 100, 1);
    fixture_open(&f);
    announce(&f, "long life", 60000, 60);
    send_packet(&f, &packet, &outcome);
    (void)fixture_take(&f, "0100", &message);
    fixture_restart(&f);
    struct sent *again = fixture_take(&f, "0100", &message);
    store_memory_hold(f.store, true);
    for (unsigned i = 0; i < REQUESTS_MAX; i++) {
        struct wallet_grab command = {.packet = "long life"};
        snprintf(command.person, sizeof command.person, "p%u", i);
        wallet_grab(f.wallet, &command, on_done, &grabs[i]);
    }
    CU_ASSERT_EQUAL(store_memory_waiting(f.store), REQUESTS_MAX);
    fixture_answer(&f, again, "00", "1231");
    CU_ASSERT_EQUAL(store_memory_waiting(f.store), REQUESTS_MAX);
    store_memory_commit(f.store, REQUESTS_MAX);
    store_memory_hold(f.store, false);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 1);
    fixture_pass(&f, 5000);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 2);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    fixture_close(&f);
}

SUITE(CASE(an_unanswered_freeze_is_repeated_unchanged_until_it_is_answered),
      CASE(answers_that_say_nothing_are_like_none), CASE(an_answer_under_a_wrong_mac_is_none),
      CASE(what_is_asked_without_a_link_is_sent_when_there_is_one),
      CASE(after_a_broken_link_the_same_message_is_sent_again),
      CASE(unanswered_requests_are_sent_again_after_a_restart_answered_ones_not),
      CASE(a_packet_lives_on_after_a_restart), CASE(numbers_go_on_after_a_restart),
      CASE(a_crash_before_the_commit_leaves_nothing_behind),
      CASE(a_crash_between_answer_and_commit_asks_once_more_and_books_once),
      CASE(a_request_that_follows_survives_a_restart),
      CASE(a_repeat_cut_short_is_not_booked_after_a_restart_either),
      CASE(an_answer_for_which_there_is_no_room_is_asked_for_again),
      CASE(serves_as_many_stored_requests_as_there_are_places))
