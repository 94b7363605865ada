/* Watches a simulated world and says when something is not as it must always be.
 *
 * Written from the protocol page, "What must always hold", and the rules around it, not from the
 * code that is to keep them. It sees every record and log record at the moment it becomes durable,
 * at every party, and every message that is sent or delivered; it asks nobody anything. What it
 * knows of a claim is put together from both: the switch's share, the issuers' postings, and what
 * was answered to the wallet.
 *
 *   auditor.c         its own book        auditor_switch.c   the switch's records
 *   auditor_issuer.c  the issuers'        auditor_message.c  messages
 *   auditor_status.c  inquiries     auditor_rest.c     when all has come to rest
 *   auditor_forgetting.c  what is closed for its age, and what is forgotten
 *   auditor_purchase.c    purchases, everywhere
 *
 * A failure names the statement by its number on the protocol page; 9 is a rule of that page beside
 * the eight. The first failure stays. */
#ifndef SIMULATION_AUDITOR_H
#define SIMULATION_AUDITOR_H

#include "clearing/exceptions.h"
#include "redpacket/dispute.h"
#include "redpacket/journal.h"
#include "redpacket/status.h"
#include "simulation/plan.h"
#include "store/store_memory.h"

enum {
    AUDITOR_FREEZES_MAX = 2 * PLAN_PACKETS_MAX,
    AUDITOR_CLAIMS_MAX = 2 * PLAN_ACTIONS_MAX,
    AUDITOR_PURCHASES_MAX = 2 * PLAN_PURCHASES_MAX,
    AUDITOR_FORWARDS_MAX = 256, /* stored messages of all parties at once */
    AUDITOR_REQUESTS = 1024,    /* slots; a world has a third of it */
    AUDITOR_DATES_MAX = 16,
    AUDITOR_KEYS_MAX = 1024, /* remembered by all parties at once, in a slow world */
    AUDITOR_TOTALS_MAX = 2 * AUDITOR_DATES_MAX * PLAN_NODES_MAX,
    AUDITOR_TEXT_MAX = 240,
    STATEMENT_LAW = 9,
};

enum told { TOLD_NOTHING, TOLD_APPROVED, TOLD_REFUSED, TOLD_TO_BE_CONFIRMED };

/* A freeze: what the switch has made durable of it, and what its issuer has. */
struct audited_freeze {
    struct freeze_reference name;
    enum freeze_state state; /* at the switch */
    unsigned recent;         /* a bit for each state since its last commit began */
    bool was_frozen, was_closed, is_disputed;
    bool is_for_a_person;          /* its dispute is kept */
    uint16_t open_at, disputed_at; /* a bit for each cut, in their order */
    uint32_t date;
    int64_t amount_minor;
    uint64_t sender_issuer; /* institution number */
    int64_t left_minor;
    enum told told;
    bool has_reversal, has_unfreeze; /* stored at the switch */
    uint8_t reversal_key[TRANSACTION_KEY_LEN], unfreeze_key[TRANSACTION_KEY_LEN];
    bool reversal_made, unfreeze_made; /* the keys above are known */

    unsigned issuer; /* the node that has it; 0: none */
    enum freeze_state at_issuer;
    int64_t frozen_minor, debited_minor, released_minor, remaining_minor; /* by its record */
    int64_t posted_minor;      /* debits that stand, by what was posted */
    bool is_ended_by_message;  /* an unfreeze or a reversal of it was posted */
    bool is_refused_at_issuer; /* and that was answered */
    uint32_t frozen_date, issuer_date, left_date, unfreeze_date; /* files, and books */
    int64_t unfreeze_minor;

    int64_t begun_us, over_us; /* known to the switch, and over there; 0: not */
    bool is_forgotten;         /* by the switch */
};

/* A claim: its legs keep its DE 7, 11, 32 and 33. */
struct audited_claim {
    uint64_t transmission, acquirer, forwarder;
    uint32_t stan;
    struct audited_freeze *freeze;
    uint16_t share;
    int64_t amount_minor;
    enum share_state state; /* at the switch, as long as it has the share; NONE: it never had */
    unsigned recent;        /* a bit for each state since the switch's last commit began */
    uint32_t date;          /* of the share */
    uint64_t receiver_issuer;
    enum told told;
    bool is_disputed, is_for_a_person;
    uint16_t open_at, disputed_at;       /* as of a freeze */
    unsigned debits, credits;            /* that stand */
    bool was_debited;                    /* a debit was posted, reversed or not */
    bool is_debit_over;                  /* none may be posted any more */
    bool is_credit_refused;              /* answered so: only a confirmation may still post it */
    uint32_t debit_date, credit_date;    /* booked to */
    uint32_t file_date;                  /* in the files of this date; 0: in none */
    bool is_key_forgotten;               /* by the switch */
    bool has_reversal, has_confirmation; /* stored at the switch */
    uint8_t reversal_key[TRANSACTION_KEY_LEN], confirmation_key[TRANSACTION_KEY_LEN];
    bool reversal_made, confirmation_made;
};

