/* One step while it is applied. All its records are read and verified before apply runs: it never
 * takes a damaged one for one that is not there. What it puts stays here until apply has returned;
 * then the adapter writes it. So the bytes that apply reads can be the adapter's own, uncopied, and
 * a step whose apply never returned has written nothing. */
#ifndef STORE_STORE_TX_H
#define STORE_STORE_TX_H

#include "store/store_record.h"

/* Finds the sealed record under a key; *sealed has data NULL when there is none. The bytes live
 * until the adapter writes. */
typedef enum result store_read_fn(void *adapter, struct bytes key, struct bytes *sealed,
                                  struct fault *fault);

enum store_write_kind { WRITE_NOTHING, WRITE_PUT, WRITE_DELETE };

struct store_write {
    enum store_write_kind kind;
    size_t len; /* without the seal */
    uint8_t data[STORE_VALUE_MAX + RECORD_SEAL_LEN];
};

struct store_tx {
    store_read_fn *read;
    void *adapter;
    const char *store_name; /* for faults */
    struct store_step *step;
    struct bytes reads[STORE_STEP_KEYS_MAX];        /* verified; data NULL: no such record */
    struct store_write writes[STORE_STEP_KEYS_MAX]; /* by key index */
    uint64_t log_next; /* the number of this step's log record; set by the adapter */
    bool has_log;
    uint32_t log_date;
    size_t log_len; /* without the header */
    uint8_t log[LOG_RECORD_MAX];
};

/* Runs the step's apply and leaves its sealed writes and its log record, whose header is still to
 * be filled, in tx. Anything but RESULT_OK: a read failed, apply was not called, the step and its
 * batch are void. */
MUST_USE enum result store_tx_run(struct store_tx *tx, struct store_step *step,
                                  struct fault *fault);
/* Numbers and seals the log record that the step has written. */
struct bytes store_tx_log_record(struct store_tx *tx, uint64_t number);

struct bytes store_step_key_bytes(const struct store_step *step, unsigned index);

#endif
