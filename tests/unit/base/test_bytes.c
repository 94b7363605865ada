/* Cursors stop at the end and stay bad; numbers are big-endian. */
#include "base/bytes.h"
#include "suite.h"

static void numbers_are_written_and_read_big_endian(void)
{
    uint8_t data[15];
    struct writer w = writer_to(data, sizeof data);
    write_u8(&w, 0x01);
    write_u16(&w, 0x0203);
    write_u32(&w, 0x04050607);
    write_u64(&w, UINT64_C(0x08090A0B0C0D0E0F));
    CU_ASSERT_FALSE(w.bad);
    ASSERT_BYTES(data, w.len, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F", 15);
    struct reader r = reader_of(bytes_of(data, w.len));
    CU_ASSERT_EQUAL(read_u8(&r), 0x01);
    CU_ASSERT_EQUAL(read_u16(&r), 0x0203);
    CU_ASSERT_EQUAL(read_u32(&r), 0x04050607);
    CU_ASSERT_EQUAL(read_u64(&r), UINT64_C(0x08090A0B0C0D0E0F));
    CU_ASSERT_FALSE(r.bad);
    CU_ASSERT_PTR_EQUAL(r.at, r.end);
}

static void a_writer_stops_at_its_end_and_stays_bad(void)
{
    uint8_t data[4] = {9, 9, 9, 9};
    struct writer w = writer_to(data, 3);
    write_u16(&w, 1);
    write_u16(&w, 2);
    CU_ASSERT_TRUE(w.bad);
    CU_ASSERT_EQUAL(w.len, 2);
    write_u8(&w, 3);
    CU_ASSERT_EQUAL(w.len, 2);
    CU_ASSERT_EQUAL(data[2], 9);
    CU_ASSERT_PTR_NULL(writer_take(&w, 0));
    w = writer_to(data, 3);
    CU_ASSERT_PTR_NULL(writer_take(&w, SIZE_MAX));
    CU_ASSERT_TRUE(w.bad);
}

static void a_reader_stops_at_its_end_and_gives_zeros(void)
{
    uint8_t out[4] = {9, 9, 9, 9};
    struct reader r = reader_of(bytes_of("\x01\x02\x03", 3));
    CU_ASSERT_EQUAL(read_u16(&r), 0x0102);
    CU_ASSERT_EQUAL(read_u16(&r), 0);
    CU_ASSERT_TRUE(r.bad);
    CU_ASSERT_EQUAL(read_u8(&r), 0);
    read_bytes(&r, out, sizeof out);
    ASSERT_BYTES(out, sizeof out, "\0\0\0\0", 4);
    r = reader_of(bytes_of("\x01", 1));
    CU_ASSERT_PTR_NULL(reader_take(&r, SIZE_MAX));
    CU_ASSERT_TRUE(r.bad);
}

static void the_whole_of_the_memory_can_be_used(void)
{
    uint8_t data[3], back[3];
    struct writer w = writer_to(data, sizeof data);
    write_bytes(&w, "abc", 3);
    write_bytes(&w, NULL, 0);
    CU_ASSERT_FALSE(w.bad);
    struct reader r = reader_of(bytes_of(data, 3));
    read_bytes(&r, back, 3);
    CU_ASSERT_FALSE(r.bad);
    ASSERT_BYTES(back, 3, "abc", 3);
}

static void equal_means_same_length_and_bytes(void)
{
    CU_ASSERT_TRUE(bytes_equal(bytes_text("ab"), bytes_of("abc", 2)));
    CU_ASSERT_FALSE(bytes_equal(bytes_text("ab"), bytes_text("abc")));
    CU_ASSERT_FALSE(bytes_equal(bytes_text("ab"), bytes_text("ac")));
    CU_ASSERT_TRUE(bytes_equal(bytes_of(NULL, 0), bytes_text("")));
}

SUITE(CASE(numbers_are_written_and_read_big_endian), CASE(a_writer_stops_at_its_end_and_stays_bad),
      CASE(a_reader_stops_at_its_end_and_gives_zeros), CASE(the_whole_of_the_memory_can_be_used),
      CASE(equal_means_same_length_and_bytes))
