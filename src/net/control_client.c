/* The calling side of a control socket: see control_client.h. Each try has a stream of its own. */
#include "net/control_client.h"

#include "net/line_stream.h"

#include <stdlib.h>

struct control_client {
    struct line_stream stream;
    struct loop *loop;
    struct control_client_events events;
    void *context;
    uv_connect_t request;
    uv_timer_t retry;
    uint64_t give_up_ms; /* loop time */
    bool stream_in_use;  /* between its init and its end */
    bool retry_closed;
    bool is_up;
    bool closing;
    char path[];
};

static void on_retry(uv_timer_t *timer);

static void release_when_over(struct control_client *client)
{
    if (client->closing && client->retry_closed && !client->stream_in_use)
        free(client);
}

static void on_line(struct line_stream *stream, struct bytes line)
{
    struct control_client *client = (struct control_client *)stream; /* the first member */
    client->events.line(client->context, client, line);
}

static void on_ended(struct line_stream *stream)
{
    struct control_client *client = (struct control_client *)stream;
    struct fault fault = stream->fault;
    client->stream_in_use = false;
    line_stream_deinit(stream);
    if (client->closing) {
        release_when_over(client);
        return;
    }
    if (!client->is_up && uv_now(loop_uv(client->loop)) < client->give_up_ms) {
        MUST(uv_timer_start(&client->retry, on_retry, CONTROL_RETRY_MS, 0) == 0);
        return;
    }
    client->is_up = false;
    client->events.down(client->context, client, &fault);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct control_client *client = request->data;
    if (!client->stream.open)
        return; /* closed meanwhile */
    if (status < 0) {
        line_stream_end(&client->stream, RESULT_IO, "cannot connect to %s: %s", client->path,
                        uv_strerror(status));
        return;
    }
    line_stream_start(&client->stream);
    if (!client->stream.open)
        return;
    client->is_up = true;
    client->events.up(client->context, client);
}

static void on_retry(uv_timer_t *timer)
{
    struct control_client *client = timer->data;
    MUST(line_stream_init(&client->stream, client->loop, NULL) == RESULT_OK);
    client->stream_in_use = true;
    client->stream.line = on_line;
    client->stream.ended = on_ended;
    client->request.data = client;
    uv_pipe_connect(&client->request, &client->stream.pipe, client->path, on_connected);
}

enum result control_client_open(struct loop *loop, const char *path, uint64_t give_up_ms,
                                const struct control_client_events *events, void *context,
                                struct control_client **client, struct fault *fault)
{
    TRY(line_stream_check_path(path, fault));
    size_t path_size = strlen(path) + 1;
    struct control_client *self = calloc(1, sizeof *self + path_size);
    if (self == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a control connection");
    self->loop = loop;
    self->events = *events;
    self->context = context;
    self->give_up_ms = uv_now(loop_uv(loop)) + give_up_ms;
    memcpy(self->path, path, path_size);
    MUST(uv_timer_init(loop_uv(loop), &self->retry) == 0);
    self->retry.data = self;
    MUST(uv_timer_start(&self->retry, on_retry, 0, 0) == 0);
    *client = self;
    return RESULT_OK;
}

bool control_client_send(struct control_client *client, struct bytes line)
{
    MUST(line.len == 0 || memchr(line.data, '\n', line.len) == NULL);
    return client->is_up && line_stream_send(&client->stream, line);
}

static void on_retry_closed(uv_handle_t *handle)
{
    struct control_client *client = handle->data;
    client->retry_closed = true;
    release_when_over(client);
}

void control_client_close(struct control_client *client)
{
    if (client == NULL)
        return;
    MUST(!client->closing);
    client->closing = true;
    if (client->stream_in_use)
        line_stream_end(&client->stream, RESULT_STATE, "closed by us");
    uv_close((uv_handle_t *)&client->retry, on_retry_closed);
}
