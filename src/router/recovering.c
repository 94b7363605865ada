/* After a restart: what the process before this one had under way is brought to its end.
 *
 *   share RESERVED      -> DEBIT_UNKNOWN    answer 98; the debit is reversed
 *   share DEBITED       -> REVERSING        answer 91; the debit is reversed
 *   share CREDITING     -> CREDIT_UNKNOWN   answer A2; the credit is confirmed, never reversed
 *   freeze FREEZING     -> REVERSING        answer 98; the freeze is reversed
 *   freeze CLOSING, with nothing moving     its release is computed and queued
 *   purchase PURCHASING -> REVERSING        answer 98; the purchase is reversed
 *
 * Nobody waits for these answers any more: they are stored, and given on a repeat. What is already
 * stored and forwarded goes on by itself. Each is a step like any other, with its from-state: it
 * may be done twice. Source: protocol page, "switch restarts". */
#include "router/router_state.h"

#include "base/mutant.h"

#include <stdlib.h>
#include <string.h>

/* --- what is under way ------------------------------------------------------------------------ */

struct open_record router_freeze_open(const struct freeze *freeze)
{
    return (struct open_record){
        .keeps_place = freeze->state == FREEZE_FREEZING ||
                       (freeze->state == FREEZE_CLOSING && freeze->left_minor < 0),
        .blocks_cut = freeze->state == FREEZE_FREEZING,
        .settlement_date = freeze->settlement_date,
    };
}

struct open_record router_share_open(const struct share *share)
{
    bool is_under_way = share->state == SHARE_RESERVED || share->state == SHARE_DEBITED ||
                        share->state == SHARE_CREDITING;
    return (struct open_record){
        .keeps_place = is_under_way,
        .blocks_cut = is_under_way,
        .settlement_date = share->settlement_date,
    };
}

struct open_record router_purchase_open(const struct purchase *purchase)
{
    bool is_under_way = purchase->state == PURCHASE_PURCHASING;
    return (struct open_record){
        .keeps_place = is_under_way,
        .blocks_cut = is_under_way,
        .settlement_date = purchase->settlement_date,
    };
}

/* Where its shares have their number, a freeze has 0. */
enum open_kind router_open_kind(struct bytes key)
{
    if (key_names_purchase(key))
        return OPEN_PURCHASE;
    bool is_share = key.data[key.len - 1] != 0 || key.data[key.len - 2] != 0;
    return is_share ? OPEN_SHARE : OPEN_FREEZE;
}

struct open_scan {
    struct store *store;
    router_open_fn *each;
    void *context;
    enum result result;
    struct fault *fault;
};

enum result router_open_read(struct store *store, struct bytes key, struct found_open *found,
                             struct fault *fault)
{
    struct store_key record = {.len = (uint8_t)key.len};
    struct store_found at;
    *found = (struct found_open){.kind = router_open_kind(key)};
    memcpy(record.data, key.data, key.len);
    record.data[0] = found->kind == OPEN_PURCHASE ? TABLE_PURCHASE : TABLE_FREEZE;
    TRY(store_find_key(store, &record, &at, fault));
    struct bytes value = at.found ? bytes_of(at.value, at.len) : bytes_of(NULL, 0);
    if (found->kind == OPEN_PURCHASE) {
        purchase_decode(value, &found->purchase);
        found->open = router_purchase_open(&found->purchase);
    } else if (found->kind == OPEN_SHARE) {
        share_decode(value, &found->share);
        found->open = router_share_open(&found->share);
    } else {
        freeze_decode(value, &found->freeze);
        found->open = router_freeze_open(&found->freeze);
    }
    return RESULT_OK;
}

static bool find_open(void *context, struct bytes key, struct bytes nothing)
{
    static const char *const names[] = {
        [OPEN_FREEZE] = "freeze", [OPEN_SHARE] = "share", [OPEN_PURCHASE] = "purchase"};
    struct open_scan *scan = context;
    struct found_open found;
    (void)nothing;
    scan->result = router_open_read(scan->store, key, &found, scan->fault);
    if (scan->result != RESULT_OK)
        return false;
    if (!found.open.keeps_place) {
        scan->result = fault_set(scan->fault, RESULT_CORRUPT,
                                 "a %s is noted as under way, and its record says otherwise",
                                 names[found.kind]);
        return false;
    }
    return scan->each(scan->context, &found);
}

enum result router_open_scan(struct store *store, router_open_fn *each, void *context,
                             struct fault *fault)
{
    static const uint8_t first[] = {TABLE_OPEN}, end[] = {TABLE_OPEN + 1};
    struct open_scan scan = {.store = store, .each = each, .context = context, .fault = fault};
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), find_open, &scan, fault));
    return scan.result;
}

/* --- finding it at the start ------------------------------------------------------------------ */

struct left_one {
    enum open_kind kind;
    uint8_t state;
    uint32_t settlement_date;
    struct operation operation; /* the claim, or the freeze's or purchase's request */
    struct freeze freeze;       /* of a freeze */
    struct purchase purchase;   /* of a purchase */
    uint64_t receiver_issuer;   /* of a share */
};

struct finding {
    struct router *router;
    struct left_open *left;
    bool no_memory, full; /* of dates */
};

static struct left_one *add(struct left_open *left)
{
    if (left->count == left->room) {
        size_t room = left->room == 0 ? 64 : left->room * 2;
        struct left_one *list = realloc(left->list, room * sizeof *list);
        if (list == NULL)
            return NULL;
        left->list = list;
        left->room = room;
    }
    return &left->list[left->count++];
}

