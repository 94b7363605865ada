/* A draft that was read -> one that can be compiled: every field has its encoding from itself, the
 * field around it, or the spec's defaults. Refuses what a field cannot be, at its place, so that
 * the walk over messages need not think of it. */
#include "iso8583/encoding.h"
#include "iso8583/spec_draft.h"

#include <stdlib.h>

struct resolver {
    struct draft *draft;
    struct schema schema;
};

static void refuse(struct resolver *resolver, const struct draft_field *field, const char *text)
{
    resolver->schema.doc = field->doc;
    schema_fault(&resolver->schema, field->node, "%s", text);
}

/* --- encodings -------------------------------------------------------------------------------- */

static enum draft_group group_of(enum iso_content content)
{
    switch (content) {
    case ISO_CONTENT_N:
        return DRAFT_GROUP_N;
    case ISO_CONTENT_Z:
        return DRAFT_GROUP_Z;
    case ISO_CONTENT_XN:
        return DRAFT_GROUP_XN;
    case ISO_CONTENT_B:
        return DRAFT_GROUP_B;
    default:
        return DRAFT_GROUP_TEXT;
    }
}

static bool can_be(enum iso_content content, enum iso_encoding encoding)
{
    switch (encoding) {
    case ISO_ENCODING_ASCII:
        return content != ISO_CONTENT_B;
    case ISO_ENCODING_EBCDIC:
        return true;
    case ISO_ENCODING_BCD:
        return content == ISO_CONTENT_N || content == ISO_CONTENT_Z || content == ISO_CONTENT_XN ||
               content == ISO_CONTENT_B;
    case ISO_ENCODING_BINARY:
    case ISO_ENCODING_HEX:
    case ISO_ENCODING_EBCDIC_HEX:
        return content == ISO_CONTENT_B;
    case ISO_ENCODING_OVERPUNCH:
        return content == ISO_CONTENT_N;
    default:
        return false;
    }
}

/* Text around a field is in one encoding; under content b each has its own. */
static bool is_text(const struct draft_field *around)
{
    return around != NULL && around->content != ISO_CONTENT_B;
}

static void resolve_encoding(struct resolver *resolver, struct draft_field *field,
                             const struct draft_field *around)
{
    const struct draft_default *usual = &resolver->draft->defaults[group_of(field->content)];
    if (is_text(around) && around->encoding == ISO_ENCODING_BCD) {
        if (field->has_encoding && field->encoding != ISO_ENCODING_BCD)
            refuse(resolver, field, "expected encoding bcd, as the field around has it");
        if (field->content != ISO_CONTENT_N && field->content != ISO_CONTENT_Z)
            refuse(resolver, field, "expected content n or z under encoding bcd");
        field->encoding = ISO_ENCODING_BCD;
    } else if (!field->has_encoding && is_text(around)) {
        field->encoding = field->content == ISO_CONTENT_B ? ISO_ENCODING_BINARY : around->encoding;
    } else if (!field->has_encoding) {
        field->encoding = usual->encoding;
    }
    if (!can_be(field->content, field->encoding)) {
        resolver->schema.doc = field->doc;
        schema_fault(&resolver->schema, field->node, "expected encoding %s for content %s, got %s",
                     field->content == ISO_CONTENT_B ? "binary or hex, or ebcdic-hex, bcd, ebcdic"
                     : group_of(field->content) == DRAFT_GROUP_TEXT ? "ascii or ebcdic"
                                                                    : "ascii, ebcdic or bcd",
                     draft_content_names[field->content], draft_encoding_names[field->encoding]);
    }
    if (!field->odd.has_side)
        field->odd.right = usual->odd.has_side ? usual->odd.right : field->content == ISO_CONTENT_Z;
    if (!field->odd.has_fill)
        field->odd.fill = usual->odd.has_fill               ? usual->odd.fill
                          : field->content == ISO_CONTENT_Z ? 0xFU
                                                            : 0U;
    bool ebcdic = field->encoding == ISO_ENCODING_EBCDIC;
    if (!field->has_charset)
        field->charset = ebcdic && resolver->draft->charset != ISO_CHARSET_LATIN1
                             ? ISO_CHARSET_ASCII
                             : resolver->draft->charset;
    if (ebcdic && field->charset > ISO_CHARSET_LATIN1)
        refuse(resolver, field, "expected charset ascii or latin1 for encoding ebcdic");
}

