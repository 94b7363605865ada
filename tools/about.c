/* Names of packets and purchases, for people. */
#include "about.h"

#include <stdio.h>
#include <string.h>

const char *about_purchase_format(const struct transaction_key *purchase, char out[ABOUT_MAX])
{
    snprintf(out, ABOUT_MAX, "%010llu-%06u-%llu", (unsigned long long)purchase->transmission,
             purchase->stan, (unsigned long long)purchase->acquirer);
    return out;
}

const char *about_format(const struct operation *operation, char out[ABOUT_MAX])
{
    const struct freeze_reference *reference = &operation->reference;
    char name[ABOUT_MAX];
    if (operation_is_of_purchase(operation->kind)) {
        struct transaction_key purchase = operation_purchase_key(operation);
        snprintf(out, ABOUT_MAX, "purchase %.50s", about_purchase_format(&purchase, name));
    } else
        snprintf(out, ABOUT_MAX, "packet %08u-%llu share %u/%u", reference->date,
                 (unsigned long long)reference->sequence, reference->share, reference->shares);
    return out;
}

bool about_purchase_parse(const char *text, struct transaction_key *purchase)
{
    enum { TRANSMISSION_LEN = 10, STAN_LEN = 6 };
    struct bytes rest = bytes_text(text);
    uint64_t transmission, stan;
    struct institution acquirer;
    if (rest.len <= TRANSMISSION_LEN + 1 + STAN_LEN + 1 || text[TRANSMISSION_LEN] != '-' ||
        text[TRANSMISSION_LEN + 1 + STAN_LEN] != '-' ||
        !text_digits_parse(bytes_of(rest.data, TRANSMISSION_LEN), &transmission) ||
        !text_digits_parse(bytes_of(rest.data + TRANSMISSION_LEN + 1, STAN_LEN), &stan))
        return false;
    size_t before = TRANSMISSION_LEN + 1 + STAN_LEN + 1;
    if (!institution_parse(bytes_of(rest.data + before, rest.len - before), &acquirer))
        return false;
    *purchase = operation_key(&(struct operation){
        .kind = OPERATION_PURCHASE,
        .transmission = transmission,
        .stan = (uint32_t)stan,
        .acquirer = acquirer,
        .forwarder = acquirer,
    });
    return true;
}
