/* Values of clearing lines, by name, to text and back. */
#include "clearing/row.h"

#include <stdio.h>
#include <string.h>

static const char *const names[ROW_SOURCES] = {
    [ROW_BLANK] = "blank",
    [ROW_ZERO] = "zero",
    [ROW_CONSTANT] = "constant",
    [ROW_ACQUIRER] = "acquirer",
    [ROW_FORWARDER] = "forwarder",
    [ROW_STAN] = "stan",
    [ROW_TRANSMISSION] = "transmission",
    [ROW_CARD] = "card",
    [ROW_AMOUNT] = "amount",
    [ROW_MTI] = "mti",
    [ROW_PROCESS] = "processing_code",
    [ROW_MERCHANT_TYPE] = "merchant_type",
    [ROW_TERMINAL] = "terminal",
    [ROW_MERCHANT] = "merchant",
    [ROW_RRN] = "rrn",
    [ROW_AUTHORISATION] = "authorisation",
    [ROW_CODE] = "response_code",
    [ROW_ENTRY_MODE] = "entry_mode",
    [ROW_SENDER_CARD] = "sender_card",
    [ROW_RECEIVER_CARD] = "receiver_card",
    [ROW_SENDER_ISSUER] = "sender_issuer",
    [ROW_RECEIVER_ISSUER] = "receiver_issuer",
    [ROW_FREEZE_WALLET] = "freeze_wallet",
    [ROW_FREEZE_DATE] = "freeze_date",
    [ROW_FREEZE_SEQUENCE] = "freeze_sequence",
    [ROW_SHARE] = "share",
    [ROW_SHARES] = "shares",
    [ROW_ORIGINAL_STAN] = "original_stan",
    [ROW_ORIGINAL_TRANSMISSION] = "original_transmission",
    [ROW_SETTLEMENT_DATE] = "settlement_date",
    [ROW_INSTITUTION] = "institution",
    [ROW_COUNT] = "count",
    [ROW_DEBIT_COUNT] = "debit_count",
    [ROW_DEBIT_AMOUNT] = "debit_amount",
    [ROW_CREDIT_COUNT] = "credit_count",
    [ROW_CREDIT_AMOUNT] = "credit_amount",
    [ROW_NET] = "net",
    [ROW_FREEZE_COUNT] = "freeze_count",
    [ROW_FREEZE_AMOUNT] = "freeze_amount",
    [ROW_UNFREEZE_COUNT] = "unfreeze_count",
    [ROW_UNFREEZE_AMOUNT] = "unfreeze_amount",
};

/* Signed money has a letter and 11 digits. */
static const int64_t SIGNED_MAX_MINOR = 99999999999;

int row_source_find(const char *name)
{
    for (int source = 0; source < ROW_SOURCES; source++)
        if (strcmp(names[source], name) == 0)
            return source;
    return -1;
}

const char *row_source_name(enum row_source source)
{
    return names[source];
}

/* Numbers by source: one place for getting and setting. Width 0: as many digits as it has. */
struct number {
    uint64_t value;
    size_t width;
};

static bool get_number(const struct row *row, enum row_source source, struct number *out)
{
    const struct operation *op = &row->operation;
    const struct row_totals *totals = &row->totals;
    switch (source) {
    case ROW_ZERO: *out = (struct number){0, 1}; return true;
    case ROW_ACQUIRER: *out = (struct number){op->acquirer.number, 11}; return true;
    case ROW_FORWARDER: *out = (struct number){op->forwarder.number, 11}; return true;
    case ROW_STAN: *out = (struct number){op->stan, 6}; return true;
    case ROW_TRANSMISSION: *out = (struct number){op->transmission, 10}; return true;
    case ROW_AMOUNT: *out = (struct number){(uint64_t)op->amount_minor, 12}; return true;
    case ROW_MERCHANT_TYPE: *out = (struct number){op->merchant_type, 4}; return true;
    case ROW_ENTRY_MODE: *out = (struct number){op->entry_mode, 3}; return true;
    case ROW_SENDER_ISSUER: *out = (struct number){row->sender_issuer, 11}; return true;
    case ROW_RECEIVER_ISSUER: *out = (struct number){row->receiver_issuer, 11}; return true;
    case ROW_FREEZE_WALLET: *out = (struct number){op->reference.wallet, 11}; return true;
    case ROW_FREEZE_DATE: *out = (struct number){op->reference.date, 8}; return true;
    case ROW_FREEZE_SEQUENCE: *out = (struct number){op->reference.sequence, 12}; return true;
    case ROW_SHARE: *out = (struct number){op->reference.share, 4}; return true;
    case ROW_SHARES: *out = (struct number){op->reference.shares, 4}; return true;
    case ROW_ORIGINAL_STAN: *out = (struct number){op->original.stan, 6}; return true;
    case ROW_ORIGINAL_TRANSMISSION:
        *out = (struct number){op->original.transmission, 10};
        return true;
    case ROW_SETTLEMENT_DATE: *out = (struct number){row->settlement_date, 8}; return true;
    case ROW_INSTITUTION: *out = (struct number){row->institution, 11}; return true;
    case ROW_COUNT: *out = (struct number){totals->count, 10}; return true;
    case ROW_DEBIT_COUNT: *out = (struct number){totals->debit_count, 10}; return true;
    case ROW_CREDIT_COUNT: *out = (struct number){totals->credit_count, 10}; return true;
    case ROW_FREEZE_COUNT: *out = (struct number){totals->freeze_count, 10}; return true;
    case ROW_UNFREEZE_COUNT: *out = (struct number){totals->unfreeze_count, 10}; return true;
    case ROW_DEBIT_AMOUNT: *out = (struct number){(uint64_t)totals->debit_minor, 16}; return true;
    case ROW_CREDIT_AMOUNT: *out = (struct number){(uint64_t)totals->credit_minor, 16}; return true;
    case ROW_FREEZE_AMOUNT: *out = (struct number){(uint64_t)totals->freeze_minor, 16}; return true;
    case ROW_UNFREEZE_AMOUNT:
        *out = (struct number){(uint64_t)totals->unfreeze_minor, 16};
        return true;
    default: return false;
    }
}

