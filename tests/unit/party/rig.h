/* What the party's tests share: a party over a store in memory, a port that keeps what is sent, a
 * core that keeps what it is told, and the peers' side of the links: messages made by the real
 * codec, with real MACs. */
#ifndef TESTS_PARTY_RIG_H
#define TESTS_PARTY_RIG_H

#include "base/date.h"
#include "party/party.h"
#include "store/store_memory.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RIG_SENT_MAX = 256,
    RIG_OPEN_MAX = 64,
    RIG_PEERS_MAX = 4,
    RIG_DATE = 20261231, /* business date when the lab opens */
    NETWORK_MS = 4000,
    ASK_MS = 5000,
    FORWARD_FIRST_MS = 5000,
    FORWARD_MAX_MS = 300000,
    FORWARD_WAIT_MS = 6000,
    WALLET = 91230001,
    ISSUER = 95550001,
    SWITCH = 10000,
};

/* Of the centre's rig. The twin is a second link of the wallet's institution. */
enum { PEER_WALLET, PEER_ISSUER, PEER_TWIN };

#define SENDER "9999011000000019"

struct rig_sent {
    unsigned peer, link;
    uint8_t bytes[PARTY_MESSAGE_MAX];
    size_t len;
};

/* How something that the party asked, or forwards, ended. */
struct rig_end {
    bool is_answered;
    enum unanswered why;
    uint16_t code;
    size_t message_len;
    void *context;
};

struct rig {
    struct party_config config;
    struct party_peer_config peers[RIG_PEERS_MAX];
    struct store *store;
    struct party *party;
    struct instant now;
    struct mac_key *keys[RIG_PEERS_MAX];

    struct rig_sent sent[RIG_SENT_MAX];
    size_t sent_count;
    bool link_is_full;   /* the port takes nothing */
    uint32_t full_links; /* bit i: link i takes nothing */
    unsigned link;       /* what peers say comes over it */
    struct line_test tested[8];
    unsigned tested_count;

    /* The core. */
    bool answers; /* by a store step, with 00; else requests pile up in `open` */
    struct request *open[RIG_OPEN_MAX];
    unsigned open_count, request_count, dropped;
    struct rig_end ended[RIG_OPEN_MAX];
    unsigned ended_count;
    struct forward *forwarded[RIG_OPEN_MAX];
    enum forward_verdict verdicts[RIG_OPEN_MAX];
    unsigned forwarded_count;
    struct operation late; /* the latest late answer, from late_institution */
    uint64_t late_institution;
    uint16_t late_code;
    unsigned late_count;
    uint32_t day;
    unsigned ready_count;
    char log[2048];                /* events, one a line; the oldest fall out */
    char log_text[FAULT_TEXT_MAX]; /* of the latest */
    unsigned log_count;
};

/* --- specs and keys: loaded once, the process ends with the suite ----------------------------- */

static inline const struct iso_spec *rig_spec(void)
{
    static struct iso_spec *spec;
    struct iso_fault fault;
    if (spec == NULL && iso_spec_load(SPECS_DIR "/messages/redpacket.yaml", &spec, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        abort();
    }
    return spec;
}

static inline const struct mac_recipe *rig_recipe(void)
{
    static struct mac_recipe *recipe;
    struct fault fault;
    if (recipe == NULL && mac_recipe_load(SPECS_DIR "/mac/redpacket.yaml", &recipe, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        abort();
    }
    return recipe;
}

static inline struct institution id_of(const char *text)
{
    struct institution id;
    CU_ASSERT_TRUE_FATAL(institution_parse(bytes_text(text), &id));
    return id;
}

static inline struct pan pan_of(const char *text)
{
    struct pan pan;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(text), &pan));
    return pan;
}

/* --- port ------------------------------------------------------------------------------------- */

static inline uint64_t rig_take(void *host, unsigned peer, unsigned link, struct bytes message)
{
    struct rig *rig = host;
    uint32_t up = party_peer_view(rig->party, peer).links & ~rig->full_links;
    if (rig->link_is_full || (up >> link & 1) == 0)
        return 0;
    CU_ASSERT_FATAL(rig->sent_count < RIG_SENT_MAX && message.len <= PARTY_MESSAGE_MAX);
    struct rig_sent *sent = &rig->sent[rig->sent_count++];
    sent->peer = peer;
    sent->link = link;
    sent->len = message.len;
    memcpy(sent->bytes, message.data, message.len);
    return rig->sent_count;
}

