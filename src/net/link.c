/* One framed connection: cutting what comes, framing what goes, watching the silence. See link.h.
 */
#include "net/link.h"

#include "net/link_private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct link_config link_config_default(const struct iso_framing *framing)
{
    return (struct link_config){
        .framing = framing,
        .idle_ms = framing->idle != ISO_FRAME_IDLE_NONE ? LINK_IDLE_MS : 0,
        .dead_ms = framing->idle != ISO_FRAME_IDLE_NONE ? LINK_DEAD_MS : 0,
        .out_len_max = LINK_OUT_LEN_MAX,
        .links_max = LINK_LINKS_MAX,
        .connect_ms = LINK_CONNECT_MS,
        .retry_min_ms = LINK_RETRY_MIN_MS,
        .retry_max_ms = LINK_RETRY_MAX_MS,
    };
}

static uint64_t now_ms(const struct link *link)
{
    return uv_now(loop_uv(link->loop));
}

/* --- life ------------------------------------------------------------------------------------ */

static void on_write_failed(struct outbox *box, int status)
{
    struct link *link = (struct link *)box; /* the outbox is the first member */
    link_end(link, RESULT_IO, "cannot write: %s", uv_strerror(status));
}

enum result link_init(struct link *link, struct loop *loop, const struct link_config *config,
                      const struct link_events *events, void *context, struct fault *fault)
{
    MUST(config->out_len_max > 0);
    size_t frame_len_max = ISO_FRAME_IDLE_MAX + config->framing->len_max;
    *link = (struct link){
        .loop = loop,
        .config = *config,
        .events = *events,
        .context = context,
        .in_cap = frame_len_max < LINK_IN_LEN ? LINK_IN_LEN : frame_len_max + 1,
        .next_number = 1,
        .oldest = 1,
    };
    TRY(outbox_init(&link->out, loop, config->out_len_max, on_write_failed, fault));
    link->in = malloc(link->in_cap);
    link->starts = calloc(LINK_OUT_MESSAGES, sizeof *link->starts);
    if (link->in == NULL || link->starts == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a link's buffers");
    return RESULT_OK;
}

void link_deinit(struct link *link)
{
    MUST(link->state == LINK_DOWN);
    outbox_deinit(&link->out);
    free(link->in);
    free(link->starts);
    *link = (struct link){0};
}

static uint64_t first_unsent(struct link *link)
{
    if (outbox_used(&link->out) == 0)
        link->oldest = link->next_number;
    while (link->oldest < link->next_number &&
           link->starts[link->oldest % LINK_OUT_MESSAGES] < link->out.taken)
        link->oldest++;
    return link->oldest;
}

static void on_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    if (--link->handles > 0)
        return;
    struct link_end end = {.fault = &link->fault, .first_unsent = first_unsent(link)};
    link->oldest = link->next_number;
    link->state = LINK_DOWN;
    if (link->was_up && !link->quiet)
        link->events.down(link->context, link, &end);
    link->ended(link);
}

