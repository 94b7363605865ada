/* Tickets: one a person, while there are shares and the packet is open. */
#include "fixture.h"

static void a_ticket_has_all_that_a_claim_needs(void)
{
    struct fixture f;
    fixture_open(&f);
    announce(&f, "lucky numbers", 3242, 3);
    struct wallet_result result = grab(&f, "lucky numbers", "Zhang Guilan", 0);
    const struct wallet_ticket *ticket = &result.ticket;
    CU_ASSERT_EQUAL(result.refusal, WALLET_ACCEPTED);
    CU_ASSERT_EQUAL(result.request.kind, OPERATION_NONE);
    CU_ASSERT_STRING_EQUAL(ticket->packet, "lucky numbers");
    CU_ASSERT_EQUAL(ticket->reference.date, 20261231);
    CU_ASSERT_EQUAL(ticket->reference.sequence, 1);
    CU_ASSERT_EQUAL(ticket->reference.wallet, 91230001);
    CU_ASSERT_EQUAL(ticket->reference.share, 1);
    CU_ASSERT_EQUAL(ticket->reference.shares, 3);
    CU_ASSERT_EQUAL(ticket->amount_minor, 1081);
    CU_ASSERT_EQUAL(ticket->freeze.mti, 100);
    CU_ASSERT_EQUAL(ticket->freeze.stan, 1);
    CU_ASSERT_EQUAL(ticket->freeze.transmission, 1231100000);
    CU_ASSERT_EQUAL(ticket->freeze.acquirer, 91230001);
    CU_ASSERT_EQUAL(ticket->freeze.forwarder, 91230001);
    fixture_close(&f);
}

static void shares_go_out_in_order_and_the_last_takes_the_rest(void)
{
    static const char *const people[] = {"a", "b", "c", "d", "e", "f"};
    struct fixture f;
    struct outcome outcome;
    int64_t sum = 0;
    struct wallet_packet packet = packet_of("good fortune", 18888, 6);
    packet.split = SPLIT_RANDOM;
    packet.seed = 99;
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "00");
    for (unsigned i = 0; i < 6; i++) {
        struct wallet_ticket ticket = grab(&f, "good fortune", people[i], 0).ticket;
        CU_ASSERT_EQUAL(ticket.reference.share, i + 1);
        CU_ASSERT_TRUE(ticket.amount_minor >= 1);
        if (i == 5)
            CU_ASSERT_EQUAL(ticket.amount_minor, 18888 - sum);
        sum += ticket.amount_minor;
    }
    CU_ASSERT_EQUAL(grab(&f, "good fortune", "g", 0).refusal, WALLET_NONE_LEFT);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).tickets, 6);
    fixture_close(&f);
}

static void a_person_grabs_once_and_is_shown_the_ticket_again(void)
{
    struct fixture f;
    fixture_open(&f);
    announce(&f, "long life", 60000, 6);
    struct wallet_ticket first = grab(&f, "long life", "Wang Xiaoming", 0).ticket;
    (void)grab(&f, "long life", "Li Na", 0);
    struct wallet_result again = grab(&f, "long life", "Wang Xiaoming", 0);
    CU_ASSERT_EQUAL(again.refusal, WALLET_GRABBED_BEFORE);
    CU_ASSERT_EQUAL(again.ticket.reference.share, first.reference.share);
    CU_ASSERT_EQUAL(again.ticket.amount_minor, first.amount_minor);
    CU_ASSERT_EQUAL(grab(&f, "long life", "Chen Fang", 0).ticket.reference.share, 3);
    /* The switch has heard of none of this. */
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    fixture_close(&f);
}

static void a_person_grabs_each_packet_once(void)
{
    struct fixture f;
    fixture_open(&f);
    announce(&f, "one", 100, 1);
    announce(&f, "two", 100, 1);
    CU_ASSERT_EQUAL(grab(&f, "one", "Li Na", 0).refusal, WALLET_ACCEPTED);
    CU_ASSERT_EQUAL(grab(&f, "two", "Li Na", 0).refusal, WALLET_ACCEPTED);
    fixture_close(&f);
}

static void of_two_grabs_at_once_for_one_share_the_first_has_it(void)
{
    struct fixture f;
    struct outcome outcomes[3] = {0};
    struct wallet_grab commands[3] = {{.packet = "midnight bell", .person = "Zhang Guilan"},
                                      {.packet = "midnight bell", .person = "Zhao Lei"},
                                      {.packet = "midnight bell", .person = "Zhang Guilan"}};
    fixture_open(&f);
    announce(&f, "midnight bell", 6666, 1);
    for (unsigned i = 0; i < 3; i++)
        wallet_grab(f.wallet, &commands[i], on_done, &outcomes[i]);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(outcomes[0].result.refusal, WALLET_ACCEPTED);
    CU_ASSERT_EQUAL(outcomes[0].result.ticket.amount_minor, 6666);
    CU_ASSERT_EQUAL(outcomes[1].result.refusal, WALLET_NONE_LEFT);
    CU_ASSERT_EQUAL(outcomes[2].result.refusal, WALLET_GRABBED_BEFORE);
    fixture_close(&f);
}

