/* A compiled spec as rows for people: one a field, sub-fields behind the field that holds them,
 * each with words for what `show` and `doc` print in columns. */
#ifndef TOOLS_SPEC_ROWS_H
#define TOOLS_SPEC_ROWS_H

#include "base/result.h"
#include "iso8583/spec.h"

struct spec_row {
    unsigned depth; /* 0: a data element, or a field of the header */
    bool is_header;
    const struct iso_field *field;
    const char *key, *name; /* "" when it has none */
    const char *content, *encoding;
    char length[24]; /* "6", "..19", "2..19" */
    char prefix[64]; /* "2 digits", "1 byte, counts bytes", "" */
    char padding[40];
    char holds[64]; /* how its sub-fields lie, "" when it has none */
};

struct spec_rows {
    struct spec_row *rows;
    size_t count;
};

/* LIMIT without memory. The rows point into the spec. */
MUST_USE enum result spec_rows_make(const struct iso_spec *spec, struct spec_rows *rows,
                                    struct fault *fault);
void spec_rows_free(struct spec_rows *rows);

/* "ascii", "binary, 2 at most, ...": what stands in front of the elements. */
void spec_front_words(const struct iso_spec *spec, char *out, size_t size);
const char *spec_mask_name(const struct iso_field *field); /* "" without one */

#endif
