/* Ordered keys. */
#include "store/store_skiplist.h"

#include "store/store_record.h"

#include <stdlib.h>

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
    struct skiplist_node *node = list->first[0];
    while (node != NULL) {
        struct skiplist_node *next = node->next[0];
        free(skiplist_item(list, node));
        node = next;
    }
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

/* Per level the link that leads to the first node not less than the key. */
static void find_links(struct skiplist *list, struct bytes key,
                       struct skiplist_node **links[SKIPLIST_LEVELS])
{
    struct skiplist_node *before = NULL;
    const struct skiplist_node *not_less = NULL;
    for (unsigned level = SKIPLIST_LEVELS; level-- > 0;) {
        struct skiplist_node **link = before ? &before->next[level] : &list->first[level];
        while (*link != NULL && *link != not_less && compare(*link, key) < 0) {
            before = *link;
            link = &before->next[level];
        }
        not_less = *link; /* often the same one level lower: it is compared once */
        links[level] = link;
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

static struct skiplist_node *node_insert(struct skiplist *list, struct bytes key,
                                         struct skiplist_node **links[SKIPLIST_LEVELS])
{
    MUST(key.len <= STORE_KEY_MAX);
    uint8_t levels = random_levels(list);
    void *item = calloc(1, list->item_size + sizeof(struct skiplist_node) +
                               levels * sizeof(struct skiplist_node *) + key.len);
    MUST(item != NULL);
    struct skiplist_node *node = skiplist_node_of(list, item);
    node->levels = levels;
    node->key_len = (uint8_t)key.len;
    if (key.len > 0)
        memcpy(&node->next[levels], key.data, key.len);
    for (unsigned level = 0; level < levels; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
    return node;
}

struct skiplist_node *skiplist_put(struct skiplist *list, struct bytes key)
{
    struct skiplist_node **links[SKIPLIST_LEVELS];
    find_links(list, key, links);
    struct skiplist_node *node = *links[0];
    return node != NULL && compare(node, key) == 0 ? node : node_insert(list, key, links);
}

void skiplist_delete(struct skiplist *list, struct bytes key)
{
    struct skiplist_node **links[SKIPLIST_LEVELS];
    find_links(list, key, links);
    struct skiplist_node *node = *links[0];
    if (node == NULL || compare(node, key) != 0)
        return;
    for (unsigned level = 0; level < node->levels; level++)
        *links[level] = node->next[level];
    free(skiplist_item(list, node));
}

/* The links go along, so that nothing is searched for again. */
void skiplist_delete_range(struct skiplist *list, struct bytes first, struct bytes end,
                           skiplist_takes_fn *takes, void *context)
{
    struct skiplist_node **links[SKIPLIST_LEVELS];
    find_links(list, first, links);
    for (struct skiplist_node *node = *links[0]; node != NULL && compare(node, end) < 0;
         node = *links[0]) {
        bool is_taken = takes(context, skiplist_item(list, node));
        for (unsigned level = 0; level < node->levels; level++)
            if (is_taken)
                *links[level] = node->next[level];
            else
                links[level] = &node->next[level];
        if (is_taken)
            free(skiplist_item(list, node));
    }
}
