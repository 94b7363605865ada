/* The manifest: writing it, and checking files against it. */
#include "clearing/manifest.h"

#include "base/doc.h"
#include "base/json.h"
#include "base/text.h"
#include "clearing/file.h"
#include "clearing/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_LEN_MAX = 4096, ENTRIES_FIRST = 64 };

bool manifest_is_clearing_file(const char *name)
{
    static const char *const others[] = {MANIFEST_NAME, MANIFEST_SIGNATURE_NAME, REPORT_NAME_TEXT,
                                         REPORT_NAME_HTML};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return true;
}

enum result manifest_add(struct manifest *manifest, const struct manifest_entry *entry,
                         struct fault *fault)
{
    if (manifest->count == manifest->room) {
        size_t room = manifest->room == 0 ? ENTRIES_FIRST : manifest->room * 2;
        void *entries = realloc(manifest->entries, room * sizeof *manifest->entries);
        if (entries == NULL)
            return fault_set(fault, RESULT_IO, "no memory for the manifest");
        manifest->entries = entries;
        manifest->room = room;
    }
    manifest->entries[manifest->count++] = *entry;
    return RESULT_OK;
}

void manifest_deinit(struct manifest *manifest)
{
    free(manifest->entries);
    *manifest = (struct manifest){0};
}

static void format_entry(const struct manifest_entry *entry, bool with_folder, struct json *json)
{
    const char *name = with_folder ? entry->path : strchr(entry->path, '/') + 1;
    json_open_object(json);
    json_member(json, "file", name);
    json_member_int(json, "records", (int64_t)entry->records);
    json_member_int(json, "bytes", (int64_t)entry->bytes);
    json_member_int(json, "debit_minor", entry->debit_minor);
    json_member_int(json, "credit_minor", entry->credit_minor);
    if (entry->freeze_minor != 0 || entry->unfreeze_minor != 0) {
        json_member_int(json, "freeze_minor", entry->freeze_minor);
        json_member_int(json, "unfreeze_minor", entry->unfreeze_minor);
    }
    if (entry->fee_minor != 0)
        json_member_int(json, "fee_minor", entry->fee_minor);
    json_key(json, "sha256");
    json_hex(json, bytes_of(entry->sha256, sizeof entry->sha256));
    json_close_object(json);
}

