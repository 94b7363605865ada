/* Finding exceptions: which dates have any, and what their logs tell. */
#include "clearing/exceptions.h"

#include "base/date.h"
#include "base/map.h"
#include "party/forward.h"
#include "redpacket/dispute.h"
#include "redpacket/journal.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    /* Of a freeze, or of a share of it, with zeros behind it; of a purchase, which fills it. */
    NAME_LEN = TRANSACTION_KEY_LEN,
    OPEN_FIRST = 64, /* room at first for what is open at once; it grows */
    NOT_TOLD = -1,   /* of an amount: nobody gave notice */
};

/* --- the list --------------------------------------------------------------------------------- */

static enum result add(struct exceptions *list, const struct exception *one, struct fault *fault)
{
    if (list->count == EXCEPTIONS_MAX)
        return fault_set(fault, RESULT_LIMIT, "more than %d exceptions", EXCEPTIONS_MAX);
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : list->room * 2;
        void *more = realloc(list->list, room * sizeof *list->list);
        if (more == NULL)
            return fault_set(fault, RESULT_IO, "no memory for %zu exceptions", room);
        list->list = more;
        list->room = room;
    }
    list->list[list->count++] = *one;
    return RESULT_OK;
}

void exceptions_deinit(struct exceptions *exceptions)
{
    free(exceptions->list);
    *exceptions = (struct exceptions){0};
}

static int by_since(const void *left, const void *right)
{
    const struct exception *a = left, *b = right;
    int order = (a->since > b->since) - (a->since < b->since);
    /* A record may begin one thing and tell of another. */
    return order != 0 ? order : (int)a->status - (int)b->status;
}

/* --- one date's log --------------------------------------------------------------------------- */

enum {
    DAYS_MAX = 64, /* with something waiting; two are usual */
    /* The log may begin with a cutover, and what was under way before it comes behind it. */
    CALENDAR_GAP_MAX = 31,
    NOTICE_DAYS_MAX = 31, /* that a release may come after its notice */
};

/* Dates that have a message waiting now. */
struct waiting {
    size_t count;
    uint32_t dates[DAYS_MAX];
    bool is_full; /* then every date may have one */
    uint32_t today;
};

struct exceptions_search {
    struct store *store;
    struct exceptions *list;
    struct waiting waiting; /* as of before the log was read: what ends meanwhile is in the log */
    /* What is open so far of the date being read, by name: the place in the list below, from 1. */
    struct map open;
    struct exceptions under_way;
    struct exceptions strangers; /* releases of freezes that were closed on an earlier date */
    /* Places that are not used any more, status EXCEPTION_STATUSES: a chain through `since`, from
     * 1; 0: none. */
    size_t free_place;
    size_t repeated; /* in the list */
    uint32_t date;
    /* Log records: of the cut, and of the cut before it that the date is in. */
    uint64_t mark, floor;
    enum result result;
    struct fault *fault;
};

static bool is_of_share(enum operation_kind kind)
{
    return kind == OPERATION_DEBIT_REVERSAL || kind == OPERATION_CONFIRMATION;
}

static void name_of(const struct freeze_reference *reference, uint16_t share, uint8_t out[NAME_LEN])
{
    struct store_key key = key_of_freeze(reference, share);
    MUST(key.len <= NAME_LEN); /* so that none is that of a purchase, which ends with its leg */
    memset(out, 0, NAME_LEN);
    memcpy(out, key.data + 1, key.len - 1u);
}

static void name_of_purchase(const struct operation *purchase, uint8_t out[NAME_LEN])
{
    struct operation operation = *purchase;
    operation.kind = OPERATION_PURCHASE;
    struct transaction_key key = operation_key(&operation);
    transaction_key_encode(&key, out);
}

static struct exception *find_open(struct exceptions_search *search, const uint8_t name[NAME_LEN])
{
    const void *place = map_find(&search->open, name);
    return place != NULL ? &search->under_way.list[(uintptr_t)place - 1] : NULL;
}

/* The map has fixed room: a new one of twice that, with the same in it. */
static enum result widen(struct exceptions_search *search)
{
    struct map wider;
    TRY(map_init(&wider, NAME_LEN, search->open.max * 2, 0, search->fault));
    for (size_t i = 0; i < search->under_way.count; i++) {
        const struct exception *one = &search->under_way.list[i];
        const struct freeze_reference *reference = &one->operation.reference;
        uint8_t name[NAME_LEN];
        if (operation_is_of_purchase(one->operation.kind))
            name_of_purchase(&one->operation, name);
        else
            name_of(reference, is_of_share(one->operation.kind) ? reference->share : 0, name);
        /* What is being added is in the list already, and not yet in the map. */
        if (one->status != EXCEPTION_STATUSES && map_find(&search->open, name) != NULL)
            MUST(map_put(&wider, name, (void *)(uintptr_t)(i + 1)));
    }
    map_deinit(&search->open);
    search->open = wider;
    return RESULT_OK;
}

