/* Money as people write it in a file, "88.88", and as everything else keeps it, in minor units.
 * Two decimals, as the renminbi and most currencies have. */
#ifndef LAB_MONEY_H
#define LAB_MONEY_H

#include "base/bytes.h"

enum { LAB_MONEY_TEXT_SIZE = 24 }; /* any int64 with sign, point and NUL */

#define LAB_BALANCE_MAX INT64_C(999999999999) /* DE 54: n12 */
#define LAB_PACKET_MAX  INT64_C(99999999999)  /* largest freeze: 11 digits, as signed totals have */

/* "1000" or "1000.00": digits without superfluous zeros in front, then nothing or a point and two
 * digits. False when it is written otherwise or over LAB_BALANCE_MAX. */
bool lab_money_parse(struct bytes text, int64_t *minor);

/* "1000.00", "-0.05". */
void lab_money_format(int64_t minor, char out[LAB_MONEY_TEXT_SIZE]);

#endif
