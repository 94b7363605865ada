/* The desk of the benchmarks: see bench_desk.h. */
#include "bench_desk.h"

#include <string.h>

enum { DATE = 20261122, ID_WIDTH = 11, SENDER_STAN = 1 };

static const uint8_t key_bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

enum result bench_desk_open(struct bench_desk *desk, struct fault *fault)
{
    char path[COMMAND_PATH_MAX];
    *desk = (struct bench_desk){0};
    command_spec_path("mac", "redpacket", path);
    TRY(command_spec_load("redpacket", &desk->spec, fault));
    TRY(mac_recipe_load(path, &desk->recipe, fault));
    return mac_key_open(MAC_SM4, bytes_of(key_bytes, sizeof key_bytes), &desk->key, fault);
}

void bench_desk_close(struct bench_desk *desk)
{
    mac_key_close(desk->key);
    mac_recipe_free(desk->recipe);
    iso_spec_free(desk->spec);
}

struct institution bench_institution(uint64_t number)
{
    return (struct institution){.number = number, .width = ID_WIDTH};
}

void bench_desk_pack(const struct bench_desk *desk, struct iso_message *message,
                     struct bench_message *out)
{
    uint8_t header[ISO_HEADER_MAX];
    char mac[MAC_TEXT_LEN];
    iso_header_init(desk->spec, header);
    message->header = (struct iso_value){header, iso_spec_header_len(desk->spec)};
    if (mac_recipe_need(desk->recipe, message) == MAC_REQUIRED) {
        MUST(mac_compute(desk->recipe, desk->key, message, mac, NULL) == RESULT_OK);
        iso_message_set(message, MAC_DE, mac, sizeof mac);
    }
    MUST(iso_message_pack(message, out->bytes, sizeof out->bytes, &out->len, NULL) == ISO_OK);
}

void bench_desk_write(const struct bench_desk *desk, const struct operation *operation,
                      struct bench_message *out)
{
    struct operation_text text;
    struct iso_message message;
    operation_write(operation, &text, desk->spec, &message);
    bench_desk_pack(desk, &message, out);
}

void bench_desk_read(const struct bench_desk *desk, const struct bench_message *in,
                     struct iso_message *message)
{
    MUST(iso_message_unpack(desk->spec, ISO_HEADER_YES, in->bytes, in->len, message, NULL) ==
         ISO_OK);
}

void bench_desk_answer(const struct bench_desk *desk, const struct iso_message *request,
                       const char *code, struct bench_message *out)
{
    struct iso_message answer;
    uint64_t echo[3];
    char mti[5];
    memcpy(mti, request->mti, sizeof mti);
    mti[2]++;
    iso_message_init(&answer, desk->spec, mti);
    iso_spec_answer_echo(desk->spec, echo);
    for (unsigned de = 2; de < MAC_DE; de++)
        if ((echo[de / 64] >> (de % 64) & 1) != 0 && iso_message_has(request, de))
            iso_message_set(&answer, de, request->de[de].data, request->de[de].len);
    iso_message_set(&answer, 39, code, 2);
    bench_desk_pack(desk, &answer, out);
}

static struct pan card(const char *digits)
{
    struct pan pan;
    MUST(pan_parse(bytes_text(digits), &pan));
    return pan;
}

static struct operation request(enum operation_kind kind, uint32_t stan, uint64_t transmission)
{
    return (struct operation){
        .kind = kind,
        .transmission = transmission,
        .stan = stan,
        .local_time = (uint32_t)(transmission % 1000000),
        .local_date = (uint16_t)(transmission / 1000000),
        .merchant_type = 4829,
        .entry_mode = 12,
        .acquirer = bench_institution(BENCH_WALLET_ID),
        .forwarder = bench_institution(BENCH_WALLET_ID),
        .rrn = "112200000001",
        .terminal = "WALLET01",
        .merchant = "WALLET SERVICE ",
        .currency = "156",
        .reference = {.date = DATE, .wallet = BENCH_WALLET_ID, .shares = SHARES_MAX},
    };
}

struct operation bench_desk_freeze(uint64_t sequence, uint32_t stan, uint64_t transmission)
{
    struct operation freeze = request(OPERATION_FREEZE, stan, transmission);
    freeze.card = freeze.sender = card("9999011000000019");
    freeze.amount_minor = SHARES_MAX;
    freeze.reference.sequence = sequence;
    return freeze;
}

struct operation bench_desk_claim(uint64_t sequence, uint16_t share, uint32_t stan,
                                  uint64_t transmission)
{
    struct operation freeze = bench_desk_freeze(sequence, SENDER_STAN, transmission);
    struct operation claim = request(OPERATION_CLAIM, stan, transmission);
    claim.card = claim.receiver = card("9999022000000016");
    claim.amount_minor = 1;
    claim.reference.sequence = sequence;
    claim.reference.share = share;
    claim.original = operation_as_original(&freeze);
    return claim;
}
