/* Who owes whom on a settlement date: gross debits and credits of each institution.
 *
 * A debit leg is paid by the sender's issuer, a credit leg goes to the receiver's; wallets and the
 * switch pay and get nothing. A list in the order of the institution numbers, of fixed size: it
 * does not grow with the number of transactions. */
#ifndef CLEARING_POSITION_H
#define CLEARING_POSITION_H

#include "base/result.h"
#include "clearing/member.h"

struct position {
    uint64_t institution;
    uint64_t debit_count, credit_count;
    int64_t debit_minor, credit_minor;
};

struct positions {
    size_t count;
    struct position list[CLEARING_PARTIES_MAX];
};

/* Credits less debits: above zero the institution gets money. */
int64_t position_net(const struct position *position);
/* NULL when it has none. */
const struct position *positions_find(const struct positions *positions, uint64_t institution);
/* The institution's position, an empty one when it had none; valid until the next is added.
 * RESULT_LIMIT: more than CLEARING_PARTIES_MAX institutions. */
MUST_USE enum result positions_add(struct positions *positions, uint64_t institution,
                                   struct position **position, struct fault *fault);
/* Both legs of a share. An institution 0 is not known: its leg is left out, so that the nets no
 * longer sum up to zero. RESULT_LIMIT: as above, or a sum that does not fit. */
MUST_USE enum result positions_add_share(struct positions *positions, uint64_t sender_issuer,
                                         uint64_t receiver_issuer, int64_t amount_minor,
                                         struct fault *fault);
/* The sum of all nets: 0, or something is wrong. RESULT_LIMIT: it does not fit. */
MUST_USE enum result positions_net(const struct positions *positions, int64_t *net_minor,
                                   struct fault *fault);

#endif
