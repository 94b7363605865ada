/* Records of clearing files, one behind the other: what was made before is used again, and what
 * goes around a record is added. How a record is written is its form's affair. */
#include "clearing/layout_form.h"

enum result layout_write(const struct layout *layout, enum layout_record record,
                         const struct row *row, char out[LAYOUT_RECORD_MAX], size_t *len,
                         struct fault *fault)
{
    return layout->form->write(layout, record, row, out, len, fault);
}

/* Puts the filling between the bytes of a blocked file, from behind, in place. */
static void fill_blocks(struct layout_place *place, char *out, size_t *len)
{
    size_t in_block = (size_t)(place->bytes % LAYOUT_BLOCK_LEN);
    size_t fillings = (in_block + *len) / LAYOUT_BLOCK_FILLED;
    size_t from = *len, to = *len + fillings * (LAYOUT_BLOCK_LEN - LAYOUT_BLOCK_FILLED);
    size_t rest = (in_block + *len) % LAYOUT_BLOCK_FILLED;
    *len = to;
    for (; fillings > 0; fillings--) {
        memmove(out + to - rest, out + from - rest, rest);
        to -= rest;
        from -= rest;
        out[--to] = LAYOUT_FILLING;
        out[--to] = LAYOUT_FILLING;
        rest = LAYOUT_BLOCK_FILLED < from ? LAYOUT_BLOCK_FILLED : from;
    }
}

static enum result make(const struct layout *layout, enum layout_record record,
                        const struct row *row, struct layout_last *last, struct fault *fault)
{
    const struct layout_form *form = layout->form;
    bool can_be_over = form->write_over != NULL && record == LAYOUT_DETAIL && !layout->is_blocked;
    bool is_over = can_be_over && last->is_detail;
    last->is_detail = false; /* nor is it when this fails */
    if (is_over)
        TRY(form->write_over(layout, record, &last->row, row, last->text, fault));
    else {
        TRY(form->write(layout, record, row, last->text, &last->len, fault));
        last->row = *row;
    }
    last->is_detail = can_be_over;
    return RESULT_OK;
}

enum result layout_put(const struct layout *layout, struct layout_place *place,
                       enum layout_record record, const struct row *row, struct layout_last *last,
                       struct fault *fault)
{
    place->records++;
    if (layout->lines[record].has_number) {
        struct row numbered = *row;
        numbered.record = place->records;
        TRY(make(layout, record, &numbered, last, fault));
    } else
        TRY(make(layout, record, row, last, fault));
    if (layout->is_blocked)
        fill_blocks(place, last->text, &last->len);
    place->bytes += last->len;
    return RESULT_OK;
}

void layout_put_end(const struct layout *layout, struct layout_place *place,
                    struct layout_last *last)
{
    last->is_detail = false;
    last->len = layout->form->has_end ? LAYOUT_END_LEN : 0;
    memset(last->text, 0, last->len);
    if (layout->is_blocked) {
        fill_blocks(place, last->text, &last->len);
        size_t in_block = (size_t)((place->bytes + last->len) % LAYOUT_BLOCK_LEN);
        size_t more = in_block > 0 ? LAYOUT_BLOCK_LEN - in_block : 0;
        memset(last->text + last->len, LAYOUT_FILLING, more);
        last->len += more;
    }
    place->bytes += last->len;
}

static bool same_columns(const struct layout_column *a, const struct layout_column *b)
{
    return a->source == b->source && a->type == b->type && a->at == b->at && a->width == b->width &&
           a->right == b->right && a->pad == b->pad && a->is_unsigned == b->is_unsigned &&
           strcmp(a->words[0], b->words[0]) == 0 && strcmp(a->words[1], b->words[1]) == 0;
}

bool layout_same_details(const struct layout *a, const struct layout *b)
{
    const struct layout_line *one = &a->lines[LAYOUT_DETAIL], *other = &b->lines[LAYOUT_DETAIL];
    bool is_same = a == b || (a->form == b->form && a->form->write_over != NULL &&
                              a->charset == b->charset && a->is_blocked == b->is_blocked &&
                              one->count == other->count && one->len == other->len &&
                              memcmp(one->blank, other->blank, sizeof one->blank) == 0);
    for (size_t i = 0; is_same && a != b && i < one->count; i++)
        is_same = same_columns(&one->columns[i], &other->columns[i]);
    return is_same;
}
