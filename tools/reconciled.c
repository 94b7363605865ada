/* Telling what a comparison found. */
#include "reconciled.h"

#include "base/mask.h"
#include "base/text.h"
#include "clearing/member.h"

#include <string.h>

/* --- words ------------------------------------------------------------------------------------ */

struct card_text {
    char text[PAN_LEN_MAX + 1];
};

static struct card_text card_of(const struct reconciled *told, const struct item *item)
{
    struct card_text card = {""};
    struct bytes digits = bytes_of(item->card.digits, item->card.len);
    if (told->unmask)
        snprintf(card.text, sizeof card.text, "%.*s", (int)digits.len, item->card.digits);
    else
        mask_pan(digits, card.text, sizeof card.text);
    return card;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const char *file_name(const struct reconciled *told, const struct item *item)
{
    return base_name(told->files[item->source]);
}

static const struct item *item_in(const struct reconcile_difference *d)
{
    return d->in_file ? &d->file : &d->ledger;
}

struct state_text {
    char text[32];
};

/* "refused 51": the code where it says more than the state. */
static struct state_text state_of(const struct item *item)
{
    struct state_text state;
    char code[3] = "";
    bool has_code = item->state == ITEM_REFUSED && item->code != CODE_NONE;
    if (has_code)
        code_format(item->code, code);
    snprintf(state.text, sizeof state.text, "%s%s%s", item_state_name(item->state),
             has_code ? " " : "", code);
    return state;
}

static const char *place_name(const struct reconciled *told)
{
    return told->book_is_file ? "line" : "log record";
}

/* A position may differ in its fees, which are of no message. */
static const char *kind_name(enum operation_kind kind)
{
    return kind == OPERATION_NONE ? "fees" : operation_name(kind);
}

/* --- text ------------------------------------------------------------------------------------- */

/* Not about one item, but about what a file sums up to. */
static bool is_of_sums(const struct reconcile_difference *d)
{
    return d->class == RECONCILE_POSITION || d->class == RECONCILE_FEES;
}

static const char *side_name(const struct reconcile_difference *d, bool is_file)
{
    if (is_file)
        return "file";
    return d->is_of_position ? "position" : is_of_sums(d) ? "details" : "ledger";
}

static void print_side(const struct reconciled *told, const struct reconcile_difference *d,
                       bool is_file, FILE *out)
{
    char money[TEXT_MONEY_SIZE];
    const struct item *item = is_file ? &d->file : &d->ledger;
    fprintf(out, "    %-8s", side_name(d, is_file));
    if (!(is_file ? d->in_file : d->in_ledger)) {
        fprintf(out, " %18s\n", "-");
        return;
    }
    if (d->is_count)
        snprintf(money, sizeof money, "%lld legs", (long long)item->amount_minor);
    else
        text_money_format(item->amount_minor, money);
    fprintf(out, " %18s  %08u", money, item->date);
    if (d->class == RECONCILE_PARTICULARS) {
        fprintf(out, "  %.3s  card %s", item->currency, card_of(told, item).text);
        if (item->reference.date != 0)
            fprintf(out, ", packet %08u-%llu/%u", item->reference.date,
                    (unsigned long long)item->reference.sequence, item->reference.share);
    }
    if (is_of_sums(d))
        fprintf(out, "%s%s\n", is_file ? "  " : "", is_file ? file_name(told, item) : "");
    else if (is_file)
        fprintf(out, "  %-15s  %s, line %llu\n", state_of(item).text, file_name(told, item),
                (unsigned long long)item->place);
    else
        fprintf(out, "  %-15s  %s %llu\n", state_of(item).text, place_name(told),
                (unsigned long long)item->place);
}

static void print_difference(const struct reconciled *told, const struct reconcile_difference *d,
                             FILE *out)
{
    const struct item *item = item_in(d);
    struct difference_words words = difference_words(d);
    const char *sense = difference_sense_name(words.sense);
    char reason[EXCEPTION_CODE_LEN + 1];
    fprintf(out, "\n%s: %s", difference_class_name(d->class), kind_name(item->kind));
    if (d->is_count)
        fprintf(out, "s, their number");
    if (!is_of_sums(d)) {
        if (item->reference.date != 0)
            fprintf(out, " of packet %08u-%llu", item->reference.date,
                    (unsigned long long)item->reference.sequence);
        if (item->reference.share != 0)
            fprintf(out, ", share %u", item->reference.share);
        fprintf(out, ", STAN %06u, DE 37 %.12s, card %s", item->stan, item->rrn,
                card_of(told, item).text);
    }
    fprintf(out, "\n");
    print_side(told, d, true, out);
    print_side(told, d, false, out);
    if (d->class == RECONCILE_EXCEPTED) {
        exception_code(d->status, d->message, reason);
        fprintf(out, "    %s: %s\n", reason, words.meaning);
    } else
        fprintf(out, "    %s%s%s\n", sense, sense[0] != '\0' ? ": " : "", words.meaning);
    fprintf(out, "    to do: %s\n", words.action);
}

void reconciled_print_differences(const struct reconciled *told, FILE *out)
{
    const struct reconcile_result *result = told->result;
    for (size_t i = 0; i < result->listed; i++)
        print_difference(told, &result->differences[i], out);
    uint64_t all = reconcile_differences(result) + result->counts[RECONCILE_NOTED] +
                   result->counts[RECONCILE_EXCEPTED];
    if (all > result->listed)
        fprintf(out, "\n... and %llu more\n", (unsigned long long)(all - result->listed));
}

static void print_files(const struct reconciled *told, FILE *out)
{
    static const char *const headings[RECONCILE_USES] = {
        [RECONCILE_ITEMS] = "compared item by item",
        [RECONCILE_SUMS] = "compared by their sums",
        [RECONCILE_EXPLAINS] = "what explains differences",
        [RECONCILE_READ] = "only read",
    };
    static const enum reconcile_use order[RECONCILE_USES] = {RECONCILE_ITEMS, RECONCILE_SUMS,
                                                             RECONCILE_EXPLAINS, RECONCILE_READ};
    const struct reconcile_result *result = told->result;
    for (size_t k = 0; k < RECONCILE_USES; k++) {
        size_t count = 0;
        for (size_t i = 0; i < result->file_count; i++) {
            if (result->files[i].use != order[k])
                continue;
            if (count == 0)
                fprintf(out, "  %s:", headings[order[k]]);
            fprintf(out, "%s %s", count++ > 0 ? "," : "", base_name(told->files[i]));
        }
        if (count > 0)
            fprintf(out, "\n");
    }
}

void reconciled_print(const struct reconciled *told, FILE *out)
{
    const struct reconcile_result *result = told->result;
    char id[CLEARING_ID_SIZE];
    fprintf(out, "%s, settlement date %08u\n", clearing_id_format(result->institution, id),
            result->date);
    for (enum reconcile_class class = 0; class < RECONCILE_CLASSES; class ++)
        if (class == RECONCILE_MATCHED || result->counts[class] > 0)
            fprintf(out, "  %-22s %10llu\n", difference_class_name(class),
                    (unsigned long long)result->counts[class]);
    print_files(told, out);
    if (!result->has_money)
        fprintf(out, "  no file has legs or claims: the book's are not compared\n");
    if (!result->has_freezes)
        fprintf(out, "  no file has freezes: the book's are not compared\n");
    reconciled_print_differences(told, out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_particulars(const struct reconciled *told, const struct item *item,
                              struct json *json)
{
    json_member(json, "card", card_of(told, item).text);
    json_key(json, "currency");
    json_bytes_text(json, bytes_of(item->currency, item->currency[0] != 0 ? 3 : 0));
    json_member_int(json, "freeze_sequence", (int64_t)item->reference.sequence);
    json_member_int(json, "share", item->reference.share);
}

static void write_side(const struct reconciled *told, const struct reconcile_difference *d,
                       bool is_file, struct json *json)
{
    const struct item *item = is_file ? &d->file : &d->ledger;
    json_key(json, is_file ? "in_file" : "in_ledger");
    if (!(is_file ? d->in_file : d->in_ledger)) {
        json_text(json, NULL);
        return;
    }
    json_open_object(json);
    json_member_int(json, d->is_count ? "count" : "amount_minor", item->amount_minor);
    json_member_int(json, "settlement_date", item->date);
    if (is_of_sums(d)) {
        if (is_file)
            json_member(json, "file", file_name(told, item));
        else
            json_member(json, "of", side_name(d, false));
    } else {
        char code[3];
        code_format(item->code, code);
        json_member(json, "state", item_state_name(item->state));
        json_member(json, "code", item->code != CODE_NONE ? code : NULL);
        if (d->class == RECONCILE_PARTICULARS)
            write_particulars(told, item, json);
        if (is_file)
            json_member(json, "file", file_name(told, item));
        json_member_int(json, is_file || told->book_is_file ? "line" : "log_record",
                        (int64_t)item->place);
    }
    json_close_object(json);
}

static void write_difference(const struct reconciled *told, const struct reconcile_difference *d,
                             struct json *json)
{
    const struct item *item = item_in(d);
    struct difference_words words = difference_words(d);
    char id[CLEARING_ID_SIZE], reason[EXCEPTION_CODE_LEN + 1];
    json_open_object(json);
    json_member(json, "class", difference_class_key(d->class));
    json_member(json, "kind", kind_name(item->kind));
    json_member(json, "sense", difference_sense_key(words.sense));
    json_member(json, "term",
                words.sense == RECONCILE_SHORTAGE  ? "短款"
                : words.sense == RECONCILE_SURPLUS ? "長款"
                                                   : "");
    json_member(json, "meaning", words.meaning);
    json_member(json, "action", words.action);
    if (d->class == RECONCILE_EXCEPTED) {
        exception_code(d->status, d->message, reason);
        json_member(json, "reason", reason);
        json_member(json, "otherwise", difference_class_key(d->excepted));
    }
    if (!is_of_sums(d)) {
        json_member_int(json, "freeze_date", item->reference.date);
        json_member_int(json, "freeze_sequence", (int64_t)item->reference.sequence);
        json_member(json, "wallet", clearing_id_format(item->reference.wallet, id));
        json_member_int(json, "share", item->reference.share);
        json_member_int(json, "stan", item->stan);
        json_member_int(json, "transmission", (int64_t)item->transmission);
        json_key(json, "rrn");
        json_bytes_text(json, bytes_of(item->rrn, sizeof item->rrn));
        json_member(json, "card", card_of(told, item).text);
    }
    write_side(told, d, true, json);
    write_side(told, d, false, json);
    json_close_object(json);
}

static void write_files(const struct reconciled *told, struct json *json)
{
    json_key(json, "files");
    json_open_list(json);
    for (size_t i = 0; i < told->result->file_count; i++) {
        const struct reconcile_file *file = &told->result->files[i];
        json_open_object(json);
        json_member(json, "file", base_name(told->files[i]));
        json_member(json, "content", layout_content_name(file->content));
        json_member(json, "use", reconcile_use_key(file->use));
        json_close_object(json);
    }
    json_close_list(json);
}

void reconciled_json(const struct reconciled *told, struct json *json)
{
    const struct reconcile_result *result = told->result;
    char id[CLEARING_ID_SIZE];
    json_member(json, "institution", clearing_id_format(result->institution, id));
    json_member_int(json, "settlement_date", result->date);
    json_member_bool(json, "reconciled", reconcile_differences(result) == 0);
    json_member_bool(json, "money_compared", result->has_money);
    json_member_bool(json, "freezes_compared", result->has_freezes);
    write_files(told, json);
    json_key(json, "counts");
    json_open_object(json);
    for (enum reconcile_class class = 0; class < RECONCILE_CLASSES; class ++)
        json_member_int(json, difference_class_key(class), (int64_t)result->counts[class]);
    json_close_object(json);
    json_key(json, "differences");
    json_open_list(json);
    for (size_t i = 0; i < result->listed; i++)
        write_difference(told, &result->differences[i], json);
    json_close_list(json);
}
