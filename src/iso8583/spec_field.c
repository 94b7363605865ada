/* Reads one field of a spec file into a draft: content, encoding, length, padding, codes. What only
 * the whole spec can tell is left to spec_resolve.c. docs/codec.md has every key. */
#include "iso8583/spec_draft.h"

#include <stdlib.h>

const char *const draft_content_names[] = {"n",  "a", "an", "ans", "as",
                                           "ns", "z", "b",  "x+n", NULL};
/* In the order of enum iso_encoding. */
const char *const draft_encoding_names[] = {"ascii", "binary",     "hex",       "ebcdic",
                                            "bcd",   "ebcdic-hex", "overpunch", NULL};
const char *const draft_charset_names[] = {"ascii", "latin1", "gb18030", "utf-8", NULL};
static const char *const mask_names[] = {"none", "pan", "track", "secret", NULL};
static const char *const role_names[] = {"none", "total_length", "reject_code", NULL};
static const char *const side_names[] = {"left", "right", NULL};
static const char *const order_names[] = {"big", "little", NULL};
static const char *const counts_names[] = {"digits",     "bytes", "nibbles",
                                           "characters", "units", NULL};
static const char *const prefix_names[] = {"ascii", "binary", "hex", "ebcdic", "bcd", "ber", NULL};

struct draft_field *draft_make_field(struct draft *draft, struct schema *schema,
                                     const struct node *node, const char *key)
{
    if (schema->result != RESULT_OK)
        return NULL;
    struct draft_field *field = NULL;
    if (draft->made_count < ISO_SPEC_FIELDS_MAX)
        field = calloc(1, sizeof *field);
    if (field == NULL) {
        schema_fault(schema, node, "expected at most %d fields in a spec, got more",
                     ISO_SPEC_FIELDS_MAX);
        return NULL;
    }
    field->key = key;
    field->made_before = draft->made;
    draft->made = field;
    draft->made_count++;
    return field;
}

