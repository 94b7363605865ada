/* What the switch's tests share: a switch over a store in memory, with two wallets and two issuers
 * that the test plays, message by message, without sockets and without MACs.
 *
 * The store is held: a step is durable only when the hall commits it, and whatever the switch sends
 * is looked at on its way out: the step that it depends on must be durable by then (hall_audit). */
#ifndef TESTS_ROUTER_HALL_H
#define TESTS_ROUTER_HALL_H

#include "base/date.h"
#include "redpacket/journal.h"
#include "router/router.h"
#include "store/store_memory.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALPHA, BETA, HARBOUR, LANTERN, PEERS }; /* two wallets, two issuers */

#define SENDER      "9999011000000019" /* at harbour */
#define NEIGHBOUR   "9999011000000027" /* at harbour too */
#define RECEIVER    "9999022000000016" /* at lantern */
#define AWAY        "9999033000000013" /* of an issuer that is no member */
#define NOBODYS     "9999099000000018" /* of no issuer */
#define ALPHA_ID    "00091230001"
#define BETA_ID     "00091230002"
#define HARBOUR_ID  "00095550001"
#define LANTERN_ID  "00095550002"
#define SWITCH_ID   "00010000"
#define FREEZE_DE48 "ASHB039202611220000000000420009123000100000003"
#define FREEZE_DE90 "010000001111222000000009123000100091230001"

enum {
    HALL_SENT_MAX = 4096,
    HALL_DATE = 20261122,
    LEG_MS = 5000,
    FORWARD_MS = 5000,      /* before the first repeat of a stored message, at most */
    FORWARD_WAIT_MS = 6000, /* for its answer */
    FROZEN_MINOR = 10000,
    SHARES = 3,
    HALL_STAN = 21, /* of the first claim */
    OWNER = 7,
};

struct hall_sent {
    unsigned peer;
    uint8_t bytes[PARTY_MESSAGE_MAX];
    size_t len;
};

struct hall {
    struct router_config config;
    struct party_peer_config peers[PEERS];
    struct store *store;
    struct router *router;
    struct instant now;
    struct hall_sent sent[HALL_SENT_MAX];
    size_t sent_count, taken; /* taken: by the test */
    bool is_full[PEERS];      /* that link takes nothing */
    uint32_t stan;            /* the latest claim's */
    unsigned cuts;
    enum result cut_result;
    char cut_text[FAULT_TEXT_MAX];
};

static inline const struct iso_spec *hall_spec(void)
{
    static struct iso_spec *spec; /* the process ends with the suite */
    struct iso_fault fault;
    if (spec == NULL && iso_spec_load(SPECS_DIR "/messages/redpacket.yaml", &spec, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        abort();
    }
    return spec;
}

static inline struct pan pan_of(const char *text)
{
    struct pan pan;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(text), &pan));
    return pan;
}

static inline struct institution id_of(const char *text)
{
    struct institution id;
    CU_ASSERT_TRUE_FATAL(institution_parse(bytes_text(text), &id));
    return id;
}

/* --- what is durable -------------------------------------------------------------------------- */

struct hall_record {
    uint8_t bytes[STORE_VALUE_MAX];
    size_t len;
    bool found;
};

static inline bool hall_keep(void *context, struct bytes key, struct bytes value)
{
    struct hall_record *record = context;
    (void)key;
    memcpy(record->bytes, value.data, value.len);
    record->len = value.len;
    record->found = true;
    return false;
}

static inline struct hall_record hall_record(const struct hall *hall, struct store_key key)
{
    struct hall_record record = {.found = false};
    uint8_t end[STORE_KEY_MAX + 1] = {0}; /* the next key there can be */
    memcpy(end, key.data, key.len);
    CU_ASSERT_EQUAL(store_scan(hall->store, bytes_of(key.data, key.len),
                               bytes_of(end, key.len + 1u), hall_keep, &record, NULL),
                    RESULT_OK);
    return record;
}

static inline struct bytes hall_bytes(const struct hall_record *record)
{
    return record->found ? bytes_of(record->bytes, record->len) : bytes_of(NULL, 0);
}

