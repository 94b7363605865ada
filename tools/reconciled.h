/* How a comparison of files with a book is told, to people and to programs. */
#ifndef TOOLS_RECONCILED_H
#define TOOLS_RECONCILED_H

#include "base/json.h"
#include "clearing/reconcile.h"

#include <stdio.h>

/* What the result does not say itself. */
struct reconciled {
    const struct reconcile_result *result;
    const char *const *files; /* as they were compared */
    bool book_is_file;        /* its places are lines, not log records */
    bool unmask;
};

/* A line for the party and one for each class that occurs, then the differences. */
void reconciled_print(const struct reconciled *told, FILE *out);
/* Only the differences, each in a paragraph. */
void reconciled_print_differences(const struct reconciled *told, FILE *out);
/* Members: institution, settlement_date, reconciled, files, counts, differences. Some 1,000 bytes a
 * listed difference. */
void reconciled_json(const struct reconciled *told, struct json *json);

#endif
