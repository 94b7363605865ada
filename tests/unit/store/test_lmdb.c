/* The store in LMDB: what every store promises, and what only files can show: locks, damage, a full
 * map, a failed write, readers beside the writer. */
#include "cases.h"

#include "folder.h"
#include "store/store_lmdb.h"

#include <lmdb.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MIB = 1024 * 1024, SIZE = 64 * MIB, OVERWRITES = 150 };

static struct folder folder;

static struct store *open_as(enum store_mode mode, uint64_t size)
{
    struct store *store = NULL;
    struct fault fault = {0};
    enum result result = store_open_lmdb(folder.path, mode, size, &store, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    return store;
}

static enum result open_fails(enum store_mode mode, struct fault *fault)
{
    struct store *store = NULL;
    enum result result = store_open_lmdb(folder.path, mode, SIZE, &store, fault);
    CU_ASSERT_PTR_NULL(store);
    store_close(store);
    return result;
}

static void fixture_prepare(void)
{
    folder_make(&folder);
}

static struct store *fixture_open(void)
{
    return open_as(STORE_READ_WRITE, SIZE);
}

static struct store *fixture_reopen(struct store *store)
{
    store_close(store);
    return fixture_open();
}

static void fixture_close(struct store *store)
{
    store_close(store);
    folder_remove(&folder);
}

/* --- the folder and its lock ------------------------------------------------------------------ */

static mode_t mode_of(const char *name)
{
    struct stat status;
    char path[FOLDER_PATH_MAX];
    CU_ASSERT_EQUAL_FATAL(stat(folder_file(&folder, name, path), &status), 0);
    return status.st_mode & 07777;
}

static void folder_and_files_are_their_owners_alone(void)
{
    struct store *store = fresh();
    CU_ASSERT_EQUAL(mode_of(""), 0700);
    CU_ASSERT_EQUAL(mode_of("data.mdb"), 0600);
    CU_ASSERT_EQUAL(mode_of("lock.mdb"), 0600);
    CU_ASSERT_EQUAL(mode_of("writer.lock"), 0600);
    fixture_close(store);
}

static void refuses_a_second_writer(void)
{
    struct store *store = fresh();
    struct fault fault = {0};
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, folder.path);
    ASSERT_CONTAINS(fault.text, pid);
    put(store, "Akey", bytes_text("the first goes on"));
    store_close(store);
    store = fixture_open();
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("the first goes on")));
    fixture_close(store);
}

static void refuses_a_second_writer_from_another_process(void)
{
    struct store *store = fresh();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct store *second = NULL;
        struct fault fault;
        _exit((int)store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &second, &fault));
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == RESULT_STATE);
    fixture_close(store);
}

static void reading_where_no_store_is_is_refused_and_leaves_nothing(void)
{
    fixture_prepare();
    struct fault fault = {0};
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "no store");
    CU_ASSERT_EQUAL(mkdir(folder.path, 0700), 0);
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_STATE);
    CU_ASSERT_EQUAL(rmdir(folder.path), 0); /* empty still */
    fixture_close(NULL);
}

static void folder_that_cannot_be_made_is_refused(void)
{
    fixture_prepare();
    struct folder whole = folder;
    struct fault fault = {0};
    strncat(folder.path, "/below/that", sizeof folder.path - strlen(folder.path) - 1);
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "cannot make");
    snprintf(folder.path, sizeof folder.path, "/dev/null");
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_IO);
    ASSERT_CONTAINS(fault.text, "not a folder");
    folder = whole;
    fixture_close(NULL);
}

static void file_of_something_else_is_refused(void)
{
    fixture_prepare();
    CU_ASSERT_EQUAL(mkdir(folder.path, 0700), 0);
    char path[FOLDER_PATH_MAX];
    FILE *file = fopen(folder_file(&folder, "data.mdb", path), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (unsigned i = 0; i < 2048; i++)
        fputs("not a store ", file);
    fclose(file);
    struct fault fault = {0};
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_CORRUPT);
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_CORRUPT);
    fixture_close(NULL);
}

static void submitting_to_a_reader_stops_the_process_in_child(void)
{
    struct store *reader = open_as(STORE_READ_ONLY, 0);
    put(reader, "Akey", bytes_text("value"));
}

static void submitting_to_a_reader_stops_the_process(void)
{
    struct store *store = fresh();
    store_close(store);
    CU_ASSERT_TRUE(aborts(submitting_to_a_reader_stops_the_process_in_child));
    fixture_close(NULL);
}

