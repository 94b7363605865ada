/* Ordered keys. */
#include "store/store_skiplist.h"

#include "store/store_record.h"

enum {
    FINGER_CLIMB = 3,    /* levels; what is further away is looked for from the beginning */
    FETCH_WALKS = 16,    /* side by side: more than a processor waits for at once */
    NODE_HEAD_LINKS = 1, /* most nodes have one, the key stands behind it */
};

void skiplist_init(struct skiplist *list, size_t item_size)
{
    MUST(item_size % sizeof(void *) == 0);
    *list = (struct skiplist){.random = random_seeded(0), .item_size = item_size};
}

void *skiplist_item(const struct skiplist *list, struct skiplist_node *node)
{
    return (uint8_t *)node - list->item_size;
}

struct skiplist_node *skiplist_node_of(const struct skiplist *list, void *item)
{
    return (struct skiplist_node *)(void *)((uint8_t *)item + list->item_size);
}

void skiplist_deinit(struct skiplist *list)
{
    slab_deinit(&list->slab);
    *list = (struct skiplist){.item_size = list->item_size};
}

struct bytes skiplist_key(const struct skiplist_node *node)
{
    return bytes_of(&node->next[node->levels], node->key_len);
}

static int compare(const struct skiplist_node *node, struct bytes key)
{
    return record_key_compare(skiplist_key(node), key);
}

/* The link behind this node, or the first one. */
static struct skiplist_node **link_of(struct skiplist *list, struct skiplist_node *before,
                                      unsigned level)
{
    return before != NULL ? &before->next[level] : &list->first[level];
}

static bool is_less(const struct skiplist_node *node, struct bytes key)
{
    return node != NULL && compare(node, key) < 0;
}

/* Per level the last node less than the key. */
static void find_before(struct skiplist *list, struct bytes key,
                        struct skiplist_node *before[SKIPLIST_LEVELS])
{
    struct skiplist_node *node = NULL, *not_less = NULL;
    for (unsigned level = SKIPLIST_LEVELS; level-- > 0;) {
        struct skiplist_node *next = *link_of(list, node, level);
        while (next != not_less && is_less(next, key)) {
            node = next;
            next = node->next[level];
        }
        not_less = next; /* often the same one level lower: it is compared once */
        before[level] = node;
    }
}

/* The same in the finger's own nodes, for the `levels` lowest at least; quick when the key is not
 * far behind them. What others have put between is found on the way: only a level on which the
 * next node is not less any more is believed. */
static void find_from(struct skiplist *list, struct skiplist_finger *finger, struct bytes key,
                      unsigned levels)
{
    struct skiplist_node **before = finger->before;
    unsigned level = levels - 1;
    unsigned end = level + FINGER_CLIMB < SKIPLIST_LEVELS ? level + FINGER_CLIMB : SKIPLIST_LEVELS;
    if (!finger->is_set || (before[0] != NULL && compare(before[0], key) >= 0))
        level = end;
    while (level < end && is_less(*link_of(list, before[level], level), key))
        level++;
    finger->is_set = true;
    if (level >= end) {
        find_before(list, key, before);
        return;
    }
    bool has_moved = false;
    for (struct skiplist_node *node = before[level]; level-- > 0; before[level] = node) {
        if (!has_moved)
            node = before[level];
        for (; is_less(*link_of(list, node, level), key); has_moved = true)
            node = *link_of(list, node, level);
    }
}

struct skiplist_node *skiplist_at_least(const struct skiplist *list, struct bytes key)
{
    const struct skiplist_node *before = NULL, *not_less = NULL;
    struct skiplist_node *node = NULL;
    for (unsigned level = SKIPLIST_LEVELS; level-- > 0;) {
        node = before ? before->next[level] : list->first[level];
        while (node != NULL && node != not_less && compare(node, key) < 0) {
            before = node;
            node = node->next[level];
        }
        not_less = node;
    }
    return node;
}

/* A search that goes one node at a time. */
struct walk {
    struct bytes key;
    const struct skiplist_node *before, *next, *not_less;
    unsigned levels; /* left */
};

static void walk_look(const struct skiplist *list, struct walk *walk)
{
    unsigned level = walk->levels - 1;
    walk->next = walk->before != NULL ? walk->before->next[level] : list->first[level];
    if (walk->next == NULL)
        return;
    __builtin_prefetch(walk->next);
    __builtin_prefetch(&walk->next->next[NODE_HEAD_LINKS]); /* the key */
}

