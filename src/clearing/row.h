/* One line of a clearing file as values, whatever the layout writes them as.
 *
 * A layout (layout.h) says which of these values stand where; the writer and the reader share this
 * one table of names, so that what is written can be read. */
#ifndef CLEARING_ROW_H
#define CLEARING_ROW_H

#include "base/bytes.h"
#include "redpacket/operation.h"

/* What a layout can name as the source of a column. */
enum row_source {
    ROW_BLANK,    /* spaces; says nothing */
    ROW_ZERO,     /* a number that is always 0 here: fees come with their table */
    ROW_CONSTANT, /* the layout's own text */
    ROW_ACQUIRER,
    ROW_FORWARDER,
    ROW_STAN,
    ROW_TRANSMISSION,
    ROW_CARD,
    ROW_AMOUNT,
    ROW_MTI,
    ROW_PROCESS, /* DE 3, six digits */
    ROW_MERCHANT_TYPE,
    ROW_TERMINAL,
    ROW_MERCHANT,
    ROW_RRN,
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
    ROW_NET, /* signed money: C or D, then 11 digits */
    ROW_FREEZE_COUNT,
    ROW_FREEZE_AMOUNT,
    ROW_UNFREEZE_COUNT,
    ROW_UNFREEZE_AMOUNT,
    ROW_SOURCES,
};
/* By the name that layouts use ("acquirer"), or -1. */
int row_source_find(const char *name);
const char *row_source_name(enum row_source source);

struct row_totals {
    uint64_t count;
    uint64_t debit_count, credit_count, freeze_count, unfreeze_count;
    int64_t debit_minor, credit_minor, freeze_minor, unfreeze_minor;
};

struct row {
    struct operation operation; /* kind says which leg: debit, credit, claim, freeze, unfreeze */
    char authorisation[6];
    uint16_t code;
    uint64_t sender_issuer, receiver_issuer, institution;
    uint32_t settlement_date;
    struct row_totals totals;
};

enum { ROW_VALUE_MAX = 64 };
/* The value as text without padding; false: a number too large for where it has to go (a signed
 * total of more than 11 digits). */
MUST_USE bool row_get(const struct row *row, enum row_source source, char out[ROW_VALUE_MAX],
                      size_t *len);
/* Puts a value back; the text is without padding. false: it is not one. */
MUST_USE bool row_set(struct row *row, enum row_source source, struct bytes text);

/* Counts the row into the totals by its kind. */
void row_totals_add(struct row_totals *totals, const struct row *row);

#endif