/* --- changing a store behind its back --------------------------------------------------------- */

/* Opens the environment with LMDB itself; the store must be closed. */
static void tamper(const char *table, unsigned flags, struct bytes key, const char *how)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    CU_ASSERT_EQUAL_FATAL(mdb_env_create(&env), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_env_set_maxdbs(env, 4), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_env_open(env, folder.path, 0, 0600), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_txn_begin(env, NULL, 0, &txn), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_dbi_open(txn, table, flags, &dbi), 0);
    MDB_val lmdb_key = {key.len, (void *)(uintptr_t)key.data}, value;
    CU_ASSERT_EQUAL_FATAL(mdb_get(txn, dbi, &lmdb_key, &value), 0);
    uint8_t changed[STORE_VALUE_MAX * 3] = {0};
    memcpy(changed, value.mv_data, value.mv_size);
    value.mv_data = changed;
    if (strcmp(how, "flip") == 0)
        changed[value.mv_size / 2] ^= 0x10;
    else if (strcmp(how, "lengthen") == 0)
        value.mv_size = sizeof changed;
    else
        value.mv_size = 2;
    CU_ASSERT_EQUAL_FATAL(strcmp(how, "remove") == 0 ? mdb_del(txn, dbi, &lmdb_key, NULL)
                                                     : mdb_put(txn, dbi, &lmdb_key, &value, 0),
                          0);
    CU_ASSERT_EQUAL_FATAL(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void tamper_log(uint64_t number, const char *how)
{
    tamper(STORE_LMDB_LOG, MDB_INTEGERKEY, bytes_of(&number, sizeof number), how);
}

static struct store *with_ten_log_records(void)
{
    struct store *store = fresh();
    for (unsigned i = 0; i < 10; i++)
        write_log(store, DATE_ONE, patterned(300));
    return store;
}

static void damaged_log_record_is_named(const char *how, const char *expected)
{
    store_close(with_ten_log_records());
    tamper_log(6, how);
    struct store *store = fixture_open();
    struct collected collected = {0};
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_log_scan(store, 0, 0, collect_log, &collected, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, expected);
    CU_ASSERT_EQUAL(collected.count, 5);
    CU_ASSERT_EQUAL(store_log_scan(store, 6, 6, collect_log, &collected, &fault), RESULT_CORRUPT);
    CU_ASSERT_EQUAL(log_between(store, 7, 0).count, 4);
    fixture_close(store);
}

static void finds_a_flipped_bit_in_the_log(void)
{
    damaged_log_record_is_named("flip", "the checksum of log record 6 is wrong");
}

static void finds_a_log_record_cut_short(void)
{
    damaged_log_record_is_named("shorten", "the checksum of log record 6 is wrong");
}

static void finds_a_log_record_that_grew(void)
{
    damaged_log_record_is_named("lengthen", "the checksum of log record 6 is wrong");
}

static void finds_a_missing_log_record(void)
{
    damaged_log_record_is_named("remove", "log record 6 is missing");
}

static void finds_a_damaged_index_of_dates(void)
{
    store_close(with_ten_log_records());
    uint32_t date = DATE_ONE;
    tamper(STORE_LMDB_DATES, MDB_INTEGERKEY, bytes_of(&date, sizeof date), "flip");
    struct store *store = fixture_open();
    uint64_t first, last;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_log_range(store, DATE_ONE, &first, &last, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "20261122");
    /* A record of that date would build upon it. */
    struct simple_step simple;
    simple_init(&simple, bytes_text("Akey"))->log = bytes_text("x");
    simple.log_date = DATE_ONE;
    store_submit(store, &simple.step);
    CU_ASSERT_EQUAL(store_drain(store, &fault), RESULT_CORRUPT);
    fixture_close(store);
}

static void step_that_reads_a_damaged_record_fails_its_commit(void)
{
    struct store *store = fresh();
    put(store, "Agood", bytes_text("value"));
    put(store, "Abad", bytes_text("value"));
    store_close(store);
    tamper(STORE_LMDB_RECORDS, 0, bytes_text("Abad"), "flip");
    store = fixture_open();
    CU_ASSERT_TRUE(holds(store, "Agood", bytes_text("value")));
    struct fault fault = {0};
    unsigned count = 0;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("A"), bytes_text(""), count_in_order, &count, &fault),
        RESULT_CORRUPT);
    struct simple_step simple;
    simple_init(&simple, bytes_text("Abad"))->what = SIMPLE_PUT;
    store_submit(store, &simple.step);
    CU_ASSERT_EQUAL(store_drain(store, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "the checksum of record Abad of table A is wrong");
    CU_ASSERT_EQUAL(simple.done_count, 0);
    fixture_close(store);
}

