/* Sub-fields: walking those of one field in order, and checking a value as deep as the spec goes.
 * The one place that knows how layouts lie on the wire; nothing is copied.
 *
 *     struct iso_parts parts = iso_parts_of(spec, field, value, offset, fault);
 *     struct iso_part part;
 *     while (iso_parts_next(&parts, &part))
 *         ...
 *     if (parts.result != ISO_OK) ... */
#ifndef ISO8583_PARTS_H
#define ISO8583_PARTS_H

#include "iso8583/iso8583.h"
#include "iso8583/spec.h"

struct iso_parts {
    const struct iso_spec *spec;
    const struct iso_field *field;
    const uint8_t *start, *at, *end;
    size_t offset;  /* of start */
    unsigned index; /* of the next sub-field */
    enum iso_result result;
    struct iso_fault *fault; /* may be NULL */
};

struct iso_part {
    const struct iso_field *field; /* NULL: a tag that the spec has not */
    struct iso_value key;          /* name, or tag as on the wire */
    struct iso_value value;
    size_t offset; /* of the value */
};

/* `offset` is where the value stands, for faults. */
struct iso_parts iso_parts_of(const struct iso_spec *spec, const struct iso_field *field,
                              struct iso_value value, size_t offset, struct iso_fault *fault);
/* False at the end and after a fault. Checks tags and lengths, not contents. */
bool iso_parts_next(struct iso_parts *parts, struct iso_part *part);

/* Checks a value's content, and all of its sub-fields; its own length was checked by whoever cut
 * it. Names in the fault begin below the field. */
enum iso_result iso_value_check(const struct iso_spec *spec, const struct iso_field *field,
                                struct iso_value value, size_t offset, struct iso_fault *fault);

/* Cuts one element with its own length off `at`: fixed, or after its prefix. *value lies inside;
 * returns the byte behind it, NULL with a fault. */
const uint8_t *iso_field_cut(const struct iso_field *field, const uint8_t *at, const uint8_t *end,
                             size_t offset, struct iso_value *value, struct iso_fault *fault);

/* Reads a length of `digits` ASCII digits; false when one is none. */
static inline bool iso_digits_read(const uint8_t *at, unsigned digits, size_t *value)
{
    unsigned sum = 0, stray = 0;
    for (unsigned i = 0; i < digits; i++) {
        unsigned digit = at[i] - (unsigned)'0';
        stray |= digit > 9;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return stray == 0;
}

/* Writes the value as `digits` digits; it must fit. */
static inline void iso_digits_write(uint8_t *at, unsigned digits, size_t value)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
}

/* The sub-field with this tag or name; NULL when the spec has none. */
const struct iso_field *iso_field_part(const struct iso_spec *spec, const struct iso_field *field,
                                       const void *key, size_t len);

#endif
