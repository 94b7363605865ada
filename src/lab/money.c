/* Money as text, see money.h. */
#include "lab/money.h"

#include <inttypes.h>
#include <stdio.h>

bool lab_money_parse(struct bytes text, int64_t *minor)
{
    size_t whole = 0;
    while (whole < text.len && text.data[whole] >= '0' && text.data[whole] <= '9')
        whole++;
    size_t rest = text.len - whole;
    bool point = rest == 3 && text.data[whole] == '.';
    if (whole == 0 || whole > 12 || (whole > 1 && text.data[0] == '0') || (rest != 0 && !point))
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (point && i == whole)
            continue;
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    if (!point)
        value *= 100;
    if (value > LAB_BALANCE_MAX)
        return false;
    *minor = value;
    return true;
}

void lab_money_format(int64_t minor, char out[LAB_MONEY_TEXT_SIZE])
{
    uint64_t magnitude = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    snprintf(out, LAB_MONEY_TEXT_SIZE, "%s%" PRIu64 ".%02" PRIu64, minor < 0 ? "-" : "",
             magnitude / 100, magnitude % 100);
}
