/* The red-packet protocol as a model that spin searches completely: one freeze, two claims, one
 * unfreeze, the freeze's reversal, and everything that can go wrong between and inside the parties.
 * It follows docs/protocol.md, not the code; docs/model.md says what it shows and what it leaves out.
 *
 * THE NETWORK is not a queue. What was once sent may arrive at any later moment, any number of
 * times, in any order, or never: so a message is no more than the fact that it was sent (a flag, or
 * the durable state of the sender that made it send), and no flag is ever taken back. That is loss,
 * duplication, reordering and delay without a bound.
 *
 * THE SWITCH does one durable step at a time (an atomic here; it names the state that it leaves) and
 * sends afterwards, in another step. What it has only in memory is work[] and freeze_work; a crash
 * empties them, between any two steps, any number of times, and whatever is found open with nobody
 * at work on it is what a restart finds.
 *
 * ISSUERS decide, record and keep the answer in one commit. A crash of an issuer before the commit
 * is a request that has not arrived yet, one after it an answer that was lost; a crash of a wallet,
 * which repeats its stored request, is a request that arrives again. Both are in the network.
 *
 * THE END: at any moment the network may fall silent: what was sent is lost, no new request comes,
 * nobody crashes any more. Only timers, the switch's own steps and store and forward go on; when
 * nothing of that is left (`timeout`), everything must be at rest.
 *
 * Bounds: one freeze of 3 units, two claims of 1 to 3 units each, of one share or of two shares. What
 * is not bounded: crashes, repeats, delays, and how often an unfreeze or a reversal is asked for.
 *
 *   spin -a redpacket.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000 -w24
 *   ... -DFOREIGN      hosts that refuse a stored message for good: shares and freezes DISPUTED
 *   ... -DMUTANT_x     the rule x is taken away; spin must find an error */

#define FREEZE 3
#define NOBODY 2

#ifdef MUTANT_DE4_IS_RELEASED
#define FOREIGN /* only a disputed share makes the two amounts differ */
#endif

/* --- what is durable at the switch ---------------------------------------------------------------- */

/* A share record: its state and the claim that has it. */
mtype:share = { FREE, RESERVED, DEBIT_UNKNOWN, DEBITED, CREDITING, CREDITED, CREDIT_UNKNOWN,
                REVERSING, RELEASED, DISPUTED };
mtype:share state[2] = FREE;
byte holder[2] = NOBODY;

/* The stored answer of a request: to the two claims and to the freeze. NO is 91 and every refusal. */
mtype:answer = { NONE, OPEN, OK, NO, C98, A2 };
mtype:answer stored[2] = NONE;
mtype:answer freeze_stored = NONE;

mtype:freeze = { F_NONE, F_FREEZING, F_FROZEN, F_REFUSED, F_REVERSING, F_REVERSED, F_CLOSING,
                 F_CLOSED, F_DISPUTED, F_TOMBSTONE };
mtype:freeze freeze_at_switch = F_NONE;

/* Store and forward: a queued message is sent again and again until it is done. */
mtype:forward = { NOT_QUEUED, QUEUED, DONE };
mtype:forward reversal[2] = NOT_QUEUED;     /* 0420/46 */
mtype:forward confirmation[2] = NOT_QUEUED; /* 0220/47 */
mtype:forward freeze_reversal = NOT_QUEUED; /* 0420/03 */
mtype:forward unfreeze = NOT_QUEUED;        /* 0220/20 */
byte left_over;                             /* DE 4 of the unfreeze */

/* --- what it has in memory ------------------------------------------------------------------------ */

mtype:work = { IDLE, SEND_DEBIT, WAIT_DEBIT, START_CREDIT, SEND_CREDIT, WAIT_CREDIT, SEND_FREEZE,
               WAIT_FREEZE };
mtype:work work[2] = IDLE;
mtype:work freeze_work = IDLE;

/* --- what was sent, for ever ---------------------------------------------------------------------- */

