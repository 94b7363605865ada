/* Clearing files of fixed width: a line a record, each column at its place. */
#include "clearing/layout_form.h"

#include "iso8583/ebcdic.h"

static const int charsets[] = {LAYOUT_GB18030, LAYOUT_ASCII, LAYOUT_EBCDIC, -1};

enum { LINE_END_LEN_MAX = 2 };

/* --- loading ---------------------------------------------------------------------------------- */

static void fixed_load(struct layout_loading *loading, struct node *root)
{
    struct layout *layout = loading->layout;
    const char *separator = node_may_text(loading->schema, root, "separator",
                                          sizeof layout->separator - 1, layout->separator);
    layout_line_end_load(loading, root, true);
    layout_charset_load(loading, root, charsets);
    if (loading->schema->result != RESULT_OK || strcmp(separator, layout->separator) == 0)
        return;
    if (loading->is_derived)
        schema_fault(loading->schema, root,
                     "`separator`: it is that of the layout that this one extends");
    else
        memcpy(layout->separator, separator, strlen(separator) + 1);
}

static void load_column(struct layout_loading *loading, struct node *node,
                        struct layout_column *column, size_t at)
{
    static const char *const sides[] = {"left", "right", NULL};
    struct schema *schema = loading->schema;
    const char *pad = node_may_text(schema, node, "pad", 1, " ");
    int64_t said = node_may_int(schema, node, "at", 0, LAYOUT_LINE_MAX, (int64_t)at);
    column->width = (size_t)node_want_int(schema, node, "width", 1, LAYOUT_LINE_MAX);
    column->right = node_may_choice(schema, node, "align", sides, 0) == 1;
    layout_column_load(loading, node, column);
    if (schema->result != RESULT_OK)
        return;
    if (said != (int64_t)at)
        schema_fault(schema, node, "`at`: the columns before it end so that it starts at %zu", at);
    else if (strlen(column->constant) > column->width)
        schema_fault(schema, node, "`value`: expected at most %zu characters", column->width);
    column->at = at;
    column->pad = pad[0];
}

static void fixed_load_record(struct layout_loading *loading, struct node *list,
                              enum layout_record record)
{
    struct schema *schema = loading->schema;
    struct layout_line *line = &loading->layout->lines[record];
    size_t separator = strlen(loading->layout->separator);
    if (list->kind != NODE_LIST || list->child == NULL)
        schema_fault(schema, list, "expected a list of at least one column");
    for (struct node *node = list->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        struct layout_column *column = &line->columns[line->count];
        if (line->count == LAYOUT_COLUMNS_MAX) {
            schema_fault(schema, node, "expected at most %d columns", LAYOUT_COLUMNS_MAX);
            return;
        }
        load_column(loading, node, column, line->len + (line->count > 0 ? separator : 0));
        if (schema->result != RESULT_OK)
            return;
        line->count++;
        line->len = column->at + column->width;
        if (line->len > LAYOUT_LINE_MAX - LINE_END_LEN_MAX)
            schema_fault(schema, node, "expected a line of at most %d bytes",
                         LAYOUT_LINE_MAX - LINE_END_LEN_MAX);
    }
    layout_columns_check(loading, list, line);
}

static void fill_blank(const struct layout *layout, struct layout_line *line)
{
    size_t separator = strlen(layout->separator);
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        size_t len = strlen(column->constant);
        if (i > 0)
            memcpy(line->blank + column->at - separator, layout->separator, separator);
        memset(line->blank + column->at, column->pad, column->width);
        memcpy(line->blank + column->at + (column->right ? column->width - len : 0),
               column->constant, len);
        if (column->source == ROW_ZERO)
            MUST(layout_cell_put(column, "0", 1, line->blank + column->at) <= column->width);
    }
    memcpy(line->blank + line->len, layout->line_end, strlen(layout->line_end));
}

/* --- records that are read at once ------------------------------------------------------------ */

static bool is_plain(const struct layout *layout, const struct layout_column *column)
{
    return column->type == LAYOUT_PLAIN && layout->charset == LAYOUT_GB18030;
}

