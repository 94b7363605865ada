/* The store in LMDB while its table follows: what every store promises, with a table that is
 * brought up all the time and a redo that is left at every closing; a model beside it; readers
 * beside it; damage to the redo. */
#include "cases.h"

#include "base/crc32c.h"
#include "base/random.h"
#include "folder.h"
#include "store/store_lmdb.h"

#include <lmdb.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
    MIB = 1024 * 1024,
    SIZE = 64 * MIB,
    LAG = 4 * 1024, /* a few steps */
    MODEL_KEYS = 60,
    MODEL_ROUNDS = 400,
    MODEL_STEPS = 12, /* of a round, at most */
    PAIRS = 8,        /* two records each: as many as the first stretch of a scan holds */
    PAIR_STEPS = 3000,
};

static struct folder folder;

static struct store *open_as(enum store_mode mode, uint64_t lag_max)
{
    struct store *store = NULL;
    struct fault fault = {0};
    enum result result = store_open_lmdb(folder.path, mode, SIZE, &store, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    if (lag_max > 0)
        store_lmdb_set_lag_max(store, lag_max);
    return store;
}

static void fixture_prepare(void)
{
    folder_make(&folder);
}

static struct store *fixture_open(void)
{
    return open_as(STORE_READ_WRITE, LAG);
}

static void leave(struct store *store)
{
    store_lmdb_leave_lag(store);
    store_close(store);
}

static struct store *fixture_reopen(struct store *store)
{
    leave(store);
    return fixture_open();
}

static void fixture_close(struct store *store)
{
    store_close(store);
    folder_remove(&folder);
}

/* --- behind the store's back -------------------------------------------------------------------
 */

struct behind {
    MDB_env *env;
    MDB_txn *txn;
};

static struct behind behind_open(void)
{
    struct behind behind;
    CU_ASSERT_EQUAL_FATAL(mdb_env_create(&behind.env), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_env_set_maxdbs(behind.env, 5), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_env_open(behind.env, folder.path, 0, 0600), 0);
    CU_ASSERT_EQUAL_FATAL(mdb_txn_begin(behind.env, NULL, 0, &behind.txn), 0);
    return behind;
}

static MDB_dbi behind_table(const struct behind *behind, const char *table)
{
    MDB_dbi dbi;
    unsigned flags = strcmp(table, STORE_LMDB_REDO) == 0 ? MDB_INTEGERKEY : 0U;
    CU_ASSERT_EQUAL_FATAL(mdb_dbi_open(behind->txn, table, flags, &dbi), 0);
    return dbi;
}

static void behind_close(const struct behind *behind)
{
    CU_ASSERT_EQUAL_FATAL(mdb_txn_commit(behind->txn), 0);
    mdb_env_close(behind->env);
}

static size_t count_behind(const char *table)
{
    struct behind behind = behind_open();
    MDB_stat stat;
    CU_ASSERT_EQUAL(mdb_stat(behind.txn, behind_table(&behind, table), &stat), 0);
    behind_close(&behind);
    return stat.ms_entries;
}

static void tamper(const char *table, struct bytes key, const char *how)
{
    struct behind behind = behind_open();
    MDB_dbi dbi = behind_table(&behind, table);
    MDB_val lmdb_key = {key.len, (void *)(uintptr_t)key.data}, value;
    CU_ASSERT_EQUAL_FATAL(mdb_get(behind.txn, dbi, &lmdb_key, &value), 0);
    uint8_t changed[2 * STORE_VALUE_MAX] = {0};
    CU_ASSERT_TRUE_FATAL(value.mv_size < sizeof changed);
    memcpy(changed, value.mv_data, value.mv_size);
    value.mv_data = changed;
    if (strcmp(how, "flip") == 0)
        changed[value.mv_size / 2] ^= 0x10;
    else if (strcmp(how, "lengthen") == 0)
        value.mv_size++;
    else
        value.mv_size = 3;
    CU_ASSERT_EQUAL_FATAL(strcmp(how, "remove") == 0
                              ? mdb_del(behind.txn, dbi, &lmdb_key, NULL)
                              : mdb_put(behind.txn, dbi, &lmdb_key, &value, 0),
                          0);
    behind_close(&behind);
}

/* --- damage ------------------------------------------------------------------------------------
 */

/* Three commits whose records only the redo has. */
static void leave_three_pieces(void)
{
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, SIZE / 32);
    put(store, "Aone", bytes_text("1"));
    put(store, "Atwo", bytes_text("2"));
    put(store, "Athree", bytes_text("3"));
    CU_ASSERT_EQUAL(store_lmdb_lag(store).pieces, 3);
    CU_ASSERT_EQUAL(store_lmdb_lag(store).records, 3);
    leave(store);
    CU_ASSERT_EQUAL(count_behind(STORE_LMDB_RECORDS), 0);
}