void link_end(struct link *link, enum result result, const char *format, ...)
{
    if (link->state == LINK_DOWN || link->state == LINK_CLOSING)
        return;
    char reason[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    (void)fault_set(&link->fault, result, "link %s: %s", link->peer, reason);
    link->was_up = link->state == LINK_UP;
    link->state = LINK_CLOSING;
    if (link->was_up)
        outbox_flush(&link->out); /* a failure comes back here and finds the link closing */
    loop_task_remove(&link->out.task);
    loop_task_remove(&link->reading);
    uv_close((uv_handle_t *)&link->tcp, on_closed);
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

/* --- silence --------------------------------------------------------------------------------- */

static void arm_timer(struct link *link);

static void send_idle_frame(struct link *link)
{
    uint8_t frame[ISO_FRAME_IDLE_MAX];
    const struct bytes part = {frame, iso_frame_idle(link->config.framing, frame)};
    /* Without room there is no silence: the buffer is full of messages. */
    (void)outbox_add(&link->out, &part, 1);
    link->sent_ms = now_ms(link);
}

static void on_timer(uv_timer_t *timer)
{
    struct link *link = timer->data;
    const struct link_config *config = &link->config;
    uint64_t now = now_ms(link);
    if (link->state == LINK_CONNECTING) {
        link_end(link, RESULT_IO, "no connection within %llu ms",
                 (unsigned long long)config->connect_ms);
        return;
    }
    if (config->dead_ms > 0 && !config->only_sends && now - link->heard_ms >= config->dead_ms) {
        link_end(link, RESULT_IO, "dead: no frame came for %llu ms",
                 (unsigned long long)config->dead_ms);
        return;
    }
    if (config->dead_ms > 0 && outbox_used(&link->out) > 0 &&
        now - link->out.moved_ms >= config->dead_ms) {
        link_end(link, RESULT_IO, "dead: no byte was taken for %llu ms",
                 (unsigned long long)config->dead_ms);
        return;
    }
    if (config->idle_ms > 0 && now - link->sent_ms >= config->idle_ms)
        send_idle_frame(link);
    arm_timer(link);
}

/* Traffic only notes its time; the timer comes at the earliest moment at which silence could be too
 * long and looks. */
static void arm_timer(struct link *link)
{
    const struct link_config *config = &link->config;
    uint64_t now = now_ms(link);
    uint64_t due = UINT64_MAX;
    if (config->dead_ms > 0) {
        uint64_t since = config->only_sends ? now : link->heard_ms;
        if (outbox_used(&link->out) > 0 && link->out.moved_ms < since)
            since = link->out.moved_ms;
        due = since + config->dead_ms;
    }
    if (config->idle_ms > 0 && link->sent_ms + config->idle_ms < due)
        due = link->sent_ms + config->idle_ms;
    if (due != UINT64_MAX)
        MUST(uv_timer_start(&link->timer, on_timer, due > now ? due - now : 0, 0) == 0);
}

/* --- reading --------------------------------------------------------------------------------- */

static void on_room_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct link *link = handle->data;
    MUST(link->in_len < link->in_cap); /* a whole frame is shorter, and is cut at once */
    *buf = uv_buf_init((char *)link->in + link->in_len, (unsigned)(link->in_cap - link->in_len));
}

static void end_bad_frame(struct link *link, const struct iso_fault *fault)
{
    char text[FAULT_TEXT_MAX];
    iso_fault_format(fault, text, sizeof text);
    link_end(link, RESULT_INPUT, "%s", text);
}

/* Returns the bytes spent. Any callback may end the link. */
static size_t cut_frames(struct link *link)
{
    size_t at = 0;
    while (link->state == LINK_UP && at < link->in_len) {
        struct iso_value message = {NULL, 0};
        struct iso_fault fault = {0};
        size_t used = 0;
        enum iso_frame frame = iso_frame_cut(link->config.framing, link->in + at, link->in_len - at,
                                             &message, &used, &fault);
        if (frame == ISO_FRAME_MORE)
            break;
        if (frame == ISO_FRAME_BAD) {
            end_bad_frame(link, &fault);
            break;
        }
        MUST(used > 0 && used <= link->in_len - at);
        at += used;
        if (frame == ISO_FRAME_MESSAGE)
            link->events.message(link->context, link, bytes_of(message.data, message.len));
        else if (link->events.idle != NULL)
            link->events.idle(link->context, link);
    }
    return at;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void read_on(struct loop_task *task)
{
    struct link *link = (struct link *)(void *)((uint8_t *)task - offsetof(struct link, reading));
    int status = uv_read_start((uv_stream_t *)&link->tcp, on_room_wanted, on_read);
    if (status != 0)
        link_end(link, RESULT_IO, "cannot read: %s", uv_strerror(status));
}

/* One buffer a turn: libuv would read 32 before it looks at another link. Whoever sends without
 * end is read as fast as its turn comes, and the others do not wait for more than that. */
static void pause_reading(struct link *link)
{
    uv_read_stop((uv_stream_t *)&link->tcp);
    loop_task_add(link->loop, &link->reading);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    if (len == UV_EOF && link->in_len > 0)
        link_end(link, RESULT_INPUT, "the peer closed the connection inside a frame");
    else if (len == UV_EOF)
        link_end(link, RESULT_IO, "the peer closed the connection");
    else if (len < 0)
        link_end(link, RESULT_IO, "cannot read: %s", uv_strerror((int)len));
    if (len <= 0)
        return;
    link->in_len += (size_t)len;
    size_t spent = cut_frames(link);
    if (link->state != LINK_UP)
        return;
    /* Only whole frames count as a sign of life, so that dribbled bytes hold no link for ever. */
    if (spent > 0) {
        link->heard = true;
        link->heard_ms = now_ms(link);
    }
    link->in_len -= spent;
    memmove(link->in, link->in + spent, link->in_len);
    if ((size_t)len == buf->len)
        pause_reading(link);
}

/* --- starting -------------------------------------------------------------------------------- */

void link_prepare(struct link *link, uint64_t timeout_ms)
{
    MUST(link->state == LINK_DOWN);
    MUST(uv_tcp_init(loop_uv(link->loop), &link->tcp) == 0); /* takes no descriptor yet */
    MUST(uv_timer_init(loop_uv(link->loop), &link->timer) == 0);
    link->tcp.data = link;
    link->timer.data = link;
    link->reading.run = read_on;
    link->handles = 2;
    link->state = LINK_CONNECTING;
    link->heard = false;
    link->in_len = 0;
    outbox_reset(&link->out, (uv_stream_t *)&link->tcp);
    if (timeout_ms > 0)
        MUST(uv_timer_start(&link->timer, on_timer, timeout_ms, 0) == 0);
}

void link_start(struct link *link)
{
    MUST(link->state == LINK_CONNECTING);
    MUST(uv_timer_stop(&link->timer) == 0);
    struct sockaddr_storage address;
    int len = sizeof address;
    int status = uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&address, &len);
    if (status == 0) {
        address_format(&address, link->peer, sizeof link->peer);
        status = uv_tcp_nodelay(&link->tcp, 1); /* a turn's messages are one write already */
    }
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&link->tcp, on_room_wanted, on_read);
    if (status != 0) {
        link_end(link, RESULT_IO, "lost at once: %s", uv_strerror(status));
        return;
    }
    link->state = LINK_UP;
    link->heard_ms = link->sent_ms = now_ms(link);
    arm_timer(link);
    link->events.up(link->context, link);
}

