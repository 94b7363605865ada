/* Runs a lab: children, their control sockets, and calls that wait. */
#include "runner.h"

#include "host.h"
#include "net/child.h"
#include "net/control_client.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    START_MS = 20000,  /* a party opens its store, its accounts and its socket */
    ANSWER_MS = 60000, /* longest silence before a script gives up: four wallet waits */
    POLL_MS = 10,      /* between two looks at who is busy */
    ENDED_MS = 2000,   /* from a party's silence to the news that it has ended */
    STOP_MS = 10000,   /* a party syncs and ends */
    LAST_WORDS_MAX = 300,
};

struct call {
    struct call *next;
    int64_t id;
    runner_reply_fn *replied;
    void *context;
};

struct member {
    struct runner *runner;
    char name[RUNNER_NAME_MAX];
    int institution; /* -1: the switch */
    struct child *child;
    struct control_client *client;
    bool is_up;
    off_t output_from; /* what its process says begins there in NAME.output */
    struct call *calls;
};

struct runner {
    struct lab *lab;
    char folder[COMMAND_PATH_MAX];
    struct loop *loop;
    struct member members[RUNNER_PARTIES_MAX];
    unsigned count;
    int64_t next_id;
    unsigned open; /* posted, not answered */
    bool interrupted, stopping, timed_out;
    struct fault silent; /* a party does not answer any more: why it ended is better to know */
    struct fault failed;
};

/* --- the loop until something happens --------------------------------------------------------- */

static void on_deadline(void *context)
{
    struct runner *runner = context;
    runner->timed_out = true;
    loop_stop(runner->loop);
}

static void on_signal(void *context, int signum)
{
    (void)signum;
    struct runner *runner = context;
    runner->interrupted = true;
    loop_stop(runner->loop);
}

/* Runs the loop until something stops it, at most so long; false: nothing did. */
static bool run_for(struct runner *runner, unsigned ms)
{
    runner->timed_out = false;
    loop_arm(runner->loop, loop_now().mono_us + (uint64_t)ms * 1000);
    loop_run(runner->loop);
    loop_arm(runner->loop, LOOP_NEVER);
    return !runner->timed_out;
}

static enum result check(struct runner *runner, struct fault *fault)
{
    uint64_t until = loop_now().mono_us + (uint64_t)ENDED_MS * 1000;
    while (runner->silent.result != RESULT_OK && runner->failed.result == RESULT_OK &&
           loop_now().mono_us < until)
        run_for(runner, POLL_MS);
    if (runner->silent.result != RESULT_OK && runner->failed.result == RESULT_OK)
        runner->failed = runner->silent;
    if (runner->failed.result != RESULT_OK)
        return fault_set(fault, runner->failed.result, "%s", runner->failed.text);
    if (runner->interrupted)
        return fault_set(fault, RESULT_STATE, "interrupted");
    return RESULT_OK;
}

bool runner_pause(struct runner *runner, unsigned ms)
{
    uint64_t until = loop_now().mono_us + (uint64_t)ms * 1000, now;
    while (!runner->interrupted && (now = loop_now().mono_us) < until)
        run_for(runner, (unsigned)((until - now) / 1000) + 1);
    return runner->interrupted;
}

bool runner_is_interrupted(const struct runner *runner)
{
    return runner->interrupted;
}

void runner_go_on(struct runner *runner)
{
    runner->interrupted = false;
}

/* --- calls ------------------------------------------------------------------------------------ */

static void fail_calls(struct member *member, const char *why)
{
    while (member->calls != NULL) {
        struct call *call = member->calls;
        member->calls = call->next;
        member->runner->open--;
        call->replied(call->context, NULL, why);
        free(call);
    }
}

/* The last line that the process wrote to its output, which says why it ended; "" when there is
 * none. */
static void read_last_words(const struct member *member, char words[LAST_WORDS_MAX])
{
    char path[COMMAND_PATH_MAX + RUNNER_NAME_MAX + 16];
    struct stat status;
    ssize_t len = 0;
    snprintf(path, sizeof path, "%s/%s.output", member->runner->folder, member->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > member->output_from) {
        off_t from = status.st_size - (LAST_WORDS_MAX - 1);
        len = pread(fd, words, LAST_WORDS_MAX - 1,
                    from > member->output_from ? from : member->output_from);
    }
    if (fd >= 0)
        close(fd);
    while (len > 0 && words[len - 1] == '\n')
        len--;
    words[len > 0 ? len : 0] = '\0';
    const char *line = strrchr(words, '\n');
    if (line != NULL)
        memmove(words, line + 1, strlen(line + 1) + 1);
}

