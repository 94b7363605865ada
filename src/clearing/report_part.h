/* The report that is being written, for its parts: report.c has what is about money between
 * institutions, report_event.c what is about packets, shares and requests. */
#ifndef CLEARING_REPORT_PART_H
#define CLEARING_REPORT_PART_H

#include "clearing/report.h"

struct report_part {
    const struct report *report;
    const struct summary_party *party; /* NULL: of all */
    const struct summary_figures *figures;
    struct page *page;
};

/* EXCEPTION_STATUSES: of any status. */
uint64_t report_count_exceptions(const struct summary_figures *figures, enum exception_status of);

void report_hours(const struct report_part *part);
void report_packets(const struct report_part *part);
void report_refusals(const struct report_part *part);
void report_exceptions(const struct report_part *part);
void report_amounts(const struct report_part *part);

#endif
