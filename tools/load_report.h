/* What a load showed, for people and for programs. */
#ifndef TOOLS_LOAD_REPORT_H
#define TOOLS_LOAD_REPORT_H

#include "books.h"
#include "load.h"

/* One JSON object: offered_per_s, achieved_per_s, claims_per_s, latency_ms (operation -> p50, p90,
 * p99, p999, max), failures (cause -> count), switch_cpu_us_per_claim, parties, reconciled,
 * violations. */
void load_report_json(const struct load_plan *plan, const struct load_figures *figures,
                      const struct runner *runner, const struct books *books, FILE *out);
void load_report_text(const struct load_plan *plan, const struct load_figures *figures,
                      const struct runner *runner, const struct books *books, FILE *out);

#endif
