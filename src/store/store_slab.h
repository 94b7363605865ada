/* Memory for many small things that come and go: pieces of a few sizes out of large blocks, a piece
 * given back is the next one taken. Blocks are kept until the end, so its bound is the most that
 * was ever taken. Not for threads. Without memory it stops the process (MUST). */
#ifndef STORE_STORE_SLAB_H
#define STORE_STORE_SLAB_H

#include "base/result.h"

#include <stddef.h>

enum {
    SLAB_STEP = 64,  /* sizes are its multiples: a cache line */
    SLAB_SIZES = 12, /* larger pieces are the C library's */
};

struct slab {
    void *free[SLAB_SIZES]; /* a list for each size */
    void *blocks;           /* the one that is used up, the others behind it */
    size_t block_left;
};

void slab_deinit(struct slab *slab); /* zeroed memory is an empty one; every piece is gone */
/* Not zeroed; at the beginning of a cache line unless it is large. */
void *slab_take(struct slab *slab, size_t size);
/* `size` as it was taken; NULL is accepted. */
void slab_give(struct slab *slab, void *piece, size_t size);

#endif