static bool any(void *context, struct bytes key, struct bytes value)
{
    (void)context;
    (void)key;
    (void)value;
    return true;
}

/* Neither who writes nor who reads makes anything of it. */
static void is_refused(const char *expected)
{
    struct store *store = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_open_lmdb(folder.path, STORE_READ_WRITE, SIZE, &store, &fault),
                    RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, expected);
    ASSERT_CONTAINS(fault.text, folder.path);
    store = open_as(STORE_READ_ONLY, 0);
    fault = (struct fault){0};
    CU_ASSERT_EQUAL(store_scan(store, bytes_text(""), bytes_text(""), any, NULL, &fault),
                    RESULT_CORRUPT);
    ASSERT_CONTAINS(fault.text, expected);
    CU_ASSERT_EQUAL(log_between(store, 0, 0).count, 0); /* the log needs no redo */
    fixture_close(store);
}

static void damaged_piece_is_named(uint64_t number, const char *how, const char *expected)
{
    leave_three_pieces();
    tamper(STORE_LMDB_REDO, bytes_of(&number, sizeof number), how);
    is_refused(expected);
}

static void finds_a_flipped_bit_in_the_redo(void)
{
    damaged_piece_is_named(2, "flip", "the checksum of piece 2 of table redo is wrong");
}

static void finds_a_piece_of_the_redo_that_was_cut_short_or_grew(void)
{
    damaged_piece_is_named(1, "shorten", "the checksum of piece 1 of table redo is wrong");
    damaged_piece_is_named(3, "lengthen", "the checksum of piece 3 of table redo is wrong");
}

static void finds_a_missing_piece_of_the_redo(void)
{
    damaged_piece_is_named(1, "remove", "piece 1 of table redo is missing");
    damaged_piece_is_named(2, "remove", "piece 2 of table redo is missing");
}

static void finds_a_damaged_beginning_of_the_redo(void)
{
    static const char *const ways[] = {"flip", "shorten", "lengthen"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        store_close(fresh());
        struct store *store = fixture_open();
        put(store, "Akey", bytes_text("value"));
        store_close(store);
        tamper(STORE_LMDB_META, bytes_text("redo"), ways[i]);
        is_refused("the checksum of record redo of table meta is wrong");
    }
}

/* --- opening and closing -----------------------------------------------------------------------
 */

static void closing_writes_everything_back(void)
{
    leave_three_pieces();
    struct store *store = open_as(STORE_READ_WRITE, SIZE / 32);
    erase(store, "Atwo");
    store_close(store);
    CU_ASSERT_EQUAL(count_behind(STORE_LMDB_RECORDS), 2);
    CU_ASSERT_EQUAL(count_behind(STORE_LMDB_REDO), 0);
    store = open_as(STORE_READ_ONLY, 0);
    struct store_found found;
    struct fault fault;
    struct store_key key = key_of(bytes_text("Athree"));
    CU_ASSERT_EQUAL(store_find_key(store, &key, &found, &fault), RESULT_OK);
    CU_ASSERT_TRUE(found.found && bytes_equal(bytes_of(found.value, found.len), bytes_text("3")));
    fixture_close(store);
}

