/* What an adapter fills in, and what the port gives it: for the files of this folder only.
 *
 * store.c does what is the same for all: order of delivery, scans, verification. An adapter moves
 * sealed bytes (store_record.h), makes batches durable, and copies stretches of what is durable. */
#ifndef STORE_STORE_ADAPTER_H
#define STORE_STORE_ADAPTER_H

#include "store/store_record.h"
#include "store/store_tx.h"

/* Items copied out of a snapshot: bounded in bytes, and in number so that a scan that stops early
 * has not copied much. */
struct stretch {
    uint8_t *data;
    size_t len;
    unsigned count;
    unsigned count_max;
};
/* false, and nothing is added, when the stretch is full. The key is a record's or a number. */
MUST_USE bool stretch_add(struct stretch *stretch, struct bytes key, struct bytes sealed);
MUST_USE bool stretch_add_numbered(struct stretch *stretch, uint64_t number, struct bytes sealed);

struct store_ops {
    void (*submit)(struct store *store, struct store_step *step);
    /* Hands over the steps that are durable by now as a list in order (NULL: none yet) and brings
     * store->stats up to it. */
    enum result (*take)(struct store *store, struct store_step **steps, struct fault *fault);
    /* Waits until take() has something to hand over or a fault to tell. */
    void (*wait)(struct store *store);
    /* Copies records with key >= first, or log records with number >= from, until there is no
     * more or the stretch is full. */
    enum result (*read_records)(struct store *store, struct bytes first, struct stretch *stretch,
                                struct fault *fault);
    enum result (*read_log)(struct store *store, uint64_t from, struct stretch *stretch,
                            struct fault *fault);
    /* The sealed range of a date, its length 0 when there is none. */
    enum result (*read_date)(struct store *store, uint32_t date, uint8_t out[DATE_RANGE_LEN],
                             size_t *len, struct fault *fault);
    void (*set_wake)(struct store *store, void (*wake)(void *context), void *context);
    void (*close)(struct store *store);
};

/* The first member of every adapter's own struct. */
struct store {
    const struct store_ops *ops;
    const char *name; /* for faults: the adapter's, as long as the store */
    enum store_mode mode;
    bool is_delivering;
    uint64_t submitted, delivered; /* steps */
    struct store_stats stats;
};

/* The steps of a queue, linked through step->next, oldest first. */
struct step_list {
    struct store_step *first;
    struct store_step *last;
};
void step_list_add(struct step_list *list, struct store_step *step);
/* Moves all of `from` to the end of `to`, at once. */
void step_list_append(struct step_list *to, struct step_list *from);
/* Takes up to `max` steps from the head; *count says how many. */
struct step_list step_list_cut(struct step_list *list, uint64_t max, uint64_t *count);

#endif
