/* Sub-fields: found by path, and faulted with their whole path and their place in the message. */
#include "fixture.h"
#include "suite.h"

static struct iso_spec *spec;
static struct iso_message message;
static struct iso_fault fault;
static uint8_t out[2048];
static size_t out_len;

static const struct iso_spec *redpacket(void)
{
    if (spec == NULL)
        spec = shipped_spec("redpacket");
    return spec;
}

/* One element at offset 12 (16 with a second bitmap would be 20), packed and read again. */
static enum iso_result carry(unsigned de, const char *text, size_t len)
{
    iso_message_init(&message, redpacket(), "0200");
    iso_message_set(&message, de, text, len);
    enum iso_result result = iso_message_pack(&message, out, sizeof out, &out_len, &fault);
    if (result != ISO_OK)
        return result;
    return iso_message_unpack(redpacket(), ISO_HEADER_AUTO, out, out_len, &message, &fault);
}

static enum iso_result carry_text(unsigned de, const char *text)
{
    return carry(de, text, strlen(text));
}

static void assert_part(unsigned de, const char *path, const char *text)
{
    struct iso_value value = iso_message_find(&message, de, path);
    if (value.data == NULL || value.len != strlen(text) || memcmp(value.data, text, value.len) != 0)
        fprintf(stderr, "%u.%s\n", de, path);
    CU_ASSERT_TRUE(value.data != NULL && value.len == strlen(text) &&
                   memcmp(value.data, text, value.len) == 0);
}

static void assert_absent(unsigned de, const char *path)
{
    CU_ASSERT_PTR_NULL(iso_message_find(&message, de, path).data);
}

static void assert_fault(enum iso_result result, const char *field, size_t offset,
                         const char *expected, const char *got)
{
    CU_ASSERT_EQUAL(result, ISO_INPUT);
    if (strcmp(fault.field, field) != 0 || fault.offset != offset)
        fprintf(stderr, "%s: byte %zu: %s\n", fault.field, fault.offset, fault.text);
    CU_ASSERT_STRING_EQUAL(fault.field, field);
    CU_ASSERT_EQUAL(fault.offset, offset);
    ASSERT_CONTAINS(fault.expected, expected);
    ASSERT_CONTAINS(fault.got, got);
}

/* --- good ------------------------------------------------------------------------------------- */

static void finds_each_part_of_a_freeze_reference(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(48, CLAIM_DE48), ISO_OK);
    assert_part(48, "", CLAIM_DE48);
    assert_part(48, "AS.HB", CLAIM_REFERENCE);
    assert_part(48, "AS.HB.freeze_date", "20261122");
    assert_part(48, "AS.HB.freeze_sequence", "000000000042");
    assert_part(48, "AS.HB.wallet", "00091230001");
    assert_part(48, "AS.HB.share", "0001");
    assert_part(48, "AS.HB.shares", "0002");
}

static void finds_nothing_where_nothing_is(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(48, CLAIM_DE48), ISO_OK);
    assert_absent(48, "AS.HS");
    assert_absent(48, "AS.HB.colour");
    assert_absent(48, "AS.HB.share.more");
    assert_absent(48, "HB");
    assert_absent(60, "1");
    assert_absent(0, "1");
    assert_absent(300, "1");
}

static void finds_the_positions_of_original_data_elements(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(90, CLAIM_DE90), ISO_OK);
    assert_part(90, "mti", "0100");
    assert_part(90, "stan", "000001");
    assert_part(90, "transmission", "1122120000");
    assert_part(90, "acquirer", "00091230001");
    assert_part(90, "forwarder", "00091230001");
}

static void trailing_positions_may_be_absent(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(60, "4361"), ISO_OK);
    assert_part(60, "1", "4361");
    assert_absent(60, "2");
    CU_ASSERT_EQUAL_FATAL(carry_text(60, "000005000100000000004021002"), ISO_OK);
    assert_part(60, "2", "05000100000");
    assert_part(60, "3", "000004021002");
}

static void takes_a_usage_that_the_spec_has_not(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(48, "ASON0030120Z002ab"), ISO_OK);
    assert_part(48, "AS.ON", "012");
    assert_part(48, "AS.0Z", "ab");
    CU_ASSERT_EQUAL_FATAL(carry_text(48, "XYanything"), ISO_OK);
    assert_part(48, "XY", "anything");
    assert_absent(48, "XY.more");
}

static void takes_binary_under_a_binary_tag(void)
{
    static const char pin[] = "SM016\x00\x01\x02\x03\xFF\xFE\xFD\xFC\n\r\t SM01";
    CU_ASSERT_EQUAL_FATAL(carry(63, pin, 21), ISO_OK);
    struct iso_value value = iso_message_find(&message, 63, "SM");
    ASSERT_BYTES(value.data, value.len, pin + 5, 16);
}

static void takes_two_balances(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(54, "3001156C0000017971003002156D000004810938"), ISO_OK);
    assert_part(54, "1.amount", "C000001797100");
    assert_part(54, "2.amount", "D000004810938");
    assert_part(54, "2.currency", "156");
    CU_ASSERT_EQUAL_FATAL(carry_text(54, "3001156C000001797100"), ISO_OK);
    assert_absent(54, "2");
}

static void takes_the_state_of_a_freeze_with_and_without_a_share(void)
{
    CU_ASSERT_EQUAL_FATAL(
        carry_text(48, "ASHS05000000000100000000000040000000000000000000000060002"), ISO_OK);
    assert_part(48, "AS.HS.frozen", "000000001000");
    assert_part(48, "AS.HS.state", "02");
    assert_absent(48, "AS.HS.share_amount");
    CU_ASSERT_EQUAL_FATAL(
        carry_text(48, "ASHS0760000000010000000000004000000000000000000000006000200000000040005"
                       "112212000002"),
        ISO_OK);
    assert_part(48, "AS.HS.share_rrn", "112212000002");
}

