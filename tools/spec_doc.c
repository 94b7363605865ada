/* cardlab spec doc: a page about a spec for people, in one file. */
#include "spec.h"
#include "spec_rows.h"

#include <string.h>

enum { OPTION_FORMAT = 1, OUT_MAX = 16 << 20 };

static const struct command_option options[] = {
    {OPTION_FORMAT, "format", "FORMAT", "markdown (default) or html"},
    {0},
};

static const struct command usage = {
    .name = "spec doc",
    .arguments = "NAME|PATH",
    .summary = "Prints a page about a spec: its elements with sub-fields, and what codes mean.",
    .options = options,
};

struct page {
    const struct iso_spec *spec;
    struct spec_rows rows;
    struct strbuf out;
    bool html;
};

/* What a name holds must not be taken for the page's own signs. */
static void put_text(struct page *page, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (page->html && *at == '&')
            strbuf_text(&page->out, "&amp;");
        else if (page->html && *at == '<')
            strbuf_text(&page->out, "&lt;");
        else if (page->html && *at == '"')
            strbuf_text(&page->out, "&quot;");
        else {
            if (!page->html && strchr("|*_<`\\[", *at) != NULL)
                strbuf_text(&page->out, "\\");
            strbuf_add(&page->out, at, 1);
        }
    }
}

static void put_heading(struct page *page, int level, const char *text)
{
    if (page->html)
        strbuf_format(&page->out, "<h%d>", level);
    else
        strbuf_format(&page->out, "%s%.*s ", page->out.len > 0 ? "\n" : "", level, "####");
    put_text(page, text);
    if (page->html)
        strbuf_format(&page->out, "</h%d>\n", level);
    else
        strbuf_text(&page->out, "\n\n");
}

static void put_row(struct page *page, bool head, const char *const *cells, size_t count)
{
    strbuf_text(&page->out, page->html ? "<tr>" : "|");
    for (size_t i = 0; i < count; i++) {
        strbuf_text(&page->out, !page->html ? " " : head ? "<th>" : "<td>");
        put_text(page, cells[i]);
        strbuf_text(&page->out, !page->html ? " |" : head ? "</th>" : "</td>");
    }
    strbuf_text(&page->out, page->html ? "</tr>\n" : "\n");
    if (!head || page->html)
        return;
    strbuf_text(&page->out, "|");
    for (size_t i = 0; i < count; i++)
        strbuf_text(&page->out, "---|");
    strbuf_text(&page->out, "\n");
}

static void put_table_end(struct page *page)
{
    strbuf_text(&page->out, page->html ? "</table>\n" : "");
}

static void put_fields(struct page *page, bool header)
{
    static const char *const heads[] = {"field",  "name",   "content", "encoding",
                                        "length", "prefix", "padding", "remarks"};
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    strbuf_text(&page->out, page->html ? "<table>\n" : "");
    put_row(page, true, heads, COLUMNS);
    for (size_t i = 0; i < page->rows.count; i++) {
        const struct spec_row *row = &page->rows.rows[i];
        const char *mask = spec_mask_name(row->field);
        char key[64], remarks[160];
        size_t len = 0;
        if (row->is_header != header)
            continue;
        for (unsigned d = 0; d < row->depth && len + 8 < sizeof key; d++)
            len += (size_t)snprintf(key + len, sizeof key - len, "\xC2\xB7 ");
        snprintf(key + len, sizeof key - len, "%s", row->key);
        snprintf(remarks, sizeof remarks, "%s%s%s%s%s%s", row->holds,
                 row->holds[0] != '\0' && mask[0] != '\0' ? "; " : "",
                 mask[0] != '\0' ? "shown as " : "", mask,
                 (row->field->flags & ISO_FIELD_OPTIONAL) != 0 ? "; may be absent" : "",
                 row->field->code_count > 0 ? "; codes below" : "");
        const char *shown = strncmp(remarks, "; ", 2) == 0 ? remarks + 2 : remarks;
        const char *cells[COLUMNS] = {key,         row->name,   row->content, row->encoding,
                                      row->length, row->prefix, row->padding, shown};
        put_row(page, false, cells, COLUMNS);
    }
    put_table_end(page);
}

