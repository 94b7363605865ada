/* The redo: what makes a commit durable before the table `records` has it.
 *
 * Every batch appends the records it wrote or deleted, each once, in pieces of about a page:
 *
 *   piece    number -> CRC-32C over number and content; content
 *   content  records: length of the key (1), of the sealed value (2; REDO_DELETED: none), both
 *
 * Pieces are numbered without a gap. `meta` has the number of the first one whose records need not
 * all be in the table: the redo is read from there, and those before are removed little by little.
 * A piece fills a page of its own, which LMDB writes and frees without looking at another. */
#include "store/store_lmdb_private.h"

#include "base/crc32c.h"

enum {
    REDO_PIECE_MAX = 4080, /* a page of 4,096 bytes without LMDB's header */
    REDO_SEAL_LEN = 4,
    REDO_RECORD_HEAD_LEN = 1 + 2,
    REDO_DELETED = 0xFFFF,
    REDO_FROM_LEN = 8,
};

static const char FROM_KEY[] = "redo"; /* of `meta` */

static struct bytes from_key(void)
{
    return bytes_of(FROM_KEY, sizeof FROM_KEY - 1);
}

static uint32_t piece_checksum(uint64_t number, struct bytes content)
{
    uint8_t head[8];
    struct writer w = writer_to(head, sizeof head);
    write_u64(&w, number);
    return crc32c(crc32c(0, head, sizeof head), content.data, content.len);
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t record_room(const struct overlay *overlay, struct overlay_entry *entry)
{
    return REDO_RECORD_HEAD_LEN + overlay_key(overlay, entry).len + entry->len;
}

static void write_entry(struct writer *w, const struct overlay *overlay,
                        struct overlay_entry *entry)
{
    struct bytes key = overlay_key(overlay, entry);
    struct bytes sealed = overlay_newest(entry);
    write_u8(w, (uint8_t)key.len);
    write_u16(w, entry->is_deleted ? REDO_DELETED : (uint16_t)sealed.len);
    write_bytes(w, key.data, key.len);
    write_bytes(w, sealed.data, sealed.len);
}

/* Fills LMDB's own page: nothing is copied twice. */
static enum result write_piece(struct lmdb_batch *batch, MDB_cursor *redo,
                               struct overlay_entry *const *entries, size_t count, size_t len,
                               struct fault *fault)
{
    const struct overlay *overlay = &batch->lmdb->overlay;
    uint64_t number = batch->redo_next++;
    MDB_val key = {sizeof number, &number}, value = {len, NULL};
    int code = mdb_cursor_put(redo, &key, &value, MDB_RESERVE | MDB_APPEND);
    if (code != 0)
        return lmdb_batch_fault(batch, code, fault);
    uint8_t *seal = value.mv_data;
    struct writer w = writer_to(seal + REDO_SEAL_LEN, len - REDO_SEAL_LEN);
    for (size_t i = 0; i < count; i++)
        write_entry(&w, overlay, entries[i]);
    MUST(!w.bad && w.len == w.cap);
    struct writer head = writer_to(seal, REDO_SEAL_LEN);
    write_u32(&head, piece_checksum(number, bytes_of(w.data, w.len)));
    return RESULT_OK;
}

enum result lmdb_redo_write(struct lmdb_batch *batch, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    MDB_cursor *redo;
    if (batch->touched_count == 0)
        return RESULT_OK;
    TRY(lmdb_batch_fault(batch, mdb_cursor_open(batch->txn, lmdb->redo, &redo), fault));
    for (size_t first = 0, end; first < batch->touched_count; first = end) {
        size_t len = REDO_SEAL_LEN;
        for (end = first; end < batch->touched_count; end++) {
            size_t room = record_room(&lmdb->overlay, lmdb->touched[end]);
            if (end > first && len + room > REDO_PIECE_MAX)
                break;
            len += room;
        }
        TRY(write_piece(batch, redo, lmdb->touched + first, end - first, len, fault));
    }
    mdb_cursor_close(redo);
    return RESULT_OK;
}

enum result lmdb_redo_set_from(struct lmdb_batch *batch, uint64_t from, struct fault *fault)
{
    uint8_t sealed[REDO_FROM_LEN + RECORD_SEAL_LEN];
    struct writer w = writer_to(sealed, REDO_FROM_LEN);
    write_u64(&w, from);
    record_seal(from_key(), sealed, w.len);
    MDB_val key = lmdb_val(from_key()), value = {sizeof sealed, sealed};
    batch->lmdb->redo_from = from;
    return lmdb_batch_fault(batch, mdb_put(batch->txn, batch->lmdb->meta, &key, &value, 0), fault);
}

enum result lmdb_redo_trim(struct lmdb_batch *batch, uint64_t count, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    MDB_cursor *redo;
    if (lmdb->redo_first >= lmdb->redo_from)
        return RESULT_OK;
    TRY(lmdb_batch_fault(batch, mdb_cursor_open(batch->txn, lmdb->redo, &redo), fault));
    int code = 0;
    for (; count > 0 && lmdb->redo_first < lmdb->redo_from && code == 0; count--) {
        MDB_val key = {sizeof lmdb->redo_first, &lmdb->redo_first}, value;
        code = mdb_cursor_get(redo, &key, &value, MDB_SET);
        if (code == 0)
            code = mdb_cursor_del(redo, 0);
        if (code == MDB_NOTFOUND) /* nobody needs it any more */
            code = 0;
        lmdb->redo_first++;
    }
    mdb_cursor_close(redo);
    return lmdb_batch_fault(batch, code, fault);
}

enum result lmdb_redo_clear(struct lmdb_batch *batch, struct fault *fault)
{
    struct lmdb_store *lmdb = batch->lmdb;
    lmdb->redo_first = lmdb->redo_next;
    return lmdb_batch_fault(batch, mdb_drop(batch->txn, lmdb->redo, 0), fault);
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum result redo_fault(const struct lmdb_store *lmdb, const char *what, uint64_t number,
                              const char *how, struct fault *fault)
{
    return fault_set(fault, RESULT_CORRUPT, "store %s is damaged: %s %llu of table %s %s",
                     lmdb->folder, what, (unsigned long long)number, STORE_LMDB_REDO, how);
}

enum result lmdb_redo_from(const struct lmdb_store *lmdb, MDB_txn *txn, uint64_t *from,
                           struct fault *fault)
{
    MDB_val key = lmdb_val(from_key()), value;
    int code = mdb_get(txn, lmdb->meta, &key, &value);
    *from = 1;
    if (code == MDB_NOTFOUND) /* no sweep has ended yet */
        return RESULT_OK;
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    struct bytes number;
    if (!record_open(from_key(), bytes_of(value.mv_data, value.mv_size), &number) ||
        number.len != REDO_FROM_LEN)
        return fault_set(fault, RESULT_CORRUPT,
                         "store %s is damaged: the checksum of record %s of table %s is wrong",
                         lmdb->folder, FROM_KEY, STORE_LMDB_META);
    struct reader r = reader_of(number);
    *from = read_u64(&r);
    return RESULT_OK;
}

/* false: this is not what was written. */
static bool take_record(struct overlay *overlay, uint64_t number, struct reader *r)
{
    size_t key_len = read_u8(r), len = read_u16(r);
    bool is_deleted = len == REDO_DELETED;
    struct bytes key = bytes_of(reader_take(r, key_len), key_len);
    struct bytes sealed = {NULL, 0};
    if (!is_deleted)
        sealed = bytes_of(reader_take(r, len), len);
    if (r->bad || key.len == 0 || key.len > STORE_KEY_MAX ||
        sealed.len > STORE_VALUE_MAX + RECORD_SEAL_LEN)
        return false;
    struct overlay_entry *entry = overlay_enter(overlay, key);
    overlay_write(overlay, entry, number, sealed);
    overlay_settle(overlay);
    return true;
}

static enum result take_piece(struct lmdb_store *lmdb, uint64_t number, struct bytes piece,
                              struct fault *fault)
{
    struct reader r = reader_of(piece);
    uint32_t checksum = read_u32(&r);
    bool is_good =
        !r.bad && checksum == piece_checksum(number, bytes_of(r.at, (size_t)(r.end - r.at)));
    while (is_good && r.at < r.end)
        is_good = take_record(&lmdb->overlay, number, &r);
    return is_good ? RESULT_OK
                   : redo_fault(lmdb, "the checksum of piece", number, "is wrong", fault);
}

enum result lmdb_redo_load(struct lmdb_store *lmdb, MDB_txn *txn, uint64_t bytes_max, bool *is_over,
                           struct fault *fault)
{
    MDB_cursor *redo;
    int code = mdb_cursor_open(txn, lmdb->redo, &redo);
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    enum result result = RESULT_OK;
    uint64_t bytes = 0, number = lmdb->durable_end;
    MDB_val key = {sizeof number, &number}, value;
    code = mdb_cursor_get(redo, &key, &value, MDB_SET_RANGE);
    while (code == 0 && result == RESULT_OK && bytes < bytes_max) {
        memcpy(&number, key.mv_data, sizeof number);
        if (number != lmdb->durable_end)
            result = redo_fault(lmdb, "piece", lmdb->durable_end, "is missing", fault);
        else
            result = take_piece(lmdb, number, bytes_of(value.mv_data, value.mv_size), fault);
        lmdb->durable_end = number + 1;
        bytes += value.mv_size;
        lmdb->redo_loaded += value.mv_size;
        code = mdb_cursor_get(redo, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(redo);
    TRY(result);
    *is_over = code == MDB_NOTFOUND;
    return code == 0 || code == MDB_NOTFOUND ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

/* The number of the first piece there, needed or not; `none` when there is none. */
static int first_piece(const struct lmdb_store *lmdb, MDB_txn *txn, uint64_t none, uint64_t *number)
{
    MDB_cursor *redo;
    MDB_val key, value;
    int code = mdb_cursor_open(txn, lmdb->redo, &redo);
    if (code != 0)
        return code;
    *number = none;
    code = mdb_cursor_get(redo, &key, &value, MDB_FIRST);
    if (code == 0 && key.mv_size != sizeof *number)
        code = MDB_CORRUPTED;
    if (code == 0)
        memcpy(number, key.mv_data, sizeof *number);
    mdb_cursor_close(redo);
    return code == MDB_NOTFOUND ? 0 : code;
}

static enum result redo_open(struct lmdb_store *lmdb, MDB_txn *txn, struct fault *fault)
{
    bool is_over;
    TRY(lmdb_redo_from(lmdb, txn, &lmdb->redo_from, fault));
    lmdb->durable_end = lmdb->redo_from;
    TRY(lmdb_redo_load(lmdb, txn, UINT64_MAX, &is_over, fault));
    lmdb->redo_next = lmdb->durable_end;
    int code = first_piece(lmdb, txn, lmdb->redo_next, &lmdb->redo_first);
    return code == 0 ? RESULT_OK : lmdb_fault(lmdb, code, "read", fault);
}

enum result lmdb_redo_open(struct lmdb_store *lmdb, struct fault *fault)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return lmdb_fault(lmdb, code, "read", fault);
    enum result result = redo_open(lmdb, txn, fault);
    mdb_txn_abort(txn);
    return result;
}
