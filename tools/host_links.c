/* The links of a party's process. */
#include "host_links.h"

#include "host.h"
#include "net/descriptors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name_of(const struct host_peer *peer)
{
    return party_peer_name(peer->host->party, peer->number);
}

/* --- lines ------------------------------------------------------------------------------------ */

bool host_line_is_free(const struct host_line *line)
{
    return line->receiving == NULL && !line->is_breaking;
}

void host_line_close(struct host_line *line, const char *reason)
{
    line->is_breaking = true;
    if (line->sending != NULL)
        link_close(line->sending, reason);
    if (line->receiving != NULL && line->receiving != line->sending)
        link_close(line->receiving, reason);
}

static void receive(struct host_line *line, struct bytes message)
{
    struct instant now = loop_now();
    line->heard_us = now.mono_us;
    if (!party_receive(line->peer->host->party, line->peer->number, line->number, message, now))
        host_line_close(line, "its messages cannot be followed any more");
}

/* Up when both ways are there. */
static void go_up(struct host_line *line)
{
    struct host_peer *peer = line->peer;
    struct instant now = loop_now();
    if (line->sending == NULL || line->receiving == NULL)
        return;
    line->is_up = true;
    line->heard_us = now.mono_us;
    party_link_up(peer->host->party, peer->number, line->number, now);
    if (line->held.len > 0) {
        struct bytes message = bytes_of(line->held.bytes, line->held.len);
        line->held.len = 0;
        receive(line, message);
    }
    host_newcomer_judge(peer);
}

void host_line_take(struct host_line *line, struct link *link, const struct host_held *held)
{
    link_set_user(link, line);
    line->receiving = link;
    if (!line->peer->is_simplex)
        line->sending = link;
    line->held.len = held != NULL ? held->len : 0;
    if (line->held.len > 0)
        memcpy(line->held.bytes, held->bytes, held->len);
    go_up(line);
}

/* --- what the net tells ----------------------------------------------------------------------- */

static void on_accepted(void *context, struct link *link)
{
    struct host_peer *peer = context;
    for (unsigned i = 0; i < peer->line_count; i++)
        if (host_line_is_free(&peer->lines[i])) {
            host_line_take(&peer->lines[i], link, NULL);
            return;
        }
    host_newcomer_arrive(peer, link);
}

static void on_connected(void *context, struct link *link)
{
    struct host_line *line = context;
    if (line->is_breaking) {
        link_close(link, "the pair of the one before is still being closed");
        return;
    }
    line->sending = link;
    if (!line->peer->is_simplex)
        line->receiving = link;
    go_up(line);
}

static void on_message(void *context, struct link *link, struct bytes message)
{
    struct host_line *line = link_user(link);
    if (line == NULL)
        host_newcomer_message(context, link, message);
    else if (link != line->receiving)
        link_close(link, "a message came on the connection that only sends");
    else if (line->is_up)
        receive(line, message);
    else if (message.len <= sizeof line->held.bytes) { /* the other half is not there yet */
        line->held.len = message.len;
        memcpy(line->held.bytes, message.data, message.len);
    }
}

static void on_idle(void *context, struct link *link)
{
    struct host_line *line = link_user(link);
    (void)context;
    if (line != NULL && link == line->receiving)
        line->heard_us = loop_now().mono_us;
}

static void on_down(void *context, struct link *link, const struct link_end *end)
{
    struct host_line *line = link_user(link);
    if (line == NULL) {
        host_newcomer_gone(context, link);
        return;
    }
    party_tick(line->peer->host->party, loop_now()); /* the link's own time, for the log */
    bool sent = link == line->sending, received = link == line->receiving;
    if (!sent && !received)
        return; /* it never had a place */
    struct host_peer *peer = line->peer;
    if (sent)
        line->sending = NULL;
    if (received)
        line->receiving = NULL;
    party_log_peer(peer->host->party, peer->number, LOG_WARNING, "link_down", "%s: %s",
                   name_of(peer), end->fault->text);
    if (sent && line->is_up) {
        line->is_up = false;
        party_link_down(peer->host->party, peer->number, line->number, end->first_unsent,
                        loop_now());
    }
    if (line->sending == NULL && line->receiving == NULL) {
        line->is_breaking = false;
        line->held.len = 0;
        host_newcomer_admit(peer, line);
    } else if (!line->is_breaking)
        host_line_close(line, "the other connection of the pair has gone");
}

