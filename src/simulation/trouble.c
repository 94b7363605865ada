/* What strikes a simulated world by the clock, as its plan says; and its end. */
#include "simulation/world.h"

#include "base/date.h"

enum { CUTOVERS_MAX = 6 };

static void cut_done(void *context, enum result result, const struct fault *fault)
{
    struct world *world = context;
    (void)fault;
    world->hash = hash_number(world->hash, result);
}

/* A new business date; later, perhaps while some of it is still open, the old one is cut. */
static void cutover(struct world *world, unsigned which)
{
    struct node *node = &world->nodes[NODE_SWITCH];
    if (!node->is_alive || world->cutovers == CUTOVERS_MAX)
        return;
    uint32_t date = date_add_days(party_business_date(node->party), 1);
    world->cutovers++;
    trace_note(world, NODE_SWITCH, "cutover to %08u", date);
    node_tick(node);
    party_cutover(node->party, date);
    node_after(node);
    agenda_add(&world->agenda,
               &(struct entry){.due_us = world->now_us + world->plan.troubles[which].length_us / 4,
                               .what = ENTRY_TROUBLE_END,
                               .which = which});
}

static void sign_off(struct world *world, unsigned which)
{
    const struct plan_trouble *trouble = &world->plan.troubles[which];
    struct node *node = &world->nodes[trouble->which + 1];
    struct link *link = &world->links[trouble->which];
    if (!node->is_alive || !link->is_up[SIDE_MEMBER])
        return;
    link->is_signed_off = true;
    trace_note(world, node->index, "signs off");
    node_tick(node);
    party_sign_off(node->party, 0);
    node_after(node);
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + trouble->length_us,
                                               .what = ENTRY_TROUBLE_END,
                                               .which = which,
                                               .generation = link->generation});
}

static void crash(struct world *world, const struct plan_trouble *trouble)
{
    struct node *node = &world->nodes[trouble->which];
    if (!node->is_alive || (node->index == NODE_SWITCH && !SWITCH_CRASHES))
        return;
    node_crash(node, "killed");
    agenda_add(&world->agenda, &(struct entry){.due_us = world->now_us + trouble->length_us,
                                               .what = ENTRY_RESTART,
                                               .which = node->index});
}

void trouble_strike(struct world *world, unsigned which)
{
    const struct plan_trouble *trouble = &world->plan.troubles[which];
    struct node *node = &world->nodes[trouble->which];
    switch (trouble->kind) {
    case KIND_BREAK:
        network_break(world, trouble->which);
        break;
    case KIND_SILENCE:
        trace_note(world, trouble->which + 1, "silence on the link");
        network_silence(world, trouble->which, trouble->direction,
                        world->now_us + 2 * trouble->length_us);
        break;
    case KIND_CRASH:
        crash(world, trouble);
        break;
    case KIND_CLOCK:
        node->wall_off_us += trouble->jump_us;
        trace_note(world, node->index, "its clock jumps by %lld s",
                   (long long)(trouble->jump_us / 1000000));
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
    struct node *centre = &world->nodes[NODE_SWITCH];
    if (trouble->kind == KIND_CUTOVER && centre->is_alive) {
        node_tick(centre);
        router_cut(centre->router, date_add_days(party_business_date(centre->party), -1), cut_done,
                   world);
        node_after(centre);
    }
    if (trouble->kind == KIND_SIGN_OFF &&
        world->links[trouble->which].generation == entry->generation)
        network_break(world, trouble->which);
}

void trouble_heal(struct world *world)
{
    for (unsigned i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        node->wall_off_us = 0;
        node_start(node);
    }
    network_heal(world);
}
