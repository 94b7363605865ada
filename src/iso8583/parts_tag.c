/* Sub-fields that are named on the wire: by a tag (usage, tlv, BER-TLV) or a bit of a bitmap. See
 * parts.h. */
#include "iso8583/ebcdic.h"
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

/* --- tags ------------------------------------------------------------------------------------- */

static bool is_letter_or_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') <= 9 || (uint8_t)(byte - 'A') <= 25;
}

static void name_by_hex(struct iso_part *part, const uint8_t *tag, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        part->text[2 * i] = "0123456789ABCDEF"[tag[i] >> 4];
        part->text[2 * i + 1] = "0123456789ABCDEF"[tag[i] & 15];
    }
    part->key = (struct iso_value){(const uint8_t *)part->text, 2 * len};
}

/* Faults are made elsewhere, so that the walk keeps no room for their words. */
#define COLD __attribute__((noinline, cold))

COLD static bool stop_at_stray(struct iso_parts *parts, const uint8_t *tag, size_t stray)
{
    char expected[64];
    snprintf(expected, sizeof expected, "a tag of %u upper-case letters or digits",
             parts->field->tag_len);
    return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_CONTENT,
                                               iso_parts_offset(parts, tag) + stray, expected,
                                               "byte %02X", tag[stray]));
}

COLD static bool stop_at_many(struct iso_parts *parts, const struct iso_part *part)
{
    char expected[64];
    snprintf(expected, sizeof expected, "%d tags at most", ISO_TAGS_MAX);
    return iso_parts_stop(
        parts, iso_fault_set(parts->fault, ISO_FAULT_OVER, part->head, expected, "more"));
}

COLD static bool stop_at_unknown(struct iso_parts *parts, const struct iso_part *part,
                                 const uint8_t *tag)
{
    return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_UNDEFINED,
                                               iso_parts_offset(parts, tag),
                                               "a tag that the spec has", "\"%.*s\"",
                                               (int)part->key.len, (const char *)part->key.data));
}

static bool take_ebcdic_tag(struct iso_parts *parts, struct iso_part *part, const uint8_t *tag)
{
    const uint8_t *latin = iso_ebcdic_to_latin[parts->spec->codepage];
    for (size_t i = 0; i < parts->field->tag_len; i++) {
        part->text[i] = (char)latin[tag[i]];
        if (!is_letter_or_digit(latin[tag[i]]))
            return stop_at_stray(parts, tag, i);
    }
    part->key = (struct iso_value){(const uint8_t *)part->text, parts->field->tag_len};
    return true;
}

/* The tag as paths name it. Those of text are upper-case letters and digits, so that they can name
 * a sub-field anywhere; stops at the first byte of what is none. */
static inline bool take_tag(struct iso_parts *parts, struct iso_part *part, const uint8_t *tag)
{
    size_t len = parts->field->tag_len;
    if (parts->field->tag_encoding == ISO_ENCODING_BINARY) {
        name_by_hex(part, tag, len);
        return true;
    }
    if (parts->field->tag_encoding == ISO_ENCODING_EBCDIC)
        return take_ebcdic_tag(parts, part, tag);
    for (size_t i = 0; i < len; i++)
        if (!is_letter_or_digit(tag[i]))
            return stop_at_stray(parts, tag, i);
    part->key = (struct iso_value){tag, len};
    return true;
}

/* Finds the field of the tag that the part is named by. */
static inline bool find_tag(struct iso_parts *parts, struct iso_part *part, const uint8_t *tag,
                            const struct iso_field **field)
{
    if (parts->index++ == ISO_TAGS_MAX)
        return stop_at_many(parts, part);
    *field = iso_field_part(parts->spec, parts->field, part->key.data, part->key.len);
    if (*field == NULL && (parts->field->flags & ISO_FIELD_CLOSED) != 0)
        return stop_at_unknown(parts, part, tag);
    return true;
}

static bool stop_short(struct iso_parts *parts, size_t offset, size_t need, size_t have)
{
    return iso_parts_stop(parts, iso_fault_truncated(parts->fault, offset, need, have));
}

static bool check_length(struct iso_parts *parts, const struct iso_part *part,
                         const struct iso_field *field, const struct iso_view *view, size_t offset)
{
    if (field == NULL || (view->units >= field->len_min && view->units <= field->len_max))
        return true;
    iso_fault_length(parts->fault, offset, view->units, field->len_min, field->len_max);
    return iso_parts_stop_in(parts, part->key);
}

