/* A simulated world from its beginning to its end: time, and what happens next. */
#include "simulation/world.h"

#include "base/date.h"

#include <stdio.h>
#include <string.h>

enum {
    EVENTS_MAX = 200000, /* a thousand times a usual world: it runs in circles */
};
static const uint64_t BEGIN_US = 1000000;
/* After everything works: store and forward waits five minutes at most, a few times over. */
static const uint64_t REST_WITHIN_US = UINT64_C(3600) * 1000000;

bool world_has_failed(const struct world *world)
{
    return world->auditor.statement != 0;
}

uint64_t world_draw_us(struct world *world, uint64_t min_us, uint64_t max_us)
{
    uint64_t drawn = min_us + random_below(&world->times, max_us - min_us + 1);
    return world->phase == PHASE_TROUBLE ? drawn : min_us + drawn % 10000;
}

void world_event(struct world *world, unsigned what, unsigned which)
{
    world->result->events++;
    world->hash = hash_number(world->hash, world->now_us);
    world->hash = hash_number(world->hash, (uint64_t)what << 32 | which);
    if (world->result->events > EVENTS_MAX)
        auditor_fail(&world->auditor, 7, "it does not end: over %d events", EVENTS_MAX);
}

/* --- at rest ---------------------------------------------------------------------------------- */

/* Messages that are still to be delivered; what waits for one that never comes back is none. */
static unsigned count_forwards(const struct world *world, const struct node *node)
{
    unsigned count = party_view(node->party).forwards;
    for (unsigned i = 1; node->index == NODE_SWITCH && i < world->node_count; i++)
        if (world->nodes[i].is_gone)
            count -= party_peer_view(node->party, i - 1).forwards;
    return count;
}

/* Why not; NULL: it is. */
static const char *find_unrest(const struct world *world, const struct node **who)
{
    for (unsigned i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        *who = node;
        if (node->is_gone)
            continue;
        if (!node->is_alive)
            return "is down";
        struct party_view view = party_view(node->party);
        if (node->commit_us != 0)
            return "commits";
        if (view.requests > 0)
            return "has requests to answer";
        if (view.exchanges > 0)
            return "waits for answers";
        if (count_forwards(world, node) > 0)
            return "has stored messages to deliver";
        if (node->index != NODE_SWITCH && !party_peer_is_ready(node->party, 0))
            return "has not signed on";
        if (node->index != NODE_SWITCH &&
            !party_peer_is_ready(world->nodes[NODE_SWITCH].party, node->index - 1))
            return "is not signed on at the switch";
    }
    return world->agenda.count > 0 ? "" : NULL;
}

static void at_rest(struct world *world)
{
    struct node *centre = &world->nodes[NODE_SWITCH];
    bool is_gone[PLAN_NODES_MAX] = {false};
    world->end_us = world->now_us + REST_WITHIN_US;
    switch (world->phase) {
    case PHASE_HEALED:
        for (unsigned i = 0; i < world->node_count; i++)
            is_gone[i] = world->nodes[i].is_gone;
        auditor_at_rest(&world->auditor, is_gone);
        auditor_places_at_rest(&world->auditor, router_view(centre->router).places);
        world->phase = PHASE_CUTOVER;
        node_tick(centre);
        trace_note(world, NODE_SWITCH, "all is at rest; last cutover");
        MUST(party_cutover(centre->party, date_add_days(party_business_date(centre->party), 1),
                           NULL, NULL));
        node_after(centre);
        break;
    case PHASE_CUTOVER:
        world->phase = PHASE_CUT;
        clearing_cut_next(world);
        break;
    case PHASE_CUT:
        clearing_cut_next(world);
        break;
    default:
        break;
    }
}

/* --- what happens next ------------------------------------------------------------------------ */

static void take_entry(struct world *world)
{
    struct entry entry = agenda_take(&world->agenda);
    world_event(world, entry.what, entry.which);
    switch (entry.what) {
    case ENTRY_DELIVER:
        network_deliver(world, &entry);
        break;
    case ENTRY_SIDE_DOWN:
        network_side_down(world, entry.which, entry.detail, entry.generation);
        break;
    case ENTRY_LINK_UP:
        network_link_up(world, entry.which);
        break;
    case ENTRY_RESTART:
        node_start(&world->nodes[entry.which]);
        break;
    case ENTRY_ACTION:
        load_action(world, entry.which);
        break;
    case ENTRY_TROUBLE:
        trouble_strike(world, entry.which);
        break;
    case ENTRY_TROUBLE_END:
        trouble_end(world, &entry);
        break;
    case ENTRY_HEAL:
        world->phase = PHASE_HEALED;
        world->end_us = world->now_us + REST_WITHIN_US;
        trace_note(world, NODE_SWITCH, "everything heals");
        trouble_heal(world);
        break;
    }
}

enum { NEXT_ENTRY, NEXT_COMMIT, NEXT_TICK };
enum { EVENT_COMMIT = 100, EVENT_TICK = 101 };

