/* Steps and their keys, and what apply may do. */
#include "store/store_tx.h"

struct bytes store_step_key_bytes(const struct store_step *step, unsigned index)
{
    return bytes_of(step->keys[index].data, step->keys[index].len);
}

unsigned store_step_key(struct store_step *step, struct store_key key)
{
    MUST(key.len > 0 && key.len <= STORE_KEY_MAX);
    for (unsigned i = 0; i < step->key_count; i++)
        if (bytes_equal(store_step_key_bytes(step, i), bytes_of(key.data, key.len)))
            return i;
    MUST(step->key_count < STORE_STEP_KEYS_MAX);
    step->keys[step->key_count] = key;
    return step->key_count++;
}

static enum result read_record(struct store_tx *tx, struct bytes key, struct bytes *value,
                               struct fault *fault)
{
    struct bytes sealed = {NULL, 0};
    *value = sealed;
    TRY(tx->read(tx->adapter, key, &sealed, fault));
    if (sealed.data != NULL && !record_open(key, sealed, value))
        return record_fault(tx->store_name, key, fault);
    return RESULT_OK;
}

enum result store_tx_run(struct store_tx *tx, struct store_step *step, struct fault *fault)
{
    MUST(step->key_count <= STORE_STEP_KEYS_MAX);
    tx->step = step;
    tx->has_log = false;
    for (unsigned i = 0; i < step->key_count; i++) {
        tx->writes[i].kind = WRITE_NOTHING;
        TRY(read_record(tx, store_step_key_bytes(step, i), &tx->reads[i], fault));
    }
    step->log_number = 0;
    step->apply(step, tx);
    for (unsigned i = 0; i < step->key_count; i++)
        if (tx->writes[i].kind == WRITE_PUT)
            record_seal(store_step_key_bytes(step, i), tx->writes[i].data, tx->writes[i].len);
    return RESULT_OK;
}

struct bytes store_tx_log_record(struct store_tx *tx, uint64_t number)
{
    log_record_seal(tx->log, number, tx->log_date, tx->log_len);
    return bytes_of(tx->log, LOG_HEADER_LEN + tx->log_len);
}

bool store_tx_get(struct store_tx *tx, unsigned index, struct bytes *value)
{
    MUST(index < tx->step->key_count);
    const struct store_write *write = &tx->writes[index];
    *value = (struct bytes){NULL, 0};
    if (write->kind == WRITE_PUT)
        *value = bytes_of(write->data, write->len);
    else if (write->kind == WRITE_NOTHING)
        *value = tx->reads[index];
    return value->data != NULL;
}

void store_tx_put(struct store_tx *tx, unsigned index, const void *data, size_t len)
{
    MUST(index < tx->step->key_count);
    MUST(len <= STORE_VALUE_MAX);
    struct store_write *write = &tx->writes[index];
    write->kind = WRITE_PUT;
    write->len = len;
    if (len > 0)
        memmove(write->data, data, len); /* what was read back may be put again, shortened */
}

void store_tx_delete(struct store_tx *tx, unsigned index)
{
    MUST(index < tx->step->key_count);
    tx->writes[index].kind = WRITE_DELETE;
}

uint64_t store_tx_log_number(const struct store_tx *tx)
{
    return tx->log_next;
}

void store_tx_log(struct store_tx *tx, uint32_t settlement_date, const void *data, size_t len)
{
    MUST(!tx->has_log);
    MUST(len <= STORE_LOG_MAX);
    tx->has_log = true;
    tx->log_date = settlement_date;
    tx->log_len = len;
    if (len > 0)
        memcpy(tx->log + LOG_HEADER_LEN, data, len);
}
