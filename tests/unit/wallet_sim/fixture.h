/* A wallet on a store in memory, and a switch that the test plays: what the wallet sends is kept,
 * and answered when and as the test says. MACs are on, so that the keys may change between two
 * sendings of one message. */
#ifndef TESTS_UNIT_WALLET_SIM_FIXTURE_H
#define TESTS_UNIT_WALLET_SIM_FIXTURE_H

#include "base/date.h"
#include "redpacket/journal.h"
#include "store/store_memory.h"
#include "suite.h"
#include "wallet_sim/wallet.h"

#include <stdio.h>

enum { SENT_MAX = 64, REQUESTS_MAX = 10, FORWARDS_MAX = 8, FORWARD_WAIT_MS = 15000 };

static const char CENTRE_ID[] = "00010000";
static const char WALLET_ID[] = "00091230001";
static const char SENDER_CARD[] = "9999011000000019";
static const char RECEIVER_CARD[] = "9999022000000016";

struct sent {
    uint8_t bytes[PARTY_MESSAGE_MAX];
    size_t len;
};

struct fixture {
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key *key, *centre_key; /* equal: the wallet's and the switch's */
    struct store *store;
    struct wallet *wallet;
    struct instant now;
    struct sent sent[SENT_MAX];
    size_t sent_count, taken; /* taken: by the test */
    unsigned forwards_max;
};

struct outcome {
    unsigned count;
    struct wallet_result result;
};

static inline void on_done(void *context, const struct wallet_result *result)
{
    struct outcome *outcome = context;
    outcome->count++;
    outcome->result = *result;
}

/* --- the host --------------------------------------------------------------------------------- */

static inline uint64_t fixture_send(void *host, unsigned peer, unsigned link, struct bytes message)
{
    struct fixture *f = host;
    CU_ASSERT_EQUAL(peer, 0);
    CU_ASSERT_EQUAL(link, 0);
    CU_ASSERT_FATAL(f->sent_count < SENT_MAX && message.len <= PARTY_MESSAGE_MAX);
    struct sent *sent = &f->sent[f->sent_count++];
    memcpy(sent->bytes, message.data, message.len);
    sent->len = message.len;
    return f->sent_count;
}

static inline void fixture_log(void *host, enum log_level level, const char *event,
                               const char *text)
{
    (void)host;
    (void)level;
    (void)event;
    (void)text;
}

static inline struct institution id_of(const char *text)
{
    struct institution id;
    CU_ASSERT_TRUE_FATAL(institution_parse(bytes_text(text), &id));
    return id;
}

static inline struct pan card_of(const char *text)
{
    struct pan card;
    CU_ASSERT_TRUE_FATAL(pan_parse(bytes_text(text), &card));
    return card;
}

static inline void fixture_open_key(struct fixture *f, uint8_t fill)
{
    uint8_t key[16];
    memset(key, fill, sizeof key);
    mac_key_close(f->key);
    mac_key_close(f->centre_key);
    CU_ASSERT_FATAL(mac_key_open(MAC_SM4, bytes_of(key, 16), &f->key, NULL) == RESULT_OK);
    CU_ASSERT_FATAL(mac_key_open(MAC_SM4, bytes_of(key, 16), &f->centre_key, NULL) == RESULT_OK);
}

static inline struct wallet_config fixture_config(const struct fixture *f,
                                                  const struct party_peer_config *peers)
{
    return (struct wallet_config){
        .currency = {'1', '5', '6'},
        .party =
            {
                .name = "alpha",
                .self = id_of(WALLET_ID),
                .spec = f->spec,
                .recipe = f->recipe,
                .store = f->store,
                .peers = peers,
                .peer_count = 1,
                .opening_date = 20261231,
                .requests_max = REQUESTS_MAX,
                .exchanges_max = FORWARDS_MAX + 2,
                .forwards_max = f->forwards_max,
                .forward_first_ms = 5000,
                .forward_max_ms = 300000,
                .forward_wait_ms = FORWARD_WAIT_MS,
                .network_ms = 5000,
                .seed = 7,
            },
    };
}

static inline void fixture_open_wallet(struct fixture *f)
{
    struct party_peer_config peer = {.id = id_of(CENTRE_ID), .name = "switch", .key = f->key};
    struct wallet_config config = fixture_config(f, &peer);
    struct party_port port = {.host = f, .send = fixture_send, .log = fixture_log};
    struct fault fault = {RESULT_OK, ""};
    enum result result = wallet_open(&config, &port, f->now, &f->wallet, &fault);
    if (result != RESULT_OK)
        fprintf(stderr, "%s\n", fault.text);
    CU_ASSERT_EQUAL_FATAL(result, RESULT_OK);
}

