/* Forgets what has been over for long: keys with their stored answers, tombstones, and the freezes
 * and purchases behind them.
 *
 * A key names its message's DE 7 first, so the table of keys is in the order of time within a year.
 * Keys are looked at when they have become as old as a freeze becomes and is kept, a few at a time
 * and never more than so many a second; each is forgotten in a store step that looks at the key and
 * at the freeze that it belongs to. What has to be kept longer is looked at again now and then; and
 * what nobody ends is forgotten all the same before the next year's messages could match it.
 * Nothing is remembered of how far this has come: what a process leaves, the next one finds when it
 * goes through the old ones.
 *
 * When a freeze is over and kept long enough, its shares go first, a few in a step, then the freeze
 * and the key together. Every freeze is behind one key at least, its own 0100's or that of the
 * reversal which found it unseen, so none is left behind.
 *
 * Source: protocol page "Keys, answers, repeats"; why it is safe: docs/store.md. */
#ifndef PARTY_FORGETTING_H
#define PARTY_FORGETTING_H

#include "party/party.h"

enum {
    FORGET_STEPS_MAX = 32,  /* at once, less than a millisecond of the store's */
    FORGET_PAUSE_MS = 5,    /* from such a batch to the next: 6,400 steps a second at most */
    FORGET_LOOK_MAX = 64,   /* keys looked at in one go */
    FORGET_START_MS = 1000, /* after the start, which has other things to do */
};

/* What the core knows better. All of these but is_waiting() are pure: they run on the store's
 * thread too. A purchase is behind its own key alone, and has no shares: where a freeze's record is
 * told of below its record may be, told apart by `key`, under which it is kept. */
struct forgetting_rules {
    /* Since when, in seconds since 1970, everything about the freeze of this record is over; 0: it
     * is not, and nothing that belongs to it may be forgotten. */
    uint32_t (*over_since)(const struct store_key *key, struct bytes freeze);
    /* Keys that are kept for as long as keys are, whatever their freeze; NULL: none. */
    bool (*is_kept)(const struct transaction_key *key);
    /* Whether a message of the freeze is still to be delivered; NULL: never. */
    bool (*is_waiting)(void *core, const struct freeze_reference *name);
    /* Inside apply: writes the entry that says that this freeze is forgotten. */
    void (*journal)(struct store_tx *tx, const struct store_key *key, struct bytes freeze,
                    int64_t wall_us);
};

struct forgetting;

struct forget_step {
    struct store_step step;
    struct forgetting *forgetting;
    int64_t wall_us;
    bool is_of_shares; /* the freeze, then shares of it; else the key, then its freeze */
};

/* A stretch of the year, gone through key by key. */
enum forget_walk_kind {
    WALK_EXPIRED, /* as old as a key may become */
    WALK_FRESH, /* have become as old as a freeze becomes and is kept since the latest such walk */
    WALK_STALE, /* between the two: left there by those walks, or by a process that is no more */
    WALKS,
};
struct forget_walk {
    bool is_active, wraps; /* a new year lies between here and its end */
    uint64_t until;        /* DE 7; not looked at any more */
    struct store_key at;
    int64_t begun_us, due_us; /* wall clock: the latest began, the next begins */
    int64_t next_us; /* not before then anything that this walk has left can be forgotten */
};

/* Part of the core's own struct. */
struct forgetting {
    struct party *party;
    void *core;
    const struct forgetting_rules *rules;
    struct timer timer;
    struct forget_walk walks[WALKS];
    int64_t mark_us; /* up to there keys have been fresh, by their DE 7 */
    struct forget_step steps[FORGET_STEPS_MAX];
    unsigned busy;
};

/* How long ago a message with this DE 7 was sent, which is not younger than three days ahead of our
 * clock: DE 7 has no year, so the answer is good for 362 days. Negative: it is ahead. 0 when it is
 * no time. */
int64_t forgetting_age_us(uint64_t de7, int64_t now_us);

/* Whether what had this DE 7 and is kept for so long may be forgotten by now, if it ever came. A
 * day less than it is kept: it goes in its own time, and clocks are set. */
bool forgetting_may_have(uint64_t de7, int64_t now_us, int64_t kept_us);

/* Begins by itself a second after the start. The rules stay the caller's. */
void forgetting_begin(struct forgetting *forgetting, struct party *party, void *core,
                      const struct forgetting_rules *rules);
/* From core.due(), for its timer. */
void forgetting_run(struct forgetting *forgetting);

#endif
