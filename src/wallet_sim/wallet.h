/* The wallet service: asks for freezes, splits packets into shares, hands out tickets for them,
 * claims with tickets (its own and other wallets'), gives the unfreeze notice. Where its customers
 * buy something it is the acquirer, and asks for that. It holds no money
 * and moves none; it tells the switch what its customers want, and keeps its own book of what was
 * answered.
 *
 * A state machine without I/O over a party with one peer, the switch. Every request is stored
 * before it is sent and repeated until it is answered, also after a restart. What is recorded and
 * what an answer means: docs/wallet-simulator.md.
 *
 *   sending.c   freeze, notice, reversal, inquiry           claiming.c  claims and their repeats
 *   grabbing.c  tickets                                     ending.c    answers
 *   asking.c    what all requests share                     packet.h    a packet as a record
 *   split.h     how an amount becomes shares        forgetting.c  what has ended for long
 *   buying.c    purchases                           bought.h      a purchase as a record
 *
 * Commands: plain structs, copied before the call returns. `done` is called exactly once, perhaps
 * before the call returns, when the answer (or the wallet's own refusal) is durable; not at all
 * when the wallet is closed first. It may give further commands; the result lives until it
 * returns. */
#ifndef WALLET_SIM_WALLET_H
#define WALLET_SIM_WALLET_H

#include "party/party.h"
#include "redpacket/purchase.h"
#include "redpacket/status.h"
#include "wallet_sim/split.h"

enum { WALLET_NAME_MAX = 32 }; /* bytes: a freeze's name and a person's make one store key */

struct wallet;

struct wallet_config {
    struct party_config party; /* exactly one peer: the switch */
    char currency[3];          /* DE 49 */
};

/* RESULT_INPUT: not exactly one peer; else as party_open(). What was stored and not answered is
 * sent again as soon as the switch may be asked. */
MUST_USE enum result wallet_open(const struct wallet_config *config, const struct party_port *port,
                                 struct instant now, struct wallet **wallet, struct fault *fault);
/* Accepts NULL. No step may be with the store any more (store_drain() first). */
void wallet_close(struct wallet *wallet);
/* Links, bytes, ticks and completions go in here. */
struct party *wallet_party(struct wallet *wallet);

/* --- what comes back -------------------------------------------------------------------------- */

/* Why the wallet itself refuses: then no message is sent. */
enum wallet_refusal {
    WALLET_ACCEPTED,
    WALLET_INVALID, /* names, amounts, shares or the ticket make no sense */
    WALLET_BUSY,    /* requests_max commands are under way, or forwards_max requests stored */
    WALLET_NAME_TAKEN,
    WALLET_UNKNOWN_PACKET,
    WALLET_NOT_ANNOUNCED,  /* its freeze has not been approved */
    WALLET_CLOSED,         /* expired, or given up */
    WALLET_GRABBED_BEFORE, /* one grab a person; the result has the ticket once more */
    WALLET_NONE_LEFT,
    WALLET_NEVER_CLAIMED, /* there is no claim to be repeated */
    WALLET_PURCHASE_TAKEN,
    WALLET_UNKNOWN_PURCHASE,
    WALLET_GIVEN_UP, /* the purchase, before */
    WALLET_REFUSALS,
};
const char *wallet_refusal_text(enum wallet_refusal refusal);

/* What the sending wallet gives to a person, and the receiving wallet claims with. */
struct wallet_ticket {
    char packet[WALLET_NAME_MAX + 1];
    struct freeze_reference reference; /* with the share and the share count */
    struct original freeze;            /* DE 90 of the claim */
    int64_t amount_minor;
};

struct wallet_result {
    enum wallet_refusal refusal; /* when refused, what follows is empty */
    uint16_t code;               /* DE 39; CODE_NONE for a grab, which is no message */
    struct operation request;    /* as it was sent: operation_key(), operation_as_original(), the
                                    reference, DE 37. kind OPERATION_NONE: none was */
    uint32_t settlement_date;    /* YYYYMMDD, from the answer's DE 15; 0: it had none */
    char authorisation[6];       /* DE 38; first byte 0: none */
    struct wallet_ticket ticket; /* of a grab */
    struct freeze_status status; /* of an inquiry answered 00; state FREEZE_NONE: none */
};
typedef void wallet_done_fn(void *context, const struct wallet_result *result);

