/* cardlab spec lint: every fault of a spec file, and what is odd in one that can be loaded.
 *
 * The reader stops at the first fault. To find the next, the element with the fault is taken out of
 * the way - a plain field stands in its place - and the file is read once more. */
#include "base/doc.h"
#include "base/json.h"
#include "iso8583/spec_draft.h"
#include "spec.h"
#include "spec_rows.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 1, FAULTS_MAX = ISO_DE_MAX + 8, LINT_LEN_MAX = DOC_LEN_MAX };

static const struct command_option options[] = {
    {OPTION_JSON, "json", NULL, "one object a finding"},
    {0},
};

static const struct command usage = {
    .name = "spec lint",
    .arguments = "FILE|NAME",
    .summary = "Says what is wrong in a spec file, with file, line and column, and what is odd.",
    .details = "Exits 1 when something is wrong; warnings alone are no reason.",
    .options = options,
};

struct lint {
    struct doc *doc;
    bool json;
    unsigned faults, warnings;
    struct strbuf out;
};

static void put_finding(struct lint *lint, const char *kind, const char *text)
{
    if (lint->json) {
        struct json json = json_to(&lint->out);
        json_open_object(&json);
        json_member(&json, kind, text);
        json_close_object(&json);
        strbuf_text(&lint->out, "\n");
    } else if (strcmp(kind, "warning") == 0) {
        strbuf_format(&lint->out, "%s (warning)\n", text);
    } else {
        strbuf_format(&lint->out, "%s\n", text);
    }
}

/* --- faults ----------------------------------------------------------------------------------- */

static struct node *fields_of(struct doc *doc)
{
    struct node *root = doc_root(doc);
    return root->kind == NODE_MAP ? node_find(root, "fields") : NULL;
}

/* The element that holds this line of the file: the last that begins on it or above. */
static struct node *element_at(struct doc *doc, unsigned line, unsigned column)
{
    struct node *fields = fields_of(doc), *found = NULL;
    if (fields == NULL || fields->kind != NODE_MAP)
        return NULL;
    for (struct node *at = fields->child; at != NULL; at = at->next)
        if (at->key_line < line || (at->key_line == line && at->key_column <= column))
            found = at;
    /* Behind the elements other keys may follow. */
    const struct node *root = doc_root(doc);
    for (const struct node *at = root->child; at != NULL && found != NULL; at = at->next)
        if (at != fields && at->key_line > found->key_line && at->key_line <= line)
            found = NULL;
    return found;
}

/* Puts a plain field in the place of one that cannot be read. False when it is that already. */
static bool replace(struct node *element, struct node plain[3])
{
    static const char *const keys[3] = {"name", "content", "length"};
    static const char *const values[3] = {"replaced", "ans", "1"};
    if (element->kind == NODE_MAP && element->child == plain)
        return false;
    for (int i = 0; i < 3; i++)
        plain[i] = (struct node){.kind = NODE_TEXT,
                                 .line = element->line,
                                 .column = element->column,
                                 .text = values[i],
                                 .len = strlen(values[i]),
                                 .key = keys[i],
                                 .next = i < 2 ? &plain[i + 1] : NULL};
    element->kind = NODE_MAP;
    element->child = plain;
    element->len = 3;
    return true;
}

/* Every fault; on return *spec is the spec when there was none. */
static enum result find_faults(struct lint *lint, const char *folder, struct iso_spec **spec)
{
    static struct node plain[FAULTS_MAX][3];
    char shipped[COMMAND_PATH_MAX];
    const char *name = doc_name(lint->doc);
    size_t len = strlen(name);
    command_spec_folder("messages", shipped);
    for (unsigned i = 0; i < FAULTS_MAX; i++) {
        struct fault fault = {.text = ""};
        unsigned line = 0, column = 0;
        struct node *element = NULL;
        enum result result = spec_of_doc(lint->doc, folder, shipped, spec, &fault);
        if (result == RESULT_OK && lint->faults == 0)
            return RESULT_OK;
        iso_spec_free(*spec);
        *spec = NULL;
        if (result == RESULT_OK)
            return RESULT_INPUT;
        put_finding(lint, "error", fault.text);
        lint->faults++;
        if (strncmp(fault.text, name, len) == 0 &&
            sscanf(fault.text + len, ":%u:%u:", &line, &column) == 2)
            element = element_at(lint->doc, line, column);
        if (element == NULL || !replace(element, plain[i]))
            return RESULT_INPUT;
    }
    return RESULT_INPUT;
}

