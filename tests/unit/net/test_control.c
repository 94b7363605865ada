/* Control sockets: lines both ways, whoever sends them and however they are cut. */
#include "net/control.h"

#include "drive.h"
#include "net/control_client.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { CASE_PATH_MAX = 64, GIVE_UP_MS = 20000, SHORT_MS = 50 };

struct heard {
    unsigned lines, gones, ups, downs;
    char last[CONTROL_LINE_LEN_MAX];
    size_t last_len;
    struct fault fault;
    struct control_peer *peer;
    struct control_client *client;
    struct control *close_on_line;
    bool echo;
};

static void hear_line(struct heard *heard, struct bytes line)
{
    heard->lines++;
    heard->last_len = line.len;
    memcpy(heard->last, line.data, line.len);
}

static void on_line(void *context, struct control_peer *peer, struct bytes line)
{
    struct heard *heard = context;
    hear_line(heard, line);
    heard->peer = peer;
    if (heard->echo)
        CU_ASSERT_TRUE(control_send(peer, line));
    if (heard->close_on_line != NULL)
        control_close(heard->close_on_line);
}

static void on_gone(void *context, struct control_peer *peer, const struct fault *fault)
{
    struct heard *heard = context;
    heard->gones++;
    heard->fault = *fault;
    if (heard->peer == peer)
        heard->peer = NULL;
}

static const struct control_events server_events = {.line = on_line, .gone = on_gone};

static void on_client_up(void *context, struct control_client *client)
{
    struct heard *heard = context;
    heard->ups++;
    heard->client = client;
}

static void on_client_line(void *context, struct control_client *client, struct bytes line)
{
    (void)client;
    hear_line(context, line);
}

static void on_client_down(void *context, struct control_client *client, const struct fault *fault)
{
    (void)client;
    struct heard *heard = context;
    heard->downs++;
    heard->fault = *fault;
}

static const struct control_client_events client_events = {
    .up = on_client_up, .line = on_client_line, .down = on_client_down};

struct bench {
    struct drive drive;
    char folder[CASE_PATH_MAX];
    char path[CASE_PATH_MAX + 16];
    struct control *control;
    struct heard heard;
};

