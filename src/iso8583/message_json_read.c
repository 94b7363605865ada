/* JSON -> message, see message_json.h. */
#include "base/text.h"
#include "iso8583/message.h"
#include "iso8583/message_json.h"
#include "iso8583/parts.h"
#include "iso8583/text.h"

#include <inttypes.h>
#include <stdio.h>

struct input {
    const struct iso_spec *spec;
    struct schema schema;
    struct writer *arena;
    struct iso_text text;
};

/* A value in the arena: its place there, since a length in front of it may still move it. */
struct put {
    size_t start;
    struct iso_view view;
};

static struct put put_value(struct input *input, const struct iso_field *field,
                            const struct iso_field *leaf, struct node *node, enum iso_mask mask);

static bool is_bad(const struct input *input)
{
    return input->arena->bad || input->schema.result != RESULT_OK;
}

/* --- single values ---------------------------------------------------------------------------- */

/* The bytes from `start` on, as the wire has them. */
static struct put put_end(const struct input *input, const struct iso_field *leaf, size_t start)
{
    struct put put = {.start = start};
    if (is_bad(input))
        return put;
    struct iso_value value = {input->arena->data + start, input->arena->len - start};
    put.view = iso_view_of(leaf, value, false);
    if (put.view.units > leaf->len_max)
        put.view = iso_view_of(leaf, value, true);
    return put;
}

static void put_hex(struct input *input, const struct node *node)
{
    size_t len = node->kind == NODE_TEXT ? node->len / 2 : 0;
    uint8_t *out = writer_take(input->arena, len);
    if (out != NULL &&
        (node->kind != NODE_TEXT || !text_hex_decode(bytes_of(node->text, node->len), out, len)))
        schema_fault(&input->schema, node, "`%s`: expected an even number of hex digits",
                     node->key);
}

/* Someone encodes what was decoded for showing. */
static bool is_masked(const struct node *node, enum iso_mask mask)
{
    return mask != ISO_MASK_NONE && node->kind == NODE_TEXT &&
           memmem(node->text, node->len, "**", 2) != NULL;
}

/* Text in its charset -> wire. */
static struct put put_encoded(struct input *input, const struct iso_field *leaf,
                              const struct node *node, const uint8_t *text, size_t len)
{
    struct put put = {.start = input->arena->len};
    struct iso_fault fault;
    enum iso_result result =
        iso_view_write(input->spec, leaf, text, len, input->arena->data + put.start,
                       input->arena->cap - put.start, 0, &put.view, &fault);
    if (result == ISO_LIMIT)
        input->arena->bad = true;
    else if (result != ISO_OK)
        schema_fault(&input->schema, node, "`%s`: %s", node->key, fault.text);
    else if (leaf->encoding == ISO_ENCODING_BCD && put.view.units > leaf->len_max)
        /* As bytes the last digit could pass for filling. */
        schema_fault(&input->schema, node, "`%s`: expected %u digits at most, got %u", node->key,
                     (unsigned)leaf->len_max, (unsigned)put.view.units);
    else
        input->arena->len += put.view.len;
    return put;
}

static struct put put_text(struct input *input, const struct iso_field *leaf,
                           const struct node *node)
{
    uint8_t memory[ISO_TEXT_PER_BYTE * ISO_LEN_MAX + 2];
    struct writer text = writer_to(memory, sizeof memory);
    struct put put = {.start = input->arena->len};
    if (is_bad(input))
        return put;
    if (node->kind != NODE_TEXT)
        schema_fault(&input->schema, node, "`%s`: expected a text", node->key);
    else if (!iso_text_encode(&input->text, (enum iso_charset)leaf->charset,
                              bytes_of(node->text, node->len), &text) ||
             text.bad)
        schema_fault(&input->schema, node, "`%s`: expected text that its charset can write%s",
                     node->key, text.bad ? ", not so long" : "");
    else
        put = put_encoded(input, leaf, node, text.data, text.len);
    return put;
}

