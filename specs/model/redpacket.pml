/* The red-packet protocol as a model that spin searches completely: one freeze, two claims, one
 * unfreeze, the reversal of the freeze, and all that can go wrong between the parties and in them.
 * It follows docs/protocol.md, not the code. docs/model.md says what it shows and leaves out.
 *
 * THE NETWORK is no queue. What was once sent may arrive at any later moment, any number of times,
 * in any order, or never: so a message is no more than the fact that it was sent (a flag, or the
 * durable state of its sender that makes it send), and no flag is ever taken back. That is loss,
 * duplication, reordering and delay without a bound.
 *
 * THE SWITCH does one durable step at a time (an atomic here; it names the state that it leaves)
 * and sends afterwards, in another step. What it has only in memory is work[] and freeze_work. A
 * crash empties them between any two steps, and what is then open with nobody at work on it is what
 * the restart finds, at once or much later.
 *
 * ISSUERS decide, record and keep the answer in one commit. A crash of an issuer before the commit
 * is a request that has not arrived yet, one after it an answer that was lost. A wallet repeats its
 * stored request, so its crash is a request that arrives again. The network has all of these.
 *
 * THE END: at any moment the network may fall silent. Then what was sent is lost, no new request
 * comes and nobody crashes any more; only timers, the switch's own steps and store and forward go
 * on. When nothing of that is left (`timeout`), everything must be at rest.
 *
 * Bounds: one freeze of 3 units, two claims of 1 to 3 units, of two shares or of the same one. Not
 * bounded: crashes, repeats, delays, and how often an unfreeze or a reversal is asked for.
 *
 * Which statement of "What always holds" an assertion checks is said beside it by its number.
 *
 *   spin -a redpacket.pml && cc -w -O2 -DSAFETY -DCOLLAPSE -DNOREDUCE -o pan pan.c && ./pan -w22
 *   spin -DFOREIGN ...     foreign hosts, which may refuse a stored message for good: DISPUTED
 *   spin -DMUTANT_x ...    without the rule x: an error must be found */

#define FREEZE 3
#define NOBODY 2

#if defined(MUTANT_DE_4_IS_RELEASED) || defined(MUTANT_REVERSAL_INTO_A_CLOSED_FREEZE) || \
    defined(MUTANT_REFUSED_REVERSAL_RELEASES)
#define FOREIGN /* only beside a disputed share does the rule matter */
#endif

/* --- what is durable at the switch ------------------------------------------------------------ */

/* A share record: its state and the claim that has it. */
mtype:share = { FREE, RESERVED, DEBIT_UNKNOWN, DEBITED, CREDITING, CREDITED, CREDIT_UNKNOWN,
                REVERSING, RELEASED, DISPUTED };
mtype:share state[2] = FREE;
byte holder[2] = NOBODY;

/* The stored answer to a request: to the two claims, to the freeze. NO is 91 and every refusal. */
mtype:answer = { NONE, OPEN, OK, NO, C98, A2 };
mtype:answer stored[2] = NONE;
mtype:answer freeze_stored = NONE;

mtype:freeze = { F_NONE, F_FREEZING, F_FROZEN, F_REFUSED, F_REVERSING, F_REVERSED, F_CLOSING,
                 F_CLOSED, F_DISPUTED, F_TOMBSTONE };
mtype:freeze frozen = F_NONE;

/* Store and forward: a queued message is sent again and again until it is done. */
mtype:forward = { NOT_QUEUED, QUEUED, DONE };
mtype:forward reversal[2] = NOT_QUEUED;     /* 0420/46 */
mtype:forward confirmation[2] = NOT_QUEUED; /* 0220/47 */
mtype:forward freeze_reversal = NOT_QUEUED; /* 0420/03 */
mtype:forward unfreeze = NOT_QUEUED;        /* 0220/20 */
byte left_over;                             /* DE 4 of the unfreeze */

/* --- what it has in memory -------------------------------------------------------------------- */

mtype:work = { IDLE, SEND_DEBIT, WAIT_DEBIT, START_CREDIT, SEND_CREDIT, WAIT_CREDIT, SEND_FREEZE,
               WAIT_FREEZE, CLOSE };
mtype:work work[2] = IDLE;
mtype:work freeze_work = IDLE;

