/* Sub-fields of every layout, found by path, with the place of what is wrong in them. */
#include "small_spec.h"

#define BLOB(layout) "content: b, max: 99, prefix: 2, " layout

/* --- tag, length, value ----------------------------------------------------------------------- */

static void tags_and_lengths_of_each_encoding(void)
{
    small_field(BLOB("tlv: {tag: {digits: 2, encoding: ebcdic}, length: {digits: 2, encoding: "
                     "ebcdic}, fields: {\"01\": {content: ans, encoding: ebcdic, max: 9}}}"));
    assert_read("3036F0F1F0F2C1C2", "01", "AB");
    small_field(BLOB("tlv: {tag: {bytes: 2}, length: {bytes: 1}, fields: {9F02: {content: n, "
                     "encoding: bcd, length: 6}}}"));
    assert_read("30369F0206000123", "9F02", "000123");
    assert_bad("30369F0205000123", "2.9F02", 4, ISO_FAULT_LENGTH, "length 6", "length 5");
    small_field(BLOB("tlv: {tag: {bytes: 1}, length: {encoding: ber}, fields: {}}"));
    assert_read("3034DF020102", "DF", "0102");
}

static void a_length_may_stand_in_front_of_its_tag(void)
{
    small_field(
        "content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: {digits: 2, with_tag: true}, "
        "length_first: true, fields: {\"07\": {content: an, max: 9}}}");
    assert_read("3036"
                "303430376162",
                "07", "ab");
    assert_bad("3036"
               "303130376162",
               "2.07", 2, ISO_FAULT_LENGTH, "a length that", "length 1");
    assert_bad("3036"
               "303930376162",
               "2.07", 6, ISO_FAULT_TRUNCATED, "7 bytes", "2 before");
    assert_bad("3033"
               "303430",
               "2", 2, ISO_FAULT_TRUNCATED, "4 bytes", "3 before the end");
}

static void a_length_may_count_itself(void)
{
    small_field(
        "content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: {digits: 2, with_tag: true, "
        "inclusive: true}, fields: {AA: {content: an, max: 9}}}");
    assert_read("3036"
                "414130366162",
                "AA", "ab");
}

static void each_tag_may_bring_its_own_length(void)
{
    small_field(BLOB("tlv: {tag: 2, unknown: refuse, fields: {AA: {content: n, length: 3}, BB: "
                     "{content: ans, max: 9, prefix: {bytes: 1}}}}"));
    assert_read("3130"
                "41413132334242026162",
                "BB", "ab");
    assert_text("AA", "123");
    assert_bad("3032"
               "4343",
               "2", 2, ISO_FAULT_UNDEFINED, "a tag that the spec has", "\"CC\"");
    small_refused(BLOB("tlv: {tag: 2, fields: {}}"), "`length` is missing");
    small_refused(BLOB("tlv: {tag: 2, unknown: refuse, fields: {AA: {content: n, max: 3}}}"),
                  "a fixed length or a prefix");
}

static void a_tag_may_come_again_where_the_spec_says(void)
{
    small_field(
        "content: ans, max: 99, prefix: 2, tlv: {tag: 1, length: 1, repeats: true, fields: {}}");
    assert_read("3037"
                "41316142304130",
                "A", "a");
    small_field("content: ans, max: 99, prefix: 2, tlv: {tag: 1, length: 1, fields: {}}");
    assert_bad("3036"
               "413161413162",
               "2.A", 5, ISO_FAULT_CONTENT, "each tag once", "second");
}

/* --- BER-TLV ---------------------------------------------------------------------------------- */

#define BER(more)                                                                                  \
    "content: b, max: 255, prefix: 3, ber: {" more "fields: {9F02: {content: n, encoding: bcd, "   \
    "length: 12}, \"5A\": {content: n, encoding: bcd, odd: right, fill: F, max: 19, mask: pan}, "  \
    "\"50\": {content: ans, max: 16}}}"

static void objects_are_found_by_their_tags(void)
{
    small_field(BER(""));
    assert_read("303130"
                "9F0206000000012345"
                "00",
                "9F02", "000000012345");
    assert_read("303133"
                "5A0141"
                "5003414243"
                "9F360200FF",
                "50", "ABC");
    assert_text("9F36", "00FF");
    assert_text("5A", "41");
    CU_ASSERT_PTR_NULL(iso_message_find(&message, 2, "9F37").data);
}

static void an_odd_account_number_is_told_by_its_filling(void)
{
    small_field(BER(""));
    assert_read("303034"
                "5A02123F",
                "5A", "123");
    assert_read("303034"
                "5A021234",
                "5A", "1234");
}

