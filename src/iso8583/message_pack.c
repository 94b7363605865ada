/* Message -> bytes, with the checks of unpack. As there, a quick walk that only says whether all
 * is well, and a slow one that says what is not. Values are checked while they are copied. */
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

/* --- one element that is not plain, or comes as text ------------------------------------------ */

/* Text is converted behind the place where its prefix will stand. */
static enum iso_result convert(const struct iso_message *message, unsigned de,
                               const struct iso_field *field, uint8_t *at, size_t room,
                               size_t offset, struct iso_view *view, struct iso_fault *fault)
{
    struct iso_value value = message->de[de];
    /* Of a prefix whose width depends on the length take the widest. */
    size_t ahead = field->prefix.encoding == ISO_ENCODING_BER ? 5 : field->prefix.width;
    if ((message->text[de / 64] >> (de % 64) & 1) == 0) {
        *view = iso_message_view(message, de);
        return ISO_OK;
    }
    if (room < ahead)
        return iso_fault_room(fault, offset, ahead, room);
    return iso_view_write(message->spec, field, value.data, value.len, at + ahead, room - ahead,
                          offset + field->prefix.width, view, fault);
}

static enum iso_result put_element(const struct iso_message *message, unsigned de, uint8_t *at,
                                   const uint8_t *end, size_t offset, uint8_t **behind,
                                   struct iso_fault *fault)
{
    const struct iso_spec *spec = message->spec;
    const struct iso_field *field = iso_spec_field(spec, de);
    struct iso_view view;
    size_t room = (size_t)(end - at);
    enum iso_result result = convert(message, de, field, at, room, offset, &view, fault);
    if (result != ISO_OK)
        return result;
    if (view.units > field->len_max || view.units < field->len_min)
        return iso_fault_length(fault, offset, view.units, field->len_min, field->len_max);
    size_t need = iso_field_room(field, &view);
    if (need > room)
        return iso_fault_room(fault, offset, need, room);
    result = iso_value_check(spec, field, &view, offset + field->prefix.width, fault);
    if (result != ISO_OK)
        return result;
    if ((field->flags & ISO_FIELD_TERMINATED) != 0 &&
        memchr(view.data, field->terminator, view.len) != NULL)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, "no byte that ends the element",
                             "byte %02X", field->terminator);
    *behind = iso_field_put(spec, field, &view, at);
    if (*behind == NULL)
        return iso_fault_set(fault, ISO_FAULT_LENGTH, offset, "a length that its prefix can say",
                             "length %u", view.units);
    return ISO_OK;
}

/* --- the quick walk --------------------------------------------------------------------------- */

static inline void write_length(const struct iso_field *field, size_t units, uint8_t *at)
{
    for (size_t i = field->prefix.width; i > 0; i--)
        if (field->prefix.encoding == ISO_ENCODING_BCD) {
            at[i - 1] = (uint8_t)(units / 10 % 10 << 4 | units % 10);
            units /= 100;
        } else {
            at[i - 1] = (uint8_t)(0xF0 | units % 10);
            units /= 10;
        }
}

/* An element with its digits, text or length in BCD or EBCDIC, as it stands on the wire. */
static inline uint8_t *write_packed(const struct iso_message *message, unsigned de, uint8_t *at,
                                    const uint8_t *end, iso_lanes *good)
{
    const struct iso_field *field = iso_spec_field(message->spec, de);
    struct iso_value value = message->de[de];
    size_t units = value.len, width = field->prefix.width;
    bool digits = field->encoding == ISO_ENCODING_BCD;
    if (digits && value.len > 0) {
        units = 2 * value.len;
        if (units == field->len_max + 1U || (message->odd[de / 64] >> (de % 64) & 1) != 0) {
            if (iso_fill_of(field, value.data, value.len) != field->fill)
                return NULL;
            units--;
        }
    }
    if (units > field->len_max || units < field->len_min || (size_t)(end - at) < width + value.len)
        return NULL;
    write_length(field, units, at);
    at += width;
    enum iso_class_id id = (enum iso_class_id)field->scan_class;
    if (field->encoding == ISO_ENCODING_EBCDIC && id != ISO_CLASS_N_EBCDIC) {
        if (!iso_ebcdic_is_of(message->spec, id, value.data, value.len))
            return NULL;
        id = ISO_CLASS_ANY;
    }
    *good = digits ? iso_bcd_scan(*good, value.data, value.len, at)
                   : iso_class_scan(*good, &iso_classes[id], value.data, value.len, at);
    return at + value.len;
}

