/* Verifying a folder: manifest first, then what it lists, then what it does not. */
#include "clearing/verification.h"

#include "clearing/file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LEN_MAX = 4096 };

struct verifying {
    const struct layout_set *layouts;
    const struct verifier *verifier;
    struct verification *verification;
    struct fault *fault;
};

static enum result join(const char *folder, const char *name, char path[PATH_LEN_MAX],
                        struct fault *fault)
{
    if ((size_t)snprintf(path, PATH_LEN_MAX, "%s/%s", folder, name) < PATH_LEN_MAX)
        return RESULT_OK;
    return fault_set(fault, RESULT_IO, "%s: %s", name, strerror(ENAMETOOLONG));
}

/* --- the manifest ----------------------------------------------------------------------------- */

static enum result check_signature(struct verifying *verifying, const char *folder,
                                   const struct strbuf *manifest)
{
    char path[PATH_LEN_MAX], name[SIGNATURE_NAME_MAX] = "";
    struct strbuf signature;
    struct fault why = {RESULT_OK, ""};
    TRY(join(folder, MANIFEST_SIGNATURE_NAME, path, verifying->fault));
    bool is_there = access(path, F_OK) == 0;
    verifying->verification->is_signed |= is_there;
    if (verifying->verifier == NULL)
        return RESULT_OK;
    if (!is_there)
        return fault_set(verifying->fault, RESULT_INPUT, "%s/%s is not signed", folder,
                         MANIFEST_NAME);
    strbuf_init(&signature, SIGNATURE_LEN_MAX);
    enum result result = manifest_read(path, &signature, &why);
    if (result == RESULT_OK)
        result = verifier_check(verifying->verifier, bytes_of(manifest->text, manifest->len),
                                bytes_of(signature.text, signature.len), name, &why);
    strbuf_deinit(&signature);
    if (result != RESULT_OK)
        return fault_set(verifying->fault, result, "%s: %s", path, why.text);
    if (verifying->verification->signer[0] == '\0')
        memcpy(verifying->verification->signer, name, sizeof name);
    return RESULT_OK;
}

/* The signature is over the bytes that are believed: they are read once. */
static enum result read_manifest(struct verifying *verifying, const char *folder,
                                 struct manifest *manifest)
{
    char path[PATH_LEN_MAX];
    struct strbuf text;
    TRY(join(folder, MANIFEST_NAME, path, verifying->fault));
    if (access(folder, F_OK) == 0 && access(path, F_OK) != 0 && errno == ENOENT)
        return fault_set(verifying->fault, RESULT_INPUT, "%s: it is missing", path);
    strbuf_init(&text, MANIFEST_LEN_MAX);
    enum result result = manifest_read(path, &text, verifying->fault);
    if (result == RESULT_OK)
        result = check_signature(verifying, folder, &text);
    if (result == RESULT_OK)
        result = manifest_parse(bytes_of(text.text, text.len), path, manifest, verifying->fault);
    strbuf_deinit(&text);
    verifying->verification->manifests++;
    return result;
}

/* --- what it says of the files ---------------------------------------------------------------- */

static bool pass_over(void *context, const struct row *row, uint64_t line)
{
    (void)context;
    (void)row;
    (void)line;
    return true;
}

static enum result check_sums(const char *path, const struct manifest_entry *entry,
                              const struct clearing_file *file, struct fault *fault)
{
    const struct layout_told *told = &file->layout->told;
    const struct row_totals *totals = &file->totals;
    const struct {
        const char *what;
        bool is_told;
        int64_t said, found;
    } sums[] = {
        {"debit_minor", told->debits, entry->debit_minor, totals->debit_minor},
        {"credit_minor", told->credits, entry->credit_minor, totals->credit_minor},
        {"freeze_minor", told->freezes, entry->freeze_minor, totals->freeze_minor},
        {"unfreeze_minor", told->unfreezes, entry->unfreeze_minor, totals->unfreeze_minor},
        {"fee_minor", told->fees, entry->fee_minor, totals->fee_minor},
    };
    if (totals->count != entry->records)
        return fault_set(fault, RESULT_INPUT,
                         "%s: %s says %" PRIu64 " records, the file has %" PRIu64, path,
                         MANIFEST_NAME, entry->records, totals->count);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (sums[i].is_told && sums[i].said != sums[i].found)
            return fault_set(fault, RESULT_INPUT,
                             "%s: %s says %s %" PRId64 ", the file comes to %" PRId64, path,
                             MANIFEST_NAME, sums[i].what, sums[i].said, sums[i].found);
    return RESULT_OK;
}

/* Behind their digests: the bytes are those that were listed, or the reader would tell a flipped
 * bit by its line only. */
