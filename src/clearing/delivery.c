/* The file of deliveries: written by rename, read as its schema says. */
#include "clearing/delivery.h"

#include "base/date.h"
#include "base/doc.h"
#include "base/json.h"
#include "clearing/manifest.h"
#include "clearing/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LEN_MAX = 1 << 20 };

static const char *const states[DELIVERY_STATES + 1] = {"due", "started", "delivered", "failed"};

const char *delivery_state_name(enum delivery_state state)
{
    return states[state];
}

/* --- the set ---------------------------------------------------------------------------------- */

static enum result hash_manifest(const struct deliveries *deliveries, struct delivery *delivery,
                                 struct fault *fault)
{
    char path[DELIVERY_PATH_MAX + 64], id[CLEARING_ID_SIZE];
    struct strbuf text;
    struct digest *digest = NULL;
    struct fault ignored = {RESULT_OK, ""};
    snprintf(path, sizeof path, "%s/%s/%s", deliveries->folder,
             clearing_id_format(delivery->institution, id), MANIFEST_NAME);
    strbuf_init(&text, MANIFEST_LEN_MAX);
    /* A party whose manifest is lost is refused when its turn comes, and keeps nobody waiting. */
    if (manifest_read(path, &text, &ignored) != RESULT_OK) {
        strbuf_deinit(&text);
        return RESULT_OK;
    }
    enum result result = digest_open(&digest, fault);
    if (result == RESULT_OK) {
        struct bytes run = bytes_of(text.text, text.len);
        digest_sha256(digest, &run, 1, delivery->manifest);
    }
    digest_close(digest);
    strbuf_deinit(&text);
    return result;
}

static enum result add_party(struct deliveries *deliveries, const struct manifest *manifest,
                             const char *path, struct fault *fault)
{
    const char *slash = strchr(path, '/');
    uint64_t number;
    if (!text_digits_parse(bytes_of(path, (size_t)(slash - path)), &number))
        return fault_set(fault, RESULT_INPUT, "%s: %s is no folder of a party", deliveries->folder,
                         path);
    size_t count = deliveries->count;
    if (number == manifest->centre ||
        (count > 0 && deliveries->list[count - 1].institution == number))
        return RESULT_OK;
    if (count == CLEARING_PARTIES_MAX ||
        (count > 0 && deliveries->list[count - 1].institution > number))
        return fault_set(fault, RESULT_INPUT, "%s/%s: its parties are too many, or in disorder",
                         deliveries->folder, MANIFEST_NAME);
    struct delivery *delivery = &deliveries->list[deliveries->count++];
    *delivery = (struct delivery){.institution = number};
    return hash_manifest(deliveries, delivery, fault);
}

static enum result read_set(struct deliveries *deliveries, struct fault *fault)
{
    char path[DELIVERY_PATH_MAX + 64];
    struct strbuf text;
    struct manifest manifest = {0};
    snprintf(path, sizeof path, "%s/%s", deliveries->folder, MANIFEST_NAME);
    strbuf_init(&text, MANIFEST_LEN_MAX);
    enum result result = manifest_read(path, &text, fault);
    if (result == RESULT_OK)
        result = manifest_parse(bytes_of(text.text, text.len), path, &manifest, fault);
    if (result == RESULT_OK && manifest.of_party)
        result = fault_set(fault, RESULT_INPUT, "%s: it is one party's, not a date's",
                           deliveries->folder);
    deliveries->date = manifest.settlement_date;
    for (size_t i = 0; i < manifest.count && result == RESULT_OK; i++)
        result = add_party(deliveries, &manifest, manifest.entries[i].path, fault);
    manifest_deinit(&manifest);
    strbuf_deinit(&text);
    return result;
}

/* --- the file beside it ----------------------------------------------------------------------- */

static void read_delivery(struct schema *schema, struct node *node, struct deliveries *deliveries)
{
    struct delivery read = {0};
    const char *id = node_want_digits(schema, node, "institution", 1, CLEARING_ID_SIZE - 1);
    read.state = (enum delivery_state)node_want_choice(schema, node, "state", states);
    size_t len = node_want_hex(schema, node, "manifest_sha256", read.manifest, DIGEST_LEN);
    read.tries = (uint64_t)node_want_int(schema, node, "tries", 0, INT64_MAX);
    node_want_text(schema, node, "at", DATE_ISO_SIZE);
    read.at_us = node_want_int(schema, node, "at_us", INT64_MIN, INT64_MAX);
    read.status = node_want_int(schema, node, "status", 0, 255);
    read.signum = node_want_int(schema, node, "signal", 0, 255);
    const char *reason = node_may_text(schema, node, "reason", DELIVERY_REASON_MAX, "");
    const char *said = node_may_text(schema, node, "said", DELIVERY_SAID_MAX, "");
    node_end(schema, node);
    if (schema->result == RESULT_OK && len != DIGEST_LEN)
        schema_fault(schema, node, "expected 64 digits of a SHA-256");
    if (schema->result != RESULT_OK || !text_digits_parse(bytes_text(id), &read.institution))
        return;
    snprintf(read.reason, sizeof read.reason, "%s", reason);
    snprintf(read.said, sizeof read.said, "%s", said);
    for (size_t i = 0; i < deliveries->count; i++) {
        struct delivery *delivery = &deliveries->list[i];
        bool is_same = delivery->institution == read.institution &&
                       memcmp(delivery->manifest, read.manifest, DIGEST_LEN) == 0;
        if (is_same)
            *delivery = read;
    }
}

