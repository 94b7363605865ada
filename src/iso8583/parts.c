/* Sub-fields, see parts.h. */
#include "iso8583/parts.h"

#include "iso8583/fault.h"

#include <stdio.h>

struct iso_parts iso_parts_of(const struct iso_spec *spec, const struct iso_field *field,
                              struct iso_value value, size_t offset, struct iso_fault *fault)
{
    return (struct iso_parts){
        .spec = spec,
        .field = field,
        .start = value.data,
        .at = value.data,
        .end = value.data + value.len,
        .offset = offset,
        .result = ISO_OK,
        .fault = fault,
    };
}

const struct iso_field *iso_field_part(const struct iso_spec *spec, const struct iso_field *field,
                                       const void *key, size_t len)
{
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &spec->fields[field->part_first + i];
        if (part->key_len == len && memcmp(iso_field_key(spec, part), key, len) == 0)
            return part;
    }
    return NULL;
}

static size_t offset_of(const struct iso_parts *parts, const uint8_t *at)
{
    return parts->offset + (size_t)(at - parts->start);
}

static bool stop(struct iso_parts *parts, enum iso_result result)
{
    parts->result = result;
    return false;
}

/* Stops with the fault that was just filled, inside the part of this name. */
static bool stop_in(struct iso_parts *parts, struct iso_value key)
{
    iso_fault_in(parts->fault, key.data, key.len);
    return stop(parts, ISO_INPUT);
}

const uint8_t *iso_field_cut(const struct iso_field *field, const uint8_t *at, const uint8_t *end,
                             size_t offset, struct iso_value *value, struct iso_fault *fault)
{
    size_t left = (size_t)(end - at), len = field->len_max;
    unsigned digits = field->prefix_len;
    if (digits > 0) {
        if (left < digits) {
            iso_fault_truncated(fault, offset, digits, left);
            return NULL;
        }
        if (!iso_digits_read(at, digits, &len)) {
            iso_fault_prefix(fault, offset, at, digits);
            return NULL;
        }
        if (len > field->len_max || len < field->len_min) {
            iso_fault_length(fault, offset, len, field->len_min, field->len_max);
            return NULL;
        }
        at += digits;
        offset += digits;
        left -= digits;
    }
    if (len > left) {
        iso_fault_truncated(fault, offset, len, left);
        return NULL;
    }
    *value = (struct iso_value){at, len};
    return at + len;
}

static bool next_positional(struct iso_parts *parts, struct iso_part *part)
{
    size_t left = (size_t)(parts->end - parts->at), offset = offset_of(parts, parts->at);
    if (parts->index == parts->field->part_count) {
        if (left > 0)
            return stop(parts, iso_fault_set(parts->fault, ISO_FAULT_LENGTH, offset,
                                             "the end of the field", "%zu more byte%s", left,
                                             left == 1 ? "" : "s"));
        return false;
    }
    const struct iso_field *field = &parts->spec->fields[parts->field->part_first + parts->index];
    if (left == 0 && (field->flags & ISO_FIELD_OPTIONAL) != 0)
        return false;
    parts->index++;
    part->field = field;
    part->key =
        (struct iso_value){(const uint8_t *)iso_field_key(parts->spec, field), field->key_len};
    const uint8_t *behind = parts->end;
    if (field->prefix_len > 0 || field->len_min == field->len_max) {
        behind = iso_field_cut(field, parts->at, parts->end, offset, &part->value, parts->fault);
        if (behind == NULL)
            return stop_in(parts, part->key);
    } else { /* the last one takes the rest */
        if (left > field->len_max || left < field->len_min) {
            iso_fault_length(parts->fault, offset, left, field->len_min, field->len_max);
            return stop_in(parts, part->key);
        }
        part->value = (struct iso_value){parts->at, left};
    }
    part->offset = offset_of(parts, part->value.data);
    parts->at = behind;
    return true;
}

/* Tags are upper-case letters and digits, so that they can name a sub-field anywhere. */
static bool is_tag(const uint8_t *tag, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)(tag[i] - '0') > 9 && (uint8_t)(tag[i] - 'A') > 25)
            return false;
    return true;
}

