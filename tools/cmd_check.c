/* cardlab check: is each message valid: its format, then what its spec says of presence, codes and
 * the echo of a request. It judges; what the judgements are is the codec's affair. */
#include "command.h"
#include "iso8583/message.h"
#include "message_fault.h"
#include "message_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_REQUEST = 1 };
enum { OUT_LEN_MAX = 64 << 10 };

static const struct command_option options[] = {
    {OPTION_REQUEST, "request", "FILE", "what the messages answer: one for all, or one for each"},
    {0},
};

static const struct command check_usage = {
    .name = "check",
    .arguments = "[FILE|-]",
    .summary = "Says whether ISO 8583 messages are valid: format, presence, codes, echo.",
    .details =
        "Reads what decode reads. Each finding is a line, or with --json an object: message,\n"
        "field, byte, what was expected and what was got; without --all the first of each\n"
        "message. Exits 0 when all are valid, 1 when one is not.",
    .options = options,
    .shared = message_option_table,
    .shared_rows = MESSAGE_INPUT_ROWS | MESSAGE_ROW(MESSAGE_ALL) | MESSAGE_ROW(MESSAGE_JSON),
};

struct check_command {
    const char *file_name, *request_name;
    struct message_options options;
    struct message_input input, requests;
    struct iso_message message, request;
    uint8_t *request_bytes; /* a copy, SOURCE_MESSAGE_MAX of them: reading on must not touch it */
    bool has_one_request;   /* it is every message's */
    struct strbuf out;
    /* About the message at hand. */
    size_t findings;
    bool is_format_bad;
    uint64_t bad[ISO_BITMAPS_MAX + 1]; /* elements that were announced and could not be read */
    uint64_t invalid;                  /* messages */
};

/* --- findings --------------------------------------------------------------------------------- */

static void put_finding(struct check_command *check, const struct iso_fault *fault,
                        const char *rule)
{
    struct message_fault_at at = {.number = check->input.number,
                                  .rule = rule,
                                  .line = check->input.source.bad_line,
                                  .column = check->input.source.bad_column};
    if (check->findings++ > 0 && !check->options.all)
        return;
    if (check->options.json)
        message_fault_object(&check->out, &at, fault);
    else
        message_fault_line(&check->out, &at, fault);
    fwrite(check->out.text, 1, check->out.len, stdout);
    strbuf_clear(&check->out);
}

static void find_format(void *context, const struct iso_fault *fault)
{
    put_finding(context, fault, "format");
}

/* Only the two findings about an echo speak of the request. */
static const char *rule_of(const struct iso_fault *fault)
{
    if (fault->kind == ISO_FAULT_MISSING || fault->kind == ISO_FAULT_CONTENT)
        if (strcmp(fault->expected, "the element of the request") == 0 ||
            strcmp(fault->expected, "the value of the request") == 0)
            return "echo";
    if (fault->kind == ISO_FAULT_MISSING)
        return "missing";
    return fault->kind == ISO_FAULT_UNDEFINED ? "forbidden" : "code";
}

/* Where an element could not be read, nothing is said of it twice, and nothing that its value might
 * have ruled otherwise. */
static void find_rule(void *context, const struct iso_fault *fault)
{
    struct check_command *check = context;
    bool is_bad =
        fault->de <= ISO_DE_MAX && (check->bad[fault->de / 64] >> fault->de % 64 & 1) != 0;
    if (is_bad || (check->is_format_bad && fault->kind == ISO_FAULT_UNDEFINED))
        return;
    put_finding(check, fault, rule_of(fault));
}

/* --- judging ---------------------------------------------------------------------------------- */

/* After faults of format: elements that the bitmaps announce and that could not be read count as
 * there, with no value. False when there is no telling what is there. */
static bool mark_unread(struct check_command *check, const struct iso_value *bytes)
{
    struct iso_message *message = &check->message;
    const struct iso_spec *spec = message->spec;
    size_t at = message->header.len + message->rejected.len + iso_mti_len(spec);
    if (message->mti[0] == '\0' || message->bitmaps == 0 || spec->bitmaps_max == 0 ||
        spec->third_in != 0)
        return false;
    if (message->header.data == NULL &&
        iso_header_is_there(spec, check->options.header, bytes->data, bytes->len))
        return false; /* nor where the bitmaps are */
    for (unsigned k = 0; k < message->bitmaps; k++, at += spec->bitmap_len) {
        uint64_t bits;
        if (!iso_bitmap_take(spec, message->base + at, &bits))
            return false;
        for (unsigned i = 0; i < ISO_BLOCK; i++) {
            unsigned de = k * ISO_BLOCK + 1 + i;
            if ((bits >> i & 1) == 0 || iso_message_has(message, de) ||
                iso_spec_de_name(spec, de) == NULL)
                continue;
            check->bad[de / 64] |= UINT64_C(1) << de % 64;
            iso_message_set(message, de, message->base, 0);
        }
    }
    return true;
}

static void judge(struct check_command *check, const struct iso_value *bytes,
                  const struct iso_fault *fault, const struct iso_message *request)
{
    check->findings = 0;
    check->is_format_bad = fault != NULL;
    memset(check->bad, 0, sizeof check->bad);
    if (fault != NULL) {
        if (!check->options.all || strcmp(fault->field, "header") == 0)
            find_format(check, fault);
        else
            (void)iso_message_examine(check->options.spec, check->options.header, bytes->data,
                                      bytes->len, &check->message, find_format, check);
    }
    if (fault == NULL || (check->options.all && mark_unread(check, bytes)))
        (void)iso_message_check(&check->message, request, find_rule, check);
    check->invalid += check->findings > 0;
}

