/* cardlab log: what a party did, from its transaction log; also while the party runs. */
#include "about.h"
#include "command.h"
#include "host.h"

#include "base/date.h"
#include "base/json.h"
#include "base/mask.h"
#include "base/text.h"
#include "redpacket/journal.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_PACKET = 1,
    OPTION_TRANSACTION,
    OPTION_DATE,
    OPTION_REFUSED,
    OPTION_FROM,
    OPTION_HEX,
    OPTION_UNMASK,
    OPTION_JSON,
};

static const struct command command = {
    .name = "log",
    .arguments = "DIR",
    .summary = "Prints the transaction log of a party's data folder, oldest first.",
    .details =
        "  cardlab log cardlab-demo/switch\n"
        "  cardlab log cardlab-demo/switch --packet 20261231-1     every leg of a red packet\n"
        "  cardlab log cardlab-demo/harbour --transaction 123100000001   one transaction's life\n"
        "  cardlab log saf cardlab-demo/switch       what waits in store and forward, and why\n"
        "  cardlab log totals cardlab-demo/switch    totals of each date and member\n"
        "\n"
        "A packet is named DATE-SEQUENCE or DATE-SEQUENCE-WALLET, or by the 39 digits of DE 48; a\n"
        "transaction by its DE 37 (12 characters) or its DE 11 (6 digits). Amounts and cards "
        "stand\n"
        "on each line, cards masked. Exit 1 when nothing was found.",
    .options =
        (const struct command_option[]){
            {OPTION_PACKET, "packet", "REF", "only what belongs to this red packet"},
            {OPTION_TRANSACTION, "transaction", "KEY", "only what has this DE 37 or DE 11"},
            {OPTION_DATE, "date", "YYYYMMDD", "only what is booked to this settlement date"},
            {OPTION_REFUSED, "refused", NULL, "only what was refused"},
            {OPTION_FROM, "from", "N", "from this record number on"},
            {OPTION_HEX, "hex", NULL,
             "the messages that caused the steps, whole and alone, for decode"},
            {OPTION_UNMASK, "unmask", NULL, "whole card numbers"},
            {OPTION_JSON, "json", NULL, "one JSON object a line"},
            {0, NULL, NULL, NULL},
        },
};

struct filter {
    bool has_packet, has_wallet, refused;
    uint32_t packet_date;
    uint64_t packet_sequence, packet_wallet;
    const char *transaction;
    uint32_t date;
    uint64_t from;
};

struct printing {
    struct filter filter;
    bool hex, unmask, json;
    uint64_t printed;
    bool damaged;
};

/* --- which entries ---------------------------------------------------------------------------- */

static bool parse_packet(const char *text, struct filter *filter)
{
    struct freeze_reference reference;
    unsigned date = 0;
    unsigned long long sequence = 0, wallet = 0;
    int used = 0;
    filter->has_packet = true;
    if (reference_parse(bytes_text(text), &reference)) {
        filter->packet_date = reference.date;
        filter->packet_sequence = reference.sequence;
        filter->packet_wallet = reference.wallet;
        filter->has_wallet = true;
        return true;
    }
    int found = sscanf(text, "%8u-%12llu%n-%11llu%n", &date, &sequence, &used, &wallet, &used);
    filter->packet_date = date;
    filter->packet_sequence = sequence;
    filter->packet_wallet = wallet;
    filter->has_wallet = found == 3;
    return found >= 2 && text[used] == '\0' && date_is_valid(date);
}

static bool is_of_packet(const struct filter *filter, const struct operation *operation)
{
    const struct freeze_reference *reference = &operation->reference;
    return operation->kind != OPERATION_NONE && reference->date == filter->packet_date &&
           reference->sequence == filter->packet_sequence &&
           (!filter->has_wallet || reference->wallet == filter->packet_wallet);
}

static bool is_transaction(const char *key, const struct operation *operation)
{
    char stan[6];
    digits_format(operation->stan, stan, sizeof stan);
    return operation->kind != OPERATION_NONE &&
           (bytes_equal(bytes_text(key), bytes_of(operation->rrn, sizeof operation->rrn)) ||
            bytes_equal(bytes_text(key), bytes_of(stan, sizeof stan)));
}

/* Refused here, or by the one that was asked. */
static bool is_refusal(const struct journal_entry *entry)
{
    return entry->event == JOURNAL_REFUSED ||
           (entry->code != CODE_NONE && code_verdict(entry->code) == VERDICT_REFUSED);
}

static bool is_wanted(const struct filter *filter, const struct journal_entry *entry)
{
    return (!filter->has_packet || is_of_packet(filter, &entry->operation)) &&
           (filter->transaction == NULL ||
            is_transaction(filter->transaction, &entry->operation)) &&
           (filter->date == 0 || entry->settlement_date == filter->date) &&
           (!filter->refused || is_refusal(entry));
}

