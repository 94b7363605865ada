/* cardlab log saf: what waits in a party's store and forward, since when, how often it was tried,
 * and why it waits now. */
#include "about.h"
#include "command.h"
#include "lab/lab.h"
#include "net/loop.h"
#include "waiting.h"

#include "base/date.h"
#include "base/json.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_LAB = 1, OPTION_JSON };
enum { LATEST_MAX = 128, WHY_MAX = 256, JSON_LINE_MAX = 4096 };

static const struct command command = {
    .name = "log saf",
    .arguments = "DIR",
    .summary = "Prints what waits in the store and forward of a party's data folder, oldest first.",
    .details =
        "  cardlab log saf cardlab-demo/switch\n"
        "  cardlab log saf cardlab-demo/alpha --lab cardlab-demo/lab.yaml --json\n"
        "\n"
        "The messages are read from the party's store, also when no process runs on it. How often\n"
        "each was tried, when it is tried next and why it waits now is known to the process "
        "alone:\n"
        "it is asked through its control socket. A line for each message, then one for each peer.\n"
        "Exit 0, whether anything waits or not.",
    .options =
        (const struct command_option[]){
            {OPTION_LAB, "lab", "LAB.yaml", "names the peers also when no process runs"},
            {OPTION_JSON, "json", NULL, "one JSON object a line"},
            {0, NULL, NULL, NULL},
        },
};

struct printing {
    const struct waiting *waiting;
    const struct lab *lab; /* NULL: none */
    int64_t now_us;
    bool json;
};

/* --- words ------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *words;
} waits[] = {
    {"peer", "nobody has this number"},    {"link", "no link to it"},
    {"sign-on", "it has not signed on"},   {"turn", "waits for its turn"},
    {"delay", "waits to be tried again"},  {"answer", "sent, answer awaited"},
    {"commit", "its end is being stored"},
};
static const struct {
    const char *name, *words;
} outcomes[] = {
    {"untried", ""},
    {"no-answer", "last: no answer in time"},
    {"link-lost", "last: lost with its link"},
    {"not-taken", "last: the link had no room"},
};

static const char *wait_words(const char *name)
{
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
        if (strcmp(waits[i].name, name) == 0)
            return waits[i].words;
    return name;
}

static void outcome_words(const struct waiting_told *told, char out[LATEST_MAX])
{
    out[0] = '\0';
    if (strcmp(told->outcome, "answered") == 0)
        snprintf(out, LATEST_MAX, "last: answered %s (%s)", told->code,
                 code_meaning(code_parse(told->code)));
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (strcmp(outcomes[i].name, told->outcome) == 0)
            snprintf(out, LATEST_MAX, "%s", outcomes[i].words);
}

/* "12 s", "5 min", "3 h", "2 d". */
static const char *duration(int64_t us, char out[32])
{
    int64_t s = us > 0 ? us / 1000000 : 0;
    if (s < 120)
        snprintf(out, 32, "%lld s", (long long)s);
    else if (s < 2 * 3600)
        snprintf(out, 32, "%lld min", (long long)(s / 60));
    else if (s < 2 * 86400)
        snprintf(out, 32, "%lld h", (long long)(s / 3600));
    else
        snprintf(out, 32, "%lld d", (long long)(s / 86400));
    return out;
}

static void why_text(const struct waiting_message *message, char out[WHY_MAX])
{
    const struct waiting_told *told = message->told;
    char last[LATEST_MAX], next[32], when[48] = "";
    out[0] = '\0';
    if (told == NULL)
        return;
    outcome_words(told, last);
    if (strcmp(told->wait, "delay") == 0)
        snprintf(when, sizeof when, " in %s", duration(told->next_ms * 1000, next));
    snprintf(out, WHY_MAX, "tried %u time%s, %s%s%s%s", told->tries, told->tries == 1 ? "" : "s",
             wait_words(told->wait), when, last[0] != '\0' ? "; " : "", last);
}

/* The date of a DE 15, which travels without its year; 0: it has none. */
static uint32_t settlement_of(const struct waiting_message *message)
{
    uint16_t mmdd = message->operation.settlement;
    return mmdd != 0 ? date_nearest_mmdd(mmdd, date_of_wall(message->since_us)) : 0;
}

