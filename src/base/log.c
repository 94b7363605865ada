/* Logfmt lines, see log.h. */
#include "base/log.h"

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>

enum { LOG_CUT_LEN = sizeof " cut=true\n" - 1 }; /* kept free at the end of a line */

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
    log->cut = false;
    log->open = log->file != NULL && level <= log->max;
    log_text(log, "time", date_iso_format(wall_us, time));
    log_text(log, "level", log_level_name(level));
    log_text(log, "party", log->party);
    log_text(log, "event", event);
}

void log_end(struct log *log)
{
    if (!log->open)
        return;
    log->open = false;
    strbuf_text(&log->line, log->cut ? " cut=true\n" : "\n");
    /* A log that cannot be written must not stop a party; there is nobody to tell. */
    if (!log->line.bad && fwrite(log->line.text, 1, log->line.len, log->file) == log->line.len)
        fflush(log->file);
}

void log_event(struct log *log, enum log_level level, int64_t wall_us, const char *event,
               const char *text)
{
    log_begin(log, level, wall_us, event);
    if (text[0] != '\0')
        log_text(log, "text", text);
    log_end(log);
}
