/* Writes JSON (RFC 8259) piece by piece, see json.h. */
#include "base/json.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>

struct json json_to(struct strbuf *out)
{
    return (struct json){.out = out};
}

/* What stands between the previous value and the next one. */
static void json_separate(struct json *json)
{
    if (json->depth > JSON_DEPTH_MAX)
        return;
    if (json->after_key)
        json->after_key = false;
    else if (json->filled[json->depth])
        strbuf_add(json->out, ",", 1);
    json->filled[json->depth] = true;
}

static void json_open(struct json *json, const char *bracket)
{
    json_separate(json);
    strbuf_add(json->out, bracket, 1);
    json->depth++;
    if (json->depth <= JSON_DEPTH_MAX)
        json->filled[json->depth] = false;
    else
        json->out->bad = true;
}

static void json_close(struct json *json, const char *bracket)
{
    MUST(json->depth > 0);
    json->depth--;
    strbuf_add(json->out, bracket, 1);
}

void json_open_object(struct json *json)
{
    json_open(json, "{");
}

void json_close_object(struct json *json)
{
    json_close(json, "}");
}

void json_open_list(struct json *json)
{
    json_open(json, "[");
}

void json_close_list(struct json *json)
{
    json_close(json, "]");
}

static void json_add_escaped(struct strbuf *out, uint32_t code)
{
    static const char short_forms[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof short_forms; i += 2)
        if (code == (uint8_t)short_forms[i]) {
            strbuf_add(out, "\\", 1);
            strbuf_add(out, short_forms + i + 1, 1);
            return;
        }
    strbuf_format(out, "\\u%04" PRIX32, code);
}

/* DEL and the C1 controls could act on a terminal; JSON does not ask for them to be escaped. */
static bool json_is_plain(uint32_t code)
{
    return code >= 0x20 && code != '"' && code != '\\' && (code < 0x7F || code > 0x9F);
}

/* --- the quick way: ASCII that needs no escape, eight bytes at a time ----------------------------
 */

#define EACH(byte) (0x0101010101010101U * (uint64_t)(byte))

/* Bit 7 of some byte is set when one of the eight is a control, a quote, a backslash or above 7E.
 */
static inline uint64_t json_strays(uint64_t eight)
{
    uint64_t quote = eight ^ EACH('"'), slash = eight ^ EACH('\\'), del = eight ^ EACH(0x7F);
    uint64_t below = (eight - EACH(0x20)) & ~eight;
    uint64_t equal =
        ((quote - EACH(1)) & ~quote) | ((slash - EACH(1)) & ~slash) | ((del - EACH(1)) & ~del);
    return (eight | below | equal) & EACH(0x80);
}

/* Copies as it looks; false when a byte is no plain one, and then `to` is scratch. */
static inline bool json_copy_plain(char *to, const uint8_t *from, size_t len)
{
    uint64_t strays = 0, eight = 0;
    if (len < sizeof(uint32_t)) {
        for (size_t i = 0; i < len; i++) {
            to[i] = (char)from[i];
            strays |= json_strays(EACH(from[i]));
        }
        return strays == 0;
    }
    if (len < sizeof eight) { /* two halves that may overlap */
        uint32_t first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + len - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - sizeof last, &last, sizeof last);
        return json_strays((uint64_t)first << 32 | last) == 0;
    }
    for (size_t at = 0; at + sizeof eight <= len; at += sizeof eight) {
        memcpy(&eight, from + at, sizeof eight);
        memcpy(to + at, &eight, sizeof eight);
        strays |= json_strays(eight);
    }
    memcpy(&eight, from + len - sizeof eight, sizeof eight);
    memcpy(to + len - sizeof eight, &eight, sizeof eight);
    return (strays | json_strays(eight)) == 0;
}

/* Comma, quotes and text at once; false, with nothing written, when the text is not that simple. */
static inline bool json_add_plain(struct json *json, struct bytes text, bool is_key)
{
    if (json->depth > JSON_DEPTH_MAX)
        return false;
    bool comma = !json->after_key && json->filled[json->depth];
    size_t len = text.len + 2U + comma + is_key;
    char *to = strbuf_room(json->out, len);
    if (to == NULL || text.len == 0)
        return false;
    *to = ',';
    to += comma;
    *to++ = '"';
    if (!json_copy_plain(to, text.data, text.len)) {
        json->out->text[json->out->len] = '\0';
        return false;
    }
    to += text.len;
    *to++ = '"';
    if (is_key)
        *to = ':';
    strbuf_filled(json->out, len);
    json->filled[json->depth] = true;
    json->after_key = is_key;
    return true;
}

bool json_plain_text(struct json *json, struct bytes text)
{
    return json_add_plain(json, text, false);
}

/* --- any text -----------------------------------------------------------------------------------
 */

void json_bytes_text(struct json *json, struct bytes text)
{
    if (json_add_plain(json, text, false))
        return;
    json_separate(json);
    strbuf_add(json->out, "\"", 1);
    size_t plain = 0; /* start of what is copied as it is */
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        size_t width = utf8_next(text.data + i, text.len - i, &code);
        if (width > 0 && json_is_plain(code)) {
            i += width;
            continue;
        }
        strbuf_add(json->out, text.data + plain, i - plain);
        if (width == 0)
            strbuf_text(json->out, "\xEF\xBF\xBD");
        else
            json_add_escaped(json->out, code);
        i += width == 0 ? 1 : width;
        plain = i;
    }
    if (text.len > plain)
        strbuf_add(json->out, text.data + plain, text.len - plain);
    strbuf_add(json->out, "\"", 1);
}

void json_key_bytes(struct json *json, struct bytes key)
{
    MUST(json->depth > 0);
    if (json_add_plain(json, key, true))
        return;
    json_bytes_text(json, key);
    strbuf_add(json->out, ":", 1);
    json->after_key = true;
}

void json_key(struct json *json, const char *key)
{
    json_key_bytes(json, bytes_text(key));
}

void json_text(struct json *json, const char *text)
{
    if (text != NULL) {
        json_bytes_text(json, bytes_text(text));
        return;
    }
    json_separate(json);
    strbuf_text(json->out, "null");
}

void json_hex(struct json *json, struct bytes bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    json_separate(json);
    char *to = bytes.len > SIZE_MAX / 4 ? NULL : strbuf_room(json->out, 2 * bytes.len + 2);
    if (to == NULL) {
        json->out->bad = true;
        return;
    }
    *to++ = '"';
    for (size_t i = 0; i < bytes.len; i++) {
        *to++ = digits[bytes.data[i] >> 4];
        *to++ = digits[bytes.data[i] & 15];
    }
    *to = '"';
    strbuf_filled(json->out, 2 * bytes.len + 2);
}

void json_int(struct json *json, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        digits[--at] = '-';
    json_separate(json);
    strbuf_add(json->out, digits + at, sizeof digits - at);
}

void json_real(struct json *json, double value, unsigned decimals)
{
    json_separate(json);
    if (isfinite(value))
        strbuf_format(json->out, "%.*f", (int)decimals, value);
    else
        strbuf_text(json->out, "null");
}

void json_bool(struct json *json, bool value)
{
    json_separate(json);
    strbuf_text(json->out, value ? "true" : "false");
}

void json_member(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_text(json, text);
}

void json_member_int(struct json *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_int(json, value);
}

void json_member_real(struct json *json, const char *key, double value, unsigned decimals)
{
    json_key(json, key);
    json_real(json, value, decimals);
}

void json_member_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}
