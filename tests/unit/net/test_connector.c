/* Connectors and listeners together: reconnecting, refusing, going away at any moment. */
#include "drive.h"
#include "net/backoff.h"

struct pair {
    struct drive drive;
    struct seen here; /* the listener's side */
    struct seen there;
    struct listener *listener;
    struct connector *connector;
};

static struct link_config quick_config(void)
{
    struct link_config config = cup_config();
    config.retry_min_ms = 2;
    config.retry_max_ms = 10;
    return config;
}

static void pair_open(struct pair *pair)
{
    *pair = (struct pair){0};
    struct link_config config = quick_config();
    drive_open(&pair->drive);
    pair->listener = listen_on(&pair->drive, 0, &config, &pair->here);
    CU_ASSERT_EQUAL_FATAL(connector_open(pair->drive.loop, "127.0.0.1",
                                         listener_port(pair->listener), &config, &seen_events,
                                         &pair->there, &pair->connector, NULL),
                          RESULT_OK);
    CU_ASSERT_EQUAL(pair->there.ups, 0); /* never from inside a call */
    drive_until(&pair->drive, &pair->there.ups, 1);
    drive_until(&pair->drive, &pair->here.ups, 1);
}

static void pair_close(struct pair *pair)
{
    connector_close(pair->connector);
    listener_close(pair->listener);
    drive_close(&pair->drive);
}

static void carries_messages_both_ways(void)
{
    struct pair pair;
    pair_open(&pair);
    pair.here.echo = true;
    CU_ASSERT_TRUE(link_send(connector_link(pair.connector), "hello", 5, NULL));
    CU_ASSERT_TRUE(link_send(connector_link(pair.connector), "again", 5, NULL));
    drive_until(&pair.drive, &pair.there.messages, 2);
    ASSERT_BYTES(pair.there.last, pair.there.last_len, "again", 5);
    ASSERT_CONTAINS(link_peer(connector_link(pair.connector)), "127.0.0.1:");
    pair_close(&pair);
}

static void reconnects_after_the_listener_comes_back(void)
{
    struct pair pair;
    pair_open(&pair);
    uint64_t before = 0, after = 0;
    struct link *link = connector_link(pair.connector);
    CU_ASSERT_TRUE(link_send(link, "a", 1, &before));
    drive_until(&pair.drive, &pair.here.messages, 1);
    uint16_t port = listener_port(pair.listener);
    listener_close(pair.listener);
    drive_until(&pair.drive, &pair.there.downs, 1);
    CU_ASSERT_FALSE(link_is_up(link));
    CU_ASSERT_FALSE(link_send(link, "lost", 4, NULL));
    drive_until(&pair.drive, &pair.there.troubles, 2); /* nobody is there */
    ASSERT_CONTAINS(pair.there.trouble.text, "cannot connect: connection refused");
    struct link_config config = quick_config();
    pair.listener = listen_on(&pair.drive, port, &config, &pair.here);
    drive_until(&pair.drive, &pair.there.ups, 2);
    CU_ASSERT_PTR_EQUAL(pair.there.link, link);
    CU_ASSERT_TRUE(link_send(link, "b", 1, &after));
    CU_ASSERT_EQUAL(after, before + 1);
    drive_until(&pair.drive, &pair.here.messages, 2);
    pair_close(&pair);
}

/* A listening socket; the kernel completes connections to it by itself. */
static int raw_listen(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof address;
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 4), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void what_a_dead_link_held_is_not_sent_on_the_next(void)
{
    static const uint8_t stale[5000];
    struct drive drive;
    struct seen seen = {0};
    struct connector *connector = NULL;
    struct link_config config = quick_config();
    uint16_t port;
    drive_open(&drive);
    int listening = raw_listen(&port);
    CU_ASSERT_EQUAL_FATAL(connector_open(drive.loop, "127.0.0.1", port, &config, &seen_events,
                                         &seen, &connector, NULL),
                          RESULT_OK);
    drive_until(&drive, &seen.ups, 1);
    uint64_t number = 0;
    for (unsigned turn = 0; turn < 100; turn++) {
        while (link_send(connector_link(connector), stale, sizeof stale, &number))
            continue;
        drive_turns(&drive, 1);
    }
    raw_reset(accept(listening, NULL, NULL));
    drive_until(&drive, &seen.ups, 2);
    CU_ASSERT_TRUE(seen.first_unsent < number);
    uint64_t fresh = 0;
    CU_ASSERT_TRUE(link_send(connector_link(connector), "fresh", 5, &fresh));
    CU_ASSERT_EQUAL(fresh, number + 1);
    drive_turns(&drive, 1);
    char frame[9];
    int fd = accept(listening, NULL, NULL);
    raw_receive(fd, frame, sizeof frame);
    ASSERT_BYTES(frame, sizeof frame, "0005fresh", 9);
    close(fd);
    close(listening);
    connector_close(connector);
    drive_close(&drive);
}

