/* One framed link against a plain socket that sends exactly these bytes, at exactly these cuts. */
#include "drive.h"

static const char three_frames[] = "0005hello0000"
                                   "0003abc";

struct bench {
    struct drive drive;
    struct seen seen;
    struct listener *listener;
    int fd;
};

static void bench_open(struct bench *bench, const struct link_config *config)
{
    *bench = (struct bench){.fd = -1};
    drive_open(&bench->drive);
    bench->listener = listen_on(&bench->drive, 0, config, &bench->seen);
    bench->fd = raw_connect(listener_port(bench->listener));
    drive_until(&bench->drive, &bench->seen.ups, 1);
}

static void bench_open_default(struct bench *bench)
{
    struct link_config config = cup_config();
    bench_open(bench, &config);
}

static void bench_close(struct bench *bench)
{
    if (bench->fd >= 0)
        close(bench->fd);
    listener_close(bench->listener);
    drive_close(&bench->drive);
}

/* --- receiving ------------------------------------------------------------------------------- */

static void reads_frames_split_byte_by_byte(void)
{
    struct bench bench;
    bench_open_default(&bench);
    for (size_t i = 0; i < strlen(three_frames); i++) {
        raw_send(bench.fd, three_frames + i, 1);
        drive_turns(&bench.drive, 1);
    }
    drive_until(&bench.drive, &bench.seen.messages, 2);
    CU_ASSERT_EQUAL(bench.seen.idles, 1);
    ASSERT_BYTES(bench.seen.last, bench.seen.last_len, "abc", 3);
    bench_close(&bench);
}

static void reads_several_frames_from_one_write(void)
{
    struct bench bench;
    bench_open_default(&bench);
    raw_text(bench.fd, three_frames);
    drive_until(&bench.drive, &bench.seen.messages, 2);
    CU_ASSERT_EQUAL(bench.seen.idles, 1);
    CU_ASSERT_EQUAL(bench.seen.downs, 0);
    bench_close(&bench);
}

static void reads_the_longest_message_behind_a_short_one(void)
{
    struct bench bench;
    bench_open_default(&bench);
    static uint8_t frames[8 + 4 + ISO_MESSAGE_LEN_MAX];
    memset(frames, 'x', sizeof frames);
    memcpy(frames, "0004abcd9999", 12);
    raw_send(bench.fd, frames, sizeof frames);
    drive_until(&bench.drive, &bench.seen.messages, 2);
    ASSERT_BYTES(bench.seen.last, bench.seen.last_len, frames + 12, ISO_MESSAGE_LEN_MAX);
    bench_close(&bench);
}

static void garbage_closes_only_its_own_link(void)
{
    struct bench bench;
    bench_open_default(&bench);
    struct link *victim = bench.seen.link;
    int other = raw_connect(listener_port(bench.listener));
    drive_until(&bench.drive, &bench.seen.ups, 2);
    raw_text(bench.fd, "GET / HTTP/1.1\r\n");
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_PTR_NOT_EQUAL(bench.seen.link, victim);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_INPUT);
    ASSERT_CONTAINS(bench.seen.fault.text, "link 127.0.0.1:");
    ASSERT_CONTAINS(bench.seen.fault.text, "frame");
    raw_text(other, "0002ok");
    drive_until(&bench.drive, &bench.seen.messages, 1);
    int third = raw_connect(listener_port(bench.listener));
    drive_until(&bench.drive, &bench.seen.ups, 3);
    CU_ASSERT_EQUAL(bench.seen.downs, 1);
    close(other);
    close(third);
    bench_close(&bench);
}

static void frames_before_garbage_are_delivered(void)
{
    struct bench bench;
    bench_open_default(&bench);
    raw_text(bench.fd, "0002ok00x1z0002no");
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.messages, 1);
    ASSERT_BYTES(bench.seen.last, bench.seen.last_len, "ok", 2);
    bench_close(&bench);
}

static void a_frame_over_the_maximum_closes_the_link(void)
{
    struct iso_framing small = *shipped_framing("length4-ascii");
    small.len_max = 100;
    struct link_config config = link_config_default(&small);
    struct bench bench;
    bench_open(&bench, &config);
    char frame[4 + 100];
    memset(frame, 'x', sizeof frame);
    memcpy(frame, "0100", 4);
    raw_send(bench.fd, frame, sizeof frame);
    drive_until(&bench.drive, &bench.seen.messages, 1);
    raw_text(bench.fd, "0101");
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.messages, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_INPUT);
    bench_close(&bench);
}

