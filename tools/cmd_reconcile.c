/* cardlab reconcile: clearing files against a party's own book. */
#include "host.h"

#include "clearing/manifest.h"
#include "clearing/member.h"
#include "clearing/reconcile.h"
#include "reconciled.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_FILE = 1,
    OPTION_LEDGER,
    OPTION_AS,
    OPTION_DATE,
    OPTION_LAYOUTS,
    OPTION_UNMASK,
    OPTION_JSON,
};

static const struct command command = {
    .name = "reconcile",
    .arguments = "[FILE...]",
    .summary = "Compares a party's clearing files with its own book, item by item.",
    .details =
        "  cardlab reconcile --as 00095550001 --ledger cardlab-demo/harbour "
        "files/20261231/00095550001/*\n"
        "\n"
        "Exit 0 when every item matches; 1 when not, and each difference is listed with both\n"
        "sides. What the exceptions file among the files lists is told, and is no difference.\n"
        "A manifest.json among the files is checked against them first. The book is the\n"
        "party's store.",
    .options =
        (const struct command_option[]){
            {OPTION_FILE, "file", "FILE", "a clearing file; more may follow as arguments"},
            {OPTION_LEDGER, "ledger", "DIR", "data folder of the party, or its store"},
            {OPTION_AS, "as", "ID", "institution id of the party"},
            {OPTION_DATE, "date", "YYYYMMDD", "settlement date (default: that of the files)"},
            {OPTION_LAYOUTS, "layouts", "DIR", "folder of layouts (default: the shipped ones)"},
            {OPTION_UNMASK, "unmask", NULL, "whole card numbers"},
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct comparing {
    const char *ledger, *layouts_path;
    const char *files[RECONCILE_FILES_MAX];
    size_t file_count;
    const char *manifests[RECONCILE_FILES_MAX];
    size_t manifest_count;
    uint64_t institution;
    int64_t date;
    bool has_institution, unmask, json;
    struct reconcile_result result;
};

/* --- telling ---------------------------------------------------------------------------------- */

static struct reconciled told_of(const struct comparing *comparing)
{
    return (struct reconciled){
        .result = &comparing->result, .files = comparing->files, .unmask = comparing->unmask};
}

/* At most RECONCILE_LISTED_MAX differences: they fit. */
static void print_json(const struct comparing *comparing)
{
    struct strbuf text;
    struct reconciled told = told_of(comparing);
    strbuf_init(&text, 4 << 20);
    struct json json = json_to(&text);
    json_open_object(&json);
    reconciled_json(&told, &json);
    json_close_object(&json);
    MUST(!text.bad);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum result compare(struct comparing *comparing, const struct layout_set *layouts,
                           struct fault *fault)
{
    struct store *store = NULL;
    struct ledger ledger;
    char path[COMMAND_PATH_MAX];
    host_store_path(comparing->ledger, path);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &store, fault));
    struct reconcile_config config = {
        .layouts = layouts,
        .institution = comparing->institution,
        .date = (uint32_t)comparing->date,
        .files = comparing->files,
        .file_count = comparing->file_count,
        .ledger = &ledger,
    };
    enum result result = ledger_of_store(store, &ledger, fault);
    if (result == RESULT_OK)
        result = clearing_reconcile(&config, &comparing->result, fault);
    store_close(store);
    return result;
}

static enum result run(struct comparing *comparing, struct fault *fault)
{
    struct layout_set layouts;
    char path[COMMAND_PATH_MAX];
    if (comparing->layouts_path == NULL)
        command_spec_folder("clearing", path);
    else
        snprintf(path, sizeof path, "%s", comparing->layouts_path);
    for (size_t i = 0; i < comparing->manifest_count; i++)
        TRY(manifest_check(comparing->manifests[i], fault));
    TRY(layout_set_load(path, &layouts, fault));
    enum result result = compare(comparing, &layouts, fault);
    layout_set_free(&layouts);
    return result;
}

static bool take_file(struct comparing *comparing, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    bool is_manifest = strcmp(name, MANIFEST_NAME) == 0;
    size_t *count = is_manifest ? &comparing->manifest_count : &comparing->file_count;
    if (!is_manifest && !manifest_is_clearing_file(name))
        return true;
    if (*count == RECONCILE_FILES_MAX)
        return false;
    (is_manifest ? comparing->manifests : comparing->files)[(*count)++] = path;
    return true;
}

static bool take_institution(struct comparing *comparing, const char *text)
{
    struct institution institution;
    comparing->has_institution = institution_parse(bytes_text(text), &institution);
    comparing->institution = institution.number;
    return comparing->has_institution;
}

static int take_options(struct comparing *comparing, int argc, char **argv)
{
    const char *value;
    int first, id;
    bool fits = true;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_FILE)
            fits = take_file(comparing, value) && fits;
        else if (id == OPTION_LEDGER)
            comparing->ledger = value;
        else if (id == OPTION_AS && !take_institution(comparing, value))
            return command_usage(&command, "--as: expected an institution id of 1 to 11 digits");
        else if (id == OPTION_LAYOUTS)
            comparing->layouts_path = value;
        else if (id == OPTION_UNMASK)
            comparing->unmask = true;
        else if (id == OPTION_JSON)
            comparing->json = true;
        else if (id == OPTION_DATE &&
                 !command_number(&command, "date", value, 19700101, 99991231, &comparing->date))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    for (; first < argc; first++)
        fits = take_file(comparing, argv[first]) && fits;
    if (!fits)
        return command_usage(&command, "expected at most %d files", RECONCILE_FILES_MAX);
    if (comparing->ledger == NULL || !comparing->has_institution || comparing->file_count == 0)
        return command_usage(&command, "expected --as ID --ledger DIR --file FILE...");
    return -1;
}

int cmd_reconcile(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    static struct comparing comparing;
    comparing = (struct comparing){0};
    int code = take_options(&comparing, argc, argv);
    if (code < 0 && run(&comparing, &fault) != RESULT_OK)
        code = command_fail(&command, &fault);
    else if (code < 0) {
        code = reconcile_differences(&comparing.result) == 0 ? COMMAND_GOOD : COMMAND_NO;
        if (comparing.json)
            print_json(&comparing);
        else {
            struct reconciled told = told_of(&comparing);
            reconciled_print(&told, stdout);
        }
    }
    reconcile_result_deinit(&comparing.result);
    return code;
}
