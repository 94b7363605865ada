/* cardlab reconcile: clearing files against a party's own book, or all parties of a lab. */
#include "cmd_reconcile_lab.h"
#include "command.h"
#include "lab/lab.h"
#include "layouts.h"
#include "party_book.h"
#include "reconciled.h"

#include "clearing/manifest.h"
#include "clearing/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPTION_FILE = 1,
    OPTION_LEDGER,
    OPTION_MAP,
    OPTION_AS,
    OPTION_DATE,
    OPTION_LAB,
    OPTION_DATA,
    OPTION_FILES,
    OPTION_EXPORT,
    OPTION_LAYOUTS,
    OPTION_UNMASK,
    OPTION_JSON,
};

static const struct command command = {
    .name = "reconcile",
    .arguments = "[FILE...]",
    .summary = "Compares clearing files with a party's own book, item by item.",
    .details =
        "  cardlab reconcile --ledger cardlab-demo/harbour \\\n"
        "    cardlab-demo/clearing/20261231/00095550001/*\n"
        "  cardlab reconcile --data cardlab-demo --date 20261231\n"
        "  cardlab reconcile --ledger cardlab-demo/harbour --export book.csv\n"
        "  cardlab reconcile --ledger book.csv --map cardlab \\\n"
        "    cardlab-demo/clearing/20261231/00095550001/*\n"
        "\n"
        "Exit 0 when every item matches; 1 when not, and each difference is listed with both\n"
        "sides and what to do. What the exceptions file among the files lists is told, and is\n"
        "no difference. A manifest.json among the files is checked against them first. With\n"
        "--data every party of a lab is compared, and the files of all with each other.",
    .options =
        (const struct command_option[]){
            {OPTION_FILE, "file", "FILE", "a clearing file; more may follow as arguments"},
            {OPTION_LEDGER, "ledger", "DIR|FILE",
             "the book: a party's data folder, store or CSV; or NAME=that"},
            {OPTION_MAP, "map", "NAME|FILE", "which column of a CSV book is what; or NAME=MAP"},
            {OPTION_AS, "as", "ID|NAME", "the party (default: as book and files say)"},
            {OPTION_DATE, "date", "YYYYMMDD", "settlement date (default: that of the files)"},
            {OPTION_LAB, "lab", "LAB", "lab file (default: lab.yaml in or beside the data folder)"},
            {OPTION_DATA, "data", "DIR", "all parties of a lab: the folder of their data"},
            {OPTION_FILES, "files", "DIR", "with --data: folder of the dates (default: clearing)"},
            {OPTION_EXPORT, "export", "FILE", "write the book as CSV instead; - is the output"},
            {OPTION_LAYOUTS, "layouts", "DIR",
             "folder of layouts besides the shipped ones; may come again"},
            {OPTION_UNMASK, "unmask", NULL, "whole card numbers"},
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct comparing {
    const char *ledger, *as, *export;
    const char *nobodys; /* a ledger without NAME= */
    struct layouts_named named;
    const char *files[RECONCILE_FILES_MAX];
    size_t file_count;
    struct manifest_seen seen[RECONCILE_FILES_MAX];
    const char *manifests[RECONCILE_FILES_MAX];
    size_t manifest_count;
    int64_t date;
    struct reconcile_lab lab; /* with what both share: lab file, mapping, unmask, json */
    struct layout_set layouts;
    struct party_book book;
    struct reconcile_result result;
};

/* --- one party -------------------------------------------------------------------------------- */

/* A number, or the short name that a lab gives it. */
static enum result find_institution(const struct comparing *comparing, uint64_t *number,
                                    struct fault *fault)
{
    struct institution institution;
    struct lab *lab;
    char path[COMMAND_PATH_MAX];
    *number = 0;
    if (comparing->as == NULL)
        return RESULT_OK;
    if (institution_parse(bytes_text(comparing->as), &institution)) {
        *number = institution.number;
        return RESULT_OK;
    }
    if (comparing->lab.lab_path != NULL)
        command_spec_path("labs", comparing->lab.lab_path, path);
    else
        snprintf(path, sizeof path, "%s/../lab.yaml", comparing->ledger);
    if (access(path, F_OK) != 0)
        return fault_set(fault, RESULT_INPUT,
                         "--as %s: expected an institution id of 1 to 11 digits, or the short name "
                         "of one in a lab: name its file with --lab",
                         comparing->as);
    TRY(lab_load(path, &lab, fault));
    int found = lab_find_short(lab, comparing->as);
    enum result result = RESULT_OK;
    if (found < 0)
        result = fault_set(fault, RESULT_INPUT, "--as %s: %s has no such institution",
                           comparing->as, path);
    else if (institution_parse(bytes_text(lab->institutions[found].id), &institution))
        *number = institution.number;
    lab_free(lab);
    return result;
}

static enum result check_manifests(const struct comparing *comparing,
                                   const struct manifest_seen *seen, struct fault *fault)
{
    for (size_t i = 0; i < comparing->manifest_count; i++)
        TRY(manifest_check(comparing->manifests[i], comparing->files, comparing->file_count, seen,
                           fault));
    return RESULT_OK;
}

static enum result compare(struct comparing *comparing, struct fault *fault)
{
    struct reconcile_config config = {
        .layouts = &comparing->layouts,
        .date = (uint32_t)comparing->date,
        .files = comparing->files,
        .file_count = comparing->file_count,
        .ledger = &comparing->book.ledger,
        .seen = comparing->manifest_count > 0 ? comparing->seen : NULL,
    };
    TRY(find_institution(comparing, &config.institution, fault));
    TRY(party_book_open(&comparing->book, comparing->ledger, comparing->lab.map, fault));
    return clearing_reconcile(&config, &comparing->result, fault);
}

/* Whose it is, and of which date: what its files say of themselves. */
static enum result check_about(const struct comparing *comparing, const char *path,
                               struct fault *fault)
{
    const struct reconcile_result *compared = &comparing->result;
    struct manifest manifest;
    enum result result = manifest_load(path, &manifest, fault);
    if (result == RESULT_OK && manifest.settlement_date != compared->date)
        result = fault_set(fault, RESULT_INPUT,
                           "%s is of settlement date %08u, the files are of "
                           "%08u",
                           path, manifest.settlement_date, compared->date);
    else if (result == RESULT_OK && manifest.of_party &&
             manifest.institution != compared->institution)
        result = fault_set(fault, RESULT_INPUT, "%s is of %011llu, the files are of %011llu", path,
                           (unsigned long long)manifest.institution,
                           (unsigned long long)compared->institution);
    manifest_deinit(&manifest);
    return result;
}

/* A file that is not the one of its manifest is told before anything that comes of it. They are
 * hashed while they are read; only when that failed, for themselves. */
static enum result compare_checked(struct comparing *comparing, struct fault *fault)
{
    struct fault why = {RESULT_OK, ""};
    enum result result = compare(comparing, &why);
    TRY(check_manifests(comparing, result == RESULT_OK ? comparing->seen : NULL, fault));
    if (result != RESULT_OK)
        return fault_set(fault, result, "%s", why.text);
    for (size_t i = 0; i < comparing->manifest_count; i++)
        TRY(check_about(comparing, comparing->manifests[i], fault));
    return RESULT_OK;
}

/* At most RECONCILE_LISTED_MAX differences: they fit. */
static void print(const struct comparing *comparing)
{
    struct strbuf text;
    struct reconciled told = {.result = &comparing->result,
                              .files = comparing->files,
                              .book_is_file = comparing->book.ledger.is_file,
                              .unmask = comparing->lab.unmask};
    if (!comparing->lab.json) {
        reconciled_print(&told, stdout);
        return;
    }
    strbuf_init(&text, 4 << 20);
    struct json json = json_to(&text);
    json_open_object(&json);
    reconciled_json(&told, &json);
    json_close_object(&json);
    MUST(!text.bad);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- the book as a file ----------------------------------------------------------------------- */

static enum result write_book(struct comparing *comparing, FILE *out, struct fault *fault)
{
    return ledger_csv_write(&comparing->book.ledger, (uint32_t)comparing->date,
                            comparing->lab.unmask, out, fault);
}

static bool is_regular_or_none(const char *path)
{
    struct stat there;
    return stat(path, &there) != 0 || S_ISREG(there.st_mode);
}

/* A file that was for its owner alone stays so. */
static bool keep_mode(const char *path, FILE *out)
{
    struct stat there;
    return stat(path, &there) != 0 || fchmod(fileno(out), there.st_mode & 0777) == 0;
}

/* Whole or not at all: what was there before stays when it fails. */
static enum result export_to_file(struct comparing *comparing, const char *path,
                                  struct fault *fault)
{
    char partial[COMMAND_PATH_MAX];
    bool is_renamed = is_regular_or_none(path);
    int len = snprintf(partial, sizeof partial, "%s%s", path, is_renamed ? ".partial" : "");
    if ((size_t)len >= sizeof partial)
        return fault_set(fault, RESULT_INPUT, "%s: %s", path, strerror(ENAMETOOLONG));
    FILE *out = fopen(partial, "wbe");
    if (out == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    enum result result = RESULT_OK;
    if (is_renamed && !keep_mode(path, out))
        result = fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    else
        result = write_book(comparing, out, fault);
    bool is_written = fclose(out) == 0;
    if (result == RESULT_OK && (!is_written || (is_renamed && rename(partial, path) != 0)))
        result = fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    if (result != RESULT_OK && is_renamed)
        unlink(partial);
    return result;
}

static enum result export_book(struct comparing *comparing, struct fault *fault)
{
    TRY(party_book_open(&comparing->book, comparing->ledger, comparing->lab.map, fault));
    if (strcmp(comparing->export, "-") == 0)
        return write_book(comparing, stdout, fault);
    return export_to_file(comparing, comparing->export, fault);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum result run(struct comparing *comparing, bool *is_good, struct fault *fault)
{
    *is_good = true;
    if (comparing->export != NULL)
        return export_book(comparing, fault);
    TRY(layouts_load_all(&comparing->named, &comparing->layouts, fault));
    comparing->lab.layouts = &comparing->layouts;
    comparing->lab.date = (uint32_t)comparing->date;
    if (comparing->lab.data != NULL)
        return reconcile_lab(&comparing->lab, is_good, fault);
    TRY(compare_checked(comparing, fault));
    *is_good = reconcile_differences(&comparing->result) == 0;
    print(comparing);
    return RESULT_OK;
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

/* Which of the two it is, --data says, which may come later: so both are noted. */
static bool take_book(struct comparing *comparing, int id, const char *value)
{
    struct reconcile_lab *lab = &comparing->lab;
    if (id == OPTION_LEDGER)
        comparing->ledger = value;
    else if (strchr(value, '=') == NULL)
        lab->map = value;
    if (strchr(value, '=') == NULL) {
        if (id == OPTION_LEDGER)
            comparing->nobodys = value;
        return true;
    }
    size_t *count = id == OPTION_LEDGER ? &lab->book_count : &lab->map_count;
    if (*count == RECONCILE_BOOKS_MAX)
        return false;
    (id == OPTION_LEDGER ? lab->books : lab->maps)[(*count)++] = value;
    return true;
}

static bool take_option(struct comparing *comparing, int id, const char *value)
{
    struct reconcile_lab *lab = &comparing->lab;
    switch (id) {
    case OPTION_FILE:
        return take_file(comparing, value);
    case OPTION_LEDGER:
    case OPTION_MAP:
        return take_book(comparing, id, value);
    case OPTION_AS:
        comparing->as = value;
        break;
    case OPTION_LAB:
        lab->lab_path = value;
        break;
    case OPTION_DATA:
        lab->data = value;
        break;
    case OPTION_FILES:
        lab->files = value;
        break;
    case OPTION_EXPORT:
        comparing->export = value;
        break;
    case OPTION_LAYOUTS:
        return layouts_name(&comparing->named, value);
    case OPTION_UNMASK:
        lab->unmask = true;
        break;
    default:
        lab->json = true;
        break;
    }
    return true;
}

/* With --data nothing is left unread: a book and a mapping are somebody's. */
static int check_lab_options(const struct comparing *comparing)
{
    const struct reconcile_lab *lab = &comparing->lab;
    if (comparing->nobodys != NULL)
        return command_usage(&command, "--ledger %s: expected NAME=DIR|FILE with --data",
                             comparing->nobodys);
    if (lab->map != NULL && lab->book_count == 0)
        return command_usage(&command, "--map %s: expected --ledger NAME=FILE with it", lab->map);
    if (comparing->as != NULL || comparing->export != NULL)
        return command_usage(&command, "expected no --as and no --export with --data");
    return -1;
}

static int take_options(struct comparing *comparing, int argc, char **argv)
{
    const char *value;
    int first, id;
    bool fits = true;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_DATE) {
            if (!command_date(&command, "date", value, &comparing->date))
                return COMMAND_CANNOT;
        } else
            fits = take_option(comparing, id, value) && fits;
    }
    if (id == COMMAND_DONE)
        return first;
    for (; first < argc; first++)
        fits = take_file(comparing, argv[first]) && fits;
    if (!fits)
        return command_usage(&command, "expected at most %d files, and %d --layouts",
                             RECONCILE_FILES_MAX, LAYOUTS_NAMED_MAX);
    if (comparing->lab.data != NULL && (comparing->date == 0 || comparing->file_count > 0))
        return command_usage(&command, "expected --data DIR --date YYYYMMDD, and no files");
    if (comparing->lab.data != NULL)
        return check_lab_options(comparing);
    if (comparing->lab.files != NULL)
        return command_usage(&command, "expected --files with --data DIR only");
    if (comparing->ledger == NULL || (comparing->export == NULL && comparing->file_count == 0))
        return command_usage(&command, "expected --ledger DIR|FILE --file FILE..., or --data DIR "
                                       "--date YYYYMMDD");
    return -1;
}

int cmd_reconcile(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct comparing *comparing = calloc(1, sizeof *comparing);
    bool is_good = false;
    MUST(comparing != NULL);
    int code = take_options(comparing, argc, argv);
    if (code < 0 && run(comparing, &is_good, &fault) != RESULT_OK)
        code = command_fail(&command, &fault);
    else if (code < 0)
        code = is_good ? COMMAND_GOOD : COMMAND_NO;
    reconcile_result_deinit(&comparing->result);
    party_book_close(&comparing->book);
    layout_set_free(&comparing->layouts);
    free(comparing);
    return code;
}