/* Only digits in a key can be a card number, and most are. */
static void card_number_in_the_key_of_a_damaged_record_is_masked(void)
{
    struct store *store = fresh();
    put(store, "A9999011000000019", bytes_text("value"));
    store_close(store);
    tamper(STORE_LMDB_RECORDS, 0, bytes_text("A9999011000000019"), "flip");
    store = fixture_open();
    struct fault fault = {0};
    unsigned count = 0;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("A"), bytes_text(""), count_in_order, &count, &fault),
        RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "the checksum of record A999901******0019 of table A is wrong");
    ASSERT_CONTAINS(fault.text, folder.path);
    fixture_close(store);
}

static void must_not_apply(struct store_step *step, struct store_tx *tx)
{
    (void)tx;
    *(bool *)step->context = true;
}

/* It would take the record for one that is not there. */
static void step_with_a_damaged_record_is_not_applied(void)
{
    struct store *store = fresh();
    put(store, "Agood", bytes_text("value"));
    put(store, "Bbad", bytes_text("value"));
    store_close(store);
    tamper(STORE_LMDB_RECORDS, 0, bytes_text("Bbad"), "lengthen");
    store = fixture_open();
    bool was_applied = false;
    struct store_step step = {
        .apply = must_not_apply, .done = nothing_done, .context = &was_applied};
    store_step_key(&step, key_of(bytes_text("Agood")));
    store_step_key(&step, key_of(bytes_text("Bbad")));
    store_submit(store, &step);
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_drain(store, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "record Bbad of table B");
    CU_ASSERT_FALSE(was_applied);
    fixture_close(store);
}

static void write_file(const char *name, const char *text)
{
    char path[FOLDER_PATH_MAX];
    FILE *file = fopen(folder_file(&folder, name, path), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_TRUE(fputs(text, file) >= 0);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* LMDB would begin anew in it. */
static void empty_data_file_is_refused(void)
{
    store_close(with_ten_log_records());
    write_file("data.mdb", "");
    struct fault fault = {0};
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, "data.mdb is empty");
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_CORRUPT);
    fixture_close(NULL);
}

static void what_a_crash_left_of_a_store_being_made_is_no_store(void)
{
    fixture_prepare();
    CU_ASSERT_EQUAL_FATAL(mkdir(folder.path, 0700), 0);
    write_file("data.new", "half of a first page");
    struct fault fault = {0};
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_STATE);
    struct store *store = fixture_open();
    put(store, "Akey", bytes_text("value"));
    store = fixture_reopen(store);
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("value")));
    char path[FOLDER_PATH_MAX];
    CU_ASSERT_NOT_EQUAL(access(folder_file(&folder, "data.new", path), F_OK), 0);
    fixture_close(store);
}

static void another_layout_is_refused(void)
{
    store_close(fresh());
    tamper(STORE_LMDB_META, 0, bytes_text("layout"), "flip");
    struct fault fault = {0};
    CU_ASSERT_EQUAL(open_fails(STORE_READ_WRITE, &fault), RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "layout");
    CU_ASSERT_EQUAL(open_fails(STORE_READ_ONLY, &fault), RESULT_STATE);
    fixture_close(NULL);
}

/* --- commits that fail ------------------------------------------------------------------------ */

/* Appends log records until the store says why it cannot; returns how many were reported. */
static unsigned fill(struct store *store, struct fault *fault)
{
    unsigned reported = 0;
    enum result result = RESULT_OK;
    while (result == RESULT_OK && reported < 10000) {
        struct simple_step simple;
        simple_init(&simple, bytes_text("Akey"))->log = patterned(4000);
        simple.log_date = DATE_ONE;
        store_submit(store, &simple.step);
        result = store_drain(store, fault);
        CU_ASSERT_EQUAL(simple.done_count, result == RESULT_OK ? 1 : 0);
        reported += simple.done_count;
    }
    CU_ASSERT_EQUAL(result, RESULT_IO);
    return reported;
}

