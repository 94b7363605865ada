/* Text as a jPOS packager. What is accepted has been read by the codec once. */
#include "fuzz.h"
#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import_options options = {.name = "fuzz", .compat_jpos = size % 2 == 1};
    struct strbuf yaml, warnings;
    struct fault fault = {.text = ""};
    if (size > 64 << 10)
        return 0;
    strbuf_init(&yaml, IMPORT_YAML_LEN_MAX);
    strbuf_init(&warnings, IMPORT_YAML_LEN_MAX);
    if (import_spec(IMPORT_JPOS, bytes_of(data, size), "fuzz", &options, &yaml, &warnings,
                    &fault) == RESULT_OK)
        FUZZ_MUST(yaml.len > 0);
    else
        FUZZ_MUST(fault.text[0] != '\0');
    strbuf_deinit(&yaml);
    strbuf_deinit(&warnings);
    return 0;
}
