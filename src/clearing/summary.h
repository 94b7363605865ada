/* A settlement date in figures, of all and of each party, for the report for people.
 *
 * Fed with the entries of the switch's log in the one pass that cuts the date (cut.h). Of fixed
 * size: it does not grow with the number of transactions, and pages of parties that are not there
 * are not touched. It holds what was logged under the date, up to its mark, and nothing else, so
 * that the same log gives the same figures.
 *
 * What is a party's own: an issuer's are freezes and legs at its cards, and refusals that it gave
 * itself; a wallet's are its packets, the claims that it forwarded, and requests of its own that
 * were refused. */
#ifndef CLEARING_SUMMARY_H
#define CLEARING_SUMMARY_H

#include "clearing/exceptions.h"
#include "clearing/member.h"
#include "clearing/totals.h"
#include "redpacket/journal.h"

enum {
    SUMMARY_HOURS = 24,
    SUMMARY_BANDS = 8, /* of amounts, see summary_band_from() */
    /* Exceptions that are told one by one; the rest is counted and stands in the files. */
    SUMMARY_EXCEPTIONS_MAX = 200,
    SUMMARY_NOTICES_MAX = 200, /* that named another amount: they would crowd the rest out */
};

struct summary_tally {
    uint64_t count;
    int64_t minor;
};

/* Of all, or of what one party has a part in. */
struct summary_figures {
    struct summary_tally frozen;   /* packets that became FROZEN */
    struct summary_tally released; /* packets that closed, with what went back, also 0 */
    struct summary_tally reversed; /* packets given up before they were used */
    struct summary_tally open;     /* packets that the date has touched, and what is left of them */
    struct summary_tally paid;     /* shares, each once */
    struct summary_tally purchased, repaid; /* purchases that were approved; and then given back */
    uint64_t claims;                        /* that were asked for, refused ones too */
    uint64_t refused;                       /* requests of any kind */
    struct summary_tally hours[SUMMARY_HOURS]; /* shares by the switch's clock, UTC */
    struct summary_tally bands[SUMMARY_BANDS]; /* shares by their amount */
    size_t refusal_count;
    struct clearing_refusal refusals[TOTALS_CODES_MAX]; /* by code */
    uint64_t exceptions[EXCEPTION_STATUSES][OPERATION_KINDS];
};

struct summary_party {
    uint64_t institution;
    const char *name; /* NULL: none is known. The caller's */
    bool is_issuer, is_wallet;
    struct summary_figures figures;
    struct summary_tally debits, credits; /* as an issuer */
    struct summary_tally forwarded;       /* as a wallet: shares that it claimed */
    struct summary_tally paid_out;        /* as a wallet: shares of its packets */
};

struct summary_exception {
    struct exception exception;
    uint64_t parties[4]; /* whom it concerns; 0: nobody */
};

struct summary {
    uint32_t date;       /* YYYYMMDD */
    char currency[4];    /* DE 49 of the first amount; "" when there was none */
    bool has_currencies; /* more than one: the sums mix them */
    /* Packets that stand at the mark, of whatever date, and what nobody has of them. */
    struct summary_tally standing;
    struct summary_figures all;
    size_t party_count;
    struct summary_party *parties;         /* CLEARING_PARTIES_MAX, in the order of their coming */
    uint16_t sorted[CLEARING_PARTIES_MAX]; /* their places, in the order of their numbers */
    /* What the customers of one issuer paid those of another, and the acquirers of their purchases,
     * less what was given back of those: [debtor place][creditor place] of CLEARING_PARTIES_MAX
     * each. */
    struct summary_tally *flows;
    size_t exception_count; /* of those that are told one by one, but for notices */
    struct summary_exception *exceptions;
    size_t notice_count; /* what its wallet named too low first, then the farthest from what was
                            left */
    struct summary_exception *notices;
};

/* RESULT_IO without memory. The caller gives it back with summary_close() in any case. */
MUST_USE enum result summary_open(struct summary *summary, uint32_t date, struct fault *fault);
void summary_close(struct summary *summary); /* accepts zeroed memory */

/* A party that is there also without business. `name` stays the caller's, to the end; NULL: none.
 * RESULT_LIMIT: over CLEARING_PARTIES_MAX. */
MUST_USE enum result summary_add_party(struct summary *summary, uint64_t institution,
                                       enum clearing_role role, const char *name,
                                       struct fault *fault);
/* An entry of the date. RESULT_LIMIT: a sum, or the number of parties or codes, does not fit. */
MUST_USE enum result summary_add(struct summary *summary, const struct journal_entry *entry,
                                 struct fault *fault);
/* A packet that the date has touched, with what is open of it at the end. RESULT_LIMIT as above. */
MUST_USE enum result summary_add_packet(struct summary *summary, uint64_t issuer, uint64_t wallet,
                                        int64_t open_minor, struct fault *fault);
/* `parties` are those whom it concerns, each once; 0: none. */
MUST_USE enum result summary_add_exception(struct summary *summary,
                                           const struct exception *exception,
                                           const uint64_t parties[4], struct fault *fault);

/* NULL: it is none. */
const struct summary_party *summary_find(const struct summary *summary, uint64_t institution);
/* What a notice named above what was left. */
int64_t summary_notice_above(const struct exception *notice);
/* By places in `parties`. */
const struct summary_tally *summary_flow(const struct summary *summary, size_t debtor,
                                         size_t creditor);
/* The smallest amount of a band, in minor units. */
int64_t summary_band_from(size_t band);

#endif
