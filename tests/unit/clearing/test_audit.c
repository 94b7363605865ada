/* The audit at rest: a world in which all holds, and each statement violated once. */
#include "clearing/fixture.h"

#include "clearing/audit.h"
#include "issuer_sim/issuer_ledger.h"
#include "party/forward.h"
#include "redpacket/dispute.h"
#include "redpacket/share.h"

/* Harbour opened with 1,000.00 and Jade with 50.00; Harbour's card froze 600.00 for three shares,
 * of which two went to Jade's card and the third was released. A second freeze was given up. */
struct world {
    struct store *centre, *wallet, *harbour, *jade;
    struct operation request, claims[2];
    struct freeze freeze;
    struct share shares[2];
    struct ledger_account sender, receiver, suspense;
    struct ledger_freeze booked;
};

static void put_account(struct store *store, const struct ledger_account *account)
{
    uint8_t record[LEDGER_ACCOUNT_RECORD_MAX];
    struct store_key key =
        account->card.len > 0 ? key_of_account(&account->card) : ledger_suspense_key();
    put_record(store, key, record, ledger_account_encode(account, record));
}

static void put_booked(struct store *store, const struct ledger_freeze *freeze)
{
    uint8_t record[LEDGER_FREEZE_RECORD_MAX];
    put_record(store, key_of_freeze(&freeze->request.reference, 0), record,
               ledger_freeze_encode(freeze, record));
}

static void put_freeze(struct store *store, const struct freeze *freeze)
{
    uint8_t record[FREEZE_RECORD_MAX];
    put_record(store, key_of_freeze(&freeze->request.reference, 0), record,
               freeze_encode(freeze, record));
}

static void put_share(struct store *store, const struct share *share)
{
    uint8_t record[SHARE_RECORD_MAX];
    const struct freeze_reference *reference = &share->claim.reference;
    put_record(store, key_of_freeze(reference, reference->share), record,
               share_encode(share, record));
}

static void opened(struct store *store, const struct ledger_account *account, int64_t minor)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_OPENED, NULL, 0);
    entry.operation.card = account->card;
    entry.moved_minor = minor;
    write_entry(store, &entry);
}

static void posted(struct store *store, const struct operation *op)
{
    write_own(store, JOURNAL_POSTED, op, DAY, CODE_APPROVED, op->amount_minor);
}

static void world_write_issuers(struct world *w)
{
    struct operation unfreeze = about(&w->request, OPERATION_UNFREEZE);
    w->sender = (struct ledger_account){
        .state = LEDGER_ACCOUNT_OPEN, .card = w->request.sender, .available_minor = 60000};
    w->receiver = (struct ledger_account){
        .state = LEDGER_ACCOUNT_OPEN, .card = w->claims[0].receiver, .available_minor = 45000};
    w->suspense = (struct ledger_account){.state = LEDGER_ACCOUNT_OPEN};
    w->booked = (struct ledger_freeze){.state = FREEZE_CLOSED,
                                       .request = w->request,
                                       .frozen_minor = 60000,
                                       .debited_minor = 40000,
                                       .released_minor = 20000};
    opened(w->harbour, &w->sender, 100000);
    opened(w->jade, &w->receiver, 5000);
    put_account(w->harbour, &w->sender);
    put_account(w->harbour, &w->suspense);
    put_account(w->jade, &w->receiver);
    put_account(w->jade, &w->suspense);
    put_booked(w->harbour, &w->booked);
    posted(w->harbour, &w->request);
    for (unsigned i = 0; i < 2; i++) {
        struct operation debit = leg_of(&w->claims[i], OPERATION_DEBIT);
        struct operation credit = leg_of(&w->claims[i], OPERATION_CREDIT);
        posted(w->harbour, &debit);
        posted(w->jade, &credit);
    }
    unfreeze.amount_minor = 20000;
    posted(w->harbour, &unfreeze);
}

static void world_write_switch(struct world *w)
{
    w->freeze = (struct freeze){.state = FREEZE_CLOSED,
                                .request = w->request,
                                .sender_issuer = HARBOUR,
                                .settlement_date = DAY,
                                .taken_minor = 40000,
                                .settled_minor = 40000,
                                .taken_count = 2,
                                .notice_minor = 20000,
                                .left_minor = 20000};
    put_freeze(w->centre, &w->freeze);
    for (unsigned i = 0; i < 2; i++) {
        w->shares[i] = (struct share){.state = SHARE_CREDITED,
                                      .claim = w->claims[i],
                                      .receiver_issuer = JADE,
                                      .settlement_date = DAY,
                                      .code = CODE_APPROVED};
        put_share(w->centre, &w->shares[i]);
    }
}

