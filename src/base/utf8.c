/* Strict UTF-8, see utf8.h. */
#include "base/utf8.h"

size_t utf8_next(const uint8_t *at, size_t len, uint32_t *code)
{
    if (len == 0)
        return 0;
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    static const struct {
        uint8_t mask, lead;
        uint32_t least; /* below it the form is overlong */
    } forms[] = {{0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t width = i + 2;
        if ((at[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (len < width)
            return 0;
        uint32_t value = at[0] & (uint32_t)(uint8_t)~forms[i].mask;
        for (size_t j = 1; j < width; j++) {
            if ((at[j] & 0xC0) != 0x80)
                return 0;
            value = value << 6 | (at[j] & 0x3FU);
        }
        if (value < forms[i].least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
            return 0;
        *code = value;
        return width;
    }
    return 0;
}