/* --- lengths and tags ------------------------------------------------------------------------- */

static unsigned ten_to(unsigned digits)
{
    unsigned value = 1;
    for (unsigned i = 0; i < digits; i++)
        value *= 10;
    return value;
}

/* The largest number that fits. */
static uint64_t capacity_of(const struct draft_prefix *prefix)
{
    if (prefix->encoding == ISO_ENCODING_BER)
        return UINT32_MAX;
    if (prefix->encoding == ISO_ENCODING_BINARY)
        return (UINT64_C(1) << (8 * prefix->bytes)) - 1;
    if (prefix->encoding == ISO_ENCODING_HEX)
        return (UINT64_C(1) << (4 * prefix->digits)) - 1;
    return ten_to(prefix->digits) - 1;
}

static struct iso_prefix resolve_prefix(struct resolver *resolver, const struct draft_field *field,
                                        struct draft_prefix *prefix,
                                        const struct draft_field *around)
{
    struct iso_prefix wire = {0};
    if (prefix->digits == 0 && prefix->bytes == 0 &&
        !(prefix->has_encoding && prefix->encoding == ISO_ENCODING_BER))
        return wire;
    if (!prefix->has_encoding && prefix->bytes > 0)
        prefix->encoding = ISO_ENCODING_BINARY;
    else if (!prefix->has_encoding && is_text(around))
        prefix->encoding =
            around->encoding == ISO_ENCODING_EBCDIC ? ISO_ENCODING_EBCDIC : ISO_ENCODING_ASCII;
    else if (!prefix->has_encoding)
        prefix->encoding = resolver->draft->prefix_encoding;
    if ((prefix->encoding == ISO_ENCODING_BINARY) != (prefix->bytes > 0))
        refuse(resolver, field, "expected `bytes` for a binary length, `digits` for any other");
    if ((prefix->flags & ISO_PREFIX_LITTLE) != 0 && prefix->encoding != ISO_ENCODING_BINARY)
        refuse(resolver, field, "expected `order` with a binary length only");
    unsigned width = prefix->bytes > 0                      ? prefix->bytes
                     : prefix->encoding == ISO_ENCODING_BCD ? (prefix->digits + 1) / 2
                     : prefix->encoding == ISO_ENCODING_BER ? 1U
                                                            : prefix->digits;
    wire.width = (uint8_t)width;
    wire.encoding = (uint8_t)prefix->encoding;
    wire.counts = (uint8_t)prefix->counts;
    wire.flags = (uint8_t)prefix->flags;
    return wire;
}

/* The number that the prefix says for the longest content. */
static void check_capacity(struct resolver *resolver, const struct draft_field *field)
{
    const struct draft_prefix *prefix = &field->prefix;
    uint64_t most = field->len_max;
    if (field->wire_prefix.width == 0)
        return;
    if (prefix->counts == ISO_COUNTS_BYTES)
        most = field->encoding == ISO_ENCODING_HEX || field->encoding == ISO_ENCODING_EBCDIC_HEX
                   ? field->len_max / 2
                   : iso_bytes_of(field->content, field->encoding, field->len_max);
    if (prefix->counts == ISO_COUNTS_NIBBLES)
        most += most % 2;
    most += (prefix->flags & ISO_PREFIX_INCLUSIVE) != 0 ? field->wire_prefix.width : 0U;
    if (most > capacity_of(prefix)) {
        resolver->schema.doc = field->doc;
        schema_fault(&resolver->schema, field->node,
                     "expected a maximum that %u %s can say, got %u",
                     prefix->bytes > 0 ? prefix->bytes : prefix->digits,
                     prefix->bytes > 0 ? "bytes" : "digits", field->len_max);
    }
    if (prefix->counts == ISO_COUNTS_CHARACTERS && field->charset < ISO_CHARSET_GB18030)
        refuse(resolver, field, "expected charset gb18030 or utf-8 for a length in characters");
    if ((prefix->flags & ISO_PREFIX_FILLED) != 0 && !field->has_pad)
        refuse(resolver, field, "`pad` is missing: what fills the rest");
}

