/* Lines of clearing files: writing, reading, comparing, all by the layout's columns. */
#include "clearing/layout.h"

#include "base/mask.h"

#include <stdio.h>

static const char *const record_names[LAYOUT_RECORDS] = {"header", "detail", "trailer"};

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
                         layout->name, record_names[record], column->name);
    narrow(&value, &len, column->width);
    if (len > column->width)
        return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %zu characters for a width of %zu",
                         layout->name, record_names[record], column->name, len, column->width);
    memcpy(line + column->at + (column->right ? column->width - len : 0), value, len);
    return RESULT_OK;
}

enum result layout_write(const struct layout *layout, enum layout_record record,
                         const struct row *row, char out[LAYOUT_LINE_MAX], size_t *len,
                         struct fault *fault)
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

enum result layout_read(const struct layout *layout, enum layout_record record, struct bytes line,
                        struct row *row, struct fault *fault)
{
    const struct layout_line *form = &layout->lines[record];
    MUST(form->count > 0);
    *row = (struct row){0};
    TRY(check_form(layout, form, line, fault));
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        const uint8_t *cell = line.data + column->at;
        if (!row_set(row, column->source, strip(column, cell)))
            return fault_set(fault, RESULT_INPUT, "byte %zu: %s: expected a value of %s, got %s",
                             column->at, column->name, row_source_name(column->source),
                             show(column, (const char *)cell).text);
    }
    /* Each value has one form, and columns that say the same thing must agree. */
    return layout_compare(layout, record, line, row, fault);
}

enum result layout_compare(const struct layout *layout, enum layout_record record,
                           struct bytes line, const struct row *row, struct fault *fault)
{
    const struct layout_line *form = &layout->lines[record];
    char expected[LAYOUT_LINE_MAX];
    size_t len;
    TRY(layout_write(layout, record, row, expected, &len, fault));
    MUST(line.len == form->len);
    if (memcmp(line.data, expected, line.len) == 0)
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
    MUST(false); /* separators were compared before */
    return RESULT_BUG;
}
