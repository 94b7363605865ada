/* Who owes whom on a settlement date: gross debits, gross credits and fees of each institution, in
 * each currency.
 *
 * A debit leg is paid by the sender's issuer, a credit leg goes to the receiver's; what passes by
 * wallets and the switch is not theirs. A purchase is paid by the card's issuer to its acquirer. A
 * fee is paid by whom its table says, and the switch may get it. A list in the order of institution
 * numbers and currencies, of fixed size: it does not grow with the number of transactions. */
#ifndef CLEARING_POSITION_H
#define CLEARING_POSITION_H

#include "base/result.h"
#include "clearing/member.h"

enum {
    POSITION_CURRENCY_LEN = 3,                /* DE 49 */
    POSITIONS_MAX = 2 * CLEARING_PARTIES_MAX, /* a lab has one currency, and may have had another */
};

struct position {
    uint64_t institution;
    char currency[POSITION_CURRENCY_LEN];
    uint64_t debit_count, credit_count;
    int64_t debit_minor, credit_minor;
    int64_t fee_minor; /* what it gets, less what it pays */
};

struct positions {
    size_t count;
    struct position list[POSITIONS_MAX];
};

/* Credits less debits, and fees: above zero the institution gets money. What does not fit is the
 * largest number of its sign, which no file can hold. */
int64_t position_net(const struct position *position);
/* NULL when it has none. */
const struct position *positions_find(const struct positions *positions, uint64_t institution,
                                      const char currency[POSITION_CURRENCY_LEN]);
/* The institution's position, an empty one when it had none; valid until the next is added.
 * RESULT_LIMIT: more than POSITIONS_MAX. */
MUST_USE enum result positions_add(struct positions *positions, uint64_t institution,
                                   const char currency[POSITION_CURRENCY_LEN],
                                   struct position **position, struct fault *fault);
/* Both legs of a share; of a purchase, which its issuer pays and its acquirer gets, or of its
 * reversal, the other way round. An institution 0 is not known: its leg is left out, so that the
 * nets no longer sum up to zero. RESULT_LIMIT: as above, or a sum that does not fit. */
MUST_USE enum result positions_add_share(struct positions *positions, uint64_t payer,
                                         uint64_t payee, const char currency[POSITION_CURRENCY_LEN],
                                         int64_t amount_minor, struct fault *fault);
/* Both sides of a fee, by the same figure; below zero the payee pays it. RESULT_LIMIT as above. */
MUST_USE enum result positions_add_fee(struct positions *positions, uint64_t payer, uint64_t payee,
                                       const char currency[POSITION_CURRENCY_LEN],
                                       int64_t amount_minor, struct fault *fault);
/* Whether the sum of all nets is 0 in each currency. RESULT_CORRUPT: it is not, with the currency
 * and the sum; RESULT_LIMIT: it does not fit. */
MUST_USE enum result positions_check(const struct positions *positions, struct fault *fault);

#endif
