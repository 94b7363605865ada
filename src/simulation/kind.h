/* The kinds of trouble that a simulated world knows. Per seed each is off, or mild, fair or wild;
 * each can be switched off by hand, which is how a failing case is made shorter. */
#ifndef SIMULATION_KIND_H
#define SIMULATION_KIND_H

#include <stdint.h>

enum kind {
    KIND_DELAY,
    KIND_LATE,
    KIND_LOSS,
    KIND_DUPLICATE,
    KIND_REORDER,
    KIND_GARBLE,
    KIND_FULL,
    KIND_BREAK,
    KIND_STALL,
    KIND_SILENCE,
    KIND_CRASH,
    KIND_CRASH_BEFORE,
    KIND_CRASH_AFTER,
    KIND_DISK,
    KIND_SLOW,
    KIND_CLOCK,
    KIND_SIGN_OFF,
    KIND_CUTOVER,
    KIND_GONE,
    KIND_REFUSE,
    KIND_FOREIGN,
    KIND_STUBBORN,
    KINDS,
};

/* A word for --without, and what it stands for in a few words. */
const char *kind_name(enum kind kind);
const char *kind_help(enum kind kind);
/* -1 when there is no such kind. */
int kind_find(const char *name);

static inline uint32_t kind_bit(enum kind kind)
{
    return UINT32_C(1) << kind;
}

#endif