static void a_length_of_zero_closes_a_link_without_idle_frames(void)
{
    struct link_config config = link_config_default(shipped_framing("length2-binary"));
    CU_ASSERT_EQUAL(config.idle_ms, 0);
    CU_ASSERT_EQUAL(config.dead_ms, 0);
    struct bench bench;
    bench_open(&bench, &config);
    raw_send(bench.fd, "\x00\x02ok\x00\x00", 6);
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.messages, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_INPUT);
    bench_close(&bench);
}

static void tells_an_end_inside_a_frame_from_one_between_frames(void)
{
    struct bench bench;
    bench_open_default(&bench);
    int other = raw_connect(listener_port(bench.listener));
    drive_until(&bench.drive, &bench.seen.ups, 2);
    raw_text(bench.fd, "0005hel");
    close(bench.fd);
    bench.fd = -1;
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_INPUT);
    ASSERT_CONTAINS(bench.seen.fault.text, "inside a frame");
    raw_text(other, "0002ok");
    close(other);
    drive_until(&bench.drive, &bench.seen.downs, 2);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_IO);
    ASSERT_CONTAINS(bench.seen.fault.text, "peer closed");
    bench_close(&bench);
}

static void reports_a_reset(void)
{
    struct bench bench;
    bench_open_default(&bench);
    raw_reset(bench.fd);
    bench.fd = -1;
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_IO);
    bench_close(&bench);
}

/* --- sending --------------------------------------------------------------------------------- */

static void echoes_everything_in_order(void)
{
    struct bench bench;
    bench_open_default(&bench);
    bench.seen.echo = true;
    raw_text(bench.fd, "0003one0003two0005three");
    drive_until(&bench.drive, &bench.seen.messages, 3);
    char back[23];
    raw_receive(bench.fd, back, sizeof back);
    ASSERT_BYTES(back, sizeof back, "0003one0003two0005three", 23);
    bench_close(&bench);
}

static void numbers_grow_without_a_gap_and_a_refused_send_spends_none(void)
{
    struct bench bench;
    bench_open_default(&bench);
    static const uint8_t long_message[ISO_MESSAGE_LEN_MAX + 1];
    uint64_t number = 0;
    CU_ASSERT_TRUE(link_send(bench.seen.link, "a", 1, &number));
    CU_ASSERT_EQUAL(number, 1);
    CU_ASSERT_FALSE(link_send(bench.seen.link, long_message, sizeof long_message, &number));
    CU_ASSERT_FALSE(link_send(bench.seen.link, "", 0, &number));
    CU_ASSERT_TRUE(link_send(bench.seen.link, long_message, ISO_MESSAGE_LEN_MAX, &number));
    CU_ASSERT_EQUAL(number, 2);
    bench_close(&bench);
}

static void nothing_is_written_before_the_turn_ends(void)
{
    struct bench bench;
    bench_open_default(&bench);
    CU_ASSERT_TRUE(link_send(bench.seen.link, "abc", 3, NULL));
    struct pollfd readable = {.fd = bench.fd, .events = POLLIN};
    CU_ASSERT_EQUAL(poll(&readable, 1, 0), 0);
    drive_turns(&bench.drive, 1);
    char back[7];
    raw_receive(bench.fd, back, sizeof back);
    ASSERT_BYTES(back, sizeof back, "0003abc", 7);
    bench_close(&bench);
}

static uint32_t message_mark(uint64_t number)
{
    return (uint32_t)(number * 2654435761u);
}

enum { FILL_LEN = 1000 };

/* Sends messages that carry their number, from `first` on, until the link takes no more and nothing
 * moves. Returns the last number taken. */
static uint64_t fill_link(struct bench *bench, uint64_t first)
{
    uint8_t message[FILL_LEN] = {0};
    uint64_t last = first - 1;
    for (unsigned refused = 0; refused < 3;) {
        uint64_t number = 0;
        uint32_t mark = message_mark(last + 1);
        memcpy(message, &mark, sizeof mark);
        if (link_send(bench->seen.link, message, sizeof message, &number)) {
            CU_ASSERT_EQUAL(number, last + 1);
            last = number;
            refused = 0;
        } else {
            refused++;
            drive_turns(&bench->drive, 1);
        }
        if (last > first + 100000)
            CU_FAIL_FATAL("the link takes everything");
    }
    return last;
}

