/* ISO 4217: the numeric codes that messages carry, their letters and decimals. Source: ISO 4217
 * list one, as of 2026; funds codes and metals are not in it. */
#ifndef BASE_CURRENCY_H
#define BASE_CURRENCY_H

#include <stddef.h>

struct currency {
    char number[4];    /* "156" */
    char letters[4];   /* "CNY" */
    unsigned decimals; /* of one unit: 2 for 100 minor units */
};

/* NULL: no such currency. The text of both is 3 bytes and not terminated. */
const struct currency *currency_find(const char number[3]);
const struct currency *currency_find_letters(const char letters[3]);

#endif
