/* A lab's parties on a date: files on disk, and telling. */
#include "network_day.h"

#include "base/text.h"
#include "clearing/manifest.h"
#include "command.h"
#include "reconciled.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct network_day_files {
    size_t count;
    const char *paths[LAYOUTS_MAX];
    char texts[LAYOUTS_MAX][COMMAND_PATH_MAX];
};

void network_day_init(struct network_day *day, const struct layout_set *layouts, const char *root,
                      uint32_t date)
{
    *day = (struct network_day){.layouts = layouts, .root = root, .date = date};
}

void network_day_deinit(struct network_day *day)
{
    for (size_t i = 0; i < day->count; i++)
        free(day->files[i]);
    *day = (struct network_day){0};
}

static void find_files(const struct network_day *day, uint64_t institution,
                       struct network_day_files *files)
{
    char id[CLEARING_ID_SIZE], name[LAYOUT_TEXT_MAX];
    clearing_id_format(institution, id);
    for (size_t i = 0; i < day->layouts->count; i++) {
        char *path = files->texts[files->count];
        layout_file_name(day->layouts->layouts[i], day->date, name);
        snprintf(path, COMMAND_PATH_MAX, "%s/%08u/%s/%s", day->root, day->date, id, name);
        if (access(path, F_OK) == 0)
            files->paths[files->count++] = path;
    }
}