/* --- printing --------------------------------------------------------------------------------- */

static void card_text(const struct pan *card, bool unmask, char out[PAN_LEN_MAX + 1])
{
    if (unmask)
        snprintf(out, PAN_LEN_MAX + 1, "%.*s", (int)card->len, card->digits);
    else
        mask_pan(bytes_of(card->digits, card->len), out, PAN_LEN_MAX + 1);
}

static bool has_two_states(const struct journal_entry *entry)
{
    return entry->event == JOURNAL_FREEZE || entry->event == JOURNAL_SHARE ||
           entry->event == JOURNAL_TOTALS || entry->event == JOURNAL_PURCHASE;
}

static void write_operation(const struct printing *printing, const struct operation *op,
                            struct json *json)
{
    char card[PAN_LEN_MAX + 1], reference[REFERENCE_TEXT_LEN], name[ABOUT_MAX];
    json_member(json, "operation", operation_name(op->kind));
    if (op->kind != OPERATION_RECONCILIATION)
        json_member_int(json, "amount_minor", op->amount_minor);
    json_member_int(json, "transmission", (int64_t)op->transmission);
    json_member_int(json, "stan", op->stan);
    if (op->kind == OPERATION_RECONCILIATION)
        return;
    reference_format(&op->reference, reference);
    json_key(json, "rrn");
    json_bytes_text(json, bytes_of(op->rrn, sizeof op->rrn));
    if (operation_is_of_purchase(op->kind)) {
        struct transaction_key purchase = operation_purchase_key(op);
        json_member(json, "purchase", about_purchase_format(&purchase, name));
        card_text(&op->card, printing->unmask, card);
        json_member(json, "sender_card", card);
        return;
    }
    json_key(json, "reference");
    json_bytes_text(json, bytes_of(reference, sizeof reference));
    card_text(&op->sender, printing->unmask, card);
    json_member(json, "sender_card", card);
    card_text(&op->receiver, printing->unmask, card);
    json_member(json, "receiver_card", card);
}

static void print_json(const struct printing *printing, uint64_t number,
                       const struct journal_entry *entry)
{
    const struct operation *op = &entry->operation;
    struct strbuf text;
    char time[DATE_ISO_SIZE], code[3];
    strbuf_init(&text, 32768);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "number", (int64_t)number);
    json_member(&json, "time", date_iso_format(entry->wall_us, time));
    json_member(&json, "event", journal_event_name(entry->event));
    if (has_two_states(entry)) {
        json_member(&json, "from", journal_state_name(entry, entry->from));
        json_member(&json, "to", journal_state_name(entry, entry->to));
    }
    if (entry->event == JOURNAL_FORGOTTEN)
        json_member(&json, "from", journal_state_name(entry, entry->from));
    if (entry->settlement_date != 0)
        json_member_int(&json, "settlement_date", entry->settlement_date);
    if (entry->code != CODE_NONE) {
        code_format(entry->code, code);
        json_member(&json, "code", code);
    }
    json_member_int(&json, "moved_minor", entry->moved_minor);
    if (entry->event == JOURNAL_TOTALS) {
        json_member_int(&json, "institution", (int64_t)entry->sender_issuer);
        json_member_int(&json, "their_net_minor", entry->available_minor);
    }
    if (op->kind != OPERATION_NONE)
        write_operation(printing, op, &json);
    if (entry->note[0] != '\0')
        json_member(&json, "note", entry->note);
    if (printing->hex && entry->message.len > 0) {
        json_key(&json, "message");
        json_hex(&json, entry->message);
    }
    json_close_object(&json);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

