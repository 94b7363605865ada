/* The issuer's decisions. First what each account movement has in common, then one function for
 * each kind of request, in the order of the protocol page. */
#include "issuer_sim/issuer_decision.h"

#include "base/mutant.h"

#include <stdio.h>
#include <string.h>

static void note(struct issuer_decision *d, const char *text)
{
    snprintf(d->note, sizeof d->note, "%s", text);
}

static void change(struct issuer_decision *d, enum issuer_record record)
{
    d->changed |= 1u << record;
}

/* --- how a decision ends ---------------------------------------------------------------------- */

/* Returns false, so that a check can end with it. */
static bool refuse(struct issuer_decision *d, uint16_t code, const char *why)
{
    d->answer.code = code;
    d->event = JOURNAL_REFUSED;
    note(d, why);
    return false;
}

static void carry_out(struct issuer_decision *d, uint16_t code, int64_t moved_minor)
{
    d->answer.code = code;
    d->event = JOURNAL_POSTED;
    d->moved_minor = moved_minor;
}

/* It has been done before, or there is nothing to do: approved without an effect. */
static void record_only(struct issuer_decision *d, const char *why)
{
    d->answer.code = CODE_APPROVED;
    d->event = JOURNAL_RECORDED;
    note(d, why);
}

/* --- money ------------------------------------------------------------------------------------ */

static void account_add(struct ledger_account *account, int64_t available_minor,
                        int64_t frozen_minor)
{
    MUST(account->state != LEDGER_ACCOUNT_NONE);
    /* A credit has at most 11 digits: 90 million of the largest fit. */
    MUST(!__builtin_add_overflow(account->available_minor, available_minor,
                                 &account->available_minor));
    MUST(!__builtin_add_overflow(account->frozen_minor, frozen_minor, &account->frozen_minor));
    MUST(account->available_minor >= 0 && account->frozen_minor >= 0);
}

/* Moves from what remains of the freeze to its debits (negative: back) and to what was released. */
static void freeze_add(struct ledger_freeze *freeze, int64_t debited_minor, int64_t released_minor)
{
    freeze->debited_minor += debited_minor;
    freeze->released_minor += released_minor;
    freeze->remaining_minor -= debited_minor + released_minor;
    MUST(freeze->debited_minor >= 0 && freeze->released_minor >= 0 && freeze->remaining_minor >= 0);
    MUST(freeze->debited_minor + freeze->released_minor + freeze->remaining_minor ==
         freeze->frozen_minor);
}

/* Gives back what remains and ends the freeze. */
static int64_t freeze_end(struct issuer_decision *d, enum freeze_state end)
{
    int64_t left = d->freeze.remaining_minor;
    if (mutant_is(MUTANT_NOTICE_AMOUNT_RELEASED) && d->operation->amount_minor < left)
        left = d->operation->amount_minor;
    account_add(&d->account, left, -left);
    freeze_add(&d->freeze, 0, left);
    d->freeze.state = end;
    change(d, RECORD_ACCOUNT);
    change(d, RECORD_FREEZE);
    return left;
}

/* --- checks ----------------------------------------------------------------------------------- */

static bool is_ready(struct issuer_decision *d)
{
    if (d->is_untimely)
        return refuse(d, CODE_FORMAT, "DE 7 is more than a day from the clock");
    return d->signed_on || refuse(d, CODE_PARTY_DOWN, "not signed on");
}

static bool has_good_amount(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (op->amount_minor <= 0 || op->amount_minor > FREEZE_AMOUNT_MAX_MINOR)
        return refuse(d, CODE_AMOUNT, "DE 4 is zero or has more than 11 digits");
    if (memcmp(op->currency, d->currency, sizeof op->currency) != 0)
        return refuse(d, CODE_AMOUNT, "DE 49 is not the currency of the accounts");
    return true;
}