/* Stops at the first byte of what stands where a tag should. */
static bool stop_at_tag(struct iso_parts *parts, size_t left)
{
    size_t len = parts->field->tag_len, at = 0;
    size_t offset = offset_of(parts, parts->at);
    if (left < len)
        return stop(parts, iso_fault_truncated(parts->fault, offset, len, left));
    while (is_tag(parts->at + at, 1))
        at++;
    char expected[64];
    snprintf(expected, sizeof expected, "a tag of %zu upper-case letters or digits", len);
    return stop(parts, iso_fault_set(parts->fault, ISO_FAULT_CONTENT, offset + at, expected,
                                     "byte %02X", parts->at[at]));
}

static bool next_tag(struct iso_parts *parts, struct iso_part *part)
{
    const struct iso_field *field = parts->field;
    size_t left = (size_t)(parts->end - parts->at);
    if (left < field->tag_len || !is_tag(parts->at, field->tag_len))
        return stop_at_tag(parts, left);
    if (parts->index++ == ISO_TAGS_MAX) {
        char expected[64];
        snprintf(expected, sizeof expected, "%d tags at most", ISO_TAGS_MAX);
        return stop(parts, iso_fault_set(parts->fault, ISO_FAULT_OVER, offset_of(parts, parts->at),
                                         expected, "more"));
    }
    part->key = (struct iso_value){parts->at, field->tag_len};
    part->field = iso_field_part(parts->spec, field, parts->at, field->tag_len);
    if (part->field == NULL && (field->flags & ISO_FIELD_CLOSED) != 0)
        return stop(parts, iso_fault_set(parts->fault, ISO_FAULT_UNDEFINED,
                                         offset_of(parts, parts->at), "a tag that the spec has",
                                         "\"%.*s\"", field->tag_len, (const char *)parts->at));
    parts->at += field->tag_len;
    return true;
}

static bool check_length(struct iso_parts *parts, const struct iso_part *part, size_t offset)
{
    size_t len = part->value.len;
    const struct iso_field *field = part->field;
    if (field == NULL || (len >= field->len_min && len <= field->len_max))
        return true;
    iso_fault_length(parts->fault, offset, len, field->len_min, field->len_max);
    return stop_in(parts, part->key);
}

static bool next_usage(struct iso_parts *parts, struct iso_part *part)
{
    if (parts->at == parts->end || !next_tag(parts, part))
        return false;
    part->value = (struct iso_value){parts->at, (size_t)(parts->end - parts->at)};
    part->offset = offset_of(parts, parts->at);
    parts->at = parts->end;
    return check_length(parts, part, part->offset);
}

static bool next_tlv(struct iso_parts *parts, struct iso_part *part)
{
    if (parts->at == parts->end || !next_tag(parts, part))
        return false;
    size_t left = (size_t)(parts->end - parts->at), digits = parts->field->size_len, len = 0;
    size_t offset = offset_of(parts, parts->at);
    if (left < digits) {
        iso_fault_truncated(parts->fault, offset, digits, left);
        return stop_in(parts, part->key);
    }
    if (!iso_digits_read(parts->at, (unsigned)digits, &len)) {
        iso_fault_prefix(parts->fault, offset, parts->at, digits);
        return stop_in(parts, part->key);
    }
    part->offset = offset + digits;
    part->value = (struct iso_value){parts->at + digits, len};
    if (!check_length(parts, part, offset))
        return false;
    if (len > left - digits) {
        iso_fault_truncated(parts->fault, part->offset, len, left - digits);
        return stop_in(parts, part->key);
    }
    parts->at += digits + len;
    return true;
}

bool iso_parts_next(struct iso_parts *parts, struct iso_part *part)
{
    if (parts->result != ISO_OK)
        return false;
    switch (parts->field->layout) {
    case ISO_LAYOUT_POSITIONAL:
        return next_positional(parts, part);
    case ISO_LAYOUT_USAGE:
        return next_usage(parts, part);
    case ISO_LAYOUT_TLV:
        return next_tlv(parts, part);
    default:
        return false;
    }
}

/* A tag that stands there twice could not be told apart by its path. Quadratic, but ISO_TAGS_MAX
 * bounds it. */
