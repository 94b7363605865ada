/* Fee tables: what a rule makes of an amount, which rule holds, and what is no table. */
#include "clearing/fee.h"

#include "suite.h"

#include <stdio.h>

static struct fee_table *table_of(const char *text)
{
    struct fee_table *table;
    struct fault fault = {RESULT_OK, ""};
    enum result result = fee_table_parse(bytes_text(text), "fees.yaml", &table, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
    return table;
}

/* One fee with these rules. */
static struct fee_table *rules_of(const char *rules)
{
    char text[1024];
    snprintf(text, sizeof text,
             "table: t\nfees:\n  - fee: f\n    payer: acquirer\n    rules: [%s]\n", rules);
    return table_of(text);
}

static void expect_no_rules(const char *rules, const char *why)
{
    char text[1024];
    struct fee_table *table;
    struct fault fault = {RESULT_OK, ""};
    snprintf(text, sizeof text,
             "table: t\nfees:\n  - fee: f\n    payer: acquirer\n    rules: [%s]\n", rules);
    CU_ASSERT_EQUAL(fee_table_parse(bytes_text(text), "fees.yaml", &table, &fault), RESULT_INPUT);
    CU_ASSERT_PTR_NULL(table);
    ASSERT_CONTAINS(fault.text, "fees.yaml:");
    ASSERT_CONTAINS(fault.text, why);
}

static int64_t fee_by(const char *rule, int64_t amount_minor)
{
    int64_t fee_minor = 0;
    struct fee_table *table = rules_of(rule);
    CU_ASSERT_TRUE_FATAL(fee_rule_apply(&table->fees[0].rules[0], amount_minor, &fee_minor));
    fee_table_free(table);
    return fee_minor;
}

/* --- rounding --------------------------------------------------------------------------------- */

static void a_half_goes_where_its_rule_says(void)
{
    /* 1 % of 50, 150 and 250: 0.5, 1.5 and 2.5 */
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_up}", 50), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_up}", 150), 2);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_up}", 250), 3);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_even}", 50), 0);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_even}", 150), 2);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_even}", 250), 2);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: down}", 150), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: up}", 150), 2);
}

static void less_and_more_than_a_half_are_plain(void)
{
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_up}", 149), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_even}", 149), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: half_even}", 251), 3);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: down}", 199), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: up}", 101), 2);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: up}", 100), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, round: up}", 0), 0);
}

static void a_rebate_is_rounded_as_the_charge_of_its_size(void)
{
    CU_ASSERT_EQUAL(fee_by("{rate: -1 %, round: half_up}", 50), -1);
    CU_ASSERT_EQUAL(fee_by("{rate: -1 %, round: half_even}", 250), -2);
    CU_ASSERT_EQUAL(fee_by("{rate: -1 %, round: down}", 199), -1);
    CU_ASSERT_EQUAL(fee_by("{rate: -1 %, round: up}", 101), -2);
}

static void the_smallest_rate_is_exact(void)
{
    /* 0.000001 % of 0.5 million is 0.005; of 50 million, 0.5. */
    CU_ASSERT_EQUAL(fee_by("{rate: 0.000001 %, round: half_up}", 50000000), 1);
    CU_ASSERT_EQUAL(fee_by("{rate: 0.000001 %, round: half_up}", 49999999), 0);
    CU_ASSERT_EQUAL(fee_by("{rate: 0.0325%, round: half_up}", 20000), 7);
    CU_ASSERT_EQUAL(fee_by("{rate: 0.0325 %, round: down}", 20000), 6);
}

static void the_largest_amount_at_the_largest_rate_fits(void)
{
    CU_ASSERT_EQUAL(fee_by("{rate: 100 %, round: up}", 99999999999), 99999999999);
    CU_ASSERT_EQUAL(fee_by("{rate: 99.999999 %, round: down}", 99999999999), 99999998999);
    CU_ASSERT_EQUAL(fee_by("{rate: -100 %, round: up}", 99999999999), -99999999999);
}

