/* Spec files: what they may say, and that what they may not say is refused with its place. */
#include "fixture.h"
#include "iso8583/spec_draft.h"
#include "suite.h"

static struct iso_spec *spec;
static struct fault fault;

static enum result load(const char *text)
{
    struct doc *doc = NULL;
    iso_spec_free(spec);
    spec = NULL;
    fault.text[0] = '\0';
    enum result result = doc_parse(bytes_text(text), "t.yaml", &doc, &fault);
    if (result == RESULT_OK)
        result = spec_of_doc(doc, SPECS_DIR "/messages", NULL, &spec, &fault);
    doc_free(doc);
    return result;
}

static void assert_refused(const char *text, const char *place, const char *why)
{
    CU_ASSERT_NOT_EQUAL(load(text), RESULT_OK);
    CU_ASSERT_PTR_NULL(spec);
    ASSERT_CONTAINS(fault.text, place);
    ASSERT_CONTAINS(fault.text, why);
}

#define FIELDS(fields) "name: t\nfields:\n  " fields "\n"

/* --- good ------------------------------------------------------------------------------------- */

static void loads_every_shipped_spec_small(void)
{
    static const char *const names[] = {"iso8583-1987", "cup", "redpacket"};
    for (size_t i = 0; i < 3; i++) {
        struct iso_spec *shipped = shipped_spec(names[i]);
        CU_ASSERT_STRING_EQUAL(iso_spec_name(shipped), names[i]);
        CU_ASSERT_TRUE(iso_spec_size(shipped) < ISO_SPEC_SIZE_MAX);
        CU_ASSERT_EQUAL(iso_spec_header_len(shipped), i == 0 ? 0U : 46U);
        iso_spec_free(shipped);
    }
}

static void plain_1987_has_all_128_elements(void)
{
    struct iso_spec *plain = shipped_spec("iso8583-1987");
    for (unsigned de = 2; de <= 128; de++)
        CU_ASSERT_PTR_NOT_NULL(iso_spec_de_name(plain, de));
    CU_ASSERT_PTR_NULL(iso_spec_de_name(plain, 0));
    CU_ASSERT_PTR_NULL(iso_spec_de_name(plain, 1));
    CU_ASSERT_PTR_NULL(iso_spec_de_name(plain, 129));
    CU_ASSERT_PTR_NULL(iso_spec_de_name(plain, 5000));
    iso_spec_free(plain);
}

static void tells_prefixes_and_masks(void)
{
    struct iso_spec *cup = shipped_spec("cup");
    CU_ASSERT_EQUAL(iso_spec_de_prefix_len(cup, 2), 2);
    CU_ASSERT_EQUAL(iso_spec_de_prefix_len(cup, 48), 3);
    CU_ASSERT_EQUAL(iso_spec_de_prefix_len(cup, 4), 0);
    CU_ASSERT_EQUAL(iso_spec_de_prefix_len(cup, 21), 0);
    CU_ASSERT_EQUAL(iso_spec_de_mask(cup, 2), ISO_MASK_PAN);
    CU_ASSERT_EQUAL(iso_spec_de_mask(cup, 35), ISO_MASK_TRACK);
    CU_ASSERT_EQUAL(iso_spec_de_mask(cup, 52), ISO_MASK_SECRET);
    CU_ASSERT_EQUAL(iso_spec_de_mask(cup, 4), ISO_MASK_NONE);
    iso_spec_free(cup);
}

static void redpacket_answers_take_over_what_they_should(void)
{
    static const unsigned list[] = {2,  3,  4,  7,  11, 12, 13, 15, 18,  25,
                                    32, 33, 37, 41, 42, 48, 49, 90, 102, 103};
    struct iso_spec *redpacket = shipped_spec("redpacket");
    uint64_t echo[3], expected[3] = {0};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        expected[list[i] / 64] |= UINT64_C(1) << (list[i] % 64);
    iso_spec_answer_echo(redpacket, echo);
    CU_ASSERT_EQUAL(memcmp(echo, expected, sizeof echo), 0);
    iso_spec_free(redpacket);
}

