/* Messages for people, see message_tree.h. */
#include "message_tree.h"

#include "base/json.h"
#include "base/mask.h"
#include "base/text.h"
#include "iso8583/parts.h"
#include "iso8583/text.h"

#include <stdio.h>

enum {
    TREE_VALUE_COLUMN = 50, /* longer names push their value to the right */
    TREE_TEXT_MAX = 2 * ISO_LEN_MAX,
};

struct tree {
    const struct iso_message *message;
    const struct tree_style *style;
    struct strbuf *out;
    struct iso_text text;
};

/* Number or key, name, and the blanks up to the value. */
static void put_label(struct tree *tree, size_t offset, unsigned depth, const char *key,
                      const char *name)
{
    const char *dim = tree->style->colour ? "\033[2m" : "";
    const char *plain = tree->style->colour ? "\033[0m" : "";
    if (tree->style->offsets)
        strbuf_format(tree->out, "%s%6zu%s ", dim, offset, plain);
    int width = depth == 0 ? 4 : 6 + 2 * ((int)depth - 1);
    if (depth == 0)
        strbuf_format(tree->out, "%*s", width, key);
    else
        strbuf_format(tree->out, "%*s%s", width, "", key);
    width = depth == 0 ? width : width + (int)strlen(key);
    strbuf_format(tree->out, "%s%s%s%s", name[0] == '\0' ? "" : "  ", dim, name, plain);
    width += name[0] == '\0' ? 0 : 2 + (int)strlen(name);
    strbuf_format(tree->out, "%*s", width < TREE_VALUE_COLUMN ? TREE_VALUE_COLUMN - width : 2, "");
}

static void put_hex(struct tree *tree, struct iso_value value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < value.len; i++) {
        const char pair[2] = {digits[value.data[i] >> 4], digits[value.data[i] & 15]};
        strbuf_add(tree->out, pair, 2);
    }
}

/* Text whose blanks matter stands in quotes; what is no text is hex. */
static void put_text(struct tree *tree, struct iso_value value)
{
    char utf8[TREE_TEXT_MAX];
    struct bytes text;
    if (value.len > ISO_LEN_MAX ||
        !iso_text_decode(&tree->text, bytes_of(value.data, value.len), utf8, sizeof utf8, &text)) {
        strbuf_text(tree->out, "hex ");
        put_hex(tree, value);
        return;
    }
    bool quoted = text.len == 0 || text.data[0] == ' ' || text.data[text.len - 1] == ' ';
    strbuf_text(tree->out, quoted ? "\"" : "");
    strbuf_add(tree->out, text.data, text.len);
    strbuf_text(tree->out, quoted ? "\"" : "");
}

static void put_leaf(struct tree *tree, const struct iso_field *field, struct iso_value value,
                     enum iso_mask mask)
{
    char masked[64];
    bool hides = mask != ISO_MASK_NONE && !tree->style->unmask;
    if (hides && (mask != ISO_MASK_PAN || value.len >= sizeof masked)) {
        strbuf_format(tree->out, "**** (%zu byte%s)", value.len, value.len == 1 ? "" : "s");
    } else if (hides) {
        mask_pan(bytes_of(value.data, value.len), masked, sizeof masked);
        strbuf_text(tree->out, masked);
    } else if (field != NULL && iso_field_is_binary(field)) {
        put_hex(tree, value);
    } else {
        put_text(tree, value);
    }
}

static void put_value(struct tree *tree, const struct iso_field *field, struct iso_value value,
                      size_t offset, unsigned depth, enum iso_mask mask)
{
    const struct iso_spec *spec = tree->message->spec;
    if (field != NULL && field->mask != ISO_MASK_NONE)
        mask = (enum iso_mask)field->mask;
    if (field == NULL || field->layout == ISO_LAYOUT_NONE ||
        iso_value_check(spec, field, value, 0, NULL) != ISO_OK) {
        put_leaf(tree, field, value, mask);
        strbuf_text(tree->out, "\n");
        return;
    }
    /* No blanks behind the name: nothing follows on this line. */
    while (tree->out->len > 0 && tree->out->text[tree->out->len - 1] == ' ')
        tree->out->text[--tree->out->len] = '\0';
    strbuf_text(tree->out, "\n");
    struct iso_parts parts = iso_parts_of(spec, field, value, offset, NULL);
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        char key[ISO_FAULT_FIELD_MAX];
        snprintf(key, sizeof key, "%.*s", (int)part.key.len, (const char *)part.key.data);
        put_label(tree, part.offset, depth + 1, key,
                  part.field == NULL ? "not in the spec" : iso_field_name(spec, part.field));
        put_value(tree, part.field, part.value, part.offset, depth + 1, mask);
    }
}

static void put_header(struct tree *tree, const char *title, struct iso_value header, size_t offset)
{
    if (header.data == NULL)
        return;
    put_label(tree, offset, 0, title, "");
    put_value(tree, iso_spec_field(tree->message->spec, 0), header, offset, 0, ISO_MASK_NONE);
}

/* 0 for a message that was not unpacked. */
static size_t offset_of(const struct iso_message *message, const uint8_t *at)
{
    return message->base == NULL ? 0 : (size_t)(at - message->base);
}

void tree_print(const struct iso_message *message, const struct tree_style *style,
                struct strbuf *out)
{
    struct tree tree = {.message = message,
                        .style = style,
                        .out = out,
                        .text = iso_text_in((enum iso_charset)message->spec->charset)};
    put_header(&tree, "header", message->header, 0);
    put_header(&tree, "rejected", message->rejected, message->header.len);
    put_label(&tree, message->header.len + message->rejected.len, 0, "MTI", "");
    strbuf_format(out, "%s\n", message->mti);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        char number[12];
        snprintf(number, sizeof number, "%u", de);
        size_t offset = offset_of(message, message->de[de].data);
        put_label(&tree, offset, 0, number, iso_spec_de_name(message->spec, de));
        put_value(&tree, iso_spec_field(message->spec, de), message->de[de], offset, 0,
                  ISO_MASK_NONE);
    }
    iso_text_close(&tree.text);
}

static void put_offsets(const struct iso_spec *spec, const struct iso_field *field,
                        struct iso_value value, size_t offset, const char *path, struct json *json)
{
    json_member_int(json, path, (int64_t)offset);
    if (field == NULL || field->layout == ISO_LAYOUT_NONE ||
        iso_value_check(spec, field, value, 0, NULL) != ISO_OK)
        return;
    struct iso_parts parts = iso_parts_of(spec, field, value, offset, NULL);
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        char below[256];
        snprintf(below, sizeof below, "%.200s.%.*s", path, (int)part.key.len,
                 (const char *)part.key.data);
        put_offsets(spec, part.field, part.value, part.offset, below, json);
    }
}

void tree_offsets(const struct iso_message *message, struct json *json)
{
    json_open_object(json);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        char number[12];
        snprintf(number, sizeof number, "%u", de);
        put_offsets(message->spec, iso_spec_field(message->spec, de), message->de[de],
                    offset_of(message, message->de[de].data), number, json);
    }
    json_close_object(json);
}
