/* A lab: who takes part in a card network in a box, with which links, keys, cards and money.
 *
 * Read from a lab file (docs/lab-files.md), checked as a whole, and plain data from then on: arrays
 * to walk, nothing to call back. What changes while a lab runs (balances, the business date) is not
 * here; it begins here.
 *
 * A struct lab and all that it points to is one possession, made by lab_load() or lab_parse() and
 * given back by lab_free(). Nobody changes it but its owner, who may put in the ports that the
 * system chose before handing it on; after that any number of threads may read it. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "base/bytes.h"
#include "base/result.h"
#include "base/strbuf.h"
#include "lab/card.h"
#include "lab/money.h"

#include <stdint.h>

enum {
    LAB_ID_LEN = 11,                /* DE 32, 33: n..11 */
    LAB_NAME_MAX = 64,              /* bytes: one column of a table on a terminal */
    LAB_SHORT_MAX = 16,             /* bytes: a folder, a log's name */
    LAB_PERSON_NAME_MAX = 32,       /* bytes: has to fit, with a packet's name, a store's key */
    LAB_FORMAT_NAME_MAX = 255,      /* bytes: the name of a shipped format, or a path */
    LAB_COMMAND_MAX = 1023,         /* bytes: of a program's path */
    LAB_DELIVER_LIMIT_S = 300,      /* a file gateway that takes longer than that hangs */
    LAB_HOST_MAX = 253,             /* bytes: the longest name that DNS can carry */
    LAB_MAC_KEY_LEN = 16,           /* SM4 */
    LAB_CALENDAR_MAX = 3660,        /* ten years of days */
    LAB_CONNECTIONS_MAX = 16,       /* of one institution; real ones have two to eight */
    LAB_INSTITUTIONS_MAX = 256,     /* walked one by one to find a member */
    LAB_RANGES_MAX = 1024,          /* of one issuer; the largest real ones have hundreds */
    LAB_ACCOUNTS_MAX = 100000,      /* of one issuer, written out; more come from a generator */
    LAB_GENERATED_MAX = 10000000,   /* of one issuer */
    LAB_PEOPLE_MAX = 4096,          /* walked one by one to find a person */
    LAB_PERSON_CARDS_MAX = 16,      /* bound to one person */
    LAB_TEXT_MAX = 16 * 1024 * 1024 /* of lab_format(): what the reader would accept again */
};

enum lab_role { LAB_WALLET, LAB_ISSUER };
/* Each connection carries both ways; or a pair of them, of which each side only sends on its own.
 */
enum lab_link_mode { LAB_DUPLEX, LAB_SIMPLEX };
enum lab_account_state { LAB_ACCOUNT_OPEN, LAB_ACCOUNT_RESTRICTED };

/* Texts are terminated; unused bytes behind them are zero. */
struct lab_account {
    char card[LAB_CARD_LEN_MAX + 1];
    char holder[LAB_NAME_MAX + 1];
    int64_t available_minor;
    enum lab_account_state state;
};

/* Cards whose first digits, as many as `low` and `high` have, lie between the two. */
struct lab_range {
    char low[LAB_CARD_LEN_MAX + 1];
    char high[LAB_CARD_LEN_MAX + 1]; /* same length as low; equal to it for a prefix */
};

/* `count` accounts with neighbouring numbers; count 0: none. */
struct lab_generator {
    size_t count;
    char first[LAB_CARD_LEN_MAX]; /* the first number, without its check digit */
    int64_t available_minor;      /* of each */
};

struct lab_institution {
    char id[LAB_ID_LEN + 1]; /* right-justified, zero-filled */
    unsigned id_width;       /* digits it has in the file, and in messages */
    char name[LAB_NAME_MAX + 1];
    char short_name[LAB_SHORT_MAX + 1]; /* lower-case letters, digits and `-` */
    enum lab_role role;
    bool has_no_totals; /* the switch tells it none when a date is over */
    bool external;      /* somebody's real host: no process of ours plays it */
    uint8_t mac_key[LAB_MAC_KEY_LEN];
    char link_host[LAB_HOST_MAX + 1]; /* the switch's listener for this member alone */
    uint16_t link_port;               /* 0: the system chooses */
    enum lab_link_mode link_mode;
    unsigned connections;               /* duplex: up at once; simplex: 1, the pair */
    char member_host[LAB_HOST_MAX + 1]; /* simplex: the member's listener; else "" */
    uint16_t member_port;               /* 0: the system chooses */
    /* Issuers only. */
    const struct lab_range *ranges;
    size_t range_count;
    const struct lab_account *accounts; /* written out; in the order of their cards */
    size_t account_count;
    struct lab_generator generator;
};