static inline void rig_tested(void *host, void *context, const struct line_test *test)
{
    struct rig *rig = host;
    (void)context;
    CU_ASSERT_FATAL(rig->tested_count < 8);
    rig->tested[rig->tested_count++] = *test;
}

static inline void rig_log(void *host, enum log_level level, const char *event, const char *text)
{
    struct rig *rig = host;
    (void)level;
    rig->log_count++;
    snprintf(rig->log_text, sizeof rig->log_text, "%s", text);
    size_t len = strlen(rig->log), more = strlen(event) + 1;
    if (len + more >= sizeof rig->log)
        rig->log[len = 0] = '\0';
    snprintf(rig->log + len, sizeof rig->log - len, "%s\n", event);
}

static inline bool rig_logged(const struct rig *rig, const char *event)
{
    return strstr(rig->log, event) != NULL;
}

/* --- core ------------------------------------------------------------------------------------- */

struct rig_work {
    struct rig *rig;
    enum seen seen;
    struct answer answer;
};

static inline void rig_apply(struct store_step *step, struct store_tx *tx)
{
    struct request *request = step->context;
    struct rig_work *work = request->work;
    work->answer = (struct answer){.code = CODE_APPROVED, .settlement = 1231};
    memcpy(work->answer.authorisation, "246810", 6);
    work->seen = request_judge(request, tx, 0, &work->answer);
    if (work->seen == SEEN_NEVER && request->is_untimely)
        work->answer = (struct answer){.code = CODE_FORMAT};
    if (work->seen == SEEN_NEVER)
        request_remember(request, tx, 0, DUPLICATE_ANSWERED, &work->answer);
}

static inline void rig_done(struct store_step *step, void *context)
{
    struct request *request = context;
    struct rig_work *work = request->work;
    struct answer answer = work->answer;
    (void)step;
    if (work->seen == SEEN_OPEN) {
        work->rig->dropped++;
        party_drop(request->party, request);
    } else
        party_answer(request->party, request, &answer);
}

static inline void rig_request(void *core, struct request *request)
{
    struct rig *rig = core;
    struct rig_work *work = request->work;
    rig->request_count++;
    work->rig = rig;
    if (!rig->answers) {
        CU_ASSERT_FATAL(rig->open_count < RIG_OPEN_MAX);
        rig->open[rig->open_count++] = request;
        return;
    }
    struct transaction_key key = operation_key(&request->operation);
    request->step = (struct store_step){.apply = rig_apply, .done = rig_done, .context = request};
    store_step_key(&request->step, key_of_duplicate(&key));
    store_submit(party_store(rig->party), &request->step);
}

static inline void rig_end(struct rig *rig, struct rig_end end)
{
    CU_ASSERT_FATAL(rig->ended_count < RIG_OPEN_MAX);
    rig->ended[rig->ended_count++] = end;
}

static inline void rig_answered(void *core, void *context, const struct received *received)
{
    rig_end(core, (struct rig_end){.is_answered = true,
                                   .code = received->code,
                                   .message_len = received->message.len,
                                   .context = context});
}

static inline void rig_unanswered(void *core, void *context, enum unanswered why)
{
    rig_end(core, (struct rig_end){.why = why, .context = context});
}

static inline void rig_forwarded(void *core, struct forward *forward, enum forward_verdict verdict,
                                 const struct received *received)
{
    struct rig *rig = core;
    (void)received;
    CU_ASSERT_FATAL(rig->forwarded_count < RIG_OPEN_MAX);
    rig->forwarded[rig->forwarded_count] = forward;
    rig->verdicts[rig->forwarded_count++] = verdict;
}

static inline void rig_late(void *core, uint64_t institution, const struct operation *operation,
                            const struct received *received)
{
    struct rig *rig = core;
    rig->late = *operation;
    rig->late_institution = institution;
    rig->late_code = received->code;
    rig->late_count++;
}

static inline void rig_day(void *context, uint32_t date)
{
    ((struct rig *)context)->day = date;
}