static bool has_usable_account(struct issuer_decision *d)
{
    if (d->account.state == LEDGER_ACCOUNT_NONE)
        return refuse(d, CODE_CARD, "no account of this card");
    if (d->account.state == LEDGER_ACCOUNT_RESTRICTED)
        return refuse(d, CODE_RESTRICTED, "the account is restricted");
    return true;
}

/* One of the freeze's shares, as in debits and credits; not the freeze itself. */
static bool names_a_share(const struct freeze_reference *reference)
{
    return reference->share >= 1 && reference->share <= reference->shares;
}

/* DE 90 names the freeze that DE 48 names, and all that both tell of it is so. */
static bool names_this_freeze(const struct issuer_decision *d)
{
    const struct operation *op = d->operation, *made = &d->freeze.request;
    struct original original = operation_as_original(made);
    return original_equal(&op->original, &original) &&
           op->reference.shares == made->reference.shares &&
           memcmp(op->currency, made->currency, sizeof made->currency) == 0;
}

/* For what the sender's side is asked about a freeze: known, and really this one. */
static bool names_own_freeze(struct issuer_decision *d, bool share_fits)
{
    const struct operation *op = d->operation;
    if (d->freeze.state == FREEZE_NONE)
        return refuse(d, CODE_NO_ORIGINAL, "no such freeze");
    if (!share_fits || !names_this_freeze(d) || !pan_equal(&op->card, &op->sender) ||
        !pan_equal(&op->sender, &d->freeze.request.sender))
        return refuse(d, CODE_RELATED_INVALID, "DE 48, DE 90 and the card are not of one freeze");
    return true;
}

/* For a reversal or a confirmation: DE 90 can be such a message, and when that one is known it is
 * the same in freeze, share, DE 32, card and amount. A purchase is of no freeze. */
static bool names_its_original(struct issuer_decision *d, bool share_fits)
{
    const struct operation *op = d->operation;
    enum operation_kind kind = issuer_original_kind(op->kind);
    uint16_t mti = operation_as_original(&(struct operation){.kind = kind}).mti;
    const struct pan *own = kind == OPERATION_CREDIT     ? &op->receiver
                            : kind == OPERATION_PURCHASE ? &op->card
                                                         : &op->sender;
    if (op->original.mti != mti || op->original.acquirer != op->acquirer.number || !share_fits ||
        !pan_equal(&op->card, own))
        return refuse(d, CODE_RELATED_INVALID, "DE 2, 32, 48 and 90 do not fit together");
    if (d->original.state != POSTING_NONE && !issuer_posting_matches(&d->original, kind, op))
        return refuse(d, CODE_RELATED_INVALID, "not as the message that DE 90 names");
    /* It may have been posted, or not: a person has to look. */
    if (d->original.state == POSTING_NONE && d->is_forgotten)
        return refuse(d, CODE_NO_ORIGINAL, "what DE 90 names is too long ago to be known");
    return true;
}

/* --- the sender's side ------------------------------------------------------------------------ */

static bool can_freeze(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!is_ready(d))
        return false;
    uint16_t code = freeze_check_request(op);
    if (code != CODE_APPROVED)
        return refuse(d, code, "DE 4 or DE 102 is not a freeze's");
    if (!has_good_amount(d) || !has_usable_account(d))
        return false;
    if (op->amount_minor > d->account.available_minor)
        return refuse(d, CODE_FUNDS, "more than is available");
    return true;
}

static void decide_freeze(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (op->forwarder.number != op->reference.wallet) {
        refuse(d, CODE_RELATED_INVALID, "DE 33 is not the wallet that DE 48 names");
        return;
    }
    if (d->freeze.state != FREEZE_NONE) {
        refuse(d, CODE_DUPLICATE, "the name of the freeze has been used");
        return;
    }
    /* A refused one is kept too: its name is used for ever. */
    d->freeze =
        (struct ledger_freeze){.state = FREEZE_REFUSED, .request = *op, .settlement_date = d->date};
    change(d, RECORD_FREEZE);
    if (!can_freeze(d))
        return;
    d->freeze.state = FREEZE_FROZEN;
    d->freeze.frozen_minor = d->freeze.remaining_minor = op->amount_minor;
    account_add(&d->account, -op->amount_minor, op->amount_minor);
    change(d, RECORD_ACCOUNT);
    /* The same for every repeat, because the STAN is. */
    digits_format(op->stan, d->answer.authorisation, sizeof d->answer.authorisation);
    carry_out(d, CODE_APPROVED, op->amount_minor);
}

