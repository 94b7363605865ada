/* Child processes: their ends, their logs, and that none is left behind. */
#include "net/child.h"

#include "drive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { CASE_PATH_MAX = 64 };

struct bench {
    struct drive drive;
    char folder[CASE_PATH_MAX];
    char log[CASE_PATH_MAX + 8];
    unsigned ends;
    struct child_end end;
    bool close_in_callback;
};

static void on_ended(void *context, struct child *child, const struct child_end *end)
{
    struct bench *bench = context;
    bench->ends++;
    bench->end = *end;
    CU_ASSERT_FALSE(child_is_running(child));
    if (bench->close_in_callback)
        child_close(child);
}

static void bench_open(struct bench *bench)
{
    *bench = (struct bench){0};
    snprintf(bench->folder, sizeof bench->folder, "/tmp/cardlab-child-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bench->folder));
    snprintf(bench->log, sizeof bench->log, "%s/log", bench->folder);
    drive_open(&bench->drive);
}

static void bench_close(struct bench *bench)
{
    drive_close(&bench->drive);
    (void)unlink(bench->log);
    CU_ASSERT_EQUAL(rmdir(bench->folder), 0);
}

static struct child *run_script(struct bench *bench, const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct child *child = NULL;
    struct fault fault = {0};
    enum result result =
        child_open(bench->drive.loop, argv, bench->log, on_ended, bench, &child, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    return child;
}

static void read_log(const struct bench *bench, char *out, size_t size)
{
    FILE *file = fopen(bench->log, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void tells_the_exit_status(void)
{
    struct bench bench;
    bench_open(&bench);
    struct child *child = run_script(&bench, "exit 3");
    drive_until(&bench.drive, &bench.ends, 1);
    CU_ASSERT_EQUAL(bench.end.status, 3);
    CU_ASSERT_EQUAL(bench.end.signum, 0);
    child_kill(child, SIGTERM); /* does nothing */
    child_close(child);
    bench_close(&bench);
}

static void tells_the_signal_that_killed_it(void)
{
    struct bench bench;
    bench_open(&bench);
    struct child *child = run_script(&bench, "exec tail -f /dev/null");
    CU_ASSERT_TRUE(child_is_running(child));
    CU_ASSERT_EQUAL(kill(child_pid(child), 0), 0);
    child_kill(child, SIGTERM);
    drive_until(&bench.drive, &bench.ends, 1);
    CU_ASSERT_EQUAL(bench.end.signum, SIGTERM);
    child_close(child);
    bench_close(&bench);
}

static void appends_both_outputs_to_a_log_of_its_owner_alone(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.close_in_callback = true;
    (void)run_script(&bench, "echo out; echo err >&2");
    drive_until(&bench.drive, &bench.ends, 1);
    (void)run_script(&bench, "echo more; cat");
    drive_until(&bench.drive, &bench.ends, 2);
    CU_ASSERT_EQUAL(bench.end.status, 0); /* cat found the end of its input at once */
    char text[64];
    read_log(&bench, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "out\nerr\nmore\n");
    struct stat status;
    CU_ASSERT_EQUAL(stat(bench.log, &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0600);
    bench_close(&bench);
}

static void a_child_takes_broken_pipes_as_usual(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.close_in_callback = true;
    /* The parent ignores SIGPIPE; a shell that inherited this would go on after the failed write.
     */
    (void)run_script(&bench, "kill -PIPE $$; exit 7");
    drive_until(&bench.drive, &bench.ends, 1);
    CU_ASSERT_EQUAL(bench.end.signum, SIGPIPE);
    bench_close(&bench);
}

static void inherits_no_descriptor_but_its_output(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.close_in_callback = true;
    /* Without close-on-exec, as a careless parent leaves it to us; at a number that is surely free.
     */
    int careless = fcntl(STDERR_FILENO, F_DUPFD, 100);
    CU_ASSERT_TRUE(careless >= 100);
    (void)run_script(&bench, "for fd in 3 4 5 6 7 8 9 $(seq 100 120); do "
                             "if [ -e /proc/$$/fd/$fd ]; then echo $fd; fi; done");
    drive_until(&bench.drive, &bench.ends, 1);
    char text[64];
    read_log(&bench, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
    close(careless);
    bench_close(&bench);
}

static void a_closed_child_is_killed_and_waited_for(void)
{
    struct bench bench;
    bench_open(&bench);
    struct child *child = run_script(&bench, "trap '' TERM; exec tail -f /dev/null");
    int pid = child_pid(child);
    child_close(child);
    CU_ASSERT_EQUAL(waitpid(pid, NULL, WNOHANG), -1);
    CU_ASSERT_EQUAL(errno, ECHILD);
    drive_turns(&bench.drive, 2);
    CU_ASSERT_EQUAL(bench.ends, 0);
    child_close(NULL);
    bench_close(&bench);
}

static void several_children_end_each_with_its_own_status(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.close_in_callback = true;
    for (unsigned i = 0; i < 5; i++)
        (void)run_script(&bench, "exit 0");
    drive_until(&bench.drive, &bench.ends, 5);
    CU_ASSERT_EQUAL(bench.end.status, 0);
    bench_close(&bench);
}

static void a_program_that_does_not_exist_is_refused(void)
{
    struct bench bench;
    bench_open(&bench);
    const char *const argv[] = {"/nonexistent/program", NULL};
    struct child *child = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(child_open(bench.drive.loop, argv, bench.log, on_ended, &bench, &child, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "cannot run /nonexistent/program: no such file");
    CU_ASSERT_PTR_NULL(child);
    bench_close(&bench);
}

static void a_log_that_cannot_be_written_is_refused(void)
{
    struct bench bench;
    bench_open(&bench);
    const char *const argv[] = {"sh", "-c", "exit 0", NULL};
    struct child *child = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(
        child_open(bench.drive.loop, argv, bench.folder, on_ended, &bench, &child, &fault),
        RESULT_IO);
    ASSERT_CONTAINS(fault.text, "cannot write /tmp/cardlab-child-");
    bench_close(&bench);
}

/* The log is a pipe's: it ends when nobody is left who could write to it. */
static void a_child_apart_is_killed_with_all_that_it_has_started(void)
{
    struct bench bench;
    bench_open(&bench);
    CU_ASSERT_EQUAL_FATAL(mkfifo(bench.log, 0600), 0);
    int fd = open(bench.log, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    const char *const argv[] = {"sh", "-c", "tail -f /dev/null & wait", NULL};
    struct child *child = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL_FATAL(
        child_open_apart(bench.drive.loop, argv, bench.log, on_ended, &bench, &child, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(getpgid(child_pid(child)), child_pid(child));
    child_kill(child, SIGKILL);
    drive_until(&bench.drive, &bench.ends, 1);
    CU_ASSERT_EQUAL(bench.end.signum, SIGKILL);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    CU_ASSERT_EQUAL(poll(&ended, 1, 10000), 1);
    CU_ASSERT_TRUE(ended.revents & POLLHUP);
    close(fd);
    child_close(child);
    bench_close(&bench);
}

SUITE(CASE(tells_the_exit_status), CASE(a_child_apart_is_killed_with_all_that_it_has_started),
      CASE(tells_the_signal_that_killed_it), CASE(appends_both_outputs_to_a_log_of_its_owner_alone),
      CASE(a_child_takes_broken_pipes_as_usual), CASE(inherits_no_descriptor_but_its_output),
      CASE(a_closed_child_is_killed_and_waited_for),
      CASE(several_children_end_each_with_its_own_status),
      CASE(a_program_that_does_not_exist_is_refused), CASE(a_log_that_cannot_be_written_is_refused))