/* Reads the filling messages from one number to another and checks that they are these. */
static void read_filling(int fd, uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++) {
        uint8_t frame[4 + FILL_LEN];
        uint32_t mark = message_mark(number);
        raw_receive(fd, frame, sizeof frame);
        if (memcmp(frame, "1000", 4) != 0 || memcmp(frame + 4, &mark, sizeof mark) != 0)
            CU_FAIL_FATAL("another message than the one that was sent");
    }
    CU_PASS("all came, in order");
}

static void a_peer_that_does_not_read_fills_its_buffer_and_no_more(void)
{
    struct bench bench;
    bench_open_default(&bench);
    uint64_t last = fill_link(&bench, 1);
    CU_ASSERT_TRUE(last * (4 + FILL_LEN) > LINK_OUT_LEN_MAX / 2);
    CU_ASSERT_TRUE(link_is_up(bench.seen.link));
    int other = raw_connect(listener_port(bench.listener));
    drive_until(&bench.drive, &bench.seen.ups, 2); /* the loop is not blocked */
    close(other);
    bench_close(&bench);
}

/* So that whoever sends without end takes no more than its turn from the others. */
static void reads_one_buffer_of_a_link_in_a_turn(void)
{
    static const char frame[] = "0012a message...";
    enum { FRAME_LEN = sizeof frame - 1, BURST = 8 * LINK_IN_LEN / FRAME_LEN };
    struct bench bench;
    bench_open_default(&bench);
    unsigned sent = 0;
    while (sent < BURST && send(bench.fd, frame, FRAME_LEN, MSG_DONTWAIT) == FRAME_LEN)
        sent++;
    CU_ASSERT_TRUE_FATAL(sent > 4 * LINK_IN_LEN / FRAME_LEN);
    drive_until(&bench.drive, &bench.seen.messages, 1); /* stops within one more turn */
    CU_ASSERT_TRUE(bench.seen.messages <= 2 * LINK_IN_LEN / FRAME_LEN);
    drive_until(&bench.drive, &bench.seen.messages, sent);
    CU_ASSERT_EQUAL(bench.seen.messages, sent);
    CU_ASSERT_TRUE(link_is_up(bench.seen.link));
    bench_close(&bench);
}

static void takes_more_once_the_peer_reads_and_loses_nothing(void)
{
    struct link_config config = cup_config();
    config.out_len_max = 16 * 1024 + 7; /* so that frames wrap around its end */
    struct bench bench;
    bench_open(&bench, &config);
    uint64_t sent = fill_link(&bench, 1);
    uint64_t kernel = sent - config.out_len_max / (4 + FILL_LEN) - 1; /* holds at least these */
    uint64_t read = 0;
    for (unsigned round = 0; round < 5; round++) {
        read_filling(bench.fd, read + 1, read + kernel);
        read += kernel;
        sent = fill_link(&bench, sent + 1);
    }
    read_filling(bench.fd, read + 1, read + kernel);
    read += kernel;
    drive_turns(&bench.drive, 10); /* the rest goes to the kernel */
    read_filling(bench.fd, read + 1, sent);
    CU_ASSERT_TRUE(link_is_up(bench.seen.link));
    bench_close(&bench);
}

static void bounds_the_number_of_small_messages_too(void)
{
    struct bench bench;
    bench_open_default(&bench);
    unsigned sent = 0;
    while (link_send(bench.seen.link, "a", 1, NULL))
        sent++;
    CU_ASSERT_EQUAL(sent, LINK_OUT_MESSAGES);
    drive_turns(&bench.drive, 1);
    CU_ASSERT_TRUE(link_send(bench.seen.link, "a", 1, NULL));
    bench_close(&bench);
}

/* --- which messages were never written ------------------------------------------------------- */

static void a_cut_link_says_exactly_what_it_never_wrote(void)
{
    struct bench bench;
    bench_open_default(&bench);
    uint64_t last = fill_link(&bench, 1);
    link_close(bench.seen.link, "cut");
    CU_ASSERT_EQUAL(bench.seen.downs, 0); /* never from inside a call */
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_STATE);
    ASSERT_CONTAINS(bench.seen.fault.text, "closed by us: cut");
    /* The peer reads to the end what the kernel had taken: every byte that was ever written. */
    size_t written = 0;
    static uint8_t bytes[65536];
    for (ssize_t len; (len = recv(bench.fd, bytes, sizeof bytes, 0)) > 0;)
        written += (size_t)len;
    uint64_t begun = (written + 4 + FILL_LEN - 1) / (4 + FILL_LEN);
    CU_ASSERT_EQUAL(bench.seen.first_unsent, begun + 1);
    CU_ASSERT_TRUE(bench.seen.first_unsent <= last);
    bench_close(&bench);
}