/* --- commands --------------------------------------------------------------------------------- */

/* Names are terminated and of at least one byte. */
struct wallet_packet {
    char name[WALLET_NAME_MAX + 1]; /* unique for this wallet, for ever */
    char person[WALLET_NAME_MAX + 1];
    struct pan card;
    int64_t amount_minor;
    unsigned shares;
    enum split_way split;
    uint64_t seed;              /* of SPLIT_RANDOM */
    const int64_t *given_minor; /* `shares` amounts, of SPLIT_GIVEN only */
};
/* Freezes the amount. Approved, the packet is announced and may be grabbed. */
void wallet_send_packet(struct wallet *wallet, const struct wallet_packet *command,
                        wallet_done_fn *done, void *context);

struct wallet_grab {
    char packet[WALLET_NAME_MAX + 1];
    char person[WALLET_NAME_MAX + 1];
    uint64_t seed; /* of SPLIT_WHEN_CLAIMED */
};
/* A ticket for the packet's next share, whichever wallet the person has. No message. */
void wallet_grab(struct wallet *wallet, const struct wallet_grab *command, wallet_done_fn *done,
                 void *context);

struct wallet_claim {
    struct wallet_ticket ticket;
    char person[WALLET_NAME_MAX + 1];
    struct pan card;
    int64_t amount_minor; /* instead of the ticket's; 0: the ticket's */
};
/* Each claim is a new transaction, also the second one with a ticket: whether a share is paid is
 * the switch's to say, and this is how to ask it. */
void wallet_claim(struct wallet *wallet, const struct wallet_claim *command, wallet_done_fn *done,
                  void *context);

struct wallet_repeat {
    struct freeze_reference reference; /* of the ticket */
    char person[WALLET_NAME_MAX + 1];
};
/* This person's latest claim of this packet, the very message once more; nothing is booked. */
void wallet_repeat(struct wallet *wallet, const struct wallet_repeat *command, wallet_done_fn *done,
                   void *context);

/* The unfreeze notice: from here on nobody grabs. */
void wallet_expire(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context);
/* Gives up a freeze, announced or not yet answered. Answered 22 (shares are taken), the wallet
 * sends the unfreeze notice by itself. */
void wallet_reverse(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context);

/* How the packet's freeze stands at the switch, now. What becomes of a claim answered 98 or A2, or
 * of a freeze answered 98, the wallet asks by itself, until it is final. */
void wallet_inquire(struct wallet *wallet, const char *packet, wallet_done_fn *done, void *context);

struct wallet_purchase {
    char name[WALLET_NAME_MAX + 1]; /* unique among this wallet's purchases */
    char person[WALLET_NAME_MAX + 1];
    struct pan card;
    int64_t amount_minor;
};
/* Asks the card's issuer for the amount, for a merchant of the wallet's. What the answer leaves
 * open is given up by itself. */
void wallet_buy(struct wallet *wallet, const struct wallet_purchase *command, wallet_done_fn *done,
                void *context);
/* Gives it up, answered or not yet: 00 says that it never stands. 22: it was approved on a date
 * that is over, and stands. Once a purchase. */
void wallet_give_up(struct wallet *wallet, const char *purchase, wallet_done_fn *done,
                    void *context);

/* --- for whoever looks ------------------------------------------------------------------------ */

struct wallet_view {                                        /* since the start of this process */
    uint64_t packets, tickets, claims, notices, reversals;  /* stored */
    uint64_t purchases, purchased;                          /* stored; answered 00 */
    uint64_t inquiries, outcomes;                           /* stored; of those, told the end */
    uint64_t announced, credited, to_be_confirmed, refused; /* answered: 00, 00, A2, else */
    uint64_t refused_by_wallet;
    unsigned open; /* commands and answers under way */
};
struct wallet_view wallet_view(const struct wallet *wallet);

#endif