/* --- bad -------------------------------------------------------------------------------------- */

static void names_a_letter_inside_a_reference_by_its_path(void)
{
    char text[] = CLAIM_DE48;
    text[7 + 8 + 3] = 'x'; /* the 4th digit of freeze_sequence */
    assert_fault(carry_text(48, text), "48.AS.HB.freeze_sequence", 12 + 3 + 7 + 11, "a digit",
                 "'x'");
    CU_ASSERT_EQUAL(fault.de, 48);
}

static void names_the_same_place_when_reading(void)
{
    CU_ASSERT_EQUAL_FATAL(carry_text(48, CLAIM_DE48), ISO_OK);
    out[12 + 3 + 7 + 38] = '?';
    assert_fault(iso_message_unpack(redpacket(), ISO_HEADER_AUTO, out, out_len, &message, &fault),
                 "48.AS.HB.shares", 12 + 3 + 7 + 38, "a digit", "'?'");
}

static void rejects_a_reference_of_another_length(void)
{
    assert_fault(carry_text(48, "ASHB03820261122000000000042000912300010001000"), "48.AS.HB",
                 12 + 3 + 4, "length 39", "length 38");
}

static void rejects_a_tag_whose_value_is_cut(void)
{
    assert_fault(carry_text(48, "ASHB03920261122"), "48.AS.HB", 12 + 3 + 7, "39 bytes",
                 "8 before the end");
}

static void rejects_letters_in_the_length_of_a_tag(void)
{
    assert_fault(carry_text(48, "ASON0x1a"), "48.AS.ON", 12 + 3 + 4, "a length of 3 digits",
                 "\"0x1\"");
}

static void rejects_half_a_tag_and_half_a_length(void)
{
    assert_fault(carry_text(48, "A"), "48", 12 + 3, "2 bytes", "1 before the end");
    assert_fault(carry_text(48, "ASO"), "48.AS", 12 + 3 + 2, "2 bytes", "1 before the end");
    assert_fault(carry_text(48, "ASON00"), "48.AS.ON", 12 + 3 + 4, "3 bytes", "2 before the end");
}

static void rejects_what_is_no_tag(void)
{
    assert_fault(carry_text(48, "as"), "48", 12 + 3, "a tag of 2 upper-case letters or digits",
                 "byte 61");
    assert_fault(carry_text(48, "A\x7F"), "48", 12 + 4, "a tag", "byte 7F");
}

static void rejects_a_tag_given_twice(void)
{
    assert_fault(carry_text(48, "ASON001aOP001bON001c"), "48.AS.ON", 12 + 3 + 14, "each tag once",
                 "second time");
}

static void rejects_control_characters_under_an_unknown_tag(void)
{
    assert_fault(carry_text(48, "XYa\nb"), "48.XY", 12 + 3 + 3, "a printable character", "byte 0A");
}

static void rejects_a_value_that_ends_inside_a_position(void)
{
    assert_fault(carry_text(60, "43610500010"), "60.2", 12 + 3 + 4, "11 bytes", "7 before the end");
    assert_fault(carry_text(60, "43"), "60.1", 12 + 3, "4 bytes", "2 before the end");
    assert_fault(carry_text(60, ""), "60.1", 12 + 3, "4 bytes", "the end");
}

static void rejects_more_than_the_positions_hold(void)
{
    char text[102];
    memset(text, '1', 101);
    text[101] = '\0';
    assert_fault(carry_text(60, text), "60", 12, "100 at most", "length 101");
    assert_fault(carry_text(54, "3001156C0000017971003002156C0000048109381"), "54", 12,
                 "40 at most", "length 41");
}

static void rejects_a_letter_in_a_position_of_one_class(void)
{
    char text[] = CLAIM_DE90;
    text[11] = 'x';
    assert_fault(carry_text(90, text), "90.transmission", 20 + 11, "a digit", "'x'");
}

static void rejects_a_balance_without_sign(void)
{
    assert_fault(carry_text(54, "3001156X000001797100"), "54.1.amount", 12 + 3 + 7, "C or D",
                 "'X'");
}

static void shows_no_byte_of_a_key(void)
{
    char text[2 + 65 + 1] = "NK";
    memset(text + 2, 'k', 65);
    assert_fault(carry_text(48, text), "48.NK", 12 + 5, "64 at most", "length 65");
}

SUITE(CASE(finds_each_part_of_a_freeze_reference), CASE(finds_nothing_where_nothing_is),
      CASE(finds_the_positions_of_original_data_elements), CASE(trailing_positions_may_be_absent),
      CASE(takes_a_usage_that_the_spec_has_not), CASE(takes_binary_under_a_binary_tag),
      CASE(takes_two_balances), CASE(takes_the_state_of_a_freeze_with_and_without_a_share),
      CASE(names_a_letter_inside_a_reference_by_its_path), CASE(names_the_same_place_when_reading),
      CASE(rejects_a_reference_of_another_length), CASE(rejects_a_tag_whose_value_is_cut),
      CASE(rejects_letters_in_the_length_of_a_tag), CASE(rejects_half_a_tag_and_half_a_length),
      CASE(rejects_what_is_no_tag), CASE(rejects_a_tag_given_twice),
      CASE(rejects_control_characters_under_an_unknown_tag),
      CASE(rejects_a_value_that_ends_inside_a_position), CASE(rejects_more_than_the_positions_hold),
      CASE(rejects_a_letter_in_a_position_of_one_class), CASE(rejects_a_balance_without_sign),
      CASE(shows_no_byte_of_a_key))