static void a_reset_while_the_link_is_full_leaves_the_rest_unsent(void)
{
    struct bench bench;
    bench_open_default(&bench);
    uint64_t last = fill_link(&bench, 1);
    raw_reset(bench.fd);
    bench.fd = -1;
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_IO);
    CU_ASSERT_TRUE(bench.seen.first_unsent > 1);
    CU_ASSERT_TRUE(bench.seen.first_unsent <= last - LINK_OUT_LEN_MAX / (4 + FILL_LEN) + 2);
    bench_close(&bench);
}

static void when_all_was_written_nothing_is_unsent(void)
{
    struct bench bench;
    bench_open_default(&bench);
    uint64_t number = 0;
    CU_ASSERT_TRUE(link_send(bench.seen.link, "abc", 3, &number));
    drive_turns(&bench.drive, 1);
    close(bench.fd); /* with bytes that it never read: a reset */
    bench.fd = -1;
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.first_unsent, number + 1);
    bench_close(&bench);
}

static void what_is_sent_to_a_dead_peer_in_its_last_turn_is_unsent(void)
{
    struct bench bench;
    bench_open_default(&bench);
    raw_reset(bench.fd);
    bench.fd = -1;
    uint64_t number = 0;
    CU_ASSERT_TRUE(link_send(bench.seen.link, "abc", 3, &number));
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.first_unsent, number);
    bench_close(&bench);
}

static void the_last_words_before_a_close_are_written(void)
{
    struct bench bench;
    bench_open_default(&bench);
    bench.seen.echo = true;
    bench.seen.close_on = "bye";
    raw_text(bench.fd, "0003bye0003bye");
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.messages, 1); /* nothing is delivered after the close */
    CU_ASSERT_EQUAL(bench.seen.first_unsent, 2);
    char back[7];
    raw_receive(bench.fd, back, sizeof back);
    ASSERT_BYTES(back, sizeof back, "0003bye", 7);
    bench_close(&bench);
}

/* --- silence --------------------------------------------------------------------------------- */

static void sends_idle_frames_in_silence(void)
{
    struct link_config config = cup_config();
    config.idle_ms = 10;
    config.dead_ms = 0;
    struct bench bench;
    bench_open(&bench, &config);
    /* The connector on the same loop hears them; two prove that the timer goes on. */
    struct seen heard = {0};
    struct link_config deaf = cup_config();
    struct connector *connector = NULL;
    CU_ASSERT_EQUAL_FATAL(connector_open(bench.drive.loop, "127.0.0.1",
                                         listener_port(bench.listener), &deaf, &seen_events, &heard,
                                         &connector, NULL),
                          RESULT_OK);
    drive_until(&bench.drive, &heard.idles, 2);
    CU_ASSERT_EQUAL(heard.messages, 0);
    char idle[8];
    raw_receive(bench.fd, idle, sizeof idle);
    ASSERT_BYTES(idle, sizeof idle, "00000000", 8);
    connector_close(connector);
    bench_close(&bench);
}

static void a_silent_peer_is_declared_dead(void)
{
    struct link_config config = cup_config();
    config.dead_ms = 20;
    struct bench bench;
    bench_open(&bench, &config);
    drive_until(&bench.drive, &bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.fault.result, RESULT_IO);
    ASSERT_CONTAINS(bench.seen.fault.text, "dead: no frame came for 20 ms");
    bench_close(&bench);
}

static void parts_of_a_frame_are_no_sign_of_life(void)
{
    struct link_config config = cup_config();
    config.dead_ms = 100;
    struct bench bench;
    bench_open(&bench, &config);
    raw_text(bench.fd, "9999");
    for (unsigned i = 0; i < 3000 && bench.seen.downs == 0; i++) {
        raw_send(bench.fd, "x", 1);
        drive_for_ms(&bench.drive, 1);
    }
    CU_ASSERT_EQUAL(bench.seen.downs, 1);
    CU_ASSERT_EQUAL(bench.seen.messages, 0);
    ASSERT_CONTAINS(bench.seen.fault.text, "dead: no frame came");
    bench_close(&bench);
}

