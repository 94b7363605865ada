/* Totals in words and as JSON. */
#include "told_totals.h"

#include "base/date.h"
#include "base/text.h"
#include "clearing/member.h"

#include <inttypes.h>
#include <stdlib.h>

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    told_totals_fn *each;
    void *context;
};

static bool read_one(void *context, struct bytes key, struct bytes value)
{
    const struct reading *reading = context;
    struct totals_book book;
    uint32_t date;
    uint64_t member;
    if (!totals_key_read(key, &date, &member) || member == 0)
        return true;
    totals_book_decode(value, &book);
    return reading->each(reading->context, date, member, &book);
}

enum result told_totals_scan(struct store *store, uint32_t date, told_totals_fn *each,
                             void *context, struct fault *fault)
{
    struct store_key first = key_of_totals(date, 0);
    struct store_key end = key_of_totals(date != 0 ? date + 1 : UINT32_MAX, 0);
    struct reading reading = {each, context};
    return store_scan(store, bytes_of(first.data, first.len), bytes_of(end.data, end.len), read_one,
                      &reading, fault);
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_explained(const struct totals_book *book)
{
    return book->has_theirs && totals_book_is_explained(book);
}

/* What was counted since has made it good. */
static bool agrees_by_now(const struct totals_book *book)
{
    return book->has_theirs && totals_agree(&book->own, &book->theirs);
}

bool told_totals_are_good(const struct totals_book *book)
{
    return book->state == TOTALS_AGREED || (book->state == TOTALS_DIFFERS && is_explained(book));
}

const char *told_totals_words(const struct totals_book *book)
{
    if (book->state == TOTALS_DIFFERS && agrees_by_now(book))
        return "differed, and agrees by now";
    if (book->state == TOTALS_DIFFERS && is_explained(book))
        return "differs by no more than what is in doubt";
    if (book->state == TOTALS_ASKED && book->has_theirs)
        return "differed, and is asked again";
    return totals_state_name(book->state);
}

/* Both sides of one comparison: an element less its reversals. */
struct pair {
    const char *elements, *what;
    enum totals_part part;
    bool is_amount;
};
static const struct pair pairs[] = {
    {"74-75", "credits, number", TOTALS_CREDITS, false},
    {"76-77", "debits, number", TOTALS_DEBITS, false},
    {"78-79", "transfers, number", TOTALS_TRANSFERS, false},
    {"86-87", "credits, amount", TOTALS_CREDITS, true},
    {"88-89", "debits, amount", TOTALS_DEBITS, true},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static int64_t side_of(const struct totals *totals, const struct pair *pair)
{
    if (pair->is_amount)
        return totals->amount_minor[pair->part] - totals->amount_minor[pair->part + 1];
    return (int64_t)totals->number[pair->part] - (int64_t)totals->number[pair->part + 1];
}

static const char *number_text(int64_t value, bool is_amount, char out[TEXT_MONEY_SIZE])
{
    if (is_amount)
        return text_money_format(value, out);
    snprintf(out, TEXT_MONEY_SIZE, "%" PRId64, value);
    return out;
}

static void print_part(FILE *out, const char *name, const struct totals *totals,
                       enum totals_part part)
{
    char amount[TEXT_MONEY_SIZE];
    fprintf(out, "  %s %" PRIu64 " of %s", name, totals->number[part],
            text_money_format(totals->amount_minor[part], amount));
    if (totals->number[part + 1] > 0)
        fprintf(out, ", reversed %" PRIu64 " of %s", totals->number[part + 1],
                text_money_format(totals->amount_minor[part + 1], amount));
}

void told_totals_print(FILE *out, uint32_t date, uint64_t member, const char *name,
                       const struct totals_book *book)
{
    char id[CLEARING_ID_SIZE], code[3], one[TEXT_MONEY_SIZE], other[TEXT_MONEY_SIZE];
    const struct totals *own = &book->own;
    fprintf(out, "%08u %s%s%s  %s", date, clearing_id_format(member, id),
            name[0] != '\0' ? " " : "", name, told_totals_words(book));
    code_format(book->code, code);
    if (book->state == TOTALS_REFUSED)
        fprintf(out, " (%s)", code);
    print_part(out, "credits", own, TOTALS_CREDITS);
    print_part(out, "debits", own, TOTALS_DEBITS);
    fprintf(out, "  transfers %" PRIu64 "  freezes %" PRIu64 "  net %s\n",
            own->number[TOTALS_TRANSFERS], own->number[TOTALS_AUTHORISATIONS],
            text_money_format(totals_net(own), one));
    for (size_t i = 0; i < PAIRS && book->has_theirs; i++) {
        int64_t here = side_of(own, &pairs[i]), there = side_of(&book->theirs, &pairs[i]);
        if (here != there)
            fprintf(out, "  DE %s %s: %s here, %s there\n", pairs[i].elements, pairs[i].what,
                    number_text(here, pairs[i].is_amount, one),
                    number_text(there, pairs[i].is_amount, other));
    }
    if (book->has_theirs && book->reversals_then.count + book->confirmations_then.count > 0)
        fprintf(
            out,
            "  in doubt when it was asked: %u debits of %s to be reversed, %u credits of %s to be "
            "confirmed\n",
            book->reversals_then.count, text_money_format(book->reversals_then.amount_minor, one),
            book->confirmations_then.count,
            text_money_format(book->confirmations_then.amount_minor, other));
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_totals(struct json *json, const char *key, const struct totals *totals)
{
    char name[8];
    json_key(json, key);
    json_open_object(json);
    for (unsigned i = 0; i < TOTALS_PARTS; i++) {
        snprintf(name, sizeof name, "%u", TOTALS_NUMBER_DE + i);
        json_member_int(json, name, (int64_t)totals->number[i]);
    }
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++) {
        snprintf(name, sizeof name, "%u", TOTALS_AMOUNT_DE + i);
        json_member_int(json, name, totals->amount_minor[i]);
    }
    json_member_int(json, "97", totals_net(totals));
    json_close_object(json);
}

static void write_doubt(struct json *json, const char *key, const struct totals_doubt *doubt)
{
    json_key(json, key);
    json_open_object(json);
    json_member_int(json, "count", doubt->count);
    json_member_int(json, "amount_minor", doubt->amount_minor);
    json_close_object(json);
}

void told_totals_json(struct json *json, uint32_t date, uint64_t member,
                      const struct totals_book *book)
{
    char id[CLEARING_ID_SIZE], code[3], time[DATE_ISO_SIZE];
    json_open_object(json);
    json_member_int(json, "settlement_date", date);
    json_member(json, "institution", clearing_id_format(member, id));
    json_member(json, "state", totals_state_name(book->state));
    json_key(json, "good");
    json_bool(json, told_totals_are_good(book));
    write_totals(json, "ours", &book->own);
    if (book->has_theirs)
        write_totals(json, "theirs", &book->theirs);
    if (book->has_theirs) {
        json_key(json, "differs_in");
        json_open_list(json);
        for (size_t i = 0; i < PAIRS; i++)
            if (side_of(&book->own, &pairs[i]) != side_of(&book->theirs, &pairs[i]))
                json_text(json, pairs[i].elements);
        json_close_list(json);
        write_doubt(json, "reversals_in_doubt", &book->reversals_then);
        write_doubt(json, "confirmations_in_doubt", &book->confirmations_then);
    }
    if (book->state > TOTALS_ASKED) {
        code_format(book->code, code);
        json_member(json, "code", code);
        json_member(json, "answered", date_iso_format(book->answered_us, time));
    }
    json_close_object(json);
}
