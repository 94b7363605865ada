/* A load on a wallet: the control commands that give it a crowd of customers (crowd.h), start them
 * and tell how they fared. One load a process.
 *
 *   {"do": "load-prepare", "mix": FILE, "seed": S}    freezes the stock
 *   {"do": "load-start", "duration_ms": D, "rate_milli": R | "window": W}    R: 1/1000 a second
 *   {"do": "load-stop"}                               nobody comes any more
 *   {"do": "load-status"}                             phase and counts
 *   {"do": "load-latency", "operation": "claim"}      the histogram: bucket, count, bucket, ... */
#include "crowd.h"
#include "host.h"

#include <string.h>

static const char *const phases[] = {"preparing", "ready", "running", "over"};

uint64_t host_load_turn(struct host *host)
{
    if (host->crowd == NULL)
        return LOOP_NEVER;
    struct instant now = loop_now();
    party_tick(host->party, now); /* customers come now, not when the last message came */
    return crowd_turn(host->crowd, now.mono_us);
}

static void prepare(struct host *host, struct host_call *call, struct schema *schema,
                    struct node *line)
{
    struct mix mix;
    struct fault fault = {RESULT_OK, ""};
    const char *path = node_want_text(schema, line, "mix", COMMAND_PATH_MAX - 1);
    uint64_t seed = (uint64_t)node_may_int(schema, line, "seed", 0, INT64_MAX, 1);
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        return;
    struct crowd_config config = {
        .wallet = host->core,
        .lab = host->lab,
        .mix = &mix,
        .seed = seed ^ (uint64_t)(host->institution + 1) * UINT64_C(0x9E3779B97F4A7C15),
    };
    if (host->crowd != NULL)
        host_refuse(call, "this process has a load already");
    else if (mix_load(path, &mix, &fault) != RESULT_OK ||
             crowd_open(&config, &host->crowd, &fault) != RESULT_OK)
        host_refuse(call, "%s", fault.text);
    else {
        host_reply(call);
        host_done(call);
    }
}

static void start(struct host *host, struct host_call *call, struct schema *schema,
                  struct node *line)
{
    static const int64_t RATE_MILLI_MAX = INT64_C(1000000000);
    struct crowd_run run = {
        .rate_per_s = (double)node_may_int(schema, line, "rate_milli", 1, RATE_MILLI_MAX, 0) / 1000,
        .window = (unsigned)node_may_int(schema, line, "window", 1, CROWD_OPEN_MAX, 0),
        .duration_us = (uint64_t)node_want_int(schema, line, "duration_ms", 1, UINT32_MAX) * 1000,
    };
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        return;
    if ((run.rate_per_s > 0) == (run.window > 0))
        host_refuse(call, "expected either `rate_milli` or `window`");
    else if (crowd_view(host->crowd)->phase != CROWD_READY)
        host_refuse(call, "the load is not ready to start, or was started before");
    else {
        crowd_start(host->crowd, &run, loop_now().mono_us);
        host_reply(call);
        host_done(call);
    }
}

static void reply_status(struct host *host, struct host_call *call)
{
    const struct crowd_view *view = crowd_view(host->crowd);
    struct json *json = host_reply(call);
    json_member(json, "phase", phases[view->phase]);
    json_member_int(json, "elapsed_us", (int64_t)view->elapsed_us);
    json_member_int(json, "offered", (int64_t)view->offered);
    json_member_int(json, "open", (int64_t)view->open);
    json_member_int(json, "restocked", (int64_t)view->restocked);
    json_key(json, "operations");
    json_open_object(json);
    for (unsigned i = 0; i < MIX_OPERATIONS; i++) {
        json_key(json, mix_operation_name(i));
        json_open_object(json);
        json_member_int(json, "asked", (int64_t)view->counts[i].asked);
        json_member_int(json, "good", (int64_t)view->counts[i].good);
        json_close_object(json);
    }
    json_close_object(json);
    json_key(json, "failures");
    json_open_object(json);
    for (unsigned i = 0; i < view->cause_count; i++)
        json_member_int(json, view->causes[i].text, (int64_t)view->causes[i].count);
    json_close_object(json);
    host_done(call);
}

static void reply_latency(struct host *host, struct host_call *call, struct schema *schema,
                          struct node *line)
{
    const char *names[MIX_OPERATIONS + 1] = {NULL};
    for (unsigned i = 0; i < MIX_OPERATIONS; i++)
        names[i] = mix_operation_name(i);
    int operation = node_want_choice(schema, line, "operation", names);
    node_end(schema, line);
    if (schema->result != RESULT_OK)
        return;
    const struct histogram *latency = crowd_latency(host->crowd, (enum mix_operation)operation);
    struct json *json = host_reply(call);
    json_member_int(json, "max", (int64_t)latency->max);
    json_key(json, "buckets");
    json_open_list(json);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (latency->buckets[i] > 0) {
            json_int(json, (int64_t)i);
            json_int(json, (int64_t)latency->buckets[i]);
        }
    json_close_list(json);
    host_done(call);
}

bool host_load_command(struct host *host, struct host_call *call, const char *what,
                       struct schema *schema, struct node *line)
{
    if (strncmp(what, "load-", 5) != 0)
        return false;
    if (strcmp(what, "load-prepare") == 0)
        prepare(host, call, schema, line);
    else if (host->crowd == NULL)
        host_refuse(call, "no load was prepared");
    else if (strcmp(what, "load-start") == 0)
        start(host, call, schema, line);
    else if (strcmp(what, "load-stop") == 0) {
        crowd_stop(host->crowd, loop_now().mono_us);
        host_reply(call);
        host_done(call);
    } else if (strcmp(what, "load-status") == 0)
        reply_status(host, call);
    else if (strcmp(what, "load-latency") == 0)
        reply_latency(host, call, schema, line);
    else
        return false;
    if (schema->result != RESULT_OK)
        host_refuse(call, "%s", schema->fault->text);
    return true;
}
