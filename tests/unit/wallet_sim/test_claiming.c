/* Claims: with tickets of this and of other wallets, their answers, their repeats. */
#include "fixture.h"

static struct wallet_ticket announced_ticket(struct fixture *f, unsigned shares)
{
    announce(f, "long life", 10000 * (int64_t)shares, shares);
    return grab(f, "long life", "Li Na", 0).ticket;
}

/* As another wallet would hand it over. */
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

static void claims_with_all_that_a_claim_must_carry(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 6);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    struct sent *claim = fixture_take(&f, "0200", &message);
    assert_de(&message, 2, RECEIVER_CARD);
    assert_de(&message, 3, "400000");
    assert_de(&message, 4, "000000010000");
    assert_de(&message, 11, "000002");
    assert_de(&message, 32, WALLET_ID);
    assert_de(&message, 33, WALLET_ID);
    assert_de(&message, 48,
              "ASHB039"
              "20261231"
              "000000000001"
              "00091230001"
              "0001"
              "0006");
    assert_de(&message, 90,
              "0100"
              "000001"
              "1231100000"
              "00091230001"
              "00091230001");
    assert_de(&message, 103, RECEIVER_CARD);
    CU_ASSERT_FALSE(iso_message_has(&message, 102));
    CU_ASSERT_EQUAL(outcome.count, 0);
    fixture_answer(&f, claim, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(outcome.result.settlement_date, 20261231);
    CU_ASSERT_EQUAL(outcome.result.request.stan, 2);
    CU_ASSERT_EQUAL(memcmp(outcome.result.request.rrn, "123100000002", 12), 0);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).credited, 1);
    fixture_close(&f);
}

static void an_own_claim_is_booked_with_both_cards_and_known_to_the_packet(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 6);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "00");
    struct book book = book_of(&f);
    const struct journal_entry *entry = &book.last[JOURNAL_ANSWERED];
    CU_ASSERT_EQUAL(book.count[JOURNAL_REQUESTED], 2);
    CU_ASSERT_EQUAL(book.count[JOURNAL_ANSWERED], 2);
    CU_ASSERT_EQUAL(entry->code, CODE_APPROVED);
    CU_ASSERT_EQUAL(entry->moved_minor, 10000);
    CU_ASSERT_EQUAL(entry->settlement_date, 20261231);
    CU_ASSERT_EQUAL(entry->operation.kind, OPERATION_CLAIM);
    CU_ASSERT_EQUAL(entry->operation.reference.share, 1);
    struct pan sender = card_of(SENDER_CARD), receiver = card_of(RECEIVER_CARD);
    CU_ASSERT_TRUE(pan_equal(&entry->operation.sender, &sender));
    CU_ASSERT_TRUE(pan_equal(&entry->operation.receiver, &receiver));
    CU_ASSERT_STRING_EQUAL(entry->note, "packet \"long life\"");
    send_expire(&f, "long life", &outcome);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 4, "000000050000");
    fixture_answer(&f, notice, "00", "1231");
    fixture_close(&f);
}

static void claims_with_a_ticket_of_another_wallet(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    struct wallet_ticket ticket = foreign_ticket();
    struct wallet_claim command = claim_of(&ticket, "Wang Xiaoming");
    fixture_open(&f);
    send_claim(&f, &command, &outcome);
    struct sent *claim = fixture_take(&f, "0200", &message);
    assert_de(&message, 4, "000000002222");
    assert_de(&message, 48,
              "ASHB039"
              "20261230"
              "000000000042"
              "00091230002"
              "0002"
              "0003");
    assert_de(&message, 90,
              "0100"
              "000777"
              "1230090000"
              "00091230002"
              "00091230002");
    fixture_answer(&f, claim, "00", "1231");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].moved_minor, 2222);
    /* Whose money it was, the sending wallet does not tell. */
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].operation.sender.len, 0);
    CU_ASSERT_EQUAL(book.last[JOURNAL_ANSWERED].operation.reference.wallet, 91230002);
    fixture_close(&f);
}

static void a_refused_claim_moves_nothing_and_may_be_tried_anew(void)
{
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "14");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_CARD);
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 0);
    uint32_t first = outcome.result.request.stan;
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    CU_ASSERT_NOT_EQUAL(outcome.result.request.stan, first);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).refused, 1);
    fixture_close(&f);
}

