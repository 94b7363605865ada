/* The description of clearing files: loading a layout, and the way to its form. Sets of layouts are
 * layout_set.c, what columns have in common layout_column.c, writing layout_put.c. */
#include "clearing/layout_form.h"
#include "clearing/manifest.h"
#include "clearing/report.h"
#include "iso8583/iso8583.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EXTENDS_MAX = 4, /* a layout of a layout of ... */
    PATH_LEN_MAX = 4096,
};

const char *const layout_record_names[LAYOUT_RECORDS + 1] = {"header", "detail", "trailer", NULL};
static const char *const content_names[LAYOUT_CONTENTS + 1] = {
    "issuer",          "acquirer",      "sender",      "freezes",     "position",
    "exceptions",      "acquirer_fees", "issuer_fees", "switch_fees", "packets",
    "acquirer_errors", "issuer_errors", NULL};
static const struct layout_form *const forms[] = {&layout_form_fixed, &layout_form_delimited,
                                                  &layout_form_jsonl, &layout_form_text,
                                                  &layout_form_iso8583};
enum { FORMS = sizeof forms / sizeof forms[0] };

const char *layout_content_name(enum layout_content content)
{
    MUST(content < LAYOUT_CONTENTS);
    return content_names[content];
}

/* --- loading ---------------------------------------------------------------------------------- */

static void check_file(struct schema *schema, struct node *root, const char *file)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    static const char *const taken[] = {MANIFEST_NAME, MANIFEST_SIGNATURE_NAME, REPORT_NAME_TEXT,
                                        REPORT_NAME_HTML};
    const char *date = strstr(file, LAYOUT_DATE);
    size_t before = strspn(file, allowed);
    const char *after = date != NULL ? date + sizeof LAYOUT_DATE - 1 : file + before;
    bool good = file[0] != '.' && (date == NULL || date == file + before) &&
                after[strspn(after, allowed)] == '\0';
    if (!good)
        schema_fault(schema, root,
                     "`file`: expected letters, digits, `.`, `_`, `-`, not a `.` in "
                     "front, and at most one {yymmdd}");
    for (size_t i = 0; good && i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(file, taken[i]) == 0)
            schema_fault(schema, root, "`file`: every party has a file of that name already");
}

static enum result load(const char *path, unsigned depth, struct layout *layout,
                        struct fault *fault);

static void load_base(struct layout_loading *loading, struct node *root, const char *base,
                      unsigned depth)
{
    struct schema *schema = loading->schema;
    char other[PATH_LEN_MAX];
    const char *slash = strrchr(loading->path, '/');
    int folder = slash != NULL ? (int)(slash - loading->path) + 1 : 0;
    int len = snprintf(other, sizeof other, "%.*s%s.yaml", folder, loading->path, base);
    if (base[0] == '/' || depth + 1 == EXTENDS_MAX || (size_t)len >= sizeof other)
        schema_fault(schema, root,
                     "`extends`: expected the name of a layout, by its path from this folder, at "
                     "most %d deep",
                     EXTENDS_MAX);
    else
        schema->result = load(other, depth + 1, loading->layout, schema->fault);
}

static void load_form(struct layout_loading *loading, struct node *root)
{
    const char *names[FORMS + 1] = {NULL};
    int known = 0;
    for (int i = 0; i < FORMS; i++) {
        names[i] = forms[i]->name;
        if (forms[i] == loading->layout->form)
            known = i;
    }
    int said = node_may_choice(loading->schema, root, "form", names, known);
    if (loading->is_derived && said != known)
        schema_fault(loading->schema, root,
                     "`form`: it is that of the layout that this one extends");
    loading->layout->form = forms[said];
}

static void load_records(struct layout_loading *loading, struct node *root)
{
    struct layout *layout = loading->layout;
    for (enum layout_record record = 0; record < LAYOUT_RECORDS; record++) {
        struct node *node = node_find(root, layout_record_names[record]);
        if (loading->schema->result != RESULT_OK)
            return;
        if (node == NULL && (record != LAYOUT_DETAIL || loading->is_derived))
            continue;
        if (node == NULL) {
            schema_fault(loading->schema, root, "expected the record `detail`");
            return;
        }
        layout->lines[record] = (struct layout_line){.is_given = true};
        layout->form->load_record(loading, node, record);
    }
}

