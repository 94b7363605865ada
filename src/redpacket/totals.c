/* Totals: counting, comparing, and their forms. */
#include "redpacket/totals.h"

static const uint64_t NUMBER_MAX = 9999999999;            /* 10 digits */
static const int64_t AMOUNT_MAX_MINOR = 9999999999999999; /* 16 digits */

void totals_count(struct totals *totals, enum totals_part part, int64_t amount_minor)
{
    MUST(part < TOTALS_PARTS && amount_minor >= 0);
    if (totals->number[part] < NUMBER_MAX)
        totals->number[part]++;
    if (part >= TOTALS_AMOUNTS)
        return;
    int64_t *sum = &totals->amount_minor[part];
    *sum = amount_minor > AMOUNT_MAX_MINOR - *sum ? AMOUNT_MAX_MINOR : *sum + amount_minor;
}

void totals_count_transfer(struct totals *totals, int64_t amount_minor)
{
    totals_count(totals, TOTALS_TRANSFERS, 0);
    totals_count(totals, TOTALS_DEBITS, amount_minor);
    totals_count(totals, TOTALS_CREDITS, amount_minor);
}

static int64_t amount_less(const struct totals *totals, enum totals_part part)
{
    return totals->amount_minor[part] - totals->amount_minor[part + 1];
}

static int64_t number_less(const struct totals *totals, enum totals_part part)
{
    return (int64_t)totals->number[part] - (int64_t)totals->number[part + 1];
}

int64_t totals_net(const struct totals *totals)
{
    return amount_less(totals, TOTALS_CREDITS) - amount_less(totals, TOTALS_DEBITS);
}

bool totals_agree(const struct totals *one, const struct totals *other)
{
    static const enum totals_part parts[] = {TOTALS_CREDITS, TOTALS_DEBITS, TOTALS_TRANSFERS};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum totals_part part = parts[i];
        if (number_less(one, part) != number_less(other, part) ||
            (part < TOTALS_AMOUNTS && amount_less(one, part) != amount_less(other, part)))
            return false;
    }
    return true;
}

/* --- on the wire ------------------------------------------------------------------------------ */

void totals_write(const struct totals *totals, struct totals_text *text,
                  struct iso_message *message)
{
    for (unsigned i = 0; i < TOTALS_PARTS; i++) {
        digits_format(totals->number[i], text->number[i], sizeof text->number[i]);
        iso_message_set(message, TOTALS_NUMBER_DE + i, text->number[i], sizeof text->number[i]);
    }
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++) {
        digits_format((uint64_t)totals->amount_minor[i], text->amount[i], sizeof text->amount[i]);
        iso_message_set(message, TOTALS_AMOUNT_DE + i, text->amount[i], sizeof text->amount[i]);
    }
    int64_t net = totals_net(totals);
    text->net[0] = net < 0 ? 'D' : 'C';
    digits_format((uint64_t)(net < 0 ? -net : net), text->net + 1, sizeof text->net - 1);
    iso_message_set(message, TOTALS_NET_DE, text->net, sizeof text->net);
}

static bool read_digits(const struct iso_message *message, unsigned de, uint64_t *value)
{
    struct iso_value text = iso_message_get(message, de);
    *value = 0;
    return text.data == NULL || text_digits_parse(bytes_of(text.data, text.len), value);
}

unsigned totals_read(const struct iso_message *message, struct totals *totals)
{
    uint64_t value;
    *totals = (struct totals){0};
    for (unsigned i = 0; i < TOTALS_PARTS; i++) {
        if (!read_digits(message, TOTALS_NUMBER_DE + i, &value) || value > NUMBER_MAX)
            return TOTALS_NUMBER_DE + i;
        totals->number[i] = value;
    }
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++) {
        if (!read_digits(message, TOTALS_AMOUNT_DE + i, &value) ||
            value > (uint64_t)AMOUNT_MAX_MINOR)
            return TOTALS_AMOUNT_DE + i;
        totals->amount_minor[i] = (int64_t)value;
    }
    struct iso_value text = iso_message_get(message, TOTALS_NET_DE);
    if (text.data == NULL)
        return 0;
    struct bytes digits = bytes_of(text.data + 1, text.len > 0 ? text.len - 1 : 0);
    int64_t net = totals_net(totals);
    bool has_sign = text.len > 0 && (text.data[0] == 'C' || text.data[0] == 'D');
    if (!has_sign || !text_digits_parse(digits, &value) ||
        value != (uint64_t)(net < 0 ? -net : net) ||
        (net != 0 && (text.data[0] == 'D') != (net < 0)))
        return TOTALS_NET_DE;
    return 0;
}

