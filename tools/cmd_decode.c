/* cardlab decode: bytes -> fields, or what is wrong with them. */
#include "base/json.h"
#include "command.h"
#include "iso8583/message_json.h"
#include "message_source.h"
#include "message_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_SPEC = 1,
    OPTION_JSON,
    OPTION_RAW,
    OPTION_HEX,
    OPTION_FRAMING,
    OPTION_HEADER,
    OPTION_UNMASK,
    OPTION_OFFSETS,
    OPTION_COLOR,
};

static const struct command_option options[] = {
    {OPTION_SPEC, "spec", "NAME", "message spec, by name or path (default redpacket)"},
    {OPTION_JSON, "json", NULL, "one object a message"},
    {OPTION_RAW, "raw", NULL, "the input is one message, as bytes"},
    {OPTION_HEX, "hex", NULL, "the input is hex text (default without --raw and --framing)"},
    {OPTION_FRAMING, "framing", "NAME", "the input is a stream of frames; framing by name or path"},
    {OPTION_HEADER, "header", "WHEN", "yes, no or auto (default): is there the spec's header"},
    {OPTION_UNMASK, "unmask", NULL, "show card numbers, tracks, PIN blocks and keys"},
    {OPTION_OFFSETS, "offsets", NULL, "show the byte at which each value begins"},
    {OPTION_COLOR, "color", "WHEN", "always, never or auto (default)"},
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
        "frames. After a bad message it goes on, and exits 1 at the end.",
    .options = options,
};

struct decode {
    const char *spec_name, *framing_name, *file_name;
    struct iso_framing framing;
    enum source_form form;
    enum iso_header_mode header;
    struct tree_style style;
    bool json, hex;
    struct iso_spec *spec;
    struct message_source source;
    struct strbuf out;
    uint64_t number; /* of the message, from 1 */
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

static void report(struct decode *decode, const struct iso_fault *fault)
{
    decode->is_any_bad = true;
    flush(decode, stdout); /* so that both streams on one terminal stay in order */
    if (decode->json) {
        struct json json = json_to(&decode->out);
        json_open_object(&json);
        json_key(&json, "error");
        json_open_object(&json);
        json_member_int(&json, "message", (int64_t)decode->number);
        json_member(&json, "field", fault->field);
        json_member_int(&json, "offset", (int64_t)fault->offset);
        json_member(&json, "expected", fault->expected);
        json_member(&json, "got", fault->got);
        if (decode->source.bad_line > 0) {
            json_member_int(&json, "line", (int64_t)decode->source.bad_line);
            json_member_int(&json, "column", (int64_t)decode->source.bad_column);
        }
        json_close_object(&json);
        json_close_object(&json);
        strbuf_text(&decode->out, "\n");
    } else {
        char line[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64];
        iso_fault_format(fault, line, sizeof line);
        strbuf_format(&decode->out, "cardlab decode: message %llu: %s\n",
                      (unsigned long long)decode->number, line);
    }
    flush(decode, stderr);
}

static void put_frame(struct decode *decode, struct json *json, size_t len)
{
    if (decode->framing_name == NULL)
        return;
    json_key(json, "frame");
    json_open_object(json);
    json_member_int(json, "offset", (int64_t)decode->source.offset);
    json_member_int(json, "length", (int64_t)len);
    json_close_object(json);
}

static void print_message(struct decode *decode, const struct iso_message *message, size_t len)
{
    if (decode->json) {
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
        if (decode->number > 1)
            strbuf_text(&decode->out, "\n");
        strbuf_format(&decode->out, "message %llu, %zu bytes", (unsigned long long)decode->number,
                      len);
        if (decode->framing_name != NULL)
            strbuf_format(&decode->out, ", frame at byte %llu",
                          (unsigned long long)decode->source.offset);
        strbuf_text(&decode->out, "\n");
        tree_print(message, &decode->style, &decode->out);
    }
    flush_when_many(decode);
}

static void print_idle(struct decode *decode)
{
    if (decode->json) {
        struct json json = json_to(&decode->out);
        json_open_object(&json);
        put_frame(decode, &json, 0);
        json_close_object(&json);
        strbuf_text(&decode->out, "\n");
    } else {
        strbuf_format(&decode->out, "%sidle frame at byte %llu\n", decode->number > 0 ? "\n" : "",
                      (unsigned long long)decode->source.offset);
    }
    flush_when_many(decode);
}

static bool may_go_on(const struct iso_fault *fault)
{
    return fault->kind == ISO_FAULT_TRUNCATED || strncmp(fault->field, "header", 6) == 0;
}

static bool unpack(struct decode *decode, struct iso_value *bytes, struct iso_message *message,
                   struct iso_fault *fault)
{
    if (iso_message_unpack(decode->spec, decode->header, bytes->data, bytes->len, message, fault) ==
        ISO_OK)
        return true;
    struct iso_fault longer = *fault;
    bool is_good = false;
    while (!is_good && may_go_on(&longer) && source_join(&decode->source, bytes))
        is_good = iso_message_unpack(decode->spec, decode->header, bytes->data, bytes->len, message,
                                     &longer) == ISO_OK;
    source_join_end(&decode->source, is_good);
    return is_good;
}

static int run(struct decode *decode)
{
    for (;;) {
        static struct iso_message message;
        struct iso_value bytes;
        struct iso_fault fault;
        switch (source_next(&decode->source, &bytes, &fault)) {
        case SOURCE_MESSAGE:
            decode->number++;
            if (unpack(decode, &bytes, &message, &fault))
                print_message(decode, &message, bytes.len);
            else
                report(decode, &fault);
            break;
        case SOURCE_IDLE:
            print_idle(decode);
            break;
        case SOURCE_BAD:
            decode->number++;
            report(decode, &fault);
            if (decode->form == SOURCE_FRAMED)
                return COMMAND_NO;
            break;
        case SOURCE_END:
            if (decode->number == 0 && decode->form == SOURCE_HEX)
                fprintf(stderr, "cardlab decode: no message in the input\n");
            return decode->is_any_bad ? COMMAND_NO : COMMAND_GOOD;
        case SOURCE_FAILED:
            fprintf(stderr, "cardlab decode: %s: %s\n", decode->file_name, strerror(errno));
            return COMMAND_CANNOT;
        }
        if (ferror(stdout) != 0)
            return COMMAND_CANNOT;
    }
}

static int take_choice(const char *name, const char *value, const char *const *names, int *chosen)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(value, names[i]) == 0) {
            *chosen = i;
            return COMMAND_GOOD;
        }
    return command_usage(&decode_usage, "--%s: expected %s, %s or %s, got %s", name, names[0],
                         names[1], names[2], value);
}

