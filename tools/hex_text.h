/* Hex as people paste it, line by line, to bytes: pairs of digits with or without blanks, colons,
 * commas, dashes, 0x or \x between them; C arrays and escaped strings; dumps with an offset column
 * and an ASCII gutter, as hexdump -C, xxd, od -t x1, tcpdump -X and Wireshark print them. Reads no
 * file.
 *
 * A line is a message, unless it shows that it goes on: by offsets that grow, an open brace or a
 * backslash at its end. An empty line ends a dump. Lines that begin with # are not looked at. */
#ifndef TOOLS_HEX_TEXT_H
#define TOOLS_HEX_TEXT_H

#include "base/bytes.h"

enum {
    HEX_TEXT_MAX = 64 << 10, /* bytes of one message; more than any framing carries */
    HEX_OFFSET_DIGITS_MAX = 16,
};

/* What is no hex, and where. */
struct hex_fault {
    size_t line, column; /* from 1; column counts bytes */
    char expected[64];
    char got[64];
};

enum hex_state {
    HEX_BETWEEN, /* messages */
    HEX_DUMP,
    HEX_BRACES,    /* { or [ is open */
    HEX_CONTINUED, /* a backslash ended the line */
    HEX_SKIP,      /* the rest of a dump that was refused */
};

struct hex_text {
    uint8_t *bytes; /* the caller's, HEX_TEXT_MAX of them */
    size_t len;
    size_t line;
    enum hex_state state;
    char closer; /* of the open brace */
    bool in_comment;
    uint64_t dump_start; /* offset of the dump's first byte */
    size_t row_len;      /* bytes of the dump's latest line */
    bool squeezed;       /* a * stood for lines like the one above it */
};

enum hex_event {
    HEX_NOTHING, /* no message is whole yet */
    HEX_MESSAGE, /* bytes and len are one; the line is spent */
    HEX_AGAIN,   /* bytes and len are one; the same line must be given again */
    HEX_BAD,     /* the message is lost, the line spent, reading can go on */
};

void hex_text_init(struct hex_text *text, uint8_t bytes[HEX_TEXT_MAX]);
/* A line without its newline. After a message the next call begins with no bytes. */
enum hex_event hex_text_line(struct hex_text *text, const void *line, size_t len,
                             struct hex_fault *fault);
/* No line follows: HEX_NOTHING, HEX_MESSAGE, or HEX_BAD when something was left open. */
enum hex_event hex_text_end(struct hex_text *text, struct hex_fault *fault);

#endif
