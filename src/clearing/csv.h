/* Records of a delimited file as somebody else's program wrote it (RFC 4180), one at a time.
 *
 * Fields may stand in quotes, with delimiters, line ends and doubled quotes inside. Lines end in LF
 * or CRLF, the last one may end with the file; empty lines and a byte order mark are passed over.
 * Everything is given as UTF-8, whatever the file is in. Memory does not grow with the file. What
 * the fields mean is others' affair. */
#ifndef CLEARING_CSV_H
#define CLEARING_CSV_H

#include "base/bytes.h"
#include "base/result.h"

enum {
    CSV_COLUMNS_MAX = 256,
    CSV_RECORD_MAX = 64 << 10, /* bytes of all fields of a record; a bank's have some hundred */
};

enum csv_charset { CSV_UTF8, CSV_GB18030, CSV_CHARSETS };

struct csv;

/* The delimiter is an ASCII character, neither quote nor line end. RESULT_IO: the file cannot be
 * opened, no memory, or the machine does not know the charset. `path` lives as long as the reader.
 */
MUST_USE enum result csv_open(const char *path, char delimiter, enum csv_charset charset,
                              struct csv **csv, struct fault *fault);
void csv_close(struct csv *csv); /* accepts NULL */

struct csv_record {
    uint64_t line; /* its first, from 1 */
    size_t count;  /* of fields, at least 1 */
    const struct bytes *fields;
};
/* The record lives until the next call; found false: there is none. RESULT_INPUT, as
 * "PATH:LINE: column COLUMN: expected ..., got ...": a quote out of place, bytes that are not of
 * the charset, over a limit above; RESULT_IO. */
MUST_USE enum result csv_next(struct csv *csv, struct csv_record *record, bool *found,
                              struct fault *fault);

#endif
