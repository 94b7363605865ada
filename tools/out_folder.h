/* The folder that a run writes into: made, or replaced when an earlier run of the same kind wrote
 * it; anybody else's is left alone. A mark in it says whose it is, and keeps others out meanwhile.
 */
#ifndef TOOLS_OUT_FOLDER_H
#define TOOLS_OUT_FOLDER_H

#include "base/result.h"

struct out_kind {
    const char *name; /* "demo" */
    const char *mark; /* ".cardlab-demo": a file in the folder */
};

/* *mark is to be closed when the run is over. RESULT_STATE: somebody else's folder, or in use. */
MUST_USE enum result out_folder_take(const struct out_kind *kind, const char *out, int *mark,
                                     struct fault *fault);

#endif
