/* Sorts records of one length that need not fit in memory: puts them in, then gives them out in
 * order.
 *
 * The order is that of the bytes of the whole record, so what it is sorted by stands in front, with
 * numbers big-endian (base/bytes.h); whoever wants equal keys in the order they came writes a
 * number behind the key. Records that are equal are all given out.
 *
 * Memory is what was given at the start and never more. What does not fit goes, in sorted runs,
 * into one temporary file that has no name and goes with the process; while no more than fits was
 * added there is no file. */
#ifndef CLEARING_SORTER_H
#define CLEARING_SORTER_H

#include "base/result.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SORTER_RECORD_MAX = 1024,
    /* Merged at once, each through a part of the memory. When there are more, they are merged into
     * one: with 8 MiB that is at 1.5 GB. */
    SORTER_RUNS_MAX = 256,
    SORTER_MEMORY_MIN = 1 << 20, /* a record for each run, and what is written at once */
};

struct sorter;

/* `memory` in bytes, at least SORTER_MEMORY_MIN; pages that are not needed are not touched.
 * `folder` for the temporary file; NULL: that of TMPDIR, else /tmp. RESULT_IO without memory. */
MUST_USE enum result sorter_open(size_t record_len, size_t memory, const char *folder,
                                 struct sorter **sorter, struct fault *fault);
void sorter_close(struct sorter *sorter); /* accepts NULL */

/* Takes a copy. RESULT_IO names the folder: it cannot be written, the disk is full. After a failure
 * the sorter is only good for closing. */
MUST_USE enum result sorter_add(struct sorter *sorter, const void *record, struct fault *fault);
uint64_t sorter_count(const struct sorter *sorter); /* of all that were added */
/* Nothing is added any more. Errors as above. */
MUST_USE enum result sorter_sort(struct sorter *sorter, struct fault *fault);
/* The next in order, until the call after; NULL when there is none. RESULT_IO: what was written
 * cannot be read back. */
MUST_USE enum result sorter_next(struct sorter *sorter, const void **record, struct fault *fault);

#endif
