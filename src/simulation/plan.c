/* Drawing a plan. Every table below has a row a kind and a column a level. */
#include "simulation/plan.h"

#include "base/date.h"
#include "base/result.h"
#include "lab/card.h"
#include "party/party.h"

#include <string.h>

enum {
    SECOND_US = 1000000,
    LOAD_MIN_S = 5, /* of simulated time in which people do things */
    LOAD_MAX_S = 60,
    SLOW_EVERY = 8, /* one world in so many is slow */
    SLOW_MIN_S = 2 * 86400,
    SLOW_MAX_S = 30 * 86400,
    AGE_MIN_S = 3600,
    AGE_MAX_S = 4 * 86400,
    KEEP_S = 8 * 86400, /* more than the day of DE 7 and two clocks that are three days wrong */
    FORGET_S = 20 * 86400,
    AFTER_LOAD_S = 20, /* troubles go on behind the last action */
    PLACES = PLAN_PACKETS_MAX * (1 + PLAN_SHARES_MAX) + PLAN_PURCHASES_MAX + 4,
};

struct random plan_stream(uint64_t seed, unsigned stream)
{
    return random_seeded(seed * 64 + stream);
}

static uint64_t seconds(struct random *random, uint64_t min, uint64_t max)
{
    return min * SECOND_US + random_below(random, (max - min) * SECOND_US + 1);
}

static bool happens(struct random *random, unsigned of_1024)
{
    return random_below(random, 1024) < of_1024;
}

/* --- how much of each kind -------------------------------------------------------------------- */

static const unsigned chances[KINDS][LEVELS] = {
    [KIND_LATE] = {0, 32, 128, 300},       [KIND_LOSS] = {0, 16, 64, 256},
    [KIND_DUPLICATE] = {0, 32, 128, 340},  [KIND_REORDER] = {0, 64, 256, 512},
    [KIND_GARBLE] = {0, 16, 64, 200},      [KIND_FULL] = {0, 16, 64, 170},
    [KIND_CRASH_BEFORE] = {0, 8, 32, 100}, [KIND_CRASH_AFTER] = {0, 8, 32, 100},
    [KIND_DISK] = {0, 4, 16, 50},          [KIND_REFUSE] = {0, 200, 350, 600},
    [KIND_FOREIGN] = {0, 64, 200, 400},    [KIND_CUTOVER] = {0, 256, 512, 768},
    [KIND_STUBBORN] = {0, 128, 400, 900},
};

static const uint64_t times_us[KINDS][LEVELS] = {
    [KIND_DELAY] = {2000, 50000, 1000000, 8000000},
    [KIND_LATE] = {0, 10000000, 40000000, 90000000},
    [KIND_REORDER] = {0, 20000, 500000, 3000000},
    [KIND_SLOW] = {500, 20000, 1000000, 9000000},
};

/* How often what is planned by the clock strikes, at least and at most. */
static const struct {
    unsigned min, max;
} counts[KINDS][LEVELS] = {
    [KIND_BREAK] = {{0, 0}, {1, 2}, {2, 5}, {5, 12}},
    [KIND_STALL] = {{0, 0}, {1, 2}, {2, 5}, {5, 12}},
    [KIND_SILENCE] = {{0, 0}, {1, 1}, {1, 3}, {3, 6}},
    [KIND_CRASH] = {{0, 0}, {1, 1}, {1, 3}, {3, 8}},
    [KIND_CLOCK] = {{0, 0}, {1, 1}, {1, 3}, {3, 6}},
    [KIND_SIGN_OFF] = {{0, 0}, {1, 1}, {1, 3}, {3, 5}},
    [KIND_CUTOVER] = {{0, 0}, {1, 1}, {1, 2}, {2, 4}},
    [KIND_GONE] = {{0, 0}, {0, 1}, {0, 1}, {1, 1}},
};

unsigned plan_chance(const struct plan *plan, enum kind kind)
{
    return chances[kind][plan->levels[kind]];
}

uint64_t plan_time_us(const struct plan *plan, enum kind kind)
{
    return times_us[kind][plan->levels[kind]];
}