/* Lets the store make everything durable, and the wallet hear of it. */
static inline void fixture_settle(struct fixture *f)
{
    struct fault fault;
    for (unsigned i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(party_complete(wallet_party(f->wallet), f->now, &fault), RESULT_OK);
}

static inline void fixture_pass(struct fixture *f, unsigned ms)
{
    f->now.mono_us += (uint64_t)ms * 1000;
    f->now.wall_us += (int64_t)ms * 1000;
    party_tick(wallet_party(f->wallet), f->now);
    fixture_settle(f);
}

/* --- the switch ------------------------------------------------------------------------------- */

/* The next message that the wallet has sent; its MAC is checked. */
static inline struct sent *fixture_take(struct fixture *f, const char *mti,
                                        struct iso_message *message)
{
    struct iso_fault fault;
    struct fault why;
    CU_ASSERT_FATAL(f->taken < f->sent_count);
    struct sent *sent = &f->sent[f->taken++];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(f->spec, ISO_HEADER_YES, sent->bytes, sent->len, message, &fault),
        ISO_OK);
    CU_ASSERT_STRING_EQUAL(message->mti, mti);
    CU_ASSERT_TRUE(mac_verify(f->recipe, f->centre_key, message, &why));
    return sent;
}

/* Sends a message of the switch to the wallet, with header and MAC. */
static inline void fixture_deliver(struct fixture *f, struct iso_message *message)
{
    uint8_t header[ISO_HEADER_MAX], bytes[PARTY_MESSAGE_MAX];
    char mac[MAC_TEXT_LEN];
    struct iso_fault fault;
    size_t len = 0;
    iso_header_init(f->spec, header);
    message->header = (struct iso_value){header, iso_spec_header_len(f->spec)};
    if (mac_recipe_need(f->recipe, message) == MAC_REQUIRED) {
        CU_ASSERT_EQUAL_FATAL(mac_compute(f->recipe, f->centre_key, message, mac, NULL), RESULT_OK);
        iso_message_set(message, MAC_DE, mac, sizeof mac);
    }
    CU_ASSERT_EQUAL_FATAL(iso_message_pack(message, bytes, sizeof bytes, &len, &fault), ISO_OK);
    CU_ASSERT_TRUE(party_receive(wallet_party(f->wallet), 0, 0, bytes_of(bytes, len), f->now));
    fixture_settle(f);
}

/* Answers a message that was taken. `settlement`: DE 15 or NULL. `told`: DE 48, or none. */
static inline void fixture_answer_with(struct fixture *f, struct sent *request, const char *code,
                                       const char *settlement, struct bytes told)
{
    struct iso_message asked, answer;
    uint64_t echo[3];
    char mti[5];
    CU_ASSERT_EQUAL_FATAL(
        iso_message_unpack(f->spec, ISO_HEADER_YES, request->bytes, request->len, &asked, NULL),
        ISO_OK);
    memcpy(mti, asked.mti, sizeof mti);
    mti[2]++;
    iso_message_init(&answer, f->spec, mti);
    iso_spec_answer_echo(f->spec, echo);
    echo[70 / 64] |= UINT64_C(1) << 70 % 64;
    for (unsigned de = 2; de <= 128; de++) {
        struct iso_value value = iso_message_get(&asked, de);
        if ((echo[de / 64] >> de % 64 & 1) != 0 && value.data != NULL)
            iso_message_set(&answer, de, value.data, value.len);
    }
    iso_message_set(&answer, 39, code, 2);
    if (settlement != NULL)
        iso_message_set(&answer, 15, settlement, 4);
    if (told.len > 0)
        iso_message_set(&answer, 48, told.data, told.len);
    fixture_deliver(f, &answer);
}

static inline void fixture_answer(struct fixture *f, struct sent *request, const char *code,
                                  const char *settlement)
{
    fixture_answer_with(f, request, code, settlement, bytes_of(NULL, 0));
}

/* Takes the next message, which must have this MTI, and answers it. */
static inline void fixture_serve(struct fixture *f, const char *mti, const char *code)
{
    struct iso_message message;
    struct sent *sent = fixture_take(f, mti, &message);
    fixture_answer(f, sent, code, "1231");
}

static inline void fixture_sign_on(struct fixture *f)
{
    party_link_up(wallet_party(f->wallet), 0, 0, f->now);
    fixture_serve(f, "0820", "00");
    fixture_pass(f, 0);
}

/* --- opening ---------------------------------------------------------------------------------- */

static inline void fixture_open_with(struct fixture *f, unsigned forwards_max)
{
    memset(f, 0, sizeof *f);
    f->forwards_max = forwards_max;
    f->now = (struct instant){1000000, date_to_wall(20261231) + INT64_C(36000) * 1000000};
    CU_ASSERT_FATAL(iso_spec_load(SPECS_DIR "/messages/redpacket.yaml", &f->spec, NULL) == ISO_OK);
    CU_ASSERT_FATAL(mac_recipe_load(SPECS_DIR "/mac/redpacket.yaml", &f->recipe, NULL) ==
                    RESULT_OK);
    CU_ASSERT_FATAL(store_open_memory(&f->store, NULL) == RESULT_OK);
    fixture_open_key(f, 0x11);
    fixture_open_wallet(f);
}

