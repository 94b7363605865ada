/* Logfmt lines, see log.h. */
#include "base/log.h"

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio_ext.h>

enum {
    LOG_CUT_LEN = sizeof " cut=true\n" - 1, /* kept free at the end of a line */
    LOST_LEN_MAX = 256,
};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
enum { LEVELS = sizeof level_names / sizeof level_names[0] };

void log_init(struct log *log, FILE *file, const char *party, enum log_level max)
{
    *log = (struct log){.file = file, .party = party, .max = max};
    strbuf_init(&log->line, LOG_LINE_MAX);
}

void log_deinit(struct log *log)
{
    strbuf_deinit(&log->line);
    *log = (struct log){0};
}

const char *log_level_name(enum log_level level)
{
    return (size_t)level < LEVELS ? level_names[level] : "unknown";
}

int log_level_find(const char *name)
{
    for (int i = 0; i < LEVELS; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return -1;
}

static bool value_is_plain(struct bytes value)
{
    for (size_t i = 0; i < value.len;) {
        uint32_t code = 0;
        size_t width = utf8_next(value.data + i, value.len - i, &code);
        bool special = code <= ' ' || code == '=' || code == '"' || code == '\\' ||
                       (code >= 0x7F && code <= 0x9F);
        if (width == 0 || special)
            return false;
        i += width;
    }
    return value.len > 0;
}

void log_bytes(struct log *log, const char *key, struct bytes value)
{
    if (!log->open || log->cut)
        return;
    struct strbuf *line = &log->line;
    size_t before = line->len;
    if (before > 0)
        strbuf_add(line, " ", 1);
    strbuf_text(line, key);
    strbuf_add(line, "=", 1);
    if (value_is_plain(value))
        strbuf_add(line, value.data, value.len);
    else {
        /* The escapes of logfmt are those of JSON. */
        struct json json = json_to(line);
        json_bytes_text(&json, value);
    }
    if (!line->bad && line->len <= LOG_LINE_MAX - LOG_CUT_LEN)
        return;
    log->cut = true;
    line->bad = false;
    line->len = before;
}

void log_text(struct log *log, const char *key, const char *value)
{
    if (value != NULL)
        log_bytes(log, key, bytes_text(value));
}

void log_int(struct log *log, const char *key, int64_t value)
{
    log_format(log, key, "%" PRId64, value);
}

void log_format(struct log *log, const char *key, const char *format, ...)
{
    if (!log->open)
        return;
    char text[FAULT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_text(log, key, text);
}

void log_begin(struct log *log, enum log_level level, int64_t wall_us, const char *event)
{
    char time[DATE_ISO_SIZE];
    strbuf_clear(&log->line);
    log->wall_us = wall_us;
    log->cut = false;
    log->open = log->file != NULL && level <= log->max;
    log_text(log, "time", date_iso_format(wall_us, time));
    log_text(log, "level", log_level_name(level));
    log_text(log, "party", log->party);
    log_text(log, "event", event);
}

/* What could not be written is not kept for later: the file's buffer would hand it on in pieces. */
static bool write_text(FILE *file, const char *text, size_t len)
{
    if (fwrite(text, 1, len, file) == len && fflush(file) == 0)
        return true;
    __fpurge(file);
    clearerr(file);
    return false;
}

/* Begins with a newline: the line before may have been cut anywhere. */
static bool write_lost(struct log *log)
{
    char text[LOST_LEN_MAX], time[DATE_ISO_SIZE];
    int len = snprintf(text, sizeof text,
                       "\ntime=%s level=warning party=%s event=log_lost lines=%" PRIu64 "\n",
                       date_iso_format(log->wall_us, time), log->party, log->lost);
    if (len < 0 || (size_t)len >= sizeof text || !write_text(log->file, text, (size_t)len))
        return false;
    log->lost = 0;
    return true;
}

void log_end(struct log *log)
{
    if (!log->open)
        return;
    log->open = false;
    strbuf_text(&log->line, log->cut ? " cut=true\n" : "\n");
    if (log->line.bad || (log->lost > 0 && !write_lost(log)) ||
        !write_text(log->file, log->line.text, log->line.len))
        log->lost++;
}

void log_event(struct log *log, enum log_level level, int64_t wall_us, const char *event,
               const char *text)
{
    log_begin(log, level, wall_us, event);
    if (text[0] != '\0')
        log_text(log, "text", text);
    log_end(log);
}
