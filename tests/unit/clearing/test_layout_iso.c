/* Files of ISO 8583 messages: behind their lengths, in blocks, and what is refused of them. */
#include "clearing/rows.h"

#include "clearing/file.h"
#include "iso8583/iso8583.h"

#include <stdlib.h>

static size_t at_line;

/* A whole file by a layout: header, so many details, trailer, end. */
struct made {
    char *data;
    size_t len;
};

static struct made make_file(const struct layout *layout, unsigned details)
{
    struct made made = {malloc((details + 3) * 1024 + 2048), 0};
    struct layout_place place = {0};
    struct row about = {.institution = HARBOUR, .settlement_date = DAY};
    struct row row = full_row(layout->content);
    struct fault fault = {RESULT_OK, ""};
    static struct layout_last last;
    CU_ASSERT_PTR_NOT_NULL_FATAL(made.data);
    for (unsigned i = 0; i < details + 3; i++) {
        if (i == 0)
            must(layout_put(layout, &place, LAYOUT_HEADER, &about, &last, &fault), &fault);
        else if (i <= details) {
            row.operation.stan = i;
            must(layout_put(layout, &place, LAYOUT_DETAIL, &row, &last, &fault), &fault);
            CU_ASSERT_TRUE(row_totals_add(&about.totals, &row));
        } else if (i == details + 1)
            must(layout_put(layout, &place, LAYOUT_TRAILER, &about, &last, &fault), &fault);
        else
            layout_put_end(layout, &place, &last);
        memcpy(made.data + made.len, last.text, last.len);
        made.len += last.len;
    }
    CU_ASSERT_EQUAL(place.bytes, made.len);
    CU_ASSERT_EQUAL(place.records, details + 2);
    return made;
}

static bool count_row(void *context, const struct row *row, uint64_t number)
{
    unsigned *rows = context;
    ++*rows;
    CU_ASSERT_EQUAL(row->operation.stan, *rows);
    CU_ASSERT_EQUAL(number, *rows + 1);
    return true;
}

static enum result read_made(const struct made *made, const char *name, unsigned *rows,
                             struct fault *fault)
{
    struct scratch scratch;
    struct clearing_file file;
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    *rows = 0;
    save(scratch_file(&scratch, name, path), made->data, made->len);
    enum result result = clearing_file_read(path, all_layouts(), count_row, rows, &file, fault);
    scratch_remove(&scratch);
    return result;
}

