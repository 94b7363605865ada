/* The clearing files of a settlement date, from the switch's log.
 *
 * One pass over the log records of the date, in order, up to the entry that marks the date as cut:
 * the same log gives the same bytes, whenever and however often it is done. Memory and open files
 * do not grow with the number of transactions. One folder a party, with nothing of anyone else's;
 * what is in the files is the layouts' affair (layout.h), which rows there are is decided here:
 *
 *   share leaves CREDITING for CREDITED or CREDIT_UNKNOWN   both legs, once and for good
 *   purchase becomes PURCHASED                              at its issuer and its acquirer
 *   purchase leaves PURCHASED for REVERSING                 its reversal, at both
 *   freeze becomes FROZEN                                   a freeze
 *   what is left of a closing freeze is known               an unfreeze
 *   what was not certain at the mark (exceptions.h)         an exception, at everybody concerned
 *   fees of the shares, with a fee table (fee.h)            a line for each fee and counterparty
 *
 * So a DISPUTED share is in the files if its credit was sent and not refused, and neither reversals
 * nor confirmations change what was cut. Source: protocol page "Days and clearing". */
#ifndef CLEARING_CUT_H
#define CLEARING_CUT_H

#include "clearing/fee.h"
#include "clearing/layout.h"
#include "clearing/manifest.h"
#include "clearing/position.h"
#include "clearing/publication.h"
#include "security/signature.h"
#include "store/store.h"

struct clearing_config {
    const struct layout_set *layouts;
    uint32_t date;        /* settlement date, YYYYMMDD */
    const char *out;      /* folder in which the date's folder YYYYMMDD appears */
    uint64_t institution; /* the switch's own */
    /* Of a date without a mark: what is final by now. Folder and files are named otherwise, and no
     * reader takes them. */
    bool is_provisional;
    const char *name;            /* the switch's, for the reports; NULL: none */
    const struct signer *signer; /* of the manifests; NULL: they are not signed */
    /* Who gets files even when nothing happened; parties found in the log get theirs anyway. */
    const struct clearing_member *members;
    size_t member_count;
    char currency[POSITION_CURRENCY_LEN]; /* of a position with nothing in it; zeroed: 156 */
    const struct fee_table *fees;         /* the caller's; NULL: none are taken */
};

struct clearing_result {
    uint64_t shares, freezes, unfreezes, purchases, purchase_reversals, exceptions;
    int64_t claimed_minor, frozen_minor, unfrozen_minor;
    int64_t purchased_minor, repaid_minor; /* by purchases, by their reversals */
    uint64_t fees;                         /* items: how many fees of how many shares */
    uint64_t as_of;                        /* log record up to which it was read */
    uint64_t moving; /* claims, freezes and purchases that are not final yet: of a provisional cut
                        only */
    struct positions positions;
    struct manifest manifest;
};

/* Behind the names of a provisional cut's folder and files. */
#define CLEARING_PROVISIONAL ".provisional"
enum { CLEARING_FOLDER_MAX = PUBLICATION_NAME_MAX };
/* The folder in `out`: "20261231", "20261231.provisional". */
void clearing_folder_name(const struct clearing_config *config, char out[CLEARING_FOLDER_MAX]);

/* The store is the switch's; opened read-only is enough, beside a running switch too.
 * RESULT_STATE: the date has not been cut yet, was cut while shares of it were moving, has been cut
 * and was to be cut provisionally, or another process is writing there; RESULT_LIMIT: a total does
 * not fit its column, or too many parties; RESULT_CORRUPT: a log record cannot be read, or the net
 * positions do not sum up to zero; RESULT_IO. Nothing is published then, and what was published
 * before is left alone. Give the result back with clearing_result_deinit() in any case. */
MUST_USE enum result clearing_cut(struct store *store, const struct clearing_config *config,
                                  struct clearing_result *result, struct fault *fault);
void clearing_result_deinit(struct clearing_result *result); /* accepts zeroed memory */

#endif