bool iso_parts_next_usage(struct iso_parts *parts, struct iso_part *part)
{
    size_t left = (size_t)(parts->end - parts->at), width = parts->field->tag_len;
    const struct iso_field *field = NULL;
    if (left == 0)
        return false;
    part->head = iso_parts_offset(parts, parts->at);
    if (left < width)
        return stop_short(parts, part->head, width, left);
    if (!take_tag(parts, part, parts->at) || !find_tag(parts, part, parts->at, &field))
        return false;
    struct iso_value rest = {parts->at + width, left - width};
    struct iso_view view = iso_view_of(field != NULL ? field : parts->field, rest, false);
    parts->at = parts->end;
    iso_part_take(parts, part, field, &view);
    return check_length(parts, part, field, &view, part->offset);
}

/* --- tag, length, value ----------------------------------------------------------------------- */

/* A tlv without length: each field brings its own. */
static bool next_own_length(struct iso_parts *parts, struct iso_part *part,
                            const struct iso_field *field)
{
    struct iso_view view;
    parts->at += parts->field->tag_len;
    const uint8_t *behind = iso_field_cut(parts->spec, field, parts->at, parts->end,
                                          iso_parts_offset(parts, parts->at), &view, parts->fault);
    if (behind == NULL)
        return iso_parts_stop_in(parts, part->key);
    iso_part_take(parts, part, field, &view);
    parts->at = behind;
    return true;
}

/* The length at `at` -> extent of the value, which begins at `value`. */
static bool take_length(struct iso_parts *parts, const struct iso_part *part,
                        const struct iso_field *field, const uint8_t *at, size_t count,
                        size_t width, const uint8_t *value, struct iso_view *view)
{
    struct iso_prefix size = parts->field->size;
    const struct iso_field *leaf = field != NULL ? field : parts->field;
    size_t extra = (size.flags & ISO_PREFIX_INCLUSIVE) != 0 ? width : 0;
    extra += (size.flags & ISO_PREFIX_TAG) != 0 ? parts->field->tag_len : 0U;
    size_t left = (size_t)(parts->end - value), offset = iso_parts_offset(parts, at);
    if (!iso_count_extent(leaf, size, count, extra, value, left, view)) {
        iso_fault_set(parts->fault, ISO_FAULT_LENGTH, offset, "a length that the content can have",
                      "length %zu", count);
        return iso_parts_stop_in(parts, part->key);
    }
    if (!check_length(parts, part, field, view, offset))
        return false;
    if (view->len > left) {
        iso_fault_truncated(parts->fault, iso_parts_offset(parts, value), view->len, left);
        return iso_parts_stop_in(parts, part->key);
    }
    return true;
}

bool iso_parts_next_tlv(struct iso_parts *parts, struct iso_part *part)
{
    const struct iso_field *field = NULL, *around = parts->field;
    size_t left = (size_t)(parts->end - parts->at), tag_len = around->tag_len;
    bool first = (around->flags & ISO_FIELD_LENGTH_FIRST) != 0;
    size_t count = 0, width = around->size.width;
    if (left == 0)
        return false;
    part->head = iso_parts_offset(parts, parts->at);
    const uint8_t *tag = parts->at + (first ? width : 0);
    size_t need = tag_len + (first ? width : 0);
    if (left < need)
        return stop_short(parts, part->head, need, left);
    if (!take_tag(parts, part, tag) || !find_tag(parts, part, tag, &field))
        return false;
    if (width == 0)
        return next_own_length(parts, part, field);
    const uint8_t *at = first ? parts->at : parts->at + tag_len;
    size_t offset = iso_parts_offset(parts, at);
    enum iso_prefix_state state =
        iso_prefix_read(parts->spec, around->size, at, (size_t)(parts->end - at), &count, &width);
    if (state != ISO_PREFIX_GOOD) {
        if (state == ISO_PREFIX_SHORT)
            iso_fault_truncated(parts->fault, offset, width, (size_t)(parts->end - at));
        else
            iso_fault_prefix(parts->fault, offset, at, width);
        return iso_parts_stop_in(parts, part->key);
    }
    struct iso_view view;
    const uint8_t *value = first ? tag + tag_len : at + width;
    if (!take_length(parts, part, field, at, count, width, value, &view))
        return false;
    parts->is_loose = parts->is_loose || (around->size.encoding == ISO_ENCODING_BER &&
                                          width != iso_prefix_width(around->size, count));
    iso_part_take(parts, part, field, &view);
    parts->at = value + view.len;
    return true;
}

