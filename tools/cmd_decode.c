/* cardlab decode: bytes -> fields, or what is wrong with them. */
#include "base/json.h"
#include "iso8583/message_json.h"
#include "message_fault.h"
#include "message_input.h"
#include "message_tree.h"

#include <errno.h>
#include <string.h>

enum { OPTION_OFFSETS = 1 };

static const struct command_option options[] = {
    {OPTION_OFFSETS, "offsets", NULL, "show the byte at which each value begins"},
    {0},
};

static const struct command decode_usage = {
    .name = "decode",
    .arguments = "[FILE|-]",
    .summary = "Shows the fields of ISO 8583 messages, or where one is wrong and how.",
    .details =
        "The input is hex text as it is found: a message a line, with blanks, colons, commas, 0x\n"
        "or \\x between bytes; C arrays; dumps of hexdump -C, xxd, od -t x1, tcpdump -X, "
        "Wireshark.\n"
        "Dumps of packets are read for what TCP carries; with --hex --framing NAME each text "
        "holds\n"
        "frames. Of a bad message it shows what was read, goes on, and exits 1 at the end.",
    .options = options,
    .shared = message_option_table,
    .shared_rows = MESSAGE_INPUT_ROWS | MESSAGE_ROW(MESSAGE_ALL) | MESSAGE_ROW(MESSAGE_UNMASK) |
                   MESSAGE_ROW(MESSAGE_JSON) | MESSAGE_ROW(MESSAGE_COLOR),
};

struct decode {
    const char *file_name;
    struct message_options options;
    struct tree_style style;
    struct message_input input;
    struct strbuf out;
    bool is_any_bad;
};

enum { OUT_LEN = 128 << 10 }; /* written at once; fewer are written before waiting for input */

static void flush(struct decode *decode, FILE *to)
{
    if (decode->out.len > 0)
        fwrite(decode->out.text, 1, decode->out.len, to);
    strbuf_clear(&decode->out);
    fflush(to);
}

static void flush_when_many(struct decode *decode)
{
    if (decode->out.bad || decode->out.len >= OUT_LEN)
        flush(decode, stdout);
}

/* Who feeds us through a pipe sees what became of it. */
static void before_read(void *context)
{
    flush(context, stdout);
}

static void report(void *context, const struct iso_fault *fault)
{
    struct decode *decode = context;
    struct message_fault_at at = {.command = decode_usage.name,
                                  .number = decode->input.number,
                                  .line = decode->input.source.bad_line,
                                  .column = decode->input.source.bad_column};
    decode->is_any_bad = true;
    flush(decode, stdout); /* so that both streams on one terminal stay in order */
    if (decode->options.json)
        message_fault_object(&decode->out, &at, fault);
    else
        message_fault_line(&decode->out, &at, fault);
    flush(decode, stderr);
}

static void put_frame(struct decode *decode, struct json *json, size_t len)
{
    if (decode->options.framing_name == NULL)
        return;
    json_key(json, "frame");
    json_open_object(json);
    json_member_int(json, "offset", (int64_t)decode->input.source.offset);
    json_member_int(json, "length", (int64_t)len);
    json_close_object(json);
}

static void put_title(struct decode *decode, size_t len)
{
    if (decode->input.number > 1)
        strbuf_text(&decode->out, "\n");
    strbuf_format(&decode->out, "message %llu, %zu bytes", (unsigned long long)decode->input.number,
                  len);
    if (decode->options.framing_name != NULL)
        strbuf_format(&decode->out, ", frame at byte %llu",
                      (unsigned long long)decode->input.source.offset);
}

static void print_message(struct decode *decode, const struct iso_message *message, size_t len)
{
    if (decode->options.json) {
        struct json json = json_to(&decode->out);
        json_open_object(&json);
        put_frame(decode, &json, len);
        iso_message_json(message, decode->style.unmask, &json);
        if (decode->style.offsets) {
            json_key(&json, "offsets");
            tree_offsets(message, &json);
        }
        json_close_object(&json);
        strbuf_text(&decode->out, "\n");
    } else {
        put_title(decode, len);
        strbuf_text(&decode->out, "\n");
        tree_print(message, &decode->style, &decode->out);
    }
    flush_when_many(decode);
}

