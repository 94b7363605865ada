/* One line of a clearing file as values, whatever a layout writes them as.
 *
 * A layout (layout.h) says which of these values stand where. Writer and reader share this one
 * table of names, so that what is written can be read. It knows no file and no column width. */
#ifndef CLEARING_ROW_H
#define CLEARING_ROW_H

#include "base/bytes.h"
#include "clearing/exceptions.h"
#include "clearing/fee.h"
#include "clearing/packet_book.h"
#include "redpacket/operation.h"

/* What a layout can name as the source of a column; docs/clearing.md tells of each. */
enum row_source {
    ROW_BLANK,    /* padding only */
    ROW_ZERO,     /* a number that is always 0 here: a fee */
    ROW_CONSTANT, /* the layout's own text */
    ROW_ACQUIRER,
    ROW_FORWARDER,
    ROW_STAN,
    ROW_TRANSMISSION,
    ROW_CARD,
    ROW_CARD_ISSUER, /* derived: the issuer of DE 2 */
    ROW_AMOUNT,
    ROW_CURRENCY,
    ROW_MTI,
    ROW_PROCESS, /* DE 3, six digits; stands behind the MTI, with which it says the kind */
    ROW_MERCHANT_TYPE,
    ROW_TERMINAL,
    ROW_MERCHANT,
    ROW_RRN,
    ROW_CONDITION, /* derived: DE 25, 86, or 00 of a purchase */
    ROW_AUTHORISATION,
    ROW_CODE,
    ROW_ENTRY_MODE,
    ROW_SENDER_CARD,
    ROW_RECEIVER_CARD,
    ROW_SENDER_ISSUER,
    ROW_RECEIVER_ISSUER,
    ROW_FREEZE_WALLET,
    ROW_FREEZE_DATE,
    ROW_FREEZE_SEQUENCE,
    ROW_SHARE,
    ROW_SHARES,
    ROW_ORIGINAL_STAN,
    ROW_ORIGINAL_TRANSMISSION,
    ROW_SETTLEMENT_DATE, /* YYYYMMDD */
    ROW_INSTITUTION,     /* whose file it is, or whose position */
    ROW_COUNT,           /* trailers: detail records */
    ROW_DEBIT_COUNT,
    ROW_DEBIT_AMOUNT,
    ROW_CREDIT_COUNT,
    ROW_CREDIT_AMOUNT,
    ROW_NET, /* derived: credits less debits, and fees, as signed money: C or D, then digits */
    ROW_FREEZE_COUNT,
    ROW_FREEZE_AMOUNT,
    ROW_UNFREEZE_COUNT,
    ROW_UNFREEZE_AMOUNT,
    ROW_REASON,      /* of an exception: status and message; it says the kind too */
    ROW_TOLD_AMOUNT, /* of an exception: what a notice said */
    ROW_SINCE,       /* of an exception: YYYYMMDDhhmmss, UTC */
    ROW_SINCE_RECORD,
    ROW_DISPUTED_COUNT,
    ROW_OPEN_COUNT,
    ROW_FEE_RECEIVABLE, /* of a share: from other members */
    ROW_FEE_PAYABLE,    /* to them */
    ROW_SWITCH_FEE,     /* from the switch, as signed money; D: to it */
    ROW_FEES,           /* of a trailer, a position or a fee line: what is got less what is paid */
    ROW_FEE,            /* of a fee line: the fee's name in its table */
    ROW_FEE_ROLE,       /* whose side of it */
    ROW_COUNTERPARTY,   /* who is on the other one */
    ROW_ITEM_COUNT,     /* how many shares */
    ROW_ITEM_AMOUNT,    /* of how much */
    ROW_PACKET_FROZEN,  /* of a packet, or of all in a trailer */
    ROW_PACKET_CLAIMED,
    ROW_PACKET_UNFROZEN,
    ROW_PACKET_REVERSED,
    ROW_PACKET_OPEN,
    ROW_ERROR_CODE,   /* of an exception: 9601, 9702 or 0000 */
    ROW_TOTAL_AMOUNT, /* of all records, whatever they are about */
    ROW_RECORD,       /* its number in the file, from 1 */
    ROW_SOURCES,
};
/* By the name that layouts use ("acquirer"), or -1. */
int row_source_find(const char *name);
const char *row_source_name(enum row_source source);
/* A card number: not to be shown in a fault. */
bool row_source_is_card(enum row_source source);