static inline struct freeze freeze_at(const struct hall *hall,
                                      const struct freeze_reference *reference)
{
    struct hall_record record = hall_record(hall, key_of_freeze(reference, 0));
    struct freeze freeze;
    freeze_decode(hall_bytes(&record), &freeze);
    return freeze;
}

static inline struct share share_at(const struct hall *hall,
                                    const struct freeze_reference *reference, uint16_t number)
{
    struct hall_record record = hall_record(hall, key_of_freeze(reference, number));
    struct share share;
    share_decode(hall_bytes(&record), &share);
    return share;
}

static inline bool hall_count(void *context, struct bytes key, struct bytes value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static inline unsigned stored_in(const struct hall *hall, enum record_table table)
{
    uint8_t first[] = {(uint8_t)table}, end[] = {(uint8_t)(table + 1)};
    unsigned count = 0;
    CU_ASSERT_EQUAL(
        store_scan(hall->store, bytes_of(first, 1), bytes_of(end, 1), hall_count, &count, NULL),
        RESULT_OK);
    return count;
}

/* --- nothing leaves before what it depends on is durable -------------------------------------- */

static inline bool same_key(struct transaction_key a, struct transaction_key b)
{
    uint8_t x[TRANSACTION_KEY_LEN], y[TRANSACTION_KEY_LEN];
    transaction_key_encode(&a, x);
    transaction_key_encode(&b, y);
    return memcmp(x, y, sizeof x) == 0;
}

static inline void audit_leg(const struct hall *hall, const struct operation *leg,
                             enum share_state needed)
{
    struct share share = share_at(hall, &leg->reference, leg->reference.share);
    struct operation claim = *leg;
    claim.kind = OPERATION_CLAIM;
    CU_ASSERT_EQUAL(share.state, needed);
    CU_ASSERT_TRUE(same_key(operation_key(&share.claim), operation_key(&claim)));
}

static inline struct purchase purchase_named(const struct hall *hall,
                                             const struct transaction_key *name)
{
    struct hall_record record = hall_record(hall, key_of_purchase(name));
    struct purchase purchase;
    purchase_decode(hall_bytes(&record), &purchase);
    return purchase;
}

static inline struct purchase purchase_at(const struct hall *hall, const struct operation *request)
{
    struct transaction_key name = operation_key(request);
    return purchase_named(hall, &name);
}

static inline void audit_forward(const struct hall *hall, const struct operation *sent)
{
    struct store_key key = key_of_freeze(&sent->reference, sent->reference.share);
    bool of_purchase = operation_is_of_purchase(sent->kind);
    struct transaction_key purchase = original_key(&sent->original, OPERATION_PURCHASE);
    if (of_purchase)
        key = key_of_purchase(&purchase);
    struct operation stored;
    uint64_t institution;
    int64_t since_us;
    key.data[0] = TABLE_FORWARD;
    if (!of_purchase)
        key.data[key.len++] = (uint8_t)sent->kind;
    struct hall_record record = hall_record(hall, key);
    CU_ASSERT_TRUE_FATAL(record.found);
    CU_ASSERT_TRUE(forward_read(hall_bytes(&record), &stored, &institution, &since_us));
    CU_ASSERT_TRUE(same_key(operation_key(&stored), operation_key(sent)));
    CU_ASSERT_EQUAL(stored.amount_minor, sent->amount_minor);
    CU_ASSERT_TRUE(original_equal(&stored.original, &sent->original));
}

/* An answer is the one that is stored; those that leave no trace promise nothing. */
static inline void audit_answer(const struct hall *hall, const struct iso_message *message)
{
    struct operation operation;
    struct duplicate known;
    uint16_t code = code_parse((const char *)iso_message_get(message, 39).data);
    if (code == CODE_FORMAT || code == CODE_DUPLICATE || code == CODE_CENTRE_FAULT ||
        code == CODE_UNSUPPORTED || message->mti[1] == '6' ||
        (code == CODE_PARTY_DOWN && message->mti[2] == '3'))
        return;
    CU_ASSERT_EQUAL_FATAL(operation_read(message, &operation, NULL), RESULT_OK);
    struct transaction_key key = operation_key(&operation);
    struct hall_record record = hall_record(hall, key_of_duplicate(&key));
    duplicate_decode(hall_bytes(&record), &known, NULL);
    if (code == CODE_STATE && known.state == DUPLICATE_TOMBSTONE)
        return; /* its only answer, for ever */
    CU_ASSERT_EQUAL(known.state, DUPLICATE_ANSWERED);
    CU_ASSERT_EQUAL(known.answer.code, code);
}

static inline void hall_audit(const struct hall *hall, const struct iso_message *message)
{
    struct operation operation;
    if (message->mti[1] == '8')
        return;
    if (message->mti[2] == '1' || message->mti[2] == '3') {
        audit_answer(hall, message);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(operation_read(message, &operation, NULL), RESULT_OK);
    switch (operation.kind) {
    case OPERATION_FREEZE:
        CU_ASSERT_NOT_EQUAL(freeze_at(hall, &operation.reference).state, FREEZE_NONE);
        break;
    case OPERATION_DEBIT:
        audit_leg(hall, &operation, SHARE_RESERVED);
        break;
    case OPERATION_CREDIT:
        audit_leg(hall, &operation, SHARE_CREDITING);
        break;
    case OPERATION_PURCHASE:
        CU_ASSERT_NOT_EQUAL(purchase_at(hall, &operation).state, PURCHASE_NONE);
        break;
    case OPERATION_RECONCILIATION: {
        uint32_t date = date_nearest_mmdd(operation.settlement, HALL_DATE);
        uint64_t member = operation.addressee.number;
        CU_ASSERT_TRUE(hall_record(hall, key_of_totals_message(date, member)).found);
        break;
    }
    default:
        audit_forward(hall, &operation);
    }
}

static inline uint64_t hall_take_message(void *host, unsigned peer, unsigned link,
                                         struct bytes bytes)
{
    (void)link;
    struct hall *hall = host;
    struct iso_message message;
    if (hall->is_full[peer] || !party_peer_view(router_party(hall->router), peer).links)
        return 0;
    CU_ASSERT_FATAL(hall->sent_count < HALL_SENT_MAX);
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, bytes.data, bytes.len, &message, NULL),
        ISO_OK);
    hall_audit(hall, &message);
    struct hall_sent *sent = &hall->sent[hall->sent_count++];
    sent->peer = peer;
    sent->len = bytes.len;
    memcpy(sent->bytes, bytes.data, bytes.len);
    return hall->sent_count;
}

