/* The 46-byte header: found or not, total length, reject messages. */
#include "fixture.h"
#include "suite.h"

static struct iso_spec *spec;
static struct iso_message message;
static struct iso_fault fault;

static const struct iso_spec *redpacket(void)
{
    if (spec == NULL)
        spec = shipped_spec("redpacket");
    return spec;
}

static enum iso_result unpack(const struct sample *sample, enum iso_header_mode mode)
{
    return iso_message_unpack(redpacket(), mode, sample->data, sample->len, &message, &fault);
}

static void reads_and_writes_a_message_with_header(void)
{
    struct sample claim = claim_packed(redpacket()), again = {.len = 0};
    CU_ASSERT_EQUAL_FATAL(unpack(&claim, ISO_HEADER_AUTO), ISO_OK);
    CU_ASSERT_PTR_EQUAL(message.header.data, claim.data);
    CU_ASSERT_EQUAL(message.header.len, 46);
    CU_ASSERT_PTR_NULL(message.rejected.data);
    CU_ASSERT_EQUAL_FATAL(
        iso_message_pack(&message, again.data, sizeof again.data, &again.len, &fault), ISO_OK);
    ASSERT_BYTES(again.data, again.len, claim.data, claim.len);
}

static void fills_in_the_total_length(void)
{
    struct sample claim = claim_packed(redpacket());
    char total[5];
    snprintf(total, sizeof total, "%04zu", claim.len);
    ASSERT_BYTES(claim.data + 2, 4, total, 4);
    CU_ASSERT_TRUE(claim.len > 46);
}

static void finds_header_fields_by_name(void)
{
    struct sample claim = claim_packed(redpacket());
    CU_ASSERT_EQUAL_FATAL(unpack(&claim, ISO_HEADER_AUTO), ISO_OK);
    struct iso_value value = iso_header_find(redpacket(), message.header, "destination");
    ASSERT_BYTES(value.data, value.len, "00010000   ", 11);
    value = iso_header_find(redpacket(), message.header, "source");
    ASSERT_BYTES(value.data, value.len, "00091230001", 11);
    value = iso_header_find(redpacket(), message.header, "reject_code");
    ASSERT_BYTES(value.data, value.len, "00000", 5);
    CU_ASSERT_PTR_NULL(iso_header_find(redpacket(), message.header, "colour").data);
    CU_ASSERT_PTR_NULL(iso_header_find(redpacket(), message.rejected, "source").data);
}

static void takes_a_bare_body_in_auto_mode(void)
{
    struct sample claim = claim_packed(redpacket());
    CU_ASSERT_EQUAL_FATAL(iso_message_unpack(redpacket(), ISO_HEADER_AUTO, claim.data + 46,
                                             claim.len - 46, &message, &fault),
                          ISO_OK);
    CU_ASSERT_PTR_NULL(message.header.data);
    CU_ASSERT_STRING_EQUAL(message.mti, "0200");
}

