/* The inside of a wallet, shared by the files of this folder and nobody else. */
#ifndef WALLET_SIM_WALLET_STATE_H
#define WALLET_SIM_WALLET_STATE_H

#include "base/pool.h"
#include "redpacket/journal.h"
#include "wallet_sim/packet.h"

/* Bytes that a step needs besides: a new packet's record, or the answer for the log (ours have 400;
 * a longer one is left out of the log). */
enum { WORK_BYTES_MAX = PACKET_RECORD_MAX };

/* One command from its call to its end, or one answer that nobody waits for. Between a step's
 * submission and its completion all of it is the store's. */
struct work {
    struct wallet *wallet;
    struct store_step step;
    wallet_done_fn *done; /* NULL: whoever asked is not known (any more) */
    void *context;
    struct forward *forward; /* the stored request, from when it was handed to the party */

    int64_t wall_us;
    uint64_t number; /* of the request that the step stores */
    char person[WALLET_NAME_MAX + 1];
    uint64_t seed;
    bool keeps_place;        /* of store and forward: its request is about to be stored */
    bool is_repeat;          /* the request was stored before and is only sent again */
    struct operation follow; /* the request that an answer may make necessary */
    bool follows;            /* the step has stored it */
    unsigned totals_key;     /* of the step, when an answer is counted */
    char note[JOURNAL_NOTE_MAX + 1];
    uint8_t bytes[WORK_BYTES_MAX];
    size_t len;
    struct wallet_result result;
};

enum { WALLET_FORGET_STEPS = 16 }; /* with the store at once */

struct wallet_forget {
    struct store_step step;
    struct wallet *wallet;
    int64_t wall_us;
    bool is_of_tickets; /* of a packet, which is still there afterwards */
};

/* Which freeze a packet is never changes, so what was looked up lately need not be read again: a
 * packet's grabs and notices come together. What is forgotten meanwhile is no packet any more by
 * its record, and the step that looks there says so. */
enum { WALLET_KNOWN_NAMES = 1024 }; /* open packets of a busy wallet; 80 KiB */
struct known_name {
    char name[WALLET_NAME_MAX + 1]; /* "": none */
    struct freeze_reference reference;
};

struct wallet {
    struct wallet_config config;
    struct party *party;
    uint64_t centre; /* institution number of the switch */
    struct pool works;
    /* The last request number drawn. A wallet's store has one writer, so numbers are drawn here and
     * made durable by the step that stores the request; one whose step stores nothing is left out.
     */
    uint64_t number;
    unsigned places_kept;                              /* works that keep a place */
    struct known_name known_names[WALLET_KNOWN_NAMES]; /* each at the place of its hash */
    struct wallet_view view;
    struct wallet_forgetting {
        struct timer timer;
        enum record_table table; /* being gone through: claims, packets, or purchases */
        struct store_key at;     /* how far */
        struct wallet_forget steps[WALLET_FORGET_STEPS];
        unsigned busy;
    } forgetting;
};

/* Keys of a step that stores or ends a request, in this order; what else it needs comes behind. */
enum { KEY_REQUEST, KEY_COUNTER, KEY_PACKET, KEY_OTHER };

/* wallet.c */
/* NULL: as many are under way as there may be. */
struct work *work_take(struct wallet *wallet, wallet_done_fn *done, void *context);
/* Gives the work back and tells whoever waits for it. */
void work_finish(struct work *work);
void wallet_refuse(struct wallet *wallet, enum wallet_refusal refusal, wallet_done_fn *done,
                   void *context);
void work_submit(struct work *work, store_apply_fn *apply, store_done_fn *done);
/* Terminated within its bounds and not empty. */
bool name_is_good(const char name[WALLET_NAME_MAX + 1]);
/* The value under a key now; false when there is none. Only for what is never changed. */
bool wallet_find(struct wallet *wallet, const struct store_key *key, uint8_t *out, size_t size,
                 size_t *len);
/* What is durable in a range; stops the process when it cannot be read. */
void wallet_scan(struct wallet *wallet, const struct store_key *first, const struct store_key *end,
                 store_scan_fn *each, void *context);
/* Which freeze a packet is. */
bool wallet_find_packet(struct wallet *wallet, const char *name,
                        struct freeze_reference *reference);
/* A packet was forgotten, and its name with it. */
void wallet_forget_names(struct wallet *wallet);

/* asking.c */
/* Room for one more command that stores a request; NULL: there is none, and it has been refused. */
struct work *ask_take(struct wallet *wallet, wallet_done_fn *done, void *context);
/* Gives a request of this kind its own identity, and all that does not depend on what it is about.
 */
void ask_identify(struct work *work, enum operation_kind kind, struct operation *request);
/* The first three keys, for the request in the work's result. */
void ask_set_keys(struct work *work, const struct freeze_reference *reference);
/* Inside apply: stores the request, its number, and a line of the journal. */
void tx_ask(struct store_tx *tx, struct work *work);
/* The completion of such a step: hands the stored request to the party. */
void done_ask(struct store_step *step, void *context);

/* A request was stored. */
void count_request(struct wallet *wallet, enum operation_kind kind);

/* Inside apply. */
struct bytes tx_record(struct store_tx *tx, unsigned index);
void tx_read_packet(struct store_tx *tx, struct packet *packet);
void tx_write_packet(struct store_tx *tx, const struct packet *packet);
void tx_write_number(struct store_tx *tx, const struct work *work);

/* forgetting.c */
/* Begins by itself a second after the start. */
void wallet_forgetting_begin(struct wallet *wallet);
/* Its timer is due. */
void wallet_forgetting_run(struct wallet *wallet);

/* buying.c */
/* The answer to a purchase or its reversal has come, and is in the work. */
void purchase_ended(struct work *work);

/* ending.c */
/* The completion of the step that books an answer. */
void done_answer(struct store_step *step, void *context);
void forward_ended(struct wallet *wallet, struct forward *forward, const struct received *received);

#endif
