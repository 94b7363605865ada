/* Copies stretches of a store out of short read transactions.
 *
 * An open read transaction keeps every page it can see from being used again. So it lasts as long
 * as copying a stretch, and is reset, its slot kept, before the caller sees anything. */
#include "store/store_damage.h"
#include "store/store_lmdb_private.h"

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

static int copy_records(struct lmdb_store *lmdb, struct bytes first, struct stretch *stretch)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(lmdb->reader, lmdb->records, &cursor);
    if (code != 0)
        return code;
    MDB_val key = {first.len, (void *)(uintptr_t)first.data}, value;
    code = mdb_cursor_get(cursor, &key, &value, first.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
    while (code == 0 && stretch_add(stretch, bytes_of_val(&key), bytes_of_val(&value)))
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

enum result lmdb_read_records(struct store *store, struct bytes first, struct stretch *stretch,
                              struct fault *fault)
{
    struct lmdb_store *lmdb = (struct lmdb_store *)store;
    int code = snapshot_begin(lmdb);
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    code = copy_records(lmdb, first, stretch);
    mdb_txn_reset(lmdb->reader);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

static int copy_log(struct lmdb_store *lmdb, uint64_t from, struct stretch *stretch)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(lmdb->reader, lmdb->log, &cursor);
    if (code != 0)
        return code;
    uint64_t number = from;
    MDB_val key = {sizeof number, &number}, value;
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0) {
        memcpy(&number, key.mv_data, sizeof number);
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
