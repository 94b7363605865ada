/* What a layout's file says of text forms: delimited (CSV), JSON lines, and text with holes, all of
 * them as fixed text and values in turn. How such records are written and read is layout_text.c. */
#include "clearing/layout_text.h"

#include "base/utf8.h"
#include "iso8583/text.h"

#include <stdio.h>

/* A record that is being made: fixed text gathers until a value comes. */
struct making {
    struct layout_loading *loading;
    const struct node *node;
    struct layout_line *line;
    size_t from; /* of the fixed text that gathers */
};

static struct making make(struct layout_loading *loading, const struct node *node,
                          struct layout_line *line)
{
    struct making making = {.loading = loading, .node = node, .line = line};
    making.from = loading->layout->literals.len;
    *line = (struct layout_line){.is_given = true};
    return making;
}

static void refuse(const struct making *making, const char *why)
{
    schema_fault(making->loading->schema, making->node, "%s", why);
}

/* --- fixed text ------------------------------------------------------------------------------- */

/* UTF-8, as a layout's file is, becomes the layout's own character set. */
static void add_text(struct making *making, struct bytes text)
{
    struct layout *layout = making->loading->layout;
    char other[LAYOUT_TEXT_MAX];
    struct iso_text converters = iso_text_none();
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t width = utf8_next(text.data + at, text.len - at, &code);
        struct writer out = writer_to(other, sizeof other);
        struct bytes one = bytes_of(text.data + at, width);
        MUST(width > 0); /* the reader of the file has looked */
        if (code >= 0x80 && layout->charset == LAYOUT_ASCII)
            refuse(making, "expected ASCII only, as `charset` says");
        if (code >= 0x80 && layout->charset == LAYOUT_GB18030) {
            if (!iso_text_encode(&converters, ISO_CHARSET_GB18030, one, &out))
                refuse(making, "expected text that GB18030 can say");
            one = bytes_of(other, out.len);
        }
        strbuf_add(&layout->literals, one.data, one.len);
        at += width;
    }
    iso_text_close(&converters);
}

static void add_line_end(struct making *making)
{
    strbuf_text(&making->loading->layout->literals, making->loading->layout->line_end);
    making->line->lines++;
}

/* A text as a value is written. */
static void add_escaped(struct making *making, const char *text)
{
    char out[2 * LAYOUT_TEXT_MAX + 2];
    struct writer w = writer_to(out, sizeof out);
    layout_text_escape(making->loading->layout, bytes_text(text), &w);
    add_text(making, bytes_of(out, w.len));
}

static void add_value(struct making *making, const struct layout_column *column)
{
    struct layout_line *line = making->line;
    const struct strbuf *literals = &making->loading->layout->literals;
    if (line->count == LAYOUT_COLUMNS_MAX) {
        refuse(making, "expected at most 64 values");
        return;
    }
    struct layout_column *added = &line->columns[line->count++];
    *added = *column;
    added->literal = making->from;
    added->literal_len = literals->len - making->from;
    making->from = literals->len;
}

/* A value ends where something stands that it cannot have. */
static void check_ends(struct making *making)
{
    const struct layout *layout = making->loading->layout;
    const struct layout_line *line = making->line;
    for (size_t i = 0; i < line->count && !layout->literals.bad; i++) {
        bool is_last = i + 1 == line->count;
        size_t at = is_last ? line->tail : line->columns[i + 1].literal;
        size_t len = is_last ? line->tail_len : line->columns[i + 1].literal_len;
        if (len == 0 ||
            !layout_text_ends(layout, &line->columns[i], (uint8_t)layout->literals.text[at])) {
            schema_fault(making->loading->schema, making->node,
                         "%s: expected behind it something that cannot be part of it",
                         line->columns[i].name);
            return;
        }
    }
}

static void make_end(struct making *making)
{
    const struct strbuf *literals = &making->loading->layout->literals;
    making->line->tail = making->from;
    making->line->tail_len = literals->len - making->from;
    layout_columns_check(making->loading, making->node, making->line);
    if (making->loading->schema->result == RESULT_OK)
        check_ends(making);
}

/* --- delimited and JSON lines ----------------------------------------------------------------- */

/* What is no value of the row is fixed text. */
static const char *fixed_text_of(const struct layout_column *column)
{
    return column->source == ROW_CONSTANT ? column->constant
           : column->source == ROW_ZERO   ? "0"
                                          : "";
}

static bool is_fixed(const struct layout_column *column)
{
    return layout_kind_of(column->source) == LAYOUT_KIND_NOTHING;
}

static void add_csv(struct making *making, const struct layout_column *column, bool is_first)
{
    const char delimiter[2] = {making->loading->layout->delimiter, '\0'};
    if (!is_first)
        add_text(making, bytes_text(delimiter));
    if (is_fixed(column))
        add_escaped(making, fixed_text_of(column));
    else
        add_value(making, column);
}

