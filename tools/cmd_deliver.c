/* cardlab deliver: sends what a cut has made, or what could not be sent before. */
#include "command.h"
#include "delivering.h"

#include "base/date.h"

#include <stdlib.h>

enum { OPTION_COMMAND = 1, OPTION_LAB, OPTION_LIMIT, OPTION_AGAIN, OPTION_LIST, OPTION_JSON };

static const struct command command = {
    .name = "deliver",
    .arguments = "FOLDER",
    .summary = "Delivers the files of a date to every party that has not got them.",
    .details =
        "  cardlab deliver --command ./by-sftp files/20261231\n"
        "  cardlab deliver files/20261231      what failed, and nothing else, once more\n"
        "\n"
        "COMMAND is a program, run once a party without a shell, as COMMAND FOLDER INSTITUTION\n"
        "DATE with the folder of that party; exit 0 says that the party has its files. What came\n"
        "of it stands in FOLDER.delivery.json, and what it wrote in FOLDER.delivery.log. Exit 1\n"
        "while anybody has not got its files.",
    .options =
        (const struct command_option[]){
            {OPTION_COMMAND, "command", "COMMAND", "the program (default: that of last time)"},
            {OPTION_LAB, "lab", "LAB", "lab file: its `deliver` is command and limit"},
            {OPTION_LIMIT, "limit-s", "SECONDS",
             "for each party, then it is killed (default: as last time, 300 at first)"},
            {OPTION_AGAIN, "again", NULL, "also to those that have got theirs"},
            {OPTION_LIST, "list", NULL, "only say how it stands"},
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct deliver {
    struct delivering delivering;
    const char *lab_path;
    struct lab *lab; /* NULL: none was named */
    bool list, json;
    struct deliveries deliveries;
    size_t failed;
    bool interrupted;
};

static enum result take_lab(struct deliver *deliver, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    if (deliver->lab_path == NULL)
        return RESULT_OK;
    command_spec_path("labs", deliver->lab_path, path);
    TRY(lab_load(path, &deliver->lab, fault));
    delivering_take_lab(&deliver->delivering, deliver->lab);
    if (deliver->delivering.command != NULL)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "%s: it does not say how to deliver: expected `deliver`",
                     path);
}

static enum result run(struct deliver *deliver, struct fault *fault)
{
    TRY(take_lab(deliver, fault));
    if (!deliver->list)
        return delivering_run(&deliver->delivering, command.name, &deliver->deliveries,
                              &deliver->failed, &deliver->interrupted, fault);
    TRY(deliveries_load(deliver->delivering.folder, &deliver->deliveries, fault));
    for (size_t i = 0; i < deliver->deliveries.count; i++)
        deliver->failed += deliver->deliveries.list[i].state != DELIVERY_DONE;
    return RESULT_OK;
}

/* Why a delivery failed, and what the command said last. */
static void print_last(const struct delivery *delivery)
{
    const char *reason =
        delivery->state == DELIVERY_STARTED ? "not known to have ended" : delivery->reason;
    printf(" %s%s%s\n", reason, reason[0] != '\0' && delivery->said[0] != '\0' ? ": " : "",
           delivery->said);
}

static void print_text(const struct deliver *deliver)
{
    char id[CLEARING_ID_SIZE], at[DATE_ISO_SIZE];
    printf("%-12s %-10s %5s  %-20s %s\n", "Institution", "State", "Tries", "At", "Last");
    for (size_t i = 0; i < deliver->deliveries.count; i++) {
        const struct delivery *delivery = &deliver->deliveries.list[i];
        date_iso_format(delivery->at_us, at);
        printf("%-12s %-10s %5llu  %-20.19s", clearing_id_format(delivery->institution, id),
               delivery_state_name(delivery->state), (unsigned long long)delivery->tries,
               delivery->tries > 0 ? at : "-");
        print_last(delivery);
    }
}

static void print_json(const struct deliver *deliver)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "settlement_date", deliver->deliveries.date);
    json_member(&json, "folder", deliver->deliveries.folder);
    json_member_int(&json, "not_delivered", (int64_t)deliver->failed);
    delivering_format(&deliver->deliveries, &json);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

static int take_options(struct deliver *deliver, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_COMMAND)
            deliver->delivering.command = value;
        else if (id == OPTION_LAB)
            deliver->lab_path = value;
        else if (id == OPTION_AGAIN)
            deliver->delivering.again = true;
        else if (id == OPTION_LIST)
            deliver->list = true;
        else if (id == OPTION_JSON)
            deliver->json = true;
        else if (!command_number(&command, "limit-s", value, 1, DELIVERY_LIMIT_MAX_S,
                                 &deliver->delivering.limit_s))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc != first + 1)
        return command_usage(&command, "expected one FOLDER, of a date");
    deliver->delivering.folder = argv[first];
    return -1;
}

int cmd_deliver(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct deliver *deliver = calloc(1, sizeof *deliver);
    MUST(deliver != NULL);
    int code = take_options(deliver, argc, argv);
    if (code < 0 && run(deliver, &fault) != RESULT_OK)
        code = command_fail(&command, &fault);
    else if (code < 0) {
        if (deliver->json)
            print_json(deliver);
        else
            print_text(deliver);
        code = deliver->interrupted  ? COMMAND_INTERRUPTED
               : deliver->failed > 0 ? COMMAND_NO
                                     : COMMAND_GOOD;
    }
    lab_free(deliver->lab);
    free(deliver);
    return code;
}