static inline void rig_cutover(struct rig *rig, uint32_t date)
{
    CU_ASSERT_TRUE(party_cutover(rig->party, date, rig_day, rig));
}

static inline void rig_ready(void *core, unsigned peer)
{
    (void)peer;
    ((struct rig *)core)->ready_count++;
}

/* --- opening ---------------------------------------------------------------------------------- */

static inline enum result rig_try_start(struct rig *rig, struct fault *fault)
{
    struct party_port port = {.host = rig, .send = rig_take, .log = rig_log, .tested = rig_tested};
    struct party_core core = {
        .core = rig,
        .work_size = sizeof(struct rig_work),
        .request = rig_request,
        .answered = rig_answered,
        .unanswered = rig_unanswered,
        .forwarded = rig_forwarded,
        .late = rig_late,
        .ready = rig_ready,
    };
    rig->config.peers = rig->peers;
    rig->config.store = rig->store;
    return party_open(&rig->config, &port, &core, rig->now, &rig->party, fault);
}

static inline void rig_start(struct rig *rig)
{
    struct fault fault = {.text = ""};
    if (rig_try_start(rig, &fault) != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(rig->party);
}

static inline void rig_prepare(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->now.mono_us = 1000000;
    rig->now.wall_us = date_to_wall(RIG_DATE) + INT64_C(20) * 3600 * 1000000;
    rig->config = (struct party_config){
        .spec = rig_spec(),
        .recipe = rig_recipe(),
        .opening_date = RIG_DATE,
        .requests_max = 8,
        .exchanges_max = 8,
        .forwards_max = 4,
        .forward_first_ms = FORWARD_FIRST_MS,
        .forward_max_ms = FORWARD_MAX_MS,
        .forward_wait_ms = FORWARD_WAIT_MS,
        .network_ms = NETWORK_MS,
        .seed = 7,
    };
    CU_ASSERT_EQUAL_FATAL(store_open_memory(&rig->store, NULL), RESULT_OK);
}

static inline void rig_add_peer(struct rig *rig, const char *name, const char *id, uint8_t key)
{
    uint8_t bytes[16];
    unsigned at = rig->config.peer_count++;
    memset(bytes, key, sizeof bytes);
    CU_ASSERT_EQUAL_FATAL(mac_key_open(MAC_SM4, bytes_of(bytes, 16), &rig->keys[at], NULL),
                          RESULT_OK);
    rig->peers[at] =
        (struct party_peer_config){.id = id_of(id), .name = name, .key = rig->keys[at]};
}

static inline void rig_prepare_centre(struct rig *rig)
{
    rig_prepare(rig);
    rig->config.name = "switch";
    rig->config.is_centre = true;
    rig->config.self = id_of("00010000");
    rig_add_peer(rig, "alpha", "00091230001", 0x11);
    rig_add_peer(rig, "harbour", "00095550001", 0x22);
    rig_add_peer(rig, "alpha-2", "00091230001", 0x11);
}

/* A centre with its links up, nobody signed on. */
static inline void rig_open_centre(struct rig *rig)
{
    rig_prepare_centre(rig);
    rig_start(rig);
    for (unsigned peer = 0; peer < rig->config.peer_count; peer++)
        party_link_up(rig->party, peer, 0, rig->now);
}

/* A member; its link is down. */
static inline void rig_open_member(struct rig *rig)
{
    rig_prepare(rig);
    rig->config.name = "alpha";
    rig->config.self = id_of("00091230001");
    rig_add_peer(rig, "switch", "00010000", 0x11);
    rig_start(rig);
}

static inline void rig_close(struct rig *rig)
{
    party_close(rig->party);
    store_close(rig->store);
    for (unsigned peer = 0; peer < rig->config.peer_count; peer++)
        mac_key_close(rig->keys[peer]);
}

/* The process dies and starts again over what is durable; all links are down. */
static inline void rig_restart(struct rig *rig)
{
    party_close(rig->party);
    rig->party = NULL;
    store_memory_crash(rig->store);
    rig->open_count = rig->forwarded_count = rig->ended_count = 0;
    rig_start(rig);
}

/* --- messages --------------------------------------------------------------------------------- */

struct packed {
    uint8_t bytes[PARTY_MESSAGE_MAX];
    size_t len;
};

/* With header and, where the recipe wants one, the peer's MAC. */
static inline struct packed rig_pack(struct rig *rig, unsigned peer, struct iso_message *message)
{
    uint8_t header[ISO_HEADER_MAX];
    char mac[MAC_TEXT_LEN];
    struct packed packed = {.len = 0};
    struct iso_fault fault;
    iso_header_init(rig_spec(), header);
    message->header = (struct iso_value){header, iso_spec_header_len(rig_spec())};
    if (mac_recipe_need(rig_recipe(), message) == MAC_REQUIRED && !iso_message_has(message, 128)) {
        CU_ASSERT_EQUAL_FATAL(mac_compute(rig_recipe(), rig->keys[peer], message, mac, NULL),
                              RESULT_OK);
        iso_message_set(message, 128, mac, sizeof mac);
    }
    if (iso_message_pack(message, packed.bytes, sizeof packed.bytes, &packed.len, &fault) !=
        ISO_OK) {
        fprintf(stderr, "%s: %s\n", fault.field, fault.text);
        CU_FAIL_FATAL("the test's message cannot be packed");
    }
    return packed;
}

static inline void rig_complete(struct rig *rig)
{
    CU_ASSERT_EQUAL(party_complete(rig->party, rig->now, NULL), RESULT_OK);
}

static inline bool rig_deliver_bytes(struct rig *rig, unsigned peer, struct packed packed)
{
    /* Exactly as long as the message: a sanitizer sees one byte read too far. */
    uint8_t *bytes = malloc(packed.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memcpy(bytes, packed.bytes, packed.len);
    bool goes_on =
        party_receive(rig->party, peer, rig->link, bytes_of(bytes, packed.len), rig->now);
    free(bytes);
    rig_complete(rig);
    return goes_on;
}

static inline void rig_deliver(struct rig *rig, unsigned peer, struct iso_message *message)
{
    CU_ASSERT_TRUE(rig_deliver_bytes(rig, peer, rig_pack(rig, peer, message)));
}

static inline void rig_deliver_operation(struct rig *rig, unsigned peer,
                                         const struct operation *operation)
{
    struct operation_text text;
    struct iso_message message;
    operation_write(operation, &text, rig_spec(), &message);
    rig_deliver(rig, peer, &message);
}

static inline struct iso_message rig_message(const struct rig *rig, size_t at)
{
    struct iso_message message;
    CU_ASSERT_FATAL(at < rig->sent_count);
    CU_ASSERT_EQUAL_FATAL(iso_message_unpack(rig_spec(), ISO_HEADER_YES, rig->sent[at].bytes,
                                             rig->sent[at].len, &message, NULL),
                          ISO_OK);
    return message;
}

static inline struct iso_message rig_latest(const struct rig *rig)
{
    CU_ASSERT_FATAL(rig->sent_count > 0);
    return rig_message(rig, rig->sent_count - 1);
}

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

#define ASSERT_DE(message, de, expected)                                                           \
    do {                                                                                           \
        const char *text_ = text_of((message), (de));                                              \
        if (strcmp(text_, (expected)) != 0)                                                        \
            fprintf(stderr, "%s:%d: DE %u: expected \"%s\", got \"%s\"\n", __FILE__, __LINE__,     \
                    (de), (expected), text_);                                                      \
        CU_ASSERT_STRING_EQUAL(text_, (expected));                                                 \
    } while (0)

/* MTI and DE 39 of the latest message. */
#define ASSERT_LATEST(rig, expected_mti, expected_code)                                            \
    do {                                                                                           \
        struct iso_message latest_ = rig_latest(rig);                                              \
        CU_ASSERT_STRING_EQUAL(latest_.mti, (expected_mti));                                       \
        ASSERT_DE(&latest_, 39, (expected_code));                                                  \
    } while (0)

/* --- network management ----------------------------------------------------------------------- */

/* As the peer sends it: DE 33 names a member, DE 100 comes from the centre. */
static inline void rig_network(struct rig *rig, unsigned peer, const char *information,
                               const char *settlement, const char *member)
{
    struct iso_message message;
    iso_message_init(&message, rig_spec(), "0820");
    iso_message_set(&message, 7, "1231200000", 10);
    iso_message_set(&message, 11, "000777", 6);
    if (settlement[0] != '\0')
        iso_message_set(&message, 15, settlement, 4);
    iso_message_set(&message, 70, information, 3);
    iso_message_set(&message, rig->config.is_centre ? 33 : 100, member, strlen(member));
    rig_deliver(rig, peer, &message);
}

/* The peer's answer to a network request that the party sent. */
static inline void rig_answer_network(struct rig *rig, size_t at, const char *code)
{
    static const unsigned echo[] = {7, 11, 15, 33, 70, 100};
    struct iso_message request = rig_message(rig, at), answer;
    unsigned peer = rig->sent[at].peer;
    CU_ASSERT_STRING_EQUAL_FATAL(request.mti, "0820");
    iso_message_init(&answer, rig_spec(), "0830");
    for (size_t i = 0; i < sizeof echo / sizeof echo[0]; i++)
        if (iso_message_has(&request, echo[i])) {
            struct iso_value value = iso_message_get(&request, echo[i]);
            iso_message_set(&answer, echo[i], value.data, value.len);
        }
    iso_message_set(&answer, 39, code, 2);
    rig_deliver(rig, peer, &answer);
}

/* A member signs on to the centre, which tells it the date; both are answered. */
static inline void rig_sign_on(struct rig *rig, unsigned peer, const char *member)
{
    rig_network(rig, peer, "001", "", member);
    CU_ASSERT_TRUE_FATAL(party_peer_is_ready(rig->party, peer));
    rig_answer_network(rig, rig->sent_count - 1, "00");
}

/* A centre with everybody signed on and nothing kept. */
static inline void rig_open_signed_on(struct rig *rig)
{
    rig_open_centre(rig);
    rig_sign_on(rig, PEER_WALLET, "00091230001");
    rig_sign_on(rig, PEER_ISSUER, "00095550001");
    rig_sign_on(rig, PEER_TWIN, "00091230001");
    rig->sent_count = 0;
}

/* --- operations ------------------------------------------------------------------------------- */

/* A wallet's freeze, each with a STAN and a sequence of its own. */
static inline struct operation freeze_of(const struct rig *rig, uint32_t stan)
{
    struct operation op = {
        .kind = OPERATION_FREEZE,
        .card = pan_of(SENDER),
        .sender = pan_of(SENDER),
        .amount_minor = 10000,
        .transmission = date_de7(rig->now.wall_us),
        .stan = stan,
        .local_time = 200000,
        .local_date = 1231,
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = id_of("00091230001"),
        .forwarder = id_of("00091230001"),
        .reference = {.date = RIG_DATE, .sequence = stan, .wallet = WALLET, .shares = 1},
    };
    memcpy(op.rrn, "123120000001", sizeof op.rrn);
    memcpy(op.terminal, "WALLET01", sizeof op.terminal);
    memcpy(op.merchant, "WALLET SERVICE ", sizeof op.merchant);
    memcpy(op.currency, "156", sizeof op.currency);
    return op;
}

/* A store-and-forward message of the centre's, for the issuer. */
static inline struct operation unfreeze_of(const struct rig *rig, uint32_t stan)
{
    struct operation freeze = freeze_of(rig, stan), op = freeze;
    op.kind = OPERATION_UNFREEZE;
    op.forwarder = id_of("00010000");
    op.original = operation_as_original(&freeze);
    op.settlement = 1231;
    return op;
}

/* The peer's answer to message number `at` of the party, with everything it had and DE 39. */
static inline struct iso_message answer_to(const struct rig *rig, size_t at, const char *code)
{
    struct iso_message message = rig_message(rig, at);
    message.mti[2]++;
    iso_message_remove(&message, 128);
    iso_message_set(&message, 39, code, 2);
    return message;
}

static inline void rig_answer(struct rig *rig, size_t at, const char *code)
{
    struct iso_message message = answer_to(rig, at, code);
    rig_deliver(rig, rig->sent[at].peer, &message);
}

/* --- time ------------------------------------------------------------------------------------- */

static inline void rig_pass(struct rig *rig, uint64_t ms)
{
    rig->now.mono_us += ms * 1000;
    rig->now.wall_us += (int64_t)ms * 1000;
    party_tick(rig->party, rig->now);
}

#endif
