/* The forms of clearing files: how the columns of a record become bytes and values again.
 *
 * One table of functions a form; a layout names its form, and nobody else knows which there are.
 * Only layout*.c uses this. */
#ifndef CLEARING_LAYOUT_FORM_H
#define CLEARING_LAYOUT_FORM_H

#include "base/doc.h"
#include "clearing/layout.h"

#define LAYOUT_DATE "{yymmdd}" /* in the pattern of a file's name */
enum {
    LAYOUT_END_LEN = 4,    /* a length of zero */
    LAYOUT_FILLING = 0x40, /* of blocks: an EBCDIC blank */
};

/* A layout's file while it is read. */
struct layout_loading {
    struct schema *schema;
    const char *path;
    struct layout *layout;
    bool is_derived; /* it extends another, whose settings are in the layout already */
};

/* Where in a record, and in words, it is not what it should be. */
struct layout_fault {
    struct bytes record;
    bool is_binary; /* it has no lines */
    size_t line;    /* of the record, from 0 */
    struct fault *fault;
};
/* "byte BYTE: ...", the byte in its line; returns RESULT_INPUT. */
enum result layout_refuse(struct layout_fault *why, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Part of a record as a fault shows it: card numbers masked, what is no printable ASCII as `?`. */
struct layout_shown {
    char text[LAYOUT_TEXT_MAX + 3];
};
struct layout_shown layout_show(const struct layout_column *column, struct bytes cell);

struct layout_form {
    const char *name;
    /* The form's own keys of the file; those of one kind of record; what can be said when all has
     * been read, also of a layout that another one extends. */
    void (*load)(struct layout_loading *loading, struct node *root);
    void (*load_record)(struct layout_loading *loading, struct node *node,
                        enum layout_record record);
    void (*finish)(struct layout_loading *loading, struct node *root);
    /* As layout.h tells of them. A row that is read into is zero; whether it is what would have
     * been written is looked at behind it. */
    enum result (*write)(const struct layout *layout, enum layout_record record,
                         const struct row *row, char *out, size_t *len, struct fault *fault);
    /* NULL, or: the same over the record of another row, `before`, which is this one behind it as
     * far as the columns tell. */
    enum result (*write_over)(const struct layout *layout, enum layout_record record,
                              struct row *before, const struct row *row, char *out,
                              struct fault *fault);
    size_t (*cut)(const struct layout *layout, enum layout_record record, struct bytes ahead);
    enum result (*read)(const struct layout *layout, enum layout_record record, struct bytes bytes,
                        struct row *row, struct layout_fault *why);
    enum result (*compare)(const struct layout *layout, enum layout_record record,
                           struct bytes bytes, const struct row *row, struct layout_fault *why);
    /* read and compare in one, for most records, as layout_read_next(); NULL: there is no such way.
     * false: what is wrong with the record, if anything, the two tell; the row means nothing. */
    bool (*take)(const struct layout *layout, enum layout_record record, struct bytes bytes,
                 const struct layout_before *before, struct row *row);
    bool has_end; /* binary: lengths in front of records, a length of zero behind the last */
};

extern const struct layout_form layout_form_fixed;     /* columns of fixed width */
extern const struct layout_form layout_form_delimited; /* CSV */
extern const struct layout_form layout_form_jsonl;     /* a JSON object a line */
extern const struct layout_form layout_form_text;      /* text with holes: XML and others */
extern const struct layout_form layout_form_iso8583;   /* messages behind their lengths */

/* Writes and reads sample rows, and notes in the layout which sums come back. RESULT_INPUT: what it
 * writes of this record cannot be read back, with the reader's fault; RESULT_LIMIT: samples do not
 * fit, and nothing is known. */
MUST_USE enum result layout_probe(struct layout *layout, enum layout_record *record,
                                  struct fault *fault);

extern const char *const layout_record_names[LAYOUT_RECORDS + 1]; /* ended by NULL */

/* --- columns, alike in all forms -------------------------------------------------------------- */

/* Reads `source`, `name`, `value` and `type`, and ends the node: a form takes its own keys first.
 */
void layout_column_load(struct layout_loading *loading, struct node *node,
                        struct layout_column *column);
/* "number", "CRDT|DBIT"... into the column; says what is wrong, NULL: nothing. */
const char *layout_type_set(struct layout_column *column, struct bytes text);
/* Looks over all columns of a record. */
void layout_columns_check(struct layout_loading *loading, const struct node *node,
                          struct layout_line *line);
/* `line_end` and `charset`, the first of `charsets` (ended by -1) when there is none. */
void layout_line_end_load(struct layout_loading *loading, struct node *root, bool none_too);
void layout_charset_load(struct layout_loading *loading, struct node *root, const int *charsets);

/* --- values ----------------------------------------------------------------------------------- */

enum { LAYOUT_VALUE_MAX = 4 * ROW_VALUE_MAX }; /* a byte of GB18030 is at most so many of UTF-8 */

/* What a value can be made of: digits only, a name, ... */
enum layout_kind {
    LAYOUT_KIND_NOTHING, /* no value of the row: blank, zero, a constant */
    LAYOUT_KIND_NUMBER,  /* digits */
    LAYOUT_KIND_AMOUNT,  /* digits, minor units */
    LAYOUT_KIND_SIGNED,  /* C or D, and minor units */
    LAYOUT_KIND_DATE,
    LAYOUT_KIND_TIME,
    LAYOUT_KIND_CURRENCY,
    LAYOUT_KIND_CODE, /* letters and digits, `-` */
    LAYOUT_KIND_CARD,
    LAYOUT_KIND_TEXT, /* whatever a peer has sent */
};
enum layout_kind layout_kind_of(enum row_source source);

/* The row's value as the column says it; texts in the layout's charset, trimmed and with `?` for
 * what that cannot say, but those of fixed width in GB18030 as they are. RESULT_LIMIT names the
 * column. */
MUST_USE enum result layout_value_get(const struct layout *layout, enum layout_record record,
                                      const struct layout_column *column, const struct row *row,
                                      char out[LAYOUT_VALUE_MAX], size_t *len, struct fault *fault);
/* Puts it back. false: it is none. */
MUST_USE bool layout_value_set(const struct layout *layout, const struct layout_column *column,
                               struct row *row, struct bytes text);
/* Whether the byte can stand in the column's value when that is not `text`. */
bool layout_value_can_have(const struct layout_column *column, uint8_t byte);
/* Into `width` bytes that hold padding. Returns how many it needs; when those are more, nothing is
 * written. And back, without the padding. */
MUST_USE static inline size_t layout_cell_put(const struct layout_column *column, const char *value,
                                              size_t len, char *cell)
{
    size_t width = column->width;
    bool has_letter = len > 0 && (*value == 'C' || *value == 'D');
    if (len < width && has_letter && layout_kind_of(column->source) == LAYOUT_KIND_SIGNED) {
        /* As many digits as there is room for, behind the letter. */
        cell[0] = *value;
        memset(cell + 1, '0', width - len);
        memcpy(cell + 1 + (width - len), value + 1, len - 1);
        return width;
    }
    if (len > width) {
        enum layout_kind kind = layout_kind_of(column->source);
        bool is_number = kind == LAYOUT_KIND_NUMBER || kind == LAYOUT_KIND_AMOUNT;
        /* Zeros in front of a number may go when the cell is narrower than its usual form. */
        for (; is_number && len > width && *value == '0'; len--)
            value++;
    }
    if (len <= width)
        memcpy(cell + (column->right ? width - len : 0), value, len);
    return len;
}

static inline struct bytes layout_cell_strip(const struct layout_column *column,
                                             const uint8_t *cell)
{
    size_t from = 0, to = column->width;
    if (column->right)
        while (from < to && (char)cell[from] == column->pad)
            from++;
    else
        while (to > from && (char)cell[to - 1] == column->pad)
            to--;
    /* A number of nothing but zeros keeps one. */
    if (column->right && from == to && column->pad == '0')
        from--;
    return bytes_of(cell + from, to - from);
}

#endif
