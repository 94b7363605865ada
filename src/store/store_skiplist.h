/* Records in memory, in the order of their keys' bytes: what store_memory.c keeps.
 *
 * A skip list with levels from a fixed random stream, so that the same steps always make the same
 * list. Knows nothing of steps and seals. Without memory it stops the process (MUST). */
#ifndef STORE_STORE_SKIPLIST_H
#define STORE_STORE_SKIPLIST_H

#include "base/random.h"
#include "store/store.h"

enum { SKIPLIST_LEVELS = 12 }; /* one in four goes up: good for 4^12, 16 million records */

struct skiplist_node {
    uint8_t *value;
    size_t len;
    uint8_t key_len;
    uint8_t key[STORE_KEY_MAX];
    unsigned levels;
    struct skiplist_node *next[]; /* one a level */
};

struct skiplist {
    struct skiplist_node *first[SKIPLIST_LEVELS];
    struct random random;
};

void skiplist_init(struct skiplist *list);
void skiplist_deinit(struct skiplist *list); /* accepts zeroed memory */
/* The first node whose key is not less; NULL when there is none. next[0] is the one after. */
struct skiplist_node *skiplist_at_least(const struct skiplist *list, struct bytes key);
struct skiplist_node *skiplist_find(const struct skiplist *list, struct bytes key);
/* Copies both; an existing record is replaced. */
void skiplist_put(struct skiplist *list, struct bytes key, struct bytes value);
/* Deleting what is not there does nothing. */
void skiplist_delete(struct skiplist *list, struct bytes key);

struct bytes skiplist_key(const struct skiplist_node *node);
struct bytes skiplist_value(const struct skiplist_node *node);

#endif
