/* Response codes: what each says about the money. */
#include "redpacket/code.h"
#include "suite.h"

#include <stdio.h>

static enum verdict verdict_of(const char *text)
{
    return code_verdict(code_parse(text));
}

static void takes_only_00_for_an_approval(void)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const char *first = digits; *first != '\0'; first++)
        for (const char *second = digits; *second != '\0'; second++) {
            char text[3] = {*first, *second, '\0'};
            bool approves = verdict_of(text) == VERDICT_APPROVED;
            CU_ASSERT_EQUAL(approves, strcmp(text, "00") == 0);
        }
}

static void takes_these_for_silence(void)
{
    static const char *const silent[] = {"68", "90", "94", "96", "98", "A0", "A2"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        CU_ASSERT_EQUAL(verdict_of(silent[i]), VERDICT_SILENT);
}

static void takes_an_unknown_code_for_silence(void)
{
    static const char *const unknown[] = {"02", "77", "ZZ", "B1", "  ", "a0", "\xFF\xFF"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        CU_ASSERT_EQUAL(verdict_of(unknown[i]), VERDICT_SILENT);
    CU_ASSERT_EQUAL(code_verdict(CODE_NONE), VERDICT_SILENT);
}

/* They answer a confirmation; as the answer to a request they are codes that nobody knows. */
static void takes_a_confirmations_codes_for_silence(void)
{
    CU_ASSERT_EQUAL(verdict_of("A4"), VERDICT_SILENT);
    CU_ASSERT_EQUAL(verdict_of("A5"), VERDICT_SILENT);
    CU_ASSERT_EQUAL(verdict_of("A6"), VERDICT_SILENT);
}

static void takes_every_other_code_for_a_refusal(void)
{
    static const char *const refused[] = {"01", "05", "12", "13", "14", "15", "22", "25",
                                          "30", "40", "51", "54", "55", "57", "58", "61",
                                          "62", "64", "65", "75", "91", "92", "99", "A3"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CU_ASSERT_EQUAL(verdict_of(refused[i]), VERDICT_REFUSED);
}

static void writes_what_it_reads(void)
{
    char text[3];
    code_format(code_parse("A2"), text);
    CU_ASSERT_STRING_EQUAL(text, "A2");
    CU_ASSERT_EQUAL(code_parse("A2"), CODE_TO_BE_CONFIRMED);
    code_format(CODE_NONE, text);
    CU_ASSERT_STRING_EQUAL(text, "--");
}

static void has_words_for_every_code(void)
{
    CU_ASSERT_STRING_EQUAL(code_meaning(CODE_FUNDS), "not enough funds");
    CU_ASSERT_STRING_EQUAL(code_meaning(code_parse("ZZ")), "unknown code");
    CU_ASSERT_STRING_EQUAL(code_meaning(CODE_NONE), "unknown code");
}

SUITE(CASE(takes_only_00_for_an_approval), CASE(takes_these_for_silence),
      CASE(takes_an_unknown_code_for_silence), CASE(takes_a_confirmations_codes_for_silence),
      CASE(takes_every_other_code_for_a_refusal), CASE(writes_what_it_reads),
      CASE(has_words_for_every_code))
