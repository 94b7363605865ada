/* Puts records of the overlay into the table so that its pages become full.
 *
 * LMDB leaves pages half empty in two ways that are the rule here. Keys that come in order, but
 * before a larger one on the same page - those of one institution before those of the next - split
 * the page in the middle each time it is full. And records that become shorter, as one with a
 * stored answer does when that is forgotten, leave their page as it is. So records that go between
 * the same two of the table are gathered into a run, those that become much shorter are taken out
 * for it; before a run of a page and more the records behind it on its page are taken out too. Then
 * all are put in their order, each behind the last one on its page, and pages fill up. */
#include "store/store_lmdb_private.h"

enum {
    PAGE = 4096,
    CHUNK_PAGES = 3, /* of a run, between two looks at how full they became */
    RUN_LONG = PAGE, /* bytes: from here on what stands behind it is worth moving */
    TAIL_MAX = 4 * PAGE,
    SHORTER_PART = 4, /* much shorter: by more than a quarter of what is left */
    RECORD_ROOM = 10, /* LMDB's, beside key and value */
};

/* Records behind a run, taken out. */
struct tail {
    unsigned count;
    struct writer data;
    uint8_t bytes[TAIL_MAX];
};

static bool is_key(const MDB_val *key)
{
    return key->mv_size > 0 && key->mv_size <= STORE_KEY_MAX;
}

/* About as many as a page holds, from this key on; fewer when there is no more room. */
static int tail_take(struct lmdb_batch *batch, struct bytes from, struct tail *tail)
{
    size_t end = tail->data.len + PAGE;
    int code = 0;
    while (code == 0 && tail->data.len < end) {
        MDB_val key = lmdb_val(from), value;
        code = mdb_cursor_get(batch->records, &key, &value, MDB_SET_RANGE);
        if (code != 0)
            break;
        if (!is_key(&key))
            return MDB_CORRUPTED;
        struct writer w = tail->data;
        write_u16(&w, (uint16_t)key.mv_size);
        write_u16(&w, (uint16_t)value.mv_size);
        write_bytes(&w, key.mv_data, key.mv_size);
        write_bytes(&w, value.mv_data, value.mv_size);
        if (w.bad || value.mv_size > UINT16_MAX)
            return 0;
        tail->data = w;
        tail->count++;
        code = mdb_cursor_del(batch->records, 0);
    }
    return code == MDB_NOTFOUND ? 0 : code;
}

static int tail_put(struct lmdb_batch *batch, const struct tail *tail)
{
    struct reader r = reader_of(bytes_of(tail->data.data, tail->data.len));
    int code = 0;
    for (unsigned i = 0; i < tail->count && code == 0; i++) {
        size_t key_len = read_u16(&r), len = read_u16(&r);
        struct bytes key_bytes = bytes_of(reader_take(&r, key_len), key_len);
        MDB_val key = lmdb_val(key_bytes), value = lmdb_val(bytes_of(reader_take(&r, len), len));
        code = mdb_cursor_put(batch->records, &key, &value, 0);
    }
    return code;
}

static bool is_of_run(const struct lmdb_fill *fill, const struct overlay_entry *entry)
{
    return entry->number < fill->batch->number && !entry->is_deleted;
}

static size_t room_of(const struct overlay *overlay, struct overlay_entry *entry)
{
    return RECORD_ROOM + overlay_key(overlay, entry).len + entry->len;
}

/* Some pages of the run; *entry is the first one that is not there yet. */
static int chunk_put(struct lmdb_fill *fill, struct overlay_entry **entry)
{
    const struct overlay *overlay = &fill->batch->lmdb->overlay;
    int code = 0;
    for (size_t bytes = 0; fill->count > 0 && code == 0 && bytes < CHUNK_PAGES * PAGE;
         fill->count--, *entry = overlay_next(overlay, *entry)) {
        MDB_val key = lmdb_val(overlay_key(overlay, *entry));
        MDB_val value = lmdb_val(overlay_newest(*entry));
        if (!is_of_run(fill, *entry))
            continue;
        code = mdb_cursor_put(fill->batch->records, &key, &value, 0);
        bytes += room_of(overlay, *entry);
    }
    return code;
}

static size_t leaf_pages(const struct lmdb_batch *batch)
{
    MDB_stat stat = {0};
    return mdb_stat(batch->txn, batch->lmdb->records, &stat) == 0 ? stat.ms_leaf_pages : 0;
}

