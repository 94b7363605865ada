/* The sub-commands of `cardlab spec`, each in a file of its own. */
#ifndef TOOLS_SPEC_H
#define TOOLS_SPEC_H

#include "command.h"

command_run spec_import, spec_list, spec_show, spec_lint, spec_doc;

#endif