/* --- what is odd ------------------------------------------------------------------------------ */

static void warn(struct lint *lint, const struct node *at, const char *path, const char *text)
{
    char line[512];
    if (at != NULL)
        snprintf(line, sizeof line, "%s:%u:%u: %s%s%s", doc_name(lint->doc), at->key_line,
                 at->key_column, path, path[0] != '\0' ? ": " : "", text);
    else
        snprintf(line, sizeof line, "%s: %s%s%s", doc_name(lint->doc), path,
                 path[0] != '\0' ? ": " : "", text);
    put_finding(lint, "warning", line);
    lint->warnings++;
}

static bool is_in(const char *number, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(number, *list) == 0)
            return true;
    return false;
}

/* Two patterns that fit the same value. */
static bool codes_overlap(const char *a, const char *b)
{
    if (strlen(a) != strlen(b))
        return false;
    for (; *a != '\0'; a++, b++)
        if (*a != *b && *a != 'x' && *b != 'x')
            return false;
    return true;
}

static void check_codes(struct lint *lint, const struct iso_spec *spec, const struct spec_row *row,
                        const struct node *at, const char *path)
{
    char text[256];
    for (unsigned i = 0; i < row->field->code_count; i++) {
        const char *value = spec->text + spec->codes[row->field->code_first + i].value;
        if (strlen(value) < row->field->len_min || strlen(value) > row->field->len_max) {
            snprintf(text, sizeof text, "code `%.40s` has another length than the field", value);
            warn(lint, at, path, text);
        }
        for (unsigned k = 0; k < i; k++) {
            const char *other = spec->text + spec->codes[row->field->code_first + k].value;
            if (codes_overlap(value, other) && strchr(value, 'x') == NULL) {
                snprintf(text, sizeof text, "code `%.40s` stands behind `%.40s`, which fits it too",
                         value, other);
                warn(lint, at, path, text);
            }
        }
    }
}

static void check_tag(struct lint *lint, const struct spec_row *around, const struct spec_row *row,
                      const struct node *at, const char *path)
{
    unsigned layout = around->field->layout;
    bool tagged = layout == ISO_LAYOUT_TLV || layout == ISO_LAYOUT_USAGE;
    if (layout == ISO_LAYOUT_BER) {
        unsigned first = (unsigned)strtoul((char[]){row->key[0], row->key[1], '\0'}, NULL, 16);
        bool constructed = (first & 0x20) != 0, parts = row->field->layout != ISO_LAYOUT_NONE;
        if (parts && !constructed)
            warn(lint, at, path, "sub-fields in a tag whose class says that it has none");
    }
    if ((tagged || layout == ISO_LAYOUT_BER) && row->field->encoding != ISO_ENCODING_BCD &&
        around->field->encoding != ISO_ENCODING_BCD && row->field->prefix.width == 0 &&
        row->field->len_min > around->field->len_max)
        warn(lint, at, path, "it is longer than the field around it can be");
}

static void check_row(struct lint *lint, const struct iso_spec *spec, const struct spec_row *row,
                      const struct spec_row *around, const struct node *at, const char *path)
{
    static const char *const cards[] = {"2", "35", "36", "45", "52", NULL};
    if (row->name[0] == '\0' && row->depth > 0)
        warn(lint, at, path, "it has no name");
    if (row->depth == 0 && !row->is_header && row->field->mask == ISO_MASK_NONE &&
        row->field->layout == ISO_LAYOUT_NONE && is_in(row->key, cards))
        warn(lint, at, path, "card data without a `mask`: it will be shown and logged");
    if (around != NULL)
        check_tag(lint, around, row, at, path);
    check_codes(lint, spec, row, at, path);
    if (row->field->layout != ISO_LAYOUT_NONE && row->field->part_count == 0 &&
        row->field->layout != ISO_LAYOUT_BER)
        warn(lint, at, path, "sub-fields of which none is described");
}

