/* The control socket of a party process: which commands every party knows, and how calls and their
 * replies are kept together. One JSON object a line: {"id": 7, "do": "status"}.
 *
 *   {"do": "status"}               what a party is doing
 *   {"do": "waiting", "after": N}  a page of what is stored and forwarded, from 0
 *   {"do": "stop"}                 as SIGTERM */
#include "host.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    WHAT_MAX = 32,
    WAITING_PAGE = 128, /* stored messages in a reply: at most 350 bytes each */
};

struct json *host_reply(struct host_call *call)
{
    strbuf_clear(&call->text);
    call->json = json_to(&call->text);
    json_open_object(&call->json);
    json_member_int(&call->json, "id", call->id);
    json_member_bool(&call->json, "ok", true);
    return &call->json;
}

static void call_forget(struct host_call *call)
{
    struct host *host = call->host;
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        host->calls = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    host->call_count--;
    strbuf_deinit(&call->text);
    free(call);
}

void host_done(struct host_call *call)
{
    json_close_object(&call->json);
    if (call->peer != NULL && !call->text.bad)
        control_send(call->peer, bytes_of(call->text.text, call->text.len));
    call_forget(call);
}

void host_refuse(struct host_call *call, const char *format, ...)
{
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    strbuf_clear(&call->text);
    call->json = json_to(&call->text);
    json_open_object(&call->json);
    json_member_int(&call->json, "id", call->id);
    json_member_bool(&call->json, "ok", false);
    json_member(&call->json, "error", text);
    host_done(call);
}

/* Memory that this process has for itself, without pages of files; 0: the system does not say. */
static long long private_kb(void)
{
    char line[128];
    long long kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && kb == 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kb = strtoll(line + 8, NULL, 10);
    if (file != NULL)
        fclose(file);
    return kb;
}

/* What this process has cost so far. */
static void write_costs(const struct host *host, struct json *json)
{
    struct store_stats stats = store_stats(host->store);
    struct rusage usage;
    json_member_int(json, "steps", (int64_t)stats.steps);
    json_member_int(json, "commits", (int64_t)stats.commits);
    json_member_int(json, "store_bytes", (int64_t)stats.bytes);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        json_member_int(json, "user_us",
                        usage.ru_utime.tv_sec * INT64_C(1000000) + usage.ru_utime.tv_usec);
        json_member_int(json, "system_us",
                        usage.ru_stime.tv_sec * INT64_C(1000000) + usage.ru_stime.tv_usec);
    }
    json_member_int(json, "private_kb", private_kb());
}

/* Tries of stored messages in vain, by why. */
static void write_delays(const struct party_view *view, struct json *json)
{
    json_key(json, "delays");
    json_open_object(json);
    for (enum forward_outcome outcome = FORWARD_ANSWERED; outcome < FORWARD_OUTCOMES; outcome++)
        json_member_int(json, forward_outcome_name(outcome), (int64_t)view->delays[outcome]);
    json_close_object(json);
}

static void reply_status(struct host_call *call)
{
    struct host *host = call->host;
    struct party_view view = party_view(host->party);
    struct json *json = host_reply(call);
    json_member(json, "role", host->role->name);
    json_member_int(json, "business_date", view.business_date);
    json_member_int(json, "messages", (int64_t)host->messages);
    json_member_int(json, "requests", view.requests);
    json_member_int(json, "exchanges", view.exchanges);
    json_member_int(json, "forwards", view.forwards);
    json_member_int(json, "mac_failures", (int64_t)view.mac_failures);
    json_member_int(json, "rejects", (int64_t)view.rejects);
    json_member_int(json, "unmatched", (int64_t)view.unmatched);
    write_costs(host, json);
    write_delays(&view, json);
    json_key(json, "peers");
    json_open_list(json);
    for (unsigned peer = 0; peer < view.peers; peer++) {
        struct party_peer_view one = party_peer_view(host->party, peer);
        json_open_object(json);
        json_member(json, "name", one.name);
        json_member_bool(json, "link", one.links != 0);
        json_member_bool(json, "signed_on", one.signed_on);
        json_member_int(json, "in", (int64_t)one.messages_in);
        json_member_int(json, "out", (int64_t)one.messages_out);
        json_member_int(json, "requests", one.requests);
        json_member_int(json, "asked", one.asked);
        json_member_int(json, "forwards", one.forwards);
        host_links_status(host, peer, json);
        json_close_object(json);
    }
    json_close_list(json);
    json_key(json, "recent");
    json_open_list(json);
    uint64_t from = host->recent_count > HOST_RECENT_MAX ? host->recent_count - HOST_RECENT_MAX : 0;
    for (uint64_t i = from; i < host->recent_count; i++) {
        char line[HOST_RECENT_TEXT_MAX];
        host_seen_format(host, &host->recent[i % HOST_RECENT_MAX], line);
        json_text(json, line);
    }
    json_close_list(json);
    host->role->status(host, json);
    host_done(call);
}

