/* The table of character classes, see class.h. ISO 8583:1987 4.3 has the contents; the blank is
 * part of A and AN because the standard pads them with it. */
#include "iso8583/class.h"

#define LANES(byte)                                                                                \
    {                                                                                              \
        byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte, byte,  \
            byte                                                                                   \
    }
#define CLASS(text, a, a_end, b, b_end, c, c_end, d, d_end)                                        \
    {                                                                                              \
        .low = {LANES(a), LANES(b), LANES(c), LANES(d)},                                           \
        .span = {LANES((a_end) - (a)), LANES((b_end) - (b)), LANES((c_end) - (c)),                 \
                 LANES((d_end) - (d))},                                                            \
        .what = text,                                                                              \
    }
/* A class of fewer than four ranges repeats one. */
#define CLASS1(text, a, a_end)            CLASS(text, a, a_end, a, a_end, a, a_end, a, a_end)
#define CLASS2(text, a, a_end, b, b_end)  CLASS(text, a, a_end, b, b_end, a, a_end, b, b_end)
#define CLASS3(text, a, ae, b, be, c, ce) CLASS(text, a, ae, b, be, c, ce, a, ae)

const struct iso_class iso_classes[ISO_CLASS_COUNT] = {
    [ISO_CLASS_N] = CLASS1("a digit", '0', '9'),
    [ISO_CLASS_A] = CLASS3("a letter or blank", 'A', 'Z', 'a', 'z', ' ', ' '),
    [ISO_CLASS_AN] = CLASS("a letter, digit or blank", '0', '9', 'A', 'Z', 'a', 'z', ' ', ' '),
    [ISO_CLASS_AS] = CLASS2("a printable character but no digit", ' ', '/', ':', '~'),
    [ISO_CLASS_NS] = CLASS3("a printable character but no letter", ' ', '@', '[', '`', '{', '~'),
    [ISO_CLASS_ANS] = CLASS1("a printable character", ' ', '~'),
    [ISO_CLASS_Z] = CLASS2("a character of a track: digits : ; < = > ? D", '0', '?', 'D', 'D'),
    [ISO_CLASS_HEX] = CLASS3("a hex digit", '0', '9', 'A', 'F', 'a', 'f'),
    [ISO_CLASS_AS_WIDE] =
        CLASS3("a printable character but no digit", ' ', '/', ':', '~', 0x80, 0xFF),
    [ISO_CLASS_NS_WIDE] =
        CLASS("a printable character but no letter", ' ', '@', '[', '`', '{', '~', 0x80, 0xFF),
    [ISO_CLASS_ANS_WIDE] = CLASS2("a printable character", ' ', '~', 0x80, 0xFF),
    [ISO_CLASS_SIGN] = CLASS1("C or D", 'C', 'D'),
    [ISO_CLASS_N_EBCDIC] = CLASS1("a digit", 0xF0, 0xF9),
    [ISO_CLASS_ANY] = CLASS1("any byte", 0x00, 0xFF),
};

static bool is_of(const struct iso_class *class, uint8_t byte)
{
    for (size_t i = 0; i < ISO_CLASS_RANGES; i++)
        if ((uint8_t)(byte - class->low[i][0]) <= class->span[i][0])
            return true;
    return false;
}

size_t iso_class_stray(enum iso_class_id id, const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_of(&iso_classes[id], value[i]))
            return i;
    return len;
}
