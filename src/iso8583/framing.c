/* Framings: how messages are cut out of a byte stream. No sockets, no buffers of its own. */
#include "iso8583/fault.h"
#include "iso8583/parts.h"

static const struct iso_framing framings[] = {
    {.name = "length4-ascii",
     .digits = 4,
     .ascii = true,
     .idle = true,
     .len_max = ISO_MESSAGE_LEN_MAX},
    {.name = "length2-binary",
     .digits = 2,
     .ascii = false,
     .idle = false,
     .len_max = ISO_MESSAGE_LEN_MAX},
};

const struct iso_framing *iso_framing_at(size_t index)
{
    return index < sizeof framings / sizeof framings[0] ? &framings[index] : NULL;
}

const struct iso_framing *iso_framing_find(const char *name)
{
    for (size_t i = 0; i < sizeof framings / sizeof framings[0]; i++)
        if (strcmp(framings[i].name, name) == 0)
            return &framings[i];
    return NULL;
}

static enum iso_frame bad_frame(struct iso_fault *fault)
{
    iso_fault_in(fault, "frame", strlen("frame"));
    if (fault != NULL)
        fault->kind = ISO_FAULT_FRAME;
    return ISO_FRAME_BAD;
}

enum iso_frame iso_frame_cut(const struct iso_framing *framing, const void *data, size_t len,
                             struct iso_value *message, size_t *used, struct iso_fault *fault)
{
    const uint8_t *at = data;
    unsigned digits = framing->digits;
    size_t announced = 0;
    *message = (struct iso_value){NULL, 0};
    *used = 0;
    /* Garbage is refused at its first byte, not when enough of it has come. */
    size_t prefix = len < digits ? len : digits;
    if (framing->ascii && !iso_digits_read(at, (unsigned)prefix, &announced)) {
        iso_fault_prefix(fault, 0, at, prefix);
        return bad_frame(fault);
    }
    if (len < digits)
        return ISO_FRAME_MORE;
    for (unsigned i = 0; !framing->ascii && i < digits; i++)
        announced = announced << 8 | at[i];
    if (announced == 0 && framing->idle) {
        *used = digits;
        return ISO_FRAME_IDLE;
    }
    if (announced == 0 || announced > framing->len_max) {
        iso_fault_length(fault, 0, announced, 1, framing->len_max);
        return bad_frame(fault);
    }
    if (len - digits < announced)
        return ISO_FRAME_MORE;
    *message = (struct iso_value){at + digits, announced};
    *used = digits + announced;
    return ISO_FRAME_MESSAGE;
}

size_t iso_frame_prefix(const struct iso_framing *framing, size_t len, void *out)
{
    uint8_t *at = out;
    if (len == 0 || len > framing->len_max)
        return 0;
    if (framing->ascii)
        iso_digits_write(at, framing->digits, len);
    else
        for (unsigned i = 0; i < framing->digits; i++)
            at[i] = (uint8_t)(len >> (8 * (framing->digits - 1 - i)));
    return framing->digits;
}
