/* The LMDB adapter's own structs: for the files store_lmdb*.c only.
 *
 * The owner's thread submits, takes and reads; the store thread commits. What both touch stands
 * below a mutex; no disk is waited for while one is held. The overlay is changed by the store
 * thread alone and only with its mutex held, so that thread reads it without. */
#ifndef STORE_STORE_LMDB_PRIVATE_H
#define STORE_STORE_LMDB_PRIVATE_H

#include "store/store_adapter.h"
#include "store/store_lmdb.h"
#include "store/store_overlay.h"

#include <lmdb.h>
#include <pthread.h>

enum {
    LMDB_TOUCHED_MAX = STORE_LMDB_BATCH_MAX * STORE_STEP_KEYS_MAX, /* records of a batch */
};

/* How far the table has followed (store_lmdb_sweep.c). */
struct lmdb_sweep {
    uint64_t end;         /* what was written before this number is to be in the table */
    uint64_t total, left; /* such records in the overlay: when it began, and now */
    uint64_t spent;       /* cost of what was written since */
    uint64_t slice_spent; /* the same at the last slice */
    uint64_t pieces;      /* of the redo, since the last slice */
    size_t hand_len;      /* all before this key has been met */
    uint8_t hand[STORE_KEY_MAX + 1];
};

struct lmdb_store {
    struct store store;
    char *folder;
    int lock_fd; /* of the writer's lock file; -1: none */
    MDB_env *env;
    MDB_dbi records, log, dates, redo, meta;
    MDB_txn *reader;      /* the owner's, reset between stretches; NULL until the first */
    uint64_t reader_from; /* of a store opened for reading: where its overlay begins */

    pthread_t thread;
    bool has_thread, leaves_lag;

    /* the store thread's own */
    uint64_t log_next;
    uint64_t commits;
    uint64_t batch_count, begun_us; /* of the last batch: its steps, and when it was taken */
    struct step_list backlog;       /* taken, and more than one batch holds */
    struct store_tx tx;
    uint64_t lag_max; /* cost of what is written while a sweep comes round */
    struct lmdb_sweep sweep;
    uint64_t sweeps;
    uint64_t redo_first, redo_from, redo_next; /* pieces: there; needed; to be written */
    uint64_t redo_loaded;                      /* bytes, when the store was opened */
    uint64_t room_end; /* of the data file: up to here there is room, or none could be had */
    struct overlay_entry *touched[LMDB_TOUCHED_MAX]; /* by this batch, each once */

    pthread_mutex_t overlay_mutex;
    struct overlay overlay;
    uint64_t durable_end; /* versions with a lower number are durable */
    struct store_lmdb_lag lag;

    pthread_mutex_t mutex;
    pthread_cond_t work;     /* something waits, or the end is near */
    pthread_cond_t progress; /* something became durable, or nothing ever will */
    uint64_t batch_max, gather_us;
    struct step_list waiting, durable;
    uint64_t waiting_count, wanted; /* so many that a batch that gathers is taken; 0: none does */
    bool is_idle, is_awaited, is_stopping, has_failed;
    struct fault fault;
    struct store_stats stats;
    void (*wake)(void *context);
    void *wake_context;
};

/* Says what LMDB's return code means and what to do about it. `doing` as in "cannot ... the
 * store". */
enum result lmdb_fault(const struct lmdb_store *lmdb, int code, const char *doing,
                       struct fault *fault);

static inline MDB_val lmdb_val(struct bytes bytes)
{
    /* LMDB takes what it only reads by pointers to non-const. */
    return (MDB_val){bytes.len, (void *)(uintptr_t)bytes.data};
}

/* --- store_lmdb_folder.c: the folder and who may write in it ---------------------------------- */

/* Makes the folder if it is missing. */
MUST_USE enum result lmdb_folder_make(const char *folder, struct fault *fault);
enum lmdb_data { LMDB_DATA_NONE, LMDB_DATA_THERE };
#define LMDB_DATA_NAME "data.mdb" /* LMDB's */
#define LMDB_NEW_NAME  "data.new" /* while it is made */
/* Whether a data file is there. RESULT_CORRUPT: it is empty, which ours never is. */
MUST_USE enum result lmdb_folder_look(const char *folder, enum lmdb_data *data,
                                      struct fault *fault);
/* Removes what a process left that died while it made a store. */
MUST_USE enum result lmdb_folder_clear_new(const char *folder, struct fault *fault);
/* The new data file gets its name. */
MUST_USE enum result lmdb_folder_name_new(const char *folder, struct fault *fault);
/* Takes the writer's lock; the descriptor holds it until it is closed. */
MUST_USE enum result lmdb_folder_lock(const char *folder, int *lock_fd, struct fault *fault);
/* Why a write to the data file was cut short: what writing there says now, or EIO. */
int lmdb_folder_probe(const char *folder);
/* Makes the names of the folder, and of what is in it, durable. */
MUST_USE enum result lmdb_folder_sync(const char *folder, struct fault *fault);

/* --- one transaction of the store thread -------------------------------------------------------
 */

enum {
    LMDB_BATCH_DATES_MAX = 8
}; /* two are in flight around a cutover; more are written between */

