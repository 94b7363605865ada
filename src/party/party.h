/* What every party needs around its core, without I/O: links and sign-on, MACs, requests in and
 * answers out, requests out and answers in, store and forward, the business date.
 *
 * Bytes, ticks and store completions go in; bytes to send come out through struct party_port, and
 * what the business must decide goes to the core through struct party_core. Time is an argument of
 * every call. One thread owns a party and everything in it.
 *
 * Durable before visible: the party sends what its core asks for at once, so the core asks only
 * after the step that the message depends on has completed. */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "base/instant.h"
#include "base/log.h"
#include "base/result.h"
#include "iso8583/iso8583.h"
#include "party/duplicate.h"
#include "party/forward.h"
#include "party/request.h"
#include "redpacket/operation.h"
#include "security/mac.h"
#include "store/store.h"

enum {
    PARTY_PEERS_MAX = 256, /* a lab's institutions */
    PARTY_LINKS_MAX = 16,  /* of one peer; real members have two to eight */
    PARTY_FREEZE_AGE_DAYS = 7,
    PARTY_KEEP_DAYS = 30,
    PARTY_FORGET_DAYS = 299,  /* before 300 */
    PARTY_CORE_TIMERS = 4,    /* armed by the core at once */
    PARTY_MESSAGE_MAX = 2048, /* longest message taken or made; ours have about 400 bytes */
    /* Stored messages of one peer that have waited and are unanswered: enough to keep a commit of
     * the peer's full, few beside its live traffic. */
    PARTY_FORWARD_WINDOW = 16,
    PARTY_FORWARD_LOOK = 4096, /* places looked at in one party_forward_page(): a millisecond */
    /* What each peer may have of any table, as far as it goes: a table of 4,096, the lab's default,
     * has so much for each of the most peers that there may be. */
    PARTY_QUOTA_MIN = 16,
    /* Of one peer at once: dates and a sign-off, and on each link a sign-on, a date, line tests. */
    PARTY_NETWORK_ASKED = 4,
    PARTY_NETWORK_ASKED_MAX = PARTY_NETWORK_ASKED * (1 + PARTY_LINKS_MAX),
};

enum direction { DIRECTION_IN, DIRECTION_OUT };

/* How a line test ended. */
struct line_test {
    uint16_t code; /* DE 39; CODE_NONE: no answer came in time, or the link broke */
    uint64_t us;   /* there and back; how long it was waited */
};

/* What a party asks of whoever runs it. */
struct party_port {
    void *host;
    /* Queues one message for this link of the peer: a number that grows with each of this link, or
     * 0 when it is not up or has no room, and then no byte of it will be written. */
    uint64_t (*send)(void *host, unsigned peer, unsigned link, struct bytes message);
    /* A line for the log: what was refused and why, who signed on. */
    void (*log)(void *host, enum log_level level, const char *event, const char *text);
    /* Every message that passes, after it was read or before it is sent. May be NULL. */
    void (*seen)(void *host, unsigned peer, enum direction direction,
                 const struct iso_message *message);
    /* A line test has ended; `context` is party_line_test()'s. NULL where none is asked for. */
    void (*tested)(void *host, void *context, const struct line_test *test);
};

/* An answer to something that the core asked. */
struct received {
    uint16_t code;
    uint16_t settlement;   /* DE 15, MMDD; 0: none */
    char authorisation[6]; /* DE 38; first byte 0: none */
    struct bytes message;  /* borrowed, for the log, like a request's journal */
    struct bytes status;   /* DE 48 usage HS; len 0: none. Borrowed */
    char settlement_code;  /* DE 66; 0: none */
    struct totals totals;  /* of a reconciliation */
};

enum unanswered {
    UNANSWERED_TIMEOUT,   /* sent, nothing came */
    UNANSWERED_LINK_LOST, /* sent or partly sent, then the link broke */
    UNANSWERED_NOT_SENT,  /* no byte of it was written, and no other link took it */
};

/* The business behind a party. `core` is handed back to every function. */
struct party_core {
    void *core;
    size_t work_size; /* of request->work */
    /* A fresh, well-formed, MAC-checked request: to be answered with party_answer(), once. */
    void (*request)(void *core, struct request *request);
    /* What party_ask() asked has been answered, or will not be. `context` is party_ask()'s. */
    void (*answered)(void *core, void *context, const struct received *received);
    void (*unanswered)(void *core, void *context, enum unanswered why);
    /* An answer, good MAC, that nobody awaits any more: its request was given up, or answered
     * before. Whether it is one at all, by DE 2, DE 4 and who sent it, only the core's records can
     * say. May be NULL. */
    void (*late)(void *core, uint64_t institution, const struct operation *operation,
                 const struct received *received);
    /* A stored message reached its end (never again by itself): the core makes it durable by
     * deleting its record, then calls party_forward_done(). */
    void (*forwarded)(void *core, struct forward *forward, enum forward_verdict verdict,
                      const struct received *received);
    /* What an answer to a stored message means; NULL: forward_judge(). */
    enum forward_verdict (*judge)(const struct operation *operation, uint16_t code);
    /* The time of a timer that was armed with party_arm() has come. NULL where none is. */
    void (*due)(void *core, struct timer *timer);
    /* A peer has signed on and may be asked. May be NULL. */
    void (*ready)(void *core, unsigned peer);
    /* A new business date is durable; before whoever asked for it is told. May be NULL. */
    void (*day)(void *core, uint32_t date);
};

