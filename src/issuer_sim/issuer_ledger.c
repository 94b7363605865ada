/* Accounts and freezes: their record forms, and scans over them. */
#include "issuer_sim/issuer_ledger.h"

#include <string.h>

enum { ACCOUNT_RECORD_VERSION = 1, LEDGER_FREEZE_RECORD_VERSION = 3, AMOUNT_LEN = 6 };

/* Letters sort behind the digits of every card, and no card is made of them. */
static const char SUSPENSE[] = "suspense";

struct store_key ledger_suspense_key(void)
{
    return key_of_name(TABLE_ACCOUNT, SUSPENSE);
}

/* --- accounts --------------------------------------------------------------------------------- */

size_t ledger_account_encode(const struct ledger_account *account,
                             uint8_t out[LEDGER_ACCOUNT_RECORD_MAX])
{
    struct writer w = writer_to(out, LEDGER_ACCOUNT_RECORD_MAX);
    size_t holder_len = strlen(account->holder);
    write_u8(&w, ACCOUNT_RECORD_VERSION);
    write_u8(&w, (uint8_t)account->state);
    write_u64(&w, (uint64_t)account->available_minor);
    write_u64(&w, (uint64_t)account->frozen_minor);
    write_u8(&w, (uint8_t)holder_len);
    write_bytes(&w, account->holder, holder_len);
    MUST(!w.bad);
    return w.len;
}

bool ledger_account_decode(struct bytes record, struct ledger_account *account)
{
    *account = (struct ledger_account){.state = LEDGER_ACCOUNT_NONE};
    if (record.data == NULL)
        return true;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    account->state = (enum ledger_account_state)read_u8(&r);
    account->available_minor = (int64_t)read_u64(&r);
    account->frozen_minor = (int64_t)read_u64(&r);
    size_t holder_len = read_u8(&r);
    if (holder_len > LEDGER_HOLDER_MAX)
        return false;
    read_bytes(&r, account->holder, holder_len);
    return version == ACCOUNT_RECORD_VERSION && !r.bad && r.at == r.end &&
           account->state != LEDGER_ACCOUNT_NONE && account->state < LEDGER_ACCOUNT_STATES;
}

struct account_scan {
    ledger_account_fn *each;
    void *context;
    bool is_damaged;
};

static bool scan_account(void *context, struct bytes key, struct bytes value)
{
    struct account_scan *scan = context;
    struct ledger_account account;
    struct store_key suspense = ledger_suspense_key();
    bool is_card = !bytes_equal(key, bytes_of(suspense.data, suspense.len));
    scan->is_damaged = !ledger_account_decode(value, &account) ||
                       (is_card && !pan_parse(bytes_of(key.data + 1, key.len - 1), &account.card));
    return !scan->is_damaged && scan->each(scan->context, &account);
}

enum result issuer_ledger_scan_accounts(struct store *store, ledger_account_fn *each, void *context,
                                        struct fault *fault)
{
    static const uint8_t first[] = {TABLE_ACCOUNT}, end[] = {TABLE_ACCOUNT + 1};
    struct account_scan scan = {.each = each, .context = context};
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), scan_account, &scan, fault));
    if (scan.is_damaged)
        return fault_set(fault, RESULT_CORRUPT, "an account record cannot be read");
    return RESULT_OK;
}

/* --- freezes ---------------------------------------------------------------------------------- */

size_t ledger_freeze_encode(const struct ledger_freeze *freeze,
                            uint8_t out[LEDGER_FREEZE_RECORD_MAX])
{
    struct writer w = writer_to(out, LEDGER_FREEZE_RECORD_MAX);
    write_u8(&w, LEDGER_FREEZE_RECORD_VERSION);
    write_u8(&w, (uint8_t)freeze->state);
    write_u32(&w, freeze->settlement_date);
    write_uint(&w, (uint64_t)freeze->frozen_minor, AMOUNT_LEN);
    write_uint(&w, (uint64_t)freeze->debited_minor, AMOUNT_LEN);
    write_uint(&w, (uint64_t)freeze->released_minor, AMOUNT_LEN);
    write_uint(&w, (uint64_t)freeze->remaining_minor, AMOUNT_LEN);
    write_u32(&w, freeze->over_s);
    operation_encode(&w, &freeze->request);
    MUST(!w.bad);
    return w.len;
}

bool ledger_freeze_decode(struct bytes record, struct ledger_freeze *freeze)
{
    *freeze = (struct ledger_freeze){.state = FREEZE_NONE};
    if (record.data == NULL)
        return true;
    struct reader r = reader_of(record);
    uint8_t version = read_u8(&r);
    freeze->state = (enum freeze_state)read_u8(&r);
    freeze->settlement_date = read_u32(&r);
    freeze->frozen_minor = (int64_t)read_uint(&r, AMOUNT_LEN);
    freeze->debited_minor = (int64_t)read_uint(&r, AMOUNT_LEN);
    freeze->released_minor = (int64_t)read_uint(&r, AMOUNT_LEN);
    freeze->remaining_minor = (int64_t)read_uint(&r, AMOUNT_LEN);
    freeze->over_s = read_u32(&r);
    operation_decode(&r, &freeze->request);
    return version == LEDGER_FREEZE_RECORD_VERSION && !r.bad && r.at == r.end &&
           freeze->state != FREEZE_NONE && freeze->state < FREEZE_STATES;
}

struct freeze_scan {
    ledger_freeze_fn *each;
    void *context;
    bool is_damaged;
};

static bool scan_freeze(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    struct freeze_scan *scan = context;
    struct ledger_freeze freeze;
    scan->is_damaged = !ledger_freeze_decode(value, &freeze);
    return !scan->is_damaged && scan->each(scan->context, &freeze);
}

enum result issuer_ledger_scan_freezes(struct store *store, ledger_freeze_fn *each, void *context,
                                       struct fault *fault)
{
    static const uint8_t first[] = {TABLE_FREEZE}, end[] = {TABLE_FREEZE + 1};
    struct freeze_scan scan = {.each = each, .context = context};
    TRY(store_scan(store, bytes_of(first, 1), bytes_of(end, 1), scan_freeze, &scan, fault));
    if (scan.is_damaged)
        return fault_set(fault, RESULT_CORRUPT, "a freeze record cannot be read");
    return RESULT_OK;
}
