/* Messages as lists of paths and values, see message_flat.h. */
#include "message_flat.h"

#include "base/mask.h"
#include "iso8583/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum result flat_init(struct flat *flat, struct fault *fault)
{
    *flat = (struct flat){.charsets = iso_text_none()};
    strbuf_init(&flat->text, FLAT_TEXT_MAX);
    flat->fields = calloc(FLAT_FIELDS_MAX, sizeof *flat->fields);
    if (flat->fields == NULL)
        return fault_set(fault, RESULT_LIMIT, "out of memory");
    return RESULT_OK;
}

void flat_deinit(struct flat *flat)
{
    strbuf_deinit(&flat->text);
    free(flat->fields);
    iso_text_close(&flat->charsets);
    *flat = (struct flat){0};
}

static struct flat_field *add_field(struct flat *flat, unsigned de, const char *path, size_t offset)
{
    if (flat->count == FLAT_FIELDS_MAX) {
        flat->is_full = true;
        return NULL;
    }
    struct flat_field *field = &flat->fields[flat->count++];
    *field = (struct flat_field){.de = de, .path = flat->text.len, .offset = offset};
    strbuf_add(&flat->text, path, strlen(path) + 1);
    return field;
}

static void end_value(struct flat *flat, struct flat_field *field)
{
    field->len = flat->text.len - field->value;
    field->shown = field->value;
    strbuf_add(&flat->text, "", 1);
}

static void put_hex(struct flat *flat, struct iso_value value)
{
    for (size_t i = 0; i < value.len; i++)
        strbuf_format(&flat->text, "%02X", value.data[i]);
}

/* As a person reads it; what is no text is hex. */
static void put_value(struct flat *flat, const struct iso_field *leaf, const struct iso_view *view)
{
    static char own[ISO_TEXT_PER_BYTE * ISO_LEN_MAX], utf8[2 * ISO_LEN_MAX];
    struct bytes text;
    size_t len = iso_field_is_binary(leaf) || view->len > ISO_LEN_MAX
                     ? SIZE_MAX
                     : iso_view_text(flat->message->spec, leaf, view, own, sizeof own);
    if (len != SIZE_MAX && iso_text_decode(&flat->charsets, (enum iso_charset)leaf->charset,
                                           bytes_of(own, len), utf8, sizeof utf8, &text))
        strbuf_add(&flat->text, text.data, text.len);
    else
        put_hex(flat, (struct iso_value){view->data, view->len});
}

static void add_leaf(struct flat *flat, unsigned de, const char *path, const struct iso_field *leaf,
                     const struct iso_view *view, size_t offset, enum iso_mask mask)
{
    struct flat_field *field = add_field(flat, de, path, offset);
    char masked[64];
    if (field == NULL)
        return;
    field->value = flat->text.len;
    put_value(flat, leaf, view);
    end_value(flat, field);
    field->hides = mask != ISO_MASK_NONE && !flat->unmask;
    if (!field->hides || flat->text.bad)
        return;
    snprintf(masked, sizeof masked, "****");
    if (mask == ISO_MASK_PAN && field->len < sizeof masked)
        mask_pan(bytes_of(flat_text(flat, field->value), field->len), masked, sizeof masked);
    field->shown = flat->text.len;
    strbuf_add(&flat->text, masked, strlen(masked) + 1);
}

/* A tag that came before is told from the others by its number. */
static unsigned number_of(struct iso_parts parts, const struct iso_part *part)
{
    struct iso_part other;
    unsigned number = 1;
    if ((parts.field->flags & ISO_FIELD_REPEATS) == 0)
        return number;
    parts.at = parts.start;
    parts.index = 0;
    while (iso_parts_next(&parts, &other) && other.head != part->head)
        if (other.key.len == part->key.len &&
            memcmp(other.key.data, part->key.data, part->key.len) == 0)
            number++;
    return number;
}

/* False when there is no part in it. */
static bool add_parts(struct flat *flat, unsigned de, const char *path, struct iso_parts parts,
                      enum iso_mask mask)
{
    struct iso_part part;
    bool any = false;
    for (; iso_parts_next(&parts, &part); any = true) {
        char below[FLAT_PATH_MAX], nth[16] = "";
        enum iso_mask own = part.field != NULL && part.field->mask != ISO_MASK_NONE
                                ? (enum iso_mask)part.field->mask
                                : mask;
        unsigned number = number_of(parts, &part);
        if (number > 1)
            snprintf(nth, sizeof nth, "#%u", number);
        int len = snprintf(below, sizeof below, "%s.%.*s%s", path, (int)part.key.len,
                           (const char *)part.key.data, nth);
        flat->is_full = flat->is_full || len >= (int)sizeof below;
        if (part.inner != NULL && iso_part_check(&parts, &part) == ISO_OK &&
            add_parts(flat, de, below, iso_parts_below(&parts, &part), own))
            continue;
        add_leaf(flat, de, below, part.leaf, &part.view, part.offset, own);
    }
    return any;
}

static void add_value(struct flat *flat, unsigned de, const char *path,
                      const struct iso_field *field, const struct iso_view *view, size_t offset)
{
    const struct iso_spec *spec = flat->message->spec;
    enum iso_mask mask = (enum iso_mask)field->mask;
    if (field->layout != ISO_LAYOUT_NONE && iso_value_check(spec, field, view, 0, NULL) == ISO_OK &&
        add_parts(flat, de, path, iso_parts_of(spec, field, view, offset, NULL), mask))
        return;
    add_leaf(flat, de, path, field, view, offset, mask);
}

static void add_header(struct flat *flat, const char *path, struct iso_value header, size_t offset)
{
    if (header.data == NULL)
        return;
    struct iso_view view = iso_header_view(header);
    add_value(flat, 0, path, iso_spec_field(flat->message->spec, 0), &view, offset);
}

bool flat_take(struct flat *flat, const struct iso_message *message, bool unmask)
{
    strbuf_clear(&flat->text);
    flat->count = 0;
    flat->is_full = false;
    flat->message = message;
    flat->unmask = unmask;
    add_header(flat, "header", message->header, 0);
    add_header(flat, "rejected", message->rejected, message->header.len);
    struct flat_field *mti = add_field(flat, 0, "mti", message->header.len + message->rejected.len);
    if (mti != NULL) {
        mti->value = flat->text.len;
        strbuf_text(&flat->text, message->mti);
        end_value(flat, mti);
    }
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        char path[12];
        struct iso_view view = iso_message_view(message, de);
        snprintf(path, sizeof path, "%u", de);
        add_value(flat, de, path, iso_spec_field(message->spec, de), &view,
                  (size_t)(view.data - message->base));
    }
    return !flat->is_full && !flat->text.bad;
}
