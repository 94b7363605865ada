/* Bytes that are no good message: what is rejected, what ends the stream, what is never rejected.
 */
#include "rig.h"

static struct rig rig;

static void put_total(char total[4], size_t len)
{
    digits_format(len, total, 4);
}

static struct packed good_freeze(void)
{
    struct operation_text text;
    struct iso_message message;
    struct operation freeze = freeze_of(&rig, 1);
    operation_write(&freeze, &text, rig_spec(), &message);
    return rig_pack(&rig, PEER_WALLET, &message);
}

/* Where an element's value begins in the packed message. */
static size_t offset_of(const struct packed *packed, unsigned de)
{
    struct iso_message message;
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(rig_spec(), ISO_HEADER_YES, packed->bytes, packed->len, &message, NULL),
        ISO_OK);
    return (size_t)(iso_message_get(&message, de).data - packed->bytes);
}

/* The latest message rejects these bytes with this code. */
static void expect_reject(const struct packed *packed, const char *code)
{
    CU_ASSERT_EQUAL_FATAL(rig.sent_count, 1);
    const struct rig_sent *sent = &rig.sent[0];
    CU_ASSERT_EQUAL_FATAL(sent->len, packed->len + 46);
    struct iso_value header = {sent->bytes, 46};
    struct iso_value value = iso_header_find(rig_spec(), header, "reject_code");
    if (memcmp(value.data, code, 5) != 0)
        fprintf(stderr, "reject code %.5s, expected %s\n", (const char *)value.data, code);
    ASSERT_BYTES(value.data, value.len, code, 5);
    value = iso_header_find(rig_spec(), header, "destination");
    ASSERT_BYTES(value.data, value.len, "00091230001", 11);
    char total[4];
    put_total(total, sent->len);
    value = iso_header_find(rig_spec(), header, "total_length");
    ASSERT_BYTES(value.data, value.len, total, 4);
    ASSERT_BYTES(sent->bytes + 46, sent->len - 46, packed->bytes, packed->len);
    CU_ASSERT_EQUAL(rig.request_count, 0);
    CU_ASSERT_EQUAL(party_view(rig.party).rejects, 1);
}

static void rejects_a_letter_among_digits_naming_the_element(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[offset_of(&packed, 4) + 3] = 'x';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "10045");
    rig_close(&rig);
}

static void rejects_a_length_that_is_no_number(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[offset_of(&packed, 2) - 1] = '?';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "10023");
    rig_close(&rig);
}

static void rejects_a_length_over_the_maximum(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[offset_of(&packed, 2) - 2] = '2';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "10024");
    rig_close(&rig);
}

static void rejects_an_element_that_the_spec_has_not(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[46 + 4] |= 1; /* bit 8 */
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "10082");
    rig_close(&rig);
}

static void rejects_what_cannot_be_unpacked_at_all(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[46] = 'M';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "09990");
    rig_close(&rig);
}

static void rejects_a_message_that_ends_too_early(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    char total[4];
    packed.len -= 3;
    put_total(total, packed.len);
    memcpy(packed.bytes + 2, total, 4);
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "09990");
    rig_close(&rig);
}

static void rejects_a_message_that_is_neither_request_nor_answer(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[46 + 2] = '9';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    expect_reject(&packed, "09990");
    rig_close(&rig);
}

static void goes_on_after_a_reject(void)
{
    rig_open_signed_on(&rig);
    rig.answers = true;
    struct packed packed = good_freeze(), bad = packed;
    bad.bytes[46] = 'M';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, bad));
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    ASSERT_LATEST(&rig, "0110", "00");
    rig_close(&rig);
}

/* --- never reject a reject -------------------------------------------------------------------- */

static struct packed reject_of(const struct packed *packed, const char *code)
{
    struct packed reject = {.len = packed->len + 46};
    char total[4];
    iso_header_init(rig_spec(), reject.bytes);
    CU_ASSERT_TRUE(iso_header_set(rig_spec(), reject.bytes, "reject_code", code, 5));
    put_total(total, reject.len);
    memcpy(reject.bytes + 2, total, 4);
    memcpy(reject.bytes + 46, packed->bytes, packed->len);
    return reject;
}

