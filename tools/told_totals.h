/* Totals of a date and member for whoever looks: read from a store, in words and as JSON. */
#ifndef TOOLS_TOLD_TOTALS_H
#define TOOLS_TOLD_TOTALS_H

#include "base/json.h"
#include "lab/lab.h"
#include "redpacket/totals.h"

#include <stdio.h>

typedef bool told_totals_fn(void *context, uint32_t date, uint64_t member,
                            const struct totals_book *book);
/* Of this date; 0: of all, the oldest first. Of any party's store, opened read-only too. */
MUST_USE enum result told_totals_scan(struct store *store, uint32_t date, told_totals_fn *each,
                                      void *context, struct fault *fault);

/* Nothing about it needs a person: both say the same, or differ by no more than what is in doubt.
 */
bool told_totals_are_good(const struct totals_book *book);
/* "in balance", "differs by no more than what is in doubt", "not answered"... */
const char *told_totals_words(const struct totals_book *book);
/* A line with the figures, and one for each element in which both differ. `name` may be "". */
void told_totals_print(FILE *out, uint32_t date, uint64_t member, const char *name,
                       const struct totals_book *book);
/* An object. */
void told_totals_json(struct json *json, uint32_t date, uint64_t member,
                      const struct totals_book *book);

#endif
