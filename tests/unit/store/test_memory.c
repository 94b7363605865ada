/* The store in memory: what every store promises, and what the simulation asks of this one. */
#include "cases.h"

#include "store/store_memory.h"

static void fixture_prepare(void)
{
}

static struct store *fixture_open(void)
{
    struct store *store = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&store, &fault), RESULT_OK);
    return store;
}

static struct store *fixture_reopen(struct store *store)
{
    struct store *clone = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(store_memory_clone(store, &clone, &fault), RESULT_OK);
    store_close(store);
    return clone;
}

static void fixture_close(struct store *store)
{
    store_close(store);
}

enum { STEPS = 6 };

/* Puts "A0".."A5", each with a log record. */
static void submit_six(struct store *store, struct simple_step steps[STEPS])
{
    char key[] = "A0";
    for (unsigned i = 0; i < STEPS; i++) {
        key[1] = (char)('0' + i);
        simple_init(&steps[i], bytes_text(key))->what = SIMPLE_PUT;
        steps[i].value = bytes_text("v");
        steps[i].log = bytes_text("log");
        steps[i].log_date = DATE_ONE;
        store_submit(store, &steps[i].step);
    }
}

static unsigned delivered(const struct simple_step steps[STEPS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < STEPS; i++)
        count += steps[i].done_count;
    return count;
}

static void held_store_delivers_only_what_was_committed(void)
{
    struct store *store = fresh();
    struct simple_step steps[STEPS];
    struct fault fault;
    store_memory_hold(store, true);
    submit_six(store, steps);
    CU_ASSERT_EQUAL(store_memory_waiting(store), STEPS);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(delivered(steps), 0);
    CU_ASSERT_TRUE(scan_gives(store, "", "", ""));
    store_memory_commit(store, 4);
    CU_ASSERT_EQUAL(delivered(steps), 0);
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A0 A1 A2 A3 "));
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(delivered(steps), 4);
    CU_ASSERT_EQUAL(store_memory_waiting(store), 2);
    CU_ASSERT_EQUAL(store_stats(store).commits, 1);
    CU_ASSERT_EQUAL(store_stats(store).batch_max, 4);
    drain(store);
    CU_ASSERT_EQUAL(delivered(steps), STEPS);
    fixture_close(store);
}

static void crash_forgets_what_waits_and_keeps_what_is_durable(void)
{
    struct store *store = fresh();
    struct simple_step steps[STEPS];
    store_memory_hold(store, true);
    submit_six(store, steps);
    store_memory_commit(store, 2);
    store_memory_crash(store);
    drain(store);
    CU_ASSERT_EQUAL(delivered(steps), 0);
    CU_ASSERT_EQUAL(store_memory_waiting(store), 0);
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A0 A1 "));
    CU_ASSERT_TRUE(range_is(store, DATE_ONE, 1, 2));
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("goes on")), 3);
    fixture_close(store);
}

static void failed_commit_is_final(void)
{
    struct store *store = fresh();
    struct simple_step steps[STEPS];
    struct fault fault;
    put(store, "Abefore", bytes_text("v"));
    store_memory_fail_next(store);
    submit_six(store, steps);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "fail");
    struct simple_step later;
    simple_init(&later, bytes_text("Alater"))->what = SIMPLE_PUT;
    store_submit(store, &later.step);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(store_drain(store, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(delivered(steps) + later.done_count, 0);
    CU_ASSERT_TRUE(scan_gives(store, "", "", "Abefore "));
    fixture_close(store);
}

static void store_is_usable_after_failure_and_crash(void)
{
    struct store *store = fresh();
    struct simple_step steps[STEPS];
    struct fault fault;
    store_memory_fail_next(store);
    submit_six(store, steps);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO);
    store_memory_crash(store);
    CU_ASSERT_TRUE(scan_gives(store, "", "", ""));
    put(store, "Aafter", bytes_text("v"));
    CU_ASSERT_TRUE(scan_gives(store, "", "", "Aafter "));
    fixture_close(store);
}

