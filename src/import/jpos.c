/* The packager as a whole: header, message type, bitmaps, and its fields by number. */
#include "import/jpos.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void jpos_fault(struct jpos *jpos, const struct xml_element *at, enum result result,
                const char *format, ...)
{
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    if (jpos->result != RESULT_OK)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    jpos->result = fault_set(jpos->fault, result, "%s:%u: %s", jpos->model->file, at->line, text);
}

/* --- attributes ------------------------------------------------------------------------------- */

int jpos_int(struct jpos *jpos, struct xml_element *element, const char *name, int min, int max,
             int otherwise)
{
    const char *text = xml_attribute_find(element, name);
    char *end = NULL;
    if (text == NULL || jpos->result != RESULT_OK)
        return otherwise;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < min || value > max || text[0] == ' ') {
        jpos_fault(jpos, element, RESULT_INPUT, "%s: expected a number from %d to %d, got `%.40s`",
                   name, min, max, text);
        return otherwise;
    }
    return (int)value;
}

int jpos_want_int(struct jpos *jpos, struct xml_element *element, const char *name, int min,
                  int max)
{
    return jpos_want(jpos, element, name) == NULL ? min
                                                  : jpos_int(jpos, element, name, min, max, min);
}

bool jpos_bool(struct jpos *jpos, struct xml_element *element, const char *name, bool otherwise)
{
    const char *text = xml_attribute_find(element, name);
    if (text == NULL)
        return otherwise;
    bool value = strcasecmp(text, "true") == 0;
    if (!value && strcasecmp(text, "false") != 0)
        model_note(jpos->model, NULL, element->line, "%s is `%.40s`, which jPOS reads as false",
                   name, text);
    return value;
}

const char *jpos_want(struct jpos *jpos, struct xml_element *element, const char *name)
{
    const char *text = xml_attribute_find(element, name);
    if (text == NULL)
        jpos_fault(jpos, element, RESULT_INPUT, "%s: attribute %s is missing", element->name, name);
    return text;
}

const struct jpos_class *jpos_class_of(struct jpos *jpos, struct xml_element *element)
{
    const char *name = jpos_want(jpos, element, "class");
    if (name == NULL)
        return NULL;
    const struct jpos_class *class = jpos_class_find(name);
    const char *reason = class == NULL ? jpos_class_reason(name) : NULL;
    if (reason != NULL)
        jpos_fault(jpos, element, RESULT_INPUT, "class %.100s cannot be imported: %s", name,
                   reason);
    else if (class == NULL)
        jpos_fault(jpos, element, RESULT_INPUT, "unknown class %.100s", name);
    return class;
}

/* What is known but has no bearing on the wire. */
static void drop_idle(struct jpos *jpos, struct xml_element *element)
{
    static const char *const idle[] = {"encoding", "params", "validator"};
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (xml_attribute_find(element, idle[i]) != NULL)
            model_note(jpos->model, NULL, element->line, "attribute %s does nothing here", idle[i]);
}

void jpos_end(struct jpos *jpos, struct xml_element *element)
{
    drop_idle(jpos, element);
    for (const struct xml_attribute *at = element->attributes; at != NULL; at = at->next)
        if (!at->used)
            jpos_fault(jpos, element, RESULT_INPUT, "%s: unknown attribute %.100s", element->name,
                       at->name);
}

/* --- lists of fields -------------------------------------------------------------------------- */

void jpos_take_list(struct jpos *jpos, struct xml_element *packager, struct jpos_list *list)
{
    *list = (struct jpos_list){{NULL}};
    for (struct xml_element *at = packager->child; at != NULL && jpos->result == RESULT_OK;
         at = at->next) {
        bool leaf = strcmp(at->name, "isofield") == 0;
        if (strcmp(at->name, "isovalidator") == 0) {
            model_note(jpos->model, NULL, at->line,
                       "an isovalidator is not imported: say `codes` and `presence` in the spec");
            continue;
        }
        if (!leaf && strcmp(at->name, "isofieldpackager") != 0) {
            jpos_fault(jpos, at, RESULT_INPUT, "expected isofield or isofieldpackager, got %.100s",
                       at->name);
            return;
        }
        if (leaf && at->child != NULL && strcmp(at->child->name, "isovalidator") != 0) {
            jpos_fault(jpos, at->child, RESULT_INPUT, "expected nothing inside an isofield");
            return;
        }
        int id = jpos_want_int(jpos, at, "id", 0, JPOS_ID_MAX);
        if (jpos->result != RESULT_OK)
            return;
        if (list->of[id] != NULL)
            model_note(jpos->model, NULL, at->line,
                       "field %d again: this one counts, that of line %u does not", id,
                       list->of[id]->line);
        list->of[id] = at;
    }
}

