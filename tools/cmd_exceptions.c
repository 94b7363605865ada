/* cardlab exceptions: what was refused for good, in words, and closed by a person once settled.
 *
 * Lists out of the switch's store, read-only, also while it runs. Closing goes through the switch,
 * which logs it. */
#include "about.h"
#include "host.h"
#include "switch_asking.h"

#include "base/date.h"
#include "base/json.h"
#include "base/mask.h"
#include "base/text.h"
#include "clearing/exceptions.h"
#include "clearing/member.h"
#include "redpacket/dispute.h"

#include <string.h>

enum { OPTION_ALL = 1, OPTION_CLOSE, OPTION_NOTE, OPTION_UNMASK, OPTION_JSON };

static const struct command command = {
    .name = "exceptions",
    .arguments = "DIR",
    .summary = "Lists what was refused for good and is for a person to settle; closes it.",
    .details =
        "  cardlab exceptions cardlab-demo/switch\n"
        "  cardlab exceptions cardlab-demo/switch --close 20261231-1/2 --note 'paid back by hand'\n"
        "\n"
        "DIR is the data folder of a switch. A packet is named DATE-SEQUENCE or\n"
        "DATE-SEQUENCE-WALLET, and /SHARE when it is about a share of it; a purchase by DE 7,\n"
        "DE 11 and DE 32 of its request, 1231093000-000031-91230001. Closing needs the running\n"
        "switch; it moves no money and no state, and leaves the next exceptions file\n"
        "without it. Exit 0 when nothing is open (or it was closed), 1 when something is.",
    .options =
        (const struct command_option[]){
            {OPTION_ALL, "all", NULL, "those too that were closed"},
            {OPTION_CLOSE, "close", "REF", "this one, named as above, is settled"},
            {OPTION_NOTE, "note", "TEXT", "how it was settled: 1 to 100 bytes, kept in the log"},
            {OPTION_UNMASK, "unmask", NULL, "whole card numbers"},
            {OPTION_JSON, "json", NULL, "one JSON object a line"},
            {0, NULL, NULL, NULL},
        },
};

struct listing {
    const char *data, *close, *note;
    bool all, unmask, json;
    /* What is to be closed. */
    uint32_t date;
    uint64_t sequence, wallet;
    uint16_t share;
    bool has_wallet, is_purchase;
    struct transaction_key purchase;
    struct dispute found; /* about of kind NONE: none yet */
    uint64_t found_count, open_count, waiting_count;
};

/* --- telling ---------------------------------------------------------------------------------- */

struct card_text {
    char text[PAN_LEN_MAX + 1];
};

static struct card_text card_of(const struct listing *listing, const struct pan *pan)
{
    struct card_text card = {""};
    if (listing->unmask)
        snprintf(card.text, sizeof card.text, "%.*s", (int)pan->len, pan->digits);
    else if (pan->len > 0)
        mask_pan(bytes_of(pan->digits, pan->len), card.text, sizeof card.text);
    return card;
}

static void print_about(const struct listing *listing, const struct operation *about)
{
    char amount[TEXT_MONEY_SIZE], id[CLEARING_ID_SIZE], name[ABOUT_MAX];
    bool of_share = about->kind == OPERATION_CLAIM;
    if (operation_is_of_purchase(about->kind)) {
        struct transaction_key purchase = operation_purchase_key(about);
        printf(" purchase %s: %s, %s\n", about_purchase_format(&purchase, name),
               text_money_format(about->amount_minor, amount), card_of(listing, &about->card).text);
        return;
    }
    printf(" %08u-%llu", about->reference.date, (unsigned long long)about->reference.sequence);
    if (of_share)
        printf("/%u", about->reference.share);
    printf(" of wallet %s: %s, %s%s%s\n", clearing_id_format(about->reference.wallet, id),
           text_money_format(about->amount_minor, amount), card_of(listing, &about->sender).text,
           of_share ? " -> " : "", of_share ? card_of(listing, &about->receiver).text : "");
}

