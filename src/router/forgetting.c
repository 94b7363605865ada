/* What the switch knows about forgetting its freezes and purchases (party/forgetting.h). */
#include "router/router_state.h"

static uint32_t purchase_over_since(struct bytes record)
{
    struct purchase purchase;
    purchase_decode(record, &purchase);
    return purchase_is_over(&purchase) ? purchase.over_s : 0;
}

static uint32_t over_since(const struct store_key *key, struct bytes record)
{
    struct freeze freeze;
    if (key->data[0] == TABLE_PURCHASE)
        return purchase_over_since(record);
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

static void journal_purchase(struct store_tx *tx, struct bytes record, int64_t wall_us)
{
    struct purchase purchase;
    struct journal_entry entry;
    purchase_decode(record, &purchase);
    journal_begin(&entry, JOURNAL_FORGOTTEN, &purchase.request, wall_us);
    entry.from = (uint8_t)purchase.state;
    entry.sender_issuer = purchase.issuer;
    entry.moved_minor = purchase_is_owed(&purchase) ? purchase.request.amount_minor : 0;
    journal_write(tx, &entry);
}

static void journal(struct store_tx *tx, const struct store_key *key, struct bytes record,
                    int64_t wall_us)
{
    struct freeze freeze;
    struct journal_entry entry;
    if (key->data[0] == TABLE_PURCHASE) {
        journal_purchase(tx, record, wall_us);
        return;
    }
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
