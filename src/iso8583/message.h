/* What unpack and pack share: bitmaps as numbers. Internal to this folder.
 *
 * A bitmap of 8 bytes is a number whose bit i stands for the i-th element of its block: on the wire
 * the first element is the highest bit of the first byte. */
#ifndef ISO8583_MESSAGE_H
#define ISO8583_MESSAGE_H

#include "iso8583/iso8583.h"
#include "iso8583/spec.h"

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

/* A bitmap of `bytes` bytes in any encoding. Returns where the first byte that is no hex digit
 * stands, the width on the wire when all are. */
size_t iso_bitmap_bytes(const struct iso_spec *spec, unsigned encoding, const uint8_t *at,
                        unsigned bytes, uint8_t *out);
void iso_bitmap_put(const struct iso_spec *spec, unsigned encoding, const uint8_t *bytes,
                    unsigned count, uint8_t *at);
/* One of 64 bits, as the spec's messages have it; false when a digit is none. */
bool iso_bitmap_take(const struct iso_spec *spec, const uint8_t *at, uint64_t *bits);
void iso_bitmap_give(const struct iso_spec *spec, uint64_t bits, uint8_t *at);

/* Bytes of the MTI on the wire. */
static inline size_t iso_mti_len(const struct iso_spec *spec)
{
    return spec->mti_encoding == ISO_ENCODING_BCD ? ISO_MTI_LEN / 2 : ISO_MTI_LEN;
}
/* The MTI as four digits. Returns where the first byte that is none stands, iso_mti_len() when all
 * are. */
size_t iso_mti_take(const struct iso_spec *spec, const uint8_t *at, char mti[ISO_MTI_LEN]);
void iso_mti_give(const struct iso_spec *spec, const char mti[ISO_MTI_LEN], uint8_t *at);

/* Is the first bit of the k-th bitmap (from 0) the announcement of another one? */
static inline bool iso_bitmap_announces(const struct iso_spec *spec, unsigned k)
{
    return k + 1 >= spec->announces_from && k + 1 < spec->bitmaps_max &&
           !(spec->third_in != 0 && k == 1);
}

/* The block of elements 64k+1 to 64k+64 out of the message's own bits, and into them. */
static inline uint64_t iso_block_of(const uint64_t bits[ISO_DE_MAX / 64 + 1], unsigned k)
{
    return bits[k] >> 1 | bits[k + 1] << 63;
}

static inline void iso_block_put(struct iso_message *message, unsigned k, uint64_t block)
{
    message->present[k] |= block << 1;
    message->present[k + 1] |= block >> 63;
}

/* An element as unpack leaves it; `odd`: of BCD digits. */
static inline void iso_message_take(struct iso_message *message, unsigned de,
                                    struct iso_value value, bool odd)
{
    uint64_t bit = UINT64_C(1) << (de % 64);
    iso_message_set(message, de, value.data, value.len);
    if (odd) {
        message->odd[de / 64] |= bit;
        message->is_marked = true;
    }
}

/* The authority on what is wrong with a message: reads it element by element with every check, and
 * sets what iso_message_unpack() sets. Slow, and asked only when the quick walk found something.
 * `at` is the MTI's offset. Also for tests, which compare both. */
enum iso_result iso_body_examine(const struct iso_spec *spec, const uint8_t *base, size_t len,
                                 size_t at, struct iso_message *message, struct iso_fault *fault);

/* Is the spec's header there? And reads it, with the original one behind it when the first says
 * that the message was rejected. */
bool iso_header_is_there(const struct iso_spec *spec, enum iso_header_mode mode,
                         const uint8_t *data, size_t len);
enum iso_result iso_header_unpack(const struct iso_spec *spec, const uint8_t *data, size_t len,
                                  struct iso_message *message, struct iso_fault *fault);

#endif
