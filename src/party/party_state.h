/* The inside of a party, shared by the files of this folder and nobody else. */
#ifndef PARTY_PARTY_STATE_H
#define PARTY_PARTY_STATE_H

#include "base/log_gate.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/random.h"
#include "party/party.h"
#include "security/digest.h"

enum {
    PARTY_NAME_MAX = 64,
    PEER_LOGS_MAX = 24, /* kinds of lines that a peer can cause; there are some 20 */
};
_Static_assert((int)CONTENT_DIGEST_LEN == (int)DIGEST_CONTENT_LEN, "one digest of a content");

/* What an exchange is asked for: decides who hears of its end. */
enum exchange_use { EXCHANGE_CORE, EXCHANGE_FORWARD, EXCHANGE_NETWORK, EXCHANGE_USES };

/* One kind of line that a peer has caused. */
struct peer_log {
    const char *event; /* lives as long as the program; NULL: unused */
    enum log_level level;
    struct log_gate gate;
};

struct peer {
    struct institution id;
    char name[PARTY_NAME_MAX];
    struct mac_key *key;
    uint32_t links;                        /* bit i: link i is up */
    uint32_t greeted;                      /* links on which sign-on is done */
    uint32_t connections[PARTY_LINKS_MAX]; /* how often each came up */
    unsigned next_link;                    /* the turn of the next request of ours */
    bool signed_on;
    bool has_no_totals;
    bool is_leaving;               /* we have signed off, and no link has come up since */
    unsigned request_count;        /* of its requests that are being answered */
    unsigned asked[EXCHANGE_USES]; /* of ours that wait for its answer */
    uint64_t messages_in, messages_out;
    struct timer session_timer; /* a member signs on again; the centre tells the date again */
    struct peer_log logs[PEER_LOGS_MAX];
};

/* A request of ours that waits for its answer. */
struct exchange {
    enum exchange_use use;
    unsigned peer, link;
    uint64_t send_number; /* of the link */
    uint64_t sent_us;
    uint8_t key[TRANSACTION_KEY_LEN];
    struct operation operation; /* to be sent again when no byte of it was written */
    unsigned information;       /* DE 70 of network management, which is no operation */
    void *context;
    struct timer timer;
    struct exchange *next, *previous;
};

/* What is stored for one peer. */
struct forward_queue {
    unsigned peer;
    struct forward_place line, delayed; /* the ends of two lists */
    unsigned count;                     /* of its messages, wherever they are */
    unsigned paced;                     /* of them that are asked and count in the window */
    unsigned sign_ons;
    struct timer timer; /* its peer has signed on */
};

struct party {
    struct party_config config;
    struct party_port port;
    struct party_core core;
    char name[PARTY_NAME_MAX];
    struct instant now;
    struct keeping keeping;

    struct peer *peers;
    struct forward_queue *queues; /* one a peer, and one for whom there is no peer */
    struct pool requests, exchanges, forwards;
    struct map open_requests;  /* transaction key -> struct request */
    struct map open_exchanges; /* transaction key and leg -> struct exchange */
    struct exchange *exchange_list;
    struct deadline_heap timers;
    struct random random;
    uint64_t log_due_us; /* when held-back lines are to be told; UINT64_MAX: there are none */
    struct digest *digest;
    uint64_t unstored[ISO_DE_MAX / 64 + 1]; /* bit de%64 of word de/64: may not be stored */

    uint32_t business_date;
    uint32_t date_wanted; /* the one being made durable; 0: none */
    int64_t day_wall_us;  /* when it began; the step reads it on the store's thread */
    struct store_step day_step;
    bool day_step_busy;
    party_day_fn *day_done; /* whom to tell; NULL: nobody */
    void *day_context;
    uint8_t day_request[PARTY_MESSAGE_MAX]; /* a member's: the 0820 to answer when it is durable */
    size_t day_request_len;
    struct origin day_request_from;

    struct {
        struct store_step step;
        bool is_busy;
        struct store_key at, end; /* how far, and up to where */
    } forgetting_totals;

