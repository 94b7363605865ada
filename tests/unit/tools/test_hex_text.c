/* Hex text in every form, and what is said of that which is none. */
#include "hex_text.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static struct hex_fault fault;

/* Every message of a text as upper-case hex, one a line, "!" for each that is bad. */
static const char *read_all(const char *input)
{
    static uint8_t bytes[HEX_TEXT_MAX];
    static char out[4096];
    struct hex_text text;
    size_t len = 0, left = strlen(input);
    hex_text_init(&text, bytes);
    enum hex_event event = HEX_NOTHING;
    for (bool more = true; more;) {
        const char *end = memchr(input, '\n', left);
        size_t line_len = end != NULL ? (size_t)(end - input) : left;
        more = left > 0;
        if (more) {
            /* In memory of its own size: what reads further is seen by the sanitizer. */
            char *line = malloc(line_len + 1);
            if (line == NULL)
                abort();
            memcpy(line + 1, input, line_len);
            event = hex_text_line(&text, line + 1, line_len, &fault);
            free(line);
        } else {
            event = hex_text_end(&text, &fault);
        }
        if (event == HEX_MESSAGE || event == HEX_AGAIN)
            for (size_t i = 0; i < text.len && len < sizeof out - 8; i++)
                len += (size_t)snprintf(out + len, sizeof out - len, "%02X", bytes[i]);
        if (event != HEX_NOTHING)
            len += (size_t)snprintf(out + len, sizeof out - len, event == HEX_BAD ? "!" : "|");
        if (more && event != HEX_AGAIN) {
            input += end != NULL ? line_len + 1 : line_len;
            left -= end != NULL ? line_len + 1 : line_len;
        }
    }
    out[len] = '\0';
    return out;
}

static void reads_pairs_with_anything_usual_between_them(void)
{
    static const char *const inputs[] = {
        "30310aff",
        "30 31 0A FF",
        "  30:31:0a:ff  \r",
        "30-31-0a-ff",
        "0x30,0x31,0x0a,0xff,",
        "0x30310aff",
        "0x30, 0x31, 0xA, 0xFF",
        "\\x30\\x31\\x0a\\xff",
        "\"30310aff\",",
        "'30 31 0a ff'",
        "\"\\x30\\x31\\x0a\\xff\";",
        "\"01\\n\\xff\"",
        "b'01\\n\\xff'",
        "\"\\60\\061\\012\\377\"",
        "30 31 0a ff // what it is",
        "30 31 /* and */ 0a ff",
        "30\xC2\xA0\x33\x31 0a\tff",
        "3031 0aff",
        "3031:0aff",
        "30;31;0a;ff",
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        CU_ASSERT_STRING_EQUAL(read_all(inputs[i]), "30310AFF|");
}

static void a_line_is_a_message(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("3031\n\n# a comment\n3233\n \n34"), "3031|3233|34|");
    CU_ASSERT_STRING_EQUAL(read_all(""), "");
    CU_ASSERT_STRING_EQUAL(read_all("\n\r\n  \n"), "");
}

