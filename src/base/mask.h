/* The one place that hides a card number from people (PCI DSS 3.4: at most the first six and the
 * last four digits are shown). Which value is a card number, others know. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/bytes.h"

/* "999900******0016": as long as the number was; from 13 characters on the first 6 and the last 4
 * stay, of a shorter one nothing does, nor any byte that is not a digit. Always terminated, and cut
 * when `size`, at least 1, is too small. */
void mask_pan(struct bytes pan, char *out, size_t size);

#endif
