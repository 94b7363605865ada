/* Layouts of clearing files: loading, writing a line, reading a line. */
#include "clearing/layout.h"

#include "base/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const record_names[LAYOUT_RECORDS] = {"header", "detail", "trailer"};

static void load_column(struct schema *schema, struct node *node, struct layout_column *column)
{
    static const char *const sides[] = {"left", "right", NULL};
    const char *source = node_want_text(schema, node, "source", LAYOUT_TEXT_MAX - 1);
    const char *name = node_may_text(schema, node, "name", LAYOUT_TEXT_MAX - 1, source);
    const char *constant = node_may_text(schema, node, "value", LAYOUT_TEXT_MAX - 1, "");
    const char *pad = node_may_text(schema, node, "pad", 1, " ");
    column->width = (unsigned)node_want_int(schema, node, "width", 1, ROW_VALUE_MAX - 1);
    column->right = node_may_choice(schema, node, "align", sides, 0) == 1;
    node_end(schema, node);
    if (schema->result != RESULT_OK)
        return;
    int found = row_source_find(source);
    if (found < 0)
        schema_fault(schema, node, "source: expected a value that clearing knows, got %s", source);
    column->source = (enum row_source)(found < 0 ? 0 : found);
    column->pad = pad[0];
    snprintf(column->name, sizeof column->name, "%s", name);
    snprintf(column->constant, sizeof column->constant, "%s", constant);
}

static void load_record(struct schema *schema, struct node *root, struct layout *layout,
                        enum layout_record record)
{
    struct node *list = record == LAYOUT_DETAIL
                            ? node_want_list(schema, root, record_names[record])
                            : node_may_list(schema, root, record_names[record]);
    size_t line = 2, separator = strlen(layout->separator);
    for (struct node *node = list != NULL ? list->child : NULL; node != NULL; node = node->next) {
        size_t at = layout->column_count[record];
        if (at == LAYOUT_COLUMNS_MAX) {
            schema_fault(schema, node, "expected at most %d columns", LAYOUT_COLUMNS_MAX);
            return;
        }
        load_column(schema, node, &layout->columns[record][at]);
        layout->column_count[record]++;
        line += layout->columns[record][at].width + separator;
        if (line > LAYOUT_LINE_MAX)
            schema_fault(schema, node, "expected a line of at most %d bytes", LAYOUT_LINE_MAX);
    }
}

enum result layout_load(const char *path, struct layout **loaded, struct fault *fault)
{
    static const char *const ends[] = {"lf", "crlf", NULL};
    struct doc *doc;
    *loaded = NULL;
    TRY(doc_load(path, &doc, fault));
    struct layout *layout = calloc(1, sizeof *layout);
    if (layout == NULL) {
        doc_free(doc);
        return fault_set(fault, RESULT_IO, "no memory for a layout");
    }
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    const char *name = node_want_text(&schema, root, "layout", LAYOUT_TEXT_MAX - 1);
    const char *file = node_want_text(&schema, root, "file", LAYOUT_TEXT_MAX - 1);
    const char *separator = node_may_text(&schema, root, "separator", 3, "");
    layout->crlf = node_may_choice(&schema, root, "line_end", ends, 0) == 1;
    snprintf(layout->name, sizeof layout->name, "%s", name != NULL ? name : "");
    snprintf(layout->file, sizeof layout->file, "%s", file != NULL ? file : "");
    snprintf(layout->separator, sizeof layout->separator, "%s", separator != NULL ? separator : "");
    for (enum layout_record record = 0; record < LAYOUT_RECORDS; record++)
        load_record(&schema, root, layout, record);
    node_end(&schema, root);
    doc_free(doc);
    if (schema.result != RESULT_OK) {
        layout_free(layout);
        return schema.result;
    }
    *loaded = layout;
    return RESULT_OK;
}

void layout_free(struct layout *layout)
{
    free(layout);
}

