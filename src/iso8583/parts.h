/* Sub-fields: walking those of one field in order, and checking a value as deep as the spec goes.
 * The one place that knows how layouts lie on the wire; nothing is copied.
 *
 *     struct iso_parts parts = iso_parts_of(spec, field, &view, offset, fault);
 *     struct iso_part part;
 *     while (iso_parts_next(&parts, &part))
 *         ...
 *     if (parts.result != ISO_OK) ... */
#ifndef ISO8583_PARTS_H
#define ISO8583_PARTS_H

#include "iso8583/encoding.h"
#include "iso8583/iso8583.h"
#include "iso8583/prefix.h"
#include "iso8583/spec.h"

struct iso_parts {
    const struct iso_spec *spec;
    const struct iso_field *field;
    const uint8_t *start, *at, *end;
    size_t offset;   /* of start */
    unsigned index;  /* of the next sub-field */
    unsigned depth;  /* 0: of a data element */
    uint32_t nibble; /* under encoding bcd: of the next digit, from start */
    uint32_t nibbles_end;
    bool is_loose; /* something was skipped, or said in another way than we would */
    enum iso_result result;
    struct iso_fault *fault; /* may be NULL */
    /* Bitmapped, once its walk has begun: those that are still to come. */
    uint64_t bits[ISO_BITMAPS_MAX];
    unsigned bit_count;
};

struct iso_part {
    const struct iso_field *field; /* NULL: a tag that the spec has not */
    const struct iso_field *leaf;  /* how its content is written: `field`, or the one around */
    const struct iso_field *inner; /* whose layout its own sub-fields follow; NULL: it has none */
    struct iso_value key;          /* name, or tag; good until the next part */
    struct iso_value value;        /* as on the wire */
    struct iso_view view;          /* the same, in units */
    size_t offset;                 /* of the value */
    size_t head;                   /* where its tag, or length, begins */
    char text[ISO_KEY_MAX + 8];    /* a key that is not on the wire as it is named */
};

/* `offset` is where the value stands, for faults. */
struct iso_parts iso_parts_of(const struct iso_spec *spec, const struct iso_field *field,
                              const struct iso_view *view, size_t offset, struct iso_fault *fault);
/* The sub-fields of a sub-field whose `inner` is not NULL. */
struct iso_parts iso_parts_below(const struct iso_parts *parts, const struct iso_part *part);
/* False at the end and after a fault. Checks tags and lengths, not contents. */
bool iso_parts_next(struct iso_parts *parts, struct iso_part *part);

/* Checks a value's content, and all of its sub-fields; its own length was checked by whoever cut
 * it. Names in the fault begin below the field. */
enum iso_result iso_value_check(const struct iso_spec *spec, const struct iso_field *field,
                                const struct iso_view *view, size_t offset,
                                struct iso_fault *fault);
/* A quick look: true when all is well, false when it is not or that would take longer to say. */
bool iso_value_is_good(const struct iso_spec *spec, const struct iso_field *field,
                       const uint8_t *at, size_t len);
/* That a tag has not come before, where each may come once. */
enum iso_result iso_part_check_once(const struct iso_parts *parts, const struct iso_part *part);
/* The content of a sub-field and all below it. */
enum iso_result iso_part_check(const struct iso_parts *parts, const struct iso_part *part);

/* Cuts one element with its own length off `at`: fixed, after its prefix, or up to its terminator.
 * *view lies inside; returns the byte behind it, NULL with a fault. */
const uint8_t *iso_field_cut(const struct iso_spec *spec, const struct iso_field *field,
                             const uint8_t *at, const uint8_t *end, size_t offset,
                             struct iso_view *view, struct iso_fault *fault);

/* Bytes of a field with its content, prefix, filling and terminator; SIZE_MAX when its length does
 * not fit its prefix. iso_field_put() writes so many. */
size_t iso_field_room(const struct iso_field *field, const struct iso_view *view);
uint8_t *iso_field_put(const struct iso_spec *spec, const struct iso_field *field,
                       const struct iso_view *view, uint8_t *at);

/* The half byte that fills an odd number of digits. */
static inline unsigned iso_fill_of(const struct iso_field *field, const uint8_t *at, size_t len)
{
    return (field->flags & ISO_FIELD_ODD_RIGHT) != 0 ? at[len - 1] & 15U : at[0] >> 4;
}

/* Does every byte of EBCDIC stand for a character of the class? */
static inline bool iso_ebcdic_is_of(const struct iso_spec *spec, enum iso_class_id id,
                                    const uint8_t *at, size_t len)
{
    unsigned all = ~0U;
    for (size_t i = 0; i < len; i++)
        all &= spec->ebcdic_classes[at[i]];
    return (all >> id & 1) != 0;
}

/* The value of an element, in units. */
struct iso_view iso_message_view(const struct iso_message *message, unsigned de);
/* A header, or an original one. */
static inline struct iso_view iso_header_view(struct iso_value header)
{
    return (struct iso_view){.data = header.data, .len = header.len, .units = (uint32_t)header.len};
}

/* What a value means by its field's code list, NULL when that has it not. */
const char *iso_code_meaning(const struct iso_spec *spec, const struct iso_field *field,
                             const struct iso_view *view);

/* The element or sub-field of this path; false when it is not there. */
bool iso_message_part(const struct iso_message *message, unsigned de, const char *path,
                      struct iso_part *part);

/* The sub-field with this tag or name; NULL when the spec has none. */
const struct iso_field *iso_field_part(const struct iso_spec *spec, const struct iso_field *field,
                                       const void *key, size_t len);

/* A tag of BER: the first byte says whether it has sub-fields. */
static inline bool iso_ber_is_constructed(uint8_t first)
{
    return (first & 0x20) != 0;
}
/* Where the objects inside one are described: with it, else with those around; NULL: it has none.
 */
static inline const struct iso_field *iso_ber_inner(const struct iso_field *around,
                                                    const struct iso_field *field, uint8_t first)
{
    if (field != NULL && field->layout != ISO_LAYOUT_NONE)
        return field;
    if (field != NULL && (field->flags & ISO_FIELD_OPAQUE) != 0)
        return NULL;
    return iso_ber_is_constructed(first) ? around : NULL;
}

/* --- between the files that walk ----------------------------------------------------------------
 */

bool iso_parts_stop(struct iso_parts *parts, enum iso_result result);
/* Stops with the fault that was just filled, inside the part of this name. */
bool iso_parts_stop_in(struct iso_parts *parts, struct iso_value key);
static inline size_t iso_parts_offset(const struct iso_parts *parts, const uint8_t *at)
{
    return parts->offset + (size_t)(at - parts->start);
}
/* Fills value, view and offset of a part that was cut. */
static inline void iso_part_take(const struct iso_parts *parts, struct iso_part *part,
                                 const struct iso_field *field, const struct iso_view *view)
{
    part->field = field;
    part->leaf = field != NULL ? field : parts->field;
    part->inner = field != NULL && field->layout != ISO_LAYOUT_NONE ? field : NULL;
    part->view = *view;
    part->value = (struct iso_value){view->data, view->len};
    part->offset = iso_parts_offset(parts, view->data);
}

bool iso_parts_next_usage(struct iso_parts *parts, struct iso_part *part);
bool iso_parts_next_tlv(struct iso_parts *parts, struct iso_part *part);
bool iso_parts_next_ber(struct iso_parts *parts, struct iso_part *part);
bool iso_parts_next_bit(struct iso_parts *parts, struct iso_part *part);

#endif
