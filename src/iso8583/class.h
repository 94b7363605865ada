/* Character classes: which bytes a content may consist of, and checking that many at a time.
 *
 * A class is at most four ranges of bytes. A scan looks at 16 bytes in a dozen instructions, has no
 * branch that depends on the bytes, and only says whether all was well; whoever then needs the
 * place asks iso_class_stray(). Reads nothing outside the value and needs no margin around it. */
#ifndef ISO8583_CLASS_H
#define ISO8583_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum iso_class_id {
    ISO_CLASS_N,       /* digits */
    ISO_CLASS_A,       /* letters, and the blank that pads them */
    ISO_CLASS_AN,      /* letters, digits, blank */
    ISO_CLASS_AS,      /* printable, no digits */
    ISO_CLASS_NS,      /* printable, no letters */
    ISO_CLASS_ANS,     /* printable */
    ISO_CLASS_Z,       /* track 2 and 3: ISO 7813 and ISO 4909, and D for = as hosts write it */
    ISO_CLASS_HEX,     /* bytes as two hex digits each */
    ISO_CLASS_AS_WIDE, /* AS, NS and ANS of a spec with a charset: multi-byte characters too */
    ISO_CLASS_NS_WIDE,
    ISO_CLASS_ANS_WIDE,
    ISO_CLASS_SIGN, /* C or D in front of an amount */
    ISO_CLASS_ANY,
    ISO_CLASS_N_EBCDIC, /* digits as EBCDIC has them */
    ISO_CLASS_COUNT,
};

typedef uint8_t iso_lanes __attribute__((vector_size(16)));
typedef uint64_t iso_halves __attribute__((vector_size(16)));

enum { ISO_CLASS_RANGES = 4 };

struct iso_class {
    iso_lanes low[ISO_CLASS_RANGES];  /* each lane the same: first byte of the range */
    iso_lanes span[ISO_CLASS_RANGES]; /* last byte minus first */
    const char *what;                 /* "a digit" */
};
extern const struct iso_class iso_classes[ISO_CLASS_COUNT];

/* Index of the first byte of the value that is not of the class, `len` when all are. */
size_t iso_class_stray(enum iso_class_id id, const uint8_t *value, size_t len);

/* A verdict gathers over many values: it stays all ones while every byte was of its class. */
static inline iso_lanes iso_verdict_good(void)
{
    return (iso_lanes)(iso_halves){UINT64_MAX, UINT64_MAX};
}

static inline bool iso_verdict_is_good(iso_lanes verdict)
{
    iso_halves halves = (iso_halves)verdict;
    return (halves[0] & halves[1]) == UINT64_MAX;
}

static inline iso_lanes iso_lanes_in(iso_lanes bytes, const struct iso_class *class)
{
    return (iso_lanes)((bytes - class->low[0] <= class->span[0]) |
                       (bytes - class->low[1] <= class->span[1]) |
                       (bytes - class->low[2] <= class->span[2]) |
                       (bytes - class->low[3] <= class->span[3]));
}

static inline iso_lanes iso_lanes_of(uint64_t low, uint64_t high)
{
    return (iso_lanes)(iso_halves){low, high};
}

/* The lanes of a value of 1 to 15 bytes, some bytes twice; with `copy` not NULL the value is
 * written there too. */
static inline iso_lanes iso_lanes_short(const uint8_t *value, size_t len, uint8_t *copy)
{
    if (len >= 8) {
        uint64_t head, tail;
        memcpy(&head, value, 8);
        memcpy(&tail, value + len - 8, 8);
        if (copy != NULL) {
            memcpy(copy, &head, 8);
            memcpy(copy + len - 8, &tail, 8);
        }
        return iso_lanes_of(head, tail);
    }
    if (len >= 4) {
        uint32_t head, tail;
        memcpy(&head, value, 4);
        memcpy(&tail, value + len - 4, 4);
        if (copy != NULL) {
            memcpy(copy, &head, 4);
            memcpy(copy + len - 4, &tail, 4);
        }
        uint64_t both = (uint64_t)head << 32 | tail;
        return iso_lanes_of(both, both);
    }
    uint64_t first = value[0], middle = value[len / 2], last = value[len - 1];
    if (copy != NULL) {
        copy[0] = (uint8_t)first;
        copy[len / 2] = (uint8_t)middle;
        copy[len - 1] = (uint8_t)last;
    }
    uint64_t four = first | middle << 8 | last << 16 | first << 24;
    four |= four << 32;
    return iso_lanes_of(four, four);
}

/* Adds a value to the verdict, and copies it when `copy` is not NULL. */
static inline iso_lanes iso_class_scan(iso_lanes verdict, const struct iso_class *class,
                                       const uint8_t *value, size_t len, uint8_t *copy)
{
    if (len == 0)
        return verdict;
    if (len < 16)
        return verdict & iso_lanes_in(iso_lanes_short(value, len, copy), class);
    for (size_t at = 0;; at += 16) {
        if (at + 16 > len) {
            if (at == len)
                return verdict;
            at = len - 16;
        }
        iso_lanes bytes;
        memcpy(&bytes, value + at, 16);
        if (copy != NULL)
            memcpy(copy + at, &bytes, 16);
        verdict &= iso_lanes_in(bytes, class);
    }
}

/* The same for BCD: both halves of every byte are digits. */
static inline iso_lanes iso_bcd_in(iso_lanes bytes)
{
    iso_lanes low = (iso_lanes){0} + 0x0F, nine = (iso_lanes){0} + 0x09;
    iso_lanes most = (iso_lanes){0} + 0x99;
    return (iso_lanes)((bytes & low) <= nine) & (iso_lanes)(bytes <= most);
}

static inline iso_lanes iso_bcd_scan(iso_lanes verdict, const uint8_t *value, size_t len,
                                     uint8_t *copy)
{
    if (len == 0)
        return verdict;
    if (len < 16)
        return verdict & iso_bcd_in(iso_lanes_short(value, len, copy));
    for (size_t at = 0;; at += 16) {
        if (at + 16 > len) {
            if (at == len)
                return verdict;
            at = len - 16;
        }
        iso_lanes bytes;
        memcpy(&bytes, value + at, 16);
        if (copy != NULL)
            memcpy(copy + at, &bytes, 16);
        verdict &= iso_bcd_in(bytes);
    }
}

#endif
