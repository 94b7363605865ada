/* Sub-fields, see parts.h: positions, and checking. Tags and bits are parts_tag.c's affair. */
#include "iso8583/parts.h"

#include "iso8583/fault.h"

#include <stdio.h>

/* Field by field: `bits` are many, and only a bitmapped field's walk needs and clears them. */
static void begin(struct iso_parts *parts, const struct iso_spec *spec,
                  const struct iso_field *field, const struct iso_view *view, size_t offset,
                  unsigned depth, struct iso_fault *fault)
{
    parts->spec = spec;
    parts->field = field;
    parts->start = parts->at = view->data;
    parts->end = view->data + view->len;
    parts->offset = offset;
    parts->index = 0;
    parts->depth = depth;
    parts->nibble = view->skip;
    parts->nibbles_end = view->skip + view->units;
    parts->is_loose = false;
    parts->result = ISO_OK;
    parts->fault = fault;
}

struct iso_parts iso_parts_of(const struct iso_spec *spec, const struct iso_field *field,
                              const struct iso_view *view, size_t offset, struct iso_fault *fault)
{
    struct iso_parts parts;
    begin(&parts, spec, field, view, offset, 0, fault);
    return parts;
}

struct iso_parts iso_parts_below(const struct iso_parts *parts, const struct iso_part *part)
{
    struct iso_parts below;
    begin(&below, parts->spec, part->inner, &part->view, part->offset, parts->depth + 1,
          parts->fault);
    return below;
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

bool iso_parts_stop(struct iso_parts *parts, enum iso_result result)
{
    parts->result = result;
    return false;
}

bool iso_parts_stop_in(struct iso_parts *parts, struct iso_value key)
{
    iso_fault_in(parts->fault, key.data, key.len);
    return iso_parts_stop(parts, ISO_INPUT);
}

static bool stop_at_rest(struct iso_parts *parts, size_t offset, size_t left, const char *what)
{
    return iso_parts_stop(parts, iso_fault_set(parts->fault, ISO_FAULT_LENGTH, offset,
                                               "the end of the field", "%zu more %s%s", left, what,
                                               left == 1 ? "" : "s"));
}

/* The next position's field, NULL at the end or after a fault. */
static const struct iso_field *next_field(struct iso_parts *parts, struct iso_part *part,
                                          size_t left, size_t offset, const char *what)
{
    if (parts->index == parts->field->part_count) {
        if (left > 0)
            stop_at_rest(parts, offset, left, what);
        return NULL;
    }
    const struct iso_field *field = &parts->spec->fields[parts->field->part_first + parts->index];
    if (left == 0 && (field->flags & ISO_FIELD_OPTIONAL) != 0)
        return NULL;
    parts->index++;
    part->head = offset;
    part->key =
        (struct iso_value){(const uint8_t *)iso_field_key(parts->spec, field), field->key_len};
    return field;
}

/* What fills the half byte in front of the first digit, or behind the last. */
static bool check_filling(struct iso_parts *parts, size_t nibble)
{
    bool hidden = parts->field->mask == ISO_MASK_TRACK || parts->field->mask == ISO_MASK_SECRET;
    if (iso_fill_check(parts->field, parts->start, nibble, parts->offset, hidden, parts->fault) ==
        ISO_OK)
        return true;
    return iso_parts_stop(parts, ISO_INPUT);
}

/* Digits of one BCD field, cut without regard to bytes. */
static bool next_digits(struct iso_parts *parts, struct iso_part *part)
{
    size_t left = parts->nibbles_end - parts->nibble;
    if (parts->index == 0 && parts->nibble == 1 && !check_filling(parts, 0))
        return false;
    if (left == 0 && parts->nibbles_end % 2 == 1 && !check_filling(parts, parts->nibbles_end))
        return false;
    size_t offset = parts->offset + parts->nibble / 2;
    const struct iso_field *field = next_field(parts, part, left, offset, "digit");
    if (field == NULL)
        return false;
    size_t units = field->len_max;
    if (field->len_min != field->len_max) {
        units = left;
        if (left > field->len_max || left < field->len_min) {
            iso_fault_length(parts->fault, offset, left, field->len_min, field->len_max);
            return iso_parts_stop_in(parts, part->key);
        }
    }
    if (units > left) {
        char expected[32];
        snprintf(expected, sizeof expected, "%zu digit%s", units, units == 1 ? "" : "s");
        iso_fault_set(parts->fault, ISO_FAULT_TRUNCATED, offset, expected, "%zu before the end",
                      left);
        return iso_parts_stop_in(parts, part->key);
    }
    unsigned skip = parts->nibble % 2;
    struct iso_view view = {.data = parts->start + parts->nibble / 2,
                            .len = (skip + units + 1) / 2,
                            .units = (uint32_t)units,
                            .skip = (uint8_t)skip,
                            .is_between = true};
    iso_part_take(parts, part, field, &view);
    parts->nibble += (uint32_t)units;
    return true;
}

static bool next_positional(struct iso_parts *parts, struct iso_part *part)
{
    size_t left = (size_t)(parts->end - parts->at), offset = iso_parts_offset(parts, parts->at);
    if (parts->field->encoding == ISO_ENCODING_BCD)
        return next_digits(parts, part);
    const struct iso_field *field = next_field(parts, part, left, offset, "byte");
    if (field == NULL)
        return false;
    struct iso_view view;
    const uint8_t *behind = parts->end;
    if (field->prefix.width > 0 || (field->flags & ISO_FIELD_TERMINATED) != 0 ||
        field->len_min == field->len_max) {
        behind =
            iso_field_cut(parts->spec, field, parts->at, parts->end, offset, &view, parts->fault);
        if (behind == NULL)
            return iso_parts_stop_in(parts, part->key);
    } else { /* the last one takes the rest */
        view = iso_view_of(field, (struct iso_value){parts->at, left}, false);
        if (view.units > field->len_max || view.units < field->len_min) {
            iso_fault_length(parts->fault, offset, view.units, field->len_min, field->len_max);
            return iso_parts_stop_in(parts, part->key);
        }
    }
    iso_part_take(parts, part, field, &view);
    parts->at = behind;
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
        return iso_parts_next_usage(parts, part);
    case ISO_LAYOUT_TLV:
        return iso_parts_next_tlv(parts, part);
    case ISO_LAYOUT_BER:
        return iso_parts_next_ber(parts, part);
    case ISO_LAYOUT_BITMAPPED:
        return iso_parts_next_bit(parts, part);
    default:
        return false;
    }
}

