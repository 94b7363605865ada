/* A request that is being answered: its bytes, what it says, and room for its core's work. */
#ifndef PARTY_REQUEST_H
#define PARTY_REQUEST_H

#include "base/instant.h"
#include "party/duplicate.h"
#include "redpacket/operation.h"
#include "store/store.h"

struct party;

/* The connection over which a message came. A link that comes back is another connection. */
struct origin {
    unsigned peer, link;
    uint32_t connection;
};

/* What a reconciliation comes to. */
struct totals_reply {
    bool is_repeat; /* it was answered so before */
    enum totals_state state;
    struct totals own;
};

struct request {
    struct party *party;
    struct origin from; /* where the answer goes: that of the latest repeat */
    bool signed_on;     /* the peer was, when it came; else the core refuses with 91 */
    bool is_untimely;   /* a 0100 or 0200 whose DE 7 is more than a day from the clock: when it is
                           fresh the core refuses it with 30, and remembers that: a clock may be put
                           right, and what was refused must stay refused */
    struct instant at;
    struct operation operation;
    uint8_t key[TRANSACTION_KEY_LEN];
    uint8_t digest[CONTENT_DIGEST_LEN];
    struct store_step step;    /* the core's */
    void *work;                /* the core's, zeroed, of the size it asked for */
    struct totals_reply reply; /* of party_reconcile() */
    size_t len;
    uint8_t *bytes;       /* as received, header included */
    struct bytes journal; /* its part for the log: without header; none when the message carries
                             what may not be stored (tracks, PIN blocks) */
};

/* Inside apply: what the duplicate record under `index` says of this request. SEEN_NEVER leaves
 * *answer alone; SEEN_OPEN: drop it; the others set what is to be answered. */
enum seen request_judge(const struct request *request, struct store_tx *tx, unsigned index,
                        struct answer *answer);
/* Inside apply: remembers the request as being worked on (OPEN) or answered. */
void request_remember(const struct request *request, struct store_tx *tx, unsigned index,
                      enum duplicate_state state, const struct answer *answer);

#endif
