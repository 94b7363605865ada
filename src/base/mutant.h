/* Bugs planted on purpose, one at a time, each at the very place that keeps a rule: the simulation
 * must find every one of them (docs/simulation.md says which rule each breaks).
 *
 * No product carries them: unless CARDLAB_MUTANTS is defined, mutant_is() is false while compiling,
 * and nothing of a planted bug is left. Not a switch for anything else. */
#ifndef BASE_MUTANT_H
#define BASE_MUTANT_H

#include <stdbool.h>

enum mutant {
    MUTANT_NONE,
    MUTANT_ANSWER_BEFORE_COMMIT,
    MUTANT_STEP_WITHOUT_FROM,
    MUTANT_CONFIRMATION_UNTIED,
    MUTANT_LATE_REFUSAL_REVERSES,
    MUTANT_ANY_ANSWER_ENDS,
    MUTANT_TIMER_RELEASES,
    MUTANT_LATE_DEBIT_REVIVES,
    MUTANT_LATE_FREEZE_APPROVED,
    MUTANT_WORK_FORGOTTEN,
    MUTANT_CREDITING_REVERSED,
    MUTANT_DEBITED_LOST,
    MUTANT_FORWARD_LOST,
    MUTANT_SECOND_REVERSAL,
    MUTANT_NO_DEBIT_TOMBSTONE,
    MUTANT_NO_FREEZE_TOMBSTONE,
    MUTANT_CLAIMED_REVERSED,
    MUTANT_UNFREEZE_SUBTRACTS,
    MUTANT_CLOSED_AT_ZERO,
    MUTANT_NOTICE_AMOUNT_RELEASED,
    MUTANT_LEG_NOT_IN_KEY,
    MUTANT_REFUSAL_FORGOTTEN,
    MUTANT_NO_ANSWER_REFUSES,
    MUTANT_CUT_TOO_EARLY,
    MUTANT_REVERSAL_WRONG_DAY,
    MUTANT_KEY_FORGOTTEN,
    MUTANT_AGED_WITHOUT_FROM,
    MUTANT_DISPUTE_UNLISTED,
    MUTANT_OPEN_UNWRITTEN,
    MUTANT_REPEAT_COUNTED,
    MUTANT_COUNTED_TOO_EARLY,
    MUTANT_TOTALS_TOO_EARLY,
    MUTANT_PURCHASE_POSTED_TWICE,
    MUTANT_PURCHASE_STAYS_DEBITED,
    MUTANT_PURCHASED_AFTER_REVERSAL,
    MUTANT_PURCHASE_NOT_REVERSED,
    MUTANT_NO_PURCHASE_TOMBSTONE,
    MUTANT_PURCHASE_REVERSED_LATE,
    MUTANT_PURCHASE_KEPT,
    MUTANT_PLACE_KEPT,
    MUTANTS,
};

#ifdef CARDLAB_MUTANTS
/* Set by the simulation, by nobody else. */
extern enum mutant mutant_planted;
static inline bool mutant_is(enum mutant mutant)
{
    return mutant_planted == mutant;
}
#else
static inline bool mutant_is(enum mutant mutant)
{
    (void)mutant;
    return false;
}
#endif

#endif
