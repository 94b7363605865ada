/* One field in every encoding and with every kind of length, there and back. */
#include "small_spec.h"

/* --- encodings -------------------------------------------------------------------------------- */

static void an_odd_number_of_digits_is_filled_on_its_side(void)
{
    small_field("content: n, encoding: bcd, length: 3");
    assert_wire("123", "0123");
    assert_read("0123", "", "123");
    assert_bad("5123", "2", 0, ISO_FAULT_CONTENT, "nibble 0 to fill", "nibble 5");
    small_field("content: n, encoding: bcd, odd: right, fill: F, length: 3");
    assert_wire("123", "123F");
    assert_read("123F", "", "123");
    assert_bad("1230", "2", 1, ISO_FAULT_CONTENT, "nibble F to fill", "nibble 0");
}

static void bcd_takes_digits_alone(void)
{
    small_field("content: n, encoding: bcd, length: 40");
    assert_wire("1234567890123456789012345678901234567890",
                "1234567890123456789012345678901234567890");
    assert_bad("12345678901234567890123456789012345678A0", "2", 19, ISO_FAULT_CONTENT, "a digit",
               "nibble A");
    assert_bad("1234567F90123456789012345678901234567890", "2", 3, ISO_FAULT_CONTENT, "a digit",
               "nibble F");
    assert_unwritable("123456789012345678901234567890123456789x", ISO_FAULT_CONTENT, "a digit");
    assert_unwritable("123", ISO_FAULT_LENGTH, "length 40");
}

static void a_packed_track_has_d_for_its_separator(void)
{
    small_field(
        "content: z, encoding: bcd, max: 37, mask: track, prefix: {digits: 2, encoding: bcd}");
    assert_wire("4111111111111111=2512", "214111111111111111D2512F");
    assert_wire("4111111111111111D251", "204111111111111111D251");
    assert_read("214111111111111111D2512F", "", "4111111111111111=2512");
    assert_unwritable("4111A", ISO_FAULT_CONTENT, "a character of a track");
    ASSERT_CONTAINS(fault.got, "another byte");
}

static void signed_amounts_in_each_encoding(void)
{
    small_field("content: x+n, encoding: bcd, length: 9");
    assert_wire("D00000123", "4400000123");
    assert_read("4300000123", "", "C00000123");
    assert_bad("4500000123", "2", 0, ISO_FAULT_CONTENT, "C or D", "'E'");
    assert_bad("430000012A", "2", 4, ISO_FAULT_CONTENT, "a digit", "nibble A");
    small_field("content: x+n, encoding: bcd, length: 4");
    assert_wire("C123", "430123");
    assert_read("430123", "", "C123");
    small_field("content: x+n, encoding: ebcdic, length: 4");
    assert_wire("C123", "C3F1F2F3");
    assert_read("C4F1F2F3", "", "D123");
    assert_bad("C5F1F2F3", "2", 0, ISO_FAULT_CONTENT, "C or D", "'E'");
}

static void overpunched_digits_carry_their_sign(void)
{
    small_field("content: n, encoding: overpunch, length: 4");
    assert_wire("-0123", "F0F1F2D3");
    assert_wire("+0123", "F0F1F2C3");
    assert_wire("0123", "F0F1F2F3");
    assert_read("F0F1F2D3", "", "-0123");
    assert_bad("F0D1F2D3", "2", 1, ISO_FAULT_CONTENT, "a digit", "byte D1");
    assert_bad("F0F1F2A3", "2", 3, ISO_FAULT_CONTENT, "signed or not", "byte A3");
    assert_unwritable("-012x", ISO_FAULT_CONTENT, "a digit");
}

static void ebcdic_is_judged_by_what_it_says(void)
{
    small_field("content: ans, encoding: ebcdic, length: 5");
    assert_wire("A b1.", "C14082F14B");
    assert_read("C14082F14B", "", "A b1.");
    assert_bad("C14015F14B", "2", 2, ISO_FAULT_CONTENT, "a printable character", "byte");
    small_field("content: n, encoding: ebcdic, length: 3");
    assert_bad("F1C1F3", "2", 1, ISO_FAULT_CONTENT, "a digit", "'A'");
}

