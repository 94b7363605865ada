/* Exceptions in words: their codes in files, and what each comes to. */
#include "clearing/exceptions.h"

#include <string.h>

static const char statuses[] = "DOEN"; /* by status; REPEATED has a code of its own */
static const char code_of_repeated[EXCEPTION_CODE_LEN + 1] = "ND";
static const struct {
    char letter;
    enum operation_kind kind;
} messages[] = {
    {'R', OPERATION_DEBIT_REVERSAL},    {'C', OPERATION_CONFIRMATION},
    {'F', OPERATION_FREEZE_REVERSAL},   {'U', OPERATION_UNFREEZE},
    {'P', OPERATION_PURCHASE_REVERSAL},
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

void exception_code(enum exception_status status, enum operation_kind kind,
                    char out[EXCEPTION_CODE_LEN + 1])
{
    unsigned at = 0;
    while (at < MESSAGES && messages[at].kind != kind)
        at++;
    MUST(status < EXCEPTION_STATUSES);
    if (status == EXCEPTION_REPEATED) {
        memcpy(out, code_of_repeated, sizeof code_of_repeated);
        return;
    }
    out[0] = statuses[status];
    out[1] = at < MESSAGES ? messages[at].letter : '?';
    out[2] = '\0';
}

bool exception_code_parse(struct bytes text, enum exception_status *status,
                          enum operation_kind *kind)
{
    unsigned at = 0;
    *status = EXCEPTION_DISPUTED;
    if (text.len != EXCEPTION_CODE_LEN)
        return false;
    if (memcmp(text.data, code_of_repeated, EXCEPTION_CODE_LEN) == 0) {
        *status = EXCEPTION_REPEATED;
        *kind = OPERATION_NONE;
        return true;
    }
    while (*status < EXCEPTION_REPEATED && statuses[*status] != text.data[0])
        ++*status;
    while (at < MESSAGES && messages[at].letter != text.data[1])
        at++;
    if (*status == EXCEPTION_REPEATED || at == MESSAGES)
        return false;
    *kind = messages[at].kind;
    return *status != EXCEPTION_NOTED || *kind == OPERATION_UNFREEZE;
}

static struct exception_meaning meaning_of_dispute(enum operation_kind kind)
{
    switch (kind) {
    case OPERATION_DEBIT_REVERSAL:
        return (struct exception_meaning){
            "the sender's issuer refuses to take back the debit of a share that nobody is paid",
            "the sender's issuer",
            "the sender's issuer looks whether the debit stands and gives that money back to the "
            "sender; it is not in the clearing"};
    case OPERATION_CONFIRMATION:
        return (struct exception_meaning){
            "the receiver's issuer refuses to confirm a credit; the share is in the clearing",
            "the receiver's issuer",
            "the receiver's issuer credits the receiver, if it has not: it gets the money in "
            "settlement"};
    case OPERATION_FREEZE_REVERSAL:
        return (struct exception_meaning){
            "the sender's issuer refuses to take back a freeze that is not used",
            "the sender's issuer", "the sender's issuer releases what it still has frozen of it"};
    case OPERATION_PURCHASE_REVERSAL:
        return (struct exception_meaning){
            "the card's issuer refuses to take back a purchase that does not stand",
            "the card's issuer",
            "the card's issuer looks whether the purchase is debited and gives that money back to "
            "its customer; in the clearing it is taken back, or not at all"};
    default:
        return (struct exception_meaning){
            "the sender's issuer refuses to release what is left of a packet that is over",
            "the sender's issuer", "the sender's issuer releases what it still has frozen of it"};
    }
}

static struct exception_meaning meaning_of_open(enum operation_kind kind)
{
    bool confirms = kind == OPERATION_CONFIRMATION;
    return (struct exception_meaning){
        kind == OPERATION_DEBIT_REVERSAL ? "the debit of a share that nobody is paid is not yet "
                                           "known to be taken back"
        : confirms                       ? "a credit that is in the clearing is not yet confirmed"
        : kind == OPERATION_FREEZE_REVERSAL
            ? "a freeze that is not used is not yet known to be taken back"
        : kind == OPERATION_PURCHASE_REVERSAL
            ? "a purchase that does not stand is not yet known to be taken back"
            : "what is left of a packet that is over is not yet known to be released",
        "nobody's: an answer did not come, or a host is away",
        confirms ? "nothing by hand: the switch goes on asking the receiver's issuer"
        : kind == OPERATION_PURCHASE_REVERSAL
            ? "nothing by hand: the switch goes on telling the card's issuer"
            : "nothing by hand: the switch goes on telling the sender's issuer"};
}

static struct exception_meaning meaning_of_ended(enum operation_kind kind)
{
    return (struct exception_meaning){
        kind == OPERATION_DEBIT_REVERSAL    ? "a debit was taken back after an earlier file said "
                                              "that it was not yet"
        : kind == OPERATION_CONFIRMATION    ? "a credit was confirmed after its time"
        : kind == OPERATION_FREEZE_REVERSAL ? "a freeze was taken back after an earlier file said "
                                              "that it was not yet"
        : kind == OPERATION_PURCHASE_REVERSAL
            ? "a purchase was taken back after an earlier file said that it was not yet"
            : "what was left of a packet was released after an "
              "earlier file said that it was not yet",
        "nobody's",
        kind == OPERATION_CONFIRMATION
            ? "with A5 the receiver's issuer may hold it on a suspense account: it pays it out"
            : "nothing: it is done"};
}

struct exception_meaning exception_meaning(enum exception_status status, enum operation_kind kind)
{
    switch (status) {
    case EXCEPTION_DISPUTED:
        return meaning_of_dispute(kind);
    case EXCEPTION_OPEN:
        return meaning_of_open(kind);
    case EXCEPTION_ENDED:
        return meaning_of_ended(kind);
    case EXCEPTION_REPEATED:
        return (struct exception_meaning){
            "a request came under a key, or about a freeze, that had been used for another one; it "
            "was refused with 94",
            "the wallet that sent it",
            "the wallet looks for what it has numbered twice; the first request stands"};
    default:
        return (struct exception_meaning){
            "the wallet's unfreeze notice named another amount than what was left: more is to be "
            "expected, for it hears of no claims that come through other wallets; less is not",
            "nobody's when it named more, else the wallet's",
            "nothing when it named more; else the wallet looks which share it has counted that "
            "nobody was paid; what was left is right in any case"};
    }
}
