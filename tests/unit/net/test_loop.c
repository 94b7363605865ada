/* The event loop: turns, wake-ups from elsewhere, the deadline, signals. */
#include "net/loop.h"

#include "suite.h"

#include <pthread.h>
#include <signal.h>

struct record {
    struct loop *loop;
    unsigned wakes, deadlines, turns, signals;
    int signum;
    uint64_t armed_us, came_us;
    unsigned stop_after_turns;
    bool rearm;
};

static void on_wake(void *context)
{
    struct record *record = context;
    record->wakes++;
    loop_stop(record->loop);
}

static void on_deadline(void *context)
{
    struct record *record = context;
    record->deadlines++;
    record->came_us = loop_now().mono_us;
    if (record->rearm && record->deadlines < 3)
        loop_arm(record->loop, loop_now().mono_us);
    else
        loop_stop(record->loop);
}

static void on_signal(void *context, int signum)
{
    struct record *record = context;
    record->signals++;
    record->signum = signum;
    loop_stop(record->loop);
}

static void on_turn(void *context)
{
    struct record *record = context;
    record->turns++;
    if (record->stop_after_turns > 0 && record->turns >= record->stop_after_turns)
        loop_stop(record->loop);
}

static const struct loop_events all_events = {
    .wake = on_wake, .deadline = on_deadline, .signal = on_signal, .turn = on_turn};

static void open_loop(struct record *record, const struct loop_events *events)
{
    *record = (struct record){0};
    struct fault fault = {0};
    CU_ASSERT_EQUAL_FATAL(loop_open(events, record, &record->loop, &fault), RESULT_OK);
}

static void comes_at_the_deadline_and_never_before(void)
{
    struct record record;
    open_loop(&record, &all_events);
    record.armed_us = loop_now().mono_us + 3500;
    loop_arm(record.loop, record.armed_us);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.deadlines, 1);
    CU_ASSERT_TRUE(record.came_us >= record.armed_us);
    loop_close(record.loop);
}

static void arm_late_in_the_turn(void *context)
{
    struct record *record = context;
    uint64_t until_us = loop_now().mono_us + 10000;
    while (loop_now().mono_us < until_us)
        continue; /* a turn that takes long */
    record->armed_us = loop_now().mono_us + 4000;
    loop_arm(record->loop, record->armed_us);
}

static void a_deadline_armed_late_in_a_long_turn_is_not_early(void)
{
    static const struct loop_events events = {.wake = arm_late_in_the_turn,
                                              .deadline = on_deadline};
    struct record record;
    open_loop(&record, &events);
    loop_wake(record.loop);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.deadlines, 1);
    CU_ASSERT_TRUE(record.came_us >= record.armed_us);
    loop_close(record.loop);
}

static void a_deadline_in_the_past_comes_in_the_next_turn(void)
{
    struct record record;
    open_loop(&record, &all_events);
    record.rearm = true;
    loop_arm(record.loop, 1);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.deadlines, 3);
    loop_close(record.loop);
}

static void a_later_deadline_replaces_an_earlier_one(void)
{
    struct record record;
    open_loop(&record, &all_events);
    uint64_t now_us = loop_now().mono_us;
    loop_arm(record.loop, now_us + 1000);
    record.armed_us = now_us + 20000;
    loop_arm(record.loop, record.armed_us);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.deadlines, 1);
    CU_ASSERT_TRUE(record.came_us >= record.armed_us);
    loop_close(record.loop);
}

static void a_disarmed_deadline_does_not_come(void)
{
    struct record record;
    open_loop(&record, &all_events);
    loop_arm(record.loop, loop_now().mono_us);
    loop_arm(record.loop, LOOP_NEVER);
    loop_wake(record.loop);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.wakes, 1);
    CU_ASSERT_EQUAL(record.deadlines, 0);
    loop_close(record.loop);
}

static void many_wakes_before_a_turn_are_one(void)
{
    struct record record;
    open_loop(&record, &all_events);
    for (int i = 0; i < 100; i++)
        loop_wake(record.loop);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.wakes, 1);
    loop_close(record.loop);
}

static void *wake_from_elsewhere(void *loop)
{
    loop_wake(loop);
    return NULL;
}

static void wakes_from_another_thread(void)
{
    struct record record;
    open_loop(&record, &all_events);
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, wake_from_elsewhere, record.loop), 0);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
    CU_ASSERT_EQUAL(record.wakes, 1);
    loop_close(record.loop);
}

static void ends_each_turn_with_the_hook_also_the_last(void)
{
    struct record record;
    open_loop(&record, &all_events);
    loop_wake(record.loop);
    loop_run(record.loop);
    /* Before the first sleep, and after the wake-up that stopped the loop. */
    CU_ASSERT_EQUAL(record.turns, 2);
    loop_close(record.loop);
}

static void runs_again_after_a_stop(void)
{
    struct record record;
    open_loop(&record, &all_events);
    for (unsigned i = 1; i <= 3; i++) {
        loop_wake(record.loop);
        loop_run(record.loop);
        CU_ASSERT_EQUAL(record.wakes, i);
    }
    loop_close(record.loop);
}

static void tells_of_the_signals_that_end_a_process(void)
{
    struct record record;
    open_loop(&record, &all_events);
    CU_ASSERT_EQUAL(raise(SIGTERM), 0);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.signum, SIGTERM);
    CU_ASSERT_EQUAL(raise(SIGINT), 0);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.signum, SIGINT);
    CU_ASSERT_EQUAL(record.signals, 2);
    loop_close(record.loop);
}

static void ignores_broken_pipes(void)
{
    struct record record;
    open_loop(&record, &all_events);
    CU_ASSERT_EQUAL(raise(SIGPIPE), 0); /* would have ended the test */
    loop_close(record.loop);
}

static void events_that_nobody_wants_may_be_absent(void)
{
    static const struct loop_events few = {.deadline = on_deadline};
    struct record record;
    open_loop(&record, &few);
    loop_wake(record.loop);
    loop_arm(record.loop, loop_now().mono_us + 2000);
    loop_run(record.loop);
    CU_ASSERT_EQUAL(record.deadlines, 1);
    CU_ASSERT_EQUAL(record.wakes, 0);
    loop_close(record.loop);
    loop_close(NULL);
}

static void clocks_give_microseconds_and_mono_only_grows(void)
{
    struct instant before = loop_now();
    struct instant after = loop_now();
    CU_ASSERT_TRUE(after.mono_us >= before.mono_us);
    CU_ASSERT_TRUE(before.wall_us > 1000000000000000); /* later than 2001 in microseconds */
}

SUITE(CASE(comes_at_the_deadline_and_never_before),
      CASE(a_deadline_armed_late_in_a_long_turn_is_not_early),
      CASE(a_deadline_in_the_past_comes_in_the_next_turn),
      CASE(a_later_deadline_replaces_an_earlier_one), CASE(a_disarmed_deadline_does_not_come),
      CASE(many_wakes_before_a_turn_are_one), CASE(wakes_from_another_thread),
      CASE(ends_each_turn_with_the_hook_also_the_last), CASE(runs_again_after_a_stop),
      CASE(tells_of_the_signals_that_end_a_process), CASE(ignores_broken_pipes),
      CASE(events_that_nobody_wants_may_be_absent),
      CASE(clocks_give_microseconds_and_mono_only_grows))