/* --- what was sent, for ever ------------------------------------------------------------------ */

bool debit_sent[2], credit_sent[2], freeze_sent;
mtype:answer told[2] = NONE; /* what a claim's wallet was answered */
bool silent;                 /* nothing of the above arrives any more */

/* --- what is durable at the issuers ----------------------------------------------------------- */

mtype:posting = { UNSEEN, POSTED, REFUSED, REVERSED, TOMBSTONE, CONFIRMED, CONFIRMED_REFUSED };
mtype:posting debit[2] = UNSEEN;
mtype:posting credit[2] = UNSEEN;
mtype:freeze issued = F_NONE; /* the freeze at the sender's issuer */

byte available = FREEZE; /* on the sender's account */
byte remaining;          /* of it frozen */
byte given_back;         /* to available, by the freeze */
byte credited[2];        /* how often a claim was posted at the receiver's issuer */

/* --- of this run ------------------------------------------------------------------------------ */

byte amount[2];
bool one_share;  /* both claims name the same share */
bool over;       /* a closing or a reversal of the freeze is durable */
bool taken_back; /* the wallet's 0420 was answered 00 while its freeze had no answer */

/* --- words ------------------------------------------------------------------------------------ */

#define SHARE(c) (one_share -> 0 : c)
#define OTHER(c) (1 - c)
#define AT(c, s) (state[SHARE(c)] == s && holder[SHARE(c)] == c)

#define IS_FREE(s)    (state[s] == FREE || state[s] == RELEASED)
#define IS_SETTLED(s) (state[s] == CREDITED || state[s] == CREDIT_UNKNOWN || state[s] == DISPUTED)
#define IS_MOVING(s)  (!IS_FREE(s) && !IS_SETTLED(s))
#define TAKEN_BY(s)   (IS_FREE(s) -> 0 : amount[holder[s]])
#define SETTLED_BY(s) (IS_SETTLED(s) -> amount[holder[s]] : 0)
#define TAKEN         (TAKEN_BY(0) + TAKEN_BY(1))
#define SETTLED       (SETTLED_BY(0) + SETTLED_BY(1))

/* Which answers an issuer has given, so that the network may bring them. */
#define DEBIT_APPROVED(c) \
    (debit[c] == POSTED || debit[c] == REVERSED || DEBIT_APPROVED_FROM_MEMORY(c))
#define DEBIT_REFUSED(c) (debit[c] == REFUSED || (debit[c] == TOMBSTONE && debit_sent[c]))
#define CREDIT_APPROVED(c) \
    (credit[c] == POSTED || (credit[c] == CONFIRMED && credit_sent[c]) || \
     CREDIT_APPROVED_FROM_MEMORY(c))
#define CREDIT_REFUSED(c) (credit[c] == REFUSED || credit[c] == CONFIRMED_REFUSED)
#define FREEZE_APPROVED   (issued == F_FROZEN || issued == F_REVERSED || issued == F_CLOSED)
#define FREEZE_REFUSED    (issued == F_REFUSED || (issued == F_TOMBSTONE && freeze_sent))

#ifdef MUTANT_ISSUER_APPROVES_A_DEBIT_BEFORE_COMMIT
#define DEBIT_APPROVED_FROM_MEMORY(c) (debit_sent[c] && debit[c] == UNSEEN && issued == F_FROZEN)
#else
#define DEBIT_APPROVED_FROM_MEMORY(c) false
#endif
#ifdef MUTANT_ISSUER_APPROVES_A_CREDIT_BEFORE_COMMIT
#define CREDIT_APPROVED_FROM_MEMORY(c) (credit_sent[c] && credit[c] == UNSEEN)
#else
#define CREDIT_APPROVED_FROM_MEMORY(c) false
#endif

/* A message of store and forward: also once more after it is done. */
#define ARRIVES(forwarded) (forwarded == QUEUED || (forwarded == DONE && !silent))

#define STANDS(c)     (debit[c] == POSTED)
#define OUT_FOR(c)    (STANDS(c) -> amount[c] : 0)
#define ON_THE_WAY(c) ((STANDS(c) && credited[c] == 0) -> amount[c] : 0)
#define IS_ANSWER(a)  (a != NONE && a != OPEN)

inline move(c, to) { state[SHARE(c)] = to }