/* How the field's own length may be said where it stands. */
static void check_place(struct resolver *resolver, const struct draft_field *field,
                        const struct draft_field *around, enum draft_place place)
{
    bool prefixed = field->wire_prefix.width > 0;
    if (place != DRAFT_TAG)
        return;
    bool own = around->layout == ISO_LAYOUT_TLV && around->wire_size.width == 0;
    if (!own && (prefixed || field->is_terminated))
        refuse(resolver, field, "expected no prefix: the length stands behind the tag");
    if (own && !prefixed && field->len_min != field->len_max)
        refuse(resolver, field, "expected a fixed length or a prefix: the `tlv` has no `length`");
}

static void resolve_tag(struct resolver *resolver, struct draft_field *field)
{
    struct draft_prefix *tag = &field->tag;
    if (field->layout != ISO_LAYOUT_TLV && field->layout != ISO_LAYOUT_USAGE)
        return;
    bool ebcdic = field->encoding == ISO_ENCODING_EBCDIC;
    if (!tag->has_encoding)
        tag->encoding = tag->bytes > 0 ? ISO_ENCODING_BINARY
                        : ebcdic       ? ISO_ENCODING_EBCDIC
                                       : ISO_ENCODING_ASCII;
    bool binary = tag->encoding == ISO_ENCODING_BINARY;
    if (binary != (tag->bytes > 0) ||
        (!binary && tag->encoding != ISO_ENCODING_ASCII && tag->encoding != ISO_ENCODING_EBCDIC))
        refuse(resolver, field, "expected a tag of `bytes`, or of `digits` in ascii or ebcdic");
    field->tag_width = tag->bytes > 0 ? tag->bytes : tag->digits;
    if (field->is_length_first && field->wire_size.width == 0)
        refuse(resolver, field, "expected `length` with `length_first`");
    if (field->wire_size.width == 0 && !field->is_closed && field->layout == ISO_LAYOUT_TLV)
        refuse(resolver, field,
               "`length` is missing, or `unknown: refuse`: tags that the spec has not have no end");
    if ((field->size.flags & ISO_PREFIX_FILLED) != 0)
        refuse(resolver, field, "expected no `filled` in a `tlv`");
}

/* --- the whole of a field --------------------------------------------------------------------- */

