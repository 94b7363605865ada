/* The auditor: a day in order holds, and each thing that must never be is noticed. */
#include "stage.h"

static struct operation claim;

static void open_crediting(void)
{
    stage_open();
    frozen();
    claim = crediting();
    ASSERT_HOLDS();
}

static void a_whole_claim_holds(void)
{
    bool is_gone[PLAN_NODES_MAX] = {false};
    open_crediting();
    credited(&claim);
    share_is(&claim, SHARE_CREDITING, SHARE_CREDITED);
    commits(SWITCH);
    sends(SWITCH, &claim, "00");
    date_is_cut(FROZEN_MINOR - SHARE_MINOR);
    auditor_at_rest(&stage.auditor, is_gone);
    auditor_cleared(&stage.auditor, DATE + 1);
    ASSERT_HOLDS();
    stage_close();
}

/* --- 1 and 2 ---------------------------------------------------------------------------------- */

static void notices_money_from_nowhere(void)
{
    stage_open();
    account_holds(SENDERS, SENDER, BALANCE_MINOR + 1, 0);
    commits(SENDERS);
    ASSERT_FAILS(1, "hold 50001");
    stage_close();
}

static void notices_a_credit_of_another_amount(void)
{
    open_crediting();
    struct operation credit = leg_of(&claim, OPERATION_CREDIT);
    issuer_says(RECEIVERS, JOURNAL_POSTED, &credit, SHARE_MINOR + 1);
    account_holds(RECEIVERS, RECEIVER, BALANCE_MINOR + SHARE_MINOR + 1, 0);
    commits(RECEIVERS);
    ASSERT_FAILS(1, "are between two");
    stage_close();
}

static void notices_a_freeze_that_does_not_sum_up(void)
{
    stage_open();
    frozen();
    ledger_has(FREEZE_FROZEN, 100, 0);
    commits(SENDERS);
    ASSERT_FAILS(2, "the debits that stand are 0");
    stage_close();
}

static void notices_a_freeze_that_closes_by_itself(void)
{
    stage_open();
    frozen();
    ledger_has(FREEZE_CLOSED, 0, FROZEN_MINOR);
    account_holds(SENDERS, SENDER, BALANCE_MINOR, 0);
    commits(SENDERS);
    ASSERT_FAILS(2, "no message has ended it");
    stage_close();
}

static void notices_claims_of_more_than_is_frozen(void)
{
    stage_open();
    frozen();
    for (uint16_t share = 1; share <= 3; share++) {
        struct operation large = claim_of(share);
        large.amount_minor = FROZEN_MINOR / 2;
        share_is(&large, SHARE_NONE, SHARE_RESERVED);
    }
    commits(SWITCH);
    ASSERT_FAILS(2, "come to 15000 of 10000");
    stage_close();
}

/* --- 3 ---------------------------------------------------------------------------------------- */

static void notices_a_second_credit(void)
{
    open_crediting();
    credited(&claim);
    ASSERT_HOLDS();
    credited(&claim);
    ASSERT_FAILS(3, "is credited after claim");
    stage_close();
}

static void notices_a_credit_whose_debit_does_not_stand(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    credited(&claim);
    ASSERT_FAILS(3, "while its debit does not stand");
    stage_close();
}

static void notices_a_reversal_of_what_was_credited(void)
{
    open_crediting();
    credited(&claim);
    struct operation reversal = about_leg(&claim, OPERATION_DEBIT_REVERSAL, 1);
    issuer_says(SENDERS, JOURNAL_POSTED, &reversal, SHARE_MINOR);
    ASSERT_FAILS(3, "is reversed: 1 debits, 1 credits");
    stage_close();
}

static void notices_a_share_released_while_its_debit_stands(void)
{
    open_crediting();
    share_is(&claim, SHARE_CREDITING, SHARE_REVERSING);
    share_is(&claim, SHARE_REVERSING, SHARE_RELEASED);
    ASSERT_FAILS(3, "RELEASED with 1 debits");
    stage_close();
}

static void notices_a_debit_that_comes_after_the_release(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    share_is(&claim, SHARE_RESERVED, SHARE_RELEASED);
    commits(SWITCH);
    ASSERT_HOLDS();
    debited(&claim);
    ASSERT_FAILS(3, "is debited while its share is RELEASED");
    stage_close();
}

static void notices_a_share_taken_twice(void)
{
    open_crediting();
    struct operation other = claim_of(1);
    share_is(&other, SHARE_NONE, SHARE_RESERVED);
    ASSERT_FAILS(3, "takes a share that claim");
    stage_close();
}

/* --- 4 ---------------------------------------------------------------------------------------- */

