/* Lengths on the wire, see prefix.h. */
#include "iso8583/prefix.h"

#include "base/text.h"
#include "iso8583/ebcdic.h"

static enum iso_prefix_state read_ber(const uint8_t *at, size_t left, size_t *count, size_t *width)
{
    *width = 1;
    if (left == 0)
        return ISO_PREFIX_SHORT;
    *count = at[0];
    if (at[0] < 0x80)
        return ISO_PREFIX_GOOD;
    /* 80 would be a length that nobody knows in front. */
    size_t more = at[0] & 0x7FU;
    if (more == 0 || more > 4)
        return ISO_PREFIX_BAD;
    *width = 1 + more;
    if (left < *width)
        return ISO_PREFIX_SHORT;
    *count = 0;
    for (size_t i = 1; i <= more; i++)
        *count = *count << 8 | at[i];
    return ISO_PREFIX_GOOD;
}

enum iso_prefix_state iso_prefix_read_any(const struct iso_spec *spec, struct iso_prefix prefix,
                                          const uint8_t *at, size_t left, size_t *count,
                                          size_t *width)
{
    const uint8_t *latin = iso_ebcdic_to_latin[spec->codepage];
    size_t sum = 0;
    if (prefix.encoding == ISO_ENCODING_BER)
        return read_ber(at, left, count, width);
    *width = prefix.width;
    if (left < prefix.width)
        return ISO_PREFIX_SHORT;
    for (size_t i = 0; i < prefix.width; i++) {
        uint8_t byte = at[i];
        unsigned digit;
        switch (prefix.encoding) {
        case ISO_ENCODING_BINARY:
            sum = (prefix.flags & ISO_PREFIX_LITTLE) != 0 ? sum | (size_t)byte << (8 * i)
                                                          : sum << 8 | byte;
            break;
        case ISO_ENCODING_BCD:
            if (byte > 0x99 || (byte & 15) > 9)
                return ISO_PREFIX_BAD;
            sum = sum * 100 + (byte >> 4) * 10U + (byte & 15U);
            break;
        default:
            digit = (unsigned)text_hex_digit(prefix.encoding == ISO_ENCODING_EBCDIC ? latin[byte]
                                                                                    : byte);
            if (digit > (prefix.encoding == ISO_ENCODING_HEX ? 15U : 9U))
                return ISO_PREFIX_BAD;
            sum = sum * (prefix.encoding == ISO_ENCODING_HEX ? 16U : 10U) + digit;
            break;
        }
    }
    *count = sum;
    return ISO_PREFIX_GOOD;
}

size_t iso_prefix_width(struct iso_prefix prefix, size_t count)
{
    if (prefix.encoding != ISO_ENCODING_BER || prefix.width == 0)
        return prefix.width;
    return count < 0x80 ? 1 : count <= 0xFF ? 2 : count <= 0xFFFF ? 3 : count <= 0xFFFFFF ? 4 : 5;
}

bool iso_prefix_write(const struct iso_spec *spec, struct iso_prefix prefix, uint8_t *at,
                      size_t count)
{
    const uint8_t *ebcdic = iso_ebcdic_from_latin[spec->codepage];
    size_t width = iso_prefix_width(prefix, count);
    if (prefix.encoding == ISO_ENCODING_BER) {
        if (width == 1) {
            at[0] = (uint8_t)count;
            return true;
        }
        at[0] = (uint8_t)(0x80 | (width - 1));
        for (size_t i = width - 1; i > 0; i--, count >>= 8)
            at[i] = (uint8_t)count;
        return count == 0;
    }
    for (size_t i = width; i > 0; i--) {
        size_t place = (prefix.flags & ISO_PREFIX_LITTLE) != 0 ? width - i : i - 1;
        switch (prefix.encoding) {
        case ISO_ENCODING_BINARY:
            at[place] = (uint8_t)count;
            count >>= 8;
            break;
        case ISO_ENCODING_BCD:
            at[place] = (uint8_t)(count / 10 % 10 << 4 | count % 10);
            count /= 100;
            break;
        case ISO_ENCODING_HEX:
            at[place] = (uint8_t) "0123456789ABCDEF"[count % 16];
            count /= 16;
            break;
        case ISO_ENCODING_EBCDIC:
            at[place] = ebcdic['0' + count % 10];
            count /= 10;
            break;
        default:
            at[place] = (uint8_t)('0' + count % 10);
            count /= 10;
            break;
        }
    }
    return count == 0;
}

