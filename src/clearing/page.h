/* A page for people, as plain text or as HTML, out of one description.
 *
 * Who describes a page says what there is: headings, figures, tables, columns of an hour each; how
 * it looks in either form is decided here (page_text.c, page_html.c), so that both say the same.
 * Every text given is taken as anybody's: escaped, cleaned of control and direction characters, and
 * of bytes that are not UTF-8. HTML is one file with nothing from outside: no script, style and
 * plots inside. No clock is read. */
#ifndef CLEARING_PAGE_H
#define CLEARING_PAGE_H

#include "base/bytes.h"
#include "base/strbuf.h"

enum page_form { PAGE_TEXT, PAGE_HTML };

enum {
    PAGE_WIDTH = 96,        /* columns of the text form: what prints on a sheet */
    PAGE_COLUMNS_MAX = 8,   /* of a table */
    PAGE_CELLS_MAX = 8448,  /* of a table: more than two rows of 8 for every party */
    PAGE_LEN_MAX = 4 << 20, /* of a page */
};

struct page; /* a description going on */

/* `out`, the caller's, has been initialised. NULL without memory. */
struct page *page_open(enum page_form form, struct strbuf *out, const char *title,
                       const char *subtitle);
/* Ends the page and gives the description back; `out` is bad when anything did not fit. */
void page_close(struct page *page, const char *footer);

void page_section(struct page *page, const char *heading);
/* The one thing to know, in big letters. */
void page_headline(struct page *page, const char *text);
void page_paragraph(struct page *page, const char *text);

struct page_figure {
    const char *label, *value;
    const char *note; /* NULL: none */
};
void page_figures(struct page *page, const struct page_figure *figures, size_t count);

/* A term with what it means, one below the other. */
void page_terms_open(struct page *page);
void page_term(struct page *page, const char *term, const char *text);
void page_terms_close(struct page *page);

enum page_align {
    PAGE_LEFT,
    PAGE_RIGHT,
    PAGE_BAR, /* a value as a bar, beside its neighbours' */
};
struct page_column {
    const char *heading;
    enum page_align align;
};
/* One table at a time. Cells come row by row, from left to right, all of them; no row: nothing is
 * written. */
void page_table_open(struct page *page, const char *caption, const struct page_column *columns,
                     size_t count);
void page_cell(struct page *page, const char *text);
void page_cell_bytes(struct page *page, struct bytes text);
void page_cell_count(struct page *page, uint64_t count);
void page_cell_money(struct page *page, int64_t minor);
/* Below zero it goes to the left. */
void page_cell_bar(struct page *page, int64_t value);
void page_table_close(struct page *page);

/* A value for each hour of a day and the like, as columns beside each other. */
struct page_tick {
    char label[16];
    uint64_t value;
    int64_t minor; /* an amount to tell beside it */
};
void page_ticks(struct page *page, const char *caption, const char *heading,
                const struct page_tick *ticks, size_t count);

enum { PAGE_COUNT_SIZE = 32 };
/* "12,345". Returns `out`. */
const char *page_count_format(uint64_t count, char out[PAGE_COUNT_SIZE]);

#endif
