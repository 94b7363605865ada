/* What a freeze, a debit, a credit or a purchase came to: kept behind the answer under its
 * transaction key, so that a later message finds it by its DE 90 and the leg. Where the later
 * message comes first, it leaves the posting there itself, before there is an answer.
 *
 *   NONE -> POSTED -> REVERSED          carried out; then reversed (freeze, debit, purchase)
 *   NONE -> REFUSED -> CONFIRMED        refused; a credit's confirmation posts it all the same
 *   NONE -> TOMBSTONE                   reversed before it came: it will be refused with 22
 *   NONE -> CONFIRMED                   confirmed before it came: it will be answered 00
 *
 * Source: protocol page "The issuer". */
#ifndef ISSUER_SIM_ISSUER_POSTING_H
#define ISSUER_SIM_ISSUER_POSTING_H

#include "party/duplicate.h"
#include "redpacket/operation.h"
#include "store/store.h"

enum posting_state {
    POSTING_NONE,  /* nothing is known under this key */
    POSTING_OTHER, /* a message that no later one refers to */
    POSTING_POSTED,
    POSTING_REFUSED,
    POSTING_REVERSED,
    POSTING_CONFIRMED,
    POSTING_TOMBSTONE,
    POSTING_STATES,
};

struct issuer_posting {
    enum posting_state state;
    uint32_t settlement_date;   /* YYYYMMDD, the day it is booked to */
    struct operation operation; /* as it came, or as far as the later message tells of it */
};

/* A posting made from the message that names it in DE 90, before it has come itself. */
void issuer_posting_begin(struct issuer_posting *posting, enum operation_kind kind,
                          enum posting_state state, const struct operation *named_by,
                          uint32_t settlement_date);
/* Whether a message is about exactly this posting: freeze and share, DE 32, card and amount. */
bool issuer_posting_matches(const struct issuer_posting *posting, enum operation_kind kind,
                            const struct operation *message);

/* A record of table TABLE_DUPLICATE; data NULL: there is none. A damaged one stops the process. */
void issuer_posting_decode(struct bytes record, struct issuer_posting *posting);

/* Inside apply. */
void issuer_posting_read(struct store_tx *tx, unsigned index, struct issuer_posting *posting);
/* Writes the posting behind the answer that the record holds, or behind that of a message that has
 * not come yet; wall_us: when. */
void issuer_posting_write(struct store_tx *tx, unsigned index, const struct issuer_posting *posting,
                          int64_t wall_us);

#endif
