/* The inside of the audit, shared by the files audit*.c and nobody else. */
#ifndef CLEARING_AUDIT_STATE_H
#define CLEARING_AUDIT_STATE_H

#include "clearing/audit.h"
#include "issuer_sim/issuer_ledger.h"

enum { CLAIM_KEY_LEN = TRANSACTION_KEY_LEN };

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

struct audit {
    const struct audit_party *parties;
    size_t party_count;
    struct audit_result *result;
    struct fault *fault;
    enum result failed; /* inside a scan */

    /* Sorted once all issuers are read. */
    size_t freeze_count, freeze_room;
    struct audit_freeze *freezes;
    size_t posting_count, posting_room;
    struct audit_posting *postings;

    int64_t opened_minor, held_minor; /* all accounts of all issuers */
    int64_t gone_minor;               /* debited there and not credited there, as the switch says */
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

/* audit_issuer.c: reads one issuer's store; then sorts what all of them gave. */
MUST_USE enum result audit_read_issuer(struct audit *audit, const struct audit_party *party);
void audit_sort(struct audit *audit);
/* The freeze of this name, or NULL. */
struct audit_freeze *audit_find_freeze(const struct audit *audit,
                                       const uint8_t name[FREEZE_NAME_LEN]);
/* The first posting of a share; as many as *count follow it. */
struct audit_posting *audit_find_postings(const struct audit *audit,
                                          const uint8_t name[FREEZE_NAME_LEN], uint16_t share,
                                          size_t *count);

/* The same for all shares of a freeze, one after the other. */
struct audit_posting *audit_find_all_postings(const struct audit *audit,
                                              const uint8_t name[FREEZE_NAME_LEN], size_t *count);

/* audit_switch.c: the switch's freezes and shares against those. */
MUST_USE enum result audit_read_switch(struct audit *audit, const struct audit_party *party);

#endif