static void insists_on_a_header_when_told(void)
{
    struct sample claim = claim_packed(redpacket());
    CU_ASSERT_EQUAL(iso_message_unpack(redpacket(), ISO_HEADER_YES, claim.data + 46, claim.len - 46,
                                       &message, &fault),
                    ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header.header_length");
    CU_ASSERT_EQUAL(fault.offset, 0);
    CU_ASSERT_EQUAL(unpack(&claim, ISO_HEADER_NO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "mti");
}

static void rejects_a_wrong_total_length(void)
{
    struct sample claim = claim_packed(redpacket());
    claim.data[5] ^= 1;
    CU_ASSERT_EQUAL(unpack(&claim, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header.total_length");
    CU_ASSERT_EQUAL(fault.offset, 2);
    claim.data[5] = 'x';
    CU_ASSERT_EQUAL(unpack(&claim, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header.total_length");
    ASSERT_CONTAINS(fault.got, "no number");
}

static void rejects_a_short_header(void)
{
    struct sample claim = claim_packed(redpacket());
    claim.len = 45;
    CU_ASSERT_EQUAL(unpack(&claim, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header");
    ASSERT_CONTAINS(fault.expected, "46 bytes");
    ASSERT_CONTAINS(fault.got, "45 before the end");
}

static void rejects_a_letter_in_the_reject_code(void)
{
    struct sample claim = claim_packed(redpacket());
    claim.data[43] = 'x';
    CU_ASSERT_EQUAL(unpack(&claim, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header.reject_code");
    CU_ASSERT_EQUAL(fault.offset, 43);
}

/* A reject of the claim, as a switch sends it back. */
static struct sample rejected_claim(void)
{
    struct sample claim = claim_packed(redpacket());
    struct sample header = sample_of_hex(HEADER_HEX(TOTAL_ZERO, "3030343835")), packed = {.len = 0};
    struct iso_message reject;
    if (iso_message_unpack(redpacket(), ISO_HEADER_YES, claim.data, claim.len, &reject, &fault) !=
        ISO_OK)
        abort();
    reject.rejected = reject.header;
    reject.header = (struct iso_value){header.data, header.len};
    CU_ASSERT_EQUAL_FATAL(
        iso_message_pack(&reject, packed.data, sizeof packed.data, &packed.len, &fault), ISO_OK);
    return packed;
}

static void carries_the_original_header_in_a_reject(void)
{
    struct sample claim = claim_packed(redpacket()), reject = rejected_claim();
    CU_ASSERT_EQUAL(reject.len, claim.len + 46);
    CU_ASSERT_EQUAL_FATAL(unpack(&reject, ISO_HEADER_AUTO), ISO_OK);
    ASSERT_BYTES(message.rejected.data, message.rejected.len, claim.data, 46);
    struct iso_value value = iso_header_find(redpacket(), message.header, "reject_code");
    ASSERT_BYTES(value.data, value.len, "00485", 5);
    CU_ASSERT_STRING_EQUAL(message.mti, "0200");
    CU_ASSERT_TRUE(iso_message_has(&message, 48));
}

static void knows_the_original_even_when_the_body_is_garbage(void)
{
    struct sample reject = rejected_claim();
    reject.data[92 + 1] = 'x';
    CU_ASSERT_EQUAL(unpack(&reject, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "mti");
    CU_ASSERT_EQUAL(fault.offset, 93);
    CU_ASSERT_EQUAL(message.rejected.len, 46);
}

static void rejects_a_reject_without_original_header(void)
{
    struct sample reject = rejected_claim();
    reject.len = 60;
    memcpy(reject.data + 2, "0060", 4);
    CU_ASSERT_EQUAL(unpack(&reject, ISO_HEADER_AUTO), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "rejected");
    CU_ASSERT_EQUAL(fault.offset, 46);
}

static void pack_wants_code_and_original_together(void)
{
    struct sample normal = sample_of_hex(HEADER_HEX(TOTAL_ZERO, NO_REJECT));
    struct sample rejecting = sample_of_hex(HEADER_HEX(TOTAL_ZERO, "3030343835"));
    uint8_t out[1024];
    size_t len;
    claim_init(&message, redpacket());
    message.header = (struct iso_value){rejecting.data, rejecting.len};
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &fault), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header");
    message.header = (struct iso_value){normal.data, normal.len};
    message.rejected = message.header;
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &fault), ISO_INPUT);
    message.header = (struct iso_value){NULL, 0};
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &fault), ISO_INPUT);
}

static void pack_rejects_a_header_of_another_length(void)
{
    struct sample header = sample_of_hex(HEADER_HEX(TOTAL_ZERO, NO_REJECT));
    uint8_t out[1024];
    size_t len;
    claim_init(&message, redpacket());
    message.header = (struct iso_value){header.data, 45};
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &fault), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header");
    struct iso_spec *plain = shipped_spec("iso8583-1987");
    iso_message_init(&message, plain, "0800");
    message.header = (struct iso_value){header.data, 46};
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &fault), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "header");
    iso_spec_free(plain);
}

/* What may stand at a byte of a header whose other bytes are right, reject code aside. */
static bool may_stand(size_t at, uint8_t byte, uint8_t right)
{
    bool digit = byte >= '0' && byte <= '9';
    bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    if (at == 0 || (at >= 2 && at < 6))
        return byte == right;
    if (at >= 6 && at < 28)
        return digit || letter || byte == ' ';
    if (at >= 32 && at < 40)
        return byte >= ' ' && byte != 0x7F;
    return true;
}

static void takes_exactly_the_headers_that_the_spec_describes(void)
{
    struct sample claim = claim_packed(redpacket());
    for (size_t at = 0; at < 41; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            struct sample bent = claim;
            bent.data[at] = (uint8_t)byte;
            bool good = unpack(&bent, ISO_HEADER_YES) == ISO_OK;
            if (good != may_stand(at, (uint8_t)byte, claim.data[at]))
                fprintf(stderr, "byte %zu: %02X\n", at, byte);
            CU_ASSERT_EQUAL(good, may_stand(at, (uint8_t)byte, claim.data[at]));
            if (!good)
                CU_ASSERT_TRUE(fault.offset <= at && at - fault.offset < 4);
        }
}

static void makes_a_header_that_reads_back(void)
{
    struct sample expected = sample_of_hex(HEADER_HEX(TOTAL_ZERO, NO_REJECT));
    uint8_t header[ISO_HEADER_MAX];
    iso_header_init(redpacket(), header);
    CU_ASSERT_TRUE(iso_header_set(redpacket(), header, "flag_version", "\x02", 1));
    CU_ASSERT_TRUE(iso_header_set(redpacket(), header, "destination", "00010000", 8));
    CU_ASSERT_TRUE(iso_header_set(redpacket(), header, "source", "00091230001", 11));
    ASSERT_BYTES(header, (size_t)46, expected.data, expected.len);
    CU_ASSERT_TRUE(iso_header_set(redpacket(), header, "reject_code", "485", 3));
    ASSERT_BYTES(header + 41, (size_t)5, "00485", 5);
}

static void refuses_to_set_what_a_header_has_not(void)
{
    uint8_t header[ISO_HEADER_MAX], before[ISO_HEADER_MAX];
    iso_header_init(redpacket(), header);
    memcpy(before, header, sizeof before);
    CU_ASSERT_FALSE(iso_header_set(redpacket(), header, "colour", "red", 3));
    CU_ASSERT_FALSE(iso_header_set(redpacket(), header, "source", "000912300011", 12));
    ASSERT_BYTES(header, (size_t)46, before, (size_t)46);
}

SUITE(CASE(makes_a_header_that_reads_back), CASE(refuses_to_set_what_a_header_has_not),
      CASE(takes_exactly_the_headers_that_the_spec_describes),
      CASE(reads_and_writes_a_message_with_header), CASE(fills_in_the_total_length),
      CASE(finds_header_fields_by_name), CASE(takes_a_bare_body_in_auto_mode),
      CASE(insists_on_a_header_when_told), CASE(rejects_a_wrong_total_length),
      CASE(rejects_a_short_header), CASE(rejects_a_letter_in_the_reject_code),
      CASE(carries_the_original_header_in_a_reject),
      CASE(knows_the_original_even_when_the_body_is_garbage),
      CASE(rejects_a_reject_without_original_header), CASE(pack_wants_code_and_original_together),
      CASE(pack_rejects_a_header_of_another_length))
