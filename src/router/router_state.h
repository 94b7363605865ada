/* The inside of the switch, shared by the files of this folder and nobody else. */
#ifndef ROUTER_ROUTER_STATE_H
#define ROUTER_ROUTER_STATE_H

#include "base/pool.h"
#include "party/forgetting.h"
#include "redpacket/dispute.h"
#include "redpacket/journal.h"
#include "redpacket/purchase.h"
#include "router/router.h"

enum {
    WORK_MESSAGE_MAX = JOURNAL_MESSAGE_MAX, /* of the message that caused a step, for the log */
    DATES_MOVING_MAX = 16, /* settlement dates with shares in flight at once; two are usual */
    /* Works beyond one for every request: stored messages that end and releases, of which a store
     * batch has this many at most. When none is left, a request gets 96 and a stored message is
     * sent again. */
    WORKS_SPARE = 1024,
    WORKS_LATE_MAX = WORKS_SPARE / 2, /* late answers leave room for stored messages that end */
};

/* A message of ours that a step has queued durably and that is to be sent now. */
struct queued {
    bool is_set;
    struct store_key key;
    struct operation operation;
    uint64_t institution;
};

/* Freezes that stand, and what of them is open (redpacket/freeze.h). */
struct standing {
    uint32_t count;
    int64_t open_minor;
};

/* Whose totals a step counts; of a stored message that ends the sender is whom it was for. */
enum totals_side { SIDE_SENDER, SIDE_RECEIVER, SIDE_WALLET, TOTALS_SIDES };

/* Members told, or compared with, at once: a commit's worth. */
enum { RECONCILING_STEPS_MAX = 8 };

struct reconciling_step {
    struct router *router; /* NULL: free */
    struct store_step step;
    uint32_t date;
    uint64_t member;
    int64_t wall_us;
    struct institution addressee;
    struct operation operation;
    bool is_asked; /* the step has stored the message */
    /* Of an answer. */
    struct forward *forward;
    bool is_refused;
    uint16_t code;
    char settlement_code;
    struct totals theirs;
    uint8_t message[WORK_MESSAGE_MAX];
    size_t message_len;
    enum totals_state state; /* what came of it */
    bool is_explained;
};

/* One piece of work from its first step to its end: a claim with both legs, a freeze, a purchase, a
 * closing, or the end of a stored message. Between a step's submission and its completion all but
 * `request` is the store's. */
struct work {
    struct router *router;
    struct store_step step;
    struct request *request;            /* whom to answer; NULL: nobody waits */
    struct forward *forward;            /* the stored message that ended; NULL: none */
    bool is_refused;                    /* for good */
    unsigned dispute_key;               /* of the step, when it is */
    store_apply_fn *apply;              /* of the step */
    unsigned totals_keys[TOTALS_SIDES]; /* of the step, where it counts */
    bool is_counted;                    /* it does */
    bool is_spare;                      /* taken with router_work_take_spare() */
    bool is_admitted; /* has its place, and counts as moving: a claim, freeze or purchase */
    bool has_place;   /* a notice that may close or reverse a freeze */

    /* What the step is to do. */
    int64_t wall_us;
    uint32_t settlement_date;
    uint32_t business_date;     /* of a purchase's reversal: when it came */
    struct operation operation; /* the claim, or the freeze's or purchase's own request */
    struct transaction_key claim;
    uint16_t route;  /* CODE_APPROVED, or why the issuer cannot be asked */
    uint64_t issuer; /* the receiver's for a claim, the sender's for a freeze, a purchase's own */
    uint8_t from, to;
    enum reversal_reason reason;
    struct answer answer;
    uint8_t message[WORK_MESSAGE_MAX];
    size_t message_len;
    const char *note; /* for the log; NULL: none. Static */

    /* What the step found and left. */
    enum seen seen;
    bool moved;
    struct freeze freeze;
    struct standing standing; /* of the freeze, as the step found it */
    struct share share;
    struct purchase purchase;
    struct queued queued;
};

