/* A map agrees with a plain list whatever is put and removed, and never grows past its maximum. */
#include "base/map.h"
#include "base/random.h"
#include "suite.h"

#include <stdlib.h>

static struct map made(size_t key_len, size_t max, uint64_t seed)
{
    struct map map;
    struct fault fault;
    CU_ASSERT_EQUAL_FATAL(map_init(&map, key_len, max, seed, &fault), RESULT_OK);
    return map;
}

static int things[1000];

static void finds_what_was_put_and_nothing_else(void)
{
    struct map map = made(4, 10, 1);
    CU_ASSERT_PTR_NULL(map_find(&map, "abcd"));
    CU_ASSERT_TRUE(map_put(&map, "abcd", &things[0]));
    CU_ASSERT_TRUE(map_put(&map, "\0\0\0\0", &things[1]));
    CU_ASSERT_PTR_EQUAL(map_find(&map, "abcd"), &things[0]);
    CU_ASSERT_PTR_EQUAL(map_find(&map, "\0\0\0\0"), &things[1]);
    CU_ASSERT_PTR_NULL(map_find(&map, "abce"));
    CU_ASSERT_EQUAL(map_count(&map), 2);
    CU_ASSERT_TRUE(map_put(&map, "abcd", &things[2]));
    CU_ASSERT_PTR_EQUAL(map_find(&map, "abcd"), &things[2]);
    CU_ASSERT_EQUAL(map_count(&map), 2);
    CU_ASSERT_PTR_EQUAL(map_remove(&map, "abcd"), &things[2]);
    CU_ASSERT_PTR_NULL(map_remove(&map, "abcd"));
    CU_ASSERT_EQUAL(map_count(&map), 1);
    map_deinit(&map);
}

static void refuses_a_new_key_when_full_but_replaces(void)
{
    struct map map = made(2, 3, 2);
    CU_ASSERT_TRUE(map_put(&map, "k1", &things[1]));
    CU_ASSERT_TRUE(map_put(&map, "k2", &things[2]));
    CU_ASSERT_TRUE(map_put(&map, "k3", &things[3]));
    CU_ASSERT_FALSE(map_put(&map, "k4", &things[4]));
    CU_ASSERT_PTR_NULL(map_find(&map, "k4"));
    CU_ASSERT_TRUE(map_put(&map, "k2", &things[5]));
    CU_ASSERT_PTR_EQUAL(map_find(&map, "k2"), &things[5]);
    CU_ASSERT_PTR_EQUAL(map_remove(&map, "k1"), &things[1]);
    CU_ASSERT_TRUE(map_put(&map, "k4", &things[4]));
    CU_ASSERT_EQUAL(map_count(&map), 3);
    map_deinit(&map);
}

static void agrees_with_a_list_through_a_long_life(void)
{
    enum { KEYS = 1000, STEPS = 60000 };
    /* The key length makes the last word of the hash partial, full and absent in turn. */
    static const size_t key_lens[] = {4, 16, 21, MAP_KEY_MAX};
    for (size_t k = 0; k < sizeof key_lens / sizeof key_lens[0]; k++) {
        struct map map = made(key_lens[k], KEYS / 2, k);
        struct random random = random_seeded(k);
        int *list[KEYS] = {0};
        size_t count = 0;
        unsigned wrong = 0;
        for (unsigned step = 0; step < STEPS; step++) {
            uint32_t id = (uint32_t)random_below(&random, KEYS);
            uint8_t key[MAP_KEY_MAX] = {0};
            memcpy(key + key_lens[k] - sizeof id, &id, sizeof id);
            wrong += map_find(&map, key) != list[id];
            if (random_below(&random, 2) == 0) {
                bool fits = list[id] != NULL || count < KEYS / 2;
                wrong += map_put(&map, key, &things[id]) != fits;
                count += fits && list[id] == NULL;
                list[id] = fits ? &things[id] : NULL;
            } else {
                wrong += map_remove(&map, key) != list[id];
                count -= list[id] != NULL;
                list[id] = NULL;
            }
            wrong += map_count(&map) != count;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        size_t at = 0, visited = 0;
        const uint8_t *key = NULL;
        for (void *value; (value = map_next(&map, &at, &key)) != NULL; visited++) {
            uint32_t id;
            memcpy(&id, key + key_lens[k] - sizeof id, sizeof id);
            wrong += id >= KEYS || list[id] != value;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(visited, count);
        map_deinit(&map);
    }
}

static void another_seed_gives_another_order(void)
{
    struct map a = made(4, 100, 1), b = made(4, 100, 2);
    for (uint32_t i = 0; i < 100; i++) {
        CU_ASSERT_TRUE(map_put(&a, &i, &things[i]));
        CU_ASSERT_TRUE(map_put(&b, &i, &things[i]));
    }
    size_t at_a = 0, at_b = 0;
    unsigned same = 0;
    for (unsigned i = 0; i < 100; i++)
        same += map_next(&a, &at_a, NULL) == map_next(&b, &at_b, NULL);
    CU_ASSERT_TRUE(same < 20);
    CU_ASSERT_PTR_NULL(map_next(&a, &at_a, NULL));
    map_deinit(&a);
    map_deinit(&b);
}

static void spreads_keys_that_differ_in_one_digit(void)
{
    enum { KEYS = 1000 };
    struct map map = made(12, KEYS, 7);
    for (unsigned i = 0; i < KEYS; i++) {
        char key[13] = "000000000000";
        for (unsigned rest = i, at = 11; rest > 0; rest /= 10, at--)
            key[at] = (char)('0' + rest % 10);
        CU_ASSERT_TRUE(map_put(&map, key, &things[i]));
    }
    /* The longest run of taken slots bounds every search; a bad hash makes it hundreds long. */
    size_t run = 0, longest = 0;
    for (size_t i = 0; i <= map.mask; i++) {
        void *value;
        memcpy(&value, map.slots + i * map.slot_len, sizeof value);
        run = value == NULL ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    CU_ASSERT_TRUE(longest < 60);
    map_deinit(&map);
}

static void refuses_more_than_any_table_needs(void)
{
    struct map map;
    struct fault fault;
    CU_ASSERT_EQUAL(map_init(&map, 4, SIZE_MAX / 4, 0, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "over the maximum");
    map_deinit(&map);
}

static void an_empty_map_holds_nothing(void)
{
    struct map map = made(1, 0, 0);
    CU_ASSERT_FALSE(map_put(&map, "a", &things[0]));
    CU_ASSERT_PTR_NULL(map_find(&map, "a"));
    CU_ASSERT_PTR_NULL(map_remove(&map, "a"));
    map_deinit(&map);
    size_t at = 0;
    CU_ASSERT_PTR_NULL(map_next(&map, &at, NULL));
    map_deinit(&map);
}

SUITE(CASE(finds_what_was_put_and_nothing_else), CASE(refuses_a_new_key_when_full_but_replaces),
      CASE(agrees_with_a_list_through_a_long_life), CASE(another_seed_gives_another_order),
      CASE(spreads_keys_that_differ_in_one_digit), CASE(refuses_more_than_any_table_needs),
      CASE(an_empty_map_holds_nothing))
