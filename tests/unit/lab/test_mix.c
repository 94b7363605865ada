/* Load files: what is read, and what is refused with its place. */
#include "lab/mix.h"

#include "lab_text.h"

#define MIX_TEXT                                                                                   \
    "name: A short evening\n"                                                                      \
    "operations: {claim: 80, freeze: 10, unfreeze: 9, inquiry: 1, purchase: 20}\n"                 \
    "arrivals: even\n"                                                                             \
    "ramp_ms: 1000\n"                                                                              \
    "burst: {every_ms: 5000, for_ms: 500, times: 3}\n"                                             \
    "packets: {shares: 8, amount: 88.88, split: random, claims_from: oldest, stock: 7}\n"          \
    "purchases: {amount: 18.80}\n"

static void reads_all_that_a_load_file_says(void)
{
    struct mix mix;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(mix_parse(bytes_text(MIX_TEXT), "mix.yaml", &mix, &fault), RESULT_OK);
    CU_ASSERT_STRING_EQUAL(mix.name, "A short evening");
    CU_ASSERT_EQUAL(mix.weights[MIX_CLAIM], 80);
    CU_ASSERT_EQUAL(mix.weights[MIX_FREEZE], 10);
    CU_ASSERT_EQUAL(mix.weights[MIX_UNFREEZE], 9);
    CU_ASSERT_EQUAL(mix.weights[MIX_INQUIRY], 1);
    CU_ASSERT_EQUAL(mix.arrivals, MIX_EVEN);
    CU_ASSERT_EQUAL(mix.shape.ramp_ms, 1000);
    CU_ASSERT_EQUAL(mix.shape.burst_every_ms, 5000);
    CU_ASSERT_EQUAL(mix.shape.burst_ms, 500);
    CU_ASSERT_EQUAL(mix.shape.burst_times, 3);
    CU_ASSERT_EQUAL(mix.shares, 8);
    CU_ASSERT_EQUAL(mix.amount_minor, 8888);
    CU_ASSERT_TRUE(mix.is_random_split);
    CU_ASSERT_EQUAL(mix.claims_from, MIX_OLDEST);
    CU_ASSERT_EQUAL(mix.stock, 7);
    CU_ASSERT_EQUAL(mix.weights[MIX_PURCHASE], 20);
    CU_ASSERT_EQUAL(mix.purchase_minor, 1880);
}

static void has_a_default_for_all_but_the_essential(void)
{
    struct mix mix;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL_FATAL(
        mix_parse(
            bytes_text("name: x\noperations: {claim: 1}\npackets: {shares: 2, amount: 0.02}\n"),
            "mix.yaml", &mix, &fault),
        RESULT_OK);
    CU_ASSERT_EQUAL(mix.weights[MIX_FREEZE] + mix.weights[MIX_UNFREEZE] + mix.weights[MIX_INQUIRY],
                    0);
    CU_ASSERT_EQUAL(mix.arrivals, MIX_POISSON);
    CU_ASSERT_EQUAL(mix.shape.ramp_ms + mix.shape.burst_every_ms, 0);
    CU_ASSERT_FALSE(mix.is_random_split);
    CU_ASSERT_EQUAL(mix.claims_from, MIX_ANY);
    CU_ASSERT_EQUAL(mix.stock, 100);
    CU_ASSERT_EQUAL(mix.weights[MIX_PURCHASE], 0);
    CU_ASSERT_EQUAL(mix.purchase_minor, 1250);
}

static void refuses(const char *from, const char *to, const char *part)
{
    struct strbuf text = text_with(MIX_TEXT, from, to);
    struct mix mix;
    struct fault fault = {RESULT_OK, ""};
    CU_ASSERT_EQUAL(mix_parse(bytes_of(text.text, text.len), "mix.yaml", &mix, &fault),
                    RESULT_INPUT);
    ASSERT_CONTAINS(fault.text, part);
    ASSERT_CONTAINS(fault.text, "mix.yaml:");
    strbuf_deinit(&text);
}

static void refuses_operations_that_are_none(void)
{
    refuses("claim: 80", "refund: 80", "refund");
    refuses("purchase: 20", "purchase: 1001", "1000");
    refuses("claim: 80", "claim: 1001", "1000");
    refuses("claim: 80", "claim: -1", "claim");
    refuses("{claim: 80, freeze: 10, unfreeze: 9, inquiry: 1, purchase: 20}", "{claim: 0}",
            "at least one");
    refuses("{claim: 80, freeze: 10, unfreeze: 9, inquiry: 1, purchase: 20}", "claim",
            "operations");
}

static void refuses_shapes_that_are_none(void)
{
    refuses("arrivals: even", "arrivals: sometimes", "poisson");
    refuses("ramp_ms: 1000", "ramp_ms: 3600001", "ramp_ms");
    refuses("for_ms: 500", "for_ms: 5000", "less than `every_ms`");
    refuses("times: 3", "times: 1", "times");
    refuses("times: 3", "times: 101", "100");
    refuses("every_ms: 5000, ", "", "every_ms");
}

static void refuses_packets_that_are_none(void)
{
    refuses("shares: 8", "shares: 0", "shares");
    refuses("shares: 8", "shares: 10000", "9999");
    refuses("amount: 88.88", "amount: 0.07", "0.01 for each of 8");
    refuses("amount: 88.88", "amount: 88.8", "two decimals");
    refuses("amount: 18.80", "amount: 0", "amount");
    refuses("split: random", "split: given", "equal");
    refuses("claims_from: oldest", "claims_from: newest", "oldest");
    refuses("stock: 7", "stock: 0", "stock");
    refuses("stock: 7", "stock: 10001", "10000");
    refuses("stock: 7", "stocks: 7", "stocks");
}

static void refuses_a_file_without_the_essential(void)
{
    refuses("name: A short evening\n", "", "name");
    refuses("arrivals: even\n", "arrivals: even\nrate: 100\n", "rate");
}

static void reads_the_shipped_loads(void)
{
    static const char *const names[] = {"claims", "hot-packet", "new-year"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        struct mix mix;
        struct fault fault = {RESULT_OK, ""};
        snprintf(path, sizeof path, "%s/loads/%s.yaml", SPECS_DIR, names[i]);
        CU_ASSERT_EQUAL(mix_load(path, &mix, &fault), RESULT_OK);
    }
}

SUITE(CASE(reads_all_that_a_load_file_says), CASE(has_a_default_for_all_but_the_essential),
      CASE(refuses_operations_that_are_none), CASE(refuses_shapes_that_are_none),
      CASE(refuses_packets_that_are_none), CASE(refuses_a_file_without_the_essential),
      CASE(reads_the_shipped_loads))