static inline void hall_log(void *host, enum log_level level, const char *event, const char *text)
{
    (void)host;
    (void)level;
    (void)event;
    (void)text;
}

/* --- opening ---------------------------------------------------------------------------------- */

static inline uint64_t hall_route(const void *context, const struct pan *card)
{
    (void)context;
    if (memcmp(card->digits, "999901", 6) == 0)
        return id_of(HARBOUR_ID).number;
    if (memcmp(card->digits, "999902", 6) == 0)
        return id_of(LANTERN_ID).number;
    return memcmp(card->digits, "999903", 6) == 0 ? 95550003 : 0;
}

static inline enum result hall_try_start(struct hall *hall, struct fault *fault)
{
    struct party_port port = {.host = hall, .send = hall_take_message, .log = hall_log};
    store_memory_hold(hall->store, true);
    hall->config.party.store = hall->store;
    hall->config.party.peers = hall->peers;
    return router_open(&hall->config, &port, hall->now, &hall->router, fault);
}

static inline void hall_start(struct hall *hall)
{
    struct fault fault = {.text = ""};
    if (hall_try_start(hall, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hall->router);
}

static inline void hall_prepare(struct hall *hall)
{
    static const char *const ids[PEERS] = {ALPHA_ID, BETA_ID, HARBOUR_ID, LANTERN_ID};
    static const char *const names[PEERS] = {"alpha", "beta", "harbour", "lantern"};
    memset(hall, 0, sizeof *hall);
    hall->stan = HALL_STAN - 1;
    hall->now.mono_us = 1000000;
    hall->now.wall_us = date_to_wall(HALL_DATE) + INT64_C(20) * 3600 * 1000000;
    for (unsigned peer = 0; peer < PEERS; peer++)
        hall->peers[peer] = (struct party_peer_config){
            .id = id_of(ids[peer]), .name = names[peer], .has_no_totals = true};
    hall->config = (struct router_config){
        .party =
            {
                .name = "switch",
                .self = id_of(SWITCH_ID),
                .spec = hall_spec(),
                .peer_count = PEERS,
                .opening_date = HALL_DATE,
                .requests_max = 16,
                .exchanges_max = 64,
                .forwards_max = 16,
                .forward_first_ms = FORWARD_MS,
                .forward_max_ms = 300000,
                .forward_wait_ms = FORWARD_WAIT_MS,
                .network_ms = 5000,
                .seed = 7,
            },
        .route = hall_route,
        .freeze_leg_ms = LEG_MS,
        .debit_leg_ms = LEG_MS,
        .credit_leg_ms = LEG_MS,
        .owner = OWNER,
    };
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&hall->store, NULL), RESULT_OK);
}