/* {"hex": "..."} */
static struct node *raw_of(struct node *node)
{
    bool is_raw = node->kind == NODE_MAP && node->len == 1 && strcmp(node->child->key, "hex") == 0;
    return is_raw ? node->child : NULL;
}

/* --- lengths ---------------------------------------------------------------------------------- */

/* BER lengths grow with what they say. */
static size_t room_of(struct iso_prefix prefix)
{
    return prefix.encoding == ISO_ENCODING_BER && prefix.width > 0 ? 5 : prefix.width;
}

static void refuse_length(struct input *input, const struct node *node)
{
    schema_fault(&input->schema, node, "`%s`: expected a value whose length can be said",
                 node->key);
}

/* A field with what belongs to it: prefix, filling, terminator. */
static void put_field(struct input *input, const struct iso_field *field, struct node *node,
                      enum iso_mask mask)
{
    size_t start = input->arena->len;
    (void)writer_take(input->arena, room_of(field->prefix));
    struct put put = put_value(input, field, field, node, mask);
    if (is_bad(input))
        return;
    size_t room = iso_field_room(field, &put.view);
    if (room > input->arena->cap - start) {
        input->arena->bad = true;
        return;
    }
    if (iso_field_put(input->spec, field, &put.view, input->arena->data + start) == NULL ||
        put.view.units > field->len_max)
        refuse_length(input, node);
    input->arena->len = start + room;
}

/* The value that begins at put->start gets its length of a tlv in the room in front of it; between
 * the two stands the tag when the length comes first. */
static void end_length(struct input *input, const struct node *node, const struct iso_field *around,
                       struct iso_prefix prefix, const struct iso_field *leaf,
                       const struct put *put, size_t at)
{
    if (is_bad(input))
        return;
    size_t room = room_of(prefix), extra = 0, width = prefix.width, before;
    do {
        before = width;
        extra = (prefix.flags & ISO_PREFIX_INCLUSIVE) != 0 ? width : 0;
        extra += (prefix.flags & ISO_PREFIX_TAG) != 0 ? around->tag_len : 0U;
        width = iso_prefix_width(prefix, iso_count_of(leaf, prefix, &put->view, extra));
    } while (width > before);
    if (!iso_prefix_write(input->spec, prefix, input->arena->data + at,
                          iso_count_of(leaf, prefix, &put->view, extra))) {
        refuse_length(input, node);
        return;
    }
    memmove(input->arena->data + at + width, input->arena->data + at + room,
            input->arena->len - at - room);
    input->arena->len -= room - width;
}

/* --- sub-fields ------------------------------------------------------------------------------- */

static void put_default(struct input *input, const struct iso_field *field, const struct node *map)
{
    const struct iso_spec *spec = input->spec;
    const char *key = iso_field_key(spec, field);
    size_t len = iso_field_bytes(field, field->len_max);
    if ((field->flags & (ISO_FIELD_CONSTANT | ISO_FIELD_NORMAL)) != 0)
        write_bytes(input->arena, spec->text + field->constant, len);
    else if ((field->flags & ISO_FIELD_COMPUTED) != 0 || iso_field_is_binary(field))
        for (size_t i = 0; i < len; i++)
            write_u8(input->arena, 0);
    else
        schema_fault(&input->schema, map, "`%s` is missing", key);
}

static void refuse_unused(struct input *input, const struct node *map)
{
    for (struct node *child = map->child; child != NULL; child = child->next)
        if (!child->used)
            schema_fault(&input->schema, child, "`%s` is no sub-field of `%s`", child->key,
                         map->key == NULL ? "this" : map->key);
}

