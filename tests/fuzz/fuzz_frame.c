/* Bytes as a stream of frames, given in pieces: the same frames come out as when all is there at
 * once, and each is written again as it came. The first byte chooses one of the shipped framings,
 * the second the size of the pieces. */
#include "fuzz.h"
#include "iso8583/iso8583.h"

#include <string.h>
#include <strings.h>

/* In this order for ever: the corpus names them by their place. */
static const char *const names[] = {
    "length4-ascii",
    "length2-binary",
    "length4-ascii-inclusive",
    "length6-ascii",
    "length3-binary",
    "length2-binary-inclusive",
    "length2-binary-etx",
    "length2-binary-0000",
    "length2-binary-little",
    "0000-length2-binary",
    "length4-binary",
    "d04a-length2-binary-0000",
    "length4-binary-little",
    "length2-bcd",
    "length4-binary-inclusive",
    "length4-hex",
    "etx",
};
enum { FRAMINGS = sizeof names / sizeof names[0] };
static struct iso_framing framings[FRAMINGS];

static void load_framings(void)
{
    for (size_t i = 0; i < FRAMINGS && framings[i].name[0] == '\0'; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/framings/%s.yaml", SPECS_DIR, names[i]);
        FUZZ_MUST(iso_framing_load(path, &framings[i], NULL) == ISO_OK);
    }
}

static void must_be_written_so(const struct iso_framing *framing, struct iso_value message,
                               const uint8_t *frame, size_t used)
{
    struct iso_frame_edges edges;
    FUZZ_MUST(message.len > 0 && message.len <= framing->len_max);
    FUZZ_MUST(iso_frame_wrap(framing, message.data, message.len, &edges, NULL) == ISO_OK);
    FUZZ_MUST(used == edges.head_len + message.len + edges.tail.len);
    FUZZ_MUST(message.data == frame + edges.head_len);
    /* Hex digits may come in lower case. */
    FUZZ_MUST(strncasecmp((const char *)edges.head, (const char *)frame, edges.head_len) == 0 ||
              memcmp(edges.head, frame, edges.head_len) == 0);
    FUZZ_MUST(edges.tail.len == 0 ||
              memcmp(edges.tail.data, message.data + message.len, edges.tail.len) == 0);
}

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
            FUZZ_MUST(shown - spent < ISO_FRAME_IDLE_MAX + framing->len_max);
            if (shown == size)
                return frames;
            shown = size - shown > piece ? shown + piece : size;
            break;
        case ISO_FRAME_MESSAGE:
            FUZZ_MUST(used <= shown - spent);
            must_be_written_so(framing, message, data + spent, used);
            spent += used;
            frames++;
            break;
        case ISO_FRAME_IDLE: {
            uint8_t idle[ISO_FRAME_IDLE_MAX];
            FUZZ_MUST(iso_frame_idle(framing, idle) == used && used > 0);
            FUZZ_MUST(memcmp(idle, data + spent, used) == 0);
            spent += used;
            frames++;
            break;
        }
        case ISO_FRAME_BAD:
            FUZZ_MUST(fault.kind == ISO_FAULT_FRAME && used == 0 && fault.text[0] != '\0');
            FUZZ_MUST(fault.offset <= shown - spent);
            *bad = true;
            break;
        }
    }
    return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load_framings();
    if (size < 2)
        return 0;
    const struct iso_framing *framing = &framings[data[0] % FRAMINGS];
    size_t piece = data[1] % 16 + 1U;
    bool whole_bad, pieces_bad;
    size_t whole = cut_all(framing, data + 2, size - 2, size, &whole_bad);
    size_t pieces = cut_all(framing, data + 2, size - 2, piece, &pieces_bad);
    FUZZ_MUST(whole == pieces && whole_bad == pieces_bad);
    return 0;
}
