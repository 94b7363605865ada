/* Delimited files: characters, then fields, then records. */
#include "clearing/csv.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CHUNK_LEN = 64 << 10,
    TEXT_LEN = CHUNK_LEN * 2, /* of a chunk as UTF-8: two bytes become at most three */
    MARK_LEN = 3,             /* byte order mark in UTF-8 */
};

struct csv {
    FILE *file;
    const char *path;
    char delimiter;
    enum csv_charset charset;
    iconv_t converter; /* only of another charset */
    bool is_open;      /* the converter */
    uint64_t line;     /* of the next character */
    uint64_t opened;   /* where the quote of this field stands; 0: it has none */
    bool is_over, has_begun;
    /* Bytes of the file that are no whole character yet, then the chunk. */
    size_t raw_len;
    uint8_t raw[CHUNK_LEN];
    size_t text_at, text_len;
    uint8_t text[TEXT_LEN];
    size_t record_len;
    uint8_t record[CSV_RECORD_MAX];
    struct bytes fields[CSV_COLUMNS_MAX];
};

enum result csv_open(const char *path, char delimiter, enum csv_charset charset,
                     struct csv **opened, struct fault *fault)
{
    struct csv *csv = calloc(1, sizeof *csv);
    MUST(charset < CSV_CHARSETS && delimiter != '"' && delimiter != '\n' && delimiter != '\r');
    *opened = csv;
    if (csv == NULL)
        return fault_set(fault, RESULT_IO, "%s: no memory to read it", path);
    csv->path = path;
    csv->delimiter = delimiter;
    csv->charset = charset;
    csv->line = 1;
    if (charset == CSV_GB18030) {
        csv->converter = iconv_open("UTF-8", "GB18030");
        csv->is_open = csv->converter != (iconv_t)-1; /* NOLINT: as POSIX has it */
    }
    csv->file = fopen(path, "rbe");
    enum result result = RESULT_OK;
    if (csv->file == NULL)
        result = fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    else if (charset == CSV_GB18030 && !csv->is_open)
        result = fault_set(fault, RESULT_IO, "%s: this machine does not know GB18030", path);
    if (result != RESULT_OK) {
        csv_close(csv);
        *opened = NULL;
    }
    return result;
}

void csv_close(struct csv *csv)
{
    if (csv == NULL)
        return;
    if (csv->file != NULL)
        fclose(csv->file);
    if (csv->is_open)
        iconv_close(csv->converter);
    free(csv);
}

/* --- characters ------------------------------------------------------------------------------- */

static enum result refuse_bytes(const struct csv *csv, struct fault *fault)
{
    uint64_t line = csv->line;
    for (size_t i = 0; i < csv->text_len; i++)
        line += csv->text[i] == '\n';
    return fault_set(fault, RESULT_INPUT, "%s:%" PRIu64 ": expected %s, got other bytes", csv->path,
                     line, csv->charset == CSV_UTF8 ? "UTF-8" : "GB18030");
}

/* As many whole characters as there are; a part of one at the end stays. */
static enum result take_utf8(struct csv *csv, struct fault *fault)
{
    size_t at = 0;
    uint32_t code;
    while (at < csv->raw_len) {
        size_t width = csv->raw[at] < 0x80 ? 1 : utf8_next(csv->raw + at, csv->raw_len - at, &code);
        if (width == 0)
            break;
        at += width;
    }
    memcpy(csv->text, csv->raw, at);
    csv->text_len = at;
    csv->raw_len -= at;
    memmove(csv->raw, csv->raw + at, csv->raw_len);
    /* The longest has four bytes: with so many it is no part of one. */
    return csv->raw_len >= 4 ? refuse_bytes(csv, fault) : RESULT_OK;
}

static enum result convert(struct csv *csv, struct fault *fault)
{
    char *from = (char *)csv->raw, *to = (char *)csv->text;
    size_t left = csv->raw_len, room = sizeof csv->text;
    size_t converted = iconv(csv->converter, &from, &left, &to, &room);
    int error = errno;
    csv->text_len = sizeof csv->text - room;
    memmove(csv->raw, csv->raw + csv->raw_len - left, left);
    csv->raw_len = left;
    bool is_bad = converted == (size_t)-1 && error != EINVAL; /* a part of a character is none */
    return is_bad ? refuse_bytes(csv, fault) : RESULT_OK;
}

static enum result fill(struct csv *csv, struct fault *fault)
{
    static const uint8_t mark[MARK_LEN] = {0xEF, 0xBB, 0xBF};
    csv->text_at = csv->text_len = 0;
    while (csv->text_len == 0 && !csv->is_over) {
        size_t got = fread(csv->raw + csv->raw_len, 1, sizeof csv->raw - csv->raw_len, csv->file);
        if (got == 0 && ferror(csv->file) != 0)
            return fault_set(fault, RESULT_IO, "%s: %s", csv->path, strerror(errno));
        csv->is_over = got == 0;
        csv->raw_len += got;
        TRY(csv->charset == CSV_UTF8 ? take_utf8(csv, fault) : convert(csv, fault));
        if (csv->is_over && csv->raw_len > 0)
            return refuse_bytes(csv, fault);
    }
    if (!csv->has_begun && csv->text_len >= MARK_LEN && memcmp(csv->text, mark, MARK_LEN) == 0)
        csv->text_at = MARK_LEN;
    csv->has_begun = true;
    return RESULT_OK;
}

