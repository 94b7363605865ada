/* Bytes -> message.
 *
 * Two walks. The quick one looks at every byte but stops only at what would lead it astray: a
 * length, the end, a sub-field. Character classes go into one verdict for the whole message. As
 * soon as anything is wrong, iso_body_examine() walks again slowly and says what came first. */
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

/* --- header ----------------------------------------------------------------------------------- */

bool iso_header_is_there(const struct iso_spec *spec, enum iso_header_mode mode,
                         const uint8_t *data, size_t len)
{
    if (spec->header_len == 0 || mode == ISO_HEADER_NO)
        return false;
    if (mode == ISO_HEADER_YES || spec->sign_len == 0)
        return true;
    return len >= (size_t)spec->sign_at + spec->sign_len &&
           memcmp(data + spec->sign_at, spec->text + spec->sign, spec->sign_len) == 0;
}

static enum iso_result check_total(const struct iso_spec *spec, const uint8_t *header, size_t len,
                                   struct iso_fault *fault)
{
    size_t total = 0;
    if (spec->total_len == 0 ||
        (iso_digits_read(header + spec->total_at, spec->total_len, &total) && total == len))
        return ISO_OK;
    char expected[ISO_FAULT_TEXT_MAX];
    snprintf(expected, sizeof expected, "%0*zu, the bytes that came", spec->total_len, len);
    if (iso_digits_read(header + spec->total_at, spec->total_len, &total))
        iso_fault_set(fault, ISO_FAULT_CONTENT, spec->total_at, expected, "%0*zu", spec->total_len,
                      total);
    else
        iso_fault_set(fault, ISO_FAULT_PREFIX, spec->total_at, expected, "no number");
    iso_fault_in(fault, "header.total_length", strlen("header.total_length"));
    return ISO_INPUT;
}

enum iso_result iso_header_unpack(const struct iso_spec *spec, const uint8_t *data, size_t len,
                                  struct iso_message *message, struct iso_fault *fault)
{
    size_t width = spec->header_len;
    if (len < width) {
        iso_fault_truncated(fault, 0, width, len);
        iso_fault_in(fault, "header", strlen("header"));
        return ISO_INPUT;
    }
    struct iso_value header = {data, width};
    struct iso_view view = iso_header_view(header);
    if (!iso_value_is_good(spec, iso_spec_field(spec, 0), data, width) &&
        iso_value_check(spec, iso_spec_field(spec, 0), &view, 0, fault) != ISO_OK) {
        iso_fault_in(fault, "header", strlen("header"));
        return ISO_INPUT;
    }
    message->header = header;
    if (check_total(spec, data, len, fault) != ISO_OK)
        return ISO_INPUT;
    if (spec->reject_len == 0 ||
        memcmp(data + spec->reject_at, spec->text + spec->reject_normal, spec->reject_len) == 0)
        return ISO_OK;
    if (len < 2 * width) {
        iso_fault_truncated(fault, width, width, len - width);
        iso_fault_in(fault, "rejected", strlen("rejected"));
        return ISO_INPUT;
    }
    message->rejected = (struct iso_value){data + width, width};
    return ISO_OK;
}

/* --- the quick walk --------------------------------------------------------------------------- */

/* An element that is not plain, or the third bitmap in its place; NULL when anything is wrong. */
static const uint8_t *walk_general(const struct iso_spec *spec, unsigned de, const uint8_t *at,
                                   const uint8_t *end, struct iso_message *message, uint64_t *third)
{
    if (de == spec->third_in) {
        if ((size_t)(end - at) < spec->bitmap_len || !iso_bitmap_take(spec, at, third) ||
            (*third & ~spec->defined[2]) != 0)
            return NULL;
        return at + spec->bitmap_len;
    }
    const struct iso_field *field = &spec->fields[de];
    struct iso_view view;
    const uint8_t *behind = iso_field_cut(spec, field, at, end, 0, &view, NULL);
    if (behind == NULL || iso_value_check(spec, field, &view, 0, NULL) != ISO_OK)
        return NULL;
    message->de[de] = (struct iso_value){view.data, view.len};
    if (iso_view_is_odd(field, &view)) {
        message->odd[de / 64] |= UINT64_C(1) << (de % 64);
        message->is_marked = true;
    }
    return behind;
}

