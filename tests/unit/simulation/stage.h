/* What the auditor's tests share: stores whose writes the auditor watches, and short words for what
 * a party may write or say. Nothing here is a party: the tests write what they like. */
#ifndef TESTS_SIMULATION_STAGE_H
#define TESTS_SIMULATION_STAGE_H

#include "issuer_sim/issuer_ledger.h"
#include "party/forward.h"
#include "simulation/auditor.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { SWITCH, SENDERS, RECEIVERS, STAGE_NODES = PLAN_NODES_MAX };
enum { DATE = 20261122, FROZEN_MINOR = 10000, BALANCE_MINOR = 50000, SHARE_MINOR = 2500 };

struct stage {
    struct plan plan;
    struct auditor auditor;
    struct store *stores[STAGE_NODES];
    struct iso_spec *spec;
    unsigned wallet; /* node */
    struct operation freeze;
    uint32_t stan;
    bool has_no_notice; /* a freeze that is CLOSING is so for its age */
};

struct writing {
    struct store_step step;
    uint8_t value[STORE_VALUE_MAX];
    size_t len;
    bool deletes;
    struct journal_entry entry; /* event NONE: none */
};

static struct stage stage;

static inline void stage_watch(void *context, const struct store_memory_write *write)
{
    auditor_durable(&stage.auditor, *(unsigned *)context, write);
}

static inline void stage_apply(struct store_step *step, struct store_tx *tx)
{
    struct writing *writing = step->context;
    if (writing->step.key_count > 0 && writing->deletes)
        store_tx_delete(tx, 0);
    else if (writing->step.key_count > 0)
        store_tx_put(tx, 0, writing->value, writing->len);
    if (writing->entry.event != JOURNAL_NONE)
        journal_write(tx, &writing->entry);
}

static inline void stage_done(struct store_step *step, void *context)
{
    (void)step;
    (void)context;
}

/* Makes it durable; the commit does not end yet, so that several records make one. */
static inline void stage_write(unsigned node, struct writing *writing)
{
    writing->step.apply = stage_apply;
    writing->step.done = stage_done;
    writing->step.context = writing;
    store_submit(stage.stores[node], &writing->step);
    CU_ASSERT_EQUAL(store_poll(stage.stores[node], NULL), RESULT_OK);
}

static inline void commits(unsigned node)
{
    auditor_committed(&stage.auditor, node);
}

/* --- the switch ------------------------------------------------------------------------------- */

static inline void freeze_is(enum freeze_state state, int64_t left_minor)
{
    struct writing writing = {.deletes = false};
    struct freeze record;
    freeze_begin(&record, &stage.freeze, stage.auditor.institutions[SENDERS], DATE, 1);
    record.state = state;
    record.left_minor = left_minor;
    record.notice_minor = stage.has_no_notice ? -1 : 0;
    writing.len = freeze_encode(&record, writing.value);
    store_step_key(&writing.step, key_of_freeze(&stage.freeze.reference, 0));
    journal_begin(&writing.entry, JOURNAL_FREEZE, &stage.freeze, 0);
    writing.entry.from = (uint8_t)auditor_freeze(&stage.auditor, &stage.freeze.reference)->state;
    writing.entry.to = (uint8_t)state;
    writing.entry.settlement_date = DATE;
    stage_write(SWITCH, &writing);
}

static inline void share_is(const struct operation *claim, enum share_state from,
                            enum share_state state)
{
    struct writing writing = {.deletes = false};
    struct share record = {.state = state, .claim = *claim, .settlement_date = DATE, .owner = 1};
    writing.len = share_encode(&record, writing.value);
    store_step_key(&writing.step, key_of_freeze(&claim->reference, claim->reference.share));
    journal_begin(&writing.entry, JOURNAL_SHARE, claim, 0);
    writing.entry.from = (uint8_t)from;
    writing.entry.to = (uint8_t)state;
    writing.entry.settlement_date = DATE;
    stage_write(SWITCH, &writing);
}

static inline struct store_key forward_key(const struct operation *operation)
{
    struct store_key key = key_of_freeze(&operation->reference, operation->reference.share);
    key.data[0] = TABLE_FORWARD;
    key.data[key.len++] = (uint8_t)operation->kind;
    return key;
}

struct forward_writing {
    struct writing writing;
    struct operation operation;
};

static inline void forward_apply(struct store_step *step, struct store_tx *tx)
{
    struct forward_writing *writing = (struct forward_writing *)step;
    forward_write(tx, 0, &writing->operation, 1, 0);
}

static inline void is_stored(unsigned node, const struct operation *operation)
{
    struct forward_writing writing = {.operation = *operation};
    struct store_step *step = &writing.writing.step;
    store_step_key(step, forward_key(operation));
    step->apply = forward_apply;
    step->done = stage_done;
    step->context = &writing;
    store_submit(stage.stores[node], step);
    CU_ASSERT_EQUAL(store_poll(stage.stores[node], NULL), RESULT_OK);
}

static inline void is_done(unsigned node, const struct operation *operation)
{
    struct writing writing = {.deletes = true};
    store_step_key(&writing.step, forward_key(operation));
    stage_write(node, &writing);
}