bool debit_sent[2], credit_sent[2], freeze_sent;
mtype:answer told[2] = NONE; /* the answer that a claim's wallet was sent */
bool silent;                 /* the network: nothing of the above arrives any more */

/* --- what is durable at the issuers --------------------------------------------------------------- */

mtype:posting = { UNSEEN, POSTED, REFUSED, REVERSED, TOMBSTONE, CONFIRMED, CONFIRMED_REFUSED };
mtype:posting debit[2] = UNSEEN;
mtype:posting credit[2] = UNSEEN;
mtype:freeze freeze_at_issuer = F_NONE;

byte available = FREEZE; /* on the sender's account */
byte remaining;          /* of it frozen */
byte given_back;         /* by the freeze, to available */
byte credited[2];        /* how often this claim was posted at the receiver's issuer */

/* --- of this run ---------------------------------------------------------------------------------- */

byte amount[2];
bool one_share;  /* both claims name share 1 */
bool over;       /* a closing or a reversal of the freeze has become durable */
bool taken_back; /* the wallet's 0420 was answered 00 while the freeze had no answer */

/* --- words ---------------------------------------------------------------------------------------- */

#define SHARE(c)       (one_share -> 0 : c)
#define OTHER(c)       (1 - c)
#define AT(c, s)       (state[SHARE(c)] == s && holder[SHARE(c)] == c)
#define IS_FREE(s)     (state[s] == FREE || state[s] == RELEASED)
#define IS_SETTLED(s)  (state[s] == CREDITED || state[s] == CREDIT_UNKNOWN || state[s] == DISPUTED)
#define IS_MOVING(s)   (!IS_FREE(s) && !IS_SETTLED(s))
#define TAKEN          ((IS_FREE(0) -> 0 : amount[holder[0]]) + (IS_FREE(1) -> 0 : amount[holder[1]]))
#define SETTLED        ((IS_SETTLED(0) -> amount[holder[0]] : 0) + (IS_SETTLED(1) -> amount[holder[1]] : 0))

/* Which answers an issuer has given, and which the network may therefore bring. */
#define DEBIT_APPROVED(c)  (debit[c] == POSTED || debit[c] == REVERSED)
#define DEBIT_REFUSED(c)   (debit[c] == REFUSED || (debit[c] == TOMBSTONE && debit_sent[c]))
#define CREDIT_APPROVED(c) (credit[c] == POSTED || (credit[c] == CONFIRMED && credit_sent[c]))
#define CREDIT_REFUSED(c)  (credit[c] == REFUSED || credit[c] == CONFIRMED_REFUSED)
#define FREEZE_APPROVED    (freeze_at_issuer == F_FROZEN || freeze_at_issuer == F_REVERSED || freeze_at_issuer == F_CLOSED)
#define FREEZE_REFUSED     (freeze_at_issuer == F_REFUSED || (freeze_at_issuer == F_TOMBSTONE && freeze_sent))

#define DEBIT_STANDS(c)    (debit[c] == POSTED)
#define OUT                ((DEBIT_STANDS(0) -> amount[0] : 0) + (DEBIT_STANDS(1) -> amount[1] : 0))
#define IN_TRANSIT(c)      ((DEBIT_STANDS(c) && credited[c] == 0) -> amount[c] : 0)
#define IS_ANSWER(a)       (a != NONE && a != OPEN)

inline move(c, to) { state[SHARE(c)] = to }

inline crash() { work[0] = IDLE; work[1] = IDLE; freeze_work = IDLE }

/* Ends the switch's part in a claim: the answer and the state are one commit. */
inline finish(c, to, code) { move(c, to); stored[c] = code; work[c] = IDLE }
inline reverse(c, to, code) { finish(c, to, code); reversal[c] = QUEUED }
inline confirm(c) { finish(c, CREDIT_UNKNOWN, A2); confirmation[c] = QUEUED }

/* --- the switch: a claim -------------------------------------------------------------------------- */

