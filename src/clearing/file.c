/* Reading clearing files. A line is known to be the last, the trailer, only when nothing follows:
 * so there is always one line in hand. */
#include "clearing/file.h"

#include "base/date.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_LEN = 64 << 10 };

/* The file's bytes as lines. */
struct source {
    FILE *file;
    const char *path;
    size_t at, len;
    bool is_over;
    uint8_t chunk[CHUNK_LEN];
};

struct line {
    uint64_t number; /* from 1; 0: none */
    size_t len;      /* with its end */
    uint8_t data[LAYOUT_LINE_MAX];
};

struct reading {
    struct source source;
    const struct layout *layout;
    struct clearing_file *file;
    clearing_row_fn *each;
    void *context;
    bool is_stopped;
    struct fault *fault;
};

static enum result refuse(const struct reading *reading, uint64_t line, const char *why)
{
    return fault_set(reading->fault, RESULT_INPUT, "%s:%" PRIu64 ": %s", reading->source.path, line,
                     why);
}

/* --- lines ------------------------------------------------------------------------------------ */

static enum result fill(struct source *source, struct fault *fault)
{
    source->len = fread(source->chunk, 1, sizeof source->chunk, source->file);
    source->at = 0;
    source->is_over = source->len == 0;
    if (source->is_over && ferror(source->file) != 0)
        return fault_set(fault, RESULT_IO, "%s: %s", source->path, strerror(errno));
    return RESULT_OK;
}

/* The next line with its end; number 0: there is none. Too long a one is cut where it is too long,
 * so that it is refused for its form. */
static enum result next_line(struct reading *reading, struct line *line, uint64_t number)
{
    struct source *source = &reading->source;
    bool is_ended = false;
    line->number = 0;
    line->len = 0;
    while (!is_ended && line->len < sizeof line->data) {
        if (source->at == source->len)
            TRY(fill(source, reading->fault));
        if (source->is_over)
            break;
        size_t rest = source->len - source->at, room = sizeof line->data - line->len;
        size_t part = rest < room ? rest : room;
        const uint8_t *from = source->chunk + source->at;
        const uint8_t *end = memchr(from, '\n', part);
        is_ended = end != NULL;
        if (is_ended)
            part = (size_t)(end - from) + 1;
        memcpy(line->data + line->len, from, part);
        line->len += part;
        source->at += part;
    }
    if (line->len > 0)
        line->number = number;
    return RESULT_OK;
}

/* The line without its end, which must be the layout's. */
static enum result cut_end(const struct reading *reading, const struct line *line,
                           enum layout_record record, struct bytes *text)
{
    const char *end = reading->layout->line_end;
    size_t end_len = strlen(end), form_len = reading->layout->lines[record].len;
    char why[FAULT_TEXT_MAX];
    *text = bytes_of(line->data, line->len);
    bool has_end =
        line->len >= end_len && memcmp(line->data + line->len - end_len, end, end_len) == 0;
    if (has_end) {
        text->len -= end_len;
        return RESULT_OK;
    }
    snprintf(why, sizeof why,
             "byte %zu: expected the end of the line behind %zu characters, got %s", line->len,
             form_len, line->data[line->len - 1] == '\n' ? "another one" : "the end of the file");
    if (line->len == sizeof line->data)
        snprintf(why, sizeof why, "byte %zu: expected the end of the line, got more", form_len);
    return refuse(reading, line->number, why);
}

/* --- records ---------------------------------------------------------------------------------- */

static enum result read_record(const struct reading *reading, const struct line *line,
                               enum layout_record record, struct row *row, struct bytes *text)
{
    struct fault why = {RESULT_OK, ""};
    TRY(cut_end(reading, line, record, text));
    enum result result = layout_read(reading->layout, record, *text, row, &why);
    return result == RESULT_OK ? result : refuse(reading, line->number, why.text);
}

