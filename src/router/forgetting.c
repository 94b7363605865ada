/* What the switch knows about forgetting its freezes (party/forgetting.h). */
#include "router/router_state.h"

static uint32_t over_since(struct bytes record)
{
    struct freeze freeze;
    freeze_decode(record, &freeze);
    return freeze_is_over(&freeze) ? freeze.over_s : 0;
}

/* The confirmation of a credit that was approved late goes on, though its share has ended. */
static bool is_waiting(void *core, const struct freeze_reference *name)
{
    struct router *router = core;
    struct store_key first = key_of_freeze(name, 0), end = key_of_freeze(name, SHARES_MAX + 1);
    struct store_found found;
    struct fault fault = {RESULT_OK, ""};
    first.data[0] = end.data[0] = TABLE_FORWARD;
    MUST(store_find(party_store(router->party), bytes_of(first.data, first.len),
                    bytes_of(end.data, end.len), &found, &fault) == RESULT_OK);
    return found.found;
}

static void journal(struct store_tx *tx, struct bytes record, int64_t wall_us)
{
    struct freeze freeze;
    struct journal_entry entry;
    freeze_decode(record, &freeze);
    journal_begin(&entry, JOURNAL_FORGOTTEN, &freeze.request, wall_us);
    entry.from = (uint8_t)freeze.state;
    entry.code = CODE_NONE;
    entry.sender_issuer = freeze.sender_issuer;
    entry.moved_minor = freeze.credited_minor;
    entry.frozen_minor = freeze.request.amount_minor;
    entry.available_minor = freeze.left_minor >= 0 ? freeze.left_minor : 0;
    journal_write(tx, &entry);
}

const struct forgetting_rules router_forgetting_rules = {
    .over_since = over_since,
    .is_waiting = is_waiting,
    .journal = journal,
};