static void notices_a_claim_accepted_after_the_closing(void)
{
    stage_open();
    frozen();
    freeze_is(FREEZE_CLOSING, -1);
    commits(SWITCH);
    ASSERT_HOLDS();
    claim = claim_of(1);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    ASSERT_FAILS(4, "accepted while its freeze is CLOSING");
    stage_close();
}

/* --- 5 ---------------------------------------------------------------------------------------- */

static void notices_an_approval_before_it_is_durable(void)
{
    open_crediting();
    credited(&claim);
    sends(SWITCH, &claim, "00");
    ASSERT_FAILS(5, "answered 00 while it is CREDITING");
    stage_close();
}

static void notices_a_credit_after_the_wallet_was_told_98(void)
{
    open_crediting();
    auditor_claim(&stage.auditor, &claim)->told = TOLD_REFUSED;
    credited(&claim);
    ASSERT_FAILS(5, "the wallet was told that it never is");
    stage_close();
}

static void notices_a_refusal_of_what_may_be_credited(void)
{
    static const char *const codes[] = {"22", "61", "91", "98"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        open_crediting();
        sends(SWITCH, &claim, codes[i]);
        ASSERT_FAILS(5, "while it is CREDITING");
        stage_close();
    }
}

static void answers_without_a_trace_promise_nothing(void)
{
    static const char *const codes[] = {"A0", "94", "96"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        open_crediting();
        receives(SWITCH, &claim);
        sends(SWITCH, &claim, codes[i]);
        ASSERT_HOLDS();
        stage_close();
    }
}

static void notices_a_freeze_approved_that_is_not_frozen(void)
{
    stage_open();
    receives(SWITCH, &stage.freeze);
    freeze_is(FREEZE_FREEZING, -1);
    sends(SWITCH, &stage.freeze, "00");
    ASSERT_FAILS(5, "freeze 42 is answered 00 while it is FREEZING");
    stage_close();
}

static void notices_an_issuer_that_says_what_is_not_so(void)
{
    open_crediting();
    struct operation credit = leg_of(&claim, OPERATION_CREDIT);
    receives(RECEIVERS, &credit);
    sends(RECEIVERS, &credit, "00");
    ASSERT_FAILS(5, "answers the credit 000021 with 00, which is not so");
    stage_close();
}

/* --- 6 ---------------------------------------------------------------------------------------- */

static void notices_an_answer_to_what_never_came(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    sends(SWITCH, &claim, "22");
    ASSERT_FAILS(6, "is answered once more");
    stage_close();
}

static void notices_a_second_answer_to_one_request(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    receives(SWITCH, &claim);
    receives(SWITCH, &claim);
    sends(SWITCH, &claim, "22");
    ASSERT_HOLDS();
    sends(SWITCH, &claim, "22");
    ASSERT_FAILS(6, "is answered twice");
    stage_close();
}

static void notices_a_repeat_that_is_answered_otherwise(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    for (unsigned i = 0; i < 2; i++) {
        receives(SWITCH, &claim);
        sends(SWITCH, &claim, i == 0 ? "22" : "61");
    }
    ASSERT_FAILS(5, "was answered 22 (DE 15 0000), and now 61");
    stage_close();
}

/* --- 7 and 8 ---------------------------------------------------------------------------------- */

static void notices_a_share_that_never_ends(void)
{
    bool is_gone[PLAN_NODES_MAX] = {false};
    open_crediting();
    auditor_at_rest(&stage.auditor, is_gone);
    ASSERT_FAILS(7, "is still CREDITING");
    stage_close();
}

static void notices_a_stored_message_that_is_never_delivered(void)
{
    bool is_gone[PLAN_NODES_MAX] = {false};
    stage_open();
    struct operation request = claim_of(1);
    is_stored(stage.wallet, &request);
    auditor_at_rest(&stage.auditor, is_gone);
    ASSERT_FAILS(7, "still has a claim to deliver");
    stage_close();
}

static void expects_nothing_of_a_wallet_that_is_gone(void)
{
    bool is_gone[PLAN_NODES_MAX] = {false};
    stage_open();
    struct operation request = claim_of(1);
    is_stored(stage.wallet, &request);
    is_gone[stage.wallet] = true;
    auditor_at_rest(&stage.auditor, is_gone);
    ASSERT_HOLDS();
    stage_close();
}

static void notices_a_mark_that_miscounts_what_is_open(void)
{
    open_crediting();
    credited(&claim);
    share_is(&claim, SHARE_CREDITING, SHARE_CREDITED);
    commits(SWITCH);
    date_is_cut(FROZEN_MINOR);
    ASSERT_FAILS(STATEMENT_LAW, "says that 1 freezes with 10000 are open; 1 are, with 7500");
    stage_close();
}