inline crash() { work[0] = IDLE; work[1] = IDLE; freeze_work = IDLE }

/* Ends the switch's part in a claim: state, answer and what is to be forwarded are one commit. */
inline finish(c, to, code) { move(c, to); stored[c] = code; work[c] = IDLE }
inline reverse(c, to, code) { finish(c, to, code); reversal[c] = QUEUED }
inline confirm(c) { finish(c, CREDIT_UNKNOWN, A2); confirmation[c] = QUEUED }

/* --- the switch: a claim ---------------------------------------------------------------------- */

#ifdef MUTANT_CLAIM_TAKEN_WHILE_CLOSING
#define MAY_CLAIM (frozen == F_FROZEN || frozen == F_CLOSING)
#else
#define MAY_CLAIM (frozen == F_FROZEN)
#endif
#ifdef MUTANT_SHARE_NOT_CHECKED
#define SHARE_IS_FREE(c) true
#else
#define SHARE_IS_FREE(c) IS_FREE(SHARE(c))
#endif
#ifdef MUTANT_SUM_NOT_CHECKED
#define FITS(c) true
#else
#define FITS(c) (amount[c] <= FREEZE - TAKEN)
#endif

proctype claiming(byte c)
{
end:
    do
    /* Step 1. The request is on its way from the start, and comes any number of times. */
    :: atomic { !silent && stored[c] == NONE && MAY_CLAIM && SHARE_IS_FREE(c) && FITS(c) ->
            assert(!over); /* 4 */
            move(c, RESERVED); holder[SHARE(c)] = c; stored[c] = OPEN; work[c] = SEND_DEBIT }
#ifdef MUTANT_DEBIT_SENT_BEFORE_COMMIT /* and dead before it; so are all of these */
    :: atomic { !silent && stored[c] == NONE && MAY_CLAIM && SHARE_IS_FREE(c) && FITS(c) ->
            debit_sent[c] = true; crash() }
#endif
    /* It may be refused in any state: with 91 when the receiver's issuer has signed off. */
#ifdef MUTANT_REFUSAL_NOT_REMEMBERED
    :: atomic { !silent && stored[c] == NONE && told[c] == NONE -> told[c] = NO }
#else
    :: atomic { !silent && stored[c] == NONE -> stored[c] = NO }
#endif
    /* The answer, or its repetition: always read from the store. */
    :: atomic { !silent && IS_ANSWER(stored[c]) && told[c] != stored[c] ->
            assert(told[c] == NONE); /* 6 */
            told[c] = stored[c] }

    /* Step 2. */
    :: atomic { work[c] == SEND_DEBIT -> debit_sent[c] = true; work[c] = WAIT_DEBIT }
    :: atomic { work[c] == SEND_DEBIT && AT(c, RESERVED) -> finish(c, RELEASED, NO) } /* 91 */

    /* Step 3. */
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) && DEBIT_APPROVED(c) ->
            move(c, DEBITED); work[c] = START_CREDIT }
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) && DEBIT_REFUSED(c) ->
            finish(c, RELEASED, NO) }
    /* No answer: the time is up, the link died after sending, a wrong MAC, a reject message. */
    :: atomic { work[c] == WAIT_DEBIT && AT(c, RESERVED) ->
#ifdef MUTANT_DEBIT_RELEASED_WHEN_UNANSWERED
            finish(c, RELEASED, NO)
#else
            reverse(c, DEBIT_UNKNOWN, C98)
#endif
        }
    /* Or one that says nothing about the money; an issuer's front end may give 98 at any time. */
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) ->
#ifdef MUTANT_98_OF_AN_ISSUER_IS_A_REFUSAL
            finish(c, RELEASED, NO)
#else
            reverse(c, DEBIT_UNKNOWN, C98)
#endif
        }

    /* Step 4. */
    :: atomic { work[c] == START_CREDIT && AT(c, DEBITED) ->
            move(c, CREDITING); work[c] = SEND_CREDIT }
#ifdef MUTANT_CREDIT_SENT_BEFORE_COMMIT
    :: atomic { work[c] == START_CREDIT && AT(c, DEBITED) -> credit_sent[c] = true; crash() }