static void print_text(const struct listing *listing, const struct dispute *dispute)
{
    char reason[EXCEPTION_CODE_LEN + 1], code[3], time[DATE_ISO_SIZE], id[CLEARING_ID_SIZE];
    struct exception_meaning meaning = exception_meaning(EXCEPTION_DISPUTED, dispute->refused);
    exception_code(EXCEPTION_DISPUTED, dispute->refused, reason);
    printf("%s", reason);
    print_about(listing, &dispute->about);
    code_format(dispute->code, code);
    printf("  what   %s\n", meaning.what);
    printf("  who    %s, %s, refused the %s with %s (%s)\n", meaning.fault,
           clearing_id_format(dispute_refuser(dispute), id), operation_name(dispute->refused), code,
           code_meaning(dispute->code));
    printf("  when   %s, settlement date %08u, log record %llu\n",
           date_iso_format(dispute->since_us, time), dispute->settlement_date,
           (unsigned long long)dispute->since);
    if (dispute->closed == 0)
        printf("  to do  %s\n", meaning.todo);
    else
        printf("  closed %s, log record %llu: %s\n", date_iso_format(dispute->closed_us, time),
               (unsigned long long)dispute->closed, dispute->note);
}

static void write_about(const struct listing *listing, const struct dispute *dispute,
                        struct json *json)
{
    const struct operation *about = &dispute->about;
    char id[CLEARING_ID_SIZE], name[ABOUT_MAX];
    if (operation_is_of_purchase(about->kind)) {
        struct transaction_key purchase = operation_purchase_key(about);
        json_member(json, "purchase", about_purchase_format(&purchase, name));
        json_member(json, "acquirer", clearing_id_format(about->acquirer.number, id));
        json_member_int(json, "amount_minor", about->amount_minor);
        json_member(json, "sender_card", card_of(listing, &about->card).text);
    } else {
        json_member_int(json, "freeze_date", about->reference.date);
        json_member_int(json, "freeze_sequence", (int64_t)about->reference.sequence);
        json_member(json, "wallet", clearing_id_format(about->reference.wallet, id));
        json_member_int(json, "share", about->kind == OPERATION_CLAIM ? about->reference.share : 0);
        json_member_int(json, "amount_minor", about->amount_minor);
        json_member(json, "sender_card", card_of(listing, &about->sender).text);
        json_member(json, "receiver_card", card_of(listing, &about->receiver).text);
    }
    json_member(json, "sender_issuer", clearing_id_format(dispute->sender_issuer, id));
    if (dispute->receiver_issuer != 0)
        json_member(json, "receiver_issuer", clearing_id_format(dispute->receiver_issuer, id));
    json_key(json, "rrn");
    json_bytes_text(json, bytes_of(about->rrn, sizeof about->rrn));
    json_member_int(json, "settlement_date", dispute->settlement_date);
}

