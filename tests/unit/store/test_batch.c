/* When a commit of the LMDB adapter begins, and the room that its data file has ahead. */
#include "fixture.h"

#include "folder.h"
#include "store/store_lmdb.h"

#include <semaphore.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    SIZE = 64 * MIB,
    STEPS_MAX = 4 * STORE_LMDB_GATHER_ENOUGH,
    ROUNDS = 20,
};

/* Longer than any test runs: what waits for it hangs. */
static const uint64_t FOR_EVER_US = UINT64_C(1000000) * 3600 * 24;

/* A store whose thread can be held inside a step. */
static struct held {
    struct folder folder;
    struct store *store;
    sem_t entered, told; /* the first step of a batch: its apply runs; it may go on */
    sem_t woken;
    struct store_step first;
    struct simple_step steps[STEPS_MAX];
    unsigned used, done;
} held;

static void note_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
    held.done++;
}

static void apply_when_told(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    sem_post(&held.entered);
    while (sem_wait(&held.told) != 0)
        ;
    store_tx_put(tx, 0, "told", 4);
}

static void wake(void *context)
{
    (void)context;
    sem_post(&held.woken);
}

static void held_open(uint64_t size, uint64_t gather_us)
{
    struct fault fault = {0};
    memset(&held, 0, sizeof held);
    sem_init(&held.entered, 0, 0);
    sem_init(&held.told, 0, 0);
    sem_init(&held.woken, 0, 0);
    folder_make(&held.folder);
    CU_ASSERT_EQUAL_FATAL(
        store_open_lmdb(held.folder.path, STORE_READ_WRITE, size, &held.store, &fault), RESULT_OK);
    store_lmdb_set_gather_us(held.store, gather_us);
    store_set_wake(held.store, wake, NULL);
}

static void held_close(void)
{
    store_close(held.store);
    folder_remove(&held.folder);
    sem_destroy(&held.entered);
    sem_destroy(&held.told);
    sem_destroy(&held.woken);
}

static void submit(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct simple_step *step = &held.steps[held.used++];
        simple_init(step, bytes_text("Akey"));
        step->step.done = note_done;
        step->log = bytes_text("step");
        store_submit(held.store, &step->step);
    }
}

/* Without store_drain(), which nobody has to wait for. */
static void wait_for(unsigned done)
{
    struct fault fault = {0};
    while (held.done < done) {
        while (sem_wait(&held.woken) != 0)
            ;
        CU_ASSERT_EQUAL_FATAL(store_poll(held.store, &fault), RESULT_OK);
    }
}

/* The last commit held just so many steps. */
static void commit_together(unsigned count)
{
    held.first = (struct store_step){.apply = apply_when_told, .done = note_done};
    store_step_key(&held.first, key_of(bytes_text("Afirst")));
    store_submit(held.store, &held.first);
    while (sem_wait(&held.entered) != 0)
        ;
    submit(count);
    sem_post(&held.told);
    wait_for(1 + count);
    CU_ASSERT_EQUAL(store_stats(held.store).commits, 2);
    CU_ASSERT_EQUAL(store_stats(held.store).batch_max, count);
}

static void under_load_a_commit_waits_until_it_holds_enough(void)
{
    held_open(SIZE, FOR_EVER_US);
    commit_together(STORE_LMDB_GATHER_FROM);
    submit(STORE_LMDB_GATHER_ENOUGH);
    wait_for(1 + STORE_LMDB_GATHER_FROM + STORE_LMDB_GATHER_ENOUGH);
    CU_ASSERT_EQUAL(store_stats(held.store).commits, 3);
    CU_ASSERT_EQUAL(store_stats(held.store).batch_max, STORE_LMDB_GATHER_ENOUGH);
    held_close();
}

static void no_more_is_waited_for_than_a_batch_may_hold(void)
{
    held_open(SIZE, FOR_EVER_US);
    store_lmdb_set_batch_max(held.store, STORE_LMDB_GATHER_FROM);
    commit_together(STORE_LMDB_GATHER_FROM);
    submit(STORE_LMDB_GATHER_FROM);
    wait_for(1 + 2 * STORE_LMDB_GATHER_FROM);
    CU_ASSERT_EQUAL(store_stats(held.store).commits, 3);
    held_close();
}

static void under_little_load_a_commit_waits_for_nothing(void)
{
    held_open(SIZE, FOR_EVER_US);
    commit_together(STORE_LMDB_GATHER_FROM - 1);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        submit(1);
        wait_for(STORE_LMDB_GATHER_FROM + i);
    }
    held_close();
}

static void commit_that_gathers_begins_when_its_time_has_come(void)
{
    held_open(SIZE, STORE_LMDB_GATHER_US);
    commit_together(STORE_LMDB_GATHER_FROM);
    submit(1);
    wait_for(1 + STORE_LMDB_GATHER_FROM + 1);
    held_close();
}

static void owner_who_waits_is_not_kept_waiting(void)
{
    held_open(SIZE, FOR_EVER_US);
    commit_together(STORE_LMDB_GATHER_FROM);
    submit(STORE_LMDB_GATHER_FROM);
    drain(held.store);
    CU_ASSERT_EQUAL(held.done, 1 + 2 * STORE_LMDB_GATHER_FROM);
    submit(1);
    drain(held.store);
    CU_ASSERT_EQUAL(held.done, 2 + 2 * STORE_LMDB_GATHER_FROM);
    held_close();
}