static void write_waiting(struct json *json, const struct party_forward_view *view, uint64_t now_us)
{
    char code[3];
    json_open_object(json);
    json_key(json, "key");
    json_hex(json, bytes_of(view->key->data, view->key->len));
    if (view->peer != NULL)
        json_member(json, "peer", view->peer);
    json_member_int(json, "tries", view->tries);
    json_member(json, "wait", forward_wait_name(view->wait));
    json_member(json, "outcome", forward_outcome_name(view->outcome));
    if (view->code != CODE_NONE) {
        code_format(view->code, code);
        json_member(json, "code", code);
    }
    if (view->wait == FORWARD_WAITS_FOR_DELAY)
        json_member_int(json, "next_ms",
                        view->due_us > now_us ? (int64_t)(view->due_us - now_us) / 1000 : 0);
    json_close_object(json);
}

/* A page of what is stored and forwarded; "next", when there is more, is the next page's "after".
 */
static void reply_waiting(struct host_call *call, unsigned after)
{
    struct host *host = call->host;
    struct party_forward_view views[WAITING_PAGE];
    unsigned count = party_forward_page(host->party, &after, views, WAITING_PAGE);
    uint64_t now_us = loop_now().mono_us;
    struct json *json = host_reply(call);
    json_key(json, "waiting");
    json_open_list(json);
    for (unsigned i = 0; i < count; i++)
        write_waiting(json, &views[i], now_us);
    json_close_list(json);
    if (after != UINT_MAX)
        json_member_int(json, "next", after);
    host_done(call);
}

static void run_waiting(struct host_call *call, struct schema *schema, struct node *line)
{
    unsigned after = (unsigned)node_may_int(schema, line, "after", 0, UINT_MAX, 0);
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else
        reply_waiting(call, after);
}

static void run(struct host_call *call, struct doc *doc, struct fault *fault)
{
    struct host *host = call->host;
    struct schema schema = schema_of(doc, fault);
    struct node *line = doc_root(doc);
    call->id = node_may_int(&schema, line, "id", 0, INT64_MAX, 0);
    const char *what = node_want_text(&schema, line, "do", WHAT_MAX);
    if (schema.result != RESULT_OK)
        host_refuse(call, "%s", fault->text);
    else if (strcmp(what, "status") == 0)
        reply_status(call);
    else if (strcmp(what, "waiting") == 0)
        run_waiting(call, &schema, line);
    else if (strcmp(what, "stop") == 0) {
        host_reply(call);
        host_done(call);
        loop_stop(host->loop);
    } else if (strcmp(what, "line-test") == 0)
        host_line_test(host, call, &schema, line);
    else if (!host->role->command(host, call, what, &schema, line))
        host_refuse(call, "the %s knows no command %s", host->role->name, what);
}

static void on_line(void *context, struct control_peer *peer, struct bytes line)
{
    struct host *host = context;
    party_tick(host->party, loop_now()); /* what it asks for is of now, not of the last message */
    struct host_call *call = host->call_count < HOST_CALLS_MAX ? calloc(1, sizeof *call) : NULL;
    struct fault fault = {RESULT_OK, ""};
    struct doc *doc = NULL;
    if (call == NULL) {
        control_hang_up(peer);
        return;
    }
    call->host = host;
    call->peer = peer;
    strbuf_init(&call->text, CONTROL_LINE_LEN_MAX - 1);
    call->next = host->calls;
    if (call->next != NULL)
        call->next->previous = call;
    host->calls = call;
    host->call_count++;
    if (doc_parse(line, "control", &doc, &fault) != RESULT_OK)
        host_refuse(call, "%s", fault.text);
    else
        run(call, doc, &fault);
    doc_free(doc);
}

static void on_gone(void *context, struct control_peer *peer, const struct fault *fault)
{
    (void)fault;
    struct host *host = context;
    for (struct host_call *call = host->calls; call != NULL; call = call->next)
        if (call->peer == peer)
            call->peer = NULL;
}

enum result host_control_open(struct host *host, struct fault *fault)
{
    static const struct control_events events = {.line = on_line, .gone = on_gone};
    char path[COMMAND_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", host->data, HOST_CONTROL_NAME);
    return control_open(host->loop, path, &events, host, &host->control, fault);
}

void host_control_close(struct host *host)
{
    control_close(host->control);
    for (struct host_call *call = host->calls; call != NULL;) {
        struct host_call *next = call->next;
        strbuf_deinit(&call->text);
        free(call);
        call = next;
    }
    host->calls = NULL;
}
