/* A page as plain text: aligned columns, bars of block characters. */
#include "clearing/page_form.h"

#include "base/text.h"

#include <string.h>

enum { BAR_WIDTH = 24, EIGHTHS = 8, TERM_INDENT = 4, GAP = 2 };

static const char *const eighth[EIGHTHS] = {"",       "\u258F", "\u258E", "\u258D",
                                            "\u258C", "\u258B", "\u258A", "\u2589"};
static const char *const whole = "\u2588";

static void add_times(struct strbuf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        strbuf_text(out, text);
}

static void add_line(struct page *page, const char *text)
{
    page_add_clean(page->out, bytes_text(text));
    strbuf_text(page->out, "\n");
}

/* Text from anybody in lines of a page's width, at blanks. */
static void add_wrapped(struct page *page, size_t indent, const char *text)
{
    struct strbuf clean;
    strbuf_init(&clean, PAGE_LEN_MAX);
    page_add_clean(&clean, bytes_text(text));
    size_t column = 0;
    for (size_t at = 0; at < clean.len;) {
        size_t end = at;
        while (end < clean.len && clean.text[end] != ' ')
            end++;
        size_t width = page_columns(bytes_of(clean.text + at, end - at));
        if (column > 0 && column + 1 + width > PAGE_WIDTH) {
            strbuf_text(page->out, "\n");
            column = 0;
        }
        if (column == 0)
            add_times(page->out, " ", indent);
        else
            strbuf_text(page->out, " ");
        strbuf_add(page->out, clean.text + at, end - at);
        column = (column == 0 ? indent : column + 1) + width;
        at = end + 1;
    }
    strbuf_text(page->out, "\n");
    page->out->bad |= clean.bad;
    strbuf_deinit(&clean);
}

static void text_open(struct page *page, const char *title, const char *subtitle)
{
    add_line(page, title);
    add_line(page, subtitle);
    add_times(page->out, "\u2550", PAGE_WIDTH);
    strbuf_text(page->out, "\n");
}

static void text_close(struct page *page, const char *footer)
{
    strbuf_text(page->out, "\n");
    add_times(page->out, "\u2500", PAGE_WIDTH);
    strbuf_text(page->out, "\n");
    add_wrapped(page, 0, footer);
}

static void text_section(struct page *page, const char *heading)
{
    strbuf_text(page->out, "\n");
    add_line(page, heading);
    add_times(page->out, "\u2500", page_columns(bytes_text(heading)));
    strbuf_text(page->out, "\n");
}

static void text_paragraph(struct page *page, const char *text)
{
    add_wrapped(page, 0, text);
}

static void text_headline(struct page *page, const char *text)
{
    strbuf_text(page->out, "\n");
    add_wrapped(page, 0, text);
}

static void text_figures(struct page *page, const struct page_figure *figures, size_t count)
{
    size_t labels = 0, values = 0;
    for (size_t i = 0; i < count; i++) {
        size_t label = page_columns(bytes_text(figures[i].label));
        size_t value = page_columns(bytes_text(figures[i].value));
        labels = label > labels ? label : labels;
        values = value > values ? value : values;
    }
    for (size_t i = 0; i < count; i++) {
        const struct page_figure *figure = &figures[i];
        size_t dots = labels + GAP - page_columns(bytes_text(figure->label));
        dots += values - page_columns(bytes_text(figure->value));
        page_add_clean(page->out, bytes_text(figure->label));
        strbuf_text(page->out, " ");
        add_times(page->out, ".", dots);
        strbuf_text(page->out, " ");
        page_add_clean(page->out, bytes_text(figure->value));
        if (figure->note != NULL) {
            strbuf_text(page->out, "  ");
            page_add_clean(page->out, bytes_text(figure->note));
        }
        strbuf_text(page->out, "\n");
    }
}

static void text_terms_open(struct page *page)
{
    (void)page;
}

static void text_term(struct page *page, const char *term, const char *text)
{
    add_wrapped(page, 0, term);
    add_wrapped(page, TERM_INDENT, text);
}

static void text_terms_close(struct page *page)
{
    (void)page;
}

/* A bar of `width` places for `max`. Returns the places it takes. */
static size_t add_bar(struct strbuf *out, uint64_t value, uint64_t max, size_t width)
{
    size_t eighths = page_scale(value, max, width * EIGHTHS);
    add_times(out, whole, eighths / EIGHTHS);
    strbuf_text(out, eighth[eighths % EIGHTHS]);
    return eighths / EIGHTHS + (eighths % EIGHTHS > 0);
}