static void code_pages_differ(void)
{
    CU_ASSERT_PTR_NULL(small_load("name: t\ncodepage: \"1047\"\ndefaults: {text: ebcdic}\nfields: "
                                  "{2: {name: a, content: ans, length: 2}}\n"));
    assert_wire("[]", "ADBD");
    CU_ASSERT_PTR_NULL(small_load("name: t\ncodepage: \"500\"\ndefaults: {text: ebcdic}\nfields: "
                                  "{2: {name: a, content: ans, length: 2}}\n"));
    assert_wire("[]", "4A5A");
    CU_ASSERT_PTR_NULL(small_load("name: t\ncodepage: \"037\"\ndefaults: {text: ebcdic}\nfields: "
                                  "{2: {name: a, content: ans, length: 2}}\n"));
    assert_wire("[]", "BABB");
}

static void hex_in_text_and_in_nibbles(void)
{
    small_field("content: b, encoding: ebcdic-hex, length: 6");
    assert_wire("81A6CB", "F8F1C1F6C3C2");
    assert_read("F8F1C1F6C3C2", "", "81A6CB");
    assert_bad("F8F1C1F6C3C7", "2", 5, ISO_FAULT_CONTENT, "a hex digit", "'G'");
    small_field("content: b, encoding: bcd, length: 3");
    assert_wire("ABC", "0ABC");
    assert_read("0ABC", "", "ABC");
    assert_unwritable("ABx", ISO_FAULT_CONTENT, "a hex digit");
    small_field("content: b, encoding: hex, max: 8, prefix: {digits: 2, counts: bytes}");
    assert_wire("0102", "303230313032");
    assert_bad("303530313032", "2", 0, ISO_FAULT_OVER, "8 at most", "length 10");
}

static void content_b_takes_whole_bytes(void)
{
    small_field("content: b, max: 8, prefix: 1");
    assert_wire("0102ff", "330102FF");
    assert_unwritable("012", ISO_FAULT_CONTENT, "an even number");
    assert_unwritable("01zz", ISO_FAULT_CONTENT, "a hex digit");
}

static void a_field_may_have_a_charset_of_its_own(void)
{
    small_field("content: ans, charset: latin1, max: 9, prefix: 1");
    assert_wire("caf\xE9", "34636166E9");
    small_field("content: ans, max: 9, prefix: 1");
    assert_bad("34636166E9", "2", 4, ISO_FAULT_CONTENT, "a printable character", "byte E9");
}

/* --- padding ---------------------------------------------------------------------------------- */

static void text_is_padded_where_the_spec_says(void)
{
    small_field("content: n, length: 6, pad: {side: left, with: \"0\"}");
    assert_wire("42", "303030303432");
    assert_read("303030303432", "", "000042");
    small_field("content: ans, length: 4, pad: {side: right, with: \" \", strip: true}");
    assert_wire("ab", "61622020");
    assert_read("61622020", "", "ab");
    assert_read("20202020", "", "");
    small_field("content: ans, encoding: ebcdic, length: 4, pad: {side: right, with: \" \"}");
    assert_wire("ab", "81824040");
    small_field("content: b, length: 3, pad: {side: left, with: \"00\", strip: true}");
    assert_wire("AB", "0000AB");
    assert_read("0000AB", "", "AB");
    small_field(
        "content: n, encoding: bcd, length: 5, pad: {side: left, with: \"0\", strip: true}");
    assert_wire("42", "000042");
    assert_read("000042", "", "42");
    small_field("content: n, length: 6");
    assert_unwritable("42", ISO_FAULT_LENGTH, "length 6");
}