static void reads_arrays_of_programs(void)
{
    static const char *const inputs[] = {
        "unsigned char claim[] = {\n  0x30, 0x31,\n  0x0a, 0xff\n};\nunsigned int claim_len = 4;\n",
        ("/* Frame (4 bytes) */\nstatic const unsigned char pkt1[4] = {\n0x30, 0x31, /* 01 */\n"
         "0x0a, 0xff  /* .. */\n};\n"),
        "const uint8_t message[] =\n{\n    0x30, 0x31, 0x0A, 0xFF,\n};\n",
        "byte[] b = new byte[] {0x30, 0x31, 0x0a, (byte) 0xff};",
        "msg := []byte{0x30, 0x31, 0x0a, 0xff}",
        "let bytes = [0x30, 0x31, 0x0a, 0xff];",
        "[0x30, 0x31,\n 0x0a, 0xff]",
        "message = bytes([0x30, 0x31, 0x0a, 0xff])",
        "\"\\x30\\x31\" \\\n\"\\x0a\\xff\"\n",
        "const char *m = \"\\x30\\x31\\x0a\\xff\";",
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        CU_ASSERT_STRING_EQUAL(read_all(inputs[i]), "30310AFF|");
}

#define ROW "30313233343536373839414243440A0F"

static void reads_dumps_with_offsets_and_gutters(void)
{
    static const char *const inputs[] = {
        /* hexdump -C */
        "00000000  30 31 32 33 34 35 36 37  38 39 41 42 43 44 0a 0f  |0123456789ABCD..|\n"
        "00000010  30 31                                             |01|\n00000012\n",
        /* xxd, xxd -g1 */
        "00000000: 3031 3233 3435 3637 3839 4142 4344 0a0f  0123456789ABCD..\n00000010: 3031    "
        "                                  01\n",
        "00000000: 30 31 32 33 34 35 36 37 38 39 41 42 43 44 0a 0f  0123456789ABCD..\n"
        "00000010: 30 31                                            01\n",
        /* od -A x, -A o, -A d; with its own gutter */
        "000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 0a 0f\n000010 30 31\n000012\n",
        "0000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 0a 0f\n0000020 30 31\n0000022\n",
        "0000000 30 31 32 33 34 35 36 37 38 39 41 42 43 44 0a 0f  >0123456789ABCD..<\n"
        "0000016 30 31                                            >01<\n0000018\n",
        /* tcpdump -X */
        "12:34:56.789012 IP 10.0.0.1.1000 > 10.0.0.2.2000: Flags [P.], length 18\n"
        "\t0x0000:  3031 3233 3435 3637 3839 4142 4344 0a0f  0123456789ABCD..\n"
        "\t0x0010:  3031                                     01\n",
        /* Wireshark, with and without the gutter and the gap */
        "0000   30 31 32 33 34 35 36 37 38 39 41 42 43 44 0a 0f   0123456789ABCD..\n"
        "0010   30 31                                             01\n",
        "0000  30 31 32 33 34 35 36 37  38 39 41 42 43 44 0a 0f\n0010  30 31\n",
        "0000  30 31 32 33 34 35 36 37-38 39 41 42 43 44 0a 0f\r\n0010  30 31\r\n",
        /* a part from the middle */
        "00000140  30 31 32 33 34 35 36 37  38 39 41 42 43 44 0a 0f  |0123456789ABCD..|\n"
        "00000150  30 31                                             |01|\n",
        "00000140: 3031 3233 3435 3637 3839 4142 4344 0a0f\n00000150: 3031\n",
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        CU_ASSERT_STRING_EQUAL(read_all(inputs[i]), ROW "3031|");
}

static void a_gutter_that_looks_like_hex_is_none(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("00000000: 3330 3331  3031\n"), "33303331|");
    CU_ASSERT_STRING_EQUAL(
        read_all("0000  41 42 20 43 44 20 45 46                           AB CD EF"),
        "4142204344204546|");
    CU_ASSERT_STRING_EQUAL(
        read_all("00000000  30 31 32 33 34 35 36 37                           |30 31 32|"),
        "3031323334353637|");
}

static void several_dumps_are_several_messages(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("0000  30 31\n0000  32 33\n\n0000  34 35\n# end\n36 37\n"),
                           "3031|3233|3435|3637|");
    CU_ASSERT_STRING_EQUAL(read_all("00000000: 3031\n00000002: 32\n00000000: 33"), "303132|33|");
}

static void a_star_stands_for_rows_like_the_one_above(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("00000000  30 31 32 33\n*\n0000000c  34\n0000000d\n"),
                           "30313233303132333031323334|");
    CU_ASSERT_STRING_EQUAL(read_all("0000000 30 31 32 33 34 35 36 37\n*\n0000030\n"),
                           "303132333435363730313233343536373031323334353637|");
}

static void must_be_bad(const char *input, size_t line, size_t column, const char *expected,
                        const char *got)
{
    const char *out = read_all(input);
    CU_ASSERT_PTR_NOT_NULL(strchr(out, '!'));
    CU_ASSERT_EQUAL(fault.line, line);
    CU_ASSERT_EQUAL(fault.column, column);
    ASSERT_CONTAINS(fault.expected, expected);
    ASSERT_CONTAINS(fault.got, got);
}