#endif
    :: atomic { work[c] == SEND_CREDIT -> credit_sent[c] = true; work[c] = WAIT_CREDIT }
    :: atomic { work[c] == SEND_CREDIT && AT(c, CREDITING) -> reverse(c, REVERSING, NO) }

    /* Step 5. */
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_APPROVED(c) ->
            finish(c, CREDITED, OK) }
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_REFUSED(c) ->
#ifdef MUTANT_REFUSED_CREDIT_RELEASES_AT_ONCE
            finish(c, RELEASED, NO)
#else
            reverse(c, REVERSING, NO)
#endif
        }
#ifdef MUTANT_ANSWERED_BEFORE_COMMIT
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_REFUSED(c) &&
            told[c] == NONE -> told[c] = NO; crash() }
#endif
    :: atomic { work[c] == WAIT_CREDIT && AT(c, CREDITING) ->
#ifdef MUTANT_CREDIT_REVERSED_WHEN_UNANSWERED
            reverse(c, REVERSING, NO)
#else
            confirm(c)
#endif
        }

    /* Late answers: of the debit none changes anything, of the credit only an approval does. */
    :: atomic { !silent && AT(c, CREDIT_UNKNOWN) && CREDIT_APPROVED(c) ->
            move(c, CREDITED)
#ifdef MUTANT_STORED_ANSWER_CHANGES
            ; stored[c] = OK
#endif
        }
#ifdef MUTANT_LATE_CREDIT_REFUSAL_REVERSES
    :: atomic { !silent && AT(c, CREDIT_UNKNOWN) && CREDIT_REFUSED(c) ->
            move(c, REVERSING); reversal[c] = QUEUED }
#endif
#ifdef MUTANT_LATE_DEBIT_APPROVAL_REVIVES
    :: atomic { !silent && AT(c, DEBIT_UNKNOWN) && DEBIT_APPROVED(c) ->
            move(c, DEBITED); work[c] = START_CREDIT }
#endif
#ifdef MUTANT_STEP_DOES_NOT_NAME_ITS_CLAIM
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) && one_share &&
            DEBIT_APPROVED(OTHER(c)) ->
            move(c, DEBITED); work[c] = START_CREDIT }
#endif

    /* Store and forward. */
    :: atomic { reversal[c] == QUEUED &&
#ifdef MUTANT_ANY_ANSWER_ENDS_A_REVERSAL
            true ->
#else
            (debit[c] == REVERSED || debit[c] == TOMBSTONE || debit[c] == REFUSED) ->
#endif
            reversal[c] = DONE;
            if
            :: AT(c, DEBIT_UNKNOWN) || AT(c, REVERSING) -> move(c, RELEASED)
            :: else
            fi }
    :: atomic { confirmation[c] == QUEUED &&
#ifdef MUTANT_ANY_ANSWER_ENDS_A_CONFIRMATION
            true ->
#else
            credit[c] != UNSEEN && credit[c] != REFUSED ->
#endif
            confirmation[c] = DONE;
            if
            :: AT(c, CREDIT_UNKNOWN) -> move(c, CREDITED)
            :: else
            fi }
#ifdef MUTANT_SHARE_RELEASED_BY_A_TIMER
    :: atomic { AT(c, DEBIT_UNKNOWN) || AT(c, REVERSING) -> move(c, RELEASED) }
#endif
#ifdef FOREIGN
    :: atomic { reversal[c] == QUEUED -> /* refused for good, and perhaps done all the same */
            reversal[c] = DONE;
            if
#ifdef MUTANT_REFUSED_REVERSAL_RELEASES
            :: AT(c, DEBIT_UNKNOWN) || AT(c, REVERSING) -> move(c, RELEASED)
#else
            :: AT(c, DEBIT_UNKNOWN) || AT(c, REVERSING) -> move(c, DISPUTED)
#endif
            :: else
            fi }
    :: atomic { confirmation[c] == QUEUED ->
            confirmation[c] = DONE;
            if
            :: AT(c, CREDIT_UNKNOWN) -> move(c, DISPUTED)
            :: else
            fi }
#endif

    /* Restart: what the dead process was at work on. */