static inline void fixture_open(struct fixture *f)
{
    fixture_open_with(f, FORWARDS_MAX);
    fixture_sign_on(f);
}

/* The process dies and starts again; by then the MAC key is another one. */
static inline void fixture_restart(struct fixture *f)
{
    wallet_close(f->wallet);
    store_memory_crash(f->store);
    fixture_open_key(f, 0x22);
    f->taken = f->sent_count;
    fixture_open_wallet(f);
    fixture_sign_on(f);
}

static inline void fixture_close(struct fixture *f)
{
    CU_ASSERT_EQUAL(f->taken, f->sent_count);
    wallet_close(f->wallet);
    store_close(f->store);
    mac_key_close(f->key);
    mac_key_close(f->centre_key);
    mac_recipe_free(f->recipe);
    iso_spec_free(f->spec);
}

/* --- what tests do all the time --------------------------------------------------------------- */

static inline struct wallet_packet packet_of(const char *name, int64_t amount_minor,
                                             unsigned shares)
{
    struct wallet_packet packet = {
        .person = "Wang Wei",
        .card = card_of(SENDER_CARD),
        .amount_minor = amount_minor,
        .shares = shares,
        .split = SPLIT_EQUAL,
    };
    snprintf(packet.name, sizeof packet.name, "%s", name);
    return packet;
}

/* Gives the command and lets its request be stored and sent. */
static inline void send_packet(struct fixture *f, const struct wallet_packet *packet,
                               struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    wallet_send_packet(f->wallet, packet, on_done, outcome);
    fixture_settle(f);
}

/* A packet that is announced. */
static inline void announce(struct fixture *f, const char *name, int64_t amount_minor,
                            unsigned shares)
{
    struct outcome outcome;
    struct wallet_packet packet = packet_of(name, amount_minor, shares);
    send_packet(f, &packet, &outcome);
    fixture_serve(f, "0100", "00");
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_APPROVED);
}

static inline struct wallet_result grab(struct fixture *f, const char *packet, const char *person,
                                        uint64_t seed)
{
    struct outcome outcome = {0};
    struct wallet_grab command = {.seed = seed};
    snprintf(command.packet, sizeof command.packet, "%s", packet);
    snprintf(command.person, sizeof command.person, "%s", person);
    wallet_grab(f->wallet, &command, on_done, &outcome);
    fixture_settle(f);
    CU_ASSERT_EQUAL(outcome.count, 1);
    CU_ASSERT_EQUAL(outcome.result.code, CODE_NONE);
    return outcome.result;
}

static inline struct wallet_claim claim_of(const struct wallet_ticket *ticket, const char *person)
{
    struct wallet_claim claim = {.ticket = *ticket, .card = card_of(RECEIVER_CARD)};
    snprintf(claim.person, sizeof claim.person, "%s", person);
    return claim;
}

static inline void send_claim(struct fixture *f, const struct wallet_claim *claim,
                              struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    wallet_claim(f->wallet, claim, on_done, outcome);
    fixture_settle(f);
}

static inline void send_expire(struct fixture *f, const char *packet, struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    wallet_expire(f->wallet, packet, on_done, outcome);
    fixture_settle(f);
}

static inline void send_reverse(struct fixture *f, const char *packet, struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    wallet_reverse(f->wallet, packet, on_done, outcome);
    fixture_settle(f);
}

static inline void assert_de(const struct iso_message *message, unsigned de, const char *expected)
{
    struct iso_value value = iso_message_get(message, de);
    bool same = value.len == strlen(expected) && value.data != NULL &&
                memcmp(value.data, expected, value.len) == 0;
    if (!same)
        fprintf(stderr, "DE %u: expected %s, got %.*s\n", de, expected, (int)value.len,
                value.data != NULL ? (const char *)value.data : "");
    CU_ASSERT_TRUE(same);
}

/* The same message but for DE 128, its last 8 bytes. */
static inline void assert_same_message(const struct sent *a, const struct sent *b)
{
    CU_ASSERT_EQUAL_FATAL(a->len, b->len);
    ASSERT_BYTES(a->bytes, a->len - MAC_TEXT_LEN, b->bytes, b->len - MAC_TEXT_LEN);
}

/* --- its book --------------------------------------------------------------------------------- */

struct book {
    unsigned count[JOURNAL_EVENTS];
    struct journal_entry last[JOURNAL_EVENTS]; /* without their messages */
};

static inline bool read_book(void *context, const struct store_log_record *record)
{
    struct book *book = context;
    struct journal_entry entry;
    CU_ASSERT_TRUE_FATAL(journal_read(record->data, &entry));
    entry.message = bytes_of(NULL, entry.message.len);
    book->count[entry.event]++;
    book->last[entry.event] = entry;
    return true;
}

static inline struct book book_of(const struct fixture *f)
{
    struct book book = {0};
    CU_ASSERT_EQUAL(store_log_scan(f->store, 1, 0, read_book, &book, NULL), RESULT_OK);
    return book;
}

#endif
