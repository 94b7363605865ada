/* Operations as records: what a store keeps of a message. Tracks and PIN blocks are no part of an
 * operation, so that they cannot be stored by mistake. Cards carry a form byte: 0 is digits in the
 * clear; other forms (enciphered, with a keyed hash) have their place without a new layout.
 *
 * Every open packet holds one and every log record another, so what a message lacks takes no room:
 * two bytes say which of the parts below are there. */
#include "redpacket/operation.h"

#include <string.h>

enum { CARD_CLEAR = 0 };

enum part {
    HAS_CARD = 1 << 0,
    HAS_SENDER = 1 << 1,
    HAS_RECEIVER = 1 << 2,
    SENDER_IS_CARD = 1 << 3,
    RECEIVER_IS_CARD = 1 << 4,
    HAS_ACCOUNT_TYPES = 1 << 5,
    HAS_LOCAL_TIME = 1 << 6,
    HAS_SETTLEMENT = 1 << 7,
    HAS_MERCHANT_TYPE = 1 << 8,
    HAS_ENTRY_MODE = 1 << 9,
    FORWARDER_IS_ACQUIRER = 1 << 10,
    HAS_REASON = 1 << 11,
    HAS_REFERENCE = 1 << 12,
    HAS_ORIGINAL = 1 << 13,
    PARTS_ALL = (1 << 14) - 1,
};

static void encode_pan(struct writer *w, const struct pan *pan)
{
    write_u8(w, CARD_CLEAR);
    write_u8(w, pan->len);
    for (size_t i = 0; i < pan->len; i += 2) {
        unsigned high = (unsigned)(pan->digits[i] - '0');
        unsigned low = i + 1 < pan->len ? (unsigned)(pan->digits[i + 1] - '0') : 0xF;
        write_u8(w, (uint8_t)(high << 4 | low));
    }
}

static void decode_pan(struct reader *r, struct pan *pan)
{
    uint8_t form = read_u8(r), len = read_u8(r);
    const uint8_t *pairs = reader_take(r, (len + 1u) / 2);
    *pan = (struct pan){0};
    if (form != CARD_CLEAR || len > PAN_LEN_MAX || pairs == NULL) {
        r->bad = true;
        return;
    }
    pan->len = len;
    for (size_t i = 0; i < len; i++)
        pan->digits[i] = (char)('0' + (i % 2 == 0 ? pairs[i / 2] >> 4 : pairs[i / 2] & 0xF));
}

static void encode_institution(struct writer *w, const struct institution *institution)
{
    write_uint(w, institution->number, 5);
    write_u8(w, institution->width);
}

static void decode_institution(struct reader *r, struct institution *institution)
{
    institution->number = read_uint(r, 5);
    institution->width = read_u8(r);
    if (institution->width > INSTITUTION_LEN_MAX)
        r->bad = true;
}

/* Texts are filled up with blanks, or all of one that is absent is zero: the fill is left out. */
enum { TEXT_ZERO_FILLED = 0x80 };

static void encode_text(struct writer *w, const char *text, size_t size)
{
    char fill = text[size - 1] == 0 ? 0 : ' ';
    size_t len = size;
    while (len > 0 && text[len - 1] == fill)
        len--;
    write_u8(w, (uint8_t)(len | (fill == 0 ? TEXT_ZERO_FILLED : 0)));
    write_bytes(w, text, len);
}

static void decode_text(struct reader *r, char *text, size_t size)
{
    uint8_t form = read_u8(r);
    size_t len = form & (TEXT_ZERO_FILLED - 1u);
    if (len > size) {
        r->bad = true;
        return;
    }
    memset(text, (form & TEXT_ZERO_FILLED) != 0 ? 0 : ' ', size);
    read_bytes(r, text, len);
}

static bool same_institution(const struct institution *a, const struct institution *b)
{
    return a->number == b->number && a->width == b->width;
}

static unsigned if_there(bool is_there, enum part part)
{
    return is_there ? part : 0;
}

static unsigned parts_of_cards(const struct operation *op)
{
    bool sender_is_card = op->card.len > 0 && pan_equal(&op->sender, &op->card);
    bool receiver_is_card = op->card.len > 0 && pan_equal(&op->receiver, &op->card);
    return if_there(op->card.len > 0, HAS_CARD) | if_there(sender_is_card, SENDER_IS_CARD) |
           if_there(receiver_is_card, RECEIVER_IS_CARD) |
           if_there(op->sender.len > 0 && !sender_is_card, HAS_SENDER) |
           if_there(op->receiver.len > 0 && !receiver_is_card, HAS_RECEIVER);
}

static unsigned parts_of(const struct operation *op)
{
    const struct freeze_reference *reference = &op->reference;
    const struct original *original = &op->original;
    return parts_of_cards(op) | if_there(op->account_types != 0, HAS_ACCOUNT_TYPES) |
           if_there(op->local_time != 0 || op->local_date != 0, HAS_LOCAL_TIME) |
           if_there(op->settlement != 0, HAS_SETTLEMENT) |
           if_there(op->merchant_type != 0, HAS_MERCHANT_TYPE) |
           if_there(op->entry_mode != 0, HAS_ENTRY_MODE) |
           if_there(same_institution(&op->forwarder, &op->acquirer), FORWARDER_IS_ACQUIRER) |
           if_there(op->reason != 0, HAS_REASON) |
           if_there(reference->date != 0 || reference->sequence != 0 || reference->wallet != 0 ||
                        reference->share != 0 || reference->shares != 0,
                    HAS_REFERENCE) |
           if_there(original->mti != 0 || original->stan != 0 || original->transmission != 0 ||
                        original->acquirer != 0 || original->forwarder != 0,
                    HAS_ORIGINAL);
}

