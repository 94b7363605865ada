/* The auditor on time: what is closed or forgotten too early is noticed, what is in time is not. */
#include "stage.h"

#include "base/date.h"
#include "party/duplicate.h"

static const int64_t HOUR_US = INT64_C(3600) * 1000000;

static void open_slow(void)
{
    stage_open();
    stage.plan.is_slow = true;
    stage.plan.freeze_age_us = (uint64_t)(5 * HOUR_US);
    stage.plan.keep_us = (uint64_t)(200 * HOUR_US);
    stage.plan.forget_us = (uint64_t)(500 * HOUR_US);
    stage.auditor.now_us = date_to_wall(DATE) + 8 * HOUR_US;
}

static void passes(int64_t hours)
{
    stage.auditor.now_us += hours * HOUR_US;
}

static void key_is(unsigned node, const struct operation *request, bool deletes)
{
    struct writing writing = {.deletes = deletes};
    struct transaction_key key = operation_key(request);
    struct duplicate known = {
        .state = DUPLICATE_ANSWERED, .wall_us = 1, .freeze = request->reference};
    struct writer w = writer_to(writing.value, sizeof writing.value);
    duplicate_encode(&w, &known);
    writing.len = w.len;
    store_step_key(&writing.step, key_of_duplicate(&key));
    stage_write(node, &writing);
    commits(node);
}

static void freeze_goes(unsigned node)
{
    struct writing writing = {.deletes = true};
    store_step_key(&writing.step, key_of_freeze(&stage.freeze.reference, 0));
    stage_write(node, &writing);
    commits(node);
}

static void refused(void)
{
    freeze_is(FREEZE_FREEZING, -1);
    commits(SWITCH);
    freeze_is(FREEZE_REFUSED, -1);
    commits(SWITCH);
}

static void what_is_in_time_holds(void)
{
    open_slow();
    key_is(SWITCH, &stage.freeze, false);
    refused();
    passes(200);
    freeze_goes(SWITCH);
    key_is(SWITCH, &stage.freeze, true);
    ASSERT_HOLDS();
    stage_close();
}

static void notices_a_freeze_closed_before_it_is_too_old(void)
{
    open_slow();
    stage.has_no_notice = true;
    frozen();
    passes(4);
    freeze_is(FREEZE_CLOSING, -1);
    ASSERT_FAILS(STATEMENT_LAW, "is closed for its age, 14400 s");
    stage_close();
    open_slow();
    stage.has_no_notice = true;
    frozen();
    passes(5);
    freeze_is(FREEZE_CLOSING, -1);
    ASSERT_HOLDS();
    stage_close();
}

static void notices_a_key_forgotten_while_its_freeze_is_open(void)
{
    open_slow();
    key_is(SWITCH, &stage.freeze, false);
    frozen();
    passes(400);
    key_is(SWITCH, &stage.freeze, true);
    ASSERT_FAILS(STATEMENT_LAW, "forgets the key of STAN 000011");
    stage_close();
}

static void a_key_that_is_too_old_may_go(void)
{
    open_slow();
    key_is(SWITCH, &stage.freeze, false);
    frozen();
    passes(500);
    key_is(SWITCH, &stage.freeze, true);
    ASSERT_HOLDS();
    stage_close();
}

static void notices_a_key_forgotten_too_soon_after_the_end(void)
{
    open_slow();
    key_is(SWITCH, &stage.freeze, false);
    freeze_is(FREEZE_FREEZING, -1);
    commits(SWITCH);
    passes(150);
    freeze_is(FREEZE_REFUSED, -1);
    commits(SWITCH);
    passes(100);
    key_is(SWITCH, &stage.freeze, true);
    ASSERT_FAILS(STATEMENT_LAW, "forgets the key of STAN 000011");
    stage_close();
}

static void notices_a_credit_forgotten_while_it_is_to_be_confirmed(void)
{
    open_slow();
    frozen();
    struct operation claim = crediting(), credit = leg_of(&claim, OPERATION_CREDIT);
    key_is(RECEIVERS, &credit, false);
    passes(400);
    key_is(RECEIVERS, &credit, true);
    ASSERT_FAILS(STATEMENT_LAW, "node 2 forgets the key");
    stage_close();
}

static void notices_a_freeze_forgotten_too_soon_or_while_it_is_open(void)
{
    open_slow();
    refused();
    passes(199);
    freeze_goes(SWITCH);
    ASSERT_FAILS(STATEMENT_LAW, "for too short a time");
    stage_close();
    open_slow();
    frozen();
    passes(300);
    freeze_goes(SENDERS);
    ASSERT_FAILS(STATEMENT_LAW, "node 1 forgets freeze 42, which is FROZEN");
    stage_close();
}

static void notices_what_is_disputed_and_forgotten(void)
{
    open_slow();
    frozen();
    struct operation claim = crediting();
    stage.plan.levels[KIND_FOREIGN] = LEVEL_MILD;
    share_is(&claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN);
    share_is(&claim, SHARE_CREDIT_UNKNOWN, SHARE_DISPUTED);
    passes(600);
    freeze_goes(SWITCH);
    ASSERT_FAILS(STATEMENT_LAW, "node 0 forgets freeze 42");
    stage_close();
}

SUITE(CASE(what_is_in_time_holds), CASE(notices_a_freeze_closed_before_it_is_too_old),
      CASE(notices_a_key_forgotten_while_its_freeze_is_open), CASE(a_key_that_is_too_old_may_go),
      CASE(notices_a_key_forgotten_too_soon_after_the_end),
      CASE(notices_a_credit_forgotten_while_it_is_to_be_confirmed),
      CASE(notices_a_freeze_forgotten_too_soon_or_while_it_is_open),
      CASE(notices_what_is_disputed_and_forgotten))
