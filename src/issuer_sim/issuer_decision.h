/* What an issuer does with a request, as a pure function over the records that the request names.
 *
 * It reads no store and no clock: everything it may look at is in the struct, everything it
 * changes is left there, for one store step to write. Source: protocol page "The issuer". */
#ifndef ISSUER_SIM_ISSUER_DECISION_H
#define ISSUER_SIM_ISSUER_DECISION_H

#include "base/mutant.h"
#include "issuer_sim/issuer_ledger.h"
#include "issuer_sim/issuer_posting.h"
#include "redpacket/journal.h"

/* The records of a step, in the order of its keys; a step that does not need the last ones leaves
 * them out. */
enum issuer_record {
    RECORD_OWN,      /* what is known under the request's own transaction key */
    RECORD_ACCOUNT,  /* of DE 2 */
    RECORD_FREEZE,   /* named by DE 48 */
    RECORD_TOTALS,   /* of the day that it is booked to */
    RECORD_ORIGINAL, /* reversals, confirmation: what their DE 90 and DE 3 name */
    RECORD_SUSPENSE, /* confirmation */
};

struct issuer_decision {
    /* What is asked. */
    const struct operation *operation;
    const char *currency; /* of the accounts, three digits */
    bool signed_on;       /* the issuer was, when the request came */
    bool is_forgotten;    /* what DE 90 names, if it ever came: too long ago */
    bool is_untimely;     /* its DE 7 is too far from the clock for a first time */

    /* The records: before, and after. */
    struct issuer_posting own, original;
    struct ledger_account account, suspense;
    struct ledger_freeze freeze;
    unsigned changed; /* 1 << enum issuer_record, but for RECORD_OWN, which always is */

    /* What came of it. */
    uint32_t date;            /* where it is booked: of the original where that is known */
    enum journal_event event; /* NONE: answer, and keep no trace of the request */
    struct answer answer;
    int64_t moved_minor;  /* what really moved */
    bool is_on_suspense;  /* it moved on the suspense account */
    bool is_other_amount; /* an unfreeze released another amount than its DE 4 says */
    char note[JOURNAL_NOTE_MAX + 1];
};

/* Which message a request of this kind names in DE 90 that has a posting of its own;
 * OPERATION_NONE: none. */
enum operation_kind issuer_original_kind(enum operation_kind kind);
/* Whether an issuer decides requests of this kind at all. */
bool issuer_can_decide(enum operation_kind kind);
/* Never, unless that bug is planted. */
static inline bool issuer_posts_again(enum operation_kind kind)
{
    return mutant_is(MUTANT_PURCHASE_POSTED_TWICE) && kind == OPERATION_PURCHASE;
}
/* The kind can be decided; a freeze has passed freeze_check_request() but for 12 and 13. */
void issuer_decide(struct issuer_decision *decision);

#endif
