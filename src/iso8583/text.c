/* Charsets through iconv, see text.h. */
#include "iso8583/text.h"

#include "base/utf8.h"

static bool is_ascii(struct bytes bytes)
{
    uint8_t all = 0;
    for (size_t i = 0; i < bytes.len; i++)
        all |= bytes.data[i];
    return all < 0x80;
}

static struct iso_text_pair *open_converters(struct iso_text *text, enum iso_charset charset)
{
    static const char *const names[ISO_TEXT_CHARSETS] = {
        [ISO_CHARSET_LATIN1] = "ISO-8859-1",
        [ISO_CHARSET_GB18030] = "GB18030",
        [ISO_CHARSET_UTF8] = "UTF-8",
    };
    struct iso_text_pair *pair = &text->pairs[charset];
    if (pair->is_open)
        return pair;
    if (names[charset] == NULL)
        return NULL;
    iconv_t none = (iconv_t)-1; /* NOLINT: as POSIX has it */
    pair->to_utf8 = iconv_open("UTF-8", names[charset]);
    if (pair->to_utf8 == none)
        return NULL;
    pair->from_utf8 = iconv_open(names[charset], "UTF-8");
    if (pair->from_utf8 == none) {
        iconv_close(pair->to_utf8);
        return NULL;
    }
    pair->is_open = true;
    return pair;
}

void iso_text_close(struct iso_text *text)
{
    for (unsigned i = 0; i < ISO_TEXT_CHARSETS; i++)
        if (text->pairs[i].is_open) {
            iconv_close(text->pairs[i].to_utf8);
            iconv_close(text->pairs[i].from_utf8);
            text->pairs[i].is_open = false;
        }
}

/* False when something cannot be converted or does not fit. */
static bool convert(iconv_t converter, struct bytes from, char *out, size_t size, size_t *len)
{
    /* POSIX has no const here; iconv does not write into its input. */
    char *in = (char *)(uintptr_t)from.data, *to = out;
    size_t left = from.len, room = size;
    iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &in, &left, &to, &room) == (size_t)-1 || left > 0)
        return false;
    if (iconv(converter, NULL, NULL, &to, &room) == (size_t)-1)
        return false;
    *len = size - room;
    return true;
}

/* Characters that a reader of JSON or YAML may refuse, or take for the end of a line. */
static bool is_plain(struct bytes utf8)
{
    for (size_t at = 0; at < utf8.len;) {
        uint32_t code = 0;
        size_t width = utf8_next(utf8.data + at, utf8.len - at, &code);
        if (width == 0 || code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 ||
            code == 0x2029 || code == 0xFEFF || (code & 0xFFFE) == 0xFFFE)
            return false;
        at += width;
    }
    return true;
}

bool iso_text_decode(struct iso_text *text, enum iso_charset charset, struct bytes bytes, char *out,
                     size_t size, struct bytes *utf8)
{
    *utf8 = bytes;
    if (is_ascii(bytes))
        return is_plain(bytes);
    size_t len = 0, back_len = 0;
    const struct iso_text_pair *pair = open_converters(text, charset);
    if (pair == NULL || !convert(pair->to_utf8, bytes, out, size, &len))
        return false;
    *utf8 = bytes_of(out, len);
    char back[ISO_LEN_MAX];
    return is_plain(*utf8) && convert(pair->from_utf8, *utf8, back, sizeof back, &back_len) &&
           bytes_equal(bytes_of(back, back_len), bytes);
}

bool iso_text_encode(struct iso_text *text, enum iso_charset charset, struct bytes utf8,
                     struct writer *out)
{
    size_t len = 0;
    if (is_ascii(utf8) || charset == ISO_CHARSET_ASCII) {
        write_bytes(out, utf8.data, utf8.len);
        return true;
    }
    const struct iso_text_pair *pair = open_converters(text, charset);
    if (out->bad || pair == NULL ||
        !convert(pair->from_utf8, utf8, (char *)out->data + out->len, out->cap - out->len, &len))
        return false;
    out->len += len;
    return true;
}
