/* What an issuer forgets, and what it has to keep so that nothing is posted twice, or lost. */
#include "desk.h"

static struct desk desk;

static void live(unsigned days)
{
    uint64_t end_us = desk.now.mono_us + UINT64_C(86400) * 1000000 * days;
    struct party *party = issuer_party(desk.issuer);
    for (;;) {
        uint64_t due_us = party_deadline(party);
        if (due_us > end_us)
            due_us = end_us;
        desk.now.wall_us += (int64_t)(due_us - desk.now.mono_us);
        desk.now.mono_us = due_us;
        if (due_us == end_us)
            break;
        party_tick(party, desk.now);
        CU_ASSERT_EQUAL(party_complete(party, desk.now, NULL), RESULT_OK);
    }
}

static bool count(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static unsigned stored_in(enum record_table table)
{
    uint8_t first[] = {(uint8_t)table}, end[] = {(uint8_t)(table + 1)};
    unsigned found = 0;
    CU_ASSERT_EQUAL(
        store_scan(desk.store, bytes_of(first, 1), bytes_of(end, 1), count, &found, NULL),
        RESULT_OK);
    return found;
}

static void forgets_a_freeze_with_its_debits_thirty_days_after_its_end(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 3000, 3, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 1000, 2);
    struct operation other = freeze_of(&desk, BOB, BOB_OPENING + 1, 3, 3);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    ASSERT_CODE(&desk, &other, "51");
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 2000);
    ASSERT_CODE(&desk, &unfreeze, "00");
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 2);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 4);
    live(29);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 4);
    live(10);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 1);
    struct journal_view journal = journal_of(&desk);
    CU_ASSERT_EQUAL(journal.last.event, JOURNAL_FORGOTTEN);
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING - 1000, 0);
    desk_close(&desk);
}

/* The switch has not heard the answer, and the link was cut for months. */
static void answers_a_repeat_of_an_unfreeze_whose_freeze_is_forgotten(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 3000, 3, 1);
    ASSERT_CODE(&desk, &freeze, "00");
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 3000);
    ASSERT_CODE(&desk, &unfreeze, "00");
    live(290);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    ASSERT_CODE(&desk, &unfreeze, "00");
    live(10);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 0);
    desk_close(&desk);
}

static void keeps_the_debits_of_an_open_freeze_for_their_reversal(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 3000, 3, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 1000, 2);
    ASSERT_CODE(&desk, &freeze, "00");
    ASSERT_CODE(&desk, &debit, "00");
    struct operation reversal = about(&desk, &debit);
    live(200);
    desk_restart(&desk);
    live(50);
    ASSERT_CODE(&desk, &reversal, "00");
    ASSERT_FREEZE(&desk, &freeze, FREEZE_FROZEN, 0, 0, 3000);
    struct operation unfreeze = unfreeze_of(&desk, &freeze, 3000);
    ASSERT_CODE(&desk, &unfreeze, "00");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

/* Statement 3: the confirmation of a posted credit posts nothing, however late it comes. */
static void never_posts_a_credit_twice(bool confirms_first, unsigned days)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, FOREIGN, 3000, 3, 1);
    struct operation credit = credit_of(&desk, &freeze, BOB, 1, 500, 2);
    struct operation confirmation = about(&desk, &credit);
    ASSERT_CODE(&desk, confirms_first ? &confirmation : &credit, confirms_first ? "A4" : "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 500, 0);
    live(days);
    desk_restart(&desk);
    live(1);
    struct operation other = about(&desk, &credit);
    const char *late = days < 298 ? "00" : "25";
    ASSERT_CODE(&desk, &other, late);
    ASSERT_CODE(&desk, &confirmation, confirms_first && days < 298 ? "A4" : late);
    ASSERT_CODE(&desk, &credit, days >= 298 ? "30" : "00");
    ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 500, 0);
    desk_close(&desk);
}

static void never_posts_a_credit_twice_after_any_time(void)
{
    static const unsigned days[] = {1, 40, 100, 180, 186, 250, 296, 299, 320, 350};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        for (unsigned confirms_first = 0; confirms_first < 2; confirms_first++)
            never_posts_a_credit_twice(confirms_first != 0, days[i]);
}

/* What never came is known never to have come, as long as its key would be kept. */
static void posts_what_is_confirmed_late_and_never_came(void)
{
    static const unsigned days[] = {1, 40, 100, 180, 186, 250, 296};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        desk_open(&desk);
        struct operation freeze = freeze_of(&desk, FOREIGN, 3000, 3, 1);
        struct operation credit = credit_of(&desk, &freeze, BOB, 1, 500, 2);
        struct operation confirmation = about(&desk, &credit);
        live(days[i]);
        ASSERT_CODE(&desk, &confirmation, "A4");
        ASSERT_CODE(&desk, &confirmation, "A4");
        ASSERT_ACCOUNT(&desk, BOB, BOB_OPENING + 500, 0);
        desk_close(&desk);
    }
}

static void leaves_to_a_person_what_it_cannot_know_any_more(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 3000, 3, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 1000, 2);
    struct operation freeze_reversal = about(&desk, &freeze), debit_reversal = about(&desk, &debit);
    live(310);
    ASSERT_CODE(&desk, &debit_reversal, "25");
    ASSERT_CODE(&desk, &freeze_reversal, "25");
    ASSERT_ACCOUNT(&desk, ANN, ANN_OPENING, 0);
    desk_close(&desk);
}

static void forgets_the_tombstones_of_what_never_came(void)
{
    desk_open(&desk);
    struct operation freeze = freeze_of(&desk, ANN, 3000, 3, 1);
    struct operation debit = debit_of(&desk, &freeze, 1, 1000, 2);
    struct operation debit_reversal = about(&desk, &debit), freeze_reversal = about(&desk, &freeze);
    ASSERT_CODE(&desk, &debit_reversal, "00");
    ASSERT_CODE(&desk, &freeze_reversal, "00");
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 1);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 4);
    live(29);
    ASSERT_CODE(&desk, &debit, "22");
    live(10);
    CU_ASSERT_EQUAL(stored_in(TABLE_FREEZE), 0);
    live(300);
    CU_ASSERT_EQUAL(stored_in(TABLE_DUPLICATE), 0);
    desk_close(&desk);
}

SUITE(CASE(forgets_a_freeze_with_its_debits_thirty_days_after_its_end),
      CASE(answers_a_repeat_of_an_unfreeze_whose_freeze_is_forgotten),
      CASE(keeps_the_debits_of_an_open_freeze_for_their_reversal),
      CASE(never_posts_a_credit_twice_after_any_time),
      CASE(posts_what_is_confirmed_late_and_never_came),
      CASE(leaves_to_a_person_what_it_cannot_know_any_more),
      CASE(forgets_the_tombstones_of_what_never_came))