static void tells_line_and_column_of_what_is_no_hex(void)
{
    must_be_bad("30 31\n30 3x", 2, 5, "two hex digits a byte", "'x'");
    must_be_bad("30 3", 1, 5, "two hex digits a byte", "the end of the line");
    must_be_bad("30 3 1", 1, 5, "two hex digits a byte", "a blank");
    must_be_bad("GET / HTTP/1.1", 1, 1, "two hex digits a byte", "'G'");
    must_be_bad("30\x80", 1, 3, "two hex digits a byte", "byte 80");
    must_be_bad("\"3031", 1, 6, "a closing \"", "the end of the line");
    must_be_bad("\"30\\q\"", 1, 5, "\\x and two hex digits", "'q'");
    must_be_bad("0xG0", 1, 3, "two hex digits", "'G'");
    must_be_bad("{0x30} and", 1, 8, "behind the closing brace", "'a'");
    must_be_bad("{0x30,\n0x31", 2, 1, "what closes the brace", "the end of the input");
    must_be_bad("30 /* 31", 1, 1, "what closes", "the end of the input");
}

static void tells_a_line_that_is_missing_from_a_dump(void)
{
    must_be_bad("0000  30 31\n0004  32 33\n0006  34\n\n35", 2, 1,
                "offset 2, behind the line before", "offset 4");
    CU_ASSERT_STRING_EQUAL(read_all("0000  30 31\n0004  32 33\n0006  34\n\n35"), "!35|");
    must_be_bad("0000  30 31 zz\n0003  34", 1, 13, "two hex digits a byte", "'z'");
}

static void refuses_words_whose_order_is_the_machines(void)
{
    must_be_bad("0000000 3130 3332\n0000004\n", 1, 9, "as hexdump -C", "words of two bytes");
    CU_ASSERT_STRING_EQUAL(read_all("0000000 3130 3332\n0000004\n\n30"), "!30|");
}

static void goes_on_after_what_is_bad(void)
{
    CU_ASSERT_STRING_EQUAL(read_all("zz\n30\n{zz}\n31\n\"\n32"), "!30|!31|!32|");
}

static void takes_a_message_of_the_maximum_and_refuses_one_more_byte(void)
{
    static uint8_t bytes[HEX_TEXT_MAX];
    static char line[2 * HEX_TEXT_MAX + 2];
    struct hex_text text;
    memset(line, '3', sizeof line);
    hex_text_init(&text, bytes);
    CU_ASSERT_EQUAL(hex_text_line(&text, line, sizeof line - 2, &fault), HEX_MESSAGE);
    CU_ASSERT_EQUAL(text.len, HEX_TEXT_MAX);
    CU_ASSERT_EQUAL(hex_text_line(&text, line, sizeof line, &fault), HEX_BAD);
    CU_ASSERT_EQUAL(fault.column, sizeof line - 1);
    ASSERT_CONTAINS(fault.expected, "65536 bytes at most");
    /* Nor by a star. */
    CU_ASSERT_EQUAL(hex_text_line(&text, "0000  30 31", 11, &fault), HEX_NOTHING);
    CU_ASSERT_EQUAL(hex_text_line(&text, "*", 1, &fault), HEX_NOTHING);
    CU_ASSERT_EQUAL(hex_text_line(&text, "ffffffffffff", 12, &fault), HEX_BAD);
}

SUITE(CASE(reads_pairs_with_anything_usual_between_them), CASE(a_line_is_a_message),
      CASE(reads_arrays_of_programs), CASE(reads_dumps_with_offsets_and_gutters),
      CASE(a_gutter_that_looks_like_hex_is_none), CASE(several_dumps_are_several_messages),
      CASE(a_star_stands_for_rows_like_the_one_above),
      CASE(tells_line_and_column_of_what_is_no_hex), CASE(tells_a_line_that_is_missing_from_a_dump),
      CASE(refuses_words_whose_order_is_the_machines), CASE(goes_on_after_what_is_bad),
      CASE(takes_a_message_of_the_maximum_and_refuses_one_more_byte))