static struct left_one left_one_of(const struct found_open *found)
{
    if (found->kind == OPEN_PURCHASE)
        return (struct left_one){
            .kind = OPEN_PURCHASE,
            .state = (uint8_t)found->purchase.state,
            .settlement_date = found->purchase.settlement_date,
            .operation = found->purchase.request,
            .purchase = found->purchase,
        };
    if (found->kind == OPEN_SHARE)
        return (struct left_one){
            .kind = OPEN_SHARE,
            .state = (uint8_t)found->share.state,
            .settlement_date = found->share.settlement_date,
            .operation = found->share.claim,
            .receiver_issuer = found->share.receiver_issuer,
        };
    return (struct left_one){
        .kind = OPEN_FREEZE,
        .state = (uint8_t)found->freeze.state,
        .settlement_date = found->freeze.settlement_date,
        .operation = found->freeze.request,
        .freeze = found->freeze,
    };
}

static bool is_ours_to_resolve(const struct router *router, const struct found_open *found)
{
    if (found->kind == OPEN_PURCHASE)
        return found->purchase.owner == router->config.owner;
    if (found->kind == OPEN_SHARE)
        return found->share.owner == router->config.owner;
    return found->freeze.owner == router->config.owner &&
           (found->freeze.state == FREEZE_FREEZING || freeze_can_release(&found->freeze));
}

static bool find_one(void *context, const struct found_open *found)
{
    struct finding *finding = context;
    struct router *router = finding->router;
    router->places++;
    if (found->open.blocks_cut) {
        unsigned *moving = router_find_moving(router, found->open.settlement_date);
        finding->full = moving == NULL;
        if (moving == NULL)
            return false;
        ++*moving;
    }
    if (!is_ours_to_resolve(router, found))
        return true;
    struct left_one *kept = add(finding->left);
    finding->no_memory = kept == NULL;
    if (kept != NULL)
        *kept = left_one_of(found);
    return kept != NULL;
}

static bool count_place(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ((struct router *)context)->places++;
    return true;
}

enum result router_find_open(struct router *router, struct left_open *left, struct fault *fault)
{
    uint8_t first_stored[] = {TABLE_FORWARD}, end_stored[] = {TABLE_FORWARD + 1};
    unsigned max = router->config.party.forwards_max;
    struct finding finding = {.router = router, .left = left};
    TRY(router_open_scan(router->config.party.store, find_one, &finding, fault));
    TRY(store_scan(router->config.party.store, bytes_of(first_stored, 1), bytes_of(end_stored, 1),
                   count_place, router, fault));
    if (finding.no_memory)
        return fault_set(fault, RESULT_IO, "no memory for what was left open");
    if (finding.full)
        return fault_set(
            fault, RESULT_LIMIT,
            "claims, freezes and purchases of more than %d settlement dates were left open",
            DATES_MOVING_MAX);
    if (router->places > max)
        return fault_set(
            fault, RESULT_LIMIT,
            "%u claims, freezes and purchases are open, more than the %u store-and-forward "
            "places of the lab file",
            router->places, max);
    return RESULT_OK;
}

/* Whose totals the next step of a share counts. */
static enum result find_issuers(const struct router *router, const struct left_one *one,
                                struct work *work, struct fault *fault)
{
    struct store_key key = key_of_freeze(&one->operation.reference, 0);
    struct store_found found;
    TRY(store_find_key(router->config.party.store, &key, &found, fault));
    if (!found.found)
        return fault_set(fault, RESULT_CORRUPT, "a share is under way, and its freeze is gone");
    freeze_decode(bytes_of(found.value, found.len), &work->freeze);
    work->share.receiver_issuer = one->receiver_issuer;
    return RESULT_OK;
}

enum result router_resolve_open(struct router *router, const struct left_open *left,
                                struct fault *fault)
{
    for (size_t i = 0; i < left->count && !mutant_is(MUTANT_WORK_FORGOTTEN); i++) {
        const struct left_one *one = &left->list[i];
        struct work *work = router_work_take(router, NULL);
        if (work == NULL)
            return fault_set(
                fault, RESULT_LIMIT,
                "%zu claims, freezes and purchases were left under way, more than the lab file's "
                "in_flight lets be worked on",
                left->count);
        work->operation = one->operation;
        work->claim = operation_key(&one->operation);
        work->settlement_date = one->settlement_date;
        work->freeze = one->freeze;
        work->purchase = one->purchase;
        if (one->kind == OPEN_SHARE)
            TRY(find_issuers(router, one, work, fault));
        bool releases = one->kind == OPEN_FREEZE && one->state == FREEZE_CLOSING;
        work->is_admitted = !releases; /* counted when it was found */
        if (one->kind == OPEN_PURCHASE)
            router_purchase_resolve(work);
        else if (one->kind == OPEN_SHARE)
            router_claim_resolve(work, (enum share_state)one->state);
        else if (releases)
            router_release_submit(work);
        else
            router_freeze_resolve(work);
    }
    if (left->count > 0)
        party_log(router->party, LOG_INFO, "resolving",
                  "%zu claims, freezes and purchases left under way", left->count);
    return RESULT_OK;
}

void left_open_deinit(struct left_open *left)
{
    free(left->list);
    *left = (struct left_open){0};
}
