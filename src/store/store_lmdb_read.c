/* Copies stretches of a store out of short read transactions.
 *
 * An open read transaction keeps every page it can see from being used again. So it lasts as long
 * as copying a stretch, and is reset, its slot kept, before the caller sees anything. */
#include "store/store_damage.h"
#include "store/store_lmdb_private.h"

enum {
    CATCH_UP_BYTES = 1024 * 1024, /* read in a few milliseconds */
    PAGE_LEN = 4096,              /* of the file, and what a processor takes from memory at once */
    LINE_LEN = 64,
    READER_BYTES_MAX = 4 * STORE_LMDB_LAG_MAX, /* a writer's overlay has half of it */
};

static int snapshot_begin(struct lmdb_store *lmdb)
{
    store_damage_reading(lmdb->folder);
    int code = lmdb->reader != NULL ? mdb_txn_renew(lmdb->reader)
                                    : mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->reader);
    if (code != MDB_MAP_RESIZED)
        return code;
    /* A writer has started with a larger maximum since we opened: take its. */
    code = mdb_env_set_mapsize(lmdb->env, 0);
    if (code != 0)
        return code;
    return lmdb->reader != NULL ? mdb_txn_renew(lmdb->reader)
                                : mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->reader);
}

static struct bytes bytes_of_val(const MDB_val *val)
{
    return bytes_of(val->mv_data, val->mv_size);
}

/* --- records: the table, and the overlay over it ------------------------------------------------
 */

/* Both from the first key wanted on. */
struct merge {
    const struct overlay *overlay;
    struct overlay_entry *entry;
    struct bytes sealed; /* of the entry; data NULL: it is deleted */
    uint64_t end;        /* versions with a lower number count */
    MDB_cursor *table;
    MDB_val key, value;
    int code; /* of the table: 0, MDB_NOTFOUND at its end, or a failure */
};

/* The entry, or the next one that counts. */
static void settle_on_entry(struct merge *merge)
{
    while (merge->entry != NULL &&
           !overlay_below(merge->overlay, merge->entry, merge->end, &merge->sealed))
        merge->entry = overlay_next(merge->overlay, merge->entry);
}

static void next_of_overlay(struct merge *merge)
{
    merge->entry = overlay_next(merge->overlay, merge->entry);
    settle_on_entry(merge);
}

static void next_of_table(struct merge *merge)
{
    merge->code = mdb_cursor_get(merge->table, &merge->key, &merge->value, MDB_NEXT);
}

/* < 0: the overlay's record comes now, > 0: the table's, 0: they have the same key. */
static int merge_compare(const struct merge *merge)
{
    if (merge->entry == NULL || merge->code != 0)
        return merge->entry != NULL ? -1 : 1;
    return record_key_compare(overlay_key(merge->overlay, merge->entry), bytes_of_val(&merge->key));
}

static void merge_all(struct merge *merge, struct stretch *stretch)
{
    bool has_room = true;
    while (has_room && (merge->entry != NULL || merge->code == 0)) {
        int order = merge_compare(merge);
        if (order > 0) {
            has_room = stretch_add(stretch, bytes_of_val(&merge->key), bytes_of_val(&merge->value));
            next_of_table(merge);
            continue;
        }
        if (merge->sealed.data != NULL)
            has_room =
                stretch_add(stretch, overlay_key(merge->overlay, merge->entry), merge->sealed);
        if (order == 0)
            next_of_table(merge);
        next_of_overlay(merge);
    }
}