static int take_option(struct decode *decode, int id, const char *value)
{
    static const char *const headers[] = {"auto", "yes", "no", NULL};
    static const char *const colors[] = {"auto", "always", "never", NULL};
    int chosen = 0, code = COMMAND_GOOD;
    switch (id) {
    case OPTION_SPEC:
        decode->spec_name = value;
        break;
    case OPTION_JSON:
        decode->json = true;
        break;
    case OPTION_RAW:
        decode->form = SOURCE_RAW;
        break;
    case OPTION_HEX:
        decode->hex = true;
        break;
    case OPTION_FRAMING:
        decode->framing_name = value;
        break;
    case OPTION_HEADER:
        code = take_choice("header", value, headers, &chosen);
        decode->header = (enum iso_header_mode)chosen; /* in this order */
        break;
    case OPTION_UNMASK:
        decode->style.unmask = true;
        break;
    case OPTION_OFFSETS:
        decode->style.offsets = true;
        break;
    case OPTION_COLOR:
        code = take_choice("color", value, colors, &chosen);
        decode->style.colour = chosen == 0 ? command_has_colour(stdout) : chosen == 1;
        break;
    }
    return code;
}

/* -1: go on; else the exit code. */
static int take_arguments(struct decode *decode, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&decode_usage, argc, argv, &value, &first)) > 0) {
        int code = take_option(decode, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    bool raw = decode->form == SOURCE_RAW;
    if (raw && (decode->framing_name != NULL || decode->hex))
        return command_usage(&decode_usage, "expected --raw or %s, got both",
                             decode->hex ? "--hex" : "--framing");
    if (decode->framing_name != NULL && !decode->hex)
        decode->form = SOURCE_FRAMED;
    if (argc - first > 1)
        return command_usage(&decode_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        decode->file_name = argv[first];
    return -1;
}

static int open_and_run(struct decode *decode)
{
    struct fault fault;
    if (command_spec_load(decode->spec_name, &decode->spec, &fault) != RESULT_OK)
        return command_fail(&decode_usage, &fault);
    if (decode->framing_name != NULL &&
        command_framing_load(decode->framing_name, &decode->framing, &fault) != RESULT_OK)
        return command_fail(&decode_usage, &fault);
    bool is_input = strcmp(decode->file_name, "-") == 0;
    FILE *file = is_input ? stdin : fopen(decode->file_name, "rb");
    if (file == NULL) {
        fprintf(stderr, "cardlab decode: %s: %s\n", decode->file_name, strerror(errno));
        return COMMAND_CANNOT;
    }
    const struct iso_framing *framing = decode->framing_name == NULL ? NULL : &decode->framing;
    int code = COMMAND_CANNOT;
    if (source_init(&decode->source, file, decode->form, framing, &fault) == RESULT_OK) {
        source_before_read(&decode->source, before_read, decode);
        code = run(decode);
        flush(decode, stdout);
        if (ferror(stdout) != 0) {
            fprintf(stderr, "cardlab decode: cannot write\n");
            code = COMMAND_CANNOT;
        }
    } else {
        code = command_fail(&decode_usage, &fault);
    }
    source_deinit(&decode->source);
    if (!is_input)
        fclose(file);
    return code;
}

int cmd_decode(int argc, char **argv)
{
    struct decode decode = {
        .spec_name = "redpacket", .file_name = "-", .style.colour = command_has_colour(stdout)};
    strbuf_init(&decode.out, 4 * ISO_JSON_TEXT_MAX);
    int code = take_arguments(&decode, argc, argv);
    if (code < 0)
        code = open_and_run(&decode);
    iso_spec_free(decode.spec);
    strbuf_deinit(&decode.out);
    return code;
}
