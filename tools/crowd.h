/* The customers of one wallet under load, inside the wallet's own process: each arrives at its own
 * time, does what the mix says (a claim is a grab and the claim with its ticket) through the
 * wallet's ordinary commands, and is timed from the moment at which it was to arrive until its
 * answer is durable in the wallet's book. So every step of a load is as durable as in a lab that
 * people use, and nothing but the people is made up.
 *
 * At a rate the loop is open: a late answer delays nobody, and an arrival that is begun late has
 * waited since its own time. So has one that stood in line because as many were under way at the
 * wallet as the switch lets it have with ease. At a window it is closed: so many are under way, and
 * the next begins when one ends. */
#ifndef TOOLS_CROWD_H
#define TOOLS_CROWD_H

#include "base/histogram.h"
#include "lab/lab.h"
#include "lab/mix.h"
#include "wallet_sim/wallet.h"

enum {
    CROWD_OPEN_MAX = 4096, /* under way at once; as many requests a party has by default */
    CROWD_PACKETS_MAX = 65536,
    CROWD_CAUSES_MAX = 32, /* answers that are not 00, the wallet's own refusals, and our own */
    CROWD_CAUSE_MAX = 48,
};

struct crowd;

struct crowd_config {
    struct wallet *wallet;
    const struct lab *lab; /* whose generated accounts are the customers' cards */
    const struct mix *mix; /* copied */
    uint64_t seed;
};
/* RESULT_INPUT: the lab has no generated accounts. The stock is frozen by the turns that follow. */
MUST_USE enum result crowd_open(const struct crowd_config *config, struct crowd **crowd,
                                struct fault *fault);
/* Accepts NULL. Nothing may be under way, or the wallet is closed before. */
void crowd_close(struct crowd *crowd);

struct crowd_run {
    double rate_per_s; /* without ramp and bursts; 0: at a window */
    unsigned window;
    uint64_t duration_us;
};
/* Once; the clock starts now. */
void crowd_start(struct crowd *crowd, const struct crowd_run *run, uint64_t now_us);
/* From now on nobody comes any more; who is there is served. */
void crowd_stop(struct crowd *crowd, uint64_t now_us);

/* Does what is due: to be called in each turn of the loop. Returns when it is to be called at the
 * latest; UINT64_MAX: whenever something else happens. */
uint64_t crowd_turn(struct crowd *crowd, uint64_t now_us);

enum crowd_phase {
    CROWD_PREPARING, /* freezes its stock */
    CROWD_READY,
    CROWD_RUNNING, /* also while the last answers are awaited */
    CROWD_OVER,
};

struct crowd_count {
    uint64_t asked, good;
};
struct crowd_cause {
    char text[CROWD_CAUSE_MAX];
    uint64_t count;
};
struct crowd_view {
    enum crowd_phase phase;
    uint64_t elapsed_us; /* from the start to the latest answer to one who came */
    uint64_t offered;    /* arrivals that were due */
    uint64_t open;       /* under way */
    uint64_t restocked;  /* good freezes that nobody asked for, to keep the stock up */
    struct crowd_count counts[MIX_OPERATIONS];   /* of what was offered */
    struct crowd_cause causes[CROWD_CAUSES_MAX]; /* of what was not good */
    unsigned cause_count;
};
const struct crowd_view *crowd_view(const struct crowd *crowd);
/* Microseconds to good answers to what was offered. */
const struct histogram *crowd_latency(const struct crowd *crowd, enum mix_operation operation);

#endif
