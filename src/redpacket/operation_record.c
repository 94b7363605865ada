/* Operations as records: what a store keeps of a message. Tracks and PIN blocks are no part of an
 * operation, so that they cannot be stored by mistake. Cards carry a form byte: 0 is digits in the
 * clear; other forms (enciphered, with a keyed hash) have their place without a new layout. */
#include "redpacket/operation.h"

enum { CARD_CLEAR = 0 };

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
    *pan = (struct pan){0};
    uint8_t form = read_u8(r), len = read_u8(r);
    if (form != CARD_CLEAR || len > PAN_LEN_MAX) {
        r->bad = true;
        return;
    }
    pan->len = len;
    for (size_t i = 0; i < len; i += 2) {
        uint8_t pair = read_u8(r);
        pan->digits[i] = (char)('0' + (pair >> 4));
        if (i + 1 < len)
            pan->digits[i + 1] = (char)('0' + (pair & 0xF));
    }
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

void operation_encode(struct writer *w, const struct operation *op)
{
    write_u8(w, (uint8_t)op->kind);
    encode_pan(w, &op->card);
    encode_pan(w, &op->sender);
    encode_pan(w, &op->receiver);
    write_uint(w, op->account_types, 2);
    write_uint(w, (uint64_t)op->amount_minor, 6);
    write_uint(w, op->transmission, 5);
    write_uint(w, op->stan, 3);
    write_uint(w, op->local_time, 3);
    write_u16(w, op->local_date);
    write_u16(w, op->settlement);
    write_u16(w, op->merchant_type);
    write_u16(w, op->entry_mode);
    encode_institution(w, &op->acquirer);
    encode_institution(w, &op->forwarder);
    write_bytes(w, op->rrn, sizeof op->rrn);
    write_bytes(w, op->terminal, sizeof op->terminal);
    write_bytes(w, op->merchant, sizeof op->merchant);
    write_bytes(w, op->currency, sizeof op->currency);
    write_u16(w, op->reason);
    write_u32(w, op->reference.date);
    write_uint(w, op->reference.sequence, 5);
    write_uint(w, op->reference.wallet, 5);
    write_u16(w, op->reference.share);
    write_u16(w, op->reference.shares);
    write_u16(w, op->original.mti);
    write_uint(w, op->original.stan, 3);
    write_uint(w, op->original.transmission, 5);
    write_uint(w, op->original.acquirer, 5);
    write_uint(w, op->original.forwarder, 5);
}

void operation_decode(struct reader *r, struct operation *op)
{
    *op = (struct operation){.kind = (enum operation_kind)read_u8(r)};
    if (op->kind >= OPERATION_KINDS)
        r->bad = true;
    decode_pan(r, &op->card);
    decode_pan(r, &op->sender);
    decode_pan(r, &op->receiver);
    op->account_types = (uint32_t)read_uint(r, 2);
    op->amount_minor = (int64_t)read_uint(r, 6);
    op->transmission = read_uint(r, 5);
    op->stan = (uint32_t)read_uint(r, 3);
    op->local_time = (uint32_t)read_uint(r, 3);
    op->local_date = read_u16(r);
    op->settlement = read_u16(r);
    op->merchant_type = read_u16(r);
    op->entry_mode = read_u16(r);
    decode_institution(r, &op->acquirer);
    decode_institution(r, &op->forwarder);
    read_bytes(r, op->rrn, sizeof op->rrn);
    read_bytes(r, op->terminal, sizeof op->terminal);
    read_bytes(r, op->merchant, sizeof op->merchant);
    read_bytes(r, op->currency, sizeof op->currency);
    op->reason = read_u16(r);
    op->reference.date = read_u32(r);
    op->reference.sequence = read_uint(r, 5);
    op->reference.wallet = read_uint(r, 5);
    op->reference.share = read_u16(r);
    op->reference.shares = read_u16(r);
    op->original.mti = read_u16(r);
    op->original.stan = (uint32_t)read_uint(r, 3);
    op->original.transmission = read_uint(r, 5);
    op->original.acquirer = read_uint(r, 5);
    op->original.forwarder = read_uint(r, 5);
}