/* --- checking --------------------------------------------------------------------------------- */

/* A tag that stands there twice could not be told apart by its path. Quadratic, but ISO_TAGS_MAX
 * bounds it. */
static bool is_repeated(const struct iso_parts *parts, const struct iso_part *part)
{
    if (parts->index <= 1)
        return false;
    struct iso_parts before = *parts;
    struct iso_part other;
    if (parts->field->layout != ISO_LAYOUT_TLV && parts->field->layout != ISO_LAYOUT_BER)
        return false;
    if ((parts->field->flags & ISO_FIELD_REPEATS) != 0)
        return false;
    before.at = before.start;
    before.index = 0;
    before.fault = NULL;
    while (iso_parts_next(&before, &other) && other.head != part->head)
        if (other.key.len == part->key.len &&
            memcmp(other.key.data, part->key.data, part->key.len) == 0)
            return true;
    return false;
}

/* All that a field of fixed positions asks for, in a few scans. */
static bool runs_are_good(const struct iso_spec *spec, const struct iso_field *field,
                          const struct iso_view *view)
{
    iso_lanes verdict = iso_verdict_good();
    if (view->len != field->len_max)
        return false;
    for (unsigned i = 0; i < field->run_count; i++) {
        const struct iso_run *run = &spec->runs[field->run_first + i];
        const uint8_t *at = view->data + run->at;
        if (run->class_id == ISO_CLASS_COUNT) {
            if (memcmp(at, spec->text + run->constant, run->len) != 0)
                return false;
            continue;
        }
        verdict = iso_class_scan(verdict, &iso_classes[run->class_id], at, run->len, NULL);
    }
    return iso_verdict_is_good(verdict);
}

enum iso_result iso_part_check_once(const struct iso_parts *parts, const struct iso_part *part)
{
    if (__builtin_expect(!is_repeated(parts, part), 1))
        return ISO_OK;
    return iso_fault_set(parts->fault, ISO_FAULT_CONTENT, part->head, "each tag once",
                         "it a second time");
}

static enum iso_result check_parts(struct iso_parts *parts)
{
    struct iso_part part;
    while (iso_parts_next(parts, &part)) {
        enum iso_result result = iso_part_check_once(parts, &part);
        if (result == ISO_OK)
            result = iso_part_check(parts, &part);
        if (result != ISO_OK) {
            iso_fault_in(parts->fault, part.key.data, part.key.len);
            return result;
        }
    }
    return parts->result;
}

static enum iso_result check_leaf(const struct iso_spec *spec, const struct iso_field *field,
                                  const struct iso_view *view, size_t offset,
                                  struct iso_fault *fault)
{
    bool hidden = field->mask == ISO_MASK_TRACK || field->mask == ISO_MASK_SECRET;
    if ((field->flags & ISO_FIELD_COMPUTED) != 0)
        return ISO_OK;
    if ((field->flags & ISO_FIELD_CONSTANT) != 0 &&
        memcmp(view->data, spec->text + field->constant, view->len) != 0)
        return iso_fault_set(fault, ISO_FAULT_CONTENT, offset, "the value that the spec gives",
                             "another");
    return iso_view_check(spec, field, view, offset, hidden, fault);
}

enum iso_result iso_part_check(const struct iso_parts *parts, const struct iso_part *part)
{
    if (part->inner != NULL) {
        if (part->inner->run_count > 0 && runs_are_good(parts->spec, part->inner, &part->view))
            return ISO_OK;
        struct iso_parts below;
        begin(&below, parts->spec, part->inner, &part->view, part->offset, parts->depth + 1,
              parts->fault);
        return check_parts(&below);
    }
    if (part->field != NULL)
        return check_leaf(parts->spec, part->field, &part->view, part->offset, parts->fault);
    return iso_view_check(parts->spec, part->leaf, &part->view, part->offset,
                          part->leaf->mask != ISO_MASK_NONE, parts->fault);
}

enum iso_result iso_value_check(const struct iso_spec *spec, const struct iso_field *field,
                                const struct iso_view *view, size_t offset, struct iso_fault *fault)
{
    if (field->run_count > 0 && runs_are_good(spec, field, view))
        return ISO_OK;
    if (field->layout == ISO_LAYOUT_NONE)
        return check_leaf(spec, field, view, offset, fault);
    struct iso_parts parts;
    begin(&parts, spec, field, view, offset, 0, fault);
    return check_parts(&parts);
}