/* A purchase, under its own key. */
struct audited_purchase {
    struct transaction_key key;
    int64_t amount_minor;
    enum purchase_state state; /* at the switch */
    uint32_t date;
    uint64_t issuer;
    enum told told;
    bool was_purchased;
    bool is_asked_back, is_given_up; /* its acquirer's reversal has come; was answered 00 */
    bool is_disputed, is_for_a_person;
    uint16_t open_at, disputed_at; /* a bit for each cut, in their order */
    unsigned debits;               /* that stand */
    bool was_debited, is_debit_over;
    uint32_t debit_date, file_date; /* 0: in no files */
    bool has_reversal, reversal_made;
    uint8_t reversal_key[TRANSACTION_KEY_LEN];
    int64_t over_us;
    bool is_key_forgotten; /* by the switch */
};

/* A request as its receiver knows it. */
struct audited_request {
    uint32_t stamp; /* of the run; another: the slot is empty */
    uint8_t node;
    bool is_pending; /* delivered, and not answered since */
    uint16_t delivered, answered;
    uint8_t key[TRANSACTION_KEY_LEN];
    uint16_t code, settlement; /* the first answer that says something; CODE_NONE: none yet */
    char authorisation[6];
};

/* A key that a party remembers, in a slow world. */
struct audited_key {
    unsigned node;
    struct store_key key;
    struct audited_freeze *freeze;     /* NULL: it is of a purchase */
    struct audited_purchase *purchase; /* NULL: not its own key */
    int64_t first_us;
};

/* Totals of a date and member as a node keeps them. */
struct audited_totals {
    unsigned node;
    uint32_t date;
    uint64_t member;
    bool is_forgotten;
    struct totals_book book;
};

struct audited_forward {
    unsigned node;
    uint64_t institution; /* whom it is for */
    struct store_key key;
    enum operation_kind kind;
    struct audited_claim *claim;
    struct audited_freeze *freeze;
    struct audited_purchase *purchase;
};

struct auditor {
    const struct plan *plan;
    uint64_t institutions[PLAN_NODES_MAX];
    uint32_t stamp;
    int64_t now_us;         /* the true time, whatever clocks say */
    uint32_t business_date; /* the switch's */

    unsigned freeze_count, claim_count, forward_count, cut_count, key_count, totals_count;
    unsigned purchase_count;
    struct audited_purchase purchases[AUDITOR_PURCHASES_MAX];
    struct audited_freeze freezes[AUDITOR_FREEZES_MAX];
    struct audited_claim claims[AUDITOR_CLAIMS_MAX];
    struct audited_forward forwards[AUDITOR_FORWARDS_MAX];
    struct audited_totals totals[AUDITOR_TOTALS_MAX];
    uint32_t cut_dates[AUDITOR_DATES_MAX];
    uint64_t cut_marks[AUDITOR_DATES_MAX]; /* log records */
    struct {
        struct pan card; /* len 0: suspense */
        unsigned node;
        int64_t available_minor, frozen_minor;
    } accounts[PLAN_CARDS_MAX + PLAN_ISSUERS_MAX];
    unsigned account_count;
    int64_t opened_minor[PLAN_NODES_MAX], moved_minor[PLAN_NODES_MAX]; /* by the journals */
    bool is_touched[PLAN_NODES_MAX]; /* something became durable since the last commit ended */
    struct audited_request requests[AUDITOR_REQUESTS];
    struct audited_key keys[AUDITOR_KEYS_MAX];

    unsigned statement; /* 0: all is well */
    char text[AUDITOR_TEXT_MAX];
};

/* `institutions`: by node. */
void auditor_begin(struct auditor *auditor, const struct plan *plan,
                   const uint64_t institutions[PLAN_NODES_MAX]);

/* --- what it is told -------------------------------------------------------------------------- */

void auditor_durable(struct auditor *auditor, unsigned node,
                     const struct store_memory_write *write);
/* A commit has ended: the sums must be right again. */
void auditor_committed(struct auditor *auditor, unsigned node);
/* A well-formed message of the red packet's, sent or received by `node`. */
void auditor_sent(struct auditor *auditor, unsigned node, const struct iso_message *message);
void auditor_received(struct auditor *auditor, unsigned node, const struct iso_message *message);
/* `is_gone`: of this node nothing is expected any more. */
void auditor_at_rest(struct auditor *auditor, const bool is_gone[PLAN_NODES_MAX]);
/* So many places of store and forward are taken at the switch, where nothing is under way. */
void auditor_places_at_rest(struct auditor *auditor, unsigned places);
/* All dates before this one have been cut. */
void auditor_cleared(struct auditor *auditor, uint32_t business_date);
/* And their totals compared. */
void auditor_totals_at_rest(struct auditor *auditor, uint32_t business_date,
                            const bool is_gone[PLAN_NODES_MAX]);