struct party_peer_config {
    struct institution id;
    const char *name;
    struct mac_key *key; /* NULL only when the party has no recipe */
    bool has_no_totals;  /* no reconciliation with it */
};

struct party_config {
    const char *name;
    struct institution self;
    bool is_centre; /* the switch: members sign on to it; a member's only peer is the switch */
    const struct iso_spec *spec;
    const struct mac_recipe *recipe; /* NULL: no MACs on these links */
    struct store *store;
    const struct party_peer_config *peers; /* copied; the keys stay the caller's */
    unsigned peer_count;
    uint32_t opening_date; /* business date of a store that has none yet */
    unsigned requests_max; /* being answered at once; past it: 96 */
    /* Asked and not yet answered: one for each request, each stored message, and
     * PARTY_NETWORK_ASKED_MAX for each peer are never too few. */
    unsigned exchanges_max;
    unsigned forwards_max; /* store-and-forward places */
    /* Of one peer, stored messages that have waited and are unanswered at once; 0:
     * PARTY_FORWARD_WINDOW. */
    unsigned forward_window;
    unsigned forward_first_ms, forward_max_ms, forward_wait_ms;
    unsigned network_ms; /* answer to a sign-on or a cutover */
    /* How old a freeze becomes before the switch closes it; how long what is over is kept; and how
     * old a key becomes at most, by its DE 7, which has no year. 0: 7, 30 and 299 days. */
    uint64_t freeze_age_ms, keep_ms, forget_ms;
    uint64_t seed; /* jitter, first STAN of network management */
};

struct party;

/* Reads business date and stored messages from the store. The port and the core are copied. */
MUST_USE enum result party_open(const struct party_config *config, const struct party_port *port,
                                const struct party_core *core, struct instant now,
                                struct party **party, struct fault *fault);
/* Accepts NULL. No step may be with the store any more (store_drain() first). */
void party_close(struct party *party);

/* --- driven by the host ----------------------------------------------------------------------- */

/* A peer has links 0 to PARTY_LINKS_MAX - 1, each a duplex connection or a simplex pair; which of
 * them is which is the host's affair. A member signs on over each, and is signed on while one of
 * them is up. Requests go in turn over those that are up and on which it has signed on, or over any
 * when that is none; an answer goes back over the connection that its request, or the latest
 * repeat, came over, or not at all. */
void party_link_up(struct party *party, unsigned peer, unsigned link, struct instant now);
/* `first_unwritten`: of this and later send numbers of the link no byte was written. What of these
 * was a request goes over another link that is up. */
void party_link_down(struct party *party, unsigned peer, unsigned link, uint64_t first_unwritten,
                     struct instant now);
/* One whole message of a peer's link. false: the stream cannot be trusted any more (the header is
 * not a header, its length is not the frame's), close the link. */
MUST_USE bool party_receive(struct party *party, unsigned peer, unsigned link, struct bytes message,
                            struct instant now);
/* Asks the other side, signed on or not, for a sign of life on this link (0820/301); its end is
 * told by port.tested(). false: the link takes nothing, and nothing will be told. */
MUST_USE bool party_line_test(struct party *party, unsigned peer, unsigned link,
                              unsigned timeout_ms, void *context, struct instant now);
/* When party_tick() has something to do, in mono_us; UINT64_MAX: not by itself. */
uint64_t party_deadline(const struct party *party);
/* The same for lines of the log that are held back (party_log_peer()): apart, because they are no
 * part of the protocol and nothing depends on their time. */
uint64_t party_log_deadline(const struct party *party);
/* Also before the core is made to do something that none of these calls brought, as when a person
 * commands a wallet: what it does is stamped with the time of the latest of them. */
void party_tick(struct party *party, struct instant now);
/* Delivers store completions. A fault is final: the process stops. */
MUST_USE enum result party_complete(struct party *party, struct instant now, struct fault *fault);

/* --- used by the core ------------------------------------------------------------------------- */

