/* A party: opening, closing, and the way of everything that goes in. */
#include "party/party_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void party_deinit(struct party *party)
{
    deadline_deinit(&party->timers);
    map_deinit(&party->open_requests);
    map_deinit(&party->open_exchanges);
    pool_deinit(&party->requests);
    pool_deinit(&party->exchanges);
    pool_deinit(&party->forwards);
    digest_close(party->digest);
    free(party->queues);
    free(party->peers);
    free(party);
}

static enum result take_memory(struct party *party, struct fault *fault)
{
    const struct party_config *config = &party->config;
    unsigned timers = config->exchanges_max + config->forwards_max + 2 * config->peer_count + 1 +
                      PARTY_CORE_TIMERS;
    size_t request_size = sizeof(struct request) + PARTY_MESSAGE_MAX + party->core.work_size;
    uint64_t map_seed = random_next(&party->random);
    party->peers = calloc(config->peer_count, sizeof *party->peers);
    if (party->peers == NULL)
        return fault_set(fault, RESULT_IO, "no memory for %u peers", config->peer_count);
    TRY(digest_open(&party->digest, fault));
    TRY(pool_init(&party->requests, config->requests_max, request_size, fault));
    TRY(pool_init(&party->exchanges, config->exchanges_max, sizeof(struct exchange), fault));
    TRY(forward_take_memory(party, fault));
    TRY(map_init(&party->open_requests, TRANSACTION_KEY_LEN, config->requests_max, map_seed,
                 fault));
    TRY(map_init(&party->open_exchanges, TRANSACTION_KEY_LEN, config->exchanges_max, map_seed,
                 fault));
    return deadline_init(&party->timers, timers, fault);
}

static void take_peers(struct party *party, const struct party_peer_config *peers)
{
    for (unsigned i = 0; i < party->config.peer_count; i++) {
        struct peer *peer = &party->peers[i];
        peer->id = peers[i].id;
        peer->key = peers[i].key;
        peer->has_no_totals = peers[i].has_no_totals;
        snprintf(peer->name, sizeof peer->name, "%s", peers[i].name);
        peer->session_timer.kind = TIMER_SESSION;
        peer->session_timer.owner = peer;
    }
}

static int64_t days_us(uint64_t config_ms, unsigned otherwise)
{
    static const int64_t DAY_US = INT64_C(24) * 3600 * 1000000;
    /* More than a year is refused below, and the product must fit. */
    uint64_t year_ms = 366 * (uint64_t)DAY_US / 1000;
    return config_ms == 0 ? otherwise * DAY_US
                          : (int64_t)(config_ms < year_ms ? config_ms : year_ms) * 1000;
}

/* DE 7 has no year: what is kept a year is taken for a message of today. */
static enum result take_keeping(struct party *party, struct fault *fault)
{
    const struct party_config *config = &party->config;
    struct keeping *keeping = &party->keeping;
    keeping->freeze_age_us = days_us(config->freeze_age_ms, PARTY_FREEZE_AGE_DAYS);
    keeping->keep_us = days_us(config->keep_ms, PARTY_KEEP_DAYS);
    keeping->forget_us = days_us(config->forget_ms, PARTY_FORGET_DAYS);
    if (keeping->forget_us > days_us(0, PARTY_FORGET_DAYS) ||
        keeping->freeze_age_us + keeping->keep_us >= keeping->forget_us)
        return fault_set(fault, RESULT_INPUT,
                         "%s: expected the age of a freeze and the time that it is kept to be less "
                         "than the age at which keys are forgotten, and that at most %d days",
                         party->name, PARTY_FORGET_DAYS);
    return RESULT_OK;
}

