/* Units and bytes, see encoding.h. */
#include "iso8583/encoding.h"

#include "base/result.h"
#include "base/text.h"
#include "iso8583/ebcdic.h"
#include "iso8583/fault.h"

static const char hex_digits[] = "0123456789ABCDEF";

struct iso_view iso_view_of_bcd(const struct iso_field *field, struct iso_value value, bool odd)
{
    struct iso_view view = {.data = value.data, .len = value.len, .units = (uint32_t)value.len};
    if (value.len == 0)
        return view;
    view.units = (uint32_t)(2 * value.len);
    if (field->content == ISO_CONTENT_XN)
        view.units--;
    /* Whoever set bytes may not know: one digit more than there can be is none. */
    if (view.units > 0 && (odd || view.units == field->len_max + 1U)) {
        view.units--;
        view.skip = (field->flags & ISO_FIELD_ODD_RIGHT) != 0 ? 0 : 1;
    }
    return view;
}

/* --- checking --------------------------------------------------------------------------------- */

static inline bool is_all(enum iso_class_id id, const uint8_t *at, size_t len)
{
    iso_lanes verdict = iso_class_scan(iso_verdict_good(), &iso_classes[id], at, len, NULL);
    return __builtin_expect(iso_verdict_is_good(verdict), 1);
}

static enum iso_result check_class(enum iso_class_id id, const uint8_t *at, size_t len,
                                   size_t offset, bool hidden, struct iso_fault *fault)
{
    if (is_all(id, at, len))
        return ISO_OK;
    size_t stray = iso_class_stray(id, at, len);
    return iso_fault_content(fault, offset + stray, id, at[stray], hidden);
}

/* EBCDIC is judged by what it says. */
static enum iso_result check_ebcdic(const struct iso_spec *spec, enum iso_class_id id,
                                    const uint8_t *at, size_t len, size_t offset, bool hidden,
                                    struct iso_fault *fault)
{
    unsigned all = ~0U;
    for (size_t i = 0; i < len; i++)
        all &= spec->ebcdic_classes[at[i]];
    if (__builtin_expect((all >> id & 1) != 0, 1))
        return ISO_OK;
    size_t stray = 0;
    while ((spec->ebcdic_classes[at[stray]] >> id & 1) != 0)
        stray++;
    return iso_fault_content(fault, offset + stray, id,
                             iso_ebcdic_to_latin[spec->codepage][at[stray]], hidden);
}

static enum iso_result fault_nibble(struct iso_fault *fault, size_t offset, const char *expected,
                                    unsigned nibble, bool hidden)
{
    if (hidden)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, expected, "another nibble");
    return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, expected, "nibble %X", nibble);
}

__attribute__((noinline, cold)) static enum iso_result fault_fill(const struct iso_field *field,
                                                                  size_t offset, unsigned nibble,
                                                                  bool hidden,
                                                                  struct iso_fault *fault)
{
    char expected[] = "nibble ? to fill an odd number of digits";
    expected[7] = hex_digits[field->fill];
    return fault_nibble(fault, offset, expected, nibble, hidden);
}

enum iso_result iso_fill_check(const struct iso_field *field, const uint8_t *data, size_t at,
                               size_t offset, bool hidden, struct iso_fault *fault)
{
    unsigned nibble = iso_nibble(data, at);
    if (nibble == field->fill)
        return ISO_OK;
    return fault_fill(field, offset + at / 2, nibble, hidden, fault);
}

static bool bcd_is_good(const uint8_t *at, size_t len)
{
    return iso_verdict_is_good(iso_bcd_scan(iso_verdict_good(), at, len, NULL));
}

static enum iso_result check_bcd(const struct iso_field *field, const struct iso_view *view,
                                 size_t offset, bool hidden, struct iso_fault *fault)
{
    size_t first = view->skip, behind = first + view->units;
    bool odd = (view->units & 1) != 0;
    if (odd && !view->is_between) {
        enum iso_result result = iso_fill_check(
            field, view->data, view->skip != 0 ? 0 : 2 * view->len - 1, offset, hidden, fault);
        if (result != ISO_OK)
            return result;
    }
    if (field->content == ISO_CONTENT_Z || field->content == ISO_CONTENT_B ||
        (!odd && !view->is_between && bcd_is_good(view->data, view->len)) ||
        (odd && !view->is_between && field->fill <= 9 && bcd_is_good(view->data, view->len)))
        return ISO_OK;
    for (size_t i = first; i < behind; i++)
        if (iso_nibble(view->data, i) > 9)
            return fault_nibble(fault, offset + i / 2, "a digit", iso_nibble(view->data, i),
                                hidden);
    return ISO_OK;
}