/* "48.AS.HB": the keys of the rows around, down to this one. */
static void path_of(const struct spec_rows *rows, size_t index, char *out, size_t size)
{
    const char *keys[ISO_PARTS_DEPTH_MAX + 2] = {NULL};
    unsigned depth = rows->rows[index].depth, want = depth;
    size_t len = 0;
    for (size_t i = index + 1; i-- > 0 && want != UINT32_MAX;)
        if (rows->rows[i].depth == want) {
            keys[want] = rows->rows[i].key;
            want--;
        }
    for (unsigned d = 0; d <= depth && len < size; d++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", d > 0 ? "." : "",
                                keys[d] != NULL ? keys[d] : "");
}

static void put_codes(struct page *page)
{
    static const char *const heads[] = {"value", "meaning"};
    bool any = false;
    for (size_t i = 0; i < page->rows.count; i++) {
        const struct spec_row *row = &page->rows.rows[i];
        char path[256], title[512];
        if (row->field->code_count == 0)
            continue;
        if (!any)
            put_heading(page, 2, "Codes");
        any = true;
        path_of(&page->rows, i, path, sizeof path);
        snprintf(title, sizeof title, "%s %s", path, row->name);
        put_heading(page, 3, title);
        strbuf_text(&page->out, page->html ? "<table>\n" : "");
        put_row(page, true, heads, 2);
        for (unsigned c = 0; c < row->field->code_count; c++) {
            const struct iso_code *code = &page->spec->codes[row->field->code_first + c];
            const char *cells[2] = {page->spec->text + code->value,
                                    page->spec->text + code->meaning};
            put_row(page, false, cells, 2);
        }
        put_table_end(page);
    }
}

static void put_page(struct page *page)
{
    char front[160];
    spec_front_words(page->spec, front, sizeof front);
    if (page->html) {
        strbuf_text(&page->out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                                "<title>");
        put_text(page, iso_spec_name(page->spec));
        strbuf_text(&page->out, "</title>\n<style>body{font:15px/1.4 sans-serif;margin:2em}"
                                "table{border-collapse:collapse}td,th{border:1px solid #bbb;"
                                "padding:.2em .5em;text-align:left;vertical-align:top}"
                                "th{background:#eee}</style>\n");
    }
    put_heading(page, 1, iso_spec_name(page->spec));
    strbuf_text(&page->out, page->html ? "<p>" : "");
    put_text(page, iso_spec_title(page->spec));
    strbuf_text(&page->out, ". Follows ");
    put_text(page, iso_spec_follows(page->spec));
    strbuf_text(&page->out, page->html ? ".</p>\n<p>" : ".\n\n");
    put_text(page, front);
    strbuf_text(&page->out, page->html ? ".</p>\n" : ".\n");
    if (page->spec->header_len > 0) {
        put_heading(page, 2, "Header");
        put_fields(page, true);
    }
    put_heading(page, 2, "Data elements");
    put_fields(page, false);
    put_codes(page);
    if (page->html)
        strbuf_text(&page->out, "</html>\n");
}

int spec_doc(int argc, char **argv)
{
    struct page page = {0};
    struct iso_spec *spec = NULL;
    struct fault fault;
    const char *value = NULL;
    int first = 0, id, code = COMMAND_GOOD;
    while ((id = command_next(&usage, argc, argv, &value, &first)) > 0) {
        page.html = strcmp(value, "html") == 0;
        if (!page.html && strcmp(value, "markdown") != 0)
            return command_usage(&usage, "--format: expected markdown or html, got %s", value);
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&usage, "expected one spec, got %d", argc - first);
    strbuf_init(&page.out, OUT_MAX);
    if (command_spec_load(argv[first], &spec, &fault) == RESULT_OK &&
        spec_rows_make(spec, &page.rows, &fault) == RESULT_OK) {
        page.spec = spec;
        put_page(&page);
        if (page.out.len > 0)
            fwrite(page.out.text, 1, page.out.len, stdout);
    } else {
        code = command_fail(&usage, &fault);
    }
    spec_rows_free(&page.rows);
    strbuf_deinit(&page.out);
    iso_spec_free(spec);
    return code;
}
