/* The parties of a lab on one settlement date as network_reconcile() takes them: who they are,
 * where their files lie; and how what it found is told. Opens no book: those are its caller's. */
#ifndef TOOLS_NETWORK_DAY_H
#define TOOLS_NETWORK_DAY_H

#include "base/json.h"
#include "clearing/network.h"

#include <stdio.h>

struct network_day_files;

struct network_day {
    const struct layout_set *layouts;
    const char *root; /* folder of the dates: ROOT/DATE/PARTY/FILE */
    uint32_t date;
    size_t count;
    struct network_party parties[CLEARING_PARTIES_MAX];
    const char *titles[CLEARING_PARTIES_MAX];
    struct network_day_files *files[CLEARING_PARTIES_MAX];
};

/* `layouts`, `root`, ledgers and titles are the caller's and live as long as the day. */
void network_day_init(struct network_day *day, const struct layout_set *layouts, const char *root,
                      uint32_t date);
void network_day_deinit(struct network_day *day); /* accepts zeroed memory */
/* A party with all its files of the date that a layout writes. `ledger` NULL: not to be compared.
 * RESULT_INPUT: a member has no files; RESULT_LIMIT: too many parties; RESULT_IO without memory. */
MUST_USE enum result network_day_add(struct network_day *day, const struct clearing_member *member,
                                     const char *title, const struct ledger *ledger,
                                     struct fault *fault);
/* Checks them against their manifest first, where there is one; result as network_reconcile(). */
MUST_USE enum result network_day_reconcile(const struct network_day *day,
                                           struct network_result *result, struct fault *fault);

/* One table, then what was found. */
void network_day_print(const struct network_day *day, const struct network_result *result,
                       bool unmask, FILE *out);
/* One JSON object, written as it is made: it may be long. */
void network_day_json(const struct network_day *day, const struct network_result *result,
                      bool unmask, FILE *out);

#endif
