/* A load on a running lab: gives every wallet its crowd (crowd.h), starts them together, waits
 * until the last answer has come, and adds up how they fared and what each party's process spent.
 */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include "crowd.h"
#include "runner.h"

struct load_cost { /* of a party's process during the load */
    int64_t user_us, system_us;
    int64_t steps, commits, store_bytes, messages;
    int64_t private_kb; /* at the end */
};

/* Requests that had to be sent again, by why: forward_outcome_name(). */
enum { LOAD_DELAYS = FORWARD_OUTCOMES };

struct load_party {
    struct load_cost cost;
    int64_t delays[LOAD_DELAYS];
};

struct load_figures {
    struct crowd_view all; /* of all crowds together; elapsed_us of the one that ended last */
    struct histogram latency[MIX_OPERATIONS];      /* microseconds, of good answers */
    struct load_party parties[RUNNER_PARTIES_MAX]; /* as the runner numbers them */
    struct load_cost self;                         /* of this process, which only watches */
    uint64_t offering_us; /* for so long requests came: as planned, or until interrupted */
    bool is_interrupted;
};

struct load_plan {
    const char *mix;   /* path */
    double rate_per_s; /* of all wallets together; 0: at a window */
    unsigned window;   /* of each wallet */
    uint64_t duration_ms;
    int64_t seed;
    bool is_live; /* a line on standard error */
};

/* At the first signal (runner_is_interrupted()) nobody comes any more, what is under way is waited
 * for, and the figures are those until then; a second one ends it with RESULT_STATE. */
MUST_USE enum result load_run(struct runner *runner, const struct load_plan *plan,
                              struct load_figures *figures, struct fault *fault);

/* Microseconds of CPU. */
static inline int64_t load_cpu_us(const struct load_cost *cost)
{
    return cost->user_us + cost->system_us;
}
/* A load's rates: what was offered, per second of the time for which requests came; and what of it
 * was answered well, per second of that time, or until the last answer when that came later. */
double load_offered_per_s(const struct load_figures *figures);
double load_good_per_s(const struct load_figures *figures, enum mix_operation operation);

#endif
