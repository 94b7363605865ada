/* Character classes: the quick scan against looking at each byte. */
#include "iso8583/class.h"
#include "suite.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_of(enum iso_class_id id, uint8_t byte)
{
    return iso_class_stray(id, &byte, 1) == 1;
}

static bool scans_good(enum iso_class_id id, const uint8_t *value, size_t len, uint8_t *copy)
{
    return iso_verdict_is_good(
        iso_class_scan(iso_verdict_good(), &iso_classes[id], value, len, copy));
}

static bool expected(enum iso_class_id id, unsigned byte)
{
    bool digit = byte >= '0' && byte <= '9', printable = byte >= 0x20 && byte < 0x7F;
    bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    switch (id) {
    case ISO_CLASS_N:
        return digit;
    case ISO_CLASS_A:
        return letter || byte == ' ';
    case ISO_CLASS_AN:
        return letter || digit || byte == ' ';
    case ISO_CLASS_AS:
        return printable && !digit;
    case ISO_CLASS_NS:
        return printable && !letter;
    case ISO_CLASS_ANS:
        return printable;
    case ISO_CLASS_Z:
        return (byte >= '0' && byte <= '?') || byte == 'D';
    case ISO_CLASS_HEX:
        return byte < 0x80 && isxdigit((int)byte);
    case ISO_CLASS_AS_WIDE:
        return (printable && !digit) || byte >= 0x80;
    case ISO_CLASS_NS_WIDE:
        return (printable && !letter) || byte >= 0x80;
    case ISO_CLASS_ANS_WIDE:
        return printable || byte >= 0x80;
    case ISO_CLASS_SIGN:
        return byte == 'C' || byte == 'D';
    case ISO_CLASS_N_EBCDIC:
        return byte >= 0xF0 && byte <= 0xF9;
    default:
        return true;
    }
}

static void has_exactly_the_bytes_of_its_content(void)
{
    for (unsigned id = 0; id < ISO_CLASS_COUNT; id++)
        for (unsigned byte = 0; byte < 256; byte++)
            if (is_of((enum iso_class_id)id, (uint8_t)byte) !=
                expected((enum iso_class_id)id, byte)) {
                fprintf(stderr, "class %u byte %02X\n", id, byte);
                CU_FAIL("wrong byte");
            }
    CU_PASS("all");
}

static void finds_one_stray_byte_at_any_place_and_length(void)
{
    uint8_t value[80];
    for (size_t len = 1; len <= 70; len++)
        for (size_t stray = 0; stray < len; stray++) {
            memset(value, '7', sizeof value);
            /* A neighbour outside must not matter. */
            value[1 + len] = 'x';
            value[0] = 'x';
            CU_ASSERT_TRUE(scans_good(ISO_CLASS_N, value + 1, len, NULL));
            value[1 + stray] = '/';
            CU_ASSERT_FALSE(scans_good(ISO_CLASS_N, value + 1, len, NULL));
            CU_ASSERT_EQUAL(iso_class_stray(ISO_CLASS_N, value + 1, len), stray);
        }
}

static void agrees_with_the_table_for_every_byte_and_class(void)
{
    uint8_t value[19];
    for (unsigned id = 0; id < ISO_CLASS_COUNT; id++)
        for (unsigned byte = 0; byte < 256; byte++)
            for (size_t len = 1; len <= sizeof value; len += 3) {
                memset(value, (int)byte, len);
                CU_ASSERT_EQUAL(scans_good((enum iso_class_id)id, value, len, NULL),
                                is_of((enum iso_class_id)id, (uint8_t)byte));
            }
}

static void copies_exactly_the_value(void)
{
    uint8_t value[70], copy[72];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)('0' + i % 10);
    for (size_t len = 0; len <= sizeof value; len++) {
        memset(copy, '!', sizeof copy);
        CU_ASSERT_TRUE(scans_good(ISO_CLASS_N, value, len, copy + 1));
        CU_ASSERT_EQUAL(memcmp(copy + 1, value, len), 0);
        CU_ASSERT_EQUAL(copy[0], '!');
        CU_ASSERT_EQUAL(copy[1 + len], '!');
    }
}

static void reads_nothing_outside_the_value(void)
{
    /* Allocated to size: the address sanitizer sees what reaches over. */
    for (size_t len = 1; len <= 40; len++) {
        uint8_t *value = malloc(len), *copy = malloc(len);
        if (value == NULL || copy == NULL)
            abort();
        memset(value, 'A', len);
        CU_ASSERT_TRUE(scans_good(ISO_CLASS_ANS, value, len, copy));
        CU_ASSERT_FALSE(scans_good(ISO_CLASS_N, value, len, NULL));
        free(value);
        free(copy);
    }
}

SUITE(CASE(has_exactly_the_bytes_of_its_content),
      CASE(finds_one_stray_byte_at_any_place_and_length),
      CASE(agrees_with_the_table_for_every_byte_and_class), CASE(copies_exactly_the_value),
      CASE(reads_nothing_outside_the_value))
