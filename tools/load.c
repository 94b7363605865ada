/* A load on a running lab: see load.h. */
#include "load.h"

#include "net/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { POLL_MS = 250 };

/* The wallets that take part. */
struct crew {
    struct runner *runner;
    unsigned parties[RUNNER_PARTIES_MAX];
    unsigned count;
};

static void find_wallets(struct runner *runner, struct crew *crew)
{
    const struct lab *lab = runner_lab(runner);
    *crew = (struct crew){.runner = runner};
    for (unsigned i = 0; i < lab->institution_count; i++) {
        int party = runner_party_of(runner, i);
        if (lab->institutions[i].role == LAB_WALLET && party >= 0)
            crew->parties[crew->count++] = (unsigned)party;
    }
}

/* --- what a party's process has cost ---------------------------------------------------------- */

static enum result read_cost(struct runner *runner, unsigned party, struct load_party *out,
                             struct fault *fault)
{
    struct doc *reply = NULL;
    TRY(runner_ask(runner, party, "{\"do\":\"status\"}", &reply, fault));
    struct schema schema = schema_of(reply, fault);
    struct node *root = doc_root(reply);
    out->cost = (struct load_cost){
        .user_us = node_may_int(&schema, root, "user_us", 0, INT64_MAX, 0),
        .system_us = node_may_int(&schema, root, "system_us", 0, INT64_MAX, 0),
        .steps = node_want_int(&schema, root, "steps", 0, INT64_MAX),
        .commits = node_want_int(&schema, root, "commits", 0, INT64_MAX),
        .store_bytes = node_want_int(&schema, root, "store_bytes", 0, INT64_MAX),
        .messages = node_want_int(&schema, root, "messages", 0, INT64_MAX),
        .private_kb = node_may_int(&schema, root, "private_kb", 0, INT64_MAX, 0),
    };
    struct node *delays = node_want_map(&schema, root, "delays");
    for (unsigned i = FORWARD_ANSWERED; i < LOAD_DELAYS; i++)
        out->delays[i] = node_want_int(&schema, delays, forward_outcome_name(i), 0, INT64_MAX);
    doc_free(reply);
    return schema.result;
}

static void read_own_cost(struct load_cost *cost)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    cost->user_us = usage.ru_utime.tv_sec * INT64_C(1000000) + usage.ru_utime.tv_usec;
    cost->system_us = usage.ru_stime.tv_sec * INT64_C(1000000) + usage.ru_stime.tv_usec;
}

static enum result read_costs(struct runner *runner, struct load_figures *figures,
                              struct fault *fault)
{
    for (unsigned party = 0; party < runner_party_count(runner); party++)
        TRY(read_cost(runner, party, &figures->parties[party], fault));
    read_own_cost(&figures->self);
    return RESULT_OK;
}

static void take_off(struct load_cost *cost, const struct load_cost *before)
{
    cost->user_us -= before->user_us;
    cost->system_us -= before->system_us;
    cost->steps -= before->steps;
    cost->commits -= before->commits;
    cost->store_bytes -= before->store_bytes;
    cost->messages -= before->messages;
}

/* --- the crowds ------------------------------------------------------------------------------- */

static void add_cause(struct crowd_view *view, const char *text, uint64_t count)
{
    unsigned i = 0;
    while (i < view->cause_count && strcmp(view->causes[i].text, text) != 0)
        i++;
    if (i == CROWD_CAUSES_MAX)
        i--;
    else if (i == view->cause_count)
        snprintf(view->causes[view->cause_count++].text, CROWD_CAUSE_MAX, "%s", text);
    view->causes[i].count += count;
}

static void add_view(struct schema *schema, struct node *root, struct crowd_view *view)
{
    static const char *const phases[] = {"preparing", "ready", "running", "over", NULL};
    enum crowd_phase phase = (enum crowd_phase)node_want_choice(schema, root, "phase", phases);
    uint64_t elapsed_us = (uint64_t)node_want_int(schema, root, "elapsed_us", 0, INT64_MAX);
    if (phase < view->phase)
        view->phase = phase;
    if (elapsed_us > view->elapsed_us)
        view->elapsed_us = elapsed_us;
    view->offered += (uint64_t)node_want_int(schema, root, "offered", 0, INT64_MAX);
    view->open += (uint64_t)node_want_int(schema, root, "open", 0, INT64_MAX);
    view->restocked += (uint64_t)node_want_int(schema, root, "restocked", 0, INT64_MAX);
    struct node *operations = node_want_map(schema, root, "operations");
    for (unsigned i = 0; i < MIX_OPERATIONS; i++) {
        struct node *one = node_want_map(schema, operations, mix_operation_name(i));
        view->counts[i].asked += (uint64_t)node_want_int(schema, one, "asked", 0, INT64_MAX);
        view->counts[i].good += (uint64_t)node_want_int(schema, one, "good", 0, INT64_MAX);
    }
    struct node *failures = node_want_map(schema, root, "failures");
    for (struct node *one = failures != NULL ? failures->child : NULL; one != NULL; one = one->next)
        add_cause(view, one->key, (uint64_t)node_as_int(schema, one, 0, INT64_MAX));
}