static void redo_that_several_processes_left_is_all_there(void)
{
    leave_three_pieces();
    for (unsigned i = 0; i < 5; i++) {
        struct store *store = open_as(STORE_READ_WRITE, SIZE / 32);
        CU_ASSERT_TRUE(holds(store, "Aone", bytes_of(&i, i > 0 ? sizeof i : 0)) || i == 0);
        unsigned next = i + 1;
        put(store, "Aone", bytes_of(&next, sizeof next));
        CU_ASSERT_TRUE(holds(store, "Athree", bytes_text("3")));
        CU_ASSERT_EQUAL(store_lmdb_lag(store).pieces, 4 + i);
        leave(store);
    }
    fixture_close(open_as(STORE_READ_ONLY, 0));
}

/* A process that always ends before a sweep has come round does not make the redo grow for ever. */
static void redo_that_only_grows_is_written_back_when_a_store_is_opened(void)
{
    enum { SMALL = MIB, PROCESSES = 12, PUTS = 8 };
    fixture_prepare();
    uint64_t pieces_max = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        struct store *store = NULL;
        struct fault fault;
        CU_ASSERT_EQUAL_FATAL(store_open_lmdb(folder.path, STORE_READ_WRITE, SMALL, &store, &fault),
                              RESULT_OK);
        for (unsigned j = 0; j < PUTS; j++) {
            uint8_t key[] = {'A', (uint8_t)j, 'x', '\0'};
            put(store, (const char *)key, patterned(3000));
        }
        if (store_lmdb_lag(store).pieces > pieces_max)
            pieces_max = store_lmdb_lag(store).pieces;
        leave(store);
    }
    CU_ASSERT_TRUE(pieces_max < 60);
    fixture_close(fixture_open());
}

static void what_cannot_be_written_back_stays_in_the_redo(void)
{
    enum { RECORDS = 300 };
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, SIZE / 32);
    for (unsigned i = 0; i < RECORDS; i++) {
        char key[16];
        snprintf(key, sizeof key, "A%u", i);
        put(store, key, patterned(1000));
    }
    struct rlimit before, limit;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100 * 1024; /* less than is there */
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    store_close(store);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    CU_ASSERT_EQUAL(count_behind(STORE_LMDB_RECORDS), 0);
    store = open_as(STORE_READ_WRITE, SIZE / 32);
    CU_ASSERT_EQUAL(store_lmdb_lag(store).sweeps, 0);
    CU_ASSERT_TRUE(holds(store, "A7", patterned(1000)));
    CU_ASSERT_TRUE(holds(store, "A299", patterned(1000)));
    fixture_close(store);
}

/* As the version before it left a store: no redo, and everything in the table. */
static void make_older(void)
{
    struct behind behind = behind_open();
    uint8_t version[] = {0, 0, 0, 1};
    char layout_name[] = "layout", redo_name[] = "redo";
    MDB_val layout = {sizeof layout_name - 1, layout_name},
            redo = {sizeof redo_name - 1, redo_name};
    MDB_val value = {sizeof version, version};
    MDB_dbi meta = behind_table(&behind, STORE_LMDB_META);
    CU_ASSERT_EQUAL(mdb_put(behind.txn, meta, &layout, &value, 0), 0);
    CU_ASSERT_EQUAL(mdb_del(behind.txn, meta, &redo, NULL), 0);
    CU_ASSERT_EQUAL(mdb_drop(behind.txn, behind_table(&behind, STORE_LMDB_REDO), 1), 0);
    behind_close(&behind);
}

