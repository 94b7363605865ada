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

static inline uint8_t generate_byte(struct generator *generator, enum iso_class_id id, bool ascii)
{
    uint8_t byte;
    do
        byte = (uint8_t)below(generator, ascii ? 0x7F : 256);
    while (iso_class_stray(id, &byte, 1) == 0);
    return byte;
}

static inline unsigned generate_len(struct generator *generator, unsigned min, unsigned max)
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

/* Text of so many units, and its wire form added to the writer. */
static inline struct iso_view generate_leaf(struct generator *generator,
                                            const struct iso_field *field, unsigned units)
{
    static uint8_t text[2 * ISO_LEN_MAX];
    size_t len = 0;
    bool plain = field->encoding == ISO_ENCODING_ASCII || field->encoding == ISO_ENCODING_HEX;
    bool bytes = field->content == ISO_CONTENT_B &&
                 (field->encoding == ISO_ENCODING_BINARY || field->encoding == ISO_ENCODING_EBCDIC);
    struct iso_view view = {.data = generator->writer.data + generator->writer.len};
    if ((field->flags & ISO_FIELD_CONSTANT) != 0) {
        view.len = view.units = (uint32_t)iso_field_bytes(field, field->len_max);
        write_bytes(&generator->writer, generator->spec->text + field->constant, view.len);
        return view;
    }
    if ((field->encoding == ISO_ENCODING_HEX || field->encoding == ISO_ENCODING_EBCDIC_HEX) &&
        units % 2 != 0)
        units--;
    for (unsigned i = 0; i < (bytes ? 2 * units : units); i++)
        if (field->content == ISO_CONTENT_B)
            text[len++] = (uint8_t) "0123456789ABCDEF"[below(generator, 16)];
        else if (i == 0 && field->content == ISO_CONTENT_XN)
            text[len++] = (uint8_t) "CD"[below(generator, 2)];
        else if (field->encoding == ISO_ENCODING_BCD && field->content == ISO_CONTENT_Z)
            text[len++] = (uint8_t)('0' + below(generator, 15));
        else
            text[len++] = generate_byte(generator, (enum iso_class_id)field->value_class, !plain);
    struct writer *writer = &generator->writer;
    if (iso_view_write(generator->spec, field, text, len, writer->data + writer->len,
                       writer->cap - writer->len, 0, &view, NULL) != ISO_OK)
        abort();
    (void)writer_take(writer, view.len);
    return view;
}

static inline struct iso_view generate_value(struct generator *generator,
                                             const struct iso_field *field,
                                             const struct iso_field *leaf, unsigned room,
                                             unsigned depth);

/* A value with its own prefix, filling, terminator. */
static inline void generate_whole(struct generator *generator, const struct iso_field *field,
                                  unsigned room)
{
    struct writer *writer = &generator->writer;
    size_t start = writer->len;
    (void)writer_take(writer, 5);
    struct iso_view view = generate_value(generator, field, field, room, 1);
    uint8_t *behind = iso_field_put(generator->spec, field, &view, writer->data + start);
    if (behind == NULL)
        abort();
    writer->len = (size_t)(behind - writer->data);
}

static inline void generate_positions(struct generator *generator, const struct iso_field *field,
                                      unsigned room)
{
    size_t start = generator->writer.len;
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &generator->spec->fields[field->part_first + i];
        unsigned used = (unsigned)(generator->writer.len - start);
        unsigned head = part->prefix.width + 1U;
        if ((part->flags & ISO_FIELD_OPTIONAL) != 0 &&
            (below(generator, 4) == 0 || room - used < part->len_min + head))
            return;
        generate_whole(generator, part, room - used);
    }
}

static inline struct iso_view generate_digits(struct generator *generator,
                                              const struct iso_field *field)
{
    static uint8_t text[ISO_LEN_MAX];
    struct iso_view view;
    struct writer *writer = &generator->writer;
    size_t len = 0;
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &generator->spec->fields[field->part_first + i];
        if ((part->flags & ISO_FIELD_OPTIONAL) != 0 && below(generator, 3) == 0)
            break;
        unsigned units = generate_len(generator, part->len_min, part->len_max);
        for (unsigned k = 0; k < units; k++)
            text[len++] = (uint8_t)('0' + below(generator, 10));
    }
    if (iso_view_write(generator->spec, field, text, len, writer->data + writer->len,
                       writer->cap - writer->len, 0, &view, NULL) != ISO_OK)
        abort();
    (void)writer_take(writer, view.len);
    return view;
}

