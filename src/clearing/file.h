/* Reads a clearing file back: record by record, by the layout that its name tells, nothing
 * believed.
 *
 * Every record must be exactly what the layout writes, the sums of the details must be those of the
 * trailer, and the file must end behind it. Memory does not grow with the file. */
#ifndef CLEARING_FILE_H
#define CLEARING_FILE_H

#include "clearing/layout.h"
#include "security/digest.h"

#include <stdio.h>

struct clearing_file {
    const struct layout *layout;
    uint64_t institution;     /* whose file; 0: the layout does not say */
    uint32_t settlement_date; /* YYYYMMDD; 0: the layout does not say */
    struct row_totals totals; /* of the details */
    uint64_t records;         /* with header and trailer */
    /* When it was hashed, and read to its end. */
    uint64_t bytes;
    uint8_t sha256[DIGEST_LEN];
};

/* A detail and its first line, or of a file without lines its number, from 1; the row lives during
 * the call only. false stops the reading with RESULT_OK, and the rest of the file is not checked.
 */
typedef bool clearing_row_fn(void *context, const struct row *row, uint64_t line);

/* `file` is filled as far as the reading came. RESULT_INPUT: no layout writes such a name, or
 * "PATH:LINE: byte BYTE: expected ..., got ..." (bytes of the line, from 0; of a file without
 * lines RECORD and bytes of the record); RESULT_IO. */
MUST_USE enum result clearing_file_read(const char *path, const struct layout_set *layouts,
                                        clearing_row_fn *each, void *context,
                                        struct clearing_file *file, struct fault *fault);
/* The same, with the sum of all its bytes; `digest` is the caller's, and free for anything else
 * behind the call. */
MUST_USE enum result clearing_file_read_hashed(const char *path, const struct layout_set *layouts,
                                               struct digest *digest, clearing_row_fn *each,
                                               void *context, struct clearing_file *file,
                                               struct fault *fault);
/* clearing_file_read() from where an open stream stands; `path` is its name. */
MUST_USE enum result clearing_stream_read(FILE *stream, const char *path,
                                          const struct layout_set *layouts, clearing_row_fn *each,
                                          void *context, struct clearing_file *file,
                                          struct fault *fault);

#endif
