/* What the files of `cardlab bench store` share: the work that both sides do, what it spends, and
 * the raw side. */
#ifndef TOOLS_BENCH_STORE_H
#define TOOLS_BENCH_STORE_H

#include "base/random.h"
#include "store/store.h"

#include <lmdb.h>

enum {
    BENCH_WINDOW = 100000, /* open packets: some ten seconds of a festival */
    BENCH_RECORDS = 3,     /* of a step */
    BENCH_VALUE_LEN = 150,
    BENCH_LOG_LEN = 450,
    BENCH_DATE = 20261122,
    BENCH_BATCH_MAX = 1024,
    BENCH_PATH_MAX = 4096,
};

/* --- the work (bench_store_work.c) ------------------------------------------------------------ */

/* A claim is three steps on the same three records: its freeze, its share and its transaction key.
 * The first makes share and key, the others change all three; each writes a log record. */
struct bench_claim {
    struct store_step step; /* the port side's */
    double submitted;       /* when, of bench_seconds_now(); the port side's */
    unsigned stage;
    uint64_t packet, transaction;
    uint16_t share;
};

struct bench_packet {
    uint64_t number;
    uint16_t shares; /* claimed so far */
};

/* Claims fall on any open packet; one whose shares are used up is replaced by a new one. */
struct bench_work {
    struct random random;
    uint64_t packet_next;
    uint64_t transaction_next;
    struct bench_packet packets[BENCH_WINDOW];
};
void bench_work_init(struct bench_work *work);
/* A first claim of the packet in this slot: with all slots, how a store is filled. */
void bench_work_fill(struct bench_work *work, struct bench_claim *claim, size_t slot);
/* The claim's next step; after its last, another claim. */
void bench_work_next(struct bench_work *work, struct bench_claim *claim);
void bench_work_first(struct bench_work *work, struct bench_claim *claim);
/* Freeze, share, transaction key: big-endian and in order of time, as real keys are. */
void bench_claim_keys(const struct bench_claim *claim, struct store_key keys[BENCH_RECORDS]);

struct bench_spent {
    double seconds;
    double cpu_us;        /* of the whole process */
    double written_bytes; /* handed to the kernel */
};
double bench_seconds_now(void); /* of a clock that only grows */
struct bench_spent bench_spent_now(void);

struct bench_sum {
    uint64_t steps, commits;
    struct bench_spent spent;
};
void bench_sum_add(struct bench_sum *sum, uint64_t steps, uint64_t commits,
                   struct bench_spent since);
double bench_sum_rate(const struct bench_sum *sum); /* steps a second */

/* --- raw LMDB (bench_store_raw.c) ------------------------------------------------------------- */

/* How the raw side lays its records out; the store as in bench_layouts[0]. */
struct bench_layout {
    const char *name;
    bool is_log_only;  /* no records at all: what appending alone costs */
    bool shares_apart; /* not behind their freeze, but in a range of keys of their own */
    bool table_each;   /* one LMDB database for each kind of record */
    bool log_searched; /* without MDB_APPEND */
    bool is_checked;   /* a CRC-32C of every record written, and of as much as is read */
};
extern const struct bench_layout bench_layouts[];
extern const size_t bench_layout_count;

struct bench_raw {
    const struct bench_layout *layout;
    struct bench_work work;
    MDB_env *env;
    MDB_dbi tables[BENCH_RECORDS], log;
    uint64_t log_number;
    uint64_t commits;
    struct bench_claim claims[2 * BENCH_BATCH_MAX]; /* two batches in turn, as through the port */
};
/* The folder must be there. Zeroed memory before; bench_raw_close() in any case. */
MUST_USE enum result bench_raw_open(struct bench_raw *raw, const struct bench_layout *layout,
                                    const char *folder, struct fault *fault);
void bench_raw_close(struct bench_raw *raw); /* accepts zeroed memory */
void bench_raw_begin(struct bench_raw *raw, unsigned batch);
MUST_USE enum result bench_raw_turn(struct bench_raw *raw, unsigned batch, double seconds,
                                    struct bench_sum *sum, struct fault *fault);

#endif
