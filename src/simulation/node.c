/* A party's process in the simulated world: started on its store, given time, committed, killed.
 *
 * The store is held: what the party submits becomes durable after a while, all of it or some, and
 * between that and the completions the process may die. */
#include "simulation/world.h"

#include <stdio.h>

enum {
    LEG_MS = 5000,
    WALLET_WAIT_MS = 15000,
    FORWARD_FIRST_MS = 5000,
    FORWARD_MAX_MS = 300000,
    NETWORK_MS = 5000,
    EXCHANGES_MAX = 64,
    WALLET_REQUESTS = 24,
    WALLET_PLACES = 24,
};

static const char CURRENCY[3] = {'1', '5', '6'};

struct instant node_now(const struct node *node)
{
    const struct world *world = node->world;
    return (struct instant){
        .mono_us = world->now_us,
        .wall_us = world->plan.wall_us + (int64_t)world->now_us + node->wall_off_us,
    };
}

/* --- what a party asks of its host ------------------------------------------------------------ */

static uint64_t port_send(void *host, unsigned peer, unsigned link, struct bytes message)
{
    return network_send(host, peer, link, message);
}

static void port_log(void *host, enum log_level level, const char *event, const char *text)
{
    const struct node *node = host;
    if (level != LOG_DEBUG)
        trace_note(node->world, node->index, "%s: %s", event, text);
}

static void port_seen(void *host, unsigned peer, enum direction direction,
                      const struct iso_message *message)
{
    struct node *node = host;
    struct world *world = node->world;
    struct operation operation;
    (void)peer;
    if (message->mti[1] == '8' || message->rejected.data != NULL)
        return;
    if (direction == DIRECTION_IN) {
        auditor_received(&world->auditor, node->index, message);
        return;
    }
    auditor_sent(&world->auditor, node->index, message);
    if (message->mti[1] == '1' && message->mti[2] == '0' &&
        plan_is_wallet(&world->plan, node->index) &&
        operation_read(message, &operation, NULL) == RESULT_OK)
        load_seen(world, node->index, &operation);
}

static void store_watch(void *context, const struct store_memory_write *write)
{
    struct node *node = context;
    struct world *world = node->world;
    world->hash = hash_bytes(hash_bytes(world->hash, write->key), write->value);
    world->auditor.now_us = world->plan.wall_us + (int64_t)world->now_us;
    if (node->index == NODE_SWITCH && node->party != NULL)
        world->auditor.business_date = party_business_date(node->party);
    auditor_durable(&world->auditor, node->index, write);
    trace_durable(world, node->index, write);
}

/* --- starting --------------------------------------------------------------------------------- */

static uint64_t route(const void *context, const struct pan *card)
{
    const struct world *world = context;
    unsigned issuer = (unsigned)(card->digits[4] - '0') * 10 + (unsigned)(card->digits[5] - '0');
    return issuer >= 1 && issuer <= world->plan.issuers ? world->nodes[issuer].id.number : 0;
}

static struct institution id_of(uint64_t number, uint8_t width)
{
    return (struct institution){.number = number, .width = width};
}

enum result node_prepare(struct world *world, unsigned index, struct fault *fault)
{
    static const char *const names[1 + PLAN_ISSUERS_MAX + PLAN_WALLETS_MAX] = {
        "switch", "issuer1", "issuer2", "issuer3", "wallet1", "wallet2"};
    struct node *node = &world->nodes[index];
    unsigned wallet = index - world->plan.issuers - 1;
    *node = (struct node){.world = world, .index = index};
    if (index == NODE_SWITCH)
        node->id = id_of(10000, 8);
    else if (plan_is_issuer(&world->plan, index))
        node->id = id_of(95550000 + index, 11);
    else
        node->id = id_of(91230001 + wallet, 11);
    node->name = names[plan_is_wallet(&world->plan, index) ? 1 + PLAN_ISSUERS_MAX + wallet : index];
    TRY(store_open_memory(&node->store, fault));
    store_memory_watch(node->store, store_watch, node);
    return RESULT_OK;
}

