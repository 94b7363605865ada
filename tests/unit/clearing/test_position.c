/* Positions: who owes whom, in each currency, fees included. */
#include "clearing/position.h"

#include "suite.h"

#include <stdio.h>

static void must(enum result result, const struct fault *fault)
{
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault->text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

static void positions_are_in_order_and_sum_up_to_zero(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    must(positions_add_share(&positions, 30, 10, "156", 500, &fault), &fault);
    must(positions_add_share(&positions, 10, 20, "156", 200, &fault), &fault);
    must(positions_add_share(&positions, 20, 20, "156", 7, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(positions.count, 3);
    CU_ASSERT_EQUAL(positions.list[0].institution, 10);
    CU_ASSERT_EQUAL(position_net(&positions.list[0]), 300);
    CU_ASSERT_EQUAL(position_net(&positions.list[1]), 200);
    CU_ASSERT_EQUAL(position_net(&positions.list[2]), -500);
    must(positions_check(&positions, &fault), &fault);
    must(positions_add_share(&positions, 0, 20, "156", 9, &fault), &fault);
    CU_ASSERT_EQUAL(positions_check(&positions, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "currency 156 sum up to 9 minor units instead of 0");
}

static void currencies_are_apart(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    must(positions_add_share(&positions, 10, 20, "840", 500, &fault), &fault);
    must(positions_add_share(&positions, 20, 10, "156", 300, &fault), &fault);
    CU_ASSERT_EQUAL_FATAL(positions.count, 4);
    CU_ASSERT_EQUAL(position_net(positions_find(&positions, 10, "156")), 300);
    CU_ASSERT_EQUAL(position_net(positions_find(&positions, 10, "840")), -500);
    CU_ASSERT_PTR_NULL(positions_find(&positions, 10, "344"));
    must(positions_check(&positions, &fault), &fault);
}

/* The sum over all of it is zero, and that of neither currency is. */
static void a_gap_in_one_currency_is_not_filled_by_another(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    must(positions_add_share(&positions, 10, 0, "156", 500, &fault), &fault);
    must(positions_add_share(&positions, 0, 20, "840", 500, &fault), &fault);
    CU_ASSERT_EQUAL(positions_check(&positions, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "currency 156 sum up to -500");
}

static void both_sides_of_a_fee_are_one_figure(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    must(positions_add_share(&positions, 10, 20, "156", 500, &fault), &fault);
    must(positions_add_fee(&positions, 10, 1, "156", 7, &fault), &fault);
    must(positions_add_fee(&positions, 20, 10, "156", -2, &fault), &fault);
    CU_ASSERT_EQUAL(position_net(positions_find(&positions, 1, "156")), 7);
    CU_ASSERT_EQUAL(position_net(positions_find(&positions, 10, "156")), -509);
    CU_ASSERT_EQUAL(position_net(positions_find(&positions, 20, "156")), 502);
    must(positions_check(&positions, &fault), &fault);
    /* A fee that only its payer is charged with. */
    positions.list[1].fee_minor--;
    CU_ASSERT_EQUAL(positions_check(&positions, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "sum up to -1 minor units");
}

static void refuses_more_positions_than_there_are_places(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    struct position *position;
    for (uint64_t i = POSITIONS_MAX; i > 0; i--)
        must(positions_add(&positions, i, "156", &position, &fault), &fault);
    CU_ASSERT_EQUAL(positions.list[0].institution, 1);
    must(positions_add(&positions, 7, "156", &position, &fault), &fault);
    CU_ASSERT_EQUAL(positions.count, POSITIONS_MAX);
    CU_ASSERT_EQUAL(positions_add(&positions, 9999, "156", &position, &fault), RESULT_LIMIT);
    CU_ASSERT_EQUAL(positions_add(&positions, 7, "840", &position, &fault), RESULT_LIMIT);
}

static void refuses_a_sum_that_does_not_fit(void)
{
    static struct positions positions;
    struct fault fault = {RESULT_OK, ""};
    must(positions_add_share(&positions, 1, 2, "156", INT64_MAX, &fault), &fault);
    CU_ASSERT_EQUAL(positions_add_share(&positions, 1, 3, "156", 1, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "over 18 digits");
    must(positions_add_fee(&positions, 4, 5, "156", INT64_MAX, &fault), &fault);
    CU_ASSERT_EQUAL(positions_add_fee(&positions, 6, 5, "156", 1, &fault), RESULT_LIMIT);
}

static void a_net_that_does_not_fit_is_the_largest_of_its_sign(void)
{
    struct position gets = {.credit_minor = INT64_MAX, .fee_minor = 1};
    struct position pays = {.debit_minor = INT64_MAX, .fee_minor = -2};
    CU_ASSERT_EQUAL(position_net(&gets), INT64_MAX);
    CU_ASSERT_EQUAL(position_net(&pays), INT64_MIN);
}

SUITE(CASE(positions_are_in_order_and_sum_up_to_zero), CASE(currencies_are_apart),
      CASE(a_gap_in_one_currency_is_not_filled_by_another),
      CASE(both_sides_of_a_fee_are_one_figure), CASE(refuses_more_positions_than_there_are_places),
      CASE(refuses_a_sum_that_does_not_fit),
      CASE(a_net_that_does_not_fit_is_the_largest_of_its_sign))
