/* Message -> bytes, with the checks of unpack. As there, a quick walk that only says whether all
 * is well, and a slow one that says what is not. Values are checked while they are copied. */
#include "iso8583/fault.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

#include <stdio.h>

/* --- the quick walk --------------------------------------------------------------------------- */

static uint8_t *write_block(const struct iso_message *message, uint64_t block, unsigned first_de,
                            uint8_t *at, const uint8_t *end, iso_lanes *verdict)
{
    const struct iso_spec *spec = message->spec;
    iso_lanes good = *verdict;
    while (block != 0) {
        unsigned de = first_de + (unsigned)__builtin_ctzll(block);
        block &= block - 1;
        const struct iso_field *field = &spec->fields[de];
        struct iso_value value = message->de[de];
        unsigned digits = field->prefix_len;
        if (value.len > field->len_max || value.len < field->len_min ||
            (size_t)(end - at) < digits + value.len)
            return NULL;
        iso_digits_write(at, digits, value.len);
        at += digits;
        if ((field->flags & (ISO_FIELD_PARTS | ISO_FIELD_SIGNED)) != 0 &&
            iso_value_check(spec, field, value, 0, NULL) != ISO_OK)
            return NULL;
        good = iso_class_scan(good, &iso_classes[field->scan_class], value.data, value.len, at);
        at += value.len;
    }
    *verdict = good;
    return at;
}

/* At least as many bitmaps as came, so that a message goes out as it came in. */
static unsigned blocks_of(const struct iso_message *message, uint64_t blocks[ISO_BITMAPS_MAX])
{
    unsigned count = message->bitmaps > 1 ? message->bitmaps : 1;
    for (unsigned k = 0; k < ISO_BITMAPS_MAX; k++) {
        blocks[k] = iso_block_get(message, k);
        if (blocks[k] != 0 && count < k + 1)
            count = k + 1;
    }
    return count;
}

static uint8_t *write_body(const struct iso_message *message, uint8_t *at, const uint8_t *end)
{
    const struct iso_spec *spec = message->spec;
    iso_lanes verdict = iso_verdict_good();
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count = blocks_of(message, blocks);
    if (count > spec->bitmaps_max || (size_t)(end - at) < ISO_MTI_LEN + count * ISO_BITMAP_LEN)
        return NULL;
    verdict = iso_class_scan(verdict, &iso_classes[ISO_CLASS_N], (const uint8_t *)message->mti,
                             ISO_MTI_LEN, at);
    at += ISO_MTI_LEN;
    for (unsigned k = 0; k < count; k++) {
        if ((blocks[k] & ~spec->defined[k]) != 0)
            return NULL;
        iso_bitmap_write(at, blocks[k] | (k + 1 < count ? 1 : 0));
        at += ISO_BITMAP_LEN;
    }
    for (unsigned k = 0; k < count && at != NULL; k++)
        at = write_block(message, blocks[k], k * ISO_BLOCK + 1, at, end, &verdict);
    return iso_verdict_is_good(verdict) ? at : NULL;
}

/* --- what was wrong --------------------------------------------------------------------------- */

static enum iso_result explain_element(const struct iso_message *message, unsigned de, size_t *at,
                                       size_t size, struct iso_fault *fault)
{
    const struct iso_field *field = iso_spec_field(message->spec, de);
    struct iso_value value = message->de[de];
    size_t need = field->prefix_len + value.len;
    enum iso_result result = ISO_OK;
    if (value.len > field->len_max || value.len < field->len_min)
        result = iso_fault_length(fault, *at, value.len, field->len_min, field->len_max);
    else if (need > size - *at)
        result = iso_fault_room(fault, *at, need, size - *at);
    else
        result = iso_value_check(message->spec, field, value, *at + field->prefix_len, fault);
    if (result != ISO_OK)
        iso_fault_in_de(fault, de);
    *at += need;
    return result;
}

static enum iso_result explain_body(const struct iso_message *message, size_t at, size_t size,
                                    struct iso_fault *fault)
{
    const struct iso_spec *spec = message->spec;
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count = blocks_of(message, blocks);
    size_t stray = iso_class_stray(ISO_CLASS_N, (const uint8_t *)message->mti, ISO_MTI_LEN);
    if (stray < ISO_MTI_LEN) {
        iso_fault_content(fault, at + stray, ISO_CLASS_N, (uint8_t)message->mti[stray], false);
        iso_fault_in(fault, "mti", 3);
        return ISO_INPUT;
    }
    size_t start = at + ISO_MTI_LEN;
    for (unsigned k = 0; k < count; k++) {
        uint64_t undefined = blocks[k];
        if (k < spec->bitmaps_max)
            undefined &= ~spec->defined[k];
        if (undefined == 0)
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(undefined), de = k * ISO_BLOCK + 1 + bit;
        iso_fault_set(fault, ISO_FAULT_UNDEFINED, start + k * ISO_BITMAP_LEN + bit / 8,
                      "an element that the spec has", "DE %u", de);
        iso_fault_in_de(fault, de);
        return ISO_INPUT;
    }
    if (count > spec->bitmaps_max) {
        char expected[ISO_FAULT_TEXT_MAX];
        snprintf(expected, sizeof expected, "bitmaps up to %u", spec->bitmaps_max);
        iso_fault_set(fault, ISO_FAULT_OVER, start, expected, "%u", count);
        iso_fault_in(fault, "bitmap", strlen("bitmap"));
        return ISO_INPUT;
    }
    size_t fixed = ISO_MTI_LEN + count * ISO_BITMAP_LEN;
    if (fixed > size - at)
        return iso_fault_room(fault, at, fixed, size - at);
    at += fixed;
    for (unsigned k = 0; k < count; k++)
        for (uint64_t block = blocks[k]; block != 0; block &= block - 1) {
            unsigned de = k * ISO_BLOCK + 1 + (unsigned)__builtin_ctzll(block);
            enum iso_result result = explain_element(message, de, &at, size, fault);
            if (result != ISO_OK)
                return result;
        }
    return iso_fault_set(fault, ISO_FAULT_OTHER, at, "a message that can be packed", "another");
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
    if (iso_value_check(spec, iso_spec_field(spec, 0), header, 0, fault) != ISO_OK) {
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
    const uint8_t *behind = write_body(message, start + at, start + size);
    if (__builtin_expect(behind == NULL, 0))
        return explain_body(message, at, size, fault);
    size_t total = (size_t)(behind - start);
    if (message->header.data != NULL) {
        enum iso_result result = fill_total(message->spec, start, total, fault);
        if (result != ISO_OK)
            return result;
    }
    *len = total;
    return ISO_OK;
}