static void older_layout_is_brought_up_by_who_writes(void)
{
    struct store *store = fresh();
    put(store, "Akey", bytes_text("value"));
    store_close(store);
    make_older();
    struct fault fault = {0};
    struct store *reader = NULL;
    CU_ASSERT_EQUAL(store_open_lmdb(folder.path, STORE_READ_ONLY, 0, &reader, &fault),
                    RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "has the older layout 1: start its party once");
    store = fixture_open();
    CU_ASSERT_TRUE(holds(store, "Akey", bytes_text("value")));
    put(store, "Aother", bytes_text("another"));
    leave(store);
    reader = open_as(STORE_READ_ONLY, 0);
    CU_ASSERT_EQUAL(store_scan(reader, bytes_text(""), bytes_text(""), any, NULL, &fault),
                    RESULT_OK);
    fixture_close(reader);
}

/* --- bounds ------------------------------------------------------------------------------------
 */

/* Of a store that is written all the time: much in one record, or in ever new ones. */
static void lag_stays_in_its_bounds(bool is_hot)
{
    enum { STEPS = 4000, IN_FLIGHT = 16, SMALL = 64 * 1024 };
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, SMALL);
    static struct simple_step steps[IN_FLIGHT];
    struct store_lmdb_lag most = {0};
    struct bytes value = patterned(150);
    for (unsigned i = 0; i < STEPS; i++) {
        struct simple_step *simple = &steps[i % IN_FLIGHT];
        char key[16];
        snprintf(key, sizeof key, "A%u", is_hot ? 0 : i * 2654435761U);
        simple_init(simple, bytes_text(key))->what = SIMPLE_PUT;
        simple->value = value;
        store_submit(store, &simple->step);
        if (i % IN_FLIGHT != IN_FLIGHT - 1)
            continue;
        drain(store);
        struct store_lmdb_lag lag = store_lmdb_lag(store);
        most.bytes = lag.bytes > most.bytes ? lag.bytes : most.bytes;
        most.pieces = lag.pieces > most.pieces ? lag.pieces : most.pieces;
    }
    /* Twice the lag and a batch; a batch of 16 such steps is one piece, two here and there. */
    CU_ASSERT_TRUE(most.bytes <= 2 * SMALL + IN_FLIGHT * 400);
    CU_ASSERT_TRUE(most.pieces <= 2 * (2 * SMALL / (IN_FLIGHT * 280)) + 16);
    CU_ASSERT_TRUE(store_lmdb_lag(store).sweeps > 5);
    fixture_close(store);
}

static void overlay_and_redo_stay_in_their_bounds(void)
{
    lag_stays_in_its_bounds(false);
    lag_stays_in_its_bounds(true);
}