static struct party_config config_of(const struct node *node,
                                     struct party_peer_config peers[MEMBERS_MAX])
{
    const struct world *world = node->world;
    const struct simulation *simulation = world->simulation;
    bool is_switch = node->index == NODE_SWITCH, has_macs = world->plan.has_macs;
    unsigned count = is_switch ? world->node_count - 1 : 1;
    for (unsigned i = 0; i < count; i++) {
        const struct node *peer = &world->nodes[is_switch ? i + 1 : NODE_SWITCH];
        struct mac_key *key = simulation->keys[is_switch ? i : node->index - 1];
        peers[i] = (struct party_peer_config){
            .id = peer->id, .name = peer->name, .key = has_macs ? key : NULL};
    }
    bool is_wallet = plan_is_wallet(&world->plan, node->index);
    return (struct party_config){
        .name = node->name,
        .self = node->id,
        .is_centre = is_switch,
        .spec = simulation->spec,
        .recipe = has_macs ? simulation->recipe : NULL,
        .store = node->store,
        .peers = peers,
        .peer_count = count,
        .opening_date = world->plan.opening_date,
        .requests_max = is_switch   ? world->plan.switch_requests
                        : is_wallet ? WALLET_REQUESTS
                                    : world->plan.issuer_requests,
        .exchanges_max = EXCHANGES_MAX,
        .forwards_max = is_switch   ? world->plan.switch_places
                        : is_wallet ? WALLET_PLACES
                                    : 1,
        .forward_window = world->plan.forward_window,
        .forward_first_ms = FORWARD_FIRST_MS,
        .forward_max_ms = FORWARD_MAX_MS,
        .forward_wait_ms = is_switch ? FORWARD_FIRST_MS : WALLET_WAIT_MS,
        .network_ms = NETWORK_MS,
        .freeze_age_ms = world->plan.freeze_age_us / 1000,
        .keep_ms = world->plan.keep_us / 1000,
        .forget_ms = world->plan.forget_us / 1000,
        .seed = world->plan.seed * 64 + node->index * 1000003 + node->incarnation,
    };
}

static enum result start_switch(struct node *node, const struct party_port *port,
                                struct fault *fault)
{
    struct party_peer_config peers[MEMBERS_MAX];
    struct router_config config = {
        .party = config_of(node, peers),
        .route = route,
        .route_context = node->world,
        .freeze_leg_ms = LEG_MS,
        .debit_leg_ms = LEG_MS,
        .credit_leg_ms = LEG_MS,
        .owner = 1,
    };
    TRY(router_open(&config, port, node_now(node), &node->router, fault));
    node->party = router_party(node->router);
    return RESULT_OK;
}

static enum result start_issuer(struct node *node, const struct party_port *port,
                                struct fault *fault)
{
    const struct plan *plan = &node->world->plan;
    struct party_peer_config peers[MEMBERS_MAX];
    struct issuer_account accounts[PLAN_CARDS_MAX];
    struct issuer_config config = {.party = config_of(node, peers), .accounts = accounts};
    for (unsigned i = 0; i < plan->card_count; i++) {
        const struct plan_card *card = &plan->cards[i];
        if (card->issuer + 1 == (int)node->index && !card->is_unknown)
            accounts[config.account_count++] = (struct issuer_account){
                .card = card->pan,
                .holder = "",
                .available_minor = card->available_minor,
                .is_restricted = card->is_restricted,
            };
    }
    TRY(issuer_open(&config, port, node_now(node), &node->issuer, fault));
    node->party = issuer_party(node->issuer);
    return RESULT_OK;
}

static enum result start_wallet(struct node *node, const struct party_port *port,
                                struct fault *fault)
{
    struct party_peer_config peers[MEMBERS_MAX];
    struct wallet_config config = {.party = config_of(node, peers)};
    memcpy(config.currency, CURRENCY, sizeof CURRENCY);
    TRY(wallet_open(&config, port, node_now(node), &node->wallet, fault));
    node->party = wallet_party(node->wallet);
    return RESULT_OK;
}

