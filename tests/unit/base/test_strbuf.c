/* Text grows to its maximum and not a byte further. */
#include "base/strbuf.h"
#include "suite.h"

static void grows_and_stays_terminated(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 10000);
    CU_ASSERT_PTR_NULL(buf.text);
    for (unsigned i = 0; i < 1000; i++)
        strbuf_format(&buf, "%04u;", i);
    CU_ASSERT_FALSE(buf.bad);
    CU_ASSERT_EQUAL(buf.len, 5000);
    CU_ASSERT_EQUAL(strlen(buf.text), 5000);
    CU_ASSERT_EQUAL(memcmp(buf.text + 4995, "0999;", 6), 0);
    strbuf_deinit(&buf);
    CU_ASSERT_PTR_NULL(buf.text);
}

static void takes_its_maximum_and_refuses_one_more(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 5);
    strbuf_text(&buf, "12345");
    CU_ASSERT_FALSE(buf.bad);
    strbuf_add(&buf, "6", 1);
    CU_ASSERT_TRUE(buf.bad);
    CU_ASSERT_STRING_EQUAL(buf.text, "12345");
    strbuf_deinit(&buf);
    strbuf_init(&buf, 5);
    strbuf_format(&buf, "%s", "123456");
    CU_ASSERT_TRUE(buf.bad);
    CU_ASSERT_EQUAL(buf.len, 0);
    strbuf_deinit(&buf);
}

static void takes_nothing_more_once_bad_until_cleared(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 3);
    strbuf_text(&buf, "ab");
    strbuf_text(&buf, "cd");
    CU_ASSERT_TRUE(buf.bad);
    strbuf_text(&buf, "e");
    strbuf_format(&buf, "%d", 1);
    CU_ASSERT_STRING_EQUAL(buf.text, "ab");
    strbuf_clear(&buf);
    CU_ASSERT_FALSE(buf.bad);
    CU_ASSERT_STRING_EQUAL(buf.text, "");
    strbuf_text(&buf, "xyz");
    CU_ASSERT_STRING_EQUAL(buf.text, "xyz");
    strbuf_deinit(&buf);
}

static void adds_nothing_and_is_terminated(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 0);
    strbuf_clear(&buf);
    strbuf_add(&buf, NULL, 0);
    CU_ASSERT_FALSE(buf.bad);
    CU_ASSERT_STRING_EQUAL(buf.text, "");
    strbuf_add(&buf, "x", 1);
    CU_ASSERT_TRUE(buf.bad);
    strbuf_deinit(&buf);
}

static void keeps_a_nul_inside(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 100);
    strbuf_add(&buf, "a\0b", 3);
    CU_ASSERT_EQUAL(buf.len, 3);
    CU_ASSERT_EQUAL(memcmp(buf.text, "a\0b", 4), 0);
    strbuf_deinit(&buf);
}

static void zeroed_memory_can_be_released(void)
{
    struct strbuf buf = {0};
    strbuf_deinit(&buf);
    strbuf_add(&buf, "x", 1);
    CU_ASSERT_TRUE(buf.bad);
    CU_ASSERT_PTR_NULL(buf.text);
}

SUITE(CASE(grows_and_stays_terminated), CASE(takes_its_maximum_and_refuses_one_more),
      CASE(takes_nothing_more_once_bad_until_cleared), CASE(adds_nothing_and_is_terminated),
      CASE(keeps_a_nul_inside), CASE(zeroed_memory_can_be_released))
