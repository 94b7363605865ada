/* A link from the inside, for listener.c and connector.c, which own it.
 *
 * down -> link_prepare() -> connecting -> link_start() -> up -> link_end() -> closing -> down; also
 * connecting -> link_end() -> closing -> down. Then `ended` tells the owner. */
#ifndef NET_LINK_PRIVATE_H
#define NET_LINK_PRIVATE_H

#include "net/address.h"
#include "net/link.h"
#include "net/outbox.h"

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_UP, LINK_CLOSING };

struct link {
    struct outbox out;
    struct loop *loop;
    struct link_config config;
    struct link_events events;
    void *context;
    void *user;
    void *owner;
    void (*ended)(struct link *link); /* the link is down; may release it */
    struct link *next;                /* the listener's */
    struct link *previous;
    enum link_state state;
    bool was_up;      /* the connection that is closing */
    bool heard;       /* a whole frame came on this connection */
    bool quiet;       /* the owner closes: no callbacks */
    unsigned handles; /* of libuv that are not closed yet */
    uv_tcp_t tcp;
    uv_timer_t timer;
    struct loop_task reading; /* reads on when the turn is over */
    uint64_t heard_ms;        /* loop time of the last frame received, or of the start */
    uint64_t sent_ms;         /* of the last frame sent */
    uint8_t *in;
    size_t in_len;
    size_t in_cap;
    uint64_t next_number;
    uint64_t oldest;    /* number of the oldest message whose start may not have been taken */
    uint64_t *starts;   /* of number i, at i % LINK_OUT_MESSAGES: its place in out.added */
    struct fault fault; /* why it closes */
    char peer[ADDRESS_TEXT_MAX];
};

/* Takes the buffers. On failure link_deinit() is still to be called. */
MUST_USE enum result link_init(struct link *link, struct loop *loop,
                               const struct link_config *config, const struct link_events *events,
                               void *context, struct fault *fault);
void link_deinit(struct link *link); /* accepts zeroed memory; only when down */

/* Opens the handles; the connection is to be made within timeout_ms (0: no limit). */
void link_prepare(struct link *link, uint64_t timeout_ms);
/* The connection is made: calls up(), or link_end() when it is gone already. */
void link_start(struct link *link);
/* Does nothing when the link is closing or down. */
void link_end(struct link *link, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