/* --- BER-TLV ---------------------------------------------------------------------------------- */

/* ISO 8825-1 8.1.2: low five bits all ones, then bytes with the top bit set but the last. */
static size_t ber_tag_len(const uint8_t *at, size_t left)
{
    size_t len = 1;
    if ((at[0] & 0x1F) != 0x1F)
        return 1;
    while (len < left && len < ISO_TAG_MAX && (at[len] & 0x80) != 0)
        len++;
    return len < ISO_TAG_MAX ? len + 1 : SIZE_MAX;
}

static void skip_padding(struct iso_parts *parts)
{
    bool zeros = (parts->field->flags & ISO_FIELD_ZEROS) != 0;
    bool ones = (parts->field->flags & ISO_FIELD_ONES) != 0;
    while (parts->at < parts->end &&
           ((zeros && *parts->at == 0x00) || (ones && *parts->at == 0xFF))) {
        parts->at++;
        parts->is_loose = true;
    }
}

bool iso_parts_next_ber(struct iso_parts *parts, struct iso_part *part)
{
    static const struct iso_prefix ber = {.width = 1, .encoding = ISO_ENCODING_BER};
    const struct iso_field *field = NULL;
    skip_padding(parts);
    size_t left = (size_t)(parts->end - parts->at), count = 0, width = 0;
    const uint8_t *tag = parts->at;
    if (left == 0)
        return false;
    part->head = iso_parts_offset(parts, tag);
    size_t tag_len = ber_tag_len(tag, left);
    if (tag_len == SIZE_MAX || tag[0] == 0)
        return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_CONTENT, part->head,
                                                   "a tag of 1 to 8 bytes", "%s",
                                                   tag[0] == 0 ? "byte 00" : "a longer one"));
    if (tag_len > left)
        return stop_short(parts, part->head, tag_len, left);
    name_by_hex(part, tag, tag_len);
    if (!find_tag(parts, part, tag, &field))
        return false;
    const uint8_t *at = tag + tag_len;
    size_t offset = iso_parts_offset(parts, at);
    enum iso_prefix_state state =
        iso_prefix_read(parts->spec, ber, at, left - tag_len, &count, &width);
    if (state == ISO_PREFIX_SHORT)
        iso_fault_truncated(parts->fault, offset, width, left - tag_len);
    else if (state == ISO_PREFIX_BAD)
        iso_fault_set(parts->fault, ISO_FAULT_PREFIX, offset, "a length of BER, 4 bytes at most",
                      "byte %02X", at[0]);
    if (state != ISO_PREFIX_GOOD)
        return iso_parts_stop_in(parts, part->key);
    const struct iso_field *inner = iso_ber_inner(parts->field, field, tag[0]);
    if (inner != NULL && parts->depth + 1 >= ISO_PARTS_DEPTH_MAX) {
        iso_fault_set(parts->fault, ISO_FAULT_OVER, part->head, "objects nested 6 deep at most",
                      "more");
        return iso_parts_stop_in(parts, part->key);
    }
    struct iso_prefix bytes = {.counts = ISO_COUNTS_BYTES};
    struct iso_view view;
    const uint8_t *value = at + width;
    left -= tag_len + width;
    if (!iso_count_extent(field != NULL ? field : parts->field, bytes, count, 0, value, left,
                          &view)) {
        iso_fault_set(parts->fault, ISO_FAULT_LENGTH, offset, "a length that the content can have",
                      "length %zu", count);
        return iso_parts_stop_in(parts, part->key);
    }
    if (!check_length(parts, part, field, &view, offset))
        return false;
    if (view.len > left) {
        iso_fault_truncated(parts->fault, iso_parts_offset(parts, value), view.len, left);
        return iso_parts_stop_in(parts, part->key);
    }
    parts->is_loose = parts->is_loose || width != iso_prefix_width(ber, count);
    iso_part_take(parts, part, field, &view);
    part->inner = inner;
    parts->at = value + view.len;
    return true;
}

