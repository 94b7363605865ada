/* Reads one spec file into a draft; docs/codec.md has every key. Fields are spec_field.c's and
 * spec_layout.c's affair, presence rules spec_rule.c's. */
#include "iso8583/spec_draft.h"

#include <stdlib.h>

static const char *const mti_names[] = {"ascii", "bcd", "ebcdic", NULL};
static const enum iso_encoding mti_encodings[] = {ISO_ENCODING_ASCII, ISO_ENCODING_BCD,
                                                  ISO_ENCODING_EBCDIC};
static const char *const bitmap_names[] = {"binary", "hex", "ebcdic-hex", "none", NULL};
static const enum iso_encoding bitmap_encodings[] = {ISO_ENCODING_BINARY, ISO_ENCODING_HEX,
                                                     ISO_ENCODING_EBCDIC_HEX};
static const char *const codepage_names[] = {"1047", "037", "500", NULL};

void draft_init(struct draft *draft)
{
    *draft = (struct draft){.bitmaps_max = 2, .has_bitmap = true};
    draft->header.layout = ISO_LAYOUT_POSITIONAL;
    draft->bitmap_encoding = ISO_ENCODING_BINARY;
    draft->defaults[DRAFT_GROUP_B].encoding = ISO_ENCODING_BINARY;
}

void draft_deinit(struct draft *draft)
{
    for (struct draft_field *field = draft->made, *before; field != NULL; field = before) {
        before = field->made_before;
        free(field);
    }
    for (struct draft_code *code = draft->codes_made, *before; code != NULL; code = before) {
        before = code->made_before;
        free(code);
    }
    draft_free_rules(&draft->rules);
    *draft = (struct draft){0};
}

/* --- elements --------------------------------------------------------------------------------- */

/* Bit 1, and bit 65 when a third bitmap may follow the second, announce a bitmap. */
static bool is_announcer(const struct draft *draft, unsigned de)
{
    if (!draft->has_bitmap)
        return false;
    if (de == 1)
        return draft->bitmaps_min <= 1 || draft->is_announced;
    return de == 65 && draft->bitmaps_max == ISO_BITMAPS_MAX &&
           (draft->bitmaps_min < 2 || draft->is_announced) && draft->third_in == 0;
}

static unsigned elements_max(const struct draft *draft)
{
    return draft->has_bitmap ? draft->bitmaps_max * 64 : ISO_DE_MAX;
}

unsigned draft_de_of(struct schema *schema, const struct draft *draft, const struct node *node,
                     const char *text)
{
    unsigned de = 0, most = elements_max(draft);
    size_t len = strlen(text);
    bool good = len > 0 && len <= 3 && text[0] != '0';
    for (size_t i = 0; good && i < len; i++) {
        good = text[i] >= '0' && text[i] <= '9';
        de = de * 10 + (unsigned)(text[i] - '0');
    }
    if (good && de >= 1 && de <= most && !is_announcer(draft, de) && de != draft->third_in)
        return de;
    schema_fault(schema, node, "expected a data element of %u bitmap%s, %u to %u%s, got `%.20s`",
                 draft->bitmaps_max, draft->bitmaps_max == 1 ? "" : "s",
                 is_announcer(draft, 1) ? 2U : 1U, most,
                 is_announcer(draft, 65) ? " but not 65" : "", text);
    return 0;
}

