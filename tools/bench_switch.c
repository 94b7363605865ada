/* cardlab bench switch: claims through the switch's core alone. A wallet and two issuers are played
 * beside it; what is measured is the CPU time from the bytes of a message to the bytes that it
 * causes: codec, MACs both ways, decisions, steps in a store in memory. No socket, no disk.
 *
 * In the same run the parts that cannot be done without are measured by themselves over the very
 * messages: the MACs; unpack and pack; steps of as many records and bytes in the same store. The
 * ratio to their sum says what everything else costs. */
#include "base/date.h"
#include "base/json.h"
#include "bench.h"
#include "bench_desk.h"
#include "router/router.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 256,   /* claims on their way together */
    ROUNDS = 9,    /* the median of so many */
    BATCHES = 8,   /* of a round */
    LEGS = 3,      /* requests that come in: claim, and the answers to debit and credit */
    STEP_KEYS = 5, /* of a claim's step: transaction, freeze, stored message, counter, share */
    STEP_PUTS = 3, /* of these written */
    LOG_LEN = 620, /* of a claim's log record, with its message */
    IN_FLIGHT = 4096,
    PLACES = 20000,
};
enum peer { WALLET, SENDER_ISSUER, RECEIVER_ISSUER, PEERS };

struct sent {
    unsigned peer;
    struct bench_message message;
};

struct stand {
    struct bench_desk desk;
    struct store *store, *floor_store;
    struct router *router;
    struct party *party;
    struct instant now;
    struct sent sent[BATCH];
    unsigned sent_count;
    struct bench_message in[LEGS][BATCH], out[LEGS][BATCH]; /* of the latest batch */
    uint64_t sequence;                                      /* the packet being claimed */
    unsigned shares;                                        /* of it claimed */
    uint32_t stan;
    uint64_t floor_steps;
    size_t value_len; /* of each record that a step writes, on average */
};

struct figures {
    double claim_us, mac_us, codec_us, store_us;
};

/* --- the switch and who is around it ---------------------------------------------------------- */

static uint64_t take_message(void *host, unsigned peer, unsigned link, struct bytes bytes)
{
    struct stand *stand = host;
    (void)link;
    MUST(stand->sent_count < BATCH);
    struct sent *sent = &stand->sent[stand->sent_count++];
    sent->peer = peer;
    sent->message.len = bytes.len;
    memcpy(sent->message.bytes, bytes.data, bytes.len);
    return stand->sent_count;
}

static void hear_log(void *host, enum log_level level, const char *event, const char *text)
{
    (void)host;
    (void)event;
    if (level <= LOG_WARNING) {
        fprintf(stderr, "the switch: %s: %s\n", event, text);
        MUST(level > LOG_WARNING);
    }
}

static uint64_t route(const void *context, const struct pan *card)
{
    (void)context;
    return card->digits[5] == '1' ? BENCH_SENDER_ISSUER : BENCH_RECEIVER_ISSUER;
}

static void receive(struct stand *stand, unsigned peer, const struct bench_message *message)
{
    MUST(party_receive(stand->party, peer, 0, bytes_of(message->bytes, message->len), stand->now));
}

static void complete(struct stand *stand)
{
    MUST(party_complete(stand->party, stand->now, NULL) == RESULT_OK);
}

static void sign_on(struct stand *stand, unsigned peer, uint64_t number)
{
    struct iso_message message;
    struct bench_message bytes;
    char id[INSTITUTION_LEN_MAX], transmission[10];
    struct institution institution = bench_institution(number);
    digits_format(date_de7(stand->now.wall_us), transmission, sizeof transmission);
    iso_message_init(&message, stand->desk.spec, "0820");
    iso_message_set(&message, 7, transmission, sizeof transmission);
    iso_message_set(&message, 11, "000777", 6);
    iso_message_set(&message, 70, "001", 3);
    iso_message_set(&message, 33, id, institution_format(&institution, id));
    bench_desk_pack(&stand->desk, &message, &bytes);
    party_link_up(stand->party, peer, 0, stand->now);
    receive(stand, peer, &bytes);
    complete(stand);
    stand->sent_count = 0;
}

