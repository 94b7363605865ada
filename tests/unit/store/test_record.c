/* The bytes of records and log records: what verifies, and that nothing else does. */
#include "store/store_record.h"

#include "suite.h"

static const struct bytes KEY = {(const uint8_t *)"Akey", 4};

static void sealed_record_opens_with_its_value(void)
{
    uint8_t data[5 + RECORD_SEAL_LEN] = "value";
    record_seal(KEY, data, 5);
    struct bytes value;
    CU_ASSERT_TRUE(record_open(KEY, bytes_of(data, sizeof data), &value));
    ASSERT_BYTES(value.data, value.len, "value", 5U);
}

static void record_with_any_flipped_bit_does_not_open(void)
{
    uint8_t data[5 + RECORD_SEAL_LEN] = "value";
    record_seal(KEY, data, 5);
    struct bytes value;
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CU_ASSERT_FALSE(record_open(KEY, bytes_of(data, sizeof data), &value));
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void record_under_another_key_does_not_open(void)
{
    uint8_t data[5 + RECORD_SEAL_LEN] = "value";
    record_seal(KEY, data, 5);
    struct bytes value;
    CU_ASSERT_FALSE(record_open(bytes_text("Akez"), bytes_of(data, sizeof data), &value));
    CU_ASSERT_FALSE(record_open(bytes_text("Ake"), bytes_of(data, sizeof data), &value));
}

static void record_shorter_than_its_seal_does_not_open(void)
{
    uint8_t data[RECORD_SEAL_LEN] = {0};
    struct bytes value;
    for (size_t len = 0; len < RECORD_SEAL_LEN; len++)
        CU_ASSERT_FALSE(record_open(KEY, bytes_of(data, len), &value));
}

static void log_record_has_version_date_checksum_and_data_in_this_order(void)
{
    uint8_t sealed[LOG_HEADER_LEN + 4];
    memcpy(sealed + LOG_HEADER_LEN, "data", 4);
    log_record_seal(sealed, 7, 20261122, 4);
    ASSERT_BYTES(sealed, 5U, "\x01\x01\x35\x29\x02", 5U); /* 20261122 = 0x01352902 */
    struct store_log_record record;
    CU_ASSERT_TRUE(log_record_open(7, bytes_of(sealed, sizeof sealed), &record));
    CU_ASSERT_EQUAL(record.number, 7);
    CU_ASSERT_EQUAL(record.settlement_date, 20261122);
    ASSERT_BYTES(record.data.data, record.data.len, "data", 4U);
}

static void log_record_with_any_flipped_bit_does_not_open(void)
{
    uint8_t sealed[LOG_HEADER_LEN + 4];
    memcpy(sealed + LOG_HEADER_LEN, "data", 4);
    log_record_seal(sealed, 7, 20261122, 4);
    struct store_log_record record;
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CU_ASSERT_FALSE(log_record_open(7, bytes_of(sealed, sizeof sealed), &record));
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void log_record_under_another_number_does_not_open(void)
{
    uint8_t sealed[LOG_HEADER_LEN];
    log_record_seal(sealed, 7, 20261122, 0);
    struct store_log_record record;
    CU_ASSERT_TRUE(log_record_open(7, bytes_of(sealed, sizeof sealed), &record));
    CU_ASSERT_FALSE(log_record_open(8, bytes_of(sealed, sizeof sealed), &record));
}

static void log_record_shorter_than_its_header_does_not_open(void)
{
    uint8_t sealed[LOG_HEADER_LEN];
    log_record_seal(sealed, 7, 20261122, 0);
    struct store_log_record record;
    for (size_t len = 0; len < LOG_HEADER_LEN; len++)
        CU_ASSERT_FALSE(log_record_open(7, bytes_of(sealed, len), &record));
}

static void date_range_opens_under_its_own_date_only(void)
{
    uint8_t sealed[DATE_RANGE_LEN];
    date_range_seal(20261122, (struct date_range){3, 9}, sealed);
    struct date_range range;
    CU_ASSERT_TRUE(date_range_open(20261122, bytes_of(sealed, sizeof sealed), &range));
    CU_ASSERT_TRUE(range.first == 3 && range.last == 9);
    CU_ASSERT_FALSE(date_range_open(20261123, bytes_of(sealed, sizeof sealed), &range));
    CU_ASSERT_FALSE(date_range_open(20261122, bytes_of(sealed, sizeof sealed - 1), &range));
}

static void date_range_that_ends_before_it_begins_does_not_open(void)
{
    uint8_t sealed[DATE_RANGE_LEN];
    struct date_range range;
    date_range_seal(20261122, (struct date_range){9, 3}, sealed);
    CU_ASSERT_FALSE(date_range_open(20261122, bytes_of(sealed, sizeof sealed), &range));
    date_range_seal(20261122, (struct date_range){0, 3}, sealed);
    CU_ASSERT_FALSE(date_range_open(20261122, bytes_of(sealed, sizeof sealed), &range));
}

static void key_is_named_without_a_card_number(void)
{
    char name[RECORD_NAME_SIZE];
    record_name(bytes_text("A9999011000000019"), name);
    CU_ASSERT_STRING_EQUAL(name, "A999901******0019");
    record_name(bytes_text("Pa9999011000000019b 1234567"), name);
    CU_ASSERT_STRING_EQUAL(name, "Pa999901******0019b\\x201234567");
    record_name(bytes_text("A12345678"), name);
    CU_ASSERT_STRING_EQUAL(name, "A********");
    record_name(bytes_of("F\x00\\\x7F", 4), name);
    CU_ASSERT_STRING_EQUAL(name, "F\\x00\\x5C\\x7F");
    record_name(bytes_of(NULL, 0), name);
    CU_ASSERT_STRING_EQUAL(name, "");
}

static void longest_key_is_named_whole(void)
{
    char name[RECORD_NAME_SIZE];
    uint8_t key[STORE_KEY_MAX + 1] = {0};
    record_name(bytes_of(key, sizeof key), name);
    CU_ASSERT_EQUAL(strlen(name), 4U * STORE_KEY_MAX);
    memset(key, '1', sizeof key);
    record_name(bytes_of(key, sizeof key), name);
    CU_ASSERT_EQUAL(strlen(name), STORE_KEY_MAX);
}

SUITE(CASE(key_is_named_without_a_card_number), CASE(longest_key_is_named_whole),
      CASE(sealed_record_opens_with_its_value), CASE(record_with_any_flipped_bit_does_not_open),
      CASE(record_under_another_key_does_not_open),
      CASE(record_shorter_than_its_seal_does_not_open),
      CASE(log_record_has_version_date_checksum_and_data_in_this_order),
      CASE(log_record_with_any_flipped_bit_does_not_open),
      CASE(log_record_under_another_number_does_not_open),
      CASE(log_record_shorter_than_its_header_does_not_open),
      CASE(date_range_opens_under_its_own_date_only),
      CASE(date_range_that_ends_before_it_begins_does_not_open))
