/* The manifest: writing it, and checking files against it. */
#include "clearing/manifest.h"

#include "base/doc.h"
#include "base/json.h"
#include "base/text.h"
#include "clearing/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (institution != NULL) {
        clearing_id_format(*institution, id);
        json_member(&json, "institution", id);
    }
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

/* --- checking --------------------------------------------------------------------------------- */

static enum result hash_file(const char *path, struct digest *digest, uint8_t sha256[DIGEST_LEN],
                             uint64_t *bytes, struct fault *fault)
{
    uint8_t chunk[16384];
    size_t got;
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

/* Down into this folder only: a manifest may come from outside. */
static bool is_inside(const char *name)
{
    const char *slash = strchr(name, '/');
    return name[0] != '.' && name[0] != '/' &&
           (slash == NULL || (slash[1] != '.' && strchr(slash + 1, '/') == NULL));
}

static enum result check_file(struct schema *schema, struct node *node, const char *manifest,
                              struct digest *digest)
{
    char path[PATH_LEN_MAX];
    uint8_t said[DIGEST_LEN] = {0}, found[DIGEST_LEN];
    uint64_t bytes = 0;
    const char *name = node_want_text(schema, node, "file", OUTPUT_PATH_MAX - 1);
    int64_t said_bytes = node_want_int(schema, node, "bytes", 0, INT64_MAX);
    size_t len = node_want_hex(schema, node, "sha256", said, sizeof said);
    node_want_int(schema, node, "records", 0, INT64_MAX);
    node_want_int(schema, node, "debit_minor", 0, INT64_MAX);
    node_want_int(schema, node, "credit_minor", 0, INT64_MAX);
    node_end(schema, node);
    if (schema->result == RESULT_OK && (!is_inside(name) || len != sizeof said))
        schema_fault(schema, node, "expected a file of this folder and 64 digits of its SHA-256");
    if (schema->result != RESULT_OK)
        return schema->result;
    const char *slash = strrchr(manifest, '/');
    int folder = slash != NULL ? (int)(slash - manifest) + 1 : 0;
    if ((size_t)snprintf(path, sizeof path, "%.*s%s", folder, manifest, name) >= sizeof path)
        return fault_set(schema->fault, RESULT_IO, "%s: %s", name, strerror(ENAMETOOLONG));
    TRY(hash_file(path, digest, found, &bytes, schema->fault));
    if (bytes != (uint64_t)said_bytes)
        return fault_set(schema->fault, RESULT_INPUT,
                         "%s: expected %lld bytes as %s says, got %llu", path,
                         (long long)said_bytes, MANIFEST_NAME, (unsigned long long)bytes);
    if (memcmp(said, found, sizeof said) != 0)
        return fault_set(schema->fault, RESULT_INPUT, "%s: it is not the file that %s tells of",
                         path, MANIFEST_NAME);
    return RESULT_OK;
}

/* Which fee table it was: for people, and for whoever cuts again. */
static void check_fees(struct schema *schema, struct node *fees)
{
    uint8_t ignored[DIGEST_LEN];
    if (fees == NULL)
        return;
    node_want_text(schema, fees, "table", FEE_TABLE_NAME_MAX);
    node_want_hex(schema, fees, "sha256", ignored, sizeof ignored);
    node_end(schema, fees);
}

static enum result check_files(struct schema *schema, struct node *root, const char *manifest,
                               struct digest *digest)
{
    node_want_int(schema, root, "settlement_date", 19700101, 99991231);
    node_may_text(schema, root, "institution", CLEARING_ID_SIZE - 1, NULL);
    check_fees(schema, node_may_map(schema, root, "fees"));
    struct node *files = node_want_list(schema, root, "files");
    node_end(schema, root);
    for (struct node *node = files != NULL ? files->child : NULL; node != NULL; node = node->next)
        TRY(check_file(schema, node, manifest, digest));
    return schema->result;
}

enum result manifest_check(const char *path, struct fault *fault)
{
    struct doc *doc;
    struct digest *digest = NULL;
    TRY(doc_load(path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    enum result result = digest_open(&digest, fault);
    if (result == RESULT_OK)
        result = check_files(&schema, doc_root(doc), path, digest);
    digest_close(digest);
    doc_free(doc);
    return result;
}
