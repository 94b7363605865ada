/* Options that commands on messages share, see message_options.h. */
#include "message_options.h"

#include <string.h>

const struct command_option message_option_table[] = {
    [MESSAGE_SPEC] = {MESSAGE_OPTION_FIRST + MESSAGE_SPEC, "spec", "NAME",
                      "message spec, by name or path (default redpacket)"},
    [MESSAGE_RAW] = {MESSAGE_OPTION_FIRST + MESSAGE_RAW, "raw", NULL,
                     "the input is one message, as bytes"},
    [MESSAGE_HEX] = {MESSAGE_OPTION_FIRST + MESSAGE_HEX, "hex", NULL,
                     "the input is hex text (default without --raw and --framing)"},
    [MESSAGE_FRAMING] = {MESSAGE_OPTION_FIRST + MESSAGE_FRAMING, "framing", "NAME",
                         "the input is a stream of frames; framing by name or path"},
    [MESSAGE_BLOCKED] = {MESSAGE_OPTION_FIRST + MESSAGE_BLOCKED, "blocked", NULL,
                         "the stream of frames is a file in blocks of 1,014 bytes"},
    [MESSAGE_HEADER] = {MESSAGE_OPTION_FIRST + MESSAGE_HEADER, "header", "WHEN",
                        "yes, no or auto (default): is there the spec's header"},
    [MESSAGE_ALL] = {MESSAGE_OPTION_FIRST + MESSAGE_ALL, "all", NULL,
                     "tell every fault of a message, not only the first"},
    [MESSAGE_UNMASK] = {MESSAGE_OPTION_FIRST + MESSAGE_UNMASK, "unmask", NULL,
                        "show card numbers, tracks, PIN blocks and keys"},
    [MESSAGE_JSON] = {MESSAGE_OPTION_FIRST + MESSAGE_JSON, "json", NULL,
                      "print objects, one a line"},
    [MESSAGE_COLOR] = {MESSAGE_OPTION_FIRST + MESSAGE_COLOR, "color", "WHEN",
                       "always, never or auto (default)"},
    {0},
};

void message_options_init(struct message_options *options)
{
    *options =
        (struct message_options){.spec_name = "redpacket", .colour = command_has_colour(stdout)};
}

void message_options_deinit(struct message_options *options)
{
    iso_spec_free(options->spec);
    *options = (struct message_options){0};
}

int message_options_choice(const struct command *command, const char *name, const char *value,
                           const char *const names[3], int *chosen)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(value, names[i]) == 0) {
            *chosen = i;
            return COMMAND_GOOD;
        }
    return command_usage(command, "--%s: expected %s, %s or %s, got %s", name, names[0], names[1],
                         names[2], value);
}

int message_options_take(struct message_options *options, const struct command *command, int id,
                         const char *value)
{
    static const char *const headers[] = {"auto", "yes", "no"};
    static const char *const colors[] = {"auto", "always", "never"};
    int chosen = 0, code = COMMAND_GOOD;
    switch (id - MESSAGE_OPTION_FIRST) {
    case MESSAGE_SPEC:
        options->spec_name = value;
        break;
    case MESSAGE_RAW:
        options->form = SOURCE_RAW;
        break;
    case MESSAGE_HEX:
        options->hex = true;
        break;
    case MESSAGE_FRAMING:
        options->framing_name = value;
        break;
    case MESSAGE_BLOCKED:
        options->blocked = true;
        break;
    case MESSAGE_HEADER:
        code = message_options_choice(command, "header", value, headers, &chosen);
        options->header = (enum iso_header_mode)chosen; /* in this order */
        break;
    case MESSAGE_ALL:
        options->all = true;
        break;
    case MESSAGE_UNMASK:
        options->unmask = true;
        break;
    case MESSAGE_JSON:
        options->json = true;
        break;
    case MESSAGE_COLOR:
        code = message_options_choice(command, "color", value, colors, &chosen);
        options->colour = chosen == 0 ? command_has_colour(stdout) : chosen == 1;
        break;
    }
    return code;
}

int message_options_load(struct message_options *options, const struct command *command)
{
    struct fault fault;
    if (options->form == SOURCE_RAW && (options->framing_name != NULL || options->hex))
        return command_usage(command, "expected --raw or %s, got both",
                             options->hex ? "--hex" : "--framing");
    if (options->blocked && (options->framing_name == NULL || options->hex))
        return command_usage(command, "expected --framing, and no --hex, with --blocked");
    if (options->framing_name != NULL && !options->hex)
        options->form = SOURCE_FRAMED;
    if (command_spec_load(options->spec_name, &options->spec, &fault) != RESULT_OK)
        return command_fail(command, &fault);
    if (options->framing_name != NULL &&
        command_framing_load(options->framing_name, &options->framing, &fault) != RESULT_OK)
        return command_fail(command, &fault);
    return COMMAND_GOOD;
}
