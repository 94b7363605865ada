/* Repeats, crashes and failed commits: one answer to each request, and only when it is durable. */
#include "desk.h"

static void repeats_give_the_stored_answers_and_move_nothing_across_restarts(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation ops[5];
    ops[0] = freeze_of(&desk, ANN, 1000, 2, 1);
    ops[1] = debit_of(&desk, &ops[0], 1, 400, 2);
    ops[2] = debit_of(&desk, &ops[0], 2, 700, 3);
    ops[3] = unfreeze_of(&desk, &ops[0], 600);
    ops[4] = freeze_of(&desk, EMMA, 1, 1, 9);
    struct reply first[5];
    for (int i = 0; i < 5; i++)
        first[i] = desk_ask(&desk, &ops[i]);
    CU_ASSERT_STRING_EQUAL(first[2].code, "61");
    uint64_t entries = journal_of(&desk).count;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++) {
            struct reply again = desk_ask(&desk, &ops[i]);
            CU_ASSERT_EQUAL(memcmp(&again, &first[i], sizeof again), 0);
        }
        CU_ASSERT_EQUAL(journal_of(&desk).count, entries);
        CU_ASSERT_EQUAL(issuer_view(desk.issuer).repeated, 5);
        desk_restart(&desk);
    }
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 400, 0);
    desk_close(&desk);
}

static void refuses_other_content_under_a_used_key(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1), other = freeze;
    ASSERT_CODE(&desk, &freeze, "00");
    other.amount_minor = 1001;
    ASSERT_CODE(&desk, &other, "94");
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

/* The switch gives the money back when a leg is refused: a second copy of it, come when the clock
 * has been put right, must not be taken. */
static void what_it_refused_for_its_time_stays_refused(void)
{
    const int64_t two_days_us = INT64_C(2) * 24 * 3600 * 1000000;
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation late = freeze_of(&desk, ANN, 500, 1, 2);
    struct operation debit = debit_of(&desk, &freeze, 1, 400, 3);
    ASSERT_CODE(&desk, &freeze, "00");
    desk.now.wall_us += two_days_us;
    ASSERT_CODE(&desk, &late, "30");
    ASSERT_CODE(&desk, &debit, "30");
    desk_restart(&desk);
    desk.now.wall_us -= two_days_us;
    ASSERT_CODE(&desk, &late, "30");
    ASSERT_CODE(&desk, &debit, "30");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

static void answers_only_what_is_durable(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation_text text;
    struct iso_message message;
    struct fault fault;
    uint64_t before = desk.sent_count;
    store_memory_hold(desk.store, true);
    operation_write(&freeze, &text, desk_spec(), &message);
    desk_deliver(&desk, &message);
    desk_deliver(&desk, &message); /* a repeat of one that is being worked on */
    CU_ASSERT_EQUAL(desk.sent_count, before);
    CU_ASSERT_EQUAL(store_memory_waiting(desk.store), 1);
    store_memory_commit(desk.store, 1);
    CU_ASSERT_EQUAL(party_complete(issuer_party(desk.issuer), desk.now, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(desk.sent_count, before + 1);
    store_memory_hold(desk.store, false);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

static void a_crash_before_the_commit_forgets_and_the_repeat_is_fresh(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation_text text;
    struct iso_message message;
    uint64_t before = desk.sent_count;
    store_memory_hold(desk.store, true);
    operation_write(&freeze, &text, desk_spec(), &message);
    desk_deliver(&desk, &message);
    CU_ASSERT_EQUAL(desk.sent_count, before);
    desk_restart(&desk);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 1000);
    desk_close(&desk);
}

static void a_failed_commit_answers_nothing(void)
{
    struct desk desk;
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 1000, 2, 1);
    struct operation_text text;
    struct iso_message message;
    struct fault fault;
    uint64_t before = desk.sent_count;
    store_memory_hold(desk.store, true);
    operation_write(&freeze, &text, desk_spec(), &message);
    desk_deliver(&desk, &message);
    store_memory_fail_next(desk.store);
    store_memory_commit(desk.store, 1);
    CU_ASSERT_EQUAL(party_complete(issuer_party(desk.issuer), desk.now, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(desk.sent_count, before);
    desk_restart(&desk);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

SUITE(CASE(repeats_give_the_stored_answers_and_move_nothing_across_restarts),
      CASE(refuses_other_content_under_a_used_key),
      CASE(what_it_refused_for_its_time_stays_refused), CASE(answers_only_what_is_durable),
      CASE(a_crash_before_the_commit_forgets_and_the_repeat_is_fresh),
      CASE(a_failed_commit_answers_nothing))