static void put_positions(struct input *input, const struct iso_field *field, struct node *map,
                          enum iso_mask mask)
{
    size_t left = map->len;
    bool is_header = field == iso_spec_field(input->spec, 0);
    for (unsigned i = 0; i < field->part_count && input->schema.result == RESULT_OK; i++) {
        const struct iso_field *part = &input->spec->fields[field->part_first + i];
        struct node *node = node_find(map, iso_field_key(input->spec, part));
        if (node == NULL && is_header)
            put_default(input, part, map);
        if (node == NULL && !is_header && (left > 0 || (part->flags & ISO_FIELD_OPTIONAL) == 0) &&
            (left > 0 || part->len_min > 0 || part->prefix.width > 0))
            schema_fault(&input->schema, map, "`%s` is missing", iso_field_key(input->spec, part));
        if (node == NULL)
            continue;
        left--;
        put_field(input, part, node, mask);
    }
    refuse_unused(input, map);
}

/* Under encoding bcd the parts are digits of one text. */
static struct put put_digits(struct input *input, const struct iso_field *field, struct node *map,
                             enum iso_mask mask)
{
    uint8_t memory[ISO_LEN_MAX];
    struct writer text = writer_to(memory, sizeof memory);
    size_t left = map->len;
    for (unsigned i = 0; i < field->part_count && left > 0; i++, left--) {
        const struct iso_field *part = &input->spec->fields[field->part_first + i];
        const char *key = iso_field_key(input->spec, part);
        struct node *node = node_find(map, key);
        if (node == NULL || node->kind != NODE_TEXT || node->len > part->len_max ||
            node->len < part->len_min || is_masked(node, part->mask != 0 ? part->mask : mask)) {
            schema_fault(&input->schema, node == NULL ? map : node,
                         "`%s`: expected %u to %u digits", key, part->len_min, part->len_max);
            return (struct put){0};
        }
        write_bytes(&text, node->text, node->len);
    }
    refuse_unused(input, map);
    if (is_bad(input) || text.bad)
        return (struct put){0};
    return put_encoded(input, field, map, text.data, text.len);
}

/* The tag's bytes from its name; "#2" behind it only tells it from another one. */
static const struct iso_field *put_tag(struct input *input, const struct iso_field *around,
                                       const struct node *node)
{
    size_t len = strcspn(node->key, "#");
    bool bytes = around->layout == ISO_LAYOUT_BER || around->tag_encoding == ISO_ENCODING_BINARY;
    uint8_t tag[ISO_KEY_MAX];
    bool good = bytes ? len <= ISO_KEY_MAX && len % 2 == 0 && len > 0 &&
                            strspn(node->key, "0123456789ABCDEF") == len &&
                            text_hex_decode(bytes_of(node->key, len), tag, len / 2)
                      : len == around->tag_len;
    size_t width = bytes ? len / 2 : len;
    if (good && bytes && around->layout != ISO_LAYOUT_BER)
        good = width == around->tag_len;
    if (!good) {
        schema_fault(&input->schema, node, "`%s`: expected a tag of %u %s", node->key,
                     around->layout == ISO_LAYOUT_BER ? ISO_TAG_MAX : around->tag_len,
                     bytes ? "bytes at most, in upper-case hex digits" : "characters");
        return NULL;
    }
    if (bytes) {
        write_bytes(input->arena, tag, width);
    } else {
        uint8_t *out = writer_take(input->arena, width);
        struct iso_field plain = {.encoding = around->tag_encoding, .len_min = 0};
        struct iso_view view;
        if (out != NULL)
            (void)!iso_view_write(input->spec, &plain, node->key, width, out, width, 0, &view,
                                  NULL);
    }
    return iso_field_part(input->spec, around, node->key, len);
}

