/* Digits, hex and money are read strictly and written exactly. */
#include "base/text.h"
#include "suite.h"

static void reads_digits_of_any_width(void)
{
    uint64_t value = 1;
    CU_ASSERT_TRUE(text_digits_parse(bytes_text("0"), &value));
    CU_ASSERT_EQUAL(value, 0);
    CU_ASSERT_TRUE(text_digits_parse(bytes_text("000000000042"), &value));
    CU_ASSERT_EQUAL(value, 42);
    CU_ASSERT_TRUE(text_digits_parse(bytes_text("18446744073709551615"), &value));
    CU_ASSERT_EQUAL(value, UINT64_MAX);
    CU_ASSERT_TRUE(text_digits_parse(bytes_text("000000000018446744073709551615"), &value));
    CU_ASSERT_EQUAL(value, UINT64_MAX);
}

static void refuses_what_is_not_all_digits_or_does_not_fit(void)
{
    static const char *const bad[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "1a",
        "/",
        ":",
        "18446744073709551616",
        "28446744073709551615",
        "99999999999999999999",
        "\xD9\xA1",
    };
    uint64_t value = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(text_digits_parse(bytes_text(bad[i]), &value));
    CU_ASSERT_FALSE(text_digits_parse(bytes_of("1\0", 2), &value));
    CU_ASSERT_FALSE(text_digits_parse(bytes_of(NULL, 0), &value));
    CU_ASSERT_EQUAL(value, 77);
}

/* Every width is read in a way of its own; here is the plain one. */
static void reads_each_digit_at_each_place_of_each_width(void)
{
    char text[25];
    for (size_t width = 1; width <= sizeof text; width++)
        for (size_t at = 0; at < width; at++)
            for (unsigned digit = 0; digit <= 9; digit++) {
                uint64_t value = 0, expected = 0;
                for (size_t i = 0; i < width; i++) {
                    unsigned filling = width <= 19 ? (unsigned)(3 * i + 7) % 10 : 0;
                    unsigned one = i == at && width - i <= 19 ? digit : filling;
                    text[i] = (char)('0' + one);
                    expected = expected * 10 + one;
                }
                CU_ASSERT_TRUE(text_digits_parse(bytes_of(text, width), &value));
                CU_ASSERT_EQUAL(value, expected);
            }
}

static void refuses_each_other_byte_at_each_place_of_each_width(void)
{
    char text[25];
    uint64_t value = 77;
    size_t read = 0;
    memset(text, '5', sizeof text);
    for (size_t width = 1; width <= sizeof text; width++)
        for (size_t at = 0; at < width; at++)
            for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
                if (byte >= '0' && byte <= '9')
                    continue;
                text[at] = (char)byte;
                read += text_digits_parse(bytes_of(text, width), &value);
                text[at] = '5';
            }
    CU_ASSERT_EQUAL(read, 0);
    CU_ASSERT_EQUAL(value, 77);
}

static void tells_digits_from_other_text(void)
{
    CU_ASSERT_TRUE(text_is_digits(bytes_text("0123456789")));
    CU_ASSERT_FALSE(text_is_digits(bytes_text("")));
    CU_ASSERT_FALSE(text_is_digits(bytes_text("12 3")));
}

static void writes_zero_filled_numbers(void)
{
    char out[24] = "#######################";
    CU_ASSERT_TRUE(text_digits_format(42, out, 6));
    CU_ASSERT_EQUAL(memcmp(out, "000042#", 7), 0);
    CU_ASSERT_TRUE(text_digits_format(0, out, 1));
    CU_ASSERT_EQUAL(out[0], '0');
    CU_ASSERT_TRUE(text_digits_format(UINT64_MAX, out, 20));
    CU_ASSERT_EQUAL(memcmp(out, "18446744073709551615#", 21), 0);
    CU_ASSERT_TRUE(text_digits_format(UINT64_MAX, out, 23));
    CU_ASSERT_EQUAL(memcmp(out, "00018446744073709551615", 23), 0);
    CU_ASSERT_TRUE(text_digits_format(0, out, 0));
}

static void refuses_numbers_wider_than_their_place(void)
{
    char out[24] = "###";
    CU_ASSERT_FALSE(text_digits_format(10, out, 1));
    CU_ASSERT_FALSE(text_digits_format(1, out, 0));
    CU_ASSERT_FALSE(text_digits_format(UINT64_MAX, out, 19));
    CU_ASSERT_EQUAL(memcmp(out, "###", 3), 0);
}

static void hex_goes_there_and_back(void)
{
    char out[8];
    uint8_t back[4];
    text_hex_encode(bytes_of("\x00\x9A\xBC\xFF", 4), out);
    CU_ASSERT_EQUAL(memcmp(out, "009ABCFF", 8), 0);
    CU_ASSERT_TRUE(text_hex_decode(bytes_of(out, 8), back, sizeof back));
    CU_ASSERT_EQUAL(memcmp(back, "\x00\x9A\xBC\xFF", 4), 0);
    CU_ASSERT_TRUE(text_hex_decode(bytes_text("abCDef"), back, sizeof back));
    CU_ASSERT_EQUAL(memcmp(back, "\xAB\xCD\xEF", 3), 0);
    CU_ASSERT_TRUE(text_hex_decode(bytes_text(""), back, 0));
}

static void refuses_odd_wrong_and_too_long_hex(void)
{
    uint8_t out[2];
    static const char *const bad[] = {"1",  "123", "12345", "1G", "G1", "1 ",    " 1",
                                      "0x", "@@",  "``",    "//", "::", "112233"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(text_hex_decode(bytes_text(bad[i]), out, sizeof out));
}

static void writes_money_for_people(void)
{
    static const struct {
        int64_t minor;
        const char *text;
    } cases[] = {
        {0, "0.00"},
        {5, "0.05"},
        {-5, "-0.05"},
        {99, "0.99"},
        {100, "1.00"},
        {99999, "999.99"},
        {100000, "1,000.00"},
        {123456, "1,234.56"},
        {-123456789, "-1,234,567.89"},
        {100000000, "1,000,000.00"},
        {INT64_MAX, "92,233,720,368,547,758.07"},
        {INT64_MIN, "-92,233,720,368,547,758.08"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[TEXT_MONEY_SIZE];
        CU_ASSERT_STRING_EQUAL(text_money_format(cases[i].minor, out), cases[i].text);
    }
}

SUITE(CASE(reads_digits_of_any_width), CASE(refuses_what_is_not_all_digits_or_does_not_fit),
      CASE(reads_each_digit_at_each_place_of_each_width),
      CASE(refuses_each_other_byte_at_each_place_of_each_width), CASE(tells_digits_from_other_text),
      CASE(writes_zero_filled_numbers), CASE(refuses_numbers_wider_than_their_place),
      CASE(hex_goes_there_and_back), CASE(refuses_odd_wrong_and_too_long_hex),
      CASE(writes_money_for_people))