/* Whether the column holds nothing but its value as row.h gives it, and no byte of that can be
 * taken for padding. */
static bool is_cell(const struct layout *layout, const struct layout_column *column)
{
    enum layout_kind kind = layout_kind_of(column->source);
    bool is_number =
        kind == LAYOUT_KIND_NUMBER || kind == LAYOUT_KIND_AMOUNT || kind == LAYOUT_KIND_DATE;
    return is_plain(layout, column) && column->width == row_cell_width(column->source) &&
           (is_number && column->right ? column->pad == '0' : !column->right && column->pad == ' ');
}

/* Whether its cell is that of `blank` in every record. */
static bool is_constant(const struct layout *layout, const struct layout_column *column)
{
    return column->source == ROW_BLANK || column->source == ROW_CONSTANT ||
           (column->source == ROW_ZERO && is_plain(layout, column));
}

static uint64_t stretches_of(size_t at, size_t width)
{
    size_t first = at / LAYOUT_STRETCH, last = (at + width - 1) / LAYOUT_STRETCH;
    return UINT64_MAX >> (63 - (last - first)) << first;
}

/* Made of other values, and only compared. */
static bool is_derived(enum row_source source)
{
    return source == ROW_CARD_ISSUER || source == ROW_CONDITION;
}

static void add_cell(struct layout_line *line, const struct layout_column *column)
{
    struct layout_cell *cell = &line->cells[line->cell_count];
    *cell = (struct layout_cell){.at = (uint16_t)column->at,
                                 .width = (uint16_t)column->width,
                                 .same_at = LAYOUT_LINE_MAX,
                                 .source = (uint8_t)column->source,
                                 .stretches = stretches_of(column->at, column->width)};
    for (size_t i = 0; i < line->cell_count; i++) {
        const struct layout_cell *other = &line->cells[i];
        bool is_same = other->source == cell->source;
        if (is_same && cell->same_at == LAYOUT_LINE_MAX)
            cell->same_at = other->at;
        if (is_same || (cell->source == ROW_PROCESS && other->source == ROW_MTI))
            cell->stretches |= other->stretches;
    }
    if (is_derived(column->source))
        cell->stretches = UINT64_MAX;
    line->cell_count++;
}

/* What is derived comes behind what it is derived from. */
static void find_cells(const struct layout *layout, struct layout_line *line)
{
    line->cell_count = 0;
    memset(line->always, 0xFF, line->len + strlen(layout->line_end));
    for (size_t i = 0; i < 2 * line->count; i++) {
        const struct layout_column *column = &line->columns[i % line->count];
        bool derives = is_derived(column->source), is_last = i >= line->count;
        if (is_constant(layout, column) || derives != is_last)
            continue;
        memset(line->always + column->at, 0, column->width);
        if (is_cell(layout, column))
            add_cell(line, column);
        else {
            line->cell_count = 0;
            return;
        }
    }
}

/* --- records that are written over others ----------------------------------------------------- */

static struct layout_part *part_at(struct layout_line *line, size_t at)
{
    size_t i = 0;
    while (i < line->part_count && line->parts[i].at != at)
        i++;
    if (i == line->part_count)
        line->parts[line->part_count++] = (struct layout_part){.at = at};
    return &line->parts[i];
}

static void add_parts(struct layout_line *line, enum row_source source, uint64_t column)
{
    struct row_part parts[ROW_PARTS_MAX];
    size_t count = row_source_parts(source, parts);
    for (size_t i = 0; i < count; i++)
        for (size_t at = parts[i].at & ~(size_t)(LAYOUT_PART_LEN - 1);
             at < parts[i].at + parts[i].len; at += LAYOUT_PART_LEN)
            part_at(line, at)->columns |= column;
}

static void find_parts(const struct layout *layout, struct layout_line *line)
{
    line->values = 0;
    line->part_count = 0;
    for (size_t i = 0; i < line->count; i++) {
        const struct layout_column *column = &line->columns[i];
        uint64_t bit = UINT64_C(1) << i;
        if (!is_constant(layout, column))
            line->values |= bit;
        add_parts(line, column->source, bit);
        if (column->type == LAYOUT_DECIMAL)
            add_parts(line, ROW_CURRENCY, bit);
    }
}

