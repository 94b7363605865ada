/* Which claims, freezes and purchases of a date are under way: their records say that they are, the
 * log since when. */
#include "router/moving.h"

#include "router/router_state.h"

const char *router_moving_state(const struct router_moving_one *one)
{
    if (one->is_purchase)
        return purchase_state_name((enum purchase_state)one->state);
    return one->reference.share == 0 ? freeze_state_name((enum freeze_state)one->state)
                                     : share_state_name((enum share_state)one->state);
}

/* --- which ------------------------------------------------------------------------------------ */

struct finding {
    struct store *store;
    uint32_t date;
    struct router_moving *moving;
    enum result result;
    struct fault *fault;
};

static struct router_moving_one one_of(const struct found_open *found)
{
    if (found->kind == OPEN_PURCHASE)
        return (struct router_moving_one){.is_purchase = true,
                                          .purchase = operation_key(&found->purchase.request),
                                          .state = (uint8_t)found->purchase.state};
    if (found->kind == OPEN_SHARE)
        return (struct router_moving_one){.reference = found->share.claim.reference,
                                          .state = (uint8_t)found->share.state};
    return (struct router_moving_one){.reference = found->freeze.request.reference,
                                      .state = (uint8_t)found->freeze.state};
}

/* Not router_open_scan(): beside a running switch what was noted as under way may have ended before
 * its record is read. */
static bool note(void *context, struct bytes key, struct bytes nothing)
{
    struct finding *finding = context;
    struct router_moving *moving = finding->moving;
    struct found_open found;
    (void)nothing;
    finding->result = router_open_read(finding->store, key, &found, finding->fault);
    if (finding->result != RESULT_OK)
        return false;
    if (!found.open.blocks_cut || found.open.settlement_date != finding->date)
        return true;
    if (moving->listed < ROUTER_MOVING_LISTED)
        moving->list[moving->listed++] = one_of(&found);
    moving->count++;
    return true;
}

/* --- since when, and where -------------------------------------------------------------------- */

static bool is_about(const struct router_moving_one *one, const struct journal_entry *entry)
{
    const struct freeze_reference *reference = &entry->operation.reference;
    if (one->is_purchase != (entry->event == JOURNAL_PURCHASE))
        return false;
    if (one->is_purchase) {
        struct transaction_key key = operation_key(&entry->operation);
        return transaction_key_equal(&key, &one->purchase);
    }
    uint16_t share = entry->event == JOURNAL_SHARE ? reference->share : 0;
    return reference_same_freeze(&one->reference, reference) && one->reference.share == share;
}

/* The latest step counts; it may have come after the record was read. */
static bool take_step(void *context, const struct store_log_record *record)
{
    struct router_moving *moving = context;
    struct journal_entry entry;
    if (!journal_read(record->data, &entry) ||
        (entry.event != JOURNAL_SHARE && entry.event != JOURNAL_FREEZE &&
         entry.event != JOURNAL_PURCHASE))
        return true;
    for (size_t i = 0; i < moving->listed; i++) {
        struct router_moving_one *one = &moving->list[i];
        if (!is_about(one, &entry))
            continue;
        bool is_at_sender = entry.event != JOURNAL_SHARE || entry.to == SHARE_RESERVED;
        one->state = entry.to;
        one->waits_for = is_at_sender ? entry.sender_issuer : entry.receiver_issuer;
        one->since = record->number;
        one->since_us = entry.wall_us;
    }
    return true;
}

enum result router_moving_find(struct store *store, uint32_t date, struct router_moving *moving,
                               struct fault *fault)
{
    static const uint8_t begin[] = {TABLE_OPEN}, end[] = {TABLE_OPEN + 1};
    struct finding finding = {.store = store, .date = date, .moving = moving, .fault = fault};
    uint64_t first, last;
    *moving = (struct router_moving){0};
    TRY(store_scan(store, bytes_of(begin, 1), bytes_of(end, 1), note, &finding, fault));
    TRY(finding.result);
    if (moving->count == 0)
        return RESULT_OK;
    TRY(store_log_range(store, date, &first, &last, fault));
    return first != 0 ? store_log_scan(store, first, last, take_step, moving, fault) : RESULT_OK;
}