/* --- in --------------------------------------------------------------------------------------- */

/* Commits and delivers until nothing waits; what is sent, is sent by the deliveries. */
static inline void hall_settle(struct hall *hall)
{
    do {
        size_t before = hall->sent_count;
        store_memory_commit(hall->store, UINT64_MAX);
        CU_ASSERT_EQUAL(hall->sent_count, before);
        CU_ASSERT_EQUAL(party_complete(router_party(hall->router), hall->now, NULL), RESULT_OK);
    } while (store_memory_waiting(hall->store) > 0);
}

static inline void hall_deliver_message(struct hall *hall, unsigned peer,
                                        struct iso_message *message)
{
    uint8_t header[ISO_HEADER_MAX], bytes[PARTY_MESSAGE_MAX];
    size_t len = 0;
    struct iso_fault fault;
    iso_header_init(hall_spec(), header);
    message->header = (struct iso_value){header, iso_spec_header_len(hall_spec())};
    if (iso_message_pack(message, bytes, sizeof bytes, &len, &fault) != ISO_OK) {
        fprintf(stderr, "%s: %s\n", fault.field, fault.text);
        CU_FAIL_FATAL("the test's message cannot be packed");
    }
    CU_ASSERT_TRUE(
        party_receive(router_party(hall->router), peer, 0, bytes_of(bytes, len), hall->now));
}

/* Delivers and does not settle. */
static inline void hall_deliver(struct hall *hall, unsigned peer, const struct operation *operation)
{
    struct operation_text text;
    struct iso_message message;
    operation_write(operation, &text, hall_spec(), &message);
    hall_deliver_message(hall, peer, &message);
}

static inline void hall_send(struct hall *hall, unsigned peer, const struct operation *operation)
{
    hall_deliver(hall, peer, operation);
    hall_settle(hall);
}

static inline void hall_pass(struct hall *hall, uint64_t ms)
{
    hall->now.mono_us += ms * 1000;
    hall->now.wall_us += (int64_t)ms * 1000;
    party_tick(router_party(hall->router), hall->now);
    hall_settle(hall);
}

static inline uint64_t hours(unsigned count)
{
    return UINT64_C(3600000) * count;
}
static inline uint64_t days(unsigned count)
{
    return hours(24) * count;
}

/* The same, stopping at every timer on the way. */
static inline void hall_live(struct hall *hall, uint64_t ms)
{
    uint64_t end_us = hall->now.mono_us + ms * 1000;
    for (;;) {
        uint64_t due_us = party_deadline(router_party(hall->router));
        if (due_us > end_us)
            break;
        hall->now.wall_us += due_us > hall->now.mono_us ? (int64_t)(due_us - hall->now.mono_us) : 0;
        hall->now.mono_us = due_us > hall->now.mono_us ? due_us : hall->now.mono_us;
        party_tick(router_party(hall->router), hall->now);
        hall_settle(hall);
    }
    hall->now.wall_us += (int64_t)(end_us - hall->now.mono_us);
    hall->now.mono_us = end_us;
}

static inline void hall_network(struct hall *hall, unsigned peer, const char *information)
{
    char id[INSTITUTION_LEN_MAX];
    struct iso_message message;
    iso_message_init(&message, hall_spec(), "0820");
    iso_message_set(&message, 7, "1122200000", 10);
    iso_message_set(&message, 11, "000777", 6);
    iso_message_set(&message, 70, information, 3);
    iso_message_set(&message, 33, id, institution_format(&hall->peers[peer].id, id));
    hall_deliver_message(hall, peer, &message);
    hall_settle(hall);
}

