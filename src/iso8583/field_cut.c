/* One field with a length of its own: cut off the bytes of a message, and put there. Plain ones,
 * as the quick walks have them, are only one case here. */
#include "iso8583/fault.h"
#include "iso8583/parts.h"

#include <stdio.h>

static const uint8_t *fault_short(struct iso_fault *fault, size_t offset, size_t need, size_t have)
{
    iso_fault_truncated(fault, offset, need, have);
    return NULL;
}

/* What stands behind the content up to the field's maximum must be padding: it is written again. */
__attribute__((noinline)) static const uint8_t *skip_filling(const struct iso_spec *spec,
                                                             const struct iso_field *field,
                                                             const struct iso_view *view,
                                                             const uint8_t *end, size_t offset,
                                                             struct iso_fault *fault)
{
    size_t whole = iso_field_bytes(field, field->len_max);
    size_t left = (size_t)(end - view->data);
    uint8_t pad = iso_pad_byte(spec, field);
    if (field->encoding == ISO_ENCODING_BCD)
        pad = (uint8_t)((field->pad - '0') * 0x11);
    if (left < whole)
        return fault_short(fault, offset, whole, left);
    for (size_t i = view->len; i < whole; i++)
        if (view->data[i] != pad) {
            char expected[48];
            snprintf(expected, sizeof expected, "byte %02X to fill the field", pad);
            iso_fault_set(fault, ISO_FAULT_CONTENT, offset + i, expected, "byte %02X",
                          view->data[i]);
            return NULL;
        }
    return view->data + whole;
}

__attribute__((noinline)) static const uint8_t *
cut_terminated(const struct iso_field *field, const uint8_t *at, const uint8_t *end, size_t offset,
               struct iso_view *view, struct iso_fault *fault)
{
    size_t left = (size_t)(end - at), most = field->len_max + (size_t)1;
    const uint8_t *found = memchr(at, field->terminator, left < most ? left : most);
    if (found == NULL) {
        char expected[64];
        snprintf(expected, sizeof expected, "byte %02X behind at most %u bytes", field->terminator,
                 field->len_max);
        iso_fault_set(fault, left < most ? ISO_FAULT_TRUNCATED : ISO_FAULT_OVER, offset, expected,
                      left < most ? "the end" : "more");
        return NULL;
    }
    size_t len = (size_t)(found - at);
    if (len < field->len_min) {
        iso_fault_length(fault, offset, len, field->len_min, field->len_max);
        return NULL;
    }
    *view = (struct iso_view){.data = at, .len = len, .units = (uint32_t)len};
    return found + 1;
}

static const uint8_t *cut_prefixed(const struct iso_spec *spec, const struct iso_field *field,
                                   const uint8_t *at, const uint8_t *end, size_t offset,
                                   struct iso_view *view, struct iso_fault *fault)
{
    size_t left = (size_t)(end - at), count = 0, width = 0;
    struct iso_prefix prefix = field->prefix;
    enum iso_prefix_state state = iso_prefix_read(spec, prefix, at, left, &count, &width);
    if (state == ISO_PREFIX_SHORT)
        return fault_short(fault, offset, width, left);
    if (state == ISO_PREFIX_BAD) {
        iso_fault_prefix(fault, offset, at, width);
        return NULL;
    }
    size_t extra = (prefix.flags & ISO_PREFIX_INCLUSIVE) != 0 ? width : 0;
    if (!iso_count_extent(field, prefix, count, extra, at + width, left - width, view)) {
        iso_fault_set(fault, ISO_FAULT_LENGTH, offset, "a length that the content can have",
                      "length %zu", count);
        return NULL;
    }
    if (view->units > field->len_max || view->units < field->len_min || view->len > ISO_LEN_MAX) {
        iso_fault_length(fault, offset, view->units, field->len_min, field->len_max);
        return NULL;
    }
    if (view->len > left - width)
        return fault_short(fault, offset + width, view->len, left - width);
    /* There may be more than one way to say it; ours must be the one that came. */
    if (prefix.encoding == ISO_ENCODING_BER &&
        width != iso_prefix_width(prefix, iso_count_of(field, prefix, view, extra))) {
        iso_fault_set(fault, ISO_FAULT_LENGTH, offset, "the shortest form of a length",
                      "%zu bytes of it", width);
        return NULL;
    }
    if ((prefix.flags & ISO_PREFIX_FILLED) != 0)
        return skip_filling(spec, field, view, end, offset + width, fault);
    return view->data + view->len;
}

/* A fixed number of units. */
static struct iso_view fixed_view(const struct iso_field *field, const uint8_t *at)
{
    struct iso_value value = {at, iso_field_bytes(field, field->len_max)};
    bool odd = ((field->len_max - (field->content == ISO_CONTENT_XN ? 1U : 0U)) & 1) != 0;
    return iso_view_of(field, value, odd);
}

const uint8_t *iso_field_cut(const struct iso_spec *spec, const struct iso_field *field,
                             const uint8_t *at, const uint8_t *end, size_t offset,
                             struct iso_view *view, struct iso_fault *fault)
{
    size_t left = (size_t)(end - at);
    if ((field->flags & ISO_FIELD_TERMINATED) != 0)
        return cut_terminated(field, at, end, offset, view, fault);
    if (field->prefix.width > 0)
        return cut_prefixed(spec, field, at, end, offset, view, fault);
    *view = fixed_view(field, at);
    if (view->len > left)
        return fault_short(fault, offset, view->len, left);
    return at + view->len;
}

size_t iso_field_room(const struct iso_field *field, const struct iso_view *view)
{
    size_t len = view->len;
    if ((field->flags & ISO_FIELD_TERMINATED) != 0)
        return len + 1;
    if (field->prefix.width == 0)
        return len;
    size_t width = field->prefix.width, before;
    size_t count;
    do { /* in BER a length that counts itself may grow by doing so */
        before = width;
        count = iso_count_of(field, field->prefix, view,
                             (field->prefix.flags & ISO_PREFIX_INCLUSIVE) != 0 ? width : 0);
        width = iso_prefix_width(field->prefix, count);
    } while (width > before);
    if ((field->prefix.flags & ISO_PREFIX_FILLED) != 0)
        len = iso_field_bytes(field, field->len_max);
    return width + len;
}

uint8_t *iso_field_put(const struct iso_spec *spec, const struct iso_field *field,
                       const struct iso_view *view, uint8_t *at)
{
    size_t room = iso_field_room(field, view), len = view->len;
    uint8_t *behind = at + room;
    if (field->prefix.width > 0) {
        bool filled = (field->prefix.flags & ISO_PREFIX_FILLED) != 0;
        size_t width = room - (filled ? iso_field_bytes(field, field->len_max) : len);
        size_t extra = (field->prefix.flags & ISO_PREFIX_INCLUSIVE) != 0 ? width : 0;
        if (!iso_prefix_write(spec, field->prefix, at,
                              iso_count_of(field, field->prefix, view, extra)))
            return NULL;
        at += width;
        if (len > 0)
            memmove(at, view->data, len);
        if (filled)
            memset(at + len,
                   field->encoding == ISO_ENCODING_BCD ? (field->pad - '0') * 0x11
                                                       : iso_pad_byte(spec, field),
                   iso_field_bytes(field, field->len_max) - len);
        return behind;
    }
    if (len > 0)
        memmove(at, view->data, len);
    if ((field->flags & ISO_FIELD_TERMINATED) != 0)
        at[len] = field->terminator;
    return behind;
}
