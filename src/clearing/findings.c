/* Findings against exceptions: two sorted streams, merged. */
#include "clearing/findings.h"

enum {
    /* Memory of each: a day with more differences than fit is wrong as a whole. */
    FOUND_MEMORY = 4 << 20,
    EXCUSES_MEMORY = 2 << 20,
    EXCUSE_LEN = ITEM_KEY_LEN + 2,                              /* key, status, message */
    FINDING_LEN = ITEM_KEY_LEN + 2 + 2 * (1 + ITEM_RECORD_LEN), /* key, class, more, sides */
};

enum result findings_open(struct findings *findings, const char *folder, struct fault *fault)
{
    *findings = (struct findings){0};
    TRY(sorter_open(FINDING_LEN, FOUND_MEMORY, folder, &findings->found, fault));
    return sorter_open(EXCUSE_LEN, EXCUSES_MEMORY, folder, &findings->excuses, fault);
}

void findings_close(struct findings *findings)
{
    sorter_close(findings->found);
    sorter_close(findings->excuses);
    *findings = (struct findings){0};
}

/* --- in --------------------------------------------------------------------------------------- */

static void write_side(struct writer *w, bool is_there, const struct item *item)
{
    uint8_t record[ITEM_RECORD_LEN] = {0};
    if (is_there)
        item_encode(item, record);
    write_u8(w, is_there);
    write_bytes(w, record, sizeof record);
}

enum result findings_add(struct findings *findings, const struct reconcile_difference *difference,
                         struct fault *fault)
{
    uint8_t record[FINDING_LEN];
    struct writer w = writer_to(record, sizeof record);
    const struct item *item = difference->in_file ? &difference->file : &difference->ledger;
    write_bytes(&w, item->key, sizeof item->key);
    write_u8(&w, (uint8_t)difference->class);
    write_u8(&w, difference->file_says_more);
    write_side(&w, difference->in_file, &difference->file);
    write_side(&w, difference->in_ledger, &difference->ledger);
    MUST(!w.bad && w.len == sizeof record);
    return sorter_add(findings->found, record, fault);
}

/* The exception is about a message; what it may leave different is an item of this kind. */
static enum result add_excuse(struct findings *findings, const struct row *row,
                              enum operation_kind kind, struct fault *fault)
{
    uint8_t record[EXCUSE_LEN];
    struct operation operation = row->operation;
    operation.kind = kind;
    struct item item = item_of(&operation, row->settlement_date, 0);
    memcpy(record, item.key, ITEM_KEY_LEN);
    record[ITEM_KEY_LEN] = (uint8_t)row->status;
    record[ITEM_KEY_LEN + 1] = (uint8_t)row->operation.kind;
    return sorter_add(findings->excuses, record, fault);
}

enum result findings_except(struct findings *findings, const struct row *row, struct fault *fault)
{
    bool is_disputed = row->status == EXCEPTION_DISPUTED;
    if (!is_disputed && row->status != EXCEPTION_OPEN)
        return RESULT_OK;
    switch (row->operation.kind) {
    case OPERATION_CONFIRMATION:
        return add_excuse(findings, row, OPERATION_CREDIT, fault);
    case OPERATION_FREEZE_REVERSAL:
        return add_excuse(findings, row, OPERATION_FREEZE, fault);
    case OPERATION_UNFREEZE:
        return add_excuse(findings, row, OPERATION_UNFREEZE, fault);
    case OPERATION_PURCHASE_REVERSAL:
        return add_excuse(findings, row, OPERATION_PURCHASE, fault);
    default:
        /* A debit that was taken back all the same is in what the issuer releases later. */
        if (is_disputed)
            TRY(add_excuse(findings, row, OPERATION_UNFREEZE, fault));
        return add_excuse(findings, row, OPERATION_DEBIT, fault);
    }
}

/* --- out -------------------------------------------------------------------------------------- */

static bool read_side(struct reader *r, struct item *item)
{
    uint8_t record[ITEM_RECORD_LEN];
    bool is_there = read_u8(r) != 0;
    read_bytes(r, record, sizeof record);
    if (is_there)
        item_decode(record, item);
    return is_there;
}

static void read_finding(const uint8_t *record, struct reconcile_difference *difference)
{
    struct reader r = reader_of(bytes_of(record + ITEM_KEY_LEN, FINDING_LEN - ITEM_KEY_LEN));
    *difference = (struct reconcile_difference){.class = (enum reconcile_class)read_u8(&r)};
    difference->file_says_more = read_u8(&r) != 0;
    difference->in_file = read_side(&r, &difference->file);
    difference->in_ledger = read_side(&r, &difference->ledger);
    MUST(!r.bad && r.at == r.end);
}

static void except(struct reconcile_difference *difference, const uint8_t *excuse)
{
    if (difference->class == RECONCILE_NOTED)
        return;
    difference->excepted = difference->class;
    difference->class = RECONCILE_EXCEPTED;
    difference->status = (enum exception_status)excuse[ITEM_KEY_LEN];
    difference->message = (enum operation_kind)excuse[ITEM_KEY_LEN + 1];
}

enum result findings_give(struct findings *findings, struct reconcile_result *result,
                          struct fault *fault)
{
    const void *excuse, *record;
    TRY(sorter_sort(findings->found, fault));
    TRY(sorter_sort(findings->excuses, fault));
    TRY(sorter_next(findings->excuses, &excuse, fault));
    for (;;) {
        struct reconcile_difference difference;
        TRY(sorter_next(findings->found, &record, fault));
        if (record == NULL)
            return RESULT_OK;
        while (excuse != NULL && memcmp(excuse, record, ITEM_KEY_LEN) < 0)
            TRY(sorter_next(findings->excuses, &excuse, fault));
        read_finding(record, &difference);
        if (excuse != NULL && memcmp(excuse, record, ITEM_KEY_LEN) == 0)
            except(&difference, excuse);
        result->counts[difference.class]++;
        if (result->listed < RECONCILE_LISTED_MAX)
            result->differences[result->listed++] = difference;
    }
}
