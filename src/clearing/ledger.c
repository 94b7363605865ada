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

/* What an issuer posted or refused. false: nothing that is compared. */
static bool item_of_posting(const struct journal_entry *entry, struct item *item)
{
    struct operation operation = entry->operation;
    bool is_refused = entry->event == JOURNAL_REFUSED;
    uint8_t flags = 0;
    switch (operation.kind) {
    case OPERATION_FREEZE:
    case OPERATION_UNFREEZE:
    case OPERATION_DEBIT:
    case OPERATION_CREDIT:
    case OPERATION_PURCHASE:
        break;
    case OPERATION_CONFIRMATION:
        operation = named(&operation, OPERATION_CREDIT);
        break;
    case OPERATION_DEBIT_REVERSAL:
        operation = named(&operation, OPERATION_DEBIT);
        flags = ITEM_UNDOES;
        break;
    case OPERATION_PURCHASE_REVERSAL:
        operation = named(&operation, OPERATION_PURCHASE);
        flags = ITEM_UNDOES;
        break;
    case OPERATION_FREEZE_REVERSAL:
        operation.kind = OPERATION_FREEZE; /* by the freeze's name, as all of them are */
        flags = ITEM_UNDOES;
        break;
    default:
        return false;
    }
    if (is_refused && flags != 0)
        return false; /* then nothing was taken back */
    *item = item_of(&operation, entry->settlement_date,
                    is_refused ? operation.amount_minor : entry->moved_minor);
    item->flags = flags;
    item->state = is_refused ? ITEM_REFUSED : ITEM_FINAL;
    item->owner = entry->sender_issuer != 0 ? entry->sender_issuer : entry->receiver_issuer;
    return true;
}

/* What a wallet was answered. */
static bool item_of_answer(const struct journal_entry *entry, struct item *item)
{
    struct operation operation = entry->operation;
    bool is_approved = entry->code == CODE_APPROVED;
    uint8_t flags = 0;
    switch (operation.kind) {
    case OPERATION_CLAIM:
    case OPERATION_FREEZE:
        break;
    case OPERATION_PURCHASE:
        flags = ITEM_GOT;
        break;
    case OPERATION_PURCHASE_REVERSAL:
        operation = named(&operation, OPERATION_PURCHASE);
        flags = ITEM_GOT | ITEM_UNDOES;
        /* It has come too late: the purchase stands, whether its own answer ever came or not. */
        if (entry->code == CODE_STATE && entry->settlement_date != 0) {
            is_approved = true;
            flags = ITEM_GOT | ITEM_TOLD;
        }
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
    /* Then nothing was taken back, or released. */
    if (!is_approved && (flags & (ITEM_UNDOES | ITEM_BELIEVED)) != 0)
        return false;
    *item = item_of(&operation, entry->settlement_date, operation.amount_minor);
    item->flags = flags;
    item->owner = operation.forwarder.number;
    if (operation.kind == OPERATION_CLAIM && entry->code == CODE_TO_BE_CONFIRMED)
        item->state = ITEM_UNCONFIRMED;
    else if (!is_approved)
        item->state = ITEM_REFUSED;
    return true;
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
    bool is_item = false;
    if (entry.event == JOURNAL_FREEZE || entry.event == JOURNAL_SHARE ||
        entry.event == JOURNAL_PURCHASE) {
        scan->result = fault_set(scan->fault, RESULT_INPUT,
                                 "this is the log of a switch, no party's own book");
        return false;
    }
    if (entry.event == JOURNAL_POSTED ||
        (entry.event == JOURNAL_REFUSED && (entry.sender_issuer | entry.receiver_issuer) != 0))
        is_item = item_of_posting(&entry, &item);
    else if (entry.event == JOURNAL_ANSWERED)
        is_item = item_of_answer(&entry, &item);
    if (!is_item || item.amount_minor < 0)
        return true;
    item.code = entry.code;
    item.place = record->number;
    return scan->each(scan->context, &item);
}

static enum result scan_store(void *store, uint32_t date, ledger_item_fn *each, void *context,
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

/* --- whose ------------------------------------------------------------------------------------ */

/* The first one that says so. A wallet's notice may be told by the switch's number. */
static bool take_owner(void *context, const struct item *item)
{
    struct ledger *ledger = context;
    if (item->kind != OPERATION_UNFREEZE)
        ledger->institution = item->owner;
    return ledger->institution == 0;
}

enum result ledger_of_store(struct store *store, struct ledger *ledger, struct fault *fault)
{
    static const uint8_t first[] = {TABLE_ACCOUNT}, end[] = {TABLE_ACCOUNT + 1};
    struct store_found account;
    *ledger = (struct ledger){.scan = scan_store, .context = store};
    TRY(store_find(store, bytes_of(first, 1), bytes_of(end, 1), &account, fault));
    ledger->is_wallet = !account.found; /* only an issuer has accounts */
    return ledger_scan(ledger, 0, take_owner, ledger, fault);
}

enum result ledger_scan(const struct ledger *ledger, uint32_t date, ledger_item_fn *each,
                        void *context, struct fault *fault)
{
    return ledger->scan(ledger->context, date, each, context, fault);
}
