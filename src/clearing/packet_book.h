/* What has become of every packet that a settlement date has touched, out of the switch's log.
 *
 * Each entry that freezes, takes for good or gives back is kept with what the switch said was open
 * behind it; sorted by packet they are one account: what was open before, less what moved, must be
 * what is open after. What the date's packets come to is given out packet by packet. Memory does
 * not grow: see sorter.h. It knows no files. */
#ifndef CLEARING_PACKET_BOOK_H
#define CLEARING_PACKET_BOOK_H

#include "redpacket/journal.h"

/* frozen = claimed + unfrozen + reversed + open, always. */
struct packet_sums {
    int64_t frozen_minor;
    int64_t claimed_minor;  /* what shares have for good: credited, to be confirmed, in dispute */
    int64_t unfrozen_minor; /* what was left at its closing */
    int64_t reversed_minor; /* all of it, when its wallet gave it up */
    int64_t open_minor;     /* the rest, shares under way among it */
};

struct packet_account {
    struct freeze_reference reference; /* share 0 */
    uint64_t sender_issuer;
    char currency[3];
    struct packet_sums sums; /* by what is booked to the date and to those before it */
};

struct packet_book;

/* `folder` for what does not fit in memory; NULL: as sorter_open(). RESULT_IO without memory. */
MUST_USE enum result packet_book_open(uint32_t date, const char *folder, struct packet_book **book,
                                      struct fault *fault);
void packet_book_close(struct packet_book *book); /* accepts NULL */

/* Any entry of the log from the date's first on, also of other dates: a later date's claims come
 * between. RESULT_IO: no room for temporary files. */
MUST_USE enum result packet_book_take(struct packet_book *book, const struct journal_entry *entry,
                                      uint64_t number, struct fault *fault);
/* The next packet that the date has touched, by wallet, date and sequence; *found false: there is
 * none. Nothing may be taken any more. RESULT_CORRUPT: a packet does not add up; RESULT_IO. */
MUST_USE enum result packet_book_next(struct packet_book *book, struct packet_account *account,
                                      bool *found, struct fault *fault);

#endif
