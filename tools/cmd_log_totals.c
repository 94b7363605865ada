/* cardlab log totals: what a party counts of each settlement date and member, and what came of
 * comparing it. */
#include "command.h"
#include "host.h"
#include "told_totals.h"

#include "clearing/member.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_DATE = 1, OPTION_LAB, OPTION_JSON };
enum { JSON_LINE_MAX = 4096 };

static const struct command command = {
    .name = "log totals",
    .arguments = "DIR",
    .summary = "Prints the totals of a party's data folder by date and member, oldest first.",
    .details =
        "  cardlab log totals cardlab-demo/switch\n"
        "  cardlab log totals cardlab-demo/harbour --date 20261231 --json\n"
        "\n"
        "Credits, debits and net as the party has them at this moment, and what the comparison\n"
        "with the other side has come to when the date was over. Where both differ, both figures\n"
        "stand beside each other. Beside a running party too. Exit 1 when a date is there that\n"
        "both sides have compared, and that differs by more than what is in doubt.",
    .options =
        (const struct command_option[]){
            {OPTION_DATE, "date", "YYYYMMDD", "only this settlement date"},
            {OPTION_LAB, "lab", "LAB.yaml", "names the members"},
            {OPTION_JSON, "json", NULL, "one JSON object a line"},
            {0, NULL, NULL, NULL},
        },
};

struct printing {
    const struct lab *lab; /* NULL: none */
    bool json, is_bad;
    uint64_t printed;
};

static const char *name_of(const struct lab *lab, uint64_t member)
{
    char id[CLEARING_ID_SIZE];
    int found =
        lab != NULL ? lab_find_institution(lab, bytes_text(clearing_id_format(member, id))) : -1;
    return found >= 0 ? lab->institutions[found].name : "";
}

static bool print_one(void *context, uint32_t date, uint64_t member, const struct totals_book *book)
{
    struct printing *printing = context;
    bool is_compared = book->state != TOTALS_OPEN && book->state != TOTALS_ASKED;
    printing->printed++;
    printing->is_bad |= is_compared && !told_totals_are_good(book);
    if (!printing->json) {
        told_totals_print(stdout, date, member, name_of(printing->lab, member), book);
        return ferror(stdout) == 0;
    }
    struct strbuf text;
    strbuf_init(&text, JSON_LINE_MAX);
    struct json json = json_to(&text);
    told_totals_json(&json, date, member, book);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
    return ferror(stdout) == 0;
}

static enum result run(const char *folder, uint32_t date, struct printing *printing,
                       struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct store *store = NULL;
    host_store_path(folder, path);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = told_totals_scan(store, date, print_one, printing, fault);
    store_close(store);
    return result;
}

int cmd_log_totals(int argc, char **argv)
{
    const char *value, *lab_name = NULL;
    struct fault fault = {RESULT_OK, ""};
    struct printing printing = {.lab = NULL};
    struct lab *lab = NULL;
    char path[COMMAND_PATH_MAX];
    int64_t date = 0;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_LAB)
            lab_name = value;
        else if (id == OPTION_JSON)
            printing.json = true;
        else if (!command_date(&command, "date", value, &date))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&command, "expected one data folder");
    if (lab_name != NULL) {
        command_spec_path("labs", lab_name, path);
        if (lab_load(path, &lab, &fault) != RESULT_OK)
            return command_fail(&command, &fault);
    }
    printing.lab = lab;
    enum result result = run(argv[first], (uint32_t)date, &printing, &fault);
    lab_free(lab);
    if (result != RESULT_OK)
        return command_fail(&command, &fault);
    if (printing.printed == 0)
        fprintf(stderr, "cardlab log totals: nothing has been counted\n");
    return printing.is_bad ? COMMAND_NO : COMMAND_GOOD;
}
