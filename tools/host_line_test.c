/* Line tests on demand: one 0820/301 over each link of a peer, or of all; the reply says how long
 * each took there and back, or what went wrong.
 *
 *   {"do": "line-test"}                      every peer
 *   {"do": "line-test", "peer": "harbour"}   by short name or id */
#include "host_links.h"

#include "host.h"

#include <stdlib.h>
#include <string.h>

struct tested {
    struct host_test test; /* first */
    struct host_line_test *whole;
    const struct host_line *line;
    bool was_up, is_asked;
    struct line_test result;
};

struct host_line_test {
    struct host *host;
    struct host_call *call;
    unsigned open; /* not answered yet */
    unsigned count;
    struct tested tested[];
};

static void write_one(struct json *json, const struct tested *one)
{
    char text[COMMAND_PATH_MAX], code[3];
    json_open_object(json);
    if (one->is_asked && one->result.code == CODE_APPROVED)
        json_member_int(json, "us", (int64_t)one->result.us);
    else if (!one->was_up)
        json_member(json, "error", "not up");
    else if (!one->is_asked)
        json_member(json, "error", "it takes no message");
    else if (one->result.code != CODE_NONE) {
        code_format(one->result.code, code);
        snprintf(text, sizeof text, "answered %s", code);
        json_member(json, "error", text);
    } else if (one->result.us >= HOST_LINE_TEST_MS * UINT64_C(1000)) {
        snprintf(text, sizeof text, "no answer within %d ms", HOST_LINE_TEST_MS);
        json_member(json, "error", text);
    } else
        json_member(json, "error", "it broke");
    json_close_object(json);
}

static void reply(struct host_line_test *whole)
{
    struct json *json = host_reply(whole->call);
    const struct host_peer *peer = NULL;
    json_key(json, "peers");
    json_open_list(json);
    for (unsigned i = 0; i < whole->count; i++) {
        const struct tested *one = &whole->tested[i];
        if (peer != one->line->peer) {
            if (peer != NULL) {
                json_close_list(json);
                json_close_object(json);
            }
            peer = one->line->peer;
            json_open_object(json);
            json_member(json, "name", party_peer_name(whole->host->party, peer->number));
            json_key(json, "links");
            json_open_list(json);
        }
        write_one(json, one);
    }
    if (peer != NULL) {
        json_close_list(json);
        json_close_object(json);
    }
    json_close_list(json);
    whole->host->line_test = NULL;
    host_done(whole->call);
    free(whole);
}

static void on_tested(struct host_test *test, const struct line_test *result)
{
    struct tested *one = (struct tested *)test; /* its first member */
    one->result = *result;
    if (--one->whole->open == 0)
        reply(one->whole);
}

static void begin(struct host *host, struct host_call *call, unsigned first, unsigned end)
{
    unsigned count = 0;
    for (unsigned peer = first; peer < end; peer++)
        count += host->peers[peer].line_count;
    struct host_line_test *whole = calloc(1, sizeof *whole + count * sizeof whole->tested[0]);
    if (whole == NULL) {
        host_refuse(call, "no memory for a line test");
        return;
    }
    host->line_test = whole;
    whole->host = host;
    whole->call = call;
    for (unsigned peer = first; peer < end; peer++)
        for (unsigned i = 0; i < host->peers[peer].line_count; i++) {
            struct tested *one = &whole->tested[whole->count++];
            one->test.ended = on_tested;
            one->whole = whole;
            one->line = &host->peers[peer].lines[i];
            one->was_up = one->line->is_up;
            one->is_asked =
                party_line_test(host->party, peer, i, HOST_LINE_TEST_MS, &one->test, loop_now());
            whole->open += one->is_asked ? 1 : 0;
        }
    if (whole->open == 0)
        reply(whole);
}

/* -1: there is none of this name. */
static int find_peer(const struct host *host, const char *name)
{
    const struct lab *lab = host->lab;
    if (host->institution >= 0)
        return strcmp(name, lab->centre.short_name) == 0 ? 0 : -1;
    int place = lab_find_short(lab, name);
    return place >= 0 ? place : lab_find_institution(lab, bytes_text(name));
}

void host_line_test(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line)
{
    const char *name = node_may_text(schema, line, "peer", HOST_LINE_TEST_PEER_MAX, NULL);
    node_end(schema, line);
    int peer = name != NULL && schema->result == RESULT_OK ? find_peer(host, name) : 0;
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    else if (host->line_test != NULL)
        host_refuse(call, "a line test is under way");
    else if (peer < 0)
        host_refuse(call, "peer: expected the name of one, got %s", name);
    else if (name != NULL)
        begin(host, call, (unsigned)peer, (unsigned)peer + 1);
    else
        begin(host, call, 0, host->peer_count);
}