enum result party_open(const struct party_config *config, const struct party_port *port,
                       const struct party_core *core, struct instant now, struct party **opened,
                       struct fault *fault)
{
    if (config->peer_count == 0 || config->peer_count > PARTY_PEERS_MAX)
        return fault_set(fault, RESULT_INPUT, "%s: expected 1 to %d peers, got %u", config->name,
                         PARTY_PEERS_MAX, config->peer_count);
    if (config->forward_first_ms == 0 || config->network_ms == 0)
        return fault_set(fault, RESULT_INPUT, "%s: expected times to wait of at least 1 ms",
                         config->name);
    struct party *party = calloc(1, sizeof *party);
    if (party == NULL)
        return fault_set(fault, RESULT_IO, "no memory for a party");
    party->config = *config;
    if (party->config.forward_window == 0)
        party->config.forward_window = PARTY_FORWARD_WINDOW;
    party->port = *port;
    party->core = *core;
    party->now = now;
    party->log_due_us = UINT64_MAX;
    snprintf(party->name, sizeof party->name, "%s", config->name);
    party->random = random_seeded(config->seed);
    party->network_stan = (uint32_t)random_below(&party->random, 999999);
    wire_find_unstored(party);
    enum result result = take_keeping(party, fault);
    if (result == RESULT_OK)
        result = take_memory(party, fault);
    if (result == RESULT_OK) {
        take_peers(party, config->peers);
        party->config.peers = NULL;
        result = session_load(party, fault);
    }
    if (result == RESULT_OK)
        result = forward_load(party, fault);
    if (result != RESULT_OK) {
        party_deinit(party);
        return result;
    }
    *opened = party;
    return RESULT_OK;
}

void party_close(struct party *party)
{
    if (party == NULL)
        return;
    peer_log_end(party);
    party_deinit(party);
}

void party_link_up(struct party *party, unsigned peer, unsigned link, struct instant now)
{
    MUST(link < PARTY_LINKS_MAX && !party_link_is_up(party, peer, link));
    party->now = now;
    party->peers[peer].links |= UINT32_C(1) << link;
    party->peers[peer].connections[link]++;
    session_link_up(party, peer, link);
}

void party_link_down(struct party *party, unsigned peer, unsigned link, uint64_t first_unwritten,
                     struct instant now)
{
    MUST(link < PARTY_LINKS_MAX && party_link_is_up(party, peer, link));
    party->now = now;
    party->peers[peer].links &= ~(UINT32_C(1) << link);
    party->peers[peer].greeted &= ~(UINT32_C(1) << link);
    session_link_down(party, peer);
    exchange_link_down(party, peer, link, first_unwritten);
}

/* Faults of the envelope: what follows cannot be trusted to be where it should be. */
static bool breaks_the_stream(const struct iso_fault *fault)
{
    return strncmp(fault->field, "header", 6) == 0 || strcmp(fault->field, "frame") == 0;
}

/* Requests and advices, their answers; nothing else is sent between parties. */
static bool has_known_function(const struct iso_message *message)
{
    return message->mti[2] >= '0' && message->mti[2] <= '3';
}

static void receive_rejected(struct party *party, unsigned peer, const struct iso_message *message)
{
    /* Our own message came back: like no answer. Never reject a reject. */
    struct iso_value code = iso_header_find(party->config.spec, message->header, "reject_code");
    party->rejects++;
    party_log_peer(party, peer, LOG_WARNING, "rejected_by_peer", "%s rejected our %s with %.*s",
                   party->peers[peer].name, message->mti, (int)code.len, (const char *)code.data);
}

bool party_receive(struct party *party, unsigned peer, unsigned link, struct bytes bytes,
                   struct instant now)
{
    struct iso_message message;
    struct iso_fault fault;
    struct origin from = {peer, link, party->peers[peer].connections[link]};
    party->now = now;
    party->peers[peer].messages_in++;
    if (iso_message_unpack(party->config.spec, ISO_HEADER_YES, bytes.data, bytes.len, &message,
                           &fault) != ISO_OK) {
        bool broken = breaks_the_stream(&fault);
        bool is_reject = message.rejected.data != NULL || strcmp(fault.field, "rejected") == 0;
        wire_log_fault(party, peer, broken ? "stream_broken" : "message_rejected", bytes, &fault);
        if (!broken && !is_reject)
            wire_send_reject(party, &from, bytes, &fault);
        return !broken;
    }
    if (party->port.seen != NULL)
        party->port.seen(party->port.host, peer, DIRECTION_IN, &message);
    if (message.rejected.data != NULL)
        receive_rejected(party, peer, &message);
    else if (!has_known_function(&message)) {
        fault = (struct iso_fault){.field = "mti", .text = "neither a request nor an answer"};
        wire_log_fault(party, peer, "message_rejected", bytes, &fault);
        wire_send_reject(party, &from, bytes, &fault);
    } else if (message.mti[1] == '8')
        session_receive(party, &from, &message, bytes);
    else if (message.mti[2] == '1' || message.mti[2] == '3')
        exchange_receive(party, peer, &message, bytes);
    else
        answering_receive(party, &from, &message, bytes);
    return true;
}

