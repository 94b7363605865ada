/* Framings: streams cut at every byte, idle frames, garbage; every shipped one both ways. */
#include "fixture.h"
#include "suite.h"

#include <dirent.h>

static struct iso_fault fault;
static struct iso_value message;
static size_t used;

static enum iso_frame cut_with(const struct iso_framing *framing, const void *data, size_t len)
{
    /* Exactly as many bytes as there are: what reads further is seen by the sanitizer. */
    static uint8_t *copy;
    free(copy);
    copy = malloc(len + 1);
    if (copy == NULL)
        abort();
    memcpy(copy + 1, data, len);
    return iso_frame_cut(framing, copy + 1, len, &message, &used, &fault);
}

static enum iso_frame cut(const char *name, const void *data, size_t len)
{
    const struct iso_framing framing = shipped_framing(name);
    return cut_with(&framing, data, len);
}

static void waits_at_every_byte_but_the_last(void)
{
    static const char stream[] = "0005hello0000";
    for (size_t len = 0; len < 9; len++) {
        CU_ASSERT_EQUAL(cut("length4-ascii", stream, len), ISO_FRAME_MORE);
        CU_ASSERT_EQUAL(used, 0);
    }
    for (size_t len = 9; len <= 13; len++) {
        CU_ASSERT_EQUAL(cut("length4-ascii", stream, len), ISO_FRAME_MESSAGE);
        CU_ASSERT_EQUAL(used, 9);
        ASSERT_BYTES(message.data, message.len, "hello", 5);
    }
}

/* What each shipped framing makes of "hello", and its idle frame. */
static const struct {
    const char *name, *frame;
    size_t len;
    const char *idle;
    size_t idle_len;
} shipped[] = {
    {"length4-ascii", "0005hello", 9, "0000", 4},
    {"length4-ascii-inclusive", "0009hello", 9, "", 0},
    {"length6-ascii", "000005hello", 11, "000000", 6},
    {"length2-binary", "\x00\x05hello", 7, "", 0},
    {"length2-binary-inclusive", "\x00\x07hello", 7, "", 0},
    {"length2-binary-little", "\x05\x00hello", 7, "", 0},
    {"length2-binary-etx", "\x00\x06hello\x03", 8, "", 0},
    {"length2-binary-0000", "\x00\x05\x00\x00hello", 9, "\x00\x00\x00\x00", 4},
    {"0000-length2-binary", "\x00\x00\x00\x05hello", 9, "", 0},
    {"d04a-length2-binary-0000", "\xD0\x4A\x00\x05\x00\x00hello", 11, "", 0},
    {"length3-binary", "\x00\x00\x05hello", 8, "\x00\x00\x00", 3},
    {"length4-binary", "\x00\x00\x00\x05hello", 9, "", 0},
    {"length4-binary-inclusive", "\x00\x00\x00\x09hello", 9, "", 0},
    {"length4-binary-little", "\x05\x00\x00\x00hello", 9, "", 0},
    {"vbs", "\x00\x00\x00\x05hello", 9, "\x00\x00\x00\x00", 4},
    {"length2-bcd", "\x00\x05hello", 7, "", 0},
    {"length4-hex", "0005hello", 9, "", 0},
    {"etx", "hello\x03", 6, "", 0},
};
enum { SHIPPED = sizeof shipped / sizeof shipped[0] };

static void knows_every_shipped_framing(void)
{
    size_t count = 0;
    DIR *folder = opendir(SPECS_DIR "/framings");
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    CU_ASSERT_EQUAL(count, SHIPPED);
}

