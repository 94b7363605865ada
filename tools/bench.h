/* The benchmarks of `cardlab bench`, each in a file of its own: bench_NAME.c. All take --json and
 * measure, in the same run, a floor that they are compared with. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include "command.h"

command_run bench_frame, bench_store, bench_codec, bench_mac, bench_loop, bench_clearing,
    bench_switch, bench_packets;

/* CPU time of this thread: so that a busy machine does not look like a slow program. */
double bench_cpu_ns(void);
/* Of an odd number of values, which are put in order. */
double bench_median(double *values, size_t count);

#endif
