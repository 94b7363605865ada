/* What `cardlab clear` says when a settlement date is not over, or something of it is under way. */
#ifndef TOOLS_CLEAR_REFUSAL_H
#define TOOLS_CLEAR_REFUSAL_H

#include "clear_marking.h"
#include "lab/lab.h"

/* To people on standard error, and as_json on standard output too. Returns the exit code. `lab` may
 * be NULL: then institutions have no names. */
int clear_refuse(const struct clear_marking *marking, const struct lab *lab, bool as_json);

#endif
