/* A fixed number of objects of one size, taken from the machine at the start, so that a step
 * allocates nothing. What is taken is zeroed. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/result.h"

#include <stdint.h>

struct pool {
    uint8_t *memory;
    uint32_t *free; /* indices of objects not taken: a stack */
    bool *taken;    /* a second pool_give() is a bug that must be found at once */
    size_t size;    /* of one object, aligned */
    uint32_t count;
    uint32_t free_count;
};

/* RESULT_LIMIT without memory. */
MUST_USE enum result pool_init(struct pool *pool, size_t count, size_t size, struct fault *fault);
void pool_deinit(struct pool *pool); /* accepts zeroed memory; every object is gone */
/* NULL when all are taken. Aligned for any type. */
void *pool_take(struct pool *pool);
/* The object is the pool's and was taken. */
void pool_give(struct pool *pool, void *object);
/* The object at this index, below `count`; NULL when it is not taken. */
static inline void *pool_at(const struct pool *pool, uint32_t index)
{
    return pool->taken[index] ? pool->memory + index * pool->size : NULL;
}
static inline size_t pool_taken(const struct pool *pool)
{
    return pool->count - pool->free_count;
}

#endif
