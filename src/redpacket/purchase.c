/* The life of a purchase: decisions without side effects. */
#include "redpacket/purchase.h"

#include "base/mutant.h"

#include <string.h>

enum { PURCHASE_RECORD_VERSION = 1 };

const char *purchase_state_name(enum purchase_state state)
{
    static const char *const names[PURCHASE_STATES] = {
        "none", "PURCHASING", "PURCHASED", "REFUSED", "REVERSING", "REVERSED", "DISPUTED",
    };
    return state < PURCHASE_STATES ? names[state] : "unknown";
}

bool purchase_is_open(enum purchase_state state)
{
    return state == PURCHASE_PURCHASING || state == PURCHASE_REVERSING;
}

bool purchase_is_over(const struct purchase *purchase)
{
    return purchase->state == PURCHASE_PURCHASED || purchase->state == PURCHASE_REFUSED ||
           purchase->state == PURCHASE_REVERSED;
}

bool purchase_is_owed(const struct purchase *purchase)
{
    return purchase->state == PURCHASE_PURCHASED;
}

uint16_t purchase_check_request(const struct operation *request, const char currency[3])
{
    if (request->acquirer.number != request->forwarder.number)
        return CODE_RELATED_INVALID;
    if (request->amount_minor <= 0 || request->amount_minor > PURCHASE_AMOUNT_MAX_MINOR ||
        memcmp(request->currency, currency, sizeof request->currency) != 0)
        return CODE_AMOUNT;
    return CODE_APPROVED;
}

uint16_t purchase_check_reversal(const struct purchase *purchase, const struct operation *reversal)
{
    const struct operation *made = &purchase->request;
    struct original original = operation_as_original(made);
    bool same = original_equal(&reversal->original, &original) &&
                reversal->acquirer.number == made->acquirer.number &&
                reversal->forwarder.number == made->forwarder.number &&
                pan_equal(&reversal->card, &made->card) &&
                reversal->amount_minor == made->amount_minor &&
                memcmp(reversal->currency, made->currency, sizeof made->currency) == 0;
    return same ? CODE_APPROVED : CODE_RELATED_INVALID;
}

uint16_t purchase_check_unseen(const struct operation *reversal)
{
    struct original purchase =
        operation_as_original(&(struct operation){.kind = OPERATION_PURCHASE});
    bool fits = reversal->original.mti == purchase.mti &&
                reversal->original.acquirer == reversal->acquirer.number &&
                reversal->original.forwarder == reversal->forwarder.number &&
                reversal->acquirer.number == reversal->forwarder.number;
    return fits ? CODE_APPROVED : CODE_RELATED_INVALID;
}

void purchase_begin(struct purchase *purchase, const struct operation *request, uint64_t issuer,
                    uint32_t settlement_date, uint64_t owner)
{
    *purchase = (struct purchase){
        .state = PURCHASE_PURCHASING,
        .request = *request,
        .issuer = issuer,
        .settlement_date = settlement_date,
        .owner = owner,
    };
    /* What a purchase does not carry goes no further: neither to its issuer nor into files. */
    purchase->request.sender = purchase->request.receiver = (struct pan){0};
    purchase->request.original = (struct original){0};
    purchase->request.reason = REASON_NONE;
}

#define TO(state) (1u << (state))

bool purchase_can_move(enum purchase_state from, enum purchase_state to)
{
    static const unsigned ways[PURCHASE_STATES] = {
        [PURCHASE_PURCHASING] =
            TO(PURCHASE_PURCHASED) | TO(PURCHASE_REFUSED) | TO(PURCHASE_REVERSING),
        [PURCHASE_PURCHASED] = TO(PURCHASE_REVERSING),
        [PURCHASE_REVERSING] = TO(PURCHASE_REVERSED) | TO(PURCHASE_DISPUTED),
    };
    return (ways[from] & TO(to)) != 0;
}

bool purchase_move(struct purchase *purchase, enum purchase_state from, enum purchase_state to)
{
    MUST(purchase_can_move(from, to));
    if (purchase->state != from && !mutant_is(MUTANT_STEP_WITHOUT_FROM))
        return false;
    purchase->state = to;
    return true;
}

uint16_t purchase_decide_reversal(const struct purchase *purchase, uint32_t business_date,
                                  bool *reverses)
{
    bool is_late = purchase->settlement_date != business_date;
    if (mutant_is(MUTANT_PURCHASE_REVERSED_LATE))
        is_late = false;
    if (mutant_is(MUTANT_PURCHASE_KEPT))
        is_late = true;
    *reverses = purchase->state == PURCHASE_PURCHASING ||
                (purchase->state == PURCHASE_PURCHASED && !is_late);
    /* Whatever else it is, it does not stand: also not while it is DISPUTED, when only its issuer
     * says otherwise. 22 would tell the acquirer to hand the goods out. */
    return purchase->state == PURCHASE_PURCHASED && is_late ? CODE_STATE : CODE_APPROVED;
}

void purchase_reversal(const struct purchase *purchase, struct operation *reversal)
{
    *reversal = purchase->request;
    reversal->kind = OPERATION_PURCHASE_REVERSAL;
    reversal->original = operation_as_original(&purchase->request);
    reversal->settlement = (uint16_t)(purchase->settlement_date % 10000);
}

size_t purchase_encode(const struct purchase *purchase, uint8_t out[PURCHASE_RECORD_MAX])
{
    struct writer w = writer_to(out, PURCHASE_RECORD_MAX);
    write_u8(&w, PURCHASE_RECORD_VERSION);
    write_u8(&w, (uint8_t)purchase->state);
    write_uint(&w, purchase->issuer, 5);
    write_u32(&w, purchase->settlement_date);
    write_u32(&w, (uint32_t)purchase->owner);
    write_u32(&w, purchase->over_s);
    operation_encode(&w, &purchase->request);
    MUST(!w.bad);
    return w.len;
}

void purchase_decode(struct bytes record, struct purchase *purchase)
{
    *purchase = (struct purchase){.state = PURCHASE_NONE};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    purchase->state = (enum purchase_state)read_u8(&r);
    purchase->issuer = read_uint(&r, 5);
    purchase->settlement_date = read_u32(&r);
    purchase->owner = read_u32(&r);
    purchase->over_s = read_u32(&r);
    operation_decode(&r, &purchase->request);
    MUST(version == PURCHASE_RECORD_VERSION && !r.bad && r.at == r.end &&
         purchase->state > PURCHASE_NONE && purchase->state < PURCHASE_STATES);
}
