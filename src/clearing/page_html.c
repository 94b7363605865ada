/* A page as HTML: one file with its style and its plots inside, light and dark, on screen and
 * paper.
 *
 * It is XML as well (every element is closed), so that any parser can say whether it is whole. */
#include "clearing/page_form.h"

#include "base/text.h"

#include <inttypes.h>

enum {
    BAR_WIDTH = 200, /* of a bar in a table, in pixels */
    BAR_HEIGHT = 12,
    PLOT_WIDTH = 760,
    PLOT_HEIGHT = 234,
    PLOT_LEFT = 56, /* for the numbers of the axis */
    PLOT_TOP = 18,
    PLOT_BOTTOM = 38,
    GRID_LINES = 4,
};

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--ink:#1b2129;--soft:#59636f;--line:#d6dce3;"
    "--panel:#f4f6f8;--bar:#2a6db0;--pays:#b4541a}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#14181d;--ink:#e5e9ee;--soft:#9aa5b1;"
    "--line:#343c46;--panel:#1c2229;--bar:#6fb0ee;--pays:#eb9f65}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;"
    "font-variant-numeric:tabular-nums}\n"
    "main{max-width:960px;margin:0 auto;padding:32px 24px 48px}\n"
    "header{border-bottom:3px solid var(--ink);padding-bottom:12px}\n"
    "h1{font-size:26px;line-height:1.2;margin:0}\n"
    "header p{margin:6px 0 0;color:var(--soft)}\n"
    "h2{font-size:18px;margin:36px 0 10px;border-bottom:1px solid var(--line);padding-bottom:4px}\n"
    "p{margin:8px 0;max-width:75ch}\n"
    ".headline{font-size:21px;font-weight:600;margin:20px 0;max-width:none}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:12px;"
    "margin:12px 0}\n"
    ".figures div{background:var(--panel);border:1px solid var(--line);border-radius:6px;"
    "padding:10px 14px}\n"
    ".figures dt{color:var(--soft);font-size:13px}\n"
    ".figures dd{margin:0;font-size:22px;font-weight:600;line-height:1.35}\n"
    ".figures dd.note{font-size:13px;font-weight:400;color:var(--soft)}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;margin:14px 0;width:100%}\n"
    "caption{text-align:left;font-weight:600;padding-bottom:6px}\n"
    "th,td{padding:5px 12px 5px 0;text-align:left;vertical-align:middle}\n"
    "th:last-child,td:last-child{padding-right:0}\n"
    "thead th,thead td{border-bottom:1px solid var(--ink);font-size:13px;font-weight:600;"
    "color:var(--soft);vertical-align:bottom}\n"
    "tbody th,tbody td{border-bottom:1px solid var(--line);font-weight:400}\n"
    ".r{text-align:right;white-space:nowrap}\n"
    "td.bar{width:200px}\n"
    "svg{display:block;max-width:100%}\n"
    "rect{fill:var(--bar)}\n"
    "rect.pays{fill:var(--pays)}\n"
    "line{stroke:var(--line);stroke-width:1}\n"
    "line.axis{stroke:var(--soft)}\n"
    "text{fill:var(--soft);font-size:12px}\n"
    "text.value{fill:var(--ink);font-size:11px;paint-order:stroke;stroke:var(--page);"
    "stroke-width:3px}\n"
    ".terms dt{font-weight:600;margin-top:10px}\n"
    ".terms dd{margin:0 0 0 24px;max-width:75ch}\n"
    "figure{margin:14px 0}\n"
    "figcaption{font-weight:600;padding-bottom:6px}\n"
    ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);"
    "white-space:nowrap}\n"
    "footer{margin-top:40px;border-top:1px solid var(--line);padding-top:10px;color:var(--soft);"
    "font-size:13px}\n"
    "@page{size:A4;margin:16mm 14mm}\n"
    "@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#fff;"
    "--bar:#2a6db0;--pays:#b4541a}body{font-size:10.5pt}main{max-width:none;padding:0}"
    "h2{break-after:avoid}.wide{overflow:visible}tr,figure,.figures div{break-inside:avoid}"
    "thead{display:table-header-group}"
    "rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

/* --- text ------------------------------------------------------------------------------------- */

/* Clean text, as the content of an element or of an attribute in quotes. */
static void add_escaped(struct strbuf *out, struct bytes clean)
{
    for (size_t i = 0; i < clean.len; i++) {
        switch (clean.data[i]) {
        case '&':
            strbuf_text(out, "&amp;");
            break;
        case '<':
            strbuf_text(out, "&lt;");
            break;
        case '>':
            strbuf_text(out, "&gt;");
            break;
        case '"':
            strbuf_text(out, "&quot;");
            break;
        case '\'':
            strbuf_text(out, "&#39;");
            break;
        default:
            strbuf_add(out, clean.data + i, 1);
        }
    }
}

static void add_text(struct page *page, const char *text)
{
    struct strbuf clean;
    strbuf_init(&clean, PAGE_LEN_MAX);
    page_add_clean(&clean, bytes_text(text));
    add_escaped(page->out, bytes_of(clean.text, clean.len));
    page->out->bad |= clean.bad;
    strbuf_deinit(&clean);
}