static uint8_t *write_block(const struct iso_message *message, uint64_t block, unsigned k,
                            uint8_t *at, const uint8_t *end, uint64_t third, iso_lanes *verdict)
{
    const struct iso_spec *spec = message->spec;
    iso_lanes good = *verdict;
    uint64_t text = iso_block_of(message->text, k), general = spec->general[k] | text;
    while (block != 0) {
        unsigned bit = (unsigned)__builtin_ctzll(block), de = k * ISO_BLOCK + 1 + bit;
        block &= block - 1;
        if (__builtin_expect((general >> bit & 1) != 0, 0)) {
            if ((spec->fields[de].flags & ISO_FIELD_PACKED) != 0 && (text >> bit & 1) == 0) {
                at = write_packed(message, de, at, end, &good);
                if (at == NULL)
                    return NULL;
            } else if (de == spec->third_in) {
                if ((size_t)(end - at) < spec->bitmap_len)
                    return NULL;
                iso_bitmap_give(spec, third, at);
                at += spec->bitmap_len;
            } else if (put_element(message, de, at, end, 0, &at, NULL) != ISO_OK) {
                return NULL;
            }
            continue;
        }
        const struct iso_field *field = &spec->fields[de];
        struct iso_value value = message->de[de];
        unsigned digits = field->prefix_len;
        if (value.len > field->len_max || value.len < field->len_min ||
            (size_t)(end - at) < digits + value.len)
            return NULL;
        iso_digits_write(at, digits, value.len);
        at += digits;
        if ((field->flags & (ISO_FIELD_PARTS | ISO_FIELD_SIGNED)) != 0) {
            struct iso_view view = {
                .data = value.data, .len = value.len, .units = (uint32_t)value.len};
            if (!iso_value_is_good(spec, field, value.data, value.len) &&
                iso_value_check(spec, field, &view, 0, NULL) != ISO_OK)
                return NULL;
        }
        good = iso_class_scan(good, &iso_classes[field->scan_class], value.data, value.len, at);
        at += value.len;
    }
    *verdict = good;
    return at;
}

/* The blocks to be written and how many bitmaps stand together in front; a third one inside an
 * element has its bit in the others. */
static unsigned blocks_of(const struct iso_message *message, uint64_t blocks[ISO_BITMAPS_MAX])
{
    const struct iso_spec *spec = message->spec;
    unsigned count = message->bitmaps > 1 ? message->bitmaps : 1;
    if (count < spec->bitmaps_min)
        count = spec->bitmaps_min;
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++) {
        blocks[k] = iso_block_of(message->present, k);
        if (blocks[k] != 0 && count < k + 1)
            count = k + 1;
    }
    if (spec->third_in == 0 || count < ISO_BITMAPS_MAX)
        return count;
    unsigned k = (spec->third_in - 1U) / ISO_BLOCK;
    blocks[k] |= UINT64_C(1) << ((spec->third_in - 1U) % ISO_BLOCK);
    bool second = k == 1 || blocks[1] != 0 || spec->bitmaps_min > 1;
    return second ? 2 : 1;
}

static uint8_t *write_front(const struct iso_message *message, const uint64_t *blocks,
                            unsigned count, uint8_t *at, iso_lanes *verdict)
{
    const struct iso_spec *spec = message->spec;
    *verdict = iso_class_scan(*verdict, &iso_classes[ISO_CLASS_N], (const uint8_t *)message->mti,
                              ISO_MTI_LEN, NULL);
    if (spec->mti_encoding == ISO_ENCODING_ASCII)
        memcpy(at, message->mti, ISO_MTI_LEN);
    else
        iso_mti_give(spec, message->mti, at);
    at += iso_mti_len(spec);
    for (unsigned k = 0; k < count; k++) {
        bool announces = k + 1 < count && iso_bitmap_announces(spec, k);
        uint64_t bits = blocks[k] | (announces ? 1 : 0);
        if (spec->bitmap_encoding == ISO_ENCODING_BINARY)
            iso_bitmap_write(at, bits);
        else
            iso_bitmap_give(spec, bits, at);
        at += spec->bitmap_len;
    }
    return at;
}

static uint8_t *write_body(const struct iso_message *message, uint8_t *at, const uint8_t *end)
{
    const struct iso_spec *spec = message->spec;
    iso_lanes verdict = iso_verdict_good();
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count = blocks_of(message, blocks);
    if (count > spec->bitmaps_max ||
        (size_t)(end - at) < iso_mti_len(spec) + (size_t)count * spec->bitmap_len)
        return NULL;
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++)
        if ((blocks[k] & ~spec->allowed[k]) != 0)
            return NULL;
    at = write_front(message, blocks, count, at, &verdict);
    unsigned all = spec->third_in != 0 ? ISO_BITMAPS_MAX : count;
    for (unsigned k = 0; k < all && at != NULL; k++)
        at = write_block(message, blocks[k], k, at, end, blocks[2], &verdict);
    return iso_verdict_is_good(verdict) ? at : NULL;
}

