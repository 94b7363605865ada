/* A party's own book out of a delimited file, read as its mapping says (ledger_map.h); and written
 * as one. A scan reads the file from its beginning: memory does not grow with it. */
#ifndef CLEARING_LEDGER_CSV_H
#define CLEARING_LEDGER_CSV_H

#include "clearing/ledger.h"
#include "clearing/ledger_map.h"

#include <stdio.h>

struct ledger_csv {
    const char *path;
    const struct ledger_map *map;
};

/* `csv` and what it points to are the caller's, and live as long as the ledger. Errors are those of
 * scans: RESULT_INPUT as "PATH:LINE: column COLUMN (NAME): expected ..., got ..."; RESULT_IO. Where
 * the mapping has no date, all of the file is of the date that is asked for. */
struct ledger ledger_of_csv(struct ledger_csv *csv);

/* Writes a book of a date (0: all dates) as a file that specs/ledgers/cardlab.yaml maps. `whole`:
 * card numbers too. RESULT_IO. */
MUST_USE enum result ledger_csv_write(const struct ledger *ledger, uint32_t date, bool whole,
                                      FILE *out, struct fault *fault);

#endif
