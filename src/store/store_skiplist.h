/* Keys in the order of their bytes, each with an item of a fixed size that is its owner's: what the
 * store in memory and the overlay of the LMDB adapter keep their records by.
 *
 * A skip list with levels from a fixed random stream, so that the same steps always make the same
 * list. Knows nothing of values, steps and seals. Without memory it stops the process (MUST). */
#ifndef STORE_STORE_SKIPLIST_H
#define STORE_STORE_SKIPLIST_H

#include "base/random.h"
#include "store/store.h"
#include "store/store_slab.h"

enum {
    SKIPLIST_LEVELS = 12,  /* one in four goes up: good for 4^12, 16 million keys */
    SKIPLIST_FINGERS = 16, /* a table is the first byte of a key; a process has not many */
};

/* The item stands before it, the key behind the links: what a search looks at lies together. */
struct skiplist_node {
    uint8_t levels, key_len;
    struct skiplist_node *next[]; /* one a level; next[0] is the one after */
};

/* Where the last key with this first byte was put: the next one is often just behind it. Forgotten
 * when anything is deleted. */
struct skiplist_finger {
    bool is_set;
    struct skiplist_node *before[SKIPLIST_LEVELS]; /* the last node less than it; NULL: none is */
};

struct skiplist {
    struct skiplist_node *first[SKIPLIST_LEVELS];
    struct random random;
    size_t item_size;
    struct slab slab; /* also for what items point to */
    struct skiplist_finger fingers[SKIPLIST_FINGERS];
};

/* `item_size` in bytes, a multiple of 8 (MUST). */
void skiplist_init(struct skiplist *list, size_t item_size);
/* Accepts zeroed memory. What items own is their owner's affair. */
void skiplist_deinit(struct skiplist *list);
/* The first node whose key is not less; NULL when there is none. */
struct skiplist_node *skiplist_at_least(const struct skiplist *list, struct bytes key);
struct skiplist_node *skiplist_find(const struct skiplist *list, struct bytes key);
/* The node of this key; a new one has a copy of it and a zeroed item. */
struct skiplist_node *skiplist_put(struct skiplist *list, struct bytes key);
/* Brings into the processor's cache what finding the places of these keys will look at: the
 * searches go side by side, and wait for memory together. Changes nothing. */
void skiplist_fetch(const struct skiplist *list, const struct bytes *keys, unsigned count);
/* Deleting what is not there does nothing. */
void skiplist_delete(struct skiplist *list, struct bytes key);

/* Deletes the nodes with first <= key < end for which `takes` returns true; what it returns it for
 * is gone with its item. */
typedef bool skiplist_takes_fn(void *context, void *item);
void skiplist_delete_range(struct skiplist *list, struct bytes first, struct bytes end,
                           skiplist_takes_fn *takes, void *context);

struct bytes skiplist_key(const struct skiplist_node *node);
void *skiplist_item(const struct skiplist *list, struct skiplist_node *node);
struct skiplist_node *skiplist_node_of(const struct skiplist *list, void *item);

#endif
