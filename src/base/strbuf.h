/* Growable text that is born with its maximum, so that nothing from outside makes it grow without
 * bound. Errors stick: add piece by piece and look at `bad` once at the end. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/bytes.h"

/* Over its maximum, or without memory, it is `bad` and takes nothing more. Always terminated when
 * text is not NULL. */
struct strbuf {
    char *text; /* NULL until something was added */
    size_t len;
    size_t cap;
    size_t max; /* bytes, without the terminator */
    bool bad;
};

void strbuf_init(struct strbuf *buf, size_t max);
void strbuf_deinit(struct strbuf *buf); /* accepts zeroed memory */
void strbuf_clear(struct strbuf *buf);  /* keeps the memory; no longer bad */
void strbuf_add(struct strbuf *buf, const void *data, size_t len);
void strbuf_text(struct strbuf *buf, const char *text);
/* Room for `len` bytes more behind what is there and for the terminator, NULL when it is or becomes
 * bad. The caller fills it and calls strbuf_filled(). */
bool strbuf_grow(struct strbuf *buf, size_t len);
static inline char *strbuf_room(struct strbuf *buf, size_t len)
{
    if (len < buf->cap - buf->len && !buf->bad)
        return buf->text + buf->len;
    return strbuf_grow(buf, len) ? buf->text + buf->len : NULL;
}
static inline void strbuf_filled(struct strbuf *buf, size_t len)
{
    buf->len += len;
    buf->text[buf->len] = '\0';
}
void strbuf_format(struct strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