#ifdef MUTANT_CLAIM_TAKEN_WHILE_CLOSING
#define MAY_CLAIM (freeze_at_switch == F_FROZEN || freeze_at_switch == F_CLOSING)
#else
#define MAY_CLAIM (freeze_at_switch == F_FROZEN)
#endif
#ifdef MUTANT_SUM_NOT_CHECKED
#define FITS(c) true
#else
#define FITS(c) (amount[c] <= FREEZE - TAKEN)
#endif
#ifdef MUTANT_SHARE_NOT_CHECKED
#define SHARE_IS_FREE(c) true
#else
#define SHARE_IS_FREE(c) IS_FREE(SHARE(c))
#endif

proctype claiming(byte c)
{
end:
    do
    /* Step 1. The request has been on its way from the start, and arrives any number of times. */
    :: atomic { !silent && stored[c] == NONE && MAY_CLAIM && SHARE_IS_FREE(c) && FITS(c) ->
            assert(!over); /* 4 */
            move(c, RESERVED); holder[SHARE(c)] = c; stored[c] = OPEN; work[c] = SEND_DEBIT }
#ifdef MUTANT_REFUSAL_NOT_REMEMBERED
    :: atomic { !silent && stored[c] == NONE -> told[c] = NO }
#else
    :: atomic { !silent && stored[c] == NONE -> stored[c] = NO } /* also 91, whatever the state */
#endif
    /* The answer, or its repetition: read from the store. */
    :: atomic { !silent && IS_ANSWER(stored[c]) && told[c] != stored[c] ->
            assert(told[c] == NONE); /* 6 */
            told[c] = stored[c] }

    /* Step 2. */
    :: atomic { work[c] == SEND_DEBIT -> debit_sent[c] = true; work[c] = WAIT_DEBIT }
    :: atomic { work[c] == SEND_DEBIT -> finish(c, RELEASED, NO) } /* no byte was written: 91 */

    /* Step 3. */
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) && DEBIT_APPROVED(c) ->
            move(c, DEBITED); work[c] = START_CREDIT }
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) && DEBIT_REFUSED(c) ->
            finish(c, RELEASED, NO) }
    /* No answer: the time is over, the link died after sending, a wrong MAC, a reject message. */
    :: atomic { work[c] == WAIT_DEBIT && AT(c, RESERVED) ->
#ifdef MUTANT_DEBIT_RELEASED_WHEN_UNANSWERED
            finish(c, RELEASED, NO)
#else
            reverse(c, DEBIT_UNKNOWN, C98)
#endif
        }
    /* Or an answer that says nothing about the money, which an issuer may give at any time: 98. */
    :: atomic { !silent && work[c] == WAIT_DEBIT && AT(c, RESERVED) ->
#ifdef MUTANT_ISSUERS_98_IS_A_REFUSAL
            finish(c, RELEASED, NO)
#else
            reverse(c, DEBIT_UNKNOWN, C98)
#endif
        }

    /* Step 4. */
    :: atomic { work[c] == START_CREDIT && AT(c, DEBITED) -> move(c, CREDITING); work[c] = SEND_CREDIT }
    :: atomic { work[c] == SEND_CREDIT -> credit_sent[c] = true; work[c] = WAIT_CREDIT }
    :: atomic { work[c] == SEND_CREDIT && AT(c, CREDITING) -> reverse(c, REVERSING, NO) }

    /* Step 5. */
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_APPROVED(c) ->
            finish(c, CREDITED, OK) }
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_REFUSED(c) ->
            reverse(c, REVERSING, NO) }
    :: atomic { work[c] == WAIT_CREDIT && AT(c, CREDITING) ->
#ifdef MUTANT_CREDIT_REVERSED_WHEN_UNANSWERED
            reverse(c, REVERSING, NO)
#else
            confirm(c)
#endif
        }

    /* Late answers, after the claim was decided otherwise: of the debit none changes anything. */
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
    :: atomic { confirmation[c] == QUEUED && credit[c] != UNSEEN && credit[c] != REFUSED ->
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
            :: AT(c, DEBIT_UNKNOWN) || AT(c, REVERSING) -> move(c, DISPUTED)
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

#ifdef MUTANT_ANSWERED_BEFORE_COMMIT /* and dead before it */
    :: atomic { !silent && work[c] == WAIT_CREDIT && AT(c, CREDITING) && CREDIT_REFUSED(c) ->
            told[c] = NO; crash() }
#endif
#ifdef MUTANT_DEBIT_SENT_BEFORE_COMMIT
    :: atomic { !silent && stored[c] == NONE && MAY_CLAIM && SHARE_IS_FREE(c) && FITS(c) ->
            debit_sent[c] = true; crash() }
#endif
#ifdef MUTANT_CREDIT_SENT_BEFORE_COMMIT
    :: atomic { work[c] == START_CREDIT && AT(c, DEBITED) -> credit_sent[c] = true; crash() }
#endif
    od
}

