/* The port: what every adapter has in common. Delivery in order, and scans that verify what they
 * hand out. */
#include "store/store_adapter.h"
#include "store/store_damage.h"

#include <stdlib.h>

enum {
    STRETCH_BYTES_MAX = 64 * 1024, /* copied in some ten microseconds, then the snapshot closes */
    STRETCH_COUNT_FIRST = 16,      /* doubles from stretch to stretch */
    STRETCH_COUNT_MAX = 4096,
    ITEM_HEAD_LEN = 2 + 2,
};

/* --- steps ------------------------------------------------------------------------------------ */

void step_list_add(struct step_list *list, struct store_step *step)
{
    step->next = NULL;
    if (list->last != NULL)
        list->last->next = step;
    else
        list->first = step;
    list->last = step;
}

void step_list_append(struct step_list *to, struct step_list *from)
{
    if (from->first == NULL)
        return;
    if (to->last != NULL)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    *from = (struct step_list){NULL, NULL};
}

struct step_list step_list_cut(struct step_list *list, uint64_t max, uint64_t *count)
{
    struct step_list head = {NULL, NULL};
    struct store_step *next = list->first;
    for (*count = 0; next != NULL && *count < max; next = next->next) {
        head.last = next;
        ++*count;
    }
    if (*count == 0)
        return head;
    head.first = list->first;
    head.last->next = NULL;
    *list = (struct step_list){next, next != NULL ? list->last : NULL};
    return head;
}

void store_submit(struct store *store, struct store_step *step)
{
    MUST(store->mode == STORE_READ_WRITE);
    MUST(step->apply != NULL && step->done != NULL);
    store->submitted++;
    store->ops->submit(store, step);
}

enum result store_poll(struct store *store, struct fault *fault)
{
    MUST(!store->is_delivering);
    struct store_step *steps = NULL;
    TRY(store->ops->take(store, &steps, fault));
    store->is_delivering = true;
    while (steps != NULL) {
        struct store_step *step = steps;
        steps = step->next;
        step->next = NULL;
        store->delivered++;
        step->done(step, step->context);
    }
    store->is_delivering = false;
    return RESULT_OK;
}

enum result store_drain(struct store *store, struct fault *fault)
{
    TRY(store_poll(store, fault));
    while (store->delivered < store->submitted) {
        store->ops->wait(store);
        TRY(store_poll(store, fault));
    }
    return RESULT_OK;
}

void store_set_wake(struct store *store, void (*wake)(void *context), void *context)
{
    store->ops->set_wake(store, wake, context);
}

struct store_stats store_stats(const struct store *store)
{
    return store->stats;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    MUST(!store->is_delivering);
    store->ops->close(store);
}

/* Who writes to a store does not go on with it damaged, whatever part of it was looked at. */
static enum result met(const struct store *store, enum result result, const struct fault *fault)
{
    if (result == RESULT_CORRUPT && store->mode == STORE_READ_WRITE && fault != NULL)
        store_damage_tell(fault->text);
    return result;
}

/* --- scans ------------------------------------------------------------------------------------ */

bool stretch_add(struct stretch *stretch, struct bytes key, struct bytes sealed)
{
    if (stretch->count == stretch->count_max)
        return false;
    if (key.len > STORE_KEY_MAX) /* not ours: so that it is handed on and refused */
        key.len = STORE_KEY_MAX + 1;
    /* Longer than anything we write: cut, so that it is handed on and does not verify. */
    if (sealed.len > LOG_RECORD_MAX)
        sealed.len = LOG_RECORD_MAX;
    struct writer w =
        writer_to(stretch->data + stretch->len, (size_t)STRETCH_BYTES_MAX - stretch->len);
    write_u16(&w, (uint16_t)key.len);
    write_u16(&w, (uint16_t)sealed.len);
    write_bytes(&w, key.data, key.len);
    write_bytes(&w, sealed.data, sealed.len);
    if (w.bad)
        return false;
    stretch->len += w.len;
    stretch->count++;
    return true;
}

bool stretch_add_numbered(struct stretch *stretch, uint64_t number, struct bytes sealed)
{
    uint8_t key[8];
    struct writer w = writer_to(key, sizeof key);
    write_u64(&w, number);
    return stretch_add(stretch, bytes_of(key, sizeof key), sealed);
}

static void stretch_item(struct reader *r, struct bytes *key, struct bytes *sealed)
{
    key->len = read_u16(r);
    sealed->len = read_u16(r);
    key->data = reader_take(r, key->len);
    sealed->data = reader_take(r, sealed->len);
    MUST(!r->bad);
}

static enum result stretch_open(struct stretch *stretch, struct fault *fault)
{
    *stretch = (struct stretch){.data = malloc(STRETCH_BYTES_MAX)};
    if (stretch->data == NULL)
        return fault_set(fault, RESULT_IO, "out of memory for a scan of the store");
    stretch->count_max = STRETCH_COUNT_FIRST;
    return RESULT_OK;
}

/* Whether another stretch may follow; makes room for it. */
static void stretch_restart(struct stretch *stretch)
{
    if (stretch->count_max < STRETCH_COUNT_MAX)
        stretch->count_max *= 2;
    stretch->count = 0;
    stretch->len = 0;
}

/* A record scan on its way: where the next stretch starts. */
struct record_scan {
    uint8_t from[STORE_KEY_MAX + 1];
    size_t from_len;
    struct bytes end;
    store_scan_fn *each;
    void *context;
    bool is_over;
};

/* Records come in order; one that does not has been moved by damage to its page. */
static bool is_in_order(const struct record_scan *scan, struct bytes key)
{
    return key.len > 0 && key.len <= STORE_KEY_MAX &&
           record_key_compare(key, bytes_of(scan->from, scan->from_len)) >= 0;
}

