/* Detached signatures: CMS SignedData (RFC 5652) in DER, as `openssl cms` makes and reads them.
 *
 * No signed attributes, and so no signing time: an RSA key (PKCS #1 v1.5) gives the same bytes for
 * the same content; ECDSA draws a number, so that its bytes differ each time. The signer's
 * certificate, and those behind it in its file, travel inside. SHA-256; others are read as well, if
 * they are of the SHA-2 family. This is the one file that knows OpenSSL's CMS and X.509. */
#ifndef SECURITY_SIGNATURE_H
#define SECURITY_SIGNATURE_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"

enum {
    SIGNATURE_LEN_MAX = 64 << 10,    /* a chain of certificates is some 6 KB */
    SIGNATURE_NAME_MAX = 256,        /* of a certificate's subject, as text */
    SIGNATURE_PASSPHRASE_MAX = 1024, /* what OpenSSL asks for */
};

struct signer;

/* The key, and the certificate first in its file: both PEM; further certificates of the file are
 * sent along. `passphrase` opens an enciphered key, and is not kept; nobody is ever asked for one.
 * RESULT_INPUT: one of them is not what it should be, they do not belong together, the passphrase
 * is missing or wrong, the certificate is not for signing, or not valid at `at_us` (microseconds
 * since 1970), or OpenSSL cannot sign with such a key; RESULT_IO: it cannot be read. */
MUST_USE enum result signer_open(const char *key_path, const char *certificate_path,
                                 struct bytes passphrase, int64_t at_us, struct signer **opened,
                                 struct fault *fault);
void signer_close(struct signer *signer); /* accepts NULL */
/* Adds the signature to `out`. RESULT_BUG: OpenSSL fails; RESULT_LIMIT: `out` is full. */
MUST_USE enum result signer_sign(const struct signer *signer, struct bytes content,
                                 struct strbuf *out, struct fault *fault);

enum signature_trust {
    SIGNATURE_CA,          /* whoever these certify, through what the signature carries */
    SIGNATURE_CERTIFICATE, /* this one alone, whoever certifies it */
};

struct verifier;

/* What to believe: a PEM file of one certificate, or of several of CAs. The signer's must be valid
 * at `at_us`: nothing in a signature says when it was made. RESULT_INPUT, RESULT_IO as above. */
MUST_USE enum result verifier_open(const char *path, enum signature_trust trust, int64_t at_us,
                                   struct verifier **opened, struct fault *fault);
void verifier_close(struct verifier *verifier); /* accepts NULL */
/* Says in `name` who signed. RESULT_INPUT: it is no such signature, the content is not what was
 * signed, or the signer is not to be believed; the fault says which and why. */
MUST_USE enum result verifier_check(const struct verifier *verifier, struct bytes content,
                                    struct bytes signature, char name[SIGNATURE_NAME_MAX],
                                    struct fault *fault);

#endif
