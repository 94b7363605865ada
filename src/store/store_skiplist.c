/* The ordered records of the store in memory. */
#include "store/store_skiplist.h"

#include "store/store_record.h"

#include <stdlib.h>

void skiplist_init(struct skiplist *list)
{
    *list = (struct skiplist){.random = random_seeded(0)};
}

static void node_free(struct skiplist_node *node)
{
    free(node->value);
    free(node);
}

void skiplist_deinit(struct skiplist *list)
{
    struct skiplist_node *node = list->first[0];
    while (node != NULL) {
        struct skiplist_node *next = node->next[0];
        node_free(node);
        node = next;
    }
    *list = (struct skiplist){0};
}

struct bytes skiplist_key(const struct skiplist_node *node)
{
    return bytes_of(node->key, node->key_len);
}

struct bytes skiplist_value(const struct skiplist_node *node)
{
    return bytes_of(node->value, node->len);
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
    for (unsigned level = SKIPLIST_LEVELS; level-- > 0;) {
        struct skiplist_node **link = before ? &before->next[level] : &list->first[level];
        while (*link != NULL && compare(*link, key) < 0) {
            before = *link;
            link = &before->next[level];
        }
        links[level] = link;
    }
}

struct skiplist_node *skiplist_at_least(const struct skiplist *list, struct bytes key)
{
    const struct skiplist_node *before = NULL;
    struct skiplist_node *node = NULL;
    for (unsigned level = SKIPLIST_LEVELS; level-- > 0;) {
        node = before ? before->next[level] : list->first[level];
        while (node != NULL && compare(node, key) < 0) {
            before = node;
            node = node->next[level];
        }
    }
    return node;
}

struct skiplist_node *skiplist_find(const struct skiplist *list, struct bytes key)
{
    struct skiplist_node *node = skiplist_at_least(list, key);
    return node != NULL && compare(node, key) == 0 ? node : NULL;
}

static unsigned random_levels(struct skiplist *list)
{
    unsigned levels = 1;
    for (uint64_t bits = random_next(&list->random); (bits & 3) == 0; bits >>= 2)
        if (++levels == SKIPLIST_LEVELS)
            break;
    return levels;
}

static struct skiplist_node *node_insert(struct skiplist *list, struct bytes key,
                                         struct skiplist_node **links[SKIPLIST_LEVELS])
{
    MUST(key.len <= STORE_KEY_MAX);
    unsigned levels = random_levels(list);
    struct skiplist_node *node = calloc(1, sizeof *node + levels * sizeof(struct skiplist_node *));
    MUST(node != NULL);
    node->levels = levels;
    node->key_len = (uint8_t)key.len;
    if (key.len > 0)
        memcpy(node->key, key.data, key.len);
    for (unsigned level = 0; level < levels; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
    return node;
}

void skiplist_put(struct skiplist *list, struct bytes key, struct bytes value)
{
    struct skiplist_node **links[SKIPLIST_LEVELS];
    find_links(list, key, links);
    struct skiplist_node *node = *links[0];
    if (node == NULL || compare(node, key) != 0)
        node = node_insert(list, key, links);
    if (node->value == NULL || node->len != value.len) {
        uint8_t *grown = realloc(node->value, value.len > 0 ? value.len : 1);
        MUST(grown != NULL);
        node->value = grown;
    }
    node->len = value.len;
    if (value.len > 0)
        memcpy(node->value, value.data, value.len);
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
    node_free(node);
}