static void tell_trouble(const struct host_peer *peer, const struct fault *fault)
{
    party_tick(peer->host->party, loop_now());
    party_log_peer(peer->host->party, peer->number, LOG_WARNING, "link_trouble", "%s: %s",
                   name_of(peer), fault->text);
}

static void on_listener_trouble(void *context, const struct fault *fault)
{
    tell_trouble(context, fault);
}

static void on_connector_trouble(void *context, const struct fault *fault)
{
    const struct host_line *line = context;
    tell_trouble(line->peer, fault);
}

/* --- opening ---------------------------------------------------------------------------------- */

static const struct lab_institution *member_of(const struct host_peer *peer)
{
    const struct host *host = peer->host;
    unsigned place = host->institution < 0 ? peer->number : (unsigned)host->institution;
    return &host->lab->institutions[place];
}

static struct link_config config_of(const struct host_peer *peer)
{
    const struct host *host = peer->host;
    struct link_config config = link_config_default(&host->framing);
    if (host->framing.idle != ISO_FRAME_IDLE_NONE) {
        config.idle_ms = host->lab->timers.idle_ms;
        config.dead_ms = host->lab->timers.dead_ms;
    }
    config.links_max = peer->line_count + HOST_NEWCOMERS_MAX;
    return config;
}

static enum result listen(struct host_peer *peer, const char *address, uint16_t port,
                          struct fault *fault)
{
    static const struct link_events events = {.up = on_accepted,
                                              .message = on_message,
                                              .idle = on_idle,
                                              .down = on_down,
                                              .trouble = on_listener_trouble};
    struct link_config config = config_of(peer);
    if (peer->is_simplex)
        config.idle_ms = 0; /* we only receive on it */
    TRY(listener_open(peer->host->loop, address, port, &config, &events, peer, &peer->listener,
                      fault));
    party_log(peer->host->party, LOG_INFO, "listening", "port %u for %s",
              listener_port(peer->listener), name_of(peer));
    return RESULT_OK;
}

static enum result connect_line(struct host_line *line, const char *address, uint16_t port,
                                struct fault *fault)
{
    static const struct link_events events = {.up = on_connected,
                                              .message = on_message,
                                              .idle = on_idle,
                                              .down = on_down,
                                              .trouble = on_connector_trouble};
    struct host_peer *peer = line->peer;
    struct link_config config = config_of(peer);
    config.only_sends = peer->is_simplex;
    config.seed = ((uint64_t)getpid() << 16 | peer->number) << 8 | line->number;
    TRY(connector_open(peer->host->loop, address, port, &config, &events, line, &line->connector,
                       fault));
    link_set_user(connector_link(line->connector), line);
    return RESULT_OK;
}

static enum result open_switch_peer(struct host_peer *peer, struct fault *fault)
{
    const struct lab_institution *member = member_of(peer);
    TRY(listen(peer, member->link_host, member->link_port, fault));
    lab_set_link_port(peer->host->lab, peer->number, listener_port(peer->listener));
    /* Where a simplex member listens may be told later. */
    return peer->is_simplex && member->member_port != 0
               ? connect_line(&peer->lines[0], member->member_host, member->member_port, fault)
               : RESULT_OK;
}

static enum result open_member_peer(struct host_peer *peer, struct fault *fault)
{
    const struct lab_institution *member = member_of(peer);
    if (peer->is_simplex) {
        TRY(listen(peer, member->member_host, member->member_port, fault));
        lab_set_member_port(peer->host->lab, (size_t)peer->host->institution,
                            listener_port(peer->listener));
    }
    for (unsigned i = 0; i < peer->line_count; i++)
        TRY(connect_line(&peer->lines[i], member->link_host, member->link_port, fault));
    return RESULT_OK;
}

/* So that the connections of a flood never take the descriptors that the party itself needs: both
 * halves of each line, the listener, newcomers, and one that is being refused. */
