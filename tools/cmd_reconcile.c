/* cardlab reconcile: clearing files against a party's own book. */
#include "host.h"

#include "base/json.h"
#include "base/mask.h"
#include "base/text.h"
#include "clearing/manifest.h"
#include "clearing/member.h"
#include "clearing/reconcile.h"

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
        "party's store; at most two million items a side are compared.",
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

/* --- words ------------------------------------------------------------------------------------ */

struct card_text {
    char text[PAN_LEN_MAX + 1];
};

static struct card_text card_of(const struct comparing *comparing, const struct item *item)
{
    struct card_text card = {""};
    struct bytes digits = bytes_of(item->card.digits, item->card.len);
    if (comparing->unmask)
        snprintf(card.text, sizeof card.text, "%.*s", (int)digits.len, item->card.digits);
    else
        mask_pan(digits, card.text, sizeof card.text);
    return card;
}

static const char *file_name(const struct comparing *comparing, const struct item *item)
{
    const char *path = comparing->files[item->source];
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const struct item *item_in(const struct reconcile_difference *difference)
{
    return difference->in_file ? &difference->file : &difference->ledger;
}

/* --- text ------------------------------------------------------------------------------------- */

static void print_side(const struct comparing *comparing, const struct reconcile_difference *d,
                       bool is_file)
{
    char money[TEXT_MONEY_SIZE];
    const struct item *item = is_file ? &d->file : &d->ledger;
    bool is_there = is_file ? d->in_file : d->in_ledger;
    printf("    %-7s", is_file ? "file" : d->class == RECONCILE_POSITION ? "details" : "ledger");
    if (!is_there) {
        printf(" %18s\n", "-");
        return;
    }
    printf(" %18s  %08u", text_money_format(item->amount_minor, money), item->date);
    if (d->class == RECONCILE_POSITION)
        printf("\n");
    else if (is_file)
        printf("  %s, line %llu\n", file_name(comparing, item), (unsigned long long)item->place);
    else
        printf("  log record %llu\n", (unsigned long long)item->place);
}

static void print_difference(const struct comparing *comparing,
                             const struct reconcile_difference *d)
{
    const struct item *item = item_in(d);
    printf("\n%s: %s", reconcile_class_name(d->class), operation_name(item->kind));
    if (d->class != RECONCILE_POSITION) {
        printf(" of packet %08u-%llu", item->reference.date,
               (unsigned long long)item->reference.sequence);
        if (item->reference.share != 0)
            printf(", share %u", item->reference.share);
        printf(", STAN %06u, DE 37 %.12s, card %s", item->stan, item->rrn,
               card_of(comparing, item).text);
    }
    printf("\n");
    print_side(comparing, d, true);
    print_side(comparing, d, false);
    const char *sense = reconcile_sense_name(d->sense);
    printf("    %s%s%s\n", sense, sense[0] != '\0' ? ": " : "", reconcile_meaning(d));
}

static void print_text(const struct comparing *comparing)
{
    const struct reconcile_result *result = &comparing->result;
    char id[CLEARING_ID_SIZE];
    printf("%s, settlement date %08u\n", clearing_id_format(comparing->institution, id),
           result->date);
    for (enum reconcile_class class = 0; class < RECONCILE_CLASSES; class ++)
        if (class == RECONCILE_MATCHED || result->counts[class] > 0)
            printf("  %-22s %10llu\n", reconcile_class_name(class),
                   (unsigned long long)result->counts[class]);
    for (size_t i = 0; i < result->listed; i++)
        print_difference(comparing, &result->differences[i]);
    uint64_t all = reconcile_differences(result) + result->counts[RECONCILE_NOTED] +
                   result->counts[RECONCILE_EXCEPTED];
    if (all > result->listed)
        printf("\n... and %llu more\n", (unsigned long long)(all - result->listed));
}

/* --- JSON ------------------------------------------------------------------------------------- */

static const char *const class_keys[RECONCILE_CLASSES] = {
    "matched",   "amount_differs",   "only_in_file", "only_in_ledger", "duplicate",
    "wrong_day", "position_differs", "noted",        "in_exceptions",
};
static const char *const sense_keys[] = {"", "shortage", "surplus"}; /* by enum reconcile_sense */

static void write_side(const struct comparing *comparing, const struct reconcile_difference *d,
                       bool is_file, struct json *json)
{
    const struct item *item = is_file ? &d->file : &d->ledger;
    json_key(json, is_file ? "in_file" : "in_ledger");
    if (!(is_file ? d->in_file : d->in_ledger)) {
        json_text(json, NULL);
        return;
    }
    json_open_object(json);
    json_member_int(json, "amount_minor", item->amount_minor);
    json_member_int(json, "settlement_date", item->date);
    if (d->class != RECONCILE_POSITION && is_file) {
        json_member(json, "file", file_name(comparing, item));
        json_member_int(json, "line", (int64_t)item->place);
    } else if (d->class != RECONCILE_POSITION)
        json_member_int(json, "log_record", (int64_t)item->place);
    json_close_object(json);
}

static void write_difference(const struct comparing *comparing,
                             const struct reconcile_difference *d, struct json *json)
{
    const struct item *item = item_in(d);
    char id[CLEARING_ID_SIZE];
    json_open_object(json);
    json_member(json, "class", class_keys[d->class]);
    json_member(json, "kind", operation_name(item->kind));
    json_member(json, "sense", sense_keys[d->sense]);
    json_member(json, "meaning", reconcile_meaning(d));
    if (d->class != RECONCILE_POSITION) {
        json_member_int(json, "freeze_date", item->reference.date);
        json_member_int(json, "freeze_sequence", (int64_t)item->reference.sequence);
        json_member(json, "wallet", clearing_id_format(item->reference.wallet, id));
        json_member_int(json, "share", item->reference.share);
        json_member_int(json, "stan", item->stan);
        json_member_int(json, "transmission", (int64_t)item->transmission);
        json_key(json, "rrn");
        json_bytes_text(json, bytes_of(item->rrn, sizeof item->rrn));
        json_member(json, "card", card_of(comparing, item).text);
    }
    write_side(comparing, d, true, json);
    write_side(comparing, d, false, json);
    json_close_object(json);
}

/* At most RECONCILE_LISTED_MAX differences: they fit. */
static void print_json(const struct comparing *comparing)
{
    const struct reconcile_result *result = &comparing->result;
    struct strbuf text;
    char id[CLEARING_ID_SIZE];
    strbuf_init(&text, 4 << 20); /* a listed difference takes some 700 bytes */
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member(&json, "institution", clearing_id_format(comparing->institution, id));
    json_member_int(&json, "settlement_date", result->date);
    json_member_bool(&json, "reconciled", reconcile_differences(result) == 0);
    json_key(&json, "counts");
    json_open_object(&json);
    for (enum reconcile_class class = 0; class < RECONCILE_CLASSES; class ++)
        json_member_int(&json, class_keys[class], (int64_t)result->counts[class]);
    json_close_object(&json);
    json_key(&json, "differences");
    json_open_list(&json);
    for (size_t i = 0; i < result->listed; i++)
        write_difference(comparing, &result->differences[i], &json);
    json_close_list(&json);
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
    char path[COMMAND_PATH_MAX];
    host_store_path(comparing->ledger, path);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &store, fault));
    struct reconcile_config config = {
        .layouts = layouts,
        .institution = comparing->institution,
        .date = (uint32_t)comparing->date,
        .files = comparing->files,
        .file_count = comparing->file_count,
        .ledger = store,
    };
    enum result result = clearing_reconcile(&config, &comparing->result, fault);
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
    const char *slash = strrchr(path, '/');
    bool is_manifest = strcmp(slash != NULL ? slash + 1 : path, MANIFEST_NAME) == 0;
    size_t *count = is_manifest ? &comparing->manifest_count : &comparing->file_count;
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
        else
            print_text(&comparing);
    }
    reconcile_result_deinit(&comparing.result);
    return code;
}