/* The exceptions that the files of the cut of this number (in their order) list. */
void auditor_excepted(struct auditor *auditor, unsigned cut, const struct exceptions *exceptions);

/* --- shared by its files ---------------------------------------------------------------------- */

void auditor_fail(struct auditor *auditor, unsigned statement, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct audited_freeze *auditor_freeze(struct auditor *auditor, const struct freeze_reference *name);
/* The claim itself, a leg of it, or what names a leg in DE 90. */
struct audited_claim *auditor_claim(struct auditor *auditor, const struct operation *operation);
struct audited_claim *auditor_claim_named(struct auditor *auditor,
                                          const struct operation *operation);
const char *auditor_label(const struct audited_claim *claim);
bool auditor_is_cut(const struct auditor *auditor, uint32_t date);
/* Nobody else refuses for good. */
bool auditor_has_foreigners(const struct auditor *auditor);
/* The switch has told members totals of this date. */
bool auditor_has_told_totals(const struct auditor *auditor, uint32_t date);
/* Over at the switch for as long as things are kept; 0: not over. */
bool auditor_is_long_ago(const struct auditor *auditor, int64_t over_us);
/* The purchase itself, or what its reversal names. */
struct audited_purchase *auditor_purchase(struct auditor *auditor,
                                          const struct operation *operation);
/* NULL: it is no purchase's own key. */
struct audited_purchase *auditor_purchase_of_key(struct auditor *auditor,
                                                 const struct transaction_key *key);
void auditor_purchase_durable(struct auditor *auditor, const struct store_memory_write *write);
void auditor_purchase_entry(struct auditor *auditor, const struct journal_entry *entry);
void auditor_purchase_disputed(struct auditor *auditor, const struct dispute *dispute);
void auditor_purchases_at_cut(struct auditor *auditor, uint32_t date);
void auditor_purchases_committed(struct auditor *auditor);
void auditor_purchase_posted(struct auditor *auditor, const struct operation *operation,
                             uint32_t date);
void auditor_purchase_given_back(struct auditor *auditor, const struct operation *operation,
                                 uint32_t date);
/* What is out to acquirers. */
int64_t auditor_owed_minor(const struct auditor *auditor);
/* Whether an issuer may answer so; by the switch; whether the switch may ask so. */
bool auditor_purchase_answers(struct auditor *auditor, const struct operation *operation,
                              uint16_t code);
void auditor_purchase_answered(struct auditor *auditor, const struct operation *operation,
                               uint16_t code);
void auditor_purchase_asked_back(struct auditor *auditor, const struct operation *reversal);
bool auditor_purchase_may_be_asked(struct auditor *auditor, const struct operation *operation);
void auditor_purchases_at_rest(struct auditor *auditor);
void auditor_purchases_cleared(struct auditor *auditor);
/* The share's money has been taken out of its freeze. */
static inline bool auditor_is_taken(enum share_state state)
{
    return state != SHARE_NONE && state != SHARE_RELEASED;
}

/* Totals were written; a message with them is sent by the switch, by a member. */
void auditor_totals_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write);
void auditor_totals_told(struct auditor *auditor, const struct operation *operation);
void auditor_totals_answered(struct auditor *auditor, unsigned node, const struct operation *answer,
                             char settlement_code);
void auditor_switch_durable(struct auditor *auditor, const struct store_memory_write *write);
void auditor_switch_committed(struct auditor *auditor);
/* A key was remembered or forgotten; a freeze or a share of it was forgotten. */
void auditor_key_durable(struct auditor *auditor, unsigned node,
                         const struct store_memory_write *write);
void auditor_freeze_forgotten(struct auditor *auditor, unsigned node,
                              const struct store_memory_write *write);
/* The switch has closed a freeze without a notice. */
void auditor_freeze_aged(struct auditor *auditor, const struct audited_freeze *freeze);
/* After a commit of the switch: which freezes are over, with all that belongs to them. */
void auditor_note_over(struct auditor *auditor);
/* A freeze of this name may still be there when all that can be is forgotten. */
bool auditor_is_kept(struct auditor *auditor, const struct freeze_reference *name);
/* The answer to an inquiry; `text`: usage HS. And the first write of a commit of the switch. */
void auditor_status_told(struct auditor *auditor, const struct operation *inquiry, uint16_t code,
                         struct bytes text);
void auditor_status_begin(struct auditor *auditor);
void auditor_issuer_durable(struct auditor *auditor, unsigned node,
                            const struct store_memory_write *write);
void auditor_issuer_committed(struct auditor *auditor, unsigned node);

#endif
