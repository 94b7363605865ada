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

static void put_value(struct input *input, const struct iso_field *field, struct node *node,
                      enum iso_mask mask);

/* --- single values ---------------------------------------------------------------------------- */

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

static void put_text(struct input *input, const struct node *node)
{
    if (node->kind != NODE_TEXT)
        schema_fault(&input->schema, node, "`%s`: expected a text", node->key);
    else if (!iso_text_encode(&input->text, bytes_of(node->text, node->len), input->arena))
        schema_fault(&input->schema, node, "`%s`: expected text that the spec's charset can write",
                     node->key);
}

/* {"hex": "..."} */
static struct node *raw_of(struct node *node)
{
    bool is_raw = node->kind == NODE_MAP && node->len == 1 && strcmp(node->child->key, "hex") == 0;
    return is_raw ? node->child : NULL;
}

/* --- sub-fields ------------------------------------------------------------------------------- */

/* Makes room for a length, which end_length() fills in. */
static size_t begin_length(struct input *input, unsigned digits)
{
    (void)writer_take(input->arena, digits);
    return input->arena->len;
}

static void end_length(struct input *input, const struct node *node, size_t start, unsigned digits)
{
    if (input->arena->bad)
        return;
    size_t len = input->arena->len - start, most = 1;
    for (unsigned i = 0; i < digits; i++)
        most *= 10;
    if (digits > 0 && len >= most)
        schema_fault(&input->schema, node, "`%s`: expected at most %zu bytes, got %zu", node->key,
                     most - 1, len);
    else
        iso_digits_write(input->arena->data + start - digits, digits, len);
}

static void put_default(struct input *input, const struct iso_field *field, const struct node *map)
{
    const struct iso_spec *spec = input->spec;
    const char *key = iso_field_key(spec, field);
    if ((field->flags & (ISO_FIELD_CONSTANT | ISO_FIELD_NORMAL)) != 0)
        write_bytes(input->arena, spec->text + field->constant, field->len_max);
    else if ((field->flags & ISO_FIELD_COMPUTED) != 0 || iso_field_is_binary(field))
        for (unsigned i = 0; i < field->len_max; i++)
            write_u8(input->arena, 0);
    else
        schema_fault(&input->schema, map, "`%s` is missing", key);
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
            (left > 0 || part->len_min > 0 || part->prefix_len > 0))
            schema_fault(&input->schema, map, "`%s` is missing", iso_field_key(input->spec, part));
        if (node == NULL)
            continue;
        left--;
        size_t start = begin_length(input, part->prefix_len);
        put_value(input, part, node, mask);
        end_length(input, node, start, part->prefix_len);
    }
    for (struct node *child = map->child; child != NULL; child = child->next)
        if (!child->used)
            schema_fault(&input->schema, child, "`%s` is no sub-field of `%s`", child->key,
                         map->key == NULL ? "this" : map->key);
}

static void put_tags(struct input *input, const struct iso_field *field, struct node *map,
                     enum iso_mask mask)
{
    if (field->layout == ISO_LAYOUT_USAGE && map->len > 1)
        schema_fault(&input->schema, map, "`%s`: expected one usage, got %zu", map->key, map->len);
    for (struct node *child = map->child; child != NULL && input->schema.result == RESULT_OK;
         child = child->next) {
        size_t len = strlen(child->key);
        if (len != field->tag_len) {
            schema_fault(&input->schema, child, "`%s`: expected a tag of %u characters", child->key,
                         field->tag_len);
            return;
        }
        const struct iso_field *part = iso_field_part(input->spec, field, child->key, len);
        unsigned digits = field->layout == ISO_LAYOUT_TLV ? field->size_len : 0;
        write_bytes(input->arena, child->key, len);
        size_t start = begin_length(input, digits);
        put_value(input, part, child, mask);
        end_length(input, child, start, digits);
    }
}

/* `field` is NULL for a tag that the spec has not. */
static void put_value(struct input *input, const struct iso_field *field, struct node *node,
                      enum iso_mask mask)
{
    node->used = true;
    if (field != NULL && field->mask != ISO_MASK_NONE)
        mask = (enum iso_mask)field->mask;
    const struct node *raw = raw_of(node);
    if (is_masked(node, mask))
        schema_fault(&input->schema, node, "`%s`: the value is masked; decode with --unmask",
                     node->key);
    else if (raw != NULL)
        put_hex(input, raw);
    else if (node->kind == NODE_MAP && field != NULL && field->layout == ISO_LAYOUT_POSITIONAL)
        put_positions(input, field, node, mask);
    else if (node->kind == NODE_MAP && field != NULL && field->layout != ISO_LAYOUT_NONE)
        put_tags(input, field, node, mask);
    else if (field != NULL && field->layout == ISO_LAYOUT_NONE && iso_field_is_binary(field))
        put_hex(input, node);
    else
        put_text(input, node);
}

/* --- the message ------------------------------------------------------------------------------ */

static struct iso_value take_value(struct input *input, const struct iso_field *field,
                                   struct node *node)
{
    size_t start = input->arena->len;
    put_value(input, field, node, ISO_MASK_NONE);
    if (input->arena->bad || input->schema.result != RESULT_OK)
        return (struct iso_value){NULL, 0};
    return (struct iso_value){input->arena->data + start, input->arena->len - start};
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
    *header = take_value(input, iso_spec_field(input->spec, 0), node);
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
        struct iso_value value = take_value(input, iso_spec_field(input->spec, de), child);
        if (value.data != NULL)
            iso_message_set(message, de, value.data, value.len);
    }
}

enum result iso_message_of_json(const struct iso_spec *spec, const struct doc *doc,
                                struct node *object, struct writer *arena,
                                struct iso_message *message, struct fault *fault)
{
    struct input input = {.spec = spec,
                          .schema = schema_of(doc, fault),
                          .arena = arena,
                          .text = iso_text_in((enum iso_charset)spec->charset)};
    const char *mti = node_want_digits(&input.schema, object, "mti", ISO_MTI_LEN, ISO_MTI_LEN);
    iso_message_init(message, spec, mti == NULL ? "" : mti);
    take_header(&input, object, "header", &message->header);
    take_header(&input, object, "rejected", &message->rejected);
    message->bitmaps =
        (unsigned)node_may_int(&input.schema, object, "bitmaps", 1, spec->bitmaps_max, 0);
    struct node *fields = node_want_map(&input.schema, object, "fields");
    if (fields != NULL)
        take_elements(&input, fields, message);
    iso_text_close(&input.text);
    if (input.schema.result == RESULT_OK && arena->bad)
        return fault_set(fault, RESULT_LIMIT, "%s: more than %zu bytes of values", doc_name(doc),
                         arena->cap);
    return input.schema.result;
}
