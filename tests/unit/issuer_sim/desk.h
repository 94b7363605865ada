/* What the issuer's tests share: an issuer over a store in memory, played the switch to, message in
 * and message out; the operations of a red packet; and a look into books and journal. */
#ifndef TESTS_ISSUER_SIM_DESK_H
#define TESTS_ISSUER_SIM_DESK_H

#include "base/date.h"
#include "issuer_sim/issuer.h"
#include "redpacket/journal.h"
#include "store/store_memory.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define ANN     "9999011000000019"
#define BOB     "9999011000000027"
#define EMMA    "9999011000000035" /* has nothing */
#define RICK    "9999011000000043" /* restricted */
#define NOBODY  "9999011000000050" /* no account */
#define FOREIGN "9999022000000016" /* another issuer's */

enum {
    ANN_OPENING = 1000000,
    BOB_OPENING = 50000,
    RICK_OPENING = 7000,
    DESK_OPENING = ANN_OPENING + BOB_OPENING + RICK_OPENING,
    DESK_DATE = 20261231, /* business date when the lab opens */
    DESK_MMDD = 1231,
    WALLET = 91230001,
    OTHER_WALLET = 91230002,
};

static const struct institution DESK_SWITCH = {.number = 10000, .width = 8};
static const struct institution DESK_ISSUER = {.number = 95550001, .width = 11};

struct desk {
    struct store *store;
    struct issuer *issuer;
    struct instant now;
    uint8_t sent[PARTY_MESSAGE_MAX]; /* the issuer's latest message */
    size_t sent_len;
    uint64_t sent_count;
    uint32_t stan; /* the latest of the switch's own */
    unsigned warnings;
    const struct issuer_account *accounts;
    size_t account_count;
};

/* --- the issuer's host ------------------------------------------------------------------------ */

static inline uint64_t desk_take(void *host, unsigned peer, unsigned link, struct bytes message)
{
    (void)peer;
    (void)link;
    struct desk *desk = host;
    CU_ASSERT_FATAL(message.len <= sizeof desk->sent);
    memcpy(desk->sent, message.data, message.len);
    desk->sent_len = message.len;
    return ++desk->sent_count;
}

static inline void desk_log(void *host, enum log_level level, const char *event, const char *text)
{
    struct desk *desk = host;
    if (level > LOG_WARNING)
        return;
    desk->warnings++;
    (void)event;
    (void)text;
}

static inline const struct iso_spec *desk_spec(void)
{
    static struct iso_spec *spec; /* the process ends with the suite */
    char path[512];
    struct iso_fault fault;
    if (spec == NULL) {
        snprintf(path, sizeof path, "%s/messages/redpacket.yaml", SPECS_DIR);
        if (iso_spec_load(path, &spec, &fault) != ISO_OK) {
            fprintf(stderr, "%s\n", fault.text);
            abort();
        }
    }
    return spec;
}

static inline struct pan pan_of(const char *digits)
{
    struct pan pan;
    CU_ASSERT_FATAL(pan_parse(bytes_text(digits), &pan));
    return pan;
}

/* Delivers one message of the switch, header and all. */
static inline void desk_deliver(struct desk *desk, struct iso_message *message)
{
    uint8_t header[ISO_HEADER_MAX], bytes[PARTY_MESSAGE_MAX];
    size_t len = 0;
    struct iso_fault fault;
    struct fault stop;
    iso_header_init(desk_spec(), header);
    message->header = (struct iso_value){header, iso_spec_header_len(desk_spec())};
    if (iso_message_pack(message, bytes, sizeof bytes, &len, &fault) != ISO_OK) {
        fprintf(stderr, "%s\n", fault.text);
        CU_FAIL_FATAL("the test's message cannot be packed");
    }
    CU_ASSERT_TRUE(
        party_receive(issuer_party(desk->issuer), 0, 0, bytes_of(bytes, len), desk->now));
    CU_ASSERT_EQUAL(party_complete(issuer_party(desk->issuer), desk->now, &stop), RESULT_OK);
}

