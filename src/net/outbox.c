/* A bounded ring of bytes on their way to the kernel: see outbox.h. */
#include "net/outbox.h"

#include <stdlib.h>

static void run_task(struct loop_task *task)
{
    outbox_flush((struct outbox *)task); /* the task is the first member */
}

enum result outbox_init(struct outbox *box, struct loop *loop, size_t cap,
                        void (*failed)(struct outbox *box, int status), struct fault *fault)
{
    *box = (struct outbox){.loop = loop, .cap = cap, .failed = failed};
    box->task.run = run_task;
    box->data = malloc(cap);
    if (box->data == NULL)
        return fault_set(fault, RESULT_IO, "no memory for an output buffer of %zu bytes", cap);
    return RESULT_OK;
}

void outbox_deinit(struct outbox *box)
{
    loop_task_remove(&box->task);
    free(box->data);
    *box = (struct outbox){0};
}

void outbox_reset(struct outbox *box, uv_stream_t *stream)
{
    loop_task_remove(&box->task);
    box->stream = stream;
    box->waiting = false;
    box->head = 0;
    box->added = 0;
    box->taken = 0;
    box->moved_ms = uv_now(loop_uv(box->loop));
}

static void put(struct outbox *box, struct bytes part)
{
    if (part.len == 0)
        return;
    size_t at = (box->head + outbox_used(box)) % box->cap;
    size_t first = part.len < box->cap - at ? part.len : box->cap - at;
    memcpy(box->data + at, part.data, first);
    if (first < part.len)
        memcpy(box->data, part.data + first, part.len - first);
    box->added += part.len;
}

bool outbox_add(struct outbox *box, const struct bytes *parts, size_t count)
{
    size_t room = box->cap - outbox_used(box);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > room)
            return false;
        room -= parts[i].len;
    }
    if (box->added == box->taken)
        box->moved_ms = uv_now(loop_uv(box->loop));
    for (size_t i = 0; i < count; i++)
        put(box, parts[i]);
    if (!box->waiting)
        loop_task_add(box->loop, &box->task);
    return true;
}

static void take(struct outbox *box, size_t len)
{
    box->taken += len;
    box->head = box->added == box->taken ? 0 : (box->head + len) % box->cap;
    box->moved_ms = uv_now(loop_uv(box->loop));
}

static void on_written(uv_write_t *request, int status)
{
    struct outbox *box = request->data;
    box->waiting = false;
    if (status == UV_ECANCELED)
        return; /* the owner has closed the stream */
    if (status < 0) {
        box->failed(box, status);
        return;
    }
    take(box, 1);
    outbox_flush(box);
}

/* libuv says that a stream is writable only by finishing a write. A write of one byte is that
 * signal and leaves no doubt: it is taken whole, or its failure says that it was not. */
static void await_room(struct outbox *box)
{
    box->byte = box->data[box->head];
    uv_buf_t buf = uv_buf_init((char *)&box->byte, 1);
    box->write.data = box;
    box->waiting = true;
    int status = uv_write(&box->write, box->stream, &buf, 1, on_written);
    if (status < 0) {
        box->waiting = false;
        box->failed(box, status);
    }
}

void outbox_flush(struct outbox *box)
{
    loop_task_remove(&box->task);
    if (box->waiting || box->added == box->taken)
        return;
    size_t used = outbox_used(box);
    size_t first = used < box->cap - box->head ? used : box->cap - box->head;
    uv_buf_t bufs[2] = {
        uv_buf_init((char *)box->data + box->head, (unsigned)first),
        uv_buf_init((char *)box->data, (unsigned)(used - first)),
    };
    int status = uv_try_write(box->stream, bufs, used > first ? 2 : 1);
    if (status < 0 && status != UV_EAGAIN) {
        box->failed(box, status);
        return;
    }
    if (status > 0)
        take(box, (size_t)status);
    if (box->added != box->taken)
        await_room(box);
}
