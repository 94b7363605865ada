#include "lab/money.h"
#include "suite.h"

static int64_t parsed(const char *text)
{
    int64_t minor = -7;
    return lab_money_parse(bytes_text(text), &minor) ? minor : -1;
}

static void reads_whole_amounts_and_two_decimals(void)
{
    CU_ASSERT_EQUAL(parsed("0"), 0);
    CU_ASSERT_EQUAL(parsed("0.00"), 0);
    CU_ASSERT_EQUAL(parsed("0.05"), 5);
    CU_ASSERT_EQUAL(parsed("88.88"), 8888);
    CU_ASSERT_EQUAL(parsed("1000"), 100000);
}

static void reads_the_largest_amount_and_not_one_more(void)
{
    CU_ASSERT_EQUAL(parsed("9999999999.99"), LAB_BALANCE_MAX);
    CU_ASSERT_EQUAL(parsed("10000000000.00"), -1);
    CU_ASSERT_EQUAL(parsed("999999999999"), -1);
    CU_ASSERT_EQUAL(parsed("99999999999999999999"), -1);
}

static void rejects_other_ways_to_write_money(void)
{
    static const char *const bad[] = {"",     ".",     ".50",   "1.",   "1.5",   "1.500",  "-1",
                                      "+1",   "01.00", "00",    "1,00", "1 000", "1e3",    "0x10",
                                      "1.0a", " 1.00", "1.00 ", "1..0", "1.-5",  "1.00.00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(parsed(bad[i]), -1);
}

static void leaves_the_result_alone_when_it_refuses(void)
{
    int64_t minor = 42;
    CU_ASSERT_FALSE(lab_money_parse(bytes_text("no"), &minor));
    CU_ASSERT_EQUAL(minor, 42);
}

static void writes_what_it_reads(void)
{
    static const int64_t amounts[] = {0, 1, 99, 100, 101, 8888, LAB_PACKET_MAX, LAB_BALANCE_MAX};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        char text[LAB_MONEY_TEXT_SIZE];
        lab_money_format(amounts[i], text);
        CU_ASSERT_EQUAL(parsed(text), amounts[i]);
    }
}

static void writes_negative_amounts_and_the_extremes(void)
{
    char text[LAB_MONEY_TEXT_SIZE];
    lab_money_format(-5, text);
    CU_ASSERT_STRING_EQUAL(text, "-0.05");
    lab_money_format(INT64_MIN, text);
    CU_ASSERT_STRING_EQUAL(text, "-92233720368547758.08");
    lab_money_format(INT64_MAX, text);
    CU_ASSERT_STRING_EQUAL(text, "92233720368547758.07");
}

SUITE(CASE(reads_whole_amounts_and_two_decimals), CASE(reads_the_largest_amount_and_not_one_more),
      CASE(rejects_other_ways_to_write_money), CASE(leaves_the_result_alone_when_it_refuses),
      CASE(writes_what_it_reads), CASE(writes_negative_amounts_and_the_extremes))