static void objects_nest(void)
{
    small_field(BER(""));
    assert_read("303134"
                "E10C"
                "9F0206000000000042"
                "DF0100",
                "E1.9F02", "000000000042");
    assert_text("E1.DF01", "");
    assert_bad("303134"
               "E10C"
               "9F02060000000000A2"
               "DF0100",
               "2.E1.9F02", 13, ISO_FAULT_CONTENT, "a digit", "nibble A");
    assert_bad("303036"
               "E104"
               "DF010562",
               "2.E1.DF01", 8, ISO_FAULT_TRUNCATED, "5 bytes", "1 before");
}

static void objects_nest_only_so_deep(void)
{
    small_field(BER(""));
    assert_read("303130"
                "E108E106E104E102E100",
                "E1.E1.E1.E1.E1", "");
    assert_bad("303132"
               "E10AE108E106E104E102E100",
               "2.E1.E1.E1.E1.E1.E1", 13, ISO_FAULT_OVER, "6 deep", "more");
}

static void lengths_have_a_long_form(void)
{
    char hex[2 * 140 + 16] = "313333"
                             "DF018180";
    for (int i = 0; i < 128; i++)
        strncat(hex, "AB", sizeof hex - strlen(hex) - 1);
    small_field(BER(""));
    memcpy(hex, "313332", 6);
    CU_ASSERT_EQUAL_FATAL(read_wire(hex), ISO_OK);
    CU_ASSERT_EQUAL(iso_message_find(&message, 2, "DF01").len, 128);
    assert_bad("303034"
               "DF018000",
               "2.DF01", 5, ISO_FAULT_PREFIX, "a length of BER", "byte 80");
    assert_bad("303033"
               "DF0185",
               "2.DF01", 5, ISO_FAULT_PREFIX, "a length of BER", "byte 85");
    assert_bad("303034"
               "DF018201",
               "2.DF01", 5, ISO_FAULT_TRUNCATED, "3 bytes", "2 before");
    assert_bad("303037"
               "DF0184FFFFFFFF",
               "2.DF01", 10, ISO_FAULT_TRUNCATED, "4294967295 bytes", "the end");
}

static void bytes_between_objects_are_skipped_where_the_spec_says(void)
{
    small_field(BER(""));
    assert_read("303130"
                "000050014100"
                "00DF0100",
                "50", "A");
    assert_bad("303035"
               "500141FF00",
               "2.FF00", 8, ISO_FAULT_TRUNCATED, "1 byte", "the end");
    small_field(BER("padding: both, "));
    assert_read("303036"
                "FF50014100FF",
                "50", "A");
    small_field(BER("padding: none, "));
    assert_bad("303034"
               "00500141",
               "2", 3, ISO_FAULT_CONTENT, "a tag of 1 to 8 bytes", "byte 00");
}

static void tags_end(void)
{
    small_field(BER(""));
    assert_bad("303031"
               "9F",
               "2", 3, ISO_FAULT_TRUNCATED, "2 bytes", "1 before");
    assert_bad("303130"
               "9F818181818181818181",
               "2", 3, ISO_FAULT_CONTENT, "a tag of 1 to 8", "a longer one");
    small_refused(BLOB("ber: {fields: {9F: {content: b, max: 9}}}"), "a tag of upper-case hex");
    small_refused(BLOB("ber: {fields: {9f02: {content: b, max: 9}}}"), "a tag of upper-case hex");
    small_refused(BLOB("ber: {fields: {5A: {content: b, max: 9, prefix: 1}}}"), "no prefix");
    small_refused("content: ans, max: 99, prefix: 2, ber: {fields: {}}", "content b around");
}

/* --- bitmaps ---------------------------------------------------------------------------------- */

#define BITS(bitmap)                                                                               \
    BLOB("bitmapped: {bitmap: {" bitmap "}, fields: {1: {content: n, length: 2}, 3: {content: "    \
         "ans, max: 9, prefix: 1}, 8: {content: b, length: 1}}}")

static void bits_announce_sub_fields(void)
{
    small_field(BITS("bytes: 1"));
    assert_read("3037"
                "A1"
                "3432"
                "326162"
                "FF",
                "3", "ab");
    assert_text("1", "42");
    assert_text("8", "FF");
    assert_read("3031"
                "00",
                "", "00");
    assert_bad("3031"
               "40",
               "2.2", 2, ISO_FAULT_UNDEFINED, "sub-fields that the spec has", "bit 2");
    assert_bad("3033"
               "8034A0",
               "2.1", 4, ISO_FAULT_CONTENT, "a digit", "byte A0");
    assert_bad("3034"
               "80343200",
               "2", 5, ISO_FAULT_LENGTH, "the end of the field", "1 more byte");
    assert_bad("3030", "2", 2, ISO_FAULT_TRUNCATED, "1 byte", "the end");
}

