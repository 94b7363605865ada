/* Sides: items through a sorter, key by key. */
#include "clearing/side.h"

enum result side_open(struct side *side, size_t memory, const char *folder, struct fault *fault)
{
    *side = (struct side){0};
    return sorter_open(ITEM_RECORD_LEN, memory, folder, &side->sorter, fault);
}

void side_close(struct side *side)
{
    sorter_close(side->sorter);
    *side = (struct side){0};
}

enum result side_add(struct side *side, const struct item *item, struct fault *fault)
{
    uint8_t record[ITEM_RECORD_LEN];
    item_encode(item, record);
    return sorter_add(side->sorter, record, fault);
}

enum result side_skip(struct side *side, struct fault *fault)
{
    const void *record;
    side->has_next = side->behind != NULL;
    if (!side->has_next)
        return RESULT_OK;
    memcpy(side->next, side->behind, sizeof side->next);
    TRY(sorter_next(side->sorter, &record, fault));
    side->behind = record;
    return RESULT_OK;
}

enum result side_sort(struct side *side, struct fault *fault)
{
    const void *record;
    TRY(sorter_sort(side->sorter, fault));
    TRY(sorter_next(side->sorter, &record, fault));
    side->behind = record;
    return side_skip(side, fault);
}

/* What undoes comes first, and each takes one away that stands. */
static void settle(struct side_group *group, const struct item *item)
{
    struct item *last = &group->items[group->count];
    if ((item->flags & ITEM_UNDOES) != 0) {
        group->unpaired++;
        group->items[0] = *item;
        group->items[0].state = ITEM_REVERSED;
    } else if (!item_stands(item)) {
        if (group->unpaired + group->undone == 0)
            group->items[0] = *item;
    } else if (group->unpaired > 0) {
        group->unpaired--;
        group->undone++;
    } else if ((item->flags & (ITEM_BELIEVED | ITEM_TOLD)) != 0 && group->count > 0)
        return; /* a notice that was given twice is one unfreeze */
    else if (group->count == SIDE_GROUP_MAX)
        group->more++;
    else {
        *last = *item;
        group->count++;
    }
}

enum result side_take(struct side *side, struct side_group *group, struct fault *fault)
{
    bool is_last = false;
    MUST(side->has_next);
    group->count = 0;
    group->more = 0;
    group->undone = group->unpaired = 0;
    while (!is_last) {
        struct item item;
        item_decode(side->next, &item);
        settle(group, &item);
        is_last = side_is_single(side);
        TRY(side_skip(side, fault));
    }
    group->stands = group->count > 0;
    if (!group->stands)
        group->count = 1;
    return RESULT_OK;
}
