/* The life of a share: decisions without side effects. */
#include "redpacket/share.h"

#include "base/mutant.h"

#include <string.h>

const char *share_state_name(enum share_state state)
{
    static const char *const names[SHARE_STATES] = {
        "none",     "RESERVED",       "DEBIT_UNKNOWN", "DEBITED",  "CREDITING",
        "CREDITED", "CREDIT_UNKNOWN", "REVERSING",     "RELEASED", "DISPUTED",
    };
    return state < SHARE_STATES ? names[state] : "unknown";
}

bool share_is_moving(enum share_state state)
{
    return state == SHARE_RESERVED || state == SHARE_DEBIT_UNKNOWN || state == SHARE_DEBITED ||
           state == SHARE_CREDITING || state == SHARE_REVERSING;
}

bool share_is_open(enum share_state state)
{
    return share_is_moving(state) || state == SHARE_CREDIT_UNKNOWN;
}

static bool is_free(enum share_state state)
{
    return state == SHARE_NONE || state == SHARE_RELEASED;
}

/* The money of these has left the freeze for good, or nobody can say yet that it has not. */
static bool is_settled(enum share_state state)
{
    return state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN || state == SHARE_DISPUTED;
}

uint16_t share_check_claim(const struct operation *claim, const struct freeze *freeze,
                           const struct share *share, uint16_t route)
{
    if (freeze->state == FREEZE_NONE)
        return CODE_NO_ORIGINAL;
    if (freeze->state != FREEZE_FROZEN)
        return CODE_STATE;
    const struct operation *made = &freeze->request;
    struct original original = operation_as_original(made);
    if (!original_equal(&claim->original, &original) ||
        claim->reference.shares != made->reference.shares || claim->reference.share < 1 ||
        claim->reference.share > made->reference.shares ||
        memcmp(claim->currency, made->currency, sizeof made->currency) != 0 ||
        !pan_equal(&claim->card, &claim->receiver))
        return CODE_RELATED_INVALID;
    if (claim->amount_minor <= 0)
        return CODE_AMOUNT;
    if (!is_free(share->state))
        return CODE_STATE;
    if (claim->amount_minor > made->amount_minor - freeze->taken_minor)
        return CODE_OVER_LIMIT;
    return route;
}

/* What a share in `state` counts for in its freeze's sums, added (+1) or taken away (-1). */
static void freeze_count(struct freeze *freeze, const struct share *share, int sign)
{
    int64_t amount = sign * share->claim.amount_minor;
    if (!is_free(share->state)) {
        freeze->taken_minor += amount;
        freeze->taken_count = (uint16_t)(freeze->taken_count + sign);
    }
    if (is_settled(share->state))
        freeze->settled_minor += amount;
    if (share->state == SHARE_CREDITED)
        freeze->credited_minor += amount;
    if (share_is_moving(share->state))
        freeze->moving_count = (uint16_t)(freeze->moving_count + sign);
}

void share_reserve(struct share *share, struct freeze *freeze, const struct operation *claim,
                   uint64_t receiver_issuer, uint32_t settlement_date, uint64_t owner)
{
    MUST(is_free(share->state));
    *share = (struct share){
        .state = SHARE_RESERVED,
        .claim = *claim,
        .receiver_issuer = receiver_issuer,
        .settlement_date = settlement_date,
        .owner = owner,
    };
    freeze_count(freeze, share, 1);
}

#define TO(state) (1u << (state))

bool share_can_move(enum share_state from, enum share_state to)
{
    static const unsigned ways[SHARE_STATES] = {
        [SHARE_RESERVED] = TO(SHARE_DEBITED) | TO(SHARE_DEBIT_UNKNOWN) | TO(SHARE_RELEASED),
        [SHARE_DEBIT_UNKNOWN] = TO(SHARE_RELEASED) | TO(SHARE_DISPUTED),
        [SHARE_DEBITED] = TO(SHARE_CREDITING) | TO(SHARE_REVERSING),
        [SHARE_CREDITING] = TO(SHARE_CREDITED) | TO(SHARE_CREDIT_UNKNOWN) | TO(SHARE_REVERSING),
        [SHARE_CREDIT_UNKNOWN] = TO(SHARE_CREDITED) | TO(SHARE_DISPUTED),
        [SHARE_REVERSING] = TO(SHARE_RELEASED) | TO(SHARE_DISPUTED),
    };
    return (ways[from] & TO(to)) != 0;
}

