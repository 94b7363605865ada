/* What lies over a table that follows: the newest version of each record written since, by key and
 * in the order of keys. A deleted record has a version too, which hides the one in the table.
 *
 * A version has the number of the batch that wrote it. Until that batch is durable, the version
 * before it is kept beside it: who reads what is durable takes that one. Knows nothing of LMDB,
 * locks and durability. Without memory it stops the process (MUST). */
#ifndef STORE_STORE_OVERLAY_H
#define STORE_STORE_OVERLAY_H

#include "store/store_skiplist.h"

enum {
    OVERLAY_BUCKETS = 1 << 16, /* about half as many records are in it when much is written */
    OVERLAY_RECORD_COST = 128, /* memory of a record beside its key and value, rounded up */
};

struct overlay_entry {
    struct overlay_entry *chain; /* of its bucket */
    uint64_t number;
    uint32_t hash;
    bool is_deleted;
    bool has_kept; /* there was a version before */
    uint16_t room; /* at `sealed` */
    uint32_t len;
    uint32_t kept_at; /* the version before, while this one is not durable */
    uint8_t *sealed;
};

struct overlay {
    struct skiplist list;
    struct overlay_entry **buckets;
    uint8_t *kept; /* versions that the present batch has replaced */
    size_t kept_len, kept_room;
    size_t count;
    uint64_t bytes; /* of memory, as overlay_cost() has it */
};

void overlay_init(struct overlay *overlay);
void overlay_deinit(struct overlay *overlay); /* accepts zeroed memory */
/* Forgets everything. */
void overlay_clear(struct overlay *overlay);

/* What a record of this key and this sealed length takes in memory. */
uint64_t overlay_cost(size_t key_len, size_t sealed_len);

/* Brings into the processor's cache what the next steps, at most OVERLAY_FETCH_STEPS from this one
 * on, will look for. Finding a record is waiting for memory three times, finding the place of a new
 * one some twenty times; a batch is known beforehand, and its keys can wait side by side. */
enum { OVERLAY_FETCH_STEPS = 8 };
void overlay_fetch(const struct overlay *overlay, const struct store_step *step);

/* NULL: there is none. An entry stays where it is until it is removed. */
struct overlay_entry *overlay_find(const struct overlay *overlay, struct bytes key);
struct overlay_entry *overlay_at_least(const struct overlay *overlay, struct bytes key);
struct overlay_entry *overlay_next(const struct overlay *overlay, struct overlay_entry *entry);
struct bytes overlay_key(const struct overlay *overlay, struct overlay_entry *entry);

/* The entry of this key; a new one has number 0 and must be given a version at once. */
struct overlay_entry *overlay_enter(struct overlay *overlay, struct bytes key);
/* Copies the sealed record; data NULL: it is deleted. `number` is that of the present batch, and
 * not 0: a version of an older one is kept. Numbers only grow (MUST). */
void overlay_write(struct overlay *overlay, struct overlay_entry *entry, uint64_t number,
                   struct bytes sealed);
/* The present batch is durable: what it has replaced is let go. */
void overlay_settle(struct overlay *overlay);
/* Removes the entries with from <= key < end and a number below `number`. */
void overlay_remove(struct overlay *overlay, struct bytes from, struct bytes end, uint64_t number);

/* The newest version; data NULL: it is deleted. */
struct bytes overlay_newest(const struct overlay_entry *entry);
/* The newest one of a batch with a number below `end`, and whether there is one: false, the
 * table's counts. All versions from `end` on are of one batch. */
bool overlay_below(const struct overlay *overlay, const struct overlay_entry *entry, uint64_t end,
                   struct bytes *sealed);

#endif
