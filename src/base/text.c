/* Digits, hex and money as text, see text.h. */
#include "base/text.h"

bool text_is_digits(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

bool text_digits_parse(struct bytes text, uint64_t *value)
{
    if (!text_is_digits(text))
        return false;
    uint64_t sum = 0;
    for (size_t i = 0; i < text.len; i++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.data[i] - '0'), &sum))
            return false;
    *value = sum;
    return true;
}

bool text_digits_format(uint64_t value, char *out, size_t width)
{
    uint64_t rest = value;
    for (size_t i = 0; i < width && rest > 0; i++)
        rest /= 10;
    if (rest > 0)
        return false;
    for (size_t i = width; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return true;
}

void text_hex_encode(struct bytes bytes, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = digits[bytes.data[i] >> 4];
        out[2 * i + 1] = digits[bytes.data[i] & 15];
    }
}

bool text_hex_decode(struct bytes text, uint8_t *out, size_t size)
{
    if (text.len % 2 != 0 || text.len / 2 > size)
        return false;
    for (size_t i = 0; i < text.len / 2; i++) {
        int high = text_hex_digit(text.data[2 * i]);
        int low = text_hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

const char *text_money_format(int64_t minor, char out[TEXT_MONEY_SIZE])
{
    uint64_t rest = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    char reversed[TEXT_MONEY_SIZE];
    size_t len = 0;
    /* From the right: two decimals, a point, then groups of three. */
    for (unsigned digits = 0; rest > 0 || digits < 3; digits++) {
        if (digits == 2)
            reversed[len++] = '.';
        else if (digits > 2 && (digits - 2) % 3 == 0)
            reversed[len++] = ',';
        reversed[len++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (minor < 0)
        reversed[len++] = '-';
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    out[len] = '\0';
    return out;
}
