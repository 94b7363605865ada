/* Lines over a Unix-domain connection: see line_stream.h. */
#include "net/line_stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

static void on_write_failed(struct outbox *box, int status)
{
    struct line_stream *stream = (struct line_stream *)box; /* the outbox is the first member */
    line_stream_end(stream, RESULT_IO, "cannot write: %s", uv_strerror(status));
}

enum result line_stream_check_path(const char *path, struct fault *fault)
{
    enum { PATH_LEN_MAX = sizeof((struct sockaddr_un *)0)->sun_path - 1 };
    size_t len = strlen(path);
    if (len <= PATH_LEN_MAX)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT,
                     "the control socket's path has %zu bytes and may have %d: choose a folder "
                     "with a shorter path than that of %s",
                     len, (int)PATH_LEN_MAX, path);
}

enum result line_stream_init(struct line_stream *stream, struct loop *loop, struct fault *fault)
{
    *stream = (struct line_stream){0};
    TRY(outbox_init(&stream->out, loop, LINE_OUT_LEN_MAX, on_write_failed, fault));
    stream->in = malloc(LINE_LEN_MAX + 1);
    if (stream->in == NULL) {
        outbox_deinit(&stream->out);
        return fault_set(fault, RESULT_IO, "no memory for a control line");
    }
    MUST(uv_pipe_init(loop_uv(loop), &stream->pipe, 0) == 0); /* takes no descriptor yet */
    stream->pipe.data = stream;
    outbox_reset(&stream->out, (uv_stream_t *)&stream->pipe);
    stream->open = true;
    return RESULT_OK;
}

void line_stream_deinit(struct line_stream *stream)
{
    outbox_deinit(&stream->out);
    free(stream->in);
    *stream = (struct line_stream){0};
}

static void on_closed(uv_handle_t *handle)
{
    struct line_stream *stream = handle->data;
    stream->ended(stream);
}

void line_stream_end(struct line_stream *stream, enum result result, const char *format, ...)
{
    if (!stream->open)
        return;
    va_list arguments;
    va_start(arguments, format);
    char reason[FAULT_TEXT_MAX];
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    (void)fault_set(&stream->fault, result, "%s", reason);
    stream->open = false;
    outbox_flush(&stream->out); /* a failure comes back here and finds the stream closing */
    loop_task_remove(&stream->out.task);
    uv_close((uv_handle_t *)&stream->pipe, on_closed);
}

static void on_room_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct line_stream *stream = handle->data;
    MUST(stream->in_len <= LINE_LEN_MAX); /* a full buffer without a newline ends the stream */
    *buf = uv_buf_init(stream->in + stream->in_len, (unsigned)(LINE_LEN_MAX + 1 - stream->in_len));
}

/* Returns the bytes spent. Any callback may end the stream. */
static size_t cut_lines(struct line_stream *stream)
{
    size_t at = 0;
    while (stream->open && stream->searched < stream->in_len) {
        const char *newline =
            memchr(stream->in + stream->searched, '\n', stream->in_len - stream->searched);
        if (newline == NULL) {
            stream->searched = stream->in_len;
            break;
        }
        size_t end = (size_t)(newline - stream->in);
        stream->searched = end + 1;
        if (end > at)
            stream->line(stream, bytes_of(stream->in + at, end - at));
        at = end + 1;
    }
    return at;
}

static void on_read(uv_stream_t *pipe, ssize_t len, const uv_buf_t *buf)
{
    (void)buf;
    struct line_stream *stream = pipe->data;
    if (len == UV_EOF)
        line_stream_end(stream, RESULT_IO, "the other side closed the connection");
    else if (len < 0)
        line_stream_end(stream, RESULT_IO, "cannot read: %s", uv_strerror((int)len));
    if (len <= 0)
        return;
    stream->in_len += (size_t)len;
    size_t spent = cut_lines(stream);
    if (!stream->open)
        return;
    stream->in_len -= spent;
    stream->searched -= spent;
    memmove(stream->in, stream->in + spent, stream->in_len);
    if (stream->in_len > LINE_LEN_MAX)
        line_stream_end(stream, RESULT_INPUT, "a line is longer than %d bytes", (int)LINE_LEN_MAX);
}

void line_stream_start(struct line_stream *stream)
{
    int status = uv_read_start((uv_stream_t *)&stream->pipe, on_room_wanted, on_read);
    if (status != 0)
        line_stream_end(stream, RESULT_IO, "lost at once: %s", uv_strerror(status));
}

bool line_stream_send(struct line_stream *stream, struct bytes line)
{
    if (!stream->open)
        return false;
    if (line.len > LINE_LEN_MAX) {
        line_stream_end(stream, RESULT_LIMIT, "a line of %zu bytes to send is longer than %d",
                        line.len, (int)LINE_LEN_MAX);
        return false;
    }
    const struct bytes parts[] = {line, bytes_text("\n")};
    if (!outbox_add(&stream->out, parts, 2)) {
        line_stream_end(stream, RESULT_LIMIT, "the other side does not read: %d bytes wait for it",
                        (int)LINE_OUT_LEN_MAX);
        return false;
    }
    return true;
}
