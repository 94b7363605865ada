/* External merge sort: sorted runs, then one merge of them all through a heap. */
#include "clearing/sorter.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WRITE_LEN = 256 << 10, /* bytes written at once */
    ENTRY_ALIGN = 16,
    HEAD_LEN = 8, /* of a record's bytes in an entry's numbers */
    MORE_LEN = 4,
};

/* A record's first twelve bytes beside its place: most comparisons need no more. */
struct entry {
    uint64_t head;
    uint32_t more;
    uint32_t place; /* of the record in memory; of a merge: the run */
};

struct run {
    uint64_t at, end; /* bytes of the file that were not read yet */
    uint8_t *buffer;
    size_t next, len; /* in the buffer */
};

struct sorter {
    size_t record_len, memory_len;
    const char *folder;
    uint64_t count;
    uint8_t *memory; /* records, and then entries; of a merge: the runs' buffers */
    uint8_t *writing;
    size_t writing_len;
    /* Being gathered. */
    size_t room, gathered;
    struct entry *entries, *spare; /* in `memory` */
    /* Written. */
    int file; /* -1: none */
    uint64_t file_len;
    size_t run_count;
    struct run runs[SORTER_RUNS_MAX];
    /* Given out: of what is in memory the next entry, or of a merge a heap of runs. */
    size_t given;
    size_t heap_count;
    struct entry heap[SORTER_RUNS_MAX];
    bool is_sorted, is_first;
};

/* --- opening ---------------------------------------------------------------------------------- */

enum result sorter_open(size_t record_len, size_t memory, const char *folder,
                        struct sorter **opened, struct fault *fault)
{
    MUST(record_len > 0 && record_len <= SORTER_RECORD_MAX && memory >= SORTER_MEMORY_MIN);
    MUST(memory <= UINT32_MAX); /* so that a place is a number of 32 bits */
    struct sorter *sorter = calloc(1, sizeof *sorter);
    *opened = sorter;
    if (sorter == NULL)
        return fault_set(fault, RESULT_IO, "no memory for sorting");
    sorter->file = -1;
    sorter->record_len = record_len;
    sorter->folder = folder != NULL ? folder : secure_getenv("TMPDIR");
    if (sorter->folder == NULL || sorter->folder[0] == '\0')
        sorter->folder = "/tmp";
    sorter->memory_len = memory - WRITE_LEN;
    sorter->room = (sorter->memory_len - ENTRY_ALIGN) / (record_len + 2 * sizeof(struct entry));
    sorter->memory = malloc(sorter->memory_len);
    sorter->writing = malloc(WRITE_LEN);
    if (sorter->memory == NULL || sorter->writing == NULL) {
        sorter_close(sorter);
        *opened = NULL;
        return fault_set(fault, RESULT_IO, "no memory for sorting: %zu bytes", memory);
    }
    size_t records_len = (sorter->room * record_len + ENTRY_ALIGN - 1) & ~(size_t)(ENTRY_ALIGN - 1);
    sorter->entries = (struct entry *)(void *)(sorter->memory + records_len);
    sorter->spare = sorter->entries + sorter->room;
    return RESULT_OK;
}

void sorter_close(struct sorter *sorter)
{
    if (sorter == NULL)
        return;
    if (sorter->file >= 0)
        close(sorter->file);
    free(sorter->memory);
    free(sorter->writing);
    free(sorter);
}

uint64_t sorter_count(const struct sorter *sorter)
{
    return sorter->count;
}

/* --- the temporary file ----------------------------------------------------------------------- */

static enum result refuse(const struct sorter *sorter, const char *what, int error,
                          struct fault *fault)
{
    return fault_set(fault, RESULT_IO, "a temporary file in %s cannot be %s: %s", sorter->folder,
                     what, strerror(error));
}

static enum result make_file(const struct sorter *sorter, int *file, struct fault *fault)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/cardlab-sort-XXXXXX", sorter->folder);
    if (len < 0 || (size_t)len >= sizeof path)
        return refuse(sorter, "made", ENAMETOOLONG, fault);
    *file = mkostemp(path, O_CLOEXEC);
    if (*file < 0 || unlink(path) != 0)
        return refuse(sorter, "made", errno, fault);
    return RESULT_OK;
}

static enum result flush(struct sorter *sorter, struct fault *fault)
{
    size_t done = 0;
    while (done < sorter->writing_len) {
        ssize_t part = pwrite(sorter->file, sorter->writing + done, sorter->writing_len - done,
                              (off_t)sorter->file_len);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return refuse(sorter, "written", part < 0 ? errno : ENOSPC, fault);
        done += (size_t)part;
        sorter->file_len += (uint64_t)part;
    }
    sorter->writing_len = 0;
    return RESULT_OK;
}

