/* Requests out, answers in: each of ours that waits is found by its key when something comes back.
 *
 * What counts as an answer: well formed, good MAC, the key, DE 2 and DE 4 of the request. All else
 * is logged and changes nothing here; the core is told of an answer whose request waits no more. */
#include "party/party_state.h"

#include <string.h>

static unsigned network_asked_max(const struct party *party, unsigned peer)
{
    unsigned links = 0;
    for (uint32_t left = party->peers[peer].links; left != 0; left &= left - 1)
        links++;
    return PARTY_NETWORK_ASKED * (1 + links);
}

struct exchange *exchange_open(struct party *party, enum exchange_use use, unsigned peer,
                               const uint8_t key[TRANSACTION_KEY_LEN], unsigned timeout_ms,
                               void *context)
{
    if (map_find(&party->open_exchanges, key) != NULL)
        return NULL;
    if (use == EXCHANGE_NETWORK && party->peers[peer].asked[use] >= network_asked_max(party, peer))
        return NULL; /* who signs on and off all day takes no room from others */
    struct exchange *exchange = pool_take(&party->exchanges);
    if (exchange == NULL)
        return NULL;
    exchange->use = use;
    exchange->peer = peer;
    exchange->context = context;
    exchange->sent_us = party->now.mono_us;
    memcpy(exchange->key, key, sizeof exchange->key);
    exchange->timer.kind = TIMER_EXCHANGE;
    exchange->timer.owner = exchange;
    deadline_arm(&party->timers, &exchange->timer.deadline, party_after(party, timeout_ms));
    MUST(map_put(&party->open_exchanges, exchange->key, exchange));
    exchange->next = party->exchange_list;
    if (exchange->next != NULL)
        exchange->next->previous = exchange;
    party->exchange_list = exchange;
    party->exchange_count++;
    party->peers[peer].asked[use]++;
    return exchange;
}

void exchange_forget(struct party *party, struct exchange *exchange)
{
    deadline_cancel(&party->timers, &exchange->timer.deadline);
    map_remove(&party->open_exchanges, exchange->key);
    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        party->exchange_list = exchange->next;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    party->exchange_count--;
    party->peers[exchange->peer].asked[exchange->use]--;
    pool_give(&party->exchanges, exchange);
}

/* Over any link of the peer. */
static bool send(struct party *party, struct exchange *exchange)
{
    struct operation_text text;
    struct iso_message message;
    operation_write(&exchange->operation, &text, party->config.spec, &message);
    return wire_send(party, exchange->peer, PARTY_LINKS_MAX, &message, &exchange->link,
                     &exchange->send_number);
}

/* Sends the operation and remembers that its answer is awaited. */
static bool ask(struct party *party, enum exchange_use use, unsigned peer,
                const struct operation *operation, unsigned timeout_ms, void *context)
{
    struct transaction_key key = operation_key(operation);
    uint8_t key_bytes[TRANSACTION_KEY_LEN];
    if (!party_peer_is_ready(party, peer))
        return false;
    transaction_key_encode(&key, key_bytes);
    struct exchange *exchange = exchange_open(party, use, peer, key_bytes, timeout_ms, context);
    if (exchange == NULL)
        return false;
    exchange->operation = *operation;
    if (!send(party, exchange)) {
        exchange_forget(party, exchange);
        return false;
    }
    return true;
}

bool party_ask(struct party *party, unsigned peer, const struct operation *operation,
               unsigned timeout_ms, void *context)
{
    return ask(party, EXCHANGE_CORE, peer, operation, timeout_ms, context);
}

bool exchange_ask_forward(struct party *party, unsigned peer, struct forward *forward)
{
    return ask(party, EXCHANGE_FORWARD, peer, &forward->operation, party->config.forward_wait_ms,
               forward);
}

