/* A message as a list of paths and values, for comparing: "mti", "header.source", "4",
 * "48.AS.HB.share", each with its value as text and as it may be shown. Owns its texts; bounded. */
#ifndef TOOLS_MESSAGE_FLAT_H
#define TOOLS_MESSAGE_FLAT_H

#include "base/result.h"
#include "base/strbuf.h"
#include "iso8583/iso8583.h"
#include "iso8583/text.h"

enum {
    FLAT_FIELDS_MAX = 4096,  /* a message of 9,999 bytes in BER-TLV of 3 bytes each has 3,333 */
    FLAT_PATH_MAX = 160,     /* six levels of the longest keys */
    FLAT_TEXT_MAX = 2 << 20, /* all paths and values: each path at its longest, and hex */
};

struct flat_field {
    unsigned de;       /* 0: header and MTI */
    size_t path;       /* into text, terminated */
    size_t value, len; /* into text: to compare */
    size_t shown;      /* into text, terminated: to show */
    size_t offset;
    bool hides; /* shown is not the value */
    bool used;  /* the comparer's */
};

struct flat {
    struct strbuf text;
    struct flat_field *fields;
    size_t count;
    bool is_full;
    struct iso_text charsets;
    const struct iso_message *message;
    bool unmask;
};

/* LIMIT: no memory. */
MUST_USE enum result flat_init(struct flat *flat, struct fault *fault);
void flat_deinit(struct flat *flat); /* accepts zeroed memory */
/* Takes a message that was unpacked, in the order of its bytes; the list is good until the next
 * call. False when it has more than the maxima above. */
MUST_USE bool flat_take(struct flat *flat, const struct iso_message *message, bool unmask);
static inline const char *flat_text(const struct flat *flat, size_t at)
{
    return flat->text.text + at;
}

#endif
