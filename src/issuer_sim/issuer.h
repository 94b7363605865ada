/* The issuer: holds people's money, freezes it, debits it, credits it, gives it back, and lets it
 * out for purchases.
 *
 * A state machine without I/O over a party (the member's side: its one peer is the switch). Every
 * request is one store step, in which everything is decided and the answer is kept, and is answered
 * when that is durable; the issuer asks nobody anything. It is a simulator in that it stands for a
 * bank's account system: it has no customers but those of its configuration, and no other product.
 * Source: protocol page "The issuer".
 *
 *   issuer_decision.h  what is done with a request     issuer_ledger.h   accounts and freezes
 *   issuer_posting.h   what a message came to          issuer_opening.c  the first start */
#ifndef ISSUER_SIM_ISSUER_H
#define ISSUER_SIM_ISSUER_H

#include "issuer_sim/issuer_ledger.h"
#include "party/party.h"

struct issuer;

struct issuer_account {
    struct pan card;
    const char *holder; /* at most LEDGER_HOLDER_MAX bytes */
    int64_t available_minor;
    bool is_restricted;
};

struct issuer_config {
    struct party_config party;
    char currency[3];                      /* DE 49 of all accounts; zeroed: 156 */
    const struct issuer_account *accounts; /* the caller's, needed during issuer_open() only */
    size_t account_count;
};

/* Opens the accounts, and the suspense account, when the store has never been opened before, each
 * with a JOURNAL_OPENED entry; a start that was cut off is completed by the next. Afterwards the
 * store alone says what accounts there are, whatever the configuration says. Waits for the store,
 * so nothing else may be submitted to it yet. RESULT_INPUT: an account cannot be (no card, a
 * negative balance, too long a holder); and what party_open() and the store fail with. */
MUST_USE enum result issuer_open(const struct issuer_config *config, const struct party_port *port,
                                 struct instant now, struct issuer **issuer, struct fault *fault);
/* Accepts NULL. No step may be with the store any more (store_drain() first). */
void issuer_close(struct issuer *issuer);
/* Links, bytes, ticks and completions go in here. */
struct party *issuer_party(struct issuer *issuer);

/* Since the start of this process. */
struct issuer_view {
    uint64_t freezes, debits, credits, unfreezes; /* carried out */
    uint64_t freeze_reversals, debit_reversals;   /* that moved money */
    uint64_t purchases, purchase_reversals;       /* likewise */
    uint64_t confirmations;                       /* that posted their credit */
    uint64_t on_suspense;                         /* of these, onto the suspense account */
    uint64_t other_amounts; /* unfreezes that released another amount than their DE 4 says */
    uint64_t recorded;      /* approved without an effect */
    uint64_t refused;
    uint64_t repeated; /* given the stored answer again, or 94 */
};
struct issuer_view issuer_view(const struct issuer *issuer);

#endif
