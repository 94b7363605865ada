/* Bytes as hex text, line by line. What comes out as a message is written as plain hex, as a dump
 * and as an array, and each of them is that message again. */
#include "fuzz.h"
#include "hex_text.h"
#include "packet.h"

#include <string.h>

static uint8_t memory[HEX_TEXT_MAX], again[HEX_TEXT_MAX];

/* One message in so many lines of `text`. */
static void must_be(const char *text, size_t len, const uint8_t *bytes, size_t count)
{
    struct hex_text hex;
    struct hex_fault fault;
    enum hex_event event = HEX_NOTHING;
    hex_text_init(&hex, again);
    for (size_t at = 0; at < len && event == HEX_NOTHING;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - text) - at : len - at;
        event = hex_text_line(&hex, text + at, line, &fault);
        at += line + 1;
    }
    if (event == HEX_NOTHING)
        event = hex_text_end(&hex, &fault);
    FUZZ_MUST(event == HEX_MESSAGE && hex.len == count && memcmp(again, bytes, count) == 0);
}

static void must_come_back(const uint8_t *bytes, size_t count)
{
    enum { COUNT_MAX = 256 };
    static char text[COUNT_MAX * 12];
    struct bytes payload;
    size_t len = 0;
    if (packet_payload((struct bytes){bytes, count}, &payload))
        FUZZ_MUST(payload.data >= bytes && payload.data + payload.len <= bytes + count);
    if (count > COUNT_MAX)
        return;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%02x", bytes[i]);
    must_be(text, len, bytes, count);
    len = (size_t)snprintf(text, sizeof text, "char a[] = {\n");
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "0x%X,%s", bytes[i],
                                i % 16 == 15 ? "\n" : " ");
    len += (size_t)snprintf(text + len, sizeof text - len, "};\n");
    must_be(text, len, bytes, count);
    len = 0;
    for (size_t row = 0; row < count; row += 16) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%08zx ", row);
        for (size_t i = row; i < row + 16; i++)
            len += i < count ? (size_t)snprintf(text + len, sizeof text - len, "%s%02x",
                                                i == row + 8 ? "  " : " ", bytes[i])
                             : (size_t)snprintf(text + len, sizeof text - len, "%s   ",
                                                i == row + 8 ? " " : "");
        len += (size_t)snprintf(text + len, sizeof text - len, "  ");
        for (size_t i = row; i < row + 16 && i < count; i++)
            text[len++] = (char)(bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '.');
        text[len++] = '\n';
    }
    must_be(text, len, bytes, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hex_text hex;
    struct hex_fault fault = {.line = 0};
    unsigned repeats = 0;
    hex_text_init(&hex, memory);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t line = end != NULL ? (size_t)(end - data) - at : size - at;
        enum hex_event event = hex_text_line(&hex, data + at, line, &fault);
        FUZZ_MUST(hex.len <= HEX_TEXT_MAX);
        if (event == HEX_MESSAGE || event == HEX_AGAIN)
            must_come_back(memory, hex.len);
        if (event == HEX_BAD)
            FUZZ_MUST(fault.line > 0 && fault.column > 0 && fault.column <= line + 2 &&
                      fault.expected[0] != '\0' && fault.got[0] != '\0');
        repeats = event == HEX_AGAIN ? repeats + 1 : 0;
        FUZZ_MUST(repeats < 2);
        at += event == HEX_AGAIN ? 0 : line + 1;
    }
    (void)hex_text_end(&hex, &fault);
    return 0;
}
