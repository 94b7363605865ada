/* Reading clearing files. A record is known to be the last, the trailer, only when nothing follows:
 * so there are always more bytes in hand than a record can have. */
#include "clearing/file.h"

#include "base/date.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    CHUNK_LEN = 128 << 10,
    /* A record, an end behind it, and one byte more. */
    AHEAD_LEN = LAYOUT_RECORD_MAX + LAYOUT_BLOCK_LEN + 8,
};

/* The file's bytes in order; between `at` and `len` what is in hand. */
struct source {
    FILE *file;
    const char *path;
    size_t at, len;
    uint64_t blocks;       /* read so far, of a blocked file */
    bool is_over;          /* there is no more in the file */
    uint64_t bytes;        /* read so far */
    struct digest *digest; /* of them; NULL: nobody asks */
    uint8_t chunk[CHUNK_LEN];
};

struct record {
    uint64_t line;   /* its first, from 1; of binary forms its number */
    uint64_t number; /* from 1 */
    struct bytes bytes;
};

struct reading {
    struct source source;
    const struct layout *layout;
    struct clearing_file *file;
    clearing_row_fn *each;
    void *context;
    uint64_t line;               /* of the next record */
    struct layout_before before; /* the last detail, and its row */
    struct row row;
    bool is_stopped;
    struct fault *fault;
};

static enum result refuse(const struct reading *reading, uint64_t line, const char *why)
{
    return fault_set(reading->fault, RESULT_INPUT, "%s:%" PRIu64 ": %s", reading->source.path, line,
                     why);
}

static size_t read_bytes_of(struct source *source, void *out, size_t room)
{
    size_t len = fread(out, 1, room, source->file);
    source->bytes += len;
    if (source->digest != NULL)
        digest_update(source->digest, bytes_of(out, len));
    return len;
}

/* Blocks without what fills them up. */
static enum result fill_blocked(struct source *source, struct fault *fault)
{
    uint8_t block[LAYOUT_BLOCK_LEN];
    while (!source->is_over && source->len + LAYOUT_BLOCK_FILLED <= CHUNK_LEN) {
        size_t len = read_bytes_of(source, block, sizeof block);
        source->is_over = len == 0;
        if (len == 0)
            break;
        if (len < sizeof block)
            return fault_set(fault, RESULT_INPUT,
                             "%s: block %" PRIu64 ": expected %d bytes, got %zu", source->path,
                             source->blocks + 1, LAYOUT_BLOCK_LEN, len);
        if (block[LAYOUT_BLOCK_FILLED] != 0x40 || block[LAYOUT_BLOCK_FILLED + 1] != 0x40)
            return fault_set(fault, RESULT_INPUT,
                             "%s: block %" PRIu64 ": byte %d: expected two bytes 40, got %02X%02X",
                             source->path, source->blocks + 1, LAYOUT_BLOCK_FILLED,
                             block[LAYOUT_BLOCK_FILLED], block[LAYOUT_BLOCK_FILLED + 1]);
        memcpy(source->chunk + source->len, block, LAYOUT_BLOCK_FILLED);
        source->len += LAYOUT_BLOCK_FILLED;
        source->blocks++;
    }
    return RESULT_OK;
}

/* Makes sure that more is in hand than the longest record, or all that there is. */
static enum result fill(struct source *source, bool is_blocked, struct fault *fault)
{
    if (source->is_over || source->len - source->at >= AHEAD_LEN)
        return RESULT_OK;
    source->len -= source->at;
    memmove(source->chunk, source->chunk + source->at, source->len);
    source->at = 0;
    if (is_blocked)
        TRY(fill_blocked(source, fault));
    else {
        source->len += read_bytes_of(source, source->chunk + source->len, CHUNK_LEN - source->len);
        source->is_over = source->len < CHUNK_LEN;
    }
    if (source->is_over && ferror(source->file) != 0)
        return fault_set(fault, RESULT_IO, "%s: %s", source->path, strerror(errno));
    return RESULT_OK;
}

/* --- records ---------------------------------------------------------------------------------- */

