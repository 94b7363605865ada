/* Which files a settlement date has, with their sums and digests, as a file beside them.
 *
 * manifest.json stands in each party's folder and tells of that party's files, and once above them
 * and tells of all. It is written last. What it lists and what is there must agree, byte by byte.
 */
#ifndef CLEARING_MANIFEST_H
#define CLEARING_MANIFEST_H

#include "base/strbuf.h"
#include "clearing/fee.h"
#include "clearing/member.h"
#include "clearing/output.h"

#define MANIFEST_NAME           "manifest.json"
#define MANIFEST_SIGNATURE_NAME MANIFEST_NAME ".p7s"

/* What stands in a folder beside clearing files, and which no layout reads: manifest, reports. */
bool manifest_is_clearing_file(const char *name);

enum { MANIFEST_LEN_MAX = 4 << 20 }; /* what base/doc.h reads back: 15,000 files */

struct manifest_entry {
    uint64_t institution;       /* whose file */
    char path[OUTPUT_PATH_MAX]; /* from the date's folder: "00095550001/IND26123101ICOM" */
    uint64_t records, bytes;
    int64_t debit_minor, credit_minor;    /* of its trailer */
    int64_t freeze_minor, unfreeze_minor; /* of its trailer: no money that anybody gets */
    int64_t fee_minor;                    /* of its trailer: got less paid */
    uint8_t sha256[DIGEST_LEN];
};

struct manifest {
    uint32_t settlement_date; /* YYYYMMDD */
    /* A provisional cut: as of this log record, with so many claims, freezes and purchases still
     * moving. */
    bool is_provisional;
    uint64_t as_of, moving;
    uint64_t centre;              /* the switch, whose folder is not sent to anybody */
    bool of_party;                /* what was read stood in a party's folder, */
    uint64_t institution;         /* this one's */
    const struct fee_table *fees; /* that it was cut with; NULL: none */
    size_t count, room;
    struct manifest_entry *entries;
};

/* RESULT_IO without memory. */
MUST_USE enum result manifest_add(struct manifest *manifest, const struct manifest_entry *entry,
                                  struct fault *fault);
void manifest_deinit(struct manifest *manifest); /* accepts zeroed memory */
/* The text of the file in a party's folder; NULL: of the one above them. */
void manifest_format(const struct manifest *manifest, const uint64_t *institution,
                     struct strbuf *out);

/* The bytes of a manifest or of its signature, as many as `out` takes. RESULT_IO: it cannot be
 * read; RESULT_INPUT: it is longer. */
MUST_USE enum result manifest_read(const char *path, struct strbuf *out, struct fault *fault);
/* Reads one back; `name` opens the fault texts. RESULT_INPUT: it is no manifest, or a
 * provisional cut's, or a path in it leads out of its folder. The caller deinits it in any case. */
MUST_USE enum result manifest_parse(struct bytes text, const char *name, struct manifest *manifest,
                                    struct fault *fault);
/* Both, of the file at `path`. */
MUST_USE enum result manifest_load(const char *path, struct manifest *manifest,
                                   struct fault *fault);
/* Hashes every file that it lists below `folder`. RESULT_INPUT: a file is missing, or not as it
 * says; RESULT_IO: it cannot be read. */
MUST_USE enum result manifest_check_files(const struct manifest *manifest, const char *folder,
                                          struct fault *fault);
struct clearing_file;

/* What a file was when it was read. */
struct manifest_seen {
    uint64_t bytes;
    uint8_t sha256[DIGEST_LEN];
};
/* Of a file that was hashed and read to its end. */
struct manifest_seen manifest_seen_of(const struct clearing_file *file);
/* The same of the manifest at `path` and the files beside it; and that it lists those of `files`
 * that are beside it, of which a party's has at least one when there are any. `seen`, when it is
 * not NULL, says what each of `files` was, so that it is not read again. */
MUST_USE enum result manifest_check(const char *path, const char *const *files, size_t file_count,
                                    const struct manifest_seen *seen, struct fault *fault);

#endif
