/* A hash map from keys of one fixed size to pointers, sized once: nothing is allocated after init.
 *
 * Open addressing with linear probing at no more than half full; removal shifts back what follows,
 * so that no marks of the dead slow it down with time. Keys from outside cannot be chosen to
 * collide without the seed (SipHash-1-3). Keys are copied, what the pointers point to is the
 * caller's. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/result.h"

#include <stdint.h>

enum { MAP_KEY_MAX = 64 }; /* the longest transaction key fits */

struct map {
    uint8_t *slots; /* each: value, then key */
    size_t key_len;
    size_t slot_len;
    size_t mask; /* slots - 1; slots are a power of two */
    size_t count;
    size_t max;
    uint64_t seed[2];
};

/* Room for `max` entries. RESULT_LIMIT without memory. */
MUST_USE enum result map_init(struct map *map, size_t key_len, size_t max, uint64_t seed,
                              struct fault *fault);
void map_deinit(struct map *map); /* accepts zeroed memory */

/* `key` is key_len bytes. NULL when there is no such entry. */
void *map_find(const struct map *map, const void *key);
/* Adds or replaces; `value` is not NULL. False, and nothing done, when the key is new and the map
 * is full. */
MUST_USE bool map_put(struct map *map, const void *key, void *value);
/* Returns what was there, or NULL. */
void *map_remove(struct map *map, const void *key);
static inline size_t map_count(const struct map *map)
{
    return map->count;
}

/* Visits all entries in no particular order: start with *at = 0, ends with NULL. The map may not be
 * changed meanwhile. `key`, if not NULL, gets the entry's key, which lives in the map. */
void *map_next(const struct map *map, size_t *at, const uint8_t **key);

#endif
