/* One command to a switch that runs, over the control socket in its data folder: for tools that may
 * not write where it does. */
#ifndef TOOLS_SWITCH_ASKING_H
#define TOOLS_SWITCH_ASKING_H

#include "base/result.h"

/* Waits for the reply. RESULT_STATE: the switch says no, and why; RESULT_IO: nobody is there, or it
 * does not answer. */
MUST_USE enum result switch_ask(const char *data, const char *command, struct fault *fault);

#endif
