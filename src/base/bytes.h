/* Bytes with their length, and cursors that read and write them in order.
 *
 * Nothing from outside is ever a terminated string. Both cursors are sticky: after the first
 * step beyond the end every later step does nothing and `bad` stays set, so that a codec of our
 * own records reads as its layout and is checked once at the end. Numbers are big-endian, so that
 * keys sort as their numbers do. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){data, len};
}

static inline struct bytes bytes_text(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Writes into memory of a fixed size that the caller owns. */
struct writer {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool bad;
};

static inline struct writer writer_to(void *data, size_t cap)
{
    return (struct writer){.data = data, .cap = cap};
}

static inline uint8_t *writer_take(struct writer *w, size_t len)
{
    if (w->bad || len > w->cap - w->len) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->data + w->len;
    w->len += len;
    return at;
}

static inline void write_bytes(struct writer *w, const void *data, size_t len)
{
    uint8_t *at = writer_take(w, len);
    if (at != NULL && len > 0)
        memcpy(at, data, len);
}

static inline void write_uint(struct writer *w, uint64_t value, size_t width)
{
    uint8_t *at = writer_take(w, width);
    if (at != NULL)
        for (size_t i = 0; i < width; i++)
            at[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
}

static inline void write_u8(struct writer *w, uint8_t value)
{
    write_uint(w, value, 1);
}
static inline void write_u16(struct writer *w, uint16_t value)
{
    write_uint(w, value, 2);
}
static inline void write_u32(struct writer *w, uint32_t value)
{
    write_uint(w, value, 4);
}
static inline void write_u64(struct writer *w, uint64_t value)
{
    write_uint(w, value, 8);
}

/* Reads memory that somebody else owns; what it returns points into that memory. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static inline struct reader reader_of(struct bytes bytes)
{
    /* No bytes at all (data NULL) may be read too; adding 0 to NULL is undefined. */
    return (struct reader){.at = bytes.data,
                           .end = bytes.len > 0 ? bytes.data + bytes.len : bytes.data};
}

static inline const uint8_t *reader_take(struct reader *r, size_t len)
{
    if (r->bad || len > (size_t)(r->end - r->at)) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += len;
    return at;
}

static inline void read_bytes(struct reader *r, void *out, size_t len)
{
    const uint8_t *at = reader_take(r, len);
    if (at != NULL)
        memcpy(out, at, len);
    else
        memset(out, 0, len);
}

/* At most eight bytes. */
static inline uint64_t read_uint(struct reader *r, size_t width)
{
    const uint8_t *at = reader_take(r, width);
    uint64_t value = 0;
    if (at != NULL && width > 0 && r->end - at >= 8) { /* one load instead of so many */
        memcpy(&value, at, sizeof value);
        return be64toh(value) >> (8 * (sizeof value - width));
    }
    for (size_t i = 0; at != NULL && i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static inline uint8_t read_u8(struct reader *r)
{
    return (uint8_t)read_uint(r, 1);
}
static inline uint16_t read_u16(struct reader *r)
{
    return (uint16_t)read_uint(r, 2);
}
static inline uint32_t read_u32(struct reader *r)
{
    return (uint32_t)read_uint(r, 4);
}
static inline uint64_t read_u64(struct reader *r)
{
    return read_uint(r, 8);
}

#endif
