/* The names of things: cards, institutions, a freeze, a transaction, an original.
 *
 * All are numbers of fixed size, so that they compare, store and sort cheaply; the wire's text is
 * made from them. Source: protocol page "The freeze reference" and "Keys, answers, repeats". */
#ifndef REDPACKET_REFERENCE_H
#define REDPACKET_REFERENCE_H

#include "base/result.h"
#include "base/text.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PAN_LEN_MAX = 19,
    INSTITUTION_LEN_MAX = 11,
    REFERENCE_TEXT_LEN = 39, /* DE 48 usage HB */
    ORIGINAL_TEXT_LEN = 42,  /* DE 90 */
    SHARES_MAX = 9999,
};

/* A card number, or an account identification made of digits; len 0: none. */
struct pan {
    uint8_t len;
    char digits[PAN_LEN_MAX];
};
bool pan_parse(struct bytes text, struct pan *pan);
bool pan_equal(const struct pan *a, const struct pan *b);

/* An institution id: compared as a number (right-justified, zero-filled to 11), written in the
 * width it came in. */
struct institution {
    uint64_t number;
    uint8_t width;
};
bool institution_parse(struct bytes text, struct institution *institution);
/* Writes `width` digits, returns the width. */
size_t institution_format(const struct institution *institution, char out[INSTITUTION_LEN_MAX]);

/* Original freeze date and sequence, with the sending wallet: the name of a freeze for ever; and
 * which of its shares is meant (0: the freeze itself). */
struct freeze_reference {
    uint32_t date;     /* YYYYMMDD, a label */
    uint64_t sequence; /* 12 digits */
    uint64_t wallet;   /* institution number of the sending wallet */
    uint16_t share;    /* 0, or 1..shares */
    uint16_t shares;   /* 1..9999 */
};
bool reference_parse(struct bytes text, struct freeze_reference *reference);
void reference_format(const struct freeze_reference *reference, char out[REFERENCE_TEXT_LEN]);
/* Same wallet, date and sequence; shares and share do not name the freeze. */
bool reference_same_freeze(const struct freeze_reference *a, const struct freeze_reference *b);

/* DE 7, DE 11, DE 32, DE 33, second digit of the MTI, first two digits of DE 3. Without the last
 * two, the debit and the credit of one claim would be taken for one transaction. */
struct transaction_key {
    uint64_t transmission; /* DE 7, MMDDhhmmss as a number */
    uint32_t stan;         /* DE 11 */
    uint64_t acquirer;     /* DE 32 */
    uint64_t forwarder;    /* DE 33 */
    uint8_t mti_class;     /* 1 authorisation, 2 financial, 4 reversal, 6 administrative */
    uint8_t process;       /* 0, 3, 20, 33, 40, 46, 47 */
};
enum { TRANSACTION_KEY_LEN = 20 };
void transaction_key_encode(const struct transaction_key *key, uint8_t out[TRANSACTION_KEY_LEN]);
bool transaction_key_equal(const struct transaction_key *a, const struct transaction_key *b);
void transaction_key_decode(const uint8_t in[TRANSACTION_KEY_LEN], struct transaction_key *key);

/* DE 90: which message an operation refers to. mti 0: none. */
struct original {
    uint16_t mti; /* 200 for 0200 */
    uint32_t stan;
    uint64_t transmission;
    uint64_t acquirer;
    uint64_t forwarder;
};
bool original_parse(struct bytes text, struct original *original);
void original_format(const struct original *original, char out[ORIGINAL_TEXT_LEN]);
bool original_equal(const struct original *a, const struct original *b);

/* A number as zero-filled decimal text of exactly `width` digits, which it fits. */
static inline void digits_format(uint64_t value, char *out, size_t width)
{
    MUST(text_digits_format(value, out, width));
}

/* --- how records are named in a party's store ------------------------------------------------- */

/* The name of a freeze as keys and records hold it: wallet, date, sequence. */
enum { FREEZE_NAME_LEN = 14 };
void reference_name_write(struct writer *w, const struct freeze_reference *reference);
/* share and shares become 0. */
void reference_name_read(struct reader *r, struct freeze_reference *reference);

enum record_table {
    TABLE_ACCOUNT = 'A',   /* issuer: card -> account */
    TABLE_BATCH = 'B',     /* business date and what else a party keeps one of */
    TABLE_CLAIM = 'C',     /* wallet: packet and person -> latest claim */
    TABLE_DUPLICATE = 'D', /* transaction key -> what was answered */
    TABLE_FREEZE = 'F',    /* freeze, followed by its shares */
    TABLE_GRAB = 'G',      /* wallet: packet and person -> share */
    TABLE_COUNTER = 'N',   /* name -> number */
    TABLE_OPEN = 'O',      /* switch: a freeze, share or purchase that is under way -> nothing */
    TABLE_PACKET = 'P',    /* wallet: packet by its name */
    TABLE_FORWARD = 'Q',   /* store and forward: what still has to be delivered */
    TABLE_TOTALS = 'R',    /* settlement date, member -> totals.h; switch, issuer, wallet */
    TABLE_TIME = 'T',      /* switch: since when a freeze is FROZEN, and which -> nothing */
    TABLE_PURCHASE = 'U',  /* switch, wallet: purchase by its transaction key -> purchase.h,
                              bought.h */
    TABLE_PURCHASE_NAME = 'W', /* wallet: purchase by the name it was given -> its key */
    TABLE_DISPUTE = 'X', /* switch: freeze, its shares, or purchase -> what was refused for good */
};
struct store_key key_of_duplicate(const struct transaction_key *key);
/* share 0 is the freeze's own record; its shares sort behind it. */
struct store_key key_of_freeze(const struct freeze_reference *reference, uint16_t share);
/* The key of the purchase itself, whatever message is about it. The same bytes name it in tables
 * 'O', 'Q' and 'X', where freezes and shares have shorter names: key_names_purchase(). */
struct store_key key_of_purchase(const struct transaction_key *key);
bool key_names_purchase(struct bytes key);
/* Of the freeze of this name, which became FROZEN in this second since 1970. */
struct store_key key_of_time(uint32_t since_s, const struct freeze_reference *reference);
struct store_key key_of_account(const struct pan *card);
/* One of a kind: "business-date". */
struct store_key key_of_name(enum record_table table, const char *name);
/* Switch: the log number, in 8 bytes, of the entry that marks this settlement date as cut. */
struct store_key key_of_cut(uint32_t date);

#endif