static void world_open(struct world *w)
{
    *w = (struct world){
        .centre = store_new(), .wallet = store_new(), .harbour = store_new(), .jade = store_new()};
    w->request = freeze_of(1, 60000, 3);
    w->claims[0] = claim_of(&w->request, 1, 20000, ALPHA);
    w->claims[1] = claim_of(&w->request, 2, 20000, BETA);
    world_write_issuers(w);
    world_write_switch(w);
    /* One that was given up, and refused when the issuer saw it. */
    struct freeze given_up = w->freeze;
    given_up.state = FREEZE_REVERSED;
    given_up.request = freeze_of(2, 500, 1);
    given_up.taken_minor = given_up.settled_minor = 0;
    put_freeze(w->centre, &given_up);
    struct ledger_freeze refused = {.state = FREEZE_REFUSED, .request = given_up.request};
    put_booked(w->harbour, &refused);
}

static void world_close(struct world *w)
{
    store_close(w->centre);
    store_close(w->wallet);
    store_close(w->harbour);
    store_close(w->jade);
}

static struct audit_result audit(const struct world *w)
{
    struct audit_party parties[] = {
        {{CENTRE, CLEARING_SWITCH, NULL}, w->centre},
        {{ALPHA, CLEARING_WALLET, NULL}, w->wallet},
        {{HARBOUR, CLEARING_ISSUER, NULL}, w->harbour},
        {{JADE, CLEARING_ISSUER, NULL}, w->jade},
    };
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    must(audit_at_rest(parties, 4, NULL, 0, &result, &fault), &fault);
    return result;
}

/* Audits and closes the world: a violation of this statement has this in its text. */
static void expect_violation(struct world *w, unsigned statement, const char *part)
{
    struct audit_result result = audit(w);
    bool found = false;
    CU_ASSERT_TRUE(result.count > 0);
    for (size_t i = 0; i < result.listed; i++)
        found = found || (result.list[i].statement == statement &&
                          strstr(result.list[i].text, part) != NULL);
    for (size_t i = 0; i < result.listed && !found; i++)
        fprintf(stderr, "%u: %s\n", result.list[i].statement, result.list[i].text);
    CU_ASSERT_TRUE(found);
    world_close(w);
}

static void a_world_in_order_has_no_violation(void)
{
    struct world w;
    world_open(&w);
    struct audit_result result = audit(&w);
    for (size_t i = 0; i < result.listed; i++)
        fprintf(stderr, "%u: %s\n", result.list[i].statement, result.list[i].text);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

static void apply_delete(struct store_step *step, struct store_tx *tx)
{
    (void)step;
    store_tx_delete(tx, 0);
}

static void drop(struct store *store, struct store_key key)
{
    struct fault fault = {RESULT_OK, ""};
    struct store_step step = {.apply = apply_delete, .done = append_done};
    store_step_key(&step, key);
    store_submit(store, &step);
    must(store_drain(store, &fault), &fault);
}

static void forget(struct world *w, struct store *store, int64_t claimed_minor)
{
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_FORGOTTEN, &w->request, 0);
    entry.from = FREEZE_CLOSED;
    entry.sender_issuer = HARBOUR;
    entry.moved_minor = claimed_minor;
    entry.frozen_minor = 60000;
    entry.available_minor = 20000;
    write_entry(store, &entry);
    for (uint16_t share = 0; share <= 2; share++)
        drop(store, key_of_freeze(&w->request.reference, share));
}

static void what_was_forgotten_is_in_order(void)
{
    for (unsigned who = 1; who < 4; who++) {
        struct world w;
        world_open(&w);
        if ((who & 1) != 0)
            forget(&w, w.centre, 40000);
        if ((who & 2) != 0)
            forget(&w, w.harbour, 40000);
        struct audit_result result = audit(&w);
        for (size_t i = 0; i < result.listed; i++)
            fprintf(stderr, "%u: %s\n", result.list[i].statement, result.list[i].text);
        CU_ASSERT_EQUAL(result.count, 0);
        world_close(&w);
    }
}