static bool is_repeated(const struct iso_parts *parts, const struct iso_part *part)
{
    struct iso_parts before = *parts;
    struct iso_part other;
    if (parts->field->layout != ISO_LAYOUT_TLV)
        return false;
    before.at = before.start;
    before.fault = NULL;
    while (iso_parts_next(&before, &other) && other.value.data != part->value.data)
        if (memcmp(other.key.data, part->key.data, part->key.len) == 0)
            return true;
    return false;
}

static enum iso_result check_parts(const struct iso_spec *spec, const struct iso_field *field,
                                   struct iso_value value, size_t offset, struct iso_fault *fault);

static enum iso_result check_content(enum iso_class_id id, struct iso_value value, size_t offset,
                                     bool hidden, struct iso_fault *fault)
{
    iso_lanes verdict =
        iso_class_scan(iso_verdict_good(), &iso_classes[id], value.data, value.len, NULL);
    if (__builtin_expect(iso_verdict_is_good(verdict), 1))
        return ISO_OK;
    size_t stray = iso_class_stray(id, value.data, value.len);
    return iso_fault_content(fault, offset + stray, id, value.data[stray], hidden);
}

/* All that a field of fixed positions asks for, in a few scans. */
static bool runs_are_good(const struct iso_spec *spec, const struct iso_field *field,
                          struct iso_value value)
{
    iso_lanes verdict = iso_verdict_good();
    if (value.len != field->len_max)
        return false;
    for (unsigned i = 0; i < field->run_count; i++) {
        const struct iso_run *run = &spec->runs[field->run_first + i];
        const uint8_t *at = value.data + run->at;
        if (run->class_id == ISO_CLASS_COUNT) {
            if (memcmp(at, spec->text + run->constant, run->len) != 0)
                return false;
            continue;
        }
        verdict = iso_class_scan(verdict, &iso_classes[run->class_id], at, run->len, NULL);
    }
    return iso_verdict_is_good(verdict);
}

enum iso_result iso_value_check(const struct iso_spec *spec, const struct iso_field *field,
                                struct iso_value value, size_t offset, struct iso_fault *fault)
{
    if (field->run_count > 0 && runs_are_good(spec, field, value))
        return ISO_OK;
    if (field->layout != ISO_LAYOUT_NONE)
        return check_parts(spec, field, value, offset, fault);
    bool hidden = field->mask == ISO_MASK_TRACK || field->mask == ISO_MASK_SECRET;
    if ((field->flags & ISO_FIELD_COMPUTED) != 0)
        return ISO_OK;
    if ((field->flags & ISO_FIELD_CONSTANT) != 0 &&
        memcmp(value.data, spec->text + field->constant, value.len) != 0)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, "the value that the spec gives",
                             "another");
    if ((field->flags & ISO_FIELD_SIGNED) != 0 && value.len > 0) {
        struct iso_value sign = {value.data, 1};
        enum iso_result result = check_content(ISO_CLASS_SIGN, sign, offset, hidden, fault);
        if (result != ISO_OK)
            return result;
        value = (struct iso_value){value.data + 1, value.len - 1};
        offset++;
    }
    return check_content(field->value_class, value, offset, hidden, fault);
}

static enum iso_result check_parts(const struct iso_spec *spec, const struct iso_field *field,
                                   struct iso_value value, size_t offset, struct iso_fault *fault)
{
    struct iso_parts parts = iso_parts_of(spec, field, value, offset, fault);
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        enum iso_result result;
        if (parts.index > 1 && is_repeated(&parts, &part))
            result = iso_fault_set(fault, ISO_FAULT_CONTENT,
                                   part.offset - field->size_len - field->tag_len, "each tag once",
                                   "it a second time");
        else if (part.field != NULL)
            result = iso_value_check(spec, part.field, part.value, part.offset, fault);
        else
            result = check_content(field->value_class, part.value, part.offset,
                                   field->mask != ISO_MASK_NONE, fault);
        if (result != ISO_OK) {
            iso_fault_in(fault, part.key.data, part.key.len);
            return result;
        }
    }
    return parts.result;
}