static void a_filled_field_takes_its_maximum(void)
{
    small_field(
        "content: ans, max: 4, pad: {side: right, with: \" \"}, prefix: {digits: 2, filled: "
        "true}");
    assert_wire("ab", "303261622020");
    assert_read("303261622020", "", "ab");
    assert_bad("303261622078", "2", 5, ISO_FAULT_CONTENT, "byte 20 to fill", "byte 78");
    assert_bad("3032616220", "2", 2, ISO_FAULT_TRUNCATED, "4 bytes", "3 before the end");
}

/* --- lengths ---------------------------------------------------------------------------------- */

static void lengths_of_each_encoding(void)
{
    small_field("content: ans, max: 300, prefix: {digits: 3, encoding: bcd}");
    assert_wire("ab", "00026162");
    assert_bad("000A6162", "2", 0, ISO_FAULT_PREFIX, "a length of 2", "bytes 000A");
    small_field("content: ans, max: 300, prefix: {digits: 3, encoding: ebcdic}");
    assert_wire("ab", "F0F0F26162");
    assert_bad("F0F0C26162", "2", 0, ISO_FAULT_PREFIX, "a length of 3", "F0F0C2");
    small_field("content: ans, max: 300, prefix: {bytes: 2}");
    assert_wire("ab", "00026162");
    small_field("content: ans, max: 300, prefix: {bytes: 2, order: little}");
    assert_wire("ab", "02006162");
    assert_bad("00026162", "2", 0, ISO_FAULT_OVER, "300 at most", "512");
    small_field("content: ans, max: 300, prefix: {digits: 4, encoding: hex}");
    assert_wire("abcdefghijklmnopq", "303031316162636465666768696A6B6C6D6E6F7071");
    assert_bad("3030306761", "2", 0, ISO_FAULT_PREFIX, "a length of 4", "\"000g\"");
    CU_ASSERT_EQUAL(read_wire("30303061"
                              "61616161616161616161"),
                    ISO_OK);
    small_field("content: ans, max: 300, prefix: {encoding: ber}");
    assert_wire("ab", "026162");
    assert_bad("81026162", "2", 0, ISO_FAULT_LENGTH, "the shortest form", "2 bytes");
    small_field("content: ans, max: 9, prefix: {bytes: 1, inclusive: true}");
    assert_wire("ab", "036162");
    assert_bad("00", "2", 0, ISO_FAULT_LENGTH, "a length that the content can have", "length 0");
}

static void a_length_counts_what_it_says(void)
{
    small_field("content: n, encoding: bcd, max: 19, prefix: {digits: 2, encoding: bcd}");
    assert_wire("123", "030123");
    assert_read("030123", "", "123");
    assert_read("040123", "", "0123");
    assert_bad("200123", "2", 0, ISO_FAULT_OVER, "19 at most", "20");
    small_field(
        "content: n, encoding: bcd, odd: right, fill: F, max: 19, prefix: {bytes: 1, counts: "
        "bytes}");
    assert_wire("123", "02123F");
    assert_read("02123F", "", "123");
    assert_read("021234", "", "1234");
    small_field("content: n, encoding: bcd, max: 19, prefix: {digits: 2, counts: nibbles}");
    assert_wire("123", "30340123");
    assert_bad("30330123", "2", 0, ISO_FAULT_LENGTH, "a length that the content can have", "3");
    small_field("content: ans, charset: gb18030, max: 20, prefix: {digits: 2, counts: characters}");
    assert_wire("a\xBA\xEC\xB0\xFC", "303361BAECB0FC");
    assert_read("303361BAECB0FC", "", "a\xBA\xEC\xB0\xFC");
    assert_bad("303461BAECB0FC", "2", 0, ISO_FAULT_LENGTH, "a length that the content can have",
               "4");
}

static void a_byte_may_end_a_field(void)
{
    small_field("content: ans, max: 5, ends_with: \"1C\"");
    assert_wire("ab", "61621C");
    assert_read("61621C", "", "ab");
    assert_read("1C", "", "");
    assert_bad("616261", "2", 0, ISO_FAULT_TRUNCATED, "byte 1C", "the end");
    assert_bad("6162636465661C", "2", 0, ISO_FAULT_OVER, "byte 1C behind at most 5", "more");
}