/* --- the owner's calls ----------------------------------------------------------------------- */

bool link_send(struct link *link, const void *message, size_t len, uint64_t *number)
{
    if (link->state != LINK_UP || len == 0)
        return false;
    struct iso_frame_edges edges;
    if (iso_frame_wrap(link->config.framing, message, len, &edges, NULL) != ISO_OK)
        return false;
    if (link->next_number - link->oldest >= LINK_OUT_MESSAGES &&
        link->next_number - first_unsent(link) >= LINK_OUT_MESSAGES)
        return false;
    uint64_t start = link->out.added;
    const struct bytes parts[] = {
        {edges.head, edges.head_len}, {message, len}, {edges.tail.data, edges.tail.len}};
    if (!outbox_add(&link->out, parts, 3))
        return false;
    link->starts[link->next_number % LINK_OUT_MESSAGES] = start;
    if (number != NULL)
        *number = link->next_number;
    link->next_number++;
    link->sent_ms = now_ms(link);
    return true;
}

bool link_is_up(const struct link *link)
{
    return link->state == LINK_UP;
}

void link_close(struct link *link, const char *reason)
{
    if (link->state == LINK_UP)
        link_end(link, RESULT_STATE, "closed by us: %s", reason);
}

const char *link_peer(const struct link *link)
{
    return link->peer;
}

void link_set_user(struct link *link, void *user)
{
    link->user = user;
}

void *link_user(const struct link *link)
{
    return link->user;
}
