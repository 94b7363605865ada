/* How records, log records and date ranges are laid out as bytes; the same in every adapter.
 *
 *   record       value, then CRC-32C over key and value
 *   log record   version, settlement date, CRC-32C over number, version, date and data; then data
 *   date range   first and last number, laid out as a record under its date
 *
 * The checksum takes in the key, so that a value in the wrong place does not verify either. */
#ifndef STORE_STORE_RECORD_H
#define STORE_STORE_RECORD_H

#include "store/store.h"

enum {
    RECORD_SEAL_LEN = 4,
    LOG_VERSION = 1,
    LOG_HEADER_LEN = 1 + 4 + 4,
    LOG_RECORD_MAX = LOG_HEADER_LEN + STORE_LOG_MAX,
    DATE_KEY_LEN = 4,
    DATE_RANGE_LEN = 8 + 8 + RECORD_SEAL_LEN,
    RECORD_NAME_SIZE = 4 * STORE_KEY_MAX + 1,
};

/* Keys in the order of their bytes, the shorter of two that begin alike first: < 0, 0, > 0. */
int record_key_compare(struct bytes a, struct bytes b);

/* Writes the checksum behind the `len` bytes of value at `data`. */
void record_seal(struct bytes key, uint8_t *data, size_t len);
/* What was sealed, without the checksum; false when it does not verify. Borrows. */
MUST_USE bool record_open(struct bytes key, struct bytes sealed, struct bytes *value);

/* The key for people, terminated: its printable bytes as they are, others as \xNN. A run of 8 or
 * more digits may be a card number and is masked as one. */
void record_name(struct bytes key, char out[RECORD_NAME_SIZE]);
/* RESULT_CORRUPT: what is stored under the key is not what was stored. Names store and record. */
enum result record_fault(const char *store_name, struct bytes key, struct fault *fault);

/* Fills the header before the `len` bytes of data at record + LOG_HEADER_LEN. */
void log_record_seal(uint8_t *record, uint64_t number, uint32_t settlement_date, size_t len);
/* The same number and bytes back; false when they do not verify or have another version. */
MUST_USE bool log_record_open(uint64_t number, struct bytes sealed,
                              struct store_log_record *record);

struct date_range {
    uint64_t first, last;
};
void date_range_seal(uint32_t date, struct date_range range, uint8_t out[DATE_RANGE_LEN]);
MUST_USE bool date_range_open(uint32_t date, struct bytes sealed, struct date_range *range);

#endif
