/* Whether a layout can be read back: rows like those of its files are written and read, and their
 * sums compared, once when it is loaded. So a total whose parts stand nowhere, or a value that only
 * other values explain, is found before the first file is cut. */
#include "clearing/layout_form.h"

enum { KINDS_MAX = 4 }; /* of a content with fewer, the first ones */

static const enum operation_kind kinds[LAYOUT_CONTENTS][KINDS_MAX] = {
    [LAYOUT_ISSUER] = {OPERATION_DEBIT, OPERATION_CREDIT, OPERATION_PURCHASE,
                       OPERATION_PURCHASE_REVERSAL},
    [LAYOUT_ACQUIRER] = {OPERATION_CLAIM, OPERATION_CLAIM, OPERATION_PURCHASE,
                         OPERATION_PURCHASE_REVERSAL},
    [LAYOUT_SENDER] = {OPERATION_CLAIM, OPERATION_CLAIM},
    [LAYOUT_FREEZES] = {OPERATION_FREEZE, OPERATION_UNFREEZE},
    [LAYOUT_EXCEPTIONS] = {OPERATION_DEBIT_REVERSAL, OPERATION_CONFIRMATION},
    [LAYOUT_ACQUIRER_ERRORS] = {OPERATION_DEBIT_REVERSAL, OPERATION_CONFIRMATION},
    [LAYOUT_ISSUER_ERRORS] = {OPERATION_DEBIT_REVERSAL, OPERATION_CONFIRMATION},
};

static struct pan card_of(const char *digits)
{
    struct pan pan = {0};
    MUST(pan_parse(bytes_text(digits), &pan));
    return pan;
}

static void fill_position(struct row *row)
{
    row->totals.debit_count = 2;
    row->totals.debit_minor = 3;
    row->totals.credit_count = 4;
    row->totals.credit_minor = 5;
    row->totals.fee_minor = -9;
    row->counterparty = 6;
    row->item_count = 7;
    row->item_minor = 8;
    row->totals.packets = (struct packet_sums){9, 3, 3, 1, 2};
}

/* Small numbers, so that they fit narrow columns too; of parties' texts what forms stumble over. */
static struct row row_of(enum layout_content content, size_t which)
{
    struct row row = {.institution = 7, .settlement_date = 20261231};
    struct operation *op = &row.operation;
    memset(row.authorisation, ' ', sizeof row.authorisation);
    memset(op->rrn, ' ', sizeof op->rrn);
    memset(op->terminal, ' ', sizeof op->terminal);
    memset(op->merchant, ' ', sizeof op->merchant);
    memset(row.fee, ' ', sizeof row.fee);
    memset(row.fee_role, ' ', sizeof row.fee_role);
    memcpy(op->merchant, "A,\"<&\\", 6);
    memcpy(op->currency, "156", sizeof op->currency);
    row.is_acquirers = content == LAYOUT_ACQUIRER;
    op->kind = kinds[content][which];
    if (op->kind == OPERATION_NONE) {
        fill_position(&row);
        return row;
    }
    row.sender_issuer = 2;
    row.receiver_issuer = 3;
    op->sender = card_of("9999011000000019");
    op->receiver = card_of("9999022000000016");
    op->card = which == 0 ? op->sender : op->receiver;
    op->amount_minor = 4 + (int64_t)which;
    op->transmission = 5;
    op->stan = 6;
    op->acquirer = (struct institution){7, INSTITUTION_LEN_MAX};
    op->forwarder = (struct institution){8, INSTITUTION_LEN_MAX};
    op->reference = (struct freeze_reference){
        .wallet = 9, .date = 20261231, .sequence = 1, .share = 1, .shares = 2};
    if (operation_is_of_purchase(op->kind)) {
        /* It has one card and one issuer, and is about no packet. */
        op->sender = op->receiver = (struct pan){0};
        op->reference = (struct freeze_reference){0};
        row.receiver_issuer = 0;
    }
    row.fees = (struct fee_side){.receivable_minor = 1, .payable_minor = 2, .switch_minor = -3};
    if (content == LAYOUT_EXCEPTIONS || content == LAYOUT_ACQUIRER_ERRORS ||
        content == LAYOUT_ISSUER_ERRORS) {
        row.is_exception = true;
        row.status = which == 0 ? EXCEPTION_DISPUTED : EXCEPTION_OPEN;
        row.since = 20261231235959;
        row.fees = (struct fee_side){0};
    }
    return row;
}

/* RESULT_LIMIT: it does not fit, and nothing can be said. */
static enum result read_back(const struct layout *layout, enum layout_record record,
                             struct row *row, struct row *back, struct fault *fault)
{
    static _Thread_local char bytes[LAYOUT_RECORD_MAX];
    size_t len, line;
    row->record = layout->lines[record].has_number ? 1 : 0;
    TRY(layout_write(layout, record, row, bytes, &len, fault));
    return layout_read(layout, record, bytes_of(bytes, len), back, &line, fault);
}

static enum result probe_trailer(const struct layout *layout, const struct row_totals *written,
                                 const struct row_totals *read, struct fault *fault)
{
    struct row about = {.institution = 7, .settlement_date = 20261231}, back;
    about.totals = *written;
    TRY(read_back(layout, LAYOUT_TRAILER, &about, &back, fault));
    /* As a reader does it that has counted the details. */
    struct row counted = about;
    counted.totals = *read;
    static _Thread_local char one[LAYOUT_RECORD_MAX], other[LAYOUT_RECORD_MAX];
    size_t one_len, other_len;
    TRY(layout_write(layout, LAYOUT_TRAILER, &about, one, &one_len, fault));
    TRY(layout_write(layout, LAYOUT_TRAILER, &counted, other, &other_len, fault));
    if (one_len == other_len && memcmp(one, other, one_len) == 0)
        return RESULT_OK;
    return fault_set(fault, RESULT_INPUT, "its sums cannot be told from the details");
}

static struct layout_told told_of(const struct row_totals *written, const struct row_totals *read)
{
    return (struct layout_told){
        .debits = read->debit_minor == written->debit_minor,
        .credits = read->credit_minor == written->credit_minor,
        .freezes = read->freeze_minor == written->freeze_minor,
        .unfreezes = read->unfreeze_minor == written->unfreeze_minor,
        .fees = read->fee_minor == written->fee_minor,
    };
}

enum result layout_probe(struct layout *layout, enum layout_record *record, struct fault *fault)
{
    struct row_totals written = {0}, read = {0};
    struct row about = {.institution = 7, .settlement_date = 20261231}, back;
    *record = LAYOUT_HEADER;
    if (layout_has(layout, LAYOUT_HEADER))
        TRY(read_back(layout, LAYOUT_HEADER, &about, &back, fault));
    *record = LAYOUT_DETAIL;
    for (size_t i = 0; i < KINDS_MAX; i++) {
        if (i > 1 && kinds[layout->content][i] == OPERATION_NONE)
            break;
        struct row row = row_of(layout->content, i);
        TRY(read_back(layout, LAYOUT_DETAIL, &row, &back, fault));
        back.is_acquirers = row.is_acquirers;
        MUST(row_totals_add(&written, &row) && row_totals_add(&read, &back));
    }
    layout->told = told_of(&written, &read);
    *record = LAYOUT_TRAILER;
    return layout_has(layout, LAYOUT_TRAILER) ? probe_trailer(layout, &written, &read, fault)
                                              : RESULT_OK;
}