static inline void hall_answer_network(struct hall *hall, const struct hall_sent *sent)
{
    struct iso_message message;
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message, NULL),
        ISO_OK);
    memcpy(message.mti, "0830", 5);
    iso_message_set(&message, 39, "00", 2);
    hall_deliver_message(hall, sent->peer, &message);
    hall_settle(hall);
}

static inline void hall_sign_on(struct hall *hall, unsigned peer)
{
    hall_network(hall, peer, "001");
    CU_ASSERT_TRUE_FATAL(party_peer_is_ready(router_party(hall->router), peer));
    hall_answer_network(hall, &hall->sent[hall->sent_count - 1]);
}

static inline void hall_link_up(struct hall *hall, unsigned peer)
{
    party_link_up(router_party(hall->router), peer, 0, hall->now);
    hall_sign_on(hall, peer);
    hall->taken = hall->sent_count;
}

/* Of what was handed to the link, all was written. */
static inline void hall_link_down(struct hall *hall, unsigned peer)
{
    party_link_down(router_party(hall->router), peer, 0, UINT64_MAX, hall->now);
    hall_settle(hall);
}

static inline void hall_all_on(struct hall *hall)
{
    for (unsigned peer = 0; peer < PEERS; peer++)
        hall_link_up(hall, peer);
}

static inline void hall_open(struct hall *hall)
{
    hall_prepare(hall);
    hall_start(hall);
    hall_all_on(hall);
}

static inline void hall_close(struct hall *hall)
{
    router_close(hall->router);
    store_close(hall->store);
}

/* The process dies and starts again over what is durable; all links are down. */
static inline void hall_restart(struct hall *hall)
{
    router_close(hall->router);
    hall->router = NULL;
    store_memory_crash(hall->store);
    hall_start(hall);
}

/* --- out -------------------------------------------------------------------------------------- */

/* An element as text; "" when it is absent. */
static inline const char *text_of(const struct iso_message *message, unsigned de)
{
    static char texts[4][600];
    static unsigned next;
    char *text = texts[next++ % 4];
    struct iso_value value = iso_message_get(message, de);
    snprintf(text, sizeof texts[0], "%.*s", (int)value.len,
             value.data != NULL ? (const char *)value.data : "");
    return text;
}

#define ASSERT_TEXT(what, got, expected)                                                           \
    do {                                                                                           \
        const char *text_ = (got);                                                                 \
        if (strcmp(text_, (expected)) != 0)                                                        \
            fprintf(stderr, "%s:%d: %s: expected \"%s\", got \"%s\"\n", __FILE__, __LINE__,        \
                    (what), (expected), text_);                                                    \
        CU_ASSERT_STRING_EQUAL(text_, (expected));                                                 \
    } while (0)
#define ASSERT_DE(message, de, expected) ASSERT_TEXT("DE " #de, text_of((message), de), (expected))

/* The next message that the switch has sent, which the test has not taken yet. */
static inline struct iso_message hall_take(struct hall *hall, unsigned peer, const char *mti,
                                           const char *process)
{
    struct iso_message message;
    if (hall->taken == hall->sent_count)
        fprintf(stderr, "expected %s %s, but nothing was sent\n", mti, process);
    CU_ASSERT_FATAL(hall->taken < hall->sent_count);
    const struct hall_sent *sent = &hall->sent[hall->taken++];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(hall_spec(), ISO_HEADER_YES, sent->bytes, sent->len, &message, NULL),
        ISO_OK);
    char got[16], expected[16];
    snprintf(got, sizeof got, "%u %s %.2s", sent->peer, message.mti, text_of(&message, 3));
    snprintf(expected, sizeof expected, "%u %s %s", peer, mti, process);
    ASSERT_TEXT("message", got, expected);
    return message;
}

static inline void hall_expect_nothing(const struct hall *hall)
{
    if (hall->taken != hall->sent_count) {
        const struct hall_sent *sent = &hall->sent[hall->taken];
        fprintf(stderr, "expected nothing more, got %.4s to peer %u\n",
                (const char *)sent->bytes + 46, sent->peer);
    }
    CU_ASSERT_EQUAL(hall->taken, hall->sent_count);
}

