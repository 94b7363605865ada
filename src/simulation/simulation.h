/* A whole card network in one process, in simulated time, from a seed: the product's own cores,
 * codec and protocol code over a simulated network, clock and store, with every kind of trouble,
 * and an auditor beside it. The same seed does the same in every build, and has the same hash.
 *
 * A world is small: one switch, two or three issuers, one or two wallets, up to three packets of up
 * to four shares, and a few dozen things that people do with them within a simulated minute. Then
 * everything heals, and all must come to rest; then its dates are cut and compared with the books.
 * docs/simulation.md tells of it. */
#ifndef SIMULATION_SIMULATION_H
#define SIMULATION_SIMULATION_H

#include "base/mutant.h"
#include "base/result.h"
#include "simulation/kind.h"

#include <stdint.h>
#include <stdio.h>

enum {
    SIMULATION_TEXT_MAX = 300,
    SIMULATION_ACTIONS_MAX = 64, /* bits of a case's drop */
};

struct simulation;

/* What all worlds share: specs, MAC keys, memory. `specs`: the folder of shipped specs. Errors:
 * those of the specs. One thread uses it. */
MUST_USE enum result simulation_open(const char *specs, struct simulation **simulation,
                                     struct fault *fault);
void simulation_close(struct simulation *simulation); /* accepts NULL */

struct simulation_case {
    uint64_t seed;
    uint32_t without;   /* kind_bit() of those that are switched off */
    uint64_t drop;      /* a bit for each action of the plan that is left out */
    enum mutant mutant; /* needs a build that carries them */
    FILE *trace;        /* where the sequence diagram goes; NULL: nowhere */
};

struct simulation_result {
    uint64_t hash;
    uint64_t events;       /* things that happened */
    uint64_t simulated_us; /* how long the world lasted */
    uint64_t messages;     /* handed to links */
    uint64_t commits, crashes;
    uint32_t kinds;   /* that were on */
    unsigned actions; /* of the plan, without those dropped */
    /* Which statement of the protocol page's "What must always hold" did not, 0: all did;
     * SIMULATION_LAW: another rule of that page; SIMULATION_STOPPED: a party stopped itself,
     * because something that must hold for its code did not. */
    unsigned statement;
    char text[SIMULATION_TEXT_MAX];
};
enum { SIMULATION_LAW = 9, SIMULATION_STOPPED = 10 };

/* Runs one world to its end, or to the first violation. */
void simulation_run(struct simulation *simulation, const struct simulation_case *which,
                    struct simulation_result *result);

/* A case that fails, made shorter: kinds switched off and actions left out as long as it fails
 * still. `shortened` and `result` are the last that failed. */
void simulation_shorten(struct simulation *simulation, const struct simulation_case *failed,
                        struct simulation_case *shortened, struct simulation_result *result);

/* Whether this build carries mutants at all. */
bool simulation_has_mutants(void);
/* A word for --mutant, and what it breaks. NULL past the last; MUTANT_NONE has none. */
const char *simulation_mutant_name(enum mutant mutant);
const char *simulation_mutant_help(enum mutant mutant);

#endif
