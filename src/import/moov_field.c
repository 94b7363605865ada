/* One field of a moov spec: type, encoding, length and padding, in the words of our specs. */
#include "import/moov.h"

#include <stdio.h>

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* What an encoding makes of a value. `each`: our units for each that moov counts. */
struct shape {
    const char *name; /* of moov's encoding */
    bool is_bytes;
    const char *encoding; /* ours; NULL: the usual one */
    unsigned each;
    bool right; /* bcd: an odd digit is filled on this side */
};

static const struct shape shapes[] = {
    {"ASCII", false, NULL, 1, false},      {"EBCDIC", false, "ebcdic", 1, false},
    {"BCD", false, "bcd", 1, false},       {"EBCDIC1047", false, "ebcdic", 1, false},
    {"LBCD", false, "bcd", 1, true},       {"Binary", true, NULL, 1, false},
    {"HexToASCII", true, "hex", 2, false}, {"ASCIIToHex", true, NULL, 1, false},
};

static const struct shape *shape_of(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (is(name, shapes[i].name))
            return &shapes[i];
    return NULL;
}

static const char *content_of(const char *type, const struct shape *shape)
{
    bool bcd = is(shape->encoding, "bcd");
    bool track = is(type, "Track2") || is(type, "Track3");
    if (shape->is_bytes && is(shape->name, "Binary") && is(type, "Numeric"))
        return "n"; /* the digits as they are */
    if (shape->is_bytes)
        return "b";
    if (track)
        return "z";
    return bcd || is(type, "Numeric") ? "n" : "ans";
}

static unsigned ten_to(unsigned digits)
{
    unsigned value = 1;
    while (digits-- > 0)
        value *= 10;
    return value;
}

bool moov_prefix(struct moov *moov, struct node *node, const char *text,
                 struct model_prefix *prefix, unsigned *most)
{
    static const struct {
        const char *name, *encoding;
    } kinds[] = {{"ASCII.", NULL},      {"BCD.", "bcd"},   {"Hex.", "hex"},
                 {"EBCDIC.", "ebcdic"}, {"Binary.", NULL}, {"EBCDIC1047.", "ebcdic"}};
    *prefix = (struct model_prefix){0};
    *most = MODEL_LEN_MAX;
    if (is(text, "None.Fixed"))
        return false;
    if (is(text, "BerTLV")) {
        prefix->is_ber = true;
        return true;
    }
    for (size_t i = 0; text != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].name);
        if (strncmp(text, kinds[i].name, len) != 0)
            continue;
        if (strcmp(text + len, "Fixed") == 0)
            return false;
        unsigned width = (unsigned)strspn(text + len, "L");
        if (width == 0 || width > 4 || text[len + width] != '\0')
            break;
        bool binary = is(kinds[i].name, "Binary."), hex = is(kinds[i].encoding, "hex");
        if (hex && width == 4) {
            moov_fault(moov, node, RESULT_INPUT, "prefix Hex.LLLL: a length of 8 hex digits");
            return false;
        }
        prefix->digits = binary ? 0 : hex ? 2 * width : width;
        prefix->bytes = binary ? width : 0;
        prefix->encoding = kinds[i].encoding;
        unsigned bits = 8 * width;
        *most = !binary && !hex ? ten_to(width) - 1 : bits >= 16 ? 65535 : 255;
        return true;
    }
    moov_fault(moov, node, RESULT_INPUT, "%s %.40s", text != NULL ? "unknown prefix" : "no prefix",
               text != NULL ? text : "");
    return false;
}

static void take_padding(struct moov *moov, struct node *node, struct model_field *field)
{
    struct node *padding = moov_find(node, "padding");
    if (padding == NULL)
        return;
    const char *type = moov_text(moov, padding, "type"), *pad = moov_text(moov, padding, "pad");
    moov_end(moov, padding);
    bool left = is(type, "Left"), right = is(type, "Right");
    if (is(type, "None") || moov->result != RESULT_OK)
        return;
    if ((!left && !right) || pad == NULL || strlen(pad) != 1 || (uint8_t)pad[0] < 0x20 ||
        (uint8_t)pad[0] >= 0x7F) {
        model_note(moov->model, field, padding->line,
                   "its padding is not known (type %.20s), and moov ignores it",
                   type != NULL ? type : "missing");
        return;
    }
    if (is(field->content, "b")) {
        model_note(moov->model, field, padding->line, "its padding is left out: these are bytes");
        return;
    }
    if (is(field->encoding, "bcd") && (pad[0] < '0' || pad[0] > '9')) {
        model_note(moov->model, field, padding->line, "its padding is left out: it is no digit");
        return;
    }
    if (!field->is_fixed) {
        model_note(moov->model, field, padding->line,
                   "moov pads it up to its length when it writes; here it goes as it is");
        return;
    }
    field->has_pad = true;
    field->pad_right = right;
    field->pad = (uint8_t)pad[0];
}