static enum result read_record(struct reading *reading, const struct record *record,
                               enum layout_record which, struct row *row)
{
    struct fault why = {RESULT_OK, ""};
    size_t line = 0;
    enum result result = which == LAYOUT_DETAIL
                             ? layout_read_next(reading->layout, which, record->bytes,
                                                &reading->before, row, &line, &why)
                             : layout_read(reading->layout, which, record->bytes, row, &line, &why);
    if (result != RESULT_OK)
        return refuse(reading, record->line + line, why.text);
    if (reading->layout->lines[which].has_number && row->record != record->number)
        return refuse(reading, record->line, "its number is not that of its place in the file");
    return RESULT_OK;
}

/* Whose file and of which day: every record that says so says the same. */
static enum result take_about(struct reading *reading, const struct record *record,
                              const struct row *row)
{
    struct clearing_file *file = reading->file;
    if (file->institution != 0 && row->institution != 0 && file->institution != row->institution)
        return refuse(reading, record->line, "it is of another institution than the header");
    if (file->settlement_date != 0 && row->settlement_date != 0 &&
        file->settlement_date % 1000000 != row->settlement_date % 1000000)
        return refuse(reading, record->line, "it is of another date than the file's name");
    if (row->settlement_date != 0 && !date_is_valid(row->settlement_date))
        return refuse(reading, record->line, "its settlement date is no date");
    if (row->institution != 0)
        file->institution = row->institution;
    if (row->settlement_date != 0)
        file->settlement_date = row->settlement_date;
    return RESULT_OK;
}

static enum result take_header(struct reading *reading, const struct record *record)
{
    struct row row;
    TRY(read_record(reading, record, LAYOUT_HEADER, &row));
    return take_about(reading, record, &row);
}

/* A2 is of money that somebody is still to be told of: lines about what went wrong have it too. */
static enum result check_code(const struct reading *reading, const struct record *record,
                              const struct row *row)
{
    enum layout_content content = reading->layout->content;
    enum operation_kind kind = row->operation.kind;
    char text[FAULT_TEXT_MAX];
    if (row->code != CODE_TO_BE_CONFIRMED || row->is_exception || kind == OPERATION_CREDIT ||
        kind == OPERATION_CLAIM || (content != LAYOUT_ISSUER && content != LAYOUT_FREEZES))
        return RESULT_OK;
    snprintf(text, sizeof text, "response_code: a %s cannot have A2, only a credit can",
             operation_name(kind));
    return refuse(reading, record->line, text);
}

static enum result take_detail(struct reading *reading, const struct record *record)
{
    struct row *row = &reading->row;
    TRY(read_record(reading, record, LAYOUT_DETAIL, row));
    TRY(check_code(reading, record, row));
    row->is_acquirers = reading->layout->content == LAYOUT_ACQUIRER;
    if (!row_totals_add(&reading->file->totals, row))
        return refuse(reading, record->line, "the sum so far has over 18 digits");
    reading->is_stopped = !reading->each(reading->context, row, record->line);
    return RESULT_OK;
}

static enum result take_trailer(struct reading *reading, const struct record *record)
{
    struct row row;
    struct fault why = {RESULT_OK, ""};
    TRY(read_record(reading, record, LAYOUT_TRAILER, &row));
    TRY(take_about(reading, record, &row));
    size_t line = 0;
    row.totals = reading->file->totals;
    if (layout_compare(reading->layout, LAYOUT_TRAILER, record->bytes, &row, &line, &why) ==
        RESULT_OK)
        return RESULT_OK;
    char more[FAULT_TEXT_MAX];
    snprintf(more, sizeof more, "the details sum up to something else: %.300s", why.text);
    return refuse(reading, record->line + line, more);
}

/* Which record is at the front, when it is no header. */
static enum layout_record kind_of_next(const struct reading *reading, struct bytes ahead)
{
    const struct layout *layout = reading->layout;
    if (!reading->source.is_over || !layout_has(layout, LAYOUT_TRAILER))
        return LAYOUT_DETAIL;
    size_t len = layout_cut(layout, LAYOUT_TRAILER, ahead);
    return layout_is_end(layout, bytes_of(ahead.data + len, ahead.len - len)) ? LAYOUT_TRAILER
                                                                              : LAYOUT_DETAIL;
}

