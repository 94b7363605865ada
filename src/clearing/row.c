/* Values of clearing lines, by name, to text and back: one table. */
#include "clearing/row.h"

#include <stddef.h>

enum form {
    FORM_BLANK,
    FORM_ZERO,
    FORM_CONSTANT, /* the layout's affair */
    FORM_NUMBER,   /* `width` digits */
    FORM_CARD,
    FORM_TEXT, /* at most `size` bytes, filled up with blanks */
    FORM_MTI,
    FORM_PROCESS,
    FORM_CODE,
    FORM_NET,
    FORM_SIGNED, /* C or D, then 11 digits or more */
    FORM_CARD_ISSUER,
    FORM_REASON,
    FORM_CONDITION,
};

#define MEMBER(member) offsetof(struct row, member), sizeof(((struct row *)0)->member)

static const struct source {
    const char *name;
    enum form form;
    uint8_t width;
    size_t offset, size;
} sources[ROW_SOURCES] = {
    [ROW_BLANK] = {"blank", FORM_BLANK, 0, 0, 0},
    [ROW_ZERO] = {"zero", FORM_ZERO, 1, 0, 0},
    [ROW_CONSTANT] = {"constant", FORM_CONSTANT, 0, 0, 0},
    [ROW_ACQUIRER] = {"acquirer", FORM_NUMBER, 11, MEMBER(operation.acquirer.number)},
    [ROW_FORWARDER] = {"forwarder", FORM_NUMBER, 11, MEMBER(operation.forwarder.number)},
    [ROW_STAN] = {"stan", FORM_NUMBER, 6, MEMBER(operation.stan)},
    [ROW_TRANSMISSION] = {"transmission", FORM_NUMBER, 10, MEMBER(operation.transmission)},
    [ROW_CARD] = {"card", FORM_CARD, 0, MEMBER(operation.card)},
    [ROW_CARD_ISSUER] = {"card_issuer", FORM_CARD_ISSUER, 11, 0, 0},
    [ROW_AMOUNT] = {"amount", FORM_NUMBER, 12, MEMBER(operation.amount_minor)},
    [ROW_CURRENCY] = {"currency", FORM_TEXT, 0, MEMBER(operation.currency)},
    [ROW_MTI] = {"mti", FORM_MTI, 4, 0, 0},
    [ROW_PROCESS] = {"processing_code", FORM_PROCESS, 6, 0, 0},
    [ROW_MERCHANT_TYPE] = {"merchant_type", FORM_NUMBER, 4, MEMBER(operation.merchant_type)},
    [ROW_TERMINAL] = {"terminal", FORM_TEXT, 0, MEMBER(operation.terminal)},
    [ROW_MERCHANT] = {"merchant", FORM_TEXT, 0, MEMBER(operation.merchant)},
    [ROW_CONDITION] = {"condition", FORM_CONDITION, 2, 0, 0},
    [ROW_RRN] = {"rrn", FORM_TEXT, 0, MEMBER(operation.rrn)},
    [ROW_AUTHORISATION] = {"authorisation", FORM_TEXT, 0, MEMBER(authorisation)},
    [ROW_CODE] = {"response_code", FORM_CODE, 2, 0, 0},
    [ROW_ENTRY_MODE] = {"entry_mode", FORM_NUMBER, 3, MEMBER(operation.entry_mode)},
    [ROW_SENDER_CARD] = {"sender_card", FORM_CARD, 0, MEMBER(operation.sender)},
    [ROW_RECEIVER_CARD] = {"receiver_card", FORM_CARD, 0, MEMBER(operation.receiver)},
    [ROW_SENDER_ISSUER] = {"sender_issuer", FORM_NUMBER, 11, MEMBER(sender_issuer)},
    [ROW_RECEIVER_ISSUER] = {"receiver_issuer", FORM_NUMBER, 11, MEMBER(receiver_issuer)},
    [ROW_FREEZE_WALLET] = {"freeze_wallet", FORM_NUMBER, 11, MEMBER(operation.reference.wallet)},
    [ROW_FREEZE_DATE] = {"freeze_date", FORM_NUMBER, 8, MEMBER(operation.reference.date)},
    [ROW_FREEZE_SEQUENCE] = {"freeze_sequence", FORM_NUMBER, 12,
                             MEMBER(operation.reference.sequence)},
    [ROW_SHARE] = {"share", FORM_NUMBER, 4, MEMBER(operation.reference.share)},
    [ROW_SHARES] = {"shares", FORM_NUMBER, 4, MEMBER(operation.reference.shares)},
    [ROW_ORIGINAL_STAN] = {"original_stan", FORM_NUMBER, 6, MEMBER(operation.original.stan)},
    [ROW_ORIGINAL_TRANSMISSION] = {"original_transmission", FORM_NUMBER, 10,
                                   MEMBER(operation.original.transmission)},
    [ROW_SETTLEMENT_DATE] = {"settlement_date", FORM_NUMBER, 8, MEMBER(settlement_date)},
    [ROW_INSTITUTION] = {"institution", FORM_NUMBER, 11, MEMBER(institution)},
    [ROW_COUNT] = {"count", FORM_NUMBER, 10, MEMBER(totals.count)},
    [ROW_DEBIT_COUNT] = {"debit_count", FORM_NUMBER, 10, MEMBER(totals.debit_count)},
    [ROW_DEBIT_AMOUNT] = {"debit_amount", FORM_NUMBER, 16, MEMBER(totals.debit_minor)},
    [ROW_CREDIT_COUNT] = {"credit_count", FORM_NUMBER, 10, MEMBER(totals.credit_count)},
    [ROW_CREDIT_AMOUNT] = {"credit_amount", FORM_NUMBER, 16, MEMBER(totals.credit_minor)},
    [ROW_NET] = {"net", FORM_NET, 12, 0, 0},
    [ROW_FREEZE_COUNT] = {"freeze_count", FORM_NUMBER, 10, MEMBER(totals.freeze_count)},
    [ROW_FREEZE_AMOUNT] = {"freeze_amount", FORM_NUMBER, 16, MEMBER(totals.freeze_minor)},
    [ROW_UNFREEZE_COUNT] = {"unfreeze_count", FORM_NUMBER, 10, MEMBER(totals.unfreeze_count)},
    [ROW_UNFREEZE_AMOUNT] = {"unfreeze_amount", FORM_NUMBER, 16, MEMBER(totals.unfreeze_minor)},
    [ROW_REASON] = {"reason", FORM_REASON, EXCEPTION_CODE_LEN, 0, 0},
    [ROW_TOLD_AMOUNT] = {"told_amount", FORM_NUMBER, 12, MEMBER(told_minor)},
    [ROW_SINCE] = {"since", FORM_NUMBER, 14, MEMBER(since)},
    [ROW_SINCE_RECORD] = {"since_record", FORM_NUMBER, 12, MEMBER(since_record)},
    [ROW_DISPUTED_COUNT] = {"disputed_count", FORM_NUMBER, 10, MEMBER(totals.disputed_count)},
    [ROW_OPEN_COUNT] = {"open_count", FORM_NUMBER, 10, MEMBER(totals.open_count)},
    [ROW_FEE_RECEIVABLE] = {"fee_receivable", FORM_NUMBER, 12, MEMBER(fees.receivable_minor)},
    [ROW_FEE_PAYABLE] = {"fee_payable", FORM_NUMBER, 12, MEMBER(fees.payable_minor)},
    [ROW_SWITCH_FEE] = {"switch_fee", FORM_SIGNED, 12, MEMBER(fees.switch_minor)},
    [ROW_FEES] = {"fees", FORM_SIGNED, 12, MEMBER(totals.fee_minor)},
    [ROW_FEE] = {"fee", FORM_TEXT, 0, MEMBER(fee)},
    [ROW_FEE_ROLE] = {"fee_role", FORM_TEXT, 0, MEMBER(fee_role)},
    [ROW_COUNTERPARTY] = {"counterparty", FORM_NUMBER, 11, MEMBER(counterparty)},
    [ROW_ITEM_COUNT] = {"item_count", FORM_NUMBER, 10, MEMBER(item_count)},
    [ROW_ITEM_AMOUNT] = {"item_amount", FORM_NUMBER, 16, MEMBER(item_minor)},
    [ROW_PACKET_FROZEN] = {"packet_frozen", FORM_NUMBER, 16, MEMBER(totals.packets.frozen_minor)},
    [ROW_PACKET_CLAIMED] = {"packet_claimed", FORM_NUMBER, 16,
                            MEMBER(totals.packets.claimed_minor)},
    [ROW_PACKET_UNFROZEN] = {"packet_unfrozen", FORM_NUMBER, 16,
                             MEMBER(totals.packets.unfrozen_minor)},
    [ROW_PACKET_REVERSED] = {"packet_reversed", FORM_NUMBER, 16,
                             MEMBER(totals.packets.reversed_minor)},
    [ROW_PACKET_OPEN] = {"packet_open", FORM_NUMBER, 16, MEMBER(totals.packets.open_minor)},
    [ROW_ERROR_CODE] = {"error_code", FORM_NUMBER, 4, MEMBER(error_code)},
    [ROW_TOTAL_AMOUNT] = {"total_amount", FORM_NUMBER, 16, MEMBER(totals.total_minor)},
    [ROW_RECORD] = {"record", FORM_NUMBER, 8, MEMBER(record)},
};

