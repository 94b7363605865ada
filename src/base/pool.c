/* A fixed number of objects, see pool.h. */
#include "base/pool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum result pool_init(struct pool *pool, size_t count, size_t size, struct fault *fault)
{
    *pool = (struct pool){0};
    size_t align = _Alignof(max_align_t);
    MUST(size > 0 && size < SIZE_MAX - align);
    size = (size + align - 1) / align * align;
    if (count > UINT32_MAX)
        return fault_set(fault, RESULT_LIMIT, "a pool of %zu objects is too large", count);
    size_t places = count == 0 ? 1 : count; /* calloc(0) may return NULL without a failure */
    size_t whole;
    /* The memory is zeroed piece by piece, when it is taken. */
    if (__builtin_mul_overflow(places, size, &whole) || (pool->memory = malloc(whole)) == NULL ||
        (pool->free = calloc(places, sizeof *pool->free)) == NULL ||
        (pool->taken = calloc(places, sizeof *pool->taken)) == NULL) {
        pool_deinit(pool);
        return fault_set(fault, RESULT_LIMIT, "no memory for %zu objects of %zu bytes", count,
                         size);
    }
    pool->size = size;
    pool->count = pool->free_count = (uint32_t)count;
    for (uint32_t i = 0; i < pool->count; i++)
        pool->free[i] = pool->count - 1 - i;
    return RESULT_OK;
}

void pool_deinit(struct pool *pool)
{
    free(pool->memory);
    free(pool->free);
    free(pool->taken);
    *pool = (struct pool){0};
}

void *pool_take(struct pool *pool)
{
    if (pool->free_count == 0)
        return NULL;
    uint32_t index = pool->free[--pool->free_count];
    pool->taken[index] = true;
    void *object = pool->memory + index * pool->size;
    memset(object, 0, pool->size);
    return object;
}

void pool_give(struct pool *pool, void *object)
{
    size_t offset = (size_t)((uintptr_t)object - (uintptr_t)pool->memory);
    size_t index = pool->size == 0 ? 0 : offset / pool->size;
    MUST(index < pool->count && index * pool->size == offset && pool->taken[index]);
    pool->taken[index] = false;
    pool->free[pool->free_count++] = (uint32_t)index;
}
