/* Layouts of clearing files: loading and finding. Records are the forms' affair. */
#include "clearing/layout_form.h"

#include "base/doc.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EXTENDS_MAX = 4, /* a layout of a layout of ... */
    PATH_LEN_MAX = 4096,
    LINE_END_LEN_MAX = 2,
};

const char *const layout_record_names[LAYOUT_RECORDS + 1] = {"header", "detail", "trailer", NULL};
static const char *const content_names[LAYOUT_CONTENTS + 1] = {
    "issuer",          "acquirer",      "sender",      "freezes",     "position",
    "exceptions",      "acquirer_fees", "issuer_fees", "switch_fees", "packets",
    "acquirer_errors", "issuer_errors", NULL};
static const char DATE[] = "{yymmdd}"; /* in the pattern of a file's name */
enum { DATE_LEN = 6 };                 /* in the name itself */

const char *layout_content_name(enum layout_content content)
{
    MUST(content < LAYOUT_CONTENTS);
    return content_names[content];
}

/* --- loading ---------------------------------------------------------------------------------- */

static void load_column(struct schema *schema, struct node *node, struct layout_column *column,
                        size_t at)
{
    static const char *const sides[] = {"left", "right", NULL};
    const char *source = node_want_text(schema, node, "source", LAYOUT_TEXT_MAX - 1);
    const char *name = node_may_text(schema, node, "name", LAYOUT_TEXT_MAX - 1, source);
    const char *constant = node_may_text(schema, node, "value", LAYOUT_TEXT_MAX - 1, "");
    const char *pad = node_may_text(schema, node, "pad", 1, " ");
    int64_t said = node_may_int(schema, node, "at", 0, LAYOUT_LINE_MAX, (int64_t)at);
    column->width = (size_t)node_want_int(schema, node, "width", 1, LAYOUT_LINE_MAX);
    column->right = node_may_choice(schema, node, "align", sides, 0) == 1;
    node_end(schema, node);
    if (schema->result != RESULT_OK)
        return;
    int found = row_source_find(source);
    if (found < 0)
        schema_fault(schema, node, "`source`: expected a value that clearing knows, got `%s`",
                     source);
    else if (said != (int64_t)at)
        schema_fault(schema, node, "`at`: the columns before it end so that it starts at %zu", at);
    else if ((found == ROW_CONSTANT) != (constant[0] != '\0'))
        schema_fault(schema, node, "a constant, and nothing else, has a `value`");
    else if (strlen(constant) > column->width)
        schema_fault(schema, node, "`value`: expected at most %zu characters", column->width);
    column->source = found < 0 ? ROW_BLANK : (enum row_source)found;
    column->at = at;
    column->pad = pad[0];
    snprintf(column->name, sizeof column->name, "%s", name);
    snprintf(column->constant, sizeof column->constant, "%s", constant);
}

/* A processing code is only understood behind its MTI. */
static void check_kinds(struct schema *schema, const struct node *list,
                        const struct layout_line *line)
{
    bool has_mti = false;
    for (size_t i = 0; i < line->count; i++) {
        has_mti = has_mti || line->columns[i].source == ROW_MTI;
        if (line->columns[i].source == ROW_PROCESS && !has_mti)
            schema_fault(schema, list, "expected the column `mti` before `processing_code`");
    }
}

static void load_line(struct schema *schema, struct node *list, const struct layout *layout,
                      struct layout_line *line)
{
    size_t separator = strlen(layout->separator);
    *line = (struct layout_line){0};
    for (struct node *node = list->child; node != NULL && schema->result == RESULT_OK;
         node = node->next) {
        struct layout_column *column = &line->columns[line->count];
        if (line->count == LAYOUT_COLUMNS_MAX) {
            schema_fault(schema, node, "expected at most %d columns", LAYOUT_COLUMNS_MAX);
            return;
        }
        load_column(schema, node, column, line->len + (line->count > 0 ? separator : 0));
        if (schema->result != RESULT_OK)
            return;
        line->count++;
        line->len = column->at + column->width;
        if (line->len > LAYOUT_LINE_MAX - LINE_END_LEN_MAX)
            schema_fault(schema, node, "expected a line of at most %d bytes",
                         LAYOUT_LINE_MAX - LINE_END_LEN_MAX);
    }
    if (line->count == 0)
        schema_fault(schema, list, "expected at least one column");
    check_kinds(schema, list, line);
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
    }
    memcpy(line->blank + line->len, layout->line_end, strlen(layout->line_end));
}

