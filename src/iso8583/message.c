/* A message in memory: setting, removing and finding values. Borrows all of them. */
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
    message->base = NULL;
    message->bitmaps = 0;
}

void iso_message_set(struct iso_message *message, unsigned de, const void *data, size_t len)
{
    static const uint8_t nothing[1];
    MUST(de >= 2 && de <= ISO_DE_MAX && (data != NULL || len == 0));
    message->present[de / 64] |= UINT64_C(1) << (de % 64);
    message->de[de] = (struct iso_value){data == NULL ? nothing : data, len};
}

void iso_message_remove(struct iso_message *message, unsigned de)
{
    MUST(de <= ISO_DE_MAX);
    message->present[de / 64] &= ~(UINT64_C(1) << (de % 64));
}

/* Down one level; the field becomes NULL under a tag that the spec has not. */
static struct iso_value find_part(const struct iso_spec *spec, const struct iso_field **field,
                                  struct iso_value value, const char *key, size_t len)
{
    struct iso_parts parts = iso_parts_of(spec, *field, value, 0, NULL);
    struct iso_part part;
    while (iso_parts_next(&parts, &part))
        if (part.key.len == len && memcmp(part.key.data, key, len) == 0) {
            *field = part.field;
            return part.value;
        }
    return (struct iso_value){NULL, 0};
}

struct iso_value iso_message_find(const struct iso_message *message, unsigned de, const char *path)
{
    if (de < 2 || de > ISO_DE_MAX)
        return (struct iso_value){NULL, 0};
    struct iso_value value = iso_message_get(message, de);
    const struct iso_field *field = iso_spec_field(message->spec, de);
    while (value.data != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        if (field == NULL)
            return (struct iso_value){NULL, 0};
        value = find_part(message->spec, &field, value, path, len);
        path += len + (path[len] == '.' ? 1 : 0);
    }
    return value;
}

struct iso_value iso_header_find(const struct iso_spec *spec, struct iso_value header,
                                 const char *name)
{
    const struct iso_field *field = iso_spec_field(spec, 0);
    if (header.data == NULL || spec->header_len == 0)
        return (struct iso_value){NULL, 0};
    return find_part(spec, &field, header, name, strlen(name));
}
