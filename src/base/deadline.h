/* Deadlines in order: a binary min-heap of timers that live inside their owners' structs.
 *
 * It knows no clock. Equal deadlines come out in the order in which they were armed, so that a run
 * can be repeated. Room is taken once, at init. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include "base/result.h"

#include <stdint.h>

/* Zeroed: not armed. Stays where it is while armed. */
struct deadline {
    uint64_t due_us;   /* of the clock that the owner uses */
    uint64_t sequence; /* the heap's */
    uint32_t place;    /* the heap's: place + 1 while armed, 0 otherwise */
};

struct deadline_heap {
    struct deadline **heap;
    uint32_t count;
    uint32_t max;
    uint64_t sequence;
};

/* Room for `max` armed deadlines. RESULT_LIMIT without memory. */
MUST_USE enum result deadline_init(struct deadline_heap *heap, size_t max, struct fault *fault);
void deadline_deinit(struct deadline_heap *heap); /* accepts zeroed memory */

static inline bool deadline_is_armed(const struct deadline *deadline)
{
    return deadline->place != 0;
}
/* Arms, or arms anew. More than `max` armed at once is a bug: each owner counts its own. */
void deadline_arm(struct deadline_heap *heap, struct deadline *deadline, uint64_t due_us);
/* Does nothing when it is not armed. */
void deadline_cancel(struct deadline_heap *heap, struct deadline *deadline);
/* The earliest, NULL when none is armed. */
struct deadline *deadline_peek(const struct deadline_heap *heap);
/* Takes the earliest out, NULL when none is armed. */
struct deadline *deadline_pop(struct deadline_heap *heap);

#endif
