/* Values of clearing files: what a column's type and the layout's character set make of the text
 * that row.h gives, and back. */
#include "base/currency.h"
#include "base/text.h"
#include "clearing/layout_form.h"
#include "iso8583/text.h"

enum {
    SIGNED_DIGITS = 19, /* what row.h reads */
    DATE_DIGITS = 8,
    TIME_DIGITS = 14,
};

/* Without a default, so that a new source has to be put in its place. */
enum layout_kind layout_kind_of(enum row_source source)
{
    switch (source) {
    case ROW_BLANK:
    case ROW_ZERO:
    case ROW_CONSTANT:
    case ROW_SOURCES:
        return LAYOUT_KIND_NOTHING;
    case ROW_ACQUIRER:
    case ROW_FORWARDER:
    case ROW_STAN:
    case ROW_TRANSMISSION:
    case ROW_CARD_ISSUER:
    case ROW_MERCHANT_TYPE:
    case ROW_ENTRY_MODE:
    case ROW_SENDER_ISSUER:
    case ROW_RECEIVER_ISSUER:
    case ROW_FREEZE_WALLET:
    case ROW_FREEZE_SEQUENCE:
    case ROW_SHARE:
    case ROW_SHARES:
    case ROW_ORIGINAL_STAN:
    case ROW_ORIGINAL_TRANSMISSION:
    case ROW_INSTITUTION:
    case ROW_COUNT:
    case ROW_DEBIT_COUNT:
    case ROW_CREDIT_COUNT:
    case ROW_FREEZE_COUNT:
    case ROW_UNFREEZE_COUNT:
    case ROW_SINCE_RECORD:
    case ROW_DISPUTED_COUNT:
    case ROW_OPEN_COUNT:
    case ROW_RECORD:
    case ROW_COUNTERPARTY:
    case ROW_ITEM_COUNT:
    case ROW_ERROR_CODE:
        return LAYOUT_KIND_NUMBER;
    case ROW_AMOUNT:
    case ROW_DEBIT_AMOUNT:
    case ROW_CREDIT_AMOUNT:
    case ROW_FREEZE_AMOUNT:
    case ROW_UNFREEZE_AMOUNT:
    case ROW_TOLD_AMOUNT:
    case ROW_TOTAL_AMOUNT:
    case ROW_FEE_RECEIVABLE:
    case ROW_FEE_PAYABLE:
    case ROW_ITEM_AMOUNT:
    case ROW_PACKET_FROZEN:
    case ROW_PACKET_CLAIMED:
    case ROW_PACKET_UNFROZEN:
    case ROW_PACKET_REVERSED:
    case ROW_PACKET_OPEN:
        return LAYOUT_KIND_AMOUNT;
    case ROW_NET:
    case ROW_SWITCH_FEE:
    case ROW_FEES:
        return LAYOUT_KIND_SIGNED;
    case ROW_FREEZE_DATE:
    case ROW_SETTLEMENT_DATE:
        return LAYOUT_KIND_DATE;
    case ROW_SINCE:
        return LAYOUT_KIND_TIME;
    case ROW_CURRENCY:
        return LAYOUT_KIND_CURRENCY;
    case ROW_MTI:
    case ROW_PROCESS:
    case ROW_CODE:
    case ROW_REASON:
    case ROW_CONDITION:
        return LAYOUT_KIND_CODE;
    case ROW_CARD:
    case ROW_SENDER_CARD:
    case ROW_RECEIVER_CARD:
        return LAYOUT_KIND_CARD;
    case ROW_TERMINAL:
    case ROW_MERCHANT:
    case ROW_RRN:
    case ROW_AUTHORISATION:
    case ROW_FEE:
    case ROW_FEE_ROLE:
        return LAYOUT_KIND_TEXT;
    }
    MUST(false);
    return LAYOUT_KIND_NOTHING;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool layout_value_can_have(const struct layout_column *column, uint8_t byte)
{
    enum layout_kind kind = layout_kind_of(column->source);
    switch (column->type) {
    case LAYOUT_PLAIN:
        return kind == LAYOUT_KIND_CODE     ? is_digit(byte) || is_letter(byte) || byte == '-'
               : kind == LAYOUT_KIND_SIGNED ? is_digit(byte) || byte == 'C' || byte == 'D'
                                            : is_digit(byte);
    case LAYOUT_NUMBER:
        return is_digit(byte) || byte == '-';
    case LAYOUT_DECIMAL:
        return is_digit(byte) || byte == '-' || byte == '.';
    case LAYOUT_ISO:
        return is_digit(byte) || byte == '-' ||
               (kind == LAYOUT_KIND_TIME && (byte == ':' || byte == 'T' || byte == 'Z'));
    case LAYOUT_YYMMDD:
        return is_digit(byte);
    case LAYOUT_LETTERS:
        return is_letter(byte);
    case LAYOUT_SIGN:
        return byte != '\0' &&
               (strchr(column->words[0], byte) != NULL || strchr(column->words[1], byte) != NULL);
    }
    return false;
}

/* --- to text ---------------------------------------------------------------------------------- */

static enum result cannot(const struct layout *layout, enum layout_record record,
                          const struct layout_column *column, const char *why, struct fault *fault)
{
    return fault_set(fault, RESULT_LIMIT, "%s, %s, %s: %s", layout->name,
                     layout_record_names[record], column->name, why);
}

/* A text of a peer, trimmed. What is no text in the charset of the wire, or cannot be said in the
 * layout's, becomes `?`, as control characters have. */
static void get_text(const struct layout *layout, char out[LAYOUT_VALUE_MAX], size_t *len)
{
    uint8_t all = 0;
    char wire[ROW_VALUE_MAX], utf8[LAYOUT_VALUE_MAX];
    struct bytes found;
    while (*len > 0 && out[*len - 1] == ' ')
        (*len)--;
    for (size_t i = 0; i < *len; i++)
        all |= (uint8_t)out[i];
    if (all < 0x80)
        return;
    struct iso_text text = iso_text_none();
    memcpy(wire, out, *len);
    bool is_text = iso_text_decode(&text, ISO_CHARSET_GB18030, bytes_of(wire, *len), utf8,
                                   sizeof utf8, &found);
    iso_text_close(&text);
    if (is_text && layout->charset == LAYOUT_GB18030)
        return;
    if (is_text && layout->charset == LAYOUT_UTF8) {
        memcpy(out, found.data, found.len);
        *len = found.len;
        return;
    }
    for (size_t i = 0; i < *len; i++)
        out[i] = (uint8_t)wire[i] < 0x80 ? wire[i] : '?';
}

/* Digits in `out` behind a sign, as a number without zeros in front, or with a point in it. */
static void shorten(char *out, size_t *len, bool has_minus, unsigned decimals)
{
    char digits[ROW_VALUE_MAX];
    size_t count = *len, from = 0, at = 0;
    memcpy(digits, out, count);
    while (from + decimals + 1 < count && digits[from] == '0')
        from++;
    if (has_minus)
        out[at++] = '-';
    for (; from < count; from++) {
        if (from + decimals == count && decimals > 0)
            out[at++] = '.';
        out[at++] = digits[from];
    }
    *len = at;
}

static void write_iso(enum layout_kind kind, char *out, size_t *len)
{
    static const char marks[] = {'-', '-', 'T', ':', ':'};
    char digits[TIME_DIGITS];
    size_t count = kind == LAYOUT_KIND_TIME ? TIME_DIGITS : DATE_DIGITS, at = 4;
    memcpy(digits, out, count);
    for (size_t i = 4; i < count; i += 2) {
        out[at++] = marks[(i - 4) / 2];
        out[at++] = digits[i];
        out[at++] = digits[i + 1];
    }
    if (kind == LAYOUT_KIND_TIME)
        out[at++] = 'Z';
    *len = at;
}

static enum result write_money(const struct layout *layout, enum layout_record record,
                               const struct layout_column *column, const struct row *row, char *out,
                               size_t *len, struct fault *fault)
{
    bool is_signed = layout_kind_of(column->source) == LAYOUT_KIND_SIGNED;
    bool is_below = is_signed && out[0] == 'D';
    unsigned decimals = 0;
    if (column->type == LAYOUT_SIGN) {
        *len = strlen(column->words[is_below]);
        memcpy(out, column->words[is_below], *len);
        return RESULT_OK;
    }
    if (column->type == LAYOUT_DECIMAL) {
        const struct currency *currency = currency_find(row->operation.currency);
        if (currency == NULL)
            return cannot(layout, record, column, "the row has no currency of ISO 4217", fault);
        decimals = currency->decimals;
    }
    if (is_signed)
        memmove(out, out + 1, --*len);
    shorten(out, len, is_below && !column->is_unsigned, decimals);
    return RESULT_OK;
}

enum result layout_value_get(const struct layout *layout, enum layout_record record,
                             const struct layout_column *column, const struct row *row,
                             char out[LAYOUT_VALUE_MAX], size_t *len, struct fault *fault)
{
    enum layout_kind kind = layout_kind_of(column->source);
    if (!row_get(row, column->source, out, len))
        return cannot(layout, record, column, "the number has too many digits for it", fault);
    switch (column->type) {
    case LAYOUT_PLAIN:
        if ((kind == LAYOUT_KIND_TEXT || kind == LAYOUT_KIND_CURRENCY) &&
            (layout->form != &layout_form_fixed || layout->charset != LAYOUT_GB18030))
            get_text(layout, out, len);
        return RESULT_OK;
    case LAYOUT_NUMBER:
    case LAYOUT_DECIMAL:
    case LAYOUT_SIGN:
        return write_money(layout, record, column, row, out, len, fault);
    case LAYOUT_ISO:
        write_iso(kind, out, len);
        return RESULT_OK;
    case LAYOUT_YYMMDD:
        if (memcmp(out, "20", 2) != 0)
            return cannot(layout, record, column, "a date of another century", fault);
        memmove(out, out + 2, *len -= 2);
        return RESULT_OK;
    case LAYOUT_LETTERS: {
        const struct currency *currency = currency_find(row->operation.currency);
        if (currency == NULL)
            return cannot(layout, record, column, "the row has no currency of ISO 4217", fault);
        memcpy(out, currency->letters, *len = 3);
        return RESULT_OK;
    }
    }
    return RESULT_BUG;
}

/* --- from text -------------------------------------------------------------------------------- */

static bool set_utf8(enum row_source source, struct row *row, struct bytes text)
{
    char wire[LAYOUT_VALUE_MAX];
    struct writer out = writer_to(wire, sizeof wire);
    struct iso_text converters = iso_text_none();
    bool good = iso_text_encode(&converters, ISO_CHARSET_GB18030, text, &out) && !out.bad;
    iso_text_close(&converters);
    return good && row_set(row, source, bytes_of(wire, out.len));
}

/* "-123" or "1.23" as digits, behind C or D when it is signed. A point in the wrong place comes out
 * when the record is compared with what would have been written. */
static bool set_money(const struct layout_column *column, struct row *row, struct bytes text)
{
    bool is_signed = layout_kind_of(column->source) == LAYOUT_KIND_SIGNED;
    bool is_below = is_signed && text.len > 0 && text.data[0] == '-', has_point = false;
    char plain[1 + ROW_VALUE_MAX];
    uint64_t value = 0;
    size_t len = 0;
    for (size_t i = is_below; i < text.len && len < SIGNED_DIGITS; i++) {
        bool is_point = text.data[i] == '.' && column->type == LAYOUT_DECIMAL && !has_point;
        if (is_point)
            has_point = true;
        else
            plain[len++] = (char)text.data[i];
    }
    if (!text_digits_parse(bytes_of(plain, len), &value))
        return false;
    if (!is_signed)
        return row_set(row, column->source, bytes_of(plain, len));
    plain[0] = is_below ? 'D' : 'C';
    return text_digits_format(value, plain + 1, SIGNED_DIGITS) &&
           row_set(row, column->source, bytes_of(plain, 1 + SIGNED_DIGITS));
}

/* The amount came before it. */
static bool set_sign(const struct layout_column *column, struct row *row, struct bytes text)
{
    char plain[ROW_VALUE_MAX];
    size_t len;
    bool is_below = bytes_equal(text, bytes_text(column->words[1]));
    if ((!is_below && !bytes_equal(text, bytes_text(column->words[0]))) ||
        !row_get(row, column->source, plain, &len))
        return false;
    plain[0] = is_below ? 'D' : 'C';
    return row_set(row, column->source, bytes_of(plain, len));
}

static bool set_iso(const struct layout_column *column, struct row *row, struct bytes text)
{
    char digits[TIME_DIGITS], again[LAYOUT_VALUE_MAX];
    enum layout_kind kind = layout_kind_of(column->source);
    size_t len = 0, most = kind == LAYOUT_KIND_TIME ? TIME_DIGITS : DATE_DIGITS, again_len;
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.data[i])) {
            if (len == most)
                return false;
            digits[len++] = (char)text.data[i];
        }
    if (len != most)
        return false;
    memcpy(again, digits, len);
    write_iso(kind, again, &again_len);
    return bytes_equal(text, bytes_of(again, again_len)) &&
           row_set(row, column->source, bytes_of(digits, len));
}

bool layout_value_set(const struct layout *layout, const struct layout_column *column,
                      struct row *row, struct bytes text)
{
    enum layout_kind kind = layout_kind_of(column->source);
    char plain[DATE_DIGITS] = "20";
    switch (column->type) {
    case LAYOUT_PLAIN:
        if (kind == LAYOUT_KIND_TEXT && layout->charset == LAYOUT_UTF8)
            return set_utf8(column->source, row, text);
        return row_set(row, column->source, text);
    case LAYOUT_NUMBER:
    case LAYOUT_DECIMAL:
        return set_money(column, row, text);
    case LAYOUT_SIGN:
        return set_sign(column, row, text);
    case LAYOUT_ISO:
        return set_iso(column, row, text);
    case LAYOUT_YYMMDD:
        if (text.len != DATE_DIGITS - 2)
            return false;
        memcpy(plain + 2, text.data, text.len);
        return row_set(row, column->source, bytes_of(plain, sizeof plain));
    case LAYOUT_LETTERS: {
        const struct currency *currency =
            text.len == 3 ? currency_find_letters((const char *)text.data) : NULL;
        return currency != NULL && row_set(row, column->source, bytes_text(currency->number));
    }
    }
    return false;
}
