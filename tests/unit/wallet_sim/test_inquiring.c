/* What became of a claim answered 98 or A2, or of a freeze answered 98, and how a packet stands. */
#include "fixture.h"

static struct fixture f;
static struct outcome outcome;
static struct operation asked; /* the claim or freeze that is inquired about */

enum { BEYOND_MS = 300000 }; /* the longest delay of store and forward */

/* The answer to an inquiry: the freeze, and the share when `share` is not NULL. */
static void tell(struct sent *inquiry, enum freeze_state freeze, const enum share_state *share,
                 const char *rrn)
{
    struct freeze_status status = {.frozen_minor = 20000,
                                   .claimed_minor = 10000,
                                   .in_doubt_minor = 4000,
                                   .released_minor = 6000,
                                   .state = freeze,
                                   .has_share = share != NULL,
                                   .share_minor = 10000};
    char told[STATUS_PRIVATE_MAX];
    memcpy(status.share_rrn, rrn, sizeof status.share_rrn);
    if (share != NULL)
        status.share_state = *share;
    size_t len = status_write_private(&asked.reference, &status, told);
    fixture_answer_with(&f, inquiry, "00", NULL, bytes_of(told, len));
}

static void tell_share(struct sent *inquiry, enum share_state share)
{
    tell(inquiry, FREEZE_FROZEN, &share, asked.rrn);
}

static struct sent *take_inquiry(struct iso_message *message)
{
    char named[ORIGINAL_TEXT_LEN + 1] = "", reference[REFERENCE_TEXT_LEN + 8] = "ASHB039", rrn[13];
    struct original original = operation_as_original(&asked);
    struct sent *inquiry = fixture_take(&f, "0600", message);
    original_format(&original, named);
    reference_format(&asked.reference, reference + 7);
    snprintf(rrn, sizeof rrn, "%.12s", asked.rrn);
    assert_de(message, 3, "330000");
    assert_de(message, 25, "86");
    assert_de(message, 33, WALLET_ID);
    assert_de(message, 37, rrn); /* the claim's, by which the answer says whose the share is */
    assert_de(message, 48, reference);
    assert_de(message, 90, named);
    return inquiry;
}

/* A claim of the packet's first share, answered so; returns the inquiry that follows. */
static struct sent *leave_claim(const char *code)
{
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "long life", 20000, 2);
    struct wallet_ticket ticket = grab(&f, "long life", "Li Na", 0).ticket;
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", code);
    CU_ASSERT_EQUAL(outcome.count, 1);
    asked = outcome.result.request;
    return take_inquiry(&message);
}

static unsigned stored(void)
{
    return party_view(wallet_party(f.wallet)).forwards;
}

/* The inquiry is over; what it was told is in the journal. */
static void expect_over(const char *note)
{
    struct journal_entry last = book_of(&f).last[JOURNAL_ANSWERED];
    CU_ASSERT_EQUAL(last.operation.kind, OPERATION_INQUIRY);
    CU_ASSERT_EQUAL(last.moved_minor, 0); /* booked with the claim's own answer */
    CU_ASSERT_STRING_EQUAL(last.note, note);
    CU_ASSERT_EQUAL(stored(), 0);
    fixture_pass(&f, 2 * BEYOND_MS);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
}

/* --- a claim ---------------------------------------------------------------------------------- */

static void asks_after_A2_until_the_share_is_credited(void)
{
    struct iso_message message;
    struct sent *inquiry = leave_claim("A2");
    CU_ASSERT_EQUAL(book_of(&f).last[JOURNAL_ANSWERED].moved_minor, 10000);
    for (unsigned i = 0; i < 4; i++) {
        tell_share(inquiry, SHARE_CREDIT_UNKNOWN);
        CU_ASSERT_EQUAL(f.taken, f.sent_count); /* not at once again */
        CU_ASSERT_EQUAL(stored(), 1);
        fixture_pass(&f, BEYOND_MS);
        assert_same_message(inquiry, take_inquiry(&message));
    }
    tell_share(inquiry, SHARE_CREDITED);
    expect_over("packet \"long life\": FROZEN, share CREDITED");
    CU_ASSERT_EQUAL(wallet_view(f.wallet).outcomes, 1);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).inquiries, 1);
    CU_ASSERT_EQUAL(outcome.count, 1);
    fixture_close(&f);
}

