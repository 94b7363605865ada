/* Any bytes as a clearing file, by every shipped layout: the first line is the file's name, the
 * rest what is in it. What is accepted has details that can be written, and sums that fit. */
#include "clearing/file.h"
#include "fuzz.h"

#include <string.h>

enum { NAME_MAX_LEN = 64, INPUT_MAX = 64 << 10 };

static struct layout_set layouts;

static bool write_again(void *context, const struct row *row, uint64_t line)
{
    static char bytes[LAYOUT_RECORD_MAX];
    const struct clearing_file *file = context;
    struct fault fault;
    size_t len;
    FUZZ_MUST(line > 0);
    FUZZ_MUST(layout_write(file->layout, LAYOUT_DETAIL, row, bytes, &len, &fault) == RESULT_OK);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = {RESULT_OK, ""};
    struct clearing_file file;
    char name[NAME_MAX_LEN];
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (layouts.count == 0 &&
        layout_set_add_all(&layouts, SPECS_DIR "/clearing", &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    FUZZ_MUST(layouts.count > 0);
    if (end == NULL || (size_t)(end - data) >= sizeof name || size > INPUT_MAX)
        return 0;
    size_t len = (size_t)(end - data), rest = size - len - 1;
    memcpy(name, data, len);
    name[len] = '\0';
    uint8_t empty = 0;
    FILE *stream =
        fmemopen(rest > 0 ? (void *)(uintptr_t)(end + 1) : &empty, rest > 0 ? rest : 1, "rb");
    FUZZ_MUST(stream != NULL);
    if (rest == 0)
        FUZZ_MUST(fgetc(stream) == 0);
    enum result result =
        clearing_stream_read(stream, name, &layouts, write_again, &file, &file, &fault);
    fclose(stream);
    FUZZ_MUST(result == RESULT_OK ||
              ((result == RESULT_INPUT || result == RESULT_LIMIT) && fault.text[0] != '\0'));
    return 0;
}
