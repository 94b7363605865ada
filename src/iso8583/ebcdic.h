/* EBCDIC as tables; a spec says which code page. Internal to this folder. */
#ifndef ISO8583_EBCDIC_H
#define ISO8583_EBCDIC_H

#include <stdint.h>

enum { ISO_EBCDIC_PAGES = 3 }; /* 1047, 037, 500, in the order of a spec's `codepage` */

extern const uint8_t iso_ebcdic_to_latin[ISO_EBCDIC_PAGES][256];
extern const uint8_t iso_ebcdic_from_latin[ISO_EBCDIC_PAGES][256];

#endif