static void asks_after_98_until_the_share_is_released(void)
{
    struct iso_message message;
    struct sent *inquiry = leave_claim("98");
    tell_share(inquiry, SHARE_DEBIT_UNKNOWN);
    fixture_pass(&f, BEYOND_MS);
    inquiry = take_inquiry(&message);
    tell_share(inquiry, SHARE_RELEASED);
    expect_over("packet \"long life\": FROZEN, share RELEASED");
    CU_ASSERT_EQUAL(wallet_view(f.wallet).credited, 0);
    /* Nothing of it was moved: all is believed to be left. */
    send_expire(&f, "long life", &outcome);
    struct sent *notice = fixture_take(&f, "0220", &message);
    assert_de(&message, 4, "000000020000");
    fixture_answer(&f, notice, "00", "1231");
    fixture_close(&f);
}

static void asks_on_in_every_state_that_is_not_the_end(void)
{
    for (enum share_state state = SHARE_NONE; state < SHARE_STATES; state++) {
        bool goes_on = state == SHARE_RESERVED || state == SHARE_DEBIT_UNKNOWN ||
                       state == SHARE_DEBITED || state == SHARE_CREDITING ||
                       state == SHARE_CREDIT_UNKNOWN || state == SHARE_REVERSING;
        struct sent *inquiry = leave_claim("98");
        tell_share(inquiry, state);
        CU_ASSERT_EQUAL(stored(), goes_on);
        fixture_close(&f);
    }
}

/* The claim was released, and another one has its share: never credited, whatever that one is. */
static void stops_when_another_claim_has_the_share(void)
{
    enum share_state state = SHARE_CREDITING;
    struct sent *inquiry = leave_claim("98");
    tell(inquiry, FREEZE_FROZEN, &state, "123199999999");
    CU_ASSERT_EQUAL(stored(), 0);
    CU_ASSERT_EQUAL(wallet_view(f.wallet).credited, 0);
    fixture_close(&f);
}

static void stops_when_it_is_no_party_any_more_or_nobody_serves_it(void)
{
    static const char *const codes[] = {"25", "40", "30", "12", "22"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct sent *inquiry = leave_claim("98");
        fixture_answer(&f, inquiry, codes[i], NULL);
        expect_over("packet \"long life\"");
        CU_ASSERT_EQUAL(wallet_view(f.wallet).outcomes, 0);
        fixture_close(&f);
    }
}

static void asks_on_after_answers_that_say_nothing(void)
{
    static const char *const codes[] = {"91", "96", "A0", "98", "68", "ZZ", "00"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct iso_message message;
        struct sent *inquiry = leave_claim("A2");
        fixture_answer(&f, inquiry, codes[i], NULL); /* 00 without a status too */
        CU_ASSERT_EQUAL(stored(), 1);
        fixture_pass(&f, BEYOND_MS);
        tell_share(take_inquiry(&message), SHARE_CREDITED);
        CU_ASSERT_EQUAL(stored(), 0);
        fixture_close(&f);
    }
}

static void asks_on_when_the_share_is_not_told(void)
{
    struct sent *inquiry = leave_claim("A2");
    tell(inquiry, FREEZE_CLOSED, NULL, asked.rrn);
    CU_ASSERT_EQUAL(stored(), 1);
    fixture_close(&f);
}

