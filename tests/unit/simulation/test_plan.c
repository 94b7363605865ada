/* Plans: what a seed decides beforehand. */
#include "simulation/plan.h"

#include "lab/card.h"
#include "suite.h"

static struct plan one, other;

static bool same_action(const struct plan_action *a, const struct plan_action *b)
{
    return a->at_us == b->at_us && a->what == b->what && a->wallet == b->wallet &&
           a->packet == b->packet && a->card == b->card && a->share == b->share &&
           a->amount_minor == b->amount_minor;
}

static bool same_trouble(const struct plan_trouble *a, const struct plan_trouble *b)
{
    return a->at_us == b->at_us && a->length_us == b->length_us && a->kind == b->kind &&
           a->which == b->which && a->jump_us == b->jump_us && a->direction == b->direction;
}

static bool same_actions(const struct plan *a, const struct plan *b)
{
    bool same = a->action_count == b->action_count;
    for (unsigned i = 0; same && i < a->action_count; i++)
        same = same_action(&a->actions[i], &b->actions[i]);
    return same;
}

static void the_same_seed_gives_the_same_plan(void)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        plan_draw(&one, seed, 0, 0);
        memset(&other, 0xA5, sizeof other);
        plan_draw(&other, seed, 0, 0);
        CU_ASSERT_TRUE(same_actions(&one, &other));
        CU_ASSERT_EQUAL_FATAL(one.trouble_count, other.trouble_count);
        for (unsigned i = 0; i < one.trouble_count; i++)
            CU_ASSERT_TRUE(same_trouble(&one.troubles[i], &other.troubles[i]));
        CU_ASSERT_EQUAL(one.wall_us, other.wall_us);
        CU_ASSERT_EQUAL(memcmp(one.levels, other.levels, sizeof one.levels), 0);
    }
}

static void seeds_differ(void)
{
    unsigned same = 0;
    plan_draw(&one, 1, 0, 0);
    for (uint64_t seed = 2; seed < 50; seed++) {
        plan_draw(&other, seed, 0, 0);
        same += same_actions(&one, &other);
    }
    CU_ASSERT_EQUAL(same, 0);
}

static void every_world_has_a_switch_issuers_and_wallets_within_its_bounds(void)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        plan_draw(&one, seed, 0, 0);
        CU_ASSERT_TRUE(one.issuers >= 2 && one.issuers <= PLAN_ISSUERS_MAX);
        CU_ASSERT_TRUE(one.wallets >= 1 && one.wallets <= PLAN_WALLETS_MAX);
        CU_ASSERT_TRUE(one.packet_count >= 1 && one.packet_count <= PLAN_PACKETS_MAX);
        CU_ASSERT_TRUE(one.purchase_count <= PLAN_PURCHASES_MAX);
        CU_ASSERT_TRUE(one.action_count >= 2 && one.action_count <= PLAN_ACTIONS_MAX);
        for (unsigned i = 0; i < one.action_count; i++) {
            CU_ASSERT_TRUE(one.actions[i].wallet < one.wallets);
            bool buys = one.actions[i].what == ACTION_BUY || one.actions[i].what == ACTION_GIVE_UP;
            unsigned count = buys ? one.purchase_count : one.packet_count;
            CU_ASSERT_TRUE(one.actions[i].packet < count);
            CU_ASSERT_TRUE(i == 0 || one.actions[i].at_us >= one.actions[i - 1].at_us);
        }
        for (unsigned i = 0; i < one.trouble_count; i++)
            CU_ASSERT_TRUE(one.troubles[i].at_us < one.heal_us);
    }
}

static void its_cards_begin_with_9999_and_pass_luhn(void)
{
    plan_draw(&one, 3, 0, 0);
    for (unsigned i = 0; i < one.card_count; i++) {
        const struct pan *pan = &one.cards[i].pan;
        CU_ASSERT_EQUAL(memcmp(pan->digits, "9999", 4), 0);
        CU_ASSERT_TRUE(lab_card_passes_luhn(bytes_of(pan->digits, pan->len)));
    }
}

static void one_seed_in_ten_has_macs(void)
{
    unsigned macs = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        plan_draw(&one, seed, 0, 0);
        macs += one.has_macs;
        /* The bytes of a message that bears a MAC cannot be changed unseen. */
        CU_ASSERT_TRUE(!one.has_macs || one.levels[KIND_FOREIGN] == LEVEL_OFF);
    }
    CU_ASSERT_EQUAL(macs, 10);
}

static void every_kind_is_off_and_wild_in_some_seeds(void)
{
    bool seen[KINDS][LEVELS] = {{false}};
    for (uint64_t seed = 0; seed < 1000; seed++) {
        plan_draw(&one, seed, 0, 0);
        for (enum kind kind = 0; kind < KINDS; kind++)
            seen[kind][one.levels[kind]] = true;
    }
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum level level = 0; level < LEVELS; level++)
            CU_ASSERT_TRUE(seen[kind][level]);
}

static void a_kind_switched_off_leaves_the_others_as_they_were(void)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        plan_draw(&one, seed, 0, 0);
        plan_draw(&other, seed, kind_bit(KIND_CRASH), 0);
        unsigned kept = 0;
        CU_ASSERT_EQUAL(other.levels[KIND_CRASH], LEVEL_OFF);
        CU_ASSERT_TRUE(same_actions(&one, &other));
        for (unsigned i = 0; i < one.trouble_count; i++)
            if (one.troubles[i].kind != KIND_CRASH) {
                CU_ASSERT_TRUE_FATAL(kept < other.trouble_count);
                CU_ASSERT_TRUE(same_trouble(&one.troubles[i], &other.troubles[kept]));
                kept++;
            }
        CU_ASSERT_EQUAL(kept, other.trouble_count);
    }
}

static void actions_are_left_out_by_their_number(void)
{
    plan_draw(&one, 5, 0, 0);
    plan_draw(&other, 5, 0, 1 << 1 | 1 << 3);
    CU_ASSERT_EQUAL(other.action_count, one.action_count - 2);
    CU_ASSERT_TRUE(same_action(&other.actions[0], &one.actions[0]));
    CU_ASSERT_TRUE(same_action(&other.actions[1], &one.actions[2]));
    CU_ASSERT_TRUE(same_action(&other.actions[2], &one.actions[4]));
    plan_draw(&other, 5, 0, UINT64_MAX);
    CU_ASSERT_EQUAL(other.action_count, 0);
}

static void kinds_are_found_by_their_names(void)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        CU_ASSERT_EQUAL(kind_find(kind_name(kind)), (int)kind);
        CU_ASSERT_TRUE(strlen(kind_help(kind)) > 10);
    }
    CU_ASSERT_EQUAL(kind_find("earthquake"), -1);
    CU_ASSERT_EQUAL(kind_find(""), -1);
}

SUITE(CASE(the_same_seed_gives_the_same_plan), CASE(seeds_differ),
      CASE(every_world_has_a_switch_issuers_and_wallets_within_its_bounds),
      CASE(its_cards_begin_with_9999_and_pass_luhn), CASE(one_seed_in_ten_has_macs),
      CASE(every_kind_is_off_and_wild_in_some_seeds),
      CASE(a_kind_switched_off_leaves_the_others_as_they_were),
      CASE(actions_are_left_out_by_their_number), CASE(kinds_are_found_by_their_names))