/* A length in BCD or EBCDIC; a digit that is none makes the verdict bad. */
static inline size_t walk_length(const struct iso_field *field, const uint8_t *at, iso_lanes *good)
{
    size_t width = field->prefix.width, units = 0;
    if (field->prefix.encoding == ISO_ENCODING_BCD) {
        *good = iso_bcd_scan(*good, at, width, NULL);
        units = (at[width - 1] >> 4) * 10U + (at[width - 1] & 15U);
        return units + (width > 1 ? (at[0] >> 4) * 1000U + (at[0] & 15U) * 100U : 0);
    }
    *good = iso_class_scan(*good, &iso_classes[ISO_CLASS_N_EBCDIC], at, width, NULL);
    for (size_t i = 0; i < width; i++)
        units = units * 10 + (at[i] & 15U);
    return units;
}

/* An element with its digits, text or length in BCD or EBCDIC; NULL when its length is wrong. */
static inline const uint8_t *walk_packed(const struct iso_spec *spec, unsigned de,
                                         const uint8_t *at, const uint8_t *end,
                                         struct iso_message *message, iso_lanes *good)
{
    const struct iso_field *field = &spec->fields[de];
    size_t units = field->len_max, width = field->prefix.width;
    if (width > 0) {
        if ((size_t)(end - at) < width)
            return NULL;
        units = walk_length(field, at, good);
        if (units > field->len_max || units < field->len_min)
            return NULL;
        at += width;
    }
    bool digits = field->encoding == ISO_ENCODING_BCD;
    size_t len = digits ? (units + 1) / 2 : units;
    if ((size_t)(end - at) < len)
        return NULL;
    message->de[de] = (struct iso_value){at, len};
    if (digits && (units & 1) != 0) {
        if (iso_fill_of(field, at, len) != field->fill)
            return NULL;
        message->odd[de / 64] |= UINT64_C(1) << (de % 64);
        message->is_marked = true;
    }
    enum iso_class_id id = (enum iso_class_id)field->scan_class;
    if (digits)
        *good = iso_bcd_scan(*good, at, len, NULL);
    else if (field->encoding != ISO_ENCODING_EBCDIC || id == ISO_CLASS_N_EBCDIC)
        *good = iso_class_scan(*good, &iso_classes[id], at, len, NULL);
    else if (!iso_ebcdic_is_of(spec, id, at, len))
        return NULL;
    return at + len;
}

/* Elements of one block from `at`; NULL when anything is wrong. */
static const uint8_t *walk_block(const struct iso_spec *spec, uint64_t block, unsigned k,
                                 const uint8_t *at, const uint8_t *end, struct iso_message *message,
                                 iso_lanes *verdict, uint64_t *third)
{
    iso_lanes good = *verdict;
    uint64_t general = spec->general[k];
    while (block != 0) {
        unsigned bit = (unsigned)__builtin_ctzll(block), de = k * ISO_BLOCK + 1 + bit;
        block &= block - 1;
        if (__builtin_expect((general >> bit & 1) != 0, 0)) {
            at = (spec->fields[de].flags & ISO_FIELD_PACKED) != 0
                     ? walk_packed(spec, de, at, end, message, &good)
                     : walk_general(spec, de, at, end, message, third);
            if (at == NULL)
                return NULL;
            continue;
        }
        const struct iso_field *field = &spec->fields[de];
        size_t len = field->len_max, digits = field->prefix_len;
        if (digits > 0) {
            if ((size_t)(end - at) < digits || !iso_digits_read(at, (unsigned)digits, &len) ||
                len > field->len_max || len < field->len_min)
                return NULL;
            at += digits;
        }
        if ((size_t)(end - at) < len)
            return NULL;
        message->de[de] = (struct iso_value){at, len};
        if ((field->flags & (ISO_FIELD_PARTS | ISO_FIELD_SIGNED)) != 0) {
            struct iso_view view = {.data = at, .len = len, .units = (uint32_t)len};
            if (!iso_value_is_good(spec, field, at, len) &&
                iso_value_check(spec, field, &view, 0, NULL) != ISO_OK)
                return NULL;
            at += len;
            continue;
        }
        good = iso_class_scan(good, &iso_classes[field->scan_class], at, len, NULL);
        at += len;
    }
    *verdict = good;
    return at;
}

