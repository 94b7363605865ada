/* The inside of a simulated world, shared by the files of this folder and nobody else.
 *
 *   world.c    time, and the end         network.c  links and what they do to messages
 *   node.c     a party's process         load.c     what people do
 *   trouble.c  what strikes by the clock clearing.c dates are cut; files against books
 *   forgetting.c  what is still remembered after weeks
 *   trace.c    the diagram               auditor.h  who watches */
#ifndef SIMULATION_WORLD_H
#define SIMULATION_WORLD_H

#include "issuer_sim/issuer.h"
#include "party/party.h"
#include "router/router.h"
#include "simulation/agenda.h"
#include "simulation/auditor.h"
#include "simulation/hash.h"
#include "simulation/simulation.h"
#include "wallet_sim/wallet.h"

enum {
    FLIGHTS_MAX = 1024, /* messages under way; then links take no more */
    MEMBERS_MAX = PLAN_NODES_MAX - 1,
    LINKS_MAX = MEMBERS_MAX * PLAN_LINKS_MAX,
};

struct world;

/* A party's process, and its disk, which outlives it. */
struct node {
    struct world *world;
    unsigned index;
    const char *name;
    struct institution id;
    struct store *store;
    bool is_alive, is_gone;
    struct router *router;
    struct issuer *issuer;
    struct wallet *wallet;
    struct party *party;  /* of one of them */
    uint64_t commit_us;   /* when what waits becomes durable; 0: nothing waits */
    int64_t wall_off_us;  /* how wrong its clock is */
    uint64_t incarnation; /* started so often */
};

enum { SIDE_MEMBER, SIDE_SWITCH, SIDES };

/* Between a member and the switch. Of member i, which is node i + 1 and the switch's peer i, the
 * first is link i * PLAN_LINKS_MAX. */
struct link {
    bool is_up[SIDES];
    bool is_planned; /* to come up */
    uint32_t generation;
    /* By who sends. */
    uint64_t sent[SIDES], first[SIDES], delivered[SIDES]; /* numbers: of this generation's first */
    uint64_t due_us[SIDES];                               /* in order: not before the one before */
    uint64_t silent_until_us[SIDES], stalled_until_us[SIDES];
};

struct flight {
    bool is_used, is_dead, is_stubborn;
    uint8_t link, side; /* who sent it */
    uint32_t generation;
    uint64_t number, sent_us;
    size_t len;
    uint8_t bytes[PARTY_MESSAGE_MAX];
};

/* What the people of the world know of a packet. */
struct known_packet {
    bool is_sent;                /* the wallet has taken the command */
    struct operation freeze;     /* kind NONE: not seen on the wire yet */
    struct wallet_ticket ticket; /* grabbed */
};

enum phase {
    PHASE_TROUBLE, /* people and troubles */
    PHASE_HEALED,  /* everything works; all must come to rest */
    PHASE_CUTOVER, /* the last business date is over */
    PHASE_CUT,     /* its dates are cut, one after the other */
    PHASE_FORGET,  /* of a slow world: weeks pass, in which nothing happens */
    PHASE_OVER,
};

struct world {
    const struct simulation *simulation;
    const struct simulation_case *which;
    struct simulation_result *result;
    struct plan plan;
    uint64_t now_us, end_us;
    enum phase phase;
    struct agenda agenda;
    struct node nodes[PLAN_NODES_MAX];
    unsigned node_count;
    struct link links[LINKS_MAX]; /* those that nobody has are never up */
    bool is_signed_off[MEMBERS_MAX];
    struct flight flights[FLIGHTS_MAX];
    uint16_t free_flights[FLIGHTS_MAX];
    unsigned flight_count, flight_high, free_count;
    struct random network, stores, times;
    struct known_packet packets[PLAN_PACKETS_MAX];
    uint8_t tries[PLAN_ACTIONS_MAX];
    uint32_t cutovers; /* so far */
    uint32_t date_cut; /* the latest that was cut in the end */
    bool cut_busy;
    uint64_t look_us; /* when it is looked at what is still remembered */
    uint64_t hash;
    struct auditor auditor;
};

struct simulation {
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key *keys[MEMBERS_MAX];
    struct layout_set *layouts;
    struct world *world;
};

/* world.c */
void world_begin(struct world *world, const struct simulation *simulation,
                 const struct simulation_case *which, struct simulation_result *result);
void world_run(struct world *world);
void world_end(struct world *world);
bool world_has_failed(const struct world *world);
void world_event(struct world *world, unsigned what, unsigned which);
/* When something small happens, drawn from what is neither network nor store. */
uint64_t world_draw_us(struct world *world, uint64_t min_us, uint64_t max_us);

/* node.c */
MUST_USE enum result node_prepare(struct world *world, unsigned index, struct fault *fault);
void node_start(struct node *node);
void node_crash(struct node *node, const char *why);
void node_close(struct node *node); /* with its disk */
struct instant node_now(const struct node *node);
/* After anything was done with the node: what it submitted is to become durable. */
void node_after(struct node *node);
void node_commit(struct node *node);
void node_tick(struct node *node);

/* network.c */
uint64_t network_send(struct node *node, unsigned peer, unsigned line, struct bytes message);
void network_deliver(struct world *world, const struct entry *entry);
void network_side_down(struct world *world, unsigned link, unsigned side, uint32_t generation);
void network_link_up(struct world *world, unsigned link);
/* Breaks the link: both ends hear of it, not at the same moment. */
void network_break(struct world *world, unsigned link);
/* The process at one end is gone, and its end of every link with it. */
void network_node_died(struct node *node);
/* Links of which nothing is left come up again after a while. */
void network_plan_up(struct world *world, unsigned link);
void network_plan_node_up(struct node *node);
/* Until then, what is sent vanishes, or waits. */
void network_silence(struct world *world, unsigned link, unsigned direction, uint64_t until_us);
void network_stall(struct world *world, unsigned link, unsigned direction, uint64_t until_us);
void network_heal(struct world *world);

/* load.c */
void load_action(struct world *world, unsigned which);
/* A wallet has sent this: now people know of the packet. */
void load_seen(struct world *world, unsigned node, const struct operation *freeze);

/* trouble.c */
void trouble_strike(struct world *world, unsigned which);
void trouble_end(struct world *world, const struct entry *entry);
void trouble_heal(struct world *world);

/* clearing.c */
void clearing_cut_next(struct world *world);
void clearing_compare(struct world *world);
/* All stores, by the product's own audit. */
void clearing_audit(struct world *world);

/* forgetting.c */
void forgetting_watch(struct world *world);
/* Now and then: whether all is forgotten that can be; then the world is over. */
void forgetting_look(struct world *world);

/* trace.c; all of them do nothing without a trace. */
void trace_begin(struct world *world);
void trace_note(struct world *world, unsigned node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void trace_message(struct world *world, const struct flight *flight, const char *fate);
void trace_durable(struct world *world, unsigned node, const struct store_memory_write *write);

#endif