void node_start(struct node *node)
{
    struct world *world = node->world;
    struct fault fault = {RESULT_OK, ""};
    struct party_port port = {.host = node, .send = port_send, .log = port_log, .seen = port_seen};
    if (node->is_alive || node->is_gone)
        return;
    node->incarnation++;
    trace_note(world, node->index, "starts");
    enum result result = node->index == NODE_SWITCH ? start_switch(node, &port, &fault)
                         : plan_is_issuer(&world->plan, node->index)
                             ? start_issuer(node, &port, &fault)
                             : start_wallet(node, &port, &fault);
    if (result != RESULT_OK) {
        auditor_fail(&world->auditor, 7, "%s does not start again: %s", node->name, fault.text);
        return;
    }
    node->is_alive = true;
    store_memory_hold(node->store, true);
    auditor_committed(&world->auditor, node->index);
    node_after(node);
    network_plan_node_up(node);
}

/* --- dying ------------------------------------------------------------------------------------ */

static void close_core(struct node *node)
{
    router_close(node->router);
    issuer_close(node->issuer);
    wallet_close(node->wallet);
    node->router = NULL;
    node->issuer = NULL;
    node->wallet = NULL;
    node->party = NULL;
}

void node_crash(struct node *node, const char *why)
{
    struct world *world = node->world;
    if (!node->is_alive)
        return;
    trace_note(world, node->index, "dies: %s", why);
    world->result->crashes++;
    node->is_alive = false;
    node->commit_us = 0;
    store_memory_crash(node->store);
    close_core(node);
    network_node_died(node);
}

/* Dies and is to be started again. */
static void die(struct node *node, const char *why)
{
    struct world *world = node->world;
    uint64_t after_us = world_draw_us(world, 50000, 20000000);
    node_crash(node, why);
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + after_us,
                                               .what = ENTRY_RESTART,
                                               .which = node->index});
}

void node_close(struct node *node)
{
    if (node->is_alive)
        store_memory_crash(node->store);
    close_core(node);
    store_close(node->store);
    node->store = NULL;
    node->is_alive = false;
}

/* --- time ------------------------------------------------------------------------------------- */

void node_after(struct node *node)
{
    struct world *world = node->world;
    if (!node->is_alive || node->commit_us != 0 || store_memory_waiting(node->store) == 0)
        return;
    uint64_t sync_us = plan_time_us(&world->plan, KIND_SLOW);
    uint64_t drawn = random_below(&world->stores, sync_us + 1);
    if (world->phase != PHASE_TROUBLE)
        drawn %= 500;
    node->commit_us = world->now_us + 50 + drawn;
}

static bool strikes(struct world *world, enum kind kind)
{
    uint64_t drawn = random_below(&world->stores, 1024);
    return world->phase == PHASE_TROUBLE && drawn < plan_chance(&world->plan, kind);
}

void node_commit(struct node *node)
{
    struct world *world = node->world;
    struct fault fault = {RESULT_OK, ""};
    uint64_t waiting = store_memory_waiting(node->store);
    bool before = strikes(world, KIND_CRASH_BEFORE);
    bool after = strikes(world, KIND_CRASH_AFTER);
    bool fails = strikes(world, KIND_DISK);
    uint64_t part = random_below(&world->stores, 4 * waiting);
    node->commit_us = 0;
    if (before) {
        die(node, "before a commit");
        return;
    }
    if (fails)
        store_memory_fail_next(node->store);
    /* One sync holds all that waits, or the first of them. */
    store_memory_commit(node->store, part < waiting ? part + 1 : waiting);
    world->result->commits++;
    auditor_committed(&world->auditor, node->index);
    if (after && !fails) {
        die(node, "after a commit");
        return;
    }
    enum result result = party_complete(node->party, node_now(node), &fault);
    if (result != RESULT_OK) {
        MUST(fails);
        die(node, "a commit failed");
        return;
    }
    node_after(node);
}

void node_tick(struct node *node)
{
    party_tick(node->party, node_now(node));
    node_after(node);
}
