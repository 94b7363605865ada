/* What is compared between a file and a book: one leg of a transaction, a purchase, a freeze or an
 * unfreeze.
 *
 * The key says what it is wherever it is found. Money goes by the transaction key, which holds the
 * leg; freezes and unfreezes by the freeze's name and the kind, because the messages of one
 * unfreeze differ between wallet and issuer. */
#ifndef CLEARING_ITEM_H
#define CLEARING_ITEM_H

#include "redpacket/operation.h"

enum {
    ITEM_KEY_LEN = 1 + TRANSACTION_KEY_LEN,
    /* Key, order, amount, source, place; state, flags, code, date; reference, card, currency; then
     * what people are shown. */
    ITEM_RECORD_LEN = ITEM_KEY_LEN + 17 + 8 + 18 + 11 + 3 + 8 + 12,
};

/* How far it has come, where it was found. */
enum item_state {
    ITEM_FINAL,
    ITEM_UNCONFIRMED, /* A2: it will be final */
    ITEM_HELD,        /* a book's: on a suspense account, or only reserved */
    ITEM_REVERSED,    /* a book's: it was taken back */
    ITEM_REFUSED,     /* a book's: it was never done; `code` says why */
    ITEM_STATES,
};
const char *item_state_name(enum item_state state);

enum {
    ITEM_BELIEVED = 1, /* the amount is what its party believed it to be */
    ITEM_UNDOES = 2,   /* takes the item of the same key away (a reversal) */
    ITEM_GOT = 4,      /* of a purchase: its party is the acquirer, who gets it */
    ITEM_TOLD = 8,     /* known to stand by a later answer alone: nothing beside the item itself */
};

struct item {
    uint8_t key[ITEM_KEY_LEN];
    uint8_t flags;
    enum item_state state;
    enum operation_kind kind; /* DEBIT, CREDIT, CLAIM, PURCHASE, FREEZE or UNFREEZE */
    uint32_t date;            /* settlement date, YYYYMMDD */
    uint16_t code;            /* DE 39; CODE_NONE: not told */
    int64_t amount_minor;     /* not negative */
    uint16_t source;          /* which file, from 0 */
    uint64_t place;           /* line, or number of the log record; 48 bits */
    uint64_t owner;           /* of a book's item: whose book; 0: not told. Not kept in records */
    /* Particulars, as far as that side tells them (item_has_other_particulars()). */
    struct freeze_reference reference; /* date 0: not told */
    struct pan card;                   /* len 0: not told */
    char currency[3];                  /* zero: not told */
    /* For people. */
    uint64_t transmission;
    uint32_t stan;
    char rrn[12];
};

/* An item about an operation of one of the kinds above, FINAL; flags, source and place are the
 * caller's. */
struct item item_of(const struct operation *operation, uint32_t date, int64_t amount_minor);
/* Whether two items of one key are about another card, currency, packet or share, as far as both
 * tell. */
bool item_has_other_particulars(const struct item *a, const struct item *b);
/* Whether items of this kind move money between parties. */
bool item_is_money(enum operation_kind kind);

static inline bool item_stands(const struct item *item)
{
    return item->state != ITEM_REVERSED && item->state != ITEM_REFUSED;
}

/* As a record that sorts by the key; of one key first what undoes, then what does not stand, then
 * the rest by amount, what is TOLD last. */
void item_encode(const struct item *item, uint8_t out[ITEM_RECORD_LEN]);
void item_decode(const uint8_t in[ITEM_RECORD_LEN], struct item *item);

static inline int item_compare(const struct item *a, const struct item *b)
{
    return memcmp(a->key, b->key, ITEM_KEY_LEN);
}

/* Whether two records of one key, each the only one of its side, match beyond doubt: both final and
 * of this date, alike in amount and particulars. false: others may match too. */
bool item_records_match(const uint8_t a[ITEM_RECORD_LEN], const uint8_t b[ITEM_RECORD_LEN],
                        uint32_t date);

#endif