void layout_file_name(const struct layout *layout, uint32_t date, char *out, size_t size)
{
    static const char placeholder[] = "{yymmdd}";
    const char *at = strstr(layout->file, placeholder);
    if (at == NULL)
        snprintf(out, size, "%s", layout->file);
    else
        snprintf(out, size, "%.*s%06u%s", (int)(at - layout->file), layout->file, date % 1000000,
                 at + sizeof placeholder - 1);
}

static bool put(char out[LAYOUT_LINE_MAX], size_t *at, const char *text, size_t len)
{
    if (len > LAYOUT_LINE_MAX - *at)
        return false;
    memcpy(out + *at, text, len);
    *at += len;
    return true;
}

/* Zeros in front of a number may go when the column is narrower than the number's usual form. */
static void narrow(const char **value, size_t *len, unsigned width)
{
    while (*len > width && **value == '0') {
        (*value)++;
        (*len)--;
    }
}

enum result layout_write(const struct layout *layout, enum layout_record record,
                         const struct row *row, char out[LAYOUT_LINE_MAX], size_t *len,
                         struct fault *fault)
{
    size_t at = 0, count = layout->column_count[record];
    bool fits = true;
    for (size_t i = 0; i < count && fits; i++) {
        const struct layout_column *column = &layout->columns[record][i];
        char text[ROW_VALUE_MAX], cell[ROW_VALUE_MAX];
        size_t value_len;
        const char *value = text;
        if (!row_get(row, column->source, text, &value_len))
            return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: the amount does not fit",
                             layout->name, record_names[record], column->name);
        if (column->source == ROW_CONSTANT) {
            value = column->constant;
            value_len = strlen(value);
        }
        narrow(&value, &value_len, column->width);
        if (value_len > column->width)
            return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %zu characters for a width of %u",
                             layout->name, record_names[record], column->name, value_len,
                             column->width);
        memset(cell, column->pad, column->width);
        memcpy(cell + (column->right ? column->width - value_len : 0), value, value_len);
        fits = (i == 0 || put(out, &at, layout->separator, strlen(layout->separator))) &&
               put(out, &at, cell, column->width);
    }
    fits = fits && put(out, &at, layout->crlf ? "\r\n" : "\n", layout->crlf ? 2 : 1);
    MUST(fits); /* layout_load() has measured the line */
    *len = at;
    return RESULT_OK;
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
    if (from == to && column->pad == '0')
        from--;
    return bytes_of(cell + from, to - from);
}

enum result layout_read(const struct layout *layout, enum layout_record record, struct bytes line,
                        struct row *row, struct fault *fault)
{
    size_t at = 0, separator = strlen(layout->separator), count = layout->column_count[record];
    *row = (struct row){0};
    for (size_t i = 0; i < count; i++) {
        const struct layout_column *column = &layout->columns[record][i];
        if (i > 0) {
            if (line.len - at < separator ||
                memcmp(line.data + at, layout->separator, separator) != 0)
                return fault_set(fault, RESULT_INPUT, "byte %zu: expected a separator before %s", at,
                                 column->name);
            at += separator;
        }
        if (line.len - at < column->width)
            return fault_set(fault, RESULT_INPUT, "byte %zu: expected %u characters of %s, got %zu",
                             at, column->width, column->name, line.len - at);
        struct bytes value = strip(column, line.data + at);
        bool good = column->source == ROW_CONSTANT
                        ? bytes_equal(value, bytes_text(column->constant))
                        : row_set(row, column->source, value);
        if (!good)
            return fault_set(fault, RESULT_INPUT, "byte %zu: %s does not hold a %s", at,
                             column->name, row_source_name(column->source));
        at += column->width;
    }
    if (at != line.len)
        return fault_set(fault, RESULT_INPUT, "byte %zu: expected the end of the line, got %zu more",
                         at, line.len - at);
    return RESULT_OK;
}