static void a_freeze_that_is_being_forgotten_is_in_order(void)
{
    struct world w;
    world_open(&w);
    w.freeze.credited_minor = 40000;
    put_freeze(w.centre, &w.freeze);
    drop(w.centre, key_of_freeze(&w.request.reference, 1));
    CU_ASSERT_EQUAL(audit(&w).count, 0);
    w.freeze.credited_minor = w.freeze.settled_minor = w.freeze.taken_minor = 40001;
    put_freeze(w.centre, &w.freeze);
    expect_violation(&w, 2, "forgotten: 40001 claimed at the switch, 40000 debited");
}

static void what_was_forgotten_must_come_to_what_was_posted(void)
{
    struct world w;
    world_open(&w);
    forget(&w, w.centre, 39999);
    expect_violation(&w, 2, "forgotten: 39999 claimed at the switch, 40000 debited");
    world_open(&w);
    struct operation credit = leg_of(&w.claims[0], OPERATION_CREDIT);
    posted(w.jade, &credit);
    w.receiver.available_minor += 20000;
    put_account(w.jade, &w.receiver);
    forget(&w, w.centre, 40000);
    expect_violation(&w, 3, "share 1, forgotten: 20000 debited and 40000 credited");
    world_open(&w);
    forget(&w, w.centre, 40000);
    forget(&w, w.harbour, 30000);
    expect_violation(&w, 2, "40000 claimed at the switch, 30000 debited");
}

