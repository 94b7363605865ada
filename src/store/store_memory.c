/* The store in memory: ordered records, the log as a list, no thread. Without memory it stops the
 * process: it is for tests and the simulation. */
#include "store/store_memory.h"

#include "store/store_adapter.h"
#include "store/store_skiplist.h"

#include <stdlib.h>

struct memory_log_record {
    uint8_t *data;
    size_t len;
};

/* The item of a key: its sealed value. */
struct memory_record {
    uint8_t *data;
    size_t len;
};

/* Lists that grow by doubling: number n at index n - 1; dates as they came. */
struct memory_log {
    struct memory_log_record *records;
    size_t count, cap;
};

struct memory_date {
    uint32_t date;
    struct date_range range;
};

struct memory_dates {
    struct memory_date *dates;
    size_t count, cap;
};

struct memory_store {
    struct store store;
    struct skiplist records;
    struct memory_log log;
    struct memory_dates dates;
    struct step_list waiting, durable;
    uint64_t waiting_count;
    bool is_held, fails_next, has_failed;
    void (*wake)(void *context);
    void *wake_context;
    store_memory_watch_fn *watch;
    void *watch_context;
    struct store_stats stats; /* as of the last commit */
    struct store_tx tx;
};

static const struct store_ops memory_ops;

static struct memory_store *memory_of(struct store *store)
{
    MUST(store->ops == &memory_ops);
    return (struct memory_store *)store;
}

static const struct memory_store *memory_of_const(const struct store *store)
{
    MUST(store->ops == &memory_ops);
    return (const struct memory_store *)store;
}

static void wake(const struct memory_store *memory)
{
    if (memory->wake != NULL)
        memory->wake(memory->wake_context);
}

static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap > 0 ? 2 * *cap : 64;
    void *grown = reallocarray(items, *cap, size);
    MUST(grown != NULL);
    return grown;
}

static struct bytes record_value(const struct memory_store *memory, struct skiplist_node *node)
{
    const struct memory_record *record = skiplist_item(&memory->records, node);
    return bytes_of(record->data, record->len);
}

static void record_put(struct memory_store *memory, struct bytes key, struct bytes sealed)
{
    struct skiplist *records = &memory->records;
    struct memory_record *record = skiplist_item(records, skiplist_put(records, key));
    if (record->data == NULL || record->len != sealed.len) {
        record->data = realloc(record->data, sealed.len);
        MUST(record->data != NULL);
    }
    record->len = sealed.len;
    memcpy(record->data, sealed.data, sealed.len);
}

static void record_delete(struct memory_store *memory, struct bytes key)
{
    struct skiplist_node *node = skiplist_find(&memory->records, key);
    if (node == NULL)
        return;
    struct memory_record *record = skiplist_item(&memory->records, node);
    free(record->data);
    skiplist_delete(&memory->records, key);
}

static void log_append(struct memory_log *log, struct bytes sealed)
{
    log->records = grow(log->records, log->count, &log->cap, sizeof *log->records);
    uint8_t *data = malloc(sealed.len);
    MUST(data != NULL);
    memcpy(data, sealed.data, sealed.len);
    log->records[log->count++] = (struct memory_log_record){data, sealed.len};
}

/* The latest dates are asked for most: from the end. */
static struct memory_date *date_find(const struct memory_dates *dates, uint32_t date)
{
    for (size_t i = dates->count; i-- > 0;)
        if (dates->dates[i].date == date)
            return &dates->dates[i];
    return NULL;
}