/* Of signed money, behind its letter; a sum may have more. */
enum { SIGNED_DIGITS = 11 };

int row_source_find(const char *name)
{
    for (int source = 0; source < ROW_SOURCES; source++)
        if (strcmp(sources[source].name, name) == 0)
            return source;
    return -1;
}

const char *row_source_name(enum row_source source)
{
    MUST(source < ROW_SOURCES);
    return sources[source].name;
}

bool row_source_is_card(enum row_source source)
{
    MUST(source < ROW_SOURCES);
    return sources[source].form == FORM_CARD;
}

/* --- members by their place in the row -------------------------------------------------------- */

static uint64_t number_at(const struct row *row, const struct source *source)
{
    const uint8_t *at = (const uint8_t *)row + source->offset;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (source->size) {
    case sizeof two:
        memcpy(&two, at, sizeof two);
        return two;
    case sizeof four:
        memcpy(&four, at, sizeof four);
        return four;
    default:
        memcpy(&eight, at, sizeof eight);
        return eight;
    }
}

/* A number below zero is a large one here and has no room in any column. */
static bool put_number_at(struct row *row, const struct source *source, uint64_t value)
{
    uint8_t *at = (uint8_t *)row + source->offset;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    switch (source->size) {
    case sizeof two:
        memcpy(at, &two, sizeof two);
        return two == value;
    case sizeof four:
        memcpy(at, &four, sizeof four);
        return four == value;
    default:
        memcpy(at, &value, sizeof value);
        return value <= INT64_MAX;
    }
}