struct lmdb_batch {
    struct lmdb_store *lmdb;
    MDB_txn *txn;
    MDB_cursor *records, *log;
    uint64_t number;    /* of its first piece of the redo, and of all it writes into the overlay */
    uint64_t redo_next; /* after it */
    uint64_t log_next;
    uint64_t bytes; /* for store_stats() */
    uint64_t cost;  /* of what it wrote into the overlay, as overlay_cost() has it */
    unsigned touched_count;
    bool has_slice; /* from this key to the sweep's hand the table was brought up */
    size_t slice_len;
    uint8_t slice[STORE_KEY_MAX + 1];
    unsigned date_count;
    struct lmdb_batch_date {
        uint32_t date;
        struct date_range range;
    } dates[LMDB_BATCH_DATES_MAX];
};

/* RESULT_OK for code 0. */
MUST_USE enum result lmdb_batch_fault(const struct lmdb_batch *batch, int code,
                                      struct fault *fault);

/* --- store_lmdb_redo.c: what makes a commit durable before the table has it --------------------
 */

/* Reads into the overlay what the table need not have, and sets all numbers of the redo. For a
 * writer. RESULT_CORRUPT names the piece that does not verify, or is missing. */
MUST_USE enum result lmdb_redo_open(struct lmdb_store *lmdb, struct fault *fault);
/* The number of the first piece that is needed. */
MUST_USE enum result lmdb_redo_from(const struct lmdb_store *lmdb, MDB_txn *txn, uint64_t *from,
                                    struct fault *fault);
/* Reads the pieces from durable_end on, up to about `bytes_max`; is_over: those were all. */
MUST_USE enum result lmdb_redo_load(struct lmdb_store *lmdb, MDB_txn *txn, uint64_t bytes_max,
                                    bool *is_over, struct fault *fault);
/* Appends what the batch has touched. */
MUST_USE enum result lmdb_redo_write(struct lmdb_batch *batch, struct fault *fault);
/* The table has all that was written before `from`. */
MUST_USE enum result lmdb_redo_set_from(struct lmdb_batch *batch, uint64_t from,
                                        struct fault *fault);
/* Removes up to `count` pieces that nobody needs any more. */
MUST_USE enum result lmdb_redo_trim(struct lmdb_batch *batch, uint64_t count, struct fault *fault);
/* Removes all. */
MUST_USE enum result lmdb_redo_clear(struct lmdb_batch *batch, struct fault *fault);

/* --- store_lmdb_fill.c: into the table, so that its pages become full ----------------------------
 */

struct lmdb_fill {
    struct lmdb_batch *batch;
    struct overlay_entry *first; /* of a run that is not there yet; NULL: there is none */
    uint64_t count;              /* entries from there on, with those that are passed over */
    size_t bytes;
    struct store_key next; /* what the table has behind the run; its length 0: nothing */
};

/* Brings this record into the table, or with a later call. Entries come one after the other, in
 * their order, none left out; what the batch itself has written is passed over. Return LMDB's
 * codes. */
MUST_USE int lmdb_fill_add(struct lmdb_fill *fill, struct overlay_entry *entry);
/* After the last. */
MUST_USE int lmdb_fill_end(struct lmdb_fill *fill);

/* --- store_lmdb_sweep.c: the table follows ------------------------------------------------------
 */

/* Before a batch: begins a sweep unless one is on its way. */
void lmdb_sweep_begin(struct lmdb_store *lmdb);
/* A record is being written anew: the sweep need not bring its version so far, if it has one. */
void lmdb_sweep_replace(struct lmdb_store *lmdb, const struct overlay_entry *entry);
/* Behind the batch, in its transaction. */
MUST_USE enum result lmdb_sweep_go_on(struct lmdb_batch *batch, struct fault *fault);
/* The transaction is durable: takes from the overlay what the table now has. */
void lmdb_sweep_settle(struct lmdb_batch *batch);
/* Brings the table up to the overlay and empties both that and the redo. Not beside the store
 * thread. */
MUST_USE enum result lmdb_sweep_write_back(struct lmdb_store *lmdb, struct fault *fault);

/* --- store_lmdb_room.c: room in the data file ---------------------------------------------------
 */

/* Before a batch: makes the file longer, so that LMDB need not. What fails here is no fault. */
void lmdb_room_keep(struct lmdb_store *lmdb);

/* --- store_lmdb_commit.c: the store thread ---------------------------------------------------- */

MUST_USE enum result lmdb_thread_start(struct lmdb_store *lmdb, struct fault *fault);
/* Lets the thread commit what waits, and joins it. false: there was none, or a commit failed. */
bool lmdb_thread_stop(struct lmdb_store *lmdb);
void lmdb_submit(struct store *store, struct store_step *step);
enum result lmdb_take(struct store *store, struct store_step **steps, struct fault *fault);
void lmdb_wait(struct store *store);
void lmdb_set_wake(struct store *store, void (*wake)(void *context), void *context);

/* --- store_lmdb_read.c: copies of stretches --------------------------------------------------- */

enum result lmdb_read_records(struct store *store, struct bytes first, struct stretch *stretch,
                              struct fault *fault);
enum result lmdb_read_log(struct store *store, uint64_t from, struct stretch *stretch,
                          struct fault *fault);
enum result lmdb_read_date(struct store *store, uint32_t date, uint8_t out[DATE_RANGE_LEN],
                           size_t *len, struct fault *fault);

#endif
