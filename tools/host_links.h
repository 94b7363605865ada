/* The links of a party's process: which connections stand for which link of which peer.
 *
 * The party counts the links of a peer from 0. A duplex link is one connection, which the member
 * makes. A simplex link is a pair: each side makes the connection on which it sends, to the other's
 * listener; when one of the two goes, the other is closed, and both are made anew. The switch has a
 * listener for each member, which tells it who connects.
 *
 * Whoever connects while every link is in use is a newcomer (host_newcomer.c): a member that was
 * started again and whose old connections are dead without knowing it, or a stranger. It gets a
 * place only when a link that is tested gives no sign of life. */
#ifndef TOOLS_HOST_LINKS_H
#define TOOLS_HOST_LINKS_H

#include "base/json.h"
#include "net/link.h"
#include "party/party.h"

enum {
    HOST_NEWCOMERS_MAX = 4, /* of a peer, waiting; one more is not accepted */
    HOST_PROBE_MS = 2000,   /* a link that is silent for so long gives way to a newcomer */
    HOST_PAUSE_MS = 1000,   /* after all links gave a sign of life: newcomers are closed at once */
    HOST_LINE_TEST_MS = 5000,     /* as long as a leg waits for its answer */
    HOST_LINE_TEST_PEER_MAX = 64, /* bytes of a name */
};

struct host;
struct host_call;
struct host_peer;
struct schema;
struct node;

/* A line test of ours, by whoever asked for it. */
struct host_test {
    void (*ended)(struct host_test *test, const struct line_test *result);
};

/* A message that came before its connection had a place: one is kept, a member's sign-on. */
struct host_held {
    size_t len;
    uint8_t bytes[PARTY_MESSAGE_MAX];
};

struct host_line {
    struct host_test probe; /* first: what is tested for a newcomer's sake is this line */
    struct host_peer *peer;
    unsigned number;
    struct connector *connector;      /* what we connect; NULL: nothing */
    struct link *sending, *receiving; /* of a duplex link the same; NULL: not there */
    bool is_up;                       /* the party has been told */
    bool is_breaking;                 /* what is left of it is being closed */
    uint64_t heard_us;                /* the latest frame */
    struct host_held held;
};

struct host_newcomer {
    struct link *link;
    bool is_closing;
    struct host_held held;
};

struct host_peer {
    struct host *host;
    unsigned number;
    bool is_simplex;
    struct listener *listener; /* NULL: only we connect */
    unsigned line_count;
    struct host_line lines[PARTY_LINKS_MAX];
    struct host_newcomer newcomers[HOST_NEWCOMERS_MAX]; /* the latest last */
    unsigned newcomer_count;
    unsigned probes;        /* lines under test for them */
    uint64_t round_us;      /* when those tests began */
    uint64_t kept_until_us; /* so long newcomers are closed at once */
    uint64_t turned_away;   /* so many since the latest test */
};

/* Listens and connects as the lab file says. */
MUST_USE enum result host_links_open(struct host *host, struct fault *fault);
void host_links_close(struct host *host);
/* As party_port.send(). */
uint64_t host_links_send(struct host *host, unsigned peer, unsigned link, struct bytes message);
/* Adds "links" to the status of a peer, and the ports that the system may have chosen. */
void host_links_status(const struct host *host, unsigned peer, struct json *json);
/* The switch is told where a simplex member listens. RESULT_STATE: its link is up elsewhere. */
MUST_USE enum result host_links_member_at(struct host *host, unsigned peer, uint16_t port,
                                          struct fault *fault);

/* Closes what there is of the line; its end is told to the party later. */
void host_line_close(struct host_line *line, const char *reason);
/* The connection takes the place of the line, with what it has sent already. */
void host_line_take(struct host_line *line, struct link *link, const struct host_held *held);
/* Neither taken nor being closed. */
bool host_line_is_free(const struct host_line *line);

/* host_newcomer.c */
void host_newcomer_arrive(struct host_peer *peer, struct link *link);
void host_newcomer_message(struct host_peer *peer, struct link *link, struct bytes message);
void host_newcomer_gone(struct host_peer *peer, struct link *link);
/* A line has become free: the latest newcomer has it. */
void host_newcomer_admit(struct host_peer *peer, struct host_line *line);
/* Tests the lines in use, when somebody waits for one. */
void host_newcomer_judge(struct host_peer *peer);

/* host_line_test.c: {"do": "line-test", "peer": NAME}. One at a time. */
struct host_line_test;
void host_line_test(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line);

#endif
