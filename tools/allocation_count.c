/* The wrapped allocator, see allocation_count.h and CMakeLists.txt. */
#include "allocation_count.h"

#include <stddef.h>

static _Thread_local uint64_t count;

/* The linker's names: __real_ is what was asked for, __wrap_ what is called in its place. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t number, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    count++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t number, size_t size)
{
    count++;
    return __real_calloc(number, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    count++;
    return __real_realloc(block, size);
}

uint64_t allocation_count(void)
{
    return count;
}
