/* The fees of a settlement date, summed up by fee, payer, payee and currency.
 *
 * Memory grows with how many institutions pay each other, never with the number of shares. */
#ifndef CLEARING_FEE_BOOK_H
#define CLEARING_FEE_BOOK_H

#include "base/map.h"
#include "clearing/fee.h"
#include "redpacket/journal.h"

/* 512 institutions that each pay as many others one fee; 20 MB. */
enum { FEE_BOOK_MAX = 1 << 18 };

struct fee_sum {
    uint64_t payer, payee;
    char currency[FEE_CURRENCY_LEN];
    unsigned fee;         /* in the table */
    uint64_t count;       /* of shares, or of purchases less their reversals */
    int64_t base_minor;   /* of their amounts */
    int64_t amount_minor; /* from payer to payee; below zero: back */
};

struct fee_book {
    size_t count, room;
    struct fee_sum *list;
    struct map places; /* by what the sum is of: place in the list, from 1 */
};

/* Who has which part in the share that this entry of the log credits, or in the purchase that it
 * approves or gives back; `institution` is the switch's. */
struct fee_share fee_share_of(const struct journal_entry *entry, uint64_t institution);

/* RESULT_LIMIT: over FEE_BOOK_MAX sums, or one does not fit; RESULT_IO without memory. */
MUST_USE enum result fee_book_add(struct fee_book *book, const struct fee_share *share,
                                  const struct fee_item *item, struct fault *fault);
/* By fee, payer, payee and currency. Nothing may be added any more. */
void fee_book_sort(struct fee_book *book);
void fee_book_deinit(struct fee_book *book); /* accepts zeroed memory */

#endif