/* The mark says that the one freeze stands, with so much that nobody has for good. */
static inline void date_is_cut(int64_t open_minor)
{
    struct writing writing = {.deletes = false};
    journal_begin(&writing.entry, JOURNAL_CUT, NULL, 0);
    writing.entry.settlement_date = DATE;
    writing.entry.operation.forwarder.number = stage.auditor.institutions[SWITCH];
    writing.entry.count = 1;
    writing.entry.available_minor = open_minor;
    stage_write(SWITCH, &writing);
}

/* --- issuers ---------------------------------------------------------------------------------- */

static inline void account_holds(unsigned node, const char *card, int64_t available_minor,
                                 int64_t frozen_minor)
{
    struct writing writing = {.deletes = false};
    struct pan pan;
    struct ledger_account account = {.state = LEDGER_ACCOUNT_OPEN,
                                     .available_minor = available_minor,
                                     .frozen_minor = frozen_minor};
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(card), &pan));
    writing.len = ledger_account_encode(&account, writing.value);
    store_step_key(&writing.step, key_of_account(&pan));
    stage_write(node, &writing);
}

static inline void ledger_has(enum freeze_state state, int64_t debited_minor,
                              int64_t released_minor)
{
    struct writing writing = {.deletes = false};
    struct ledger_freeze record = {
        .state = state,
        .request = stage.freeze,
        .settlement_date = DATE,
        .frozen_minor = FROZEN_MINOR,
        .debited_minor = debited_minor,
        .released_minor = released_minor,
        .remaining_minor = FROZEN_MINOR - debited_minor - released_minor,
    };
    writing.len = ledger_freeze_encode(&record, writing.value);
    store_step_key(&writing.step, key_of_freeze(&stage.freeze.reference, 0));
    stage_write(SENDERS, &writing);
}

static inline void issuer_says(unsigned node, enum journal_event event,
                               const struct operation *operation, int64_t moved_minor)
{
    struct writing writing = {.deletes = false};
    journal_begin(&writing.entry, event, operation, 0);
    writing.entry.settlement_date = event == JOURNAL_OPENED ? 0 : DATE;
    writing.entry.moved_minor = moved_minor;
    stage_write(node, &writing);
}

/* --- messages --------------------------------------------------------------------------------- */

static inline struct iso_message message_of(const struct operation *operation, const char *code,
                                            struct operation_text *text)
{
    struct iso_message message;
    operation_write(operation, text, stage.spec, &message);
    if (code != NULL) {
        message.mti[2]++;
        iso_message_set(&message, 39, code, 2);
    }
    return message;
}

/* `code` NULL: the request itself. */
static inline void sends(unsigned node, const struct operation *operation, const char *code)
{
    struct operation_text text;
    struct iso_message message = message_of(operation, code, &text);
    auditor_sent(&stage.auditor, node, &message);
}

static inline void receives(unsigned node, const struct operation *operation)
{
    struct operation_text text;
    struct iso_message message = message_of(operation, NULL, &text);
    auditor_received(&stage.auditor, node, &message);
}

/* The switch answers an inquiry with 00 and this status. */
static inline void tells(const struct operation *inquiry, const struct freeze_status *status)
{
    struct operation_text text;
    char told[STATUS_PRIVATE_MAX];
    struct iso_message message = message_of(inquiry, "00", &text);
    iso_message_set(&message, 48, told, status_write_private(&inquiry->reference, status, told));
    auditor_sent(&stage.auditor, SWITCH, &message);
}

/* --- operations ------------------------------------------------------------------------------- */

static const char SENDER[] = "9999011000000019", RECEIVER[] = "9999022000000016";

static inline struct pan pan_of(const char *digits)
{
    struct pan pan;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(digits), &pan));
    return pan;
}

static inline struct operation claim_of(uint16_t share)
{
    struct operation op = stage.freeze;
    op.kind = OPERATION_CLAIM;
    op.card = op.receiver = pan_of(RECEIVER);
    op.sender = (struct pan){0};
    op.amount_minor = SHARE_MINOR;
    op.stan = ++stage.stan;
    op.reference.share = share;
    op.original = operation_as_original(&stage.freeze);
    return op;
}

static inline struct operation leg_of(const struct operation *claim, enum operation_kind kind)
{
    struct operation op = *claim;
    op.kind = kind;
    op.sender = pan_of(SENDER);
    op.card = kind == OPERATION_DEBIT ? op.sender : op.receiver;
    op.settlement = DATE % 10000;
    return op;
}

/* What the switch stores about a leg, under its own numbers. */
static inline struct operation about_leg(const struct operation *claim, enum operation_kind kind,
                                         uint32_t stan)
{
    enum operation_kind leg = kind == OPERATION_CONFIRMATION ? OPERATION_CREDIT : OPERATION_DEBIT;
    struct operation named = leg_of(claim, leg), op = named;
    op.kind = kind;
    op.stan = stan;
    op.forwarder = (struct institution){10000, 8};
    op.original = operation_as_original(&named);
    if (kind == OPERATION_DEBIT_REVERSAL)
        op.reason = REASON_TIMEOUT;
    return op;
}

