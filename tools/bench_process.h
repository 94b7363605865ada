/* What benchmarks of whole commands share: a folder of their own, and this program run in processes
 * of their own, as users run it. */
#ifndef TOOLS_BENCH_PROCESS_H
#define TOOLS_BENCH_PROCESS_H

#include "command.h"

#include <sys/types.h>

double bench_now_s(void); /* of a clock that only grows */

/* A new folder in `above`, for its owner alone. On failure `path` is "". */
MUST_USE enum result bench_folder_make(const char *above, char path[COMMAND_PATH_MAX],
                                       struct fault *fault);
void bench_folder_remove(const char *path); /* with all that is in it; "" is none */

/* Starts this very program with these arguments (NULL ends them); its standard output goes into the
 * file `out`. RESULT_IO: it cannot be run. */
MUST_USE enum result bench_start(const char *const *arguments, const char *out, pid_t *pid,
                                 struct fault *fault);
/* Private memory (RssAnon) of a process; 0 when it has ended. */
double bench_private_mib(pid_t pid);

struct bench_run {
    double seconds;
    double cpu_s;    /* user and system */
    double peak_mib; /* most private memory that was seen, looked at every 2 ms */
    int code;        /* what it exited with */
};
/* bench_start(), and waits for its end. RESULT_IO too: it ended by a signal. */
MUST_USE enum result bench_run(const char *const *arguments, const char *out, struct bench_run *run,
                               struct fault *fault);

/* One of several. */
struct bench_job {
    const char *const *arguments;
    const char *out;
    struct bench_run run;
};
/* Runs them in their order, `at_once` (1 to BENCH_AT_ONCE_MAX) at a time. *all: from the first
 * start to the last end, the CPU time of all, the private memory of those that ran together, and
 * the code of the first that did not exit with 0. On failure none is left running. */
enum { BENCH_AT_ONCE_MAX = 8 };
MUST_USE enum result bench_run_all(struct bench_job *jobs, size_t count, size_t at_once,
                                   struct bench_run *all, struct fault *fault);

#endif
