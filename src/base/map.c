/* Hash map of fixed room, see map.h. The hash is SipHash-1-3.
 * Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012. */
#include "base/map.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAP_MAX = 1 << 26, /* entries; no table of ours comes near */
    MAP_SLOTS_MIN = 8,
};

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

static uint64_t sip_hash(const uint64_t seed[2], const uint8_t *data, size_t len)
{
    uint64_t v[4] = {seed[0] ^ UINT64_C(0x736F6D6570736575), seed[1] ^ UINT64_C(0x646F72616E646F6D),
                     seed[0] ^ UINT64_C(0x6C7967656E657261),
                     seed[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t word = 0;
    /* The last word holds what is left of the data and, in its top byte, the length. The order of
     * bytes in a word is the machine's: the hash never leaves the process. */
    for (size_t at = 0; at <= len; at += 8) {
        size_t left = len - at;
        word = 0;
        if (left > 0)
            memcpy(&word, data + at, left < 8 ? left : 8);
        if (left < 8)
            word |= (uint64_t)len << 56;
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xFF;
    for (unsigned i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

enum result map_init(struct map *map, size_t key_len, size_t max, uint64_t seed,
                     struct fault *fault)
{
    MUST(key_len > 0 && key_len <= MAP_KEY_MAX);
    *map = (struct map){.key_len = key_len, .max = max};
    if (max > MAP_MAX)
        return fault_set(fault, RESULT_LIMIT, "a map of %zu entries is over the maximum %d", max,
                         MAP_MAX);
    size_t slots = MAP_SLOTS_MIN;
    while (slots < 2 * max)
        slots *= 2;
    map->mask = slots - 1;
    map->slot_len = (sizeof(void *) + key_len + 7) / 8 * 8;
    struct random random = random_seeded(seed);
    map->seed[0] = random_next(&random);
    map->seed[1] = random_next(&random);
    map->slots = calloc(slots, map->slot_len);
    if (map->slots == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory for a map of %zu entries", max);
    return RESULT_OK;
}

void map_deinit(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

static uint8_t *slot_at(const struct map *map, size_t index)
{
    return map->slots + index * map->slot_len;
}

static void *slot_value(const uint8_t *slot)
{
    void *value;
    memcpy(&value, slot, sizeof value);
    return value;
}

static uint8_t *slot_key(uint8_t *slot)
{
    return slot + sizeof(void *);
}

static size_t slot_home(const struct map *map, const uint8_t *key)
{
    return (size_t)sip_hash(map->seed, key, map->key_len) & map->mask;
}

/* The key's slot, or the empty one where it belongs. At most half of the slots are taken, so there
 * is an empty one. */
static size_t map_seek(const struct map *map, const uint8_t *key)
{
    size_t index = slot_home(map, key);
    for (;; index = (index + 1) & map->mask) {
        uint8_t *slot = slot_at(map, index);
        if (slot_value(slot) == NULL || memcmp(slot_key(slot), key, map->key_len) == 0)
            return index;
    }
}

void *map_find(const struct map *map, const void *key)
{
    return slot_value(slot_at(map, map_seek(map, key)));
}

bool map_put(struct map *map, const void *key, void *value)
{
    MUST(value != NULL);
    uint8_t *slot = slot_at(map, map_seek(map, key));
    if (slot_value(slot) == NULL) {
        if (map->count == map->max)
            return false;
        memcpy(slot_key(slot), key, map->key_len);
        map->count++;
    }
    memcpy(slot, &value, sizeof value);
    return true;
}

void *map_remove(struct map *map, const void *key)
{
    size_t hole = map_seek(map, key);
    void *value = slot_value(slot_at(map, hole));
    if (value == NULL)
        return NULL;
    /* What follows without a gap moves into the hole unless that is before its home. */
    size_t index = hole;
    for (;;) {
        index = (index + 1) & map->mask;
        uint8_t *slot = slot_at(map, index);
        if (slot_value(slot) == NULL)
            break;
        size_t home = slot_home(map, slot_key(slot));
        if (((index - home) & map->mask) < ((index - hole) & map->mask))
            continue;
        memcpy(slot_at(map, hole), slot, map->slot_len);
        hole = index;
    }
    memset(slot_at(map, hole), 0, map->slot_len);
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *at, const uint8_t **key)
{
    for (; map->slots != NULL && *at <= map->mask; ++*at) {
        uint8_t *slot = slot_at(map, *at);
        void *value = slot_value(slot);
        if (value == NULL)
            continue;
        if (key != NULL)
            *key = slot_key(slot);
        ++*at;
        return value;
    }
    return NULL;
}
