/* An issuer's books as records: accounts and freezes, and how to read them out of any store.
 *
 * The issuer itself writes them, inside its store steps; checks at rest, clearing and whoever looks
 * scan them here, from a store opened read-only too. Money is in minor units of the issuer's one
 * currency. Source: protocol page "The issuer", "What must always hold". */
#ifndef ISSUER_SIM_ISSUER_LEDGER_H
#define ISSUER_SIM_ISSUER_LEDGER_H

#include "redpacket/freeze.h"
#include "store/store.h"

enum { LEDGER_HOLDER_MAX = 64 }; /* bytes: one column of a table on a terminal */

enum ledger_account_state {
    LEDGER_ACCOUNT_NONE, /* no such record */
    LEDGER_ACCOUNT_OPEN,
    LEDGER_ACCOUNT_RESTRICTED, /* takes no credit and gives no freeze */
    LEDGER_ACCOUNT_STATES,
};

struct ledger_account {
    enum ledger_account_state state;
    struct pan card; /* len 0: the suspense account */
    char holder[LEDGER_HOLDER_MAX + 1];
    int64_t available_minor;
    int64_t frozen_minor;
};

/* A freeze as its issuer knows it. At every moment
 * debited_minor + released_minor + remaining_minor == frozen_minor. */
struct ledger_freeze {
    enum freeze_state state;  /* NONE, FROZEN, REFUSED, REVERSED or CLOSED; no other */
    struct operation request; /* the 0100; of one never seen, what its reversal tells of it */
    uint32_t settlement_date; /* YYYYMMDD, the day it is booked to */
    int64_t frozen_minor;     /* what was frozen; 0 when refused, or reversed before it came */
    int64_t debited_minor;    /* sum of the debits that stand */
    int64_t released_minor;   /* given back to available */
    int64_t remaining_minor;  /* still held for debits */
    uint32_t over_s;          /* seconds since 1970 of its latest change once over; 0: FROZEN */
};

/* Return false to stop the scan early. The account or freeze lives during the call only. */
typedef bool ledger_account_fn(void *context, const struct ledger_account *account);
typedef bool ledger_freeze_fn(void *context, const struct ledger_freeze *freeze);
/* In the order of the cards' digits; the suspense account comes last. RESULT_CORRUPT: a record
 * cannot be read; and whatever store_scan() fails with. */
MUST_USE enum result issuer_ledger_scan_accounts(struct store *store, ledger_account_fn *each,
                                                 void *context, struct fault *fault);
/* In the order of wallet, date and sequence. Errors as above. */
MUST_USE enum result issuer_ledger_scan_freezes(struct store *store, ledger_freeze_fn *each,
                                                void *context, struct fault *fault);

/* --- for the issuer --------------------------------------------------------------------------- */

/* The account of no card, where credits wait that their card cannot take. */
struct store_key ledger_suspense_key(void);

enum {
    LEDGER_ACCOUNT_RECORD_MAX = LEDGER_HOLDER_MAX + 20,
    LEDGER_FREEZE_RECORD_MAX = OPERATION_RECORD_MAX + 32,
};
/* Both return the length written. */
size_t ledger_account_encode(const struct ledger_account *account,
                             uint8_t out[LEDGER_ACCOUNT_RECORD_MAX]);
size_t ledger_freeze_encode(const struct ledger_freeze *freeze,
                            uint8_t out[LEDGER_FREEZE_RECORD_MAX]);
/* An absent record (data NULL) is state NONE. The card of an account is its key, not decoded here.
 * false: it cannot be read. */
MUST_USE bool ledger_account_decode(struct bytes record, struct ledger_account *account);
MUST_USE bool ledger_freeze_decode(struct bytes record, struct ledger_freeze *freeze);

#endif