/* How all crowds stand; the phase is that of the one least far. */
static enum result read_views(struct crew *crew, struct crowd_view *view, struct fault *fault)
{
    *view = (struct crowd_view){.phase = CROWD_OVER};
    for (unsigned i = 0; i < crew->count; i++) {
        struct doc *reply = NULL;
        TRY(runner_ask(crew->runner, crew->parties[i], "{\"do\":\"load-status\"}", &reply, fault));
        struct schema schema = schema_of(reply, fault);
        add_view(&schema, doc_root(reply), view);
        doc_free(reply);
        TRY(schema.result);
    }
    return RESULT_OK;
}

static enum result read_latency(struct crew *crew, unsigned wallet, enum mix_operation operation,
                                struct histogram *into, struct fault *fault)
{
    char command[80];
    struct doc *reply = NULL;
    snprintf(command, sizeof command, "{\"do\":\"load-latency\",\"operation\":\"%s\"}",
             mix_operation_name(operation));
    TRY(runner_ask(crew->runner, crew->parties[wallet], command, &reply, fault));
    struct schema schema = schema_of(reply, fault);
    struct node *root = doc_root(reply);
    uint64_t max = (uint64_t)node_want_int(&schema, root, "max", 0, INT64_MAX);
    struct node *list = node_want_list(&schema, root, "buckets");
    for (struct node *item = list != NULL ? list->child : NULL;
         item != NULL && item->next != NULL && schema.result == RESULT_OK;
         item = item->next->next) {
        size_t bucket = (size_t)node_as_int(&schema, item, 0, HISTOGRAM_BUCKETS - 1);
        uint64_t count = (uint64_t)node_as_int(&schema, item->next, 0, INT64_MAX);
        histogram_add(into, bucket, count);
    }
    if (max > into->max)
        into->max = max;
    doc_free(reply);
    return schema.result;
}

/* --- the run ---------------------------------------------------------------------------------- */

struct told {
    struct fault fault;
};

static void on_told(void *context, struct doc *reply, const char *error)
{
    struct told *told = context;
    if (reply == NULL && told->fault.result == RESULT_OK)
        fault_set(&told->fault, RESULT_STATE, "a wallet refuses the load: %s", error);
    doc_free(reply);
}

/* The same command to every wallet, all at once. */
static enum result tell_all(struct crew *crew, const char *command, struct fault *fault)
{
    struct told told = {{RESULT_OK, ""}};
    for (unsigned i = 0; i < crew->count; i++)
        runner_post(crew->runner, crew->parties[i], command, on_told, &told);
    TRY(runner_wait(crew->runner, 0, fault));
    return told.fault.result == RESULT_OK
               ? RESULT_OK
               : fault_set(fault, told.fault.result, "%s", told.fault.text);
}

static enum result prepare(struct crew *crew, const struct load_plan *plan, struct fault *fault)
{
    struct strbuf text;
    strbuf_init(&text, 2 * COMMAND_PATH_MAX);
    struct json json = json_to(&text);
    json_open_object(&json);
    json_member(&json, "do", "load-prepare");
    json_member(&json, "mix", plan->mix);
    json_member_int(&json, "seed", plan->seed);
    json_close_object(&json);
    enum result result = text.bad ? fault_set(fault, RESULT_INPUT, "%s: too long", plan->mix)
                                  : tell_all(crew, text.text, fault);
    strbuf_deinit(&text);
    return result;
}

static enum result start(struct crew *crew, const struct load_plan *plan, struct fault *fault)
{
    char command[128];
    long long rate_milli = (long long)(plan->rate_per_s * 1000 / crew->count);
    if (plan->rate_per_s > 0)
        snprintf(command, sizeof command,
                 "{\"do\":\"load-start\",\"duration_ms\":%llu,\"rate_milli\":%lld}",
                 (unsigned long long)plan->duration_ms, rate_milli > 0 ? rate_milli : 1);
    else
        snprintf(command, sizeof command,
                 "{\"do\":\"load-start\",\"duration_ms\":%llu,\"window\":%u}",
                 (unsigned long long)plan->duration_ms, plan->window);
    return tell_all(crew, command, fault);
}

static uint64_t good_of(const struct crowd_view *view)
{
    uint64_t good = 0;
    for (unsigned i = 0; i < MIX_OPERATIONS; i++)
        good += view->counts[i].good;
    return good;
}

/* Of the time between two looks. */
static void print_live(const struct crowd_view *now, const struct crowd_view *before,
                       double seconds)
{
    uint64_t failed = 0;
    for (unsigned i = 0; i < now->cause_count; i++)
        failed += now->causes[i].count;
    fprintf(stderr, "\r  %5.0f offered/s  %5.0f answered/s  %5llu under way  %llu failed  \033[K",
            (double)(now->offered - before->offered) / seconds,
            (double)(good_of(now) - good_of(before)) / seconds, (unsigned long long)now->open,
            (unsigned long long)failed);
}