static void add_json(struct making *making, const struct layout_column *column, bool is_first)
{
    bool is_bare = column->source == ROW_ZERO || column->type == LAYOUT_NUMBER;
    const char *quote = is_bare ? "" : "\"";
    add_text(making, bytes_text(is_first ? "{\"" : ",\""));
    add_escaped(making, column->name);
    add_text(making, bytes_text("\":"));
    add_text(making, bytes_text(quote));
    if (is_fixed(column))
        add_escaped(making, fixed_text_of(column));
    else
        add_value(making, column);
    add_text(making, bytes_text(quote));
}

static void check_name(struct making *making, const struct node *list, const struct node *at,
                       const char *name)
{
    for (struct node *node = list->child; node != at; node = node->next) {
        struct node *other = node_find(node, "name");
        other = other != NULL ? other : node_find(node, "source");
        if (other != NULL && other->kind == NODE_TEXT && strcmp(other->text, name) == 0)
            schema_fault(making->loading->schema, at, "another column has the name %s too", name);
    }
}

static void load_columns(struct layout_loading *loading, struct node *list,
                         enum layout_record record)
{
    struct schema *schema = loading->schema;
    bool is_json = loading->layout->form == &layout_form_jsonl;
    struct making making = make(loading, list, &loading->layout->lines[record]);
    if (list->kind != NODE_LIST || list->child == NULL)
        schema_fault(schema, list, "expected a list of at least one column");
    for (struct node *node = list->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        struct layout_column column = {.source = ROW_BLANK};
        layout_column_load(loading, node, &column);
        if (schema->result != RESULT_OK)
            return;
        if (is_json || record == LAYOUT_DETAIL)
            check_name(&making, list, node, column.name);
        if (is_json)
            add_json(&making, &column, node == list->child);
        else
            add_csv(&making, &column, node == list->child);
    }
    if (is_json)
        add_text(&making, bytes_text("}"));
    add_line_end(&making);
    make_end(&making);
    if (loading->layout->has_names && record == LAYOUT_HEADER)
        schema_fault(schema, list, "expected `names: false` with a header of one's own");
}

static const char *name_of(struct node *column)
{
    struct node *name = node_find(column, "name");
    return name != NULL ? name->text : node_find(column, "source")->text;
}

/* The first line: the names of the columns, as they stand in the file that has them. */
static void load_names(struct layout_loading *loading, struct node *list)
{
    struct making making = make(loading, list, &loading->layout->lines[LAYOUT_HEADER]);
    const char delimiter[2] = {loading->layout->delimiter, '\0'};
    for (struct node *node = list->child; node != NULL; node = node->next) {
        if (node != list->child)
            add_text(&making, bytes_text(delimiter));
        add_escaped(&making, name_of(node));
    }
    add_line_end(&making);
    make_end(&making);
}

static void delimited_load(struct layout_loading *loading, struct node *root)
{
    static const int charsets[] = {LAYOUT_UTF8, LAYOUT_GB18030, LAYOUT_ASCII, -1};
    static const char *const names[] = {"comma", "semicolon", "tab", "bar", NULL};
    static const char delimiters[] = {',', ';', '\t', '|'};
    struct layout *layout = loading->layout;
    int known = 0;
    while (loading->is_derived && delimiters[known] != layout->delimiter)
        known++;
    int delimiter = node_may_choice(loading->schema, root, "delimiter", names, known);
    layout_line_end_load(loading, root, false);
    layout_charset_load(loading, root, charsets);
    layout->has_names = node_may_bool(loading->schema, root, "names",
                                      loading->is_derived ? layout->has_names : true);
    if (loading->is_derived && delimiter != known)
        schema_fault(loading->schema, root,
                     "`delimiter`: it is that of the layout that this one extends");
    /* A byte of GB18030 can look like a bar. */
    if (delimiters[delimiter] == '|' && layout->charset == LAYOUT_GB18030)
        schema_fault(loading->schema, root, "`delimiter`: expected no bar with gb18030");
    layout->delimiter = delimiters[delimiter];
    layout->escape = LAYOUT_ESCAPE_CSV;
}

static void delimited_finish(struct layout_loading *loading, struct node *root)
{
    struct node *list = node_find(root, "detail");
    if (loading->layout->has_names && list != NULL)
        load_names(loading, list);
}

static void jsonl_load(struct layout_loading *loading, struct node *root)
{
    static const int charsets[] = {LAYOUT_UTF8, -1};
    layout_line_end_load(loading, root, false);
    layout_charset_load(loading, root, charsets);
    loading->layout->escape = LAYOUT_ESCAPE_JSON;
}

static void no_finish(struct layout_loading *loading, struct node *root)
{
    (void)loading;
    (void)root;
}

/* --- text with holes -------------------------------------------------------------------------- */

