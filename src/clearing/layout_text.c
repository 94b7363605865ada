/* Clearing files of text: fixed text and values in turn, the fixed text known to both sides. */
#include "clearing/layout_text.h"

enum { SHOWN_MAX = 24 }; /* bytes of fixed text in a fault */

static struct bytes literal_of(const struct layout *layout, size_t at, size_t len)
{
    return bytes_of(layout->literals.text + at, len);
}

/* --- how values are written ------------------------------------------------------------------- */

static const struct {
    char byte;
    const char *entity;
} entities[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"},
};
enum { ENTITIES = sizeof entities / sizeof entities[0] };

bool layout_text_ends(const struct layout *layout, const struct layout_column *column, uint8_t byte)
{
    if (!layout_is_open(column))
        return !layout_value_can_have(column, byte);
    if (byte < ' ')
        return true;
    switch ((enum layout_escape)layout->escape) {
    case LAYOUT_ESCAPE_CSV:
        return byte == (uint8_t)layout->delimiter;
    case LAYOUT_ESCAPE_JSON:
        return byte == '"';
    case LAYOUT_ESCAPE_XML:
        return byte == '<' || byte == '>' || byte == '"' || byte == '\'';
    }
    return true;
}

static void escape_csv(const struct layout *layout, struct bytes value, struct writer *out)
{
    bool is_quoted = memchr(value.data, layout->delimiter, value.len) != NULL ||
                     memchr(value.data, '"', value.len) != NULL;
    if (!is_quoted) {
        write_bytes(out, value.data, value.len);
        return;
    }
    write_u8(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"')
            write_u8(out, '"');
        write_u8(out, value.data[i]);
    }
    write_u8(out, '"');
}

static void escape_xml(struct bytes value, struct writer *out)
{
    for (size_t i = 0; i < value.len; i++) {
        size_t found = 0;
        while (found < ENTITIES && entities[found].byte != (char)value.data[i])
            found++;
        if (found < ENTITIES)
            write_bytes(out, entities[found].entity, strlen(entities[found].entity));
        else
            write_u8(out, value.data[i]);
    }
}

