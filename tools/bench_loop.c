/* cardlab bench loop: messages echoed over one loopback connection, 32 in flight: claims that are
 * read, MAC checked, answered, packed and given a MAC by both sides, through event loop, links and
 * framing; the same way for bytes that nobody reads; and, as the floor of both, plain blocking
 * sockets that echo as many bytes with as many in flight. All in the same run, with one process for
 * each side.
 *
 * Where the two processes run decides the rates more than anything else, for both kinds alike, and
 * left to itself the scheduler chooses now this, now that. So the bench places them itself and
 * measures both ways. It also tells how many messages the caller found at a time, to show that the
 * placements do not differ in that. The rounds alternate and the median is told; on a busy machine
 * the CPU time can still be compared, the rates cannot. */
#include "base/json.h"
#include "bench.h"
#include "bench_desk.h"
#include "net/link.h"
#include "net/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROUNDS = 7,        /* of each kind in each placement */
    IN_FLIGHT = 32,    /* what a busy member has under way on one link */
    MESSAGE_LEN = 400, /* about a claim with its header */
    PREFIX_LEN = 4,
    FRAME_LEN = PREFIX_LEN + MESSAGE_LEN,
    RAW_LEN = 64 * 1024, /* of one read */
    SECONDS_MAX = 600,
    PLACEMENTS_MAX = 2,
    US_PER_S = 1000000,
};

struct round {
    double trips_per_s;
    double cpu_us_per_trip; /* of both processes */
    double batch;           /* messages the caller found at a time */
};

/* What one side of a connection counted. */
struct tally {
    uint64_t trips;
    uint64_t batches; /* turns of the loop, or reads, that brought any */
    uint64_t took_us;
};

/* --- through the loop ------------------------------------------------------------------------ */

static struct iso_framing framing; /* length4-ascii */
static struct bench_desk desk;
static struct operation claim;

struct echo {
    struct loop *loop;
    uint64_t round_us;
    uint64_t started_us;
    struct tally tally;
    uint64_t trips_before; /* this turn */
    bool is_server;
    bool reads; /* what comes, and writes what goes */
    bool broken;
};

static const uint8_t filler[MESSAGE_LEN] = "0200";

static void send_or_break(struct echo *echo, struct link *link, const void *data, size_t len)
{
    if (link_send(link, data, len, NULL))
        return;
    echo->broken = true;
    loop_stop(echo->loop);
}

/* Another claim, or the same bytes as ever. */
static void send_request(struct echo *echo, struct link *link)
{
    struct bench_message message;
    if (!echo->reads) {
        send_or_break(echo, link, filler, sizeof filler);
        return;
    }
    claim.stan = claim.stan % 999999 + 1;
    bench_desk_write(&desk, &claim, &message);
    send_or_break(echo, link, message.bytes, message.len);
}

/* As a party does: unpack with every check, verify the MAC; and answer. */
static void take_claim(struct echo *echo, struct link *link, struct bytes bytes)
{
    struct iso_message message;
    struct bench_message answer;
    if (iso_message_unpack(desk.spec, ISO_HEADER_YES, bytes.data, bytes.len, &message, NULL) !=
            ISO_OK ||
        !mac_verify(desk.recipe, desk.key, &message, NULL)) {
        echo->broken = true;
        loop_stop(echo->loop);
    } else if (echo->is_server) {
        bench_desk_answer(&desk, &message, "00", &answer);
        send_or_break(echo, link, answer.bytes, answer.len);
    } else
        send_request(echo, link);
}

static void on_up(void *context, struct link *link)
{
    struct echo *echo = context;
    if (echo->is_server)
        return;
    echo->started_us = loop_now().mono_us;
    loop_arm(echo->loop, echo->started_us + echo->round_us);
    for (int i = 0; i < IN_FLIGHT; i++)
        send_request(echo, link);
}