#ifndef MUTANT_WORK_FORGOTTEN_AT_RESTART
    :: atomic { work[c] == IDLE && AT(c, RESERVED) ->
#ifdef MUTANT_RESERVED_RELEASED_AT_RESTART
            finish(c, RELEASED, NO)
#else
            reverse(c, DEBIT_UNKNOWN, C98)
#endif
        }
    :: atomic { work[c] == IDLE && AT(c, DEBITED) ->
#ifdef MUTANT_DEBITED_LOST_AT_RESTART
            finish(c, RELEASED, NO)
#else
            reverse(c, REVERSING, NO)
#endif
        }
    :: atomic { work[c] == IDLE && AT(c, CREDITING) ->
#ifdef MUTANT_CREDITING_REVERSED_AT_RESTART
            reverse(c, REVERSING, NO)
#else
            confirm(c)
#endif
        }
#endif
    od
}

/* --- the switch: the freeze ------------------------------------------------------------------- */

/* The step that ends a freeze request. Its wallet may have reversed it meanwhile, which was then
 * its answer too. */
inline end_freeze(to, code)
{
    if
    :: frozen == F_FREEZING -> frozen = to; freeze_stored = code
#ifdef MUTANT_FREEZE_APPROVED_AFTER_ITS_REVERSAL
    :: else -> freeze_stored = code
#else
    :: else
#endif
    fi;
    freeze_work = IDLE
}
inline reverse_freeze()
{
    if
    :: frozen == F_FREEZING -> freeze_reversal = QUEUED; over = true
    :: else
    fi;
    end_freeze(F_REVERSING, C98)
}

#ifdef MUTANT_FREEZE_REVERSED_WHEN_CLAIMED
#define IS_UNTOUCHED true
#else
#define IS_UNTOUCHED (TAKEN == 0)
#endif

#if defined(MUTANT_UNFREEZE_SUBTRACTS)
#define MAY_RELEASE true
#elif defined(MUTANT_CLOSING_FORGOTTEN_AT_RESTART)
#define MAY_RELEASE (freeze_work == CLOSE && !IS_MOVING(0) && !IS_MOVING(1))
#else
#define MAY_RELEASE (!IS_MOVING(0) && !IS_MOVING(1))
#endif
#if defined(MUTANT_UNFREEZE_SUBTRACTS)
#define LEFT (FREEZE - TAKEN)
#elif defined(MUTANT_CREDIT_UNKNOWN_COUNTED_AS_LEFT)
#define LEFT (FREEZE - (state[0] == CREDITED -> amount[holder[0]] : 0) - \
              (state[1] == CREDITED -> amount[holder[1]] : 0))
#else
#define LEFT (FREEZE - SETTLED)
#endif