struct router {
    struct router_config config;
    struct party *party;
    struct pool works;
    struct store_step cut_step;
    uint32_t cut_date;
    bool cut_busy, cut_before;
    int64_t cut_wall_us;
    router_done_fn *cut_done;
    void *cut_context;
    struct {
        struct store_step step;
        bool is_busy;
        int64_t wall_us;
        char note[DISPUTE_NOTE_MAX + 1];
        struct dispute found; /* as the step left it; `about` of kind NONE: there is none */
        bool was_closed;      /* before */
        router_done_fn *done;
        void *context;
    } closing; /* of a dispute */
    struct {
        uint32_t date;
        unsigned count;
    } moving[DATES_MOVING_MAX]; /* claims, freezes and purchases from arrival to answer */
    unsigned spares;            /* works taken with router_work_take_spare() */
    struct forgetting forgetting;
    struct {
        struct timer timer;
        struct store_step day_step;
        bool is_day_busy;
        unsigned busy;
        struct reconciling_step steps[RECONCILING_STEPS_MAX];
    } reconciling;
    struct timer aging_timer;
    unsigned aging;  /* closings of freezes that are too old, with the store */
    unsigned places; /* of store and forward, kept by those until they end */
    struct router_view view;
};

/* Keys of every step, in this order; only steps about a share have the last. */
enum { KEY_DUPLICATE, KEY_FREEZE, KEY_FORWARD, KEY_COUNTER, KEY_OPEN, KEY_SHARE };
/* In a share's place, for the wallet's reversal of a freeze or purchase: the own request of that;
 * for a freeze that becomes FROZEN, or too old: since when it is. A purchase is in a freeze's. */
enum { KEY_REVERSED = KEY_SHARE, KEY_TIME = KEY_SHARE, KEY_PURCHASE = KEY_FREEZE };

/* router.c */
struct work *router_work_take(struct router *router, struct request *request);
/* For what comes without a request; at most `max` such at once, so that requests find theirs. */
struct work *router_work_take_spare(struct router *router, unsigned max);
/* The issuer of a card, and what is known of it: CODE_APPROVED, CODE_NO_ROUTE, or CODE_PARTY_DOWN,
 * also when as much waits for it as may. */
uint16_t router_find_route(struct router *router, const struct request *request,
                           const struct pan *card, uint64_t *issuer);
/* Sends a leg of the work to the issuer and reports its end, as party_ask(); false: it cannot be
 * sent, or as much waits for this issuer as may. */
MUST_USE bool router_work_ask(struct work *work, uint64_t issuer, const struct operation *leg,
                              unsigned timeout_ms);
/* What is durable under this key, beside a step: found or not. */
void router_find(const struct router *router, const struct store_key *key,
                 struct store_found *found);
/* What the request's DE 90 names is so old that it may have been known, and forgotten. */
bool router_original_may_be_forgotten(const struct work *work);
/* Keeps the message for the log of the next step. */
void router_work_keep_message(struct work *work, struct bytes message);
void router_work_submit(struct work *work, store_apply_fn *apply, store_done_fn *done);
/* The keys: duplicate of `key`, freeze and share of `reference`, stored message `kind`. */
void router_work_set_keys(struct work *work, const struct transaction_key *key,
                          const struct freeze_reference *reference, enum operation_kind kind);
/* A claim or freeze has come: takes a place of store and forward for it and counts it among what a
 * cut of its settlement date waits for. false: there is no room, or none for this member; it is
 * refused with 96. */
bool router_work_admit(struct work *work);
/* A place for a notice that may close or reverse a freeze; false: there is none for it. */
bool router_place_take_for_notice(struct router *router);
/* The count of what a cut of this date waits for; the one to begin with when it has none yet; NULL:
 * too many dates. */
unsigned *router_find_moving(struct router *router, uint32_t date);
/* How many claims, freezes and purchases of this date are not answered yet. */
unsigned router_count_moving(const struct router *router, uint32_t date);
/* A claim or freeze has ended, or was not accepted: its place is free. */
void router_place_give(struct router *router);
/* After the first step of a claim or freeze: true when it goes on; else it has been answered, or
 * dropped as a repeat of one still open, its place is free again, and the work has ended. */
bool router_work_is_accepted(struct work *work);
/* Each is the end of a work: answers what waits; gives the request back without an answer; or
 * neither. When the step has left nothing that keeps the freeze from its release, the work goes on
 * with that. */
void router_work_answer(struct work *work, const struct answer *answer);
void router_work_drop(struct work *work);
void router_work_end(struct work *work);
/* Sends what the step has queued. */
void router_work_send_queued(struct work *work);

