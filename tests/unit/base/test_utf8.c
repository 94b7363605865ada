/* Every character of Unicode is read from its shortest form, and nothing else is. */
#include "base/utf8.h"
#include "suite.h"

static size_t next(const char *text, size_t len, uint32_t *code)
{
    return utf8_next((const uint8_t *)text, len, code);
}

static void reads_one_to_four_bytes(void)
{
    uint32_t code = 0;
    CU_ASSERT_EQUAL(next("a", 1, &code), 1);
    CU_ASSERT_EQUAL(code, 'a');
    CU_ASSERT_EQUAL(next("\0", 1, &code), 1);
    CU_ASSERT_EQUAL(code, 0);
    CU_ASSERT_EQUAL(next("\xC2\x80", 2, &code), 2);
    CU_ASSERT_EQUAL(code, 0x80);
    CU_ASSERT_EQUAL(next("\xE0\xA0\x80", 3, &code), 3);
    CU_ASSERT_EQUAL(code, 0x800);
    CU_ASSERT_EQUAL(next("\xEF\xBF\xBF", 3, &code), 3);
    CU_ASSERT_EQUAL(code, 0xFFFF);
    CU_ASSERT_EQUAL(next("\xF0\x90\x80\x80", 4, &code), 4);
    CU_ASSERT_EQUAL(code, 0x10000);
    CU_ASSERT_EQUAL(next("\xF4\x8F\xBF\xBF", 4, &code), 4);
    CU_ASSERT_EQUAL(code, 0x10FFFF);
    CU_ASSERT_EQUAL(next("\xED\x9F\xBFxx", 5, &code), 3);
    CU_ASSERT_EQUAL(code, 0xD7FF);
}

static void refuses_overlong_forms_surrogates_and_what_is_too_large(void)
{
    static const char *const bad[] = {
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80",
        "\xFE\x80\x80\x80",
        "\xFF\x80\x80\x80",
        "\x80",
        "\xBF",
        "\xC2\x41",
        "\xE1\x80\x41",
        "\xF1\x80\x80\xC0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t code = 0;
        CU_ASSERT_EQUAL(next(bad[i], strlen(bad[i]), &code), 0);
    }
}

static void refuses_characters_that_are_cut(void)
{
    uint32_t code = 0;
    CU_ASSERT_EQUAL(next("", 0, &code), 0);
    CU_ASSERT_EQUAL(next("\xC3\xA9", 1, &code), 0);
    CU_ASSERT_EQUAL(next("\xE7\xBA\xA2", 2, &code), 0);
    CU_ASSERT_EQUAL(next("\xF0\x9F\xA7\xA7", 3, &code), 0);
}

SUITE(CASE(reads_one_to_four_bytes), CASE(refuses_overlong_forms_surrogates_and_what_is_too_large),
      CASE(refuses_characters_that_are_cut))
