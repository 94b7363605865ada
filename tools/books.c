/* The demo's bookkeeping. */
#include "books.h"

#include "base/text.h"
#include "clearing/audit.h"
#include "clearing/cut.h"
#include "clearing/totals.h"
#include "host.h"
#include "network_day.h"
#include "redpacket/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PARTIES_MAX = RUNNER_PARTIES_MAX,
    DAYS_MAX = 64,
};

/* A party's store, read beside its owner. */
struct book {
    char name[RUNNER_NAME_MAX]; /* short, as its folder */
    const char *title;
    struct clearing_member member;
    struct store *store;
    struct ledger ledger; /* of a member's store */
};

struct books {
    const struct lab *lab;
    char out[COMMAND_PATH_MAX];
    struct layout_set layouts;
    struct fee_table *fees;         /* the lab's; NULL: none */
    struct book books[PARTIES_MAX]; /* the switch first, as the runner has it */
    unsigned count;
    struct network_result days[DAYS_MAX]; /* their parties in the order of the books */
    size_t day_count;
    uint64_t exceptions; /* in the files of all dates */
    struct audit_result audit;
    struct clearing_totals totals;
    int64_t messages;
};

/* --- opening ---------------------------------------------------------------------------------- */

static enum result add_book(struct books *books, const char *name, const char *title,
                            const char *id, enum clearing_role role, struct fault *fault)
{
    struct book *book = &books->books[books->count++];
    struct institution institution;
    if (!institution_parse(bytes_text(id), &institution))
        return fault_set(fault, RESULT_BUG, "institution id %s", id);
    snprintf(book->name, sizeof book->name, "%s", name);
    book->title = title;
    book->member = (struct clearing_member){institution.number, role, title};
    return RESULT_OK;
}

enum result books_open(const struct lab *lab, const char *out, struct books **opened,
                       struct fault *fault)
{
    struct books *books = calloc(1, sizeof *books);
    char path[COMMAND_PATH_MAX];
    *opened = books;
    if (books == NULL)
        return fault_set(fault, RESULT_IO, "no memory");
    books->lab = lab;
    snprintf(books->out, sizeof books->out, "%s", out);
    command_spec_folder("clearing", path);
    TRY(layout_set_load(path, &books->layouts, fault));
    if (lab->fees[0] != '\0') {
        command_spec_path("fees", lab->fees, path);
        TRY(fee_table_load(path, &books->fees, fault));
    }
    TRY(add_book(books, lab->centre.short_name, lab->centre.name, lab->centre.id, CLEARING_SWITCH,
                 fault));
    for (size_t i = 0; i < lab->institution_count; i++) {
        const struct lab_institution *one = &lab->institutions[i];
        if (!one->external)
            TRY(add_book(books, one->short_name, one->name, one->id,
                         one->role == LAB_ISSUER ? CLEARING_ISSUER : CLEARING_WALLET, fault));
    }
    return RESULT_OK;
}

void books_close(struct books *books)
{
    if (books == NULL)
        return;
    for (unsigned i = 0; i < books->count; i++)
        store_close(books->books[i].store);
    for (size_t i = 0; i < books->day_count; i++)
        network_result_deinit(&books->days[i]);
    layout_set_free(&books->layouts);
    fee_table_free(books->fees);
    free(books);
}

/* Stores exist once their parties have started. */
static enum result open_stores(struct books *books, struct fault *fault)
{
    for (unsigned i = 0; i < books->count; i++) {
        char path[COMMAND_PATH_MAX + RUNNER_NAME_MAX + 16];
        struct book *book = &books->books[i];
        snprintf(path, sizeof path, "%s/%s/%s", books->out, book->name, HOST_STORE_NAME);
        if (book->store != NULL)
            continue;
        TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &book->store, fault));
    }
    /* Whose a book is, its first entries say: so it is asked every time. */
    for (unsigned i = 1; i < books->count; i++)
        TRY(ledger_of_store(books->books[i].store, &books->books[i].ledger, fault));
    return RESULT_OK;
}

/* --- the end of a day ------------------------------------------------------------------------- */