struct lab_switch {
    char id[LAB_ID_LEN + 1];
    unsigned id_width;
    char name[LAB_NAME_MAX + 1];
    char short_name[LAB_SHORT_MAX + 1];
    char host[LAB_HOST_MAX + 1]; /* where it listens, for members that say nothing else */
};

struct lab_person_card {
    char number[LAB_CARD_LEN_MAX + 1];
    unsigned issuer; /* index of the institution */
};

struct lab_person {
    char name[LAB_PERSON_NAME_MAX + 1];
    char native_name[LAB_NAME_MAX + 1]; /* as the person writes it; "" when not given */
    unsigned wallet;                    /* index of the institution */
    unsigned card_count;                /* at least 1; the first is the one used unless told */
    struct lab_person_card cards[LAB_PERSON_CARDS_MAX];
};

/* Milliseconds of the monotonic clock. Defaults: protocol page, "Timers". */
struct lab_timers {
    uint32_t debit_leg_ms;
    uint32_t credit_leg_ms;
    uint32_t freeze_leg_ms;
    uint32_t wallet_wait_ms;
    uint32_t saf_first_ms;
    uint32_t saf_max_ms;
    uint32_t idle_ms;       /* of silence, then an idle frame */
    uint32_t dead_ms;       /* of silence, then the link counts as dead */
    uint32_t freeze_age_ms; /* of the wall clock: then the switch closes a freeze */
};

struct lab_limits {
    uint32_t in_flight;  /* requests without an answer, of one party */
    uint32_t saf_places; /* what may wait to be stored and forwarded, of one party */
    uint32_t saf_window; /* of what has waited for one peer: without an answer at once */
};

/* What sends the files of a date to each party: docs/delivery.md. */
struct lab_deliver {
    char command[LAB_COMMAND_MAX + 1]; /* an absolute path, or a name of PATH; "": none */
    uint32_t limit_s;                  /* for each party */
};

struct lab_route; /* the lab's own */
struct lab_block;

struct lab {
    char name[LAB_NAME_MAX + 1];
    char currency[4];                   /* ISO 4217, three digits */
    char spec[LAB_FORMAT_NAME_MAX + 1]; /* of messages */
    char mac_recipe[LAB_FORMAT_NAME_MAX + 1];
    bool mac_on;
    char framing[LAB_FORMAT_NAME_MAX + 1];
    char fees[LAB_FORMAT_NAME_MAX + 1]; /* table that clearing takes fees by; "": none */
    struct lab_deliver deliver;
    const uint32_t *calendar; /* business dates YYYYMMDD, ascending; the first one opens the lab */
    size_t calendar_count;    /* at least 1 */
    struct lab_switch centre;
    struct lab_timers timers;
    struct lab_limits limits;
    struct lab_institution *institutions; /* in the order of the file */
    size_t institution_count;
    const struct lab_person *people;
    size_t person_count;

    struct lab_route *routes; /* private */
    size_t route_count;
    struct lab_block *blocks;
};

/* Reads and checks a file. RESULT_IO: it cannot be read; RESULT_INPUT: it is not a lab, the fault
 * names file, line, column and what was expected; RESULT_LIMIT: too long, or no memory. On failure
 * *lab is NULL. */
MUST_USE enum result lab_load(const char *path, struct lab **lab, struct fault *fault);
/* The same from memory, which may go away afterwards; `name` opens the fault texts. */
MUST_USE enum result lab_parse(struct bytes text, const char *name, struct lab **lab,
                               struct fault *fault);
/* Accepts NULL; wipes the keys. */
void lab_free(struct lab *lab);

/* Each returns an index into institutions (or people), or -1. */
int lab_find_institution(const struct lab *lab, struct bytes id); /* 1 to 11 digits */
int lab_find_short(const struct lab *lab, const char *short_name);
int lab_find_person(const struct lab *lab, const char *name);
/* The issuer in whose ranges a card lies; whether that issuer knows the card is its own affair.
 * Costs the logarithm of the number of ranges; anything that is no card number is -1. */
int lab_route_card(const struct lab *lab, struct bytes card);

/* Whether one of our simulated issuers opens an account for this card. */
bool lab_has_card(const struct lab *lab, struct bytes card);
/* All accounts of an issuer: those written out, then the generated ones. */
size_t lab_account_count(const struct lab_institution *issuer);
void lab_account_at(const struct lab_institution *issuer, size_t index, struct lab_account *out);

/* For the owner, before the lab is handed on: which port the system chose, at the switch or at the
 * member. */
void lab_set_link_port(struct lab *lab, size_t institution, uint16_t port);
void lab_set_member_port(struct lab *lab, size_t institution, uint16_t port);

/* Appends the whole lab, defaults spelled out, as a lab file; reading that gives an equal lab. It
 * holds the keys. `out` needs room for up to LAB_TEXT_MAX bytes, else it turns bad. */
void lab_format(const struct lab *lab, struct strbuf *out);

#endif
