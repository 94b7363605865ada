/* The life of a purchase: every state met by every event, written out from docs/protocol.md. */
#include "base/aborts.h"
#include "redpacket/purchase.h"
#include "sample.h"

static struct purchase in_state(enum purchase_state state)
{
    struct purchase purchase;
    struct operation request = sample_purchase();
    purchase_begin(&purchase, &request, SENDER_ISSUER, DATE, 9);
    purchase.state = state;
    return purchase;
}

/* --- the request ------------------------------------------------------------------------------ */

static void takes_a_purchase_at_its_limits(void)
{
    struct operation request = sample_purchase();
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_APPROVED);
    request.amount_minor = 1;
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_APPROVED);
    request.amount_minor = 99999999999;
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_APPROVED);
    request.acquirer = institution_of("91230001"); /* the same number in another width */
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_APPROVED);
}

static void refuses_a_purchase_past_its_limits(void)
{
    struct operation request = sample_purchase();
    request.amount_minor = 0;
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_AMOUNT);
    request.amount_minor = 100000000000;
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_AMOUNT);
    request = sample_purchase();
    CU_ASSERT_EQUAL(purchase_check_request(&request, "840"), CODE_AMOUNT);
    request.acquirer = institution_of("00091230002");
    CU_ASSERT_EQUAL(purchase_check_request(&request, "156"), CODE_RELATED_INVALID);
}

/* --- its reversal ----------------------------------------------------------------------------- */

static void matches_a_reversal_to_its_purchase_by_everything(void)
{
    struct purchase purchase = in_state(PURCHASE_PURCHASED);
    struct operation good = sample_of(OPERATION_PURCHASE_REVERSAL), bad[8];
    CU_ASSERT_EQUAL(purchase_check_reversal(&purchase, &good), CODE_APPROVED);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        bad[i] = good;
    bad[0].card = pan_of(RECEIVER);
    bad[1].amount_minor--;
    memcpy(bad[2].currency, "840", 3);
    bad[3].acquirer = institution_of("00091230002");
    bad[4].forwarder = institution_of("00091230002");
    bad[5].original.stan++;
    bad[6].original.forwarder++;
    bad[7].original.mti = 220;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(purchase_check_reversal(&purchase, &bad[i]), CODE_RELATED_INVALID);
}

