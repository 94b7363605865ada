/* A day: a story for a lab to play, one step after the other.
 *
 * Read from a day file (docs/day-files.md) against the lab it is told in: every person, card and
 * date is looked up once, here, and the rest of the house sees indices. Only the words are checked,
 * and that the story hangs together (nobody grabs a packet that was never sent); whether the
 * answers it expects are the right ones shows when it is played.
 *
 * How the steps are meant, for whoever plays them:
 * - A packet's shares are handed out in the order of their numbers, 1 first.
 * - A grab asks the sending wallet for a ticket (one a person and packet, and only while there are
 *   shares and the packet has not expired, else it is refused by the wallet); then the receiving
 *   wallet claims with it. The ticket stays that person's whatever the answer: a share whose claim
 *   was refused is offered to nobody else.
 * - A claim presents a ticket from an earlier grab again, past the wallets' own rules, as a new
 *   transaction. A repeat is not a new transaction: the very bytes once more.
 * - Of a `together` list all tickets are handed out first, in the order of the file; then all
 *   messages are sent at once. So a day gives the same amounts however the messages overtake each
 *   other.
 * - A cutover or check begins when nothing is in flight and nothing waits to be forwarded.
 *
 * A struct day and all that it points to is made by day_load() and given back by day_free(); it is
 * read-only and does not point into the lab. */
#ifndef LAB_DAY_H
#define LAB_DAY_H

#include "lab/lab.h"

enum {
    DAY_TITLE_MAX = 80,       /* bytes */
    DAY_AT_MAX = 16,          /* bytes: the left column of a timeline */
    DAY_TELL_MAX = 240,       /* bytes: about two lines on a terminal */
    DAY_PACKET_NAME_MAX = 32, /* bytes: has to fit, with a person's name, a store's key */
    DAY_NOTE_MAX = 120,       /* bytes: a greeting */
    DAY_SHARES_MAX = 9999,    /* protocol: share count n4 */
    DAY_STEPS_MAX = 10000,    /* of a story, those in together lists included: a person wrote it */
    DAY_TOGETHER_MAX = 256,   /* in flight at once; below the default limit of one party */
};

#define DAY_AMOUNT_UNSAID INT64_C(-1)

enum day_kind {
    DAY_PACKET,
    DAY_GRAB,
    DAY_CLAIM,
    DAY_REPEAT,
    DAY_EXPIRE,
    DAY_CUTOVER,
    DAY_CHECK,
    DAY_TOGETHER,
};

enum day_split {
    DAY_SPLIT_EQUAL,        /* what does not divide goes, a minor unit each, to the first shares */
    DAY_SPLIT_RANDOM,       /* double average, when the packet is sent */
    DAY_SPLIT_GIVEN,        /* the amounts of the file */
    DAY_SPLIT_WHEN_CLAIMED, /* double average over what is left, at each grab */
};

/* What a step should be answered. */
struct day_answer {
    bool refused_by_wallet; /* no message is sent; code is "" */
    char code[3];           /* else DE 39 */
};

/* One of the person's cards; or, on purpose, a card that nobody has. */
struct day_card {
    char number[LAB_CARD_LEN_MAX + 1];
    bool unknown;
};

/* The sending wallet freezes `amount_minor` and splits it. */
struct day_packet {
    char name[DAY_PACKET_NAME_MAX + 1];
    unsigned number; /* 0, 1, 2, ... in the order of the file */
    unsigned person; /* index into the lab's people */
    struct day_card card;
    int64_t amount_minor;
    unsigned shares;
    enum day_split split;
    const int64_t *given_minor; /* `shares` amounts, of DAY_SPLIT_GIVEN only */
    char note[DAY_NOTE_MAX + 1];
    bool stays_open; /* on purpose: no expiry comes */
};

struct day_grab {
    unsigned packet; /* number */
    unsigned person;
    struct day_card card;
    int64_t expect_minor; /* what the share should be worth, or DAY_AMOUNT_UNSAID */
};

struct day_claim {
    unsigned packet;
    unsigned person;
    struct day_card card;
    unsigned share_of;    /* the person whose ticket it is, mostly the same one */
    int64_t amount_minor; /* instead of the ticket's; DAY_AMOUNT_UNSAID: the ticket's */
};

/* The receiving wallet sends the latest claim of this person for this packet once more. */
struct day_repeat {
    unsigned packet;
    unsigned person;
};

/* The sending wallet gives the unfreeze notice. */
struct day_expire {
    unsigned packet;
    int64_t expect_minor; /* what should go back, or DAY_AMOUNT_UNSAID */
};

/* The switch opens the next business date; the files of the one before are cut. */
struct day_cutover {
    uint32_t date;
};

struct day_step;

/* All in flight at once. */
struct day_together {
    const struct day_step *steps; /* packets, grabs, claims, repeats and expiries */
    size_t step_count;
    /* As many answers as steps when it is not told which step gets which; else NULL, and each step
     * has its own. */
    const struct day_answer *answers;
};

struct day_step {
    enum day_kind kind;
    unsigned line;               /* in the file, for faults */
    char at[DAY_AT_MAX + 1];     /* a label for people: "23:59"; "" when not given */
    char tell[DAY_TELL_MAX + 1]; /* the story's sentence; "" when not given */
    struct day_answer expect;    /* of all but cutover, check and together */
    union {
        struct day_packet packet;
        struct day_grab grab;
        struct day_claim claim;
        struct day_repeat repeat;
        struct day_expire expire;
        struct day_cutover cutover;
        struct day_together together;
    };
};

struct day_block; /* the day's own */

struct day {
    char title[DAY_TITLE_MAX + 1];
    char tell[DAY_TELL_MAX + 1];
    const struct day_step *steps;
    size_t step_count;
    const struct day_packet *const *packets; /* all of them, by number */
    size_t packet_count;

    struct day_block *blocks; /* private */
};

/* Reads and checks a file; results as lab_load(). On failure *day is NULL. */
MUST_USE enum result day_load(const char *path, const struct lab *lab, struct day **day,
                              struct fault *fault);
/* The same from memory, which may go away afterwards; `name` opens the fault texts. */
MUST_USE enum result day_parse(struct bytes text, const char *name, const struct lab *lab,
                               struct day **day, struct fault *fault);
/* Accepts NULL. */
void day_free(struct day *day);

/* "grab" and so on, as in the file. */
const char *day_kind_name(enum day_kind kind);
const char *day_split_name(enum day_split split);

#endif
