/* What all sub-commands share. */
#include "command.h"

#include "base/date.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTIONS_MAX = 32, OPTION_HELP = 1000 };

const char *command_program = "cardlab";

/* The rows of the shared table that the command takes, then its own: the i-th, NULL behind the
 * last.
 */
static const struct command_option *option_at(const struct command *command, size_t i)
{
    for (size_t row = 0; command->shared != NULL && command->shared[row].name != NULL; row++)
        if ((command->shared_rows >> row & 1) != 0 && i-- == 0)
            return &command->shared[row];
    for (const struct command_option *own = command->options; own->name != NULL; own++)
        if (i-- == 0)
            return own;
    return NULL;
}

static void print_help(const struct command *command)
{
    const struct command_option *option;
    printf("Usage: cardlab %s [options] %s\n%s\n\n", command->name, command->arguments,
           command->summary);
    if (command->details != NULL)
        printf("%s\n\n", command->details);
    printf("Options:\n");
    for (size_t i = 0; (option = option_at(command, i)) != NULL; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? " " : "",
                 option->value ? option->value : "");
        printf("  %-22s %s\n", left, option->help);
    }
    printf("  %-22s %s\n", "--help", "this text");
}

static int has_argument(const struct command_option *option)
{
    if (option->value == NULL)
        return no_argument;
    return option->value[0] == '[' ? optional_argument : required_argument;
}

int command_next(const struct command *command, int argc, char **argv, const char **value,
                 int *first)
{
    struct option table[OPTIONS_MAX + 2] = {0};
    size_t count = 0;
    const struct command_option *option;
    while ((option = option_at(command, count)) != NULL) {
        MUST(count < OPTIONS_MAX);
        table[count++] = (struct option){
            .name = option->name,
            .has_arg = has_argument(option),
            .val = option->id,
        };
    }
    table[count] = (struct option){.name = "help", .has_arg = no_argument, .val = OPTION_HELP};
    opterr = 0;
    int at = -1, id = getopt_long(argc, argv, "h", table, &at);
    *value = optarg;
    /* getopt takes only --option=value for one that may be left out. */
    if (id > 0 && at >= 0 && table[at].has_arg == optional_argument && optarg == NULL &&
        optind < argc && argv[optind][0] != '-')
        *value = argv[optind++];
    *first = optind;
    if (id == -1)
        return 0;
    if (id == OPTION_HELP || id == 'h') {
        print_help(command);
        *first = COMMAND_GOOD;
        return COMMAND_DONE;
    }
    if (id == '?') {
        *first = command_usage(command, "unknown option or missing value: %s", argv[optind - 1]);
        return COMMAND_DONE;
    }
    return id;
}

int command_fail(const struct command *command, const struct fault *fault)
{
    fprintf(stderr, "cardlab %s: %s\n", command->name, fault->text);
    return COMMAND_CANNOT;
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "cardlab %s: ", command->name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry: cardlab %s --help\n", command->name);
    return COMMAND_CANNOT;
}

bool command_number(const struct command *command, const char *name, const char *text, int64_t min,
                    int64_t max, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < min || number > max) {
        command_usage(command, "--%s: expected a number from %lld to %lld, got %s", name,
                      (long long)min, (long long)max, text);
        return false;
    }
    *value = number;
    return true;
}

bool command_date(const struct command *command, const char *name, const char *text, int64_t *date)
{
    uint64_t number = 0;
    bool is_good = strlen(text) == 8 && text_digits_parse(bytes_text(text), &number) &&
                   date_is_valid((uint32_t)number);
    if (!is_good)
        command_usage(command, "--%s: expected a date YYYYMMDD, got %s, which is none", name, text);
    *date = (int64_t)number;
    return is_good;
}

/* Installed: beside the program, wherever that was moved to. Built only: where its sources are. */
static const char *specs_folder(void)
{
    static char folder[COMMAND_PATH_MAX / 2 + 64];
    const char *named = getenv("CARDLAB_SPECS");
    if (named != NULL)
        return named;
    if (folder[0] != '\0')
        return folder;
    char program[COMMAND_PATH_MAX / 2];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len < 0 ? 0 : len] = '\0';
    char *slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
        snprintf(folder, sizeof folder, "%s/%s", program, CARDLAB_SPECS_INSTALLED);
    }
    if (folder[0] == '\0' || access(folder, R_OK) != 0)
        snprintf(folder, sizeof folder, "%s", CARDLAB_SPECS_DIR);
    return folder;
}

