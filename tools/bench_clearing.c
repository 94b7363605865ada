/* cardlab bench clearing: a day of so many claims, cut and reconciled by the commands that users
 * run, each in a process of its own, beside what reading and writing the same bytes takes. */
#include "bench_clearing.h"

#include "base/doc.h"
#include "base/json.h"
#include "bench.h"
#include "clearing/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUNDS_DEFAULT = 3,
    ROUNDS_MAX = 9,
    FILES_MAX = 64, /* of a party */
    PATH_LEN_MAX = COMMAND_PATH_MAX + 128,
    ID_SIZE = INSTITUTION_LEN_MAX + 1,
};
static const int64_t TRANSACTIONS_DEFAULT = 1000000, TRANSACTIONS_MAX = 100000000;

struct options {
    int64_t transactions, rounds;
    const char *above;
    bool is_json, keeps, cuts_only;
};

/* A command and its floor, in the median round. */
struct measured {
    struct bench_run run;
    double floor_s;
};

struct bench {
    struct options options;
    char folder[COMMAND_PATH_MAX];
    struct bench_day day;
    struct bench_books books;
    struct measured cuts[ROUNDS_MAX], cut, reconcile;
    uint64_t shares, freezes, releases, exceptions; /* in the files, as `clear` tells */
    uint64_t files, lines, bytes;
    uint64_t matched, differences;
};

/* --- folders ---------------------------------------------------------------------------------- */

static const char *in_folder(const struct bench *bench, const char *name, char path[PATH_LEN_MAX])
{
    snprintf(path, PATH_LEN_MAX, "%s/%s", bench->folder, name);
    return path;
}

static const char *id_of(unsigned party, char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "%011llu", (unsigned long long)bench_day_institution(party));
    return id;
}

/* --- what a command has printed --------------------------------------------------------------- */

/* Keys that are not asked for may be there. */
static enum result load_reply(const struct bench *bench, const char *name, struct doc **doc,
                              struct fault *fault)
{
    char path[PATH_LEN_MAX];
    return doc_load(in_folder(bench, name, path), doc, fault);
}

static uint64_t take_count(struct schema *schema, struct node *node, const char *key)
{
    return (uint64_t)node_want_int(schema, node, key, 0, INT64_MAX);
}