static enum result keep_open(struct exceptions_search *search, const uint8_t name[NAME_LEN],
                             const struct exception *one)
{
    struct exceptions *under_way = &search->under_way;
    struct exception *there = find_open(search, name);
    if (there != NULL) {
        *there = *one;
        return RESULT_OK;
    }
    size_t place = search->free_place;
    if (place != 0) {
        search->free_place = under_way->list[place - 1].since;
        under_way->list[place - 1] = *one;
    } else {
        TRY(add(under_way, one, search->fault));
        place = under_way->count;
    }
    if (map_count(&search->open) == search->open.max)
        TRY(widen(search));
    MUST(map_put(&search->open, name, (void *)(uintptr_t)place));
    return RESULT_OK;
}

static void forget_open(struct exceptions_search *search, const uint8_t name[NAME_LEN])
{
    struct exception unused = {.status = EXCEPTION_STATUSES, .since = search->free_place};
    const void *place = map_remove(&search->open, name);
    if (place == NULL)
        return;
    search->free_place = (uintptr_t)place;
    search->under_way.list[search->free_place - 1] = unused;
}

static struct exception exception_of(const struct journal_entry *entry, uint64_t number,
                                     enum exception_status status, enum operation_kind kind)
{
    struct exception one = {
        .status = status,
        .operation = entry->operation,
        .sender_issuer = entry->sender_issuer,
        .receiver_issuer = entry->receiver_issuer,
        .settlement_date = entry->settlement_date,
        .since = number,
        .since_us = entry->wall_us,
    };
    one.operation.kind = kind;
    return one;
}

/* What was open has ended, well: told of when an earlier file had said that it was open; a credit
 * that had to be confirmed in any case, once. */
static enum result end_open(struct exceptions_search *search, const uint8_t name[NAME_LEN],
                            const struct journal_entry *entry, uint64_t number, bool is_well)
{
    const struct exception *open = find_open(search, name);
    if (open == NULL)
        return RESULT_OK;
    struct exception ended = *open;
    bool is_news = number > search->floor &&
                   (ended.operation.kind == OPERATION_CONFIRMATION || ended.since <= search->floor);
    forget_open(search, name);
    if (!is_well || !is_news)
        return RESULT_OK;
    ended.status = EXCEPTION_ENDED;
    ended.code = entry->code;
    return add(search->list, &ended, search->fault);
}

static enum result take_share(struct exceptions_search *search, const struct journal_entry *entry,
                              uint64_t number)
{
    uint8_t name[NAME_LEN];
    enum share_state to = (enum share_state)entry->to;
    bool reverses = to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING;
    bool is_end = !reverses && to != SHARE_CREDIT_UNKNOWN;
    if (to == SHARE_RESERVED || to == SHARE_CREDITING || (is_end && map_count(&search->open) == 0))
        return RESULT_OK;
    name_of(&entry->operation.reference, entry->operation.reference.share, name);
    if (is_end)
        return end_open(search, name, entry, number, to != SHARE_DISPUTED);
    struct exception open =
        exception_of(entry, number, EXCEPTION_OPEN,
                     reverses ? OPERATION_DEBIT_REVERSAL : OPERATION_CONFIRMATION);
    return keep_open(search, name, &open);
}

/* What the wallet's notice named; NOT_TOLD: the switch closed it because of its age. */
static int64_t told_by(const struct journal_entry *closing)
{
    const struct operation *operation = &closing->operation;
    bool is_notice = operation->kind == OPERATION_UNFREEZE &&
                     operation->forwarder.number == operation->reference.wallet;
    return is_notice ? operation->amount_minor : NOT_TOLD;
}

/* A closing is kept until what is left is known; it is no exception by itself. */
static enum result take_closing(struct exceptions_search *search, const struct journal_entry *entry,
                                uint64_t number, const uint8_t name[NAME_LEN])
{
    struct exception closing = exception_of(entry, number, EXCEPTION_NOTED, OPERATION_UNFREEZE);
    closing.told_minor = told_by(entry);
    return keep_open(search, name, &closing);
}

