/* Fees of a share, or of a purchase, out of a table: who pays whom, and how much.
 *
 * A table (docs/fees.md) is a list of fees. Each has a payer and a payee, by their role in the
 * share, and rules of which the most specific one says the amount. All arithmetic is in integers
 * and each fee is rounded once; payer and payee then use the same figure, so that positions sum up
 * to zero with fees as without. A table is loaded once and never changes. */
#ifndef CLEARING_FEE_H
#define CLEARING_FEE_H

#include "base/bytes.h"
#include "base/result.h"
#include "security/digest.h"

enum {
    FEES_MAX = 16,        /* of a table; a row's columns hold their sums */
    FEE_RULES_MAX = 1024, /* of one fee: a lab's institutions, in four currencies */
    FEE_NAME_MAX = 16,    /* a column of the fee files */
    FEE_TABLE_NAME_MAX = 31,
    FEE_CURRENCY_LEN = 3, /* DE 49 */
};

/* A part in a share or a purchase; an institution may have several. */
enum fee_role {
    FEE_ACQUIRER, /* the wallet that forwarded the claim, or sent the purchase */
    FEE_SENDER_ISSUER,
    FEE_RECEIVER_ISSUER,
    FEE_SENDER_WALLET, /* whose packet it is */
    FEE_ISSUER,        /* of a purchase: of its card */
    FEE_SWITCH,        /* is only paid */
    FEE_ROLES,
};
const char *fee_role_name(enum fee_role role);

/* What becomes of a part of a minor unit. A rebate is rounded as the charge of the same size is. */
enum fee_rounding {
    FEE_HALF_UP,   /* the half away from zero */
    FEE_HALF_EVEN, /* the half to the even neighbour */
    FEE_DOWN,      /* towards zero */
    FEE_UP,        /* away from zero */
    FEE_ROUNDINGS,
};

static const int64_t FEE_RATE_ONE = 100000000; /* 100 %: a rate has six decimals of a per cent */

struct fee_rule {
    uint64_t institution;            /* the payer; 0: whoever pays */
    char currency[FEE_CURRENCY_LEN]; /* first byte 0: any */
    int64_t fixed_minor;
    int64_t rate; /* of the amount, in parts of FEE_RATE_ONE */
    enum fee_rounding rounding;
    int64_t min_minor, max_minor; /* of both together */
};
/* What the rule makes of an amount; below zero it is a rebate. false: the amount, or the fee, has
 * more than 11 digits. */
MUST_USE bool fee_rule_apply(const struct fee_rule *rule, int64_t amount_minor, int64_t *fee_minor);

struct fee {
    char name[FEE_NAME_MAX + 1];
    enum fee_role payer, payee;
    bool is_of_purchases; /* else it is of shares */
    size_t rule_count;
    struct fee_rule *rules; /* by institution and currency */
};

struct fee_table {
    char name[FEE_TABLE_NAME_MAX + 1];
    uint8_t sha256[DIGEST_LEN]; /* of the file */
    size_t count;
    struct fee fees[FEES_MAX];
};

/* RESULT_IO: the file cannot be read, or no memory; RESULT_INPUT: it is no fee table, with file,
 * line, column and what was expected; RESULT_LIMIT: too long. *table is NULL then; else free it. */
MUST_USE enum result fee_table_load(const char *path, struct fee_table **table,
                                    struct fault *fault);
/* The same from memory; `name` opens the fault texts. */
MUST_USE enum result fee_table_parse(struct bytes text, const char *name, struct fee_table **table,
                                     struct fault *fault);
void fee_table_free(struct fee_table *table); /* accepts NULL */
/* The rule that holds, the most specific one: of this payer in this currency, of this payer, in
 * this currency, of all. NULL: there is none, and no fee. */
const struct fee_rule *fee_rule_find(const struct fee *fee, uint64_t payer,
                                     const char currency[FEE_CURRENCY_LEN]);

/* --- of one share or purchase ----------------------------------------------------------------- */

struct fee_share {
    uint64_t institutions[FEE_ROLES]; /* 0: not known */
    bool is_purchase, is_reversal;    /* what a purchase cost, its reversal gives back */
    char currency[FEE_CURRENCY_LEN];
    int64_t amount_minor;
};

struct fee_item {
    unsigned fee; /* in the table */
    uint64_t payer, payee;
    int64_t amount_minor; /* never 0; below it the payee pays it to the payer */
};

struct fee_items {
    size_t count;
    struct fee_item list[FEES_MAX];
};
/* All fees of a share or purchase; none without a table (NULL). A fee between an institution and
 * itself, and one of 0, is none. RESULT_LIMIT: one has more than 11 digits. */
MUST_USE enum result fee_table_apply(const struct fee_table *table, const struct fee_share *share,
                                     struct fee_items *items, struct fault *fault);

struct fee_side {
    int64_t receivable_minor, payable_minor; /* from and to other members; neither is below zero */
    int64_t switch_minor;                    /* from the switch; below zero: to it */
};
/* What they come to for who has this role. */
void fee_items_side(const struct fee_table *table, const struct fee_items *items,
                    enum fee_role role, struct fee_side *side);

#endif