static void every_shipped_framing_is_cut_and_written(void)
{
    for (size_t i = 0; i < SHIPPED; i++) {
        const struct iso_framing framing = shipped_framing(shipped[i].name);
        struct iso_frame_edges edges;
        uint8_t frame[64];
        for (size_t len = 0; len < shipped[i].len; len++)
            CU_ASSERT_EQUAL(cut_with(&framing, shipped[i].frame, len), ISO_FRAME_MORE);
        CU_ASSERT_EQUAL(cut_with(&framing, shipped[i].frame, shipped[i].len), ISO_FRAME_MESSAGE);
        CU_ASSERT_EQUAL(used, shipped[i].len);
        ASSERT_BYTES(message.data, message.len, "hello", 5);
        CU_ASSERT_EQUAL(iso_frame_wrap(&framing, "hello", 5, &edges, &fault), ISO_OK);
        memcpy(frame, edges.head, edges.head_len);
        memcpy(frame + edges.head_len, "hello", 5);
        if (edges.tail.len > 0)
            memcpy(frame + edges.head_len + 5, edges.tail.data, edges.tail.len);
        ASSERT_BYTES(frame, edges.head_len + 5 + edges.tail.len, shipped[i].frame, shipped[i].len);
    }
}

static void every_shipped_idle_frame_is_spent_and_written(void)
{
    for (size_t i = 0; i < SHIPPED; i++) {
        const struct iso_framing framing = shipped_framing(shipped[i].name);
        uint8_t out[ISO_FRAME_IDLE_MAX];
        size_t len = iso_frame_idle(&framing, out);
        ASSERT_BYTES(out, len, shipped[i].idle, shipped[i].idle_len);
        if (len == 0)
            continue;
        CU_ASSERT_EQUAL(cut_with(&framing, out, len), ISO_FRAME_IDLE);
        CU_ASSERT_EQUAL(used, len);
        CU_ASSERT_EQUAL(cut_with(&framing, out, len - 1), ISO_FRAME_MORE);
    }
}

static void a_message_of_the_maximum_passes_and_one_byte_more_does_not(void)
{
    static uint8_t body[ISO_MESSAGE_LEN_MAX + 1];
    static uint8_t stream[ISO_FRAME_IDLE_MAX + sizeof body];
    for (size_t i = 0; i < SHIPPED; i++) {
        struct iso_framing framing = shipped_framing(shipped[i].name);
        struct iso_frame_edges edges;
        size_t most = framing.len_max;
        CU_ASSERT_EQUAL_FATAL(iso_frame_wrap(&framing, body, most, &edges, &fault), ISO_OK);
        memset(stream, 'x', sizeof stream);
        memcpy(stream, edges.head, edges.head_len);
        if (edges.tail.len > 0)
            memcpy(stream + edges.head_len + most, edges.tail.data, edges.tail.len);
        size_t len = edges.head_len + most + edges.tail.len;
        CU_ASSERT_EQUAL(cut_with(&framing, stream, len), ISO_FRAME_MESSAGE);
        CU_ASSERT_EQUAL(message.len, most);
        CU_ASSERT_EQUAL(cut_with(&framing, stream, len - 1), ISO_FRAME_MORE);
        CU_ASSERT_EQUAL(iso_frame_wrap(&framing, body, most + 1, &edges, &fault), ISO_LIMIT);
        CU_ASSERT_EQUAL(fault.result, ISO_LIMIT);
        /* The same stream for a reader that takes one byte less. */
        framing.len_max--;
        CU_ASSERT_EQUAL(cut_with(&framing, stream, len), ISO_FRAME_BAD);
    }
}

