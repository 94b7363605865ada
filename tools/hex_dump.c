/* Lines of dumps: an offset, bytes, and perhaps a gutter that shows them as text. The gutter may
 * look like hex, and an offset like two bytes; what tells them apart are blanks, and offsets that
 * must grow by what stood in the line before. */
#include "hex_line.h"

#include <stdio.h>

struct offset {
    uint64_t base16, base10, base8; /* UINT64_MAX: not a number of that base */
    size_t digits;
    size_t end; /* behind digits and colon */
    bool colon;
    size_t blanks; /* behind it */
};

static uint8_t byte_at(const struct hex_line *line, size_t at)
{
    return at < line->len ? line->data[at] : 0;
}

static bool is_pair(const struct hex_line *line, size_t at)
{
    return text_hex_digit(byte_at(line, at)) >= 0 && text_hex_digit(byte_at(line, at + 1)) >= 0;
}

/* Exactly two digits, then a blank or the end. */
static bool is_lone_pair(const struct hex_line *line, size_t at)
{
    return is_pair(line, at) &&
           (at + 2 == line->len || hex_is_blank(line->data[at + 2]) || line->data[at + 2] == '-');
}

/* Digits that could be an offset. */
static bool read_offset(const struct hex_line *line, struct offset *offset)
{
    size_t at = 0;
    *offset = (struct offset){.digits = 0};
    while (at < line->len && hex_is_blank(line->data[at]))
        at++;
    if (byte_at(line, at) == '0' && byte_at(line, at + 1) == 'x')
        at += 2;
    for (; offset->digits <= HEX_OFFSET_DIGITS_MAX; at++, offset->digits++) {
        int digit = text_hex_digit(byte_at(line, at));
        if (digit < 0)
            break;
        offset->base16 = offset->base16 << 4 | (unsigned)digit;
        bool was10 = offset->base10 != UINT64_MAX, was8 = offset->base8 != UINT64_MAX;
        offset->base10 = was10 && digit <= 9 ? offset->base10 * 10 + (unsigned)digit : UINT64_MAX;
        offset->base8 = was8 && digit <= 7 ? offset->base8 * 8 + (unsigned)digit : UINT64_MAX;
    }
    if (offset->digits < 3 || offset->digits > HEX_OFFSET_DIGITS_MAX)
        return false;
    offset->colon = byte_at(line, at) == ':';
    at += offset->colon;
    offset->end = at;
    while (at < line->len && hex_is_blank(line->data[at])) {
        offset->blanks += line->data[at] == '\t' ? 8 : 1;
        at++;
    }
    return offset->digits >= (offset->colon ? 3U : 4U) && (offset->blanks > 0 || at == line->len);
}

static bool offset_is(const struct offset *offset, uint64_t value)
{
    return offset->base16 == value || offset->base10 == value || offset->base8 == value;
}

static size_t behind_offset(const struct hex_line *line, const struct offset *offset)
{
    size_t at = offset->end;
    while (at < line->len && hex_is_blank(line->data[at]))
        at++;
    return at;
}

/* 7 digits and words of 4, without a colon: `hexdump` and `od -x`, whose words are of this
 * machine's order. */
static bool is_words(const struct hex_line *line, const struct offset *offset)
{
    size_t at = behind_offset(line, offset), digits = 0;
    while (text_hex_digit(byte_at(line, at + digits)) >= 0)
        digits++;
    return !offset->colon && offset->digits == 7 && digits == 4;
}

/* Bytes up to the gutter. A gap of two blanks opens it, but for the one that some leave behind the
 * eighth of sixteen pairs. */
static enum hex_event take_row(struct hex_line *line, size_t at)
{
    size_t before = line->text->len;
    bool pairs = true;
    for (size_t gap = 0; at < line->len;) {
        if (hex_is_blank(line->data[at]) || (line->data[at] == '-' && gap == 0)) {
            gap += line->data[at] == '\t' ? 8 : 1;
            at++;
            continue;
        }
        size_t count = line->text->len - before;
        bool middle = pairs && count == 8 && gap == 2 && is_lone_pair(line, at);
        if (line->data[at] == '|' || line->data[at] == '>' || (count > 0 && gap > 1 && !middle))
            break;
        gap = 0;
        pairs = pairs && is_lone_pair(line, at);
        for (; at < line->len && !hex_is_blank(line->data[at]) && line->data[at] != '-'; at += 2) {
            if (!is_pair(line, at))
                return hex_bad(line, text_hex_digit(line->data[at]) < 0 ? at : at + 1,
                               "two hex digits a byte", NULL);
            int high = text_hex_digit(line->data[at]), low = text_hex_digit(line->data[at + 1]);
            if (!hex_add(line, at, (unsigned)(high << 4 | low)))
                return HEX_BAD;
        }
    }
    line->text->row_len = line->text->len - before;
    return HEX_NOTHING;
}