/* --- what was wrong --------------------------------------------------------------------------- */

struct outline {
    const struct iso_message *message;
    uint8_t *start;
    size_t size, at;
    struct iso_fault *fault;
};

static enum iso_result explain_element(struct outline *outline, unsigned de)
{
    uint8_t *behind = NULL;
    if (de == outline->message->spec->third_in) {
        outline->at += outline->message->spec->bitmap_len;
        return outline->at > outline->size ? iso_fault_room(outline->fault, outline->size,
                                                            outline->message->spec->bitmap_len, 0)
                                           : ISO_OK;
    }
    enum iso_result result =
        put_element(outline->message, de, outline->start + outline->at,
                    outline->start + outline->size, outline->at, &behind, outline->fault);
    if (result != ISO_OK)
        iso_fault_in_de(outline->fault, de);
    else
        outline->at = (size_t)(behind - outline->start);
    return result;
}

static enum iso_result explain_undefined(const struct outline *outline,
                                         const uint64_t blocks[ISO_BITMAPS_MAX], size_t start)
{
    const struct iso_spec *spec = outline->message->spec;
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++) {
        uint64_t undefined = blocks[k] & ~spec->allowed[k];
        if (undefined == 0)
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(undefined), de = k * ISO_BLOCK + 1 + bit;
        unsigned wide = spec->bitmap_len / ISO_BITMAP_LEN;
        iso_fault_set(outline->fault, ISO_FAULT_UNDEFINED,
                      start + k * spec->bitmap_len + bit * wide / 8, "an element that the spec has",
                      "DE %u", de);
        iso_fault_in_de(outline->fault, de);
        return ISO_INPUT;
    }
    return ISO_OK;
}

static enum iso_result explain_mti(const struct outline *outline)
{
    const char *mti = outline->message->mti;
    size_t stray = iso_class_stray(ISO_CLASS_N, (const uint8_t *)mti, ISO_MTI_LEN);
    if (stray == ISO_MTI_LEN)
        return ISO_OK;
    bool bcd = outline->message->spec->mti_encoding == ISO_ENCODING_BCD;
    iso_fault_content(outline->fault, outline->at + (bcd ? stray / 2 : stray), ISO_CLASS_N,
                      (uint8_t)mti[stray], false);
    iso_fault_in(outline->fault, "mti", 3);
    return ISO_INPUT;
}

static enum iso_result explain_body(struct outline *outline)
{
    const struct iso_spec *spec = outline->message->spec;
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count = blocks_of(outline->message, blocks);
    size_t start = outline->at + iso_mti_len(spec);
    if (explain_mti(outline) != ISO_OK || explain_undefined(outline, blocks, start) != ISO_OK)
        return ISO_INPUT;
    if (count > spec->bitmaps_max) {
        char expected[ISO_FAULT_TEXT_MAX];
        snprintf(expected, sizeof expected, "bitmaps up to %u", spec->bitmaps_max);
        iso_fault_set(outline->fault, ISO_FAULT_OVER, start, expected, "%u", count);
        iso_fault_in(outline->fault, "bitmap", strlen("bitmap"));
        return ISO_INPUT;
    }
    size_t fixed = iso_mti_len(spec) + (size_t)count * spec->bitmap_len;
    if (fixed > outline->size - outline->at)
        return iso_fault_room(outline->fault, outline->at, fixed, outline->size - outline->at);
    outline->at += fixed;
    unsigned all = spec->third_in != 0 ? ISO_BITMAPS_MAX : count;
    for (unsigned k = 0; k < all; k++)
        for (uint64_t block = blocks[k]; block != 0; block &= block - 1) {
            enum iso_result result =
                explain_element(outline, k * ISO_BLOCK + 1 + (unsigned)__builtin_ctzll(block));
            if (result != ISO_OK)
                return result;
        }
    return iso_fault_set(outline->fault, ISO_FAULT_OTHER, outline->at,
                         "a message that can be packed", "another");
}

/* --- without bitmap --------------------------------------------------------------------------- */