static enum result read_next(struct reading *reading, struct bytes ahead)
{
    struct record record = {.line = reading->line, .number = ++reading->file->records};
    bool is_header = record.number == 1 && layout_has(reading->layout, LAYOUT_HEADER);
    enum layout_record which = is_header ? LAYOUT_HEADER : kind_of_next(reading, ahead);
    size_t lines = reading->layout->lines[which].lines;
    record.bytes = bytes_of(ahead.data, layout_cut(reading->layout, which, ahead));
    reading->source.at += record.bytes.len;
    reading->line += lines > 0 ? lines : 1;
    if (which == LAYOUT_HEADER)
        return take_header(reading, &record);
    return which == LAYOUT_TRAILER ? take_trailer(reading, &record) : take_detail(reading, &record);
}

static enum result read_records(struct reading *reading)
{
    const struct layout *layout = reading->layout;
    struct source *source = &reading->source;
    uint64_t least =
        (uint64_t)layout_has(layout, LAYOUT_HEADER) + (uint64_t)layout_has(layout, LAYOUT_TRAILER);
    reading->line = 1;
    while (!reading->is_stopped) {
        TRY(fill(source, layout->is_blocked, reading->fault));
        struct bytes ahead = bytes_of(source->chunk + source->at, source->len - source->at);
        bool is_end = source->is_over && layout_is_end(layout, ahead);
        if (is_end && reading->file->records >= least)
            return RESULT_OK;
        if (is_end || ahead.len == 0)
            return refuse(reading, reading->line,
                          "byte 0: expected another record, got the end of the file");
        TRY(read_next(reading, ahead));
    }
    return RESULT_OK;
}

static enum result read_stream(FILE *stream, const char *path, const struct layout *layout,
                               uint32_t yymmdd, struct digest *digest, clearing_row_fn *each,
                               void *context, struct clearing_file *file, struct fault *fault)
{
    struct reading reading = {
        .layout = layout, .file = file, .each = each, .context = context, .fault = fault};
    reading.source.path = path;
    reading.source.file = stream;
    reading.source.digest = digest;
    file->layout = layout;
    /* The century is the trailer's to say. */
    file->settlement_date = yymmdd != 0 ? 20000000 + yymmdd : 0;
    if (digest != NULL)
        digest_init(digest);
    TRY(read_records(&reading));
    file->bytes = reading.source.bytes;
    if (digest != NULL)
        digest_final(digest, file->sha256);
    return RESULT_OK;
}

static enum result find_layout(const char *path, const struct layout_set *layouts,
                               const struct layout **layout, uint32_t *yymmdd, struct fault *fault)
{
    const char *slash = strrchr(path, '/');
    *layout = layout_set_find(layouts, slash != NULL ? slash + 1 : path, yymmdd);
    return *layout != NULL
               ? RESULT_OK
               : fault_set(fault, RESULT_INPUT, "%s: no layout writes a file of this name", path);
}

enum result clearing_stream_read(FILE *stream, const char *path, const struct layout_set *layouts,
                                 clearing_row_fn *each, void *context, struct clearing_file *file,
                                 struct fault *fault)
{
    const struct layout *layout;
    uint32_t yymmdd;
    *file = (struct clearing_file){0};
    TRY(find_layout(path, layouts, &layout, &yymmdd, fault));
    return read_stream(stream, path, layout, yymmdd, NULL, each, context, file, fault);
}

enum result clearing_file_read_hashed(const char *path, const struct layout_set *layouts,
                                      struct digest *digest, clearing_row_fn *each, void *context,
                                      struct clearing_file *file, struct fault *fault)
{
    const struct layout *layout;
    uint32_t yymmdd;
    struct stat there;
    *file = (struct clearing_file){0};
    /* What is no clearing file is said before whether it is there. */
    TRY(find_layout(path, layouts, &layout, &yymmdd, fault));
    /* Opening a pipe would wait for a writer. */
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return fault_set(fault, RESULT_INPUT, "%s: it is no regular file", path);
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    enum result result =
        read_stream(stream, path, layout, yymmdd, digest, each, context, file, fault);
    fclose(stream);
    return result;
}

enum result clearing_file_read(const char *path, const struct layout_set *layouts,
                               clearing_row_fn *each, void *context, struct clearing_file *file,
                               struct fault *fault)
{
    return clearing_file_read_hashed(path, layouts, NULL, each, context, file, fault);
}