static bool set_number(struct row *row, enum row_source source, uint64_t value)
{
    struct operation *op = &row->operation;
    struct row_totals *totals = &row->totals;
    switch (source) {
    case ROW_ZERO: return value == 0;
    case ROW_ACQUIRER: op->acquirer = (struct institution){value, 11}; return true;
    case ROW_FORWARDER: op->forwarder = (struct institution){value, 11}; return true;
    case ROW_STAN: op->stan = (uint32_t)value; return true;
    case ROW_TRANSMISSION: op->transmission = value; return true;
    case ROW_AMOUNT: op->amount_minor = (int64_t)value; return true;
    case ROW_MERCHANT_TYPE: op->merchant_type = (uint16_t)value; return true;
    case ROW_ENTRY_MODE: op->entry_mode = (uint16_t)value; return true;
    case ROW_SENDER_ISSUER: row->sender_issuer = value; return true;
    case ROW_RECEIVER_ISSUER: row->receiver_issuer = value; return true;
    case ROW_FREEZE_WALLET: op->reference.wallet = value; return true;
    case ROW_FREEZE_DATE: op->reference.date = (uint32_t)value; return true;
    case ROW_FREEZE_SEQUENCE: op->reference.sequence = value; return true;
    case ROW_SHARE: op->reference.share = (uint16_t)value; return true;
    case ROW_SHARES: op->reference.shares = (uint16_t)value; return true;
    case ROW_ORIGINAL_STAN: op->original.stan = (uint32_t)value; return true;
    case ROW_ORIGINAL_TRANSMISSION: op->original.transmission = value; return true;
    case ROW_SETTLEMENT_DATE: row->settlement_date = (uint32_t)value; return true;
    case ROW_INSTITUTION: row->institution = value; return true;
    case ROW_COUNT: totals->count = value; return true;
    case ROW_DEBIT_COUNT: totals->debit_count = value; return true;
    case ROW_CREDIT_COUNT: totals->credit_count = value; return true;
    case ROW_FREEZE_COUNT: totals->freeze_count = value; return true;
    case ROW_UNFREEZE_COUNT: totals->unfreeze_count = value; return true;
    case ROW_DEBIT_AMOUNT: totals->debit_minor = (int64_t)value; return true;
    case ROW_CREDIT_AMOUNT: totals->credit_minor = (int64_t)value; return true;
    case ROW_FREEZE_AMOUNT: totals->freeze_minor = (int64_t)value; return true;
    case ROW_UNFREEZE_AMOUNT: totals->unfreeze_minor = (int64_t)value; return true;
    default: return false;
    }
}

static size_t put(char out[ROW_VALUE_MAX], const void *text, size_t len)
{
    memcpy(out, text, len);
    return len;
}

