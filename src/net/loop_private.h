/* What the rest of src/net sees of the loop: libuv's own loop, and work for the end of a turn. */
#ifndef NET_LOOP_PRIVATE_H
#define NET_LOOP_PRIVATE_H

#include "net/loop.h"

#include <uv.h>

/* Lives inside its owner, who removes it before it goes away. */
struct loop_task {
    struct loop_task *next; /* NULL: not queued */
    struct loop_task *previous;
    void (*run)(struct loop_task *task);
};

uv_loop_t *loop_uv(struct loop *loop);
/* Runs it once, after events.turn() of this turn; again adding a queued one changes nothing. */
void loop_task_add(struct loop *loop, struct loop_task *task);
void loop_task_remove(struct loop_task *task);

#endif
