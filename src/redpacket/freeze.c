/* The life of a freeze: decisions without side effects. */
#include "redpacket/freeze.h"

#include "base/mutant.h"

#include <string.h>

const char *freeze_state_name(enum freeze_state state)
{
    static const char *const names[FREEZE_STATES] = {
        "none",     "FREEZING", "FROZEN", "REFUSED",  "REVERSING",
        "REVERSED", "CLOSING",  "CLOSED", "DISPUTED",
    };
    return state < FREEZE_STATES ? names[state] : "unknown";
}

bool freeze_is_open(enum freeze_state state)
{
    return state == FREEZE_FREEZING || state == FREEZE_REVERSING || state == FREEZE_CLOSING;
}

bool freeze_is_over(const struct freeze *freeze)
{
    bool has_ended = freeze->state == FREEZE_REFUSED || freeze->state == FREEZE_REVERSED ||
                     freeze->state == FREEZE_CLOSED;
    /* The difference is CREDIT_UNKNOWN or DISPUTED. */
    return has_ended && freeze->moving_count == 0 &&
           freeze->settled_minor == freeze->credited_minor;
}

uint16_t freeze_check_request(const struct operation *request)
{
    const struct freeze_reference *reference = &request->reference;
    if (reference->shares < 1 || reference->shares > SHARES_MAX || reference->share != 0)
        return CODE_FORMAT;
    if (request->amount_minor < reference->shares ||
        request->amount_minor > FREEZE_AMOUNT_MAX_MINOR)
        return CODE_AMOUNT;
    if (!pan_equal(&request->card, &request->sender))
        return CODE_RELATED_INVALID;
    return CODE_APPROVED;
}

uint16_t freeze_check_related(const struct freeze *freeze, const struct operation *request)
{
    if (freeze->state == FREEZE_NONE)
        return CODE_NO_ORIGINAL;
    const struct operation *made = &freeze->request;
    struct original original = operation_as_original(made);
    bool same = original_equal(&request->original, &original) &&
                request->reference.shares == made->reference.shares &&
                request->reference.share == 0 && pan_equal(&request->card, &request->sender) &&
                pan_equal(&request->sender, &made->sender) &&
                memcmp(request->currency, made->currency, sizeof made->currency) == 0;
    return same ? CODE_APPROVED : CODE_RELATED_INVALID;
}

uint16_t freeze_check_unseen(const struct operation *reversal)
{
    struct original original = operation_as_original(&(struct operation){.kind = OPERATION_FREEZE});
    bool fits = reversal->original.mti == original.mti &&
                reversal->original.forwarder == reversal->reference.wallet &&
                reversal->reference.share == 0 && pan_equal(&reversal->card, &reversal->sender);
    return fits ? CODE_APPROVED : CODE_RELATED_INVALID;
}

void freeze_begin(struct freeze *freeze, const struct operation *request, uint64_t sender_issuer,
                  uint32_t settlement_date, uint64_t owner)
{
    *freeze = (struct freeze){
        .state = FREEZE_FREEZING,
        .request = *request,
        .sender_issuer = sender_issuer,
        .settlement_date = settlement_date,
        .owner = owner,
        .notice_minor = -1,
        .left_minor = -1,
    };
}

void freeze_begin_tombstone(struct freeze *freeze, const struct operation *reversal,
                            uint32_t settlement_date, uint64_t owner)
{
    struct operation named = *reversal;
    named.kind = OPERATION_FREEZE;
    named.stan = reversal->original.stan;
    named.transmission = reversal->original.transmission;
    named.acquirer.number = reversal->original.acquirer;
    named.forwarder.number = reversal->original.forwarder;
    named.original = (struct original){0};
    freeze_begin(freeze, &named, 0, settlement_date, owner);
    freeze->state = FREEZE_REVERSED;
}

#define TO(state) (1u << (state))

bool freeze_can_move(enum freeze_state from, enum freeze_state to)
{
    static const unsigned ways[FREEZE_STATES] = {
        [FREEZE_FREEZING] = TO(FREEZE_FROZEN) | TO(FREEZE_REFUSED) | TO(FREEZE_REVERSING),
        [FREEZE_FROZEN] = TO(FREEZE_CLOSING) | TO(FREEZE_REVERSING),
        [FREEZE_REVERSING] = TO(FREEZE_REVERSED) | TO(FREEZE_DISPUTED),
        [FREEZE_CLOSING] = TO(FREEZE_CLOSED) | TO(FREEZE_DISPUTED),
    };
    return (ways[from] & TO(to)) != 0;
}

bool freeze_move(struct freeze *freeze, enum freeze_state from, enum freeze_state to)
{
    MUST(freeze_can_move(from, to));
    if (freeze->state != from && !mutant_is(MUTANT_STEP_WITHOUT_FROM))
        return false;
    freeze->state = to;
    return true;
}

uint16_t freeze_decide_unfreeze(const struct freeze *freeze, bool *closes)
{
    *closes = freeze->state == FREEZE_FROZEN;
    switch (freeze->state) {
    case FREEZE_NONE:
        return CODE_NO_ORIGINAL;
    case FREEZE_FROZEN:
    case FREEZE_CLOSING:
    case FREEZE_CLOSED:
        return CODE_APPROVED;
    default:
        return CODE_STATE;
    }
}

uint16_t freeze_decide_reversal(const struct freeze *freeze, bool *reverses)
{
    *reverses = false;
    switch (freeze->state) {
    case FREEZE_NONE: /* the caller leaves a tombstone */
    case FREEZE_REFUSED:
    case FREEZE_REVERSING:
    case FREEZE_REVERSED:
        return CODE_APPROVED;
    case FREEZE_FREEZING:
        *reverses = true;
        return CODE_APPROVED;
    case FREEZE_FROZEN:
        *reverses = freeze->taken_count == 0 || mutant_is(MUTANT_CLAIMED_REVERSED);
        return *reverses ? CODE_APPROVED : CODE_STATE;
    default:
        return CODE_STATE;
    }
}