/* --- MTI and bitmaps -------------------------------------------------------------------------- */

static void assert_whole(const char *frame, const char *hex)
{
    char text[512];
    uint8_t again[128];
    size_t len;
    struct sample sample = sample_of_hex(hex);
    snprintf(
        text, sizeof text,
        "name: t\n%s\nfields:\n  2: {name: a, content: n, length: 2}\n  %s: {name: b, content: "
        "n, length: 2}\n",
        frame, strstr(frame, "count: 3") != NULL ? "130" : "100");
    const char *words = small_load(text);
    CU_ASSERT_PTR_NULL(words);
    if (words != NULL)
        fprintf(stderr, "%s\n", words);
    CU_ASSERT_PTR_NOT_NULL_FATAL(small);
    enum iso_result result =
        iso_message_unpack(small, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault);
    if (result != ISO_OK)
        fprintf(stderr, "%s: %s byte %zu: %s\n", frame, fault.field, fault.offset, fault.text);
    CU_ASSERT_EQUAL_FATAL(result, ISO_OK);
    CU_ASSERT_STRING_EQUAL(message.mti, "0200");
    assert_text("", "42");
    CU_ASSERT_EQUAL(iso_message_pack(&message, again, sizeof again, &len, &fault), ISO_OK);
    ASSERT_BYTES(again, len, sample.data, sample.len);
}

#define ZEROS_15 "000000000000000"
static void mti_and_bitmap_in_each_encoding(void)
{
    assert_whole("mti: {encoding: bcd}", "02004" ZEROS_15 "3432");
    assert_whole("mti: {encoding: ebcdic}", "F0F2F0F04" ZEROS_15 "3432");
    assert_whole("bitmap: {encoding: hex}", "30323030"
                                            "34303030303030303030303030303030"
                                            "3432");
    assert_whole("bitmap: {encoding: ebcdic-hex}", "30323030"
                                                   "F4F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0"
                                                   "3432");
    assert_whole("bitmap: {count: 2}", "30323030"
                                       "C" ZEROS_15 "0000000010000000"
                                       "34323737");
    assert_whole("bitmap: {count: 2, always: 2}", "30323030"
                                                  "4" ZEROS_15 "0000000000000000"
                                                  "3432");
    assert_whole("bitmap: {count: 2, always: 2, announced: true}", "30323030"
                                                                   "C" ZEROS_15 "0000000000000000"
                                                                   "3432");
    assert_whole("bitmap: {count: 3, always: 2, announced: true}", "30323030"
                                                                   "C" ZEROS_15 "0000000000000000"
                                                                   "3432");
    assert_whole("bitmap: {count: 3, always: 2, announced: true}",
                 "30323030"
                 "C" ZEROS_15 "8" ZEROS_15 "4" ZEROS_15 "34323737");
    assert_whole("bitmap: {count: 3}", "30323030"
                                       "C" ZEROS_15 "8" ZEROS_15 "4" ZEROS_15 "34323737");
    assert_whole("bitmap: {count: 3, third_in: 5}", "30323030"
                                                    "48"
                                                    "00000000000000"
                                                    "3432"
                                                    "4" ZEROS_15 "3737");
    assert_whole("bitmap: {encoding: none}", "30323030"
                                             "3432");
    assert_whole("bitmap: {encoding: none}", "30323030"
                                             "34323737");
}