/* --- the switch: the freeze ----------------------------------------------------------------------- */

inline freeze_unanswered()
{
    if
    :: freeze_at_switch == F_FREEZING -> freeze_at_switch = F_REVERSING; freeze_reversal = QUEUED; over = true
    :: else /* its wallet has reversed it meanwhile */
    fi;
    freeze_stored = C98; freeze_work = IDLE
}

inline freeze_ended(to, code)
{
    if
    :: freeze_at_switch == F_FREEZING -> freeze_at_switch = to; freeze_stored = code
    :: else -> freeze_stored = C98
    fi;
    freeze_work = IDLE
}

#ifdef MUTANT_FREEZE_REVERSED_WHEN_CLAIMED
#define MAY_REVERSE true
#else
#define MAY_REVERSE (TAKEN == 0)
#endif
#ifdef MUTANT_UNFREEZE_SUBTRACTS
#define MAY_RELEASE true
#define LEFT        (FREEZE - TAKEN)
#else
#define MAY_RELEASE (!IS_MOVING(0) && !IS_MOVING(1))
#define LEFT        (FREEZE - SETTLED)
#endif

proctype freezing()
{
end:
    do
    :: atomic { !silent && freeze_stored == NONE && freeze_at_switch == F_NONE ->
            freeze_at_switch = F_FREEZING; freeze_stored = OPEN; freeze_work = SEND_FREEZE }
    :: atomic { !silent && freeze_stored == NONE -> /* refused; or already reversed by its wallet */
            freeze_stored = NO;
            if
            :: freeze_at_switch == F_NONE -> freeze_at_switch = F_REFUSED
            :: else
            fi }
    :: atomic { freeze_work == SEND_FREEZE -> freeze_sent = true; freeze_work = WAIT_FREEZE }
    :: atomic { freeze_work == SEND_FREEZE -> freeze_ended(F_REFUSED, NO) } /* no byte written: 91 */
    :: atomic { !silent && freeze_work == WAIT_FREEZE && FREEZE_APPROVED -> freeze_ended(F_FROZEN, OK) }
    :: atomic { !silent && freeze_work == WAIT_FREEZE && FREEZE_REFUSED -> freeze_ended(F_REFUSED, NO) }
    :: atomic { freeze_work == WAIT_FREEZE ->
#ifdef MUTANT_FREEZE_NOT_REVERSED_WHEN_UNANSWERED
            freeze_ended(F_REFUSED, C98)
#else
            freeze_unanswered()
#endif
        }
#ifdef MUTANT_LATE_FREEZE_APPROVAL_REVIVES
    :: atomic { !silent && freeze_at_switch == F_REVERSING && FREEZE_APPROVED ->
            freeze_at_switch = F_FROZEN; over = false }
#endif
    /* Restart. */
#ifdef MUTANT_FREEZING_LOST_AT_RESTART
    :: atomic { freeze_work == IDLE && freeze_stored == OPEN -> freeze_ended(F_REFUSED, NO) }
#else
    :: atomic { freeze_work == IDLE && freeze_stored == OPEN -> freeze_unanswered() }
#endif

    /* The wallet's own reversal, with or without the freeze before it, as often as it likes. */
    :: atomic { !silent && (freeze_at_switch == F_FREEZING || (freeze_at_switch == F_FROZEN && MAY_REVERSE)) ->
            freeze_at_switch = F_REVERSING; freeze_reversal = QUEUED; over = true;
            taken_back = freeze_stored != OK }
    :: atomic { !silent && freeze_at_switch == F_NONE ->
            freeze_at_switch = F_REVERSED; over = true; taken_back = true }

    /* The wallet's unfreeze notice, or the age at which the switch closes by itself. */
    :: atomic { !silent && freeze_at_switch == F_FROZEN -> freeze_at_switch = F_CLOSING; over = true }
    :: atomic { freeze_at_switch == F_CLOSING && unfreeze == NOT_QUEUED && MAY_RELEASE ->
            left_over = LEFT; unfreeze = QUEUED }

    /* Store and forward. */
    :: atomic { freeze_reversal == QUEUED &&
            (freeze_at_issuer == F_REVERSED || freeze_at_issuer == F_TOMBSTONE || freeze_at_issuer == F_REFUSED) ->
            freeze_reversal = DONE;
            if
            :: freeze_at_switch == F_REVERSING -> freeze_at_switch = F_REVERSED
            :: else
            fi }
    :: atomic { unfreeze == QUEUED && freeze_at_issuer == F_CLOSED ->
            unfreeze = DONE; freeze_at_switch = F_CLOSED }
    /* 22: a debit stands where nothing was taken, or the freeze was reversed and not closed. */
    :: atomic { freeze_reversal == QUEUED && freeze_at_issuer == F_FROZEN && (DEBIT_STANDS(0) || DEBIT_STANDS(1)) ->
            freeze_reversal = DONE; freeze_at_switch = F_DISPUTED }
    :: atomic { unfreeze == QUEUED && (freeze_at_issuer == F_REVERSED || freeze_at_issuer == F_TOMBSTONE) ->
            unfreeze = DONE; freeze_at_switch = F_DISPUTED }
#ifdef FOREIGN
    :: atomic { freeze_reversal == QUEUED -> freeze_reversal = DONE; freeze_at_switch = F_DISPUTED }
    :: atomic { unfreeze == QUEUED -> unfreeze = DONE; freeze_at_switch = F_DISPUTED }
#endif
    od
}

