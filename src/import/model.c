/* The fields and texts of an imported spec, see model.h. */
#include "import/model.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct model_text {
    struct model_text *before;
    union {
        struct model_field field;
        char text[1];
    } of;
};

static void *take(struct model *model, size_t len)
{
    struct model_text *block = calloc(1, sizeof *block + len);
    if (block == NULL)
        return NULL;
    block->before = model->texts;
    model->texts = block;
    return &block->of;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "/x/Iso 87 (ASCII).xml" -> "iso-87-ascii". */
static void name_of_file(const char *file, char name[MODEL_NAME_MAX + 1])
{
    const char *slash = strrchr(file, '/');
    const char *at = slash != NULL ? slash + 1 : file;
    const char *dot = strrchr(at, '.');
    size_t len = dot != NULL && dot > at ? (size_t)(dot - at) : strlen(at), used = 0;
    for (size_t i = 0; i < len && used < MODEL_NAME_MAX; i++) {
        char c = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] - 'A' + 'a') : at[i];
        if (is_name_character(c))
            name[used++] = c;
        else if (used > 0 && name[used - 1] != '-')
            name[used++] = '-';
    }
    while (used > 0 && name[used - 1] == '-')
        used--;
    if (used == 0) {
        memcpy(name, "imported", 8);
        used = 8;
    }
    name[used] = '\0';
}

void model_init(struct model *model, const char *file, const char *name)
{
    *model = (struct model){.file = file, .bitmaps = 2};
    strbuf_init(&model->notes, MODEL_NOTES_LEN_MAX);
    strbuf_init(&model->head, MODEL_NOTES_LEN_MAX);
    if (name != NULL)
        snprintf(model->name, sizeof model->name, "%s", name);
    else
        name_of_file(file, model->name);
}

void model_deinit(struct model *model)
{
    for (struct model_text *block = model->texts, *before; block != NULL; block = before) {
        before = block->before;
        free(block);
    }
    strbuf_deinit(&model->notes);
    strbuf_deinit(&model->head);
    *model = (struct model){0};
}

struct model_field *model_make_field(struct model *model, struct fault *fault)
{
    struct model_field *field = NULL;
    if (model->field_count == MODEL_FIELDS_MAX) {
        fault_set(fault, RESULT_LIMIT, "%s: more than %d fields", model->file, MODEL_FIELDS_MAX);
        return NULL;
    }
    field = take(model, 0);
    if (field == NULL)
        fault_set(fault, RESULT_LIMIT, "%s: no memory", model->file);
    else
        model->field_count++;
    return field;
}

const char *model_keep(struct model *model, const char *text, size_t len_max)
{
    size_t len = strlen(text), used = 0;
    char *copy = take(model, len_max + 1);
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < len;) {
        uint32_t code = 0;
        size_t width = utf8_next((const uint8_t *)text + i, len - i, &code);
        bool odd = width == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xFEFF ||
                   code == 0x2028 || code == 0x2029 || (code & 0xFFFE) == 0xFFFE;
        if (width == 0)
            width = 1;
        size_t need = odd ? 1 : width;
        if (used + need > len_max)
            break;
        if (odd)
            copy[used] = ' ';
        else
            memcpy(copy + used, text + i, width);
        used += need;
        i += width;
    }
    while (used > 0 && copy[used - 1] == ' ')
        used--;
    copy[used] = '\0';
    return used == 0 ? NULL : copy;
}

void model_note(struct model *model, struct model_field *field, unsigned line, const char *format,
                ...)
{
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    strbuf_format(&model->notes, "%s:%u: %s\n", model->file, line, text);
    const char *kept = model_keep(model, text, sizeof text);
    if (kept == NULL)
        return;
    if (field == NULL || field->note != NULL)
        strbuf_format(&model->head, "line %u: %s\n", line, kept);
    else
        field->note = kept;
}

void model_append(struct model_field *field, struct model_field *child)
{
    struct model_field **at = &field->child;
    while (*at != NULL)
        at = &(*at)->next;
    *at = child;
}

const char *model_mask_of(unsigned de)
{
    switch (de) {
    case 2:
    case 34:
        return "pan";
    case 35:
    case 36:
    case 45:
        return "track";
    case 52:
        return "secret";
    default:
        return NULL;
    }
}
