/* Child processes over libuv: see child.h. */
#include "net/child.h"

#include "net/loop_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST_WORDS_LEN = 4096 };

struct child {
    uv_process_t process;
    child_ended_fn *ended;
    void *context;
    bool is_apart; /* leads a session, and so a process group, of its own */
    bool running;
};

static void on_exit_seen(uv_process_t *process, int64_t status, int signum)
{
    struct child *child = process->data;
    child->running = false;
    struct child_end end = {.status = (int)status, .signum = signum};
    child->ended(child->context, child, &end);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Ours are all close-on-exec. Those that this process was given by a careless parent are not, and
 * would live on in every child. A kernel before 5.11 cannot do this; there they do. */
static void keep_descriptors_from_children(void)
{
    (void)close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static int spawn(struct child *child, struct loop *loop, const char *const *argv, int log_fd)
{
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = log_fd},
        {.flags = UV_INHERIT_FD, .data.fd = log_fd},
    };
    /* libuv and execvp() take the arguments as if they might write to them; they do not. */
    union {
        const char *const *given;
        char **taken;
    } arguments = {.given = argv};
    uv_process_options_t options = {
        .exit_cb = on_exit_seen,
        .file = argv[0],
        .args = arguments.taken,
        .flags = child->is_apart ? UV_PROCESS_DETACHED : 0,
        .stdio_count = 3,
        .stdio = stdio,
    };
    child->process.data = child;
    keep_descriptors_from_children();
    return uv_spawn(loop_uv(loop), &child->process, &options);
}

static enum result open_child(struct loop *loop, const char *const *argv, const char *log_path,
                              bool is_apart, child_ended_fn *ended, void *context,
                              struct child **child, struct fault *fault)
{
    int log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (log_fd < 0)
        return fault_set(fault, RESULT_IO, "cannot write %s: %s", log_path, strerror(errno));
    /* Room for its last words, should the disk be full by then. */
    (void)fallocate(log_fd, FALLOC_FL_KEEP_SIZE, lseek(log_fd, 0, SEEK_END), LAST_WORDS_LEN);
    struct child *self = calloc(1, sizeof *self);
    if (self == NULL) {
        close(log_fd);
        return fault_set(fault, RESULT_IO, "no memory for a child process");
    }
    self->ended = ended;
    self->context = context;
    self->is_apart = is_apart;
    int status = spawn(self, loop, argv, log_fd);
    close(log_fd);
    if (status != 0) {
        uv_close((uv_handle_t *)&self->process, on_closed); /* its handle is made even so */
        enum result result = status == UV_ENOENT || status == UV_EACCES ? RESULT_INPUT : RESULT_IO;
        return fault_set(fault, result, "cannot run %s: %s", argv[0], uv_strerror(status));
    }
    self->running = true;
    *child = self;
    return RESULT_OK;
}

enum result child_open(struct loop *loop, const char *const *argv, const char *log_path,
                       child_ended_fn *ended, void *context, struct child **child,
                       struct fault *fault)
{
    return open_child(loop, argv, log_path, false, ended, context, child, fault);
}

enum result child_open_apart(struct loop *loop, const char *const *argv, const char *log_path,
                             child_ended_fn *ended, void *context, struct child **child,
                             struct fault *fault)
{
    return open_child(loop, argv, log_path, true, ended, context, child, fault);
}

void child_kill(struct child *child, int signum)
{
    if (!child->running)
        return;
    /* It may have ended just now. */
    if (child->is_apart)
        (void)kill(-uv_process_get_pid(&child->process), signum);
    else
        (void)uv_process_kill(&child->process, signum);
}

bool child_is_running(const struct child *child)
{
    return child->running;
}

int child_pid(const struct child *child)
{
    return uv_process_get_pid(&child->process);
}

void child_close(struct child *child)
{
    if (child == NULL)
        return;
    pid_t pid = uv_process_get_pid(&child->process);
    bool was_running = child->running;
    child_kill(child, SIGKILL);
    uv_close((uv_handle_t *)&child->process, on_closed);
    /* libuv forgets a closed handle's process; unwaited it would stay a zombie. */
    while (was_running && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
