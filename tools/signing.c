/* The signing key, with its passphrase. */
#include "signing.h"

#include "net/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum result read_passphrase(const char *path, char passphrase[SIGNATURE_PASSPHRASE_MAX],
                                   struct fault *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no second copy of it */
    bool is_there = fgets(passphrase, SIGNATURE_PASSPHRASE_MAX, file) != NULL;
    fclose(file);
    if (!is_there)
        return fault_set(fault, RESULT_INPUT, "%s: expected a passphrase on its first line", path);
    passphrase[strcspn(passphrase, "\r\n")] = '\0';
    return RESULT_OK;
}

enum result signing_open(const struct signing *signing, struct signer **signer, struct fault *fault)
{
    char passphrase[SIGNATURE_PASSPHRASE_MAX];
    const char *given = getenv(SIGNING_VARIABLE);
    *signer = NULL;
    if (signing->key_path == NULL)
        return RESULT_OK;
    if (signing->passphrase_path != NULL) {
        TRY(read_passphrase(signing->passphrase_path, passphrase, fault));
        given = passphrase;
    }
    enum result result = signer_open(signing->key_path, signing->certificate_path,
                                     given != NULL ? bytes_text(given) : bytes_of(NULL, 0),
                                     loop_now().wall_us, signer, fault);
    explicit_bzero(passphrase, sizeof passphrase);
    unsetenv(SIGNING_VARIABLE); /* no child of ours needs it */
    return result;
}