/* false: the place is found. */
static bool walk_on(const struct skiplist *list, struct walk *walk)
{
    if (walk->next != walk->not_less && is_less(walk->next, walk->key))
        walk->before = walk->next;
    else {
        walk->not_less = walk->next;
        walk->levels--;
    }
    if (walk->levels > 0)
        walk_look(list, walk);
    return walk->levels > 0;
}

static void walk_together(const struct skiplist *list, const struct bytes *keys, unsigned count)
{
    struct walk walks[FETCH_WALKS];
    for (unsigned i = 0; i < count; i++) {
        walks[i] = (struct walk){.key = keys[i], .levels = SKIPLIST_LEVELS};
        walk_look(list, &walks[i]);
    }
    while (count > 0)
        for (unsigned i = count; i-- > 0;)
            if (!walk_on(list, &walks[i]))
                walks[i] = walks[--count];
}

void skiplist_fetch(const struct skiplist *list, const struct bytes *keys, unsigned count)
{
    for (unsigned from = 0; from < count; from += FETCH_WALKS)
        walk_together(list, keys + from, count - from < FETCH_WALKS ? count - from : FETCH_WALKS);
}

struct skiplist_node *skiplist_find(const struct skiplist *list, struct bytes key)
{
    struct skiplist_node *node = skiplist_at_least(list, key);
    return node != NULL && compare(node, key) == 0 ? node : NULL;
}

static uint8_t random_levels(struct skiplist *list)
{
    uint8_t levels = 1;
    for (uint64_t bits = random_next(&list->random); (bits & 3) == 0; bits >>= 2)
        if (++levels == SKIPLIST_LEVELS)
            break;
    return levels;
}

static size_t node_size(const struct skiplist *list, unsigned levels, size_t key_len)
{
    return list->item_size + sizeof(struct skiplist_node) +
           levels * sizeof(struct skiplist_node *) + key_len;
}

static struct skiplist_node *node_insert(struct skiplist *list, struct bytes key,
                                         struct skiplist_node *before[SKIPLIST_LEVELS],
                                         uint8_t levels)
{
    MUST(key.len <= STORE_KEY_MAX);
    void *item = slab_take(&list->slab, node_size(list, levels, key.len));
    struct skiplist_node *node = skiplist_node_of(list, item);
    memset(item, 0, list->item_size);
    node->levels = levels;
    node->key_len = (uint8_t)key.len;
    if (key.len > 0)
        memcpy(&node->next[levels], key.data, key.len);
    for (unsigned level = 0; level < levels; level++) {
        node->next[level] = *link_of(list, before[level], level);
        *link_of(list, before[level], level) = node;
        before[level] = node;
    }
    return node;
}

static void node_free(struct skiplist *list, struct skiplist_node *node)
{
    slab_give(&list->slab, skiplist_item(list, node), node_size(list, node->levels, node->key_len));
}

struct skiplist_node *skiplist_put(struct skiplist *list, struct bytes key)
{
    struct skiplist_finger *finger =
        &list->fingers[key.len > 0 ? key.data[0] % SKIPLIST_FINGERS : 0];
    uint8_t levels = random_levels(list);
    find_from(list, finger, key, levels);
    struct skiplist_node *node = *link_of(list, finger->before[0], 0);
    return node != NULL && compare(node, key) == 0 ? node
                                                   : node_insert(list, key, finger->before, levels);
}

static void forget_fingers(struct skiplist *list)
{
    for (unsigned i = 0; i < SKIPLIST_FINGERS; i++)
        list->fingers[i].is_set = false;
}

/* The places go along, so that nothing is searched for again. */
void skiplist_delete_range(struct skiplist *list, struct bytes first, struct bytes end,
                           skiplist_takes_fn *takes, void *context)
{
    struct skiplist_node *before[SKIPLIST_LEVELS];
    find_before(list, first, before);
    forget_fingers(list);
    struct skiplist_node *node;
    while (is_less(node = *link_of(list, before[0], 0), end)) {
        bool is_taken = takes(context, skiplist_item(list, node));
        for (unsigned level = 0; level < node->levels; level++)
            if (is_taken)
                *link_of(list, before[level], level) = node->next[level];
            else
                before[level] = node;
        if (is_taken)
            node_free(list, node);
    }
}

void skiplist_delete(struct skiplist *list, struct bytes key)
{
    struct skiplist_node *before[SKIPLIST_LEVELS];
    find_before(list, key, before);
    struct skiplist_node *node = *link_of(list, before[0], 0);
    if (node == NULL || compare(node, key) != 0)
        return;
    forget_fingers(list);
    for (unsigned level = 0; level < node->levels; level++)
        *link_of(list, before[level], level) = node->next[level];
    node_free(list, node);
}
