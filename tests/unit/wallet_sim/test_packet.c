/* A packet's life as pure functions, and its record. */
#include "suite.h"
#include "wallet_sim/packet.h"

static struct packet packet_in(enum packet_state state)
{
    struct packet packet = {.state = state, .name = "long life"};
    CU_ASSERT_TRUE_FATAL(split_begin(&packet.split, SPLIT_EQUAL, 60000, 6, 0, NULL));
    packet.freeze = (struct operation){
        .kind = OPERATION_FREEZE,
        .amount_minor = 60000,
        .transmission = 1231100000,
        .stan = 17,
        .acquirer = {91230001, 11},
        .forwarder = {91230001, 11},
        .currency = {'1', '5', '6'},
        .reference = {.date = 20261231, .sequence = 17, .wallet = 91230001, .shares = 6},
    };
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text("9999011000000019"), &packet.freeze.card));
    packet.freeze.sender = packet.freeze.card;
    return packet;
}

static struct operation request_of(enum operation_kind kind)
{
    return (struct operation){.kind = kind, .amount_minor = 10000};
}

static void only_an_open_packet_gives_shares(void)
{
    static const enum wallet_refusal expected[PACKET_STATES] = {
        [PACKET_NONE] = WALLET_UNKNOWN_PACKET, [PACKET_FREEZING] = WALLET_NOT_ANNOUNCED,
        [PACKET_OPEN] = WALLET_ACCEPTED,       [PACKET_REFUSED] = WALLET_NOT_ANNOUNCED,
        [PACKET_CLOSING] = WALLET_CLOSED,      [PACKET_CLOSED] = WALLET_CLOSED,
        [PACKET_REVERSING] = WALLET_CLOSED,    [PACKET_REVERSED] = WALLET_CLOSED,
        [PACKET_DISPUTED] = WALLET_CLOSED,
    };
    for (enum packet_state state = PACKET_NONE; state < PACKET_STATES; state++) {
        struct packet packet = packet_in(state);
        CU_ASSERT_EQUAL(packet_check_grab(&packet), expected[state]);
        CU_ASSERT_EQUAL(packet_check_end(&packet, OPERATION_UNFREEZE), expected[state]);
        enum wallet_refusal reversal = state == PACKET_FREEZING ? WALLET_ACCEPTED : expected[state];
        CU_ASSERT_EQUAL(packet_check_end(&packet, OPERATION_FREEZE_REVERSAL), reversal);
    }
}

static void an_approved_freeze_opens_the_packet_a_refused_one_does_not(void)
{
    struct operation freeze = request_of(OPERATION_FREEZE);
    struct packet packet = packet_in(PACKET_FREEZING);
    CU_ASSERT_FALSE(packet_answer(&packet, &freeze, CODE_APPROVED));
    CU_ASSERT_EQUAL(packet.state, PACKET_OPEN);
    static const uint16_t refusals[] = {CODE_FUNDS, CODE_CARD, CODE_PARTY_DOWN, CODE_NO_ROUTE,
                                        CODE_NO_ANSWER};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        packet = packet_in(PACKET_FREEZING);
        CU_ASSERT_FALSE(packet_answer(&packet, &freeze, refusals[i]));
        CU_ASSERT_EQUAL(packet.state, PACKET_REFUSED);
    }
}

static void an_answer_that_leaves_the_freeze_open_calls_for_its_reversal(void)
{
    static const uint16_t codes[] = {CODE_FORMAT, CODE_DUPLICATE, CODE_TO_BE_CONFIRMED,
                                     CODE_OF('7', '7')};
    struct operation freeze = request_of(OPERATION_FREEZE);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct packet packet = packet_in(PACKET_FREEZING);
        CU_ASSERT_EQUAL(packet_follow(&freeze, codes[i]), OPERATION_FREEZE_REVERSAL);
        CU_ASSERT_TRUE(packet_answer(&packet, &freeze, codes[i]));
        CU_ASSERT_EQUAL(packet.state, PACKET_REVERSING);
    }
}

static void an_answer_to_a_freeze_given_up_changes_nothing(void)
{
    struct operation freeze = request_of(OPERATION_FREEZE);
    static const uint16_t codes[] = {CODE_APPROVED, CODE_FUNDS, CODE_DUPLICATE, CODE_NO_ANSWER};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct packet packet = packet_in(PACKET_REVERSING);
        CU_ASSERT_FALSE(packet_answer(&packet, &freeze, codes[i]));
        CU_ASSERT_EQUAL(packet.state, PACKET_REVERSING);
    }
}

