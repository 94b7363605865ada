/* Unpack and pack of whole messages, and what they say about bad ones. */
#include "fixture.h"
#include "suite.h"

static struct iso_spec *spec_1987;
static struct iso_message message;
static struct iso_fault fault;
static uint8_t out[2048];
static size_t out_len;

static const struct iso_spec *plain(void)
{
    if (spec_1987 == NULL)
        spec_1987 = shipped_spec("iso8583-1987");
    return spec_1987;
}

static enum iso_result unpack(const struct iso_spec *spec, const struct sample *sample)
{
    return iso_message_unpack(spec, ISO_HEADER_AUTO, sample->data, sample->len, &message, &fault);
}

static void assert_fault(const char *field, size_t offset, enum iso_fault_kind kind,
                         const char *expected, const char *got)
{
    char line[600];
    iso_fault_format(&fault, line, sizeof line);
    if (strcmp(fault.field, field) != 0 || fault.offset != offset)
        fprintf(stderr, "%s\n", line);
    CU_ASSERT_STRING_EQUAL(fault.field, field);
    CU_ASSERT_EQUAL(fault.offset, offset);
    CU_ASSERT_EQUAL(fault.kind, kind);
    ASSERT_CONTAINS(fault.expected, expected);
    ASSERT_CONTAINS(fault.got, got);
}

/* --- good ones -------------------------------------------------------------------------------- */

static void reads_every_element_of_a_purchase(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    CU_ASSERT_EQUAL_FATAL(unpack(plain(), &sample), ISO_OK);
    CU_ASSERT_STRING_EQUAL(message.mti, "0200");
    unsigned count = 0;
    for (unsigned de = 0; de <= ISO_DE_MAX; de++)
        count += iso_message_has(&message, de);
    CU_ASSERT_EQUAL(count, 19);
    struct iso_value value = iso_message_get(&message, 2);
    ASSERT_BYTES(value.data, value.len, "4111111111111111", 16);
    value = iso_message_get(&message, 43);
    ASSERT_BYTES(value.data, value.len, "ACME STORES 1234         LONDON       GB", 40);
    value = iso_message_get(&message, 64);
    ASSERT_BYTES(value.data, value.len, "\x01\x23\x45\x67\x89\xAB\xCD\xEF", 8);
    CU_ASSERT_PTR_EQUAL(message.base, sample.data);
    CU_ASSERT_PTR_NULL(iso_message_get(&message, 5).data);
}

static void writes_a_purchase_byte_for_byte(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    CU_ASSERT_EQUAL_FATAL(unpack(plain(), &sample), ISO_OK);
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len, sample.data, sample.len);
}

static void writes_a_second_bitmap_only_when_needed(void)
{
    iso_message_init(&message, plain(), "0800");
    set_text(&message, 11, "000001");
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len,
                 "0800\x00\x20\x00\x00\x00\x00\x00\x00"
                 "000001",
                 18);
    set_text(&message, 70, "301");
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len,
                 "0800\x80\x20\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"
                 "000001301",
                 29);
}

static void keeps_an_empty_second_bitmap(void)
{
    struct sample sample = sample_of_hex("3038303080200000000000000000000000000000303030303031");
    CU_ASSERT_EQUAL_FATAL(unpack(plain(), &sample), ISO_OK);
    CU_ASSERT_EQUAL(message.bitmaps, 2);
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len, sample.data, sample.len);
}

static void carries_a_message_without_elements(void)
{
    iso_message_init(&message, plain(), "0800");
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    CU_ASSERT_EQUAL(out_len, 12);
    CU_ASSERT_EQUAL(iso_message_unpack(plain(), ISO_HEADER_AUTO, out, out_len, &message, &fault),
                    ISO_OK);
}

static void a_later_set_replaces_and_remove_forgets(void)
{
    iso_message_init(&message, plain(), "0800");
    set_text(&message, 11, "000001");
    set_text(&message, 11, "000002");
    set_text(&message, 70, "301");
    iso_message_remove(&message, 70);
    CU_ASSERT_FALSE(iso_message_has(&message, 70));
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out, out_len,
                 "0800\x00\x20\x00\x00\x00\x00\x00\x00"
                 "000002",
                 18);
}

