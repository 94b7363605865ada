/* The store thread: group commit.
 *
 * It takes all that waits, applies it to the overlay, makes it durable in one write transaction,
 * with its log records, its redo and a slice of what the table still lacks, and hands the steps
 * back. What is submitted meanwhile is the next batch. Under little load nobody waits for a batch
 * to fill; under more, one begins a while after the one before it, and holds what has come by then.
 * The first failure ends the thread: the transaction is void, and so is everything behind it. */
#include "store/store_damage.h"
#include "store/store_lmdb_private.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum {
    STALE_READERS_COMMITS = 1024, /* how often dead readers are looked for */
    US_PER_S = 1000000,
    NS_PER_US = 1000,
};

enum result lmdb_batch_fault(const struct lmdb_batch *batch, int code, struct fault *fault)
{
    return code == 0 ? RESULT_OK : lmdb_fault(batch->lmdb, code, "commit to", fault);
}

/* --- the index of dates ----------------------------------------------------------------------- */

static enum result dates_flush(struct lmdb_batch *batch, struct fault *fault)
{
    int code = 0;
    for (unsigned i = 0; i < batch->date_count && code == 0; i++) {
        struct lmdb_batch_date *entry = &batch->dates[i];
        uint8_t sealed[DATE_RANGE_LEN];
        date_range_seal(entry->date, entry->range, sealed);
        MDB_val key = {sizeof entry->date, &entry->date}, value = {sizeof sealed, sealed};
        code = mdb_put(batch->txn, batch->lmdb->dates, &key, &value, 0);
        batch->bytes += key.mv_size + value.mv_size;
    }
    batch->date_count = 0;
    return lmdb_batch_fault(batch, code, fault);
}

static enum result dates_note(struct lmdb_batch *batch, uint32_t date, uint64_t number,
                              struct fault *fault)
{
    for (unsigned i = 0; i < batch->date_count; i++)
        if (batch->dates[i].date == date) {
            batch->dates[i].range.last = number;
            return RESULT_OK;
        }
    if (batch->date_count == LMDB_BATCH_DATES_MAX)
        TRY(dates_flush(batch, fault));
    struct date_range range = {number, number};
    MDB_val key = {sizeof date, &date}, value;
    int code = mdb_get(batch->txn, batch->lmdb->dates, &key, &value);
    if (code == 0) {
        if (!date_range_open(date, bytes_of(value.mv_data, value.mv_size), &range))
            return fault_set(fault, RESULT_CORRUPT,
                             "store %s is damaged: the checksum of the log's index of date %08u is "
                             "wrong",
                             batch->lmdb->folder, date);
        range.last = number;
    } else if (code != MDB_NOTFOUND) {
        return lmdb_batch_fault(batch, code, fault);
    }
    batch->dates[batch->date_count++] = (struct lmdb_batch_date){date, range};
    return RESULT_OK;
}

/* --- one batch -------------------------------------------------------------------------------- */

static enum result batch_read(void *adapter, struct bytes key, struct bytes *sealed,
                              struct fault *fault)
{
    struct lmdb_batch *batch = adapter;
    const struct overlay_entry *entry = overlay_find(&batch->lmdb->overlay, key);
    if (entry != NULL) {
        *sealed = overlay_newest(entry);
        return RESULT_OK;
    }
    MDB_val lmdb_key = lmdb_val(key), value;
    int code = mdb_cursor_get(batch->records, &lmdb_key, &value, MDB_SET_KEY);
    /* A length that we never write is not believed: it may reach past the file. */
    if (code == 0 && value.mv_size > STORE_VALUE_MAX + RECORD_SEAL_LEN)
        return record_fault(batch->lmdb->folder, key, fault);
    if (code == 0)
        *sealed = bytes_of(value.mv_data, value.mv_size);
    else if (code != MDB_NOTFOUND)
        return lmdb_batch_fault(batch, code, fault);
    return RESULT_OK;
}