static void a_notice_ends_closed_or_disputed(void)
{
    struct operation notice = request_of(OPERATION_UNFREEZE);
    struct packet packet = packet_in(PACKET_CLOSING);
    CU_ASSERT_FALSE(packet_answer(&packet, &notice, CODE_APPROVED));
    CU_ASSERT_EQUAL(packet.state, PACKET_CLOSED);
    packet = packet_in(PACKET_CLOSING);
    CU_ASSERT_FALSE(packet_answer(&packet, &notice, CODE_NO_ORIGINAL));
    CU_ASSERT_EQUAL(packet.state, PACKET_DISPUTED);
}

static void a_reversal_ends_reversed_disputed_or_as_an_unfreeze(void)
{
    struct operation reversal = request_of(OPERATION_FREEZE_REVERSAL);
    struct packet packet = packet_in(PACKET_REVERSING);
    CU_ASSERT_FALSE(packet_answer(&packet, &reversal, CODE_APPROVED));
    CU_ASSERT_EQUAL(packet.state, PACKET_REVERSED);
    packet = packet_in(PACKET_REVERSING);
    CU_ASSERT_FALSE(packet_answer(&packet, &reversal, CODE_RELATED_INVALID));
    CU_ASSERT_EQUAL(packet.state, PACKET_DISPUTED);
    packet = packet_in(PACKET_REVERSING);
    CU_ASSERT_TRUE(packet_answer(&packet, &reversal, CODE_STATE));
    CU_ASSERT_EQUAL(packet.state, PACKET_CLOSING);
    CU_ASSERT_EQUAL(packet_follow(&reversal, CODE_STATE), OPERATION_UNFREEZE);
}

static void only_what_is_credited_now_or_in_the_end_counts_as_claimed(void)
{
    struct operation claim = request_of(OPERATION_CLAIM);
    struct packet packet = packet_in(PACKET_OPEN);
    struct operation notice = {.kind = OPERATION_UNFREEZE};
    static const uint16_t others[] = {CODE_STATE, CODE_OVER_LIMIT, CODE_NO_ANSWER, CODE_PARTY_DOWN,
                                      CODE_FORMAT};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CU_ASSERT_FALSE(packet_answer(&packet, &claim, others[i]));
    CU_ASSERT_EQUAL(packet.claimed_minor, 0);
    CU_ASSERT_FALSE(packet_answer(&packet, &claim, CODE_APPROVED));
    CU_ASSERT_FALSE(packet_answer(&packet, &claim, CODE_TO_BE_CONFIRMED));
    CU_ASSERT_EQUAL(packet.claimed_minor, 20000);
    packet_write_request(&packet, &notice);
    CU_ASSERT_EQUAL(notice.amount_minor, 40000);
    /* A switch that credits too much does not make the notice negative. */
    packet.claimed_minor = 60001;
    packet_write_request(&packet, &notice);
    CU_ASSERT_EQUAL(notice.amount_minor, 0);
}

static void a_later_request_names_its_freeze(void)
{
    struct packet packet = packet_in(PACKET_OPEN);
    struct operation reversal = {.kind = OPERATION_FREEZE_REVERSAL};
    packet_write_request(&packet, &reversal);
    struct original original = operation_as_original(&packet.freeze);
    CU_ASSERT_EQUAL(reversal.amount_minor, 60000);
    CU_ASSERT_TRUE(pan_equal(&reversal.card, &packet.freeze.card));
    CU_ASSERT_TRUE(pan_equal(&reversal.sender, &packet.freeze.card));
    CU_ASSERT_TRUE(original_equal(&reversal.original, &original));
    CU_ASSERT_TRUE(reference_same_freeze(&reversal.reference, &packet.freeze.reference));
    CU_ASSERT_EQUAL(reversal.reference.share, 0);
    CU_ASSERT_EQUAL(original.mti, 100);
}

static void assert_same_split(const struct split *a, const struct split *b)
{
    CU_ASSERT_EQUAL(a->way, b->way);
    CU_ASSERT_EQUAL(a->shares, b->shares);
    CU_ASSERT_EQUAL(a->next, b->next);
    CU_ASSERT_EQUAL(a->remaining_minor, b->remaining_minor);
    CU_ASSERT_EQUAL(a->seed, b->seed);
    CU_ASSERT_EQUAL(a->given_count, b->given_count);
    CU_ASSERT_EQUAL(memcmp(a->given_minor, b->given_minor, sizeof a->given_minor), 0);
}