static enum result want_descriptors(const struct host *host, struct fault *fault)
{
    enum { OWN = 2 * CONTROL_PEERS_MAX }; /* half of it: standard ones, store, log, loop */
    unsigned count = OWN;
    for (unsigned number = 0; number < host->peer_count; number++)
        count += 2 * host->peers[number].line_count + HOST_NEWCOMERS_MAX + 2;
    return descriptors_want(count, fault);
}

enum result host_links_open(struct host *host, struct fault *fault)
{
    TRY(command_framing_load(host->lab->framing, &host->framing, fault));
    /* A frame that announces more than any message of ours has is refused at its length. */
    if (host->framing.len_max > PARTY_MESSAGE_MAX)
        host->framing.len_max = PARTY_MESSAGE_MAX;
    host->peers = calloc(host->peer_count, sizeof *host->peers);
    if (host->peers == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the links");
    for (unsigned number = 0; number < host->peer_count; number++) {
        struct host_peer *peer = &host->peers[number];
        peer->host = host;
        peer->number = number;
        peer->is_simplex = member_of(peer)->link_mode == LAB_SIMPLEX;
        peer->line_count = member_of(peer)->connections;
        for (unsigned i = 0; i < peer->line_count; i++) {
            peer->lines[i].peer = peer;
            peer->lines[i].number = i;
        }
    }
    TRY(want_descriptors(host, fault));
    for (unsigned number = 0; number < host->peer_count; number++) {
        struct host_peer *peer = &host->peers[number];
        TRY(host->institution < 0 ? open_switch_peer(peer, fault) : open_member_peer(peer, fault));
    }
    return RESULT_OK;
}

void host_links_close(struct host *host)
{
    for (unsigned number = 0; host->peers != NULL && number < host->peer_count; number++) {
        struct host_peer *peer = &host->peers[number];
        listener_close(peer->listener);
        for (unsigned i = 0; i < peer->line_count; i++)
            connector_close(peer->lines[i].connector);
    }
    free(host->peers);
    free(host->line_test);
    host->peers = NULL;
    host->line_test = NULL;
}

enum result host_links_member_at(struct host *host, unsigned number, uint16_t port,
                                 struct fault *fault)
{
    struct host_peer *peer = &host->peers[number];
    const struct lab_institution *member = member_of(peer);
    struct host_line *line = &peer->lines[0];
    if (!peer->is_simplex)
        return fault_set(fault, RESULT_INPUT, "%s has no simplex link", member->short_name);
    if (line->connector != NULL && member->member_port == port)
        return RESULT_OK;
    if (line->sending != NULL)
        return fault_set(fault, RESULT_STATE, "%s is connected, at port %u", member->short_name,
                         (unsigned)member->member_port);
    connector_close(line->connector);
    line->connector = NULL;
    lab_set_member_port(host->lab, number, port);
    return connect_line(line, member->member_host, port, fault);
}

/* --- for the party, and for whoever looks ----------------------------------------------------- */

uint64_t host_links_send(struct host *host, unsigned peer, unsigned link, struct bytes message)
{
    const struct host_line *line = &host->peers[peer].lines[link];
    uint64_t number = 0;
    if (!line->is_up || line->is_breaking ||
        !link_send(line->sending, message.data, message.len, &number))
        return 0;
    return number;
}

void host_links_status(const struct host *host, unsigned number, struct json *json)
{
    const struct host_peer *peer = &host->peers[number];
    const struct lab_institution *member = member_of(peer);
    if (host->institution < 0)
        json_member_int(json, "port", member->link_port);
    if (peer->is_simplex)
        json_member_int(json, "member_port", member->member_port);
    json_key(json, "links");
    json_open_list(json);
    for (unsigned i = 0; i < peer->line_count; i++) {
        const struct host_line *line = &peer->lines[i];
        json_open_object(json);
        json_member_bool(json, "up", line->is_up);
        if (line->is_up)
            json_member(json, "with",
                        link_peer(line->receiving != NULL ? line->receiving : line->sending));
        json_close_object(json);
    }
    json_close_list(json);
}
