/* What must always hold, checked over all parties' stores at rest: when all links are up and
 * nothing is under way any more.
 *
 * Written from the protocol page, "What must always hold", and not from the code that is to keep
 * it. Of its statements these apply at rest: 1 conservation, 2 each freeze, 3 each share, 7 nothing
 * unfinished, 8 clearing equals the books. What the issuers have is sorted in bounded memory
 * (sorter.h) and met by the switch's freezes, one by one. Institutions that are not among the
 * parties (somebody's real host) are taken to have done what the switch says. */
#ifndef CLEARING_AUDIT_H
#define CLEARING_AUDIT_H

#include "clearing/member.h"
#include "clearing/reconcile.h"

enum {
    AUDIT_LISTED_MAX = 100, /* more violations than that are only counted */
    AUDIT_TEXT_MAX = 200,
};

struct audit_party {
    struct clearing_member member;
    struct store *store; /* of this role, or the process stops at its records */
};

/* The result of comparing a party's files of one date with its book. */
struct audit_reconciled {
    uint64_t institution;
    const struct reconcile_result *result;
};

struct audit_violation {
    unsigned statement; /* its number on the protocol page */
    char text[AUDIT_TEXT_MAX];
};

struct audit_result {
    uint64_t count;
    size_t listed;
    struct audit_violation list[AUDIT_LISTED_MAX];
};

/* RESULT_OK also with violations: look at result->count. RESULT_INPUT: not exactly one switch;
 * RESULT_LIMIT: a packet with over a million postings, or a sum that does not fit; RESULT_CORRUPT:
 * a store cannot be read; RESULT_IO: that too, or no room for temporary files. */
MUST_USE enum result audit_at_rest(const struct audit_party *parties, size_t party_count,
                                   const struct audit_reconciled *reconciled,
                                   size_t reconciled_count, struct audit_result *result,
                                   struct fault *fault);

#endif
