/* The agenda: what is to happen, in order. */
#include "simulation/agenda.h"

#include "base/random.h"
#include "suite.h"

static struct agenda agenda;

static void add(uint64_t due_us, uint32_t which)
{
    agenda_add(&agenda, &(struct entry){.due_us = due_us, .what = ENTRY_ACTION, .which = which});
}

static void an_empty_one_is_never_due(void)
{
    agenda_clear(&agenda);
    CU_ASSERT_EQUAL(agenda_due(&agenda), UINT64_MAX);
    add(7, 1);
    CU_ASSERT_EQUAL(agenda_due(&agenda), 7);
    agenda_clear(&agenda);
    CU_ASSERT_EQUAL(agenda_due(&agenda), UINT64_MAX);
}

static void gives_the_earliest_first(void)
{
    static const uint64_t times[] = {50, 10, 40, 20, 30, 0, 60};
    uint64_t before = 0;
    agenda_clear(&agenda);
    for (uint32_t i = 0; i < sizeof times / sizeof times[0]; i++)
        add(times[i], i);
    for (uint32_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct entry entry = agenda_take(&agenda);
        CU_ASSERT_TRUE(entry.due_us >= before);
        CU_ASSERT_EQUAL(entry.due_us, times[entry.which]);
        before = entry.due_us;
    }
    CU_ASSERT_EQUAL(agenda.count, 0);
}

static void entries_of_one_moment_keep_their_order(void)
{
    agenda_clear(&agenda);
    for (uint32_t i = 0; i < 100; i++)
        add(i % 3, i);
    for (uint64_t time = 0; time < 3; time++)
        for (uint32_t i = (uint32_t)time; i < 100; i += 3) {
            struct entry entry = agenda_take(&agenda);
            CU_ASSERT_EQUAL(entry.due_us, time);
            CU_ASSERT_EQUAL(entry.which, i);
        }
}

static void takes_as_many_as_it_has_room_for(void)
{
    struct random random = random_seeded(1);
    uint64_t before = 0;
    agenda_clear(&agenda);
    for (uint32_t i = 0; i < AGENDA_MAX; i++)
        add(random_below(&random, 1000), i);
    for (uint32_t i = 0; i < AGENDA_MAX; i++) {
        struct entry entry = agenda_take(&agenda);
        CU_ASSERT_TRUE(entry.due_us >= before);
        before = entry.due_us;
    }
}

SUITE(CASE(an_empty_one_is_never_due), CASE(gives_the_earliest_first),
      CASE(entries_of_one_moment_keep_their_order), CASE(takes_as_many_as_it_has_room_for))
