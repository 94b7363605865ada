/* Store and forward: sent when it can be, repeated until its answer ends it, kept over a restart.
 */
#include "storing.h"

/* --- sending ---------------------------------------------------------------------------------- */

static void sends_at_once_to_a_peer_that_is_ready(void)
{
    rig_open_signed_on(&rig);
    CU_ASSERT_PTR_NOT_NULL(store_and_forward(1));
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    CU_ASSERT_EQUAL(rig.sent[0].peer, PEER_ISSUER);
    struct iso_message message = rig_message(&rig, 0);
    CU_ASSERT_STRING_EQUAL(message.mti, "0220");
    ASSERT_DE(&message, 33, "00010000");
    CU_ASSERT_TRUE(mac_verify(rig_recipe(), rig.keys[PEER_ISSUER], &message, NULL));
    rig_close(&rig);
}

static void waits_for_its_peer_to_sign_on(void)
{
    rig_open_centre(&rig);
    rig.sent_count = 0;
    store_and_forward(1);
    rig_pass(&rig, 3600000);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_EQUAL(party_deadline(rig.party), UINT64_MAX); /* it costs nothing meanwhile */
    rig_sign_on(&rig, PEER_WALLET, "00091230001");
    rig_pass(&rig, 0);
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig_pass(&rig, 0);
    struct iso_message message = rig_latest(&rig);
    CU_ASSERT_STRING_EQUAL(message.mti, "0220");
    /* It reads DE 15, which has no year, by the date that it is told first. */
    struct iso_message date = rig_message(&rig, rig.sent_count - 2);
    ASSERT_DE(&date, 70, "202");
    rig_close(&rig);
}

static void is_sent_when_its_peer_signs_on_again_though_its_delay_is_not_over(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    party_link_down(rig.party, PEER_ISSUER, 0, 1000, rig.now);
    party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    size_t before = rig.sent_count;
    rig_pass(&rig, 0);
    CU_ASSERT_EQUAL(rig.sent_count, before + 1);
    rig_pass(&rig, FORWARD_WAIT_MS - 1); /* and once only */
    CU_ASSERT_EQUAL(rig.sent_count, before + 1);
    rig_close(&rig);
}

static void is_not_sent_twice_at_once_when_its_peer_signs_on_twice(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    rig_pass(&rig, 0);
    CU_ASSERT_EQUAL(rig.sent_count, 2); /* it, and the sign-on's answer */
    rig_close(&rig);
}

/* --- repeating -------------------------------------------------------------------------------- */

static void repeats_the_same_bytes_with_growing_delay(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    uint64_t most = FORWARD_FIRST_MS;
    for (unsigned repeat = 1; repeat <= 10; repeat++) {
        CU_ASSERT_EQUAL(pass_to_deadline(), FORWARD_WAIT_MS); /* no answer */
        CU_ASSERT_EQUAL(rig.sent_count, repeat);
        uint64_t delay = pass_to_deadline();
        CU_ASSERT_TRUE(delay >= most / 2 && delay <= most);
        CU_ASSERT_EQUAL_FATAL(rig.sent_count, repeat + 1);
        ASSERT_BYTES(rig.sent[repeat].bytes, rig.sent[repeat].len, rig.sent[0].bytes,
                     rig.sent[0].len);
        most = 2 * most < FORWARD_MAX_MS ? 2 * most : FORWARD_MAX_MS;
    }
    CU_ASSERT_EQUAL(most, FORWARD_MAX_MS);
    rig_close(&rig);
}

static void repeats_after_every_code_that_says_nothing(void)
{
    static const char *const again[] = {"68", "90", "91", "92", "96", "98", "A0"};
    rig_open_signed_on(&rig);
    store_and_forward(1);
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
        rig_answer(&rig, i, again[i]);
        CU_ASSERT_EQUAL(rig.forwarded_count, 0);
        CU_ASSERT_TRUE(pass_to_deadline() >= FORWARD_FIRST_MS / 2);
        CU_ASSERT_EQUAL_FATAL(rig.sent_count, i + 2);
    }
    rig_close(&rig);
}

static void repeats_when_the_link_takes_nothing(void)
{
    rig_open_signed_on(&rig);
    rig.link_is_full = true;
    store_and_forward(1);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig.link_is_full = false;
    pass_to_deadline();
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    rig_close(&rig);
}

static void repeats_after_an_answer_with_a_wrong_mac(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    struct iso_message answer = answer_to(&rig, 0, "00");
    iso_message_set(&answer, 128, "FFFFFFFF", 8);
    rig_deliver(&rig, PEER_ISSUER, &answer);
    CU_ASSERT_EQUAL(rig.forwarded_count, 0);
    CU_ASSERT_EQUAL(pass_to_deadline(), FORWARD_WAIT_MS);
    pass_to_deadline();
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_close(&rig);
}

