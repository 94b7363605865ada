/* Disputes: their record form. */
#include "redpacket/dispute.h"

#include <string.h>

enum { DISPUTE_VERSION = 2 };

struct store_key key_of_dispute(const struct freeze_reference *reference, uint16_t share)
{
    struct store_key key = key_of_freeze(reference, share);
    key.data[0] = TABLE_DISPUTE;
    return key;
}

struct store_key key_of_purchase_dispute(const struct transaction_key *purchase)
{
    struct store_key key = key_of_purchase(purchase);
    key.data[0] = TABLE_DISPUTE;
    return key;
}

size_t dispute_encode(const struct dispute *dispute, uint8_t out[DISPUTE_RECORD_MAX])
{
    struct writer w = writer_to(out, DISPUTE_RECORD_MAX);
    size_t note_len = strlen(dispute->note);
    write_u8(&w, DISPUTE_VERSION);
    write_u8(&w, (uint8_t)dispute->refused);
    write_u16(&w, dispute->code);
    write_uint(&w, dispute->sender_issuer, 5);
    write_uint(&w, dispute->receiver_issuer, 5);
    write_u32(&w, dispute->settlement_date);
    write_u64(&w, dispute->since);
    write_u64(&w, (uint64_t)dispute->since_us);
    write_u64(&w, dispute->closed);
    write_u64(&w, (uint64_t)dispute->closed_us);
    write_u8(&w, (uint8_t)note_len);
    write_bytes(&w, dispute->note, note_len);
    operation_encode(&w, &dispute->about);
    MUST(!w.bad);
    return w.len;
}

void dispute_decode(struct bytes record, struct dispute *dispute)
{
    struct reader r = reader_of(record);
    *dispute = (struct dispute){0};
    MUST(read_u8(&r) == DISPUTE_VERSION);
    dispute->refused = (enum operation_kind)read_u8(&r);
    dispute->code = read_u16(&r);
    dispute->sender_issuer = read_uint(&r, 5);
    dispute->receiver_issuer = read_uint(&r, 5);
    dispute->settlement_date = read_u32(&r);
    dispute->since = read_u64(&r);
    dispute->since_us = (int64_t)read_u64(&r);
    dispute->closed = read_u64(&r);
    dispute->closed_us = (int64_t)read_u64(&r);
    size_t note_len = read_u8(&r);
    MUST(note_len <= DISPUTE_NOTE_MAX);
    read_bytes(&r, dispute->note, note_len);
    operation_decode(&r, &dispute->about);
    MUST(!r.bad && r.at == r.end);
}
