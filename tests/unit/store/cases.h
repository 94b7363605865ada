/* What both adapters promise, as one list of cases. The test file that includes this says how a
 * store is had:
 *   fixture_prepare   in the test's own process, before a store is opened
 *   fixture_open      what is there, nothing at first
 *   fixture_reopen    ends that store in good order and opens what it left
 *   fixture_close     closes, and cleans up */
#ifndef TESTS_UNIT_STORE_CASES_H
#define TESTS_UNIT_STORE_CASES_H

#include "fixture.h"

static void fixture_prepare(void);
static struct store *fixture_open(void);
static struct store *fixture_reopen(struct store *store);
static void fixture_close(struct store *store);

static struct store *fresh(void)
{
    fixture_prepare();
    return fixture_open();
}

static uint8_t pattern[STORE_VALUE_MAX + 1];

static struct bytes patterned(size_t len)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + len);
    return bytes_of(pattern, len);
}

/* --- records ---------------------------------------------------------------------------------- */

static void reads_back_what_a_step_has_put(void)
{
    struct store *store = fresh();
    put(store, "Akey", bytes_text("value"));
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("value")));
    put(store, "Akey", bytes_text("another, longer value"));
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("another, longer value")));
    put(store, "Akey", bytes_text("short"));
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("short")));
    fixture_close(store);
}

static void absent_record_has_no_bytes(void)
{
    struct store *store = fresh();
    CU_ASSERT_TRUE(is_absent(store, "Akey"));
    put(store, "Akey2", bytes_text("value"));
    CU_ASSERT_TRUE(is_absent(store, "Akey"));
    CU_ASSERT_TRUE(is_absent(store, "Akey3"));
    fixture_close(store);
}

static void record_of_length_zero_is_present(void)
{
    struct store *store = fresh();
    put(store, "Aempty", bytes_of(NULL, 0));
    CU_ASSERT_TRUE(holds(store, "Aempty", bytes_of("", 0)));
    fixture_close(store);
}

static void deletes_what_is_there_and_what_is_not(void)
{
    struct store *store = fresh();
    put(store, "Akey", bytes_text("value"));
    erase(store, "Akey");
    CU_ASSERT_TRUE(is_absent(store, "Akey"));
    erase(store, "Akey");
    CU_ASSERT_TRUE(is_absent(store, "Akey"));
    put(store, "Akey", bytes_text("again"));
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("again")));
    fixture_close(store);
}

static void keeps_key_and_value_at_their_maximum(void)
{
    struct store *store = fresh();
    char key[STORE_KEY_MAX + 1];
    memset(key, 'k', STORE_KEY_MAX);
    key[STORE_KEY_MAX] = '\0';
    put(store, key, patterned(STORE_VALUE_MAX));
    CU_ASSERT_TRUE(holds(store, key, patterned(STORE_VALUE_MAX)));
    fixture_close(store);
}

static void later_step_sees_earlier_one_of_the_same_batch(void)
{
    struct store *store = fresh();
    struct simple_step steps[3];
    for (size_t i = 0; i < 3; i++)
        simple_init(&steps[i], bytes_text("Akey"))->what = SIMPLE_PUT;
    steps[0].value = bytes_text("one");
    steps[1].what = SIMPLE_DELETE;
    steps[2].value = bytes_text("three");
    for (size_t i = 0; i < 3; i++)
        store_submit(store, &steps[i].step);
    drain(store);
    CU_ASSERT_FALSE(steps[0].was_found);
    CU_ASSERT_TRUE(steps[1].was_found);
    ASSERT_BYTES(steps[1].found, steps[1].found_len, "one", 3);
    CU_ASSERT_FALSE(steps[2].was_found);
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("three")));
    fixture_close(store);
}

