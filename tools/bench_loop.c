/* cardlab bench loop: framed messages echoed over one loopback connection, 32 in flight, through
 * event loop, links and framing; beside plain blocking sockets that echo the same bytes, with as
 * many in flight, in the same run. Both have one process for each side. The rounds alternate, and
 * the median of each is told, so that a busy machine disturbs both alike. */
#include "base/json.h"
#include "command.h"
#include "net/link.h"
#include "net/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int bench_loop(int argc, char **argv);

enum {
    ROUNDS = 7,        /* of each kind */
    IN_FLIGHT = 32,    /* what a busy member has under way on one link */
    MESSAGE_LEN = 400, /* about a claim with its header */
    PREFIX_LEN = 4,
    FRAME_LEN = PREFIX_LEN + MESSAGE_LEN,
    RAW_LEN = 64 * 1024, /* of one read */
    SECONDS_MAX = 600,
    US_PER_S = 1000000,
};

struct round {
    double trips_per_s;
    double cpu_us_per_trip; /* of both processes */
};

/* --- through the loop ------------------------------------------------------------------------ */

struct echo {
    struct loop *loop;
    uint64_t round_us;
    uint64_t started_us;
    uint64_t trips;
    bool is_server;
    bool broken;
};

static const uint8_t message[MESSAGE_LEN] = "0200";

static void send_or_break(struct echo *echo, struct link *link, const void *data, size_t len)
{
    if (link_send(link, data, len, NULL))
        return;
    echo->broken = true;
    loop_stop(echo->loop);
}

static void on_up(void *context, struct link *link)
{
    struct echo *echo = context;
    if (echo->is_server)
        return;
    echo->started_us = loop_now().mono_us;
    loop_arm(echo->loop, echo->started_us + echo->round_us);
    for (int i = 0; i < IN_FLIGHT; i++)
        send_or_break(echo, link, message, sizeof message);
}

static void on_message(void *context, struct link *link, struct bytes bytes)
{
    struct echo *echo = context;
    echo->trips++;
    send_or_break(echo, link, bytes.data, bytes.len);
}

static void on_down(void *context, struct link *link, const struct link_end *end)
{
    (void)link;
    (void)end;
    struct echo *echo = context;
    echo->broken = !echo->is_server;
    loop_stop(echo->loop);
}

static void on_deadline(void *context)
{
    struct echo *echo = context;
    loop_stop(echo->loop);
}

static const struct loop_events loop_events = {.deadline = on_deadline};
static const struct link_events link_events = {.up = on_up, .message = on_message, .down = on_down};

static enum result serve_loop(int port_pipe, struct fault *fault)
{
    struct echo echo = {.is_server = true};
    struct listener *listener = NULL;
    struct link_config config = link_config_default(iso_framing_find("length4-ascii"));
    TRY(loop_open(&loop_events, &echo, &echo.loop, fault));
    TRY(listener_open(echo.loop, "127.0.0.1", 0, &config, &link_events, &echo, &listener, fault));
    uint16_t port = listener_port(listener);
    if (write(port_pipe, &port, sizeof port) != sizeof port)
        return fault_set(fault, RESULT_IO, "cannot tell the port: %s", strerror(errno));
    loop_run(echo.loop);
    listener_close(listener);
    loop_close(echo.loop);
    return RESULT_OK;
}

static enum result call_loop(uint16_t port, uint64_t round_us, uint64_t *trips, uint64_t *took_us,
                             struct fault *fault)
{
    struct echo echo = {.round_us = round_us};
    struct connector *connector = NULL;
    struct link_config config = link_config_default(iso_framing_find("length4-ascii"));
    TRY(loop_open(&loop_events, &echo, &echo.loop, fault));
    enum result result = connector_open(echo.loop, "127.0.0.1", port, &config, &link_events, &echo,
                                        &connector, fault);
    if (result == RESULT_OK)
        loop_run(echo.loop);
    *took_us = loop_now().mono_us - echo.started_us;
    *trips = echo.trips;
    connector_close(connector);
    loop_close(echo.loop);
    if (result == RESULT_OK && echo.broken)
        result = fault_set(fault, RESULT_IO, "the link broke during the measurement");
    return result;
}

/* --- plain sockets --------------------------------------------------------------------------- */

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t part = send(fd, data, len, MSG_NOSIGNAL);
        if (part <= 0)
            return false;
        data += part;
        len -= (size_t)part;
    }
    return true;
}

