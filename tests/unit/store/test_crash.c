/* A process that is killed in the middle of commits: everything it reported is there, and what is
 * there is whole.
 *
 * A child moves money between counters. Each move is a step with a log record that tells the move;
 * when it is reported durable, its number goes into a pipe. The parent kills the child after a
 * random number of reports and a random pause, reads what else is in the pipe, opens the store, and
 * compares it with its own replay of the log. Rounds go on with the same store. Killing leaves what
 * the kernel has: this shows that commits are atomic to the process's end, not that the disk obeys.
 */
#include "fixture.h"

#include "base/random.h"
#include "folder.h"

#include <errno.h>

enum {
    ROUNDS = 60,
    COUNTERS = 200,
    IN_FLIGHT = 48,
    DATES = 3,
    REPORTS_MAX = 400,  /* of one round */
    PAUSE_MAX = 200000, /* about what a commit takes, in random numbers */
    SIZE = 64 * 1024 * 1024,
};
static const int64_t OPENING = 1000000;

static struct folder folder;

/* One move, as its log record tells it. */
struct move {
    uint32_t from, to, date;
    int64_t amount;
};

struct move_step {
    struct store_step step;
    struct move move;
    uint8_t padding[900]; /* of the log record, so that some pages overflow */
    size_t padding_len;
};

static int64_t counter_of(struct bytes value)
{
    struct reader r = reader_of(value);
    return value.len == 0 ? OPENING : (int64_t)read_u64(&r);
}

static void write_counter(struct store_tx *tx, unsigned index, int64_t amount, size_t padding)
{
    uint8_t data[8 + 900] = {0};
    struct writer w = writer_to(data, 8);
    write_u64(&w, (uint64_t)amount);
    store_tx_put(tx, index, data, 8 + padding);
}

static void apply_move(struct store_step *step, struct store_tx *tx)
{
    struct move_step *move = (struct move_step *)step;
    struct bytes from, to;
    store_tx_get(tx, 0, &from);
    store_tx_get(tx, 1, &to);
    int64_t from_after = counter_of(from) - move->move.amount;
    int64_t to_after = counter_of(to) + move->move.amount;
    /* Lengths change, so that pages split and merge. */
    write_counter(tx, 0, from_after, move->padding_len);
    write_counter(tx, 1, to_after, 150);
    uint8_t record[sizeof move->move + sizeof move->padding];
    memcpy(record, &move->move, sizeof move->move);
    memcpy(record + sizeof move->move, move->padding, move->padding_len);
    store_tx_log(tx, move->move.date, record, sizeof move->move + move->padding_len);
}

struct child {
    struct store *store;
    int pipe_end;
    struct random random;
};

static struct store_key counter_key(uint32_t counter)
{
    struct store_key key = {.len = 5};
    struct writer w = writer_to(key.data, sizeof key.data);
    write_u8(&w, 'C');
    write_u32(&w, counter);
    return key;
}

static void submit_move(struct child *child, struct move_step *step)
{
    struct random *random = &child->random;
    step->move.from = (uint32_t)random_below(random, COUNTERS);
    step->move.to = (step->move.from + 1 + (uint32_t)random_below(random, COUNTERS - 1)) % COUNTERS;
    step->move.amount = random_between(random, 0, 4095);
    step->move.date = DATE_ONE + (uint32_t)random_below(random, DATES);
    step->padding_len = (size_t)(random_below(&child->random, sizeof step->padding));
    step->step.key_count = 0;
    store_step_key(&step->step, counter_key(step->move.from));
    store_step_key(&step->step, counter_key(step->move.to));
    store_submit(child->store, &step->step);
}

static void report(struct store_step *step, void *context)
{
    struct child *child = context;
    uint64_t number = step->log_number;
    if (write(child->pipe_end, &number, sizeof number) != sizeof number)
        _exit(1);
    submit_move(child, (struct move_step *)step);
}

static _Noreturn void move_until_killed(int pipe_end, uint64_t seed)
{
    static struct move_step steps[IN_FLIGHT];
    struct child child = {.pipe_end = pipe_end, .random = random_seeded(seed)};
    struct fault fault;
    if (store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &child.store, &fault) != RESULT_OK)
        _exit(1);
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        steps[i].step.apply = apply_move;
        steps[i].step.done = report;
        steps[i].step.context = &child;
        submit_move(&child, &steps[i]);
    }
    while (store_drain(child.store, &fault) == RESULT_OK)
        ;
    _exit(1);
}

/* Reports come when a commit has ended: without this the kill would always fall into the same part
 * of the next. */
static void compute_for_a_while(struct random *random)
{
    for (uint64_t pause = random_below(random, PAUSE_MAX); pause > 0; pause--)
        random_next(random);
}

