/* What a settlement date waits for before it can be cut: its claims, freezes and purchases that are
 * under way, for people who want to know which. Read from a switch's store, beside a running switch
 * too. */
#ifndef ROUTER_MOVING_H
#define ROUTER_MOVING_H

#include "redpacket/share.h"

enum { ROUTER_MOVING_LISTED = 10 }; /* enough to see what is wrong; the others are counted */

struct router_moving_one {
    bool is_purchase;
    struct transaction_key purchase;   /* its name */
    struct freeze_reference reference; /* else; share 0: the freeze itself */
    uint8_t state;                     /* of the share, the freeze or the purchase */
    uint64_t waits_for;                /* institution whose answer is to come */
    uint64_t since;                    /* log record that brought it there */
    int64_t since_us;
};

struct router_moving {
    uint64_t count;
    size_t listed;
    struct router_moving_one
        list[ROUTER_MOVING_LISTED]; /* purchases by DE 7 and packets by wallet, mixed */
};

/* "CREDITING" */
const char *router_moving_state(const struct router_moving_one *one);
/* Memory does not grow with what the store holds. RESULT_CORRUPT: a record cannot be read;
 * RESULT_IO. */
MUST_USE enum result router_moving_find(struct store *store, uint32_t date,
                                        struct router_moving *moving, struct fault *fault);

#endif
