/* Rows and layouts for the tests of layouts. */
#ifndef TESTS_UNIT_CLEARING_ROWS_H
#define TESTS_UNIT_CLEARING_ROWS_H

#include "clearing/fixture.h"

/* A row with something in every value. */
static inline struct row full_row(enum layout_content content)
{
    struct operation freeze = freeze_of(12, 60000, 3);
    struct row row = {
        .code = CODE_APPROVED,
        .sender_issuer = HARBOUR,
        .receiver_issuer = JADE,
        .settlement_date = DAY,
    };
    memcpy(row.authorisation, "A1 B2 ", sizeof row.authorisation);
    if (content == LAYOUT_POSITION) {
        row = (struct row){.institution = JADE, .settlement_date = DAY};
        row.totals.debit_count = 7;
        row.totals.debit_minor = 12345;
        row.totals.credit_count = 8;
        row.totals.credit_minor = 99;
        row.totals.fee_minor = -41;
        memcpy(row.operation.currency, "156", sizeof row.operation.currency);
        return row;
    }
    if (content == LAYOUT_ACQUIRER_FEES || content == LAYOUT_ISSUER_FEES ||
        content == LAYOUT_SWITCH_FEES) {
        row = (struct row){.institution = JADE, .settlement_date = DAY, .counterparty = CENTRE};
        row.item_count = 3;
        row.item_minor = 48888;
        row.totals.fee_minor = -7;
        memcpy(row.operation.currency, "156", sizeof row.operation.currency);
        memcpy(row.fee, "switching       ", sizeof row.fee);
        memcpy(row.fee_role, "receiver_issuer ", sizeof row.fee_role);
        return row;
    }
    if (content == LAYOUT_PACKETS) {
        row = (struct row){.sender_issuer = HARBOUR, .operation.reference = freeze.reference};
        row.totals.packets = (struct packet_sums){60000, 40000, 15000, 0, 5000};
        memcpy(row.operation.currency, "156", sizeof row.operation.currency);
        return row;
    }
    row.operation = claim_of(&freeze, 2, 20000, BETA);
    row.operation.account_types = 1020;
    row.fees = (struct fee_side){.receivable_minor = 3, .payable_minor = 20, .switch_minor = -7};
    if (content == LAYOUT_ISSUER)
        row.operation = leg_of(&row.operation, OPERATION_DEBIT);
    if (content == LAYOUT_FREEZES)
        row.operation = about(&freeze, OPERATION_UNFREEZE);
    if (content == LAYOUT_EXCEPTIONS || content == LAYOUT_ACQUIRER_ERRORS ||
        content == LAYOUT_ISSUER_ERRORS) {
        row.operation.kind = OPERATION_DEBIT_REVERSAL;
        row.operation.card = (struct pan){0}; /* both cards have columns of their own */
        if (content != LAYOUT_EXCEPTIONS) {
            row.operation.card = row.operation.sender;
            row.error_code = 9601;
        }
        row.is_exception = true;
        row.status = EXCEPTION_OPEN;
        row.told_minor = 7;
        row.since = 20261231235959;
        row.since_record = 123456;
    }
    return row;
}

/* A layout from the text of its file. */
static inline enum result load_text(const char *text, struct layout **layout, struct fault *fault)
{
    struct scratch scratch;
    char path[SCRATCH_PATH_MAX];
    scratch_make(&scratch);
    save(scratch_file(&scratch, "test.yaml", path), text, strlen(text));
    enum result result = layout_load(path, layout, fault);
    scratch_remove(&scratch);
    return result;
}

/* All shipped sets together; loaded once, kept to the end. */
static inline struct layout_set *all_layouts(void)
{
    static struct layout_set set;
    struct fault fault = {RESULT_OK, ""};
    if (set.count == 0)
        must(layout_set_add_all(&set, SPECS_DIR "/clearing", &fault), &fault);
    return &set;
}

static inline const struct layout *layout_of(const char *file)
{
    uint32_t ignored;
    const struct layout *layout = layout_set_find(all_layouts(), file, &ignored);
    CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
    return layout;
}

#endif
