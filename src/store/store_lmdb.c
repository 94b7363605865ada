/* Opens and closes a store in LMDB: one environment, its tables, their layout, the store thread.
 *
 * LMDB's own promise is what ours stands on: a commit writes new pages, syncs them, and then writes
 * one page that makes them valid, so that a crash leaves the last commit or the one before. Flags
 * that would trade that away (NOSYNC, NOMETASYNC, MAPASYNC) are not used, nor WRITEMAP, which would
 * let a stray pointer of ours into the file. */
#include "store/store_lmdb.h"

#include "store/store_damage.h"
#include "store/store_lmdb_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LAYOUT_VERSION = 2,
    LAYOUT_WITHOUT_REDO = 1, /* the same but for that: it has none, and all is in its table */
    TABLES_MAX = 5,
    LAG_PARTS = 32, /* of a small maximum size the lag is one */
    LAGS_KEPT = 4,  /* a redo longer than any sweep leaves is written back at once */
    MIB = 1024 * 1024,
};

static const char LAYOUT_KEY[] = "layout";

/* mdb_size_t numbers are log numbers. */
_Static_assert(sizeof(size_t) == sizeof(uint64_t), "the store needs a 64-bit machine");

enum result lmdb_fault(const struct lmdb_store *lmdb, int code, const char *doing,
                       struct fault *fault)
{
    MDB_envinfo info = {0};
    /* LMDB says EIO also for a write that was cut short, which is how a disk that becomes full
     * begins. */
    if (code == EIO)
        code = lmdb_folder_probe(lmdb->folder);
    switch (code) {
    case MDB_MAP_FULL:
        mdb_env_info(lmdb->env, &info);
        return fault_set(fault, RESULT_IO,
                         "store %s is full at its maximum of %zu MiB: start again with a larger "
                         "maximum; what was answered is durable",
                         lmdb->folder, info.me_mapsize / MIB);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return fault_set(fault, RESULT_IO,
                         "cannot %s store %s: its %s cannot grow (%s): make room and start again; "
                         "what was answered is durable",
                         doing, lmdb->folder, LMDB_DATA_NAME, strerror(code));
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_KEYEXIST: /* the log's last number is not its last */
    case MDB_PANIC:
        return fault_set(fault, RESULT_CORRUPT, "cannot %s store %s: its %s is damaged (%s)", doing,
                         lmdb->folder, LMDB_DATA_NAME, mdb_strerror(code));
    default:
        return fault_set(fault, RESULT_IO, "cannot %s store %s: %s: %s", doing, lmdb->folder,
                         LMDB_DATA_NAME, mdb_strerror(code));
    }
}

static void lmdb_close(struct store *store)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    struct fault fault;
    /* What cannot be written back stays in the redo, as durable as before. */
    if (lmdb_thread_stop(lmdb) && !lmdb->leaves_lag &&
        lmdb_sweep_write_back(lmdb, &fault) != RESULT_OK)
        lmdb->leaves_lag = true;
    if (lmdb->reader != NULL)
        mdb_txn_abort(lmdb->reader);
    if (lmdb->env != NULL)
        mdb_env_close(lmdb->env);
    if (lmdb->lock_fd >= 0)
        close(lmdb->lock_fd); /* last: until here nobody else may write */
    pthread_cond_destroy(&lmdb->progress);
    pthread_cond_destroy(&lmdb->work);
    pthread_mutex_destroy(&lmdb->mutex);
    pthread_mutex_destroy(&lmdb->overlay_mutex);
    overlay_deinit(&lmdb->overlay);
    free(lmdb->folder);
    free(lmdb);
}

static const struct store_ops lmdb_ops = {
    .submit = lmdb_submit,
    .take = lmdb_take,
    .wait = lmdb_wait,
    .read_records = lmdb_read_records,
    .read_log = lmdb_read_log,
    .read_date = lmdb_read_date,
    .set_wake = lmdb_set_wake,
    .close = lmdb_close,
};

static struct lmdb_store *lmdb_of(struct store *store)
{
    MUST(store->ops == &lmdb_ops);
    return (struct lmdb_store *)store;
}

void store_lmdb_set_batch_max(struct store *store, uint64_t batch_max)
{
    struct lmdb_store *lmdb = lmdb_of(store);
    MUST(batch_max >= 1 && batch_max <= STORE_LMDB_BATCH_MAX);
    pthread_mutex_lock(&lmdb->mutex);
    lmdb->batch_max = batch_max;
    pthread_mutex_unlock(&lmdb->mutex);
}

