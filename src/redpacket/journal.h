/* What a party writes into its transaction log: one entry for every durable step.
 *
 * All parties share one form, so that `cardlab log`, clearing and reconciliation read any store.
 * An entry tells what came in (the message itself, without tracks and PIN blocks), what was decided
 * and what it left, with time, transaction key (of its operation) and settlement date. */
#ifndef REDPACKET_JOURNAL_H
#define REDPACKET_JOURNAL_H

#include "redpacket/operation.h"
#include "redpacket/purchase.h"
#include "redpacket/share.h"
#include "store/store.h"

enum journal_event {
    JOURNAL_NONE,
    JOURNAL_OPENED,    /* issuer: an account with its opening balance */
    JOURNAL_FREEZE,    /* switch: a freeze changed its state (from, to: freeze_state) */
    JOURNAL_SHARE,     /* switch: a share changed its state (from, to: share_state); of both,
                          frozen_minor: DE 4 of the freeze, available_minor: freeze_open_minor()
                          after the step */
    JOURNAL_POSTED,    /* issuer: a request was carried out; moved_minor says how much */
    JOURNAL_REFUSED,   /* any: a request was refused and changed nothing */
    JOURNAL_RECORDED,  /* any: an answer or repeat that changed nothing */
    JOURNAL_REQUESTED, /* wallet: a request is about to be sent */
    JOURNAL_ANSWERED,  /* wallet: its answer */
    JOURNAL_PACKET,    /* wallet: a packet was made, or a share of it given to a person */
    JOURNAL_DAY,       /* any: the business date is now settlement_date; operation.forwarder: whose
                          log it is */
    JOURNAL_CUT,       /* switch: clearing files of settlement_date are cut up to here;
                          operation.forwarder: the switch; count and available_minor: freezes that
                          stand at this moment, of whatever date, and freeze_open_minor() of all */
    JOURNAL_FORGOTTEN, /* switch, issuer: a freeze that is over is kept no longer (from: its state);
                          moved_minor: what was claimed or debited, frozen_minor: what was frozen,
                          available_minor: what was left at its closing. Switch: or a purchase, by
                          its operation (from: its state); moved_minor: DE 4 if it was PURCHASED */
    JOURNAL_CLOSED,    /* switch: a person has closed a dispute; note says why */
    JOURNAL_TOTALS,    /* any: totals of settlement_date were told, or compared (from, to:
                          totals_state); the operation has what the switch told, of the member that
                          sender_issuer names; moved_minor: own net, available_minor: theirs */
    JOURNAL_PURCHASE,  /* switch: a purchase changed its state (from, to: purchase_state). The
                          operation is the purchase itself whatever caused the step, under its own
                          key, with the settlement date of its acceptance (also when it is reversed
                          on a later day); sender_issuer: its issuer, receiver_issuer: 0, DE 32: its
                          acquirer, who is owed DE 4 while it is PURCHASED; moved_minor: that amount
                          in the step that makes it PURCHASED, else 0; code: DE 39 of
                          the answer that the step gives (00 to its acquirer's reversal; to the
                          purchase itself whatever ends it), or of what ended its reversal; what
                          caused it: message */
    JOURNAL_EVENTS,
};
const char *journal_event_name(enum journal_event event);

enum { JOURNAL_NOTE_MAX = 100, JOURNAL_MESSAGE_MAX = 2048 };

struct journal_entry {
    enum journal_event event;
    uint8_t from, to;
    uint16_t code; /* DE 39 that was decided or received; CODE_NONE */
    int64_t wall_us;
    uint32_t settlement_date;                /* YYYYMMDD; 0: of no day */
    struct operation operation;              /* kind OPERATION_NONE: not about a message */
    uint64_t sender_issuer, receiver_issuer; /* institution numbers; 0: not known here */
    int64_t moved_minor;                     /* what this step moved, which DE 4 need not be */
    int64_t available_minor, frozen_minor;   /* issuer: the account afterwards */
    uint32_t count;                          /* 0 where no event above says more */
    char authorisation[6];                   /* DE 38; blank: none */
    char note[JOURNAL_NOTE_MAX + 1];
    struct bytes message; /* what caused the step; len 0: none. Borrowed */
};

/* Starts an entry about an operation. */
void journal_begin(struct journal_entry *entry, enum journal_event event,
                   const struct operation *operation, int64_t wall_us);
/* Writes it as the log record of the step that is being applied. */
void journal_write(struct store_tx *tx, const struct journal_entry *entry);
/* Reads one; false when it is not ours. The message borrows from `record`. */
MUST_USE bool journal_read(struct bytes record, struct journal_entry *entry);
/* "RESERVED -> DEBITED" in words of the event. */
const char *journal_state_name(const struct journal_entry *entry, uint8_t state);

#endif
