/* Descriptions of pages: cells, cleaning of texts, and which form writes what. */
#include "clearing/page.h"

#include "base/result.h"
#include "base/text.h"
#include "base/utf8.h"
#include "clearing/page_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- texts ------------------------------------------------------------------------------------ */

/* Characters that are not seen and change how others are. */
static bool is_hostile(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
           code == 0xFEFF || (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

void page_add_clean(struct strbuf *out, struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code;
        size_t width = utf8_next(text.data + at, text.len - at, &code);
        if (width == 0 || is_hostile(code))
            strbuf_text(out, "\xEF\xBF\xBD");
        else
            strbuf_add(out, text.data + at, width);
        at += width == 0 ? 1 : width;
    }
}

static bool is_wide(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (code >= wide[i].first && code <= wide[i].last)
            return true;
    return false;
}

size_t page_columns(struct bytes text)
{
    size_t columns = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t code;
        size_t width = utf8_next(text.data + at, text.len - at, &code);
        columns += width > 0 && is_wide(code) ? 2 : 1;
        at += width == 0 ? 1 : width;
    }
    return columns;
}

uint64_t page_size(int64_t value)
{
    return value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;
}

size_t page_scale(uint64_t value, uint64_t max, size_t steps)
{
    bool is_some = value > 0;
    MUST(max > 0 && steps < 1 << 16);
    for (; max >> 40 != 0; max >>= 1) /* the product below has to fit */
        value >>= 1;
    size_t scaled = (size_t)((value * steps + max / 2) / max);
    return scaled == 0 && is_some ? 1 : scaled;
}

const char *page_count_format(uint64_t count, char out[PAGE_COUNT_SIZE])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t to = 0;
    for (int i = 0; i < len; i++) {
        out[to++] = digits[i];
        if ((len - i) % 3 == 1 && i + 1 < len)
            out[to++] = ',';
    }
    out[to] = '\0';
    return out;
}

/* --- the description -------------------------------------------------------------------------- */

static const struct page_writer *writer_of(const struct page *page)
{
    return page->form == PAGE_HTML ? &page_writer_html : &page_writer_text;
}

struct page *page_open(enum page_form form, struct strbuf *out, const char *title,
                       const char *subtitle)
{
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL)
        return NULL;
    page->form = form;
    page->out = out;
    strbuf_init(&page->table.text, PAGE_LEN_MAX);
    writer_of(page)->open(page, title, subtitle);
    return page;
}

void page_close(struct page *page, const char *footer)
{
    writer_of(page)->close(page, footer);
    strbuf_deinit(&page->table.text);
    free(page);
}

void page_section(struct page *page, const char *heading)
{
    writer_of(page)->section(page, heading);
    page->sections++;
}

void page_headline(struct page *page, const char *text)
{
    writer_of(page)->headline(page, text);
}

void page_paragraph(struct page *page, const char *text)
{
    writer_of(page)->paragraph(page, text);
}

void page_figures(struct page *page, const struct page_figure *figures, size_t count)
{
    writer_of(page)->figures(page, figures, count);
}

void page_terms_open(struct page *page)
{
    writer_of(page)->terms_open(page);
}

void page_term(struct page *page, const char *term, const char *text)
{
    writer_of(page)->term(page, term, text);
}

void page_terms_close(struct page *page)
{
    writer_of(page)->terms_close(page);
}

void page_ticks(struct page *page, const char *caption, const char *heading,
                const struct page_tick *ticks, size_t count)
{
    writer_of(page)->ticks(page, caption, heading, ticks, count);
}

/* --- tables ----------------------------------------------------------------------------------- */

void page_table_open(struct page *page, const char *caption, const struct page_column *columns,
                     size_t count)
{
    struct page_table *table = &page->table;
    MUST(count > 0 && count <= PAGE_COLUMNS_MAX);
    strbuf_clear(&table->text);
    table->caption = caption;
    table->columns = columns;
    table->column_count = count;
    table->cell_count = 0;
    table->bar_max = 1;
    table->has_negative = false;
}

static struct page_cell *add_cell(struct page *page)
{
    struct page_table *table = &page->table;
    MUST(table->cell_count < PAGE_CELLS_MAX);
    struct page_cell *cell = &table->cells[table->cell_count++];
    *cell = (struct page_cell){.at = table->text.len};
    return cell;
}

void page_cell_bytes(struct page *page, struct bytes text)
{
    struct page_cell *cell = add_cell(page);
    page_add_clean(&page->table.text, text);
    cell->len = page->table.text.len - cell->at;
}

void page_cell(struct page *page, const char *text)
{
    page_cell_bytes(page, bytes_text(text));
}

void page_cell_count(struct page *page, uint64_t count)
{
    char text[PAGE_COUNT_SIZE];
    page_cell(page, page_count_format(count, text));
}

void page_cell_money(struct page *page, int64_t minor)
{
    char text[TEXT_MONEY_SIZE];
    page_cell(page, text_money_format(minor, text));
}

void page_cell_bar(struct page *page, int64_t value)
{
    struct page_table *table = &page->table;
    struct page_cell *cell = add_cell(page);
    cell->bar = value;
    table->has_negative |= value < 0;
    if (page_size(value) > table->bar_max)
        table->bar_max = page_size(value);
}

void page_table_close(struct page *page)
{
    struct page_table *table = &page->table;
    MUST(table->cell_count % table->column_count == 0);
    page->out->bad |= table->text.bad;
    if (table->cell_count > 0 && !table->text.bad)
        writer_of(page)->table(page);
}