proctype freezing()
{
end:
    do
    :: atomic { !silent && freeze_stored == NONE && frozen == F_NONE ->
            frozen = F_FREEZING; freeze_stored = OPEN; freeze_work = SEND_FREEZE }
#ifdef MUTANT_FREEZE_SENT_BEFORE_COMMIT
    :: atomic { !silent && freeze_stored == NONE && frozen == F_NONE ->
            freeze_sent = true; crash() }
#endif
    :: atomic { !silent && freeze_stored == NONE -> /* refused, or reversed before it came */
            freeze_stored = NO;
            if
            :: frozen == F_NONE -> frozen = F_REFUSED
            :: else
            fi }
    :: atomic { freeze_work == SEND_FREEZE -> freeze_sent = true; freeze_work = WAIT_FREEZE }
    :: atomic { freeze_work == SEND_FREEZE -> end_freeze(F_REFUSED, NO) } /* no byte written: 91 */
    :: atomic { !silent && freeze_work == WAIT_FREEZE && FREEZE_APPROVED ->
            end_freeze(F_FROZEN, OK) }
    :: atomic { !silent && freeze_work == WAIT_FREEZE && FREEZE_REFUSED ->
            end_freeze(F_REFUSED, NO) }
    :: atomic { freeze_work == WAIT_FREEZE ->
#ifdef MUTANT_FREEZE_NOT_REVERSED_WHEN_UNANSWERED
            end_freeze(F_REFUSED, C98)
#else
            reverse_freeze()
#endif
        }
#ifdef MUTANT_LATE_FREEZE_APPROVAL_REVIVES
    :: atomic { !silent && frozen == F_REVERSING && FREEZE_APPROVED ->
            frozen = F_FROZEN; over = false }
#endif
    /* Restart. */
    :: atomic { freeze_work == IDLE && freeze_stored == OPEN ->
#ifdef MUTANT_FREEZING_LOST_AT_RESTART
            end_freeze(F_REFUSED, NO)
#else
            reverse_freeze()
#endif
        }

    /* The wallet's own reversal, behind its freeze or before it, as often as it likes. */
    :: atomic { !silent && (frozen == F_FREEZING || (frozen == F_FROZEN && IS_UNTOUCHED)) ->
            frozen = F_REVERSING; freeze_reversal = QUEUED; over = true;
            taken_back = (freeze_stored != OK);
            if
            :: freeze_stored == OPEN -> freeze_stored = C98
            :: else
            fi }
    :: atomic { !silent && frozen == F_NONE && !taken_back ->
#ifndef MUTANT_NO_FREEZE_TOMBSTONE_AT_THE_SWITCH
            frozen = F_REVERSED; over = true;
#endif
            taken_back = true }

    /* The wallet's unfreeze notice, or the age at which the switch closes by itself. */
    :: atomic { !silent && frozen == F_FROZEN ->
#ifdef MUTANT_CLOSING_FORGOTTEN_AT_RESTART
            freeze_work = CLOSE;
#endif
            frozen = F_CLOSING; over = true }
    :: atomic { frozen == F_CLOSING && unfreeze == NOT_QUEUED && MAY_RELEASE ->
            left_over = LEFT; unfreeze = QUEUED }

    /* Store and forward. */
    :: atomic { freeze_reversal == QUEUED &&
#ifdef MUTANT_ANY_ANSWER_ENDS_A_FREEZE_REVERSAL
            true ->
#else
            (issued == F_REVERSED || issued == F_TOMBSTONE || issued == F_REFUSED) ->
#endif
            freeze_reversal = DONE;
            if
            :: frozen == F_REVERSING -> frozen = F_REVERSED
            :: else
            fi }
    :: atomic { unfreeze == QUEUED &&
#if defined(MUTANT_ANY_ANSWER_ENDS_AN_UNFREEZE)
            true ->
#elif defined(MUTANT_UNFREEZE_OF_NOTHING_NOT_SENT)
            (issued == F_CLOSED || left_over == 0) ->
#else
            issued == F_CLOSED ->
#endif
            unfreeze = DONE; frozen = F_CLOSED }
    /* Refused with 22: a debit stands, though no share was taken; reversed, though never asked. */
    :: atomic { freeze_reversal == QUEUED && issued == F_FROZEN && (STANDS(0) || STANDS(1)) ->
            freeze_reversal = DONE; frozen = F_DISPUTED } /* never */
    :: atomic { unfreeze == QUEUED && (issued == F_REVERSED || issued == F_TOMBSTONE) ->
            unfreeze = DONE; frozen = F_DISPUTED } /* never */
#ifdef FOREIGN
    :: atomic { freeze_reversal == QUEUED -> freeze_reversal = DONE; frozen = F_DISPUTED }
    :: atomic { unfreeze == QUEUED -> unfreeze = DONE; frozen = F_DISPUTED }
#endif
    od
}

/* --- the sender's issuer ---------------------------------------------------------------------- */

inline give_back(sum)
{
    available = available + sum; given_back = given_back + sum; remaining = remaining - sum
}

proctype freezes()
{
end:
    do
    :: atomic { !silent && freeze_sent && issued == F_NONE ->
            issued = F_FROZEN; available = available - FREEZE; remaining = FREEZE }
    :: atomic { !silent && freeze_sent && issued == F_NONE -> issued = F_REFUSED }
    :: atomic { ARRIVES(freeze_reversal) && issued == F_NONE ->
#ifdef MUTANT_NO_FREEZE_TOMBSTONE
            freeze_reversal = DONE; frozen = F_REVERSED /* 00 and no trace */
#else
            issued = F_TOMBSTONE
#endif
        }
    :: atomic { ARRIVES(freeze_reversal) && issued == F_FROZEN && !STANDS(0) && !STANDS(1) ->
            issued = F_REVERSED; give_back(remaining) }
    :: atomic { ARRIVES(unfreeze) && issued == F_FROZEN ->
            issued = F_CLOSED;
#ifdef MUTANT_DE_4_IS_RELEASED
            if
            :: left_over < remaining -> give_back(left_over)
            :: else -> give_back(remaining)
            fi
#else
            give_back(remaining)
#endif
        }
#ifdef MUTANT_FREEZE_CLOSED_AT_ZERO
    :: atomic { issued == F_FROZEN && remaining == 0 -> issued = F_CLOSED }
#endif
    od
}