static void bitmaps_of_hex_digits(void)
{
    small_field(BITS("bytes: 1, encoding: hex"));
    assert_read("3034"
                "38303432",
                "1", "42");
    assert_bad("3034"
               "38673432",
               "2", 3, ISO_FAULT_CONTENT, "hex digit", "byte 67");
}

static void bitmaps_in_a_chain(void)
{
    small_field(
        BLOB("bitmapped: {bitmap: {bytes: 1, chained: true}, fields: {2: {content: n, length: "
             "1}, 10: {content: n, length: 1}}}"));
    assert_read("3032"
                "4035",
                "2", "5");
    assert_read("3034"
                "C0403536",
                "10", "6");
    small_refused(BLOB("bitmapped: {bitmap: {bytes: 1, chained: true}, fields: {9: {content: n, "
                       "length: 1}}}"),
                  "announces no bitmap");
    small_refused(BITS("bytes: 25"), "1 to 24");
    small_refused(BLOB("bitmapped: {bitmap: {bytes: 1}, fields: {9: {content: n, length: 1}}}"),
                  "a bit from 1 to 8");
}

/* --- positions -------------------------------------------------------------------------------- */

static void digits_are_cut_across_bytes(void)
{
    small_field(
        "content: n, encoding: bcd, odd: right, max: 13, prefix: {digits: 3, encoding: bcd}, "
        "positional: [{key: type, content: n, length: 2}, {key: batch, content: n, length: 6}, "
        "{key: code, content: n, length: 3}, {key: one, content: n, length: 1, optional: "
        "true}, {key: two, content: n, length: 1, optional: true}]");
    assert_read("0013"
                "22000001301650",
                "code", "301");
    assert_text("type", "22");
    assert_text("batch", "000001");
    assert_text("one", "6");
    assert_text("two", "5");
    assert_text("", "2200000130165");
    assert_read("0011"
                "220000013010",
                "code", "301");
    CU_ASSERT_PTR_NULL(iso_message_find(&message, 2, "one").data);
    assert_wire("22000001301", "0011220000013010");
    assert_bad("0010"
               "2200000130",
               "2.code", 6, ISO_FAULT_TRUNCATED, "3 digits", "2 before");
    assert_bad("0011"
               "2200000130A0",
               "2.code", 7, ISO_FAULT_CONTENT, "a digit", "nibble A");
    assert_bad("0011"
               "220000013015",
               "2", 7, ISO_FAULT_CONTENT, "nibble 0 to fill", "nibble 5");
}

static void positions_of_bytes_have_their_own_encodings(void)
{
    small_field(
        BLOB("positional: [{key: a, content: n, encoding: bcd, length: 3}, {key: b, content: "
             "ans, encoding: ebcdic, max: 9, prefix: {digits: 1, encoding: ebcdic}}, {key: c, "
             "content: ans, max: 9}]"));
    assert_read("3037"
                "0123F2C1C27879",
                "b", "AB");
    assert_text("a", "123");
    assert_text("c", "xy");
    assert_bad("3037"
               "1123F2C1C27879",
               "2.a", 2, ISO_FAULT_CONTENT, "nibble 0", "nibble 1");
}

static void sub_fields_are_written_as_the_text_around_them(void)
{
    CU_ASSERT_PTR_NULL(
        small_load("name: t\ndefaults: {n: bcd, text: ebcdic, prefix: ebcdic}\n"
                   "fields: {2: {name: a, content: an, length: 4, positional: [{key: "
                   "a, content: n, length: 2}, {key: b, content: an, length: 2}]}}\n"));
    assert_read("F1F2C1C2", "a", "12");
    assert_text("b", "AB");
}

SUITE(CASE(tags_and_lengths_of_each_encoding), CASE(a_length_may_stand_in_front_of_its_tag),
      CASE(a_length_may_count_itself), CASE(each_tag_may_bring_its_own_length),
      CASE(a_tag_may_come_again_where_the_spec_says), CASE(objects_are_found_by_their_tags),
      CASE(an_odd_account_number_is_told_by_its_filling), CASE(objects_nest),
      CASE(objects_nest_only_so_deep), CASE(lengths_have_a_long_form),
      CASE(bytes_between_objects_are_skipped_where_the_spec_says), CASE(tags_end),
      CASE(bits_announce_sub_fields), CASE(bitmaps_of_hex_digits), CASE(bitmaps_in_a_chain),
      CASE(digits_are_cut_across_bytes), CASE(positions_of_bytes_have_their_own_encodings),
      CASE(sub_fields_are_written_as_the_text_around_them))
