/* Bytes as BER-TLV: the chip data of a POS terminal's message, alone in DE 55. What is accepted
 * packs to the same bytes, comes back from its JSON, and every tag is found by its path. */
#include "base/doc.h"
#include "fuzz.h"
#include "iso8583/message.h"
#include "iso8583/message_json.h"
#include "iso8583/parts.h"

#include <string.h>

enum { CHIP_MAX = 999 };
static struct iso_spec *spec;

/* Each sub-field is where the walk says. */
static void find_all(const struct iso_message *message, struct iso_parts parts, const char *path)
{
    struct iso_part part;
    while (iso_parts_next(&parts, &part)) {
        char below[256], text[2 * CHIP_MAX];
        size_t len;
        int width = snprintf(below, sizeof below, "%s%s%.*s", path, path[0] == '\0' ? "" : ".",
                             (int)part.key.len, (const char *)part.key.data);
        FUZZ_MUST(width > 0 && (size_t)width < sizeof below);
        FUZZ_MUST(iso_message_find(message, 55, below).data == part.value.data);
        FUZZ_MUST(iso_message_text(message, 55, below, text, sizeof text, &len) == ISO_OK);
        if (part.inner != NULL)
            find_all(message, iso_parts_below(&parts, &part), below);
    }
    FUZZ_MUST(parts.result == ISO_OK);
}

static void through_json(const struct iso_message *message, const uint8_t *bytes, size_t len)
{
    static uint8_t memory[ISO_JSON_ARENA_LEN], again[1 << 14];
    static struct iso_message read;
    struct strbuf text;
    struct doc *doc = NULL;
    struct fault fault;
    size_t again_len = 0;
    strbuf_init(&text, ISO_JSON_TEXT_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    iso_message_json(message, true, &json);
    json_close_object(&json);
    struct writer arena = writer_to(memory, sizeof memory);
    FUZZ_MUST(!text.bad &&
              doc_parse(bytes_of(text.text, text.len), "json", &doc, &fault) == RESULT_OK);
    FUZZ_MUST(iso_message_of_json(spec, doc, doc_root(doc), &arena, &read, &fault) == RESULT_OK);
    FUZZ_MUST(iso_message_pack(&read, again, sizeof again, &again_len, NULL) == ISO_OK);
    FUZZ_MUST(again_len == len && memcmp(again, bytes, len) == 0);
    doc_free(doc);
    strbuf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[1 << 14], out[1 << 14];
    static struct iso_message message;
    size_t len = 0, out_len = 0;
    if (spec == NULL)
        FUZZ_MUST(iso_spec_load(SPECS_DIR "/messages/pos.yaml", &spec, NULL) == ISO_OK);
    if (size > CHIP_MAX)
        return 0;
    memcpy(bytes, "\x02\x00\0\0\0\0\0\0\x02\0", 10);
    bytes[10] = (uint8_t)(size / 100);
    bytes[11] = (uint8_t)(size / 10 % 10 << 4 | size % 10);
    memcpy(bytes + 12, data, size);
    len = 12 + size;
    struct iso_fault fault = {.result = ISO_OK};
    if (iso_message_unpack(spec, ISO_HEADER_NO, bytes, len, &message, &fault) != ISO_OK) {
        FUZZ_MUST(fault.de == 55 && fault.offset >= 10 && fault.offset <= len);
        return 0;
    }
    FUZZ_MUST(iso_message_pack(&message, out, sizeof out, &out_len, NULL) == ISO_OK);
    FUZZ_MUST(out_len == len && memcmp(out, bytes, len) == 0);
    struct iso_view view = iso_message_view(&message, 55);
    find_all(&message, iso_parts_of(spec, iso_spec_field(spec, 55), &view, 0, NULL), "");
    through_json(&message, bytes, len);
    return 0;
}