/* Who writes it without, is read; what is written has it. */
static void a_bitmap_that_always_comes_is_read_unannounced(void)
{
    uint8_t again[128];
    size_t len;
    struct sample sample = sample_of_hex("30323030"
                                         "4" ZEROS_15 "0000000010000000"
                                         "34323737");
    CU_ASSERT_PTR_NULL(
        small_load("name: t\nbitmap: {count: 2, always: 2, announced: true}\nfields: "
                   "{2: {name: a, content: n, length: 2}, 100: {name: b, content: n, "
                   "length: 2}}\n"));
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(small, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
        ISO_OK);
    CU_ASSERT_TRUE(iso_message_has(&message, 100));
    CU_ASSERT_EQUAL(iso_message_pack(&message, again, sizeof again, &len, &fault), ISO_OK);
    CU_ASSERT_EQUAL_FATAL(len, sample.len);
    CU_ASSERT_EQUAL(again[4], 0xC0);
    CU_ASSERT_EQUAL(memcmp(again + 5, sample.data + 5, len - 5), 0);
    ASSERT_CONTAINS(small_load("name: t\nbitmap: {count: 2, always: 2, announced: true}\n"
                               "fields: {1: {name: a, content: n, length: 2}}\n"),
                    "a data element of 2 bitmaps, 2 to 128");
}

static void says_which_digit_of_a_bitmap_is_none(void)
{
    CU_ASSERT_PTR_NULL(
        small_load("name: t\nbitmap: {encoding: hex}\nfields: {2: {name: a, content: "
                   "n, length: 2}}\n"));
    struct sample sample = sample_of_hex("30323030"
                                         "343030303030303030303030303030673432");
    CU_ASSERT_EQUAL(
        iso_message_unpack(small, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
        ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "bitmap");
    CU_ASSERT_EQUAL(fault.offset, 4 + 15);
    sample = sample_of_hex("30323030"
                           "343030303030303030303030303030313432");
    CU_ASSERT_EQUAL(
        iso_message_unpack(small, ISO_HEADER_AUTO, sample.data, sample.len, &message, &fault),
        ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "64");
    CU_ASSERT_EQUAL(fault.offset, 4 + 15);
}

static void without_bitmap_no_element_can_be_left_out(void)
{
    CU_ASSERT_PTR_NULL(
        small_load("name: t\nbitmap: {encoding: none}\nfields:\n  1: {name: a, "
                   "content: n, length: 2}\n  2: {name: b, content: n, length: 2}\n"));
    iso_message_init(&message, small, "0200");
    set_text(&message, 2, "42");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(fault.field, "1");
    CU_ASSERT_EQUAL(fault.kind, ISO_FAULT_MISSING);
}

/* --- text and buffers ------------------------------------------------------------------------- */

static void pack_of_text_stops_at_the_end_of_every_smaller_buffer(void)
{
    small_field("content: ans, max: 300, prefix: {encoding: ber}");
    iso_message_init(&message, small, "0200");
    char value[200];
    memset(value, 'a', sizeof value);
    iso_message_set_text(&message, 2, value, sizeof value);
    size_t whole = 12 + 2 + sizeof value, least = 0;
    for (size_t size = 0; size <= whole + 4; size++) {
        uint8_t *memory = malloc(size + 1);
        if (memory == NULL)
            abort();
        memory[size] = '!';
        enum iso_result result = iso_message_pack(&message, memory, size, &out_len, &fault);
        CU_ASSERT_TRUE(result == (size < whole ? ISO_LIMIT : result) && memory[size] == '!');
        least = least == 0 && result == ISO_OK ? size : least;
        free(memory);
    }
    /* Text wants room for the widest length. */
    CU_ASSERT_TRUE(least >= whole && least <= whole + 4);
}

static void text_needs_room_and_a_value(void)
{
    char text[8];
    size_t len;
    small_field("content: b, length: 3");
    CU_ASSERT_EQUAL_FATAL(read_wire("010203"), ISO_OK);
    CU_ASSERT_EQUAL(iso_message_text(&message, 2, "", text, 5, &len), ISO_LIMIT);
    CU_ASSERT_EQUAL(iso_message_text(&message, 2, "", text, 6, &len), ISO_OK);
    ASSERT_BYTES(text, len, "010203", 6);
    CU_ASSERT_EQUAL(iso_message_text(&message, 3, "", text, 6, &len), ISO_INPUT);
    CU_ASSERT_EQUAL(iso_message_text(&message, 2, "x", text, 6, &len), ISO_INPUT);
    CU_ASSERT_EQUAL(iso_message_text(&message, 0, "", text, 6, &len), ISO_INPUT);
}

static void a_wire_value_replaces_text_and_the_other_way_round(void)
{
    small_field("content: n, encoding: bcd, length: 3");
    iso_message_init(&message, small, "0200");
    iso_message_set_text(&message, 2, "123", 3);
    assert_text("", "123");
    iso_message_set(&message, 2, "\x04\x56", 2);
    assert_text("", "456");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out + 12, out_len - 12, "\x04\x56", 2);
    iso_message_set_text(&message, 2, "789", 3);
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &out_len, &fault), ISO_OK);
    ASSERT_BYTES(out + 12, out_len - 12, "\x07\x89", 2);
}