void store_lmdb_set_gather_us(struct store *store, uint64_t gather_us)
{
    struct lmdb_store *lmdb = lmdb_of(store);
    pthread_mutex_lock(&lmdb->mutex);
    lmdb->gather_us = gather_us;
    pthread_mutex_unlock(&lmdb->mutex);
}

void store_lmdb_set_lag_max(struct store *store, uint64_t lag_max)
{
    MUST(store->submitted == 0 && lag_max >= 1 && lag_max <= STORE_LMDB_LAG_MAX);
    lmdb_of(store)->lag_max = lag_max;
}

void store_lmdb_leave_lag(struct store *store)
{
    lmdb_of(store)->leaves_lag = true;
}

struct store_lmdb_lag store_lmdb_lag(struct store *store)
{
    struct lmdb_store *lmdb = lmdb_of(store);
    pthread_mutex_lock(&lmdb->overlay_mutex);
    struct store_lmdb_lag lag = lmdb->lag;
    pthread_mutex_unlock(&lmdb->overlay_mutex);
    return lag;
}

static struct lmdb_store *lmdb_new(const char *folder, enum store_mode mode)
{
    struct lmdb_store *lmdb = calloc(1, sizeof *lmdb);
    char *name = strdup(folder);
    if (lmdb == NULL || name == NULL) {
        free(lmdb);
        free(name);
        return NULL;
    }
    lmdb->store.ops = &lmdb_ops;
    lmdb->store.mode = mode;
    lmdb->store.name = lmdb->folder = name;
    lmdb->lock_fd = -1;
    lmdb->batch_max = STORE_LMDB_BATCH_MAX;
    lmdb->gather_us = STORE_LMDB_GATHER_US;
    overlay_init(&lmdb->overlay);
    pthread_mutex_init(&lmdb->overlay_mutex, NULL);
    pthread_mutex_init(&lmdb->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* it is also waited on for a time */
    pthread_cond_init(&lmdb->work, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_cond_init(&lmdb->progress, NULL);
    return lmdb;
}

static size_t round_to_pages(uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (size == 0)
        size = 1; /* 0 would be LMDB's own default */
    if (size > SIZE_MAX - page)
        size = SIZE_MAX - page;
    return (size + page - 1) / page * page;
}

/* LMDB has found a page that cannot be: it would stop the process, without saying which store. */
static void on_contradiction(MDB_env *env, const char *text)
{
    const struct lmdb_store *lmdb = mdb_env_get_userctx(env);
    char told[FAULT_TEXT_MAX];
    snprintf(told, sizeof told, "store %s is damaged: a page of its %s contradicts itself (%s)",
             lmdb->folder, LMDB_DATA_NAME, text);
    store_damage_tell(told);
}

static enum result environment_open(struct lmdb_store *lmdb, const char *path, unsigned flags,
                                    uint64_t size_max, struct fault *fault)
{
    bool is_reader = lmdb->store.mode == STORE_READ_ONLY;
    int code = mdb_env_create(&lmdb->env);
    if (code == 0)
        code = mdb_env_set_userctx(lmdb->env, lmdb);
    if (code == 0)
        code = mdb_env_set_assert(lmdb->env, on_contradiction);
    if (code == 0)
        code = mdb_env_set_maxdbs(lmdb->env, TABLES_MAX);
    if (code == 0 && !is_reader)
        code = mdb_env_set_mapsize(lmdb->env, round_to_pages(size_max));
    if (code == 0)
        code = mdb_env_open(lmdb->env, path, MDB_NOTLS | flags | (is_reader ? MDB_RDONLY : 0U),
                            S_IRUSR | S_IWUSR);
    if (code == ENOENT && is_reader)
        return fault_set(fault, RESULT_STATE, "there is no store in %s", lmdb->folder);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "open", fault);
}

/* A file that was cut short looks whole until a page is read that is gone. LMDB itself leaves the
 * file shorter than its count of pages when the last of them came and went in one commit: so all
 * of it is read once before anything of it is used; what is gone ends the process
 * (store_damage.h). */
static bool count_record(void *context, struct bytes key, struct bytes value)
{
    (void)context;
    (void)key;
    (void)value;
    return true;
}

static bool count_log_record(void *context, const struct store_log_record *record)
{
    (void)context;
    (void)record;
    return true;
}

static enum result length_check(struct lmdb_store *lmdb, struct fault *fault)
{
    MDB_envinfo info;
    MDB_stat tree;
    struct stat file = {0};
    int fd;
    mdb_env_info(lmdb->env, &info);
    mdb_env_stat(lmdb->env, &tree);
    if (mdb_env_get_fd(lmdb->env, &fd) != 0 || fstat(fd, &file) != 0)
        return lmdb_fault(lmdb, errno, "look at", fault);
    if ((uint64_t)file.st_size / tree.ms_psize > info.me_last_pgno)
        return RESULT_OK;
    TRY(store_scan(&lmdb->store, bytes_text(""), bytes_text(""), count_record, NULL, fault));
    return store_log_scan(&lmdb->store, 0, 0, count_log_record, NULL, fault);
}

/* Another layout is refused before anything is read as if it were ours. */
static enum result layout_check(struct lmdb_store *lmdb, MDB_txn *txn, struct fault *fault)
{
    uint8_t version[4];
    struct writer w = writer_to(version, sizeof version);
    write_u32(&w, LAYOUT_VERSION);
    MDB_val key = {sizeof LAYOUT_KEY - 1, (void *)(uintptr_t)LAYOUT_KEY};
    MDB_val value;
    int code = mdb_get(txn, lmdb->meta, &key, &value);
    if (code == MDB_NOTFOUND && lmdb->store.mode == STORE_READ_WRITE) {
        value = (MDB_val){sizeof version, version};
        code = mdb_put(txn, lmdb->meta, &key, &value, 0);
        return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "open", fault);
    }
    if (code != 0)
        return lmdb_fault(lmdb, code, "open", fault);
    struct bytes found = bytes_of(value.mv_data, value.mv_size);
    if (bytes_equal(found, bytes_of(version, sizeof version)))
        return RESULT_OK;
    struct reader r = reader_of(found);
    uint32_t layout = read_u32(&r);
    if (layout != LAYOUT_WITHOUT_REDO)
        return fault_set(fault, RESULT_STATE,
                         "store %s has layout %u, this program knows only layout %u: use the "
                         "program that wrote it",
                         lmdb->folder, layout, LAYOUT_VERSION);
    if (lmdb->store.mode == STORE_READ_ONLY)
        return fault_set(fault, RESULT_STATE,
                         "store %s has the older layout %u: start its party once, that brings it "
                         "to layout %u",
                         lmdb->folder, layout, LAYOUT_VERSION);
    value = (MDB_val){sizeof version, version};
    code = mdb_put(txn, lmdb->meta, &key, &value, 0);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "open", fault);
}

