/* What the switch counts in one record: its own messages, for DE 11, and the freezes that stand.
 *
 * Every step of a freeze or share has the record among its keys; it is written only when a number
 * in it changes. */
#include "router/router_state.h"

enum { COUNTERS_VERSION = 1, COUNTERS_RECORD_LEN = 17 };

struct counters {
    uint32_t stan; /* the last that was used */
    struct standing standing;
};

struct store_key router_counters_key(void)
{
    return key_of_name(TABLE_COUNTER, "switch");
}

static struct counters read_counters(struct store_tx *tx, unsigned index)
{
    struct counters counters = {0};
    struct bytes record;
    if (!store_tx_get(tx, index, &record))
        return counters;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    counters.stan = read_u32(&r);
    counters.standing.count = read_u32(&r);
    counters.standing.open_minor = (int64_t)read_u64(&r);
    MUST(version == COUNTERS_VERSION && !r.bad && r.at == r.end);
    return counters;
}

static void write_counters(struct store_tx *tx, unsigned index, const struct counters *counters)
{
    uint8_t record[COUNTERS_RECORD_LEN];
    struct writer w = writer_to(record, sizeof record);
    write_u8(&w, COUNTERS_VERSION);
    write_u32(&w, counters->stan);
    write_u32(&w, counters->standing.count);
    write_u64(&w, (uint64_t)counters->standing.open_minor);
    MUST(!w.bad && w.len == COUNTERS_RECORD_LEN);
    store_tx_put(tx, index, record, w.len);
}

uint32_t router_tx_next_stan(struct store_tx *tx, unsigned index)
{
    struct counters counters = read_counters(tx, index);
    counters.stan = counters.stan % 999999 + 1;
    write_counters(tx, index, &counters);
    return counters.stan;
}

struct standing router_standing_of(const struct freeze *freeze)
{
    return (struct standing){.count = freeze_is_standing(freeze),
                             .open_minor = freeze_open_minor(freeze)};
}

void router_tx_count_standing(struct store_tx *tx, unsigned index, const struct standing *before,
                              const struct standing *after)
{
    if (before->count == after->count && before->open_minor == after->open_minor)
        return;
    struct counters counters = read_counters(tx, index);
    struct standing *all = &counters.standing;
    MUST(all->count >= before->count && all->open_minor >= before->open_minor);
    all->count += after->count - before->count;
    all->open_minor += after->open_minor - before->open_minor;
    write_counters(tx, index, &counters);
}

struct standing router_tx_standing(struct store_tx *tx, unsigned index)
{
    return read_counters(tx, index).standing;
}