static void check_whole(struct resolver *resolver, const struct draft_field *field)
{
    bool hex = field->encoding == ISO_ENCODING_HEX || field->encoding == ISO_ENCODING_EBCDIC_HEX;
    bool parts = field->layout != ISO_LAYOUT_NONE;
    if (hex && (field->len_max % 2 != 0 || field->len_min % 2 != 0))
        refuse(resolver, field, "expected an even length for encoding hex: two digits a byte");
    if (field->content == ISO_CONTENT_XN && field->len_max < 2)
        refuse(resolver, field, "expected length 2 at least for content x+n: a sign and digits");
    if (field->content == ISO_CONTENT_XN && parts)
        refuse(resolver, field, "expected no sub-fields under content x+n");
    if (parts && (hex || field->encoding == ISO_ENCODING_OVERPUNCH ||
                  (field->content == ISO_CONTENT_B && field->encoding != ISO_ENCODING_BINARY)))
        refuse(resolver, field, "expected encoding binary, ascii, ebcdic or bcd around sub-fields");
    if (field->encoding == ISO_ENCODING_BCD && parts && field->layout != ISO_LAYOUT_POSITIONAL)
        refuse(resolver, field, "expected positional sub-fields under encoding bcd");
    if ((field->layout == ISO_LAYOUT_BER || field->layout == ISO_LAYOUT_BITMAPPED) &&
        field->content != ISO_CONTENT_B)
        refuse(resolver, field, "expected content b around `ber` or `bitmapped`");
    if (field->has_pad && field->encoding == ISO_ENCODING_BCD &&
        (field->pad < '0' || field->pad > '9'))
        refuse(resolver, field, "expected a digit to pad encoding bcd with");
    if (field->has_pad &&
        (hex || field->encoding == ISO_ENCODING_OVERPUNCH || field->content == ISO_CONTENT_XN))
        refuse(resolver, field, "expected no padding here");
    if (field->has_pad && parts)
        refuse(resolver, field, "expected no padding around sub-fields");
    if (field->code_count > 0 && parts)
        refuse(resolver, field, "expected codes of the sub-fields, not of the field around them");
    if (field->constant_len > 0 && field->constant_len != field->wire_max) {
        resolver->schema.doc = field->doc;
        schema_fault(&resolver->schema, field->node, "expected `%s` of %u bytes, got %zu",
                     field->is_normal ? "normal" : "value", field->wire_max, field->constant_len);
    }
    if (field->role != DRAFT_ROLE_NONE && field->encoding != ISO_ENCODING_ASCII)
        refuse(resolver, field, "expected encoding ascii for a field with a role");
}

/* Lengths that a whole of these positions can have; optional ones only at the end, and only the
 * last without a length of its own. Under encoding bcd they count digits, else bytes. */
static void check_positions(struct resolver *resolver, const struct draft_field *field)
{
    bool digits = field->encoding == ISO_ENCODING_BCD;
    unsigned min = 0, max = 0;
    unsigned least = digits ? field->len_min : field->wire_min;
    unsigned most = digits ? field->len_max : field->wire_max;
    bool optional = false;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        unsigned ends = child->is_terminated ? 1 : 0;
        if (optional && !child->is_optional)
            refuse(resolver, child, "expected `optional: true` here too: a field in front has it");
        optional = child->is_optional;
        if (child->next != NULL && child->len_min != child->len_max && ends == 0 &&
            child->wire_prefix.width == 0)
            refuse(resolver, child,
                   "expected a fixed length or a prefix: only the last can take the rest");
        if (digits && (child->wire_prefix.width > 0 || child->is_terminated ||
                       child->layout != ISO_LAYOUT_NONE || child->has_pad))
            refuse(resolver, child, "expected plain digits under encoding bcd");
        min +=
            optional ? 0 : (digits ? child->len_min : child->wire_min) + child->wire_prefix.width;
        max += (digits ? child->len_max : child->wire_max) + child->wire_prefix.width + ends;
    }
    resolver->schema.doc = field->doc;
    if (min > most || max < least)
        schema_fault(&resolver->schema, field->node,
                     "expected sub-fields that fill %u to %u bytes, got %u to %u", least, most, min,
                     max);
    if (least == most && min == max && min != most)
        schema_fault(&resolver->schema, field->node,
                     "expected sub-fields that fill %u bytes, got %u", most, max);
}

static unsigned bit_of(const struct draft_field *field)
{
    unsigned bit = 0;
    for (const char *at = field->key; *at != '\0'; at++)
        bit = bit * 10 + (unsigned)(*at - '0');
    return bit;
}

/* In the order of the bits, for the walk. */
static void sort_bits(struct draft_field *field)
{
    struct draft_field *sorted = NULL;
    while (field->child != NULL) {
        struct draft_field *child = field->child, **at = &sorted;
        field->child = child->next;
        while (*at != NULL && bit_of(*at) < bit_of(child))
            at = &(*at)->next;
        child->next = *at;
        *at = child;
    }
    field->child = sorted;
}