static void expect_bad_file(const struct made *made, const char *name, const char *part)
{
    struct fault fault = {RESULT_OK, ""};
    unsigned rows;
    CU_ASSERT_EQUAL(read_made(made, name, &rows, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static const char VBS[] = "issuer-261231.ipm", BLOCKED[] = "issuer-261231.ipm1014";

static void a_file_of_messages_is_read_back(void)
{
    struct made made = make_file(layout_of(VBS), 5);
    struct fault fault = {RESULT_OK, ""};
    unsigned rows;
    must(read_made(&made, VBS, &rows, &fault), &fault);
    CU_ASSERT_EQUAL(rows, 5);
    /* 1644 in EBCDIC behind its length; a length of zero at the end. */
    ASSERT_BYTES(made.data, 3, "\0\0\0", 3);
    ASSERT_BYTES(made.data + 4, 4, "\xF1\xF6\xF4\xF4", 4);
    ASSERT_BYTES(made.data + made.len - 4, 4, "\0\0\0\0", 4);
    free(made.data);
}

static void the_codec_reads_each_record(void)
{
    struct made made = make_file(layout_of(VBS), 1);
    struct iso_spec *spec = NULL;
    struct iso_framing framing;
    struct iso_message message;
    struct iso_value value;
    struct iso_fault fault;
    size_t used, at = 0, len;
    char text[64];
    CU_ASSERT_EQUAL_FATAL(iso_spec_load(SPECS_DIR "/messages/ipm-ebcdic.yaml", &spec, &fault),
                          ISO_OK);
    CU_ASSERT_EQUAL_FATAL(iso_framing_load(SPECS_DIR "/framings/vbs.yaml", &framing, &fault),
                          ISO_OK);
    CU_ASSERT_EQUAL_FATAL(iso_frame_cut(&framing, made.data, made.len, &value, &used, &fault),
                          ISO_FRAME_MESSAGE);
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(spec, ISO_HEADER_NO, value.data, value.len, &message, &fault), ISO_OK);
    CU_ASSERT_EQUAL(iso_message_text(&message, 48, "0105", text, sizeof text, &len), ISO_OK);
    ASSERT_BYTES(text, len, "0012612310009555000100001", 25);
    at += used;
    CU_ASSERT_EQUAL_FATAL(
        iso_frame_cut(&framing, made.data + at, made.len - at, &value, &used, &fault),
        ISO_FRAME_MESSAGE);
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(spec, ISO_HEADER_NO, value.data, value.len, &message, &fault), ISO_OK);
    CU_ASSERT_STRING_EQUAL(message.mti, "1240");
    CU_ASSERT_EQUAL(iso_message_text(&message, 4, "", text, sizeof text, &len), ISO_OK);
    ASSERT_BYTES(text, len, "000000020000", 12);
    iso_spec_free(spec);
    free(made.data);
}

/* So that the fillings fall on every byte of records and lengths. */
static void blocks_have_their_filling_wherever_records_end(void)
{
    static const unsigned counts[] = {0, 1, 2, 3, 5, 7, 11, 60, 400};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct made made = make_file(layout_of(BLOCKED), counts[i]);
        struct made plain = make_file(layout_of(VBS), counts[i]);
        struct fault fault = {RESULT_OK, ""};
        unsigned rows;
        size_t at = 0;
        must(read_made(&made, BLOCKED, &rows, &fault), &fault);
        CU_ASSERT_EQUAL(rows, counts[i]);
        CU_ASSERT_EQUAL(made.len % 1014, 0);
        CU_ASSERT_EQUAL(made.len / 1014, (plain.len + 1011) / 1012);
        for (size_t block = 0; block < made.len; block += 1014) {
            size_t part = plain.len - at < 1012 ? plain.len - at : 1012;
            ASSERT_BYTES(made.data + block, part, plain.data + at, part);
            ASSERT_BYTES(made.data + block + 1012, 2, "\x40\x40", 2);
            at += part;
        }
        CU_ASSERT_EQUAL(at, plain.len);
        free(made.data);
        free(plain.data);
    }
}

static void bad_files_are_refused_with_record_and_byte(void)
{
    struct made made = make_file(layout_of(VBS), 2);
    size_t whole = made.len, header = 4 + (uint8_t)made.data[3];
    for (made.len = 0; made.len < whole; made.len++) {
        struct fault fault = {RESULT_OK, ""};
        unsigned rows;
        if (read_made(&made, VBS, &rows, &fault) != RESULT_INPUT)
            CU_FAIL("a file that was cut off was taken");
    }
    made.len = 0;
    expect_bad_file(&made, VBS, ".ipm:1: byte 0: expected another record, got the end of the file");
    made.len = whole - 4;
    expect_bad_file(&made, VBS, ".ipm:4: byte 4: mti: expected `1240`, got `1644`");
    made.len = whole;
    made.data[0] = 1;
    expect_bad_file(&made, VBS, ".ipm:1: byte 0: expected a length of 1 to 9999, got 16777");
    made.data[0] = 0;
    made.data[3]++;
    expect_bad_file(&made, VBS, ".ipm:1: byte ");
    made.data[3]--;
    made.data[header + 5] = 0;
    expect_bad_file(&made, VBS, ".ipm:2: byte 5: mti: expected digits, got byte 00");
    made.data[header + 5] = (char)0xF3;
    expect_bad_file(&made, VBS, ".ipm:2: byte 4: mti: expected `1240`, got `1340`");
    made.data[header + 5] = (char)0xF2;
    made.data[whole - 1] = 5;
    expect_bad_file(&made, VBS, ".ipm:4: byte 4: mti: expected `1240`, got `1644`");
    free(made.data);
}

static void bad_blocks_are_refused(void)
{
    struct made made = make_file(layout_of(BLOCKED), 20);
    made.data[1014 + 1013] = 0;
    expect_bad_file(&made, BLOCKED, "ipm1014: block 2: byte 1012: expected two bytes 40, got 4000");
    made.data[1014 + 1013] = 0x40;
    made.data[made.len - 3] = 0;
    expect_bad_file(&made, BLOCKED, "ipm1014:");
    made.data[made.len - 3] = 0x40;
    made.len -= 7;
    expect_bad_file(&made, BLOCKED, "expected 1014 bytes, got 1007");
    free(made.data);
}

