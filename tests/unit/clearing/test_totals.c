/* Totals over a switch's whole log, and positions. */
#include "clearing/fixture.h"

#include "clearing/totals.h"

static void refused(struct store *store, const struct operation *op, uint16_t code)
{
    write_own(store, JOURNAL_REFUSED, op, DAY, code, 0);
}

static void counts_what_the_switch_has_done_over_all_dates(void)
{
    struct day day;
    struct clearing_totals totals;
    struct fault fault = {RESULT_OK, ""};
    day_write(&day);
    struct operation later = freeze_of(5, 300, 1), claim = claim_of(&later, 1, 300, BETA);
    struct operation given_up = freeze_of(6, 40, 1);
    write_freeze(day.store, &later, NEXT_DAY);
    write_claim(day.store, &claim, NEXT_DAY, SHARE_CREDITED);
    write_freeze(day.store, &given_up, NEXT_DAY);
    given_up.kind = OPERATION_FREEZE_REVERSAL;
    move_freeze(day.store, &given_up, NEXT_DAY, FREEZE_FROZEN, FREEZE_REVERSING, 0);
    must(clearing_totals(day.store, NULL, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(totals.packets, 4);
    CU_ASSERT_EQUAL(totals.frozen_minor, 68888 + 340);
    CU_ASSERT_EQUAL(totals.claims, 4);
    CU_ASSERT_EQUAL(totals.credited, 3); /* one is to be confirmed */
    CU_ASSERT_EQUAL(totals.claimed_minor, 48888 + 300);
    CU_ASSERT_EQUAL(totals.released, 1);
    CU_ASSERT_EQUAL(totals.unfrozen_minor, 20000);
    CU_ASSERT_EQUAL(totals.reversed, 1);
    CU_ASSERT_EQUAL(totals.reversed_minor, 40);
    CU_ASSERT_EQUAL(totals.refusal_count, 0);
    const struct position *harbour = positions_find(&totals.positions, HARBOUR, "156");
    CU_ASSERT_PTR_NOT_NULL_FATAL(harbour);
    CU_ASSERT_EQUAL(position_net(harbour), -49188);
    CU_ASSERT_PTR_NULL(positions_find(&totals.positions, ALPHA, "156"));
    store_close(day.store);
}

static void positions_have_the_fees_of_all_dates(void)
{
    struct day day;
    struct clearing_totals totals;
    struct fee_table *fees;
    struct fault fault = {RESULT_OK, ""};
    must(fee_table_parse(bytes_text("table: t\nfees:\n"
                                    "  - {fee: a, payer: acquirer, rules: [{fixed: 3}]}\n"),
                         "fees.yaml", &fees, &fault),
         &fault);
    day_write(&day);
    must(clearing_totals(day.store, fees, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(position_net(positions_find(&totals.positions, ALPHA, "156")), -3);
    CU_ASSERT_EQUAL(position_net(positions_find(&totals.positions, BETA, "156")), -6);
    CU_ASSERT_EQUAL(position_net(positions_find(&totals.positions, CENTRE, "156")), 9);
    must(positions_check(&totals.positions, &fault), &fault);
    fee_table_free(fees);
    store_close(day.store);
}

static void counts_a_confirmed_credit_once(void)
{
    struct day day;
    struct clearing_totals totals;
    struct fault fault = {RESULT_OK, ""};
    day_write(&day);
    move_share(day.store, &day.claims[2], DAY, SHARE_CREDIT_UNKNOWN, SHARE_CREDITED, CODE_APPROVED);
    must(clearing_totals(day.store, NULL, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(totals.credited, 3);
    CU_ASSERT_EQUAL(totals.claimed_minor, 48888);
    store_close(day.store);
}

static void counts_refusals_by_code_and_kind(void)
{
    struct store *store = store_new();
    struct clearing_totals totals;
    struct fault fault = {RESULT_OK, ""};
    struct operation freeze = freeze_of(1, 100, 1), claim = claim_of(&freeze, 1, 100, BETA);
    struct operation notice = about(&freeze, OPERATION_UNFREEZE);
    refused(store, &claim, CODE_STATE);
    refused(store, &notice, CODE_STATE);
    refused(store, &freeze, CODE_CARD);
    /* Refused by its issuer, and a claim whose debit or credit was refused or not answered. */
    struct journal_entry entry;
    journal_begin(&entry, JOURNAL_FREEZE, &freeze, 0);
    entry.from = FREEZE_FREEZING;
    entry.to = FREEZE_REFUSED;
    entry.code = CODE_FUNDS;
    write_entry(store, &entry);
    move_share(store, &claim, DAY, SHARE_NONE, SHARE_RESERVED, CODE_NONE);
    move_share(store, &claim, DAY, SHARE_RESERVED, SHARE_DEBIT_UNKNOWN, CODE_NO_ANSWER);
    move_share(store, &claim, DAY, SHARE_DEBIT_UNKNOWN, SHARE_RELEASED, CODE_APPROVED);
    move_share(store, &claim, DAY, SHARE_RELEASED, SHARE_RESERVED, CODE_NONE);
    move_share(store, &claim, DAY, SHARE_RESERVED, SHARE_CREDITING, CODE_NONE);
    move_share(store, &claim, DAY, SHARE_CREDITING, SHARE_REVERSING, CODE_RESTRICTED);
    must(clearing_totals(store, NULL, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(totals.claims, 3);
    CU_ASSERT_EQUAL(totals.credited, 0);
    static const struct clearing_refusal expected[] = {{CODE_CARD, 1, 1, 0, 0},
                                                       {CODE_STATE, 2, 0, 1, 0},
                                                       {CODE_FUNDS, 1, 1, 0, 0},
                                                       {CODE_RESTRICTED, 1, 0, 1, 0},
                                                       {CODE_NO_ANSWER, 1, 0, 1, 0}};
    CU_ASSERT_EQUAL_FATAL(totals.refusal_count, 5);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(totals.refusals[i].code, expected[i].code);
        CU_ASSERT_EQUAL(totals.refusals[i].count, expected[i].count);
        CU_ASSERT_EQUAL(totals.refusals[i].freezes, expected[i].freezes);
        CU_ASSERT_EQUAL(totals.refusals[i].claims, expected[i].claims);
    }
    store_close(store);
}

static void refuses_more_codes_than_it_has_room_for(void)
{
    struct store *store = store_new();
    struct clearing_totals totals;
    struct fault fault = {RESULT_OK, ""};
    struct operation freeze = freeze_of(1, 100, 1);
    for (uint16_t i = 0; i < TOTALS_CODES_MAX; i++)
        refused(store, &freeze, (uint16_t)(CODE_OF('A', '0') + i));
    must(clearing_totals(store, NULL, CENTRE, &totals, &fault), &fault);
    CU_ASSERT_EQUAL(totals.refusal_count, TOTALS_CODES_MAX);
    refused(store, &freeze, CODE_STATE);
    CU_ASSERT_EQUAL(clearing_totals(store, NULL, CENTRE, &totals, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "more than 64 response codes");
    store_close(store);
}

SUITE(CASE(counts_what_the_switch_has_done_over_all_dates),
      CASE(positions_have_the_fees_of_all_dates), CASE(counts_a_confirmed_credit_once),
      CASE(counts_refusals_by_code_and_kind), CASE(refuses_more_codes_than_it_has_room_for))