static void print_json(const struct listing *listing, const struct dispute *dispute)
{
    struct strbuf text;
    struct exception_meaning meaning = exception_meaning(EXCEPTION_DISPUTED, dispute->refused);
    char reason[EXCEPTION_CODE_LEN + 1], code[3], time[DATE_ISO_SIZE], id[CLEARING_ID_SIZE];
    strbuf_init(&text, 8192);
    struct json json = json_to(&text);
    exception_code(EXCEPTION_DISPUTED, dispute->refused, reason);
    code_format(dispute->code, code);
    json_open_object(&json);
    json_member(&json, "reason", reason);
    json_member(&json, "refused", operation_name(dispute->refused));
    json_member(&json, "code", code);
    json_member(&json, "refused_by", clearing_id_format(dispute_refuser(dispute), id));
    write_about(listing, dispute, &json);
    json_member(&json, "since", date_iso_format(dispute->since_us, time));
    json_member_int(&json, "since_record", (int64_t)dispute->since);
    json_member(&json, "what", meaning.what);
    json_member(&json, "todo", meaning.todo);
    json_member_bool(&json, "open", dispute->closed == 0);
    if (dispute->closed != 0) {
        json_member(&json, "closed", date_iso_format(dispute->closed_us, time));
        json_member_int(&json, "closed_record", (int64_t)dispute->closed);
        json_member(&json, "note", dispute->note);
    }
    json_close_object(&json);
    MUST(!text.bad);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_named(const struct listing *listing, const struct dispute *dispute)
{
    const struct freeze_reference *reference = &dispute->about.reference;
    uint16_t share = dispute->about.kind == OPERATION_CLAIM ? reference->share : 0;
    if (operation_is_of_purchase(dispute->about.kind)) {
        struct transaction_key purchase = operation_purchase_key(&dispute->about);
        return listing->is_purchase && transaction_key_equal(&purchase, &listing->purchase);
    }
    return !listing->is_purchase && reference->date == listing->date &&
           reference->sequence == listing->sequence && share == listing->share &&
           (!listing->has_wallet || reference->wallet == listing->wallet);
}

static bool take_dispute(void *context, struct bytes key, struct bytes value)
{
    struct listing *listing = context;
    struct dispute dispute;
    (void)key;
    dispute_decode(value, &dispute);
    if (listing->close != NULL) {
        if (is_named(listing, &dispute)) {
            listing->found = dispute;
            listing->found_count++;
        }
        return true;
    }
    listing->open_count += dispute.closed == 0;
    if (dispute.closed != 0 && !listing->all)
        return true;
    if (listing->json)
        print_json(listing, &dispute);
    else
        print_text(listing, &dispute);
    return ferror(stdout) == 0;
}

static bool count_one(void *context, struct bytes key, struct bytes value)
{
    uint32_t date;
    (void)value;
    *(uint64_t *)context += !totals_message_key_read(key, &date);
    return true;
}

static enum result read_store(struct listing *listing, struct fault *fault)
{
    static const uint8_t disputes[] = {TABLE_DISPUTE}, disputes_end[] = {TABLE_DISPUTE + 1};
    static const uint8_t waiting[] = {TABLE_FORWARD}, waiting_end[] = {TABLE_FORWARD + 1};
    char path[COMMAND_PATH_MAX];
    struct store *store = NULL;
    host_store_path(listing->data, path);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &store, fault));
    enum result result = store_scan(store, bytes_of(disputes, 1), bytes_of(disputes_end, 1),
                                    take_dispute, listing, fault);
    if (result == RESULT_OK)
        result = store_scan(store, bytes_of(waiting, 1), bytes_of(waiting_end, 1), count_one,
                            &listing->waiting_count, fault);
    store_close(store);
    return result;
}

/* --- closing ---------------------------------------------------------------------------------- */

static bool parse_name(const char *text, struct listing *listing)
{
    unsigned date = 0, share = 0;
    unsigned long long sequence = 0, wallet = 0;
    int used = 0;
    listing->is_purchase = about_purchase_parse(text, &listing->purchase);
    if (listing->is_purchase)
        return true;
    int found = sscanf(text, "%8u-%12llu%n-%11llu%n", &date, &sequence, &used, &wallet, &used);
    if (found < 2 || !date_is_valid(date))
        return false;
    if (text[used] == '/') {
        const char *rest = text + used + 1;
        if (sscanf(rest, "%4u%n", &share, &used) != 1 || rest[used] != '\0' || share == 0)
            return false;
    } else if (text[used] != '\0')
        return false;
    listing->date = date;
    listing->sequence = sequence;
    listing->wallet = wallet;
    listing->has_wallet = found == 3;
    listing->share = (uint16_t)share;
    return true;
}