/* A release whose notice named something else. */
static enum result add_noted(struct exceptions_search *search, const struct exception *release,
                             int64_t told_minor)
{
    struct exception noted = *release;
    if (told_minor == NOT_TOLD || told_minor == release->operation.amount_minor)
        return RESULT_OK;
    noted.status = EXCEPTION_NOTED;
    noted.told_minor = told_minor;
    return add(search->list, &noted, search->fault);
}

static enum result take_release(struct exceptions_search *search, const struct journal_entry *entry,
                                uint64_t number, const uint8_t name[NAME_LEN])
{
    const struct exception *closing = find_open(search, name);
    struct exception open = exception_of(entry, number, EXCEPTION_OPEN, OPERATION_UNFREEZE);
    if (closing == NULL && number > search->floor)
        TRY(add(&search->strangers, &open, search->fault));
    else if (closing != NULL && number > search->floor)
        TRY(add_noted(search, &open, closing->told_minor));
    return keep_open(search, name, &open);
}

static enum result take_freeze(struct exceptions_search *search, const struct journal_entry *entry,
                               uint64_t number)
{
    uint8_t name[NAME_LEN];
    enum freeze_state from = (enum freeze_state)entry->from, to = (enum freeze_state)entry->to;
    name_of(&entry->operation.reference, 0, name);
    if (to == FREEZE_REVERSING) {
        struct exception open =
            exception_of(entry, number, EXCEPTION_OPEN, OPERATION_FREEZE_REVERSAL);
        return keep_open(search, name, &open);
    }
    if (from == FREEZE_CLOSING && to == FREEZE_CLOSING)
        return take_release(search, entry, number, name);
    if (to == FREEZE_CLOSING)
        return take_closing(search, entry, number, name);
    if (from == FREEZE_CLOSING || from == FREEZE_REVERSING)
        return end_open(search, name, entry, number, to != FREEZE_DISPUTED);
    return RESULT_OK;
}

static enum result take_purchase(struct exceptions_search *search,
                                 const struct journal_entry *entry, uint64_t number)
{
    uint8_t name[NAME_LEN];
    enum purchase_state to = (enum purchase_state)entry->to;
    name_of_purchase(&entry->operation, name);
    if (to == PURCHASE_REVERSING) {
        struct exception open =
            exception_of(entry, number, EXCEPTION_OPEN, OPERATION_PURCHASE_REVERSAL);
        return keep_open(search, name, &open);
    }
    return entry->from == PURCHASE_REVERSING
               ? end_open(search, name, entry, number, to != PURCHASE_DISPUTED)
               : RESULT_OK;
}

/* Same key with other content, or a freeze under a name that was used. */
static enum result take_repeated(struct exceptions_search *search,
                                 const struct journal_entry *entry, uint64_t number)
{
    struct exception one = exception_of(entry, number, EXCEPTION_REPEATED, entry->operation.kind);
    one.code = entry->code;
    if (number <= search->floor || search->repeated == EXCEPTIONS_REPEATED_MAX)
        return RESULT_OK;
    search->repeated++;
    return add(search->list, &one, search->fault);
}

enum result exceptions_take(struct exceptions_search *search, const struct journal_entry *entry,
                            uint64_t number, struct fault *fault)
{
    search->fault = fault;
    if (entry->event == JOURNAL_SHARE)
        return take_share(search, entry, number);
    if (entry->event == JOURNAL_FREEZE)
        return take_freeze(search, entry, number);
    if (entry->event == JOURNAL_PURCHASE)
        return take_purchase(search, entry, number);
    bool is_repeated = entry->event == JOURNAL_REFUSED && entry->code == CODE_DUPLICATE;
    return is_repeated ? take_repeated(search, entry, number) : RESULT_OK;
}

static bool take_record(void *context, const struct store_log_record *record)
{
    struct exceptions_search *search = context;
    struct journal_entry entry;
    if (record->settlement_date != search->date)
        return true;
    search->result =
        journal_read(record->data, &entry)
            ? exceptions_take(search, &entry, record->number, search->fault)
            : fault_set(search->fault, RESULT_CORRUPT,
                        "log record %" PRIu64 " is no entry of a journal", record->number);
    return search->result == RESULT_OK;
}

static enum result begin_date(struct exceptions_search *search, uint32_t date)
{
    map_deinit(&search->open);
    search->date = date;
    search->under_way.count = 0;
    search->free_place = 0;
    return map_init(&search->open, NAME_LEN, OPEN_FIRST, 0, search->fault);
}

