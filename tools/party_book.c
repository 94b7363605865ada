/* Opening books. */
#include "party_book.h"

#include "host.h"

#include <stdlib.h>
#include <sys/stat.h>

static enum result open_file(struct party_book *book, const char *path, const char *map,
                             struct fault *fault)
{
    char map_path[COMMAND_PATH_MAX];
    if (map == NULL)
        return fault_set(fault, RESULT_INPUT,
                         "%s is a file: --map says which of its columns is what "
                         "(docs/reconciliation.md)",
                         path);
    book->map = malloc(sizeof *book->map);
    if (book->map == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a mapping");
    command_spec_path("ledgers", map, map_path);
    TRY(ledger_map_load(map_path, book->map, fault));
    book->csv = (struct ledger_csv){.path = path, .map = book->map};
    book->ledger = ledger_of_csv(&book->csv);
    return RESULT_OK;
}

enum result party_book_open(struct party_book *book, const char *path, const char *map,
                            struct fault *fault)
{
    char store_path[COMMAND_PATH_MAX];
    struct stat there;
    *book = (struct party_book){0};
    if (stat(path, &there) == 0 && S_ISREG(there.st_mode))
        return open_file(book, path, map, fault);
    if (map != NULL)
        return fault_set(fault, RESULT_INPUT, "%s is no file: --map is for files only", path);
    host_store_path(path, store_path);
    TRY(store_open_lmdb(store_path, STORE_READ_ONLY, 0, &book->store, fault));
    return ledger_of_store(book->store, &book->ledger, fault);
}

void party_book_close(struct party_book *book)
{
    store_close(book->store);
    free(book->map);
    *book = (struct party_book){0};
}
