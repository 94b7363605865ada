/* The layout of a clearing file, as data: specs/clearing/NAME.yaml (docs/clearing.md).
 *
 * Fixed-width columns in order, one separator between them, one line a record: an optional header,
 * details, an optional trailer. Each record begins with a constant that tells it from the others,
 * or is told by its place. The writer and the reader are driven by the same description. */
#ifndef CLEARING_LAYOUT_H
#define CLEARING_LAYOUT_H

#include "clearing/row.h"

enum {
    LAYOUT_COLUMNS_MAX = 64,
    LAYOUT_LINE_MAX = 1024, /* bytes of a record with its line end */
    LAYOUT_TEXT_MAX = 32,   /* of a constant, a name */
};

enum layout_record { LAYOUT_HEADER, LAYOUT_DETAIL, LAYOUT_TRAILER, LAYOUT_RECORDS };

struct layout_column {
    char name[LAYOUT_TEXT_MAX];
    enum row_source source;
    char constant[LAYOUT_TEXT_MAX];
    unsigned width;
    bool right;     /* aligned right, filled on the left */
    char pad;
};

struct layout {
    char name[LAYOUT_TEXT_MAX];
    char file[LAYOUT_TEXT_MAX]; /* "IND{yymmdd}01ICOM" */
    char separator[4];          /* between columns; "" when none */
    bool crlf;
    size_t column_count[LAYOUT_RECORDS]; /* 0: the file has no such record */
    struct layout_column columns[LAYOUT_RECORDS][LAYOUT_COLUMNS_MAX];
};

MUST_USE enum result layout_load(const char *path, struct layout **layout, struct fault *fault);
void layout_free(struct layout *layout); /* accepts NULL */

/* The file's name on a settlement date. */
void layout_file_name(const struct layout *layout, uint32_t date, char *out, size_t size);
/* One record as a line, line end included; the fault names the column that has no room. */
MUST_USE enum result layout_write(const struct layout *layout, enum layout_record record,
                                  const struct row *row, char out[LAYOUT_LINE_MAX], size_t *len,
                                  struct fault *fault);
/* One line, without its end, back into values; the fault names column and position. */
MUST_USE enum result layout_read(const struct layout *layout, enum layout_record record,
                                 struct bytes line, struct row *row, struct fault *fault);

#endif
