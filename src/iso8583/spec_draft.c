/* Reads one spec file into a draft; docs/codec.md has every key. Whatever a field cannot be is
 * refused here, with its line, so that the walk over messages need not think of it. */
#include "iso8583/spec_draft.h"

#include <stdlib.h>

enum {
    DRAFT_NAME_MAX = 32,
    DRAFT_TITLE_MAX = 100,
};

static const char *const content_names[] = {"n",  "a", "an", "ans", "as",
                                            "ns", "z", "b",  "x+n", NULL};
static const char *const encoding_names[] = {"ascii", "binary", "hex", NULL};
static const char *const mask_names[] = {"none", "pan", "track", "secret", NULL};
static const char *const charset_names[] = {"ascii", "gb18030", NULL};
static const char *const role_names[] = {"none", "total_length", "reject_code", NULL};
static const char *const unknown_names[] = {"accept", "refuse", NULL};
static const char *const mti_names[] = {"ascii", NULL};
static const char *const bitmap_names[] = {"binary", NULL};

void draft_init(struct draft *draft)
{
    *draft = (struct draft){.bitmaps_max = 2};
    draft->header.layout = ISO_LAYOUT_POSITIONAL;
}

void draft_deinit(struct draft *draft)
{
    for (struct draft_field *field = draft->made, *before; field != NULL; field = before) {
        before = field->made_before;
        free(field);
    }
    *draft = (struct draft){0};
}

