/* The LMDB adapter's own struct: for the files store_lmdb*.c only.
 *
 * The owner's thread submits, takes and reads; the store thread commits. What both touch stands
 * below the mutex; no disk is waited for while it is held. */
#ifndef STORE_STORE_LMDB_PRIVATE_H
#define STORE_STORE_LMDB_PRIVATE_H

#include "store/store_adapter.h"

#include <lmdb.h>
#include <pthread.h>

struct lmdb_store {
    struct store store;
    char *folder;
    int lock_fd; /* of the writer's lock file; -1: none */
    MDB_env *env;
    MDB_dbi records, log, dates;
    MDB_txn *reader; /* the owner's, reset between stretches; NULL until the first */

    pthread_t thread;
    bool has_thread;
    uint64_t batch_max;

    /* the store thread's own */
    uint64_t log_next;
    uint64_t commits;
    struct step_list backlog; /* taken, and more than one batch holds */
    struct store_tx tx;

    pthread_mutex_t mutex;
    pthread_cond_t work;     /* something waits, or the end is near */
    pthread_cond_t progress; /* something became durable, or nothing ever will */
    struct step_list waiting, durable;
    bool is_idle, is_stopping, has_failed;
    struct fault fault;
    struct store_stats stats;
    void (*wake)(void *context);
    void *wake_context;
};

/* Says what LMDB's return code means and what to do about it. `doing` as in "cannot ... the
 * store". */
enum result lmdb_fault(const struct lmdb_store *lmdb, int code, const char *doing,
                       struct fault *fault);

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

/* --- store_lmdb_commit.c: the store thread ---------------------------------------------------- */

MUST_USE enum result lmdb_thread_start(struct lmdb_store *lmdb, struct fault *fault);
/* Lets the thread commit what waits, and joins it; does nothing when there is none. */
void lmdb_thread_stop(struct lmdb_store *lmdb);
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
