/* The layout of a clearing file, as data: specs/clearing/NAME.yaml (docs/clearing.md).
 *
 * Records in order: an optional header (the first), details, an optional trailer (the last). What
 * stands in a record is said by columns; how they become bytes is the layout's form
 * (layout_form.h), one file a form. The writer and the reader are driven by the same description.
 * Layouts are loaded once and never change. */
#ifndef CLEARING_LAYOUT_H
#define CLEARING_LAYOUT_H

#include "clearing/row.h"

enum {
    LAYOUT_COLUMNS_MAX = 64,
    LAYOUT_LINE_MAX = 1024,              /* bytes of a record of fixed width with its line end */
    LAYOUT_RECORD_MAX = LAYOUT_LINE_MAX, /* bytes of a record of any form */
    LAYOUT_TEXT_MAX = 32,                /* of a constant, a name, a file's name */
    LAYOUTS_MAX = 32,                    /* in one folder */
};

enum layout_record { LAYOUT_HEADER, LAYOUT_DETAIL, LAYOUT_TRAILER, LAYOUT_RECORDS };

/* Which rows a file holds, and so who gets one. */
enum layout_content {
    LAYOUT_ISSUER,     /* an issuer's debit and credit legs */
    LAYOUT_ACQUIRER,   /* claims that a wallet forwarded */
    LAYOUT_SENDER,     /* shares paid out of a wallet's packets */
    LAYOUT_FREEZES,    /* freezes and unfreezes, of a wallet or an issuer */
    LAYOUT_POSITION,   /* a party's own position; at the switch all of them */
    LAYOUT_EXCEPTIONS, /* what is not certain of a party's own; at the switch all of it */
    /* Fees by fee and counterparty, when there is a fee table. */
    LAYOUT_ACQUIRER_FEES,   /* a wallet's, as acquirer and as the sender's */
    LAYOUT_ISSUER_FEES,     /* an issuer's, as the sender's and as the receiver's */
    LAYOUT_SWITCH_FEES,     /* the switch's income */
    LAYOUT_PACKETS,         /* packets that the date has touched, of a wallet or an issuer */
    LAYOUT_ACQUIRER_ERRORS, /* exceptions that a wallet has to settle or to hear of (error_item.h)
                             */
    LAYOUT_ISSUER_ERRORS,   /* an issuer's */
    LAYOUT_CONTENTS,
};
const char *layout_content_name(enum layout_content content);

struct layout_column {
    char name[LAYOUT_TEXT_MAX];
    enum row_source source;
    char constant[LAYOUT_TEXT_MAX];
    size_t at; /* first byte in the line, from 0 */
    size_t width;
    bool right; /* aligned right, filled on the left */
    char pad;
};

/* A kind of line. `blank` is the line with nothing but separators and constants, line end
 * included. */
struct layout_line {
    size_t count; /* of columns; 0: the file has no such line */
    struct layout_column columns[LAYOUT_COLUMNS_MAX];
    size_t len; /* without the line end */
    char blank[LAYOUT_LINE_MAX];
};

struct layout {
    char name[LAYOUT_TEXT_MAX];
    char file[LAYOUT_TEXT_MAX]; /* "IND{yymmdd}01ICOM" */
    enum layout_content content;
    const struct layout_form *form;
    char separator[4];
    const char *line_end; /* "\n" or "\r\n" */
    struct layout_line lines[LAYOUT_RECORDS];
};

/* RESULT_IO: a file cannot be read; RESULT_INPUT: it is no layout, with file, line, column and
 * what was expected; RESULT_IO without memory. *layout is NULL then; else free it. */
MUST_USE enum result layout_load(const char *path, struct layout **layout, struct fault *fault);
void layout_free(struct layout *layout); /* accepts NULL */

/* All layouts of a folder (*.yaml), in the order of their files' names. */
struct layout_set {
    size_t count;
    struct layout *layouts[LAYOUTS_MAX];
};
/* As layout_load(); RESULT_INPUT also when there is none, or two would write the same file. On
 * failure the set is empty. */
MUST_USE enum result layout_set_load(const char *folder, struct layout_set *set,
                                     struct fault *fault);
void layout_set_free(struct layout_set *set); /* accepts zeroed memory */
/* By the name of a file; the date that is in it as yymmdd, 0: none. NULL: no layout writes such. */
const struct layout *layout_set_find(const struct layout_set *set, const char *file,
                                     uint32_t *yymmdd);

/* The file's name on a settlement date (YYYYMMDD). */
void layout_file_name(const struct layout *layout, uint32_t date, char out[LAYOUT_TEXT_MAX]);

/* Whether files of the layout have such a record. */
static inline bool layout_has(const struct layout *layout, enum layout_record record)
{
    return layout->lines[record].count > 0;
}

/* One record, which the layout has, as it stands in the file, its end included. RESULT_LIMIT names
 * the column whose value does not fit. */
MUST_USE enum result layout_write(const struct layout *layout, enum layout_record record,
                                  const struct row *row, char out[LAYOUT_RECORD_MAX], size_t *len,
                                  struct fault *fault);
/* How many bytes at the front of `ahead` are the next record of a file, its end included. `ahead`
 * is what is left of the file, or at least LAYOUT_RECORD_MAX bytes of that, and not empty. What has
 * no end, or too late a one, is cut where that shows, so that layout_read() refuses it. */
size_t layout_cut(const struct layout *layout, enum layout_record record, struct bytes ahead);
/* One record, as layout_cut() gives it, back into values. Strict: what layout_write() would not
 * have written is RESULT_INPUT, with byte (from 0), expected and got; card numbers are never shown.
 * Values that stand in no column are zero. */
MUST_USE enum result layout_read(const struct layout *layout, enum layout_record record,
                                 struct bytes bytes, struct row *row, struct fault *fault);
/* Whether a record that was read says what the row says, column by column; the fault as above. For
 * totals, which a reader has counted itself. */
MUST_USE enum result layout_compare(const struct layout *layout, enum layout_record record,
                                    struct bytes bytes, const struct row *row, struct fault *fault);

#endif
