/* The life of a share: every state met by every event, written out from docs/protocol.md; its
 * messages field by field; and the sums that its freeze keeps. */
#include "base/random.h"
#include "sample.h"

static struct freeze frozen(void)
{
    struct freeze freeze;
    struct operation request = sample_freeze();
    freeze_begin(&freeze, &request, SENDER_ISSUER, DATE, 9);
    freeze.state = FREEZE_FROZEN;
    return freeze;
}

static struct share share_in(enum share_state state)
{
    struct share share = {.state = state};
    if (state != SHARE_NONE)
        share.claim = sample_claim(1, 2500, 21);
    return share;
}

/* --- may this claim take this share? ---------------------------------------------------------- */

static void checks_a_claim_in_every_state_of_the_freeze(void)
{
    static const uint16_t expected[FREEZE_STATES] = {
        [FREEZE_NONE] = CODE_NO_ORIGINAL, [FREEZE_FREEZING] = CODE_STATE,
        [FREEZE_FROZEN] = CODE_APPROVED,  [FREEZE_REFUSED] = CODE_STATE,
        [FREEZE_REVERSING] = CODE_STATE,  [FREEZE_REVERSED] = CODE_STATE,
        [FREEZE_CLOSING] = CODE_STATE,    [FREEZE_CLOSED] = CODE_STATE,
        [FREEZE_DISPUTED] = CODE_STATE,
    };
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++) {
        struct freeze freeze = frozen();
        struct share share = share_in(SHARE_NONE);
        struct operation claim = sample_claim(1, 2500, 21);
        freeze.state = state;
        CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, CODE_APPROVED), expected[state]);
    }
}

static void checks_a_claim_in_every_state_of_the_share(void)
{
    for (enum share_state state = SHARE_NONE; state < SHARE_STATES; state++) {
        struct freeze freeze = frozen();
        struct share share = share_in(state);
        struct operation claim = sample_claim(1, 2500, 22);
        bool is_free = state == SHARE_NONE || state == SHARE_RELEASED;
        CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, CODE_APPROVED),
                        is_free ? CODE_APPROVED : CODE_STATE);
    }
}

static void refuses_a_claim_that_does_not_match_its_freeze(void)
{
    struct freeze freeze = frozen();
    struct share share = share_in(SHARE_NONE);
    struct operation good = sample_claim(SHARES, 2500, 21), bad;
    CU_ASSERT_EQUAL(share_check_claim(&good, &freeze, &share, CODE_APPROVED), CODE_APPROVED);
#undef REFUSED_WHEN
#define REFUSED_WHEN(expected, change)                                                             \
    do {                                                                                           \
        bad = good;                                                                                \
        change;                                                                                    \
        CU_ASSERT_EQUAL(share_check_claim(&bad, &freeze, &share, CODE_APPROVED), (expected));      \
    } while (0)
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.original.mti = 420);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.original.stan++);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.original.transmission++);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.original.acquirer++);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.original.forwarder++);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.reference.shares++);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.reference.share = 0);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.reference.share = SHARES + 1);
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.currency[2] = '0');
    REFUSED_WHEN(CODE_RELATED_INVALID, bad.receiver = pan_of(SENDER));
    REFUSED_WHEN(CODE_AMOUNT, bad.amount_minor = 0);
    REFUSED_WHEN(CODE_APPROVED, bad.amount_minor = FROZEN_MINOR);
    REFUSED_WHEN(CODE_OVER_LIMIT, bad.amount_minor = FROZEN_MINOR + 1);
}

static void counts_what_other_shares_have_taken(void)
{
    struct freeze freeze = frozen();
    struct share share = share_in(SHARE_NONE);
    struct operation claim = sample_claim(1, 2500, 21);
    freeze.taken_minor = FROZEN_MINOR - 2500;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, CODE_APPROVED), CODE_APPROVED);
    freeze.taken_minor++;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, CODE_APPROVED), CODE_OVER_LIMIT);
}

/* A claim with every fault at once is refused for the first; mended one by one, for the next. */
static void refuses_for_the_first_reason_in_the_order_of_the_protocol(void)
{
    struct freeze none = {.state = FREEZE_NONE}, freeze = frozen();
    struct share share = share_in(SHARE_CREDITED), free_share = share_in(SHARE_NONE);
    struct operation claim = sample_claim(1, 0, 22);
    freeze.state = FREEZE_CLOSING;
    freeze.taken_minor = FROZEN_MINOR;
    claim.original.stan++;
    uint16_t route = CODE_PARTY_DOWN;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &none, &share, route), CODE_NO_ORIGINAL);
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, route), CODE_STATE);
    freeze.state = FREEZE_FROZEN;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, route), CODE_RELATED_INVALID);
    claim.original.stan--;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, route), CODE_AMOUNT);
    claim.amount_minor = 2500;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, route), CODE_STATE);
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &free_share, route), CODE_OVER_LIMIT);
    freeze.taken_minor = 0;
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &free_share, route), CODE_PARTY_DOWN);
    CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &free_share, CODE_NO_ROUTE), CODE_NO_ROUTE);
}

