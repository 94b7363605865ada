/* The life of a freeze: every state met by every event, written out from docs/protocol.md. */
#include "sample.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct freeze frozen(void)
{
    struct freeze freeze;
    struct operation request = sample_freeze();
    freeze_begin(&freeze, &request, SENDER_ISSUER, DATE, 9);
    freeze.state = FREEZE_FROZEN;
    return freeze;
}

/* --- the request ------------------------------------------------------------------------------ */

static void takes_a_freeze_at_its_limits(void)
{
    struct operation request = sample_freeze();
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_APPROVED);
    request.amount_minor = SHARES;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_APPROVED);
    request.amount_minor = 99999999999;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_APPROVED);
    request.reference.shares = 9999;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_APPROVED);
    request.reference.shares = 1;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_APPROVED);
}

static void refuses_a_freeze_past_its_limits(void)
{
    struct operation request = sample_freeze();
    request.amount_minor = SHARES - 1;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_AMOUNT);
    request.amount_minor = 100000000000;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_AMOUNT);
    request.amount_minor = 0;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_AMOUNT);
    request = sample_freeze();
    request.reference.shares = 0;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_FORMAT);
    request = sample_freeze();
    request.reference.share = 1;
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_FORMAT);
    request = sample_freeze();
    request.card = pan_of(RECEIVER);
    CU_ASSERT_EQUAL(freeze_check_request(&request), CODE_RELATED_INVALID);
}

/* --- what refers to it ------------------------------------------------------------------------ */

static void matches_a_notice_to_its_freeze_by_everything(void)
{
    struct freeze freeze = frozen();
    struct operation good = sample_of(OPERATION_UNFREEZE), bad;
    CU_ASSERT_EQUAL(freeze_check_related(&freeze, &good), CODE_APPROVED);
    good.amount_minor = 1; /* DE 4 of an unfreeze is the wallet's opinion */
    CU_ASSERT_EQUAL(freeze_check_related(&freeze, &good), CODE_APPROVED);
#define REFUSED_WHEN(change)                                                                       \
    do {                                                                                           \
        bad = good;                                                                                \
        change;                                                                                    \
        CU_ASSERT_EQUAL(freeze_check_related(&freeze, &bad), CODE_RELATED_INVALID);                \
    } while (0)
    REFUSED_WHEN(bad.original.mti = 200);
    REFUSED_WHEN(bad.original.stan++);
    REFUSED_WHEN(bad.original.transmission++);
    REFUSED_WHEN(bad.original.acquirer++);
    REFUSED_WHEN(bad.original.forwarder++);
    REFUSED_WHEN(bad.original = (struct original){0});
    REFUSED_WHEN(bad.reference.shares++);
    REFUSED_WHEN(bad.reference.share = 1);
    REFUSED_WHEN(bad.card = pan_of(RECEIVER));
    REFUSED_WHEN(bad.sender = bad.card = pan_of(RECEIVER));
    REFUSED_WHEN(bad.currency[0] = '9');
}

static void knows_no_freeze_without_a_record(void)
{
    struct freeze none;
    struct operation notice = sample_of(OPERATION_UNFREEZE);
    freeze_decode(bytes_of(NULL, 0), &none);
    CU_ASSERT_EQUAL(none.state, FREEZE_NONE);
    CU_ASSERT_EQUAL(freeze_check_related(&none, &notice), CODE_NO_ORIGINAL);
}

static void leaves_a_tombstone_that_its_own_messages_match(void)
{
    struct freeze freeze;
    struct operation reversal = sample_of(OPERATION_FREEZE_REVERSAL);
    reversal.stan = 77; /* its own, not the freeze's */
    CU_ASSERT_EQUAL(freeze_check_unseen(&reversal), CODE_APPROVED);
    freeze_begin_tombstone(&freeze, &reversal, DATE, 1);
    CU_ASSERT_EQUAL(freeze.state, FREEZE_REVERSED);
    struct operation late = sample_freeze();
    struct original named = operation_as_original(&freeze.request);
    struct original original = operation_as_original(&late);
    CU_ASSERT_TRUE(original_equal(&named, &original));
    /* A second reversal, under a key of its own, finds it. */
    reversal.stan = 78;
    CU_ASSERT_EQUAL(freeze_check_related(&freeze, &reversal), CODE_APPROVED);
}