static enum result check_contents(struct verifying *verifying, const char *folder,
                                  const struct manifest *manifest)
{
    struct clearing_file file;
    char path[PATH_LEN_MAX];
    uint32_t ignored;
    for (size_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        const char *slash = strrchr(entry->path, '/');
        const char *name = slash != NULL ? slash + 1 : entry->path;
        if (!manifest_is_clearing_file(name))
            continue;
        if (layout_set_find(verifying->layouts, name, &ignored) == NULL) {
            verifying->verification->unread++;
            continue;
        }
        TRY(join(folder, entry->path, path, verifying->fault));
        TRY(clearing_file_read(path, verifying->layouts, pass_over, NULL, &file, verifying->fault));
        TRY(check_sums(path, entry, &file, verifying->fault));
    }
    return RESULT_OK;
}

/* --- what it does not list -------------------------------------------------------------------- */

/* The file, or the folder of the file, is listed. */
static bool is_listed(const struct manifest *manifest, const char *name)
{
    size_t len = strlen(name);
    if (strcmp(name, MANIFEST_NAME) == 0 || strcmp(name, MANIFEST_SIGNATURE_NAME) == 0)
        return true;
    for (size_t i = 0; i < manifest->count; i++) {
        const char *path = manifest->entries[i].path;
        if (strncmp(path, name, len) == 0 && path[len] == (manifest->of_party ? '\0' : '/'))
            return true;
    }
    return false;
}

static enum result check_others(const struct verifying *verifying, const char *folder,
                                const struct manifest *manifest)
{
    struct dirent **names = NULL;
    enum result result = RESULT_OK;
    int count = scandir(folder, &names, NULL, alphasort);
    if (count < 0)
        return fault_set(verifying->fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        bool is_itself = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (result == RESULT_OK && !is_itself && !is_listed(manifest, name))
            result = fault_set(verifying->fault, RESULT_INPUT, "%s/%s: %s does not list it", folder,
                               name, MANIFEST_NAME);
        free(names[i]);
    }
    free(names);
    return result;
}

/* --- whose ------------------------------------------------------------------------------------ */

/* A folder that is called as an institution holds that one's files: `name` is the last part of its
 * path. */
static enum result check_name(const struct manifest *manifest, const char *folder, const char *name,
                              struct fault *fault)
{
    uint64_t number;
    char id[CLEARING_ID_SIZE];
    if (strlen(name) != CLEARING_ID_SIZE - 1 || !text_digits_parse(bytes_text(name), &number) ||
        !manifest->of_party || number == manifest->institution)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "%s/%s: it is another party's, %s", folder, MANIFEST_NAME,
                     clearing_id_format(manifest->institution, id));
}