static void read_elements(struct draft *draft, struct schema *schema, struct node *map)
{
    for (struct node *item = map->child; item != NULL && schema->result == RESULT_OK;
         item = item->next) {
        item->used = true;
        unsigned de = draft_de_of(schema, draft, item, item->key);
        if (de == 0)
            return;
        if (item->kind == NODE_NULL) {
            draft->elements[de] = NULL;
            continue;
        }
        if (draft->elements[de] == NULL)
            draft->elements[de] = draft_make_field(draft, schema, item, item->key);
        if (draft->elements[de] != NULL)
            draft_read_field(draft, schema, item, draft->elements[de], DRAFT_ELEMENT, 0);
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

static void read_product(struct draft *draft, struct schema *schema, struct node *product)
{
    draft->product_de = (unsigned)node_want_int(schema, product, "de", 1, ISO_DE_MAX);
    draft->product = node_want_text(schema, product, "value", DRAFT_TITLE_MAX);
    draft->product_doc = draft->doc;
    draft->product_node = product;
    node_end(schema, product);
}

/* --- what is around the elements -------------------------------------------------------------- */

static void read_header(struct draft *draft, struct schema *schema, struct node *list)
{
    draft_read_positions(draft, schema, list, &draft->header, DRAFT_HEADER, 0);
    draft->header.doc = draft->doc;
    draft->header.node = list;
    draft->header.content = ISO_CONTENT_B;
    unsigned roles[3] = {0};
    for (const struct draft_field *field = draft->header.child; field != NULL; field = field->next)
        roles[field->role]++;
    if (roles[DRAFT_ROLE_TOTAL_LENGTH] > 1 || roles[DRAFT_ROLE_REJECT_CODE] > 1)
        schema_fault(schema, list, "expected each role once");
}

static void read_bitmap(struct draft *draft, struct schema *schema, struct node *bitmap)
{
    if (draft_peek(bitmap, "encoding") != NULL) {
        int chosen = node_may_choice(schema, bitmap, "encoding", bitmap_names, 0);
        draft->has_bitmap = chosen < 3;
        draft->bitmap_encoding = bitmap_encodings[chosen < 3 ? chosen : 0];
    }
    draft->bitmaps_max =
        (unsigned)node_may_int(schema, bitmap, "count", 1, ISO_BITMAPS_MAX, draft->bitmaps_max);
    draft->bitmaps_min =
        (unsigned)node_may_int(schema, bitmap, "always", 1, draft->bitmaps_max, draft->bitmaps_min);
    draft->is_announced = node_may_bool(schema, bitmap, "announced", draft->is_announced);
    draft->third_in = (unsigned)node_may_int(schema, bitmap, "third_in", 2, 128, draft->third_in);
    if (draft->third_in != 0 && draft->bitmaps_max != ISO_BITMAPS_MAX)
        schema_fault(schema, bitmap, "expected `count: 3` with `third_in`");
    if (draft->third_in != 0 && draft->bitmaps_min > 2)
        schema_fault(schema, bitmap, "expected `always: 2` at most with `third_in`");
    node_end(schema, bitmap);
    for (unsigned de = 1; de <= ISO_DE_MAX; de++)
        if (draft->elements[de] != NULL &&
            (de > elements_max(draft) || is_announcer(draft, de) || de == draft->third_in))
            schema_fault(schema, bitmap, "expected a count that leaves DE %u its bit, got %u", de,
                         draft->bitmaps_max);
}

static void read_default(struct schema *schema, struct node *map, const char *key,
                         struct draft_default *usual)
{
    struct node *node = draft_peek(map, key);
    if (node == NULL)
        return;
    if (node->kind != NODE_MAP) {
        usual->encoding =
            (enum iso_encoding)node_may_choice(schema, map, key, draft_encoding_names, 0);
        return;
    }
    node = node_want_map(schema, map, key);
    if (node == NULL)
        return;
    usual->encoding = (enum iso_encoding)node_may_choice(
        schema, node, "encoding", draft_encoding_names, (int)usual->encoding);
    draft_read_odd(schema, node, &usual->odd);
    node_end(schema, node);
}

static void read_defaults(struct draft *draft, struct schema *schema, struct node *map)
{
    static const char *const keys[DRAFT_GROUP_COUNT] = {"n", "z", "x+n", "text", "b"};
    static const char *const prefix_names[] = {"ascii", "bcd", "ebcdic", NULL};
    for (int i = 0; i < DRAFT_GROUP_COUNT; i++)
        read_default(schema, map, keys[i], &draft->defaults[i]);
    if (draft_peek(map, "prefix") != NULL)
        draft->prefix_encoding =
            mti_encodings[node_may_choice(schema, map, "prefix", prefix_names, 0)];
    node_end(schema, map);
}

static void read_frame(struct draft *draft, struct schema *schema, struct node *root)
{
    draft->charset = (enum iso_charset)node_may_choice(schema, root, "charset", draft_charset_names,
                                                       (int)draft->charset);
    draft->codepage =
        (unsigned)node_may_choice(schema, root, "codepage", codepage_names, (int)draft->codepage);
    struct node *mti = node_may_map(schema, root, "mti");
    if (mti != NULL) {
        draft->mti_encoding = mti_encodings[node_want_choice(schema, mti, "encoding", mti_names)];
        node_end(schema, mti);
    }
    struct node *defaults = node_may_map(schema, root, "defaults");
    if (defaults != NULL)
        read_defaults(draft, schema, defaults);
    struct node *bitmap = node_may_map(schema, root, "bitmap");
    if (bitmap != NULL)
        read_bitmap(draft, schema, bitmap);
}

enum result draft_read(struct draft *draft, struct doc *doc, struct fault *fault)
{
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    draft->doc = doc;
    draft->name = node_want_text(&schema, root, "name", DRAFT_NAME_MAX);
    if (draft->name != NULL &&
        strspn(draft->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(draft->name))
        schema_fault(&schema, root, "expected a name of a-z, 0-9 and -, got `%s`", draft->name);
    draft->title = node_may_text(&schema, root, "title", DRAFT_TITLE_MAX, draft->title);
    draft->follows = node_may_text(&schema, root, "follows", DRAFT_TITLE_MAX, draft->follows);
    (void)node_may_text(&schema, root, "extends", DRAFT_NAME_MAX, NULL);
    if (schema.result == RESULT_OK)
        read_frame(draft, &schema, root);
    if (draft_peek(root, "header") != NULL) {
        struct node *header = node_may_list(&schema, root, "header");
        draft->header.child = NULL; /* null: a derived spec has none */
        if (header != NULL)
            read_header(draft, &schema, header);
    }
    struct node *fields = node_may_map(&schema, root, "fields");
    if (fields != NULL)
        read_elements(draft, &schema, fields);
    struct node *answer = node_may_map(&schema, root, "answer");
    if (answer != NULL)
        read_echo(draft, &schema, answer);
    struct node *product = node_may_map(&schema, root, "product");
    if (product != NULL)
        read_product(draft, &schema, product);
    struct node *presence = node_may_list(&schema, root, "presence");
    if (presence != NULL)
        draft_read_rules(draft, &schema, presence);
    node_end(&schema, root);
    return schema.result;
}
