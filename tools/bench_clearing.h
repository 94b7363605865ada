/* What the files of `cardlab bench clearing` share: a synthetic day in the books of all parties,
 * and the floors beside it. */
#ifndef TOOLS_BENCH_CLEARING_H
#define TOOLS_BENCH_CLEARING_H

#include "bench_process.h"
#include "redpacket/reference.h"

enum {
    BENCH_ISSUERS = 4,
    BENCH_WALLETS = 2,
    BENCH_PARTIES = BENCH_ISSUERS + BENCH_WALLETS,
    BENCH_DAY = 20261231,
    BENCH_NEXT_DAY = 20270101,
    BENCH_SWITCH = 10000,
    BENCH_NAME_MAX = 64,
};

/* --- the day (bench_clearing_day.c) ----------------------------------------------------------- */

/* Everything about it follows from the number of claims, so that each party's book can be written
 * by itself, in order, out of nothing. */
struct bench_day {
    uint64_t claims;
    bool is_switch_only; /* no other party's book is written */
};

/* The issuers first, then the wallets. */
uint64_t bench_day_institution(unsigned party);

struct bench_books {
    uint64_t packets, released;       /* freezes, and those of which something was left */
    uint64_t switch_records, records; /* log records of the switch, and of all others together */
};
/* Writes FOLDER/switch and FOLDER/INSTITUTION, each a data folder as its party leaves it behind:
 * the switch's business date is the next one, and nothing is under way. Memory does not grow with
 * the day. RESULT_IO: what the store says. */
MUST_USE enum result bench_day_write(const struct bench_day *day, const char *folder,
                                     struct bench_books *books, struct fault *fault);

/* --- floors (bench_clearing_floor.c) ---------------------------------------------------------- */

/* Reads a file once, in large blocks, and looks at every byte of it. */
MUST_USE enum result bench_floor_read(const char *path, double *seconds, struct fault *fault);
/* Writes `bytes` into a new file and syncs it; then removes it, which is not counted. */
MUST_USE enum result bench_floor_write(const char *path, uint64_t bytes, double *seconds,
                                       struct fault *fault);

#endif
