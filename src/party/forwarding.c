/* Store and forward: when a stored message is sent, and what its answers mean. */
#include "party/party_state.h"

#include "base/mutant.h"

#include <string.h>

enum { FORWARD_RECORD_VERSION = 1, FORWARD_RECORD_MAX = OPERATION_RECORD_MAX + 16 };

enum forward_verdict forward_judge(const struct operation *operation, uint16_t code)
{
    if (mutant_is(MUTANT_ANY_ANSWER_ENDS))
        return FORWARD_DONE;
    switch (code) {
    case CODE_APPROVED:
        return FORWARD_DONE;
    case CODE_CONFIRMED_UNSEEN:
    case CODE_CONFIRMED_REFUSED:
    case CODE_CONFIRMED_BY_CENTRE:
        return operation->kind == OPERATION_CONFIRMATION ? FORWARD_DONE : FORWARD_REFUSED;
    case CODE_NONE:
    case CODE_ISSUER_TIMEOUT:
    case CODE_CUTOVER:
    case CODE_PARTY_DOWN:
    case CODE_NO_ROUTE:
    case CODE_CENTRE_FAULT:
    case CODE_NO_ANSWER:
    case CODE_MAC:
        return FORWARD_AGAIN;
    default:
        return FORWARD_REFUSED;
    }
}

void forward_write(struct store_tx *tx, unsigned index, const struct operation *operation,
                   uint64_t institution, int64_t since_us)
{
    uint8_t record[FORWARD_RECORD_MAX];
    struct writer w = writer_to(record, sizeof record);
    write_u8(&w, FORWARD_RECORD_VERSION);
    write_uint(&w, institution, 5);
    write_u64(&w, (uint64_t)since_us);
    operation_encode(&w, operation);
    MUST(!w.bad);
    store_tx_put(tx, index, record, w.len);
}

bool forward_read(struct bytes record, struct operation *operation, uint64_t *institution,
                  int64_t *since_us)
{
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    *institution = read_uint(&r, 5);
    *since_us = (int64_t)read_u64(&r);
    operation_decode(&r, operation);
    return version == FORWARD_RECORD_VERSION && !r.bad && r.at == r.end;
}

/* 5 s doubling to 5 min, of which up to half is taken off by lot, so that many do not come at once;
 * never 0. */
static unsigned backoff_ms(struct party *party, unsigned tries)
{
    uint64_t delay = party->config.forward_first_ms;
    for (unsigned i = 1; i < tries && delay < party->config.forward_max_ms; i++)
        delay *= 2;
    if (delay > party->config.forward_max_ms)
        delay = party->config.forward_max_ms;
    return (unsigned)(delay - random_below(&party->random, delay / 2 + 1));
}

static void send_if_ready(struct party *party, struct forward *forward)
{
    int peer = party_peer_find(party, forward->institution);
    if (peer < 0 || !party_peer_is_ready(party, (unsigned)peer))
        return; /* forward_peer_ready() comes back to it */
    if (mutant_is(MUTANT_SECOND_REVERSAL) && forward->tries > 0 &&
        forward->operation.reason != REASON_NONE)
        forward->operation.stan = forward->operation.stan % 999999 + 1;
    forward->tries++;
    if (exchange_ask_forward(party, (unsigned)peer, forward)) {
        forward->asked = true;
        return;
    }
    deadline_arm(&party->timers, &forward->timer.deadline,
                 party_after(party, backoff_ms(party, forward->tries)));
}

struct forward *party_forward(struct party *party, const struct store_key *key,
                              const struct operation *operation, uint64_t institution,
                              int64_t since_us)
{
    struct forward *forward = pool_take(&party->forwards);
    if (forward == NULL)
        return NULL;
    forward->key = *key;
    forward->operation = *operation;
    forward->institution = institution;
    forward->since_us = since_us;
    forward->timer.kind = TIMER_FORWARD;
    forward->timer.owner = forward;
    forward->next = party->forward_list;
    if (forward->next != NULL)
        forward->next->previous = forward;
    party->forward_list = forward;
    party->forward_count++;
    send_if_ready(party, forward);
    return forward;
}

void party_forward_done(struct party *party, struct forward *forward)
{
    deadline_cancel(&party->timers, &forward->timer.deadline);
    if (forward->previous != NULL)
        forward->previous->next = forward->next;
    else
        party->forward_list = forward->next;
    if (forward->next != NULL)
        forward->next->previous = forward->previous;
    party->forward_count--;
    pool_give(&party->forwards, forward);
}

void forward_due(struct party *party, struct forward *forward)
{
    if (!forward->asked && !forward->ended)
        send_if_ready(party, forward);
}

void forward_answered(struct party *party, struct forward *forward, const struct received *received)
{
    forward->asked = false;
    enum forward_verdict verdict = party->core.judge != NULL
                                       ? party->core.judge(&forward->operation, received->code)
                                       : forward_judge(&forward->operation, received->code);
    if (verdict == FORWARD_AGAIN) {
        deadline_arm(&party->timers, &forward->timer.deadline,
                     party_after(party, backoff_ms(party, forward->tries)));
        return;
    }
    forward->ended = true;
    party->core.forwarded(party->core.core, forward, verdict, received);
}

void forward_unanswered(struct party *party, struct forward *forward)
{
    forward->asked = false;
    deadline_arm(&party->timers, &forward->timer.deadline,
                 party_after(party, backoff_ms(party, forward->tries)));
}

void party_forward_again(struct party *party, struct forward *forward)
{
    forward->ended = false;
    forward_unanswered(party, forward);
}

void forward_peer_ready(struct party *party, unsigned peer)
{
    uint64_t institution = party->peers[peer].id.number;
    for (struct forward *forward = party->forward_list; forward != NULL; forward = forward->next)
        /* Through the timers, so that a core which is told meanwhile finds the list whole. */
        if (!forward->asked && !forward->ended && forward->institution == institution)
            deadline_arm(&party->timers, &forward->timer.deadline, party->now.mono_us);
}

struct load {
    struct party *party;
    bool damaged, full;
};

static bool load_one(void *context, struct bytes key, struct bytes value)
{
    struct load *load = context;
    struct operation operation;
    struct store_key named = {.len = (uint8_t)key.len};
    uint64_t institution;
    int64_t since_us;
    memcpy(named.data, key.data, key.len);
    load->damaged = !forward_read(value, &operation, &institution, &since_us);
    load->full = !load->damaged &&
                 party_forward(load->party, &named, &operation, institution, since_us) == NULL;
    return !load->damaged && !load->full;
}

enum result forward_load(struct party *party, struct fault *fault)
{
    uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    struct load load = {.party = party};
    if (mutant_is(MUTANT_FORWARD_LOST))
        return RESULT_OK;
    TRY(store_scan(party->config.store, bytes_of(first, 1), bytes_of(end, 1), load_one, &load,
                   fault));
    if (load.damaged)
        return fault_set(fault, RESULT_CORRUPT, "a store-and-forward record cannot be read");
    if (load.full)
        return fault_set(
            fault, RESULT_LIMIT,
            "more stored messages than the %u store-and-forward places of the lab file",
            party->config.forwards_max);
    return RESULT_OK;
}
