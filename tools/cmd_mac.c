/* cardlab mac: computes or checks the MAC of messages given in hex, one a line, and explains it. */
#include "base/json.h"
#include "base/mask.h"
#include "base/text.h"
#include "message_fault.h"
#include "message_options.h"
#include "security/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int cmd_mac(int argc, char **argv);

enum {
    KEY_LEN_MAX = 24,
    LINE_LEN_MAX = 2 * ISO_MESSAGE_LEN_MAX,
    OUT_LEN_MAX = 64 << 10, /* a text with every byte escaped, and the rest of its line */
};

enum {
    OPTION_KEY = 1,
    OPTION_ALGORITHM,
    OPTION_RECIPE,
    OPTION_VERIFY,
    OPTION_EXPLAIN,
};

static const struct command_option options[] = {
    {OPTION_KEY, "key", "HEX", "the clear MAC key; command lines can be seen, so test keys only"},
    {OPTION_ALGORITHM, "algorithm", "NAME", "sm4 (default), des, 3des"},
    {OPTION_RECIPE, "recipe", "NAME", "MAC recipe, by name or path (default redpacket)"},
    {OPTION_VERIFY, "verify", NULL, "check DE 128: good, wrong, or - where none is due"},
    {OPTION_EXPLAIN, "explain", NULL, "show the rule, the elements and the text covered"},
    {0, NULL, NULL, NULL},
};

static const struct command mac_usage = {
    .name = "mac",
    .arguments = "--key HEX [FILE|-]",
    .summary = "Computes or verifies the MAC of messages: hex text, one message a line.",
    .details = "Prints one MAC a line, - for a message that carries none. Exits 1 when a message "
               "cannot be\nread or, with --verify, its MAC is wrong.",
    .options = options,
    .shared = message_option_table,
    .shared_rows =
        MESSAGE_ROW(MESSAGE_SPEC) | MESSAGE_ROW(MESSAGE_UNMASK) | MESSAGE_ROW(MESSAGE_JSON),
};

struct mac_command {
    const char *recipe_name, *file_name;
    struct message_options options;
    struct mac_recipe *recipe;
    struct mac_key *key;
    enum mac_algorithm algorithm;
    uint8_t key_data[KEY_LEN_MAX];
    size_t key_len;
    bool verify, explain;
    unsigned number; /* of the message, from 1 */
    struct strbuf out;
};

static int complain(const char *text)
{
    fprintf(stderr, "cardlab mac: %s\n", text);
    return COMMAND_CANNOT;
}

/* --- output ----------------------------------------------------------------------------------- */

static void flush(struct mac_command *command, FILE *to)
{
    fputs(command->out.text == NULL ? "" : command->out.text, to);
    strbuf_clear(&command->out);
}

static void report_unpack(struct mac_command *command, const struct iso_fault *fault)
{
    struct message_fault_at at = {.command = mac_usage.name, .number = command->number};
    if (command->options.json)
        message_fault_object(&command->out, &at, fault);
    else
        message_fault_line(&command->out, &at, fault);
    flush(command, stderr);
}

static void report_fault(struct mac_command *command, const char *text)
{
    struct message_fault_at at = {.number = command->number};
    if (command->options.json)
        message_reason_object(&command->out, &at, NULL, text);
    else
        strbuf_format(&command->out, "cardlab mac: message %u: %s\n", command->number, text);
    flush(command, stderr);
}

/* A copy of the message whose confidential values are masked with X instead of stars: X is kept by
 * recipes, so that the text looks as it is but for them. */
static void hide_values(const struct iso_message *message, struct iso_message *hidden,
                        char values[ISO_MESSAGE_LEN_MAX + 1])
{
    size_t used = 0;
    *hidden = *message;
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        enum iso_mask mask = iso_spec_de_mask(message->spec, de);
        struct iso_value value = iso_message_get(message, de);
        if (value.data == NULL || mask == ISO_MASK_NONE ||
            value.len > (size_t)ISO_MESSAGE_LEN_MAX - used)
            continue;
        char *masked = values + used;
        memset(masked, '*', value.len);
        if (mask == ISO_MASK_PAN)
            mask_pan(bytes_of(value.data, value.len), masked, value.len + 1);
        for (size_t i = 0; i < value.len; i++)
            if (masked[i] == '*')
                masked[i] = 'X';
        iso_message_set(hidden, de, masked, value.len);
        used += value.len;
    }
}