static enum result write_record(struct sorter *sorter, const uint8_t *record, struct fault *fault)
{
    if (sorter->writing_len + sorter->record_len > WRITE_LEN)
        TRY(flush(sorter, fault));
    memcpy(sorter->writing + sorter->writing_len, record, sorter->record_len);
    sorter->writing_len += sorter->record_len;
    return RESULT_OK;
}

/* --- in memory -------------------------------------------------------------------------------- */

/* Of `len` bytes the first `max`, as a number that has that many. */
static uint64_t number_of(const uint8_t *bytes, size_t len, size_t max)
{
    struct reader r = reader_of(bytes_of(bytes, len));
    if (len >= max)
        return max == HEAD_LEN ? read_u64(&r) : read_u32(&r);
    return read_uint(&r, len) << (8 * (max - len));
}

static struct entry entry_of(const struct sorter *sorter, const uint8_t *record, size_t place)
{
    size_t len = sorter->record_len, more = len > HEAD_LEN ? len - HEAD_LEN : 0;
    return (struct entry){
        .head = number_of(record, len, HEAD_LEN),
        .more = more > 0 ? (uint32_t)number_of(record + HEAD_LEN, more, MORE_LEN) : 0,
        .place = (uint32_t)place,
    };
}

static uint8_t *record_at(const struct sorter *sorter, uint64_t place)
{
    return sorter->memory + place * sorter->record_len;
}

static bool is_behind(const struct sorter *sorter, const struct entry *a, const struct entry *b)
{
    if (a->head != b->head)
        return a->head > b->head;
    if (a->more != b->more)
        return a->more > b->more;
    return memcmp(record_at(sorter, a->place), record_at(sorter, b->place), sorter->record_len) > 0;
}

/* Two neighbouring sorted stretches of `from` become one of `to`. */
static void merge_two(const struct sorter *sorter, const struct entry *from, size_t middle,
                      size_t end, struct entry *to)
{
    size_t left = 0, right = middle;
    if (middle >= end || !is_behind(sorter, &from[middle - 1], &from[middle])) {
        memcpy(to, from, end * sizeof *to);
        return;
    }
    for (size_t at = 0; at < end; at++) {
        bool takes_right =
            left == middle || (right < end && is_behind(sorter, &from[left], &from[right]));
        to[at] = takes_right ? from[right++] : from[left++];
    }
}

/* By merging, since what comes is mostly in the order of time already; and because, unlike the
 * library's, it needs no memory of its own. */
static void sort_gathered(struct sorter *sorter)
{
    size_t count = sorter->gathered;
    for (size_t len = 1; len < count; len *= 2) {
        for (size_t at = 0; at < count; at += 2 * len) {
            size_t end = count - at < 2 * len ? count - at : 2 * len;
            merge_two(sorter, &sorter->entries[at], len < end ? len : end, end, &sorter->spare[at]);
        }
        struct entry *sorted = sorter->spare;
        sorter->spare = sorter->entries;
        sorter->entries = sorted;
    }
}

/* --- runs ------------------------------------------------------------------------------------- */

static enum result fill(const struct sorter *sorter, struct run *run, size_t room,
                        struct fault *fault)
{
    size_t wanted = run->end - run->at < room ? (size_t)(run->end - run->at) : room;
    run->next = run->len = 0;
    while (run->len < wanted) {
        ssize_t part = pread(sorter->file, run->buffer + run->len, wanted - run->len,
                             (off_t)(run->at + run->len));
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return refuse(sorter, "read back", part < 0 ? errno : EIO, fault);
        run->len += (size_t)part;
    }
    run->at += wanted;
    return RESULT_OK;
}

static const uint8_t *front(const struct sorter *sorter, const struct entry *entry)
{
    const struct run *run = &sorter->runs[entry->place];
    return run->buffer + run->next;
}

static bool comes_before(const struct sorter *sorter, const struct entry *a, const struct entry *b)
{
    if (a->head != b->head)
        return a->head < b->head;
    if (a->more != b->more)
        return a->more < b->more;
    return memcmp(front(sorter, a), front(sorter, b), sorter->record_len) < 0;
}