static void draw_levels(struct plan *plan, uint32_t without)
{
    /* How many of eight kinds are on: few, so that rare encounters are not drowned, or many. */
    static const uint64_t on[] = {0, 1, 2, 2, 3, 3, 4, 6};
    static const enum level lots[] = {LEVEL_MILD, LEVEL_MILD, LEVEL_FAIR, LEVEL_WILD};
    struct random random = plan_stream(plan->seed, STREAM_LEVELS);
    uint64_t of_eight = on[random_below(&random, sizeof on / sizeof on[0])];
    for (enum kind kind = 0; kind < KINDS; kind++) {
        /* People with useless cards drown nothing. */
        bool is_on = random_below(&random, 8) < (kind == KIND_REFUSE ? 6 : of_eight);
        enum level level = lots[random_below(&random, sizeof lots / sizeof lots[0])];
        if ((without & kind_bit(kind)) != 0 ||
            ((kind == KIND_FOREIGN || kind == KIND_STUBBORN) && plan->has_macs))
            is_on = false;
        plan->levels[kind] = is_on ? level : LEVEL_OFF;
    }
}

/* --- who takes part --------------------------------------------------------------------------- */

/* 9999, then the issuer's two digits, then the number of the card. */
static struct pan card_of(unsigned issuer, unsigned number)
{
    char digits[16] = "9999";
    struct pan pan;
    digits_format(issuer, digits + 4, 2);
    digits_format(number, digits + 6, 9);
    digits[15] = lab_card_check_digit(bytes_of(digits, 15));
    MUST(pan_parse(bytes_of(digits, sizeof digits), &pan));
    return pan;
}

static void add_card(struct plan *plan, int issuer, unsigned number, int64_t available_minor)
{
    struct plan_card *card = &plan->cards[plan->card_count++];
    *card = (struct plan_card){
        .pan = card_of(issuer < 0 ? 99 : (unsigned)issuer + 1, number),
        .issuer = issuer,
        .available_minor = available_minor,
    };
}

static void draw_world(struct plan *plan)
{
    struct random random = plan_stream(plan->seed, STREAM_WORLD);
    plan->issuers = 2 + (unsigned)random_below(&random, PLAN_ISSUERS_MAX - 1);
    plan->wallets = 1 + (unsigned)random_below(&random, PLAN_WALLETS_MAX);
    /* Every fourth world lives through a new year. */
    plan->opening_date = random_below(&random, 4) == 0 ? 20261231 : 20261122;
    plan->wall_us = date_to_wall(plan->opening_date) +
                    random_between(&random, 0, INT64_C(24) * 3600 - 1) * SECOND_US;
    plan->switch_requests = random_below(&random, 8) == 0 ? 2 : 12;
    plan->switch_places = random_below(&random, 8) == 0 ? 4 : PLACES;
    plan->issuer_requests = random_below(&random, 4) == 0 ? 1 : 8;
    for (unsigned issuer = 0; issuer < plan->issuers; issuer++)
        for (unsigned number = 1; number <= PLAN_ISSUER_CARDS; number++) {
            int64_t available = random_between(&random, 0, 9) == 0 ? 150 : 100000;
            add_card(plan, (int)issuer, number, available);
            plan->cards[plan->card_count - 1].is_restricted = number == PLAN_ISSUER_CARDS;
        }
    add_card(plan, 0, PLAN_ISSUER_CARDS + 1, 0); /* an issuer's, but of no account */
    plan->cards[plan->card_count - 1].is_unknown = true;
    add_card(plan, -1, 1, 0);
    plan->forward_window = random_below(&random, 2) == 0 ? 1 : PARTY_FORWARD_WINDOW;
    /* In every other world members have several links. */
    bool has_several = random_below(&random, 2) == 0;
    for (unsigned node = 1; node < plan_nodes(plan); node++)
        plan->links[node] = has_several ? 1 + (unsigned)random_below(&random, PLAN_LINKS_MAX) : 1;
    plan->is_slow = random_below(&random, SLOW_EVERY) == 0;
    if (!plan->is_slow)
        return;
    plan->freeze_age_us = seconds(&random, AGE_MIN_S, AGE_MAX_S);
    plan->keep_us = (uint64_t)KEEP_S * SECOND_US;
    plan->forget_us = (uint64_t)FORGET_S * SECOND_US;
}

