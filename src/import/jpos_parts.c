/* Sub-fields of an isofieldpackager: one after the other, by a bitmap, or by tags. */
#include "import/jpos.h"

#include <stdio.h>

enum inner {
    INNER_GENERIC,
    INNER_SUB,
    INNER_BASE1,
    INNER_TAGGED,
    INNER_MAPPED,
    INNER_BER,
    INNER_WHOLE
};

static const struct {
    const char *name; /* behind "org.jpos." */
    enum inner inner;
} packagers[] = {
    {"iso.packager.GenericPackager", INNER_GENERIC},
    {"iso.packager.GenericSubFieldPackager", INNER_SUB},
    {"iso.packager.Base1SubFieldPackager", INNER_BASE1},
    {"iso.packager.EuroSubFieldPackager", INNER_TAGGED},
    {"iso.packager.GenericTaggedFieldsPackager", INNER_MAPPED},
    {"tlv.packager.bertlv.BERTLVBinaryPackager", INNER_BER},
    {"tlv.packager.bertlv.DefaultICCBERTLVPackager", INNER_BER},
};

/* Packagers that jPOS has, whose fields are taken as a whole, and why. */
static const struct {
    const char *name, *reason;
} whole[] = {
    {"DatasetPackager", "records with a bitmap of 16-bit words"},
    {"ICCDataPackager", "BER-TLV without an envelope; say BERTLVBinaryPackager"},
    {"BERTLVAsciiHexPackager", "BER-TLV as hex text"},
    {"BERTLVEbcdicHexPackager", "BER-TLV as hex text"},
    {"TaggedSequencePackager", "its tags are not in the file"},
    {"BinaryHexTaggedSequencePackager", "its tags are not in the file"},
    {"CTCSubFieldPackager", "a layout of its own"},
    {"CTCSubElementPackager", "a layout of its own"},
    {"GICCSubFieldPackager", "a layout of its own"},
    {"MasterCardEBCDICSubFieldPackager", "a layout of its own"},
};

static const char *reason_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof whole / sizeof whole[0]; i++)
        if (strncmp(name, "org.jpos.", 9) == 0 && strcmp(dot + 1, whole[i].name) == 0)
            return whole[i].reason;
    return NULL;
}

static enum inner inner_of(struct jpos *jpos, struct xml_element *element)
{
    const char *name = jpos_want(jpos, element, "packager");
    if (name == NULL)
        return INNER_SUB;
    for (size_t i = 0; i < sizeof packagers / sizeof packagers[0]; i++)
        if (strncmp(name, "org.jpos.", 9) == 0 && strcmp(name + 9, packagers[i].name) == 0)
            return packagers[i].inner;
    if (reason_of(name) != NULL)
        return INNER_WHOLE;
    jpos_fault(jpos, element, RESULT_INPUT, "unknown packager %.100s", name);
    return INNER_SUB;
}

static const struct jpos_class *peek_class(struct xml_element *element)
{
    const char *name = element != NULL ? xml_attribute_find(element, "class") : NULL;
    return name != NULL ? jpos_class_find(name) : NULL;
}

static bool is_bitmap(struct xml_element *element)
{
    const struct jpos_class *class = peek_class(element);
    return class != NULL && class->kind == JPOS_BITMAP;
}

static void take_key(struct model_field *field, int id)
{
    snprintf(field->key, sizeof field->key, "%d", id);
}

/* --- the bytes around ------------------------------------------------------------------------- */

