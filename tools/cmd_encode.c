/* cardlab encode: the JSON that decode prints -> bytes. */
#include "base/json.h"
#include "base/text.h"
#include "command.h"
#include "iso8583/message_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_SPEC = 1,
    OPTION_JSON,
    OPTION_RAW,
    OPTION_FRAMING,
    OPTION_HEADER,
};

enum {
    /* One object, as decode writes it or spread over lines by a person. */
    OBJECT_LEN_MAX = 1 << 20,
    BUFFER_LEN = 2 * OBJECT_LEN_MAX,
};

static const struct command_option options[] = {
    {OPTION_SPEC, "spec", "NAME", "message spec, by name or path (default redpacket)"},
    {OPTION_JSON, "json", NULL, "report errors as objects"},
    {OPTION_RAW, "raw", NULL, "write bytes, not hex"},
    {OPTION_FRAMING, "framing", "NAME", "write bytes, framed; framing by name or path"},
    {OPTION_HEADER, "header", "WHEN", "yes: must be there; no: left out; auto (default): as given"},
    {0},
};

static const struct command encode_usage = {
    .name = "encode",
    .arguments = "[FILE|-]",
    .summary = "Writes ISO 8583 messages from the JSON that decode prints, one hex line each.",
    .details = "Objects may be spread over lines. A plain text for a field with sub-fields is its\n"
               "content as it stands. After a bad message it goes on, and exits 1 at the end.",
    .options = options,
};

struct encode {
    const char *spec_name, *framing_name, *file_name;
    struct iso_framing framing;
    enum iso_header_mode header;
    bool json, raw;
    struct iso_spec *spec;
    FILE *file;
    char *buffer;
    size_t start, len; /* of what was read and not yet spent */
    bool at_end;
    uint64_t number; /* of the message, from 1 */
    bool is_any_bad;
};

/* --- reading objects -------------------------------------------------------------------------- */

static bool fill(struct encode *encode)
{
    if (encode->start > 0) {
        memmove(encode->buffer, encode->buffer + encode->start, encode->len);
        encode->start = 0;
    }
    if (encode->at_end || encode->len == BUFFER_LEN)
        return false;
    size_t got = fread(encode->buffer + encode->len, 1, BUFFER_LEN - encode->len, encode->file);
    encode->len += got;
    encode->at_end = got == 0;
    return got > 0;
}

static void spend(struct encode *encode, size_t len)
{
    encode->start += len;
    encode->len -= len;
}

/* Where one object is, so far as it was looked at. */
struct scan {
    size_t at;
    unsigned depth;
    bool in_text, escaped;
};

/* Goes on over `len` bytes; true when the object's last brace was passed. */
static bool scan_object(struct scan *scan, const char *text, size_t len)
{
    for (; scan->at < len; scan->at++) {
        char c = text[scan->at];
        if (scan->escaped)
            scan->escaped = false;
        else if (scan->in_text && c == '\\')
            scan->escaped = true;
        else if (c == '"')
            scan->in_text = !scan->in_text;
        else if (!scan->in_text && (c == '{' || c == '['))
            scan->depth++;
        else if (!scan->in_text && (c == '}' || c == ']') && --scan->depth == 0) {
            scan->at++;
            return true;
        }
    }
    return false;
}

static void skip_blanks(struct encode *encode)
{
    do {
        while (encode->len > 0 && strchr(" \t\r\n", encode->buffer[encode->start]) != NULL &&
               encode->buffer[encode->start] != '\0')
            spend(encode, 1);
    } while (encode->len == 0 && fill(encode));
}

/* What cannot be an object ends at the end of its line. */
static struct bytes take_line(struct encode *encode)
{
    const char *end;
    while ((end = memchr(encode->buffer + encode->start, '\n', encode->len)) == NULL &&
           fill(encode))
        ;
    struct bytes line = bytes_of(encode->buffer + encode->start, encode->len);
    if (end != NULL)
        line.len = (size_t)(end - (encode->buffer + encode->start));
    spend(encode, line.len);
    return line;
}

/* The next object's text, or a line that is none; it is good until the next call. False at the
 * end. */
