/* Text of messages <-> UTF-8. Only what survives the way there and back is text; the rest must be
 * shown as bytes. Not part of the public header. */
#ifndef ISO8583_TEXT_H
#define ISO8583_TEXT_H

#include "base/bytes.h"
#include "iso8583/spec.h"

#include <iconv.h>

/* Converters are opened at the first character that needs them: most messages have none. */
struct iso_text {
    enum iso_charset charset;
    bool is_open;
    iconv_t to_utf8, from_utf8;
};

static inline struct iso_text iso_text_in(enum iso_charset charset)
{
    return (struct iso_text){.charset = charset};
}
void iso_text_close(struct iso_text *text);

/* True when the wire bytes are text: *utf8 is that text, inside `wire` or `out` (size bytes). */
bool iso_text_decode(struct iso_text *text, struct bytes wire, char *out, size_t size,
                     struct bytes *utf8);
/* Adds the text as it goes on the wire; false when the charset cannot say it. */
bool iso_text_encode(struct iso_text *text, struct bytes utf8, struct writer *out);

#endif