static void apply_own_writes(struct store_step *step, struct store_tx *tx)
{
    bool *ok = step->context;
    struct bytes value;
    *ok = !store_tx_get(tx, 0, &value) && value.data == NULL && value.len == 0;
    store_tx_put(tx, 0, "first", 5);
    *ok = *ok && store_tx_get(tx, 0, &value) && bytes_equal(value, bytes_text("first"));
    store_tx_put(tx, 0, value.data + 1, 3); /* part of what was read back */
    *ok = *ok && store_tx_get(tx, 0, &value) && bytes_equal(value, bytes_text("irs"));
    store_tx_delete(tx, 0);
    *ok = *ok && !store_tx_get(tx, 0, &value) && value.data == NULL;
    store_tx_put(tx, 0, "last", 4);
    *ok = *ok && !store_tx_get(tx, 1, &value);
}

static void nothing_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static void apply_reads_back_its_own_writes(void)
{
    struct store *store = fresh();
    bool ok = false;
    struct store_step step = {.apply = apply_own_writes, .done = nothing_done, .context = &ok};
    store_step_key(&step, key_of(bytes_text("Aone")));
    store_step_key(&step, key_of(bytes_text("Atwo")));
    store_submit(store, &step);
    drain(store);
    CU_ASSERT_TRUE(ok);
    CU_ASSERT_TRUE(holds(store, "Aone", bytes_text("last")));
    CU_ASSERT_TRUE(is_absent(store, "Atwo"));
    fixture_close(store);
}

static void apply_eight(struct store_step *step, struct store_tx *tx)
{
    for (unsigned i = 0; i < step->key_count; i++)
        store_tx_put(tx, i, &i, sizeof i);
}

static void one_step_writes_all_its_keys(void)
{
    struct store *store = fresh();
    struct store_step step = {.apply = apply_eight, .done = nothing_done};
    char name[] = "A0";
    for (unsigned i = 0; i < STORE_STEP_KEYS_MAX; i++) {
        name[1] = (char)('0' + i);
        CU_ASSERT_EQUAL(store_step_key(&step, key_of(bytes_text(name))), i);
    }
    store_submit(store, &step);
    drain(store);
    for (unsigned i = 0; i < STORE_STEP_KEYS_MAX; i++) {
        name[1] = (char)('0' + i);
        CU_ASSERT_TRUE(holds(store, name, bytes_of(&i, sizeof i)));
    }
    fixture_close(store);
}

static void same_key_twice_is_one_key(void)
{
    struct store_step step = {0};
    CU_ASSERT_EQUAL(store_step_key(&step, key_of(bytes_text("Aone"))), 0);
    CU_ASSERT_EQUAL(store_step_key(&step, key_of(bytes_text("Aon"))), 1);
    CU_ASSERT_EQUAL(store_step_key(&step, key_of(bytes_text("Aone"))), 0);
    CU_ASSERT_EQUAL(step.key_count, 2);
}

/* --- completions ------------------------------------------------------------------------------ */

struct order {
    struct store *store;
    unsigned next;
    bool is_right;
    unsigned resubmits;
};

struct ordered_step {
    struct store_step step;
    unsigned place;
};

static void apply_counter(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    struct bytes value;
    unsigned count = 0;
    if (store_tx_get(tx, 0, &value) && value.len == sizeof count)
        memcpy(&count, value.data, sizeof count);
    count++;
    store_tx_put(tx, 0, &count, sizeof count);
}

static void done_in_order(struct store_step *step, void *context)
{
    struct order *order = context;
    if (((struct ordered_step *)step)->place != order->next)
        order->is_right = false;
    order->next++;
}

static void completes_in_the_order_of_submission(void)
{
    enum { STEPS = 300 };
    struct store *store = fresh();
    struct order order = {.is_right = true};
    static struct ordered_step steps[STEPS];
    memset(steps, 0, sizeof steps);
    struct fault fault;
    for (unsigned i = 0; i < STEPS; i++) {
        steps[i] = (struct ordered_step){
            .step = {.apply = apply_counter, .done = done_in_order, .context = &order}, .place = i};
        store_step_key(&steps[i].step, key_of(bytes_text("Acounter")));
        store_submit(store, &steps[i].step);
        if (i % 50 == 0)
            CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_OK);
    }
    drain(store);
    CU_ASSERT_TRUE(order.is_right);
    CU_ASSERT_EQUAL(order.next, STEPS);
    unsigned count = STEPS;
    CU_ASSERT_TRUE(holds(store, "Acounter", bytes_of(&count, sizeof count)));
    fixture_close(store);
}