static void date_note(struct memory_dates *dates, uint32_t date, struct date_range range)
{
    struct memory_date *found = date_find(dates, date);
    if (found != NULL) {
        found->range.last = range.last;
        return;
    }
    dates->dates = grow(dates->dates, dates->count, &dates->cap, sizeof *dates->dates);
    dates->dates[dates->count++] = (struct memory_date){date, range};
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum result memory_read(void *adapter, struct bytes key, struct bytes *sealed,
                               struct fault *fault)
{
    (void)fault;
    const struct memory_store *memory = adapter;
    struct skiplist_node *node = skiplist_find(&memory->records, key);
    *sealed = node != NULL ? record_value(memory, node) : (struct bytes){NULL, 0};
    return RESULT_OK;
}

static void tell(const struct memory_store *memory, const struct store_memory_write *write)
{
    if (memory->watch != NULL)
        memory->watch(memory->watch_context, write);
}

static void write_step(struct memory_store *memory, struct store_step *step)
{
    struct store_tx *tx = &memory->tx;
    for (unsigned i = 0; i < step->key_count; i++) {
        struct bytes key = store_step_key_bytes(step, i);
        const struct store_write *write = &tx->writes[i];
        if (write->kind == WRITE_NOTHING)
            continue;
        memory->stats.bytes += key.len;
        if (write->kind == WRITE_DELETE) {
            record_delete(memory, key);
            tell(memory, &(struct store_memory_write){.key = key});
            continue;
        }
        memory->stats.bytes += write->len + RECORD_SEAL_LEN;
        record_put(memory, key, bytes_of(write->data, write->len + RECORD_SEAL_LEN));
        tell(memory, &(struct store_memory_write){key, bytes_of(write->data, write->len), 0, 0});
    }
    if (tx->has_log) {
        uint64_t number = memory->log.count + 1;
        struct bytes sealed = store_tx_log_record(tx, number);
        log_append(&memory->log, sealed);
        memory->stats.bytes += sizeof number + sealed.len;
        if (tx->log_date != 0)
            date_note(&memory->dates, tx->log_date, (struct date_range){number, number});
        step->log_number = number;
        tell(memory,
             &(struct store_memory_write){.value = bytes_of(tx->log + LOG_HEADER_LEN, tx->log_len),
                                          .log_number = number,
                                          .log_date = tx->log_date});
    }
}

static void commit(struct memory_store *memory, uint64_t count)
{
    uint64_t taken;
    struct step_list batch = step_list_cut(&memory->waiting, count, &taken);
    memory->waiting_count -= taken;
    if (taken == 0 || memory->has_failed)
        return;
    if (memory->fails_next) {
        memory->has_failed = true;
        return;
    }
    struct fault fault;
    for (struct store_step *step = batch.first; step != NULL; step = step->next) {
        memory->tx.log_next = memory->log.count + 1;
        MUST(store_tx_run(&memory->tx, step, &fault) == RESULT_OK);
        write_step(memory, step);
    }
    step_list_append(&memory->durable, &batch);
    memory->stats.steps += taken;
    memory->stats.commits++;
    if (taken > memory->stats.batch_max)
        memory->stats.batch_max = taken;
}

static void memory_submit(struct store *store, struct store_step *step)
{
    struct memory_store *memory = memory_of(store);
    step_list_add(&memory->waiting, step);
    memory->waiting_count++;
    if (!memory->is_held)
        wake(memory);
}

static enum result memory_take(struct store *store, struct store_step **steps, struct fault *fault)
{
    struct memory_store *memory = memory_of(store);
    if (!memory->is_held)
        commit(memory, UINT64_MAX);
    if (memory->has_failed)
        return fault_set(fault, RESULT_IO, "the store in memory was told to fail this commit");
    *steps = memory->durable.first;
    memory->durable = (struct step_list){NULL, NULL};
    store->stats = memory->stats;
    return RESULT_OK;
}

static void memory_wait(struct store *store)
{
    commit(memory_of(store), UINT64_MAX);
}

static void memory_set_wake(struct store *store, void (*callback)(void *context), void *context)
{
    struct memory_store *memory = memory_of(store);
    memory->wake = callback;
    memory->wake_context = context;
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum result memory_read_records(struct store *store, struct bytes first,
                                       struct stretch *stretch, struct fault *fault)
{
    (void)fault;
    const struct memory_store *memory = memory_of(store);
    struct skiplist_node *node = skiplist_at_least(&memory->records, first);
    while (node != NULL && stretch_add(stretch, skiplist_key(node), record_value(memory, node)))
        node = node->next[0];
    return RESULT_OK;
}

static enum result memory_read_log(struct store *store, uint64_t from, struct stretch *stretch,
                                   struct fault *fault)
{
    (void)fault;
    const struct memory_log *log = &memory_of(store)->log;
    for (uint64_t number = from; number <= log->count; number++) {
        const struct memory_log_record *record = &log->records[number - 1];
        if (!stretch_add_numbered(stretch, number, bytes_of(record->data, record->len)))
            break;
    }
    return RESULT_OK;
}

static enum result memory_read_date(struct store *store, uint32_t date, uint8_t out[DATE_RANGE_LEN],
                                    size_t *len, struct fault *fault)
{
    (void)fault;
    const struct memory_date *found = date_find(&memory_of(store)->dates, date);
    *len = found != NULL ? DATE_RANGE_LEN : 0;
    if (found != NULL)
        date_range_seal(date, found->range, out);
    return RESULT_OK;
}

/* --- open, close, and what tests ask for ------------------------------------------------------ */

static void memory_close(struct store *store)
{
    struct memory_store *memory = memory_of(store);
    for (struct skiplist_node *node = memory->records.first[0]; node != NULL; node = node->next[0])
        free(((struct memory_record *)skiplist_item(&memory->records, node))->data);
    skiplist_deinit(&memory->records);
    for (size_t i = 0; i < memory->log.count; i++)
        free(memory->log.records[i].data);
    free(memory->log.records);
    free(memory->dates.dates);
    free(memory);
}

static const struct store_ops memory_ops = {
    .submit = memory_submit,
    .take = memory_take,
    .wait = memory_wait,
    .read_records = memory_read_records,
    .read_log = memory_read_log,
    .read_date = memory_read_date,
    .set_wake = memory_set_wake,
    .close = memory_close,
};

enum result store_open_memory(struct store **store, struct fault *fault)
{
    struct memory_store *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return fault_set(fault, RESULT_IO, "out of memory for a store");
    memory->store.ops = &memory_ops;
    memory->store.mode = STORE_READ_WRITE;
    memory->store.name = memory->tx.store_name = "in memory";
    memory->tx.read = memory_read;
    memory->tx.adapter = memory;
    skiplist_init(&memory->records, sizeof(struct memory_record));
    *store = &memory->store;
    return RESULT_OK;
}

void store_memory_hold(struct store *store, bool is_held)
{
    memory_of(store)->is_held = is_held;
}

void store_memory_commit(struct store *store, uint64_t count)
{
    struct memory_store *memory = memory_of(store);
    commit(memory, count);
    wake(memory);
}

uint64_t store_memory_waiting(const struct store *store)
{
    return memory_of_const(store)->waiting_count;
}

void store_memory_fail_next(struct store *store)
{
    memory_of(store)->fails_next = true;
}

void store_memory_watch(struct store *store, store_memory_watch_fn *watch, void *context)
{
    struct memory_store *memory = memory_of(store);
    memory->watch = watch;
    memory->watch_context = context;
}

void store_memory_crash(struct store *store)
{
    struct memory_store *memory = memory_of(store);
    MUST(!store->is_delivering);
    memory->waiting = memory->durable = (struct step_list){NULL, NULL};
    memory->waiting_count = 0;
    memory->is_held = memory->fails_next = memory->has_failed = false;
    memory->wake = NULL;
    store->submitted = store->delivered = 0;
}

enum result store_memory_clone(const struct store *store, struct store **clone, struct fault *fault)
{
    const struct memory_store *from = memory_of_const(store);
    TRY(store_open_memory(clone, fault));
    struct memory_store *to = memory_of(*clone);
    for (struct skiplist_node *node = from->records.first[0]; node != NULL; node = node->next[0])
        record_put(to, skiplist_key(node), record_value(from, node));
    for (size_t i = 0; i < from->log.count; i++)
        log_append(&to->log, bytes_of(from->log.records[i].data, from->log.records[i].len));
    for (size_t i = 0; i < from->dates.count; i++)
        date_note(&to->dates, from->dates.dates[i].date, from->dates.dates[i].range);
    return RESULT_OK;
}