static void a_derived_spec_changes_only_what_it_says(void)
{
    CU_ASSERT_EQUAL(load("name: t\n"
                         "extends: cup\n"
                         "fields:\n"
                         "  4: {length: 10}\n"
                         "  21: {name: New, content: n, length: 3}\n"
                         "  22: ~\n"
                         "  48: {usage: {fields: {NK: ~, ZZ: {content: n, length: 3}}}}\n"
                         "  90: {name: Opaque, positional: ~}\n"),
                    RESULT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(spec);
    CU_ASSERT_STRING_EQUAL(iso_spec_name(spec), "t");
    CU_ASSERT_EQUAL(iso_spec_header_len(spec), 46);
    CU_ASSERT_STRING_EQUAL(iso_spec_de_name(spec, 4), "Amount, transaction");
    CU_ASSERT_EQUAL(iso_spec_field(spec, 4)->len_max, 10);
    CU_ASSERT_STRING_EQUAL(iso_spec_de_name(spec, 21), "New");
    CU_ASSERT_PTR_NULL(iso_spec_de_name(spec, 22));
    const struct iso_field *private = iso_spec_field(spec, 48);
    CU_ASSERT_EQUAL(private->len_max, 512);
    CU_ASSERT_EQUAL(private->part_count, 2);
    CU_ASSERT_EQUAL(iso_spec_field(spec, 90)->layout, ISO_LAYOUT_NONE);
}

static void a_third_bitmap_is_announced_by_bit_65(void)
{
    CU_ASSERT_EQUAL_FATAL(load("name: t\n"
                               "bitmap: {count: 3}\n"
                               "fields:\n"
                               "  2: {name: a, content: n, length: 1}\n"
                               "  70: {name: b, content: n, length: 1}\n"
                               "  129: {name: c, content: n, length: 1}\n"
                               "  192: {name: d, content: n, length: 1}\n"),
                          RESULT_OK);
    struct iso_message message;
    struct iso_fault iso_fault;
    uint8_t out[64];
    size_t len;
    iso_message_init(&message, spec, "0200");
    set_text(&message, 2, "1");
    set_text(&message, 192, "4");
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(&message, out, sizeof out, &len, &iso_fault), ISO_OK);
    ASSERT_BYTES(out, len,
                 "0200\xC0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
                 "14",
                 30);
    CU_ASSERT_EQUAL_FATAL(iso_message_unpack(spec, ISO_HEADER_AUTO, out, len, &message, &iso_fault),
                          ISO_OK);
    CU_ASSERT_TRUE(iso_message_has(&message, 192));
    CU_ASSERT_FALSE(iso_message_has(&message, 65));
    CU_ASSERT_FALSE(iso_message_has(&message, 129));
    CU_ASSERT_EQUAL(message.bitmaps, 3);
}

static void a_closed_list_of_tags_refuses_others(void)
{
    CU_ASSERT_EQUAL_FATAL(
        load(FIELDS("62: {name: a, content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: 2, "
                    "unknown: refuse, fields: {AA: {content: n, max: 9}}}}")),
        RESULT_OK);
    struct iso_message message;
    struct iso_fault iso_fault;
    uint8_t out[64];
    size_t len;
    iso_message_init(&message, spec, "0200");
    set_text(&message, 62, "AA0212");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &iso_fault), ISO_OK);
    set_text(&message, 62, "AA0212BB00");
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &iso_fault), ISO_INPUT);
    CU_ASSERT_STRING_EQUAL(iso_fault.field, "62");
    CU_ASSERT_EQUAL(iso_fault.offset, 12 + 2 + 6);
    ASSERT_CONTAINS(iso_fault.got, "\"BB\"");
}

static void takes_tags_up_to_the_limit(void)
{
    char text[ISO_TAGS_MAX * 5 + 6];
    for (unsigned i = 0; i <= ISO_TAGS_MAX; i++)
        snprintf(text + (size_t)i * 5, 6, "%c%c000", 'A' + (char)(i / 26), 'A' + (char)(i % 26));
    CU_ASSERT_EQUAL_FATAL(load(FIELDS("62: {name: a, content: ans, max: 999, prefix: 3, tlv: {tag: "
                                      "2, length: 3}}")),
                          RESULT_OK);
    struct iso_message message;
    struct iso_fault iso_fault;
    uint8_t out[1024];
    size_t len;
    iso_message_init(&message, spec, "0200");
    iso_message_set(&message, 62, text, ISO_TAGS_MAX * 5);
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &iso_fault), ISO_OK);
    iso_message_set(&message, 62, text, ISO_TAGS_MAX * 5 + 5);
    CU_ASSERT_EQUAL(iso_message_pack(&message, out, sizeof out, &len, &iso_fault), ISO_INPUT);
    CU_ASSERT_EQUAL(iso_fault.offset, 12 + 3 + ISO_TAGS_MAX * 5);
    ASSERT_CONTAINS(iso_fault.expected, "128 tags at most");
}