static void the_largest_record_comes_back_as_it_was(void)
{
    uint8_t record[PACKET_RECORD_MAX];
    struct packet packet = packet_in(PACKET_CLOSING), back;
    int64_t given[SPLIT_GIVEN_MAX], sum = 0;
    for (unsigned i = 0; i < SPLIT_GIVEN_MAX; i++)
        sum += given[i] = 1000000 + i;
    CU_ASSERT_TRUE_FATAL(split_begin(&packet.split, SPLIT_GIVEN, sum, SPLIT_GIVEN_MAX, 0, given));
    CU_ASSERT_EQUAL(split_take(&packet.split, 0), given[0]);
    packet.claimed_minor = FREEZE_AMOUNT_MAX_MINOR;
    memset(packet.name, 'n', WALLET_NAME_MAX);
    size_t len = packet_encode(&packet, record);
    CU_ASSERT_TRUE(len <= STORE_VALUE_MAX);
    packet_decode(bytes_of(record, len), &back);
    CU_ASSERT_EQUAL(back.state, PACKET_CLOSING);
    CU_ASSERT_STRING_EQUAL(back.name, packet.name);
    CU_ASSERT_EQUAL(back.claimed_minor, FREEZE_AMOUNT_MAX_MINOR);
    CU_ASSERT_EQUAL(back.freeze.stan, 17);
    CU_ASSERT_TRUE(pan_equal(&back.freeze.card, &packet.freeze.card));
    assert_same_split(&back.split, &packet.split);
}

static void a_split_goes_on_where_the_record_left_it(void)
{
    uint8_t record[PACKET_RECORD_MAX];
    struct packet packet = packet_in(PACKET_OPEN), back;
    CU_ASSERT_TRUE_FATAL(split_begin(&packet.split, SPLIT_RANDOM, 18888, 6, UINT64_MAX, NULL));
    (void)split_take(&packet.split, 0);
    packet_decode(bytes_of(record, packet_encode(&packet, record)), &back);
    for (unsigned i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(split_take(&back.split, 0), split_take(&packet.split, 0));
}

static void an_absent_record_is_no_packet(void)
{
    struct packet packet;
    packet_decode((struct bytes){NULL, 0}, &packet);
    CU_ASSERT_EQUAL(packet.state, PACKET_NONE);
}

static void the_longest_names_make_keys_that_fit_and_differ(void)
{
    char person[WALLET_NAME_MAX + 1];
    struct packet packet = packet_in(PACKET_OPEN);
    memset(person, 'p', WALLET_NAME_MAX);
    person[WALLET_NAME_MAX] = '\0';
    struct store_key one = key_of_person(TABLE_GRAB, &packet.freeze.reference, person);
    person[WALLET_NAME_MAX - 1] = 'q';
    struct store_key other = key_of_person(TABLE_GRAB, &packet.freeze.reference, person);
    CU_ASSERT_TRUE(one.len <= STORE_KEY_MAX && one.len == other.len);
    CU_ASSERT_NOT_EQUAL(memcmp(one.data, other.data, one.len), 0);
    struct store_key claim = key_of_person(TABLE_CLAIM, &packet.freeze.reference, person);
    CU_ASSERT_NOT_EQUAL(memcmp(claim.data, other.data, claim.len), 0);
}

static void a_repeat_is_stored_beside_its_request(void)
{
    struct operation claim = request_of(OPERATION_CLAIM);
    struct store_key first = key_of_request(&claim, false), again = key_of_request(&claim, true);
    CU_ASSERT_FALSE(key_is_repeat(&first));
    CU_ASSERT_TRUE(key_is_repeat(&again));
    CU_ASSERT_EQUAL(first.data[0], TABLE_FORWARD);
    CU_ASSERT_EQUAL(again.data[0], TABLE_FORWARD);
}

SUITE(CASE(only_an_open_packet_gives_shares),
      CASE(an_approved_freeze_opens_the_packet_a_refused_one_does_not),
      CASE(an_answer_that_leaves_the_freeze_open_calls_for_its_reversal),
      CASE(an_answer_to_a_freeze_given_up_changes_nothing), CASE(a_notice_ends_closed_or_disputed),
      CASE(a_reversal_ends_reversed_disputed_or_as_an_unfreeze),
      CASE(only_what_is_credited_now_or_in_the_end_counts_as_claimed),
      CASE(a_later_request_names_its_freeze), CASE(the_largest_record_comes_back_as_it_was),
      CASE(a_split_goes_on_where_the_record_left_it), CASE(an_absent_record_is_no_packet),
      CASE(the_longest_names_make_keys_that_fit_and_differ),
      CASE(a_repeat_is_stored_beside_its_request))