static void write_record(struct lmdb_batch *batch, struct bytes key, struct bytes sealed)
{
    struct lmdb_store *lmdb = batch->lmdb;
    struct overlay_entry *entry = overlay_enter(&lmdb->overlay, key);
    if (entry->number != batch->number) {
        lmdb_sweep_replace(lmdb, entry);
        lmdb->touched[batch->touched_count++] = entry;
    }
    overlay_write(&lmdb->overlay, entry, batch->number, sealed);
    batch->bytes += key.len + sealed.len;
    batch->cost += overlay_cost(key.len, sealed.len);
}

static void write_records(struct lmdb_batch *batch, const struct store_step *step)
{
    struct lmdb_store *lmdb = batch->lmdb;
    const struct store_tx *tx = &lmdb->tx;
    pthread_mutex_lock(&lmdb->overlay_mutex);
    for (unsigned i = 0; i < step->key_count; i++) {
        const struct store_write *write = &tx->writes[i];
        struct bytes key = store_step_key_bytes(step, i);
        if (write->kind == WRITE_PUT)
            write_record(batch, key, bytes_of(write->data, write->len + RECORD_SEAL_LEN));
        else if (write->kind == WRITE_DELETE && tx->reads[i].data != NULL)
            write_record(batch, key, (struct bytes){NULL, 0});
    }
    pthread_mutex_unlock(&lmdb->overlay_mutex);
}

static enum result write_log(struct lmdb_batch *batch, struct store_step *step, struct fault *fault)
{
    struct store_tx *tx = &batch->lmdb->tx;
    uint64_t number = batch->log_next++;
    MDB_val key = {sizeof number, &number};
    MDB_val value = lmdb_val(store_tx_log_record(tx, number));
    /* MDB_APPEND: no search, and pages are left full. */
    TRY(lmdb_batch_fault(batch, mdb_cursor_put(batch->log, &key, &value, MDB_APPEND), fault));
    batch->bytes += key.mv_size + value.mv_size;
    step->log_number = number;
    return tx->log_date != 0 ? dates_note(batch, tx->log_date, number, fault) : RESULT_OK;
}

static enum result apply_step(struct lmdb_batch *batch, struct store_step *step,
                              struct fault *fault)
{
    struct store_tx *tx = &batch->lmdb->tx;
    tx->log_next = batch->log_next;
    TRY(store_tx_run(tx, step, fault));
    write_records(batch, step);
    return tx->has_log ? write_log(batch, step, fault) : RESULT_OK;
}

static enum result apply_steps(struct lmdb_batch *batch, const struct step_list *steps,
                               struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    int code = mdb_cursor_open(batch->txn, lmdb->records, &batch->records);
    if (code == 0)
        code = mdb_cursor_open(batch->txn, lmdb->log, &batch->log);
    TRY(lmdb_batch_fault(batch, code, fault));
    lmdb->tx.read = batch_read;
    lmdb->tx.adapter = batch;
    lmdb->tx.store_name = lmdb->folder;
    unsigned fetched = 0; /* steps to come */
    for (struct store_step *step = steps->first; step != NULL; step = step->next) {
        if (fetched == 0) {
            overlay_fetch(&lmdb->overlay, step);
            fetched = OVERLAY_FETCH_STEPS;
        }
        fetched--;
        TRY(apply_step(batch, step, fault));
    }
    TRY(dates_flush(batch, fault));
    TRY(lmdb_redo_write(batch, fault));
    return lmdb_sweep_go_on(batch, fault);
}

/* What the batch has written is durable: from here on the owner sees it. */
static void publish(struct lmdb_batch *batch)
{
    struct lmdb_store *lmdb = batch->lmdb;
    lmdb->log_next = batch->log_next;
    lmdb->redo_next = batch->redo_next;
    pthread_mutex_lock(&lmdb->overlay_mutex);
    lmdb->durable_end = batch->redo_next;
    overlay_settle(&lmdb->overlay);
    pthread_mutex_unlock(&lmdb->overlay_mutex);
    lmdb_sweep_settle(batch);
    pthread_mutex_lock(&lmdb->overlay_mutex);
    lmdb->lag = (struct store_lmdb_lag){lmdb->overlay.count, lmdb->overlay.bytes,
                                        lmdb->redo_next - lmdb->redo_first, lmdb->sweeps};
    pthread_mutex_unlock(&lmdb->overlay_mutex);
}

