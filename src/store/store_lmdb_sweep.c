/* The table `records` follows: every commit also writes a slice of the overlay into it.
 *
 * A sweep goes through the overlay once, in the order of keys, so that neighbours share a page and
 * a record that changes often is written once. It has come round when every record that was there
 * when it began has been written, or replaced by one in a later piece of the redo; then the redo
 * begins where the sweep began. How far it must have come follows from how much was written since
 * it began: so no commit does much more than another, and overlay and redo stay within their
 * bounds. */
#include "store/store_damage.h"
#include "store/store_lmdb_private.h"

enum {
    SLICES = 512,              /* of a sweep, at least as much work each as a commit's own */
    TRIM_FACTOR = 2,           /* pieces removed for each one written, so that it comes to an end */
    WRITE_BACK_RECORDS = 8192, /* in one transaction, when all is written back */
};

/* --- one slice -------------------------------------------------------------------------------- */

/* The first entry that this sweep has not met. */
static struct overlay_entry *next_entry(const struct overlay *overlay,
                                        const struct lmdb_sweep *sweep)
{
    return overlay_at_least(overlay, bytes_of(sweep->hand, sweep->hand_len));
}

/* The next possible key is this one with a zero byte behind it. */
static void pass(struct lmdb_sweep *sweep, struct bytes key)
{
    memcpy(sweep->hand, key.data, key.len);
    sweep->hand[key.len] = 0;
    sweep->hand_len = key.len + 1;
}

/* Until no more than `left_max` of the old records are left. What this batch has written is passed
 * over: the table may not show it before the overlay does. */
static enum result write_slice(struct lmdb_batch *batch, uint64_t left_max, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    struct lmdb_sweep *sweep = &lmdb->sweep;
    struct overlay_entry *entry = NULL;
    struct lmdb_fill fill = {.batch = batch};
    if (sweep->left > left_max)
        entry = next_entry(&lmdb->overlay, sweep);
    batch->has_slice = true;
    batch->slice_len = sweep->hand_len;
    memcpy(batch->slice, sweep->hand, sweep->hand_len);
    for (; sweep->left > left_max; entry = overlay_next(&lmdb->overlay, entry)) {
        MUST(entry != NULL);
        TRY(lmdb_batch_fault(batch, lmdb_fill_add(&fill, entry), fault));
        if (entry->number < sweep->end)
            sweep->left--;
        pass(sweep, overlay_key(&lmdb->overlay, entry));
    }
    return lmdb_batch_fault(batch, lmdb_fill_end(&fill), fault);
}

void lmdb_sweep_settle(struct lmdb_batch *batch)
{
    struct lmdb_store *lmdb = batch->lmdb;
    if (!batch->has_slice)
        return;
    pthread_mutex_lock(&lmdb->overlay_mutex);
    overlay_remove(&lmdb->overlay, bytes_of(batch->slice, batch->slice_len),
                   bytes_of(lmdb->sweep.hand, lmdb->sweep.hand_len), batch->number);
    pthread_mutex_unlock(&lmdb->overlay_mutex);
}

/* --- the sweep -------------------------------------------------------------------------------- */

void lmdb_sweep_begin(struct lmdb_store *lmdb)
{
    if (lmdb->sweep.left > 0)
        return;
    lmdb->sweep = (struct lmdb_sweep){
        .end = lmdb->redo_next, .total = lmdb->overlay.count, .left = lmdb->overlay.count};
}

void lmdb_sweep_replace(struct lmdb_store *lmdb, const struct overlay_entry *entry)
{
    if (entry->number != 0 && entry->number < lmdb->sweep.end)
        lmdb->sweep.left--;
}

enum result lmdb_sweep_go_on(struct lmdb_batch *batch, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    struct lmdb_sweep *sweep = &lmdb->sweep;
    sweep->spent += batch->cost;
    sweep->pieces += batch->redo_next - batch->number;
    uint64_t lag = lmdb->lag_max;
    bool is_due = sweep->spent >= lag || sweep->spent - sweep->slice_spent >= lag / SLICES;
    if (!is_due && sweep->left > 0)
        return RESULT_OK;
    uint64_t done = sweep->spent < lag ? sweep->total * sweep->spent / lag : sweep->total;
    TRY(write_slice(batch, sweep->total - done, fault));
    sweep->slice_spent = sweep->spent;
    if (sweep->left == 0 && sweep->end > lmdb->redo_from) {
        TRY(lmdb_redo_set_from(batch, sweep->end, fault));
        lmdb->sweeps++;
    }
    uint64_t pieces = sweep->pieces;
    sweep->pieces = 0;
    return lmdb_redo_trim(batch, TRIM_FACTOR * pieces, fault);
}

/* --- everything ------------------------------------------------------------------------------- */

static enum result write_back_some(struct lmdb_batch *batch, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    struct lmdb_sweep *sweep = &lmdb->sweep;
    int code = mdb_cursor_open(batch->txn, lmdb->records, &batch->records);
    TRY(lmdb_batch_fault(batch, code, fault));
    uint64_t left = sweep->left;
    TRY(write_slice(batch, left > WRITE_BACK_RECORDS ? left - WRITE_BACK_RECORDS : 0, fault));
    if (sweep->left > 0)
        return RESULT_OK;
    TRY(lmdb_redo_set_from(batch, lmdb->redo_next, fault));
    return lmdb_redo_clear(batch, fault);
}

enum result lmdb_sweep_write_back(struct lmdb_store *lmdb, struct fault *fault)
{
    store_damage_reading(lmdb->folder);
    lmdb->sweep.left = 0; /* one of its own */
    lmdb_sweep_begin(lmdb);
    while (lmdb->redo_first < lmdb->redo_next) {
        struct lmdb_batch batch = {
            .lmdb = lmdb, .number = lmdb->redo_next, .redo_next = lmdb->redo_next};
        TRY(lmdb_batch_fault(&batch, mdb_txn_begin(lmdb->env, NULL, 0, &batch.txn), fault));
        enum result result = write_back_some(&batch, fault);
        if (result != RESULT_OK) {
            mdb_txn_abort(batch.txn);
            return result;
        }
        TRY(lmdb_batch_fault(&batch, mdb_txn_commit(batch.txn), fault));
        lmdb_sweep_settle(&batch);
    }
    return RESULT_OK;
}