static struct received received_of(const struct party *party, const struct iso_message *message,
                                   struct bytes bytes)
{
    struct received received = {.message = wire_for_journal(party, message, bytes)};
    struct iso_value code = iso_message_get(message, 39),
                     authorisation = iso_message_get(message, 38);
    struct iso_value settlement = iso_message_get(message, 15);
    struct iso_value status = iso_message_find(message, 48, "AS.HS");
    struct iso_value settled = iso_message_get(message, TOTALS_CODE_DE);
    uint64_t number = 0;
    received.settlement_code = settled.len == 1 ? (char)settled.data[0] : '\0';
    received.status = bytes_of(status.data, status.data != NULL ? status.len : 0);
    if (code.len == 2)
        received.code = code_parse((const char *)code.data);
    if (authorisation.len == sizeof received.authorisation)
        memcpy(received.authorisation, authorisation.data, sizeof received.authorisation);
    if (text_digits_parse(bytes_of(settlement.data, settlement.len), &number))
        received.settlement = (uint16_t)number;
    return received;
}

void exchange_receive(struct party *party, unsigned peer, const struct iso_message *message,
                      struct bytes bytes)
{
    struct operation operation;
    struct fault fault;
    if (!wire_mac_is_good(party, peer, message))
        return;
    if (operation_read(message, &operation, &fault) != RESULT_OK) {
        party->unmatched++;
        party_log_peer(party, peer, LOG_WARNING, "answer_not_read", "%s from %s: %s", message->mti,
                       party->peers[peer].name, fault.text);
        return;
    }
    struct transaction_key key = operation_key(&operation);
    uint8_t key_bytes[TRANSACTION_KEY_LEN];
    transaction_key_encode(&key, key_bytes);
    struct exchange *exchange = map_find(&party->open_exchanges, key_bytes);
    struct received received = received_of(party, message, bytes);
    received.totals = operation.totals;
    if (exchange == NULL && party->core.late != NULL)
        party->core.late(party->core.core, party->peers[peer].id.number, &operation, &received);
    if (exchange == NULL || exchange->peer != peer ||
        !pan_equal(&exchange->operation.card, &operation.card) ||
        exchange->operation.amount_minor != operation.amount_minor) {
        party->unmatched++;
        party_log_peer(party, peer, LOG_WARNING, "answer_not_awaited", "%s %s STAN %06u from %s",
                       message->mti, operation_name(operation.kind), operation.stan,
                       party->peers[peer].name);
        return;
    }
    enum exchange_use use = exchange->use;
    void *context = exchange->context;
    exchange_forget(party, exchange);
    if (use == EXCHANGE_FORWARD)
        forward_answered(party, context, &received);
    else
        party->core.answered(party->core.core, context, &received);
}

void exchange_end_unanswered(struct party *party, struct exchange *exchange, enum unanswered why)
{
    enum exchange_use use = exchange->use;
    void *context = exchange->context;
    if (use == EXCHANGE_NETWORK) {
        session_answered(party, exchange, CODE_NONE);
        exchange_forget(party, exchange);
        return;
    }
    exchange_forget(party, exchange);
    if (use == EXCHANGE_FORWARD)
        forward_unanswered(party, context, why);
    else
        party->core.unanswered(party->core.core, context, why);
}

/* One of which no byte was written goes over another link, to the same deadline. */
static bool goes_over_another(struct party *party, struct exchange *exchange)
{
    return exchange->use != EXCHANGE_NETWORK && party_peer_is_ready(party, exchange->peer) &&
           send(party, exchange);
}

void exchange_link_down(struct party *party, unsigned peer, unsigned link, uint64_t first_unwritten)
{
    /* An end may begin other exchanges, never over the link that has just gone: the list is walked
     * again from its head until none of this link is left. */
    struct exchange *exchange = party->exchange_list;
    while (exchange != NULL) {
        if (exchange->peer != peer || exchange->link != link) {
            exchange = exchange->next;
            continue;
        }
        bool written = exchange->send_number < first_unwritten;
        if (!written && goes_over_another(party, exchange)) {
            exchange = exchange->next;
            continue;
        }
        exchange_end_unanswered(party, exchange,
                                written ? UNANSWERED_LINK_LOST : UNANSWERED_NOT_SENT);
        exchange = party->exchange_list;
    }
}
