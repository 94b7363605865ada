/* How units lie in bytes: sizes, checking, and text there and back. Internal to this folder.
 *
 * A view is a value with the number of its units; in BCD a unit is half a byte, and a value may
 * begin in the middle of one. Text is ASCII or the field's charset, for content b hex digits. */
#ifndef ISO8583_ENCODING_H
#define ISO8583_ENCODING_H

#include "iso8583/spec.h"

struct iso_view {
    const uint8_t *data;
    size_t len;
    uint32_t units;
    uint8_t skip;    /* bcd: nibbles in front of the first digit, 0 or 1 */
    bool is_between; /* bcd: other digits stand in the nibbles around, no filling */
};

/* Bytes of so many units. */
static inline unsigned iso_bytes_of(enum iso_content content, enum iso_encoding encoding,
                                    unsigned units)
{
    if (encoding != ISO_ENCODING_BCD)
        return units;
    /* The sign of x+n is a byte. */
    return content == ISO_CONTENT_XN ? (units == 0 ? 0 : 1 + units / 2) : (units + 1) / 2;
}

static inline size_t iso_field_bytes(const struct iso_field *field, size_t units)
{
    return iso_bytes_of((enum iso_content)field->content, (enum iso_encoding)field->encoding,
                        (unsigned)units);
}

/* The view of a value as it stands on the wire; `odd` matters in BCD alone. */
struct iso_view iso_view_of_bcd(const struct iso_field *field, struct iso_value value, bool odd);
static inline struct iso_view iso_view_of(const struct iso_field *field, struct iso_value value,
                                          bool odd)
{
    if (__builtin_expect(field->encoding == ISO_ENCODING_BCD, 0))
        return iso_view_of_bcd(field, value, odd);
    return (struct iso_view){.data = value.data, .len = value.len, .units = (uint32_t)value.len};
}
static inline bool iso_view_is_odd(const struct iso_field *field, const struct iso_view *view)
{
    return field->encoding == ISO_ENCODING_BCD &&
           ((view->units - (field->content == ISO_CONTENT_XN ? 1 : 0)) & 1) != 0;
}

/* Checks the content of a field without sub-fields, or that of a tag that the spec has not, which
 * is written as the field that holds it. */
enum iso_result iso_view_check(const struct iso_spec *spec, const struct iso_field *field,
                               const struct iso_view *view, size_t offset, bool hidden,
                               struct iso_fault *fault);

/* Half a byte that is there only to fill an odd number of BCD digits; `at` counts nibbles. */
enum iso_result iso_fill_check(const struct iso_field *field, const uint8_t *data, size_t at,
                               size_t offset, bool hidden, struct iso_fault *fault);

/* The value as text; padding that the spec strips is left out. Returns the length, SIZE_MAX when
 * `size` is too small. At most ISO_TEXT_PER_BYTE times the bytes of the view. */
enum { ISO_TEXT_PER_BYTE = 2 };
size_t iso_view_text(const struct iso_spec *spec, const struct iso_field *field,
                     const struct iso_view *view, char *out, size_t size);

/* Text -> wire, padded as the spec says. Contents are not judged (iso_view_check() does), only what
 * cannot be written at all. On success *view lies in `out`. Errors: INPUT; LIMIT when `size` bytes
 * are too few. Offsets in the fault are `offset` and the bytes behind it. */
ISO_MUST_USE enum iso_result iso_view_write(const struct iso_spec *spec,
                                            const struct iso_field *field, const void *text,
                                            size_t len, uint8_t *out, size_t size, size_t offset,
                                            struct iso_view *view, struct iso_fault *fault);

/* The padding character, or byte, as it stands on the wire; not for BCD. */
uint8_t iso_pad_byte(const struct iso_spec *spec, const struct iso_field *field);

/* Characters of a charset with several bytes each: how many are in the bytes; or how many bytes so
 * many take, SIZE_MAX when they are not there. */
size_t iso_characters_count(enum iso_charset charset, const uint8_t *at, size_t len);
size_t iso_characters_bytes(enum iso_charset charset, const uint8_t *at, size_t len, size_t count);

/* Two digits a byte. */
static inline unsigned iso_nibble(const uint8_t *data, size_t index)
{
    return index % 2 == 0 ? data[index / 2] >> 4 : data[index / 2] & 15U;
}

#endif
