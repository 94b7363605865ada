/* The life of one share at the switch, as pure functions over its record and its freeze's.
 *
 *   RESERVED -> DEBITED -> CREDITING -> CREDITED           the good path
 *   RESERVED -> RELEASED                                   debit refused, or it cannot be sent
 *   RESERVED -> DEBIT_UNKNOWN -> RELEASED                  debit unanswered, then reversed
 *   DEBITED, CREDITING -> REVERSING -> RELEASED            credit refused, or it cannot be sent
 *   CREDITING -> CREDIT_UNKNOWN -> CREDITED                credit unanswered, then confirmed
 *   DEBIT_UNKNOWN, REVERSING, CREDIT_UNKNOWN -> DISPUTED   refused for good by a foreign host
 *
 * A RELEASED share is free again. Source: protocol page "Claim, step by step". */
#ifndef REDPACKET_SHARE_H
#define REDPACKET_SHARE_H

#include "redpacket/freeze.h"

/* Records and DE 48 HS hold their numbers. */
enum share_state {
    SHARE_NONE, /* no such record: free */
    SHARE_RESERVED,
    SHARE_DEBIT_UNKNOWN,
    SHARE_DEBITED,
    SHARE_CREDITING,
    SHARE_CREDITED,
    SHARE_CREDIT_UNKNOWN,
    SHARE_REVERSING,
    SHARE_RELEASED,
    SHARE_DISPUTED,
    SHARE_STATES,
};
const char *share_state_name(enum share_state state);
/* Neither free nor at an end of its own: blocks the unfreeze. */
bool share_is_moving(enum share_state state);
/* Has not ended: moving, or to be confirmed. */
bool share_is_open(enum share_state state);

struct share {
    enum share_state state;
    struct operation claim;   /* the 0200 as it came; its amount is the share's */
    uint64_t receiver_issuer; /* institution number */
    uint32_t settlement_date; /* of both legs */
    uint64_t owner;
    uint16_t code; /* what the claim was, or will be, answered */
};

/* Whether this claim may take this share. `route` is what is known of the receiver's issuer:
 * CODE_APPROVED, CODE_PARTY_DOWN or CODE_NO_ROUTE; it is asked last, so that the records' refusals
 * are the same wherever the receiver banks. */
uint16_t share_check_claim(const struct operation *claim, const struct freeze *freeze,
                           const struct share *share, uint16_t route);
/* Takes the share; the claim has been checked. */
void share_reserve(struct share *share, struct freeze *freeze, const struct operation *claim,
                   uint64_t receiver_issuer, uint32_t settlement_date, uint64_t owner);
/* Whether the picture above has this way; every other is a bug of ours. */
bool share_can_move(enum share_state from, enum share_state to);
/* Moves the share and keeps the freeze's sums. false, and nothing changed, when the share is not in
 * `from` any more or belongs to another claim by now. */
MUST_USE bool share_move(struct share *share, struct freeze *freeze,
                         const struct transaction_key *claim, enum share_state from,
                         enum share_state to);

/* The messages of a share, made from its claim and its freeze. The legs keep the claim's own
 * identity; the others get theirs from the caller, who numbers them (DE 7, 11, 33). */
void share_debit(const struct share *share, const struct freeze *freeze, struct operation *leg);
void share_credit(const struct share *share, const struct freeze *freeze, struct operation *leg);
void share_debit_reversal(const struct share *share, const struct freeze *freeze,
                          enum reversal_reason reason, struct operation *reversal);
void share_confirmation(const struct share *share, const struct freeze *freeze,
                        struct operation *confirmation);

enum { SHARE_RECORD_MAX = OPERATION_RECORD_MAX + 32 };
size_t share_encode(const struct share *share, uint8_t out[SHARE_RECORD_MAX]);
void share_decode(struct bytes record, struct share *share);

#endif