static enum result check_own_name(const struct verifying *verifying,
                                  const struct manifest *manifest, const char *folder)
{
    char *whole = realpath(folder, NULL);
    if (whole == NULL)
        return fault_set(verifying->fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    enum result result = check_name(manifest, folder, strrchr(whole, '/') + 1, verifying->fault);
    free(whole);
    return result;
}

/* Before anything is hashed: of exchanged folders every file is wrong, which says little. What
 * cannot be read here is told later. */
static enum result check_owner(const struct verifying *verifying, const char *folder)
{
    char path[PATH_LEN_MAX];
    struct strbuf text;
    struct manifest manifest = {0};
    struct fault ignored = {RESULT_OK, ""};
    enum result result = RESULT_OK;
    TRY(join(folder, MANIFEST_NAME, path, verifying->fault));
    strbuf_init(&text, MANIFEST_LEN_MAX);
    if (manifest_read(path, &text, &ignored) == RESULT_OK &&
        manifest_parse(bytes_of(text.text, text.len), path, &manifest, &ignored) == RESULT_OK)
        result = check_name(&manifest, folder, strrchr(folder, '/') + 1, verifying->fault);
    manifest_deinit(&manifest);
    strbuf_deinit(&text);
    return result;
}

/* --- folders ---------------------------------------------------------------------------------- */

static bool says_same(const struct manifest_entry *a, const struct manifest_entry *b)
{
    return a->records == b->records && a->debit_minor == b->debit_minor &&
           a->credit_minor == b->credit_minor && a->freeze_minor == b->freeze_minor &&
           a->unfreeze_minor == b->unfreeze_minor && a->fee_minor == b->fee_minor;
}

/* A party's folder within a date's. Its files have been hashed by the manifest above: here its own
 * manifest has to list the same. */
static enum result check_same(const struct verifying *verifying, const char *folder,
                              const struct manifest *above, const struct manifest *manifest)
{
    size_t at = 0;
    const char *name = strrchr(folder, '/') + 1;
    char id[CLEARING_ID_SIZE];
    bool is_same = manifest->of_party &&
                   strcmp(clearing_id_format(manifest->institution, id), name) == 0 &&
                   manifest->settlement_date == above->settlement_date;
    for (size_t i = 0; i < above->count && is_same; i++) {
        const struct manifest_entry *entry = &above->entries[i];
        const char *file = strchr(entry->path, '/') + 1;
        if (strncmp(entry->path, name, strlen(name)) != 0 || file[-1] != '/' ||
            (size_t)(file - entry->path) != strlen(name) + 1)
            continue;
        const struct manifest_entry *own = &manifest->entries[at];
        is_same = at < manifest->count && strcmp(own->path, file) == 0 &&
                  own->bytes == entry->bytes && says_same(own, entry) &&
                  memcmp(own->sha256, entry->sha256, sizeof own->sha256) == 0;
        at++;
    }
    if (is_same && at == manifest->count)
        return RESULT_OK;
    return fault_set(verifying->fault, RESULT_INPUT,
                     "%s/%s: it lists other files than the one above it", folder, MANIFEST_NAME);
}

static enum result check_party(struct verifying *verifying, const char *folder,
                               const struct manifest *above)
{
    struct manifest manifest = {0};
    enum result result = read_manifest(verifying, folder, &manifest);
    if (result == RESULT_OK)
        result = check_same(verifying, folder, above, &manifest);
    if (result == RESULT_OK)
        result = check_others(verifying, folder, &manifest);
    manifest_deinit(&manifest);
    return result;
}

typedef enum result check_party_fn(struct verifying *verifying, const char *folder,
                                   const struct manifest *above);

static enum result check_party_owner(struct verifying *verifying, const char *folder,
                                     const struct manifest *above)
{
    (void)above;
    return check_owner(verifying, folder);
}

/* Entries of one party stand together. */
static enum result check_parties(struct verifying *verifying, const char *folder,
                                 const struct manifest *manifest, check_party_fn *check)
{
    char last[OUTPUT_PATH_MAX] = "", name[OUTPUT_PATH_MAX], path[PATH_LEN_MAX];
    for (size_t i = 0; i < manifest->count; i++) {
        const char *entry = manifest->entries[i].path;
        snprintf(name, sizeof name, "%.*s", (int)(strchr(entry, '/') - entry), entry);
        if (strcmp(name, last) == 0)
            continue;
        memcpy(last, name, sizeof last);
        TRY(join(folder, name, path, verifying->fault));
        TRY(check(verifying, path, manifest));
    }
    return RESULT_OK;
}

static enum result check_whose(struct verifying *verifying, const char *folder,
                               const struct manifest *manifest)
{
    if (manifest->of_party)
        return check_own_name(verifying, manifest, folder);
    return check_parties(verifying, folder, manifest, check_party_owner);
}

enum result clearing_verify(const char *folder, const struct layout_set *layouts,
                            const struct verifier *verifier, struct verification *verification,
                            struct fault *fault)
{
    struct verifying verifying = {layouts, verifier, verification, fault};
    struct manifest manifest = {0};
    *verification = (struct verification){0};
    enum result result = read_manifest(&verifying, folder, &manifest);
    verification->settlement_date = manifest.settlement_date;
    verification->of_party = manifest.of_party;
    verification->institution = manifest.institution;
    if (result == RESULT_OK)
        result = check_whose(&verifying, folder, &manifest);
    if (result == RESULT_OK)
        result = manifest_check_files(&manifest, folder, fault);
    if (result == RESULT_OK)
        result = check_contents(&verifying, folder, &manifest);
    if (result == RESULT_OK)
        result = check_others(&verifying, folder, &manifest);
    if (result == RESULT_OK && !manifest.of_party)
        result = check_parties(&verifying, folder, &manifest, check_party);
    verification->files = manifest.count;
    manifest_deinit(&manifest);
    return result;
}

/* --- one party of a date ---------------------------------------------------------------------- */

static enum result keep_party(const struct manifest *above, const char *id, struct manifest *part,
                              struct fault *fault)
{
    size_t len = strlen(id);
    for (size_t i = 0; i < above->count; i++) {
        const char *path = above->entries[i].path;
        if (strncmp(path, id, len) == 0 && path[len] == '/')
            TRY(manifest_add(part, &above->entries[i], fault));
    }
    return RESULT_OK;
}

enum result clearing_verify_party(const char *folder, uint64_t institution, struct fault *fault)
{
    struct verification verification = {0};
    struct verifying verifying = {.verification = &verification, .fault = fault};
    struct manifest above = {0}, part = {0};
    char id[CLEARING_ID_SIZE], path[PATH_LEN_MAX];
    TRY(join(folder, clearing_id_format(institution, id), path, fault));
    enum result result = read_manifest(&verifying, folder, &above);
    part.settlement_date = above.settlement_date;
    if (result == RESULT_OK)
        result = keep_party(&above, id, &part, fault);
    if (result == RESULT_OK)
        result = check_owner(&verifying, path);
    if (result == RESULT_OK)
        result = manifest_check_files(&part, folder, fault);
    if (result == RESULT_OK)
        result = check_party(&verifying, path, &part);
    manifest_deinit(&above);
    manifest_deinit(&part);
    return result;
}