enum result network_day_add(struct network_day *day, const struct clearing_member *member,
                            const char *title, const struct ledger *ledger, struct fault *fault)
{
    if (day->count == CLEARING_PARTIES_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d parties", CLEARING_PARTIES_MAX);
    struct network_day_files *files = malloc(sizeof *files);
    if (files == NULL)
        return fault_set(fault, RESULT_IO, "no memory for the names of files");
    files->count = 0;
    find_files(day, member->institution, files);
    day->files[day->count] = files;
    day->titles[day->count] = title;
    day->parties[day->count++] = (struct network_party){
        .member = *member, .ledger = ledger, .files = files->paths, .file_count = files->count};
    if (files->count == 0 && member->role != CLEARING_SWITCH)
        return fault_set(fault, RESULT_INPUT, "%s/%08u: no files of %s, %011llu", day->root,
                         day->date, title, (unsigned long long)member->institution);
    return RESULT_OK;
}

/* `result` NULL: each file is hashed for itself. */
static enum result check_manifest(const struct network_day *day, const char *manifest,
                                  const struct network_result *result, struct fault *fault)
{
    size_t count = 0, room = 0;
    if (result == NULL)
        return manifest_check(manifest, NULL, 0, NULL, fault);
    for (size_t i = 0; i < day->count; i++)
        room += day->parties[i].file_count;
    const char **files = calloc(room + 1, sizeof *files);
    struct manifest_seen *seen = calloc(room + 1, sizeof *seen);
    enum result done = files != NULL && seen != NULL
                           ? RESULT_OK
                           : fault_set(fault, RESULT_IO, "no memory for the names of files");
    for (size_t i = 0; i < day->count && done == RESULT_OK; i++)
        for (size_t k = 0; k < day->parties[i].file_count; k++) {
            files[count] = day->parties[i].files[k];
            seen[count++] = result->parties[i].seen[k];
        }
    if (done == RESULT_OK)
        done = manifest_check(manifest, files, count, seen, fault);
    free(files);
    free(seen);
    return done;
}

/* As of one party (cmd_reconcile.c): hashed while they are read, and what the manifest does not
 * tell of is told before anything else. */
enum result network_day_reconcile(const struct network_day *day, struct network_result *result,
                                  struct fault *fault)
{
    char manifest[COMMAND_PATH_MAX];
    struct fault why = {RESULT_OK, ""};
    snprintf(manifest, sizeof manifest, "%s/%08u/%s", day->root, day->date, MANIFEST_NAME);
    struct network_config config = {
        .layouts = day->layouts,
        .date = day->date,
        .parties = day->parties,
        .party_count = day->count,
        .at_once = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? NETWORK_AT_ONCE_MAX : 1,
        .hashes = access(manifest, F_OK) == 0,
    };
    enum result done = network_reconcile(&config, result, &why);
    if (config.hashes)
        TRY(check_manifest(day, manifest, done == RESULT_OK ? result : NULL, fault));
    return done == RESULT_OK ? RESULT_OK : fault_set(fault, done, "%s", why.text);
}

/* --- telling ---------------------------------------------------------------------------------- */

static const char *const roles[CLEARING_ROLES] = {"switch", "issuer", "wallet"};

static struct reconciled told_of(const struct network_day *day, const struct network_result *result,
                                 size_t party, bool unmask)
{
    const struct ledger *ledger = day->parties[party].ledger;
    return (struct reconciled){.result = &result->parties[party].result,
                               .files = day->parties[party].files,
                               .book_is_file = ledger != NULL && ledger->is_file,
                               .unmask = unmask};
}

static void print_party(const struct network_day *day, const struct network_result *result,
                        size_t party, FILE *out)
{
    const struct network_compared *compared = &result->parties[party];
    const struct clearing_member *member = &day->parties[party].member;
    const uint64_t *counts = compared->result.counts;
    fprintf(out, "  %011llu  %-20s %-7s", (unsigned long long)member->institution,
            day->titles[party], roles[member->role]);
    if (compared->has_book)
        fprintf(out, " %10llu %10llu %10llu %10llu\n",
                (unsigned long long)counts[RECONCILE_MATCHED],
                (unsigned long long)reconcile_differences(&compared->result),
                (unsigned long long)counts[RECONCILE_NOTED],
                (unsigned long long)counts[RECONCILE_EXCEPTED]);
    else
        fprintf(out, "   no book: %llu lines are well formed\n",
                (unsigned long long)compared->rows);
}

void network_day_print(const struct network_day *day, const struct network_result *result,
                       bool unmask, FILE *out)
{
    char debits[TEXT_MONEY_SIZE], credits[TEXT_MONEY_SIZE];
    fprintf(out, "settlement date %08u\n  %-11s  %-20s %-7s %10s %10s %10s %10s\n", result->date,
            "", "party", "role", "matched", "different", "noted", "excepted");
    for (size_t i = 0; i < day->count; i++)
        print_party(day, result, i, out);
    fprintf(out,
            "  across all files: %llu claims, %llu freezes and unfreezes, %llu purchases, %llu "
            "findings\n"
            "  all positions: pay %s, get %s\n",
            (unsigned long long)result->claims, (unsigned long long)result->freezes,
            (unsigned long long)result->purchases, (unsigned long long)result->finding_count,
            text_money_format(result->debit_minor, debits),
            text_money_format(result->credit_minor, credits));
    for (size_t i = 0; i < result->listed; i++)
        fprintf(out, "%s%s\n", i == 0 ? "\nacross all files\n  " : "  ", result->findings[i]);
    for (size_t i = 0; i < day->count; i++) {
        struct reconciled told = told_of(day, result, i, unmask);
        if (told.result->listed == 0)
            continue;
        fprintf(out, "\n%s, %011llu", day->titles[i],
                (unsigned long long)day->parties[i].member.institution);
        reconciled_print_differences(&told, out);
    }
}

/* What was written so far goes out, so that it may be as long as it likes. */
static void pass_on(struct strbuf *text, FILE *out)
{
    MUST(!text->bad);
    fwrite(text->text, 1, text->len, out);
    strbuf_clear(text);
}

static void json_party(const struct network_day *day, const struct network_result *result,
                       size_t party, bool unmask, struct json *json)
{
    const struct network_compared *compared = &result->parties[party];
    const struct clearing_member *member = &day->parties[party].member;
    struct reconciled told = told_of(day, result, party, unmask);
    char id[CLEARING_ID_SIZE];
    json_open_object(json);
    json_member(json, "name", day->titles[party]);
    json_member(json, "role", roles[member->role]);
    json_member_bool(json, "has_book", compared->has_book);
    json_member_int(json, "lines", (int64_t)compared->rows);
    if (compared->has_book)
        reconciled_json(&told, json);
    else
        json_member(json, "institution", clearing_id_format(member->institution, id));
    json_close_object(json);
}

void network_day_json(const struct network_day *day, const struct network_result *result,
                      bool unmask, FILE *out)
{
    struct strbuf text;
    strbuf_init(&text, 8 << 20); /* one party at a time: RECONCILE_LISTED_MAX differences */
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "settlement_date", result->date);
    json_member_bool(&json, "reconciled", network_differences(result) == 0);
    json_member_int(&json, "claims", (int64_t)result->claims);
    json_member_int(&json, "freezes", (int64_t)result->freezes);
    json_member_int(&json, "purchases", (int64_t)result->purchases);
    json_member_int(&json, "pay_minor", result->debit_minor);
    json_member_int(&json, "get_minor", result->credit_minor);
    json_member_int(&json, "finding_count", (int64_t)result->finding_count);
    json_key(&json, "findings");
    json_open_list(&json);
    for (size_t i = 0; i < result->listed; i++)
        json_text(&json, result->findings[i]);
    json_close_list(&json);
    json_key(&json, "parties");
    json_open_list(&json);
    for (size_t i = 0; i < day->count; i++) {
        json_party(day, result, i, unmask, &json);
        pass_on(&text, out);
    }
    json_close_list(&json);
    json_close_object(&json);
    strbuf_text(&text, "\n");
    pass_on(&text, out);
    strbuf_deinit(&text);
}
