/* Splitting as properties: nothing is lost, nobody gets nothing, the same seed gives the same. */
#include "suite.h"
#include "wallet_sim/split.h"

#include <stdlib.h>

static int64_t amounts[SHARES_MAX];

/* Splits everything; the seed of each grab follows from `seed`. */
static void split_all(enum split_way way, int64_t amount_minor, unsigned shares, uint64_t seed,
                      const int64_t *given)
{
    struct split split;
    CU_ASSERT_TRUE_FATAL(split_begin(&split, way, amount_minor, shares, seed, given));
    for (unsigned i = 0; i < shares; i++) {
        CU_ASSERT_EQUAL_FATAL(split_left(&split), shares - i);
        amounts[i] = split_take(&split, seed * 7919 + i);
    }
    CU_ASSERT_EQUAL(split_left(&split), 0);
    CU_ASSERT_EQUAL(split.remaining_minor, 0);
    CU_ASSERT_EQUAL(split_take(&split, seed), 0);
}

static bool sum_is_exact_and_each_has_one(int64_t amount_minor, unsigned shares)
{
    int64_t sum = 0;
    bool each = true;
    for (unsigned i = 0; i < shares; i++) {
        sum += amounts[i];
        each = each && amounts[i] >= 1;
    }
    return each && sum == amount_minor;
}

static void equal_shares_differ_by_one_at_most_the_first_have_more(void)
{
    split_all(SPLIT_EQUAL, 11, 3, 0, NULL);
    CU_ASSERT(amounts[0] == 4 && amounts[1] == 4 && amounts[2] == 3);
    split_all(SPLIT_EQUAL, 60000, 6, 0, NULL);
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(amounts[i], 10000);
    split_all(SPLIT_EQUAL, FREEZE_AMOUNT_MAX_MINOR, SHARES_MAX, 0, NULL);
    CU_ASSERT_TRUE(sum_is_exact_and_each_has_one(FREEZE_AMOUNT_MAX_MINOR, SHARES_MAX));
    CU_ASSERT_TRUE(amounts[0] - amounts[SHARES_MAX - 1] <= 1);
}

static void every_split_by_chance_is_exact_and_leaves_no_share_empty(void)
{
    static const struct {
        int64_t amount_minor;
        unsigned shares;
    } cases[] = {
        {1, 1},
        {100, 1},
        {2, 2},
        {3, 2},
        {10, 9},
        {18888, 6},
        {9999, 9999},
        {10000, 9999},
        {20001, 9999},
        {FREEZE_AMOUNT_MAX_MINOR, 2},
        {FREEZE_AMOUNT_MAX_MINOR, 9999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            split_all(SPLIT_RANDOM, cases[i].amount_minor, cases[i].shares, seed, NULL);
            CU_ASSERT_TRUE(sum_is_exact_and_each_has_one(cases[i].amount_minor, cases[i].shares));
            split_all(SPLIT_WHEN_CLAIMED, cases[i].amount_minor, cases[i].shares, seed, NULL);
            CU_ASSERT_TRUE(sum_is_exact_and_each_has_one(cases[i].amount_minor, cases[i].shares));
        }
}

static void no_share_but_the_last_exceeds_twice_the_average_of_what_is_left(void)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        int64_t remaining = 18888;
        split_all(SPLIT_RANDOM, remaining, 6, seed, NULL);
        for (unsigned left = 6; left > 1; left--) {
            int64_t amount = amounts[6 - left];
            CU_ASSERT_TRUE(amount <= 2 * remaining / left - 1);
            remaining -= amount;
        }
    }
}

static void each_share_is_worth_the_average_in_the_mean(void)
{
    enum { SEEDS = 4000, SHARES = 8, EACH = 1000 };
    int64_t sums[SHARES] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        split_all(SPLIT_RANDOM, SHARES * EACH, SHARES, seed, NULL);
        for (unsigned i = 0; i < SHARES; i++)
            sums[i] += amounts[i];
    }
    /* A share's deviation is about 600, so that of the mean about 10: 50 is five of them. */
    for (unsigned i = 0; i < SHARES; i++)
        CU_ASSERT_TRUE(llabs(sums[i] / SEEDS - EACH) < 50);
}

static void shares_by_chance_are_not_all_alike(void)
{
    split_all(SPLIT_RANDOM, 1000000, 100, 3, NULL);
    unsigned alike = 0;
    for (unsigned i = 1; i < 100; i++)
        alike += amounts[i] == amounts[0];
    CU_ASSERT_TRUE(alike < 3);
}

static void a_share_does_not_follow_the_one_before(void)
{
    unsigned same_side = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        split_all(SPLIT_RANDOM, 10000, 10, seed, NULL);
        bool first_is_high = amounts[0] > 1000;
        bool second_is_high = amounts[1] > (10000 - amounts[0]) / 9;
        same_side += first_is_high == second_is_high;
    }
    /* Half of them, give or take five standard deviations. */
    CU_ASSERT_TRUE(same_side > 420 && same_side < 580);
}

