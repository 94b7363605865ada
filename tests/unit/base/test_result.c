/* Faults carry a class and a text that always fits. */
#include "aborts.h"
#include "base/result.h"
#include "suite.h"

#include <setjmp.h>

static enum result fails(struct fault *fault)
{
    TRY(fault_set(fault, RESULT_STATE, "wrong moment %d", 5));
    return RESULT_OK;
}

static void a_fault_keeps_class_and_text(void)
{
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(fails(&fault), RESULT_STATE);
    CU_ASSERT_EQUAL(fault.result, RESULT_STATE);
    CU_ASSERT_STRING_EQUAL(fault.text, "wrong moment 5");
    CU_ASSERT_EQUAL(fails(NULL), RESULT_STATE);
}

static void too_long_a_text_is_cut(void)
{
    struct fault fault;
    char text[FAULT_TEXT_MAX + 50];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CU_ASSERT_EQUAL(fault_set(&fault, RESULT_INPUT, "%s", text), RESULT_INPUT);
    CU_ASSERT_EQUAL(strlen(fault.text), FAULT_TEXT_MAX - 1);
}

static void every_class_has_its_name(void)
{
    CU_ASSERT_STRING_EQUAL(result_name(RESULT_OK), "ok");
    CU_ASSERT_STRING_EQUAL(result_name(RESULT_BUG), "bug");
    CU_ASSERT_STRING_EQUAL(result_name((enum result)99), "unknown");
}

static void break_a_must(void)
{
    MUST(1 + 1 == 3);
}

static void keep_a_must(void)
{
    MUST(1 + 1 == 2);
}

static void a_broken_must_stops_the_process(void)
{
    CU_ASSERT_TRUE(aborts(break_a_must));
    CU_ASSERT_FALSE(aborts(keep_a_must));
}

static jmp_buf left;
static const char *broken;

static void leave(const char *condition, const char *file, int line)
{
    (void)file;
    (void)line;
    broken = condition;
    longjmp(left, 1);
}

static void stay(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
}

static void break_a_must_whose_hook_stays(void)
{
    must_set_hook(stay);
    break_a_must();
}

static void a_hook_may_leave_in_place_of_stopping(void)
{
    must_set_hook(leave);
    if (setjmp(left) == 0)
        break_a_must();
    must_set_hook(NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(broken);
    CU_ASSERT_STRING_EQUAL(broken, "1 + 1 == 3");
    CU_ASSERT_TRUE(aborts(break_a_must));
}

static void a_hook_that_comes_back_stops_nothing(void)
{
    CU_ASSERT_TRUE(aborts(break_a_must_whose_hook_stays));
}

SUITE(CASE(a_fault_keeps_class_and_text), CASE(too_long_a_text_is_cut),
      CASE(every_class_has_its_name), CASE(a_broken_must_stops_the_process),
      CASE(a_hook_may_leave_in_place_of_stopping), CASE(a_hook_that_comes_back_stops_nothing))