static struct pan *card_at(const struct row *row, const struct source *source)
{
    return (struct pan *)(uintptr_t)((const uint8_t *)row + source->offset);
}

/* --- to text ---------------------------------------------------------------------------------- */

static uint64_t card_issuer(const struct row *row)
{
    enum operation_kind kind = row->operation.kind;
    bool at_receiver =
        kind == OPERATION_CLAIM || kind == OPERATION_CREDIT || kind == OPERATION_CONFIRMATION;
    return at_receiver ? row->receiver_issuer : row->sender_issuer;
}

/* The usual number of digits, or as many as it takes. */
static bool get_signed(int64_t minor, char *out, size_t *len)
{
    uint64_t rest = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
    size_t digits = SIGNED_DIGITS;
    out[0] = minor < 0 ? 'D' : 'C';
    while (!text_digits_format(rest, out + 1, digits))
        digits++;
    *len = 1 + digits;
    return true;
}

static bool get_net(const struct row *row, char *out, size_t *len)
{
    int64_t net = row->totals.credit_minor - row->totals.debit_minor;
    return !__builtin_add_overflow(net, row->totals.fee_minor, &net) && get_signed(net, out, len);
}

/* Texts come from peers: a line end inside one would make two lines of it. */
static size_t get_text(const struct row *row, const struct source *source, char *out)
{
    memcpy(out, (const uint8_t *)row + source->offset, source->size);
    for (size_t i = 0; i < source->size; i++)
        if ((uint8_t)out[i] < ' ' || out[i] == 0x7F)
            out[i] = '?';
    return source->size;
}

