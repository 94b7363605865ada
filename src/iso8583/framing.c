/* Framings: how messages are cut out of a byte stream. No sockets, no buffers of its own; files are
 * read by framing_load.c.
 *
 * Two ways, as for messages: the quick one takes a head that is whole and right; everything else
 * goes byte by byte through head_examine(), which says what is wrong first. */
#include "iso8583/fault.h"
#include "iso8583/parts.h"

#include <stdio.h>

static enum iso_frame bad_frame(struct iso_fault *fault)
{
    iso_fault_in(fault, "frame", strlen("frame"));
    if (fault != NULL)
        fault->kind = ISO_FAULT_FRAME;
    return ISO_FRAME_BAD;
}

/* --- the length ------------------------------------------------------------------------------- */

/* 16 for what is no hex digit. */
static unsigned hex_value(uint8_t byte)
{
    unsigned digit = byte - (unsigned)'0', letter = (byte | 0x20U) - (unsigned)'a';
    return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

/* Whether one byte of a length can be one. */
static bool is_length_byte(const struct iso_framing *framing, uint8_t byte)
{
    switch (framing->length) {
    case ISO_FRAME_LENGTH_ASCII:
        return byte >= '0' && byte <= '9';
    case ISO_FRAME_LENGTH_BCD:
        return byte >> 4 <= 9 && (byte & 15) <= 9;
    case ISO_FRAME_LENGTH_HEX:
        return hex_value(byte) < 16;
    default:
        return true;
    }
}

/* False when a byte is none of a length. */
static bool length_read(const struct iso_framing *framing, const uint8_t *at, size_t *length)
{
    size_t sum = 0;
    bool good = true;
    switch (framing->length) {
    case ISO_FRAME_LENGTH_ASCII:
        return iso_digits_read(at, framing->width, length);
    case ISO_FRAME_LENGTH_BCD:
        for (unsigned i = 0; i < framing->width; i++) {
            good = good && is_length_byte(framing, at[i]);
            sum = sum * 100 + 10U * (at[i] >> 4) + (at[i] & 15U);
        }
        break;
    case ISO_FRAME_LENGTH_HEX:
        for (unsigned i = 0; i < framing->width; i++) {
            unsigned digit = hex_value(at[i]);
            good = good && digit < 16;
            sum = sum << 4 | (digit & 15);
        }
        break;
    case ISO_FRAME_LENGTH_BINARY:
        for (unsigned i = 0; i < framing->width; i++)
            sum = sum << 8 | at[i];
        break;
    case ISO_FRAME_LENGTH_LITTLE:
        for (unsigned i = framing->width; i > 0; i--)
            sum = sum << 8 | at[i - 1];
        break;
    case ISO_FRAME_LENGTH_NONE:
        break;
    }
    *length = sum;
    return good;
}

static void length_write(const struct iso_framing *framing, size_t length, uint8_t *at)
{
    static const char digits[] = "0123456789ABCDEF";
    for (unsigned i = 0; i < framing->width; i++) {
        unsigned place = framing->width - 1 - i;
        switch (framing->length) {
        case ISO_FRAME_LENGTH_ASCII:
            at[place] = (uint8_t)('0' + length % 10);
            length /= 10;
            break;
        case ISO_FRAME_LENGTH_BCD:
            at[place] = (uint8_t)(length / 10 % 10 << 4 | length % 10);
            length /= 100;
            break;
        case ISO_FRAME_LENGTH_HEX:
            at[place] = (uint8_t)digits[length & 15];
            length >>= 4;
            break;
        case ISO_FRAME_LENGTH_BINARY:
            at[place] = (uint8_t)length;
            length >>= 8;
            break;
        case ISO_FRAME_LENGTH_LITTLE:
            at[i] = (uint8_t)length;
            length >>= 8;
            break;
        case ISO_FRAME_LENGTH_NONE:
            break;
        }
    }
}

/* --- cutting ---------------------------------------------------------------------------------- */

static enum iso_frame bad_byte(struct iso_fault *fault, size_t offset, const uint8_t *expected,
                               size_t len, uint8_t got)
{
    char text[2 * ISO_FRAME_FIXED_MAX + 8] = "bytes ";
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        text[6 + 2 * i] = digits[expected[i] >> 4];
        text[7 + 2 * i] = digits[expected[i] & 15];
    }
    (void)iso_fault_set(fault, ISO_FAULT_FRAME, offset, text, "byte %02X", got);
    return bad_frame(fault);
}