static void put_member(struct input *input, const struct iso_field *around, struct node *node,
                       enum iso_mask mask)
{
    static const struct iso_prefix ber = {.width = 1, .encoding = ISO_ENCODING_BER};
    struct iso_prefix prefix = around->layout == ISO_LAYOUT_BER ? ber : around->size;
    bool first = (around->flags & ISO_FIELD_LENGTH_FIRST) != 0;
    bool usage = around->layout == ISO_LAYOUT_USAGE;
    size_t at = input->arena->len;
    if (first)
        (void)writer_take(input->arena, room_of(prefix));
    size_t tag_at = input->arena->len;
    const struct iso_field *part = put_tag(input, around, node);
    if (is_bad(input))
        return;
    const struct iso_field *inner = part;
    if (around->layout == ISO_LAYOUT_BER)
        inner = iso_ber_inner(around, part, input->arena->data[tag_at]);
    const struct iso_field *leaf = part != NULL ? part : around;
    if (!usage && prefix.width == 0 && part != NULL) {
        put_field(input, part, node, mask);
        return;
    }
    if (!first) {
        at = input->arena->len;
        if (!usage)
            (void)writer_take(input->arena, room_of(prefix));
    }
    if (part != NULL && part->mask != ISO_MASK_NONE)
        mask = (enum iso_mask)part->mask;
    struct put put = put_value(input, inner, leaf, node, mask);
    if (around->layout == ISO_LAYOUT_BER)
        prefix.counts = ISO_COUNTS_BYTES;
    if (!usage)
        end_length(input, node, around, prefix, leaf, &put, at);
}

static void put_tags(struct input *input, const struct iso_field *field, struct node *map,
                     enum iso_mask mask)
{
    if (field->layout == ISO_LAYOUT_USAGE && map->len > 1)
        schema_fault(&input->schema, map, "`%s`: expected one usage, got %zu", map->key, map->len);
    for (struct node *child = map->child; child != NULL && !is_bad(input); child = child->next) {
        child->used = true;
        put_member(input, field, child, mask);
    }
}

static unsigned bit_of(const char *key)
{
    unsigned bit = 0;
    for (; *key >= '0' && *key <= '9' && bit <= ISO_DE_MAX; key++)
        bit = bit * 10 + (unsigned)(*key - '0');
    return *key == '\0' ? bit : 0;
}

static void put_bits(struct input *input, const struct iso_field *field, struct node *map,
                     enum iso_mask mask)
{
    bool hex = field->size.encoding != ISO_ENCODING_BINARY;
    unsigned bytes = hex ? field->size.width / 2U : field->size.width, blocks = 1;
    uint8_t bits[2 * ISO_DE_MAX / 8] = {0};
    for (struct node *child = map->child; child != NULL; child = child->next) {
        unsigned bit = bit_of(child->key);
        if (iso_field_part(input->spec, field, child->key, strlen(child->key)) == NULL) {
            schema_fault(&input->schema, child, "`%s` is no sub-field of `%s`", child->key,
                         map->key);
            return;
        }
        bits[(bit - 1) / 8] |= (uint8_t)(0x80 >> (bit - 1) % 8);
        if ((bit - 1) / (8 * bytes) + 1 > blocks)
            blocks = (bit - 1) / (8 * bytes) + 1;
    }
    for (unsigned k = 0; k < blocks; k++) {
        if (k + 1 < blocks)
            bits[k * bytes] |= 0x80;
        uint8_t *out = writer_take(input->arena, field->size.width);
        if (out != NULL)
            iso_bitmap_put(input->spec, field->size.encoding, bits + (size_t)k * bytes, bytes, out);
    }
    for (unsigned i = 0; i < field->part_count && !is_bad(input); i++) {
        const struct iso_field *part = &input->spec->fields[field->part_first + i];
        struct node *node = node_find(map, iso_field_key(input->spec, part));
        if (node != NULL)
            put_field(input, part, node, mask);
    }
}

/* `field` is NULL for a tag that the spec has not, and has the sub-fields; `leaf` says how a single
 * value is written. */