static void bench_open(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/cardlab-control-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bench->folder));
    snprintf(bench->path, sizeof bench->path, "%s/control", bench->folder);
    drive_open(&bench->drive);
    struct fault fault = {0};
    enum result result = control_open(bench->drive.loop, bench->path, &server_events, &bench->heard,
                                      &bench->control, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

static void bench_close(struct bench *bench)
{
    control_close(bench->control);
    drive_close(&bench->drive);
    struct stat status;
    CU_ASSERT_NOT_EQUAL(lstat(bench->path, &status), 0); /* the socket file goes with it */
    CU_ASSERT_EQUAL(rmdir(bench->folder), 0);
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static int unix_connect(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Leaves the file of a socket that nobody listens on. */
static void leave_stale_socket(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 1), 0);
    close(fd);
}

/* --- lines ----------------------------------------------------------------------------------- */

static void reads_lines_split_byte_by_byte(void)
{
    struct bench bench;
    bench_open(&bench);
    static const char lines[] = "{\"do\":1}\n\n{\"do\":22}\n";
    int fd = unix_connect(bench.path);
    for (size_t i = 0; i < sizeof lines - 1; i++) {
        raw_send(fd, lines + i, 1);
        drive_turns(&bench.drive, 1);
    }
    drive_until(&bench.drive, &bench.heard.lines, 2);
    ASSERT_BYTES(bench.heard.last, bench.heard.last_len, "{\"do\":22}", 9);
    close(fd);
    drive_until(&bench.drive, &bench.heard.gones, 1);
    CU_ASSERT_EQUAL(bench.heard.lines, 2); /* the empty one is none */
    bench_close(&bench);
}

static void answers_several_lines_of_one_write_in_order(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.heard.echo = true;
    int fd = unix_connect(bench.path);
    raw_text(fd, "one\ntwo\nthree\nunfinished");
    drive_until(&bench.drive, &bench.heard.lines, 3);
    char back[14];
    raw_receive(fd, back, sizeof back);
    ASSERT_BYTES(back, sizeof back, "one\ntwo\nthree\n", 14);
    close(fd);
    drive_until(&bench.drive, &bench.heard.gones, 1);
    CU_ASSERT_EQUAL(bench.heard.lines, 3);
    bench_close(&bench);
}

/* Writes from a socket buffer's worth at a time, so that the loop can empty it. */
static void send_long_line(struct bench *bench, int fd, size_t len, bool newline)
{
    static char text[CONTROL_LINE_LEN_MAX + 2];
    memset(text, 'x', sizeof text);
    if (newline)
        text[len++] = '\n';
    for (size_t at = 0; at < len;) {
        size_t part = len - at < 16384 ? len - at : 16384;
        raw_send(fd, text + at, part);
        at += part;
        drive_turns(&bench->drive, 1);
    }
}

static void takes_the_longest_line(void)
{
    struct bench bench;
    bench_open(&bench);
    int fd = unix_connect(bench.path);
    send_long_line(&bench, fd, CONTROL_LINE_LEN_MAX, true);
    drive_until(&bench.drive, &bench.heard.lines, 1);
    CU_ASSERT_EQUAL(bench.heard.last_len, CONTROL_LINE_LEN_MAX);
    raw_text(fd, "next\n");
    drive_until(&bench.drive, &bench.heard.lines, 2);
    close(fd);
    bench_close(&bench);
}

static void a_line_over_the_maximum_cuts_off_only_its_sender(void)
{
    struct bench bench;
    bench_open(&bench);
    int fd = unix_connect(bench.path);
    int other = unix_connect(bench.path);
    send_long_line(&bench, fd, CONTROL_LINE_LEN_MAX + 1, false);
    drive_until(&bench.drive, &bench.heard.gones, 1);
    CU_ASSERT_EQUAL(bench.heard.fault.result, RESULT_INPUT);
    ASSERT_CONTAINS(bench.heard.fault.text, "longer than 65536 bytes");
    CU_ASSERT_EQUAL(bench.heard.lines, 0);
    raw_text(other, "hello\n");
    drive_until(&bench.drive, &bench.heard.lines, 1);
    close(fd);
    close(other);
    bench_close(&bench);
}

static void a_peer_that_does_not_read_is_cut_off(void)
{
    struct bench bench;
    bench_open(&bench);
    int fd = unix_connect(bench.path);
    raw_text(fd, "subscribe\n");
    drive_until(&bench.drive, &bench.heard.lines, 1);
    static const char event[1000] = "";
    unsigned sent = 0;
    while (sent < 1000000 && control_send(bench.heard.peer, bytes_of(event, sizeof event))) {
        if (++sent % 100 == 0)
            drive_turns(&bench.drive, 1);
    }
    CU_ASSERT_FALSE(control_send(bench.heard.peer, bytes_text("more")));
    drive_until(&bench.drive, &bench.heard.gones, 1);
    CU_ASSERT_EQUAL(bench.heard.fault.result, RESULT_LIMIT);
    ASSERT_CONTAINS(bench.heard.fault.text, "does not read");
    close(fd);
    bench_close(&bench);
}

static void serves_many_and_refuses_beyond_the_maximum(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.heard.echo = true;
    int fds[CONTROL_PEERS_MAX];
    for (unsigned i = 0; i < CONTROL_PEERS_MAX; i++) {
        fds[i] = unix_connect(bench.path);
        raw_text(fds[i], "hello\n");
        drive_until(&bench.drive, &bench.heard.lines, i + 1);
    }
    enum { REFUSED = 15 }; /* as many as wait for one turn */
    int refused[REFUSED];
    for (unsigned i = 0; i < REFUSED; i++)
        refused[i] = unix_connect(bench.path);
    drive_turns(&bench.drive, 2);
    for (unsigned i = 0; i < REFUSED; i++) {
        char answer[128] = "";
        size_t len = 0;
        for (ssize_t part; (part = recv(refused[i], answer + len, sizeof answer - 1 - len, 0)) > 0;)
            len += (size_t)part;
        ASSERT_CONTAINS(answer, "too many control connections");
    }
    CU_ASSERT_EQUAL(bench.heard.gones, 0);
    close(fds[0]);
    drive_until(&bench.drive, &bench.heard.gones, 1);
    fds[0] = unix_connect(bench.path);
    raw_text(fds[0], "again\n");
    drive_until(&bench.drive, &bench.heard.lines, CONTROL_PEERS_MAX + 1);
    for (unsigned i = 0; i < CONTROL_PEERS_MAX; i++)
        close(fds[i]);
    for (unsigned i = 0; i < REFUSED; i++)
        close(refused[i]);
    bench_close(&bench);
}

static void the_owner_may_hang_up_or_close_in_a_callback(void)
{
    struct bench bench;
    bench_open(&bench);
    int fd = unix_connect(bench.path);
    raw_text(fd, "one\n");
    drive_until(&bench.drive, &bench.heard.lines, 1);
    control_set_user(bench.heard.peer, &bench);
    CU_ASSERT_PTR_EQUAL(control_user(bench.heard.peer), &bench);
    control_hang_up(bench.heard.peer);
    CU_ASSERT_EQUAL(bench.heard.gones, 0); /* never from inside a call */
    drive_until(&bench.drive, &bench.heard.gones, 1);
    close(fd);
    fd = unix_connect(bench.path);
    bench.heard.close_on_line = bench.control;
    raw_text(fd, "close\nnot heard\n");
    drive_until(&bench.drive, &bench.heard.lines, 2);
    drive_turns(&bench.drive, 2);
    CU_ASSERT_EQUAL(bench.heard.lines, 2);
    CU_ASSERT_EQUAL(bench.heard.gones, 1);
    close(fd);
    bench.control = NULL;
    bench_close(&bench);
}

/* --- the socket file ------------------------------------------------------------------------- */

static void only_the_owner_of_the_file_may_connect(void)
{
    struct bench bench;
    bench_open(&bench);
    struct stat status;
    CU_ASSERT_EQUAL_FATAL(lstat(bench.path, &status), 0);
    CU_ASSERT_TRUE(S_ISSOCK(status.st_mode));
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0600);
    bench_close(&bench);
}

