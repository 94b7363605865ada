/* A child process: started with its output in a log file, watched until it ends.
 *
 * Its standard input is empty; of the parent's descriptors it inherits no other: starting a child
 * makes all of them from 3 up close-on-exec (where the kernel can: Linux 5.11). */
#ifndef NET_CHILD_H
#define NET_CHILD_H

#include "net/loop.h"

struct child;

struct child_end {
    int status; /* what it exited with; meaningless after a signal */
    int signum; /* that killed it, else 0 */
};

typedef void child_ended_fn(void *context, struct child *child, const struct child_end *end);

/* argv[0] is a path, or a name looked up in PATH; argv ends with NULL; neither is kept. Standard
 * output and error are appended to log_path, made with mode 0600. RESULT_INPUT: there is no such
 * program, or it may not be run; RESULT_IO: the log cannot be written, or no process made. */
MUST_USE enum result child_open(struct loop *loop, const char *const *argv, const char *log_path,
                                child_ended_fn *ended, void *context, struct child **child,
                                struct fault *fault);
/* The same, in a session of its own: child_kill() then reaches all that it has started and that did
 * not leave, and a terminal's signals do not reach it. */
MUST_USE enum result child_open_apart(struct loop *loop, const char *const *argv,
                                      const char *log_path, child_ended_fn *ended, void *context,
                                      struct child **child, struct fault *fault);
/* Does nothing once it has ended. */
void child_kill(struct child *child, int signum);
bool child_is_running(const struct child *child);
int child_pid(const struct child *child);
/* One that still runs is killed with SIGKILL and waited for, so that none is left behind; `ended`
 * is not called any more. Accepts NULL. */
void child_close(struct child *child);

#endif