struct node *draft_peek(const struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (struct node *child = map->child; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

static bool is_given(const struct node *map, const char *key)
{
    return draft_peek(map, key) != NULL;
}

/* --- content and length ----------------------------------------------------------------------- */

void draft_read_odd(struct schema *schema, struct node *map, struct draft_odd *odd)
{
    if (is_given(map, "odd")) {
        odd->has_side = true;
        odd->right = node_may_choice(schema, map, "odd", side_names, 0) == 1;
    }
    const char *fill = node_may_text(schema, map, "fill", 1, NULL);
    if (fill == NULL)
        return;
    const char *digits = "0123456789ABCDEF";
    const char *at = strchr(digits, fill[0]);
    if (at == NULL)
        schema_fault(schema, draft_peek(map, "fill"),
                     "`fill`: expected an upper-case hex digit, got `%c`", fill[0]);
    else {
        odd->has_fill = true;
        odd->fill = (unsigned)(at - digits);
    }
}

static void read_content(struct schema *schema, struct node *map, struct draft_field *field)
{
    bool changed = is_given(map, "content");
    int before = (int)field->content;
    field->content = (enum iso_content)(
        field->is_known ? node_may_choice(schema, map, "content", draft_content_names, before)
                        : node_want_choice(schema, map, "content", draft_content_names));
    if (is_given(map, "encoding")) {
        field->has_encoding = draft_peek(map, "encoding")->kind != NODE_NULL;
        field->encoding =
            (enum iso_encoding)node_may_choice(schema, map, "encoding", draft_encoding_names, 0);
    } else if (changed) {
        field->has_encoding = false;
    }
    if (is_given(map, "charset")) {
        field->has_charset = true;
        field->charset =
            (enum iso_charset)node_may_choice(schema, map, "charset", draft_charset_names, 0);
    }
    draft_read_odd(schema, map, &field->odd);
    field->mask = (enum iso_mask)node_may_choice(schema, map, "mask", mask_names, (int)field->mask);
}

static void read_prefix_map(struct schema *schema, struct node *map, struct draft_prefix *prefix,
                            bool is_tag)
{
    if (map == NULL) /* a fault came before */
        return;
    prefix->digits =
        (unsigned)node_may_int(schema, map, "digits", 1, is_tag ? ISO_TAG_MAX : ISO_PREFIX_MAX, 0);
    prefix->bytes = (unsigned)node_may_int(schema, map, "bytes", 1, is_tag ? ISO_TAG_MAX : 4, 0);
    if (is_given(map, "encoding")) {
        static const enum iso_encoding encodings[] = {ISO_ENCODING_ASCII, ISO_ENCODING_BINARY,
                                                      ISO_ENCODING_HEX,   ISO_ENCODING_EBCDIC,
                                                      ISO_ENCODING_BCD,   ISO_ENCODING_BER};
        prefix->has_encoding = true;
        prefix->encoding = encodings[node_may_choice(schema, map, "encoding", prefix_names, 0)];
    }
    bool is_ber = prefix->has_encoding && prefix->encoding == ISO_ENCODING_BER && !is_tag;
    if ((prefix->digits > 0) + (prefix->bytes > 0) != (is_ber ? 0 : 1))
        schema_fault(schema, map, "%s",
                     is_ber ? "expected neither `digits` nor `bytes` for encoding ber"
                            : "expected one of `digits` and `bytes`");
    if (!is_tag) {
        static const enum iso_counts counts[] = {ISO_COUNTS_UNITS, ISO_COUNTS_BYTES,
                                                 ISO_COUNTS_NIBBLES, ISO_COUNTS_CHARACTERS,
                                                 ISO_COUNTS_UNITS};
        unsigned flags = 0;
        prefix->counts = counts[node_may_choice(schema, map, "counts", counts_names, 0)];
        flags |= node_may_choice(schema, map, "order", order_names, 0) == 1 ? ISO_PREFIX_LITTLE : 0;
        flags |= node_may_bool(schema, map, "inclusive", false) ? ISO_PREFIX_INCLUSIVE : 0;
        flags |= node_may_bool(schema, map, "with_tag", false) ? ISO_PREFIX_TAG : 0;
        flags |= node_may_bool(schema, map, "filled", false) ? ISO_PREFIX_FILLED : 0;
        prefix->flags = flags;
    }
    node_end(schema, map);
}

void draft_read_prefix(struct schema *schema, struct node *map, const char *key,
                       struct draft_prefix *prefix, bool is_tag)
{
    struct node *node = draft_peek(map, key);
    *prefix = (struct draft_prefix){0};
    if (node != NULL && node->kind == NODE_MAP)
        read_prefix_map(schema, node_want_map(schema, map, key), prefix, is_tag);
    else
        prefix->digits =
            (unsigned)node_want_int(schema, map, key, 1, is_tag ? ISO_TAG_MAX : ISO_PREFIX_MAX);
}

/* Any one of them replaces all. */
static void read_length(struct schema *schema, struct node *map, struct draft_field *field,
                        enum draft_place place)
{
    bool fixed = is_given(map, "length"), variable = is_given(map, "max");
    bool prefix = is_given(map, "prefix"), ends = is_given(map, "ends_with");
    bool rest = is_given(map, "min") || prefix || ends;
    if (field->is_known && !fixed && !variable && !rest)
        return;
    if (fixed == variable || (fixed && rest)) {
        schema_fault(schema, map, "expected either `length`, or `max` with what belongs to it");
        return;
    }
    field->prefix = (struct draft_prefix){0};
    field->is_terminated = false;
    if (fixed) {
        field->len_max = (unsigned)node_want_int(schema, map, "length", 1, ISO_LEN_MAX);
        field->len_min = field->len_max;
        return;
    }
    field->len_max = (unsigned)node_want_int(schema, map, "max", 1, ISO_LEN_MAX);
    field->len_min = (unsigned)node_may_int(schema, map, "min", 0, field->len_max, 0);
    if (ends) {
        field->is_terminated = node_want_hex(schema, map, "ends_with", &field->terminator, 1) == 1;
        if (prefix)
            schema_fault(schema, map, "expected one of `prefix` and `ends_with`");
    } else if (prefix || (place == DRAFT_ELEMENT && field->len_min != field->len_max)) {
        if (place != DRAFT_HEADER)
            draft_read_prefix(schema, map, "prefix", &field->prefix, false);
        if ((field->prefix.flags & ISO_PREFIX_TAG) != 0)
            schema_fault(schema, map, "expected `with_tag` in the length of a `tlv` only");
    }
}

static void read_pad(struct schema *schema, struct node *map, struct draft_field *field)
{
    if (!is_given(map, "pad"))
        return;
    struct node *pad = node_may_map(schema, map, "pad");
    field->has_pad = pad != NULL;
    if (pad == NULL)
        return;
    field->pad_right = node_want_choice(schema, pad, "side", side_names) == 1;
    /* Content b is padded with a byte, given as hex; in BCD with a digit. */
    struct node *with = draft_peek(pad, "with");
    bool is_digits = field->has_encoding && field->encoding == ISO_ENCODING_BCD;
    if (field->content == ISO_CONTENT_B && !is_digits) {
        (void)node_want_hex(schema, pad, "with", &field->pad, 1);
    } else {
        const char *text = node_want_text(schema, pad, "with", 1);
        field->pad = text == NULL ? 0 : (uint8_t)text[0];
        if (field->pad >= 0x80)
            schema_fault(schema, with, "`with`: expected an ASCII character");
    }
    field->pad_strips = node_may_bool(schema, pad, "strip", false);
    node_end(schema, pad);
}

/* --- codes ------------------------------------------------------------------------------------ */

static struct draft_code *find_code(const struct draft_field *field, const char *value)
{
    for (struct draft_code *code = field->codes; code != NULL; code = code->next)
        if (strcmp(code->value, value) == 0)
            return code;
    return NULL;
}

static void add_code(struct draft *draft, struct schema *schema, struct draft_field *field,
                     const struct node *item)
{
    struct draft_code *code = find_code(field, item->key);
    const char *meaning = node_as_text(schema, item, DRAFT_TITLE_MAX);
    if (meaning == NULL)
        return;
    if (code == NULL) {
        code = field->code_count < ISO_CODES_MAX ? calloc(1, sizeof *code) : NULL;
        if (code == NULL) {
            schema_fault(schema, item, "expected at most %d codes, got more", ISO_CODES_MAX);
            return;
        }
        code->made_before = draft->codes_made;
        draft->codes_made = code;
        struct draft_code **at = &field->codes;
        while (*at != NULL)
            at = &(*at)->next;
        *at = code;
        field->code_count++;
    }
    code->value = item->key;
    code->meaning = meaning;
}

/* A known code is changed, one that is null goes, `*` says that others are fine. */
static void read_codes(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field)
{
    if (!is_given(map, "codes"))
        return;
    struct node *codes = node_may_map(schema, map, "codes");
    if (codes == NULL) {
        field->codes = NULL;
        field->code_count = 0;
        return;
    }
    for (struct node *item = codes->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        item->used = true;
        if (strlen(item->key) > DRAFT_TITLE_MAX)
            schema_fault(schema, item, "expected a value of at most %d characters",
                         DRAFT_TITLE_MAX);
        else if (strcmp(item->key, "*") == 0)
            field->has_open_codes = item->kind != NODE_NULL;
        else if (item->kind != NODE_NULL)
            add_code(draft, schema, field, item);
        else if (find_code(field, item->key) != NULL) {
            struct draft_code **at = &field->codes, *gone = find_code(field, item->key);
            while (*at != gone)
                at = &(*at)->next;
            *at = gone->next;
            field->code_count--;
        }
    }
}

/* --- header fields ---------------------------------------------------------------------------- */

static void read_constant(struct schema *schema, struct node *map, const char *key,
                          struct draft_field *field)
{
    if (schema->result != RESULT_OK || !is_given(map, key))
        return;
    if (field->content == ISO_CONTENT_B || field->encoding == ISO_ENCODING_BCD) {
        field->constant_len =
            node_want_hex(schema, map, key, field->constant, sizeof field->constant);
    } else {
        const char *text = node_want_text(schema, map, key, sizeof field->constant);
        if (text == NULL)
            return;
        field->constant_len = strlen(text);
        memcpy(field->constant, text, field->constant_len);
    }
}

static void read_role(struct schema *schema, struct node *map, struct draft_field *field)
{
    field->role =
        (enum draft_role)node_may_choice(schema, map, "role", role_names, DRAFT_ROLE_NONE);
    field->is_normal = is_given(map, "normal");
    if (field->is_normal && is_given(map, "value"))
        schema_fault(schema, map, "expected either `value` or `normal`");
    read_constant(schema, map, field->is_normal ? "normal" : "value", field);
    if (field->role != DRAFT_ROLE_NONE && field->content != ISO_CONTENT_N)
        schema_fault(schema, map, "expected content n for a field with a role");
    if (field->role == DRAFT_ROLE_TOTAL_LENGTH && field->len_max > 9)
        schema_fault(schema, map, "expected length 9 at most for the total length");
    if (field->role == DRAFT_ROLE_REJECT_CODE && !field->is_normal)
        schema_fault(schema, map, "`normal` is missing: the code that means no reject");
    if (field->role == DRAFT_ROLE_TOTAL_LENGTH && field->constant_len > 0)
        schema_fault(schema, map, "expected no `value`: the total length is computed");
}

void draft_read_field(struct draft *draft, struct schema *schema, struct node *map,
                      struct draft_field *field, enum draft_place place, unsigned depth)
{
    field->doc = draft->doc;
    field->node = map;
    bool needs_name = place == DRAFT_ELEMENT && !field->is_known;
    if (needs_name)
        field->name = node_want_text(schema, map, "name", DRAFT_TITLE_MAX);
    else
        field->name = node_may_text(schema, map, "name", DRAFT_TITLE_MAX, field->name);
    read_content(schema, map, field);
    read_length(schema, map, field, place);
    read_pad(schema, map, field);
    read_codes(draft, schema, map, field);
    if (place == DRAFT_TAG)
        field->is_opaque = node_may_bool(schema, map, "opaque", field->is_opaque);
    if (place == DRAFT_POSITION)
        field->is_optional = node_may_bool(schema, map, "optional", false);
    if (place == DRAFT_HEADER) {
        read_role(schema, map, field);
        if (field->len_min != field->len_max)
            schema_fault(schema, map, "expected a fixed length in a header");
    } else
        draft_read_layout(draft, schema, map, field, depth);
    node_end(schema, map);
    field->is_known = true;
}