void operation_encode(struct writer *w, const struct operation *op)
{
    unsigned parts = parts_of(op);
    write_u8(w, (uint8_t)op->kind);
    write_u16(w, (uint16_t)parts);
    if (parts & HAS_CARD)
        encode_pan(w, &op->card);
    if (parts & HAS_SENDER)
        encode_pan(w, &op->sender);
    if (parts & HAS_RECEIVER)
        encode_pan(w, &op->receiver);
    if (parts & HAS_ACCOUNT_TYPES)
        write_uint(w, op->account_types, 2);
    write_uint(w, (uint64_t)op->amount_minor, 6);
    write_uint(w, op->transmission, 5);
    write_uint(w, op->stan, 3);
    if (parts & HAS_LOCAL_TIME) {
        write_uint(w, op->local_time, 3);
        write_u16(w, op->local_date);
    }
    if (parts & HAS_SETTLEMENT)
        write_u16(w, op->settlement);
    if (parts & HAS_MERCHANT_TYPE)
        write_u16(w, op->merchant_type);
    if (parts & HAS_ENTRY_MODE)
        write_u16(w, op->entry_mode);
    encode_institution(w, &op->acquirer);
    if (!(parts & FORWARDER_IS_ACQUIRER))
        encode_institution(w, &op->forwarder);
    encode_text(w, op->rrn, sizeof op->rrn);
    encode_text(w, op->terminal, sizeof op->terminal);
    encode_text(w, op->merchant, sizeof op->merchant);
    write_bytes(w, op->currency, sizeof op->currency);
    if (parts & HAS_REASON)
        write_u16(w, op->reason);
    if (parts & HAS_REFERENCE) {
        reference_name_write(w, &op->reference);
        write_u16(w, op->reference.share);
        write_u16(w, op->reference.shares);
    }
    if (parts & HAS_ORIGINAL) {
        write_u16(w, op->original.mti);
        write_uint(w, op->original.stan, 3);
        write_uint(w, op->original.transmission, 5);
        write_uint(w, op->original.acquirer, 5);
        write_uint(w, op->original.forwarder, 5);
    }
    if (op->kind == OPERATION_RECONCILIATION) {
        encode_institution(w, &op->addressee);
        totals_encode(w, &op->totals);
    }
}

static void decode_cards(struct reader *r, unsigned parts, struct operation *op)
{
    op->card = op->sender = op->receiver = (struct pan){0};
    if (parts & HAS_CARD)
        decode_pan(r, &op->card);
    if (parts & HAS_SENDER)
        decode_pan(r, &op->sender);
    if (parts & HAS_RECEIVER)
        decode_pan(r, &op->receiver);
    if (parts & SENDER_IS_CARD)
        op->sender = op->card;
    if (parts & RECEIVER_IS_CARD)
        op->receiver = op->card;
}

static void decode_reference(struct reader *r, unsigned parts, struct operation *op)
{
    op->reference = (struct freeze_reference){0};
    op->original = (struct original){0};
    if (parts & HAS_REFERENCE) {
        reference_name_read(r, &op->reference);
        op->reference.share = read_u16(r);
        op->reference.shares = read_u16(r);
    }
    if (parts & HAS_ORIGINAL) {
        op->original.mti = read_u16(r);
        op->original.stan = (uint32_t)read_uint(r, 3);
        op->original.transmission = read_uint(r, 5);
        op->original.acquirer = read_uint(r, 5);
        op->original.forwarder = read_uint(r, 5);
    }
}

static uint64_t read_part(struct reader *r, bool is_there, size_t width)
{
    return is_there ? read_uint(r, width) : 0;
}

/* Member by member, since most are there: millions of them are read for a report. */
void operation_decode(struct reader *r, struct operation *op)
{
    op->kind = (enum operation_kind)read_u8(r);
    unsigned parts = read_u16(r);
    if (op->kind >= OPERATION_KINDS || parts > PARTS_ALL)
        r->bad = true;
    decode_cards(r, parts, op);
    op->account_types = (uint32_t)read_part(r, parts & HAS_ACCOUNT_TYPES, 2);
    op->amount_minor = (int64_t)read_uint(r, 6);
    op->transmission = read_uint(r, 5);
    op->stan = (uint32_t)read_uint(r, 3);
    op->local_time = (uint32_t)read_part(r, parts & HAS_LOCAL_TIME, 3);
    op->local_date = (uint16_t)read_part(r, parts & HAS_LOCAL_TIME, 2);
    op->settlement = (uint16_t)read_part(r, parts & HAS_SETTLEMENT, 2);
    op->merchant_type = (uint16_t)read_part(r, parts & HAS_MERCHANT_TYPE, 2);
    op->entry_mode = (uint16_t)read_part(r, parts & HAS_ENTRY_MODE, 2);
    decode_institution(r, &op->acquirer);
    if (parts & FORWARDER_IS_ACQUIRER) {
        op->forwarder.number = op->acquirer.number;
        op->forwarder.width = op->acquirer.width;
    } else
        decode_institution(r, &op->forwarder);
    decode_text(r, op->rrn, sizeof op->rrn);
    decode_text(r, op->terminal, sizeof op->terminal);
    decode_text(r, op->merchant, sizeof op->merchant);
    read_bytes(r, op->currency, sizeof op->currency);
    op->reason = (uint16_t)read_part(r, parts & HAS_REASON, 2);
    decode_reference(r, parts, op);
    op->addressee = (struct institution){0};
    op->totals = (struct totals){0};
    if (op->kind == OPERATION_RECONCILIATION) {
        decode_institution(r, &op->addressee);
        totals_decode(r, &op->totals);
    }
}
