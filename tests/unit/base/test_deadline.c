/* Deadlines come out in order, equal ones in the order of arming, whatever was armed and cancelled.
 */
#include "aborts.h"
#include "base/deadline.h"
#include "base/random.h"
#include "suite.h"

static struct deadline_heap made(size_t max)
{
    struct deadline_heap heap;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(deadline_init(&heap, max, &fault), RESULT_OK);
    return heap;
}

static void come_out_in_order(void)
{
    struct deadline_heap heap = made(4);
    struct deadline a = {0}, b = {0}, c = {0}, d = {0};
    CU_ASSERT_PTR_NULL(deadline_peek(&heap));
    CU_ASSERT_PTR_NULL(deadline_pop(&heap));
    deadline_arm(&heap, &a, 30);
    deadline_arm(&heap, &b, 10);
    deadline_arm(&heap, &c, UINT64_MAX);
    deadline_arm(&heap, &d, 0);
    CU_ASSERT_PTR_EQUAL(deadline_peek(&heap), &d);
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &d);
    CU_ASSERT_FALSE(deadline_is_armed(&d));
    CU_ASSERT_TRUE(deadline_is_armed(&b));
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &b);
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &a);
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &c);
    CU_ASSERT_PTR_NULL(deadline_pop(&heap));
    deadline_deinit(&heap);
}

static void equal_ones_come_out_as_they_were_armed(void)
{
    enum { COUNT = 20 };
    struct deadline_heap heap = made(COUNT);
    struct deadline deadlines[COUNT] = {0};
    for (unsigned i = 0; i < COUNT; i++)
        deadline_arm(&heap, &deadlines[i], 7);
    deadline_arm(&heap, &deadlines[0], 7); /* armed anew: behind the others */
    for (unsigned i = 1; i <= COUNT; i++)
        CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &deadlines[i % COUNT]);
    deadline_deinit(&heap);
}

static void move_when_armed_anew_and_vanish_when_cancelled(void)
{
    struct deadline_heap heap = made(3);
    struct deadline a = {0}, b = {0}, c = {0};
    deadline_arm(&heap, &a, 10);
    deadline_arm(&heap, &b, 20);
    deadline_arm(&heap, &c, 30);
    deadline_arm(&heap, &a, 40);
    CU_ASSERT_PTR_EQUAL(deadline_peek(&heap), &b);
    deadline_arm(&heap, &c, 5);
    CU_ASSERT_PTR_EQUAL(deadline_peek(&heap), &c);
    deadline_cancel(&heap, &c);
    deadline_cancel(&heap, &c);
    CU_ASSERT_FALSE(deadline_is_armed(&c));
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &b);
    CU_ASSERT_PTR_EQUAL(deadline_pop(&heap), &a);
    CU_ASSERT_PTR_NULL(deadline_peek(&heap));
    deadline_deinit(&heap);
}

/* The earliest of an unordered list, as the heap must have it. */
static struct deadline *earliest(struct deadline *deadlines, size_t count)
{
    struct deadline *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct deadline *each = &deadlines[i];
        if (deadline_is_armed(each) &&
            (best == NULL || each->due_us < best->due_us ||
             (each->due_us == best->due_us && each->sequence < best->sequence)))
            best = each;
    }
    return best;
}

static void agree_with_a_list_through_a_long_life(void)
{
    enum { COUNT = 64 };
    struct deadline_heap heap = made(COUNT);
    struct deadline deadlines[COUNT] = {0};
    struct random random = random_seeded(1);
    unsigned wrong = 0;
    for (unsigned step = 0; step < 20000; step++) {
        struct deadline *one = &deadlines[random_below(&random, COUNT)];
        switch (random_below(&random, 4)) {
        case 0:
        case 1:
            deadline_arm(&heap, one, random_below(&random, 40));
            break;
        case 2:
            deadline_cancel(&heap, one);
            break;
        default: {
            struct deadline *first = earliest(deadlines, COUNT);
            wrong += deadline_pop(&heap) != first;
        }
        }
        wrong += deadline_peek(&heap) != earliest(deadlines, COUNT);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    deadline_deinit(&heap);
}

static void arm_one_too_many(void)
{
    struct deadline_heap heap = made(1);
    struct deadline a = {0}, b = {0};
    deadline_arm(&heap, &a, 1);
    deadline_arm(&heap, &b, 1);
}

static void arming_one_too_many_stops_the_process(void)
{
    CU_ASSERT_TRUE(aborts(arm_one_too_many));
}

static void refuses_more_than_it_can_count(void)
{
    struct deadline_heap heap;
    struct fault fault;
    CU_ASSERT_EQUAL(deadline_init(&heap, SIZE_MAX, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "too many");
    deadline_deinit(&heap);
    CU_ASSERT_PTR_NULL(deadline_peek(&heap));
}

SUITE(CASE(come_out_in_order), CASE(equal_ones_come_out_as_they_were_armed),
      CASE(move_when_armed_anew_and_vanish_when_cancelled),
      CASE(agree_with_a_list_through_a_long_life), CASE(arming_one_too_many_stops_the_process),
      CASE(refuses_more_than_it_can_count))
