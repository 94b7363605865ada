/* Bytes as a stream of frames, given in pieces: the same frames come out as when all is there at
 * once. The first byte chooses the framing, the second the size of the pieces. */
#include "fuzz.h"
#include "iso8583/iso8583.h"

#include <string.h>

/* The frames of the stream, as far as they go. Only `piece` more bytes are shown at a time. */
static size_t cut_all(const struct iso_framing *framing, const uint8_t *data, size_t size,
                      size_t piece, bool *bad)
{
    size_t spent = 0, shown = 0, frames = 0;
    *bad = false;
    while (!*bad) {
        struct iso_value message;
        struct iso_fault fault;
        size_t used;
        switch (iso_frame_cut(framing, data + spent, shown - spent, &message, &used, &fault)) {
        case ISO_FRAME_MORE:
            FUZZ_MUST(used == 0);
            if (shown == size)
                return frames;
            shown = size - shown > piece ? shown + piece : size;
            break;
        case ISO_FRAME_MESSAGE: {
            uint8_t prefix[8];
            size_t width = iso_frame_prefix(framing, message.len, prefix);
            FUZZ_MUST(message.len > 0 && message.len <= framing->len_max);
            FUZZ_MUST(used == width + message.len && used <= shown - spent);
            FUZZ_MUST(message.data == data + spent + width);
            FUZZ_MUST(memcmp(prefix, data + spent, width) == 0);
            spent += used;
            frames++;
            break;
        }
        case ISO_FRAME_IDLE:
            FUZZ_MUST(framing->idle && used == framing->digits);
            spent += used;
            frames++;
            break;
        case ISO_FRAME_BAD:
            FUZZ_MUST(fault.kind == ISO_FAULT_FRAME && used == 0);
            *bad = true;
            break;
        }
    }
    return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct iso_framing *framing = iso_framing_at(data[0] % 2);
    size_t piece = data[1] % 16 + 1U;
    bool whole_bad, pieces_bad;
    size_t whole = cut_all(framing, data + 2, size - 2, size, &whole_bad);
    size_t pieces = cut_all(framing, data + 2, size - 2, piece, &pieces_bad);
    FUZZ_MUST(whole == pieces && whole_bad == pieces_bad);
    return 0;
}