/* A host that lets itself be connected to, says `words` and hangs up, so many times. */
static void be_a_fickle_host(struct drive *drive, struct seen *seen, int listening,
                             const char *words, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        drive_until(drive, &seen->ups, i + 1);
        int fd = accept(listening, NULL, NULL);
        raw_text(fd, words);
        close(fd);
        drive_until(drive, &seen->downs, i + 1);
    }
}

static void a_host_that_hangs_up_at_once_is_tried_less_and_less(void)
{
    struct drive drive;
    struct seen seen = {0};
    struct connector *connector = NULL;
    struct link_config config = cup_config();
    config.retry_min_ms = 1;
    config.retry_max_ms = 1000000;
    uint16_t port;
    drive_open(&drive);
    int listening = raw_listen(&port);
    uint64_t start_us = loop_now().mono_us;
    CU_ASSERT_EQUAL_FATAL(connector_open(drive.loop, "127.0.0.1", port, &config, &seen_events,
                                         &seen, &connector, NULL),
                          RESULT_OK);
    be_a_fickle_host(&drive, &seen, listening, "000", 8); /* no whole frame */
    /* Seven waits of 1, 2, 4 ... 64 ms, of which each is at least half. */
    CU_ASSERT_TRUE(loop_now().mono_us - start_us >= 60000);
    CU_ASSERT_EQUAL(seen.idles, 0);
    close(listening);
    connector_close(connector);
    drive_close(&drive);
}

static void a_host_that_spoke_is_tried_again_soon_and_afresh(void)
{
    struct drive drive;
    struct seen seen = {0};
    struct connector *connector = NULL;
    struct link_config config = cup_config();
    config.retry_min_ms = 1;
    config.retry_max_ms = UINT64_MAX;
    uint16_t port;
    drive_open(&drive);
    int listening = raw_listen(&port);
    CU_ASSERT_EQUAL_FATAL(connector_open(drive.loop, "127.0.0.1", port, &config, &seen_events,
                                         &seen, &connector, NULL),
                          RESULT_OK);
    /* Without a fresh start the last of these waits would be a month; and the beginning of a frame
     * must not be taken for that of the next connection's first. */
    be_a_fickle_host(&drive, &seen, listening, "00000005hel", 32);
    CU_ASSERT_EQUAL(seen.idles, 32);
    CU_ASSERT_EQUAL(seen.messages, 0);
    ASSERT_CONTAINS(seen.fault.text, "inside a frame");
    close(listening);
    connector_close(connector);
    drive_close(&drive);
}

static void a_link_closed_by_its_owner_comes_back(void)
{
    struct pair pair;
    pair_open(&pair);
    link_close(connector_link(pair.connector), "test");
    link_close(connector_link(pair.connector), "twice does nothing");
    CU_ASSERT_EQUAL(pair.there.downs, 0);
    drive_until(&pair.drive, &pair.there.ups, 2);
    CU_ASSERT_EQUAL(pair.there.downs, 1);
    ASSERT_CONTAINS(pair.there.fault.text, "closed by us: test");
    pair_close(&pair);
}

static void refuses_beyond_the_maximum_and_accepts_again_below_it(void)
{
    struct link_config config = cup_config();
    config.links_max = 2;
    struct drive drive;
    struct seen seen = {0};
    drive_open(&drive);
    struct listener *listener = listen_on(&drive, 0, &config, &seen);
    uint16_t port = listener_port(listener);
    int first = raw_connect(port), second = raw_connect(port);
    drive_until(&drive, &seen.ups, 2);
    int third = raw_connect(port), fourth = raw_connect(port);
    drive_until(&drive, &seen.troubles, 1);
    drive_turns(&drive, 2);
    char byte;
    CU_ASSERT_EQUAL(recv(third, &byte, 1, 0), 0);
    CU_ASSERT_EQUAL(recv(fourth, &byte, 1, 0), 0);
    CU_ASSERT_EQUAL(seen.troubles, 1); /* a flood is told once */
    CU_ASSERT_EQUAL(seen.trouble.result, RESULT_LIMIT);
    ASSERT_CONTAINS(seen.trouble.text, "2 links is the maximum");
    CU_ASSERT_EQUAL(seen.ups, 2);
    raw_text(second, "0002ok");
    drive_until(&drive, &seen.messages, 1);
    close(first);
    drive_until(&drive, &seen.downs, 1);
    int fifth = raw_connect(port);
    drive_until(&drive, &seen.ups, 3);
    close(second);
    close(third);
    close(fourth);
    close(fifth);
    listener_close(listener);
    drive_close(&drive);
}