static void print_line(const struct printing *printing, uint64_t number,
                       const struct journal_entry *entry)
{
    const struct operation *op = &entry->operation;
    char time[DATE_ISO_SIZE], amount[TEXT_MONEY_SIZE], sender[PAN_LEN_MAX + 1];
    char receiver[PAN_LEN_MAX + 1], code[3], moved[40] = "", about[ABOUT_MAX];
    bool of_purchase = operation_is_of_purchase(op->kind);
    date_iso_format(entry->wall_us, time);
    code_format(entry->code, code);
    card_text(of_purchase ? &op->card : &op->sender, printing->unmask, sender);
    card_text(&op->receiver, printing->unmask, receiver);
    if (has_two_states(entry))
        snprintf(moved, sizeof moved, "%s -> %s", journal_state_name(entry, entry->from),
                 journal_state_name(entry, entry->to));
    else if (entry->event == JOURNAL_FORGOTTEN)
        snprintf(moved, sizeof moved, "%s", journal_state_name(entry, entry->from));
    printf("%6llu %.10s %.12s %-9s %-25s", (unsigned long long)number, time, time + 11,
           journal_event_name(entry->event), moved);
    if (entry->settlement_date != 0)
        printf(" %08u", entry->settlement_date);
    if (op->kind == OPERATION_RECONCILIATION)
        printf(" %-14s %s %12s  of %011llu  STAN %06u", operation_name(op->kind), code,
               text_money_format(entry->moved_minor, amount),
               (unsigned long long)entry->sender_issuer, op->stan);
    else if (op->kind != OPERATION_NONE)
        printf(" %-14s %s %12s  %s%s%s  %s  STAN %06u", operation_name(op->kind), code,
               text_money_format(op->amount_minor, amount), sender,
               receiver[0] != '\0' ? " -> " : "", receiver, about_format(op, about), op->stan);
    if (entry->code != CODE_NONE && code_verdict(entry->code) != VERDICT_APPROVED)
        printf("  %s", code_meaning(entry->code));
    printf("%s%s\n", entry->note[0] != '\0' ? "  " : "", entry->note);
}

/* Messages alone, a line each, as decode takes them. */
static void print_hex(const struct journal_entry *entry)
{
    char hex[2 * JOURNAL_MESSAGE_MAX];
    if (entry->message.len == 0)
        return;
    text_hex_encode(entry->message, hex);
    printf("%.*s\n", (int)(2 * entry->message.len), hex);
}

static bool each(void *context, const struct store_log_record *record)
{
    struct printing *printing = context;
    struct journal_entry entry;
    if (!journal_read(record->data, &entry)) {
        fprintf(stderr, "cardlab log: record %llu is not a journal entry\n",
                (unsigned long long)record->number);
        printing->damaged = true;
        return true;
    }
    if (!is_wanted(&printing->filter, &entry))
        return true;
    printing->printed++;
    if (printing->json)
        print_json(printing, record->number, &entry);
    else if (printing->hex)
        print_hex(&entry);
    else
        print_line(printing, record->number, &entry);
    return ferror(stdout) == 0;
}

static enum result open_store(const char *folder, struct store **store, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    host_store_path(folder, path);
    return store_open_lmdb(path, STORE_READ_ONLY, 0, store, fault);
}

static int read_options(int argc, char **argv, struct printing *printing, int *first)
{
    const char *value;
    int64_t number = 0;
    int id;
    while ((id = command_next(&command, argc, argv, &value, first)) > 0) {
        if (id == OPTION_PACKET && !parse_packet(value, &printing->filter))
            return command_usage(&command, "--packet: expected DATE-SEQUENCE or 39 digits, got %s",
                                 value);
        if (id == OPTION_TRANSACTION)
            printing->filter.transaction = value;
        if (id == OPTION_DATE || id == OPTION_FROM) {
            bool is_date = id == OPTION_DATE;
            if (is_date ? !command_date(&command, "date", value, &number)
                        : !command_number(&command, "from", value, 1, INT64_MAX, &number))
                return COMMAND_CANNOT;
            if (is_date)
                printing->filter.date = (uint32_t)number;
            else
                printing->filter.from = (uint64_t)number;
        }
        printing->filter.refused |= id == OPTION_REFUSED;
        printing->hex |= id == OPTION_HEX;
        printing->unmask |= id == OPTION_UNMASK;
        printing->json |= id == OPTION_JSON;
    }
    if (id == COMMAND_DONE)
        return *first;
    if (argc - *first != 1)
        return command_usage(&command, "expected one data folder");
    return COMMAND_DONE;
}

int cmd_log(int argc, char **argv)
{
    struct printing printing = {.filter = {.from = 1}};
    struct fault fault = {RESULT_OK, ""};
    struct store *store = NULL;
    int first;
    if (argc > 1 && strcmp(argv[1], "saf") == 0)
        return cmd_log_saf(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "totals") == 0)
        return cmd_log_totals(argc - 1, argv + 1);
    int ended = read_options(argc, argv, &printing, &first);
    if (ended != COMMAND_DONE)
        return ended;
    if (open_store(argv[first], &store, &fault) != RESULT_OK ||
        store_log_scan(store, printing.filter.from, 0, each, &printing, &fault) != RESULT_OK) {
        store_close(store);
        return command_fail(&command, &fault);
    }
    store_close(store);
    if (printing.damaged)
        return COMMAND_CANNOT;
    if (printing.printed == 0)
        fprintf(stderr, "cardlab log: nothing of that in %s\n", argv[first]);
    return printing.printed > 0 ? COMMAND_GOOD : COMMAND_NO;
}
