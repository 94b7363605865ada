/* What strikes a simulated world by the clock, as its plan says; and its end. */
#include "simulation/world.h"

#include "base/date.h"

enum { CUTOVERS_MAX = 6, CUT_TRIES = 6 };
/* How wrong a clock may be: beyond the day that DE 7 is given, so that good requests are refused
 * for their time; far from half a year, where DE 7 means another year. */
static const int64_t CLOCK_OFF_MAX_US = INT64_C(72) * 3600 * 1000000;

static void cut_done(void *context, enum result result, const struct fault *fault)
{
    struct world *world = context;
    (void)fault;
    world->hash = hash_number(world->hash, result);
}

/* Dates are cut as soon as they can be: tried now and again, also while some of it is open. */
static void plan_cut(struct world *world, unsigned which, uint32_t tries)
{
    uint64_t after_us = world_draw_us(world, 100, world->plan.troubles[which].length_us / 10 + 200);
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + after_us,
                                               .what = ENTRY_TROUBLE_END,
                                               .which = which,
                                               .detail = tries});
}

static void cut(struct world *world, const struct entry *entry)
{
    struct node *node = &world->nodes[NODE_SWITCH];
    if (entry->detail > 1)
        plan_cut(world, entry->which, entry->detail - 1);
    if (!node->is_alive)
        return;
    node_tick(node);
    router_cut(node->router, date_add_days(party_business_date(node->party), -1), cut_done, world);
    node_after(node);
}

/* A new business date. */
static void cutover(struct world *world, unsigned which)
{
    struct node *node = &world->nodes[NODE_SWITCH];
    if (!node->is_alive || world->cutovers == CUTOVERS_MAX)
        return;
    uint32_t date = date_add_days(party_business_date(node->party), 1);
    world->cutovers++;
    trace_note(world, NODE_SWITCH, "cutover to %08u", date);
    node_tick(node);
    if (!party_cutover(node->party, date, NULL, NULL))
        trace_note(world, NODE_SWITCH, "the cutover before it is still under way");
    node_after(node);
    plan_cut(world, which, CUT_TRIES);
}

static void sign_off(struct world *world, unsigned which)
{
    const struct plan_trouble *trouble = &world->plan.troubles[which];
    struct node *node = &world->nodes[trouble->which + 1];
    if (!node->is_alive || party_peer_view(node->party, 0).links == 0)
        return;
    world->is_signed_off[trouble->which] = true;
    trace_note(world, node->index, "signs off");
    node_tick(node);
    party_sign_off(node->party, 0);
    node_after(node);
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + trouble->length_us,
                                               .what = ENTRY_TROUBLE_END,
                                               .which = which});
}

/* All its links break: what comes up anew signs on. */
static void sign_on(struct world *world, unsigned member)
{
    for (unsigned line = 0; world->is_signed_off[member] && line < world->plan.links[member + 1];
         line++)
        network_break(world, member * PLAN_LINKS_MAX + line);
    world->is_signed_off[member] = false;
}

static void crash(struct world *world, const struct plan_trouble *trouble)
{
    struct node *node = &world->nodes[trouble->which];
    if (!node->is_alive)
        return;
    node_crash(node, "killed");
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + trouble->length_us,
                                               .what = ENTRY_RESTART,
                                               .which = node->index});
}

static void jump(struct node *node, int64_t jump_us)
{
    int64_t off_us = node->wall_off_us + jump_us;
    if (off_us > CLOCK_OFF_MAX_US)
        off_us = CLOCK_OFF_MAX_US;
    if (off_us < -CLOCK_OFF_MAX_US)
        off_us = -CLOCK_OFF_MAX_US;
    trace_note(node->world, node->index, "its clock jumps by %lld s",
               (long long)((off_us - node->wall_off_us) / 1000000));
    node->wall_off_us = off_us;
}

static unsigned link_of(const struct world *world, const struct plan_trouble *trouble)
{
    return trouble->which * PLAN_LINKS_MAX + trouble->link % world->plan.links[trouble->which + 1];
}

void trouble_strike(struct world *world, unsigned which)
{
    const struct plan_trouble *trouble = &world->plan.troubles[which];
    struct node *node = &world->nodes[trouble->which];
    switch (trouble->kind) {
    case KIND_BREAK:
        network_break(world, link_of(world, trouble));
        break;
    case KIND_STALL:
        trace_note(world, trouble->which + 1, "a link stands still");
        network_stall(world, link_of(world, trouble), trouble->direction,
                      world->now_us + trouble->length_us);
        break;
    case KIND_SILENCE:
        trace_note(world, trouble->which + 1, "silence on a link");
        network_silence(world, link_of(world, trouble), trouble->direction,
                        world->now_us + 2 * trouble->length_us);
        break;
    case KIND_CRASH:
        crash(world, trouble);
        break;
    case KIND_CLOCK:
        jump(node, trouble->jump_us);
        break;
    case KIND_SIGN_OFF:
        sign_off(world, which);
        break;
    case KIND_CUTOVER:
        cutover(world, which);
        break;
    case KIND_GONE:
        node_crash(node, "for good");
        node->is_gone = true;
        break;
    default:
        MUST(false);
    }
}

void trouble_end(struct world *world, const struct entry *entry)
{
    const struct plan_trouble *trouble = &world->plan.troubles[entry->which];
    if (trouble->kind == KIND_CUTOVER)
        cut(world, entry);
    if (trouble->kind == KIND_SIGN_OFF)
        sign_on(world, trouble->which);
}

void trouble_heal(struct world *world)
{
    for (unsigned i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        node->wall_off_us = 0;
        node_start(node);
    }
    network_heal(world);
    for (unsigned member = 0; member + 1 < world->node_count; member++)
        sign_on(world, member);
}
