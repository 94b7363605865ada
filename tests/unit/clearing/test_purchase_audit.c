/* The audit of purchases at rest: a world in which all holds, and each statement violated once; and
 * the figures of a log that has some. */
#include "clearing/purchases.h"

#include "clearing/audit.h"
#include "clearing/summary.h"
#include "clearing/totals.h"
#include "issuer_sim/issuer_ledger.h"

/* Harbour opened one account with 1,000.00. Of four purchases one stands, one was refused, one was
 * given back and one is in dispute, and not taken back. */
struct world {
    struct store *centre, *wallet, *harbour;
    struct operation kept, refused, given_back, disputed;
    struct ledger_account buyer;
};

enum { OPENED_MINOR = 100000 };

static void put_purchase(struct world *w, const struct operation *request,
                         enum purchase_state state)
{
    uint8_t record[PURCHASE_RECORD_MAX];
    struct transaction_key key = operation_key(request);
    struct purchase purchase = {
        .state = state, .request = *request, .issuer = HARBOUR, .settlement_date = DAY};
    put_record(w->centre, key_of_purchase(&key), record, purchase_encode(&purchase, record));
}

static void put_buyer(struct world *w, int64_t available_minor)
{
    uint8_t record[LEDGER_ACCOUNT_RECORD_MAX];
    w->buyer.available_minor = available_minor;
    put_record(w->harbour, key_of_account(&w->buyer.card), record,
               ledger_account_encode(&w->buyer, record));
}

static void world_open(struct world *w)
{
    struct journal_entry entry;
    *w = (struct world){.centre = store_new(),
                        .wallet = store_new(),
                        .harbour = store_new(),
                        .kept = purchase_of(1, 5000, ALPHA),
                        .refused = purchase_of(2, 400, ALPHA),
                        .given_back = purchase_of(3, 300, ALPHA),
                        .disputed = purchase_of(4, 20, ALPHA)};
    struct operation reversal = reversal_of(&w->given_back, 1);
    w->buyer = (struct ledger_account){.state = LEDGER_ACCOUNT_OPEN, .card = w->kept.card};
    journal_begin(&entry, JOURNAL_OPENED, NULL, 0);
    entry.operation.card = w->buyer.card;
    entry.moved_minor = OPENED_MINOR;
    write_entry(w->harbour, &entry);
    post_purchase(w->harbour, &w->kept);
    post_purchase(w->harbour, &w->given_back);
    post_purchase(w->harbour, &w->disputed);
    post_purchase(w->harbour, &reversal);
    put_buyer(w, OPENED_MINOR - 5000 - 20);
    put_purchase(w, &w->kept, PURCHASE_PURCHASED);
    put_purchase(w, &w->refused, PURCHASE_REFUSED);
    put_purchase(w, &w->given_back, PURCHASE_REVERSED);
    put_purchase(w, &w->disputed, PURCHASE_DISPUTED);
    put_purchase_dispute(w->centre, &w->disputed, DAY, 1);
}

static void world_close(struct world *w)
{
    store_close(w->centre);
    store_close(w->wallet);
    store_close(w->harbour);
}

static struct audit_result audit(const struct world *w)
{
    struct audit_party parties[] = {
        {{CENTRE, CLEARING_SWITCH, NULL}, w->centre},
        {{ALPHA, CLEARING_WALLET, NULL}, w->wallet},
        {{HARBOUR, CLEARING_ISSUER, NULL}, w->harbour},
    };
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    must(audit_at_rest(parties, 3, NULL, 0, &result, &fault), &fault);
    return result;
}

static void expect_clean(struct world *w)
{
    struct audit_result result = audit(w);
    for (size_t i = 0; i < result.listed; i++)
        fprintf(stderr, "%u: %s\n", result.list[i].statement, result.list[i].text);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(w);
}

