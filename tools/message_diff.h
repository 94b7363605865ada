/* Two messages field by field: what differs, as lines for people or objects for programs. */
#ifndef TOOLS_MESSAGE_DIFF_H
#define TOOLS_MESSAGE_DIFF_H

#include "message_flat.h"

enum { DIFF_IGNORED_MAX = 64 };

/* Paths that do not count, each with all below it. They point into the list they were read from. */
struct diff_ignored {
    struct iso_value paths[DIFF_IGNORED_MAX];
    size_t count;
};
/* "7,11,48.AS": false when a path is empty or there are too many. */
bool diff_ignored_parse(struct diff_ignored *ignored, const char *list);

/* Adds a line or an object for every difference and returns their number. Marks the fields of both
 * as used. */
size_t diff_put(struct strbuf *out, bool json, const struct diff_ignored *ignored, struct flat *a,
                struct flat *b, uint64_t number_a, uint64_t number_b);

#endif