/* Whether records still stand behind the run on its page is seen by the pages that it takes: then
 * they are twice as many as it fills. LMDB moves records between pages as others are removed, so
 * taking them out once need not be enough. */
static int run_put(struct lmdb_fill *fill, struct tail *tail)
{
    const struct overlay *overlay = &fill->batch->lmdb->overlay;
    struct overlay_entry *entry = fill->first;
    bool takes_out = fill->bytes >= RUN_LONG;
    int code = 0;
    while (fill->count > 0 && code == 0) {
        if (takes_out)
            code = tail_take(fill->batch, overlay_key(overlay, entry), tail);
        size_t before = leaf_pages(fill->batch);
        if (code == 0)
            code = chunk_put(fill, &entry);
        takes_out = leaf_pages(fill->batch) > before + CHUNK_PAGES + 1;
    }
    fill->first = NULL;
    return code;
}

int lmdb_fill_end(struct lmdb_fill *fill)
{
    struct tail tail;
    if (fill->first == NULL)
        return 0;
    tail.count = 0;
    tail.data = writer_to(tail.bytes, sizeof tail.bytes);
    int code = run_put(fill, &tail);
    return code == 0 ? tail_put(fill->batch, &tail) : code;
}

/* The record joins the run, or begins one. `next` is the key that the table has behind it, of
 * length 0 when it has none. */
static int run_join(struct lmdb_fill *fill, struct overlay_entry *entry,
                    const struct store_key *next)
{
    int code = 0;
    if (fill->first != NULL &&
        !bytes_equal(bytes_of(next->data, next->len), bytes_of(fill->next.data, fill->next.len)))
        code = lmdb_fill_end(fill);
    if (fill->first == NULL) {
        fill->first = entry;
        fill->bytes = 0;
        fill->next = *next;
    }
    fill->bytes += room_of(&fill->batch->lmdb->overlay, entry);
    return code;
}

/* The first record of the table whose key is not less. */
static int find_at_least(struct lmdb_batch *batch, struct bytes key, struct store_key *found,
                         size_t *value_len)
{
    MDB_val lmdb_key = lmdb_val(key), value;
    int code = mdb_cursor_get(batch->records, &lmdb_key, &value, MDB_SET_RANGE);
    found->len = 0;
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return code;
    if (!is_key(&lmdb_key))
        return MDB_CORRUPTED;
    found->len = (uint8_t)lmdb_key.mv_size;
    memcpy(found->data, lmdb_key.mv_data, lmdb_key.mv_size);
    *value_len = value.mv_size;
    return 0;
}

/* Takes the record found out of the table; the run, if it stood before it, now ends behind it. */
static int take_out(struct lmdb_fill *fill, struct bytes key, struct store_key *found)
{
    size_t ignored;
    bool is_next =
        fill->first != NULL && bytes_equal(bytes_of(fill->next.data, fill->next.len), key);
    int code = mdb_cursor_del(fill->batch->records, 0);
    if (code == 0)
        code = find_at_least(fill->batch, key, found, &ignored);
    if (code == 0 && is_next)
        fill->next = *found;
    return code;
}

static int add_entry(struct lmdb_fill *fill, struct overlay_entry *entry)
{
    struct lmdb_batch *batch = fill->batch;
    struct bytes key = overlay_key(&batch->lmdb->overlay, entry);
    struct store_key found;
    size_t old_len = 0;
    int code = find_at_least(batch, key, &found, &old_len);
    bool is_there = code == 0 && bytes_equal(bytes_of(found.data, found.len), key);
    bool stays =
        is_there && !entry->is_deleted && old_len <= entry->len + entry->len / SHORTER_PART;
    if (stays) {
        MDB_val lmdb_key = lmdb_val(key), value = lmdb_val(overlay_newest(entry));
        code = lmdb_fill_end(fill);
        return code == 0 ? mdb_cursor_put(batch->records, &lmdb_key, &value, 0) : code;
    }
    if (is_there)
        code = take_out(fill, key, &found);
    return code == 0 && !entry->is_deleted ? run_join(fill, entry, &found) : code;
}

int lmdb_fill_add(struct lmdb_fill *fill, struct overlay_entry *entry)
{
    int code = 0;
    if (entry->number < fill->batch->number) /* else it is this batch's own */
        code = add_entry(fill, entry);
    if (fill->first != NULL)
        fill->count++;
    return code;
}
