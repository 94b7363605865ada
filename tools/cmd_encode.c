/* cardlab encode: the JSON that decode prints -> bytes. */
#include "base/json.h"
#include "base/text.h"
#include "iso8583/message_json.h"
#include "message_fault.h"
#include "message_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_RAW = 1,
    OPTION_FRAMING,
    OPTION_HEADER,
};

enum {
    /* One object, as decode writes it or spread over lines by a person. */
    OBJECT_LEN_MAX = 1 << 20,
    BUFFER_LEN = 2 * OBJECT_LEN_MAX,
    FAULT_LEN_MAX = 8192, /* of one fault's line, every byte escaped */
};

/* Of what is written, not of what is read: not those of the shared table. */
static const struct command_option options[] = {
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
               "content as it stands. After a bad message it goes on, and exits 1 at the end;\n"
               "with --json faults are objects.",
    .options = options,
    .shared = message_option_table,
    .shared_rows = MESSAGE_ROW(MESSAGE_SPEC) | MESSAGE_ROW(MESSAGE_JSON),
};

struct encode {
    const char *file_name;
    struct message_options options;
    bool raw;
    FILE *file;
    char *buffer;
    size_t start, len; /* of what was read and not yet spent */
    bool at_end;
    uint64_t number; /* of the message, from 1 */
    bool is_any_bad;
    struct strbuf out; /* a fault's line */
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

static void report_fault(struct encode *encode, const struct iso_fault *fault)
{
    struct message_fault_at at = {.command = encode_usage.name, .number = encode->number};
    encode->is_any_bad = true;
    fflush(stdout);
    if (encode->options.json)
        message_fault_object(&encode->out, &at, fault);
    else
        message_fault_line(&encode->out, &at, fault);
    fputs(encode->out.text, stderr);
    strbuf_clear(&encode->out);
}

/* The path of the innermost key or value that stands at this place; false when none does. */
static bool find_path(const struct node *map, size_t line, size_t column, char *path, size_t size)
{
    for (const struct node *child = map->child; child != NULL; child = child->next) {
        const char *key = child->key == NULL ? "" : child->key;
        char below[ISO_FAULT_FIELD_MAX];
        if (child->line == line && child->column == column) {
            snprintf(path, size, "%s", key);
            return true;
        }
        if (find_path(child, line, column, below, sizeof below)) {
            snprintf(path, size, "%s.%s", key, below);
            return true;
        }
    }
    return false;
}

/* What the reader of objects says opens with "message N:LINE:COLUMN: ". */
static void report_object(struct encode *encode, struct doc *doc, const char *text)
{
    struct message_fault_at at = {.number = encode->number};
    char path[ISO_FAULT_FIELD_MAX + 8] = "";
    const char *reason = text;
    int used = 0;
    encode->is_any_bad = true;
    fflush(stdout);
    if (!encode->options.json) {
        fprintf(stderr, "cardlab encode: %s\n", text);
        return;
    }
    if (sscanf(text, "message %*u:%zu:%zu: %n", &at.line, &at.column, &used) == 2 && used > 0)
        reason = text + used;
    if (doc != NULL && at.line > 0)
        (void)find_path(doc_root(doc), at.line, at.column, path, sizeof path);
    /* In a path, elements go by their numbers alone. */
    bool inside = strncmp(path, "fields.", 7) == 0;
    message_reason_object(&encode->out, &at, inside ? path + 7 : path, reason);
    fputs(encode->out.text, stderr);
    strbuf_clear(&encode->out);
}

/* --- writing messages ------------------------------------------------------------------------- */

static void write_message(struct encode *encode, const uint8_t *bytes, size_t len)
{
    struct iso_frame_edges edges = {.head_len = 0};
    struct iso_fault fault;
    char hex[2 * ISO_JSON_ARENA_LEN];
    if (encode->options.framing_name != NULL &&
        iso_frame_wrap(&encode->options.framing, bytes, len, &edges, &fault) != ISO_OK) {
        report_fault(encode, &fault);
        return;
    }
    if (encode->options.framing_name != NULL || encode->raw) {
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

/* What decode prints, and nothing else: a key that is misspelt would be left out in silence. */
static enum result refuse_unknown(const struct doc *doc, const struct node *root,
                                  struct fault *fault)
{
    static const char *const known[] = {"frame",   "header", "rejected", "mti",
                                        "bitmaps", "fields", "offsets"};
    struct schema schema = schema_of(doc, fault);
    if (root->kind != NODE_MAP)
        return RESULT_OK; /* whoever wants a key says so */
    for (const struct node *child = root->child; child != NULL; child = child->next) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            is_known = is_known || strcmp(child->key, known[i]) == 0;
        if (!is_known)
            schema_fault(&schema, child,
                         "`%s` is no key of a message; keys are mti, fields, header, rejected, "
                         "bitmaps, frame, offsets",
                         child->key);
    }
    return schema.result;
}

static enum result encode_object(struct encode *encode, const struct doc *doc, struct node *root,
                                 struct fault *fault)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN], out[ISO_JSON_ARENA_LEN];
    static struct iso_message message;
    struct writer arena = writer_to(memory, sizeof memory);
    struct iso_fault iso_fault;
    size_t len = 0;
    TRY(refuse_unknown(doc, root, fault));
    if (is_idle(root)) {
        uint8_t frame[ISO_FRAME_IDLE_MAX];
        if (encode->options.framing_name != NULL)
            fwrite(frame, 1, iso_frame_idle(&encode->options.framing, frame), stdout);
        return RESULT_OK;
    }
    TRY(iso_message_of_json(encode->options.spec, doc, root, &arena, &message, fault));
    if (encode->options.header == ISO_HEADER_NO)
        message.header = message.rejected = (struct iso_value){NULL, 0};
    if (encode->options.header == ISO_HEADER_YES && message.header.data == NULL)
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
            report_object(encode, doc, fault.text);
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
    static const char *const headers[] = {"auto", "yes", "no"};
    int chosen = 0, code;
    switch (id) {
    case OPTION_RAW:
        encode->raw = true;
        break;
    case OPTION_FRAMING:
        encode->options.framing_name = value;
        break;
    case OPTION_HEADER:
        code = message_options_choice(&encode_usage, "header", value, headers, &chosen);
        encode->options.header = (enum iso_header_mode)chosen; /* in this order */
        return code;
    default:
        return message_options_take(&encode->options, &encode_usage, id, value);
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
    if (encode->raw && encode->options.framing_name != NULL)
        return command_usage(&encode_usage, "expected one of --raw and --framing, got both");
    if (argc - first > 1)
        return command_usage(&encode_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        encode->file_name = argv[first];
    return -1;
}

static int open_and_run(struct encode *encode)
{
    int code = message_options_load(&encode->options, &encode_usage);
    if (code != COMMAND_GOOD)
        return code;
    bool is_input = strcmp(encode->file_name, "-") == 0;
    encode->file = is_input ? stdin : fopen(encode->file_name, "rb");
    encode->buffer = malloc(BUFFER_LEN);
    code = COMMAND_CANNOT;
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
    struct encode encode = {.file_name = "-"};
    message_options_init(&encode.options);
    strbuf_init(&encode.out, FAULT_LEN_MAX);
    int code = take_arguments(&encode, argc, argv);
    if (code < 0)
        code = open_and_run(&encode);
    message_options_deinit(&encode.options);
    strbuf_deinit(&encode.out);
    free(encode.buffer);
    return code;
}
