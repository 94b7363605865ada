/* What unpack and pack share: bitmaps as numbers. Internal to this folder.
 *
 * A bitmap of 8 bytes is a number whose bit i stands for the i-th element of its block: on the wire
 * the first element is the highest bit of the first byte. */
#ifndef ISO8583_MESSAGE_H
#define ISO8583_MESSAGE_H

#include "iso8583/iso8583.h"

enum {
    ISO_MTI_LEN = 4,
    ISO_BITMAP_LEN = 8,
    ISO_BLOCK = 64, /* elements a bitmap */
};

static inline uint64_t iso_bits_reversed_in_bytes(uint64_t x)
{
    x = (x >> 1 & 0x5555555555555555U) | (x & 0x5555555555555555U) << 1;
    x = (x >> 2 & 0x3333333333333333U) | (x & 0x3333333333333333U) << 2;
    return (x >> 4 & 0x0F0F0F0F0F0F0F0FU) | (x & 0x0F0F0F0F0F0F0F0FU) << 4;
}

static inline uint64_t iso_bitmap_read(const uint8_t *at)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < ISO_BITMAP_LEN; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return iso_bits_reversed_in_bytes(x);
}

static inline void iso_bitmap_write(uint8_t *at, uint64_t bits)
{
    uint64_t x = iso_bits_reversed_in_bytes(bits);
    for (unsigned i = 0; i < ISO_BITMAP_LEN; i++)
        at[i] = (uint8_t)(x >> (8 * i));
}

/* The block of elements 64k+1 to 64k+64 out of the message's own bits, and into them. */
static inline uint64_t iso_block_get(const struct iso_message *message, unsigned k)
{
    return message->present[k] >> 1 | message->present[k + 1] << 63;
}

static inline void iso_block_put(struct iso_message *message, unsigned k, uint64_t block)
{
    message->present[k] |= block << 1;
    message->present[k + 1] |= block >> 63;
}

/* The authority on what is wrong with a message: reads it element by element with every check, and
 * sets what iso_message_unpack() sets. Slow, and asked only when the quick walk found something.
 * `at` is the MTI's offset. Also for tests, which compare both. */
enum iso_result iso_body_examine(const struct iso_spec *spec, const uint8_t *base, size_t len,
                                 size_t at, struct iso_message *message, struct iso_fault *fault);

#endif