static int raw_socket(struct sockaddr_in *address, uint16_t port)
{
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static enum result serve_raw(int port_pipe, struct fault *fault)
{
    static uint8_t bytes[RAW_LEN];
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int one = 1;
    int listening = raw_socket(&address, 0);
    if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listening, 1) != 0 || getsockname(listening, (struct sockaddr *)&address, &len) != 0)
        return fault_set(fault, RESULT_IO, "cannot listen: %s", strerror(errno));
    uint16_t port = ntohs(address.sin_port);
    if (write(port_pipe, &port, sizeof port) != sizeof port)
        return fault_set(fault, RESULT_IO, "cannot tell the port: %s", strerror(errno));
    int fd = accept(listening, NULL, NULL);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (ssize_t part; (part = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        if (!write_all(fd, bytes, (size_t)part))
            break;
    close(fd);
    close(listening);
    return RESULT_OK;
}

static enum result call_raw(uint16_t port, uint64_t round_us, uint64_t *trips, uint64_t *took_us,
                            struct fault *fault)
{
    static uint8_t frames[IN_FLIGHT * FRAME_LEN], bytes[RAW_LEN];
    struct sockaddr_in address;
    int one = 1;
    int fd = raw_socket(&address, port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return fault_set(fault, RESULT_IO, "cannot connect: %s", strerror(errno));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    uint64_t started_us = loop_now().mono_us;
    uint64_t received = 0;
    bool good = write_all(fd, frames, sizeof frames);
    while (good && loop_now().mono_us - started_us < round_us) {
        ssize_t part = recv(fd, bytes, sizeof bytes, 0);
        if (part <= 0)
            break;
        uint64_t whole = (received + (uint64_t)part) / FRAME_LEN - received / FRAME_LEN;
        received += (uint64_t)part;
        good = write_all(fd, frames, whole * FRAME_LEN);
    }
    *took_us = loop_now().mono_us - started_us;
    *trips = received / FRAME_LEN;
    close(fd);
    return good && *took_us >= round_us
               ? RESULT_OK
               : fault_set(fault, RESULT_IO, "the connection broke during the measurement");
}

/* --- rounds ---------------------------------------------------------------------------------- */

struct kind {
    enum result (*serve)(int port_pipe, struct fault *fault);
    enum result (*call)(uint16_t port, uint64_t round_us, uint64_t *trips, uint64_t *took_us,
                        struct fault *fault);
};

static uint64_t cpu_us(const struct rusage *usage)
{
    return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * US_PER_S +
           (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* The server is a child of its own each time, so that its CPU time is known when it ends. */
static enum result run_round(const struct kind *kind, uint64_t round_us, struct round *round,
                             struct fault *fault)
{
    int port_pipe[2];
    if (pipe(port_pipe) != 0)
        return fault_set(fault, RESULT_IO, "cannot make a pipe: %s", strerror(errno));
    struct rusage before, after, theirs;
    getrusage(RUSAGE_SELF, &before);
    pid_t pid = fork();
    if (pid == 0)
        _exit(kind->serve(port_pipe[1], NULL) == RESULT_OK ? COMMAND_GOOD : COMMAND_CANNOT);
    close(port_pipe[1]);
    uint16_t port = 0;
    uint64_t trips = 0, took_us = 0;
    enum result result = RESULT_OK;
    if (pid < 0 || read(port_pipe[0], &port, sizeof port) != sizeof port)
        result = fault_set(fault, RESULT_IO, "the echoing process did not start");
    else
        result = kind->call(port, round_us, &trips, &took_us, fault);
    close(port_pipe[0]);
    getrusage(RUSAGE_SELF, &after);
    if (pid > 0 && wait4(pid, NULL, 0, &theirs) != pid)
        result = fault_set(fault, RESULT_IO, "the echoing process was lost");
    if (result != RESULT_OK)
        return result;
    if (trips == 0)
        return fault_set(fault, RESULT_IO, "nothing came back");
    round->trips_per_s = (double)trips * US_PER_S / (double)took_us;
    round->cpu_us_per_trip =
        (double)(cpu_us(&after) - cpu_us(&before) + cpu_us(&theirs)) / (double)trips;
    return RESULT_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct round median(const struct round rounds[ROUNDS])
{
    double rates[ROUNDS], costs[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        rates[i] = rounds[i].trips_per_s;
        costs[i] = rounds[i].cpu_us_per_trip;
    }
    qsort(rates, ROUNDS, sizeof rates[0], compare);
    qsort(costs, ROUNDS, sizeof costs[0], compare);
    return (struct round){.trips_per_s = rates[ROUNDS / 2], .cpu_us_per_trip = costs[ROUNDS / 2]};
}

/* --- telling --------------------------------------------------------------------------------- */

static void report_text(const struct round *loop, const struct round *raw)
{
    printf("framed echo over loopback, %d bytes a message, %d in flight, median of %d rounds\n",
           (int)MESSAGE_LEN, (int)IN_FLIGHT, (int)ROUNDS);
    printf("%-26s %14s %14s %18s\n", "", "round trips/s", "messages/s", "CPU us/round trip");
    printf("%-26s %14.0f %14.0f %18.2f\n", "loop, links, framing", loop->trips_per_s,
           loop->trips_per_s * 2, loop->cpu_us_per_trip);
    printf("%-26s %14.0f %14.0f %18.2f\n", "plain blocking sockets", raw->trips_per_s,
           raw->trips_per_s * 2, raw->cpu_us_per_trip);
    printf("%-26s %14.2f %14s %18.2f\n", "ratio to plain sockets",
           loop->trips_per_s / raw->trips_per_s, "", loop->cpu_us_per_trip / raw->cpu_us_per_trip);
}

static void report_json(const struct round *loop, const struct round *raw)
{
    struct strbuf out;
    strbuf_init(&out, 1024);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "loop");
    json_member_int(&json, "in_flight", IN_FLIGHT);
    json_member_int(&json, "message_bytes", MESSAGE_LEN);
    json_member_real(&json, "round_trips_per_s", loop->trips_per_s, 0);
    json_member_real(&json, "messages_per_s", loop->trips_per_s * 2, 0);
    json_member_real(&json, "cpu_us_per_round_trip", loop->cpu_us_per_trip, 3);
    json_member_real(&json, "raw_round_trips_per_s", raw->trips_per_s, 0);
    json_member_real(&json, "raw_cpu_us_per_round_trip", raw->cpu_us_per_trip, 3);
    json_member_real(&json, "ratio", loop->trips_per_s / raw->trips_per_s, 3);
    json_member_real(&json, "cpu_ratio", loop->cpu_us_per_trip / raw->cpu_us_per_trip, 3);
    json_close_object(&json);
    printf("%s\n", out.text == NULL ? "" : out.text);
    strbuf_deinit(&out);
}

static enum result measure(int64_t seconds, struct round *loop, struct round *raw,
                           struct fault *fault)
{
    static const struct kind loop_kind = {serve_loop, call_loop}, raw_kind = {serve_raw, call_raw};
    struct round loops[ROUNDS], raws[ROUNDS];
    uint64_t round_us = (uint64_t)seconds * US_PER_S / (2 * ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        TRY(run_round(&loop_kind, round_us, &loops[i], fault));
        TRY(run_round(&raw_kind, round_us, &raws[i], fault));
    }
    *loop = median(loops);
    *raw = median(raws);
    return RESULT_OK;
}

int bench_loop(int argc, char **argv)
{
    enum { OPTION_JSON = 1, OPTION_SECONDS };
    static const struct command_option options[] = {
        {OPTION_JSON, "json", NULL, "one object instead of the table"},
        {OPTION_SECONDS, "seconds", "S", "how long in all (default 4)"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench loop",
        .arguments = "",
        .summary = "Framed echo through loop, links and framing, beside plain sockets.",
        .options = options,
    };
    bool as_json = false;
    int64_t seconds = 4;
    const char *value = NULL;
    int first = 0;
    for (int id; (id = command_next(&command, argc, argv, &value, &first)) != 0;) {
        if (id == COMMAND_DONE)
            return first;
        if (id == OPTION_JSON)
            as_json = true;
        else if (!command_number(&command, "seconds", value, 1, SECONDS_MAX, &seconds))
            return COMMAND_CANNOT;
    }
    if (first < argc)
        return command_usage(&command, "unexpected argument: %s", argv[first]);
    struct round loop, raw;
    struct fault fault = {RESULT_OK, ""};
    if (measure(seconds, &loop, &raw, &fault) != RESULT_OK)
        return command_fail(&command, &fault);
    if (as_json)
        report_json(&loop, &raw);
    else
        report_text(&loop, &raw);
    return COMMAND_GOOD;
}
