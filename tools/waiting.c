/* What waits in a party's store and forward: see waiting.h. The process is asked before the store
 * is read, so that what has ended meanwhile is not listed; what was stored meanwhile is listed
 * without what the process would say of it. */
#include "waiting.h"

#include "host.h"
#include "net/control_client.h"
#include "net/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CONNECT_MS = 200,   /* a living process listens; a socket without one refuses at once */
    ANSWER_MS = 10000,  /* for a page: a process stands still only while its disk does */
    TOLD_MAX = 1000000, /* the most places that a lab file may give */
};

/* --- asking the process ----------------------------------------------------------------------- */

struct asking {
    struct waiting *waiting;
    struct loop *loop;
    struct control_client *client;
    int64_t after; /* where the next page begins */
    bool is_whole;
    struct fault fault;
};

static void stop(struct asking *asking, const struct fault *fault)
{
    if (fault != NULL)
        asking->fault = *fault;
    loop_stop(asking->loop);
}

static void ask(struct asking *asking)
{
    char line[64];
    int len = snprintf(line, sizeof line, "{\"do\":\"waiting\",\"after\":%lld}",
                       (long long)asking->after);
    loop_arm(asking->loop, loop_now().mono_us + (uint64_t)ANSWER_MS * 1000);
    (void)control_client_send(asking->client, bytes_of(line, (size_t)len));
}

static void keep_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void read_item(struct schema *schema, struct node *item, struct waiting *waiting)
{
    if (waiting->told_count == waiting->told_room) {
        size_t room = waiting->told_room == 0 ? 256 : 2 * waiting->told_room;
        void *list = room <= 2 * (size_t)TOLD_MAX
                         ? realloc(waiting->told, room * sizeof *waiting->told)
                         : NULL;
        if (list == NULL) {
            schema_fault(schema, item, "no memory for so many stored messages");
            return;
        }
        waiting->told = list;
        waiting->told_room = room;
    }
    struct waiting_told *told = &waiting->told[waiting->told_count];
    *told = (struct waiting_told){.tries = 0};
    told->key.len =
        (uint8_t)node_want_hex(schema, item, "key", told->key.data, sizeof told->key.data);
    keep_text(told->peer, sizeof told->peer,
              node_may_text(schema, item, "peer", WAITING_NAME_MAX, NULL));
    keep_text(told->wait, sizeof told->wait,
              node_want_text(schema, item, "wait", WAITING_WORD_MAX));
    keep_text(told->outcome, sizeof told->outcome,
              node_want_text(schema, item, "outcome", WAITING_WORD_MAX));
    keep_text(told->code, sizeof told->code, node_may_text(schema, item, "code", 2, NULL));
    told->tries = (unsigned)node_want_int(schema, item, "tries", 0, UINT32_MAX);
    told->next_ms = node_may_int(schema, item, "next_ms", 0, INT64_MAX, 0);
    waiting->told_count += schema->result == RESULT_OK;
}

static enum result read_page(struct asking *asking, struct bytes line, struct fault *fault)
{
    struct doc *doc = NULL;
    TRY(doc_parse(line, "reply", &doc, fault));
    struct schema schema = schema_of(doc, fault);
    struct node *root = doc_root(doc);
    if (!node_may_bool(&schema, root, "ok", false)) {
        const char *error = node_may_text(&schema, root, "error", FAULT_TEXT_MAX, "no reason");
        fault_set(fault, RESULT_STATE, "%s", error != NULL ? error : "no reason");
        doc_free(doc);
        return RESULT_STATE;
    }
    struct node *items = node_want_list(&schema, root, "waiting");
    for (struct node *item = items != NULL ? items->child : NULL; item != NULL; item = item->next)
        read_item(&schema, item, asking->waiting);
    asking->after = node_may_int(&schema, root, "next", 1, UINT32_MAX, 0);
    asking->is_whole = asking->after == 0;
    doc_free(doc);
    return schema.result;
}

static void on_up(void *context, struct control_client *client)
{
    (void)client;
    ask(context);
}

static void on_line(void *context, struct control_client *client, struct bytes line)
{
    (void)client;
    struct asking *asking = context;
    struct fault fault = {RESULT_OK, ""};
    if (read_page(asking, line, &fault) != RESULT_OK)
        stop(asking, &fault);
    else if (asking->is_whole)
        stop(asking, NULL);
    else
        ask(asking);
}

static void on_down(void *context, struct control_client *client, const struct fault *fault)
{
    (void)client;
    struct asking *asking = context;
    /* Nobody listens: the socket of a process that was killed. Else it has ended in between. */
    stop(asking, asking->waiting->told_count > 0 ? fault : NULL);
}