static enum result read_cut(struct bench *bench, struct fault *fault)
{
    struct doc *doc;
    TRY(load_reply(bench, "clear.json", &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    bench->shares = take_count(&schema, root, "shares");
    bench->freezes = take_count(&schema, root, "freezes");
    bench->releases = take_count(&schema, root, "unfreezes");
    bench->exceptions = take_count(&schema, root, "exceptions");
    struct node *list = node_want_list(&schema, root, "files");
    bench->files = bench->lines = bench->bytes = 0;
    for (struct node *file = list != NULL ? list->child : NULL; file != NULL; file = file->next) {
        bench->files++;
        bench->lines += take_count(&schema, file, "records");
        bench->bytes += take_count(&schema, file, "bytes");
    }
    enum result result = schema.result;
    doc_free(doc);
    return result;
}

/* --- cutting ---------------------------------------------------------------------------------- */

static enum result floor_of_cut(struct bench *bench, double *seconds, struct fault *fault)
{
    char path[PATH_LEN_MAX], written[PATH_LEN_MAX];
    struct doc *doc;
    double part;
    TRY(bench_floor_read(in_folder(bench, "switch/store/data.mdb", path), seconds, fault));
    TRY(load_reply(bench, "clear.json", &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *list = node_want_list(&schema, doc_root(doc), "files");
    enum result result = schema.result;
    in_folder(bench, "floor", written);
    for (struct node *file = list != NULL ? list->child : NULL; file != NULL && result == RESULT_OK;
         file = file->next) {
        result = bench_floor_write(written, take_count(&schema, file, "bytes"), &part, fault);
        *seconds += part;
    }
    doc_free(doc);
    return result;
}

static enum result cut(struct bench *bench, struct measured *measured, struct fault *fault)
{
    char data[PATH_LEN_MAX], out[PATH_LEN_MAX], reply[PATH_LEN_MAX], date[16];
    snprintf(date, sizeof date, "%u", BENCH_DAY);
    const char *const arguments[] = {
        "clear", "--store", in_folder(bench, "switch", data), "--date",
        date,    "--out",   in_folder(bench, "files", out),   "--json",
        NULL,
    };
    TRY(bench_run(arguments, in_folder(bench, "clear.json", reply), &measured->run, fault));
    if (measured->run.code != COMMAND_GOOD)
        return fault_set(fault, RESULT_STATE, "cardlab clear ended with %d", measured->run.code);
    TRY(read_cut(bench, fault));
    return floor_of_cut(bench, &measured->floor_s, fault);
}

static int by_seconds(const void *left, const void *right)
{
    const struct measured *a = left, *b = right;
    return (a->run.seconds > b->run.seconds) - (a->run.seconds < b->run.seconds);
}

static int by_floor(const void *left, const void *right)
{
    const struct measured *a = left, *b = right;
    return (a->floor_s > b->floor_s) - (a->floor_s < b->floor_s);
}

static enum result cut_rounds(struct bench *bench, struct fault *fault)
{
    size_t rounds = (size_t)bench->options.rounds;
    char files[PATH_LEN_MAX];
    double peak_mib = 0;
    for (size_t i = 0; i < rounds; i++) {
        command_progress("cut", i, rounds);
        bench_folder_remove(in_folder(bench, "files", files));
        TRY(cut(bench, &bench->cuts[i], fault));
        if (bench->cuts[i].run.peak_mib > peak_mib)
            peak_mib = bench->cuts[i].run.peak_mib;
    }
    command_progress("cut", rounds, rounds);
    qsort(bench->cuts, rounds, sizeof bench->cuts[0], by_floor);
    double floor_s = bench->cuts[rounds / 2].floor_s;
    qsort(bench->cuts, rounds, sizeof bench->cuts[0], by_seconds);
    bench->cut = bench->cuts[rounds / 2];
    bench->cut.floor_s = floor_s;
    bench->cut.run.peak_mib = peak_mib;
    return RESULT_OK;
}

/* --- reconciling ------------------------------------------------------------------------------ */

static enum result read_reconciled(struct bench *bench, const char *reply, struct fault *fault)
{
    struct doc *doc;
    TRY(doc_load(reply, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *counts = node_want_map(&schema, doc_root(doc), "counts");
    for (struct node *one = counts != NULL ? counts->child : NULL; one != NULL; one = one->next) {
        uint64_t count = (uint64_t)node_as_int(&schema, one, 0, INT64_MAX);
        if (strcmp(one->key, "matched") == 0)
            bench->matched += count;
        else
            bench->differences += count;
    }
    enum result result = schema.result;
    doc_free(doc);
    return result;
}

/* What compares one party: the files that it got, by the manifest beside them, and its book. */
struct party {
    struct bench *bench;
    size_t count;
    char paths[FILES_MAX][PATH_LEN_MAX];
    char id[ID_SIZE], data[PATH_LEN_MAX], reply[PATH_LEN_MAX];
    const char *arguments[FILES_MAX + 8];
};

static enum result list_files(const char *folder, struct party *party, struct fault *fault)
{
    struct doc *doc;
    char *path = party->paths[0];
    snprintf(path, PATH_LEN_MAX, "%.4000s/%s", folder, MANIFEST_NAME);
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *list = node_want_list(&schema, doc_root(doc), "files");
    party->count = 1;
    for (struct node *file = list != NULL ? list->child : NULL;
         file != NULL && party->count < FILES_MAX; file = file->next)
        snprintf(party->paths[party->count++], PATH_LEN_MAX, "%.4000s/%s", folder,
                 node_want_text(&schema, file, "file", 64));
    enum result result = schema.result;
    doc_free(doc);
    return result;
}

static enum result prepare_party(struct party *party, unsigned number, struct fault *fault)
{
    struct bench *bench = party->bench;
    char folder[PATH_LEN_MAX], name[ID_SIZE + 16], book[PATH_LEN_MAX];
    double part;
    in_folder(bench, id_of(number, party->id), party->data);
    snprintf(folder, sizeof folder, "%.4000s/files/%u/%s", bench->folder, BENCH_DAY, party->id);
    snprintf(name, sizeof name, "reconcile-%s.json", party->id);
    in_folder(bench, name, party->reply);
    TRY(list_files(folder, party, fault));
    const char *const first[] = {"reconcile", "--as", party->id, "--json", "--ledger", party->data};
    size_t count = sizeof first / sizeof first[0];
    memcpy(party->arguments, first, sizeof first);
    for (size_t i = 0; i < party->count; i++) {
        party->arguments[count++] = party->paths[i];
        TRY(bench_floor_read(party->paths[i], &part, fault));
        bench->reconcile.floor_s += part;
    }
    snprintf(book, sizeof book, "%.4000s/store/data.mdb", party->data);
    TRY(bench_floor_read(book, &part, fault));
    bench->reconcile.floor_s += part;
    return RESULT_OK;
}

/* As many at a time as there are cores, two at most: what they need is bounded. */
static size_t parties_at_once(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
}

static enum result reconcile_parties(struct bench *bench, struct party *parties,
                                     struct fault *fault)
{
    struct bench_job jobs[BENCH_PARTIES];
    for (unsigned i = 0; i < BENCH_PARTIES; i++) {
        command_progress("made ready", i, BENCH_PARTIES);
        parties[i].bench = bench;
        TRY(prepare_party(&parties[i], i, fault));
        jobs[i] = (struct bench_job){.arguments = parties[i].arguments, .out = parties[i].reply};
    }
    command_progress("made ready", BENCH_PARTIES, BENCH_PARTIES);
    TRY(bench_run_all(jobs, BENCH_PARTIES, parties_at_once(), &bench->reconcile.run, fault));
    for (unsigned i = 0; i < BENCH_PARTIES; i++) {
        if (jobs[i].run.code != COMMAND_GOOD)
            return fault_set(fault, RESULT_STATE, "cardlab reconcile --as %s ended with %d",
                             parties[i].id, jobs[i].run.code);
        TRY(read_reconciled(bench, parties[i].reply, fault));
    }
    return RESULT_OK;
}

static enum result reconcile_all(struct bench *bench, struct fault *fault)
{
    struct party *parties = calloc(BENCH_PARTIES, sizeof *parties);
    if (parties == NULL)
        return fault_set(fault, RESULT_IO, "no memory for names of files");
    enum result result = reconcile_parties(bench, parties, fault);
    free(parties);
    return result;
}

/* --- telling ---------------------------------------------------------------------------------- */

static double ratio_of(const struct measured *measured)
{
    return measured->floor_s > 0 ? measured->run.seconds / measured->floor_s : 0;
}

static double peak_of(const struct bench *bench)
{
    double cut = bench->cut.run.peak_mib, reconcile = bench->reconcile.run.peak_mib;
    return cut > reconcile ? cut : reconcile;
}

static void print_row(const char *name, const struct measured *measured)
{
    printf("  %-30s %8.2f %8.2f %10.1f %8.2f %8.2f\n", name, measured->run.seconds,
           measured->run.cpu_s, measured->run.peak_mib, measured->floor_s, ratio_of(measured));
}

static void print_text(const struct bench *bench)
{
    printf("A day of %llu claims in %llu packets, %llu log records at the switch; cut into %llu "
           "files,\n%llu lines, %.1f MB, of %d issuers and %d wallets; median of %d rounds\n",
           (unsigned long long)bench->day.claims, (unsigned long long)bench->books.packets,
           (unsigned long long)bench->books.switch_records, (unsigned long long)bench->files,
           (unsigned long long)bench->lines, (double)bench->bytes / 1e6, BENCH_ISSUERS,
           BENCH_WALLETS, (int)bench->options.rounds);
    printf("  %-30s %8s %8s %10s %8s %8s\n", "", "s", "CPU s", "peak MiB", "floor s", "ratio");
    print_row("cut", &bench->cut);
    if (!bench->options.cuts_only) {
        print_row("reconcile, all of them", &bench->reconcile);
        printf("  %llu items matched, %llu differences\n", (unsigned long long)bench->matched,
               (unsigned long long)bench->differences);
    }
    if (bench->options.keeps)
        printf("Kept in %s\n", bench->folder);
}

static void write_measured(struct json *json, const char *name, const struct measured *measured)
{
    json_key(json, name);
    json_open_object(json);
    json_member_real(json, "s", measured->run.seconds, 4);
    json_member_real(json, "cpu_s", measured->run.cpu_s, 4);
    json_member_real(json, "peak_mib", measured->run.peak_mib, 2);
    json_member_real(json, "floor_s", measured->floor_s, 4);
    json_member_real(json, "ratio", ratio_of(measured), 3);
    json_close_object(json);
}

static void print_json(const struct bench *bench)
{
    struct strbuf out;
    strbuf_init(&out, 8192);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "clearing");
    json_member_int(&json, "transactions", (int64_t)bench->day.claims);
    json_member_real(&json, "cut_s", bench->cut.run.seconds, 4);
    if (!bench->options.cuts_only)
        json_member_real(&json, "reconcile_s", bench->reconcile.run.seconds, 4);
    json_member_real(&json, "peak_mib", peak_of(bench), 2);
    json_member_real(&json, "floor_s", bench->cut.floor_s, 4);
    json_member_int(&json, "rounds", bench->options.rounds);
    json_member_int(&json, "packets", (int64_t)bench->books.packets);
    json_member_int(&json, "released", (int64_t)bench->books.released);
    json_member_int(&json, "switch_records", (int64_t)bench->books.switch_records);
    json_member_int(&json, "member_records", (int64_t)bench->books.records);
    json_member_int(&json, "shares", (int64_t)bench->shares);
    json_member_int(&json, "freezes", (int64_t)bench->freezes);
    json_member_int(&json, "unfreezes", (int64_t)bench->releases);
    json_member_int(&json, "exceptions", (int64_t)bench->exceptions);
    json_member_int(&json, "files", (int64_t)bench->files);
    json_member_int(&json, "lines", (int64_t)bench->lines);
    json_member_int(&json, "bytes", (int64_t)bench->bytes);
    write_measured(&json, "cut", &bench->cut);
    if (!bench->options.cuts_only) {
        json_member_int(&json, "matched", (int64_t)bench->matched);
        json_member_int(&json, "differences", (int64_t)bench->differences);
        write_measured(&json, "reconcile", &bench->reconcile);
    }
    if (bench->options.keeps)
        json_member(&json, "folder", bench->folder);
    json_close_object(&json);
    printf("%s\n", out.text != NULL ? out.text : "");
    strbuf_deinit(&out);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum result measure(struct bench *bench, struct fault *fault)
{
    bench->day.claims = (uint64_t)bench->options.transactions;
    TRY(bench_folder_make(bench->options.above, bench->folder, fault));
    bench->day.is_switch_only = bench->options.cuts_only;
    TRY(bench_day_write(&bench->day, bench->folder, &bench->books, fault));
    TRY(cut_rounds(bench, fault));
    return bench->options.cuts_only ? RESULT_OK : reconcile_all(bench, fault);
}

enum {
    OPTION_TRANSACTIONS = 1,
    OPTION_ROUNDS,
    OPTION_CUT_ONLY,
    OPTION_DIR,
    OPTION_KEEP,
    OPTION_JSON,
};

static const struct command command = {
    .name = "bench clearing",
    .arguments = "",
    .summary = "A synthetic day, cut and reconciled, beside reading and writing the same bytes.",
    .details = "Builds the books of a switch, four issuers and two wallets, some 3.5 GB for a\n"
               "million claims, and needs some 2.5 GB more for the files. The reconciliation is\n"
               "that of all six, two at a time where there are two cores. Memory is private\n"
               "memory, RssAnon, of those that run together.",
    .options =
        (const struct command_option[]){
            {OPTION_TRANSACTIONS, "transactions", "N", "claims of the day (1000000)"},
            {OPTION_ROUNDS, "rounds", "N", "cuts, of which the median counts (3)"},
            {OPTION_CUT_ONLY, "cut-only", NULL, "only the switch's book, and nothing reconciled"},
            {OPTION_DIR, "dir", "DIR", "on whose disk to write (.); what is written is removed"},
            {OPTION_KEEP, "keep", NULL, "books and files are not removed"},
            {OPTION_JSON, "json", NULL, "one object"},
            {0, NULL, NULL, NULL},
        },
};

static int take_options(struct options *options, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        bool good = true;
        if (id == OPTION_DIR)
            options->above = value;
        else if (id == OPTION_KEEP)
            options->keeps = true;
        else if (id == OPTION_CUT_ONLY)
            options->cuts_only = true;
        else if (id == OPTION_JSON)
            options->is_json = true;
        else if (id == OPTION_ROUNDS)
            good = command_number(&command, "rounds", value, 1, ROUNDS_MAX, &options->rounds);
        else
            good = command_number(&command, "transactions", value, 1, TRANSACTIONS_MAX,
                                  &options->transactions);
        if (!good)
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    if (first < argc)
        return command_usage(&command, "unexpected argument: %s", argv[first]);
    return -1;
}

int bench_clearing(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct bench *bench = calloc(1, sizeof *bench);
    MUST(bench != NULL);
    bench->options = (struct options){
        .transactions = TRANSACTIONS_DEFAULT, .rounds = ROUNDS_DEFAULT, .above = "."};
    int code = take_options(&bench->options, argc, argv);
    if (code < 0) {
        code = COMMAND_GOOD;
        if (measure(bench, &fault) != RESULT_OK)
            code = command_fail(&command, &fault);
        else if (bench->options.is_json)
            print_json(bench);
        else
            print_text(bench);
        if (!bench->options.keeps)
            bench_folder_remove(bench->folder);
    }
    free(bench);
    return code;
}
