/* Rows of a spec, see spec_rows.h. */
#include "spec_rows.h"

#include "iso8583/spec_draft.h"

#include <stdio.h>
#include <stdlib.h>

static const char *encoding_name(unsigned encoding)
{
    return encoding == ISO_ENCODING_BER ? "ber" : draft_encoding_names[encoding];
}

static void prefix_words(const struct iso_prefix *prefix, char *out, size_t size)
{
    static const char *const counts[] = {"", ", counts bytes", ", counts nibbles",
                                         ", counts characters"};
    bool text = prefix->encoding == ISO_ENCODING_ASCII || prefix->encoding == ISO_ENCODING_EBCDIC ||
                prefix->encoding == ISO_ENCODING_HEX;
    if (prefix->width == 0) {
        out[0] = '\0';
        return;
    }
    if (prefix->encoding == ISO_ENCODING_BER) {
        snprintf(out, size, "ber");
        return;
    }
    snprintf(out, size, "%u %s%s%s%s%s%s%s", prefix->width,
             text                 ? prefix->width == 1 ? "digit" : "digits"
             : prefix->width == 1 ? "byte"
                                  : "bytes",
             prefix->encoding == ISO_ENCODING_ASCII ? "" : " ",
             prefix->encoding == ISO_ENCODING_ASCII ? "" : encoding_name(prefix->encoding),
             counts[prefix->counts],
             (prefix->flags & ISO_PREFIX_LITTLE) != 0 ? ", little-endian" : "",
             (prefix->flags & ISO_PREFIX_INCLUSIVE) != 0 ? ", with itself" : "",
             (prefix->flags & ISO_PREFIX_TAG) != 0      ? ", with the tag"
             : (prefix->flags & ISO_PREFIX_FILLED) != 0 ? ", filled up"
                                                        : "");
}

static void length_words(const struct iso_field *field, char *out, size_t size)
{
    if (field->len_min == field->len_max)
        snprintf(out, size, "%u", field->len_max);
    else if (field->len_min == 0)
        snprintf(out, size, "..%u", field->len_max);
    else
        snprintf(out, size, "%u..%u", field->len_min, field->len_max);
}

static void padding_words(const struct iso_field *field, char *out, size_t size)
{
    bool odd = field->encoding == ISO_ENCODING_BCD &&
               ((field->len_max & 1) != 0 || field->len_min != field->len_max);
    out[0] = '\0';
    if ((field->flags & ISO_FIELD_TERMINATED) != 0)
        snprintf(out, size, "ends with %02X", field->terminator);
    else if ((field->flags & ISO_FIELD_PAD) != 0 && iso_field_is_binary(field))
        snprintf(out, size, "%s %02X", (field->flags & ISO_FIELD_PAD_RIGHT) != 0 ? "right" : "left",
                 field->pad);
    else if ((field->flags & ISO_FIELD_PAD) != 0)
        snprintf(out, size, "%s '%c'", (field->flags & ISO_FIELD_PAD_RIGHT) != 0 ? "right" : "left",
                 field->pad);
    else if (odd)
        snprintf(out, size, "odd: %s %X",
                 (field->flags & ISO_FIELD_ODD_RIGHT) != 0 ? "right" : "left", field->fill);
}

static void layout_words(const struct iso_field *field, char *out, size_t size)
{
    char length[64];
    prefix_words(&field->size, length, sizeof length);
    out[0] = '\0';
    switch (field->layout) {
    case ISO_LAYOUT_POSITIONAL:
        snprintf(out, size, "in order");
        break;
    case ISO_LAYOUT_USAGE:
        snprintf(out, size, "a tag of %u, and its value", field->tag_len);
        break;
    case ISO_LAYOUT_TLV:
        snprintf(out, size, "tags of %u, length %.40s", field->tag_len,
                 length[0] != '\0' ? length : "of each");
        break;
    case ISO_LAYOUT_BER:
        snprintf(out, size, "BER-TLV");
        break;
    case ISO_LAYOUT_BITMAPPED:
        snprintf(out, size, "a bitmap of %u bytes%s", field->size.width,
                 (field->flags & ISO_FIELD_CHAINED) != 0 ? ", chained" : "");
        break;
    default:
        break;
    }
}

static void add(const struct iso_spec *spec, const struct iso_field *field, unsigned depth,
                bool is_header, struct spec_rows *rows)
{
    struct spec_row *row = &rows->rows[rows->count++];
    *row = (struct spec_row){.depth = depth,
                             .is_header = is_header,
                             .field = field,
                             .key = iso_field_key(spec, field),
                             .name = iso_field_name(spec, field),
                             .content = draft_content_names[field->content],
                             .encoding = encoding_name(field->encoding)};
    length_words(field, row->length, sizeof row->length);
    prefix_words(&field->prefix, row->prefix, sizeof row->prefix);
    padding_words(field, row->padding, sizeof row->padding);
    layout_words(field, row->holds, sizeof row->holds);
}

/* The depth is that of the spec's own tree, which is bounded. */
static void add_parts(const struct iso_spec *spec, const struct iso_field *field, unsigned depth,
                      bool is_header, struct spec_rows *rows)
{
    for (unsigned i = 0; i < field->part_count; i++) {
        const struct iso_field *part = &spec->fields[field->part_first + i];
        add(spec, part, depth, is_header, rows);
        add_parts(spec, part, depth + 1, is_header, rows);
    }
}

enum result spec_rows_make(const struct iso_spec *spec, struct spec_rows *rows, struct fault *fault)
{
    *rows = (struct spec_rows){.rows = calloc(spec->field_count + 1, sizeof *rows->rows)};
    if (rows->rows == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory");
    add_parts(spec, iso_spec_field(spec, 0), 0, true, rows);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++) {
        const struct iso_field *field = iso_spec_field(spec, de);
        if ((field->flags & ISO_FIELD_DEFINED) == 0)
            continue;
        add(spec, field, 0, false, rows);
        add_parts(spec, field, 1, false, rows);
    }
    return RESULT_OK;
}

void spec_rows_free(struct spec_rows *rows)
{
    free(rows->rows);
    *rows = (struct spec_rows){0};
}

void spec_front_words(const struct iso_spec *spec, char *out, size_t size)
{
    char header[48] = "", third[32] = "";
    if (spec->header_len > 0)
        snprintf(header, sizeof header, "header of %u bytes, ", spec->header_len);
    if (spec->third_in > 0)
        snprintf(third, sizeof third, ", the third in DE %u", spec->third_in);
    if (spec->bitmaps_max == 0)
        snprintf(out, size, "%stype in %s, no bitmap", header, encoding_name(spec->mti_encoding));
    else
        snprintf(out, size, "%stype in %s, bitmap in %s, %u at most%s%s", header,
                 encoding_name(spec->mti_encoding), encoding_name(spec->bitmap_encoding),
                 spec->bitmaps_max, spec->bitmaps_min > 1 ? ", always all" : "", third);
}

const char *spec_mask_name(const struct iso_field *field)
{
    static const char *const names[] = {"", "pan", "track", "secret"};
    return names[field->mask];
}
