/* A party's own book as the command line names it: a data folder, a store, or a delimited file with
 * its mapping. */
#ifndef TOOLS_PARTY_BOOK_H
#define TOOLS_PARTY_BOOK_H

#include "clearing/ledger_csv.h"
#include "store/store.h"

struct party_book {
    struct ledger ledger;
    struct store *store;    /* of a folder */
    struct ledger_map *map; /* of a file */
    struct ledger_csv csv;
};

/* `path` lives as long as the book. `map` is a mapping's name or path, and only of a file; NULL:
 * none. RESULT_INPUT: a file without a mapping or the other way round, or it is no mapping; else as
 * store_open_lmdb() and ledger_of_store(). */
MUST_USE enum result party_book_open(struct party_book *book, const char *path, const char *map,
                                     struct fault *fault);
void party_book_close(struct party_book *book); /* accepts zeroed memory */

#endif