bool row_get(const struct row *row, enum row_source which, char out[ROW_VALUE_MAX], size_t *len)
{
    const struct source *source = &sources[which];
    const struct operation *op = &row->operation;
    char code[3];
    *len = source->width;
    switch (source->form) {
    case FORM_BLANK:
    case FORM_CONSTANT:
        return true;
    case FORM_ZERO:
        out[0] = '0';
        return true;
    case FORM_NUMBER:
        return text_digits_format(number_at(row, source), out, source->width);
    case FORM_CARD:
        *len = card_at(row, source)->len;
        memcpy(out, card_at(row, source)->digits, *len);
        return true;
    case FORM_TEXT:
        *len = get_text(row, source, out);
        return true;
    case FORM_MTI:
        memcpy(out, operation_mti(op->kind), source->width);
        return true;
    case FORM_PROCESS:
        return text_digits_format(operation_process(op->kind) * 10000ull + op->account_types, out,
                                  source->width);
    case FORM_CODE:
        code_format(row->code, code);
        memcpy(out, code, source->width);
        return true;
    case FORM_NET:
        return get_net(row, out, len);
    case FORM_SIGNED:
        return get_signed((int64_t)number_at(row, source), out, len);
    case FORM_CARD_ISSUER:
        return text_digits_format(card_issuer(row), out, source->width);
    case FORM_REASON:
        if (row->is_exception)
            exception_code(row->status, op->kind, code);
        memcpy(out, row->is_exception ? code : "  ", source->width);
        return row->is_exception;
    case FORM_CONDITION:
        memcpy(out, operation_is_of_purchase(op->kind) ? "00" : "86", source->width);
        return true;
    }
    return false;
}

bool row_get_digits(const struct row *row, enum row_source which, char *cell, size_t width)
{
    const struct source *source = &sources[which];
    return source->form == FORM_NUMBER && source->width == width &&
           text_digits_format(number_at(row, source), cell, width);
}

#define PART(member) ((struct row_part){MEMBER(member)})

size_t row_source_parts(enum row_source which, struct row_part parts[ROW_PARTS_MAX])
{
    const struct source *source = &sources[which];
    parts[0] = (struct row_part){source->offset, source->size};
    switch (source->form) {
    case FORM_BLANK:
    case FORM_ZERO:
    case FORM_CONSTANT:
        return 0;
    case FORM_NUMBER:
    case FORM_CARD:
    case FORM_TEXT:
    case FORM_SIGNED:
        return 1;
    case FORM_MTI:
        parts[0] = PART(operation.kind);
        return 1;
    case FORM_PROCESS:
        parts[0] = PART(operation.kind);
        parts[1] = PART(operation.account_types);
        return 2;
    case FORM_CODE:
        parts[0] = PART(code);
        return 1;
    case FORM_NET:
        parts[0] = PART(totals.credit_minor);
        parts[1] = PART(totals.debit_minor);
        parts[2] = PART(totals.fee_minor);
        return 3;
    case FORM_CARD_ISSUER:
        parts[0] = PART(operation.kind);
        parts[1] = PART(sender_issuer);
        parts[2] = PART(receiver_issuer);
        return 3;
    case FORM_REASON:
        parts[0] = PART(operation.kind);
        parts[1] = PART(is_exception);
        parts[2] = PART(status);
        return 3;
    case FORM_CONDITION:
        parts[0] = PART(operation.kind);
        return 1;
    }
    MUST(false);
    return 0;
}

/* --- from text -------------------------------------------------------------------------------- */

static bool set_text(struct row *row, const struct source *source, struct bytes text)
{
    char *out = (char *)row + source->offset;
    if (text.len > source->size)
        return false;
    memset(out, ' ', source->size);
    if (text.len > 0)
        memcpy(out, text.data, text.len);
    return true;
}

static bool read_signed(struct bytes text, uint64_t *value)
{
    return text.len > 1 && (text.data[0] == 'C' || text.data[0] == 'D') &&
           text_digits_parse(bytes_of(text.data + 1, text.len - 1), value) && *value <= INT64_MAX;
}

static bool set_signed(struct row *row, const struct source *source, struct bytes text)
{
    uint64_t value = 0;
    if (!read_signed(text, &value))
        return false;
    int64_t minor = text.data[0] == 'D' ? -(int64_t)value : (int64_t)value;
    memcpy((uint8_t *)row + source->offset, &minor, sizeof minor);
    return true;
}

