/* What the LMDB adapter can do besides the port. */
#ifndef STORE_STORE_LMDB_H
#define STORE_STORE_LMDB_H

#include "store/store.h"

/* The most steps in one commit. A batch is what gathered during the last sync; without a bound a
 * slow disk would answer nobody until everybody is served. */
enum { STORE_LMDB_BATCH_MAX = 1024 };

/* Lowers that bound, for benchmarks: 1..STORE_LMDB_BATCH_MAX (MUST). Takes only what
 * store_open_lmdb() has opened, before the first step. */
void store_lmdb_set_batch_max(struct store *store, uint64_t batch_max);

/* The tables of the environment, for tools and tests that look at it without the port. */
#define STORE_LMDB_RECORDS "records"
#define STORE_LMDB_LOG     "log"   /* native 64-bit numbers, MDB_INTEGERKEY */
#define STORE_LMDB_DATES   "dates" /* native 32-bit YYYYMMDD, MDB_INTEGERKEY */
#define STORE_LMDB_META    "meta"  /* "layout": the version of all of this, 4 bytes */

#endif
