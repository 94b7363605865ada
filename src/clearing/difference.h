/* What a comparison has found about one item, and what that means for the party: classes, words and
 * what to do, kept in one table (difference.c). Source: protocol page "What always holds", 3, 5, 8;
 * docs/reconciliation.md. */
#ifndef CLEARING_DIFFERENCE_H
#define CLEARING_DIFFERENCE_H

#include "clearing/exceptions.h"
#include "clearing/item.h"

enum reconcile_class {
    RECONCILE_MATCHED,
    RECONCILE_AMOUNT,      /* both have it, with other amounts */
    RECONCILE_STATE,       /* both have it, in other states */
    RECONCILE_PARTICULARS, /* both have it, for another card, currency, packet or share */
    RECONCILE_ONLY_FILE,
    RECONCILE_ONLY_LEDGER,
    RECONCILE_DUPLICATE, /* one side has it more often than the other */
    RECONCILE_WRONG_DAY, /* booked to another settlement date */
    RECONCILE_POSITION,  /* the position is not the sum of the details */
    RECONCILE_FEES,      /* the fee file is not the sum of the details, or not the position's */
    RECONCILE_NOTED,     /* worth a look, and no difference: what a wallet believed was left */
    RECONCILE_EXCEPTED,  /* differs, and the exceptions file lists why: it is settled by that */
    RECONCILE_CLASSES,
};
const char *difference_class_name(enum reconcile_class class); /* for people */
const char *difference_class_key(enum reconcile_class class);  /* for programs */

/* What it means for the party's money. */
enum reconcile_sense {
    RECONCILE_NEUTRAL,
    RECONCILE_SHORTAGE, /* 短款: money is missing */
    RECONCILE_SURPLUS,  /* 長款: it holds money that it should not */
};
const char *difference_sense_name(enum reconcile_sense sense);
const char *difference_sense_key(enum reconcile_sense sense);

struct reconcile_difference {
    enum reconcile_class class; /* never MATCHED */
    bool in_file, in_ledger;
    bool file_says_more; /* has it at all, more often, or with a larger amount */
    /* Of a POSITION: a gross sum, and that of the details; of fees, with the kind NONE, their sum.
     * is_count: how many legs there are, instead of an amount. is_of_position: the fee file's sum
     * is held to that of the position. */
    struct item file, ledger;
    bool is_count, is_of_position;
    /* Of EXCEPTED: which class it would have, and by which exception it has not. */
    enum reconcile_class excepted;
    enum exception_status status;
    enum operation_kind message;
};

struct difference_words {
    enum reconcile_sense sense;
    const char *meaning; /* one sentence */
    const char *action;  /* what its party should do; one sentence */
};
struct difference_words difference_words(const struct reconcile_difference *difference);

#endif