void layout_text_escape(const struct layout *layout, struct bytes value, struct writer *out)
{
    switch ((enum layout_escape)layout->escape) {
    case LAYOUT_ESCAPE_CSV:
        escape_csv(layout, value, out);
        break;
    case LAYOUT_ESCAPE_JSON:
        for (size_t i = 0; i < value.len; i++) {
            if (value.data[i] == '"' || value.data[i] == '\\')
                write_u8(out, '\\');
            write_u8(out, value.data[i]);
        }
        break;
    case LAYOUT_ESCAPE_XML:
        escape_xml(value, out);
        break;
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

/* starts: where each value begins; NULL: nobody asks. */
static enum result write_record(const struct layout *layout, enum layout_record record,
                                const struct row *row, char *out, size_t *len, size_t *starts,
                                struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    struct writer w = writer_to(out, LAYOUT_RECORD_MAX);
    char value[LAYOUT_VALUE_MAX];
    size_t value_len;
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        struct bytes literal = literal_of(layout, column->literal, column->literal_len);
        write_bytes(&w, literal.data, literal.len);
        TRY(layout_value_get(layout, record, column, row, value, &value_len, fault));
        if (starts != NULL)
            starts[i] = w.len;
        if (layout_is_open(column))
            layout_text_escape(layout, bytes_of(value, value_len), &w);
        else
            write_bytes(&w, value, value_len);
    }
    struct bytes tail = literal_of(layout, line->tail, line->tail_len);
    write_bytes(&w, tail.data, tail.len);
    *len = w.len;
    if (w.bad)
        return fault_set(fault, RESULT_LIMIT, "%s, %s: a record of over %d bytes", layout->name,
                         layout_record_names[record], LAYOUT_RECORD_MAX);
    return RESULT_OK;
}

enum result layout_text_write(const struct layout *layout, enum layout_record record,
                              const struct row *row, char *out, size_t *len, struct fault *fault)
{
    return write_record(layout, record, row, out, len, NULL, fault);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* No value has a line end in it, so a record has as many as its fixed text. */
size_t layout_text_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    size_t most = ahead.len < LAYOUT_RECORD_MAX ? ahead.len : LAYOUT_RECORD_MAX, at = 0;
    for (size_t lines = layout->lines[record].lines; lines > 0 && at < most; lines--) {
        const uint8_t *end = memchr(ahead.data + at, '\n', most - at);
        at = end != NULL ? (size_t)(end - ahead.data) + 1 : most;
    }
    return at;
}

/* Fixed text in words, up to its line end. */
static const char *shown(struct bytes literal, char out[SHOWN_MAX + 3])
{
    size_t len = 0;
    if (literal.len > 0 && literal.data[0] < ' ')
        return "the end of the line";
    out[len++] = '`';
    for (; len <= SHOWN_MAX && len <= literal.len && literal.data[len - 1] >= ' '; len++)
        out[len] = (char)literal.data[len - 1];
    out[len++] = '`';
    out[len] = '\0';
    return out;
}

static enum result match(struct bytes record, struct bytes literal, size_t *at,
                         struct layout_fault *why)
{
    size_t same = 0, rest = record.len - *at;
    char expected[SHOWN_MAX + 3], got[SHOWN_MAX + 3];
    while (same < literal.len && same < rest && record.data[*at + same] == literal.data[same])
        same++;
    *at += same;
    if (same == literal.len)
        return RESULT_OK;
    return layout_refuse(why, *at, "expected %s, got %s",
                         shown(bytes_of(literal.data + same, literal.len - same), expected),
                         same == rest ? "the end" : shown(bytes_of(record.data + *at, 1), got));
}

/* A value as it was before it was escaped. */
struct cell {
    char text[LAYOUT_VALUE_MAX];
    size_t len, raw_len;
};

/* One character of a value in the escape's other form, its width in *width; -1: there is none. */
static int unescape(const struct layout *layout, struct bytes rest, size_t *width)
{
    *width = 1;
    if (layout->escape == LAYOUT_ESCAPE_JSON && rest.data[0] == '\\') {
        *width = 2;
        return rest.len > 1 && (rest.data[1] == '"' || rest.data[1] == '\\') ? rest.data[1] : -1;
    }
    if (layout->escape != LAYOUT_ESCAPE_XML || rest.data[0] != '&')
        return rest.data[0];
    for (size_t i = 0; i < ENTITIES; i++) {
        *width = strlen(entities[i].entity);
        if (rest.len >= *width && memcmp(rest.data, entities[i].entity, *width) == 0)
            return entities[i].byte;
    }
    return -1;
}

static bool take_quoted(struct bytes rest, struct cell *cell)
{
    size_t at = 1;
    while (at < rest.len && rest.data[at] >= ' ' && cell->len < sizeof cell->text) {
        bool is_quote = rest.data[at] == '"';
        if (is_quote && (at + 1 == rest.len || rest.data[at + 1] != '"')) {
            cell->raw_len = at + 1;
            return true;
        }
        cell->text[cell->len++] = (char)rest.data[at];
        at += is_quote ? 2 : 1;
    }
    return false;
}

/* false: it is none, whatever its source. */
static bool take_cell(const struct layout *layout, const struct layout_column *column,
                      struct bytes rest, struct cell *cell)
{
    bool is_open = layout_is_open(column);
    size_t width;
    cell->len = cell->raw_len = 0;
    if (is_open && layout->escape == LAYOUT_ESCAPE_CSV && rest.len > 0 && rest.data[0] == '"')
        return take_quoted(rest, cell);
    while (cell->raw_len < rest.len &&
           !layout_text_ends(layout, column, rest.data[cell->raw_len])) {
        struct bytes next = bytes_of(rest.data + cell->raw_len, rest.len - cell->raw_len);
        int byte = is_open ? unescape(layout, next, &width) : next.data[0];
        if (byte < 0 || cell->len == sizeof cell->text)
            return false;
        cell->text[cell->len++] = (char)byte;
        cell->raw_len += is_open ? width : 1;
    }
    return true;
}

enum result layout_text_read(const struct layout *layout, enum layout_record record,
                             struct bytes bytes, struct row *row, struct layout_fault *why)
{
    const struct layout_line *line = &layout->lines[record];
    struct cell cell;
    size_t at = 0;
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        TRY(match(bytes, literal_of(layout, column->literal, column->literal_len), &at, why));
        struct bytes rest = bytes_of(bytes.data + at, bytes.len - at);
        bool is_taken = take_cell(layout, column, rest, &cell);
        if (!is_taken || !layout_value_set(layout, column, row, bytes_of(cell.text, cell.len)))
            return layout_refuse(why, at, "%s: expected a value of %s, got %s", column->name,
                                 row_source_name(column->source),
                                 layout_show(column, bytes_of(cell.text, cell.len)).text);
        at += cell.raw_len;
    }
    TRY(match(bytes, literal_of(layout, line->tail, line->tail_len), &at, why));
    if (at < bytes.len)
        return layout_refuse(why, at, "expected the end, got %zu more bytes", bytes.len - at);
    return RESULT_OK;
}

enum result layout_text_compare(const struct layout *layout, enum layout_record record,
                                struct bytes bytes, const struct row *row, struct layout_fault *why)
{
    const struct layout_line *line = &layout->lines[record];
    char expected[LAYOUT_RECORD_MAX];
    size_t starts[LAYOUT_COLUMNS_MAX], len, same = 0, which = 0;
    struct cell want, got;
    TRY(write_record(layout, record, row, expected, &len, starts, why->fault));
    while (same < len && same < bytes.len && bytes.data[same] == (uint8_t)expected[same])
        same++;
    if (same == len && same == bytes.len)
        return RESULT_OK;
    /* Fixed text is the same, so it is a value that differs; up to it both are alike. */
    while (which + 1 < line->count && starts[which + 1] <= same)
        which++;
    if (line->count == 0 || starts[which] > same)
        return layout_refuse(why, same, "expected another record");
    const struct layout_column *column = &line->columns[which];
    size_t start = starts[which];
    (void)take_cell(layout, column, bytes_of(expected + start, len - start), &want);
    (void)take_cell(layout, column, bytes_of(bytes.data + start, bytes.len - start), &got);
    return layout_refuse(why, same, "%s: expected %s, got %s", column->name,
                         layout_show(column, bytes_of(want.text, want.len)).text,
                         layout_show(column, bytes_of(got.text, got.len)).text);
}
