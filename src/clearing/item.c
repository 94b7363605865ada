/* Items and their records. */
#include "clearing/item.h"

const char *item_state_name(enum item_state state)
{
    static const char *const names[ITEM_STATES] = {
        "final", "to be confirmed", "held", "reversed", "refused",
    };
    MUST(state < ITEM_STATES);
    return names[state];
}

bool item_is_money(enum operation_kind kind)
{
    return kind == OPERATION_DEBIT || kind == OPERATION_CREDIT || kind == OPERATION_CLAIM ||
           kind == OPERATION_PURCHASE;
}

static void encode_key(const struct operation *operation, uint8_t out[ITEM_KEY_LEN])
{
    struct writer w = writer_to(out, ITEM_KEY_LEN);
    memset(out, 0, ITEM_KEY_LEN);
    write_u8(&w, (uint8_t)operation->kind);
    if (item_is_money(operation->kind)) {
        struct transaction_key key = operation_key(operation);
        uint8_t encoded[TRANSACTION_KEY_LEN];
        transaction_key_encode(&key, encoded);
        write_bytes(&w, encoded, sizeof encoded);
    } else
        reference_name_write(&w, &operation->reference);
    MUST(!w.bad);
}

struct item item_of(const struct operation *operation, uint32_t date, int64_t amount_minor)
{
    struct item item = {
        .kind = operation->kind,
        .date = date,
        .amount_minor = amount_minor,
        .reference = operation->reference,
        .card = operation->card,
        .transmission = operation->transmission,
        .stan = operation->stan,
    };
    memcpy(item.currency, operation->currency, sizeof item.currency);
    memcpy(item.rrn, operation->rrn, sizeof item.rrn);
    encode_key(operation, item.key);
    return item;
}

bool item_has_other_particulars(const struct item *a, const struct item *b)
{
    bool tell_cards = a->card.len > 0 && b->card.len > 0;
    bool tell_currency = a->currency[0] != 0 && b->currency[0] != 0;
    bool tell_packets = a->reference.date != 0 && b->reference.date != 0;
    /* A share has its number in a message that names it; a freeze has none. */
    bool tell_shares = a->reference.share != 0 && b->reference.share != 0;
    return (tell_cards && !pan_equal(&a->card, &b->card)) ||
           (tell_currency && memcmp(a->currency, b->currency, sizeof a->currency) != 0) ||
           (tell_packets && !reference_same_freeze(&a->reference, &b->reference)) ||
           (tell_shares && a->reference.share != b->reference.share);
}

/* --- records ---------------------------------------------------------------------------------- */

/* Where a record has what. */
enum {
    AT_RANK = ITEM_KEY_LEN,
    AT_AMOUNT = AT_RANK + 1,
    AT_PLACE = AT_AMOUNT + 8,
    AT_STATE = AT_PLACE + 2 + 6,
    AT_DATE = AT_STATE + 1 + 1 + 2,
    AT_REFERENCE = AT_DATE + 4,
    AT_SHARES = AT_REFERENCE + FREEZE_NAME_LEN + 2,
    AT_CARD = AT_SHARES + 2,
    AT_TRANSMISSION = AT_CARD + 11 + 3,
};

enum rank { RANK_UNDOES, RANK_FALLEN, RANK_STANDS, RANK_TOLD };

static enum rank rank_of(const struct item *item)
{
    if ((item->flags & ITEM_UNDOES) != 0)
        return RANK_UNDOES;
    if ((item->flags & ITEM_TOLD) != 0)
        return RANK_TOLD;
    return item_stands(item) ? RANK_STANDS : RANK_FALLEN;
}

void item_encode(const struct item *item, uint8_t out[ITEM_RECORD_LEN])
{
    struct writer w = writer_to(out, ITEM_RECORD_LEN);
    const struct freeze_reference *reference = &item->reference;
    uint8_t digits[10] = {0};
    write_bytes(&w, item->key, sizeof item->key);
    write_u8(&w, (uint8_t)rank_of(item));
    write_u64(&w, (uint64_t)item->amount_minor);
    write_u16(&w, item->source);
    write_uint(&w, item->place, 6);
    write_u8(&w, (uint8_t)item->state);
    write_u8(&w, item->flags);
    write_u16(&w, item->code);
    write_u32(&w, item->date);
    reference_name_write(&w, reference);
    write_u16(&w, reference->share);
    write_u16(&w, reference->shares);
    for (size_t i = 0; i < item->card.len; i++)
        digits[i / 2] |= (uint8_t)((item->card.digits[i] - '0') << (i % 2 == 0 ? 4 : 0));
    write_u8(&w, item->card.len);
    write_bytes(&w, digits, sizeof digits);
    write_bytes(&w, item->currency, sizeof item->currency);
    write_uint(&w, item->transmission, 5);
    write_uint(&w, item->stan, 3);
    write_bytes(&w, item->rrn, sizeof item->rrn);
    MUST(!w.bad && w.len == ITEM_RECORD_LEN);
}

void item_decode(const uint8_t in[ITEM_RECORD_LEN], struct item *item)
{
    struct reader r = reader_of(bytes_of(in, ITEM_RECORD_LEN));
    uint8_t digits[10];
    *item = (struct item){.kind = (enum operation_kind)in[0]};
    read_bytes(&r, item->key, sizeof item->key);
    read_u8(&r);
    item->amount_minor = (int64_t)read_u64(&r);
    item->source = read_u16(&r);
    item->place = read_uint(&r, 6);
    item->state = (enum item_state)read_u8(&r);
    item->flags = read_u8(&r);
    item->code = read_u16(&r);
    item->date = read_u32(&r);
    reference_name_read(&r, &item->reference);
    item->reference.share = read_u16(&r);
    item->reference.shares = read_u16(&r);
    item->card.len = read_u8(&r);
    read_bytes(&r, digits, sizeof digits);
    read_bytes(&r, item->currency, sizeof item->currency);
    for (size_t i = 0; i < item->card.len; i++)
        item->card.digits[i] = (char)('0' + (digits[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xF));
    item->transmission = read_uint(&r, 5);
    item->stan = (uint32_t)read_uint(&r, 3);
    read_bytes(&r, item->rrn, sizeof item->rrn);
    MUST(!r.bad && r.at == r.end && item->card.len <= PAN_LEN_MAX);
}

static bool is_alike(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
    return memcmp(a + from, b + from, to - from) == 0;
}

bool item_records_match(const uint8_t a[ITEM_RECORD_LEN], const uint8_t b[ITEM_RECORD_LEN],
                        uint32_t date)
{
    struct reader r = reader_of(bytes_of(a + AT_DATE, 4));
    return a[AT_RANK] == RANK_STANDS && a[AT_STATE] == ITEM_FINAL && b[AT_STATE] == ITEM_FINAL &&
           is_alike(a, b, 0, AT_PLACE) && is_alike(a, b, AT_DATE, AT_SHARES) &&
           is_alike(a, b, AT_CARD, AT_TRANSMISSION) && read_u32(&r) == date;
}