static void fixed_finish(struct layout_loading *loading, struct node *root)
{
    struct layout *layout = loading->layout;
    if (layout->charset == LAYOUT_EBCDIC && layout->line_end[0] != '\0')
        schema_fault(loading->schema, root, "expected `line_end: none` with EBCDIC");
    for (enum layout_record record = 0; record < LAYOUT_RECORDS; record++) {
        struct layout_line *line = &layout->lines[record];
        fill_blank(layout, line);
        find_cells(layout, line);
        find_parts(layout, line);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Over whatever stands in the cell. */
static size_t put_cell(const struct layout_column *column, const char *text, size_t len, char *cell)
{
    if (len < column->width)
        memset(cell, column->pad, column->width);
    return layout_cell_put(column, text, len, cell);
}

static enum result write_value(const struct layout *layout, enum layout_record record,
                               const struct layout_column *column, const struct row *row,
                               char *cell, struct fault *fault)
{
    char text[LAYOUT_VALUE_MAX];
    size_t len;
    TRY(layout_value_get(layout, record, column, row, text, &len, fault));
    len = put_cell(column, text, len, cell);
    if (len <= column->width)
        return RESULT_OK;
    return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %zu characters for a width of %zu",
                     layout->name, layout_record_names[record], column->name, len, column->width);
}

/* Most columns are as row.h gives them; the other way tells what is wrong with them, too. */
static inline bool write_plain(const struct layout *layout, const struct layout_column *column,
                               const struct row *row, char *cell)
{
    char text[ROW_VALUE_MAX];
    size_t len;
    if (column->type == LAYOUT_PLAIN && row_get_digits(row, column->source, cell, column->width))
        return true;
    return is_plain(layout, column) && row_get(row, column->source, text, &len) &&
           put_cell(column, text, len, cell) <= column->width;
}

static void translate(const uint8_t table[256], void *text, size_t len)
{
    uint8_t *bytes = text;
    for (size_t i = 0; i < len; i++)
        bytes[i] = table[bytes[i]];
}

static enum result write_columns(const struct layout *layout, enum layout_record record,
                                 uint64_t columns, const struct row *row, char *out,
                                 struct fault *fault)
{
    for (; columns != 0; columns &= columns - 1) {
        const struct layout_column *column =
            &layout->lines[record].columns[__builtin_ctzll(columns)];
        char *cell = out + column->at;
        if (!write_plain(layout, column, row, cell))
            TRY(write_value(layout, record, column, row, cell, fault));
        if (layout->charset == LAYOUT_EBCDIC)
            translate(iso_ebcdic_from_latin[0], cell, column->width);
    }
    return RESULT_OK;
}

static enum result fixed_write(const struct layout *layout, enum layout_record record,
                               const struct row *row, char *out, size_t *len, struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    MUST(line->count > 0);
    *len = line->len + strlen(layout->line_end);
    memcpy(out, line->blank, *len);
    if (layout->charset == LAYOUT_EBCDIC)
        translate(iso_ebcdic_from_latin[0], out, *len);
    return write_columns(layout, record, line->values, row, out, fault);
}

static enum result fixed_write_over(const struct layout *layout, enum layout_record record,
                                    struct row *before, const struct row *row, char *out,
                                    struct fault *fault)
{
    const struct layout_line *line = &layout->lines[record];
    uint64_t columns = 0, was, is;
    for (size_t i = 0; i < line->part_count; i++) {
        const struct layout_part *part = &line->parts[i];
        memcpy(&was, (uint8_t *)before + part->at, sizeof was);
        memcpy(&is, (const uint8_t *)row + part->at, sizeof is);
        memcpy((uint8_t *)before + part->at, &is, sizeof is);
        columns |= was != is ? part->columns : 0;
    }
    return write_columns(layout, record, columns, row, out, fault);
}

/* --- reading ---------------------------------------------------------------------------------- */

static size_t fixed_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    bool has_end = layout->line_end[0] != '\0';
    size_t longest = has_end ? LAYOUT_LINE_MAX : layout->lines[record].len;
    size_t most = ahead.len < longest ? ahead.len : longest;
    const uint8_t *end = has_end ? memchr(ahead.data, '\n', most) : NULL;
    return end != NULL ? (size_t)(end - ahead.data) + 1 : most;
}