static enum result cut(struct books *books, struct runner *runner, uint32_t date,
                       struct fault *fault)
{
    char command[64], out[COMMAND_PATH_MAX + 16];
    struct clearing_member members[PARTIES_MAX];
    struct clearing_result result = {0};
    struct doc *reply = NULL;
    snprintf(command, sizeof command, "{\"do\":\"cut\",\"date\":%08u}", date);
    TRY(runner_ask(runner, 0, command, &reply, fault));
    doc_free(reply);
    for (unsigned i = 0; i < books->count; i++)
        members[i] = books->books[i].member;
    snprintf(out, sizeof out, "%s/clearing", books->out);
    struct clearing_config config = {
        .layouts = &books->layouts,
        .date = date,
        .out = out,
        .institution = books->books[0].member.institution,
        .name = books->books[0].title,
        .members = members,
        .member_count = books->count,
        .fees = books->fees,
    };
    memcpy(config.currency, books->lab->currency, sizeof config.currency);
    if (mkdir(out, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, RESULT_IO, "%s: %s", out, strerror(errno));
    enum result cut_result = clearing_cut(books->books[0].store, &config, &result, fault);
    books->exceptions += result.exceptions;
    clearing_result_deinit(&result);
    return cut_result;
}

/* Every party's files of the date, those of real hosts too, which have no book here. */
static enum result add_parties(const struct books *books, struct network_day *day,
                               struct fault *fault)
{
    const struct lab *lab = books->lab;
    for (unsigned i = 0; i < books->count; i++)
        TRY(network_day_add(day, &books->books[i].member, books->books[i].title,
                            i > 0 ? &books->books[i].ledger : NULL, fault));
    for (size_t i = 0; i < lab->institution_count; i++) {
        const struct lab_institution *one = &lab->institutions[i];
        struct institution id;
        if (!one->external)
            continue;
        MUST(institution_parse(bytes_text(one->id), &id));
        struct clearing_member member = {
            .institution = id.number,
            .role = one->role == LAB_ISSUER ? CLEARING_ISSUER : CLEARING_WALLET,
            .name = one->name,
        };
        TRY(network_day_add(day, &member, one->name, NULL, fault));
    }
    return RESULT_OK;
}

static enum result reconcile(struct books *books, uint32_t date, struct fault *fault)
{
    char root[COMMAND_PATH_MAX + 16];
    struct network_day *day = malloc(sizeof *day);
    if (day == NULL)
        return fault_set(fault, RESULT_IO, "no memory to compare in");
    snprintf(root, sizeof root, "%s/clearing", books->out);
    network_day_init(day, &books->layouts, root, date);
    enum result result = add_parties(books, day, fault);
    if (result == RESULT_OK && books->day_count == DAYS_MAX)
        result = fault_set(fault, RESULT_LIMIT, "more than %d days", DAYS_MAX);
    if (result == RESULT_OK)
        result = network_day_reconcile(day, &books->days[books->day_count++], fault);
    network_day_deinit(day);
    free(day);
    return result;
}

enum result books_close_day(struct books *books, struct runner *runner, uint32_t date,
                            struct fault *fault)
{
    TRY(open_stores(books, fault));
    TRY(cut(books, runner, date, fault));
    return reconcile(books, date, fault);
}

/* --- when all days are over ------------------------------------------------------------------- */

/* Every message is seen by the switch, so its count is the lab's. */
static enum result count_messages(struct books *books, struct runner *runner, struct fault *fault)
{
    struct doc *reply = NULL;
    TRY(runner_ask(runner, 0, "{\"do\":\"status\"}", &reply, fault));
    struct schema schema = schema_of(reply, fault);
    books->messages = node_want_int(&schema, doc_root(reply), "messages", 0, INT64_MAX);
    doc_free(reply);
    return schema.result;
}

enum result books_check(struct books *books, struct runner *runner, struct fault *fault)
{
    struct audit_party parties[PARTIES_MAX];
    size_t count = 0;
    struct audit_reconciled *reconciled =
        calloc(books->day_count * books->count + 1, sizeof *reconciled);
    if (reconciled == NULL)
        return fault_set(fault, RESULT_IO, "no memory");
    for (unsigned i = 0; i < books->count; i++)
        parties[i] = (struct audit_party){books->books[i].member, books->books[i].store};
    for (size_t day = 0; day < books->day_count; day++)
        for (unsigned i = 1; i < books->count; i++)
            reconciled[count++] = (struct audit_reconciled){books->books[i].member.institution,
                                                            &books->days[day].parties[i].result};
    enum result result =
        audit_at_rest(parties, books->count, reconciled, count, &books->audit, fault);
    free(reconciled);
    if (result == RESULT_OK)
        result = clearing_totals(books->books[0].store, books->fees,
                                 books->books[0].member.institution, &books->totals, fault);
    return result == RESULT_OK ? count_messages(books, runner, fault) : result;
}

struct store *books_switch_store(const struct books *books)
{
    return books->books[0].store;
}

bool books_are_reconciled(const struct books *books)
{
    for (size_t i = 0; i < books->day_count; i++)
        if (network_differences(&books->days[i]) > 0)
            return false;
    return books->day_count > 0;
}

size_t books_violations(const struct books *books)
{
    return books->audit.listed;
}

void books_violation_at(const struct books *books, size_t index, char *out, size_t size)
{
    const struct audit_violation *one = &books->audit.list[index];
    snprintf(out, size, "statement %u: %s", one->statement, one->text);
}

/* --- telling ---------------------------------------------------------------------------------- */

static const char *title_of(const struct books *books, uint64_t institution)
{
    for (unsigned i = 0; i < books->count; i++)
        if (books->books[i].member.institution == institution)
            return books->books[i].title;
    return "external";
}

static void json_positions(const struct books *books, struct json *json)
{
    const struct positions *positions = &books->totals.positions;
    int64_t sum = 0;
    json_key(json, "net_positions");
    json_open_object(json);
    for (unsigned i = 0; i < books->count; i++) {
        const struct position *position =
            positions_find(positions, books->books[i].member.institution, books->lab->currency);
        int64_t net = position != NULL ? position_net(position) : 0;
        json_member_int(json, books->books[i].name, net);
        sum += net;
    }
    for (size_t i = 0; i < positions->count; i++) {
        char id[CLEARING_ID_SIZE] = "";
        if (strcmp(title_of(books, positions->list[i].institution), "external") != 0)
            continue;
        snprintf(id, sizeof id, "%011llu", (unsigned long long)positions->list[i].institution);
        json_member_int(json, id, position_net(&positions->list[i]));
        sum += position_net(&positions->list[i]);
    }
    json_close_object(json);
    json_member_int(json, "net_sum_minor", sum);
}

void books_json(const struct books *books, struct json *json)
{
    const struct clearing_totals *totals = &books->totals;
    json_member_int(json, "packets", (int64_t)totals->packets);
    json_member_int(json, "claims", (int64_t)totals->claims);
    json_member_int(json, "credited", (int64_t)totals->credited);
    json_key(json, "refused");
    json_open_object(json);
    for (size_t i = 0; i < totals->refusal_count; i++) {
        char code[3];
        code_format(totals->refusals[i].code, code);
        json_member_int(json, code, (int64_t)totals->refusals[i].count);
    }
    json_close_object(json);
    json_member_int(json, "released", (int64_t)totals->released);
    json_member_int(json, "frozen_minor", totals->frozen_minor);
    json_member_int(json, "claimed_minor", totals->claimed_minor);
    json_member_int(json, "unfrozen_minor", totals->unfrozen_minor);
    json_member_int(json, "purchases", (int64_t)totals->purchases);
    json_member_int(json, "purchased_minor", totals->purchased_minor);
    json_member_int(json, "purchase_reversals", (int64_t)totals->purchase_reversals);
    json_member_int(json, "repaid_minor", totals->repaid_minor);
    json_positions(books, json);
    json_member_bool(json, "reconciled", books_are_reconciled(books));
    json_member_int(json, "exceptions", (int64_t)books->exceptions);
    json_member_int(json, "messages", books->messages);
}

static void print_heading(FILE *out, bool colour, const char *text)
{
    fprintf(out, "\n%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

static void print_totals(const struct books *books, FILE *out)
{
    const struct clearing_totals *totals = &books->totals;
    char frozen[TEXT_MONEY_SIZE], claimed[TEXT_MONEY_SIZE], unfrozen[TEXT_MONEY_SIZE];
    fprintf(out,
            "  %llu packets froze %s; %llu shares of %s were claimed and credited;\n"
            "  %llu packets were closed and gave back %s. %lld messages passed the switch.\n",
            (unsigned long long)totals->packets, text_money_format(totals->frozen_minor, frozen),
            (unsigned long long)totals->credited, text_money_format(totals->claimed_minor, claimed),
            (unsigned long long)totals->released,
            text_money_format(totals->unfrozen_minor, unfrozen), (long long)books->messages);
    if (totals->purchases > 0)
        fprintf(out, "  %llu purchases of %s were approved; %llu of %s were given back.\n",
                (unsigned long long)totals->purchases,
                text_money_format(totals->purchased_minor, frozen),
                (unsigned long long)totals->purchase_reversals,
                text_money_format(totals->repaid_minor, claimed));
    for (size_t i = 0; i < totals->refusal_count; i++) {
        char code[3];
        code_format(totals->refusals[i].code, code);
        fprintf(out, "  refused %s, %s: %llu\n", code, code_meaning(totals->refusals[i].code),
                (unsigned long long)totals->refusals[i].count);
    }
}

static void print_positions(const struct books *books, FILE *out)
{
    const struct positions *positions = &books->totals.positions;
    int64_t sum = 0;
    char debits[TEXT_MONEY_SIZE], credits[TEXT_MONEY_SIZE], net[TEXT_MONEY_SIZE];
    char fees[TEXT_MONEY_SIZE];
    int width = books->fees != NULL ? 17 : 0; /* without a table there is no such column */
    fprintf(out, "  %-20s %16s %16s%*.*s %16s\n", "", "pays", "gets", width, width, "fees", "net");
    for (unsigned i = 0; i < books->count; i++) {
        const struct position *one =
            positions_find(positions, books->books[i].member.institution, books->lab->currency);
        struct position none = {0};
        if (one == NULL)
            one = &none;
        fprintf(out, "  %-20s %16s %16s%*.*s %16s\n", books->books[i].title,
                text_money_format(one->debit_minor, debits),
                text_money_format(one->credit_minor, credits), width, width,
                text_money_format(one->fee_minor, fees), text_money_format(position_net(one), net));
        sum += position_net(one);
    }
    fprintf(out, "  %-20s %16s %16s%*s %16s\n", "sum", "", "", width, "",
            text_money_format(sum, net));
}

static void print_day(const struct books *books, const struct network_result *day, FILE *out)
{
    for (unsigned i = 1; i < books->count; i++) {
        const struct reconcile_result *one = &day->parties[i].result;
        uint64_t differences = reconcile_differences(one);
        fprintf(out, "  %08u  %-20s %6llu items matched", day->date, books->books[i].title,
                (unsigned long long)one->counts[RECONCILE_MATCHED]);
        if (differences > 0)
            fprintf(out, ", %llu DIFFERENT", (unsigned long long)differences);
        fprintf(out, "\n");
    }
    fprintf(out, "  %08u  %-20s %6llu claims, %llu freezes and unfreezes: ", day->date,
            "all files together", (unsigned long long)day->claims,
            (unsigned long long)day->freezes);
    if (day->finding_count == 0)
        fprintf(out, "each is everywhere\n");
    else
        fprintf(out, "%llu DIFFERENT, first %s\n", (unsigned long long)day->finding_count,
                day->findings[0]);
}

static void print_reconciled(const struct books *books, FILE *out)
{
    for (size_t i = 0; i < books->day_count; i++)
        print_day(books, &books->days[i], out);
    fprintf(out, "  %llu exceptions: %s\n", (unsigned long long)books->exceptions,
            books->exceptions == 0 ? "everything was certain when its day was cut"
                                   : "see the exceptions files");
}

void books_print(const struct books *books, FILE *out, bool colour)
{
    char line[BOOKS_LINE_MAX];
    print_heading(out, colour, "What moved");
    print_totals(books, out);
    print_heading(out, colour, "Who pays whom, over all days");
    print_positions(books, out);
    print_heading(out, colour, "Clearing files against each party's own book");
    print_reconciled(books, out);
    print_heading(out, colour, "What must always hold, looked up in every store");
    if (books->audit.count == 0)
        fprintf(out,
                "  no violation: money conserved, every freeze adds up, every share paid at most\n"
                "  once, nothing unfinished, every book equal to its clearing files\n");
    for (size_t i = 0; i < books_violations(books); i++) {
        books_violation_at(books, i, line, sizeof line);
        fprintf(out, "  VIOLATION %s\n", line);
    }
}
