/* Drives a real event loop in tests without sleeping: until a counter has reached a number, or a
 * deadline that only a failure meets. And the other side of a link as a plain socket, which does
 * exactly what a test says and nothing else. */
#ifndef TESTS_UNIT_NET_DRIVE_H
#define TESTS_UNIT_NET_DRIVE_H

#include "net/link.h"
#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DRIVE_LIMIT_US = 30 * 1000 * 1000 }; /* far beyond any test on a busy machine */

struct drive {
    struct loop *loop;
    const unsigned *counter;
    unsigned wanted;
    unsigned turns;
    bool late;
};

static inline void drive_on_turn(void *context)
{
    struct drive *drive = context;
    drive->turns++;
    if (*drive->counter >= drive->wanted)
        loop_stop(drive->loop);
}

static inline void drive_on_deadline(void *context)
{
    struct drive *drive = context;
    drive->late = true;
    loop_stop(drive->loop);
}

static inline void drive_open(struct drive *drive)
{
    static const struct loop_events events = {.turn = drive_on_turn, .deadline = drive_on_deadline};
    *drive = (struct drive){0};
    struct fault fault = {0};
    if (loop_open(&events, drive, &drive->loop, &fault) != RESULT_OK)
        CU_FAIL_FATAL("no loop");
}

static inline void drive_close(struct drive *drive)
{
    loop_close(drive->loop);
}

/* For so long, or a little longer. */
static inline void drive_for_ms(struct drive *drive, uint64_t ms)
{
    static const unsigned never = 0;
    drive->counter = &never;
    drive->wanted = 1;
    loop_arm(drive->loop, loop_now().mono_us + ms * 1000);
    loop_run(drive->loop);
}

/* Fails the test, naming the line, when the counter does not get there. */
#define drive_until(drive, counter, wanted) drive_run((drive), (counter), (wanted), __LINE__)
static inline void drive_run(struct drive *drive, const unsigned *counter, unsigned wanted,
                             unsigned line)
{
    drive->counter = counter;
    drive->wanted = wanted;
    drive->late = false;
    if (*counter < wanted) {
        loop_arm(drive->loop, loop_now().mono_us + DRIVE_LIMIT_US);
        loop_run(drive->loop);
        loop_arm(drive->loop, LOOP_NEVER);
    }
    if (drive->late)
        fprintf(stderr, "line %u: the counter is %u and was to be %u\n", line, *counter, wanted);
    CU_assertImplementation(!drive->late, line, "in time", __FILE__, "", CU_FALSE);
}

/* Whole turns, with whatever is ready by then; the wake-up keeps them from waiting for more. */
static inline void drive_turns(struct drive *drive, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        drive->turns = 0;
        loop_wake(drive->loop);
        drive_until(drive, &drive->turns, 2);
    }
}

/* --- what a link's owner saw ----------------------------------------------------------------- */

struct seen {
    unsigned ups, downs, messages, idles, troubles;
    struct link *link; /* the last that came up */
    uint64_t first_unsent;
    struct fault fault;   /* of the last end */
    struct fault trouble; /* the last */
    uint8_t last[ISO_MESSAGE_LEN_MAX];
    size_t last_len;
    bool echo;
    const char *close_on; /* closes the link when this message comes */
};

static inline void seen_up(void *context, struct link *link)
{
    struct seen *seen = context;
    seen->ups++;
    seen->link = link;
}

static inline void seen_message(void *context, struct link *link, struct bytes message)
{
    struct seen *seen = context;
    seen->messages++;
    seen->last_len = message.len;
    memcpy(seen->last, message.data, message.len);
    if (seen->echo)
        CU_ASSERT_TRUE(link_send(link, message.data, message.len, NULL));
    if (seen->close_on != NULL && bytes_equal(message, bytes_text(seen->close_on)))
        link_close(link, "asked to");
}

static inline void seen_idle(void *context, struct link *link)
{
    (void)link;
    ((struct seen *)context)->idles++;
}

static inline void seen_down(void *context, struct link *link, const struct link_end *end)
{
    struct seen *seen = context;
    seen->downs++;
    seen->fault = *end->fault;
    seen->first_unsent = end->first_unsent;
    if (seen->link == link)
        seen->link = NULL;
}

static inline void seen_trouble(void *context, const struct fault *fault)
{
    struct seen *seen = context;
    seen->troubles++;
    seen->trouble = *fault;
}

static const struct link_events seen_events = {.up = seen_up,
                                               .message = seen_message,
                                               .idle = seen_idle,
                                               .down = seen_down,
                                               .trouble = seen_trouble};

/* A shipped framing, for links that must not outlive the suite. */
static inline const struct iso_framing *shipped_framing(const char *name)
{
    static struct iso_framing framings[4];
    size_t at = 0;
    while (at < 3 && framings[at].name[0] != '\0' && strcmp(framings[at].name, name) != 0)
        at++;
    char path[512];
    snprintf(path, sizeof path, "%s/framings/%s.yaml", SPECS_DIR, name);
    if (iso_framing_load(path, &framings[at], NULL) != ISO_OK)
        abort();
    return &framings[at];
}

static inline struct link_config cup_config(void)
{
    return link_config_default(shipped_framing("length4-ascii"));
}

static inline struct listener *listen_on(struct drive *drive, uint16_t port,
                                         const struct link_config *config, struct seen *seen)
{
    struct listener *listener = NULL;
    struct fault fault = {0};
    if (listener_open(drive->loop, "127.0.0.1", port, config, &seen_events, seen, &listener,
                      &fault) != RESULT_OK) {
        fprintf(stderr, "%s\n", fault.text);
        CU_FAIL_FATAL("no listener");
    }
    return listener;
}

/* --- the other side as a plain socket -------------------------------------------------------- */

/* The kernel completes the connection, the loop need not run. */
static inline int raw_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    return fd;
}

static inline void raw_send(int fd, const void *data, size_t len)
{
    CU_ASSERT_EQUAL_FATAL(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static inline void raw_text(int fd, const char *text)
{
    raw_send(fd, text, strlen(text));
}

/* Closes with a reset instead of an orderly end. */
static inline void raw_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
}

/* Exactly len bytes, or fails the test. */
static inline void raw_receive(int fd, void *out, size_t len)
{
    CU_ASSERT_EQUAL_FATAL(recv(fd, out, len, MSG_WAITALL), (ssize_t)len);
}

#endif