static enum result stand_open(struct stand *stand, struct fault *fault)
{
    static const uint64_t ids[PEERS] = {BENCH_WALLET_ID, BENCH_SENDER_ISSUER,
                                        BENCH_RECEIVER_ISSUER};
    struct party_peer_config peers[PEERS];
    struct party_port port = {.host = stand, .send = take_message, .log = hear_log};
    TRY(bench_desk_open(&stand->desk, fault));
    TRY(store_open_memory(&stand->store, fault));
    TRY(store_open_memory(&stand->floor_store, fault));
    for (unsigned i = 0; i < PEERS; i++)
        peers[i] = (struct party_peer_config){
            .id = bench_institution(ids[i]), .name = "member", .key = stand->desk.key};
    stand->now = (struct instant){1000000, INT64_C(1795348800) * 1000000}; /* 2026-11-22 12:00 */
    struct router_config config = {
        .party = {.name = "switch",
                  .self = bench_institution(BENCH_SWITCH_ID),
                  .spec = stand->desk.spec,
                  .recipe = stand->desk.recipe,
                  .store = stand->store,
                  .peers = peers,
                  .peer_count = PEERS,
                  .opening_date = 20261122,
                  .requests_max = IN_FLIGHT,
                  .exchanges_max = IN_FLIGHT + PLACES + PEERS * PARTY_NETWORK_ASKED_MAX,
                  .forwards_max = PLACES,
                  .forward_first_ms = 5000,
                  .forward_max_ms = 300000,
                  .forward_wait_ms = 5000,
                  .network_ms = 5000,
                  .seed = 7},
        .route = route,
        .freeze_leg_ms = 5000,
        .debit_leg_ms = 5000,
        .credit_leg_ms = 5000,
        .owner = 1,
    };
    TRY(router_open(&config, &port, stand->now, &stand->router, fault));
    stand->party = router_party(stand->router);
    for (unsigned i = 0; i < PEERS; i++)
        sign_on(stand, i, ids[i]);
    return RESULT_OK;
}

static void stand_close(struct stand *stand)
{
    router_close(stand->router);
    store_close(stand->store);
    store_close(stand->floor_store);
    bench_desk_close(&stand->desk);
    free(stand);
}

/* --- a batch of claims ------------------------------------------------------------------------ */

/* What the switch has just sent, answered by whom it was sent to. */
static void answer_all(struct stand *stand, struct bench_message *answers)
{
    for (unsigned i = 0; i < stand->sent_count; i++) {
        struct iso_message message;
        bench_desk_read(&stand->desk, &stand->sent[i].message, &message);
        bench_desk_answer(&stand->desk, &message, "00", &answers[i]);
    }
}

static void freeze_packet(struct stand *stand)
{
    struct bench_message message, answer[BATCH];
    struct operation freeze = bench_desk_freeze(++stand->sequence, 1, date_de7(stand->now.wall_us));
    stand->shares = 0;
    stand->sent_count = 0;
    bench_desk_write(&stand->desk, &freeze, &message);
    receive(stand, WALLET, &message);
    complete(stand);
    MUST(stand->sent_count == 1);
    answer_all(stand, answer);
    stand->sent_count = 0;
    receive(stand, SENDER_ISSUER, &answer[0]);
    complete(stand);
    MUST(stand->sent_count == 1);
    stand->sent_count = 0;
    stand->stan = 1;
}

/* The CPU time that the switch takes for one leg of the batch. What it sends is kept. */
static double run_leg(struct stand *stand, unsigned leg, unsigned peer)
{
    stand->sent_count = 0;
    double from = bench_cpu_ns();
    for (unsigned i = 0; i < BATCH; i++)
        receive(stand, peer, &stand->in[leg][i]);
    complete(stand);
    double spent = (bench_cpu_ns() - from) / 1e3;
    MUST(stand->sent_count == BATCH);
    for (unsigned i = 0; i < BATCH; i++)
        stand->out[leg][i] = stand->sent[i].message;
    return spent;
}

static void check_answers(const struct stand *stand)
{
    for (unsigned i = 0; i < BATCH; i++) {
        struct iso_message message;
        bench_desk_read(&stand->desk, &stand->out[LEGS - 1][i], &message);
        MUST(stand->sent[i].peer == WALLET &&
             memcmp(iso_message_get(&message, 39).data, "00", 2) == 0);
    }
}