static void asks_on_after_a_restart(void)
{
    struct iso_message message;
    struct sent *inquiry = leave_claim("A2"), *again;
    tell_share(inquiry, SHARE_CREDIT_UNKNOWN);
    fixture_restart(&f);
    again = take_inquiry(&message);
    assert_same_message(inquiry, again);
    tell_share(again, SHARE_CREDITED);
    expect_over("packet \"long life\": FROZEN, share CREDITED");
    fixture_restart(&f);
    fixture_pass(&f, BEYOND_MS);
    fixture_close(&f);
}

static void an_answer_that_is_not_durable_is_asked_for_again(void)
{
    struct iso_message message;
    struct sent *inquiry = leave_claim("A2");
    store_memory_hold(f.store, true);
    tell_share(inquiry, SHARE_CREDITED);
    fixture_restart(&f);
    tell_share(take_inquiry(&message), SHARE_CREDITED);
    CU_ASSERT_EQUAL(stored(), 0);
    fixture_close(&f);
}

static void asks_about_another_wallets_packet_too(void)
{
    struct iso_message message;
    struct wallet_ticket ticket = {
        .packet = "from afar",
        .reference =
            {.date = 20261230, .sequence = 42, .wallet = 91230002, .share = 2, .shares = 3},
        .freeze = {100, 777, 1230090000, 91230002, 91230002},
        .amount_minor = 2222,
    };
    struct wallet_claim command = claim_of(&ticket, "Li Na");
    fixture_open(&f);
    send_claim(&f, &command, &outcome);
    fixture_serve(&f, "0200", "A2");
    asked = outcome.result.request;
    tell_share(take_inquiry(&message), SHARE_CREDITED);
    expect_over("FROZEN, share CREDITED");
    fixture_close(&f);
}

static void a_repeat_on_purpose_is_not_inquired_about(void)
{
    struct sent *inquiry = leave_claim("A2");
    tell_share(inquiry, SHARE_CREDITED);
    struct wallet_repeat repeat = {.reference = asked.reference, .person = "Li Na"};
    wallet_repeat(f.wallet, &repeat, on_done, &outcome);
    fixture_settle(&f);
    fixture_serve(&f, "0200", "A2");
    CU_ASSERT_EQUAL(stored(), 0);
    fixture_close(&f);
}

static void no_other_answer_is_inquired_about(void)
{
    static const char *const codes[] = {"00", "91", "61", "22", "A3", "94"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fixture_open(&f);
        announce(&f, "long life", 20000, 2);
        struct wallet_ticket ticket = grab(&f, "long life", "Li Na", 0).ticket;
        struct wallet_claim command = claim_of(&ticket, "Li Na");
        send_claim(&f, &command, &outcome);
        fixture_serve(&f, "0200", codes[i]);
        CU_ASSERT_EQUAL(stored(), 0);
        fixture_close(&f);
    }
}

/* --- a freeze --------------------------------------------------------------------------------- */

static void asks_after_98_until_the_freeze_is_reversed(void)
{
    static const enum freeze_state ends[] = {FREEZE_REVERSED, FREEZE_DISPUTED};
    for (size_t i = 0; i < 2; i++) {
        struct iso_message message;
        struct wallet_packet packet = packet_of("lost at the bank", 20000, 2);
        fixture_open(&f);
        send_packet(&f, &packet, &outcome);
        fixture_serve(&f, "0100", "98");
        asked = outcome.result.request;
        struct sent *inquiry = take_inquiry(&message);
        tell(inquiry, FREEZE_REVERSING, NULL, asked.rrn);
        fixture_pass(&f, BEYOND_MS);
        inquiry = take_inquiry(&message);
        tell(inquiry, ends[i], NULL, asked.rrn);
        expect_over(i == 0 ? "packet \"lost at the bank\": REVERSED"
                           : "packet \"lost at the bank\": DISPUTED");
        CU_ASSERT_EQUAL(grab(&f, "lost at the bank", "Li Na", 0).refusal, WALLET_NOT_ANNOUNCED);
        fixture_close(&f);
    }
}

/* --- by command ------------------------------------------------------------------------------- */