static bool count_record(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

/* --- full pages --------------------------------------------------------------------------------
 */

enum { FULL_RECORDS = 3000, FULL_BATCH = 300 };

/* Those of two institutions grow side by side, before what lies behind both. */
static void put_in_order(struct store *store, size_t len)
{
    static struct simple_step steps[FULL_BATCH];
    struct bytes value = patterned(len);
    for (unsigned i = 0; i < FULL_RECORDS; i++) {
        struct simple_step *simple = &steps[i % FULL_BATCH];
        char key[16];
        snprintf(key, sizeof key, "F%u-%06u", i % 2, i);
        simple_init(simple, bytes_text(key))->what = SIMPLE_PUT;
        simple->value = value;
        store_submit(store, &simple->step);
        if (i % FULL_BATCH == FULL_BATCH - 1)
            drain(store);
    }
}

/* How full the pages are when all records are of this length, in percent. */
static unsigned percent_full(size_t len)
{
    struct behind behind = behind_open();
    MDB_stat stat;
    CU_ASSERT_EQUAL(mdb_stat(behind.txn, behind_table(&behind, STORE_LMDB_RECORDS), &stat), 0);
    behind_close(&behind);
    size_t record = 10 + 9 + len + 4; /* LMDB's own, key, value, seal */
    return (unsigned)(FULL_RECORDS * record * 100 / (stat.ms_leaf_pages * stat.ms_psize));
}

/* By splitting pages in the middle they would be half full, and a quarter when records shrink; a
 * store with a larger lag comes to nine tenths. How full they become then depends on which steps
 * the store's thread finds together: 64 to 79 percent. */
static void pages_become_full(void)
{
    struct store *store = fresh();
    put(store, "Abefore", bytes_text("v"));
    put(store, "Zbehind", bytes_text("v"));
    leave(store);
    store = open_as(STORE_READ_WRITE, 128 * 1024);
    put_in_order(store, 200);
    store_close(store);
    CU_ASSERT_TRUE(percent_full(200) > 65);
    store = open_as(STORE_READ_WRITE, 128 * 1024);
    put_in_order(store, 40); /* they become shorter */
    CU_ASSERT_TRUE(holds(store, "Zbehind", bytes_text("v")));
    CU_ASSERT_TRUE(holds(store, "F1-002999", patterned(40)));
    store_close(store);
    CU_ASSERT_TRUE(percent_full(40) > 40);
    store = fixture_open();
    unsigned count = 0;
    struct fault fault;
    CU_ASSERT_EQUAL(
        store_scan(store, bytes_text("F"), bytes_text("G"), count_record, &count, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(count, FULL_RECORDS);
    fixture_close(store);
}

/* --- a model beside it -------------------------------------------------------------------------
 */

struct model_step {
    struct store_step step;
    uint64_t seed;
    uint32_t seen; /* what apply found */
};

static struct store_key model_key(uint64_t number)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%c%llu", 'A' + (char)(number % 3),
                       (unsigned long long)(number / 3));
    return key_of(bytes_of(text, (size_t)len));
}

static void apply_model(struct store_step *step, struct store_tx *tx)
{
    struct model_step *model = (struct model_step *)step;
    struct random random = random_seeded(model->seed);
    uint8_t data[STORE_VALUE_MAX];
    model->seen = 0;
    for (unsigned i = 0; i < step->key_count; i++) {
        struct bytes value;
        if (store_tx_get(tx, i, &value))
            model->seen = crc32c(model->seen + i + 1, value.data, value.len);
    }
    for (unsigned i = 0; i < step->key_count; i++) {
        uint64_t what = random_below(&random, 8);
        size_t len = (size_t)random_below(&random, what == 7 ? STORE_VALUE_MAX : 300);
        memset(data, (int)(model->seed + i), len);
        if (what >= 3)
            store_tx_put(tx, i, data, len);
        else if (what == 0)
            store_tx_delete(tx, i);
    }
    if (random_below(&random, 2) == 0)
        store_tx_log(tx, DATE_ONE + (uint32_t)random_below(&random, 2), &model->seed,
                     sizeof model->seed);
}

static void model_init(struct model_step *model, uint64_t seed)
{
    struct random random = random_seeded(seed + 1);
    *model = (struct model_step){.seed = seed};
    model->step.apply = apply_model;
    model->step.done = nothing_done;
    for (uint64_t keys = 1 + random_below(&random, 4); keys > 0; keys--)
        store_step_key(&model->step, model_key(random_below(&random, MODEL_KEYS)));
}

static bool digest_record(void *context, struct bytes key, struct bytes value)
{
    uint32_t *digest = context;
    *digest = crc32c(crc32c(*digest, key.data, key.len), value.data, value.len);
    *digest = crc32c(*digest, &value.len, sizeof value.len);
    return true;
}

/* Of all records from a random key on, and of the log. */
static uint32_t digest_of(struct store *store, struct store_key from)
{
    uint32_t digest = 0;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(store_scan(store, bytes_of(from.data, from.len), bytes_text(""), digest_record,
                               &digest, &fault),
                    RESULT_OK);
    struct collected log = log_between(store, 0, 0);
    return crc32c(digest, &log.last, sizeof log.last);
}

/* Answers each key that it is asked with the digest from there on, as a reader has it. */
static _Noreturn void read_for_the_model(int asked, int answers)
{
    struct store *reader = open_as(STORE_READ_ONLY, 0);
    struct store_key from;
    while (read(asked, &from, sizeof from) == sizeof from) {
        uint32_t digest = digest_of(reader, from);
        if (write(answers, &digest, sizeof digest) != sizeof digest)
            break;
    }
    store_close(reader);
    _exit(0);
}

struct beside {
    pid_t child;
    int ask, answer;
};

static struct beside beside_start(void)
{
    int asks[2], answers[2];
    CU_ASSERT_EQUAL_FATAL(pipe(asks) | pipe(answers), 0);
    fflush(NULL);
    struct beside beside = {fork(), asks[1], answers[0]};
    if (beside.child == 0) {
        close(asks[1]);
        close(answers[0]);
        read_for_the_model(asks[0], answers[1]);
    }
    close(asks[0]);
    close(answers[1]);
    return beside;
}

static uint32_t beside_digest(const struct beside *beside, struct store_key from)
{
    uint32_t digest = 0;
    CU_ASSERT_EQUAL_FATAL(write(beside->ask, &from, sizeof from), sizeof from);
    CU_ASSERT_EQUAL_FATAL(read(beside->answer, &digest, sizeof digest), sizeof digest);
    return digest;
}

static void beside_end(const struct beside *beside)
{
    int status = 0;
    close(beside->ask);
    CU_ASSERT_EQUAL(waitpid(beside->child, &status, 0), beside->child);
    CU_ASSERT_EQUAL(status, 0);
    close(beside->answer);
}

static void model_round(struct store *store, struct store *model, struct random *random)
{
    static struct model_step steps[MODEL_STEPS], model_steps[MODEL_STEPS];
    unsigned count = 1 + (unsigned)random_below(random, MODEL_STEPS);
    for (unsigned i = 0; i < count; i++) {
        uint64_t seed = random_next(random) >> 1;
        model_init(&steps[i], seed);
        model_init(&model_steps[i], seed);
        store_submit(store, &steps[i].step);
        store_submit(model, &model_steps[i].step);
    }
    drain(store);
    drain(model);
    for (unsigned i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(steps[i].seen, model_steps[i].seen);
        CU_ASSERT_EQUAL(steps[i].step.log_number, model_steps[i].step.log_number);
    }
}

/* The writer is opened and closed in both ways meanwhile, with another lag each time; the reader
 * stays, and is asked seldom, often, or after more than the redo holds. */
static void behaves_as_the_store_in_memory_does(void)
{
    fixture_prepare();
    struct random random = random_seeded(20261122);
    struct store *store = fixture_open(), *model = NULL;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&model, &fault), RESULT_OK);
    leave(store);
    struct beside beside = beside_start();
    store = fixture_open();
    for (unsigned round = 0; round < MODEL_ROUNDS; round++) {
        model_round(store, model, &random);
        struct store_key from = model_key(random_below(&random, MODEL_KEYS));
        CU_ASSERT_EQUAL(digest_of(store, from), digest_of(model, from));
        if (random_below(&random, round / 100 % 2 == 0 ? 3 : 40) == 0)
            CU_ASSERT_EQUAL(beside_digest(&beside, from), digest_of(model, from));
        if (random_below(&random, 20) == 0) {
            if (random_below(&random, 2) == 0)
                store_lmdb_leave_lag(store);
            store_close(store);
            CU_ASSERT_EQUAL(beside_digest(&beside, from), digest_of(model, from));
            store = open_as(STORE_READ_WRITE, 1 + random_below(&random, 64 * 1024));
        }
    }
    beside_end(&beside);
    store_close(model);
    fixture_close(store);
}

