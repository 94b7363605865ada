/* Reads the sub-fields of one field of a spec file into a draft. docs/codec.md has every key. */
#include "iso8583/spec_draft.h"

static const char *const unknown_names[] = {"accept", "refuse", NULL};
static const char *const padding_names[] = {"none", "zeros", "ones", "both", NULL};

static struct draft_field *find_child(const struct draft_field *field, const char *key)
{
    for (struct draft_field *child = field->child; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

static void append_child(struct draft_field *field, struct draft_field *child)
{
    struct draft_field **at = &field->child;
    while (*at != NULL)
        at = &(*at)->next;
    *at = child;
}

static void remove_child(struct draft_field *field, const struct draft_field *child)
{
    struct draft_field **at = &field->child;
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
}

/* "hex" is how decoded text says that it is not text. */
static bool is_name(const char *key)
{
    size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && key[len] == '\0' && strcmp(key, "hex") != 0;
}

void draft_read_positions(struct draft *draft, struct schema *schema, struct node *list,
                          struct draft_field *field, enum draft_place place, unsigned depth)
{
    field->child = NULL;
    for (struct node *item = list->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        const char *key = node_want_text(schema, item, "key", DRAFT_NAME_MAX);
        if (key != NULL && !is_name(key))
            schema_fault(schema, item, "expected a key of a-z, 0-9 and _, and not hex, got `%s`",
                         key);
        if (key != NULL && find_child(field, key) != NULL)
            schema_fault(schema, item, "expected each key once, got `%s` twice", key);
        struct draft_field *child = draft_make_field(draft, schema, item, key);
        if (child == NULL)
            return;
        append_child(field, child);
        draft_read_field(draft, schema, item, child, place, depth + 1);
    }
    if (field->child == NULL)
        schema_fault(schema, list, "expected at least one field, got none");
}

/* --- tags ------------------------------------------------------------------------------------- */

/* Tags of bytes are named by their hex digits, of BER by those of a well-formed tag. */
static bool is_ber_tag(const char *key)
{
    size_t len = strlen(key);
    unsigned bytes[ISO_TAG_MAX];
    if (len % 2 != 0 || len < 2 || len > 2 * (size_t)ISO_TAG_MAX)
        return false;
    for (size_t i = 0; i < len / 2; i++) {
        unsigned high =
            key[2 * i] <= '9' ? (unsigned)key[2 * i] - '0' : (unsigned)key[2 * i] - 'A' + 10U;
        unsigned low = key[2 * i + 1] <= '9' ? (unsigned)key[2 * i + 1] - '0'
                                             : (unsigned)key[2 * i + 1] - 'A' + 10U;
        bytes[i] = high << 4 | low;
    }
    if ((bytes[0] & 0x1F) != 0x1F)
        return len == 2 && bytes[0] != 0;
    for (size_t i = 1; i < len / 2; i++)
        if (((bytes[i] & 0x80) != 0) != (i + 1 < len / 2))
            return false;
    return len > 2;
}

static bool check_tag(struct schema *schema, const struct node *item,
                      const struct draft_field *field)
{
    const char *key = item->key;
    size_t len = strlen(key);
    if (field->layout == ISO_LAYOUT_BER || field->tag.bytes > 0) {
        bool hex = strspn(key, "0123456789ABCDEF") == len;
        bool good = field->layout == ISO_LAYOUT_BER ? hex && is_ber_tag(key)
                                                    : hex && len == 2 * (size_t)field->tag.bytes;
        if (!good)
            schema_fault(schema, item, "expected a tag of upper-case hex digits, got `%.32s`", key);
        return good;
    }
    bool good =
        strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len && len == field->tag.digits;
    if (!good)
        schema_fault(schema, item, "expected a tag of %u upper-case letters or digits, got `%.32s`",
                     field->tag.digits, key);
    return good;
}

/* A bitmap of 24 bytes has the most bits that elements have. */
static bool check_bit(struct schema *schema, const struct node *item,
                      const struct draft_field *field)
{
    unsigned bit = 0, most = field->is_chained ? ISO_DE_MAX : field->size.bytes * 8;
    size_t len = strspn(item->key, "0123456789");
    bool good = len > 0 && len <= 3 && item->key[len] == '\0' && item->key[0] != '0';
    for (size_t i = 0; good && i < len; i++)
        bit = bit * 10 + (unsigned)(item->key[i] - '0');
    good = good && bit >= 1 && bit <= most;
    if (good && field->is_chained && (bit - 1) % (field->size.bytes * 8) == 0)
        schema_fault(schema, item, "expected a bit that announces no bitmap, got %u", bit);
    else if (!good)
        schema_fault(schema, item, "expected a bit from 1 to %u, got `%.20s`", most, item->key);
    return schema->result == RESULT_OK;
}

/* A known tag is changed, one that is null goes. */
static void read_members(struct draft *draft, struct schema *schema, struct node *map,
                         struct draft_field *field, unsigned depth)
{
    bool bits = field->layout == ISO_LAYOUT_BITMAPPED;
    for (struct node *item = map->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        item->used = true;
        if (!(bits ? check_bit : check_tag)(schema, item, field))
            return;
        struct draft_field *child = find_child(field, item->key);
        if (item->kind == NODE_NULL && child != NULL) {
            remove_child(field, child);
            continue;
        }
        if (child == NULL) {
            child = draft_make_field(draft, schema, item, item->key);
            if (child == NULL)
                return;
            append_child(field, child);
        }
        draft_read_field(draft, schema, item, child, bits ? DRAFT_BIT : DRAFT_TAG, depth + 1);
    }
}

/* True when the field had this layout already: what is not given stays. */
static bool begin_layout(struct draft_field *field, enum iso_layout layout)
{
    if (field->layout == layout)
        return true;
    field->child = NULL;
    field->layout = layout;
    field->is_closed = layout == ISO_LAYOUT_BITMAPPED;
    field->repeats = field->is_length_first = field->is_chained = false;
    field->skips_zeros = layout == ISO_LAYOUT_BER;
    field->skips_ones = false;
    field->tag = field->size = (struct draft_prefix){0};
    return false;
}

static void end_layout(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field, unsigned depth)
{
    struct node *fields = node_may_map(schema, map, "fields");
    if (fields != NULL)
        read_members(draft, schema, fields, field, depth);
    node_end(schema, map);
}

static void read_unknown(struct schema *schema, struct node *map, struct draft_field *field)
{
    field->is_closed =
        node_may_choice(schema, map, "unknown", unknown_names, field->is_closed ? 1 : 0) == 1;
}

static void read_tagged(struct draft *draft, struct schema *schema, struct node *map,
                        struct draft_field *field, enum iso_layout layout, unsigned depth)
{
    bool known = begin_layout(field, layout);
    if (!known || draft_peek(map, "tag") != NULL) {
        struct draft_prefix before = field->tag;
        draft_read_prefix(schema, map, "tag", &field->tag, true);
        if (known && (before.bytes != field->tag.bytes || before.digits != field->tag.digits))
            field->child = NULL;
    }
    if (layout == ISO_LAYOUT_TLV) {
        if (draft_peek(map, "length") != NULL)
            draft_read_prefix(schema, map, "length", &field->size, false);
        field->is_length_first = node_may_bool(schema, map, "length_first", field->is_length_first);
        field->repeats = node_may_bool(schema, map, "repeats", field->repeats);
    }
    read_unknown(schema, map, field);
    end_layout(draft, schema, map, field, depth);
}

static void read_ber(struct draft *draft, struct schema *schema, struct node *map,
                     struct draft_field *field, unsigned depth)
{
    (void)begin_layout(field, ISO_LAYOUT_BER);
    int padding = (field->skips_zeros ? 1 : 0) + (field->skips_ones ? 2 : 0);
    padding = node_may_choice(schema, map, "padding", padding_names, padding);
    field->skips_zeros = (padding & 1) != 0;
    field->skips_ones = (padding & 2) != 0;
    field->repeats = node_may_bool(schema, map, "repeats", field->repeats);
    read_unknown(schema, map, field);
    end_layout(draft, schema, map, field, depth);
}

static void read_bitmapped(struct draft *draft, struct schema *schema, struct node *map,
                           struct draft_field *field, unsigned depth)
{
    static const char *const names[] = {"binary", "hex", "ebcdic-hex", NULL};
    static const enum iso_encoding encodings[] = {ISO_ENCODING_BINARY, ISO_ENCODING_HEX,
                                                  ISO_ENCODING_EBCDIC_HEX};
    bool known = begin_layout(field, ISO_LAYOUT_BITMAPPED);
    struct node *bitmap =
        known && draft_peek(map, "bitmap") == NULL ? NULL : node_want_map(schema, map, "bitmap");
    if (bitmap != NULL) {
        field->size.bytes = (unsigned)node_want_int(schema, bitmap, "bytes", 1, ISO_DE_MAX / 8);
        field->size.encoding = encodings[node_may_choice(schema, bitmap, "encoding", names, 0)];
        field->is_chained = node_may_bool(schema, bitmap, "chained", false);
        node_end(schema, bitmap);
    }
    end_layout(draft, schema, map, field, depth);
}

void draft_read_layout(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field, unsigned depth)
{
    static const char *const names[] = {"positional", "usage", "tlv", "ber", "bitmapped"};
    enum { LAYOUTS = sizeof names / sizeof names[0] };
    int given = 0;
    bool cleared = false;
    struct node *layouts[LAYOUTS];
    for (int i = 0; i < LAYOUTS; i++) {
        cleared = cleared || draft_peek(map, names[i]) != NULL;
        layouts[i] =
            i == 0 ? node_may_list(schema, map, names[i]) : node_may_map(schema, map, names[i]);
        given += layouts[i] != NULL;
    }
    if (schema->result != RESULT_OK)
        return;
    if (given > 0 && depth == ISO_PARTS_DEPTH_MAX)
        schema_fault(schema, map, "expected at most %d levels of sub-fields", ISO_PARTS_DEPTH_MAX);
    else if (given > 1)
        schema_fault(schema, map,
                     "expected one of `positional`, `usage`, `tlv`, `ber` and `bitmapped`");
    else if (layouts[0] != NULL) {
        (void)begin_layout(field, ISO_LAYOUT_POSITIONAL);
        draft_read_positions(draft, schema, layouts[0], field, DRAFT_POSITION, depth);
    } else if (layouts[1] != NULL)
        read_tagged(draft, schema, layouts[1], field, ISO_LAYOUT_USAGE, depth);
    else if (layouts[2] != NULL)
        read_tagged(draft, schema, layouts[2], field, ISO_LAYOUT_TLV, depth);
    else if (layouts[3] != NULL)
        read_ber(draft, schema, layouts[3], field, depth);
    else if (layouts[4] != NULL)
        read_bitmapped(draft, schema, layouts[4], field, depth);
    else if (cleared)
        (void)begin_layout(field, ISO_LAYOUT_NONE);
}
