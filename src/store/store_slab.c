/* Pieces out of blocks. A free piece begins with the link to the next one, a block too. */
#include "store/store_slab.h"

#include <stdlib.h>

enum {
    BLOCK_SIZE = 64 * 1024,
    BLOCK_HEAD = SLAB_STEP, /* of it the link */
};

struct link {
    struct link *next;
};

static size_t class_of(size_t size)
{
    return size > 0 ? (size - 1) / SLAB_STEP : 0;
}

void slab_deinit(struct slab *slab)
{
    for (struct link *block = slab->blocks; block != NULL;) {
        struct link *next = block->next;
        free(block);
        block = next;
    }
    *slab = (struct slab){.blocks = NULL};
}

static void *cut(struct slab *slab, size_t size)
{
    if (slab->block_left < size) {
        struct link *block = aligned_alloc(SLAB_STEP, BLOCK_SIZE);
        MUST(block != NULL);
        block->next = slab->blocks;
        slab->blocks = block;
        slab->block_left = BLOCK_SIZE - BLOCK_HEAD;
    }
    slab->block_left -= size;
    return (char *)slab->blocks + BLOCK_HEAD + slab->block_left;
}

void *slab_take(struct slab *slab, size_t size)
{
    size_t class = class_of(size);
    if (class >= SLAB_SIZES) {
        void *piece = malloc(size);
        MUST(piece != NULL);
        return piece;
    }
    struct link *piece = slab->free[class];
    if (piece == NULL)
        return cut(slab, (class + 1) * SLAB_STEP);
    slab->free[class] = piece->next;
    return piece;
}

void slab_give(struct slab *slab, void *piece, size_t size)
{
    size_t class = class_of(size);
    if (piece == NULL)
        return;
    if (class >= SLAB_SIZES) {
        free(piece);
        return;
    }
    struct link *link = piece;
    link->next = slab->free[class];
    slab->free[class] = link;
}
