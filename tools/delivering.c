/* Running the command of a delivery, party by party. */
#include "delivering.h"

#include "base/date.h"
#include "clearing/page_form.h"
#include "clearing/verification.h"
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOG_PATH_SIZE = DELIVERY_PATH_MAX + 32,
    TAIL_LEN = 4096, /* of the output: its last line is looked for there */
    /* Then the log is begun anew, and the last one kept: months of a lab's deliveries. */
    LOG_LEN_MAX = 8 << 20,
};

struct run {
    const struct delivering *delivering;
    const char *name;
    struct deliveries *deliveries;
    struct delivery *delivery;       /* that is going on */
    char command[DELIVERY_PATH_MAX]; /* that is run */
    char former[DELIVERY_PATH_MAX];  /* that could be run last: the next time's, if none can */
    char log_path[LOG_PATH_SIZE];
    int log; /* locked: one process delivers a set */
    struct loop *loop;
    struct child *child;
    struct child_end end;
    bool is_late, is_interrupted;
};

/* --- the log of deliveries -------------------------------------------------------------------- */

static enum result open_locked(struct run *run, struct fault *fault)
{
    run->log = open(run->log_path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR);
    if (run->log < 0)
        return fault_set(fault, RESULT_IO, "%s: %s", run->log_path, strerror(errno));
    if (flock(run->log, LOCK_EX | LOCK_NB) == 0)
        return RESULT_OK;
    return fault_set(fault, errno == EWOULDBLOCK ? RESULT_STATE : RESULT_IO,
                     "%s: another process is delivering these files", run->deliveries->folder);
}

static enum result open_log(struct run *run, struct fault *fault)
{
    char former[LOG_PATH_SIZE + 8];
    struct stat status;
    snprintf(run->log_path, sizeof run->log_path, "%s.delivery.log", run->deliveries->folder);
    snprintf(former, sizeof former, "%s.1", run->log_path);
    TRY(open_locked(run, fault));
    if (fstat(run->log, &status) != 0 || status.st_size <= LOG_LEN_MAX)
        return RESULT_OK;
    if (rename(run->log_path, former) != 0)
        return fault_set(fault, RESULT_IO, "%s: %s", former, strerror(errno));
    close(run->log);
    return open_locked(run, fault);
}

static void note(const struct run *run, const char *what)
{
    char at[DATE_ISO_SIZE], id[CLEARING_ID_SIZE];
    dprintf(run->log, "== %s %s %s\n", date_iso_format(run->delivery->at_us, at),
            clearing_id_format(run->delivery->institution, id), what);
}

/* The last line with anything in it that was written from `from` on. */
static void read_last_line(const struct run *run, off_t from, char said[DELIVERY_SAID_MAX + 1])
{
    char tail[TAIL_LEN];
    struct stat status;
    struct strbuf clean;
    said[0] = '\0';
    if (fstat(run->log, &status) != 0 || status.st_size <= from)
        return;
    off_t begin = status.st_size - from > TAIL_LEN ? status.st_size - TAIL_LEN : from;
    ssize_t got = pread(run->log, tail, sizeof tail, begin);
    size_t end = got > 0 ? (size_t)got : 0;
    while (end > 0 && (uint8_t)tail[end - 1] <= ' ')
        end--;
    size_t first = end;
    while (first > 0 && tail[first - 1] != '\n')
        first--;
    strbuf_init(&clean, 4 * TAIL_LEN);
    page_add_clean(&clean, bytes_of(tail + first, end - first));
    size_t len = clean.len < DELIVERY_SAID_MAX ? clean.len : DELIVERY_SAID_MAX;
    while (len > 0 && len < clean.len && ((uint8_t)clean.text[len] & 0xC0) == 0x80)
        len--; /* no part of a character */
    if (len > 0)
        memcpy(said, clean.text, len);
    said[len] = '\0';
    strbuf_deinit(&clean);
}

/* --- one party -------------------------------------------------------------------------------- */

static void on_ended(void *context, struct child *child, const struct child_end *end)
{
    struct run *run = context;
    (void)child;
    run->end = *end;
    loop_stop(run->loop);
}

static void on_deadline(void *context)
{
    struct run *run = context;
    run->is_late = true;
    child_kill(run->child, SIGKILL);
}

static void on_signal(void *context, int signum)
{
    struct run *run = context;
    (void)signum;
    run->is_interrupted = true;
    child_kill(run->child, SIGKILL);
}