/* --- the sender's issuer -------------------------------------------------------------------------- */

inline release(to, sum)
{
    available = available + sum; given_back = given_back + sum; remaining = remaining - sum;
    freeze_at_issuer = to
}

proctype sender_issuer()
{
end:
    do
    :: atomic { !silent && freeze_sent && freeze_at_issuer == F_NONE ->
            freeze_at_issuer = F_FROZEN; available = available - FREEZE; remaining = FREEZE }
    :: atomic { !silent && freeze_sent && freeze_at_issuer == F_NONE -> freeze_at_issuer = F_REFUSED }
#ifdef MUTANT_NO_FREEZE_TOMBSTONE
    :: atomic { freeze_reversal == QUEUED && freeze_at_issuer == F_NONE -> /* 00, no trace */
            freeze_reversal = DONE; freeze_at_switch = F_REVERSED }
#else
    :: atomic { freeze_reversal != NOT_QUEUED && freeze_at_issuer == F_NONE -> freeze_at_issuer = F_TOMBSTONE }
#endif
    :: atomic { freeze_reversal != NOT_QUEUED && freeze_at_issuer == F_FROZEN && !DEBIT_STANDS(0) && !DEBIT_STANDS(1) ->
            release(F_REVERSED, remaining) }
    :: atomic { unfreeze != NOT_QUEUED && freeze_at_issuer == F_FROZEN ->
#ifdef MUTANT_DE4_IS_RELEASED
            release(F_CLOSED, (left_over < remaining -> left_over : remaining))
#else
#ifndef FOREIGN
            assert(left_over == remaining); /* 8 */
#endif
            release(F_CLOSED, remaining)
#endif
        }
#ifdef MUTANT_FREEZE_CLOSED_AT_ZERO
    :: atomic { freeze_at_issuer == F_FROZEN && remaining == 0 -> freeze_at_issuer = F_CLOSED }
#endif
    od
}

