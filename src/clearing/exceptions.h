/* What the files of a settlement date cannot say for certain: messages that are still to be
 * delivered, that were refused for good, or that were delivered after an earlier date's files said
 * that they were not; and notices that named another amount.
 *
 * All as of the log record that marks the date as cut, so that the list is the same whenever it is
 * made: out of the date's own log, of the logs of earlier dates as far as something of theirs
 * happened after their own files, and of the switch's disputes, which stay listed until a person
 * has closed them. Memory grows with the number of exceptions, never with that of transactions.
 * Source: protocol page "Days and clearing". */
#ifndef CLEARING_EXCEPTIONS_H
#define CLEARING_EXCEPTIONS_H

#include "redpacket/operation.h"
#include "store/store.h"

enum {
    /* As many as a lab file may allow messages to be stored and forwarded. */
    EXCEPTIONS_MAX = 1000000,
    /* Of a date are listed: a peer that goes on and on fills the log, not the file. */
    EXCEPTIONS_REPEATED_MAX = 10000,
};

/* First letter of the code in the file. */
enum exception_status {
    EXCEPTION_DISPUTED, /* D: refused for good; a person must settle it */
    EXCEPTION_OPEN,     /* O: still to be delivered, or its answer still to come */
    EXCEPTION_ENDED,    /* E: delivered, late */
    EXCEPTION_NOTED,    /* N: a notice named another amount than what was left */
    EXCEPTION_REPEATED, /* ND: a request under a key or a name that had been used for another */
    EXCEPTION_STATUSES,
};

/* What the second letter of the code and the status come to, in words. */
struct exception_meaning {
    const char *what;  /* has happened */
    const char *fault; /* whose it is */
    const char *todo;  /* what the parties should do */
};

struct exception {
    enum exception_status status;
    /* The claim, the freeze or the purchase; its kind is the message's that the exception is about:
     * debit reversal (R), confirmation (C), freeze reversal (F), unfreeze (U) or purchase reversal
     * (P); REPEATED: the request that was refused, of any kind. */
    struct operation operation;
    int64_t told_minor; /* NOTED: what the notice said */
    uint16_t code;      /* with which it was refused, or done; CODE_NONE: not answered */
    uint64_t sender_issuer, receiver_issuer; /* receiver's 0: of no share */
    uint32_t settlement_date;
    uint64_t since; /* log record */
    int64_t since_us;
};

/* "DR": status and message; "D?": no exception is about such a message. REPEATED is "ND". */
enum { EXCEPTION_CODE_LEN = 2 };
void exception_code(enum exception_status status, enum operation_kind kind,
                    char out[EXCEPTION_CODE_LEN + 1]);
/* false: there is no such code. Of REPEATED the kind is NONE: the code does not say it. */
bool exception_code_parse(struct bytes text, enum exception_status *status,
                          enum operation_kind *kind);
struct exception_meaning exception_meaning(enum exception_status status, enum operation_kind kind);

struct exceptions {
    size_t count, room;
    struct exception *list; /* in the order of `since` */
};

/* Of the switch's store, for the files of `date`, which the log record `mark` has cut.
 * RESULT_LIMIT: over EXCEPTIONS_MAX; RESULT_CORRUPT: a log record cannot be read; RESULT_IO. The
 * caller deinits the list in any case. */
MUST_USE enum result exceptions_find(struct store *store, uint32_t date, uint64_t mark,
                                     struct exceptions *exceptions, struct fault *fault);

/* The same for whoever reads the date's log anyway: begin, then every entry of the date up to the
 * mark, in order, then end. The list is the caller's, who deinits it in any case, the search too.
 */
struct journal_entry;
struct exceptions_search;
MUST_USE enum result exceptions_begin(struct store *store, uint32_t date, struct exceptions *list,
                                      struct exceptions_search **search, struct fault *fault);
MUST_USE enum result exceptions_take(struct exceptions_search *search,
                                     const struct journal_entry *entry, uint64_t number,
                                     struct fault *fault);
MUST_USE enum result exceptions_end(struct exceptions_search *search, uint64_t mark,
                                    struct fault *fault);
void exceptions_search_free(struct exceptions_search *search); /* accepts NULL */

void exceptions_deinit(struct exceptions *exceptions); /* accepts zeroed memory */

#endif