/* A tag on the wire: the spec's own, or another. */
static inline void generate_tag(struct generator *generator, const struct iso_field *field,
                                const struct iso_field *part, unsigned i)
{
    const char *key = part == NULL ? NULL : iso_field_key(generator->spec, part);
    char other[2 * ISO_TAG_MAX + 1] = "";
    if (key == NULL && field->layout == ISO_LAYOUT_BER)
        snprintf(other, sizeof other, "DF%02X", 1 + i);
    else if (key == NULL)
        for (unsigned k = 0; k < field->tag_len; k++)
            snprintf(other + strlen(other), 3,
                     field->tag_encoding == ISO_ENCODING_BINARY ? "%02u" : "%u",
                     k == 0 ? i : below(generator, 10));
    key = key == NULL ? other : key;
    bool hex = field->layout == ISO_LAYOUT_BER || field->tag_encoding == ISO_ENCODING_BINARY;
    struct iso_field tag = {.content = hex ? ISO_CONTENT_B : ISO_CONTENT_ANS,
                            .encoding = hex ? ISO_ENCODING_BINARY : field->tag_encoding};
    struct iso_view view;
    struct writer *writer = &generator->writer;
    if (iso_view_write(generator->spec, &tag, key, strlen(key), writer->data + writer->len,
                       writer->cap - writer->len, 0, &view, NULL) != ISO_OK)
        abort();
    (void)writer_take(writer, view.len);
}

static inline void generate_tags(struct generator *generator, const struct iso_field *field,
                                 unsigned room, unsigned depth)
{
    static const struct iso_prefix ber = {
        .width = 1, .encoding = ISO_ENCODING_BER, .counts = ISO_COUNTS_BYTES};
    struct writer *writer = &generator->writer;
    bool usage = field->layout == ISO_LAYOUT_USAGE, is_ber = field->layout == ISO_LAYOUT_BER;
    struct iso_prefix size = is_ber ? ber : field->size;
    unsigned count = usage ? 1 : below(generator, 4);
    unsigned skip = field->part_count > 4 ? below(generator, field->part_count - 3U) : 0;
    for (unsigned i = 0; i < count; i++) {
        const struct iso_field *part = NULL;
        uint8_t value[2 * ISO_LEN_MAX];
        if (i < field->part_count &&
            (below(generator, 4) > 0 || (field->flags & ISO_FIELD_CLOSED) != 0))
            part = &generator->spec->fields[field->part_first + skip + i];
        unsigned head = 16;
        if (room < head + (part == NULL ? 0U : part->len_min) ||
            (part == NULL && (field->flags & ISO_FIELD_CLOSED) != 0))
            return;
        size_t start = writer->len;
        bool first = (field->flags & ISO_FIELD_LENGTH_FIRST) != 0;
        if (!usage && size.width == 0) {
            generate_tag(generator, field, part, i);
            generate_whole(generator, part, room - head);
            room -= (unsigned)(writer->len - start);
            continue;
        }
        /* The tag of a constructed object has bit 6; what is inside is described around it. */
        bool constructed = is_ber && part != NULL &&
                           strchr("2367ABEF", iso_field_key(generator->spec, part)[0]) != NULL;
        if (constructed && depth > 2)
            return;
        unsigned most = part != NULL && part->len_max < room - head ? part->len_max : room - head;
        struct iso_view view = generate_value(generator, constructed ? field : part,
                                              part != NULL ? part : field, most, depth + 1);
        memcpy(value, view.data, view.len);
        writer->len = start;
        if (!first)
            generate_tag(generator, field, part, i);
        if (!usage) {
            size_t extra = (size.flags & ISO_PREFIX_TAG) != 0 ? field->tag_len : 0U;
            extra += (size.flags & ISO_PREFIX_INCLUSIVE) != 0 ? size.width : 0U;
            view.data = value;
            size_t number = iso_count_of(part != NULL ? part : field, size, &view, extra);
            uint8_t *at = writer_take(writer, iso_prefix_width(size, number));
            if (!iso_prefix_write(generator->spec, size, at, number))
                abort();
        }
        if (first)
            generate_tag(generator, field, part, i);
        write_bytes(writer, value, view.len);
        room -= (unsigned)(writer->len - start);
    }
}

