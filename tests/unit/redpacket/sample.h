/* What the tests of the red-packet operations share: the shipped spec, and one good operation of
 * each kind, all of one freeze with three shares. */
#ifndef TESTS_REDPACKET_SAMPLE_H
#define TESTS_REDPACKET_SAMPLE_H

#include "redpacket/share.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define SENDER   "9999011000000019"
#define RECEIVER "9999022000000016"

enum {
    WALLET = 91230001,
    OTHER_WALLET = 91230002,
    SWITCH = 10000,
    SENDER_ISSUER = 95550001,
    RECEIVER_ISSUER = 95550002,
    DATE = 20261122,
    FROZEN_MINOR = 10000,
    SHARES = 3,
};

/* Never freed: the process ends with the suite. */
static inline const struct iso_spec *redpacket_spec(void)
{
    static struct iso_spec *spec;
    char path[512], line[512];
    struct iso_fault fault;
    if (spec != NULL)
        return spec;
    snprintf(path, sizeof path, "%s/messages/redpacket.yaml", SPECS_DIR);
    if (iso_spec_load(path, &spec, &fault) != ISO_OK) {
        iso_fault_format(&fault, line, sizeof line);
        fprintf(stderr, "%s\n", line);
        abort();
    }
    return spec;
}

static inline struct pan pan_of(const char *digits)
{
    struct pan pan;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(digits), &pan));
    return pan;
}

static inline struct institution institution_of(const char *digits)
{
    struct institution institution;
    CU_ASSERT_TRUE_FATAL(institution_parse(bytes_text(digits), &institution));
    return institution;
}

static inline struct operation sample_freeze(void)
{
    struct operation op = {
        .kind = OPERATION_FREEZE,
        .card = pan_of(SENDER),
        .sender = pan_of(SENDER),
        .account_types = 1020,
        .amount_minor = FROZEN_MINOR,
        .transmission = 1122120001,
        .stan = 11,
        .local_time = 200001,
        .local_date = 1122,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = institution_of("00091230001"),
        .forwarder = institution_of("00091230001"),
        .reference = {.date = DATE, .sequence = 42, .wallet = WALLET, .shares = SHARES},
    };
    memcpy(op.rrn, "112200000011", sizeof op.rrn);
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

static inline struct operation sample_claim(uint16_t share, int64_t amount_minor, uint32_t stan)
{
    struct operation freeze = sample_freeze(), op = freeze;
    op.kind = OPERATION_CLAIM;
    op.card = op.receiver = pan_of(RECEIVER);
    op.sender = (struct pan){0};
    op.amount_minor = amount_minor;
    op.stan = stan;
    op.acquirer = op.forwarder = institution_of("00091230002");
    op.reference.share = share;
    op.original = operation_as_original(&freeze);
    return op;
}

static inline struct operation sample_purchase(void)
{
    struct operation op = sample_freeze();
    op.kind = OPERATION_PURCHASE;
    op.sender = (struct pan){0};
    op.reference = (struct freeze_reference){0};
    op.amount_minor = 4200;
    op.stan = 31;
    memcpy(op.merchant, "TEA HOUSE      ", sizeof op.merchant);
    return op;
}

/* A good request of each kind. */
static inline struct operation sample_reconciliation(void)
{
    return (struct operation){
        .kind = OPERATION_RECONCILIATION,
        .transmission = 1122093000,
        .stan = 77,
        .settlement = 1121,
        .forwarder = {.number = 10000, .width = 8},
        .addressee = {.number = SENDER_ISSUER, .width = 11},
        .currency = {'1', '5', '6'},
        .totals = {.number = {5, 0, 9999999999, 2, 0, 0, 0, 7},
                   .amount_minor = {12345, 0, 9999999999999999, 400}},
    };
}

static inline struct operation sample_of(enum operation_kind kind)
{
    struct operation freeze = sample_freeze(), claim = sample_claim(1, 2500, 21), op;
    struct freeze record = {0};
    struct share share = {.state = SHARE_NONE};
    freeze_begin(&record, &freeze, SENDER_ISSUER, DATE, 1);
    record.state = FREEZE_FROZEN;
    share_reserve(&share, &record, &claim, RECEIVER_ISSUER, DATE, 1);
    switch (kind) {
    case OPERATION_RECONCILIATION:
        return sample_reconciliation();
    case OPERATION_FREEZE:
        return freeze;
    case OPERATION_PURCHASE:
        return sample_purchase();
    case OPERATION_PURCHASE_REVERSAL:
        op = sample_purchase();
        op.kind = kind;
        op.original = operation_as_original(&(struct operation){.kind = OPERATION_PURCHASE,
                                                                .transmission = op.transmission,
                                                                .stan = op.stan,
                                                                .acquirer = op.acquirer,
                                                                .forwarder = op.forwarder});
        op.stan = 32;
        return op;
    case OPERATION_CLAIM:
        return claim;
    case OPERATION_DEBIT:
        share_debit(&share, &record, &op);
        return op;
    case OPERATION_CREDIT:
        share_credit(&share, &record, &op);
        return op;
    case OPERATION_CONFIRMATION:
        share_confirmation(&share, &record, &op);
        return op;
    case OPERATION_DEBIT_REVERSAL:
        share_debit_reversal(&share, &record, REASON_CREDIT_REFUSED, &op);
        return op;
    default:
        op = freeze;
        op.kind = kind;
        op.original = operation_as_original(&freeze);
        if (kind == OPERATION_INQUIRY)
            op = (struct operation){.kind = kind,
                                    .account_types = op.account_types,
                                    .transmission = op.transmission,
                                    .stan = op.stan,
                                    .acquirer = op.acquirer,
                                    .forwarder = op.forwarder,
                                    .reference = op.reference};
        memcpy(op.rrn, freeze.rrn, sizeof op.rrn);
        if (kind == OPERATION_INQUIRY) {
            memset(op.terminal, ' ', sizeof op.terminal);
            memset(op.merchant, ' ', sizeof op.merchant);
            memset(op.currency, ' ', sizeof op.currency);
        }
        return op;
    }
}

/* Field by field, for padding between fields says nothing. */
static inline bool same_operation(const struct operation *a, const struct operation *b)
{
    return a->kind == b->kind && pan_equal(&a->card, &b->card) &&
           pan_equal(&a->sender, &b->sender) && pan_equal(&a->receiver, &b->receiver) &&
           a->account_types == b->account_types && a->amount_minor == b->amount_minor &&
           a->transmission == b->transmission && a->stan == b->stan &&
           a->local_time == b->local_time && a->local_date == b->local_date &&
           a->settlement == b->settlement && a->merchant_type == b->merchant_type &&
           a->entry_mode == b->entry_mode && a->acquirer.number == b->acquirer.number &&
           a->acquirer.width == b->acquirer.width && a->forwarder.number == b->forwarder.number &&
           a->forwarder.width == b->forwarder.width && memcmp(a->rrn, b->rrn, sizeof a->rrn) == 0 &&
           memcmp(a->terminal, b->terminal, sizeof a->terminal) == 0 &&
           memcmp(a->merchant, b->merchant, sizeof a->merchant) == 0 &&
           memcmp(a->currency, b->currency, sizeof a->currency) == 0 && a->reason == b->reason &&
           reference_same_freeze(&a->reference, &b->reference) &&
           a->reference.share == b->reference.share && a->reference.shares == b->reference.shares &&
           original_equal(&a->original, &b->original) &&
           a->addressee.number == b->addressee.number && a->addressee.width == b->addressee.width &&
           memcmp(&a->totals, &b->totals, sizeof a->totals) == 0;
}

#endif
