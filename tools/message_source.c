/* Reading messages from a file, see message_source.h. */
#include "message_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum result source_init(struct message_source *source, FILE *file, enum source_form form,
                        const struct iso_framing *framing, struct fault *fault)
{
    *source = (struct message_source){.file = file, .form = form, .framing = framing};
    source->buffer = malloc(SOURCE_BUFFER_LEN);
    source->bytes = malloc(SOURCE_MESSAGE_MAX);
    if (source->buffer != NULL && source->bytes != NULL)
        return RESULT_OK;
    source_deinit(source);
    return fault_set(fault, RESULT_LIMIT, "out of memory");
}

void source_before_read(struct message_source *source, void (*before_read)(void *context),
                        void *context)
{
    source->before_read = before_read;
    source->context = context;
}

void source_deinit(struct message_source *source)
{
    free(source->buffer);
    free(source->bytes);
    *source = (struct message_source){0};
}

/* Reads more behind what is there; false at the end, and when the buffer is full. */
static bool source_fill(struct message_source *source)
{
    if (source->at_end)
        return false;
    if (source->start > 0) {
        memmove(source->buffer, source->buffer + source->start, source->len);
        source->start = 0;
    }
    if (source->len == SOURCE_BUFFER_LEN)
        return false;
    if (source->before_read != NULL)
        source->before_read(source->context);
    /* Not fread(): what a pipe has now is better than a full buffer later. */
    ssize_t got;
    do
        got = read(fileno(source->file), source->buffer + source->len,
                   SOURCE_BUFFER_LEN - source->len);
    while (got < 0 && errno == EINTR);
    source->failed = got < 0;
    source->at_end = got <= 0;
    source->len += got > 0 ? (size_t)got : 0;
    return got > 0;
}

static void source_spend(struct message_source *source, size_t len)
{
    source->start += len;
    source->len -= len;
    source->spent += len;
}

static enum source_event bad_input(struct iso_fault *fault, size_t offset, const char *expected,
                                   const char *got)
{
    *fault = (struct iso_fault){.result = ISO_INPUT, .kind = ISO_FAULT_OTHER, .offset = offset};
    snprintf(fault->field, sizeof fault->field, "input");
    snprintf(fault->expected, sizeof fault->expected, "%s", expected);
    snprintf(fault->got, sizeof fault->got, "%s", got);
    snprintf(fault->text, sizeof fault->text, "expected %s, got %s", expected, got);
    return SOURCE_BAD;
}

/* --- hex text --------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ':' || c == ',';
}

/* Bytes, with or without something between them and 0x in front. */
static enum source_event read_hex(struct message_source *source, const uint8_t *line, size_t len,
                                  struct iso_value *message, struct iso_fault *fault)
{
    size_t count = 0;
    for (size_t i = 0; i < len;) {
        if (is_separator(line[i])) {
            i++;
            continue;
        }
        if (len - i >= 2 && line[i] == '0' && (line[i + 1] == 'x' || line[i + 1] == 'X')) {
            i += 2;
            continue;
        }
        int high = hex_digit(line[i]), low = i + 1 < len ? hex_digit(line[i + 1]) : -1;
        if (high < 0 || low < 0) {
            size_t at = high < 0 ? i : i + 1;
            char got[24] = "the end of the line";
            if (at < len && line[at] >= 0x20 && line[at] < 0x7F)
                snprintf(got, sizeof got, "'%c'", line[at]);
            else if (at < len)
                snprintf(got, sizeof got, "byte %02X", line[at]);
            return bad_input(fault, at, "two hex digits a byte", got);
        }
        source->bytes[count++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *message = (struct iso_value){source->bytes, count};
    return SOURCE_MESSAGE;
}

static bool is_blank(const uint8_t *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_separator(line[i]))
            return false;
    return true;
}

/* Drops the rest of a line that is too long to be one message. */
static void skip_line(struct message_source *source)
{
    do {
        const uint8_t *at = source->buffer + source->start;
        const uint8_t *end = memchr(at, '\n', source->len);
        bool found = end != NULL;
        source_spend(source, found ? (size_t)(end - at) + 1 : source->len);
        if (found)
            return;
    } while (source_fill(source));
}

static enum source_event next_line(struct message_source *source, struct iso_value *message,
                                   struct iso_fault *fault)
{
    for (;;) {
        const uint8_t *line = source->buffer + source->start;
        const uint8_t *end = memchr(line, '\n', source->len);
        if (end == NULL && source_fill(source))
            continue;
        if (end == NULL && !source->at_end) {
            skip_line(source);
            return bad_input(fault, 0, "a line of one message", "a longer one");
        }
        if (source->len == 0)
            return source->failed ? SOURCE_FAILED : SOURCE_END;
        line = source->buffer + source->start;
        size_t len = end != NULL ? (size_t)(end - line) : source->len;
        source_spend(source, end != NULL ? len + 1 : len);
        if (is_blank(line, len))
            continue;
        if (len / 2 > SOURCE_MESSAGE_MAX)
            return bad_input(fault, 0, "a line of one message", "a longer one");
        return read_hex(source, line, len, message, fault);
    }
}

/* --- raw and framed --------------------------------------------------------------------------- */

static enum source_event next_raw(struct message_source *source, struct iso_value *message,
                                  struct iso_fault *fault)
{
    if (source->has_given)
        return SOURCE_END;
    source->has_given = true;
    while (source_fill(source))
        ;
    if (source->failed)
        return SOURCE_FAILED;
    if (source->len > SOURCE_MESSAGE_MAX)
        return bad_input(fault, SOURCE_MESSAGE_MAX, "one message", "a longer input");
    *message = (struct iso_value){source->buffer, source->len};
    return SOURCE_MESSAGE;
}

static enum source_event next_frame(struct message_source *source, struct iso_value *message,
                                    struct iso_fault *fault)
{
    for (;;) {
        size_t used = 0;
        source->offset = source->spent;
        switch (iso_frame_cut(source->framing, source->buffer + source->start, source->len, message,
                              &used, fault)) {
        case ISO_FRAME_MESSAGE:
            source_spend(source, used);
            return SOURCE_MESSAGE;
        case ISO_FRAME_IDLE:
            source_spend(source, used);
            return SOURCE_IDLE;
        case ISO_FRAME_BAD:
            fault->offset += (size_t)source->offset; /* in the stream: no message has begun */
            return SOURCE_BAD;
        case ISO_FRAME_MORE:
            break;
        }
        if (source_fill(source))
            continue;
        if (source->failed)
            return SOURCE_FAILED;
        if (source->len == 0)
            return SOURCE_END;
        char got[64];
        snprintf(got, sizeof got, "the end after %zu bytes of it", source->len);
        return bad_input(fault, (size_t)source->offset, "a whole frame", got);
    }
}

enum source_event source_next(struct message_source *source, struct iso_value *message,
                              struct iso_fault *fault)
{
    *message = (struct iso_value){NULL, 0};
    switch (source->form) {
    case SOURCE_HEX:
        return next_line(source, message, fault);
    case SOURCE_RAW:
        return next_raw(source, message, fault);
    case SOURCE_FRAMED:
        return next_frame(source, message, fault);
    }
    return SOURCE_END;
}