/* Bytes that are not looked into: the same on the wire, but that nothing inside has a name. */
static void take_whole(struct jpos *jpos, struct xml_element *element,
                       const struct jpos_class *class, const char *reason,
                       struct model_field *field)
{
    static const char *const known[] = {"emitBitmap",   "bitmapField",   "firstField",
                                        "headerLength", "maxValidField", "tagMapper",
                                        "tagSize",      "lenSize",       "swapTagAndLen"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        (void)xml_attribute_find(element, known[i]);
    if (strcmp(field->content, "ans") == 0) {
        field->content = "b";
        field->pad = 0x20;
    }
    if (strcmp(class->encoding, "ebcdic") == 0)
        field->encoding = "ebcdic";
    model_note(jpos->model, field, element->line, "its sub-fields are not described: %s", reason);
}

static bool can_hold_parts(const struct jpos_class *class, enum jpos_around around)
{
    bool text = class->kind == JPOS_TEXT || class->kind == JPOS_NUMBER || class->kind == JPOS_REST;
    bool raw = strcmp(class->encoding, "binary") == 0;
    if ((class->flags & (JPOS_FILLED | JPOS_COUNTS_NIBBLES | JPOS_COUNTS_BYTES)) != 0 ||
        around == JPOS_AROUND_BCD)
        return false;
    if (strcmp(class->encoding, "ascii") == 0 || raw)
        return text || class->kind == JPOS_BYTES;
    return text && around == JPOS_AROUND_RAW && strcmp(class->encoding, "overpunch") != 0;
}

/* The field's own class says how its bytes lie; its content is that of the sub-fields. */
static enum jpos_around open_field(const struct jpos_class *class, enum jpos_around around,
                                   struct model_field *field)
{
    field->has_pad = false;
    if (strcmp(class->encoding, "bcd") == 0) {
        field->content = "n";
        return JPOS_AROUND_BCD;
    }
    field->content = "b";
    field->encoding = NULL;
    return strcmp(class->encoding, "ebcdic") == 0 ? JPOS_AROUND_EBCDIC : around;
}

/* --- one after the other ---------------------------------------------------------------------- */

static unsigned size_of(const struct model_field *field)
{
    bool hex = field->encoding != NULL && (strcmp(field->encoding, "bcd") == 0);
    unsigned sign = strcmp(field->content, "x+n") == 0 ? 1 : 0;
    return hex ? sign + (field->max - sign + 1) / 2 : field->max;
}

/* A fixed field whose sub-fields do not fill it: jPOS pads it, and drops the padding. */
static void add_filling(struct jpos *jpos, struct xml_element *element,
                        const struct jpos_class *class, enum jpos_around around,
                        struct model_field *field)
{
    unsigned used = 0;
    for (const struct model_field *child = field->child; child != NULL; child = child->next) {
        if (!child->is_fixed)
            return;
        used += around == JPOS_AROUND_BCD ? child->max : size_of(child);
    }
    if (!field->is_fixed || used >= field->max)
        return;
    struct model_field *filling = model_make_field(jpos->model, jpos->fault);
    if (filling == NULL || class->kind != JPOS_TEXT) {
        jpos_fault(jpos, element, filling == NULL ? RESULT_LIMIT : RESULT_INPUT,
                   "the sub-fields have %u of the field's %u bytes", used, field->max);
        return;
    }
    filling->content = "ans";
    filling->encoding = around == JPOS_AROUND_EBCDIC ? "ebcdic" : NULL;
    filling->is_fixed = filling->has_pad = filling->pad_right = true;
    filling->pad = ' ';
    filling->max = field->max - used;
    snprintf(filling->key, sizeof filling->key, "filling");
    model_append(field, filling);
    model_note(jpos->model, filling, element->line,
               "the sub-fields have %u of %u bytes; jPOS fills the rest with blanks", used,
               field->max);
}

static void convert_positional(struct jpos *jpos, struct xml_element *element,
                               const struct jpos_class *class, struct jpos_list *list,
                               enum jpos_around around, enum inner inner, unsigned depth,
                               struct model_field *field)
{
    bool first = true;
    field->layout = MODEL_POSITIONAL;
    for (int id = 0; id <= JPOS_ID_MAX && jpos->result == RESULT_OK; id++) {
        struct model_field *child = NULL;
        if (list->of[id] == NULL)
            continue;
        jpos_convert(jpos, list->of[id], around, depth + 1, &child);
        if (child == NULL)
            continue;
        take_key(child, id);
        /* jPOS reads until the bytes run out. */
        child->is_optional = !first && inner != INNER_GENERIC && !field->is_fixed;
        first = false;
        model_append(field, child);
    }
    if (jpos->result == RESULT_OK)
        add_filling(jpos, element, class, around, field);
}

/* --- by a bitmap ------------------------------------------------------------------------------ */

static void convert_bitmapped(struct jpos *jpos, struct jpos_list *list, int bitmap,
                              enum jpos_around around, unsigned depth, struct model_field *field)
{
    struct xml_element *element = list->of[bitmap];
    const struct jpos_class *class = jpos_class_of(jpos, element);
    int length = jpos_want_int(jpos, element, "length", 1, 24);
    (void)xml_attribute_find(element, "id");
    (void)xml_attribute_find(element, "name");
    (void)jpos_bool(jpos, element, "pad", false);
    jpos_end(jpos, element);
    if (around != JPOS_AROUND_RAW)
        jpos_fault(jpos, element, RESULT_INPUT, "a bitmap inside an EBCDIC or BCD field");
    if (jpos->result != RESULT_OK)
        return;
    list->of[bitmap] = NULL;
    field->layout = MODEL_BITMAPPED;
    field->is_chained = length == 16 || length == 24;
    field->bitmap_bytes = field->is_chained ? 8 : (unsigned)length;
    field->bitmap_encoding = strcmp(class->encoding, "binary") == 0 ? NULL : class->encoding;
    for (int id = 0; id <= JPOS_ID_MAX && jpos->result == RESULT_OK; id++) {
        struct model_field *child = NULL;
        if (list->of[id] == NULL)
            continue;
        if (id == 0 || id > length * 8 || (field->is_chained && id % 64 == 1)) {
            model_note(jpos->model, NULL, list->of[id]->line,
                       "sub-field %d left out: it has no bit of its own", id);
            continue;
        }
        jpos_convert(jpos, list->of[id], around, depth + 1, &child);
        if (child == NULL)
            continue;
        take_key(child, id);
        model_append(field, child);
    }
}

/* --- by tags ---------------------------------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_prefix(const struct model_prefix *a, const struct model_prefix *b)
{
    return a->digits == b->digits && a->bytes == b->bytes && is_same(a->encoding, b->encoding) &&
           is_same(a->counts, b->counts) && a->inclusive == b->inclusive &&
           a->with_tag == b->with_tag && a->is_ber == b->is_ber;
}

/* "7" as two digits is "07"; or what the attribute `token` says. */
static void take_tag(struct jpos *jpos, struct xml_element *element, const struct jpos_class *class,
                     int id, struct model_field *child, unsigned *width)
{
    const char *token = xml_attribute_find(element, "token");
    *width = class->tag_width;
    if ((class->flags & JPOS_TOKEN_TAG) != 0) {
        if (token == NULL || strlen(token) == 0 || strlen(token) > 8 ||
            strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(token)) {
            jpos_fault(jpos, element, RESULT_INPUT,
                       "token: expected a tag of 1 to 8 upper-case letters or digits, got `%.40s`",
                       token != NULL ? token : "");
            return;
        }
        *width = (unsigned)strlen(token);
        snprintf(child->key, sizeof child->key, "%s", token);
        return;
    }
    int len = snprintf(child->key, sizeof child->key, "%0*d", (int)*width, id);
    if (len != (int)*width)
        jpos_fault(jpos, element, RESULT_INPUT, "field %d as a tag of %u digits", id, *width);
}

/* What tag and length look like comes from the first; the others must be alike. */
static void join_tagged(struct jpos *jpos, const struct xml_element *element,
                        const struct model_prefix *tag, bool length_first,
                        struct model_field *field)
{
    if (field->child == NULL) {
        field->tag = *tag;
        field->is_length_first = length_first;
    } else if (!is_same_prefix(&field->tag, tag) || field->is_length_first != length_first) {
        jpos_fault(jpos, element, RESULT_INPUT,
                   "its tag is written otherwise than that of the fields before it");
    }
}

/* Lengths that are all written alike belong to the layout: tags that the packager has not can then
 * be read too, as jPOS does. */
static void share_length(struct jpos *jpos, const struct xml_element *element, bool is_closed,
                         struct model_field *field)
{
    bool same = field->child != NULL;
    for (const struct model_field *child = field->child; child != NULL; child = child->next)
        same = same && child->prefix.digits + child->prefix.bytes > 0 &&
               is_same_prefix(&child->prefix, &field->child->prefix);
    field->is_closed = is_closed || !same;
    if (field->is_length_first && !same) {
        jpos_fault(jpos, element, RESULT_INPUT,
                   "the lengths of these fields are written in different ways");
        return;
    }
    if (!same)
        return;
    field->size = field->child->prefix;
    for (struct model_field *child = field->child; child != NULL; child = child->next)
        child->prefix = (struct model_prefix){0};
}

static void convert_tagged(struct jpos *jpos, struct xml_element *element, struct jpos_list *list,
                           int first, enum jpos_around around, bool is_closed, unsigned depth,
                           struct model_field *field)
{
    field->layout = MODEL_TLV;
    for (int id = first; id <= JPOS_ID_MAX && jpos->result == RESULT_OK; id++) {
        struct model_field *child = NULL;
        struct xml_element *at = list->of[id];
        const struct jpos_class *class = peek_class(at);
        if (at == NULL)
            continue;
        if (class != NULL && class->tag == NULL && class->kind != JPOS_NOTHING &&
            class->kind != JPOS_UNUSED) {
            jpos_fault(jpos, at, RESULT_INPUT,
                       "class org.jpos.%s writes no tag, as the fields beside it do", class->name);
            return;
        }
        if (class != NULL && (class->flags & JPOS_MAPPED_TAG) != 0 && !is_closed)
            jpos_fault(jpos, at, RESULT_INPUT,
                       "class org.jpos.%s: expected it inside a GenericTaggedFieldsPackager",
                       class->name);
        jpos_convert(jpos, at, around, depth + 1, &child);
        if (child == NULL)
            continue;
        struct model_prefix tag = {.encoding =
                                       strcmp(class->tag, "ascii") == 0 ? NULL : class->tag};
        if (around == JPOS_AROUND_EBCDIC)
            tag.encoding = "ebcdic";
        take_tag(jpos, at, class, id, child, &tag.digits);
        join_tagged(jpos, at, &tag, (class->flags & JPOS_LENGTH_FIRST) != 0, field);
        model_append(field, child);
    }
    if (jpos->result == RESULT_OK && field->child == NULL)
        jpos_fault(jpos, element, RESULT_INPUT, "no sub-field is left");
    if (jpos->result == RESULT_OK)
        share_length(jpos, element, is_closed, field);
}

/* A code in front of tagged fields: two positions, the second of them tagged. */
static void convert_led(struct jpos *jpos, struct xml_element *element, struct jpos_list *list,
                        int leader, enum jpos_around around, unsigned depth,
                        struct model_field *field)
{
    struct model_field *code = NULL, *rest = model_make_field(jpos->model, jpos->fault);
    jpos_convert(jpos, list->of[leader], around, depth + 1, &code);
    if (code == NULL || rest == NULL) {
        jpos_fault(jpos, element, RESULT_LIMIT, "too many fields");
        return;
    }
    take_key(code, leader);
    model_note(jpos->model, code, list->of[leader]->line,
               "jPOS leaves it out when no letter or blank stands there; here it must be there");
    list->of[leader] = NULL;
    field->layout = MODEL_POSITIONAL;
    model_append(field, code);
    snprintf(rest->key, sizeof rest->key, "elements");
    rest->content = "b";
    rest->max = field->max > code->max ? field->max - code->max : 1;
    rest->is_optional = !field->is_fixed;
    model_append(field, rest);
    convert_tagged(jpos, element, list, leader + 1, around, false, depth + 1, rest);
}

static void check_mapper(struct jpos *jpos, struct xml_element *element)
{
    const char *mapper = jpos_want(jpos, element, "tagMapper");
    const char *dot = mapper != NULL ? strrchr(mapper, '.') : NULL;
    const char *last = dot != NULL ? dot + 1 : mapper;
    (void)jpos_int(jpos, element, "tagSize", 1, 8, 1);
    (void)jpos_int(jpos, element, "lenSize", 1, 6, 1);
    (void)xml_attribute_find(element, "swapTagAndLen");
    if (last != NULL && strcmp(last, "TTDecimalTagMapper") != 0 &&
        strcmp(last, "TTTDecimalTagMapper") != 0 && strcmp(last, "DecimalTagMapper") != 0)
        jpos_fault(jpos, element, RESULT_INPUT, "unknown tagMapper %.100s", mapper);
}

/* --- which of them ---------------------------------------------------------------------------- */

/* The number of the bitmap's field, -1: there is none. */
static int bitmap_of(struct jpos *jpos, struct xml_element *element, const struct jpos_list *list,
                     enum inner inner)
{
    bool emits = jpos_bool(jpos, element, "emitBitmap", true);
    int bitmap =
        jpos_int(jpos, element, "bitmapField", -1, JPOS_ID_MAX, inner == INNER_BASE1 ? 0 : 1);
    if (inner == INNER_BASE1)
        bitmap = 0;
    if (!emits || bitmap < 0)
        return -1;
    if (is_bitmap(list->of[bitmap]))
        return bitmap;
    if (inner == INNER_SUB || inner == INNER_GENERIC)
        model_note(jpos->model, NULL, element->line,
                   "sub-field %d is no bitmap: taken for emitBitmap=\"false\"", bitmap);
    return -1;
}

static void drop_below(struct jpos *jpos, struct jpos_list *list, int first)
{
    for (int id = 0; id < first; id++) {
        if (list->of[id] != NULL && !is_bitmap(list->of[id]))
            model_note(jpos->model, NULL, list->of[id]->line,
                       "sub-field %d is below firstField %d, and never on the wire", id, first);
        list->of[id] = NULL;
    }
}

/* The first field; it, or the one behind it, tells how all of them are found. */
static void convert_list(struct jpos *jpos, struct xml_element *element,
                         const struct jpos_class *class, struct jpos_list *list,
                         enum jpos_around around, enum inner inner, unsigned depth,
                         struct model_field *field)
{
    int first = 0, second = 0;
    while (first < JPOS_ID_MAX && list->of[first] == NULL)
        first++;
    second = first + 1;
    while (second <= JPOS_ID_MAX && list->of[second] == NULL)
        second++;
    const struct jpos_class *one = peek_class(list->of[first]);
    const struct jpos_class *two = second <= JPOS_ID_MAX ? peek_class(list->of[second]) : NULL;
    if (list->of[first] == NULL)
        jpos_fault(jpos, element, RESULT_INPUT, "no sub-fields: say isofield");
    else if (one != NULL && (one->flags & JPOS_LEADER) != 0 && two != NULL && two->tag != NULL)
        convert_led(jpos, element, list, first, around, depth, field);
    else if (one != NULL && one->tag != NULL)
        convert_tagged(jpos, element, list, first, around, inner == INNER_MAPPED, depth, field);
    else if (inner == INNER_MAPPED)
        jpos_fault(jpos, list->of[first], RESULT_INPUT, "expected a class that writes a tag");
    else
        convert_positional(jpos, element, class, list, around, inner, depth, field);
}

/* NULL: the sub-fields can be said. */
static const char *why_whole(struct jpos *jpos, struct xml_element *element,
                             const struct jpos_class *class, enum jpos_around around,
                             enum inner inner, const struct jpos_list *list)
{
    const char *swaps = xml_attribute_find(element, "swapTagAndLen");
    if (inner == INNER_WHOLE)
        return reason_of(xml_attribute_find(element, "packager"));
    if (!can_hold_parts(class, around))
        return "their bytes are written once more by the field around them";
    if (jpos_int(jpos, element, "headerLength", 0, MODEL_LEN_MAX, 0) > 0)
        return "a header stands in front of them";
    if (inner == INNER_MAPPED && swaps != NULL && strcmp(swaps, "true") == 0)
        return "swapTagAndLen: whether the length counts the tag is not said";
    if (inner == INNER_GENERIC && list->of[0] != NULL && !is_bitmap(list->of[0]))
        return "a message with a type of its own";
    return NULL;
}

void jpos_convert_parts(struct jpos *jpos, struct xml_element *element,
                        const struct jpos_class *class, enum jpos_around around, unsigned depth,
                        struct model_field *field)
{
    struct jpos_list list = {{NULL}};
    enum inner inner = inner_of(jpos, element);
    if (jpos->result == RESULT_OK && inner != INNER_WHOLE)
        jpos_take_list(jpos, element, &list);
    if (jpos->result != RESULT_OK)
        return;
    const char *reason = why_whole(jpos, element, class, around, inner, &list);
    if (reason != NULL) {
        take_whole(jpos, element, class, reason, field);
        return;
    }
    around = open_field(class, around, field);
    int bitmap = bitmap_of(jpos, element, &list, inner);
    bool nested = list.of[0] != NULL && strcmp(list.of[0]->name, "isofieldpackager") == 0;
    int usual = nested ? 0 : is_bitmap(list.of[1]) && inner != INNER_BASE1 ? 2 : 1;
    int first = jpos_int(jpos, element, "firstField", 0, JPOS_ID_MAX, usual);
    if (jpos_int(jpos, element, "maxValidField", 0, INT32_MAX, -1) >= 0)
        model_note(jpos->model, NULL, element->line, "maxValidField does nothing, in jPOS too");
    if (inner == INNER_MAPPED)
        check_mapper(jpos, element);
    if (jpos->result != RESULT_OK)
        return;
    if (inner == INNER_BER) {
        field->layout = MODEL_BER;
        field->no_padding = true;
        if (element->child != NULL)
            model_note(jpos->model, field, element->line,
                       "the sub-fields are not imported: BER-TLV names them by their tags");
        return;
    }
    struct xml_element *own = bitmap >= 0 ? list.of[bitmap] : NULL;
    drop_below(jpos, &list, first);
    if (own != NULL) {
        list.of[bitmap] = own;
        convert_bitmapped(jpos, &list, bitmap, around, depth, field);
    } else {
        convert_list(jpos, element, class, &list, around, inner, depth, field);
    }
}