static void a_living_socket_is_refused_and_left_alone(void)
{
    struct bench bench;
    bench_open(&bench);
    struct control *second = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(
        control_open(bench.drive.loop, bench.path, &server_events, &bench.heard, &second, &fault),
        RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "another process answers on");
    int fd = unix_connect(bench.path);
    raw_text(fd, "hello\n");
    drive_until(&bench.drive, &bench.heard.lines, 1);
    close(fd);
    bench_close(&bench);
}

static void the_socket_of_a_dead_process_is_replaced(void)
{
    struct bench bench;
    bench_open(&bench);
    control_close(bench.control);
    drive_turns(&bench.drive, 1);
    leave_stale_socket(bench.path);
    CU_ASSERT_EQUAL_FATAL(control_open(bench.drive.loop, bench.path, &server_events, &bench.heard,
                                       &bench.control, NULL),
                          RESULT_OK);
    int fd = unix_connect(bench.path);
    raw_text(fd, "hello\n");
    drive_until(&bench.drive, &bench.heard.lines, 1);
    close(fd);
    bench_close(&bench);
}

static void what_is_no_socket_is_not_replaced(void)
{
    struct bench bench;
    bench_open(&bench);
    char path[CASE_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/precious", bench.folder);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    struct control *second = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(
        control_open(bench.drive.loop, path, &server_events, &bench.heard, &second, &fault),
        RESULT_STATE);
    ASSERT_CONTAINS(fault.text, "is no socket");
    CU_ASSERT_EQUAL(unlink(path), 0);
    bench_close(&bench);
}

static void a_path_longer_than_a_socket_may_have_is_refused(void)
{
    struct bench bench;
    bench_open(&bench);
    char path[128];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[108] = '\0'; /* one more than fits with its terminator */
    struct control *second = NULL;
    struct control_client *client = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(
        control_open(bench.drive.loop, path, &server_events, &bench.heard, &second, &fault),
        RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "has 108 bytes and may have 107");
    CU_ASSERT_EQUAL(control_client_open(bench.drive.loop, path, SHORT_MS, &client_events,
                                        &bench.heard, &client, &fault),
                    RESULT_INPUT);
    bench_close(&bench);
}

static void a_folder_that_does_not_exist_is_an_error_of_the_machine(void)
{
    struct bench bench;
    bench_open(&bench);
    struct control *second = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(control_open(bench.drive.loop, "/nonexistent/control", &server_events,
                                 &bench.heard, &second, &fault),
                    RESULT_IO);
    ASSERT_CONTAINS(fault.text, "/nonexistent/control");
    bench_close(&bench);
}

/* --- the calling side ------------------------------------------------------------------------ */

static struct control_client *call(struct bench *bench, struct heard *heard, uint64_t give_up_ms)
{
    struct control_client *client = NULL;
    CU_ASSERT_EQUAL_FATAL(control_client_open(bench->drive.loop, bench->path, give_up_ms,
                                              &client_events, heard, &client, NULL),
                          RESULT_OK);
    return client;
}

static void a_client_sends_and_hears_lines(void)
{
    struct bench bench;
    bench_open(&bench);
    bench.heard.echo = true;
    static struct heard there;
    there = (struct heard){0};
    struct control_client *client = call(&bench, &there, GIVE_UP_MS);
    CU_ASSERT_FALSE(control_client_send(client, bytes_text("too early")));
    drive_until(&bench.drive, &there.ups, 1);
    CU_ASSERT_TRUE(control_client_send(client, bytes_text("{\"a\":1}")));
    CU_ASSERT_TRUE(control_client_send(client, bytes_of("nul\0inside", 10)));
    drive_until(&bench.drive, &there.lines, 2);
    ASSERT_BYTES(there.last, there.last_len, "nul\0inside", 10);
    control_client_close(client);
    drive_until(&bench.drive, &bench.heard.gones, 1);
    CU_ASSERT_EQUAL(there.downs, 0);
    bench_close(&bench);
}