void manifest_format(const struct manifest *manifest, const uint64_t *institution,
                     struct strbuf *out)
{
    struct json json = json_to(out);
    char id[CLEARING_ID_SIZE];
    json_open_object(&json);
    json_member_int(&json, "settlement_date", manifest->settlement_date);
    if (manifest->is_provisional) {
        json_member_bool(&json, "provisional", true);
        json_member_int(&json, "as_of_record", (int64_t)manifest->as_of);
        json_member_int(&json, "open", (int64_t)manifest->moving);
    }
    if (institution != NULL) {
        clearing_id_format(*institution, id);
        json_member(&json, "institution", id);
    } else
        json_member(&json, "switch", clearing_id_format(manifest->centre, id));
    if (manifest->fees != NULL) {
        json_key(&json, "fees");
        json_open_object(&json);
        json_member(&json, "table", manifest->fees->name);
        json_key(&json, "sha256");
        json_hex(&json, bytes_of(manifest->fees->sha256, sizeof manifest->fees->sha256));
        json_close_object(&json);
    }
    json_key(&json, "files");
    json_open_list(&json);
    for (size_t i = 0; i < manifest->count; i++)
        if (institution == NULL || manifest->entries[i].institution == *institution)
            format_entry(&manifest->entries[i], institution == NULL, &json);
    json_close_list(&json);
    json_close_object(&json);
    strbuf_text(out, "\n");
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Down into this folder only: a manifest may come from outside. */
static bool is_inside(const char *name, bool of_party)
{
    const char *slash = strchr(name, '/');
    if (name[0] == '\0' || name[0] == '.' || name[0] == '/' || (slash != NULL) == of_party)
        return false;
    return of_party || (slash[1] != '.' && slash[1] != '\0' && strchr(slash + 1, '/') == NULL);
}

static enum result read_entry(struct schema *schema, struct node *node, struct manifest *manifest)
{
    struct manifest_entry entry = {.institution = manifest->institution};
    const char *name = node_want_text(schema, node, "file", OUTPUT_PATH_MAX - 1);
    entry.bytes = (uint64_t)node_want_int(schema, node, "bytes", 0, INT64_MAX);
    size_t len = node_want_hex(schema, node, "sha256", entry.sha256, sizeof entry.sha256);
    entry.records = (uint64_t)node_want_int(schema, node, "records", 0, INT64_MAX);
    entry.debit_minor = node_want_int(schema, node, "debit_minor", 0, INT64_MAX);
    entry.credit_minor = node_want_int(schema, node, "credit_minor", 0, INT64_MAX);
    entry.freeze_minor = node_may_int(schema, node, "freeze_minor", 0, INT64_MAX, 0);
    entry.unfreeze_minor = node_may_int(schema, node, "unfreeze_minor", 0, INT64_MAX, 0);
    entry.fee_minor = node_may_int(schema, node, "fee_minor", INT64_MIN, INT64_MAX, 0);
    node_end(schema, node);
    if (schema->result == RESULT_OK &&
        (!is_inside(name, manifest->of_party) || len != sizeof entry.sha256))
        schema_fault(schema, node, "expected a file of this folder and 64 digits of its SHA-256");
    if (schema->result != RESULT_OK)
        return schema->result;
    snprintf(entry.path, sizeof entry.path, "%s", name);
    return manifest_add(manifest, &entry, schema->fault);
}

static uint64_t read_id(struct schema *schema, struct node *root, const char *key)
{
    const char *text = node_want_digits(schema, root, key, 1, CLEARING_ID_SIZE - 1);
    uint64_t number = 0;
    if (text != NULL)
        MUST(text_digits_parse(bytes_text(text), &number));
    return number;
}

/* Which fee table it was: for people, and for whoever cuts again. */
static void read_fees(struct schema *schema, struct node *fees)
{
    uint8_t ignored[DIGEST_LEN];
    if (fees == NULL)
        return;
    node_want_text(schema, fees, "table", FEE_TABLE_NAME_MAX);
    node_want_hex(schema, fees, "sha256", ignored, sizeof ignored);
    node_end(schema, fees);
}

static enum result read_manifest(struct schema *schema, struct node *root,
                                 struct manifest *manifest)
{
    manifest->settlement_date =
        (uint32_t)node_want_int(schema, root, "settlement_date", 19700101, 99991231);
    if (node_may_bool(schema, root, "provisional", false))
        schema_fault(schema, root,
                     "these files are provisional: they are no date's clearing files");
    manifest->of_party = node_find(root, "institution") != NULL;
    if (manifest->of_party)
        manifest->institution = read_id(schema, root, "institution");
    else
        manifest->centre = read_id(schema, root, "switch");
    read_fees(schema, node_may_map(schema, root, "fees"));
    struct node *files = node_want_list(schema, root, "files");
    node_end(schema, root);
    for (struct node *node = files != NULL ? files->child : NULL; node != NULL; node = node->next)
        TRY(read_entry(schema, node, manifest));
    return schema->result;
}

enum result manifest_parse(struct bytes text, const char *name, struct manifest *manifest,
                           struct fault *fault)
{
    struct doc *doc;
    *manifest = (struct manifest){0};
    TRY(doc_parse(text, name, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    enum result result = read_manifest(&schema, doc_root(doc), manifest);
    doc_free(doc);
    return result;
}

/* --- checking --------------------------------------------------------------------------------- */

enum result manifest_read(const char *path, struct strbuf *out, struct fault *fault)
{
    char chunk[16384];
    size_t got;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    while (!out->bad && (got = fread(chunk, 1, sizeof chunk, file)) > 0)
        strbuf_add(out, chunk, got);
    bool is_bad = ferror(file) != 0;
    int error = errno;
    fclose(file);
    if (is_bad)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(error));
    return out->bad ? fault_set(fault, RESULT_INPUT, "%s: over %zu bytes", path, out->max)
                    : RESULT_OK;
}

static enum result hash_file(const char *path, struct digest *digest, uint8_t sha256[DIGEST_LEN],
                             uint64_t *bytes, struct fault *fault)
{
    uint8_t chunk[16384];
    size_t got;
    struct stat there;
    /* Opening a pipe would wait for a writer. */
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return fault_set(fault, RESULT_INPUT, "%s: it is no regular file", path);
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fault_set(fault, errno == ENOENT ? RESULT_INPUT : RESULT_IO, "%s: %s", path,
                         strerror(errno));
    digest_init(digest);
    *bytes = 0;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        digest_update(digest, bytes_of(chunk, got));
        *bytes += got;
    }
    bool is_bad = ferror(file) != 0;
    int error = errno;
    fclose(file);
    digest_final(digest, sha256);
    return is_bad ? fault_set(fault, RESULT_IO, "%s: %s", path, strerror(error)) : RESULT_OK;
}

struct manifest_seen manifest_seen_of(const struct clearing_file *file)
{
    struct manifest_seen seen = {.bytes = file->bytes};
    memcpy(seen.sha256, file->sha256, sizeof seen.sha256);
    return seen;
}

/* Files that were read already, and what they were. */
struct known {
    const char *const *files;
    size_t count;
    const struct manifest_seen *seen; /* NULL: nobody knows */
};

static const struct manifest_seen *find_seen(const struct known *known, const char *path)
{
    for (size_t i = 0; known->seen != NULL && i < known->count; i++)
        if (strcmp(known->files[i], path) == 0)
            return &known->seen[i];
    return NULL;
}

static enum result check_file(const struct manifest_entry *entry, const char *folder,
                              const struct known *known, struct digest *digest, struct fault *fault)
{
    char path[PATH_LEN_MAX];
    struct manifest_seen found = {0};
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->path) >= sizeof path)
        return fault_set(fault, RESULT_IO, "%s: %s", entry->path, strerror(ENAMETOOLONG));
    const struct manifest_seen *seen = find_seen(known, path);
    if (seen == NULL)
        TRY(hash_file(path, digest, found.sha256, &found.bytes, fault));
    else
        found = *seen;
    if (found.bytes != entry->bytes)
        return fault_set(fault, RESULT_INPUT, "%s: expected %llu bytes as %s says, got %llu", path,
                         (unsigned long long)entry->bytes, MANIFEST_NAME,
                         (unsigned long long)found.bytes);
    if (memcmp(entry->sha256, found.sha256, sizeof found.sha256) != 0)
        return fault_set(fault, RESULT_INPUT, "%s: it is not the file that %s tells of", path,
                         MANIFEST_NAME);
    return RESULT_OK;
}

