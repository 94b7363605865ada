/* What the LMDB adapter can do besides the port. */
#ifndef STORE_STORE_LMDB_H
#define STORE_STORE_LMDB_H

#include "store/store.h"

/* The most steps in one commit. A batch is what gathered during the last sync; without a bound a
 * slow disk would answer nobody until everybody is served. */
enum { STORE_LMDB_BATCH_MAX = 1024 };

/* Sets that bound, for benchmarks: 1..STORE_LMDB_BATCH_MAX (MUST). This and what follows take only
 * what store_open_lmdb() has opened. */
void store_lmdb_set_batch_max(struct store *store, uint64_t batch_max);

/* Under load a commit begins no earlier than so many microseconds after the one before it, so that
 * it holds more steps: what a commit costs besides its steps is as much as twenty of them. Under
 * load is: the last one held so many steps. A claim waits for eight commits one after the other. */
enum { STORE_LMDB_GATHER_US = 3000, STORE_LMDB_GATHER_FROM = 8 };
/* With so many steps, or batch_max, it begins at once: more would hardly make them cheaper. */
enum { STORE_LMDB_GATHER_ENOUGH = 64 };
/* Sets that time, for benchmarks and tests. */
void store_lmdb_set_gather_us(struct store *store, uint64_t gather_us);

/* How far the table of records may lie behind what was committed (docs/store.md): about so many
 * bytes of written records, keys and what they take in memory, are committed while the table is
 * brought up once. The overlay in memory holds at most twice that, and so does the redo on disk. */
enum { STORE_LMDB_LAG_MAX = 32 * 1024 * 1024 };
/* Lowers it, for tests: 1..STORE_LMDB_LAG_MAX (MUST). Before the first step (MUST). */
void store_lmdb_set_lag_max(struct store *store, uint64_t lag_max);
/* store_close() leaves the table as it is, and the redo, as a crash would. */
void store_lmdb_leave_lag(struct store *store);

struct store_lmdb_lag {
    uint64_t records, bytes; /* in the overlay, and their memory */
    uint64_t pieces;         /* of the redo, on disk */
    uint64_t sweeps;         /* how often the table was brought up since the store was opened */
};
/* As of the last commit. */
struct store_lmdb_lag store_lmdb_lag(struct store *store);

/* The tables of the environment, for tools and tests that look at it without the port. */
#define STORE_LMDB_RECORDS "records"
#define STORE_LMDB_LOG     "log"   /* native 64-bit numbers, MDB_INTEGERKEY */
#define STORE_LMDB_DATES   "dates" /* native 32-bit YYYYMMDD, MDB_INTEGERKEY */
#define STORE_LMDB_REDO    "redo"  /* native 64-bit numbers, MDB_INTEGERKEY */
#define STORE_LMDB_META    "meta"  /* "layout": the version of all of this, 4 bytes; "redo" */

#endif