static void notices_a_date_cut_while_a_claim_is_open(void)
{
    open_crediting();
    date_is_cut(FROZEN_MINOR);
    ASSERT_FAILS(8, "20261122 is cut while claim 000021");
    stage_close();
}

static void notices_a_claim_that_enters_files_that_are_cut(void)
{
    open_crediting();
    credited(&claim);
    stage.auditor.cut_dates[stage.auditor.cut_count++] = DATE;
    share_is(&claim, SHARE_CREDITING, SHARE_CREDITED);
    ASSERT_FAILS(8, "which are cut");
    stage_close();
}

/* --- the rules beside them -------------------------------------------------------------------- */

static void notices_what_is_sent_before_it_is_durable(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    sends(SWITCH, &debit, NULL);
    ASSERT_FAILS(STATEMENT_LAW, "sends the debit 000021 of freeze 42 before it is durable");
    stage_close();
}

static void notices_an_unknown_credit_without_its_confirmation(void)
{
    open_crediting();
    share_is(&claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN);
    commits(SWITCH);
    ASSERT_FAILS(STATEMENT_LAW, "without confirmation stored");
    stage_close();
}

static void notices_a_second_message_for_one_step(void)
{
    open_crediting();
    share_is(&claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN);
    struct operation first = about_leg(&claim, OPERATION_CONFIRMATION, 1);
    struct operation second = about_leg(&claim, OPERATION_CONFIRMATION, 2);
    is_stored(SWITCH, &first);
    commits(SWITCH);
    ASSERT_HOLDS();
    is_done(SWITCH, &first);
    is_stored(SWITCH, &second);
    ASSERT_FAILS(STATEMENT_LAW, "a second confirmation for one step");
    stage_close();
}

static void notices_a_credit_unknown_that_is_reversed(void)
{
    open_crediting();
    share_is(&claim, SHARE_CREDITING, SHARE_CREDIT_UNKNOWN);
    share_is(&claim, SHARE_CREDIT_UNKNOWN, SHARE_REVERSING);
    ASSERT_FAILS(STATEMENT_LAW, "goes from CREDIT_UNKNOWN to REVERSING");
    stage_close();
}

static void notices_what_is_left_before_all_has_come_back(void)
{
    open_crediting();
    freeze_is(FREEZE_CLOSING, -1);
    commits(SWITCH);
    freeze_is(FREEZE_CLOSING, FROZEN_MINOR - SHARE_MINOR);
    ASSERT_FAILS(STATEMENT_LAW, "are said to be left, with 1 shares under way");
    stage_close();
}

static void notices_a_wallet_that_sends_what_it_has_not_stored(void)
{
    stage_open();
    sends(stage.wallet, &stage.freeze, NULL);
    ASSERT_FAILS(STATEMENT_LAW, "which it has not stored");
    stage_close();
}

static struct operation inquiry_of(uint16_t share)
{
    struct operation op = stage.freeze;
    op.kind = OPERATION_INQUIRY;
    op.stan = 77;
    op.reference.share = share;
    op.original = (struct original){0};
    return op;
}

static struct freeze_status status_now(enum share_state state)
{
    struct freeze_status status = {
        .frozen_minor = FROZEN_MINOR,
        .in_doubt_minor = SHARE_MINOR,
        .state = FREEZE_FROZEN,
        .has_share = true,
        .share_minor = SHARE_MINOR,
        .share_state = state,
    };
    memcpy(status.share_rrn, stage.freeze.rrn, sizeof status.share_rrn);
    return status;
}

static void an_inquiry_is_told_how_it_is(void)
{
    open_crediting();
    struct operation inquiry = inquiry_of(1);
    struct freeze_status status = status_now(SHARE_CREDITING);
    tells(&inquiry, &status);
    ASSERT_HOLDS();
    stage_close();
}

static void notices_an_inquiry_that_is_told_too_much(void)
{
    open_crediting();
    struct operation inquiry = inquiry_of(1);
    struct freeze_status status = status_now(SHARE_CREDITED);
    tells(&inquiry, &status);
    ASSERT_FAILS(STATEMENT_LAW, "is told that share 1 of freeze 42 is CREDITED");
    stage_close();
}

static void notices_an_inquiry_whose_sums_are_wrong(void)
{
    open_crediting();
    struct operation inquiry = inquiry_of(1);
    struct freeze_status status = status_now(SHARE_CREDITING);
    status.claimed_minor = SHARE_MINOR;
    status.in_doubt_minor = 0;
    /* Another commit: nothing of it has moved meanwhile. */
    date_is_cut(FROZEN_MINOR);
    stage.auditor.statement = 0;
    tells(&inquiry, &status);
    ASSERT_FAILS(STATEMENT_LAW, "is told 2500 claimed, 0 in doubt");
    stage_close();
}

