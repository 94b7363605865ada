/* What a switch has done since its log began, in numbers: one pass over the whole log. */
#ifndef CLEARING_TOTALS_H
#define CLEARING_TOTALS_H

#include "clearing/fee.h"
#include "clearing/position.h"
#include "store/store.h"

enum { TOTALS_CODES_MAX = 64 }; /* response codes met; there are some 30 */

struct clearing_refusal {
    uint16_t code;                              /* DE 39 */
    uint64_t count, freezes, claims, purchases; /* of all requests; of these kinds */
};

struct clearing_totals {
    uint64_t packets;                       /* freezes that became FROZEN */
    uint64_t claims;                        /* decided or under way */
    uint64_t credited;                      /* shares that became CREDITED */
    uint64_t released;                      /* freezes closed with what was left known, also 0 */
    uint64_t reversed;                      /* freezes that had been FROZEN and were given up */
    uint64_t purchases, purchase_reversals; /* that became PURCHASED; and then were given back */
    int64_t frozen_minor, claimed_minor, unfrozen_minor, reversed_minor;
    int64_t purchased_minor, repaid_minor;
    size_t refusal_count;
    struct clearing_refusal refusals[TOTALS_CODES_MAX]; /* by code */
    struct positions positions;                         /* over all dates, fees included */
};

/* `fees` as the dates are cut with, NULL: none; `institution` is the switch's. RESULT_LIMIT: a sum,
 * or the number of codes or institutions, does not fit; RESULT_CORRUPT: a record cannot be read;
 * RESULT_IO. */
MUST_USE enum result clearing_totals(struct store *store, const struct fee_table *fees,
                                     uint64_t institution, struct clearing_totals *totals,
                                     struct fault *fault);

#endif