static void a_released_share_and_its_reversed_debit_are_in_order(void)
{
    struct world w;
    world_open(&w);
    struct operation claim = claim_of(&w.request, 3, 20000, BETA);
    struct operation debit = leg_of(&claim, OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    struct share share = w.shares[0];
    share.state = SHARE_RELEASED;
    share.claim = claim;
    put_share(w.centre, &share);
    posted(w.harbour, &debit);
    posted(w.harbour, &reversal);
    struct audit_result result = audit(&w);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

static void a_credit_by_its_confirmation_is_in_order(void)
{
    struct world w;
    world_open(&w);
    struct operation third = claim_of(&w.request, 3, 20000, BETA);
    struct operation debit = leg_of(&third, OPERATION_DEBIT),
                     credit = leg_of(&third, OPERATION_CREDIT);
    struct operation confirmation = about(&credit, OPERATION_CONFIRMATION);
    struct share share = w.shares[0];
    share.claim = third;
    put_share(w.centre, &share);
    posted(w.harbour, &debit);
    posted(w.jade, &confirmation);
    w.suspense.available_minor = 20000;
    put_account(w.jade, &w.suspense);
    w.freeze.taken_minor = w.freeze.settled_minor = 60000;
    w.freeze.left_minor = 0;
    put_freeze(w.centre, &w.freeze);
    w.booked.debited_minor = 60000;
    w.booked.released_minor = 0;
    put_booked(w.harbour, &w.booked);
    w.sender.available_minor = 40000;
    put_account(w.harbour, &w.sender);
    struct audit_result result = audit(&w);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

/* --- 1 conservation --------------------------------------------------------------------------- */

static void money_that_appears_on_an_account_is_found(void)
{
    struct world w;
    world_open(&w);
    w.suspense.available_minor = 1;
    put_account(w.jade, &w.suspense);
    expect_violation(&w, 1, "00095550002: its accounts hold 450.01, by its journal 450.00");
}

static void money_of_all_issuers_is_counted_together(void)
{
    struct world w;
    world_open(&w);
    w.receiver.available_minor -= 100;
    put_account(w.jade, &w.receiver);
    expect_violation(&w, 1,
                     "the accounts of all issuers hold 1,049.00, and 0.00 was paid out to "
                     "others: together not the 1,050.00");
}

static void an_account_below_zero_is_found(void)
{
    struct world w;
    world_open(&w);
    w.suspense.available_minor = -1;
    put_account(w.harbour, &w.suspense);
    expect_violation(&w, 1, "00095550001: an account is below zero");
}

/* --- 2 each freeze ---------------------------------------------------------------------------- */

static void a_freeze_that_does_not_add_up_is_found(void)
{
    struct world w;
    world_open(&w);
    w.booked.released_minor = 19999;
    put_booked(w.harbour, &w.booked);
    expect_violation(&w, 2,
                     "freeze 20261231-1 of 00091230001: 40000 debited, 19999 released and 0 "
                     "remaining are not the 60000 frozen");
}

static void frozen_money_without_a_freeze_is_found(void)
{
    struct world w;
    world_open(&w);
    w.sender.available_minor -= 300;
    w.sender.frozen_minor += 300;
    put_account(w.harbour, &w.sender);
    expect_violation(&w, 2, "00095550001: 3.00 is frozen on accounts, 0.00 by its freezes");
}

static void claims_that_the_issuer_did_not_debit_are_found(void)
{
    struct world w;
    world_open(&w);
    w.booked.debited_minor = 20000;
    w.booked.released_minor = 40000;
    put_booked(w.harbour, &w.booked);
    expect_violation(&w, 2,
                     "freeze 20261231-1 of 00091230001: 40000 claimed at the switch, 20000 "
                     "debited");
}

static void another_amount_released_than_was_left_is_found(void)
{
    struct world w;
    world_open(&w);
    w.freeze.left_minor = 12345;
    put_freeze(w.centre, &w.freeze);
    expect_violation(&w, 2, "12345 left at the switch, 20000 released");
}

static void states_that_do_not_fit_are_found(void)
{
    struct world w;
    world_open(&w);
    w.booked.state = FREEZE_FROZEN;
    put_booked(w.harbour, &w.booked);
    expect_violation(&w, 2, "is CLOSED at the switch and FROZEN at 00095550001");
}

static void sums_of_the_switch_that_are_not_its_shares_are_found(void)
{
    struct world w;
    world_open(&w);
    w.freeze.taken_minor = 50000;
    put_freeze(w.centre, &w.freeze);
    expect_violation(&w, 2,
                     "its shares sum up to 40000 taken and 40000 settled, its record says "
                     "50000 and 40000");
}

static void claims_beyond_the_freeze_are_found(void)
{
    struct world w;
    world_open(&w);
    w.freeze.request.amount_minor = 30000;
    put_freeze(w.centre, &w.freeze);
    expect_violation(&w, 2, "freeze 20261231-1 of 00091230001 of 30000");
}

static void a_freeze_that_the_switch_never_heard_of_is_found(void)
{
    struct world w;
    world_open(&w);
    struct ledger_freeze more = {.state = FREEZE_FROZEN,
                                 .request = freeze_of(99, 700, 1),
                                 .frozen_minor = 700,
                                 .remaining_minor = 700};
    put_booked(w.harbour, &more);
    expect_violation(&w, 2, "00095550001 froze 700 that the switch never heard of");
}

/* --- 3 each share ----------------------------------------------------------------------------- */

static void a_share_credited_twice_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation other = claim_of(&w.request, 1, 20000, BETA);
    struct operation credit = leg_of(&other, OPERATION_CREDIT);
    posted(w.jade, &credit);
    expect_violation(&w, 3, "share 1 was credited 2 times");
}

static void a_credit_without_its_debit_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation debit = leg_of(&w.claims[1], OPERATION_DEBIT);
    struct operation reversal = about(&debit, OPERATION_DEBIT_REVERSAL);
    posted(w.harbour, &reversal);
    expect_violation(&w, 3, "share 2 is credited while its debit does not stand");
}

static void a_credit_that_the_switch_does_not_know_is_found(void)
{
    struct world w;
    world_open(&w);
    w.shares[1].state = SHARE_RELEASED;
    put_share(w.centre, &w.shares[1]);
    expect_violation(&w, 3,
                     "share 2 is RELEASED at the switch: expected 0 debited and 0 credited, "
                     "the books have 20000 and 20000");
}

static void a_share_that_was_never_credited_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation third = claim_of(&w.request, 3, 100, BETA);
    struct operation debit = leg_of(&third, OPERATION_DEBIT);
    struct share share = w.shares[0];
    share.claim = third;
    put_share(w.centre, &share);
    posted(w.harbour, &debit);
    expect_violation(&w, 3,
                     "share 3 is CREDITED at the switch: expected 100 debited and 100 "
                     "credited, the books have 100 and 0");
}

