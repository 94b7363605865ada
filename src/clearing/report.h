/* The report of a settlement date for people, of all parties or of one, as text or HTML.
 *
 * Out of the figures that the cut has gathered (summary.h) and the positions; what it says of a
 * party has nothing of anyone else's but what that party's own files have: who was on the other
 * side of its legs. Same figures, same bytes. How it looks is page.h's affair. */
#ifndef CLEARING_REPORT_H
#define CLEARING_REPORT_H

#include "base/result.h"
#include "clearing/page.h"
#include "clearing/position.h"
#include "clearing/summary.h"

#define REPORT_NAME_TEXT "report.txt"
#define REPORT_NAME_HTML "report.html"

struct report {
    const struct summary *summary;
    const struct positions *positions;
    const char *network; /* the switch's name; NULL: none is known */
    bool is_provisional; /* of what was final before the date was cut */
};

/* `party` NULL: of all. `out` has been initialised, with PAGE_LEN_MAX. RESULT_LIMIT: it does not
 * fit there; RESULT_IO without memory. */
MUST_USE enum result report_write(const struct report *report, const struct summary_party *party,
                                  enum page_form form, struct strbuf *out, struct fault *fault);

#endif
