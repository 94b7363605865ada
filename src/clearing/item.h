/* What is compared between a file and a book: one leg of a transaction, a freeze or an unfreeze.
 *
 * The key says what it is wherever it is found. Money goes by the transaction key, which holds the
 * leg; freezes and unfreezes by the freeze's name and the kind, because the messages of one
 * unfreeze differ between wallet and issuer. */
#ifndef CLEARING_ITEM_H
#define CLEARING_ITEM_H

#include "redpacket/operation.h"

enum {
    ITEM_KEY_LEN = 1 + TRANSACTION_KEY_LEN,
    /* Of one list; 300 MB. A day with more is not for a comparison in memory. */
    ITEMS_MAX = 1 << 21,
};

enum {
    ITEM_UNDONE = 1,   /* a freeze that was reversed: may be in the file or not */
    ITEM_BELIEVED = 2, /* the amount is what its party believed it to be */
    ITEM_UNDOES = 4,   /* takes the item of the same key away (a reversal) */
};

struct item {
    uint8_t key[ITEM_KEY_LEN];
    uint8_t flags;
    enum operation_kind kind; /* DEBIT, CREDIT, CLAIM, FREEZE or UNFREEZE */
    uint32_t date;            /* settlement date, YYYYMMDD */
    int64_t amount_minor;
    uint32_t source; /* which file, from 0 */
    uint64_t place;  /* line, or number of the log record */
    /* For people. */
    struct freeze_reference reference;
    struct pan card;
    uint64_t transmission;
    uint32_t stan;
    char rrn[12];
};

/* An item about an operation of one of the kinds above; flags, source and place are the caller's.
 */
struct item item_of(const struct operation *operation, uint32_t date, int64_t amount_minor);
/* Whether items of this kind move money between parties. */
bool item_is_money(enum operation_kind kind);

/* A growing array. */
struct items {
    size_t count, room;
    struct item *list;
};
/* RESULT_LIMIT: more than ITEMS_MAX; RESULT_IO without memory. */
MUST_USE enum result items_add(struct items *items, const struct item *item, struct fault *fault);
void items_deinit(struct items *items); /* accepts zeroed memory */
/* By key; the same key by amount, then place. */
void items_sort(struct items *items);
/* The first of a sorted list with a key not smaller; count when there is none. */
size_t items_place(const struct items *items, const uint8_t key[ITEM_KEY_LEN]);
static inline bool item_same(const struct item *a, const struct item *b)
{
    return memcmp(a->key, b->key, ITEM_KEY_LEN) == 0;
}

#endif