static void carries_an_empty_variable_element(void)
{
    iso_message_init(&message, plain(), "0200");
    iso_message_set(&message, 48, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    CU_ASSERT_EQUAL(out_len, 15);
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(plain(), ISO_HEADER_AUTO, out, out_len, &message, &fault), ISO_OK);
    CU_ASSERT_TRUE(iso_message_has(&message, 48));
    CU_ASSERT_PTR_NOT_NULL(iso_message_get(&message, 48).data);
    CU_ASSERT_EQUAL(iso_message_get(&message, 48).len, 0);
}

static void takes_amounts_with_a_sign(void)
{
    iso_message_init(&message, plain(), "0200");
    set_text(&message, 28, "D00000123");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    CU_ASSERT_EQUAL(iso_message_unpack(plain(), ISO_HEADER_AUTO, out, out_len, &message, &fault),
                    ISO_OK);
    set_text(&message, 28, "X00000123");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("28", 12, ISO_FAULT_CONTENT, "C or D", "'X'");
    set_text(&message, 28, "C0000D123");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("28", 17, ISO_FAULT_CONTENT, "a digit", "'D'");
}

/* --- the six mutations ------------------------------------------------------------------------ */

static void says_where_a_message_was_cut(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.len = 150;
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("43", 131, ISO_FAULT_TRUNCATED, "40 bytes", "19 before the end");
    CU_ASSERT_EQUAL(fault.de, 43);
}

static void rejects_trailing_bytes(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX "000000");
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("", 213, ISO_FAULT_TRAILING, "the end after DE 64", "3 more bytes");
}

static void rejects_letters_in_a_length(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    memcpy(sample.data + 12, "AB", 2);
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("2", 12, ISO_FAULT_PREFIX, "a length of 2 digits", "\"AB\"");
}

static void rejects_length_above_maximum(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    memcpy(sample.data + 12, "99", 2);
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("2", 12, ISO_FAULT_OVER, "19 at most", "99");
    char line[200];
    iso_fault_format(&fault, line, sizeof line);
    CU_ASSERT_STRING_EQUAL(line, "DE 2: byte 12: length 99 is over the maximum 19");
}

static void rejects_an_element_that_the_spec_has_not(void)
{
    struct iso_spec *cup = shipped_spec("cup"); /* has no DE 21 */
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.data[6] |= 0x08;
    CU_ASSERT_EQUAL(unpack(cup, &sample), ISO_INPUT);
    assert_fault("21", 6, ISO_FAULT_UNDEFINED, "elements that the spec has", "bit 21");
    iso_spec_free(cup);
}

static void rejects_a_letter_among_digits(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.data[36 + 5] = 'x'; /* DE 4 begins at 36 */
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("4", 41, ISO_FAULT_CONTENT, "a digit", "'x'");
}

/* --- more bad input --------------------------------------------------------------------------- */

static void names_the_first_of_two_faults(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.data[41] = 'x';
    sample.len = 150;
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("4", 41, ISO_FAULT_CONTENT, "a digit", "'x'");
}

static void rejects_an_empty_message(void)
{
    CU_ASSERT_EQUAL(iso_message_unpack(plain(), ISO_HEADER_AUTO, NULL, 0, &message, &fault),
                    ISO_INPUT);
    assert_fault("mti", 0, ISO_FAULT_TRUNCATED, "4 bytes", "the end");
}

static void rejects_an_mti_with_a_letter(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.data[2] = 'O';
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("mti", 2, ISO_FAULT_CONTENT, "a digit", "'O'");
}

static void rejects_half_a_bitmap(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    sample.len = 9;
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("bitmap", 4, ISO_FAULT_TRUNCATED, "8 bytes", "5 before the end");
}

static void rejects_a_missing_second_bitmap(void)
{
    struct sample sample = sample_of_hex("303830308020000000000000");
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("bitmap", 12, ISO_FAULT_TRUNCATED, "8 bytes", "the end");
}

static void rejects_half_a_length(void)
{
    struct sample sample = sample_of_hex("3032303040000000000000003"
                                         "1");
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("2", 12, ISO_FAULT_TRUNCATED, "2 bytes", "1 before the end");
}

static void shows_no_byte_of_a_secret(void)
{
    struct sample sample = sample_of_hex("303230300000000020000000"
                                         "3133"
                                         "34313131313D3F414242424242");
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("35", 21, ISO_FAULT_CONTENT, "a character of a track", "another byte");
}

static void quotes_a_byte_that_cannot_be_printed_as_hex(void)
{
    struct sample sample = sample_of_hex("303830300020000000000000"
                                         "30300A303031");
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    assert_fault("11", 14, ISO_FAULT_CONTENT, "a digit", "byte 0A");
}

