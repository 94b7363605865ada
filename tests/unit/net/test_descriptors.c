/* The limit of open files: checked at the start, and met without harm. */
#include "net/descriptors.h"

#include "drive.h"

#include <fcntl.h>
#include <sys/resource.h>

enum { CLIENTS = 20 };

static rlim_t set_limit(rlim_t soft)
{
    struct rlimit limit;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = soft;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static rlim_t limit_now(void)
{
    struct rlimit limit;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
}

static void leaves_a_limit_that_is_high_enough(void)
{
    rlim_t before = limit_now();
    CU_ASSERT_EQUAL(descriptors_want((unsigned)before, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(limit_now(), before);
}

static void raises_a_limit_that_is_too_low(void)
{
    rlim_t before = set_limit(64);
    CU_ASSERT_EQUAL(descriptors_want(65, NULL), RESULT_OK);
    CU_ASSERT_EQUAL(limit_now(), 65);
    set_limit(before);
}

static void says_what_to_do_when_it_may_not_have_so_many(void)
{
    struct rlimit limit;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max >= UINT32_MAX)
        return; /* this machine allows everything */
    CU_ASSERT_EQUAL(descriptors_want((unsigned)limit.rlim_max + 1, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "raise the limit (ulimit -n ");
    CU_ASSERT_EQUAL(limit_now(), limit.rlim_cur);
}

/* --- without descriptors ---------------------------------------------------------------------- */

static unsigned ups, downs;

static void on_up(void *context, struct link *link)
{
    (void)context;
    (void)link;
    ups++;
}

static void on_message(void *context, struct link *link, struct bytes message)
{
    (void)context;
    (void)link;
    (void)message;
}

static void on_down(void *context, struct link *link, const struct link_end *end)
{
    (void)context;
    (void)link;
    (void)end;
    downs++;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool has_ended(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&one, 1, 0) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

/* The lowest free descriptor: with the limit there, not one more can be had. */
static rlim_t next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    return (rlim_t)fd;
}

static void without_descriptors_connections_are_refused_and_the_loop_goes_on(void)
{
    static const struct link_events events = {.up = on_up, .message = on_message, .down = on_down};
    struct link_config config = link_config_default(shipped_framing("length4-ascii"));
    struct listener *listener = NULL;
    struct drive drive;
    int fds[CLIENTS];
    ups = downs = 0;
    drive_open(&drive);
    CU_ASSERT_EQUAL_FATAL(
        listener_open(drive.loop, "127.0.0.1", 0, &config, &events, NULL, &listener, NULL),
        RESULT_OK);
    for (unsigned i = 0; i < CLIENTS; i++)
        fds[i] = connect_to(listener_port(listener)); /* wait in the backlog */
    rlim_t before = set_limit(next_descriptor());
    drive_for_ms(&drive, 50);
    CU_ASSERT_EQUAL(ups, 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        CU_ASSERT_TRUE(has_ended(fds[i]));
    CU_ASSERT_TRUE(drive.turns < 1000); /* it does not spin */
    set_limit(before);
    int fd = connect_to(listener_port(listener));
    drive_until(&drive, &ups, 1);
    close(fd);
    drive_until(&drive, &downs, 1);
    for (unsigned i = 0; i < CLIENTS; i++)
        close(fds[i]);
    listener_close(listener);
    drive_close(&drive);
}

SUITE(CASE(leaves_a_limit_that_is_high_enough), CASE(raises_a_limit_that_is_too_low),
      CASE(says_what_to_do_when_it_may_not_have_so_many),
      CASE(without_descriptors_connections_are_refused_and_the_loop_goes_on))