static void check_file(struct schema *schema, struct node *root, const char *file)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *date = strstr(file, DATE);
    size_t before = strspn(file, allowed);
    const char *after = date != NULL ? date + sizeof DATE - 1 : file + before;
    bool good = file[0] != '.' && (date == NULL || date == file + before) &&
                after[strspn(after, allowed)] == '\0';
    if (!good)
        schema_fault(schema, root,
                     "`file`: expected letters, digits, `.`, `_`, `-`, not a `.` in "
                     "front, and at most one {yymmdd}");
}

static enum result load(const char *path, unsigned depth, struct layout *layout,
                        struct fault *fault);

static void load_base(struct schema *schema, struct node *root, const char *path, const char *base,
                      unsigned depth, struct layout *layout)
{
    char other[PATH_LEN_MAX];
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    int len = snprintf(other, sizeof other, "%.*s%s.yaml", folder, path, base);
    if (strchr(base, '/') != NULL || depth + 1 == EXTENDS_MAX || (size_t)len >= sizeof other)
        schema_fault(schema, root,
                     "`extends`: expected the name of a layout in this folder, at "
                     "most %d deep",
                     EXTENDS_MAX);
    else
        schema->result = load(other, depth + 1, layout, schema->fault);
}

static void load_root(struct schema *schema, struct node *root, const char *path, unsigned depth,
                      struct layout *layout)
{
    static const char *const ends[] = {"lf", "crlf", NULL};
    const char *base = node_may_text(schema, root, "extends", LAYOUT_TEXT_MAX - 1, NULL);
    if (schema->result == RESULT_OK && base != NULL)
        load_base(schema, root, path, base, depth, layout);
    const char *name = node_want_text(schema, root, "layout", LAYOUT_TEXT_MAX - 1);
    const char *file = node_want_text(schema, root, "file", LAYOUT_TEXT_MAX - 1);
    const char *separator =
        node_may_text(schema, root, "separator", sizeof layout->separator - 1, layout->separator);
    int end = node_may_choice(schema, root, "line_end", ends,
                              layout->line_end != NULL && layout->line_end[0] == '\r');
    layout->content = (enum layout_content)node_want_choice(schema, root, "content", content_names);
    if (schema->result != RESULT_OK)
        return;
    check_file(schema, root, file);
    bool is_other = strcmp(separator, layout->separator) != 0;
    snprintf(layout->name, sizeof layout->name, "%s", name);
    snprintf(layout->file, sizeof layout->file, "%s", file);
    if (is_other && base != NULL)
        schema_fault(schema, root, "`separator`: it is that of the layout that this one extends");
    else if (is_other)
        memcpy(layout->separator, separator, strlen(separator) + 1);
    layout->form = &layout_form_fixed;
    layout->line_end = end == 1 ? "\r\n" : "\n";
    for (enum layout_record record = 0; record < LAYOUT_RECORDS; record++) {
        bool is_needed = record == LAYOUT_DETAIL && base == NULL;
        struct node *list = is_needed ? node_want_list(schema, root, layout_record_names[record])
                                      : node_may_list(schema, root, layout_record_names[record]);
        if (list != NULL)
            load_line(schema, list, layout, &layout->lines[record]);
        if (schema->result == RESULT_OK)
            fill_blank(layout, &layout->lines[record]);
    }
    node_end(schema, root);
}

static enum result load(const char *path, unsigned depth, struct layout *layout,
                        struct fault *fault)
{
    struct doc *doc;
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    load_root(&schema, doc_root(doc), path, depth, layout);
    doc_free(doc);
    return schema.result;
}

