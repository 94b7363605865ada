/* Postings: their record form. */
#include "issuer_sim/issuer_posting.h"

#include "base/result.h"

enum {
    POSTING_VERSION = 2,
    POSTING_RECORD_MAX = DUPLICATE_RECORD_LEN + OPERATION_RECORD_MAX + 8,
};

void issuer_posting_begin(struct issuer_posting *posting, enum operation_kind kind,
                          enum posting_state state, const struct operation *named_by,
                          uint32_t settlement_date)
{
    *posting = (struct issuer_posting){
        .state = state, .settlement_date = settlement_date, .operation = *named_by};
    struct operation *operation = &posting->operation;
    const struct original *original = &named_by->original;
    operation->kind = kind;
    operation->stan = original->stan;
    operation->transmission = original->transmission;
    operation->acquirer =
        (struct institution){.number = original->acquirer, .width = INSTITUTION_LEN_MAX};
    operation->forwarder =
        (struct institution){.number = original->forwarder, .width = INSTITUTION_LEN_MAX};
    operation->reason = REASON_NONE;
    operation->original = (struct original){0};
}

bool issuer_posting_matches(const struct issuer_posting *posting, enum operation_kind kind,
                            const struct operation *message)
{
    const struct operation *made = &posting->operation;
    const struct freeze_reference *known = &made->reference, *named = &message->reference;
    return posting->state != POSTING_OTHER && made->kind == kind &&
           reference_same_freeze(known, named) && known->share == named->share &&
           known->shares == named->shares && made->acquirer.number == message->acquirer.number &&
           pan_equal(&made->card, &message->card) && made->amount_minor == message->amount_minor;
}

void issuer_posting_read(struct store_tx *tx, unsigned index, struct issuer_posting *posting)
{
    struct bytes record = {NULL, 0};
    if (!store_tx_get(tx, index, &record))
        record = (struct bytes){NULL, 0};
    issuer_posting_decode(record, posting);
}

void issuer_posting_decode(struct bytes record, struct issuer_posting *posting)
{
    struct bytes rest;
    struct duplicate known;
    *posting = (struct issuer_posting){.state = POSTING_NONE};
    if (record.data == NULL)
        return;
    duplicate_decode(record, &known, &rest);
    posting->state = POSTING_OTHER;
    if (rest.len == 0)
        return;
    struct reader r = reader_of(rest);
    uint8_t version = read_u8(&r);
    posting->state = (enum posting_state)read_u8(&r);
    posting->settlement_date = read_u32(&r);
    operation_decode(&r, &posting->operation);
    MUST(version == POSTING_VERSION && !r.bad && r.at == r.end && posting->state > POSTING_OTHER &&
         posting->state < POSTING_STATES);
}

void issuer_posting_write(struct store_tx *tx, unsigned index, const struct issuer_posting *posting,
                          int64_t wall_us)
{
    struct bytes record = {NULL, 0};
    struct duplicate known;
    uint8_t out[POSTING_RECORD_MAX];
    struct writer w = writer_to(out, sizeof out);
    store_tx_get(tx, index, &record);
    duplicate_decode(record, &known, NULL);
    if (known.state == DUPLICATE_NONE)
        known = (struct duplicate){.state = DUPLICATE_TOMBSTONE,
                                   .wall_us = wall_us,
                                   .freeze = posting->operation.reference};
    duplicate_encode(&w, &known);
    write_u8(&w, POSTING_VERSION);
    write_u8(&w, (uint8_t)posting->state);
    write_u32(&w, posting->settlement_date);
    operation_encode(&w, &posting->operation);
    MUST(!w.bad);
    store_tx_put(tx, index, out, w.len);
}
