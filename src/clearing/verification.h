/* Whether a set of files is whole: by whoever received it, of one party or of all.
 *
 * A folder is good when its manifest is signed as is asked for, every file that it lists is there
 * byte by byte and comes to the counts and sums that stand beside it, nothing else is, and no other
 * party's number is its name. A date's folder is good when that is so of it and of every party's
 * folder in it. */
#ifndef CLEARING_VERIFICATION_H
#define CLEARING_VERIFICATION_H

#include "clearing/layout.h"
#include "clearing/manifest.h"
#include "security/signature.h"

struct verification {
    uint32_t settlement_date; /* YYYYMMDD */
    bool of_party;
    uint64_t institution;            /* of a party's folder */
    uint64_t files;                  /* that were hashed, each once */
    uint64_t unread;                 /* of them: clearing files that no layout is known of */
    uint64_t manifests;              /* and signatures, if they were asked for */
    char signer[SIGNATURE_NAME_MAX]; /* of the outermost manifest; "" when not asked for */
    bool is_signed;                  /* there is a signature, asked for or not */
};

/* `folder` is a party's, or a date's with those of all in it. `layouts` read the files back, for
 * their counts and sums; `verifier` NULL: signatures are not looked at. RESULT_INPUT: something is
 * missing, too much, or not as it should be: the fault names the first; RESULT_IO: it cannot be
 * read. */
MUST_USE enum result clearing_verify(const char *folder, const struct layout_set *layouts,
                                     const struct verifier *verifier,
                                     struct verification *verification, struct fault *fault);
/* Of a date's folder only what one party is sent: its own folder, held to its own manifest and to
 * the one above it, byte by byte; no counts, no signatures. Errors as above. */
MUST_USE enum result clearing_verify_party(const char *folder, uint64_t institution,
                                           struct fault *fault);

#endif