proctype debits(byte c)
{
end:
    do
    :: atomic { !silent && debit_sent[c] && debit[c] == UNSEEN && issued == F_FROZEN &&
            amount[c] <= remaining ->
            debit[c] = POSTED; remaining = remaining - amount[c] }
    :: atomic { !silent && debit_sent[c] && debit[c] == UNSEEN -> debit[c] = REFUSED }
#ifdef MUTANT_REPEATED_DEBIT_POSTS_AGAIN
    :: atomic { !silent && debit[c] == POSTED && issued == F_FROZEN && amount[c] <= remaining ->
            remaining = remaining - amount[c] }
#endif
    :: atomic { ARRIVES(reversal[c]) && debit[c] == UNSEEN ->
#ifdef MUTANT_NO_DEBIT_TOMBSTONE
            reversal[c] = DONE; move(c, RELEASED) /* 00 and no trace */
#else
            debit[c] = TOMBSTONE
#endif
        }
    :: atomic { ARRIVES(reversal[c]) && debit[c] == POSTED ->
            debit[c] = REVERSED; remaining = remaining + amount[c];
#ifndef MUTANT_REVERSAL_INTO_A_CLOSED_FREEZE
            if
            :: issued == F_CLOSED -> give_back(amount[c])
            :: else
            fi
#endif
        }
#ifdef MUTANT_REPEATED_REVERSAL_REVERSES_AGAIN
    :: atomic { ARRIVES(reversal[c]) && debit[c] == REVERSED && remaining < FREEZE ->
            remaining = remaining + amount[c] }
#endif
    od
}

/* --- the receiver's issuer -------------------------------------------------------------------- */

proctype credits(byte c)
{
end:
    do
    :: atomic { !silent && credit_sent[c] && credit[c] == UNSEEN ->
            credit[c] = POSTED; credited[c]++ }
    :: atomic { !silent && credit_sent[c] && credit[c] == UNSEEN -> credit[c] = REFUSED }
#ifdef MUTANT_REPEATED_CREDIT_POSTS_AGAIN
    :: atomic { !silent && credit_sent[c] && credit[c] == POSTED && credited[c] == 1 ->
            credited[c]++ }
#endif
    :: atomic { ARRIVES(confirmation[c]) && credit[c] == UNSEEN -> /* A4 */
            credit[c] = CONFIRMED; credited[c]++ }
    :: atomic { ARRIVES(confirmation[c]) && credit[c] == REFUSED -> /* A5 */
#ifndef MUTANT_CONFIRMATION_OF_A_REFUSAL_POSTS_NOTHING
            credited[c]++;
#endif
            credit[c] = CONFIRMED_REFUSED }
#ifdef MUTANT_CONFIRMATION_NOT_TIED_TO_ITS_CREDIT
    :: atomic { !silent && credit_sent[c] && credit[c] == CONFIRMED ->
            credit[c] = POSTED; credited[c]++ }
#endif
    od
}

/* --- crashes, the end ------------------------------------------------------------------------- */

#define IS_QUIET \
    (reversal[0] != QUEUED && reversal[1] != QUEUED && confirmation[0] != QUEUED && \
     confirmation[1] != QUEUED && freeze_reversal != QUEUED && unfreeze != QUEUED)
/* A disputed share or freeze is in the exceptions file, and anything may be true of it. */
#define SHARE_RESTS(s) (IS_FREE(s) || state[s] == CREDITED || state[s] == DISPUTED)
#define CLAIM_RESTS(c) \
    (stored[c] != OPEN && (AT(c, CREDITED) -> STANDS(c) && credited[c] == 1 \
                                            : AT(c, DISPUTED) || (!STANDS(c) && credited[c] == 0)))