enum { END = -1 };

/* The next byte, which stays; END at the end of the file. */
static enum result peek(struct csv *csv, int *byte, struct fault *fault)
{
    if (csv->text_at == csv->text_len && !csv->is_over)
        TRY(fill(csv, fault));
    *byte = csv->text_at < csv->text_len ? csv->text[csv->text_at] : END;
    return RESULT_OK;
}

static void take(struct csv *csv)
{
    csv->line += csv->text[csv->text_at++] == '\n';
}

/* --- fields ----------------------------------------------------------------------------------- */

/* A quote that nobody closed takes in what follows: the mistake is where it opens. */
static enum result refuse(const struct csv *csv, size_t column, const char *why,
                          struct fault *fault)
{
    char where[64] = "";
    uint64_t line = csv->opened != 0 ? csv->opened : csv->line;
    if (line != csv->line)
        snprintf(where, sizeof where, " (in line %" PRIu64 "; the quote opens here)", csv->line);
    return fault_set(fault, RESULT_INPUT, "%s:%" PRIu64 ": column %zu: %s%s", csv->path, line,
                     column + 1, why, where);
}

static enum result keep(struct csv *csv, size_t column, int byte, struct fault *fault)
{
    if (csv->record_len == CSV_RECORD_MAX)
        return refuse(csv, column, "expected a record of at most 65,536 bytes, got more", fault);
    csv->record[csv->record_len++] = (uint8_t)byte;
    take(csv);
    return RESULT_OK;
}

/* CR is a line's end only in front of LF. */
static enum result is_at_end(struct csv *csv, size_t column, bool *is_end, struct fault *fault)
{
    int byte;
    TRY(peek(csv, &byte, fault));
    if (byte == '\r') {
        take(csv);
        TRY(peek(csv, &byte, fault));
        if (byte != '\n')
            return refuse(csv, column, "expected a line feed behind a carriage return", fault);
    }
    *is_end = byte == '\n' || byte == END;
    return RESULT_OK;
}

static enum result read_quoted(struct csv *csv, size_t column, struct fault *fault)
{
    int byte;
    csv->opened = csv->line;
    take(csv);
    for (;;) {
        TRY(peek(csv, &byte, fault));
        if (byte == END)
            return refuse(csv, column,
                          "expected a quote at the end of the field, got the end of "
                          "the file",
                          fault);
        if (byte != '"') {
            TRY(keep(csv, column, byte, fault));
            continue;
        }
        take(csv);
        TRY(peek(csv, &byte, fault));
        if (byte != '"')
            return RESULT_OK;
        TRY(keep(csv, column, byte, fault));
    }
}

/* Up to the delimiter or the end of the line, which stays. */
static enum result read_plain(struct csv *csv, size_t column, struct fault *fault)
{
    int byte;
    for (;;) {
        TRY(peek(csv, &byte, fault));
        if (byte == END || byte == '\n' || byte == '\r' || byte == csv->delimiter)
            return RESULT_OK;
        if (byte == '"')
            return refuse(csv, column, "expected no quote inside a field without quotes", fault);
        TRY(keep(csv, column, byte, fault));
    }
}

static enum result read_field(struct csv *csv, size_t column, bool *is_last, struct fault *fault)
{
    size_t from = csv->record_len;
    int byte;
    csv->opened = 0;
    TRY(peek(csv, &byte, fault));
    TRY(byte == '"' ? read_quoted(csv, column, fault) : read_plain(csv, column, fault));
    csv->fields[column] = bytes_of(csv->record + from, csv->record_len - from);
    TRY(is_at_end(csv, column, is_last, fault));
    TRY(peek(csv, &byte, fault));
    if (!*is_last && byte != csv->delimiter)
        return refuse(csv, column, "expected a delimiter behind the quote, got text", fault);
    if (byte != END)
        take(csv);
    return RESULT_OK;
}

enum result csv_next(struct csv *csv, struct csv_record *record, bool *found, struct fault *fault)
{
    *found = false;
    for (;;) {
        bool is_last = false;
        int byte;
        csv->opened = 0;
        TRY(peek(csv, &byte, fault));
        if (byte == END)
            return RESULT_OK;
        *record = (struct csv_record){.line = csv->line, .fields = csv->fields};
        csv->record_len = 0;
        while (!is_last) {
            if (record->count == CSV_COLUMNS_MAX)
                return refuse(csv, record->count, "expected at most 256 columns", fault);
            TRY(read_field(csv, record->count++, &is_last, fault));
        }
        *found = record->count > 1 || csv->record_len > 0;
        if (*found)
            return RESULT_OK;
    }
}
