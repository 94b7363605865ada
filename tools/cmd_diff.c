/* cardlab diff: two messages, or two streams, field by field. In order, as it reads; by key it
 * keeps the messages of A in memory, which is bounded. */
#include "base/json.h"
#include "command.h"
#include "message_diff.h"
#include "message_fault.h"
#include "message_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_IGNORE = 1, OPTION_KEY };

enum {
    OUT_LEN_MAX = 16 << 20,   /* of one pair: every field of both, every byte escaped */
    FAULT_LEN_MAX = 64 << 10, /* of a fault's line with its file's path, every byte escaped */
    KEY_PATHS_MAX = 8,
    KEY_LEN_MAX = 1024,       /* longer values are no keys */
    KEPT_LEN_MAX = 256 << 20, /* A's messages and keys: about 800,000 of 318 bytes */
    KEPT_COUNT_MAX = 1 << 20,
};

static const struct command_option options[] = {
    {OPTION_IGNORE, "ignore", "PATHS", "fields that do not count, with all below them: 7,11,48.AS"},
    {OPTION_KEY, "key", "PATHS", "pair messages by the values of these fields, not in order"},
    {0},
};

static const struct command diff_usage = {
    .name = "diff",
    .arguments = "A B",
    .summary = "Compares two ISO 8583 messages, or two streams of them, field by field.",
    .details =
        "Reads what decode reads; one of the two may be -. A line, or with --json an object,\n"
        "a difference. Exits 0 when there is none, 1 when there is one or a message is bad.",
    .options = options,
    .shared = message_option_table,
    .shared_rows = MESSAGE_INPUT_ROWS | MESSAGE_ROW(MESSAGE_UNMASK) | MESSAGE_ROW(MESSAGE_JSON),
};

/* A message of A, kept until B is read. */
struct kept {
    size_t key, key_len, bytes, len; /* in diff_command.store */
    uint64_t number;
    size_t taken; /* of the first with this key: how many have a partner; they go in order */
    bool used;
};

struct diff_command {
    const char *names[2];
    struct message_options options;
    struct message_input inputs[2];
    struct iso_message messages[2];
    bool has_ended[2];
    struct flat flats[2];
    struct diff_ignored ignored;
    struct strbuf out;
    bool is_different;
    uint64_t pairs;
    bool is_held; /* the first pair's lines are still in `out`: is it the only one? */
    const char *key_paths;
    struct strbuf store;
    struct kept *kept;
    size_t kept_count, kept_cap;
};

/* --- output ----------------------------------------------------------------------------------- */

static void flush(struct diff_command *diff)
{
    if (diff->out.len > 0)
        fwrite(diff->out.text, 1, diff->out.len, stdout);
    strbuf_clear(&diff->out);
}

/* There is more than one pair: from now on each that differs has a title, the first one too. */
static void release(struct diff_command *diff)
{
    if (!diff->is_held)
        return;
    diff->is_held = false;
    if (diff->out.len > 0 && !diff->options.json)
        fputs("message 1 / 1\n", stdout);
    flush(diff);
}

static void report(struct diff_command *diff, int side, const struct iso_fault *fault)
{
    struct message_fault_at at = {.command = diff_usage.name,
                                  .file = diff->names[side],
                                  .number = diff->inputs[side].number,
                                  .line = diff->inputs[side].source.bad_line,
                                  .column = diff->inputs[side].source.bad_column};
    struct strbuf line;
    diff->is_different = true;
    release(diff);
    fflush(stdout);
    strbuf_init(&line, FAULT_LEN_MAX);
    if (diff->options.json)
        message_fault_object(&line, &at, fault);
    else
        message_fault_line(&line, &at, fault);
    fputs(line.text == NULL ? "" : line.text, stderr);
    strbuf_deinit(&line);
}

/* A message without a partner. */
static void put_alone(struct diff_command *diff, int side, uint64_t number, const char *mti)
{
    diff->is_different = true;
    release(diff);
    if (!diff->options.json) {
        strbuf_format(&diff->out, "only in %c: message %llu, %s\n", "AB"[side],
                      (unsigned long long)number, mti);
        flush(diff);
        return;
    }
    struct json json = json_to(&diff->out);
    json_open_object(&json);
    json_member(&json, "field", "");
    for (int i = 0; i < 2; i++) {
        json_key(&json, i == 0 ? "a" : "b");
        if (i != side) {
            json_text(&json, NULL);
            continue;
        }
        json_open_object(&json);
        json_member_int(&json, "message", (int64_t)number);
        json_member(&json, "mti", mti);
        json_close_object(&json);
    }
    json_close_object(&json);
    strbuf_text(&diff->out, "\n");
    flush(diff);
}

