/* Exceptions as errors: one table. */
#include "clearing/error_item.h"

#include "redpacket/code.h"

static const struct {
    enum exception_status status;
    enum operation_kind kind; /* NONE: whatever it is */
    uint16_t answer;          /* CODE_NONE: whatever it was */
    enum error_part part;
    uint16_t code;
} errors[] = {
    /* The sender was debited for a share that nobody is paid. */
    {EXCEPTION_DISPUTED, OPERATION_DEBIT_REVERSAL, CODE_NONE, ERROR_SENDER_ISSUER, ERROR_SURPLUS},
    {EXCEPTION_DISPUTED, OPERATION_DEBIT_REVERSAL, CODE_NONE, ERROR_PACKET_WALLET, ERROR_SHORTAGE},
    /* The receiver's issuer gets the money and has not credited the receiver. */
    {EXCEPTION_DISPUTED, OPERATION_CONFIRMATION, CODE_NONE, ERROR_RECEIVER_ISSUER, ERROR_SURPLUS},
    {EXCEPTION_DISPUTED, OPERATION_CONFIRMATION, CODE_NONE, ERROR_FORWARDER, ERROR_SHORTAGE},
    /* What is frozen is the sender's own and at its issuer. */
    {EXCEPTION_DISPUTED, OPERATION_FREEZE_REVERSAL, CODE_NONE, ERROR_SENDER_ISSUER, ERROR_NEITHER},
    {EXCEPTION_DISPUTED, OPERATION_FREEZE_REVERSAL, CODE_NONE, ERROR_PACKET_WALLET, ERROR_NEITHER},
    {EXCEPTION_DISPUTED, OPERATION_UNFREEZE, CODE_NONE, ERROR_SENDER_ISSUER, ERROR_NEITHER},
    {EXCEPTION_DISPUTED, OPERATION_UNFREEZE, CODE_NONE, ERROR_PACKET_WALLET, ERROR_NEITHER},
    /* A customer was debited for a purchase that does not stand. */
    {EXCEPTION_DISPUTED, OPERATION_PURCHASE_REVERSAL, CODE_NONE, ERROR_SENDER_ISSUER,
     ERROR_SURPLUS},
    {EXCEPTION_DISPUTED, OPERATION_PURCHASE_REVERSAL, CODE_NONE, ERROR_FORWARDER, ERROR_NEITHER},
    /* Confirmed late; after a refusal it is on a suspense account. The first that fits holds. */
    {EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_CONFIRMED_REFUSED, ERROR_RECEIVER_ISSUER,
     ERROR_SURPLUS},
    {EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_CONFIRMED_REFUSED, ERROR_FORWARDER,
     ERROR_SHORTAGE},
    {EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_NONE, ERROR_RECEIVER_ISSUER, ERROR_NEITHER},
    {EXCEPTION_ENDED, OPERATION_CONFIRMATION, CODE_NONE, ERROR_FORWARDER, ERROR_NEITHER},
    {EXCEPTION_NOTED, OPERATION_UNFREEZE, CODE_NONE, ERROR_SENDER_ISSUER, ERROR_NEITHER},
    {EXCEPTION_NOTED, OPERATION_UNFREEZE, CODE_NONE, ERROR_PACKET_WALLET, ERROR_NEITHER},
    {EXCEPTION_REPEATED, OPERATION_NONE, CODE_NONE, ERROR_FORWARDER, ERROR_NEITHER},
};

/* A wallet hears of no claims that come through other wallets, so most of its notices name more
 * than what is left. What names less has counted a share that nobody was paid. */
static bool is_expected(const struct exception *exception)
{
    return exception->status == EXCEPTION_NOTED &&
           exception->told_minor >= exception->operation.amount_minor;
}

bool error_item_find(const struct exception *exception, enum error_part part, uint16_t *code)
{
    if (is_expected(exception))
        return false;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        bool fits = errors[i].status == exception->status && errors[i].part == part;
        bool is_kind =
            errors[i].kind == OPERATION_NONE || errors[i].kind == exception->operation.kind;
        if (fits && is_kind &&
            (errors[i].answer == CODE_NONE || errors[i].answer == exception->code)) {
            *code = errors[i].code;
            return true;
        }
    }
    return false;
}