    uint32_t network_stan;
    unsigned request_count, exchange_count, forward_count;
    uint64_t mac_failures, rejects, unmatched;
    uint64_t delays[FORWARD_OUTCOMES]; /* tries of stored messages in vain, by why */
};

/* wire.c: bytes and messages. */
/* For PARTY_LINKS_MAX: any link for requests, in turn. Sets *sent_over and *number unless they are
 * NULL. false: no link took it, and no byte of it will be written. */
bool wire_send(struct party *party, unsigned peer, unsigned link, struct iso_message *message,
               unsigned *sent_over, uint64_t *number);
/* An answer: over the connection that its request came over, while there is one. */
bool wire_answer(struct party *party, const struct origin *from, struct iso_message *message);
bool wire_mac_is_good(struct party *party, unsigned peer, const struct iso_message *message);
/* What of a message may be stored: the body; nothing of one with tracks, PIN block, chip data or
 * the private data of other products. */
struct bytes wire_for_journal(const struct party *party, const struct iso_message *message,
                              struct bytes bytes);
/* At the start: which elements the spec says hold tracks, PIN blocks, keys and what else may not be
 * stored. */
void wire_find_unstored(struct party *party);
void wire_send_reject(struct party *party, const struct origin *from, struct bytes message,
                      const struct iso_fault *fault);
void wire_log_fault(struct party *party, unsigned peer, const char *event, struct bytes message,
                    const struct iso_fault *fault);

/* quota.c: whether the table of requests has room for one more of this peer. */
bool quota_takes_request(const struct party *party, unsigned peer);

/* answering.c: requests in, answers out. */
void answering_receive(struct party *party, const struct origin *from,
                       const struct iso_message *message, struct bytes bytes);
/* The answer to a reconciliation, as request->reply has it. */
void answering_totals(struct party *party, struct request *request);

/* reconciling.c: totals of dates that are so old that nobody asks are deleted, a few in a step. */
void reconciling_forget(struct party *party);

/* exchange.c: requests out, answers in. */
struct exchange *exchange_open(struct party *party, enum exchange_use use, unsigned peer,
                               const uint8_t key[TRANSACTION_KEY_LEN], unsigned timeout_ms,
                               void *context);
void exchange_forget(struct party *party, struct exchange *exchange);
void exchange_receive(struct party *party, unsigned peer, const struct iso_message *message,
                      struct bytes bytes);
bool exchange_ask_forward(struct party *party, unsigned peer, struct forward *forward);
void exchange_end_unanswered(struct party *party, struct exchange *exchange, enum unanswered why);
void exchange_link_down(struct party *party, unsigned peer, unsigned link,
                        uint64_t first_unwritten);

/* forwarding.c: store and forward. */
void forward_answered(struct party *party, struct forward *forward,
                      const struct received *received);
void forward_unanswered(struct party *party, struct forward *forward, enum unanswered why);
void forward_due(struct party *party, struct forward *forward);
void forward_queue_due(struct party *party, struct forward_queue *queue);
void forward_peer_ready(struct party *party, unsigned peer);
MUST_USE enum result forward_take_memory(struct party *party, struct fault *fault);
MUST_USE enum result forward_load(struct party *party, struct fault *fault);

/* session.c: sign-on, line test, business date. */
void session_receive(struct party *party, const struct origin *from,
                     const struct iso_message *message, struct bytes bytes);
void session_answered(struct party *party, struct exchange *exchange, uint16_t code);
void session_link_up(struct party *party, unsigned peer, unsigned link);
void session_link_down(struct party *party, unsigned peer);
void session_due(struct party *party, unsigned peer);
MUST_USE enum result session_load(struct party *party, struct fault *fault);

/* log.c */
void peer_log_tick(struct party *party);
/* The party closes: tells what is held back. */
void peer_log_end(struct party *party);

/* Microseconds from milliseconds, on the party's clock. */
static inline uint64_t party_after(const struct party *party, unsigned delay_ms)
{
    return party->now.mono_us + (uint64_t)delay_ms * 1000;
}

static inline bool party_link_is_up(const struct party *party, unsigned peer, unsigned link)
{
    return (party->peers[peer].links >> link & 1) != 0;
}

#endif