static enum result check_files(const struct manifest *manifest, const char *folder,
                               const struct known *known, struct fault *fault)
{
    struct digest *digest = NULL;
    enum result result = digest_open(&digest, fault);
    for (size_t i = 0; i < manifest->count && result == RESULT_OK; i++)
        result = check_file(&manifest->entries[i], folder, known, digest, fault);
    digest_close(digest);
    return result;
}

enum result manifest_check_files(const struct manifest *manifest, const char *folder,
                                 struct fault *fault)
{
    return check_files(manifest, folder, &(struct known){0}, fault);
}

static enum result folder_of(const char *path, char folder[PATH_LEN_MAX], struct fault *fault)
{
    const char *slash = strrchr(path, '/');
    int len = slash == NULL   ? snprintf(folder, PATH_LEN_MAX, ".")
              : slash == path ? snprintf(folder, PATH_LEN_MAX, "/")
                              : snprintf(folder, PATH_LEN_MAX, "%.*s", (int)(slash - path), path);
    return (size_t)len < PATH_LEN_MAX
               ? RESULT_OK
               : fault_set(fault, RESULT_IO, "%s: %s", path, strerror(ENAMETOOLONG));
}

/* Whatever they are called. */
static bool is_same_folder(const char *one, const char *other)
{
    struct stat a, b;
    return strcmp(one, other) == 0 || (stat(one, &a) == 0 && stat(other, &b) == 0 &&
                                       a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* Those of `files` that are in its folder are listed, and a party's manifest has some there: else
 * it is none of theirs. */
static enum result check_listed(const struct manifest *manifest, const char *folder,
                                const struct known *known, struct fault *fault)
{
    char beside[PATH_LEN_MAX];
    size_t found = 0;
    for (size_t i = 0; i < known->count; i++) {
        const char *slash = strrchr(known->files[i], '/');
        const char *name = slash != NULL ? slash + 1 : known->files[i];
        size_t at = 0;
        TRY(folder_of(known->files[i], beside, fault));
        if (!is_same_folder(folder, beside))
            continue;
        found++;
        while (at < manifest->count && strcmp(manifest->entries[at].path, name) != 0)
            at++;
        if (at == manifest->count)
            return fault_set(fault, RESULT_INPUT, "%s: %s does not list it", known->files[i],
                             MANIFEST_NAME);
    }
    if (manifest->of_party && known->count > 0 && found == 0)
        return fault_set(fault, RESULT_INPUT, "%s/%s: none of the files stands beside it", folder,
                         MANIFEST_NAME);
    return RESULT_OK;
}

enum result manifest_load(const char *path, struct manifest *manifest, struct fault *fault)
{
    struct strbuf text;
    *manifest = (struct manifest){0};
    strbuf_init(&text, MANIFEST_LEN_MAX);
    enum result result = manifest_read(path, &text, fault);
    if (result == RESULT_OK)
        result = manifest_parse(bytes_of(text.text, text.len), path, manifest, fault);
    strbuf_deinit(&text);
    return result;
}

enum result manifest_check(const char *path, const char *const *files, size_t file_count,
                           const struct manifest_seen *seen, struct fault *fault)
{
    struct known known = {files, file_count, seen};
    struct manifest manifest;
    char folder[PATH_LEN_MAX];
    TRY(folder_of(path, folder, fault));
    enum result result = manifest_load(path, &manifest, fault);
    if (result == RESULT_OK)
        result = check_files(&manifest, folder, &known, fault);
    if (result == RESULT_OK)
        result = check_listed(&manifest, folder, &known, fault);
    manifest_deinit(&manifest);
    return result;
}