static void a_stopped_listener_keeps_its_links(void)
{
    struct pair pair;
    pair_open(&pair);
    listener_stop(pair.listener);
    drive_turns(&pair.drive, 1);
    pair.here.echo = true;
    CU_ASSERT_TRUE(link_send(connector_link(pair.connector), "still", 5, NULL));
    drive_until(&pair.drive, &pair.there.messages, 1);
    link_close(connector_link(pair.connector), "test");
    drive_until(&pair.drive, &pair.there.troubles, 1);
    CU_ASSERT_EQUAL(pair.there.ups, 1);
    pair_close(&pair);
}

static void a_port_in_use_is_refused_with_its_name(void)
{
    struct pair pair;
    pair_open(&pair);
    struct link_config config = cup_config();
    struct listener *second = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(listener_open(pair.drive.loop, "127.0.0.1", listener_port(pair.listener),
                                  &config, &seen_events, &pair.here, &second, &fault),
                    RESULT_IO);
    ASSERT_CONTAINS(fault.text, "cannot listen on 127.0.0.1:");
    ASSERT_CONTAINS(fault.text, "address already in use");
    CU_ASSERT_PTR_NULL(second);
    pair_close(&pair);
}

static void a_host_without_address_is_refused(void)
{
    struct drive drive;
    drive_open(&drive);
    struct link_config config = cup_config();
    struct listener *listener = NULL;
    struct connector *connector = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(listener_open(drive.loop, "127.0.0.1.9.9", 0, &config, &seen_events, NULL,
                                  &listener, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "127.0.0.1.9.9");
    CU_ASSERT_EQUAL(
        connector_open(drive.loop, "", 1, &config, &seen_events, NULL, &connector, &fault),
        RESULT_INPUT);
    drive_close(&drive);
}

static void speaks_over_ipv6_where_the_machine_has_it(void)
{
    struct link_config config = quick_config();
    struct drive drive;
    struct seen here = {0}, there = {0};
    drive_open(&drive);
    struct listener *listener = NULL;
    struct connector *connector = NULL;
    if (listener_open(drive.loop, "::1", 0, &config, &seen_events, &here, &listener, NULL) ==
        RESULT_OK) {
        CU_ASSERT_EQUAL_FATAL(connector_open(drive.loop, "::1", listener_port(listener), &config,
                                             &seen_events, &there, &connector, NULL),
                              RESULT_OK);
        drive_until(&drive, &there.ups, 1);
        ASSERT_CONTAINS(link_peer(there.link), "[::1]:");
    }
    CU_PASS("a machine without IPv6 has nothing to show");
    connector_close(connector);
    listener_close(listener);
    drive_close(&drive);
}

/* --- owners who close from inside a callback ------------------------------------------------- */

struct closer {
    struct listener *listener;
    struct connector *connector;
    unsigned calls;
};

static void close_everything(void *context)
{
    struct closer *closer = context;
    closer->calls++;
    listener_close(closer->listener);
    connector_close(closer->connector);
    closer->listener = NULL;
    closer->connector = NULL;
}

static void close_on_up(void *context, struct link *link)
{
    (void)link;
    close_everything(context);
}

static void close_on_message(void *context, struct link *link, struct bytes message)
{
    (void)link;
    (void)message;
    close_everything(context);
}

static void close_on_down(void *context, struct link *link, const struct link_end *end)
{
    (void)link;
    (void)end;
    close_everything(context);
}

static void ignore_up(void *context, struct link *link)
{
    (void)context;
    (void)link;
}

static void close_on_trouble(void *context, const struct fault *fault)
{
    (void)fault;
    close_everything(context);
}

static void owners_may_close_in_any_callback(void)
{
    static const struct link_events closing[] = {
        {.up = close_on_up, .message = close_on_message, .down = close_on_down},
        {.up = ignore_up, .message = close_on_message, .down = close_on_down},
        {.up = ignore_up, .message = seen_message, .down = close_on_down},
    };
    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++) {
        struct link_config config = quick_config();
        struct drive drive;
        struct closer closer = {0};
        drive_open(&drive);
        CU_ASSERT_EQUAL_FATAL(listener_open(drive.loop, "127.0.0.1", 0, &config, &closing[i],
                                            &closer, &closer.listener, NULL),
                              RESULT_OK);
        int fd = raw_connect(listener_port(closer.listener));
        raw_text(fd, i == 2 ? "garbage" : "0002ok0002ok");
        drive_until(&drive, &closer.calls, 1);
        drive_turns(&drive, 2);
        CU_ASSERT_EQUAL(closer.calls, 1);
        close(fd);
        drive_close(&drive);
    }
}