/* --- bad -------------------------------------------------------------------------------------- */

static void refuses_a_file_that_is_not_there(void)
{
    struct iso_fault iso_fault;
    struct iso_spec *none = NULL;
    char line[500];
    CU_ASSERT_EQUAL(iso_spec_load("/nowhere/x.yaml", &none, &iso_fault), ISO_IO);
    CU_ASSERT_PTR_NULL(none);
    iso_fault_format(&iso_fault, line, sizeof line);
    ASSERT_CONTAINS(line, "/nowhere/x.yaml");
    CU_ASSERT_EQUAL(iso_spec_load("/nowhere/x.yaml", &none, NULL), ISO_IO);
}

/* A reader that goes on behind a fault meets maps that are not there. */
static void refuses_a_fault_in_front_of_more(void)
{
    assert_refused(FIELDS("2: {name: a, content: n, fill: xx, max: 9, prefix: {digits: 1}, pad: "
                          "{side: left, with: x}, codes: {a: b}, tlv: {tag: {bytes: 1}}}"),
                   "t.yaml:3:", "fill");
    assert_refused("name: T\ndefaults: {n: {encoding: bcd}}\nmti: {encoding: bcd}\nbitmap: {count: "
                   "2}\nproduct: {de: 2, value: a}\npresence: [{mandatory: [2]}]\n",
                   "t.yaml:1:", "a name of a-z");
}

static void refuses_unknown_keys_with_their_place(void)
{
    assert_refused("name: t\ncolour: red\n", "t.yaml:2:", "colour");
    assert_refused(FIELDS("2: {name: a, content: n, lenght: 3}"), "t.yaml:3:", "length");
    assert_refused(FIELDS("2: {name: a, content: n, length: 3, value: '123'}"),
                   "t.yaml:3:", "value");
}

static void refuses_a_spec_without_name(void)
{
    assert_refused("fields: {}\n", "t.yaml", "`name` is missing");
    assert_refused("name: ../etc\n", "t.yaml:1:", "a name of a-z");
    assert_refused("[1, 2]\n", "t.yaml:1:", "a map");
    assert_refused("", "t.yaml", "");
}

static void refuses_numbers_that_are_no_element(void)
{
    assert_refused(FIELDS("1: {name: a, content: n, length: 3}"), "t.yaml:3:", "2 to 128");
    assert_refused(FIELDS("129: {name: a, content: n, length: 3}"), "t.yaml:3:", "2 to 128");
    assert_refused(FIELDS("02: {name: a, content: n, length: 3}"), "t.yaml:3:", "`02`");
    assert_refused(FIELDS("pan: {name: a, content: n, length: 3}"), "t.yaml:3:", "`pan`");
    assert_refused("name: t\nbitmap: {count: 3}\nfields:\n  65: {name: a, content: n, length: 1}\n",
                   "t.yaml:4:", "not 65");
}

static void refuses_an_element_without_content_or_name(void)
{
    assert_refused(FIELDS("2: {name: a, length: 3}"), "t.yaml:3:", "`content` is missing");
    assert_refused(FIELDS("2: {content: n, length: 3}"), "t.yaml:3:", "`name` is missing");
    assert_refused(FIELDS("2: {name: a, content: q, length: 3}"), "t.yaml:3:", "n, a, an");
    assert_refused(FIELDS("2: [1]"), "t.yaml:3:", "a map");
    assert_refused(FIELDS("2: n3"), "t.yaml:3:", "a map");
}