static void leaves_no_tombstone_for_what_is_no_freeze_of_that_wallet(void)
{
    struct operation good = sample_of(OPERATION_FREEZE_REVERSAL), bad = good;
    bad.original.mti = 200;
    CU_ASSERT_EQUAL(freeze_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.original.forwarder = OTHER_WALLET;
    CU_ASSERT_EQUAL(freeze_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.reference.share = 1;
    CU_ASSERT_EQUAL(freeze_check_unseen(&bad), CODE_RELATED_INVALID);
    bad = good;
    bad.card = pan_of(RECEIVER);
    CU_ASSERT_EQUAL(freeze_check_unseen(&bad), CODE_RELATED_INVALID);
}

/* --- every state and event -------------------------------------------------------------------- */

static void decides_an_unfreeze_in_every_state(void)
{
    static const struct {
        uint16_t code;
        bool closes;
    } expected[FREEZE_STATES] = {
        [FREEZE_NONE] = {CODE_NO_ORIGINAL, false}, [FREEZE_FREEZING] = {CODE_STATE, false},
        [FREEZE_FROZEN] = {CODE_APPROVED, true},   [FREEZE_REFUSED] = {CODE_STATE, false},
        [FREEZE_REVERSING] = {CODE_STATE, false},  [FREEZE_REVERSED] = {CODE_STATE, false},
        [FREEZE_CLOSING] = {CODE_APPROVED, false}, [FREEZE_CLOSED] = {CODE_APPROVED, false},
        [FREEZE_DISPUTED] = {CODE_STATE, false},
    };
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++) {
        struct freeze freeze = frozen();
        bool closes = !expected[state].closes;
        freeze.state = state;
        CU_ASSERT_EQUAL(freeze_decide_unfreeze(&freeze, &closes), expected[state].code);
        CU_ASSERT_EQUAL(closes, expected[state].closes);
    }
}

static void decides_a_reversal_in_every_state(void)
{
    /* Without a share taken; with one; the reversal is sent on only where it says so. */
    static const struct {
        uint16_t free, taken;
        bool reverses_free, reverses_taken;
    } expected[FREEZE_STATES] = {
        [FREEZE_NONE] = {CODE_APPROVED, CODE_APPROVED, false, false},
        [FREEZE_FREEZING] = {CODE_APPROVED, CODE_APPROVED, true, true},
        [FREEZE_FROZEN] = {CODE_APPROVED, CODE_STATE, true, false},
        [FREEZE_REFUSED] = {CODE_APPROVED, CODE_APPROVED, false, false},
        [FREEZE_REVERSING] = {CODE_APPROVED, CODE_APPROVED, false, false},
        [FREEZE_REVERSED] = {CODE_APPROVED, CODE_APPROVED, false, false},
        [FREEZE_CLOSING] = {CODE_STATE, CODE_STATE, false, false},
        [FREEZE_CLOSED] = {CODE_STATE, CODE_STATE, false, false},
        [FREEZE_DISPUTED] = {CODE_STATE, CODE_STATE, false, false},
    };
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++)
        for (uint16_t taken = 0; taken <= 1; taken++) {
            struct freeze freeze = frozen();
            bool reverses;
            freeze.state = state;
            freeze.taken_count = taken;
            CU_ASSERT_EQUAL(freeze_decide_reversal(&freeze, &reverses),
                            taken ? expected[state].taken : expected[state].free);
            CU_ASSERT_EQUAL(reverses,
                            taken ? expected[state].reverses_taken : expected[state].reverses_free);
        }
}

/* From each state to each: only what the picture in docs/protocol.md has. */
static void moves_only_along_the_picture(void)
{
    static const bool way[FREEZE_STATES][FREEZE_STATES] = {
        [FREEZE_FREEZING][FREEZE_FROZEN] = true,    [FREEZE_FREEZING][FREEZE_REFUSED] = true,
        [FREEZE_FREEZING][FREEZE_REVERSING] = true, [FREEZE_FROZEN][FREEZE_REVERSING] = true,
        [FREEZE_FROZEN][FREEZE_CLOSING] = true,     [FREEZE_REVERSING][FREEZE_REVERSED] = true,
        [FREEZE_REVERSING][FREEZE_DISPUTED] = true, [FREEZE_CLOSING][FREEZE_CLOSED] = true,
        [FREEZE_CLOSING][FREEZE_DISPUTED] = true,
    };
    for (enum freeze_state from = FREEZE_NONE; from < FREEZE_STATES; from++)
        for (enum freeze_state to = FREEZE_NONE; to < FREEZE_STATES; to++) {
            CU_ASSERT_EQUAL(freeze_can_move(from, to), way[from][to]);
            for (enum freeze_state at = FREEZE_NONE; way[from][to] && at < FREEZE_STATES; at++) {
                struct freeze freeze = frozen();
                freeze.state = at;
                CU_ASSERT_EQUAL(freeze_move(&freeze, from, to), at == from);
                CU_ASSERT_EQUAL(freeze.state, at == from ? to : at);
            }
        }
}

static void move_off_the_picture(void)
{
    struct freeze freeze = frozen();
    freeze.state = FREEZE_CLOSED;
    if (freeze_move(&freeze, FREEZE_CLOSED, FREEZE_FROZEN))
        _exit(1);
}

static void stops_at_a_move_off_the_picture(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        move_off_the_picture();
        _exit(0);
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void tells_which_states_are_open(void)
{
    static const bool open[FREEZE_STATES] = {
        [FREEZE_FREEZING] = true,
        [FREEZE_REVERSING] = true,
        [FREEZE_CLOSING] = true,
    };
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++)
        CU_ASSERT_EQUAL(freeze_is_open(state), open[state]);
}

