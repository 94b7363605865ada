/* The records written since the tables were last brought up to them. */
#include "store/store_overlay.h"

#include "base/crc32c.h"
#include "store/store_record.h"

#include <stdlib.h>

enum {
    KEPT_FIRST = 64 * 1024, /* grows to what one batch replaces */
    KEPT_HEAD_LEN = 4 + 1,
};

void overlay_init(struct overlay *overlay)
{
    *overlay = (struct overlay){.buckets = calloc(OVERLAY_BUCKETS, sizeof *overlay->buckets)};
    MUST(overlay->buckets != NULL);
    skiplist_init(&overlay->list, sizeof(struct overlay_entry));
}

static struct overlay_entry *entry_of(const struct overlay *overlay, struct skiplist_node *node)
{
    return node != NULL ? skiplist_item(&overlay->list, node) : NULL;
}

void overlay_deinit(struct overlay *overlay)
{
    for (struct skiplist_node *node = overlay->list.first[0]; node != NULL; node = node->next[0]) {
        struct overlay_entry *entry = entry_of(overlay, node);
        slab_give(&overlay->list.slab, entry->sealed, entry->room); /* of the large ones */
    }
    skiplist_deinit(&overlay->list);
    free(overlay->buckets);
    free(overlay->kept);
    *overlay = (struct overlay){.buckets = NULL};
}

void overlay_clear(struct overlay *overlay)
{
    overlay_deinit(overlay);
    overlay_init(overlay);
}

uint64_t overlay_cost(size_t key_len, size_t sealed_len)
{
    return OVERLAY_RECORD_COST + key_len + sealed_len;
}

struct bytes overlay_key(const struct overlay *overlay, struct overlay_entry *entry)
{
    return skiplist_key(skiplist_node_of(&overlay->list, entry));
}

/* --- finding ---------------------------------------------------------------------------------- */

static uint32_t hash_of(struct bytes key)
{
    return crc32c(0, key.data, key.len);
}

static struct overlay_entry **bucket_of(const struct overlay *overlay, uint32_t hash)
{
    return &overlay->buckets[hash % OVERLAY_BUCKETS];
}

static struct overlay_entry *find(const struct overlay *overlay, struct bytes key, uint32_t hash)
{
    struct overlay_entry *entry = *bucket_of(overlay, hash);
    while (entry != NULL && (entry->hash != hash || !bytes_equal(overlay_key(overlay, entry), key)))
        entry = entry->chain;
    return entry;
}

void overlay_fetch(const struct overlay *overlay, const struct store_step *step)
{
    struct bytes keys[OVERLAY_FETCH_STEPS * STORE_STEP_KEYS_MAX];
    uint32_t hashes[OVERLAY_FETCH_STEPS * STORE_STEP_KEYS_MAX];
    unsigned count = 0, new_count = 0;
    for (unsigned i = 0; i < OVERLAY_FETCH_STEPS && step != NULL; i++, step = step->next)
        for (unsigned k = 0; k < step->key_count; k++) {
            keys[count] = bytes_of(step->keys[k].data, step->keys[k].len);
            hashes[count] = hash_of(keys[count]);
            __builtin_prefetch(bucket_of(overlay, hashes[count++]));
        }
    for (unsigned i = 0; i < count; i++) {
        const struct overlay_entry *entry = *bucket_of(overlay, hashes[i]);
        if (entry == NULL)
            continue;
        __builtin_prefetch(entry);
        __builtin_prefetch(entry + 1); /* the key stands behind it */
    }
    for (unsigned i = 0; i < count; i++)
        if (find(overlay, keys[i], hashes[i]) == NULL)
            keys[new_count++] = keys[i];
    skiplist_fetch(&overlay->list, keys, new_count);
}

struct overlay_entry *overlay_find(const struct overlay *overlay, struct bytes key)
{
    return find(overlay, key, hash_of(key));
}

struct overlay_entry *overlay_at_least(const struct overlay *overlay, struct bytes key)
{
    return entry_of(overlay, skiplist_at_least(&overlay->list, key));
}

struct overlay_entry *overlay_next(const struct overlay *overlay, struct overlay_entry *entry)
{
    return entry_of(overlay, skiplist_node_of(&overlay->list, entry)->next[0]);
}

/* --- writing ---------------------------------------------------------------------------------- */

static uint64_t entry_cost(const struct overlay *overlay, struct overlay_entry *entry)
{
    return overlay_cost(overlay_key(overlay, entry).len, entry->room);
}

