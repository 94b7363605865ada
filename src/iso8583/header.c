/* Headers that we make: what the spec says stands in them, and values put into their fields. */
#include "iso8583/encoding.h"
#include "iso8583/iso8583.h"

#include <string.h>

/* A header's fields are of fixed width, one after the other: where the named one begins. */
static const struct iso_field *find_field(const struct iso_spec *spec, const char *name, size_t *at)
{
    const struct iso_field *header = iso_spec_field(spec, 0);
    *at = 0;
    for (unsigned i = 0; spec->header_len > 0 && i < header->part_count; i++) {
        const struct iso_field *field = iso_spec_field(spec, header->part_first + i);
        if (strcmp(iso_field_key(spec, field), name) == 0)
            return field;
        *at += iso_field_bytes(field, field->len_max);
    }
    return NULL;
}

static int padding_of(const struct iso_field *field)
{
    if (iso_field_is_binary(field) || field->encoding == ISO_ENCODING_BCD)
        return 0;
    return field->content == ISO_CONTENT_N ? '0' : ' ';
}

void iso_header_init(const struct iso_spec *spec, uint8_t *out)
{
    const struct iso_field *header = iso_spec_field(spec, 0);
    for (unsigned i = 0; spec->header_len > 0 && i < header->part_count; i++) {
        const struct iso_field *field = iso_spec_field(spec, header->part_first + i);
        if ((field->flags & (ISO_FIELD_CONSTANT | ISO_FIELD_NORMAL)) != 0)
            memcpy(out, spec->text + field->constant, iso_field_bytes(field, field->len_max));
        else
            memset(out, padding_of(field), iso_field_bytes(field, field->len_max));
        out += iso_field_bytes(field, field->len_max);
    }
}

bool iso_header_set(const struct iso_spec *spec, uint8_t *out, const char *name, const void *value,
                    size_t len)
{
    size_t at;
    const struct iso_field *field = find_field(spec, name, &at);
    if (field == NULL || len > iso_field_bytes(field, field->len_max))
        return false;
    /* Numbers stand right, text left. */
    size_t gap = iso_field_bytes(field, field->len_max) - len;
    bool right = field->content == ISO_CONTENT_N;
    memset(out + at, padding_of(field), iso_field_bytes(field, field->len_max));
    memcpy(out + at + (right ? gap : 0), value, len);
    return true;
}