static void refuses_what_has_over_eleven_digits(void)
{
    int64_t fee_minor;
    struct fee_table *table = rules_of("{fixed: 1, rate: 100 %, round: up}");
    const struct fee_rule *rule = &table->fees[0].rules[0];
    CU_ASSERT_TRUE(fee_rule_apply(rule, 99999999998, &fee_minor));
    CU_ASSERT_FALSE(fee_rule_apply(rule, 99999999999, &fee_minor)); /* no maximum was given */
    CU_ASSERT_FALSE(fee_rule_apply(rule, 100000000000, &fee_minor));
    CU_ASSERT_FALSE(fee_rule_apply(rule, -1, &fee_minor));
    fee_table_free(table);
    table = rules_of("{fixed: -99999999999, rate: -100 %, round: down}");
    CU_ASSERT_TRUE(fee_rule_apply(&table->fees[0].rules[0], 0, &fee_minor));
    CU_ASSERT_EQUAL(fee_minor, -99999999999);
    CU_ASSERT_FALSE(fee_rule_apply(&table->fees[0].rules[0], 1, &fee_minor));
    fee_table_free(table);
    CU_ASSERT_EQUAL(fee_by("{fixed: 1, rate: 100 %, max: 99999999999, round: up}", 99999999999),
                    99999999999);
    CU_ASSERT_EQUAL(fee_by("{fixed: -1, rate: -100 %, min: -7, round: up}", 99999999999), -7);
}

/* --- minimum and maximum ---------------------------------------------------------------------- */

static void minimum_and_maximum_hold_the_whole(void)
{
    const char *rule = "{fixed: 2, rate: 1 %, min: 5, max: 10, round: half_up}";
    CU_ASSERT_EQUAL(fee_by(rule, 1), 5);
    CU_ASSERT_EQUAL(fee_by(rule, 299), 5);
    CU_ASSERT_EQUAL(fee_by(rule, 400), 6);
    CU_ASSERT_EQUAL(fee_by(rule, 800), 10);
    CU_ASSERT_EQUAL(fee_by(rule, 850), 10);
    CU_ASSERT_EQUAL(fee_by("{rate: -1 %, min: -3, round: half_up}", 1000), -3);
    CU_ASSERT_EQUAL(fee_by("{rate: 1 %, min: 4, max: 4, round: down}", 1), 4);
}

static void a_fixed_fee_does_not_ask_for_the_amount(void)
{
    CU_ASSERT_EQUAL(fee_by("{fixed: 7}", 1), 7);
    CU_ASSERT_EQUAL(fee_by("{fixed: 7}", 99999999999), 7);
    CU_ASSERT_EQUAL(fee_by("{fixed: -7}", 1), -7);
    CU_ASSERT_EQUAL(fee_by("{fixed: 0}", 1), 0);
}

/* --- which rule ------------------------------------------------------------------------------- */

static int64_t fixed_for(const struct fee_table *table, uint64_t payer, const char *currency)
{
    const struct fee_rule *rule = fee_rule_find(&table->fees[0], payer, currency);
    return rule != NULL ? rule->fixed_minor : -1;
}

static void the_most_specific_rule_holds(void)
{
    struct fee_table *table = rules_of("{fixed: 1}, {currency: 840, fixed: 2},"
                                       "{institution: 91230001, fixed: 3},"
                                       "{institution: 00091230001, currency: 840, fixed: 4}");
    CU_ASSERT_EQUAL(fixed_for(table, 5, "156"), 1);
    CU_ASSERT_EQUAL(fixed_for(table, 5, "840"), 2);
    CU_ASSERT_EQUAL(fixed_for(table, 91230001, "156"), 3);
    CU_ASSERT_EQUAL(fixed_for(table, 91230001, "840"), 4);
    fee_table_free(table);
}

static void without_a_rule_there_is_no_fee(void)
{
    struct fee_table *table = rules_of("{institution: 91230001, currency: 840, fixed: 4}");
    CU_ASSERT_EQUAL(fixed_for(table, 91230001, "156"), -1);
    CU_ASSERT_EQUAL(fixed_for(table, 91230002, "840"), -1);
    fee_table_free(table);
}

/* --- one share -------------------------------------------------------------------------------- */

static const char ALL_ROLES[] = "table: all-roles\n"
                                "fees:\n"
                                "  - {fee: a, payer: acquirer, rules: [{fixed: 5}]}\n"
                                "  - {fee: b, payer: sender_wallet, to: sender_issuer,"
                                "     rules: [{fixed: 3}]}\n"
                                "  - {fee: c, payer: receiver_issuer, to: sender_issuer,"
                                "     rules: [{rate: 1 %, round: down}]}\n"
                                "  - {fee: d, payer: sender_issuer, rules: [{fixed: -2}]}\n"
                                "  - {fee: e, payer: acquirer, to: sender_wallet,"
                                "     rules: [{fixed: -4}]}\n";