static void a_posting_for_no_share_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation third = claim_of(&w.request, 3, 100, BETA);
    struct operation credit = leg_of(&third, OPERATION_CREDIT);
    posted(w.jade, &credit);
    expect_violation(&w, 3, "00095550002 credited 100 for a share unknown at the switch");
}

static void a_debit_of_an_older_claim_that_still_stands_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation older = claim_of(&w.request, 2, 20000, ALPHA);
    struct operation debit = leg_of(&older, OPERATION_DEBIT);
    posted(w.harbour, &debit);
    expect_violation(&w, 3, "share 2: a debit stands of a claim that ended before");
}

/* --- 7 nothing unfinished --------------------------------------------------------------------- */

static void freezes_that_are_not_at_their_end_are_found(void)
{
    static const enum freeze_state states[] = {FREEZE_FREEZING, FREEZE_REVERSING, FREEZE_CLOSING};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        char text[64];
        world_open(&w);
        w.freeze.state = states[i];
        put_freeze(w.centre, &w.freeze);
        snprintf(text, sizeof text, "is still %s", freeze_state_name(states[i]));
        expect_violation(&w, 7, text);
    }
}

static void shares_that_are_not_at_their_end_are_found(void)
{
    static const enum share_state states[] = {SHARE_RESERVED,       SHARE_DEBIT_UNKNOWN,
                                              SHARE_DEBITED,        SHARE_CREDITING,
                                              SHARE_CREDIT_UNKNOWN, SHARE_REVERSING};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct world w;
        char text[64];
        world_open(&w);
        w.shares[0].state = states[i];
        put_share(w.centre, &w.shares[0]);
        snprintf(text, sizeof text, "share 1 is still %s", share_state_name(states[i]));
        expect_violation(&w, 7, text);
    }
}

static void a_stored_message_that_waits_is_found(void)
{
    struct world w;
    world_open(&w);
    struct store_key key = key_of_freeze(&w.request.reference, 1);
    key.data[0] = TABLE_FORWARD;
    put_record(w.wallet, key, "x", 1);
    expect_violation(&w, 7, "00091230001: 1 stored messages wait for their end");
}

/* Its debit stands, its credit was never confirmed: money in dispute, and none lost. */
static void dispute_third_share(struct world *w)
{
    struct operation third = claim_of(&w->request, 3, 20000, BETA);
    struct operation debit = leg_of(&third, OPERATION_DEBIT);
    struct share share = w->shares[0];
    share.state = SHARE_DISPUTED;
    share.claim = third;
    put_share(w->centre, &share);
    posted(w->harbour, &debit);
    w->freeze.taken_minor = w->freeze.settled_minor = 60000;
    put_freeze(w->centre, &w->freeze);
    w->booked.debited_minor = 60000;
    w->booked.released_minor = 0;
    put_booked(w->harbour, &w->booked);
    w->sender.available_minor = 40000;
    put_account(w->harbour, &w->sender);
}