static void take_length(struct moov *moov, struct node *node, unsigned each,
                        struct model_field *field)
{
    unsigned most = 0, length = moov_number(moov, node, "length", 9999999);
    bool varies = moov_prefix(moov, node, moov_text(moov, node, "prefix"), &field->prefix, &most);
    if (moov->result != RESULT_OK)
        return;
    most = most < MODEL_LEN_MAX / each ? most : MODEL_LEN_MAX / each;
    if (varies && (length > most || length == 0)) {
        if (length > most)
            model_note(moov->model, field, node->line, "length %u, but there is room for %u",
                       length, most);
        length = most;
    }
    if (length == 0 || length > most) {
        moov_fault(moov, node, RESULT_INPUT, "length: expected 1 to %u, got %u", most, length);
        return;
    }
    field->is_fixed = !varies;
    field->max = length * each;
    if (varies && each > 1)
        field->prefix.counts = "bytes";
}

static void convert_leaf(struct moov *moov, struct node *node, const char *type,
                         struct model_field *field)
{
    const char *name = moov_text(moov, node, "enc");
    const struct shape *shape = shape_of(name);
    if (shape == NULL) {
        moov_fault(moov, node, RESULT_INPUT, "%s %.40s",
                   name != NULL ? "unknown enc" : "enc is missing", name != NULL ? name : "");
        return;
    }
    field->content = content_of(type, shape);
    field->encoding = is(field->content, "b") || !shape->is_bytes ? shape->encoding : NULL;
    if (is(shape->encoding, "bcd")) {
        field->has_odd = true;
        field->odd_right = shape->right;
        field->fill = '0';
    }
    take_length(moov, node, shape->each, field);
    if (moov->result != RESULT_OK)
        return;
    if (field->is_fixed && field->max % 2 == 0) {
        field->has_odd = false; /* no digit is ever odd */
        field->fill = 0;
    }
    if (is(shape->name, "ASCIIToHex"))
        model_note(
            moov->model, field, node->line,
            "moov counts its hex digits when it writes, its bytes when it reads; here bytes");
    if (is(type, "Track2") && is(shape->encoding, "bcd"))
        model_note(moov->model, field, node->line,
                   "a track in BCD: D between number and date, which moov's BCD refuses");
    take_padding(moov, node, field);
    if (moov_find(node, "bitmap") != NULL || moov_find(node, "tag") != NULL)
        model_note(moov->model, field, node->line,
                   "tag and bitmap do nothing in a field without sub-fields");
}

void moov_convert(struct moov *moov, struct node *node, unsigned de, struct model_field **out)
{
    static const char *const types[] = {"String", "Numeric", "Binary", "Hex",
                                        "Track1", "Track2",  "Track3"};
    *out = NULL;
    if (node->kind != NODE_MAP) {
        moov_fault(moov, node, RESULT_INPUT, "expected an object");
        return;
    }
    struct model_field *field = model_make_field(moov->model, moov->fault);
    if (field == NULL) {
        moov->result = RESULT_LIMIT;
        return;
    }
    const char *type = moov_text(moov, node, "type");
    const char *name = moov_text(moov, node, "description");
    struct node *subfields = moov_find(node, "subfields");
    bool known = is(type, "Composite");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        known = known || is(type, types[i]);
    if (name != NULL)
        field->name = model_keep(moov->model, name, MODEL_TITLE_MAX);
    if (!known)
        moov_fault(moov, node, RESULT_INPUT, "%s %.40s%s",
                   type != NULL ? "unknown type" : "type is missing", type != NULL ? type : "",
                   is(type, "Bitmap") && de > 1 ? ": a bitmap stands in field 1 or in a Composite"
                                                : "");
    else if (is(type, "Composite") || subfields != NULL) {
        if (!is(type, "Composite"))
            moov_fault(moov, node, RESULT_INPUT, "subfields in a field of type %s", type);
        else {
            field->content = "b";
            take_length(moov, node, 1, field);
            if (moov->result == RESULT_OK)
                moov_convert_parts(moov, node, field);
        }
    } else
        convert_leaf(moov, node, type, field);
    (void)moov_find(node, "disableAutoExpand"); /* of a bitmap only */
    moov_end(moov, node);
    if (moov->result == RESULT_OK)
        *out = field;
}
