/* cardlab clear: the clearing files of a settlement date, from a switch's store.
 *
 * A date that is over is first marked as cut (clear_marking.h). Then the files are made from the
 * store, read-only. */
#include "clear_marking.h"
#include "clear_refusal.h"
#include "delivering.h"
#include "host.h"
#include "layouts.h"
#include "signing.h"
#include "totals_report.h"

#include "base/json.h"
#include "base/text.h"
#include "clearing/cut.h"
#include "lab/lab.h"
#include "redpacket/journal.h"
#include "router/router.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_STORE = 1,
    OPTION_DATE,
    OPTION_OUT,
    OPTION_LAB,
    OPTION_LAYOUTS,
    OPTION_FEES,
    OPTION_NO_FEES,
    OPTION_SIGN_KEY,
    OPTION_SIGN_CERT,
    OPTION_SIGN_PASS,
    OPTION_DELIVER,
    OPTION_NO_DELIVER,
    OPTION_WAIT,
    OPTION_PROVISIONAL,
    OPTION_STRICT,
    OPTION_JSON,
};

enum { WAIT_DEFAULT_S = 600, WAIT_MAX_S = 86400 };

static const struct command command = {
    .name = "clear",
    .arguments = "",
    .summary = "Writes the clearing files of a settlement date, one folder a party.",
    .details =
        "  cardlab clear --store cardlab-demo/switch --date 20261231 --out files\n"
        "\n"
        "The date must be over (a cutover has come) and is marked as cut, also while the switch\n"
        "runs; from then on the files are always the same. They appear in OUT/YYYYMMDD, all or\n"
        "none. The lab file says who gets files even without business, and is looked for beside\n"
        "the store's folder when it is not given. With --sign-key every manifest is signed (CMS,\n"
        "manifest.json.p7s); cardlab verify checks both. With --deliver, or `deliver:` in the lab\n"
        "file, a program is run for every party that has not got these files, as cardlab deliver\n"
        "does; exit 1 when one was not delivered.\n"
        "\n"
        "Exit 1 when the date is not over, or claims, freezes or purchases of it are under way:\n"
        "they are named, and nothing is written. --wait goes on asking, ten minutes when it is\n"
        "not said how long. --provisional writes what is final by now into\n"
        "OUT/YYYYMMDD.provisional.",
    .options =
        (const struct command_option[]){
            {OPTION_STORE, "store", "DIR", "data folder of the switch"},
            {OPTION_DATE, "date", "YYYYMMDD", "settlement date"},
            {OPTION_OUT, "out", "DIR", "folder in which the date's folder appears"},
            {OPTION_LAB, "lab", "LAB", "lab file (default: lab.yaml beside the data folder)"},
            {OPTION_LAYOUTS, "layouts", "NAME|DIR",
             "unionpay (default), csv, jsonl, camt053, ipm, ipm-1014, or a folder; may come again"},
            {OPTION_FEES, "fees", "TABLE",
             "fee table: a shipped one or a file (default: the lab's)"},
            {OPTION_NO_FEES, "no-fees", NULL, "none, although the lab has a table"},
            {OPTION_SIGN_KEY, "sign-key", "FILE", "private key (PEM) that signs the manifests"},
            {OPTION_SIGN_CERT, "sign-cert", "FILE", "its certificate (PEM), others behind it"},
            {OPTION_SIGN_PASS, "sign-pass", "FILE",
             "the key's passphrase, one line (else " SIGNING_VARIABLE ")"},
            {OPTION_DELIVER, "deliver", "COMMAND",
             "run for each party, to send it its files (default: the lab's)"},
            {OPTION_NO_DELIVER, "no-deliver", NULL, "leave that to cardlab deliver"},
            {OPTION_WAIT, "wait", "[SECONDS]", "ask again until the date can be cut"},
            {OPTION_PROVISIONAL, "provisional", NULL, "what is final by now, and no mark"},
            {OPTION_STRICT, "strict", NULL, "no files while totals differ or are not answered"},
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct clearing {
    const char *data, *out, *lab_path, *fees_path;
    struct layouts_named named;
    uint32_t date;
    int64_t wait_s;
    bool json, strict, no_fees, no_deliver;
    struct totals_report totals;
    char store_path[COMMAND_PATH_MAX];
    struct lab *lab;        /* NULL: none */
    struct fee_table *fees; /* NULL: none */
    struct signing signing;
    struct signer *signer; /* NULL: none */
    struct clearing_member members[LAB_INSTITUTIONS_MAX];
    struct layout_set layouts;
    struct clear_marking marking;
    struct clearing_config config;
    struct clearing_result result;
    const char *command;           /* that delivers; NULL: nothing is */
    struct deliveries *deliveries; /* NULL: none */
    size_t not_delivered;
    bool interrupted;
};

/* --- the store ---------------------------------------------------------------------------------
 */

/* Whose log it is: the first entry that only one kind of party writes says so. */
static bool find_owner(void *context, const struct store_log_record *record)
{
    bool *is_other = context;
    struct journal_entry entry;
    if (!journal_read(record->data, &entry))
        return true; /* reading the date will tell */
    switch (entry.event) {
    case JOURNAL_OPENED:
    case JOURNAL_POSTED:
    case JOURNAL_REQUESTED:
    case JOURNAL_ANSWERED:
    case JOURNAL_PACKET:
        *is_other = true;
        return false;
    case JOURNAL_FREEZE:
    case JOURNAL_SHARE:
    case JOURNAL_CUT:
        return false;
    default:
        return true;
    }
}

static bool is_in_calendar(const struct lab *lab, uint32_t date)
{
    for (size_t i = 0; lab != NULL && i < lab->calendar_count; i++)
        if (lab->calendar[i] == date)
            return true;
    return false;
}

/* The store is a switch's, and the date one that it has had. */
static enum result check_date(const struct clearing *clearing, struct store *store,
                              struct fault *fault)
{
    uint64_t first, last;
    bool is_other = false;
    TRY(store_log_scan(store, 1, 0, find_owner, &is_other, fault));
    if (is_other)
        return fault_set(fault, RESULT_INPUT, "%s is the store of an issuer or a wallet",
                         clearing->store_path);
    TRY(store_log_range(store, clearing->date, &first, &last, fault));
    if (first == 0 && !is_in_calendar(clearing->lab, clearing->date))
        return fault_set(fault, RESULT_INPUT,
                         "settlement date %08u: the switch has never had such a day",
                         clearing->date);
    return RESULT_OK;
}

/* The lab says whose switch it is, and the store, once there was a cutover. */
static enum result check_owner(struct clearing *clearing, struct store *store, struct fault *fault)
{
    struct institution self;
    char id[CLEARING_ID_SIZE], other[CLEARING_ID_SIZE];
    uint64_t *institution = &clearing->config.institution;
    TRY(router_stored_self(store, &self, fault));
    if (clearing->lab == NULL)
        *institution = self.number;
    if (*institution == 0)
        return fault_set(fault, RESULT_INPUT,
                         "%s does not say whose it is yet: give the lab file with --lab",
                         clearing->store_path);
    if (self.number == 0 || self.number == *institution)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "%s is the store of switch %s, and the lab is that of %s",
                     clearing->store_path, clearing_id_format(self.number, id),
                     clearing_id_format(*institution, other));
}

static enum result check_store(struct clearing *clearing, struct fault *fault)
{
    struct store *store = NULL;
    TRY(store_open_lmdb(clearing->store_path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = check_date(clearing, store, fault);
    if (result == RESULT_OK)
        result = check_owner(clearing, store, fault);
    store_close(store);
    return result;
}

/* --- configuration ---------------------------------------------------------------------------- */

static enum result number_of(const char *id, uint64_t *number, struct fault *fault)
{
    struct institution institution;
    if (!institution_parse(bytes_text(id), &institution))
        return fault_set(fault, RESULT_BUG, "institution id %s", id);
    *number = institution.number;
    return RESULT_OK;
}

static enum result take_lab(struct clearing *clearing, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    if (clearing->lab_path != NULL)
        command_spec_path("labs", clearing->lab_path, path);
    else {
        snprintf(path, sizeof path, "%s/../lab.yaml", clearing->data);
        if (access(path, F_OK) != 0)
            return RESULT_OK;
    }
    TRY(lab_load(path, &clearing->lab, fault));
    const struct lab *lab = clearing->lab;
    TRY(number_of(lab->centre.id, &clearing->config.institution, fault));
    clearing->config.name = lab->centre.name;
    for (size_t i = 0; i < lab->institution_count; i++) {
        struct clearing_member *member = &clearing->members[i];
        TRY(number_of(lab->institutions[i].id, &member->institution, fault));
        member->role = lab->institutions[i].role == LAB_ISSUER ? CLEARING_ISSUER : CLEARING_WALLET;
        member->name = lab->institutions[i].name;
    }
    memcpy(clearing->config.currency, lab->currency, sizeof clearing->config.currency);
    clearing->config.members = clearing->members;
    clearing->config.member_count = lab->institution_count;
    return RESULT_OK;
}

/* The table that is named, or the lab's; perhaps none. */
static enum result take_fees(struct clearing *clearing, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    const char *name = clearing->fees_path;
    if (name == NULL && !clearing->no_fees && clearing->lab != NULL &&
        clearing->lab->fees[0] != '\0')
        name = clearing->lab->fees;
    if (name == NULL)
        return RESULT_OK;
    command_spec_path("fees", name, path);
    TRY(fee_table_load(path, &clearing->fees, fault));
    clearing->config.fees = clearing->fees;
    return RESULT_OK;
}

/* --- what was written ------------------------------------------------------------------------- */

static const char *name_of(const struct clearing *clearing, uint64_t institution)
{
    const struct lab *lab = clearing->lab;
    char id[CLEARING_ID_SIZE];
    if (lab == NULL)
        return "";
    int found = lab_find_institution(lab, bytes_text(clearing_id_format(institution, id)));
    if (found >= 0)
        return lab->institutions[found].name;
    return institution == clearing->config.institution ? lab->centre.name : "";
}

static void print_count(const char *before, uint64_t count, const char *what)
{
    printf("%s%llu %s%s", before, (unsigned long long)count, what, count == 1 ? "" : "s");
}

static void print_summary(const struct clearing *clearing)
{
    const struct clearing_result *result = &clearing->result;
    char money[TEXT_MONEY_SIZE];
    printf("Settlement date %08u:", clearing->date);
    print_count(" ", result->shares, "share");
    printf(" of %s claimed", text_money_format(result->claimed_minor, money));
    print_count(", ", result->freezes, "freeze");
    printf(" of %s", text_money_format(result->frozen_minor, money));
    print_count(", ", result->unfreezes, "release");
    printf(" of %s", text_money_format(result->unfrozen_minor, money));
    if (result->purchases > 0) {
        print_count(", ", result->purchases, "purchase");
        printf(" of %s", text_money_format(result->purchased_minor, money));
        printf(", %llu given back", (unsigned long long)result->purchase_reversals);
        printf(" of %s", text_money_format(result->repaid_minor, money));
    }
    print_count(", ", result->exceptions, "exception");
    printf("\n");
    if (!clearing->config.is_provisional)
        return;
    printf("PROVISIONAL, as of log record %llu: ", (unsigned long long)result->as_of);
    printf("%llu claim%s still under way\n", (unsigned long long)result->moving,
           result->moving == 1 ? ", freeze or purchase" : "s, freezes and purchases");
}

static void print_text(const struct clearing *clearing)
{
    const struct clearing_result *result = &clearing->result;
    char one[TEXT_MONEY_SIZE], other[TEXT_MONEY_SIZE], id[CLEARING_ID_SIZE];
    char folder[CLEARING_FOLDER_MAX];
    print_summary(clearing);
    bool has_fees = clearing->fees != NULL;
    printf("\n%-30s %10s %18s %18s", "File", "Records", "Debit", "Credit");
    printf(has_fees ? " %18s\n" : "\n", "Fees");
    for (size_t i = 0; i < result->manifest.count; i++) {
        const struct manifest_entry *entry = &result->manifest.entries[i];
        if (!manifest_is_clearing_file(strchr(entry->path, '/') + 1)) {
            printf("%s\n", entry->path); /* it has no sums */
            continue;
        }
        printf("%-30s %10llu %18s %18s", entry->path, (unsigned long long)entry->records,
               text_money_format(entry->debit_minor, one),
               text_money_format(entry->credit_minor, other));
        printf(has_fees ? " %18s\n" : "\n", text_money_format(entry->fee_minor, one));
    }
    printf("\n%-16s %18s %18s %18s %18s\n", "Position of", "Pays", "Gets", "Fees", "Net");
    for (size_t i = 0; i < result->positions.count; i++) {
        const struct position *position = &result->positions.list[i];
        printf("%s %.3s %18s %18s", clearing_id_format(position->institution, id),
               position->currency, text_money_format(position->debit_minor, one),
               text_money_format(position->credit_minor, other));
        printf(" %18s", text_money_format(position->fee_minor, one));
        printf(" %18s  %s\n", text_money_format(position_net(position), one),
               name_of(clearing, position->institution));
    }
    printf("\n");
    totals_report_print(stdout, &clearing->totals, clearing->lab);
    clearing_folder_name(&clearing->config, folder);
    printf("\nWritten to %s/%s\n", clearing->out, folder);
    if (clearing->deliveries != NULL && clearing->no_deliver)
        printf("Not delivered yet: cardlab deliver %s/%s\n", clearing->out, folder);
    else if (clearing->deliveries != NULL)
        printf("Delivered to %zu of %zu institutions\n",
               clearing->deliveries->count - clearing->not_delivered, clearing->deliveries->count);
}

static void write_files(const struct manifest *manifest, struct json *json)
{
    json_key(json, "files");
    json_open_list(json);
    for (size_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        json_open_object(json);
        json_member(json, "file", entry->path);
        json_member_int(json, "records", (int64_t)entry->records);
        json_member_int(json, "bytes", (int64_t)entry->bytes);
        json_member_int(json, "debit_minor", entry->debit_minor);
        json_member_int(json, "credit_minor", entry->credit_minor);
        json_member_int(json, "fee_minor", entry->fee_minor);
        json_close_object(json);
    }
    json_close_list(json);
}

static bool has_one_currency(const struct positions *positions)
{
    for (size_t i = 1; i < positions->count; i++)
        if (memcmp(positions->list[i].currency, positions->list[0].currency,
                   sizeof positions->list[i].currency) != 0)
            return false;
    return true;
}

/* By institution, with the currency behind it when there are several. */
static void write_positions(const struct positions *positions, struct json *json)
{
    bool is_one = has_one_currency(positions);
    char id[CLEARING_ID_SIZE], key[CLEARING_ID_SIZE + 1 + POSITION_CURRENCY_LEN];
    json_key(json, "net_positions");
    json_open_object(json);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->list[i];
        snprintf(key, sizeof key, "%s%s%.*s", clearing_id_format(position->institution, id),
                 is_one ? "" : "-", is_one ? 0 : POSITION_CURRENCY_LEN, position->currency);
        json_member_int(json, key, position_net(position));
    }
    json_close_object(json);
    json_member_int(json, "net_sum_minor", 0); /* else there had been no files */
}

static void print_json(const struct clearing *clearing)
{
    const struct clearing_result *result = &clearing->result;
    struct strbuf text;
    char path[COMMAND_PATH_MAX], folder[CLEARING_FOLDER_MAX];
    strbuf_init(&text, MANIFEST_LEN_MAX);
    struct json json = json_to(&text);
    clearing_folder_name(&clearing->config, folder);
    snprintf(path, sizeof path, "%s/%s", clearing->out, folder);
    json_open_object(&json);
    json_member_int(&json, "settlement_date", clearing->date);
    json_member_bool(&json, "cut", !clearing->config.is_provisional);
    json_member_bool(&json, "provisional", clearing->config.is_provisional);
    json_member_int(&json, "as_of_record", (int64_t)result->as_of);
    json_member_int(&json, "open", (int64_t)result->moving);
    json_member(&json, "out", path);
    json_member_int(&json, "shares", (int64_t)result->shares);
    json_member_int(&json, "claimed_minor", result->claimed_minor);
    json_member_int(&json, "freezes", (int64_t)result->freezes);
    json_member_int(&json, "frozen_minor", result->frozen_minor);
    json_member_int(&json, "unfreezes", (int64_t)result->unfreezes);
    json_member_int(&json, "unfrozen_minor", result->unfrozen_minor);
    json_member_int(&json, "purchases", (int64_t)result->purchases);
    json_member_int(&json, "purchased_minor", result->purchased_minor);
    json_member_int(&json, "purchase_reversals", (int64_t)result->purchase_reversals);
    json_member_int(&json, "repaid_minor", result->repaid_minor);
    json_member_int(&json, "exceptions", (int64_t)result->exceptions);
    json_member_int(&json, "fees", (int64_t)result->fees);
    json_key(&json, "fee_table");
    json_text(&json, clearing->fees != NULL ? clearing->fees->name : NULL);
    write_positions(&result->positions, &json);
    totals_report_json(&json, &clearing->totals);
    write_files(&result->manifest, &json);
    if (clearing->deliveries != NULL && !clearing->no_deliver)
        delivering_format(clearing->deliveries, &json);
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- totals, before files are written -----------------------------------------------------------
 */

static enum result read_totals(struct clearing *clearing, struct fault *fault)
{
    struct store *store = NULL;
    TRY(store_open_lmdb(clearing->store_path, STORE_READ_ONLY, 0, &store, fault));
    enum result result =
        totals_report_read(store, clearing->date, clearing->lab, &clearing->totals, fault);
    store_close(store);
    if (result != RESULT_OK || clearing->totals.bad == 0)
        return result;
    /* What is printed on a terminal in the end has them, too. */
    if (clearing->strict || clearing->json || !isatty(STDOUT_FILENO))
        totals_report_print(stderr, &clearing->totals, clearing->lab);
    if (!clearing->strict)
        return RESULT_OK;
    return fault_set(fault, RESULT_STATE,
                     "settlement date %08u: the totals of %zu members are not in balance",
                     clearing->date, clearing->totals.bad);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum result mark(struct clearing *clearing, struct fault *fault)
{
    clearing->marking = (struct clear_marking){
        .data = clearing->data,
        .store_path = clearing->store_path,
        .date = clearing->date,
        .wait_s = clearing->wait_s,
    };
    return clearing->config.is_provisional ? RESULT_OK : clear_mark(&clearing->marking, fault);
}

static enum result run(struct clearing *clearing, struct fault *fault)
{
    struct store *store = NULL;
    host_store_path(clearing->data, clearing->store_path);
    TRY(signing_open(&clearing->signing, &clearing->signer, fault));
    TRY(take_lab(clearing, fault));
    TRY(layouts_load(&clearing->named, &clearing->layouts, fault));
    TRY(take_fees(clearing, fault));
    TRY(check_store(clearing, fault));
    TRY(mark(clearing, fault));
    TRY(read_totals(clearing, fault));
    clearing->config.layouts = &clearing->layouts;
    clearing->config.date = clearing->date;
    clearing->config.out = clearing->out;
    clearing->config.signer = clearing->signer;
    TRY(store_open_lmdb(clearing->store_path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = clearing_cut(store, &clearing->config, &clearing->result, fault);
    store_close(store);
    return result;
}

/* What cannot be delivered does not undo the cut. */
static enum result deliver(struct clearing *clearing, struct fault *fault)
{
    char folder[COMMAND_PATH_MAX];
    struct delivering delivering = {
        .folder = folder, .command = clearing->command, .only_note = clearing->no_deliver};
    if (clearing->lab != NULL)
        delivering_take_lab(&delivering, clearing->lab);
    if (delivering.command == NULL || clearing->config.is_provisional)
        return RESULT_OK;
    clearing->deliveries = calloc(1, sizeof *clearing->deliveries);
    if (clearing->deliveries == NULL)
        return fault_set(fault, RESULT_IO, "out of memory");
    snprintf(folder, sizeof folder, "%s/%08u", clearing->out, clearing->date);
    return delivering_run(&delivering, command.name, clearing->deliveries, &clearing->not_delivered,
                          &clearing->interrupted, fault);
}

/* What does not fit together. */
static int check_options(const struct clearing *clearing)
{
    if (clearing->config.is_provisional && clearing->wait_s > 0)
        return command_usage(&command, "--provisional takes what is there: it waits for nothing");
    if (clearing->config.is_provisional && clearing->command != NULL)
        return command_usage(&command, "--provisional files are nobody's: they are not delivered");
    if (clearing->no_fees && clearing->fees_path != NULL)
        return command_usage(&command, "expected --fees or --no-fees, not both");
    if (clearing->no_deliver && clearing->command != NULL)
        return command_usage(&command, "expected --deliver or --no-deliver, not both");
    if ((clearing->signing.key_path == NULL) != (clearing->signing.certificate_path == NULL))
        return command_usage(&command, "expected --sign-key and --sign-cert, or neither");
    return -1;
}

static int take_options(struct clearing *clearing, int argc, char **argv)
{
    const char *value;
    int first, id;
    int64_t date = 0;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_STORE)
            clearing->data = value;
        else if (id == OPTION_OUT)
            clearing->out = value;
        else if (id == OPTION_LAB)
            clearing->lab_path = value;
        else if (id == OPTION_LAYOUTS && !layouts_name(&clearing->named, value))
            return command_usage(&command, "expected --layouts at most %d times",
                                 LAYOUTS_NAMED_MAX);
        else if (id == OPTION_FEES)
            clearing->fees_path = value;
        else if (id == OPTION_NO_FEES)
            clearing->no_fees = true;
        else if (id == OPTION_DELIVER)
            clearing->command = value;
        else if (id == OPTION_NO_DELIVER)
            clearing->no_deliver = true;
        else if (id == OPTION_SIGN_KEY)
            clearing->signing.key_path = value;
        else if (id == OPTION_SIGN_CERT)
            clearing->signing.certificate_path = value;
        else if (id == OPTION_SIGN_PASS)
            clearing->signing.passphrase_path = value;
        else if (id == OPTION_PROVISIONAL)
            clearing->config.is_provisional = true;
        else if (id == OPTION_STRICT)
            clearing->strict = true;
        else if (id == OPTION_JSON)
            clearing->json = true;
        else if (id == OPTION_WAIT && value == NULL)
            clearing->wait_s = WAIT_DEFAULT_S;
        else if (id == OPTION_WAIT &&
                 !command_number(&command, "wait", value, 0, WAIT_MAX_S, &clearing->wait_s))
            return COMMAND_CANNOT;
        else if (id == OPTION_DATE && !command_date(&command, "date", value, &date))
            return COMMAND_CANNOT;
    }
    if (id == COMMAND_DONE)
        return first;
    clearing->date = (uint32_t)date;
    if (clearing->data == NULL || clearing->out == NULL || date == 0 || argc != first)
        return command_usage(&command, "expected --store DIR --date YYYYMMDD --out DIR");
    return check_options(clearing);
}

int cmd_clear(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct clearing *clearing = calloc(1, sizeof *clearing);
    MUST(clearing != NULL);
    int code = take_options(clearing, argc, argv);
    if (code < 0 && (run(clearing, &fault) != RESULT_OK || deliver(clearing, &fault) != RESULT_OK))
        code = clearing->marking.is_refused
                   ? clear_refuse(&clearing->marking, clearing->lab, clearing->json)
                   : command_fail(&command, &fault);
    else if (code < 0) {
        bool is_missing = clearing->not_delivered > 0 && !clearing->no_deliver;
        code = clearing->interrupted ? COMMAND_INTERRUPTED : is_missing ? COMMAND_NO : COMMAND_GOOD;
        if (clearing->json)
            print_json(clearing);
        else
            print_text(clearing);
    }
    clearing_result_deinit(&clearing->result);
    layout_set_free(&clearing->layouts);
    fee_table_free(clearing->fees);
    lab_free(clearing->lab);
    signer_close(clearing->signer);
    free(clearing->deliveries);
    free(clearing);
    return code;
}
