/* Opening the key that signs manifests, as options of a command name it. */
#ifndef TOOLS_SIGNING_H
#define TOOLS_SIGNING_H

#include "security/signature.h"

#define SIGNING_VARIABLE "CARDLAB_SIGN_PASSPHRASE"

/* A passphrase is the first line of the file, or else what the environment variable holds; it
 * never stands on a command line, where everybody reads it. *signer is NULL without a key. */
struct signing {
    const char *key_path, *certificate_path; /* both, or neither */
    const char *passphrase_path;             /* NULL: none */
};
MUST_USE enum result signing_open(const struct signing *signing, struct signer **signer,
                                  struct fault *fault);

#endif
