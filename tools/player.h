/* Plays a day file in a running lab: every step over the control socket of the party whose step it
 * is, and keeps what came of it for the summary. */
#ifndef TOOLS_PLAYER_H
#define TOOLS_PLAYER_H

#include "lab/day.h"
#include "redpacket/reference.h"
#include "runner.h"

enum { PLAYER_OUTCOME_MAX = 96 };

/* What came of one step (those of a `together` list each for itself). */
struct played {
    const struct day_step *step;
    int packet;           /* number in the day; -1: none */
    uint32_t date;        /* business date when it was played */
    int64_t amount_minor; /* frozen, claimed, or what the wallet thinks is left; -1 */
    char reference[REFERENCE_TEXT_LEN + 1]; /* of the freeze; "" when the wallet refused */
    char code[3];                           /* "" when no message was sent */
    char outcome[PLAYER_OUTCOME_MAX];       /* in words */
    bool is_expected;
};

/* A day ends: called at each cutover, after everything has settled, before the next step. */
typedef enum result player_day_over_fn(void *context, uint32_t date, struct fault *fault);

struct player;

MUST_USE enum result player_open(struct runner *runner, const struct day *day, uint64_t seed,
                                 struct player **player, struct fault *fault);
void player_close(struct player *player); /* accepts NULL */

/* Plays all steps. `between` (may be NULL) is called on each business date before its cutover and
 * once after the last step, with everything settled: generated traffic goes there. */
MUST_USE enum result player_run(struct player *player, player_day_over_fn *between,
                                player_day_over_fn *day_over, void *context, struct fault *fault);
/* The switch begins `date`; waits until it is durable and everything has settled. */
MUST_USE enum result player_cutover(struct runner *runner, uint32_t date, struct fault *fault);

const struct played *player_at(const struct player *player, size_t index); /* NULL: past the end */
uint32_t player_date(const struct player *player);

#endif
