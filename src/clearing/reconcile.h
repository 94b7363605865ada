/* Clearing files against a party's own book, item by item, in the words of the party's side.
 *
 * Both sides are sorted in memory: at most ITEMS_MAX items each. Compared are the details of an
 * issuer's and of a claims' file and the freezes; the shares of a sender's file are in other
 * parties' books and are only read; a position must be the sum of the issuer's details. What an
 * exceptions file lists as disputed or still open explains the difference that it may leave. */
#ifndef CLEARING_RECONCILE_H
#define CLEARING_RECONCILE_H

#include "clearing/item.h"
#include "clearing/layout.h"
#include "store/store.h"

enum reconcile_class {
    RECONCILE_MATCHED,
    RECONCILE_AMOUNT, /* both have it, with other amounts */
    RECONCILE_ONLY_FILE,
    RECONCILE_ONLY_LEDGER,
    RECONCILE_DUPLICATE, /* one side has it more often than the other */
    RECONCILE_WRONG_DAY, /* booked to another settlement date */
    RECONCILE_POSITION,  /* the position is not the sum of the details */
    RECONCILE_NOTED,     /* worth a look, and no difference: what a wallet believed was left */
    RECONCILE_EXCEPTED,  /* differs, and the exceptions file lists why: it is settled by that */
    RECONCILE_CLASSES,
};
const char *reconcile_class_name(enum reconcile_class class);

/* What it means for the party's money. */
enum reconcile_sense {
    RECONCILE_NEUTRAL,
    RECONCILE_SHORTAGE, /* 短款: money is missing */
    RECONCILE_SURPLUS,  /* 長款: it holds money that it should not */
};
const char *reconcile_sense_name(enum reconcile_sense sense);

struct reconcile_difference {
    enum reconcile_class class; /* never MATCHED */
    enum reconcile_sense sense;
    bool in_file, in_ledger;
    struct item file, ledger; /* of a POSITION: a gross sum, and that of the details */
};
/* Why, and what that means, for people: one sentence. */
const char *reconcile_meaning(const struct reconcile_difference *difference);

enum {
    RECONCILE_LISTED_MAX = 1000, /* more differences than that are only counted */
    RECONCILE_FILES_MAX = 256,
};

struct reconcile_config {
    const struct layout_set *layouts;
    uint64_t institution;     /* whose files and book */
    uint32_t date;            /* settlement date, YYYYMMDD; 0: that of the first file */
    const char *const *files; /* paths; 1 to RECONCILE_FILES_MAX */
    size_t file_count;
    struct store *ledger; /* the party's store; read-only is enough */
};

struct reconcile_result {
    uint32_t date;
    uint64_t counts[RECONCILE_CLASSES];
    size_t listed;
    struct reconcile_difference *differences; /* in the order of their keys */
};

/* RESULT_INPUT: a file is not well formed, of another institution, or of another date;
 * RESULT_LIMIT: more than ITEMS_MAX items; RESULT_CORRUPT: the store cannot be read; RESULT_IO.
 * The caller deinits the result in any case. */
MUST_USE enum result clearing_reconcile(const struct reconcile_config *config,
                                        struct reconcile_result *result, struct fault *fault);
void reconcile_result_deinit(struct reconcile_result *result); /* accepts zeroed memory */
/* All but MATCHED, NOTED and EXCEPTED. */
uint64_t reconcile_differences(const struct reconcile_result *result);

#endif