static void on_deadline(void *context)
{
    struct fault fault;
    fault_set(&fault, RESULT_IO, "no answer within %d s", ANSWER_MS / 1000);
    stop(context, &fault);
}

static enum result ask_process(const char *path, struct waiting *waiting, struct fault *fault)
{
    static const struct loop_events events = {.deadline = on_deadline};
    static const struct control_client_events client = {
        .up = on_up, .line = on_line, .down = on_down};
    struct asking asking = {.waiting = waiting, .fault = {RESULT_OK, ""}};
    TRY(loop_open(&events, &asking, &asking.loop, fault));
    enum result result =
        control_client_open(asking.loop, path, CONNECT_MS, &client, &asking, &asking.client, fault);
    if (result == RESULT_OK) {
        loop_run(asking.loop);
        control_client_close(asking.client);
    }
    loop_close(asking.loop);
    waiting->is_running = asking.is_whole;
    keep_text(waiting->trouble, sizeof waiting->trouble, asking.fault.text);
    if (!asking.is_whole)
        waiting->told_count = 0;
    return result;
}

/* --- reading the store ------------------------------------------------------------------------ */

struct reading {
    struct waiting *waiting;
    bool no_memory, damaged;
};

static bool read_one(void *context, struct bytes key, struct bytes value)
{
    struct reading *reading = context;
    struct waiting *waiting = reading->waiting;
    if (waiting->count == waiting->room) {
        size_t room = waiting->room == 0 ? 256 : 2 * waiting->room;
        void *list = realloc(waiting->messages, room * sizeof *waiting->messages);
        reading->no_memory = list == NULL;
        if (reading->no_memory)
            return false;
        waiting->messages = list;
        waiting->room = room;
    }
    struct waiting_message *message = &waiting->messages[waiting->count++];
    *message = (struct waiting_message){.key.len = (uint8_t)key.len};
    memcpy(message->key.data, key.data, key.len);
    reading->damaged =
        !forward_read(value, &message->operation, &message->institution, &message->since_us);
    return !reading->damaged;
}

static enum result read_store(const char *folder, struct waiting *waiting, struct fault *fault)
{
    uint8_t first[] = {TABLE_FORWARD}, end[] = {TABLE_FORWARD + 1};
    char path[COMMAND_PATH_MAX];
    struct store *store = NULL;
    struct reading reading = {.waiting = waiting};
    host_store_path(folder, path);
    TRY(store_open_lmdb(path, STORE_READ_ONLY, 0, &store, fault));
    enum result result =
        store_scan(store, bytes_of(first, 1), bytes_of(end, 1), read_one, &reading, fault);
    store_close(store);
    if (reading.no_memory)
        return fault_set(fault, RESULT_LIMIT, "no memory for so many stored messages");
    if (reading.damaged)
        return fault_set(fault, RESULT_CORRUPT, "a store-and-forward record cannot be read");
    return result;
}

/* --- both together ---------------------------------------------------------------------------- */

static int compare_keys(const struct store_key *a, const struct store_key *b)
{
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_told(const void *left, const void *right)
{
    const struct waiting_told *a = left, *b = right;
    return compare_keys(&a->key, &b->key);
}

static int compare_messages(const void *left, const void *right)
{
    const struct waiting_message *a = left, *b = right;
    int order = forward_compare(a->since_us, a->operation.stan, b->since_us, b->operation.stan);
    return order != 0 ? order : compare_keys(&a->key, &b->key);
}

enum result waiting_read(const char *folder, struct waiting *waiting, struct fault *fault)
{
    char path[COMMAND_PATH_MAX + sizeof HOST_CONTROL_NAME];
    struct stat found;
    *waiting = (struct waiting){.count = 0};
    snprintf(path, sizeof path, "%s/%s", folder, HOST_CONTROL_NAME);
    if (stat(path, &found) == 0)
        TRY(ask_process(path, waiting, fault));
    TRY(read_store(folder, waiting, fault));
    if (waiting->told_count > 0)
        qsort(waiting->told, waiting->told_count, sizeof *waiting->told, compare_told);
    for (size_t i = 0; i < waiting->count && waiting->told_count > 0; i++) {
        struct waiting_told wanted = {.key = waiting->messages[i].key};
        waiting->messages[i].told = bsearch(&wanted, waiting->told, waiting->told_count,
                                            sizeof *waiting->told, compare_told);
    }
    if (waiting->count > 0)
        qsort(waiting->messages, waiting->count, sizeof *waiting->messages, compare_messages);
    return RESULT_OK;
}

void waiting_deinit(struct waiting *waiting)
{
    free(waiting->messages);
    free(waiting->told);
    *waiting = (struct waiting){.count = 0};
}
