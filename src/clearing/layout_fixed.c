/* Clearing files of fixed width: a line a record, each column at its place. */
#include "clearing/layout_form.h"

#include "base/mask.h"

#include <stdio.h>

/* --- writing ---------------------------------------------------------------------------------- */

/* Zeros in front of a number may go when the column is narrower than the number's usual form. */
static void narrow(const char **value, size_t *len, size_t width)
{
    while (*len > width && **value == '0') {
        (*value)++;
        (*len)--;
    }
}

static enum result write_column(const struct layout *layout, enum layout_record record,
                                const struct layout_column *column, const struct row *row,
                                char *line, struct fault *fault)
{
    char text[ROW_VALUE_MAX];
    const char *value = text;
    size_t len;
    if (!row_get(row, column->source, text, &len))
        return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: the number has too many digits for it",
                         layout->name, layout_record_names[record], column->name);
    narrow(&value, &len, column->width);
    if (len > column->width)
        return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %zu characters for a width of %zu",
                         layout->name, layout_record_names[record], column->name, len,
                         column->width);
    memcpy(line + column->at + (column->right ? column->width - len : 0), value, len);
    return RESULT_OK;
}

static enum result fixed_write(const struct layout *layout, enum layout_record record,
                               const struct row *row, char *out, size_t *len, struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    MUST(line->count > 0);
    *len = line->len + strlen(layout->line_end);
    memcpy(out, line->blank, *len);
    for (size_t i = 0; i < line->count; i++) {
        enum row_source source = line->columns[i].source;
        if (source != ROW_BLANK && source != ROW_CONSTANT)
            TRY(write_column(layout, record, &line->columns[i], row, out, fault));
    }
    return RESULT_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static size_t fixed_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    size_t most = ahead.len < LAYOUT_LINE_MAX ? ahead.len : LAYOUT_LINE_MAX;
    const uint8_t *end = memchr(ahead.data, '\n', most);
    (void)layout;
    (void)record;
    return end != NULL ? (size_t)(end - ahead.data) + 1 : most;
}

/* The line without its end, which must be the layout's. */
static enum result cut_end(const struct layout *layout, const struct layout_line *form,
                           struct bytes *line, struct fault *fault)
{
    size_t end_len = strlen(layout->line_end), len = line->len;
    bool has_end =
        len >= end_len && memcmp(line->data + len - end_len, layout->line_end, end_len) == 0;
    if (has_end) {
        line->len -= end_len;
        return RESULT_OK;
    }
    if (len == LAYOUT_LINE_MAX)
        return fault_set(fault, RESULT_INPUT, "byte %zu: expected the end of the line, got more",
                         form->len);
    return fault_set(
        fault, RESULT_INPUT, "byte %zu: expected the end of the line behind %zu characters, got %s",
        len, form->len,
        len > 0 && line->data[len - 1] == '\n' ? "another one" : "the end of the file");
}

static struct bytes strip(const struct layout_column *column, const uint8_t *cell)
{
    size_t from = 0, to = column->width;
    if (column->right)
        while (from < to && (char)cell[from] == column->pad)
            from++;
    else
        while (to > from && (char)cell[to - 1] == column->pad)
            to--;
    /* A number of nothing but zeros keeps one. */
    if (column->right && from == to && column->pad == '0')
        from--;
    return bytes_of(cell + from, to - from);
}

/* A cell as a fault shows it: a card masked, what is no printable ASCII as `?`. */
struct shown {
    char text[LAYOUT_TEXT_MAX + 3];
};

static struct shown show(const struct layout_column *column, const char *cell)
{
    struct shown shown;
    char text[LAYOUT_TEXT_MAX + 1];
    size_t len = column->width < LAYOUT_TEXT_MAX ? column->width : LAYOUT_TEXT_MAX;
    if (row_source_is_card(column->source))
        mask_pan(strip(column, (const uint8_t *)cell), text, sizeof text);
    else {
        for (size_t i = 0; i < len; i++)
            text[i] = cell[i] >= ' ' && cell[i] < 0x7F ? cell[i] : '?';
        text[len] = '\0';
    }
    snprintf(shown.text, sizeof shown.text, "`%s`", text);
    return shown;
}

/* Whether the line has every byte of its form, its separators and its constants. Constants come
 * first: they say that it is another kind of line altogether. */
static enum result check_form(const struct layout *layout, const struct layout_line *form,
                              struct bytes line, struct fault *fault)
{
    size_t separator = strlen(layout->separator);
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        if (line.len < column->at + column->width)
            return fault_set(fault, RESULT_INPUT,
                             "byte %zu: expected %zu characters of %s at %zu, got the end of the "
                             "line",
                             line.len, column->width, column->name, column->at);
        if (i > 0 && memcmp(line.data + column->at - separator, layout->separator, separator) != 0)
            return fault_set(fault, RESULT_INPUT, "byte %zu: expected the separator before %s",
                             column->at - separator, column->name);
        const char *cell = (const char *)line.data + column->at;
        if (column->source == ROW_CONSTANT &&
            memcmp(cell, form->blank + column->at, column->width) != 0)
            return fault_set(fault, RESULT_INPUT, "byte %zu: %s: expected %s, got %s", column->at,
                             column->name, show(column, form->blank + column->at).text,
                             show(column, cell).text);
    }
    if (line.len > form->len)
        return fault_set(fault, RESULT_INPUT,
                         "byte %zu: expected the end of the line, got %zu more characters",
                         form->len, line.len - form->len);
    return RESULT_OK;
}

static enum result fixed_read(const struct layout *layout, enum layout_record record,
                              struct bytes line, struct row *row, struct fault *fault)
{
    const struct layout_line *form = &layout->lines[record];
    MUST(form->count > 0);
    TRY(cut_end(layout, form, &line, fault));
    TRY(check_form(layout, form, line, fault));
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        const uint8_t *cell = line.data + column->at;
        if (!row_set(row, column->source, strip(column, cell)))
            return fault_set(fault, RESULT_INPUT, "byte %zu: %s: expected a value of %s, got %s",
                             column->at, column->name, row_source_name(column->source),
                             show(column, (const char *)cell).text);
    }
    return RESULT_OK;
}

static enum result fixed_compare(const struct layout *layout, enum layout_record record,
                                 struct bytes line, const struct row *row, struct fault *fault)
{
    const struct layout_line *form = &layout->lines[record];
    char expected[LAYOUT_RECORD_MAX];
    size_t len;
    TRY(fixed_write(layout, record, row, expected, &len, fault));
    MUST(line.len == len);
    if (memcmp(line.data, expected, len) == 0)
        return RESULT_OK;
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        const char *got = (const char *)line.data + column->at, *want = expected + column->at;
        size_t same = 0;
        while (same < column->width && got[same] == want[same])
            same++;
        if (same < column->width)
            return fault_set(fault, RESULT_INPUT, "byte %zu: %s: expected %s, got %s",
                             column->at + same, column->name, show(column, want).text,
                             show(column, got).text);
    }
    MUST(false); /* separators and the line end were compared before */
    return RESULT_BUG;
}

const struct layout_form layout_form_fixed = {fixed_write, fixed_cut, fixed_read, fixed_compare};
