/* MTI and bitmaps on the wire, see message.h. */
#include "base/text.h"
#include "iso8583/ebcdic.h"
#include "iso8583/message.h"

size_t iso_bitmap_bytes(const struct iso_spec *spec, unsigned encoding, const uint8_t *at,
                        unsigned bytes, uint8_t *out)
{
    if (encoding == ISO_ENCODING_BINARY) {
        memcpy(out, at, bytes);
        return bytes;
    }
    const uint8_t *latin = iso_ebcdic_to_latin[spec->codepage];
    for (unsigned i = 0; i < 2 * bytes; i++) {
        int digit = text_hex_digit(encoding == ISO_ENCODING_EBCDIC_HEX ? latin[at[i]] : at[i]);
        if (digit < 0)
            return i;
        out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return 2 * (size_t)bytes;
}

void iso_bitmap_put(const struct iso_spec *spec, unsigned encoding, const uint8_t *bytes,
                    unsigned count, uint8_t *at)
{
    if (encoding == ISO_ENCODING_BINARY) {
        memcpy(at, bytes, count);
        return;
    }
    const uint8_t *ebcdic = iso_ebcdic_from_latin[spec->codepage];
    for (unsigned i = 0; i < 2 * count; i++) {
        unsigned nibble = i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15U;
        uint8_t digit = (uint8_t) "0123456789ABCDEF"[nibble];
        at[i] = encoding == ISO_ENCODING_EBCDIC_HEX ? ebcdic[digit] : digit;
    }
}

bool iso_bitmap_take(const struct iso_spec *spec, const uint8_t *at, uint64_t *bits)
{
    uint8_t bytes[ISO_BITMAP_LEN];
    if (iso_bitmap_bytes(spec, spec->bitmap_encoding, at, ISO_BITMAP_LEN, bytes) !=
        spec->bitmap_len)
        return false;
    *bits = iso_bitmap_read(bytes);
    return true;
}

void iso_bitmap_give(const struct iso_spec *spec, uint64_t bits, uint8_t *at)
{
    uint8_t bytes[ISO_BITMAP_LEN];
    iso_bitmap_write(bytes, bits);
    iso_bitmap_put(spec, spec->bitmap_encoding, bytes, ISO_BITMAP_LEN, at);
}

size_t iso_mti_take(const struct iso_spec *spec, const uint8_t *at, char mti[ISO_MTI_LEN])
{
    const uint8_t *latin = iso_ebcdic_to_latin[spec->codepage];
    for (unsigned i = 0; i < ISO_MTI_LEN; i++) {
        bool bcd = spec->mti_encoding == ISO_ENCODING_BCD;
        unsigned digit = at[bcd ? i / 2 : i];
        if (bcd)
            digit = i % 2 == 0 ? digit >> 4 : digit & 15U;
        else
            digit =
                (spec->mti_encoding == ISO_ENCODING_EBCDIC ? latin[digit] : digit) - (unsigned)'0';
        if (digit > 9)
            return bcd ? i / 2 : i;
        mti[i] = (char)('0' + digit);
    }
    return iso_mti_len(spec);
}

void iso_mti_give(const struct iso_spec *spec, const char mti[ISO_MTI_LEN], uint8_t *at)
{
    const uint8_t *ebcdic = iso_ebcdic_from_latin[spec->codepage];
    if (spec->mti_encoding == ISO_ENCODING_BCD) {
        at[0] = (uint8_t)((mti[0] & 15) << 4 | (mti[1] & 15));
        at[1] = (uint8_t)((mti[2] & 15) << 4 | (mti[3] & 15));
        return;
    }
    for (unsigned i = 0; i < ISO_MTI_LEN; i++)
        at[i] =
            spec->mti_encoding == ISO_ENCODING_EBCDIC ? ebcdic[(uint8_t)mti[i]] : (uint8_t)mti[i];
}