struct row_totals {
    uint64_t count; /* records */
    uint64_t debit_count, credit_count, freeze_count, unfreeze_count;
    uint64_t disputed_count, open_count;
    int64_t debit_minor, credit_minor, freeze_minor, unfreeze_minor;
    int64_t fee_minor;   /* what is got, less what is paid */
    int64_t total_minor; /* of all records */
    struct packet_sums packets;
};

/* A fee's name, or a role's, filled up with blanks. */
enum { ROW_FEE_TEXT_LEN = 16 };

struct row {
    /* kind says what the line is about: debit, credit, claim, freeze or unfreeze; of an exception
     * the message that it is about; NONE: a position or a total. */
    struct operation operation;
    char authorisation[6];
    uint16_t code;
    uint64_t sender_issuer, receiver_issuer, institution;
    uint32_t settlement_date;
    struct row_totals totals; /* of a trailer, a position, a fee line or a packet */
    struct fee_side fees;     /* of a share, for whom the line is */
    /* Of a fee line. */
    char fee[ROW_FEE_TEXT_LEN], fee_role[ROW_FEE_TEXT_LEN];
    uint64_t counterparty, item_count;
    int64_t item_minor;
    uint64_t record; /* its number in the file; 0: not asked for */
    /* A detail of an acquirer's: a purchase is money that it gets. Not in the line: what the file
     * is about says it. */
    bool is_acquirers;
    /* Of an exception. */
    bool is_exception;
    enum exception_status status;
    int64_t told_minor;
    uint64_t since, since_record;
    uint16_t error_code;
};

enum { ROW_VALUE_MAX = 64 };
/* The value as text without padding. false: it does not fit the value's form (a number below zero,
 * or with more digits). */
MUST_USE bool row_get(const struct row *row, enum row_source source, char out[ROW_VALUE_MAX],
                      size_t *len);
/* The same of a number whose usual digits are as many as the cell has bytes, right into the cell.
 * false, and nothing is written: it is no such number, or does not fit. */
MUST_USE bool row_get_digits(const struct row *row, enum row_source source, char *cell,
                             size_t width);
/* The stretches of a row that the value is made of: where they have the same bytes in two rows, it
 * is the same in both. Returns how many there are. */
struct row_part {
    size_t at, len;
};
enum { ROW_PARTS_MAX = 3 };
size_t row_source_parts(enum row_source source, struct row_part parts[ROW_PARTS_MAX]);
/* Puts a value back; the text is without padding. What is derived is looked at and not kept.
 * false: it is no such value. */
MUST_USE bool row_set(struct row *row, enum row_source source, struct bytes text);

/* How wide a cell is that holds the value in its usual length, texts and cards with blanks behind;
 * 0: there is no such cell of it. */
size_t row_cell_width(enum row_source source);
/* Puts the value of such a cell back, as row_set(), whatever the row has of it already; compares
 * what is derived, for which the row must have the rest. true: row_get() gives what is in the cell.
 * false: it is another text for a value, or none, and what the row has of it means nothing. */
MUST_USE bool row_set_cell(struct row *row, enum row_source source, struct bytes cell);

/* Counts the row into the totals by its kind; a position by its own totals. false: the sum does
 * not fit, and the totals are no longer good. */
MUST_USE bool row_totals_add(struct row_totals *totals, const struct row *row);

#endif
