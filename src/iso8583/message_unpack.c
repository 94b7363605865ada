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

static bool has_header(const struct iso_spec *spec, enum iso_header_mode mode, const uint8_t *data,
                       size_t len)
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

/* A header, and the original one behind it when the first says that the message was rejected. */
static enum iso_result unpack_header(const struct iso_spec *spec, const uint8_t *data, size_t len,
                                     struct iso_message *message, struct iso_fault *fault)
{
    size_t width = spec->header_len;
    if (len < width) {
        iso_fault_truncated(fault, 0, width, len);
        iso_fault_in(fault, "header", strlen("header"));
        return ISO_INPUT;
    }
    struct iso_value header = {data, width};
    if (iso_value_check(spec, iso_spec_field(spec, 0), header, 0, fault) != ISO_OK) {
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

/* Elements of one block from `at`; NULL when anything is wrong. */
static const uint8_t *walk_block(const struct iso_spec *spec, uint64_t block, unsigned first_de,
                                 const uint8_t *at, const uint8_t *end, struct iso_message *message,
                                 iso_lanes *verdict)
{
    iso_lanes good = *verdict;
    while (block != 0) {
        unsigned de = first_de + (unsigned)__builtin_ctzll(block);
        block &= block - 1;
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
        struct iso_value value = {at, len};
        message->de[de] = value;
        at += len;
        if ((field->flags & (ISO_FIELD_PARTS | ISO_FIELD_SIGNED)) != 0) {
            if (iso_value_check(spec, field, value, 0, NULL) != ISO_OK)
                return NULL;
            continue;
        }
        good = iso_class_scan(good, &iso_classes[field->scan_class], value.data, len, NULL);
    }
    *verdict = good;
    return at;
}

static bool walk_body(const struct iso_spec *spec, const uint8_t *at, const uint8_t *end,
                      struct iso_message *message)
{
    iso_lanes verdict = iso_verdict_good();
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count = 0;
    if ((size_t)(end - at) < ISO_MTI_LEN)
        return false;
    memcpy(message->mti, at, ISO_MTI_LEN);
    verdict = iso_class_scan(verdict, &iso_classes[ISO_CLASS_N], at, ISO_MTI_LEN, NULL);
    at += ISO_MTI_LEN;
    for (bool more = true; more && count < spec->bitmaps_max; count++) {
        if ((size_t)(end - at) < ISO_BITMAP_LEN)
            return false;
        blocks[count] = iso_bitmap_read(at);
        at += ISO_BITMAP_LEN;
        more = (blocks[count] & 1) != 0;
        if (count + 1 < spec->bitmaps_max)
            blocks[count] &= ~UINT64_C(1);
        if ((blocks[count] & ~spec->defined[count]) != 0)
            return false;
    }
    message->bitmaps = count;
    for (unsigned k = 0; k < count; k++) {
        at = walk_block(spec, blocks[k], k * ISO_BLOCK + 1, at, end, message, &verdict);
        if (at == NULL)
            return false;
        iso_block_put(message, k, blocks[k]);
    }
    return at == end && iso_verdict_is_good(verdict);
}

/* --- the slow walk ---------------------------------------------------------------------------- */

struct body {
    const struct iso_spec *spec;
    const uint8_t *base, *at, *end;
    struct iso_message *message;
    struct iso_fault *fault;
    uint64_t blocks[ISO_BITMAPS_MAX];
    unsigned count, last_de;
};

static size_t body_offset(const struct body *body)
{
    return (size_t)(body->at - body->base);
}

static enum iso_result examine_mti(struct body *body)
{
    size_t left = (size_t)(body->end - body->at);
    enum iso_result result = ISO_OK;
    if (left < ISO_MTI_LEN) {
        result = iso_fault_truncated(body->fault, body_offset(body), ISO_MTI_LEN, left);
    } else {
        size_t stray = iso_class_stray(ISO_CLASS_N, body->at, ISO_MTI_LEN);
        if (stray < ISO_MTI_LEN)
            result = iso_fault_content(body->fault, body_offset(body) + stray, ISO_CLASS_N,
                                       body->at[stray], false);
        else
            memcpy(body->message->mti, body->at, ISO_MTI_LEN);
        body->at += ISO_MTI_LEN;
    }
    if (result != ISO_OK)
        iso_fault_in(body->fault, "mti", 3);
    return result;
}

static enum iso_result examine_undefined(struct body *body, unsigned k, uint64_t undefined)
{
    unsigned bit = (unsigned)__builtin_ctzll(undefined);
    enum iso_result result =
        iso_fault_set(body->fault, ISO_FAULT_UNDEFINED, body_offset(body) + bit / 8,
                      "a bitmap of elements that the spec has", "bit %u", k * ISO_BLOCK + 1 + bit);
    iso_fault_in_de(body->fault, k * ISO_BLOCK + 1 + bit);
    return result;
}

static enum iso_result examine_bitmaps(struct body *body)
{
    const struct iso_spec *spec = body->spec;
    for (bool more = true; more && body->count < spec->bitmaps_max; body->count++) {
        size_t left = (size_t)(body->end - body->at);
        if (left < ISO_BITMAP_LEN) {
            iso_fault_truncated(body->fault, body_offset(body), ISO_BITMAP_LEN, left);
            iso_fault_in(body->fault, "bitmap", 6);
            return ISO_INPUT;
        }
        uint64_t block = iso_bitmap_read(body->at);
        more = (block & 1) != 0;
        if (body->count + 1 < spec->bitmaps_max)
            block &= ~UINT64_C(1);
        uint64_t undefined = block & ~spec->defined[body->count];
        if (undefined != 0)
            return examine_undefined(body, body->count, undefined);
        body->blocks[body->count] = block;
        body->at += ISO_BITMAP_LEN;
    }
    return ISO_OK;
}

static enum iso_result examine_element(struct body *body, unsigned de)
{
    const struct iso_field *field = iso_spec_field(body->spec, de);
    struct iso_value value;
    const uint8_t *behind =
        iso_field_cut(field, body->at, body->end, body_offset(body), &value, body->fault);
    enum iso_result result = ISO_INPUT;
    if (behind != NULL)
        result = iso_value_check(body->spec, field, value, (size_t)(value.data - body->base),
                                 body->fault);
    if (result != ISO_OK) {
        iso_fault_in_de(body->fault, de);
        return result;
    }
    iso_message_set(body->message, de, value.data, value.len);
    body->at = behind;
    body->last_de = de;
    return ISO_OK;
}

enum iso_result iso_body_examine(const struct iso_spec *spec, const uint8_t *base, size_t len,
                                 size_t at, struct iso_message *message, struct iso_fault *fault)
{
    struct body body = {.spec = spec,
                        .base = base,
                        .at = base + at,
                        .end = base + len,
                        .message = message,
                        .fault = fault};
    memset(message->present, 0, sizeof message->present);
    if (examine_mti(&body) != ISO_OK || examine_bitmaps(&body) != ISO_OK)
        return ISO_INPUT;
    message->bitmaps = body.count;
    for (unsigned k = 0; k < body.count; k++)
        for (uint64_t block = body.blocks[k]; block != 0; block &= block - 1)
            if (examine_element(&body, k * ISO_BLOCK + 1 + (unsigned)__builtin_ctzll(block)) !=
                ISO_OK)
                return ISO_INPUT;
    size_t left = (size_t)(body.end - body.at);
    if (left == 0)
        return ISO_OK;
    char expected[ISO_FAULT_TEXT_MAX] = "the end after the bitmap";
    if (body.last_de != 0)
        snprintf(expected, sizeof expected, "the end after DE %u", body.last_de);
    return iso_fault_set(fault, ISO_FAULT_TRAILING, body_offset(&body), expected, "%zu more byte%s",
                         left, left == 1 ? "" : "s");
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
    if (has_header(spec, mode, base, len)) {
        if (unpack_header(spec, base, len, message, fault) != ISO_OK)
            return ISO_INPUT;
        at = message->header.len + message->rejected.len;
    }
    if (__builtin_expect(walk_body(spec, base + at, base + len, message), 1))
        return ISO_OK;
    return iso_body_examine(spec, base, len, at, message, fault);
}
