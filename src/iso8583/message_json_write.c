/* Message -> JSON, see message_json.h. */
#include "base/mask.h"
#include "iso8583/message_json.h"
#include "iso8583/parts.h"
#include "iso8583/text.h"

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

static void put_text(struct output *output, struct iso_value value)
{
    if (json_plain_text(output->json, bytes_of(value.data, value.len)))
        return;
    char utf8[2 * ISO_LEN_MAX]; /* two bytes of GB18030 become three */
    struct bytes text;
    if (value.len <= ISO_LEN_MAX &&
        iso_text_decode(&output->text, bytes_of(value.data, value.len), utf8, sizeof utf8, &text))
        json_bytes_text(output->json, text);
    else
        put_hex(output, value);
}

static void put_pan(struct output *output, struct iso_value value)
{
    char masked[64];
    if (value.len >= sizeof masked) {
        json_text(output->json, hidden);
        return;
    }
    mask_pan(bytes_of(value.data, value.len), masked, sizeof masked);
    put_text(output, (struct iso_value){(const uint8_t *)masked, value.len});
}

static void put_parts(struct output *output, const struct iso_field *field, struct iso_value value,
                      enum iso_mask mask);

/* `field` is NULL for a tag that the spec has not; `mask` is what holds it. */
static void put_value(struct output *output, const struct iso_field *field, struct iso_value value,
                      enum iso_mask mask)
{
    if (field != NULL && field->mask != ISO_MASK_NONE)
        mask = (enum iso_mask)field->mask;
    if (field != NULL && field->layout != ISO_LAYOUT_NONE &&
        iso_value_check(output->spec, field, value, 0, NULL) == ISO_OK)
        put_parts(output, field, value, mask);
    else if (!output->unmask && (mask == ISO_MASK_TRACK || mask == ISO_MASK_SECRET))
        json_text(output->json, hidden);
    else if (!output->unmask && mask == ISO_MASK_PAN)
        put_pan(output, value);
    else if (field != NULL && iso_field_is_binary(field))
        json_hex(output->json, bytes_of(value.data, value.len));
    else
        put_text(output, value);
}

static void put_parts(struct output *output, const struct iso_field *field, struct iso_value value,
                      enum iso_mask mask)
{
    struct iso_parts parts = iso_parts_of(output->spec, field, value, 0, NULL);
    struct iso_part part;
    json_open_object(output->json);
    while (iso_parts_next(&parts, &part)) {
        json_key_bytes(output->json, bytes_of(part.key.data, part.key.len));
        put_value(output, part.field, part.value, mask);
    }
    json_close_object(output->json);
}

static void put_header(struct output *output, const char *key, struct iso_value header)
{
    if (header.data == NULL)
        return;
    json_key(output->json, key);
    /* An original header is whatever the peer sent back: it need not be well formed. */
    if (iso_value_check(output->spec, iso_spec_field(output->spec, 0), header, 0, NULL) == ISO_OK)
        put_parts(output, iso_spec_field(output->spec, 0), header, ISO_MASK_NONE);
    else
        put_hex(output, header);
}

static unsigned bitmaps_needed(const struct iso_message *message)
{
    for (unsigned de = ISO_DE_MAX; de > 64; de--)
        if (iso_message_has(message, de))
            return (de - 1) / 64 + 1;
    return 1;
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
    struct output output = {.spec = message->spec,
                            .json = json,
                            .text = iso_text_in((enum iso_charset)message->spec->charset),
                            .unmask = unmask};
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
            if (de < 2 || de > ISO_DE_MAX)
                continue;
            put_number(json, de);
            put_value(&output, iso_spec_field(message->spec, de), message->de[de], ISO_MASK_NONE);
        }
    json_close_object(json);
    iso_text_close(&output.text);
}
