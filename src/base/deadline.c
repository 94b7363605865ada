/* Binary min-heap of deadlines, see deadline.h. */
#include "base/deadline.h"

#include <stdlib.h>

enum result deadline_init(struct deadline_heap *heap, size_t max, struct fault *fault)
{
    *heap = (struct deadline_heap){0};
    if (max >= UINT32_MAX)
        return fault_set(fault, RESULT_LIMIT, "%zu deadlines are too many", max);
    heap->heap = calloc(max == 0 ? 1 : max, sizeof(struct deadline *));
    if (heap->heap == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory for %zu deadlines", max);
    heap->max = (uint32_t)max;
    return RESULT_OK;
}

void deadline_deinit(struct deadline_heap *heap)
{
    free(heap->heap);
    *heap = (struct deadline_heap){0};
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->sequence < b->sequence;
}

static void heap_set(struct deadline_heap *heap, uint32_t index, struct deadline *deadline)
{
    heap->heap[index] = deadline;
    deadline->place = index + 1;
}

/* Moves the deadline from `index` to where it belongs. */
static void heap_settle(struct deadline_heap *heap, uint32_t index, struct deadline *deadline)
{
    while (index > 0 && is_before(deadline, heap->heap[(index - 1) / 2])) {
        heap_set(heap, index, heap->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * (size_t)index + 1;
        if (child + 1 < heap->count && is_before(heap->heap[child + 1], heap->heap[child]))
            child++;
        if (child >= heap->count || !is_before(heap->heap[child], deadline))
            break;
        heap_set(heap, index, heap->heap[child]);
        index = (uint32_t)child;
    }
    heap_set(heap, index, deadline);
}

void deadline_arm(struct deadline_heap *heap, struct deadline *deadline, uint64_t due_us)
{
    deadline->due_us = due_us;
    deadline->sequence = ++heap->sequence;
    if (!deadline_is_armed(deadline)) {
        MUST(heap->count < heap->max);
        deadline->place = ++heap->count;
        heap->heap[deadline->place - 1] = deadline;
    }
    MUST(heap->heap[deadline->place - 1] == deadline);
    heap_settle(heap, deadline->place - 1, deadline);
}

void deadline_cancel(struct deadline_heap *heap, struct deadline *deadline)
{
    if (!deadline_is_armed(deadline))
        return;
    uint32_t index = deadline->place - 1;
    MUST(index < heap->count && heap->heap[index] == deadline);
    struct deadline *last = heap->heap[--heap->count];
    heap->heap[heap->count] = NULL;
    deadline->place = 0;
    if (last != deadline)
        heap_settle(heap, index, last);
}

struct deadline *deadline_peek(const struct deadline_heap *heap)
{
    return heap->count == 0 ? NULL : heap->heap[0];
}

struct deadline *deadline_pop(struct deadline_heap *heap)
{
    struct deadline *first = deadline_peek(heap);
    if (first != NULL)
        deadline_cancel(heap, first);
    return first;
}
