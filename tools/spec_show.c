/* cardlab spec list and show: which specs there are, and one of them as a table. */
#include "base/json.h"
#include "spec.h"
#include "spec_rows.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 1, NAMES_MAX = 256, OUT_MAX = 8 << 20 };

static const struct command_option options[] = {
    {OPTION_JSON, "json", NULL, "one object a line"},
    {0},
};

static const struct command list_usage = {
    .name = "spec list",
    .arguments = "",
    .summary = "Lists the shipped message specs.",
    .options = options,
};

static const struct command show_usage = {
    .name = "spec show",
    .arguments = "NAME|PATH",
    .summary = "Shows a spec as it is after all that it extends: a row a field.",
    .options = options,
};

/* -1: go on, with *json; else the exit code. */
static int take_options(const struct command *usage, int argc, char **argv, int wanted, bool *json,
                        int *first)
{
    const char *value = NULL;
    int id;
    while ((id = command_next(usage, argc, argv, &value, first)) > 0)
        *json = true;
    if (id == COMMAND_DONE)
        return *first;
    if (argc - *first != wanted)
        return command_usage(usage, "expected %s, got %d arguments",
                             wanted == 0 ? "no arguments" : "one spec", argc - *first);
    return -1;
}

/* --- list ------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t read_names(const char *path, char *names[NAMES_MAX])
{
    size_t count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return SIZE_MAX;
    for (const struct dirent *entry; count < NAMES_MAX && (entry = readdir(folder)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (len <= 5 || strcmp(entry->d_name + len - 5, ".yaml") != 0)
            continue;
        names[count] = strndup(entry->d_name, len - 5);
        count += names[count] != NULL;
    }
    closedir(folder);
    qsort(names, count, sizeof names[0], compare_names);
    return count;
}

static int list_one(const char *name, bool json, struct strbuf *out)
{
    struct iso_spec *spec = NULL;
    struct fault fault;
    if (command_spec_load(name, &spec, &fault) != RESULT_OK)
        return command_fail(&list_usage, &fault);
    if (json) {
        struct json object = json_to(out);
        json_open_object(&object);
        json_member(&object, "name", name);
        json_member(&object, "title", iso_spec_title(spec));
        json_member(&object, "follows", iso_spec_follows(spec));
        json_member_int(&object, "bytes", (int64_t)iso_spec_size(spec));
        json_close_object(&object);
        strbuf_text(out, "\n");
    } else {
        strbuf_format(out, "%-24s %s (follows %s)\n", name, iso_spec_title(spec),
                      iso_spec_follows(spec));
    }
    iso_spec_free(spec);
    return COMMAND_GOOD;
}

int spec_list(int argc, char **argv)
{
    char path[COMMAND_PATH_MAX], *names[NAMES_MAX];
    bool json = false;
    int first, code = take_options(&list_usage, argc, argv, 0, &json, &first);
    if (code >= 0)
        return code;
    command_spec_folder("messages", path);
    size_t count = read_names(path, names);
    if (count == SIZE_MAX) {
        fprintf(stderr, "cardlab spec list: %s: %s\n", path, strerror(errno));
        return COMMAND_CANNOT;
    }
    struct strbuf out;
    strbuf_init(&out, OUT_MAX);
    code = COMMAND_GOOD;
    for (size_t i = 0; i < count; i++) {
        if (list_one(names[i], json, &out) != COMMAND_GOOD)
            code = COMMAND_CANNOT;
        free(names[i]);
    }
    if (out.len > 0)
        fwrite(out.text, 1, out.len, stdout);
    strbuf_deinit(&out);
    return code;
}

/* --- show ------------------------------------------------------------------------------------- */

static void show_json(const struct spec_rows *rows, struct strbuf *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct spec_row *row = &rows->rows[i];
        struct json object = json_to(out);
        json_open_object(&object);
        json_member_int(&object, "depth", row->depth);
        json_member(&object, row->is_header && row->depth == 0 ? "header" : "field", row->key);
        json_member(&object, "name", row->name);
        json_member(&object, "content", row->content);
        json_member(&object, "encoding", row->encoding);
        json_member_int(&object, "min", row->field->len_min);
        json_member_int(&object, "max", row->field->len_max);
        json_member(&object, "prefix", row->prefix);
        json_member(&object, "padding", row->padding);
        json_member(&object, "mask", spec_mask_name(row->field));
        json_member(&object, "sub-fields", row->holds);
        json_close_object(&object);
        strbuf_text(out, "\n");
    }
}

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((uint8_t)*text & 0xC0) != 0x80;
    return width;
}

static void put_cell(struct strbuf *out, const char *text, size_t width)
{
    size_t own = width_of(text);
    strbuf_format(out, "%s%*s", text, (int)(own < width ? width - own + 2 : 2), "");
}

static void show_table(const struct iso_spec *spec, const struct spec_rows *rows,
                       struct strbuf *out)
{
    static const char *const heads[] = {"field",  "name",   "content", "encoding",
                                        "length", "prefix", "padding"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    size_t widths[COLUMNS];
    char front[160];
    spec_front_words(spec, front, sizeof front);
    strbuf_format(out, "%s: %s\nfollows %s\n%s\n\n", iso_spec_name(spec), iso_spec_title(spec),
                  iso_spec_follows(spec), front);
    for (int c = 0; c < COLUMNS; c++)
        widths[c] = strlen(heads[c]);
    for (size_t i = 0; i < rows->count; i++) {
        const struct spec_row *row = &rows->rows[i];
        const char *cells[COLUMNS] = {row->key,    row->name,   row->content, row->encoding,
                                      row->length, row->prefix, row->padding};
        for (int c = 0; c < COLUMNS; c++) {
            size_t width = width_of(cells[c]) + (c == 0 ? 2 * row->depth : 0);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (int c = 0; c < COLUMNS; c++)
        put_cell(out, heads[c], widths[c]);
    strbuf_text(out, "\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct spec_row *row = &rows->rows[i];
        const char *cells[COLUMNS] = {row->key,    row->name,   row->content, row->encoding,
                                      row->length, row->prefix, row->padding};
        strbuf_format(out, "%*s", (int)(2 * row->depth), "");
        put_cell(out, cells[0], widths[0] - 2 * row->depth);
        for (int c = 1; c < COLUMNS; c++)
            put_cell(out, cells[c], widths[c]);
        if (row->field->mask != ISO_MASK_NONE)
            strbuf_format(out, "mask %s; ", spec_mask_name(row->field));
        strbuf_text(out, row->holds);
        while (out->len > 0 && (out->text[out->len - 1] == ' ' || out->text[out->len - 1] == ';'))
            out->text[--out->len] = '\0';
        strbuf_text(out, "\n");
    }
}

int spec_show(int argc, char **argv)
{
    struct iso_spec *spec = NULL;
    struct spec_rows rows = {0};
    struct fault fault;
    bool json = false;
    int first, code = take_options(&show_usage, argc, argv, 1, &json, &first);
    if (code >= 0)
        return code;
    struct strbuf out;
    strbuf_init(&out, OUT_MAX);
    if (command_spec_load(argv[first], &spec, &fault) == RESULT_OK &&
        spec_rows_make(spec, &rows, &fault) == RESULT_OK) {
        if (json)
            show_json(&rows, &out);
        else
            show_table(spec, &rows, &out);
        if (out.len > 0)
            fwrite(out.text, 1, out.len, stdout);
        code = COMMAND_GOOD;
    } else {
        code = command_fail(&show_usage, &fault);
    }
    spec_rows_free(&rows);
    iso_spec_free(spec);
    strbuf_deinit(&out);
    return code;
}
