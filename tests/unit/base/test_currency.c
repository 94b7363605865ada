/* The table of currencies. */
#include "suite.h"

#include "base/currency.h"

#include <string.h>

static void finds_by_number_and_by_letters(void)
{
    const struct currency *yuan = currency_find("156");
    CU_ASSERT_PTR_NOT_NULL_FATAL(yuan);
    CU_ASSERT_STRING_EQUAL(yuan->letters, "CNY");
    CU_ASSERT_EQUAL(yuan->decimals, 2);
    CU_ASSERT_PTR_EQUAL(currency_find_letters("CNY"), yuan);
    CU_ASSERT_EQUAL(currency_find("392")->decimals, 0);
    CU_ASSERT_EQUAL(currency_find("048")->decimals, 3);
    CU_ASSERT_STRING_EQUAL(currency_find("008")->letters, "ALL");
    CU_ASSERT_STRING_EQUAL(currency_find("986")->letters, "BRL");
}

static void every_number_finds_itself(void)
{
    char number[4];
    unsigned found = 0;
    for (unsigned i = 0; i < 1000; i++) {
        number[0] = (char)('0' + i / 100);
        number[1] = (char)('0' + i / 10 % 10);
        number[2] = (char)('0' + i % 10);
        const struct currency *currency = currency_find(number);
        if (currency == NULL)
            continue;
        found++;
        CU_ASSERT_TRUE(memcmp(currency->number, number, 3) == 0);
        CU_ASSERT_PTR_EQUAL(currency_find_letters(currency->letters), currency);
    }
    CU_ASSERT_EQUAL(found, 155);
}

static void what_is_no_currency_is_not_found(void)
{
    CU_ASSERT_PTR_NULL(currency_find("000"));
    CU_ASSERT_PTR_NULL(currency_find("999"));
    CU_ASSERT_PTR_NULL(currency_find("\0\0\0"));
    CU_ASSERT_PTR_NULL(currency_find("\xFF\xFF\xFF"));
    CU_ASSERT_PTR_NULL(currency_find_letters("XXX"));
    CU_ASSERT_PTR_NULL(currency_find_letters("cny"));
}

SUITE(CASE(finds_by_number_and_by_letters), CASE(every_number_finds_itself),
      CASE(what_is_no_currency_is_not_found))
