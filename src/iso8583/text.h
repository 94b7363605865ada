/* Text of messages <-> UTF-8. Only what survives the way there and back is text; the rest must be
 * shown as bytes. Not part of the public header. */
#ifndef ISO8583_TEXT_H
#define ISO8583_TEXT_H

#include "base/bytes.h"
#include "iso8583/spec.h"

#include <iconv.h>

enum { ISO_TEXT_CHARSETS = ISO_CHARSET_UTF8 + 1 };

/* Converters are opened at the first character that needs them: most messages have none. */
struct iso_text {
    struct iso_text_pair {
        bool is_open;
        iconv_t to_utf8, from_utf8;
    } pairs[ISO_TEXT_CHARSETS];
};

static inline struct iso_text iso_text_none(void)
{
    return (struct iso_text){0};
}
void iso_text_close(struct iso_text *text);

/* True when the bytes of this charset are text: *utf8 is that text, inside `bytes` or `out` (size
 * bytes). */
bool iso_text_decode(struct iso_text *text, enum iso_charset charset, struct bytes bytes, char *out,
                     size_t size, struct bytes *utf8);
/* Adds the text in its charset; false when that cannot say it. */
bool iso_text_encode(struct iso_text *text, enum iso_charset charset, struct bytes utf8,
                     struct writer *out);

#endif
