/* Freezes that nobody has closed: older than they may become, they are closed as if the wallet's
 * unfreeze notice had come. Source: protocol page "Unfreeze", last sentence.
 *
 * A freeze that becomes FROZEN leaves a record under the second of its request, so the oldest are
 * the first of their table, and nobody goes through the others. A record that is due is deleted in
 * the step that closes its freeze; when the freeze is not FROZEN any more it only is deleted. So no
 * other step has to know of it. */
#include "router/router_state.h"

#include "base/mutant.h"

enum {
    AGING_STEPS_MAX = 8,    /* at once */
    AGING_PAUSE_MS = 10,    /* from such a batch to the next: 800 closings a second at most */
    AGING_RETRY_MS = 10000, /* when there is no room */
    AGING_START_MS = 1000,  /* after the start, which has other things to do */
};

static const int64_t SECOND_US = 1000000;
static const int64_t WAIT_MAX_US = INT64_C(86400) * 1000000; /* the wall clock may be set */
static const char NOTE[] = "older than a freeze may become: closed by the switch";

static void arm(struct router *router, int64_t wait_us)
{
    uint64_t now_us = party_now(router->party).mono_us;
    party_arm(router->party, &router->aging_timer, now_us + (uint64_t)wait_us);
}

static void apply_aged(struct store_step *step, struct store_tx *tx)
{
    struct work *work = step->context;
    router_tx_read_freeze(tx, work);
    store_tx_delete(tx, KEY_TIME);
    if (mutant_is(MUTANT_AGED_WITHOUT_FROM))
        work->freeze.state = FREEZE_FROZEN;
    work->moved = freeze_move(&work->freeze, FREEZE_FROZEN, FREEZE_CLOSING);
    if (!work->moved)
        return;
    work->operation = work->freeze.request;
    work->note = NOTE;
    router_tx_write_freeze(tx, work);
    router_work_journal(tx, work, JOURNAL_FREEZE, FREEZE_FROZEN, FREEZE_CLOSING, 0);
}

static void done_aged(struct store_step *step, void *context)
{
    (void)step;
    struct work *work = context;
    struct router *router = work->router;
    if (work->moved)
        router->view.aged++;
    else
        router_place_give(router);
    work->has_place = false;
    work->note = NULL;
    if (--router->aging == 0)
        arm(router, INT64_C(1000) * AGING_PAUSE_MS);
    router_work_end(work);
}

/* Live claims keep half of the places, however many freezes of an issuer that is away have aged. */
static bool close_one(struct router *router, const struct store_key *due)
{
    struct freeze_reference name;
    struct reader r = reader_of(bytes_of(due->data + 1, due->len - 1u));
    if (router->places >= (router->config.party.forwards_max + 1) / 2 ||
        !router_place_take_for_notice(router))
        return false;
    struct work *work = router_work_take_spare(router, WORKS_SPARE);
    if (work == NULL) {
        router_place_give(router);
        return false;
    }
    work->has_place = true;
    read_u32(&r);
    reference_name_read(&r, &name);
    MUST(!r.bad && r.at == r.end);
    work->operation = (struct operation){.kind = OPERATION_FREEZE, .reference = name};
    work->claim = operation_key(&work->operation); /* no request: nothing is there */
    work->answer = (struct answer){.code = CODE_NONE};
    router_work_set_keys(work, &work->claim, &name, OPERATION_UNFREEZE);
    MUST(store_step_key(&work->step, *due) == KEY_TIME);
    router->aging++;
    router_work_submit(work, apply_aged, done_aged);
    return true;
}

struct due_list {
    int64_t now_us, age_us;
    int64_t next_us; /* when the first that is not due is; INT64_MAX: there is none */
    unsigned count;
    struct store_key list[AGING_STEPS_MAX];
};

static bool add_due(void *context, struct bytes key, struct bytes value)
{
    (void)value;
    struct due_list *due = context;
    struct reader r = reader_of(key);
    read_u8(&r); /* the table */
    int64_t due_us = read_u32(&r) * SECOND_US + due->age_us;
    if (due_us > due->now_us) {
        due->next_us = due_us;
        return false;
    }
    due->list[due->count].len = (uint8_t)key.len;
    memcpy(due->list[due->count].data, key.data, key.len);
    return ++due->count < AGING_STEPS_MAX;
}

void router_aging_run(struct router *router)
{
    static const uint8_t first[] = {TABLE_TIME}, end[] = {TABLE_TIME + 1};
    struct due_list due = {
        .now_us = party_now(router->party).wall_us,
        .age_us = party_keeping(router->party).freeze_age_us,
        .next_us = INT64_MAX,
    };
    struct fault fault = {RESULT_OK, ""};
    if (router->aging > 0)
        return; /* the last of them comes back to it */
    enum result result = store_scan(party_store(router->party), bytes_of(first, 1),
                                    bytes_of(end, 1), add_due, &due, &fault);
    if (result != RESULT_OK) {
        party_log(router->party, LOG_ERROR, "store_unreadable", "%s", fault.text);
        MUST(result == RESULT_OK);
    }
    for (unsigned i = 0; i < due.count; i++)
        if (!close_one(router, &due.list[i])) {
            if (router->aging == 0)
                arm(router, INT64_C(1000) * AGING_RETRY_MS);
            return;
        }
    if (due.count > 0 || due.next_us == INT64_MAX)
        return; /* until those are done, or another freeze becomes FROZEN */
    int64_t wait_us = due.next_us - due.now_us;
    arm(router, wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US);
}

void router_aging_begin(struct router *router)
{
    arm(router, INT64_C(1000) * AGING_START_MS);
}

void router_aging_note(struct router *router)
{
    int64_t age_us = party_keeping(router->party).freeze_age_us;
    if (router->aging == 0 && !deadline_is_armed(&router->aging_timer.deadline))
        arm(router, age_us < WAIT_MAX_US ? age_us : WAIT_MAX_US);
}
