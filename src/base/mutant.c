/* Which bug is planted, in builds that carry any. */
#include "base/mutant.h"

#ifdef CARDLAB_MUTANTS
enum mutant mutant_planted = MUTANT_NONE;
#endif