static void load_root(struct layout_loading *loading, struct node *root, unsigned depth)
{
    struct schema *schema = loading->schema;
    struct layout *layout = loading->layout;
    const char *base = node_may_text(schema, root, "extends", LAYOUT_TEXT_MAX - 1, NULL);
    loading->is_derived = base != NULL;
    if (schema->result == RESULT_OK && base != NULL)
        load_base(loading, root, base, depth);
    const char *name = node_want_text(schema, root, "layout", LAYOUT_TEXT_MAX - 1);
    const char *file = node_want_text(schema, root, "file", LAYOUT_TEXT_MAX - 1);
    layout->content = (enum layout_content)node_want_choice(schema, root, "content", content_names);
    if (schema->result == RESULT_OK)
        load_form(loading, root);
    if (schema->result != RESULT_OK)
        return;
    check_file(schema, root, file);
    snprintf(layout->name, sizeof layout->name, "%s", name);
    snprintf(layout->file, sizeof layout->file, "%s", file);
    layout->form->load(loading, root);
    load_records(loading, root);
    if (schema->result == RESULT_OK)
        layout->form->finish(loading, root);
    if (layout->literals.bad)
        schema_fault(schema, root, "expected at most %d bytes of fixed text", LAYOUT_LITERALS_MAX);
    node_end(schema, root);
}

static enum result load(const char *path, unsigned depth, struct layout *layout,
                        struct fault *fault)
{
    struct doc *doc;
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct layout_loading loading = {.schema = &schema, .path = path, .layout = layout};
    load_root(&loading, doc_root(doc), depth);
    doc_free(doc);
    return schema.result;
}

/* What does not fit the samples may fit what there is to write: the cut will tell. */
static enum result check_probe(const char *path, struct layout *layout, struct fault *fault)
{
    struct fault why = {RESULT_OK, ""};
    enum layout_record record;
    if (layout_probe(layout, &record, &why) != RESULT_INPUT)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "%s: what it writes as %s could not be read back: %.200s",
                     path, layout_record_names[record], why.text);
}

enum result layout_load(const char *path, struct layout **loaded, struct fault *fault)
{
    struct layout *layout = calloc(1, sizeof *layout);
    *loaded = NULL;
    if (layout == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a layout");
    strbuf_init(&layout->literals, LAYOUT_LITERALS_MAX);
    enum result result = load(path, 0, layout, fault);
    if (result == RESULT_OK)
        result = check_probe(path, layout, fault);
    if (result != RESULT_OK) {
        layout_free(layout);
        return result;
    }
    *loaded = layout;
    return RESULT_OK;
}

void layout_free(struct layout *layout)
{
    if (layout == NULL)
        return;
    strbuf_deinit(&layout->literals);
    iso_spec_free(layout->spec);
    free(layout);
}

/* --- reading ---------------------------------------------------------------------------------- */

enum result layout_refuse(struct layout_fault *why, size_t at, const char *format, ...)
{
    char text[FAULT_TEXT_MAX];
    size_t start = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    why->line = 0;
    for (size_t i = 0; !why->is_binary && i < at && i < why->record.len; i++)
        if (why->record.data[i] == '\n') {
            why->line++;
            start = i + 1;
        }
    return fault_set(why->fault, RESULT_INPUT, "byte %zu: %s", at - start, text);
}

bool layout_tells(const struct layout *layout, enum layout_record record, enum row_source source)
{
    const struct layout_line *line = &layout->lines[record];
    for (size_t i = 0; i < line->count; i++)
        if (line->columns[i].source == source)
            return true;
    return false;
}

size_t layout_cut(const struct layout *layout, enum layout_record record, struct bytes ahead)
{
    return layout->form->cut(layout, record, ahead);
}

bool layout_is_end(const struct layout *layout, struct bytes rest)
{
    size_t end = layout->form->has_end ? LAYOUT_END_LEN : 0;
    if (rest.len < end || (!layout->is_blocked && rest.len > end) ||
        rest.len >= end + LAYOUT_BLOCK_FILLED)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i] != (i < end ? 0 : LAYOUT_FILLING))
            return false;
    return true;
}

enum result layout_read(const struct layout *layout, enum layout_record record, struct bytes bytes,
                        struct row *row, size_t *line, struct fault *fault)
{
    struct layout_fault why = {.record = bytes, .is_binary = layout->form->has_end, .fault = fault};
    *row = (struct row){0};
    enum result result = layout->form->read(layout, record, bytes, row, &why);
    /* Each value has one form, and columns that say the same thing must agree. */
    if (result == RESULT_OK)
        result = layout->form->compare(layout, record, bytes, row, &why);
    *line = why.line;
    return result;
}

enum result layout_read_next(const struct layout *layout, enum layout_record record,
                             struct bytes bytes, struct layout_before *before, struct row *row,
                             size_t *line, struct fault *fault)
{
    if (layout->form->take == NULL || !layout->form->take(layout, record, bytes, before, row)) {
        before->len = 0;
        return layout_read(layout, record, bytes, row, line, fault);
    }
    memcpy(before->bytes, bytes.data, bytes.len);
    before->len = bytes.len;
    return RESULT_OK;
}

enum result layout_compare(const struct layout *layout, enum layout_record record,
                           struct bytes bytes, const struct row *row, size_t *line,
                           struct fault *fault)
{
    struct layout_fault why = {.record = bytes, .is_binary = layout->form->has_end, .fault = fault};
    enum result result = layout->form->compare(layout, record, bytes, row, &why);
    *line = why.line;
    return result;
}
