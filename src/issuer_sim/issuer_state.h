/* The inside of the issuer, shared by the files of this folder and nobody else. */
#ifndef ISSUER_SIM_ISSUER_STATE_H
#define ISSUER_SIM_ISSUER_STATE_H

#include "issuer_sim/issuer.h"
#include "party/forgetting.h"

struct issuer {
    struct issuer_config config;
    struct party *party;
    struct issuer_view view;
    struct forgetting forgetting;
};

/* issuer_forgetting.c */
extern const struct forgetting_rules issuer_forgetting_rules;

/* issuer_opening.c */
MUST_USE enum result issuer_open_accounts(struct issuer *issuer,
                                          const struct issuer_account *accounts, size_t count,
                                          struct fault *fault);

#endif