/* --- requests --------------------------------------------------------------------------------- */

static int fail_request(struct check_command *check, const char *text)
{
    fprintf(stderr, "cardlab check: %s: message %llu: %s\n", check->request_name,
            (unsigned long long)check->requests.number, text);
    return COMMAND_CANNOT;
}

/* The request of the message at hand; COMMAND_GOOD, or what went wrong is printed. */
static int next_request(struct check_command *check)
{
    struct iso_value bytes;
    struct iso_fault fault;
    char line[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64];
    static struct iso_message message;
    enum input_event event = INPUT_IDLE;
    if (check->request_name == NULL || check->has_one_request)
        return COMMAND_GOOD;
    while (event == INPUT_IDLE)
        event = message_input_next(&check->requests, &message, &bytes, &fault);
    if (event == INPUT_FAILED)
        return fail_request(check, strerror(errno));
    if (event == INPUT_END && check->requests.number == 1) {
        check->has_one_request = true;
        return COMMAND_GOOD;
    }
    if (event == INPUT_END)
        return fail_request(check, check->requests.number == 0
                                       ? "expected a request, got none"
                                       : "is the last; expected one request, or one for each");
    if (event != INPUT_GOOD) {
        iso_fault_format(&fault, line, sizeof line);
        return fail_request(check, line);
    }
    MUST(bytes.len <= SOURCE_MESSAGE_MAX);
    memcpy(check->request_bytes, bytes.data, bytes.len);
    if (iso_message_unpack(check->options.spec, check->options.header, check->request_bytes,
                           bytes.len, &check->request, &fault) == ISO_OK)
        return COMMAND_GOOD;
    return fail_request(check, fault.text);
}

/* --- the command ------------------------------------------------------------------------------ */

static int finish(struct check_command *check)
{
    uint64_t count = check->input.number;
    if (count == 0) {
        fprintf(stderr, "cardlab check: no message in the input\n");
        return COMMAND_CANNOT;
    }
    if (isatty(STDERR_FILENO) == 1) {
        fflush(stdout);
        fprintf(stderr, "%llu message%s, %llu not valid\n", (unsigned long long)count,
                count == 1 ? "" : "s", (unsigned long long)check->invalid);
    }
    return check->invalid > 0 ? COMMAND_NO : COMMAND_GOOD;
}

static int run(struct check_command *check)
{
    const struct iso_message *request = check->request_name == NULL ? NULL : &check->request;
    for (;;) {
        struct iso_value bytes;
        struct iso_fault fault;
        enum input_event event = message_input_next(&check->input, &check->message, &bytes, &fault);
        if (event == INPUT_END)
            return finish(check);
        if (event == INPUT_FAILED) {
            fprintf(stderr, "cardlab check: %s: %s\n", check->file_name, strerror(errno));
            return COMMAND_CANNOT;
        }
        if (event == INPUT_IDLE)
            continue;
        if (next_request(check) != COMMAND_GOOD)
            return COMMAND_CANNOT;
        if (event != INPUT_LOST) {
            judge(check, &bytes, event == INPUT_GOOD ? NULL : &fault, request);
            continue;
        }
        check->findings = 0;
        find_format(check, &fault);
        check->invalid++;
        if (check->options.form == SOURCE_FRAMED)
            return finish(check);
    }
}

static void before_read(void *context)
{
    (void)context;
    fflush(stdout);
}

static int open_and_run(struct check_command *check)
{
    struct fault fault;
    int code = message_options_load(&check->options, &check_usage);
    if (code != COMMAND_GOOD)
        return code;
    if (message_input_open(&check->input, &check->options, check->file_name, &fault) != RESULT_OK)
        return command_fail(&check_usage, &fault);
    source_before_read(&check->input.source, before_read, check);
    if (check->request_name == NULL)
        return run(check);
    check->request_bytes = malloc(SOURCE_MESSAGE_MAX);
    if (check->request_bytes == NULL) {
        (void)!fault_set(&fault, RESULT_LIMIT, "out of memory");
        return command_fail(&check_usage, &fault);
    }
    if (message_input_open(&check->requests, &check->options, check->request_name, &fault) !=
        RESULT_OK)
        return command_fail(&check_usage, &fault);
    return run(check);
}

/* -1: go on; else the exit code. */
static int take_arguments(struct check_command *check, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&check_usage, argc, argv, &value, &first)) > 0) {
        int code = COMMAND_GOOD;
        if (id == OPTION_REQUEST)
            check->request_name = value;
        else
            code = message_options_take(&check->options, &check_usage, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first > 1)
        return command_usage(&check_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        check->file_name = argv[first];
    if (check->request_name != NULL && strcmp(check->request_name, check->file_name) == 0)
        return command_usage(&check_usage, "expected another file than %s behind --request",
                             check->file_name);
    return -1;
}

int cmd_check(int argc, char **argv)
{
    static struct check_command check = {.file_name = "-"};
    message_options_init(&check.options);
    strbuf_init(&check.out, OUT_LEN_MAX);
    int code = take_arguments(&check, argc, argv);
    if (code < 0)
        code = open_and_run(&check);
    message_input_close(&check.input);
    message_input_close(&check.requests);
    message_options_deinit(&check.options);
    strbuf_deinit(&check.out);
    free(check.request_bytes);
    return code;
}