/* What a freeze's, share's or purchase's record says without whoever is at work on it. It keeps a
 * place of store and forward for as long as a record of its name is in TABLE_OPEN: so a process
 * that starts finds what is under way without going through what is not. */
struct open_record {
    bool keeps_place; /* of store and forward, for a message that it may still have to store */
    bool blocks_cut;  /* of its settlement date: what router->moving counts while a switch runs */
    uint32_t settlement_date;
};
struct open_record router_freeze_open(const struct freeze *freeze);
struct open_record router_share_open(const struct share *share);
struct open_record router_purchase_open(const struct purchase *purchase);
enum open_kind { OPEN_FREEZE, OPEN_SHARE, OPEN_PURCHASE };
/* By a key of TABLE_OPEN. */
enum open_kind router_open_kind(struct bytes key);
/* What was found under way; the record of its kind is set. */
struct found_open {
    enum open_kind kind;
    struct open_record open;
    struct freeze freeze;
    struct share share;
    struct purchase purchase;
};
/* What a record of TABLE_OPEN with this key names, as it is now: beside a running switch it may
 * have ended since the key was read. */
MUST_USE enum result router_open_read(struct store *store, struct bytes key,
                                      struct found_open *found, struct fault *fault);
/* false stops the scan. */
typedef bool router_open_fn(void *context, const struct found_open *found);
/* RESULT_CORRUPT: a record of TABLE_OPEN names none that is under way, or the store cannot be read;
 * RESULT_IO. */
MUST_USE enum result router_open_scan(struct store *store, router_open_fn *each, void *context,
                                      struct fault *fault);

/* The first full second at or after this moment. */
uint32_t router_second(int64_t wall_us);

/* Inside apply. */
/* Clears the answer and asks the duplicate record; false: not a fresh request, work->answer says
 * what it gets. */
bool router_tx_is_fresh(struct store_tx *tx, struct work *work);
/* The same for a request that needs a place to be stored and forwarded, and must have got it. */
bool router_tx_may_begin(struct store_tx *tx, struct work *work);
/* The work's freeze. */
void router_tx_read_freeze(struct store_tx *tx, struct work *work);
/* Notes since when it is over and whether it is under way, and counts it among those that stand. It
 * has been read in this step. */
void router_tx_write_freeze(struct store_tx *tx, struct work *work);
void router_tx_read_share(struct store_tx *tx, struct share *share);
void router_tx_write_share(struct store_tx *tx, const struct work *work);
/* The work's purchase. Writing it notes since when it is over, and whether it is under way. */
void router_tx_read_purchase(struct store_tx *tx, struct work *work);
void router_tx_write_purchase(struct store_tx *tx, struct work *work);
/* Writes the answer into the duplicate record under `index` (KEY_DUPLICATE: of the request that the
 * work answers), unless one is stored there already. */
void router_tx_write_answer(struct store_tx *tx, unsigned index, const struct answer *answer);
/* Numbers the operation as one of the switch's own and queues it under KEY_FORWARD. */
void router_tx_queue(struct store_tx *tx, struct work *work, struct operation *operation,
                     uint64_t institution);
void router_work_journal(struct store_tx *tx, const struct work *work, enum journal_event event,
                         uint8_t from, uint8_t to, int64_t moved_minor);

/* counting.c */
struct store_key router_counters_key(void);
/* Inside apply; `index` is that key's. */
/* The next DE 11 of a message of the switch's own. */
uint32_t router_tx_next_stan(struct store_tx *tx, unsigned index);
struct standing router_standing_of(const struct freeze *freeze);
/* A freeze that counted for `before` counts for `after` now. */
void router_tx_count_standing(struct store_tx *tx, unsigned index, const struct standing *before,
                              const struct standing *after);
struct standing router_tx_standing(struct store_tx *tx, unsigned index);
/* reconciling.c */
/* Adds the key of this member's totals of the work's settlement date. */
void router_work_add_totals(struct work *work, enum totals_side side, uint64_t member);
/* Inside apply. The work's share has moved to what decides it: */
void router_tx_count_share(struct store_tx *tx, const struct work *work);
/* its purchase has left `from`, which is PURCHASING or PURCHASED; */
void router_tx_count_purchase(struct store_tx *tx, const struct work *work,
                              enum purchase_state from);