/* The line without its end, which must be the layout's. */
static enum result cut_end(const struct layout *layout, const struct layout_line *form,
                           struct bytes *line, struct layout_fault *why)
{
    size_t end_len = strlen(layout->line_end), len = line->len;
    bool has_end =
        len >= end_len && memcmp(line->data + len - end_len, layout->line_end, end_len) == 0;
    if (has_end) {
        line->len -= end_len;
        return RESULT_OK;
    }
    if (len == LAYOUT_LINE_MAX)
        return layout_refuse(why, form->len, "expected the end of the line, got more");
    bool is_other = len > 0 && line->data[len - 1] == '\n';
    return layout_refuse(why, is_other ? len - 1 : len,
                         "expected the end of the line behind %zu characters, got %s", form->len,
                         is_other ? "another one" : "the end of the file");
}

/* Separators, constants and the line end. */
static bool is_as_always(const struct layout_line *form, const uint8_t *line, size_t at, size_t len)
{
    uint8_t other = 0;
    for (size_t i = at; i < at + len; i++)
        other |= (uint8_t)((line[i] ^ (uint8_t)form->blank[i]) & form->always[i]);
    return other == 0;
}

/* Which stretches differ from the line before; false: what never changes has changed. */
static bool find_changes(const struct layout_line *form, struct bytes line,
                         const struct layout_before *before, uint64_t *changed)
{
    size_t whole = line.len / LAYOUT_STRETCH * LAYOUT_STRETCH;
    bool has_before = before->len == line.len;
    *changed = 0;
    for (size_t at = 0; at < whole; at += LAYOUT_STRETCH) {
        bool is_same =
            has_before && memcmp(line.data + at, before->bytes + at, LAYOUT_STRETCH) == 0;
        if (!is_same && !is_as_always(form, line.data, at, LAYOUT_STRETCH))
            return false;
        *changed |= (uint64_t)!is_same << at / LAYOUT_STRETCH;
    }
    if (whole < line.len)
        *changed |= UINT64_C(1) << whole / LAYOUT_STRETCH;
    return is_as_always(form, line.data, whole, line.len - whole);
}

static bool fixed_take(const struct layout *layout, enum layout_record record, struct bytes bytes,
                       const struct layout_before *before, struct row *row)
{
    const struct layout_line *form = &layout->lines[record];
    uint64_t changed = 0;
    bool is_good = form->cell_count > 0 && bytes.len == form->len + strlen(layout->line_end) &&
                   find_changes(form, bytes, before, &changed);
    if (is_good && before->len == 0)
        *row = (struct row){0};
    for (size_t i = 0; i < form->cell_count && is_good; i++) {
        const struct layout_cell *cell = &form->cells[i];
        const uint8_t *at = bytes.data + cell->at;
        if ((changed & cell->stretches) == 0)
            continue;
        is_good = cell->same_at < LAYOUT_LINE_MAX
                      ? memcmp(at, bytes.data + cell->same_at, cell->width) == 0
                      : row_set_cell(row, cell->source, bytes_of(at, cell->width));
    }
    return is_good;
}

/* A cell as a fault shows it, a card without its padding. */
static struct layout_shown show(const struct layout_column *column, const uint8_t *cell)
{
    return layout_show(column, row_source_is_card(column->source) ? layout_cell_strip(column, cell)
                                                                  : bytes_of(cell, column->width));
}

/* Whether the line has every byte of its form, its separators and its constants. Constants come
 * first: they say that it is another kind of line altogether. */
