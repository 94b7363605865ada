/* A party's own book, as items: what it did, out of the journal in its store or out of a file of
 * its own (ledger_csv.h).
 *
 * An issuer's: what it posted and what it refused. A debit that was reversed is no debit; a
 * confirmation that posted is the credit that it names; purchases, and none that was reversed;
 * freezes and unfreezes. A wallet's: what was answered to it. Claims, purchases, freezes, and
 * unfreezes with the amount that the wallet believed to be left. Which of the two it is, the
 * entries say. */
#ifndef CLEARING_LEDGER_H
#define CLEARING_LEDGER_H

#include "clearing/item.h"
#include "store/store.h"

/* Return false to stop. The item lives during the call only; its place is the log record, or the
 * line. */
typedef bool ledger_item_fn(void *context, const struct item *item);

struct ledger {
    /* Every item as it stands, also those that take another one away (ITEM_UNDOES, with its key).
     * `date` 0: of all dates. */
    enum result (*scan)(void *context, uint32_t date, ledger_item_fn *each, void *each_context,
                        struct fault *fault);
    void *context;
    bool is_wallet;
    uint64_t institution; /* whose it is; 0: it does not say */
    bool is_file;         /* places are lines */
};

/* The store is read as long as the ledger is used, and stays the caller's. RESULT_CORRUPT, here and
 * of scan: a record cannot be read. */
MUST_USE enum result ledger_of_store(struct store *store, struct ledger *ledger,
                                     struct fault *fault);
MUST_USE enum result ledger_scan(const struct ledger *ledger, uint32_t date, ledger_item_fn *each,
                                 void *context, struct fault *fault);

#endif
