/* The spec as a whole: message type, bitmap, and its fields by number. */
#include "import/moov.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

void moov_fault(struct moov *moov, const struct node *at, enum result result, const char *format,
                ...)
{
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    if (moov->result != RESULT_OK)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    moov->result = fault_set(moov->fault, result, "%s:%u:%u: %s", moov->model->file, at->line,
                             at->column, text);
}

/* --- members ---------------------------------------------------------------------------------- */

struct node *moov_find(struct node *map, const char *key)
{
    for (struct node *at = map->kind == NODE_MAP ? map->child : NULL; at != NULL; at = at->next)
        if (strcasecmp(at->key, key) == 0) {
            at->used = true;
            return at->kind == NODE_NULL ? NULL : at;
        }
    return NULL;
}

const char *moov_text(struct moov *moov, struct node *map, const char *key)
{
    const struct node *node = moov_find(map, key);
    if (node != NULL && (node->kind != NODE_TEXT || memchr(node->text, '\0', node->len) != NULL)) {
        moov_fault(moov, node, RESULT_INPUT, "%s: expected a text", key);
        return NULL;
    }
    return node != NULL ? node->text : NULL;
}

unsigned moov_number(struct moov *moov, struct node *map, const char *key, unsigned most)
{
    const struct node *node = moov_find(map, key);
    unsigned value = 0;
    if (node == NULL)
        return 0;
    bool good = node->kind == NODE_TEXT && !node->quoted && node->len > 0 && node->len < 8;
    for (size_t i = 0; good && i < node->len; i++) {
        good = node->text[i] >= '0' && node->text[i] <= '9';
        value = value * 10 + (unsigned)(node->text[i] - '0');
    }
    if (good && value <= most)
        return value;
    moov_fault(moov, node, RESULT_INPUT, "%s: expected a number up to %u", key, most);
    return 0;
}

bool moov_bool(struct moov *moov, struct node *map, const char *key)
{
    const char *text = moov_text(moov, map, key);
    return text != NULL && strcmp(text, "true") == 0;
}

void moov_end(struct moov *moov, struct node *map)
{
    for (const struct node *at = map->kind == NODE_MAP ? map->child : NULL; at != NULL;
         at = at->next)
        if (!at->used)
            model_note(moov->model, NULL, at->key_line, "%.40s is not known, and moov ignores it",
                       at->key);
}

/* --- the front of a message ------------------------------------------------------------------- */

static void read_mti(struct moov *moov, struct node *root, struct node *node)
{
    struct model_field *field = NULL;
    if (node == NULL) {
        moov_fault(moov, root, RESULT_INPUT, "no field 0: a message type is needed");
        return;
    }
    moov_convert(moov, node, 0, &field);
    if (moov->result != RESULT_OK)
        return;
    const char *encoding = field->encoding != NULL ? field->encoding : "ascii";
    if (!field->is_fixed || field->max != 4 || field->layout != MODEL_LEAF ||
        strcmp(field->content, "b") == 0)
        moov_fault(moov, node, RESULT_INPUT,
                   "field 0: expected four digits of fixed length, as ASCII, BCD or EBCDIC");
    else
        moov->model->mti = encoding;
}

/* A block of 8 bytes announces the next by its first bit, as the standard has it. One of 16 is
 * always there as a whole, and would announce 16 more. */
static void read_bitmap(struct moov *moov, struct node *root, struct node *node)
{
    struct model *model = moov->model;
    const char *type = node != NULL ? moov_text(moov, node, "type") : NULL;
    if (node == NULL || type == NULL || strcmp(type, "Bitmap") != 0) {
        moov_fault(moov, node != NULL ? node : root, RESULT_INPUT,
                   "field 1: expected a field of type Bitmap");
        return;
    }
    unsigned length = moov_number(moov, node, "length", 64);
    bool is_fixed = moov_bool(moov, node, "disableAutoExpand");
    const char *encoding = moov_text(moov, node, "enc");
    (void)moov_text(moov, node, "description");
    (void)moov_text(moov, node, "prefix");
    (void)moov_find(node, "padding");
    moov_end(moov, node);
    length = length == 0 ? 8 : length;
    if (encoding == NULL)
        moov_fault(moov, node, RESULT_INPUT, "field 1: enc is missing");
    else if (strcmp(encoding, "HexToASCII") == 0)
        model->bitmap = "hex";
    else if (strcmp(encoding, "Binary") != 0)
        moov_fault(moov, node, RESULT_INPUT,
                   "field 1: expected enc Binary or HexToASCII, got %.40s", encoding);
    if (length != 8 && length != 16 && length != 24)
        moov_fault(moov, node, RESULT_INPUT, "field 1: a bitmap of %u bytes: expected 8, 16 or 24",
                   length);
    if (length != 8) {
        model->bitmaps = model->always = length / 8;
        if (!is_fixed)
            model_note(
                model, NULL, node->line,
                "a bitmap of length %u comes whole in every message, and its first bit would "
                "announce %u bytes more; most hosts mean 8, with the second announced",
                length, length);
    } else {
        model->bitmaps = is_fixed ? 1 : 2;
    }
}