enum result layout_load(const char *path, struct layout **loaded, struct fault *fault)
{
    struct layout *layout = calloc(1, sizeof *layout);
    *loaded = NULL;
    if (layout == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a layout");
    enum result result = load(path, 0, layout, fault);
    if (result != RESULT_OK) {
        layout_free(layout);
        return result;
    }
    *loaded = layout;
    return RESULT_OK;
}

void layout_free(struct layout *layout)
{
    free(layout);
}

/* --- a folder of them ------------------------------------------------------------------------- */

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* Not by the locale: the same order everywhere. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum result load_into(struct layout_set *set, const char *folder, const char *name,
                             struct fault *fault)
{
    char path[PATH_LEN_MAX];
    struct layout *layout;
    if (set->count == LAYOUTS_MAX)
        return fault_set(fault, RESULT_INPUT, "%s: expected at most %d layouts", folder,
                         LAYOUTS_MAX);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return fault_set(fault, RESULT_IO, "%s/%s: %s", folder, name, strerror(ENAMETOOLONG));
    TRY(layout_load(path, &layout, fault));
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->layouts[i]->file, layout->file) == 0) {
            layout_free(layout);
            return fault_set(fault, RESULT_INPUT, "%s: another layout writes its file too", path);
        }
    set->layouts[set->count++] = layout;
    return RESULT_OK;
}

enum result layout_set_load(const char *folder, struct layout_set *set, struct fault *fault)
{
    struct dirent **names = NULL;
    enum result result = RESULT_OK;
    *set = (struct layout_set){0};
    int count = scandir(folder, &names, is_yaml, by_bytes);
    if (count < 0)
        return fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (result == RESULT_OK)
            result = load_into(set, folder, names[i]->d_name, fault);
        free(names[i]);
    }
    free(names);
    if (result == RESULT_OK && set->count == 0)
        result = fault_set(fault, RESULT_INPUT, "%s: expected layouts, *.yaml", folder);
    if (result != RESULT_OK)
        layout_set_free(set);
    return result;
}

void layout_set_free(struct layout_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        layout_free(set->layouts[i]);
    *set = (struct layout_set){0};
}

/* --- names of files --------------------------------------------------------------------------- */

void layout_file_name(const struct layout *layout, uint32_t date, char out[LAYOUT_TEXT_MAX])
{
    const char *at = strstr(layout->file, DATE);
    if (at == NULL)
        snprintf(out, LAYOUT_TEXT_MAX, "%s", layout->file);
    else
        snprintf(out, LAYOUT_TEXT_MAX, "%.*s%06u%s", (int)(at - layout->file), layout->file,
                 date % 1000000, at + sizeof DATE - 1);
}

static bool is_named_by(const struct layout *layout, const char *file, uint32_t *yymmdd)
{
    const char *at = strstr(layout->file, DATE);
    uint64_t number = 0;
    *yymmdd = 0;
    if (at == NULL)
        return strcmp(layout->file, file) == 0;
    size_t before = (size_t)(at - layout->file);
    if (strncmp(layout->file, file, before) != 0 || strlen(file) < before + DATE_LEN ||
        !text_digits_parse(bytes_of(file + before, DATE_LEN), &number))
        return false;
    *yymmdd = (uint32_t)number;
    return strcmp(at + sizeof DATE - 1, file + before + DATE_LEN) == 0;
}

const struct layout *layout_set_find(const struct layout_set *set, const char *file,
                                     uint32_t *yymmdd)
{
    for (size_t i = 0; i < set->count; i++)
        if (is_named_by(set->layouts[i], file, yymmdd))
            return set->layouts[i];
    return NULL;
}

/* --- records ---------------------------------------------------------------------------------- */

enum result layout_write(const struct layout *layout, enum layout_record record,
                         const struct row *row, char out[LAYOUT_RECORD_MAX], size_t *len,
                         struct fault *fault)
{
    return layout->form->write(layout, record, row, out, len, fault);
}

size_t layout_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    return layout->form->cut(layout, record, ahead);
}

enum result layout_read(const struct layout *layout, enum layout_record record, struct bytes bytes,
                        struct row *row, struct fault *fault)
{
    *row = (struct row){0};
    TRY(layout->form->read(layout, record, bytes, row, fault));
    /* Each value has one form, and columns that say the same thing must agree. */
    return layout->form->compare(layout, record, bytes, row, fault);
}

enum result layout_compare(const struct layout *layout, enum layout_record record,
                           struct bytes bytes, const struct row *row, struct fault *fault)
{
    return layout->form->compare(layout, record, bytes, row, fault);
}