proctype debits(byte c)
{
end:
    do
    :: atomic { !silent && debit_sent[c] && debit[c] == UNSEEN && freeze_at_issuer == F_FROZEN && amount[c] <= remaining ->
            debit[c] = POSTED; remaining = remaining - amount[c] }
    :: atomic { !silent && debit_sent[c] && debit[c] == UNSEEN -> debit[c] = REFUSED }
#ifdef MUTANT_REPEATED_DEBIT_POSTS_AGAIN
    :: atomic { !silent && debit[c] == POSTED && freeze_at_issuer == F_FROZEN && amount[c] <= remaining ->
            remaining = remaining - amount[c] }
#endif
#ifdef MUTANT_NO_DEBIT_TOMBSTONE
    :: atomic { reversal[c] == QUEUED && debit[c] == UNSEEN -> /* 00, no trace */
            reversal[c] = DONE; move(c, RELEASED) }
#else
    :: atomic { reversal[c] != NOT_QUEUED && debit[c] == UNSEEN -> debit[c] = TOMBSTONE }
#endif
    :: atomic { reversal[c] != NOT_QUEUED && debit[c] == POSTED ->
            debit[c] = REVERSED; remaining = remaining + amount[c];
            if
            :: freeze_at_issuer == F_CLOSED -> release(F_CLOSED, amount[c])
            :: else
            fi }
#ifdef MUTANT_REPEATED_REVERSAL_REVERSES_AGAIN
    :: atomic { reversal[c] != NOT_QUEUED && debit[c] == REVERSED && remaining < FREEZE ->
            remaining = remaining + amount[c] }
#endif
    od
}

/* --- the receiver's issuer ------------------------------------------------------------------------ */

proctype credits(byte c)
{
end:
    do
    :: atomic { !silent && credit_sent[c] && credit[c] == UNSEEN -> credit[c] = POSTED; credited[c]++ }
    :: atomic { !silent && credit_sent[c] && credit[c] == UNSEEN -> credit[c] = REFUSED }
#ifdef MUTANT_REPEATED_CREDIT_POSTS_AGAIN
    :: atomic { !silent && credit_sent[c] && credit[c] == POSTED && credited[c] == 1 -> credited[c]++ }
#endif
    :: atomic { confirmation[c] != NOT_QUEUED && credit[c] == UNSEEN -> /* A4 */
            credit[c] = CONFIRMED; credited[c]++ }
    :: atomic { confirmation[c] != NOT_QUEUED && credit[c] == REFUSED -> /* A5 */
            credit[c] = CONFIRMED_REFUSED
#ifndef MUTANT_CONFIRMATION_OF_A_REFUSAL_POSTS_NOTHING
            ; credited[c]++
#endif
        }
#ifdef MUTANT_CONFIRMATION_NOT_TIED_TO_ITS_CREDIT
    :: atomic { !silent && credit_sent[c] && credit[c] == CONFIRMED -> credit[c] = POSTED; credited[c]++ }
#endif
    od
}

/* --- crashes, the end, and what must always hold -------------------------------------------------- */

#define HOLDS_1 (available + remaining + credited[0] * amount[0] + credited[1] * amount[1] + \
                 IN_TRANSIT(0) + IN_TRANSIT(1) == FREEZE)
#define HOLDS_2 (TAKEN <= FREEZE && (!FREEZE_APPROVED || OUT + given_back + remaining == FREEZE))
#define HOLDS_3(c) \
    (credited[c] == 0 || \
     (credited[c] == 1 && DEBIT_STANDS(c) && !(one_share && credited[OTHER(c)] > 0) && \
      (AT(c, CREDITING) || AT(c, CREDIT_UNKNOWN) || AT(c, CREDITED) || AT(c, DISPUTED))))