static double run_batch(struct stand *stand)
{
    if (stand->sequence == 0 || stand->shares + BATCH > SHARES_MAX) {
        stand->now.wall_us += 1000000; /* another DE 7: no number is used twice */
        stand->now.mono_us += 1000000;
        freeze_packet(stand);
    }
    for (unsigned i = 0; i < BATCH; i++) {
        struct operation claim = bench_desk_claim(stand->sequence, (uint16_t)++stand->shares,
                                                  ++stand->stan, date_de7(stand->now.wall_us));
        bench_desk_write(&stand->desk, &claim, &stand->in[0][i]);
    }
    double spent = run_leg(stand, 0, WALLET);
    answer_all(stand, stand->in[1]);
    spent += run_leg(stand, 1, SENDER_ISSUER);
    answer_all(stand, stand->in[2]);
    spent += run_leg(stand, 2, RECEIVER_ISSUER);
    check_answers(stand);
    return spent;
}

/* --- floors, over the messages of the latest batch -------------------------------------------- */

static double time_macs(const struct stand *stand)
{
    static struct iso_message in[BATCH], out[BATCH];
    double spent = 0;
    for (unsigned leg = 0; leg < LEGS; leg++) {
        for (unsigned i = 0; i < BATCH; i++) {
            bench_desk_read(&stand->desk, &stand->in[leg][i], &in[i]);
            bench_desk_read(&stand->desk, &stand->out[leg][i], &out[i]);
        }
        double from = bench_cpu_ns();
        for (unsigned i = 0; i < BATCH; i++) {
            char mac[MAC_TEXT_LEN];
            MUST(mac_verify(stand->desk.recipe, stand->desk.key, &in[i], NULL));
            MUST(mac_compute(stand->desk.recipe, stand->desk.key, &out[i], mac, NULL) == RESULT_OK);
        }
        spent += (bench_cpu_ns() - from) / 1e3;
    }
    return spent;
}

static double time_codec(const struct stand *stand)
{
    static struct iso_message messages[BATCH];
    double spent = 0;
    for (unsigned leg = 0; leg < LEGS; leg++) {
        double from = bench_cpu_ns();
        for (unsigned i = 0; i < BATCH; i++)
            bench_desk_read(&stand->desk, &stand->in[leg][i], &messages[0]);
        spent += (bench_cpu_ns() - from) / 1e3;
        for (unsigned i = 0; i < BATCH; i++)
            bench_desk_read(&stand->desk, &stand->out[leg][i], &messages[i]);
        from = bench_cpu_ns();
        for (unsigned i = 0; i < BATCH; i++) {
            struct bench_message bytes;
            MUST(iso_message_pack(&messages[i], bytes.bytes, sizeof bytes.bytes, &bytes.len,
                                  NULL) == ISO_OK);
        }
        spent += (bench_cpu_ns() - from) / 1e3;
    }
    return spent;
}

static void apply_floor(struct store_step *step, struct store_tx *tx)
{
    static const uint8_t record[STORE_LOG_MAX];
    const struct stand *stand = step->context;
    struct bytes value;
    for (unsigned i = 0; i < STEP_KEYS; i++)
        (void)store_tx_get(tx, i, &value);
    for (unsigned i = 0; i < STEP_PUTS; i++)
        store_tx_put(tx, i, record, stand->value_len);
    store_tx_log(tx, 20261122, record, LOG_LEN);
}

static void done_floor(struct store_step *step, void *context)
{
    struct stand *stand = context;
    (void)step;
    stand->floor_steps++;
}