struct overlay_entry *overlay_enter(struct overlay *overlay, struct bytes key)
{
    uint32_t hash = hash_of(key);
    struct overlay_entry *entry = find(overlay, key, hash);
    if (entry != NULL)
        return entry;
    entry = entry_of(overlay, skiplist_put(&overlay->list, key));
    struct overlay_entry **bucket = bucket_of(overlay, hash);
    entry->hash = hash;
    entry->chain = *bucket;
    *bucket = entry;
    overlay->count++;
    overlay->bytes += entry_cost(overlay, entry);
    return entry;
}

static void keep(struct overlay *overlay, struct overlay_entry *entry)
{
    size_t len = KEPT_HEAD_LEN + entry->len;
    if (len > overlay->kept_room - overlay->kept_len) {
        size_t room = 2 * overlay->kept_room + KEPT_FIRST;
        uint8_t *grown = realloc(overlay->kept, room);
        MUST(grown != NULL);
        overlay->kept = grown;
        overlay->kept_room = room;
    }
    struct writer w = writer_to(overlay->kept + overlay->kept_len, len);
    write_u32(&w, entry->len);
    write_u8(&w, entry->is_deleted);
    write_bytes(&w, entry->sealed, entry->len);
    entry->kept_at = (uint32_t)overlay->kept_len;
    overlay->kept_len += len;
}

static void make_room(struct overlay *overlay, struct overlay_entry *entry, size_t len)
{
    if (len <= entry->room)
        return;
    size_t room = (len + SLAB_STEP - 1) / SLAB_STEP * SLAB_STEP;
    overlay->bytes -= entry_cost(overlay, entry);
    slab_give(&overlay->list.slab, entry->sealed, entry->room);
    entry->sealed = slab_take(&overlay->list.slab, room);
    entry->room = (uint16_t)room;
    overlay->bytes += entry_cost(overlay, entry);
}

void overlay_write(struct overlay *overlay, struct overlay_entry *entry, uint64_t number,
                   struct bytes sealed)
{
    MUST(number >= entry->number && sealed.len <= STORE_VALUE_MAX + RECORD_SEAL_LEN);
    if (entry->number != number) {
        entry->has_kept = entry->number != 0;
        if (entry->has_kept)
            keep(overlay, entry);
    }
    make_room(overlay, entry, sealed.len);
    entry->number = number;
    entry->len = (uint32_t)sealed.len;
    entry->is_deleted = sealed.data == NULL;
    if (sealed.len > 0)
        memcpy(entry->sealed, sealed.data, sealed.len);
}

void overlay_settle(struct overlay *overlay)
{
    overlay->kept_len = 0;
}

struct removal {
    struct overlay *overlay;
    uint64_t number;
};

static bool remove_entry(void *context, void *item)
{
    const struct removal *removal = context;
    struct overlay *overlay = removal->overlay;
    struct overlay_entry *entry = item;
    if (entry->number >= removal->number)
        return false;
    struct overlay_entry **link = bucket_of(overlay, entry->hash);
    while (*link != entry)
        link = &(*link)->chain;
    *link = entry->chain;
    overlay->count--;
    overlay->bytes -= entry_cost(overlay, entry);
    slab_give(&overlay->list.slab, entry->sealed, entry->room);
    return true;
}

void overlay_remove(struct overlay *overlay, struct bytes from, struct bytes end, uint64_t number)
{
    struct removal removal = {overlay, number};
    skiplist_delete_range(&overlay->list, from, end, remove_entry, &removal);
}

/* --- versions --------------------------------------------------------------------------------- */

struct bytes overlay_newest(const struct overlay_entry *entry)
{
    return entry->is_deleted ? (struct bytes){NULL, 0} : bytes_of(entry->sealed, entry->len);
}

bool overlay_below(const struct overlay *overlay, const struct overlay_entry *entry, uint64_t end,
                   struct bytes *sealed)
{
    if (entry->number < end) {
        *sealed = overlay_newest(entry);
        return true;
    }
    if (!entry->has_kept)
        return false;
    struct reader r =
        reader_of(bytes_of(overlay->kept + entry->kept_at, overlay->kept_len - entry->kept_at));
    sealed->len = read_u32(&r);
    bool is_deleted = read_u8(&r) != 0;
    sealed->data = reader_take(&r, sealed->len);
    MUST(!r.bad);
    if (is_deleted)
        *sealed = (struct bytes){NULL, 0};
    return true;
}