/* --- whole steps -------------------------------------------------------------------------------
 */

struct pair_step {
    struct store_step step;
    uint64_t number;
};

static void apply_pair(struct store_step *step, struct store_tx *tx)
{
    uint64_t number = ((struct pair_step *)step)->number;
    store_tx_put(tx, 0, &number, sizeof number);
    store_tx_put(tx, 1, &number, sizeof number);
}

static void submit_pair(struct store *store, struct pair_step *pair, uint64_t number)
{
    char first[8], second[8];
    snprintf(first, sizeof first, "P%u", (unsigned)(number % PAIRS));
    snprintf(second, sizeof second, "Q%u", (unsigned)(number % PAIRS));
    *pair = (struct pair_step){.number = number};
    pair->step.apply = apply_pair;
    pair->step.done = nothing_done;
    store_step_key(&pair->step, key_of(bytes_text(first)));
    store_step_key(&pair->step, key_of(bytes_text(second)));
    store_submit(store, &pair->step);
}

struct pairs {
    uint64_t numbers[2][PAIRS];
    uint64_t last;
};

static bool take_pair(void *context, struct bytes key, struct bytes value)
{
    struct pairs *pairs = context;
    uint64_t number;
    memcpy(&number, value.data, sizeof number);
    pairs->numbers[key.data[0] == 'Q'][key.data[1] - '0'] = number;
    if (number > pairs->last)
        pairs->last = number;
    return true;
}

