/* cardlab bench NAME: which benchmarks there are; each prints what it measured by itself. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    command_run *run;
    const char *summary;
} benches[] = {
    {"store", bench_store, "durable steps, beside a raw LMDB commit of the same bytes"},
    {"codec", bench_codec, "messages read and written, beside copying and walking their bytes"},
    {"frame", bench_frame, "messages cut out of a stream, beside a loop that checks nothing"},
    {"mac", bench_mac, "the MAC of a claim, beside the bare cipher over the same bytes"},
    {"packets", bench_packets, "open packets: bytes on disk, start of the switch, memory"},
    {"clearing", bench_clearing, "a day cut and reconciled, beside reading and writing its bytes"},
    {"switch", bench_switch, "claims through the switch's core, beside its MACs, codec and store"},
    {"loop", bench_loop, "claims echoed over a link with codec and MAC, beside plain sockets"},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return values[count / 2];
}

static int print_help(FILE *out)
{
    fprintf(out, "Usage: cardlab bench NAME [options]\n"
                 "Measures a part of cardlab beside a floor measured in the same run.\n\n");
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        fprintf(out, "  %-8s %s\n", benches[i].name, benches[i].summary);
    fprintf(out, "\nEach has --json and --help.\n");
    return out == stdout ? COMMAND_GOOD : COMMAND_CANNOT;
}

int cmd_bench(int argc, char **argv)
{
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return print_help(stdout);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        if (strcmp(argv[1], benches[i].name) == 0)
            return benches[i].run(argc - 1, argv + 1);
    fprintf(stderr, "cardlab bench: no benchmark %s\n", argv[1]);
    return print_help(stderr);
}