static void on_ended(void *context, struct child *child, const struct child_end *end)
{
    (void)child;
    struct member *member = context;
    struct runner *runner = member->runner;
    member->is_up = false;
    char words[LAST_WORDS_MAX];
    read_last_words(member, words);
    if (!runner->stopping && runner->failed.result == RESULT_OK)
        fault_set(&runner->failed, RESULT_IO, "%s ended by itself (%s %d)%s%s; see %s/%s.output",
                  member->name, end->signum != 0 ? "signal" : "status",
                  end->signum != 0 ? end->signum : end->status, words[0] != '\0' ? ": " : "", words,
                  runner->folder, member->name);
    fail_calls(member, "the party has ended");
    loop_stop(runner->loop);
}

static void on_client_up(void *context, struct control_client *client)
{
    (void)client;
    struct member *member = context;
    member->is_up = true;
    loop_stop(member->runner->loop);
}

static void on_client_down(void *context, struct control_client *client, const struct fault *fault)
{
    (void)client;
    struct member *member = context;
    struct runner *runner = member->runner;
    member->is_up = false;
    if (!runner->stopping && runner->silent.result == RESULT_OK)
        fault_set(&runner->silent, RESULT_IO, "%s: %s", member->name, fault->text);
    fail_calls(member, "the party does not answer");
    loop_stop(runner->loop);
}

static struct call *take_call(struct member *member, int64_t id)
{
    for (struct call **at = &member->calls; *at != NULL; at = &(*at)->next)
        if ((*at)->id == id) {
            struct call *call = *at;
            *at = call->next;
            return call;
        }
    return NULL;
}

static void on_line(void *context, struct control_client *client, struct bytes line)
{
    (void)client;
    struct member *member = context;
    struct runner *runner = member->runner;
    struct doc *doc = NULL;
    struct fault fault;
    if (doc_parse(line, member->name, &doc, &fault) != RESULT_OK) {
        runner->failed = fault;
        loop_stop(runner->loop);
        return;
    }
    struct schema schema = schema_of(doc, &fault);
    struct node *root = doc_root(doc);
    int64_t id = node_want_int(&schema, root, "id", 0, INT64_MAX);
    bool ok = node_may_bool(&schema, root, "ok", false);
    const char *error = node_may_text(&schema, root, "error", FAULT_TEXT_MAX, "refused");
    struct call *call = take_call(member, id);
    if (call != NULL) {
        runner->open--;
        call->replied(call->context, ok ? doc : NULL, ok ? NULL : error);
        free(call);
    }
    if (call == NULL || !ok)
        doc_free(doc);
    loop_stop(runner->loop);
}

void runner_post(struct runner *runner, unsigned party, const char *command,
                 runner_reply_fn *replied, void *context)
{
    struct member *member = &runner->members[party];
    struct call *call = calloc(1, sizeof *call);
    char line[CONTROL_LINE_LEN_MAX];
    MUST(call != NULL);
    *call = (struct call){
        .next = member->calls, .id = runner->next_id++, .replied = replied, .context = context};
    member->calls = call;
    runner->open++;
    /* The id goes in front of the command's own members. */
    int len = snprintf(line, sizeof line, "{\"id\":%lld,%s", (long long)call->id, command + 1);
    MUST(len > 0 && (size_t)len < sizeof line);
    if (!member->is_up || !control_client_send(member->client, bytes_of(line, (size_t)len)))
        fail_calls(member, "the party does not answer");
}

/* After a failure no reply is delivered any more: who waited for it may be gone. */
static void abandon(struct runner *runner)
{
    for (unsigned party = 0; party < runner->count; party++)
        while (runner->members[party].calls != NULL) {
            struct call *call = runner->members[party].calls;
            runner->members[party].calls = call->next;
            runner->open--;
            free(call);
        }
}

/* Until the next thing happens: a reply, somebody's end, a signal. */
static enum result wait_once(struct runner *runner, struct fault *fault)
{
    enum result result = check(runner, fault);
    if (result == RESULT_OK && !run_for(runner, ANSWER_MS))
        result = fault_set(fault, RESULT_IO, "no party has answered for %d s; see the logs in %s",
                           ANSWER_MS / 1000, runner->folder);
    if (result == RESULT_OK)
        result = check(runner, fault);
    if (result != RESULT_OK)
        abandon(runner);
    return result;
}

enum result runner_wait(struct runner *runner, unsigned open, struct fault *fault)
{
    while (runner->open > open)
        TRY(wait_once(runner, fault));
    return check(runner, fault);
}

/* --- calls that wait -------------------------------------------------------------------------- */

struct asked {
    struct doc *reply;
    bool done;
    char error[FAULT_TEXT_MAX];
};

static void on_asked(void *context, struct doc *reply, const char *error)
{
    struct asked *asked = context;
    asked->done = true;
    asked->reply = reply;
    if (reply == NULL)
        snprintf(asked->error, sizeof asked->error, "%s", error);
}

