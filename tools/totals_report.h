/* The totals of one settlement date, member by member: what a clerk looks at before files are cut.
 */
#ifndef TOOLS_TOTALS_REPORT_H
#define TOOLS_TOTALS_REPORT_H

#include "told_totals.h"

enum { TOTALS_REPORT_MAX = 2 * LAB_INSTITUTIONS_MAX }; /* and those that have left the lab */

struct totals_report {
    uint32_t date;
    size_t count, bad; /* bad: told_totals_are_good() says no */
    struct {
        uint64_t member;
        struct totals_book book;
    } list[TOTALS_REPORT_MAX];
};

/* Members of the lab that are told totals are there without business too. `lab` NULL: none.
 * RESULT_LIMIT: more members than there can be. */
MUST_USE enum result totals_report_read(struct store *store, uint32_t date, const struct lab *lab,
                                        struct totals_report *report, struct fault *fault);
/* One line when all is well, else one for each member that is not, and its differences. */
void totals_report_print(FILE *out, const struct totals_report *report, const struct lab *lab);
/* Member "totals": a list. */
void totals_report_json(struct json *json, const struct totals_report *report);

#endif
