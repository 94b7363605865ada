/* The layout of a clearing file, as data: specs/clearing/NAME.yaml (docs/clearing.md).
 *
 * Records in order: an optional header (the first), details, an optional trailer (the last). What
 * stands in a record is said by columns; how they become bytes is the layout's form
 * (layout_form.h), one file a form. The writer and the reader are driven by the same description.
 * Layouts are loaded once and never change. */
#ifndef CLEARING_LAYOUT_H
#define CLEARING_LAYOUT_H

#include "base/strbuf.h"
#include "clearing/row.h"

enum {
    LAYOUT_COLUMNS_MAX = 64,
    LAYOUT_LINE_MAX = 1024, /* bytes of a record of fixed width with its line end */
    LAYOUT_STRETCH = LAYOUT_LINE_MAX / 64,
    LAYOUT_RECORD_MAX = 16 << 10,   /* bytes of a record of any form: 64 columns with their names */
    LAYOUT_LITERALS_MAX = 64 << 10, /* bytes of fixed text in one layout, with those it extends */
    LAYOUT_TEXT_MAX = 32,           /* of a constant, a name, a file's name */
    LAYOUT_WORD_MAX = 8,            /* of a word that stands for a sign */
    LAYOUTS_MAX = 64,               /* in one set: all shipped folders, and one of a bank's own */
    LAYOUT_BLOCK_LEN = 1014,        /* of a blocked file: 1,012 bytes, two of filling */
    LAYOUT_BLOCK_FILLED = 1012,
    /* What a file gets at once at most: a record and the filling in it, or the end of a file. */
    LAYOUT_PUT_MAX = LAYOUT_RECORD_MAX + LAYOUT_RECORD_MAX / 512 + LAYOUT_BLOCK_LEN,
};

enum { LAYOUT_TAG_LEN = 4 }; /* of a tag inside a data element */

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

/* What a value is written as; docs/layouts.md tells which source can be which. */
enum layout_type {
    LAYOUT_PLAIN,   /* as the message had it: digits in their usual length, C or D in front */
    LAYOUT_NUMBER,  /* without zeros in front; minor units; a minus */
    LAYOUT_DECIMAL, /* major units with the decimals of the row's currency; a minus */
    LAYOUT_ISO,     /* YYYY-MM-DD; YYYY-MM-DDThh:mm:ssZ */
    LAYOUT_YYMMDD,  /* without the century */
    LAYOUT_LETTERS, /* of a currency */
    LAYOUT_SIGN,    /* one of two words: not below zero, below */
};

struct layout_column {
    enum row_source source;
    enum layout_type type;
    /* Fixed width, and parts of a data element. */
    size_t at; /* first byte in the line, from 0 */
    size_t width;
    bool right; /* aligned right, filled on the left */
    char pad;
    bool is_unsigned; /* number and decimal: without the minus */
    /* Text: what stands in front of the value, in the layout's literals. */
    size_t literal, literal_len;
    /* Data elements: 0 is the MTI; a tag inside, or none. */
    unsigned de;
    char tag[LAYOUT_TAG_LEN + 1];
    char words[2][LAYOUT_WORD_MAX + 1];
    char name[LAYOUT_TEXT_MAX];
    char constant[LAYOUT_TEXT_MAX];
};

/* A column of fixed width whose cell is its value and nothing else (row_set_cell()). */
struct layout_cell {
    uint16_t at, width;
    uint16_t same_at;   /* an earlier one of the same source; LAYOUT_LINE_MAX: there is none */
    uint8_t source;     /* enum row_source */
    uint64_t stretches; /* a bit for each LAYOUT_STRETCH of the line that it depends on */
};

/* Of fixed width: which columns are made of these bytes of a row, a bit each. */
struct layout_part {
    size_t at; /* LAYOUT_PART_LEN bytes from there */
    uint64_t columns;
};
enum { LAYOUT_PART_LEN = 8, LAYOUT_PARTS_MAX = sizeof(struct row) / LAYOUT_PART_LEN };
_Static_assert(sizeof(struct row) % LAYOUT_PART_LEN == 0, "a row is made of whole parts");

/* A kind of record. */
struct layout_line {
    bool is_given;
    bool has_number; /* a column is the number of the record: whoever reads counts too */
    size_t count;    /* of columns */
    struct layout_column columns[LAYOUT_COLUMNS_MAX];
    /* Fixed width: the line with nothing but separators and constants, line end included. */
    size_t len; /* without the line end */
    char blank[LAYOUT_LINE_MAX];
    /* For reading at once: which bytes are always those of `blank`, and the cells of the values in
     * the order in which they can be read. None: a column is of another kind. */
    uint8_t always[LAYOUT_LINE_MAX];
    size_t cell_count;
    struct layout_cell cells[LAYOUT_COLUMNS_MAX];
    /* For writing over another: columns whose cell is not that of `blank`, a bit each. */
    uint64_t values;
    size_t part_count;
    struct layout_part parts[LAYOUT_PARTS_MAX];
    /* Text: what stands behind the last value, and how many lines there are. */
    size_t tail, tail_len, lines;
};

/* Which sums of its details a reader of its files comes to, as they were written. */
struct layout_told {
    bool debits, credits, freezes, unfreezes, fees;
};

enum layout_charset { LAYOUT_UTF8, LAYOUT_GB18030, LAYOUT_ASCII, LAYOUT_EBCDIC };

