/* From one of the known formats to our spec file, see import.h. */
#include "import/import.h"

#include "import/jpos.h"
#include "import/model.h"
#include "import/moov.h"

enum import_format import_format_of(struct bytes text)
{
    size_t at = 0;
    if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    while (at < text.len && memchr(" \t\r\n", text.data[at], 4) != NULL)
        at++;
    /* A mark of UTF-16 can be XML only: JSON here is UTF-8. */
    bool wide = text.len >= 2 && (text.data[0] == 0xFE || text.data[0] == 0xFF);
    return wide || (at < text.len && text.data[at] == '<') ? IMPORT_JPOS : IMPORT_MOOV;
}

enum result import_spec(enum import_format format, struct bytes text, const char *file,
                        const struct import_options *options, struct strbuf *yaml,
                        struct strbuf *warnings, struct fault *fault)
{
    struct model model;
    if (text.len > IMPORT_LEN_MAX)
        return fault_set(fault, RESULT_LIMIT, "%s: more than %d bytes", file, IMPORT_LEN_MAX);
    if (options->name != NULL &&
        (strlen(options->name) > MODEL_NAME_MAX || options->name[0] == '\0' ||
         strspn(options->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(options->name)))
        return fault_set(fault, RESULT_INPUT, "expected a name of a-z, 0-9 and -, up to %d, got %s",
                         MODEL_NAME_MAX, options->name);
    model_init(&model, file, options->name);
    model.is_compat = format == IMPORT_JPOS && options->compat_jpos;
    enum result result =
        format == IMPORT_JPOS ? jpos_read(&model, text, fault) : moov_read(&model, text, fault);
    if (result == RESULT_OK)
        result = model_write(&model, yaml, fault);
    if (result == RESULT_OK && model.notes.len > 0)
        strbuf_add(warnings, model.notes.text, model.notes.len);
    model_deinit(&model);
    return result;
}