bool share_move(struct share *share, struct freeze *freeze, const struct transaction_key *claim,
                enum share_state from, enum share_state to)
{
    MUST(share_can_move(from, to));
    struct transaction_key own = operation_key(&share->claim);
    uint8_t own_bytes[TRANSACTION_KEY_LEN], claim_bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&own, own_bytes);
    transaction_key_encode(claim, claim_bytes);
    bool is_there = share->state == from || mutant_is(MUTANT_STEP_WITHOUT_FROM);
    if (!is_there || memcmp(own_bytes, claim_bytes, sizeof own_bytes) != 0)
        return false;
    freeze_count(freeze, share, -1);
    share->state = to;
    freeze_count(freeze, share, 1);
    MUST(freeze->taken_minor >= 0 && freeze->taken_minor <= freeze->request.amount_minor);
    MUST(freeze->settled_minor <= freeze->taken_minor);
    return true;
}

/* Both legs, their reversal and their confirmation: the claim's terminal, sequence and amount; the
 * cards of both sides; DE 90 still names the freeze. */
static void leg_of(const struct share *share, const struct freeze *freeze, enum operation_kind kind,
                   struct operation *leg)
{
    *leg = share->claim;
    leg->kind = kind;
    leg->sender = freeze->request.sender;
    leg->receiver = share->claim.receiver;
    bool at_sender = kind == OPERATION_DEBIT || kind == OPERATION_DEBIT_REVERSAL;
    leg->card = at_sender ? leg->sender : leg->receiver;
    leg->settlement = (uint16_t)(share->settlement_date % 10000);
    leg->original = operation_as_original(&freeze->request);
    leg->reason = REASON_NONE; /* whatever the claim said there */
}

void share_debit(const struct share *share, const struct freeze *freeze, struct operation *leg)
{
    leg_of(share, freeze, OPERATION_DEBIT, leg);
}

void share_credit(const struct share *share, const struct freeze *freeze, struct operation *leg)
{
    leg_of(share, freeze, OPERATION_CREDIT, leg);
}

void share_debit_reversal(const struct share *share, const struct freeze *freeze,
                          enum reversal_reason reason, struct operation *reversal)
{
    struct operation debit;
    share_debit(share, freeze, &debit);
    leg_of(share, freeze, OPERATION_DEBIT_REVERSAL, reversal);
    reversal->original = operation_as_original(&debit);
    reversal->reason = (uint16_t)reason;
}

void share_confirmation(const struct share *share, const struct freeze *freeze,
                        struct operation *confirmation)
{
    struct operation credit;
    share_credit(share, freeze, &credit);
    leg_of(share, freeze, OPERATION_CONFIRMATION, confirmation);
    confirmation->original = operation_as_original(&credit);
}

enum { SHARE_RECORD_VERSION = 2 };

size_t share_encode(const struct share *share, uint8_t out[SHARE_RECORD_MAX])
{
    struct writer w = writer_to(out, SHARE_RECORD_MAX);
    write_u8(&w, SHARE_RECORD_VERSION);
    write_u8(&w, (uint8_t)share->state);
    write_uint(&w, share->receiver_issuer, 5);
    write_u32(&w, share->settlement_date);
    write_u32(&w, (uint32_t)share->owner);
    write_u16(&w, share->code);
    operation_encode(&w, &share->claim);
    MUST(!w.bad);
    return w.len;
}

void share_decode(struct bytes record, struct share *share)
{
    *share = (struct share){0};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    share->state = (enum share_state)read_u8(&r);
    share->receiver_issuer = read_uint(&r, 5);
    share->settlement_date = read_u32(&r);
    share->owner = read_u32(&r);
    share->code = read_u16(&r);
    operation_decode(&r, &share->claim);
    MUST(version == SHARE_RECORD_VERSION && !r.bad && r.at == r.end && share->state < SHARE_STATES);
}