static void resolve_field(struct resolver *resolver, struct draft_field *field,
                          const struct draft_field *around, enum draft_place place)
{
    resolve_encoding(resolver, field, around);
    field->wire_min = iso_bytes_of(field->content, field->encoding, field->len_min);
    field->wire_max = iso_bytes_of(field->content, field->encoding, field->len_max);
    field->wire_prefix = resolve_prefix(resolver, field, &field->prefix, around);
    if ((field->prefix.flags & ISO_PREFIX_FILLED) != 0)
        field->wire_min = field->wire_max;
    check_capacity(resolver, field);
    if (field->layout == ISO_LAYOUT_TLV)
        field->wire_size = resolve_prefix(resolver, field, &field->size,
                                          field->content == ISO_CONTENT_B ? NULL : field);
    resolve_tag(resolver, field);
    if (field->layout == ISO_LAYOUT_BITMAPPED) {
        bool hex = field->size.encoding != ISO_ENCODING_BINARY;
        field->wire_size = (struct iso_prefix){.width = (uint8_t)(field->size.bytes << hex),
                                               .encoding = (uint8_t)field->size.encoding};
        sort_bits(field);
    }
    if (around != NULL)
        check_place(resolver, field, around, place);
    check_whole(resolver, field);
    enum draft_place below = field->layout == ISO_LAYOUT_POSITIONAL  ? DRAFT_POSITION
                             : field->layout == ISO_LAYOUT_BITMAPPED ? DRAFT_BIT
                                                                     : DRAFT_TAG;
    for (struct draft_field *child = field->child;
         child != NULL && resolver->schema.result == RESULT_OK; child = child->next)
        resolve_field(resolver, child, field, below);
    if (field->layout == ISO_LAYOUT_POSITIONAL && resolver->schema.result == RESULT_OK)
        check_positions(resolver, field);
}

/* --- the whole of a spec ---------------------------------------------------------------------- */

static void resolve_header(struct resolver *resolver)
{
    struct draft_field *header = &resolver->draft->header;
    unsigned len = 0;
    if (header->child == NULL)
        return;
    for (struct draft_field *field = header->child;
         field != NULL && resolver->schema.result == RESULT_OK; field = field->next) {
        resolve_field(resolver, field, header, DRAFT_HEADER);
        len += field->wire_max;
    }
    resolver->schema.doc = header->doc;
    if (len > ISO_HEADER_MAX)
        schema_fault(&resolver->schema, header->node,
                     "expected a header of at most %d bytes, got %u", ISO_HEADER_MAX, len);
    header->encoding = ISO_ENCODING_BINARY;
    header->len_min = header->len_max = header->wire_min = header->wire_max = len;
}

static void check_defined(struct resolver *resolver, const struct doc *doc, const struct node *node,
                          unsigned de)
{
    resolver->schema.doc = doc;
    if (resolver->draft->elements[de] == NULL)
        schema_fault(&resolver->schema, node, "expected data elements of this spec, got %u", de);
}

enum result draft_resolve(struct draft *draft, struct fault *fault)
{
    struct resolver resolver = {.draft = draft, .schema = schema_of(NULL, fault)};
    resolve_header(&resolver);
    for (unsigned de = 1; de <= ISO_DE_MAX && resolver.schema.result == RESULT_OK; de++)
        if (draft->elements[de] != NULL)
            resolve_field(&resolver, draft->elements[de], NULL, DRAFT_ELEMENT);
    const struct draft_rules *rules = &draft->rules;
    /* Rules of a spec below may name what this one took away. */
    bool own = rules->doc == draft->doc;
    for (size_t i = 0; own && i < rules->need_count; i++)
        check_defined(&resolver, rules->doc, rules->node, rules->needs[i].de);
    for (size_t i = 0; own && i < rules->condition_count; i++)
        check_defined(&resolver, rules->doc, rules->node, rules->conditions[i].de);
    if (draft->product_de != 0)
        check_defined(&resolver, draft->product_doc, draft->product_node, draft->product_de);
    return resolver.schema.result;
}
