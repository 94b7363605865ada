/* cardlab audit: what must always hold, looked up in the stores of a lab at rest. It says nothing
 * of clearing files: those are compared by cardlab reconcile. */
#include "host.h"

#include "base/json.h"
#include "clearing/audit.h"
#include "lab/lab.h"

#include <stdlib.h>

enum { OPTION_JSON = 1 };

static const struct command command = {
    .name = "audit",
    .arguments = "LAB_FOLDER",
    .summary = "Checks what must always hold, over the stores of all parties of a lab.",
    .details =
        "  cardlab audit cardlab-demo\n"
        "\n"
        "The folder holds lab.yaml and a data folder a party, as demo and up leave it. Nothing "
        "may\n"
        "be under way any more: what is not finished is a violation. Checked are statements 1, 2,\n"
        "3 and 7 of \"What always holds\" (docs/protocol.md); for statement 8 see reconcile.\n"
        "Only reads. Exit 0 when all of it holds, 1 when not, and each violation is listed.",
    .options =
        (const struct command_option[]){
            {OPTION_JSON, "json", NULL, "one JSON object"},
            {0, NULL, NULL, NULL},
        },
};

struct auditing {
    const char *folder;
    bool json;
    struct lab *lab;
    struct audit_party parties[LAB_INSTITUTIONS_MAX + 1];
    size_t count;
    struct audit_result result;
};

/* --- the stores ------------------------------------------------------------------------------- */

static enum result add_party(struct auditing *auditing, const char *short_name, const char *id,
                             enum clearing_role role, struct fault *fault)
{
    struct audit_party *party = &auditing->parties[auditing->count];
    struct institution institution;
    char path[COMMAND_PATH_MAX];
    if (!institution_parse(bytes_text(id), &institution))
        return fault_set(fault, RESULT_BUG, "institution id %s", id);
    party->member = (struct clearing_member){institution.number, role, NULL};
    snprintf(path, sizeof path, "%s/%s/%s", auditing->folder, short_name, HOST_STORE_NAME);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &party->store, fault));
    auditing->count++;
    return RESULT_OK;
}

/* An external institution is somebody's real host: it has no store here. */
static enum result add_parties(struct auditing *auditing, struct fault *fault)
{
    const struct lab *lab = auditing->lab;
    TRY(add_party(auditing, lab->centre.short_name, lab->centre.id, CLEARING_SWITCH, fault));
    for (size_t i = 0; i < lab->institution_count; i++) {
        const struct lab_institution *one = &lab->institutions[i];
        if (!one->external)
            TRY(add_party(auditing, one->short_name, one->id,
                          one->role == LAB_ISSUER ? CLEARING_ISSUER : CLEARING_WALLET, fault));
    }
    return RESULT_OK;
}

static enum result run(struct auditing *auditing, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    snprintf(path, sizeof path, "%s/lab.yaml", auditing->folder);
    TRY(lab_load(path, &auditing->lab, fault));
    TRY(add_parties(auditing, fault));
    return audit_at_rest(auditing->parties, auditing->count, NULL, 0, &auditing->result, fault);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void print_text(const struct auditing *auditing)
{
    const struct audit_result *result = &auditing->result;
    if (result->count == 0)
        printf("%zu stores, no violation: money conserved, every freeze adds up, every share paid\n"
               "at most once, nothing unfinished\n",
               auditing->count);
    for (size_t i = 0; i < result->listed; i++)
        printf("VIOLATION statement %u: %s\n", result->list[i].statement, result->list[i].text);
    if (result->count > result->listed)
        printf("... and %llu more\n", (unsigned long long)(result->count - result->listed));
}

static void print_json(const struct auditing *auditing)
{
    const struct audit_result *result = &auditing->result;
    struct strbuf text;
    strbuf_init(&text, 1 << 20); /* a listed violation takes less than 1,500 bytes, escaped */
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member_int(&json, "stores", (int64_t)auditing->count);
    json_member_int(&json, "violation_count", (int64_t)result->count);
    json_key(&json, "violations");
    json_open_list(&json);
    for (size_t i = 0; i < result->listed; i++) {
        json_open_object(&json);
        json_member_int(&json, "statement", result->list[i].statement);
        json_member(&json, "text", result->list[i].text);
        json_close_object(&json);
    }
    json_close_list(&json);
    json_close_object(&json);
    MUST(!text.bad);
    printf("%s\n", text.text);
    strbuf_deinit(&text);
}

/* --- the command ------------------------------------------------------------------------------ */

static int take_options(struct auditing *auditing, int argc, char **argv)
{
    const char *value;
    int first, id;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0)
        auditing->json = true;
    if (id == COMMAND_DONE)
        return first;
    if (argc != first + 1)
        return command_usage(&command, "expected the folder of a lab");
    auditing->folder = argv[first];
    return -1;
}

int cmd_audit(int argc, char **argv)
{
    struct fault fault = {RESULT_OK, ""};
    struct auditing *auditing = calloc(1, sizeof *auditing);
    MUST(auditing != NULL);
    int code = take_options(auditing, argc, argv);
    if (code < 0 && run(auditing, &fault) != RESULT_OK)
        code = command_fail(&command, &fault);
    else if (code < 0) {
        code = auditing->result.count == 0 ? COMMAND_GOOD : COMMAND_NO;
        if (auditing->json)
            print_json(auditing);
        else
            print_text(auditing);
    }
    for (size_t i = 0; i < auditing->count; i++)
        store_close(auditing->parties[i].store);
    lab_free(auditing->lab);
    free(auditing);
    return code;
}