static void expect_violation(struct world *w, unsigned statement, const char *part)
{
    struct audit_result result = audit(w);
    bool found = false;
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
    expect_clean(&w);
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

static void forget(struct world *w, const struct operation *purchase, enum purchase_state state)
{
    struct journal_entry entry;
    struct transaction_key key = operation_key(purchase);
    journal_begin(&entry, JOURNAL_FORGOTTEN, purchase, 0);
    entry.from = (uint8_t)state;
    entry.sender_issuer = HARBOUR;
    entry.moved_minor = state == PURCHASE_PURCHASED ? purchase->amount_minor : 0;
    write_entry(w->centre, &entry);
    drop(w->centre, key_of_purchase(&key));
}

static void what_was_forgotten_counts_as_it_was(void)
{
    struct world w;
    world_open(&w);
    forget(&w, &w.kept, PURCHASE_PURCHASED);
    forget(&w, &w.refused, PURCHASE_REFUSED);
    forget(&w, &w.given_back, PURCHASE_REVERSED);
    expect_clean(&w);
    world_open(&w);
    forget(&w, &w.kept, PURCHASE_REVERSED);
    expect_violation(&w, 3, "is REVERSED at the switch: expected 0 debited, the books have 5000");
}

static void a_dispute_is_as_its_issuers_book_has_it(void)
{
    struct world w;
    world_open(&w);
    struct operation reversal = reversal_of(&w.disputed, 1);
    post_purchase(w.harbour, &reversal);
    put_buyer(&w, OPENED_MINOR - 5000);
    expect_clean(&w);
}

static void a_dispute_that_nobody_can_see_is_found(void)
{
    struct world w;
    world_open(&w);
    struct transaction_key key = operation_key(&w.disputed);
    drop(w.centre, key_of_purchase_dispute(&key));
    expect_violation(&w, 7, "is DISPUTED, and no exceptions file says so");
}

static void what_is_unfinished_is_found(void)
{
    static const enum purchase_state states[] = {PURCHASE_PURCHASING, PURCHASE_REVERSING};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        world_open(&w);
        put_purchase(&w, &w.refused, states[i]);
        expect_violation(&w, 7,
                         i == 0 ? "DE 11 007002, of 00091230001 is still PURCHASING"
                                : "is still REVERSING");
    }
}

static void one_that_stands_and_was_not_debited_is_found(void)
{
    struct world w;
    world_open(&w);
    put_purchase(&w, &w.refused, PURCHASE_PURCHASED);
    expect_violation(&w, 3, "is PURCHASED at the switch: expected 400 debited, the books have 0");
}

static void one_that_does_not_stand_and_was_debited_is_found(void)
{
    struct world w;
    world_open(&w);
    put_purchase(&w, &w.kept, PURCHASE_REFUSED);
    expect_violation(&w, 3, "is REFUSED at the switch: expected 0 debited, the books have 5000");
}

static void one_that_was_debited_twice_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation reversal = reversal_of(&w.kept, 1);
    post_purchase(w.harbour, &w.kept);
    post_purchase(w.harbour, &reversal);
    expect_violation(&w, 3, "the books have 5000 in 2 debits and 1 reversals");
}

static void one_that_the_switch_never_heard_of_is_found(void)
{
    struct world w;
    world_open(&w);
    struct operation unknown = purchase_of(9, 77, BETA);
    post_purchase(w.harbour, &unknown);
    expect_violation(&w, 3, "00095550001 debited 77 for a purchase unknown at the switch");
}

static void money_that_left_an_account_without_a_purchase_is_found(void)
{
    struct world w;
    world_open(&w);
    put_buyer(&w, OPENED_MINOR - 5000 - 21);
    expect_violation(&w, 1, "its accounts hold 949.79, by its journal 949.80");
    world_open(&w);
    put_buyer(&w, OPENED_MINOR - 5000 - 21);
    expect_violation(&w, 1, "and 50.20 was paid out to others: together not the 1,000.00");
}

static void an_issuer_that_is_not_among_the_parties_is_believed(void)
{
    struct world w;
    struct audit_result result;
    struct fault fault = {RESULT_OK, ""};
    world_open(&w);
    struct audit_party parties[] = {{{CENTRE, CLEARING_SWITCH, NULL}, w.centre}};
    must(audit_at_rest(parties, 1, NULL, 0, &result, &fault), &fault);
    CU_ASSERT_EQUAL(result.count, 0);
    world_close(&w);
}

/* --- figures ---------------------------------------------------------------------------------- */

