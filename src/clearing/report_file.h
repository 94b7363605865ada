/* Reports as files beside the clearing files of a party. */
#ifndef CLEARING_REPORT_FILE_H
#define CLEARING_REPORT_FILE_H

#include "clearing/manifest.h"
#include "clearing/report.h"

/* Writes report.txt and report.html of the party, NULL: of all, into the folder of `institution`
 * below `root`, and notes both in the manifest. RESULT_LIMIT, RESULT_IO. */
MUST_USE enum result report_files_write(const struct report *report,
                                        const struct summary_party *party, uint64_t institution,
                                        int root, struct manifest *manifest, struct fault *fault);

#endif