static struct sent *command_inquiry(const char *name, struct iso_message *message)
{
    outcome = (struct outcome){0};
    wallet_inquire(f.wallet, name, on_done, &outcome);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(outcome.count, 0);
    return fixture_take(&f, "0600", message);
}

static void tells_how_a_packet_stands(void)
{
    for (enum freeze_state state = FREEZE_FREEZING; state < FREEZE_STATES; state++) {
        struct iso_message message;
        struct freeze_status *status = &outcome.result.status;
        fixture_open(&f);
        announce(&f, "long life", 20000, 2);
        struct sent *inquiry = command_inquiry("long life", &message);
        assert_de(&message, 48, "ASHB039202612310000000000010009123000100000002");
        CU_ASSERT_FALSE(iso_message_has(&message, 90));
        asked = outcome.result.request;
        tell(inquiry, state, NULL, "000000000000");
        CU_ASSERT_EQUAL(outcome.count, 1); /* once, whatever the state */
        CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
        CU_ASSERT_EQUAL(status->state, state);
        CU_ASSERT_EQUAL(status->frozen_minor, 20000);
        CU_ASSERT_EQUAL(status->claimed_minor, 10000);
        CU_ASSERT_EQUAL(status->in_doubt_minor, 4000);
        CU_ASSERT_EQUAL(status->released_minor, 6000);
        CU_ASSERT_EQUAL(stored(), 0);
        fixture_close(&f);
    }
}

static void tells_the_refusal_of_an_inquiry(void)
{
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "long life", 20000, 2);
    fixture_answer(&f, command_inquiry("long life", &message), "25", NULL);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_NO_ORIGINAL);
    CU_ASSERT_EQUAL(outcome.result.status.state, FREEZE_NONE);
    fixture_close(&f);
}

static void refuses_to_inquire_about_an_unknown_packet(void)
{
    outcome = (struct outcome){0};
    fixture_open(&f);
    wallet_inquire(f.wallet, "nobody's", on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_UNKNOWN_PACKET);
    wallet_inquire(f.wallet, "", on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    wallet_inquire(f.wallet, "a name that is longer than any name may be", on_done, &outcome);
    CU_ASSERT_EQUAL(outcome.result.refusal, WALLET_INVALID);
    CU_ASSERT_EQUAL(outcome.count, 3);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    fixture_close(&f);
}

static void says_nothing_until_the_inquiry_is_durable(void)
{
    struct iso_message message;
    fixture_open(&f);
    announce(&f, "long life", 20000, 2);
    store_memory_hold(f.store, true);
    wallet_inquire(f.wallet, "long life", on_done, &outcome);
    fixture_settle(&f);
    CU_ASSERT_EQUAL(f.taken, f.sent_count);
    store_memory_hold(f.store, false);
    fixture_settle(&f);
    fixture_answer(&f, fixture_take(&f, "0600", &message), "25", NULL);
    fixture_close(&f);
}

SUITE(CASE(asks_after_A2_until_the_share_is_credited),
      CASE(asks_after_98_until_the_share_is_released),
      CASE(asks_on_in_every_state_that_is_not_the_end),
      CASE(stops_when_another_claim_has_the_share),
      CASE(stops_when_it_is_no_party_any_more_or_nobody_serves_it),
      CASE(asks_on_after_answers_that_say_nothing), CASE(asks_on_when_the_share_is_not_told),
      CASE(asks_on_after_a_restart), CASE(an_answer_that_is_not_durable_is_asked_for_again),
      CASE(asks_about_another_wallets_packet_too), CASE(a_repeat_on_purpose_is_not_inquired_about),
      CASE(no_other_answer_is_inquired_about), CASE(asks_after_98_until_the_freeze_is_reversed),
      CASE(tells_how_a_packet_stands), CASE(tells_the_refusal_of_an_inquiry),
      CASE(refuses_to_inquire_about_an_unknown_packet),
      CASE(says_nothing_until_the_inquiry_is_durable))
