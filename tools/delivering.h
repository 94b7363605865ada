/* Delivering a set of files: a command is run for each party, and what came of it is kept beside
 * the set (clearing/delivery.h). */
#ifndef TOOLS_DELIVERING_H
#define TOOLS_DELIVERING_H

#include "base/json.h"
#include "clearing/delivery.h"
#include "lab/lab.h"

struct delivering {
    const char *folder;  /* of the date */
    const char *command; /* NULL: the one of last time */
    int64_t limit_s;     /* for each party, then it is killed; 0: as last time, or the default */
    bool again;          /* also what has been delivered */
    bool only_note;      /* keeps command and limit for the next time, and runs nothing */
};
/* What the lab's `deliver` says and the caller has not said; the lab stays where it is. */
void delivering_take_lab(struct delivering *delivering, const struct lab *lab);

/* Runs COMMAND FOLDER INSTITUTION DATE, without a shell, for one party after the other of those
 * that are due: never tried, failed, begun and not known to have ended, or with other files than
 * were delivered. A party whose files are not as their manifests say is not sent them: that has
 * failed too. The output is added to FOLDER.delivery.log. A failure is told on standard error, in
 * the name of the command `name`, and the next party follows. The command is that of the next time
 * once it could be run.
 *
 * *failed: how many are not delivered now. RESULT_STATE: another process delivers this set, or a
 * signal came (*interrupted); RESULT_INPUT, RESULT_IO. */
MUST_USE enum result delivering_run(const struct delivering *delivering, const char *name,
                                    struct deliveries *deliveries, size_t *failed,
                                    bool *interrupted, struct fault *fault);

/* "deliveries": a member with a list of all parties. */
void delivering_format(const struct deliveries *deliveries, struct json *json);

#endif
