/* How often this thread asked for memory: for the benchmark, which states that the codec never
 * does. Counts malloc, calloc and realloc of the program's own code (the linker wraps them), not
 * what libraries do inside. */
#ifndef TOOLS_ALLOCATION_COUNT_H
#define TOOLS_ALLOCATION_COUNT_H

#include <stdint.h>

uint64_t allocation_count(void);

#endif