uint64_t party_deadline(const struct party *party)
{
    const struct deadline *first = deadline_peek(&party->timers);
    return first != NULL ? first->due_us : UINT64_MAX;
}

void party_tick(struct party *party, struct instant now)
{
    party->now = now;
    peer_log_tick(party);
    const struct deadline *first;
    while ((first = deadline_peek(&party->timers)) != NULL && first->due_us <= now.mono_us) {
        struct timer *timer = (struct timer *)deadline_pop(&party->timers);
        switch (timer->kind) {
        case TIMER_EXCHANGE:
            exchange_end_unanswered(party, timer->owner, UNANSWERED_TIMEOUT);
            break;
        case TIMER_FORWARD:
            forward_due(party, timer->owner);
            break;
        case TIMER_QUEUE:
            forward_queue_due(party, timer->owner);
            break;
        case TIMER_SESSION:
            session_due(party, (unsigned)((struct peer *)timer->owner - party->peers));
            break;
        case TIMER_CORE:
            party->core.due(party->core.core, timer);
            break;
        }
    }
}

void party_arm(struct party *party, struct timer *timer, uint64_t due_us)
{
    timer->kind = TIMER_CORE;
    deadline_arm(&party->timers, &timer->deadline, due_us);
}

enum result party_complete(struct party *party, struct instant now, struct fault *fault)
{
    party->now = now;
    return store_poll(party->config.store, fault);
}

struct instant party_now(const struct party *party)
{
    return party->now;
}

struct keeping party_keeping(const struct party *party)
{
    return party->keeping;
}

struct store *party_store(const struct party *party)
{
    return party->config.store;
}

uint32_t party_business_date(const struct party *party)
{
    return party->business_date;
}

uint32_t party_latest_date(const struct party *party)
{
    return party->day_step_busy ? party->date_wanted : party->business_date;
}

const struct institution *party_self(const struct party *party)
{
    return &party->config.self;
}

const char *party_peer_name(const struct party *party, unsigned peer)
{
    return party->peers[peer].name;
}

struct institution party_peer_id(const struct party *party, unsigned peer)
{
    return party->peers[peer].id;
}

int party_peer_find(const struct party *party, uint64_t institution)
{
    for (unsigned i = 0; i < party->config.peer_count; i++)
        if (party->peers[i].id.number == institution)
            return (int)i;
    return -1;
}

bool party_peer_is_ready(const struct party *party, unsigned peer)
{
    return party->peers[peer].links != 0 && party->peers[peer].signed_on;
}

struct party_peer_view party_peer_view(const struct party *party, unsigned peer)
{
    const struct peer *one = &party->peers[peer];
    return (struct party_peer_view){
        .name = one->name,
        .links = one->links,
        .signed_on = one->signed_on,
        .forwards = party->queues[peer].count,
        .messages_in = one->messages_in,
        .messages_out = one->messages_out,
        .requests = one->request_count,
        .asked = one->asked[EXCHANGE_CORE],
    };
}

struct party_view party_view(const struct party *party)
{
    unsigned asked = 0;
    for (unsigned peer = 0; peer < party->config.peer_count; peer++)
        asked += party->peers[peer].asked[EXCHANGE_CORE];
    struct party_view view = {
        .asked = asked,
        .peers = party->config.peer_count,
        .requests = party->request_count,
        .exchanges = party->exchange_count,
        .forwards = party->forward_count,
        .mac_failures = party->mac_failures,
        .rejects = party->rejects,
        .unmatched = party->unmatched,
        .business_date = party->business_date,
    };
    memcpy(view.delays, party->delays, sizeof view.delays);
    return view;
}
