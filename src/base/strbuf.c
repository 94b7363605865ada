/* Growable text, see strbuf.h. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRBUF_FIRST = 256 }; /* most lines we write fit without growing */

void strbuf_init(struct strbuf *buf, size_t max)
{
    *buf = (struct strbuf){.max = max};
}

void strbuf_deinit(struct strbuf *buf)
{
    free(buf->text);
    *buf = (struct strbuf){0};
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->bad = false;
    if (buf->text != NULL)
        buf->text[0] = '\0';
}

bool strbuf_grow(struct strbuf *buf, size_t len)
{
    if (buf->bad || len > buf->max - buf->len) {
        buf->bad = true;
        return false;
    }
    size_t need = buf->len + len + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap == 0 ? STRBUF_FIRST : buf->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap - 1 > buf->max)
        cap = buf->max + 1;
    char *text = realloc(buf->text, cap);
    if (text == NULL) {
        buf->bad = true;
        return false;
    }
    buf->text = text;
    buf->cap = cap;
    return true;
}

void strbuf_add(struct strbuf *buf, const void *data, size_t len)
{
    char *room = strbuf_room(buf, len);
    if (room == NULL)
        return;
    if (len > 0)
        memcpy(room, data, len);
    strbuf_filled(buf, len);
}

void strbuf_text(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_format(struct strbuf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0 || !strbuf_grow(buf, (size_t)len)) {
        buf->bad = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(buf->text + buf->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buf->len += (size_t)len;
}
