/* A folder to work in; this program once more, with other arguments, and what that took. */
#include "bench_process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { ARGUMENTS_MAX = 64, LOOK_NS = 2 * 1000 * 1000 };

extern char **environ;

enum result bench_folder_make(const char *above, char path[COMMAND_PATH_MAX], struct fault *fault)
{
    int len = snprintf(path, COMMAND_PATH_MAX, "%s/cardlab-bench-XXXXXX", above);
    if (len > 0 && len < COMMAND_PATH_MAX && mkdtemp(path) != NULL)
        return RESULT_OK;
    path[0] = '\0';
    return fault_set(fault, RESULT_IO, "cannot make a folder in %.200s: %s", above,
                     strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void bench_folder_remove(const char *path)
{
    if (path[0] != '\0')
        (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

double bench_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double bench_private_mib(pid_t pid)
{
    char path[64], line[128];
    unsigned long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "RssAnon: %llu", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return (double)kib / 1024;
}

enum result bench_start(const char *const *arguments, const char *out, pid_t *pid,
                        struct fault *fault)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t)command_program};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        MUST(i < ARGUMENTS_MAX);
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC,
                                     S_IRUSR | S_IWUSR);
    int error = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? RESULT_OK
                      : fault_set(fault, RESULT_IO, "cannot run cardlab %s: %s", arguments[0],
                                  strerror(error));
}

/* --- several at a time ------------------------------------------------------------------------ */

struct lane {
    struct bench_job *job; /* NULL: nothing runs in it */
    pid_t pid;
    double begin;
};

static enum result lane_start(struct lane *lane, struct bench_job *job, struct fault *fault)
{
    job->run = (struct bench_run){0};
    lane->begin = bench_now_s();
    TRY(bench_start(job->arguments, job->out, &lane->pid, fault));
    lane->job = job;
    return RESULT_OK;
}

/* Private memory now, and whether it has ended since. */
static enum result lane_look(struct lane *lane, double *mib, struct fault *fault)
{
    struct bench_run *run = &lane->job->run;
    struct rusage usage;
    int status = 0;
    *mib = bench_private_mib(lane->pid);
    run->peak_mib = *mib > run->peak_mib ? *mib : run->peak_mib;
    pid_t ended = wait4(lane->pid, &status, WNOHANG, &usage);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return RESULT_OK;
    const char *name = lane->job->arguments[0];
    lane->job = NULL;
    run->seconds = bench_now_s() - lane->begin;
    if (ended != lane->pid || !WIFEXITED(status))
        return fault_set(fault, RESULT_IO, "cardlab %s ended by signal %d", name, WTERMSIG(status));
    run->code = WEXITSTATUS(status);
    run->cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    return RESULT_OK;
}

static void lane_stop(struct lane *lane)
{
    if (lane->job == NULL)
        return;
    kill(lane->pid, SIGKILL);
    while (waitpid(lane->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    lane->job = NULL;
}

/* Looks at each lane once and starts what can be. *started: of the jobs. */
static enum result look_at_all(struct lane *lanes, size_t at_once, struct bench_job *jobs,
                               size_t count, size_t *started, bool *is_running, double *mib,
                               struct fault *fault)
{
    *mib = 0;
    *is_running = false;
    for (size_t i = 0; i < at_once; i++) {
        double part = 0;
        if (lanes[i].job != NULL)
            TRY(lane_look(&lanes[i], &part, fault));
        *mib += part;
        if (lanes[i].job == NULL && *started < count)
            TRY(lane_start(&lanes[i], &jobs[(*started)++], fault));
        *is_running |= lanes[i].job != NULL;
    }
    return RESULT_OK;
}

enum result bench_run_all(struct bench_job *jobs, size_t count, size_t at_once,
                          struct bench_run *all, struct fault *fault)
{
    struct lane lanes[BENCH_AT_ONCE_MAX] = {0};
    size_t started = 0;
    bool is_running = true;
    double begin = bench_now_s(), mib;
    enum result result = RESULT_OK;
    MUST(at_once > 0 && at_once <= BENCH_AT_ONCE_MAX);
    *all = (struct bench_run){0};
    while (is_running && result == RESULT_OK) {
        result = look_at_all(lanes, at_once, jobs, count, &started, &is_running, &mib, fault);
        all->peak_mib = mib > all->peak_mib ? mib : all->peak_mib;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    all->seconds = bench_now_s() - begin;
    for (size_t i = 0; i < at_once; i++)
        lane_stop(&lanes[i]);
    for (size_t i = 0; i < count; i++) {
        all->cpu_s += jobs[i].run.cpu_s;
        all->code = all->code != 0 ? all->code : jobs[i].run.code;
    }
    return result;
}

enum result bench_run(const char *const *arguments, const char *out, struct bench_run *run,
                      struct fault *fault)
{
    struct bench_job job = {.arguments = arguments, .out = out};
    return bench_run_all(&job, 1, 1, run, fault);
}