static enum result deliver_records(struct record_scan *scan, const struct stretch *stretch,
                                   const char *store_name, struct fault *fault)
{
    struct reader r = reader_of(bytes_of(stretch->data, stretch->len));
    for (unsigned i = 0; i < stretch->count; i++) {
        struct bytes key, sealed, value;
        stretch_item(&r, &key, &sealed);
        if (scan->end.len > 0 && record_key_compare(key, scan->end) >= 0) {
            scan->is_over = true;
            return RESULT_OK;
        }
        if (!is_in_order(scan, key) || !record_open(key, sealed, &value))
            return record_fault(store_name, key, fault);
        if (!scan->each(scan->context, key, value)) {
            scan->is_over = true;
            return RESULT_OK;
        }
        /* The next possible key is this one with a zero byte behind it. */
        memcpy(scan->from, key.data, key.len);
        scan->from[key.len] = 0;
        scan->from_len = key.len + 1;
    }
    return RESULT_OK;
}

enum result store_scan(struct store *store, struct bytes first, struct bytes end,
                       store_scan_fn *each, void *context, struct fault *fault)
{
    MUST(first.len <= STORE_KEY_MAX && end.len <= STORE_KEY_MAX);
    struct record_scan scan = {.from_len = first.len, .end = end, .each = each, .context = context};
    if (first.len > 0)
        memcpy(scan.from, first.data, first.len);
    struct stretch stretch;
    TRY(stretch_open(&stretch, fault));
    enum result result = RESULT_OK;
    while (result == RESULT_OK && !scan.is_over) {
        struct bytes from = bytes_of(scan.from, scan.from_len);
        result = store->ops->read_records(store, from, &stretch, fault);
        if (result == RESULT_OK)
            result = deliver_records(&scan, &stretch, store->name, fault);
        if (stretch.count == 0)
            scan.is_over = true;
        stretch_restart(&stretch);
    }
    free(stretch.data);
    return met(store, result, fault);
}

static bool keep_found(void *context, struct bytes key, struct bytes value)
{
    struct store_found *found = context;
    found->found = true;
    found->key.len = (uint8_t)key.len;
    memcpy(found->key.data, key.data, key.len);
    found->len = value.len;
    memcpy(found->value, value.data, value.len);
    return false;
}

enum result store_find(struct store *store, struct bytes first, struct bytes end,
                       struct store_found *found, struct fault *fault)
{
    found->found = false;
    return store_scan(store, first, end, keep_found, found, fault);
}

enum result store_find_key(struct store *store, const struct store_key *key,
                           struct store_found *found, struct fault *fault)
{
    uint8_t end[STORE_KEY_MAX + 1];
    struct bytes whole = bytes_of(key->data, key->len);
    memcpy(end, key->data, key->len);
    end[key->len] = 0;
    TRY(store_find(store, whole, bytes_of(end, key->len + 1u), found, fault));
    return RESULT_OK;
}

struct log_scan {
    uint64_t next; /* the number that must come now */
    uint64_t to;   /* the last one wanted */
    store_log_fn *each;
    void *context;
    bool is_over;
};

static enum result log_fault(const char *store_name, const char *what, uint64_t number,
                             const char *how, struct fault *fault)
{
    return fault_set(fault, RESULT_CORRUPT, "store %s is damaged: %s %llu %s", store_name, what,
                     (unsigned long long)number, how);
}

static enum result deliver_log(struct log_scan *scan, const struct stretch *stretch,
                               const char *store_name, struct fault *fault)
{
    struct reader r = reader_of(bytes_of(stretch->data, stretch->len));
    for (unsigned i = 0; i < stretch->count; i++) {
        struct bytes key, sealed;
        struct store_log_record record;
        stretch_item(&r, &key, &sealed);
        struct reader number = reader_of(key);
        if (read_u64(&number) != scan->next)
            return log_fault(store_name, "log record", scan->next, "is missing", fault);
        if (!log_record_open(scan->next, sealed, &record))
            return log_fault(store_name, "the checksum of log record", scan->next, "is wrong",
                             fault);
        scan->is_over = !scan->each(scan->context, &record) || scan->next == scan->to;
        scan->next++;
        if (scan->is_over)
            return RESULT_OK;
    }
    return RESULT_OK;
}

enum result store_log_scan(struct store *store, uint64_t from, uint64_t to, store_log_fn *each,
                           void *context, struct fault *fault)
{
    struct log_scan scan = {
        .next = from > 0 ? from : 1, .to = to > 0 ? to : UINT64_MAX, .each = each};
    scan.context = context;
    scan.is_over = scan.next > scan.to;
    struct stretch stretch;
    TRY(stretch_open(&stretch, fault));
    enum result result = RESULT_OK;
    while (result == RESULT_OK && !scan.is_over) {
        result = store->ops->read_log(store, scan.next, &stretch, fault);
        if (result == RESULT_OK)
            result = deliver_log(&scan, &stretch, store->name, fault);
        if (stretch.count == 0)
            scan.is_over = true;
        stretch_restart(&stretch);
    }
    free(stretch.data);
    return met(store, result, fault);
}

enum result store_log_range(struct store *store, uint32_t settlement_date, uint64_t *first,
                            uint64_t *last, struct fault *fault)
{
    uint8_t sealed[DATE_RANGE_LEN];
    size_t len = 0;
    struct date_range range = {0, 0};
    TRY(store->ops->read_date(store, settlement_date, sealed, &len, fault));
    if (len > 0 && !date_range_open(settlement_date, bytes_of(sealed, len), &range))
        return met(store,
                   log_fault(store->name, "the checksum of the log's index of date",
                             settlement_date, "is wrong", fault),
                   fault);
    *first = range.first;
    *last = range.last;
    return RESULT_OK;
}