/* By what the process or the lab file calls it; "": neither does. */
static const char *peer_name(const struct printing *printing, const struct waiting_message *message)
{
    const struct lab *lab = printing->lab;
    char id[LAB_ID_LEN + 1];
    if (message->told != NULL && message->told->peer[0] != '\0')
        return message->told->peer;
    if (lab == NULL)
        return "";
    snprintf(id, sizeof id, "%0*llu", (int)LAB_ID_LEN, (unsigned long long)message->institution);
    int index = lab_find_institution(lab, bytes_text(id));
    if (index >= 0)
        return lab->institutions[index].name;
    return strcmp(lab->centre.id, id) == 0 ? lab->centre.name : "";
}

/* --- a line for each message ------------------------------------------------------------------ */

static void print_line(const struct printing *printing, const struct waiting_message *message)
{
    const struct operation *op = &message->operation;
    char since[DATE_ISO_SIZE], age[32], amount[TEXT_MONEY_SIZE], why[WHY_MAX], about[ABOUT_MAX];
    const char *name = peer_name(printing, message);
    uint32_t settlement = settlement_of(message);
    date_iso_format(message->since_us, since);
    why_text(message, why);
    if (op->kind == OPERATION_RECONCILIATION) {
        printf("%.10s %.8s %7s  %-15s %12s  for %llu%s%s  date %08u  DE 7 %010llu STAN %06u%s%s\n",
               since, since + 11, duration(printing->now_us - message->since_us, age),
               operation_name(op->kind), text_money_format(totals_net(&op->totals), amount),
               (unsigned long long)message->institution, name[0] != '\0' ? " " : "", name,
               settlement, (unsigned long long)op->transmission, op->stan,
               why[0] != '\0' ? "  " : "", why);
        return;
    }
    printf("%.10s %.8s %7s  %-15s %12s  %s  for %llu%s%s", since, since + 11,
           duration(printing->now_us - message->since_us, age), operation_name(op->kind),
           text_money_format(op->amount_minor, amount), about_format(op, about),
           (unsigned long long)message->institution, name[0] != '\0' ? " " : "", name);
    if (settlement != 0)
        printf("  date %08u", settlement);
    printf("  DE 7 %010llu STAN %06u DE 37 %.12s%s%s\n", (unsigned long long)op->transmission,
           op->stan, op->rrn, why[0] != '\0' ? "  " : "", why);
}

static void write_message(const struct printing *printing, const struct waiting_message *message,
                          struct json *json)
{
    const struct operation *op = &message->operation;
    const struct waiting_told *told = message->told;
    char since[DATE_ISO_SIZE], reference[REFERENCE_TEXT_LEN], about[ABOUT_MAX];
    uint32_t settlement = settlement_of(message);
    bool of_purchase = operation_is_of_purchase(op->kind);
    bool is_of_freeze = op->kind != OPERATION_RECONCILIATION && !of_purchase;
    struct transaction_key purchase = operation_purchase_key(op);
    reference_format(&op->reference, reference);
    json_member(json, "since", date_iso_format(message->since_us, since));
    json_member_int(json, "age_s", (printing->now_us - message->since_us) / 1000000);
    json_member(json, "operation", operation_name(op->kind));
    json_member_int(json, "institution", (int64_t)message->institution);
    if (peer_name(printing, message)[0] != '\0')
        json_member(json, "peer", peer_name(printing, message));
    json_member_int(json, "amount_minor", op->amount_minor);
    if (settlement != 0)
        json_member_int(json, "settlement_date", settlement);
    if (of_purchase)
        json_member(json, "purchase", about_purchase_format(&purchase, about));
    if (is_of_freeze) {
        json_key(json, "reference");
        json_bytes_text(json, bytes_of(reference, sizeof reference));
    }
    json_member_int(json, "transmission", (int64_t)op->transmission);
    json_member_int(json, "stan", op->stan);
    if (is_of_freeze) {
        json_key(json, "rrn");
        json_bytes_text(json, bytes_of(op->rrn, sizeof op->rrn));
    }
    if (told == NULL)
        return;
    json_member_int(json, "tries", told->tries);
    json_member(json, "waits_for", told->wait);
    json_member(json, "latest", told->outcome);
    if (told->code[0] != '\0')
        json_member(json, "code", told->code);
    if (strcmp(told->wait, "delay") == 0)
        json_member_int(json, "next_ms", told->next_ms);
}

