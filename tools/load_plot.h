/* A picture of a load's latencies: one curve an operation, how long it took against how many were
 * faster, in SVG. */
#ifndef TOOLS_LOAD_PLOT_H
#define TOOLS_LOAD_PLOT_H

#include "load.h"

/* RESULT_IO: the file cannot be written. */
MUST_USE enum result load_plot_write(const struct load_plan *plan,
                                     const struct load_figures *figures, const char *path,
                                     struct fault *fault);

#endif