static void refuses_lengths_that_make_no_sense(void)
{
    assert_refused(FIELDS("2: {name: a, content: n}"), "t.yaml:3:", "either `length`");
    assert_refused(FIELDS("2: {name: a, content: n, length: 3, max: 4}"),
                   "t.yaml:3:", "either `length`");
    assert_refused(FIELDS("2: {name: a, content: n, length: 3, prefix: 2}"),
                   "t.yaml:3:", "either `length`");
    assert_refused(FIELDS("2: {name: a, content: n, max: 19}"), "t.yaml:3:", "`prefix` is missing");
    assert_refused(FIELDS("2: {name: a, content: n, max: 19, prefix: 1}"),
                   "t.yaml:3:", "a maximum that 1 digits can say");
    assert_refused(FIELDS("2: {name: a, content: n, max: 19, prefix: 7}"), "t.yaml:3:", "1 to 6");
    assert_refused(FIELDS("2: {name: a, content: n, length: 0}"), "t.yaml:3:", "1 to 9999");
    assert_refused(FIELDS("2: {name: a, content: n, length: 99999}"), "t.yaml:3:", "1 to 9999");
    assert_refused(FIELDS("2: {name: a, content: n, max: 5, min: 6, prefix: 2}"),
                   "t.yaml:3:", "0 to 5");
    assert_refused(FIELDS("2: {name: a, content: x+n, length: 1}"), "t.yaml:3:", "a sign");
}

static void refuses_an_encoding_that_the_content_has_not(void)
{
    assert_refused(FIELDS("2: {name: a, content: n, encoding: binary, length: 3}"),
                   "t.yaml:3:", "encoding ascii");
    assert_refused(FIELDS("2: {name: a, content: b, encoding: ascii, length: 3}"),
                   "t.yaml:3:", "binary or hex");
    assert_refused(FIELDS("2: {name: a, content: b, encoding: hex, length: 3}"),
                   "t.yaml:3:", "even length");
}

#define POSITIONS(items) FIELDS("2: {name: a, content: n, length: 6, positional: [" items "]}")

static void refuses_positions_that_do_not_fill_their_field(void)
{
    assert_refused(POSITIONS(""), "t.yaml:3:", "at least one field");
    assert_refused(POSITIONS("{key: a, content: n, length: 5}"), "t.yaml:3:", "fill 6");
    assert_refused(POSITIONS("{key: a, content: n, length: 7}"), "t.yaml:3:", "fill 6");
    assert_refused(POSITIONS("{key: a, content: n, max: 3}, {key: b, content: n, length: 3}"),
                   "t.yaml:3:", "only the last");
    assert_refused(
        POSITIONS(
            "{key: a, content: n, length: 3, optional: true}, {key: b, content: n, length: 3}"),
        "t.yaml:3:", "optional: true");
    assert_refused(POSITIONS("{key: a, content: n, length: 3}, {key: a, content: n, length: 3}"),
                   "t.yaml:3:", "each key once");
    assert_refused(POSITIONS("{key: A, content: n, length: 6}"), "t.yaml:3:", "a key of a-z");
    assert_refused(POSITIONS("{key: hex, content: n, length: 6}"), "t.yaml:3:", "not hex");
    assert_refused(POSITIONS("{content: n, length: 6}"), "t.yaml:3:", "`key` is missing");
}

static void refuses_tags_that_do_not_fit(void)
{
    assert_refused(FIELDS("48: {name: a, content: ans, max: 99, prefix: 2, usage: {fields: {}}}"),
                   "t.yaml:3:", "`tag` is missing");
    assert_refused(FIELDS("48: {name: a, content: ans, max: 99, prefix: 2, usage: {tag: 2, fields: "
                          "{A: {content: n, length: 3}}}}"),
                   "t.yaml:3:", "a tag of 2");
    assert_refused(FIELDS("48: {name: a, content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: "
                          "2, fields: {aa: {content: n, length: 3}}}}"),
                   "t.yaml:3:", "a tag of 2");
    assert_refused(FIELDS("48: {name: a, content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: "
                          "2, fields: {AA: {content: n, max: 3, prefix: 1}}}}"),
                   "t.yaml:3:", "prefix");
    assert_refused(FIELDS("48: {name: a, content: ans, max: 99, prefix: 2, tlv: {tag: 2, length: "
                          "2}, usage: {tag: 2}}"),
                   "t.yaml:3:", "one of");
}

