/* Sorting in bounded memory: in it, over runs, over more runs than are merged at once; and a disk
 * that gives no room. */
#include "clearing/sorter.h"

#include "base/bytes.h"
#include "base/random.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MEMORY = SORTER_MEMORY_MIN, LONG = 1000, LONG_IN_MEMORY = 762 };

static struct sorter *open_sorter(size_t record_len)
{
    struct sorter *sorter = NULL;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(sorter_open(record_len, MEMORY, NULL, &sorter, &fault), RESULT_OK);
    return sorter;
}

static void make_record(uint8_t *record, size_t len, uint64_t number)
{
    struct writer w = writer_to(record, len);
    memset(record, (int)(number % 251), len);
    write_u64(&w, number);
}

/* As many as `count` numbers below `below`, in and out: as often, and in order. */
static void sort_numbers(size_t record_len, size_t count, uint64_t below)
{
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = open_sorter(record_len);
    struct random random = random_seeded(count);
    uint8_t record[LONG], expected[LONG];
    uint64_t sum = 0, last = 0, given = 0;
    const void *out;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = random_below(&random, below);
        make_record(record, record_len, number);
        sum += number;
        CU_ASSERT_EQUAL_FATAL(sorter_add(sorter, record, &fault), RESULT_OK);
    }
    CU_ASSERT_EQUAL(sorter_count(sorter), count);
    CU_ASSERT_EQUAL_FATAL(sorter_sort(sorter, &fault), RESULT_OK);
    for (;; given++) {
        CU_ASSERT_EQUAL_FATAL(sorter_next(sorter, &out, &fault), RESULT_OK);
        if (out == NULL)
            break;
        struct reader r = reader_of(bytes_of(out, record_len));
        uint64_t number = read_u64(&r);
        make_record(expected, record_len, number);
        CU_ASSERT_FATAL(number >= last && memcmp(out, expected, record_len) == 0);
        last = number;
        sum -= number;
    }
    CU_ASSERT_EQUAL(given, count);
    CU_ASSERT_EQUAL(sum, 0);
    /* And nothing behind the end. */
    CU_ASSERT_EQUAL(sorter_next(sorter, &out, &fault), RESULT_OK);
    CU_ASSERT_PTR_NULL(out);
    sorter_close(sorter);
}

static void gives_nothing_out_of_nothing(void)
{
    sort_numbers(8, 0, 1);
}

static void sorts_what_fits_in_memory(void)
{
    sort_numbers(8, 1, 1);
    sort_numbers(8, 1000, UINT64_MAX);
    sort_numbers(LONG, LONG_IN_MEMORY - 1, 1000);
}

static void sorts_what_is_one_more_than_fits(void)
{
    sort_numbers(LONG, LONG_IN_MEMORY, 1000);
    sort_numbers(LONG, LONG_IN_MEMORY + 1, 1000);
}

static void sorts_over_many_runs(void)
{
    sort_numbers(92, 100000, UINT64_MAX);
}

static void keeps_records_that_are_equal(void)
{
    sort_numbers(92, 50000, 3);
}

static void sorts_over_more_runs_than_are_merged_at_once(void)
{
    sort_numbers(LONG, (size_t)LONG_IN_MEMORY * (SORTER_RUNS_MAX + 20), UINT64_MAX);
}

static void sorts_by_every_byte_of_a_record(void)
{
    static const char *const records[] = {"same eight, c", "same eight, a", "same eight, b"};
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = open_sorter(13);
    const void *out;
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(sorter_add(sorter, records[i], &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(sorter_sort(sorter, &fault), RESULT_OK);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(sorter_next(sorter, &out, &fault), RESULT_OK);
        CU_ASSERT_EQUAL(memcmp(out, records[(i + 1) % 3], 13), 0);
    }
    sorter_close(sorter);
}

static void sorts_records_shorter_than_a_number(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = open_sorter(2);
    const void *out;
    CU_ASSERT_EQUAL_FATAL(sorter_add(sorter, "ba", &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(sorter_add(sorter, "ab", &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(sorter_sort(sorter, &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(sorter_next(sorter, &out, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(memcmp(out, "ab", 2), 0);
    sorter_close(sorter);
}

/* --- a disk that gives no room ---------------------------------------------------------------- */

static enum result add_many(struct sorter *sorter, size_t count, struct fault *fault)
{
    uint8_t record[LONG];
    for (size_t i = 0; i < count; i++) {
        make_record(record, LONG, i);
        TRY(sorter_add(sorter, record, fault));
    }
    return sorter_sort(sorter, fault);
}

static void refuses_a_folder_that_is_not_there(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = NULL;
    CU_ASSERT_EQUAL_FATAL(sorter_open(LONG, MEMORY, "/not/there", &sorter, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(add_many(sorter, 2000, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "a temporary file in /not/there cannot be made: No such file");
    sorter_close(sorter);
}

static void needs_no_folder_for_what_fits_in_memory(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = NULL;
    CU_ASSERT_EQUAL_FATAL(sorter_open(LONG, MEMORY, "/not/there", &sorter, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(add_many(sorter, 700, &fault), RESULT_OK);
    sorter_close(sorter);
}

/* The limit falls into the middle of a write: first it is a short one, then none. */
static void a_full_disk_is_a_clear_error(void)
{
    struct fault fault = {RESULT_OK, ""};
    struct rlimit before, limit;
    struct sorter *sorter = open_sorter(LONG);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1000001;
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum result result = add_many(sorter, 5000, &fault);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT_EQUAL(result, RESULT_IO);
    ASSERT_CONTAINS(fault.text, "cannot be written: ");
    sorter_close(sorter);
}

static void leaves_no_file_behind(void)
{
    char folder[] = "/tmp/sorter-test-XXXXXX";
    struct fault fault = {RESULT_OK, ""};
    struct sorter *sorter = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL_FATAL(sorter_open(LONG, MEMORY, folder, &sorter, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(add_many(sorter, 2000, &fault), RESULT_OK);
    /* Only an empty folder can be removed; the sorter goes on without a name. */
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    const void *out;
    CU_ASSERT_EQUAL(sorter_next(sorter, &out, &fault), RESULT_OK);
    CU_ASSERT_PTR_NOT_NULL(out);
    sorter_close(sorter);
    sorter_close(NULL);
}

SUITE(CASE(gives_nothing_out_of_nothing), CASE(sorts_what_fits_in_memory),
      CASE(sorts_what_is_one_more_than_fits), CASE(sorts_over_many_runs),
      CASE(keeps_records_that_are_equal), CASE(sorts_over_more_runs_than_are_merged_at_once),
      CASE(sorts_by_every_byte_of_a_record), CASE(sorts_records_shorter_than_a_number),
      CASE(refuses_a_folder_that_is_not_there), CASE(needs_no_folder_for_what_fits_in_memory),
      CASE(a_full_disk_is_a_clear_error), CASE(leaves_no_file_behind))
