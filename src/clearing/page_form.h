/* What the two forms of a page (page.h) share. */
#ifndef CLEARING_PAGE_FORM_H
#define CLEARING_PAGE_FORM_H

#include "clearing/page.h"

struct page_cell {
    size_t at, len; /* in the table's text */
    int64_t bar;
};

struct page_table {
    const char *caption;
    const struct page_column *columns;
    size_t column_count, cell_count;
    uint64_t bar_max; /* the longest, without its sign; at least 1 */
    bool has_negative;
    struct strbuf text; /* of all cells, clean UTF-8 */
    struct page_cell cells[PAGE_CELLS_MAX];
};

struct page {
    enum page_form form;
    struct strbuf *out;
    unsigned sections; /* so far */
    struct page_table table;
};

/* The parts of a form. What they are given is as the caller gave it, but cells, which are clean. */
struct page_writer {
    void (*open)(struct page *page, const char *title, const char *subtitle);
    void (*close)(struct page *page, const char *footer);
    void (*section)(struct page *page, const char *heading);
    void (*headline)(struct page *page, const char *text);
    void (*paragraph)(struct page *page, const char *text);
    void (*figures)(struct page *page, const struct page_figure *figures, size_t count);
    void (*terms_open)(struct page *page);
    void (*term)(struct page *page, const char *term, const char *text);
    void (*terms_close)(struct page *page);
    void (*table)(struct page *page);
    void (*ticks)(struct page *page, const char *caption, const char *heading,
                  const struct page_tick *ticks, size_t count);
};
extern const struct page_writer page_writer_text, page_writer_html;

/* Adds text from anybody as clean UTF-8: what is no character, controls it or turns its direction
 * becomes U+FFFD. */
void page_add_clean(struct strbuf *out, struct bytes text);
/* How far a value goes when `max`, not 0, goes `steps`, below 65,536; what there is at all is seen.
 */
size_t page_scale(uint64_t value, uint64_t max, size_t steps);
/* Without the sign. */
uint64_t page_size(int64_t value);
/* How many columns of a terminal clean text takes: wide characters two. */
size_t page_columns(struct bytes text);

#endif