static void full_map_is_final_and_loses_nothing(void)
{
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, MIB);
    struct fault fault = {0};
    unsigned reported = fill(store, &fault);
    CU_ASSERT_TRUE(reported > 50);
    ASSERT_CONTAINS(fault.text, "full at its maximum of 1 MiB");
    ASSERT_CONTAINS(fault.text, "larger");
    struct simple_step later;
    simple_init(&later, bytes_text("Alater"));
    store_submit(store, &later.step);
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO);
    CU_ASSERT_EQUAL(later.done_count, 0);
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, reported); /* reading goes on */
    store_close(store);
    store = open_as(STORE_READ_WRITE, 2 * MIB);
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, reported);
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("goes on")), reported + 1);
    fixture_close(store);
}

static void failed_write_is_final_and_loses_nothing(void)
{
    struct store *store = fresh();
    struct rlimit before, limit;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = MIB;
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct fault fault = {0};
    unsigned reported = fill(store, &fault);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    CU_ASSERT_TRUE(reported > 50);
    ASSERT_CONTAINS(fault.text, "cannot commit");
    CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_IO); /* still, though it could go now */
    store = fixture_reopen(store);
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, reported);
    CU_ASSERT_EQUAL(write_log(store, DATE_ONE, bytes_text("goes on")), reported + 1);
    fixture_close(store);
}

/* --- batches ---------------------------------------------------------------------------------- */

static void apply_when_told(struct store_step *step, struct store_tx *tx)
{
    while (sem_wait(step->context) != 0)
        ;
    store_tx_put(tx, 0, "told", 4);
}

/* Submits `count` steps while the store thread is held inside the first. */
static struct store_stats stats_of_gathered(struct store *store, unsigned count)
{
    static struct simple_step steps[100];
    sem_t told;
    sem_init(&told, 0, 0);
    struct store_step first = {.apply = apply_when_told, .done = nothing_done, .context = &told};
    store_step_key(&first, key_of(bytes_text("Afirst")));
    store_submit(store, &first);
    for (unsigned i = 0; i < count; i++) {
        simple_init(&steps[i], bytes_text("Akey"))->what = SIMPLE_PUT;
        steps[i].value = bytes_text("v");
        store_submit(store, &steps[i].step);
    }
    sem_post(&told);
    drain(store);
    sem_destroy(&told);
    return store_stats(store);
}

static void commits_together_what_gathered_during_a_commit(void)
{
    struct store *store = fresh();
    struct store_stats stats = stats_of_gathered(store, 100);
    CU_ASSERT_EQUAL(stats.steps, 101);
    /* What was there when the thread took the first is one batch, all that came later the other. */
    CU_ASSERT_TRUE(stats.commits <= 2 && stats.batch_max >= 51);
    fixture_close(store);
}

static void no_batch_is_over_its_bound(void)
{
    struct store *store = fresh();
    store_lmdb_set_batch_max(store, 8);
    struct store_stats stats = stats_of_gathered(store, 100);
    CU_ASSERT_EQUAL(stats.steps, 101);
    CU_ASSERT_EQUAL(stats.batch_max, 8);
    CU_ASSERT_TRUE(stats.commits >= 13);
    fixture_close(store);
}

static void close_makes_durable_what_was_submitted(void)
{
    struct store *store = fresh();
    static struct simple_step steps[50];
    for (unsigned i = 0; i < 50; i++) {
        simple_init(&steps[i], bytes_text("Akey"))->log = bytes_text("x");
        store_submit(store, &steps[i].step);
    }
    store = fixture_reopen(store);
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, 50);
    CU_ASSERT_EQUAL(steps[49].done_count, 0);
    fixture_close(store);
}

/* --- readers ---------------------------------------------------------------------------------- */

static bool overwrite_often(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    for (unsigned i = 0; i < OVERWRITES; i++)
        put(context, "Aagain", patterned(STORE_VALUE_MAX));
    return true;
}

/* So many commits of 4 KiB and more fit into 1 MiB only if pages are used again meanwhile. */
static void stalled_scan_keeps_no_page_from_the_writer(void)
{
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, MIB);
    put(store, "A", bytes_text("v"));
    struct fault fault;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("A"), bytes_text("A\x01"), overwrite_often, store, &fault),
        RESULT_OK);
    CU_ASSERT_TRUE(holds(store, "Aagain", patterned(STORE_VALUE_MAX)));
    fixture_close(store);
}

/* Writes log records until killed, and each reported number to the pipe. */
static _Noreturn void write_until_killed(int pipe_end)
{
    struct store *store = NULL;
    struct fault fault;
    if (store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &store, &fault) != RESULT_OK)
        _exit(1);
    for (;;) {
        uint64_t number = write_log(store, DATE_ONE, patterned(300));
        if (write(pipe_end, &number, sizeof number) != sizeof number)
            _exit(1);
    }
}