enum result runner_ask(struct runner *runner, unsigned party, const char *command,
                       struct doc **reply, struct fault *fault)
{
    struct asked asked = {0};
    runner_post(runner, party, command, on_asked, &asked);
    while (!asked.done)
        TRY(wait_once(runner, fault));
    if (asked.reply == NULL)
        TRY(check(runner, fault)); /* whoever is gone is told of with how it ended */
    if (asked.reply == NULL)
        return fault_set(fault, RESULT_STATE, "%s: %s", runner->members[party].name, asked.error);
    *reply = asked.reply;
    return RESULT_OK;
}

struct status {
    bool busy, signed_on;
};

/* Which port the system chose for this peer of the party. */
static void note_port(struct runner *runner, unsigned party, unsigned place, struct schema *schema,
                      struct node *peer)
{
    uint16_t port = (uint16_t)node_may_int(schema, peer, "port", 0, UINT16_MAX, 0);
    uint16_t own = (uint16_t)node_may_int(schema, peer, "member_port", 0, UINT16_MAX, 0);
    if (party == 0)
        lab_set_link_port(runner->lab, place, port);
    else if (own != 0)
        lab_set_member_port(runner->lab, (size_t)runner->members[party].institution, own);
}

static enum result read_status(struct runner *runner, unsigned party, struct status *status,
                               struct fault *fault)
{
    struct doc *reply = NULL;
    TRY(runner_ask(runner, party, "{\"do\":\"status\"}", &reply, fault));
    struct schema schema = schema_of(reply, fault);
    struct node *root = doc_root(reply);
    int64_t busy = node_want_int(&schema, root, "requests", 0, INT32_MAX) +
                   node_want_int(&schema, root, "exchanges", 0, INT32_MAX) +
                   node_want_int(&schema, root, "forwards", 0, INT32_MAX) +
                   node_may_int(&schema, root, "open", 0, INT32_MAX, 0);
    struct node *peers = node_want_list(&schema, root, "peers");
    *status = (struct status){.busy = busy > 0, .signed_on = true};
    unsigned place = 0;
    for (struct node *peer = peers != NULL ? peers->child : NULL; peer != NULL; peer = peer->next) {
        /* The switch's peers are the lab's institutions; an external one comes when it comes. */
        bool external = party == 0 && runner->lab->institutions[place].external;
        if (!external && !node_may_bool(&schema, peer, "signed_on", false))
            status->signed_on = false;
        note_port(runner, party, place++, &schema, peer);
    }
    doc_free(reply);
    return schema.result;
}

enum result runner_settle(struct runner *runner, struct fault *fault)
{
    for (unsigned party = 0; party < runner->count;) {
        struct status status;
        TRY(read_status(runner, party, &status, fault));
        party = status.busy ? 0 : party + 1;
        if (status.busy && runner_pause(runner, POLL_MS))
            return fault_set(fault, RESULT_STATE, "interrupted");
    }
    return RESULT_OK;
}

/* --- starting and stopping -------------------------------------------------------------------- */

static enum result write_lab(struct runner *runner, struct fault *fault)
{
    char path[COMMAND_PATH_MAX + 16];
    struct strbuf text;
    strbuf_init(&text, LAB_TEXT_MAX);
    lab_format(runner->lab, &text);
    snprintf(path, sizeof path, "%s/lab.yaml", runner->folder);
    FILE *file = fopen(path, "we");
    /* It holds the keys. */
    bool good = file != NULL && fchmod(fileno(file), 0600) == 0 && !text.bad &&
                fwrite(text.text, 1, text.len, file) == text.len;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    strbuf_deinit(&text);
    return good ? RESULT_OK : fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
}

static enum result start_member(struct runner *runner, struct member *member, struct fault *fault)
{
    static const struct control_client_events events = {
        .up = on_client_up, .line = on_line, .down = on_client_down};
    char lab[COMMAND_PATH_MAX + 16], data[COMMAND_PATH_MAX + RUNNER_NAME_MAX + 2];
    char output[COMMAND_PATH_MAX + RUNNER_NAME_MAX + 16];
    char control[COMMAND_PATH_MAX + RUNNER_NAME_MAX + 32];
    snprintf(lab, sizeof lab, "%s/lab.yaml", runner->folder);
    snprintf(data, sizeof data, "%s/%s", runner->folder, member->name);
    snprintf(output, sizeof output, "%s/%s.output", runner->folder, member->name);
    snprintf(control, sizeof control, "%s/%s", data, HOST_CONTROL_NAME);
    const char *role = "switch";
    if (member->institution >= 0)
        role =
            runner->lab->institutions[member->institution].role == LAB_ISSUER ? "issuer" : "wallet";
    const char *argv[] = {"/proc/self/exe", role, lab, "--data", data, "--as", member->name, NULL};
    if (member->institution < 0)
        argv[5] = NULL;
    struct stat before;
    member->output_from = stat(output, &before) == 0 ? before.st_size : 0;
    /* Apart: a ^C at the terminal is for us, who stop them when their time has come. */
    TRY(child_open_apart(runner->loop, argv, output, on_ended, member, &member->child, fault));
    TRY(control_client_open(runner->loop, control, START_MS, &events, member, &member->client,
                            fault));
    while (!member->is_up)
        TRY(wait_once(runner, fault));
    return RESULT_OK;
}

