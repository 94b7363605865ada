/* The hash of everything that happens in a simulated world. The same on every machine and in every
 * build: it sees bytes and numbers, never addresses or padding. Not for cryptography. */
#ifndef SIMULATION_HASH_H
#define SIMULATION_HASH_H

#include "base/bytes.h"

static inline uint64_t hash_number(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static inline uint64_t hash_bytes(uint64_t hash, struct bytes bytes)
{
    hash = hash_number(hash, bytes.len);
    for (size_t at = 0; at < bytes.len; at += 8) {
        uint64_t word = 0;
        size_t left = bytes.len - at < 8 ? bytes.len - at : 8;
        for (size_t i = 0; i < left; i++)
            word |= (uint64_t)bytes.data[at + i] << 8 * i;
        hash = hash_number(hash, word);
    }
    return hash;
}

#endif