/* Both records of each pair are of one step, and all is as after some step. */
static bool is_whole(struct store *store, struct pairs *pairs)
{
    struct fault fault;
    uint64_t last = pairs->last;
    if (store_scan(store, bytes_text("P"), bytes_text("R"), take_pair, pairs, &fault) != RESULT_OK)
        return false;
    bool is_good = pairs->last >= last;
    for (uint64_t i = 0; i < PAIRS; i++) {
        uint64_t number = pairs->numbers[0][i];
        is_good = is_good && number == pairs->numbers[1][i] && number + PAIRS > pairs->last;
    }
    return is_good;
}

static _Noreturn void watch_pairs(int end)
{
    struct store *reader = open_as(STORE_READ_ONLY, 0);
    struct pairs pairs = {.last = 0};
    char byte;
    fcntl(end, F_SETFL, O_NONBLOCK);
    bool is_good = true;
    while (is_good && read(end, &byte, 1) != 0)
        is_good = is_whole(reader, &pairs);
    is_good = is_good && is_whole(reader, &pairs) && pairs.last == PAIR_STEPS + PAIRS;
    store_close(reader);
    _exit(is_good ? 0 : 1);
}

static void readers_see_each_step_whole_while_the_table_follows(void)
{
    struct store *store = fresh();
    static struct pair_step pairs[PAIRS];
    for (uint64_t i = 0; i < PAIRS; i++)
        submit_pair(store, &pairs[i], i + 1);
    drain(store);
    leave(store);
    int ends[2], status = 0;
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        watch_pairs(ends[0]);
    }
    close(ends[0]);
    store = fixture_open();
    struct pairs seen = {.last = 0};
    struct fault fault;
    for (uint64_t i = 0; i < PAIR_STEPS; i++) {
        submit_pair(store, &pairs[i % PAIRS], PAIRS + 1 + i);
        CU_ASSERT_TRUE(is_whole(store, &seen));
        CU_ASSERT_EQUAL(store_poll(store, &fault), RESULT_OK);
        if (i % PAIRS == PAIRS - 1)
            drain(store);
    }
    CU_ASSERT_TRUE(store_lmdb_lag(store).sweeps > 20);
    close(ends[1]);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    fixture_close(store);
}

/* --- a commit under way ------------------------------------------------------------------------
 */

/* The store thread stops where it is told to, and says so. */
static struct {
    atomic_bool stops_in_sync;
    sem_t is_there, may_go_on;
} stop;

