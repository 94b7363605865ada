/* Card numbers as a lab makes them: the Luhn check digit (ISO/IEC 7812-1, annex B). Not the place
 * where a number is masked or read from a message. */
#ifndef LAB_CARD_H
#define LAB_CARD_H

#include "base/bytes.h"

enum {
    LAB_CARD_LEN_MIN = 13,
    LAB_CARD_LEN_MAX = 19, /* DE 2 */
};

/* The digit that makes body + digit pass Luhn; `body` is ASCII digits only. */
char lab_card_check_digit(struct bytes body);

/* At least two ASCII digits, the last of which is the check digit of the others. */
bool lab_card_passes_luhn(struct bytes number);

#endif