/* Returns the highest number reported; numbers come in order. */
static uint64_t read_reports(int pipe_end, struct random *random, pid_t child, uint64_t reported)
{
    unsigned kill_after = (unsigned)(random_below(random, REPORTS_MAX));
    uint64_t number;
    ssize_t got;
    for (unsigned count = 0; (got = read(pipe_end, &number, sizeof number)) != 0; count++) {
        if (got < 0 && errno == EINTR)
            continue;
        CU_ASSERT_EQUAL_FATAL(got, sizeof number); /* 8 bytes are written to a pipe as one */
        CU_ASSERT_EQUAL(number, reported + 1);
        reported = number;
        if (count == kill_after) {
            compute_for_a_while(random);
            kill(child, SIGKILL);
        }
    }
    return reported;
}

struct replay {
    int64_t counters[COUNTERS];
    uint64_t last;
    uint64_t date_first[DATES], date_last[DATES];
};

static bool replay_move(void *context, const struct store_log_record *record)
{
    struct replay *replay = context;
    struct move move;
    CU_ASSERT_TRUE_FATAL(record->data.len >= sizeof move);
    memcpy(&move, record->data.data, sizeof move);
    CU_ASSERT_TRUE_FATAL(move.from < COUNTERS && move.to < COUNTERS);
    replay->counters[move.from] -= move.amount;
    replay->counters[move.to] += move.amount;
    CU_ASSERT_EQUAL(record->number, replay->last + 1);
    replay->last = record->number;
    CU_ASSERT_EQUAL(record->settlement_date, move.date);
    uint32_t date = move.date - DATE_ONE;
    if (replay->date_first[date] == 0)
        replay->date_first[date] = record->number;
    replay->date_last[date] = record->number;
    return true;
}

struct audit {
    const struct replay *replay;
    int64_t sum;
    unsigned count;
};

static bool audit_counter(void *context, struct bytes key, struct bytes value)
{
    struct audit *audit = context;
    struct reader r = reader_of(bytes_of(key.data + 1, key.len - 1));
    uint32_t counter = read_u32(&r);
    CU_ASSERT_TRUE_FATAL(counter < COUNTERS);
    CU_ASSERT_EQUAL(counter_of(value), audit->replay->counters[counter]);
    audit->sum += counter_of(value) - OPENING;
    audit->count++;
    return true;
}

static void audit(struct store *store, uint64_t reported)
{
    static struct replay replay;
    memset(&replay, 0, sizeof replay);
    for (unsigned i = 0; i < COUNTERS; i++)
        replay.counters[i] = OPENING;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_log_scan(store, 0, 0, replay_move, &replay, &fault), RESULT_OK);
    CU_ASSERT_TRUE(replay.last >= reported);
    struct audit audit = {.replay = &replay};
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("C"), bytes_text("D"), audit_counter, &audit, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(audit.sum, 0);
    for (uint32_t date = 0; date < DATES; date++) {
        uint64_t first = 0, last = 0;
        CU_ASSERT_EQUAL(store_log_range(store, DATE_ONE + date, &first, &last, &fault), RESULT_OK);
        CU_ASSERT_TRUE(first == replay.date_first[date] && last == replay.date_last[date]);
    }
}

static uint64_t last_number(struct store *store)
{
    uint64_t last = 0;
    struct fault fault;
    for (uint32_t date = 0; date < DATES; date++) {
        uint64_t first, of_date;
        CU_ASSERT_EQUAL(store_log_range(store, DATE_ONE + date, &first, &of_date, &fault),
                        RESULT_OK);
        if (of_date > last)
            last = of_date;
    }
    return last;
}

/* Returns the last number that the store holds afterwards. */
static uint64_t kill_once(struct random *random, uint64_t durable)
{
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    uint64_t seed = random_next(random);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        move_until_killed(ends[1], seed);
    }
    close(ends[1]);
    uint64_t reported = read_reports(ends[0], random, child, durable);
    close(ends[0]);
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct store *store = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &store, &fault),
                          RESULT_OK);
    audit(store, reported);
    durable = last_number(store);
    store_close(store);
    return durable;
}

static void store_is_whole_after_being_killed_at_random_moments(void)
{
    folder_make(&folder);
    struct random random = random_seeded(20261122);
    uint64_t durable = 0;
    for (unsigned round = 0; round < ROUNDS; round++)
        durable = kill_once(&random, durable);
    CU_ASSERT_TRUE(durable > ROUNDS);
    folder_remove(&folder);
}

SUITE(CASE(store_is_whole_after_being_killed_at_random_moments))
