/* A party's own book out of its journal. */
#include "clearing/ledger.h"

#include "redpacket/journal.h"

#include <inttypes.h>

struct scan {
    uint32_t date;
    ledger_item_fn *each;
    void *context;
    enum result result;
    struct fault *fault;
};

/* --- one entry -------------------------------------------------------------------------------- */

/* The message that DE 90 names, as far as its key goes. */
static struct operation named(const struct operation *operation, enum operation_kind kind)
{
    struct operation other = *operation;
    other.kind = kind;
    other.transmission = operation->original.transmission;
    other.stan = operation->original.stan;
    other.acquirer.number = operation->original.acquirer;
    other.forwarder.number = operation->original.forwarder;
    return other;
}

/* What an issuer posted. false: nothing that is compared. */
static bool item_of_posting(const struct journal_entry *entry, struct item *item)
{
    struct operation operation = entry->operation;
    uint8_t flags = 0;
    switch (operation.kind) {
    case OPERATION_FREEZE:
    case OPERATION_UNFREEZE:
    case OPERATION_DEBIT:
    case OPERATION_CREDIT:
        break;
    case OPERATION_CONFIRMATION:
        operation = named(&operation, OPERATION_CREDIT);
        break;
    case OPERATION_DEBIT_REVERSAL:
        operation = named(&operation, OPERATION_DEBIT);
        flags = ITEM_UNDOES;
        break;
    case OPERATION_FREEZE_REVERSAL:
        operation.kind = OPERATION_FREEZE; /* by the freeze's name, as all of them are */
        flags = ITEM_UNDOES;
        break;
    default:
        return false;
    }
    *item = item_of(&operation, entry->settlement_date, entry->moved_minor);
    item->flags = flags;
    return true;
}

/* What a wallet was answered. */
static bool item_of_answer(const struct journal_entry *entry, struct item *item)
{
    struct operation operation = entry->operation;
    bool approved = entry->code == CODE_APPROVED;
    uint8_t flags = 0;
    switch (operation.kind) {
    case OPERATION_CLAIM:
        approved = approved || entry->code == CODE_TO_BE_CONFIRMED;
        break;
    case OPERATION_FREEZE:
        break;
    case OPERATION_UNFREEZE:
        flags = ITEM_BELIEVED;
        break;
    case OPERATION_FREEZE_REVERSAL:
        operation.kind = OPERATION_FREEZE;
        flags = ITEM_UNDOES;
        break;
    default:
        return false;
    }
    *item = item_of(&operation, entry->settlement_date, operation.amount_minor);
    item->flags = flags;
    return approved;
}

static bool scan_record(void *context, const struct store_log_record *record)
{
    struct scan *scan = context;
    struct journal_entry entry;
    struct item item;
    if (record->settlement_date == 0 || (scan->date != 0 && record->settlement_date != scan->date))
        return true;
    if (!journal_read(record->data, &entry)) {
        scan->result = fault_set(scan->fault, RESULT_CORRUPT,
                                 "log record %" PRIu64 " is no entry of a journal", record->number);
        return false;
    }
    bool is_item = entry.event == JOURNAL_POSTED     ? item_of_posting(&entry, &item)
                   : entry.event == JOURNAL_ANSWERED ? item_of_answer(&entry, &item)
                                                     : false;
    if (!is_item)
        return true;
    item.place = record->number;
    return scan->each(scan->context, &item);
}

enum result ledger_scan(struct store *store, uint32_t date, ledger_item_fn *each, void *context,
                        struct fault *fault)
{
    struct scan scan = {.date = date, .each = each, .context = context, .fault = fault};
    uint64_t first = 1, last = 0;
    if (date != 0) {
        TRY(store_log_range(store, date, &first, &last, fault));
        if (first == 0)
            return RESULT_OK;
    }
    TRY(store_log_scan(store, first, last, scan_record, &scan, fault));
    return scan.result;
}

/* --- a date's book ---------------------------------------------------------------------------- */

struct loading {
    struct items *items;
    enum result result;
    struct fault *fault;
};

static bool load_item(void *context, const struct item *item)
{
    struct loading *loading = context;
    loading->result = items_add(loading->items, item, loading->fault);
    return loading->result == RESULT_OK;
}

/* One key's items, `count` of them at `from`, settled and put at `to`: each that undoes takes one
 * away, or marks it. Returns how many are left. */
static size_t settle_group(struct item *list, size_t from, size_t count, size_t to)
{
    size_t undoing = 0, left = 0;
    for (size_t i = from; i < from + count; i++)
        undoing += (list[i].flags & ITEM_UNDOES) != 0;
    for (size_t i = from; i < from + count; i++) {
        struct item item = list[i];
        if ((item.flags & ITEM_UNDOES) != 0)
            continue;
        bool is_undone = undoing > 0;
        undoing -= is_undone;
        if (is_undone && item_is_money(item.kind))
            continue;
        if (is_undone)
            item.flags |= ITEM_UNDONE;
        /* A notice that was given twice is one unfreeze. */
        if ((item.flags & ITEM_BELIEVED) != 0 && left > 0)
            continue;
        list[to + left++] = item;
    }
    return left;
}

static void settle(struct items *items)
{
    size_t kept = 0, from = 0;
    while (from < items->count) {
        size_t count = 1;
        while (from + count < items->count &&
               item_same(&items->list[from], &items->list[from + count]))
            count++;
        kept += settle_group(items->list, from, count, kept);
        from += count;
    }
    items->count = kept;
}

enum result ledger_load(struct store *store, uint32_t date, struct items *items,
                        struct fault *fault)
{
    struct loading loading = {.items = items, .fault = fault};
    TRY(ledger_scan(store, date, load_item, &loading, fault));
    if (loading.result != RESULT_OK)
        return loading.result;
    items_sort(items);
    settle(items);
    return RESULT_OK;
}