/* Message numbers are those of the places in the file. */
static void records_in_another_order_are_refused(void)
{
    struct made made = make_file(layout_of(VBS), 2);
    size_t header = 4 + (uint8_t)made.data[3];
    size_t detail =
        4 + (size_t)(uint8_t)made.data[header + 2] * 256 + (uint8_t)made.data[header + 3];
    char first[1024];
    memcpy(first, made.data + header, detail);
    memmove(made.data + header, made.data + header + detail, detail);
    memcpy(made.data + header + detail, first, detail);
    expect_bad_file(&made, VBS, ".ipm:2: its number is not that of its place in the file");
    free(made.data);
}

static void a_card_is_never_shown(void)
{
    const struct layout *layout = layout_of(VBS);
    struct row row = full_row(LAYOUT_ISSUER), back;
    struct fault fault = {RESULT_OK, ""};
    char out[LAYOUT_RECORD_MAX];
    size_t len;
    must(layout_write(layout, LAYOUT_DETAIL, &row, out, &len, &fault), &fault);
    out[4 + 4 + 16 + 2 + 9] = 0x40; /* a digit of DE 2 */
    CU_ASSERT_EQUAL(layout_read(layout, LAYOUT_DETAIL, bytes_of(out, len), &back, &at_line, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "byte 35: 2: expected a digit, got ' '");
}

/* --- layouts that are refused ----------------------------------------------------------------- */

#define IPM(columns)                                                                               \
    "layout: t\nform: iso8583\nmessage: " SPECS_DIR "/messages/ipm.yaml\ncontent: issuer\n"        \
    "file: T\ndetail:\n" columns

static void expect_refused(const char *text, const char *part)
{
    struct layout *layout;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(load_text(text, &layout, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static void refuses_elements_that_cannot_be(void)
{
#define MTI "  - {element: mti, source: constant, value: \"1240\"}\n"
    expect_refused(IPM("  - {element: \"2\", source: card}\n"), "expected the element `mti` first");
    expect_refused(IPM(MTI "  - {element: \"1\", source: card}\n"), "`element`: expected mti");
    expect_refused(IPM(MTI "  - {element: \"193\", source: card}\n"), "`element`: expected mti");
    expect_refused(IPM(MTI "  - {element: \"8\", source: card}\n"), "`element`: expected mti");
    expect_refused(IPM(MTI "  - {element: \"48.1\", source: card}\n"), "`element`: expected mti");
    expect_refused(
        IPM(MTI "  - {element: \"2\", source: card}\n  - {element: \"2\", source: stan}\n"),
        "expected a `width`, as a part of an element");
    expect_refused(IPM(MTI "  - {element: \"48.9001\", source: mti}\n"
                           "  - {element: \"2\", source: card}\n"
                           "  - {element: \"48.9002\", source: stan}\n"),
                   "expected what is in one element side by side");
    expect_refused(IPM(MTI "  - {element: \"48.9001\", source: mti}\n"
                           "  - {element: \"48\", source: stan}\n"),
                   "its element has another form before it");
    expect_refused("layout: t\nform: iso8583\nmessage: nowhere.yaml\ncontent: issuer\nfile: T\n",
                   "`message`: ");
    expect_refused(IPM("  text\n"), "expected a list");
}

static void what_an_element_cannot_hold_stops_the_cut(void)
{
    struct layout *layout;
    struct row row = full_row(LAYOUT_ISSUER);
    struct fault fault = {RESULT_OK, ""};
    char out[LAYOUT_RECORD_MAX];
    size_t len;
    must(load_text(IPM(MTI "  - {element: \"11\", source: amount}\n"), &layout, &fault), &fault);
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, out, &len, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "t, detail: DE 11: ");
    layout_free(layout);
    must(load_text(IPM(MTI "  - {element: \"11\", source: amount, width: 4}\n"), &layout, &fault),
         &fault);
    CU_ASSERT_EQUAL(layout_write(layout, LAYOUT_DETAIL, &row, out, &len, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "t, detail, amount: 5 characters for a width of 4");
    layout_free(layout);
}

SUITE(CASE(a_file_of_messages_is_read_back), CASE(the_codec_reads_each_record),
      CASE(blocks_have_their_filling_wherever_records_end),
      CASE(bad_files_are_refused_with_record_and_byte), CASE(bad_blocks_are_refused),
      CASE(records_in_another_order_are_refused), CASE(a_card_is_never_shown),
      CASE(refuses_elements_that_cannot_be), CASE(what_an_element_cannot_hold_stops_the_cut))