/* In a snapshot that is not older than the overlay. */
static int copy_records(struct lmdb_store *lmdb, struct bytes first, struct stretch *stretch)
{
    struct merge merge = {.overlay = &lmdb->overlay, .end = lmdb->durable_end};
    int code = mdb_cursor_open(lmdb->reader, lmdb->records, &merge.table);
    if (code != 0)
        return code;
    merge.key = lmdb_val(first);
    merge.code = mdb_cursor_get(merge.table, &merge.key, &merge.value,
                                first.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
    merge.entry = overlay_at_least(&lmdb->overlay, first);
    settle_on_entry(&merge);
    if (merge.code == 0 || merge.code == MDB_NOTFOUND)
        merge_all(&merge, stretch);
    mdb_cursor_close(merge.table);
    return merge.code == MDB_NOTFOUND ? 0 : merge.code;
}

/* Brings the reader's own overlay up to the snapshot. Only so much at once that the snapshot stays
 * short: unless is_over another one must be taken. */
static enum result catch_up(struct lmdb_store *lmdb, bool *is_over, struct fault *fault)
{
    uint64_t from;
    TRY(lmdb_redo_from(lmdb, lmdb->reader, &from, fault));
    bool is_too_large = lmdb->overlay.bytes > READER_BYTES_MAX && from > lmdb->reader_from;
    if (from > lmdb->durable_end || is_too_large) { /* the table has what was missed, and more */
        overlay_clear(&lmdb->overlay);
        lmdb->reader_from = lmdb->durable_end = from;
    }
    return lmdb_redo_load(lmdb, lmdb->reader, CATCH_UP_BYTES, is_over, fault);
}

static enum result reader_snapshot(struct lmdb_store *lmdb, struct fault *fault)
{
    for (bool is_over = false; !is_over;) {
        int code = snapshot_begin(lmdb);
        if (code != 0)
            return lmdb_fault(lmdb, code, "read", fault);
        enum result result = catch_up(lmdb, &is_over, fault);
        if (result != RESULT_OK || !is_over)
            mdb_txn_reset(lmdb->reader);
        TRY(result);
    }
    return RESULT_OK;
}

static enum result read_as_reader(struct lmdb_store *lmdb, struct bytes first,
                                  struct stretch *stretch, struct fault *fault)
{
    TRY(reader_snapshot(lmdb, fault));
    int code = copy_records(lmdb, first, stretch);
    mdb_txn_reset(lmdb->reader);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

/* The store thread takes nothing from the overlay meanwhile: so what is not there is in the table
 * of this snapshot, which is taken behind the mutex for that. */
static enum result read_as_writer(struct lmdb_store *lmdb, struct bytes first,
                                  struct stretch *stretch, struct fault *fault)
{
    pthread_mutex_lock(&lmdb->overlay_mutex);
    int code = snapshot_begin(lmdb);
    if (code == 0) {
        code = copy_records(lmdb, first, stretch);
        mdb_txn_reset(lmdb->reader);
    }
    pthread_mutex_unlock(&lmdb->overlay_mutex);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

enum result lmdb_read_records(struct store *store, struct bytes first, struct stretch *stretch,
                              struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    return store->mode == STORE_READ_ONLY ? read_as_reader(lmdb, first, stretch, fault)
                                          : read_as_writer(lmdb, first, stretch, fault);
}

/* --- the log ------------------------------------------------------------------------------------
 */

static void fetch(const uint8_t *page)
{
    for (size_t at = 0; at < PAGE_LEN; at += LINE_LEN)
        __builtin_prefetch(page + at);
}

/* The log grows at its end: its pages lie, mostly, one behind the other, and its records in each
 * from the end to the front, which no processor expects. So the page behind the one that is being
 * copied is asked for in time. */
static void fetch_ahead(const void *value, uintptr_t *page)
{
    uintptr_t here = (uintptr_t)value & ~(uintptr_t)(PAGE_LEN - 1);
    if (here != *page)
        fetch((const uint8_t *)here + PAGE_LEN);
    *page = here;
}

static int copy_log(struct lmdb_store *lmdb, uint64_t from, struct stretch *stretch)
{
    uintptr_t page = 0;
    MDB_cursor *cursor;
    int code = mdb_cursor_open(lmdb->reader, lmdb->log, &cursor);
    if (code != 0)
        return code;
    uint64_t number = from;
    MDB_val key = {sizeof number, &number}, value;
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0) {
        memcpy(&number, key.mv_data, sizeof number);
        fetch_ahead(value.mv_data, &page);
        if (!stretch_add_numbered(stretch, number, bytes_of_val(&value)))
            break;
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

enum result lmdb_read_log(struct store *store, uint64_t from, struct stretch *stretch,
                          struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    int code = snapshot_begin(lmdb);
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    code = copy_log(lmdb, from, stretch);
    mdb_txn_reset(lmdb->reader);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

enum result lmdb_read_date(struct store *store, uint32_t date, uint8_t out[DATE_RANGE_LEN],
                           size_t *len, struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    int code = snapshot_begin(lmdb);
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    MDB_val key = {sizeof date, &date}, value = {0, NULL};
    code = mdb_get(lmdb->reader, lmdb->dates, &key, &value);
    /* Longer than ours: cut, so that it does not verify. */
    *len = value.mv_size < DATE_RANGE_LEN ? value.mv_size : DATE_RANGE_LEN;
    if (code == 0 && *len > 0)
        memcpy(out, value.mv_data, *len);
    mdb_txn_reset(lmdb->reader);
    if (code == MDB_NOTFOUND)
        *len = 0;
    return code == 0 || code == MDB_NOTFOUND ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}
