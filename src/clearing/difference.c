/* The words of differences: one table, looked up from the top. */
#include "clearing/difference.h"

/* --- names ------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *key;
} classes[RECONCILE_CLASSES] = {
    [RECONCILE_MATCHED] = {"matched", "matched"},
    [RECONCILE_AMOUNT] = {"amount differs", "amount_differs"},
    [RECONCILE_STATE] = {"state differs", "state_differs"},
    [RECONCILE_PARTICULARS] = {"particulars differ", "particulars_differ"},
    [RECONCILE_ONLY_FILE] = {"only in the file", "only_in_file"},
    [RECONCILE_ONLY_LEDGER] = {"only in the ledger", "only_in_ledger"},
    [RECONCILE_DUPLICATE] = {"duplicate", "duplicate"},
    [RECONCILE_WRONG_DAY] = {"wrong day", "wrong_day"},
    [RECONCILE_POSITION] = {"position differs", "position_differs"},
    [RECONCILE_FEES] = {"fees differ", "fees_differ"},
    [RECONCILE_NOTED] = {"noted", "noted"},
    [RECONCILE_EXCEPTED] = {"in the exceptions file", "in_exceptions"},
};

const char *difference_class_name(enum reconcile_class class)
{
    MUST(class < RECONCILE_CLASSES);
    return classes[class].name;
}

const char *difference_class_key(enum reconcile_class class)
{
    MUST(class < RECONCILE_CLASSES);
    return classes[class].key;
}

const char *difference_sense_name(enum reconcile_sense sense)
{
    return sense == RECONCILE_SHORTAGE  ? "shortage 短款"
           : sense == RECONCILE_SURPLUS ? "surplus 長款"
                                        : "";
}

const char *difference_sense_key(enum reconcile_sense sense)
{
    return sense == RECONCILE_SHORTAGE ? "shortage" : sense == RECONCILE_SURPLUS ? "surplus" : "";
}

/* --- the table -------------------------------------------------------------------------------- */

enum about {
    DEBIT,
    CREDIT,
    CLAIM,
    FREEZE,
    UNFREEZE,
    PAID, /* a purchase, at its issuer */
    GOT,  /* at its acquirer */
    ANY
};
enum more { FILE_MORE, LEDGER_MORE, EITHER };
/* Of the ledger's item: it has none; whichever. TAKEN_BACK: of the file's. */
enum { NO_STATE = ITEM_STATES, ANY_STATE, TAKEN_BACK };

