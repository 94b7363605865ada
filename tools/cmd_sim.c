/* cardlab sim: the deterministic simulation, seed by seed. */
#include "command.h"

#include "base/json.h"
#include "simulation/simulation.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OPTION_SEED = 1,
    OPTION_SEEDS,
    OPTION_TRACE,
    OPTION_WITHOUT,
    OPTION_DROP,
    OPTION_LIST_KINDS,
    OPTION_MUTANT,
    OPTION_LIST_MUTANTS,
    OPTION_ALL,
    OPTION_EACH,
    OPTION_JSON,
};

/* Carries the planted bugs; stands beside the program. */
static const char MUTANTS_PROGRAM[] = "cardlab-mutants";

static const struct command command = {
    .name = "sim",
    .arguments = "",
    .summary =
        "Runs a whole card network in simulated time, with every kind of trouble, from a seed.",
    .details =
        "  cardlab sim --seeds 1..1000          a thousand small worlds\n"
        "  cardlab sim --seed 7 --trace         what happened in one, as a diagram\n"
        "  cardlab sim --mutant timer-releases  with a bug planted: it must be found\n"
        "\n"
        "An auditor watches every record and every message. The same seed does the same in\n"
        "every build and has the same hash. Exit 1 when something was not as it must be: the\n"
        "seed, the command that repeats it, and a shorter case are printed.",
    .options =
        (const struct command_option[]){
            {OPTION_SEED, "seed", "N", "one seed"},
            {OPTION_SEEDS, "seeds", "A..B", "all seeds from A to B (default 1..1000)"},
            {OPTION_TRACE, "trace", NULL, "the sequence diagram of each world"},
            {OPTION_WITHOUT, "without", "KIND", "switch a kind of trouble off; more than once"},
            {OPTION_DROP, "drop", "I,J,..", "leave out what people do as I-th, J-th, from 0"},
            {OPTION_LIST_KINDS, "list-kinds", NULL, "the kinds of trouble"},
            {OPTION_MUTANT, "mutant", "NAME", "plant this bug"},
            {OPTION_LIST_MUTANTS, "list-mutants", NULL, "the bugs that can be planted"},
            {OPTION_ALL, "all", NULL, "go on after a violation, and count them"},
            {OPTION_EACH, "each", NULL, "a line for every seed, with its hash"},
            {OPTION_JSON, "json", NULL, "the result as one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct options {
    uint64_t first, last;
    struct simulation_case which;
    bool all, each, json;
};

struct totals {
    uint64_t seeds, events, messages, commits, crashes, violations, simulated_us, hash;
    double seconds;
    bool has_failed;
    struct simulation_case failed;
    struct simulation_result first; /* violation */
};

/* --- options ---------------------------------------------------------------------------------- */

static bool parse_seeds(const char *text, struct options *options)
{
    char end = '\0';
    int count = sscanf(text, "%" SCNu64 "..%" SCNu64 "%c", &options->first, &options->last, &end);
    return count == 2 && options->first <= options->last;
}

static bool parse_drop(const char *text, uint64_t *drop)
{
    unsigned number = 0;
    int used = 0;
    while (sscanf(text, "%u%n", &number, &used) == 1 && number < SIMULATION_ACTIONS_MAX) {
        *drop |= UINT64_C(1) << number;
        text += used;
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}

static enum mutant find_mutant(const char *name)
{
    for (enum mutant mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++)
        if (strcmp(simulation_mutant_name(mutant), name) == 0)
            return mutant;
    return MUTANT_NONE;
}

static int list_kinds(void)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        printf("%-14s %s\n", kind_name(kind), kind_help(kind));
    return COMMAND_GOOD;
}

static int list_mutants(void)
{
    for (enum mutant mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++)
        printf("%-24s %s\n", simulation_mutant_name(mutant), simulation_mutant_help(mutant));
    return COMMAND_GOOD;
}

/* This program carries no planted bugs: the one beside it does, and does the same otherwise. */
static int run_mutants_program(char **argv)
{
    char path[COMMAND_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof MUTANTS_PROGRAM);
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;
    if (slash != NULL) {
        memcpy(slash + 1, MUTANTS_PROGRAM, sizeof MUTANTS_PROGRAM);
        execv(path, argv);
    }
    fprintf(stderr,
            "cardlab sim: --mutant needs %s beside this program, which a build with its tests "
            "makes\n",
            MUTANTS_PROGRAM);
    return COMMAND_CANNOT;
}

/* --- what is printed -------------------------------------------------------------------------- */

static const char *statement_text(unsigned statement, char out[40])
{
    if (statement == SIMULATION_STOPPED)
        return "a party stopped itself";
    if (statement == SIMULATION_LAW)
        return "a rule of the protocol is broken";
    snprintf(out, 40, "statement %u does not hold", statement);
    return out;
}

static void print_command(FILE *out, const struct simulation_case *which)
{
    const char *before = " --drop ";
    fprintf(out, "cardlab sim --seed %" PRIu64, which->seed);
    if (which->mutant != MUTANT_NONE)
        fprintf(out, " --mutant %s", simulation_mutant_name(which->mutant));
    for (enum kind kind = 0; kind < KINDS; kind++)
        if ((which->without & kind_bit(kind)) != 0)
            fprintf(out, " --without %s", kind_name(kind));
    for (unsigned i = 0; i < SIMULATION_ACTIONS_MAX; i++)
        if ((which->drop >> i & 1) != 0) {
            fprintf(out, "%s%u", before, i);
            before = ",";
        }
    fprintf(out, " --trace\n");
}

static void print_failure(FILE *out, struct simulation *simulation, const struct totals *totals)
{
    struct simulation_case shortened;
    struct simulation_result result;
    char text[40];
    fprintf(out, "seed %" PRIu64 ": %s\n  %s\n  again:   ", totals->failed.seed,
            statement_text(totals->first.statement, text), totals->first.text);
    print_command(out, &totals->failed);
    fflush(out);
    simulation_shorten(simulation, &totals->failed, &shortened, &result);
    /* Kinds that the seed leaves off anyway need not be named. */
    shortened.without &= totals->first.kinds | totals->failed.without;
    fprintf(out, "  shorter: ");
    print_command(out, &shortened);
    fprintf(out, "           %s: %s\n", statement_text(result.statement, text), result.text);
}

static void print_json(const struct totals *totals)
{
    char hash[20];
    struct strbuf text;
    strbuf_init(&text, 4096);
    struct json json = json_to(&text);
    snprintf(hash, sizeof hash, "%016" PRIx64, totals->hash);
    json_open_object(&json);
    json_member_int(&json, "seeds", (int64_t)totals->seeds);
    json_member_int(&json, "events", (int64_t)totals->events);
    json_member_int(&json, "messages", (int64_t)totals->messages);
    json_member_int(&json, "commits", (int64_t)totals->commits);
    json_member_int(&json, "crashes", (int64_t)totals->crashes);
    json_member_real(&json, "simulated_s", (double)totals->simulated_us / 1e6, 0);
    json_member_real(&json, "seconds", totals->seconds, 3);
    json_member_real(&json, "seeds_per_s", (double)totals->seeds / totals->seconds, 1);
    json_member_int(&json, "violations", (int64_t)totals->violations);
    json_member(&json, "hash", hash);
    if (totals->has_failed) {
        json_member_int(&json, "failed_seed", (int64_t)totals->failed.seed);
        json_member_int(&json, "statement", totals->first.statement);
        json_member(&json, "violation", totals->first.text);
    }
    json_close_object(&json);
    printf("%s\n", text.bad ? "" : text.text);
    strbuf_deinit(&text);
}

static void print_totals(const struct totals *totals)
{
    printf("%" PRIu64 " seeds, %" PRIu64 " events, %" PRIu64 " messages, %" PRIu64
           " commits, %" PRIu64 " crashes, %.1f simulated hours\n",
           totals->seeds, totals->events, totals->messages, totals->commits, totals->crashes,
           (double)totals->simulated_us / 3600e6);
    printf("%.1f s, %.0f seeds/s; %" PRIu64 " violations; hash %016" PRIx64 "\n", totals->seconds,
           (double)totals->seeds / totals->seconds, totals->violations, totals->hash);
}

/* --- running ---------------------------------------------------------------------------------- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add(struct totals *totals, const struct simulation_case *which,
                const struct simulation_result *result)
{
    totals->seeds++;
    totals->events += result->events;
    totals->messages += result->messages;
    totals->commits += result->commits;
    totals->crashes += result->crashes;
    totals->simulated_us += result->simulated_us;
    totals->hash = (totals->hash ^ result->hash) * UINT64_C(0x9E3779B97F4A7C15);
    totals->hash ^= totals->hash >> 32;
    if (result->statement == 0)
        return;
    totals->violations++;
    if (totals->has_failed)
        return;
    totals->has_failed = true;
    totals->failed = *which;
    totals->first = *result;
}

static void run_seeds(struct simulation *simulation, const struct options *options,
                      struct totals *totals)
{
    double begin = now_s();
    struct simulation_case which = options->which;
    for (uint64_t seed = options->first; seed <= options->last; seed++) {
        struct simulation_result result;
        which.seed = seed;
        simulation_run(simulation, &which, &result);
        add(totals, &which, &result);
        if (options->each)
            printf("%" PRIu64 " %016" PRIx64 " %" PRIu64 " events%s%s\n", seed, result.hash,
                   result.events, result.statement != 0 ? ": " : "",
                   result.statement != 0 ? result.text : "");
        if (which.trace != NULL)
            fprintf(which.trace, "\n%s\n", result.statement != 0 ? result.text : "all is well");
        if (result.statement != 0 && !options->all)
            break;
        if (seed % 256 == 0 && !options->each && which.trace == NULL)
            command_progress("seeds", (size_t)(seed - options->first),
                             (size_t)(options->last - options->first + 1));
    }
    totals->seconds = now_s() - begin;
}

static int run(const struct options *options)
{
    char specs[COMMAND_PATH_MAX];
    struct fault fault = {RESULT_OK, ""};
    struct simulation *simulation = NULL;
    struct totals totals = {0};
    command_spec_folder(".", specs);
    if (simulation_open(specs, &simulation, &fault) != RESULT_OK)
        return command_fail(&command, &fault);
    run_seeds(simulation, options, &totals);
    totals.failed.trace = NULL;
    if (options->json)
        print_json(&totals);
    else
        print_totals(&totals);
    if (totals.has_failed)
        print_failure(options->json ? stderr : stdout, simulation, &totals);
    simulation_close(simulation);
    return totals.has_failed ? COMMAND_NO : COMMAND_GOOD;
}

/* COMMAND_DONE: go on; else the exit code. */
static int take_option(struct options *options, int id, const char *value)
{
    int64_t number = 0;
    int kind = 0;
    switch (id) {
    case OPTION_SEED:
        if (!command_number(&command, "seed", value, 0, INT64_MAX, &number))
            return COMMAND_CANNOT;
        options->first = options->last = (uint64_t)number;
        break;
    case OPTION_SEEDS:
        if (!parse_seeds(value, options))
            return command_usage(&command, "--seeds: expected A..B, got %s", value);
        break;
    case OPTION_TRACE:
        options->which.trace = stdout;
        break;
    case OPTION_WITHOUT:
        kind = kind_find(value);
        if (kind < 0)
            return command_usage(&command, "--without: no kind %s; see --list-kinds", value);
        options->which.without |= kind_bit((enum kind)kind);
        break;
    case OPTION_DROP:
        if (!parse_drop(value, &options->which.drop))
            return command_usage(&command, "--drop: expected numbers below %d, got %s",
                                 SIMULATION_ACTIONS_MAX, value);
        break;
    case OPTION_LIST_KINDS:
        return list_kinds();
    case OPTION_MUTANT:
        options->which.mutant = find_mutant(value);
        if (options->which.mutant == MUTANT_NONE)
            return command_usage(&command, "--mutant: no mutant %s; see --list-mutants", value);
        break;
    case OPTION_LIST_MUTANTS:
        return list_mutants();
    case OPTION_ALL:
        options->all = true;
        break;
    case OPTION_EACH:
        options->each = true;
        break;
    case OPTION_JSON:
        options->json = true;
        break;
    }
    return COMMAND_DONE;
}

int cmd_sim(int argc, char **argv)
{
    struct options options = {.first = 1, .last = 1000};
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        int code = take_option(&options, id, value);
        if (code != COMMAND_DONE)
            return code;
    }
    if (id == COMMAND_DONE)
        return first;
    if (first < argc)
        return command_usage(&command, "unexpected argument: %s", argv[first]);
    if (options.which.mutant != MUTANT_NONE && !simulation_has_mutants())
        return run_mutants_program(argv);
    return run(&options);
}