static void claims_one_share_twice_at_once_under_two_keys(void)
{
    struct fixture f;
    struct outcome one = {0}, other = {0};
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Sun Li");
    wallet_claim(f.wallet, &command, on_done, &one);
    wallet_claim(f.wallet, &command, on_done, &other);
    fixture_settle(&f);
    struct sent *first = fixture_take(&f, "0200", &message);
    assert_de(&message, 11, "000002");
    struct sent *second = fixture_take(&f, "0200", &message);
    assert_de(&message, 11, "000003");
    fixture_answer(&f, second, "00", "1231");
    CU_ASSERT_EQUAL(other.count, 1);
    CU_ASSERT_EQUAL(one.count, 0);
    fixture_answer(&f, first, "22", "1231");
    CU_ASSERT_EQUAL(one.result.code, CODE_STATE);
    CU_ASSERT_EQUAL(other.result.code, CODE_APPROVED);
    fixture_close(&f);
}

static void claims_another_amount_than_the_ticket_says(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    command.amount_minor = 168800;
    send_claim(&f, &command, &outcome);
    struct sent *claim = fixture_take(&f, "0200", &message);
    assert_de(&message, 4, "000000168800");
    fixture_answer(&f, claim, "61", "1231");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_OVER_LIMIT);
    fixture_close(&f);
}

static void claims_with_somebody_elses_ticket(void)
{
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Zhao Lei");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "22");
    CU_ASSERT_EQUAL(outcome.result.code, CODE_STATE);
    fixture_close(&f);
}

static void a2_counts_as_credited_in_the_end(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 2);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "A2");
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 10000);
    fixture_serve(&f, "0600", "25"); /* what became of it: test_inquiring.c */
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_TO_BE_CONFIRMED);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).to_be_confirmed, 1);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).credited, 0);
    send_expire(&f, "long life", &outcome);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 4, "000000010000");
    fixture_answer(&f, notice, "00", "1231");
    fixture_close(&f);
}

static void an_answer_98_ends_the_claim_and_moves_nothing(void)
{
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 2);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "98");
    fixture_serve(&f, "0600", "25"); /* what became of it: test_inquiring.c */
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_NO_ANSWER);
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 0);
    fixture_pass(&f, 600000);
    fixture_close(&f);
}

static void any_answer_that_says_something_ends_a_claim(void)
{
    static const char *const codes[] = {"12", "13", "22", "25", "30", "40", "61", "91", "92", "94"};
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        send_claim(&f, &command, &outcome);
        fixture_serve(&f, "0200", codes[i]);
        CU_ASSERT_EQUAL(outcome.count, 1);
        CU_ASSERT_EQUAL(outcome.result.code, code_parse(codes[i]));
    }
    fixture_pass(&f, 600000);
    fixture_close(&f);
}

static void refuses_tickets_that_cannot_be_written_down(void)
{
    struct fixture f;
    struct outcome outcome;
    struct wallet_ticket good = foreign_ticket();
    struct wallet_claim bad[11];
    fixture_open(&f);
    for (unsigned i = 0; i < 11; i++)
        bad[i] = claim_of(&good, "Li Na");
    bad[0].ticket.reference.date = 100000000;
    bad[1].ticket.reference.sequence = 1000000000000;
    bad[2].ticket.reference.wallet = 100000000000;
    bad[3].ticket.reference.share = 0;
    bad[4].ticket.reference.shares = SHARES_MAX + 1;
    bad[5].ticket.freeze.transmission = 10000000000;
    bad[6].ticket.freeze.mti = 0;
    bad[7].ticket.amount_minor = 0;
    bad[8].amount_minor = 1000000000000;
    bad[9].amount_minor = -1;
    bad[10].card.len = 0;
    for (unsigned i = 0; i < 11; i++) {
        send_claim(&f, &bad[i], &outcome);
        CU_ASSERT_EQUAL(outcome.count, 1);
        CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    }
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_REQUESTED], 0);
    fixture_close(&f);
}

/* --- repeats ---------------------------------------------------------------------------------- */

static void send_repeat(struct fixture *f, const struct wallet_ticket *ticket, const char *person,
                        struct outcome *outcome)
{
    struct wallet_repeat command = {.reference = ticket->reference};
    snprintf(command.person, sizeof command.person, "%s", person);
    *outcome = (struct outcome){0};
    wallet_repeat(f->wallet, &command, on_done, outcome);
    fixture_settle(f);
}

