/* A purchase at its acquirer: decisions without side effects, and its record. */
#include "wallet_sim/bought.h"

#include <string.h>

enum { BOUGHT_RECORD_VERSION = 1 };
enum bought_flag {
    IS_PAID = 1,
    IS_GIVEN_UP = 2,
    IS_TAKEN_BACK = 4,
    IS_REVERSAL_ANSWERED = 8,
    BOUGHT_FLAGS_ALL = 15,
};

enum wallet_refusal bought_check_give_up(const struct bought *bought)
{
    if (bought->name[0] == '\0')
        return WALLET_UNKNOWN_PURCHASE;
    return bought->is_given_up ? WALLET_GIVEN_UP : WALLET_ACCEPTED;
}

bool bought_is_over(const struct bought *bought)
{
    return bought->code != CODE_NONE && (!bought->is_given_up || bought->is_reversal_answered);
}

bool bought_must_give_up(const struct operation *request, uint16_t code)
{
    /* 30 may be of a switch that found the message malformed on its way and kept no trace of it.
     * After 98 the switch reverses it by itself. */
    return request->kind == OPERATION_PURCHASE &&
           (code == CODE_FORMAT ||
            (code_verdict(code) == VERDICT_SILENT && code != CODE_NO_ANSWER));
}

void bought_write_reversal(const struct bought *bought, struct operation *reversal)
{
    const struct operation *request = &bought->request;
    reversal->card = request->card;
    reversal->account_types = request->account_types;
    reversal->amount_minor = request->amount_minor;
    reversal->merchant_type = request->merchant_type;
    reversal->entry_mode = request->entry_mode;
    memcpy(reversal->terminal, request->terminal, sizeof reversal->terminal);
    memcpy(reversal->merchant, request->merchant, sizeof reversal->merchant);
    memcpy(reversal->currency, request->currency, sizeof reversal->currency);
    reversal->original = operation_as_original(request);
}

void bought_answer(struct bought *bought, const struct operation *request, uint16_t code,
                   bool *paid, bool *taken_back)
{
    bool was_both = bought->is_paid && bought->is_taken_back;
    *paid = false;
    if (request->kind == OPERATION_PURCHASE) {
        bought->code = code;
        *paid = code == CODE_APPROVED && !bought->is_paid;
        bought->is_paid = bought->is_paid || code == CODE_APPROVED;
    } else {
        bought->is_reversal_answered = true;
        bought->is_taken_back = bought->is_taken_back || code == CODE_APPROVED;
    }
    *taken_back = bought->is_paid && bought->is_taken_back && !was_both;
}

size_t bought_encode(const struct bought *bought, uint8_t out[BOUGHT_RECORD_MAX])
{
    struct writer w = writer_to(out, BOUGHT_RECORD_MAX);
    size_t len = strlen(bought->name);
    write_u8(&w, BOUGHT_RECORD_VERSION);
    write_u8(&w,
             (uint8_t)((bought->is_paid ? IS_PAID : 0) | (bought->is_given_up ? IS_GIVEN_UP : 0) |
                       (bought->is_taken_back ? IS_TAKEN_BACK : 0) |
                       (bought->is_reversal_answered ? IS_REVERSAL_ANSWERED : 0)));
    write_u8(&w, (uint8_t)len);
    write_bytes(&w, bought->name, len);
    write_u16(&w, bought->code);
    write_u32(&w, bought->over_s);
    operation_encode(&w, &bought->request);
    MUST(!w.bad);
    return w.len;
}

void bought_decode(struct bytes record, struct bought *bought)
{
    *bought = (struct bought){.code = CODE_NONE};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r), flags = read_u8(&r), len = read_u8(&r);
    MUST(version == BOUGHT_RECORD_VERSION && flags <= BOUGHT_FLAGS_ALL && len >= 1 &&
         len <= WALLET_NAME_MAX);
    read_bytes(&r, bought->name, len);
    bought->code = read_u16(&r);
    bought->over_s = read_u32(&r);
    operation_decode(&r, &bought->request);
    bought->is_paid = (flags & IS_PAID) != 0;
    bought->is_given_up = (flags & IS_GIVEN_UP) != 0;
    bought->is_taken_back = (flags & IS_TAKEN_BACK) != 0;
    bought->is_reversal_answered = (flags & IS_REVERSAL_ANSWERED) != 0;
    MUST(!r.bad && r.at == r.end);
}

struct store_key key_of_bought_name(const char *name)
{
    return key_of_name(TABLE_PURCHASE_NAME, name);
}