/* The zone of the last digit says the sign: F none, C positive, D negative. */
static enum iso_result check_overpunch(const struct iso_view *view, size_t offset, bool hidden,
                                       struct iso_fault *fault)
{
    for (size_t i = 0; i < view->len; i++) {
        uint8_t byte = view->data[i];
        bool last = i + 1 == view->len;
        bool zone = byte >> 4 == 0xF || (last && (byte >> 4 == 0xC || byte >> 4 == 0xD));
        if (zone && (byte & 15) <= 9)
            continue;
        const char *expected = last ? "a digit, signed or not" : "a digit";
        if (hidden)
            return iso_fault_set(fault, ISO_FAULT_CONTENT, offset + i, expected, "another byte");
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset + i, expected, "byte %02X", byte);
    }
    return ISO_OK;
}

static enum iso_result check_text(const struct iso_spec *spec, const struct iso_field *field,
                                  enum iso_class_id id, const uint8_t *at, size_t len,
                                  size_t offset, bool hidden, struct iso_fault *fault)
{
    if (field->encoding == ISO_ENCODING_EBCDIC || field->encoding == ISO_ENCODING_EBCDIC_HEX)
        /* Digits stand together in every code page. */
        return id == ISO_CLASS_ANY || (id == ISO_CLASS_N && is_all(ISO_CLASS_N_EBCDIC, at, len))
                   ? ISO_OK
                   : check_ebcdic(spec, id, at, len, offset, hidden, fault);
    return check_class(id, at, len, offset, hidden, fault);
}

enum iso_result iso_view_check(const struct iso_spec *spec, const struct iso_field *field,
                               const struct iso_view *view, size_t offset, bool hidden,
                               struct iso_fault *fault)
{
    enum iso_class_id id = (enum iso_class_id)field->value_class;
    if (view->len == 0)
        return ISO_OK;
    if (field->encoding == ISO_ENCODING_OVERPUNCH)
        return check_overpunch(view, offset, hidden, fault);
    if ((field->flags & ISO_FIELD_SIGNED) != 0) {
        enum iso_result result =
            check_text(spec, field, ISO_CLASS_SIGN, view->data, 1, offset, hidden, fault);
        if (result != ISO_OK)
            return result;
        struct iso_view digits = *view;
        digits.data++;
        digits.len--;
        digits.units--;
        if (field->encoding == ISO_ENCODING_BCD)
            return check_bcd(field, &digits, offset + 1, hidden, fault);
        return check_text(spec, field, id, digits.data, digits.len, offset + 1, hidden, fault);
    }
    if (field->encoding == ISO_ENCODING_BCD)
        return check_bcd(field, view, offset, hidden, fault);
    return check_text(spec, field, id, view->data, view->len, offset, hidden, fault);
}

/* --- wire -> text ----------------------------------------------------------------------------- */

static size_t put_hex(const uint8_t *at, size_t len, const uint8_t *table, char *out)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = table == NULL ? at[i] : table[at[i]];
        out[2 * i] = hex_digits[byte >> 4];
        out[2 * i + 1] = hex_digits[byte & 15];
    }
    return 2 * len;
}

/* In a track D is the separator, = as text; in the other contents nibbles are hex digits. */
static size_t put_nibbles(const struct iso_field *field, const struct iso_view *view, char *out)
{
    size_t at = 0, first = view->skip, units = view->units;
    const uint8_t *data = view->data;
    if (field->content == ISO_CONTENT_XN && units > 0) {
        out[at++] = (char)data[0];
        data++;
        units--;
    }
    for (size_t i = 0; i < units; i++) {
        unsigned nibble = iso_nibble(data, first + i);
        out[at++] = field->content == ISO_CONTENT_Z ? (char)('0' + nibble) : hex_digits[nibble];
    }
    return at;
}

static size_t put_overpunch(const struct iso_view *view, char *out)
{
    size_t at = 0;
    unsigned zone = view->len == 0 ? 0xF : view->data[view->len - 1] >> 4;
    if (zone != 0xF)
        out[at++] = zone == 0xD ? '-' : '+';
    for (size_t i = 0; i < view->len; i++)
        out[at++] = (char)('0' + (view->data[i] & 15));
    return at;
}

static size_t strip(const struct iso_field *field, char *text, size_t len)
{
    size_t width = field->content == ISO_CONTENT_B && field->encoding != ISO_ENCODING_BCD ? 2 : 1;
    char pad[2] = {(char)field->pad, (char)field->pad};
    if (width == 2) {
        pad[0] = hex_digits[field->pad >> 4];
        pad[1] = hex_digits[field->pad & 15];
    }
    bool right = (field->flags & ISO_FIELD_PAD_RIGHT) != 0;
    size_t gone = 0;
    while (gone + width <= len &&
           memcmp(right ? text + len - gone - width : text + gone, pad, width) == 0)
        gone += width;
    if (!right)
        memmove(text, text + gone, len - gone);
    return len - gone;
}

