/* Lengths on the wire: reading and writing them, and what they count. Internal to this folder. */
#ifndef ISO8583_PREFIX_H
#define ISO8583_PREFIX_H

#include "iso8583/encoding.h"

/* Reads a length of `digits` ASCII digits; false when one is none. */
static inline bool iso_digits_read(const uint8_t *at, unsigned digits, size_t *value)
{
    unsigned sum = 0, stray = 0;
    for (unsigned i = 0; i < digits; i++) {
        unsigned digit = at[i] - (unsigned)'0';
        stray |= digit > 9;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return stray == 0;
}

/* Writes the value as `digits` digits; it must fit. */
static inline void iso_digits_write(uint8_t *at, unsigned digits, size_t value)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
}

enum iso_prefix_state { ISO_PREFIX_GOOD, ISO_PREFIX_SHORT, ISO_PREFIX_BAD };

/* The number at `at`; *width is how many bytes it took, or needs when it is SHORT. */
enum iso_prefix_state iso_prefix_read_any(const struct iso_spec *spec, struct iso_prefix prefix,
                                          const uint8_t *at, size_t left, size_t *count,
                                          size_t *width);
static inline enum iso_prefix_state iso_prefix_read(const struct iso_spec *spec,
                                                    struct iso_prefix prefix, const uint8_t *at,
                                                    size_t left, size_t *count, size_t *width)
{
    if (prefix.encoding != ISO_ENCODING_ASCII)
        return iso_prefix_read_any(spec, prefix, at, left, count, width);
    *width = prefix.width;
    if (left < prefix.width)
        return ISO_PREFIX_SHORT;
    return iso_digits_read(at, prefix.width, count) ? ISO_PREFIX_GOOD : ISO_PREFIX_BAD;
}
/* Bytes that the number takes. */
size_t iso_prefix_width(struct iso_prefix prefix, size_t count);
/* Writes it; false when it does not fit. */
bool iso_prefix_write(const struct iso_spec *spec, struct iso_prefix prefix, uint8_t *at,
                      size_t count);

/* The number of a prefix -> units and bytes of the content that begins at `at`. False when there
 * can be no such content: an odd number of hex digits, fewer than the prefix itself, characters
 * that do not come. `extra` is what is counted besides the content. */
bool iso_count_extent_any(const struct iso_field *field, struct iso_prefix prefix, size_t count,
                          size_t extra, const uint8_t *at, size_t left, struct iso_view *view);
static inline bool iso_count_extent(const struct iso_field *field, struct iso_prefix prefix,
                                    size_t count, size_t extra, const uint8_t *at, size_t left,
                                    struct iso_view *view)
{
    if (extra > 0 || prefix.counts != ISO_COUNTS_UNITS || field->encoding > ISO_ENCODING_BINARY)
        return iso_count_extent_any(field, prefix, count, extra, at, left, view);
    *view = (struct iso_view){.data = at, .len = count, .units = (uint32_t)count};
    return true;
}
/* And back. */
size_t iso_count_of(const struct iso_field *field, struct iso_prefix prefix,
                    const struct iso_view *view, size_t extra);

#endif