static void done_submits_again(struct store_step *step, void *context)
{
    struct order *order = context;
    order->next++;
    if (order->next <= order->resubmits)
        store_submit(order->store, step);
}

static void done_may_submit_the_same_step_again(void)
{
    struct store *store = fresh();
    struct order order = {.store = store, .resubmits = 5};
    struct store_step step = {
        .apply = apply_counter, .done = done_submits_again, .context = &order};
    store_step_key(&step, key_of(bytes_text("Acounter")));
    store_submit(store, &step);
    drain(store);
    unsigned count = 6;
    CU_ASSERT_EQUAL(order.next, count);
    CU_ASSERT_TRUE(holds(store, "Acounter", bytes_of(&count, sizeof count)));
    fixture_close(store);
}

static void nothing_is_delivered_before_it_is_polled(void)
{
    struct store *store = fresh();
    struct simple_step simple;
    simple_init(&simple, bytes_text("Akey"))->what = SIMPLE_PUT;
    store_submit(store, &simple.step);
    CU_ASSERT_EQUAL(simple.done_count, 0);
    drain(store);
    CU_ASSERT_EQUAL(simple.done_count, 1);
    drain(store);
    CU_ASSERT_EQUAL(simple.done_count, 1);
    fixture_close(store);
}

static void note_wake(void *context)
{
    char byte = 'w';
    CU_ASSERT_EQUAL(write(*(int *)context, &byte, 1), 1);
}

static void wakes_when_there_is_something_to_deliver(void)
{
    struct store *store = fresh();
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    store_set_wake(store, note_wake, &ends[1]);
    struct simple_step simple;
    simple_init(&simple, bytes_text("Akey"))->what = SIMPLE_PUT;
    store_submit(store, &simple.step);
    char byte = 0;
    struct fault fault;
    CU_ASSERT_EQUAL(read(ends[0], &byte, 1), 1);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(simple.done_count, 1);
    store_set_wake(store, NULL, NULL);
    close(ends[0]);
    close(ends[1]);
    put(store, "Akey", bytes_text("nobody is woken"));
    fixture_close(store);
}

static void counts_steps_commits_and_bytes(void)
{
    struct store *store = fresh();
    struct store_stats none = store_stats(store);
    CU_ASSERT_EQUAL(none.steps, 0);
    put(store, "Akey", patterned(100));
    write_log(store, DATE_ONE, patterned(200));
    struct store_stats stats = store_stats(store);
    CU_ASSERT_EQUAL(stats.steps, 2);
    CU_ASSERT_EQUAL(stats.commits, 2);
    CU_ASSERT_EQUAL(stats.batch_max, 1);
    CU_ASSERT_TRUE(stats.bytes >= 300 && stats.bytes < 400);
    fixture_close(store);
}

/* --- the log ---------------------------------------------------------------------------------- */

struct collected {
    unsigned count;
    uint64_t first, last;
    uint32_t last_date;
    size_t last_len;
    uint8_t last_data[STORE_LOG_MAX];
    unsigned stop_after; /* 0: never */
};

static bool collect_log(void *context, const struct store_log_record *record)
{
    struct collected *collected = context;
    if (collected->count++ == 0)
        collected->first = record->number;
    collected->last = record->number;
    collected->last_date = record->settlement_date;
    collected->last_len = record->data.len;
    if (record->data.len > 0)
        memcpy(collected->last_data, record->data.data, record->data.len);
    return collected->count != collected->stop_after;
}

static struct collected log_between(struct store *store, uint64_t from, uint64_t to)
{
    struct collected collected = {0};
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_log_scan(store, from, to, collect_log, &collected, &fault), RESULT_OK);
    return collected;
}

