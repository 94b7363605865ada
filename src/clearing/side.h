/* One side of a comparison: items put in as they are found, and taken out key by key, settled.
 *
 * Sorted in bounded memory (sorter.h). What was taken back within one key is gone before anybody
 * compares it: a debit that was reversed is no debit, and a freeze that was reversed may be in a
 * file or not. */
#ifndef CLEARING_SIDE_H
#define CLEARING_SIDE_H

#include "clearing/item.h"
#include "clearing/sorter.h"

enum {
    /* Of one key; who has the same item more often has a fault that the first ones tell of. */
    SIDE_GROUP_MAX = 256,
};

/* All of one key. */
struct side_group {
    /* Whether it counts: else it is one item that was REVERSED or REFUSED, told for its words. */
    bool stands;
    size_t count;  /* at least 1 */
    uint64_t more; /* behind the first SIDE_GROUP_MAX */
    /* What undoes: how often it found something to take away, and how often not. */
    uint64_t undone, unpaired;
    struct item items[SIDE_GROUP_MAX];
};

struct side {
    struct sorter *sorter;
    bool has_next;
    uint8_t next[ITEM_RECORD_LEN]; /* the record of the next item */
    const uint8_t *behind;         /* that of the one after it; NULL: there is none */
};

/* `folder` as sorter_open(). */
MUST_USE enum result side_open(struct side *side, size_t memory, const char *folder,
                               struct fault *fault);
void side_close(struct side *side); /* accepts zeroed memory */
MUST_USE enum result side_add(struct side *side, const struct item *item, struct fault *fault);
/* Nothing is added any more; side->next is the first record, if there is one. */
MUST_USE enum result side_sort(struct side *side, struct fault *fault);
/* Takes all items of the key of side->next, which there is. An item that undoes is not among them.
 */
MUST_USE enum result side_take(struct side *side, struct side_group *group, struct fault *fault);

/* Goes past the next one. */
MUST_USE enum result side_skip(struct side *side, struct fault *fault);

/* Whether the next one is the only one of its key. */
static inline bool side_is_single(const struct side *side)
{
    return side->behind == NULL || memcmp(side->next, side->behind, ITEM_KEY_LEN) != 0;
}

#endif
