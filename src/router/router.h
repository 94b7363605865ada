/* The switch: matches every step to its freeze, guards the total and the count, drives both legs.
 *
 * A state machine without I/O over a party: requests and answers come in through it, every decision
 * is a store step, and nothing is sent that depends on a step before it is durable. What happens
 * when is the table of the protocol page, "Claim, step by step"; which states there are and what
 * moves between them is redpacket/freeze.h, share.h and purchase.h.
 *
 *   claiming.c  a claim and its two legs        closing.c  unfreeze, release, freeze reversal
 *   freezing.c  a freeze                        ending.c   stored messages that were answered
 *   inquiring.c a status inquiry                late.c     answers that nobody awaits any more
 *   cutting.c   the end of a date               recovering.c  after a restart
 *   aging.c     freezes that nobody closes      forgetting.c  what has been over for long
 *   purchasing.c  an ordinary purchase          reversing.c  its reversals
 *   disputing.c what was refused for good: closed by a person */
#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H

#include "party/party.h"

struct router;

struct router_config {
    struct party_config party;
    /* The institution number of the issuer of a card; 0: no route. */
    uint64_t (*route)(const void *context, const struct pan *card);
    const void *route_context;
    char currency[3]; /* DE 49 of every freeze and purchase, another one gets 13; zeroed: 156 */
    unsigned freeze_leg_ms, debit_leg_ms, credit_leg_ms; /* debit: a purchase too */
    uint64_t owner; /* names this process in what it leaves open */
};

MUST_USE enum result router_open(const struct router_config *config, const struct party_port *port,
                                 struct instant now, struct router **router, struct fault *fault);
/* Accepts NULL. No step may be with the store any more (store_drain() first). */
void router_close(struct router *router);
/* Links, bytes, ticks and completions go in here. */
struct party *router_party(struct router *router);

/* Marks the date as cut: from here on its clearing files are the same however often they are made.
 * `done` is called when that is durable; RESULT_STATE when the date is not over yet or claims,
 * freezes or purchases of it are not answered yet (how many is said in the fault). One at a time.
 */
typedef void router_done_fn(void *context, enum result result, const struct fault *fault);
void router_cut(struct router *router, uint32_t date, router_done_fn *done, void *context);
/* The same on a switch's store that no switch runs on, opened for writing: for tools. */
MUST_USE enum result router_cut_store(struct store *store, uint32_t date, int64_t wall_us,
                                      struct fault *fault);
/* Whether a date was marked; of any switch's store, opened read-only too. */
MUST_USE enum result router_is_cut(struct store *store, uint32_t date, bool *is_cut,
                                   struct fault *fault);
/* Whose store it is, as the latest cutover says; number 0: there was none yet. */
MUST_USE enum result router_stored_self(struct store *store, struct institution *self,
                                        struct fault *fault);

/* A person has settled what was refused for good (redpacket/dispute.h), under key_of_dispute() or
 * key_of_purchase_dispute(). It moves no money and no state. `done` is called when that is durable;
 * RESULT_STATE when there is no such dispute or it was closed before, RESULT_INPUT when the note is
 * empty, longer than DISPUTE_NOTE_MAX bytes or has control characters. One at a time. */
void router_dispute_close(struct router *router, const struct store_key *dispute, const char *note,
                          router_done_fn *done, void *context);

struct router_view {
    uint64_t freezes, claims, credited, refused, unfreezes; /* since the start of this process */
    uint64_t aged;                                          /* closed because of their age */
    uint64_t purchases, purchase_reversals, purchased;      /* asked for, likewise; approved */
    unsigned open;                                          /* steps under way */
    unsigned places; /* of store and forward that are taken: by stored messages, and by what may
                        still have to store one */
};
struct router_view router_view(const struct router *router);

#endif