static void releases_only_when_closing_with_nothing_moving_and_once(void)
{
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++) {
        struct freeze freeze = frozen();
        freeze.state = state;
        CU_ASSERT_EQUAL(freeze_can_release(&freeze), state == FREEZE_CLOSING);
    }
    struct freeze freeze = frozen();
    freeze.state = FREEZE_CLOSING;
    freeze.moving_count = 1;
    CU_ASSERT_FALSE(freeze_can_release(&freeze));
    freeze.moving_count = 0;
    freeze.left_minor = 0; /* sent, though there was nothing left */
    CU_ASSERT_FALSE(freeze_can_release(&freeze));
}

static void leaves_what_is_not_settled(void)
{
    struct freeze freeze = frozen();
    CU_ASSERT_EQUAL(freeze_left(&freeze), FROZEN_MINOR);
    freeze.taken_minor = freeze.settled_minor = FROZEN_MINOR;
    CU_ASSERT_EQUAL(freeze_left(&freeze), 0);
    freeze.settled_minor = 1;
    CU_ASSERT_EQUAL(freeze_left(&freeze), FROZEN_MINOR - 1);
}

static void stands_until_what_is_left_is_given_back(void)
{
    struct freeze freeze = frozen();
    freeze.taken_minor = 300; /* under way */
    CU_ASSERT_TRUE(freeze_is_standing(&freeze));
    CU_ASSERT_EQUAL(freeze_open_minor(&freeze), FROZEN_MINOR);
    freeze.settled_minor = 100;
    freeze.state = FREEZE_CLOSING;
    CU_ASSERT_TRUE(freeze_is_standing(&freeze));
    CU_ASSERT_EQUAL(freeze_open_minor(&freeze), FROZEN_MINOR - 100);
    freeze.left_minor = FROZEN_MINOR - 100;
    CU_ASSERT_FALSE(freeze_is_standing(&freeze));
    CU_ASSERT_EQUAL(freeze_open_minor(&freeze), 0);
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++) {
        freeze = frozen();
        freeze.state = state;
        CU_ASSERT_EQUAL(freeze_is_standing(&freeze),
                        state == FREEZE_FROZEN || state == FREEZE_CLOSING);
    }
}

/* --- the record ------------------------------------------------------------------------------- */

static void reads_back_its_record(void)
{
    for (enum freeze_state state = FREEZE_FREEZING; state < FREEZE_STATES; state++) {
        struct freeze before = frozen(), after;
        uint8_t record[FREEZE_RECORD_MAX];
        before.state = state;
        before.taken_minor = 99999999999;
        before.settled_minor = 99999999998;
        before.credited_minor = 99999999997;
        before.taken_count = before.moving_count = SHARES_MAX;
        before.notice_minor = state % 2 == 0 ? -1 : 999999999999;
        before.left_minor = state % 2 == 0 ? 0 : -1;
        memcpy(before.notice_rrn, "112200000099", sizeof before.notice_rrn);
        size_t len = freeze_encode(&before, record);
        freeze_decode(bytes_of(record, len), &after);
        CU_ASSERT_EQUAL(after.state, state);
        CU_ASSERT_EQUAL(after.sender_issuer, SENDER_ISSUER);
        CU_ASSERT_EQUAL(after.settlement_date, DATE);
        CU_ASSERT_EQUAL(after.owner, 9);
        CU_ASSERT_EQUAL(after.taken_minor, before.taken_minor);
        CU_ASSERT_EQUAL(after.settled_minor, before.settled_minor);
        CU_ASSERT_EQUAL(after.credited_minor, before.credited_minor);
        CU_ASSERT_EQUAL(after.taken_count, SHARES_MAX);
        CU_ASSERT_EQUAL(after.moving_count, SHARES_MAX);
        CU_ASSERT_EQUAL(after.notice_minor, before.notice_minor);
        CU_ASSERT_EQUAL(after.left_minor, before.left_minor);
        ASSERT_BYTES(after.notice_rrn, sizeof after.notice_rrn, "112200000099", 12);
        CU_ASSERT_TRUE(same_operation(&after.request, &before.request));
    }
}

static void names_every_state(void)
{
    for (enum freeze_state state = FREEZE_NONE; state < FREEZE_STATES; state++)
        CU_ASSERT_STRING_NOT_EQUAL(freeze_state_name(state), "unknown");
    CU_ASSERT_STRING_EQUAL(freeze_state_name(FREEZE_STATES), "unknown");
}

SUITE(CASE(stands_until_what_is_left_is_given_back), CASE(takes_a_freeze_at_its_limits),
      CASE(refuses_a_freeze_past_its_limits), CASE(matches_a_notice_to_its_freeze_by_everything),
      CASE(knows_no_freeze_without_a_record), CASE(leaves_a_tombstone_that_its_own_messages_match),
      CASE(leaves_no_tombstone_for_what_is_no_freeze_of_that_wallet),
      CASE(decides_an_unfreeze_in_every_state), CASE(decides_a_reversal_in_every_state),
      CASE(moves_only_along_the_picture), CASE(stops_at_a_move_off_the_picture),
      CASE(tells_which_states_are_open),
      CASE(releases_only_when_closing_with_nothing_moving_and_once),
      CASE(leaves_what_is_not_settled), CASE(reads_back_its_record), CASE(names_every_state))
