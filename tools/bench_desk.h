/* What the benchmarks need to play a party beside the one that is measured: messages with header
 * and MAC made from operations, and answers made from requests. */
#ifndef TOOLS_BENCH_DESK_H
#define TOOLS_BENCH_DESK_H

#include "command.h"
#include "party/party.h"
#include "security/mac.h"

struct bench_message {
    size_t len;
    uint8_t bytes[PARTY_MESSAGE_MAX];
};

struct bench_desk {
    struct iso_spec *spec;
    struct mac_recipe *recipe;
    struct mac_key *key;
};

/* The spec `redpacket` and its recipe under an SM4 key of the bench's own. */
MUST_USE enum result bench_desk_open(struct bench_desk *desk, struct fault *fault);
void bench_desk_close(struct bench_desk *desk); /* accepts zeroed memory */

/* Adds header and, if the recipe says so, the MAC. */
void bench_desk_pack(const struct bench_desk *desk, struct iso_message *message,
                     struct bench_message *out);
void bench_desk_write(const struct bench_desk *desk, const struct operation *operation,
                      struct bench_message *out);
/* The elements that an answer repeats, and the code. */
void bench_desk_answer(const struct bench_desk *desk, const struct iso_message *request,
                       const char *code, struct bench_message *out);
/* Unpacks it; it is one of ours, so it can be. */
void bench_desk_read(const struct bench_desk *desk, const struct bench_message *in,
                     struct iso_message *message);

/* A claim as a wallet sends it: share and number of its own, the rest as always. */
struct operation bench_desk_claim(uint64_t sequence, uint16_t share, uint32_t stan,
                                  uint64_t transmission);
/* Of 9,999 shares of one minor unit each. */
struct operation bench_desk_freeze(uint64_t sequence, uint32_t stan, uint64_t transmission);

enum { BENCH_SWITCH_ID = 10000, BENCH_WALLET_ID = 91230001 };
enum { BENCH_SENDER_ISSUER = 95550001, BENCH_RECEIVER_ISSUER = 95550002 };
struct institution bench_institution(uint64_t number);

#endif