static void idle_frames_keep_a_link_alive(void)
{
    struct link_config config = cup_config();
    config.idle_ms = 10;
    config.dead_ms = 2000;
    struct drive drive;
    drive_open(&drive);
    struct seen here = {0}, there = {0};
    struct listener *listener = listen_on(&drive, 0, &config, &here);
    struct connector *connector = NULL;
    CU_ASSERT_EQUAL_FATAL(connector_open(drive.loop, "127.0.0.1", listener_port(listener), &config,
                                         &seen_events, &there, &connector, NULL),
                          RESULT_OK);
    drive_until(&drive, &there.idles, 20);
    drive_until(&drive, &here.idles, 20);
    CU_ASSERT_EQUAL(here.downs + there.downs, 0);
    connector_close(connector);
    listener_close(listener);
    drive_close(&drive);
}

static void a_peer_that_sends_but_never_reads_is_declared_dead(void)
{
    struct link_config config = cup_config();
    config.dead_ms = 50;
    struct bench bench;
    bench_open(&bench, &config);
    (void)fill_link(&bench, 1);
    while (bench.seen.downs == 0) {
        raw_text(bench.fd, "0000");
        drive_turns(&bench.drive, 1);
    }
    ASSERT_CONTAINS(bench.seen.fault.text, "dead: no byte was taken for 50 ms");
    bench_close(&bench);
}

static void a_link_that_only_sends_does_not_die_of_silence(void)
{
    struct link_config config = cup_config();
    config.dead_ms = 20;
    config.idle_ms = 10;
    config.only_sends = true;
    struct bench bench;
    bench_open(&bench, &config);
    drive_for_ms(&bench.drive, 200);
    CU_ASSERT_EQUAL(bench.seen.downs, 0);
    CU_ASSERT_TRUE(link_is_up(bench.seen.link));
    bench_close(&bench);
}

static void a_link_that_only_sends_dies_when_no_byte_is_taken(void)
{
    struct link_config config = cup_config();
    config.dead_ms = 50;
    config.only_sends = true;
    struct bench bench;
    bench_open(&bench, &config);
    (void)fill_link(&bench, 1);
    drive_until(&bench.drive, &bench.seen.downs, 1);
    ASSERT_CONTAINS(bench.seen.fault.text, "dead: no byte was taken for 50 ms");
    bench_close(&bench);
}

SUITE(CASE(reads_frames_split_byte_by_byte), CASE(reads_several_frames_from_one_write),
      CASE(reads_the_longest_message_behind_a_short_one), CASE(garbage_closes_only_its_own_link),
      CASE(frames_before_garbage_are_delivered), CASE(a_frame_over_the_maximum_closes_the_link),
      CASE(a_length_of_zero_closes_a_link_without_idle_frames),
      CASE(tells_an_end_inside_a_frame_from_one_between_frames), CASE(reports_a_reset),
      CASE(echoes_everything_in_order),
      CASE(numbers_grow_without_a_gap_and_a_refused_send_spends_none),
      CASE(nothing_is_written_before_the_turn_ends),
      CASE(a_peer_that_does_not_read_fills_its_buffer_and_no_more),
      CASE(reads_one_buffer_of_a_link_in_a_turn),
      CASE(takes_more_once_the_peer_reads_and_loses_nothing),
      CASE(bounds_the_number_of_small_messages_too),
      CASE(a_cut_link_says_exactly_what_it_never_wrote),
      CASE(a_reset_while_the_link_is_full_leaves_the_rest_unsent),
      CASE(when_all_was_written_nothing_is_unsent),
      CASE(what_is_sent_to_a_dead_peer_in_its_last_turn_is_unsent),
      CASE(the_last_words_before_a_close_are_written), CASE(sends_idle_frames_in_silence),
      CASE(a_silent_peer_is_declared_dead), CASE(a_link_that_only_sends_does_not_die_of_silence),
      CASE(a_link_that_only_sends_dies_when_no_byte_is_taken),
      CASE(parts_of_a_frame_are_no_sign_of_life), CASE(idle_frames_keep_a_link_alive),
      CASE(a_peer_that_sends_but_never_reads_is_declared_dead))