void command_spec_folder(const char *kind, char path[COMMAND_PATH_MAX])
{
    /* Longer than any path can be: then it is not there, and opening it says so. */
    if (snprintf(path, COMMAND_PATH_MAX, "%s/%s", specs_folder(), kind) >= COMMAND_PATH_MAX)
        path[0] = '\0';
}

void command_spec_path(const char *kind, const char *name, char path[COMMAND_PATH_MAX])
{
    char folder[COMMAND_PATH_MAX];
    size_t len = strlen(name);
    bool is_path = strchr(name, '/') != NULL || (len > 5 && strcmp(name + len - 5, ".yaml") == 0);
    if (is_path) {
        snprintf(path, COMMAND_PATH_MAX, "%s", name);
        return;
    }
    command_spec_folder(kind, folder);
    if (snprintf(path, COMMAND_PATH_MAX, "%s/%s.yaml", folder, name) >= COMMAND_PATH_MAX)
        path[0] = '\0';
}

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* A file that could not be loaded: when it was asked for by a name that is none of ours, which are
 * there, else what the loader says. */
static enum result not_loaded(const char *kind, const char *name, const char *path,
                              const struct iso_fault *cause, struct fault *fault)
{
    char folder[COMMAND_PATH_MAX], known[FAULT_TEXT_MAX] = "", line[ISO_FAULT_LINE_MAX];
    struct dirent **entries = NULL;
    int count = -1;
    size_t len = 0;
    if (strchr(name, '/') == NULL && access(path, F_OK) != 0) {
        command_spec_folder(kind, folder);
        count = scandir(folder, &entries, is_yaml, alphasort);
    }
    for (int i = 0; i < count; i++) {
        const char *file = entries[i]->d_name;
        int added = snprintf(known + len, sizeof known - len, "%s%.*s", i == 0 ? "" : " ",
                             (int)strlen(file) - 5, file);
        len += added > 0 && (size_t)added < sizeof known - len ? (size_t)added : 0;
        known[len] = '\0';
        free(entries[i]);
    }
    free(entries);
    iso_fault_format(cause, line, sizeof line);
    if (len == 0)
        return fault_set(fault, RESULT_INPUT, "%s", line);
    static const char text[] = "there is no ; names are: ";
    if (strlen(path) + len + sizeof text <= FAULT_TEXT_MAX)
        return fault_set(fault, RESULT_INPUT, "there is no %s; names are: %s", path, known);
    return fault_set(fault, RESULT_INPUT, "there is no %s/%.40s.yaml; names are: %s", kind, name,
                     known);
}

enum result command_spec_load(const char *name, struct iso_spec **spec, struct fault *fault)
{
    char path[COMMAND_PATH_MAX], shipped[COMMAND_PATH_MAX];
    struct iso_fault cause;
    command_spec_path("messages", name, path);
    command_spec_folder("messages", shipped);
    if (iso_spec_load_with(path, shipped, spec, &cause) == ISO_OK)
        return RESULT_OK;
    return not_loaded("messages", name, path, &cause, fault);
}

enum result command_framing_load(const char *name, struct iso_framing *framing, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct iso_fault cause;
    command_spec_path("framings", name, path);
    if (iso_framing_load(path, framing, &cause) == ISO_OK)
        return RESULT_OK;
    return not_loaded("framings", name, path, &cause, fault);
}

enum result command_read(const char *path, size_t len_max, struct strbuf *out, struct fault *fault)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rb");
    char chunk[65536];
    size_t got;
    if (file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    strbuf_init(out, len_max);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        strbuf_add(out, chunk, got);
    bool failed = ferror(file) != 0;
    if (!is_input)
        fclose(file);
    if (failed)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    if (out->bad)
        return fault_set(fault, RESULT_LIMIT, "%s: more than %zu bytes", path, len_max);
    return RESULT_OK;
}

bool command_has_colour(FILE *file)
{
    const char *refused = getenv("NO_COLOR");
    return isatty(fileno(file)) == 1 && (refused == NULL || refused[0] == '\0');
}

void command_progress(const char *what, size_t done, size_t total)
{
    enum { WIDTH = 40 };
    if (isatty(STDERR_FILENO) != 1 || total == 0)
        return;
    size_t filled = done * WIDTH / total;
    fprintf(stderr, "\r%s [", what);
    for (size_t i = 0; i < WIDTH; i++)
        fputc(i < filled ? '#' : '.', stderr);
    fprintf(stderr, "] %zu/%zu", done, total);
    if (done >= total)
        fputc('\n', stderr);
    fflush(stderr);
}