static const struct row {
    enum reconcile_class class;
    enum about about;
    enum more more;
    int state;
    enum reconcile_sense sense;
    const char *meaning, *action;
} rows[] = {
    /* A leg on one side alone. */
    {RECONCILE_ONLY_FILE, DEBIT, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this in settlement, and its customer is not debited",
     "look for the debit by its DE 7, 11, 32 and 33 and post it: the share is paid and the file is "
     "final; if it never came, raise it with the switch"},
    {RECONCILE_ONLY_FILE, CREDIT, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this in settlement, and its customer is not credited",
     "credit the customer: the money comes in settlement; a confirmation that comes later is "
     "answered 00"},
    {RECONCILE_ONLY_LEDGER, DEBIT, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited, and it does not pay this in settlement",
     "look in the files of the dates before and after; if none has it, the switch reverses it: "
     "wait for that, or give the money back to the freeze when no exceptions file lists it"},
    {RECONCILE_ONLY_LEDGER, CREDIT, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "its customer is credited, and it does not get this in settlement",
     "look in the files of the dates before and after; if none has it, ask the switch how the "
     "share stands, and take the credit back on its word only"},
    {RECONCILE_ONLY_FILE, CLAIM, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told something else",
     "inquire how the share stands (0600/33), and show the customer that it is credited"},
    {RECONCILE_ONLY_LEDGER, CLAIM, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told something else",
     "look in the files of the dates before and after; then inquire how the share stands "
     "(0600/33)"},
    {RECONCILE_ONLY_FILE, FREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the switch has a freeze that the book has not",
     "look for the freeze on other dates; inquire how it stands (0600/33), and hold that"},
    {RECONCILE_ONLY_LEDGER, FREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the book has a freeze that the switch has not",
     "inquire how the freeze stands (0600/33); when the switch does not know it, release it"},
    {RECONCILE_ONLY_FILE, UNFREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the packet is over, and the book still holds the rest",
     "release what remains of the freeze by the own book"},
    {RECONCILE_ONLY_LEDGER, UNFREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the book has released what the switch has not",
     "look in the files of the dates before and after; inquire how the freeze stands (0600/33)"},
    {RECONCILE_ONLY_FILE, PAID, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this purchase in settlement, and its customer is not debited",
     "look for the purchase by its DE 7, 11, 32 and 33 and debit it: the file is final; if "
     "it never came, raise it with the switch"},
    {RECONCILE_ONLY_FILE, GOT, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this purchase in settlement, and its book does not have it as paid",
     "look for the purchase by its DE 7 and 11: it was approved, and the answer may be lost; book "
     "it, and tell the merchant that it is paid"},
    {RECONCILE_ONLY_LEDGER, PAID, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited for a purchase, and it does not pay this in settlement",
     "look in the files of the dates before and after; if none has it, the switch reverses it: "
     "wait for that, or give the money back when no exceptions file lists it"},
    {RECONCILE_ONLY_LEDGER, GOT, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "its book has a purchase as paid, and it does not get this in settlement",
     "look in the files of the dates before and after; if none has it, raise it with the switch: "
     "show the 00 that it was answered"},

    /* Both have it, and how much differs. */
    {RECONCILE_AMOUNT, DEBIT, FILE_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays more in settlement than its customer is debited with",
     "debit the difference: DE 4 of the debit is what counts"},
    {RECONCILE_AMOUNT, DEBIT, LEDGER_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited with more than it pays in settlement",
     "give the difference back to the freeze: DE 4 of the debit is what counts"},
    {RECONCILE_AMOUNT, CREDIT, FILE_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "it gets more in settlement than its customer is credited with",
     "credit the difference: DE 4 of the credit is what counts"},
    {RECONCILE_AMOUNT, CREDIT, LEDGER_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "its customer is credited with more than it gets in settlement",
     "take the difference back: DE 4 of the credit is what counts"},
    {RECONCILE_AMOUNT, CLAIM, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told something else",
     "show the customer the amount of the file"},
    {RECONCILE_AMOUNT, UNFREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; what was released is not what was left by the switch",
     "compare the debits of the packet one by one, and raise it with the switch when they agree"},
    {RECONCILE_AMOUNT, FREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; what is held is not what the switch had frozen",
     "hold what DE 4 of the freeze says"},
    {RECONCILE_AMOUNT, PAID, FILE_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays more for this purchase than its customer is debited with",
     "debit the difference: DE 4 of the purchase is what counts"},
    {RECONCILE_AMOUNT, PAID, LEDGER_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited with more for this purchase than it pays in settlement",
     "give the difference back: DE 4 of the purchase is what counts"},
    {RECONCILE_AMOUNT, GOT, FILE_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "it gets more for this purchase than its book has",
     "book the amount of the file: DE 4 of the purchase is what counts"},
    {RECONCILE_AMOUNT, GOT, LEDGER_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "it gets less for this purchase than its book has",
     "book the amount of the file, or raise it with the switch when DE 4 of the purchase says "
     "otherwise"},

    /* Both have it, and it stands otherwise. */
    {RECONCILE_STATE, DEBIT, EITHER, ITEM_REVERSED, RECONCILE_SHORTAGE,
     "it pays this in settlement, and its book has taken the debit back",
     "post the debit again: the share is paid; show the switch the DE 7 and 11 of the reversal"},
    {RECONCILE_STATE, DEBIT, EITHER, ITEM_REFUSED, RECONCILE_SHORTAGE,
     "it pays this in settlement, and its book refused the debit",
     "raise it with the switch, which credits only after a debit was answered 00: show the answer "
     "that was given"},
    {RECONCILE_STATE, DEBIT, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this in settlement, and the debit is only held in its book",
     "turn the hold into a debit"},
    {RECONCILE_STATE, CREDIT, EITHER, ITEM_REVERSED, RECONCILE_SURPLUS,
     "it gets this in settlement, and its book has taken the credit back",
     "credit the customer again: the switch never takes a credit back"},
    {RECONCILE_STATE, CREDIT, EITHER, ITEM_REFUSED, RECONCILE_SURPLUS,
     "it gets this in settlement, and its book refused the credit",
     "credit the customer, or a suspense account until the card can take it"},
    {RECONCILE_STATE, CREDIT, EITHER, ITEM_HELD, RECONCILE_SURPLUS,
     "it gets this in settlement, and the credit is held in its book",
     "pay it out to the customer"},
    {RECONCILE_STATE, CREDIT, EITHER, NO_STATE, RECONCILE_SURPLUS,
     "it gets this in settlement to be confirmed (A2), and its book has neither credit nor "
     "confirmation",
     "credit the customer when the confirmation comes, which the switch sends until it is "
     "answered; when the next files do not have it either, credit by the file"},
    {RECONCILE_STATE, CREDIT, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this in settlement, and the credit waits for a confirmation in its book",
     "credit the customer: the file is final"},
    {RECONCILE_STATE, CLAIM, EITHER, ITEM_REFUSED, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told that the share is not credited",
     "inquire how the share stands (0600/33), and show the customer that it is credited"},
    {RECONCILE_STATE, CLAIM, EITHER, ITEM_FINAL, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told that the share is credited, which is still to "
     "be confirmed",
     "nothing: it ends credited"},
    {RECONCILE_STATE, CLAIM, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own, but its customer was told to wait for what is credited",
     "inquire how the share stands (0600/33), and show the customer that it is credited"},
    {RECONCILE_STATE, UNFREEZE, EITHER, ITEM_REFUSED, RECONCILE_NEUTRAL,
     "no money moved; the packet is over, and the book refused to release the rest",
     "release what remains of the freeze by the own book"},
    {RECONCILE_STATE, UNFREEZE, EITHER, ITEM_REVERSED, RECONCILE_NEUTRAL,
     "no money moved; the packet is over, and the book has taken its release back",
     "release what remains of the freeze by the own book"},
    {RECONCILE_STATE, UNFREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the packet is over, and the customer's rest is still locked in the book",
     "release what remains of the freeze by the own book"},
    {RECONCILE_STATE, FREEZE, EITHER, ITEM_HELD, RECONCILE_NEUTRAL,
     "no money moved; the freeze is not final in its book",
     "make it final: it was answered 00, and shares are paid out of it"},
    {RECONCILE_STATE, FREEZE, EITHER, ITEM_UNCONFIRMED, RECONCILE_NEUTRAL,
     "no money moved; the freeze waits in its book to be confirmed, and nothing confirms a freeze",
     "make it final: it was answered 00, and shares are paid out of it"},
    {RECONCILE_STATE, FREEZE, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "no money moved; the switch has a freeze that the book has refused or undone",
     "inquire how the freeze stands (0600/33), and show the switch the answer that was given"},
    {RECONCILE_STATE, PAID, EITHER, TAKEN_BACK, RECONCILE_SURPLUS,
     "the purchase is taken back in settlement, and its customer is still debited",
     "give the money back when the reversal comes, which the switch sends until it is answered; "
     "when no exceptions file lists it, give it back by the file"},
    {RECONCILE_STATE, GOT, EITHER, TAKEN_BACK, RECONCILE_SHORTAGE,
     "the purchase is taken back in settlement, and its book still has it as paid",
     "look for its own reversal (0420), which was answered 00, and take the purchase back"},
    {RECONCILE_STATE, PAID, EITHER, ITEM_REVERSED, RECONCILE_SHORTAGE,
     "it pays this purchase in settlement, and its book has taken it back",
     "debit it again: the acquirer is paid; show the switch the DE 7 and 11 of the reversal"},
    {RECONCILE_STATE, PAID, EITHER, ITEM_REFUSED, RECONCILE_SHORTAGE,
     "it pays this purchase in settlement, and its book refused it",
     "raise it with the switch, which takes a purchase as paid only after it was answered 00: show "
     "the answer that was given"},
    {RECONCILE_STATE, PAID, EITHER, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this purchase in settlement, and it is only held in its book",
     "turn the hold into a debit"},
    {RECONCILE_STATE, GOT, EITHER, ITEM_REVERSED, RECONCILE_SURPLUS,
     "it gets this purchase in settlement, and its book has taken it back",
     "show the switch the answer to the reversal: 00 takes a purchase back, 22 does not"},
    {RECONCILE_STATE, GOT, EITHER, ITEM_REFUSED, RECONCILE_SURPLUS,
     "it gets this purchase in settlement, and its book has it as refused",
     "show the switch the answer that it was given; if the purchase stands, tell the merchant that "
     "it is paid"},
    {RECONCILE_STATE, GOT, EITHER, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this purchase in settlement, and its book does not have it as paid yet",
     "book it: the file is final"},

    /* Both have it, and it is not about the same. */
    {RECONCILE_PARTICULARS, DEBIT, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the amount is right, and another card, currency, packet or share is debited than the file "
     "says",
     "compare the debit's own message (DE 2, 48, 49) with both: move the posting to what it says, "
     "or raise it with the switch when the file is wrong"},
    {RECONCILE_PARTICULARS, CREDIT, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the amount is right, and another card, currency, packet or share is credited than the file "
     "says",
     "compare the credit's own message (DE 2, 48, 49) with both: move the posting to what it says, "
     "or raise it with the switch when the file is wrong"},
    {RECONCILE_PARTICULARS, ANY, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the amount is right, and it is about another card, currency, packet or share than the file "
     "says",
     "compare its own message (DE 2, 48, 49) with both, and raise it with the switch when the file "
     "is wrong"},

    /* One side has it more often. */
    {RECONCILE_DUPLICATE, DEBIT, FILE_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this in settlement once more than its customer is debited",
     "raise it with the switch: a key is cleared once; do not debit again"},
    {RECONCILE_DUPLICATE, DEBIT, LEDGER_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited once more than it pays in settlement",
     "take the second posting back: a key is posted once"},
    {RECONCILE_DUPLICATE, CREDIT, FILE_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this in settlement once more than its customer is credited",
     "raise it with the switch: a key is cleared once; do not credit again"},
    {RECONCILE_DUPLICATE, CREDIT, LEDGER_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "its customer is credited once more than it gets in settlement",
     "take the second posting back: a key is posted once"},
    {RECONCILE_DUPLICATE, PAID, FILE_MORE, TAKEN_BACK, RECONCILE_SURPLUS,
     "it gets this purchase back in settlement more often than it paid it",
     "raise it with the switch: a purchase is taken back once"},
    {RECONCILE_DUPLICATE, PAID, LEDGER_MORE, ITEM_REVERSED, RECONCILE_SHORTAGE,
     "its customer got this purchase back more often than it was debited",
     "debit what was given back too often: a purchase is taken back once"},
    {RECONCILE_DUPLICATE, PAID, FILE_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "it pays this purchase in settlement once more than its customer is debited",
     "raise it with the switch: a key is cleared once; do not debit again"},
    {RECONCILE_DUPLICATE, PAID, LEDGER_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "its customer is debited for this purchase once more than it pays in settlement",
     "take the second posting back: a key is posted once"},
    {RECONCILE_DUPLICATE, GOT, FILE_MORE, TAKEN_BACK, RECONCILE_SHORTAGE,
     "it gives this purchase back in settlement more often than it got it",
     "raise it with the switch: a purchase is taken back once"},
    {RECONCILE_DUPLICATE, GOT, LEDGER_MORE, ITEM_REVERSED, RECONCILE_SURPLUS,
     "its book gave this purchase back more often than it had it",
     "take the second one back: a purchase is taken back once"},
    {RECONCILE_DUPLICATE, GOT, FILE_MORE, ANY_STATE, RECONCILE_SURPLUS,
     "it gets this purchase in settlement once more than its book has it",
     "raise it with the switch: a key is cleared once"},
    {RECONCILE_DUPLICATE, GOT, LEDGER_MORE, ANY_STATE, RECONCILE_SHORTAGE,
     "its book has this purchase once more than it gets it in settlement",
     "take the second one back: a key is cleared once"},
    {RECONCILE_DUPLICATE, ANY, FILE_MORE, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own; the file says it more often than it was",
     "raise it with the switch: a key is cleared once"},
    {RECONCILE_DUPLICATE, ANY, LEDGER_MORE, ANY_STATE, RECONCILE_NEUTRAL,
     "no money of its own; the book has it more often than it was", "take the second one back"},

    {RECONCILE_WRONG_DAY, ANY, FILE_MORE, ANY_STATE, RECONCILE_NEUTRAL,
     "its line in the file is of another settlement date than the file itself",
     "raise it with the switch: a file has lines of its own date only; do not move the booking"},
    {RECONCILE_WRONG_DAY, ANY, LEDGER_MORE, ANY_STATE, RECONCILE_NEUTRAL,
     "the book has it on another settlement date",
     "book it to the date of the file: the settlement date is the switch's (DE 15)"},
    {RECONCILE_POSITION, ANY, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the position file does not say what its own details sum up to",
     "do not settle by it: ask the switch to cut the date again"},
    {RECONCILE_FEES, ANY, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the fee file does not say what the details sum up to",
     "do not settle fees by it: ask the switch to cut the date again"},
    {RECONCILE_NOTED, ANY, EITHER, NO_STATE, RECONCILE_NEUTRAL,
     "the wallet gave no notice: the switch closed the freeze because of its age",
     "show the customer what came back"},
    {RECONCILE_NOTED, ANY, EITHER, ANY_STATE, RECONCILE_NEUTRAL,
     "the wallet believed that another amount was left; the file is right",
     "correct the book: what was left is right"},
};

