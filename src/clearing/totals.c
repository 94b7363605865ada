/* Totals over a switch's log. */
#include "clearing/totals.h"

#include "clearing/fee_book.h"
#include "redpacket/journal.h"

#include <inttypes.h>
#include <string.h>

struct pass {
    struct clearing_totals *totals;
    const struct fee_table *fees;
    uint64_t institution;
    enum result result;
    struct fault *fault;
};

static enum result add(struct pass *pass, int64_t *sum, int64_t amount_minor)
{
    if (!__builtin_add_overflow(*sum, amount_minor, sum))
        return RESULT_OK;
    return fault_set(pass->fault, RESULT_LIMIT, "a total of the log has over 18 digits");
}

static enum result count_refusal(struct pass *pass, uint16_t code, enum operation_kind kind)
{
    struct clearing_totals *totals = pass->totals;
    size_t at = 0;
    while (at < totals->refusal_count && totals->refusals[at].code < code)
        at++;
    struct clearing_refusal *refusal = &totals->refusals[at];
    if (at == totals->refusal_count || refusal->code != code) {
        if (totals->refusal_count == TOTALS_CODES_MAX)
            return fault_set(pass->fault, RESULT_LIMIT, "more than %d response codes",
                             TOTALS_CODES_MAX);
        memmove(refusal + 1, refusal, (totals->refusal_count - at) * sizeof *refusal);
        totals->refusal_count++;
        *refusal = (struct clearing_refusal){.code = code};
    }
    refusal->count++;
    refusal->freezes += kind == OPERATION_FREEZE;
    refusal->claims += kind == OPERATION_CLAIM;
    refusal->purchases += kind == OPERATION_PURCHASE;
    return RESULT_OK;
}

static enum result add_fees(struct pass *pass, const struct journal_entry *entry)
{
    struct fee_share share = fee_share_of(entry, pass->institution);
    struct fee_items items;
    TRY(fee_table_apply(pass->fees, &share, &items, pass->fault));
    for (size_t i = 0; i < items.count; i++)
        TRY(positions_add_fee(&pass->totals->positions, items.list[i].payer, items.list[i].payee,
                              share.currency, items.list[i].amount_minor, pass->fault));
    return RESULT_OK;
}

static enum result take_share(struct pass *pass, const struct journal_entry *entry)
{
    struct clearing_totals *totals = pass->totals;
    enum share_state from = (enum share_state)entry->from, to = (enum share_state)entry->to;
    int64_t amount = entry->operation.amount_minor;
    totals->claims += to == SHARE_RESERVED;
    totals->credited += to == SHARE_CREDITED;
    if (from == SHARE_CREDITING && (to == SHARE_CREDITED || to == SHARE_CREDIT_UNKNOWN)) {
        TRY(add(pass, &totals->claimed_minor, amount));
        TRY(add_fees(pass, entry));
        return positions_add_share(&totals->positions, entry->sender_issuer, entry->receiver_issuer,
                                   entry->operation.currency, amount, pass->fault);
    }
    /* The claim was answered, and not with 00 or A2. */
    bool was_open = from == SHARE_RESERVED || from == SHARE_DEBITED || from == SHARE_CREDITING;
    bool is_refused = to == SHARE_RELEASED || to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING;
    return was_open && is_refused ? count_refusal(pass, entry->code, OPERATION_CLAIM) : RESULT_OK;
}

static enum result take_freeze(struct pass *pass, const struct journal_entry *entry)
{
    struct clearing_totals *totals = pass->totals;
    enum freeze_state from = (enum freeze_state)entry->from, to = (enum freeze_state)entry->to;
    if (from == FREEZE_FREEZING && to == FREEZE_FROZEN) {
        totals->packets++;
        return add(pass, &totals->frozen_minor, entry->moved_minor);
    }
    if (from == FREEZE_FREEZING && entry->operation.kind == OPERATION_FREEZE)
        return count_refusal(pass, entry->code, OPERATION_FREEZE);
    if (from == FREEZE_FROZEN && to == FREEZE_REVERSING) {
        totals->reversed++;
        return add(pass, &totals->reversed_minor, entry->operation.amount_minor);
    }
    if (from == FREEZE_CLOSING && to == FREEZE_CLOSING) {
        totals->released++;
        return add(pass, &totals->unfrozen_minor, entry->moved_minor);
    }
    return RESULT_OK;
}

static enum result take_purchase(struct pass *pass, const struct journal_entry *entry)
{
    struct clearing_totals *totals = pass->totals;
    enum purchase_state from = (enum purchase_state)entry->from;
    uint64_t issuer = entry->sender_issuer, acquirer = entry->operation.acquirer.number;
    int64_t amount = entry->operation.amount_minor;
    bool is_purchased = entry->to == PURCHASE_PURCHASED;
    if (from == PURCHASE_PURCHASING && !is_purchased)
        return code_verdict(entry->code) != VERDICT_APPROVED
                   ? count_refusal(pass, entry->code, OPERATION_PURCHASE)
                   : RESULT_OK;
    if (!is_purchased && from != PURCHASE_PURCHASED)
        return RESULT_OK;
    totals->purchases += is_purchased;
    totals->purchase_reversals += !is_purchased;
    TRY(add(pass, is_purchased ? &totals->purchased_minor : &totals->repaid_minor, amount));
    TRY(add_fees(pass, entry));
    return positions_add_share(&totals->positions, is_purchased ? issuer : acquirer,
                               is_purchased ? acquirer : issuer, entry->operation.currency, amount,
                               pass->fault);
}

static enum result take_entry(struct pass *pass, const struct journal_entry *entry)
{
    switch (entry->event) {
    case JOURNAL_SHARE:
        return take_share(pass, entry);
    case JOURNAL_FREEZE:
        return take_freeze(pass, entry);
    case JOURNAL_PURCHASE:
        return take_purchase(pass, entry);
    case JOURNAL_REFUSED:
        pass->totals->claims += entry->operation.kind == OPERATION_CLAIM;
        return count_refusal(pass, entry->code, entry->operation.kind);
    default:
        return RESULT_OK;
    }
}

static bool take_record(void *context, const struct store_log_record *record)
{
    struct pass *pass = context;
    struct journal_entry entry;
    if (journal_read(record->data, &entry))
        pass->result = take_entry(pass, &entry);
    else
        pass->result = fault_set(pass->fault, RESULT_CORRUPT,
                                 "log record %" PRIu64 " is no entry of a journal", record->number);
    return pass->result == RESULT_OK;
}

enum result clearing_totals(struct store *store, const struct fee_table *fees, uint64_t institution,
                            struct clearing_totals *totals, struct fault *fault)
{
    struct pass pass = {.totals = totals, .fees = fees, .institution = institution, .fault = fault};
    *totals = (struct clearing_totals){0};
    TRY(store_log_scan(store, 1, 0, take_record, &pass, fault));
    return pass.result;
}
