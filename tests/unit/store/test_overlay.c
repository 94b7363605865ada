/* The overlay by itself: the newest versions, and those that are durable, beside plain arrays. */
#include "store/store_overlay.h"

#include "base/random.h"
#include "store/store_record.h"
#include "suite.h"

enum { KEYS = 90, BATCHES = 400, BATCH_WRITES = 30, VALUE_MAX = 900 };

struct version {
    uint64_t number; /* 0: none */
    uint64_t seed;   /* 0: deleted */
};

static struct bytes key_of_index(unsigned index, uint8_t key[3])
{
    key[0] = (uint8_t)('A' + index % 3);
    key[1] = (uint8_t)(index / 3);
    key[2] = 'x';
    return bytes_of(key, 2 + index % 2);
}

static struct bytes value_of(uint64_t seed, uint8_t data[VALUE_MAX])
{
    size_t len = 8 + seed % (VALUE_MAX - 8);
    memset(data, (int)seed, len);
    return seed != 0 ? bytes_of(data, len) : (struct bytes){NULL, 0};
}

static bool is_version(struct bytes sealed, const struct version *version)
{
    uint8_t data[VALUE_MAX];
    return version->seed == 0 ? sealed.data == NULL
                              : bytes_equal(sealed, value_of(version->seed, data));
}

struct both {
    struct overlay overlay;
    struct version newest[KEYS], durable[KEYS];
};

/* Newest and durable ones of all keys, and the order. */
static bool is_like(struct both *both, uint64_t end)
{
    uint8_t key[3];
    size_t count = 0;
    bool is_good = true;
    for (unsigned i = 0; i < KEYS && is_good; i++) {
        const struct overlay_entry *entry = overlay_find(&both->overlay, key_of_index(i, key));
        struct bytes sealed;
        count += both->newest[i].number != 0;
        is_good = (entry != NULL) == (both->newest[i].number != 0);
        if (entry == NULL)
            continue;
        is_good = is_good && is_version(overlay_newest(entry), &both->newest[i]);
        bool has_durable = overlay_below(&both->overlay, entry, end, &sealed);
        is_good = is_good && has_durable == (both->durable[i].number != 0) &&
                  (!has_durable || is_version(sealed, &both->durable[i]));
    }
    struct bytes before = {NULL, 0};
    for (struct overlay_entry *entry = overlay_at_least(&both->overlay, before); entry != NULL;
         entry = overlay_next(&both->overlay, entry), count--) {
        struct bytes now = overlay_key(&both->overlay, entry);
        size_t common = before.len < now.len ? before.len : now.len;
        is_good = is_good && (common == 0 || memcmp(before.data, now.data, common) <= 0);
        before = now;
    }
    return is_good && count == 0;
}

static void write_one(struct both *both, struct random *random, uint64_t number)
{
    unsigned index = (unsigned)random_below(random, KEYS);
    uint64_t seed = random_below(random, 4) == 0 ? 0 : random_next(random) | 1;
    uint8_t key[3], data[VALUE_MAX];
    struct overlay_entry *entry = overlay_enter(&both->overlay, key_of_index(index, key));
    CU_ASSERT_EQUAL(entry->number, both->newest[index].number);
    overlay_write(&both->overlay, entry, number, value_of(seed, data));
    both->newest[index] = (struct version){number, seed};
}

static void remove_some(struct both *both, struct random *random, uint64_t number)
{
    uint8_t from[] = {(uint8_t)('A' + random_below(random, 3)), (uint8_t)random_below(random, 30)};
    uint8_t end[] = {'C', (uint8_t)random_below(random, 30)};
    uint64_t below = number - random_below(random, 3);
    overlay_remove(&both->overlay, bytes_of(from, 2), bytes_of(end, 2), below);
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t key[3];
        struct bytes bytes = key_of_index(i, key);
        if (both->newest[i].number < below && record_key_compare(bytes, bytes_of(from, 2)) >= 0 &&
            record_key_compare(bytes, bytes_of(end, 2)) < 0)
            both->newest[i] = (struct version){0, 0};
    }
}

static void holds_what_arrays_hold_after_many_random_batches(void)
{
    static struct both both;
    memset(&both, 0, sizeof both);
    overlay_init(&both.overlay);
    struct random random = random_seeded(20261122);
    for (uint64_t number = 1; number <= BATCHES; number++) {
        for (uint64_t writes = random_below(&random, BATCH_WRITES); writes > 0; writes--)
            write_one(&both, &random, number);
        CU_ASSERT_TRUE(is_like(&both, number));
        overlay_settle(&both.overlay);
        if (random_below(&random, 3) == 0)
            remove_some(&both, &random, number + 1);
        memcpy(both.durable, both.newest, sizeof both.durable);
        CU_ASSERT_TRUE(is_like(&both, number + 1));
    }
    overlay_remove(&both.overlay, bytes_text(""), bytes_text("Z"), UINT64_MAX);
    CU_ASSERT_EQUAL(both.overlay.count, 0);
    CU_ASSERT_EQUAL(both.overlay.bytes, 0);
    overlay_deinit(&both.overlay);
}

static void clearing_and_deinit_accept_an_empty_one(void)
{
    struct overlay overlay = {.buckets = NULL};
    overlay_deinit(&overlay);
    overlay_init(&overlay);
    overlay_clear(&overlay);
    CU_ASSERT_PTR_NULL(overlay_find(&overlay, bytes_text("A")));
    CU_ASSERT_PTR_NULL(overlay_at_least(&overlay, bytes_text("")));
    overlay_deinit(&overlay);
}

SUITE(CASE(holds_what_arrays_hold_after_many_random_batches),
      CASE(clearing_and_deinit_accept_an_empty_one))
