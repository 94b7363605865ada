/* Reading messages from a file, see message_source.h. */
#include "message_source.h"

#include "base/utf8.h"
#include "packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_LEN = 1014,
    BLOCK_FILLED = 1012, /* the rest is filling */
};

enum result source_init(struct message_source *source, FILE *file, enum source_form form,
                        const struct iso_framing *framing, struct fault *fault)
{
    *source = (struct message_source){.file = file, .form = form, .framing = framing};
    source->buffer = malloc(SOURCE_BUFFER_LEN);
    source->bytes = malloc(HEX_TEXT_MAX);
    if (source->buffer != NULL && source->bytes != NULL) {
        hex_text_init(&source->hex, source->bytes);
        return RESULT_OK;
    }
    source_deinit(source);
    return fault_set(fault, RESULT_LIMIT, "out of memory");
}

void source_before_read(struct message_source *source, void (*before_read)(void *context),
                        void *context)
{
    source->before_read = before_read;
    source->context = context;
}

void source_unblock(struct message_source *source)
{
    source->is_blocked = true;
}

/* Takes the filling out of what has just come behind what is there. */
static size_t take_blocks(struct message_source *source, size_t got)
{
    uint8_t *to = source->buffer + source->len;
    size_t kept = 0;
    for (size_t i = 0; i < got; i++, source->taken++)
        if (source->taken % BLOCK_LEN < BLOCK_FILLED)
            to[kept++] = to[i];
    return kept;
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
    if (got > 0)
        source->len += source->is_blocked ? take_blocks(source, (size_t)got) : (size_t)got;
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

static enum source_event cut_frame(const struct message_source *source, size_t have,
                                   struct iso_fault *fault)
{
    char got[64];
    snprintf(got, sizeof got, "the end after %zu bytes of it", have);
    return bad_input(fault, (size_t)source->offset, "a whole frame", got);
}

/* --- hex text --------------------------------------------------------------------------------- */

static enum source_event bad_hex(struct message_source *source, const struct hex_fault *found,
                                 uint64_t line_offset, struct iso_fault *fault)
{
    (void)bad_input(fault, (size_t)line_offset + found->column - 1, found->expected, found->got);
    snprintf(fault->text, sizeof fault->text, "line %zu, column %zu: expected %s, got %s",
             found->line, found->column, found->expected, found->got);
    source->bad_line = found->line;
    source->bad_column = found->column;
    return SOURCE_BAD;
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

/* Whether what the input begins with is no text: controls, or no UTF-8. */
static bool is_binary(const uint8_t *data, size_t len)
{
    enum { LOOKED_AT = 512 };
    for (size_t at = 0; at < len && at < LOOKED_AT;) {
        uint32_t code = 0;
        size_t width = utf8_next(data + at, len - at, &code);
        if ((width == 0 && len - at >= 4) ||
            (width == 1 && code < 0x20 && memchr("\t\n\r\f", (int)code, 4) == NULL))
            return true;
        at += width == 0 ? 4 : width;
    }
    return false;
}

/* The line `behind` bytes that are not spent either, without its newline; false at the end, and
 * when it is too long (*too_long). */
static bool next_line(struct message_source *source, size_t behind, struct bytes *line,
                      bool *too_long)
{
    *too_long = false;
    for (;;) {
        const uint8_t *at = source->buffer + source->start + behind;
        size_t left = source->len - behind;
        const uint8_t *end = memchr(at, '\n', left);
        if (end == NULL && source_fill(source))
            continue;
        at = source->buffer + source->start + behind;
        if (end == NULL && !source->at_end) {
            *too_long = true;
            return false;
        }
        *line = bytes_of(at, end != NULL ? (size_t)(end - at) : left);
        return left > 0;
    }
}

/* What the text makes of its lines, up to the next message. */
static enum source_event next_hex(struct message_source *source, struct iso_value *message,
                                  struct iso_fault *fault)
{
    struct hex_fault found;
    struct bytes line;
    bool too_long;
    while (next_line(source, 0, &line, &too_long)) {
        if (source->spent == 0 && is_binary(line.data, source->len)) {
            source_spend(source, source->len);
            source->at_end = true;
            return bad_input(fault, 0, "hex text",
                             "bytes: --raw reads them as one message, --framing NAME as a stream");
        }
        uint64_t offset = source->spent;
        enum hex_event event = hex_text_line(&source->hex, line.data, line.len, &found);
        bool has_end = source->len > line.len;
        if (event != HEX_AGAIN)
            source_spend(source, line.len + has_end);
        if (event == HEX_BAD)
            return bad_hex(source, &found, offset, fault);
        if (event == HEX_NOTHING)
            continue;
        source->first_line = source->hex.line;
        source->row_len = event == HEX_MESSAGE ? source->hex.len : 0;
        *message = (struct iso_value){source->hex.bytes, source->hex.len};
        return SOURCE_MESSAGE;
    }
    source->row_len = 0;
    if (too_long) {
        skip_line(source);
        return bad_input(fault, (size_t)source->spent, "a line of one message", "a longer one");
    }
    if (source->failed)
        return SOURCE_FAILED;
    uint64_t offset = source->spent;
    enum hex_event event = hex_text_end(&source->hex, &found);
    if (event == HEX_BAD)
        return bad_hex(source, &found, offset, fault);
    *message = (struct iso_value){source->hex.bytes, source->hex.len};
    return event == HEX_MESSAGE ? SOURCE_MESSAGE : SOURCE_END;
}

bool source_join(struct message_source *source, struct iso_value *message)
{
    struct hex_text *hex = &source->hex;
    struct hex_fault fault;
    struct bytes line;
    bool too_long;
    if (source->form != SOURCE_HEX || source->framing != NULL || message->data != source->bytes ||
        hex->state != HEX_BETWEEN || source->joined == SOURCE_JOINED_MAX ||
        message->len != (source->joined + 1) * source->row_len)
        return false;
    /* Who types waits for an answer, not for the next line. */
    if (memchr(source->buffer + source->start + source->join_len, '\n',
               source->len - source->join_len) == NULL &&
        isatty(fileno(source->file)) == 1)
        return false;
    if (!next_line(source, source->join_len, &line, &too_long))
        return false;
    struct hex_text before = *hex;
    hex->state = HEX_CONTINUED;
    if (hex_text_line(hex, line.data, line.len, &fault) != HEX_MESSAGE ||
        hex->len == message->len || hex->len > message->len + source->row_len) {
        *hex = before;
        return false;
    }
    bool has_end = source->len > source->join_len + line.len;
    source->join_len += line.len + has_end;
    source->joined++;
    message->len = hex->len;
    return true;
}

void source_join_end(struct message_source *source, bool is_message)
{
    if (is_message)
        source_spend(source, source->join_len);
    else if (source->joined > 0)
        source->hex.line = source->first_line;
    source->join_len = source->joined = 0;
}

/* A dump of a packet is about what the packet carries; packets that carry nothing are passed over.
 */
static enum source_event next_hex_message(struct message_source *source, struct iso_value *message,
                                          struct iso_fault *fault)
{
    for (;;) {
        struct bytes payload;
        enum source_event event = next_hex(source, message, fault);
        if (event != SOURCE_MESSAGE ||
            !packet_payload(bytes_of(message->data, message->len), &payload))
            return event;
        *message = (struct iso_value){payload.data, payload.len};
        if (payload.len > 0)
            return SOURCE_MESSAGE;
    }
}

/* Frames inside each message of the text. */
static enum source_event next_hex_frame(struct message_source *source, struct iso_value *message,
                                        struct iso_fault *fault)
{
    if (source->inside.len == 0) {
        enum source_event event = next_hex_message(source, &source->inside, fault);
        source->offset = 0;
        source->inside_used = 0;
        if (event != SOURCE_MESSAGE) {
            source->inside.len = 0;
            return event;
        }
    }
    size_t used = 0;
    source->offset += source->inside_used;
    enum iso_frame frame = iso_frame_cut(source->framing, source->inside.data, source->inside.len,
                                         message, &used, fault);
    source->inside_used = used;
    source->inside.data += used;
    source->inside.len -= used;
    if (frame == ISO_FRAME_MESSAGE)
        return SOURCE_MESSAGE;
    if (frame == ISO_FRAME_IDLE)
        return SOURCE_IDLE;
    size_t left = source->inside.len;
    source->inside.len = 0;
    if (frame == ISO_FRAME_MORE)
        return cut_frame(source, left, fault);
    fault->offset += (size_t)source->offset;
    return SOURCE_BAD;
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
            if (!source->is_blocked)
                return SOURCE_IDLE;
            source_spend(source, source->len);
            source->at_end = true;
            return SOURCE_END;
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
        return cut_frame(source, source->len, fault);
    }
}

enum source_event source_next(struct message_source *source, struct iso_value *message,
                              struct iso_fault *fault)
{
    *message = (struct iso_value){NULL, 0};
    source->bad_line = source->bad_column = 0;
    switch (source->form) {
    case SOURCE_HEX:
        return source->framing == NULL ? next_hex_message(source, message, fault)
                                       : next_hex_frame(source, message, fault);
    case SOURCE_RAW:
        return next_raw(source, message, fault);
    case SOURCE_FRAMED:
        return next_frame(source, message, fault);
    }
    return SOURCE_END;
}
