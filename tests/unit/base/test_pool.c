/* A pool gives each object to one taker at a time, zeroed, and no more than it has. */
#include "aborts.h"
#include "base/pool.h"
#include "base/random.h"
#include "suite.h"

#include <stddef.h>

struct thing {
    uint64_t number;
    char name[13];
};

static struct pool made(size_t count, size_t size)
{
    struct pool pool;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(pool_init(&pool, count, size, &fault), RESULT_OK);
    return pool;
}

static void gives_as_many_as_it_has_and_no_more(void)
{
    struct pool pool = made(3, sizeof(struct thing));
    struct thing *a = pool_take(&pool), *b = pool_take(&pool), *c = pool_take(&pool);
    CU_ASSERT_TRUE(a != NULL && b != NULL && c != NULL && a != b && b != c && a != c);
    CU_ASSERT_PTR_NULL(pool_take(&pool));
    CU_ASSERT_EQUAL(pool_taken(&pool), 3);
    pool_give(&pool, b);
    CU_ASSERT_EQUAL(pool_taken(&pool), 2);
    CU_ASSERT_PTR_EQUAL(pool_take(&pool), b);
    CU_ASSERT_PTR_NULL(pool_take(&pool));
    pool_deinit(&pool);
}

static void what_is_taken_is_zeroed_and_aligned(void)
{
    struct pool pool = made(2, sizeof(struct thing));
    struct thing *a = pool_take(&pool);
    memset(a, 0xEE, sizeof *a);
    pool_give(&pool, a);
    struct thing *again = pool_take(&pool);
    struct thing zero = {0};
    CU_ASSERT_PTR_EQUAL(again, a);
    CU_ASSERT_EQUAL(memcmp(again, &zero, sizeof zero), 0);
    pool_deinit(&pool);
    pool = made(3, 1);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL((uintptr_t)pool_take(&pool) % _Alignof(max_align_t), 0);
    pool_deinit(&pool);
}

static void no_object_has_two_takers(void)
{
    enum { COUNT = 50 };
    struct pool pool = made(COUNT, sizeof(struct thing));
    struct random random = random_seeded(1);
    struct thing *held[COUNT] = {0};
    unsigned wrong = 0, count = 0;
    for (unsigned step = 1; step < 20000; step++) {
        size_t at = random_below(&random, COUNT);
        if (held[at] == NULL) {
            held[at] = pool_take(&pool);
            wrong += held[at] == NULL || held[at]->number != 0;
            if (held[at] != NULL)
                held[at]->number = at + 1;
            count++;
        } else {
            wrong += held[at]->number != at + 1;
            pool_give(&pool, held[at]);
            held[at] = NULL;
            count--;
        }
        wrong += pool_taken(&pool) != count;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    pool_deinit(&pool);
}

static void give_twice(void)
{
    struct pool pool = made(2, 8);
    void *object = pool_take(&pool);
    pool_give(&pool, object);
    pool_give(&pool, object);
}

static void give_a_stranger(void)
{
    static uint8_t stranger[64];
    struct pool pool = made(2, 8);
    pool_give(&pool, stranger);
}

static void give_the_middle(void)
{
    struct pool pool = made(2, 8);
    pool_give(&pool, (uint8_t *)pool_take(&pool) + 1);
}

static void giving_what_was_not_taken_stops_the_process(void)
{
    CU_ASSERT_TRUE(aborts(give_twice));
    CU_ASSERT_TRUE(aborts(give_a_stranger));
    CU_ASSERT_TRUE(aborts(give_the_middle));
}

static void shows_what_is_taken_at_each_index(void)
{
    struct pool pool = made(3, 8);
    void *first = pool_take(&pool), *second = pool_take(&pool);
    unsigned found = 0;
    for (uint32_t i = 0; i < 3; i++)
        found += pool_at(&pool, i) == first || pool_at(&pool, i) == second;
    CU_ASSERT_EQUAL(found, 2);
    pool_give(&pool, first);
    for (uint32_t i = 0; i < 3; i++)
        CU_ASSERT_TRUE(pool_at(&pool, i) == NULL || pool_at(&pool, i) == second);
    pool_deinit(&pool);
}

static void an_empty_pool_gives_nothing(void)
{
    struct pool pool = made(0, 8);
    CU_ASSERT_PTR_NULL(pool_take(&pool));
    pool_deinit(&pool);
    CU_ASSERT_PTR_NULL(pool_take(&pool));
    pool_deinit(&pool);
}

static void refuses_more_than_there_is_memory_for(void)
{
    struct pool pool;
    struct fault fault;
    CU_ASSERT_EQUAL(pool_init(&pool, SIZE_MAX, 8, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "too large");
    CU_ASSERT_EQUAL(pool_init(&pool, UINT32_MAX, SIZE_MAX / 2, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "no memory");
    pool_deinit(&pool);
}

SUITE(CASE(gives_as_many_as_it_has_and_no_more), CASE(what_is_taken_is_zeroed_and_aligned),
      CASE(no_object_has_two_takers), CASE(giving_what_was_not_taken_stops_the_process),
      CASE(shows_what_is_taken_at_each_index), CASE(an_empty_pool_gives_nothing),
      CASE(refuses_more_than_there_is_memory_for))