/* --- what people do --------------------------------------------------------------------------- */

static void add_action(struct plan *plan, const struct plan_action *action)
{
    unsigned at = plan->action_count;
    if (at == PLAN_ACTIONS_MAX)
        return;
    plan->action_count++;
    for (; at > 0 && plan->actions[at - 1].at_us > action->at_us; at--)
        plan->actions[at] = plan->actions[at - 1];
    plan->actions[at] = *action;
}

static unsigned draw_card(const struct plan *plan, struct random *random, bool is_good)
{
    for (;;) {
        unsigned card = (unsigned)random_below(random, plan->card_count);
        const struct plan_card *drawn = &plan->cards[card];
        bool works = drawn->issuer >= 0 && !drawn->is_restricted && !drawn->is_unknown;
        if (works == is_good)
            return card;
    }
}

/* A claim of a share: mostly for what it is worth, now and then for more than there is. */
static void draw_claim(struct plan *plan, struct random *random, unsigned packet, uint16_t share,
                       uint64_t from_us, uint64_t to_us)
{
    const struct plan_packet *of = &plan->packets[packet];
    struct plan_action action = {
        .what = ACTION_CLAIM,
        .at_us = from_us + random_below(random, to_us - from_us + 1),
        .wallet = (unsigned)random_below(random, plan->wallets),
        .packet = packet,
        .share = share,
        .amount_minor = of->amount_minor / of->shares,
    };
    bool refuses = happens(random, plan_chance(plan, KIND_REFUSE));
    unsigned good = draw_card(plan, random, true), bad = draw_card(plan, random, false);
    uint64_t amount = random_below(random, 12);
    int64_t some = random_between(random, 1, of->amount_minor);
    action.card = refuses ? bad : good;
    if (amount == 0)
        action.amount_minor = of->amount_minor + 1;
    else if (amount < 3)
        action.amount_minor = some;
    add_action(plan, &action);
    if (random_below(random, 6) == 0) {
        action.what = ACTION_REPEAT;
        action.at_us += plan->is_slow ? random_below(random, plan->load_us - action.at_us + 1)
                                      : seconds(random, 0, 30);
        add_action(plan, &action);
    }
}

static void draw_packet(struct plan *plan, struct random *random, uint64_t load_us)
{
    unsigned number = plan->packet_count++;
    struct plan_packet *packet = &plan->packets[number];
    *packet = (struct plan_packet){
        .wallet = (unsigned)random_below(random, plan->wallets),
        .shares = (uint16_t)(1 + random_below(random, PLAN_SHARES_MAX)),
    };
    packet->card = draw_card(plan, random, random_below(random, 16) != 0);
    packet->amount_minor = packet->shares * random_between(random, 1, 60);
    struct plan_action action = {.wallet = packet->wallet, .packet = number, .card = packet->card};
    uint64_t sent_us = random_below(random, load_us / 2 + 1);
    action.what = ACTION_SEND;
    action.at_us = sent_us;
    add_action(plan, &action);
    /* Most claims come while the packet is open, the others whenever they like. */
    uint64_t left_us = load_us - sent_us, ends_us = sent_us + left_us / 4;
    ends_us += random_below(random, load_us - ends_us + 1);
    for (uint16_t share = 1; share <= packet->shares; share++)
        draw_claim(plan, random, number, share, sent_us, ends_us);
    /* Double claims, and shares that there are not. */
    for (uint64_t more = random_below(random, 4); more > 0; more--)
        draw_claim(plan, random, number, (uint16_t)random_between(random, 1, packet->shares + 1),
                   sent_us, load_us);
    action.what = ACTION_GRAB;
    action.at_us = sent_us + random_below(random, left_us + 1);
    if (random_below(random, 4) == 0)
        add_action(plan, &action);
    uint64_t end = random_below(random, 16);
    action.what = end < 12 ? ACTION_EXPIRE : ACTION_REVERSE;
    action.at_us = end == 14 ? sent_us : ends_us;
    if (end < 15)
        add_action(plan, &action);
}