static bool next_text(struct encode *encode, struct bytes *text)
{
    skip_blanks(encode);
    if (encode->len == 0)
        return false;
    if (encode->buffer[encode->start] != '{') {
        *text = take_line(encode);
        return true;
    }
    struct scan scan = {0};
    bool whole;
    while (!(whole = scan_object(&scan, encode->buffer + encode->start, encode->len)) &&
           scan.at < OBJECT_LEN_MAX && fill(encode))
        ;
    *text = bytes_of(encode->buffer + encode->start, scan.at);
    spend(encode, scan.at);
    return true;
}

/* --- errors ----------------------------------------------------------------------------------- */

static void report_text(struct encode *encode, const char *text)
{
    encode->is_any_bad = true;
    fflush(stdout);
    if (!encode->json) {
        fprintf(stderr, "cardlab encode: %s\n", text);
        return;
    }
    struct strbuf out;
    strbuf_init(&out, 4096);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_key(&json, "error");
    json_open_object(&json);
    json_member_int(&json, "message", (int64_t)encode->number);
    json_member(&json, "reason", text);
    json_close_object(&json);
    json_close_object(&json);
    fprintf(stderr, "%s\n", out.text);
    strbuf_deinit(&out);
}

static void report_fault(struct encode *encode, const struct iso_fault *fault)
{
    char text[ISO_FAULT_LINE_MAX + ISO_FAULT_FIELD_MAX + 64], line[sizeof text + 40];
    iso_fault_format(fault, text, sizeof text);
    snprintf(line, sizeof line, "message %llu: %s", (unsigned long long)encode->number, text);
    if (!encode->json) {
        report_text(encode, line);
        return;
    }
    encode->is_any_bad = true;
    fflush(stdout);
    struct strbuf out;
    strbuf_init(&out, 4096);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_key(&json, "error");
    json_open_object(&json);
    json_member_int(&json, "message", (int64_t)encode->number);
    json_member(&json, "field", fault->field);
    json_member_int(&json, "offset", (int64_t)fault->offset);
    json_member(&json, "expected", fault->expected);
    json_member(&json, "got", fault->got);
    json_close_object(&json);
    json_close_object(&json);
    fprintf(stderr, "%s\n", out.text);
    strbuf_deinit(&out);
}

/* --- writing messages ------------------------------------------------------------------------- */

static void write_message(struct encode *encode, const uint8_t *bytes, size_t len)
{
    struct iso_frame_edges edges = {.head_len = 0};
    struct iso_fault fault;
    char hex[2 * ISO_JSON_ARENA_LEN];
    if (encode->framing_name != NULL &&
        iso_frame_wrap(&encode->framing, bytes, len, &edges, &fault) != ISO_OK) {
        report_fault(encode, &fault);
        return;
    }
    if (encode->framing_name != NULL || encode->raw) {
        fwrite(edges.head, 1, edges.head_len, stdout);
        fwrite(bytes, 1, len, stdout);
        if (edges.tail.len > 0)
            fwrite(edges.tail.data, 1, edges.tail.len, stdout);
        return;
    }
    text_hex_encode(bytes_of(bytes, len), hex);
    fwrite(hex, 1, 2 * len, stdout);
    fputc('\n', stdout);
}

/* {"frame": {"offset": 300, "length": 0}}: an idle frame. */
static bool is_idle(struct node *root)
{
    struct node *frame = node_find(root, "frame");
    const struct node *length = node_find(frame, "length");
    return length != NULL && length->kind == NODE_TEXT && strcmp(length->text, "0") == 0 &&
           node_find(root, "mti") == NULL;
}