/* Takes the next message, an answer, and says its DE 39. */
static inline void hall_expect_answer(struct hall *hall, unsigned peer, const char *mti,
                                      const char *process, const char *code)
{
    struct iso_message answer = hall_take(hall, peer, mti, process);
    ASSERT_DE(&answer, 39, code);
}

/* The peer's answer to a message it got; NULL for the elements as they were. */
static inline void hall_answer(struct hall *hall, unsigned peer, const struct iso_message *request,
                               const char *code)
{
    struct iso_message message = *request;
    message.mti[2]++;
    iso_message_set(&message, 39, code, 2);
    bool has_authorisation =
        strcmp(message.mti, "0110") == 0 ||
        (strcmp(message.mti, "0210") == 0 && memcmp(text_of(&message, 3), "00", 2) == 0);
    if (has_authorisation && strcmp(code, "00") == 0)
        iso_message_set(&message, 38, "246810", 6);
    hall_deliver_message(hall, peer, &message);
    hall_settle(hall);
}

/* --- operations ------------------------------------------------------------------------------- */

static inline struct operation freeze_of(uint32_t sequence, const char *card, int64_t amount_minor,
                                         uint16_t shares)
{
    struct operation op = {
        .kind = OPERATION_FREEZE,
        .card = pan_of(card),
        .sender = pan_of(card),
        .account_types = 1020,
        .amount_minor = amount_minor,
        .transmission = 1122200000,
        .stan = 11,
        .local_time = 200000,
        .local_date = 1122,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = id_of(ALPHA_ID),
        .forwarder = id_of(ALPHA_ID),
        .reference = {.date = HALL_DATE,
                      .sequence = sequence,
                      .wallet = 91230001,
                      .shares = shares},
    };
    if (sequence != 42)
        op.stan = 100000 + sequence;
    memcpy(op.rrn, "112200000011", sizeof op.rrn);
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

/* The one of most tests: 100.00 of SENDER in three shares. */
static inline struct operation the_freeze(void)
{
    return freeze_of(42, SENDER, FROZEN_MINOR, SHARES);
}

/* A claim by wallet beta under a key of its own. */
static inline struct operation claim_of(struct hall *hall, const struct operation *freeze,
                                        uint16_t share, int64_t amount_minor, const char *card)
{
    struct operation op = *freeze;
    op.kind = OPERATION_CLAIM;
    op.card = op.receiver = pan_of(card);
    op.sender = (struct pan){0};
    op.account_types = 0;
    op.amount_minor = amount_minor;
    op.transmission = date_de7(hall->now.wall_us);
    op.stan = ++hall->stan;
    op.acquirer = op.forwarder = id_of(BETA_ID);
    op.reference.share = share;
    op.original = operation_as_original(freeze);
    memcpy(op.rrn, "112200000021", sizeof op.rrn);
    memcpy(op.terminal, "BETA0001", sizeof op.terminal);
    return op;
}

/* A purchase by a customer of alpha under a key of its own. */
static inline struct operation purchase_of(struct hall *hall, const char *card,
                                           int64_t amount_minor)
{
    struct operation op = the_freeze();
    op.kind = OPERATION_PURCHASE;
    op.card = pan_of(card);
    op.sender = (struct pan){0};
    op.reference = (struct freeze_reference){0};
    op.amount_minor = amount_minor;
    op.transmission = date_de7(hall->now.wall_us);
    op.stan = 700000 + ++hall->stan;
    memcpy(op.rrn, "112200000031", sizeof op.rrn);
    memcpy(op.merchant, "TEA HOUSE      ", sizeof op.merchant);
    return op;
}

/* The acquirer gives it up. */
static inline struct operation taking_back(struct hall *hall, const struct operation *purchase)
{
    struct operation op = *purchase;
    op.kind = OPERATION_PURCHASE_REVERSAL;
    op.transmission = date_de7(hall->now.wall_us);
    op.stan = 800000 + ++hall->stan;
    op.original = operation_as_original(purchase);
    memcpy(op.rrn, "112200000032", sizeof op.rrn);
    return op;
}

/* The wallet's notice or reversal about its freeze, under a key of its own. */
static inline struct operation about(struct hall *hall, const struct operation *freeze,
                                     enum operation_kind kind)
{
    struct operation op = *freeze;
    op.kind = kind;
    op.transmission = date_de7(hall->now.wall_us);
    op.stan = 500000 + ++hall->stan;
    op.original = operation_as_original(freeze);
    memcpy(op.rrn, "112200000099", sizeof op.rrn);
    return op;
}

/* --- whole passages --------------------------------------------------------------------------- */

/* The freeze is asked, approved and answered. */
static inline void hall_freeze(struct hall *hall, const struct operation *freeze)
{
    hall_send(hall, ALPHA, freeze);
    struct iso_message forwarded = hall_take(hall, HARBOUR, "0100", "03");
    hall_answer(hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(hall, ALPHA, "0110", "03", "00");
    CU_ASSERT_EQUAL_FATAL(freeze_at(hall, &freeze->reference).state, FREEZE_FROZEN);
}

/* Asked, approved and answered. */
static inline void hall_purchase(struct hall *hall, const struct operation *purchase)
{
    hall_send(hall, ALPHA, purchase);
    struct iso_message forwarded = hall_take(hall, HARBOUR, "0200", "00");
    hall_answer(hall, HARBOUR, &forwarded, "00");
    hall_expect_answer(hall, ALPHA, "0210", "00", "00");
    CU_ASSERT_EQUAL_FATAL(purchase_at(hall, purchase).state, PURCHASE_PURCHASED);
}

/* Sends a claim up to its debit. */
static inline struct iso_message hall_claim(struct hall *hall, const struct operation *claim)
{
    hall_send(hall, BETA, claim);
    return hall_take(hall, HARBOUR, "0200", "46");
}

/* And up to its credit, at lantern. */
static inline struct iso_message hall_claim_to_credit(struct hall *hall,
                                                      const struct operation *claim)
{
    struct iso_message debit = hall_claim(hall, claim);
    hall_answer(hall, HARBOUR, &debit, "00");
    return hall_take(hall, LANTERN, "0200", "47");
}

static inline void hall_claim_whole(struct hall *hall, const struct operation *claim)
{
    struct iso_message credit = hall_claim_to_credit(hall, claim);
    hall_answer(hall, LANTERN, &credit, "00");
    hall_expect_answer(hall, BETA, "0210", "40", "00");
}

/* Sends a claim that is refused at once, without any other message. */
static inline void hall_claim_refused(struct hall *hall, const struct operation *claim,
                                      const char *code)
{
    hall_send(hall, BETA, claim);
    hall_expect_answer(hall, BETA, "0210", "40", code);
    hall_expect_nothing(hall);
}

#define ASSERT_SHARE(hall, freeze, number, expected)                                               \
    ASSERT_TEXT("share", share_state_name(share_at((hall), &(freeze)->reference, number).state),   \
                share_state_name(expected))
#define ASSERT_FREEZE(hall, freeze, expected)                                                      \
    ASSERT_TEXT("freeze", freeze_state_name(freeze_at((hall), &(freeze)->reference).state),        \
                freeze_state_name(expected))

#define ASSERT_PURCHASE(hall, purchase, expected)                                                  \
    ASSERT_TEXT("purchase", purchase_state_name(purchase_at((hall), (purchase)).state),            \
                purchase_state_name(expected))

/* --- clearing --------------------------------------------------------------------------------- */

static inline void hall_cut_done(void *context, enum result result, const struct fault *fault)
{
    struct hall *hall = context;
    hall->cuts++;
    hall->cut_result = result;
    snprintf(hall->cut_text, sizeof hall->cut_text, "%s", fault != NULL ? fault->text : "");
}

static inline enum result hall_cut(struct hall *hall, uint32_t date)
{
    unsigned before = hall->cuts;
    router_cut(hall->router, date, hall_cut_done, hall);
    hall_settle(hall);
    CU_ASSERT_EQUAL(hall->cuts, before + 1);
    return hall->cut_result;
}

/* A new business date; whoever is signed on answers. */
static inline void hall_cutover(struct hall *hall, uint32_t date)
{
    CU_ASSERT_TRUE(party_cutover(router_party(hall->router), date, NULL, NULL));
    hall_settle(hall);
    while (hall->taken < hall->sent_count)
        hall_answer_network(hall, &hall->sent[hall->taken++]);
    CU_ASSERT_EQUAL(party_business_date(router_party(hall->router)), date);
}

#endif