static void notices_a_wallet_told_that_its_freeze_is_unknown(void)
{
    open_crediting();
    struct operation inquiry = inquiry_of(1);
    sends(SWITCH, &inquiry, "25");
    ASSERT_FAILS(STATEMENT_LAW, "is told that there is none");
    stage_close();
}

static void notices_an_end_of_a_freeze_that_overtakes_a_reversal(void)
{
    stage_open();
    frozen();
    claim = claim_of(1);
    struct operation reversal = about_leg(&claim, OPERATION_DEBIT_REVERSAL, 1);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    share_is(&claim, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN);
    is_stored(SWITCH, &reversal);
    commits(SWITCH);
    ASSERT_HOLDS();
    struct operation back = stage.freeze;
    back.kind = OPERATION_FREEZE_REVERSAL;
    back.stan = 2;
    back.original = operation_as_original(&stage.freeze);
    share_is(&claim, SHARE_DEBIT_UNKNOWN, SHARE_RELEASED);
    freeze_is(FREEZE_REVERSING, -1);
    is_stored(SWITCH, &back);
    ASSERT_HOLDS();
    sends(SWITCH, &back, NULL);
    ASSERT_FAILS(STATEMENT_LAW, "while the reversal of the debit of claim");
    stage_close();
    /* And when it has been delivered, all is well. */
    stage_open();
    frozen();
    claim = claim_of(1);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    share_is(&claim, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN);
    is_stored(SWITCH, &reversal);
    commits(SWITCH);
    share_is(&claim, SHARE_DEBIT_UNKNOWN, SHARE_RELEASED);
    is_done(SWITCH, &reversal);
    freeze_is(FREEZE_REVERSING, -1);
    is_stored(SWITCH, &back);
    commits(SWITCH);
    sends(SWITCH, &back, NULL);
    ASSERT_HOLDS();
    stage_close();
}

static void the_first_violation_stays(void)
{
    stage_open();
    auditor_fail(&stage.auditor, 3, "the first");
    auditor_fail(&stage.auditor, 1, "the second");
    ASSERT_FAILS(3, "the first");
    stage_close();
}

SUITE(CASE(notices_a_mark_that_miscounts_what_is_open), CASE(a_whole_claim_holds),
      CASE(notices_money_from_nowhere), CASE(notices_a_credit_of_another_amount),
      CASE(notices_a_freeze_that_does_not_sum_up), CASE(notices_a_freeze_that_closes_by_itself),
      CASE(notices_claims_of_more_than_is_frozen), CASE(notices_a_second_credit),
      CASE(notices_a_credit_whose_debit_does_not_stand),
      CASE(notices_a_reversal_of_what_was_credited),
      CASE(notices_a_share_released_while_its_debit_stands),
      CASE(notices_a_debit_that_comes_after_the_release), CASE(notices_a_share_taken_twice),
      CASE(notices_a_claim_accepted_after_the_closing),
      CASE(notices_an_approval_before_it_is_durable),
      CASE(notices_a_credit_after_the_wallet_was_told_98),
      CASE(notices_a_refusal_of_what_may_be_credited),
      CASE(answers_without_a_trace_promise_nothing),
      CASE(notices_a_freeze_approved_that_is_not_frozen),
      CASE(notices_an_issuer_that_says_what_is_not_so), CASE(notices_an_answer_to_what_never_came),
      CASE(notices_a_second_answer_to_one_request),
      CASE(notices_a_repeat_that_is_answered_otherwise), CASE(notices_a_share_that_never_ends),
      CASE(notices_a_stored_message_that_is_never_delivered),
      CASE(expects_nothing_of_a_wallet_that_is_gone),
      CASE(notices_a_date_cut_while_a_claim_is_open),
      CASE(notices_a_claim_that_enters_files_that_are_cut),
      CASE(notices_what_is_sent_before_it_is_durable),
      CASE(notices_an_unknown_credit_without_its_confirmation),
      CASE(notices_a_second_message_for_one_step), CASE(notices_a_credit_unknown_that_is_reversed),
      CASE(notices_what_is_left_before_all_has_come_back),
      CASE(notices_a_wallet_that_sends_what_it_has_not_stored), CASE(an_inquiry_is_told_how_it_is),
      CASE(notices_an_inquiry_that_is_told_too_much), CASE(notices_an_inquiry_whose_sums_are_wrong),
      CASE(notices_a_wallet_told_that_its_freeze_is_unknown),
      CASE(notices_an_end_of_a_freeze_that_overtakes_a_reversal), CASE(the_first_violation_stays))