/* Fixed bytes as far as they have come; ISO_FRAME_MORE when they are right so far. */
static enum iso_frame fixed_examine(const uint8_t *expected, size_t len, const uint8_t *at,
                                    size_t have, size_t offset, struct iso_fault *fault)
{
    for (size_t i = 0; i < len && i < have; i++)
        if (at[i] != expected[i])
            return bad_byte(fault, offset + i, expected, len, at[i]);
    return ISO_FRAME_MORE;
}

static enum iso_frame bad_length(const struct iso_framing *framing, const uint8_t *at, size_t have,
                                 struct iso_fault *fault)
{
    size_t offset = framing->before_len;
    if (framing->length == ISO_FRAME_LENGTH_ASCII) {
        (void)iso_fault_prefix(fault, offset, at, have);
        return bad_frame(fault);
    }
    bool is_hex = framing->length == ISO_FRAME_LENGTH_HEX;
    while (is_length_byte(framing, at[0]))
        at++, offset++;
    (void)iso_fault_set(fault, ISO_FAULT_FRAME, offset,
                        is_hex ? "a length in hex digits" : "a length in BCD", "byte %02X", at[0]);
    return bad_frame(fault);
}

/* A head that is not whole, or not right: ISO_FRAME_MORE or ISO_FRAME_BAD. Garbage is refused at
 * its first byte, not when enough of it has come. */
static enum iso_frame head_examine(const struct iso_framing *framing, const uint8_t *at, size_t len,
                                   struct iso_fault *fault)
{
    size_t before = framing->before_len, width = framing->width;
    enum iso_frame frame = fixed_examine(framing->before, before, at, len, 0, fault);
    if (frame != ISO_FRAME_MORE || len <= before)
        return frame;
    size_t have = len - before < width ? len - before : width;
    for (size_t i = 0; i < have; i++)
        if (!is_length_byte(framing, at[before + i]))
            return bad_length(framing, at + before, have, fault);
    if (len - before <= width)
        return ISO_FRAME_MORE;
    return fixed_examine(framing->after, framing->after_len, at + before + width,
                         len - before - width, before + width, fault);
}

/* Messages that only their trailer ends. */
static enum iso_frame cut_at_trailer(const struct iso_framing *framing, const uint8_t *at,
                                     size_t len, struct iso_value *message, size_t *used,
                                     struct iso_fault *fault)
{
    size_t head = framing->before_len, tail = framing->trailer_len;
    if (len <= head)
        return ISO_FRAME_MORE;
    const uint8_t *found = memmem(at + head, len - head, framing->trailer, tail);
    size_t message_len = found == NULL ? len - head : (size_t)(found - at) - head;
    if (message_len > framing->len_max + (found == NULL ? tail - 1 : 0)) {
        char expected[64];
        snprintf(expected, sizeof expected, "the trailer after %zu bytes at most",
                 framing->len_max);
        (void)iso_fault_set(fault, ISO_FAULT_FRAME, head + framing->len_max, expected, "none");
        return bad_frame(fault);
    }
    if (found == NULL)
        return ISO_FRAME_MORE;
    if (message_len == 0 && framing->idle == ISO_FRAME_IDLE_NONE) {
        (void)iso_fault_set(fault, ISO_FAULT_FRAME, head, "a message", "the trailer at once");
        return bad_frame(fault);
    }
    *used = head + message_len + tail;
    if (message_len == 0)
        return ISO_FRAME_IDLE;
    *message = (struct iso_value){at + head, message_len};
    return ISO_FRAME_MESSAGE;
}

