/* SHA-256 of large files, two of them at a time.
 *
 * The instructions for SHA-256 that many processors have wait for each other most of the time: the
 * blocks of two files done in turn take little longer than those of one. On other processors this
 * is digest.h, which is also the one for all that is small or comes alone. */
#ifndef SECURITY_FILE_DIGEST_H
#define SECURITY_FILE_DIGEST_H

#include "security/digest.h"

enum { FILE_DIGEST_STATE = 8, FILE_DIGEST_BLOCK = 64 };

struct file_digest {
    struct digest *plain; /* NULL: there are instructions, and what follows is in use */
    uint32_t state[FILE_DIGEST_STATE];
    uint64_t len;                     /* bytes so far */
    uint8_t block[FILE_DIGEST_BLOCK]; /* one that is not whole yet: len % FILE_DIGEST_BLOCK */
};

/* As digest_open() and digest_init(). The caller closes it. */
MUST_USE enum result file_digest_open(struct file_digest *digest, struct fault *fault);
void file_digest_close(struct file_digest *digest); /* accepts zeroed memory */
void file_digest_update(struct file_digest *digest, struct bytes run);
/* Of two different files; the same as one after the other. */
void file_digest_update_two(struct file_digest *one, struct bytes run, struct file_digest *other,
                            struct bytes other_run);
/* Nothing may follow. */
void file_digest_final(struct file_digest *digest, uint8_t out[DIGEST_LEN]);

#endif