static void step(struct world *world)
{
    uint64_t due_us = agenda_due(&world->agenda);
    unsigned what = NEXT_ENTRY;
    struct node *who = NULL;
    for (unsigned i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        if (!node->is_alive)
            continue;
        uint64_t tick_us = party_deadline(node->party);
        if (node->commit_us != 0 && node->commit_us < due_us) {
            due_us = node->commit_us;
            what = NEXT_COMMIT;
            who = node;
        }
        if (tick_us < due_us) {
            due_us = tick_us;
            what = NEXT_TICK;
            who = node;
        }
    }
    if (due_us > world->end_us) {
        const struct node *unrest = NULL;
        const char *why = find_unrest(world, &unrest);
        auditor_fail(&world->auditor, 7, "an hour after everything was healed, %s %s", unrest->name,
                     why != NULL ? why : "rests, and nothing goes on");
        return;
    }
    if (due_us > world->now_us)
        world->now_us = due_us;
    if (what == NEXT_ENTRY)
        take_entry(world);
    else if (what == NEXT_COMMIT) {
        world_event(world, EVENT_COMMIT, who->index);
        node_commit(who);
    } else {
        world_event(world, EVENT_TICK, who->index);
        node_tick(who);
    }
}

static void run(struct world *world)
{
    const struct node *ignored;
    while (world->phase != PHASE_OVER && !world_has_failed(world)) {
        if (world->phase == PHASE_FORGET) {
            step(world);
            forgetting_look(world);
        } else if (world->phase != PHASE_TROUBLE && world->agenda.count == 0 &&
                   find_unrest(world, &ignored) == NULL)
            at_rest(world);
        else
            step(world);
    }
}

/* --- from beginning to end -------------------------------------------------------------------- */

static void plan_entries(struct world *world)
{
    const struct plan *plan = &world->plan;
    for (unsigned i = 0; i < plan->action_count; i++)
        agenda_add(&world->agenda, &(struct entry){.due_us = BEGIN_US + plan->actions[i].at_us,
                                                   .what = ENTRY_ACTION,
                                                   .which = i});
    for (unsigned i = 0; i < plan->trouble_count; i++)
        agenda_add(&world->agenda, &(struct entry){.due_us = BEGIN_US + plan->troubles[i].at_us,
                                                   .what = ENTRY_TROUBLE,
                                                   .which = i});
    agenda_add(&world->agenda,
               &(struct entry){.due_us = BEGIN_US + plan->heal_us, .what = ENTRY_HEAL});
}

void world_begin(struct world *world, const struct simulation *simulation,
                 const struct simulation_case *which, struct simulation_result *result)
{
    uint64_t institutions[PLAN_NODES_MAX] = {0};
    struct fault fault = {RESULT_OK, ""};
    /* The flights behind it are told apart by the agenda, and need not be cleared. */
    world->simulation = simulation;
    world->which = which;
    world->result = result;
    plan_draw(&world->plan, which->seed, which->without, which->drop);
    world->now_us = 0;
    world->end_us = UINT64_MAX;
    world->phase = PHASE_TROUBLE;
    agenda_clear(&world->agenda);
    world->node_count = plan_nodes(&world->plan);
    memset(world->links, 0, sizeof world->links);
    memset(world->is_signed_off, 0, sizeof world->is_signed_off);
    world->flight_count = world->flight_high = world->free_count = 0;
    world->network = plan_stream(which->seed, STREAM_NETWORK);
    world->stores = plan_stream(which->seed, STREAM_STORE);
    world->times = plan_stream(which->seed, STREAM_TIMES);
    memset(world->packets, 0, sizeof world->packets);
    memset(world->tries, 0, sizeof world->tries);
    world->cutovers = 0;
    world->date_cut = 0;
    world->cut_busy = false;
    world->hash = hash_number(0, which->seed);
    for (unsigned i = 0; i < world->node_count; i++)
        MUST(node_prepare(world, i, &fault) == RESULT_OK);
    for (unsigned i = 0; i < world->node_count; i++)
        institutions[i] = world->nodes[i].id.number;
    auditor_begin(&world->auditor, &world->plan, institutions);
    trace_begin(world);
}

void world_run(struct world *world)
{
    for (unsigned i = 0; i < world->node_count; i++)
        node_start(&world->nodes[i]);
    plan_entries(world);
    run(world);
}

void world_end(struct world *world)
{
    struct simulation_result *result = world->result;
    for (unsigned i = 0; i < world->node_count; i++)
        node_close(&world->nodes[i]);
    result->hash = world->hash;
    result->simulated_us = world->now_us;
    result->actions = world->plan.action_count;
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (world->plan.levels[kind] != LEVEL_OFF)
            result->kinds |= kind_bit(kind);
    result->statement = world->auditor.statement;
    snprintf(result->text, sizeof result->text, "%s", world->auditor.text);
}
