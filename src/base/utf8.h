/* Steps through UTF-8, strictly (RFC 3629): no overlong forms, no surrogates, nothing above
 * U+10FFFF. Not a text library: whoever reads or writes text from outside asks only what is next.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The width in bytes (1..4) of the character at `at`, and the character itself in *code; 0 when
 * the bytes there are no whole character, or len is 0. */
size_t utf8_next(const uint8_t *at, size_t len, uint32_t *code);

#endif
