/* The sum is the published one, by instruction and by table alike. Vectors: RFC 3720, B.4. */
#include "base/crc32c.h"
#include "base/random.h"
#include "suite.h"

static void sums(const void *data, size_t len, uint32_t expected)
{
    CU_ASSERT_EQUAL(crc32c(0, data, len), expected);
    CU_ASSERT_EQUAL(crc32c_table(0, data, len), expected);
}

static void gives_the_published_sums(void)
{
    uint8_t data[32];
    sums("123456789", 9, 0xE3069283);
    memset(data, 0, sizeof data);
    sums(data, sizeof data, 0x8A9136AA);
    memset(data, 0xFF, sizeof data);
    sums(data, sizeof data, 0x62A8AB43);
    for (uint8_t i = 0; i < 32; i++)
        data[i] = i;
    sums(data, sizeof data, 0x46DD794E);
    for (uint8_t i = 0; i < 32; i++)
        data[i] = (uint8_t)(31 - i);
    sums(data, sizeof data, 0x113FDB5C);
    sums(NULL, 0, 0);
}

static void instruction_and_table_agree_at_every_length_and_place(void)
{
    uint8_t data[320];
    struct random random = random_seeded(1);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)random_next(&random);
    unsigned differ = 0;
    for (size_t offset = 0; offset < 9; offset++)
        for (size_t len = 0; len < 300; len++) {
            uint32_t start = (uint32_t)random_next(&random);
            differ += crc32c(start, data + offset, len) != crc32c_table(start, data + offset, len);
        }
    CU_ASSERT_EQUAL(differ, 0);
}

static void continues_where_it_stopped(void)
{
    static const char text[] = "cut this text anywhere and the sum is the same";
    uint32_t whole = crc32c(0, text, sizeof text);
    unsigned differ = 0;
    for (size_t at = 0; at <= sizeof text; at++) {
        differ += crc32c(crc32c(0, text, at), text + at, sizeof text - at) != whole;
        differ += crc32c_table(crc32c_table(0, text, at), text + at, sizeof text - at) != whole;
    }
    CU_ASSERT_EQUAL(differ, 0);
}

static void finds_every_single_flipped_bit(void)
{
    uint8_t data[64] = "a record";
    uint32_t whole = crc32c(0, data, sizeof data);
    unsigned missed = 0;
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        missed += crc32c(0, data, sizeof data) == whole;
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CU_ASSERT_EQUAL(missed, 0);
}

SUITE(CASE(gives_the_published_sums), CASE(instruction_and_table_agree_at_every_length_and_place),
      CASE(continues_where_it_stopped), CASE(finds_every_single_flipped_bit))