/* --- moving ----------------------------------------------------------------------------------- */

static const bool way[SHARE_STATES][SHARE_STATES] = {
    [SHARE_RESERVED][SHARE_DEBITED] = true,         [SHARE_RESERVED][SHARE_DEBIT_UNKNOWN] = true,
    [SHARE_RESERVED][SHARE_RELEASED] = true,        [SHARE_DEBIT_UNKNOWN][SHARE_RELEASED] = true,
    [SHARE_DEBIT_UNKNOWN][SHARE_DISPUTED] = true,   [SHARE_DEBITED][SHARE_CREDITING] = true,
    [SHARE_DEBITED][SHARE_REVERSING] = true,        [SHARE_CREDITING][SHARE_CREDITED] = true,
    [SHARE_CREDITING][SHARE_CREDIT_UNKNOWN] = true, [SHARE_CREDITING][SHARE_REVERSING] = true,
    [SHARE_CREDIT_UNKNOWN][SHARE_CREDITED] = true,  [SHARE_CREDIT_UNKNOWN][SHARE_DISPUTED] = true,
    [SHARE_REVERSING][SHARE_RELEASED] = true,       [SHARE_REVERSING][SHARE_DISPUTED] = true,
};

/* A freeze with this one share in it. */
static struct freeze freeze_around(struct share *share)
{
    struct freeze freeze = frozen();
    enum share_state state = share->state;
    struct operation claim = share->claim;
    share->state = SHARE_NONE;
    share_reserve(share, &freeze, &claim, RECEIVER_ISSUER, DATE, 9);
    share->state = state;
    bool is_free = state == SHARE_RELEASED;
    bool is_settled =
        state == SHARE_CREDITED || state == SHARE_CREDIT_UNKNOWN || state == SHARE_DISPUTED;
    freeze.taken_minor = is_free ? 0 : claim.amount_minor;
    freeze.taken_count = is_free ? 0 : 1;
    freeze.settled_minor = is_settled ? claim.amount_minor : 0;
    freeze.moving_count = is_free || is_settled ? 0 : 1;
    return freeze;
}

static void moves_only_along_the_picture(void)
{
    for (enum share_state from = SHARE_NONE; from < SHARE_STATES; from++)
        for (enum share_state to = SHARE_NONE; to < SHARE_STATES; to++) {
            CU_ASSERT_EQUAL(share_can_move(from, to), way[from][to]);
            for (enum share_state at = SHARE_RESERVED; way[from][to] && at < SHARE_STATES; at++) {
                struct share share = share_in(at);
                struct freeze freeze = freeze_around(&share), before = freeze;
                struct transaction_key key = operation_key(&share.claim);
                CU_ASSERT_EQUAL(share_move(&share, &freeze, &key, from, to), at == from);
                CU_ASSERT_EQUAL(share.state, at == from ? to : at);
                if (at != from)
                    CU_ASSERT_EQUAL(memcmp(&freeze, &before, sizeof freeze), 0);
            }
        }
}

static void refuses_to_move_another_claims_share(void)
{
    struct operation other = sample_claim(1, 2500, 99);
    struct transaction_key key = operation_key(&other);
    struct share share = share_in(SHARE_RESERVED);
    struct freeze freeze = freeze_around(&share), before = freeze;
    CU_ASSERT_FALSE(share_move(&share, &freeze, &key, SHARE_RESERVED, SHARE_RELEASED));
    CU_ASSERT_EQUAL(share.state, SHARE_RESERVED);
    CU_ASSERT_EQUAL(memcmp(&freeze, &before, sizeof freeze), 0);
}

static void tells_what_blocks_an_unfreeze_and_what_is_open(void)
{
    static const bool moving[SHARE_STATES] = {
        [SHARE_RESERVED] = true,  [SHARE_DEBIT_UNKNOWN] = true, [SHARE_DEBITED] = true,
        [SHARE_CREDITING] = true, [SHARE_REVERSING] = true,
    };
    for (enum share_state state = SHARE_NONE; state < SHARE_STATES; state++) {
        CU_ASSERT_EQUAL(share_is_moving(state), moving[state]);
        CU_ASSERT_EQUAL(share_is_open(state), moving[state] || state == SHARE_CREDIT_UNKNOWN);
        CU_ASSERT_STRING_NOT_EQUAL(share_state_name(state), "unknown");
    }
    CU_ASSERT_STRING_EQUAL(share_state_name(SHARE_STATES), "unknown");
}