/* Whose file and of which day: every line that says so says the same. */
static enum result take_about(struct reading *reading, const struct line *line,
                              const struct row *row)
{
    struct clearing_file *file = reading->file;
    if (file->institution != 0 && row->institution != 0 && file->institution != row->institution)
        return refuse(reading, line->number, "it is of another institution than the header");
    if (file->settlement_date != 0 && row->settlement_date != 0 &&
        file->settlement_date % 1000000 != row->settlement_date % 1000000)
        return refuse(reading, line->number, "it is of another date than the file's name");
    if (row->settlement_date != 0 && !date_is_valid(row->settlement_date))
        return refuse(reading, line->number, "its settlement date is no date");
    if (row->institution != 0)
        file->institution = row->institution;
    if (row->settlement_date != 0)
        file->settlement_date = row->settlement_date;
    return RESULT_OK;
}

static enum result take_header(struct reading *reading, const struct line *line)
{
    struct row row;
    struct bytes text;
    TRY(read_record(reading, line, LAYOUT_HEADER, &row, &text));
    return take_about(reading, line, &row);
}

static enum result take_detail(struct reading *reading, const struct line *line)
{
    struct row row;
    struct bytes text;
    TRY(read_record(reading, line, LAYOUT_DETAIL, &row, &text));
    if (!row_totals_add(&reading->file->totals, &row))
        return refuse(reading, line->number, "the sum so far has over 18 digits");
    reading->is_stopped = !reading->each(reading->context, &row, line->number);
    return RESULT_OK;
}

static enum result take_trailer(struct reading *reading, const struct line *line)
{
    struct row row;
    struct bytes text;
    struct fault why = {RESULT_OK, ""};
    TRY(read_record(reading, line, LAYOUT_TRAILER, &row, &text));
    TRY(take_about(reading, line, &row));
    row.totals = reading->file->totals;
    if (layout_compare(reading->layout, LAYOUT_TRAILER, text, &row, &why) == RESULT_OK)
        return RESULT_OK;
    char more[FAULT_TEXT_MAX];
    snprintf(more, sizeof more, "the details sum up to something else: %.300s", why.text);
    return refuse(reading, line->number, more);
}

static bool has(const struct reading *reading, enum layout_record record)
{
    return reading->layout->lines[record].count > 0;
}

static enum result read_lines(struct reading *reading)
{
    struct line lines[2];
    uint64_t number = 1;
    TRY(next_line(reading, &lines[0], number));
    for (; lines[(number + 1) % 2].number != 0 && !reading->is_stopped; number++) {
        const struct line *line = &lines[(number + 1) % 2];
        TRY(next_line(reading, &lines[number % 2], number + 1));
        bool is_last = lines[number % 2].number == 0;
        reading->file->lines = number;
        if (number == 1 && has(reading, LAYOUT_HEADER))
            TRY(take_header(reading, line));
        else if (is_last && has(reading, LAYOUT_TRAILER))
            TRY(take_trailer(reading, line));
        else
            TRY(take_detail(reading, line));
    }
    uint64_t least = (uint64_t)has(reading, LAYOUT_HEADER) + (uint64_t)has(reading, LAYOUT_TRAILER);
    if (!reading->is_stopped && reading->file->lines < least)
        return refuse(reading, reading->file->lines + 1,
                      "byte 0: expected another line, got the end of the file");
    return RESULT_OK;
}

enum result clearing_file_read(const char *path, const struct layout_set *layouts,
                               clearing_row_fn *each, void *context, struct clearing_file *file,
                               struct fault *fault)
{
    const char *slash = strrchr(path, '/');
    uint32_t yymmdd;
    *file = (struct clearing_file){0};
    file->layout = layout_set_find(layouts, slash != NULL ? slash + 1 : path, &yymmdd);
    if (file->layout == NULL)
        return fault_set(fault, RESULT_INPUT, "%s: no layout writes a file of this name", path);
    /* The century is the trailer's to say. */
    file->settlement_date = yymmdd != 0 ? 20000000 + yymmdd : 0;
    struct reading reading = {
        .layout = file->layout, .file = file, .each = each, .context = context, .fault = fault};
    reading.source.path = path;
    reading.source.file = fopen(path, "rbe");
    if (reading.source.file == NULL)
        return fault_set(fault, RESULT_IO, "%s: %s", path, strerror(errno));
    enum result result = read_lines(&reading);
    fclose(reading.source.file);
    return result;
}
