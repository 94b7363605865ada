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
static void put_text(struct tree *tree, const struct iso_field *leaf, const struct iso_view *view)
{
    char own[ISO_TEXT_PER_BYTE * ISO_LEN_MAX], utf8[TREE_TEXT_MAX];
    struct bytes text;
    size_t len = view->len > ISO_LEN_MAX
                     ? SIZE_MAX
                     : iso_view_text(tree->message->spec, leaf, view, own, sizeof own);
    if (len == SIZE_MAX || !iso_text_decode(&tree->text, (enum iso_charset)leaf->charset,
                                            bytes_of(own, len), utf8, sizeof utf8, &text)) {
        strbuf_text(tree->out, "hex ");
        put_hex(tree, (struct iso_value){view->data, view->len});
        return;
    }
    bool quoted = text.len == 0 || text.data[0] == ' ' || text.data[text.len - 1] == ' ';
    strbuf_text(tree->out, quoted ? "\"" : "");
    strbuf_add(tree->out, text.data, text.len);
    strbuf_text(tree->out, quoted ? "\"" : "");
}

static void put_leaf(struct tree *tree, const struct iso_field *leaf, const struct iso_view *view,
                     enum iso_mask mask)
{
    char masked[64], text[64];
    bool hides = mask != ISO_MASK_NONE && !tree->style->unmask;
    size_t len = hides && mask == ISO_MASK_PAN && view->len <= sizeof text / 2
                     ? iso_view_text(tree->message->spec, leaf, view, text, sizeof text)
                     : SIZE_MAX;
    if (hides && len == SIZE_MAX) {
        strbuf_format(tree->out, "**** (%zu byte%s)", view->len, view->len == 1 ? "" : "s");
    } else if (hides) {
        mask_pan(bytes_of(text, len), masked, sizeof masked);
        strbuf_add(tree->out, masked, len < sizeof masked ? len : 0);
    } else if (iso_field_is_binary(leaf)) {
        put_hex(tree, (struct iso_value){view->data, view->len});
    } else {
        put_text(tree, leaf, view);
    }
    const char *meaning = hides ? NULL : iso_code_meaning(tree->message->spec, leaf, view);
    if (meaning != NULL)
        strbuf_format(tree->out, "  %s%s%s", tree->style->colour ? "\033[2m" : "", meaning,
                      tree->style->colour ? "\033[0m" : "");
}

static void put_parts(struct tree *tree, struct iso_parts parts, unsigned depth, enum iso_mask mask)
{
    struct iso_part part;
    /* No blanks behind the name: nothing follows on this line. */
    while (tree->out->len > 0 && tree->out->text[tree->out->len - 1] == ' ')
        tree->out->text[--tree->out->len] = '\0';
    strbuf_text(tree->out, "\n");
    while (iso_parts_next(&parts, &part)) {
        char key[ISO_FAULT_FIELD_MAX];
        enum iso_mask own = part.field != NULL && part.field->mask != ISO_MASK_NONE
                                ? (enum iso_mask)part.field->mask
                                : mask;
        snprintf(key, sizeof key, "%.*s", (int)part.key.len, (const char *)part.key.data);
        put_label(tree, part.offset, depth + 1, key,
                  part.field == NULL ? "not in the spec"
                                     : iso_field_name(tree->message->spec, part.field));
        if (part.inner != NULL && iso_part_check(&parts, &part) == ISO_OK) {
            put_parts(tree, iso_parts_below(&parts, &part), depth + 1, own);
            continue;
        }
        put_leaf(tree, part.leaf, &part.view, own);
        strbuf_text(tree->out, "\n");
    }
}

static void put_value(struct tree *tree, const struct iso_field *field, const struct iso_view *view,
                      size_t offset)
{
    const struct iso_spec *spec = tree->message->spec;
    enum iso_mask mask = (enum iso_mask)field->mask;
    if (field->layout != ISO_LAYOUT_NONE && iso_value_check(spec, field, view, 0, NULL) == ISO_OK) {
        put_parts(tree, iso_parts_of(spec, field, view, offset, NULL), 0, mask);
        return;
    }
    put_leaf(tree, field, view, mask);
    strbuf_text(tree->out, "\n");
}

static void put_header(struct tree *tree, const char *title, struct iso_value header, size_t offset)
{
    if (header.data == NULL)
        return;
    put_label(tree, offset, 0, title, "");
    struct iso_view view = iso_header_view(header);
    put_value(tree, iso_spec_field(tree->message->spec, 0), &view, offset);
}

/* 0 for a message that was not unpacked. */
static size_t offset_of(const struct iso_message *message, const uint8_t *at)
{
    return message->base == NULL ? 0 : (size_t)(at - message->base);
}

void tree_print(const struct iso_message *message, const struct tree_style *style,
                struct strbuf *out)
{
    struct tree tree = {.message = message, .style = style, .out = out, .text = iso_text_none()};
    put_header(&tree, "header", message->header, 0);
    put_header(&tree, "rejected", message->rejected, message->header.len);
    put_label(&tree, message->header.len + message->rejected.len, 0, "MTI", "");
    strbuf_format(out, "%s\n", message->mti);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        char number[12];
        snprintf(number, sizeof number, "%u", de);
        size_t offset = offset_of(message, message->de[de].data);
        put_label(&tree, offset, 0, number, iso_spec_de_name(message->spec, de));
        struct iso_view view = iso_message_view(message, de);
        put_value(&tree, iso_spec_field(message->spec, de), &view, offset);
    }
    iso_text_close(&tree.text);
}

static void put_offsets(struct iso_parts parts, const char *path, struct json *json)
{
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        char below[256];
        snprintf(below, sizeof below, "%.200s.%.*s", path, (int)part.key.len,
                 (const char *)part.key.data);
        json_member_int(json, below, (int64_t)part.offset);
        if (part.inner != NULL)
            put_offsets(iso_parts_below(&parts, &part), below, json);
    }
}

void tree_offsets(const struct iso_message *message, struct json *json)
{
    json_open_object(json);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        if (!iso_message_has(message, de))
            continue;
        char number[12];
        const struct iso_field *field = iso_spec_field(message->spec, de);
        struct iso_view view = iso_message_view(message, de);
        size_t offset = offset_of(message, view.data);
        snprintf(number, sizeof number, "%u", de);
        json_member_int(json, number, (int64_t)offset);
        if (field->layout != ISO_LAYOUT_NONE &&
            iso_value_check(message->spec, field, &view, 0, NULL) == ISO_OK)
            put_offsets(iso_parts_of(message->spec, field, &view, offset, NULL), number, json);
    }
    json_close_object(json);
}