bool row_get(const struct row *row, enum row_source source, char out[ROW_VALUE_MAX], size_t *len)
{
    const struct operation *op = &row->operation;
    struct number number;
    int64_t net = row->totals.credit_minor - row->totals.debit_minor;
    char code[3];
    *len = 0;
    if (get_number(row, source, &number)) {
        *len = number.width;
        return text_digits_format(number.value, out, number.width);
    }
    switch (source) {
    case ROW_CARD: *len = put(out, op->card.digits, op->card.len); return true;
    case ROW_SENDER_CARD: *len = put(out, op->sender.digits, op->sender.len); return true;
    case ROW_RECEIVER_CARD: *len = put(out, op->receiver.digits, op->receiver.len); return true;
    case ROW_TERMINAL: *len = put(out, op->terminal, sizeof op->terminal); return true;
    case ROW_MERCHANT: *len = put(out, op->merchant, sizeof op->merchant); return true;
    case ROW_RRN: *len = put(out, op->rrn, sizeof op->rrn); return true;
    case ROW_AUTHORISATION: *len = put(out, row->authorisation, 6); return true;
    case ROW_MTI: *len = put(out, operation_mti(op->kind), 4); return true;
    case ROW_PROCESS:
        *len = 6;
        return text_digits_format(operation_process(op->kind) * 10000ull + op->account_types, out, 6);
    case ROW_CODE:
        code_format(row->code, code);
        *len = put(out, code, 2);
        return true;
    case ROW_NET:
        *len = 12;
        out[0] = net < 0 ? 'D' : 'C';
        return net <= SIGNED_MAX_MINOR && net >= -SIGNED_MAX_MINOR &&
               text_digits_format((uint64_t)(net < 0 ? -net : net), out + 1, 11);
    default: return true; /* blank, constant: the layout's own */
    }
}

static bool set_fixed(char *out, size_t width, struct bytes text)
{
    if (text.len > width)
        return false;
    memset(out, ' ', width);
    memcpy(out, text.data, text.len);
    return true;
}

/* Which operation a line is about: MTI and the first two digits of DE 3 together. */
static void set_kind(struct row *row, const char *mti, unsigned process)
{
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++)
        if (operation_process(kind) == process && memcmp(operation_mti(kind), mti, 4) == 0)
            row->operation.kind = kind;
}

bool row_set(struct row *row, enum row_source source, struct bytes text)
{
    struct operation *op = &row->operation;
    struct number shape;
    uint64_t value = 0;
    if (get_number(row, source, &shape))
        return text_digits_parse(text, &value) && set_number(row, source, value);
    switch (source) {
    case ROW_CARD: return text.len == 0 || pan_parse(text, &op->card);
    case ROW_SENDER_CARD: return text.len == 0 || pan_parse(text, &op->sender);
    case ROW_RECEIVER_CARD: return text.len == 0 || pan_parse(text, &op->receiver);
    case ROW_TERMINAL: return set_fixed(op->terminal, sizeof op->terminal, text);
    case ROW_MERCHANT: return set_fixed(op->merchant, sizeof op->merchant, text);
    case ROW_RRN: return set_fixed(op->rrn, sizeof op->rrn, text);
    case ROW_AUTHORISATION: return set_fixed(row->authorisation, 6, text);
    case ROW_MTI:
        /* The processing code, which comes later, decides among those of this MTI. */
        for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++)
            if (text.len == 4 && memcmp(operation_mti(kind), text.data, 4) == 0) {
                op->kind = kind;
                return true;
            }
        return false;
    case ROW_PROCESS:
        if (text.len != 6 || !text_digits_parse(text, &value) || op->kind == OPERATION_NONE)
            return false;
        set_kind(row, operation_mti(op->kind), (unsigned)(value / 10000));
        op->account_types = (uint32_t)(value % 10000);
        return operation_process(op->kind) == value / 10000;
    case ROW_CODE:
        row->code = text.len == 2 ? code_parse((const char *)text.data) : CODE_NONE;
        return text.len == 2;
    case ROW_NET:
        /* Derived: the position's gross amounts say it; here only its form is checked. */
        return text.len == 12 && (text.data[0] == 'C' || text.data[0] == 'D') &&
               text_is_digits(bytes_of(text.data + 1, 11));
    default: return true;
    }
}

void row_totals_add(struct row_totals *totals, const struct row *row)
{
    int64_t amount = row->operation.amount_minor;
    totals->count++;
    switch (row->operation.kind) {
    case OPERATION_DEBIT:
        totals->debit_count++;
        totals->debit_minor += amount;
        break;
    case OPERATION_CREDIT:
        totals->credit_count++;
        totals->credit_minor += amount;
        break;
    case OPERATION_FREEZE:
        totals->freeze_count++;
        totals->freeze_minor += amount;
        break;
    case OPERATION_UNFREEZE:
        totals->unfreeze_count++;
        totals->unfreeze_minor += amount;
        break;
    case OPERATION_CLAIM:
        /* A wallet's view: money passed by, from a sender's issuer to a receiver's. */
        totals->debit_count++;
        totals->debit_minor += amount;
        totals->credit_count++;
        totals->credit_minor += amount;
        break;
    default:
        break;
    }
}
