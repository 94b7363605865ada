/* Log lines in logfmt, one event a line:
 *
 *     time=2026-11-22T07:50:00.000000Z level=info party=switch event=signed_on peer=issuer-a
 *
 * The caller gives the time. Values that need it are quoted, control characters and what is not
 * UTF-8 are escaped, so that nothing from outside can forge a line. Masking card numbers
 * (base/mask.h) is the caller's duty. One thread writes to a log.
 *
 * A line that cannot be written (a full disk) is lost: whoever logs is neither stopped nor kept
 * waiting, and nothing is saved up. The first line that can be written again follows an empty line
 * and one that counts: level=warning event=log_lost lines=N. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum { LOG_LINE_MAX = 4096 }; /* bytes; a longer line ends in cut=true */

struct log {
    FILE *file;         /* the caller's; NULL: nothing is written */
    const char *party;  /* the caller's */
    enum log_level max; /* what is less urgent is left out */
    struct strbuf line;
    int64_t wall_us; /* of the line */
    uint64_t lost;   /* lines that could not be written since the last that could */
    bool cut;
    bool open; /* between log_begin() and log_end(), and wanted */
};

void log_init(struct log *log, FILE *file, const char *party, enum log_level max);
void log_deinit(struct log *log); /* accepts zeroed memory; does not close the file */

const char *log_level_name(enum log_level level);
/* -1 when there is no such level. */
int log_level_find(const char *name);

/* One line: log_begin(), any number of pairs, log_end(). A key is a plain word of ours. */
void log_begin(struct log *log, enum log_level level, int64_t wall_us, const char *event);
void log_text(struct log *log, const char *key, const char *value); /* NULL: no pair */
void log_bytes(struct log *log, const char *key, struct bytes value);
void log_int(struct log *log, const char *key, int64_t value);
void log_format(struct log *log, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_end(struct log *log); /* writes and flushes */

/* A whole line with one text, "" leaves it out. */
void log_event(struct log *log, enum log_level level, int64_t wall_us, const char *event,
               const char *text);

#endif
