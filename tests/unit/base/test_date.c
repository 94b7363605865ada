/* The calendar agrees with the C library's, and dates without a year find the nearest one. */
#include "base/date.h"
#include "suite.h"

#include <time.h>

static const int64_t second_us = 1000000;

/* Microseconds of a UTC time, by the C library. */
static int64_t wall(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    return (int64_t)timegm(&tm) * second_us;
}

static void accepts_the_dates_that_the_calendar_has(void)
{
    static const uint32_t good[] = {19700101, 20000229, 20240229, 20261231, 99991231, 20961231};
    static const uint32_t bad[] = {0,        20260229, 21000229, 20261301, 20260001,  20260100,
                                   20260132, 20260431, 19691231, 20263112, 100000101, UINT32_MAX};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_TRUE(date_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(date_is_valid(bad[i]));
}

static void every_day_follows_the_one_before(void)
{
    uint32_t date = 19700101;
    unsigned wrong = 0;
    int32_t days = 0;
    while (date != 99991231) {
        uint32_t next = date_add_days(date, 1);
        wrong += !date_is_valid(next) || next <= date || date_add_days(next, -1) != date;
        date = next;
        days++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(days, 2932896); /* timegm(9999-12-31) / 86400 */
    CU_ASSERT_EQUAL(date_days_between(19700101, 99991231), days);
}

static void adds_and_counts_days_both_ways(void)
{
    CU_ASSERT_EQUAL(date_add_days(20261231, 1), 20270101);
    CU_ASSERT_EQUAL(date_add_days(20240228, 1), 20240229);
    CU_ASSERT_EQUAL(date_add_days(20240301, -1), 20240229);
    CU_ASSERT_EQUAL(date_add_days(20260101, 365), 20270101);
    CU_ASSERT_EQUAL(date_add_days(20260101, 0), 20260101);
    CU_ASSERT_EQUAL(date_days_between(20260101, 20270101), 365);
    CU_ASSERT_EQUAL(date_days_between(20270101, 20260101), -365);
    CU_ASSERT_EQUAL(date_days_between(20240101, 20250101), 366);
}

static void leaves_its_years_in_neither_direction(void)
{
    CU_ASSERT_EQUAL(date_add_days(99991231, 1), 0);
    CU_ASSERT_EQUAL(date_add_days(19700101, -1), 0);
    CU_ASSERT_EQUAL(date_add_days(20260101, INT32_MAX), 0);
    CU_ASSERT_EQUAL(date_add_days(20260101, INT32_MIN), 0);
}

static void finds_the_nearest_date_of_a_month_and_day(void)
{
    CU_ASSERT_EQUAL(date_nearest_mmdd(101, 20261231), 20270101);
    CU_ASSERT_EQUAL(date_nearest_mmdd(1231, 20270101), 20261231);
    CU_ASSERT_EQUAL(date_nearest_mmdd(1122, 20261122), 20261122);
    CU_ASSERT_EQUAL(date_nearest_mmdd(1121, 20261122), 20261121);
    CU_ASSERT_EQUAL(date_nearest_mmdd(601, 20261122), 20260601);
    CU_ASSERT_EQUAL(date_nearest_mmdd(501, 20261122), 20270501);
    CU_ASSERT_EQUAL(date_nearest_mmdd(229, 20250110), 20240229);
    CU_ASSERT_EQUAL(date_nearest_mmdd(229, 20270110), 20280229);
    CU_ASSERT_EQUAL(date_nearest_mmdd(229, 20990301), 20960229);
    CU_ASSERT_EQUAL(date_nearest_mmdd(229, 21010301), 21040229);
    CU_ASSERT_EQUAL(date_nearest_mmdd(1231, 19700101), 19701231);
    CU_ASSERT_EQUAL(date_nearest_mmdd(101, 99991231), 99990101);
}

static void finds_the_day_of_what_has_waited_for_most_of_a_year(void)
{
    CU_ASSERT_EQUAL(date_past_mmdd(1122, 20261122), 20261122);
    CU_ASSERT_EQUAL(date_past_mmdd(1231, 20270630), 20261231);
    CU_ASSERT_EQUAL(date_past_mmdd(1122, 20270917), 20261122); /* 299 days */
    CU_ASSERT_EQUAL(date_past_mmdd(1122, 20271012), 20261122); /* 324 days */
    CU_ASSERT_EQUAL(date_past_mmdd(101, 20261231), 20270101);  /* ahead */
    CU_ASSERT_EQUAL(date_past_mmdd(131, 20261231), 20270131);
    CU_ASSERT_EQUAL(date_past_mmdd(1231, 19700101), 19701231);
    CU_ASSERT_EQUAL(date_past_mmdd(1301, 20261231), 0);
}

static void refuses_a_month_and_day_that_no_year_has(void)
{
    static const uint32_t bad[] = {0, 100, 132, 230, 431, 1301, 1232, 9999, 20261122, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(date_nearest_mmdd(bad[i], 20261122), 0);
}

static void splits_wall_time_as_the_c_library_does(void)
{
    unsigned wrong = 0;
    for (int64_t seconds = 0; seconds < INT64_C(253402300800); seconds += 86400 * 29 + 12347) {
        time_t time = (time_t)seconds;
        struct tm tm;
        gmtime_r(&time, &tm);
        uint32_t date =
            (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
        uint32_t clock = (uint32_t)(tm.tm_hour * 10000 + tm.tm_min * 100 + tm.tm_sec);
        int64_t wall_us = seconds * second_us + 999999;
        wrong += date_of_wall(wall_us) != date || date_time_of_wall(wall_us) != clock;
        wrong += date_to_wall(date) != seconds / 86400 * 86400 * second_us;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void takes_times_outside_its_years_to_the_nearest_inside(void)
{
    CU_ASSERT_EQUAL(date_of_wall(-1), 19700101);
    CU_ASSERT_EQUAL(date_of_wall(INT64_MIN), 19700101);
    CU_ASSERT_EQUAL(date_time_of_wall(INT64_MIN), 0);
    CU_ASSERT_EQUAL(date_of_wall(INT64_MAX), 99991231);
    CU_ASSERT_EQUAL(date_time_of_wall(INT64_MAX), 235959);
}

static void de7_is_month_day_and_time(void)
{
    CU_ASSERT_EQUAL(date_de7(wall(2026, 11, 22, 7, 50, 9) + 1), 1122075009);
    CU_ASSERT_EQUAL(date_de7(wall(2026, 1, 1, 0, 0, 0)), 101000000);
}

static void de7_finds_its_year_near_the_reference(void)
{
    int64_t new_year = wall(2027, 1, 1, 0, 0, 0);
    CU_ASSERT_EQUAL(date_nearest_de7(1231235959, new_year), new_year - second_us);
    CU_ASSERT_EQUAL(date_nearest_de7(101000000, new_year - second_us), new_year);
    CU_ASSERT_EQUAL(date_nearest_de7(1122075009, wall(2026, 11, 22, 8, 0, 0)),
                    wall(2026, 11, 22, 7, 50, 9));
    CU_ASSERT_EQUAL(date_nearest_de7(229120000, wall(2025, 3, 1, 0, 0, 0)),
                    wall(2024, 2, 29, 12, 0, 0));
    CU_ASSERT_EQUAL(date_nearest_de7(101000000, -5), 0);
}

static void de7_comes_back_from_every_time(void)
{
    unsigned wrong = 0;
    for (int64_t at = wall(2023, 1, 1, 0, 0, 0); at < wall(2029, 1, 1, 0, 0, 0);
         at += 86400 * 3 * second_us + 7919 * second_us)
        wrong += date_nearest_de7(date_de7(at), at + 40 * 86400 * second_us) != at;
    CU_ASSERT_EQUAL(wrong, 0);
}

static void refuses_a_de7_that_is_no_time(void)
{
    static const uint64_t bad[] = {
        0,         1122240000,        1122006000, 1122000060, 1301000000,           132000000,
        230000000, UINT64_C(1) << 60, UINT64_MAX, 431000000,  UINT64_C(99999999999)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(date_nearest_de7(bad[i], wall(2026, 11, 22, 0, 0, 0)), INT64_MIN);
}

static void writes_iso_8601_with_microseconds(void)
{
    char out[DATE_ISO_SIZE];
    CU_ASSERT_STRING_EQUAL(date_iso_format(wall(2026, 11, 22, 7, 5, 9) + 42, out),
                           "2026-11-22T07:05:09.000042Z");
    CU_ASSERT_STRING_EQUAL(date_iso_format(0, out), "1970-01-01T00:00:00.000000Z");
    CU_ASSERT_STRING_EQUAL(date_iso_format(INT64_MAX, out), "9999-12-31T23:59:59.999999Z");
}

SUITE(CASE(accepts_the_dates_that_the_calendar_has), CASE(every_day_follows_the_one_before),
      CASE(adds_and_counts_days_both_ways), CASE(leaves_its_years_in_neither_direction),
      CASE(finds_the_nearest_date_of_a_month_and_day),
      CASE(finds_the_day_of_what_has_waited_for_most_of_a_year),
      CASE(refuses_a_month_and_day_that_no_year_has), CASE(splits_wall_time_as_the_c_library_does),
      CASE(takes_times_outside_its_years_to_the_nearest_inside), CASE(de7_is_month_day_and_time),
      CASE(de7_finds_its_year_near_the_reference), CASE(de7_comes_back_from_every_time),
      CASE(refuses_a_de7_that_is_no_time), CASE(writes_iso_8601_with_microseconds))
