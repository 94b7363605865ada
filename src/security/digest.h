/* SHA-256 of runs of bytes: whole, in steps, or cut to 16 bytes as the digest of a content.
 *
 * The content digest answers "is this the same message as before" for repeats: the runs are
 * hashed with their lengths, so that a byte moved from one run to the next is another content.
 * It is not a MAC: anyone can compute it.
 *
 * Nothing is allocated and nothing can fail once a digest is open. A digest belongs to one thread
 * at a time and computes one thing at a time. */
#ifndef SECURITY_DIGEST_H
#define SECURITY_DIGEST_H

#include "base/bytes.h"
#include "base/result.h"

enum { DIGEST_LEN = 32, DIGEST_CONTENT_LEN = 16 };

struct digest;

/* The caller closes it. Errors: BUG (this OpenSSL has no SHA-256), IO (no memory). */
MUST_USE enum result digest_open(struct digest **opened, struct fault *fault);
/* Accepts NULL. */
void digest_close(struct digest *digest);

/* In steps, for files: init, any number of updates, final. */
void digest_init(struct digest *digest);
void digest_update(struct digest *digest, struct bytes run);
void digest_final(struct digest *digest, uint8_t out[DIGEST_LEN]);

/* SHA-256 of the runs as if they were one. */
void digest_sha256(struct digest *digest, const struct bytes *runs, size_t count,
                   uint8_t out[DIGEST_LEN]);

/* First 16 bytes of SHA-256 over every run with its length (8 bytes, big-endian) before it. */
void digest_content(struct digest *digest, const struct bytes *runs, size_t count,
                    uint8_t out[DIGEST_CONTENT_LEN]);

#endif
