/* Digits, hex and money as text. Strict: what is not exactly so is refused, never guessed. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/* ASCII digits only, at least one, leading zeros allowed. False, and *value untouched, when another
 * byte is among them or the number does not fit. */
bool text_digits_parse(struct bytes text, uint64_t *value);
/* Exactly `width` digits, zero-filled, without a terminator. False, and nothing written, when the
 * value has more. */
bool text_digits_format(uint64_t value, char *out, size_t width);
bool text_is_digits(struct bytes text); /* of nothing: false */

/* The value of a hex digit of either case; -1: it is none. */
static inline int text_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
/* Upper-case; writes 2 * bytes.len characters without a terminator. */
void text_hex_encode(struct bytes bytes, char *out);
/* Either case. Writes text.len / 2 bytes. False when a character is no hex digit, the count is odd,
 * or `out`, of `size` bytes, is too small; then what is in `out` means nothing. */
bool text_hex_decode(struct bytes text, uint8_t *out, size_t size);

enum { TEXT_MONEY_SIZE = 32 }; /* any int64 with separators, sign and NUL */
/* Minor units with two decimals for people: "1,234.56", "-0.05". Returns `out`, terminated. */
const char *text_money_format(int64_t minor, char out[TEXT_MONEY_SIZE]);

#endif
