/* After a restart: what the process before this one had under way is brought to its end.
 *
 *   share RESERVED      -> DEBIT_UNKNOWN    answer 98; the debit is reversed
 *   share DEBITED       -> REVERSING        answer 91; the debit is reversed
 *   share CREDITING     -> CREDIT_UNKNOWN   answer A2; the credit is confirmed, never reversed
 *   freeze FREEZING     -> REVERSING        answer 98; the freeze is reversed
 *   freeze CLOSING, with nothing moving     its release is computed and queued
 *
 * Nobody waits for these answers any more: they are stored, and given on a repeat. What is already
 * stored and forwarded goes on by itself. Each is a step like any other, with its from-state: it
 * may be done twice. Source: protocol page, "switch restarts". */
#include "router/router_state.h"

#include "base/mutant.h"

#include <stdlib.h>

struct left_one {
    bool is_share;
    uint8_t state;
    uint32_t settlement_date;
    struct operation operation; /* the claim, or the freeze's request */
    struct freeze freeze;       /* of a freeze */
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

static bool is_ours_to_resolve(const struct router *router, struct bytes value, bool of_share,
                               struct left_one *one)
{
    struct share share;
    one->is_share = of_share;
    if (of_share) {
        share_decode(value, &share);
        one->state = (uint8_t)share.state;
        one->settlement_date = share.settlement_date;
        one->operation = share.claim;
        return share.owner == router->config.owner &&
               (share.state == SHARE_RESERVED || share.state == SHARE_DEBITED ||
                share.state == SHARE_CREDITING);
    }
    freeze_decode(value, &one->freeze);
    one->state = (uint8_t)one->freeze.state;
    one->settlement_date = one->freeze.settlement_date;
    one->operation = one->freeze.request;
    return one->freeze.owner == router->config.owner &&
           (one->freeze.state == FREEZE_FREEZING || freeze_can_release(&one->freeze));
}

static bool find_one(void *context, struct bytes key, struct bytes value)
{
    struct finding *finding = context;
    struct router *router = finding->router;
    struct open_record record = router_read_open(key, value);
    bool of_share = key.data[key.len - 1] != 0 || key.data[key.len - 2] != 0;
    struct left_one one;
    if (!record.keeps_place)
        return true; /* over, or it has its stored message, which count_place() counts */
    router->places++;
    if (record.blocks_cut) {
        unsigned *moving = router_find_moving(router, record.settlement_date);
        finding->full = moving == NULL;
        if (moving == NULL)
            return false;
        ++*moving;
    }
    if (!is_ours_to_resolve(router, value, of_share, &one))
        return true;
    struct left_one *kept = add(finding->left);
    finding->no_memory = kept == NULL;
    if (kept != NULL)
        *kept = one;
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
    uint8_t first[] = {TABLE_FREEZE}, end[] = {TABLE_FREEZE + 1};
    uint8_t first_stored[] = {TABLE_FORWARD}, end_stored[] = {TABLE_FORWARD + 1};
    unsigned max = router->config.party.forwards_max;
    struct finding finding = {.router = router, .left = left};
    TRY(store_scan(router->config.party.store, bytes_of(first, 1), bytes_of(end, 1), find_one,
                   &finding, fault));
    TRY(store_scan(router->config.party.store, bytes_of(first_stored, 1), bytes_of(end_stored, 1),
                   count_place, router, fault));
    if (finding.no_memory)
        return fault_set(fault, RESULT_IO, "no memory for what was left open");
    if (finding.full)
        return fault_set(fault, RESULT_LIMIT,
                         "claims and freezes of more than %d settlement dates were left open",
                         DATES_MOVING_MAX);
    if (router->places > max)
        return fault_set(fault, RESULT_LIMIT,
                         "%u claims and freezes are open, more than the %u store-and-forward "
                         "places of the lab file",
                         router->places, max);
    return RESULT_OK;
}

enum result router_resolve_open(struct router *router, const struct left_open *left,
                                struct fault *fault)
{
    for (size_t i = 0; i < left->count && !mutant_is(MUTANT_WORK_FORGOTTEN); i++) {
        const struct left_one *one = &left->list[i];
        struct work *work = router_work_take(router, NULL);
        if (work == NULL)
            return fault_set(fault, RESULT_LIMIT,
                             "%zu claims and freezes were left under way, more than the lab file's "
                             "in_flight lets be worked on",
                             left->count);
        work->operation = one->operation;
        work->claim = operation_key(&one->operation);
        work->settlement_date = one->settlement_date;
        work->freeze = one->freeze;
        bool releases = !one->is_share && one->state == FREEZE_CLOSING;
        work->is_admitted = !releases; /* counted when it was found */
        if (one->is_share)
            router_claim_resolve(work, (enum share_state)one->state);
        else if (releases)
            router_release_submit(work);
        else
            router_freeze_resolve(work);
    }
    if (left->count > 0)
        party_log(router->party, LOG_INFO, "resolving", "%zu claims and freezes left under way",
                  left->count);
    return RESULT_OK;
}

void left_open_deinit(struct left_open *left)
{
    free(left->list);
    *left = (struct left_open){0};
}
