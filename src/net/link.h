/* Framed links: messages in and out over TCP, from a listener or a connector.
 *
 * A link moves whole messages; what they mean, who may send them and what a silence costs is its
 * owner's affair. No callback is ever called from inside a call of the owner's: also the end of a
 * link that the owner closes is reported later in the turn.
 *
 * Numbers: each message that link_send() takes gets the next number of its link, from 1, without
 * a gap; a connector's link goes on counting through reconnects. link_send() copies the message
 * and the turn's end hands it to the kernel. When a link goes down, what was not handed over is
 * dropped, and link_end.first_unsent tells: of that number and all after it no byte was written.
 * Of the numbers before it, some or all bytes were, and nothing is known about their arrival. */
#ifndef NET_LINK_H
#define NET_LINK_H

#include "base/bytes.h"
#include "iso8583/iso8583.h"
#include "net/loop.h"

enum {
    LINK_IDLE_MS = 4 * 60 * 1000,  /* protocol page, Timers */
    LINK_DEAD_MS = 5 * 60 * 1000,  /* likewise */
    LINK_CONNECT_MS = 5 * 1000,    /* as long as a leg waits for its answer */
    LINK_RETRY_MIN_MS = 100,       /* soon enough that parties starting together find each other */
    LINK_RETRY_MAX_MS = 10 * 1000, /* a host that is back is found before people ask */
    LINK_OUT_LEN_MAX = 512 * 1024, /* some 1,500 messages: 50 ms of the fastest switch there is */
    LINK_OUT_MESSAGES = 4096,      /* numbers of messages not handed over yet; 32 KiB a link */
    LINK_IN_LEN = 32 * 1024,       /* some 90 messages a read; at least one frame and a byte */
    LINK_LINKS_MAX = 1024,         /* of one listener; about 600 KiB each when all are busy */
};

struct link;

/* Of link_config_default(), then changed. Times in ms, where 0 means never. */
struct link_config {
    const struct iso_framing *framing; /* lives longer than the links */
    uint64_t idle_ms;   /* nothing sent for so long: an idle frame is; only if the framing has it */
    uint64_t dead_ms;   /* no frame received for so long, or no byte taken: the link goes down */
    bool only_sends;    /* nothing is heard on it: silence of the other side is no death */
    size_t out_len_max; /* bytes of frames that wait to be written */
    unsigned links_max; /* listener: refuse beyond; at least 1 */
    uint64_t connect_ms;   /* connector: an attempt may last */
    uint64_t retry_min_ms; /* connector: wait after the first failure; doubles with each */
    uint64_t retry_max_ms; /* connector: up to here; the wait is drawn from its upper half */
    uint64_t seed;         /* connector: of the draw; different for each connector of a process */
};
/* A framing without idle frames has no idle_ms and no dead_ms: silence is normal there. */
struct link_config link_config_default(const struct iso_framing *framing);

struct link_end {
    const struct fault *fault; /* INPUT: the peer sent garbage; IO: the line; STATE: we closed it */
    uint64_t first_unsent;     /* no byte of this number and later ones was written */
};

/* Only up, message and down must be there. */
struct link_events {
    void (*up)(void *context, struct link *link);
    /* The bytes live during the call. */
    void (*message)(void *context, struct link *link, struct bytes message);
    void (*idle)(void *context, struct link *link); /* an idle frame came */
    /* Once for each up. A listener's link is gone afterwards, a connector's tries again. */
    void (*down)(void *context, struct link *link, const struct link_end *end);
    /* For the log: an attempt to connect failed, or a connection was refused (said once until a
     * place is free again). */
    void (*trouble)(void *context, const struct fault *fault);
};

/* Copies the message into the output buffer. *number (may be NULL) is its number. False, with
 * nothing sent and no number spent: the link is not up, its buffer has no room, or the framing
 * cannot announce so long a message. */
bool link_send(struct link *link, const void *message, size_t len, uint64_t *number);
bool link_is_up(const struct link *link);
/* Writes what the kernel takes at once and closes; down() follows with `reason`. Does nothing to
 * a link that is not up. */
void link_close(struct link *link, const char *reason);
/* "127.0.0.1:4000", the other side's. Lives as long as the link. */
const char *link_peer(const struct link *link);
/* One pointer of the owner's, NULL at first. */
void link_set_user(struct link *link, void *user);
void *link_user(const struct link *link);

/* --- listeners ------------------------------------------------------------------------------- */

struct listener;

/* Port 0: the system chooses. Both structs are copied. RESULT_INPUT: no such address; RESULT_IO:
 * it cannot be listened on. */
MUST_USE enum result listener_open(struct loop *loop, const char *host, uint16_t port,
                                   const struct link_config *config,
                                   const struct link_events *events, void *context,
                                   struct listener **listener, struct fault *fault);
uint16_t listener_port(const struct listener *listener);
/* Accepts no more; the links live on. */
void listener_stop(struct listener *listener);
/* Closes its links too, after writing what the kernel takes at once. None of its callbacks is
 * called any more. Accepts NULL. */
void listener_close(struct listener *listener);

/* --- connectors ------------------------------------------------------------------------------ */

struct connector;

/* Tries at once, and again after each failure and each end of the link. */
MUST_USE enum result connector_open(struct loop *loop, const char *host, uint16_t port,
                                    const struct link_config *config,
                                    const struct link_events *events, void *context,
                                    struct connector **connector, struct fault *fault);
/* The same link through all its reconnects. */
struct link *connector_link(struct connector *connector);
/* As listener_close(). */
void connector_close(struct connector *connector);

#endif