/* Mostly of a good card and within what it has; one in three is given up, at once or later. */
static void draw_purchase(struct plan *plan, struct random *random)
{
    bool is_good = random_below(random, 10) != 0, is_large = random_below(random, 12) == 0;
    struct plan_action action = {
        .what = ACTION_BUY,
        .wallet = (unsigned)random_below(random, plan->wallets),
        .packet = plan->purchase_count++,
        .card = draw_card(plan, random, is_good),
        .at_us = random_below(random, plan->load_us + 1),
        .amount_minor = is_large ? 200000 : random_between(random, 1, 60),
    };
    add_action(plan, &action);
    uint64_t how = random_below(random, 9), left_us = plan->load_us - action.at_us;
    action.what = ACTION_GIVE_UP;
    if (how == 1)
        action.at_us += random_below(random, 8 * SECOND_US);
    else if (how == 2)
        action.at_us += random_below(random, left_us + 1);
    if (how < 3)
        add_action(plan, &action);
}

static void draw_purchases(struct plan *plan)
{
    struct random random = plan_stream(plan->seed, STREAM_PURCHASES);
    uint64_t purchases = random_below(&random, PLAN_PURCHASES_MAX + 1);
    while (plan->purchase_count < purchases)
        draw_purchase(plan, &random);
}

static void draw_load(struct plan *plan, uint64_t drop)
{
    struct random random = plan_stream(plan->seed, STREAM_LOAD);
    plan->load_us = plan->is_slow ? seconds(&random, SLOW_MIN_S, SLOW_MAX_S)
                                  : seconds(&random, LOAD_MIN_S, LOAD_MAX_S);
    uint64_t packets = 1 + random_below(&random, PLAN_PACKETS_MAX);
    while (plan->packet_count < packets)
        draw_packet(plan, &random, plan->load_us);
    draw_purchases(plan);
    plan->heal_us = plan->load_us + (uint64_t)AFTER_LOAD_S * SECOND_US;
    unsigned kept = 0;
    for (unsigned i = 0; i < plan->action_count; i++)
        if ((drop >> i & 1) == 0)
            plan->actions[kept++] = plan->actions[i];
    plan->action_count = kept;
}

/* --- what strikes by the clock ---------------------------------------------------------------- */

static void draw_trouble(const struct plan *plan, struct random *random, enum kind kind,
                         struct plan_trouble *trouble)
{
    static const int64_t jump_hours[LEVELS] = {0, 1, 5, 20};
    unsigned nodes = plan_nodes(plan);
    *trouble = (struct plan_trouble){
        .kind = kind,
        .at_us = random_below(random, plan->heal_us),
        .length_us = seconds(random, 0, 30),
        .which = (unsigned)random_below(random, nodes - 1), /* a member */
        .direction = 1 + (unsigned)random_below(random, 3),
    };
    int64_t hours = jump_hours[plan->levels[KIND_CLOCK]];
    trouble->jump_us = random_between(random, -hours * 3600, hours * 3600) * SECOND_US;
    if (kind == KIND_CRASH || kind == KIND_CLOCK)
        trouble->which = (unsigned)random_below(random, nodes);
    if (kind == KIND_GONE)
        trouble->which = 1 + plan->issuers + (unsigned)random_below(random, plan->wallets);
    if (kind == KIND_CRASH && random_below(random, 2) == 0)
        trouble->length_us /= 30;
    trouble->link = (unsigned)random_below(random, PLAN_LINKS_MAX);
}

static void draw_troubles(struct plan *plan)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct random random = plan_stream(plan->seed, STREAM_KINDS + kind);
        enum level level = plan->levels[kind];
        uint64_t count =
            (uint64_t)random_between(&random, counts[kind][level].min, counts[kind][level].max);
        for (; count > 0; count--) {
            MUST(plan->trouble_count < PLAN_TROUBLES_MAX);
            draw_trouble(plan, &random, kind, &plan->troubles[plan->trouble_count++]);
        }
    }
}

void plan_draw(struct plan *plan, uint64_t seed, uint32_t without, uint64_t drop)
{
    memset(plan, 0, sizeof *plan);
    plan->seed = seed;
    plan->has_macs = seed % PLAN_MAC_EVERY == 0;
    draw_levels(plan, without);
    draw_world(plan);
    draw_load(plan, drop);
    draw_troubles(plan);
}