/* --- fields ----------------------------------------------------------------------------------- */

/* -1: no number of an element. */
static int number_of(const char *key)
{
    int value = 0;
    size_t len = strlen(key);
    if (len == 0 || len > 3 || (len > 1 && key[0] == '0'))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (key[i] < '0' || key[i] > '9')
            return -1;
        value = value * 10 + (key[i] - '0');
    }
    return value <= ISO_DE_MAX ? value : -1;
}

static void take_numbers(struct moov *moov, struct node *fields, struct node *of[ISO_DE_MAX + 1])
{
    for (struct node *at = fields->child; at != NULL && moov->result == RESULT_OK; at = at->next) {
        int number = number_of(at->key);
        at->used = true;
        if (number < 0 && strncmp(at->key, "Field", 5) == 0)
            moov_fault(moov, at, RESULT_INPUT,
                       "`%.20s`: this is moov's legacy format, which moov itself no longer "
                       "reads: expected numbers as keys",
                       at->key);
        else if (number < 0)
            moov_fault(moov, at, RESULT_INPUT, "expected a number from 0 to %d as key, got `%.40s`",
                       ISO_DE_MAX, at->key);
        else if (at->kind != NODE_MAP)
            moov_fault(moov, at, RESULT_INPUT, "field %d: expected an object", number);
        else
            of[number] = at;
    }
}

static bool has_bit(struct moov *moov, const struct node *node, unsigned de)
{
    const struct model *model = moov->model;
    bool announces = model->always < 2 && model->bitmaps > 1 && de == 65;
    if (announces)
        model_note(moov->model, NULL, node->line,
                   "field 65 left out: moov takes its bit as the sign of a third bitmap");
    else if (de > model->bitmaps * 64 || de < 2)
        model_note(moov->model, NULL, node->line, "field %u left out: no bitmap has its bit", de);
    return !announces && de <= model->bitmaps * 64;
}

static void read_elements(struct moov *moov, struct node *of[ISO_DE_MAX + 1])
{
    struct model *model = moov->model;
    for (unsigned de = 129; de <= ISO_DE_MAX; de++)
        if (of[de] != NULL && model->always == 0 && model->bitmaps == 2)
            model->bitmaps = 3;
    for (unsigned de = 2; de <= ISO_DE_MAX && moov->result == RESULT_OK; de++) {
        struct model_field *field = NULL;
        if (of[de] == NULL || !has_bit(moov, of[de], de))
            continue;
        moov_convert(moov, of[de], de, &field);
        if (field == NULL)
            continue;
        snprintf(field->key, sizeof field->key, "%u", de);
        if (field->name == NULL) {
            char name[32];
            snprintf(name, sizeof name, "Data element %u", de);
            field->name = model_keep(model, name, sizeof name);
        }
        if (field->layout == MODEL_LEAF)
            field->mask = model_mask_of(de);
        model->elements[de] = field;
    }
}

static void read_root(struct moov *moov, struct node *root)
{
    struct node *of[ISO_DE_MAX + 1] = {NULL};
    struct node *fields = moov_find(root, "fields");
    const char *name = moov_text(moov, root, "name");
    if (name != NULL)
        moov->model->title = model_keep(moov->model, name, MODEL_TITLE_MAX);
    moov_end(moov, root);
    if (fields == NULL || fields->kind != NODE_MAP || fields->child == NULL) {
        moov_fault(moov, fields != NULL ? fields : root, RESULT_INPUT,
                   "expected an object `fields` with the fields by number");
        return;
    }
    take_numbers(moov, fields, of);
    if (moov->result == RESULT_OK)
        read_mti(moov, root, of[0]);
    if (moov->result == RESULT_OK)
        read_bitmap(moov, root, of[1]);
    if (moov->result == RESULT_OK)
        read_elements(moov, of);
}

enum result moov_read(struct model *model, struct bytes text, struct fault *fault)
{
    struct doc *doc = NULL;
    struct moov moov = {.model = model, .fault = fault};
    model->format = "a spec of moov-io/iso8583";
    TRY(doc_parse(text, model->file, &doc, fault));
    moov.doc = doc;
    if (doc_root(doc)->kind != NODE_MAP)
        moov_fault(&moov, doc_root(doc), RESULT_INPUT, "expected a JSON object");
    else
        read_root(&moov, doc_root(doc));
    doc_free(doc);
    return moov.result;
}