/* --- as a record ------------------------------------------------------------------------------ */

/* Most are 0: a bit for each that is not, and only those. */
void totals_encode(struct writer *w, const struct totals *totals)
{
    unsigned present = 0;
    for (unsigned i = 0; i < TOTALS_PARTS; i++)
        present |= totals->number[i] != 0 ? 1u << i : 0;
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++)
        present |= totals->amount_minor[i] != 0 ? 1u << (TOTALS_PARTS + i) : 0;
    write_u16(w, (uint16_t)present);
    for (unsigned i = 0; i < TOTALS_PARTS; i++)
        if ((present >> i & 1) != 0)
            write_uint(w, totals->number[i], 5);
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++)
        if ((present >> (TOTALS_PARTS + i) & 1) != 0)
            write_uint(w, (uint64_t)totals->amount_minor[i], 7);
}

void totals_decode(struct reader *r, struct totals *totals)
{
    unsigned present = read_u16(r);
    *totals = (struct totals){0};
    for (unsigned i = 0; i < TOTALS_PARTS; i++)
        if ((present >> i & 1) != 0)
            totals->number[i] = read_uint(r, 5);
    for (unsigned i = 0; i < TOTALS_AMOUNTS; i++)
        if ((present >> (TOTALS_PARTS + i) & 1) != 0)
            totals->amount_minor[i] = (int64_t)read_uint(r, 7);
}

/* --- the book --------------------------------------------------------------------------------- */

const char *totals_state_name(enum totals_state state)
{
    static const char *const names[TOTALS_STATES] = {
        "not asked", "not answered", "in balance", "differs", "refused", "error",
    };
    return state < TOTALS_STATES ? names[state] : "unknown";
}

static bool is_within(int64_t number, int64_t amount_minor, const struct totals_doubt *doubt)
{
    return number >= 0 && number <= (int64_t)doubt->count && amount_minor >= 0 &&
           amount_minor <= doubt->amount_minor && (number == 0) == (amount_minor == 0);
}

bool totals_book_is_explained(const struct totals_book *book)
{
    const struct totals *own = &book->own, *theirs = &book->theirs;
    /* It may still have the debits that are to be reversed, and lack the credits that are to be
     * confirmed. */
    return is_within(number_less(theirs, TOTALS_DEBITS) - number_less(own, TOTALS_DEBITS),
                     amount_less(theirs, TOTALS_DEBITS) - amount_less(own, TOTALS_DEBITS),
                     &book->reversals_then) &&
           is_within(number_less(own, TOTALS_CREDITS) - number_less(theirs, TOTALS_CREDITS),
                     amount_less(own, TOTALS_CREDITS) - amount_less(theirs, TOTALS_CREDITS),
                     &book->confirmations_then) &&
           number_less(own, TOTALS_TRANSFERS) == number_less(theirs, TOTALS_TRANSFERS);
}

struct store_key key_of_totals(uint32_t date, uint64_t member)
{
    struct store_key key = {.data = {TABLE_TOTALS}};
    struct writer w = writer_to(key.data + 1, sizeof key.data - 1);
    write_u32(&w, date);
    write_uint(&w, member, 5);
    key.len = (uint8_t)(1 + w.len);
    return key;
}

bool totals_key_read(struct bytes key, uint32_t *date, uint64_t *member)
{
    struct reader r = reader_of(key);
    bool is_ours = read_u8(&r) == TABLE_TOTALS;
    *date = read_u32(&r);
    *member = read_uint(&r, 5);
    return is_ours && !r.bad && r.at == r.end;
}

/* The others begin with the wallet that names a freeze, which has 11 digits. */
static const uint64_t NO_WALLET = UINT64_C(0xFFFFFFFFFF);

struct store_key key_of_totals_message(uint32_t date, uint64_t member)
{
    struct store_key key = {.data = {TABLE_FORWARD}};
    struct writer w = writer_to(key.data + 1, sizeof key.data - 1);
    write_uint(&w, NO_WALLET, 5);
    write_u32(&w, date);
    write_uint(&w, member, 5);
    key.len = (uint8_t)(1 + w.len);
    return key;
}

