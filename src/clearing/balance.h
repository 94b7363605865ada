/* A party's position file against its own details and fee files, in each currency.
 *
 * Gross debits and credits are those of an issuer's legs; a wallet's claims only pass by. Fees are
 * in the details of every role that the party has, and again, summed up, in its fee files. What a
 * layout leaves out is not held against it: without a column for the currency all are one. */
#ifndef CLEARING_BALANCE_H
#define CLEARING_BALANCE_H

#include "clearing/layout.h"

enum { BALANCE_CURRENCIES_MAX = 16 }; /* of one party on one date */

struct balance_sums {
    int64_t debit_minor, credit_minor, fee_minor;
};

struct balance_line {
    char currency[FEE_CURRENCY_LEN];
    struct balance_sums position, details;
    int64_t fee_files_minor;
};

struct balance {
    uint64_t institution;      /* whose files; 0: not known yet */
    bool has[LAYOUT_CONTENTS]; /* such a file */
    size_t count;
    struct balance_line lines[BALANCE_CURRENCIES_MAX];
};

/* A file of this content, of this institution (0: not known), is about to be read. */
void balance_begin_file(struct balance *balance, enum layout_content content, uint64_t institution);
/* A detail of it. RESULT_LIMIT: a sum has over 18 digits, or more than BALANCE_CURRENCIES_MAX. */
MUST_USE enum result balance_take(struct balance *balance, enum layout_content content,
                                  const struct row *row, struct fault *fault);

/* kind: DEBIT and CREDIT for the gross sums, NONE for the fees. */
typedef void balance_difference_fn(void *context, enum operation_kind kind, int64_t position_minor,
                                   int64_t other_minor);
/* Everything has been read: each sum that differs. */
void balance_compare(struct balance *balance, balance_difference_fn *differs, void *context);

#endif
