/* Asking a running switch. */
#include "switch_asking.h"

#include "base/doc.h"
#include "host.h"
#include "net/control_client.h"

#include <stdio.h>

enum {
    CONNECT_MS = 2000, /* it holds its store, so it listens or is about to */
    ANSWER_MS = 60000,
};

struct asking {
    struct loop *loop;
    const char *command;
    bool is_over;
    enum result result;
    struct fault *fault;
};

static void asking_end(struct asking *asking, enum result result)
{
    asking->is_over = true;
    asking->result = result;
    loop_stop(asking->loop);
}

static void on_up(void *context, struct control_client *client)
{
    struct asking *asking = context;
    (void)control_client_send(client, bytes_text(asking->command)); /* else on_down() follows */
}

static void on_line(void *context, struct control_client *client, struct bytes line)
{
    (void)client;
    struct asking *asking = context;
    struct doc *doc = NULL;
    enum result result = doc_parse(line, "the switch's reply", &doc, asking->fault);
    if (result == RESULT_OK) {
        struct schema schema = schema_of(doc, asking->fault);
        struct node *root = doc_root(doc);
        bool is_done = node_may_bool(&schema, root, "ok", false);
        const char *error = node_may_text(&schema, root, "error", FAULT_TEXT_MAX, "refused");
        result = schema.result;
        if (result == RESULT_OK && !is_done)
            result = fault_set(asking->fault, RESULT_STATE, "%s", error);
    }
    doc_free(doc);
    asking_end(asking, result);
}

static void on_down(void *context, struct control_client *client, const struct fault *fault)
{
    (void)client;
    struct asking *asking = context;
    asking_end(asking,
               fault_set(asking->fault, RESULT_IO, "the switch cannot be asked: %s", fault->text));
}

static void on_deadline(void *context)
{
    struct asking *asking = context;
    asking_end(asking, fault_set(asking->fault, RESULT_IO, "the switch has not answered for %d s",
                                 ANSWER_MS / 1000));
}

enum result switch_ask(const char *data, const char *command, struct fault *fault)
{
    static const struct loop_events loop_events = {.deadline = on_deadline};
    static const struct control_client_events events = {
        .up = on_up, .line = on_line, .down = on_down};
    struct asking asking = {.command = command, .fault = fault};
    struct control_client *client = NULL;
    char path[COMMAND_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", data, HOST_CONTROL_NAME);
    TRY(loop_open(&loop_events, &asking, &asking.loop, fault));
    enum result result =
        control_client_open(asking.loop, path, CONNECT_MS, &events, &asking, &client, fault);
    if (result == RESULT_OK) {
        loop_arm(asking.loop, loop_now().mono_us + (uint64_t)ANSWER_MS * 1000);
        while (!asking.is_over)
            loop_run(asking.loop);
        result = asking.result;
    }
    control_client_close(client);
    loop_close(asking.loop);
    return result;
}