/* As many steps of as many keys and bytes; their work and nothing around it. */
static double time_store(struct stand *stand)
{
    static struct store_step steps[BATCH];
    double from = bench_cpu_ns();
    for (unsigned leg = 0; leg < LEGS; leg++) {
        for (unsigned i = 0; i < BATCH; i++) {
            struct operation claim = {
                .reference = {.sequence = stand->sequence, .share = (uint16_t)(stand->shares - i)},
                .stan = stand->stan - i};
            struct transaction_key key = operation_key(&claim);
            struct store_key forward = key_of_freeze(&claim.reference, claim.reference.share);
            forward.data[0] = TABLE_FORWARD;
            steps[i] =
                (struct store_step){.apply = apply_floor, .done = done_floor, .context = stand};
            store_step_key(&steps[i], key_of_duplicate(&key));
            store_step_key(&steps[i], key_of_freeze(&claim.reference, 0));
            store_step_key(&steps[i], key_of_freeze(&claim.reference, claim.reference.share));
            store_step_key(&steps[i], forward);
            store_step_key(&steps[i], key_of_name(TABLE_COUNTER, "stan"));
            store_submit(stand->floor_store, &steps[i]);
        }
        MUST(store_poll(stand->floor_store, NULL) == RESULT_OK);
    }
    return (bench_cpu_ns() - from) / 1e3;
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void run_round(struct stand *stand, struct figures *figures)
{
    *figures = (struct figures){0};
    for (unsigned i = 0; i < BATCHES; i++) {
        figures->claim_us += run_batch(stand);
        struct store_stats stats = store_stats(stand->store);
        uint64_t bytes = stats.steps > 0 ? stats.bytes / stats.steps : 0;
        stand->value_len = bytes > LOG_LEN ? (size_t)(bytes - LOG_LEN) / STEP_PUTS : 1;
        figures->mac_us += time_macs(stand);
        figures->codec_us += time_codec(stand);
        figures->store_us += time_store(stand);
    }
    figures->claim_us /= BATCHES * BATCH;
    figures->mac_us /= BATCHES * BATCH;
    figures->codec_us /= BATCHES * BATCH;
    figures->store_us /= BATCHES * BATCH;
}

static double median(const struct figures rounds[ROUNDS], size_t member)
{
    double values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        memcpy(&values[i], (const char *)&rounds[i] + member, sizeof values[i]);
    return bench_median(values, ROUNDS);
}

static void report(const struct figures *figures, bool as_json)
{
    double floor = figures->mac_us + figures->codec_us + figures->store_us;
    if (!as_json) {
        printf("claims through the switch's core, %d at a time, six messages and three steps each\n"
               "  %-36s %8.1f us of CPU\n  %-36s %8.0f\n"
               "  %-36s %8.1f us\n  %-36s %8.1f us\n  %-36s %8.1f us\n"
               "  %-36s %8.2f\n",
               (int)BATCH, "a claim", figures->claim_us, "claims a second a core",
               1e6 / figures->claim_us, "floor: its six MACs", figures->mac_us,
               "floor: three unpacked, three packed", figures->codec_us,
               "floor: three steps in that store", figures->store_us, "ratio to these together",
               figures->claim_us / floor);
        return;
    }
    struct strbuf out;
    strbuf_init(&out, 1024);
    struct json json = json_to(&out);
    json_open_object(&json);
    json_member(&json, "bench", "switch");
    json_member_real(&json, "cpu_us_per_claim", figures->claim_us, 2);
    json_member_real(&json, "claims_per_s_core", 1e6 / figures->claim_us, 0);
    json_member_real(&json, "floor_mac_us", figures->mac_us, 2);
    json_member_real(&json, "floor_codec_us", figures->codec_us, 2);
    json_member_real(&json, "floor_store_us", figures->store_us, 2);
    json_member_real(&json, "ratio", figures->claim_us / floor, 3);
    json_close_object(&json);
    printf("%s\n", out.text == NULL ? "" : out.text);
    strbuf_deinit(&out);
}

int bench_switch(int argc, char **argv)
{
    enum { OPTION_JSON = 1 };
    static const struct command_option options[] = {
        {OPTION_JSON, "json", NULL, "one object"},
        {0, NULL, NULL, NULL},
    };
    static const struct command command = {
        .name = "bench switch",
        .arguments = "",
        .summary = "Claims through the switch's core alone: codec, MACs, decisions, a store in "
                   "memory.",
        .options = options,
    };
    const char *value = NULL;
    int first = 0, id;
    bool as_json = false;
    while ((id = command_next(&command, argc, argv, &value, &first)) > 0)
        as_json = true;
    if (id == COMMAND_DONE)
        return first;
    if (argc > first)
        return command_usage(&command, "expected no arguments, got %s", argv[first]);
    struct fault fault = {RESULT_OK, ""};
    struct figures rounds[ROUNDS];
    struct stand *stand = calloc(1, sizeof *stand);
    enum result result =
        stand != NULL ? stand_open(stand, &fault) : fault_set(&fault, RESULT_LIMIT, "no memory");
    for (int i = 0; i < ROUNDS && result == RESULT_OK; i++)
        run_round(stand, &rounds[i]);
    if (result == RESULT_OK) {
        struct figures figures = {
            .claim_us = median(rounds, offsetof(struct figures, claim_us)),
            .mac_us = median(rounds, offsetof(struct figures, mac_us)),
            .codec_us = median(rounds, offsetof(struct figures, codec_us)),
            .store_us = median(rounds, offsetof(struct figures, store_us)),
        };
        report(&figures, as_json);
    }
    if (stand != NULL)
        stand_close(stand);
    return result == RESULT_OK ? COMMAND_GOOD : command_fail(&command, &fault);
}