static void log_numbers_grow_without_a_gap(void)
{
    struct store *store = fresh();
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("one")), 1);
    put(store, "Akey", bytes_text("no log record"));
    CU_ASSERT_EQUAL(write_log(store, 0, bytes_text("two")), 2);
    CU_ASSERT_EQUAL(write_log(store, DATE_TWO, bytes_of("", 0)), 3);
    struct collected all = log_between(store, 0, 0);
    CU_ASSERT_EQUAL(all.count, 3);
    CU_ASSERT_EQUAL(all.first, 1);
    CU_ASSERT_EQUAL(all.last, 3);
    CU_ASSERT_EQUAL(all.last_date, DATE_TWO);
    CU_ASSERT_EQUAL(all.last_len, 0);
    struct collected two = log_between(store, 2, 2);
    CU_ASSERT_EQUAL(two.count, 1);
    CU_ASSERT_EQUAL(two.last_date, 0);
    ASSERT_BYTES(two.last_data, two.last_len, "two", 3);
    fixture_close(store);
}

static void apply_names_its_log_record(struct store_step *step, struct store_tx *tx)
{
    uint64_t number = store_tx_log_number(tx);
    (void)step;
    store_tx_put(tx, 0, &number, sizeof number);
    store_tx_log(tx, 0, "log", 3);
}

static void a_record_can_name_the_log_record_of_its_step(void)
{
    struct store *store = fresh();
    struct simple_step steps[3];
    static const char *const keys[] = {"Aone", "Atwo", "Athree"};
    write_log(store, 0, bytes_text("one before"));
    for (unsigned i = 0; i < 3; i++) {
        simple_init(&steps[i], bytes_text(keys[i]));
        steps[i].step.apply = apply_names_its_log_record;
        store_submit(store, &steps[i].step);
    }
    drain(store);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(steps[i].step.log_number, i + 2);
        CU_ASSERT_TRUE(
            holds(store, keys[i], bytes_of(&steps[i].step.log_number, sizeof(uint64_t))));
    }
    fixture_close(store);
}

static void step_without_log_record_has_number_zero(void)
{
    struct store *store = fresh();
    struct simple_step simple;
    simple_init(&simple, bytes_text("Akey"))->what = SIMPLE_PUT;
    simple.step.log_number = 77;
    store_submit(store, &simple.step);
    drain(store);
    CU_ASSERT_EQUAL(simple.step.log_number, 0);
    fixture_close(store);
}