static int last_log_number(struct lmdb_store *lmdb, MDB_txn *txn, uint64_t *number)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, lmdb->log, &cursor);
    if (code != 0)
        return code;
    *number = 0;
    code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (code == 0 && key.mv_size != sizeof *number)
        code = MDB_CORRUPTED;
    if (code == 0)
        memcpy(number, key.mv_data, sizeof *number);
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static enum result tables_open(struct lmdb_store *lmdb, MDB_txn *txn, struct fault *fault)
{
    bool is_reader = lmdb->store.mode == STORE_READ_ONLY;
    unsigned flags = is_reader ? 0U : MDB_CREATE;
    int code = mdb_dbi_open(txn, STORE_LMDB_META, flags, &lmdb->meta);
    if (code == 0)
        TRY(layout_check(lmdb, txn, fault));
    if (code == 0)
        code = mdb_dbi_open(txn, STORE_LMDB_RECORDS, flags, &lmdb->records);
    if (code == 0)
        code = mdb_dbi_open(txn, STORE_LMDB_LOG, flags | MDB_INTEGERKEY, &lmdb->log);
    if (code == 0)
        code = mdb_dbi_open(txn, STORE_LMDB_DATES, flags | MDB_INTEGERKEY, &lmdb->dates);
    if (code == 0)
        code = mdb_dbi_open(txn, STORE_LMDB_REDO, flags | MDB_INTEGERKEY, &lmdb->redo);
    if (code == MDB_NOTFOUND && is_reader)
        return fault_set(fault, RESULT_STATE, "there is no store in %s", lmdb->folder);
    uint64_t last = 0;
    if (code == 0)
        code = last_log_number(lmdb, txn, &last);
    lmdb->log_next = last + 1;
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "open", fault);
}