/* What was read of a bad message, for people only: programs would take it for a whole one. */
static void print_part(struct decode *decode, const struct iso_message *message, size_t len,
                       const struct iso_fault *fault)
{
    if (decode->options.json || message->mti[0] == '\0')
        return;
    put_title(decode, len);
    strbuf_text(&decode->out, decode->options.all ? ", NOT VALID: its good elements\n"
                                                  : ", NOT VALID: what stands before the fault\n");
    tree_print(message, &decode->style, &decode->out);
    if (!decode->options.all)
        strbuf_format(&decode->out, "  --  stopped at %s%s%sbyte %zu of %zu\n",
                      fault->de > 0 ? "DE " : "", fault->field, fault->field[0] == '\0' ? "" : ", ",
                      fault->offset, len);
}

static void ignore(void *context, const struct iso_fault *fault)
{
    (void)context;
    (void)fault;
}

static void print_invalid(struct decode *decode, struct iso_message *message,
                          const struct iso_value *bytes, const struct iso_fault *fault)
{
    const struct message_options *with = &decode->options;
    bool all = with->all && strcmp(fault->field, "header") != 0;
    if (all) /* once for what is good, once for what is said: one stream after the other */
        (void)iso_message_examine(with->spec, with->header, bytes->data, bytes->len, message,
                                  ignore, NULL);
    print_part(decode, message, bytes->len, fault);
    if (all)
        (void)iso_message_examine(with->spec, with->header, bytes->data, bytes->len, message,
                                  report, decode);
    else
        report(decode, fault);
}

static void print_idle(struct decode *decode)
{
    if (decode->options.json) {
        struct json json = json_to(&decode->out);
        json_open_object(&json);
        put_frame(decode, &json, 0);
        json_close_object(&json);
        strbuf_text(&decode->out, "\n");
    } else {
        strbuf_format(&decode->out, "%sidle frame at byte %llu\n",
                      decode->input.number > 0 ? "\n" : "",
                      (unsigned long long)decode->input.source.offset);
    }
    flush_when_many(decode);
}

static int run(struct decode *decode)
{
    for (;;) {
        static struct iso_message message;
        struct iso_value bytes;
        struct iso_fault fault;
        switch (message_input_next(&decode->input, &message, &bytes, &fault)) {
        case INPUT_GOOD:
            print_message(decode, &message, bytes.len);
            break;
        case INPUT_INVALID:
            print_invalid(decode, &message, &bytes, &fault);
            break;
        case INPUT_IDLE:
            print_idle(decode);
            break;
        case INPUT_LOST:
            report(decode, &fault);
            if (decode->options.form == SOURCE_FRAMED)
                return COMMAND_NO;
            break;
        case INPUT_END:
            if (decode->input.number == 0 && decode->options.form == SOURCE_HEX)
                fprintf(stderr, "cardlab decode: no message in the input\n");
            return decode->is_any_bad ? COMMAND_NO : COMMAND_GOOD;
        case INPUT_FAILED:
            fprintf(stderr, "cardlab decode: %s: %s\n", decode->file_name, strerror(errno));
            return COMMAND_CANNOT;
        }
        if (ferror(stdout) != 0)
            return COMMAND_CANNOT;
    }
}

/* -1: go on; else the exit code. */
static int take_arguments(struct decode *decode, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&decode_usage, argc, argv, &value, &first)) > 0) {
        int code = COMMAND_GOOD;
        if (id == OPTION_OFFSETS)
            decode->style.offsets = true;
        else
            code = message_options_take(&decode->options, &decode_usage, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first > 1)
        return command_usage(&decode_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        decode->file_name = argv[first];
    return -1;
}

static int open_and_run(struct decode *decode)
{
    struct fault fault;
    int code = message_options_load(&decode->options, &decode_usage);
    if (code != COMMAND_GOOD)
        return code;
    decode->style.unmask = decode->options.unmask;
    decode->style.colour = decode->options.colour;
    if (message_input_open(&decode->input, &decode->options, decode->file_name, &fault) !=
        RESULT_OK)
        return command_fail(&decode_usage, &fault);
    source_before_read(&decode->input.source, before_read, decode);
    code = run(decode);
    flush(decode, stdout);
    if (ferror(stdout) != 0) {
        fprintf(stderr, "cardlab decode: cannot write\n");
        code = COMMAND_CANNOT;
    }
    return code;
}

int cmd_decode(int argc, char **argv)
{
    struct decode decode = {.file_name = "-"};
    message_options_init(&decode.options);
    strbuf_init(&decode.out, 4 * ISO_JSON_TEXT_MAX);
    int code = take_arguments(&decode, argc, argv);
    if (code < 0)
        code = open_and_run(&decode);
    message_input_close(&decode.input);
    message_options_deinit(&decode.options);
    strbuf_deinit(&decode.out);
    return code;
}