static inline struct iso_message desk_latest(const struct desk *desk)
{
    struct iso_message message;
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(desk_spec(), ISO_HEADER_YES, desk->sent, desk->sent_len, &message, NULL),
        ISO_OK);
    return message;
}

/* Answers the issuer's sign-on. */
static inline void desk_sign_on(struct desk *desk)
{
    struct iso_message request = desk_latest(desk), answer;
    CU_ASSERT_STRING_EQUAL(request.mti, "0820");
    iso_message_init(&answer, desk_spec(), "0830");
    static const unsigned echo[] = {7, 11, 33, 70};
    for (size_t i = 0; i < sizeof echo / sizeof echo[0]; i++) {
        struct iso_value value = iso_message_get(&request, echo[i]);
        iso_message_set(&answer, echo[i], value.data, value.len);
    }
    iso_message_set(&answer, 39, "00", 2);
    desk_deliver(desk, &answer);
    CU_ASSERT_TRUE(party_peer_is_ready(issuer_party(desk->issuer), 0));
}

static inline enum result desk_try_start(struct desk *desk, struct fault *fault)
{
    struct party_peer_config centre = {.id = DESK_SWITCH, .name = "switch"};
    struct issuer_config config = {
        .party =
            {
                .name = "harbour",
                .self = DESK_ISSUER,
                .spec = desk_spec(),
                .store = desk->store,
                .peers = &centre,
                .peer_count = 1,
                .opening_date = DESK_DATE,
                .requests_max = 16,
                .exchanges_max = 4,
                .forwards_max = 1,
                .forward_first_ms = 5000,
                .forward_max_ms = 300000,
                .forward_wait_ms = 15000,
                .network_ms = 15000,
                .seed = 7,
            },
        .accounts = desk->accounts,
        .account_count = desk->account_count,
    };
    struct party_port port = {.host = desk, .send = desk_take, .log = desk_log};
    return issuer_open(&config, &port, desk->now, &desk->issuer, fault);
}

static inline void desk_start(struct desk *desk)
{
    struct fault fault = {.text = ""};
    if (desk_try_start(desk, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(desk->issuer);
    party_link_up(issuer_party(desk->issuer), 0, 0, desk->now);
}

static inline void desk_open_empty(struct desk *desk)
{
    struct fault fault;
    *desk = (struct desk){.now = {.mono_us = 1000000}, .stan = 800000};
    desk->now.wall_us = date_to_wall(DESK_DATE) + INT64_C(20) * 3600 * 1000000;
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&desk->store, &fault), RESULT_OK);
}

static inline void desk_open(struct desk *desk)
{
    static struct issuer_account accounts[4];
    desk_open_empty(desk);
    accounts[0] = (struct issuer_account){pan_of(ANN), "Ann", ANN_OPENING, false};
    accounts[1] = (struct issuer_account){pan_of(BOB), "Bob", BOB_OPENING, false};
    accounts[2] = (struct issuer_account){pan_of(EMMA), "Emma", 0, false};
    accounts[3] = (struct issuer_account){pan_of(RICK), "Rick", RICK_OPENING, true};
    desk->accounts = accounts;
    desk->account_count = 4;
    desk_start(desk);
    desk_sign_on(desk);
}

/* The process dies and starts again over what is durable. */
static inline void desk_restart(struct desk *desk)
{
    issuer_close(desk->issuer);
    desk->issuer = NULL;
    store_memory_crash(desk->store);
    desk_start(desk);
    desk_sign_on(desk);
}

static inline void desk_close(struct desk *desk)
{
    issuer_close(desk->issuer);
    store_close(desk->store);
}

/* --- operations ------------------------------------------------------------------------------- */

