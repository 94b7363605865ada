/* Makes a framed link and makes it again: see link.h. */
#include "net/link.h"

#include "net/backoff.h"
#include "net/link_private.h"

#include <stdlib.h>

struct connector {
    struct link link;
    struct sockaddr_storage address;
    struct backoff backoff;
    uv_connect_t request;
    uv_timer_t retry;
    uint64_t up_ms; /* loop time of the last start */
    bool retry_closed;
    bool closing;
};

static void on_retry(uv_timer_t *timer);

static void release_when_over(struct connector *connector)
{
    if (!connector->retry_closed || connector->link.state != LINK_DOWN)
        return;
    link_deinit(&connector->link);
    free(connector);
}

static void retry_later(struct connector *connector)
{
    uint64_t wait_ms = backoff_wait_ms(&connector->backoff);
    MUST(uv_timer_start(&connector->retry, on_retry, wait_ms, 0) == 0);
}

static void tell_trouble(struct connector *connector, const struct fault *fault)
{
    const struct link_events *events = &connector->link.events;
    if (events->trouble != NULL && !connector->closing)
        events->trouble(connector->link.context, fault);
}

/* A host that accepts only to hang up is not a host that is back: it waits its turn. */
static bool has_proved_itself(const struct connector *connector)
{
    const struct link *link = &connector->link;
    uint64_t lived_ms = uv_now(loop_uv(link->loop)) - connector->up_ms;
    return link->was_up && (link->heard || lived_ms >= link->config.retry_max_ms);
}

static void on_link_ended(struct link *link)
{
    struct connector *connector = link->owner;
    if (!link->was_up)
        tell_trouble(connector, &link->fault);
    if (connector->closing) { /* also when a callback just now closed it */
        release_when_over(connector);
        return;
    }
    if (has_proved_itself(connector))
        backoff_reset(&connector->backoff);
    retry_later(connector);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct connector *connector = request->data;
    struct link *link = &connector->link;
    if (link->state != LINK_CONNECTING)
        return; /* closed or timed out meanwhile */
    if (status < 0) {
        link_end(link, RESULT_IO, "cannot connect: %s", uv_strerror(status));
        return;
    }
    connector->up_ms = uv_now(loop_uv(link->loop));
    link_start(link);
}

static void try_to_connect(struct connector *connector)
{
    struct link *link = &connector->link;
    link_prepare(link, link->config.connect_ms);
    connector->request.data = connector;
    int status = uv_tcp_connect(&connector->request, &link->tcp,
                                (const struct sockaddr *)&connector->address, on_connected);
    if (status != 0)
        link_end(link, RESULT_IO, "cannot connect: %s", uv_strerror(status));
}

static void on_retry(uv_timer_t *timer)
{
    try_to_connect(timer->data);
}

enum result connector_open(struct loop *loop, const char *host, uint16_t port,
                           const struct link_config *config, const struct link_events *events,
                           void *context, struct connector **connector, struct fault *fault)
{
    struct sockaddr_storage address;
    TRY(address_resolve(host, port, &address, fault));
    struct connector *self = calloc(1, sizeof *self);
    if (self == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a connector");
    enum result result = link_init(&self->link, loop, config, events, context, fault);
    if (result != RESULT_OK) {
        link_deinit(&self->link);
        free(self);
        return result;
    }
    self->address = address;
    self->backoff = backoff_of(config->retry_min_ms, config->retry_max_ms, config->seed);
    address_format(&address, self->link.peer, sizeof self->link.peer);
    self->link.owner = self;
    self->link.ended = on_link_ended;
    MUST(uv_timer_init(loop_uv(loop), &self->retry) == 0);
    self->retry.data = self;
    MUST(uv_timer_start(&self->retry, on_retry, 0, 0) == 0);
    *connector = self;
    return RESULT_OK;
}

struct link *connector_link(struct connector *connector)
{
    return &connector->link;
}

static void on_retry_closed(uv_handle_t *handle)
{
    struct connector *connector = handle->data;
    connector->retry_closed = true;
    release_when_over(connector);
}

void connector_close(struct connector *connector)
{
    if (connector == NULL)
        return;
    MUST(!connector->closing);
    connector->closing = true;
    connector->link.quiet = true;
    link_end(&connector->link, RESULT_STATE, "the connector closes");
    uv_close((uv_handle_t *)&connector->retry, on_retry_closed);
}
