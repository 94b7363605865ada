/* cardlab spec import: a jPOS packager or a moov spec -> one of our spec files. */
#include "import/import.h"
#include "spec.h"

#include <string.h>

enum { OPTION_FORMAT = 1, OPTION_NAME, OPTION_COMPAT };

static const struct command_option options[] = {
    {OPTION_FORMAT, "format", "FORMAT", "jpos or moov (default: XML is jpos, JSON is moov)"},
    {OPTION_NAME, "name", "NAME", "of the spec (default: made from the file's name)"},
    {OPTION_COMPAT, "compat", "jpos", "take text where a jPOS class says digits, as jPOS does"},
    {0},
};

static const struct command usage = {
    .name = "spec import",
    .arguments = "FILE|-",
    .summary =
        "Prints a jPOS GenericPackager XML file, or a moov-io/iso8583 JSON spec, as one of our\n"
        "specs that behaves the same on the wire.",
    .details =
        "Decisions that the file left open are comments in the spec, and warnings on standard\n"
        "error. What cannot be said is refused with its line; then the exit code is 1.",
    .options = options,
};

static int report(const struct strbuf *warnings)
{
    for (const char *at = warnings->text, *end; at != NULL && *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        fprintf(stderr, "cardlab spec import: warning: %.*s\n", (int)(end - at), at);
    }
    return COMMAND_GOOD;
}

static int run(const char *file, int format, const struct import_options *import)
{
    struct strbuf text = {0}, yaml, warnings;
    struct fault fault;
    int code = COMMAND_CANNOT;
    if (command_read(file, IMPORT_LEN_MAX, &text, &fault) != RESULT_OK) {
        strbuf_deinit(&text);
        return command_fail(&usage, &fault);
    }
    struct bytes bytes = bytes_of(text.text, text.len);
    strbuf_init(&yaml, IMPORT_YAML_LEN_MAX);
    strbuf_init(&warnings, IMPORT_YAML_LEN_MAX);
    if (import_spec(format < 0 ? import_format_of(bytes) : (enum import_format)format, bytes,
                    strcmp(file, "-") == 0 ? "stdin" : file, import, &yaml, &warnings,
                    &fault) == RESULT_OK) {
        code = report(&warnings);
        fwrite(yaml.text, 1, yaml.len, stdout);
    } else {
        command_fail(&usage, &fault);
        code = COMMAND_NO;
    }
    strbuf_deinit(&text);
    strbuf_deinit(&yaml);
    strbuf_deinit(&warnings);
    return code;
}

int spec_import(int argc, char **argv)
{
    struct import_options import = {0};
    const char *value = NULL;
    int first = 0, id, format = -1;
    while ((id = command_next(&usage, argc, argv, &value, &first)) > 0) {
        bool jpos = strcmp(value, "jpos") == 0;
        if (id == OPTION_NAME)
            import.name = value;
        else if (id == OPTION_FORMAT && (jpos || strcmp(value, "moov") == 0))
            format = jpos ? IMPORT_JPOS : IMPORT_MOOV;
        else if (id == OPTION_COMPAT && jpos)
            import.compat_jpos = true;
        else
            return command_usage(&usage, "--%s: expected jpos%s, got %s",
                                 id == OPTION_FORMAT ? "format" : "compat",
                                 id == OPTION_FORMAT ? " or moov" : "", value);
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&usage, "expected one file, got %d", argc - first);
    return run(argv[first], format, &import);
}