static inline struct operation operation_of(const struct desk *desk, enum operation_kind kind,
                                            int64_t amount_minor, uint32_t stan)
{
    struct operation op = {
        .kind = kind,
        .amount_minor = amount_minor,
        .transmission = date_de7(desk->now.wall_us),
        .stan = stan,
        .local_time = 200000,
        .local_date = DESK_MMDD,
        .settlement = DESK_MMDD,
        .merchant_type = 6012,
        .entry_mode = 12,
        .acquirer = {.number = WALLET, .width = 11},
        .forwarder = {.number = WALLET, .width = 11},
    };
    memcpy(op.rrn, "202612310001", sizeof op.rrn);
    memcpy(op.terminal, "APP00001", sizeof op.terminal);
    memcpy(op.merchant, "RED PACKETS    ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

static inline struct operation freeze_of(const struct desk *desk, const char *card,
                                         int64_t amount_minor, uint16_t shares, uint32_t sequence)
{
    struct operation op = operation_of(desk, OPERATION_FREEZE, amount_minor, sequence);
    op.card = op.sender = pan_of(card);
    op.reference = (struct freeze_reference){
        .date = DESK_DATE, .sequence = sequence, .wallet = WALLET, .shares = shares};
    return op;
}

/* One leg of a claim that another wallet sent. */
static inline struct operation leg_of(const struct desk *desk, const struct operation *freeze,
                                      enum operation_kind kind, const char *receiver,
                                      uint16_t share, int64_t amount_minor, uint32_t stan)
{
    struct operation op = operation_of(desk, kind, amount_minor, stan);
    op.acquirer.number = op.forwarder.number = OTHER_WALLET;
    op.sender = freeze->sender;
    op.receiver = pan_of(receiver);
    op.card = kind == OPERATION_DEBIT ? op.sender : op.receiver;
    op.reference = freeze->reference;
    op.reference.share = share;
    op.original = operation_as_original(freeze);
    return op;
}

static inline struct operation purchase_of(const struct desk *desk, const char *card,
                                           int64_t amount_minor, uint32_t stan)
{
    struct operation op = operation_of(desk, OPERATION_PURCHASE, amount_minor, stan);
    op.card = pan_of(card);
    return op;
}

static inline struct operation debit_of(const struct desk *desk, const struct operation *freeze,
                                        uint16_t share, int64_t amount_minor, uint32_t stan)
{
    return leg_of(desk, freeze, OPERATION_DEBIT, FOREIGN, share, amount_minor, stan);
}

static inline struct operation credit_of(const struct desk *desk, const struct operation *freeze,
                                         const char *receiver, uint16_t share, int64_t amount_minor,
                                         uint32_t stan)
{
    return leg_of(desk, freeze, OPERATION_CREDIT, receiver, share, amount_minor, stan);
}

/* The switch's own message about `original`: its reversal or confirmation, under a new key. */
static inline struct operation about(struct desk *desk, const struct operation *original)
{
    struct operation op = *original;
    op.kind = original->kind == OPERATION_FREEZE     ? OPERATION_FREEZE_REVERSAL
              : original->kind == OPERATION_DEBIT    ? OPERATION_DEBIT_REVERSAL
              : original->kind == OPERATION_PURCHASE ? OPERATION_PURCHASE_REVERSAL
                                                     : OPERATION_CONFIRMATION;
    op.original = operation_as_original(original);
    op.forwarder = DESK_SWITCH;
    op.stan = ++desk->stan;
    if (op.kind == OPERATION_DEBIT_REVERSAL)
        op.reason = REASON_TIMEOUT;
    return op;
}

static inline struct operation unfreeze_of(struct desk *desk, const struct operation *freeze,
                                           int64_t amount_minor)
{
    struct operation op = *freeze;
    op.kind = OPERATION_UNFREEZE;
    op.amount_minor = amount_minor;
    op.original = operation_as_original(freeze);
    op.forwarder = DESK_SWITCH;
    op.stan = ++desk->stan;
    return op;
}

/* --- requests and answers --------------------------------------------------------------------- */

struct reply {
    uint64_t count; /* messages that came back */
    char mti[5];
    char code[3];
    char settlement[5], authorisation[7]; /* "": none */
};

static inline void copy_text(const struct iso_message *message, unsigned de, char *out, size_t len)
{
    struct iso_value value = iso_message_get(message, de);
    if (value.len == len)
        memcpy(out, value.data, len);
}

static inline struct reply desk_ask(struct desk *desk, const struct operation *operation)
{
    struct operation_text text;
    struct iso_message message;
    struct reply reply = {0};
    uint64_t before = desk->sent_count;
    operation_write(operation, &text, desk_spec(), &message);
    desk_deliver(desk, &message);
    reply.count = desk->sent_count - before;
    CU_ASSERT_EQUAL_FATAL(reply.count, 1);
    struct iso_message answer = desk_latest(desk);
    memcpy(reply.mti, answer.mti, sizeof reply.mti);
    copy_text(&answer, 39, reply.code, 2);
    copy_text(&answer, 15, reply.settlement, 4);
    copy_text(&answer, 38, reply.authorisation, 6);
    return reply;
}

/* DE 39 of the answer is as expected. */
#define ASSERT_CODE(desk, operation, expected)                                                     \
    CU_ASSERT_STRING_EQUAL(desk_ask((desk), (operation)).code, (expected))

/* --- books and journal ------------------------------------------------------------------------ */

struct account_query {
    struct pan card;
    struct ledger_account found;
};

static inline bool find_account(void *context, const struct ledger_account *account)
{
    struct account_query *query = context;
    if (pan_equal(&account->card, &query->card))
        query->found = *account;
    return true;
}

static inline struct ledger_account account_at(const struct desk *desk, struct pan card)
{
    struct account_query query = {.card = card};
    struct fault fault;
    CU_ASSERT_EQUAL(issuer_ledger_scan_accounts(desk->store, find_account, &query, &fault),
                    RESULT_OK);
    return query.found;
}

#define ASSERT_ACCOUNT(desk, number, available, frozen)                                            \
    do {                                                                                           \
        struct ledger_account account_ = account_at((desk), pan_of(number));                       \
        CU_ASSERT_EQUAL(account_.available_minor, (available));                                    \
        CU_ASSERT_EQUAL(account_.frozen_minor, (frozen));                                          \
    } while (0)

static inline int64_t suspense_minor(const struct desk *desk)
{
    struct ledger_account account = account_at(desk, (struct pan){0});
    CU_ASSERT_EQUAL(account.state, LEDGER_ACCOUNT_OPEN);
    CU_ASSERT_EQUAL(account.frozen_minor, 0);
    return account.available_minor;
}

struct freeze_query {
    struct freeze_reference reference;
    struct ledger_freeze found;
};

static inline bool find_freeze(void *context, const struct ledger_freeze *freeze)
{
    struct freeze_query *query = context;
    if (reference_same_freeze(&freeze->request.reference, &query->reference))
        query->found = *freeze;
    return true;
}

static inline struct ledger_freeze freeze_at(const struct desk *desk,
                                             const struct operation *freeze)
{
    struct freeze_query query = {.reference = freeze->reference};
    struct fault fault;
    CU_ASSERT_EQUAL(issuer_ledger_scan_freezes(desk->store, find_freeze, &query, &fault),
                    RESULT_OK);
    return query.found;
}

#define ASSERT_FREEZE(desk, operation, expected_state, debited, released, remaining)               \
    do {                                                                                           \
        struct ledger_freeze freeze_ = freeze_at((desk), (operation));                             \
        CU_ASSERT_EQUAL(freeze_.state, (expected_state));                                          \
        CU_ASSERT_EQUAL(freeze_.debited_minor, (debited));                                         \
        CU_ASSERT_EQUAL(freeze_.released_minor, (released));                                       \
        CU_ASSERT_EQUAL(freeze_.remaining_minor, (remaining));                                     \
    } while (0)

struct journal_view {
    uint64_t count;
    struct journal_entry last; /* its message is not kept */
    size_t last_message_len;
};

static inline bool view_entry(void *context, const struct store_log_record *record)
{
    struct journal_view *view = context;
    view->count++;
    CU_ASSERT_TRUE(journal_read(record->data, &view->last));
    CU_ASSERT_EQUAL(view->last.settlement_date, record->settlement_date);
    view->last_message_len = view->last.message.len;
    view->last.message = (struct bytes){NULL, 0};
    return true;
}

static inline struct journal_view journal_of(const struct desk *desk)
{
    struct journal_view view = {0};
    struct fault fault;
    CU_ASSERT_EQUAL(store_log_scan(desk->store, 1, 0, view_entry, &view, &fault), RESULT_OK);
    return view;
}

#endif