/* --- opening ---------------------------------------------------------------------------------- */

static inline void stage_open(void)
{
    static unsigned indices[STAGE_NODES];
    struct iso_fault fault;
    uint64_t institutions[PLAN_NODES_MAX] = {10000, 95550001, 95550002};
    memset(&stage, 0, sizeof stage);
    plan_draw(&stage.plan, 1, UINT32_MAX, 0);
    stage.plan.issuers = 2;
    stage.plan.wallets = 1;
    stage.wallet = 3;
    institutions[stage.wallet] = 91230001;
    CU_ASSERT_EQUAL_FATAL(iso_spec_load(SPECS_DIR "/messages/redpacket.yaml", &stage.spec, &fault),
                          ISO_OK);
    auditor_begin(&stage.auditor, &stage.plan, institutions);
    for (unsigned node = 0; node < 4; node++) {
        indices[node] = node;
        CU_ASSERT_EQUAL_FATAL(store_open_memory(&stage.stores[node], NULL), RESULT_OK);
        store_memory_watch(stage.stores[node], stage_watch, &indices[node]);
    }
    stage.freeze = (struct operation){
        .kind = OPERATION_FREEZE,
        .card = pan_of(SENDER),
        .sender = pan_of(SENDER),
        .amount_minor = FROZEN_MINOR,
        .transmission = 1122080000,
        .stan = 11,
        .local_time = 80000,
        .local_date = 1122,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = {91230001, 11},
        .forwarder = {91230001, 11},
        .reference = {.date = DATE, .sequence = 42, .wallet = 91230001, .shares = 3},
    };
    memcpy(stage.freeze.rrn, "112200000011", 12);
    memcpy(stage.freeze.terminal, "WALLET01", 8);
    memcpy(stage.freeze.merchant, "WALLET SERVICE ", 15);
    memcpy(stage.freeze.currency, "156", 3);
    stage.stan = 20;
    for (unsigned node = SENDERS; node <= RECEIVERS; node++) {
        struct operation nobody = {.kind = OPERATION_NONE};
        issuer_says(node, JOURNAL_OPENED, &nobody, BALANCE_MINOR);
        account_holds(node, node == SENDERS ? SENDER : RECEIVER, BALANCE_MINOR, 0);
        commits(node);
    }
    CU_ASSERT_EQUAL(stage.auditor.statement, 0);
}

static inline void stage_close(void)
{
    for (unsigned node = 0; node < 4; node++)
        store_close(stage.stores[node]);
    iso_spec_free(stage.spec);
}

#define ASSERT_HOLDS()                                                                             \
    do {                                                                                           \
        if (stage.auditor.statement != 0)                                                          \
            fprintf(stderr, "%s\n", stage.auditor.text);                                           \
        CU_ASSERT_EQUAL(stage.auditor.statement, 0);                                               \
    } while (0)
#define ASSERT_FAILS(number, words)                                                                \
    do {                                                                                           \
        CU_ASSERT_EQUAL(stage.auditor.statement, number);                                          \
        ASSERT_CONTAINS(stage.auditor.text, words);                                                \
    } while (0)

/* --- passages --------------------------------------------------------------------------------- */

static inline void frozen(void)
{
    freeze_is(FREEZE_FREEZING, -1);
    commits(SWITCH);
    issuer_says(SENDERS, JOURNAL_POSTED, &stage.freeze, FROZEN_MINOR);
    ledger_has(FREEZE_FROZEN, 0, 0);
    account_holds(SENDERS, SENDER, BALANCE_MINOR - FROZEN_MINOR, FROZEN_MINOR);
    commits(SENDERS);
    freeze_is(FREEZE_FROZEN, -1);
    commits(SWITCH);
}

static inline void debited(const struct operation *claim)
{
    struct operation debit = leg_of(claim, OPERATION_DEBIT);
    issuer_says(SENDERS, JOURNAL_POSTED, &debit, SHARE_MINOR);
    ledger_has(FREEZE_FROZEN, SHARE_MINOR, 0);
    account_holds(SENDERS, SENDER, BALANCE_MINOR - FROZEN_MINOR, FROZEN_MINOR - SHARE_MINOR);
    commits(SENDERS);
}

static inline void credited(const struct operation *claim)
{
    struct operation credit = leg_of(claim, OPERATION_CREDIT);
    issuer_says(RECEIVERS, JOURNAL_POSTED, &credit, SHARE_MINOR);
    account_holds(RECEIVERS, RECEIVER, BALANCE_MINOR + SHARE_MINOR, 0);
    commits(RECEIVERS);
}

/* A claim up to where its credit is asked for. */
static inline struct operation crediting(void)
{
    struct operation claim = claim_of(1);
    receives(SWITCH, &claim);
    share_is(&claim, SHARE_NONE, SHARE_RESERVED);
    commits(SWITCH);
    debited(&claim);
    share_is(&claim, SHARE_RESERVED, SHARE_CREDITING);
    commits(SWITCH);
    return claim;
}

#endif