static void log_scan_keeps_to_its_bounds(void)
{
    struct store *store = fresh();
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, 0);
    for (unsigned i = 0; i < 100; i++)
        write_log(store, DATE_ONE, patterned(i));
    struct collected some = log_between(store, 17, 60);
    CU_ASSERT_EQUAL(some.count, 44);
    CU_ASSERT_EQUAL(some.first, 17);
    CU_ASSERT_EQUAL(some.last, 60);
    ASSERT_BYTES(some.last_data, some.last_len, patterned(59).data, 59U);
    CU_ASSERT_EQUAL(log_between(store, 99, 0).count, 2);
    CU_ASSERT_EQUAL(log_between(store, 90, 1000).count, 11);
    CU_ASSERT_EQUAL(log_between(store, 101, 0).count, 0);
    CU_ASSERT_EQUAL(log_between(store, 60, 17).count, 0);
    CU_ASSERT_EQUAL(log_between(store, UINT64_MAX, 0).count, 0);
    struct collected stopped = {.stop_after = 33};
    struct fault fault;
    CU_ASSERT_EQUAL(store_log_scan(store, 0, 0, collect_log, &stopped, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(stopped.last, 33);
    fixture_close(store);
}

static void keeps_log_record_at_its_maximum(void)
{
    struct store *store = fresh();
    for (unsigned i = 0; i < 40; i++) /* more than one stretch of a scan */
        write_log(store, DATE_ONE, patterned(STORE_LOG_MAX));
    struct collected all = log_between(store, 0, 0);
    CU_ASSERT_EQUAL(all.count, 40);
    ASSERT_BYTES(all.last_data, all.last_len, patterned(STORE_LOG_MAX).data, (size_t)STORE_LOG_MAX);
    fixture_close(store);
}

static bool range_is(struct store *store, uint32_t date, uint64_t first, uint64_t last)
{
    uint64_t found_first = 99, found_last = 99;
    struct fault fault;
    return store_log_range(store, date, &found_first, &found_last, &fault) == RESULT_OK &&
           found_first == first && found_last == last;
}

static void index_of_dates_names_first_and_last_record(void)
{
    struct store *store = fresh();
    CU_ASSERT_TRUE(range_is(store, DATE_ONE, 0, 0));
    write_log(store, DATE_ONE, bytes_text("1"));
    write_log(store, DATE_TWO, bytes_text("2"));
    write_log(store, 0, bytes_text("3"));
    write_log(store, DATE_ONE, bytes_text("4"));
    write_log(store, DATE_TWO, bytes_text("5"));
    CU_ASSERT_TRUE(range_is(store, DATE_ONE, 1, 4));
    CU_ASSERT_TRUE(range_is(store, DATE_TWO, 2, 5));
    CU_ASSERT_TRUE(range_is(store, 0, 0, 0));
    CU_ASSERT_TRUE(range_is(store, DATE_TWO + 1, 0, 0));
    fixture_close(store);
}

static void index_of_dates_takes_many_dates_in_one_batch(void)
{
    enum { DATES = 20, ROUNDS = 3 };
    struct store *store = fresh();
    static struct simple_step steps[DATES * ROUNDS];
    for (unsigned i = 0; i < DATES * ROUNDS; i++) {
        simple_init(&steps[i], bytes_text("Akey"));
        steps[i].log = bytes_text("x");
        steps[i].log_date = DATE_ONE + i % DATES;
        store_submit(store, &steps[i].step);
    }
    drain(store);
    for (unsigned i = 0; i < DATES; i++)
        CU_ASSERT_TRUE(
            range_is(store, DATE_ONE + i, i + 1, (uint64_t)i + 1 + (ROUNDS - 1) * DATES));
    fixture_close(store);
}

/* --- scans ------------------------------------------------------------------------------------ */

struct found {
    char keys[200];
    unsigned count;
    unsigned stop_after;
    struct store *store;
};

static bool collect_keys(void *context, struct bytes key, struct bytes value)
{
    struct found *found = context;
    size_t len = strlen(found->keys);
    CU_ASSERT_FATAL(len + key.len + 2 < sizeof found->keys);
    memcpy(found->keys + len, key.data, key.len);
    memcpy(found->keys + len + key.len, " ", 2);
    CU_ASSERT_TRUE(bytes_equal(value, bytes_text("v")));
    return ++found->count != found->stop_after;
}

static bool scan_gives(struct store *store, const char *first, const char *end,
                       const char *expected)
{
    struct found found = {0};
    struct fault fault;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text(first), bytes_text(end), collect_keys, &found, &fault),
        RESULT_OK);
    if (strcmp(found.keys, expected) != 0)
        fprintf(stderr, "scan gave \"%s\"\n", found.keys);
    return strcmp(found.keys, expected) == 0;
}

