/* A message in memory: setting, removing and finding values. Borrows all of them. */
#include "iso8583/message.h"

#include "base/result.h"
#include "iso8583/parts.h"

void iso_message_init(struct iso_message *message, const struct iso_spec *spec, const char *mti)
{
    message->spec = spec;
    size_t len = 0;
    for (; len < sizeof message->mti - 1 && mti[len] != '\0'; len++)
        message->mti[len] = mti[len];
    for (; len < sizeof message->mti; len++)
        message->mti[len] = '\0';
    message->header = message->rejected = (struct iso_value){NULL, 0};
    memset(message->present, 0, sizeof message->present);
    memset(message->text, 0, sizeof message->text);
    memset(message->odd, 0, sizeof message->odd);
    message->base = NULL;
    message->bitmaps = 0;
    message->is_marked = false;
}

static const uint8_t nothing[1];

void iso_message_set(struct iso_message *message, unsigned de, const void *data, size_t len)
{
    MUST(de >= 1 && de <= ISO_DE_MAX && (data != NULL || len == 0));
    uint64_t bit = UINT64_C(1) << (de % 64);
    message->present[de / 64] |= bit;
    message->de[de] = (struct iso_value){data == NULL ? nothing : data, len};
    if (__builtin_expect(message->is_marked, 0)) {
        message->text[de / 64] &= ~bit;
        message->odd[de / 64] &= ~bit;
    }
}

void iso_message_set_text(struct iso_message *message, unsigned de, const void *text, size_t len)
{
    iso_message_set(message, de, text, len);
    message->text[de / 64] |= UINT64_C(1) << (de % 64);
    message->is_marked = true;
}

void iso_message_remove(struct iso_message *message, unsigned de)
{
    MUST(de <= ISO_DE_MAX);
    message->present[de / 64] &= ~(UINT64_C(1) << (de % 64));
}

struct iso_view iso_message_view(const struct iso_message *message, unsigned de)
{
    bool odd = (message->odd[de / 64] >> (de % 64) & 1) != 0;
    return iso_view_of(iso_spec_field(message->spec, de), message->de[de], odd);
}

/* Down the path. False when nothing is there. */
static bool find_part(struct iso_parts parts, const char *path, struct iso_part *part)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        do {
            if (!iso_parts_next(&parts, part))
                return false;
        } while (part->key.len != len || memcmp(part->key.data, path, len) != 0);
        path += len;
        if (*path == '\0')
            return true;
        path++;
        if (part->inner == NULL)
            return false;
        parts = iso_parts_below(&parts, part);
    }
}

static bool find_in_element(const struct iso_message *message, unsigned de, const char *path,
                            struct iso_part *part)
{
    if (de < 1 || de > ISO_DE_MAX || !iso_message_has(message, de) ||
        (message->text[de / 64] >> (de % 64) & 1) != 0)
        return false;
    const struct iso_field *field = iso_spec_field(message->spec, de);
    struct iso_view view = iso_message_view(message, de);
    return find_part(iso_parts_of(message->spec, field, &view, 0, NULL), path, part);
}

bool iso_message_part(const struct iso_message *message, unsigned de, const char *path,
                      struct iso_part *part)
{
    if (*path != '\0')
        return find_in_element(message, de, path, part);
    if (de < 1 || de > ISO_DE_MAX || !iso_message_has(message, de) ||
        (message->text[de / 64] >> (de % 64) & 1) != 0)
        return false;
    part->field = part->leaf = iso_spec_field(message->spec, de);
    part->view = iso_message_view(message, de);
    return true;
}

struct iso_value iso_message_find(const struct iso_message *message, unsigned de, const char *path)
{
    struct iso_part part;
    if (*path == '\0' && de >= 1 && de <= ISO_DE_MAX)
        return iso_message_get(message, de);
    if (!find_in_element(message, de, path, &part))
        return (struct iso_value){NULL, 0};
    return part.value;
}

/* An element as it was set, which pack would still convert. */
static enum iso_result copy_text(struct iso_value value, char *out, size_t size, size_t *len)
{
    if (value.len > size)
        return ISO_LIMIT;
    if (value.len > 0)
        memcpy(out, value.data, value.len);
    *len = value.len;
    return ISO_OK;
}

enum iso_result iso_message_text(const struct iso_message *message, unsigned de, const char *path,
                                 char *out, size_t size, size_t *len)
{
    struct iso_part part;
    *len = 0;
    if (*path == '\0' && de >= 1 && de <= ISO_DE_MAX && iso_message_has(message, de) &&
        (message->text[de / 64] >> (de % 64) & 1) != 0)
        return copy_text(message->de[de], out, size, len);
    if (!iso_message_part(message, de, path, &part))
        return ISO_INPUT;
    size_t text_len = iso_view_text(message->spec, part.leaf, &part.view, out, size);
    if (text_len == SIZE_MAX)
        return ISO_LIMIT;
    *len = text_len;
    return ISO_OK;
}

struct iso_value iso_header_find(const struct iso_spec *spec, struct iso_value header,
                                 const char *name)
{
    struct iso_part part;
    if (header.data == NULL || spec->header_len == 0)
        return (struct iso_value){NULL, 0};
    struct iso_view view = iso_header_view(header);
    if (!find_part(iso_parts_of(spec, iso_spec_field(spec, 0), &view, 0, NULL), name, &part))
        return (struct iso_value){NULL, 0};
    return part.value;
}
