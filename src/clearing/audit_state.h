/* The inside of the audit, shared by the files audit*.c and nobody else. */
#ifndef CLEARING_AUDIT_STATE_H
#define CLEARING_AUDIT_STATE_H

#include "clearing/audit.h"
#include "clearing/sorter.h"
#include "issuer_sim/issuer_ledger.h"
#include "redpacket/purchase.h"

enum {
    CLAIM_KEY_LEN = TRANSACTION_KEY_LEN,
    AUDIT_POSTINGS_MAX = 1 << 20, /* of one freeze: each of 9,999 shares claimed a hundred times */
};

/* An issuer's freeze. */
struct audit_freeze {
    uint8_t name[FREEZE_NAME_LEN];
    bool is_known; /* the switch has it too */
    enum freeze_state state;
    uint64_t issuer;
    int64_t frozen_minor, debited_minor, released_minor, remaining_minor;
};

/* A movement of a share's money that an issuer posted. */
enum audit_what { AUDIT_DEBIT, AUDIT_REVERSAL, AUDIT_CREDIT };
struct audit_posting {
    uint8_t name[FREEZE_NAME_LEN];
    uint16_t share;
    uint8_t claim[CLAIM_KEY_LEN]; /* the claim's key without the leg */
    bool is_known;                /* the switch has the share */
    enum audit_what what;
    uint64_t issuer;
    int64_t amount_minor;
};

/* What the switch has of a purchase, or what an issuer posted of it. By this order under its key.
 */
enum audit_purchase_what {
    AUDIT_PURCHASE_AT_SWITCH,
    AUDIT_PURCHASE_POSTED,
    AUDIT_PURCHASE_TAKEN_BACK,
};
struct audit_purchase {
    uint8_t key[TRANSACTION_KEY_LEN]; /* of the purchase itself */
    enum audit_purchase_what what;
    enum purchase_state state; /* at the switch */
    uint64_t issuer;
    int64_t amount_minor;
};

/* All that was gathered about one freeze. */
struct audit_group {
    uint8_t name[FREEZE_NAME_LEN];
    bool has_freeze, has_other, has_forgotten;
    struct audit_freeze freeze;
    struct audit_freeze other; /* another issuer's of the same name */
    struct freeze forgotten;   /* as the switch had it in the end */
    size_t count, room;
    struct audit_posting *postings; /* by share, then by claim */
};

enum audit_stream {
    AUDIT_FREEZES,   /* the issuers' */
    AUDIT_POSTINGS,  /* theirs */
    AUDIT_FORGOTTEN, /* freezes that the switch keeps no longer */
    AUDIT_STREAMS,
};

struct audit {
    const struct audit_party *parties;
    size_t party_count;
    struct audit_result *result;
    struct fault *fault;
    enum result failed; /* inside a scan */

    struct {
        struct sorter *sorter;
        const uint8_t *next; /* NULL: none is left */
    } streams[AUDIT_STREAMS];
    struct audit_group group;
    struct sorter *purchases;

    int64_t opened_minor, held_minor; /* all accounts of all issuers */
    /* Debited there and not credited there, as the switch says; purchases too. */
    int64_t gone_minor;
};

/* audit.c */
void audit_violation(struct audit *audit, unsigned statement, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool audit_has_issuer(const struct audit *audit, uint64_t institution);
/* false, and audit->failed set, when the sum does not fit. */
bool audit_add(struct audit *audit, int64_t *sum, int64_t amount_minor);
void audit_name_freeze(const struct freeze_reference *reference, uint8_t out[FREEZE_NAME_LEN]);
/* For people: "20261231-42 of 00091230001". */
struct audit_label {
    char text[48];
};
struct audit_label audit_label(const struct freeze_reference *reference);

/* audit_stream.c: in with everything, in any order; out freeze by freeze. The adders return false
 * with audit->failed set. */
MUST_USE enum result audit_streams_open(struct audit *audit);
void audit_streams_close(struct audit *audit);
bool audit_add_freeze(struct audit *audit, const struct audit_freeze *freeze);
bool audit_add_posting(struct audit *audit, const struct audit_posting *posting);
bool audit_add_forgotten(struct audit *audit, const uint8_t name[FREEZE_NAME_LEN],
                         const struct freeze *freeze);
MUST_USE enum result audit_streams_sort(struct audit *audit);
/* The least name of which something is left; NULL: none. */
const uint8_t *audit_next_name(const struct audit *audit);
/* Puts all of this name into audit->group, which may be nothing. Names are taken in order. */
MUST_USE enum result audit_take(struct audit *audit, const uint8_t name[FREEZE_NAME_LEN]);
/* The group's first posting of a share; as many as *count follow it. */
struct audit_posting *audit_find_postings(struct audit *audit, uint16_t share, size_t *count);

/* audit_purchase.c: what the switch and the issuers have of purchases, in any order; then each is
 * looked at once. The adders return false with audit->failed set. */
MUST_USE enum result audit_purchases_open(struct audit *audit);
bool audit_add_purchase(struct audit *audit, const struct audit_purchase *purchase);
/* One that is kept no longer too. */
bool audit_add_purchase_of_switch(struct audit *audit, const struct operation *request,
                                  enum purchase_state state, uint64_t issuer);
/* All that the switch keeps. */
MUST_USE enum result audit_read_purchases(struct audit *audit, struct store *store);
MUST_USE enum result audit_check_purchases(struct audit *audit);

/* audit_issuer.c: reads one issuer's store. */
MUST_USE enum result audit_read_issuer(struct audit *audit, const struct audit_party *party);

/* audit_switch.c: the switch's freezes and shares against those. */
MUST_USE enum result audit_read_switch(struct audit *audit, const struct audit_party *party);

#endif
