/* Bytes as a message. The first byte chooses spec and header mode. What is accepted packs to the
 * same bytes; what is refused is told inside the message; the quick and the slow walk agree. */
#include "fuzz.h"
#include "iso8583/message.h"

#include <string.h>

static struct iso_spec *specs[3];

static void load_specs(void)
{
    static const char *const names[] = {"iso8583-1987", "cup", "redpacket"};
    for (size_t i = 0; i < 3 && specs[i] == NULL; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/messages/%s.yaml", SPECS_DIR, names[i]);
        FUZZ_MUST(iso_spec_load(path, &specs[i], NULL) == ISO_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[1 << 16];
    static struct iso_message message, slow;
    load_specs();
    if (size == 0 || size > sizeof out)
        return 0;
    const struct iso_spec *spec = specs[data[0] % 3];
    enum iso_header_mode mode = (enum iso_header_mode)(data[0] / 3 % 3);
    const uint8_t *bytes = data + 1;
    size_t len = size - 1, out_len = 0;
    struct iso_fault fault = {.result = ISO_OK};
    enum iso_result result = iso_message_unpack(spec, mode, bytes, len, &message, &fault);
    if (result == ISO_OK) {
        size_t at = message.header.len + message.rejected.len;
        FUZZ_MUST(iso_body_examine(spec, bytes, len, at, &slow, NULL) == ISO_OK);
        FUZZ_MUST(memcmp(slow.present, message.present, sizeof slow.present) == 0);
        FUZZ_MUST(iso_message_pack(&message, out, sizeof out, &out_len, &fault) == ISO_OK);
        FUZZ_MUST(out_len == len && memcmp(out, bytes, len) == 0);
        (void)iso_message_find(&message, 48, "AS.HB.share");
        (void)iso_message_find(&message, 60, "3");
    } else {
        char line[600];
        FUZZ_MUST(result == ISO_INPUT && fault.result == ISO_INPUT && fault.offset <= len);
        iso_fault_format(&fault, line, sizeof line);
        FUZZ_MUST(strlen(line) > 0 && fault.expected[0] != '\0' && fault.got[0] != '\0');
    }
    return 0;
}
