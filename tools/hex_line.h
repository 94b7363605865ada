/* A line of hex text under way, between hex_text.c and hex_dump.c. */
#ifndef TOOLS_HEX_LINE_H
#define TOOLS_HEX_LINE_H

#include "base/text.h"
#include "hex_text.h"

#define HEX_STOP SIZE_MAX /* a place behind no byte: there was a fault */

struct hex_line {
    struct hex_text *text;
    const uint8_t *data;
    size_t len;
    struct hex_fault *fault;
};

bool hex_is_blank(uint8_t c);
/* `got` NULL: what stands at `at`. The message is dropped. Returns HEX_BAD. */
enum hex_event hex_bad(struct hex_line *line, size_t at, const char *expected, const char *got);
/* False with a fault when the message is too long. */
bool hex_add(struct hex_line *line, size_t at, unsigned byte);

/* False when the line has nothing to do with a dump: it is then read as any other. */
bool hex_dump_line(struct hex_line *line, enum hex_event *event);

#endif