struct answer {
    bool required, good;
    char mac[MAC_TEXT_LEN + 1];
    char rule[1024];
    char text[MAC_BLOCK_MAX];
    size_t text_len;
};

static void print_json(struct mac_command *command, const struct iso_message *message,
                       const struct answer *answer)
{
    struct json json = json_to(&command->out);
    json_open_object(&json);
    json_member_int(&json, "message", command->number);
    json_member(&json, "mti", message->mti);
    json_member_bool(&json, "required", answer->required);
    if (answer->required)
        json_member(&json, "mac", answer->mac);
    if (command->verify)
        json_member_bool(&json, "good", answer->good);
    if (command->explain) {
        json_member(&json, "rule", answer->rule);
        json_key(&json, "text");
        json_bytes_text(&json, bytes_of(answer->text, answer->text_len));
    }
    json_close_object(&json);
    strbuf_text(&command->out, "\n");
    flush(command, stdout);
}

static void print_plain(struct mac_command *command, const struct iso_message *message,
                        const struct answer *answer)
{
    const char *verdict = !answer->required ? "-" : answer->good ? "good" : "wrong";
    const char *mac = answer->required ? answer->mac : "-";
    if (!command->explain) {
        printf("%s\n", command->verify ? verdict : mac);
        return;
    }
    printf("message %u\n  %-8s%s\n  %-8s%s\n", command->number, "MTI", message->mti, "rule",
           answer->rule);
    if (answer->required)
        printf("  %-8s%.*s\n  %-8s%zu bytes\n", "text", (int)answer->text_len, answer->text,
               "length", answer->text_len);
    printf("  %-8s%s\n", "MAC", mac);
    struct iso_value carried = iso_message_get(message, MAC_DE);
    if (carried.data != NULL)
        printf("  %-8s%.*s\n", "DE 128", (int)carried.len, (const char *)carried.data);
    if (command->verify)
        printf("  %-8s%s\n", "verdict", verdict);
}

/* --- work ------------------------------------------------------------------------------------- */

static int answer_message(struct mac_command *command, const struct iso_message *message)
{
    static struct answer answer; /* too large for the stack's taste */
    static char values[ISO_MESSAGE_LEN_MAX + 1];
    struct fault fault = {.text = ""};
    memset(&answer, 0, sizeof answer);
    answer.required = mac_recipe_need(command->recipe, message) == MAC_REQUIRED;
    if (answer.required &&
        mac_compute(command->recipe, command->key, message, answer.mac, &fault) != RESULT_OK) {
        report_fault(command, fault.text);
        return COMMAND_NO;
    }
    answer.good = mac_verify(command->recipe, command->key, message, &fault);
    if (command->explain) {
        struct iso_message shown = *message;
        if (!command->options.unmask)
            hide_values(message, &shown, values);
        mac_recipe_describe(command->recipe, message, answer.rule, sizeof answer.rule);
        answer.text_len = mac_block(command->recipe, &shown, answer.text, sizeof answer.text);
    }
    if (command->options.json)
        print_json(command, message, &answer);
    else
        print_plain(command, message, &answer);
    if (!command->verify || answer.good)
        return COMMAND_GOOD;
    report_fault(command, fault.text);
    return COMMAND_NO;
}

static int answer_line(struct mac_command *command, struct bytes line)
{
    static uint8_t body[ISO_MESSAGE_LEN_MAX];
    struct iso_message message;
    struct iso_fault fault;
    if (!text_hex_decode(line, body, sizeof body)) {
        report_fault(command, "expected hex digits, two a byte, at most 9999 bytes");
        return COMMAND_NO;
    }
    if (iso_message_unpack(command->options.spec, ISO_HEADER_AUTO, body, line.len / 2, &message,
                           &fault) != ISO_OK) {
        report_unpack(command, &fault);
        return COMMAND_NO;
    }
    return answer_message(command, &message);
}

/* The next line without its end; as long as `size` when it is longer. False at the input's end. */
static bool read_line(FILE *in, char *line, size_t size, size_t *len)
{
    int c = '\n';
    *len = 0;
    while (*len < size && (c = getc(in)) != EOF && c != '\n')
        line[(*len)++] = (char)c;
    if (c == '\n' && *len > 0 && line[*len - 1] == '\r')
        (*len)--;
    return *len > 0 || c != EOF;
}

