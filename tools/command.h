/* What all sub-commands share: options, exit codes, where shipped specs are, how a failure reads.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"
#include "iso8583/iso8583.h"

#include <stdio.h>

enum command_exit {
    COMMAND_GOOD = 0,   /* done, and the answer is yes */
    COMMAND_NO = 1,     /* done, but the answer is no: a difference, an invalid message */
    COMMAND_CANNOT = 2, /* could not be done: usage, missing file, bad configuration */
    COMMAND_INTERRUPTED = 3,
};

/* The sub-commands, each in a file of its own: cmd_NAME.c; three parties share cmd_party.c. */
typedef int command_run(int argc, char **argv);
command_run cmd_demo, cmd_up, cmd_switch, cmd_issuer, cmd_wallet, cmd_decode, cmd_encode, cmd_check,
    cmd_diff, cmd_spec, cmd_mac, cmd_log, cmd_log_saf, cmd_log_totals, cmd_clear, cmd_reconcile,
    cmd_exceptions, cmd_audit, cmd_bench, cmd_sim, cmd_load, cmd_verify, cmd_deliver;

/* One option of a sub-command. */
struct command_option {
    int id;           /* what command_next() returns for it; > 0 */
    const char *name; /* without the dashes */
    /* Name of its value in --help, NULL when it takes none; in brackets, one that may be left out:
     * what follows is its value unless it begins with a dash. Only for commands that take no other
     * arguments. */
    const char *value;
    const char *help;
};

/* A sub-command as --help tells of it; options end with a NULL name. --help is added. */
struct command {
    const char *name;      /* "decode" or "bench store" */
    const char *arguments; /* "[FILE|-]" */
    const char *summary;   /* one line */
    const char *details;   /* more lines, or NULL */
    const struct command_option *options;
    /* A table that several commands share (message_options.h), and which of its rows this one
     * takes: bit i for the i-th. */
    const struct command_option *shared;
    unsigned shared_rows;
};

/* The next option's id with its value; 0 when only arguments are left (then argv[*first] is the
 * first of them); COMMAND_DONE when --help was printed or the usage was wrong, with the exit code
 * in *first. */
enum { COMMAND_DONE = -1 };
int command_next(const struct command *command, int argc, char **argv, const char **value,
                 int *first);

/* Print to standard error as "cardlab NAME: text" and return COMMAND_CANNOT. */
int command_fail(const struct command *command, const struct fault *fault);
int command_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A date YYYYMMDD of an option, or a usage fault. */
bool command_date(const struct command *command, const char *name, const char *text, int64_t *date);
/* A decimal number of an option, or a usage fault. */
bool command_number(const struct command *command, const char *name, const char *text, int64_t min,
                    int64_t max, int64_t *value);

/* The file of a shipped spec by kind ("messages", "framings", "mac", "labs", "days", "loads",
 * "clearing") and name, or the path itself when `name` has a slash or ends in .yaml. CARDLAB_SPECS
 * names another folder. */
enum { COMMAND_PATH_MAX = 4096 };
void command_spec_path(const char *kind, const char *name, char path[COMMAND_PATH_MAX]);
/* A message spec by the name that --spec takes. The caller frees it. A name that is none is
 * answered with those that there are. */
MUST_USE enum result command_spec_load(const char *name, struct iso_spec **spec,
                                       struct fault *fault);
/* A framing by the name that --framing takes; as above. */
MUST_USE enum result command_framing_load(const char *name, struct iso_framing *framing,
                                          struct fault *fault);
/* The folder of all shipped specs of a kind. */
void command_spec_folder(const char *kind, char path[COMMAND_PATH_MAX]);

/* The whole of a file, or of standard input for "-", at most len_max bytes. */
MUST_USE enum result command_read(const char *path, size_t len_max, struct strbuf *out,
                                  struct fault *fault);

/* The program as it was called, for lines that tell what to type next. */
extern const char *command_program;

/* Whether to colour what goes to `file`: a terminal, and NO_COLOR unset. */
bool command_has_colour(FILE *file);

/* Progress of long work on standard error: a bar on a terminal, nothing elsewhere. */
void command_progress(const char *what, size_t done, size_t total);

#endif