static void add_raw(struct page *page, const char *markup)
{
    strbuf_text(page->out, markup);
}

/* An element with nothing but text; `open` is its name with its attributes. */
static void add_element(struct page *page, const char *open, const char *close, const char *text)
{
    strbuf_format(page->out, "<%s>", open);
    add_text(page, text);
    strbuf_format(page->out, "</%s>\n", close);
}

/* --- parts ------------------------------------------------------------------------------------ */

static void html_open(struct page *page, const char *title, const char *subtitle)
{
    add_raw(page, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
                  "<head>\n<meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n"
                  "<meta http-equiv=\"Content-Security-Policy\" "
                  "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n");
    add_raw(page, "<title>");
    add_text(page, title);
    add_raw(page, ", ");
    add_text(page, subtitle);
    add_raw(page, "</title>\n<style>\n");
    add_raw(page, style);
    add_raw(page, "</style>\n</head>\n<body>\n<main>\n<header>\n");
    add_element(page, "h1", "h1", title);
    add_element(page, "p", "p", subtitle);
    add_raw(page, "</header>\n");
}

static void html_close(struct page *page, const char *footer)
{
    if (page->sections > 0)
        add_raw(page, "</section>\n");
    add_raw(page, "<footer>\n");
    add_element(page, "p", "p", footer);
    add_raw(page, "</footer>\n</main>\n</body>\n</html>\n");
}

static void html_section(struct page *page, const char *heading)
{
    if (page->sections > 0)
        add_raw(page, "</section>\n");
    add_raw(page, "<section>\n");
    add_element(page, "h2", "h2", heading);
}

static void html_headline(struct page *page, const char *text)
{
    add_element(page, "p class=\"headline\"", "p", text);
}

static void html_paragraph(struct page *page, const char *text)
{
    add_element(page, "p", "p", text);
}

static void html_figures(struct page *page, const struct page_figure *figures, size_t count)
{
    add_raw(page, "<dl class=\"figures\">\n");
    for (size_t i = 0; i < count; i++) {
        add_raw(page, "<div>");
        add_element(page, "dt", "dt", figures[i].label);
        add_element(page, "dd", "dd", figures[i].value);
        if (figures[i].note != NULL)
            add_element(page, "dd class=\"note\"", "dd", figures[i].note);
        add_raw(page, "</div>\n");
    }
    add_raw(page, "</dl>\n");
}

static void html_terms_open(struct page *page)
{
    add_raw(page, "<dl class=\"terms\">\n");
}

static void html_term(struct page *page, const char *term, const char *text)
{
    add_element(page, "dt", "dt", term);
    add_element(page, "dd", "dd", text);
}

static void html_terms_close(struct page *page)
{
    add_raw(page, "</dl>\n");
}

/* --- tables ----------------------------------------------------------------------------------- */

static void add_bar(struct page *page, int64_t value)
{
    const struct page_table *table = &page->table;
    size_t room = table->has_negative ? BAR_WIDTH / 2 : BAR_WIDTH;
    size_t width = page_scale(page_size(value), table->bar_max, room);
    size_t zero = table->has_negative ? BAR_WIDTH / 2 : 0;
    strbuf_format(page->out,
                  "<td class=\"bar\"><svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                  "aria-hidden=\"true\">",
                  BAR_WIDTH, BAR_HEIGHT, BAR_WIDTH, BAR_HEIGHT);
    if (width > 0)
        strbuf_format(page->out, "<rect%s x=\"%zu\" y=\"1\" width=\"%zu\" height=\"10\"/>",
                      value < 0 ? " class=\"pays\"" : "", value < 0 ? zero - width : zero, width);
    if (table->has_negative)
        strbuf_format(page->out, "<line class=\"axis\" x1=\"%zu\" y1=\"0\" x2=\"%zu\" y2=\"%d\"/>",
                      zero, zero, BAR_HEIGHT);
    add_raw(page, "</svg></td>");
}

static void add_head(struct page *page)
{
    const struct page_table *table = &page->table;
    add_raw(page, "<thead><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct page_column *column = &table->columns[i];
        if (column->heading[0] == '\0') {
            add_raw(page, "<td></td>");
            continue;
        }
        strbuf_format(page->out, "<th scope=\"col\"%s>",
                      column->align == PAGE_RIGHT ? " class=\"r\"" : "");
        add_text(page, column->heading);
        add_raw(page, "</th>");
    }
    add_raw(page, "</tr></thead>\n<tbody>\n");
}

static void add_cell(struct page *page, size_t at)
{
    const struct page_table *table = &page->table;
    const struct page_cell *cell = &table->cells[at];
    size_t column = at % table->column_count;
    if (table->columns[column].align == PAGE_BAR) {
        add_bar(page, cell->bar);
        return;
    }
    const char *element = column == 0 ? "th" : "td";
    strbuf_format(page->out, "<%s%s%s>", element, column == 0 ? " scope=\"row\"" : "",
                  table->columns[column].align == PAGE_RIGHT ? " class=\"r\"" : "");
    add_escaped(page->out, bytes_of(table->text.text + cell->at, cell->len));
    strbuf_format(page->out, "</%s>", element);
}

