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

struct forward {
    struct store_key key;
    struct operation operation;
    uint64_t institution; /* whom it is for */
    int64_t since_us;     /* wall clock, when it was queued */
    unsigned tries;
    bool asked; /* sent, answer awaited */
    bool ended; /* the core is making its end durable */
    struct timer timer;
    struct forward *next, *previous;
    struct store_step step; /* the core's, for the step that ends it */
    void *context;          /* the core's */
};

/* Record form: whom it is for, since when, the operation. */
void forward_write(struct store_tx *tx, unsigned index, const struct operation *operation,
                   uint64_t institution, int64_t since_us);
MUST_USE bool forward_read(struct bytes record, struct operation *operation, uint64_t *institution,
                           int64_t *since_us);

#endif
