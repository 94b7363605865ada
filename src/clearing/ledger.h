/* A party's own book, as items: what it did, out of the journal in its store.
 *
 * An issuer's: what it posted. A debit that was reversed is no debit; a confirmation that posted is
 * the credit that it names; freezes and unfreezes. A wallet's: what was answered to it. Claims that
 * were answered 00 or A2; freezes and unfreezes answered 00, the unfreeze with the amount that the
 * wallet believed to be left. Which of the two it is, the entries say. */
#ifndef CLEARING_LEDGER_H
#define CLEARING_LEDGER_H

#include "clearing/item.h"
#include "store/store.h"

/* Return false to stop. The item lives during the call only; its place is the log record. */
typedef bool ledger_item_fn(void *context, const struct item *item);
/* Every item as it stands in the log, also those that take another one away (ITEM_UNDOES, with its
 * key). `date` 0: of all dates. RESULT_CORRUPT: a record cannot be read. */
MUST_USE enum result ledger_scan(struct store *store, uint32_t date, ledger_item_fn *each,
                                 void *context, struct fault *fault);
/* The book of a date, sorted: what was taken away is gone, and a freeze that was reversed, which a
 * file may list or not, is marked ITEM_UNDONE. Errors also as items_add(). The caller deinits the
 * items in any case. */
MUST_USE enum result ledger_load(struct store *store, uint32_t date, struct items *items,
                                 struct fault *fault);

#endif