static struct put put_value(struct input *input, const struct iso_field *field,
                            const struct iso_field *leaf, struct node *node, enum iso_mask mask)
{
    size_t start = input->arena->len;
    node->used = true;
    if (leaf == field && field->mask != ISO_MASK_NONE)
        mask = (enum iso_mask)field->mask;
    const struct node *raw = raw_of(node);
    bool parts = node->kind == NODE_MAP && field != NULL && field->layout != ISO_LAYOUT_NONE;
    if (is_masked(node, mask)) {
        schema_fault(&input->schema, node, "`%s`: the value is masked; decode with --unmask",
                     node->key);
    } else if (raw != NULL) {
        put_hex(input, raw);
        return put_end(input, leaf, start);
    } else if (parts && field->layout == ISO_LAYOUT_POSITIONAL &&
               field->encoding == ISO_ENCODING_BCD) {
        return put_digits(input, field, node, mask);
    } else if (parts) {
        if (field->layout == ISO_LAYOUT_POSITIONAL)
            put_positions(input, field, node, mask);
        else if (field->layout == ISO_LAYOUT_BITMAPPED)
            put_bits(input, field, node, mask);
        else
            put_tags(input, field, node, mask);
        struct put put = {.start = start};
        if (!is_bad(input))
            put.view = (struct iso_view){.data = input->arena->data + start,
                                         .len = input->arena->len - start,
                                         .units = (uint32_t)(input->arena->len - start)};
        return put;
    } else {
        return put_text(input, leaf, node);
    }
    return (struct put){.start = start};
}

/* --- the message ------------------------------------------------------------------------------ */

static struct iso_view take_value(struct input *input, const struct iso_field *field,
                                  struct node *node)
{
    struct put put = put_value(input, field, field, node, ISO_MASK_NONE);
    return is_bad(input) ? (struct iso_view){.data = NULL} : put.view;
}

static void take_header(struct input *input, struct node *object, const char *key,
                        struct iso_value *header)
{
    struct node *node = node_find(object, key);
    if (node == NULL || input->schema.result != RESULT_OK)
        return;
    if (input->spec->header_len == 0) {
        schema_fault(&input->schema, node, "`%s`: the spec has no header", key);
        return;
    }
    struct iso_view view = take_value(input, iso_spec_field(input->spec, 0), node);
    *header = (struct iso_value){view.data, view.len};
}

static void take_elements(struct input *input, struct node *map, struct iso_message *message)
{
    for (struct node *child = map->child; child != NULL && input->schema.result == RESULT_OK;
         child = child->next) {
        unsigned de = 0;
        size_t len = strspn(child->key, "0123456789");
        bool is_number = len > 0 && len <= 3 && child->key[len] == '\0' && child->key[0] != '0';
        for (size_t i = 0; is_number && i < len; i++)
            de = de * 10 + (unsigned)(child->key[i] - '0');
        if (iso_spec_de_name(input->spec, de) == NULL) {
            schema_fault(&input->schema, child, "`%s` is no data element of the spec", child->key);
            return;
        }
        const struct iso_field *field = iso_spec_field(input->spec, de);
        struct iso_view view = take_value(input, field, child);
        if (view.data != NULL)
            iso_message_take(message, de, (struct iso_value){view.data, view.len},
                             iso_view_is_odd(field, &view));
    }
}

enum result iso_message_of_json(const struct iso_spec *spec, const struct doc *doc,
                                struct node *object, struct writer *arena,
                                struct iso_message *message, struct fault *fault)
{
    struct input input = {
        .spec = spec, .schema = schema_of(doc, fault), .arena = arena, .text = iso_text_none()};
    const char *mti = node_want_digits(&input.schema, object, "mti", ISO_MTI_LEN, ISO_MTI_LEN);
    iso_message_init(message, spec, mti == NULL ? "" : mti);
    take_header(&input, object, "header", &message->header);
    take_header(&input, object, "rejected", &message->rejected);
    message->bitmaps = (unsigned)node_may_int(&input.schema, object, "bitmaps", 1,
                                              spec->bitmaps_max > 0 ? spec->bitmaps_max : 1, 0);
    struct node *fields = node_want_map(&input.schema, object, "fields");
    if (fields != NULL)
        take_elements(&input, fields, message);
    iso_text_close(&input.text);
    if (input.schema.result == RESULT_OK && arena->bad)
        return fault_set(fault, RESULT_LIMIT, "%s: more than %zu bytes of values", doc_name(doc),
                         arena->cap);
    return input.schema.result;
}
