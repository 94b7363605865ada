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

void json_bytes_text(struct json *json, struct bytes text)
{
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

void json_key(struct json *json, const char *key)
{
    MUST(json->depth > 0);
    json_bytes_text(json, bytes_text(key));
    strbuf_add(json->out, ":", 1);
    json->after_key = true;
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
    strbuf_add(json->out, "\"", 1);
    for (size_t i = 0; i < bytes.len; i++) {
        char pair[2] = {digits[bytes.data[i] >> 4], digits[bytes.data[i] & 15]};
        strbuf_add(json->out, pair, sizeof pair);
    }
    strbuf_add(json->out, "\"", 1);
}

void json_int(struct json *json, int64_t value)
{
    json_separate(json);
    strbuf_format(json->out, "%" PRId64, value);
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
