/* All parties of a network on one settlement date: each party's files against its own book, and the
 * files of all of them against each other.
 *
 * Across the files: every claim is one debit, one credit, one line at the wallet that forwarded it
 * and one at the wallet whose packet it is, all of one amount; every freeze and unfreeze is at its
 * wallet and its issuer; each party's position is what the switch has for it, and all debits are
 * all credits. Sorted in bounded memory. A party without a book (somebody's real host) is only read
 * and takes part in that. */
#ifndef CLEARING_NETWORK_H
#define CLEARING_NETWORK_H

#include "clearing/member.h"
#include "clearing/reconcile.h"

enum {
    NETWORK_LISTED_MAX = 100, /* more findings across files than that are only counted */
    NETWORK_TEXT_MAX = 240,
    NETWORK_AT_ONCE_MAX = 2, /* each may need 30 MiB */
};

struct network_party {
    struct clearing_member member;
    const struct ledger *ledger; /* NULL: not to be compared */
    const char *const *files;    /* of the date; may be none of the switch's */
    size_t file_count;
};

struct network_config {
    const struct layout_set *layouts;
    uint32_t date;
    const struct network_party *parties;
    size_t party_count;
    const char *folder; /* as in reconcile_config */
    /* So many parties side by side, each on threads of its own; 0 is 1. Whatever it is, the result
     * is the same; a book is read by one thread at a time. */
    size_t at_once;
    bool hashes; /* the result has what each file was */
};

struct network_compared {
    bool has_book;
    uint64_t rows;                  /* of its files */
    struct reconcile_result result; /* where it has a book */
    struct manifest_seen *seen;     /* of each file, when that was asked for */
};

struct network_result {
    uint32_t date;
    size_t party_count;
    struct network_compared *parties; /* in the order they were given */
    /* That the files tell of, each once; unfreezes and reversals of purchases too. */
    uint64_t claims, freezes, purchases;
    int64_t debit_minor, credit_minor; /* of all positions */
    int64_t fee_minor;                 /* of them and the switch's: 0, or something is wrong */
    uint64_t finding_count;
    size_t listed;
    char (*findings)[NETWORK_TEXT_MAX]; /* across files, in words */
};

/* Errors as clearing_reconcile(). The caller deinits the result in any case. */
MUST_USE enum result network_reconcile(const struct network_config *config,
                                       struct network_result *result, struct fault *fault);
void network_result_deinit(struct network_result *result); /* accepts zeroed memory */
/* Of all parties, and across the files. */
uint64_t network_differences(const struct network_result *result);

#endif