static void stop_here(void)
{
    sem_post(&stop.is_there);
    while (sem_wait(&stop.may_go_on) != 0)
        ;
}

/* LMDB's syncs come here. */
int fdatasync(int fd)
{
    if (atomic_exchange(&stop.stops_in_sync, false))
        stop_here();
    return (int)syscall(SYS_fdatasync, fd);
}

static void apply_stop(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    (void)tx;
    stop_here();
}

static void wait_there(void)
{
    while (sem_wait(&stop.is_there) != 0)
        ;
}

static void apply_all_kinds(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_put(tx, 0, "another", 7);
    store_tx_delete(tx, 1);
    store_tx_put(tx, 2, "v", 1);
}

/* With so small a lag each commit also brings the table up to all that was written before. */
static struct store *with_three_records(struct store_step *step)
{
    fixture_prepare();
    struct store *store = open_as(STORE_READ_WRITE, 1);
    sem_init(&stop.is_there, 0, 0);
    sem_init(&stop.may_go_on, 0, 0);
    put(store, "A1", bytes_text("v"));
    put(store, "A2", bytes_text("v"));
    put(store, "A3", bytes_text("v"));
    *step = (struct store_step){.apply = apply_all_kinds, .done = nothing_done};
    store_step_key(step, key_of(bytes_text("A1")));
    store_step_key(step, key_of(bytes_text("A2")));
    store_step_key(step, key_of(bytes_text("A4")));
    return store;
}

static void go_on_to_the_end(struct store *store)
{
    sem_post(&stop.may_go_on);
    drain(store);
    CU_ASSERT_TRUE(holds(store, "A1", bytes_text("another")));
    put(store, "A1", bytes_text("v"));
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A1 A3 A4 "));
    sem_destroy(&stop.is_there);
    sem_destroy(&stop.may_go_on);
    fixture_close(store);
}

static void batch_that_is_being_applied_is_not_seen(void)
{
    struct store_step step;
    struct store *store = with_three_records(&step);
    struct store_step first = {.apply = apply_stop, .done = nothing_done}, last = first;
    store_submit(store, &first);
    wait_there();
    store_submit(store, &step); /* in one batch with what stops behind it */
    store_submit(store, &last);
    sem_post(&stop.may_go_on);
    wait_there();
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A1 A2 A3 "));
    CU_ASSERT_TRUE(scan_gives(store, "A2", "", "A2 A3 "));
    go_on_to_the_end(store);
}

static void batch_that_is_being_made_durable_is_not_seen(void)
{
    struct store_step step;
    struct store *store = with_three_records(&step);
    atomic_store(&stop.stops_in_sync, true);
    store_submit(store, &step);
    wait_there();
    CU_ASSERT_TRUE(scan_gives(store, "", "", "A1 A2 A3 "));
    CU_ASSERT_TRUE(scan_gives(store, "A2", "", "A2 A3 "));
    go_on_to_the_end(store);
}

SUITE(STORE_CASES, CASE(finds_a_flipped_bit_in_the_redo),
      CASE(finds_a_piece_of_the_redo_that_was_cut_short_or_grew),
      CASE(finds_a_missing_piece_of_the_redo), CASE(finds_a_damaged_beginning_of_the_redo),
      CASE(closing_writes_everything_back), CASE(redo_that_several_processes_left_is_all_there),
      CASE(redo_that_only_grows_is_written_back_when_a_store_is_opened),
      CASE(what_cannot_be_written_back_stays_in_the_redo),
      CASE(older_layout_is_brought_up_by_who_writes), CASE(overlay_and_redo_stay_in_their_bounds),
      CASE(pages_become_full), CASE(batch_that_is_being_applied_is_not_seen),
      CASE(batch_that_is_being_made_durable_is_not_seen), CASE(behaves_as_the_store_in_memory_does),
      CASE(readers_see_each_step_whole_while_the_table_follows))