static struct draft_field *make_field(struct draft *draft, struct schema *schema,
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

static bool is_given(const struct node *map, const char *key)
{
    if (map->kind != NODE_MAP)
        return false;
    for (const struct node *child = map->child; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return true;
    return false;
}

/* --- content and length ----------------------------------------------------------------------- */

static void read_content(struct schema *schema, struct node *map, struct draft_field *field)
{
    bool changed = is_given(map, "content");
    int before = (int)field->content;
    field->content = (enum iso_content)(
        field->is_known ? node_may_choice(schema, map, "content", content_names, before)
                        : node_want_choice(schema, map, "content", content_names));
    int usual = field->content == ISO_CONTENT_B ? ISO_ENCODING_BINARY : ISO_ENCODING_ASCII;
    if (field->is_known && !changed)
        usual = (int)field->encoding;
    field->encoding =
        (enum iso_encoding)node_may_choice(schema, map, "encoding", encoding_names, usual);
    if ((field->content == ISO_CONTENT_B) != (field->encoding != ISO_ENCODING_ASCII))
        schema_fault(schema, map, "expected encoding %s for content %s, got %s",
                     field->content == ISO_CONTENT_B ? "binary or hex" : "ascii",
                     content_names[field->content], encoding_names[field->encoding]);
    field->mask = (enum iso_mask)node_may_choice(schema, map, "mask", mask_names, (int)field->mask);
}

static void check_prefix(struct schema *schema, struct node *map, const struct draft_field *field)
{
    unsigned most = 1;
    for (unsigned i = 0; i < field->prefix_len; i++)
        most *= 10;
    if (field->prefix_len > 0 && field->len_max >= most)
        schema_fault(schema, map, "expected a maximum that %u digits can say, got %u",
                     field->prefix_len, field->len_max);
}

/* Any one of the four replaces all of them. */
static void read_length(struct schema *schema, struct node *map, struct draft_field *field,
                        enum draft_place place)
{
    bool fixed = is_given(map, "length"), variable = is_given(map, "max");
    bool rest = is_given(map, "min") || is_given(map, "prefix");
    if (field->is_known && !fixed && !variable && !rest)
        return;
    if (fixed == variable || (fixed && rest)) {
        schema_fault(schema, map, "expected either `length`, or `max` with what belongs to it");
        return;
    }
    field->prefix_len = 0;
    if (fixed) {
        field->len_max = (unsigned)node_want_int(schema, map, "length", 1, ISO_LEN_MAX);
        field->len_min = field->len_max;
        return;
    }
    field->len_max = (unsigned)node_want_int(schema, map, "max", 1, ISO_LEN_MAX);
    field->len_min = (unsigned)node_may_int(schema, map, "min", 0, field->len_max, 0);
    if (place == DRAFT_ELEMENT)
        field->prefix_len = (unsigned)node_want_int(schema, map, "prefix", 1, ISO_PREFIX_MAX);
    else if (place == DRAFT_POSITION)
        field->prefix_len = (unsigned)node_may_int(schema, map, "prefix", 1, ISO_PREFIX_MAX, 0);
    check_prefix(schema, map, field);
}

static void check_whole(struct schema *schema, struct node *map, const struct draft_field *field)
{
    if (field->encoding == ISO_ENCODING_HEX &&
        (field->len_max % 2 != 0 || field->len_min != field->len_max))
        schema_fault(schema, map, "expected a fixed, even length for encoding hex");
    if (field->content == ISO_CONTENT_XN && field->len_max < 2)
        schema_fault(schema, map, "expected length 2 at least for content x+n: a sign and digits");
    if (field->content == ISO_CONTENT_XN && field->layout != ISO_LAYOUT_NONE)
        schema_fault(schema, map, "expected no sub-fields under content x+n");
}

/* --- header fields ---------------------------------------------------------------------------- */

static void read_constant(struct schema *schema, struct node *map, const char *key,
                          struct draft_field *field)
{
    if (schema->result != RESULT_OK || !is_given(map, key))
        return;
    if (field->content == ISO_CONTENT_B) {
        field->constant_len =
            node_want_hex(schema, map, key, field->constant, sizeof field->constant);
    } else {
        const char *text = node_want_text(schema, map, key, sizeof field->constant);
        if (text == NULL)
            return;
        field->constant_len = strlen(text);
        memcpy(field->constant, text, field->constant_len);
    }
    if (schema->result == RESULT_OK && field->constant_len != field->len_max)
        schema_fault(schema, map, "expected `%s` of %u bytes, got %zu", key, field->len_max,
                     field->constant_len);
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

/* --- sub-fields ------------------------------------------------------------------------------- */

static void read_field(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field, enum draft_place place, unsigned depth);

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

/* "hex" is how decoded text says that it is not text. */
static bool is_name(const char *key)
{
    size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && key[len] == '\0' && strcmp(key, "hex") != 0;
}

static void read_positions(struct draft *draft, struct schema *schema, struct node *list,
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
        struct draft_field *child = make_field(draft, schema, item, key);
        if (child == NULL)
            return;
        append_child(field, child);
        read_field(draft, schema, item, child, place, depth + 1);
    }
    if (field->child == NULL)
        schema_fault(schema, list, "expected at least one field, got none");
}

/* Lengths that a whole of these positions can have; optional ones only at the end, and only the
 * last without a length of its own. */
static void check_positions(struct schema *schema, const struct draft_field *field)
{
    unsigned min = 0, max = 0;
    bool optional = false;
    for (const struct draft_field *child = field->child; child != NULL; child = child->next) {
        if (optional && !child->is_optional)
            schema_fault(schema, child->node,
                         "expected `optional: true` here too: a field in front has it");
        optional = child->is_optional;
        if (child->next != NULL && child->len_min != child->len_max && child->prefix_len == 0)
            schema_fault(schema, child->node,
                         "expected a fixed length or a prefix: only the last can take the rest");
        min += optional ? 0 : child->len_min + child->prefix_len;
        max += child->len_max + child->prefix_len;
    }
    if (min > field->len_max || max < field->len_min)
        schema_fault(schema, field->node,
                     "expected sub-fields that fill %u to %u bytes, got %u to %u", field->len_min,
                     field->len_max, min, max);
    if (field->len_min == field->len_max && min == max && min != field->len_max)
        schema_fault(schema, field->node, "expected sub-fields that fill %u bytes, got %u",
                     field->len_max, max);
}

static bool is_tag(const char *key, size_t len)
{
    return strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(key) && strlen(key) == len;
}

/* A known tag is changed, one that is null goes. */
static void read_tags(struct draft *draft, struct schema *schema, struct node *map,
                      struct draft_field *field, unsigned depth)
{
    for (struct node *item = map->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        item->used = true;
        if (!is_tag(item->key, field->tag_len))
            schema_fault(schema, item,
                         "expected a tag of %u upper-case letters or digits, got `%s`",
                         field->tag_len, item->key);
        struct draft_field *child = find_child(field, item->key);
        if (item->kind == NODE_NULL && child != NULL) {
            struct draft_field **at = &field->child;
            while (*at != child)
                at = &(*at)->next;
            *at = child->next;
            continue;
        }
        if (child == NULL) {
            child = make_field(draft, schema, item, item->key);
            if (child == NULL)
                return;
            append_child(field, child);
        }
        read_field(draft, schema, item, child, DRAFT_TAG, depth + 1);
    }
}

static void read_tagged(struct draft *draft, struct schema *schema, struct node *map,
                        struct draft_field *field, enum iso_layout layout, unsigned depth)
{
    bool known = field->layout == layout;
    if (!known) {
        field->child = NULL;
        field->layout = layout;
        field->is_closed = false;
    }
    if (!known || is_given(map, "tag")) {
        unsigned len = (unsigned)node_want_int(schema, map, "tag", 1, ISO_TAG_MAX);
        if (known && len != field->tag_len)
            field->child = NULL;
        field->tag_len = len;
    }
    if (layout == ISO_LAYOUT_TLV && (!known || is_given(map, "length")))
        field->size_len = (unsigned)node_want_int(schema, map, "length", 1, ISO_PREFIX_MAX);
    field->is_closed =
        node_may_choice(schema, map, "unknown", unknown_names, field->is_closed ? 1 : 0) == 1;
    struct node *fields = node_may_map(schema, map, "fields");
    if (fields != NULL)
        read_tags(draft, schema, fields, field, depth);
    node_end(schema, map);
}

static void read_layout(struct draft *draft, struct schema *schema, struct node *map,
                        struct draft_field *field, unsigned depth)
{
    bool cleared = is_given(map, "positional") || is_given(map, "usage") || is_given(map, "tlv");
    struct node *positional = node_may_list(schema, map, "positional");
    struct node *usage = node_may_map(schema, map, "usage");
    struct node *tlv = node_may_map(schema, map, "tlv");
    int given = (positional != NULL) + (usage != NULL) + (tlv != NULL);
    if (schema->result != RESULT_OK)
        return;
    if (given > 0 && depth == ISO_PARTS_DEPTH_MAX)
        schema_fault(schema, map, "expected at most %d levels of sub-fields", ISO_PARTS_DEPTH_MAX);
    else if (given > 1)
        schema_fault(schema, map, "expected one of `positional`, `usage` and `tlv`, got more");
    else if (positional != NULL) {
        field->layout = ISO_LAYOUT_POSITIONAL;
        read_positions(draft, schema, positional, field, DRAFT_POSITION, depth);
    } else if (usage != NULL)
        read_tagged(draft, schema, usage, field, ISO_LAYOUT_USAGE, depth);
    else if (tlv != NULL)
        read_tagged(draft, schema, tlv, field, ISO_LAYOUT_TLV, depth);
    else if (cleared) {
        field->layout = ISO_LAYOUT_NONE;
        field->child = NULL;
    }
    if (field->layout == ISO_LAYOUT_POSITIONAL && schema->result == RESULT_OK)
        check_positions(schema, field);
}

static void read_field(struct draft *draft, struct schema *schema, struct node *map,
                       struct draft_field *field, enum draft_place place, unsigned depth)
{
    field->node = map;
    bool needs_name = place == DRAFT_ELEMENT && !field->is_known;
    if (needs_name)
        field->name = node_want_text(schema, map, "name", DRAFT_TITLE_MAX);
    else
        field->name = node_may_text(schema, map, "name", DRAFT_TITLE_MAX, field->name);
    read_content(schema, map, field);
    read_length(schema, map, field, place);
    if (place == DRAFT_POSITION)
        field->is_optional = node_may_bool(schema, map, "optional", false);
    if (place == DRAFT_HEADER) {
        read_role(schema, map, field);
        if (field->len_min != field->len_max)
            schema_fault(schema, map, "expected a fixed length in a header");
    } else
        read_layout(draft, schema, map, field, depth);
    if (schema->result == RESULT_OK)
        check_whole(schema, map, field);
    node_end(schema, map);
    field->is_known = true;
}

/* --- the file --------------------------------------------------------------------------------- */

static unsigned de_of(struct schema *schema, const struct draft *draft, const struct node *node,
                      const char *text)
{
    unsigned de = 0;
    size_t len = strlen(text);
    bool good = len > 0 && len <= 3 && text[0] != '0';
    for (size_t i = 0; good && i < len; i++) {
        good = text[i] >= '0' && text[i] <= '9';
        de = de * 10 + (unsigned)(text[i] - '0');
    }
    /* Bit 1, and bit 65 when a third bitmap may follow, announce a bitmap. */
    good = good && de >= 2 && de <= draft->bitmaps_max * 64 &&
           (de != 65 || draft->bitmaps_max < ISO_BITMAPS_MAX);
    if (good)
        return de;
    schema_fault(schema, node, "expected a data element of %u bitmap%s, 2 to %u%s, got `%.20s`",
                 draft->bitmaps_max, draft->bitmaps_max == 1 ? "" : "s", draft->bitmaps_max * 64,
                 draft->bitmaps_max == ISO_BITMAPS_MAX ? " but not 65" : "", text);
    return 0;
}

static void read_elements(struct draft *draft, struct schema *schema, struct node *map)
{
    for (struct node *item = map->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        item->used = true;
        unsigned de = de_of(schema, draft, item, item->key);
        if (de == 0)
            return;
        if (item->kind == NODE_NULL) {
            draft->elements[de] = NULL;
            continue;
        }
        if (draft->elements[de] == NULL)
            draft->elements[de] = make_field(draft, schema, item, item->key);
        if (draft->elements[de] != NULL)
            read_field(draft, schema, item, draft->elements[de], DRAFT_ELEMENT, 0);
    }
}

static void read_echo(struct draft *draft, struct schema *schema, struct node *answer)
{
    struct node *list = node_want_list(schema, answer, "echo");
    node_end(schema, answer);
    if (list == NULL)
        return;
    memset(draft->echo, 0, sizeof draft->echo);
    for (struct node *item = list->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        /* 192 has no place in the three words of iso_spec_answer_echo(). */
        unsigned de = (unsigned)node_as_int(schema, item, 2, ISO_DE_MAX - 1);
        if (schema->result == RESULT_OK && draft->elements[de] == NULL)
            schema_fault(schema, item, "expected a data element of this spec, got %u", de);
        draft->echo[de / 64] |= UINT64_C(1) << (de % 64);
    }
}

static void read_header(struct draft *draft, struct schema *schema, struct node *list)
{
    read_positions(draft, schema, list, &draft->header, DRAFT_HEADER, 0);
    unsigned len = 0, roles[3] = {0};
    for (const struct draft_field *field = draft->header.child; field != NULL;
         field = field->next) {
        len += field->len_max;
        roles[field->role]++;
    }
    if (len > ISO_HEADER_MAX)
        schema_fault(schema, list, "expected a header of at most %d bytes, got %u", ISO_HEADER_MAX,
                     len);
    if (roles[DRAFT_ROLE_TOTAL_LENGTH] > 1 || roles[DRAFT_ROLE_REJECT_CODE] > 1)
        schema_fault(schema, list, "expected each role once");
    draft->header.len_min = draft->header.len_max = len;
}

static void read_frame(struct draft *draft, struct schema *schema, struct node *root)
{
    struct node *mti = node_may_map(schema, root, "mti");
    if (mti != NULL) {
        (void)node_may_choice(schema, mti, "encoding", mti_names, 0);
        node_end(schema, mti);
    }
    struct node *bitmap = node_may_map(schema, root, "bitmap");
    if (bitmap == NULL)
        return;
    (void)node_may_choice(schema, bitmap, "encoding", bitmap_names, 0);
    draft->bitmaps_max =
        (unsigned)node_may_int(schema, bitmap, "count", 1, ISO_BITMAPS_MAX, draft->bitmaps_max);
    node_end(schema, bitmap);
    for (unsigned de = 2; de <= ISO_DE_MAX; de++)
        if (draft->elements[de] != NULL &&
            (de > draft->bitmaps_max * 64 || (de == 65 && draft->bitmaps_max == ISO_BITMAPS_MAX)))
            schema_fault(schema, bitmap, "expected a count that leaves DE %u its bit, got %u", de,
                         draft->bitmaps_max);
}

enum result draft_read(struct draft *draft, struct doc *doc, struct fault *fault)
{
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    draft->name = node_want_text(&schema, root, "name", DRAFT_NAME_MAX);
    if (draft->name != NULL &&
        strspn(draft->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(draft->name))
        schema_fault(&schema, root, "expected a name of a-z, 0-9 and -, got `%s`", draft->name);
    (void)node_may_text(&schema, root, "title", DRAFT_TITLE_MAX, NULL);
    (void)node_may_text(&schema, root, "follows", DRAFT_TITLE_MAX, NULL);
    (void)node_may_text(&schema, root, "extends", DRAFT_NAME_MAX, NULL);
    draft->charset = (enum iso_charset)node_may_choice(&schema, root, "charset", charset_names,
                                                       (int)draft->charset);
    read_frame(draft, &schema, root);
    struct node *header = node_may_list(&schema, root, "header");
    if (header != NULL)
        read_header(draft, &schema, header);
    struct node *fields = node_may_map(&schema, root, "fields");
    if (fields != NULL)
        read_elements(draft, &schema, fields);
    struct node *answer = node_may_map(&schema, root, "answer");
    if (answer != NULL)
        read_echo(draft, &schema, answer);
    node_end(&schema, root);
    return schema.result;
}
