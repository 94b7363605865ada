/* The ordered keys in memory, beside a plain array that does the same slowly. */
#include "store/store_skiplist.h"

#include "base/random.h"
#include "suite.h"

enum { KEYS = 256, ROUNDS = 20000 };

/* Two bytes and a tail, so that some keys begin like others. */
static struct bytes key_number(unsigned number, uint8_t key[4])
{
    key[0] = (uint8_t)(number >> 4);
    key[1] = (uint8_t)(number & 3);
    key[2] = (uint8_t)(number & 15);
    key[3] = 'x';
    return bytes_of(key, 3 + (number & 1));
}

static bool is_like(const struct skiplist *list, const uint64_t values[KEYS])
{
    unsigned present = 0, counted = 0;
    uint8_t key[4];
    for (unsigned i = 0; i < KEYS; i++) {
        struct skiplist_node *node = skiplist_find(list, key_number(i, key));
        present += values[i] != 0;
        if ((node != NULL) != (values[i] != 0))
            return false;
        if (node != NULL && *(uint64_t *)skiplist_item(list, node) != values[i])
            return false;
    }
    struct bytes before = {NULL, 0};
    for (const struct skiplist_node *node = list->first[0]; node; node = node->next[0]) {
        struct bytes now = skiplist_key(node);
        size_t common = before.len < now.len ? before.len : now.len;
        int order = common > 0 ? memcmp(before.data, now.data, common) : 0;
        if (order > 0 || (order == 0 && before.len >= now.len))
            return false;
        before = now;
        counted++;
    }
    return counted == present;
}

static void holds_what_an_array_holds_after_many_random_steps(void)
{
    struct skiplist list;
    skiplist_init(&list, sizeof(uint64_t));
    static uint64_t values[KEYS]; /* 0: absent */
    memset(values, 0, sizeof values);
    struct random random = random_seeded(7);
    uint8_t key[4];
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned number = (unsigned)random_below(&random, KEYS);
        values[number] = random_below(&random, 3) == 0 ? 0 : random_next(&random) | 1;
        if (values[number] == 0)
            skiplist_delete(&list, key_number(number, key));
        else
            *(uint64_t *)skiplist_item(&list, skiplist_put(&list, key_number(number, key))) =
                values[number];
        if (round % 1000 == 0)
            CU_ASSERT_TRUE(is_like(&list, values));
    }
    CU_ASSERT_TRUE(is_like(&list, values));
    skiplist_deinit(&list);
}

static void finds_the_first_key_not_less(void)
{
    struct skiplist list;
    skiplist_init(&list, sizeof(uint64_t));
    CU_ASSERT_PTR_NULL(skiplist_at_least(&list, bytes_text("")));
    skiplist_put(&list, bytes_text("B"));
    skiplist_put(&list, bytes_text("BB"));
    skiplist_put(&list, bytes_text("D"));
    CU_ASSERT_TRUE(
        bytes_equal(skiplist_key(skiplist_at_least(&list, bytes_text("A"))), bytes_text("B")));
    CU_ASSERT_TRUE(
        bytes_equal(skiplist_key(skiplist_at_least(&list, bytes_text("BA"))), bytes_text("BB")));
    CU_ASSERT_TRUE(
        bytes_equal(skiplist_key(skiplist_at_least(&list, bytes_text("BB"))), bytes_text("BB")));
    CU_ASSERT_TRUE(
        bytes_equal(skiplist_key(skiplist_at_least(&list, bytes_text("C"))), bytes_text("D")));
    CU_ASSERT_PTR_NULL(skiplist_at_least(&list, bytes_text("DD")));
    CU_ASSERT_PTR_NULL(skiplist_find(&list, bytes_text("C")));
    skiplist_deinit(&list);
}

static void new_key_has_a_zeroed_item_and_an_old_one_its_own(void)
{
    struct skiplist list;
    skiplist_init(&list, 2 * sizeof(uint64_t));
    uint64_t *item = skiplist_item(&list, skiplist_put(&list, bytes_text("key")));
    CU_ASSERT_TRUE(item[0] == 0 && item[1] == 0);
    item[1] = 7;
    struct skiplist_node *node = skiplist_put(&list, bytes_text("key"));
    CU_ASSERT_PTR_EQUAL(skiplist_item(&list, node), item);
    CU_ASSERT_PTR_EQUAL(skiplist_node_of(&list, item), node);
    CU_ASSERT_EQUAL(item[1], 7);
    skiplist_deinit(&list);
}

/* Whatever it looks at: it comes to an end, in an empty list too, and nothing is other than before.
 */
static void fetching_changes_nothing(void)
{
    struct skiplist list;
    skiplist_init(&list, sizeof(uint64_t));
    static uint64_t values[KEYS];
    static uint8_t data[KEYS][4];
    struct bytes keys[KEYS];
    memset(values, 0, sizeof values);
    for (unsigned i = 0; i < KEYS; i++)
        keys[i] = key_number(i, data[i]);
    skiplist_fetch(&list, keys, 0);
    skiplist_fetch(&list, keys, KEYS);
    CU_ASSERT_TRUE(is_like(&list, values));
    for (unsigned i = 0; i < KEYS; i += 3)
        *(uint64_t *)skiplist_item(&list, skiplist_put(&list, keys[i])) = values[i] = i + 1;
    for (unsigned count = 0; count <= KEYS; count++)
        skiplist_fetch(&list, keys, count);
    CU_ASSERT_TRUE(is_like(&list, values));
    skiplist_deinit(&list);
}

static void deinit_accepts_zeroed_memory(void)
{
    struct skiplist list = {0};
    skiplist_deinit(&list);
    CU_ASSERT_PTR_NULL(list.first[0]);
}

SUITE(CASE(holds_what_an_array_holds_after_many_random_steps), CASE(finds_the_first_key_not_less),
      CASE(new_key_has_a_zeroed_item_and_an_old_one_its_own), CASE(fetching_changes_nothing),
      CASE(deinit_accepts_zeroed_memory))