#define FREEZE_RESTS \
    (freeze_stored != OPEN && \
     ((frozen == F_NONE && issued == F_NONE) || \
      (frozen == F_FROZEN && issued == F_FROZEN) || \
      (frozen == F_REFUSED && (issued == F_NONE || issued == F_REFUSED)) || \
      (frozen == F_REVERSED && issued != F_FROZEN && issued != F_CLOSED) || \
      (frozen == F_CLOSED && issued == F_CLOSED && remaining == 0) || \
      frozen == F_DISPUTED))
/* What the switch tells of the unfreeze in its files is what the issuer tells. */
#define UNFREEZE_AGREES (frozen != F_CLOSED || left_over == given_back)

proctype fate()
{
    do
    :: atomic { !silent && (work[0] != IDLE || work[1] != IDLE || freeze_work != IDLE) -> crash() }
#ifdef MUTANT_FORWARD_DROPPED_AT_RESTART
    :: atomic { !silent && reversal[0] == QUEUED -> crash(); reversal[0] = DONE }
#endif
    :: atomic { !silent -> silent = true }
    :: timeout -> break
    od;
    assert(IS_QUIET);                         /* 7 */
    assert(SHARE_RESTS(0) && SHARE_RESTS(1)); /* 7 */
    assert(CLAIM_RESTS(0) && CLAIM_RESTS(1)); /* 7 */
    assert(FREEZE_RESTS);                     /* 7 */
#ifndef FOREIGN
    assert(UNFREEZE_AGREES)                   /* 8 */
#endif
}

/* --- what always holds ------------------------------------------------------------------------ */

#define CONSERVED \
    (available + remaining + credited[0] * amount[0] + credited[1] * amount[1] + ON_THE_WAY(0) + \
     ON_THE_WAY(1) == FREEZE)
#define FREEZE_ADDS_UP \
    (TAKEN <= FREEZE && \
     (!FREEZE_APPROVED || OUT_FOR(0) + OUT_FOR(1) + given_back + remaining == FREEZE))
#define CREDITED_RIGHTLY(c) \
    (credited[c] == 0 || \
     (credited[c] == 1 && STANDS(c) && !(one_share && credited[OTHER(c)] > 0) && \
      (AT(c, CREDITING) || AT(c, CREDIT_UNKNOWN) || AT(c, CREDITED) || AT(c, DISPUTED))))
#define ANSWERED(c, code) (stored[c] == code || told[c] == code)
#define ANSWER_IS_TRUE(c) \
    ((!ANSWERED(c, OK) || credited[c] == 1) && \
     (!(ANSWERED(c, NO) || ANSWERED(c, C98)) || credited[c] == 0) && \
     (!ANSWERED(c, A2) || \
      (STANDS(c) && (AT(c, CREDIT_UNKNOWN) || AT(c, CREDITED) || AT(c, DISPUTED)))))
#define FREEZE_ANSWER_IS_TRUE (freeze_stored != OK || (FREEZE_APPROVED && !taken_back))
#ifdef FOREIGN
#define NOBODY_DISPUTES true
#else
#define NOBODY_DISPUTES (state[0] != DISPUTED && state[1] != DISPUTED && frozen != F_DISPUTED)
#endif

/* A line can be executed only in a state where its statement is broken. */
proctype auditor()
{
end:
    do
    :: atomic { !CONSERVED -> assert(false) }                                         /* 1 */
    :: atomic { !FREEZE_ADDS_UP -> assert(false) }                                    /* 2 */
    :: atomic { !(CREDITED_RIGHTLY(0) && CREDITED_RIGHTLY(1)) -> assert(false) }      /* 3 */
    :: atomic { !(ANSWER_IS_TRUE(0) && ANSWER_IS_TRUE(1)) -> assert(false) }          /* 5 */
    :: atomic { !FREEZE_ANSWER_IS_TRUE -> assert(false) }                             /* 5 */
    :: atomic { !NOBODY_DISPUTES -> assert(false) }                                   /* 7 */
    od
}

init
{
    atomic {
        if :: amount[0] = 1 :: amount[0] = 2 :: amount[0] = 3 fi;
        if :: amount[1] = 1 :: amount[1] = 2 :: amount[1] = 3 fi;
        if :: one_share = false :: one_share = true fi;
        run claiming(0); run claiming(1); run freezing(); run freezes(); run debits(0);
        run debits(1); run credits(0); run credits(1); run fate(); run auditor()
    }
}
