/* A small file that is there as a whole before it is written: made, hashed and synced in one go. It
 * knows nothing of what the bytes mean. The large files of a cut are outputs.h's. */
#ifndef CLEARING_OUTPUT_H
#define CLEARING_OUTPUT_H

#include "base/bytes.h"
#include "security/digest.h"

enum { OUTPUT_PATH_MAX = 64 }; /* folder of a party and name of a file */

/* `path` starts from the folder `root`; the file may not be there yet, and is for its owner alone.
 * `sha256` gets its digest; NULL: nobody asks. RESULT_IO names the path; what was made stays. */
MUST_USE enum result output_write(int root, const char *path, struct bytes data,
                                  uint8_t sha256[DIGEST_LEN], struct fault *fault);

/* All of it, however often the system is asked; false: errno says why. */
MUST_USE bool output_write_all(int fd, const void *data, size_t len);

#endif