bool freeze_can_release(const struct freeze *freeze)
{
    bool is_still = freeze->moving_count == 0 || mutant_is(MUTANT_UNFREEZE_SUBTRACTS);
    return freeze->state == FREEZE_CLOSING && is_still && freeze->left_minor < 0;
}

int64_t freeze_left(const struct freeze *freeze)
{
    if (mutant_is(MUTANT_UNFREEZE_SUBTRACTS))
        return freeze->request.amount_minor - freeze->taken_minor;
    return freeze->request.amount_minor - freeze->settled_minor;
}

bool freeze_is_standing(const struct freeze *freeze)
{
    return freeze->state == FREEZE_FROZEN ||
           (freeze->state == FREEZE_CLOSING && freeze->left_minor < 0);
}

int64_t freeze_open_minor(const struct freeze *freeze)
{
    return freeze_is_standing(freeze) ? freeze->request.amount_minor - freeze->settled_minor : 0;
}

/* What a packet has not come to yet takes no room: most of the time most of them are open. */
enum { FREEZE_RECORD_VERSION = 4 };
enum freeze_part {
    HAS_TAKEN = 1 << 0,
    HAS_SETTLED = 1 << 1,
    HAS_CREDITED = 1 << 2,
    HAS_NOTICE = 1 << 3,
    HAS_LEFT = 1 << 4,
    HAS_OVER = 1 << 5,
    FREEZE_PARTS_ALL = (1 << 6) - 1,
};

static unsigned parts_of(const struct freeze *freeze)
{
    static const char none[sizeof freeze->notice_rrn];
    bool has_taken =
        freeze->taken_minor != 0 || freeze->taken_count != 0 || freeze->moving_count != 0;
    bool has_notice =
        freeze->notice_minor >= 0 || memcmp(freeze->notice_rrn, none, sizeof none) != 0;
    return (has_taken ? HAS_TAKEN : 0u) | (freeze->settled_minor != 0 ? HAS_SETTLED : 0u) |
           (freeze->credited_minor != 0 ? HAS_CREDITED : 0u) | (has_notice ? HAS_NOTICE : 0u) |
           (freeze->left_minor >= 0 ? HAS_LEFT : 0u) | (freeze->over_s != 0 ? HAS_OVER : 0u);
}

size_t freeze_encode(const struct freeze *freeze, uint8_t out[FREEZE_RECORD_MAX])
{
    struct writer w = writer_to(out, FREEZE_RECORD_MAX);
    unsigned parts = parts_of(freeze);
    write_u8(&w, FREEZE_RECORD_VERSION);
    write_u8(&w, (uint8_t)freeze->state);
    write_u8(&w, (uint8_t)parts);
    write_uint(&w, freeze->sender_issuer, 5);
    write_u32(&w, freeze->settlement_date);
    write_u32(&w, (uint32_t)freeze->owner);
    if (parts & HAS_TAKEN) {
        write_uint(&w, (uint64_t)freeze->taken_minor, 6);
        write_u16(&w, freeze->taken_count);
        write_u16(&w, freeze->moving_count);
    }
    if (parts & HAS_SETTLED)
        write_uint(&w, (uint64_t)freeze->settled_minor, 6);
    if (parts & HAS_CREDITED)
        write_uint(&w, (uint64_t)freeze->credited_minor, 6);
    if (parts & HAS_NOTICE) {
        /* -1 (none) is stored as 0, an amount as amount + 1. */
        write_uint(&w, (uint64_t)(freeze->notice_minor + 1), 6);
        write_bytes(&w, freeze->notice_rrn, sizeof freeze->notice_rrn);
    }
    if (parts & HAS_LEFT)
        write_uint(&w, (uint64_t)freeze->left_minor, 6);
    if (parts & HAS_OVER)
        write_u32(&w, freeze->over_s);
    operation_encode(&w, &freeze->request);
    MUST(!w.bad);
    return w.len;
}

void freeze_decode(struct bytes record, struct freeze *freeze)
{
    *freeze = (struct freeze){0};
    if (record.data == NULL)
        return;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    freeze->state = (enum freeze_state)read_u8(&r);
    unsigned parts = read_u8(&r);
    freeze->sender_issuer = read_uint(&r, 5);
    freeze->settlement_date = read_u32(&r);
    freeze->owner = read_u32(&r);
    freeze->notice_minor = freeze->left_minor = -1;
    if (parts & HAS_TAKEN) {
        freeze->taken_minor = (int64_t)read_uint(&r, 6);
        freeze->taken_count = read_u16(&r);
        freeze->moving_count = read_u16(&r);
    }
    if (parts & HAS_SETTLED)
        freeze->settled_minor = (int64_t)read_uint(&r, 6);
    if (parts & HAS_CREDITED)
        freeze->credited_minor = (int64_t)read_uint(&r, 6);
    if (parts & HAS_NOTICE) {
        freeze->notice_minor = (int64_t)read_uint(&r, 6) - 1;
        read_bytes(&r, freeze->notice_rrn, sizeof freeze->notice_rrn);
    }
    if (parts & HAS_LEFT)
        freeze->left_minor = (int64_t)read_uint(&r, 6);
    if (parts & HAS_OVER)
        freeze->over_s = read_u32(&r);
    operation_decode(&r, &freeze->request);
    MUST(version == FREEZE_RECORD_VERSION && parts <= FREEZE_PARTS_ALL && !r.bad && r.at == r.end &&
         freeze->state < FREEZE_STATES);
}
