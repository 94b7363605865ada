/* The floor of `cardlab bench store`: the same bytes put into LMDB and committed, with no reading,
 * no second thread, and nothing checked; and the layouts that the store was chosen from. */
#include "bench_store.h"

#include "base/crc32c.h"

enum {
    SEAL_LEN = 4,       /* what the store adds to a record */
    LOG_HEADER_LEN = 9, /* and to a log record */
    TABLES_MAX = BENCH_RECORDS + 1,
};
static const size_t MAP_SIZE = (size_t)64 << 30; /* addresses, not disk */

const struct bench_layout bench_layouts[] = {
    {.name = "records in every commit"},
    {.name = "log alone", .is_log_only = true},
    {.name = "shares apart from freezes", .shares_apart = true},
    {.name = "a table for each kind", .shares_apart = true, .table_each = true},
    {.name = "log without MDB_APPEND", .log_searched = true},
    {.name = "checksums of records", .is_checked = true},
};
const size_t bench_layout_count = sizeof bench_layouts / sizeof bench_layouts[0];

static int write_records(struct bench_raw *raw, MDB_txn *txn, const struct bench_claim *claim,
                         uint8_t *data)
{
    struct store_key keys[BENCH_RECORDS];
    bench_claim_keys(claim, keys);
    if (raw->layout->shares_apart)
        keys[1].data[0] = 'S';
    int code = 0;
    for (size_t i = 0; i < BENCH_RECORDS && code == 0; i++) {
        MDB_val key = {keys[i].len, keys[i].data};
        MDB_val value = {BENCH_VALUE_LEN + SEAL_LEN, data};
        for (unsigned times = raw->layout->is_checked ? 2 : 0; times > 0; times--) {
            uint32_t seal = crc32c(crc32c(0, keys[i].data, keys[i].len), data, BENCH_VALUE_LEN);
            memcpy(data + BENCH_VALUE_LEN, &seal, sizeof seal);
        }
        code = mdb_put(txn, raw->tables[i], &key, &value, 0);
    }
    return code;
}

static int write_claim(struct bench_raw *raw, MDB_txn *txn, MDB_cursor *log,
                       const struct bench_claim *claim)
{
    uint8_t data[BENCH_LOG_LEN + LOG_HEADER_LEN];
    memset(data, 'l', sizeof data);
    memcpy(data, &claim->transaction, sizeof claim->transaction);
    int code = raw->layout->is_log_only ? 0 : write_records(raw, txn, claim, data);
    if (code != 0)
        return code;
    uint64_t number = ++raw->log_number;
    MDB_val key = {sizeof number, &number}, value = {sizeof data, data};
    return mdb_cursor_put(log, &key, &value, raw->layout->log_searched ? 0 : MDB_APPEND);
}

/* The present steps of these claims, in one commit. */
static enum result commit(struct bench_raw *raw, const struct bench_claim *claims, unsigned batch,
                          struct fault *fault)
{
    MDB_txn *txn = NULL;
    MDB_cursor *log;
    int code = mdb_txn_begin(raw->env, NULL, 0, &txn);
    if (code == 0)
        code = mdb_cursor_open(txn, raw->log, &log);
    for (unsigned i = 0; i < batch && code == 0; i++)
        code = write_claim(raw, txn, log, &claims[i]);
    if (code == 0)
        code = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    return code == 0 ? RESULT_OK : fault_set(fault, RESULT_IO, "raw LMDB: %s", mdb_strerror(code));
}

void bench_raw_begin(struct bench_raw *raw, unsigned batch)
{
    for (unsigned i = 0; i < 2 * batch; i++)
        bench_work_first(&raw->work, &raw->claims[i]);
}

enum result bench_raw_turn(struct bench_raw *raw, unsigned batch, double seconds,
                           struct bench_sum *sum, struct fault *fault)
{
    struct bench_spent start = bench_spent_now();
    uint64_t before = raw->commits;
    do {
        struct bench_claim *claims = &raw->claims[raw->commits++ % 2 * batch];
        TRY(commit(raw, claims, batch, fault));
        for (unsigned i = 0; i < batch; i++)
            bench_work_next(&raw->work, &claims[i]);
    } while (bench_seconds_now() - start.seconds < seconds);
    bench_sum_add(sum, (raw->commits - before) * batch, raw->commits - before, start);
    return RESULT_OK;
}

static int tables_open(struct bench_raw *raw, MDB_txn *txn)
{
    static const char *const names[BENCH_RECORDS] = {"records", "shares", "transactions"};
    int code = mdb_dbi_open(txn, "log", MDB_CREATE | MDB_INTEGERKEY, &raw->log);
    for (size_t i = 0; i < BENCH_RECORDS && code == 0; i++)
        code = mdb_dbi_open(txn, raw->layout->table_each ? names[i] : names[0], MDB_CREATE,
                            &raw->tables[i]);
    return code;
}

static int environment_open(struct bench_raw *raw, const char *folder)
{
    MDB_txn *txn = NULL;
    int code = mdb_env_create(&raw->env);
    if (code == 0)
        code = mdb_env_set_mapsize(raw->env, MAP_SIZE);
    if (code == 0)
        code = mdb_env_set_maxdbs(raw->env, TABLES_MAX);
    if (code == 0)
        code = mdb_env_open(raw->env, folder, 0, 0600);
    if (code == 0)
        code = mdb_txn_begin(raw->env, NULL, 0, &txn);
    if (code != 0)
        return code;
    code = tables_open(raw, txn);
    if (code == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

enum result bench_raw_open(struct bench_raw *raw, const struct bench_layout *layout,
                           const char *folder, struct fault *fault)
{
    raw->layout = layout;
    int code = environment_open(raw, folder);
    if (code != 0)
        return fault_set(fault, RESULT_IO, "raw LMDB in %s: %s", folder, mdb_strerror(code));
    bench_work_init(&raw->work);
    for (size_t slot = 0; slot < BENCH_WINDOW;) {
        unsigned batch = 0;
        while (batch < BENCH_BATCH_MAX && slot < BENCH_WINDOW)
            bench_work_fill(&raw->work, &raw->claims[batch++], slot++);
        TRY(commit(raw, raw->claims, batch, fault));
    }
    return RESULT_OK;
}

void bench_raw_close(struct bench_raw *raw)
{
    if (raw->env != NULL)
        mdb_env_close(raw->env);
    raw->env = NULL;
}
