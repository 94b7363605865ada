/* An operation, of a red packet or an ordinary purchase: what a message says, as numbers.
 *
 * The only place that knows which data elements carry an operation. A request becomes an operation
 * and an operation a request; answers are made from the request's own bytes (party/answering.c).
 * Source: protocol page "Messages". */
#ifndef REDPACKET_OPERATION_H
#define REDPACKET_OPERATION_H

#include "base/result.h"
#include "iso8583/iso8583.h"
#include "redpacket/code.h"
#include "redpacket/reference.h"
#include "redpacket/totals.h"

#include <stdbool.h>
#include <stdint.h>

enum operation_kind {
    OPERATION_NONE,
    OPERATION_FREEZE,          /* 0100 03: sending wallet -> switch -> sender's issuer */
    OPERATION_CLAIM,           /* 0200 40: receiving wallet -> switch */
    OPERATION_DEBIT,           /* 0200 46: switch -> sender's issuer */
    OPERATION_CREDIT,          /* 0200 47: switch -> receiver's issuer */
    OPERATION_CONFIRMATION,    /* 0220 47: switch -> receiver's issuer */
    OPERATION_DEBIT_REVERSAL,  /* 0420 46: switch -> sender's issuer */
    OPERATION_FREEZE_REVERSAL, /* 0420 03: wallet -> switch -> sender's issuer */
    OPERATION_UNFREEZE,        /* 0220 20: sending wallet -> switch -> sender's issuer */
    OPERATION_INQUIRY,         /* 0600 33: a party of the freeze -> switch */
    OPERATION_RECONCILIATION,  /* 0520: switch -> member; only DE 7, 11, 15, 33, 50, 100, totals */
    OPERATION_PURCHASE,        /* 0200 00: acquirer -> switch -> issuer; no DE 48 */
    OPERATION_PURCHASE_REVERSAL, /* 0420 00: acquirer -> switch -> issuer; DE 90 names the purchase
                                  */
    OPERATION_KINDS,
};

/* DE 60.1 on 0420: why it is reversed. */
enum reversal_reason {
    REASON_NONE = 0,
    REASON_TIMEOUT = 4361,        /* the debit's, or the purchase's, answer did not come */
    REASON_CANNOT_FORWARD = 4364, /* the credit could not be sent */
    REASON_CREDIT_REFUSED = 4366,
};

/* No third party's text is longer than its data element; fixed texts are not terminated. */
struct operation {
    enum operation_kind kind;
    struct pan card;                   /* DE 2 */
    struct pan sender;                 /* DE 102 */
    struct pan receiver;               /* DE 103 */
    uint32_t account_types;            /* DE 3 digits 3 to 6 */
    int64_t amount_minor;              /* DE 4 */
    uint64_t transmission;             /* DE 7, MMDDhhmmss */
    uint32_t stan;                     /* DE 11 */
    uint32_t local_time;               /* DE 12, hhmmss */
    uint16_t local_date;               /* DE 13, MMDD */
    uint16_t settlement;               /* DE 15, MMDD; 0: absent */
    uint16_t merchant_type;            /* DE 18 */
    uint16_t entry_mode;               /* DE 22 */
    struct institution acquirer;       /* DE 32 */
    struct institution forwarder;      /* DE 33 */
    char rrn[12];                      /* DE 37 */
    char terminal[8];                  /* DE 41 */
    char merchant[15];                 /* DE 42 */
    char currency[3];                  /* DE 49 */
    uint16_t reason;                   /* DE 60.1; 0: absent */
    struct freeze_reference reference; /* DE 48 AS HB; of a purchase nothing */
    struct original original;          /* DE 90; mti 0: absent */
    struct institution addressee;      /* DE 100 of a reconciliation, as all below */
    struct totals totals;
};

const char *operation_name(enum operation_kind kind);
/* "0200" and so on, of the request. */
const char *operation_mti(enum operation_kind kind);
/* First two digits of DE 3. */
unsigned operation_process(enum operation_kind kind);
/* A purchase or its reversal: about no freeze, and named by its transaction key alone. */
bool operation_is_of_purchase(enum operation_kind kind);
/* By MTI of a request (or of the answer to it) and DE 3; OPERATION_NONE when it is none of ours or
 * DE 25 is not the red packet's, 00 for a purchase. A reconciliation has neither DE 3 nor DE 25. */
enum operation_kind operation_kind_of(const struct iso_message *message);

/* Reads a request, or the answer to one. A data element that is missing or says nothing sensible
 * is RESULT_INPUT, answered with 30; the fault names it. Whether the values make sense together is
 * asked later (freeze_check_request(), share_check_claim(), purchase_check_request()). */
MUST_USE enum result operation_read(const struct iso_message *message, struct operation *operation,
                                    struct fault *fault);

struct transaction_key operation_key(const struct operation *operation);
/* What a later message writes into DE 90 to name this one. */
struct original operation_as_original(const struct operation *operation);
/* The key of a request of this kind that DE 90 names. */
struct transaction_key original_key(const struct original *original, enum operation_kind kind);
/* The name of the purchase that a purchase or its reversal is about. */
struct transaction_key operation_purchase_key(const struct operation *operation);

/* The texts that a message built from an operation borrows. */
struct operation_text {
    char process[6], amount[12], transmission[10], stan[6], local_time[6], local_date[4];
    char settlement[4], merchant_type[4], entry_mode[3];
    char acquirer[INSTITUTION_LEN_MAX], forwarder[INSTITUTION_LEN_MAX];
    char reference[7 + REFERENCE_TEXT_LEN], original[ORIGINAL_TEXT_LEN], reason[4];
    char addressee[INSTITUTION_LEN_MAX];
    struct totals_text totals;
};
/* Fills `message`, which borrows from both the operation and the text. No header, no MAC. */
void operation_write(const struct operation *operation, struct operation_text *text,
                     const struct iso_spec *spec, struct iso_message *message);

/* Compact record form, for stores; about 170 bytes. */
enum { OPERATION_RECORD_MAX = 224 };
void operation_encode(struct writer *w, const struct operation *operation);
void operation_decode(struct reader *r, struct operation *operation);

#endif
