/* No more than six and four digits of a card number are ever seen. */
#include "base/mask.h"
#include "suite.h"

static void masked(const char *pan, const char *expected)
{
    char out[40];
    mask_pan(bytes_text(pan), out, sizeof out);
    CU_ASSERT_STRING_EQUAL(out, expected);
}

static void keeps_six_and_four(void)
{
    masked("9999000000000016", "999900******0016");
    masked("9999001234567", "999900***4567");
    masked("9999001234567890123", "999900*********0123");
}

static void hides_short_numbers_whole(void)
{
    masked("999900123456", "************");
    masked("1", "*");
    masked("", "");
}

static void hides_what_is_no_digit(void)
{
    masked("9999=0000000016X", "9999*0******016*");
    masked("99990000000000\n6", "999900******00*6");
}

static void is_cut_to_the_place_there_is(void)
{
    char out[17];
    memset(out, '#', sizeof out);
    mask_pan(bytes_text("9999000000000016"), out, 16);
    CU_ASSERT_STRING_EQUAL(out, "999900******001");
    CU_ASSERT_EQUAL(out[16], '#');
    mask_pan(bytes_text("9999000000000016"), out, 1);
    CU_ASSERT_STRING_EQUAL(out, "");
    mask_pan(bytes_of(NULL, 0), out, 1);
    CU_ASSERT_STRING_EQUAL(out, "");
}

SUITE(CASE(keeps_six_and_four), CASE(hides_short_numbers_whole), CASE(hides_what_is_no_digit),
      CASE(is_cut_to_the_place_there_is))