static void no_share_before_the_freeze_is_answered(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("patience", 100, 1);
    fixture_open(&f);
    CU_ASSERT_EQUAL(grab(&f, "patience", "Li Na", 0).refusal, WALLET_UNKNOWN_PACKET);
    send_packet(&f, &packet, &outcome);
    CU_ASSERT_EQUAL(grab(&f, "patience", "Li Na", 0).refusal, WALLET_NOT_ANNOUNCED);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(grab(&f, "patience", "Li Na", 0).refusal, WALLET_ACCEPTED);
    fixture_close(&f);
}

static void a_split_made_when_claimed_draws_with_the_seed_of_the_grab(void)
{
    int64_t amounts[3];
    static const uint64_t seeds[] = {5, 5, 6};
    for (unsigned run = 0; run < 3; run++) {
        struct fixture f;
        struct outcome outcome;
        struct wallet_packet packet = packet_of("midnight bell", 1000000, 4);
        packet.split = SPLIT_WHEN_CLAIMED;
        fixture_open(&f);
        send_packet(&f, &packet, &outcome);
        fixture_serve(&f, "0100", "00");
        amounts[run] = grab(&f, "midnight bell", "Li Na", seeds[run]).ticket.amount_minor;
        fixture_close(&f);
    }
    CU_ASSERT_EQUAL(amounts[0], amounts[1]);
    CU_ASSERT_NOT_EQUAL(amounts[0], amounts[2]);
}

static void given_amounts_are_kept_with_the_packet(void)
{
    static const int64_t given[] = {666, 888, 1688};
    struct fixture f;
    struct outcome outcome;
    struct wallet_packet packet = packet_of("lucky numbers", 666 + 888 + 1688, 3);
    packet.split = SPLIT_GIVEN;
    packet.given_minor = given;
    fixture_open(&f);
    send_packet(&f, &packet, &outcome);
    fixture_serve(&f, "0100", "00");
    CU_ASSERT_EQUAL(grab(&f, "lucky numbers", "a", 0).ticket.amount_minor, 666);
    fixture_restart(&f);
    CU_ASSERT_EQUAL(grab(&f, "lucky numbers", "b", 0).ticket.amount_minor, 888);
    CU_ASSERT_EQUAL(grab(&f, "lucky numbers", "c", 0).ticket.amount_minor, 1688);
    fixture_close(&f);
}

static void a_grab_is_journalled_with_its_share(void)
{
    struct fixture f;
    fixture_open(&f);
    announce(&f, "long life", 60000, 6);
    (void)grab(&f, "long life", "Li Na", 0);
    (void)grab(&f, "long life", "Li Na", 0);
    struct book book = book_of(&f);
    const struct journal_entry *entry = &book.last[JOURNAL_PACKET];
    CU_ASSERT_EQUAL(book.count[JOURNAL_PACKET], 1);
    CU_ASSERT_STRING_EQUAL(entry->note, "share 1 of \"long life\" for Li Na");
    CU_ASSERT_EQUAL(entry->operation.kind, OPERATION_NONE);
    CU_ASSERT_EQUAL(entry->operation.reference.share, 1);
    CU_ASSERT_EQUAL(entry->operation.amount_minor, 10000);
    CU_ASSERT_EQUAL(entry->moved_minor, 0);
    fixture_close(&f);
}

static void refuses_grabs_that_make_no_sense(void)
{
    struct fixture f;
    struct wallet_grab endless = {.person = "Li Na"};
    struct outcome outcome = {0};
    fixture_open(&f);
    CU_ASSERT_EQUAL(grab(&f, "", "Li Na", 0).refusal, WALLET_INVALID);
    CU_ASSERT_EQUAL(grab(&f, "x", "", 0).refusal, WALLET_INVALID);
    memset(endless.packet, 'x', sizeof endless.packet);
    wallet_grab(f.wallet, &endless, on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    fixture_close(&f);
}

static void takes_so_many_grabs_at_once_and_not_one_more(void)
{
    struct fixture f;
    struct outcome outcomes[REQUESTS_MAX + 1] = {0};
    fixture_open(&f);
    announce(&f, "long life", 60000, 60);
    for (unsigned i = 0; i <= REQUESTS_MAX; i++) {
        struct wallet_grab command = {.packet = "long life"};
        snprintf(command.person, sizeof command.person, "p%u", i);
        wallet_grab(f.wallet, &command, on_done, &outcomes[i]);
    }
    fixture_settle(&f);
    for (unsigned i = 0; i < REQUESTS_MAX; i++)
        CU_ASSERT_EQUAL(outcomes[i].result.refusal, WALLET_ACCEPTED);
    CU_ASSERT_EQUAL(outcomes[REQUESTS_MAX].result.refusal, WALLET_BUSY);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).open, 0);
    fixture_close(&f);
}

SUITE(CASE(a_ticket_has_all_that_a_claim_needs),
      CASE(shares_go_out_in_order_and_the_last_takes_the_rest),
      CASE(a_person_grabs_once_and_is_shown_the_ticket_again),
      CASE(a_person_grabs_each_packet_once),
      CASE(of_two_grabs_at_once_for_one_share_the_first_has_it),
      CASE(no_share_before_the_freeze_is_answered),
      CASE(a_split_made_when_claimed_draws_with_the_seed_of_the_grab),
      CASE(given_amounts_are_kept_with_the_packet), CASE(a_grab_is_journalled_with_its_share),
      CASE(refuses_grabs_that_make_no_sense), CASE(takes_so_many_grabs_at_once_and_not_one_more))