static enum result run_command(struct run *run, struct fault *fault)
{
    char folder[DELIVERY_PATH_MAX + CLEARING_ID_SIZE + 1], id[CLEARING_ID_SIZE], date[16];
    clearing_id_format(run->delivery->institution, id);
    snprintf(folder, sizeof folder, "%s/%s", run->deliveries->folder, id);
    snprintf(date, sizeof date, "%08u", run->deliveries->date);
    const char *const argv[] = {run->command, folder, id, date, NULL};
    TRY(child_open_apart(run->loop, argv, run->log_path, on_ended, run, &run->child, fault));
    loop_arm(run->loop, loop_now().mono_us + (uint64_t)run->deliveries->limit_s * 1000000);
    loop_run(run->loop);
    loop_arm(run->loop, LOOP_NEVER);
    child_close(run->child);
    run->child = NULL;
    return RESULT_OK;
}

/* What is damaged is sent to nobody. A name that nothing can be run by is not that of the next
 * time.
 */
static enum result send_whole(struct run *run, struct fault *fault)
{
    struct deliveries *deliveries = run->deliveries;
    size_t folder_len = strlen(deliveries->folder);
    struct fault why = {RESULT_OK, ""};
    run->is_late = false;
    run->end = (struct child_end){0};
    enum result result =
        clearing_verify_party(deliveries->folder, run->delivery->institution, &why);
    bool is_below = strncmp(why.text, deliveries->folder, folder_len) == 0;
    if (result != RESULT_OK)
        (void)fault_set(fault, result, "%s", why.text + (is_below ? folder_len + 1 : 0));
    else if ((result = run_command(run, fault)) == RESULT_OK)
        memcpy(run->former, run->command, sizeof run->former);
    memcpy(deliveries->command, run->former, sizeof deliveries->command);
    return result;
}

/* The signal that we have sent ourselves is nobody's news. */
static void take_end(struct run *run, enum result result)
{
    struct delivery *delivery = run->delivery;
    size_t size = sizeof delivery->reason;
    bool is_ours = run->is_late || run->is_interrupted;
    delivery->status = run->end.signum == 0 ? run->end.status : 0;
    delivery->signum = is_ours ? 0 : run->end.signum;
    bool is_done = result == RESULT_OK && run->end.signum == 0 && run->end.status == 0;
    delivery->state = is_done ? DELIVERY_DONE : DELIVERY_FAILED;
    if (is_done)
        return; /* however late */
    if (result == RESULT_OK && run->is_late)
        snprintf(delivery->reason, size, "took longer than %lld s",
                 (long long)run->deliveries->limit_s);
    else if (run->is_interrupted)
        snprintf(delivery->reason, size, "stopped, as the process that delivers was asked to end");
    else if (delivery->signum != 0)
        snprintf(delivery->reason, size, "signal %d", (int)delivery->signum);
    else if (delivery->status != 0)
        snprintf(delivery->reason, size, "exit %d", (int)delivery->status);
}

static void tell_failure(const struct run *run)
{
    const struct delivery *delivery = run->delivery;
    char id[CLEARING_ID_SIZE];
    bool has_both = delivery->reason[0] != '\0' && delivery->said[0] != '\0';
    fprintf(stderr, "cardlab %s: %s is not delivered: %s%s%s\n", run->name,
            clearing_id_format(delivery->institution, id), delivery->reason, has_both ? ": " : "",
            delivery->said);
}

static enum result deliver(struct run *run, struct fault *fault)
{
    struct delivery *delivery = run->delivery;
    struct fault why = {RESULT_OK, ""};
    char line[DELIVERY_REASON_MAX + 16];
    delivery->state = DELIVERY_STARTED;
    delivery->tries++;
    delivery->at_us = loop_now().wall_us;
    delivery->status = delivery->signum = 0;
    delivery->said[0] = delivery->reason[0] = '\0';
    memcpy(run->deliveries->command, run->command, sizeof run->command);
    TRY(deliveries_save(run->deliveries, fault));
    note(run, "begins");
    off_t from = lseek(run->log, 0, SEEK_END);
    enum result result = send_whole(run, &why);
    delivery->at_us = loop_now().wall_us;
    take_end(run, result);
    read_last_line(run, from, delivery->said);
    if (result != RESULT_OK)
        snprintf(delivery->said, sizeof delivery->said, "%.*s", DELIVERY_SAID_MAX, why.text);
    bool is_done = delivery->state == DELIVERY_DONE;
    snprintf(line, sizeof line, "%s%s", is_done ? "delivered" : "failed: ", delivery->reason);
    note(run, line);
    if (!is_done)
        tell_failure(run);
    return deliveries_save(run->deliveries, fault);
}

/* --- all of them ------------------------------------------------------------------------------ */