static void html_table(struct page *page)
{
    const struct page_table *table = &page->table;
    add_raw(page, "<div class=\"wide\"><table>\n");
    add_element(page, "caption", "caption", table->caption);
    add_head(page);
    for (size_t at = 0; at < table->cell_count; at += table->column_count) {
        add_raw(page, "<tr>");
        for (size_t column = 0; column < table->column_count; column++)
            add_cell(page, at + column);
        add_raw(page, "</tr>\n");
    }
    add_raw(page, "</tbody></table></div>\n");
}

/* --- columns ---------------------------------------------------------------------------------- */

/* The distance of grid lines: 1, 2 or 5 with zeros behind it. */
static uint64_t step_of(uint64_t max)
{
    uint64_t step = 1;
    while (step * GRID_LINES < max) {
        if (step * 2 * GRID_LINES >= max)
            return step * 2;
        if (step * 5 * GRID_LINES >= max)
            return step * 5;
        step *= 10;
    }
    return step;
}

static void add_grid(struct page *page, uint64_t step)
{
    char text[PAGE_COUNT_SIZE];
    const int height = PLOT_HEIGHT - PLOT_TOP - PLOT_BOTTOM;
    for (int i = 0; i <= GRID_LINES; i++) {
        int y = PLOT_HEIGHT - PLOT_BOTTOM - height * i / GRID_LINES;
        strbuf_format(page->out, "<line%s x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>",
                      i == 0 ? " class=\"axis\"" : "", PLOT_LEFT, y, PLOT_WIDTH, y);
        strbuf_format(page->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
                      PLOT_LEFT - 8, y + 4, page_count_format(step * (uint64_t)i, text));
    }
}

static void add_column(struct page *page, const struct page_tick *tick, size_t at, size_t count,
                       uint64_t max)
{
    char text[PAGE_COUNT_SIZE];
    const int room = PLOT_HEIGHT - PLOT_TOP - PLOT_BOTTOM, floor = PLOT_HEIGHT - PLOT_BOTTOM;
    int slot = (PLOT_WIDTH - PLOT_LEFT) / (int)count, x = PLOT_LEFT + slot * (int)at;
    int height = (int)page_scale(tick->value, max, (size_t)room), middle = x + slot / 2;
    if (height > 0) {
        strbuf_format(page->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x + 3,
                      floor - height, slot - 6, height);
        strbuf_format(page->out,
                      "<text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                      middle, floor - height - 4,
                      /* Longer ones would run into each other; the table has them. */
                      tick->value < 10000 ? page_count_format(tick->value, text) : "");
    }
    strbuf_format(page->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", middle, floor + 16);
    add_text(page, tick->label);
    add_raw(page, "</text>\n");
}

/* For those who do not see the plot. */
static void add_tick_table(struct page *page, const char *caption, const char *heading,
                           const struct page_tick *ticks, size_t count)
{
    static const struct page_column columns[] = {
        {"", PAGE_LEFT}, {"Number", PAGE_RIGHT}, {"Amount", PAGE_RIGHT}};
    struct page_column with_heading[] = {columns[0], columns[1], columns[2]};
    with_heading[0].heading = heading;
    add_raw(page, "<div class=\"unseen\">\n");
    page_table_open(page, caption, with_heading, 3);
    for (size_t i = 0; i < count; i++) {
        page_cell(page, ticks[i].label);
        page_cell_count(page, ticks[i].value);
        page_cell_money(page, ticks[i].minor);
    }
    page_table_close(page);
    add_raw(page, "</div>\n");
}

static void html_ticks(struct page *page, const char *caption, const char *heading,
                       const struct page_tick *ticks, size_t count)
{
    uint64_t max = 1;
    for (size_t i = 0; i < count; i++)
        max = ticks[i].value > max ? ticks[i].value : max;
    uint64_t step = step_of(max);
    add_raw(page, "<figure>\n");
    add_element(page, "figcaption", "figcaption", caption);
    strbuf_format(page->out,
                  "<svg viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\" aria-label=\"",
                  PLOT_WIDTH, PLOT_HEIGHT);
    add_text(page, caption);
    add_raw(page, "\">\n");
    add_grid(page, step);
    for (size_t i = 0; i < count; i++)
        add_column(page, &ticks[i], i, count, step * GRID_LINES);
    strbuf_format(page->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
                  PLOT_LEFT + (PLOT_WIDTH - PLOT_LEFT) / 2, PLOT_HEIGHT - 5);
    add_text(page, heading);
    add_raw(page, "</text>\n</svg>\n");
    add_tick_table(page, caption, heading, ticks, count);
    add_raw(page, "</figure>\n");
}

const struct page_writer page_writer_html = {
    .open = html_open,
    .close = html_close,
    .section = html_section,
    .headline = html_headline,
    .paragraph = html_paragraph,
    .figures = html_figures,
    .terms_open = html_terms_open,
    .term = html_term,
    .terms_close = html_terms_close,
    .table = html_table,
    .ticks = html_ticks,
};
