/* Message -> JSON, see message_json.h. */
#include "base/mask.h"
#include "iso8583/message_json.h"
#include "iso8583/parts.h"
#include "iso8583/text.h"

#include <stdio.h>

static const char hidden[] = "****";

struct output {
    const struct iso_spec *spec;
    struct json *json;
    struct iso_text text;
    bool unmask;
};

static void put_hex(struct output *output, struct iso_value value)
{
    json_open_object(output->json);
    json_key(output->json, "hex");
    json_hex(output->json, bytes_of(value.data, value.len));
    json_close_object(output->json);
}

static void put_text(struct output *output, const struct iso_field *leaf, struct bytes value)
{
    if (json_plain_text(output->json, bytes_of(value.data, value.len)))
        return;
    char utf8[2 * ISO_LEN_MAX]; /* two bytes of GB18030 become three */
    struct bytes text;
    if (value.len <= ISO_LEN_MAX && iso_text_decode(&output->text, (enum iso_charset)leaf->charset,
                                                    value, utf8, sizeof utf8, &text))
        json_bytes_text(output->json, text);
    else
        put_hex(output, (struct iso_value){value.data, value.len});
}

static void put_pan(struct output *output, const struct iso_field *leaf, struct bytes value)
{
    char masked[64];
    if (value.len >= sizeof masked) {
        json_text(output->json, hidden);
        return;
    }
    mask_pan(value, masked, sizeof masked);
    put_text(output, leaf, bytes_of(masked, value.len));
}

/* Would the text be written to these very bytes? Else they must be shown, not the text. */
static bool comes_back(const struct output *output, const struct iso_field *leaf,
                       const struct iso_view *view, const char *text, size_t len)
{
    uint8_t wire[ISO_LEN_MAX];
    struct iso_view again;
    if (view->is_between)
        return true;
    return iso_view_write(output->spec, leaf, text, len, wire, sizeof wire, 0, &again, NULL) ==
               ISO_OK &&
           again.units == view->units && again.len == view->len &&
           memcmp(again.data, view->data, view->len) == 0;
}

static void put_leaf(struct output *output, const struct iso_field *leaf,
                     const struct iso_view *view, enum iso_mask mask)
{
    char text[ISO_TEXT_PER_BYTE * ISO_LEN_MAX];
    struct iso_value value = {view->data, view->len};
    struct bytes shown = bytes_of(view->data, view->len);
    bool direct = (leaf->encoding == ISO_ENCODING_ASCII || leaf->encoding == ISO_ENCODING_HEX) &&
                  (leaf->flags & ISO_FIELD_STRIP) == 0;
    if (!output->unmask && (mask == ISO_MASK_TRACK || mask == ISO_MASK_SECRET)) {
        json_text(output->json, hidden);
        return;
    }
    if (iso_field_is_binary(leaf) && mask != ISO_MASK_PAN && (leaf->flags & ISO_FIELD_STRIP) == 0) {
        json_hex(output->json, shown);
        return;
    }
    if (!direct) {
        size_t len = view->len > ISO_LEN_MAX
                         ? SIZE_MAX
                         : iso_view_text(output->spec, leaf, view, text, sizeof text);
        if (len == SIZE_MAX || (output->unmask && !comes_back(output, leaf, view, text, len))) {
            put_hex(output, value);
            return;
        }
        shown = bytes_of(text, len);
    }
    /* Two stars would be taken for a mask by whoever reads it back. */
    if (output->unmask && mask != ISO_MASK_NONE && memmem(shown.data, shown.len, "**", 2) != NULL)
        put_hex(output, value);
    else if (!output->unmask && mask == ISO_MASK_PAN)
        put_pan(output, leaf, shown);
    else if (leaf->content == ISO_CONTENT_B)
        json_bytes_text(output->json, shown);
    else
        put_text(output, leaf, shown);
}

/* --- sub-fields ------------------------------------------------------------------------------- */

/* Something in it was said in another way than we would: the object would not give it back. */
static bool is_loose(struct iso_parts parts)
{
    struct iso_part part;
    while (iso_parts_next(&parts, &part))
        if (part.inner != NULL && is_loose(iso_parts_below(&parts, &part)))
            return true;
    return parts.is_loose;
}

/* A tag that came before is told from the others by its number. */
static void put_key(struct output *output, struct iso_parts before, const struct iso_part *part)
{
    struct iso_part other;
    unsigned number = 1;
    if ((before.field->flags & ISO_FIELD_REPEATS) == 0) {
        json_key_bytes(output->json, bytes_of(part->key.data, part->key.len));
        return;
    }
    before.at = before.start;
    before.index = 0;
    while (iso_parts_next(&before, &other) && other.head != part->head)
        if (other.key.len == part->key.len &&
            memcmp(other.key.data, part->key.data, part->key.len) == 0)
            number++;
    char key[ISO_FAULT_FIELD_MAX];
    int len = (int)part->key.len;
    if (number == 1)
        snprintf(key, sizeof key, "%.*s", len, (const char *)part->key.data);
    else
        snprintf(key, sizeof key, "%.*s#%u", len, (const char *)part->key.data, number);
    json_key(output->json, key);
}