bool totals_message_key_read(struct bytes key, uint32_t *date)
{
    struct reader r = reader_of(key);
    bool is_ours = read_u8(&r) == TABLE_FORWARD && read_uint(&r, 5) == NO_WALLET;
    *date = read_u32(&r);
    read_uint(&r, 5);
    return is_ours && !r.bad && r.at == r.end;
}

enum { BOOK_VERSION = 1 };

static void encode_doubt(struct writer *w, const struct totals_doubt *doubt)
{
    write_u32(w, doubt->count);
    write_uint(w, (uint64_t)doubt->amount_minor, 7);
}

static void decode_doubt(struct reader *r, struct totals_doubt *doubt)
{
    doubt->count = read_u32(r);
    doubt->amount_minor = (int64_t)read_uint(r, 7);
}

/* While business is done only the first part is there: it is written with every claim. */
size_t totals_book_encode(const struct totals_book *book, uint8_t out[TOTALS_BOOK_MAX])
{
    struct writer w = writer_to(out, TOTALS_BOOK_MAX);
    bool has_doubt = book->reversals.count + book->confirmations.count > 0;
    write_u8(&w, BOOK_VERSION);
    write_u8(&w, (uint8_t)((unsigned)book->state << 3 | (unsigned)book->has_told << 2 |
                           (unsigned)book->has_theirs << 1 | has_doubt));
    totals_encode(&w, &book->own);
    if (has_doubt) {
        encode_doubt(&w, &book->reversals);
        encode_doubt(&w, &book->confirmations);
    }
    if (book->state != TOTALS_OPEN) {
        write_u8(&w, book->tries);
        write_u16(&w, book->code);
        write_u64(&w, (uint64_t)book->asked_us);
        write_u64(&w, (uint64_t)book->answered_us);
        encode_doubt(&w, &book->reversals_then);
        encode_doubt(&w, &book->confirmations_then);
    }
    if (book->has_theirs)
        totals_encode(&w, &book->theirs);
    if (book->has_told) {
        write_bytes(&w, book->digest, sizeof book->digest);
        totals_encode(&w, &book->told);
    }
    MUST(!w.bad);
    return w.len;
}

void totals_book_decode(struct bytes record, struct totals_book *book)
{
    *book = (struct totals_book){0};
    if (record.len == 0)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r), head = read_u8(&r);
    book->state = (enum totals_state)(head >> 3);
    book->has_told = (head >> 2 & 1) != 0;
    book->has_theirs = (head >> 1 & 1) != 0;
    totals_decode(&r, &book->own);
    if ((head & 1) != 0) {
        decode_doubt(&r, &book->reversals);
        decode_doubt(&r, &book->confirmations);
    }
    if (book->state != TOTALS_OPEN) {
        book->tries = read_u8(&r);
        book->code = read_u16(&r);
        book->asked_us = (int64_t)read_u64(&r);
        book->answered_us = (int64_t)read_u64(&r);
        decode_doubt(&r, &book->reversals_then);
        decode_doubt(&r, &book->confirmations_then);
    }
    if (book->has_theirs)
        totals_decode(&r, &book->theirs);
    if (book->has_told) {
        read_bytes(&r, book->digest, sizeof book->digest);
        totals_decode(&r, &book->told);
    }
    MUST(version == BOOK_VERSION && !r.bad && r.at == r.end && book->state < TOTALS_STATES);
}

void totals_tx_read(struct store_tx *tx, unsigned index, struct totals_book *book)
{
    struct bytes record = {NULL, 0};
    totals_book_decode(store_tx_get(tx, index, &record) ? record : (struct bytes){NULL, 0}, book);
}

void totals_tx_write(struct store_tx *tx, unsigned index, const struct totals_book *book)
{
    uint8_t record[TOTALS_BOOK_MAX];
    store_tx_put(tx, index, record, totals_book_encode(book, record));
}

void totals_tx_count(struct store_tx *tx, unsigned index, enum totals_part part,
                     int64_t amount_minor)
{
    struct totals_book book;
    totals_tx_read(tx, index, &book);
    totals_count(&book.own, part, amount_minor);
    totals_tx_write(tx, index, &book);
}