static void a_disputed_share_is_at_an_end(void)
{
    struct world w;
    world_open(&w);
    dispute_third_share(&w);
    struct dispute dispute = {.refused = OPERATION_CONFIRMATION,
                              .about = claim_of(&w.request, 3, 20000, BETA)};
    put_dispute(w.centre, &dispute);
    struct audit_result result = audit(&w);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

static void a_disputed_share_that_no_person_will_hear_of_is_found(void)
{
    struct world w;
    world_open(&w);
    dispute_third_share(&w);
    expect_violation(&w, 7, "share 3 is DISPUTED, and no exceptions file says so");
}

/* --- 8 clearing equals the books, and what cannot be audited ---------------------------------- */

static void differences_of_a_reconciliation_are_violations(void)
{
    struct world w;
    struct reconcile_result good = {.date = DAY}, bad = {.date = DAY};
    struct audit_reconciled reconciled[] = {{HARBOUR, &good}, {JADE, &bad}};
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    good.counts[RECONCILE_MATCHED] = 6;
    good.counts[RECONCILE_NOTED] = 1;
    bad.counts[RECONCILE_ONLY_FILE] = 2;
    bad.counts[RECONCILE_AMOUNT] = 1;
    world_open(&w);
    struct audit_party parties[] = {{{CENTRE, CLEARING_SWITCH, NULL}, w.centre},
                                    {{HARBOUR, CLEARING_ISSUER, NULL}, w.harbour},
                                    {{JADE, CLEARING_ISSUER, NULL}, w.jade}};
    must(audit_at_rest(parties, 3, reconciled, 2, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.count, 1);
    CU_ASSERT_EQUAL(result.list[0].statement, 8);
    ASSERT_CONTAINS(result.list[0].text,
                    "00095550002: 3 differences between its files of 20261231");
    world_close(&w);
}

static void an_issuer_outside_is_taken_at_the_switch_s_word(void)
{
    struct world w;
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    world_open(&w);
    struct audit_party parties[] = {{{CENTRE, CLEARING_SWITCH, NULL}, w.centre},
                                    {{HARBOUR, CLEARING_ISSUER, NULL}, w.harbour}};
    must(audit_at_rest(parties, 2, NULL, 0, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.count, 0);
    parties[1] = (struct audit_party){{JADE, CLEARING_ISSUER, NULL}, w.jade};
    must(audit_at_rest(parties, 2, NULL, 0, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

static void violations_beyond_the_list_are_counted(void)
{
    struct world w;
    world_open(&w);
    for (unsigned i = 0; i < AUDIT_LISTED_MAX + 3; i++) {
        struct ledger_freeze more = {
            .state = FREEZE_FROZEN, .request = freeze_of(100 + i, 700, 1), .frozen_minor = 700};
        put_booked(w.harbour, &more);
    }
    struct audit_result result = audit(&w);
    CU_ASSERT_EQUAL(result.count, 2 * (AUDIT_LISTED_MAX + 3));
    CU_ASSERT_EQUAL(result.listed, AUDIT_LISTED_MAX);
    world_close(&w);
}

static void refuses_parties_without_one_switch(void)
{
    struct world w;
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    world_open(&w);
    struct audit_party parties[] = {{{HARBOUR, CLEARING_ISSUER, NULL}, w.harbour},
                                    {{CENTRE, CLEARING_SWITCH, NULL}, w.centre},
                                    {{CENTRE, CLEARING_SWITCH, NULL}, w.centre}};
    CU_ASSERT_EQUAL(audit_at_rest(parties, 1, NULL, 0, &result, &fault), RESULT_INPUT);
    CU_ASSERT_EQUAL(audit_at_rest(parties, 3, NULL, 0, &result, &fault), RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, "expected one switch among the parties, got 2");
    world_close(&w);
}

SUITE(CASE(a_world_in_order_has_no_violation), CASE(what_was_forgotten_is_in_order),
      CASE(a_freeze_that_is_being_forgotten_is_in_order),
      CASE(what_was_forgotten_must_come_to_what_was_posted),
      CASE(a_released_share_and_its_reversed_debit_are_in_order),
      CASE(a_credit_by_its_confirmation_is_in_order),
      CASE(money_that_appears_on_an_account_is_found),
      CASE(money_of_all_issuers_is_counted_together), CASE(an_account_below_zero_is_found),
      CASE(a_freeze_that_does_not_add_up_is_found), CASE(frozen_money_without_a_freeze_is_found),
      CASE(claims_that_the_issuer_did_not_debit_are_found),
      CASE(another_amount_released_than_was_left_is_found), CASE(states_that_do_not_fit_are_found),
      CASE(sums_of_the_switch_that_are_not_its_shares_are_found),
      CASE(claims_beyond_the_freeze_are_found),
      CASE(a_freeze_that_the_switch_never_heard_of_is_found), CASE(a_share_credited_twice_is_found),
      CASE(a_credit_without_its_debit_is_found),
      CASE(a_credit_that_the_switch_does_not_know_is_found),
      CASE(a_share_that_was_never_credited_is_found), CASE(a_posting_for_no_share_is_found),
      CASE(a_debit_of_an_older_claim_that_still_stands_is_found),
      CASE(freezes_that_are_not_at_their_end_are_found),
      CASE(shares_that_are_not_at_their_end_are_found), CASE(a_stored_message_that_waits_is_found),
      CASE(a_disputed_share_is_at_an_end),
      CASE(a_disputed_share_that_no_person_will_hear_of_is_found),
      CASE(differences_of_a_reconciliation_are_violations),
      CASE(an_issuer_outside_is_taken_at_the_switch_s_word),
      CASE(violations_beyond_the_list_are_counted), CASE(refuses_parties_without_one_switch))