static enum result read_file(struct deliveries *deliveries, struct fault *fault)
{
    struct doc *doc;
    if (access(deliveries->path, F_OK) != 0 && errno == ENOENT)
        return RESULT_OK;
    TRY(doc_load(deliveries->path, &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    node_want_int(&schema, root, "settlement_date", 19700101, 99991231);
    const char *command = node_may_text(&schema, root, "command", DELIVERY_PATH_MAX - 1, "");
    deliveries->limit_s = node_may_int(&schema, root, "limit_s", 0, DELIVERY_LIMIT_MAX_S, 0);
    struct node *list = node_want_list(&schema, root, "deliveries");
    node_end(&schema, root);
    for (struct node *node = list != NULL ? list->child : NULL;
         node != NULL && schema.result == RESULT_OK; node = node->next)
        read_delivery(&schema, node, deliveries);
    if (schema.result == RESULT_OK)
        snprintf(deliveries->command, sizeof deliveries->command, "%s", command);
    doc_free(doc);
    return schema.result;
}

enum result deliveries_load(const char *folder, struct deliveries *deliveries, struct fault *fault)
{
    char *whole = realpath(folder, NULL);
    *deliveries = (struct deliveries){0};
    if (whole == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    int len = snprintf(deliveries->folder, sizeof deliveries->folder, "%s", whole);
    free(whole);
    if (len < 2 || (size_t)len >= sizeof deliveries->folder)
        return fault_set(fault, RESULT_INPUT, "%s: it is no folder of a date", folder);
    snprintf(deliveries->path, sizeof deliveries->path, "%s.delivery.json", deliveries->folder);
    TRY(read_set(deliveries, fault));
    return read_file(deliveries, fault);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void format_file(const struct deliveries *deliveries, struct strbuf *out)
{
    struct json json = json_to(out);
    char id[CLEARING_ID_SIZE], at[DATE_ISO_SIZE];
    json_open_object(&json);
    json_member_int(&json, "settlement_date", deliveries->date);
    if (deliveries->command[0] != '\0')
        json_member(&json, "command", deliveries->command);
    if (deliveries->limit_s != 0)
        json_member_int(&json, "limit_s", deliveries->limit_s);
    json_key(&json, "deliveries");
    json_open_list(&json);
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct delivery *delivery = &deliveries->list[i];
        if (delivery->state == DELIVERY_DUE)
            continue;
        json_open_object(&json);
        json_member(&json, "institution", clearing_id_format(delivery->institution, id));
        json_member(&json, "state", states[delivery->state]);
        json_key(&json, "manifest_sha256");
        json_hex(&json, bytes_of(delivery->manifest, DIGEST_LEN));
        json_member_int(&json, "tries", (int64_t)delivery->tries);
        json_member(&json, "at", date_iso_format(delivery->at_us, at));
        json_member_int(&json, "at_us", delivery->at_us);
        json_member_int(&json, "status", delivery->status);
        json_member_int(&json, "signal", delivery->signum);
        if (delivery->reason[0] != '\0')
            json_member(&json, "reason", delivery->reason);
        if (delivery->said[0] != '\0')
            json_member(&json, "said", delivery->said);
        json_close_object(&json);
    }
    json_close_list(&json);
    json_close_object(&json);
    strbuf_text(out, "\n");
}

static bool write_synced(int fd, const struct strbuf *text)
{
    return output_write_all(fd, text->text, text->len) && fsync(fd) == 0;
}

static bool sync_parent(const struct deliveries *deliveries)
{
    char parent[DELIVERY_PATH_MAX + 4];
    snprintf(parent, sizeof parent, "%s/..", deliveries->folder);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

enum result deliveries_save(const struct deliveries *deliveries, struct fault *fault)
{
    char partial[DELIVERY_PATH_MAX + 64];
    struct strbuf text;
    snprintf(partial, sizeof partial, "%s.partial", deliveries->path);
    strbuf_init(&text, FILE_LEN_MAX);
    format_file(deliveries, &text);
    MUST(!text.bad);
    int fd =
        open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool good = fd >= 0 && write_synced(fd, &text);
    int error = errno;
    if (fd >= 0)
        close(fd);
    strbuf_deinit(&text);
    if (good) {
        good = rename(partial, deliveries->path) == 0 && sync_parent(deliveries);
        error = errno;
    } else if (fd >= 0)
        unlink(partial);
    return good ? RESULT_OK
                : fault_set(fault, RESULT_IO, "%s: %s", deliveries->path, strerror(error));
}
