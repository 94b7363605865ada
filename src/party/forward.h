/* Store and forward: messages that are repeated until their answer ends them.
 *
 * A stored message is a record (its key is the core's choice, in table 'Q') that holds the whole
 * operation, written in the commit of the step that needs it and deleted in the commit of the step
 * that its end causes. In memory it is a struct forward. A repeat is identical; a restart repeats
 * the same message and never makes a second one. Source: protocol page "Keys, answers, repeats". */
#ifndef PARTY_FORWARD_H
#define PARTY_FORWARD_H

#include "party/timer.h"
#include "redpacket/operation.h"
#include "store/store.h"

enum forward_verdict {
    FORWARD_DONE,    /* answered as hoped */
    FORWARD_REFUSED, /* refused for good: a person must look */
    FORWARD_AGAIN,   /* says nothing: repeat */
};
/* Done: 00, and A4, A5, A6 for a confirmation. Again: 68, 90, 91, 92, 96, 98, A0. Else refused. */
enum forward_verdict forward_judge(const struct operation *operation, uint16_t code);

/* How the latest try ended. */
enum forward_outcome {
    FORWARD_UNTRIED,
    FORWARD_ANSWERED,  /* with `code` */
    FORWARD_NO_ANSWER, /* in time */
    FORWARD_LINK_LOST, /* after it was sent */
    FORWARD_NOT_TAKEN, /* the link, or the table of what is asked, had no room */
    FORWARD_OUTCOMES,
};

/* Why it waits now. */
enum forward_wait {
    FORWARD_WAITS_FOR_PEER,    /* there is none of its institution number */
    FORWARD_WAITS_FOR_LINK,    /* to its peer */
    FORWARD_WAITS_FOR_SIGN_ON, /* of its peer */
    FORWARD_WAITS_FOR_TURN,    /* others go before it */
    FORWARD_WAITS_FOR_DELAY,   /* until its next try is due */
    FORWARD_WAITS_FOR_ANSWER,
    FORWARD_WAITS_FOR_COMMIT, /* of its end */
    FORWARD_WAITS,
};
/* A word for programs: "peer", "link", "sign-on", "turn", "delay", "answer", "commit". */
const char *forward_wait_name(enum forward_wait wait);
/* Likewise: "untried", "answered", "no-answer", "link-lost", "not-taken". */
const char *forward_outcome_name(enum forward_outcome outcome);

/* In which of its queue's lists it is; the queue's affair. */
struct forward_place {
    struct forward_place *next, *previous;
};
enum forward_state {
    FORWARD_IN_LINE, /* its try is due */
    FORWARD_DELAYED,
    FORWARD_ASKED, /* sent, answer awaited */
    FORWARD_ENDED, /* the core is making its end durable */
};

struct forward {
    struct forward_place place; /* first: a place is its message */
    struct store_key key;
    struct operation operation;
    uint64_t institution; /* whom it is for */
    int64_t since_us;     /* wall clock, when it was queued */
    unsigned queue;       /* its peer; the party's peer_count: none */
    enum forward_state state;
    unsigned sign_ons; /* of its peer, when it was delayed */
    bool is_paced;     /* asked, and counts in its peer's window */
    unsigned tries;
    enum forward_outcome outcome;
    uint16_t code; /* of the latest answer */
    struct timer timer;
    struct store_step step; /* the core's, for the step that ends it */
    void *context;          /* the core's */
};

/* Record form: whom it is for, since when, the operation. */
void forward_write(struct store_tx *tx, unsigned index, const struct operation *operation,
                   uint64_t institution, int64_t since_us);
MUST_USE bool forward_read(struct bytes record, struct operation *operation, uint64_t *institution,
                           int64_t *since_us);

/* As they were queued, unless a clock was set back in between: since when, then by DE 11. Less
 * than, equal to or more than 0. */
int forward_compare(int64_t since_us, uint32_t stan, int64_t other_since_us, uint32_t other_stan);

#endif
