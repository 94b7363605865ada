/* The life of an ordinary purchase at the switch, as pure functions over its record.
 *
 *   PURCHASING -> PURCHASED                 approved; its issuer owes the amount to its acquirer
 *   PURCHASING -> REFUSED                   refused, or it cannot be sent
 *   PURCHASING, PURCHASED -> REVERSING -> REVERSED
 *                                           unanswered, or given up by its acquirer
 *   REVERSING -> DISPUTED                   the reversal was refused for good by a foreign host
 *
 * It is a freeze's request without later steps: one card, one issuer, no packet and no shares. Its
 * name is its transaction key. One that is refused before its issuer is asked, or reversed before
 * it came, leaves no record here, only the answer (or the tombstone) under its key.
 * Source: protocol page "Purchase", which is ours. */
#ifndef REDPACKET_PURCHASE_H
#define REDPACKET_PURCHASE_H

#include "base/result.h"
#include "redpacket/code.h"
#include "redpacket/operation.h"

/* Records hold their numbers. */
enum purchase_state {
    PURCHASE_NONE, /* no such record */
    PURCHASE_PURCHASING,
    PURCHASE_PURCHASED,
    PURCHASE_REFUSED,
    PURCHASE_REVERSING,
    PURCHASE_REVERSED,
    PURCHASE_DISPUTED,
    PURCHASE_STATES,
};
/* "PURCHASING" */
const char *purchase_state_name(enum purchase_state state);
/* Has not ended: a message about it may still have to be stored and forwarded. */
bool purchase_is_open(enum purchase_state state);

/* More than 11 digits cannot be written into a clearing file. */
static const int64_t PURCHASE_AMOUNT_MAX_MINOR = 99999999999;

struct purchase {
    enum purchase_state state;
    struct operation request; /* the 0200, as far as it is a purchase; its key is the name */
    uint64_t issuer;          /* institution number, by card range when it was accepted */
    uint32_t settlement_date; /* YYYYMMDD, of the purchase and of its reversal */
    uint64_t owner;           /* the switch process that finishes what is open */
    uint32_t over_s;          /* seconds since 1970 when it came to an end as it should; 0: not, see
                                 purchase_is_over() */
};

/* It has ended as it should: only then may it be forgotten. Never while it is DISPUTED. */
bool purchase_is_over(const struct purchase *purchase);
/* It stands: the issuer owes its amount to the acquirer. */
bool purchase_is_owed(const struct purchase *purchase);

/* What is wrong with a purchase whatever the records say: its acquirer is not who sends it
 * (CODE_RELATED_INVALID), its amount or currency (CODE_AMOUNT); else CODE_APPROVED. */
uint16_t purchase_check_request(const struct operation *request, const char currency[3]);
/* The acquirer's reversal against the purchase that its DE 90 names: DE 2, 4, 32, 33 and 49 are
 * the purchase's. CODE_RELATED_INVALID or CODE_APPROVED. */
uint16_t purchase_check_reversal(const struct purchase *purchase, const struct operation *reversal);
/* A reversal of a purchase that has no record, against itself: DE 90 can be a purchase of whoever
 * sends this. CODE_RELATED_INVALID or CODE_APPROVED. */
uint16_t purchase_check_unseen(const struct operation *reversal);
void purchase_begin(struct purchase *purchase, const struct operation *request, uint64_t issuer,
                    uint32_t settlement_date, uint64_t owner);
/* Whether the picture above has this way; every other is a bug of ours. */
bool purchase_can_move(enum purchase_state from, enum purchase_state to);
/* false, and nothing changed, when the purchase is not in `from` any more. */
MUST_USE bool purchase_move(struct purchase *purchase, enum purchase_state from,
                            enum purchase_state to);
/* The acquirer's reversal on this business date: what to answer, and whether it takes the purchase
 * back. One that is PURCHASED, of a date that is over, stands, so that purchase and reversal are in
 * the same day's files: CODE_STATE. Nothing else does: CODE_APPROVED. */
uint16_t purchase_decide_reversal(const struct purchase *purchase, uint32_t business_date,
                                  bool *reverses);
/* The reversal that the switch stores and forwards, without what numbers it (DE 7, 11, 33). */
void purchase_reversal(const struct purchase *purchase, struct operation *reversal);

enum { PURCHASE_RECORD_MAX = OPERATION_RECORD_MAX + 24 };
/* Returns the length written. */
size_t purchase_encode(const struct purchase *purchase, uint8_t out[PURCHASE_RECORD_MAX]);
/* An absent record (data NULL) decodes as state PURCHASE_NONE. A damaged one is our own bug or the
 * disk's: the process stops. */
void purchase_decode(struct bytes record, struct purchase *purchase);

#endif