static void sift_down(struct sorter *sorter, size_t at)
{
    struct entry *heap = sorter->heap, moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= sorter->heap_count)
            break;
        if (child + 1 < sorter->heap_count && comes_before(sorter, &heap[child + 1], &heap[child]))
            child++;
        if (!comes_before(sorter, &heap[child], &moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static size_t buffer_room(const struct sorter *sorter)
{
    size_t part = sorter->memory_len / sorter->run_count;
    return part - part % sorter->record_len;
}

/* All runs, each with its first records in its part of the memory. */
static enum result begin_merge(struct sorter *sorter, struct fault *fault)
{
    size_t room = buffer_room(sorter);
    sorter->heap_count = sorter->run_count;
    sorter->is_first = true;
    for (size_t i = 0; i < sorter->run_count; i++) {
        struct run *run = &sorter->runs[i];
        run->buffer = sorter->memory + i * room;
        TRY(fill(sorter, run, room, fault));
        sorter->heap[i] = entry_of(sorter, run->buffer, i);
    }
    for (size_t i = sorter->heap_count; i-- > 0;)
        sift_down(sorter, i);
    return RESULT_OK;
}

/* Away with the one that was given out last, and the next one to the top. */
static enum result advance(struct sorter *sorter, struct fault *fault)
{
    struct entry *top = &sorter->heap[0];
    struct run *run = &sorter->runs[top->place];
    run->next += sorter->record_len;
    if (run->next == run->len && run->at < run->end)
        TRY(fill(sorter, run, buffer_room(sorter), fault));
    if (run->next == run->len)
        *top = sorter->heap[--sorter->heap_count];
    else
        *top = entry_of(sorter, run->buffer + run->next, top->place);
    sift_down(sorter, 0);
    return RESULT_OK;
}

static enum result next_merged(struct sorter *sorter, const void **record, struct fault *fault)
{
    *record = NULL;
    if (!sorter->is_first && sorter->heap_count > 0)
        TRY(advance(sorter, fault));
    sorter->is_first = false;
    if (sorter->heap_count > 0)
        *record = front(sorter, &sorter->heap[0]);
    return RESULT_OK;
}

/* All runs become one, in a new file. Nothing is gathered meanwhile: the memory is free. */
static enum result merge_runs(struct sorter *sorter, struct fault *fault)
{
    const void *record;
    uint64_t len = sorter->file_len;
    int old = sorter->file, new = -1;
    TRY(begin_merge(sorter, fault));
    enum result result = make_file(sorter, &new, fault);
    sorter->file_len = 0;
    /* Read from the old one, written to the new one: a stretch at a time. */
    while (result == RESULT_OK) {
        sorter->file = old;
        result = next_merged(sorter, &record, fault);
        if (result != RESULT_OK || record == NULL)
            break;
        sorter->file = new;
        result = write_record(sorter, record, fault);
    }
    sorter->file = new;
    if (result == RESULT_OK)
        result = flush(sorter, fault);
    close(old);
    MUST(result != RESULT_OK || sorter->file_len == len);
    sorter->run_count = 1;
    sorter->runs[0] = (struct run){.end = len};
    return result;
}

static enum result write_run(struct sorter *sorter, struct fault *fault)
{
    if (sorter->file < 0)
        TRY(make_file(sorter, &sorter->file, fault));
    uint64_t at = sorter->file_len;
    sort_gathered(sorter);
    for (size_t i = 0; i < sorter->gathered; i++)
        TRY(write_record(sorter, record_at(sorter, sorter->entries[i].place), fault));
    TRY(flush(sorter, fault));
    sorter->gathered = 0;
    sorter->runs[sorter->run_count++] = (struct run){.at = at, .end = sorter->file_len};
    return sorter->run_count == SORTER_RUNS_MAX ? merge_runs(sorter, fault) : RESULT_OK;
}

/* --- in and out ------------------------------------------------------------------------------- */

enum result sorter_add(struct sorter *sorter, const void *record, struct fault *fault)
{
    MUST(!sorter->is_sorted);
    if (sorter->gathered == sorter->room)
        TRY(write_run(sorter, fault));
    size_t place = sorter->gathered++;
    memcpy(record_at(sorter, place), record, sorter->record_len);
    sorter->entries[place] = entry_of(sorter, record, place);
    sorter->count++;
    return RESULT_OK;
}

enum result sorter_sort(struct sorter *sorter, struct fault *fault)
{
    MUST(!sorter->is_sorted);
    sorter->is_sorted = true;
    if (sorter->run_count == 0) {
        sort_gathered(sorter);
        return RESULT_OK;
    }
    if (sorter->gathered > 0)
        TRY(write_run(sorter, fault));
    return begin_merge(sorter, fault);
}

enum result sorter_next(struct sorter *sorter, const void **record, struct fault *fault)
{
    MUST(sorter->is_sorted);
    if (sorter->run_count > 0)
        return next_merged(sorter, record, fault);
    *record = sorter->given < sorter->gathered
                  ? record_at(sorter, sorter->entries[sorter->given++].place)
                  : NULL;
    return RESULT_OK;
}
