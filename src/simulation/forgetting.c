/* The last weeks of a slow world: nothing happens any more but that freezes become too old and what
 * is over is forgotten. In the end nothing is left but what is disputed. */
#include "simulation/world.h"

static const uint64_t DAY_US = UINT64_C(86400) * 1000000;

struct left {
    struct world *world;
    bool is_wallet, is_any;
};

static bool note_record(void *context, struct bytes key, struct bytes value)
{
    struct left *left = context;
    struct freeze_reference name;
    (void)value;
    struct transaction_key purchase;
    if (key.data[0] == TABLE_PURCHASE && !left->is_wallet) {
        transaction_key_decode(key.data + 1, &purchase);
        left->is_any = !auditor_purchase_of_key(&left->world->auditor, &purchase)->is_disputed;
    } else if (key.data[0] == TABLE_FREEZE || key.data[0] == TABLE_GRAB) {
        struct reader r = reader_of(bytes_of(key.data + 1, key.len - 1));
        reference_name_read(&r, &name);
        left->is_any = !auditor_is_kept(&left->world->auditor, &name);
    } else
        left->is_any = true;
    return !left->is_any;
}

static bool has_records(struct world *world, struct node *node, enum record_table table)
{
    uint8_t first[] = {(uint8_t)table}, end[] = {(uint8_t)(table + 1)};
    struct left left = {.world = world, .is_wallet = plan_is_wallet(&world->plan, node->index)};
    struct fault fault = {RESULT_OK, ""};
    if (store_scan(node->store, bytes_of(first, 1), bytes_of(end, 1), note_record, &left, &fault) !=
        RESULT_OK)
        auditor_fail(&world->auditor, 7, "%s: %s", node->name, fault.text);
    return left.is_any;
}

static const char *find_remembered(struct world *world, struct node *node)
{
    if (has_records(world, node, TABLE_PURCHASE))
        return "purchases";
    if (plan_is_wallet(&world->plan, node->index))
        return has_records(world, node, TABLE_CLAIM) ? "claims" : NULL;
    if (has_records(world, node, TABLE_DUPLICATE))
        return "keys";
    if (has_records(world, node, TABLE_FREEZE))
        return "freezes";
    if (has_records(world, node, TABLE_OPEN))
        return "work under way";
    return has_records(world, node, TABLE_TIME) ? "times" : NULL;
}

void forgetting_watch(struct world *world)
{
    const struct plan *plan = &world->plan;
    /* Clocks were days ahead when some of it was written; and each walk rests for a day. */
    uint64_t within_us = plan->freeze_age_us + plan->keep_us + plan->forget_us + 12 * DAY_US;
    world->phase = PHASE_FORGET;
    world->end_us = world->now_us + within_us;
    world->look_us = world->now_us + DAY_US;
    trace_note(world, NODE_SWITCH, "weeks pass");
}

void forgetting_look(struct world *world)
{
    const char *what = NULL;
    bool is_last = world->now_us + 2 * DAY_US > world->end_us;
    if (world->now_us < world->look_us)
        return;
    world->look_us = world->now_us + DAY_US;
    for (unsigned i = 0; i < world->node_count && what == NULL; i++) {
        struct node *node = &world->nodes[i];
        if (node->is_gone)
            continue;
        if (node->commit_us != 0)
            return;
        what = find_remembered(world, node);
        if (what != NULL && is_last)
            auditor_fail(&world->auditor, STATEMENT_LAW, "%s still remembers %s, weeks after all",
                         node->name, what);
    }
    if (what != NULL)
        return;
    clearing_audit(world);
    world->phase = PHASE_OVER;
}