static bool set_number(struct row *row, enum row_source which, struct bytes text)
{
    uint64_t value = 0;
    if (!text_digits_parse(text, &value))
        return false;
    if (which == ROW_ACQUIRER)
        row->operation.acquirer.width = INSTITUTION_LEN_MAX;
    if (which == ROW_FORWARDER)
        row->operation.forwarder.width = INSTITUTION_LEN_MAX;
    return put_number_at(row, &sources[which], value);
}

/* The processing code, which comes later, decides among the kinds with this MTI. */
static bool set_mti(struct operation *op, struct bytes text)
{
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++)
        if (bytes_equal(text, bytes_text(operation_mti(kind)))) {
            op->kind = kind;
            return true;
        }
    return false;
}

/* It says the kind where no MTI and processing code do; where they do, they must agree, which comes
 * out when the line is compared with what would have been written. */
static bool set_reason(struct row *row, struct bytes text)
{
    enum operation_kind kind;
    row->is_exception = exception_code_parse(text, &row->status, &kind);
    if (row->is_exception && kind != OPERATION_NONE)
        row->operation.kind = kind;
    return row->is_exception;
}

static bool set_process(struct operation *op, struct bytes text)
{
    uint64_t value = 0;
    if (text.len != 6 || !text_digits_parse(text, &value))
        return false;
    op->account_types = (uint32_t)(value % 10000);
    const char *mti = operation_mti(op->kind);
    for (enum operation_kind kind = OPERATION_FREEZE; kind < OPERATION_KINDS; kind++)
        if (operation_process(kind) == value / 10000 && memcmp(operation_mti(kind), mti, 4) == 0) {
            op->kind = kind;
            return true;
        }
    return false;
}

bool row_set(struct row *row, enum row_source which, struct bytes text)
{
    const struct source *source = &sources[which];
    uint64_t value = 0;
    switch (source->form) {
    case FORM_BLANK:
        return text.len == 0;
    case FORM_CONSTANT:
        return true;
    case FORM_ZERO:
        return text_digits_parse(text, &value) && value == 0;
    case FORM_NUMBER:
        return set_number(row, which, text);
    case FORM_CARD:
        return text.len == 0 || pan_parse(text, card_at(row, source));
    case FORM_TEXT:
        return set_text(row, source, text);
    case FORM_MTI:
        return set_mti(&row->operation, text);
    case FORM_PROCESS:
        return set_process(&row->operation, text);
    case FORM_CODE:
        if (text.len != source->width)
            return false;
        row->code = code_parse((const char *)text.data);
        return true;
    case FORM_NET:
        return read_signed(text, &value);
    case FORM_SIGNED:
        return set_signed(row, source, text);
    case FORM_CARD_ISSUER:
    case FORM_CONDITION:
        return text_digits_parse(text, &value);
    case FORM_REASON:
        return set_reason(row, text);
    }
    return false;
}

/* --- cells ------------------------------------------------------------------------------------ */

size_t row_cell_width(enum row_source which)
{
    const struct source *source = &sources[which];
    switch (source->form) {
    case FORM_NUMBER:
    case FORM_MTI:
    case FORM_PROCESS:
    case FORM_CODE:
    case FORM_CARD_ISSUER:
    case FORM_CONDITION:
        return source->width;
    case FORM_SIGNED:
        return 1 + SIGNED_DIGITS;
    case FORM_TEXT:
        return source->size;
    case FORM_CARD:
        return PAN_LEN_MAX;
    default:
        return 0;
    }
}

static bool set_text_cell(struct row *row, const struct source *source, const uint8_t *cell)
{
    bool has_control = false;
    for (size_t i = 0; i < source->size; i++)
        has_control |= cell[i] < ' ' || cell[i] == 0x7F;
    memcpy((uint8_t *)row + source->offset, cell, source->size);
    return !has_control;
}

/* Digits, and blanks behind them. */
static bool set_card_cell(struct pan *card, const uint8_t *cell)
{
    bool is_digits = true;
    size_t len = PAN_LEN_MAX;
    while (len > 0 && cell[len - 1] == ' ')
        len--;
    *card = (struct pan){.len = (uint8_t)len};
    for (size_t i = 0; i < len; i++) {
        is_digits &= cell[i] >= '0' && cell[i] <= '9';
        card->digits[i] = (char)cell[i];
    }
    return is_digits;
}