static struct fee_share share_of(uint64_t acquirer, uint64_t sender_issuer,
                                 uint64_t receiver_issuer, uint64_t sender_wallet)
{
    return (struct fee_share){
        .institutions = {acquirer, sender_issuer, receiver_issuer, sender_wallet, 1},
        .currency = {'1', '5', '6'},
        .amount_minor = 1000,
    };
}

static void each_role_sees_its_own_side(void)
{
    struct fee_items items;
    struct fault fault = {RESULT_OK, ""};
    struct fee_table *table = table_of(ALL_ROLES);
    struct fee_share share = share_of(10, 20, 30, 40);
    CU_ASSERT_EQUAL_FATAL(fee_table_apply(table, &share, &items, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(items.count, 5);
    struct fee_side acquirer;
    fee_items_side(table, &items, FEE_ACQUIRER, &acquirer);
    CU_ASSERT_EQUAL(acquirer.switch_minor, -5);
    CU_ASSERT_EQUAL(acquirer.receivable_minor, 4);
    CU_ASSERT_EQUAL(acquirer.payable_minor, 0);
    struct fee_side sender;
    fee_items_side(table, &items, FEE_SENDER_ISSUER, &sender);
    CU_ASSERT_EQUAL(sender.switch_minor, 2);
    CU_ASSERT_EQUAL(sender.receivable_minor, 13);
    CU_ASSERT_EQUAL(sender.payable_minor, 0);
    struct fee_side receiver;
    fee_items_side(table, &items, FEE_RECEIVER_ISSUER, &receiver);
    CU_ASSERT_EQUAL(receiver.payable_minor, 10);
    CU_ASSERT_EQUAL(receiver.switch_minor, 0);
    struct fee_side wallet;
    fee_items_side(table, &items, FEE_SENDER_WALLET, &wallet);
    CU_ASSERT_EQUAL(wallet.payable_minor, 7);
    CU_ASSERT_EQUAL(wallet.receivable_minor, 0);
    fee_table_free(table);
}

static void nobody_pays_a_fee_to_itself(void)
{
    struct fee_items items;
    struct fault fault = {RESULT_OK, ""};
    struct fee_table *table = table_of(ALL_ROLES);
    struct fee_share share = share_of(10, 20, 20, 10);
    CU_ASSERT_EQUAL_FATAL(fee_table_apply(table, &share, &items, &fault), RESULT_OK);
    CU_ASSERT_EQUAL_FATAL(items.count, 3);
    CU_ASSERT_EQUAL(items.list[0].fee, 0);
    CU_ASSERT_EQUAL(items.list[1].fee, 1);
    CU_ASSERT_EQUAL(items.list[2].fee, 3);
    fee_table_free(table);
}

static void a_fee_of_nothing_is_none(void)
{
    struct fee_items items = {.count = 9};
    struct fault fault = {RESULT_OK, ""};
    struct fee_table *table = rules_of("{rate: 0.01 %, round: down}");
    struct fee_share share = share_of(10, 20, 30, 40);
    CU_ASSERT_EQUAL(fee_table_apply(table, &share, &items, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(items.count, 0);
    CU_ASSERT_EQUAL(fee_table_apply(NULL, &share, &items, &fault), RESULT_OK);
    CU_ASSERT_EQUAL(items.count, 0);
    share.amount_minor = 100000000000;
    CU_ASSERT_EQUAL(fee_table_apply(table, &share, &items, &fault), RESULT_LIMIT);
    ASSERT_CONTAINS(fault.text, "the fee f on 100000000000 minor units has over 11 digits");
    fee_table_free(table);
}

/* --- what is no table ------------------------------------------------------------------------- */

static void refuses_rates_that_are_not_exact_per_cents(void)
{
    static const char *const rates[] = {"0.0325", "1e-3 %", "0.0000001 %", "100.000001 %",
                                        "1000 %", ".5 %",   "1. %",        "1  %",
                                        "+1 %",   "1,5 %",  "- 1 %",       "half"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        char rule[64];
        snprintf(rule, sizeof rule, "{rate: \"%s\", round: up}", rates[i]);
        expect_no_rules(rule, "`rate`: expected a per cent of -100 to 100 with at most 6 decimals");
    }
}

static void refuses_rules_that_do_not_add_up(void)
{
    expect_no_rules("", "expected 1 to 1024 rules");
    expect_no_rules("{institution: 91230001}", "expected `fixed`, `rate` or both");
    expect_no_rules("{rate: 1 %}", "round");
    expect_no_rules("{rate: 1 %, round: nearest}", "half_even");
    expect_no_rules("{rate: 1 %, round: up, min: 5, max: 4}", "at most what `max` says");
    expect_no_rules("{fixed: 1, min: 5}", "min");
    expect_no_rules("{fixed: 100000000000}", "fixed");
    expect_no_rules("{fixed: 1.5}", "fixed");
    expect_no_rules("{fixed: 1, institution: 0}", "nobody has this id");
    expect_no_rules("{fixed: 1, institution: 123456789012}", "institution");
    expect_no_rules("{fixed: 1, currency: CNY}", "currency");
    expect_no_rules("{fixed: 1, colour: red}", "colour");
    expect_no_rules("{fixed: 1}, {fixed: 2}", "of the same institution and currency");
    expect_no_rules("{fixed: 1, institution: 7}, {fixed: 2, institution: 007}",
                    "of the same institution and currency");
}

static void expect_no_table(const char *text, const char *why)
{
    struct fee_table *table;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(fee_table_parse(bytes_text(text), "fees.yaml", &table, &fault), RESULT_INPUT);
    CU_ASSERT_PTR_NULL(table);
    ASSERT_CONTAINS(fault.text, why);
}

static void refuses_what_is_no_table(void)
{
    expect_no_table("", "fees.yaml");
    expect_no_table("table: t\n", "fees");
    expect_no_table("table: t\nfees: []\n", "expected 1 to 16 fees");
    expect_no_table("table: T t\nfees: [{fee: f, payer: acquirer, rules: [{fixed: 1}]}]\n",
                    "`table`: expected lower-case letters");
    expect_no_table("table: t\nfees: [{fee: f, payer: switch, rules: [{fixed: 1}]}]\n", "acquirer");
    expect_no_table(
        "table: t\nfees: [{fee: f, payer: acquirer, to: acquirer, rules: [{fixed: 1}]}]",
        "another than the payer");
    expect_no_table("table: t\nfees: [{fee: f, payer: acquirer, to: cardholder, rules: []}]",
                    "sender_wallet");
    expect_no_table("table: t\nfees:\n"
                    "  - {fee: f, payer: acquirer, rules: [{fixed: 1}]}\n"
                    "  - {fee: f, payer: acquirer, rules: [{fixed: 1}]}\n",
                    "fees.yaml:4:5: another fee has this name");
}

static void refuses_more_fees_than_a_row_has_room_for(void)
{
    char text[2048];
    size_t len = (size_t)snprintf(text, sizeof text, "table: t\nfees:\n");
    for (int i = 0; i <= FEES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "  - {fee: f%d, payer: acquirer, rules: [{fixed: 1}]}\n", i);
    expect_no_table(text, "expected 1 to 16 fees");
}

static void the_shipped_table_is_one(void)
{
    struct fee_table *table;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(fee_table_load(SPECS_DIR "/fees/example.yaml", &table, &fault),
                          RESULT_OK);
    CU_ASSERT_STRING_EQUAL(table->name, "example");
    CU_ASSERT_EQUAL(table->count, 4);
    fee_table_free(table);
    CU_ASSERT_EQUAL(fee_table_load(SPECS_DIR "/fees/none.yaml", &table, &fault), RESULT_IO);
    CU_ASSERT_PTR_NULL(table);
}

SUITE(CASE(a_half_goes_where_its_rule_says), CASE(less_and_more_than_a_half_are_plain),
      CASE(a_rebate_is_rounded_as_the_charge_of_its_size), CASE(the_smallest_rate_is_exact),
      CASE(the_largest_amount_at_the_largest_rate_fits), CASE(refuses_what_has_over_eleven_digits),
      CASE(minimum_and_maximum_hold_the_whole), CASE(a_fixed_fee_does_not_ask_for_the_amount),
      CASE(the_most_specific_rule_holds), CASE(without_a_rule_there_is_no_fee),
      CASE(each_role_sees_its_own_side), CASE(nobody_pays_a_fee_to_itself),
      CASE(a_fee_of_nothing_is_none), CASE(refuses_rates_that_are_not_exact_per_cents),
      CASE(refuses_rules_that_do_not_add_up), CASE(refuses_what_is_no_table),
      CASE(refuses_more_fees_than_a_row_has_room_for), CASE(the_shipped_table_is_one))
