/* cardlab spec: message specs: what there are, what they say, and those of others. */
#include "spec.h"

#include <string.h>

static const struct {
    const char *name;
    command_run *run;
    const char *summary;
} parts[] = {
    {"list", spec_list, "the shipped specs, with what they follow"},
    {"show", spec_show, "a spec as a table"},
    {"lint", spec_lint, "what is wrong, or odd, in a spec file"},
    {"doc", spec_doc, "a page about a spec for people: Markdown or HTML"},
    {"import", spec_import, "a jPOS packager or a moov spec as one of ours"},
};

static int print_help(FILE *out)
{
    fprintf(out, "Usage: cardlab spec NAME [options]\n"
                 "Message specs: docs/codec.md says how they are written.\n\n");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        fprintf(out, "  %-8s %s\n", parts[i].name, parts[i].summary);
    fprintf(out, "\nEach has --help.\n");
    return out == stdout ? COMMAND_GOOD : COMMAND_CANNOT;
}

int cmd_spec(int argc, char **argv)
{
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help(stdout);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(argv[1], parts[i].name) == 0)
            return parts[i].run(argc - 1, argv + 1);
    fprintf(stderr, "cardlab spec: no part %s\n", argv[1]);
    return print_help(stderr);
}