static void print_json(const struct printing *printing, const struct waiting_message *message)
{
    struct strbuf text;
    strbuf_init(&text, JSON_LINE_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    write_message(printing, message, &json);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- a line for each peer --------------------------------------------------------------------- */

struct summary {
    const struct waiting_message *oldest;
    size_t count;
    int64_t amount_minor;
};

static void print_summary(const struct printing *printing, const struct summary *summary)
{
    const struct waiting_message *oldest = summary->oldest;
    char age[32], amount[TEXT_MONEY_SIZE], since[DATE_ISO_SIZE];
    const char *name = peer_name(printing, oldest);
    struct strbuf text;
    if (!printing->json) {
        printf("for %llu%s%s: %zu wait, %s in all, the oldest for %s\n",
               (unsigned long long)oldest->institution, name[0] != '\0' ? " " : "", name,
               summary->count, text_money_format(summary->amount_minor, amount),
               duration(printing->now_us - oldest->since_us, age));
        return;
    }
    strbuf_init(&text, JSON_LINE_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_key(&json, "summary");
    json_open_object(&json);
    json_member_int(&json, "institution", (int64_t)oldest->institution);
    if (name[0] != '\0')
        json_member(&json, "peer", name);
    json_member_int(&json, "count", (int64_t)summary->count);
    json_member_int(&json, "amount_minor", summary->amount_minor);
    json_member(&json, "oldest", date_iso_format(oldest->since_us, since));
    json_close_object(&json);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

static enum result print_summaries(const struct printing *printing, struct fault *fault)
{
    const struct waiting *waiting = printing->waiting;
    struct summary *summaries = calloc(LAB_INSTITUTIONS_MAX + 1, sizeof *summaries);
    size_t peers = 0;
    if (summaries == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory for the summaries");
    for (size_t i = 0; i < waiting->count; i++) {
        const struct waiting_message *message = &waiting->messages[i];
        size_t at = 0;
        while (at < peers && summaries[at].oldest->institution != message->institution)
            at++;
        if (at > LAB_INSTITUTIONS_MAX)
            continue; /* no lab has so many */
        if (at == peers)
            summaries[peers++].oldest = message;
        summaries[at].count++;
        summaries[at].amount_minor += message->operation.amount_minor;
    }
    for (size_t at = 0; at < peers; at++)
        print_summary(printing, &summaries[at]);
    free(summaries);
    return RESULT_OK;
}

/* --- the command ------------------------------------------------------------------------------ */

static enum result print_all(const struct printing *printing, struct fault *fault)
{
    const struct waiting *waiting = printing->waiting;
    for (size_t i = 0; i < waiting->count && ferror(stdout) == 0; i++)
        if (printing->json)
            print_json(printing, &waiting->messages[i]);
        else
            print_line(printing, &waiting->messages[i]);
    TRY(print_summaries(printing, fault));
    fflush(stdout);
    if (waiting->count == 0)
        fprintf(stderr, "cardlab log saf: nothing waits\n");
    else if (waiting->trouble[0] != '\0')
        fprintf(stderr, "cardlab log saf: tries are not known: the process: %s\n",
                waiting->trouble);
    else if (!waiting->is_running)
        fprintf(stderr, "cardlab log saf: tries are not known: no process runs on this folder\n");
    return RESULT_OK;
}

static enum result run(const char *folder, const char *lab_name, bool json, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    struct lab *lab = NULL;
    struct waiting waiting;
    if (lab_name != NULL) {
        command_spec_path("labs", lab_name, path);
        TRY(lab_load(path, &lab, fault));
    }
    enum result result = waiting_read(folder, &waiting, fault);
    struct printing printing = {
        .waiting = &waiting, .lab = lab, .now_us = loop_now().wall_us, .json = json};
    if (result == RESULT_OK)
        result = print_all(&printing, fault);
    waiting_deinit(&waiting);
    lab_free(lab);
    return result;
}

int cmd_log_saf(int argc, char **argv)
{
    const char *value, *lab = NULL;
    struct fault fault = {RESULT_OK, ""};
    bool json = false;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_LAB)
            lab = value;
        json |= id == OPTION_JSON;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&command, "expected one data folder");
    return run(argv[first], lab, json, &fault) == RESULT_OK ? COMMAND_GOOD
                                                            : command_fail(&command, &fault);
}