static enum result check_form(const struct layout *layout, const struct layout_line *form,
                              struct bytes line, struct layout_fault *why)
{
    size_t separator = strlen(layout->separator);
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        if (line.len < column->at + column->width)
            return layout_refuse(why, line.len,
                                 "expected %zu characters of %s at %zu, got the end of the line",
                                 column->width, column->name, column->at);
        if (i > 0 && memcmp(line.data + column->at - separator, layout->separator, separator) != 0)
            return layout_refuse(why, column->at - separator, "expected the separator before %s",
                                 column->name);
        const uint8_t *cell = line.data + column->at;
        const uint8_t *want = (const uint8_t *)form->blank + column->at;
        if (column->source == ROW_CONSTANT && memcmp(cell, want, column->width) != 0)
            return layout_refuse(why, column->at, "%s: expected %s, got %s", column->name,
                                 show(column, want).text, show(column, cell).text);
    }
    if (line.len > form->len)
        return layout_refuse(why, form->len,
                             "expected the end of the line, got %zu more characters",
                             line.len - form->len);
    return RESULT_OK;
}

/* In ASCII, whatever the layout's character set. */
static struct bytes readable(const struct layout *layout, struct bytes line,
                             uint8_t out[LAYOUT_LINE_MAX])
{
    if (layout->charset != LAYOUT_EBCDIC)
        return line;
    memcpy(out, line.data, line.len);
    translate(iso_ebcdic_to_latin[0], out, line.len);
    return bytes_of(out, line.len);
}

static enum result fixed_read(const struct layout *layout, enum layout_record record,
                              struct bytes bytes, struct row *row, struct layout_fault *why)
{
    uint8_t translated[LAYOUT_LINE_MAX];
    const struct layout_line *form = &layout->lines[record];
    MUST(form->count > 0);
    if (bytes.len > LAYOUT_LINE_MAX)
        return layout_refuse(why, LAYOUT_LINE_MAX, "expected the end of the line, got more");
    struct bytes line = readable(layout, bytes, translated);
    TRY(cut_end(layout, form, &line, why));
    TRY(check_form(layout, form, line, why));
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        const uint8_t *cell = line.data + column->at;
        struct bytes value = layout_cell_strip(column, cell);
        if (!(is_plain(layout, column) ? row_set(row, column->source, value)
                                       : layout_value_set(layout, column, row, value)))
            return layout_refuse(why, column->at, "%s: expected a value of %s, got %s",
                                 column->name, row_source_name(column->source),
                                 show(column, cell).text);
    }
    return RESULT_OK;
}

static enum result fixed_compare(const struct layout *layout, enum layout_record record,
                                 struct bytes bytes, const struct row *row,
                                 struct layout_fault *why)
{
    const struct layout_line *form = &layout->lines[record];
    uint8_t got_text[LAYOUT_LINE_MAX], want_text[LAYOUT_LINE_MAX];
    char expected[LAYOUT_LINE_MAX];
    size_t len;
    TRY(fixed_write(layout, record, row, expected, &len, why->fault));
    MUST(bytes.len == len);
    if (memcmp(bytes.data, expected, len) == 0)
        return RESULT_OK;
    struct bytes got_line = readable(layout, bytes, got_text);
    struct bytes want_line = readable(layout, bytes_of(expected, len), want_text);
    for (size_t i = 0; i < form->count; i++) {
        const struct layout_column *column = &form->columns[i];
        const uint8_t *got = got_line.data + column->at, *want = want_line.data + column->at;
        size_t same = 0;
        while (same < column->width && got[same] == want[same])
            same++;
        if (same < column->width)
            return layout_refuse(why, column->at + same, "%s: expected %s, got %s", column->name,
                                 show(column, want).text, show(column, got).text);
    }
    MUST(false); /* separators and the line end were compared before */
    return RESULT_BUG;
}

const struct layout_form layout_form_fixed = {
    .name = "fixed",
    .load = fixed_load,
    .load_record = fixed_load_record,
    .finish = fixed_finish,
    .write = fixed_write,
    .write_over = fixed_write_over,
    .cut = fixed_cut,
    .read = fixed_read,
    .compare = fixed_compare,
    .take = fixed_take,
};