static void never_rejects_a_reject_that_is_well_formed(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, reject_of(&packed, "09990")));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_EQUAL(rig.request_count, 0);
    CU_ASSERT_EQUAL(party_view(rig.party).rejects, 1);
    rig_close(&rig);
}

static void never_rejects_a_reject_with_a_broken_body(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[46] = 'M';
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, reject_of(&packed, "09990")));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_TRUE(rig_logged(&rig, "message_rejected"));
    rig_close(&rig);
}

static void never_rejects_a_reject_without_an_original_header(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.len = 20;
    CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, reject_of(&packed, "20000")));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig_close(&rig);
}

/* --- what ends the stream --------------------------------------------------------------------- */

static void ends_the_stream(struct packed packed)
{
    CU_ASSERT_FALSE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    CU_ASSERT_EQUAL(rig.request_count, 0);
    CU_ASSERT_TRUE(rig_logged(&rig, "stream_broken"));
}

static void ends_the_stream_at_a_wrong_total_length(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    memcpy(packed.bytes + 2, "0001", 4);
    ends_the_stream(packed);
    rig_close(&rig);
}

static void ends_the_stream_at_what_is_no_header(void)
{
    rig_open_signed_on(&rig);
    struct packed packed = good_freeze();
    packed.bytes[0] = 'G';
    ends_the_stream(packed);
    packed.len = 1;
    ends_the_stream(packed);
    rig_close(&rig);
}

static void takes_any_bytes_behind_a_header_without_harm(void)
{
    rig_open_signed_on(&rig);
    struct packed good = good_freeze();
    for (size_t at = 46; at < good.len; at++) {
        struct packed packed = good;
        packed.bytes[at] ^= 0xFF;
        CU_ASSERT_TRUE(rig_deliver_bytes(&rig, PEER_WALLET, packed));
        rig.sent_count = 0;
    }
    for (size_t len = 0; len < good.len; len++) {
        struct packed packed = good;
        char total[4];
        packed.len = len;
        put_total(total, len);
        if (len >= 6)
            memcpy(packed.bytes + 2, total, 4);
        if (len > 0)
            CU_ASSERT_EQUAL(rig_deliver_bytes(&rig, PEER_WALLET, packed), len >= 46);
        rig.sent_count = 0;
    }
    /* The blank that fills DE 42 is dropped from the MAC's text, and so is what took its place. */
    CU_ASSERT_EQUAL(rig.request_count, 1);
    rig_close(&rig);
}

/* Over a spec without header there is no place for a reject code. */
static void says_nothing_to_a_bad_message_on_a_link_without_headers(void)
{
    struct iso_spec *plain = NULL;
    CU_ASSERT_EQUAL_FATAL(iso_spec_load(SPECS_DIR "/messages/iso8583-1987.yaml", &plain, NULL),
                          ISO_OK);
    rig_prepare_centre(&rig);
    rig.config.spec = plain;
    rig.config.recipe = NULL;
    rig_start(&rig);
    party_link_up(rig.party, PEER_WALLET, 0, rig.now);
    CU_ASSERT_TRUE(party_receive(rig.party, PEER_WALLET, 0, bytes_text("0M00"), rig.now));
    CU_ASSERT_EQUAL(rig.sent_count, 0);
    rig_close(&rig);
    iso_spec_free(plain);
}

SUITE(CASE(rejects_a_letter_among_digits_naming_the_element),
      CASE(rejects_a_length_that_is_no_number), CASE(rejects_a_length_over_the_maximum),
      CASE(rejects_an_element_that_the_spec_has_not), CASE(rejects_what_cannot_be_unpacked_at_all),
      CASE(rejects_a_message_that_ends_too_early),
      CASE(rejects_a_message_that_is_neither_request_nor_answer), CASE(goes_on_after_a_reject),
      CASE(never_rejects_a_reject_that_is_well_formed),
      CASE(never_rejects_a_reject_with_a_broken_body),
      CASE(never_rejects_a_reject_without_an_original_header),
      CASE(ends_the_stream_at_a_wrong_total_length), CASE(ends_the_stream_at_what_is_no_header),
      CASE(takes_any_bytes_behind_a_header_without_harm),
      CASE(says_nothing_to_a_bad_message_on_a_link_without_headers))
