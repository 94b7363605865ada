/* Random valid messages of any spec, out of the spec itself. */
#ifndef TESTS_ISO8583_GENERATE_H
#define TESTS_ISO8583_GENERATE_H

#include "base/bytes.h"
#include "iso8583/message.h"
#include "iso8583/parts.h"

struct generator {
    uint64_t state;
    const struct iso_spec *spec;
    struct writer writer; /* where values go */
};

static inline unsigned below(struct generator *generator, unsigned bound)
{
    /* xorshift64*: repeatable everywhere. */
    generator->state ^= generator->state >> 12;
    generator->state ^= generator->state << 25;
    generator->state ^= generator->state >> 27;
    return (unsigned)((generator->state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % bound;
}

static inline void generate_text(struct generator *generator, enum iso_class_id id, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte;
        do
            byte = (uint8_t)below(generator, 256);
        while (iso_class_stray(id, &byte, 1) == 0);
        write_u8(&generator->writer, byte);
    }
}

static inline size_t generate_len(struct generator *generator, unsigned min, unsigned max)
{
    /* Mostly short, sometimes at the limits. */
    unsigned span = max - min;
    switch (below(generator, 8)) {
    case 0:
        return min;
    case 1:
        return max;
    case 2:
        return min + (span > 0 ? below(generator, span + 1) : 0);
    default:
        return min + (span > 0 ? below(generator, span < 20 ? span + 1 : 21) : 0);
    }
}

static inline void generate_value(struct generator *generator, const struct iso_field *field,
                                  unsigned room);

static inline void generate_positions(struct generator *generator, const struct iso_field *field,
                                      unsigned room)
{
    size_t start = generator->writer.len;
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &generator->spec->fields[field->part_first + i];
        unsigned used = (unsigned)(generator->writer.len - start);
        if ((part->flags & ISO_FIELD_OPTIONAL) != 0 &&
            (below(generator, 4) == 0 || room - used < part->len_min))
            return;
        generate_value(generator, part, room - used);
    }
}

/* Different tags: the spec's own, and others. */
static inline void generate_tags(struct generator *generator, const struct iso_field *field,
                                 unsigned room)
{
    bool tlv = field->layout == ISO_LAYOUT_TLV;
    unsigned head = field->tag_len + (tlv ? (unsigned)field->size_len : 0U);
    unsigned count = tlv ? below(generator, 4) : 1;
    for (unsigned i = 0; i < count && room > head; i++) {
        const struct iso_field *part = NULL;
        if (i < field->part_count && below(generator, 3) > 0)
            part = &generator->spec->fields[field->part_first + i];
        if (part != NULL && part->len_min + head > room)
            part = NULL;
        if (part != NULL)
            write_bytes(&generator->writer, iso_field_key(generator->spec, part), part->key_len);
        else
            for (unsigned k = 0; k < field->tag_len; k++)
                write_u8(&generator->writer, (uint8_t)('0' + (k == 0 ? i : below(generator, 10))));
        uint8_t *size = tlv ? writer_take(&generator->writer, field->size_len) : NULL;
        size_t start = generator->writer.len;
        if (part != NULL)
            generate_value(generator, part, room - head);
        else
            generate_text(generator, (enum iso_class_id)field->value_class,
                          below(generator, room - head < 12 ? room - head : 12));
        size_t len = generator->writer.len - start;
        if (size != NULL)
            iso_digits_write(size, field->size_len, len);
        room -= head + (unsigned)len;
    }
}

static inline void generate_value(struct generator *generator, const struct iso_field *field,
                                  unsigned room)
{
    unsigned max = field->len_max < room ? field->len_max : room;
    uint8_t *prefix = NULL;
    bool is_element = field < generator->spec->fields + ISO_DE_MAX + 1;
    if (field->prefix_len > 0 && !is_element)
        prefix = writer_take(&generator->writer, field->prefix_len);
    size_t start = generator->writer.len;
    if (field->layout == ISO_LAYOUT_POSITIONAL)
        generate_positions(generator, field, max);
    else if (field->layout != ISO_LAYOUT_NONE)
        generate_tags(generator, field, max);
    else if ((field->flags & ISO_FIELD_CONSTANT) != 0)
        write_bytes(&generator->writer, generator->spec->text + field->constant, field->len_max);
    else {
        size_t len = generate_len(generator, field->len_min, max);
        if ((field->flags & ISO_FIELD_SIGNED) != 0) {
            write_u8(&generator->writer, below(generator, 2) == 0 ? 'C' : 'D');
            len--;
        }
        generate_text(generator, (enum iso_class_id)field->value_class, len);
    }
    if (prefix != NULL)
        iso_digits_write(prefix, field->prefix_len, generator->writer.len - start);
}

/* Some elements, sometimes a header; fits into ISO_MESSAGE_LEN_MAX bytes. */
static inline void generate_message(struct generator *generator, struct iso_message *message,
                                    uint8_t *memory, size_t size)
{
    const struct iso_spec *spec = generator->spec;
    char mti[5] = "0000";
    for (unsigned i = 0; i < 4; i++)
        mti[i] = (char)('0' + below(generator, 10));
    generator->writer = writer_to(memory, size);
    iso_message_init(message, spec, mti);
    if (spec->header_len > 0 && below(generator, 2) == 0) {
        generate_value(generator, iso_spec_field(spec, 0), spec->header_len);
        memcpy(memory + spec->reject_at, spec->text + spec->reject_normal, spec->reject_len);
        message->header = (struct iso_value){memory, spec->header_len};
    }
    unsigned wanted = 1 + below(generator, 24);
    for (unsigned i = 0; i < wanted; i++) {
        unsigned de = 2 + below(generator, spec->bitmaps_max * 64U - 1);
        const struct iso_field *field = iso_spec_field(spec, de);
        /* Header, MTI, bitmaps and prefixes take less than 200 bytes. */
        if ((field->flags & ISO_FIELD_DEFINED) == 0 || iso_message_has(message, de) ||
            generator->writer.len + field->len_max > ISO_MESSAGE_LEN_MAX - 200)
            continue;
        size_t start = generator->writer.len;
        generate_value(generator, field, field->len_max);
        iso_message_set(message, de, memory + start, generator->writer.len - start);
    }
    if (spec->bitmaps_max > 1 && below(generator, 8) == 0)
        message->bitmaps = 2;
}

#endif