/* What is open at the mark. */
static enum result end_date(struct exceptions_search *search)
{
    for (size_t i = 0; i < search->under_way.count; i++)
        if (search->under_way.list[i].status == EXCEPTION_OPEN)
            TRY(add(search->list, &search->under_way.list[i], search->fault));
    return RESULT_OK;
}

static enum result read_date(struct exceptions_search *search, uint32_t date, uint64_t first,
                             uint64_t last)
{
    if (last > search->mark)
        last = search->mark;
    TRY(begin_date(search, date));
    if (first == 0 || first > last)
        return RESULT_OK;
    TRY(store_log_scan(search->store, first, last, take_record, search, search->fault));
    return search->result;
}

/* --- which dates ------------------------------------------------------------------------------ */

static bool note_waiting(void *context, struct bytes key, struct bytes value)
{
    struct waiting *waiting = context;
    struct operation operation;
    uint64_t institution;
    int64_t since_us;
    uint32_t told;
    if (totals_message_key_read(key, &told) ||
        !forward_read(value, &operation, &institution, &since_us))
        return true; /* totals are no exception; what cannot be read keeps the switch from starting
                      */
    uint32_t date = date_past_mmdd(operation.settlement, waiting->today);
    for (size_t i = 0; i < waiting->count; i++)
        if (waiting->dates[i] == date)
            return true;
    waiting->is_full = waiting->count == DAYS_MAX;
    if (!waiting->is_full)
        waiting->dates[waiting->count++] = date;
    return !waiting->is_full;
}

static bool has_waiting(const struct waiting *waiting, uint32_t date)
{
    for (size_t i = 0; i < waiting->count; i++)
        if (waiting->dates[i] == date)
            return true;
    return waiting->is_full;
}

static bool take_first_date(void *context, const struct store_log_record *record)
{
    *(uint32_t *)context = record->settlement_date;
    return record->settlement_date == 0;
}

static bool take_mark(void *context, struct bytes key, struct bytes value)
{
    struct reader r = reader_of(value);
    (void)key;
    *(uint64_t *)context = read_u64(&r);
    return false;
}

/* 0: it is not cut. */
static enum result find_mark(struct store *store, uint32_t date, uint64_t *mark,
                             struct fault *fault)
{
    struct store_key key = key_of_cut(date);
    uint8_t end[STORE_KEY_MAX + 1] = {0}; /* the next key that there can be */
    memcpy(end, key.data, key.len);
    *mark = 0;
    return store_scan(store, bytes_of(key.data, key.len), bytes_of(end, key.len + 1u), take_mark,
                      mark, fault);
}

static enum result look_at_earlier(struct exceptions_search *search, uint32_t date)
{
    uint64_t first, last, mark;
    TRY(store_log_range(search->store, date, &first, &last, search->fault));
    if (first == 0)
        return RESULT_OK;
    TRY(find_mark(search->store, date, &mark, search->fault));
    if (mark < search->mark && mark > search->floor)
        search->floor = mark;
    /* Nothing of it after its last file, nothing waiting: it is as that file said, with nothing
     * open, or a dispute by now. */
    if (last <= search->floor && !has_waiting(&search->waiting, date))
        return RESULT_OK;
    TRY(read_date(search, date, first, last));
    return end_date(search);
}

static enum result look_at_earlier_dates(struct exceptions_search *search, uint32_t date)
{
    uint32_t oldest = 0;
    TRY(store_log_scan(search->store, 1, 0, take_first_date, &oldest, search->fault));
    uint32_t before = oldest != 0 ? date_add_days(oldest, -CALENDAR_GAP_MAX) : 0;
    if (before != 0)
        oldest = before;
    for (uint32_t earlier = date_add_days(date, -1); oldest != 0 && earlier >= oldest;
         earlier = date_add_days(earlier, -1))
        TRY(look_at_earlier(search, earlier));
    return RESULT_OK;
}

/* --- notices of earlier dates ----------------------------------------------------------------- */

static bool find_closing(void *context, const struct store_log_record *record)
{
    struct exceptions_search *search = context;
    struct journal_entry entry;
    uint8_t name[NAME_LEN];
    if (record->settlement_date != search->date || !journal_read(record->data, &entry) ||
        entry.event != JOURNAL_FREEZE || entry.from != FREEZE_FROZEN || entry.to != FREEZE_CLOSING)
        return true;
    name_of(&entry.operation.reference, 0, name);
    const struct exception *release = find_open(search, name);
    if (release == NULL)
        return true;
    search->result = add_noted(search, release, told_by(&entry));
    forget_open(search, name);
    return search->result == RESULT_OK && map_count(&search->open) > 0;
}