static void write_name(const struct listing *listing, struct json *json)
{
    const struct operation *about = &listing->found.about;
    if (listing->is_purchase) {
        json_member_int(json, "acquirer", (int64_t)listing->purchase.acquirer);
        json_member_int(json, "transmission", (int64_t)listing->purchase.transmission);
        json_member_int(json, "stan", listing->purchase.stan);
        return;
    }
    json_member_int(json, "wallet", (int64_t)about->reference.wallet);
    json_member_int(json, "date", about->reference.date);
    json_member_int(json, "sequence", (int64_t)about->reference.sequence);
    json_member_int(json, "share", listing->share);
}

static enum result close_one(struct listing *listing, struct fault *fault)
{
    struct strbuf text;
    char time[DATE_ISO_SIZE];
    TRY(read_store(listing, fault));
    if (listing->found_count == 0)
        return fault_set(fault, RESULT_STATE, "%s is not in dispute", listing->close);
    if (listing->found_count > 1)
        return fault_set(fault, RESULT_INPUT,
                         "%s: several wallets have a packet of this name: add -WALLET",
                         listing->close);
    if (listing->found.closed != 0)
        return fault_set(fault, RESULT_STATE, "%s was closed before, at %s: %s", listing->close,
                         date_iso_format(listing->found.closed_us, time), listing->found.note);
    strbuf_init(&text, 1024);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "id", 1);
    json_member(&json, "do", "close");
    write_name(listing, &json);
    json_member(&json, "note", listing->note);
    json_close_object(&json);
    enum result result = text.bad ? fault_set(fault, RESULT_INPUT, "--note: too long")
                                  : switch_ask(listing->data, text.text, fault);
    strbuf_deinit(&text);
    return result;
}

/* --- the command ------------------------------------------------------------------------------ */

static int take_options(struct listing *listing, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0) {
        if (id == OPTION_CLOSE)
            listing->close = value;
        else if (id == OPTION_NOTE)
            listing->note = value;
        listing->all |= id == OPTION_ALL;
        listing->unmask |= id == OPTION_UNMASK;
        listing->json |= id == OPTION_JSON;
    }
    if (id == COMMAND_DONE)
        return first;
    if (argc - first != 1)
        return command_usage(&command, "expected the data folder of a switch");
    listing->data = argv[first];
    if ((listing->close == NULL) != (listing->note == NULL))
        return command_usage(&command, "--close and --note: expected both");
    if (listing->close != NULL && !parse_name(listing->close, listing))
        return command_usage(
            &command, "--close: expected DATE-SEQUENCE[-WALLET][/SHARE] or DE7-DE11-DE32, got %s",
            listing->close);
    size_t len = listing->note != NULL ? strlen(listing->note) : 1;
    if (len == 0 || len > DISPUTE_NOTE_MAX)
        return command_usage(&command, "--note: expected 1 to %d bytes", DISPUTE_NOTE_MAX);
    return -1;
}

static int list(struct listing *listing, struct fault *fault)
{
    if (read_store(listing, fault) != RESULT_OK)
        return command_fail(&command, fault);
    if (!listing->json && listing->open_count == 0)
        printf("nothing is in dispute\n");
    if (!listing->json && listing->waiting_count > 0)
        printf("%llu stored messages are still on their way: cardlab log saf %s\n",
               (unsigned long long)listing->waiting_count, listing->data);
    return listing->open_count == 0 ? COMMAND_GOOD : COMMAND_NO;
}

int cmd_exceptions(int argc, char **argv)
{
    struct listing listing = {0};
    struct fault fault = {RESULT_OK, ""};
    int code = take_options(&listing, argc, argv);
    if (code >= 0)
        return code;
    if (listing.close == NULL)
        return list(&listing, &fault);
    if (close_one(&listing, &fault) != RESULT_OK)
        return command_fail(&command, &fault);
    printf("closed %s: %s\n", listing.close, listing.note);
    return COMMAND_GOOD;
}
