/* The planted bugs by name: which rule each of them breaks. */
#include "simulation/simulation.h"

static const struct {
    const char *name;
    const char *help;
} mutants[MUTANTS] = {
    [MUTANT_ANSWER_BEFORE_COMMIT] = {"answer-before-commit",
                                     "a claim is answered 00 before CREDITED is durable"},
    [MUTANT_STEP_WITHOUT_FROM] = {"step-without-from",
                                  "a share moves whatever state it is in by then"},
    [MUTANT_CONFIRMATION_UNTIED] = {"confirmation-untied",
                                    "a confirmation is not recorded as the posting of its credit"},
    [MUTANT_LATE_REFUSAL_REVERSES] = {"late-refusal-reverses",
                                      "a late refusal of a credit reverses the debit"},
    [MUTANT_ANY_ANSWER_ENDS] = {"any-answer-ends", "any answer ends a stored message"},
    [MUTANT_TIMER_RELEASES] = {"timer-releases", "a debit that times out releases the share"},
    [MUTANT_LATE_DEBIT_REVIVES] = {"late-debit-revives",
                                   "a late approval of a debit revives its share"},
    [MUTANT_LATE_FREEZE_APPROVED] = {"late-freeze-approved",
                                     "an approval makes a freeze that is being reversed FROZEN"},
    [MUTANT_WORK_FORGOTTEN] = {"work-forgotten", "a restart leaves open shares as they are"},
    [MUTANT_CREDITING_REVERSED] = {"crediting-reversed",
                                   "a CREDITING found at restart is reversed"},
    [MUTANT_DEBITED_LOST] = {"debited-lost",
                             "a share whose debit may stand is released at restart"},
    [MUTANT_FORWARD_LOST] = {"forward-lost", "stored messages are not loaded at restart"},
    [MUTANT_SECOND_REVERSAL] = {"second-reversal", "a reversal is repeated under a new key"},
    [MUTANT_NO_DEBIT_TOMBSTONE] = {"no-debit-tombstone",
                                   "the reversal of an unknown debit leaves no tombstone"},
    [MUTANT_NO_FREEZE_TOMBSTONE] = {"no-freeze-tombstone",
                                    "the reversal of an unknown freeze leaves no tombstone"},
    [MUTANT_CLAIMED_REVERSED] = {"claimed-reversed",
                                 "a freeze is reversed although shares of it are taken"},
    [MUTANT_UNFREEZE_SUBTRACTS] = {"unfreeze-subtracts",
                                   "an unfreeze subtracts what is under way and does not wait"},
    [MUTANT_CLOSED_AT_ZERO] = {"closed-at-zero", "a freeze is closed when nothing remains of it"},
    [MUTANT_NOTICE_AMOUNT_RELEASED] = {"notice-amount-released",
                                       "DE 4 of the unfreeze is released, not what remains"},
    [MUTANT_LEG_NOT_IN_KEY] = {"leg-not-in-key", "the transaction key does not hold the leg"},
    [MUTANT_REFUSAL_FORGOTTEN] = {"refusal-forgotten", "refusals are not remembered"},
    [MUTANT_NO_ANSWER_REFUSES] = {"no-answer-refuses", "98 from an issuer is taken as a refusal"},
    [MUTANT_CUT_TOO_EARLY] = {"cut-too-early", "a date is cut while claims of it are open"},
    [MUTANT_REVERSAL_WRONG_DAY] = {"reversal-wrong-day",
                                   "a reversal is booked to the business date"},
    [MUTANT_KEY_FORGOTTEN] = {"key-forgotten", "a key is forgotten while its freeze is open"},
    [MUTANT_AGED_WITHOUT_FROM] = {"aged-without-from",
                                  "a freeze that is too old is closed whatever state it is in"},
    [MUTANT_DISPUTE_UNLISTED] = {"dispute-unlisted",
                                 "what was refused for good is not kept for a person"},
    [MUTANT_OPEN_UNWRITTEN] = {"open-unwritten", "what is under way is not written down as such"},
    [MUTANT_REPEAT_COUNTED] = {"repeat-counted",
                               "an issuer's totals count what it had posted before"},
    [MUTANT_COUNTED_TOO_EARLY] = {"counted-too-early",
                                  "the switch's totals count a claim before its credit is sent"},
    [MUTANT_TOTALS_TOO_EARLY] = {"totals-too-early",
                                 "totals are told while claims of their date are open"},
    [MUTANT_PURCHASE_POSTED_TWICE] = {"purchase-posted-twice",
                                      "an issuer posts the repeat of a purchase once more"},
    [MUTANT_PURCHASE_STAYS_DEBITED] = {"purchase-stays-debited",
                                       "a reversal of a purchase is answered 00 and moves nothing"},
    [MUTANT_PURCHASED_AFTER_REVERSAL] = {"purchased-after-reversal",
                                         "a purchase that is being reversed is answered 00"},
    [MUTANT_PURCHASE_NOT_REVERSED] = {"purchase-not-reversed",
                                      "an unanswered purchase is not reversed at its issuer"},
    [MUTANT_NO_PURCHASE_TOMBSTONE] = {"no-purchase-tombstone",
                                      "the reversal of an unknown purchase leaves no tombstone"},
    [MUTANT_PURCHASE_REVERSED_LATE] = {"purchase-reversed-late",
                                       "a purchase is taken back after its settlement date"},
    [MUTANT_PURCHASE_KEPT] = {"purchase-kept",
                              "the reversal of a purchase of the present date is answered 22"},
    [MUTANT_PLACE_KEPT] = {"place-kept",
                           "the reversal of an open purchase keeps a second place of store and "
                           "forward"},
};

const char *simulation_mutant_name(enum mutant mutant)
{
    return mutant < MUTANTS ? mutants[mutant].name : NULL;
}

const char *simulation_mutant_help(enum mutant mutant)
{
    return mutant < MUTANTS ? mutants[mutant].help : NULL;
}

bool simulation_has_mutants(void)
{
#ifdef CARDLAB_MUTANTS
    return true;
#else
    return false;
#endif
}
