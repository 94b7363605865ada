/* The Luhn check digit, see card.h. */
#include "lab/card.h"

#include "base/result.h"
#include "base/text.h"

char lab_card_check_digit(struct bytes body)
{
    unsigned sum = 0;
    for (size_t i = 0; i < body.len; i++) {
        uint8_t c = body.data[body.len - 1 - i];
        MUST(c >= '0' && c <= '9');
        unsigned digit = (unsigned)(c - '0');
        unsigned doubled = i % 2 == 0 ? 2 * digit : digit;
        sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

bool lab_card_passes_luhn(struct bytes number)
{
    for (size_t i = 0; i < number.len; i++)
        if (number.data[i] < '0' || number.data[i] > '9')
            return false;
    return number.len >= 2 &&
           number.data[number.len - 1] ==
               (uint8_t)lab_card_check_digit(bytes_of(number.data, number.len - 1));
}