static void scan_gives_keys_in_the_order_of_their_bytes(void)
{
    struct store *store = fresh();
    CU_ASSERT_TRUE(scan_gives(store, "", "", ""));
    const char *keys[] = {"B1", "A", "A\xFF", "A12", "A1", "C", "A2", "B"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        put(store, keys[i], bytes_text("v"));
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A A1 A12 A2 A\xFF B B1 C "));
    CU_ASSERT_TRUE(scan_gives(store, "A", "B", "A A1 A12 A2 A\xFF "));
    CU_ASSERT_TRUE(scan_gives(store, "A1", "A2", "A1 A12 "));
    CU_ASSERT_TRUE(scan_gives(store, "A10", "A2", "A12 "));
    CU_ASSERT_TRUE(scan_gives(store, "B", "", "B B1 C "));
    CU_ASSERT_TRUE(scan_gives(store, "", "A1", "A "));
    CU_ASSERT_TRUE(scan_gives(store, "D", "", ""));
    CU_ASSERT_TRUE(scan_gives(store, "B", "A", ""));
    erase(store, "A12");
    CU_ASSERT_TRUE(scan_gives(store, "A1", "B", "A1 A2 A\xFF "));
    fixture_close(store);
}

static void scan_stops_when_told(void)
{
    struct store *store = fresh();
    put(store, "A1", bytes_text("v"));
    put(store, "A2", bytes_text("v"));
    put(store, "A3", bytes_text("v"));
    struct found found = {.stop_after = 2};
    struct fault fault;
    struct bytes all = {NULL, 0};
    CU_ASSERT_EQUAL(store_scan(store, all, all, collect_keys, &found, &fault), RESULT_OK);
    CU_ASSERT_STRING_EQUAL(found.keys, "A1 A2 ");
    fixture_close(store);
}

enum { MANY = 1500 };

static void put_many(struct store *store)
{
    static struct simple_step steps[64];
    struct bytes value = patterned(200);
    for (unsigned i = 0; i < MANY; i++) {
        struct simple_step *simple = &steps[i % 64];
        uint8_t key[] = {'M', (uint8_t)(i >> 8), (uint8_t)i};
        simple_init(simple, bytes_of(key, sizeof key))->what = SIMPLE_PUT;
        simple->value = value;
        store_submit(store, &simple->step);
        if (i % 64 == 63)
            drain(store);
    }
    drain(store);
}

static bool count_in_order(void *context, struct bytes key, struct bytes value)
{
    unsigned *count = context;
    CU_ASSERT_EQUAL(key.len, 3);
    CU_ASSERT_EQUAL((unsigned)key.data[1] << 8 | key.data[2], *count);
    CU_ASSERT_EQUAL(value.len, 200);
    ++*count;
    return true;
}

static void scan_goes_on_over_many_stretches(void)
{
    struct store *store = fresh();
    put_many(store);
    unsigned count = 0;
    struct fault fault;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("M"), bytes_text("N"), count_in_order, &count, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(count, MANY);
    fixture_close(store);
}

static bool write_while_scanning(void *context, struct bytes key, struct bytes value)
{
    struct found *found = context;
    (void)value;
    CU_ASSERT_TRUE(holds(found->store, "A1", bytes_text("v")));
    if (key.data[1] == '1')
        put(found->store, "B1", bytes_text("v"));
    found->count++;
    return true;
}

static void scan_may_read_and_write_on_the_way(void)
{
    struct store *store = fresh();
    put(store, "A1", bytes_text("v"));
    put(store, "A2", bytes_text("v"));
    struct found found = {.store = store};
    struct fault fault;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("A"), bytes_text("B"), write_while_scanning, &found, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(found.count, 2);
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A1 A2 B1 "));
    fixture_close(store);
}

/* --- durability ------------------------------------------------------------------------------- */

static void everything_is_there_after_reopening(void)
{
    struct store *store = fresh();
    put(store, "Akey", bytes_text("value"));
    put(store, "Agone", bytes_text("value"));
    erase(store, "Agone");
    write_log(store, DATE_ONE, bytes_text("one"));
    write_log(store, DATE_ONE, bytes_text("two"));
    store = fixture_reopen(store);
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("value")));
    CU_ASSERT_TRUE(is_absent(store, "Agone"));
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, 2);
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("three")), 3);
    CU_ASSERT_TRUE(range_is(store, DATE_ONE, 1, 3));
    fixture_close(store);
}

/* --- what stops the process ------------------------------------------------------------------- */

static void apply_too_long_a_value(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_put(tx, 0, pattern, STORE_VALUE_MAX + 1);
}

static void apply_too_long_a_log_record(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_log(tx, DATE_ONE, pattern, STORE_LOG_MAX + 1);
}

static void apply_two_log_records(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_log(tx, DATE_ONE, "a", 1);
    store_tx_log(tx, DATE_ONE, "b", 1);
}

static void apply_put_of_no_key(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_put(tx, 1, "a", 1);
}

static void apply_get_of_no_key(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    struct bytes value;
    store_tx_get(tx, 1, &value);
}

static store_apply_fn *apply_of_child;