static void text_load(struct layout_loading *loading, struct node *root)
{
    static const int charsets[] = {LAYOUT_UTF8, LAYOUT_GB18030, LAYOUT_ASCII, -1};
    static const char *const names[] = {"xml", "json", "csv", NULL};
    static const uint8_t escapes[] = {LAYOUT_ESCAPE_XML, LAYOUT_ESCAPE_JSON, LAYOUT_ESCAPE_CSV};
    struct layout *layout = loading->layout;
    int known = 0;
    while (loading->is_derived && escapes[known] != layout->escape)
        known++;
    layout_line_end_load(loading, root, false);
    layout_charset_load(loading, root, charsets);
    int escape = loading->is_derived
                     ? node_may_choice(loading->schema, root, "escape", names, known)
                     : node_want_choice(loading->schema, root, "escape", names);
    if (loading->is_derived && escape != known)
        schema_fault(loading->schema, root,
                     "`escape`: it is that of the layout that this one extends");
    /* A byte of GB18030 can look like a backslash. */
    if (escapes[escape] == LAYOUT_ESCAPE_JSON && layout->charset == LAYOUT_GB18030)
        schema_fault(loading->schema, root, "`charset`: JSON is utf-8");
    layout->escape = escapes[escape];
    layout->delimiter = ',';
}

/* "source" or "source:type". */
static void add_hole(struct making *making, struct bytes hole)
{
    struct layout_column column = {.source = ROW_BLANK};
    const uint8_t *colon = memchr(hole.data, ':', hole.len);
    size_t name_len = colon != NULL ? (size_t)(colon - hole.data) : hole.len;
    struct bytes type = bytes_text("plain");
    if (name_len >= sizeof column.name) {
        refuse(making, "expected a value that clearing knows between `{` and `}`");
        return;
    }
    memcpy(column.name, hole.data, name_len);
    int found = row_source_find(column.name);
    if (found < 0 || layout_kind_of((enum row_source)found) == LAYOUT_KIND_NOTHING) {
        schema_fault(making->loading->schema, making->node,
                     "`{%s}`: expected a value that clearing knows", column.name);
        return;
    }
    column.source = (enum row_source)found;
    if (colon != NULL)
        type = bytes_of(colon + 1, hole.len - name_len - 1);
    const char *why = layout_type_set(&column, type);
    if (why != NULL)
        schema_fault(making->loading->schema, making->node, "`{%s}`: %s", column.name, why);
    add_value(making, &column);
}

/* `{{` and `}}` stand for the brackets themselves. Returns how many bytes it took, 0 after a fault.
 */
static size_t add_bracket(struct making *making, struct bytes rest)
{
    const uint8_t *end = memchr(rest.data, '}', rest.len);
    if (rest.len > 1 && rest.data[1] == rest.data[0]) {
        add_text(making, bytes_of(rest.data, 1));
        return 2;
    }
    if (rest.data[0] == '}' || end == NULL) {
        refuse(making, "expected `{source}`, and `{{` or `}}` for a bracket");
        return 0;
    }
    add_hole(making, bytes_of(rest.data + 1, (size_t)(end - rest.data) - 1));
    return making->loading->schema->result == RESULT_OK ? (size_t)(end - rest.data) + 1 : 0;
}

static bool is_lines(const struct node *node)
{
    for (size_t i = 0; node->kind == NODE_TEXT && i < node->len; i++)
        if ((uint8_t)node->text[i] < ' ' && node->text[i] != '\n')
            return false;
    return node->kind == NODE_TEXT && node->len > 0 && node->text[node->len - 1] == '\n';
}

static void text_load_record(struct layout_loading *loading, struct node *node,
                             enum layout_record record)
{
    struct making making = make(loading, node, &loading->layout->lines[record]);
    if (!is_lines(node)) {
        refuse(&making, "expected text of whole lines, as behind `|`");
        return;
    }
    for (size_t at = 0; at < node->len;) {
        struct bytes rest = bytes_of(node->text + at, node->len - at);
        size_t plain = strcspn(node->text + at, "{}\n");
        if (plain > 0)
            add_text(&making, bytes_of(rest.data, plain));
        else if (rest.data[0] == '\n')
            add_line_end(&making);
        else
            plain = add_bracket(&making, rest);
        if (plain == 0 && rest.data[0] != '\n')
            return;
        at += plain > 0 ? plain : 1;
    }
    make_end(&making);
}

/* --- the forms -------------------------------------------------------------------------------- */

const struct layout_form layout_form_delimited = {
    .name = "delimited",
    .load = delimited_load,
    .load_record = load_columns,
    .finish = delimited_finish,
    .write = layout_text_write,
    .cut = layout_text_cut,
    .read = layout_text_read,
    .compare = layout_text_compare,
};

const struct layout_form layout_form_jsonl = {
    .name = "jsonl",
    .load = jsonl_load,
    .load_record = load_columns,
    .finish = no_finish,
    .write = layout_text_write,
    .cut = layout_text_cut,
    .read = layout_text_read,
    .compare = layout_text_compare,
};

const struct layout_form layout_form_text = {
    .name = "text",
    .load = text_load,
    .load_record = text_load_record,
    .finish = no_finish,
    .write = layout_text_write,
    .cut = layout_text_cut,
    .read = layout_text_read,
    .compare = layout_text_compare,
};
