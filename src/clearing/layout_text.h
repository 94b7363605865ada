/* Text with values in it: what stands between values, and how a value is written there. Shared by
 * what makes such records out of a layout's file (layout_template.c) and what writes and reads them
 * (layout_text.c). */
#ifndef CLEARING_LAYOUT_TEXT_H
#define CLEARING_LAYOUT_TEXT_H

#include "clearing/layout_form.h"

/* What may not stand in a value as it is, and is written in another way. */
enum layout_escape {
    LAYOUT_ESCAPE_CSV,  /* RFC 4180: quotes around it where it needs them, its own doubled */
    LAYOUT_ESCAPE_JSON, /* RFC 8259: a backslash; the quotes around it are fixed text */
    LAYOUT_ESCAPE_XML,  /* the five entities */
};

/* Peers' texts: anything can be in them. Of other values the layout knows the bytes. */
static inline bool layout_is_open(const struct layout_column *column)
{
    enum layout_kind kind = layout_kind_of(column->source);
    return kind == LAYOUT_KIND_TEXT ||
           (kind == LAYOUT_KIND_CURRENCY && column->type == LAYOUT_PLAIN);
}
/* Whether a value ends before this byte: it never stands in one as it is. */
bool layout_text_ends(const struct layout *layout, const struct layout_column *column,
                      uint8_t byte);
void layout_text_escape(const struct layout *layout, struct bytes value, struct writer *out);

enum result layout_text_write(const struct layout *layout, enum layout_record record,
                              const struct row *row, char *out, size_t *len, struct fault *fault);
size_t layout_text_cut(const struct layout *layout, enum layout_record record, struct bytes ahead);
enum result layout_text_read(const struct layout *layout, enum layout_record record,
                             struct bytes bytes, struct row *row, struct layout_fault *why);
enum result layout_text_compare(const struct layout *layout, enum layout_record record,
                                struct bytes bytes, const struct row *row,
                                struct layout_fault *why);

#endif