/* Bars to the left cannot end within a place: half of the width, in whole places. */
static void add_bar_cell(struct page *page, const struct page_cell *cell)
{
    const struct page_table *table = &page->table;
    const size_t half = BAR_WIDTH / 2;
    uint64_t max = table->bar_max;
    if (!table->has_negative) {
        (void)add_bar(page->out, (uint64_t)cell->bar, max, BAR_WIDTH);
        return;
    }
    size_t places = page_scale(page_size(cell->bar), max, half);
    add_times(page->out, " ", cell->bar < 0 ? half - places : half);
    add_times(page->out, cell->bar < 0 ? "\u2592" : "", places);
    strbuf_text(page->out, "\u2502");
    add_times(page->out, cell->bar > 0 ? whole : "", places);
}

static struct bytes cell_text(const struct page_table *table, size_t cell)
{
    return bytes_of(table->text.text + table->cells[cell].at, table->cells[cell].len);
}

static void add_cell(struct page *page, struct bytes text, enum page_align align, size_t width,
                     bool is_last)
{
    size_t blanks = width - page_columns(text);
    if (align == PAGE_RIGHT)
        add_times(page->out, " ", blanks);
    strbuf_add(page->out, text.data, text.len);
    if (align != PAGE_RIGHT && !is_last)
        add_times(page->out, " ", blanks);
    if (!is_last)
        add_times(page->out, " ", GAP);
}

static void text_table(struct page *page)
{
    const struct page_table *table = &page->table;
    size_t widths[PAGE_COLUMNS_MAX], columns = table->column_count, all = 0;
    for (size_t c = 0; c < columns; c++) {
        widths[c] = page_columns(bytes_text(table->columns[c].heading));
        for (size_t cell = c; cell < table->cell_count; cell += columns) {
            size_t width = page_columns(cell_text(table, cell));
            widths[c] = width > widths[c] ? width : widths[c];
        }
        if (table->columns[c].align == PAGE_BAR)
            widths[c] = BAR_WIDTH + 1;
        all += widths[c] + (c > 0 ? GAP : 0);
    }
    strbuf_text(page->out, "\n");
    add_wrapped(page, 0, table->caption);
    for (size_t c = 0; c < columns; c++)
        add_cell(page, bytes_text(table->columns[c].heading), table->columns[c].align, widths[c],
                 c + 1 == columns);
    strbuf_text(page->out, "\n");
    add_times(page->out, "\u2504", all);
    strbuf_text(page->out, "\n");
    for (size_t cell = 0; cell < table->cell_count; cell++) {
        size_t c = cell % columns;
        bool is_last = c + 1 == columns;
        if (table->columns[c].align == PAGE_BAR)
            add_bar_cell(page, &table->cells[cell]);
        else
            add_cell(page, cell_text(table, cell), table->columns[c].align, widths[c], is_last);
        if (is_last)
            strbuf_text(page->out, "\n");
    }
}

/* From the first to the last that has any: as lines, a bar each. */
static void text_ticks(struct page *page, const char *caption, const char *heading,
                       const struct page_tick *ticks, size_t count)
{
    char value[PAGE_COUNT_SIZE], money[TEXT_MONEY_SIZE];
    size_t first = count, last = 0;
    uint64_t max = 1;
    for (size_t i = 0; i < count; i++) {
        if (ticks[i].value == 0)
            continue;
        first = first == count ? i : first;
        last = i;
        max = ticks[i].value > max ? ticks[i].value : max;
    }
    strbuf_text(page->out, "\n");
    add_wrapped(page, 0, caption);
    (void)heading;
    for (size_t i = first; i <= last && i < count; i++) {
        size_t width = page_columns(bytes_text(ticks[i].label));
        strbuf_text(page->out, ticks[i].label);
        add_times(page->out, " ", 8 - (width < 8 ? width : 8));
        strbuf_text(page->out, "\u2502");
        size_t places = add_bar(page->out, ticks[i].value, max, 2 * BAR_WIDTH);
        add_times(page->out, " ", 2 * BAR_WIDTH - places);
        strbuf_format(page->out, " %10s %18s\n", page_count_format(ticks[i].value, value),
                      text_money_format(ticks[i].minor, money));
    }
}

const struct page_writer page_writer_text = {
    .open = text_open,
    .close = text_close,
    .section = text_section,
    .headline = text_headline,
    .paragraph = text_paragraph,
    .figures = text_figures,
    .terms_open = text_terms_open,
    .term = text_term,
    .terms_close = text_terms_close,
    .table = text_table,
    .ticks = text_ticks,
};
