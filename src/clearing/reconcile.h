/* Clearing files against a party's own book, item by item.
 *
 * Both sides are streamed and sorted in bounded memory (sorter.h), so a day may be of any size.
 * Compared are the details of an issuer's and of a claims' file and the freezes; the shares of a
 * sender's file are in other parties' books and are only read; a position must be the sum of the
 * details, fees included (balance.h). What an exceptions file lists as disputed or still open
 * explains the difference that it may leave. What a difference means is told by difference.h. */
#ifndef CLEARING_RECONCILE_H
#define CLEARING_RECONCILE_H

#include "clearing/difference.h"
#include "clearing/layout.h"
#include "clearing/ledger.h"
#include "clearing/manifest.h"

enum {
    RECONCILE_LISTED_MAX = 1000, /* more differences than that are only counted */
    RECONCILE_FILES_MAX = 256,
};

/* Of each content one form is compared, that of the first file that has it: a day may be there in
 * several forms that say the same, and then the others are only read. So are forms without the
 * columns that say which item a line is. */
struct reconcile_forms {
    const struct layout *of[LAYOUT_CONTENTS];
    const char *lacking[LAYOUT_CONTENTS]; /* path of a file of a form that lacks a column */
    enum row_source column[LAYOUT_CONTENTS];
};
/* RESULT_INPUT: no layout writes such a name. */
MUST_USE enum result reconcile_form(struct reconcile_forms *forms, const struct layout_set *layouts,
                                    const char *path, enum layout_content *content, bool *is_first,
                                    struct fault *fault);
/* After the last file. RESULT_INPUT: of some content no form says which item is which; with the
 * column that one lacks. */
MUST_USE enum result reconcile_forms_check(const struct reconcile_forms *forms,
                                           struct fault *fault);

/* A detail of a file, as it is read, possibly on another thread; what it returns is passed on. */
typedef enum result reconcile_see_fn(void *context, enum layout_content content,
                                     const struct row *row);

struct reconcile_config {
    const struct layout_set *layouts;
    uint64_t institution;     /* whose files and book; 0: as the book or the files say */
    uint32_t date;            /* settlement date, YYYYMMDD; 0: that of the first file */
    const char *const *files; /* paths; 1 to RECONCILE_FILES_MAX */
    size_t file_count;
    const struct ledger *ledger;
    const char *folder;    /* for what does not fit in memory; NULL: as sorter_open() */
    reconcile_see_fn *see; /* NULL: nobody looks on */
    void *context;
    struct manifest_seen *seen; /* what each file was, once all have been read; NULL: not asked */
};

/* What a file is good for. */
enum reconcile_use {
    RECONCILE_READ,     /* read and checked, and nothing is compared with it */
    RECONCILE_ITEMS,    /* compared item by item */
    RECONCILE_SUMS,     /* sums of it are compared with sums of others */
    RECONCILE_EXPLAINS, /* differences of others */
    RECONCILE_USES,
};
const char *reconcile_use_key(enum reconcile_use use); /* "items" */

struct reconcile_file {
    enum layout_content content;
    enum reconcile_use use;
};

struct reconcile_result {
    uint32_t date;
    uint64_t institution;
    bool has_money, has_freezes; /* a file is about such items; else the book's are left alone */
    uint64_t counts[RECONCILE_CLASSES];
    size_t listed;
    struct reconcile_difference *differences; /* by kind and packet */
    size_t file_count;
    struct reconcile_file files[RECONCILE_FILES_MAX]; /* in the order they were given */
};

/* RESULT_INPUT: a file is not well formed, of another institution, or of another date, or the book
 * is another institution's; or nothing can be compared, item by item, or no file is there of the
 * legs that a position tells of. RESULT_CORRUPT: the book cannot be read; RESULT_IO: no memory, or
 * no room for temporary files. The caller deinits the result in any case. */
MUST_USE enum result clearing_reconcile(const struct reconcile_config *config,
                                        struct reconcile_result *result, struct fault *fault);
void reconcile_result_deinit(struct reconcile_result *result); /* accepts zeroed memory */
/* All but MATCHED, NOTED and EXCEPTED. */
uint64_t reconcile_differences(const struct reconcile_result *result);

#endif
