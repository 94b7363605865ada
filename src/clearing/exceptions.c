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
    NAME_LEN = 16,   /* of a freeze, or of a share of it */
    OPEN_FIRST = 64, /* room at first for what is open at once; it grows */
};

/* --- codes ------------------------------------------------------------------------------------ */

static const char statuses[] = "DOEN"; /* by status; REPEATED has a code of its own */
static const char code_of_repeated[EXCEPTION_CODE_LEN + 1] = "ND";
static const struct {
    char letter;
    enum operation_kind kind;
} messages[] = {
    {'R', OPERATION_DEBIT_REVERSAL},
    {'C', OPERATION_CONFIRMATION},
    {'F', OPERATION_FREEZE_REVERSAL},
    {'U', OPERATION_UNFREEZE},
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

void exception_code(enum exception_status status, enum operation_kind kind,
                    char out[EXCEPTION_CODE_LEN + 1])
{
    unsigned at = 0;
    while (at < MESSAGES && messages[at].kind != kind)
        at++;
    MUST(status < EXCEPTION_STATUSES);
    if (status == EXCEPTION_REPEATED) {
        memcpy(out, code_of_repeated, sizeof code_of_repeated);
        return;
    }
    out[0] = statuses[status];
    out[1] = at < MESSAGES ? messages[at].letter : '?';
    out[2] = '\0';
}

bool exception_code_parse(struct bytes text, enum exception_status *status,
                          enum operation_kind *kind)
{
    unsigned at = 0;
    *status = EXCEPTION_DISPUTED;
    if (text.len != EXCEPTION_CODE_LEN)
        return false;
    if (memcmp(text.data, code_of_repeated, EXCEPTION_CODE_LEN) == 0) {
        *status = EXCEPTION_REPEATED;
        *kind = OPERATION_NONE;
        return true;
    }
    while (*status < EXCEPTION_REPEATED && statuses[*status] != text.data[0])
        ++*status;
    while (at < MESSAGES && messages[at].letter != text.data[1])
        at++;
    if (*status == EXCEPTION_REPEATED || at == MESSAGES)
        return false;
    *kind = messages[at].kind;
    return *status != EXCEPTION_NOTED || *kind == OPERATION_UNFREEZE;
}

static struct exception_meaning meaning_of_dispute(enum operation_kind kind)
{
    switch (kind) {
    case OPERATION_DEBIT_REVERSAL:
        return (struct exception_meaning){
            "the sender's issuer refuses to take back the debit of a share that nobody is paid",
            "the sender's issuer",
            "the sender's issuer looks whether the debit stands and gives that money back to the "
            "sender; it is not in the clearing"};
    case OPERATION_CONFIRMATION:
        return (struct exception_meaning){
            "the receiver's issuer refuses to confirm a credit; the share is in the clearing",
            "the receiver's issuer",
            "the receiver's issuer credits the receiver, if it has not: it gets the money in "
            "settlement"};
    case OPERATION_FREEZE_REVERSAL:
        return (struct exception_meaning){
            "the sender's issuer refuses to take back a freeze that is not used",
            "the sender's issuer", "the sender's issuer releases what it still has frozen of it"};
    default:
        return (struct exception_meaning){
            "the sender's issuer refuses to release what is left of a packet that is over",
            "the sender's issuer", "the sender's issuer releases what it still has frozen of it"};
    }
}

static struct exception_meaning meaning_of_open(enum operation_kind kind)
{
    bool confirms = kind == OPERATION_CONFIRMATION;
    return (struct exception_meaning){
        kind == OPERATION_DEBIT_REVERSAL ? "the debit of a share that nobody is paid is not yet "
                                           "known to be taken back"
        : confirms                       ? "a credit that is in the clearing is not yet confirmed"
        : kind == OPERATION_FREEZE_REVERSAL
            ? "a freeze that is not used is not yet known to be taken back"
            : "what is left of a packet that is over is not yet known to be released",
        "nobody's: an answer did not come, or a host is away",
        confirms ? "nothing by hand: the switch goes on asking the receiver's issuer"
                 : "nothing by hand: the switch goes on telling the sender's issuer"};
}

static struct exception_meaning meaning_of_ended(enum operation_kind kind)
{
    return (struct exception_meaning){
        kind == OPERATION_DEBIT_REVERSAL    ? "a debit was taken back after an earlier file said "
                                              "that it was not yet"
        : kind == OPERATION_CONFIRMATION    ? "a credit was confirmed after its time"
        : kind == OPERATION_FREEZE_REVERSAL ? "a freeze was taken back after an earlier file said "
                                              "that it was not yet"
                                            : "what was left of a packet was released after an "
                                              "earlier file said that it was not yet",
        "nobody's",
        kind == OPERATION_CONFIRMATION
            ? "with A5 the receiver's issuer may hold it on a suspense account: it pays it out"
            : "nothing: it is done"};
}

struct exception_meaning exception_meaning(enum exception_status status, enum operation_kind kind)
{
    switch (status) {
    case EXCEPTION_DISPUTED:
        return meaning_of_dispute(kind);
    case EXCEPTION_OPEN:
        return meaning_of_open(kind);
    case EXCEPTION_ENDED:
        return meaning_of_ended(kind);
    case EXCEPTION_REPEATED:
        return (struct exception_meaning){
            "a request came under a key, or about a freeze, that had been used for another one; it "
            "was refused with 94",
            "the wallet that sent it",
            "the wallet looks for what it has numbered twice; the first request stands"};
    default:
        return (struct exception_meaning){
            "the wallet's unfreeze notice named another amount than what was left", "the wallet",
            "the wallet corrects its book: what was left is right"};
    }
}

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

struct finding {
    struct exceptions *list;
    /* What is open so far of the date being read, by name: the place in the list below, from 1. */
    struct map open;
    struct exceptions under_way;
    /* Places that are not used any more, status EXCEPTION_STATUSES: a chain through `since`, from
     * 1; 0: none. */
    size_t free_place;
    size_t repeated; /* in the list */
    uint32_t date;
    uint64_t mark,
        floor; /* log records: of the cut, and of the cut before it that the date is in */
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
    MUST(key.len == 1 + NAME_LEN);
    memcpy(out, key.data + 1, NAME_LEN);
}

static struct exception *find_open(struct finding *finding, const uint8_t name[NAME_LEN])
{
    const void *place = map_find(&finding->open, name);
    return place != NULL ? &finding->under_way.list[(uintptr_t)place - 1] : NULL;
}

/* The map has fixed room: a new one of twice that, with the same in it. */
static enum result widen(struct finding *finding)
{
    struct map wider;
    TRY(map_init(&wider, NAME_LEN, finding->open.max * 2, 0, finding->fault));
    for (size_t i = 0; i < finding->under_way.count; i++) {
        const struct exception *one = &finding->under_way.list[i];
        const struct freeze_reference *reference = &one->operation.reference;
        uint8_t name[NAME_LEN];
        name_of(reference, is_of_share(one->operation.kind) ? reference->share : 0, name);
        /* What is being added is in the list already, and not yet in the map. */
        if (one->status != EXCEPTION_STATUSES && map_find(&finding->open, name) != NULL)
            MUST(map_put(&wider, name, (void *)(uintptr_t)(i + 1)));
    }
    map_deinit(&finding->open);
    finding->open = wider;
    return RESULT_OK;
}

static enum result keep_open(struct finding *finding, const uint8_t name[NAME_LEN],
                             const struct exception *one)
{
    struct exceptions *under_way = &finding->under_way;
    struct exception *there = find_open(finding, name);
    if (there != NULL) {
        *there = *one;
        return RESULT_OK;
    }
    size_t place = finding->free_place;
    if (place != 0) {
        finding->free_place = under_way->list[place - 1].since;
        under_way->list[place - 1] = *one;
    } else {
        TRY(add(under_way, one, finding->fault));
        place = under_way->count;
    }
    if (map_count(&finding->open) == finding->open.max)
        TRY(widen(finding));
    MUST(map_put(&finding->open, name, (void *)(uintptr_t)place));
    return RESULT_OK;
}

static void forget_open(struct finding *finding, const uint8_t name[NAME_LEN])
{
    struct exception unused = {.status = EXCEPTION_STATUSES, .since = finding->free_place};
    const void *place = map_remove(&finding->open, name);
    if (place == NULL)
        return;
    finding->free_place = (uintptr_t)place;
    finding->under_way.list[finding->free_place - 1] = unused;
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
static enum result end_open(struct finding *finding, const uint8_t name[NAME_LEN],
                            const struct journal_entry *entry, uint64_t number, bool is_well)
{
    const struct exception *open = find_open(finding, name);
    if (open == NULL)
        return RESULT_OK;
    struct exception ended = *open;
    bool is_news = number > finding->floor && (ended.operation.kind == OPERATION_CONFIRMATION ||
                                               ended.since <= finding->floor);
    forget_open(finding, name);
    if (!is_well || !is_news)
        return RESULT_OK;
    ended.status = EXCEPTION_ENDED;
    ended.code = entry->code;
    return add(finding->list, &ended, finding->fault);
}

static enum result take_share(struct finding *finding, const struct journal_entry *entry,
                              uint64_t number)
{
    uint8_t name[NAME_LEN];
    enum share_state to = (enum share_state)entry->to;
    bool reverses = to == SHARE_DEBIT_UNKNOWN || to == SHARE_REVERSING;
    if (to == SHARE_RESERVED || to == SHARE_CREDITING)
        return RESULT_OK;
    name_of(&entry->operation.reference, entry->operation.reference.share, name);
    if (!reverses && to != SHARE_CREDIT_UNKNOWN)
        return end_open(finding, name, entry, number, to != SHARE_DISPUTED);
    struct exception open =
        exception_of(entry, number, EXCEPTION_OPEN,
                     reverses ? OPERATION_DEBIT_REVERSAL : OPERATION_CONFIRMATION);
    return keep_open(finding, name, &open);
}

/* The wallet's notice is kept until what is left is known; it is no exception by itself. */
static enum result take_notice(struct finding *finding, const struct journal_entry *entry,
                               uint64_t number, const uint8_t name[NAME_LEN])
{
    if (entry->operation.kind != OPERATION_UNFREEZE ||
        entry->operation.forwarder.number != entry->operation.reference.wallet)
        return RESULT_OK;
    struct exception notice = exception_of(entry, number, EXCEPTION_NOTED, OPERATION_UNFREEZE);
    notice.told_minor = entry->operation.amount_minor;
    return keep_open(finding, name, &notice);
}

static enum result take_release(struct finding *finding, const struct journal_entry *entry,
                                uint64_t number, const uint8_t name[NAME_LEN])
{
    const struct exception *notice = find_open(finding, name);
    bool differs = notice != NULL && notice->told_minor != entry->operation.amount_minor;
    struct exception open = exception_of(entry, number, EXCEPTION_OPEN, OPERATION_UNFREEZE);
    if (differs && number > finding->floor) {
        struct exception noted = open;
        noted.status = EXCEPTION_NOTED;
        noted.told_minor = notice->told_minor;
        TRY(add(finding->list, &noted, finding->fault));
    }
    return keep_open(finding, name, &open);
}

static enum result take_freeze(struct finding *finding, const struct journal_entry *entry,
                               uint64_t number)
{
    uint8_t name[NAME_LEN];
    enum freeze_state from = (enum freeze_state)entry->from, to = (enum freeze_state)entry->to;
    name_of(&entry->operation.reference, 0, name);
    if (to == FREEZE_REVERSING) {
        struct exception open =
            exception_of(entry, number, EXCEPTION_OPEN, OPERATION_FREEZE_REVERSAL);
        return keep_open(finding, name, &open);
    }
    if (from == FREEZE_CLOSING && to == FREEZE_CLOSING)
        return take_release(finding, entry, number, name);
    if (to == FREEZE_CLOSING)
        return take_notice(finding, entry, number, name);
    if (from == FREEZE_CLOSING || from == FREEZE_REVERSING)
        return end_open(finding, name, entry, number, to != FREEZE_DISPUTED);
    return RESULT_OK;
}

/* Same key with other content, or a freeze under a name that was used. */
static enum result take_repeated(struct finding *finding, const struct journal_entry *entry,
                                 uint64_t number)
{
    struct exception one = exception_of(entry, number, EXCEPTION_REPEATED, entry->operation.kind);
    one.code = entry->code;
    if (number <= finding->floor || finding->repeated == EXCEPTIONS_REPEATED_MAX)
        return RESULT_OK;
    finding->repeated++;
    return add(finding->list, &one, finding->fault);
}

static bool take_record(void *context, const struct store_log_record *record)
{
    struct finding *finding = context;
    struct journal_entry entry;
    if (record->settlement_date != finding->date)
        return true;
    if (!journal_read(record->data, &entry))
        finding->result =
            fault_set(finding->fault, RESULT_CORRUPT,
                      "log record %" PRIu64 " is no entry of a journal", record->number);
    else if (entry.event == JOURNAL_SHARE)
        finding->result = take_share(finding, &entry, record->number);
    else if (entry.event == JOURNAL_FREEZE)
        finding->result = take_freeze(finding, &entry, record->number);
    else if (entry.event == JOURNAL_REFUSED && entry.code == CODE_DUPLICATE)
        finding->result = take_repeated(finding, &entry, record->number);
    return finding->result == RESULT_OK;
}

static enum result read_date(struct finding *finding, struct store *store, uint64_t first,
                             uint64_t last)
{
    if (last > finding->mark)
        last = finding->mark;
    if (first > last)
        return RESULT_OK;
    TRY(store_log_scan(store, first, last, take_record, finding, finding->fault));
    TRY(finding->result);
    for (size_t i = 0; i < finding->under_way.count; i++)
        if (finding->under_way.list[i].status == EXCEPTION_OPEN)
            TRY(add(finding->list, &finding->under_way.list[i], finding->fault));
    return RESULT_OK;
}

/* --- which dates ------------------------------------------------------------------------------ */

enum {
    DAYS_MAX = 64, /* with something waiting; two are usual */
    /* The log may begin with a cutover, and what was under way before it comes behind it. */
    CALENDAR_GAP_MAX = 31,
};

/* Dates that have a message waiting now. */
struct waiting {
    size_t count;
    uint32_t dates[DAYS_MAX];
    bool is_full; /* then every date may have one */
    uint32_t today;
};

static bool note_waiting(void *context, struct bytes key, struct bytes value)
{
    struct waiting *waiting = context;
    struct operation operation;
    uint64_t institution;
    int64_t since_us;
    (void)key;
    if (!forward_read(value, &operation, &institution, &since_us))
        return true; /* the switch will not start with it, and says so */
    uint32_t date = date_nearest_mmdd(operation.settlement, waiting->today);
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

static enum result look_at_date(struct finding *finding, struct store *store,
                                const struct waiting *waiting, uint32_t date, bool is_earlier)
{
    uint64_t first, last, mark;
    TRY(store_log_range(store, date, &first, &last, finding->fault));
    if (first == 0)
        return RESULT_OK;
    if (is_earlier) {
        TRY(find_mark(store, date, &mark, finding->fault));
        if (mark < finding->mark && mark > finding->floor)
            finding->floor = mark;
    }
    /* Nothing of it after its last file, nothing waiting: it is as that file said, with nothing
     * open, or a dispute by now. */
    if (last <= finding->floor && !has_waiting(waiting, date))
        return RESULT_OK;
    finding->date = date;
    finding->under_way.count = 0;
    finding->free_place = 0;
    TRY(map_init(&finding->open, NAME_LEN, OPEN_FIRST, 0, finding->fault));
    enum result result = read_date(finding, store, first, last);
    map_deinit(&finding->open);
    return result;
}

static enum result find_in_logs(struct finding *finding, struct store *store, uint32_t date)
{
    static const uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    struct waiting waiting = {.today = date};
    uint32_t oldest = 0;
    /* What waits is read before the log: what ends meanwhile is in the log by then. */
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), note_waiting, &waiting,
                   finding->fault));
    TRY(store_log_scan(store, 1, 0, take_first_date, &oldest, finding->fault));
    uint32_t before = oldest != 0 ? date_add_days(oldest, -CALENDAR_GAP_MAX) : 0;
    if (before != 0)
        oldest = before;
    TRY(look_at_date(finding, store, &waiting, date, false));
    for (uint32_t earlier = date_add_days(date, -1); oldest != 0 && earlier >= oldest;
         earlier = date_add_days(earlier, -1))
        TRY(look_at_date(finding, store, &waiting, earlier, true));
    return RESULT_OK;
}

/* --- disputes --------------------------------------------------------------------------------- */

static bool take_dispute(void *context, struct bytes key, struct bytes value)
{
    struct finding *finding = context;
    struct dispute dispute;
    (void)key;
    dispute_decode(value, &dispute);
    if (dispute.settlement_date > finding->date || !dispute_is_open_at(&dispute, finding->mark))
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
    finding->result = add(finding->list, &one, finding->fault);
    return finding->result == RESULT_OK;
}

enum result exceptions_find(struct store *store, uint32_t date, uint64_t mark,
                            struct exceptions *exceptions, struct fault *fault)
{
    static const uint8_t first[] = {TABLE_DISPUTE}, end[] = {TABLE_DISPUTE + 1};
    struct finding finding = {.list = exceptions, .mark = mark, .fault = fault};
    *exceptions = (struct exceptions){0};
    enum result result = find_in_logs(&finding, store, date);
    exceptions_deinit(&finding.under_way);
    TRY(result);
    finding.date = date;
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), take_dispute, &finding, fault));
    TRY(finding.result);
    if (exceptions->count > 0)
        qsort(exceptions->list, exceptions->count, sizeof *exceptions->list, by_since);
    return RESULT_OK;
}