static void decide_debit(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!is_ready(d) || !names_own_freeze(d, names_a_share(&op->reference)))
        return;
    if (d->freeze.state != FREEZE_FROZEN)
        refuse(d, CODE_STATE, "the freeze is over");
    else if (op->amount_minor <= 0)
        refuse(d, CODE_AMOUNT, "DE 4 is zero");
    else if (op->amount_minor > d->freeze.remaining_minor)
        refuse(d, CODE_OVER_LIMIT, "more than remains of the freeze");
    else {
        freeze_add(&d->freeze, op->amount_minor, 0);
        account_add(&d->account, 0, -op->amount_minor);
        if (mutant_is(MUTANT_CLOSED_AT_ZERO) && d->freeze.remaining_minor == 0)
            d->freeze.state = FREEZE_CLOSED;
        change(d, RECORD_FREEZE);
        change(d, RECORD_ACCOUNT);
        carry_out(d, CODE_APPROVED, op->amount_minor);
    }
}

static void leave_tombstone(struct issuer_decision *d)
{
    issuer_posting_begin(&d->original, issuer_original_kind(d->operation->kind), POSTING_TOMBSTONE,
                         d->operation, d->date);
    static const enum mutant none[OPERATION_KINDS] = {
        [OPERATION_DEBIT_REVERSAL] = MUTANT_NO_DEBIT_TOMBSTONE,
        [OPERATION_FREEZE_REVERSAL] = MUTANT_NO_FREEZE_TOMBSTONE,
        [OPERATION_PURCHASE_REVERSAL] = MUTANT_NO_PURCHASE_TOMBSTONE,
    };
    if (!mutant_is(none[d->operation->kind]))
        change(d, RECORD_ORIGINAL);
    record_only(d, "never seen; refused should it still come");
}

static void decide_debit_reversal(struct issuer_decision *d)
{
    int64_t amount_minor = d->operation->amount_minor;
    if (!names_its_original(d, names_a_share(&d->operation->reference)))
        return;
    if (d->original.state == POSTING_NONE) {
        leave_tombstone(d);
        return;
    }
    if (d->original.state != POSTING_POSTED) {
        record_only(d, "the debit does not stand");
        return;
    }
    /* Where a debit stands the freeze is open, or closed by an unfreeze. */
    bool is_open = d->freeze.state == FREEZE_FROZEN;
    MUST(is_open || d->freeze.state == FREEZE_CLOSED);
    freeze_add(&d->freeze, -amount_minor, 0);
    if (!is_open)
        freeze_add(&d->freeze, 0, amount_minor);
    account_add(&d->account, is_open ? 0 : amount_minor, is_open ? amount_minor : 0);
    d->original.state = POSTING_REVERSED;
    change(d, RECORD_FREEZE);
    change(d, RECORD_ACCOUNT);
    change(d, RECORD_ORIGINAL);
    carry_out(d, CODE_APPROVED, amount_minor);
}

static void reverse_unseen_freeze(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (d->freeze.state != FREEZE_NONE || op->original.forwarder != op->reference.wallet) {
        refuse(d, CODE_RELATED_INVALID, "DE 90 does not name the freeze that DE 48 names");
        return;
    }
    leave_tombstone(d);
    d->freeze = (struct ledger_freeze){
        .state = FREEZE_REVERSED, .request = d->original.operation, .settlement_date = d->date};
    if (!mutant_is(MUTANT_NO_FREEZE_TOMBSTONE))
        change(d, RECORD_FREEZE);
}

