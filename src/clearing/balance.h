/* A party's position file against its own details and fee files, in each currency.
 *
 * Gross debits and credits are those of an issuer's legs and of purchases, at their issuer and
 * their acquirer; a wallet's claims only pass by, so that of red packets it has none. Fees are in
 * the details of every role that the party has, and again, summed up, in its fee files. What a
 * layout leaves out is not held against it: without a column for the currency all are one. A sum
 * or a count that one side does not tell is not compared. */
#ifndef CLEARING_BALANCE_H
#define CLEARING_BALANCE_H

#include "clearing/layout.h"

enum { BALANCE_CURRENCIES_MAX = 16 }; /* of one party on one date */

struct balance_sums {
    uint64_t debit_count, credit_count;
    int64_t debit_minor, credit_minor, fee_minor;
};

struct balance_line {
    char currency[FEE_CURRENCY_LEN];
    struct balance_sums position, details;
    int64_t fee_files_minor;
};

struct balance {
    uint64_t institution;                          /* whose files; 0: not known yet */
    const struct layout *layouts[LAYOUT_CONTENTS]; /* of such a file; NULL: there is none */
    size_t count;
    struct balance_line lines[BALANCE_CURRENCIES_MAX];
};

/* A file of this layout, of this institution (0: not known), is about to be read. */
void balance_begin_file(struct balance *balance, const struct layout *layout, uint64_t institution);
/* A detail of it. RESULT_LIMIT: a sum has over 18 digits, or more than BALANCE_CURRENCIES_MAX. */
MUST_USE enum result balance_take(struct balance *balance, enum layout_content content,
                                  const struct row *row, struct fault *fault);

/* Everything has been read: whether a position tells of legs and no file of legs was given; how
 * many and how much, in one currency of them. */
bool balance_lacks_details(struct balance *balance, struct balance_sums *lacking);

/* What a file says, and what the others come to. */
struct balance_difference {
    enum layout_content content; /* of the file that says it: a position, or fees */
    bool is_of_position;         /* the fees are not held to the details, but to the position */
    enum operation_kind kind;    /* DEBIT and CREDIT for the gross sums, NONE for the fees */
    bool is_count;               /* how many legs, not how much */
    int64_t said, other;         /* minor units, or legs */
};
typedef void balance_difference_fn(void *context, const struct balance_difference *difference);
/* Everything has been read: whether anything of a position, or of a file of fees, is compared. */
bool balance_compares(const struct balance *balance, enum layout_content content);
/* Everything has been read: each sum and each count that differs. */
void balance_compare(struct balance *balance, balance_difference_fn *differs, void *context);

#endif