static void put_parts(struct output *output, struct iso_parts parts, enum iso_mask mask)
{
    struct iso_part part;
    json_open_object(output->json);
    while (iso_parts_next(&parts, &part)) {
        enum iso_mask own = part.field != NULL && part.field->mask != ISO_MASK_NONE
                                ? (enum iso_mask)part.field->mask
                                : mask;
        put_key(output, parts, &part);
        if (part.inner != NULL && iso_part_check(&parts, &part) == ISO_OK)
            put_parts(output, iso_parts_below(&parts, &part), own);
        else
            put_leaf(output, part.leaf, &part.view, own);
    }
    json_close_object(output->json);
}

static void put_value(struct output *output, const struct iso_field *field,
                      const struct iso_view *view)
{
    struct iso_parts parts = iso_parts_of(output->spec, field, view, 0, NULL);
    enum iso_mask mask = (enum iso_mask)field->mask;
    if (field->layout == ISO_LAYOUT_NONE ||
        iso_value_check(output->spec, field, view, 0, NULL) != ISO_OK) {
        put_leaf(output, field, view, mask);
        return;
    }
    if (output->unmask && is_loose(parts))
        put_hex(output, (struct iso_value){view->data, view->len});
    else
        put_parts(output, parts, mask);
}

static void put_header(struct output *output, const char *key, struct iso_value header)
{
    const struct iso_field *field = iso_spec_field(output->spec, 0);
    if (header.data == NULL)
        return;
    json_key(output->json, key);
    struct iso_view view = iso_header_view(header);
    /* An original header is whatever the peer sent back: it need not be well formed. */
    if (iso_value_check(output->spec, field, &view, 0, NULL) == ISO_OK)
        put_parts(output, iso_parts_of(output->spec, field, &view, 0, NULL), ISO_MASK_NONE);
    else
        put_hex(output, header);
}

/* An element as it was set, which pack would still convert. */
static void put_element(struct output *output, const struct iso_message *message, unsigned de)
{
    const struct iso_field *field = iso_spec_field(output->spec, de);
    struct iso_view view = iso_message_view(message, de);
    uint8_t wire[ISO_LEN_MAX];
    bool is_text = (message->text[de / 64] >> (de % 64) & 1) != 0;
    if (is_text && iso_view_write(output->spec, field, message->de[de].data, message->de[de].len,
                                  wire, sizeof wire, 0, &view, NULL) != ISO_OK)
        view = (struct iso_view){.data = wire};
    put_value(output, field, &view);
}

static unsigned bitmaps_needed(const struct iso_message *message)
{
    unsigned least = message->spec->bitmaps_min > 1 ? message->spec->bitmaps_min : 1;
    for (unsigned de = ISO_DE_MAX; de > 64; de--)
        if (iso_message_has(message, de))
            return (de - 1) / 64 + 1 > least ? (de - 1) / 64 + 1 : least;
    return least;
}

static void put_number(struct json *json, unsigned de)
{
    const uint8_t digits[3] = {(uint8_t)('0' + de / 100), (uint8_t)('0' + de / 10 % 10),
                               (uint8_t)('0' + de % 10)};
    size_t skip = de < 10 ? 2 : de < 100 ? 1 : 0;
    json_key_bytes(json, bytes_of(digits + skip, sizeof digits - skip));
}

void iso_message_json(const struct iso_message *message, bool unmask, struct json *json)
{
    struct output output = {
        .spec = message->spec, .json = json, .text = iso_text_none(), .unmask = unmask};
    put_header(&output, "header", message->header);
    put_header(&output, "rejected", message->rejected);
    json_member(json, "mti", message->mti);
    if (message->bitmaps > bitmaps_needed(message))
        json_member_int(json, "bitmaps", (int64_t)message->bitmaps);
    json_key(json, "fields");
    json_open_object(json);
    for (unsigned word = 0; word <= ISO_DE_MAX / 64; word++)
        for (uint64_t bits = message->present[word]; bits != 0; bits &= bits - 1) {
            unsigned de = word * 64 + (unsigned)__builtin_ctzll(bits);
            if (de < 1 || de > ISO_DE_MAX)
                continue;
            put_number(json, de);
            put_element(&output, message, de);
        }
    json_close_object(json);
    iso_text_close(&output.text);
}