static void decide_freeze_reversal(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!names_its_original(d, op->reference.share == 0))
        return;
    if (d->original.state == POSTING_NONE) {
        reverse_unseen_freeze(d);
        return;
    }
    if (d->original.state != POSTING_POSTED)
        record_only(d, "the freeze does not stand");
    else if (d->freeze.debited_minor > 0)
        refuse(d, CODE_STATE, "a debit of the freeze stands");
    else if (d->freeze.state != FREEZE_FROZEN)
        record_only(d, "all of it was given back before");
    else {
        d->original.state = POSTING_REVERSED;
        change(d, RECORD_ORIGINAL);
        carry_out(d, CODE_APPROVED, freeze_end(d, FREEZE_REVERSED));
    }
}

static void decide_unfreeze(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!names_own_freeze(d, op->reference.share == 0))
        return;
    if (d->freeze.state == FREEZE_CLOSED)
        record_only(d, "the freeze was closed before");
    else if (d->freeze.state != FREEZE_FROZEN)
        refuse(d, CODE_STATE, "the freeze was reversed or refused");
    else {
        int64_t left = freeze_end(d, FREEZE_CLOSED);
        carry_out(d, CODE_APPROVED, left);
        d->is_other_amount = op->amount_minor != left;
        if (d->is_other_amount)
            snprintf(d->note, sizeof d->note, "DE 4 says %lld, released %lld",
                     (long long)op->amount_minor, (long long)left);
    }
}

/* --- the receiver's side ---------------------------------------------------------------------- */

/* The freeze is usually another issuer's; then only what the message itself tells can be compared.
 */
static bool names_a_freeze(struct issuer_decision *d)
{
    enum { FREEZE_MTI = 100 };
    const struct operation *op = d->operation;
    if (!pan_equal(&op->card, &op->receiver) || !names_a_share(&op->reference) ||
        op->original.mti != FREEZE_MTI || op->original.forwarder != op->reference.wallet ||
        (d->freeze.state != FREEZE_NONE && !names_this_freeze(d)))
        return refuse(d, CODE_RELATED_INVALID, "DE 2, 48 and 90 do not fit together");
    return true;
}

static void decide_credit(struct issuer_decision *d)
{
    if (!is_ready(d) || !names_a_freeze(d) || !has_good_amount(d) || !has_usable_account(d))
        return;
    account_add(&d->account, d->operation->amount_minor, 0);
    change(d, RECORD_ACCOUNT);
    carry_out(d, CODE_APPROVED, d->operation->amount_minor);
}

/* Posts the credit wherever it can be, as its confirmation asks. */
static void post_confirmed(struct issuer_decision *d, uint16_t code)
{
    const struct operation *op = d->operation;
    d->is_on_suspense = d->account.state != LEDGER_ACCOUNT_OPEN;
    account_add(d->is_on_suspense ? &d->suspense : &d->account, op->amount_minor, 0);
    change(d, d->is_on_suspense ? RECORD_SUSPENSE : RECORD_ACCOUNT);
    if (d->is_on_suspense)
        note(d, "on the suspense account: the card cannot take it");
    d->original.state = POSTING_CONFIRMED;
    if (!mutant_is(MUTANT_CONFIRMATION_UNTIED))
        change(d, RECORD_ORIGINAL);
    carry_out(d, code, op->amount_minor);
}

static void decide_confirmation(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!names_its_original(d, names_a_share(&op->reference)))
        return;
    bool is_unseen = d->original.state == POSTING_NONE;
    if (!is_unseen && d->original.state != POSTING_REFUSED) {
        record_only(d, "the credit was posted before");
        return;
    }
    if (!has_good_amount(d))
        return;
    if (is_unseen)
        issuer_posting_begin(&d->original, OPERATION_CREDIT, POSTING_CONFIRMED, op, d->date);
    post_confirmed(d, is_unseen ? CODE_CONFIRMED_UNSEEN : CODE_CONFIRMED_REFUSED);
}