static void check_whole(struct lint *lint, const struct iso_spec *spec)
{
    if (iso_spec_title(spec)[0] == '\0')
        warn(lint, NULL, "", "no `title`");
    if (iso_spec_follows(spec)[0] == '\0')
        warn(lint, NULL, "", "no `follows`: which version of which document is this");
    if (spec->bitmaps_max == 3 && spec->defined[2] == 0)
        warn(lint, NULL, "", "three bitmaps, but no element above 128");
    if (spec->bitmaps_max == 2 && (spec->defined[1] & 1) != 0)
        warn(lint, NULL, "DE 65",
             "hosts with three bitmaps take its bit for the sign of the third; here it is an "
             "element");
}

/* The field with this key, for its place; NULL when a file below has it. */
static const struct node *node_of(struct lint *lint, const char *key)
{
    const struct node *fields = fields_of(lint->doc);
    for (const struct node *at = fields != NULL && fields->kind == NODE_MAP ? fields->child : NULL;
         at != NULL; at = at->next)
        if (strcmp(at->key, key) == 0)
            return at;
    return NULL;
}

static void find_oddities(struct lint *lint, const struct iso_spec *spec,
                          const struct spec_rows *rows)
{
    const struct spec_row *open[ISO_PARTS_DEPTH_MAX + 2] = {NULL};
    check_whole(lint, spec);
    for (size_t i = 0; i < rows->count; i++) {
        const struct spec_row *row = &rows->rows[i];
        char path[256];
        size_t len = 0;
        open[row->depth] = row;
        for (unsigned d = 0; d <= row->depth && len < sizeof path; d++)
            len += (size_t)snprintf(path + len, sizeof path - len, "%s%s",
                                    d > 0                ? "."
                                    : open[0]->is_header ? "header."
                                                         : "DE ",
                                    open[d]->key);
        check_row(lint, spec, row, row->depth > 0 ? open[row->depth - 1] : NULL,
                  open[0]->is_header ? NULL : node_of(lint, open[0]->key), path);
    }
}

/* --- the command ------------------------------------------------------------------------------ */

static int finish(struct lint *lint)
{
    if (!lint->json && lint->faults + lint->warnings == 0)
        strbuf_format(&lint->out, "%s: nothing to say against it\n", doc_name(lint->doc));
    if (lint->out.len > 0)
        fwrite(lint->out.text, 1, lint->out.len, stdout);
    return lint->faults > 0 ? COMMAND_NO : COMMAND_GOOD;
}

static int run(struct lint *lint, const char *name)
{
    char path[COMMAND_PATH_MAX], folder[COMMAND_PATH_MAX];
    struct iso_spec *spec = NULL;
    struct spec_rows rows = {0};
    struct fault fault;
    int code = COMMAND_NO;
    command_spec_path("messages", name, path);
    enum result result = doc_load(path, &lint->doc, &fault);
    if (result == RESULT_IO)
        return command_fail(&usage, &fault);
    if (result != RESULT_OK) {
        put_finding(lint, "error", fault.text);
        fwrite(lint->out.text, 1, lint->out.len, stdout);
        return COMMAND_NO;
    }
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    else
        snprintf(folder, sizeof folder, ".");
    if (find_faults(lint, folder, &spec) == RESULT_OK) {
        if (spec_rows_make(spec, &rows, &fault) != RESULT_OK)
            code = command_fail(&usage, &fault);
        else
            find_oddities(lint, spec, &rows);
    }
    if (code != COMMAND_CANNOT)
        code = finish(lint);
    spec_rows_free(&rows);
    iso_spec_free(spec);
    return code;
}

int spec_lint(int argc, char **argv)
{
    struct lint lint = {0};
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&usage, argc, argv, &value, &first)) > 0)
        lint.json = true;
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&usage, "expected one file, got %d", argc - first);
    strbuf_init(&lint.out, LINT_LEN_MAX);
    int code = run(&lint, argv[first]);
    strbuf_deinit(&lint.out);
    doc_free(lint.doc);
    return code;
}
