/* Totals: what a member has done with the switch on one settlement date, as numbers and amounts.
 *
 * Switch and member each keep a book of it and compare them when the date is over (0520, 0530).
 * The elements are ISO 8583's own: DE 74 to 81, 86 to 89, and the net in DE 97. Which step counts
 * what is told by docs/totals.md; this file only counts, compares, and knows the two forms, on the
 * wire and as a record. */
#ifndef REDPACKET_TOTALS_H
#define REDPACKET_TOTALS_H

#include "base/result.h"
#include "iso8583/iso8583.h"
#include "redpacket/code.h"
#include "redpacket/reference.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order of their elements; the first four have an amount too. */
enum totals_part {
    TOTALS_CREDITS,
    TOTALS_CREDIT_REVERSALS,
    TOTALS_DEBITS,
    TOTALS_DEBIT_REVERSALS,
    TOTALS_TRANSFERS,
    TOTALS_TRANSFER_REVERSALS,
    TOTALS_INQUIRIES,
    TOTALS_AUTHORISATIONS,
    TOTALS_PARTS,
    TOTALS_AMOUNTS = TOTALS_DEBIT_REVERSALS + 1,
};
enum { TOTALS_NUMBER_DE = 74, TOTALS_AMOUNT_DE = 86, TOTALS_NET_DE = 97, TOTALS_CODE_DE = 66 };

struct totals {
    uint64_t number[TOTALS_PARTS];        /* at most 10 digits */
    int64_t amount_minor[TOTALS_AMOUNTS]; /* at most 16 digits, never below 0 */
};

/* One more of a part, with its amount if it has one. What no element can hold any more stays at the
 * most that it can. */
void totals_count(struct totals *totals, enum totals_part part, int64_t amount_minor);
/* A claim that a wallet has forwarded: both its legs pass by. */
void totals_count_transfer(struct totals *totals, int64_t amount_minor);
/* Credits less debits, each less its reversals: below 0 the member pays. */
int64_t totals_net(const struct totals *totals);
/* Whether two books say the same about money: number and amount of credits, debits and transfers,
 * each less its reversals. A reversal of what never came is in one book only, and changes neither;
 * authorisations and inquiries move no money. */
bool totals_agree(const struct totals *one, const struct totals *other);

/* What a message made from totals borrows. */
struct totals_text {
    char number[TOTALS_PARTS][10], amount[TOTALS_AMOUNTS][16], net[17];
};
void totals_write(const struct totals *totals, struct totals_text *text,
                  struct iso_message *message);
/* What is absent is 0. Returns the number of the first element that is wrong: not a number of its
 * length, or a net that is not the sum of the others; 0: none. */
unsigned totals_read(const struct iso_message *message, struct totals *totals);
/* Record form. */
enum { TOTALS_RECORD_MAX = 2 + TOTALS_PARTS * 5 + TOTALS_AMOUNTS * 7 };
void totals_encode(struct writer *w, const struct totals *totals);
void totals_decode(struct reader *r, struct totals *totals);

/* --- the book of a date and member ------------------------------------------------------------ */

/* How far the comparison has come. Records hold their numbers. */
enum totals_state {
    TOTALS_OPEN,    /* not compared yet */
    TOTALS_ASKED,   /* switch: the 0520 is stored and forwarded */
    TOTALS_AGREED,  /* both say the same: DE 66 = 1 */
    TOTALS_DIFFERS, /* DE 66 = 2 */
    TOTALS_REFUSED, /* switch: the member does not do this; `code` says how */
    TOTALS_ERROR,   /* switch: an answer that says nothing, or contradicts itself */
    TOTALS_STATES,
};
/* "not asked", "not answered", "in balance", "differs", "refused", "error". */
const char *totals_state_name(enum totals_state state);

/* Messages about legs of this date that are not answered yet, or in dispute. */
struct totals_doubt {
    uint32_t count;
    int64_t amount_minor;
};

enum { TOTALS_DIGEST_LEN = 16 };

struct totals_book {
    struct totals own;
    struct totals_doubt reversals, confirmations; /* switch: of the member's debits, credits */
    enum totals_state state;
    uint8_t tries;                 /* comparisons begun */
    uint16_t code;                 /* DE 39 of the answer */
    int64_t asked_us, answered_us; /* wall clock */
    /* What was in doubt when it was asked: whenever the member has looked at its own book, it was
     * no more, for a date that is told brings nothing new. */
    struct totals_doubt reversals_then, confirmations_then;
    bool has_theirs; /* it differed when it was compared last: the other side's book */
    struct totals theirs;
    bool has_told; /* member: it has answered this message, of which the digest is, with this */
    uint8_t digest[TOTALS_DIGEST_LEN];
    struct totals told;
};

/* What the member's book may lack or have more is what was in doubt when it was asked, and nothing
 * else. Of a book that has theirs. */
bool totals_book_is_explained(const struct totals_book *book);

/* Of a date (YYYYMMDD) and member; all of a date are neighbours. Member 0: the date itself, which
 * has begun at the switch. */
struct store_key key_of_totals(uint32_t date, uint64_t member);
/* false: the key is not of totals. */
bool totals_key_read(struct bytes key, uint32_t *date, uint64_t *member);

/* Under which the switch stores the message that tells them (table 'Q'), and what it says: false:
 * the key is of another stored message. */
struct store_key key_of_totals_message(uint32_t date, uint64_t member);
bool totals_message_key_read(struct bytes key, uint32_t *date);

enum { TOTALS_BOOK_MAX = 96 + 3 * TOTALS_RECORD_MAX };
size_t totals_book_encode(const struct totals_book *book, uint8_t out[TOTALS_BOOK_MAX]);
/* An absent or empty record is an empty book. A damaged one stops the process. */
void totals_book_decode(struct bytes record, struct totals_book *book);

/* Inside apply: reads, counts, writes. */
void totals_tx_read(struct store_tx *tx, unsigned index, struct totals_book *book);
void totals_tx_write(struct store_tx *tx, unsigned index, const struct totals_book *book);
void totals_tx_count(struct store_tx *tx, unsigned index, enum totals_part part,
                     int64_t amount_minor);

#endif
