/* Digits, hex and money as text, see text.h. */
#include "base/text.h"

enum { EIGHT = 8, SAFE_DIGITS = 19, POWERS = 20 };

bool text_is_digits(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

static const uint64_t powers[POWERS] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    UINT64_C(10000000000000000000),
};

/* Eight characters of which the first is in the lowest byte: their digits next to each other in one
 * word, joined in pairs, fours and eights by multiplying. */
static bool eight_value(uint64_t text, uint64_t *value)
{
    const uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0), zeros = UINT64_C(0x3030303030303030);
    if ((text & high) != zeros || ((text + UINT64_C(0x0606060606060606)) & high) != zeros)
        return false;
    text -= zeros;
    text = text * 10 + (text >> 8);
    *value = ((text & UINT64_C(0x000000FF000000FF)) * (100 + (UINT64_C(1000000) << 32)) +
              (text >> 16 & UINT64_C(0x000000FF000000FF)) * (1 + (UINT64_C(10000) << 32))) >>
             32;
    return true;
}

static uint64_t load(const uint8_t *at, unsigned len)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < len; i++) /* one load where the lowest byte comes first */
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

/* Four to sixteen: the first ones and the last ones, without those that are among both. */
static bool short_value(struct bytes text, uint64_t *value)
{
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    uint64_t first = 0, last = 0;
    size_t len = text.len;
    if (len < EIGHT) {
        uint64_t front = (load(text.data, 4) << (8 * (EIGHT - len)) & UINT32_MAX) |
                         (zeros & UINT32_MAX) >> (8 * (len - 4));
        return eight_value(load(text.data + len - 4, 4) << 32 | front, value);
    }
    size_t more = len - EIGHT, both = EIGHT - more;
    uint64_t rest = load(text.data + more, EIGHT);
    if (more == 0)
        return eight_value(rest, value);
    if (both > 0)
        rest = rest >> (8 * both) << (8 * both) | zeros >> (8 * more);
    if (!eight_value(load(text.data, EIGHT), &first) || !eight_value(rest, &last))
        return false;
    *value = first * powers[more] + last;
    return true;
}

bool text_digits_parse(struct bytes text, uint64_t *value)
{
    uint64_t sum = 0;
    if (text.len >= EIGHT / 2 && text.len <= 2 * EIGHT)
        return short_value(text, value);
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9)
            return false;
        /* So many digits fit whatever they are. */
        if (i < SAFE_DIGITS)
            sum = sum * 10 + digit;
        else if (__builtin_mul_overflow(sum, 10, &sum) ||
                 __builtin_add_overflow(sum, (uint64_t)digit, &sum))
            return false;
    }
    if (text.len == 0)
        return false;
    *value = sum;
    return true;
}

/* Below 10^8, as eight digits, the first in the lowest byte: halves, quarters and eighths of the
 * number next to each other in one word, divided at the same time by multiplying with inverses. */
static uint64_t eight_digits(uint64_t value)
{
    uint64_t fours = value / 10000 | value % 10000 << 32;
    uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x0000007F0000007F);
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return (tens | (twos - tens * 10) << 8) | UINT64_C(0x3030303030303030);
}

static void put_eight(uint64_t digits, char *out)
{
    for (unsigned i = 0; i < EIGHT; i++) /* one store where the lowest byte comes first */
        out[i] = (char)(digits >> (8 * i));
}

bool text_digits_format(uint64_t value, char *out, size_t width)
{
    if (width < POWERS && value >= powers[width])
        return false;
    if (width > 2 * EIGHT) {
        size_t more = width - 2 * EIGHT;
        for (size_t i = 0; i < more; i++) {
            uint64_t power = width - 1 - i < POWERS ? powers[width - 1 - i] : 0;
            out[i] = (char)('0' + (power > 0 ? value / power : 0));
            value -= power > 0 ? value / power * power : 0;
        }
        out += more;
        width = 2 * EIGHT;
    }
    uint64_t last = eight_digits(value % powers[EIGHT]);
    if (width <= EIGHT) {
        char digits[EIGHT];
        put_eight(last, digits);
        memcpy(out, digits + EIGHT - width, width);
        return true;
    }
    /* The first eight of them, and the last eight: where they overlap they are the same. */
    uint64_t first = eight_digits(value / powers[EIGHT]);
    if (width < 2 * EIGHT)
        first = first >> (8 * (2 * EIGHT - width)) | last << (8 * (width - EIGHT));
    put_eight(first, out);
    put_eight(last, out + width - EIGHT);
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
