/* Accepts framed links: see link.h. A listener owns its links; it goes away when the last of them
 * and its own handle are closed. */
#include "net/link.h"

#include "net/link_private.h"

#include <stdlib.h>

enum { BACKLOG = 128 }; /* connections that wait for one turn of the loop */

struct listener {
    struct loop *loop;
    struct link_config config;
    struct link_events events;
    void *context;
    uv_tcp_t tcp;
    bool tcp_closed;
    bool closing;
    bool refusal_told; /* since the last free place */
    unsigned link_count;
    struct link *links;
    uint16_t port;
};

static void release_when_over(struct listener *listener)
{
    if (listener->closing && listener->tcp_closed && listener->link_count == 0)
        free(listener);
}

static void tell_trouble(struct listener *listener, const struct fault *fault)
{
    if (listener->events.trouble != NULL && !listener->closing)
        listener->events.trouble(listener->context, fault);
}

static void remove_link(struct listener *listener, struct link *link)
{
    if (link->previous != NULL)
        link->previous->next = link->next;
    else
        listener->links = link->next;
    if (link->next != NULL)
        link->next->previous = link->previous;
    listener->link_count--;
    listener->refusal_told = false;
    link_deinit(link);
    free(link);
}

static void on_link_ended(struct link *link)
{
    struct listener *listener = link->owner;
    if (!link->was_up)
        tell_trouble(listener, &link->fault);
    remove_link(listener, link);
    release_when_over(listener);
}

static struct link *add_link(struct listener *listener, struct fault *fault)
{
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        (void)fault_set(fault, RESULT_IO, "no memory for a link");
        return NULL;
    }
    if (link_init(link, listener->loop, &listener->config, &listener->events, listener->context,
                  fault) != RESULT_OK) {
        link_deinit(link);
        free(link);
        return NULL;
    }
    link->owner = listener;
    link->ended = on_link_ended;
    link->next = listener->links;
    if (link->next != NULL)
        link->next->previous = link;
    listener->links = link;
    listener->link_count++;
    return link;
}

static void on_refused_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Whoever is refused sees the connection end at once, instead of waiting in the backlog. */
static void refuse(struct listener *listener, const struct fault *fault)
{
    uv_tcp_t *tcp = calloc(1, sizeof *tcp);
    MUST(tcp != NULL); /* libuv accepts no more until this one is taken */
    MUST(uv_tcp_init(loop_uv(listener->loop), tcp) == 0);
    (void)uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
    if (!listener->refusal_told)
        tell_trouble(listener, fault);
    listener->refusal_told = true;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    struct fault fault;
    if (status < 0) {
        (void)fault_set(&fault, RESULT_IO, "port %u: cannot accept: %s", (unsigned)listener->port,
                        uv_strerror(status));
        tell_trouble(listener, &fault);
        return;
    }
    if (listener->link_count >= listener->config.links_max) {
        (void)fault_set(&fault, RESULT_LIMIT,
                        "port %u: connection refused: %u links is the maximum",
                        (unsigned)listener->port, listener->config.links_max);
        refuse(listener, &fault);
        return;
    }
    struct link *link = add_link(listener, &fault);
    if (link == NULL) {
        refuse(listener, &fault);
        return;
    }
    link_prepare(link, 0);
    status = uv_accept(stream, (uv_stream_t *)&link->tcp);
    if (status == 0)
        link_start(link);
    else
        link_end(link, RESULT_IO, "cannot accept: %s", uv_strerror(status));
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    listener->tcp_closed = true;
    release_when_over(listener);
}

static int start_listening(struct listener *listener, const struct sockaddr_storage *address)
{
    struct sockaddr_storage bound = {0};
    int len = sizeof bound;
    int status = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&bound, &len);
    if (status == 0)
        listener->port = address_port(&bound);
    return status;
}

enum result listener_open(struct loop *loop, const char *host, uint16_t port,
                          const struct link_config *config, const struct link_events *events,
                          void *context, struct listener **listener, struct fault *fault)
{
    MUST(config->links_max > 0);
    struct sockaddr_storage address;
    TRY(address_resolve(host, port, &address, fault));
    struct listener *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a listener");
    *self =
        (struct listener){.loop = loop, .config = *config, .events = *events, .context = context};
    MUST(uv_tcp_init(loop_uv(loop), &self->tcp) == 0); /* takes no descriptor yet */
    self->tcp.data = self;
    int status = start_listening(self, &address);
    if (status != 0) {
        char text[ADDRESS_TEXT_MAX];
        address_format(&address, text, sizeof text);
        listener_close(self);
        return fault_set(fault, RESULT_IO, "cannot listen on %s: %s", text, uv_strerror(status));
    }
    *listener = self;
    return RESULT_OK;
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}

void listener_stop(struct listener *listener)
{
    if (!uv_is_closing((uv_handle_t *)&listener->tcp))
        uv_close((uv_handle_t *)&listener->tcp, on_tcp_closed);
}

void listener_close(struct listener *listener)
{
    if (listener == NULL)
        return;
    MUST(!listener->closing);
    listener->closing = true;
    listener_stop(listener);
    for (struct link *link = listener->links; link != NULL; link = link->next) {
        link->quiet = true;
        link_end(link, RESULT_STATE, "the listener closes");
    }
    if (listener->tcp_closed)
        release_when_over(listener);
}