static bool is_star(const struct hex_line *line)
{
    size_t at = 0;
    while (at < line->len && hex_is_blank(line->data[at]))
        at++;
    return at + 1 == line->len && line->data[at] == '*';
}

/* Whether a dump begins with this line. Without a colon a part of one is taken only with its
 * gutter: two bytes by themselves may be what an offset looks like. */
static bool begins(const struct hex_line *line, const struct offset *offset)
{
    size_t at = behind_offset(line, offset);
    if (offset->colon)
        return is_pair(line, at);
    if (!is_lone_pair(line, at))
        return false;
    return offset->base16 == 0 || memchr(line->data, '|', line->len) != NULL;
}

static enum hex_event start_dump(struct hex_line *line, const struct offset *offset)
{
    struct hex_text *text = line->text;
    text->state = HEX_DUMP;
    text->len = 0;
    text->squeezed = false;
    text->dump_start = offset->base16;
    enum hex_event event = take_row(line, offset->end);
    if (event == HEX_BAD)
        text->state = HEX_SKIP;
    return event;
}

/* Rows that a * stood for, up to this offset. */
static bool repeat_rows(struct hex_line *line, const struct offset *offset)
{
    struct hex_text *text = line->text;
    uint64_t at = text->dump_start + text->len;
    /* Of those who print bytes, only od has offsets of 7 digits, octal unless told otherwise. */
    bool is_od = offset->digits == 7;
    const uint64_t bases[] = {is_od ? offset->base8 : offset->base16, offset->base10,
                              is_od ? offset->base16 : offset->base8};
    for (size_t i = 0; text->row_len > 0 && i < 3; i++) {
        uint64_t more = bases[i] - at;
        if (bases[i] == UINT64_MAX || bases[i] < at || more > HEX_TEXT_MAX - text->len ||
            more % text->row_len != 0)
            continue;
        for (; more > 0; more--, text->len++)
            text->bytes[text->len] = text->bytes[text->len - text->row_len];
        return true;
    }
    return false;
}

static enum hex_event go_on(struct hex_line *line, const struct offset *offset)
{
    struct hex_text *text = line->text;
    uint64_t expected = text->dump_start + text->len;
    if (text->squeezed && repeat_rows(line, offset))
        expected = text->dump_start + text->len;
    text->squeezed = false;
    enum hex_event event = HEX_BAD;
    if (offset_is(offset, expected)) {
        event = take_row(line, offset->end);
    } else {
        char wanted[64], got[64];
        snprintf(wanted, sizeof wanted, "offset %llX, behind the line before",
                 (unsigned long long)expected);
        snprintf(got, sizeof got, "offset %llX", (unsigned long long)offset->base16);
        (void)hex_bad(line, 0, wanted, got);
    }
    if (event == HEX_BAD)
        text->state = HEX_SKIP;
    return event;
}

bool hex_dump_line(struct hex_line *line, enum hex_event *event)
{
    struct hex_text *text = line->text;
    struct offset offset;
    bool has_offset = read_offset(line, &offset);
    bool in_dump = text->state == HEX_DUMP;
    if (in_dump && is_star(line)) {
        text->squeezed = true;
        return true;
    }
    if (has_offset && is_words(line, &offset) && text->state != HEX_SKIP) {
        *event = hex_bad(line, behind_offset(line, &offset),
                         "bytes, as hexdump -C or od -t x1 prints", "words of two bytes");
        text->state = HEX_SKIP;
        return true;
    }
    bool follows = has_offset && offset.base16 != 0 &&
                   (offset.colon || behind_offset(line, &offset) == line->len ||
                    is_lone_pair(line, behind_offset(line, &offset)) || is_words(line, &offset));
    if (text->state == HEX_SKIP && follows)
        return true;
    if (in_dump && follows) {
        *event = go_on(line, &offset);
        return true;
    }
    text->state = HEX_BETWEEN;
    if (in_dump && text->len > 0) {
        *event = line->len == 0 ? HEX_MESSAGE : HEX_AGAIN;
        return true;
    }
    if (!has_offset || !begins(line, &offset))
        return false;
    *event = start_dump(line, &offset);
    return true;
}