/* --- sums ------------------------------------------------------------------------------------- */

enum { WALK_SHARES = 9, WALK_STEPS = 20000 };

static void expect_sums(const struct freeze *freeze, const struct share *shares)
{
    int64_t taken = 0, settled = 0, credited = 0;
    unsigned taken_count = 0, moving = 0;
    for (size_t i = 0; i < WALK_SHARES; i++) {
        int64_t amount = shares[i].claim.amount_minor;
        switch (shares[i].state) {
        case SHARE_NONE:
        case SHARE_RELEASED:
            continue;
        case SHARE_CREDITED:
            credited += amount;
            settled += amount;
            break;
        case SHARE_CREDIT_UNKNOWN:
        case SHARE_DISPUTED:
            settled += amount;
            break;
        default:
            moving++;
        }
        taken += amount;
        taken_count++;
    }
    CU_ASSERT_EQUAL_FATAL(freeze->taken_minor, taken);
    CU_ASSERT_EQUAL_FATAL(freeze->settled_minor, settled);
    CU_ASSERT_EQUAL_FATAL(freeze->credited_minor, credited);
    CU_ASSERT_EQUAL_FATAL(freeze->taken_count, taken_count);
    CU_ASSERT_EQUAL_FATAL(freeze->moving_count, moving);
    CU_ASSERT_TRUE_FATAL(taken <= freeze->request.amount_minor);
    CU_ASSERT_EQUAL_FATAL(freeze_left(freeze), freeze->request.amount_minor - settled);
}

static void keeps_sums_that_a_recount_finds(void)
{
    struct random random = random_seeded(20261122);
    struct share shares[WALK_SHARES] = {0};
    struct freeze freeze = frozen();
    freeze.request.reference.shares = WALK_SHARES;
    unsigned taken = 0, refused = 0, moved = 0;
    for (unsigned step = 0; step < WALK_STEPS; step++) {
        size_t at = (size_t)random_below(&random, WALK_SHARES);
        struct share *share = &shares[at];
        if (random_below(&random, 3) == 0) {
            struct operation claim = sample_claim(
                (uint16_t)(at + 1), random_between(&random, 1, FROZEN_MINOR / 3), step + 1);
            claim.reference.shares = WALK_SHARES;
            if (share_check_claim(&claim, &freeze, share, CODE_APPROVED) == CODE_APPROVED) {
                share_reserve(share, &freeze, &claim, RECEIVER_ISSUER, DATE, 9);
                taken++;
            } else
                refused++;
        } else {
            enum share_state from = share->state;
            enum share_state to = (enum share_state)random_below(&random, SHARE_STATES);
            struct transaction_key key =
                operation_key(share->state != SHARE_NONE ? &share->claim : &freeze.request);
            if (share_can_move(from, to)) {
                CU_ASSERT_TRUE(share_move(share, &freeze, &key, from, to));
                moved++;
            }
        }
        expect_sums(&freeze, shares);
        /* Ends are for good; so that the walk goes on, they are taken back now and then. */
        if (random_below(&random, 50) == 0) {
            memset(shares, 0, sizeof shares);
            freeze = frozen();
            freeze.request.reference.shares = WALK_SHARES;
        }
    }
    CU_ASSERT_TRUE(taken > 500 && refused > 500 && moved > 500);
}

static void keeps_the_sums_of_9999_shares(void)
{
    struct freeze freeze = frozen();
    struct share share;
    freeze.request.reference.shares = SHARES_MAX;
    freeze.request.amount_minor = FREEZE_AMOUNT_MAX_MINOR;
    for (uint16_t i = 1; i <= SHARES_MAX; i++) {
        struct operation claim =
            sample_claim(i, i < SHARES_MAX ? 1 : FREEZE_AMOUNT_MAX_MINOR - SHARES_MAX + 1, i);
        claim.reference.shares = SHARES_MAX;
        share = share_in(SHARE_NONE);
        CU_ASSERT_EQUAL(share_check_claim(&claim, &freeze, &share, CODE_APPROVED), CODE_APPROVED);
        share_reserve(&share, &freeze, &claim, RECEIVER_ISSUER, DATE, 9);
    }
    CU_ASSERT_EQUAL(freeze.taken_count, SHARES_MAX);
    CU_ASSERT_EQUAL(freeze.moving_count, SHARES_MAX);
    CU_ASSERT_EQUAL(freeze.taken_minor, FREEZE_AMOUNT_MAX_MINOR);
}