/* --- purchases -------------------------------------------------------------------------------- */

static void decide_purchase(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!is_ready(d) || !has_good_amount(d) || !has_usable_account(d))
        return;
    if (op->amount_minor > d->account.available_minor) {
        refuse(d, CODE_FUNDS, "more than is available");
        return;
    }
    /* Out, and owed to the acquirer that DE 32 names. */
    account_add(&d->account, -op->amount_minor, 0);
    change(d, RECORD_ACCOUNT);
    digits_format(op->stan, d->answer.authorisation, sizeof d->answer.authorisation);
    carry_out(d, CODE_APPROVED, op->amount_minor);
}

static void decide_purchase_reversal(struct issuer_decision *d)
{
    const struct operation *op = d->operation;
    if (!names_its_original(d, true))
        return;
    if (d->original.state == POSTING_NONE) {
        leave_tombstone(d);
        return;
    }
    if (d->original.state != POSTING_POSTED) {
        record_only(d, "the purchase does not stand");
        return;
    }
    if (!mutant_is(MUTANT_PURCHASE_STAYS_DEBITED))
        account_add(&d->account, op->amount_minor, 0);
    d->original.state = POSTING_REVERSED;
    change(d, RECORD_ACCOUNT);
    change(d, RECORD_ORIGINAL);
    carry_out(d, CODE_APPROVED, op->amount_minor);
}

/* --- all of them ------------------------------------------------------------------------------ */

static const struct {
    void (*decide)(struct issuer_decision *d);
    enum operation_kind original; /* that has a posting */
    bool leaves_posting;          /* a later message may name it in DE 90 */
} rules[OPERATION_KINDS] = {
    [OPERATION_FREEZE] = {decide_freeze, OPERATION_NONE, true},
    [OPERATION_DEBIT] = {decide_debit, OPERATION_NONE, true},
    [OPERATION_CREDIT] = {decide_credit, OPERATION_NONE, true},
    [OPERATION_CONFIRMATION] = {decide_confirmation, OPERATION_CREDIT, false},
    [OPERATION_DEBIT_REVERSAL] = {decide_debit_reversal, OPERATION_DEBIT, false},
    [OPERATION_FREEZE_REVERSAL] = {decide_freeze_reversal, OPERATION_FREEZE, false},
    [OPERATION_UNFREEZE] = {decide_unfreeze, OPERATION_NONE, false},
    [OPERATION_PURCHASE] = {decide_purchase, OPERATION_NONE, true},
    [OPERATION_PURCHASE_REVERSAL] = {decide_purchase_reversal, OPERATION_PURCHASE, false},
};

/* What a reversal or a confirmation was about, arriving behind it. */
static void decide_late(struct issuer_decision *d)
{
    if (d->own.state != POSTING_CONFIRMED)
        refuse(d, CODE_STATE, "reversed before it came");
    else if (issuer_posting_matches(&d->own, d->operation->kind, d->operation))
        record_only(d, "posted by its confirmation");
    else
        d->answer.code = CODE_DUPLICATE; /* another credit under the key of the confirmed one */
}

enum operation_kind issuer_original_kind(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return rules[kind].original;
}

bool issuer_can_decide(enum operation_kind kind)
{
    MUST(kind < OPERATION_KINDS);
    return rules[kind].decide != NULL;
}

void issuer_decide(struct issuer_decision *d)
{
    enum operation_kind kind = d->operation->kind;
    MUST(issuer_can_decide(kind));
    if (d->own.state != POSTING_NONE && !issuer_posts_again(kind))
        decide_late(d);
    else {
        rules[kind].decide(d);
        if (rules[kind].leaves_posting)
            d->own = (struct issuer_posting){
                .state = d->event == JOURNAL_POSTED ? POSTING_POSTED : POSTING_REFUSED,
                .settlement_date = d->date,
                .operation = *d->operation,
            };
    }
    if (d->event != JOURNAL_NONE)
        d->answer.settlement = (uint16_t)(d->date % 10000);
}
