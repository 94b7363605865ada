/* Books in delimited files: one row, one item. */
#include "clearing/ledger_csv.h"

#include "base/date.h"
#include "base/mask.h"

#include <errno.h>
#include <inttypes.h>

enum { SHOWN_MAX = 32 }; /* bytes of a cell in a fault */

struct scan {
    const struct ledger_csv *csv;
    uint32_t date;
    size_t columns; /* that every row has; 0: not known yet */
    size_t at[LEDGER_VALUES], ignored_at[LEDGER_IGNORED_MAX]; /* from 0 */
    ledger_item_fn *each;
    void *context;
    struct fault *fault;
};

/* A row being read. */
struct row_reading {
    const struct scan *scan;
    const struct csv_record *record;
    enum result result;
};

/* --- columns ---------------------------------------------------------------------------------- */

static struct bytes trim(struct bytes text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static enum result find_column(const struct scan *scan, const struct ledger_column *column,
                               const struct csv_record *header, size_t *at)
{
    const struct ledger_map *map = scan->csv->map;
    size_t found = 0;
    if (!column->is_there || column->is_constant)
        return RESULT_OK;
    if (column->number != 0) {
        *at = column->number - 1;
        return RESULT_OK;
    }
    for (size_t i = 0; i < header->count; i++)
        if (bytes_equal(trim(header->fields[i]), bytes_text(column->name))) {
            *at = i;
            found++;
        }
    if (found == 1)
        return RESULT_OK;
    return fault_set(
        scan->fault, RESULT_INPUT, "%s:%" PRIu64 ": expected one column `%s` (%s:%u:%u), got %zu",
        scan->csv->path, header->line, column->name, map->path, column->line, column->place, found);
}

static enum result find_columns(struct scan *scan, const struct csv_record *header)
{
    const struct ledger_map *map = scan->csv->map;
    for (enum ledger_value value = 0; value < LEDGER_VALUES; value++)
        TRY(find_column(scan, &map->columns[value], header, &scan->at[value]));
    for (size_t i = 0; i < map->ignored_count; i++)
        TRY(find_column(scan, &map->ignored[i].column, header, &scan->ignored_at[i]));
    return RESULT_OK;
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool has(const struct row_reading *row, enum ledger_value value)
{
    return row->scan->csv->map->columns[value].is_there;
}

/* Empty where the mapping has no such column. */
static struct bytes cell(const struct row_reading *row, enum ledger_value value)
{
    const struct ledger_column *column = &row->scan->csv->map->columns[value];
    size_t at = row->scan->at[value];
    if (column->is_constant)
        return bytes_text(column->constant);
    if (!column->is_there || at >= row->record->count)
        return bytes_of(NULL, 0);
    return trim(row->record->fields[at]);
}

/* What a cell holds may be a card number by mistake: long runs of digits are masked. */
static void show(struct bytes text, char out[SHOWN_MAX + 1])
{
    if (text_is_digits(text) && text.len > 12) {
        mask_pan(text, out, SHOWN_MAX + 1);
        return;
    }
    size_t len = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
    while (len > 0 && len < text.len && (text.data[len] & 0xC0) == 0x80)
        len--; /* no part of a character */
    for (size_t i = 0; i < len; i++)
        out[i] = text.data[i] >= ' ' && text.data[i] != 0x7F ? (char)text.data[i] : '?';
    out[len] = '\0';
}

/* Keeps the first. */
static void refuse(struct row_reading *row, enum ledger_value value, const char *expected)
{
    const struct ledger_column *column = &row->scan->csv->map->columns[value];
    char shown[SHOWN_MAX + 1];
    if (row->result != RESULT_OK)
        return;
    show(cell(row, value), shown);
    row->result = fault_set(
        row->scan->fault, RESULT_INPUT, "%s:%" PRIu64 ": column %zu (%s): expected %s, got `%s`",
        row->scan->csv->path, row->record->line, row->scan->at[value] + 1,
        column->name[0] != '\0' ? column->name : ledger_value_name(value), expected, shown);
}

static uint64_t read_number(struct row_reading *row, enum ledger_value value, uint64_t max,
                            bool may_be_empty, const char *expected)
{
    uint64_t number = 0;
    struct bytes text = cell(row, value);
    if (text.len == 0 && may_be_empty)
        return 0;
    if (!text_digits_parse(text, &number) || number > max)
        refuse(row, value, expected);
    return number;
}

static uint32_t read_date(struct row_reading *row, enum ledger_value value, const char *form)
{
    struct bytes text = cell(row, value);
    uint32_t parts[3] = {0};
    size_t at = 0;
    unsigned years = 0;
    bool is_good = true;
    for (const char *c = form; *c != '\0' && is_good; c++) {
        const char *letter = strchr("YMD", *c);
        if (*c == '*') {
            at = text.len;
            break;
        }
        is_good = at < text.len;
        if (is_good && letter != NULL) {
            uint8_t digit = text.data[at];
            is_good = digit >= '0' && digit <= '9';
            parts[letter - "YMD"] = parts[letter - "YMD"] * 10 + (uint32_t)(digit - '0');
            years += *c == 'Y';
        } else if (is_good)
            is_good = text.data[at] == (uint8_t)*c;
        at++;
    }
    uint32_t date = (parts[0] + (years == 2 ? 2000 : 0)) * 10000 + parts[1] * 100 + parts[2];
    char expected[64];
    snprintf(expected, sizeof expected, "a date as %s", form);
    if (!is_good || at != text.len || !date_is_valid(date))
        refuse(row, value, expected);
    return date;
}

/* Digits, with thousands apart and a point as the mapping has them. */
static bool parse_amount(const struct ledger_map *map, struct bytes text, int64_t *minor)
{
    int64_t sum = 0;
    unsigned digits = 0, decimals = 0, since_group = 0;
    bool is_grouped = false, has_point = false;
    if (map->has_sign && text.len > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        text.data++;
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (c >= '0' && c <= '9') {
            if (++digits > 17 || (has_point && ++decimals > map->decimals))
                return false;
            sum = sum * 10 + (c - '0');
            since_group++;
        } else if (!has_point && map->is_decimal && c == map->point) {
            has_point = true;
            if (is_grouped && since_group != 3)
                return false;
        } else if (!has_point && map->thousands != '\0' && c == map->thousands) {
            if (since_group == 0 || since_group > 3 || (is_grouped && since_group != 3))
                return false;
            is_grouped = true;
            since_group = 0;
        } else
            return false;
    }
    if (digits == 0 || (has_point && decimals == 0) ||
        (is_grouped && !has_point && since_group != 3))
        return false;
    for (; map->is_decimal && decimals < map->decimals; decimals++)
        if (__builtin_mul_overflow(sum, 10, &sum))
            return false;
    *minor = sum;
    return true;
}

static int64_t read_amount(struct row_reading *row)
{
    static const int64_t MAX_MINOR = 999999999999; /* DE 4 has 12 digits */
    const struct ledger_map *map = row->scan->csv->map;
    int64_t minor = 0;
    char expected[80];
    if (parse_amount(map, cell(row, LEDGER_AMOUNT), &minor) && minor <= MAX_MINOR)
        return minor;
    if (map->is_decimal)
        snprintf(expected, sizeof expected, "an amount of at most 12 digits%s, as 1%s234%c56",
                 map->has_sign ? ", with or without a sign" : " without a sign",
                 map->thousands != '\0' ? (char[]){map->thousands, '\0'} : "", map->point);
    else
        snprintf(expected, sizeof expected, "an amount of at most 12 digits%s",
                 map->has_sign ? ", with or without a sign" : " without a sign");
    refuse(row, LEDGER_AMOUNT, expected);
    return 0;
}

/* --- a row ------------------------------------------------------------------------------------ */

static int read_listed(struct row_reading *row, enum ledger_value value,
                       const struct ledger_list *list)
{
    int meaning = ledger_list_find(list, cell(row, value));
    if (meaning < 0)
        refuse(row, value, "a value that the mapping lists");
    return meaning;
}

static enum ledger_type read_type(struct row_reading *row)
{
    static const char *const names[] = {"debit",  "credit",   "claim",
                                        "freeze", "unfreeze", "purchase"};
    struct bytes text = cell(row, LEDGER_TYPE);
    int type = -1;
    if (!row->scan->csv->map->columns[LEDGER_TYPE].is_constant)
        type = read_listed(row, LEDGER_TYPE, &row->scan->csv->map->types);
    for (int i = 0; type < 0 && i < 6; i++)
        if (bytes_equal(text, bytes_text(names[i])))
            type = i;
    if (type < 0)
        refuse(row, LEDGER_TYPE, "debit, credit, claim, freeze, unfreeze or purchase");
    return type < 0 ? LEDGER_IS_DEBIT : (enum ledger_type)type;
}

static void read_key(struct row_reading *row, struct operation *op)
{
    static const uint64_t ID_MAX = 99999999999, SEQUENCE_MAX = 999999999999;
    bool is_money = item_is_money(op->kind);
    enum ledger_value first = is_money ? LEDGER_TRANSMISSION : LEDGER_FREEZE_WALLET;
    if (!has(row, first)) {
        refuse(row, LEDGER_TYPE,
               is_money ? "no movement of money, as the mapping has no key of it"
                        : "no freeze, as the mapping has no name of it");
        return;
    }
    if (has(row, LEDGER_TRANSMISSION)) {
        op->transmission =
            read_number(row, LEDGER_TRANSMISSION, 9999999999, !is_money, "DE 7, MMDDhhmmss");
        op->stan = (uint32_t)read_number(row, LEDGER_STAN, 999999, !is_money, "DE 11, six digits");
        op->acquirer.number =
            read_number(row, LEDGER_ACQUIRER, ID_MAX, !is_money, "an institution id");
        op->forwarder.number =
            read_number(row, LEDGER_FORWARDER, ID_MAX, !is_money, "an institution id");
    }
    if (has(row, LEDGER_FREEZE_WALLET) &&
        (!is_money || cell(row, LEDGER_FREEZE_SEQUENCE).len > 0)) {
        op->reference.wallet =
            read_number(row, LEDGER_FREEZE_WALLET, ID_MAX, false, "an institution id");
        op->reference.date =
            read_date(row, LEDGER_FREEZE_DATE, row->scan->csv->map->freeze_date_form);
        op->reference.sequence = read_number(row, LEDGER_FREEZE_SEQUENCE, SEQUENCE_MAX, false,
                                             "a sequence number of at most 12 digits");
    }
    op->reference.share =
        (uint16_t)read_number(row, LEDGER_SHARE, SHARES_MAX, true, "a share's number");
}

static enum operation_kind kind_of(enum ledger_type type)
{
    static const enum operation_kind kinds[LEDGER_TYPES] = {
        OPERATION_DEBIT,  OPERATION_CREDIT,   OPERATION_CLAIM,
        OPERATION_FREEZE, OPERATION_UNFREEZE, OPERATION_PURCHASE,
        OPERATION_DEBIT,  OPERATION_FREEZE,   OPERATION_PURCHASE,
    };
    return kinds[type];
}

/* What is none is left out: a card that is masked, say. */
static void read_shown(struct row_reading *row, struct operation *op)
{
    struct bytes card = cell(row, LEDGER_CARD), rrn = cell(row, LEDGER_RRN);
    if (!pan_parse(card, &op->card))
        op->card = (struct pan){0};
    memset(op->rrn, ' ', sizeof op->rrn);
    if (rrn.len > 0 && rrn.len <= sizeof op->rrn)
        memcpy(op->rrn, rrn.data, rrn.len);
}

static struct item read_item(struct row_reading *row)
{
    const struct ledger_map *map = row->scan->csv->map;
    struct operation op = {0};
    uint32_t date = row->scan->date;
    enum ledger_type type = read_type(row);
    struct bytes code = cell(row, LEDGER_CODE);
    op.kind = kind_of(type);
    if (has(row, LEDGER_DATE))
        date = read_date(row, LEDGER_DATE, map->date_form);
    op.amount_minor = read_amount(row);
    read_key(row, &op);
    read_shown(row, &op);
    struct item item = item_of(&op, date, op.amount_minor);
    if (has(row, LEDGER_STATE))
        item.state = (enum item_state)read_listed(row, LEDGER_STATE, &map->states);
    if (type >= LEDGER_IS_DEBIT_REVERSAL)
        item.flags |= ITEM_UNDOES;
    if (map->is_wallet && op.kind == OPERATION_PURCHASE)
        item.flags |= ITEM_GOT;
    if (map->is_wallet && op.kind == OPERATION_UNFREEZE)
        item.flags |= ITEM_BELIEVED;
    if (code.len == 2)
        item.code = code_parse((const char *)code.data);
    item.owner = map->institution;
    item.place = row->record->line;
    return item;
}

static bool is_ignored(const struct scan *scan, const struct csv_record *record)
{
    const struct ledger_map *map = scan->csv->map;
    for (size_t i = 0; i < map->ignored_count; i++) {
        size_t at = scan->ignored_at[i];
        if (at < record->count &&
            ledger_list_find(&map->ignored[i].values, trim(record->fields[at])) >= 0)
            return true;
    }
    return false;
}

static enum result take_record(struct scan *scan, const struct csv_record *record, bool *goes_on)
{
    struct row_reading row = {.scan = scan, .record = record};
    if (scan->columns == 0)
        scan->columns = record->count;
    if (record->count != scan->columns)
        return fault_set(scan->fault, RESULT_INPUT, "%s:%" PRIu64 ": expected %zu columns, got %zu",
                         scan->csv->path, record->line, scan->columns, record->count);
    if (is_ignored(scan, record))
        return RESULT_OK;
    struct item item = read_item(&row);
    if (row.result != RESULT_OK)
        return row.result;
    if (scan->date == 0 || item.date == scan->date)
        *goes_on = scan->each(scan->context, &item);
    return RESULT_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum result read_records(struct scan *scan, struct csv *csv)
{
    const struct ledger_map *map = scan->csv->map;
    struct csv_record record;
    bool found = true, goes_on = true;
    for (unsigned i = 0; i < map->skip && found; i++)
        TRY(csv_next(csv, &record, &found, scan->fault));
    if (map->has_header) {
        TRY(csv_next(csv, &record, &found, scan->fault));
        if (!found)
            return fault_set(scan->fault, RESULT_INPUT,
                             "%s: expected a header line, got the end of the file",
                             scan->csv->path);
        scan->columns = record.count;
        TRY(find_columns(scan, &record));
    } else
        TRY(find_columns(scan, NULL));
    while (goes_on) {
        TRY(csv_next(csv, &record, &found, scan->fault));
        if (!found)
            return RESULT_OK;
        TRY(take_record(scan, &record, &goes_on));
    }
    return RESULT_OK;
}

static enum result scan_csv(void *context, uint32_t date, ledger_item_fn *each, void *each_context,
                            struct fault *fault)
{
    struct ledger_csv *ledger = context;
    const struct ledger_map *map = ledger->map;
    struct csv *csv;
    struct scan scan = {
        .csv = ledger, .date = date, .each = each, .context = each_context, .fault = fault};
    if (date == 0 && !map->columns[LEDGER_DATE].is_there)
        return RESULT_OK; /* no other date than the one that was asked for */
    TRY(csv_open(ledger->path, map->delimiter, map->charset, &csv, fault));
    enum result result = read_records(&scan, csv);
    csv_close(csv);
    return result;
}

struct ledger ledger_of_csv(struct ledger_csv *csv)
{
    return (struct ledger){
        .scan = scan_csv,
        .context = csv,
        .is_wallet = csv->map->is_wallet,
        .institution = csv->map->institution,
        .is_file = true,
    };
}

/* --- writing ---------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    bool whole;
};

static const char *type_name(const struct item *item)
{
    bool undoes = (item->flags & ITEM_UNDOES) != 0;
    if (undoes)
        return item->kind == OPERATION_DEBIT      ? "debit reversal"
               : item->kind == OPERATION_PURCHASE ? "purchase reversal"
                                                  : "freeze reversal";
    return operation_name(item->kind);
}

/* "00091230001,20261231,1,2"; of a purchase, which is about no packet, nothing. */
static void format_packet(const struct freeze_reference *reference, char *out, size_t size)
{
    if (reference->date == 0)
        snprintf(out, size, ",,,");
    else
        snprintf(out, size, "%011" PRIu64 ",%08u,%" PRIu64 ",%u", reference->wallet,
                 reference->date, reference->sequence, reference->share);
}

static bool write_item(void *context, const struct item *item)
{
    const struct writing *writing = context;
    struct transaction_key key = {.transmission = item->transmission, .stan = item->stan};
    char card[PAN_LEN_MAX + 1], code[3] = "", packet[64];
    struct bytes digits = bytes_of(item->card.digits, item->card.len);
    if (item_is_money(item->kind))
        transaction_key_decode(item->key + 1, &key);
    if (item->code != CODE_NONE)
        code_format(item->code, code);
    if (writing->whole)
        snprintf(card, sizeof card, "%.*s", (int)digits.len, item->card.digits);
    else
        mask_pan(digits, card, sizeof card);
    format_packet(&item->reference, packet, sizeof packet);
    fprintf(writing->out,
            "%s,%s,%s,%08u,%" PRId64 ",%010" PRIu64 ",%06u,%011" PRIu64 ",%011" PRIu64
            ",%s,%s,%.12s,%" PRIu64 "\r\n",
            type_name(item), item_state_name(item->state), code, item->date, item->amount_minor,
            key.transmission, key.stan, key.acquirer, key.forwarder, packet, card, item->rrn,
            item->place);
    return ferror(writing->out) == 0;
}

enum result ledger_csv_write(const struct ledger *ledger, uint32_t date, bool whole, FILE *out,
                             struct fault *fault)
{
    struct writing writing = {out, whole};
    fputs("type,state,code,settlement_date,amount,transmission,stan,acquirer,forwarder,"
          "freeze_wallet,freeze_date,freeze_sequence,share,card,rrn,record\r\n",
          out);
    TRY(ledger_scan(ledger, date, write_item, &writing, fault));
    if (fflush(out) != 0 || ferror(out) != 0)
        return fault_set(fault, RESULT_IO, "the book cannot be written: %s", strerror(errno));
    return RESULT_OK;
}