/* --- the front of a message ------------------------------------------------------------------- */

static void read_mti(struct jpos *jpos, struct xml_element *root, struct xml_element *element)
{
    if (element == NULL) {
        jpos_fault(jpos, root, RESULT_INPUT, "no field 0: a message type is needed");
        return;
    }
    const struct jpos_class *class = jpos_class_of(jpos, element);
    int length = jpos_want_int(jpos, element, "length", 0, MODEL_LEN_MAX);
    (void)xml_attribute_find(element, "name");
    (void)jpos_bool(jpos, element, "pad", false);
    (void)jpos_bool(jpos, element, "trim", false);
    jpos_end(jpos, element);
    if (jpos->result != RESULT_OK)
        return;
    bool good = (class->kind == JPOS_NUMBER || class->kind == JPOS_TEXT) && class->prefix == NULL &&
                class->tag == NULL && length == 4 && strcmp(class->encoding, "overpunch") != 0 &&
                strcmp(element->name, "isofield") == 0;
    if (!good)
        jpos_fault(jpos, element, RESULT_INPUT,
                   "field 0: expected four digits of fixed length, as ASCII, BCD or EBCDIC");
    else
        jpos->model->mti = class->encoding;
}

static bool is_bitmap(struct jpos *jpos, struct xml_element *element)
{
    const char *name = element != NULL ? xml_attribute_find(element, "class") : NULL;
    const struct jpos_class *class = name != NULL ? jpos_class_find(name) : NULL;
    return jpos->result == RESULT_OK && class != NULL && class->kind == JPOS_BITMAP;
}

static void read_bitmap(struct jpos *jpos, struct xml_element *element)
{
    const struct jpos_class *class = jpos_class_of(jpos, element);
    int length = jpos_want_int(jpos, element, "length", 1, 24);
    (void)xml_attribute_find(element, "name");
    (void)jpos_bool(jpos, element, "pad", false);
    jpos_end(jpos, element);
    if (jpos->result != RESULT_OK)
        return;
    if (length % 8 != 0) {
        jpos_fault(jpos, element, RESULT_INPUT,
                   "a bitmap of %d bytes in front of a message: expected 8, 16 or 24", length);
        return;
    }
    bool x92 = strstr(class->name, "X92") != NULL;
    jpos->model->bitmap = strcmp(class->encoding, "binary") == 0 ? NULL : class->encoding;
    jpos->model->bitmaps = x92 ? 1 : (unsigned)length / 8;
}

/* The third bitmap in the place of a data element. */
static void read_third(struct jpos *jpos, struct xml_element *root, struct jpos_list *list,
                       int third)
{
    struct xml_element *element = list->of[third];
    if (!is_bitmap(jpos, element)) {
        jpos_fault(jpos, element != NULL ? element : root, RESULT_INPUT,
                   "thirdBitmapField is %d, but field %d is no bitmap", third, third);
        return;
    }
    const struct jpos_class *class = jpos_class_of(jpos, element);
    const char *encoding = strcmp(class->encoding, "binary") == 0 ? NULL : class->encoding;
    const char *first = jpos->model->bitmap;
    if ((encoding == NULL) != (first == NULL) || (first != NULL && strcmp(first, encoding) != 0))
        jpos_fault(jpos, element, RESULT_INPUT,
                   "the third bitmap is written otherwise than the first");
    jpos->model->bitmaps = 3;
    jpos->model->third_in = (unsigned)third;
    list->of[third] = NULL;
}