/* --- ending ----------------------------------------------------------------------------------- */

static void ends_once_and_is_repeated_no_more(void)
{
    rig_open_signed_on(&rig);
    struct forward *forward = store_and_forward(1);
    rig_answer(&rig, 0, "00");
    CU_ASSERT_EQUAL_FATAL(rig.forwarded_count, 1);
    CU_ASSERT_PTR_EQUAL(rig.forwarded[0], forward);
    CU_ASSERT_EQUAL(rig.verdicts[0], FORWARD_DONE);
    /* The core makes the end durable; meanwhile nothing happens to it. */
    rig_answer(&rig, 0, "00");
    rig_network(&rig, PEER_ISSUER, "001", "", "00095550001");
    rig_pass(&rig, 3600000);
    CU_ASSERT_EQUAL(rig.forwarded_count, 1);
    finish(0, 1);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, 0);
    CU_ASSERT_EQUAL(rig.sent_count, 2);
    rig_close(&rig);
}

static void is_asked_again_when_its_core_has_no_room_for_the_end(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    rig_answer(&rig, 0, "00");
    party_forward_again(rig.party, rig.forwarded[0]);
    pass_to_deadline();
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 2);
    rig_answer(&rig, 1, "00");
    CU_ASSERT_EQUAL(rig.forwarded_count, 2);
    rig_close(&rig);
}

/* "Store and forward is done": every code for a confirmation, and for the rest. */
static void judges_every_code(void)
{
    static const struct {
        const char *code;
        enum forward_verdict confirmation, other;
    } expected[] = {
        {"00", FORWARD_DONE, FORWARD_DONE},       {"A4", FORWARD_DONE, FORWARD_REFUSED},
        {"A5", FORWARD_DONE, FORWARD_REFUSED},    {"A6", FORWARD_DONE, FORWARD_REFUSED},
        {"68", FORWARD_AGAIN, FORWARD_AGAIN},     {"90", FORWARD_AGAIN, FORWARD_AGAIN},
        {"91", FORWARD_AGAIN, FORWARD_AGAIN},     {"92", FORWARD_AGAIN, FORWARD_AGAIN},
        {"96", FORWARD_AGAIN, FORWARD_AGAIN},     {"98", FORWARD_AGAIN, FORWARD_AGAIN},
        {"A0", FORWARD_AGAIN, FORWARD_AGAIN},     {"12", FORWARD_REFUSED, FORWARD_REFUSED},
        {"22", FORWARD_REFUSED, FORWARD_REFUSED}, {"25", FORWARD_REFUSED, FORWARD_REFUSED},
        {"30", FORWARD_REFUSED, FORWARD_REFUSED}, {"94", FORWARD_REFUSED, FORWARD_REFUSED},
        {"A2", FORWARD_REFUSED, FORWARD_REFUSED}, {"ZZ", FORWARD_REFUSED, FORWARD_REFUSED},
    };
    static const enum operation_kind others[] = {OPERATION_DEBIT_REVERSAL,
                                                 OPERATION_FREEZE_REVERSAL, OPERATION_UNFREEZE};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct operation operation = {.kind = OPERATION_CONFIRMATION};
        uint16_t code = code_parse(expected[i].code);
        CU_ASSERT_EQUAL(forward_judge(&operation, code), expected[i].confirmation);
        for (size_t k = 0; k < 3; k++) {
            operation.kind = others[k];
            CU_ASSERT_EQUAL(forward_judge(&operation, code), expected[i].other);
        }
    }
}

static void tells_a_refusal_for_good(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    rig_answer(&rig, 0, "22");
    CU_ASSERT_EQUAL_FATAL(rig.forwarded_count, 1);
    CU_ASSERT_EQUAL(rig.verdicts[0], FORWARD_REFUSED);
    rig_pass(&rig, 3600000);
    CU_ASSERT_EQUAL(rig.sent_count, 1);
    rig_close(&rig);
}

/* --- restart ---------------------------------------------------------------------------------- */

static void goes_on_after_a_restart_with_the_same_bytes(void)
{
    rig_open_signed_on(&rig);
    store_and_forward(1);
    struct rig_sent first = rig.sent[0];
    rig_pass(&rig, 60000); /* the clock goes on, the message does not change */
    rig_restart(&rig);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, 1);
    party_link_up(rig.party, PEER_ISSUER, 0, rig.now);
    rig_sign_on(&rig, PEER_ISSUER, "00095550001");
    rig_pass(&rig, 0);
    struct rig_sent *latest = &rig.sent[rig.sent_count - 1];
    ASSERT_BYTES(latest->bytes, latest->len, first.bytes, first.len);
    rig_answer(&rig, rig.sent_count - 1, "00");
    CU_ASSERT_EQUAL(rig.forwarded_count, 1);
    finish(0, 1);
    rig_restart(&rig);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, 0);
    rig_close(&rig);
}