enum iso_frame iso_frame_cut(const struct iso_framing *framing, const void *data, size_t len,
                             struct iso_value *message, size_t *used, struct iso_fault *fault)
{
    const uint8_t *at = data;
    size_t before = framing->before_len, width = framing->width, after = framing->after_len;
    size_t head = before + width + after, announced;
    *message = (struct iso_value){NULL, 0};
    *used = 0;
    if (len < head || (before > 0 && memcmp(at, framing->before, before) != 0) ||
        !length_read(framing, at + before, &announced) ||
        (after > 0 && memcmp(at + before + width, framing->after, after) != 0))
        return head_examine(framing, at, len, fault);
    if (framing->length == ISO_FRAME_LENGTH_NONE)
        return cut_at_trailer(framing, at, len, message, used, fault);
    if (announced == 0 && framing->idle == ISO_FRAME_IDLE_ZERO) {
        *used = head;
        return ISO_FRAME_IDLE;
    }
    bool idle = announced == framing->counted && framing->idle == ISO_FRAME_IDLE_EMPTY;
    size_t counted = framing->counted, most = framing->len_max + counted;
    if ((announced <= counted && !idle) || announced > most) {
        iso_fault_length(fault, before, announced, counted + 1, most);
        return bad_frame(fault);
    }
    size_t message_len = announced - counted, tail = framing->trailer_len;
    if (len - head < message_len)
        return ISO_FRAME_MORE;
    if (tail > 0) {
        size_t behind = len - head - message_len, end = head + message_len;
        enum iso_frame frame = fixed_examine(framing->trailer, tail, at + end, behind, end, fault);
        if (frame != ISO_FRAME_MORE || behind < tail)
            return frame;
    }
    *used = head + message_len + tail;
    if (idle)
        return ISO_FRAME_IDLE;
    *message = (struct iso_value){at + head, message_len};
    return ISO_FRAME_MESSAGE;
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t head_write(const struct iso_framing *framing, size_t length, uint8_t *out)
{
    uint8_t *at = out;
    memcpy(at, framing->before, framing->before_len);
    at += framing->before_len;
    length_write(framing, length, at);
    at += framing->width;
    memcpy(at, framing->after, framing->after_len);
    return (size_t)(at - out) + framing->after_len;
}

enum iso_result iso_frame_wrap(const struct iso_framing *framing, const void *message, size_t len,
                               struct iso_frame_edges *edges, struct iso_fault *fault)
{
    if (len == 0 || len > framing->len_max) {
        (void)iso_fault_length(fault, 0, len, 1, framing->len_max);
        (void)bad_frame(fault);
        if (fault != NULL && len > 0)
            fault->result = ISO_LIMIT;
        return len == 0 ? ISO_INPUT : ISO_LIMIT;
    }
    const uint8_t *trailer = framing->length != ISO_FRAME_LENGTH_NONE
                                 ? NULL
                                 : memmem(message, len, framing->trailer, framing->trailer_len);
    if (trailer != NULL) {
        (void)iso_fault_set(fault, ISO_FAULT_FRAME, (size_t)(trailer - (const uint8_t *)message),
                            "a message without the trailer in it", "one that contains it");
        (void)bad_frame(fault);
        return ISO_INPUT;
    }
    edges->head_len = head_write(framing, len + framing->counted, edges->head);
    edges->tail = (struct iso_value){framing->trailer, framing->trailer_len};
    return ISO_OK;
}

size_t iso_frame_idle(const struct iso_framing *framing, uint8_t out[ISO_FRAME_IDLE_MAX])
{
    if (framing->idle == ISO_FRAME_IDLE_NONE)
        return 0;
    if (framing->idle == ISO_FRAME_IDLE_ZERO)
        return head_write(framing, 0, out);
    size_t head = head_write(framing, framing->counted, out);
    memcpy(out + head, framing->trailer, framing->trailer_len);
    return head + framing->trailer_len;
}
