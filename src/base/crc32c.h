/* CRC-32C (Castagnoli; RFC 3720 appendix B.4): finds accidents in stored records, not forgeries. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc`, 0 at the start: crc32c(crc32c(0, a), b) is the sum of a followed by b. Uses
 * the processor's instruction where it has one. Any thread may call it. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);
/* The same without the instruction; for machines without it, and to test one against the other. */
uint32_t crc32c_table(uint32_t crc, const void *data, size_t len);

#endif