struct instant party_now(const struct party *party);
struct store *party_store(const struct party *party);
/* Of its configuration, or the defaults. */
struct keeping {
    int64_t freeze_age_us, keep_us, forget_us;
};
struct keeping party_keeping(const struct party *party);
uint32_t party_business_date(const struct party *party);
/* The same, or the later one that is being made durable: what a DE 15 is read by. */
uint32_t party_latest_date(const struct party *party);
const struct institution *party_self(const struct party *party);
const char *party_peer_name(const struct party *party, unsigned peer);
struct institution party_peer_id(const struct party *party, unsigned peer);
/* -1 when no peer has this institution number. */
int party_peer_find(const struct party *party, uint64_t institution);
/* It has signed on, and a link of it is up. */
bool party_peer_is_ready(const struct party *party, unsigned peer);
void party_log(struct party *party, enum log_level level, const char *event, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
/* What a peer can cause as often as it likes: of many lines of one event (a name that lives as long
 * as the program) only the first are written, and how many more there were (base/log_gate.h). */
void party_log_peer(struct party *party, unsigned peer, enum log_level level, const char *event,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Sends the request and reports its end through answered() or unanswered(), exactly once. false:
 * nothing was sent and nothing will be reported. */
MUST_USE bool party_ask(struct party *party, unsigned peer, const struct operation *operation,
                        unsigned timeout_ms, void *context);
/* Whether one who has `held` entries of a table may take one more of the `free` ones. */
bool party_quota_allows(unsigned held, unsigned free);
/* Whether one more question on behalf of `request` may wait for this peer's answer; else it is as
 * if it could not be sent. */
bool party_quota_may_ask(const struct party *party, unsigned peer, const struct request *request);
/* Sends the answer to where the request (or its latest repeat) came from and gives the request
 * back; it may not be used afterwards. */
void party_answer(struct party *party, struct request *request, const struct answer *answer);
/* The same, with DE 48 of the answer in place of the request's; no bytes: the request's. */
void party_answer_private(struct party *party, struct request *request, const struct answer *answer,
                          struct bytes private_data);
/* Answers a member's reconciliation out of its own totals (party/reconciling.c): what an issuer and
 * a wallet do alike. */
void party_reconcile(struct party *party, struct request *request);
/* Whether totals are exchanged with this peer: nobody wants it otherwise, and there are elements
 * for them. */
bool party_peer_has_totals(const struct party *party, unsigned peer);
/* The oldest date whose totals are kept, but for what a stored message still waits for. */
uint32_t party_totals_from(const struct party *party);
/* Gives the request back without an answer of its own: it turned out to be a repeat of one that is
 * still being worked on elsewhere. */
void party_drop(struct party *party, struct request *request);

/* Sends the message as soon as its peer is ready and those that wait before it have left, again
 * until its answer ends it. `key` is its record, already durable. NULL when all `forwards_max`
 * places are taken: whoever may need one counts them before it accepts what may lead to it. */
struct forward *party_forward(struct party *party, const struct store_key *key,
                              const struct operation *operation, uint64_t institution,
                              int64_t since_us);
void party_forward_done(struct party *party, struct forward *forward);
/* In place of party_forward_done(): there is no room to make its end durable now. It is repeated,
 * and answered, once more. */
void party_forward_again(struct party *party, struct forward *forward);

typedef void party_day_fn(void *context, uint32_t date);
/* Calls core.due() at that moment of the monotonic clock, or soon after it. The timer is the
 * core's, zeroed at first, and stays where it is; armed anew, it moves. */
void party_arm(struct party *party, struct timer *timer, uint64_t due_us);

/* The centre begins a new business date: durable, then told to every member that is signed on
 * (0820/201, then 202 until it is answered); a member that signs on later learns it then. `done`,
 * unless NULL, is called when it is durable. false: another cutover is being made durable. */
MUST_USE bool party_cutover(struct party *party, uint32_t date, party_day_fn *done, void *context);
/* A member signs off; the centre answers. It stays off until one of its links comes up anew. */
void party_sign_off(struct party *party, unsigned peer);

/* The business date in a party's store, for tools; 0: there was no cutover yet. */
MUST_USE enum result party_stored_date(struct store *store, uint32_t *date, struct fault *fault);

/* --- for whoever looks ------------------------------------------------------------------------ */

struct party_peer_view {
    const char *name;
    uint32_t links; /* bit i: link i is up */
    bool signed_on;
    unsigned forwards; /* stored for it */
    uint64_t messages_in, messages_out;
    unsigned requests; /* of its requests that are being answered */
    unsigned asked;    /* of the core's requests that wait for its answer */
};
struct party_peer_view party_peer_view(const struct party *party, unsigned peer);
struct party_view {
    unsigned peers, requests, exchanges, forwards;
    unsigned asked; /* exchanges of the core */
    uint64_t mac_failures, rejects, unmatched;
    uint64_t delays[FORWARD_OUTCOMES]; /* tries of stored messages in vain, by why */
    uint32_t business_date;
};
struct party_view party_view(const struct party *party);
/* A stored message as it waits. What it says is in its record. */
struct party_forward_view {
    const struct store_key *key; /* both live as long as the party is not called */
    const char *peer;            /* its name; NULL: there is no such peer */
    unsigned tries;
    enum forward_wait wait;
    enum forward_outcome outcome; /* of the latest try */
    uint16_t code;                /* when that was answered */
    uint64_t due_us;              /* FORWARD_WAITS_FOR_DELAY: the next try, in mono_us */
};
/* Fills at most `max` views in no particular order and returns how many. *at is 0 at first and
 * where to go on after that; UINT_MAX: there are no more. What is stored between two calls may be
 * missed. A call looks at PARTY_FORWARD_LOOK places at most. */
unsigned party_forward_page(const struct party *party, unsigned *at,
                            struct party_forward_view *views, unsigned max);

#endif
