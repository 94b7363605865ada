/* What the issuer knows about forgetting (party/forgetting.h); the reasons are in docs/store.md.
 *
 * A debit or a freeze is asked for again by a reversal, which the switch sends before it ends the
 * freeze: these keys are forgotten with their freeze. A credit may be confirmed and a purchase
 * reversed at any time, and nothing here says when the switch has done with it; and any message
 * that is stored and forwarded is repeated until the switch has heard its answer, perhaps long
 * after the freeze is over here. These keys are kept as long as keys are. */
#include "issuer_sim/issuer_state.h"

#include "redpacket/journal.h"

static uint32_t over_since(const struct store_key *key, struct bytes record)
{
    struct ledger_freeze freeze;
    (void)key; /* purchases leave postings, and nothing behind them */
    MUST(ledger_freeze_decode(record, &freeze));
    return freeze.state != FREEZE_FROZEN ? freeze.over_s : 0;
}

static bool is_kept(const struct transaction_key *key)
{
    enum { AUTHORISATION = 1, FINANCIAL = 2 }; /* second digit of 0100, 0200 */
    bool is_freeze = key->mti_class == AUTHORISATION;
    bool is_debit =
        key->mti_class == FINANCIAL && key->process == operation_process(OPERATION_DEBIT);
    return !is_freeze && !is_debit;
}

static void journal(struct store_tx *tx, const struct store_key *key, struct bytes record,
                    int64_t wall_us)
{
    struct ledger_freeze freeze;
    struct journal_entry entry;
    (void)key;
    MUST(ledger_freeze_decode(record, &freeze));
    journal_begin(&entry, JOURNAL_FORGOTTEN, &freeze.request, wall_us);
    entry.from = (uint8_t)freeze.state;
    entry.code = CODE_NONE;
    entry.moved_minor = freeze.debited_minor;
    entry.frozen_minor = freeze.frozen_minor;
    entry.available_minor = freeze.released_minor;
    journal_write(tx, &entry);
}

const struct forgetting_rules issuer_forgetting_rules = {
    .over_since = over_since,
    .is_kept = is_kept,
    .journal = journal,
};
