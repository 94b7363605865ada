#include "lab/card.h"
#include "suite.h"

static void computes_the_check_digit_of_the_standards_example(void)
{
    CU_ASSERT_EQUAL(lab_card_check_digit(bytes_text("7992739871")), '3');
    CU_ASSERT_EQUAL(lab_card_check_digit(bytes_text("999901100000001")), '9');
    CU_ASSERT_EQUAL(lab_card_check_digit(bytes_text("0")), '0');
}

static void accepts_exactly_one_check_digit(void)
{
    char number[] = "999903300000000001?";
    unsigned accepted = 0;
    for (char digit = '0'; digit <= '9'; digit++) {
        number[18] = digit;
        accepted += lab_card_passes_luhn(bytes_text(number)) ? 1 : 0;
    }
    CU_ASSERT_EQUAL(accepted, 1);
}

static void notices_two_neighbouring_digits_swapped(void)
{
    CU_ASSERT_TRUE(lab_card_passes_luhn(bytes_text("9999011000000019")));
    CU_ASSERT_FALSE(lab_card_passes_luhn(bytes_text("9999101000000019")));
}

static void rejects_what_is_no_number(void)
{
    CU_ASSERT_FALSE(lab_card_passes_luhn(bytes_text("")));
    CU_ASSERT_FALSE(lab_card_passes_luhn(bytes_text("0")));
    CU_ASSERT_FALSE(lab_card_passes_luhn(bytes_text("99990110000000l9")));
    CU_ASSERT_FALSE(lab_card_passes_luhn(bytes_text("9999 0110 0000 0019")));
}

SUITE(CASE(computes_the_check_digit_of_the_standards_example),
      CASE(accepts_exactly_one_check_digit), CASE(notices_two_neighbouring_digits_swapped),
      CASE(rejects_what_is_no_number))