/* MTI and bitmaps that stand together; NULL when anything is wrong. */
static const uint8_t *walk_front(const struct iso_spec *spec, const uint8_t *at, const uint8_t *end,
                                 struct iso_message *message, iso_lanes *verdict,
                                 uint64_t blocks[ISO_BITMAPS_MAX], unsigned *count)
{
    size_t mti_len = iso_mti_len(spec);
    if ((size_t)(end - at) < mti_len)
        return NULL;
    if (spec->mti_encoding == ISO_ENCODING_ASCII) {
        memcpy(message->mti, at, ISO_MTI_LEN);
        *verdict = iso_class_scan(*verdict, &iso_classes[ISO_CLASS_N], at, ISO_MTI_LEN, NULL);
    } else if (iso_mti_take(spec, at, message->mti) != mti_len) {
        return NULL;
    }
    at += mti_len;
    *count = 0;
    for (bool more = true; more; ++*count) {
        if ((size_t)(end - at) < spec->bitmap_len)
            return NULL;
        uint64_t bits;
        if (spec->bitmap_encoding == ISO_ENCODING_BINARY)
            bits = iso_bitmap_read(at);
        else if (!iso_bitmap_take(spec, at, &bits))
            return NULL;
        at += spec->bitmap_len;
        more = *count + 1 < spec->bitmaps_min;
        if (iso_bitmap_announces(spec, *count)) {
            more = more || (bits & 1) != 0;
            bits &= ~UINT64_C(1);
        }
        if ((bits & ~spec->allowed[*count]) != 0)
            return NULL;
        blocks[*count] = bits;
    }
    return at;
}

static bool walk_body(const struct iso_spec *spec, const uint8_t *at, const uint8_t *end,
                      struct iso_message *message)
{
    iso_lanes verdict = iso_verdict_good();
    uint64_t blocks[ISO_BITMAPS_MAX], third = 0;
    unsigned count;
    if (spec->bitmaps_max == 0)
        return false; /* without bitmaps the slow walk reads */
    at = walk_front(spec, at, end, message, &verdict, blocks, &count);
    if (at == NULL)
        return false;
    message->bitmaps = count;
    for (unsigned k = 0; k < count; k++) {
        at = walk_block(spec, blocks[k], k, at, end, message, &verdict, &third);
        if (at == NULL)
            return false;
        if ((blocks[k] & ~spec->defined[k]) != 0)
            message->bitmaps = ISO_BITMAPS_MAX;
        iso_block_put(message, k, blocks[k] & spec->defined[k]);
    }
    if (third != 0) {
        at = walk_block(spec, third, 2, at, end, message, &verdict, &third);
        if (at == NULL)
            return false;
        iso_block_put(message, 2, third);
    }
    return at == end && iso_verdict_is_good(verdict);
}

enum iso_result iso_message_unpack(const struct iso_spec *spec, enum iso_header_mode mode,
                                   const void *data, size_t len, struct iso_message *message,
                                   struct iso_fault *fault)
{
    iso_message_init(message, spec, "");
    static const uint8_t nothing[1];
    const uint8_t *base = data == NULL ? nothing : data;
    message->base = base;
    size_t at = 0;
    if (iso_header_is_there(spec, mode, base, len)) {
        if (iso_header_unpack(spec, base, len, message, fault) != ISO_OK)
            return ISO_INPUT;
        at = message->header.len + message->rejected.len;
    }
    if (__builtin_expect(walk_body(spec, base + at, base + len, message), 1))
        return ISO_OK;
    return iso_body_examine(spec, base, len, at, message, fault);
}
