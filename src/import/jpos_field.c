/* One field of a packager: what its class writes, in the words of our specs. */
#include "import/jpos.h"

#include <stdio.h>
#include <strings.h>

static const char *contents_of(const struct jpos_class *class)
{
    switch (class->kind) {
    case JPOS_NUMBER:
        return "n";
    case JPOS_AMOUNT:
        return "x+n";
    case JPOS_BYTES:
    case JPOS_NIBBLES:
    case JPOS_BITMAP:
        return "b";
    case JPOS_REST:
        return strcmp(class->encoding, "binary") == 0 ? "b" : "ans";
    default:
        return "ans";
    }
}

/* Track 2 and 3 are numbers with separators. */
static bool is_track(struct xml_element *element)
{
    const char *name = xml_attribute_find(element, "name");
    const char *id = xml_attribute_find(element, "id");
    bool numbered = element->parent != NULL && element->parent->parent == NULL && id != NULL &&
                    (strcmp(id, "35") == 0 || strcmp(id, "36") == 0);
    if (name != NULL)
        for (const char *at = name; *at != '\0'; at++)
            if (strncasecmp(at, "track", 5) == 0)
                return true;
    return numbered;
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* Content and encoding; what our specs take by default is not said. */
static void shape_content(struct jpos *jpos, struct xml_element *element,
                          const struct jpos_class *class, struct model_field *field)
{
    const char *encoding = class->encoding;
    field->content = contents_of(class);
    if (is(field->content, "n") && !is(encoding, "overpunch") && class->prefix != NULL &&
        is_track(element)) {
        field->content = "z";
        model_note(jpos->model, field, element->line,
                   "a track: digits and its separators, where the class says digits");
    }
    bool text = is(encoding, "ascii") || is(encoding, "ebcdic");
    if (jpos->model->is_compat && text && !is(field->content, "b") &&
        (class->flags & JPOS_CURRENCY) == 0)
        field->content = "ans";
    field->encoding = is(encoding, "ascii") || is(encoding, "binary") ? NULL : encoding;
}

static void shape_odd(struct jpos *jpos, struct xml_element *element,
                      const struct jpos_class *class, struct model_field *field)
{
    bool left = jpos_bool(jpos, element, "pad", false);
    if (!is(class->encoding, "bcd") || (class->kind == JPOS_BYTES))
        return;
    field->has_odd = true;
    field->odd_right = !left || (class->flags & JPOS_ALWAYS_RIGHT) != 0;
    field->fill = field->odd_right && (class->flags & JPOS_FILL_F) != 0 ? 'F' : '0';
}

/* Fields of fixed length are filled up. */
static void shape_pad(const struct jpos_class *class, struct model_field *field)
{
    bool filled = (class->flags & JPOS_FILLED) != 0;
    if ((class->prefix != NULL && !filled) || class->kind == JPOS_AMOUNT ||
        (class->flags & JPOS_CURRENCY) != 0 || class->kind == JPOS_BITMAP ||
        is(class->encoding, "overpunch") || (class->kind == JPOS_BYTES && !filled))
        return;
    bool zeros = class->kind == JPOS_NUMBER || class->kind == JPOS_NIBBLES;
    field->has_pad = true;
    field->pad_right = !zeros || filled;
    field->pad = class->kind == JPOS_BYTES ? 0 : zeros && !filled ? '0' : ' ';
}

static unsigned ten_to(unsigned digits)
{
    unsigned value = 1;
    while (digits-- > 0)
        value *= 10;
    return value;
}

/* The largest number that the length can say. */
static unsigned prefix_max(const struct jpos_class *class)
{
    if (is(class->prefix, "binary"))
        return class->width == 1 ? 255 : 65535;
    return ten_to(class->width) - 1;
}

/* Units of ours for each that the packager's `length` counts. */
static unsigned units_each(const struct jpos_class *class)
{
    bool hex = is(class->encoding, "hex") || is(class->encoding, "ebcdic-hex");
    return hex || (class->kind == JPOS_BYTES && is(class->encoding, "bcd")) ? 2 : 1;
}

static void shape_prefix(struct jpos *jpos, struct xml_element *element,
                         const struct jpos_class *class, struct model_field *field)
{
    struct model_prefix *prefix = &field->prefix;
    bool binary = is(class->prefix, "binary");
    prefix->digits = binary ? 0 : class->width;
    prefix->bytes = binary ? class->width : 0;
    prefix->encoding = binary || is(class->prefix, "ascii") ? NULL : class->prefix;
    prefix->counts = (class->flags & JPOS_COUNTS_BYTES) != 0     ? "bytes"
                     : (class->flags & JPOS_COUNTS_NIBBLES) != 0 ? "nibbles"
                                                                 : NULL;
    prefix->filled = (class->flags & JPOS_FILLED) != 0;
    prefix->with_tag = (class->flags & JPOS_LENGTH_FIRST) != 0;
    prefix->inclusive = jpos_bool(jpos, element, "inclusive", false);
    if (prefix->inclusive && !binary)
        jpos_fault(jpos, element, RESULT_INPUT, "inclusive: expected a class with a binary length");
}

static void shape_length(struct jpos *jpos, struct xml_element *element,
                         const struct jpos_class *class, struct model_field *field)
{
    unsigned length = (unsigned)jpos_want_int(jpos, element, "length", 0, 9999999);
    unsigned each = units_each(class), most = MODEL_LEN_MAX / each;
    if (jpos->result != RESULT_OK)
        return;
    if (length == 0) {
        jpos_fault(jpos, element, RESULT_INPUT, "length 0: nothing can be written");
        return;
    }
    if ((class->flags & JPOS_CURRENCY) != 0 && length < 12)
        jpos_fault(jpos, element, RESULT_INPUT,
                   "length %u: currency, decimals and amount are 12 digits at least", length);
    if (class->prefix != NULL) {
        shape_prefix(jpos, element, class, field);
        unsigned can = prefix_max(class);
        if (is(class->encoding, "bcd") && class->kind == JPOS_BYTES)
            can /= 2; /* nibbles */
        else if ((class->flags & JPOS_COUNTS_BYTES) != 0 && is(class->encoding, "bcd"))
            can *= 2;
        else if ((class->flags & JPOS_COUNTS_NIBBLES) != 0)
            can -= can % 2;
        can -= field->prefix.inclusive ? field->prefix.bytes : 0;
        can -= field->prefix.with_tag ? class->tag_width : 0;
        most = can < most ? can : most;
    }
    if (length > most && (class->prefix != NULL || class->kind >= JPOS_ENDED)) {
        model_note(jpos->model, field, element->line, "length %u, but %s %u at most", length,
                   most == MODEL_LEN_MAX / each ? "a message has room for" : "the prefix can say",
                   most);
        length = most;
    }
    if (length > most)
        jpos_fault(jpos, element, RESULT_INPUT, "length %u: a message has room for %u", length,
                   most);
    unsigned sign = class->kind == JPOS_AMOUNT ? 1 : 0;
    field->is_fixed =
        class->prefix == NULL && class->kind != JPOS_ENDED && class->kind != JPOS_REST;
    field->max = length * each;
    if (field->is_fixed && (field->max - sign) % 2 == 0) {
        field->has_odd = false; /* no digit is ever odd */
        field->fill = 0;
    }
}

/* A field that is trimmed takes what is left; its end is a character. */
static void shape_end(struct jpos *jpos, struct xml_element *element,
                      const struct jpos_class *class, struct model_field *field)
{
    const char *token = xml_attribute_find(element, "token");
    bool trimmed = jpos_bool(jpos, element, "trim", false);
    if (class->kind == JPOS_ENDED) {
        bool slash = token == NULL && strstr(class->name, "FST") != NULL;
        if (slash)
            token = "\\";
        if (token == NULL || strlen(token) != 1 || token[0] < 0x20) {
            jpos_fault(jpos, element, RESULT_INPUT,
                       "token: expected one character that ends the field, got `%.40s`",
                       token != NULL ? token : "");
            return;
        }
        field->ends = true;
        field->ends_with = (uint8_t)token[0];
    }
    if (trimmed && class->prefix == NULL && class->kind == JPOS_TEXT && field->is_fixed) {
        field->is_fixed = false;
        field->has_pad = false;
    }
}

/* Characters around are EBCDIC: those inside that say ASCII are translated with them. */
static void turn_to_ebcdic(struct jpos *jpos, const struct xml_element *element,
                           const struct jpos_class *class, struct model_field *field)
{
    bool ascii =
        is(class->encoding, "ascii") && (class->prefix == NULL || is(class->prefix, "ascii"));
    bool raw = is(class->encoding, "binary") && class->prefix == NULL;
    bool raw_text =
        is(class->encoding, "binary") && class->prefix != NULL && is(class->prefix, "ascii");
    if (!ascii && !raw && !raw_text) {
        jpos_fault(jpos, element, RESULT_INPUT,
                   "class org.jpos.%s inside an EBCDIC field: its bytes would be translated twice",
                   class->name);
        return;
    }
    field->encoding = "ebcdic";
    if (class->prefix != NULL)
        field->prefix.encoding = "ebcdic";
}

static void turn_to_bcd(struct jpos *jpos, const struct xml_element *element,
                        const struct jpos_class *class, struct model_field *field)
{
    bool digits = is(class->encoding, "ascii") && class->prefix == NULL &&
                  (class->kind == JPOS_TEXT || class->kind == JPOS_NUMBER) && class->tag == NULL;
    if (!digits)
        jpos_fault(jpos, element, RESULT_INPUT,
                   "class org.jpos.%s inside a BCD field: expected digits of fixed length",
                   class->name);
    field->content = "n";
    field->encoding = NULL;
    field->has_pad = false;
}

void jpos_shape(struct jpos *jpos, struct xml_element *element, const struct jpos_class *class,
                enum jpos_around around, struct model_field *field)
{
    const char *name = xml_attribute_find(element, "name");
    if (name != NULL)
        field->name = model_keep(jpos->model, name, MODEL_TITLE_MAX);
    shape_content(jpos, element, class, field);
    shape_odd(jpos, element, class, field);
    shape_length(jpos, element, class, field);
    shape_pad(class, field);
    shape_end(jpos, element, class, field);
    if (jpos->result != RESULT_OK)
        return;
    if (is(field->content, "x+n") && field->max < 2)
        jpos_fault(jpos, element, RESULT_INPUT, "length 1: an amount is a sign and digits");
    if (around == JPOS_AROUND_EBCDIC)
        turn_to_ebcdic(jpos, element, class, field);
    else if (around == JPOS_AROUND_BCD)
        turn_to_bcd(jpos, element, class, field);
}

void jpos_convert(struct jpos *jpos, struct xml_element *element, enum jpos_around around,
                  unsigned depth, struct model_field **out)
{
    const struct jpos_class *class = jpos_class_of(jpos, element);
    *out = NULL;
    if (class == NULL)
        return;
    if (class->kind == JPOS_NOTHING || class->kind == JPOS_UNUSED) {
        if (class->kind == JPOS_NOTHING)
            model_note(jpos->model, NULL, element->line,
                       "field %s left out: class org.jpos.%s writes nothing",
                       xml_attribute_find(element, "id"), class->name);
        return;
    }
    struct model_field *field = model_make_field(jpos->model, jpos->fault);
    if (field == NULL) {
        jpos->result = RESULT_LIMIT;
        return;
    }
    jpos_shape(jpos, element, class, around, field);
    if (strcmp(element->name, "isofieldpackager") == 0)
        jpos_convert_parts(jpos, element, class, around, depth, field);
    if (depth == 0 && class->tag != NULL)
        jpos_fault(jpos, element, RESULT_INPUT,
                   "class org.jpos.%s writes a tag: expected it inside an isofieldpackager",
                   class->name);
    if (depth == 0 && !field->is_fixed && class->prefix == NULL && !field->ends) {
        model_note(jpos->model, field, element->line,
                   "it takes the rest of a message in jPOS; here it has its whole length");
        field->is_fixed = true;
    }
    jpos_end(jpos, element);
    if (jpos->result == RESULT_OK)
        *out = field;
}