struct layout {
    char name[LAYOUT_TEXT_MAX];
    char file[LAYOUT_TEXT_MAX]; /* "IND{yymmdd}01ICOM" */
    enum layout_content content;
    const struct layout_form *form;
    enum layout_charset charset;
    char separator[4];
    char delimiter;
    bool has_names; /* the first record is the names of the columns */
    uint8_t escape; /* text: enum layout_escape */
    bool is_blocked;
    const char *line_end;  /* "\n", "\r\n" or "" */
    struct iso_spec *spec; /* data elements; owned */
    struct strbuf literals;
    struct layout_line lines[LAYOUT_RECORDS];
    struct layout_told told;
};

/* RESULT_IO: a file cannot be read; RESULT_INPUT: it is no layout, with file, line, column and
 * what was expected; RESULT_IO without memory. *layout is NULL then; else free it. */
MUST_USE enum result layout_load(const char *path, struct layout **layout, struct fault *fault);
void layout_free(struct layout *layout); /* accepts NULL */

/* Layouts whose files can lie side by side: no two of them write a file of the same name. */
struct layout_set {
    size_t count;
    struct layout *layouts[LAYOUTS_MAX];
};
/* All layouts of a folder (*.yaml), in the order of their files' names, behind those that the set
 * has; the set is zeroed memory or was added to. As layout_load(); RESULT_INPUT also when there is
 * none, or two would write the same file. On failure the set is empty. */
MUST_USE enum result layout_set_add(struct layout_set *set, const char *folder,
                                    struct fault *fault);
/* The same into an empty set. */
MUST_USE enum result layout_set_load(const char *folder, struct layout_set *set,
                                     struct fault *fault);
/* Those of a folder and of each folder in it, all shipped sets, for reading: what would write a
 * file that another one of the set writes is left out. As layout_set_add(). */
MUST_USE enum result layout_set_add_all(struct layout_set *set, const char *folder,
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
    return layout->lines[record].is_given;
}

/* Whether such a record says the value: else whoever reads it has nothing there. */
bool layout_tells(const struct layout *layout, enum layout_record record, enum row_source source);

/* --- writing ---------------------------------------------------------------------------------- */

/* One record, which the layout has, with its end. RESULT_LIMIT names the column whose value does
 * not fit. */
MUST_USE enum result layout_write(const struct layout *layout, enum layout_record record,
                                  const struct row *row, char out[LAYOUT_RECORD_MAX], size_t *len,
                                  struct fault *fault);

/* How far a file that is being written has come. */
struct layout_place {
    uint64_t bytes, records;
};
/* What was made last, and of what: most columns of a detail say what those of the detail before it
 * said, and only the others are made again. One serves all layouts with the same details
 * (layout_same_details()), one after the other, whatever files they go to. Zeroed memory: nothing
 * was made yet. */
struct layout_last {
    bool is_detail;
    struct row row; /* that it was made of, as far as the columns tell */
    size_t len;
    char text[LAYOUT_PUT_MAX];
};
/* What the file gets next for a record, in *last: layout_write() and what goes around it. */
MUST_USE enum result layout_put(const struct layout *layout, struct layout_place *place,
                                enum layout_record record, const struct row *row,
                                struct layout_last *last, struct fault *fault);
/* What the file gets behind its last record; nothing for most forms. */
void layout_put_end(const struct layout *layout, struct layout_place *place,
                    struct layout_last *last);
/* Whether both make the same bytes of every detail. */
bool layout_same_details(const struct layout *a, const struct layout *b);

/* --- reading ---------------------------------------------------------------------------------- */

/* How many bytes at the front of `ahead` are the next record of a file, its end included. `ahead`
 * is what is left of the file, or at least LAYOUT_RECORD_MAX bytes of that, and not empty; of a
 * blocked file without the filling. What has no end, or too late a one, is cut where that shows, so
 * that layout_read() refuses it. */
size_t layout_cut(const struct layout *layout, enum layout_record record, struct bytes ahead);
/* Whether this, the rest of a file, is what stands behind its last record. */
bool layout_is_end(const struct layout *layout, struct bytes rest);
/* One record, as layout_cut() gives it, back into values. Strict: what layout_write() would not
 * have written is RESULT_INPUT, with byte (from 0, of its line), expected and got; card numbers are
 * never shown. *line: in which line of the record the fault is, from 0. Values that stand in no
 * column are zero. */
MUST_USE enum result layout_read(const struct layout *layout, enum layout_record record,
                                 struct bytes bytes, struct row *row, size_t *line,
                                 struct fault *fault);
/* A record as it was read, beside the row. */
struct layout_before {
    size_t len; /* 0: none */
    uint8_t bytes[LAYOUT_LINE_MAX];
};
/* layout_read() of the next record of this kind in a file, into the row of the one before: only
 * what differs between the two is read. On failure there is none before the next one. */
MUST_USE enum result layout_read_next(const struct layout *layout, enum layout_record record,
                                      struct bytes bytes, struct layout_before *before,
                                      struct row *row, size_t *line, struct fault *fault);
/* Whether a record that was read says what the row says, column by column; the fault as above. For
 * totals, which a reader has counted itself. */
MUST_USE enum result layout_compare(const struct layout *layout, enum layout_record record,
                                    struct bytes bytes, const struct row *row, size_t *line,
                                    struct fault *fault);

#endif