/* Back from the date before, until each has its closing; one with shares under way at a cutover is
 * released the day after, hardly ever later. */
static enum result find_notices(struct exceptions_search *search, uint32_t date)
{
    uint64_t first, last;
    TRY(begin_date(search, date));
    for (size_t i = 0; i < search->strangers.count; i++) {
        uint8_t name[NAME_LEN];
        name_of(&search->strangers.list[i].operation.reference, 0, name);
        TRY(keep_open(search, name, &search->strangers.list[i]));
    }
    for (int back = 1; back <= NOTICE_DAYS_MAX && map_count(&search->open) > 0; back++) {
        search->date = date_add_days(date, -back);
        TRY(store_log_range(search->store, search->date, &first, &last, search->fault));
        if (first == 0)
            continue;
        TRY(store_log_scan(search->store, first, last, find_closing, search, search->fault));
        TRY(search->result);
    }
    return RESULT_OK;
}

/* --- disputes --------------------------------------------------------------------------------- */

static bool take_dispute(void *context, struct bytes key, struct bytes value)
{
    struct exceptions_search *search = context;
    struct dispute dispute;
    (void)key;
    dispute_decode(value, &dispute);
    if (dispute.settlement_date > search->date || !dispute_is_open_at(&dispute, search->mark))
        return true;
    struct exception one = {
        .status = EXCEPTION_DISPUTED,
        .operation = dispute.about,
        .code = dispute.code,
        .sender_issuer = dispute.sender_issuer,
        .receiver_issuer = dispute.receiver_issuer,
        .settlement_date = dispute.settlement_date,
        .since = dispute.since,
        .since_us = dispute.since_us,
    };
    one.operation.kind = dispute.refused;
    search->result = add(search->list, &one, search->fault);
    return search->result == RESULT_OK;
}

static enum result add_disputes(struct exceptions_search *search)
{
    static const uint8_t first[] = {TABLE_DISPUTE}, end[] = {TABLE_DISPUTE + 1};
    TRY(store_scan(search->store, bytes_of(first, 1), bytes_of(end, 1), take_dispute, search,
                   search->fault));
    return search->result;
}

/* --- the search ------------------------------------------------------------------------------- */

enum result exceptions_begin(struct store *store, uint32_t date, struct exceptions *list,
                             struct exceptions_search **begun, struct fault *fault)
{
    static const uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    struct exceptions_search *search = *begun = calloc(1, sizeof *search);
    *list = (struct exceptions){0};
    if (search == NULL)
        return fault_set(fault, RESULT_IO, "no memory to look for exceptions");
    search->store = store;
    search->list = list;
    search->waiting.today = date;
    search->fault = fault;
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), note_waiting, &search->waiting,
                   fault));
    return begin_date(search, date);
}

enum result exceptions_end(struct exceptions_search *search, uint64_t mark, struct fault *fault)
{
    uint32_t date = search->date;
    struct exceptions *list = search->list;
    search->mark = mark;
    search->fault = fault;
    TRY(end_date(search));
    TRY(look_at_earlier_dates(search, date));
    TRY(find_notices(search, date));
    search->date = date;
    TRY(add_disputes(search));
    if (list->count > 0)
        qsort(list->list, list->count, sizeof *list->list, by_since);
    return RESULT_OK;
}

void exceptions_search_free(struct exceptions_search *search)
{
    if (search == NULL)
        return;
    exceptions_deinit(&search->under_way);
    exceptions_deinit(&search->strangers);
    map_deinit(&search->open);
    free(search);
}

static enum result find(struct exceptions_search *search, uint64_t mark, struct fault *fault)
{
    uint64_t first, last;
    search->mark = mark;
    TRY(store_log_range(search->store, search->date, &first, &last, fault));
    TRY(read_date(search, search->date, first, last));
    return exceptions_end(search, mark, fault);
}

enum result exceptions_find(struct store *store, uint32_t date, uint64_t mark,
                            struct exceptions *exceptions, struct fault *fault)
{
    struct exceptions_search *search;
    enum result result = exceptions_begin(store, date, exceptions, &search, fault);
    if (result == RESULT_OK)
        result = find(search, mark, fault);
    exceptions_search_free(search);
    return result;
}
