/* The life of a freeze at the switch, as pure functions over one small record.
 *
 *   FREEZING -> FROZEN -> CLOSING -> CLOSED        FREEZING -> REFUSED
 *   FREEZING, FROZEN -> REVERSING -> REVERSED      CLOSING, REVERSING -> DISPUTED
 *
 * The record also holds the sums over its shares that every decision needs, so that none of them
 * reads the shares; only share_move() changes those sums.
 * Source: protocol page "Freeze", "Unfreeze". */
#ifndef REDPACKET_FREEZE_H
#define REDPACKET_FREEZE_H

#include "base/result.h"
#include "redpacket/code.h"
#include "redpacket/operation.h"

/* Records and DE 48 HS hold their numbers. */
enum freeze_state {
    FREEZE_NONE, /* no such record */
    FREEZE_FREEZING,
    FREEZE_FROZEN,
    FREEZE_REFUSED,
    FREEZE_REVERSING,
    FREEZE_REVERSED, /* also the tombstone of one never seen */
    FREEZE_CLOSING,
    FREEZE_CLOSED,
    FREEZE_DISPUTED,
    FREEZE_STATES,
};
const char *freeze_state_name(enum freeze_state state);
/* Has not ended: a message about it may still have to be stored and forwarded. */
bool freeze_is_open(enum freeze_state state);

struct freeze;
/* It has ended as it should, and so have all its shares: only then may anything of it be forgotten.
 * Never while something of it is DISPUTED. */
bool freeze_is_over(const struct freeze *freeze);

/* More than 11 digits cannot be written into a clearing file. */
static const int64_t FREEZE_AMOUNT_MAX_MINOR = 99999999999;

struct freeze {
    enum freeze_state state;
    struct operation request; /* the 0100 as it came */
    uint64_t sender_issuer;   /* institution number, by card range when it was accepted */
    uint32_t settlement_date; /* YYYYMMDD */
    uint64_t owner;           /* the switch process that finishes what is open */
    int64_t taken_minor;      /* sum of all shares not RELEASED */
    int64_t settled_minor;    /* sum of shares CREDITED, CREDIT_UNKNOWN or DISPUTED */
    int64_t credited_minor;   /* sum of shares CREDITED */
    uint16_t taken_count;     /* shares not RELEASED */
    uint16_t moving_count;    /* shares that still end by themselves */
    int64_t notice_minor;     /* DE 4 of the wallet's unfreeze notice; -1: none came */
    char notice_rrn[12];      /* its DE 37, which the unfreeze sent to the issuer keeps */
    uint32_t over_s;    /* seconds since 1970 when it was over, see freeze_is_over(); 0: not */
    int64_t left_minor; /* what the unfreeze sent to the issuer names; -1: not sent yet */
};

/* What is wrong with a freeze request whatever the records say; CODE_APPROVED when nothing. */
uint16_t freeze_check_request(const struct operation *request);
/* A later message of the freeze (0220/20, 0420/03) against its record: DE 48, DE 90, cards and
 * currency must name the same freeze. CODE_NO_ORIGINAL, CODE_RELATED_INVALID or CODE_APPROVED. */
uint16_t freeze_check_related(const struct freeze *freeze, const struct operation *request);
/* A reversal of a freeze that has no record, against itself: DE 48 and DE 90 can be of one freeze.
 * CODE_RELATED_INVALID or CODE_APPROVED. */
uint16_t freeze_check_unseen(const struct operation *reversal);
void freeze_begin(struct freeze *freeze, const struct operation *request, uint64_t sender_issuer,
                  uint32_t settlement_date, uint64_t owner);
/* REVERSED, under the name and the identity of the freeze that this reversal takes back unseen: it
 * is refused should it still come. */
void freeze_begin_tombstone(struct freeze *freeze, const struct operation *reversal,
                            uint32_t settlement_date, uint64_t owner);
/* Whether the picture above has this way; every other is a bug of ours. */
bool freeze_can_move(enum freeze_state from, enum freeze_state to);
/* false, and nothing changed, when the freeze is not in `from` any more: whoever comes second
 * changes nothing. */
MUST_USE bool freeze_move(struct freeze *freeze, enum freeze_state from, enum freeze_state to);

/* The unfreeze notice: what to answer, and in *closes whether this one closes the freeze. */
uint16_t freeze_decide_unfreeze(const struct freeze *freeze, bool *closes);
/* The wallet's reversal of its freeze: what to answer, and whether the reversal is to be sent on.
 */
uint16_t freeze_decide_reversal(const struct freeze *freeze, bool *reverses);
/* CLOSING, and no share can still come back or go out: what is left is final. */
bool freeze_can_release(const struct freeze *freeze);
int64_t freeze_left(const struct freeze *freeze);
/* It stands, and what is left of it has not been given back: FROZEN, or CLOSING while shares still
 * move. */
bool freeze_is_standing(const struct freeze *freeze);
/* Of one that stands: what no share has for good (CREDITED, CREDIT_UNKNOWN or DISPUTED), shares
 * under way among it. Else 0. */
int64_t freeze_open_minor(const struct freeze *freeze);

enum { FREEZE_RECORD_MAX = OPERATION_RECORD_MAX + 72 };
/* Returns the length written; the buffer holds FREEZE_RECORD_MAX. */
size_t freeze_encode(const struct freeze *freeze, uint8_t out[FREEZE_RECORD_MAX]);
/* An absent record (data NULL) decodes as state FREEZE_NONE. A damaged one is our own bug or the
 * disk's: the process stops. */
void freeze_decode(struct bytes record, struct freeze *freeze);

#endif
