/* Hex as people paste it, see hex_text.h; lines of dumps are hex_dump.c's. */
#include "hex_text.h"

#include "hex_line.h"

#include <stdio.h>

void hex_text_init(struct hex_text *text, uint8_t bytes[HEX_TEXT_MAX])
{
    *text = (struct hex_text){.bytes = bytes};
}

bool hex_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

enum hex_event hex_bad(struct hex_line *line, size_t at, const char *expected, const char *got)
{
    struct hex_fault *fault = line->fault;
    *fault = (struct hex_fault){.line = line->text->line, .column = at + 1};
    snprintf(fault->expected, sizeof fault->expected, "%s", expected);
    if (got != NULL)
        snprintf(fault->got, sizeof fault->got, "%s", got);
    else if (at >= line->len)
        snprintf(fault->got, sizeof fault->got, "the end of the line");
    else if (line->data[at] > 0x20 && line->data[at] < 0x7F)
        snprintf(fault->got, sizeof fault->got, "'%c'", line->data[at]);
    else if (line->data[at] == ' ')
        snprintf(fault->got, sizeof fault->got, "a blank");
    else
        snprintf(fault->got, sizeof fault->got, "byte %02X", line->data[at]);
    line->text->len = 0;
    line->text->state = HEX_BETWEEN;
    line->text->in_comment = false;
    return HEX_BAD;
}

bool hex_add(struct hex_line *line, size_t at, unsigned byte)
{
    if (line->text->len == HEX_TEXT_MAX) {
        char expected[64];
        snprintf(expected, sizeof expected, "a message of %d bytes at most", HEX_TEXT_MAX);
        hex_bad(line, at, expected, "a longer one");
        return false;
    }
    line->text->bytes[line->text->len++] = (uint8_t)byte;
    return true;
}

/* --- one piece of a line: each returns the place behind it, HEX_STOP after a fault
 * ----------------- */

static uint8_t byte_at(const struct hex_line *line, size_t at)
{
    return at < line->len ? line->data[at] : 0;
}

/* A pair of digits; behind 0x one is enough. */
static size_t take_pair(struct hex_line *line, size_t at, bool behind_0x)
{
    int high = text_hex_digit(byte_at(line, at)), low = text_hex_digit(byte_at(line, at + 1));
    if (high < 0 || (low < 0 && !behind_0x)) {
        hex_bad(line, high < 0 ? at : at + 1, "two hex digits a byte", NULL);
        return HEX_STOP;
    }
    unsigned byte = low < 0 ? (unsigned)high : (unsigned)(high << 4 | low);
    if (!hex_add(line, at, byte))
        return HEX_STOP;
    return low < 0 ? at + 1 : at + 2;
}

/* Inside quotes, where a character stands for itself: \x30, \n, 0. */
static size_t take_character(struct hex_line *line, size_t at)
{
    static const char names[] = "n\nr\rt\tf\fv\va\ab\b";
    if (line->data[at] != '\\')
        return hex_add(line, at, line->data[at]) ? at + 1 : HEX_STOP;
    uint8_t name = byte_at(line, at + 1);
    if (name == 'x')
        return take_pair(line, at + 2, false);
    for (size_t i = 0; i + 1 < sizeof names; i += 2)
        if (name == (uint8_t)names[i])
            return hex_add(line, at, (uint8_t)names[i + 1]) ? at + 2 : HEX_STOP;
    if (name >= '0' && name <= '7') {
        unsigned value = 0;
        size_t end = at + 1;
        while (end < at + 4 && byte_at(line, end) >= '0' && byte_at(line, end) <= '7')
            value = value * 8 + line->data[end++] - (unsigned)'0';
        return hex_add(line, at, value & 0xFF) ? end : HEX_STOP;
    }
    if (name != '\\' && name != '"' && name != '\'') {
        hex_bad(line, at + 1, "\\x and two hex digits", NULL);
        return HEX_STOP;
    }
    return hex_add(line, at, name) ? at + 2 : HEX_STOP;
}

/* Characters when there is a backslash between the quotes, else pairs. */
static size_t take_quoted(struct hex_line *line, size_t at)
{
    uint8_t quote = line->data[at++];
    size_t end = at;
    bool escaped = false;
    while (end < line->len && line->data[end] != quote) {
        escaped = escaped || line->data[end] == '\\';
        end += line->data[end] == '\\' ? 2 : 1;
    }
    if (end >= line->len) {
        hex_bad(line, line->len, quote == '"' ? "a closing \"" : "a closing '", NULL);
        return HEX_STOP;
    }
    while (at < end)
        if (escaped)
            at = take_character(line, at);
        else if (hex_is_blank(line->data[at]))
            at++;
        else
            at = take_pair(line, at, false);
    return at == HEX_STOP ? HEX_STOP : end + 1;
}

/* Where a comment ends that is open at `at`; the line's end when it does not. */
static size_t skip_comment(struct hex_line *line, size_t at)
{
    for (; at + 1 < line->len; at++)
        if (line->data[at] == '*' && line->data[at + 1] == '/') {
            line->text->in_comment = false;
            return at + 2;
        }
    return line->len;
}

static bool is_separator(const struct hex_line *line, size_t at)
{
    uint8_t c = line->data[at];
    return hex_is_blank(c) || c == ':' || c == ',' || c == '-' || c == ';';
}

