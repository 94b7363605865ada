/* A message as a person reads it: one line a field, sub-fields below theirs. */
#ifndef TOOLS_MESSAGE_TREE_H
#define TOOLS_MESSAGE_TREE_H

#include "base/strbuf.h"
#include "iso8583/iso8583.h"

struct tree_style {
    bool unmask;  /* card numbers, tracks and secrets too */
    bool offsets; /* a column with the byte at which each value begins */
    bool colour;
};

/* Adds header, MTI and elements, a newline behind each line. */
void tree_print(const struct iso_message *message, const struct tree_style *style,
                struct strbuf *out);

/* Adds {"48": 170, "48.AS.HB.share": 208, ...}: where each value begins. */
struct json;
void tree_offsets(const struct iso_message *message, struct json *json);

#endif
