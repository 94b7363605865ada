/* Marks a settlement date as cut, once and durably: the clearing reader stops at the mark. */
#include "base/mutant.h"
#include "router/router_state.h"

enum { KEY_CUT, KEY_COUNTERS }; /* of the step */

static void set_keys(struct store_step *step, uint32_t date)
{
    MUST(store_step_key(step, key_of_cut(date)) == KEY_CUT);
    MUST(store_step_key(step, router_counters_key()) == KEY_COUNTERS);
}

/* Inside apply; true: the date was marked before. */
static bool write_mark(struct store_tx *tx, uint32_t date, const struct institution *self,
                       int64_t wall_us)
{
    struct bytes record;
    struct journal_entry entry;
    uint8_t number[8];
    struct writer w = writer_to(number, sizeof number);
    if (store_tx_get(tx, KEY_CUT, &record))
        return true;
    write_u64(&w, store_tx_log_number(tx));
    store_tx_put(tx, KEY_CUT, number, sizeof number);
    struct standing standing = router_tx_standing(tx, KEY_COUNTERS);
    journal_begin(&entry, JOURNAL_CUT, NULL, wall_us);
    entry.settlement_date = date;
    entry.operation.forwarder = *self;
    entry.count = standing.count;
    entry.available_minor = standing.open_minor;
    journal_write(tx, &entry);
    return false;
}

static void apply_cut(struct store_step *step, struct store_tx *tx)
{
    struct router *router = step->context;
    router->cut_before =
        write_mark(tx, router->cut_date, &router->config.party.self, router->cut_wall_us);
}

static void done_cut(struct store_step *step, void *context)
{
    (void)step;
    struct router *router = context;
    router->cut_busy = false;
    if (!router->cut_before)
        party_log(router->party, LOG_INFO, "date_cut", "%08u", router->cut_date);
    router->cut_done(router->cut_context, RESULT_OK, NULL);
}

void router_cut(struct router *router, uint32_t date, router_done_fn *done, void *context)
{
    struct fault fault = {RESULT_OK, ""};
    unsigned moving = router_count_moving(router, date);
    if (date >= party_business_date(router->party))
        fault_set(&fault, RESULT_STATE,
                  "settlement date %08u is not over: the business date is %08u", date,
                  party_business_date(router->party));
    else if (moving > 0 && !mutant_is(MUTANT_CUT_TOO_EARLY))
        fault_set(
            &fault, RESULT_STATE,
            "settlement date %08u still waits for claims, freezes and purchases under way: %u",
            date, moving);
    else if (router->cut_busy)
        fault_set(&fault, RESULT_STATE, "another date is being cut");
    if (fault.result != RESULT_OK) {
        done(context, fault.result, &fault);
        return;
    }
    router->cut_busy = true;
    router->cut_date = date;
    router->cut_done = done;
    router->cut_context = context;
    router->cut_wall_us = party_now(router->party).wall_us;
    router->cut_step = (struct store_step){.apply = apply_cut, .done = done_cut, .context = router};
    set_keys(&router->cut_step, date);
    store_submit(party_store(router->party), &router->cut_step);
}

/* --- on a store that no switch runs on -------------------------------------------------------- */

static bool find_mark(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    *(bool *)context = true;
    return false;
}

enum result router_is_cut(struct store *store, uint32_t date, bool *is_cut, struct fault *fault)
{
    struct store_key first = key_of_cut(date), end = key_of_cut(date + 1);
    *is_cut = false;
    return store_scan(store, bytes_of(first.data, first.len), bytes_of(end.data, end.len),
                      find_mark, is_cut, fault);
}

struct opened {
    uint32_t date;
    uint64_t count;
};

static bool count_open(void *context, const struct found_open *found)
{
    struct opened *opened = context;
    opened->count += found->open.blocks_cut && found->open.settlement_date == opened->date;
    return true;
}

struct offline_cut {
    struct store_step step;
    uint32_t date;
    struct institution self;
    int64_t wall_us;
};

static void apply_offline(struct store_step *step, struct store_tx *tx)
{
    const struct offline_cut *cut = step->context;
    (void)write_mark(tx, cut->date, &cut->self, cut->wall_us);
}

static void done_offline(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

static bool read_self(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    bool is_day = journal_read(record->data, &entry) && entry.event == JOURNAL_DAY;
    if (is_day)
        *(struct institution *)context = entry.operation.forwarder;
    return !is_day;
}

/* Of the cutover that began the business date, which is its first entry. */
enum result router_stored_self(struct store *store, struct institution *self, struct fault *fault)
{
    uint32_t business_date;
    uint64_t first, last;
    *self = (struct institution){0};
    TRY(party_stored_date(store, &business_date, fault));
    TRY(store_log_range(store, business_date, &first, &last, fault));
    return first != 0 ? store_log_scan(store, first, last, read_self, self, fault) : RESULT_OK;
}

enum result router_cut_store(struct store *store, uint32_t date, int64_t wall_us,
                             struct fault *fault)
{
    struct offline_cut cut = {.date = date, .wall_us = wall_us};
    struct opened opened = {.date = date};
    uint32_t business_date;
    TRY(party_stored_date(store, &business_date, fault));
    if (date >= business_date)
        return fault_set(fault, RESULT_STATE,
                         "settlement date %08u is not over: there was no cutover to a later one",
                         date);
    TRY(router_open_scan(store, count_open, &opened, fault));
    if (opened.count > 0)
        return fault_set(
            fault, RESULT_STATE,
            "settlement date %08u still waits for claims, freezes and purchases under way: %llu; "
            "start the switch to let them end",
            date, (unsigned long long)opened.count);
    cut.step = (struct store_step){.apply = apply_offline, .done = done_offline, .context = &cut};
    TRY(router_stored_self(store, &cut.self, fault));
    set_keys(&cut.step, date);
    store_submit(store, &cut.step);
    return store_drain(store, fault);
}