/* A simplex member has its own listener, and the switch hears from us where. */
static enum result start_institution(struct runner *runner, unsigned party, struct fault *fault)
{
    struct member *member = &runner->members[party];
    const struct lab_institution *own = &runner->lab->institutions[member->institution];
    struct status status;
    struct doc *reply = NULL;
    char command[RUNNER_NAME_MAX + 80];
    TRY(start_member(runner, member, fault));
    if (own->link_mode != LAB_SIMPLEX)
        return RESULT_OK;
    TRY(read_status(runner, party, &status, fault));
    snprintf(command, sizeof command, "{\"do\":\"member-port\",\"member\":\"%s\",\"port\":%u}",
             own->short_name, (unsigned)own->member_port);
    TRY(runner_ask(runner, 0, command, &reply, fault));
    doc_free(reply);
    return write_lab(runner, fault);
}

static void add_member(struct runner *runner, const char *name, int institution)
{
    struct member *member = &runner->members[runner->count++];
    member->runner = runner;
    member->institution = institution;
    snprintf(member->name, sizeof member->name, "%s", name);
}

static enum result start_all(struct runner *runner, struct fault *fault)
{
    struct status status;
    add_member(runner, runner->lab->centre.short_name, -1);
    for (size_t i = 0; i < runner->lab->institution_count; i++)
        if (!runner->lab->institutions[i].external)
            add_member(runner, runner->lab->institutions[i].short_name, (int)i);
    TRY(write_lab(runner, fault));
    TRY(start_member(runner, &runner->members[0], fault));
    TRY(read_status(runner, 0, &status, fault)); /* which ports the system chose */
    TRY(write_lab(runner, fault));
    for (unsigned party = 1; party < runner->count; party++)
        TRY(start_institution(runner, party, fault));
    for (unsigned waited = 0;; waited += POLL_MS) {
        TRY(read_status(runner, 0, &status, fault));
        if (status.signed_on)
            return RESULT_OK;
        if (waited >= START_MS)
            return fault_set(fault, RESULT_IO, "not every member has signed on within %d s; see %s",
                             START_MS / 1000, runner->folder);
        if (runner_pause(runner, POLL_MS))
            return fault_set(fault, RESULT_STATE, "interrupted");
    }
}

enum result runner_open(struct lab *lab, const char *folder, struct runner **opened,
                        struct fault *fault)
{
    static const struct loop_events events = {.deadline = on_deadline, .signal = on_signal};
    struct runner *runner = calloc(1, sizeof *runner);
    *opened = runner;
    if (runner == NULL) {
        lab_free(lab);
        return fault_set(fault, RESULT_IO, "no memory");
    }
    runner->lab = lab;
    snprintf(runner->folder, sizeof runner->folder, "%s", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, RESULT_IO, "%s: %s", folder, strerror(errno));
    TRY(loop_open(&events, runner, &runner->loop, fault));
    if (setenv(HOST_ATTACHED, "1", 1) != 0)
        return fault_set(fault, RESULT_IO, "no memory");
    return start_all(runner, fault);
}

void runner_close(struct runner *runner)
{
    if (runner == NULL)
        return;
    runner->stopping = true;
    uint64_t until = loop_now().mono_us + (uint64_t)STOP_MS * 1000;
    for (unsigned party = runner->count; party > 0; party--) {
        struct member *member = &runner->members[party - 1];
        if (member->child == NULL)
            continue;
        child_kill(member->child, SIGTERM);
        while (child_is_running(member->child) && loop_now().mono_us < until)
            run_for(runner, POLL_MS);
        control_client_close(member->client);
        child_close(member->child);
    }
    abandon(runner);
    loop_close(runner->loop);
    lab_free(runner->lab);
    free(runner);
}

const struct lab *runner_lab(const struct runner *runner)
{
    return runner->lab;
}

unsigned runner_party_count(const struct runner *runner)
{
    return runner->count;
}

const char *runner_party_name(const struct runner *runner, unsigned party)
{
    return runner->members[party].name;
}

int runner_party_of(const struct runner *runner, unsigned institution)
{
    for (unsigned party = 0; party < runner->count; party++)
        if (runner->members[party].institution == (int)institution)
            return (int)party;
    return -1;
}
