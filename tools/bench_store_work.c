/* What both sides of `cardlab bench store` do, and what it costs. */
#include "bench_store.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum {
    PACKET_SHARES = 8,
    CLAIM_STEPS = 3,
    FREEZE_KEY_LEN = 26,
    SHARE_KEY_LEN = 28, /* the freeze's, and the share: neighbours */
    TRANSACTION_KEY_LEN = 33,
};

void bench_work_init(struct bench_work *work)
{
    *work = (struct bench_work){.random = random_seeded(BENCH_DATE)};
    for (size_t i = 0; i < BENCH_WINDOW; i++)
        work->packets[i].number = work->packet_next++;
}

void bench_work_fill(struct bench_work *work, struct bench_claim *claim, size_t slot)
{
    struct bench_packet *packet = &work->packets[slot];
    if (packet->shares == PACKET_SHARES)
        *packet = (struct bench_packet){.number = work->packet_next++};
    claim->stage = 0;
    claim->packet = packet->number;
    claim->share = ++packet->shares;
    claim->transaction = work->transaction_next++;
}

void bench_work_first(struct bench_work *work, struct bench_claim *claim)
{
    bench_work_fill(work, claim, random_below(&work->random, BENCH_WINDOW));
}

void bench_work_next(struct bench_work *work, struct bench_claim *claim)
{
    if (++claim->stage == CLAIM_STEPS)
        bench_work_first(work, claim);
}

void bench_claim_keys(const struct bench_claim *claim, struct store_key keys[BENCH_RECORDS])
{
    static const uint8_t lengths[] = {FREEZE_KEY_LEN, SHARE_KEY_LEN, TRANSACTION_KEY_LEN};
    for (size_t i = 0; i < BENCH_RECORDS; i++) {
        struct writer w = writer_to(keys[i].data, lengths[i]);
        keys[i].len = lengths[i];
        memset(keys[i].data, '9', lengths[i]); /* the institutions */
        write_u8(&w, i == 2 ? 'D' : 'F');
        write_u32(&w, BENCH_DATE);
        write_u64(&w, i == 2 ? claim->transaction : claim->packet);
        if (i == 1) {
            writer_take(&w, FREEZE_KEY_LEN - w.len);
            write_u16(&w, claim->share);
        }
    }
}

double bench_seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double written_now(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[64];
    unsigned long long bytes = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "wchar: %llu", &bytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return (double)bytes;
}

struct bench_spent bench_spent_now(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct bench_spent){
        .seconds = bench_seconds_now(),
        .cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
        .written_bytes = written_now(),
    };
}

void bench_sum_add(struct bench_sum *sum, uint64_t steps, uint64_t commits,
                   struct bench_spent since)
{
    struct bench_spent now = bench_spent_now();
    sum->steps += steps;
    sum->commits += commits;
    sum->spent.seconds += now.seconds - since.seconds;
    sum->spent.cpu_us += now.cpu_us - since.cpu_us;
    sum->spent.written_bytes += now.written_bytes - since.written_bytes;
}

double bench_sum_rate(const struct bench_sum *sum)
{
    return (double)sum->steps / sum->spent.seconds;
}
