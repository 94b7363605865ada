/* The options that decode and its like share, said once: which spec, how messages lie in the input,
 * what may be shown. Each command says which rows it takes. Owns the spec it loads. */
#ifndef TOOLS_MESSAGE_OPTIONS_H
#define TOOLS_MESSAGE_OPTIONS_H

#include "command.h"
#include "message_source.h"

/* Rows of message_option_table: their ids are MESSAGE_OPTION_FIRST and the row. */
enum message_option {
    MESSAGE_SPEC,
    MESSAGE_RAW,
    MESSAGE_HEX,
    MESSAGE_FRAMING,
    MESSAGE_BLOCKED,
    MESSAGE_HEADER,
    MESSAGE_ALL,
    MESSAGE_UNMASK,
    MESSAGE_JSON,
    MESSAGE_COLOR,
    MESSAGE_OPTION_FIRST = 2000, /* no character: getopt's short options and '?' are such */
};

#define MESSAGE_ROW(row) (1U << (row))
/* How messages are read. */
#define MESSAGE_INPUT_ROWS                                                                         \
    (MESSAGE_ROW(MESSAGE_SPEC) | MESSAGE_ROW(MESSAGE_RAW) | MESSAGE_ROW(MESSAGE_HEX) |             \
     MESSAGE_ROW(MESSAGE_FRAMING) | MESSAGE_ROW(MESSAGE_BLOCKED) | MESSAGE_ROW(MESSAGE_HEADER))

extern const struct command_option message_option_table[];

struct message_options {
    const char *spec_name, *framing_name;
    enum source_form form;
    enum iso_header_mode header;
    bool hex, blocked, all, unmask, json, colour;
    struct iso_spec *spec;
    struct iso_framing framing; /* when framing_name is not NULL */
};

void message_options_init(struct message_options *options);
void message_options_deinit(struct message_options *options); /* accepts zeroed memory */
/* One option of the table with its value: COMMAND_GOOD, or a usage fault's exit code. */
int message_options_take(struct message_options *options, const struct command *command, int id,
                         const char *value);
/* When all are taken: judges them together and loads spec and framing. COMMAND_GOOD, or what went
 * wrong is printed. */
int message_options_load(struct message_options *options, const struct command *command);
/* Index of the value in the three names; COMMAND_CANNOT with a usage fault when it is none. */
int message_options_choice(const struct command *command, const char *name, const char *value,
                           const char *const names[3], int *chosen);

#endif