static enum result tables_begin(struct lmdb_store *lmdb, struct fault *fault)
{
    MDB_txn *txn;
    bool is_reader = lmdb->store.mode == STORE_READ_ONLY;
    store_damage_reading(lmdb->folder);
    int code = mdb_txn_begin(lmdb->env, NULL, is_reader ? MDB_RDONLY : 0U, &txn);
    if (code != 0)
        return lmdb_fault(lmdb, code, "open", fault);
    enum result result = tables_open(lmdb, txn, fault);
    if (result != RESULT_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    code = mdb_txn_commit(txn); /* also of a reader: it is what keeps the tables open */
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "open", fault);
}

static enum result environment_sync(struct lmdb_store *lmdb, struct fault *fault)
{
    int code = mdb_env_sync(lmdb->env, 1);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "sync", fault);
}

/* A new store is made under another name and gets its own when it is whole and durable: LMDB writes
 * its first two pages in place, and what a crash leaves of them would be a damaged store. */
static enum result environment_make(struct lmdb_store *lmdb, uint64_t size_max, struct fault *fault)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", lmdb->folder, LMDB_NEW_NAME) < 0)
        return fault_set(fault, RESULT_IO, "out of memory for store %s", lmdb->folder);
    enum result result = lmdb_folder_clear_new(lmdb->folder, fault);
    if (result == RESULT_OK) /* the writer's lock is enough: nobody else knows this name */
        result = environment_open(lmdb, path, MDB_NOSUBDIR | MDB_NOLOCK, size_max, fault);
    free(path);
    TRY(result);
    TRY(tables_begin(lmdb, fault));
    TRY(environment_sync(lmdb, fault));
    mdb_env_close(lmdb->env);
    lmdb->env = NULL;
    return lmdb_folder_name_new(lmdb->folder, fault);
}

/* How far the table may lie behind: less in a store that may not grow much. */
static uint64_t lag_max_of(uint64_t size_max)
{
    uint64_t lag = size_max / LAG_PARTS;
    return lag < STORE_LMDB_LAG_MAX ? lag + 1 : STORE_LMDB_LAG_MAX;
}

/* A process that ends again and again before a sweep has come round leaves more each time. */
static enum result redo_open(struct lmdb_store *lmdb, struct fault *fault)
{
    TRY(lmdb_redo_open(lmdb, fault));
    return lmdb->redo_loaded > LAGS_KEPT * lmdb->lag_max ? lmdb_sweep_write_back(lmdb, fault)
                                                         : RESULT_OK;
}

static enum result writer_open(struct lmdb_store *lmdb, uint64_t size_max, struct fault *fault)
{
    enum lmdb_data data;
    TRY(lmdb_folder_make(lmdb->folder, fault));
    TRY(lmdb_folder_lock(lmdb->folder, &lmdb->lock_fd, fault));
    TRY(lmdb_folder_look(lmdb->folder, &data, fault));
    if (data == LMDB_DATA_NONE)
        TRY(environment_make(lmdb, size_max, fault));
    TRY(environment_open(lmdb, lmdb->folder, 0, size_max, fault));
    /* What a process before this one has written, and we are about to read, need not be durable
     * yet; and what we do because of it must not outlive it. */
    TRY(environment_sync(lmdb, fault));
    TRY(tables_begin(lmdb, fault));
    lmdb->lag_max = lag_max_of(size_max);
    TRY(redo_open(lmdb, fault));
    TRY(length_check(lmdb, fault));
    TRY(lmdb_folder_sync(lmdb->folder, fault));
    return lmdb_thread_start(lmdb, fault);
}

static enum result reader_open(struct lmdb_store *lmdb, struct fault *fault)
{
    enum lmdb_data data;
    TRY(lmdb_folder_look(lmdb->folder, &data, fault));
    if (data == LMDB_DATA_NONE) /* LMDB would leave its lock file there */
        return fault_set(fault, RESULT_STATE, "there is no store in %s", lmdb->folder);
    TRY(environment_open(lmdb, lmdb->folder, 0, 0, fault));
    TRY(tables_begin(lmdb, fault));
    return length_check(lmdb, fault);
}

enum result store_open_lmdb(const char *folder, enum store_mode mode, uint64_t size_max,
                            struct store **store, struct fault *fault)
{
    struct lmdb_store *lmdb = lmdb_new(folder, mode);
    if (lmdb == NULL)
        return fault_set(fault, RESULT_IO, "out of memory for store %s", folder);
    enum result result =
        mode == STORE_READ_WRITE ? writer_open(lmdb, size_max, fault) : reader_open(lmdb, fault);
    if (result != RESULT_OK) {
        lmdb_close(&lmdb->store);
        return result;
    }
    *store = &lmdb->store;
    return RESULT_OK;
}