bool row_set_cell(struct row *row, enum row_source which, struct bytes cell)
{
    const struct source *source = &sources[which];
    char text[ROW_VALUE_MAX];
    size_t len;
    switch (source->form) {
    case FORM_NUMBER: /* so many digits say one number, and one number so many digits */
        return set_number(row, which, cell);
    case FORM_TEXT:
        return set_text_cell(row, source, cell.data);
    case FORM_CARD:
        return set_card_cell(card_at(row, source), cell.data);
    case FORM_CARD_ISSUER:
    case FORM_CONDITION:
        break;
    default:
        /* Blanks behind are not part of it. */
        if (cell.data[cell.len - 1] == ' ' || !row_set(row, which, cell))
            return false;
        break;
    }
    return row_get(row, which, text, &len) && bytes_equal(cell, bytes_of(text, len));
}

/* --- totals ----------------------------------------------------------------------------------- */

static bool add(uint64_t *count, int64_t *minor, uint64_t more, int64_t more_minor)
{
    *count += more;
    return !__builtin_add_overflow(*minor, more_minor, minor);
}

static bool add_packets(struct packet_sums *sums, const struct packet_sums *more)
{
    return !__builtin_add_overflow(sums->frozen_minor, more->frozen_minor, &sums->frozen_minor) &&
           !__builtin_add_overflow(sums->claimed_minor, more->claimed_minor,
                                   &sums->claimed_minor) &&
           !__builtin_add_overflow(sums->unfrozen_minor, more->unfrozen_minor,
                                   &sums->unfrozen_minor) &&
           !__builtin_add_overflow(sums->reversed_minor, more->reversed_minor,
                                   &sums->reversed_minor) &&
           !__builtin_add_overflow(sums->open_minor, more->open_minor, &sums->open_minor);
}

/* Each of a share's three has at most 12 digits. */
static bool add_fees(struct row_totals *totals, const struct row *row)
{
    int64_t fees = row->fees.receivable_minor - row->fees.payable_minor + row->fees.switch_minor;
    return !__builtin_add_overflow(totals->fee_minor, fees, &totals->fee_minor);
}

/* An issuer pays a purchase, its acquirer gets it; a reversal goes back. */
static bool add_leg(struct row_totals *totals, const struct row *row, bool is_debit)
{
    int64_t amount = row->operation.amount_minor;
    bool fits = is_debit ? add(&totals->debit_count, &totals->debit_minor, 1, amount)
                         : add(&totals->credit_count, &totals->credit_minor, 1, amount);
    return fits && add_fees(totals, row);
}

bool row_totals_add(struct row_totals *totals, const struct row *row)
{
    const struct row_totals *own = &row->totals;
    int64_t amount = row->operation.amount_minor;
    totals->count++;
    if (__builtin_add_overflow(totals->total_minor, amount, &totals->total_minor))
        return false;
    if (row->is_exception) {
        totals->disputed_count += row->status == EXCEPTION_DISPUTED;
        totals->open_count += row->status == EXCEPTION_OPEN;
        return true;
    }
    switch (row->operation.kind) {
    case OPERATION_NONE:
        return add(&totals->debit_count, &totals->debit_minor, own->debit_count,
                   own->debit_minor) &&
               add(&totals->credit_count, &totals->credit_minor, own->credit_count,
                   own->credit_minor) &&
               !__builtin_add_overflow(totals->fee_minor, own->fee_minor, &totals->fee_minor) &&
               add_packets(&totals->packets, &own->packets);
    case OPERATION_DEBIT:
        return add_leg(totals, row, true);
    case OPERATION_CREDIT:
        return add_leg(totals, row, false);
    case OPERATION_PURCHASE:
        return add_leg(totals, row, !row->is_acquirers);
    case OPERATION_PURCHASE_REVERSAL:
        return add_leg(totals, row, row->is_acquirers);
    case OPERATION_CLAIM:
        /* A wallet's view: money passing by, from a sender's issuer to a receiver's. */
        return add(&totals->debit_count, &totals->debit_minor, 1, amount) &&
               add(&totals->credit_count, &totals->credit_minor, 1, amount) &&
               add_fees(totals, row);
    case OPERATION_FREEZE:
        return add(&totals->freeze_count, &totals->freeze_minor, 1, amount);
    case OPERATION_UNFREEZE:
        return add(&totals->unfreeze_count, &totals->unfreeze_minor, 1, amount);
    default:
        return true;
    }
}
