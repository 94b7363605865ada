/* The listening side of control sockets: see control.h. */
#include "net/control.h"

#include "net/line_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert((int)CONTROL_LINE_LEN_MAX == (int)LINE_LEN_MAX, "one limit, two names");

enum { BACKLOG = 16 };

struct control_peer {
    struct line_stream stream;
    struct control *control;
    struct control_peer *next;
    struct control_peer *previous;
    void *user;
};

struct control {
    struct loop *loop;
    struct control_events events;
    void *context;
    uv_pipe_t pipe;
    bool pipe_closed;
    bool closing;
    unsigned peer_count;
    struct control_peer *peers;
};

/* --- peers ----------------------------------------------------------------------------------- */

static void release_when_over(struct control *control)
{
    if (control->closing && control->pipe_closed && control->peer_count == 0)
        free(control);
}

static void on_line(struct line_stream *stream, struct bytes line)
{
    struct control_peer *peer = (struct control_peer *)stream; /* the stream is the first member */
    peer->control->events.line(peer->control->context, peer, line);
}

static void on_ended(struct line_stream *stream)
{
    struct control_peer *peer = (struct control_peer *)stream;
    struct control *control = peer->control;
    if (control->events.gone != NULL && !stream->quiet)
        control->events.gone(control->context, peer, &stream->fault);
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        control->peers = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    control->peer_count--;
    line_stream_deinit(stream);
    free(peer);
    release_when_over(control);
}

static void on_refused_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Told so and closed, without the buffers of a peer: a thousand at once cost little more than
 * their descriptors, until the turn ends. */
static void refuse(struct control *control)
{
    static char text[] = "{\"error\":{\"message\":\"too many control connections\"}}\n";
    uv_buf_t buf = uv_buf_init(text, sizeof text - 1);
    uv_pipe_t *pipe = calloc(1, sizeof *pipe);
    MUST(pipe != NULL); /* libuv accepts no more until this one is taken */
    MUST(uv_pipe_init(loop_uv(control->loop), pipe, 0) == 0);
    if (uv_accept((uv_stream_t *)&control->pipe, (uv_stream_t *)pipe) == 0)
        (void)uv_try_write((uv_stream_t *)pipe, &buf, 1);
    uv_close((uv_handle_t *)pipe, on_refused_closed);
}

static void on_connection(uv_stream_t *pipe, int status)
{
    struct control *control = pipe->data;
    if (status < 0)
        return; /* without descriptors: whoever asked sees its connection end */
    if (control->peer_count >= CONTROL_PEERS_MAX) {
        refuse(control);
        return;
    }
    struct control_peer *peer = calloc(1, sizeof *peer);
    MUST(peer != NULL); /* libuv accepts no more until this one is taken */
    MUST(line_stream_init(&peer->stream, control->loop, NULL) == RESULT_OK);
    peer->control = control;
    peer->stream.line = on_line;
    peer->stream.ended = on_ended;
    peer->next = control->peers;
    if (peer->next != NULL)
        peer->next->previous = peer;
    control->peers = peer;
    control->peer_count++;
    status = uv_accept(pipe, (uv_stream_t *)&peer->stream.pipe);
    if (status != 0) {
        peer->stream.quiet = true;
        line_stream_end(&peer->stream, RESULT_IO, "cannot accept: %s", uv_strerror(status));
        return;
    }
    line_stream_start(&peer->stream);
}

bool control_send(struct control_peer *peer, struct bytes line)
{
    MUST(line.len == 0 || memchr(line.data, '\n', line.len) == NULL);
    return line_stream_send(&peer->stream, line);
}

void control_hang_up(struct control_peer *peer)
{
    line_stream_end(&peer->stream, RESULT_STATE, "closed by us");
}

void control_set_user(struct control_peer *peer, void *user)
{
    peer->user = user;
}

void *control_user(const struct control_peer *peer)
{
    return peer->user;
}

/* --- the socket file ------------------------------------------------------------------------- */

/* Is somebody listening there? A full backlog counts as life. */
static bool is_alive(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path)); /* its length was checked */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* unknown: better to refuse than to take over */
    bool alive = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ||
                 errno != ECONNREFUSED;
    close(fd);
    return alive;
}

static enum result remove_stale(const char *path, struct fault *fault)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        if (errno == ENOENT)
            return RESULT_OK;
        return fault_set(fault, RESULT_IO, "cannot look at %s: %s", path, strerror(errno));
    }
    if (!S_ISSOCK(status.st_mode))
        return fault_set(fault, RESULT_STATE, "%s stands there and is no socket", path);
    if (is_alive(path))
        return fault_set(fault, RESULT_STATE, "another process answers on %s", path);
    if (unlink(path) != 0)
        return fault_set(fault, RESULT_IO, "cannot replace %s: %s", path, strerror(errno));
    return RESULT_OK;
}

/* Nobody can connect before the listen, so the mode is right from the first moment on. */
static enum result start_listening(struct control *control, const char *path, struct fault *fault)
{
    int status = uv_pipe_bind(&control->pipe, path);
    if (status == 0 && chmod(path, S_IRUSR | S_IWUSR) != 0)
        status = uv_translate_sys_error(errno);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&control->pipe, BACKLOG, on_connection);
    if (status == 0)
        return RESULT_OK;
    return fault_set(fault, RESULT_IO, "cannot listen on %s: %s", path, uv_strerror(status));
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    control->pipe_closed = true;
    release_when_over(control);
}

enum result control_open(struct loop *loop, const char *path, const struct control_events *events,
                         void *context, struct control **control, struct fault *fault)
{
    TRY(line_stream_check_path(path, fault));
    TRY(remove_stale(path, fault));
    struct control *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a control socket");
    *self = (struct control){.loop = loop, .events = *events, .context = context};
    MUST(uv_pipe_init(loop_uv(loop), &self->pipe, 0) == 0); /* takes no descriptor yet */
    self->pipe.data = self;
    enum result result = start_listening(self, path, fault);
    if (result != RESULT_OK) {
        control_close(self);
        return result;
    }
    *control = self;
    return RESULT_OK;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    MUST(!control->closing);
    control->closing = true;
    uv_close((uv_handle_t *)&control->pipe, on_pipe_closed); /* removes the socket file */
    for (struct control_peer *peer = control->peers; peer != NULL; peer = peer->next) {
        peer->stream.quiet = true;
        line_stream_end(&peer->stream, RESULT_STATE, "the control socket closes");
    }
}