size_t iso_view_text(const struct iso_spec *spec, const struct iso_field *field,
                     const struct iso_view *view, char *out, size_t size)
{
    const uint8_t *latin = iso_ebcdic_to_latin[spec->codepage];
    size_t len = view->len;
    if (size < ISO_TEXT_PER_BYTE * view->len)
        return SIZE_MAX;
    switch (field->encoding) {
    case ISO_ENCODING_BCD:
        len = put_nibbles(field, view, out);
        break;
    case ISO_ENCODING_BINARY:
        len = put_hex(view->data, view->len, NULL, out);
        break;
    case ISO_ENCODING_OVERPUNCH:
        len = put_overpunch(view, out);
        break;
    case ISO_ENCODING_EBCDIC:
        if (field->content == ISO_CONTENT_B) {
            len = put_hex(view->data, view->len, latin, out);
            break;
        } /* fall through */
    case ISO_ENCODING_EBCDIC_HEX:
        for (size_t i = 0; i < view->len; i++)
            out[i] = (char)latin[view->data[i]];
        break;
    default:
        if (len > 0)
            memcpy(out, view->data, len);
        break;
    }
    return (field->flags & ISO_FIELD_STRIP) != 0 ? strip(field, out, len) : len;
}

/* --- text -> wire ----------------------------------------------------------------------------- */

uint8_t iso_pad_byte(const struct iso_spec *spec, const struct iso_field *field)
{
    return field->encoding == ISO_ENCODING_EBCDIC
               ? iso_ebcdic_from_latin[spec->codepage][field->pad]
               : field->pad;
}

/* -1 when the character is none of a nibble. */
static int nibble_of(enum iso_content content, uint8_t character)
{
    if (content == ISO_CONTENT_B || (character >= '0' && character <= '9'))
        return text_hex_digit(character);
    if (content == ISO_CONTENT_Z && character >= ':' && character <= '?')
        return character - '0';
    return content == ISO_CONTENT_Z && character == 'D' ? 0xD : -1;
}

/* What is written: the text, with so many pads in front and behind. */
struct source {
    const uint8_t *text;
    size_t len, left, right;
    uint8_t pad;
};

static uint8_t source_at(const struct source *source, size_t index)
{
    if (index < source->left || index >= source->left + source->len)
        return source->pad;
    return source->text[index - source->left];
}

static enum iso_result fault_character(const struct iso_field *field, uint8_t character,
                                       size_t offset, struct iso_fault *fault)
{
    bool hidden = field->mask == ISO_MASK_TRACK || field->mask == ISO_MASK_SECRET;
    enum iso_class_id id = field->content == ISO_CONTENT_B   ? ISO_CLASS_HEX
                           : field->content == ISO_CONTENT_Z ? ISO_CLASS_Z
                                                             : ISO_CLASS_N;
    return iso_fault_content(fault, offset, id, character, hidden);
}

static enum iso_result write_nibbles(const struct iso_field *field, const struct source *source,
                                     size_t units, uint8_t *out, size_t offset,
                                     struct iso_view *view, struct iso_fault *fault)
{
    size_t at = 0;
    uint8_t *digits = out;
    if (field->content == ISO_CONTENT_XN && units > 0) {
        *digits++ = source_at(source, at++);
        offset++;
    }
    size_t count = units - at, skip = 0;
    if (count % 2 != 0) {
        bool right = (field->flags & ISO_FIELD_ODD_RIGHT) != 0;
        skip = right ? 0 : 1;
        digits[right ? count / 2 : 0] = (uint8_t)(right ? field->fill : field->fill << 4);
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t character = source_at(source, at + i);
        int nibble = nibble_of((enum iso_content)field->content, character);
        size_t place = skip + i;
        if (nibble < 0)
            return fault_character(field, character, offset + place / 2, fault);
        if (place % 2 == 0)
            digits[place / 2] =
                (uint8_t)(nibble << 4 | (i + 1 == count && count % 2 != 0 ? field->fill : 0));
        else
            digits[place / 2] = (uint8_t)((digits[place / 2] & 0xF0) | nibble);
    }
    view->skip = (uint8_t)skip;
    return ISO_OK;
}

static enum iso_result write_hex(const struct iso_field *field, const struct source *source,
                                 size_t units, const uint8_t *table, uint8_t *out, size_t offset,
                                 struct iso_fault *fault)
{
    for (size_t i = 0; i < units; i++) {
        bool is_pad = i < source->left || i >= source->left + source->len / 2;
        int byte = source->pad;
        if (!is_pad) {
            const uint8_t *pair = source->text + 2 * (i - source->left);
            int high = nibble_of(ISO_CONTENT_B, pair[0]), low = nibble_of(ISO_CONTENT_B, pair[1]);
            if (high < 0 || low < 0)
                return fault_character(field, high < 0 ? pair[0] : pair[1], offset + i, fault);
            byte = high << 4 | low;
        }
        out[i] = table == NULL ? (uint8_t)byte : table[byte];
    }
    return ISO_OK;
}