static void a_reversal_of_one_never_seen_is_its_senders_own(void)
{
    struct operation good = sample_of(OPERATION_PURCHASE_REVERSAL), bad = good;
    CU_ASSERT_EQUAL(purchase_check_unseen(&good), CODE_APPROVED);
    bad.original.forwarder++;
    CU_ASSERT_EQUAL(purchase_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.original.acquirer++;
    CU_ASSERT_EQUAL(purchase_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.original.mti = 100;
    CU_ASSERT_EQUAL(purchase_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.acquirer = institution_of("00091230002");
    bad.original.acquirer = bad.acquirer.number;
    CU_ASSERT_EQUAL(purchase_check_unseen(&bad), CODE_RELATED_INVALID);
}

static void decides_a_reversal_in_every_state(void)
{
    static const struct {
        uint16_t code;
        bool reverses;
    } same_day[PURCHASE_STATES] = {
        [PURCHASE_NONE] = {CODE_APPROVED, false},
        [PURCHASE_PURCHASING] = {CODE_APPROVED, true},
        [PURCHASE_PURCHASED] = {CODE_APPROVED, true},
        [PURCHASE_REFUSED] = {CODE_APPROVED, false},
        [PURCHASE_REVERSING] = {CODE_APPROVED, false},
        [PURCHASE_REVERSED] = {CODE_APPROVED, false},
        [PURCHASE_DISPUTED] = {CODE_APPROVED, false},
    };
    for (enum purchase_state state = PURCHASE_NONE; state < PURCHASE_STATES; state++)
        for (uint32_t later = 0; later < 2; later++) {
            struct purchase purchase = in_state(state);
            bool reverses, is_too_late = later == 1 && state == PURCHASE_PURCHASED;
            CU_ASSERT_EQUAL(purchase_decide_reversal(&purchase, DATE + later, &reverses),
                            is_too_late ? CODE_STATE : same_day[state].code);
            CU_ASSERT_EQUAL(reverses, is_too_late ? false : same_day[state].reverses);
        }
}

static void its_own_reversal_names_it_and_carries_its_day(void)
{
    struct purchase purchase = in_state(PURCHASE_REVERSING);
    struct operation reversal;
    struct original named = operation_as_original(&purchase.request);
    purchase_reversal(&purchase, &reversal);
    CU_ASSERT_EQUAL(reversal.kind, OPERATION_PURCHASE_REVERSAL);
    CU_ASSERT_EQUAL(reversal.amount_minor, purchase.request.amount_minor);
    CU_ASSERT_EQUAL(reversal.settlement, DATE % 10000);
    CU_ASSERT_TRUE(pan_equal(&reversal.card, &purchase.request.card));
    CU_ASSERT_TRUE(original_equal(&reversal.original, &named));
}

/* --- its states ------------------------------------------------------------------------------- */

static void moves_as_the_picture_says_and_not_otherwise(void)
{
    static const char *const ways[] = {"PURCHASING>PURCHASED", "PURCHASING>REFUSED",
                                       "PURCHASING>REVERSING", "PURCHASED>REVERSING",
                                       "REVERSING>REVERSED",   "REVERSING>DISPUTED"};
    unsigned count = 0;
    for (enum purchase_state from = PURCHASE_NONE; from < PURCHASE_STATES; from++)
        for (enum purchase_state to = PURCHASE_NONE; to < PURCHASE_STATES; to++) {
            char way[64];
            bool is_there = false;
            snprintf(way, sizeof way, "%s>%s", purchase_state_name(from), purchase_state_name(to));
            for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
                is_there = is_there || strcmp(way, ways[i]) == 0;
            CU_ASSERT_EQUAL(purchase_can_move(from, to), is_there);
            count += purchase_can_move(from, to);
        }
    CU_ASSERT_EQUAL(count, 6);
}

static void whoever_comes_second_changes_nothing(void)
{
    struct purchase purchase = in_state(PURCHASE_REVERSING);
    CU_ASSERT_FALSE(purchase_move(&purchase, PURCHASE_PURCHASING, PURCHASE_PURCHASED));
    CU_ASSERT_EQUAL(purchase.state, PURCHASE_REVERSING);
    CU_ASSERT_TRUE(purchase_move(&purchase, PURCHASE_REVERSING, PURCHASE_REVERSED));
}

static void knows_what_is_open_over_and_owed(void)
{
    static const struct {
        bool open, over, owed;
    } of[PURCHASE_STATES] = {
        [PURCHASE_PURCHASING] = {true, false, false}, [PURCHASE_PURCHASED] = {false, true, true},
        [PURCHASE_REFUSED] = {false, true, false},    [PURCHASE_REVERSING] = {true, false, false},
        [PURCHASE_REVERSED] = {false, true, false},
    };
    for (enum purchase_state state = PURCHASE_NONE; state < PURCHASE_STATES; state++) {
        struct purchase purchase = in_state(state);
        CU_ASSERT_EQUAL(purchase_is_open(state), of[state].open);
        CU_ASSERT_EQUAL(purchase_is_over(&purchase), of[state].over);
        CU_ASSERT_EQUAL(purchase_is_owed(&purchase), of[state].owed);
    }
    CU_ASSERT_STRING_EQUAL(purchase_state_name(PURCHASE_STATES), "unknown");
}

/* --- its record ------------------------------------------------------------------------------- */

static void reads_back_what_it_writes(void)
{
    struct purchase purchase = in_state(PURCHASE_DISPUTED), back;
    uint8_t record[PURCHASE_RECORD_MAX];
    purchase.over_s = 4000000000;
    size_t len = purchase_encode(&purchase, record);
    purchase_decode(bytes_of(record, len), &back);
    CU_ASSERT_EQUAL(back.state, PURCHASE_DISPUTED);
    CU_ASSERT_EQUAL(back.issuer, SENDER_ISSUER);
    CU_ASSERT_EQUAL(back.settlement_date, DATE);
    CU_ASSERT_EQUAL(back.owner, 9);
    CU_ASSERT_EQUAL(back.over_s, 4000000000);
    CU_ASSERT_TRUE(same_operation(&back.request, &purchase.request));
    purchase_decode(bytes_of(NULL, 0), &back);
    CU_ASSERT_EQUAL(back.state, PURCHASE_NONE);
}

static uint8_t damaged[PURCHASE_RECORD_MAX];
static size_t damaged_len;

static void decode_in_child(void)
{
    struct purchase purchase;
    purchase_decode(bytes_of(damaged, damaged_len), &purchase);
}

static void a_damaged_record_stops_the_process(void)
{
    struct purchase purchase = in_state(PURCHASE_PURCHASED);
    size_t len = purchase_encode(&purchase, damaged);
    damaged_len = len - 1;
    CU_ASSERT_TRUE(aborts(decode_in_child));
    damaged_len = len;
    damaged[0]++;
    CU_ASSERT_TRUE(aborts(decode_in_child));
    damaged[0]--;
    damaged[1] = PURCHASE_STATES;
    CU_ASSERT_TRUE(aborts(decode_in_child));
    damaged[1] = PURCHASE_NONE;
    CU_ASSERT_TRUE(aborts(decode_in_child));
}

SUITE(CASE(takes_a_purchase_at_its_limits), CASE(refuses_a_purchase_past_its_limits),
      CASE(matches_a_reversal_to_its_purchase_by_everything),
      CASE(a_reversal_of_one_never_seen_is_its_senders_own),
      CASE(decides_a_reversal_in_every_state), CASE(its_own_reversal_names_it_and_carries_its_day),
      CASE(moves_as_the_picture_says_and_not_otherwise), CASE(whoever_comes_second_changes_nothing),
      CASE(knows_what_is_open_over_and_owed), CASE(reads_back_what_it_writes),
      CASE(a_damaged_record_stops_the_process))