/* Elements in order, none left out in front of one that is there. */
static enum iso_result pack_in_order(struct outline *outline)
{
    const struct iso_message *message = outline->message;
    const struct iso_spec *spec = message->spec;
    size_t mti_len = iso_mti_len(spec);
    unsigned missing = 0;
    uint64_t blocks[ISO_BITMAPS_MAX];
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++)
        blocks[k] = iso_block_of(message->present, k);
    if (explain_mti(outline) != ISO_OK || explain_undefined(outline, blocks, 0) != ISO_OK)
        return ISO_INPUT;
    if (outline->size - outline->at < mti_len)
        return iso_fault_room(outline->fault, outline->at, mti_len, outline->size - outline->at);
    iso_mti_give(spec, message->mti, outline->start + outline->at);
    outline->at += mti_len;
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        if ((iso_spec_field(spec, de)->flags & ISO_FIELD_DEFINED) == 0)
            continue;
        if (!iso_message_has(message, de)) {
            missing = missing == 0 ? de : missing;
            continue;
        }
        if (missing != 0) {
            iso_fault_set(outline->fault, ISO_FAULT_MISSING, outline->at,
                          "every element in front of the last: there is no bitmap", "none");
            iso_fault_in_de(outline->fault, missing);
            return ISO_INPUT;
        }
        enum iso_result result = explain_element(outline, de);
        if (result != ISO_OK)
            return result;
    }
    return ISO_OK;
}

/* --- header ----------------------------------------------------------------------------------- */

static enum iso_result check_header(const struct iso_spec *spec, struct iso_value header,
                                    bool rejects, struct iso_fault *fault)
{
    if (header.len != spec->header_len) {
        iso_fault_length(fault, 0, header.len, spec->header_len, spec->header_len);
        iso_fault_in(fault, "header", strlen("header"));
        return ISO_INPUT;
    }
    struct iso_view view = iso_header_view(header);
    if (iso_value_check(spec, iso_spec_field(spec, 0), &view, 0, fault) != ISO_OK) {
        iso_fault_in(fault, "header", strlen("header"));
        return ISO_INPUT;
    }
    bool is_reject =
        spec->reject_len > 0 && memcmp(header.data + spec->reject_at,
                                       spec->text + spec->reject_normal, spec->reject_len) != 0;
    if (is_reject == rejects)
        return ISO_OK;
    iso_fault_set(fault, ISO_FAULT_CONTENT, spec->reject_at,
                  rejects ? "a reject code, since there is an original header"
                          : "the normal reject code, since there is no original header",
                  "another");
    iso_fault_in(fault, "header", strlen("header"));
    return ISO_INPUT;
}

static enum iso_result pack_header(const struct iso_message *message, uint8_t *out, size_t size,
                                   size_t *at, struct iso_fault *fault)
{
    const struct iso_spec *spec = message->spec;
    struct iso_value header = message->header, rejected = message->rejected;
    if (check_header(spec, header, rejected.data != NULL, fault) != ISO_OK)
        return ISO_INPUT;
    if (rejected.data != NULL && rejected.len != spec->header_len) {
        iso_fault_length(fault, header.len, rejected.len, spec->header_len, spec->header_len);
        iso_fault_in(fault, "rejected", strlen("rejected"));
        return ISO_INPUT;
    }
    if (size < header.len + rejected.len)
        return iso_fault_room(fault, 0, header.len + rejected.len, size);
    memcpy(out, header.data, header.len);
    if (rejected.data != NULL)
        memcpy(out + header.len, rejected.data, rejected.len);
    *at = header.len + rejected.len;
    return ISO_OK;
}

static enum iso_result fill_total(const struct iso_spec *spec, uint8_t *out, size_t len,
                                  struct iso_fault *fault)
{
    size_t most = 1;
    for (unsigned i = 0; i < spec->total_len; i++)
        most *= 10;
    if (spec->total_len > 0 && len >= most) {
        iso_fault_length(fault, spec->total_at, len, 0, most - 1);
        iso_fault_in(fault, "header.total_length", strlen("header.total_length"));
        return ISO_LIMIT;
    }
    iso_digits_write(out + spec->total_at, spec->total_len, len);
    return ISO_OK;
}

enum iso_result iso_message_pack(const struct iso_message *message, void *out, size_t size,
                                 size_t *len, struct iso_fault *fault)
{
    uint8_t *start = out;
    size_t at = 0;
    *len = 0;
    if (message->header.data != NULL || message->rejected.data != NULL) {
        enum iso_result result = pack_header(message, start, size, &at, fault);
        if (result != ISO_OK)
            return result;
    }
    struct outline outline = {
        .message = message, .start = start, .size = size, .at = at, .fault = fault};
    size_t total;
    if (message->spec->bitmaps_max > 0) {
        const uint8_t *behind = write_body(message, start + at, start + size);
        if (__builtin_expect(behind == NULL, 0))
            return explain_body(&outline);
        total = (size_t)(behind - start);
    } else {
        enum iso_result result = pack_in_order(&outline);
        if (result != ISO_OK)
            return result;
        total = outline.at;
    }
    if (message->header.data != NULL) {
        enum iso_result result = fill_total(message->spec, start, total, fault);
        if (result != ISO_OK)
            return result;
    }
    *len = total;
    return ISO_OK;
}