static void rejects_garbage_at_its_first_byte(void)
{
    CU_ASSERT_EQUAL(cut("length4-ascii", "G", 1), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("length4-ascii", "12x4", 4), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("length4-ascii", "GET / HTTP/1.1", 14), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(used, 0);
    CU_ASSERT_STRING_EQUAL(fault.field, "frame");
    CU_ASSERT_EQUAL(fault.kind, ISO_FAULT_FRAME);
    char line[200];
    iso_fault_format(&fault, line, sizeof line);
    CU_ASSERT_STRING_EQUAL(line, "frame: byte 0: expected a length of 4 digits, got \"GET \"");
    CU_ASSERT_EQUAL(cut("length4-hex", "00G", 3), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "expected a length in hex digits, got byte 47");
    CU_ASSERT_EQUAL(fault.offset, 2);
    CU_ASSERT_EQUAL(cut("length2-bcd", "\x1A", 1), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "expected a length in BCD, got byte 1A");
}

static void rejects_wrong_fixed_bytes_at_their_place(void)
{
    CU_ASSERT_EQUAL(cut("d04a-length2-binary-0000", "\xD0\x4B", 2), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(fault.offset, 1);
    ASSERT_CONTAINS(fault.text, "expected bytes D04A, got byte 4B");
    CU_ASSERT_EQUAL(cut("d04a-length2-binary-0000", "\xD0\x4A\x00\x05\x00\x01", 6), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(fault.offset, 5);
    CU_ASSERT_EQUAL(cut("0000-length2-binary", "\x01", 1), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("length2-binary-etx", "\x00\x06hello!", 8), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(fault.offset, 7);
    ASSERT_CONTAINS(fault.text, "expected bytes 03, got byte 21");
}

static void rejects_a_length_over_the_maximum(void)
{
    CU_ASSERT_EQUAL(cut("length2-binary", "\xFF\xFF", 2), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 65535 is over the maximum 9999");
    CU_ASSERT_EQUAL(cut("length2-binary", "\x27\x10", 2), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("length2-binary", "\x27\x0F", 2), ISO_FRAME_MORE);
    CU_ASSERT_EQUAL(cut("length4-binary", "\xFF\xFF\xFF\xFF", 4), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 4294967295 is over the maximum");
    CU_ASSERT_EQUAL(cut("length6-ascii", "999999", 6), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("d04a-length2-binary-0000", "\xD0\x4A\xFF\xFF\x00\x00", 6), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(fault.offset, 2);
}

static void rejects_a_length_that_holds_no_message(void)
{
    CU_ASSERT_EQUAL(cut("length2-binary", "\x00\x00", 2), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 0 is under the minimum 1");
    CU_ASSERT_EQUAL(cut("length2-binary-inclusive", "\x00\x02", 2), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 2 is under the minimum 3");
    CU_ASSERT_EQUAL(cut("length2-binary-etx", "\x00\x00", 2), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("etx", "\x03", 1), ISO_FRAME_BAD);
}

static void rejects_a_stream_that_never_ends_a_message(void)
{
    static char stream[8192];
    memset(stream, 'x', sizeof stream);
    CU_ASSERT_EQUAL(cut("etx", stream, 4096), ISO_FRAME_MORE);
    CU_ASSERT_EQUAL(cut("etx", stream, 4097), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "expected the trailer after 4096 bytes at most");
    stream[4096] = 3;
    CU_ASSERT_EQUAL(cut("etx", stream, sizeof stream), ISO_FRAME_MESSAGE);
    CU_ASSERT_EQUAL(message.len, 4096);
}

static void writes_no_frame_for_what_it_could_not_read(void)
{
    const struct iso_framing ascii = shipped_framing("length4-ascii");
    const struct iso_framing etx = shipped_framing("etx");
    struct iso_frame_edges edges;
    CU_ASSERT_EQUAL(iso_frame_wrap(&ascii, "", 0, &edges, &fault), ISO_INPUT);
    CU_ASSERT_EQUAL(iso_frame_wrap(&etx, "a\x03z", 3, &edges, &fault), ISO_INPUT);
    CU_ASSERT_EQUAL(fault.offset, 1);
    ASSERT_CONTAINS(fault.text, "a message without the trailer in it");
    CU_ASSERT_EQUAL(iso_frame_wrap(&etx, "a\x03z", 3, &edges, NULL), ISO_INPUT);
}

/* --- files ------------------------------------------------------------------------------------ */

static enum iso_result load_text(const char *text, struct iso_framing *framing)
{
    char path[] = "/tmp/framing-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        abort();
    fputs(text, file);
    fclose(file);
    enum iso_result result = iso_framing_load(path, framing, &fault);
    remove(path);
    return result;
}

static void reads_every_key(void)
{
    struct iso_framing framing;
    CU_ASSERT_EQUAL(load_text("name: mine\ntitle: Mine\nfollows: nothing\n"
                              "length: {encoding: ascii, bytes: 5}\nbefore: \"02\"\nafter: \"1C\"\n"
                              "trailer: \"030D\"\ncounts: [length, trailer, before, after]\n"
                              "idle: empty\nmax: 700\n",
                              &framing),
                    ISO_OK);
    static const char frame[] = "\x02"
                                "00014\x1Chello\x03\x0D";
    CU_ASSERT_EQUAL(cut_with(&framing, frame, sizeof frame - 1), ISO_FRAME_MESSAGE);
    ASSERT_BYTES(message.data, message.len, "hello", 5);
    static const char idle[] = "\x02"
                               "00009\x1C\x03\x0D";
    CU_ASSERT_EQUAL(cut_with(&framing, idle, sizeof idle - 1), ISO_FRAME_IDLE);
    CU_ASSERT_EQUAL(used, 9);
    uint8_t out[ISO_FRAME_IDLE_MAX];
    ASSERT_BYTES(out, iso_frame_idle(&framing, out), idle, sizeof idle - 1);
    CU_ASSERT_EQUAL(framing.len_max, 700);
}

static void refuses_framings_that_cannot_be(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"length: {encoding: ascii, bytes: 4}", "name"},
        {"name: x", "length"},
        {"name: X\nlength: {encoding: ascii, bytes: 4}", ":1:7: expected a-z"},
        {"name: x\nlength: {encoding: ascii, bytes: 9}", "1 to 8"},
        {"name: x\nlength: {encoding: binary, bytes: 5}", "1 to 4"},
        {"name: x\nlength: {encoding: octal, bytes: 4}", "ascii"},
        {"name: x\nlength: {encoding: none}", "a `trailer`"},
        {"name: x\nlength: {encoding: none, bytes: 2}\ntrailer: \"03\"", "unknown key `bytes`"},
        {"name: x\nlength: {encoding: none}\ntrailer: \"03\"\nidle: zero", "idle: empty"},
        {"name: x\nlength: {encoding: none}\ntrailer: \"03\"\nafter: \"00\"", "neither"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\nmax: 10000", "9999"},
        {"name: x\nlength: {encoding: ascii, bytes: 1}\nmax: 10", "9"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\ncounts: [header]",
         ":3:10: expected before"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\ncounts: [trailer]", "if it is there"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\ncounts: [length, length]", "once"},
        {"name: x\nlength: {encoding: ascii, bytes: 1}\nbefore: \"0001020304050607\"\n"
         "after: \"00\"\ncounts: [before, after]",
         "can say more than 9"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\nbefore: \"000102030405060708\"", "hex"},
        {"name: x\nlength: {encoding: ascii, bytes: 4}\nheader: \"00\"", "unknown key `header`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct iso_framing framing;
        CU_ASSERT_EQUAL(load_text(cases[i].text, &framing), ISO_INPUT);
        CU_ASSERT_EQUAL(fault.kind, ISO_FAULT_SPEC);
        CU_ASSERT_EQUAL(framing.len_max, 0);
        ASSERT_CONTAINS(fault.text, cases[i].expected);
    }
}

static void tells_a_file_that_is_not_there_from_a_bad_one(void)
{
    struct iso_framing framing;
    CU_ASSERT_EQUAL(iso_framing_load(SPECS_DIR "/framings/nothing.yaml", &framing, &fault), ISO_IO);
    ASSERT_CONTAINS(fault.text, "nothing.yaml");
}

SUITE(CASE(waits_at_every_byte_but_the_last), CASE(knows_every_shipped_framing),
      CASE(every_shipped_framing_is_cut_and_written),
      CASE(every_shipped_idle_frame_is_spent_and_written),
      CASE(a_message_of_the_maximum_passes_and_one_byte_more_does_not),
      CASE(rejects_garbage_at_its_first_byte), CASE(rejects_wrong_fixed_bytes_at_their_place),
      CASE(rejects_a_length_over_the_maximum), CASE(rejects_a_length_that_holds_no_message),
      CASE(rejects_a_stream_that_never_ends_a_message),
      CASE(writes_no_frame_for_what_it_could_not_read), CASE(reads_every_key),
      CASE(refuses_framings_that_cannot_be), CASE(tells_a_file_that_is_not_there_from_a_bad_one))
