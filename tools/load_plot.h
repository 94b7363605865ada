/* A picture of a load's latencies: one curve an operation, how long it took against how many were
 * faster, in SVG. */
#ifndef TOOLS_LOAD_PLOT_H
#define TOOLS_LOAD_PLOT_H

#include "load.h"

/* Before the load, which would be lost to a picture that cannot be drawn; what was there stays
 * until then. RESULT_IO: the file cannot be written. */
MUST_USE enum result load_plot_open(const char *path, FILE **picture, struct fault *fault);
/* Closes the picture. RESULT_IO: the file, of that name, cannot be written. */
MUST_USE enum result load_plot_write(const struct load_plan *plan,
                                     const struct load_figures *figures, const char *path,
                                     FILE *picture, struct fault *fault);

#endif