/* One byte, or what may stand between bytes. */
static size_t take_piece(struct hex_line *line, size_t at)
{
    uint8_t c = line->data[at], next = byte_at(line, at + 1);
    if (is_separator(line, at))
        return at + 1;
    if (c == 0xC2 && next == 0xA0) /* a blank that pages do not break */
        return at + 2;
    if (c == '/' && next == '/')
        return line->len;
    if (c == '/' && next == '*') {
        line->text->in_comment = true;
        return skip_comment(line, at + 2);
    }
    if (c == '"' || c == '\'')
        return take_quoted(line, at);
    if (c == 'b' && (next == '"' || next == '\''))
        return take_quoted(line, at + 1);
    if (c == '\\' && next == 'x')
        return take_pair(line, at + 2, false);
    if (c == '0' && (next == 'x' || next == 'X'))
        return take_pair(line, at + 2, true);
    if (c == '(') { /* (byte) 0xF0 */
        while (at < line->len && line->data[at] != ')')
            at++;
        return at + 1;
    }
    return take_pair(line, at, false);
}

/* --- lines
 * ------------------------------------------------------------------------------------------ */

/* 12:34:56.789012 IP ...: what tcpdump prints above a dump. */
static bool is_time(const struct hex_line *line)
{
    static const char shape[] = "00:00:00.0";
    for (size_t i = 0; shape[i] != '\0'; i++) {
        uint8_t c = byte_at(line, i);
        if (shape[i] == '0' ? c < '0' || c > '9' : c != (uint8_t)shape[i])
            return false;
    }
    return true;
}

/* Where the bytes begin: behind a declaration up to `=` and an opening brace, if there is one. */
static size_t find_start(struct hex_line *line)
{
    size_t at = 0;
    while (at < line->len && hex_is_blank(line->data[at]))
        at++;
    uint8_t opener = 0;
    for (size_t i = at; i < line->len && opener == 0; i++) {
        uint8_t c = line->data[i];
        if (c == '"' || c == '\'')
            break;
        if (c == '=')
            at = i + 1;
        if (c == '{' || (c == '[' && i > 0 && line->data[i - 1] == '('))
            opener = line->data[at = i];
    }
    for (size_t i = at; i < line->len && opener == 0; i++) {
        if (line->data[i] == '[')
            opener = line->data[at = i];
        else if (!hex_is_blank(line->data[i]))
            break;
    }
    if (opener == 0)
        return at;
    line->text->state = HEX_BRACES;
    line->text->closer = opener == '{' ? '}' : ']';
    return at + 1;
}

/* A length or the like: `unsigned int packet_len = 318;`. */
static bool is_declared_number(const struct hex_line *line, size_t at)
{
    size_t start = at;
    while (at < line->len &&
           (hex_is_blank(line->data[at]) || (line->data[at] >= '0' && line->data[at] <= '9')))
        at++;
    return start > 0 && line->data[start - 1] == '=' && byte_at(line, at) == ';';
}

/* Behind the closing brace only what closes more. */
static enum hex_event close_braces(struct hex_line *line, size_t at)
{
    line->text->state = HEX_BETWEEN;
    for (; at < line->len; at++) {
        uint8_t c = line->data[at];
        if (c == '/' && byte_at(line, at + 1) == '/')
            break;
        if (!is_separator(line, at) && c != ')' && c != ']' && c != '}')
            return hex_bad(line, at, "the end of the line behind the closing brace", NULL);
    }
    return line->text->len > 0 ? HEX_MESSAGE : HEX_NOTHING;
}

static enum hex_event take_pieces(struct hex_line *line, size_t at)
{
    struct hex_text *text = line->text;
    while (at < line->len) {
        uint8_t c = line->data[at];
        if (text->in_comment) {
            at = skip_comment(line, at);
            continue;
        }
        if (text->state == HEX_BRACES && c == (uint8_t)text->closer)
            return close_braces(line, at + 1);
        if (c == '\\' && at + 1 == line->len) {
            text->state = HEX_CONTINUED;
            return HEX_NOTHING;
        }
        at = take_piece(line, at);
        if (at == HEX_STOP)
            return HEX_BAD;
    }
    if (text->state == HEX_BRACES || text->in_comment)
        return HEX_NOTHING;
    text->state = HEX_BETWEEN;
    return text->len > 0 ? HEX_MESSAGE : HEX_NOTHING;
}

static enum hex_event take_line(struct hex_line *line)
{
    struct hex_text *text = line->text;
    size_t at = 0;
    if (text->in_comment || text->state == HEX_BRACES || text->state == HEX_CONTINUED)
        return take_pieces(line, 0);
    while (at < line->len && hex_is_blank(line->data[at]))
        at++;
    if (at == line->len || line->data[at] == '#' || is_time(line))
        return HEX_NOTHING;
    at = find_start(line);
    return is_declared_number(line, at) ? HEX_NOTHING : take_pieces(line, at);
}

enum hex_event hex_text_line(struct hex_text *text, const void *data, size_t len,
                             struct hex_fault *fault)
{
    struct hex_line line = {.text = text, .data = data, .len = len, .fault = fault};
    bool goes_on = text->state != HEX_BETWEEN || text->in_comment;
    if (!goes_on)
        text->len = 0;
    text->line++;
    while (line.len > 0 && hex_is_blank(line.data[line.len - 1]))
        line.len--;
    enum hex_event event = HEX_NOTHING;
    if (text->in_comment || text->state == HEX_BRACES || text->state == HEX_CONTINUED ||
        !hex_dump_line(&line, &event))
        event = take_line(&line);
    if (event == HEX_AGAIN)
        text->line--;
    return event;
}

enum hex_event hex_text_end(struct hex_text *text, struct hex_fault *fault)
{
    struct hex_line line = {.text = text, .fault = fault};
    if (text->state == HEX_BRACES || text->in_comment)
        return hex_bad(&line, 0, "what closes the brace or comment", "the end of the input");
    bool open = (text->state == HEX_DUMP || text->state == HEX_CONTINUED) && text->len > 0;
    text->state = HEX_BETWEEN;
    return open ? HEX_MESSAGE : HEX_NOTHING;
}
