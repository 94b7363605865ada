/* Text as a spec file. One that is accepted is used: random bytes are unpacked with it, and what
 * comes out is packed again. */
#include "base/doc.h"
#include "fuzz.h"
#include "iso8583/spec_draft.h"

static void use(const struct iso_spec *spec, const uint8_t *data, size_t size)
{
    static struct iso_message message;
    static uint8_t out[1 << 16];
    struct iso_fault fault;
    size_t len;
    FUZZ_MUST(iso_spec_size(spec) <= ISO_SPEC_SIZE_MAX);
    for (size_t at = 0; at < size && at < 64; at += 7)
        if (iso_message_unpack(spec, ISO_HEADER_AUTO, data + at, size - at, &message, &fault) ==
            ISO_OK)
            FUZZ_MUST(iso_message_pack(&message, out, sizeof out, &len, &fault) == ISO_OK &&
                      len == size - at);
    /* A message that has a chance: every element once, its bytes from the input. */
    iso_message_init(&message, spec, "0200");
    for (unsigned de = 2; de <= ISO_DE_MAX; de++) {
        const struct iso_field *field = iso_spec_field(spec, de);
        if ((field->flags & ISO_FIELD_DEFINED) != 0 && field->len_min <= size)
            iso_message_set(&message, de, data, field->len_min);
        if (iso_message_pack(&message, out, sizeof out, &len, &fault) == ISO_OK)
            FUZZ_MUST(iso_message_unpack(spec, ISO_HEADER_NO, out, len, &message, &fault) ==
                      ISO_OK);
        else
            iso_message_remove(&message, de);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc *doc = NULL;
    struct iso_spec *spec = NULL;
    struct fault fault = {.text = ""};
    if (size > 64 << 10)
        return 0;
    if (doc_parse(bytes_of(data, size), "fuzz", &doc, &fault) != RESULT_OK)
        return 0;
    if (spec_of_doc(doc, SPECS_DIR "/messages", NULL, &spec, &fault) == RESULT_OK)
        use(spec, data, size);
    else
        FUZZ_MUST(spec == NULL && fault.text[0] != '\0');
    iso_spec_free(spec);
    doc_free(doc);
    return 0;
}
