/* The output buffer of one connection: a ring of bounded size that is written once a turn.
 *
 * It knows exactly which bytes the kernel has taken, so that its owner can tell what was never
 * sent. The stream belongs to the owner; after uv_close() of it the outbox may still get its last
 * callback, so it is released only in the stream's close callback. */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include "base/bytes.h"
#include "net/loop_private.h"

struct outbox {
    struct loop_task task;
    struct loop *loop;
    uv_stream_t *stream;
    uv_write_t write;
    uint8_t byte; /* that libuv is waiting to write */
    bool waiting; /* for room in the kernel */
    uint8_t *data;
    size_t cap;
    size_t head;       /* of the oldest byte; back to 0 when empty, to stay in warm memory */
    uint64_t added;    /* bytes since the last reset */
    uint64_t taken;    /* of these, handed to the kernel */
    uint64_t moved_ms; /* loop time at which bytes were last taken, or had none to wait for */
    void (*failed)(struct outbox *box, int status); /* called once; may close the stream */
};

/* Takes `cap` bytes of memory. `failed` gets libuv's status. */
MUST_USE enum result outbox_init(struct outbox *box, struct loop *loop, size_t cap,
                                 void (*failed)(struct outbox *box, int status),
                                 struct fault *fault);
void outbox_deinit(struct outbox *box); /* accepts zeroed memory */
/* Empty, for a new connection. */
void outbox_reset(struct outbox *box, uv_stream_t *stream);
/* All parts, one behind the other, or nothing: false when there is no room. Written at the end of
 * the turn. */
bool outbox_add(struct outbox *box, const struct bytes *parts, size_t count);
/* Now instead: for the last words before a close. */
void outbox_flush(struct outbox *box);

static inline size_t outbox_used(const struct outbox *box)
{
    return (size_t)(box->added - box->taken);
}

#endif
