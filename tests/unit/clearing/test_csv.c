/* Delimited files as others write them: quotes, line ends, charsets; and what is none. */
#include "clearing/csv.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/csv-test-XXXXXX";

static void write_file(const char *text, size_t len)
{
    static bool is_made;
    if (!is_made) {
        int file = mkstemp(path);
        CU_ASSERT_FATAL(file >= 0);
        close(file);
    }
    is_made = true;
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(fwrite(text, 1, len, file), len);
    CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

/* All records as one text: "[a|b]" each. RESULT_OK or the fault. */
static enum result read_all(const char *text, size_t len, char delimiter, enum csv_charset charset,
                            char *out, size_t size, struct fault *fault)
{
    struct csv *csv;
    struct csv_record record;
    bool found = true;
    size_t at = 0;
    write_file(text, len);
    TRY(csv_open(path, delimiter, charset, &csv, fault));
    enum result result = RESULT_OK;
    out[0] = '\0';
    while (result == RESULT_OK && found) {
        result = csv_next(csv, &record, &found, fault);
        for (size_t i = 0; result == RESULT_OK && found && i < record.count; i++)
            at += (size_t)snprintf(out + at, size - at, "%s%.*s%s", i == 0 ? "[" : "|",
                                   (int)record.fields[i].len, (const char *)record.fields[i].data,
                                   i + 1 == record.count ? "]" : "");
    }
    csv_close(csv);
    unlink(path);
    return result;
}

static void expect(const char *text, const char *expected)
{
    struct fault fault = {RESULT_OK, ""};
    char got[1024];
    CU_ASSERT_EQUAL(read_all(text, strlen(text), ',', CSV_UTF8, got, sizeof got, &fault),
                    RESULT_OK);
    CU_ASSERT_STRING_EQUAL(got, expected);
}

static void refuses(const char *text, size_t len, const char *part)
{
    struct fault fault = {RESULT_OK, ""};
    char got[1024];
    CU_ASSERT_EQUAL(read_all(text, len, ',', CSV_UTF8, got, sizeof got, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
}

static void reads_fields_and_lines(void)
{
    expect("a,b\nc,d\n", "[a|b][c|d]");
    expect("a,b\r\nc,d\r\n", "[a|b][c|d]");
    expect("a,b\nc,d", "[a|b][c|d]");
    expect("a,,\n,,c\n", "[a||][||c]");
    expect("", "");
}

static void passes_over_empty_lines_and_a_byte_order_mark(void)
{
    expect("\xEF\xBB\xBF"
           "a,b\n\n\r\nc,d\n\n",
           "[a|b][c|d]");
}

static void reads_quotes_as_rfc_4180_has_them(void)
{
    expect("\"a\",\"b,c\"\n", "[a|b,c]");
    expect("\"a \"\"b\"\"\",c\n", "[a \"b\"|c]");
    expect("\"two\r\nlines\",c\r\nd,e\r\n", "[two\r\nlines|c][d|e]");
    expect("\"\",x\n", "[|x]");
}

static void says_on_which_line_a_record_begins(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct csv *csv;
    struct csv_record record;
    bool found;
    write_file("a\n\n\"b\nb\",c\nd\n", 14);
    CU_ASSERT_EQUAL_FATAL(csv_open(path, ',', CSV_UTF8, &csv, &fault), RESULT_OK);
    static const uint64_t lines[] = {1, 3, 5};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(csv_next(csv, &record, &found, &fault), RESULT_OK);
        CU_ASSERT_TRUE(found);
        CU_ASSERT_EQUAL(record.line, lines[i]);
    }
    csv_close(csv);
    unlink(path);
}

static void reads_gb18030_where_a_delimiter_may_be_half_a_character(void)
{
    struct fault fault = {RESULT_OK, ""};
    char got[256];
    /* U+4E02 is 81 40; U+4E85 is 81 7C, whose second byte is a bar; U+3401 is 81 39 EF 30. */
    static const char text[] = "\x84\x31\x95\x33\x81\x40|\x81\x7C|x\n\x81\x39\xEF\x30|y|z\n";
    CU_ASSERT_EQUAL(read_all(text, sizeof text - 1, '|', CSV_GB18030, got, sizeof got, &fault),
                    RESULT_OK);
    CU_ASSERT_STRING_EQUAL(got, "[\xE4\xB8\x82|\xE4\xBA\x85|x][\xE3\x90\x81|y|z]");
}

/* Characters and quotes over the ends of what is read at once. */
static void reads_files_longer_than_what_is_read_at_once(void)
{
    enum { LINES = 40000 };
    struct fault fault = {RESULT_OK, ""};
    struct csv *csv;
    struct csv_record record;
    bool found;
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (unsigned i = 0; i < LINES; i++)
        fprintf(file, "%u,\"\xE4\xB8\x82 \"\"%u\"\"\",\xE4\xB8\x82\r\n", i, i * 7);
    CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
    CU_ASSERT_EQUAL_FATAL(csv_open(path, ',', CSV_UTF8, &csv, &fault), RESULT_OK);
    for (unsigned i = 0; i < LINES; i++) {
        char expected[64];
        int len = snprintf(expected, sizeof expected, "\xE4\xB8\x82 \"%u\"", i * 7);
        CU_ASSERT_EQUAL_FATAL(csv_next(csv, &record, &found, &fault), RESULT_OK);
        CU_ASSERT_FATAL(found && record.count == 3 && record.line == i + 1);
        CU_ASSERT_FATAL(record.fields[1].len == (size_t)len &&
                        memcmp(record.fields[1].data, expected, (size_t)len) == 0);
    }
    CU_ASSERT_EQUAL(csv_next(csv, &record, &found, &fault), RESULT_OK);
    CU_ASSERT_FALSE(found);
    csv_close(csv);
    unlink(path);
}

static void refuses_quotes_out_of_place(void)
{
    refuses("a,b\nc,d\"e\n", 10, ":2: column 2: expected no quote inside a field without quotes");
    refuses("a,\"b\"c\n", 7, ":1: column 2: expected a delimiter behind the quote, got text");
    refuses("a,\"b", 4,
            ":1: column 2: expected a quote at the end of the field, got the end of the file");
    refuses("a\n\"b\nc\n", 7,
            ":2: column 1: expected a quote at the end of the field, got the end of the file (in "
            "line 4; the quote opens here)");
    /* It takes in what follows, up to the next quote. */
    refuses("a,b\nc,\"d\ne,f\ng,\"h\"\n", 19,
            ":2: column 2: expected a delimiter behind the quote, got text (in line 4; the quote "
            "opens here)");
    refuses("\"a\nb\",c\nd,e\"\n", 14, ":3: column 2: expected no quote inside");
    refuses("a\rb\n", 4, ":1: column 1: expected a line feed behind a carriage return");
}

static void refuses_what_is_not_of_its_charset(void)
{
    struct fault fault = {RESULT_OK, ""};
    char got[64];
    refuses("a\nb,\xFF\xFE\xFF\xFE\n", 9, "expected UTF-8, got other bytes");
    refuses("a\nb,\xE4\xB8", 6, ":2: expected UTF-8, got other bytes");
    CU_ASSERT_EQUAL(read_all("a\nb\xFF\xFFq\n", 7, ',', CSV_GB18030, got, sizeof got, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, ":2: expected GB18030, got other bytes");
    CU_ASSERT_EQUAL(read_all("a\x81", 2, ',', CSV_GB18030, got, sizeof got, &fault), RESULT_INPUT);
}

static void refuses_more_than_its_limits(void)
{
    static char text[CSV_RECORD_MAX + 16];
    memset(text, 'x', sizeof text);
    refuses(text, CSV_RECORD_MAX + 1, "expected a record of at most 65,536 bytes, got more");
    memset(text, ',', sizeof text);
    refuses(text, CSV_COLUMNS_MAX + 1, "expected at most 256 columns");
}

static void accepts_exactly_its_limits(void)
{
    struct fault fault = {RESULT_OK, ""};
    static char text[CSV_RECORD_MAX + 1], got[CSV_RECORD_MAX + 16];
    memset(text, 'x', CSV_RECORD_MAX);
    CU_ASSERT_EQUAL(read_all(text, CSV_RECORD_MAX, ',', CSV_UTF8, got, sizeof got, &fault),
                    RESULT_OK);
    memset(text, ',', CSV_RECORD_MAX);
    CU_ASSERT_EQUAL(read_all(text, CSV_COLUMNS_MAX - 1, ',', CSV_UTF8, got, sizeof got, &fault),
                    RESULT_OK);
}

static void says_which_file_is_not_there(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct csv *csv;
    CU_ASSERT_EQUAL(csv_open("/not/there.csv", ',', CSV_UTF8, &csv, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "/not/there.csv: No such file");
    CU_ASSERT_PTR_NULL(csv);
    csv_close(NULL);
}

SUITE(CASE(reads_fields_and_lines), CASE(passes_over_empty_lines_and_a_byte_order_mark),
      CASE(reads_quotes_as_rfc_4180_has_them), CASE(says_on_which_line_a_record_begins),
      CASE(reads_gb18030_where_a_delimiter_may_be_half_a_character),
      CASE(reads_files_longer_than_what_is_read_at_once), CASE(refuses_quotes_out_of_place),
      CASE(refuses_what_is_not_of_its_charset), CASE(refuses_more_than_its_limits),
      CASE(accepts_exactly_its_limits), CASE(says_which_file_is_not_there))