static void pack_rejects_what_unpack_would(void)
{
    iso_message_init(&message, plain(), "0200");
    set_text(&message, 3, "000000");
    set_text(&message, 4, "00000000123x");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("4", 12 + 6 + 11, ISO_FAULT_CONTENT, "a digit", "'x'");
    set_text(&message, 4, "00000000123");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("4", 18, ISO_FAULT_LENGTH, "length 12", "length 11");
    iso_message_remove(&message, 4);
    set_text(&message, 32, "123456789012");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("32", 18, ISO_FAULT_OVER, "11 at most", "length 12");
    CU_ASSERT_EQUAL(out_len, 0);
}

static void pack_rejects_an_element_that_the_spec_has_not(void)
{
    iso_message_init(&message, plain(), "0200");
    set_text(&message, 130, "1");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("130", 4 + 16, ISO_FAULT_UNDEFINED, "an element that the spec has", "DE 130");
}

static void pack_rejects_a_bad_mti(void)
{
    iso_message_init(&message, plain(), "02x0");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("mti", 2, ISO_FAULT_CONTENT, "a digit", "'x'");
    iso_message_init(&message, plain(), "02");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    assert_fault("mti", 2, ISO_FAULT_CONTENT, "a digit", "byte 00");
}

static void pack_stops_at_the_end_of_every_smaller_buffer(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX);
    struct iso_message whole;
    CU_ASSERT_EQUAL_FATAL(unpack(plain(), &sample), ISO_OK);
    whole = message;
    for (size_t size = 0; size < sample.len; size++) {
        uint8_t *small = malloc(size + 1);
        if (small == NULL)
            abort();
        small[size] = '!';
        CU_ASSERT_EQUAL(iso_message_pack(&whole, small, size, &out_len, &fault), ISO_LIMIT);
        CU_ASSERT_EQUAL(fault.result, ISO_LIMIT);
        CU_ASSERT_TRUE(fault.offset <= size);
        CU_ASSERT_EQUAL(small[size], '!');
        free(small);
    }
    CU_ASSERT_EQUAL(iso_message_pack(&whole, out, sample.len, &out_len, &fault), ISO_OK);
}

static void a_fault_is_optional(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX "00");
    CU_ASSERT_EQUAL(
        iso_message_unpack(plain(), ISO_HEADER_AUTO, sample.data, sample.len, &message, NULL),
        ISO_INPUT);
    iso_message_init(&message, plain(), "02x0");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, NULL), ISO_INPUT);
}

static void cuts_a_fault_line_to_size(void)
{
    struct sample sample = sample_of_hex(PURCHASE_HEX "00");
    char line[12];
    CU_ASSERT_EQUAL(unpack(plain(), &sample), ISO_INPUT);
    iso_fault_format(&fault, line, sizeof line);
    CU_ASSERT_STRING_EQUAL(line, "byte 213: e");
}

SUITE(CASE(reads_every_element_of_a_purchase), CASE(writes_a_purchase_byte_for_byte),
      CASE(writes_a_second_bitmap_only_when_needed), CASE(keeps_an_empty_second_bitmap),
      CASE(carries_a_message_without_elements), CASE(a_later_set_replaces_and_remove_forgets),
      CASE(carries_an_empty_variable_element), CASE(takes_amounts_with_a_sign),
      CASE(says_where_a_message_was_cut), CASE(rejects_trailing_bytes),
      CASE(rejects_letters_in_a_length), CASE(rejects_length_above_maximum),
      CASE(rejects_an_element_that_the_spec_has_not), CASE(rejects_a_letter_among_digits),
      CASE(names_the_first_of_two_faults), CASE(rejects_an_empty_message),
      CASE(rejects_an_mti_with_a_letter), CASE(rejects_half_a_bitmap),
      CASE(rejects_a_missing_second_bitmap), CASE(rejects_half_a_length),
      CASE(shows_no_byte_of_a_secret), CASE(quotes_a_byte_that_cannot_be_printed_as_hex),
      CASE(pack_rejects_what_unpack_would), CASE(pack_rejects_an_element_that_the_spec_has_not),
      CASE(pack_rejects_a_bad_mti), CASE(pack_stops_at_the_end_of_every_smaller_buffer),
      CASE(a_fault_is_optional), CASE(cuts_a_fault_line_to_size))
