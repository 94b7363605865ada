/* What a comparison finds, put in as it comes; and what exceptions files say about it. At the end
 * each finding meets the exception about its item, if there is one: all of it in bounded memory,
 * since every item of a day may differ. */
#ifndef CLEARING_FINDINGS_H
#define CLEARING_FINDINGS_H

#include "clearing/reconcile.h"
#include "clearing/row.h"
#include "clearing/sorter.h"

struct findings {
    struct sorter *found, *excuses;
};

/* `folder` and errors as sorter_open(). */
MUST_USE enum result findings_open(struct findings *findings, const char *folder,
                                   struct fault *fault);
void findings_close(struct findings *findings); /* accepts zeroed memory */
/* Neither MATCHED nor POSITION. */
MUST_USE enum result findings_add(struct findings *findings,
                                  const struct reconcile_difference *difference,
                                  struct fault *fault);
/* A line of an exceptions file. It explains only what it can leave different. */
MUST_USE enum result findings_except(struct findings *findings, const struct row *row,
                                     struct fault *fault);
/* Counts all of them, and lists the first ones in the order of their items' keys. */
MUST_USE enum result findings_give(struct findings *findings, struct reconcile_result *result,
                                   struct fault *fault);

#endif
