/* A packet at its sending wallet, as pure functions over one record.
 *
 *   FREEZING -> OPEN -> CLOSING -> CLOSED         FREEZING -> REFUSED
 *   FREEZING, OPEN -> REVERSING -> REVERSED       CLOSING, REVERSING -> DISPUTED
 *   REVERSING -> CLOSING                          a share is taken: unfrozen instead
 *
 * The record lies under the name of its freeze, so that any later message of the freeze finds it;
 * under the packet's own name lies only which freeze that is, which never changes. */
#ifndef WALLET_SIM_PACKET_H
#define WALLET_SIM_PACKET_H

#include "wallet_sim/wallet.h"

enum packet_state {
    PACKET_NONE, /* no such record */
    PACKET_FREEZING,
    PACKET_OPEN, /* announced */
    PACKET_REFUSED,
    PACKET_CLOSING,
    PACKET_CLOSED,
    PACKET_REVERSING,
    PACKET_REVERSED,
    PACKET_DISPUTED, /* a notice was refused for good: a person must look */
    PACKET_STATES,
};

struct packet {
    enum packet_state state;
    char name[WALLET_NAME_MAX + 1];
    struct operation freeze; /* the 0100 as it was sent */
    struct split split;
    uint32_t over_s;       /* seconds since 1970 when it ended; 0: it has not, or is DISPUTED */
    int64_t claimed_minor; /* by claims of this wallet, answered 00 or A2 */
};

/* REFUSED, CLOSED or REVERSED. */
bool packet_has_ended(const struct packet *packet);

/* Whether a share may be given out, a notice or a reversal sent. */
enum wallet_refusal packet_check_grab(const struct packet *packet);
enum wallet_refusal packet_check_end(const struct packet *packet, enum operation_kind kind);
/* Checked before: the packet is over, `kind` (unfreeze or freeze reversal) says how. */
void packet_end(struct packet *packet, enum operation_kind kind);
/* What the request that ends it says of it; the caller gives the request its own identity. */
void packet_write_request(const struct packet *packet, struct operation *request);

/* An answer that lets the money go to the receiver, now (00) or in the end (A2). */
bool packet_is_credited(const struct operation *request, uint16_t code);
/* The request that may have to follow when this one is answered so, OPERATION_NONE mostly; then
 * packet_answer() says whether it must. */
enum operation_kind packet_follow(const struct operation *request, uint16_t code);
/* An answer that leaves the outcome to be asked for: 98 to a freeze; 98 and A2 to a claim. */
bool packet_must_inquire(const struct operation *request, uint16_t code);
/* Whether an inquiry about what its DE 90 names, a freeze or a claim, has been told the end. One by
 * command names nothing, and ends with any answer. */
bool packet_is_final(const struct operation *inquiry, uint16_t code,
                     const struct freeze_status *status);
/* Books the answer to any request of the packet's freeze. true: the request that packet_follow()
 * named has to be sent. */
bool packet_answer(struct packet *packet, const struct operation *request, uint16_t code);

/* The ticket for share `share`. */
void packet_write_ticket(const struct packet *packet, uint16_t share, int64_t amount_minor,
                         struct wallet_ticket *ticket);

enum { PACKET_RECORD_MAX = OPERATION_RECORD_MAX + 96 + 6 * SPLIT_GIVEN_MAX };
/* Returns the length written. */
size_t packet_encode(const struct packet *packet, uint8_t out[PACKET_RECORD_MAX]);
/* An absent record (data NULL) decodes as PACKET_NONE. A damaged one is our own bug or the disk's:
 * the process stops. */
void packet_decode(struct bytes record, struct packet *packet);

/* --- how a wallet names its records ----------------------------------------------------------- */

/* Packet name -> its freeze. */
struct store_key key_of_packet_name(const char *name);
/* A person's ticket (TABLE_GRAB) or latest claim (TABLE_CLAIM) of a freeze's packet. */
struct store_key key_of_person(enum record_table table, const struct freeze_reference *reference,
                               const char *person);
/* A stored request. A deliberate repeat lies beside it: its end books nothing. */
struct store_key key_of_request(const struct operation *request, bool is_repeat);
bool key_is_repeat(const struct store_key *key);
/* The last request number that was used. */
struct store_key key_of_number(void);

#endif
