/* Text as a message in JSON. What is accepted and packs goes through bytes and JSON once more, and
 * the bytes stay the same. */
#include "base/doc.h"
#include "fuzz.h"
#include "iso8583/message_json.h"

#include <string.h>

static struct iso_spec *spec;
static uint8_t memory[ISO_JSON_ARENA_LEN];

/* The packed length, 0 when the text is no message. */
static size_t pack_json(struct bytes text, uint8_t *out, size_t size)
{
    static struct iso_message message;
    struct doc *doc = NULL;
    struct fault fault = {.text = ""};
    struct writer arena = writer_to(memory, sizeof memory);
    size_t len = 0;
    if (doc_parse(text, "fuzz", &doc, &fault) != RESULT_OK)
        return 0;
    if (iso_message_of_json(spec, doc, doc_root(doc), &arena, &message, &fault) != RESULT_OK)
        FUZZ_MUST(fault.text[0] != '\0');
    else if (iso_message_pack(&message, out, size, &len, NULL) != ISO_OK)
        len = 0;
    doc_free(doc);
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[1 << 16], second[1 << 16];
    static struct iso_message message;
    if (spec == NULL)
        FUZZ_MUST(iso_spec_load(SPECS_DIR "/messages/redpacket.yaml", &spec, NULL) == ISO_OK);
    size_t len = size > 64 << 10 ? 0 : pack_json(bytes_of(data, size), first, sizeof first);
    if (len == 0)
        return 0;
    FUZZ_MUST(iso_message_unpack(spec, ISO_HEADER_AUTO, first, len, &message, NULL) == ISO_OK);
    struct strbuf text;
    strbuf_init(&text, ISO_JSON_TEXT_MAX);
    for (int unmask = 0; unmask < 2; unmask++) {
        strbuf_clear(&text);
        struct json json = json_to(&text);
        json_open_object(&json);
        iso_message_json(&message, unmask == 1, &json);
        json_close_object(&json);
        FUZZ_MUST(!text.bad);
    }
    size_t again = pack_json(bytes_of(text.text, text.len), second, sizeof second);
    FUZZ_MUST(again == len && memcmp(first, second, len) == 0);
    strbuf_deinit(&text);
    return 0;
}