static void on_message(void *context, struct link *link, struct bytes bytes)
{
    struct echo *echo = context;
    echo->tally.trips++;
    if (echo->reads)
        take_claim(echo, link, bytes);
    else
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

static void on_turn(void *context)
{
    struct echo *echo = context;
    echo->tally.batches += echo->tally.trips > echo->trips_before;
    echo->trips_before = echo->tally.trips;
}

static const struct loop_events loop_events = {.deadline = on_deadline, .turn = on_turn};
static const struct link_events link_events = {.up = on_up, .message = on_message, .down = on_down};

static enum result serve_links(int port_pipe, bool reads, struct fault *fault)
{
    struct echo echo = {.is_server = true, .reads = reads};
    struct listener *listener = NULL;
    struct link_config config = link_config_default(&framing);
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

static enum result call_links(uint16_t port, uint64_t round_us, bool reads, struct tally *tally,
                              struct fault *fault)
{
    struct echo echo = {.round_us = round_us, .reads = reads};
    struct connector *connector = NULL;
    struct link_config config = link_config_default(&framing);
    TRY(loop_open(&loop_events, &echo, &echo.loop, fault));
    enum result result = connector_open(echo.loop, "127.0.0.1", port, &config, &link_events, &echo,
                                        &connector, fault);
    if (result == RESULT_OK)
        loop_run(echo.loop);
    *tally = echo.tally;
    tally->took_us = loop_now().mono_us - echo.started_us;
    connector_close(connector);
    loop_close(echo.loop);
    if (result == RESULT_OK && echo.broken)
        result = fault_set(fault, RESULT_IO, "the link broke during the measurement");
    return result;
}

static enum result serve_claims(int port_pipe, struct fault *fault)
{
    return serve_links(port_pipe, true, fault);
}

static enum result call_claims(uint16_t port, uint64_t round_us, struct tally *tally,
                               struct fault *fault)
{
    return call_links(port, round_us, true, tally, fault);
}

static enum result serve_loop(int port_pipe, struct fault *fault)
{
    return serve_links(port_pipe, false, fault);
}

static enum result call_loop(uint16_t port, uint64_t round_us, struct tally *tally,
                             struct fault *fault)
{
    return call_links(port, round_us, false, tally, fault);
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

static enum result call_raw(uint16_t port, uint64_t round_us, struct tally *tally,
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
        tally->batches += whole > 0;
        good = write_all(fd, frames, whole * FRAME_LEN);
    }
    tally->took_us = loop_now().mono_us - started_us;
    tally->trips = received / FRAME_LEN;
    close(fd);
    return good && tally->took_us >= round_us
               ? RESULT_OK
               : fault_set(fault, RESULT_IO, "the connection broke during the measurement");
}

/* --- rounds ---------------------------------------------------------------------------------- */

struct kind {
    const char *name, *title;
    enum result (*serve)(int port_pipe, struct fault *fault);
    enum result (*call)(uint16_t port, uint64_t round_us, struct tally *tally, struct fault *fault);
};

/* Where caller and server run. */
struct placement {
    const char *name;
    int caller_cpu, server_cpu;
};

static void run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* allowed a moment ago; else unplaced */
}

static uint64_t cpu_us(const struct rusage *usage)
{
    return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * US_PER_S +
           (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* The server is a child of its own each time, so that its CPU time is known when it ends. */
static enum result run_round(const struct kind *kind, const struct placement *placement,
                             uint64_t round_us, struct round *round, struct fault *fault)
{
    int port_pipe[2];
    if (pipe(port_pipe) != 0)
        return fault_set(fault, RESULT_IO, "cannot make a pipe: %s", strerror(errno));
    struct rusage before, after, theirs;
    getrusage(RUSAGE_SELF, &before);
    pid_t pid = fork();
    if (pid == 0) {
        run_on(placement->server_cpu);
        _exit(kind->serve(port_pipe[1], NULL) == RESULT_OK ? COMMAND_GOOD : COMMAND_CANNOT);
    }
    run_on(placement->caller_cpu);
    close(port_pipe[1]);
    uint16_t port = 0;
    struct tally tally = {0};
    enum result result = RESULT_OK;
    if (pid < 0 || read(port_pipe[0], &port, sizeof port) != sizeof port)
        result = fault_set(fault, RESULT_IO, "the echoing process did not start");
    else
        result = kind->call(port, round_us, &tally, fault);
    close(port_pipe[0]);
    getrusage(RUSAGE_SELF, &after);
    if (pid > 0 && wait4(pid, NULL, 0, &theirs) != pid)
        result = fault_set(fault, RESULT_IO, "the echoing process was lost");
    if (result != RESULT_OK)
        return result;
    if (tally.trips == 0 || tally.batches == 0)
        return fault_set(fault, RESULT_IO, "nothing came back");
    double trips = (double)tally.trips;
    *round = (struct round){
        .trips_per_s = trips * US_PER_S / (double)tally.took_us,
        .cpu_us_per_trip = (double)(cpu_us(&after) - cpu_us(&before) + cpu_us(&theirs)) / trips,
        .batch = trips / (double)tally.batches,
    };
    return RESULT_OK;
}

static double median(const struct round rounds[ROUNDS], size_t member)
{
    double values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        memcpy(&values[i], (const char *)&rounds[i] + member, sizeof values[i]);
    return bench_median(values, ROUNDS);
}

static struct round summary(const struct round rounds[ROUNDS])
{
    return (struct round){
        .trips_per_s = median(rounds, offsetof(struct round, trips_per_s)),
        .cpu_us_per_trip = median(rounds, offsetof(struct round, cpu_us_per_trip)),
        .batch = median(rounds, offsetof(struct round, batch)),
    };
}

enum { CLAIMS, FRAMES, RAW, KINDS };
static const struct kind kinds[KINDS] = {
    [CLAIMS] = {"claims", "claims, codec and MAC", serve_claims, call_claims},
    [FRAMES] = {"frames", "bytes in frames", serve_loop, call_loop},
    [RAW] = {"raw", "plain blocking sockets", serve_raw, call_raw},
};

struct figures {
    struct round of[KINDS];
};

static enum result measure(const struct placement *placement, uint64_t round_us,
                           struct figures *figures, struct fault *fault)
{
    struct round rounds[KINDS][ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        for (int kind = 0; kind < KINDS; kind++)
            TRY(run_round(&kinds[kind], placement, round_us, &rounds[kind][i], fault));
    for (int kind = 0; kind < KINDS; kind++)
        figures->of[kind] = summary(rounds[kind]);
    return RESULT_OK;
}

/* Both on the first core that we may use; and, if there is another, each on its own. */
static size_t find_placements(struct placement placements[PLACEMENTS_MAX])
{
    cpu_set_t set;
    int first = -1, second = -1;
    CPU_ZERO(&set);
    (void)sched_getaffinity(0, sizeof set, &set);
    for (int cpu = 0; cpu < CPU_SETSIZE && second < 0; cpu++)
        if (CPU_ISSET((size_t)cpu, &set)) {
            if (first < 0)
                first = cpu;
            else
                second = cpu;
        }
    if (first < 0)
        first = 0;
    placements[0] = (struct placement){"one_core", first, first};
    placements[1] = (struct placement){"two_cores", first, second};
    return second < 0 ? 1 : 2;
}

/* --- telling --------------------------------------------------------------------------------- */

static void report_text(const struct placement *placements, const struct figures *figures,
                        size_t count)
{
    printf("echo over loopback, some %d bytes a message, %d in flight, median of %d rounds\n",
           (int)MESSAGE_LEN, (int)IN_FLIGHT, (int)ROUNDS);
    printf("  %-24s %13s %13s %14s %10s %8s\n", "", "round trips/s", "messages/s", "CPU us/message",
           "at a time", "CPU to");
    for (size_t i = 0; i < count; i++) {
        const struct round *raw = &figures[i].of[RAW];
        printf("both sides on %-63s %8s\n",
               placements[i].caller_cpu == placements[i].server_cpu ? "one core" : "two cores",
               "plain");
        for (int kind = 0; kind < KINDS; kind++) {
            const struct round *round = &figures[i].of[kind];
            printf("  %-24s %13.0f %13.0f %14.2f %10.1f %8.2f\n", kinds[kind].title,
                   round->trips_per_s, round->trips_per_s * 2, round->cpu_us_per_trip / 2,
                   round->batch, round->cpu_us_per_trip / raw->cpu_us_per_trip);
        }
    }
}

static void report_json(const struct placement *placements, const struct figures *figures,
                        size_t count)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "loop");
    json_member_int(&json, "in_flight", IN_FLIGHT);
    json_member_int(&json, "message_bytes", MESSAGE_LEN);
    for (size_t i = 0; i < count; i++) {
        const struct round *raw = &figures[i].of[RAW];
        json_key(&json, placements[i].name);
        json_open_object(&json);
        for (int kind = 0; kind < KINDS; kind++) {
            const struct round *round = &figures[i].of[kind];
            json_key(&json, kinds[kind].name);
            json_open_object(&json);
            json_member_real(&json, "round_trips_per_s", round->trips_per_s, 0);
            json_member_real(&json, "messages_per_s", round->trips_per_s * 2, 0);
            json_member_real(&json, "cpu_us_per_message", round->cpu_us_per_trip / 2, 3);
            json_member_real(&json, "messages_at_a_time", round->batch, 1);
            json_member_real(&json, "ratio", round->trips_per_s / raw->trips_per_s, 3);
            json_member_real(&json, "cpu_ratio", round->cpu_us_per_trip / raw->cpu_us_per_trip, 3);
            json_close_object(&json);
        }
        json_close_object(&json);
    }
    json_close_object(&json);
    printf("%s\n", out.text == NULL ? "" : out.text);
    strbuf_deinit(&out);
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
        .summary =
            "Claims echoed through loop, links, framing, codec and MAC, beside plain sockets.",
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
    struct placement placements[PLACEMENTS_MAX];
    struct figures figures[PLACEMENTS_MAX];
    struct fault fault = {RESULT_OK, ""};
    if (command_framing_load("length4-ascii", &framing, &fault) != RESULT_OK ||
        bench_desk_open(&desk, &fault) != RESULT_OK)
        return command_fail(&command, &fault);
    claim = bench_desk_claim(1, 1, 1, 1122120000);
    size_t count = find_placements(placements);
    uint64_t round_us = (uint64_t)seconds * US_PER_S / (KINDS * ROUNDS * count);
    for (size_t i = 0; i < count; i++)
        if (measure(&placements[i], round_us, &figures[i], &fault) != RESULT_OK)
            return command_fail(&command, &fault);
    if (as_json)
        report_json(placements, figures, count);
    else
        report_text(placements, figures, count);
    bench_desk_close(&desk);
    return COMMAND_GOOD;
}