static void reader_sees_what_a_living_writer_has_reported(void)
{
    fixture_prepare();
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        write_until_killed(ends[1]);
    close(ends[1]);
    struct store *reader = NULL;
    uint64_t number = 0, seen = 0;
    for (unsigned i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL_FATAL(read(ends[0], &number, sizeof number), sizeof number);
        if (reader == NULL)
            reader = open_as(STORE_READ_ONLY, 0);
        struct collected all = log_between(reader, seen + 1, 0);
        CU_ASSERT_TRUE(seen + all.count >= number);
        seen += all.count;
    }
    uint64_t first, last;
    struct fault fault;
    CU_ASSERT_EQUAL(store_log_range(reader, DATE_ONE, &first, &last, &fault), RESULT_OK);
    CU_ASSERT_TRUE(first == 1 && last >= seen);
    kill(child, SIGKILL);
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    CU_ASSERT_TRUE(log_between(reader, 0, 0).count >= seen); /* also after the writer's death */
    close(ends[0]);
    fixture_close(reader);
}

/* Waits for a byte, fills more than a MiB, and reports. */
enum { GROWTH = 600 };

static _Noreturn void grow_when_told(int told, int report)
{
    struct store *store = NULL;
    struct fault fault;
    char byte;
    if (read(told, &byte, 1) != 1 ||
        store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &store, &fault) != RESULT_OK)
        _exit(1);
    struct bytes data = patterned(4000);
    static struct simple_step steps[GROWTH];
    for (unsigned i = 0; i < GROWTH; i++) {
        simple_init(&steps[i], bytes_text("Akey"))->log = data;
        store_submit(store, &steps[i].step);
    }
    store_close(store);
    _exit(write(report, "g", 1) == 1 ? 0 : 1);
}

static void reader_follows_a_store_that_outgrows_its_map(void)
{
    fixture_prepare();
    int tell[2], report[2];
    CU_ASSERT_EQUAL_FATAL(pipe(tell) | pipe(report), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        grow_when_told(tell[0], report[1]);
    struct store *store = open_as(STORE_READ_WRITE, MIB);
    write_log(store, DATE_ONE, bytes_text("small"));
    store_close(store);
    struct store *reader = open_as(STORE_READ_ONLY, 0);
    CU_ASSERT_EQUAL(log_between(reader, 0, 0).count, 1);
    char byte;
    CU_ASSERT_EQUAL(write(tell[1], "t", 1), 1);
    CU_ASSERT_EQUAL(read(report[0], &byte, 1), 1);
    CU_ASSERT_EQUAL(log_between(reader, 0, 0).count, GROWTH + 1);
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    for (unsigned i = 0; i < 2; i++) {
        close(tell[i]);
        close(report[i]);
    }
    fixture_close(reader);
}

SUITE(STORE_CASES, CASE(folder_and_files_are_their_owners_alone), CASE(refuses_a_second_writer),
      CASE(refuses_a_second_writer_from_another_process),
      CASE(reading_where_no_store_is_is_refused_and_leaves_nothing),
      CASE(folder_that_cannot_be_made_is_refused), CASE(file_of_something_else_is_refused),
      CASE(submitting_to_a_reader_stops_the_process), CASE(finds_a_flipped_bit_in_the_log),
      CASE(finds_a_log_record_cut_short), CASE(finds_a_log_record_that_grew),
      CASE(finds_a_missing_log_record), CASE(finds_a_damaged_index_of_dates),
      CASE(step_that_reads_a_damaged_record_fails_its_commit),
      CASE(card_number_in_the_key_of_a_damaged_record_is_masked),
      CASE(step_with_a_damaged_record_is_not_applied), CASE(empty_data_file_is_refused),
      CASE(what_a_crash_left_of_a_store_being_made_is_no_store), CASE(another_layout_is_refused),
      CASE(full_map_is_final_and_loses_nothing), CASE(failed_write_is_final_and_loses_nothing),
      CASE(commits_together_what_gathered_during_a_commit), CASE(no_batch_is_over_its_bound),
      CASE(close_makes_durable_what_was_submitted),
      CASE(stalled_scan_keeps_no_page_from_the_writer),
      CASE(reader_sees_what_a_living_writer_has_reported),
      CASE(reader_follows_a_store_that_outgrows_its_map))