static void totals_of_a_log_count_purchases(void)
{
    struct store *store = store_new();
    struct clearing_totals totals;
    struct fault fault = {RESULT_OK, ""};
    struct operation kept = purchase_of(1, 5000, ALPHA), given_up = purchase_of(2, 700, ALPHA);
    struct operation refused = purchase_of(3, 60, ALPHA), silent = purchase_of(4, 5, ALPHA);
    write_purchase(store, &kept, DAY, PURCHASE_PURCHASED, false);
    write_purchase(store, &given_up, DAY, PURCHASE_REVERSED, true);
    write_purchase(store, &refused, DAY, PURCHASE_REFUSED, false);
    write_purchase(store, &silent, DAY, PURCHASE_REVERSED, false);
    must(clearing_totals(store, NULL, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(totals.purchases, 2);
    CU_ASSERT_EQUAL(totals.purchased_minor, 5700);
    CU_ASSERT_EQUAL(totals.purchase_reversals, 1);
    CU_ASSERT_EQUAL(totals.repaid_minor, 700);
    CU_ASSERT_EQUAL(totals.claims, 0);
    CU_ASSERT_EQUAL_FATAL(totals.refusal_count, 2);
    CU_ASSERT_EQUAL(totals.refusals[0].code, CODE_FUNDS);
    CU_ASSERT_EQUAL(totals.refusals[0].purchases, 1);
    CU_ASSERT_EQUAL(totals.refusals[1].code, CODE_NO_ANSWER);
    CU_ASSERT_EQUAL(position_net(positions_find(&totals.positions, ALPHA, "156")), 5000);
    must(positions_check(&totals.positions, &fault), &fault);
    store_close(store);
}

static bool add_record(void *context, const struct store_log_record *record)
{
    struct journal_entry entry;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    must(summary_add(context, &entry, &fault), &fault);
    return true;
}

static void add_all(struct summary *summary, struct store *store)
{
    struct fault fault = {RESULT_OK, ""};
    must(store_log_scan(store, 1, 0, add_record, summary, &fault), &fault);
}

static void figures_of_a_date_say_who_owes_whom_for_purchases(void)
{
    struct store *store = store_new();
    struct summary summary;
    struct fault fault = {RESULT_OK, ""};
    struct operation kept = purchase_of(1, 5000, ALPHA), given_up = purchase_of(2, 700, ALPHA);
    struct operation refused = purchase_of(3, 60, BETA), all_back = purchase_of(4, 5, BETA);
    write_purchase(store, &kept, DAY, PURCHASE_PURCHASED, false);
    write_purchase(store, &given_up, DAY, PURCHASE_REVERSED, true);
    write_purchase(store, &refused, DAY, PURCHASE_REFUSED, false);
    write_purchase(store, &all_back, DAY, PURCHASE_REVERSED, true);
    must(summary_open(&summary, DAY, &fault), &fault);
    add_all(&summary, store);
    const struct summary_party *issuer = summary_find(&summary, HARBOUR);
    const struct summary_party *acquirer = summary_find(&summary, ALPHA);
    const struct summary_party *other = summary_find(&summary, BETA);
    CU_ASSERT_PTR_NOT_NULL_FATAL(issuer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(acquirer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    CU_ASSERT_EQUAL(summary.all.purchased.minor, 5705);
    CU_ASSERT_EQUAL(summary.all.repaid.count, 2);
    CU_ASSERT_EQUAL(issuer->figures.purchased.count, 3);
    CU_ASSERT_EQUAL(issuer->figures.refused, 1);
    CU_ASSERT_EQUAL(acquirer->figures.repaid.minor, 700);
    CU_ASSERT_EQUAL(other->figures.refusals[0].purchases, 1);
    const struct summary_tally *flow = summary_flow(&summary, (size_t)(issuer - summary.parties),
                                                    (size_t)(acquirer - summary.parties));
    CU_ASSERT_EQUAL(flow->minor, 5000);
    CU_ASSERT_EQUAL(flow->count, 1);
    flow = summary_flow(&summary, (size_t)(issuer - summary.parties),
                        (size_t)(other - summary.parties));
    CU_ASSERT_EQUAL(flow->minor, 0);
    CU_ASSERT_EQUAL(flow->count, 0);
    summary_close(&summary);
    store_close(store);
}

SUITE(CASE(a_world_in_order_has_no_violation), CASE(what_was_forgotten_counts_as_it_was),
      CASE(a_dispute_is_as_its_issuers_book_has_it), CASE(a_dispute_that_nobody_can_see_is_found),
      CASE(what_is_unfinished_is_found), CASE(one_that_stands_and_was_not_debited_is_found),
      CASE(one_that_does_not_stand_and_was_debited_is_found),
      CASE(one_that_was_debited_twice_is_found), CASE(one_that_the_switch_never_heard_of_is_found),
      CASE(money_that_left_an_account_without_a_purchase_is_found),
      CASE(an_issuer_that_is_not_among_the_parties_is_believed),
      CASE(totals_of_a_log_count_purchases),
      CASE(figures_of_a_date_say_who_owes_whom_for_purchases))
