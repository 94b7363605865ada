/* A mapping, a NUL, and a book in a delimited file. What is accepted is compared and written again.
 */
#include "fuzz.h"

#include "clearing/ledger_csv.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In memory, under a name that both can open. */
static int put(const uint8_t *data, size_t len, char path[32])
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(file >= 0 && write(file, data, len) == (ssize_t)len);
    snprintf(path, 32, "/proc/self/fd/%d", file);
    return file;
}

static bool take(void *context, const struct item *item)
{
    uint8_t record[ITEM_RECORD_LEN];
    struct item again;
    unsigned *count = context;
    FUZZ_MUST(item->amount_minor >= 0 && item->state < ITEM_STATES);
    item_encode(item, record);
    item_decode(record, &again);
    FUZZ_MUST(item_compare(item, &again) == 0 && again.amount_minor == item->amount_minor);
    return ++*count < 10000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ledger_map map;
    const uint8_t *end = memchr(data, '\0', size);
    char map_path[32], csv_path[32];
    struct fault fault = {.text = ""};
    unsigned count = 0;
    if (end == NULL || size > 64 << 10)
        return 0;
    size_t map_len = (size_t)(end - data);
    int map_file = put(data, map_len, map_path);
    int csv_file = put(end + 1, size - map_len - 1, csv_path);
    if (ledger_map_load(map_path, &map, &fault) == RESULT_OK) {
        struct ledger_csv csv = {.path = csv_path, .map = &map};
        struct ledger ledger = ledger_of_csv(&csv);
        if (ledger_scan(&ledger, 20261231, take, &count, &fault) != RESULT_OK)
            FUZZ_MUST(fault.text[0] != '\0');
    } else
        FUZZ_MUST(fault.text[0] != '\0');
    close(map_file);
    close(csv_file);
    return 0;
}