static void a_connector_may_be_closed_in_its_trouble_and_before_it_ever_tried(void)
{
    static const struct link_events events = {.up = ignore_up,
                                              .message = seen_message,
                                              .down = close_on_down,
                                              .trouble = close_on_trouble};
    struct link_config config = quick_config();
    struct pair pair;
    pair_open(&pair);
    uint16_t port = listener_port(pair.listener);
    listener_close(pair.listener);
    pair.listener = NULL;
    struct closer closer = {0};
    CU_ASSERT_EQUAL_FATAL(connector_open(pair.drive.loop, "127.0.0.1", port, &config, &events,
                                         &closer, &closer.connector, NULL),
                          RESULT_OK);
    drive_until(&pair.drive, &closer.calls, 1);
    struct connector *never = NULL;
    CU_ASSERT_EQUAL_FATAL(
        connector_open(pair.drive.loop, "127.0.0.1", port, &config, &events, &closer, &never, NULL),
        RESULT_OK);
    connector_close(never);
    pair_close(&pair);
    CU_ASSERT_EQUAL(closer.calls, 1);
}

/* --- waiting --------------------------------------------------------------------------------- */

static void waits_double_up_to_the_maximum_and_are_drawn_from_the_upper_half(void)
{
    struct backoff backoff = backoff_of(100, 1500, 7);
    static const uint64_t limits[] = {100, 200, 400, 800, 1500, 1500, 1500};
    for (unsigned round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
            uint64_t wait_ms = backoff_wait_ms(&backoff);
            CU_ASSERT_TRUE(wait_ms >= limits[i] / 2 && wait_ms <= limits[i]);
        }
        backoff_reset(&backoff);
    }
}

static void the_same_seed_draws_the_same_waits_and_another_does_not(void)
{
    struct backoff one = backoff_of(1000, 100000, 1), same = one;
    struct backoff other = backoff_of(1000, 100000, 2);
    unsigned different = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t wait_ms = backoff_wait_ms(&one);
        CU_ASSERT_EQUAL(wait_ms, backoff_wait_ms(&same));
        different += wait_ms != backoff_wait_ms(&other);
    }
    CU_ASSERT_TRUE(different > 10);
}

static void the_longest_waits_do_not_overflow(void)
{
    struct backoff backoff = backoff_of(1, UINT64_MAX, 3);
    for (unsigned i = 0; i < 200; i++)
        CU_ASSERT_TRUE(backoff_wait_ms(&backoff) >= (i < 64 ? (uint64_t)1 << i : UINT64_MAX) / 2);
}

SUITE(CASE(carries_messages_both_ways), CASE(reconnects_after_the_listener_comes_back),
      CASE(what_a_dead_link_held_is_not_sent_on_the_next),
      CASE(a_host_that_hangs_up_at_once_is_tried_less_and_less),
      CASE(a_host_that_spoke_is_tried_again_soon_and_afresh),
      CASE(a_link_closed_by_its_owner_comes_back),
      CASE(refuses_beyond_the_maximum_and_accepts_again_below_it),
      CASE(a_stopped_listener_keeps_its_links), CASE(a_port_in_use_is_refused_with_its_name),
      CASE(a_host_without_address_is_refused), CASE(speaks_over_ipv6_where_the_machine_has_it),
      CASE(owners_may_close_in_any_callback),
      CASE(a_connector_may_be_closed_in_its_trouble_and_before_it_ever_tried),
      CASE(waits_double_up_to_the_maximum_and_are_drawn_from_the_upper_half),
      CASE(the_same_seed_draws_the_same_waits_and_another_does_not),
      CASE(the_longest_waits_do_not_overflow))
