/* One file that is being written: a buffer that is appended to the file when it is full.
 *
 * Between two such moments the file is closed, so that a cut with hundreds of files keeps no more
 * than one descriptor open, and memory is one buffer a file, taken with its first byte. It knows
 * nothing of what the bytes mean. */
#ifndef CLEARING_OUTPUT_H
#define CLEARING_OUTPUT_H

#include "security/digest.h"

enum {
    OUTPUT_PATH_MAX = 64,         /* folder of a party and name of a file */
    OUTPUT_BUFFER_LEN = 16 << 10, /* 40 lines; 2,000 files then take 32 MB */
};

struct output {
    int root; /* the folder that `path` starts from; the caller's */
    char path[OUTPUT_PATH_MAX];
    uint8_t *buffer;
    size_t len;
    uint64_t bytes; /* of the whole file so far */
    struct digest *digest;
};

/* Makes the file, which may not be there yet. On failure the output needs no deinit. */
MUST_USE enum result output_open(struct output *output, int root, const char *path,
                                 struct fault *fault);
MUST_USE enum result output_add(struct output *output, const void *data, size_t len,
                                struct fault *fault);
/* Writes what is left and syncs the file; gives its SHA-256. Nothing may be added any more. */
MUST_USE enum result output_end(struct output *output, uint8_t sha256[DIGEST_LEN],
                                struct fault *fault);
void output_deinit(struct output *output); /* accepts zeroed memory; leaves the file */

/* All of it, however often the system is asked; false: errno says why. */
MUST_USE bool output_write_all(int fd, const void *data, size_t len);

#endif