static void sends_no_message_that_is_not_for_one_of_its_peers(void)
{
    rig_open_signed_on(&rig);
    struct operation operation = unfreeze_of(&rig, 1);
    struct store_key key = key_of(1);
    CU_ASSERT_PTR_NOT_NULL(party_forward(rig.party, &key, &operation, 4711, rig.now.wall_us));
    rig_pass(&rig, 3600000);
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig_close(&rig);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void has_places_up_to_the_maximum_and_not_one_more(void)
{
    rig_open_signed_on(&rig);
    uint32_t stan = 1;
    for (; stan <= rig.config.forwards_max; stan++)
        CU_ASSERT_PTR_NOT_NULL(store_and_forward(stan));
    CU_ASSERT_PTR_NULL(store_and_forward(stan));
    CU_ASSERT_EQUAL(rig.sent_count, rig.config.forwards_max);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, rig.config.forwards_max);
    rig_answer(&rig, 0, "00");
    finish(0, 1);
    CU_ASSERT_PTR_NOT_NULL(store_and_forward(stan));
    rig_close(&rig);
}

static void does_not_open_over_more_messages_than_places(void)
{
    struct fault fault = {.text = ""};
    rig_open_signed_on(&rig);
    for (uint32_t stan = 1; stan <= rig.config.forwards_max; stan++)
        store_and_forward(stan);
    rig_restart(&rig);
    CU_ASSERT_EQUAL(party_view(rig.party).forwards, rig.config.forwards_max);
    party_close(rig.party);
    rig.party = NULL;
    rig.config.forwards_max--;
    CU_ASSERT_EQUAL(rig_try_start(&rig, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "3 store-and-forward places");
    rig_close(&rig);
}

/* --- the record ------------------------------------------------------------------------------- */

static struct {
    uint8_t bytes[STORE_VALUE_MAX];
    size_t len;
} record;

static bool keep_record(void *context, struct bytes key, struct bytes value)
{
    (void)context;
    (void)key;
    memcpy(record.bytes, value.data, value.len);
    record.len = value.len;
    return false;
}

static void reads_no_damaged_record(void)
{
    struct operation operation;
    uint64_t institution;
    int64_t since_us;
    rig_open_signed_on(&rig);
    write_record(1, false);
    uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    CU_ASSERT_EQUAL(
        store_scan(rig.store, bytes_of(first, 1), bytes_of(end, 1), keep_record, NULL, NULL),
        RESULT_OK);
    CU_ASSERT_TRUE(
        forward_read(bytes_of(record.bytes, record.len), &operation, &institution, &since_us));
    CU_ASSERT_EQUAL(institution, ISSUER);
    CU_ASSERT_EQUAL(since_us, rig.now.wall_us);
    CU_ASSERT_EQUAL(operation.kind, OPERATION_UNFREEZE);
    for (size_t len = 0; len < record.len; len++)
        CU_ASSERT_FALSE(
            forward_read(bytes_of(record.bytes, len), &operation, &institution, &since_us));
    record.bytes[0]++;
    CU_ASSERT_FALSE(
        forward_read(bytes_of(record.bytes, record.len), &operation, &institution, &since_us));
    rig_close(&rig);
}

SUITE(CASE(sends_at_once_to_a_peer_that_is_ready), CASE(waits_for_its_peer_to_sign_on),
      CASE(is_sent_when_its_peer_signs_on_again_though_its_delay_is_not_over),
      CASE(is_not_sent_twice_at_once_when_its_peer_signs_on_twice),
      CASE(repeats_the_same_bytes_with_growing_delay),
      CASE(repeats_after_every_code_that_says_nothing), CASE(repeats_when_the_link_takes_nothing),
      CASE(repeats_after_an_answer_with_a_wrong_mac), CASE(ends_once_and_is_repeated_no_more),
      CASE(is_asked_again_when_its_core_has_no_room_for_the_end), CASE(judges_every_code),
      CASE(tells_a_refusal_for_good), CASE(goes_on_after_a_restart_with_the_same_bytes),
      CASE(sends_no_message_that_is_not_for_one_of_its_peers),
      CASE(has_places_up_to_the_maximum_and_not_one_more),
      CASE(does_not_open_over_more_messages_than_places), CASE(reads_no_damaged_record))