/* "-12" -> F1 D2; the sign is no unit. */
static enum iso_result write_overpunch(const struct iso_field *field, const uint8_t *text,
                                       size_t len, uint8_t *out, size_t offset,
                                       struct iso_fault *fault)
{
    bool is_signed = len > 0 && (text[0] == '-' || text[0] == '+');
    size_t first = is_signed ? 1 : 0;
    for (size_t i = first; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return fault_character(field, text[i], offset + i - first, fault);
        out[i - first] = (uint8_t)(0xF0 | (text[i] - '0'));
    }
    if (is_signed && len > first)
        out[len - first - 1] =
            (uint8_t)((text[0] == '-' ? 0xD0 : 0xC0) | (out[len - first - 1] & 15));
    return ISO_OK;
}

static size_t units_of_text(const struct iso_field *field, const uint8_t *text, size_t len)
{
    if (field->encoding == ISO_ENCODING_BINARY ||
        (field->encoding == ISO_ENCODING_EBCDIC && field->content == ISO_CONTENT_B))
        return len / 2;
    if (field->encoding == ISO_ENCODING_OVERPUNCH && len > 0 && (text[0] == '-' || text[0] == '+'))
        return len - 1;
    return len;
}

enum iso_result iso_view_write(const struct iso_spec *spec, const struct iso_field *field,
                               const void *text, size_t len, uint8_t *out, size_t size,
                               size_t offset, struct iso_view *view, struct iso_fault *fault)
{
    const uint8_t *table = iso_ebcdic_from_latin[spec->codepage];
    struct source source = {.text = text, .len = len, .pad = field->pad};
    size_t units = units_of_text(field, text, len);
    bool bytes = field->encoding == ISO_ENCODING_BINARY ||
                 (field->encoding == ISO_ENCODING_EBCDIC && field->content == ISO_CONTENT_B);
    if (bytes && len % 2 != 0)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, "an even number of hex digits",
                             "%zu", len);
    if (units < field->len_min && (field->flags & ISO_FIELD_PAD) != 0) {
        size_t gap = field->len_min - units;
        source.left = (field->flags & ISO_FIELD_PAD_RIGHT) != 0 ? 0 : gap;
        source.right = gap - source.left;
        units += gap;
    }
    size_t need = units > ISO_LEN_MAX ? SIZE_MAX : iso_field_bytes(field, units);
    if (need > size)
        return iso_fault_room(fault, offset, need, size);
    *view = (struct iso_view){.data = out, .len = need, .units = (uint32_t)units};
    switch (field->encoding) {
    case ISO_ENCODING_BCD:
        return write_nibbles(field, &source, units, out, offset, view, fault);
    case ISO_ENCODING_BINARY:
        return write_hex(field, &source, units, NULL, out, offset, fault);
    case ISO_ENCODING_OVERPUNCH:
        return write_overpunch(field, text, len, out, offset, fault);
    case ISO_ENCODING_EBCDIC:
        if (field->content == ISO_CONTENT_B)
            return write_hex(field, &source, units, table, out, offset, fault);
        /* fall through */
    case ISO_ENCODING_EBCDIC_HEX:
        for (size_t i = 0; i < units; i++)
            out[i] = table[source_at(&source, i)];
        return ISO_OK;
    default:
        memset(out, source.pad, source.left);
        if (len > 0)
            memcpy(out + source.left, text, len);
        memset(out + source.left + len, source.pad, source.right);
        return ISO_OK;
    }
}

/* --- characters of several bytes -------------------------------------------------------------- */

/* Bytes of the character at `at`; as much as is there when it is cut. */
static size_t character_len(enum iso_charset charset, const uint8_t *at, size_t len)
{
    size_t width = 1;
    if (charset == ISO_CHARSET_UTF8)
        width = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : at[0] >= 0xC0 ? 2 : 1;
    else if (charset == ISO_CHARSET_GB18030 && at[0] > 0x80)
        width = len > 1 && at[1] >= '0' && at[1] <= '9' ? 4 : 2;
    return width < len ? width : len;
}

size_t iso_characters_count(enum iso_charset charset, const uint8_t *at, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i += character_len(charset, at + i, len - i))
        count++;
    return count;
}

size_t iso_characters_bytes(enum iso_charset charset, const uint8_t *at, size_t len, size_t count)
{
    size_t i = 0;
    for (; count > 0; count--) {
        if (i >= len)
            return SIZE_MAX;
        i += character_len(charset, at + i, len - i);
    }
    return i;
}