/* its freeze has become FROZEN; */
void router_tx_count_freeze(struct store_tx *tx, const struct work *work);
/* its reversal or confirmation has been answered, and is in doubt no more. */
void router_tx_count_ended(struct store_tx *tx, const struct work *work);
/* The business date has begun, or the switch has started on it. */
void router_reconciling_day(struct router *router);
/* A date may have become quiet. */
void router_reconciling_run(struct router *router);
void router_reconciliation_ended(struct router *router, struct forward *forward,
                                 enum forward_verdict verdict, const struct received *received);
/* claiming.c */
void router_claim_receive(struct router *router, struct request *request);
void router_claim_answered(struct work *work, const struct received *received);
void router_claim_unanswered(struct work *work, enum unanswered why);
/* freezing.c */
void router_freeze_receive(struct router *router, struct request *request);
void router_freeze_answered(struct work *work, const struct received *received);
void router_freeze_unanswered(struct work *work, enum unanswered why);
/* purchasing.c */
/* The keys: duplicate of `own`, record and stored reversal of `purchase`. */
void router_purchase_set_keys(struct work *work, const struct transaction_key *own,
                              const struct transaction_key *purchase);
void router_purchase_receive(struct router *router, struct request *request);
void router_purchase_answered(struct work *work, const struct received *received);
void router_purchase_unanswered(struct work *work, enum unanswered why);
/* After a restart. */
void router_purchase_resolve(struct work *work);
/* reversing.c */
void router_purchase_reversal_receive(struct router *router, struct request *request);
void router_purchase_reversal_ended(struct router *router, struct forward *forward,
                                    enum forward_verdict verdict, const struct received *received);
void router_purchase_late(struct router *router, const struct operation *operation,
                          const struct received *received);
/* closing.c */
void router_unfreeze_receive(struct router *router, struct request *request);
void router_reversal_receive(struct router *router, struct request *request);
/* Computes what is left of the work's freeze and queues the unfreeze. */
void router_release_submit(struct work *work);
/* recovering.c */
struct left_one;
struct left_open { /* what the process before this one had under way */
    size_t count, room;
    struct left_one *list;
};
/* Counts what is open, and lists what this process has to bring to its end. RESULT_LIMIT: more than
 * there are places, or dates. */
MUST_USE enum result router_find_open(struct router *router, struct left_open *left,
                                      struct fault *fault);
MUST_USE enum result router_resolve_open(struct router *router, const struct left_open *left,
                                         struct fault *fault);
void left_open_deinit(struct left_open *left);
/* The next state of a share or a freeze that was found after a restart. */
void router_claim_resolve(struct work *work, enum share_state found);
void router_freeze_resolve(struct work *work);
/* aging.c */
/* Looks for what has aged meanwhile, a second after the start. */
void router_aging_begin(struct router *router);
/* A freeze has become FROZEN. */
void router_aging_note(struct router *router);
void router_aging_run(struct router *router);
/* forgetting.c */
extern const struct forgetting_rules router_forgetting_rules;
/* inquiring.c */
void router_inquiry_receive(struct router *router, struct request *request);
/* disputing.c */
/* Room for the record of a dispute among the work's keys, which are set. */
void router_work_add_dispute(struct work *work);
/* Inside apply: the stored message that has ended was refused for good, and the state is written.
 */
void router_tx_write_dispute(struct store_tx *tx, const struct work *work);
/* late.c */
void router_late_receive(struct router *router, uint64_t institution,
                         const struct operation *operation, const struct received *received);
/* ending.c */
/* The claim whose leg has this identity: both legs keep the claim's. */
struct transaction_key router_claim_of_leg(const struct original *leg);
/* For the end of a stored message: what it was, what was answered, how that is judged. NULL: no
 * room now, and the party asks again. */
struct work *router_work_take_forward(struct router *router, struct forward *forward,
                                      enum forward_verdict verdict,
                                      const struct received *received);
/* `done` of the step that ends it: the message goes, and its place is given back. */
void router_done_forward(struct store_step *step, void *context);
void router_forward_ended(struct router *router, struct forward *forward,
                          enum forward_verdict verdict, const struct received *received);

#endif