/* --- its messages ----------------------------------------------------------------------------- */

static void expect_the_claims_identity(const struct operation *leg, const struct operation *claim)
{
    CU_ASSERT_EQUAL(leg->transmission, claim->transmission);
    CU_ASSERT_EQUAL(leg->stan, claim->stan);
    CU_ASSERT_EQUAL(leg->acquirer.number, claim->acquirer.number);
    CU_ASSERT_EQUAL(leg->forwarder.number, claim->forwarder.number);
    ASSERT_BYTES(leg->rrn, sizeof leg->rrn, claim->rrn, sizeof claim->rrn);
    CU_ASSERT_EQUAL(leg->amount_minor, claim->amount_minor);
    CU_ASSERT_EQUAL(leg->reference.share, claim->reference.share);
}

static void makes_each_message_of_a_share(void)
{
    struct share share = share_in(SHARE_RESERVED);
    struct freeze freeze = freeze_around(&share);
    struct operation debit, credit, reversal, confirmation;
    struct pan sender = pan_of(SENDER), receiver = pan_of(RECEIVER);
    struct original of_freeze = operation_as_original(&freeze.request);
    share.settlement_date = 20261123;
    share_debit(&share, &freeze, &debit);
    share_credit(&share, &freeze, &credit);
    share_debit_reversal(&share, &freeze, REASON_CANNOT_FORWARD, &reversal);
    share_confirmation(&share, &freeze, &confirmation);
    struct operation *const all[] = {&debit, &credit, &reversal, &confirmation};
    for (size_t i = 0; i < 4; i++) {
        expect_the_claims_identity(all[i], &share.claim);
        CU_ASSERT_EQUAL(all[i]->settlement, 1123);
        CU_ASSERT_TRUE(pan_equal(&all[i]->sender, &sender));
        CU_ASSERT_TRUE(pan_equal(&all[i]->receiver, &receiver));
        CU_ASSERT_EQUAL(all[i]->reason, i == 2 ? REASON_CANNOT_FORWARD : REASON_NONE);
    }
    CU_ASSERT_TRUE(pan_equal(&debit.card, &sender) && pan_equal(&reversal.card, &sender));
    CU_ASSERT_TRUE(pan_equal(&credit.card, &receiver) && pan_equal(&confirmation.card, &receiver));
    CU_ASSERT_TRUE(original_equal(&debit.original, &of_freeze));
    CU_ASSERT_TRUE(original_equal(&credit.original, &of_freeze));
    struct original of_debit = operation_as_original(&debit);
    struct original of_credit = operation_as_original(&credit);
    CU_ASSERT_TRUE(original_equal(&reversal.original, &of_debit));
    CU_ASSERT_TRUE(original_equal(&confirmation.original, &of_credit));
    CU_ASSERT_EQUAL(of_debit.mti, 200);
}

static void reads_back_its_record(void)
{
    for (enum share_state state = SHARE_RESERVED; state < SHARE_STATES; state++) {
        struct share before = share_in(state), after;
        uint8_t record[SHARE_RECORD_MAX];
        before.receiver_issuer = RECEIVER_ISSUER;
        before.settlement_date = DATE;
        before.owner = 9;
        before.code = CODE_TO_BE_CONFIRMED;
        size_t len = share_encode(&before, record);
        share_decode(bytes_of(record, len), &after);
        CU_ASSERT_EQUAL(after.state, state);
        CU_ASSERT_EQUAL(after.receiver_issuer, RECEIVER_ISSUER);
        CU_ASSERT_EQUAL(after.settlement_date, DATE);
        CU_ASSERT_EQUAL(after.owner, 9);
        CU_ASSERT_EQUAL(after.code, CODE_TO_BE_CONFIRMED);
        CU_ASSERT_TRUE(same_operation(&after.claim, &before.claim));
    }
    struct share none;
    share_decode(bytes_of(NULL, 0), &none);
    CU_ASSERT_EQUAL(none.state, SHARE_NONE);
}

SUITE(CASE(checks_a_claim_in_every_state_of_the_freeze),
      CASE(checks_a_claim_in_every_state_of_the_share),
      CASE(refuses_a_claim_that_does_not_match_its_freeze),
      CASE(counts_what_other_shares_have_taken),
      CASE(refuses_for_the_first_reason_in_the_order_of_the_protocol),
      CASE(moves_only_along_the_picture), CASE(refuses_to_move_another_claims_share),
      CASE(tells_what_blocks_an_unfreeze_and_what_is_open), CASE(keeps_sums_that_a_recount_finds),
      CASE(keeps_the_sums_of_9999_shares), CASE(makes_each_message_of_a_share),
      CASE(reads_back_its_record))