/* --- what is counted -------------------------------------------------------------------------- */

static bool is_hex(const struct iso_field *field)
{
    return field->encoding == ISO_ENCODING_HEX || field->encoding == ISO_ENCODING_EBCDIC_HEX;
}

/* In BCD bytes do not say whether the last digit is one. A fill that is no digit does, and so does
 * the maximum. */
static unsigned digits_in(const struct iso_field *field, const uint8_t *at, size_t len)
{
    if (len == 0)
        return 0;
    unsigned sign = field->content == ISO_CONTENT_XN ? 1 : 0; /* a byte of its own */
    unsigned digits = (unsigned)(2 * len) - sign;
    if (sign == 1 && len == 1)
        return 1;
    unsigned outer = (field->flags & ISO_FIELD_ODD_RIGHT) != 0 ? at[len - 1] & 15U : at[sign] >> 4;
    bool filled = field->fill > 9 && outer == field->fill && field->content != ISO_CONTENT_B;
    return digits - (filled || digits == field->len_max + 1U ? 1 : 0);
}

bool iso_count_extent_any(const struct iso_field *field, struct iso_prefix prefix, size_t count,
                          size_t extra, const uint8_t *at, size_t left, struct iso_view *view)
{
    bool bcd = field->encoding == ISO_ENCODING_BCD;
    if (count < extra)
        return false;
    count -= extra;
    *view = (struct iso_view){.data = at, .len = count, .units = (uint32_t)count};
    if (count > UINT32_MAX / 2)
        return true; /* over every maximum */
    switch (prefix.counts) {
    case ISO_COUNTS_BYTES:
        view->len = is_hex(field) ? 2 * count : count;
        view->units = (uint32_t)view->len;
        if (bcd)
            view->units =
                view->len <= left ? digits_in(field, at, view->len) : (uint32_t)(2 * count);
        break;
    case ISO_COUNTS_NIBBLES:
        if (!bcd)
            break;
        if (count % 2 != 0)
            return false;
        view->len = count / 2;
        if (view->len <= left)
            view->units = digits_in(field, at, view->len);
        break;
    case ISO_COUNTS_CHARACTERS:
        view->len = iso_characters_bytes((enum iso_charset)field->charset, at, left, count);
        view->units = (uint32_t)view->len;
        return view->len != SIZE_MAX;
    default:
        if (is_hex(field) && count % 2 != 0)
            return false;
        view->len = iso_field_bytes(field, count);
        break;
    }
    if (bcd && (view->units & 1) != (field->content == ISO_CONTENT_XN ? 1 : 0))
        view->skip = (field->flags & ISO_FIELD_ODD_RIGHT) != 0 ? 0 : 1;
    return true;
}

size_t iso_count_of(const struct iso_field *field, struct iso_prefix prefix,
                    const struct iso_view *view, size_t extra)
{
    size_t count = view->units;
    if (prefix.counts == ISO_COUNTS_BYTES)
        count = is_hex(field) ? view->len / 2 : view->len;
    else if (prefix.counts == ISO_COUNTS_NIBBLES && field->encoding == ISO_ENCODING_BCD)
        count = 2 * view->len;
    else if (prefix.counts == ISO_COUNTS_CHARACTERS)
        count = iso_characters_count((enum iso_charset)field->charset, view->data, view->len);
    return count + extra;
}
