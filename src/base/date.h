/* Dates of the Gregorian calendar as uint32 YYYYMMDD, and wall time as text of several shapes.
 * Everything is UTC; nobody here asks a clock or a time zone. 0 is no date. Years are 1970 to
 * 9999. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool date_is_valid(uint32_t date);
/* `date` is valid; 0 when the sum leaves the years above. */
uint32_t date_add_days(uint32_t date, int32_t days);
/* Days from `from` to `to`, negative backwards; both valid. */
int32_t date_days_between(uint32_t from, uint32_t to);
/* The date with this month and day that is nearest to `reference` (valid), for settlement dates
 * that travel without a year (DE 15); 0 when no year gives a valid one. 0229 is taken to the
 * nearest leap year. */
uint32_t date_nearest_mmdd(uint32_t mmdd, uint32_t reference);
/* The same for what was dated by somebody whose business date may be up to 40 days ahead of `today`
 * (valid), and may have waited since: good for the 324 days before. */
uint32_t date_past_mmdd(uint32_t mmdd, uint32_t today);

/* Of wall_us, microseconds since 1970-01-01T00:00:00Z; times outside the years above are taken to
 * their first or last microsecond. */
uint32_t date_of_wall(int64_t wall_us);      /* YYYYMMDD */
uint32_t date_time_of_wall(int64_t wall_us); /* hhmmss */
uint64_t date_de7(int64_t wall_us);          /* MMDDhhmmss: DE 7, ten digits */
/* Midnight at the beginning of a valid date. */
int64_t date_to_wall(uint32_t date);

/* The moment with this DE 7 that is nearest to `reference_us`; INT64_MIN when DE 7 is not a time.
 * Sender and receiver may stand on both sides of a new year. */
int64_t date_nearest_de7(uint64_t de7, int64_t reference_us);

enum { DATE_ISO_SIZE = 28 };
/* "2026-11-22T07:50:00.000000Z", terminated; returns `out`. */
const char *date_iso_format(int64_t wall_us, char out[DATE_ISO_SIZE]);

#endif