#define ANSWERED(c, code) (stored[c] == code || told[c] == code)
#define HOLDS_5(c) \
    ((!ANSWERED(c, OK) || credited[c] == 1) && \
     (!(ANSWERED(c, NO) || ANSWERED(c, C98)) || credited[c] == 0) && \
     (!ANSWERED(c, A2) || (DEBIT_STANDS(c) && (AT(c, CREDIT_UNKNOWN) || AT(c, CREDITED) || AT(c, DISPUTED)))))
#define HOLDS_5_FREEZE (freeze_stored != OK || (FREEZE_APPROVED && !taken_back))
#define HOLDS_6(c) (told[c] == NONE || told[c] == stored[c])
#ifdef FOREIGN
#define NOBODY_DISPUTES true
#else
#define NOBODY_DISPUTES (state[0] != DISPUTED && state[1] != DISPUTED && freeze_at_switch != F_DISPUTED)
#endif

/* 7. A disputed share or freeze is in the exceptions file, and anything may be true of it. */
#define CLAIM_RESTS(c) \
    (stored[c] != OPEN && \
     (AT(c, CREDITED) -> DEBIT_STANDS(c) && credited[c] == 1 \
                      : AT(c, DISPUTED) || (!DEBIT_STANDS(c) && credited[c] == 0)))
#define SHARE_RESTS(s) (IS_FREE(s) || state[s] == CREDITED || state[s] == DISPUTED)
#define FREEZE_RESTS \
    (freeze_stored != OPEN && \
     ((freeze_at_switch == F_NONE && freeze_at_issuer == F_NONE) || \
      (freeze_at_switch == F_FROZEN && freeze_at_issuer == F_FROZEN) || \
      (freeze_at_switch == F_REFUSED && (freeze_at_issuer == F_NONE || freeze_at_issuer == F_REFUSED)) || \
      (freeze_at_switch == F_REVERSED && freeze_at_issuer != F_FROZEN && freeze_at_issuer != F_CLOSED) || \
      (freeze_at_switch == F_CLOSED && freeze_at_issuer == F_CLOSED && remaining == 0) || \
      freeze_at_switch == F_DISPUTED))
#define QUEUES_EMPTY \
    (reversal[0] != QUEUED && reversal[1] != QUEUED && confirmation[0] != QUEUED && \
     confirmation[1] != QUEUED && freeze_reversal != QUEUED && unfreeze != QUEUED)

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
    assert(QUEUES_EMPTY);
    assert(CLAIM_RESTS(0) && CLAIM_RESTS(1)); /* 7 */
    assert(SHARE_RESTS(0) && SHARE_RESTS(1)); /* 7 */
    assert(FREEZE_RESTS)                      /* 7 */
}

/* Each can be executed only where its statement is broken. */
proctype auditor()
{
end:
    do
    :: atomic { !HOLDS_1 -> assert(HOLDS_1) }
    :: atomic { !HOLDS_2 -> assert(HOLDS_2) }
    :: atomic { !(HOLDS_3(0) && HOLDS_3(1)) -> assert(HOLDS_3(0) && HOLDS_3(1)) }
    :: atomic { !(HOLDS_5(0) && HOLDS_5(1)) -> assert(HOLDS_5(0) && HOLDS_5(1)) }
    :: atomic { !HOLDS_5_FREEZE -> assert(HOLDS_5_FREEZE) }
    :: atomic { !(HOLDS_6(0) && HOLDS_6(1)) -> assert(HOLDS_6(0) && HOLDS_6(1)) }
    :: atomic { !NOBODY_DISPUTES -> assert(NOBODY_DISPUTES) }
    od
}

init
{
    atomic {
        if :: amount[0] = 1 :: amount[0] = 2 :: amount[0] = 3 fi;
        if :: amount[1] = 1 :: amount[1] = 2 :: amount[1] = 3 fi;
        if
        :: one_share = false
        :: one_share = true
        fi;
        run claiming(0); run claiming(1); run freezing(); run sender_issuer(); run debits(0); run debits(1);
        run credits(0); run credits(1); run fate(); run auditor()
    }
}
