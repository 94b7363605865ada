/* All that a seed decides before the world begins: who takes part, what people do and when, which
 * kinds of trouble there are and when they strike. What befalls single messages and commits is
 * drawn while the world runs, from streams of the same seed.
 *
 * A plan depends on nothing but its arguments. */
#ifndef SIMULATION_PLAN_H
#define SIMULATION_PLAN_H

#include "base/random.h"
#include "redpacket/reference.h"
#include "simulation/kind.h"

enum {
    PLAN_ISSUERS_MAX = 3,
    PLAN_WALLETS_MAX = 2,
    PLAN_NODES_MAX = 1 + PLAN_ISSUERS_MAX + PLAN_WALLETS_MAX,
    PLAN_LINKS_MAX = 3,    /* of one member */
    PLAN_ISSUER_CARDS = 3, /* two that work and a restricted one */
    PLAN_CARDS_MAX = PLAN_ISSUERS_MAX * PLAN_ISSUER_CARDS + 2,
    PLAN_PACKETS_MAX = 5,
    PLAN_SHARES_MAX = 5,
    PLAN_PURCHASES_MAX = 5,
    PLAN_ACTIONS_MAX = 64, /* a bit of a 64-bit mask each */
    PLAN_TROUBLES_MAX = 128,
    /* One in so many has MACs on its links: they cost more than all the rest. */
    PLAN_MAC_EVERY = 10,
};

/* Nodes: the switch, the issuers, the wallets. */
enum { NODE_SWITCH = 0 };

enum level { LEVEL_OFF, LEVEL_MILD, LEVEL_FAIR, LEVEL_WILD, LEVELS };

/* Independent streams of one seed. */
enum stream {
    STREAM_WORLD,
    STREAM_LOAD,
    STREAM_LEVELS,
    STREAM_NETWORK,
    STREAM_STORE,
    STREAM_TIMES,
    STREAM_PURCHASES,
    STREAM_KINDS, /* and one for each kind, so that one kind less leaves the others as they were */
};
struct random plan_stream(uint64_t seed, unsigned stream);

struct plan_card {
    struct pan pan;
    int issuer; /* index, -1: of no issuer */
    int64_t available_minor;
    bool is_restricted, is_unknown;
};

struct plan_packet {
    unsigned wallet, card; /* indices */
    uint16_t shares;
    int64_t amount_minor;
};

enum action_what {
    ACTION_SEND,
    ACTION_GRAB,
    ACTION_CLAIM,
    ACTION_REPEAT,
    ACTION_EXPIRE,
    ACTION_REVERSE,
    ACTION_BUY,
    ACTION_GIVE_UP,
};

struct plan_action {
    uint64_t at_us;
    enum action_what what;
    unsigned wallet, packet, card; /* of a purchase its number is in the packet's place */
    uint16_t share;
    int64_t amount_minor; /* of a claim or purchase */
};

struct plan_trouble {
    uint64_t at_us, length_us;
    enum kind kind;
    unsigned which;     /* a node, or a member; the rest by kind */
    unsigned link;      /* of break, stall and silence: one of the member's, if it has so many */
    int64_t jump_us;    /* of a wall clock */
    unsigned direction; /* of stall and silence: 1 from the member, 2 to it, 3 both */
};

struct plan {
    uint64_t seed;
    bool has_macs;
    unsigned issuers, wallets;
    unsigned links[PLAN_NODES_MAX]; /* by node */
    uint32_t opening_date;
    int64_t wall_us; /* at the beginning */
    enum level levels[KINDS];
    /* Limits of the parties, now and then so small that they are reached. */
    unsigned switch_requests, switch_places, issuer_requests;
    unsigned forward_window;
    /* Some worlds live for weeks, in which freezes become too old and what is over is forgotten. Of
     * the others these times are 0, the parties' own. */
    bool is_slow;
    uint64_t freeze_age_us, keep_us, forget_us;
    uint64_t load_us; /* of people doing things */
    uint64_t heal_us; /* by then everything planned has happened */

    unsigned card_count;
    struct plan_card cards[PLAN_CARDS_MAX];
    unsigned packet_count;
    struct plan_packet packets[PLAN_PACKETS_MAX];
    unsigned purchase_count;
    unsigned action_count;
    struct plan_action actions[PLAN_ACTIONS_MAX]; /* in order of time */
    unsigned trouble_count;
    struct plan_trouble troubles[PLAN_TROUBLES_MAX];
};

/* `without`: kinds that are off whatever the seed says; `drop`: a bit for each action that is left
 * out. */
void plan_draw(struct plan *plan, uint64_t seed, uint32_t without, uint64_t drop);

static inline unsigned plan_nodes(const struct plan *plan)
{
    return 1 + plan->issuers + plan->wallets;
}
static inline bool plan_is_issuer(const struct plan *plan, unsigned node)
{
    return node >= 1 && node <= plan->issuers;
}
static inline bool plan_is_wallet(const struct plan *plan, unsigned node)
{
    return node > plan->issuers;
}

/* What a level means for one message or commit: in how many of 1024 cases it strikes, and the
 * longest time, in microseconds, where a kind has one. */
unsigned plan_chance(const struct plan *plan, enum kind kind);
uint64_t plan_time_us(const struct plan *plan, enum kind kind);

#endif