static void the_same_seed_gives_the_same_shares(void)
{
    int64_t first[50];
    split_all(SPLIT_RANDOM, 88888, 50, 42, NULL);
    memcpy(first, amounts, sizeof first);
    split_all(SPLIT_RANDOM, 88888, 50, 42, NULL);
    CU_ASSERT_EQUAL(memcmp(first, amounts, sizeof first), 0);
    split_all(SPLIT_RANDOM, 88888, 50, 43, NULL);
    CU_ASSERT_NOT_EQUAL(memcmp(first, amounts, sizeof first), 0);
}

static void a_split_made_when_sent_does_not_care_who_grabs(void)
{
    struct split one, other;
    CU_ASSERT_TRUE_FATAL(split_begin(&one, SPLIT_RANDOM, 5000, 5, 9, NULL));
    other = one;
    for (unsigned i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(split_take(&one, i), split_take(&other, 1000 + i));
}

static void a_split_made_when_claimed_is_fixed_by_its_grabs_alone(void)
{
    struct split one, other, third;
    bool differs = false;
    CU_ASSERT_TRUE_FATAL(split_begin(&one, SPLIT_WHEN_CLAIMED, 5000, 5, 1, NULL));
    CU_ASSERT_TRUE_FATAL(split_begin(&other, SPLIT_WHEN_CLAIMED, 5000, 5, 2, NULL));
    CU_ASSERT_TRUE_FATAL(split_begin(&third, SPLIT_WHEN_CLAIMED, 5000, 5, 1, NULL));
    for (unsigned i = 0; i < 5; i++) {
        int64_t amount = split_take(&one, i);
        CU_ASSERT_EQUAL(amount, split_take(&other, i));
        differs = differs || amount != split_take(&third, 100 + i);
    }
    CU_ASSERT_TRUE(differs);
}

static void one_share_is_the_whole_amount(void)
{
    for (enum split_way way = SPLIT_EQUAL; way < SPLIT_WAYS; way++) {
        int64_t given = 777;
        split_all(way, 777, 1, 5, way == SPLIT_GIVEN ? &given : NULL);
        CU_ASSERT_EQUAL(amounts[0], 777);
    }
}

static void given_amounts_come_in_their_order(void)
{
    const int64_t given[] = {666, 888, 1688};
    split_all(SPLIT_GIVEN, 666 + 888 + 1688, 3, 0, given);
    CU_ASSERT_EQUAL(memcmp(amounts, given, sizeof given), 0);
}

static void takes_as_many_given_amounts_as_fit_and_not_one_more(void)
{
    struct split split;
    int64_t given[SPLIT_GIVEN_MAX + 1];
    for (unsigned i = 0; i <= SPLIT_GIVEN_MAX; i++)
        given[i] = 1;
    CU_ASSERT_TRUE(split_begin(&split, SPLIT_GIVEN, SPLIT_GIVEN_MAX, SPLIT_GIVEN_MAX, 0, given));
    CU_ASSERT_FALSE(
        split_begin(&split, SPLIT_GIVEN, SPLIT_GIVEN_MAX + 1, SPLIT_GIVEN_MAX + 1, 0, given));
}

static void refuses_given_amounts_that_are_not_the_amount(void)
{
    struct split split;
    const int64_t given[] = {5, 5}, empty[] = {10, 0}, negative[] = {11, -1};
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_GIVEN, 9, 2, 0, given));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_GIVEN, 11, 2, 0, given));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_GIVEN, 10, 2, 0, empty));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_GIVEN, 10, 2, 0, negative));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_GIVEN, 10, 2, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_EQUAL, 10, 2, 0, given));
    CU_ASSERT_TRUE(split_begin(&split, SPLIT_GIVEN, 10, 2, 0, given));
}

static void refuses_counts_and_amounts_out_of_range(void)
{
    struct split split;
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_EQUAL, 10, 0, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_EQUAL, 100000, SHARES_MAX + 1, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_EQUAL, 4, 5, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_EQUAL, 0, 1, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_RANDOM, -5, 1, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_RANDOM, FREEZE_AMOUNT_MAX_MINOR + 1, 1, 0, NULL));
    CU_ASSERT_FALSE(split_begin(&split, SPLIT_WAYS, 10, 1, 0, NULL));
    CU_ASSERT_TRUE(split_begin(&split, SPLIT_RANDOM, FREEZE_AMOUNT_MAX_MINOR, 1, 0, NULL));
}

SUITE(CASE(equal_shares_differ_by_one_at_most_the_first_have_more),
      CASE(every_split_by_chance_is_exact_and_leaves_no_share_empty),
      CASE(no_share_but_the_last_exceeds_twice_the_average_of_what_is_left),
      CASE(each_share_is_worth_the_average_in_the_mean), CASE(shares_by_chance_are_not_all_alike),
      CASE(a_share_does_not_follow_the_one_before), CASE(the_same_seed_gives_the_same_shares),
      CASE(a_split_made_when_sent_does_not_care_who_grabs),
      CASE(a_split_made_when_claimed_is_fixed_by_its_grabs_alone),
      CASE(one_share_is_the_whole_amount), CASE(given_amounts_come_in_their_order),
      CASE(takes_as_many_given_amounts_as_fit_and_not_one_more),
      CASE(refuses_given_amounts_that_are_not_the_amount),
      CASE(refuses_counts_and_amounts_out_of_range))
