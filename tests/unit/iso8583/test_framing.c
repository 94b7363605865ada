/* Framings: streams cut at every byte, idle frames, garbage. */
#include "fixture.h"
#include "suite.h"

static const struct iso_framing *framing(const char *name)
{
    const struct iso_framing *found = iso_framing_find(name);
    if (found == NULL)
        abort();
    return found;
}

static struct iso_fault fault;
static struct iso_value message;
static size_t used;

static enum iso_frame cut(const char *name, const void *data, size_t len)
{
    /* Exactly as many bytes as there are: what reads further is seen by the sanitizer. */
    static uint8_t *copy;
    free(copy);
    copy = malloc(len + 1);
    if (copy == NULL)
        abort();
    memcpy(copy + 1, data, len);
    return iso_frame_cut(framing(name), copy + 1, len, &message, &used, &fault);
}

static void lists_the_framings_it_has(void)
{
    CU_ASSERT_PTR_NOT_NULL(iso_framing_find("length4-ascii"));
    CU_ASSERT_PTR_NOT_NULL(iso_framing_find("length2-binary"));
    CU_ASSERT_PTR_NULL(iso_framing_find("length3-ascii"));
    size_t count = 0;
    for (const struct iso_framing *at; (at = iso_framing_at(count)) != NULL; count++)
        CU_ASSERT_PTR_EQUAL(iso_framing_find(at->name), at);
    CU_ASSERT_EQUAL(count, 2);
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
    static const char binary[] = "\x00\x05hello\x00";
    for (size_t len = 0; len < 7; len++)
        CU_ASSERT_EQUAL(cut("length2-binary", binary, len), ISO_FRAME_MORE);
    CU_ASSERT_EQUAL(cut("length2-binary", binary, 8), ISO_FRAME_MESSAGE);
    CU_ASSERT_EQUAL(used, 7);
    ASSERT_BYTES(message.data, message.len, "hello", 5);
}

static void spends_an_idle_frame(void)
{
    CU_ASSERT_EQUAL(cut("length4-ascii", "0000", 4), ISO_FRAME_IDLE);
    CU_ASSERT_EQUAL(used, 4);
    CU_ASSERT_EQUAL(cut("length4-ascii", "000", 3), ISO_FRAME_MORE);
}

static void takes_a_message_of_the_maximum(void)
{
    static uint8_t stream[4 + ISO_MESSAGE_LEN_MAX];
    memcpy(stream, "9999", 4);
    CU_ASSERT_EQUAL(cut("length4-ascii", stream, sizeof stream), ISO_FRAME_MESSAGE);
    CU_ASSERT_EQUAL(message.len, ISO_MESSAGE_LEN_MAX);
    CU_ASSERT_EQUAL(cut("length4-ascii", stream, sizeof stream - 1), ISO_FRAME_MORE);
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
}

static void rejects_a_binary_length_over_the_maximum(void)
{
    CU_ASSERT_EQUAL(cut("length2-binary", "\xFF\xFF", 2), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 65535 is over the maximum 9999");
    CU_ASSERT_EQUAL(cut("length2-binary", "\x27\x10", 2), ISO_FRAME_BAD);
    CU_ASSERT_EQUAL(cut("length2-binary", "\x27\x0F", 2), ISO_FRAME_MORE);
}

static void rejects_a_length_of_zero_without_idle_frames(void)
{
    CU_ASSERT_EQUAL(cut("length2-binary", "\x00\x00", 2), ISO_FRAME_BAD);
    ASSERT_CONTAINS(fault.text, "length 0 is under the minimum 1");
}

static void writes_the_prefix_that_it_reads(void)
{
    uint8_t out[4];
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length4-ascii"), 259, out), 4);
    ASSERT_BYTES(out, (size_t)4, "0259", 4);
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length2-binary"), 259, out), 2);
    ASSERT_BYTES(out, (size_t)2, "\x01\x03", 2);
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length4-ascii"), 9999, out), 4);
}

static void writes_no_prefix_for_what_it_could_not_read(void)
{
    uint8_t out[4];
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length4-ascii"), 10000, out), 0);
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length2-binary"), 10000, out), 0);
    CU_ASSERT_EQUAL(iso_frame_prefix(framing("length4-ascii"), 0, out), 0);
}

SUITE(CASE(lists_the_framings_it_has), CASE(waits_at_every_byte_but_the_last),
      CASE(spends_an_idle_frame), CASE(takes_a_message_of_the_maximum),
      CASE(rejects_garbage_at_its_first_byte), CASE(rejects_a_binary_length_over_the_maximum),
      CASE(rejects_a_length_of_zero_without_idle_frames), CASE(writes_the_prefix_that_it_reads),
      CASE(writes_no_prefix_for_what_it_could_not_read))