static void a_client_waits_for_a_process_that_still_starts(void)
{
    struct bench bench;
    bench_open(&bench);
    control_close(bench.control);
    drive_turns(&bench.drive, 1);
    static struct heard there;
    there = (struct heard){0};
    struct control_client *client = call(&bench, &there, GIVE_UP_MS);
    drive_turns(&bench.drive, 3); /* nobody is there yet */
    CU_ASSERT_EQUAL(there.ups + there.downs, 0);
    CU_ASSERT_EQUAL_FATAL(control_open(bench.drive.loop, bench.path, &server_events, &bench.heard,
                                       &bench.control, NULL),
                          RESULT_OK);
    drive_until(&bench.drive, &there.ups, 1);
    control_client_close(client);
    bench_close(&bench);
}

static void a_client_gives_up_in_time_and_says_why(void)
{
    struct bench bench;
    bench_open(&bench);
    control_close(bench.control);
    bench.control = NULL;
    drive_turns(&bench.drive, 1);
    static struct heard there;
    there = (struct heard){0};
    struct control_client *client = call(&bench, &there, SHORT_MS);
    drive_until(&bench.drive, &there.downs, 1);
    CU_ASSERT_EQUAL(there.ups, 0);
    CU_ASSERT_EQUAL(there.fault.result, RESULT_IO);
    ASSERT_CONTAINS(there.fault.text, "cannot connect to /tmp/cardlab-control-");
    control_client_close(client);
    bench_close(&bench);
}

static void a_client_hears_of_the_end_once(void)
{
    struct bench bench;
    bench_open(&bench);
    static struct heard there;
    there = (struct heard){0};
    struct control_client *client = call(&bench, &there, GIVE_UP_MS);
    drive_until(&bench.drive, &there.ups, 1);
    CU_ASSERT_TRUE(control_client_send(client, bytes_text("hello")));
    drive_until(&bench.drive, &bench.heard.lines, 1);
    control_close(bench.control);
    bench.control = NULL;
    drive_until(&bench.drive, &there.downs, 1);
    CU_ASSERT_FALSE(control_client_send(client, bytes_text("too late")));
    drive_turns(&bench.drive, 3);
    CU_ASSERT_EQUAL(there.downs, 1);
    control_client_close(client);
    bench_close(&bench);
}

static void a_client_may_be_closed_before_it_has_connected(void)
{
    struct bench bench;
    bench_open(&bench);
    static struct heard there;
    there = (struct heard){0};
    control_client_close(call(&bench, &there, GIVE_UP_MS));
    control_client_close(NULL);
    drive_turns(&bench.drive, 2);
    CU_ASSERT_EQUAL(there.ups + there.downs, 0);
    bench_close(&bench);
}

static void a_line_too_long_to_send_ends_the_connection(void)
{
    struct bench bench;
    bench_open(&bench);
    static struct heard there;
    there = (struct heard){0};
    static const char text[CONTROL_LINE_LEN_MAX + 1];
    struct control_client *client = call(&bench, &there, GIVE_UP_MS);
    drive_until(&bench.drive, &there.ups, 1);
    CU_ASSERT_TRUE(control_client_send(client, bytes_of(text, CONTROL_LINE_LEN_MAX)));
    CU_ASSERT_FALSE(control_client_send(client, bytes_of(text, CONTROL_LINE_LEN_MAX + 1)));
    drive_until(&bench.drive, &there.downs, 1);
    CU_ASSERT_EQUAL(there.fault.result, RESULT_LIMIT);
    control_client_close(client);
    bench_close(&bench);
}

SUITE(CASE(reads_lines_split_byte_by_byte), CASE(answers_several_lines_of_one_write_in_order),
      CASE(takes_the_longest_line), CASE(a_line_over_the_maximum_cuts_off_only_its_sender),
      CASE(a_peer_that_does_not_read_is_cut_off), CASE(serves_many_and_refuses_beyond_the_maximum),
      CASE(the_owner_may_hang_up_or_close_in_a_callback),
      CASE(only_the_owner_of_the_file_may_connect), CASE(a_living_socket_is_refused_and_left_alone),
      CASE(the_socket_of_a_dead_process_is_replaced), CASE(what_is_no_socket_is_not_replaced),
      CASE(a_path_longer_than_a_socket_may_have_is_refused),
      CASE(a_folder_that_does_not_exist_is_an_error_of_the_machine),
      CASE(a_client_sends_and_hears_lines), CASE(a_client_waits_for_a_process_that_still_starts),
      CASE(a_client_gives_up_in_time_and_says_why), CASE(a_client_hears_of_the_end_once),
      CASE(a_client_may_be_closed_before_it_has_connected),
      CASE(a_line_too_long_to_send_ends_the_connection))