static void submit_in_child(void)
{
    struct store *store = fixture_open();
    struct store_step step = {.apply = apply_of_child, .done = nothing_done};
    store_step_key(&step, key_of(bytes_text("Akey")));
    store_submit(store, &step);
    drain(store);
}

static bool apply_aborts(store_apply_fn *apply)
{
    apply_of_child = apply;
    fixture_prepare();
    bool does = aborts(submit_in_child);
    fixture_close(NULL);
    return does;
}

static void step_over_a_limit_stops_the_process(void)
{
    CU_ASSERT_FALSE(apply_aborts(apply_eight));
    CU_ASSERT_TRUE(apply_aborts(apply_too_long_a_value));
    CU_ASSERT_TRUE(apply_aborts(apply_too_long_a_log_record));
    CU_ASSERT_TRUE(apply_aborts(apply_two_log_records));
    CU_ASSERT_TRUE(apply_aborts(apply_put_of_no_key));
    CU_ASSERT_TRUE(apply_aborts(apply_get_of_no_key));
}

static void add_nine_keys(void)
{
    struct store_step step = {0};
    for (uint8_t i = 0; i <= STORE_STEP_KEYS_MAX; i++)
        store_step_key(&step, key_of(bytes_of(&i, 1)));
}

static void add_an_empty_key(void)
{
    struct store_step step = {0};
    store_step_key(&step, (struct store_key){.len = 0});
}

static void add_a_key_too_long(void)
{
    struct store_step step = {0};
    store_step_key(&step, (struct store_key){.len = STORE_KEY_MAX + 1});
}

static void key_over_a_limit_stops_the_process(void)
{
    CU_ASSERT_TRUE(aborts(add_nine_keys));
    CU_ASSERT_TRUE(aborts(add_an_empty_key));
    CU_ASSERT_TRUE(aborts(add_a_key_too_long));
}

static void done_that_polls(struct store_step *step, void *context)
{
    (void)step;
    struct fault fault;
    CU_ASSERT_EQUAL(store_poll(context, &fault), RESULT_OK);
}

static void poll_in_done_in_child(void)
{
    struct store *store = fixture_open();
    struct store_step step = {.apply = apply_eight, .done = done_that_polls, .context = store};
    store_submit(store, &step);
    drain(store);
}

static void polling_inside_done_stops_the_process(void)
{
    fixture_prepare();
    CU_ASSERT_TRUE(aborts(poll_in_done_in_child));
    fixture_close(NULL);
}

#define STORE_CASES                                                                                \
    CASE(reads_back_what_a_step_has_put), CASE(absent_record_has_no_bytes),                        \
        CASE(record_of_length_zero_is_present), CASE(deletes_what_is_there_and_what_is_not),       \
        CASE(keeps_key_and_value_at_their_maximum),                                                \
        CASE(later_step_sees_earlier_one_of_the_same_batch),                                       \
        CASE(apply_reads_back_its_own_writes), CASE(one_step_writes_all_its_keys),                 \
        CASE(same_key_twice_is_one_key), CASE(completes_in_the_order_of_submission),               \
        CASE(done_may_submit_the_same_step_again), CASE(nothing_is_delivered_before_it_is_polled), \
        CASE(wakes_when_there_is_something_to_deliver), CASE(counts_steps_commits_and_bytes),      \
        CASE(log_numbers_grow_without_a_gap), CASE(a_record_can_name_the_log_record_of_its_step),  \
        CASE(step_without_log_record_has_number_zero), CASE(log_scan_keeps_to_its_bounds),         \
        CASE(keeps_log_record_at_its_maximum), CASE(index_of_dates_names_first_and_last_record),   \
        CASE(index_of_dates_takes_many_dates_in_one_batch),                                        \
        CASE(scan_gives_keys_in_the_order_of_their_bytes), CASE(scan_stops_when_told),             \
        CASE(scan_goes_on_over_many_stretches), CASE(scan_may_read_and_write_on_the_way),          \
        CASE(everything_is_there_after_reopening), CASE(step_over_a_limit_stops_the_process),      \
        CASE(key_over_a_limit_stops_the_process), CASE(polling_inside_done_stops_the_process)

#endif
