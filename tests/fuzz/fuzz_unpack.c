/* Bytes as a message. The first byte chooses spec and header mode. What is accepted packs to the
 * same bytes; what is refused is told inside the message; the quick and the slow walk agree. */
#include "fuzz.h"
#include "iso8583/message.h"

#include <string.h>

/* The first three are those that the corpus was made for. */
enum { SPECS = 10 };
static struct iso_spec *specs[SPECS];

static void load_specs(void)
{
    static const char *const names[SPECS] = {
        "iso8583-1987",        "cup",          "redpacket",        "iso8583-1987-bcd",
        "iso8583-1987-ebcdic", "iso8583-1993", "iso8583-1993-bcd", "iso8583-2003",
        "iso8583-2003-bcd",    "pos"};
    for (size_t i = 0; i < SPECS && specs[i] == NULL; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/messages/%s.yaml", SPECS_DIR, names[i]);
        FUZZ_MUST(iso_spec_load(path, &specs[i], NULL) == ISO_OK);
    }
}

struct findings {
    size_t count;
    struct iso_fault first;
};

static void find(void *context, const struct iso_fault *fault)
{
    struct findings *findings = context;
    if (findings->count++ == 0)
        findings->first = *fault;
}

/* The walk that goes on finds nothing more in a good message, and the same first fault in a bad
 * one. */
static void examine_all(const struct iso_spec *spec, enum iso_header_mode mode,
                        const uint8_t *bytes, size_t len, const struct iso_fault *fault)
{
    static struct iso_message message;
    struct findings findings = {0};
    size_t count = iso_message_examine(spec, mode, bytes, len, &message, find, &findings);
    FUZZ_MUST(count == findings.count && (count == 0) == (fault->result == ISO_OK));
    if (count > 0)
        FUZZ_MUST(findings.first.offset == fault->offset &&
                  strcmp(findings.first.field, fault->field) == 0 &&
                  strcmp(findings.first.text, fault->text) == 0);
    struct findings checked = {0};
    FUZZ_MUST(iso_message_check(&message, NULL, find, &checked) == checked.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[1 << 16];
    static struct iso_message message, slow;
    load_specs();
    if (size == 0 || size > sizeof out)
        return 0;
    const struct iso_spec *spec = specs[data[0] < 9 ? data[0] % 3 : data[0] % SPECS];
    enum iso_header_mode mode = (enum iso_header_mode)(data[0] / 3 % 3);
    const uint8_t *bytes = data + 1;
    size_t len = size - 1, out_len = 0;
    struct iso_fault fault = {.result = ISO_OK};
    enum iso_result result = iso_message_unpack(spec, mode, bytes, len, &message, &fault);
    examine_all(spec, mode, bytes, len, &fault);
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
