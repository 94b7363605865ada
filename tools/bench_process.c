/* A folder to work in; this program once more, with other arguments, and what that took. */
#include "bench_process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

enum result bench_run(const char *const *arguments, const char *out, struct bench_run *run,
                      struct fault *fault)
{
    pid_t pid, ended = 0;
    int status = 0;
    struct rusage usage;
    double begin = bench_now_s();
    *run = (struct bench_run){0};
    TRY(bench_start(arguments, out, &pid, fault));
    while (ended == 0 || (ended < 0 && errno == EINTR)) {
        double mib = bench_private_mib(pid);
        run->peak_mib = mib > run->peak_mib ? mib : run->peak_mib;
        ended = wait4(pid, &status, WNOHANG, &usage);
        if (ended == 0)
            nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    run->seconds = bench_now_s() - begin;
    if (ended != pid || !WIFEXITED(status))
        return fault_set(fault, RESULT_IO, "cardlab %s ended by signal %d", arguments[0],
                         WTERMSIG(status));
    run->code = WEXITSTATUS(status);
    run->cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    return RESULT_OK;
}