static void a_repeat_is_the_same_message_and_is_not_booked(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 2);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    struct sent *claim = fixture_take(&f, "0200", &message);
    fixture_answer(&f, claim, "00", "1231");
    fixture_pass(&f, 3000);
    send_repeat(&f, &ticket, "Li Na", &outcome);
    struct sent *repeat = fixture_take(&f, "0200", &message);
    assert_same_message(claim, repeat);
    fixture_answer(&f, repeat, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
    CU_ASSERT_EQUAL(outcome.result.request.stan, 2);
    struct book book = book_of(&f);
    CU_ASSERT_EQUAL(book.count[JOURNAL_REQUESTED], 2);
    CU_ASSERT_EQUAL(book.count[JOURNAL_ANSWERED], 2);
    CU_ASSERT_EQUAL(book.count[JOURNAL_RECORDED], 2);
    CU_ASSERT_EQUAL(book.last[JOURNAL_RECORDED].moved_minor, 0);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).credited, 1);
    send_expire(&f, "long life", &outcome);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 4, "000000010000");
    fixture_answer(&f, notice, "00", "1231");
    fixture_close(&f);
}

static void a_repeat_is_of_the_persons_latest_claim(void)
{
    struct fixture f;
    struct outcome outcome;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 2);
    struct wallet_claim mine = claim_of(&ticket, "Li Na"), other = claim_of(&ticket, "Zhao Lei");
    send_claim(&f, &mine, &outcome);
    fixture_serve(&f, "0200", "14");
    send_claim(&f, &mine, &outcome);
    fixture_serve(&f, "0200", "00");
    send_claim(&f, &other, &outcome);
    fixture_serve(&f, "0200", "22");
    fixture_restart(&f);
    send_repeat(&f, &ticket, "Li Na", &outcome);
    struct sent *repeat = fixture_take(&f, "0200", &message);
    assert_de(&message, 11, "000003");
    fixture_answer(&f, repeat, "00", "1231");
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_close(&f);
}

static void a_repeat_during_its_own_claim_waits_its_turn(void)
{
    struct fixture f;
    struct outcome claimed, repeated;
    struct iso_message message;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &claimed);
    struct sent *claim = fixture_take(&f, "0200", &message);
    send_repeat(&f, &ticket, "Li Na", &repeated);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    fixture_answer(&f, claim, "00", "1231");
    CU_ASSERT_EQUAL(claimed.count, 1);
    fixture_pass(&f, 5000);
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(repeated.count, 1);
    CU_ASSERT_EQUAL(book_of(&f).count[JOURNAL_ANSWERED], 2);
    fixture_close(&f);
}

static void a_second_repeat_beside_the_first_is_refused(void)
{
    struct fixture f;
    struct outcome claimed, first, second, third;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &claimed);
    fixture_serve(&f, "0200", "00");
    send_repeat(&f, &ticket, "Li Na", &first);
    send_repeat(&f, &ticket, "Li Na", &second);
    CU_ASSERT_EQUAL(first.count, 0);
    CU_ASSERT_EQUAL(second.count, 1);
    CU_ASSERT_EQUAL(second.result.refusal, WALLET_BUSY);
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(first.count, 1);
    fixture_pass(&f, 60000);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    /* Its end has made room for another. */
    send_repeat(&f, &ticket, "Li Na", &third);
    fixture_serve(&f, "0200", "00");
    CU_ASSERT_EQUAL(third.result.refusal, WALLET_ACCEPTED);
    fixture_close(&f);
}

static void repeats_nothing_that_was_never_claimed(void)
{
    struct fixture f;
    struct outcome outcome;
    fixture_open(&f);
    struct wallet_ticket ticket = announced_ticket(&f, 1);
    send_repeat(&f, &ticket, "Li Na", &outcome);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_NEVER_CLAIMED);
    send_repeat(&f, &ticket, "", &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    fixture_close(&f);
}

SUITE(CASE(claims_with_all_that_a_claim_must_carry),
      CASE(an_own_claim_is_booked_with_both_cards_and_known_to_the_packet),
      CASE(claims_with_a_ticket_of_another_wallet),
      CASE(a_refused_claim_moves_nothing_and_may_be_tried_anew),
      CASE(claims_one_share_twice_at_once_under_two_keys),
      CASE(claims_another_amount_than_the_ticket_says), CASE(claims_with_somebody_elses_ticket),
      CASE(a2_counts_as_credited_in_the_end), CASE(an_answer_98_ends_the_claim_and_moves_nothing),
      CASE(any_answer_that_says_something_ends_a_claim),
      CASE(refuses_tickets_that_cannot_be_written_down),
      CASE(a_repeat_is_the_same_message_and_is_not_booked),
      CASE(a_repeat_is_of_the_persons_latest_claim),
      CASE(a_repeat_during_its_own_claim_waits_its_turn),
      CASE(a_second_repeat_beside_the_first_is_refused),
      CASE(repeats_nothing_that_was_never_claimed))