static bool count_record(void *context, const struct store_log_record *record)
{
    (void)record;
    ++*(unsigned *)context;
    return true;
}

static void closing_waits_for_nothing_more(void)
{
    struct fault fault = {0};
    unsigned count = 0;
    held_open(SIZE, FOR_EVER_US);
    commit_together(STORE_LMDB_GATHER_FROM);
    submit(3);
    store_close(held.store);
    CU_ASSERT_EQUAL_FATAL(
        store_open_lmdb(held.folder.path, STORE_READ_ONLY, SIZE, &held.store, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(store_log_scan(held.store, 0, 0, count_record, &count, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(count, STORE_LMDB_GATHER_FROM + 3);
    held_close();
}

/* --- room ahead ------------------------------------------------------------------------------- */

static uint64_t file_size(void)
{
    char path[FOLDER_PATH_MAX];
    struct stat status = {0};
    CU_ASSERT_EQUAL(stat(folder_file(&held.folder, "data.mdb", path), &status), 0);
    return (uint64_t)status.st_size;
}

/* Log records until the file is so long; returns how often it became longer. */
static unsigned grow_to(uint64_t size)
{
    static const uint8_t data[STORE_LOG_MAX];
    unsigned times = 0;
    for (uint64_t before = file_size(); before < size;) {
        write_log(held.store, DATE_ONE, bytes_of(data, sizeof data));
        uint64_t now = file_size();
        times += now != before;
        before = now;
    }
    return times;
}

static void small_store_stays_small(void)
{
    held_open(SIZE, 0);
    put(held.store, "Akey", bytes_text("value"));
    CU_ASSERT_TRUE(file_size() < 128 * KIB);
    held_close();
}

static void file_becomes_longer_seldom_and_by_much(void)
{
    held_open(SIZE, 0);
    grow_to(MIB);
    unsigned times = grow_to(4 * MIB);
    CU_ASSERT_TRUE(times >= 3 && times < 80); /* it was over 700 commits */
    held_close();
}

static void file_grows_no_longer_than_the_store_may(void)
{
    struct fault fault = {0};
    static const uint8_t data[STORE_LOG_MAX];
    struct simple_step step;
    enum result result = RESULT_OK;
    held_open(MIB, 0);
    while (result == RESULT_OK) {
        simple_init(&step, bytes_text("Akey"))->log = bytes_of(data, sizeof data);
        store_submit(held.store, &step.step);
        result = store_drain(held.store, &fault);
    }
    ASSERT_CONTAINS(fault.text, "full at its maximum of 1 MiB");
    CU_ASSERT_TRUE(file_size() <= MIB);
    held_close();
}

/* There is less than is asked for, and enough for LMDB itself. */
static void room_that_cannot_be_had_is_no_fault(void)
{
    struct rlimit before, limit;
    held_open(SIZE, 0);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = file_size() + 56 * KIB;
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        put(held.store, "Akey", bytes_text("another value"));
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    CU_ASSERT_EQUAL(file_size(), limit.rlim_cur);
    CU_ASSERT_TRUE(holds(held.store, "Akey", bytes_text("another value")));
    held_close();
}

/* Opens the store, cuts its file, and takes a step. */
static _Noreturn void cut_and_go_on(void)
{
    char path[FOLDER_PATH_MAX];
    struct fault fault = {0};
    struct simple_step step;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDERR_FILENO);
    if (store_open_lmdb(held.folder.path, STORE_READ_WRITE, SIZE, &held.store, &fault) !=
            RESULT_OK ||
        truncate(folder_file(&held.folder, "data.mdb", path), 2 * 4096) != 0)
        _exit(0);
    simple_init(&step, bytes_text("Akey"))->what = SIMPLE_PUT;
    step.value = bytes_text("value");
    store_submit(held.store, &step.step);
    _exit(store_drain(held.store, &fault) == RESULT_OK ? 0 : 1);
}

/* What is gone must be met as gone, not as zeros. */
static void file_that_was_cut_is_not_made_longer(void)
{
    int status = 0;
    held_open(SIZE, 0);
    put(held.store, "Akey", bytes_text("value"));
    store_close(held.store);
    held.store = NULL;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        cut_and_go_on();
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_NOT_EQUAL(status, 0); /* by SIGBUS, or by a fault */
    CU_ASSERT_EQUAL(file_size(), 2 * 4096);
    held_close();
}

SUITE(CASE(under_load_a_commit_waits_until_it_holds_enough),
      CASE(no_more_is_waited_for_than_a_batch_may_hold),
      CASE(under_little_load_a_commit_waits_for_nothing),
      CASE(commit_that_gathers_begins_when_its_time_has_come),
      CASE(owner_who_waits_is_not_kept_waiting), CASE(closing_waits_for_nothing_more),
      CASE(small_store_stays_small), CASE(file_becomes_longer_seldom_and_by_much),
      CASE(file_grows_no_longer_than_the_store_may), CASE(room_that_cannot_be_had_is_no_fault),
      CASE(file_that_was_cut_is_not_made_longer))