/* A path is kept whole: it is run again from another folder, by another shell. */
static enum result take_command(const char *given, char command[DELIVERY_PATH_MAX],
                                struct fault *fault)
{
    char *whole = strchr(given, '/') != NULL ? realpath(given, NULL) : strdup(given);
    if (whole == NULL)
        return fault_set(fault, RESULT_INPUT, "%s: %s", given, strerror(errno));
    int len = snprintf(command, DELIVERY_PATH_MAX, "%s", whole);
    bool is_good = len > 0 && len < DELIVERY_PATH_MAX;
    for (const char *at = whole; *at != '\0'; at++)
        is_good = is_good && (uint8_t)*at >= ' ' && *at != 0x7F;
    free(whole);
    return is_good ? RESULT_OK
                   : fault_set(fault, RESULT_INPUT, "expected the path or name of a program");
}

/* What was said now, else what was said last time. */
static enum result take_settings(struct run *run, struct fault *fault)
{
    struct deliveries *deliveries = run->deliveries;
    memcpy(run->former, deliveries->command, sizeof run->former);
    if (run->delivering->command != NULL)
        TRY(take_command(run->delivering->command, deliveries->command, fault));
    memcpy(run->command, deliveries->command, sizeof run->command);
    if (run->delivering->limit_s != 0)
        deliveries->limit_s = run->delivering->limit_s;
    if (deliveries->limit_s == 0)
        deliveries->limit_s = LAB_DELIVER_LIMIT_S;
    return run->delivering->only_note ? deliveries_save(deliveries, fault) : RESULT_OK;
}

static enum result deliver_all(struct run *run, struct fault *fault)
{
    const struct loop_events events = {.deadline = on_deadline, .signal = on_signal};
    struct deliveries *deliveries = run->deliveries;
    TRY(loop_open(&events, run, &run->loop, fault));
    enum result result = RESULT_OK;
    for (size_t i = 0; i < deliveries->count && result == RESULT_OK && !run->is_interrupted; i++) {
        run->delivery = &deliveries->list[i];
        bool is_due = run->delivering->again || run->delivery->state != DELIVERY_DONE;
        if (is_due && run->command[0] == '\0')
            result =
                fault_set(fault, RESULT_INPUT, "no command is known that delivers: expected one");
        else if (is_due)
            result = deliver(run, fault);
    }
    loop_close(run->loop);
    return result;
}

enum result delivering_run(const struct delivering *delivering, const char *name,
                           struct deliveries *deliveries, size_t *failed, bool *interrupted,
                           struct fault *fault)
{
    struct run run = {.delivering = delivering, .name = name, .deliveries = deliveries, .log = -1};
    *failed = 0;
    *interrupted = false;
    TRY(deliveries_load(delivering->folder, deliveries, fault));
    enum result result = open_log(&run, fault);
    /* What another process did before it gave the lock back. */
    if (result == RESULT_OK)
        result = deliveries_load(delivering->folder, deliveries, fault);
    if (result == RESULT_OK)
        result = take_settings(&run, fault);
    if (result == RESULT_OK && !delivering->only_note)
        result = deliver_all(&run, fault);
    if (run.log >= 0)
        close(run.log);
    *interrupted = run.is_interrupted;
    for (size_t i = 0; i < deliveries->count; i++)
        *failed += deliveries->list[i].state != DELIVERY_DONE;
    return result;
}

void delivering_take_lab(struct delivering *delivering, const struct lab *lab)
{
    if (delivering->command == NULL && lab->deliver.command[0] != '\0')
        delivering->command = lab->deliver.command;
    if (delivering->limit_s == 0)
        delivering->limit_s = lab->deliver.limit_s;
}

void delivering_format(const struct deliveries *deliveries, struct json *json)
{
    char id[CLEARING_ID_SIZE], at[DATE_ISO_SIZE];
    json_key(json, "deliveries");
    json_open_list(json);
    for (size_t i = 0; i < deliveries->count; i++) {
        const struct delivery *delivery = &deliveries->list[i];
        json_open_object(json);
        json_member(json, "institution", clearing_id_format(delivery->institution, id));
        json_member(json, "state", delivery_state_name(delivery->state));
        json_member_int(json, "tries", (int64_t)delivery->tries);
        json_member(json, "at", delivery->tries > 0 ? date_iso_format(delivery->at_us, at) : NULL);
        json_member_int(json, "status", delivery->status);
        json_member_int(json, "signal", delivery->signum);
        json_member(json, "reason", delivery->reason[0] != '\0' ? delivery->reason : NULL);
        json_member(json, "said", delivery->said);
        json_close_object(json);
    }
    json_close_list(json);
}