/* Everything of `steps` becomes durable, or nothing does. */
static enum result commit(struct lmdb_store *lmdb, const struct step_list *steps, uint64_t *bytes,
                          struct fault *fault)
{
    struct lmdb_batch batch = {.lmdb = lmdb,
                               .number = lmdb->redo_next,
                               .redo_next = lmdb->redo_next,
                               .log_next = lmdb->log_next};
    if (lmdb->commits++ % STALE_READERS_COMMITS == 0)
        mdb_reader_check(lmdb->env, NULL); /* one that was killed holds its pages until then */
    lmdb_sweep_begin(lmdb);
    lmdb_room_keep(lmdb);
    TRY(lmdb_batch_fault(&batch, mdb_txn_begin(lmdb->env, NULL, 0, &batch.txn), fault));
    enum result result = apply_steps(&batch, steps, fault);
    if (result != RESULT_OK) {
        mdb_txn_abort(batch.txn); /* closes the cursors too */
        return result;
    }
    TRY(lmdb_batch_fault(&batch, mdb_txn_commit(batch.txn), fault));
    publish(&batch);
    *bytes = batch.bytes;
    return RESULT_OK;
}

/* --- the thread ------------------------------------------------------------------------------- */

static uint64_t now_us(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

/* With the mutex held. Not when the owner itself waits, as then nothing comes. */
static void gather(struct lmdb_store *lmdb)
{
    uint64_t due_us = lmdb->begun_us + lmdb->gather_us;
    struct timespec due = {(time_t)(due_us / US_PER_S), (long)(due_us % US_PER_S) * NS_PER_US};
    if (lmdb->batch_count < STORE_LMDB_GATHER_FROM)
        return;
    lmdb->wanted =
        lmdb->batch_max < STORE_LMDB_GATHER_ENOUGH ? lmdb->batch_max : STORE_LMDB_GATHER_ENOUGH;
    int code = 0;
    while (code == 0 && lmdb->waiting_count < lmdb->wanted && !lmdb->is_awaited &&
           !lmdb->is_stopping)
        code = pthread_cond_timedwait(&lmdb->work, &lmdb->mutex, &due);
    lmdb->wanted = 0;
}

/* Waits for steps; none when the end has come and nothing waits. */
static struct step_list take_batch(struct lmdb_store *lmdb, uint64_t *count)
{
    pthread_mutex_lock(&lmdb->mutex);
    while (lmdb->backlog.first == NULL && lmdb->waiting.first == NULL && !lmdb->is_stopping) {
        lmdb->is_idle = true;
        pthread_cond_wait(&lmdb->work, &lmdb->mutex);
    }
    lmdb->is_idle = false;
    if (lmdb->backlog.first == NULL)
        gather(lmdb);
    step_list_append(&lmdb->backlog, &lmdb->waiting);
    lmdb->waiting_count = 0;
    uint64_t batch_max = lmdb->batch_max;
    pthread_mutex_unlock(&lmdb->mutex);
    struct step_list batch = step_list_cut(&lmdb->backlog, batch_max, count);
    lmdb->batch_count = *count;
    lmdb->begun_us = now_us();
    return batch;
}

/* With the mutex held. */
static void note_commit(struct lmdb_store *lmdb, uint64_t steps, uint64_t bytes)
{
    struct store_stats *stats = &lmdb->stats;
    stats->steps += steps;
    stats->commits++;
    stats->bytes += bytes;
    if (steps > stats->batch_max)
        stats->batch_max = steps;
}

static void *run(void *context)
{
    struct lmdb_store *lmdb = context;
    store_damage_reading(lmdb->folder);
    uint64_t count;
    struct step_list batch = take_batch(lmdb, &count);
    enum result result = RESULT_OK;
    while (count > 0 && result == RESULT_OK) {
        uint64_t bytes = 0;
        struct fault fault;
        result = commit(lmdb, &batch, &bytes, &fault);
        pthread_mutex_lock(&lmdb->mutex);
        if (result == RESULT_OK) {
            note_commit(lmdb, count, bytes);
            step_list_append(&lmdb->durable, &batch);
        } else {
            lmdb->has_failed = true;
            lmdb->fault = fault;
        }
        pthread_cond_signal(&lmdb->progress);
        /* Under the mutex, so that store_set_wake() can promise that the old one has ended. */
        if (lmdb->wake != NULL)
            lmdb->wake(lmdb->wake_context);
        pthread_mutex_unlock(&lmdb->mutex);
        if (result == RESULT_OK)
            batch = take_batch(lmdb, &count);
    }
    return NULL;
}

enum result lmdb_thread_start(struct lmdb_store *lmdb, struct fault *fault)
{
    /* Signals are the owner's thread's affair. */
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* of what it reads itself (store_damage.h) */
    sigdelset(&all, SIGSEGV);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&lmdb->thread, NULL, run, lmdb);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0)
        return fault_set(fault, RESULT_IO, "cannot start the thread of store %s: %s", lmdb->folder,
                         strerror(code));
    lmdb->has_thread = true;
    pthread_setname_np(lmdb->thread, "store");
    return RESULT_OK;
}

