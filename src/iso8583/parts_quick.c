/* A quick look at sub-fields for the quick walks: says that all is well, or that it does not know.
 * Knows runs, plain values, and tags and lengths in ASCII; parts.c is the authority on all else. */
#include "iso8583/parts.h"

enum { SEEN_MAX = 8 }; /* tags of one field that are told apart here; more are left to parts.c */

static bool runs_are_good(const struct iso_spec *spec, const struct iso_field *field,
                          const uint8_t *at)
{
    iso_lanes verdict = iso_verdict_good();
    for (unsigned i = 0; i < field->run_count; i++) {
        const struct iso_run *run = &spec->runs[field->run_first + i];
        if (run->class_id != ISO_CLASS_COUNT)
            verdict =
                iso_class_scan(verdict, &iso_classes[run->class_id], at + run->at, run->len, NULL);
        else if (memcmp(at + run->at, spec->text + run->constant, run->len) != 0)
            return false;
    }
    return iso_verdict_is_good(verdict);
}

static bool is_of_class(enum iso_class_id id, const uint8_t *at, size_t len)
{
    return iso_verdict_is_good(iso_class_scan(iso_verdict_good(), &iso_classes[id], at, len, NULL));
}

static bool is_tag(const uint8_t *tag, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)(tag[i] - '0') > 9 && (uint8_t)(tag[i] - 'A') > 25)
            return false;
    return true;
}

/* The value of a tag. */
static bool member_is_good(const struct iso_spec *spec, const struct iso_field *around,
                           const uint8_t *tag, const uint8_t *at, size_t len)
{
    const struct iso_field *field = iso_field_part(spec, around, tag, around->tag_len);
    if (field == NULL)
        return (around->flags & ISO_FIELD_CLOSED) == 0 &&
               is_of_class((enum iso_class_id)around->value_class, at, len);
    return len >= field->len_min && len <= field->len_max &&
           iso_value_is_good(spec, field, at, len);
}

static bool tags_are_good(const struct iso_spec *spec, const struct iso_field *field,
                          const uint8_t *at, const uint8_t *end)
{
    const uint8_t *seen[SEEN_MAX];
    size_t tag_len = field->tag_len, digits = field->size.width;
    for (unsigned count = 0; at < end; count++) {
        size_t left = (size_t)(end - at), len = 0;
        if (count == SEEN_MAX || left < tag_len + digits || !is_tag(at, tag_len) ||
            !iso_digits_read(at + tag_len, (unsigned)digits, &len) || len > left - tag_len - digits)
            return false;
        for (unsigned i = 0; i < count; i++)
            if (memcmp(seen[i], at, tag_len) == 0)
                return false;
        seen[count] = at;
        if (!member_is_good(spec, field, at, at + tag_len + digits, len))
            return false;
        at += tag_len + digits + len;
    }
    return true;
}

bool iso_value_is_good(const struct iso_spec *spec, const struct iso_field *field,
                       const uint8_t *at, size_t len)
{
    if (field->run_count > 0)
        return len == field->len_max && runs_are_good(spec, field, at);
    if ((field->flags & ISO_FIELD_TAGS_ASCII) == 0)
        return field->layout == ISO_LAYOUT_NONE &&
               (field->flags & (ISO_FIELD_GENERAL | ISO_FIELD_SIGNED | ISO_FIELD_CONSTANT)) == 0 &&
               is_of_class((enum iso_class_id)field->value_class, at, len);
    if (field->layout == ISO_LAYOUT_TLV)
        return tags_are_good(spec, field, at, at + len);
    return len >= field->tag_len && is_tag(at, field->tag_len) &&
           member_is_good(spec, field, at, at + field->tag_len, len - field->tag_len);
}
