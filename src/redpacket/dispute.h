/* A message that somebody's host has refused for good, and that a person has to look at.
 *
 * The switch writes one in the commit in which the share, freeze or purchase becomes DISPUTED: at
 * most one for each, for ever, because nothing leaves that state. A person closes it once the
 * parties have settled it between themselves; it is never deleted while the freeze is kept. Both
 * are named by the log record that tells of them, so that what was open at any moment can be said
 * for ever. Source: protocol page "Store and forward is done". */
#ifndef REDPACKET_DISPUTE_H
#define REDPACKET_DISPUTE_H

#include "redpacket/operation.h"

enum { DISPUTE_NOTE_MAX = 100 }; /* as much as an entry of the log takes */

struct dispute {
    enum operation_kind refused; /* the stored message */
    uint16_t code;               /* with which it was refused */
    /* The claim, or the freeze's or purchase's own request, with the sender's card (a purchase has
     * none but DE 2); of an unfreeze the amount is what was left. */
    struct operation about;
    uint64_t sender_issuer, receiver_issuer; /* receiver's 0: it is of no share */
    uint32_t settlement_date;                /* of the leg, or of the message */
    uint64_t since;                          /* log record */
    int64_t since_us;                        /* wall clock */
    uint64_t closed;                         /* log record; 0: open */
    int64_t closed_us;
    char note[DISPUTE_NOTE_MAX + 1]; /* of whoever closed it */
};

/* Share 0: of the freeze itself. All of a freeze are neighbours. */
struct store_key key_of_dispute(const struct freeze_reference *reference, uint16_t share);

/* Of a purchase, by its own key. */
struct store_key key_of_purchase_dispute(const struct transaction_key *key);

enum { DISPUTE_RECORD_MAX = OPERATION_RECORD_MAX + DISPUTE_NOTE_MAX + 64 };
size_t dispute_encode(const struct dispute *dispute, uint8_t out[DISPUTE_RECORD_MAX]);
/* A damaged record is our own bug or the disk's: the process stops. */
void dispute_decode(struct bytes record, struct dispute *dispute);

/* Whether it was open when this log record was written. */
static inline bool dispute_is_open_at(const struct dispute *dispute, uint64_t number)
{
    return dispute->since <= number && (dispute->closed == 0 || dispute->closed > number);
}

/* The institution that refused. */
static inline uint64_t dispute_refuser(const struct dispute *dispute)
{
    return dispute->refused == OPERATION_CONFIRMATION ? dispute->receiver_issuer
                                                      : dispute->sender_issuer;
}

#endif