bool lmdb_thread_stop(struct lmdb_store *lmdb)
{
    if (!lmdb->has_thread)
        return false;
    pthread_mutex_lock(&lmdb->mutex);
    lmdb->is_stopping = true;
    lmdb->wake = NULL;
    pthread_cond_signal(&lmdb->work);
    pthread_mutex_unlock(&lmdb->mutex);
    pthread_join(lmdb->thread, NULL);
    lmdb->has_thread = false;
    return !lmdb->has_failed;
}

/* --- the owner's side ------------------------------------------------------------------------- */

void lmdb_submit(struct store *store, struct store_step *step)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    pthread_mutex_lock(&lmdb->mutex);
    step_list_add(&lmdb->waiting, step);
    lmdb->waiting_count++;
    bool is_due = lmdb->is_idle || lmdb->waiting_count == lmdb->wanted;
    lmdb->is_idle = false; /* one signal is enough */
    pthread_mutex_unlock(&lmdb->mutex);
    if (is_due)
        pthread_cond_signal(&lmdb->work);
}

enum result lmdb_take(struct store *store, struct store_step **steps, struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    pthread_mutex_lock(&lmdb->mutex);
    enum result result = RESULT_OK;
    if (lmdb->has_failed)
        result = fault_set(fault, lmdb->fault.result, "%s", lmdb->fault.text);
    else {
        *steps = lmdb->durable.first;
        lmdb->durable = (struct step_list){NULL, NULL};
        store->stats = lmdb->stats;
    }
    pthread_mutex_unlock(&lmdb->mutex);
    return result;
}

void lmdb_wait(struct store *store)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    pthread_mutex_lock(&lmdb->mutex);
    lmdb->is_awaited = true;
    pthread_cond_signal(&lmdb->work);
    while (lmdb->durable.first == NULL && !lmdb->has_failed)
        pthread_cond_wait(&lmdb->progress, &lmdb->mutex);
    lmdb->is_awaited = false;
    pthread_mutex_unlock(&lmdb->mutex);
}

void lmdb_set_wake(struct store *store, void (*wake)(void *context), void *context)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    pthread_mutex_lock(&lmdb->mutex);
    lmdb->wake = wake;
    lmdb->wake_context = context;
    pthread_mutex_unlock(&lmdb->mutex);
}
