/* Marks a settlement date as cut, once and durably: the clearing reader stops at the mark. */
#include "base/text.h"
#include "router/router_state.h"

#include <stdio.h>

static void apply_cut(struct store_step *step, struct store_tx *tx)
{
    struct router *router = step->context;
    struct bytes record;
    struct journal_entry entry;
    router->cut_before = store_tx_get(tx, 0, &record);
    if (router->cut_before)
        return;
    store_tx_put(tx, 0, "1", 1);
    journal_begin(&entry, JOURNAL_CUT, NULL, router->cut_wall_us);
    entry.settlement_date = router->cut_date;
    journal_write(tx, &entry);
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

void router_cut(struct router *router, uint32_t date, router_cut_fn *done, void *context)
{
    struct fault fault = {RESULT_OK, ""};
    char name[16];
    unsigned moving = 0;
    for (size_t i = 0; i < DATES_MOVING_MAX; i++)
        if (router->moving[i].date == date)
            moving += router->moving[i].count;
    if (date >= party_business_date(router->party))
        fault_set(&fault, RESULT_STATE,
                  "settlement date %08u is not over: the business date is %08u", date,
                  party_business_date(router->party));
    else if (moving > 0)
        fault_set(&fault, RESULT_STATE, "settlement date %08u has %u claims and freezes still open",
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
    snprintf(name, sizeof name, "cut-%08u", date);
    router->cut_step = (struct store_step){.apply = apply_cut, .done = done_cut, .context = router};
    store_step_key(&router->cut_step, key_of_name(TABLE_BATCH, name));
    store_submit(party_store(router->party), &router->cut_step);
}