static enum result wait_for(struct crew *crew, enum crowd_phase phase, bool is_live,
                            struct crowd_view *view, struct fault *fault)
{
    struct crowd_view before = {0};
    uint64_t before_us = loop_now().mono_us;
    for (bool is_first = true;; is_first = false) {
        TRY(read_views(crew, view, fault));
        uint64_t now_us = loop_now().mono_us;
        if (is_live && !is_first && view->phase >= CROWD_RUNNING && now_us > before_us)
            print_live(view, &before, (double)(now_us - before_us) / 1e6);
        if (view->phase >= phase)
            break;
        if (phase == CROWD_READY && view->cause_count > 0) /* it would go on for ever */
            return fault_set(fault, RESULT_STATE, "the stock of packets cannot be frozen: %s",
                             view->causes[0].text);
        before = *view;
        before_us = now_us;
        if (runner_pause(crew->runner, POLL_MS))
            return fault_set(fault, RESULT_STATE, "interrupted");
    }
    return RESULT_OK;
}

static enum result wait_for_the_end(struct crew *crew, const struct load_plan *plan,
                                    struct crowd_view *view, struct fault *fault)
{
    enum result result = wait_for(crew, CROWD_OVER, plan->is_live, view, fault);
    if (plan->is_live)
        fprintf(stderr, "\r\033[K");
    return result;
}

/* All that was asked is answered: as planned, or after a signal, at which nobody comes any more. */
static enum result offer(struct crew *crew, const struct load_plan *plan,
                         struct load_figures *figures, struct fault *fault)
{
    figures->offering_us = plan->duration_ms * 1000;
    uint64_t started_us = loop_now().mono_us;
    TRY(start(crew, plan, fault));
    enum result result = wait_for_the_end(crew, plan, &figures->all, fault);
    if (result == RESULT_OK || !runner_is_interrupted(crew->runner))
        return result;
    runner_go_on(crew->runner);
    TRY(tell_all(crew, "{\"do\":\"load-stop\"}", fault));
    uint64_t ran_us = loop_now().mono_us - started_us;
    if (ran_us < figures->offering_us)
        figures->offering_us = ran_us;
    figures->is_interrupted = true;
    fprintf(stderr, "interrupted: nobody comes any more; waiting for what is under way\n");
    return wait_for_the_end(crew, plan, &figures->all, fault);
}

enum result load_run(struct runner *runner, const struct load_plan *plan,
                     struct load_figures *figures, struct fault *fault)
{
    struct crew crew;
    find_wallets(runner, &crew);
    if (crew.count == 0)
        return fault_set(fault, RESULT_INPUT, "a load needs a wallet that is not external");
    struct load_figures *before = calloc(1, sizeof *before);
    if (before == NULL)
        return fault_set(fault, RESULT_LIMIT, "no memory");
    *figures = (struct load_figures){0};
    enum result result = prepare(&crew, plan, fault);
    if (result == RESULT_OK)
        result = wait_for(&crew, CROWD_READY, false, &figures->all, fault);
    if (result == RESULT_OK)
        result = runner_settle(runner, fault);
    if (result == RESULT_OK)
        result = read_costs(runner, before, fault);
    if (result == RESULT_OK)
        result = offer(&crew, plan, figures, fault);
    if (result == RESULT_OK)
        result = runner_settle(runner, fault);
    if (result == RESULT_OK)
        result = read_costs(runner, figures, fault);
    for (unsigned i = 0; i < crew.count && result == RESULT_OK; i++)
        for (unsigned kind = 0; kind < MIX_OPERATIONS && result == RESULT_OK; kind++)
            result = read_latency(&crew, i, kind, &figures->latency[kind], fault);
    for (unsigned i = 0; i < runner_party_count(runner); i++) {
        take_off(&figures->parties[i].cost, &before->parties[i].cost);
        for (unsigned why = 0; why < LOAD_DELAYS; why++)
            figures->parties[i].delays[why] -= before->parties[i].delays[why];
    }
    take_off(&figures->self, &before->self);
    free(before);
    return result;
}

static double per_s(uint64_t count, uint64_t time_us)
{
    return time_us == 0 ? 0 : (double)count * 1e6 / (double)time_us;
}

double load_offered_per_s(const struct load_figures *figures)
{
    return per_s(figures->all.offered, figures->offering_us);
}

double load_good_per_s(const struct load_figures *figures, enum mix_operation operation)
{
    uint64_t elapsed_us = figures->all.elapsed_us, offering_us = figures->offering_us;
    return per_s(figures->all.counts[operation].good,
                 elapsed_us > offering_us ? elapsed_us : offering_us);
}