static int complain(const char *name, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "cardlab diff: %s: %s\n", name, text);
    return COMMAND_CANNOT;
}

/* Both messages are there. COMMAND_GOOD, or what went wrong is printed. */
static int compare(struct diff_command *diff, uint64_t number_a, uint64_t number_b)
{
    const struct message_options *with = &diff->options;
    for (int side = 0; side < 2; side++)
        if (!flat_take(&diff->flats[side], &diff->messages[side], with->unmask))
            return complain(diff->names[side], "a message of more fields than can be compared");
    diff->pairs++;
    diff->is_held = diff->pairs == 1 && diff->key_paths == NULL;
    if (!diff->is_held && !with->json)
        strbuf_format(&diff->out, "message %llu / %llu\n", (unsigned long long)number_a,
                      (unsigned long long)number_b);
    size_t count = diff_put(&diff->out, with->json, &diff->ignored, &diff->flats[0],
                            &diff->flats[1], number_a, number_b);
    if (diff->out.bad)
        return complain(diff->names[0], "a message of more differences than can be shown");
    diff->is_different = diff->is_different || count > 0;
    if (count == 0)
        strbuf_clear(&diff->out); /* no title above nothing */
    else if (!diff->is_held)
        flush(diff);
    return COMMAND_GOOD;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The next message of one side, whether it is good or not. */
static enum input_event next(struct diff_command *diff, int side, struct iso_value *bytes)
{
    struct iso_fault fault;
    enum input_event event;
    if (diff->has_ended[side])
        return INPUT_END;
    do
        event = message_input_next(&diff->inputs[side], &diff->messages[side], bytes, &fault);
    while (event == INPUT_IDLE);
    if (event == INPUT_INVALID || event == INPUT_LOST)
        report(diff, side, &fault);
    if (event == INPUT_FAILED)
        complain(diff->names[side], strerror(errno));
    diff->has_ended[side] =
        event == INPUT_END || (event == INPUT_LOST && diff->options.form == SOURCE_FRAMED);
    return diff->has_ended[side] ? INPUT_END : event;
}

static int compare_in_order(struct diff_command *diff)
{
    struct iso_value bytes;
    for (;;) {
        enum input_event events[2];
        events[0] = next(diff, 0, &bytes);
        events[1] = next(diff, 1, &bytes);
        if (events[0] == INPUT_FAILED || events[1] == INPUT_FAILED)
            return COMMAND_CANNOT;
        if (events[0] == INPUT_END && events[1] == INPUT_END)
            break;
        release(diff);
        if (events[0] == INPUT_GOOD && events[1] == INPUT_GOOD) {
            if (compare(diff, diff->inputs[0].number, diff->inputs[1].number) != COMMAND_GOOD)
                return COMMAND_CANNOT;
            continue;
        }
        for (int side = 0; side < 2; side++)
            if (events[side] == INPUT_GOOD && events[1 - side] == INPUT_END)
                put_alone(diff, side, diff->inputs[side].number, diff->messages[side].mti);
    }
    flush(diff);
    return diff->is_different ? COMMAND_NO : COMMAND_GOOD;
}

/* --- by key ----------------------------------------------------------------------------------- */

/* The values of the key's fields, each behind its length; a field that is not there has none. */
static bool key_of(const struct diff_command *diff, const struct iso_message *message,
                   struct strbuf *key)
{
    strbuf_clear(key);
    for (const char *path = diff->key_paths; *path != '\0';) {
        char below[FLAT_PATH_MAX] = "", text[KEY_LEN_MAX];
        char *end;
        unsigned long de = strtoul(path, &end, 10);
        size_t len = strcspn(path, ","), text_len = 0;
        if (*end == '.')
            snprintf(below, sizeof below, "%.*s", (int)(path + len - end) - 1, end + 1);
        enum iso_result result =
            iso_message_text(message, (unsigned)de, below, text, sizeof text, &text_len);
        if (result == ISO_LIMIT)
            return false;
        strbuf_format(key, "%zu:", result == ISO_OK ? text_len + 1 : 0);
        strbuf_add(key, text, result == ISO_OK ? text_len : 0);
        path += path[len] == ',' ? len + 1 : len;
    }
    return !key->bad;
}

/* "11,48.AS.HB.share": elements that the spec has. */
static int check_key_paths(const struct diff_command *diff)
{
    unsigned count = 0;
    for (const char *path = diff->key_paths; path != NULL && count <= KEY_PATHS_MAX; count++) {
        char *end = NULL;
        unsigned long de = path[0] >= '1' && path[0] <= '9' ? strtoul(path, &end, 10) : 0;
        size_t len = strcspn(path, ",");
        if (de == 0 || de > ISO_DE_MAX ||
            (end < path + len && (*end != '.' || end + 1 == path + len)) || len >= FLAT_PATH_MAX ||
            iso_spec_de_name(diff->options.spec, (unsigned)de) == NULL)
            return command_usage(&diff_usage, "--key: expected paths of data elements, got %.*s",
                                 len > 40 ? 40 : (int)len, path);
        path = path[len] == ',' ? path + len + 1 : NULL;
    }
    if (count > KEY_PATHS_MAX)
        return command_usage(&diff_usage, "--key: expected %d paths at most", KEY_PATHS_MAX);
    return COMMAND_GOOD;
}

static bool keep(struct diff_command *diff, const struct strbuf *key, const struct iso_value *bytes)
{
    if (diff->kept_count == diff->kept_cap) {
        size_t cap = diff->kept_cap == 0 ? 1024 : 2 * diff->kept_cap;
        struct kept *more =
            cap > KEPT_COUNT_MAX ? NULL : realloc(diff->kept, cap * sizeof *diff->kept);
        if (more == NULL)
            return false;
        diff->kept = more;
        diff->kept_cap = cap;
    }
    diff->kept[diff->kept_count++] = (struct kept){.key = diff->store.len,
                                                   .key_len = key->len,
                                                   .bytes = diff->store.len + key->len,
                                                   .len = bytes->len,
                                                   .number = diff->inputs[0].number};
    strbuf_add(&diff->store, key->text, key->len);
    strbuf_add(&diff->store, bytes->data, bytes->len);
    return !diff->store.bad;
}

static int compare_keys(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_kept(const void *one, const void *other, void *context)
{
    const struct kept *a = one, *b = other;
    const char *store = context;
    int order = compare_keys(store + a->key, a->key_len, store + b->key, b->key_len);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static int compare_numbers(const void *one, const void *other)
{
    const struct kept *a = one, *b = other;
    return (a->number > b->number) - (a->number < b->number);
}

/* The first of A with this key that has no partner yet. */
static struct kept *find_kept(struct diff_command *diff, const struct strbuf *key)
{
    size_t low = 0, high = diff->kept_count;
    const char *store = diff->store.text;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct kept *at = &diff->kept[middle];
        if (compare_keys(store + at->key, at->key_len, key->text, key->len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == diff->kept_count)
        return NULL;
    size_t at = low + diff->kept[low].taken;
    if (at == diff->kept_count ||
        compare_keys(store + diff->kept[at].key, diff->kept[at].key_len, key->text, key->len) != 0)
        return NULL;
    diff->kept[low].taken++;
    return &diff->kept[at];
}

static bool unpack_kept(struct diff_command *diff, const struct kept *kept)
{
    struct iso_fault fault;
    return iso_message_unpack(diff->options.spec, diff->options.header,
                              diff->store.text + kept->bytes, kept->len, &diff->messages[0],
                              &fault) == ISO_OK;
}

static int keep_all(struct diff_command *diff, struct strbuf *key)
{
    struct iso_value bytes;
    enum input_event event;
    while ((event = next(diff, 0, &bytes)) != INPUT_END) {
        if (event == INPUT_FAILED)
            return COMMAND_CANNOT;
        if (event != INPUT_GOOD)
            continue;
        if (!key_of(diff, &diff->messages[0], key))
            return complain(diff->names[0], "a value of --key is too long to be one");
        if (!keep(diff, key, &bytes)) {
            fprintf(stderr,
                    "cardlab diff: %s: message %llu: --key keeps A in memory, at most %d messages "
                    "and %d MiB; cut A and B, or leave --key out\n",
                    diff->names[0], (unsigned long long)diff->inputs[0].number, KEPT_COUNT_MAX,
                    KEPT_LEN_MAX >> 20);
            return COMMAND_CANNOT;
        }
    }
    if (diff->kept_count > 0)
        qsort_r(diff->kept, diff->kept_count, sizeof *diff->kept, compare_kept, diff->store.text);
    return COMMAND_GOOD;
}

static int match_all(struct diff_command *diff, struct strbuf *key)
{
    struct iso_value bytes;
    enum input_event event;
    while ((event = next(diff, 1, &bytes)) != INPUT_END) {
        if (event == INPUT_FAILED)
            return COMMAND_CANNOT;
        if (event != INPUT_GOOD)
            continue;
        if (!key_of(diff, &diff->messages[1], key))
            return complain(diff->names[1], "a value of --key is too long to be one");
        struct kept *kept = find_kept(diff, key);
        if (kept == NULL) {
            put_alone(diff, 1, diff->inputs[1].number, diff->messages[1].mti);
            continue;
        }
        kept->used = true;
        if (!unpack_kept(diff, kept))
            return complain(diff->names[0], "a message cannot be read again");
        if (compare(diff, kept->number, diff->inputs[1].number) != COMMAND_GOOD)
            return COMMAND_CANNOT;
    }
    if (diff->kept_count > 0)
        qsort(diff->kept, diff->kept_count, sizeof *diff->kept, compare_numbers);
    for (size_t i = 0; i < diff->kept_count; i++)
        if (!diff->kept[i].used && unpack_kept(diff, &diff->kept[i]))
            put_alone(diff, 0, diff->kept[i].number, diff->messages[0].mti);
    return diff->is_different ? COMMAND_NO : COMMAND_GOOD;
}

static int compare_by_key(struct diff_command *diff)
{
    struct strbuf key;
    int code = check_key_paths(diff);
    if (code != COMMAND_GOOD)
        return code;
    strbuf_init(&key, KEY_PATHS_MAX * (KEY_LEN_MAX + 8));
    code = keep_all(diff, &key);
    if (code == COMMAND_GOOD)
        code = match_all(diff, &key);
    strbuf_deinit(&key);
    return code;
}

/* --- the command ------------------------------------------------------------------------------ */

static int open_and_run(struct diff_command *diff)
{
    struct fault fault;
    int code = message_options_load(&diff->options, &diff_usage);
    if (code != COMMAND_GOOD)
        return code;
    for (int side = 0; side < 2; side++)
        if (flat_init(&diff->flats[side], &fault) != RESULT_OK ||
            message_input_open(&diff->inputs[side], &diff->options, diff->names[side], &fault) !=
                RESULT_OK)
            return command_fail(&diff_usage, &fault);
    code = diff->key_paths == NULL ? compare_in_order(diff) : compare_by_key(diff);
    for (int side = 0; side < 2 && code != COMMAND_CANNOT; side++)
        if (diff->inputs[side].number == 0 && diff->options.form == SOURCE_HEX)
            code = complain(diff->names[side], "no message in the input");
    return code;
}

/* -1: go on; else the exit code. */
static int take_arguments(struct diff_command *diff, int argc, char **argv)
{
    const char *value = NULL;
    int first = 0, id;
    while ((id = command_next(&diff_usage, argc, argv, &value, &first)) > 0) {
        int code = COMMAND_GOOD;
        if (id == OPTION_IGNORE && !diff_ignored_parse(&diff->ignored, value))
            code = command_usage(&diff_usage, "--ignore: expected up to %d paths, got %s",
                                 DIFF_IGNORED_MAX, value);
        else if (id == OPTION_KEY)
            diff->key_paths = value;
        else if (id != OPTION_IGNORE)
            code = message_options_take(&diff->options, &diff_usage, id, value);
        if (code != COMMAND_GOOD)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 2)
        return command_usage(&diff_usage, "expected two files, A and B, got %d", argc - first);
    if (strcmp(argv[first], "-") == 0 && strcmp(argv[first + 1], "-") == 0)
        return command_usage(&diff_usage, "expected one file beside -, got - twice");
    for (int side = 0; side < 2; side++)
        diff->names[side] = argv[first + side];
    return -1;
}

int cmd_diff(int argc, char **argv)
{
    static struct diff_command diff;
    message_options_init(&diff.options);
    strbuf_init(&diff.out, OUT_LEN_MAX);
    strbuf_init(&diff.store, KEPT_LEN_MAX);
    int code = take_arguments(&diff, argc, argv);
    if (code < 0)
        code = open_and_run(&diff);
    for (int side = 0; side < 2; side++) {
        message_input_close(&diff.inputs[side]);
        flat_deinit(&diff.flats[side]);
    }
    message_options_deinit(&diff.options);
    strbuf_deinit(&diff.out);
    strbuf_deinit(&diff.store);
    free(diff.kept);
    return code;
}
