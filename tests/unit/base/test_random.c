/* The stream is the published one, depends on the seed alone, and favours no number. */
#include "base/random.h"
#include "suite.h"

/* From the reference code's state {1, 2, 3, 4}, as other implementations publish it too. */
static void gives_the_published_numbers(void)
{
    static const uint64_t expected[] = {
        11520,
        0,
        1509978240,
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
    };
    struct random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        CU_ASSERT_EQUAL(random_next(&random), expected[i]);
}

static void is_seeded_by_splitmix64(void)
{
    struct random random = random_seeded(0);
    CU_ASSERT_EQUAL(random.state[0], UINT64_C(0xE220A8397B1DCDAF));
    CU_ASSERT_EQUAL(random.state[1], UINT64_C(0x6E789E6AA1B965F4));
    CU_ASSERT_EQUAL(random.state[2], UINT64_C(0x06C45D188009454F));
    CU_ASSERT_EQUAL(random.state[3], UINT64_C(0xF88BB8A8724C81EC));
}

static void repeats_for_one_seed_and_differs_for_another(void)
{
    struct random a = random_seeded(7), b = random_seeded(7), c = random_seeded(8);
    unsigned same_b = 0, same_c = 0;
    for (unsigned i = 0; i < 100; i++) {
        uint64_t value = random_next(&a);
        same_b += value == random_next(&b);
        same_c += value == random_next(&c);
    }
    CU_ASSERT_EQUAL(same_b, 100);
    CU_ASSERT_EQUAL(same_c, 0);
}

static void every_number_below_is_about_equally_likely(void)
{
    enum { SIDES = 7, THROWS = 70000 };
    struct random random = random_seeded(1);
    unsigned counts[SIDES] = {0}, outside = 0;
    for (unsigned i = 0; i < THROWS; i++) {
        uint64_t value = random_below(&random, SIDES);
        if (value < SIDES)
            counts[value]++;
        else
            outside++;
    }
    CU_ASSERT_EQUAL(outside, 0);
    /* The standard deviation is 93. */
    for (unsigned i = 0; i < SIDES; i++)
        CU_ASSERT_TRUE(counts[i] > 9500 && counts[i] < 10500);
}

static void a_range_of_more_than_half_is_not_biased(void)
{
    /* Without rejection, the lower half of this range would be twice as likely. */
    struct random random = random_seeded(3);
    uint64_t below = UINT64_C(3) << 62;
    unsigned low = 0;
    for (unsigned i = 0; i < 30000; i++)
        low += random_below(&random, below) < UINT64_C(1) << 62;
    CU_ASSERT_TRUE(low > 9500 && low < 10500);
}

static void stays_between_its_ends(void)
{
    struct random random = random_seeded(5);
    bool saw_min = false, saw_max = false;
    unsigned outside = 0;
    for (unsigned i = 0; i < 1000; i++) {
        int64_t value = random_between(&random, -2, 2);
        outside += value < -2 || value > 2;
        saw_min |= value == -2;
        saw_max |= value == 2;
    }
    CU_ASSERT_EQUAL(outside, 0);
    CU_ASSERT_TRUE(saw_min && saw_max);
    CU_ASSERT_EQUAL(random_between(&random, 9, 9), 9);
    CU_ASSERT_EQUAL(random_between(&random, INT64_MIN, INT64_MIN), INT64_MIN);
    CU_ASSERT_EQUAL(random_between(&random, INT64_MAX, INT64_MAX), INT64_MAX);
    CU_ASSERT_TRUE(random_between(&random, INT64_MAX - 1, INT64_MAX) >= INT64_MAX - 1);
    bool saw_negative = false, saw_positive = false;
    for (unsigned i = 0; i < 100; i++) {
        int64_t value = random_between(&random, INT64_MIN, INT64_MAX);
        saw_negative |= value < 0;
        saw_positive |= value > 0;
    }
    CU_ASSERT_TRUE(saw_negative && saw_positive);
    CU_ASSERT_EQUAL(random_below(&random, 1), 0);
}

SUITE(CASE(gives_the_published_numbers), CASE(is_seeded_by_splitmix64),
      CASE(repeats_for_one_seed_and_differs_for_another),
      CASE(every_number_below_is_about_equally_likely),
      CASE(a_range_of_more_than_half_is_not_biased), CASE(stays_between_its_ends))