static void completions_before_the_failed_commit_are_not_delivered_after_it(void)
{
    struct store *store = fresh();
    struct simple_step steps[STEPS];
    struct fault fault;
    store_memory_hold(store, true);
    submit_six(store, steps);
    store_memory_commit(store, 3);
    store_memory_fail_next(store);
    store_memory_commit(store, 3);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(delivered(steps), 0);
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A0 A1 A2 "));
    fixture_close(store);
}

struct watched {
    char text[256];
};

static void watch(void *context, const struct store_memory_write *write)
{
    struct watched *watched = context;
    size_t len = strlen(watched->text);
    if (write->log_number != 0)
        snprintf(watched->text + len, sizeof watched->text - len, "%llu:%08u:%.*s ",
                 (unsigned long long)write->log_number, write->log_date, (int)write->value.len,
                 (const char *)write->value.data);
    else
        snprintf(watched->text + len, sizeof watched->text - len, "%.*s=%.*s ", (int)write->key.len,
                 (const char *)write->key.data, (int)write->value.len,
                 write->value.data != NULL ? (const char *)write->value.data : "");
}

static void watch_sees_what_becomes_durable_and_when(void)
{
    struct store *store = fresh();
    struct watched watched = {""};
    struct simple_step steps[STEPS];
    store_memory_watch(store, watch, &watched);
    put(store, "A", bytes_text("one"));
    CU_ASSERT_STRING_EQUAL(watched.text, "A=one ");
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("said")), 1);
    ASSERT_CONTAINS(watched.text, "1:20261122:said ");
    watched.text[0] = '\0';
    store_memory_hold(store, true);
    submit_six(store, steps);
    CU_ASSERT_STRING_EQUAL(watched.text, "");
    store_memory_commit(store, 1);
    ASSERT_CONTAINS(watched.text, "A0=");
    CU_ASSERT_PTR_NULL(strstr(watched.text, "A1="));
    watched.text[0] = '\0';
    store_memory_crash(store);
    CU_ASSERT_STRING_EQUAL(watched.text, "");
    put(store, "B", bytes_text("v"));
    CU_ASSERT_STRING_EQUAL(watched.text, "B=v ");
    store_memory_watch(store, NULL, NULL);
    put(store, "C", bytes_text("v"));
    CU_ASSERT_STRING_EQUAL(watched.text, "B=v ");
    fixture_close(store);
}

static void clone_goes_its_own_way(void)
{
    struct store *store = fresh();
    struct store *clone = NULL;
    struct simple_step steps[STEPS];
    struct fault fault;
    store_memory_hold(store, true);
    submit_six(store, steps);
    store_memory_commit(store, 3);
    CU_ASSERT_EQUAL_FATAL(store_memory_clone(store, &clone, &fault), RESULT_OK);
    drain(store);
    CU_ASSERT_TRUE(scan_gives(clone, "", "", "A0 A1 A2 "));
    CU_ASSERT_TRUE(range_is(clone, DATE_ONE, 1, 3));
    put(clone, "B", bytes_text("v"));
    CU_ASSERT_EQUAL(write_log(clone, DATE_TWO, bytes_text("x")), 4);
    CU_ASSERT_TRUE(scan_gives(store, "A5", "", "A5 "));
    CU_ASSERT_TRUE(range_is(store, DATE_TWO, 0, 0));
    fixture_close(clone);
    fixture_close(store);
}

SUITE(STORE_CASES, CASE(held_store_delivers_only_what_was_committed),
      CASE(crash_forgets_what_waits_and_keeps_what_is_durable), CASE(failed_commit_is_final),
      CASE(store_is_usable_after_failure_and_crash),
      CASE(completions_before_the_failed_commit_are_not_delivered_after_it),
      CASE(watch_sees_what_becomes_durable_and_when), CASE(clone_goes_its_own_way))