/* Line by line, so that a pipe is answered as it comes. */
static int answer_stream(struct mac_command *command, FILE *in)
{
    static char line[LINE_LEN_MAX + 2]; /* CR, and one more to see that it is too long */
    int worst = COMMAND_GOOD;
    for (size_t len = 0; read_line(in, line, sizeof line, &len);) {
        if (len == 0)
            continue;
        command->number++;
        if (len == sizeof line)
            return complain("a line is longer than any message");
        int code = answer_line(command, bytes_of(line, len));
        worst = code > worst ? code : worst;
    }
    if (ferror(in))
        return complain("reading failed");
    return command->number == 0 ? complain("there is no message in the input") : worst;
}

static int open_parts(struct mac_command *command)
{
    char path[COMMAND_PATH_MAX];
    struct fault fault = {.text = ""};
    int code = message_options_load(&command->options, &mac_usage);
    if (code != COMMAND_GOOD)
        return code;
    command_spec_path("mac", command->recipe_name, path);
    if (mac_recipe_load(path, &command->recipe, &fault) != RESULT_OK ||
        mac_key_open(command->algorithm, bytes_of(command->key_data, command->key_len),
                     &command->key, &fault) != RESULT_OK)
        return command_fail(&mac_usage, &fault);
    return COMMAND_GOOD;
}

static int run(struct mac_command *command)
{
    int code = open_parts(command);
    if (code != COMMAND_GOOD)
        return code;
    bool standard = strcmp(command->file_name, "-") == 0;
    FILE *in = standard ? stdin : fopen(command->file_name, "r");
    if (in == NULL) {
        fprintf(stderr, "cardlab mac: %s: %s\n", command->file_name, strerror(errno));
        return COMMAND_CANNOT;
    }
    code = answer_stream(command, in);
    if (!standard)
        fclose(in);
    return code;
}

/* --- the command line ------------------------------------------------------------------------- */

static int take_key(struct mac_command *command, char *hex)
{
    struct bytes text = bytes_text(hex);
    if (!text_hex_decode(text, command->key_data, sizeof command->key_data))
        return command_usage(&mac_usage, "--key: expected up to %d bytes in hex", KEY_LEN_MAX);
    command->key_len = text.len / 2;
    explicit_bzero(hex, text.len); /* out of the process list, if late */
    return COMMAND_GOOD;
}

static int take_algorithm(struct mac_command *command, const char *name)
{
    static const char *const names[] = {"sm4", "des", "3des"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            command->algorithm = (enum mac_algorithm)i;
            return COMMAND_GOOD;
        }
    return command_usage(&mac_usage, "--algorithm: expected sm4, des or 3des, got %s", name);
}

static int take_option(struct mac_command *command, int id, const char *value)
{
    switch (id) {
    case OPTION_ALGORITHM:
        return take_algorithm(command, value);
    case OPTION_RECIPE:
        command->recipe_name = value;
        break;
    case OPTION_VERIFY:
        command->verify = true;
        break;
    case OPTION_EXPLAIN:
        command->explain = true;
        break;
    default:
        return message_options_take(&command->options, &mac_usage, id, value);
    }
    return COMMAND_GOOD;
}

/* -1: go on; else the exit code. */
static int take_arguments(struct mac_command *command, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0;
    int id;
    while ((id = command_next(&mac_usage, argc, argv, &value, &first)) > 0) {
        int code = id == OPTION_KEY ? take_key(command, optarg) : take_option(command, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (command->key_len == 0)
        return command_usage(&mac_usage, "--key is missing");
    if (argc - first > 1)
        return command_usage(&mac_usage, "expected one file, got %d", argc - first);
    if (argc > first)
        command->file_name = argv[first];
    return -1;
}

int cmd_mac(int argc, char **argv)
{
    struct mac_command command = {.recipe_name = "redpacket", .file_name = "-"};
    message_options_init(&command.options);
    strbuf_init(&command.out, OUT_LEN_MAX);
    int code = take_arguments(&command, argc, argv);
    if (code < 0)
        code = run(&command);
    explicit_bzero(command.key_data, sizeof command.key_data);
    mac_key_close(command.key);
    mac_recipe_free(command.recipe);
    message_options_deinit(&command.options);
    strbuf_deinit(&command.out);
    return code;
}
