/* A purchase at its acquirer, the wallet, as pure functions over one record.
 *
 * It lies under the purchase's own transaction key, so that both its answer and that of its
 * reversal find it; under the name that was given to it lies only which one that is. The two
 * answers may come in either order: paid and taken back are told apart, and what the switch owes is
 * what is the one and not the other. */
#ifndef WALLET_SIM_BOUGHT_H
#define WALLET_SIM_BOUGHT_H

#include "wallet_sim/wallet.h"

struct bought {
    char name[WALLET_NAME_MAX + 1]; /* "": no such record */
    struct operation request;       /* the 0200 as it was sent */
    uint16_t code;                  /* its answer; CODE_NONE: there is none yet */
    bool is_paid;                   /* answered 00 */
    bool is_given_up;               /* a reversal is stored */
    bool is_taken_back;             /* the reversal was answered 00 */
    bool is_reversal_answered;      /* as it may be */
    uint32_t over_s; /* seconds since 1970 when nothing was to be answered any more; 0: something is
                      */
};

/* Whether it may be given up now. */
enum wallet_refusal bought_check_give_up(const struct bought *bought);
/* Nothing is to be answered any more: neither the purchase nor a reversal of it. */
bool bought_is_over(const struct bought *bought);
/* An answer that leaves open what became of the purchase: then it has to be given up. */
bool bought_must_give_up(const struct operation *request, uint16_t code);
/* What the reversal says of it; the caller gives it its own identity. */
void bought_write_reversal(const struct bought *bought, struct operation *reversal);
/* Books the answer to the purchase or to its reversal. *paid, *taken_back: of which totals have
 * one more now. */
void bought_answer(struct bought *bought, const struct operation *request, uint16_t code,
                   bool *paid, bool *taken_back);

enum { BOUGHT_RECORD_MAX = OPERATION_RECORD_MAX + WALLET_NAME_MAX + 16 };
size_t bought_encode(const struct bought *bought, uint8_t out[BOUGHT_RECORD_MAX]);
/* An absent record (data NULL) has no name. A damaged one stops the process. */
void bought_decode(struct bytes record, struct bought *bought);

/* Name -> its key, in TRANSACTION_KEY_LEN bytes. */
struct store_key key_of_bought_name(const char *name);

#endif