static bool is_about(enum about about, const struct item *item)
{
    enum operation_kind kind = item->kind;
    switch (about) {
    case DEBIT:
        return kind == OPERATION_DEBIT;
    case CREDIT:
        return kind == OPERATION_CREDIT;
    case CLAIM:
        return kind == OPERATION_CLAIM;
    case FREEZE:
        return kind == OPERATION_FREEZE;
    case UNFREEZE:
        return kind == OPERATION_UNFREEZE;
    case PAID:
        return kind == OPERATION_PURCHASE && (item->flags & ITEM_GOT) == 0;
    case GOT:
        return kind == OPERATION_PURCHASE && (item->flags & ITEM_GOT) != 0;
    case ANY:
        break;
    }
    return true;
}

struct difference_words difference_words(const struct reconcile_difference *d)
{
    const struct item *item = d->in_file ? &d->file : &d->ledger;
    enum reconcile_class class = d->class == RECONCILE_EXCEPTED ? d->excepted : d->class;
    int state = d->in_ledger ? (int)d->ledger.state : NO_STATE;
    const struct row *row = rows;
    if (d->in_file && d->file.state == ITEM_REVERSED)
        state = TAKEN_BACK;
    while (row->class != class || !is_about(row->about, item) ||
           (row->more != EITHER && (row->more == FILE_MORE) != d->file_says_more) ||
           (row->state != ANY_STATE && row->state != state)) {
        row++;
        MUST(row < rows + sizeof rows / sizeof rows[0]);
    }
    struct difference_words words = {row->sense, row->meaning, row->action};
    if (d->is_of_position)
        words.meaning = "the fee file does not say what the position says of fees";
    if (d->class == RECONCILE_EXCEPTED) {
        struct exception_meaning why = exception_meaning(d->status, d->message);
        words.meaning = why.what;
        words.action = why.todo;
    }
    return words;
}