/* --- what a spec cannot say ------------------------------------------------------------------- */

static void refuses_compositions_that_make_no_sense(void)
{
    small_refused("content: ans, encoding: bcd, length: 4", "ascii or ebcdic");
    small_refused("content: n, encoding: latin, length: 4", "ebcdic");
    small_refused("content: n, length: 4, fill: x", "hex digit");
    small_refused("content: ans, encoding: ebcdic, charset: gb18030, length: 4", "latin1");
    small_refused("content: n, max: 4, prefix: {encoding: bcd}", "one of `digits` and `bytes`");
    small_refused("content: n, max: 4, prefix: {digits: 1, bytes: 1}", "one of");
    small_refused("content: n, max: 4, prefix: {digits: 1, encoding: binary}", "`bytes`");
    small_refused("content: n, max: 4, prefix: {digits: 1, order: little}", "`order`");
    small_refused("content: n, max: 300, prefix: {bytes: 1}", "1 bytes can say");
    small_refused("content: n, max: 9, prefix: {digits: 1, inclusive: true}", "1 digits can say");
    small_refused("content: n, max: 9, prefix: {digits: 1, with_tag: true}", "tlv");
    small_refused("content: n, max: 9, prefix: {digits: 1, counts: characters}", "gb18030");
    small_refused("content: n, max: 9, prefix: {digits: 1, filled: true}", "`pad` is missing");
    small_refused("content: n, max: 9, prefix: 1, ends_with: \"1C\"", "one of");
    small_refused("content: b, encoding: hex, max: 9, prefix: 1", "even");
    small_refused("content: n, length: 9, pad: {side: up, with: x}", "left");
    small_refused("content: n, encoding: bcd, length: 9, pad: {side: left, with: x}", "a digit");
    small_refused("content: b, encoding: hex, length: 8, pad: {side: left, with: \"00\"}",
                  "no padding");
}

SUITE(CASE(an_odd_number_of_digits_is_filled_on_its_side), CASE(bcd_takes_digits_alone),
      CASE(a_packed_track_has_d_for_its_separator), CASE(signed_amounts_in_each_encoding),
      CASE(overpunched_digits_carry_their_sign), CASE(ebcdic_is_judged_by_what_it_says),
      CASE(code_pages_differ), CASE(hex_in_text_and_in_nibbles), CASE(content_b_takes_whole_bytes),
      CASE(a_field_may_have_a_charset_of_its_own), CASE(text_is_padded_where_the_spec_says),
      CASE(a_filled_field_takes_its_maximum), CASE(lengths_of_each_encoding),
      CASE(a_length_counts_what_it_says), CASE(a_byte_may_end_a_field),
      CASE(mti_and_bitmap_in_each_encoding), CASE(a_bitmap_that_always_comes_is_read_unannounced),
      CASE(says_which_digit_of_a_bitmap_is_none), CASE(without_bitmap_no_element_can_be_left_out),
      CASE(pack_of_text_stops_at_the_end_of_every_smaller_buffer),
      CASE(text_needs_room_and_a_value), CASE(a_wire_value_replaces_text_and_the_other_way_round),
      CASE(refuses_compositions_that_make_no_sense))
