/* The forms of clearing files: how the columns of a record become bytes and values again.
 *
 * One table of functions a form; a layout names its form, and nobody else knows which there are.
 * Only layout*.c uses this. The functions are those of layout.h, which tells what they promise. */
#ifndef CLEARING_LAYOUT_FORM_H
#define CLEARING_LAYOUT_FORM_H

#include "clearing/layout.h"

struct layout_form {
    enum result (*write)(const struct layout *layout, enum layout_record record,
                         const struct row *row, char *out, size_t *len, struct fault *fault);
    size_t (*cut)(const struct layout *layout, enum layout_record record, struct bytes ahead);
    /* Into a row of zeros; whether it is what would have been written is looked at behind it. */
    enum result (*read)(const struct layout *layout, enum layout_record record, struct bytes bytes,
                        struct row *row, struct fault *fault);
    enum result (*compare)(const struct layout *layout, enum layout_record record,
                           struct bytes bytes, const struct row *row, struct fault *fault);
};

/* Columns of fixed width, a separator between them, one line a record. */
extern const struct layout_form layout_form_fixed;

extern const char *const layout_record_names[LAYOUT_RECORDS + 1]; /* ended by NULL */

#endif