static inline void generate_bits(struct generator *generator, const struct iso_field *field,
                                 unsigned room)
{
    uint8_t bits[ISO_DE_MAX / 8] = {0};
    unsigned bytes =
        field->size.encoding == ISO_ENCODING_BINARY ? field->size.width : field->size.width / 2U;
    uint8_t *bitmap = writer_take(&generator->writer, field->size.width);
    size_t start = generator->writer.len - field->size.width;
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &generator->spec->fields[field->part_first + i];
        unsigned bit = (unsigned)atoi(iso_field_key(generator->spec, part));
        unsigned used = (unsigned)(generator->writer.len - start);
        if (below(generator, 2) == 0 || bit > 8 * bytes ||
            room - used < part->len_min + part->prefix.width + 1U)
            continue;
        bits[(bit - 1) / 8] |= (uint8_t)(0x80 >> (bit - 1) % 8);
        generate_whole(generator, part, room - used - part->prefix.width - 1);
    }
    iso_bitmap_put(generator->spec, field->size.encoding, bits, bytes, bitmap);
}

/* `field` NULL: of a tag that the spec has not, written as `leaf`. */
static inline struct iso_view generate_value(struct generator *generator,
                                             const struct iso_field *field,
                                             const struct iso_field *leaf, unsigned room,
                                             unsigned depth)
{
    struct writer *writer = &generator->writer;
    size_t start = writer->len;
    unsigned most = leaf->encoding == ISO_ENCODING_BCD ? 2 * room : room;
    unsigned max = leaf->len_max < most ? leaf->len_max : most;
    if (field == NULL)
        return generate_leaf(generator, leaf, below(generator, max < 12 ? max + 1 : 12));
    if (field->layout == ISO_LAYOUT_POSITIONAL && field->encoding == ISO_ENCODING_BCD)
        return generate_digits(generator, field);
    if (field->layout == ISO_LAYOUT_NONE) {
        unsigned units = generate_len(generator, field->len_min, max);
        return generate_leaf(generator, field, units);
    }
    if (field->layout == ISO_LAYOUT_POSITIONAL)
        generate_positions(generator, field, max);
    else if (field->layout == ISO_LAYOUT_BITMAPPED)
        generate_bits(generator, field, max);
    else
        generate_tags(generator, field, max, depth);
    return (struct iso_view){.data = writer->data + start,
                             .len = writer->len - start,
                             .units = (uint32_t)(writer->len - start)};
}

/* Some elements, sometimes a header; fits into ISO_MESSAGE_LEN_MAX bytes. */
static inline void generate_message(struct generator *generator, struct iso_message *message,
                                    uint8_t *memory, size_t size)
{
    const struct iso_spec *spec = generator->spec;
    char mti[5] = "0000";
    for (unsigned i = 0; i < 4; i++)
        mti[i] = (char)('0' + below(generator, i == 0 ? 3 : 10)); /* versions known so far */
    generator->writer = writer_to(memory, size);
    iso_message_init(message, spec, mti);
    /* Without a constant to know it by, a header is there in every message. */
    if (spec->header_len > 0 && (spec->sign_len == 0 || below(generator, 2) == 0)) {
        const struct iso_field *header = iso_spec_field(spec, 0);
        struct iso_view view = generate_value(generator, header, header, spec->header_len, 0);
        if (spec->reject_len > 0)
            memcpy(memory + spec->reject_at, spec->text + spec->reject_normal, spec->reject_len);
        message->header = (struct iso_value){view.data, view.len};
    }
    unsigned wanted = 1 + below(generator, 24);
    for (unsigned i = 0; i < wanted; i++) {
        unsigned de = 1 + below(generator, spec->bitmaps_max * 64U);
        const struct iso_field *field = iso_spec_field(spec, de);
        /* Header, MTI, bitmaps and prefixes take less than 400 bytes. */
        if ((field->flags & ISO_FIELD_DEFINED) == 0 || iso_message_has(message, de) ||
            generator->writer.len + field->len_max > ISO_MESSAGE_LEN_MAX - 400)
            continue;
        struct iso_view view = generate_value(generator, field, field,
                                              (unsigned)iso_field_bytes(field, field->len_max), 0);
        iso_message_take(message, de, (struct iso_value){view.data, view.len},
                         iso_view_is_odd(field, &view));
    }
    if (spec->bitmaps_max > 1 && below(generator, 8) == 0)
        message->bitmaps = 2;
}

#endif
