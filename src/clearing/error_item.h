/* Which exceptions stand in whose error file, and with which UnionPay-style reason code.
 *
 * What a host refused for good, what was confirmed late, and notices that named less than what was
 * left; not those that named more, as is to be expected, and not what is still open, for which
 * nobody has to do anything. Where money is at the wrong place, who holds it has a
 * surplus and whose customer waits for it a shortage; settlement itself is right in all cases. */
#ifndef CLEARING_ERROR_ITEM_H
#define CLEARING_ERROR_ITEM_H

#include "clearing/exceptions.h"

/* A part in what the exception is about. */
enum error_part {
    ERROR_SENDER_ISSUER,
    ERROR_RECEIVER_ISSUER,
    ERROR_PACKET_WALLET,
    ERROR_FORWARDER, /* the wallet that sent the claim, or whatever it is about */
    ERROR_PARTS,
};

enum {
    ERROR_NEITHER = 0,
    ERROR_SURPLUS = 9601,  /* 長款: holds money that it should not */
    ERROR_SHORTAGE = 9702, /* 短款: money is missing at its customer */
};

/* false: it is not in the error file of who has this part. */
bool error_item_find(const struct exception *exception, enum error_part part, uint16_t *code);

#endif