static void read_front(struct jpos *jpos, struct xml_element *root, struct jpos_list *list)
{
    struct model *model = jpos->model;
    int bitmap = jpos_int(jpos, root, "bitmapField", -1, JPOS_ID_MAX, 1);
    int third = jpos_int(jpos, root, "thirdBitmapField", -999, 128, -999);
    bool emits = jpos_bool(jpos, root, "emitBitmap", true);
    int first =
        jpos_int(jpos, root, "firstField", 0, JPOS_ID_MAX, is_bitmap(jpos, list->of[1]) ? 2 : 1);
    model->header_len = (unsigned)jpos_int(jpos, root, "headerLength", 0, MODEL_HEADER_MAX, 0);
    if (jpos_int(jpos, root, "maxValidField", 0, INT32_MAX, -1) >= 0)
        model_note(model, NULL, root->line, "maxValidField does nothing, in jPOS too");
    (void)xml_attribute_find(root, "name");
    jpos_end(jpos, root);
    read_mti(jpos, root, list->of[0]);
    list->of[0] = NULL;
    if (jpos->result != RESULT_OK)
        return;
    if (first == 0)
        jpos_fault(jpos, root, RESULT_INPUT, "firstField 0: field 0 is the message type");
    if (emits && is_bitmap(jpos, list->of[1]) && bitmap == 1) {
        read_bitmap(jpos, list->of[1]);
        list->of[1] = NULL;
        if (third > 1)
            read_third(jpos, root, list, third);
    } else if (emits && bitmap != 1) {
        jpos_fault(jpos, root, RESULT_INPUT,
                   "bitmapField %d: the bitmap of a message stands in field 1", bitmap);
    } else {
        if (emits)
            model_note(model, NULL, root->line,
                       "field 1 is no bitmap: taken for emitBitmap=\"false\"");
        model->bitmap = "none";
        if (is_bitmap(jpos, list->of[1]))
            list->of[1] = NULL;
    }
    for (int id = 1; id < first && id <= JPOS_ID_MAX && jpos->result == RESULT_OK; id++)
        if (list->of[id] != NULL) {
            model_note(model, NULL, list->of[id]->line,
                       "field %d is below firstField %d, and never on the wire", id, first);
            list->of[id] = NULL;
        }
}

/* Elements that have no bit. */
static bool has_bit(const struct model *model, unsigned de)
{
    if (model->bitmap != NULL && strcmp(model->bitmap, "none") == 0)
        return true;
    return de <= model->bitmaps * 64 && de != model->third_in &&
           (de != 65 || model->bitmaps < 3 || model->third_in != 0);
}

static void read_elements(struct jpos *jpos, const struct jpos_list *list)
{
    struct model *model = jpos->model;
    for (unsigned de = 1; de <= ISO_DE_MAX && jpos->result == RESULT_OK; de++) {
        struct model_field *field = NULL;
        struct xml_element *element = list->of[de];
        if (element == NULL)
            continue;
        if (!has_bit(model, de)) {
            model_note(model, NULL, element->line,
                       de == 65 ? "field %u left out: its bit announces the third bitmap"
                                : "field %u left out: no bitmap has its bit",
                       de);
            continue;
        }
        jpos_convert(jpos, element, JPOS_AROUND_RAW, 0, &field);
        if (field == NULL)
            continue;
        snprintf(field->key, sizeof field->key, "%u", de);
        if (field->name == NULL) {
            char name[32];
            snprintf(name, sizeof name, "Data element %u", de);
            field->name = model_keep(model, name, sizeof name);
        }
        if (field->layout == MODEL_LEAF && field->mask == NULL)
            field->mask = model_mask_of(de);
        model->elements[de] = field;
    }
}

enum result jpos_read(struct model *model, struct bytes text, struct fault *fault)
{
    struct jpos jpos = {.model = model, .fault = fault};
    struct jpos_list list;
    struct xml *xml = NULL;
    TRY(xml_parse(text, model->file, &xml, fault));
    struct xml_element *root = xml_root(xml);
    model->format = "a jPOS packager";
    model->charset = "latin1"; /* of all text in jPOS */
    if (strcmp(root->name, "isopackager") != 0)
        jpos_fault(&jpos, root, RESULT_INPUT, "expected isopackager, got %.100s", root->name);
    if (jpos.result == RESULT_OK)
        jpos_take_list(&jpos, root, &list);
    if (jpos.result == RESULT_OK)
        read_front(&jpos, root, &list);
    if (jpos.result == RESULT_OK)
        read_elements(&jpos, &list);
    xml_free(xml);
    return jpos.result;
}