static void refuses_sub_fields_without_end(void)
{
    char text[1024] = "name: t\nfields:\n  2: {name: a, content: n, length: 6, ";
    for (unsigned i = 0; i < 7; i++)
        strncat(text, "positional: [{key: a, content: n, length: 6, ",
                sizeof text - strlen(text) - 1);
    strncat(text, "mask: none", sizeof text - strlen(text) - 1);
    for (unsigned i = 0; i < 7; i++)
        strncat(text, "}]", sizeof text - strlen(text) - 1);
    strncat(text, "}\n", sizeof text - strlen(text) - 1);
    assert_refused(text, "t.yaml:3:", "at most 6 levels");
}

#define HEADER(items) "name: t\nheader:\n  - " items "\n"

static void refuses_headers_that_make_no_sense(void)
{
    assert_refused(HEADER("{key: a, content: n, max: 4}"), "t.yaml:3:", "a fixed length");
    assert_refused(HEADER("{key: a, content: n, length: 65}"), "t.yaml:3:", "at most 64 bytes");
    assert_refused(HEADER("{key: a, content: b, length: 2, value: '2E'}"),
                   "t.yaml:3:", "`value` of 2 bytes");
    assert_refused(HEADER("{key: a, content: b, length: 4, role: total_length}"),
                   "t.yaml:3:", "content n");
    assert_refused(HEADER("{key: a, content: n, length: 5, role: reject_code}"),
                   "t.yaml:3:", "`normal` is missing");
    assert_refused(HEADER("{key: a, content: n, length: 4, role: total_length}\n"
                          "  - {key: b, content: n, length: 4, role: total_length}"),
                   "t.yaml:3:", "each role once");
}

static void refuses_to_extend_what_it_cannot(void)
{
    assert_refused("name: t\nextends: nothing-here\n", "nothing-here.yaml", "");
    assert_refused("name: t\nextends: ../cup\n", "t.yaml:2:", "the same folder");
}

static void refuses_to_echo_what_it_has_not(void)
{
    assert_refused("name: t\nfields: {2: {name: a, content: n, length: 3}}\nanswer: {echo: [3]}\n",
                   "t.yaml:3:", "of this spec");
    assert_refused("name: t\nanswer: {echo: [x]}\n", "t.yaml:2:", "a whole number");
    assert_refused("name: t\nanswer: {}\n", "t.yaml:2:", "`echo` is missing");
}

static void refuses_a_bitmap_too_short_for_inherited_elements(void)
{
    assert_refused("name: t\nextends: cup\nbitmap: {count: 1}\n", "t.yaml:3:", "leaves DE 66");
}

static void names_the_file_at_fault_in_a_chain(void)
{
    char path[300], line[500];
    struct iso_fault iso_fault;
    struct iso_spec *none = NULL;
    snprintf(path, sizeof path, "%s/messages/no-such.yaml", SPECS_DIR);
    CU_ASSERT_EQUAL(iso_spec_load(path, &none, &iso_fault), ISO_IO);
    iso_fault_format(&iso_fault, line, sizeof line);
    ASSERT_CONTAINS(line, "no-such.yaml");
}

SUITE(CASE(loads_every_shipped_spec_small), CASE(plain_1987_has_all_128_elements),
      CASE(tells_prefixes_and_masks), CASE(redpacket_answers_take_over_what_they_should),
      CASE(a_derived_spec_changes_only_what_it_says), CASE(a_third_bitmap_is_announced_by_bit_65),
      CASE(a_closed_list_of_tags_refuses_others), CASE(takes_tags_up_to_the_limit),
      CASE(refuses_a_file_that_is_not_there), CASE(refuses_unknown_keys_with_their_place),
      CASE(refuses_a_fault_in_front_of_more), CASE(refuses_a_spec_without_name),
      CASE(refuses_numbers_that_are_no_element), CASE(refuses_an_element_without_content_or_name),
      CASE(refuses_lengths_that_make_no_sense), CASE(refuses_an_encoding_that_the_content_has_not),
      CASE(refuses_positions_that_do_not_fill_their_field), CASE(refuses_tags_that_do_not_fit),
      CASE(refuses_sub_fields_without_end), CASE(refuses_headers_that_make_no_sense),
      CASE(refuses_to_extend_what_it_cannot), CASE(refuses_to_echo_what_it_has_not),
      CASE(refuses_a_bitmap_too_short_for_inherited_elements),
      CASE(names_the_file_at_fault_in_a_chain))