/* --- bitmaps ---------------------------------------------------------------------------------- */

static bool is_lower(const struct iso_parts *parts, unsigned encoding, size_t width)
{
    const uint8_t *latin = iso_ebcdic_to_latin[parts->spec->codepage];
    for (size_t i = 0; encoding != ISO_ENCODING_BINARY && i < width; i++)
        if ((encoding == ISO_ENCODING_EBCDIC_HEX ? latin[parts->at[i]] : parts->at[i]) >= 'a')
            return true;
    return false;
}

static bool begin_bits(struct iso_parts *parts)
{
    const struct iso_field *field = parts->field;
    size_t width = field->size.width;
    unsigned bytes =
        field->size.encoding == ISO_ENCODING_BINARY ? field->size.width : field->size.width / 2U;
    bool more = true;
    memset(parts->bits, 0, sizeof parts->bits);
    parts->bit_count = 0;
    parts->index = 1; /* begun */
    while (more) {
        size_t left = (size_t)(parts->end - parts->at), offset = iso_parts_offset(parts, parts->at);
        uint8_t block[ISO_DE_MAX / 8];
        if (parts->bit_count + bytes * 8 > ISO_DE_MAX)
            return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_OVER, offset,
                                                       "bitmaps of 192 bits at most", "more"));
        if (left < width)
            return stop_short(parts, offset, width, left);
        size_t stray = iso_bitmap_bytes(parts->spec, field->size.encoding, parts->at, bytes, block);
        if (stray < width)
            return iso_parts_stop(parts,
                                  iso_fault_set(parts->fault, ISO_FAULT_CONTENT, offset + stray,
                                                "a hex digit", "byte %02X", parts->at[stray]));
        /* Lower-case digits are read, but not what we would write. */
        parts->is_loose = parts->is_loose || is_lower(parts, field->size.encoding, width);
        more = (field->flags & ISO_FIELD_CHAINED) != 0 && (block[0] & 0x80) != 0;
        if (more)
            block[0] &= 0x7F;
        for (unsigned bit = 0; bit < bytes * 8; bit++)
            if ((block[bit / 8] >> (7 - bit % 8) & 1) != 0)
                parts->bits[(parts->bit_count + bit) / 64] |= UINT64_C(1)
                                                              << ((parts->bit_count + bit) % 64);
        parts->bit_count += bytes * 8;
        parts->at += width;
    }
    return true;
}

bool iso_parts_next_bit(struct iso_parts *parts, struct iso_part *part)
{
    const uint8_t *bitmap = parts->at;
    if (parts->index == 0 && !begin_bits(parts))
        return false;
    unsigned k = 0;
    while (k < ISO_BITMAPS_MAX && parts->bits[k] == 0)
        k++;
    size_t left = (size_t)(parts->end - parts->at), offset = iso_parts_offset(parts, parts->at);
    if (k == ISO_BITMAPS_MAX) {
        if (left > 0)
            return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_LENGTH, offset,
                                                       "the end of the field", "%zu more byte%s",
                                                       left, left == 1 ? "" : "s"));
        return false;
    }
    unsigned bit = k * 64 + (unsigned)__builtin_ctzll(parts->bits[k]) + 1;
    parts->bits[k] &= parts->bits[k] - 1;
    part->head = offset;
    int len = snprintf(part->text, sizeof part->text, "%u", bit);
    part->key = (struct iso_value){(const uint8_t *)part->text, (size_t)len};
    const struct iso_field *field =
        iso_field_part(parts->spec, parts->field, part->key.data, part->key.len);
    if (field == NULL) {
        iso_fault_set(parts->fault, ISO_FAULT_UNDEFINED,
                      iso_parts_offset(parts, parts->index == 1 ? bitmap : parts->start),
                      "a bitmap of sub-fields that the spec has", "bit %u", bit);
        return iso_parts_stop_in(parts, part->key);
    }
    parts->index++;
    struct iso_view view;
    const uint8_t *behind =
        iso_field_cut(parts->spec, field, parts->at, parts->end, offset, &view, parts->fault);
    if (behind == NULL)
        return iso_parts_stop_in(parts, part->key);
    iso_part_take(parts, part, field, &view);
    parts->at = behind;
    return true;
}