static enum result encode_object(struct encode *encode, const struct doc *doc, struct node *root,
                                 struct fault *fault)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN], out[ISO_JSON_ARENA_LEN];
    static struct iso_message message;
    struct writer arena = writer_to(memory, sizeof memory);
    struct iso_fault iso_fault;
    size_t len = 0;
    if (is_idle(root)) {
        uint8_t frame[ISO_FRAME_IDLE_MAX];
        if (encode->framing_name != NULL)
            fwrite(frame, 1, iso_frame_idle(&encode->framing, frame), stdout);
        return RESULT_OK;
    }
    TRY(iso_message_of_json(encode->spec, doc, root, &arena, &message, fault));
    if (encode->header == ISO_HEADER_NO)
        message.header = message.rejected = (struct iso_value){NULL, 0};
    if (encode->header == ISO_HEADER_YES && message.header.data == NULL)
        return fault_set(fault, RESULT_INPUT, "message %llu: `header` is missing",
                         (unsigned long long)encode->number);
    if (iso_message_pack(&message, out, sizeof out, &len, &iso_fault) != ISO_OK)
        report_fault(encode, &iso_fault);
    else
        write_message(encode, out, len);
    return RESULT_OK;
}

static int run(struct encode *encode)
{
    struct bytes text;
    while (next_text(encode, &text)) {
        char name[40];
        struct doc *doc = NULL;
        struct fault fault;
        encode->number++;
        snprintf(name, sizeof name, "message %llu", (unsigned long long)encode->number);
        enum result result = doc_parse(text, name, &doc, &fault);
        if (result == RESULT_OK)
            result = encode_object(encode, doc, doc_root(doc), &fault);
        if (result != RESULT_OK)
            report_text(encode, fault.text);
        doc_free(doc);
        if (ferror(stdout)) {
            fprintf(stderr, "cardlab encode: cannot write\n");
            return COMMAND_CANNOT;
        }
    }
    if (ferror(encode->file)) {
        fprintf(stderr, "cardlab encode: %s: %s\n", encode->file_name, strerror(errno));
        return COMMAND_CANNOT;
    }
    return encode->is_any_bad ? COMMAND_NO : COMMAND_GOOD;
}

/* --- arguments -------------------------------------------------------------------------------- */

static int take_option(struct encode *encode, int id, const char *value)
{
    switch (id) {
    case OPTION_SPEC:
        encode->spec_name = value;
        break;
    case OPTION_JSON:
        encode->json = true;
        break;
    case OPTION_RAW:
        encode->raw = true;
        break;
    case OPTION_FRAMING:
        encode->framing_name = value;
        break;
    case OPTION_HEADER:
        if (strcmp(value, "yes") == 0)
            encode->header = ISO_HEADER_YES;
        else if (strcmp(value, "no") == 0)
            encode->header = ISO_HEADER_NO;
        else if (strcmp(value, "auto") != 0)
            return command_usage(&encode_usage, "--header: expected yes, no or auto, got %s",
                                 value);
        break;
    }
    return COMMAND_GOOD;
}

/* -1: go on; else the exit code. */
static int take_arguments(struct encode *encode, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&encode_usage, argc, argv, &value, &first)) > 0) {
        int code = take_option(encode, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (encode->raw && encode->framing_name != NULL)
        return command_usage(&encode_usage, "expected one of --raw and --framing, got both");
    if (argc - first > 1)
        return command_usage(&encode_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        encode->file_name = argv[first];
    return -1;
}

static int open_and_run(struct encode *encode)
{
    struct fault fault;
    if (command_spec_load(encode->spec_name, &encode->spec, &fault) != RESULT_OK)
        return command_fail(&encode_usage, &fault);
    if (encode->framing_name != NULL &&
        command_framing_load(encode->framing_name, &encode->framing, &fault) != RESULT_OK)
        return command_fail(&encode_usage, &fault);
    bool is_input = strcmp(encode->file_name, "-") == 0;
    encode->file = is_input ? stdin : fopen(encode->file_name, "rb");
    encode->buffer = malloc(BUFFER_LEN);
    int code = COMMAND_CANNOT;
    if (encode->file == NULL || encode->buffer == NULL)
        fprintf(stderr, "cardlab encode: %s: %s\n", encode->file_name, strerror(errno));
    else
        code = run(encode);
    if (!is_input && encode->file != NULL)
        fclose(encode->file);
    return code;
}

int cmd_encode(int argc, char **argv)
{
    struct encode encode = {.spec_name = "redpacket", .file_name = "-"};
    int code = take_arguments(&encode, argc, argv);
    if (code < 0)
        code = open_and_run(&encode);
    iso_spec_free(encode.spec);
    free(encode.buffer);
    return code;
}
