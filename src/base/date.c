/* The Gregorian calendar from 1970 to 9999, see date.h. */
#include "base/date.h"

#include "base/result.h"
#include "base/text.h"

enum {
    YEAR_MIN = 1970,
    YEAR_MAX = 9999,
    DAY_SECONDS = 86400,
    LEAP_GAP = 8, /* 29 February may be missing for eight years: 2096 to 2104 */
};
static const int64_t second_us = 1000000;
static const int64_t day_us = DAY_SECONDS * INT64_C(1000000);

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of a year before its month 1..13. */
static uint32_t days_before_month(uint32_t year, uint32_t month)
{
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    return before[month - 1] + (month > 2 && is_leap(year) ? 1U : 0U);
}

static uint32_t leap_years_before(uint32_t year)
{
    return (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
}

/* Days from 1970-01-01 to the first of January. */
static uint32_t days_before_year(uint32_t year)
{
    return 365 * (year - YEAR_MIN) + leap_years_before(year) - leap_years_before(YEAR_MIN);
}

bool date_is_valid(uint32_t date)
{
    uint32_t year = date / 10000, month = date / 100 % 100, day = date % 100;
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12)
        return false;
    return day >= 1 && day <= days_before_month(year, month + 1) - days_before_month(year, month);
}

/* Days since 1970-01-01. */
static uint32_t date_days(uint32_t date)
{
    MUST(date_is_valid(date));
    uint32_t year = date / 10000;
    return days_before_year(year) + days_before_month(year, date / 100 % 100) + date % 100 - 1;
}

/* `days` is before the year 10000. */
static uint32_t date_of_days(uint32_t days)
{
    /* Dividing by 365 comes out too late by a day for each leap year, never too early. */
    uint32_t year = YEAR_MIN + days / 365;
    while (days_before_year(year) > days)
        year--;
    days -= days_before_year(year);
    uint32_t month = 12;
    while (days_before_month(year, month) > days)
        month--;
    return year * 10000 + month * 100 + days - days_before_month(year, month) + 1;
}

uint32_t date_add_days(uint32_t date, int32_t days)
{
    int64_t sum = (int64_t)date_days(date) + days;
    if (sum < 0 || sum >= days_before_year(YEAR_MAX + 1))
        return 0;
    return date_of_days((uint32_t)sum);
}

int32_t date_days_between(uint32_t from, uint32_t to)
{
    return (int32_t)date_days(to) - (int32_t)date_days(from);
}

uint32_t date_nearest_mmdd(uint32_t mmdd, uint32_t reference)
{
    uint32_t best = 0;
    int32_t best_distance = INT32_MAX;
    if (mmdd > 1231)
        return 0;
    for (uint32_t year = reference / 10000 - LEAP_GAP; year <= reference / 10000 + LEAP_GAP;
         year++) {
        uint32_t date = year * 10000 + mmdd;
        if (!date_is_valid(date))
            continue;
        int32_t distance = date_days_between(reference, date);
        distance = distance < 0 ? -distance : distance;
        if (distance < best_distance) {
            best = date;
            best_distance = distance;
        }
    }
    return best;
}

uint32_t date_past_mmdd(uint32_t mmdd, uint32_t today)
{
    enum { HALF_YEAR_DAYS = 182, AHEAD_DAYS = 40 };
    uint32_t middle = date_add_days(today, AHEAD_DAYS - HALF_YEAR_DAYS);
    return date_nearest_mmdd(mmdd, middle != 0 ? middle : today);
}

static int64_t wall_bounded(int64_t wall_us)
{
    int64_t end = days_before_year(YEAR_MAX + 1) * day_us;
    if (wall_us < 0)
        return 0;
    return wall_us < end ? wall_us : end - 1;
}

uint32_t date_of_wall(int64_t wall_us)
{
    return date_of_days((uint32_t)(wall_bounded(wall_us) / day_us));
}

uint32_t date_time_of_wall(int64_t wall_us)
{
    uint32_t seconds = (uint32_t)(wall_bounded(wall_us) % day_us / second_us);
    return seconds / 3600 * 10000 + seconds / 60 % 60 * 100 + seconds % 60;
}

uint64_t date_de7(int64_t wall_us)
{
    return (uint64_t)(date_of_wall(wall_us) % 10000) * 1000000 + date_time_of_wall(wall_us);
}

int64_t date_to_wall(uint32_t date)
{
    return date_days(date) * day_us;
}

int64_t date_nearest_de7(uint64_t de7, int64_t reference_us)
{
    uint64_t mmdd = de7 / 1000000;
    uint32_t time = (uint32_t)(de7 % 1000000);
    uint32_t hour = time / 10000, minute = time / 100 % 100, second = time % 100;
    if (mmdd > 1231 || hour > 23 || minute > 59 || second > 59)
        return INT64_MIN;
    reference_us = wall_bounded(reference_us);
    int64_t time_us = (hour * 3600 + minute * 60 + second) * second_us;
    uint32_t reference_year = date_of_wall(reference_us) / 10000;
    int64_t best = INT64_MIN, best_distance = INT64_MAX;
    for (uint32_t year = reference_year - LEAP_GAP; year <= reference_year + LEAP_GAP; year++) {
        uint32_t date = year * 10000 + (uint32_t)mmdd;
        if (!date_is_valid(date))
            continue;
        int64_t wall_us = date_to_wall(date) + time_us;
        int64_t distance = wall_us < reference_us ? reference_us - wall_us : wall_us - reference_us;
        if (distance < best_distance) {
            best = wall_us;
            best_distance = distance;
        }
    }
    return best;
}

const char *date_iso_format(int64_t wall_us, char out[DATE_ISO_SIZE])
{
    static const char shape[] = "0000-00-00T00:00:00.000000Z";
    _Static_assert(sizeof shape <= DATE_ISO_SIZE, "the text fits");
    wall_us = wall_bounded(wall_us);
    uint32_t date = date_of_wall(wall_us), time = date_time_of_wall(wall_us);
    memcpy(out, shape, sizeof shape);
    MUST(text_digits_format(date / 10000, out, 4) &&
         text_digits_format(date / 100 % 100, out + 5, 2) &&
         text_digits_format(date % 100, out + 8, 2) &&
         text_digits_format(time / 10000, out + 11, 2) &&
         text_digits_format(time / 100 % 100, out + 14, 2) &&
         text_digits_format(time % 100, out + 17, 2) &&
         text_digits_format((uint64_t)(wall_us % second_us), out + 20, 6));
    return out;
}
